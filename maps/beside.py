"""What every table of runs beside each other is made with: a column for each run. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maps.runs import PUBLIC, RunFrames
from maps.tables.table import Column, Row

NOT_THERE = "not in this run"


def is_public(runs: Sequence[RunFrames]) -> bool:
    """Whether a reader of these runs may see no more than the public."""
    return any(run.audience == PUBLIC for run in runs)


def by_run(labels: Sequence[str], values: Sequence[Any]) -> Row:
    """The values of `run_columns`, in the order of the runs."""
    return {f"in {label}": value for label, value in zip(labels, values, strict=True)}


def run_columns(labels: Sequence[str]) -> tuple[Column, ...]:
    """A column of text for each run."""
    return tuple(Column(f"in {label}", label) for label in labels)

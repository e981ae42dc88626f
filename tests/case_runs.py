"""The published programmes (`data/cases`), and how their figures are held against the papers'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from optimise.cases import Case, Compared, Ran, compare, load_case

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"
#: (figure, value that the papers say, room on either side).
Figures = Sequence[tuple[str, float, float]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a module's run folders are written."""
    return tmp_path_factory.mktemp("cases")


@cache
def case_of(name: str) -> Case:
    return load_case(CASES / name)


def told(name: str, runs: Mapping[str, Ran]) -> dict[str, Compared]:
    """Figure → what a case's runs, by the name of their plan, make of it."""
    return {c.name: c for c in compare(case_of(name), runs)}


def check_published(found: Mapping[str, Compared], published: Figures) -> None:
    """Every figure is near what the papers say, and none fails by the case's own account."""
    for figure, value, room in published:
        ours = found[figure].ours
        assert ours is not None, found[figure].why
        assert abs(float(ours) - float(value)) <= room + 1e-6, (figure, ours)
    assert not [c.name for c in found.values() if c.fails]

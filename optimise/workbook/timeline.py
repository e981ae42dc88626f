"""When things happen, in a few lines: what is let go, built and moved in each period. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimise.workbook.records import Block, Column, rows_of, with_total

_WHEN = (
    Column("when", "When", width=52),
    Column("released", "Buildings let go", "count", summed=True),
    Column("works", "Buildings built, extended or mended", "count", summed=True),
    Column("changed", "Services moved or changed", "count", summed=True),
)
_YEARS = (
    Column("year", "Year", width=52),
    Column("capital_gbp", "Capital", "gbp", summed=True),
    Column("receipts_gbp", "Receipts", "gbp", summed=True),
    Column("one_off_gbp", "One-off revenue", "gbp", summed=True),
    Column("saving_gbp", "Saved", "gbp"),
    Column("net_gbp", "Net cash", "gbp", summed=True),
)


def timeline_blocks(
    money: Mapping[str, Any], decisions: pd.DataFrame, services: pd.DataFrame
) -> tuple[Block, ...]:
    """What happens in each period, and the money of the years in which it does.

    Args:
        money: as ``money`` of run.json.
        decisions: as decisions.csv.
        services: as services.csv.
    """
    gone = decisions["decision"] == "dispose"
    counts = {
        "released": _by_when(decisions[gone]),
        "works": _by_when(decisions[~gone]),
        "changed": _by_when(services),
    }
    periods = sorted({when for found in counts.values() for when in found})
    happens = [
        {"when": when, **{key: found.get(when, 0) for key, found in counts.items()}}
        for when in periods
    ]
    years: Sequence[Mapping[str, Any]] = money["by_year"][: money["years_shown"]]
    return (
        with_total(Block(_WHEN, rows_of(happens, _WHEN), "What happens when"), "In all"),
        with_total(Block(_YEARS, rows_of(years, _YEARS), "The money of those years"), "In all"),
    )


def _by_when(table: pd.DataFrame) -> dict[str, int]:
    """Period → rows of a table that are done in it."""
    found: dict[str, int] = {}
    for when in table["done_in"]:
        if when:
            found[str(when)] = found.get(str(when), 0) + 1
    return found

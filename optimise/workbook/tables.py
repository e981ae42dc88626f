"""The sheets that show a table of the run as it is: a row per building, unit, entry, area. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimise.workbook import columns
from optimise.workbook.records import Block, Column, Sheet, lines, rows_of, with_total

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EXEMPT = (
    "Rows marked confidential carry valuations: this workbook is not for publication while they "
    "are in it"
)


def decisions_sheet(decisions: pd.DataFrame) -> Sheet:
    """A row per building: what is decided, why, what it costs and brings."""
    told = decisions.assign(
        decision=decisions["decision"].map(lambda d: columns.DECISION_WORDS.get(d, d))
    )
    title = "Decisions: what happens to every building"
    return _sheet("Decisions", title, told, columns.DECISIONS, label="All buildings")


def services_sheet(services: pd.DataFrame) -> Sheet:
    """A row per unit: from, to, what it costs and saves."""
    title = "Services: where each is delivered from"
    return _sheet("Services", title, services, columns.SERVICES, label="All services")


def ledger_sheet(ledger: pd.DataFrame) -> Sheet:
    """A row per entry. No total: transfers, lines told apart and financing are no value."""
    notes: tuple[str, ...] = (
        "Every flow of money to the penny: + in the party's favour, − paid. Kinds capital, "
        "receipt, one_off and annual make the net present value; transfers net out between "
        "partners; apart and financing stand beside it.",
    )
    block = _block(ledger, columns.LEDGER)
    notes = (*notes, *exempt(ledger))
    return Sheet("Ledger", "Ledger: whose money, when, for what", (block,), lines(*notes))


def disposals_sheet(disposals: pd.DataFrame) -> Sheet:
    """A row per building let go: when, how, for what, on which conditions."""
    notes = (
        "Market values are the register's; the receipt counted is after costs of sale and what is "
        "taken off for being unsure. Book value is no receipt.",
    )
    title = "Disposals: what is let go, when and on what conditions"
    return _sheet("Disposals", title, disposals, columns.DISPOSALS, notes, "All disposals")


def cover_sheet(cover: pd.DataFrame, titles: Mapping[str, str]) -> Sheet:
    """A row per standard and area, before and after: losers as well as winners.

    Args:
        cover: as cover.csv.
        titles: standard_id → what it is called.
    """
    told = cover.assign(
        title=cover["standard_id"].map(lambda s: titles.get(s, s)),
        change=cover["within_after"] - cover["within_before"],
    )
    notes = ("Within: people (or what is counted) inside the standard today and after the plan.",)
    block = _block(told, columns.COVER)
    return Sheet("Cover", "Cover: who is within each standard", (block,), lines(*notes))


def _sheet(
    name: str,
    title: str,
    frame: pd.DataFrame,
    shown: Sequence[Column],
    notes: tuple[str, ...] = (),
    label: str = "",
) -> Sheet:
    told = lines(*notes, *exempt(frame))
    return Sheet(name, title, (with_total(_block(frame, shown), label),), told, freeze=2)


def exempt(frame: pd.DataFrame) -> tuple[str, ...]:
    """What is said above a table that has confidential rows; nothing where it has none."""
    some = "confidential" in frame.columns and bool(frame["confidential"].any())
    return (EXEMPT,) if some else ()


def _block(frame: pd.DataFrame, shown: Sequence[Column]) -> Block:
    there = tuple(c for c in shown if c.key in frame.columns)
    dated = {c.key for c in there if c.kind == "date"}
    records = [
        {k: day_of(v) if k in dated else v for k, v in record.items()}
        for record in frame.to_dict("records")
    ]
    return Block(there, rows_of(records, there))


def day_of(value: Any) -> Any:
    """A date of ISO text; anything else as it is."""
    text = str(value)
    return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else value

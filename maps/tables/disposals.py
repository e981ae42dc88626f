"""Buildings let go: how many and for what by year, then each of them. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maps import style
from maps.runs import PUBLIC, RunFrames
from maps.tables.frames import records
from maps.tables.money import pounds_sum
from maps.tables.table import Column, Row, Table

WAY_WORDS: Mapping[str, str] = {
    "sale": "sold",
    "lease break": "lease ended at a break",
    "lease expiry": "lease runs out",
    "lease ends": "lease ended",
    "returned": "given back to its owner",
}
VALUES = ("value_low_gbp", "value_gbp", "value_high_gbp", "net_receipt_gbp")
NAMED = 6
NOT_DATED = "not dated"
LEFT_OUT = "Valuations and receipts are left out of the public version."
VALUES_NOTE = (
    "Market values are the register's own, low, central and high. The receipt counted is after "
    "costs of sale and after what is taken off for being unsure. Book value is no receipt."
)


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Disposals by year, each with its conditions, what it brings, how sure the receipts are.

    For the public without any valuation or receipt.
    """
    found = disposals(run)
    made = [by_year(run, found), each(found), conditions(found)]
    if run.audience != PUBLIC:
        made += [money(found), at_risk(run)]
    return tuple(table for table in made if table is not None)


def disposals(run: RunFrames) -> pd.DataFrame:
    """disposals.csv; of a run of old, the buildings let go with the receipt of each."""
    there = run.tables.get("disposals")
    if there is not None:
        return there
    gone = run.decisions[run.decisions["decision"] == "dispose"]
    done = gone["done_in"] if "done_in" in gone else pd.Series("", index=gone.index)
    paid = done.where(gone["receipt_gbp"].fillna(0.0) != 0, "")
    return gone.assign(vacated_in=done, received_in=paid, net_receipt_gbp=gone["receipt_gbp"])


# --- by year -----------------------------------------------------------------------------

_YEARS = (
    Column("year", "Financial year"),
    Column("let_go", "Buildings let go", "count"),
    Column("so_far", "Let go so far", "count"),
    Column("received", "Receipts coming in", "count", "number"),
)
_YEAR_VALUES = (
    Column("value_low_gbp", "Market value, low", "gbp"),
    Column("value_gbp", "Market value, central", "gbp"),
    Column("value_high_gbp", "Market value, high", "gbp"),
    Column("net_receipt_gbp", "Receipts counted", "gbp"),
    Column("receipts_so_far_gbp", "Receipts so far", "gbp"),
)


def by_year(run: RunFrames, found: pd.DataFrame) -> Table | None:
    """Buildings let go and receipts by financial year; receipts in the year they come in."""
    if found.empty:
        return None
    public = run.audience == PUBLIC
    let_go, paid_in = found["vacated_in"].map(_year_of), found["received_in"].map(_year_of)
    undated = let_go == ""
    rows: list[Row] = []
    for year in sorted({*let_go, *paid_in} - {""}) + [""] * bool(undated.any()):
        paid = (paid_in == year) & (undated if year == "" else True)
        rows.append(_year_row(year, int((let_go == year).sum()), found[paid], rows))
    columns = _YEARS if public else (*_YEARS, *(c for c in _YEAR_VALUES if _has(found, c.key)))
    lead = "When buildings are vacated, and when the money for those sold comes in."
    notes = (LEFT_OUT,) if public else (VALUES_NOTE,)
    return Table("disposals-by-year", "Let go, by year", lead, columns, tuple(rows), notes)


def _year_row(year: str, gone: int, here: pd.DataFrame, before: list[Row]) -> Row:
    sums = {key: pounds_sum(here[key]) for key in VALUES if key in here}
    receipts = sums.get("net_receipt_gbp", math.nan)
    last = before[-1] if before else {"so_far": 0, "receipts_so_far_gbp": 0.0}
    return {
        "year": year or NOT_DATED,
        "let_go": gone,
        "so_far": last["so_far"] + gone,
        "received": len(here),
        **sums,
        "receipts_so_far_gbp": last["receipts_so_far_gbp"] + receipts,
    }


def _has(found: pd.DataFrame, key: str) -> bool:
    return key in found or key == "receipts_so_far_gbp"


def _year_of(period: object) -> str:
    """The financial year of a period: ``2026/27`` of ``2026/27 H1``."""
    return str(period).split(" ")[0]


# --- each of them ------------------------------------------------------------------------

_EACH = (
    Column("name", "Building", picks=("building", "asset_id")),
    Column("owner", "Owner", filters=True),
    Column("tenure", "Tenure", filters=True),
    Column("market_area", "Market area", filters=True),
    Column("vacated_in", "Vacated in", filters=True),
    Column("way_out", "How", filters=True),
    Column("notice_by", "Notice by"),
    Column("ends_on", "Ends, or is sold, about"),
    Column("received_in", "Receipt in"),
    Column("conditions", "Conditions", note="numbered in the next table"),
)
_MONEY = (
    Column("name", "Building", picks=("building", "asset_id")),
    Column("owner", "Owner", filters=True),
    Column("value_low_gbp", "Market value, low", "gbp"),
    Column("value_gbp", "Central", "gbp"),
    Column("value_high_gbp", "High", "gbp"),
    Column("haircut_pct", "Taken off for being unsure", "number", "%"),
    Column("net_receipt_gbp", "Receipt counted", "gbp"),
    Column("lease_exit_gbp", "Leaving the lease", "gbp"),
    Column("clawback_gbp", "Grant repaid", "gbp"),
    Column("holding_gbp", "Holding it empty", "gbp"),
    Column("rent_due_gbp", "Rent until it ends", "gbp"),
)


def each(found: pd.DataFrame) -> Table:
    """A row per building let go, by the time it is vacated: when, how, on which conditions."""
    numbers = {text: n for n, text in enumerate(_conditions(found), 1)}
    rows = tuple(_each_row(row, numbers) for row in records(found))
    columns = tuple(c for c in _EACH if c.key == "name" or any(row[c.key] for row in rows))
    lead = "Each building let go, in the order in which they are left."
    title = "Each building let go"
    return Table("disposals", title, lead, columns, rows, (), "No building is let go.")


def _each_row(row: Row, numbers: Mapping[str, int]) -> Row:
    way = str(row.get("way_out", ""))
    asked = sorted(numbers[text] for text in _listed(row.get("conditions", "")))
    return {
        **{c.key: str(row.get(c.key, "")) for c in _EACH},
        "asset_id": row["asset_id"],
        "way_out": WAY_WORDS.get(way, way),
        "conditions": ", ".join(str(number) for number in asked),
    }


def conditions(found: pd.DataFrame) -> Table | None:
    """What the law, a grant or a lease asks before a building goes, with the buildings it is of."""
    listed = _conditions(found)
    rows = []
    for number, text in enumerate(listed, 1):
        names = [row["name"] for row in records(found) if text in _listed(row["conditions"])]
        told = "; ".join(names[:NAMED])
        more = f"; and {len(names) - NAMED} more" if len(names) > NAMED else ""
        rows.append({"n": str(number), "text": text, "of": len(names), "names": told + more})
    columns = (
        Column("n", "Number"),
        Column("text", "Condition"),
        Column("of", "Buildings", "count"),
        Column("names", "Which"),
    )
    title = "Conditions that have to be met first"
    lead = "What the law, a grant or a lease asks before a building can go."
    return Table("disposal-conditions", title, lead, columns, tuple(rows)) if rows else None


def _conditions(found: pd.DataFrame) -> tuple[str, ...]:
    """Every condition once, those of most buildings first."""
    if "conditions" not in found:
        return ()
    counts = Counter(text for cell in found["conditions"] for text in _listed(cell))
    return tuple(sorted(counts, key=lambda text: (-counts[text], text)))


def _listed(cell: object) -> tuple[str, ...]:
    """The conditions of one building, each once."""
    parts = (part.strip() for part in str(cell or "").split(";"))
    return tuple(dict.fromkeys(part for part in parts if part))


def money(found: pd.DataFrame) -> Table | None:
    """What each building brings and costs; money of confidential rows withheld."""
    there = tuple(c for c in _MONEY if not c.is_number or _any(found, c.key))
    if not any(c.is_number for c in there):
        return None
    rows = tuple(_money_row(row) for row in records(found))
    hidden = sum(1 for row in rows if row["withheld"])
    notes = [VALUES_NOTE]
    if hidden:
        notes.append(f"Money of {hidden} confidential rows is withheld here.")
    title = "What each building let go brings and costs"
    return Table("disposals-money", title, "", there, rows, tuple(notes))


def _any(found: pd.DataFrame, key: str) -> bool:
    """Whether a column of money has anything but noughts."""
    return key in found and bool(found[key].fillna(0.0).ne(0.0).any())


def _money_row(row: Row) -> Row:
    hidden = bool(row.get("confidential", False))
    sums = {c.key: None if hidden else row.get(c.key) for c in _MONEY if c.is_number}
    told = {key: row[key] for key in ("asset_id", "name", "owner")}
    return {**told, **sums, "withheld": hidden}


# --- how sure the receipts are -----------------------------------------------------------

_RISK = (
    ("counted_gbp", "Receipts counted in the plan"),
    ("low_gbp", "All at their low values"),
    ("central_gbp", "All at their central values"),
    ("high_gbp", "All at their high values"),
    ("at_risk_gbp", "At risk: counted, less low"),
    ("haircut_gbp", "Taken off already for being unsure"),
)


def at_risk(run: RunFrames) -> Table | None:
    """What the receipts come to at low, central and high values, and what the plan needs."""
    risk: Mapping[str, Any] = (run.summary.get("money") or {}).get("receipts_at_risk") or {}
    rows: list[Row] = [
        {"what": label, "value": risk[key], "unit": "gbp"}
        for key, label in _RISK
        if style.is_known(risk.get(key))
    ]
    if style.is_known(risk.get("needed_share")):
        what = "Share of the receipts without which the plan is worth nothing"
        rows.append({"what": what, "value": risk["needed_share"], "unit": "share"})
    columns = (Column("what", "Receipts"), Column("value", "Figure", "figure"))
    title = "How sure the receipts are"
    lead = "Plans have failed because sales brought less than hoped, or later."
    return Table("receipts-at-risk", title, lead, columns, tuple(rows)) if rows else None

"""Money by partner and year, by line, and read every way. Pure.

Amounts are pounds of the base year's prices, + in the estate's (or the partner's) favour. A sum
of which a part is not published is itself not known (NaN), never the sum of the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from maps import style
from maps.runs import PUBLIC, RunFrames
from maps.tables.table import Column, Row, Table
from optimise.workbook.front import runs_of_years

#: Kind of a line -> what its row is called; the first four make the present value.
KIND_WORDS: Mapping[str, str] = {
    "capital": "Capital spent",
    "receipt": "Receipts from sales",
    "one_off": "Revenue paid once",
    "annual": "Saved (or spent) every year",
    "transfer": "Rent and settlements between partners",
}
VALUED = ("capital", "receipt", "one_off", "annual")
BESIDE = ("apart", "financing")
TAG_WORDS: Mapping[str, str] = {
    "property": "property",
    "service": "the service",
    "partner": "a partner",
    "": "",
}
ALL = "All partners together"
#: Fewest and most financial years in columns of their own; the rest are added up in one.
LEAST_YEARS, MOST_YEARS = 4, 8
NOTE = (
    "Pounds of the base year's prices, without inflation or VAT; + in the partner's favour, "
    "\u2212 paid. A year is a financial year, from 1 April to 31 March."
)
SUPPRESSED = "A blank sum is not published, because it would tell the price of a single building."


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Every table about money; those that the run has no figures for are left out."""
    made = (by_year(run), partners(run), settlement(run), readings(run), lines(run), loans(run))
    return tuple(table for table in made if table is not None)


# --- by partner and year -----------------------------------------------------------------


def by_year(run: RunFrames) -> Table | None:
    """Each partner's capital, receipts, saving and net by financial year, years across.

    The first rows are of the whole estate; its transfers net out and are left out.
    """
    money = run.tables.get("money")
    if money is None or money.empty:
        return None
    years = _years(run.summary, money)
    rows = [*_party_rows(ALL, money[money["kind"] != "transfer"], years)]
    for party in sorted(set(money["party"])):
        rows += _party_rows(party, money[money["party"] == party], years)
    named = zip(money["year"], money["financial_year"], strict=True)
    labels = {int(year): str(label) for year, label in named}
    return Table(
        "money-by-partner",
        "Money by partner and financial year",
        "A building's capital, receipt and running cost are its owner's; the cost of moving a "
        "service is its operator's. Choose one partner with the filter.",
        _with_figures((*_FIRST, *_year_columns(years, labels), *_LAST), rows),
        tuple(rows),
        _notes(run),
        "",
    )


_FIRST = (
    Column("party", "Whose money", filters=True),
    Column("what", "What", filters=True),
)
_LAST = (
    Column("total_gbp", "All years", "gbp"),
    Column("pv_gbp", "Present value", "gbp"),
)


def _with_figures(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[Column, ...]:
    """Columns without those of numbers that hold none, as of sums that are not published."""
    return tuple(
        c for c in columns if not c.is_number or any(style.is_known(row.get(c.key)) for row in rows)
    )


def _notes(run: RunFrames) -> tuple[str, ...]:
    return (NOTE, SUPPRESSED) if run.audience == PUBLIC else (NOTE,)


def _years(summary: Mapping[str, Any], money: pd.DataFrame) -> tuple[int, ...]:
    """Years from the base year (0) that get a column each: those in which things happen."""
    last = int(money["year"].max())
    asked = int(summary.get("money", {}).get("years_shown", LEAST_YEARS))
    return tuple(range(min(max(asked, LEAST_YEARS), MOST_YEARS, last + 1)))


def _year_columns(years: tuple[int, ...], labels: Mapping[int, str]) -> tuple[Column, ...]:
    """A column a year, and one for all later years where there are any."""
    columns = [Column(f"y{y}_gbp", labels.get(y, f"year {y}"), "gbp") for y in years]
    later = sorted(y for y in labels if y > years[-1])
    if later:
        ends = (labels[later[0]], labels[later[-1]])
        told = ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
        columns.append(Column("later_gbp", told, "gbp", "added up"))
    return tuple(columns)


def _party_rows(party: str, money: pd.DataFrame, years: tuple[int, ...]) -> list[Row]:
    """A row per kind of money that the party has, what they come to, and what stands beside it."""
    rows = [
        _money_row(party, words, some, years)
        for kind, words in KIND_WORDS.items()
        if len(some := money[money["kind"] == kind])
    ]
    if rows:
        net = money[money["kind"].isin((*VALUED, "transfer"))]
        rows.append(_money_row(party, "Net cash", net, years))
    for kind in BESIDE:
        beside = money[money["kind"] == kind]
        for label in dict.fromkeys(beside["label"]):
            told = f"{label} (beside the value, not in it)"
            rows.append(_money_row(party, told, beside[beside["label"] == label], years))
    return rows


def _money_row(party: str, what: str, money: pd.DataFrame, years: tuple[int, ...]) -> Row:
    """Sums of a row: by year shown, of later years, in all, and at present value."""
    by_year = {y: pounds_sum(money.loc[money["year"] == y, "amount_gbp"]) for y in years}
    return {
        "party": party,
        "what": what,
        **{f"y{y}_gbp": gbp for y, gbp in by_year.items()},
        "later_gbp": pounds_sum(money.loc[money["year"] > years[-1], "amount_gbp"]),
        "total_gbp": pounds_sum(money["amount_gbp"]),
        "pv_gbp": pounds_sum(money["pv_gbp"]),
    }


def pounds_sum(amounts: Iterable[float]) -> float:
    """Σ of pounds, added up in pence; NaN where one of them is not known, 0 of none."""
    pence = [round(float(gbp) * 100.0) if style.is_known(gbp) else None for gbp in amounts]
    return math.nan if None in pence else sum(p for p in pence if p is not None) / 100.0


# --- who gains and who pays --------------------------------------------------------------

_PARTNERS = (
    Column("party", "Owner or operator"),
    Column("role", "Role"),
    Column("capital_gbp", "Capital to spend", "gbp"),
    Column("receipts_gbp", "Receipts", "gbp"),
    Column("one_off_gbp", "Revenue paid once", "gbp"),
    Column("saving_gbp_pa", "Saved a year, once done", "gbp"),
    Column("rent_gbp_pa", "Rent a year", "gbp", "+ received"),
    Column("npv_gbp", "Net present value", "gbp"),
    Column("worse", "Worse off", filters=True),
    Column("years", "Years with less revenue"),
    Column("settlement_pv_gbp", "Settlement that would mend it", "gbp", "+ received"),
    Column("npv_after_gbp", "Net present value with it", "gbp"),
)


def partners(run: RunFrames) -> Table | None:
    """A row per owner and operator: gains, losses, and the least payment that would mend them."""
    found = _money(run).get("partners") or ()
    if not found:
        return None
    rows = tuple(_partner(p) for p in found)
    worse = sum(1 for row in rows if row["marked"])
    lead = (
        f"{worse} of {len(rows)} partners would be worse off over the years counted, and are "
        "marked; a payment between partners could mend that."
        if worse
        else "No partner would be worse off over the years counted."
    )
    if any(partner.get("worse_off") is None for partner in found):
        lead = "Whether a partner would be worse off is told only where its sums are."
    title = "Which partner gains and which pays"
    return Table("money-partners", title, lead, _with_figures(_PARTNERS, rows), rows, _notes(run))


def _partner(partner: Mapping[str, Any]) -> Row:
    worse = partner.get("worse_off")
    return {
        **partner,
        "worse": "" if worse is None else "yes" if worse else "no",
        "years": runs_of_years(str(partner.get("years_worse") or "")),
        "marked": bool(worse),
    }


def settlement(run: RunFrames) -> Table | None:
    """The least payments between partners that leave nobody worse off, by year."""
    told = _money(run).get("settlement") or {}
    payments = told.get("payments") or ()
    if not payments:
        return None
    rule = {"npv": "over the years counted", "every_year": "in every year"}.get(
        str(told.get("rule")), ""
    )
    short = "All together are worse off: it cannot be mended."
    notes = () if told.get("enough", True) else (short,)
    columns = (
        Column("party", "Owner or operator", filters=True),
        Column("year", "Financial year", filters=True),
        Column("amount_gbp", "Receives", "gbp_change", "\u2212 pays"),
    )
    title = "The least payments between partners that would leave nobody worse off"
    lead = f"Not part of the plan unless the partners agree it; worked out {rule}."
    return Table("money-settlement", title, lead, columns, tuple(payments), notes)


# --- read every way ----------------------------------------------------------------------

_READINGS = (
    Column("years", "Years counted"),
    Column("receipts", "Receipts", filters=True),
    Column("npv_gbp", "Net present value", "gbp"),
    Column("npv_maintenance_gbp", "\u2026with repairs avoided", "gbp"),
    Column("npv_bias_gbp", "\u2026with optimism bias", "gbp", "more on capital"),
    Column("npv_bias_maintenance_gbp", "\u2026with both", "gbp"),
)


def readings(run: RunFrames) -> Table | None:
    """The value of the plan by horizon, value of receipts, repairs avoided and optimism bias.

    Rows in which one reading has the other sign than the plan's own are marked.
    """
    money = _money(run)
    found = money.get("readings") or ()
    if not found:
        return None
    own = money.get("npv_gbp")
    keys = [c.key for c in _READINGS if c.kind == "gbp"]
    rows = tuple(
        {
            **{key: one.get(key) for key in keys},
            "years": f"{one['horizon_yr']} years",
            "receipts": f"at {one['receipts']} values",
            "marked": any(_other_sign(one.get(key), own) for key in keys),
        }
        for one in found
    )
    lead = (
        "One number never tells the value of a plan. Rows in which it turns from gain to loss, or "
        "from loss to gain, are marked."
    )
    notes = tuple(str(text) for text in money.get("changes_sign") or ())
    title = "What the plan is worth, read every way"
    return Table("money-readings", title, lead, _READINGS, rows, notes)


def _other_sign(one: Any, other: Any) -> bool:
    return style.is_known(one) and style.is_known(other) and (one < 0) != (other < 0)


_LINES = (
    Column("label", "Line"),
    Column("kind", "Kind", filters=True),
    Column("tag", "Whose saving", filters=True, note="so that none is claimed twice"),
    Column("amount_gbp", "All years", "gbp"),
    Column("pv_gbp", "Present value", "gbp"),
)


def lines(run: RunFrames) -> Table | None:
    """Every line of the books over all years: property, service and partners' savings apart."""
    found = _money(run).get("by_line") or ()
    if not found:
        return None
    kinds = {**KIND_WORDS, **dict.fromkeys(BESIDE, "beside the value")}
    rows = tuple(
        {
            **one,
            "kind": kinds.get(one["kind"], style.words(one["kind"])),
            "tag": TAG_WORDS.get(one.get("tag", ""), one.get("tag", "")),
        }
        for one in found
        if style.is_known(one.get("amount_gbp")) or style.is_known(one.get("pv_gbp"))
    )
    lead = "What the money is spent on and where it comes from, over all years counted."
    columns = _with_figures(_LINES, rows)
    return Table("money-lines", "Money by line", lead, columns, rows, _notes(run))


_LOANS = (
    Column("year", "Financial year"),
    Column("drawn_gbp", "Borrowed", "gbp"),
    Column("principal_gbp", "Repaid", "gbp"),
    Column("interest_gbp", "Interest", "gbp"),
    Column("debt_gbp", "Owed at the end", "gbp"),
    Column("mrp_gbp", "Set aside to repay", "gbp", "minimum revenue provision"),
    Column("net_after_financing_gbp", "Revenue budget after financing", "gbp"),
)


def loans(run: RunFrames) -> Table | None:
    """Loans by year, where the plan borrows."""
    found = _money(run).get("borrowing") or ()
    if not found:
        return None
    lead = "Interest and what is set aside to repay loans, apart from the capital they pay for."
    return Table("money-loans", "Borrowing, year by year", lead, _LOANS, tuple(found))


def _money(run: RunFrames) -> Mapping[str, Any]:
    found: Mapping[str, Any] = run.summary.get("money") or {}
    return found

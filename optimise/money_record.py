"""The money of a plan as the run folder tells it: the books made once, and what run.json says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from optimise.cash import appraisal_of
from optimise.ledger.parties import Settlement, settlement_words
from optimise.ledger.tables import (
    disposals_table,
    ledger_table,
    money_table,
    partners_table,
    plan_settlement,
)
from optimise.money.appraisal import Appraisal
from optimise.money.appraisal_tables import grid_table, headline_words, whole_life_table
from optimise.money.lines import LINES
from optimise.phasing.calendar import year_label
from optimise.plan import Plan

#: Sums by kind of a year: the name in run.json and what the sheets call it.
BY_KIND: Mapping[str, str] = {
    "capital": "capital_gbp",
    "receipt": "receipts_gbp",
    "one_off": "one_off_gbp",
    "annual": "saving_gbp",
}


@dataclass(frozen=True)
class PlanBooks:
    """The books of a plan. Made by `books_of`.

    Attributes:
        money, ledger, disposals, partners: tables as `optimise.ledger.tables` makes them.
        settlement: the least that leaves no partner worse off.
        appraisal: the plan's value under every reading.
    """

    money: pd.DataFrame
    ledger: pd.DataFrame
    disposals: pd.DataFrame
    partners: pd.DataFrame
    settlement: Settlement
    appraisal: Appraisal


def books_of(plan: Plan) -> PlanBooks:
    """Every table and reading of a plan's money."""
    return PlanBooks(
        money_table(plan),
        ledger_table(plan),
        disposals_table(plan),
        partners_table(plan),
        plan_settlement(plan),
        appraisal_of(plan),
    )


def money_record(plan: Plan, books: PlanBooks) -> dict[str, Any]:
    """What run.json says of the money: by year and line, every reading, who gains and who loses.

    Amounts are £ of the base year, + in the estate's favour; years are financial years;
    ``years_shown`` of them are the ones in which things happen.
    """
    base = plan.problem.calendar.base_year
    told = books.appraisal
    return {
        "base_year": base,
        "horizon_yr": plan.problem.calendar.horizon_yr,
        "years_shown": plan.problem.calendar.years[-1] + 3,
        "by_year": by_year(books.ledger, base),
        "by_line": _by_line(books.ledger),
        "npv_gbp": told.headline_gbp,
        "receipt_case": told.case,
        "readings": grid_table(told).to_dict("records"),
        "changes_sign": list(told.flips),
        "payback_yr": told.payback_yr,
        "discounted_payback_yr": told.discounted_payback_yr,
        "irr_pct": told.irr_pct,
        "whole_life": whole_life_table(told).to_dict("records"),
        "receipts_at_risk": asdict(told.at_risk),
        "borrowing": _borrowing(told, base),
        "partners": books.partners.to_dict("records"),
        "settlement": _settlement(books.settlement, base),
        "words": list(words_of(plan, books)),
    }


def by_year(ledger: pd.DataFrame, base_year: int) -> list[dict[str, Any]]:
    """A row per financial year: sums by kind, net cash, present value, savings by tag."""
    # Loans may outlast the horizon; they are told by themselves.
    last = max(ledger["year"][ledger["kind"] != "financing"], default=-1)
    keys = [ledger["year"], ledger["kind"]]
    cash = _pence(ledger["amount_gbp"]).groupby(keys).sum().to_dict()
    worth = _pence(ledger["pv_gbp"]).groupby(keys).sum().to_dict()
    return [
        {
            "year": year_label(base_year + year),
            **{name: cash.get((year, kind), 0.0) / 100.0 for kind, name in BY_KIND.items()},
            "net_gbp": sum(cash.get((year, kind), 0.0) for kind in BY_KIND) / 100.0,
            "pv_gbp": sum(worth.get((year, kind), 0.0) for kind in BY_KIND) / 100.0,
            "maintenance_avoided_gbp": cash.get((year, "apart"), 0.0) / 100.0,
        }
        for year in range(last + 1)
    ]


def _by_line(ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """A row per line that carries money: over all years, its kind and whose saving it is."""
    return [
        {
            "line": key,
            "label": line.label,
            "kind": line.kind,
            "tag": line.tag,
            "amount_gbp": _pounds(some),
            "pv_gbp": _pounds(some, "pv_gbp"),
        }
        for key, line in LINES.items()
        if not (some := ledger[ledger["line"] == key]).empty
    ]


def _pounds(entries: pd.DataFrame, column: str = "amount_gbp") -> float:
    """Σ of a column, added up in pence."""
    return float(_pence(entries[column]).sum()) / 100.0


def _pence(amounts: pd.Series) -> pd.Series:
    """Whole pence, whose sums are exact in any order."""
    return (amounts * 100.0).round()


def _borrowing(told: Appraisal, base_year: int) -> list[dict[str, Any]]:
    """Loans by year while there are any: drawn, repaid, interest, owed, provision."""
    names = ("drawn_gbp", "principal_gbp", "interest_gbp", "debt_gbp", "mrp_gbp", "cfr_gbp",
             "net_after_financing_gbp")  # fmt: skip
    if not any(y.drawn_gbp for y in told.years):
        return []
    return [
        {
            "year": year_label(base_year + y.year),
            **{name: round(getattr(y, name), 2) for name in names},
        }
        for y in told.years
        if y.drawn_gbp or y.debt_gbp or y.mrp_gbp or y.principal_gbp
    ]


def _settlement(found: Settlement, base_year: int) -> dict[str, Any]:
    """Who would pay and who would be paid, in which year, so that none is worse off."""
    return {
        "rule": found.rule,
        "total_gbp": found.total_gbp,
        "enough": found.enough,
        "payments": [
            {"party": party, "year": year_label(base_year + year), "amount_gbp": gbp}
            for (party, year), gbp in sorted(
                found.payments.items(), key=lambda one: (one[0][1], one[0][0])
            )
        ],
        "short": [
            {"year": year_label(base_year + year), "amount_gbp": gbp}
            for year, gbp in sorted(found.short_gbp.items())
        ],
    }


def words_of(plan: Plan, books: PlanBooks) -> Sequence[str]:
    """The few lines that a summary prints: value, what changes it, payback, partners."""
    return (*headline_words(books.appraisal), *_partner_words(books))


def _partner_words(books: PlanBooks) -> Sequence[str]:
    """Who is worse off, and what it would take to mend that; nothing where there is one party."""
    told = books.partners
    if len(told) < 2:
        return ()
    losers = told[told["worse_off"]]
    settles = settlement_words(books.settlement, books.appraisal.basis.base_year)
    if losers.empty:
        line = f"None of the {len(told)} partners is worse off over the horizon."
        return (f"{line} {settles}".rstrip(),)
    lost = zip(losers["party"], losers["npv_gbp"], strict=True)
    named = "; ".join(f"{party} by £{-float(gbp):,.0f}" for party, gbp in lost)
    return (f"Worse off over the horizon: {named}. {settles}".rstrip(),)

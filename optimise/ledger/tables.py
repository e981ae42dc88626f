"""The books of a plan as tables: money by party and year, every entry, disposals, partners. Pure.

Names of parties and buildings are as the layers have them: text, to be made safe
where it is shown.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

import pandas as pd

from optimise.cash import borrowed_gbp
from optimise.explain import reasons
from optimise.ledger.booking import operator_of, owner_of
from optimise.ledger.conditions import conditions, day_of, sold_on, way_out
from optimise.ledger.entries import Entry, by_party, entries, total_pence
from optimise.ledger.financing import financing_entries
from optimise.ledger.parties import (
    Settlement,
    Standing,
    books,
    least_settlement,
    settlement_entries,
    standings,
)
from optimise.money.lines import LINES
from optimise.phasing.calendar import year_label
from optimise.plan import Plan
from optimise.problem import Problem
from optimise.taken import taken

#: Columns of `money_table`.
MONEY = (
    "party", "year", "financial_year", "line", "label", "kind", "tag", "amount_gbp", "pv_gbp",
)  # fmt: skip
#: Columns of `ledger_table`.
LEDGER = (
    "entry", "year", "financial_year", "party", "line", "label", "kind", "tag",
    "asset_id", "asset_name", "unit_id", "amount_gbp", "pv_gbp", "confidential",
)  # fmt: skip
#: Columns of `disposals_table`.
DISPOSALS = (
    "asset_id", "name", "owner", "tenure", "market_area", "period", "vacated_in", "way_out",
    "ends_on", "notice_by", "received_in", "value_low_gbp", "value_gbp", "value_high_gbp",
    "haircut_pct", "net_receipt_gbp", "lease_exit_gbp", "clawback_gbp", "holding_gbp",
    "rent_due_gbp", "conditions", "reason", "confidential",
)  # fmt: skip
#: Columns of `partners_table`.
PARTNERS = (
    "party", "role", "capital_gbp", "receipts_gbp", "one_off_gbp", "saving_gbp_pa", "rent_gbp_pa",
    "npv_gbp", "worse_off", "years_worse", "settlement_pv_gbp", "npv_after_gbp",
)  # fmt: skip


def money_table(plan: Plan) -> pd.DataFrame:
    """A row per party, year and line that carries money (`MONEY`), £ to the penny; no totals.

    ``year`` counts from the base year (0); ``financial_year`` is ``2026/27``; ``kind`` and ``tag``
    as in `optimise.money.lines`. Of kind ``transfer`` the amounts of all parties sum to nil;
    ``apart`` and ``financing`` are no part of the value. Σ ``pv_gbp`` over the kinds that are
    valued is the plan's net present value. Sorted by party, line (in the order of the books), year.
    """
    sums: dict[tuple[str, str, int], list[Entry]] = {}
    for entry in whole_ledger(plan):
        sums.setdefault((entry.party, entry.line, entry.year), []).append(entry)
    order = {line: k for k, line in enumerate(LINES)}
    rows = [
        {
            "party": party,
            **_when_and_what(plan, year, line),
            "amount_gbp": total_pence([e.amount_gbp for e in found]) / 100.0,
            "pv_gbp": total_pence([e.pv_gbp for e in found]) / 100.0,
        }
        for (party, line, year), found in sorted(
            sums.items(), key=lambda one: (one[0][0], order[one[0][1]], one[0][2])
        )
    ]
    return pd.DataFrame(rows, columns=list(MONEY))


def ledger_table(plan: Plan) -> pd.DataFrame:
    """A row per entry (`LEDGER`), £ to the penny; ``entry`` numbers them from 1.

    ``unit_id`` is "" where the money is a building's; ``asset_id`` is "" of settlements and of
    financing (loans, interest, minimum revenue provision), which belong to no building.
    ``confidential`` is that of the building.
    """
    buildings = plan.inputs.estate.buildings
    names = {"": "", **buildings["name"].to_dict()}
    confidential = {"": False, **buildings["confidential"].to_dict()}
    rows = [
        {
            "entry": number,
            "party": entry.party,
            **_when_and_what(plan, entry.year, entry.line),
            "asset_id": entry.asset_id,
            "asset_name": names[entry.asset_id],
            "unit_id": entry.unit_id,
            "amount_gbp": entry.amount_gbp,
            "pv_gbp": entry.pv_gbp,
            "confidential": bool(confidential[entry.asset_id]),
        }
        for number, entry in enumerate(whole_ledger(plan), start=1)
    ]
    return pd.DataFrame(rows, columns=list(LEDGER))


def whole_ledger(plan: Plan) -> tuple[Entry, ...]:
    """Every entry of a plan: its flows, settlements that were agreed, and how it is financed."""
    problem = plan.problem
    made = books(problem, plan.after)
    return (*made, *financing_entries(problem, made, borrowed_gbp(plan)))


def _when_and_what(plan: Plan, year: int, line: str) -> dict[str, object]:
    told = LINES[line]
    return {
        "year": year,
        "financial_year": year_label(plan.problem.calendar.base_year + year),
        "line": line,
        "label": told.label,
        "kind": told.kind,
        "tag": told.tag,
    }


def disposals_table(plan: Plan) -> pd.DataFrame:
    """A row per building released (`DISPOSALS`), by the time it is vacated, then asset_id.

    ``period`` is a number from 1; ``vacated_in`` and ``received_in`` are financial years, the
    first with its half where periods are half-years; ``way_out``: sale, lease break, lease
    expiry, lease ends, returned; ``ends_on`` (of a sale: about when the money comes in; of a
    lease: its last day) and ``notice_by`` are dates as ISO text, "" where there is none. Values
    are market values as given, NaN where blank; costs are positive. ``net_receipt_gbp`` is after
    costs of sale and haircut, with what neighbours sold together fetch more. ``conditions`` are
    sentences separated by ``; ``.
    """
    released = sorted(
        (period, action.asset_id)
        for action, period, _ in taken(plan.problem, plan.after)
        if action.kind == "release"
    )
    why = reasons(plan) if released else {}
    own: dict[str, list[Entry]] = {}
    for entry in whole_ledger(plan):
        own.setdefault(entry.asset_id, []).append(entry)
    rows = [
        {
            **_disposal(plan, asset_id, period),
            **_sums(own.get(asset_id, [])),
            "reason": why[asset_id].text,
        }
        for period, asset_id in released
    ]
    return pd.DataFrame(rows, columns=list(DISPOSALS))


def _disposal(plan: Plan, asset_id: str, period: int) -> dict[str, object]:
    """What one building released is, when it goes and on what conditions."""
    calendar, site = plan.problem.calendar, plan.problem.sites[asset_id]
    row = plan.inputs.estate.buildings.loc[asset_id]
    out = way_out(site, calendar, period, freehold=row["tenure"] == "freehold")
    haircuts = {str(k): pct for k, pct in plan.problem.finance.receipt_haircut_pct.items()}
    sold = out.kind == "sale" and site.exit.receipt_gbp > 0
    ends_on = sold_on(calendar, out.at_yr).isoformat() if sold else ""
    if out.kind.startswith("lease"):
        ends_on = day_of(calendar, out.at_yr).isoformat()
    return {
        "asset_id": asset_id,
        **{column: row[column] for column in ("name", "owner", "tenure")},
        "market_area": site.areas.get("market", ""),
        "period": period,
        "vacated_in": calendar.label(period),
        "way_out": out.kind,
        "ends_on": ends_on,
        "notice_by": out.notice_by.isoformat() if out.notice_by else "",
        "received_in": year_label(calendar.base_year + int(out.at_yr)) if sold else "",
        "value_low_gbp": float(row["market_value_gbp_low"]),
        "value_gbp": float(row["market_value_gbp"]),
        "value_high_gbp": float(row["market_value_gbp_high"]),
        "haircut_pct": haircuts.get(str(row["receipt_confidence"]), 0.0),
        "conditions": "; ".join(conditions(site, row, out)),
        "confidential": bool(row["confidential"]),
    }


def _sums(own: list[Entry]) -> dict[str, float]:
    """Money of one disposal: receipts as they come in, costs as positive figures."""

    def of(*lines: str) -> float:
        return total_pence([e.amount_gbp for e in own if e.line in lines]) / 100.0

    return {
        "net_receipt_gbp": of("receipt", "neighbours"),
        "lease_exit_gbp": abs(of("lease_exit")),
        "clawback_gbp": abs(of("clawback")),
        "holding_gbp": abs(of("holding")),
        "rent_due_gbp": abs(of("rent_due")),
    }


def partners_table(plan: Plan) -> pd.DataFrame:
    """A row per owner and operator (`PARTNERS`), A to Z: what the plan means for each of them.

    ``role``: owner, operator, or both; ``saving_gbp_pa`` and ``rent_gbp_pa`` are those of the last
    year of the horizon, when everything is done; ``capital_gbp`` and ``one_off_gbp`` are what it
    spends (positive), lease exits and holding included. ``worse_off`` says whether the net present
    value is below nil; ``years_worse`` the financial years in which net revenue falls.
    ``settlement_pv_gbp`` is what the least settlement would bring it (+) or cost it (−), booked or
    not (`plan_settlement`), and ``npv_after_gbp`` what it stands at with it.
    """
    problem = plan.problem
    made = entries(problem, plan.after)
    told, settled = standings(problem, made), plan_settlement(plan)
    own, paid = by_party(made), by_party(settlement_entries(problem, settled))
    rows = [_partner(plan, one, own.get(one.party, ()), paid.get(one.party, ())) for one in told]
    return pd.DataFrame(rows, columns=list(PARTNERS))


def plan_settlement(plan: Plan) -> Settlement:
    """The least settlement of a plan, by its own rule; by net present value where it has none."""
    asked = plan.problem.partners.no_worse_off
    rule = "npv" if asked == "report" else asked
    return least_settlement(standings(plan.problem, entries(plan.problem, plan.after)), rule)


def _partner(
    plan: Plan, told: Standing, own: Sequence[Entry], paid: Sequence[Entry]
) -> dict[str, object]:
    """One partner's row: its money by kind, where it stands, and what would settle it."""
    problem, last = plan.problem, plan.problem.calendar.horizon_yr

    def of(*kinds: str, years: Container[int] = range(10_000)) -> float:
        some = [e.amount_gbp for e in own if e.kind in kinds and e.year in years]
        return total_pence(some) / 100.0

    settled = total_pence([e.pv_gbp for e in paid]) / 100.0
    base = problem.calendar.base_year
    return {
        "party": told.party,
        "role": _role(problem, told.party),
        "capital_gbp": 0.0 - of("capital"),
        "receipts_gbp": of("receipt"),
        "one_off_gbp": 0.0 - of("one_off"),
        "saving_gbp_pa": of("annual", years=(last,)),
        "rent_gbp_pa": of("transfer", years=(last,)),
        "npv_gbp": told.npv_gbp,
        "worse_off": told.npv_gbp < 0,
        "years_worse": "; ".join(year_label(base + y) for y in told.years_worse),
        "settlement_pv_gbp": settled,
        "npv_after_gbp": round(told.npv_gbp + settled, 2),
    }


def _role(problem: Problem, party: str) -> str:
    owns = any(owner_of(problem, s) == party for s in problem.sites)
    runs = any(operator_of(problem, u) == party for u in problem.units)
    return "owner and operator" if owns and runs else "owner" if owns else "operator"

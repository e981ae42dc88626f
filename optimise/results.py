"""Plan → tables: a row per building, per unit, per standard and area, per target. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimise import amounts
from optimise.cover_results import cover_table, minutes_table, standards_table
from optimise.explain import reasons
from optimise.ledger.entries import every_flow
from optimise.moves import effective_locks
from optimise.outcome import Outcome, terms_of
from optimise.plan import Plan
from optimise.problem import Problem
from optimise.taken import taken
from optimise.yearly_targets import yearly_targets

__all__ = [
    "cover_table", "decisions_table", "minutes_table", "services_table", "standards_table",
    "targets_table", "totals",
]  # fmt: skip
WITHDRAWN = "withdraw"
#: What the register says of a building, repeated beside its decision.
REGISTER = (
    "postcode", "ward_code", "market_area", "gia_m2", "accessible", "tco2e_pa", "epc",
    "condition_grade", "tenure_category", "constraints",
)  # fmt: skip
#: Lines of capital that leaving a building costs.
WAY_OUT = ("lease_exit", "clawback")


def decisions_table(plan: Plan) -> pd.DataFrame:
    """A row per building of the estate, by asset_id: decision, reason, money (£, £ a year).

    ``capital_gbp`` is what is spent at the building (build, extension, moves
    into it, making services fit, the ``works_gbp`` of its condition), optimism
    bias included; ``exit_cost_gbp`` is what leaving its lease and repaying grants costs. Summed
    with it over all rows it is the plan's capital. ``done_in`` is the financial year (with its
    half, of half-years) in which it is let go or its works are done, "" where nothing is.
    ``running_cost_saving_gbp_pa`` is the building's own; hosting and withdrawn services stand in
    `services_table`. What the register says of a building beside its decision (`REGISTER`) is
    repeated as it is there, blank where it says nothing.
    """
    buildings = plan.inputs.estate.buildings
    locks = effective_locks(plan.scenario, buildings)
    why, once = reasons(plan), _once_by_building(plan)
    when = when_of_buildings(plan)
    rows = []
    for asset_id, row in buildings.iterrows():
        aid = str(asset_id)
        rows.append(
            {
                "asset_id": aid,
                **{c: row[c] for c in ("name", "owner", "asset_type", "status", "tenure")},
                "in_scope": bool(row["in_scope"]),
                "lock": str(locks[aid]),
                "decision": why[aid].decision,
                "done_in": when.get(aid, ""),
                "reason": why[aid].code,
                "reason_text": why[aid].text,
                "units_before": _units(plan.before, plan.problem, aid),
                "units_after": _units(plan.after, plan.problem, aid),
                **_building_money(plan, aid, once.get(aid, {})),
                "confidential": bool(row["confidential"]),
                "easting": round(float(row["easting"]), 1),
                "northing": round(float(row["northing"]), 1),
                **{c: row[c] for c in REGISTER},
            }
        )
    return pd.DataFrame(rows)


def _units(result: Outcome, problem: Problem, asset_id: str) -> str:
    """Service types a building holds, with their unit ids and mode, in words."""
    here = [u for u in sorted(result.placed) if result.placed[u] == asset_id]
    mode = {u: ", outreach" for u in result.outreach}
    return "; ".join(f"{problem.units[u].service_type} ({u}{mode.get(u, '')})" for u in here)


def _once_by_building(plan: Plan) -> dict[str, dict[str, float]]:
    """asset_id → capital, cost of the way out, receipt: £, what is paid as a positive figure."""
    found: dict[str, dict[str, float]] = {}
    for each in every_flow(plan.problem, plan.after):
        if each.flow.kind not in ("capital", "receipt"):
            continue
        key, sign = "receipt", 1.0
        if each.flow.kind == "capital":
            key, sign = ("exit" if each.flow.line in WAY_OUT else "capital"), -1.0
        sums = found.setdefault(each.asset_id, {})
        sums[key] = sums.get(key, 0.0) + sign * each.flow.amount_gbp
    return found


def when_of_buildings(plan: Plan) -> dict[str, str]:
    """asset_id → financial year in which it is let go, built, extended or mended."""
    calendar = plan.problem.calendar
    return {
        action.asset_id: calendar.label(period)
        for action, period, _ in taken(plan.problem, plan.after)
        if action.kind in ("release", "build", "extend", "improve")
    }


def _building_money(plan: Plan, asset_id: str, once: Mapping[str, float]) -> dict[str, float]:
    """Capital, receipt, saving and backlog of one building; nil where nothing is decided."""
    names = ("capital_gbp", "extension_m2", "receipt_gbp", "running_cost_saving_gbp_pa",
             "exit_cost_gbp", "backlog_avoided_gbp", "works_gbp",
             "backlog_retained_gbp")  # fmt: skip
    site = plan.problem.sites.get(asset_id)
    if site is None:
        return dict.fromkeys(names, 0.0)
    used = asset_id in plan.after.open
    released = site.in_use_today and not used
    extension = plan.after.extension_m2.get(asset_id, 0.0)
    works = (site.works_gbp or 0.0) if asset_id in plan.after.works else 0.0
    saving = site.annual_gbp if released else 0.0
    if used and not site.in_use_today:
        saving = -site.annual_gbp
    gone = released or asset_id in plan.after.works
    values = (once.get("capital", 0.0), extension, once.get("receipt", 0.0), saving,
              once.get("exit", 0.0), site.backlog_gbp * gone, works,
              site.backlog_gbp * (used and not gone))  # fmt: skip
    return {n: round(float(v), 2) for n, v in zip(names, values, strict=True)}


def services_table(plan: Plan) -> pd.DataFrame:
    """A row per unit, by unit_id: from, to, what happens, how, cost (£) and distance (km).

    ``mode`` after the plan: full, outreach, or "" where withdrawn; ``done_in`` is the financial
    year of the change, "" where nothing changes; ``outreach_saving_gbp_pa`` is what delivering it
    as outreach saves a year, hosting apart.
    """
    estate, units = plan.inputs.estate, plan.problem.units
    buildings, calendar = estate.buildings, plan.problem.calendar
    when = {a.unit_id: p for a, p, _ in taken(plan.problem, plan.after) if a.unit_id}
    rows = []
    for uid, to in plan.after.placed.items():
        unit, home = units[uid], units[uid].home
        action = WITHDRAWN if not to else "stay" if to == home else "move"
        moved, aside = action == "move", uid in plan.after.outreach
        move_gbp, hosting_gbp_pa = terms_of(unit, aside)
        rows.append(
            {
                "unit_id": uid,
                "service_type": unit.service_type,
                "name": estate.services.at[uid, "name"],
                "operator": estate.services.at[uid, "operator"],
                "from_asset_id": home,
                "from_name": buildings.at[home, "name"],
                "to_asset_id": to,
                "to_name": buildings.at[to, "name"] if to else "",
                "action": action,
                "done_in": calendar.label(when[uid]) if uid in when else "",
                "mode": "" if not to else "outreach" if aside else "full",
                "move_cost_gbp": round(move_gbp, 2) if moved else 0.0,
                "hosting_cost_gbp_pa": round(hosting_gbp_pa, 2) if moved else 0.0,
                "outreach_saving_gbp_pa": round(unit.outreach.saving_gbp_pa, 2)
                if aside and unit.outreach
                else 0.0,
                "withdrawal_saving_gbp_pa": round(unit.withdrawal_gbp_pa, 2)
                if action == WITHDRAWN
                else 0.0,
                "distance_km": round(_apart_km(buildings, home, to), 3) if moved else 0.0,
            }
        )
    return pd.DataFrame(rows)


def _apart_km(buildings: pd.DataFrame, one: str, other: str) -> float:
    place = buildings.loc[[one, other], ["easting", "northing"]].to_numpy(dtype=float)
    return float(np.hypot(*(place[0] - place[1]))) / 1000.0


def targets_table(plan: Plan) -> pd.DataFrame:
    """Money targets that are set, those of years too: target, value of the plan, met."""
    money, targets = plan.after.money, plan.scenario.targets
    reinvested = plan.problem.reinvest_share * money.receipts_gbp
    lines = [
        ("receipts_gbp", "Capital receipts, at least", targets.receipts_gbp, money.receipts_gbp, 1),
        ("revenue_saving_gbp_pa", "Revenue saving a year, at least",
         targets.revenue_saving_gbp_pa, money.saving_gbp_pa, 1),
        ("capital_budget_gbp", "Capital beyond reinvested receipts, at most",
         targets.capital_budget_gbp, money.capital_gbp - reinvested, -1),
    ]  # fmt: skip
    rows = [
        {"target_id": key, "name": name, "target": target, "value": round(value, 2),
         "met": bool(sign * (value - target) >= -1.0)}
        for key, name, target, value, sign in lines
        if target is not None
    ]  # fmt: skip
    rows += [
        {"target_id": one.key, "name": one.name, "target": round(one.target_gbp, 2),
         "value": round(one.value_gbp, 2), "met": one.met}
        for one in yearly_targets(plan)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["target_id", "name", "target", "value", "met"])


def totals(plan: Plan) -> dict[str, float]:
    """Headline figures: money of the plan, buildings in use before and after, backlog avoided."""
    money, sites = plan.after.money, plan.problem.sites
    released = [s for s in sites.values() if s.in_use_today and s.asset_id not in plan.after.open]
    placed, units = plan.after.placed, plan.problem.units
    return {
        "receipts_gbp": round(money.receipts_gbp, 2),
        "capital_gbp": round(money.capital_gbp, 2),
        "revenue_saving_gbp_pa": round(money.saving_gbp_pa, 2),
        "npv_gbp": round(money.npv_gbp, 2),
        "penalty_gbp": round(money.penalty_gbp, 2),
        "do_nothing_cost_gbp": round(plan.problem.do_nothing_gbp, 2),
        "backlog_avoided_gbp": round(
            sum(s.backlog_gbp for s in released)
            + sum(sites[s].backlog_gbp for s in plan.after.works),
            2,
        ),
        "backlog_retained_gbp": round(amounts.backlog_gbp(plan.problem, plan.after), 2),
        "works_gbp": round(sum(sites[s].works_gbp or 0.0 for s in plan.after.works), 2),
        "buildings_before": sum(s.in_use_today for s in sites.values()),
        "buildings_after": len(plan.after.open),
        "buildings_released": len(released),
        "units_moved": sum(bool(s) and s != units[u].home for u, s in placed.items()),
        "units_withdrawn": sum(not s for s in placed.values()),
        "units_outreach": len(plan.after.outreach),
    }

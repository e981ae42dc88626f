"""Plan → tables: a row per building, per unit, per standard and area, per target. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from coverage.margin import arrival_band, has_width, is_stated, summary_band
from coverage.measure import Crew
from coverage.reach import within
from coverage.standards import AREA_COLUMN, Standard
from optimise.covers import StandardData
from optimise.explain import reasons
from optimise.moves import effective_locks
from optimise.outcome import Outcome
from optimise.plan import Plan
from optimise.problem import Problem
from optimise.units import crew_of

WITHDRAWN = "withdraw"
COVER_COLUMNS = (
    "standard_id", "geography", "area_id", "area_name", "group", "weight", "total",
    "within_before", "within_after", "outside_before", "outside_after",
    "share_before", "share_after", "target", "met",
    "mean_before_min", "mean_after_min", "p90_before_min", "p90_after_min",
    "worst_before_min", "worst_after_min", "unreached_before", "unreached_after",
    "held_at",
    "within_before_low", "within_before_high", "within_after_low", "within_after_high",
    "share_before_low", "share_before_high", "share_after_low", "share_after_high",
    "mean_before_low_min", "mean_before_high_min", "mean_after_low_min", "mean_after_high_min",
    "p90_before_low_min", "p90_before_high_min", "p90_after_low_min", "p90_after_high_min",
    "worst_before_low_min", "worst_before_high_min", "worst_after_low_min", "worst_after_high_min",
)  # fmt: skip
ENDS = ("low", "high")
WHEN = ("before", "after")
#: Figures of a standard over the whole that `standards_table` repeats.
WHOLE = (
    "share_before", "share_after", "within_before", "within_after", "total",
    "within_before_low", "within_before_high", "within_after_low", "within_after_high",
    "share_before_low", "share_before_high", "share_after_low", "share_after_high",
    "mean_before_min", "mean_before_low_min", "mean_before_high_min",
    "mean_after_min", "mean_after_low_min", "mean_after_high_min",
)  # fmt: skip
#: Other end of cover: long minutes are the low end of cover.
OTHER_END = {"low": "high", "high": "low"}


def decisions_table(plan: Plan) -> pd.DataFrame:
    """A row per building of the estate, by asset_id: decision, reason, money (£, £ a year).

    ``capital_gbp`` is what is spent at the building (build, extension, moves
    into it, making services fit), optimism bias included; ``exit_cost_gbp`` is
    what leaving its lease costs. Summed with it over all rows it is the plan's
    capital. ``running_cost_saving_gbp_pa`` is the building's own; hosting and
    withdrawn services stand in `services_table`.
    """
    buildings = plan.inputs.estate.buildings
    locks = effective_locks(plan.scenario, buildings)
    why = reasons(plan)
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
                "reason": why[aid].code,
                "reason_text": why[aid].text,
                "units_before": _units(plan.before, plan.problem, aid),
                "units_after": _units(plan.after, plan.problem, aid),
                **_building_money(plan, aid),
                "confidential": bool(row["confidential"]),
                "easting": round(float(row["easting"]), 1),
                "northing": round(float(row["northing"]), 1),
            }
        )
    return pd.DataFrame(rows)


def _units(result: Outcome, problem: Problem, asset_id: str) -> str:
    """Service types a building holds, with their unit ids, in words."""
    here = [u for u in sorted(result.placed) if result.placed[u] == asset_id]
    return "; ".join(f"{problem.units[u].service_type} ({u})" for u in here)


def _building_money(plan: Plan, asset_id: str) -> dict[str, float]:
    """Capital, receipt, saving and backlog of one building; nil where nothing is decided."""
    names = ("capital_gbp", "extension_m2", "receipt_gbp", "running_cost_saving_gbp_pa",
             "exit_cost_gbp", "backlog_avoided_gbp")  # fmt: skip
    site = plan.problem.sites.get(asset_id)
    if site is None:
        return dict.fromkeys(names, 0.0)
    used = asset_id in plan.after.open
    released = site.in_use_today and not used
    extension = plan.after.extension_m2.get(asset_id, 0.0)
    units = plan.problem.units
    capital = site.build_gbp if used and not site.in_use_today else 0.0
    capital += extension * site.extension_gbp_per_m2
    capital += sum(
        units[u].move_gbp
        for u, s in plan.after.placed.items()
        if s == asset_id and units[u].home != asset_id
    )
    cost = {(p.service_a, p.service_b): p.cost_gbp for p in plan.problem.pairs}
    capital += sum(cost[a, b] for s, a, b in plan.after.together if s == asset_id)
    saving = site.annual_gbp if released else 0.0
    if used and not site.in_use_today:
        saving = -site.annual_gbp
    values = (capital, extension, site.receipt_gbp * released, saving,
              site.release_gbp * released, site.backlog_gbp * released)  # fmt: skip
    return {n: round(float(v), 2) for n, v in zip(names, values, strict=True)}


def services_table(plan: Plan) -> pd.DataFrame:
    """A row per unit, by unit_id: from, to, what happens, cost (£) and distance (km)."""
    estate, units = plan.inputs.estate, plan.problem.units
    buildings = estate.buildings
    rows = []
    for uid, to in plan.after.placed.items():
        unit, home = units[uid], units[uid].home
        action = WITHDRAWN if not to else "stay" if to == home else "move"
        moved = action == "move"
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
                "move_cost_gbp": round(unit.move_gbp, 2) if moved else 0.0,
                "hosting_cost_gbp_pa": round(unit.hosting_gbp_pa, 2) if moved else 0.0,
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


def crews(problem: Problem, result: Outcome, service_type: str) -> list[Crew]:
    """Crews of a service where a result puts them."""
    return [
        crew_of(problem.units[u], s)
        for u, s in result.placed.items()
        if s and problem.units[u].service_type == service_type
    ]


def minutes_table(plan: Plan) -> pd.DataFrame:
    """Minutes and whether within, before and after, of each standard, by demand_id.

    Columns ``<standard>_before_min``, ``_after_min`` (NaN = none), ``_in_before``, ``_in_after``:
    at the end of cover the standard is held at. Where the times have an error besides
    ``_in_before_low``, ``_in_before_high``, ``_in_after_low`` and ``_in_after_high``: whether
    within at either end.
    """
    columns: dict[str, pd.Series] = {}
    for data in plan.problem.standards:
        name, limit = data.standard.standard_id, data.standard.threshold_min
        for when, band in bands(plan, data).items():
            held = band[data.standard.held_at]
            columns[f"{name}_{when}_min"] = held
            columns[f"{name}_in_{when}"] = _inside(held, limit)
            if has_width(data.modelled.error):
                for end in ENDS:
                    columns[f"{name}_in_{when}_{end}"] = _inside(band[end], limit)
    index = plan.inputs.estate.demand.index
    return pd.DataFrame({c: s.reindex(index) for c, s in columns.items()}, index=index)


def _inside(minutes: pd.Series, limit: float) -> pd.Series:
    return pd.Series(within(minutes.to_numpy(), limit), index=minutes.index)


def bands(plan: Plan, data: StandardData) -> dict[str, dict[str, pd.Series]]:
    """Minutes of a standard ``before`` and ``after``, by case of cover (`arrival_band`)."""
    kind = data.standard.service_type
    return {
        when: arrival_band(data.standard, data.modelled, crews(plan.problem, result, kind))
        for when, result in (("before", plan.before), ("after", plan.after))
    }


def cover_table(plan: Plan) -> pd.DataFrame:
    """Each standard before and after: the whole, and each ward, pilot, district and town.

    Weights are units of the standard's demand column; ``outside`` counts the unreached too.
    Figures without ``low`` or ``high`` in their name are central: minutes as modelled.
    ``within_*_low`` is cover when every drive takes its longest, ``mean_*_low_min`` the mean when
    every drive takes its shortest; without an error all three are the same. ``target`` stands
    where the standard holds the plan to one, and ``met`` is told at the end in ``held_at``.
    """
    demand = plan.inputs.estate.demand
    rows = []
    for data in plan.problem.standards:
        minutes = {
            when: {case: series.reindex(data.weight.index) for case, series in band.items()}
            for when, band in bands(plan, data).items()
        }
        rows.append(_cover_row(data, minutes, ("all", "", "Whole area", data.weight)))
        for kind, column in AREA_COLUMN.items():
            areas = demand[column].astype(str)
            for area_id in sorted(a for a in areas.unique() if a):
                weight = data.weight.where(areas == area_id, 0.0)
                name = _area_name(plan, area_id)
                if weight.sum() > 0:
                    rows.append(_cover_row(data, minutes, (kind, area_id, name, weight)))
    return pd.DataFrame(rows, columns=list(COVER_COLUMNS))


def _area_name(plan: Plan, area_id: str) -> str:
    areas = plan.inputs.estate.areas
    return str(areas.at[area_id, "name"]) if area_id in areas.index else area_id


def _cover_row(
    data: StandardData,
    minutes: Mapping[str, Mapping[str, pd.Series]],
    place: tuple[str, str, str, pd.Series],
) -> dict[str, object]:
    kind, area_id, area_name, weight = place
    standard = data.standard
    figures = {when: summary_band(standard, minutes[when], weight) for when in WHEN}
    target = _target(data, kind, area_id)
    held = figures["after"][standard.held_at]["share"]
    row: dict[str, object] = {
        "standard_id": standard.standard_id,
        "geography": kind,
        "area_id": area_id,
        "area_name": area_name,
        "group": standard.group,
        "weight": standard.weight,
        "total": _r(figures["before"]["central"]["total"], 3),
        "target": np.nan if target is None else _r(target, 6),
        "met": "" if target is None else bool(held >= target - 1e-6),
        "held_at": standard.held_at,
    }
    for when in WHEN:
        row |= _central_figures(when, figures[when]["central"]) | _ends(when, figures[when])
    return row


def _central_figures(when: str, found: Mapping[str, float]) -> dict[str, float]:
    """Figures of one row, before or after, with the minutes as modelled."""
    counts = {f"{name}_{when}": _r(found[name], 3) for name in ("within", "outside", "unreached")}
    minutes = {f"{n}_{when}_min": _r(found[f"{n}_min"], 3) for n in ("mean", "p90", "worst")}
    return {**counts, f"share_{when}": _r(found["share"], 6), **minutes}


def _ends(when: str, band: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The same at both ends; of minutes too, low is the smaller figure."""
    row: dict[str, float] = {}
    for end in ENDS:
        row[f"within_{when}_{end}"] = _r(band[end]["within"], 3)
        row[f"share_{when}_{end}"] = _r(band[end]["share"], 6)
        for name in ("mean", "p90", "worst"):
            row[f"{name}_{when}_{end}_min"] = _r(band[OTHER_END[end]][f"{name}_min"], 3)
    return row


def _target(data: StandardData, kind: str, area_id: str) -> float | None:
    """The share the standard asks for here; None where it asks nothing of this geography."""
    if data.standard.target is None or data.standard.geography != kind:
        return None
    return data.required_share(area_id)


def _r(value: float, digits: int) -> float:
    return round(float(value), digits)


def standards_table(plan: Plan, cover: pd.DataFrame) -> pd.DataFrame:
    """A row per standard over the whole: title, target, share and weight before and after.

    ``*_low`` and ``*_high`` are the ends of cover by the error of its mode's times, which stands
    beside (None where none is stated: the ends are then the central figure).
    """
    rows = []
    whole = cover[cover["geography"] == "all"].set_index("standard_id")
    for data in plan.problem.standards:
        standard = data.standard
        figures = whole.loc[standard.standard_id] if standard.standard_id in whole.index else None
        rows.append(
            {
                "standard_id": standard.standard_id,
                "title": standard.label,
                "service_type": standard.service_type,
                "threshold_min": standard.threshold_min,
                "mode": standard.mode,
                "kind": standard.kind,
                "geography": standard.geography,
                "weight": standard.weight,
                "target": _lowest_target(cover, standard),
                **{c: None if figures is None else figures[c] for c in WHOLE},
                "met": _met(cover, standard),
                "held_at": standard.held_at,
                "error": _error(data),
            }
        )
    return pd.DataFrame(rows)


def _error(data: StandardData) -> dict[str, object] | None:
    error = data.modelled.error
    return asdict(error) if is_stated(error) else None


def _asked(cover: pd.DataFrame, standard: Standard) -> pd.DataFrame:
    rows = cover["standard_id"] == standard.standard_id
    return cover[rows & (cover["geography"] == standard.geography) & cover["target"].notna()]


def _lowest_target(cover: pd.DataFrame, standard: Standard) -> float | None:
    asked = _asked(cover, standard)
    return None if asked.empty else float(asked["target"].min())


def _met(cover: pd.DataFrame, standard: Standard) -> bool | None:
    """Whether the plan meets it everywhere it asks; None where it asks nothing."""
    asked = _asked(cover, standard)
    return None if asked.empty else bool((asked["met"] == True).all())  # noqa: E712


def targets_table(plan: Plan) -> pd.DataFrame:
    """Money targets that are set: target, value of the plan, met."""
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
        "backlog_avoided_gbp": round(sum(s.backlog_gbp for s in released), 2),
        "buildings_before": sum(s.in_use_today for s in sites.values()),
        "buildings_after": len(plan.after.open),
        "buildings_released": len(released),
        "units_moved": sum(bool(s) and s != units[u].home for u, s in placed.items()),
        "units_withdrawn": sum(not s for s in placed.values()),
    }

"""Plan → tables of cover: a row per standard and area, and the minutes of each place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from coverage.margin import has_width, is_stated, states_band, summary_band
from coverage.measure import Arrivals, Crew, statistic_of
from coverage.reach import area_of, within
from coverage.standards import AREA_COLUMN, MINUTES, Standard
from optimise.changes import Changes, changes_of
from optimise.plan import Plan
from optimise.tallies import StandardData, crews_after
from optimise.units import as_today

COVER_COLUMNS = (
    "standard_id", "geography", "area_id", "area_name", "group", "weight", "total",
    "within_before", "within_after", "outside_before", "outside_after",
    "share_before", "share_after", "target", "met",
    "statistic", "unit", "figure_before", "figure_after", "slack",
    "mean_before_min", "mean_after_min", "p90_before_min", "p90_after_min",
    "worst_before_min", "worst_after_min", "unreached_before", "unreached_after",
    "mean_before_miles", "mean_after_miles",
    "held_at",
    "within_before_low", "within_before_high", "within_after_low", "within_after_high",
    "share_before_low", "share_before_high", "share_after_low", "share_after_high",
    "mean_before_low_min", "mean_before_high_min", "mean_after_low_min", "mean_after_high_min",
    "p90_before_low_min", "p90_before_high_min", "p90_after_low_min", "p90_after_high_min",
    "worst_before_low_min", "worst_before_high_min", "worst_after_low_min", "worst_after_high_min",
    "figure_before_low", "figure_before_high", "figure_after_low", "figure_after_high",
    "gained", "lost", "better", "worse", "no_car_households", "no_car_worse",
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
    "figure_before", "figure_before_low", "figure_before_high",
    "figure_after", "figure_after_low", "figure_after_high",
)  # fmt: skip
#: Other end of cover: long minutes are the low end of cover.
OTHER_END = {"low": "high", "high": "low"}


def minutes_table(plan: Plan) -> pd.DataFrame:
    """Minutes and whether within, before and after, of each standard, by demand_id.

    Columns ``<standard>_before_min``, ``_after_min`` (NaN = none; ``_before_miles`` and so on where
    lines are straight), ``_in_before``, ``_in_after``: at the end of cover the standard is held
    at, with every crew there. Where the times have an error besides
    ``_in_before_low``, ``_in_before_high``, ``_in_after_low`` and ``_in_after_high``: whether
    within at either end.
    """
    columns: dict[str, pd.Series] = {}
    for data in plan.problem.standards:
        name, limit = data.standard.standard_id, data.limit_min
        for when, arrivals in bands(plan, data).items():
            band = {case: found.series() for case, found in arrivals.items()}
            held = band[data.standard.held_at]
            columns[f"{name}_{when}_{data.standard.unit}"] = held
            columns[f"{name}_in_{when}"] = _inside(held, limit)
            if has_width(data.modelled.error):
                for end in ENDS:
                    columns[f"{name}_in_{when}_{end}"] = _inside(band[end], limit)
    index = plan.inputs.estate.demand.index
    return pd.DataFrame({c: s.reindex(index) for c, s in columns.items()}, index=index)


def _inside(minutes: pd.Series, limit: float) -> pd.Series:
    return pd.Series(within(minutes.to_numpy(), limit), index=minutes.index)


def bands(plan: Plan, data: StandardData) -> dict[str, dict[str, Arrivals]]:
    """Arrivals of a standard ``before`` and ``after``, by case of cover (`states_band`)."""
    crews = crews_when(plan, data.standard)
    return {when: states_band(data.standard, data.modelled, crews[when]) for when in WHEN}


def crews_when(plan: Plan, standard: Standard) -> dict[str, list[Crew]]:
    """A standard's crews in place ``before`` (as today) and ``after`` the plan."""
    units = plan.problem.units
    return {
        "before": crews_after(standard, as_today(units), plan.before.placed),
        "after": crews_after(standard, units, plan.after.placed, plan.after.outreach),
    }


def cover_table(plan: Plan) -> pd.DataFrame:
    """Each standard before and after: the whole, and each ward, pilot, district and town.

    Weights are units of the standard's demand column; ``outside`` counts the unreached too.
    Figures without ``low`` or ``high`` in their name are central: minutes as modelled.
    ``within_*_low`` is cover when every drive takes its longest, ``mean_*_low_min`` the mean when
    every drive takes its shortest; without an error all three are the same. ``target`` stands
    where the standard holds the plan to one, and ``met`` is told at the end in ``held_at``.

    ``figure`` is the standard's own ``statistic`` in its own ``unit``: a share (unit ``share``),
    ``min`` or ``miles``; ``target`` is in that unit, and ``slack`` is how far the figure at the
    held end is on the right side of it (below 0: missed). A mean counts who is not reached at
    its ceiling, where ``mean_*_min`` is over those reached. Columns in minutes are blank where
    lines are straight, those in miles where they are not. With an availability, weights within
    are weight × share of hours.

    ``gained``, ``lost``, ``better``, ``worse``: `optimise.changes.Changes.counts`, central.
    ``no_car_households`` live there in all, ``no_car_worse`` where the time grows: of a drive it
    says where they live, and not that they drive.
    """
    demand = plan.inputs.estate.demand
    places, no_car = _places(plan), _without_cars(demand)
    rows = []
    for data in plan.problem.standards:
        arrivals = bands(plan, data)
        told = _Told(data, arrivals, _changes(data, arrivals), no_car)
        weight = data.weight.to_numpy(dtype=float)
        for place in places:
            if place[0] == "all" or weight[place[3]].sum() > 0:
                rows.append(_cover_row(told, place))
    return pd.DataFrame(rows, columns=list(COVER_COLUMNS))


def _places(plan: Plan) -> list[tuple[str, str, str, np.ndarray]]:
    """Kind, id and name of the whole and of each area, and which demand points lie in it."""
    demand = plan.inputs.estate.demand
    found = [("all", "", "Whole area", np.ones(len(demand), dtype=bool))]
    for kind in AREA_COLUMN:
        areas = area_of(kind, demand).to_numpy(dtype=object)
        for area_id in sorted(a for a in set(areas) if a):
            found.append((kind, area_id, _area_name(plan, area_id), areas == area_id))
    return found


def _area_name(plan: Plan, area_id: str) -> str:
    areas = plan.inputs.estate.areas
    return str(areas.at[area_id, "name"]) if area_id in areas.index else area_id


@dataclass(frozen=True, eq=False)
class _Told:
    """What the rows of one standard are told from."""

    data: StandardData
    arrivals: Mapping[str, Mapping[str, Arrivals]]
    changes: Changes
    no_car: np.ndarray


def _changes(data: StandardData, arrivals: Mapping[str, Mapping[str, Arrivals]]) -> Changes:
    before, after = (arrivals[when]["central"] for when in WHEN)
    return changes_of(before, after, limit=data.limit_min, unit=data.standard.unit)


def _without_cars(demand: pd.DataFrame) -> np.ndarray:
    """Households without a car by demand point; NaN where the layer says nothing of them."""
    if "no_car_households" not in demand.columns:
        return np.full(len(demand), np.nan)
    return demand["no_car_households"].to_numpy(dtype=float)


def _cover_row(told: _Told, place: tuple[str, str, str, np.ndarray]) -> dict[str, object]:
    """One row: kind and id of the area, its name, and which demand points lie in it."""
    kind, area_id, area_name, here = place
    data, arrivals, standard = told.data, told.arrivals, told.data.standard
    weight = data.weight.where(here, 0.0)
    limit = data.limit_min
    counts = {when: summary_band(arrivals[when], weight, limit_min=limit) for when in WHEN}
    figures = {when: _figures(data, arrivals[when], weight) for when in WHEN}
    target = _target(data, kind, area_id)
    held = "high" if standard.in_minutes else "low"
    slack = _slack(data, figures["after"]["central" if standard.held_at != "low" else held], target)
    row: dict[str, object] = {
        "standard_id": standard.standard_id,
        "geography": kind,
        "area_id": area_id,
        "area_name": area_name,
        "group": standard.group,
        "weight": standard.weight,
        "total": _r(counts["before"]["central"]["total"], 3),
        "target": np.nan if target is None else _r(target, 6),
        "met": "" if target is None else bool(slack >= -1e-6),
        "statistic": standard.statistic,
        "unit": unit_of(standard),
        "slack": np.nan if target is None else _r(slack, 6),
        "held_at": standard.held_at,
    }
    for when in WHEN:
        row |= _central_figures(when, counts[when]["central"]) | _ends(when, counts[when])
        row[f"figure_{when}"] = _r(figures[when]["central"], 6)
        row |= {f"figure_{when}_{end}": _r(figures[when][end], 6) for end in ENDS}
    row |= _changed(told, weight.to_numpy(dtype=float), here)
    if standard.unit != MINUTES:
        means = {f"mean_{when}_miles": row[f"mean_{when}_min"] for when in WHEN}
        row |= {name: np.nan for name in row if name.endswith("_min")} | means
    return row


def _changed(told: _Told, weight: np.ndarray, here: np.ndarray) -> dict[str, float]:
    """Gains and losses of those who count, and the households without a car that live there."""
    no_car = np.where(here, told.no_car, 0.0)
    return {
        **{name: _r(value, 3) for name, value in told.changes.counts(weight).items()},
        "no_car_households": _r(no_car.sum(), 3),
        # Of an unknown number nobody knows the part, not even that it is none.
        "no_car_worse": _r(no_car[told.changes.slower].sum() + 0.0 * no_car.sum(), 3),
    }


def unit_of(standard: Standard) -> str:
    """What the standard's own figure is in: ``share``, ``min`` or ``miles``."""
    return standard.unit if standard.in_minutes else "share"


def _figures(
    data: StandardData, band: Mapping[str, Arrivals], weight: pd.Series
) -> dict[str, float]:
    """The standard's own figure central, and at its ends: low is the smaller figure."""
    made = {
        case: statistic_of(data.standard, found, weight, ceiling_min=data.ceiling_min)
        for case, found in band.items()
    }
    if data.standard.in_minutes:
        made["low"], made["high"] = made["high"], made["low"]
    return made


def _slack(data: StandardData, figure: float, target: float | None) -> float:
    """How far a figure is on the right side of its target; an endless time has none."""
    if target is None:
        return np.nan
    if not data.standard.in_minutes:
        return figure - target
    return target - figure if figure == figure else (0.0 if np.isinf(target) else -np.inf)


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
    """What the standard asks for here, in its unit; None where it asks nothing of this place."""
    if data.standard.target is None or data.standard.geography != kind:
        return None
    asked = data.required_figure(area_id)
    return asked if np.isfinite(asked) else None


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
                "threshold_min": data.limit_min if standard.unit == MINUTES else None,
                "threshold": data.limit_min,
                "threshold_unit": standard.unit,
                "statistic": standard.statistic,
                "percentile": standard.percentile,
                "unit": unit_of(standard),
                "availability": standard.availability,
                "mode": standard.mode,
                "kind": standard.kind,
                "geography": standard.geography,
                "weight": standard.weight,
                "target": _easiest(cover, standard),
                "slack": _least_slack(cover, standard),
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


def _easiest(cover: pd.DataFrame, standard: Standard) -> float | None:
    """The target of the whole; over several areas the lowest share, or the longest time, asked."""
    asked = _asked(cover, standard)["target"]
    if asked.empty:
        return None
    return float(asked.max() if standard.in_minutes else asked.min())


def _least_slack(cover: pd.DataFrame, standard: Standard) -> float | None:
    asked = _asked(cover, standard)["slack"]
    return None if asked.empty else float(asked.min())


def _met(cover: pd.DataFrame, standard: Standard) -> bool | None:
    """Whether the plan meets it everywhere it asks; None where it asks nothing."""
    asked = _asked(cover, standard)
    return None if asked.empty else bool((asked["met"] == True).all())  # noqa: E712

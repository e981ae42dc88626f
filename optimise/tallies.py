"""What is counted of a standard, by demand point; and the recount of it, apart from any program.

A `Tally` says who counts, in which area, and by when (or up to which ceiling). `optimise.covers`
makes it into rules of the program, and `tally_after` counts it again for any placing of the units
from the drive times alone, so that the one checks the other.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from assets.estate import Estate
from coverage.margin import has_width, held_times
from coverage.measure import Arrivals, Crew, aligned, by_area, share_by_area, states, statistic_of
from coverage.reach import area_of, counted_weight, within
from coverage.standards import Standard
from coverage.times import TravelTimes
from optimise.units import Unit, as_today, crew_of, of_type, today_of

WITHIN, MEAN = "within", "mean"
Use = Literal["within", "mean", "worst", "kept", "growth"]


@dataclass(frozen=True, eq=False)
class StandardData:
    """What a standard is measured from: the record, times, weights and areas by demand_id.

    Attributes:
        times: those the standard is held to (`coverage.margin.held_times`).
        modelled: the same before any error is counted in, with the error they carry.
        baseline: today's figure (share, or minutes) by area of the standard's geography, from
            ``times``; NaN where a figure in minutes is endless today.
        today: minutes today with every crew there, by demand_id, from ``times``; NaN = none.
        ceiling_min: what nobody counts for longer than in a mean (`coverage.measure.capped_mean`).
        limit_min: what "within" means in tables: the threshold, else what the target asks of the
            whole, else today's figure.
    """

    standard: Standard
    times: TravelTimes
    modelled: TravelTimes
    weight: pd.Series
    area: pd.Series
    baseline: Mapping[str, float]
    today: pd.Series
    ceiling_min: float
    limit_min: float

    def required_figure(self, area_id: str) -> float:
        """The figure the standard asks for in an area, today's being what it is there."""
        return self.standard.required_figure(self.baseline.get(area_id, math.nan))


def standard_data(
    standard: Standard, estate: Estate, units: Mapping[str, Unit], modelled: TravelTimes
) -> StandardData:
    """A standard with the times it is held to, its weights, areas and today's figures."""
    ids = [str(d) for d in estate.demand.index]
    if list(modelled.demand_ids) != ids:
        modelled = modelled.for_demand(ids)
    times = held_times(standard, modelled)
    weight = counted_weight(standard, estate.demand)
    area = area_of(standard.geography, estate.demand)
    # Demand outside every area of the geography belongs to no rule.
    weight = weight.where(area != "", 0.0) if standard.geography != "all" else weight
    every = of_type(as_today(units), standard.service_type)
    ceiling = _ceiling_min(standard, times, every)
    found = states(standard, times, [crew_of(u, u.home, standard) for u in every])
    baseline = figures_by_area(standard, found, (weight, area), ceiling_min=ceiling)
    whole = pd.Series("", index=area.index, dtype=object)
    overall = figures_by_area(standard, found, (weight, whole), ceiling_min=ceiling)
    limit = _limit_min(standard, overall.get("", math.nan), ceiling)
    today = found.series()
    return StandardData(
        standard, times, modelled, weight, area, baseline, today, ceiling, limit
    )  # fmt: skip


def _ceiling_min(standard: Standard, times: TravelTimes, every: Collection[Unit]) -> float:
    """What somebody who is never reached counts in a mean: as given, else the longest there is."""
    if standard.unreached_min is not None:
        return standard.unreached_min
    long = times.error.high if standard.held_at == "low" and has_width(times.error) else 1.0
    bound = float(times.provenance.get("bound_min") or 0.0) * long
    known = times.minutes[~np.isnan(times.minutes)]
    farthest = max(bound, float(known.max()) if known.size else 0.0)
    return farthest + max((standard.overhead_min(u.turnout_s) for u in every), default=0.0)


def _limit_min(standard: Standard, today: float, ceiling_min: float) -> float:
    if standard.threshold is not None:
        return standard.threshold
    asked = standard.required_figure(today)
    finite = [v for v in (asked, today, ceiling_min) if math.isfinite(v) and v > 0]
    return finite[0] if finite else ceiling_min


def figures_by_area(
    standard: Standard,
    arrivals: Arrivals,
    who: tuple[pd.Series, pd.Series],
    *,
    ceiling_min: float,
) -> dict[str, float]:
    """The standard's own figure (`coverage.measure.statistic_of`) by area, areas ascending.

    Args:
        standard: which statistic.
        arrivals: when each demand point is reached.
        who: weight and area by demand_id; weight above 0 says who counts.
        ceiling_min: `coverage.measure.capped_mean`.
    """
    frame = aligned({"weight": who[0], "area": who[1]}, arrivals.demand_ids)
    weight, area = frame["weight"].astype(float), frame["area"].astype(str)
    found = {}
    for name in sorted(set(area[weight > 0])):
        here = pd.Series(np.where(area == name, weight, 0.0))
        found[str(name)] = statistic_of(standard, arrivals, here, ceiling_min=ceiling_min)
    return found


@dataclass(frozen=True, eq=False)
class Ask:
    """How a further tally differs from the standard's own promise; blank = as the standard has it.

    Attributes:
        weight, area: by demand_id, who counts and where ("" everywhere: the whole).
        minutes_allowed: by demand_id, a threshold for each (infinite = any route, NaN = never).
        growth_min: minutes that each demand's own time of today may grow by (use ``growth``).
        required: figure that the tally must reach, by area (a share, or a mean in minutes).
        both_ways: the program must know the tally exactly, not only from below.
    """

    weight: pd.Series | None = None
    area: pd.Series | None = None
    minutes_allowed: pd.Series | None = None
    growth_min: float = 0.0
    required: Mapping[str, float] | None = None
    both_ways: bool = False


@dataclass(frozen=True, eq=False)
class Tally:
    """What is counted, by demand_id. Made by `promise` and `tally_of`.

    Attributes:
        rule_id: key of its rules; a standard's id for its promise.
        use: ``within`` (weight reached by ``allowed_min``) or ``mean`` (weight × minutes before
            the ceiling).
        weight: above 0 says who counts.
        area: the area each belongs to; each area is a rule.
        allowed_min: threshold of each; only ``within`` looks at it.
        required: figure asked, by area; areas that are not named are only measured.
        promise: whether it is the standard's own promise.
    """

    rule_id: str
    data: StandardData
    use: str
    weight: pd.Series
    area: pd.Series
    allowed_min: pd.Series
    required: Mapping[str, float]
    both_ways: bool = False
    promise: bool = False

    def required_of(self, area_id: str) -> float | None:
        """The figure asked of an area: a share, or a mean in minutes (infinite asks nothing)."""
        return self.required.get(area_id)


def promise(data: StandardData) -> Tally:
    """What a standard promises, in each area of its geography.

    share_within T ≥ p: share within T at least p. percentile p within T: share within T at least
    p/100. worst within T: share within T at least 1. mean within T: mean at most T. With
    ``report`` nothing is required.

    In words: the 90th percentile is within ten minutes exactly when nine in ten are.
    """
    standard = data.standard
    areas = sorted(data.baseline)
    asked = {a: data.required_figure(a) for a in areas}
    allowed = pd.Series(data.limit_min, index=data.weight.index, dtype=float)
    if standard.statistic in ("percentile", "worst"):
        if standard.target is not None:
            allowed = data.area.map(asked).astype(float)
        share = 1.0 if standard.statistic == "worst" else float(standard.percentile or 0.0) / 100.0
        asked = {a: share if math.isfinite(asked[a]) else 0.0 for a in areas}
    return Tally(
        rule_id=standard.standard_id,
        data=data,
        use=MEAN if standard.statistic == "mean" else WITHIN,
        weight=data.weight,
        area=data.area,
        allowed_min=allowed,
        required={} if standard.kind == "report" else asked,
        promise=True,
    )


def tally_of(data: StandardData, *, rule_id: str, use: Use, ask: Ask | None = None) -> Tally:
    """A further tally of a standard's service: for an objective, a limit, a rule of fairness.

    Args:
        data: clock, crews, times, and who counts where nothing else is asked.
        rule_id: key of its rows, distinct from every standard's id.
        use: ``within`` the threshold (or ``minutes_allowed``); ``mean`` minutes; ``worst``: a
            mean for every demand point on its own, each its own area (the worst is the largest);
            ``kept``: of those within the threshold today, who still is; ``growth``: whose time is
            no longer than today's and ``growth_min`` more (of those who are reached today).
        ask: what differs from the standard.
    """
    ask = ask or Ask()
    weight = data.weight if ask.weight is None else ask.weight.reindex(data.weight.index)
    weight = weight.astype(float).fillna(0.0)
    area = data.area if ask.area is None else ask.area.reindex(weight.index)
    allowed = pd.Series(data.limit_min, index=weight.index, dtype=float)
    if ask.minutes_allowed is not None:
        allowed = ask.minutes_allowed.reindex(weight.index).astype(float)
    today = data.today.reindex(weight.index)
    if use == "kept":
        weight = weight.where(within(today.to_numpy(), data.limit_min), 0.0)
    if use == "growth":
        allowed = today + ask.growth_min
        weight = weight.where(today.notna(), 0.0)
    if use == "worst":
        area = pd.Series(weight.index.astype(str), index=weight.index, dtype=object)
    return Tally(
        rule_id=rule_id,
        data=data,
        use=MEAN if use in ("mean", "worst") else WITHIN,
        weight=weight,
        area=area,
        allowed_min=allowed,
        required=dict(ask.required or {}),
        both_ways=ask.both_ways,
    )


@dataclass(frozen=True)
class Counted:
    """A tally counted again: the tally, the weight in all, and the figure people know.

    ``figure`` is the standard's own statistic for a promise, else a share or a mean in minutes.
    """

    tally: float
    total: float
    figure: float


def crews_after(
    standard: Standard,
    units: Mapping[str, Unit],
    placed: Mapping[str, str],
    outreach: Collection[str] = (),
) -> list[Crew]:
    """The crews that count for a standard where a plan puts them.

    Args:
        standard: whose service, and whose availability.
        units: every unit.
        placed: unit_id → site, "" = withdrawn.
        outreach: unit_ids delivered as outreach; they count where their terms say so.
    """
    away = {u for u in outreach if not units[u].outreach_counts(standard.standard_id)}
    return [
        crew_of(units[u], s, standard)
        for u, s in placed.items()
        if s and u not in away and units[u].service_type == standard.service_type
    ]


def arrivals_after(
    data: StandardData,
    units: Mapping[str, Unit],
    placed: Mapping[str, str],
    outreach: Collection[str] = (),
) -> Arrivals:
    """When each demand point is reached, with every unit where it is placed ("" = withdrawn)."""
    crews = crews_after(data.standard, units, placed, outreach)
    return states(data.standard, data.times, crews)


def arrivals_today(data: StandardData, units: Mapping[str, Unit]) -> Arrivals:
    """When each demand point is reached with every unit where it is, before further duties."""
    return arrivals_after(data, as_today(units), today_of(units))


def tally_after(
    tally: Tally,
    units: Mapping[str, Unit],
    placed: Mapping[str, str],
    outreach: Collection[str] = (),
) -> dict[str, Counted]:
    """The tally by area with every unit where it is placed, from the drive times."""
    return counted(tally, arrivals_after(tally.data, units, placed, outreach))


def counted(tally: Tally, arrivals: Arrivals) -> dict[str, Counted]:
    """A tally of arrivals that are known, by area, areas ascending."""
    data = tally.data
    if tally.use == MEAN:
        early = data.ceiling_min - np.fmin(arrivals.minutes, data.ceiling_min)
        frame = aligned({"weight": tally.weight, "area": tally.area}, arrivals.demand_ids)
        gained = (arrivals.hours @ early) * np.nan_to_num(frame["weight"].astype(float))
        sums = by_area(gained, frame)
        figures = {a: data.ceiling_min - t / n for a, (t, n) in sums.items()}
    else:
        sums = share_by_area(arrivals, tally.weight, tally.area, limit_min=tally.allowed_min)
        figures = {a: t / n for a, (t, n) in sums.items()}
    if tally.promise and data.standard.statistic in ("percentile", "worst"):
        figures = figures_by_area(
            data.standard, arrivals, (tally.weight, tally.area), ceiling_min=data.ceiling_min
        )
    return {a: Counted(t, n, figures[a]) for a, (t, n) in sums.items()}


def within_after(data: StandardData, arrivals: Arrivals) -> dict[str, tuple[float, float]]:
    """(weight within, weight in all) by area, within being `StandardData.limit_min`."""
    return share_by_area(arrivals, data.weight, data.area, limit_min=data.limit_min)

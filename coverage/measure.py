"""Cover, mean, percentile and worst, for any set of open services.

Everything here is recomputed from drive times and from who is where; nothing
comes from the integer program, so these figures check it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.reach import Provider, response_minutes, within
from coverage.standards import Standard
from coverage.times import TravelTimes


@dataclass(frozen=True, order=True)
class Crew:
    """One unit in place.

    Attributes:
        site_id: where it serves from.
        turnout_s: how fast it turns out, seconds.
        vehicles: how many it brings.
        availability: share of hours in which it can turn out, 0-1.
    """

    site_id: str
    turnout_s: float
    vehicles: int = 1
    availability: float = 1.0


@dataclass(frozen=True, eq=False)
class Arrivals:
    """When help, or the person, arrives, in each state that the crews may be in.

    Attributes:
        demand_ids: d demand points.
        hours: share of hours of each state, float64[h]; they add up to 1.
        minutes: on the standard's clock, float64[h, d]; NaN = nobody comes.
        potential: with every crew there, float64[d].
    """

    demand_ids: tuple[str, ...]
    hours: np.ndarray
    minutes: np.ndarray
    potential: np.ndarray

    @classmethod
    def of(cls, minutes: pd.Series) -> Arrivals:
        """The same minutes at every hour."""
        values = minutes.to_numpy(dtype=float)
        return cls(tuple(map(str, minutes.index)), np.ones(1), values[None, :], values)

    def spread(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(minutes, weight × hours) of the demand that counts, state after state, flat."""
        counts = weight > 0
        return (
            self.minutes[:, counts].ravel(),
            (self.hours[:, None] * weight[None, counts]).ravel(),
        )

    def series(self) -> pd.Series:
        """`potential` by demand_id."""
        return pd.Series(self.potential, index=list(self.demand_ids))


def arrival_minutes(standard: Standard, times: TravelTimes, crews: Sequence[Crew]) -> pd.Series:
    """Minutes until the standard's nth vehicle (or nearest service) for each demand point.

    minutes[d] = nth smallest over crews c, each repeated vehicles(c) times, of
    overhead(c) + drive(c, d)

    In words: when help, or the person, arrives. NaN where fewer than n
    vehicles have a route. Miles where the standard's lines are straight.

    Returns:
        float Series indexed by demand_id, in the order of ``times.demand_ids``.
    """
    return pd.Series(_nth_arrival(standard, times, crews), index=list(times.demand_ids))


def _nth_arrival(standard: Standard, times: TravelTimes, crews: Sequence[Crew]) -> np.ndarray:
    """`arrival_minutes` in the order of ``times.demand_ids``, float64[d]."""
    n = standard.nth_vehicle
    repeated = [c for c in sorted(crews) for _ in range(min(c.vehicles, n))]
    if len(repeated) < n:
        return np.full(len(times.demand_ids), np.nan)
    providers = [Provider(c.site_id, c.turnout_s) for c in repeated]
    minutes = response_minutes(standard, times, providers)
    minutes[np.isnan(minutes)] = np.inf
    nth: np.ndarray = np.partition(minutes, n - 1, axis=1)[:, n - 1]
    return np.where(np.isinf(nth), np.nan, nth)


def hour_levels(availabilities: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """(share of hours, least availability) of each state of the crews, fullest first.

    With the distinct availabilities α_1 > α_2 > … > α_L > 0 the crews with at least α_l are
    exactly those there for a share α_l − α_{l+1} of the hours (α_{L+1} = 0), and for 1 − α_1
    nobody is (least availability infinite). Fullest first: all crews, then fewer.

    In words: absences fall together. Whenever a crew is away, so is every crew that is away more
    often; it is the same weekday daytime that empties every on-call station, and with one
    vehicle needed no other way of falling covers fewer people.
    """
    distinct = sorted({a for a in availabilities if a > 0})
    steps = zip([0.0, *distinct], distinct, strict=False)
    levels = [(upper - lower, upper) for lower, upper in steps]
    away = 1.0 - (distinct[-1] if distinct else 0.0)
    return tuple(levels) if away <= 0 else (*levels, (away, float("inf")))


def states(standard: Standard, times: TravelTimes, crews: Sequence[Crew]) -> Arrivals:
    """Arrivals by state of the crews: one state, unless the standard weighs by availability.

    cover = Σ_d w_d · a_d / Σ_d w_d,  a_d = availability of the nth best-available vehicle among
    those that reach d in time

    In words: cover weighted by availability is the share of people times hours that are reached
    in time. A place counts for as many hours as the most available crew in reach of it (for the
    nth vehicle, the nth most available) can turn out: absences fall together (`hour_levels`).

    Symbols: w_d weight of demand point d; availability 0-1 by day, by night or the mean of both
    weighted by their hours.
    """
    potential = _nth_arrival(standard, times, crews)
    if standard.availability == "full":
        return Arrivals(times.demand_ids, np.ones(1), potential[None, :], potential)
    levels = hour_levels([c.availability for c in crews])
    rows = [
        _nth_arrival(standard, times, [c for c in crews if c.availability >= least])
        for _, least in levels
    ]
    return Arrivals(times.demand_ids, np.array([h for h, _ in levels]), np.array(rows), potential)


def weighted_percentile(minutes: np.ndarray, weight: np.ndarray, share: float) -> float:
    """Smallest time within which at least ``share`` of the weight is reached.

    NaN in ``minutes`` means never reached and counts as infinitely long, so
    the answer is NaN when more than 1 − share of the weight is never reached.
    """
    total = float(weight.sum())
    if total <= 0:
        return float("nan")
    filled = np.where(np.isnan(minutes), np.inf, minutes)
    order = np.argsort(filled, kind="stable")
    cumulative = np.cumsum(weight[order])
    position = int(np.searchsorted(cumulative, share * total * (1 - 1e-12)))
    value = float(filled[order][min(position, len(order) - 1)])
    return value if np.isfinite(value) else float("nan")


def capped_mean(minutes: np.ndarray, weight: np.ndarray, ceiling_min: float) -> float:
    """Mean in which nobody counts for longer than the ceiling, those never reached included.

    mean = Σ_d w_d · min(m_d, ceiling) / Σ_d w_d,  m_d = ceiling where there is no route

    Leaving out those without a route would make a plan that cuts somebody off look quicker.
    """
    total = float(weight.sum())
    return float((weight * np.fmin(minutes, ceiling_min)).sum() / total) if total > 0 else np.nan


def statistic_of(
    standard: Standard, arrivals: Arrivals, weight: pd.Series, *, ceiling_min: float
) -> float:
    """The standard's own figure: a share 0-1, or minutes (miles on a straight line).

    Args:
        standard: which statistic.
        arrivals: of the demand of ``weight``, in the same order.
        weight: above 0 says who counts.
        ceiling_min: `capped_mean`.

    Returns:
        NaN where nobody counts, and for a percentile or worst that is endless (no route).
    """
    minutes, counted = arrivals.spread(weight.to_numpy(dtype=float))
    total = float(counted.sum())
    if total <= 0:
        return float("nan")
    if standard.statistic == "mean":
        return capped_mean(minutes, counted, ceiling_min)
    if standard.statistic == "percentile":
        return weighted_percentile(minutes, counted, float(standard.percentile or 0.0) / 100.0)
    if standard.statistic == "worst":
        return float(minutes.max())
    limit = standard.threshold
    inside = within(minutes, float("nan") if limit is None else limit)
    return float(counted[inside].sum()) / total


def summary(
    minutes: Arrivals | pd.Series, weight: pd.Series, *, limit_min: float
) -> dict[str, float]:
    """One row of figures for the demand of ``weight`` (points of weight 0 do not count).

    Args:
        minutes: by demand_id, or `states` of the same demand in the same order.
        weight: by demand_id.
        limit_min: what "within" means, inclusive.

    Returns:
        total, within, outside (weight), share (0-1), mean_min (of those
        reached), p90_min, worst_min (of those reached), unreached (weight).
        Shares and minutes are NaN when nobody counts. Weights are weight × share of hours.
    """
    if isinstance(minutes, pd.Series):
        # Comparing two indexes of text costs more than all the rest: not where they are one.
        same = minutes.index.is_(weight.index)
        minutes = Arrivals.of(minutes if same else minutes.reindex(weight.index))
    m, w = minutes.spread(weight.to_numpy(dtype=float))
    total = float(w.sum())
    inside = float(w[within(m, limit_min)].sum())
    reached = ~np.isnan(m)
    reached_weight = float(w[reached].sum())
    nan = float("nan")
    return {
        "total": total,
        "within": inside,
        "outside": total - inside,
        "share": inside / total if total > 0 else nan,
        "mean_min": float((w[reached] * m[reached]).sum() / reached_weight)
        if reached_weight > 0
        else nan,
        "p90_min": weighted_percentile(m, w, 0.9),
        "worst_min": float(m[reached].max()) if reached.any() else nan,
        "unreached": total - reached_weight,
    }


def share_by_area(
    minutes: Arrivals | pd.Series,
    weight: pd.Series,
    area: pd.Series,
    *,
    limit_min: float | pd.Series,
) -> dict[str, tuple[float, float]]:
    """(weight within, weight in all) by area of ``area``, areas ascending.

    The Series are by demand_id; ``weight`` above 0 says who counts; a threshold for each
    demand point may be given. Of `Arrivals`, weight within is weight × share of hours.
    """
    arrivals = Arrivals.of(minutes) if isinstance(minutes, pd.Series) else minutes
    frame = aligned({"weight": weight, "area": area}, arrivals.demand_ids)
    limit = np.asarray(
        aligned({"limit": limit_min}, arrivals.demand_ids)["limit"]
        if isinstance(limit_min, pd.Series)
        else limit_min,
        dtype=float,
    )
    inside = arrivals.hours @ within(arrivals.minutes, limit)
    return by_area(inside * np.nan_to_num(frame["weight"].astype(float)), frame)


def aligned(series: Mapping[str, pd.Series], demand_ids: Sequence[str]) -> dict[str, np.ndarray]:
    """The values of each Series in the order of the demand points."""
    ids = list(demand_ids)
    return {
        name: (one if list(one.index) == ids else one.reindex(ids)).to_numpy()
        for name, one in series.items()
    }


def by_area(values: np.ndarray, frame: Mapping[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    """(sum of values, sum of weight) by area, over the rows whose weight is above 0."""
    weight = np.nan_to_num(frame["weight"].astype(float))
    chosen = weight > 0
    names, group = np.unique(frame["area"][chosen].astype(str), return_inverse=True)
    totals = np.bincount(group, weights=weight[chosen], minlength=len(names))
    sums = np.bincount(group, weights=values[chosen], minlength=len(names))
    return {str(n): (float(s), float(t)) for n, s, t in zip(names, sums, totals, strict=True)}

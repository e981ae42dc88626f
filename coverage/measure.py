"""Cover, mean, 90th percentile and worst, for any set of open services.

Everything here is recomputed from drive times and from who is where; nothing
comes from the integer program, so these figures check it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.reach import Provider, response_minutes, within
from coverage.standards import Standard
from coverage.times import TravelTimes


@dataclass(frozen=True, order=True)
class Crew:
    """One unit in place: where it serves from, how fast it turns out, how many vehicles."""

    site_id: str
    turnout_s: float
    vehicles: int = 1


def arrival_minutes(standard: Standard, times: TravelTimes, crews: Sequence[Crew]) -> pd.Series:
    """Minutes until the standard's nth vehicle (or nearest service) for each demand point.

    minutes[d] = nth smallest over crews c, each repeated vehicles(c) times, of
    overhead(c) + drive(c, d)

    In words: when help, or the person, arrives. NaN where fewer than n
    vehicles have a route.

    Returns:
        float Series indexed by demand_id, in the order of ``times.demand_ids``.
    """
    n = standard.nth_vehicle
    nothing = pd.Series(np.nan, index=list(times.demand_ids), dtype=float)
    ordered = sorted(crews)
    repeated = [c for c in ordered for _ in range(min(c.vehicles, n))]
    if len(repeated) < n:
        return nothing
    providers = [Provider(c.site_id, c.turnout_s) for c in repeated]
    minutes = response_minutes(standard, times, providers)
    ranked = np.partition(np.where(np.isnan(minutes), np.inf, minutes), n - 1, axis=1)[:, n - 1]
    return pd.Series(np.where(np.isinf(ranked), np.nan, ranked), index=nothing.index)


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


def summary(standard: Standard, minutes: pd.Series, weight: pd.Series) -> dict[str, float]:
    """One row of figures for the demand of ``weight`` (points of weight 0 do not count).

    Returns:
        total, within, outside (weight), share (0-1), mean_min (of those
        reached), p90_min, worst_min (of those reached), unreached (weight).
        Shares and minutes are NaN when nobody counts.
    """
    mask = weight.to_numpy(dtype=float) > 0
    w = weight.to_numpy(dtype=float)[mask]
    # Comparing two indexes of text costs more than all the rest: not where they are one.
    aligned = minutes if minutes.index.is_(weight.index) else minutes.reindex(weight.index)
    m = aligned.to_numpy(dtype=float)[mask]
    total = float(w.sum())
    inside = float(w[within(m, standard.threshold_min)].sum())
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
    standard: Standard, minutes: pd.Series, weight: pd.Series, area: pd.Series
) -> dict[str, tuple[float, float]]:
    """(weight within, weight in all) by area of ``area``, areas ascending.

    The Series are by demand_id; ``weight`` above 0 says who counts.
    """
    counted = weight.to_numpy(dtype=float)
    at = minutes.to_numpy(dtype=float)
    if not minutes.index.equals(weight.index):
        at = minutes.reindex(weight.index).to_numpy(dtype=float)
    where = area.to_numpy() if area.index.equals(weight.index) else area.reindex(weight.index)
    chosen = counted > 0
    names, group = np.unique(np.asarray(where)[chosen].astype(str), return_inverse=True)
    counted, inside = counted[chosen], within(at[chosen], standard.threshold_min)
    totals = np.bincount(group, weights=counted, minlength=len(names))
    served = np.bincount(group, weights=counted * inside, minlength=len(names))
    return {str(n): (float(s), float(t)) for n, s, t in zip(names, served, totals, strict=True)}

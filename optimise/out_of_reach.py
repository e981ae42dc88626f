"""Demand that no permitted site can ever reach in time: who, how many, and the nearest site."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coverage.reach import Provider, response_minutes
from coverage.standards import TOLERANCE_MIN
from optimise.covers import CoverRule, StandardData, promise
from optimise.problem import Problem
from optimise.units import of_type

#: Demand points that are named with their nearest site.
NAMED = 3


@dataclass(frozen=True)
class Unreached:
    """A demand point that no permitted site reaches in time.

    Attributes:
        weight: what it counts for.
        site_id: the nearest permitted site; "" when there is no route from any.
        minutes: on the standard's clock from there (miles for straight lines); infinite without
            a route.
    """

    demand_id: str
    weight: float
    site_id: str
    minutes: float


def never_reached(problem: Problem, rule: CoverRule) -> tuple[Unreached, ...]:
    """Demand that counts in the rule and that no permitted site could reach, heaviest first.

    Where several vehicles are needed, demand that not even one could reach.
    """
    data = next(d for d in problem.standards if d.standard.standard_id == rule.standard_id)
    ids = [str(d) for d in data.times.demand_ids]
    nearest, minutes = _nearest(problem, data)
    tally = promise(data)
    allowed = tally.allowed_min.reindex(ids).to_numpy(dtype=float)
    weight = tally.weight.reindex(ids).fillna(0.0).to_numpy(dtype=float)
    here = tally.area.reindex(ids).astype(str).to_numpy() == rule.area_id
    lost = np.flatnonzero((weight > 0) & here & ~(minutes <= allowed + TOLERANCE_MIN))
    found = [Unreached(ids[i], float(weight[i]), nearest[i], float(minutes[i])) for i in lost]
    return tuple(sorted(found, key=lambda u: (-u.weight, u.demand_id)))


def _nearest(problem: Problem, data: StandardData) -> tuple[list[str], np.ndarray]:
    """By demand: the nearest permitted site and the minutes from it (infinite = no route)."""
    standard = data.standard
    providers = sorted(
        {
            Provider(site, unit.turnout_s)
            for unit in of_type(problem.units, standard.service_type)
            for site in unit.places(standard.standard_id)
        }
    )
    count = len(data.times.demand_ids)
    if not providers:
        return [""] * count, np.full(count, np.inf)
    minutes = response_minutes(standard, data.times, providers)
    filled = np.where(np.isnan(minutes), np.inf, minutes)
    at = filled.argmin(axis=1)
    best = filled[np.arange(count), at]
    sites = [
        providers[k].site_id if math.isfinite(m) else "" for k, m in zip(at, best, strict=True)
    ]
    return sites, best


def in_words(lost: tuple[Unreached, ...], *, who: str, unit: str) -> str:
    """``D3 (40 people, nearest permitted site C: 11 minutes)``, the heaviest first."""
    told = []
    for one in lost[:NAMED]:
        near = "no route from any permitted site"
        if one.site_id:
            far = f"{one.minutes:.2f}".rstrip("0").rstrip(".")
            near = f"nearest permitted site {one.site_id}: {far} {unit}"
        told.append(f"{one.demand_id} ({one.weight:,.0f} {who}, {near})")
    more = len(lost) - NAMED
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")

"""Who can be served from where: times, crews and thresholds made into sets.

A *provider* is a place a standard's service could be given from, together
with the crew that would sit there: two crews with different turnouts at one
site are two providers, because the drive they have left differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coverage.standards import AREA_COLUMN, TOLERANCE_MIN, Standard
from coverage.times import TravelTimes


@dataclass(frozen=True, order=True)
class Provider:
    """A site, and the turnout of the crew that would serve from it (seconds; 0 for access)."""

    site_id: str
    turnout_s: float


@dataclass(frozen=True)
class DemandGroup:
    """Demand points that the same providers reach in time, in the same area.

    Attributes:
        area_id: area of the standard's geography ("" for the whole).
        weight: summed weight.
        providers: indices into `Reach.providers`, ascending.
        demand_ids: who is in it, ascending.
    """

    area_id: str
    weight: float
    providers: tuple[int, ...]
    demand_ids: tuple[str, ...]


@dataclass(frozen=True)
class Reach:
    """For one standard: which provider serves which demand in time.

    Attributes:
        standard: the record.
        providers: sorted.
        groups: identical demand merged; every demand point with weight > 0 that
            counts is in exactly one group, those nobody reaches included.
        totals: weight of all who count, by area of the standard's geography.
    """

    standard: Standard
    providers: tuple[Provider, ...]
    groups: tuple[DemandGroup, ...]
    totals: Mapping[str, float]


def response_minutes(
    standard: Standard, times: TravelTimes, providers: Sequence[Provider]
) -> np.ndarray:
    """Minutes from the standard's clock start to arrival, demand × provider; NaN = no route."""
    column = {site: i for i, site in enumerate(times.site_ids)}
    columns = [column[p.site_id] for p in providers]
    overhead = np.array([standard.overhead_min(p.turnout_s) for p in providers])
    minutes: np.ndarray = times.minutes[:, columns] + overhead[None, :]
    return minutes


def within(minutes: np.ndarray, threshold_min: float) -> np.ndarray:
    """Whether each time is within the threshold, inclusive (≤); NaN (no route) is not."""
    with np.errstate(invalid="ignore"):
        inside: np.ndarray = minutes <= threshold_min + TOLERANCE_MIN
    return inside


def counted_weight(standard: Standard, demand: pd.DataFrame) -> pd.Series:
    """Weight of each demand point in this standard: its weight column, 0 outside its group.

    Args:
        standard: its ``weight`` and ``group`` are used.
        demand: indexed by demand_id, with the weight column, ``rural_urban``
            and ``imd_decile`` where the group needs them. Blank weights count 0.

    Returns:
        float Series indexed by demand_id.
    """
    weight = demand[standard.weight].astype(float).fillna(0.0)
    if standard.group == "all":
        return weight
    if standard.group in ("urban", "rural"):
        member = demand["rural_urban"].astype(str) == standard.group
    else:
        decile = int(standard.group.rsplit("_", 1)[1])
        member = demand["imd_decile"].astype(float) <= decile
    return weight.where(member, 0.0)


def area_of(geography: str, demand: pd.DataFrame) -> pd.Series:
    """Area of a geography that each demand point lies in; "" for the whole, or for none."""
    if geography == "all":
        return pd.Series("", index=demand.index, dtype=object)
    return demand[AREA_COLUMN[geography]].astype(str)


def reach(
    standard: Standard,
    times: TravelTimes,
    providers: Sequence[Provider],
    *,
    weight: pd.Series,
    area: pd.Series,
) -> Reach:
    """Which provider serves which demand within the standard, identical demand merged.

    Args:
        standard: threshold and clock.
        times: covers every provider's site and every demand point of ``weight``.
        providers: distinct.
        weight: by demand_id (`counted_weight`); points of weight 0 do not count.
        area: by demand_id, the area of the standard's geography ("" for the whole).

    Returns:
        Reach; exact: no time is rounded, no demand dropped.
    """
    ordered = tuple(sorted(set(providers)))
    row = {d: i for i, d in enumerate(times.demand_ids)}
    ids = [d for d in sorted(weight.index) if weight[d] > 0]
    inside = within(response_minutes(standard, times, ordered), standard.threshold_min)
    inside = inside[[row[d] for d in ids], :]
    members: dict[tuple[str, bytes], list[int]] = {}
    for i, d in enumerate(ids):
        members.setdefault((str(area[d]), inside[i].tobytes()), []).append(i)
    groups = tuple(
        DemandGroup(
            area_id=key[0],
            weight=float(sum(weight[ids[i]] for i in rows)),
            providers=tuple(int(j) for j in np.flatnonzero(inside[rows[0]])),
            demand_ids=tuple(ids[i] for i in rows),
        )
        for key, rows in members.items()
    )
    totals: dict[str, float] = {}
    for d in ids:
        totals[str(area[d])] = totals.get(str(area[d]), 0.0) + float(weight[d])
    return Reach(standard, ordered, groups, totals)

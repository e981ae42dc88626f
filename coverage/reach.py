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

from coverage.standards import AREA_COLUMN, COUNTED_GROUPS, TOLERANCE_MIN, Standard
from coverage.times import TravelTimes


@dataclass(frozen=True, order=True)
class Provider:
    """A site and the crew that would serve from it.

    Attributes:
        turnout_s: of the crew, seconds; 0 for services that people travel to.
        availability: share of hours in which the crew can turn out, 0-1; 1 where the standard
            does not ask.
    """

    site_id: str
    turnout_s: float
    availability: float = 1.0


@dataclass(frozen=True)
class DemandGroup:
    """Demand points that the same providers reach in time, in the same area.

    Attributes:
        area_id: area of the standard's geography ("" for the whole).
        weight: summed weight (`reach`), or weight times minutes (`reach_by_time`).
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
        groups: identical demand merged. From `reach` every demand point with weight > 0 that
            counts is in exactly one group, those nobody reaches included; from `reach_by_time`
            it is in one group for each time by which it may be reached.
        totals: weight of all who count, by area of the standard's geography.
    """

    standard: Standard
    providers: tuple[Provider, ...]
    groups: tuple[DemandGroup, ...]
    totals: Mapping[str, float]


def response_minutes(
    standard: Standard, times: TravelTimes, providers: Sequence[Provider]
) -> np.ndarray:
    """Minutes (miles on a straight line) from the standard's clock start to arrival.

    Returns:
        float64[demand, provider]; NaN = no route.
    """
    columns = [times.column[p.site_id] for p in providers]
    overhead = np.array([standard.overhead_min(p.turnout_s) for p in providers])
    minutes: np.ndarray = times.minutes[:, columns] + overhead[None, :]
    return minutes


def within(minutes: np.ndarray, threshold_min: float | np.ndarray) -> np.ndarray:
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
    if standard.group == "all" or standard.group in COUNTED_GROUPS:
        return weight
    if standard.group in ("urban", "rural"):
        member = demand["rural_urban"].astype(str) == standard.group
    else:
        decile = int(standard.group.rsplit("_", 1)[1])
        member = demand["imd_decile"].astype(float) <= decile
    return weight.where(member, 0.0)


def area_of(geography: str, demand: pd.DataFrame) -> pd.Series:
    """Area of a geography that each demand point lies in; "" for the whole, or for none."""
    column = AREA_COLUMN.get(geography, "")
    if column not in demand.columns:
        return pd.Series("", index=demand.index, dtype=object)
    return demand[column].astype(str)


def reach(
    standard: Standard,
    times: TravelTimes,
    providers: Sequence[Provider],
    *,
    weight: pd.Series,
    area: pd.Series,
    allowed_min: pd.Series | None = None,
) -> Reach:
    """Which provider serves which demand within the standard, identical demand merged.

    Args:
        standard: threshold and clock.
        times: covers every provider's site and every demand point of ``weight``.
        providers: distinct.
        weight: by demand_id (`counted_weight`); points of weight 0 do not count.
        area: by demand_id, the area of the standard's geography ("" for the whole).
        allowed_min: by demand_id, a threshold for each in place of the standard's; infinite =
            any route will do, NaN = none will.

    Returns:
        Reach; exact: no time is rounded, no demand dropped.
    """
    counted = _Counted.of(standard, times, providers, weight=weight, area=area)
    limit = standard.threshold if allowed_min is None else None
    allowed = (
        np.full(len(counted.ids), np.nan if limit is None else limit)
        if allowed_min is None
        else allowed_min.reindex(counted.ids).to_numpy(dtype=float)
    )
    inside = within(counted.minutes, allowed[:, None])
    return counted.merged(np.arange(len(counted.ids)), inside, counted.weight)


def reach_by_time(
    standard: Standard,
    times: TravelTimes,
    providers: Sequence[Provider],
    *,
    weight: pd.Series,
    area: pd.Series,
    cap_min: pd.Series,
) -> Reach:
    """Which providers could reach each demand by each of the times that matter for its mean.

    For demand d with the distinct times r_1 < … < r_K below cap_d of its providers, and
    r_{K+1} = cap_d: a group for each k, of the providers within r_k, that weighs
    weight_d · (r_{k+1} − r_k). The weights of the groups that are served add up to
    weight_d · (cap_d − time_d), the minutes that d is reached before its cap.

    In words: each step down in time that a plan may achieve is something to be served.

    Args:
        standard: its clock.
        times: as in `reach`.
        providers: as in `reach`.
        weight: as in `reach`.
        area: as in `reach`.
        cap_min: by demand_id, finite: longer times (and none) count as this.

    Source: the radius formulation of the p-median problem: Cornuéjols, Nemhauser & Wolsey
    (1980); García, Labbé & Marín, Solving large p-median problems with a radius formulation,
    INFORMS Journal on Computing 23 (2011).
    """
    counted = _Counted.of(standard, times, providers, weight=weight, area=area)
    cap = cap_min.reindex(counted.ids).to_numpy(dtype=float)
    capped = np.fmin(counted.minutes, cap[:, None])
    order = np.argsort(capped, axis=1, kind="stable")
    ranked = np.take_along_axis(capped, order, axis=1)
    after = np.concatenate([ranked[:, 1:], cap[:, None]], axis=1)
    step = np.minimum(after, cap[:, None]) - ranked
    rows, places = np.nonzero(step > 0.0)
    inside = capped[rows] <= ranked[rows, places][:, None]
    return counted.merged(rows, inside, counted.weight[rows] * step[rows, places])


@dataclass(frozen=True, eq=False)
class _Counted:
    """Demand that counts (d points, ids ascending) and its minutes from p providers."""

    standard: Standard
    providers: tuple[Provider, ...]
    ids: tuple[str, ...]
    weight: np.ndarray
    area: np.ndarray
    minutes: np.ndarray

    @classmethod
    def of(
        cls,
        standard: Standard,
        times: TravelTimes,
        providers: Sequence[Provider],
        *,
        weight: pd.Series,
        area: pd.Series,
    ) -> _Counted:
        ordered = tuple(sorted(set(providers)))
        row = {d: i for i, d in enumerate(times.demand_ids)}
        ids = tuple(str(d) for d in sorted(weight.index[weight.to_numpy(dtype=float) > 0]))
        rows = np.array([row[d] for d in ids], dtype=np.int64)
        minutes = response_minutes(standard, times, ordered)[rows, :]
        counted = weight.reindex(ids).to_numpy(dtype=float)
        where = area.reindex(ids).astype(str).to_numpy(dtype=object)
        return cls(standard, ordered, ids, counted, where, minutes)

    def merged(self, rows: np.ndarray, inside: np.ndarray, gain: np.ndarray) -> Reach:
        """Rows of demand (by position) with the same area and the same providers made one."""
        names, area = np.unique(self.area.astype(str), return_inverse=True)
        packed = np.packbits(inside, axis=1) if len(self.providers) else inside.astype(np.uint8)
        found: dict[tuple[int, bytes], list[int]] = {}
        for i, row in enumerate(rows):
            found.setdefault((int(area[row]), packed[i].tobytes()), []).append(i)
        groups = tuple(
            DemandGroup(
                area_id=str(names[key[0]]),
                weight=float(sum(gain[i] for i in members)),
                providers=tuple(int(j) for j in np.flatnonzero(inside[members[0]])),
                demand_ids=tuple(dict.fromkeys(self.ids[rows[i]] for i in members)),
            )
            for key, members in found.items()
        )
        totals = np.bincount(area, weights=self.weight, minlength=len(names))
        return Reach(
            self.standard,
            self.providers,
            groups,
            {str(n): float(t) for n, t in zip(names, totals, strict=True)},
        )

"""The longest time anyone waits (p-centre), as levels: who must be reached for it to be so short.

Elloumi, Labbé & Pochet (2004): with the possible longest times r_0 < r_1 < … < r_K,

    worst = r_0 + Σ_k (r_k − r_{k−1}) · level_k,    level_k = 1 unless all are within r_{k−1}
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coverage.reach import Provider, response_minutes
from coverage.standards import TOLERANCE_MIN
from optimise.tallies import StandardData
from optimise.units import Unit, of_type

Floats = npt.NDArray[np.float64]
#: Times nearer than this many decimals of a minute are one level.
DIGITS = 6


@dataclass(frozen=True)
class LevelRow:
    """Someone is within r_{level−1} only if ``need`` vehicles are at these units' sites.

    Attributes:
        level: 1 … K.
        need: vehicles needed beyond those that are always within it.
        at: (unit_id, site_id) within it, ascending.
    """

    level: int
    need: int
    at: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Centre:
    """The longest time of a standard: its possible values and what each takes.

    Attributes:
        rule_id: key of rows and columns: ``worst_min.library_15``.
        standard_id: the standard it is of.
        levels_min: r_0 … r_K, ascending.
        rows: what each level takes; the tightest rows only.
        data: what it is recomputed from.
        counted: who counts, by position in ``data.times.demand_ids``.
    """

    rule_id: str
    standard_id: str
    levels_min: tuple[float, ...]
    rows: tuple[LevelRow, ...]
    data: StandardData
    counted: npt.NDArray[np.bool_]


def centre_of(rule_id: str, data: StandardData, units: Mapping[str, Unit]) -> Centre:
    """Levels and rows of a standard's longest time.

    Taken out, exactly: whoever no permitted plan can reach (nobody's choice),
    whoever every plan reaches within r_0, times beyond what every plan keeps,
    and rows that a tighter one implies.
    """
    times = _Times.of(data, units)
    counted = (data.weight.reindex(list(data.times.demand_ids)).to_numpy(dtype=float) > 0) & (
        times.best < np.inf
    )
    best = np.minimum(times.best, data.ceiling_min)
    worst = np.minimum(times.sure, data.ceiling_min)
    least = float(best[counted].max(initial=0.0))
    open_ids = np.flatnonzero(counted & (worst > least + TOLERANCE_MIN))
    steps = {int(d): times.steps(int(d), least, float(worst[d])) for d in open_ids}
    levels = np.unique(np.concatenate([[least], *steps.values()]))
    rows = [
        row
        for d, own in steps.items()
        for row in times.rows(d, np.concatenate([[least], own]), levels)
    ]
    name = data.standard.standard_id
    return Centre(rule_id, name, *_needed(levels, _tightest(rows)), data, counted)


@dataclass(frozen=True, eq=False)
class _Times:
    """Minutes of every unit from every place it may count from.

    Attributes:
        at: (unit_id, site_id) of each column, ascending.
        minutes: float64[d, column]; infinite where there is no route.
        fixed: unit_id → columns, of units that every plan has in one of them.
        vehicles: unit_id → vehicles, up to what the standard needs.
        best, sure: nth shortest and nth longest time by demand point, over all plans.
    """

    at: tuple[tuple[str, str], ...]
    minutes: Floats
    sure_units: Mapping[str, tuple[int, ...]]
    vehicles: Mapping[str, int]
    need: int
    best: Floats
    sure: Floats

    @classmethod
    def of(cls, data: StandardData, units: Mapping[str, Unit]) -> _Times:
        standard, times = data.standard, data.times
        name, need = standard.standard_id, standard.nth_vehicle
        there = of_type(units, standard.service_type)
        at = tuple((u.unit_id, s) for u in there for s in sorted(u.places(name)))
        providers = [Provider(s, units[u].turnout_s) for u, s in at]
        minutes = np.full((len(times.demand_ids), 0), np.inf)
        if providers:
            minutes = np.nan_to_num(response_minutes(standard, times, providers), nan=np.inf)
        columns: dict[str, list[int]] = {u.unit_id: [] for u in there}
        for column, (unit_id, _) in enumerate(at):
            columns[unit_id].append(column)
        vehicles = {u.unit_id: min(u.vehicles, need) for u in there}
        sure = {
            u.unit_id: tuple(columns[u.unit_id])
            for u in there
            if u.always_counts(name) and columns[u.unit_id]
        }
        near = [
            minutes[:, c].min(axis=1) for u, c in columns.items() if c for _ in range(vehicles[u])
        ]
        far = [minutes[:, list(c)].max(axis=1) for u, c in sure.items() for _ in range(vehicles[u])]
        size = len(times.demand_ids)
        return cls(at, minutes, sure, vehicles, need, _nth(near, need, size), _nth(far, need, size))

    def steps(self, d: int, least: float, worst: float) -> Floats:
        """Times above ``least`` at which more of the units reach a demand point, and its worst."""
        own = np.round(self.minutes[d], DIGITS)
        inside = own[(own > least + TOLERANCE_MIN) & (own < worst - TOLERANCE_MIN)]
        return np.unique(np.append(inside, np.round(worst, DIGITS)))

    def rows(self, d: int, own: Floats, levels: Floats) -> list[LevelRow]:
        """A row for each time at which a demand point's reach grows: it must be within the last."""
        made = []
        for inside, after in itertools.pairwise(own):
            here = np.flatnonzero(self.minutes[d] <= inside + TOLERANCE_MIN)
            always = [u for u, c in self.sure_units.items() if np.isin(c, here).all()]
            need = self.need - sum(self.vehicles[u] for u in always)
            if need > 0:
                at = tuple(self.at[c] for c in here if self.at[c][0] not in always)
                level = int(np.searchsorted(levels, after - TOLERANCE_MIN))
                made.append(LevelRow(level, need, at))
        return made


def _needed(
    levels: Floats, rows: tuple[LevelRow, ...]
) -> tuple[tuple[float, ...], tuple[LevelRow, ...]]:
    """Levels and rows without the levels that no row is about: they go with the next one up."""
    used = sorted({row.level for row in rows})
    number = {level: n for n, level in enumerate(used, start=1)}
    kept = (float(levels[0]), *(float(levels[level]) for level in used))
    return kept, tuple(replace(row, level=number[row.level]) for row in rows)


def _nth(rows: list[Floats], need: int, size: int) -> Floats:
    """The nth smallest of each column of some rows; infinite where there are fewer."""
    if len(rows) < need:
        return np.full(size, np.inf)
    found: Floats = np.partition(np.array(rows), need - 1, axis=0)[need - 1]
    return found


def _tightest(rows: list[LevelRow]) -> tuple[LevelRow, ...]:
    """Rows that no other implies: one of a higher level, with fewer places, needing as much."""
    bit = {at: 1 << i for i, at in enumerate(sorted({a for row in rows for a in row.at}))}
    masked = sorted(
        ((row, sum(bit[a] for a in row.at)) for row in set(rows)),
        key=lambda pair: (-pair[0].level, len(pair[0].at), pair[0].at, -pair[0].need),
    )
    kept: list[tuple[LevelRow, int]] = []
    for row, mask in masked:
        if not any(k.need >= row.need and not (m & ~mask) for k, m in kept):
            kept.append((row, mask))
    return tuple(sorted((row for row, _ in kept), key=lambda r: (r.level, r.at, r.need)))

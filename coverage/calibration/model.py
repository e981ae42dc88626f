"""The time of a run as a formula of the profile's figures, with its derivatives. Pure.

    T = sum over kinds of road of 3600 km / v + sum over junctions of n d + s
    t = table[row, area];  c = share[area] x limit
    v = c where c <= t, else t + weight[area] (c - t);  on a roundabout at most roundabout[area]

In words: a run takes the kilometres of each kind of road at the speed the profile gives it (as
`coverage.speeds.link_speeds_kph`), the seconds lost at each junction of its kind, and a start-up
time that no road explains. T in seconds, v in km/h.

What is fitted are *knobs*: logarithms of factors on speeds, and seconds added to delays; all of
them zero is the profile one starts from. A class with little evidence shares the knob of its
family; one with none has no knob and keeps its speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy.sparse import csr_array

from coverage.network import LINK_ENDS, Bools, Floats, Ints, RoadNetwork
from coverage.osm import CLASS_INDEX, DUAL, ROUNDABOUT
from coverage.speeds import (
    AREAS,
    DUAL_ROWS,
    RURAL_LIMIT_KPH,
    SPEED_ROWS,
    URBAN_LIMIT_KPH,
    Profile,
    link_speeds_kph,
)

SLOWEST_KPH, FASTEST_KPH = 5.0, 130.0
"""Bounds of a fitted speed. A sound British road, driven, is well within."""
OWN_KM, OWN_RUNS = 30.0, 20
"""A class has a speed of its own from this many kilometres driven on it, by so many runs. At 12 %
of scatter per run that is about 3 to 5 % in the speed. *Default*."""
POOL_KM = 10.0
"""A family of thinly driven classes is fitted together from this many kilometres. *Default*."""
SPEED_SPREAD, SHARE_SPREAD = 0.25, 0.15
"""How far (standard deviation of the logarithm) a speed, or the share of a limit that traffic
reaches, is expected to lie from the starting profile before any run is seen. *Default*: wide
enough that good evidence overrules it, tight enough that a class hardly seen stays near."""
DELAY_SPREAD_S: Mapping[str, float] = MappingProxyType(
    {"through": 1.5, "give_way": 4.0, "signals": 8.0, "roundabout": 4.0}
)
START_SPREAD_S = 30.0
MOST_DELAY_S, MOST_START_S = 60.0, 300.0
TOUCHED_KM = 0.02
RING = SPEED_ROWS.index("roundabout")

_MAIN = ("motorway", "trunk", "primary")
_MINOR = ("secondary", "tertiary", "unclassified")
FAMILIES = ("main roads", "B and minor roads", "streets and service roads", "roundabouts")


@dataclass(frozen=True, eq=False)
class Kinds:
    """Kinds of road: links alike in all that their speed depends on (c kinds, m links).

    Attributes:
        row: index into `SPEED_ROWS`, int64[c].
        area: 0 urban, 1 rural, int64[c].
        limit_kph: tagged limit, infinite without one, float64[c].
        ring: on a roundabout, bool[c].
        per_link: kilometres by kind, then 1 under what is met at the link's end, m x (c + 5).
    """

    row: Ints
    area: Ints
    limit_kph: Floats
    ring: Bools
    per_link: csr_array

    def __len__(self) -> int:
        return len(self.row)


def kinds_of(network: RoadNetwork, profile: Profile) -> Kinds:
    """The kinds of road the profile's mode may use, and which links are of which."""
    limit = network.link_maxspeed_kph.astype(float)
    urban = np.where(limit <= URBAN_LIMIT_KPH, True, network.link_urban)
    urban = np.where(limit >= RURAL_LIMIT_KPH, False, urban)
    row = network.link_class.astype(np.int64)
    for name in DUAL_ROWS[1:]:
        single = CLASS_INDEX[name.removesuffix("_dual")]
        dual = (network.link_form == DUAL) & (row == single)
        row = np.where(dual, SPEED_ROWS.index(name), row)
    limit = np.where(np.isnan(limit), np.inf, limit)
    ring = network.link_form == ROUNDABOUT
    usable = np.flatnonzero(network.link_modes & profile.mode)
    each = np.column_stack([row, np.where(urban, 0, 1), limit, ring])[usable]
    distinct, kind = np.unique(each, axis=0, return_inverse=True)
    kind = kind.ravel()
    count = len(distinct)
    columns = np.column_stack([kind, count + network.link_end[usable].astype(np.int64)])
    values = np.column_stack([network.link_length_m[usable] / 1000.0, np.ones(len(usable))])
    shape = (len(limit), count + len(LINK_ENDS))
    cells = (values.ravel(), (np.repeat(usable, 2), columns.ravel()))
    kinds = Kinds(
        row=distinct[:, 0].astype(np.int64),
        area=distinct[:, 1].astype(np.int64),
        limit_kph=distinct[:, 2],
        ring=distinct[:, 3] > 0,
        per_link=csr_array(cells, shape=shape),
    )
    _check_same(network, profile, kinds, usable, kind)
    return kinds


def _check_same(
    network: RoadNetwork, profile: Profile, kinds: Kinds, usable: Ints, kind: Ints
) -> None:
    """The formula here and the one every other module uses must be one and the same."""
    theirs = link_speeds_kph(network, profile)[usable]
    ours = Model(profile, kinds, no_knobs(profile)).kph(np.zeros(0))[kind]
    if not np.allclose(ours, theirs, rtol=1e-9):
        raise ValueError("the calibration's formula of speeds differs from coverage.speeds")


# ---- knobs --------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Knobs:
    """What may be turned (q knobs; zero leaves the profile as it is).

    Attributes:
        table: change of the log speed of each table cell (row x area) per knob, float64[2 rows, q].
        share: change of the log share of a limit, urban and rural, float64[2, q].
        delay: change of seconds lost, by `LINK_ENDS`, float64[5, q].
        start: change of the start-up seconds, float64[q].
        spread: standard deviation expected of each knob, float64[q].
        low, high: bounds of each knob, float64[q].
        status: ``own``, ``pooled``, ``limit`` (tagged limits rule there), ``held`` or
            ``single`` (one factor for all), by cell.
    """

    table: Floats
    share: Floats
    delay: Floats
    start: Floats
    spread: Floats
    low: Floats
    high: Floats
    status: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.spread)


class _Box:
    """Knobs in the making, one column at a time."""

    def __init__(self) -> None:
        self.columns: list[Floats] = []
        self.limits: list[tuple[float, float, float]] = []
        self.cells = len(SPEED_ROWS) * 2

    def add(
        self, at: Floats | Ints, spread: float, low: float, high: float, by: float = 1.0
    ) -> None:
        column = np.zeros(self.cells + 2 + len(LINK_ENDS) + 1)
        column[np.asarray(at, dtype=np.int64)] = by
        self.columns.append(column)
        self.limits.append((spread, min(low, -1e-6), max(high, 1e-6)))

    def done(self, status: tuple[str, ...]) -> Knobs:
        width = self.cells + 2 + len(LINK_ENDS) + 1
        whole = np.array(self.columns).reshape(-1, width).T
        limits = np.array(self.limits).reshape(-1, 3)
        cells, ends = self.cells, self.cells + 2
        return Knobs(
            table=whole[:cells],
            share=whole[cells:ends],
            delay=whole[ends:-1],
            start=whole[-1],
            spread=limits[:, 0],
            low=limits[:, 1],
            high=limits[:, 2],
            status=status,
        )


def no_knobs(profile: Profile) -> Knobs:
    """Nothing may be turned."""
    return _Box().done(("held",) * (len(SPEED_ROWS) * 2))


def one_knob(profile: Profile) -> Knobs:
    """A single factor on every speed, for when runs are too few for more."""
    box = _Box()
    kph = _table(profile)
    low, high = np.log(SLOWEST_KPH / kph.min()), np.log(FASTEST_KPH / kph.max())
    box.add(np.arange(box.cells + 2), SPEED_SPREAD, min(low, -0.7), max(high, 0.7))
    return box.done(("single",) * box.cells)


def knobs_for(profile: Profile, driven_km: Floats, km: Floats, runs: Ints, *, start: bool) -> Knobs:
    """Knobs by what was driven.

    Args:
        profile: where one starts from.
        driven_km: driven on each table cell, float64[2 rows].
        km: of these, as far as the cell's speed rules and not a tagged limit, float64[2 rows].
        runs: how many runs did, int64[2 rows].
        start: whether a start-up time is fitted.
    """
    box = _Box()
    kph = _table(profile)
    own = (km >= OWN_KM) & (runs >= OWN_RUNS)
    limited = (driven_km >= OWN_KM) & (km < 0.5 * driven_km)
    status = np.select([own, limited], ["own", "limit"], "held").astype(object)
    for cell in np.flatnonzero(own):
        box.add(np.array([cell]), SPEED_SPREAD, *_room(kph[[cell]]))
    families = np.array([family_of(row) for row in SPEED_ROWS for _ in AREAS], dtype=object)
    for family in FAMILIES:
        thin = np.flatnonzero((families == family) & ~own & (km > 0))
        if km[thin].sum() >= POOL_KM:
            status[thin] = "pooled"
            box.add(thin, SPEED_SPREAD, *_room(kph[thin]))
    for area, share in enumerate(profile.limit_share):
        if np.isfinite(share):
            room = np.log(0.4 / share), np.log(1.6 / share)
            box.add(np.array([box.cells + area]), SHARE_SPREAD, *room)
    for number, end in enumerate(LINK_ENDS):
        if end in DELAY_SPREAD_S:
            was = profile.end_s[end]
            at = np.array([box.cells + 2 + number])
            box.add(at, DELAY_SPREAD_S[end], -was, MOST_DELAY_S - was)
    if start:
        box.add(np.array([box.cells + 2 + len(LINK_ENDS)]), START_SPREAD_S, 0.0, MOST_START_S)
    return box.done(tuple(str(word) for word in status))


def family_of(row: str) -> str:
    """The family a row of the speed table belongs to."""
    plain = row.removesuffix("_link").removesuffix("_dual")
    if plain in _MAIN:
        return FAMILIES[0]
    if plain in _MINOR:
        return FAMILIES[1]
    return FAMILIES[3] if row == "roundabout" else FAMILIES[2]


def _table(profile: Profile) -> Floats:
    """The speed table as one row of cells, float64[2 rows]."""
    return np.array([profile.speeds_kph[row] for row in SPEED_ROWS], dtype=float).ravel()


def _room(kph: Floats) -> tuple[float, float]:
    return float(np.log(SLOWEST_KPH / kph.min())), float(np.log(FASTEST_KPH / kph.max()))


def _least(a: Floats, b: Floats, sharp: float) -> tuple[Floats, tuple[Floats, Floats]]:
    """The lesser of two logs (or a smooth stand-in), and its slopes by either."""
    if np.isinf(sharp):
        first = (a <= b).astype(float)
        return np.minimum(a, b), (first, 1.0 - first)
    gap = np.exp(-sharp * np.abs(a - b))
    low, high = 1.0 / (1.0 + gap), gap / (1.0 + gap)
    least = np.minimum(a, b) - np.log1p(gap) / sharp
    return least, (np.where(a <= b, low, high), np.where(a <= b, high, low))


# ---- the formula --------------------------------------------------------------------------


class Model:
    """Times of runs, and how they change with the knobs."""

    def __init__(self, profile: Profile, kinds: Kinds, knobs: Knobs) -> None:
        self.profile, self.kinds, self.knobs = profile, kinds, knobs
        self.log_table = np.log(_table(profile))
        self.log_share = np.log(np.array(profile.limit_share))
        self.weight = np.array(profile.limit_weight)
        self.delay_s = np.array([profile.end_s[end] for end in LINK_ENDS])

    def rule(self, knob: Floats, sharp: float) -> tuple[Floats, Floats]:
        """Log speed of each kind of road, and how much each figure rules it.

        Args:
            knob: float64[q].
            sharp: infinite for the speeds as they are; finite for a smooth stand-in of their
                least, which lets a fit feel a figure that another one hides just now.

        Returns:
            float64[c], and its slopes by log table speed, log roundabout and log share, [c, 3].
        """
        kinds = self.kinds
        table = self.log_table + self.knobs.table @ knob
        ring = np.where(kinds.ring, table[RING * 2 + kinds.area], np.inf)
        own = table[kinds.row * 2 + kinds.area]
        share = self.log_share + self.knobs.share @ knob
        limit = share[kinds.area] + np.log(kinds.limit_kph)
        least, (by_own, by_limit) = _least(own, limit, sharp)
        base, t = np.exp(least), np.exp(own)
        c = np.where(np.isfinite(limit), np.exp(np.minimum(limit, 50.0)), t)
        lift = np.where(c > t, self.weight[kinds.area], 0.0)
        kph = base + lift * (c - t)
        by_own, by_limit = (base * by_own - lift * t) / kph, (base * by_limit + lift * c) / kph
        log_kph, (by_road, by_ring) = _least(np.log(kph), ring, sharp)
        return log_kph, np.column_stack([by_own * by_road, by_ring, by_limit * by_road])

    def turn(self, knob: Floats, sharp: float = np.inf) -> tuple[Floats, Floats]:
        """Log speed of each kind, float64[c], and its change per unit of each knob, [c, q]."""
        kinds = self.kinds
        log_kph, weight = self.rule(knob, sharp)
        own = self.knobs.table[kinds.row * 2 + kinds.area]
        ring = self.knobs.table[RING * 2 + kinds.area]
        share = self.knobs.share[kinds.area]
        return log_kph, weight[:, [0]] * own + weight[:, [1]] * ring + weight[:, [2]] * share

    def kph(self, knob: Floats) -> Floats:
        """Speed of each kind of road, km/h, float64[c]."""
        return np.asarray(np.exp(self.rule(knob, np.inf)[0]))

    def seconds(self, driven: Floats, knob: Floats, sharp: float = np.inf) -> Floats:
        """Time of each run, float64[r].

        Args:
            driven: kilometres by kind and junctions by what is met, float64[r, c + 5].
            knob: float64[q].
            sharp: as for `rule`.
        """
        count = len(self.kinds)
        pace = 3600.0 / np.exp(self.rule(knob, sharp)[0])
        delay = self.delay_s + self.knobs.delay @ knob
        start = float(self.knobs.start @ knob)
        return np.asarray(driven[:, :count] @ pace + driven[:, count:] @ delay + start)

    def slopes(self, driven: Floats, knob: Floats, sharp: float = np.inf) -> Floats:
        """Seconds per unit of each knob, float64[r, q]."""
        count = len(self.kinds)
        log_kph, turn = self.turn(knob, sharp)
        pace = -3600.0 / np.exp(log_kph)
        # A kind of road hangs on three knobs at most.
        run = (csr_array((pace[:, None] * turn).T) @ driven[:, :count].T).T
        return np.asarray(run + driven[:, count:] @ self.knobs.delay + self.knobs.start)

    def onto(self) -> Floats:
        """Which table cells each kind belongs to: its class's, and the roundabouts', [c, cells]."""
        count, kinds = len(self.kinds), self.kinds
        cells = np.zeros((count, len(self.log_table)))
        cells[np.arange(count), kinds.row * 2 + kinds.area] = 1.0
        cells[np.arange(count), RING * 2 + kinds.area] += kinds.ring
        return cells

    def driven_km(self, driven: Floats) -> Floats:
        """Kilometres driven on each table cell, whatever rules the speed there; float64[cells]."""
        return np.asarray(driven[:, : len(self.kinds)].sum(axis=0) @ self.onto())

    def ruled_km(self, driven: Floats, knob: Floats, sharp: float = np.inf) -> tuple[Floats, Ints]:
        """Kilometres on which each table cell's speed rules, and by how many runs; [cells]."""
        kinds, count = self.kinds, len(self.kinds)
        _, weight = self.rule(knob, sharp)
        rules = np.zeros((count, len(self.log_table)))
        rules[np.arange(count), kinds.row * 2 + kinds.area] += weight[:, 0]
        rules[np.arange(count), RING * 2 + kinds.area] += weight[:, 1] * kinds.ring
        each = driven[:, :count] @ rules
        return each.sum(axis=0), (each > TOUCHED_KM).sum(axis=0)

    def start_s(self, knob: Floats) -> float:
        """Seconds of start-up that no road explains."""
        return float(self.knobs.start @ knob)

    def turned(self, knob: Floats) -> Profile:
        """The profile with the knobs turned; its name, source and error stay."""
        table = np.exp(self.log_table + self.knobs.table @ knob).reshape(-1, 2)
        share = np.exp(self.log_share + self.knobs.share @ knob)
        delay = np.maximum(self.delay_s + self.knobs.delay @ knob, 0.0)
        pairs = {row: (float(u), float(r)) for row, (u, r) in zip(SPEED_ROWS, table, strict=True)}
        return replace(
            self.profile,
            speeds_kph=MappingProxyType(pairs),
            limit_share=(float(share[0]), float(share[1])),
            end_s=MappingProxyType(dict(zip(LINK_ENDS, delay.tolist(), strict=True))),
        )

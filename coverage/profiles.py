"""What a speed profile is, and how one is made from what a file or a scenario says. Pure.

A profile is a table of speeds (road class by urban or rural, km/h), a rule for tagged speed limits,
and the seconds lost at the end of a link. `coverage/speeds.yml` holds the profiles that ship with
Groundplan and says what every key means; `coverage.speeds` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from assets.issues import InputError, Issue, nearest
from coverage.network import LINK_ENDS
from coverage.osm import KPH_PER_MPH, MODES, ROAD_CLASSES

DUAL_ROWS = ("motorway", "trunk_dual", "primary_dual", "secondary_dual")
SPEED_ROWS = ROAD_CLASSES + DUAL_ROWS[1:] + ("roundabout",)
"""Rows of a speed table: the road classes, dual carriageways apart, and roundabouts (a cap)."""
ANY_OTHER = "any_other"
"""In a file: every row that the same table does not name."""
AREAS = ("urban", "rural")

MAX_SNAP_M = 2000.0
"""How far from a usable road a place may lie. *Default*: generous for a remote farm's centroid."""
FASTEST_KPH = 300.0
"""A speed above this (inclusive it passes) is a slip of the pen, or of the unit."""

Pair = tuple[float, float]
Speeds = Mapping[str, Pair]


@dataclass(frozen=True)
class TimeError:
    """How far a modelled drive may be from a driven one, as factors on its minutes.

    Attributes:
        low: a drive of m minutes is taken to need at least ``low`` x m ...
        high: ... and at most ``high`` x m, for about eight drives in ten.
        source: where the two come from.
    """

    low: float = 1.0
    high: float = 1.0
    source: str = "not stated"


@dataclass(frozen=True)
class Profile:
    """How one mode moves.

    Attributes:
        name: ``car_offpeak``, ``car_peak``, ``blue_light``, ``walk`` or one of a user's own.
        mode: its bit in `RoadNetwork.link_modes`.
        speeds_kph: row of `SPEED_ROWS` -> (urban, rural) km/h.
        limit_share: share of a tagged limit that traffic reaches (urban, rural); infinite
            where limits do not bind.
        end_s: what is met at the end of a link (`LINK_ENDS`) -> seconds lost there.
        leg_kph: speed of the straight leg between a place and the road, added to the time at
            both ends; None leaves the leg out (it is reported, in metres, in either case).
        source: where the figures come from.
        max_snap_m: a place farther than this from a usable road (inclusive) is off the network.
        error: how far its minutes may be from driven ones.
        limit_weight: how far a limit's share above the table's speed raises it (urban, rural):
            0 not at all, 1 up to it.
    """

    name: str
    mode: int
    speeds_kph: Speeds
    limit_share: Pair
    end_s: Mapping[str, float]
    leg_kph: float | None
    source: str
    max_snap_m: float = MAX_SNAP_M
    error: TimeError = TimeError()
    limit_weight: Pair = (0.0, 0.0)

    def table(self) -> dict[str, Any]:
        """Everything in the profile as plain values, for provenance and YAML.

        Without its ``name`` it is a record that `made_from` and a speeds file take.
        """
        share = (None if np.isinf(value) else value for value in self.limit_share)
        return {
            "name": self.name,
            "mode": mode_name(self.mode),
            "speeds_kph": {row: _by_area(pair) for row, pair in self.speeds_kph.items()},
            "limit_share": dict(zip(AREAS, share, strict=True)),
            "limit_weight": _by_area(self.limit_weight),
            "end_s": dict(self.end_s),
            "leg_kph": self.leg_kph,
            "max_snap_m": self.max_snap_m,
            "error": asdict(self.error),
            "source": self.source,
        }


def _by_area(pair: Pair) -> dict[str, float]:
    return dict(zip(AREAS, pair, strict=True))


def mode_name(mode: int) -> str:
    """The word for a mode's bit."""
    return next(name for name, bit in MODES.items() if bit == mode)


def edited(base: Profile, changes: Mapping[str, Any]) -> Profile:
    """A profile with some of its figures replaced; what is not named stays.

    Args:
        base: what to begin from.
        changes: any of the keys that ``coverage/speeds.yml`` explains, but not another ``mode``.

    Raises:
        InputError: unknown key, row or area (with the nearest known one), or a speed that is not
            a positive number; all of it at once.
    """
    issues: list[Issue] = []
    told = dict(changes)
    if told.get("mode", mode_name(base.mode)) != mode_name(base.mode):
        message = f"{base.name} is a profile of mode {mode_name(base.mode)}, not {told['mode']!r}"
        remedy = "write a profile of your own in a speeds file"
        issues.append(Issue("speeds.mode", message, (base.name,), remedy=remedy))
        del told["mode"]
    made = made_from(base.name, told, base, issues)
    if issues:
        raise InputError(issues)
    return made


NEEDED = ("mode", "speeds_kph", "limit_share", "end_s", "source")
"""What a profile says for itself unless it is based on another."""


def made_from(
    name: str, record: Mapping[str, Any], base: Profile | None, issues: list[Issue], where: str = ""
) -> Profile:
    """A profile from its record; what is wrong with it is added to ``issues``.

    Args:
        name: of the profile.
        record: its keys, ``based_on`` left out.
        base: what it is based on; None if it must be complete.
        issues: collects every fault, so that a user sees all of them.
        where: put before the keys in messages.
    """
    known = [key for key in _EDITORS if base is not None or key != "speed_factor"]
    start = base if base is not None else _BLANK
    made = replace(start, name=name)
    for key in record:
        if key not in known:
            issues.append(_unknown("profile setting", f"{where}{key}", str(key), known))
    for key in known:
        if key in record:
            edit = _Edit(f"{where}{key}", record[key], issues)
            made = replace(made, **_EDITORS[key](made, edit))
    if base is None:
        issues += _gaps(record, made, where)
    if any(np.isinf(s) and w > 0 for s, w in zip(made.limit_share, made.limit_weight, strict=True)):
        message = f"{where}limit_weight needs a limit_share to weigh"
        remedy = "give limit_share for that area, or a limit_weight of 0"
        issues.append(Issue("speeds.limit_weight", message, (f"{where}limit_weight",), remedy))
    return made


def _gaps(record: Mapping[str, Any], made: Profile, where: str) -> Iterable[Issue]:
    """What a profile that is based on no other leaves unsaid."""
    remedy = "state it, or name a profile to begin from with based_on"
    absent = tuple(f"{where}{key}" for key in NEEDED if key not in record)
    if absent:
        yield Issue("speeds.incomplete", "a profile of its own lacks keys", absent, remedy)
    for key, table, rows in (
        ("speeds_kph", made.speeds_kph, SPEED_ROWS),
        ("end_s", made.end_s, LINK_ENDS),
    ):
        missing = tuple(f"{where}{key}.{row}" for row in rows if row not in table)
        if key in record and missing:
            yield Issue("speeds.incomplete", f"{where}{key} lacks rows", missing, remedy)


# ---- one key at a time -----------------------------------------------------------------


@dataclass(frozen=True)
class _Edit:
    """A value that was given for a key, where it stands, and where its faults go."""

    where: str
    value: Any
    issues: list[Issue]

    def at(self, key: str, value: Any) -> _Edit:
        """The same one level down."""
        return _Edit(f"{self.where}.{key}", value, self.issues)

    def number(
        self, lowest: float = 0.0, highest: float = np.inf, *, open_end: bool = True
    ) -> float:
        """A finite number in the range; above ``lowest`` if ``open_end``, else from it."""
        value = self.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            beyond = value == lowest if open_end else False
            if lowest <= value <= highest and value < np.inf and not beyond:
                return float(value)
        wanted = _wanted(lowest, highest, open_end=open_end)
        message = f"{self.where} must be {wanted}, not {value!r}"
        self.issues.append(Issue("speeds.number", message, (self.where,), _in_kph(value)))
        return float("nan")

    def text(self) -> str:
        """Words, not blank."""
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        message = f"{self.where} must be a sentence, not {self.value!r}"
        self.issues.append(Issue("speeds.text", message, (self.where,), "say where it comes from"))
        return ""

    def mapping(self, known: Iterable[str]) -> dict[str, Any]:
        """The keys that are known; the others are faults."""
        names = list(known)
        if not isinstance(self.value, Mapping):
            message = f"{self.where} must be a mapping, not {self.value!r}"
            remedy = f"keys: {', '.join(names)}"
            self.issues.append(Issue("speeds.mapping", message, (self.where,), remedy))
            return {}
        for key in self.value:
            if key not in names:
                place = f"{self.where}.{key}"
                self.issues.append(_unknown(f"key of {self.where}", place, str(key), names))
        return {key: item for key, item in self.value.items() if key in names}

    def pair(self, old: Pair, read: Callable[[_Edit], float]) -> Pair:
        """(urban, rural) from one value for both or a value for either; what is not said stays."""
        if not isinstance(self.value, Mapping):
            both = read(self)
            return both, both
        said = self.mapping(AREAS)
        urban, rural = (
            read(self.at(area, said[area])) if area in said else was
            for area, was in zip(AREAS, old, strict=True)
        )
        return urban, rural


def _wanted(lowest: float, highest: float, *, open_end: bool) -> str:
    least = "a positive number" if open_end else f"a number of at least {lowest:g}"
    return f"{least}, at most {highest:g}" if np.isfinite(highest) else least


def _in_kph(value: Any) -> str:
    """What to write instead; a figure that says mph is turned into km/h."""
    said = value.strip() if isinstance(value, str) else ""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*mph", said)
    if found:
        return f"write km/h as a plain number: {said} is {float(found[1]) * KPH_PER_MPH:.1f}"
    return "give km/h, seconds, metres or a share, as a plain number"


def _unknown(what: str, place: str, name: str, known: Iterable[str]) -> Issue:
    return Issue("speeds.unknown", f"unknown {what}", (place,), remedy=nearest(name, known))


def _speed(edit: _Edit) -> float:
    return edit.number(highest=FASTEST_KPH)


def _share(edit: _Edit) -> float:
    return np.inf if edit.value is None else edit.number(highest=5.0)


def _speeds(base: Profile, edit: _Edit) -> dict[str, Any]:
    said = edit.mapping((*SPEED_ROWS, ANY_OTHER))
    table = dict(base.speeds_kph)
    if ANY_OTHER in said:
        others = [row for row in SPEED_ROWS if row not in said]
        blank = (np.nan, np.nan)
        pair = edit.at(ANY_OTHER, said[ANY_OTHER]).pair(blank, _speed)
        table |= {row: _laid_over(table.get(row, blank), pair) for row in others}
    for row in SPEED_ROWS:
        if row in said:
            inner = edit.at(row, said[row])
            old = table.get(row)
            table[row] = inner.pair(old or (np.nan, np.nan), _speed)
            half = isinstance(inner.value, Mapping) and not set(AREAS) <= set(inner.value)
            if old is None and half:
                message = f"{inner.where} must say both {' and '.join(AREAS)}"
                remedy = "one number is for both"
                edit.issues.append(Issue("speeds.incomplete", message, (inner.where,), remedy))
    return {"speeds_kph": MappingProxyType({r: table[r] for r in SPEED_ROWS if r in table})}


def _laid_over(old: Pair, new: Pair) -> Pair:
    urban, rural = (was if np.isnan(now) else now for was, now in zip(old, new, strict=True))
    return urban, rural


def _mode(base: Profile, edit: _Edit) -> dict[str, Any]:
    if isinstance(edit.value, str) and edit.value in MODES:
        return {"mode": MODES[edit.value]}
    edit.issues.append(_unknown("mode", f"{edit.where}: {edit.value}", str(edit.value), MODES))
    return {}


def _factor(base: Profile, edit: _Edit) -> dict[str, Any]:
    urban, rural = edit.pair((1.0, 1.0), lambda inner: inner.number(highest=5.0))
    old = base.speeds_kph.items()
    table = {row: (round(u * urban, 3), round(r * rural, 3)) for row, (u, r) in old}
    return {"speeds_kph": MappingProxyType(table)}


def _ends(base: Profile, edit: _Edit) -> dict[str, Any]:
    said = {key: edit.at(key, item) for key, item in edit.mapping(LINK_ENDS).items()}
    new = {key: item.number(highest=600.0, open_end=False) for key, item in said.items()}
    joined = {**base.end_s, **new}
    return {"end_s": MappingProxyType({key: joined[key] for key in LINK_ENDS if key in joined})}


def _weight(base: Profile, edit: _Edit) -> dict[str, Any]:
    pair = edit.pair(base.limit_weight, lambda inner: inner.number(highest=1.0, open_end=False))
    return {"limit_weight": pair}


def _error(base: Profile, edit: _Edit) -> dict[str, Any]:
    said = edit.mapping(("low", "high", "source"))
    low, high, source = base.error.low, base.error.high, base.error.source
    if "low" in said:
        low = edit.at("low", said["low"]).number(highest=1.0)
    if "high" in said:
        high = edit.at("high", said["high"]).number(1.0, 10.0, open_end=False)
    if "source" in said:
        source = edit.at("source", said["source"]).text()
    return {"error": TimeError(low, high, source)}


def _leg(base: Profile, edit: _Edit) -> dict[str, Any]:
    return {"leg_kph": None if edit.value is None else edit.number(highest=FASTEST_KPH)}


_EDITORS: dict[str, Callable[[Profile, _Edit], dict[str, Any]]] = {
    "mode": _mode,
    "speed_factor": _factor,
    "speeds_kph": _speeds,
    "limit_share": lambda base, edit: {"limit_share": edit.pair(base.limit_share, _share)},
    "limit_weight": _weight,
    "end_s": _ends,
    "leg_kph": _leg,
    "max_snap_m": lambda base, edit: {"max_snap_m": edit.number()},
    "error": _error,
    "source": lambda base, edit: {"source": edit.text()},
}
"""What each key of a record changes, in the order they are applied."""

_BLANK = Profile(
    name="",
    mode=MODES["car"],
    speeds_kph=MappingProxyType({}),
    limit_share=(np.inf, np.inf),
    end_s=MappingProxyType({}),
    leg_kph=None,
    source="",
)

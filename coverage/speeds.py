"""How fast each class of British road is driven or walked: sourced tables, by profile.

A profile is a table of speeds (road class by urban or rural, km/h), a rule for tagged speed
limits, and the seconds lost at the end of a link. A *default* is a judgement where no published
figure was seen: it is an input, to be replaced or calibrated.

Sources the tables are anchored on:

* DfT, Vehicle Speed Compliance Statistics, Great Britain 2019: cars flowing freely average
  69 mph on motorways, 50 mph on national-limit single carriageways, 31 mph where 30 applies,
  at sites chosen away from junctions, bends and hills.
* DfT, Travel time measures 2018: whole-day averages, delay at junctions included, of 59.0 mph on
  the Strategic Road Network and 24.9 mph on local A roads (town and country together).
* DfT morning-peak averages 2017, km/h: motorway 77.6, A road 43.2, B road 41.9, minor road
  36.3, local street 18.3, private road 15.3.
* Cadcorp Cover Modeller sample profile, mph: motorway 60, A 50, B 25, any other road 20.
* Walking: 4.8 km/h (3 mph), the speed of DfT's journey time statistics.

**The tagged limit** does two things. It says what kind of road this is (a limit of 30 mph or
less is a built-up road, 50 mph or more is not, whatever the street density says), and it caps
the speed at a share of the limit (`Profile.limit_share`): a 20 or 30 mph street does not flow at
its limit. It never raises a speed: a lane with the national limit is still a lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.issues import InputError, Issue, nearest
from coverage.network import LINK_ENDS, RoadNetwork
from coverage.osm import BLUE, CAR, CLASS_INDEX, DUAL, ROAD_CLASSES, ROUNDABOUT, WALK

URBAN_LIMIT_KPH = 50.0
"""Tagged limits up to this (30 mph is 48.3 km/h) mean a built-up road."""
RURAL_LIMIT_KPH = 80.0
"""Tagged limits from this (50 mph is 80.5 km/h) mean an open road."""

DUAL_ROWS = ("motorway", "trunk_dual", "primary_dual", "secondary_dual")
SPEED_ROWS = ROAD_CLASSES + DUAL_ROWS[1:] + ("roundabout",)
"""Rows of a speed table: the road classes, dual carriageways apart, and roundabouts (a cap)."""
AREAS = ("urban", "rural")

MAX_SNAP_M = 2000.0
"""How far from a usable road a place may lie. *Default*: generous for a remote farm's centroid."""

Speeds = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Profile:
    """How one mode moves.

    Attributes:
        name: ``car_offpeak``, ``car_peak``, ``blue_light`` or ``walk``.
        mode: its bit in `RoadNetwork.link_modes`.
        speeds_kph: row of `SPEED_ROWS` -> (urban, rural) km/h.
        limit_share: share of a tagged limit that traffic reaches (urban, rural); infinite
            where limits do not bind.
        end_s: what is met at the end of a link (`LINK_ENDS`) -> seconds lost there.
        leg_kph: speed of the straight leg between a place and the road, added to the time at
            both ends; None leaves the leg out (it is reported, in metres, in either case).
        source: where the figures come from.
        max_snap_m: a place farther than this from a usable road (inclusive) is off the network.
    """

    name: str
    mode: int
    speeds_kph: Speeds
    limit_share: tuple[float, float]
    end_s: Mapping[str, float]
    leg_kph: float | None
    source: str
    max_snap_m: float = MAX_SNAP_M

    def table(self) -> dict[str, Any]:
        """Everything in the profile as plain values, for provenance and YAML."""
        speeds = {row: dict(zip(AREAS, pair, strict=True)) for row, pair in self.speeds_kph.items()}
        return {
            "name": self.name,
            "speeds_kph": speeds,
            "limit_share": dict(zip(AREAS, self.limit_share, strict=True)),
            "end_s": dict(self.end_s),
            "leg_kph": self.leg_kph,
            "max_snap_m": self.max_snap_m,
            "source": self.source,
        }


# Free-running between junctions (delays apart), km/h: (urban, rural).
_CAR_OFFPEAK: Speeds = {
    "motorway": (100.0, 105.0),  # DfT 2019 free flow 111; DfT 2018 SRN all day 95
    "motorway_link": (55.0, 70.0),  # default
    "trunk": (45.0, 78.0),  # DfT 2019 national-limit single carriageway 80
    "trunk_dual": (65.0, 100.0),  # default, between trunk and motorway
    "trunk_link": (40.0, 60.0),  # default
    "primary": (42.0, 74.0),  # as trunk, less for bends and villages
    "primary_dual": (58.0, 92.0),  # default
    "primary_link": (38.0, 50.0),  # default
    "secondary": (40.0, 66.0),  # B roads: DfT peak 41.9, town and country, delays included
    "secondary_dual": (50.0, 80.0),  # default
    "secondary_link": (35.0, 45.0),  # default
    "tertiary": (36.0, 54.0),  # DfT minor-road peak 36.3, town and country, delays included
    "tertiary_link": (32.0, 40.0),  # default
    "unclassified": (30.0, 40.0),  # country lanes: DfT minor-road peak 36.3, a little over
    "residential": (26.0, 32.0),  # DfT 2019 31 mph at free-flow sites; parked cars, turns
    "living_street": (12.0, 15.0),  # default
    "service": (16.0, 20.0),  # DfT private road, peak, 15.3
    "driveway": (10.0, 12.0),  # default: driveways and parking aisles
    "busway": (30.0, 40.0),  # default
    "track": (12.0, 15.0),  # default
    "roundabout": (28.0, 36.0),  # default
}
# Whole-link averages of the morning peak: junction delay is in them, so none is added.
_CAR_PEAK: Speeds = {
    "motorway": (70.0, 77.6),  # DfT 2017 77.6
    "motorway_link": (40.0, 50.0),  # default
    "trunk": (30.0, 60.0),  # DfT 2017 A roads 43.2, split by town and country: default
    "trunk_dual": (40.0, 72.0),  # default
    "trunk_link": (28.0, 45.0),  # default
    "primary": (27.0, 57.0),  # DfT 2017 A roads 43.2, split: default
    "primary_dual": (35.0, 66.0),  # default
    "primary_link": (25.0, 40.0),  # default
    "secondary": (26.0, 54.0),  # DfT 2017 B roads 41.9, split: default
    "secondary_dual": (32.0, 60.0),  # default
    "secondary_link": (24.0, 36.0),  # default
    "tertiary": (24.0, 46.0),  # DfT 2017 minor roads 36.3, split: default
    "tertiary_link": (22.0, 32.0),  # default
    "unclassified": (21.0, 36.3),  # DfT 2017 minor roads 36.3, split: default
    "residential": (18.3, 24.0),  # DfT 2017 local street 18.3
    "living_street": (10.0, 12.0),  # default
    "service": (15.3, 15.3),  # DfT 2017 private road 15.3
    "driveway": (10.0, 10.0),  # default
    "busway": (25.0, 35.0),  # default
    "track": (12.0, 12.0),  # default
    "roundabout": (22.0, 32.0),  # default
}
# Fire appliances on blue lights. No British table is published. The open-road column starts at
# Cadcorp's sample (motorway 60, A 50, B 25, other 20 mph) but lets B and minor roads in open
# country flow at what a 12-tonne engine can hold; the town column is near off-peak cars, whose
# queues a crew passes. All default: calibrate against a service's own runs.
_BLUE_LIGHT: Speeds = {
    "motorway": (96.6, 96.6),  # Cadcorp 60 mph
    "motorway_link": (55.0, 65.0),
    "trunk": (55.0, 80.5),  # Cadcorp 50 mph in the open
    "trunk_dual": (72.0, 90.0),
    "trunk_link": (45.0, 60.0),
    "primary": (52.0, 78.0),
    "primary_dual": (65.0, 85.0),
    "primary_link": (42.0, 50.0),
    "secondary": (48.0, 66.0),
    "secondary_dual": (56.0, 76.0),
    "secondary_link": (40.0, 46.0),
    "tertiary": (44.0, 56.0),
    "tertiary_link": (38.0, 42.0),
    "unclassified": (38.0, 44.0),
    "residential": (32.2, 36.0),  # Cadcorp 20 mph
    "living_street": (15.0, 18.0),
    "service": (20.0, 24.0),
    "driveway": (12.0, 15.0),
    "busway": (40.0, 50.0),
    "track": (14.0, 16.0),
    "roundabout": (30.0, 38.0),
}
_NO_DELAY = dict.fromkeys(LINK_ENDS, 0.0)
_SOURCE = "DfT 2017, 2018 and 2019 averages; Cadcorp sample profile; splits are defaults"


def _full(table: Speeds, other_kph: float) -> Speeds:
    """The table with every row of `SPEED_ROWS`; ways of no vehicle at ``other_kph``."""
    return MappingProxyType({row: table.get(row, (other_kph, other_kph)) for row in SPEED_ROWS})


_PROFILES = {
    "car_offpeak": Profile(
        name="car_offpeak",
        mode=CAR,
        speeds_kph=_full(_CAR_OFFPEAK, 10.0),
        limit_share=(0.88, 0.94),  # default: below the limit's 31 in 30 mph of open sites
        end_s=MappingProxyType(  # default
            {"free": 0.0, "through": 0.8, "give_way": 5.0, "signals": 12.0, "roundabout": 4.0}
        ),
        leg_kph=None,
        source=_SOURCE,
    ),
    "car_peak": Profile(
        name="car_peak",
        mode=CAR,
        speeds_kph=_full(_CAR_PEAK, 10.0),
        limit_share=(0.80, 0.90),  # default
        end_s=MappingProxyType(_NO_DELAY),
        leg_kph=None,
        source=_SOURCE,
    ),
    "blue_light": Profile(
        name="blue_light",
        mode=BLUE,
        speeds_kph=_full(_BLUE_LIGHT, 10.0),
        limit_share=(1.25, 1.25),  # default: exempt from limits, within policy
        end_s=MappingProxyType(  # default
            {"free": 0.0, "through": 0.5, "give_way": 3.0, "signals": 3.0, "roundabout": 3.0}
        ),
        leg_kph=None,
        source=_SOURCE,
    ),
    "walk": Profile(
        name="walk",
        mode=WALK,
        speeds_kph=_full({"steps": (2.4, 2.4)}, 4.8),  # DfT 4.8; steps at half of it: default
        limit_share=(np.inf, np.inf),
        end_s=MappingProxyType(_NO_DELAY),
        leg_kph=4.8,
        source="4.8 km/h, DfT journey time statistics; steps a default",
    ),
}
PROFILE_NAMES = tuple(_PROFILES)
ALIASES = {"car": "car_offpeak"}


def profile(name: str, overrides: Mapping[str, Any] | None = None) -> Profile:
    """A profile by name, with some of its figures replaced.

    Args:
        name: ``car`` (that is ``car_offpeak``), ``car_peak``, ``blue_light`` or ``walk``.
        overrides: any of ``speeds_kph: {row: {urban: km/h, rural: km/h}}`` (or one number for
            both), ``limit_share: {urban, rural}``, ``end_s: {what: seconds}``, ``leg_kph``,
            ``max_snap_m`` and ``source``. What is not named stays.

    Raises:
        InputError: unknown name, key, row or area (with the nearest known one), or a speed that
            is not a positive number.
    """
    key = ALIASES.get(name, name)
    if key not in _PROFILES:
        raise InputError(_unknown("profile", name, [*PROFILE_NAMES, *ALIASES]))
    base = _PROFILES[key]
    issues: list[Issue] = []
    changes: dict[str, Any] = {}
    for field, value in (overrides or {}).items():
        if field not in _EDITORS:
            issues.append(_unknown("profile setting", str(field), _EDITORS))
        else:
            changes[field] = _EDITORS[field](base, value, issues)
    if issues:
        raise InputError(issues)
    return replace(base, **changes)


def _unknown(what: str, name: str, known: Any) -> Issue:
    return Issue("speeds.unknown", f"unknown {what}", (name,), remedy=nearest(name, known))


def _number(where: str, value: Any, issues: list[Issue], *, zero: bool = False) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if good and (value > 0 or (zero and value == 0)) and np.isfinite(value):
        return float(value)
    wanted = "a number of at least 0" if zero else "a positive number"
    message = f"{where} must be {wanted}, not {value!r}"
    issues.append(Issue("speeds.number", message, (where,), remedy="give km/h, seconds or a share"))
    return float("nan")


def _mapping(where: str, value: Any, known: Any, issues: list[Issue]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        message = f"{where} must be a mapping, not {value!r}"
        remedy = f"keys: {', '.join(known)}"
        issues.append(Issue("speeds.mapping", message, (where,), remedy=remedy))
        return {}
    for key in value:
        if key not in known:
            issues.append(_unknown(f"key of {where}", str(key), known))
    return {key: item for key, item in value.items() if key in known}


def _pair(
    where: str, value: Any, old: tuple[float, float], issues: list[Issue]
) -> tuple[float, float]:
    if not isinstance(value, Mapping):
        both = _number(where, value, issues)
        return both, both
    known = _mapping(where, value, AREAS, issues)
    urban, rural = (
        _number(f"{where}.{area}", known[area], issues) if area in known else was
        for area, was in zip(AREAS, old, strict=True)
    )
    return urban, rural


def _edit_speeds(base: Profile, value: Any, issues: list[Issue]) -> Speeds:
    table = dict(base.speeds_kph)
    for row, pair in _mapping("speeds_kph", value, SPEED_ROWS, issues).items():
        table[row] = _pair(f"speeds_kph.{row}", pair, table[row], issues)
    return MappingProxyType(table)


def _edit_share(base: Profile, value: Any, issues: list[Issue]) -> tuple[float, float]:
    return _pair("limit_share", value, base.limit_share, issues)


def _edit_ends(base: Profile, value: Any, issues: list[Issue]) -> Mapping[str, float]:
    known = _mapping("end_s", value, LINK_ENDS, issues)
    new = {key: _number(f"end_s.{key}", item, issues, zero=True) for key, item in known.items()}
    return MappingProxyType({**base.end_s, **new})


def _edit_leg(base: Profile, value: Any, issues: list[Issue]) -> float | None:
    return None if value is None else _number("leg_kph", value, issues)


def _edit_max_snap(base: Profile, value: Any, issues: list[Issue]) -> float:
    return _number("max_snap_m", value, issues)


def _edit_source(base: Profile, value: Any, issues: list[Issue]) -> str:
    return str(value)


_EDITORS = {
    "speeds_kph": _edit_speeds,
    "limit_share": _edit_share,
    "end_s": _edit_ends,
    "leg_kph": _edit_leg,
    "max_snap_m": _edit_max_snap,
    "source": _edit_source,
}


def link_speeds_kph(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Running speed on each link, km/h, float64[m], before delay at its end.

    ``min(table[row, area], limit_share[area] x limit)``; NaN where the mode may not go.
    """
    limit = network.link_maxspeed_kph.astype(float)
    urban = np.where(limit <= URBAN_LIMIT_KPH, True, network.link_urban)
    urban = np.where(limit >= RURAL_LIMIT_KPH, False, urban)
    area = np.where(urban, 0, 1)
    table = np.array([profile.speeds_kph[row] for row in SPEED_ROWS])
    row = network.link_class.astype(np.int64)
    for name in DUAL_ROWS[1:]:
        single = CLASS_INDEX[name.removesuffix("_dual")]
        dual = (network.link_form == DUAL) & (row == single)
        row = np.where(dual, SPEED_ROWS.index(name), row)
    speed = table[row, area]
    ring = table[SPEED_ROWS.index("roundabout"), area]
    speed = np.where(network.link_form == ROUNDABOUT, np.minimum(speed, ring), speed)
    cap = np.array(profile.limit_share)[area] * limit
    speed = np.where(np.isnan(limit), speed, np.minimum(speed, cap))
    return np.where(network.link_modes & profile.mode, speed, np.nan)


def link_minutes(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Minutes to travel each link, float64[m]; NaN where the mode may not go.

    ``60 x length / speed + delay``. In words: the run along the link and what is lost at its
    end (give way, signals, a roundabout), the delay counted as spread along the link.
    """
    run_min = network.link_length_m * (60.0 / 1000.0) / link_speeds_kph(network, profile)
    delay_s = np.array([profile.end_s[end] for end in LINK_ENDS])
    return run_min + delay_s[network.link_end] / 60.0

"""What OpenStreetMap tags mean for a car, a fire engine and a person on foot in Great Britain.

Pure functions from a mapping of tags to small numbers; nothing here reads a file.
The rules, in one place:

* **Cars** use every public road class and service road (driveways and parking aisles
  too, at their own low speed). The first of ``motorcar``, ``motor_vehicle``, ``vehicle``
  and ``access`` that is present decides; ``no``, ``private``, ``permit``, ``delivery``,
  ``agricultural``, ``forestry``, ``military``, ``emergency`` and bus-only values close the
  road, anything else (``yes``, ``destination``, ``customers``, ``permissive`` …) leaves it
  open. Tracks and paths are closed unless the *motor* key itself says otherwise; footways,
  pedestrian streets, bus-only ways, roads being built or only proposed, and ferries are closed.
* **Blue light** is the car's network plus what a crew can drive: private, permit, delivery,
  military and bus-only roads, ``emergency=yes`` ways and ``service=emergency_access``.
  Not the wrong way up a one-way street.
* **Walking** ignores one-way. Motorways and ``motorroad=yes`` are closed, as are ``foot=no``
  and ``private``, and ``access=no`` or ``private`` without a ``foot`` value that opens it.
* ``:conditional`` and ``:lanes`` keys are ignored: a plan is for an ordinary hour.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

CAR, BLUE, WALK = 1, 2, 4
MODES = {"car": CAR, "blue_light": BLUE, "walk": WALK}
MOTOR = CAR | BLUE
ALL_MODES = CAR | BLUE | WALK

ROAD_CLASSES = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "driveway",
    "busway",
    "track",
    "pedestrian",
    "footway",
    "path",
    "bridleway",
    "cycleway",
    "steps",
)
CLASS_INDEX = {name: index for index, name in enumerate(ROAD_CLASSES)}
PUBLIC_ROADS = ROAD_CLASSES[: CLASS_INDEX["service"]]
"""Classes that make a junction; a driveway joining a road does not slow its traffic."""

SINGLE, DUAL, ROUNDABOUT = 0, 1, 2

_ALIASES = {"road": "unclassified", "corridor": "footway", "platform": "footway"}
_ALIASES |= {"bus_guideway": "busway", "escape": "track", "emergency_access": "service"}
_DRIVEWAYS = {"driveway", "parking_aisle", "drive-through"}
_DUAL_CLASSES = {"motorway", "trunk", "primary", "secondary"}

_MOTOR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_CAR_CLOSED = {"no", "private", "permit", "delivery", "agricultural", "forestry", "military"}
_CAR_CLOSED |= {"emergency", "bus", "psv", "taxi", "hgv", "bicycle", "foot", "staff", "residents"}
_BLUE_OPENS = {"private", "permit", "delivery", "military", "emergency", "bus", "psv", "staff"}
_BLUE_OPENS |= {"residents"}
_OPEN = {"yes", "designated", "permissive", "destination", "official", "customers", "public"}
_FOOT_CLOSED = {"no", "private", "permit", "use_sidepath", "military"}

_WAY_KEYS = (
    "highway",
    "service",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "emergency",
    "bus",
    "psv",
    "foot",
    "motorroad",
    "junction",
    "oneway",
    "oneway:vehicle",
    "oneway:motor_vehicle",
    "oneway:motorcar",
    "maxspeed",
    "maxspeed:forward",
    "maxspeed:backward",
    "maxspeed:type",
    "source:maxspeed",
    "zone:maxspeed",
    "route",
) + tuple(f"{key}:{way}" for key in _MOTOR_KEYS for way in ("forward", "backward"))
WAY_KEYS = frozenset(_WAY_KEYS)
"""Every way tag the rules look at; readers need keep no other."""
NODE_KEYS = frozenset({"barrier", "bollard", "emergency", "foot", *_MOTOR_KEYS})

NAN = float("nan")
KPH_PER_MPH = 1.609344
_NATIONAL_MPH = 60.0
_GB_LIMITS = (
    ("restricted", 30.0),
    ("single", _NATIONAL_MPH),
    ("dual", 70.0),
    ("motorway", 70.0),
    ("urban", 30.0),
    ("rural", _NATIONAL_MPH),
    ("national", _NATIONAL_MPH),
)
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph|)")


@dataclass(frozen=True)
class WayRule:
    """What one way's tags come to.

    Attributes:
        road_class: index into `ROAD_CLASSES`.
        form: `SINGLE`, `DUAL` or `ROUNDABOUT`.
        forward_modes: modes that may travel in the direction the way is drawn (bit mask).
        backward_modes: modes that may travel against it.
        forward_kph: speed limit in the drawn direction, NaN when none is tagged.
        backward_kph: speed limit against it.
    """

    road_class: int
    form: int
    forward_modes: int
    backward_modes: int
    forward_kph: float
    backward_kph: float


def way_rule(tags: Mapping[str, str]) -> WayRule | None:
    """The rule for a way's tags; None for a way nobody may use (or that is no road at all)."""
    return _way_rule(tuple(item for item in tags.items() if item[0] in WAY_KEYS))


@lru_cache(maxsize=65536)
def _way_rule(items: tuple[tuple[str, str], ...]) -> WayRule | None:
    tags = dict(items)
    road_class = _road_class(tags)
    if road_class is None:
        return None
    motor = _motor_modes(tags, road_class)
    walk = _walk_mode(tags, road_class)
    forward, backward = _directions(tags, road_class)
    forward_modes = _one_direction(tags, "forward", motor if forward else 0) | walk
    backward_modes = _one_direction(tags, "backward", motor if backward else 0) | walk
    if not forward_modes | backward_modes:
        return None
    limit_kph = _limit(tags)
    return WayRule(
        road_class=CLASS_INDEX[road_class],
        form=_form(tags, road_class, forward and backward),
        forward_modes=forward_modes,
        backward_modes=backward_modes,
        forward_kph=_first_speed(tags, ("maxspeed:forward",), limit_kph),
        backward_kph=_first_speed(tags, ("maxspeed:backward",), limit_kph),
    )


def _road_class(tags: Mapping[str, str]) -> str | None:
    highway = tags.get("highway", "")
    if highway == "service" and tags.get("service") in _DRIVEWAYS:
        return "driveway"
    name = _ALIASES.get(highway, highway)
    return name if name in CLASS_INDEX else None


def _motor_modes(tags: Mapping[str, str], road_class: str) -> int:
    """Cars and blue-light vehicles that may use the way, before one-way is looked at."""
    key = next((key for key in _MOTOR_KEYS if key in tags), "")
    value = tags.get(key, "")
    bus = any(tags.get(name) in _OPEN for name in ("bus", "psv"))
    crew = tags.get("emergency") in _OPEN or tags.get("service") == "emergency_access"
    if tags.get("highway") == "emergency_access" or tags.get("service") == "emergency_access":
        return BLUE
    if road_class == "busway":
        return CAR | BLUE if key in _MOTOR_KEYS[:2] and value in _OPEN else BLUE
    if CLASS_INDEX[road_class] > CLASS_INDEX["busway"]:
        opened = road_class == "track" and key in _MOTOR_KEYS[:2] and value in _OPEN
        return MOTOR if opened else BLUE if crew else 0
    if value not in _CAR_CLOSED:
        return MOTOR
    return BLUE if crew or bus or value in _BLUE_OPENS else 0


def _walk_mode(tags: Mapping[str, str], road_class: str) -> int:
    foot = tags.get("foot", "")
    if foot in _OPEN:
        return WALK
    closed_class = road_class in ("motorway", "motorway_link", "busway")
    closed = closed_class or tags.get("motorroad") == "yes" or foot in _FOOT_CLOSED
    return 0 if closed or tags.get("access") in _FOOT_CLOSED | {"agricultural"} else WALK


def _directions(tags: Mapping[str, str], road_class: str) -> tuple[bool, bool]:
    """Whether vehicles may go along the way as drawn, and against it."""
    keys = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")
    value = next((tags[key] for key in keys if key in tags), "")
    if value in ("yes", "true", "1"):
        return True, False
    if value in ("-1", "reverse"):
        return False, True
    if value == "reversible":  # tidal flow: no direction holds at every hour
        return False, False
    if value in ("no", "false", "0", "alternating"):
        return True, True
    implied = tags.get("junction") in ("roundabout", "circular")
    return True, not (implied or road_class in ("motorway", "motorway_link"))


def _one_direction(tags: Mapping[str, str], way: str, modes: int) -> int:
    """``modes`` less those that a key such as ``motor_vehicle:backward=no`` shuts out."""
    keys = [f"{key}:{way}" for key in _MOTOR_KEYS]
    value = next((tags[key] for key in keys if key in tags), "")
    if value not in _CAR_CLOSED:
        return modes
    return modes & BLUE if value in _BLUE_OPENS else 0


def _form(tags: Mapping[str, str], road_class: str, two_way: bool) -> int:
    """A one-way piece of main road is taken for half of a dual carriageway."""
    if tags.get("junction") in ("roundabout", "circular"):
        return ROUNDABOUT
    return DUAL if not two_way and road_class in _DUAL_CLASSES else SINGLE


def _limit(tags: Mapping[str, str]) -> float:
    keys = ("maxspeed", "maxspeed:type", "zone:maxspeed", "source:maxspeed")
    return _first_speed(tags, keys, NAN)


def _first_speed(tags: Mapping[str, str], keys: tuple[str, ...], default: float) -> float:
    for key in keys:
        speed_kph = maxspeed_kph(tags.get(key, ""))
        if speed_kph == speed_kph:  # not NaN
            return speed_kph
    return default


@lru_cache(maxsize=4096)
def maxspeed_kph(text: str) -> float:
    """A tagged speed limit in km/h; NaN for one that says nothing usable.

    A bare number is km/h (OpenStreetMap's rule), several values give the lowest,
    ``none`` is the British national maximum of 70 mph, ``walk`` is 5 mph and a plain
    ``national`` is taken as the single-carriageway 60 mph.
    """
    values = [_one_speed(part.strip().lower()) for part in re.split(r"[;|,]", text)]
    known = [value for value in values if value == value]
    return min(known, default=NAN)


def _one_speed(text: str) -> float:
    if text in ("none", "walk"):
        return (70.0 if text == "none" else 5.0) * KPH_PER_MPH
    match = _NUMBER.fullmatch(text)
    if match:
        speed_kph = float(match[1]) * (KPH_PER_MPH if match[2] == "mph" else 1.0)
        return speed_kph if 1.0 <= speed_kph <= 200.0 else NAN
    if not text.startswith(("gb", "uk")):
        return NAN
    zone = re.fullmatch(r"(?:gb|uk)[:_](?:zone)?:?(\d+)(?:zone)?(?:\s*mph)?", text)
    if zone:
        return float(zone[1]) * KPH_PER_MPH if 5 <= float(zone[1]) <= 70 else NAN
    return next((mph * KPH_PER_MPH for word, mph in _GB_LIMITS if word in text), NAN)


_GATES = {"gate", "lift_gate", "swing_gate", "sliding_gate", "sliding_beam", "hampshire_gate"}
_GATES |= {"bump_gate", "wicket_gate", "chain", "rope", "barrier_gate"}
_PASSABLE = {"cattle_grid", "entrance", "toll_booth", "border_control", "sally_port", "kerb", "no"}
_PASSABLE |= {"height_restrictor", "speed_bump", "coupure", "kent_carriage_gap", "yes", "ditch"}
_NO_ENTRY_ON_FOOT = {"fence", "wall", "hedge", "block_wall"}


def barrier_blocks(tags: Mapping[str, str]) -> int:
    """Modes that cannot pass a node with these tags (bit mask).

    Bollards, blocks, cycle barriers, stiles, kissing gates, fences and the like stop
    vehicles; gates, chains and cattle grids do not unless tagged closed to cars. A closed
    *gate* opens for a crew, a fixed object does not (except ``emergency=yes`` or a rising or
    removable bollard). People on foot pass anything not tagged against them.
    """
    barrier = tags.get("barrier", "")
    if not barrier:
        return 0
    motor = next((tags[key] for key in _MOTOR_KEYS if key in tags), "")
    return _motor_blocks(tags, barrier, motor) | _walk_blocks(tags, barrier)


def _motor_blocks(tags: Mapping[str, str], barrier: str, motor: str) -> int:
    if motor in _OPEN:
        return 0
    crew = tags.get("emergency") in _OPEN
    if barrier in _GATES | _PASSABLE:
        if motor not in _CAR_CLOSED:
            return 0
        locked = motor == "no" and not crew and barrier not in _GATES
        return MOTOR if locked else CAR
    crew = crew or tags.get("bollard") in ("rising", "removable", "foldable")
    return CAR if crew else MOTOR


def _walk_blocks(tags: Mapping[str, str], barrier: str) -> int:
    foot = tags.get("foot", "")
    if foot in _OPEN:
        return 0
    closed = foot in _FOOT_CLOSED or tags.get("access") in ("no", "private")
    return WALK if closed or barrier in _NO_ENTRY_ON_FOOT else 0

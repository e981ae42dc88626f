"""What OpenStreetMap tags mean for a car, a fire engine and a person on foot in Great Britain.

Pure functions from a mapping of tags to small numbers; nothing here reads a file.
The rules, in one place:

* **Cars** use every public road class and service road (driveways and parking aisles
  too, at their own low speed). The first of ``motorcar``, ``motor_vehicle``, ``vehicle``
  and ``access`` that is present decides; ``no``, ``delivery``, ``staff``, ``agricultural``,
  ``forestry``, ``military``, ``emergency`` and bus-only values close the road, anything else
  (``yes``, ``permissive``, ``discouraged``, ``unknown`` …) leaves it open. Of several values
  (``agricultural;destination``) the most open counts. Tracks and paths are closed unless the
  *motor* key itself says otherwise; footways, pedestrian streets, bus-only ways and golf cart
  paths are closed.
* **For access only**: ``destination``, ``customers``, ``visitors``, ``guests``, ``parking``;
  ``private``, ``permit`` and ``residents`` (whoever lives or works there drives there); and the
  outline of a service area (``area=yes``). A car may begin or end its journey there and not
  pass through on its way elsewhere. A crew may, and so may people on foot.
* **Blue light** is the car's network plus what a crew can drive: private, permit, delivery,
  military, staff and bus-only roads, bus lanes against the stream, ``emergency=yes`` ways and
  ``service=emergency_access``; less ``emergency=no``. Not the wrong way up a one-way street.
* **Walking** ignores one-way. Motorways and ``motorroad=yes`` are closed, as are ``foot=no``
  and ``private``, and ``access=no`` or ``private`` without a ``foot`` value that opens it. People
  walk along a square's outline (``area=yes``).
* **No road for anyone**: ferries and car trains (with or without a ``highway`` tag: what lies
  beyond is out of reach by road, and the reader says so), ``construction``, ``proposed``,
  ``raceway``, ``rest_area`` and other classes not in `ROAD_CLASSES`. A road in use with a
  ``construction`` tag beside its class is in use.
* **One-way**: ``oneway:motorcar``, ``oneway:motor_vehicle``, ``oneway:vehicle``, then ``oneway``
  (``yes``, ``-1``, ``no`` and their spellings). Tidal flow (``reversible``) is closed to vehicles,
  since no direction holds at every hour; ``alternating`` is open. Roundabouts and motorways are
  one-way unless tagged otherwise, slip roads of other classes only where tagged.
  ``oneway:bicycle``, ``oneway:psv`` and ``oneway:bus`` open nothing to cars. Keys that end in
  ``:forward`` or ``:backward`` close one direction.
* **Limits**: ``maxspeed:forward`` and ``:backward``, then ``maxspeed``, ``maxspeed:type``,
  ``zone:maxspeed`` and ``source:maxspeed``; the first that says a speed counts. The national
  limit is 60 mph, and 70 mph on a dual carriageway or motorway. ``signals`` and ``variable`` say
  no speed, nor do ``maxspeed:advisory``, ``:variable`` and those for lorries.
* **By the hour**: every ``:conditional`` key is ignored (school streets, peak-hour bus gates,
  part-time limits), and so is a plain value that holds a condition (``no @ (...)``): a plan is for
  an ordinary hour, and what is tagged without a condition is what holds then.
* **By the lane**: every ``:lanes`` key is ignored (``access:lanes``, ``maxspeed:lanes``,
  ``psv:lanes``): a road with a lane for buses is a road.
* **By size** (``maxheight``, ``maxweight``, ``maxwidth``, ``hgv``), tolls, fords and surfaces:
  ignored. A crew's appliance may not pass where a car does; test such a place by hand.
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

_ALIASES = {"road": "unclassified", "minor": "unclassified", "corridor": "footway"}
_ALIASES |= {"platform": "footway", "bus_guideway": "busway", "emergency_access": "service"}
_ALIASES |= {"escape": "track", "byway": "track", "unsurfaced": "track"}
_DRIVEWAYS = {"driveway", "parking_aisle", "drive-through", "drive_through"}
_DUAL_CLASSES = {"motorway", "trunk", "primary", "secondary"}
FERRIES = frozenset({"ferry", "shuttle_train"})
"""Values of ``route`` that carry cars without a road."""

_MOTOR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_BLUE_OPENS = {"private", "permit", "delivery", "military", "emergency", "bus", "psv", "staff"}
_BLUE_OPENS |= {"residents", "employees", "members", "students", "authorised", "authorized"}
_BLUE_OPENS |= {"loading", "taxi", "disabled"}
_CAR_CLOSED = {"no", "agricultural", "forestry", "hgv", "bicycle", "foot", *_BLUE_OPENS}
_PRIVATE = {"private", "permit", "residents"}
_ACCESS_ONLY = {"destination", "customers", "visitors", "guests", "parking"}
_OPEN = {"yes", "designated", "permissive", "official", "public", *_ACCESS_ONLY}
_FOOT_CLOSED = {"no", "private", "permit", "use_sidepath", "military"}
_AGAINST_STREAM = {"opposite", "opposite_lane", "opposite_track"}
_BUS_ONEWAY = ("oneway:psv", "oneway:bus", "oneway:emergency")

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
    "area",
    "golf",
    "busway",
    "busway:left",
    "busway:right",
    *_BUS_ONEWAY,
) + tuple(f"{key}:{way}" for key in _MOTOR_KEYS for way in ("forward", "backward"))
WAY_KEYS = frozenset(_WAY_KEYS)
"""Every way tag the rules look at; readers need keep no other."""
NODE_KEYS = frozenset({"barrier", "bollard", "emergency", "foot", "locked", *_MOTOR_KEYS})

NAN = float("nan")
KPH_PER_MPH = 1.609344
_SINGLE_MPH, _DUAL_MPH = 60.0, 70.0
_GB_LIMITS = (
    ("restricted", 30.0),
    ("single", _SINGLE_MPH),
    ("dual", _DUAL_MPH),
    ("motorway", _DUAL_MPH),
    ("urban", 30.0),
    ("rural", _SINGLE_MPH),
)
_NATIONAL = re.compile(r"(?:(?:gb|uk)[:_ ]?)?(?:national(?:[ _]speed[ _]limit)?|nsl)")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh|kph|kmph|)")
_ZONE = re.compile(r"(?:gb|uk)?[:_ ]?(?:zone)?[:_ ]?(\d+)\s*(?:mph)?[:_ ]?(?:zone)?")


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
        access_only: cars may begin or end a journey here, not pass through.
    """

    road_class: int
    form: int
    forward_modes: int
    backward_modes: int
    forward_kph: float
    backward_kph: float
    access_only: bool = False


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
    crew = motor & BLUE if _buses_both_ways(tags) else 0
    forward_modes = _one_direction(tags, "forward", motor if forward else crew) | walk
    backward_modes = _one_direction(tags, "backward", motor if backward else crew) | walk
    if not forward_modes | backward_modes:
        return None
    form = _form(tags, road_class, forward and backward)
    dual = form == DUAL or road_class == "motorway_link"
    limit_kph = _first_speed(tags, _LIMIT_KEYS, NAN, dual=dual)
    return WayRule(
        road_class=CLASS_INDEX[road_class],
        form=form,
        forward_modes=forward_modes,
        backward_modes=backward_modes,
        forward_kph=_first_speed(tags, ("maxspeed:forward",), limit_kph, dual=dual),
        backward_kph=_first_speed(tags, ("maxspeed:backward",), limit_kph, dual=dual),
        access_only=bool((forward_modes | backward_modes) & CAR) and _access_only(tags),
    )


def _road_class(tags: Mapping[str, str]) -> str | None:
    highway = tags.get("highway", "")
    if tags.get("route") in FERRIES:
        return None
    if highway == "service" and tags.get("service") in _DRIVEWAYS:
        return "driveway"
    name = _ALIASES.get(highway, highway)
    return name if name in CLASS_INDEX else None


def _values(text: str) -> list[str]:
    """The values of a tag that may hold several."""
    return [part.strip() for part in text.split(";")]


def _closed(text: str) -> bool:
    """Whether an access value (every one of several) shuts cars out."""
    return bool(text) and all(value in _CAR_CLOSED for value in _values(text))


def _opens(text: str | None, to: set[str]) -> bool:
    """Whether one of an access tag's values is among ``to``."""
    return text is not None and any(value in to for value in _values(text))


def _access_only(tags: Mapping[str, str]) -> bool:
    """Whether cars that use the way may not pass through: by its access, or as a yard's outline."""
    value = next((tags[key] for key in _MOTOR_KEYS if key in tags), "")
    free = any(one not in _CAR_CLOSED | _ACCESS_ONLY for one in _values(value))
    yard = tags.get("area") == "yes" and tags.get("highway") == "service"
    return yard or not free


def _motor_modes(tags: Mapping[str, str], road_class: str) -> int:
    """Cars and blue-light vehicles that may use the way, before one-way is looked at."""
    if tags.get("golf") == "cartpath":
        return 0
    modes = _open_modes(tags, road_class)
    return modes & CAR if tags.get("emergency") == "no" else modes


def _open_modes(tags: Mapping[str, str], road_class: str) -> int:
    key = next((key for key in _MOTOR_KEYS if key in tags), "")
    value = tags.get(key, "")
    bus = any(_opens(tags.get(name), _OPEN) for name in ("bus", "psv"))
    crew = tags.get("emergency") in _OPEN or tags.get("service") == "emergency_access"
    if tags.get("highway") == "emergency_access" or tags.get("service") == "emergency_access":
        return BLUE
    opened = key in _MOTOR_KEYS[:2] and _opens(value, _OPEN)
    if road_class == "busway":
        return MOTOR if opened else BLUE
    if CLASS_INDEX[road_class] > CLASS_INDEX["busway"]:
        return MOTOR if road_class == "track" and opened else BLUE if crew else 0
    if not _closed(value) or _opens(value, _PRIVATE):
        return MOTOR
    return BLUE if crew or bus or _opens(value, _BLUE_OPENS) else 0


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


def _buses_both_ways(tags: Mapping[str, str]) -> bool:
    """Whether a one-way street carries buses, and so a crew, against its stream."""
    lanes = (tags.get(key) for key in ("busway", "busway:left", "busway:right"))
    return any(tags.get(key) == "no" for key in _BUS_ONEWAY) or any(
        lane in _AGAINST_STREAM for lane in lanes
    )


def _one_direction(tags: Mapping[str, str], way: str, modes: int) -> int:
    """``modes`` less those that a key such as ``motor_vehicle:backward=no`` shuts out."""
    keys = [f"{key}:{way}" for key in _MOTOR_KEYS]
    value = next((tags[key] for key in keys if key in tags), "")
    if not _closed(value):
        return modes
    return modes & BLUE if _opens(value, _BLUE_OPENS) else 0


def _form(tags: Mapping[str, str], road_class: str, two_way: bool) -> int:
    """A one-way piece of main road is taken for half of a dual carriageway."""
    if tags.get("junction") in ("roundabout", "circular"):
        return ROUNDABOUT
    return DUAL if not two_way and road_class in _DUAL_CLASSES else SINGLE


_LIMIT_KEYS = ("maxspeed", "maxspeed:type", "zone:maxspeed", "source:maxspeed")


def _first_speed(
    tags: Mapping[str, str], keys: tuple[str, ...], default: float, *, dual: bool
) -> float:
    for key in keys:
        speed_kph = maxspeed_kph(tags.get(key, ""), dual=dual)
        if speed_kph == speed_kph:  # not NaN
            return speed_kph
    return default


@lru_cache(maxsize=4096)
def maxspeed_kph(text: str, *, dual: bool = False) -> float:
    """A tagged speed limit in km/h; NaN for one that says nothing usable.

    A bare number is km/h (OpenStreetMap's rule), several values give the lowest,
    ``none`` is the British national maximum of 70 mph, ``walk`` is 5 mph and a plain
    ``national`` is 60 mph, or 70 mph on a ``dual`` carriageway.
    """
    parts = [part.strip().lower() for part in re.split(r"[;|,]", text)]
    values = [_one_speed(part, dual=dual) for part in parts]
    known = [value for value in values if value == value]
    return min(known, default=NAN)


def _one_speed(text: str, *, dual: bool) -> float:
    if text in ("none", "walk"):
        return (70.0 if text == "none" else 5.0) * KPH_PER_MPH
    match = _NUMBER.fullmatch(text)
    if match:
        speed_kph = float(match[1]) * (KPH_PER_MPH if match[2] == "mph" else 1.0)
        return speed_kph if 1.0 <= speed_kph <= 200.0 else NAN
    if _NATIONAL.fullmatch(text):
        return (_DUAL_MPH if dual else _SINGLE_MPH) * KPH_PER_MPH
    zone = _ZONE.fullmatch(text)
    if zone:
        return float(zone[1]) * KPH_PER_MPH if 5 <= float(zone[1]) <= 70 else NAN
    if not text.startswith(("gb", "uk", "nsl", "national")):
        return NAN
    return next((mph * KPH_PER_MPH for word, mph in _GB_LIMITS if word in text), NAN)


_GATES = {"gate", "lift_gate", "swing_gate", "sliding_gate", "sliding_beam", "hampshire_gate"}
_GATES |= {"bump_gate", "chain", "rope", "barrier_gate"}
_PASSABLE = {"cattle_grid", "entrance", "toll_booth", "border_control", "sally_port", "kerb", "no"}
_PASSABLE |= {"height_restrictor", "speed_bump", "coupure", "kent_carriage_gap", "yes", "ditch"}
_STOPS_CARS_ONLY = {"bus_trap", "sump_buster"}
_NO_ENTRY_ON_FOOT = {"fence", "wall", "hedge", "block_wall"}


def barrier_blocks(tags: Mapping[str, str]) -> int:
    """Modes that cannot pass a node with these tags (bit mask).

    Bollards, blocks, cycle barriers, stiles, kissing gates, fences and the like stop
    vehicles; gates, chains and cattle grids do not unless locked or tagged closed to cars. A
    closed *gate* opens for a crew, a fixed object does not (except ``emergency=yes``, a rising or
    removable bollard, and a bus trap, which is as wide as a bus). People on foot pass anything not
    tagged against them.
    """
    barrier = tags.get("barrier", "")
    if not barrier:
        return 0
    motor = next((tags[key] for key in _MOTOR_KEYS if key in tags), "")
    return _motor_blocks(tags, barrier, motor) | _walk_blocks(tags, barrier)


def _motor_blocks(tags: Mapping[str, str], barrier: str, motor: str) -> int:
    if _opens(motor, _OPEN):
        return 0
    crew = tags.get("emergency") in _OPEN
    if barrier in _GATES | _PASSABLE:
        locked = tags.get("locked") == "yes" and barrier in _GATES
        if not _closed(motor) and not locked:
            return 0
        fixed = motor == "no" and not crew and barrier not in _GATES
        return MOTOR if fixed else CAR
    crew = crew or tags.get("bollard") in ("rising", "removable", "foldable")
    return CAR if crew or barrier in _STOPS_CARS_ONLY else MOTOR


def _walk_blocks(tags: Mapping[str, str], barrier: str) -> int:
    foot = tags.get("foot", "")
    if foot in _OPEN:
        return 0
    closed = foot in _FOOT_CLOSED or tags.get("access") in ("no", "private")
    return WALK if closed or barrier in _NO_ENTRY_ON_FOOT else 0

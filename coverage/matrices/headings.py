"""What the headings of a travel-time table mean: who starts, who is reached, in which unit. Pure.

The usual tools name the same things differently (r5py ``from_id, to_id, travel_time``, OSRM
``source, destination, duration``, ArcGIS ``OriginID, DestinationID, Total_Minutes``,
OpenRouteService ``FROM_ID, TO_ID, DURATION_H, DIST_KM``). A heading is read as words; a unit among
them is the unit. What the words leave open is left open here and refused by whoever needs it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

FROM_WORDS = frozenset(("from", "origin", "origins", "orig", "source", "sources", "start"))
TO_WORDS = frozenset(("to", "destination", "destinations", "dest", "target", "targets", "end"))
_ID_WORDS = frozenset(("id", "ids", "node", "key", "code", "name", "index", "point"))

MINUTES_OF_UNIT = {
    "minutes": 1.0,
    "seconds": 1.0 / 60.0,
    "hours": 60.0,
    "milliseconds": 1.0 / 60_000.0,
}
"""Minutes in one of each unit that a table of times may be in."""
UNITS = tuple(MINUTES_OF_UNIT)
METRES_OF_UNIT = {"metres": 1.0, "kilometres": 1000.0, "miles": 1609.344}

_TIME_UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("ms", "millis", "millisecond", "milliseconds"), "milliseconds"),
}
_LENGTH_UNITS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "metres"),
    **dict.fromkeys(("km", "kms", "kilometre", "kilometres", "kilometer", "kilometers"),
                    "kilometres"),
    **dict.fromkeys(("mi", "mile", "miles"), "miles"),
}  # fmt: skip
_TIME_WORDS = frozenset(
    ("time", "times", "duration", "durations", "drive", "driving", "travel", "traveltime",
     "totaltime", "journey", "cost")
)  # fmt: skip
_LENGTH_WORDS = frozenset(("distance", "distances", "dist", "length"))
_OTHER_WORDS = frozenset(
    ("total", "network", "osrm", "valhalla", "graphhopper", "ors", "car", "median", "mean",
     "route", "p50", "in")
)  # fmt: skip
_KNOWN_TOOLS = {
    "traveltime": "minutes",  # r5py, r5r before 1.0
    "traveltimep50": "minutes",  # r5py, r5r: the median departure
    "totaltime": "minutes",  # ArcGIS Network Analyst
    "totaltraveltime": "minutes",  # ArcGIS
    "totaldrivetime": "minutes",  # ArcGIS
    "duration": "seconds",  # OSRM, Valhalla, OpenRouteService
    "durations": "seconds",
}
"""Headings without a unit among their words whose tool says what it is."""


@dataclass(frozen=True)
class Figure:
    """A column of times or lengths.

    Attributes:
        name: its heading.
        unit: ``""`` where the heading leaves it open.
        told: the unit is in the heading itself, not merely the habit of a tool.
        stem: the words but for unit and quantity, by which a time finds its length.
    """

    name: str
    unit: str
    told: bool = False
    stem: tuple[str, ...] = ()


@dataclass(frozen=True)
class Headings:
    """What the columns of a table are; more than one of a kind where the headings allow it."""

    starts: tuple[str, ...]
    stops: tuple[str, ...]
    times: tuple[Figure, ...]
    lengths: tuple[Figure, ...]

    @property
    def long(self) -> bool:
        """Whether the table has a row per pair: one column of starts and one of ends."""
        return bool(self.starts and self.stops)


def words_of(heading: str) -> tuple[str, ...]:
    """Lower-case words of a heading: ``OriginID`` is origin, id; ``osrm_s`` is osrm, s."""
    apart = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", heading.strip())
    return tuple(word for word in re.split(r"[^A-Za-z0-9]+", apart.lower()) if word)


def read_headings(names: Sequence[str]) -> Headings:
    """Every column whose heading says what it is, in the order of the file."""
    return Headings(
        _ends(names, FROM_WORDS),
        _ends(names, TO_WORDS),
        tuple(found for name in names if (found := as_time(name)) is not None),
        tuple(found for name in names if (found := _as_length(name)) is not None),
    )


def side_of(heading: str) -> str:
    """``from`` or ``to`` where a heading names the side its ids are on, else ``""``."""
    if _is_end(heading, FROM_WORDS):
        return "from"
    return "to" if _is_end(heading, TO_WORDS) else ""


def _ends(names: Sequence[str], sides: frozenset[str]) -> tuple[str, ...]:
    """Columns of ids of one side; a heading with ``id`` in it before one without."""
    found = [name for name in names if _is_end(name, sides)]
    with_id = [name for name in found if {"id", "ids"} & set(_id_words(name))]
    return tuple(with_id or found)


def _is_end(name: str, sides: frozenset[str]) -> bool:
    words = _id_words(name)
    rest = [word for word in words if word not in sides]
    return len(words) - len(rest) == 1 and all(word in _ID_WORDS for word in rest)


def _id_words(name: str) -> tuple[str, ...]:
    """Words of a heading; ``fromid``, written as one word, is two."""
    return tuple(
        part
        for word in words_of(name)
        for part in (
            (word[:-2], "id") if word.endswith("id") and word[:-2] in FROM_WORDS | TO_WORDS
            else (word,)
        )
    )  # fmt: skip


def as_time(name: str) -> Figure | None:
    """A column of times, or None."""
    words = words_of(name)
    joined = "".join(words)
    if joined in _KNOWN_TOOLS:
        return Figure(name, _KNOWN_TOOLS[joined])
    units = [word for word in words if word in _TIME_UNITS]
    rest = [word for word in words if word not in _TIME_UNITS]
    if len(units) > 1 or any(w not in _TIME_WORDS | _OTHER_WORDS for w in rest):
        return None
    if not units and not _TIME_WORDS & set(rest):
        return None
    stem = tuple(word for word in rest if word in _OTHER_WORDS)
    return Figure(name, _TIME_UNITS[units[0]] if units else "", bool(units), stem)


def _as_length(name: str) -> Figure | None:
    """A column of lengths, or None; a bare ``distance`` is in metres until shown otherwise."""
    words = words_of(name)
    units = [word for word in words if word in _LENGTH_UNITS]
    rest = [word for word in words if word not in _LENGTH_UNITS]
    if len(units) > 1 or any(w not in _LENGTH_WORDS | _OTHER_WORDS for w in rest):
        return None
    if not units and not _LENGTH_WORDS & set(rest):
        return None
    stem = tuple(word for word in rest if word in _OTHER_WORDS)
    return Figure(name, _LENGTH_UNITS[units[0]] if units else "", bool(units), stem)

"""What an OpenStreetMap turn restriction says: tags and members of a relation, no file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from coverage.osm import BLUE, CAR, MOTOR
from coverage.turns import ANY, BACK, LEFT, RIGHT, STRAIGHT, Restriction

Member = tuple[str, int, str]
"""Kind (``n``, ``w`` or ``r``), id and role."""

_SHAPES = {"left_turn": LEFT, "right_turn": RIGHT, "straight_on": STRAIGHT, "u_turn": BACK}
_KINDS = {
    f"{word}_{turn}": (word == "only", _SHAPES[turn]) for word in ("no", "only") for turn in _SHAPES
}
_KINDS |= {"no_entry": (False, ANY), "no_exit": (False, ANY)}
_KEYS = {
    CAR: (
        "restriction:motorcar",
        "restriction:motor_vehicle",
        "restriction:vehicle",
        "restriction",
    ),
    BLUE: (
        "restriction:emergency",
        "restriction:motor_vehicle",
        "restriction:vehicle",
        "restriction",
    ),
}
_EXCEPTED = {"motorcar": CAR, "motor_vehicle": MOTOR, "vehicle": MOTOR, "emergency": BLUE}
_TIMED = ("day_on", "day_off", "hour_on", "hour_off")


class Malformed(ValueError):
    """The relation does not say which turn it means."""


def restrictions_of(
    relation_id: int, tags: Mapping[str, str], members: Sequence[Member]
) -> tuple[Restriction, ...]:
    """The restrictions a relation states for cars and crews (one, or one for each of the two).

    Empty where it binds neither (``restriction:hgv``, ``except=motor_vehicle``), or holds at
    certain hours only (``restriction:conditional``, ``no_left_turn @ (...)``, ``hour_on``): a plan
    is for an ordinary hour.

    Raises:
        Malformed: an unknown value, or members that do not make a turn.
    """
    bound: dict[str, int] = {}
    for mode, keys in _KEYS.items():
        value = next((tags[key] for key in keys if key in tags), "none")
        if not mode & _excepted(tags.get("except", "")):
            bound[value] = bound.get(value, 0) | mode
    if any(key in tags for key in _TIMED):
        return ()
    stated = {value: modes for value, modes in bound.items() if _holds_always(value)}
    if not stated:
        return ()
    kinds = {value: _kind(value) for value in stated}
    return tuple(
        _restriction(relation_id, value, kinds[value], modes, members)
        for value, modes in sorted(stated.items())
    )


def _excepted(text: str) -> int:
    modes = 0
    for word in re.split(r"[;,\s]+", text.lower()):
        modes |= _EXCEPTED.get(word, 0)
    return modes


def _holds_always(value: str) -> bool:
    return value != "none" and "@" not in value


def _kind(value: str) -> tuple[bool, str]:
    """Whether the value commands (else it forbids), and the shape of turn it names."""
    words = [word.strip() for word in value.lower().split(";")]
    kinds = [_KINDS[word] for word in words if word in _KINDS]
    if len(kinds) != len(words) or len({only for only, _ in kinds}) != 1:
        raise Malformed(value)
    return kinds[0] if len(kinds) == 1 else (kinds[0][0], ANY)


def _restriction(
    relation_id: int, value: str, kind: tuple[bool, str], modes: int, members: Sequence[Member]
) -> Restriction:
    ways = {
        role: tuple(ref for what, ref, said in members if what == "w" and said == role)
        for role in ("from", "via", "to")
    }
    nodes = [ref for what, ref, role in members if what == "n" and role == "via"]
    several = (len(ways["from"]) > 1 and value != "no_entry") or (
        len(ways["to"]) > 1 and value != "no_exit"
    )
    one_via = (len(nodes) == 1) != bool(ways["via"]) and len(nodes) <= 1
    if several or not ways["from"] or not ways["to"] or not one_via:
        raise Malformed(value)
    return Restriction(
        id=relation_id,
        only=kind[0],
        shape=kind[1],
        modes=modes,
        from_ways=ways["from"],
        via_node=nodes[0] if nodes else None,
        via_ways=ways["via"],
        to_ways=ways["to"],
    )

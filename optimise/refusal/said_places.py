"""Rows of counts, sets, hubs, named moves, change, condition and room in the scenario's words."""

from __future__ import annotations

from optimise.asked import SetRule
from optimise.refusal.record import some
from optimise.refusal.terms import (
    COUNT,
    LAYER,
    LOCK,
    Asked,
    Give,
    Maker,
    Term,
    number,
    plain,
    with_unit,
)


def _counted(value: int, sign: int) -> Give:
    """A number that falls (at least, +1) or rises (at most, −1) one by one."""
    return Give(float(value), -1.0 * sign, max(float(value), 1.0), number)


def count(field: str, sign: int) -> Maker:
    """At least (+1) or at most (−1) so many of a type delivered; or exactly, either way."""

    def make(asked: Asked, parts: tuple[str, ...]) -> Term | None:
        (kind,) = parts
        rule = asked.scenario.rule(kind)
        key = "exactly" if rule.exactly is not None else field
        value = getattr(rule, key)
        words = f"{plain(key)} {value} of {plain(kind)} are delivered"
        return Term(f"services.{kind}.{key}", words, COUNT, 1.0, _counted(value, sign))

    return make


def named_set(side: str, sign: int) -> Maker:
    """At least (+1) or at most (−1) so many of a named set, or of a type as outreach."""

    def make(asked: Asked, parts: tuple[str, ...]) -> Term | None:
        (name,) = parts
        rule = next(r for r in asked.problem.asked.sets if r.key == name)
        exact = rule.at_least is not None and rule.at_least == rule.at_most
        value = rule.at_least if sign > 0 else rule.at_most
        key = "exactly" if exact else side
        words = f"{_of_set(rule, plain(key), int(value or 0))}"
        return Term(f"{rule.key}.{key}", words, COUNT, 1.0, _counted(int(value or 0), sign))

    return make


def _of_set(rule: SetRule, how: str, value: int) -> str:
    what = "units" if rule.of_units else "buildings"
    mode = "" if rule.mode == "any" else f" {'as' if rule.mode == 'outreach' else 'in'} {rule.mode}"
    because = f" ({rule.reason})" if rule.reason else ""
    if rule.run_by:
        return f"{how} {value} of {some(rule.members)} run by {rule.run_by}"
    return f"{how} {value} of {some(rule.members)} ({what}) kept{mode}{because}"


def hubs(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """So many hubs in an area."""
    key, area_id = parts
    rule = next(r for r in asked.problem.asked.hubs if (r.key, r.area_id) == (key, area_id))
    words = (
        f"at least {rule.at_least} building with {rule.services} services in each "
        f"{plain(rule.geography)}"
    )
    return Term(f"{key}.at_least", words, COUNT, 1.0, _counted(rule.at_least, 1), area_id)


def named_move(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """Where a unit is to be."""
    (unit_id,) = parts
    move = next(m for m in asked.problem.asked.moves if m.unit_id == unit_id)
    where = f"is delivered from {asked.building(move.to)}" if move.to else "is withdrawn"
    mode = " as outreach" if move.outreach else ""
    return Term(move.key, f"{unit_id} {where}{mode}", LOCK)


def change(side: str, what: str) -> Maker:
    """At most so many moves, closures or withdrawals, in all or in each part."""

    def make(asked: Asked, parts: tuple[str, ...]) -> Term | None:
        key, part = parts
        rule = next(r for r in asked.problem.asked.change if (r.key, r.part) == (key, part))
        value = int(getattr(rule, side))
        each = "" if rule.per == "all" else f" in each {plain(rule.per)}"
        words = f"at most {value} {what}{each}"
        return Term(f"{key}.{side}", words, COUNT, 1.0, _counted(value, -1), part)

    return make


def condition(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """A building in a condition that is not accepted: an exception can be made."""
    (asset_id,) = parts
    record = asked.scenario.condition
    if record is None:
        return None
    without = " without its works" if record.works else ""
    words = f"no building in a grade worse than {record.worst_grade} stays in use{without}"
    return Term("condition.worst_grade", words, LOCK, 1.0, None, "", asset_id, "an exception for ")


def capacity(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """The room of a building."""
    (asset_id,) = parts
    room = asked.problem.sites[asset_id].capacity_m2
    return Term(
        key=f"buildings.{asset_id}.capacity_m2",
        words=f"{asked.building(asset_id)} has room for {number(room)} m²",
        rank=LAYER,
        give=Give(room, 1.0, max(room, 1.0), with_unit("m²"), 1),
    )


def extension(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """How far a building can be extended."""
    (asset_id,) = parts
    most = asked.problem.sites[asset_id].extension_max_m2
    return Term(
        key=f"buildings.{asset_id}.extension_max_m2",
        words=f"{asked.building(asset_id)} can be extended by {number(most)} m²",
        rank=LAYER,
        dropped="allow more",
    )


def bays(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """The vehicle bays of a building."""
    (asset_id,) = parts
    most = asked.problem.sites[asset_id].bays
    words = f"{asked.building(asset_id)} has {number(most)} vehicle bays"
    return Term(f"buildings.{asset_id}.vehicle_bays", words, LAYER, 1.0, _counted(int(most), -1))


def sessions(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """The sessions a week of a building."""
    (asset_id,) = parts
    most = asked.problem.sites[asset_id].sessions_pw
    give = Give(most, 1.0, max(most, 1.0), number, 1)
    words = f"{asked.building(asset_id)} has {number(most)} sessions a week"
    return Term(f"buildings.{asset_id}.capacity_sessions_pw", words, LAYER, 1.0, give)


def apart(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """Two services that may not share a building."""
    _, a, b = parts
    words = f"{plain(a)} and {plain(b)} may not share a building"
    return Term(f"compatibility.{a}+{b}", words, LAYER, dropped="allow them to share")


def single(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """A type of which no two share a building."""
    kind, _ = parts
    words = f"no two of {plain(kind)} come to share a building"
    return Term(f"services.{kind}.same_site", words, LAYER, dropped="allow two in one building")

"""What members ask of buildings and units, as ids and numbers: sets, hubs, moves, change.

Each record is one rule of the scenario; ``key`` is where it stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from assets.estate import Estate
from optimise.rules import WITHDRAWN, Delivery, HubRule
from optimise.scenario import Scenario
from optimise.sites import AREA_OF, set_members
from optimise.units import Unit


@dataclass(frozen=True)
class SetRule:
    """At least and at most so many of a set of buildings or units.

    Attributes:
        key: where it stands in the scenario (``keep.core_libraries``).
        members: asset_ids, or unit_ids with ``of_units``, ascending.
        mode: of units: any, full or outreach.
        whoever: every member stays in use, whoever runs it (buildings only).
    """

    key: str
    members: tuple[str, ...]
    of_units: bool
    at_least: int | None
    at_most: int | None
    mode: str = "any"
    whoever: bool = False
    reason: str = ""
    run_by: str = ""


@dataclass(frozen=True)
class HubArea:
    """An area that needs so many buildings with several services.

    Attributes:
        sites: asset_ids of the area's buildings the plan decides about, ascending.
        standing: buildings out of scope that hold so many services as they are.
        services: different service types a hub needs.
        among: service types that count, ascending.
        outreach: a service delivered there as outreach counts.
    """

    key: str
    geography: str
    area_id: str
    sites: tuple[str, ...]
    standing: int
    at_least: int
    services: int
    among: tuple[str, ...]
    outreach: bool
    reason: str = ""


@dataclass(frozen=True)
class MoveRule:
    """A unit is delivered from ``to`` ("" = withdrawn), in full or as outreach."""

    key: str
    unit_id: str
    to: str
    outreach: bool
    reason: str = ""


@dataclass(frozen=True)
class ChangeRule:
    """At most so much change among the units and buildings of an area or service type.

    Attributes:
        part: area_id or service type; "" for the whole.
        units: unit_ids whose moves and withdrawals count, ascending.
        buildings: asset_ids whose closing counts, ascending.
    """

    key: str
    per: str
    part: str
    units: tuple[str, ...]
    buildings: tuple[str, ...]
    moves_at_most: int | None
    closures_at_most: int | None
    withdrawals_at_most: int | None


@dataclass(frozen=True)
class Asked:
    """Every rule that members set for buildings and units. Made by `asked_of`.

    ``area_names``: area_id → what readers call it.
    """

    sets: tuple[SetRule, ...] = ()
    hubs: tuple[HubArea, ...] = ()
    moves: tuple[MoveRule, ...] = ()
    change: tuple[ChangeRule, ...] = ()
    area_names: Mapping[str, str] = field(default_factory=dict)


def asked_of(scenario: Scenario, estate: Estate, units: Mapping[str, Unit]) -> Asked:
    """The scenario's rules on the estate's ids; names that fit nothing are refused before."""
    names = estate.areas["name"].astype(str).to_dict() if len(estate.areas) else {}
    return Asked(
        sets=(*_named_sets(scenario, estate), *_outreach_counts(scenario, units)),
        hubs=tuple(
            area
            for name, rule in sorted(scenario.hubs.items())
            for area in _hub_areas(_key("hubs", name), rule, estate, units)
        ),
        moves=tuple(
            MoveRule(f"moves.{u}", u, "" if m.to == WITHDRAWN else m.to, m.mode == "outreach",
                     m.reason)
            for u, m in sorted(scenario.moves.items())
        ),
        change=tuple(
            part
            for name, rule in sorted(scenario.delivery.items())
            for part in _change_parts(_key("delivery", name), rule, estate, units)
        ),
        area_names={str(k): str(v) for k, v in names.items()},
    )  # fmt: skip


def _key(group: str, name: str) -> str:
    """Where a rule stands; one written without a name stands under its group itself."""
    return group if name == group else f"{group}.{name}"


def _named_sets(scenario: Scenario, estate: Estate) -> list[SetRule]:
    found = []
    for name, rule in sorted(scenario.keep.items()):
        members = set_members(rule, estate)
        every = rule.number is None
        least, most = (len(members), None) if rule.number is None else rule.number
        of_units, whoever = bool(rule.units), every and not rule.units
        found.append(
            SetRule(f"keep.{name}", members, of_units, least, most, rule.mode, whoever,
                    rule.reason)
        )  # fmt: skip
    return found


def _outreach_counts(scenario: Scenario, units: Mapping[str, Unit]) -> list[SetRule]:
    """How many units of a type are delivered as outreach."""
    found = []
    for kind, rule in sorted(scenario.services.items()):
        asked = rule.outreach
        if asked is None:
            continue
        least = asked.at_least if asked.exactly is None else asked.exactly
        most = asked.at_most if asked.exactly is None else asked.exactly
        if least is not None or most is not None:
            members = tuple(u for u in sorted(units) if units[u].service_type == kind)
            key = f"services.{kind}.outreach"
            by = asked.run_by
            found.append(SetRule(key, members, True, least, most, "outreach", run_by=by))
    return found


def areas_of_kind(kind: str, estate: Estate) -> tuple[str, ...]:
    """Areas of a kind: those of the layer, else those that buildings or people lie in."""
    layer = estate.areas
    named = layer.index[layer["kind"] == kind] if len(layer) else []
    if len(named):
        return tuple(sorted(map(str, named)))
    column = AREA_OF[kind]
    seen = [*estate.buildings[column].astype(str), *estate.demand[column].astype(str)]
    return tuple(sorted({area for area in seen if area}))


def _area_of_buildings(kind: str, estate: Estate) -> pd.Series:
    """Area of each building ("" = none), by asset_id as text."""
    column = estate.buildings[AREA_OF[kind]].astype(str)
    return pd.Series(column.to_numpy(), index=[str(a) for a in column.index], dtype=object)


def _hub_areas(key: str, rule: HubRule, estate: Estate, units: Mapping[str, Unit]) -> list[HubArea]:
    where = _area_of_buildings(rule.geography, estate)
    scope = estate.buildings["in_scope"].astype(bool).set_axis(where.index)
    kinds = sorted({u.service_type for u in units.values()})
    among = tuple(sorted(set(rule.among))) or tuple(kinds)
    fixed: dict[str, set[str]] = {}
    for unit in units.values():
        if unit.fixed and unit.service_type in among:
            fixed.setdefault(unit.home, set()).add(unit.service_type)
    found = []
    for area in sorted(set(rule.areas)) or areas_of_kind(rule.geography, estate):
        here = sorted(where.index[where == area])
        standing = sum(len(fixed.get(s, ())) >= rule.services for s in here if not scope[s])
        sites = tuple(s for s in here if scope[s])
        found.append(
            HubArea(key, rule.geography, area, sites, standing, rule.at_least, rule.services,
                    among, rule.outreach, rule.reason)
        )  # fmt: skip
    return found


def _change_parts(
    key: str, rule: Delivery, estate: Estate, units: Mapping[str, Unit]
) -> list[ChangeRule]:
    """The rule once for the whole, or once for each area or service type."""
    counted = {
        u: unit
        for u, unit in units.items()
        if not unit.fixed and (not rule.types or unit.service_type in rule.types)
    }
    parts: dict[str, list[str]] = {}
    if rule.per in AREA_OF:
        where = _area_of_buildings(rule.per, estate)
        wanted = rule.areas or areas_of_kind(rule.per, estate)
        parts = {area: [] for area in sorted(set(wanted))}
        for u, unit in counted.items():
            if where[unit.home] in parts:
                parts[where[unit.home]].append(u)
    else:
        for u, unit in counted.items():
            parts.setdefault(unit.service_type if rule.per == "type" else "", []).append(u)
    return [
        ChangeRule(
            key, rule.per, part, tuple(sorted(here)),
            tuple(sorted({counted[u].home for u in here})),
            rule.moves_at_most, rule.closures_at_most, rule.withdrawals_at_most,
        )
        for part, here in sorted(parts.items())
    ]  # fmt: skip

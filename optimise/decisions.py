"""What is decided: the variables of the program, made once and keyed by id."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pulp

from coverage.reach import Provider
from optimise.actions import Action, pair_places
from optimise.asked import HubArea
from optimise.covers import CoverGroup, CoverRule
from optimise.detriment import swing
from optimise.making import Maker
from optimise.phasing.variables import Timed, make_timed
from optimise.problem import Problem
from optimise.sites import Site
from optimise.units import Unit

#: A variable, or a sum of variables.
Term = Any
GroupKey = tuple[str, str, int]


@dataclass(frozen=True)
class Decisions:
    """The variables, by id.

    `present` and `holds` would be whole numbers of their own accord; saying so lets a
    solver derive cliques and implications from them (measured: half the gap in the same time).

    Attributes:
        at: (unit_id, asset_id) → 1 when the unit is delivered in full from the building.
        withdrawn: unit_id → 1 when it is no longer delivered (only where allowed).
        open: asset_id → 1 when the building is in use after the plan.
        extend: asset_id → square metres added.
        present: (service_type, provider) → 1 when such a crew is at the site
            (only where several units could be it).
        holds: (asset_id, service_type) → 1 when the building holds a unit of
            the type (only where compatibility asks).
        served: (rule_id, area_id, group) → 1 when the group is served in time; none for a
            group that one unit alone can serve, whose own decisions say as much.
        together: (asset_id, type_a, type_b) → 1 when the two come to share it.
        short: (rule_id, area_id) → tally by which a soft standard is missed.
        outreach: (unit_id, asset_id) → 1 when it is delivered from there as outreach.
        works: asset_id → 1 when the works its condition asks for are done.
        level: (rule_id, k) → 1 when somebody waits longer than the k−1th of the longest times.
        hub: (rule key, area_id, asset_id) → 1 when the building is one of the area's hubs.
        houses: (rule key, asset_id, service_type) → 1 when it holds the service, for a hub.
        fair: (rule key, what) → of a rule of no detriment or equity: the average's ``fall``, 1
            when the average ``gains`` instead, the ``highest`` and ``lowest`` figure of a gap.
        timed: in which period each change is made; None where the plan is not phased.
    """

    at: Mapping[tuple[str, str], pulp.LpVariable]
    withdrawn: Mapping[str, pulp.LpVariable]
    open: Mapping[str, pulp.LpVariable]
    extend: Mapping[str, pulp.LpVariable]
    present: Mapping[tuple[str, Provider], pulp.LpVariable]
    holds: Mapping[tuple[str, str], pulp.LpVariable]
    served: Mapping[GroupKey, pulp.LpVariable]
    together: Mapping[tuple[str, str, str], pulp.LpVariable]
    short: Mapping[tuple[str, str], pulp.LpVariable]
    outreach: Mapping[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    works: Mapping[str, pulp.LpVariable] = field(default_factory=dict)
    level: Mapping[tuple[str, int], pulp.LpVariable] = field(default_factory=dict)
    hub: Mapping[tuple[str, str, str], pulp.LpVariable] = field(default_factory=dict)
    houses: Mapping[tuple[str, str, str], pulp.LpVariable] = field(default_factory=dict)
    fair: Mapping[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    timed: Timed | None = None

    def arrivals(self, asset_id: str) -> list[tuple[str, pulp.LpVariable]]:
        """(unit_id, variable) of every unit that may be in a building in full, ascending."""
        return self._by_site.get(asset_id, [])

    def inside(self, asset_id: str) -> list[tuple[str, Term]]:
        """(unit_id, 1 when it is in the building in either mode), ascending."""
        return self._inside.get(asset_id, [])

    def serving(self, unit_id: str, asset_id: str, counted: bool) -> Term:
        """1 when the unit is in the building in full, or as outreach where that is ``counted``."""
        full = self.at.get((unit_id, asset_id))
        aside = self.outreach.get((unit_id, asset_id)) if counted else None
        if full is None or aside is None:
            return full if aside is None else aside
        return full + aside

    def term(self, action: Action, period: int) -> Term:
        """1 when an action is done in a period (of ``extend`` m²); 0 where it cannot be.

        A plan that is not phased does everything in period 1.
        """
        if self.timed is not None:
            return self.timed.done.get((action, period), 0)
        return self.total(action) if period == 1 else 0

    def total(self, action: Action) -> Term:
        """1 when an action is done at all (of ``extend`` m²)."""
        s, u = action.asset_id, action.unit_id
        match action.kind:
            case "move":
                return self.at[u, s]
            case "outreach":
                return self.outreach[u, s]
            case "withdraw":
                return self.withdrawn[u]
            case "release":
                return 1 - self.open[s]
            case "build":
                return self.open[s]
            case "extend":
                return self.extend[s]
            case "improve":
                return self.works[s]
            case "join":
                return self.together[(s, *action.pair)]

    @cached_property
    def _by_site(self) -> Mapping[str, list[tuple[str, pulp.LpVariable]]]:
        made: dict[str, list[tuple[str, pulp.LpVariable]]] = {}
        for (unit_id, asset_id), variable in sorted(self.at.items(), key=lambda x: x[0]):
            made.setdefault(asset_id, []).append((unit_id, variable))
        return made

    @cached_property
    def _inside(self) -> Mapping[str, list[tuple[str, Term]]]:
        made: dict[str, list[tuple[str, Term]]] = {}
        for unit_id, asset_id in sorted({**self.at, **self.outreach}):
            term = self.serving(unit_id, asset_id, counted=True)
            made.setdefault(asset_id, []).append((unit_id, term))
        return made


def cover_key(rule: CoverRule, group: int) -> GroupKey:
    """Key of a rule's nth demand group."""
    return (rule.rule_id, rule.area_id, group)


def make_decisions(model: pulp.LpProblem, problem: Problem) -> Decisions:
    """Make the variables of a problem in a model; only those that can differ exist."""
    new = Maker(model)
    free = [u for u in (problem.units[k] for k in sorted(problem.units)) if not u.fixed]
    sites = [problem.sites[s] for s in sorted(problem.sites)]
    return Decisions(
        at={(u.unit_id, s): new.binary("at", u.unit_id, s) for u in free for s in u.sites},
        withdrawn={u.unit_id: new.binary("withdrawn", u.unit_id) for u in free if u.may_withdraw},
        open={s.asset_id: new.binary("open", s.asset_id) for s in sites},
        extend={
            s.asset_id: new.continuous("extend", s.asset_id, upper=s.extension_max_m2)
            for s in sites
            if s.extension_max_m2 > 0
        },
        **_counting(new, problem),
        together={
            (asset, pair.service_a, pair.service_b): new.continuous(
                "together", asset, pair.service_a, pair.service_b, upper=1.0
            )
            for asset, pair in pair_places(problem)
            if not pair.forbidden
        },
        short={
            (r.rule_id, r.area_id): new.continuous("short", r.rule_id, r.area_id, upper=r.required)
            for r in problem.covers
            if r.price_gbp is not None and r.required is not None
        },
        **_asked(new, free, sites),
        **_hubs(new, problem),
        level=_levels(new, problem),
        fair=_fair(new, problem),
        timed=make_timed(new, problem),
    )


def _counting(new: Maker, problem: Problem) -> dict[str, Any]:
    """What follows from where units are, and is counted: crews, types in a building, served."""
    return {
        "present": _present(new, problem),
        "holds": {
            (asset, service_type): new.binary("holds_type", asset, service_type)
            for asset, pair in pair_places(problem)
            for service_type in (pair.service_a, pair.service_b)
        },
        "served": _served(new, problem),
    }


def on_the_way(new: Maker, problem: Problem, placed: Decisions) -> Decisions:
    """Decisions whose places are given, with variables of their own for what is counted of them.

    Args:
        new: of names that belong to the period.
        problem: as it is on the way.
        placed: at, outreach, open, extend and together as sums of variables.
    """
    return replace(placed, **_counting(new, problem), fair=_fair(new, problem))


def _asked(new: Maker, free: list[Unit], sites: list[Site]) -> dict[str, Any]:
    """Delivery as outreach, and works for condition; only where the scenario has them."""
    return {
        "outreach": {
            (u.unit_id, s): new.binary("outreach", u.unit_id, s)
            for u in free
            for s in u.outreach_sites
        },
        "works": {
            s.asset_id: new.continuous("works", s.asset_id, upper=1.0)
            for s in sites
            if s.works_gbp is not None
        },
    }


def _served(new: Maker, problem: Problem) -> dict[GroupKey, pulp.LpVariable]:
    """Served may be continuous when one vehicle is needed: it is then min(1, vehicles).

    Groups that the same units serve from the same places are served together, whichever rule
    asks: they share a variable (half of all, or more, where one standard has several rules).
    """
    made: dict[GroupKey, pulp.LpVariable] = {}
    alike: dict[Hashable, pulp.LpVariable] = {}
    for rule in problem.covers:
        for i, group in enumerate(rule.groups):
            if not is_counted(rule) or len(group.unit_ids(rule)) == 1:
                continue
            key, same = cover_key(rule, i), _served_by(problem, rule, group)
            if same not in alike:
                one = group.need == 1
                alike[same] = (
                    new.continuous("served", *key, upper=1.0) if one else new.binary("served", *key)
                )
            made[key] = alike[same]
    return made


def _served_by(problem: Problem, rule: CoverRule, group: CoverGroup) -> Hashable:
    """What decides whether a group is served: vehicles needed, and which units from where."""
    places = tuple((p, group.units_at(p, rule)) for p in group.providers)
    outreach = tuple(
        problem.units[u].outreach_counts(rule.standard_id) for u in group.unit_ids(rule)
    )
    return group.need, places, outreach, crews_of(problem, rule, group)


def is_counted(rule: CoverRule) -> bool:
    """Whether the program counts the rule: units every plan has may meet it on their own."""
    return not rule.promise or (rule.required is not None and rule.required > rule.always)


def crews_of(problem: Problem, rule: CoverRule, group: CoverGroup) -> tuple[Provider, ...]:
    """Providers of a group that stand for several units, and count once as a crew at a site.

    Only where the same units stand behind the provider in every rule of the service: with no
    availability to tell crews apart, and no outreach that counts for one standard alone.
    """
    if group.need > 1 or group.without or any(p.availability < 1.0 for p in rule.units):
        return ()
    return tuple(
        p
        for p in group.providers
        if len(rule.units[p]) > 1 and all(problem.units[u].outreach is None for u in rule.units[p])
    )


def _present(new: Maker, problem: Problem) -> dict[tuple[str, Provider], pulp.LpVariable]:
    """Crew at a site, where more than one unit could be that crew and a group looks for one."""
    keys = {
        (rule.service_type, provider)
        for rule in problem.covers
        if is_counted(rule)
        for group in rule.groups
        if len(group.unit_ids(rule)) > 1
        for provider in crews_of(problem, rule, group)
    }
    return {
        (kind, p): new.binary("present", kind, p.site_id, f"{p.turnout_s:g}")
        for kind, p in sorted(keys)
    }


def _levels(new: Maker, problem: Problem) -> dict[tuple[str, int], pulp.LpVariable]:
    """Steps of the longest times that a goal or a limit asks for."""
    return {
        (centre.rule_id, k): new.binary("level", centre.rule_id, k)
        for centre in problem.centres
        for k in range(1, len(centre.levels_min))
    }


def _hubs(new: Maker, problem: Problem) -> dict[str, Any]:
    """Which building is a hub; only where an area has too few, and the building could be one."""
    hub, houses = {}, {}
    for rule in problem.asked.hubs:
        for asset_id, kinds in sorted(could_be_hub(problem, rule).items()):
            key = (rule.key, rule.area_id, asset_id)
            hub[key] = new.binary("hub", *key)
            for kind in kinds:
                houses[rule.key, asset_id, kind] = new.continuous(
                    "houses", rule.key, asset_id, kind, upper=1.0
                )
    return {"hub": hub, "houses": houses}


def _fair(new: Maker, problem: Problem) -> dict[tuple[str, str], pulp.LpVariable]:
    """What rules of no detriment and equity compare with; only where they compare."""
    made = {}
    for rule in problem.fair:
        if rule.whole is not None:
            fall, gain = swing(rule, problem.rules_of(rule.whole.rule_id)[0])
            made[rule.key, "fall"] = new.continuous("fall", rule.key, upper=fall)
            if fall > 0 and gain > 0:
                made[rule.key, "gains"] = new.binary("gains", rule.key)
        elif rule.kind == "gap" and len(rule.parts) > 2:
            for what in ("highest", "lowest"):
                longest = rule.data.ceiling_min if rule.measure == "mean" else 1.0
                made[rule.key, what] = new.continuous(what, rule.key, upper=longest)
    return made


def could_be_hub(problem: Problem, rule: HubArea) -> dict[str, tuple[str, ...]]:
    """asset_id → service types that could be there, for an area's buildings that could be a hub.

    Nothing where buildings out of scope are hubs enough.
    """
    if rule.standing >= rule.at_least:
        return {}
    possible: dict[str, set[str]] = {}
    for unit in problem.units.values():
        if unit.service_type in rule.among and not unit.fixed:
            for site in unit.anywhere if rule.outreach else unit.sites:
                possible.setdefault(site, set()).add(unit.service_type)
    kinds = {s: tuple(sorted(possible.get(s, ()))) for s in rule.sites}
    return {s: found for s, found in kinds.items() if len(found) >= rule.services}

"""What is decided: the variables of the program, made once and keyed by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pulp

from coverage.reach import Provider
from optimise.covers import CoverRule
from optimise.problem import PairRule, Problem

GroupKey = tuple[str, str, int]


def row_name(*parts: str | int) -> str:
    """An injective solver-safe name: no two different part lists share one.

    PuLP maps ``-``, brackets and spaces to ``_``, so ``site-1`` and ``site_1``
    would collide. Here each byte outside A–Z, a–z, 0–9 becomes ``_`` and two
    hexadecimal digits, and parts are joined by ``__``, which no part can hold.
    """
    return "__".join(
        "".join(
            chr(b) if chr(b).isascii() and chr(b).isalnum() else f"_{b:02x}"
            for b in str(part).encode("utf-8")
        )
        for part in parts
    )


@dataclass(frozen=True)
class Decisions:
    """The variables, by id.

    `present` and `holds` would be whole numbers of their own accord; saying so lets a
    solver derive cliques and implications from them (measured: half the gap in the same time).

    Attributes:
        at: (unit_id, asset_id) → 1 when the unit is delivered from the building.
        withdrawn: unit_id → 1 when it is no longer delivered (only where allowed).
        open: asset_id → 1 when the building is in use after the plan.
        extend: asset_id → square metres added.
        present: (service_type, provider) → 1 when such a crew is at the site
            (only where several units could be it).
        holds: (asset_id, service_type) → 1 when the building holds a unit of
            the type (only where compatibility asks).
        served: (standard_id, area_id, group) → 1 when the group is served in time.
        together: (asset_id, type_a, type_b) → 1 when the two come to share it.
        short: (standard_id, area_id) → weight by which a soft standard is missed.
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

    def arrivals(self, asset_id: str) -> list[tuple[str, pulp.LpVariable]]:
        """(unit_id, variable) of every unit that may be in a building, ascending."""
        return self._by_site.get(asset_id, [])

    @cached_property
    def _by_site(self) -> Mapping[str, list[tuple[str, pulp.LpVariable]]]:
        made: dict[str, list[tuple[str, pulp.LpVariable]]] = {}
        for (unit_id, asset_id), variable in sorted(self.at.items(), key=lambda x: x[0]):
            made.setdefault(asset_id, []).append((unit_id, variable))
        return made


def cover_key(rule: CoverRule, group: int) -> GroupKey:
    """Key of a rule's nth demand group."""
    return (rule.standard_id, rule.area_id, group)


@dataclass(frozen=True)
class _Maker:
    """Makes named variables in a model."""

    model: pulp.LpProblem

    def binary(self, *parts: str | int) -> pulp.LpVariable:
        return self.model.add_variable(row_name(*parts), 0, 1, pulp.LpBinary)

    def continuous(self, *parts: str | int, upper: float | None = None) -> pulp.LpVariable:
        return self.model.add_variable(row_name(*parts), 0, upper, pulp.LpContinuous)


def make_decisions(model: pulp.LpProblem, problem: Problem) -> Decisions:
    """Make the variables of a problem in a model; only those that can differ exist."""
    new = _Maker(model)
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
        present=_present(new, problem),
        holds={
            (asset, service_type): new.binary("holds_type", asset, service_type)
            for asset, pair in pair_places(problem)
            for service_type in (pair.service_a, pair.service_b)
        },
        served=_served(new, problem),
        together={
            (asset, pair.service_a, pair.service_b): new.continuous(
                "together", asset, pair.service_a, pair.service_b, upper=1.0
            )
            for asset, pair in pair_places(problem)
            if not pair.forbidden
        },
        short={
            (r.standard_id, r.area_id): new.continuous(
                "short", r.standard_id, r.area_id, upper=r.required
            )
            for r in problem.covers
            if r.price_gbp is not None
        },
    )


def _served(new: _Maker, problem: Problem) -> dict[GroupKey, pulp.LpVariable]:
    """Served may be continuous when one vehicle is needed: it is then min(1, vehicles)."""
    made = {}
    for rule in problem.covers:
        for i, group in enumerate(rule.groups):
            key = cover_key(rule, i)
            one = group.need == 1
            made[key] = (
                new.continuous("served", *key, upper=1.0) if one else new.binary("served", *key)
            )
    return made


def _present(new: _Maker, problem: Problem) -> dict[tuple[str, Provider], pulp.LpVariable]:
    """Crew at a site, where more than one unit could be that crew."""
    keys = {
        (rule.service_type, provider)
        for rule in problem.covers
        for provider, units in rule.units.items()
        if len(units) > 1
    }
    return {
        (kind, p): new.binary("present", kind, p.site_id, f"{p.turnout_s:g}")
        for kind, p in sorted(keys)
    }


def pair_places(problem: Problem) -> list[tuple[str, PairRule]]:
    """(asset_id, rule) wherever two types could newly come together; ascending."""
    possible: dict[str, set[str]] = {}
    for unit in problem.units.values():
        for site in unit.sites:
            possible.setdefault(site, set()).add(unit.service_type)
    return [
        (asset, pair)
        for asset in sorted(possible)
        for pair in problem.pairs
        if pair.service_a != pair.service_b
        and {pair.service_a, pair.service_b} <= possible[asset]
        and (asset, pair.service_a, pair.service_b) not in problem.together_today
    ]

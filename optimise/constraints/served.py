"""The rows that response and access standards share, and the tally they are rows about."""

from __future__ import annotations

from typing import Any

import pulp

from coverage.reach import Provider
from optimise.covers import CoverGroup, CoverRule
from optimise.decisions import Decisions, cover_key, crews_of, is_counted
from optimise.making import row_name
from optimise.problem import Problem


def add_rules(
    model: pulp.LpProblem, decisions: Decisions, problem: Problem, rules: list[CoverRule]
) -> None:
    """Rows of the rules; nothing for a promise that every plan keeps."""
    crews: dict[tuple[str, Provider], CoverRule] = {}
    for rule in (r for r in rules if is_counted(r)):
        for i, group in enumerate(rule.groups):
            key = cover_key(rule, i)
            if key not in decisions.served:
                continue
            _serves(model, decisions, problem, (rule, group, i))
            crews |= {(rule.service_type, p): rule for p in crews_of(problem, rule, group)}
        if rule.promise:
            _target(model, decisions, problem, rule)
    for (kind, provider), rule in sorted(crews.items(), key=lambda item: item[0]):
        name = row_name("present_if", kind, provider.site_id, f"{provider.turnout_s:g}")
        # A row of this crew may stand already, put there by the other cover family.
        if model.get_constraint_by_name(name) is None:
            anyone = pulp.lpSum(
                counted(decisions, problem, rule, (u, provider.site_id))
                for u in rule.units[provider]
            )
            model += decisions.present[kind, provider] <= anyone, name


def tally(decisions: Decisions, problem: Problem, rule: CoverRule) -> pulp.LpAffineExpression:
    """The rule's tally: always + Σ_g gain_g · served_g.

    A group that one unit alone can serve has no variable: it is served exactly when the unit is
    in one of its places there, so Σ_s at[u,s] stands in its stead (a unit is in one place).
    """
    terms = [group.gain * _is_served(decisions, problem, (rule, group, i))
             for i, group in enumerate(rule.groups)]  # fmt: skip
    return pulp.lpSum(terms) + rule.always


def counted(decisions: Decisions, problem: Problem, rule: CoverRule, where: tuple[str, str]) -> Any:
    """1 when a unit is at a site in a way that counts for the rule's standard.

    Args:
        decisions: the variables.
        problem: its units.
        rule: whose standard counts it.
        where: unit_id and asset_id.
    """
    unit_id, asset_id = where
    aside = problem.units[unit_id].outreach_counts(rule.standard_id)
    return decisions.serving(unit_id, asset_id, counted=aside)


_Place = tuple[CoverRule, CoverGroup, int]


def _is_served(decisions: Decisions, problem: Problem, at: _Place) -> Any:
    rule, group, i = at
    variable = decisions.served.get(cover_key(rule, i))
    if variable is not None:
        return variable
    return pulp.lpSum(
        counted(decisions, problem, rule, (u, p.site_id))
        for p in group.providers
        for u in group.units_at(p, rule)
    )


def _serves(model: pulp.LpProblem, decisions: Decisions, problem: Problem, at: _Place) -> None:
    """Served at most when enough vehicles reach it; and at least, where both ways are asked."""
    rule, group, i = at
    served = decisions.served[cover_key(rule, i)]
    # Rules that share the variable share its rows, which have its name.
    name = served.name.partition("served")[2]
    if model.get_constraint_by_name(f"serves{name}") is None:
        vehicles = _vehicles(decisions, problem, rule, group)
        model += group.need * served <= vehicles, f"serves{name}"
    if rule.both_ways:
        _served_if(model, decisions, problem, at)


def _served_if(model: pulp.LpProblem, decisions: Decisions, problem: Problem, at: _Place) -> None:
    rule, group, i = at
    served = decisions.served[cover_key(rule, i)]
    name = row_name("served_if") + served.name.partition("served")[2]
    places = _places_of_units(decisions, problem, rule, group)
    if group.need == 1:
        for unit_id, here in places.items():
            own = f"{name}__{row_name(unit_id)}"
            if model.get_constraint_by_name(own) is None:
                model += served >= here, own
        return
    if model.get_constraint_by_name(name) is not None:
        return
    each = {u: min(problem.units[u].vehicles, group.need) for u in places}
    spare = sum(each.values()) - group.need + 1
    coming = pulp.lpSum(each[u] * here for u, here in places.items())
    model += coming <= group.need - 1 + spare * served, name


def _places_of_units(
    decisions: Decisions, problem: Problem, rule: CoverRule, group: CoverGroup
) -> dict[str, pulp.LpAffineExpression]:
    """unit_id → 1 when the unit is in one of the group's places."""
    found: dict[str, list[Any]] = {}
    for provider in group.providers:
        for u in group.units_at(provider, rule):
            here = counted(decisions, problem, rule, (u, provider.site_id))
            found.setdefault(u, []).append(here)
    return {u: pulp.lpSum(found[u]) for u in sorted(found)}


def _target(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: CoverRule) -> None:
    short = decisions.short.get((rule.rule_id, rule.area_id), 0)
    reached = tally(decisions, problem, rule)
    name = row_name("cover", rule.rule_id, rule.area_id)
    model += reached + short >= (rule.required or 0.0), name


def _vehicles(
    decisions: Decisions, problem: Problem, rule: CoverRule, group: CoverGroup
) -> pulp.LpAffineExpression:
    """Vehicles that reach the group; with one needed, a crew at a site counts once."""
    terms: list[Any] = []
    crews = crews_of(problem, rule, group)
    for provider in group.providers:
        if provider in crews:
            terms.append(decisions.present[rule.service_type, provider] + 0)
            continue
        terms += [
            min(problem.units[u].vehicles, group.need)
            * counted(decisions, problem, rule, (u, provider.site_id))
            for u in group.units_at(provider, rule)
        ]
    return pulp.lpSum(terms)

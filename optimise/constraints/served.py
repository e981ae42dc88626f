"""The rows that response and access standards share."""

from __future__ import annotations

import pulp

from coverage.reach import Provider
from optimise.covers import CoverGroup, CoverRule
from optimise.decisions import Decisions, cover_key, row_name
from optimise.problem import Problem


def add_rules(
    model: pulp.LpProblem, decisions: Decisions, problem: Problem, rules: list[CoverRule]
) -> None:
    """Rows of the rules; nothing for a rule that fixed units meet on their own."""
    binding = [rule for rule in rules if rule.required > rule.always]
    crews: dict[tuple[str, Provider], tuple[str, ...]] = {}
    for rule in binding:
        for i, group in enumerate(rule.groups):
            key = cover_key(rule, i)
            vehicles = _vehicles(decisions, problem, rule, group)
            model += group.need * decisions.served[key] <= vehicles, row_name("serves", *key)
            if group.need == 1:
                crews.update({(rule.service_type, p): rule.units[p] for p in group.providers})
        _target(model, decisions, rule)
    for (kind, p), units in sorted(crews.items()):
        if len(units) > 1:
            anyone = pulp.lpSum(decisions.at[u, p.site_id] for u in units)
            name = row_name("present_if", kind, p.site_id, f"{p.turnout_s:g}")
            # A row of this crew may stand already, put there by the other cover family.
            if model.get_constraint_by_name(name) is None:
                model += decisions.present[kind, p] <= anyone, name


def _target(model: pulp.LpProblem, decisions: Decisions, rule: CoverRule) -> None:
    reached = pulp.lpSum(
        group.weight * decisions.served[cover_key(rule, i)] for i, group in enumerate(rule.groups)
    )
    short = decisions.short.get((rule.standard_id, rule.area_id), 0)
    name = row_name("cover", rule.standard_id, rule.area_id)
    model += reached + short >= rule.required - rule.always, name


def _vehicles(
    decisions: Decisions, problem: Problem, rule: CoverRule, group: CoverGroup
) -> pulp.LpAffineExpression:
    """Vehicles that reach the group; with one needed, a crew at a site counts once."""
    terms = []
    for provider in group.providers:
        units = rule.units[provider]
        if group.need == 1 and len(units) > 1:
            terms.append(decisions.present[rule.service_type, provider] + 0)
            continue
        terms += [
            min(problem.units[u].vehicles, group.need) * decisions.at[u, provider.site_id]
            for u in units
        ]
    return pulp.lpSum(terms)

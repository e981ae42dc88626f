"""Named sets of buildings and units: all of them, or so many of them, are kept."""

from __future__ import annotations

import pulp

from optimise.asked import SetRule
from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem
from optimise.units import Unit


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Keep every named set in the number asked for.

    open[s] = 1                                  for each s of a set kept whole
    at_least ≤ Σ_{s in set} open[s] ≤ at_most
    at_least ≤ Σ_{u in set} delivered[u] ≤ at_most

    with delivered[u] = 1 − withdrawn[u] in any mode, Σ_s outreach[u,s] as
    outreach, and the first less the second in full.

    In words: of the buildings or units that members have named, at least, at
    most or exactly so many are kept. A set of buildings with no number is kept
    whole, whoever runs them: they stay in use even if nothing the plan knows of
    stays in them. Buildings out of scope count as kept; so do units that
    cannot change, as what they are.

    Symbols: sets, s buildings, u units; numbers of buildings or units.
    Source: City of York, 2014 (children's centre buildings kept, operators may
    change); Dorset County Council, registration 2017 (6 of 11 in full, 3 as
    outreach).
    """
    for rule in problem.asked.sets:
        if rule.whoever:
            for asset_id in rule.members:
                if asset_id in problem.sites:
                    name = row_name("set_kept", rule.key, asset_id)
                    model += decisions.open[asset_id] == 1, name
            continue
        kept = kept_units(decisions, problem, rule) if rule.of_units else _open(decisions, rule)
        decided = len(kept) > 0
        # A rule that no decision touches needs a row only where it fails.
        if rule.at_least is not None and (decided or kept.constant < rule.at_least):
            model += kept >= rule.at_least, row_name("set_least", rule.key)
        if rule.at_most is not None and (decided or kept.constant > rule.at_most):
            model += kept <= rule.at_most, row_name("set_most", rule.key)


def _open(decisions: Decisions, rule: SetRule) -> pulp.LpAffineExpression:
    inside = [decisions.open[s] for s in rule.members if s in decisions.open]
    return pulp.lpSum(inside) + (len(rule.members) - len(inside))


def kept_units(decisions: Decisions, problem: Problem, rule: SetRule) -> pulp.LpAffineExpression:
    """How many units of the set are delivered in its mode."""
    kept = pulp.LpAffineExpression()
    for unit_id in rule.members:
        unit = problem.units[unit_id]
        aside = _aside(decisions, unit)
        if rule.mode == "outreach":
            kept += aside
        else:
            kept += 1 - decisions.withdrawn.get(unit_id, 0)
            kept -= aside if rule.mode == "full" else 0
    return kept


def _aside(decisions: Decisions, unit: Unit) -> pulp.LpAffineExpression:
    if unit.fixed:
        return pulp.LpAffineExpression()
    return pulp.lpSum(decisions.outreach[unit.unit_id, s] for s in unit.outreach_sites)

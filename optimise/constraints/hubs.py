"""Every area has a building that holds several services."""

from __future__ import annotations

import pulp

from optimise.asked import HubArea
from optimise.decisions import Decisions, could_be_hub
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Give each area the hubs asked for.

    n · hub[s] ≤ Σ_k houses[s,k]                 for each building s that could be a hub
    houses[s,k] ≤ Σ_{u of type k} (at[u,s] + outreach[u,s])
    Σ_{s in area} hub[s] ≥ at_least − standing

    In words: in each area at least so many buildings hold at least n different
    services of those that count. Two units of one type are one service. What a
    building out of scope holds it goes on holding, so such hubs stand already;
    whether a service held as outreach counts is the rule's to say.

    Symbols: k service types that count, n how many a hub needs, s in-scope
    buildings of the area, `standing` hubs out of scope.
    Source: Dorset County Council, Living and Learning 2016 (one centre in each
    pilot area, in an existing building whoever owns it).
    """
    for rule in problem.asked.hubs:
        if rule.standing < rule.at_least:
            _area(model, decisions, problem, rule)


def _area(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: HubArea) -> None:
    hubs = []
    for asset_id, kinds in sorted(could_be_hub(problem, rule).items()):
        hub = decisions.hub[rule.key, rule.area_id, asset_id]
        hubs.append(hub)
        held = []
        for kind in kinds:
            houses = decisions.houses[rule.key, asset_id, kind]
            held.append(houses)
            there = [
                decisions.serving(u, asset_id, rule.outreach)
                for u, _ in decisions.inside(asset_id)
                if problem.units[u].service_type == kind
            ]
            name = row_name("houses_if", rule.key, asset_id, kind)
            model += houses <= pulp.lpSum(v for v in there if v is not None), name
        model += (
            rule.services * hub <= pulp.lpSum(held),
            row_name("hub_of", rule.key, rule.area_id, asset_id),
        )
    # Where no building could be one the row stands all the same, and says that it cannot be.
    row = pulp.lpSum(hubs) >= rule.at_least - rule.standing
    model += row, row_name("hubs_least", rule.key, rule.area_id)

"""Which services may share a building, and what it costs to make them fit."""

from __future__ import annotations

import pulp

from optimise.actions import pair_places
from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Forbid forbidden pairs, charge conditional ones, keep single types single.

    at[u,s] + outreach[u,s] ≤ holds[s,k]                  u of type k
    holds[s,a] + holds[s,b] ≤ open[s]                     a and b forbidden together
    together[s,a,b] ≥ holds[s,a] + holds[s,b] − open[s]   a and b conditional
    Σ_{u of type k} (at[u,s] + outreach[u,s]) ≤ most · open[s]   types that never share a site
    most = max(1, how many of the type are there today)

    In words: two services that do not fit never come to share a building, in
    full or as outreach; two
    that fit at a cost bear it once for the building; and where two units of
    one type must not share, they do not. Pairs that share a building today may
    go on doing so.

    Symbols: s buildings, a, b, k service types; `together` carries the cost.
    Source: Dorset County Council, Living and Learning 2016 ("not all services
    fit together").
    """
    for asset_id, pair in pair_places(problem):
        used = decisions.open[asset_id]
        both = decisions.holds[asset_id, pair.service_a] + decisions.holds[asset_id, pair.service_b]
        names = (asset_id, pair.service_a, pair.service_b)
        if pair.forbidden:
            model += both <= used, row_name("apart", *names)
        else:
            model += decisions.together[names] >= both - used, row_name("together_cost", *names)
    for unit_id, asset_id in dict.fromkeys((*decisions.at, *decisions.outreach)):
        holds = decisions.holds.get((asset_id, problem.units[unit_id].service_type))
        if holds is not None:
            row = decisions.serving(unit_id, asset_id, counted=True) <= holds
            model += row, row_name("holds_unit", unit_id, asset_id)
    _single(model, decisions, problem)


def _single(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Rows of the types of which no two may come to share a building."""
    for service_type in problem.single:
        for asset_id in sorted(problem.sites):
            arrivals = decisions.inside(asset_id)
            here = [v for u, v in arrivals if problem.units[u].service_type == service_type]
            held = [problem.units[u].service_type for u in problem.units_at(asset_id)]
            most = max(1, held.count(service_type))
            if len(here) > most:
                row = pulp.lpSum(here) <= most * decisions.open[asset_id]
                model += row, row_name("single", service_type, asset_id)

"""Every unit is in exactly one place, and a place in use is open."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Place every unit once; open what is used; keep nothing open that is empty.

    Σ_s (at[u,s] + outreach[u,s]) + withdrawn[u] = 1     for each unit u
    at[u,s] + outreach[u,s] ≤ open[s]                    for each unit u and building s
    open[s] ≤ Σ_u (at[u,s] + outreach[u,s])              for each s not kept in use

    In words: a unit is delivered from one building, in full or (where its
    type's rule allows) as outreach, or withdrawn where that is allowed; a
    building that holds a unit is in use; one that holds none, and is neither
    locked in use nor kept whoever runs it, is released (a candidate is not built).

    Symbols: u service units the plan may decide about, s in-scope buildings.
    Source: assignment constraints of the uncapacitated facility location
    problem in the strong (disaggregated) form, Krarup & Pruzan (1983);
    outreach as a mode of delivery, Dorset County Council, registration 2017.
    """
    place(model, decisions, problem)
    for asset_id in sorted(problem.sites):
        if not problem.sites[asset_id].stays_open:
            held = pulp.lpSum(var for _, var in decisions.inside(asset_id))
            model += decisions.open[asset_id] <= held, row_name("holds", asset_id)


def place(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """The first two lines alone, which are true of any state of the estate on the way."""
    for unit_id in sorted(problem.units):
        unit = problem.units[unit_id]
        if unit.fixed:
            continue
        places = pulp.lpSum(
            [decisions.at[unit_id, s] for s in unit.sites]
            + [decisions.outreach[unit_id, s] for s in unit.outreach_sites]
        )
        gone = decisions.withdrawn.get(unit_id, 0)
        model += places + gone == 1, row_name("placed", unit_id)
    for unit_id, asset_id in dict.fromkeys((*decisions.at, *decisions.outreach)):
        here = decisions.serving(unit_id, asset_id, counted=True)
        model += here <= decisions.open[asset_id], row_name("used", unit_id, asset_id)

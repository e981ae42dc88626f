"""What a building holds fits into it, with the extension built."""

from __future__ import annotations

import math
from collections.abc import Callable

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.outcome import bays, sessions_pw, space_m2
from optimise.problem import Problem
from optimise.units import Unit


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Keep the space used within capacity plus extension.

    Σ_u (space_u · at[u,s] + space°_u · outreach[u,s]) ≤ capacity_s · open[s] + extend[s]
    extend[s] ≤ extension_max_s · open[s]
    Σ_u vehicles_u · at[u,s] ≤ bays_s · open[s]
    Σ_u (sessions_u · at[u,s] + sessions°_u · outreach[u,s]) ≤ sessions_s · open[s]

    In words: units fit into the building, extended if need be, and only a
    building in use is extended; vehicles have a bay; the sessions a week of
    what is in it are no more than it can hold. A building that takes in nobody
    has no such rows: what is in it today fits. Where today's units exceed what
    is stated, today's is the capacity (of space a warning says so), and where
    no bays or sessions are stated there is no limit.

    Symbols: space, capacity, extend in m² of service space; vehicles of fire,
    police and ambulance units; sessions a week; ° of a unit as outreach.
    """
    for asset_id in sorted(problem.sites):
        site = problem.sites[asset_id]
        if math.isinf(site.capacity_m2):
            continue
        used = _needed(decisions, problem, asset_id, space_m2)
        extra = decisions.extend.get(asset_id, 0)
        room = site.capacity_m2 * decisions.open[asset_id] + extra
        model += used <= room, row_name("capacity", asset_id)
        if asset_id in decisions.extend:
            most = site.extension_max_m2 * decisions.open[asset_id]
            model += decisions.extend[asset_id] <= most, row_name("extension", asset_id)
        for prefix, limit, need in (("bays", site.bays, bays), ("sessions", site.sessions_pw,
                                                                sessions_pw)):  # fmt: skip
            asked = _needed(decisions, problem, asset_id, need)
            if sum(asked.values()) > limit:
                model += asked <= limit * decisions.open[asset_id], row_name(prefix, asset_id)


def _needed(
    decisions: Decisions, problem: Problem, asset_id: str, need: Callable[[Unit, bool], float]
) -> pulp.LpAffineExpression:
    """Σ need · (in full or as outreach) over the units that may be in a building."""
    terms = []
    for u, _ in decisions.inside(asset_id):
        unit = problem.units[u]
        for outreach, made in ((False, decisions.at), (True, decisions.outreach)):
            if (u, asset_id) in made and need(unit, outreach):
                terms.append(need(unit, outreach) * made[u, asset_id])
    return pulp.lpSum(terms)

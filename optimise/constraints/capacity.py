"""What a building holds fits into it, with the extension built."""

from __future__ import annotations

import math

import pulp

from optimise.decisions import Decisions, row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Keep the space used within capacity plus extension.

    Σ_u space_u · at[u,s] ≤ capacity_s · open[s] + extend[s]
    extend[s] ≤ extension_max_s · open[s]

    In words: units fit into the building, extended if need be, and only a
    building in use is extended. A building that takes in nobody has no such
    row: what is in it today fits. Where today's units exceed the stated
    capacity, today's space is the capacity (a warning says so).

    Symbols: space, capacity, extend in m² of service space.
    """
    for asset_id in sorted(problem.sites):
        site = problem.sites[asset_id]
        if math.isinf(site.capacity_m2):
            continue
        used = pulp.lpSum(
            problem.units[u].space_m2 * var for u, var in decisions.arrivals(asset_id)
        )
        extra = decisions.extend.get(asset_id, 0)
        room = site.capacity_m2 * decisions.open[asset_id] + extra
        model += used <= room, row_name("capacity", asset_id)
        if asset_id in decisions.extend:
            most = site.extension_max_m2 * decisions.open[asset_id]
            model += decisions.extend[asset_id] <= most, row_name("extension", asset_id)

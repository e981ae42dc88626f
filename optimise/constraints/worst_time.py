"""The longest time anyone waits, where the objective or a limit asks for it."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Say which levels the longest time reaches.

    n · level[k] + Σ_{(u,s) within r_{k−1} of d} vehicles_u · at[u,s] ≥ n     demand d, its k
    level[k] ≥ level[k+1]
    worst = r_0 + Σ_k (r_k − r_{k−1}) · level[k]

    In words: the longest time is above r_{k−1} unless everybody is reached
    within it. r_0 is the shortest that any plan could leave, r_1 < … < r_K are
    the times that some demand point could have above it. A demand point has a
    row only where the next longer time would bring another unit, and only
    rows that no other implies are written. Who cannot be reached by any
    permitted plan is left out; who a plan leaves without a route waits the
    ceiling of the standard.

    Symbols: u units, s buildings, r minutes on the standard's clock, n vehicles
    still needed. Source: Elloumi, Labbé & Pochet (2004), a new formulation and
    resolution method for the p-center problem, INFORMS J. Computing 16(1).
    """
    for centre in problem.centres:
        last = len(centre.levels_min) - 1
        for level in range(1, last):
            upper, lower = (decisions.level[centre.rule_id, k] for k in (level + 1, level))
            model += lower >= upper, row_name("worst_level", centre.rule_id, level)
        for n, row in enumerate(centre.rows):
            level_var = decisions.level[centre.rule_id, row.level]
            counts = {u for u, _ in row.at if problem.units[u].outreach_counts(centre.standard_id)}
            near = pulp.lpSum(
                min(problem.units[u].vehicles, row.need) * decisions.serving(u, s, u in counts)
                for u, s in row.at
            )
            name = row_name("worst_served", centre.rule_id, row.level, n)
            model += row.need * level_var + near >= row.need, name

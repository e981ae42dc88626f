"""Fire, police and ambulance standards: enough people are reached in time."""

from __future__ import annotations

import pulp

from optimise.constraints import served
from optimise.decisions import Decisions
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold each response standard in each area of its geography.

    Σ_g weight_g · served[j,g] + always_j + short_j ≥ target_j · total_j
    n · served[j,g] ≤ Σ_{(u,s) reaching g} vehicles_u · at[u,s]
    served[j,g] ≤ Σ_{(c,s) reaching g} present[c,s],  present[c,s] ≤ Σ_{u of crew c} at[u,s]

    (the last line where n = 1)

    In words: the people for whom an nth vehicle arrives within the threshold
    make up at least the target share. A crew u at site s reaches g when
    drive(s, g) ≤ threshold − call handling − turnout(u): the drive budget
    depends on the crew, so the duty system is in the rule and not only the
    place. `always_j` is who fixed (over-border, out-of-scope) units reach.
    `short_j` exists for soft standards only and is priced.

    Symbols: j standard and area, g merged demand, n vehicles still needed,
    weight in units of the standard's demand column. Vehicles count up to n.
    Source: maximal covering, Church & ReVelle (1974), as a constraint; backup
    cover, Hogan & ReVelle (1986).
    """
    rules = [rule for rule in problem.covers if rule.is_response]
    served.add_rules(model, decisions, problem, rules)

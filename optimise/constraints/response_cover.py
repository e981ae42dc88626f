"""Fire, police and ambulance standards: enough people are reached in time."""

from __future__ import annotations

import pulp

from optimise.constraints import served
from optimise.decisions import Decisions
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold each response standard in each area of its geography.

    Σ_g gain_g · served[j,g] + always_j + short_j ≥ required_j
    n · served[j,g] ≤ Σ_{(u,s) reaching g} vehicles_u · at[u,s]
    served[j,g] ≤ Σ_{(c,s) reaching g} present[c,s],  present[c,s] ≤ Σ_{u of crew c} at[u,s]
    served[j,g] ≥ Σ_{s reaching g} at[u,s] for each u, where both ways are asked

    (the last two lines where n = 1; with n > 1 both ways,
    Σ vehicles_u · at[u,s] ≤ n − 1 + (Σ vehicles_u − n + 1) · served[j,g])

    In words: the people for whom an nth vehicle arrives within the threshold
    make up at least the target share. A crew u at site s reaches g when
    drive(s, g) ≤ threshold − call handling − turnout(u): the drive budget
    depends on the crew, so the duty system is in the rule and not only the
    place. `always_j` is what every plan has: from fixed (over-border,
    out-of-scope) units, and from units that reach wherever they may be.
    `short_j` exists for soft standards only and is priced. A group that one
    unit alone can serve has no variable: Σ_s at[u,s] stands in its place.

    By statistic: a share, percentile or worst counts gain = weight, required =
    share · total (p/100 for the pth percentile, 1 for the worst, within the
    target's minutes). A mean counts gain = weight · (next time − this time)
    for each time by which a place may be reached, required = (ceiling −
    target) · total (`coverage.reach.reach_by_time`). With an availability
    each gain is multiplied by the share of hours in which exactly the crews of
    its group are there (`coverage.measure.hour_levels`).

    Symbols: j standard and area, g merged demand, n vehicles still needed,
    weight in units of the standard's demand column, times in minutes. Vehicles
    count up to n.
    Source: maximal covering, Church & ReVelle (1974), as a constraint; backup
    cover, Hogan & ReVelle (1986); radius formulation of the p-median problem,
    Cornuéjols, Nemhauser & Wolsey (1980), García, Labbé & Marín (2011).
    """
    rules = [rule for rule in problem.covers if rule.is_response]
    served.add_rules(model, decisions, problem, rules)

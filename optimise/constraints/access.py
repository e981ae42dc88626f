"""Library, children's centre, register office …: enough people can get to one in time."""

from __future__ import annotations

import pulp

from optimise.constraints import served
from optimise.decisions import Decisions
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold each access standard in each area of its geography.

    Σ_g gain_g · served[j,g] + always_j + short_j ≥ required_j
    served[j,g] ≤ Σ_{s within reach of g} present[s],  present[s] ≤ Σ_u at[u,s]

    In words: the people who can reach a place that delivers the service within
    the threshold, by car, on foot or in a straight line, make up at least the
    target share; or reach one after at most so many minutes on average, for so
    many in a hundred, or for the farthest.

    Symbols: as in `response_cover`; drives run from the demand to the service;
    miles stand for minutes where lines are straight.
    Source: Post Office access criteria; DfT journey time statistics.
    """
    rules = [rule for rule in problem.covers if not rule.is_response]
    served.add_rules(model, decisions, problem, rules)

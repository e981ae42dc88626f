"""Library, children's centre, register office …: enough people can get to one in time."""

from __future__ import annotations

import pulp

from optimise.constraints import served
from optimise.decisions import Decisions
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold each access standard in each area of its geography.

    Σ_g weight_g · served[j,g] + always_j + short_j ≥ target_j · total_j
    served[j,g] ≤ Σ_{s within reach of g} present[s],  present[s] ≤ Σ_u at[u,s]

    In words: the people who can reach a place that delivers the service within
    the threshold, by car or on foot, make up at least the target share.

    Symbols: as in `response_cover`; drives run from the demand to the service.
    Source: Post Office access criteria; DfT journey time statistics.
    """
    rules = [rule for rule in problem.covers if not rule.is_response]
    served.add_rules(model, decisions, problem, rules)

"""What members have decided already: buildings kept or closed, units of a type counted."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Keep what is locked in use, close what is locked to close, keep k of n of a type.

    open[s] = 1                                  for each s locked retain or host_only
    open[s] = 0                                  for each s locked close
    at_least_k ≤ Σ_{u of type k} (1 − withdrawn[u] − Σ_s outreach[u,s]) ≤ at_most_k

    In words: locks are kept to the letter, and at least / at most / exactly so
    many units of a service are still delivered in full after the plan. Units
    that cannot be withdrawn or put out to outreach, and fixed ones, count as
    delivered. `no_host` and the moves a lock forbids are kept by there being
    no such decision (`optimise.moves`).

    Source: Dorset County Council, registration review 2016–17 (6 of 11 offices).
    """
    for asset_id in sorted(problem.sites):
        site = problem.sites[asset_id]
        if site.must_open:
            model += decisions.open[asset_id] == 1, row_name("retain", asset_id)
        if site.must_close:
            model += decisions.open[asset_id] == 0, row_name("close", asset_id)
    for rule in problem.counts:
        units = [u for u in problem.units.values() if u.service_type == rule.service_type]
        gone = [decisions.withdrawn[u.unit_id] for u in units if u.unit_id in decisions.withdrawn]
        free = [u for u in units if not u.fixed]
        gone += [decisions.outreach[u.unit_id, s] for u in free for s in u.outreach_sites]
        delivered = len(units) - pulp.lpSum(gone)
        if rule.at_least is not None and gone:
            model += delivered >= rule.at_least, row_name("at_least", rule.service_type)
        if rule.at_most is not None and gone:
            model += delivered <= rule.at_most, row_name("at_most", rule.service_type)

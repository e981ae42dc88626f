"""Money as linear expressions of the decisions, in £; the objective is one of them.

The audit has the same sums in plain arithmetic (`optimise.audit`).
"""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.problem import Problem


def receipts_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s receipt_s · (1 − open_s), over buildings that stand today."""
    return pulp.lpSum(
        site.receipt_gbp * (1 - decisions.open[s])
        for s, site in problem.sites.items()
        if site.receipt_gbp
    )


def capital_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Capital and one-off cost of the works, optimism bias included.

    Σ_s build_s·open_s + Σ_s ext£_s·extend_s + Σ_{u, s≠home} move_u·at[u,s]
    + Σ conditional·together + Σ_s release_s·(1 − open_s)

    In words: building, extending, moving, making neighbours fit, leaving leases.
    """
    terms = [
        site.build_gbp * decisions.open[s] for s, site in problem.sites.items() if site.build_gbp
    ]
    terms += [
        problem.sites[s].extension_gbp_per_m2 * metres for s, metres in decisions.extend.items()
    ]
    terms += [
        problem.units[u].move_gbp * var
        for (u, s), var in decisions.at.items()
        if s != problem.units[u].home and problem.units[u].move_gbp
    ]
    cost = {(p.service_a, p.service_b): p.cost_gbp for p in problem.pairs}
    terms += [cost[a, b] * var for (_, a, b), var in decisions.together.items()]
    terms += [
        site.release_gbp * (1 - decisions.open[s])
        for s, site in problem.sites.items()
        if site.release_gbp
    ]
    return pulp.lpSum(terms)


def saving_gbp_pa(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Net revenue saving a year once everything is done.

    Σ_{s today} annual_s·(1 − open_s) − Σ_{s candidate} annual_s·open_s
    − Σ_{u, s≠home} hosting_u·at[u,s] + Σ_u withdrawal_u·withdrawn_u
    """
    terms = []
    for s, site in problem.sites.items():
        if site.annual_gbp:
            used = decisions.open[s]
            terms.append(site.annual_gbp * ((1 - used) if site.in_use_today else -used))
    terms += [
        -problem.units[u].hosting_gbp_pa * var
        for (u, s), var in decisions.at.items()
        if s != problem.units[u].home
    ]
    terms += [problem.units[u].withdrawal_gbp_pa * var for u, var in decisions.withdrawn.items()]
    return pulp.lpSum(terms)


def npv_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Net present value of the plan against doing nothing.

    NPV = A·saving + Σ_s release_pv_s·(1 − open_s) − (capital − Σ_s release_s·(1 − open_s))
          − Σ price·short

    In words: what is saved over the horizon, plus sales less the cost of
    waiting for them and of leaving leases, less the works. The last term
    prices soft standards that are missed; it is no money and is reported apart.
    A = annuity factor. Source: HM Treasury, Green Book.
    """
    released = pulp.lpSum(
        (site.release_pv_gbp + site.release_gbp) * (1 - decisions.open[s])
        for s, site in problem.sites.items()
        if site.in_use_today
    )
    return (
        problem.annuity * saving_gbp_pa(decisions, problem)
        + released
        - capital_gbp(decisions, problem)
        - penalty_gbp(decisions, problem)
    )


def penalty_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ price·short over soft standards."""
    price = {(r.standard_id, r.area_id): r.price_gbp or 0.0 for r in problem.covers}
    return pulp.lpSum(price[key] * var for key, var in decisions.short.items())

"""Every measure as a linear expression of the decisions, in its own unit; money in £.

`EXPRESSIONS` has the names of `optimise.goals.MEASURES`; the audit has the same
sums in plain arithmetic (`optimise.measures`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import pulp

from optimise import quantities
from optimise.books import Books
from optimise.constraints.served import tally
from optimise.covers import CoverRule
from optimise.decisions import Decisions
from optimise.goals import Goal
from optimise.problem import Problem


def receipts_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s receipt_s · (1 − open_s), over buildings that stand today.

    In a phased plan, and so below, the sums run over what is done in each period
    (`optimise.books`): neighbours may fetch more, leases cost what they cost by then.
    """
    if decisions.timed is not None:
        return Books(decisions.timed, problem.calendar).receipts_gbp()
    return pulp.lpSum(
        site.receipt_gbp * (1 - decisions.open[s])
        for s, site in problem.sites.items()
        if site.receipt_gbp
    )


def capital_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Capital cost of the works, optimism bias included, less grants.

    Σ_s (build_s − grant_s)·open_s + Σ_s ext£_s·extend_s + Σ_{u, s≠home} move_u·at[u,s]
    + Σ conditional·together + Σ_s release_s·(1 − open_s) + Σ_{u, s≠home} move°_u·outreach[u,s]
    + Σ_s works_s·works[s]

    In words: building (net of grants for it), extending, moving (° = as outreach), making
    neighbours fit, leaving leases and repaying grants, the works that the condition of
    buildings asks for.
    """
    if decisions.timed is not None:
        return Books(decisions.timed, problem.calendar).capital_gbp()
    terms = [
        (site.build_gbp - site.grant_gbp) * decisions.open[s]
        for s, site in problem.sites.items()
        if not site.in_use_today and site.build_gbp != site.grant_gbp
    ]
    terms += [
        problem.sites[s].extension_gbp_per_m2 * metres for s, metres in decisions.extend.items()
    ]
    terms += [
        problem.units[u].move_gbp * var
        for (u, s), var in decisions.at.items()
        if s != problem.units[u].home and problem.units[u].move_gbp
    ]
    terms += quantities.outreach_move_terms(decisions, problem)
    terms += quantities.works_terms(decisions, problem)
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
    + Σ_{u,s} saving°_u·outreach[u,s] − Σ_{u, s≠home} hosting°_u·outreach[u,s]
    """
    if decisions.timed is not None:
        return Books(decisions.timed, problem.calendar).saving_gbp()
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
    terms += quantities.outreach_saving_terms(decisions, problem)
    return pulp.lpSum(terms)


def npv_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Net present value of the plan against doing nothing.

    NPV = A·saving + Σ_s release_pv_s·(1 − open_s) − (capital − Σ_s release_s·(1 − open_s))
          − Σ_u one-off_u·changed_u − Σ price·short

    In words: what is saved over the horizon, plus sales less the cost of
    waiting for them and of leaving leases, less the works and what changing
    services costs once. The last term prices soft standards that are missed;
    it is no money and is reported apart. A = annuity factor. Source: HM Treasury, Green Book.
    """
    if decisions.timed is not None:
        worth = Books(decisions.timed, problem.calendar).npv_gbp()
        return worth - penalty_gbp(decisions, problem)
    released = pulp.lpSum(
        (site.release_pv_gbp + site.release_gbp) * (1 - decisions.open[s])
        for s, site in problem.sites.items()
        if site.in_use_today
    )
    return (
        problem.annuity * saving_gbp_pa(decisions, problem)
        + released
        - capital_gbp(decisions, problem)
        - one_off_gbp(decisions, problem)
        - penalty_gbp(decisions, problem)
    )


def one_off_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_u one-off_u · (Σ_{s≠home} at[u,s] + Σ_s outreach[u,s] + withdrawn_u).

    In words: revenue paid once for every unit that moves, is withdrawn or becomes an outreach.
    """
    units = problem.units
    changes = [
        *((u, var) for (u, s), var in decisions.at.items() if s != units[u].home),
        *((u, var) for (u, _), var in decisions.outreach.items()),
        *decisions.withdrawn.items(),
    ]
    return pulp.lpSum(units[u].one_off_gbp * var for u, var in changes if units[u].one_off_gbp)


def penalty_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ price·short over soft standards."""
    price = {(r.standard_id, r.area_id): r.price_gbp or 0.0 for r in problem.covers}
    return pulp.lpSum(price[key] * var for key, var in decisions.short.items())


def net_revenue_cost_gbp_pa(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_{s today} cost_s − saving: what the estate costs to run a year after the plan."""
    today = sum(s.cost_gbp_pa for s in problem.sites.values() if s.in_use_today)
    return today - saving_gbp_pa(decisions, problem)


def reached(decisions: Decisions, problem: Problem, key: str) -> pulp.LpAffineExpression:
    """Σ_d w_d · served_d: weight that is reached in time.

    In words: those whom a standard counts and reaches. For ``deprivation_weighted``,
    w_d is the weight times the need (`optimise.goal_tallies.need_of`).
    Source: the objective of maximal covering, Church & ReVelle (1974).
    """
    return pulp.lpSum(tally(decisions, problem, rule) for rule in problem.rules_of(key))


def mean_min(decisions: Decisions, problem: Problem, key: str) -> pulp.LpAffineExpression:
    """Ceiling − Σ_d w_d · (ceiling − minutes_d) / Σ_d w_d: the mean time (p-median).

    In words: the average over all who count, of whom nobody counts for longer
    than the ceiling. Source: the p-median problem, Hakimi (1964), in the radius
    formulation of `optimise.covers`.
    """
    rule = _only(problem, key)
    return (rule.ceiling_min or 0.0) - tally(decisions, problem, rule) * (1.0 / rule.total)


def worst_min(decisions: Decisions, problem: Problem, key: str) -> pulp.LpAffineExpression:
    """r_0 + Σ_k (r_k − r_{k−1}) · level_k: the longest time anyone waits (p-centre).

    Source: Elloumi, Labbé & Pochet (2004); rows in `optimise.constraints.worst_time`.
    """
    centre = next(c for c in problem.centres if c.rule_id == key)
    steps = [
        (after - before) * decisions.level[key, k + 1]
        for k, (before, after) in enumerate(itertools.pairwise(centre.levels_min))
    ]
    return centre.levels_min[0] + pulp.lpSum(steps)


def _only(problem: Problem, key: str) -> CoverRule:
    """The one rule of a tally over the whole."""
    (rule,) = problem.rules_of(key)
    return rule


Expression = Callable[[Decisions, Problem, str], pulp.LpAffineExpression]
#: By name of the measure: (decisions, problem, key) → expression in the measure's unit.
EXPRESSIONS: Mapping[str, Expression] = {
    "npv_gbp": lambda d, p, key: npv_gbp(d, p),
    "revenue_saving_gbp_pa": lambda d, p, key: saving_gbp_pa(d, p),
    "net_revenue_cost_gbp_pa": lambda d, p, key: net_revenue_cost_gbp_pa(d, p),
    "receipts_gbp": lambda d, p, key: receipts_gbp(d, p),
    "capital_gbp": lambda d, p, key: capital_gbp(d, p),
    "backlog_gbp": lambda d, p, key: quantities.backlog_gbp(d, p),
    "floor_area_m2": lambda d, p, key: quantities.floor_area_m2(d, p),
    "carbon_tco2e_pa": lambda d, p, key: quantities.carbon_tco2e_pa(d, p),
    "moves": lambda d, p, key: quantities.moves(d, p),
    "withdrawals": lambda d, p, key: quantities.withdrawals(d, p),
    "closures": lambda d, p, key: quantities.closures(d, p),
    "buildings_open": lambda d, p, key: quantities.buildings_open(d, p),
    "people_within": reached,
    "deprivation_weighted": reached,
    "mean_min": mean_min,
    "worst_min": worst_min,
}


def goal_value(goal: Goal, decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ weight · measure of a goal, in its unit; the sign of each as in `Goal.signed_terms`."""
    parts = [
        (weight, EXPRESSIONS[term.measure.name](decisions, problem, term.key))
        for term, weight in goal.signed_terms
    ]
    if goal.single:
        return parts[0][1]
    return pulp.lpSum(weight * part for weight, part in parts)

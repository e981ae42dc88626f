"""Quantities of a plan as linear expressions of the decisions: floor area, carbon and moves.

Their plain-arithmetic twins stand in `optimise.amounts` under the same names.
"""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions, Term
from optimise.problem import Problem


def backlog_gbp(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s backlog_s · (open_s − works_s).

    In words: repairs outstanding on the buildings that stay in use, less those that
    the works their condition asks for have done. Symbols: backlog in £ (p1 to p4, blank
    counts nil).
    """
    terms = [s.backlog_gbp * decisions.open[a] for a, s in problem.sites.items() if s.backlog_gbp]
    terms += [-problem.sites[a].backlog_gbp * var for a, var in decisions.works.items()]
    return pulp.lpSum(terms)


def carbon_tco2e_pa(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s carbon_s · open_s.

    In words: carbon from energy of the buildings in use, t CO₂e a year; blank counts nil, and
    an extension or a fuller building is not thought to emit more.
    """
    return pulp.lpSum(
        s.carbon_tco2e_pa * decisions.open[a] for a, s in problem.sites.items() if s.carbon_tco2e_pa
    )


def floor_area_m2(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s gia_s · open_s + Σ_s extend_s: gross internal area in use, extensions included, m²."""
    terms = [s.gia_m2 * decisions.open[a] for a, s in problem.sites.items() if s.gia_m2]
    return pulp.lpSum([*terms, *decisions.extend.values()])


def buildings_open(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s open_s: buildings in scope that are in use."""
    return pulp.lpSum(decisions.open.values())


def moves(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_{u, s≠home} (at[u,s] + outreach[u,s]): units delivered from another building than today."""
    return pulp.lpSum(move_terms(decisions, problem, set(problem.units)))


def move_terms(decisions: Decisions, problem: Problem, units: set[str]) -> list[Term]:
    """The moves of some units, one term a possible move."""
    both = (*decisions.at.items(), *decisions.outreach.items())
    return [v for (u, s), v in both if u in units and s != problem.units[u].home]


def withdrawals(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_u withdrawn_u: units no longer delivered."""
    return pulp.lpSum(decisions.withdrawn.values())


def closures(decisions: Decisions, problem: Problem) -> pulp.LpAffineExpression:
    """Σ_s (1 − open_s), over buildings that hold a service today.

    In words: buildings a service is delivered from today, and nothing after. Selling one that
    is empty closes nothing.
    """
    homes = {u.home for u in problem.units.values()}
    return pulp.lpSum(1 - var for a, var in decisions.open.items() if a in homes)


def outreach_move_terms(decisions: Decisions, problem: Problem) -> list[Term]:
    """Capital of setting up outreach in other buildings, £."""
    made = []
    for (u, s), var in decisions.outreach.items():
        terms = problem.units[u].outreach
        if terms is not None and s != problem.units[u].home and terms.move_gbp:
            made.append(terms.move_gbp * var)
    return made


def outreach_saving_terms(decisions: Decisions, problem: Problem) -> list[Term]:
    """Saving a year of delivering as outreach, less what other hosts' running cost rises by, £."""
    made = []
    for (u, s), var in decisions.outreach.items():
        terms = problem.units[u].outreach
        if terms is not None:
            away = s != problem.units[u].home
            made.append((terms.saving_gbp_pa - away * terms.hosting_gbp_pa) * var)
    return made


def works_terms(decisions: Decisions, problem: Problem) -> list[Term]:
    """Capital of the works that the condition of buildings asks for, £."""
    cost = {a: problem.sites[a].works_gbp or 0.0 for a in decisions.works}
    return [cost[a] * var for a, var in decisions.works.items() if cost[a]]

"""Every measure recomputed from a plan by plain arithmetic; the audit and the pages use it.

The linear expressions of the same names are in `optimise.objectives`; nothing
of them, of PuLP or of a solver is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from coverage.measure import arrival_minutes
from optimise import amounts
from optimise.goals import Goal, Indicator, split_key
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.tallies import crews_after

Figure = Callable[[Problem, Outcome, str], float]


def _reached(problem: Problem, result: Outcome, key: str) -> float:
    """Weight reached in time, from the drive times."""
    return result.tallies[key, ""]


def _mean(problem: Problem, result: Outcome, key: str) -> float:
    """Mean minutes over all who count."""
    return result.figures[key, ""]


def _worst(problem: Problem, result: Outcome, key: str) -> float:
    """Longest minutes of anyone whom some plan can reach."""
    centre = next(c for c in problem.centres if c.standard_id == split_key(key)[1])
    data = centre.data
    crews = crews_after(data.standard, problem.units, result.placed, result.outreach)
    minutes = arrival_minutes(data.standard, data.times, crews).to_numpy(dtype=float)
    waited = np.where(np.isnan(minutes), np.inf, minutes)[centre.counted]
    # One whom the plan leaves without a route waits the ceiling.
    return float(np.minimum(waited, data.ceiling_min).max(initial=0.0))


#: By name of the measure: (problem, plan, key) → figure in the measure's unit.
FIGURES: Mapping[str, Figure] = {
    "npv_gbp": lambda problem, plan, key: plan.money.objective_gbp,
    "revenue_saving_gbp_pa": lambda problem, plan, key: plan.money.saving_gbp_pa,
    "net_revenue_cost_gbp_pa": lambda problem, plan, key: (
        sum(s.cost_gbp_pa for s in problem.sites.values() if s.in_use_today)
        - plan.money.saving_gbp_pa
    ),
    "receipts_gbp": lambda problem, plan, key: plan.money.receipts_gbp,
    "capital_gbp": lambda problem, plan, key: plan.money.capital_gbp,
    "backlog_gbp": lambda problem, plan, key: amounts.backlog_gbp(problem, plan),
    "floor_area_m2": lambda problem, plan, key: amounts.floor_area_m2(problem, plan),
    "carbon_tco2e_pa": lambda problem, plan, key: amounts.carbon_tco2e_pa(problem, plan),
    "moves": lambda problem, plan, key: amounts.moves(problem, plan),
    "withdrawals": lambda problem, plan, key: amounts.withdrawals(problem, plan),
    "closures": lambda problem, plan, key: amounts.closures(problem, plan),
    "buildings_open": lambda problem, plan, key: amounts.buildings_open(problem, plan),
    "people_within": _reached,
    "deprivation_weighted": _reached,
    "mean_min": _mean,
    "worst_min": _worst,
}


def figure(indicator: Indicator, problem: Problem, result: Outcome) -> float:
    """What a plan comes to by one indicator, in its unit."""
    return float(FIGURES[indicator.measure.name](problem, result, indicator.key))


def value_of(goal: Goal, problem: Problem, result: Outcome) -> float:
    """Σ weight · figure of a goal, less-is-better figures subtracted where others are added."""
    return sum(weight * figure(term, problem, result) for term, weight in goal.signed_terms)

"""Problem → Solution on the compact model of record, with HiGHS or CBC through PuLP.

The model minimises the goal in units that suit a solver; net present value is
maximised in thousands of pounds. The goal's constant (what doing nothing is
worth) rides on a variable fixed to 1, so that the solver's own relative gap is
the gap that is told: of net present value (bound − plan) / saving of the plan.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import partial

import pulp

from optimise.clock import Clock
from optimise.constraints import FAMILIES
from optimise.decisions import Decisions, make_decisions
from optimise.engine import SCALE, run_solver
from optimise.goals import Goal
from optimise.knobs import Solver
from optimise.measures import value_of
from optimise.objectives import goal_value
from optimise.outcome import Outcome, outcome
from optimise.problem import Problem
from optimise.solution import PROVED, Solution, gap_of, gap_on_savings, told_bound
from optimise.stages import Start, in_order

__all__ = ["Solution", "compile_model", "gap_on_savings", "solve"]


def compile_model(problem: Problem) -> tuple[pulp.LpProblem, Decisions]:
    """The compact model of record: every family, and the first goal, to be minimised.

    A goal of which more is better is minimised with its sign turned: net present
    value is −objective in £k. Goals are in the solver's units (`optimise.goals.Unit`).
    """
    model = pulp.LpProblem("groundplan", pulp.LpMinimize)
    decisions = make_decisions(model, problem)
    cost = cost_factor(problem.goal) * goal_value(problem.goal, decisions, problem)
    one = model.add_variable("one", 1, 1)
    model += cost - cost.constant + cost.constant * one
    for family in FAMILIES:
        family.add(model, decisions, problem)
    return model, decisions


def cost_factor(goal: Goal) -> float:
    """What a goal's value is multiplied by to be minimised in the solver's units."""
    size = goal.unit.per_solver_unit
    scale = SCALE if goal.is_npv else 1.0 / size
    return -scale if goal.more_is_better else scale


def solve(problem: Problem, options: Solver) -> Solution:
    """Solve the compact model within the time and gap asked for, aim after aim.

    Ctrl-C ends the search, and the best plan so far is returned with its gap.
    """
    clock = Clock(options.time_limit_s)
    with clock.listening():
        return in_order(problem, options, partial(solve_one, clock=clock))


def solve_one(
    problem: Problem, options: Solver, start: Start, *, clock: Clock | None = None
) -> tuple[Solution, Start]:
    """Solve for the first aim alone; a search may begin from the values of an earlier one.

    A status of PuLP's is not believed: it says "Optimal" for a run that was
    stopped by the clock. The solver's own status, bound and incumbent decide.
    """
    started = time.perf_counter()
    model, decisions = compile_model(problem)
    for variable in model.variables() if start else ():
        variable.varValue = start.get(variable.name)
    built = time.perf_counter()
    state, bound, label = run_solver(model, options, clock)
    seconds = {"build": built - started, "solve": time.perf_counter() - built}
    found = state in ("optimal", "feasible")
    result = outcome(problem, *chosen(decisions)) if found else None
    values = {v.name: float(v.varValue or 0.0) for v in model.variables()} if found else {}
    return _solution(problem, options, result, (state, bound, label), (seconds, model)), values


def chosen(decisions: Decisions) -> tuple[dict[str, str], tuple[str, ...]]:
    """(unit_id → asset_id or "", units as outreach) from the values of the variables."""
    placed = dict.fromkeys((u for u, _ in (*decisions.at, *decisions.outreach)), "")
    aside = []
    for (unit_id, asset_id), var in decisions.at.items():
        if (var.value() or 0.0) > 0.5:
            placed[unit_id] = asset_id
    for (unit_id, asset_id), var in decisions.outreach.items():
        if (var.value() or 0.0) > 0.5:
            placed[unit_id] = asset_id
            aside.append(unit_id)
    return placed, tuple(sorted(aside))


def _solution(
    problem: Problem,
    options: Solver,
    result: Outcome | None,
    said: tuple[str, float, str],
    built: tuple[Mapping[str, float], pulp.LpProblem],
) -> Solution:
    state, bound_in_units, label = said
    seconds, model = built
    goal = problem.goal
    value = value_of(goal, problem, result) if result else math.nan
    nothing = math.inf if goal.more_is_better else -math.inf
    bound = bound_in_units / cost_factor(goal) if math.isfinite(bound_in_units) else nothing
    bound = told_bound(goal, bound, value)
    proved = gap_of(goal, value, bound) if result else math.inf
    if state == "optimal" and proved > max(options.gap, PROVED) * (1 + 1e-6):
        state = "feasible"
    if state == "feasible" and proved <= options.gap:
        state = "optimal"
    cost = problem.do_nothing_gbp - value
    of_cost = max(0.0, bound - value) / abs(cost) if result and cost else math.inf
    return Solution(
        outcome=result,
        status=state,
        goal=goal,
        value=value,
        bound=bound,
        gap=of_cost if goal.is_npv else proved,
        gap_on_savings=proved if goal.is_npv else math.nan,
        proved_gap=proved,
        asked_gap=options.gap,
        solver=label,
        seconds=seconds,
        rows=model.numConstraints(),
        columns=model.numVariables(),
    )

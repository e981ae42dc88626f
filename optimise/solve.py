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
from dataclasses import replace
from functools import partial

from optimise.clock import Clock
from optimise.compiled import compile_model, cost_factor, outcome_of
from optimise.engine import search
from optimise.knobs import Solver
from optimise.measures import value_of
from optimise.phasing.decide import Decided, decide
from optimise.problem import Problem
from optimise.solution import PROVED, Solution, gap_of, gap_on_savings, told_bound, told_gaps
from optimise.stages import in_order
from optimise.warm import COLD, Warm

__all__ = ["Solution", "gap_on_savings", "solve"]


def solve(problem: Problem, options: Solver, warm: Warm = COLD) -> Solution:
    """Solve the compact model within the time and gap asked for, aim after aim.

    The search begins from what an earlier one left, as far as that fits.

    Ctrl-C ends the search, and the best plan so far is returned with its gap.
    """
    clock = Clock(options.time_limit_s)
    with clock.listening():
        one = partial(solve_one, clock=clock)
        return in_order(problem, options, solve_one=one, clock=clock, start=warm.believed())


def solve_one(
    problem: Problem, options: Solver, start: Warm, *, clock: Clock | None = None
) -> tuple[Solution, Warm]:
    """Solve for the first aim alone; a search may begin from what an earlier one left.

    A status of PuLP's is not believed: it says "Optimal" for a run that was
    stopped by the clock. The solver's own status, bound and incumbent decide.
    """
    started = time.perf_counter()
    if problem.phased is not None:
        return _phased(problem, options, start, clock or Clock(options.time_limit_s))
    model, decisions = compile_model(problem)
    for variable in model.variables() if start.values else ():
        variable.varValue = start.values.get(variable.name)
    built = time.perf_counter()
    # Prices are of an aim: another's would only mislead.
    made = search(model, options, clock, start if start.aim == problem.goal.key else COLD)
    seconds = {"build": built - started, "solve": time.perf_counter() - built}
    found = made.state in ("optimal", "feasible")
    result = outcome_of(problem, decisions) if found else None
    values = {v.name: float(v.varValue or 0.0) for v in model.variables()} if found else {}
    size = model.numConstraints(), model.numVariables()
    said = Decided(result, made.state, made.bound, made.label, *size)
    return _solution(problem, options, said, seconds), replace(
        made.left, values=values, aim=problem.goal.key
    )


def _phased(problem: Problem, options: Solver, start: Warm, clock: Clock) -> tuple[Solution, Warm]:
    started = time.perf_counter()
    said, values = decide(problem, options, start.values, clock.part(options.time_limit_s))
    seconds = {"solve": time.perf_counter() - started}
    return _solution(problem, options, said, seconds), Warm(values)


def _solution(
    problem: Problem, options: Solver, said: Decided, seconds: Mapping[str, float]
) -> Solution:
    result, state = said.outcome, said.state
    goal = problem.goal
    value = value_of(goal, problem, result) if result else math.nan
    nothing = math.inf if goal.more_is_better else -math.inf
    bound = said.bound / cost_factor(goal) if math.isfinite(said.bound) else nothing
    bound = told_bound(goal, bound, value)
    proved = gap_of(goal, value, bound) if result else math.inf
    if state == "optimal" and proved > max(options.gap, PROVED) * (1 + 1e-6):
        state = "feasible"
    if state == "feasible" and proved <= options.gap:
        state = "optimal"
    gap, on_savings = math.inf, math.inf if goal.is_npv else math.nan
    if result is not None:
        gap, on_savings = told_gaps(goal, value, bound, problem.do_nothing_gbp)
    return Solution(
        outcome=result,
        status=state,
        goal=goal,
        value=value,
        bound=bound,
        gap=gap,
        gap_on_savings=on_savings,
        proved_gap=proved,
        asked_gap=options.gap,
        solver=said.label,
        seconds=seconds,
        rows=said.rows,
        columns=said.columns,
    )

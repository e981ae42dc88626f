"""Aims in order of importance: each made best among the plans that keep those before it.

Lexicographic optimisation by ε-constraints: what an aim reached, less its slack,
becomes a limit (`optimise.constraints.limits`) that the next ones hold and the
audit checks. The plan of one aim is where the search for the next begins, so a
later aim never leaves the plan worse off, even when its time runs out at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from optimise.clock import Clock
from optimise.goals import NPV, LimitRule, Stage, kept
from optimise.knobs import Solver
from optimise.measures import value_of
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.solution import Solution, StageResult, gap_of, told_bound, told_gaps
from optimise.warm import COLD, Warm

#: Solves for the first stage of a problem alone, from what an earlier search left.
SolveOne = Callable[[Problem, Solver, Warm], tuple[Solution, Warm]]
#: Share of an aim's time that choosing between equals gets.
TIE_BREAK_WEIGHT = 0.25
#: Share of the first aim's time for a first look; of all that is left, for finding any plan.
FIRST_LOOK, ANY_PLAN = 0.2, 0.6
#: And for the first look where an earlier solve's plan is there to begin from.
WARM_LOOK = 0.8
#: The least an aim is given where any time is left, seconds.
LEAST_S = 0.5


def in_order(
    problem: Problem,
    options: Solver,
    *,
    solve_one: SolveOne,
    clock: Clock,
    start: Warm = COLD,
) -> Solution:
    """Make the aims of a problem best, one after the other.

    The clock's time is shared: an aim may use its share of what is left, and what
    it does not use goes to the next. Once it is stopped, nothing more is begun. The first
    begins from ``start``, what an earlier solve left; what is left in turn is of the first aim,
    with the last one's plan.

    Returns:
        The solution of the first aim, with the plan of the last; without a plan
        when the first finds none.
    """
    begun = start
    first, start = _first(problem, options, start, solve_one=solve_one, clock=clock)
    if first.outcome is None:
        return first
    proved = start if start.prices else begun
    plan = first.outcome
    results = [_result(problem, plan, first, problem.stages[0])]
    limits: list[LimitRule] = []
    for n, stage in enumerate(problem.stages[1:], start=1):
        limits.append(kept(problem.stages[n - 1], results[-1].reached, n))
        at = _only(problem, n, limits)
        found = None
        if not clock.over:
            found, values = solve_one(at, _within(problem, n, options, clock=clock), start)
            plan, start = _better(at, (plan, start), (found.outcome, values))
        results.append(_result(at, plan, found, stage))
    return replace(
        _told(first, problem, plan, (results, limits)), warm=replace(proved, values=start.values)
    )


def _first(
    problem: Problem, options: Solver, start: Warm, *, solve_one: SolveOne, clock: Clock
) -> tuple[Solution, Warm]:
    """The first aim made best.

    Where it is not net present value and no plan comes up at once, one is looked
    for by net present value, whose prices lead a search to plans that pay their
    way; the aim is then made best from there, and whatever comes is a plan. A
    first look that has a plan to begin from is a long one, and enough.
    """
    at = _only(problem, 0, ())
    share = _within(problem, 0, options, clock=clock)
    if at.goal.is_npv:
        return solve_one(at, share, start)
    known = bool(start.values)
    look = (WARM_LOOK if known else FIRST_LOOK) * share.time_limit_s
    looked, start = solve_one(at, _part(options, look), start)
    if looked.status in ("optimal", "infeasible") or (known and looked.outcome is not None):
        return looked, start
    plan = looked.outcome
    if plan is None and not clock.stopped:
        paying = replace(at, stages=(Stage(NPV),))
        any_plan = _part(options, ANY_PLAN * clock.left_s, gap=1.0)
        paid, start = solve_one(paying, any_plan, COLD)
        plan = paid.outcome
    if clock.stopped:
        return looked if plan is looked.outcome else _with_plan(at, plan, (looked,)), start
    more, values = solve_one(at, _within(problem, 0, options, clock=clock), start)
    if plan is None and more.outcome is None:
        return more, values
    if plan is not None:
        plan, start = _better(at, (plan, start), (more.outcome, values))
    else:
        plan, start = more.outcome, values
    return _with_plan(at, plan, (looked, more)), replace(values, values=start.values)


def _part(options: Solver, seconds: float, gap: float | None = None) -> Solver:
    """The options with other seconds, and another gap."""
    changed = {"time_limit_s": max(seconds, LEAST_S), "gap": options.gap if gap is None else gap}
    return options.model_copy(update=changed)


def _with_plan(at: Problem, plan: Outcome | None, runs: Sequence[Solution]) -> Solution:
    """What runs show together of one plan: the tightest bound, the time of all."""
    goal = at.goal
    value = math.nan if plan is None else value_of(goal, at, plan)
    bounds = [run.bound for run in runs]
    bound = told_bound(goal, min(bounds) if goal.more_is_better else max(bounds), value)
    gap = gap_of(goal, value, bound)
    seconds = {key: sum(run.seconds.get(key, 0.0) for run in runs) for key in runs[-1].seconds}
    return replace(
        runs[-1],
        outcome=plan,
        status="optimal" if gap <= runs[-1].asked_gap else "feasible",
        value=value,
        bound=bound,
        gap=gap,
        proved_gap=gap,
        seconds=seconds,
    )


def _only(problem: Problem, n: int, limits: Sequence[LimitRule]) -> Problem:
    """The problem with its nth aim alone, and further limits."""
    return replace(problem, stages=(problem.stages[n],), limits=(*problem.limits, *limits))


def _within(problem: Problem, n: int, options: Solver, *, clock: Clock) -> Solver:
    """The options with the nth aim's share of the time that is left; one aim has it all."""
    if len(problem.stages) == 1:
        return options
    weights = [TIE_BREAK_WEIGHT if stage.tie_break else 1.0 for stage in problem.stages[n:]]
    left = clock.left_s * weights[0] / sum(weights)
    return options.model_copy(update={"time_limit_s": max(left, LEAST_S)})


_Found = tuple[Outcome, Warm]


def _better(at: Problem, one: _Found, other: tuple[Outcome | None, Warm]) -> _Found:
    """The second plan where there is one and it is better by the stage's goal, else the first."""
    plan, values = other
    if plan is None:
        return one
    before, after = (value_of(at.goal, at, made) for made in (one[0], plan))
    return (plan, values) if at.goal.better(after, before) else one


def _result(at: Problem, plan: Outcome, found: Solution | None, stage: Stage) -> StageResult:
    goal = stage.goal
    reached = value_of(goal, at, plan)
    bound = math.inf if goal.more_is_better else -math.inf
    if found is not None and found.status != "infeasible":
        bound = found.bound
    bound = told_bound(goal, bound, reached)
    gap = gap_of(goal, reached, bound)
    return StageResult(
        goal=goal,
        status="optimal" if found is not None and gap <= found.asked_gap else "feasible",
        reached=reached,
        value=reached,
        bound=bound,
        gap=gap,
        seconds=sum(found.seconds.values()) if found is not None else 0.0,
        tie_break=stage.tie_break,
        slack=stage.allowance(reached),
    )


def _told(
    first: Solution,
    problem: Problem,
    plan: Outcome,
    made: tuple[list[StageResult], list[LimitRule]],
) -> Solution:
    """The first aim's solution with the last aim's plan, every aim valued again in that plan."""
    results = [replace(r, value=value_of(r.goal, problem, plan)) for r in made[0]]
    asked = [r for r in results if not r.tie_break]
    proved = all(r.status == "optimal" for r in asked)
    head = results[0]
    # What later aims took of its slack is as far from the best as what was never found.
    gap, on_savings = told_gaps(first.goal, head.value, first.bound, problem.do_nothing_gbp)
    seconds = dict(first.seconds)
    seconds["solve"] = seconds.get("solve", 0.0) + sum(r.seconds for r in results[1:])
    if len(results) > 1:
        seconds |= {f"aim {n}": r.seconds for n, r in enumerate(results, start=1)}
    return replace(
        first,
        outcome=plan,
        status="optimal" if proved else "feasible",
        value=head.value,
        gap=gap,
        gap_on_savings=on_savings,
        seconds=seconds,
        stages=tuple(results),
        kept=tuple(made[1]),
    )

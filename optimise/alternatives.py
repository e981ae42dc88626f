"""Genuinely different plans that are nearly as good as the best.

The best plan comes first; each further one is the best of those that give up no more than the loss
allowed and differ from every earlier plan in enough buildings. Where there is none it is said
whether that is proved, and nothing is put in its place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assets.issues import InputError, Issue
from optimise.apart import Apart, differing
from optimise.audit import audit
from optimise.faults import AuditError
from optimise.goals import Goal, LimitRule
from optimise.inputs import Inputs, Progress
from optimise.knobs import Solver
from optimise.plan import Plan, make_plan
from optimise.problem import Problem
from optimise.scenario import Scenario
from optimise.solution import Solution, StageResult, gap_of, told_gaps
from optimise.solve import solve
from optimise.warm import COLD, Warm

#: Plans beside the best that may be asked for.
MOST = 20
#: Times that a better plan than the best may turn up and take its place.
MOST_PROMOTED = 3


@dataclass(frozen=True)
class Wanted:
    """What is asked for beside the best plan.

    Attributes:
        count: further plans, 1 to `MOST`.
        loss: share of the best plan's value that each may give up, from 0 to 1; of net present
            value, which counts from doing nothing, a share of what the best plan saves.
        distance: buildings whose fate differs from that in every earlier plan, at least.
        most_different: each plan is as far from the earlier ones as the loss allows, and only
            then as good as it can be.
    """

    count: int = 3
    loss: float = 0.02
    distance: int = 8
    most_different: bool = False

    def issues(self, sites: int) -> tuple[Issue, ...]:
        """What is wrong with it, for an estate of so many in-scope buildings."""
        tests = (
            (1 <= self.count <= MOST, "count", f"{self.count} further plans", f"1 to {MOST}"),
            (0 <= self.loss <= 1, "within", f"a loss of {self.loss:g}", "0 % to 100 %"),
            (1 <= self.distance <= sites, "distance", f"a distance of {self.distance}",
             f"1 to {sites}, the buildings in scope"),
        )  # fmt: skip
        return tuple(
            Issue("alternatives.bad_value", f"{said} cannot be asked for", (key,), f"give {known}")
            for fine, key, said, known in tests
            if not fine
        )


@dataclass(frozen=True)
class Alternative:
    """A plan of the set.

    Attributes:
        number: 1 for the best plan.
        plan: audited; its bound holds for every plan of the scenario, near or far.
        loss: how far its value is behind the best plan's, in the goal's unit (not below 0).
        loss_share: that, as a share of the best plan's value.
        loss_at_most: share by which the best possible plan may be better; infinite where no bound
            is known.
        distances: buildings whose fate differs, from each plan of the set in order.
    """

    number: int
    plan: Plan
    loss: float
    loss_share: float
    loss_at_most: float
    distances: tuple[int, ...]


@dataclass(frozen=True)
class Alternatives:
    """The best plan and those found beside it.

    Attributes:
        wanted: what was asked for.
        plans: the best first, then as they were found.
        ended: "" where as many were found as asked; ``proved``: there is no further plan;
            ``not_found``: none came up in the time, which shows nothing.
        farthest_proved: with ``most_different``: of each further plan, whether none is farther.
    """

    wanted: Wanted
    plans: tuple[Alternative, ...]
    ended: str = ""
    farthest_proved: tuple[bool, ...] = ()


@dataclass(frozen=True)
class _Found:
    """A further plan, or why there is none (``proved``, ``not_found``)."""

    solution: Solution | None
    ended: str = ""
    farthest: bool = False


def alternatives(
    scenario: Scenario,
    inputs: Inputs,
    wanted: Wanted,
    progress: Progress = None,
    *,
    best: Plan | None = None,
    warm: Warm = COLD,
) -> Alternatives:
    """Find them, one after the other; each search begins from the best plan's.

    Where one of them is better than the best (whose search was stopped early), it becomes the
    best, and the others are looked for anew.

    Args:
        scenario: resolved; its solver's gap and seconds are for each search.
        inputs: what it is made from.
        wanted: how many, how good, how different.
        progress: called with (stage, fraction done).
        best: the best plan where it is known; else it is made first.
        warm: what an earlier search of the scenario left.

    Raises:
        InputError: what is asked for makes no sense; scenario and layers do not fit.
        ImpossibleError, NoPlanError: there is no best plan to begin with.
        AuditError: a plan breaks its own rules (a fault of the program).
    """
    tell = progress or (lambda stage, done: None)
    first = best or make_plan(scenario, inputs, progress, warm=warm)
    issues = wanted.issues(len(first.problem.sites))
    if issues:
        raise InputError(issues)
    plans, farthest, ended, promoted = [first], list[bool](), "", 0
    while len(plans) <= wanted.count and not ended:
        tell(f"Plan {len(plans) + 1}", 0.0)
        found = _next(plans, wanted)
        ended = found.ended
        if found.solution is None:
            continue
        made = _as_plan(plans[0], found.solution)
        if _is_better(made, plans[0]) and promoted < MOST_PROMOTED:
            # The first search was stopped early: what it missed is what the others are held to.
            plans, farthest, promoted = [made], [], promoted + 1
        else:
            plans.append(made)
            farthest.append(found.farthest)
    told = tuple(_told(n, plan, plans) for n, plan in enumerate(plans, start=1))
    return Alternatives(wanted, told, ended, tuple(farthest))


def floor_of(goal: Goal, value: float, loss: float) -> LimitRule:
    """What every further plan must reach.

    value ≥ best − loss · |best|        value ≤ best + loss · |best| where less is better

    In words: no plan gives up more than the loss allowed. Net present value counts from doing
    nothing, so that 2 % of it are 2 % of what the best plan saves.

    Symbols: best the best plan's value in the goal's unit; loss a share from 0 to 1.
    Source: Haimes, Lasdon and Wismer (1971), the ε-constraint method.
    """
    give = loss * abs(value)
    if goal.more_is_better:
        return LimitRule("loss", goal, at_least=value - give, of_stage=True)
    return LimitRule("loss", goal, at_most=value + give, of_stage=True)


def apart_from(problem: Problem, plans: Sequence[Plan], wanted: Wanted, distance: int) -> Problem:
    """The problem of a plan that keeps to the loss and is so far from each of those given."""
    head = plans[0].solution
    rules = tuple(
        Apart(f"plan {n}", plan.after.open, distance) for n, plan in enumerate(plans, start=1)
    )
    floor = floor_of(head.goal, head.value, wanted.loss)
    return replace(problem, limits=(*problem.limits, floor), apart=rules)


def _next(plans: Sequence[Plan], wanted: Wanted) -> _Found:
    if not wanted.most_different:
        return _best_at(plans, wanted, wanted.distance)
    distance, proved, found = _farthest(plans, wanted)
    if distance is None:
        return found
    made = _best_at(plans, wanted, distance)
    # The plan that showed the distance stands where a better one is not found in the time.
    solution = made.solution or found.solution
    return _Found(solution, "" if solution is not None else made.ended, proved)


def _best_at(
    plans: Sequence[Plan], wanted: Wanted, distance: int, gap: float | None = None
) -> _Found:
    """The best plan at a distance; with a gap of 1 any plan there is."""
    first = plans[0]
    problem = apart_from(first.problem, plans, wanted, distance)
    options: Solver = first.scenario.solver
    if gap is not None:
        options = options.model_copy(update={"gap": gap})
        problem = replace(problem, stages=problem.stages[:1])
    made = solve(problem, options, first.solution.warm)
    if made.outcome is None:
        return _Found(None, "proved" if made.status == "infeasible" else "not_found")
    broken = audit(replace(problem, limits=(*problem.limits, *made.kept)), made.outcome)
    if broken:
        raise AuditError(broken)
    return _Found(made)


def _farthest(plans: Sequence[Plan], wanted: Wanted) -> tuple[int | None, bool, _Found]:
    """(the distance reached, whether none is farther, a plan at it), by halving what is open.

    d* = max { d : a plan within the loss is at least d from every earlier one }

    In words: a distance is tried half-way between the farthest plan found and the nearest distance
    shown to be too far, until they meet; where a try ends without an answer, at the farthest found.
    """
    nearest = _best_at(plans, wanted, wanted.distance, gap=1.0)
    if nearest.solution is None:
        return None, False, nearest
    found, low = nearest, _least_distance(nearest, plans)
    high = len(plans[0].problem.sites)
    while low < high:
        middle = (low + high + 1) // 2
        tried = _best_at(plans, wanted, middle, gap=1.0)
        if tried.solution is not None:
            found, low = tried, _least_distance(tried, plans)
        elif tried.ended == "proved":
            high = middle - 1
        else:
            return low, False, found
    return low, True, found


def _least_distance(found: _Found, plans: Sequence[Plan]) -> int:
    if found.solution is None or found.solution.outcome is None:
        raise ValueError("there is no plan to be measured")
    ours = found.solution.outcome.open
    return min(len(differing(ours, plan.after.open)) for plan in plans)


def _as_plan(first: Plan, found: Solution) -> Plan:
    """A further plan, with the bound of every plan there is: that of the best plan's search."""
    if found.outcome is None:
        raise ValueError("there is no plan")
    bound = first.solution.bound
    gap = gap_of(found.goal, found.value, bound)
    told, on_savings = told_gaps(found.goal, found.value, bound, first.problem.do_nothing_gbp)
    asked = first.solution.asked_gap
    head = tuple(
        replace(s, bound=bound, gap=gap, status="optimal" if gap <= asked else "feasible")
        if n == 0
        else _unproved(s)
        for n, s in enumerate(found.stages)
    )
    proved = all(s.status == "optimal" for s in head if not s.tie_break)
    solution = replace(
        found,
        bound=bound,
        gap=told,
        gap_on_savings=on_savings,
        proved_gap=gap,
        status="optimal" if proved else "feasible",
        asked_gap=asked,
        stages=head,
    )
    return replace(first, solution=solution, after=found.outcome, seconds=solution.seconds)


def _unproved(stage: StageResult) -> StageResult:
    """A later aim: its search looked only at plans apart from the others."""
    nothing = math.inf if stage.goal.more_is_better else -math.inf
    return replace(stage, bound=nothing, gap=math.inf, status="feasible")


def _is_better(one: Plan, other: Plan) -> bool:
    """Whether a plan beats another by more than rounding."""
    goal, ours, theirs = one.solution.goal, one.solution.value, other.solution.value
    return goal.better(ours, theirs) and abs(ours - theirs) > goal.unit.tolerance


def _told(number: int, plan: Plan, plans: Sequence[Plan]) -> Alternative:
    best, own = plans[0].solution, plan.solution
    behind = best.value - own.value if best.goal.more_is_better else own.value - best.value
    share = max(0.0, behind) / abs(best.value) if best.value else math.inf if behind > 0 else 0.0
    miss = best.bound - own.value if best.goal.more_is_better else own.value - best.bound
    most = max(0.0, miss) / abs(best.bound) if best.bound else math.inf
    if miss <= best.goal.unit.tolerance:
        most = 0.0
    distances = tuple(len(differing(plan.after.open, other.after.open)) for other in plans)
    return Alternative(
        number, plan, max(0.0, behind), share, max(most, 0.0) if math.isfinite(most) else math.inf,
        distances,
    )  # fmt: skip

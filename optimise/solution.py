"""A plan and how near the best it is proved to be: no solver objects, no program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from optimise.goals import Goal, LimitRule
from optimise.outcome import Outcome
from optimise.warm import COLD, Warm

#: A gap below this is rounding, not doubt.
PROVED = 1e-9


@dataclass(frozen=True)
class StageResult:
    """One aim of the objective: what it reached, and what it could be at best.

    Attributes:
        goal: what was made best.
        status: as `Solution.status`, of this aim alone.
        reached: its value when it was made best (its share of the time used up).
        value: its value in the plan, after what later aims took of its slack.
        bound: no plan that keeps the aims before it can be better than this.
        gap: `gap_of` what was reached; on savings for net present value.
        seconds: it took.
        tie_break: nobody asked for it; it chose between plans equally good.
        slack: how far later aims were allowed to fall behind, in the goal's unit.
    """

    goal: Goal
    status: str
    reached: float
    value: float
    bound: float
    gap: float
    seconds: float
    tie_break: bool = False
    slack: float = 0.0


@dataclass(frozen=True)
class Solution:
    """A plan: what was chosen, what it comes to, and how near the best it is proved to be.

    Attributes:
        outcome: where each unit is, and everything that follows; None when no
            plan was found.
        status: ``optimal`` (every aim proved within the stated gap), ``feasible``
            (stopped first; the bounds say how far off it can be), ``infeasible``
            or ``no_plan`` (none found in the time allowed).
        goal: what is made best first; the next three are its, in its unit.
        value: of the plan, recomputed by plain arithmetic.
        bound: no plan can have a better value.
        gap: of net present value (bound − plan) / |cost of the estate under the
            plan|; of every other goal as `proved_gap`.
        gap_on_savings: of net present value (bound − plan) / what the plan saves
            against doing nothing, infinite when it saves nothing and more may be
            possible; NaN for every other goal.
        proved_gap: what was held against ``asked_gap``: of the first aim, before later ones
            took of its slack.
        asked_gap: gap at which the solver was allowed to stop.
        solver: name and version.
        seconds: by stage: build, solve.
        rows, columns: size of the (first) model.
        stages: every aim in order, the first included.
        kept: what later aims had to hold of earlier ones, for the audit.
        warm: what a solve of nearly the same problem can begin from.
    """

    outcome: Outcome | None
    status: str
    goal: Goal
    value: float
    bound: float
    gap: float
    gap_on_savings: float
    proved_gap: float
    asked_gap: float
    solver: str
    seconds: Mapping[str, float]
    rows: int
    columns: int
    stages: tuple[StageResult, ...] = ()
    kept: tuple[LimitRule, ...] = ()
    warm: Warm = COLD

    @property
    def largest_gap(self) -> float:
        """The gap of the aim that is proved least; choosing between equals is not looked at."""
        gaps = [stage.gap for stage in self.stages if not stage.tie_break]
        return max(gaps, default=self.proved_gap)

    @property
    def objective_gbp(self) -> float:
        """Net present value of the plan less the price of soft standards missed; NaN without."""
        return self.outcome.money.objective_gbp if self.outcome is not None else math.nan

    @property
    def bound_gbp(self) -> float:
        """No plan can have a higher net present value, as far as this run shows."""
        return self.bound if self.goal.is_npv else math.inf


def gap_on_savings(objective_gbp: float, bound_gbp: float) -> float:
    """(UB − LB) / (cost of doing nothing − UB) in the terms of costs.

    With cost = cost of doing nothing − objective, that is (bound − objective)
    / objective. A plan proved to the penny has gap 0 whatever it saves.
    """
    miss = max(0.0, bound_gbp - objective_gbp)
    if math.isinf(miss):
        return math.inf
    if miss <= max(1.0, PROVED * abs(bound_gbp)):
        return 0.0
    return miss / objective_gbp if objective_gbp > 0 else math.inf


def gap_of(goal: Goal, value: float, bound: float) -> float:
    """How much better a plan could be, as a share of this one's value; 0 when proved.

    Net present value has its own (`gap_on_savings`), because it counts from doing
    nothing; other values count from nil. Infinite when the value is nil and a
    better one is not ruled out.
    """
    if goal.is_npv:
        return gap_on_savings(value, bound)
    miss = shortfall(goal, value, bound)
    if math.isinf(miss):
        return math.inf
    if miss <= max(goal.unit.tolerance, PROVED * abs(bound)):
        return 0.0
    return miss / abs(value) if value else math.inf


def told_gaps(goal: Goal, value: float, bound: float, do_nothing_gbp: float) -> tuple[float, float]:
    """(gap, gap on savings) of a plan's value, as `Solution` has them."""
    gap = gap_of(goal, value, bound)
    if not goal.is_npv:
        return gap, math.nan
    cost = do_nothing_gbp - value
    of_cost = max(0.0, bound - value) / abs(cost) if cost else math.inf
    return of_cost, gap


def shortfall(goal: Goal, value: float, bound: float) -> float:
    """How much better a plan could be at most, in the goal's unit; never below 0."""
    return max(0.0, bound - value if goal.more_is_better else value - bound)


def told_bound(goal: Goal, bound: float, value: float) -> float:
    """The bound as it can be told: a whole number of whole things, never behind the plan.

    Args:
        goal: whose bound it is.
        bound: as the solver proved it; infinite where it proved nothing.
        value: of the plan; NaN where there is none.
    """
    if goal.unit.whole and math.isfinite(bound):
        rounded = math.floor(bound + 1e-6) if goal.more_is_better else math.ceil(bound - 1e-6)
        bound = float(rounded)
    if math.isnan(value):
        return bound
    return max(bound, value) if goal.more_is_better else min(bound, value)

"""Plans held against every scenario of a set, and the plan that is never far behind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from assets.issues import InputError, Issue
from optimise.audit import audit
from optimise.faults import AuditError
from optimise.goals import Goal
from optimise.inputs import Inputs, Progress
from optimise.knobs import Solver
from optimise.measures import value_of
from optimise.moves import permitted_moves
from optimise.outcome import outcome
from optimise.plan import Plan
from optimise.robust.futures import Known
from optimise.robust.judged import (
    Bench,
    Candidate,
    Case,
    best_of,
    regret_matrix,
    same_plan,
    worst_regrets,
)
from optimise.robust.kept import kept_counts
from optimise.robust.least import LeastWorst, least_worst
from optimise.robust.tables import tables_of
from optimise.scenario import Scenario
from optimise.solution import Solution, StageResult, gap_of, told_bound, told_gaps
from optimise.units import as_today


@dataclass(frozen=True, eq=False)
class Robustness:
    """What a set of scenarios tells of its plans.

    Attributes:
        cases: every scenario, those without a plan too.
        kept: `optimise.robust.kept.kept_counts`.
        regrets: `optimise.robust.judged.regret_matrix`, the plan of least worst regret with it.
        worst: `optimise.robust.judged.worst_regrets` of these.
        alike: scenario whose best plan it is → others whose best plan is the same one.
        least: the plan of least worst regret; None where there is none.
        refused: why there is none.
        rules: ``every`` or ``base``.
        goal: what regret is measured in; None where no scenario has a plan.
    """

    cases: tuple[Case, ...]
    kept: pd.DataFrame
    regrets: pd.DataFrame
    worst: pd.DataFrame
    alike: Mapping[str, tuple[str, ...]]
    least: LeastWorst | None
    refused: tuple[Issue, ...]
    rules: str
    goal: Goal | None

    @property
    def without_plan(self) -> tuple[Case, ...]:
        """Scenarios that have none."""
        return tuple(case for case in self.cases if not case.has_plan)


def study(
    known: Known, options: Solver, *, rules: str = "every", progress: Progress = None
) -> Robustness:
    """Counts, regrets, and the plan of least worst regret over the scenarios that have a plan.

    Why there is no such plan (`refused`) leaves the rest as it is.

    Args:
        known: the scenarios and their plans; the base first.
        options: solver, threads, gap, time of the search.
        rules: as `optimise.robust.least.least_worst` has them.
        progress: told how far it is.
    """
    tell = progress or (lambda stage, done: None)
    plans, alike = different(known.plans)
    bench = Bench(known.cases)
    for n, plan in enumerate(plans):
        tell("Holding every plan against every scenario", n / len(plans))
        bench.every(plan)
    tell("Searching for the least worst regret", 0.0)
    all_cases = with_others_plans(known.cases, plans, bench)
    cases = tuple(case for case in all_cases if case.has_plan)
    least, refused = None, tuple[Issue, ...]()
    try:
        if rules == "base" and not all_cases[0].has_plan:
            raise InputError(
                Issue("robust.no_base", "the base has no plan, so that none can keep its rules",
                      (all_cases[0].name,), "ease the base, or ask for --rules every")
            )  # fmt: skip
        least = least_worst(cases, plans, options, rules=rules, bench=bench)
    except InputError as error:
        refused = tuple(error.issues)
    if least is not None:
        all_cases = _with_best(all_cases, least)
        plans = [*plans, least.plan] if least.plan is not None else plans
    comparable = not any(issue.rule == "robust.goal" for issue in refused)
    held = all_cases if comparable else ()
    regrets = regret_matrix(plans, held, rules=rules, bench=bench)
    goal = cases[0].problem.goal if cases and cases[0].problem is not None else None
    kept = kept_counts(tables_of(known.cases, known.made))
    return Robustness(known.cases, kept, regrets, worst_regrets(regrets), alike, least, refused,
                      rules, goal)  # fmt: skip


def with_others_plans(
    cases: Sequence[Case], plans: Sequence[Candidate], bench: Bench
) -> tuple[Case, ...]:
    """The scenarios; one for which no plan was found in time has the best of the others' plans.

    Nothing is proved of it then: how much better could be done in it is not known.
    """
    made = []
    for case in cases:
        best = math.nan
        if case.status == "no_plan" and case.problem is not None:
            best = best_of(case, [bench.judge(plan, case) for plan in plans])
        known = not math.isnan(best)
        made.append(replace(case, value=best, status="feasible") if known else case)
    return tuple(made)


def _with_best(cases: Sequence[Case], least: LeastWorst) -> tuple[Case, ...]:
    """The scenarios; a better plan that the search met on its way counts for what was possible."""
    best = dict(zip(least.scenarios, least.best, strict=True))
    return tuple(replace(case, value=best.get(case.name, case.value)) for case in cases)


def different(plans: Sequence[Candidate]) -> tuple[list[Candidate], Mapping[str, tuple[str, ...]]]:
    """Plans that differ, and for which other scenarios the same plan was made.

    Returns:
        (the first of each that are alike, its name → names of the others).
    """
    first: dict[object, str] = {}
    alike: dict[str, list[str]] = {}
    kept = []
    for plan in plans:
        name = first.setdefault(same_plan(plan), plan.name)
        if name == plan.name:
            kept.append(plan)
            alike[name] = []
        else:
            alike[name].append(plan.name)
    return kept, {name: tuple(others) for name, others in alike.items()}


def plan_in(case: Case, least: LeastWorst, scenario: Scenario, inputs: Inputs) -> Plan:
    """The plan of least worst regret as a plan of one scenario, for its run folder and page.

    Raises:
        AuditError: it breaks the scenario's rules (a fault of the program).
    """
    problem = case.problem
    assert problem is not None and least.plan is not None
    after = outcome(problem, least.plan.placed, least.plan.outreach)
    broken = audit(problem, after)
    if broken:
        raise AuditError(broken)
    before = outcome(replace(problem, units=as_today(problem.units)), {})
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    title = f"{scenario.title or scenario.name}: the plan of least worst regret"
    named = scenario.model_copy(update={"title": title})
    solution = _solution(case, least, value_of(problem.goal, problem, after))
    solution = replace(solution, outcome=after)
    return Plan(named, inputs, moves, problem, solution, before, after, solution.seconds)


def _solution(case: Case, least: LeastWorst, value: float) -> Solution:
    """How near the plan is to the best of the scenario alone: nothing else is claimed of it."""
    problem = case.problem
    assert problem is not None
    goal = problem.goal
    nothing = math.inf if goal.more_is_better else -math.inf
    bound = told_bound(goal, nothing if math.isnan(case.bound) else case.bound, value)
    gap = gap_of(goal, value, bound)
    told, on_savings = told_gaps(goal, value, bound, problem.do_nothing_gbp)
    status = "optimal" if gap <= 0.0 else "feasible"
    stage = StageResult(goal, status, value, value, bound, gap, least.seconds)
    return Solution(
        outcome=None,
        status=status,
        goal=goal,
        value=value,
        bound=bound,
        gap=told,
        gap_on_savings=on_savings,
        proved_gap=gap,
        asked_gap=0.0,
        solver="HiGHS",
        seconds={"solve": least.seconds},
        rows=least.rows,
        columns=least.columns,
        stages=(stage,),
    )


def chosen_case(cases: Sequence[Case], least: LeastWorst) -> Case:
    """The scenario that the plan of least worst regret is written down in: the first it is for."""
    return next(case for case in cases if case.name == least.scenarios[0])

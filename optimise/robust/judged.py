"""Plans held against scenarios: what each comes to in each, and how far it stays behind. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from assets.issues import Issue
from optimise.audit import audit
from optimise.goals import Goal
from optimise.measures import value_of
from optimise.outcome import Outcome, outcome
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem

#: What became of a plan in a scenario.
HOLDS, BREAKS, IMPOSSIBLE = "holds", "breaks", "impossible"
#: States of a search that found a plan.
FOUND = ("optimal", "feasible")
#: Checks of the audit that say that a plan cannot even be made.
CANNOT_BE = ("audit.placement", "audit.locks")
#: Columns of `regret_matrix`.
REGRET_COLUMNS = (
    "plan", "scenario", "value", "best", "bound", "regret_low", "regret_high", "status", "broken",
)  # fmt: skip
#: How many of the places a rule is broken in are told.
TOLD = 3


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario, and what is known of the best that could be done in it.

    Attributes:
        name, title: of the scenario.
        problem: its numbers; None where it has none (its file or layers are at fault).
        value: of the best plan found for it alone, in its goal; NaN without one.
        bound: no plan can have a better value; NaN where nothing is proved.
        status: of that search: optimal, feasible, impossible, no_plan or bad_input.
        reason: why there is no plan, in a line.
    """

    name: str
    title: str
    problem: Problem | None
    value: float
    bound: float
    status: str
    reason: str = ""

    @property
    def has_plan(self) -> bool:
        """Whether a plan was found."""
        return self.problem is not None and self.status in FOUND


@dataclass(frozen=True, eq=False)
class Candidate:
    """A plan to be held against scenarios.

    Attributes:
        name: of the scenario it was made for, or another name of its own.
        placed: unit_id → asset_id, "" = withdrawn; every unit.
        outreach: unit_ids delivered as outreach.
        timetable: when everything is done; None where it has no phases.
    """

    name: str
    placed: Mapping[str, str]
    outreach: tuple[str, ...] = ()
    timetable: Timetable | None = None


@dataclass(frozen=True, eq=False)
class Judged:
    """One plan in one scenario.

    Attributes:
        status: ``holds``, ``breaks`` (a rule of the scenario) or ``impossible`` (a place or a
            unit that the scenario does not have or permit).
        value: in the scenario's goal, whichever rule is broken; NaN where the scenario lacks a
            place or a unit of it.
        broken: the rules that are broken, as the audit found them.
    """

    plan: str
    scenario: str
    status: str
    value: float
    broken: tuple[Issue, ...] = field(default=())

    @property
    def words(self) -> str:
        """What is broken and by how much, in a line; "" where nothing is."""
        return "; ".join(_told(issue) for issue in self.broken)


def _told(issue: Issue) -> str:
    named = ", ".join(issue.ids[:TOLD])
    more = f" and {len(issue.ids) - TOLD} more" if len(issue.ids) > TOLD else ""
    return f"{issue.message} ({named}{more})" if named else issue.message


def judge(plan: Candidate, case: Case) -> Judged:
    """What a plan comes to in a scenario, by the audit's own verdict."""
    problem = case.problem
    if problem is None:
        missing = (Issue("robust.no_scenario", "the scenario has no numbers", (case.name,)),)
        return Judged(plan.name, case.name, IMPOSSIBLE, math.nan, missing)
    absent = _absent(plan, problem)
    if absent:
        return Judged(plan.name, case.name, IMPOSSIBLE, math.nan, tuple(absent))
    made = in_scenario(plan, problem)
    broken = audit(problem, made)
    cannot = any(issue.rule in CANNOT_BE for issue in broken)
    status = IMPOSSIBLE if cannot else BREAKS if broken else HOLDS
    return Judged(plan.name, case.name, status, value_of(problem.goal, problem, made), broken)


class Bench:
    """Judgements, each made once: plans that are the same are judged alike.

    Args:
        cases: the scenarios that plans are held against.
    """

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases: tuple[Case, ...] = tuple(cases)
        self._told: dict[tuple[object, str], Judged] = {}

    def judge(self, plan: Candidate, case: Case) -> Judged:
        """As `judge`."""
        key = (same_plan(plan), case.name)
        if key not in self._told:
            self._told[key] = judge(plan, case)
        return replace(self._told[key], plan=plan.name)

    def every(self, plan: Candidate) -> tuple[Judged, ...]:
        """The plan in every scenario, in order."""
        return tuple(self.judge(plan, case) for case in self.cases)


def same_plan(plan: Candidate) -> object:
    """What two plans have in common only when they are one plan under two names."""
    when = plan.timetable
    times = () if when is None else tuple(
        tuple(sorted(each.items())) for each in (when.changed, when.released, when.works)
    )  # fmt: skip
    return tuple(sorted(plan.placed.items())), tuple(sorted(plan.outreach)), times, when is None


def in_scenario(plan: Candidate, problem: Problem) -> Outcome:
    """What the plan amounts to by the numbers of a scenario."""
    when = plan.timetable if problem.phased is not None else None
    return outcome(problem, plan.placed, plan.outreach, when)


def _absent(plan: Candidate, problem: Problem) -> list[Issue]:
    """What the plan needs and the scenario does not have."""
    units = sorted(set(plan.placed) ^ set(problem.units))
    places = sorted(
        {
            s
            for u, s in plan.placed.items()
            if s and u in problem.units and s not in problem.sites and s != problem.units[u].home
        }
    )
    found = []
    if units:
        found.append(Issue("robust.units", "services that one of the two does not have",
                           tuple(units)))  # fmt: skip
    if places:
        found.append(Issue("robust.places", "buildings that the scenario does not have",
                           tuple(places)))  # fmt: skip
    if problem.phased is not None and plan.timetable is None:
        found.append(Issue("robust.times", "the plan says nothing of when, the scenario asks it"))
    return found


def regret_matrix(
    plans: Sequence[Candidate],
    cases: Sequence[Case],
    *,
    rules: str = "every",
    bench: Bench | None = None,
) -> pd.DataFrame:
    """Every plan in every scenario.

    regret(i, j) = best_j − value(i, j), never below 0 (best and value change places where less is
    better). best_j is known as an interval only: the best value found for j, by whichever plan
    that keeps j's rules, and the bound that no plan can pass; so is the regret.

    In words: how much better could have been done in a scenario, had it been known to come.

    Symbols: value in the scenario's goal and its unit (£ of net present value, unless the
    scenario says otherwise); i plans, j scenarios.

    Source: Savage (1951), the theory of statistical decision.

    Args:
        plans: to be held against the scenarios.
        cases: the scenarios.
        rules: ``every``: a plan that breaks a rule of a scenario has neither value nor regret
            there. ``base``: it has both, and the rules it breaks are told beside them.
        bench: judgements made before; None = none.

    Returns:
        A row per plan and scenario, in order: plan, scenario, value, best, bound, regret_low,
        regret_high (in the goal's unit; NaN where there is none, bound infinite where
        nothing is proved), status (holds, breaks, impossible), broken (in words, "" where
        nothing is).
    """
    bench = bench or Bench(cases)
    judged = tuple(bench.judge(plan, case) for case in cases for plan in plans)
    by_case: dict[str, list[Judged]] = {}
    for one in judged:
        by_case.setdefault(one.scenario, []).append(one)
    best = {case.name: best_of(case, by_case.get(case.name, ())) for case in cases}
    order = {plan.name: n for n, plan in enumerate(plans)}
    rows = [
        _row(one, case, best[case.name], rules)
        for case in cases
        for one in by_case.get(case.name, ())
    ]
    rows.sort(key=lambda row: order[str(row["plan"])])
    return pd.DataFrame(rows, columns=list(REGRET_COLUMNS))


def best_of(case: Case, judged: Sequence[Judged]) -> float:
    """The best value found in a scenario by any plan that keeps its rules; NaN without one."""
    if case.problem is None:
        return math.nan
    goal = case.problem.goal
    values = [one.value for one in judged if one.status == HOLDS]
    values += [case.value] if case.has_plan else []
    return (max if goal.more_is_better else min)(values, default=math.nan)


def _row(one: Judged, case: Case, best: float, rules: str) -> dict[str, object]:
    counts = one.status == HOLDS or (rules == "base" and not math.isnan(one.value))
    value = one.value if counts else math.nan
    low = high = math.nan
    if counts and case.problem is not None and not math.isnan(best):
        goal = case.problem.goal
        low = behind(goal, value, best)
        # Where nothing is proved, nothing limits what could have been done.
        high = math.inf if math.isnan(case.bound) else max(low, behind(goal, value, case.bound))
    numbers = (value, best, case.bound, low, high)
    names = ("value", "best", "bound", "regret_low", "regret_high")
    return {"plan": one.plan, "scenario": one.scenario, **dict(zip(names, numbers, strict=True)),
            "status": one.status, "broken": one.words}  # fmt: skip


def behind(goal: Goal, value: float, best: float) -> float:
    """How far a value stays behind another, in the goal's unit; never below 0."""
    return max(0.0, best - value if goal.more_is_better else value - best)


def worst_regrets(matrix: pd.DataFrame) -> pd.DataFrame:
    """Each plan's worst regret over the scenarios that some plan meets, least first.

    A scenario whose rules no plan is known to keep says nothing of any plan, and is left out.

    Returns:
        plan; scenarios (how many those are); holds, breaks, impossible (in how many of them);
        without_regret (in how many it has no value, so that nothing of them is counted);
        everywhere (whether it keeps the rules of all); worst_low, worst_high: its worst regret
        among those it has one in, an interval in the goal's unit; worst_in: the scenario of
        worst_low ("" without one). Plans that hold everywhere come first.
    """
    rows = []
    matrix = matrix[matrix["best"].notna()]
    for plan, mine in matrix.groupby("plan", sort=False):
        count = mine["status"].value_counts()
        told = mine.dropna(subset=["regret_low"])
        worst = told.iloc[int(told["regret_low"].to_numpy().argmax())] if len(told) else None
        rows.append(
            {
                "plan": str(plan),
                "scenarios": len(mine),
                **{status: int(count.get(status, 0)) for status in (HOLDS, BREAKS, IMPOSSIBLE)},
                "everywhere": bool((mine["status"] == HOLDS).all()),
                "without_regret": int(mine["regret_low"].isna().sum()),
                "worst_low": math.nan if worst is None else float(worst["regret_low"]),
                "worst_high": float(told["regret_high"].max()) if len(told) else math.nan,
                "worst_in": "" if worst is None else str(worst["scenario"]),
            }
        )
    columns = ["plan", "scenarios", HOLDS, BREAKS, IMPOSSIBLE, "everywhere",
               "without_regret", "worst_low", "worst_high", "worst_in"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(
        ["everywhere", "worst_low"], ascending=[False, True], kind="stable", ignore_index=True
    )

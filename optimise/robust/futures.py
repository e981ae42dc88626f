"""Scenarios of a set, each with its numbers and the best plan there is of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assets.issues import InputError, Issue
from optimise.faults import ImpossibleError, NoPlanError
from optimise.inputs import Inputs, Progress
from optimise.moves import permitted_moves
from optimise.plan import Plan, make_plan
from optimise.problem import Problem, build_problem
from optimise.robust.judged import HOLDS, Candidate, Case, judge
from optimise.robust.rebuilt import Folder, candidate_of, read_folder
from optimise.runs import plain
from optimise.scenario import Scenario
from optimise.set_records import BASE
from optimise.variants import ScenarioSet, scenario_key
from optimise.variants.keys import SAID_ONLY
from optimise.warm import COLD, Warm

#: Reads what a scenario is made from.
Read = Callable[[Scenario], Inputs]
#: £ (or units of the goal) by which a plan read back may be worth other than it was told.
ROUNDING = 1.0


@dataclass(frozen=True, eq=False)
class Future:
    """A scenario of a set.

    Attributes:
        name: file-safe and unique. title: for members.
        scenario: resolved.
    """

    name: str
    title: str
    scenario: Scenario


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of each future, in their order.

    Attributes:
        cases: every future, those without a plan too.
        plans: the best plan of each that has one.
        made: by name, where each of these plans is from.
        keys: by name, of the batch's runs that they were read from: of what was asked there.
    """

    cases: tuple[Case, ...]
    plans: tuple[Candidate, ...]
    made: Mapping[str, Plan | Folder]
    keys: Mapping[str, str] = field(default_factory=dict)


def futures_of(asked: ScenarioSet) -> tuple[tuple[Future, ...], Mapping[str, str]]:
    """The base and its variants in order, and which of them ask the same as an earlier one.

    A scenario that asks the same as another is that other: it would only count twice.

    Returns:
        (the futures, name of one left out → name of the earlier one that asks the same).
    """
    base = asked.base
    made = [Future(BASE, base.title or base.name, base)]
    first, same = {scenario_key(base): BASE}, {}
    for one in asked.variants:
        earlier = first.setdefault(scenario_key(one.scenario), one.name)
        if earlier == one.name:
            made.append(Future(one.name, one.title or one.name, one.scenario))
        else:
            same[one.name] = earlier
    return tuple(made), same


def problem_of(scenario: Scenario, inputs: Inputs) -> Problem:
    """The numbers of a scenario."""
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    return build_problem(scenario, inputs.estate, moves, inputs.times)


def solved(futures: Sequence[Future], read: Read, progress: Progress = None) -> Known:
    """The best plan of each future, found now; each search begins from the base's.

    A scenario without a plan is kept, with the reason.
    """
    cases: list[Case] = []
    plans: list[Candidate] = []
    made: dict[str, Plan | Folder] = {}
    warm = COLD
    for one in futures:
        if progress is not None:
            progress(f"Scenario {one.name}", 0.0)
        case, plan = _solved(one, read, warm)
        cases.append(case)
        if plan is not None:
            made[one.name] = plan
            plans.append(_candidate(one.name, plan))
            warm = plan.solution.warm if one.name == BASE else warm
    return Known(tuple(cases), tuple(plans), made)


def _solved(one: Future, read: Read, warm: Warm) -> tuple[Case, Plan | None]:
    problem: Problem | None = None
    try:
        inputs = read(one.scenario)
        problem = problem_of(one.scenario, inputs)
        plan = make_plan(one.scenario, inputs, warm=warm)
    except InputError as error:
        return _without(one, problem, "bad_input", error), None
    except ImpossibleError as error:
        return _without(one, problem, "impossible", error), None
    except NoPlanError as error:
        return _without(one, problem, "no_plan", error), None
    said = plan.solution
    case = Case(one.name, one.title, plan.problem, said.value, said.bound, said.status)
    return case, plan


def _without(one: Future, problem: Problem | None, status: str, error: Exception) -> Case:
    reason = next((line for line in str(error).splitlines() if line.strip()), status)
    return Case(one.name, one.title, problem, math.nan, math.nan, status, reason)


def _candidate(name: str, plan: Plan) -> Candidate:
    after = plan.after
    return Candidate(name, after.placed, after.outreach, after.timetable)


def left_in(folder: Path, futures: Sequence[Future], read: Read) -> Known:
    """The plans that a batch left in its folder, held against the scenarios as they are now.

    Raises:
        InputError: a scenario has no folder there, a folder is damaged, or its plan does not
            come to what the folder says (the scenario or its layers have changed since); all.
    """
    cases: list[Case] = []
    plans: list[Candidate] = []
    made: dict[str, Plan | Folder] = {}
    keys: dict[str, str] = {}
    issues: list[Issue] = []
    for one in futures:
        try:
            found = read_folder(place_of(folder, one.name))
            keys[one.name] = str((found.record.get("batch") or {}).get("key", ""))
            case, plan = _left(one, found, read)
        except InputError as error:
            issues += error.issues
            continue
        cases.append(case)
        if plan is not None:
            plans.append(plan)
            made[one.name] = found
    if issues:
        raise InputError(issues)
    return Known(tuple(cases), tuple(plans), made, keys)


def place_of(folder: Path, name: str) -> Path:
    """The run folder of a scenario in a batch's folder."""
    return folder / BASE if name == BASE else folder / "scenarios" / name


def _left(one: Future, found: Folder, read: Read) -> tuple[Case, Candidate | None]:
    if found.services.empty:
        return _nothing_left(one, found, read), None
    inputs = read(one.scenario)
    problem = problem_of(one.scenario, inputs)
    # What was proved was proved of the question as it was: an eased rule leaves the plan as good
    # as it is, and the bound no bound.
    same = _asks_the_same(found, one.scenario, inputs)
    bound, status = (found.bound, found.status) if same else (math.nan, "feasible")
    case = Case(one.name, one.title, problem, found.value, bound, status)
    try:
        plan = candidate_of(one.name, found, problem.calendar, phased=problem.phased is not None)
    except KeyError as error:
        raise _stale(one.name, f"it does things in {error.args[0]}") from None
    told = judge(plan, case)
    if told.status != HOLDS:
        raise _stale(one.name, told.words)
    if abs(told.value - found.value) > ROUNDING + 1e-9 * abs(found.value):
        goal = problem.goal
        words = f"it comes to {goal.told(told.value)}, and {goal.told(found.value)} was told"
        raise _stale(one.name, words)
    return case, plan


def _asks_the_same(found: Folder, scenario: Scenario, inputs: Inputs) -> bool:
    """Whether a folder is of this question about these files, the search for the answer apart."""
    files = sorted((f.layer, f.sha256) for f in inputs.files)
    held = sorted((f["layer"], f["sha256"]) for f in found.record.get("inputs") or ())
    return held == files and _asked(found.record.get("scenario") or {}) == _now(scenario)


def _now(scenario: Scenario) -> Mapping[str, object]:
    return _asked(plain(scenario.model_dump(mode="json")))


def _asked(told: Mapping[str, object]) -> Mapping[str, object]:
    """What is asked of a plan, of a scenario as a run folder tells it."""
    return {k: v for k, v in told.items() if k not in (*SAID_ONLY, "solver")}


def _nothing_left(one: Future, found: Folder, read: Read) -> Case:
    """A scenario without a plan; with its numbers, if they can be had, for other plans."""
    reason = str(found.record.get("reason", ""))
    try:
        problem = problem_of(one.scenario, read(one.scenario))
    except InputError:
        problem = None
    told = found.record.get("scenario")
    if told and _asked(told) != _now(one.scenario):
        raise _stale(one.name, "it was found to have none when something else was asked")
    return Case(one.name, one.title, problem, math.nan, math.nan, found.status, reason)


def _stale(name: str, words: str) -> InputError:
    return InputError(Issue(
        "robust.stale", f"the plan in the folder is not one of this scenario: {words}",
        (name,), "run the batch again: the scenario or its layers have changed since"))  # fmt: skip

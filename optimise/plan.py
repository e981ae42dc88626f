"""The story: layers and times in, an audited plan out. There is no second path."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from optimise import presolve
from optimise.audit import audit
from optimise.faults import AuditError, ImpossibleError, NoPlanError
from optimise.inputs import Inputs, Progress
from optimise.moves import Moves, permitted_moves
from optimise.outcome import Outcome, outcome
from optimise.problem import Problem, build_problem
from optimise.refusal.explain import explain
from optimise.scenario import Scenario
from optimise.solve import Solution, solve
from optimise.units import as_today
from optimise.warm import COLD, Warm

#: Seconds for what may clash, once the time for a plan has run out.
NO_PLAN_LOOK_S = 4.0


@dataclass(frozen=True)
class Plan:
    """An audited plan and what it was made from.

    Attributes:
        before: everything as it is today, in the same terms as ``after``.
        seconds: by stage.
    """

    scenario: Scenario
    inputs: Inputs
    moves: Moves
    problem: Problem
    solution: Solution
    before: Outcome
    after: Outcome
    seconds: Mapping[str, float]


def make_plan(
    scenario: Scenario, inputs: Inputs, progress: Progress = None, *, warm: Warm = COLD
) -> Plan:
    """Reach → problem → refuse the impossible → solve → audit → return.

    ``warm`` is what an earlier solve left (`Solution.warm`): the search begins from it.

    Raises:
        InputError: scenario and layers do not fit.
        ImpossibleError: no plan can meet the scenario.
        NoPlanError: none was found in the time allowed.
        AuditError: the plan breaks its own rules (a fault of the program).
    """
    tell = progress or (lambda stage, done: None)
    started = time.perf_counter()
    tell("Who is reached from where", 0.0)
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    problem = build_problem(scenario, inputs.estate, moves, inputs.times)
    built = time.perf_counter()
    tell("Solving", 0.0)
    refuse_impossible(problem, scenario, inputs, progress)
    solution = solve(problem, scenario.solver, warm)
    after = _found(solution, scenario, inputs, progress)
    tell("Auditing", 0.0)
    broken = audit(replace(problem, limits=(*problem.limits, *solution.kept)), after)
    if broken:
        raise AuditError(broken)
    seconds = {"reach and problem": built - started, **solution.seconds}
    before = outcome(replace(problem, units=as_today(problem.units)), {})
    return Plan(scenario, inputs, moves, problem, solution, before, after, seconds)


def refuse_impossible(
    problem: Problem, scenario: Scenario, inputs: Inputs, progress: Progress = None
) -> None:
    """Raise with every impossibility that needs no search, and the ways out.

    Raises:
        ImpossibleError: with one issue for each.
    """
    issues = presolve.contradictions(problem) or presolve.shortfalls(problem)
    if issues:
        found = explain(scenario, inputs, progress=progress)
        # What the program cannot even be asked (a hub that no building could be) has no clash.
        raise ImpossibleError(issues, found if found.proof != "none" else None)


def _found(solution: Solution, scenario: Scenario, inputs: Inputs, progress: Progress) -> Outcome:
    if solution.status == "infeasible":
        raise ImpossibleError((), explain(scenario, inputs, certain=True, progress=progress))
    if solution.outcome is None:
        raise NoPlanError(
            f"{solution.solver} found no plan in {scenario.solver.time_limit_s:g} s; that none "
            "exists is not shown. Allow more time (--time-limit) or ease the targets",
            explain(scenario, inputs, seconds=NO_PLAN_LOOK_S, progress=progress),
        )
    return solution.outcome

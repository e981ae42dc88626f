"""Problem → Solution on the compact model of record, with HiGHS or CBC through PuLP.

The model maximises the objective in thousands of pounds. Its constant (what
doing nothing is worth) rides on a variable fixed to 1, so that the solver's
own relative gap is the gap on savings: (bound − plan) / saving of the plan.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import pulp

from optimise.constraints import FAMILIES
from optimise.decisions import Decisions, make_decisions
from optimise.engine import SCALE, run_solver
from optimise.knobs import Solver
from optimise.objectives import npv_gbp
from optimise.outcome import Outcome, outcome
from optimise.problem import Problem

#: A gap below this is rounding, not doubt.
PROVED = 1e-9


@dataclass(frozen=True)
class Solution:
    """A plan: what was chosen, what it comes to, and how near the best it is proved to be.

    Attributes:
        outcome: where each unit is, and everything that follows; None when no
            plan was found.
        status: ``optimal`` (proved within the stated gap), ``feasible`` (stopped
            first; the bound says how far off it can be), ``infeasible`` or
            ``no_plan`` (none found in the time allowed).
        objective_gbp: objective of the plan, recomputed by plain arithmetic.
        bound_gbp: no plan can have a higher objective.
        gap: (bound − plan) / |cost of the estate under the plan|.
        gap_on_savings: (bound − plan) / what the plan saves against doing
            nothing; infinite when it saves nothing and more may be possible.
        asked_gap: gap on savings at which the solver was allowed to stop.
        solver: name and version.
        seconds: by stage: build, solve.
        rows, columns: size of the model.
    """

    outcome: Outcome | None
    status: str
    objective_gbp: float
    bound_gbp: float
    gap: float
    gap_on_savings: float
    asked_gap: float
    solver: str
    seconds: Mapping[str, float]
    rows: int
    columns: int


def compile_model(problem: Problem) -> tuple[pulp.LpProblem, Decisions]:
    """The compact model of record: every family, and −objective in £k to be minimised."""
    model = pulp.LpProblem("groundplan", pulp.LpMinimize)
    decisions = make_decisions(model, problem)
    worth = -SCALE * npv_gbp(decisions, problem)
    one = model.add_variable("one", 1, 1)
    model += worth - worth.constant + worth.constant * one
    for family in FAMILIES:
        family.add(model, decisions, problem)
    return model, decisions


def solve(problem: Problem, options: Solver) -> Solution:
    """Solve the compact model within the time and gap asked for.

    A status of PuLP's is not believed: it says "Optimal" for a run that was
    stopped by the clock. The solver's own status, bound and incumbent decide.
    """
    started = time.perf_counter()
    model, decisions = compile_model(problem)
    built = time.perf_counter()
    state, bound, label = run_solver(model, options)
    seconds = {"build": built - started, "solve": time.perf_counter() - built}
    found = state in ("optimal", "feasible")
    result = outcome(problem, _placed(problem, decisions)) if found else None
    return _solution(problem, options, result, (state, bound, label), (seconds, model))


def _placed(problem: Problem, decisions: Decisions) -> dict[str, str]:
    """unit_id → asset_id or "" from the values of the variables."""
    placed = dict.fromkeys((u for u, _ in decisions.at), "")
    for (unit_id, asset_id), var in decisions.at.items():
        if (var.value() or 0.0) > 0.5:
            placed[unit_id] = asset_id
    return placed


def gap_on_savings(objective_gbp: float, bound_gbp: float) -> float:
    """(UB − LB) / (cost of doing nothing − UB) in the terms of costs.

    With cost = cost of doing nothing − objective, that is (bound − objective)
    / objective. A plan proved to the penny has gap 0 whatever it saves.
    """
    miss = max(0.0, bound_gbp - objective_gbp)
    if miss <= max(1.0, PROVED * abs(bound_gbp)):
        return 0.0
    return miss / objective_gbp if objective_gbp > 0 else math.inf


def _solution(
    problem: Problem,
    options: Solver,
    result: Outcome | None,
    said: tuple[str, float, str],
    built: tuple[Mapping[str, float], pulp.LpProblem],
) -> Solution:
    state, bound_k, label = said
    seconds, model = built
    value = result.money.objective_gbp if result else math.nan
    bound = -bound_k / SCALE if math.isfinite(bound_k) else math.inf
    bound = max(bound, value) if result else bound
    savings_gap = gap_on_savings(value, bound) if result else math.inf
    cost = problem.do_nothing_gbp - value
    if state == "optimal" and savings_gap > max(options.gap, PROVED) * (1 + 1e-6):
        state = "feasible"
    if state == "feasible" and savings_gap <= options.gap:
        state = "optimal"
    return Solution(
        outcome=result,
        status=state,
        objective_gbp=value,
        bound_gbp=bound,
        gap=max(0.0, bound - value) / abs(cost) if result and cost else math.inf,
        gap_on_savings=savings_gap,
        asked_gap=options.gap,
        solver=label,
        seconds=seconds,
        rows=model.numConstraints(),
        columns=model.numVariables(),
    )

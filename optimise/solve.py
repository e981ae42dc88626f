"""Problem → Solution on the compact model of record, with HiGHS or CBC through PuLP.

The model maximises the objective in thousands of pounds. Its constant (what
doing nothing is worth) rides on a variable fixed to 1, so that the solver's
own relative gap is the gap on savings: (bound − plan) / saving of the plan.
"""

from __future__ import annotations

import math
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import highspy
import numpy as np
import pulp

from optimise.audit import Outcome, outcome
from optimise.configurations.blocks import Floats, program_of, split
from optimise.configurations.bounds import prove
from optimise.constraints import FAMILIES
from optimise.decisions import Decisions, make_decisions
from optimise.objectives import npv_gbp
from optimise.problem import Problem
from optimise.scenario import Solver

SCALE = 1e-3
#: A gap below this is rounding, not doubt.
PROVED = 1e-9
#: Share of the time for the compact model alone, before neighbourhoods are tried.
FIRST_LOOK_SHARE = 0.1
#: Share of what is left that they may take.
NEIGHBOURHOODS_SHARE = 0.7
#: They are not tried where one holds more than this share of the whole-number columns.
LARGEST_SHARE = 0.75
INFEASIBLE = (
    highspy.HighsModelStatus.kInfeasible,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible


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


def run_solver(model: pulp.LpProblem, options: Solver) -> tuple[str, float, str]:
    """(state, bound, solver's label); the values are left on the model's variables.

    State is ``optimal``, ``feasible``, ``infeasible`` or ``no_plan``; the bound is
    on the model's own (minimised) objective.
    """
    return _highs(model, options) if options.name == "highs" else _cbc(model, options)


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


def _highs(model: pulp.LpProblem, options: Solver) -> tuple[str, float, str]:
    """(state, bound on −objective in £k, label) from HiGHS; values are left on the variables."""
    started = time.perf_counter()
    solver = pulp.HiGHS(
        msg=False,
        gapRel=options.gap,
        gapAbs=SCALE,
        threads=options.threads,
        random_seed=options.random_seed,
    )
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    engine = model.solverModel
    label = f"HiGHS {engine.version()}"
    state = _run(engine, options.time_limit_s * FIRST_LOOK_SHARE, options.threads)
    bound = float(engine.getInfo().mip_dual_bound)
    if state in ("feasible", "no_plan"):
        left = options.time_limit_s - (time.perf_counter() - started)
        state, bound = _go_on(model, options, (state, bound), left)
    if state in ("feasible", "optimal"):
        for var, value in zip(model.variables(), engine.getSolution().col_value, strict=True):
            var.varValue = value
    return state, bound, label


def _run(engine: highspy.Highs, seconds: float, threads: int) -> str:
    """Run for a time; the state, from HiGHS's own status and incumbent."""
    # HiGHS keeps one scheduler per process, and its thread count cannot change otherwise.
    highspy.Highs.resetGlobalScheduler(True)
    engine.setOptionValue("threads", threads)
    engine.setOptionValue("time_limit", max(seconds, 0.1))
    engine.run()
    status = engine.getModelStatus()
    if status in INFEASIBLE:
        return "infeasible"
    if engine.getInfo().primal_solution_status != FEASIBLE:
        return "no_plan"
    return "optimal" if status == highspy.HighsModelStatus.kOptimal else "feasible"


def _go_on(
    model: pulp.LpProblem, options: Solver, so_far: tuple[str, float], seconds: float
) -> tuple[str, float]:
    """What the first look left open: neighbourhoods for bound and start, then the whole again.

    A bound of the neighbourhoods and one of the compact model are both valid,
    so the higher stands; the run ends as soon as the plan is near enough to it.
    """
    engine, (state, bound) = model.solverModel, so_far
    started = time.perf_counter()
    best = np.array(engine.getSolution().col_value) if state == "feasible" else None
    names = [row.name for row in model.constraints()], [v.name for v in model.variables()]
    parts = split(program_of(engine), *names)
    if parts.largest_share <= LARGEST_SHARE:
        proof = prove(
            parts, gap=options.gap, seconds=seconds * NEIGHBOURHOODS_SHARE,
            seed=options.random_seed, known=best,
        )  # fmt: skip
        bound = max(bound, proof.bound)
        best = _cheaper(parts.whole.cost, best, proof.start)
    if best is not None:
        engine.setSolution(len(best), np.arange(len(best), dtype=np.int32), best)
    if math.isfinite(bound):
        # −objective is minimised: a plan at or below this is within the gap of the bound.
        target = bound / (1 + options.gap) if bound < 0 else bound
        engine.setOptionValue("objective_target", target)
    state = _run(engine, seconds - (time.perf_counter() - started), options.threads)
    return state, max(bound, float(engine.getInfo().mip_dual_bound))


def _cheaper(cost: Floats, *plans: Floats | None) -> Floats | None:
    """The plan of least cost among those there are."""
    there = [plan for plan in plans if plan is not None]
    return min(there, key=lambda plan: float(cost @ plan), default=None)


def _cbc(model: pulp.LpProblem, options: Solver) -> tuple[str, float, str]:
    """As `_highs`, from CBC; PuLP does not pass on its bound, so its log is read."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        solver = pulp.COIN_CMD(
            path=pulp.PULP_CBC_CMD.pulp_cbc_path,
            msg=False,
            gapRel=options.gap,
            timeLimit=options.time_limit_s,
            threads=options.threads,
            logPath=str(log),
            options=[f"randomCbcSeed {options.random_seed + 1}"],
        )
        model.solve(solver)
        text = log.read_text(errors="replace") if log.exists() else ""
    label = "CBC " + (_first(r"Version:\s*(\S+)", text) or "")
    if model.sol_status in (pulp.LpSolutionInfeasible, pulp.LpSolutionUnbounded):
        return "infeasible", math.inf, label.strip()
    if model.sol_status == pulp.LpSolutionNoSolutionFound:
        return "no_plan", -math.inf, label.strip()
    return _cbc_bound(model, text, label.strip())


def _cbc_bound(model: pulp.LpProblem, log: str, label: str) -> tuple[str, float, str]:
    stated = _first(r"Lower bound:\s*(\S+)", log)
    value = float(pulp.value(model.objective))
    if stated is not None:
        return "feasible", float(stated), label
    if "Stopped on time" in log:
        return "feasible", -math.inf, label
    return "optimal", value, label


def _first(pattern: str, text: str) -> str | None:
    found = re.findall(pattern, text)
    return str(found[-1]) if found else None

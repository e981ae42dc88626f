"""The solvers: a compiled model in, its state and bound out; values are left on its variables."""

from __future__ import annotations

import math
import re
import tempfile
import time
from pathlib import Path

import highspy
import numpy as np
import pulp

from optimise.configurations.blocks import Floats, program_of, split
from optimise.configurations.bounds import prove
from optimise.knobs import Solver

#: The model's objective is in thousands of pounds.
SCALE = 1e-3
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


def run_solver(model: pulp.LpProblem, options: Solver) -> tuple[str, float, str]:
    """(state, bound, solver's label); the values are left on the model's variables.

    State is ``optimal``, ``feasible``, ``infeasible`` or ``no_plan``; the bound is
    on the model's own (minimised) objective.
    """
    return _highs(model, options) if options.name == "highs" else _cbc(model, options)


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

"""The solvers: a compiled model in, its state and bound out; values are left on its variables."""

from __future__ import annotations

import math
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import highspy
import numpy as np
import pulp

from optimise.clock import Clock, run
from optimise.configurations.again import beginning, left_by
from optimise.configurations.blocks import Floats, Program, program_of, split
from optimise.configurations.bounds import Proof, Task, near, prove
from optimise.configurations.buildings import cut_by_building
from optimise.configurations.pricing import FEASIBLE, INFEASIBLE, engine_of
from optimise.knobs import Solver
from optimise.making import SCALE
from optimise.warm import COLD, Warm

#: Share of the time, and seconds at most, for the compact model alone at first.
FIRST_LOOK_SHARE, FIRST_LOOK_S = 0.1, 4.0
#: Share of the time that a proof begun from an earlier one's prices may take.
AGAIN_SHARE = 0.8
#: Share of what is left that neighbourhoods may take, and of it what taking the county to pieces
#: building by building may: on a slow machine that would leave nothing to find a plan in.
NEIGHBOURHOODS_SHARE, PIECES_SHARE = 0.9, 0.5
#: Where one holds more than this share of the whole-number columns, buildings stand for them.
LARGEST_SHARE = 0.75


@dataclass(frozen=True)
class Searched:
    """What a search came to; the values of its plan are on the model's variables.

    Attributes:
        state: ``optimal``, ``feasible``, ``infeasible`` or ``no_plan``.
        bound: on the model's own (minimised) objective.
        label: of the solver.
        left: prices and pieces for a later search of nearly the same model, where the county
            was taken to pieces; no values.
    """

    state: str
    bound: float
    label: str
    left: Warm = COLD


def run_solver(
    model: pulp.LpProblem, options: Solver, clock: Clock | None = None, *, whole: bool = False
) -> tuple[str, float, str]:
    """(state, bound, solver's label) of a `search` that begins from nothing but the values known.

    A model that is asked for ``whole`` is not taken to pieces.
    """
    found = _searched(model, options, clock, COLD, whole=whole)
    return found.state, found.bound, found.label


def search(
    model: pulp.LpProblem, options: Solver, clock: Clock | None = None, warm: Warm = COLD
) -> Searched:
    """Solve a model; the values are left on its variables.

    ``clock`` may end the run before the time limit. Where an earlier search left prices, the
    county is taken to pieces at once, and they give a bound in the first round.
    """
    return _searched(model, options, clock, warm, whole=False)


def _searched(
    model: pulp.LpProblem, options: Solver, clock: Clock | None, warm: Warm, *, whole: bool
) -> Searched:
    if options.name == "cbc":
        return Searched(*_cbc(model, options))
    until = (clock or Clock(options.time_limit_s)).part(options.time_limit_s)
    return _highs(model, options, until, warm, whole=whole)


def _highs(
    model: pulp.LpProblem, options: Solver, clock: Clock, warm: Warm, *, whole: bool
) -> Searched:
    """A search by HiGHS; values are left on the variables."""
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
    label, program = f"HiGHS {engine.version()}", program_of(engine)
    found = _Found("no_plan", -math.inf, _start_of(model, program))
    if found.values is None:
        _hint(engine, model)
    spent = False
    if warm.prices and not whole:
        again = clock.part(clock.left_s * AGAIN_SHARE)
        found = _again(model, program, options, found, warm, again)
        spent = again.over
    # Beginning anew would not come as far in what is left; the whole may find a better plan.
    ends = whole or (spent and found.values is not None)
    if not _is_settled(program, found, options):
        soon = clock.part(min(options.time_limit_s * FIRST_LOOK_SHARE, FIRST_LOOK_S))
        engine = _whole(model, program, options, found)
        found = _run(engine, found, clock if ends else soon, options.threads)
    if not ends and not _is_settled(program, found, options) and not clock.over:
        found = _go_on(model, program, options, found, clock)
    if found.values is not None:
        for var, value in zip(model.variables(), found.values, strict=True):
            var.varValue = value
    return Searched(found.state, found.bound, label, found.left)


@dataclass(frozen=True, eq=False)
class _Found:
    """How far a solve has come: state, bound on the objective, values of the best plan.

    ``deaf`` says that the solver was left behind and must not be touched again. ``left`` is of
    the best proof by neighbourhoods.
    """

    state: str
    bound: float
    values: Floats | None
    deaf: bool = False
    left: Warm = COLD


def _start_of(model: pulp.LpProblem, program: Program) -> Floats | None:
    """A plan that is on the variables already, from an earlier solve, if it keeps every row."""
    told = [var.value() for var in model.variables()]
    if any(v is None for v in told):
        return None
    values = np.array(told, dtype=np.float64)
    return values if program.holds(values) else None


def _hint(engine: highspy.Highs, model: pulp.LpProblem) -> None:
    """Tell the solver the values that are known of a plan, for it to complete."""
    known = [(i, v.value()) for i, v in enumerate(model.variables()) if v.value() is not None]
    if known:
        at = np.array([i for i, _ in known], dtype=np.int32)
        engine.setSolution(len(known), at, np.array([v for _, v in known], dtype=np.float64))


def _run(engine: highspy.Highs, so_far: _Found, clock: Clock, threads: int) -> _Found:
    """Run for a time, from the best plan there is; what is known then, by HiGHS's own word.

    Bounds are valid whoever found them, so the higher stands; a plan once found stays.
    """
    # HiGHS keeps one scheduler per process, and its thread count cannot change otherwise.
    highspy.Highs.resetGlobalScheduler(True)
    engine.setOptionValue("threads", threads)
    if so_far.values is not None:
        count = len(so_far.values)
        engine.setSolution(count, np.arange(count, dtype=np.int32), so_far.values)
    if not run(engine, clock):
        return replace(so_far, deaf=True)
    status, info = engine.getModelStatus(), engine.getInfo()
    if status in INFEASIBLE and so_far.values is None:
        return _Found("infeasible", math.inf, None)
    bound = max(so_far.bound, float(info.mip_dual_bound))
    values = so_far.values
    if info.primal_solution_status == FEASIBLE:
        cost = np.array(engine.getLp().col_cost_)
        values = _cheaper(cost, values, np.array(engine.getSolution().col_value))
    state = "no_plan" if values is None else "feasible"
    proved = status == highspy.HighsModelStatus.kOptimal and values is not None
    return _Found("optimal" if proved else state, bound, values, left=so_far.left)


def _again(
    model: pulp.LpProblem,
    program: Program,
    options: Solver,
    found: _Found,
    warm: Warm,
    clock: Clock,
) -> _Found:
    """What prices and pieces of an earlier search show of this one; nothing where they fit not."""
    names = _names(model)
    parts = split(program, *names)
    if parts.largest_share > LARGEST_SHARE:
        parts = split(program, *names, most=0)
    begin = beginning(parts, names, warm, clock)
    proof = prove(parts, _task(options, clock), begin, known=found.values)
    return _with_proof(program, found, proof, left_by(proof, parts, names))


def _task(options: Solver, clock: Clock) -> Task:
    """What is asked of a proof by neighbourhoods."""
    return Task(options.gap, clock, options.random_seed, options.threads)


def _names(model: pulp.LpProblem) -> tuple[list[str], list[str]]:
    """Names of the rows and the columns, in the order of the arrays."""
    return [row.name for row in model.constraints()], [v.name for v in model.variables()]


def _with_proof(program: Program, found: _Found, proof: Proof, left: Warm) -> _Found:
    """What is known after a proof by neighbourhoods: the better plan, the higher bound."""
    values = _cheaper(program.cost, found.values, proof.start)
    state = "no_plan" if values is None else "feasible"
    better = proof.bound > found.bound or not found.left.prices
    return _Found(
        state, max(found.bound, proof.bound), values, found.deaf, left if better else found.left
    )


def _is_settled(program: Program, found: _Found, options: Solver) -> bool:
    """Whether nothing is left to look for: a plan within the gap of the bound, or that none is."""
    if found.state not in ("feasible", "no_plan"):
        return True
    if found.values is None:
        return False
    return near(float(program.cost @ found.values), found.bound, options.gap)


def _go_on(
    model: pulp.LpProblem, program: Program, options: Solver, found: _Found, clock: Clock
) -> _Found:
    """What the first look left open: neighbourhoods for bound and start, then the whole again.

    The run ends as soon as the plan is near enough to the bound.
    """
    names = _names(model)
    soon = clock.part(clock.left_s * PIECES_SHARE)
    buildings, parts = cut_by_building(program, *names, soon), split(program, *names)
    # A county all in one piece has no neighbourhoods to speak of.
    if buildings is not None and parts.largest_share > LARGEST_SHARE:
        parts = buildings.split
    task = _task(options, clock.part(clock.left_s * NEIGHBOURHOODS_SHARE))
    proof = prove(parts, task, buildings, known=found.values)
    found = _with_proof(program, found, proof, left_by(proof, parts, names))
    if _is_settled(program, found, options):
        return found
    return _run(_whole(model, program, options, found), found, clock, options.threads)


def _whole(
    model: pulp.LpProblem, program: Program, options: Solver, found: _Found
) -> highspy.Highs:
    """The solver of the whole, which ends as soon as its plan is near enough to what is proved."""
    engine = engine_of(program, seed=options.random_seed) if found.deaf else model.solverModel
    engine.setOptionValue("mip_rel_gap", options.gap)
    if math.isfinite(found.bound):
        engine.setOptionValue("objective_target", _target(found.bound, options.gap))
    return engine


def _target(bound: float, gap: float) -> float:
    """The highest (worst) objective that is within the relative gap of a lower bound."""
    if bound < 0:
        return bound / (1 + gap)
    return max(bound / (1 - gap) if gap < 1 else math.inf, SCALE)


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
    proved = model.status == pulp.LpStatusInfeasible and "proven infeasible" in text
    if proved or model.sol_status in (pulp.LpSolutionInfeasible, pulp.LpSolutionUnbounded):
        return "infeasible", math.inf, label.strip()
    if model.sol_status == pulp.LpSolutionNoSolutionFound:
        return "no_plan", -math.inf, label.strip()
    return _cbc_bound(model, text, label.strip())


def _cbc_bound(model: pulp.LpProblem, log: str, label: str) -> tuple[str, float, str]:
    stated = _first(r"Lower bound:\s*(\S+)", log)
    # PuLP has no value for an objective that is identically nil.
    value = float(pulp.value(model.objective) or 0.0)
    if stated is not None:
        return "feasible", float(stated), label
    if "Stopped on time" in log:
        return "feasible", -math.inf, label
    return "optimal", value, label


def _first(pattern: str, text: str) -> str | None:
    found = re.findall(pattern, text)
    return str(found[-1]) if found else None

"""A bound on every phased plan, and places worth phasing: time priced by its duals.

Rows that speak of periods (what comes before what, caps, money by year) are taken out of
the linear relaxation and paid for at their dual prices (Lagrangian relaxation). Each change is
then made in the period that is best at those prices, so that time disappears: what remains is the
program of places, with other coefficients, which the solver proves as it proves a plan that
is not phased. Its optimum is no worse than any phased plan's, whatever the prices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
import pulp
from scipy.sparse import csr_array

from optimise.actions import Action, flows
from optimise.clock import Clock, run
from optimise.compiled import compile_model
from optimise.configurations.blocks import Floats, Program, program_of
from optimise.configurations.pricing import engine_of
from optimise.constraints import FAMILIES, capacity, interim
from optimise.engine import INFEASIBLE, run_solver
from optimise.goals import LimitRule
from optimise.knobs import Solver
from optimise.problem import Problem
from optimise.taken import bonus_flow

#: First part of the name of the rows that say how a change is spread over periods.
ONCE = "once__"
#: Measures whose worth depends on when things are done.
TIMED_MEASURES = ("npv_gbp", "receipts_gbp", "capital_gbp")


@dataclass(frozen=True)
class Bounded:
    """What the relaxation came to.

    Attributes:
        state: ``infeasible`` when no phased plan can exist; else ``feasible`` or ``no_plan``.
        bound: no phased plan's (minimised) objective is lower.
        values: by name, of the best plan of places found; None where there is none.
        label, rows, columns: of the solver and its program.
    """

    state: str
    bound: float
    values: Mapping[str, float] | None
    label: str
    rows: int
    columns: int


@dataclass(frozen=True, eq=False)
class Priced:
    """The linear relaxation of a phased program, solved.

    Attributes:
        program: with time; ``rows`` and ``columns`` are the names of its own.
        timed: which columns are of time.
        duals: price of each row; nil for the rows that are kept.
        value: its optimum, a bound of its own.
    """

    program: Program
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    timed: np.ndarray
    duals: Floats
    value: float


def bounded(problem: Problem, options: Solver, clock: Clock) -> Bounded:
    """A bound on every phased plan of a problem, and good places, in the clock's time."""
    places, _ = compile_model(without_time(problem))
    names = {v.name for v in places.variables()}
    families = [f for f in FAMILIES if f is not interim]
    model, decisions = compile_model(problem, families)
    interim.add_in(model, decisions, problem, problem.calendar.all[:-1], (capacity,))
    size = model.numConstraints(), model.numVariables()
    priced = _relaxed(model, names, options, clock)
    if priced is None:
        return Bounded("infeasible", math.inf, None, "HiGHS", *size)
    priced_out(places, priced)
    within = options.model_copy(update={"time_limit_s": max(clock.left_s, 0.05)})
    state, bound, label = run_solver(places, within, clock)
    if state == "infeasible":
        return Bounded("infeasible", math.inf, None, label, *size)
    found = state in ("optimal", "feasible")
    values = {v.name: float(v.varValue or 0.0) for v in places.variables()} if found else None
    return Bounded(
        "feasible" if found else "no_plan", max(bound, priced.value), values, label, *size
    )


def without_time(problem: Problem) -> Problem:
    """The problem done at once, with every rule that phasing could make easier eased.

    A way out of a lease counts at its cheapest, receipts may be topped up by every bonus, and
    limits on what depends on time are left out: the prices of the timed rows stand for them.
    """
    phased = problem.phased
    assert phased is not None
    least = {
        s: min((_capital(problem, s, p) for p in problem.calendar.all), default=0.0)
        for s, site in problem.sites.items()
        if site.in_use_today
    }
    sites = {
        s: replace(site, release_gbp=min(site.release_gbp, least.get(s, 0.0)))
        for s, site in problem.sites.items()
    }
    bonus = sum(
        bonus_flow(problem, rule, 1).amount_gbp for rule in phased.rules.neighbours.values()
    )
    targets = problem.targets
    receipts = targets.receipts_gbp
    eased = {
        "receipts_gbp": None if receipts is None else max(0.0, receipts - bonus),
        "capital_budget_gbp": None
        if targets.capital_budget_gbp is None
        else targets.capital_budget_gbp + problem.reinvest_share * bonus,
    }
    return replace(
        problem,
        sites=sites,
        targets=targets.model_copy(update=eased),
        limits=tuple(rule for rule in problem.limits if not _is_timed(rule)),
        phased=None,
    )


def _capital(problem: Problem, asset_id: str, period: int) -> float:
    """Capital that letting a building go takes in a period, £."""
    found = flows(problem, Action("release", asset_id), period)
    return -sum(f.amount_gbp for f in found if f.kind == "capital")


def _is_timed(rule: LimitRule) -> bool:
    return any(term.measure.name in TIMED_MEASURES for term, _ in rule.goal.signed_terms)


def _relaxed(
    model: pulp.LpProblem, places: set[str], options: Solver, clock: Clock
) -> Priced | None:
    """The relaxation without whole numbers; None where even that cannot be kept."""
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    program = program_of(model.solverModel)
    rows = tuple(row.name for row in model.constraints())
    columns = tuple(v.name for v in model.variables())
    loose = replace(program, integer=np.zeros(len(columns), dtype=bool))
    engine = engine_of(loose, seed=options.random_seed)
    timed = np.array([name not in places for name in columns])
    ended = run(engine, clock)
    status = engine.getModelStatus() if ended else None
    if status in INFEASIBLE:
        return None
    duals, value = np.zeros(len(rows)), -math.inf
    if status == highspy.HighsModelStatus.kOptimal:
        duals = np.array(engine.getSolution().row_dual, dtype=np.float64)
        value = float(engine.getInfo().objective_function_value)
    once = np.array([name.startswith(ONCE) for name in rows])
    speaks = _speaks_of(program.matrix, timed)
    duals[~speaks | once] = 0.0
    # A price on an end that is not there would be a price for nothing.
    duals[(duals > 0) & ~np.isfinite(program.lower)] = 0.0
    duals[(duals < 0) & ~np.isfinite(program.upper)] = 0.0
    return Priced(program, rows, columns, timed, duals, value)


def _speaks_of(matrix: csr_array, columns: np.ndarray) -> np.ndarray:
    """Which rows have one of the columns."""
    return np.asarray(abs(matrix) @ columns.astype(np.float64) > 0)


def priced_out(places: pulp.LpProblem, priced: Priced) -> None:
    """Give the program of places the objective in which time has been paid for.

    L(x) = c·x + Σ_i y_i (b_i − a_i·x), least over the columns of time:
    Σ_g total_g(x) · min_{j in g} r_j + Σ_{other j} min(0, r_j) · high_j

    with r the reduced costs, g the periods of one change, total_g its total as the row ``once``
    has it. Source: Geoffrion (1974), Lagrangian relaxation for integer programming.
    """
    program, y = priced.program, priced.duals
    reduced = program.cost - program.matrix.T @ y
    # An infinite end has a price of nil: `_relaxed` saw to that.
    ends = np.where(y > 0, program.lower, program.upper)
    constant = float(y[y != 0] @ ends[y != 0])
    cost = np.where(priced.timed, 0.0, reduced)
    in_group = np.zeros(len(cost), dtype=bool)
    matrix = program.matrix
    for i, name in enumerate(priced.rows):
        if not name.startswith(ONCE):
            continue
        at = matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]]
        weights = matrix.data[matrix.indptr[i] : matrix.indptr[i + 1]]
        mine = priced.timed[at]
        in_group[at[mine]] = True
        if not mine.any():
            _keep_row(places, priced, i)
            continue
        # Σ_j T_j (=, ≥) lower − Σ x, every T_j with weight 1.
        least = float(reduced[at[mine]].min())
        if least < 0 and math.isinf(program.upper[i]):
            constant += float(np.minimum(reduced[at[mine]], 0.0) @ program.high[at[mine]])
            continue
        constant += least * float(program.lower[i])
        cost[at[~mine]] -= least * weights[~mine]
    alone = priced.timed & ~in_group
    gain = np.minimum(reduced[alone], 0.0)
    constant += float(gain[gain < 0] @ program.high[alone][gain < 0])
    _set_objective(places, priced.columns, cost, constant)


def _keep_row(places: pulp.LpProblem, priced: Priced, i: int) -> None:
    """A change that no period permits is not made."""
    matrix = priced.program.matrix
    at = matrix.indices[matrix.indptr[i] : matrix.indptr[i + 1]]
    weights = matrix.data[matrix.indptr[i] : matrix.indptr[i + 1]]
    by_name = {v.name: v for v in places.variables()}
    terms = [(by_name[priced.columns[j]], w) for j, w in zip(at, weights, strict=True)]
    row = pulp.LpAffineExpression(terms)
    places += row == float(priced.program.lower[i]), f"never__{priced.rows[i]}"


def _set_objective(
    places: pulp.LpProblem, columns: Sequence[str], cost: Floats, constant: float
) -> None:
    """Costs by name; the constant rides on the variable that is fixed to 1."""
    by_name = dict(zip(columns, cost, strict=True))
    variables = places.variables()
    terms = [(v, by_name.get(v.name, 0.0) + (constant if v.name == "one" else 0.0))
             for v in variables]  # fmt: skip
    places.setObjective(pulp.LpAffineExpression([(v, c) for v, c in terms if c]))

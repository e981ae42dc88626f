"""The program of least worst regret: one plan, every scenario's rules, the worst regret least."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulp

from optimise.clock import Clock
from optimise.engine import run_solver
from optimise.knobs import Solver
from optimise.making import row_name
from optimise.robust.joined import Joined, joined
from optimise.robust.sheets import CHOICES, ONE, Column, Sheet, kind_of

#: What is minimised.
REGRET = "regret"


@dataclass(frozen=True, eq=False)
class Shared:
    """The program, ready to be solved.

    Attributes:
        model: of PuLP.
        columns: its variables by name.
        joined: what it was made from.
        shift: what the objective is less than the worst regret, in the solver's units.
    """

    model: pulp.LpProblem
    columns: Mapping[str, pulp.LpVariable]
    joined: Joined
    shift: float

    @property
    def choices(self) -> list[pulp.LpVariable]:
        """The variables of what is decided."""
        return [v for name, v in self.columns.items() if kind_of(name) in CHOICES]


@dataclass(frozen=True)
class Least:
    """What a search for the least worst regret came to, in the solver's units.

    Attributes:
        state: ``optimal``, ``feasible``, ``infeasible`` or ``no_plan``.
        worst: worst regret of the plan found; NaN without one.
        bound: no plan's worst regret is less; never below 0.
        values: of every column, by name; empty without a plan.
    """

    state: str
    worst: float
    bound: float
    values: Mapping[str, float]


def shared_program(
    sheets: Sequence[Sheet], permitted: Sequence[frozenset[str]], best: Sequence[float]
) -> Shared:
    """One plan for several scenarios, its worst regret to be minimised.

    minimise R
    cost_s(x, y_s) − best_s ≤ R        for each scenario s
    (x, y_s) keeps the rules of s      for each scenario s
    R ≥ 0

    In words: one choice of places x is made before it is known which scenario comes; what follows
    from it, y_s, follows scenario by scenario. Its regret in a scenario is how far it stays
    behind the best that could have been done there, had that been known; the worst of these is
    made as small as it can be.

    Symbols: cost_s the goal in scenario s, turned so that less is better, in the solver's units
    (£k of net present value); best_s the cost of the best plan found for s alone.

    Source: Savage (1951), the theory of statistical decision; Kouvelis & Yu (1997), robust
    discrete optimization, absolute deviation.

    Args:
        sheets: the program of each scenario.
        permitted: the choices that each permits.
        best: best_s of each.
    """
    made = joined(sheets, permitted)
    model = pulp.LpProblem("groundplan_regret", pulp.LpMinimize)
    columns = {
        name: model.add_variable(
            name, c.low, c.high, pulp.LpInteger if c.whole else pulp.LpContinuous
        )
        for name, c in {ONE: Column(1.0, 1.0, False), **made.columns}.items()
    }
    regret = model.add_variable(row_name(REGRET), 0)
    # As large as the goal itself, so that a relative gap is the gap of that, as everywhere.
    shift = max(1.0, max(abs(b) for b in best))
    model += regret - shift * columns[ONE]
    for line in made.lines:
        terms = pulp.LpAffineExpression({columns[name]: c for name, c in line.terms})
        model += pulp.LpConstraint(terms, line.sense, line.name, line.side)
    for n, (cost, least) in enumerate(zip(made.costs, best, strict=True)):
        behind = pulp.LpAffineExpression({columns[name]: c for name, c in cost.items()})
        model += behind - regret <= least, row_name(REGRET, n)
    return Shared(model, {**columns, row_name(REGRET): regret}, made, shift)


def least_regret(
    program: Shared, options: Solver, start: Mapping[str, float], clock: Clock, *, whole: bool
) -> Least:
    """Minimise the worst regret, from the values of a plan where there are any."""
    for name, variable in program.columns.items():
        variable.varValue = start.get(name) if start else None
    return _solved(program, options, clock, whole=whole)


def completed(program: Shared, chosen: Mapping[str, float], options: Solver, clock: Clock) -> Least:
    """What a choice of places comes to in every scenario: its own worst regret, exactly.

    Args:
        program: of the scenarios.
        chosen: names of the choices made → 1; all others are not made.
        options: of the solver.
        clock: when to stop.
    """
    ends = [(v, v.lowBound, v.upBound) for v in program.choices]
    try:
        if any(name not in program.columns for name in chosen):
            return Least("infeasible", float("nan"), 0.0, {})
        for variable, low, high in ends:
            value = float(variable.name in chosen)
            if not (low or 0.0) <= value <= (1.0 if high is None else high):
                return Least("infeasible", float("nan"), 0.0, {})
            variable.bounds(value, value)
        for variable in program.columns.values():
            variable.varValue = None
        return _solved(program, options, clock, whole=True)
    finally:
        for variable, low, high in ends:
            variable.bounds(low, high)


def _solved(program: Shared, options: Solver, clock: Clock, *, whole: bool) -> Least:
    state, bound, _ = run_solver(program.model, options, clock, whole=whole)
    bound = max(0.0, bound + program.shift)
    if state not in ("optimal", "feasible"):
        return Least(state, float("nan"), bound, {})
    values = {name: float(v.varValue or 0.0) for name, v in program.columns.items()}
    worst = values[row_name(REGRET)]
    return Least(state, worst, min(bound, worst), values)

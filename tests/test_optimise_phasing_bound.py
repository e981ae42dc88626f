"""A phased plan is worth the sum of its states, and each state's bound holds for it."""

from __future__ import annotations

from typing import Any

import pulp
import pytest

from optimise.compiled import compile_model, outcome_of
from optimise.engine import run_solver
from optimise.knobs import Solver
from optimise.phasing import bound as bounding
from optimise.phasing.way import way_of
from optimise.problem import Problem
from tests import toy_county

EXACT = Solver(gap=0.0, time_limit_s=30)
CASES: dict[str, dict[str, Any]] = {
    "free": {},
    "held back": {"phasing__moves_per_period": 1},
    "dates": {
        "phasing__windows": {"E": {"earliest": 2027, "latest": 2028}, "libA": {"latest": 2026}},
    },
    "neighbours": {"phasing__neighbours": {"two": {"buildings": ["B", "E"], "bonus_pct": 50}}},
    "capital": {
        "targets__capital_budget_gbp_by_year": {2026: 50_000}, "finance__reinvest_cap_pct": 10,
    },
    "one market": {"phasing__disposals_per_market_area_pa": 1},
}  # fmt: skip


def phased(name: str) -> Problem:
    made = toy_county.markets() if name == "one market" else toy_county.estate()
    return toy_county.problem(made, phasing__periods=4, **CASES[name])


def state_of(problem: Problem, period: int) -> float:
    """The optimum of one state, proved."""
    costs = bounding.costs_of(problem)
    if period == problem.calendar.periods:
        model = bounding._last(problem, costs)
    else:
        model = bounding._state(problem, way_of(problem), costs, period)
    state, value, _ = run_solver(model, EXACT, whole=True)
    assert state == "optimal"
    return value


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_worth_the_sum_of_its_states(name: str) -> None:
    """Each state is one that its program permits, and costs no less than its optimum."""
    problem = phased(name)
    model, decisions = compile_model(problem)
    assert run_solver(model, EXACT, whole=True)[0] == "optimal"
    costs, last = bounding.costs_of(problem), problem.calendar.periods
    timed = decisions.timed
    assert timed is not None
    values = {v.name: v.value() or 0.0 for v in model.variables()}
    others = sum(costs.others.get(n, 0.0) * value for n, value in values.items())
    total = others
    for period in problem.calendar.all:
        adds = sum(
            costs.of_state(a, period, last) * float(pulp.value(timed.by(a, period)) or 0.0)
            for a in costs.done
        )
        rest = others if period == last else 0.0
        assert adds + rest >= state_of(problem, period) - 1e-6
        total += adds
    bonus = sum(
        (v.value() or 0.0) * float(model.objective.get(v, 0.0)) for v in timed.together.values()
    )
    assert total + bonus == pytest.approx(float(pulp.value(model.objective)), abs=1e-6)
    assert costs.constant <= bonus + 1e-9


@pytest.mark.parametrize("name", CASES)
def test_the_states_bound_the_best_plan(name: str) -> None:
    problem = phased(name)
    model, decisions = compile_model(problem)
    _, best, _ = run_solver(model, EXACT, whole=True)
    every = sum(state_of(problem, p) for p in problem.calendar.all)
    assert bounding.costs_of(problem).constant + every <= best + 1e-6
    assert outcome_of(problem, decisions).money.objective_gbp == pytest.approx(-1000 * best, abs=1)


@pytest.mark.parametrize("name", CASES)
def test_a_late_state_bounds_the_early_ones(name: str) -> None:
    problem = phased(name)
    costs, late = bounding.costs_of(problem), problem.calendar.periods - 1
    for early in range(1, late):
        found = bounding.scaled(problem, costs, (early, late), state_of(problem, late))
        assert found <= state_of(problem, early) + 1e-6

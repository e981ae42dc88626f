"""Status, bound and gap that can be believed; HiGHS, CBC and brute force agree."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.compiled import compile_model
from optimise.engine import Searched
from optimise.knobs import Solver
from optimise.making import row_name
from optimise.solve import gap_on_savings, solve
from tests import brute_force, toy_county

ESTATE = toy_county.estate()


def amounts(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low // 1000, high // 1000).map(lambda k: k * 1000)


@st.composite
def small_problems(draw: st.DrawFn) -> Any:
    buildings, services = toy_county.buildings(), toy_county.services()
    n = len(buildings)
    buildings["market_value_gbp"] = [draw(amounts(0, 900_000)) for _ in range(n)]
    buildings["running_cost_gbp_pa"] = [draw(amounts(0, 80_000)) for _ in range(n)]
    buildings["capacity_m2"] = [draw(st.sampled_from([200, 250, 320, 400])) for _ in range(n)]
    services["move_cost_gbp"] = [draw(amounts(0, 90_000)) for _ in range(len(services))]
    services["service_cost_gbp_pa"] = [draw(amounts(0, 60_000)) for _ in range(len(services))]
    changes: dict[str, Any] = {
        "standards__fire_10__threshold_min": draw(st.sampled_from([4, 6, 8, 10, 13])),
        "standards__fire_10__target": draw(st.sampled_from([0.0, 0.5, 0.8, "baseline"])),
        "standards__library_6__threshold_min": draw(st.sampled_from([1, 5, 10])),
        "standards__library_6__target": draw(st.sampled_from([0.3, 0.5, "baseline - 0.2"])),
        "services__library__at_least": draw(st.sampled_from([0, 1])),
    }
    if draw(st.booleans()):
        changes["targets__receipts_gbp"] = draw(amounts(0, 600_000))
    if draw(st.booleans()):
        changes["targets__capital_budget_gbp"] = draw(amounts(0, 200_000))
    estate = toy_county.estate(buildings=buildings, services=services)
    return toy_county.problem(estate, **changes)


@settings(max_examples=12)
@given(small_problems())
def test_highs_cbc_and_brute_force_agree(problem: Any) -> None:
    brute_force.agree(problem)


def test_objective_of_the_model_is_that_of_plain_arithmetic() -> None:
    problem = toy_county.problem(ESTATE)
    model, _ = compile_model(problem)
    model.solve(pulp.HiGHS(msg=False))
    found = solve(problem, Solver(gap=0.0))
    assert -1000 * pulp.value(model.objective) == pytest.approx(found.objective_gbp)


def test_constant_is_inside_the_objective_so_that_the_solvers_gap_is_the_gap_on_savings() -> None:
    model, _ = compile_model(toy_county.problem(ESTATE))
    assert model.objective.constant == 0


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (1_000_000, 1_010_000, 0.01),
        (1_000_000, 1_000_000.5, 0.0),
        (1_000_000, 900_000, 0.0),
        (0.0, 0.0, 0.0),
        (0.0, 50_000, math.inf),
        (-20_000, 50_000, math.inf),
    ],
)
def test_gap_on_savings(objective: float, bound: float, gap: float) -> None:
    assert gap_on_savings(objective, bound) == pytest.approx(gap)


def test_status_is_feasible_when_stopped_before_the_gap() -> None:
    """A run stopped by the clock is never "optimal", whatever PuLP calls it."""
    from optimise import solve as module

    problem = toy_county.problem(ESTATE)
    real = module.search

    def stopped(*given: Any) -> Searched:
        found = real(*given)
        return replace(found, state="optimal", bound=found.bound * 1.5)

    module.search = stopped
    try:
        found = solve(problem, Solver(gap=0.01))
    finally:
        module.search = real
    assert found.status == "feasible"
    assert found.gap_on_savings == pytest.approx(0.5, rel=1e-3)


def test_two_threads_settings_in_one_process() -> None:
    problem = toy_county.problem(ESTATE)
    one = solve(problem, Solver(gap=0.0, threads=1))
    two = solve(problem, Solver(gap=0.0, threads=2))
    assert one.objective_gbp == two.objective_gbp


def test_infeasible_is_said_by_both_solvers() -> None:
    problem = toy_county.problem(ESTATE, targets__receipts_gbp=1_500_000)
    for name in ("highs", "cbc"):
        assert solve(problem, Solver(name=name)).status == "infeasible"


names = st.text(alphabet=st.sampled_from("aA1_-[] .é"), max_size=6)


@given(st.lists(names, min_size=1, max_size=3), st.lists(names, min_size=1, max_size=3))
def test_names_are_injective_and_safe(one: list[str], other: list[str]) -> None:
    assert (row_name(*one) == row_name(*other)) == (one == other)
    assert all(c.isascii() and (c.isalnum() or c == "_") for c in row_name(*one))


def test_hostile_ids_do_not_collide() -> None:
    """site-1 and site_1 would be one row in PuLP's own naming."""
    buildings = toy_county.buildings()
    buildings["asset_id"] = buildings["asset_id"].replace({"B": "s-1", "D": "s_1"})
    services = toy_county.services()
    services["asset_id"] = services["asset_id"].replace({"B": "s-1"})
    renamed = {"s-1": 5.0, "s_1": 5.0}
    toy_county.TOWN.update(renamed)
    try:
        problem = toy_county.problem(toy_county.estate(buildings=buildings, services=services))
    finally:
        for key in renamed:
            toy_county.TOWN.pop(key)
    plain = solve(toy_county.problem(ESTATE), Solver(gap=0.0))
    hostile = solve(problem, Solver(gap=0.0))
    assert hostile.objective_gbp == pytest.approx(plain.objective_gbp)

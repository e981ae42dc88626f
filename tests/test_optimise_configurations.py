"""The proof by neighbourhoods: a bound that is a bound, a start that is a plan.

Two toy counties 60 km apart, joined only by county-wide standards, counts and money.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.estate import Estate
from coverage.times import TravelTimes
from optimise import engine as engines
from optimise import solve as solving
from optimise.audit import audit
from optimise.configurations.blocks import Split, program_of, split
from optimise.configurations.bounds import Proof, prove
from optimise.inputs import Inputs
from optimise.knobs import Solver
from optimise.moves import permitted_moves
from optimise.outcome import outcome
from optimise.problem import Problem, build_problem
from tests import toy_county

FAR_M = 60_000


def twice(frame: pd.DataFrame, ids: tuple[str, ...]) -> pd.DataFrame:
    """The frame and a copy of it 60 km to the east, its ids ending in 2."""
    other = frame.copy()
    for column in ids:
        other[column] = other[column] + "2"
    if "easting" in other:
        other["easting"] = other["easting"] + FAR_M
    return pd.concat([frame, other], ignore_index=True)


def two_counties(**changes: Any) -> Estate:
    layers = toy_county.frames() | changes
    return toy_county.estate(
        buildings=twice(layers["buildings"], ("asset_id",)),
        services=twice(layers["services"], ("unit_id", "asset_id")),
        demand=twice(layers["demand"], ("demand_id",)),
        compatibility=layers["compatibility"],
    )


def far_matrix(estate: Estate, direction: str) -> TravelTimes:
    d_ids, s_ids = list(map(str, estate.demand.index)), list(map(str, estate.buildings.index))
    town = {**toy_county.TOWN, **{f"{k}2": v + 100 for k, v in toy_county.TOWN.items()}}
    minutes = np.array([[max(1.0, abs(town[d] - town[s])) for s in s_ids] for d in d_ids])
    zero = np.zeros
    return TravelTimes(tuple(d_ids), tuple(s_ids), minutes, minutes, zero(len(d_ids)),
                       zero(len(s_ids)), "toy", direction, {})  # fmt: skip


def problem_of(estate: Estate, **changes: Any) -> Problem:
    times = {m: far_matrix(estate, d) for m, d in (("blue_light", "from_site"), ("car", "to_site"))}
    inputs = Inputs(estate, times, None, None, ())
    scenario = toy_county.scenario(**changes)
    moves = permitted_moves(scenario, estate, None)
    return build_problem(scenario, inputs.estate, moves, inputs.times)


def parts_of(problem: Problem) -> tuple[Split, pulp.LpProblem]:
    model, _ = solving.compile_model(problem)
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    names = [r.name for r in model.constraints()], [v.name for v in model.variables()]
    return split(program_of(model.solverModel), *names), model


def test_two_far_counties_fall_apart() -> None:
    """Fire stations at C and C2, whose crews cannot move, and depots E, E2 stand alone."""
    parts, _ = parts_of(problem_of(two_counties()))
    assert [len(b.program.cost) for b in parts.blocks][0:2] == [
        len(b.program.cost) for b in parts.blocks
    ][1::-1]
    assert parts.largest_share == pytest.approx(0.5, abs=0.1)
    everything = np.sort(np.concatenate([*(b.columns for b in parts.blocks), parts.free]))
    assert everything.tolist() == list(range(len(parts.whole.cost)))


def test_one_county_is_one_neighbourhood_beside_what_stands_alone() -> None:
    parts, _ = parts_of(toy_county.problem())
    assert parts.largest_share > 0.75


def test_arrays_are_the_model() -> None:
    """Cost of the best plan is the same through PuLP and through the arrays."""
    parts, model = parts_of(problem_of(two_counties()))
    model.solve(pulp.HiGHS(msg=False, gapRel=0))
    x = np.array([v.value() for v in model.variables()])
    assert parts.whole.cost @ x == pytest.approx(pulp.value(model.objective))
    rows = parts.whole.matrix @ x
    assert (rows >= parts.whole.lower - 1e-6).all()
    assert (rows <= parts.whole.upper + 1e-6).all()


def check_proof(problem: Problem, proof: Proof, parts: Split) -> None:
    best = solving.solve(problem, Solver(gap=0.0))
    if best.status == "infeasible":
        assert proof.start is None
        return
    cost = -best.objective_gbp * solving.SCALE
    assert proof.bound <= cost + 1e-4 * max(1.0, abs(cost))
    if proof.start is not None:
        whole = parts.whole
        assert whole.cost @ proof.start >= cost - 1e-4 * max(1.0, abs(cost))
        rows = whole.matrix @ proof.start
        assert (rows >= whole.lower - 1e-6).all() and (rows <= whole.upper + 1e-6).all()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"targets__receipts_gbp": 2_000_000},
        {"targets__receipts_gbp": 2_600_000},
        {"targets__receipts_gbp": 9_000_000},
        {"targets__capital_budget_gbp": 0, "finance__reinvest_cap_pct": 10},
        {"services__library__at_least": 3},
        {"standards__library_6__target": 0.9},
        {"standards__fire_10__target": 1.0},
    ],
)
def test_bound_and_start_hold(changes: dict[str, Any]) -> None:
    problem = problem_of(two_counties(), **changes)
    parts, _ = parts_of(problem)
    check_proof(problem, prove(parts, gap=0.001, seconds=10), parts)


@settings(max_examples=8)
@given(
    st.lists(st.integers(0, 900), min_size=5, max_size=5),
    st.lists(st.integers(0, 80), min_size=5, max_size=5),
    st.sampled_from([0, 300, 900, 1500]),
    st.sampled_from([0.3, 0.6, "baseline", "baseline - 0.3"]),
)
def test_bound_is_a_bound_whatever_the_money(
    values: list[int], costs: list[int], receipts: int, target: Any
) -> None:
    buildings = toy_county.buildings().assign(
        market_value_gbp=[v * 1000 for v in values],
        running_cost_gbp_pa=[c * 1000 for c in costs],
    )
    problem = problem_of(
        two_counties(buildings=buildings),
        targets__receipts_gbp=receipts * 1000,
        standards__library_6__target=target,
    )
    parts, _ = parts_of(problem)
    check_proof(problem, prove(parts, gap=0.001, seconds=5), parts)


def test_plan_found_by_neighbourhoods_passes_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the compact model stopped at once, start and bound are the neighbourhoods' alone."""
    problem = problem_of(two_counties(), targets__receipts_gbp=2_000_000)
    best = solving.solve(problem, Solver(gap=0.0))
    monkeypatch.setattr(engines, "_run", lambda engine, seconds, threads: "no_plan")
    model, decisions = solving.compile_model(problem)
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    engines._go_on(model, Solver(gap=0.001), ("no_plan", -np.inf), 20.0)
    found = np.array(model.solverModel.getSolution().col_value)
    for var, value in zip(model.variables(), found, strict=True):
        var.varValue = value
    made = outcome(problem, solving._placed(problem, decisions))
    assert not audit(problem, made)
    assert made.money.objective_gbp == pytest.approx(best.objective_gbp, rel=0.01)

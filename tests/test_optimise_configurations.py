"""The proof by neighbourhoods: a bound that is a bound, a start that is a plan.

Two toy counties 60 km apart, joined only by county-wide standards, counts and money.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
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
from optimise.clock import Clock
from optimise.compiled import chosen, compile_model
from optimise.configurations import arrangements
from optimise.configurations import buildings as buildings_module
from optimise.configurations.blocks import Program, Split, program_of, split
from optimise.configurations.bounds import Proof, Task, prove
from optimise.configurations.buildings import Buildings, cut_by_building, mix
from optimise.configurations.prices import first_prices, free_part
from optimise.configurations.pricing import engine_of
from optimise.inputs import Inputs
from optimise.knobs import Solver
from optimise.making import SCALE
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


def compiled(problem: Problem) -> tuple[Program, pulp.LpProblem, tuple[list[str], list[str]]]:
    model, _ = compile_model(problem)
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    names = [r.name for r in model.constraints()], [v.name for v in model.variables()]
    return program_of(model.solverModel), model, names


def parts_of(problem: Problem) -> tuple[Split, pulp.LpProblem]:
    program, model, names = compiled(problem)
    return split(program, *names), model


def buildings_of(problem: Problem) -> Buildings:
    program, _, names = compiled(problem)
    made = cut_by_building(program, *names, Clock(30))
    assert made is not None
    return made


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
    cost = -best.objective_gbp * SCALE
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
@pytest.mark.parametrize("way", ["neighbourhoods", "with buildings", "buildings alone"])
def test_bound_and_start_hold(changes: dict[str, Any], way: str) -> None:
    problem = problem_of(two_counties(), **changes)
    buildings = None if way == "neighbourhoods" else buildings_of(problem)
    if way == "buildings alone":
        assert buildings is not None
        parts = buildings.split
    else:
        parts, _ = parts_of(problem)
    check_proof(problem, prove(parts, Task(0.001, Clock(10)), buildings), parts)


def test_arrangements_are_all_that_a_building_may_hold() -> None:
    """Every point of a building's own rows, tried one by one, is in its list and no other.

    The columns that are no unit's follow from the units: only sets of units are compared,
    and of each the cheapest plan.
    """
    buildings = buildings_of(toy_county.problem(services__library__may_withdraw=True))
    parts, compared = buildings.split, 0
    for block, listed in zip(parts.blocks, buildings.lists, strict=True):
        units = np.flatnonzero(abs(block.joint[parts.places]).sum(axis=0) > 0)
        own = block.program
        for taken in itertools.product((0.0, 1.0), repeat=len(units)):
            low, high = own.low.copy(), own.high.copy()
            low[units] = high[units] = taken
            tried = replace(own, low=low, high=high, cost=abs(own.cost))
            engine = engine_of(tried)
            engine.run()
            possible = engine.getInfo().primal_solution_status == 2
            plans = listed.plans.toarray()
            same = plans[(plans[:, units] == np.array(taken)).all(axis=1)]
            assert len(same) == int(possible), (taken, possible)
            if possible:
                compared += 1
                did = own.matrix @ same[0]
                assert (did >= own.lower - 1e-6).all() and (did <= own.upper + 1e-6).all()
                least = float(engine.getInfo().objective_function_value)
                assert tried.cost @ same[0] == pytest.approx(least)
    assert compared > 20


def test_linear_master_of_buildings_is_no_weaker_than_the_compact_program() -> None:
    """Its bound lies between the compact linear program's and the optimum."""
    problem = problem_of(two_counties(), targets__receipts_gbp=2_000_000)
    buildings = buildings_of(problem)
    cut = buildings.split
    value, prices = first_prices(cut, Clock(20))
    assert prices == pytest.approx(buildings.prices)
    assert value == pytest.approx(buildings.relaxed)
    mixed = mix(buildings, Clock(20))
    bound = free_part(cut, mixed.prices) + sum(
        float(r.min()) for r in buildings.reduced(mixed.prices)
    )
    best = -solving.solve(problem, Solver(gap=0.0)).objective_gbp * SCALE
    assert value - 1e-4 * abs(value) <= bound <= best + 1e-4 * abs(best)


def test_prices_of_buildings_are_those_of_neighbourhoods() -> None:
    """What joins neighbourhoods joins buildings too, so one relaxation is enough for both."""
    problem = problem_of(two_counties(), targets__receipts_gbp=2_000_000)
    buildings, (parts, _) = buildings_of(problem), parts_of(problem)
    at = np.searchsorted(buildings.split.rows, parts.rows)
    assert buildings.split.rows[at].tolist() == parts.rows.tolist()
    value, prices = first_prices(parts, Clock(20))
    assert abs(prices).max() > 0
    assert buildings.prices[at].tolist() == prices.tolist()
    assert buildings.relaxed == value


def test_too_many_arrangements_are_listed_with_fewer_units(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = buildings_of(toy_county.problem())
    most = max(listed.plans.shape[0] for listed in whole.lists)
    assert all(listed.whole for listed in whole.lists)
    monkeypatch.setattr(buildings_module, "IN_ALL", 0)
    monkeypatch.setattr(buildings_module, "IN_ONE", 4)
    monkeypatch.setattr(arrangements, "LIKELIEST", (2, 1))
    fewer = buildings_of(toy_county.problem())
    assert [listed.whole for listed in fewer.lists].count(False) >= 1
    assert max(listed.plans.shape[0] for listed in fewer.lists) < most


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
    check_proof(problem, prove(parts, Task(0.001, Clock(5))), parts)


def test_plan_found_by_neighbourhoods_passes_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the compact model stopped at once, start and bound are the neighbourhoods' alone."""
    problem = problem_of(two_counties(), targets__receipts_gbp=2_000_000)
    best = solving.solve(problem, Solver(gap=0.0))
    monkeypatch.setattr(engines, "_run", lambda engine, so_far, clock, threads: so_far)
    model, decisions = compile_model(problem)
    state, _, _ = engines.run_solver(model, Solver(gap=0.001, time_limit_s=20))
    assert state == "feasible"
    made = outcome(problem, *chosen(decisions))
    assert not audit(problem, made)
    assert made.money.objective_gbp == pytest.approx(best.objective_gbp, rel=0.01)

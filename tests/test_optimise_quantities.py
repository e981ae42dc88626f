"""Rules of members on random small counties: HiGHS, CBC and every plan tried agree.

And each quantity of the program is the same sum in plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import amounts, quantities
from optimise.compiled import chosen, compile_model
from optimise.engine import run_solver
from optimise.knobs import Solver
from optimise.outcome import outcome
from optimise.solve import solve
from tests import brute_force, toy_county

Frames = dict[str, pd.DataFrame]
QUANTITIES = (
    "backlog_gbp", "carbon_tco2e_pa", "floor_area_m2", "buildings_open", "moves", "withdrawals",
    "closures",
)  # fmt: skip


def amount(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low // 1000, high // 1000).map(lambda k: k * 1000)


@st.composite
def rules(draw: st.DrawFn) -> Mapping[str, Any]:
    """Some of the rules, never all: most draws have a plan."""
    offered: dict[str, Any] = {
        "keep": {
            "some": {
                "buildings": ["A", "B", "C", "D"],
                draw(st.sampled_from(["at_least", "at_most", "exactly"])): draw(st.integers(1, 4)),
            }
        },
        "hubs": {
            "geography": "town",
            "areas": [draw(st.sampled_from(["TA", "TB"]))],
            "services": draw(st.integers(1, 3)),
            "outreach": draw(st.booleans()),
        },
        "moves": {"libB": draw(st.sampled_from(["A", "B", "D", "withdrawn"]))},
        "condition": {
            "worst_grade": draw(st.sampled_from(["A", "B", "C"])),
            "works": draw(st.booleans()),
            "blank_grade": draw(st.sampled_from(["A", "D"])),
        },
        "delivery": {
            "per": draw(st.sampled_from(["all", "town", "type"])),
            "moves_at_most": draw(st.integers(0, 2)),
            "closures_at_most": draw(st.integers(0, 2)),
        },
    }
    names = draw(st.lists(st.sampled_from(sorted(offered)), max_size=2, unique=True))
    return {name: offered[name] for name in sorted(names)}


@st.composite
def small_counties(draw: st.DrawFn) -> tuple[Frames, Mapping[str, Any], Mapping[str, Any]]:
    """(buildings and services, what else the scenario says, rules)."""
    buildings, services = toy_county.buildings(), toy_county.services()
    buildings["town_id"] = ["TA", "TB", "TC", "TB", "TA"]
    buildings["market_value_gbp"] = [draw(amount(0, 900_000)) for _ in range(5)]
    # Two hosts: enough for every rule to bind, few enough plans to try them all.
    sizes = st.sampled_from([200, 250, 320, 400])
    buildings["capacity_m2"] = [draw(sizes), None, None, draw(sizes), None]
    buildings["condition_grade"] = [draw(st.sampled_from(["A", "C", "D", ""])) for _ in range(5)]
    buildings["backlog_gbp_p1"] = [draw(amount(0, 200_000)) for _ in range(5)]
    buildings["tco2e_pa"] = [draw(st.integers(0, 90)) for _ in range(5)]
    buildings["vehicle_bays"] = [draw(st.sampled_from([1, 2, None])) for _ in range(5)]
    buildings["capacity_sessions_pw"] = [draw(st.sampled_from([4, 8, None])) for _ in range(5)]
    services["sessions_pw"] = [None, None, draw(st.integers(0, 5)), 3, 4]
    services["service_cost_gbp_pa"] = [draw(amount(0, 60_000)) for _ in range(5)]
    library = {
        "may_withdraw": draw(st.booleans()),
        "move_radius_km": 5,
        "outreach": {
            "space_share": draw(st.sampled_from([0.0, 0.4, 1.0])),
            "running_share": draw(st.sampled_from([0.2, 0.7])),
            "counts_for": draw(st.sampled_from(["all", "none", ["library_6"]])),
            "sessions_pw": draw(st.sampled_from([None, 1])),
            "at_home": draw(st.booleans()),
        },
    }
    changes: dict[str, Any] = {
        "services__library": library,
        "standards__fire_10__target": 0.5,
        "standards__library_6__target": draw(st.sampled_from([0.0, 0.5, 0.8])),
    }
    return {"buildings": buildings, "services": services}, changes, draw(rules())


@settings(max_examples=10)
@given(small_counties())
def test_highs_cbc_and_brute_force_agree(
    drawn: tuple[Frames, Mapping[str, Any], Mapping[str, Any]],
) -> None:
    layers, changes, asked = drawn
    estate = toy_county.estate(**layers)
    problem = toy_county.problem(estate, **changes, **asked)
    best = brute_force.agree(problem)
    if best is not None:
        free = solve(toy_county.problem(estate, **changes), Solver(gap=0.0))
        assert free.objective_gbp >= best.money.objective_gbp - 1.0


@settings(max_examples=8)
@given(small_counties())
def test_quantities_are_the_same_by_plain_arithmetic(
    drawn: tuple[Frames, Mapping[str, Any], Mapping[str, Any]],
) -> None:
    layers, changes, asked = drawn
    problem = toy_county.problem(toy_county.estate(**layers), **changes, **asked)
    model, decisions = compile_model(problem)
    state, _, _ = run_solver(model, Solver(gap=0.0))
    if state == "infeasible":
        return
    made = outcome(problem, *chosen(decisions))
    for name in QUANTITIES:
        modelled = float(pulp.value(getattr(quantities, name)(decisions, problem)) or 0.0)
        assert modelled == pytest.approx(getattr(amounts, name)(problem, made), abs=1e-4), name


def test_what_the_quantities_of_today_are() -> None:
    """A, B, C in use (the empty depot goes): 1,400 m², 115 t, £120,000 of repairs."""
    problem = toy_county.problem(toy_county.graded())
    today = outcome(problem, {})
    assert amounts.floor_area_m2(problem, today) == 1400
    assert amounts.carbon_tco2e_pa(problem, today) == 115
    assert amounts.backlog_gbp(problem, today) == 120_000
    assert amounts.moves(problem, today) == amounts.closures(problem, today) == 0


def test_backlog_is_gone_with_the_works() -> None:
    problem = toy_county.problem(toy_county.graded(), condition={"worst_grade": "C"})
    assert amounts.backlog_gbp(problem, outcome(problem, {})) == 20_000


def test_moves_closures_and_withdrawals() -> None:
    problem = toy_county.problem(services__library__outreach={})
    made = outcome(problem, {"fireA": "D", "libA": "", "libB": "A"}, ("libB",))
    assert amounts.moved(problem, made) == ["fireA", "libB"]
    assert amounts.withdrawn(problem, made) == ["libA"]
    assert amounts.closed(problem, made) == []
    assert amounts.buildings_open(problem, made) == 4

"""Each measure as what is made best, as a floor and as a ceiling, on a toy solved by hand.

The toy county (`tests/toy_county.py`) with no standard to keep, and for each building t CO₂e a
year and £ of repairs outstanding:

    A Hall 40 t £100k   B library 8 t £30k   C End station 12 t £20k   D hub 3 t   E depot 1 t £5k

The crew of C stays. E holds nothing and is always sold (£392k). One library at least is kept;
withdrawing libA saves £10k a year, libB £9k.

    A can be let go in one way only. D has room for the crew of A (150 of 200 m²) and nothing
    beside; B takes in nobody. So: fireA → D, kids and libB stay in B, libA is withdrawn. "HUB"
    B can be let go when what it holds goes to A, or to D, which costs £310k. Libraries never
    share: at the least cost kids go to A, libA stays there and libB is withdrawn.       "HALL"

           open    receipts           saving a year                       capital
    HUB    B C D   882+392 = 1,274k   50+5−15−6.75+10 = 43.25k            310 + 24.8 = 334.8k
    HALL   A C     196+392 =   588k   20+5−2.7+9      = 31.3k (libA stays) 37.2 + 12.4 (fit) = 49.6k
    STAY   A B C             392k     5+10            = 15k (libA withdrawn)   0
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.audit import audit
from optimise.compiled import compile_model, cost_factor
from optimise.goals import MEASURES, NPV, Goal, indicator
from optimise.knobs import Solver
from optimise.measures import FIGURES, value_of
from optimise.objectives import EXPRESSIONS
from optimise.outcome import outcome
from optimise.problem import Problem
from optimise.solution import Solution
from optimise.solve import solve
from tests import brute_force, toy_county

HUB = {"fireA": "D", "kidsB": "B", "libA": "", "libB": "B"}
HALL = {"fireA": "A", "kidsB": "A", "libA": "A", "libB": ""}
STAY = {"fireA": "A", "kidsB": "B", "libA": "", "libB": "B"}
BOTH = {"fireA": "A", "kidsB": "B", "libA": "A", "libB": "B"}
FREE: dict[str, Any] = {
    "standards__fire_10__target": 0.0,
    "standards__fire_10__threshold_min": 6,
    "standards__library_6__target": 0.0,
    "standards__library_6__threshold_min": 4,
    "standards__kids": {
        "service_type": "childrens_centre", "threshold_min": 4, "kind": "report",
    },
}  # fmt: skip
EXACT = Solver(gap=0.0)


@cache
def estate() -> Any:
    buildings = toy_county.buildings()
    buildings["tco2e_pa"] = [40.0, 8.0, 12.0, 3.0, 1.0]
    buildings["backlog_gbp_p1"] = [100_000.0, 30_000.0, 20_000.0, math.nan, 5_000.0]
    services = toy_county.services()
    services.loc[services["unit_id"] == "libB", "service_cost_gbp_pa"] = 11_000.0
    return toy_county.estate(buildings=buildings, services=services)


def problem(**changes: Any) -> Problem:
    return toy_county.problem(estate(), **{**FREE, **changes})


def solved(**changes: Any) -> Solution:
    made = problem(**changes)
    found = solve(made, EXACT)
    if found.outcome is not None:
        assert not audit(replace(made, limits=(*made.limits, *found.kept)), found.outcome)
    return found


def places(found: Solution) -> dict[str, str]:
    assert found.outcome is not None
    return {u: s for u, s in found.outcome.placed.items() if u != "fireC"}


def test_the_names_of_a_measure_are_one_table() -> None:
    assert list(MEASURES) == list(dict.fromkeys(MEASURES))
    assert set(FIGURES) == set(EXPRESSIONS) == set(MEASURES)


def test_net_present_value_alone_is_hub() -> None:
    found = solved()
    assert places(found) == HUB
    assert found.goal.is_npv and found.gap_on_savings == 0
    assert found.value == found.objective_gbp == found.outcome.money.npv_gbp  # type: ignore[union-attr]


def test_net_present_value_is_the_same_program_as_ever() -> None:
    """−NPV in £k with its constant on `one`; nothing of goals or limits beside it."""
    from optimise.objectives import npv_gbp

    model, decisions = compile_model(problem())
    assert cost_factor(NPV) == -1e-3
    worth = -1e-3 * npv_gbp(decisions, problem())
    told = dict(model.objective.items())
    one = next(v for v in told if v.name == "one")
    assert told.pop(one) == pytest.approx(worth.constant)
    assert {v.name: c for v, c in told.items()} == pytest.approx(
        {v.name: c for v, c in worth.items()}
    )
    assert not [r for r in model.constraints() if r.name.split("__")[0] in ("limit", "stage")]


#: (measure, best value, a plan that has it and the best net present value among those that do)
BEST = [
    ("npv_gbp", 1_255_811.055, HUB),
    ("revenue_saving_gbp_pa", 43_250.0, HUB),
    ("net_revenue_cost_gbp_pa", 105_000.0 - 43_250.0, HUB),
    ("receipts_gbp", 1_274_000.0, HUB),
    ("capital_gbp", 0.0, STAY),
    ("backlog_gbp", 50_000.0, HUB),
    ("floor_area_m2", 700.0, HUB),
    ("carbon_tco2e_pa", 8.0 + 12.0 + 3.0, HUB),
    ("moves", 0.0, STAY),
    ("withdrawals", 0.0, BOTH),
    ("closures", 0.0, STAY),
    ("buildings_open", 2.0, HALL),
    # fireA: 1 + 1.5 minutes before it drives; 3.5 to where it is, 7.5 to the next town.
    ("people_within.fire_10", 100.0, HALL),
    ("people_within.library_6", 160.0, BOTH),
    # Deciles 1, 5 and 9 count 1, 0.6 and 0.2: 100 + 36 with a library in both towns.
    ("deprivation_weighted.library_6", 136.0, BOTH),
    ("mean_min.library_6", (100 * 1 + 60 * 1 + 40 * 5) / 200, BOTH),
    # On call from C: 1 + 5 minutes before it drives.
    ("mean_min.fire_10", (100 * 3.5 + 60 * 7.5 + 40 * 7) / 200, HALL),
    ("worst_min.library_6", 5.0, HUB),
    ("worst_min.kids", 5.0, HUB),
    ("worst_min.fire_10", 7.5, HUB),
]


@pytest.mark.parametrize(("key", "value", "plan"), BEST, ids=[row[0] for row in BEST])
def test_a_measure_made_best(key: str, value: float, plan: dict[str, str]) -> None:
    found = solved(objective=key)
    assert found.status == "optimal"
    assert found.goal.key == key
    assert found.value == pytest.approx(value, abs=1e-3)
    assert found.bound == pytest.approx(value, abs=0.1 if "people" in key else 1e-3)
    assert places(found) == plan


#: (measure, side, value just met by the plan beside it, that plan: the best NPV that keeps it)
LIMITS = [
    ("npv_gbp", "at_least", 1_255_811.0, HUB),
    ("revenue_saving_gbp_pa", "at_least", 43_250.0, HUB),
    ("revenue_saving_gbp_pa", "at_most", 31_300.0, HALL),
    ("net_revenue_cost_gbp_pa", "at_most", 61_750.0, HUB),
    ("net_revenue_cost_gbp_pa", "at_least", 73_700.0, HALL),
    ("receipts_gbp", "at_least", 1_274_000.0, HUB),
    ("receipts_gbp", "at_most", 588_000.0, HALL),
    ("capital_gbp", "at_most", 49_600.0, HALL),
    ("backlog_gbp", "at_most", 50_000.0, HUB),
    ("backlog_gbp", "at_least", 120_000.0, HALL),
    ("floor_area_m2", "at_most", 700.0, HUB),
    ("carbon_tco2e_pa", "at_most", 23.0, HUB),
    ("carbon_tco2e_pa", "at_least", 52.0, HALL),
    ("moves", "at_most", 0, STAY),
    # Two moves with A open: the library of B goes to A with the children's centre.
    ("moves", "at_least", 2, {**HALL, "libA": "", "libB": "A"}),
    ("withdrawals", "at_most", 0, BOTH),
    ("withdrawals", "at_least", 1, HUB),
    ("closures", "at_most", 0, STAY),
    ("closures", "at_least", 1, HUB),
    ("buildings_open", "at_most", 2, HALL),
    ("buildings_open", "at_least", 3, HUB),
    ("people_within.fire_10", "at_least", 100, HALL),
    ("deprivation_weighted.library_6", "at_least", 100, HALL),
    ("mean_min.library_6", "at_most", 3.8, HUB),
    ("mean_min.library_6", "at_most", 3.7, BOTH),
    ("worst_min.kids", "at_most", 5, HUB),
]


@pytest.mark.parametrize(("key", "side", "value", "plan"), LIMITS)
def test_a_measure_as_floor_and_ceiling(
    key: str, side: str, value: float, plan: dict[str, str]
) -> None:
    """Each limit stands exactly on the figure of the plan: thresholds are inclusive."""
    found = solved(limits={key: {side: value}})
    assert places(found) == plan
    assert found.goal.is_npv and found.status == "optimal"


@pytest.mark.parametrize(
    ("key", "side", "value"),
    [
        ("npv_gbp", "at_least", 1_255_817.0),
        ("revenue_saving_gbp_pa", "at_least", 43_252.0),
        ("receipts_gbp", "at_least", 1_274_002.0),
        ("floor_area_m2", "at_most", 699.9),
        ("carbon_tco2e_pa", "at_most", 22.9),
        ("backlog_gbp", "at_most", 49_990.0),
        ("buildings_open", "at_most", 1),
        ("people_within.library_6", "at_least", 161),
        ("deprivation_weighted.library_6", "at_least", 136.1),
        ("mean_min.library_6", "at_most", 1.79),
        ("worst_min.library_6", "at_most", 4.9),
    ],
)
def test_a_limit_just_beyond_what_is_possible_is_impossible(
    key: str, side: str, value: float
) -> None:
    assert solve(problem(limits={key: {side: value}}), EXACT).status == "infeasible"


def test_the_audit_recounts_limits_without_the_program() -> None:
    held = problem(limits={"moves": {"at_most": 0}, "mean_min": {"library_6": {"at_most": 3.7}}})
    (issue,) = audit(held, outcome(held, HUB))
    assert issue.rule == "audit.limits"
    assert issue.ids == (
        "mean_min.library_6: 3.80 minutes against at most 3.70 minutes",
        "moves: 1 move against at most 0 moves",
    )
    assert not audit(held, outcome(held, BOTH))


# --- weighted sums -------------------------------------------------------------------------


def test_a_weight_decides_between_two_plans() -> None:
    """HUB is worth £476,985 more than HALL and reaches 40 fewer people by fire in time (60, 100).

    So a person is worth keeping the Hall for from £11,925 up.
    """
    hub, hall = (outcome(problem(), plan).money.npv_gbp for plan in (HUB, HALL))
    tipping = (hub - hall) / 40
    assert tipping == pytest.approx(11_924.6, abs=1)
    for weight, plan in ((tipping - 1, HUB), (tipping + 1, HALL)):
        weights = {"npv_gbp": 1, "people_within": {"fire_10": weight}}
        found = solved(objective={"weights": weights})
        assert places(found) == plan
        assert found.goal.unit.key == "points"


def test_less_is_better_figures_are_taken_off_a_score() -> None:
    """A move must save £700k to be worth it: HUB does (752k over STAY), at 760k it does not."""
    for price, plan in ((700_000, HUB), (760_000, STAY)):
        found = solved(objective={"weights": {"npv_gbp": 1, "moves": price}})
        assert places(found) == plan
        moved = sum(s != problem().units[u].home for u, s in plan.items() if s)
        assert found.value == pytest.approx(found.objective_gbp - price * moved)


def test_terms_of_one_unit_keep_it_and_of_one_way_keep_the_way() -> None:
    times = Goal(((indicator("mean_min.a"), 1.0), (indicator("worst_min.b"), 0.5)))
    assert (times.unit.key, times.more_is_better) == ("min", False)
    money = Goal(((indicator("npv"), 1.0), (indicator("capital_gbp"), 0.5)))
    assert (money.unit.key, money.more_is_better) == ("gbp", True)
    assert [weight for _, weight in money.signed_terms] == [1.0, -0.5]
    people = Goal(
        tuple((indicator(f"people_within.{x}", x, x), 1.0) for x in ("population", "under_5"))
    )
    assert people.unit.key == "points"


@pytest.mark.parametrize("key", ["moves", "mean_min.library_6", "people_within.fire_10", "npv_gbp"])
def test_a_weighted_sum_of_one_measure_is_that_measure(key: str) -> None:
    alone, one, three = (
        solved(objective=o) for o in (key, {"weights": {key: 1}}, {"weights": {key: 3}})
    )
    assert one.value == alone.value and one.goal == alone.goal
    assert three.value == pytest.approx(3 * alone.value)
    assert places(one) == places(alone) == places(three)


# --- against every possible plan ------------------------------------------------------------

KEYS = sorted({row[0] for row in BEST} | {"deprivation_weighted.fire_10", "worst_min.fire_10"})
EVERY = st.sampled_from(KEYS)


@st.composite
def small_cases(draw: st.DrawFn) -> tuple[Any, dict[str, Any]]:
    """Buildings and changes: other money, thresholds and floors, and a goal of the table."""
    buildings = toy_county.buildings()
    n = len(buildings)
    thousands = st.integers(0, 900).map(lambda k: k * 1000)
    buildings["market_value_gbp"] = [draw(thousands) for _ in range(n)]
    buildings["tco2e_pa"] = [draw(st.integers(1, 50)) for _ in range(n)]
    buildings["backlog_gbp_p2"] = [1000 + draw(thousands) for _ in range(n)]
    buildings["capacity_m2"] = [draw(st.sampled_from([200, 250, 400])) for _ in range(n)]
    changes: dict[str, Any] = {
        **FREE,
        "standards__library_6__threshold_min": draw(st.sampled_from([1, 5, 10])),
        "standards__fire_10__threshold_min": draw(st.sampled_from([4, 8, 13])),
        "services__library__at_least": draw(st.sampled_from([0, 1])),
        # A third of the plans to try: whether the children's centre moves is in the other tests.
        "services__childrens_centre__may_move": False,
        "objective": [draw(EVERY)]
        if draw(st.booleans())
        else {"weights": {draw(EVERY): 2, draw(EVERY): 0.5}},
    }
    if draw(st.booleans()):
        changes["limits"] = {
            "moves": {"at_most": draw(st.sampled_from([0, 1, 2]))},
            "worst_min.library_6": {"at_most": draw(st.sampled_from([4, 5, 9, 10]))},
        }
    return buildings, changes


@settings(max_examples=4)
@given(small_cases())
def test_highs_cbc_and_brute_force_agree_on_every_goal(case: tuple[Any, dict[str, Any]]) -> None:
    buildings, changes = case
    small = toy_county.problem(toy_county.estate(buildings=buildings), **changes)
    small = replace(small, stages=small.stages[:1])
    best = brute_force.best(small)
    for name in ("highs", "cbc"):
        found = solve(small, Solver(name=name, gap=0.0))
        if best is None:
            assert found.status == "infeasible"
            continue
        assert found.outcome is not None and found.status == "optimal"
        assert not audit(small, found.outcome)
        rounding = 2 * small.goal.unit.tolerance
        assert found.value == pytest.approx(value_of(small.goal, small, best), abs=rounding)
        assert found.bound == found.value or small.goal.better(found.bound, found.value)


@settings(max_examples=4)
@given(EVERY, EVERY, st.floats(0, 1), st.floats(0, 1))
def test_tightening_a_limit_never_improves(goal: str, key: str, one: float, other: float) -> None:
    """Between the figures of doing nothing and of the best plan, from the looser to the tighter."""
    free = problem(objective=[goal], limits={})
    measure = MEASURES[key.partition(".")[0]]
    side = "at_least" if measure.more_is_better else "at_most"
    probe = problem(objective=[key])
    at_best = solve(probe, EXACT).value
    today = value_of(probe.goal, probe, outcome(probe, {}))
    values = [
        solve(
            problem(objective=[goal], limits={key: {side: today + share * (at_best - today)}}),
            EXACT,
        ).value
        for share in sorted((one, other))
    ]
    best = solve(free, EXACT).value
    slack = 2 * free.goal.unit.tolerance
    way = 1 if free.goal.more_is_better else -1
    assert way * values[0] <= way * best + slack
    assert math.isnan(values[1]) or way * values[1] <= way * values[0] + slack

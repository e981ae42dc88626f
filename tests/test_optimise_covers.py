"""Cover as rules: what the merged groups come to is what the drive times say, whatever is placed.

The county of these tests is drawn at random: up to six places, four sites, three crews that may
stay, move or go, with vehicles, turnouts and absences of their own.
"""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.standards import Standard
from coverage.travel import TravelTimes
from optimise.constraints import access, response_cover
from optimise.covers import (
    Ask,
    CoverRule,
    Tally,
    cover_rules,
    promise,
    standard_data,
    tally_after,
    tally_of,
    tally_rules,
)
from optimise.decisions import make_decisions
from optimise.problem import Problem
from optimise.tallies import StandardData
from optimise.units import Unit
from tests import toy_county

SITES = ("S1", "S2", "S3", "S4")


def unit(unit_id: str, sites: tuple[str, ...], **changes: Any) -> Unit:
    plain: dict[str, Any] = {
        "service_type": "fire", "home": sites[0], "space_m2": 1.0, "fixed": False,
        "may_withdraw": False, "move_gbp": 0.0, "hosting_gbp_pa": 0.0, "withdrawal_gbp_pa": 0.0,
        "turnout_s": 0.0, "vehicles": 1,
    }  # fmt: skip
    return Unit(unit_id=unit_id, sites=sites, **{**plain, **changes})


def data_of(
    minutes: np.ndarray, units: dict[str, Unit], weight: list[float] | None = None, **record: Any
) -> StandardData:
    """A standard for places d0, d1, … with these minutes to S1 … S4."""
    ids = [f"d{i}" for i in range(len(minutes))]
    demand = pd.DataFrame(
        {
            "population": weight or [float(10 * (i + 1)) for i in range(len(ids))],
            "ward_code": ["W1" if i % 2 else "W2" for i in range(len(ids))],
        },
        index=ids,
    )
    d, s = minutes.shape
    times = TravelTimes(
        tuple(ids), SITES[:s], minutes, minutes * 500.0, np.zeros(d), np.zeros(s), "toy",
        "from_site", {"bound_min": 30.0},
    )  # fmt: skip
    plain = {"standard_id": "std", "service_type": "fire", "mode": "blue_light",
             "clock_start": "alert"}  # fmt: skip
    if record.get("statistic", "share_within") == "share_within":
        plain |= {"threshold_min": 10, "target": 0.5}
    estate: Any = SimpleNamespace(demand=demand)
    return standard_data(Standard.model_validate({**plain, **record}), estate, units, times)


def everywhere(units: dict[str, Unit]) -> Any:
    """Every placing of the units."""
    choices = [(*u.sites, *(("",) if u.may_withdraw else ())) for u in units.values()]
    for chosen in itertools.product(*choices):
        yield dict(zip(units, chosen, strict=True))


def by_groups(rule: CoverRule, units: dict[str, Unit], placed: dict[str, str]) -> float:
    """The tally as the program would count it: group by group."""
    total = rule.always
    for group in rule.groups:
        vehicles = sum(
            min(units[u].vehicles, group.need)
            for p in group.providers
            for u in group.units_at(p, rule)
            if placed[u] == p.site_id
        )
        total += group.gain * (vehicles >= group.need)
    return total


def agrees(tally: Tally, units: dict[str, Unit]) -> None:
    rules = {rule.area_id: rule for rule in tally_rules(tally, units)}
    for placed in everywhere(units):
        again = tally_after(tally, units, placed)
        assert list(again) == list(rules)
        for area, rule in rules.items():
            assert by_groups(rule, units, placed) == pytest.approx(again[area].tally, abs=1e-6)
            assert rule.total == pytest.approx(again[area].total)
            assert rule.most >= again[area].tally - 1e-6


minutes = st.one_of(st.integers(0, 20).map(float), st.just(math.nan))
grids = st.integers(1, 6).flatmap(
    lambda d: st.lists(st.lists(minutes, min_size=4, max_size=4), min_size=d, max_size=d).map(
        np.array
    )
)
crews = st.lists(
    st.fixed_dictionaries(
        {
            "sites": st.lists(st.sampled_from(SITES), min_size=1, max_size=3, unique=True),
            "may_withdraw": st.booleans(),
            "vehicles": st.integers(1, 2),
            "turnout_s": st.sampled_from([0.0, 120.0]),
            "availability_day": st.sampled_from([1.0, 0.8, 0.5, 0.0]),
            "availability_night": st.sampled_from([1.0, 0.6]),
        }
    ),
    max_size=3,
)
RECORDS: list[dict[str, Any]] = [
    {},
    {"nth_vehicle": 2},
    {"geography": "ward", "target": "baseline - 0.1"},
    {"availability": "day"},
    {"availability": "mean", "nth_vehicle": 2},
    {"statistic": "percentile", "percentile": 80, "target": 8},
    {"statistic": "percentile", "percentile": 50, "target": "baseline + 2", "geography": "ward"},
    {"statistic": "percentile", "percentile": 60, "target": 9, "availability": "night"},
    {"statistic": "worst", "target": 12},
    {"statistic": "mean", "target": 9},
    {"statistic": "mean", "target": "baseline + 1", "geography": "ward"},
    {"statistic": "mean", "target": 9, "unreached_min": 12},
    {"statistic": "mean", "target": 9, "nth_vehicle": 2},
    {"statistic": "mean", "target": 9, "availability": "mean", "day_hours": 9},
]


def made_units(drawn: list[dict[str, Any]]) -> dict[str, Unit]:
    return {
        f"u{i}": unit(
            f"u{i}", tuple(one["sites"]), **{k: v for k, v in one.items() if k != "sites"}
        )
        for i, one in enumerate(drawn)
    }


@pytest.mark.parametrize("record", RECORDS, ids=str)
@settings(max_examples=50)
@given(grid=grids, drawn=crews)
def test_groups_come_to_what_the_drive_times_say(
    record: dict[str, Any], grid: np.ndarray, drawn: list[dict[str, Any]]
) -> None:
    units = made_units(drawn)
    agrees(promise(data_of(grid, units, **record)), units)


@pytest.mark.parametrize("use", ["within", "mean", "worst", "kept", "growth"])
@settings(max_examples=50)
@given(grid=grids, drawn=crews)
def test_further_tallies_too(use: Any, grid: np.ndarray, drawn: list[dict[str, Any]]) -> None:
    units = made_units(drawn)
    data = data_of(grid, units)
    agrees(tally_of(data, rule_id="further", use=use, ask=Ask(growth_min=1.0)), units)


@given(grid=grids, drawn=crews, allowed=st.lists(minutes, min_size=6, max_size=6))
def test_thresholds_of_ones_own(
    grid: np.ndarray, drawn: list[dict[str, Any]], allowed: list[float]
) -> None:
    units = made_units(drawn)
    data = data_of(grid, units)
    own = pd.Series(allowed[: len(grid)], index=data.weight.index)
    tally = tally_of(data, rule_id="own", use="within", ask=Ask(minutes_allowed=own))
    agrees(tally, units)


@settings(max_examples=50)
@given(grid=grids, drawn=crews)
def test_a_percentile_is_a_share(grid: np.ndarray, drawn: list[dict[str, Any]]) -> None:
    """The 80th percentile is within 8 minutes exactly when 80 % are; worst is 100 %."""
    units = made_units(drawn)
    share = {"threshold_min": 8, "target": 0.8}
    for record, same in (
        ({"statistic": "percentile", "percentile": 80, "target": 8}, share),
        ({"statistic": "worst", "target": 8}, {**share, "target": 1.0}),
    ):
        asked = cover_rules(data_of(grid, units, **record), units)
        shared = cover_rules(data_of(grid, units, **same), units)
        assert [(r.groups, r.always, r.required) for r in asked] == [
            (r.groups, r.always, r.required) for r in shared
        ]
        data = data_of(grid, units, **record)
        for placed in everywhere(units):
            found = tally_after(promise(data), units, placed)[""]
            held = found.tally >= (asked[0].required or 0.0) - 1e-9
            assert held == (found.figure <= 8 + 1e-6)


def test_mean_by_hand() -> None:
    """Two crews; d0 is 2, 6 or 9 minutes from S1, S2, S3. u0 stays within S2 and S3, u1 may be at
    S1 or go. Nobody waits longer than 9 (u0 at its farthest), so only S1 and S2 matter:
    10 people × (9 − 6) for someone at S2 or nearer, × (6 − 2) more for someone at S1.
    """
    units = {
        "u0": unit("u0", ("S2", "S3")),
        "u1": unit("u1", ("S1",), may_withdraw=True),
    }
    data = data_of(np.array([[2.0, 6.0, 9.0, 20.0]]), units, statistic="mean", target=6)
    (rule,) = cover_rules(data, units)
    assert data.ceiling_min == 30
    assert rule.always == 10 * (30 - 9)
    gains = {tuple(p.site_id for p in g.providers): g.gain for g in rule.groups}
    assert gains == {("S1",): 40.0, ("S1", "S2"): 30.0}
    assert rule.required == 10 * (30 - 6)
    assert rule.figure(by_groups(rule, units, {"u0": "S3", "u1": "S1"})) == 2.0
    assert rule.figure(by_groups(rule, units, {"u0": "S2", "u1": ""})) == 6.0
    assert rule.tally_of(6.0) == rule.required


def test_availability_by_hand() -> None:
    """10 people in reach of u0 (half of the hours) and u1 (nine tenths): nine tenths of 10 while
    u1 is there, half of 10 with u0 alone: u0 adds nothing to u1."""
    units = {
        "u0": unit("u0", ("S1",), may_withdraw=True, availability_day=0.5),
        "u1": unit("u1", ("S2",), may_withdraw=True, availability_day=0.9),
    }
    data = data_of(np.array([[1.0, 1.0, 99.0, 99.0]]), units, availability="day", target=0.5)
    (rule,) = cover_rules(data, units)
    gains = {tuple(p.site_id for p in g.providers): round(g.gain, 6) for g in rule.groups}
    assert gains == {("S1", "S2"): 5.0, ("S2",): 4.0}
    for placed, reached in (
        ({"u0": "S1", "u1": "S2"}, 9.0),
        ({"u0": "S1", "u1": ""}, 5.0),
        ({"u0": "", "u1": "S2"}, 9.0),
        ({"u0": "", "u1": ""}, 0.0),
    ):
        assert by_groups(rule, units, placed) == pytest.approx(reached)
        assert tally_after(promise(data), units, placed)[""].figure == pytest.approx(reached / 10)


def test_second_vehicle_counts_as_long_as_the_less_available_crew() -> None:
    units = {
        "u0": unit("u0", ("S1",), availability_day=0.5),
        "u1": unit("u1", ("S2",), availability_day=0.9),
    }
    near = np.array([[1.0, 1.0, 99.0, 99.0]])
    data = data_of(near, units, availability="day", nth_vehicle=2)
    (rule,) = cover_rules(data, units)
    assert (rule.always, rule.groups) == (5.0, ())


def test_a_unit_that_always_reaches_is_not_counted_twice() -> None:
    """Two vehicles needed: u0 reaches from wherever it may be, so one more, and not u0 again."""
    units = {"u0": unit("u0", ("S1", "S2")), "u1": unit("u1", ("S2", "S3"))}
    data = data_of(np.array([[1.0, 1.0, 99.0, 99.0]]), units, nth_vehicle=2)
    (rule,) = cover_rules(data, units)
    (group,) = rule.groups
    assert (group.need, group.without, group.unit_ids(rule)) == (1, ("u0",), ("u1",))
    assert [p.site_id for p in group.providers] == ["S2"]


def test_too_few_vehicles_are_no_decision() -> None:
    units = {"u0": unit("u0", ("S1",), may_withdraw=True)}
    data = data_of(np.array([[1.0, 1.0, 1.0, 1.0]]), units, nth_vehicle=2)
    (rule,) = cover_rules(data, units)
    assert (rule.always, rule.groups, rule.most) == (0.0, (), 0.0)


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_units_over_the_border_serve_and_are_not_moved(record: dict[str, Any]) -> None:
    """A fixed crew stands in no group: it is a constant, or it leaves fewer vehicles to find."""
    units = {
        "over": unit("over", ("S1",), fixed=True, vehicles=2),
        "own": unit("own", ("S2", "S3"), may_withdraw=True),
    }
    grid = np.array([[1.0, 4.0, 9.0, 9.0], [25.0, 4.0, 9.0, 9.0]])
    data = data_of(grid, units, **record)
    rules = cover_rules(data, units)
    assert all("over" not in u for rule in rules for u in rule.units.values())
    assert sum(rule.always for rule in rules) > 0
    tally = promise(data)
    for placed in ({"own": "S2"}, {"own": "S3"}, {"own": ""}):
        again = tally_after(tally, units, {"over": "S1", **placed})
        for rule in rules:
            told = by_groups(rule, units, {"over": "S1", **placed})
            assert told == pytest.approx(again[rule.area_id].tally)


def test_shuffled_rows_make_the_same_rules() -> None:
    rng = np.random.default_rng(5)
    grid = rng.integers(0, 20, (6, 4)).astype(float)
    units = {"u0": unit("u0", ("S1", "S2"), may_withdraw=True), "u1": unit("u1", ("S3", "S4"))}
    data = data_of(grid, units, statistic="mean", target=9)
    turned = data.times.for_demand(list(data.times.demand_ids)[::-1])
    again = tally_rules(
        Tally(**{**vars(promise(data)), "weight": data.weight[::-1], "area": data.area[::-1]}),
        dict(reversed(units.items())),
    )
    assert turned.demand_ids != data.times.demand_ids
    assert again == cover_rules(data, units)


def solved(problem: Problem, rule_id: str, placed: dict[str, str], sense: int) -> float:
    """The least or most that the rows let a tally be with the units fixed where they are placed."""
    from optimise.constraints.served import tally

    model = pulp.LpProblem("fixed", sense)
    decisions = make_decisions(model, problem)
    (rule,) = problem.rules_of(rule_id)
    model += tally(decisions, problem, rule)
    for family in (response_cover, access):
        family.add(model, decisions, problem)
    for (u, s), var in decisions.at.items():
        value = float(placed[u] == s)
        var.lowBound = var.upBound = value
    model.solve(pulp.HiGHS(msg=False))
    return float(pulp.value(model.objective))


@pytest.mark.parametrize("use", ["within", "mean"])
def test_both_ways_leaves_the_program_no_choice(use: Any) -> None:
    """With a gap's other side to look at, the least and the most that may be told are the truth."""
    made = toy_county.problem(services__fire__may_withdraw=True)
    ask = Ask(both_ways=True)
    for standard_id, n in (("library_6", 0), ("fire_10", 1)):
        data = next(s for s in made.standards if s.standard.standard_id == standard_id)
        tally = tally_of(data, rule_id=f"both_{n}", use=use, ask=ask)
        problem = _with(made, tally)
        kind = data.standard.service_type
        units = {u: v for u, v in made.units.items() if v.service_type == kind}
        for placed in everywhere(units):
            full = {u: placed.get(u, made.units[u].home) for u in made.units}
            truth = tally_after(tally, made.units, full)[""].tally
            for sense in (pulp.LpMinimize, pulp.LpMaximize):
                assert solved(problem, tally.rule_id, full, sense) == pytest.approx(truth, abs=1e-5)


def _with(made: Problem, tally: Tally) -> Problem:
    from dataclasses import replace

    return replace(made, covers=tally_rules(tally, made.units), tallies=(tally,))

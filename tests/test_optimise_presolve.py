"""What is impossible on the face of it is refused in words: rule, ids, how much, how far.

The toy is `tests/toy_county.py`: three towns 5 minutes apart, a hub that could be built at B.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from assets.estate import Estate
from assets.issues import Issue
from optimise.faults import ImpossibleError, NoPlanError
from optimise.moves import permitted_moves
from optimise.out_of_reach import never_reached
from optimise.plan import make_plan
from optimise.presolve import contradictions, shortfalls
from optimise.problem import build_problem
from optimise.room import shortages
from tests import toy_county


def refusal(made: Estate | None = None, **changes: Any) -> ImpossibleError:
    with pytest.raises(ImpossibleError) as caught:
        make_plan(toy_county.scenario(**changes), toy_county.inputs(made))
    return caught.value


def the_issue(made: Estate | None = None, **changes: Any) -> Issue:
    issues = refusal(made, **changes).issues
    assert len(issues) == 1, issues
    return issues[0]


# --- locks and counts -----------------------------------------------------------------------


def test_unit_with_nowhere_to_go() -> None:
    """The on-call crew at C can be nowhere else, and C is to be let go."""
    error = refusal(locks={"C": "close"})
    assert [(i.rule, i.ids) for i in error.issues] == [("locks.nowhere_to_go", ("fireC",))]
    assert error.refusal is not None
    assert [r.key for r in error.refusal.rules] == ["locks.C"]
    assert [(w.key, w.words, w.enough) for w in error.refusal.ways] == [
        ("locks.C", "unlock it", True)
    ]


def test_unit_that_may_not_change_in_a_building_that_closes() -> None:
    services = toy_county.services().assign(lock=["stay", "", "", "", ""])
    issue = the_issue(toy_county.estate(services=services), locks={"A": "close"})
    assert (issue.rule, issue.ids) == ("locks.stays_where_it_closes", ("fireA",))


def test_all_possible_places_locked_to_close() -> None:
    error = refusal(locks={"A": "close", "B": "close", "D": "close"})
    assert {"fireA", "kidsB"} <= set(error.issues[0].ids)


def test_a_set_kept_whole_against_a_lock() -> None:
    issue = the_issue(locks={"B": "close"}, keep={"north": {"buildings": ["B", "C"]}})
    assert (issue.rule, issue.ids) == ("locks.kept_but_closed", ("B",))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"services__library__at_least": 3}, "services.library.at_least"),
        ({"services__fire__at_most": 1}, "services.fire.at_most"),
        ({"keep": {"two": {"units": ["libA", "libB"], "at_most": 1}},
          "services__library__may_withdraw": False}, "keep.two"),
        ({"keep": {"one": {"buildings": ["A", "B"], "at_least": 2}}, "locks": {"B": "close"}},
         "keep.one"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be(changes: dict[str, Any], rule: str) -> None:
    error = refusal(**changes)
    assert error.issues[0].rule == rule
    # Where the program has no row for it, nothing is said to clash.
    assert error.refusal is None or error.refusal.rules


# --- cover ----------------------------------------------------------------------------------


def test_cover_above_all_sites_together_names_who_is_out_of_reach() -> None:
    """Libraries may be at A, B and D: C's town (40 people) is 5 minutes from the nearest."""
    issue = the_issue(standards__library_6__threshold_min=4, standards__library_6__target=0.9)
    assert issue.rule == "standards.library_6.target"
    assert "90.0% asked for" in issue.message and "80.0% (160 of 200)" in issue.message
    assert "40 population in 1 place: d3 (40 population, nearest permitted site B: 5 minutes)" in (
        issue.message
    )
    assert issue.ids == ("d3",)


def test_cover_exactly_reached_is_no_shortfall() -> None:
    made = toy_county.problem(
        standards__library_6__threshold_min=4, standards__library_6__target=0.8
    )
    assert not shortfalls(made)


def test_demand_without_any_route_is_said_to_have_none() -> None:
    given = toy_county.inputs()
    minutes = given.times["car"].minutes.copy()
    minutes[2, :] = math.nan

    times = {**given.times, "car": replace(given.times["car"], minutes=minutes)}
    chosen = toy_county.scenario(standards__library_6__target=1.0)
    moves = permitted_moves(chosen, given.estate, given.catchment)
    made = build_problem(chosen, given.estate, moves, times)
    rule = next(r for r in made.covers if r.standard_id == "library_6")
    assert [(u.demand_id, u.site_id, u.minutes) for u in never_reached(made, rule)] == [
        ("d3", "", math.inf)
    ]
    assert "no route from any permitted site" in shortfalls(made)[0].message


# --- money ----------------------------------------------------------------------------------


def test_receipts_leave_out_what_can_never_be_released() -> None:
    """A £882,000, B £196,000, E £392,000; C (£294,000) holds a crew that can be nowhere else."""
    issue = the_issue(targets__receipts_gbp=1_500_000)
    assert "£1,470,000 together" in issue.message
    assert not shortfalls(toy_county.problem(targets__receipts_gbp=1_470_000))


def test_saving_above_everything_together() -> None:
    """A £50,000, B £20,000 and E £5,000 a year; two libraries withdrawn at £10,000 each."""
    issue = the_issue(targets__revenue_saving_gbp_pa=96_000)
    assert issue.rule == "targets.revenue_saving_gbp_pa" and "£95,000 together" in issue.message
    assert not shortfalls(toy_county.problem(targets__revenue_saving_gbp_pa=95_000))


def test_capital_below_what_is_decided_already() -> None:
    """D must be built: £250,000 and 24 % optimism bias are £310,000, and no receipt may pay."""
    changes = {"locks": {"D": "retain"}, "finance__reinvest_cap_pct": 0}
    issue = the_issue(targets__capital_budget_gbp=309_000, **changes)
    assert issue.rule == "targets.capital_budget_gbp" and "costs £310,000" in issue.message
    assert not shortfalls(toy_county.problem(targets__capital_budget_gbp=310_000, **changes))


# --- room -----------------------------------------------------------------------------------


def test_room_short_by_so_many_square_metres() -> None:
    """With A and B closed the hub's 200 m² are left for a crew (150) and a centre (60)."""
    error = refusal(
        locks={"A": "close", "B": "close"},
        services__library__at_least=0,
        standards__library_6__target=0.0,
    )
    issue = error.issues[0]
    assert (issue.rule, issue.ids) == ("buildings.no_room", ("fireA", "kidsB"))
    assert "need 210 m²" in issue.message and "10 m² short" in issue.message
    assert "1 childrens centre, 1 fire" in issue.message
    assert error.refusal is not None
    assert {w.key: w.words for w in error.refusal.ways} == {
        "locks.A": "unlock it",
        "locks.B": "unlock it",
        "buildings.D.capacity_m2": "200 m² → 210 m²",
    }


@pytest.mark.parametrize(("room_m2", "short"), [(210, ()), (209.9, (0.1,)), (150, (60.0,))])
def test_room_is_short_to_the_tenth(room_m2: float, short: tuple[float, ...]) -> None:
    buildings = toy_county.buildings().assign(capacity_m2=[400, None, None, room_m2, None])
    made = toy_county.problem(
        toy_county.estate(buildings=buildings), locks={"A": "close", "B": "close"}
    )
    assert [s.short_m2 for s in shortages(made)] == pytest.approx(short)


def test_two_groups_that_are_short_are_told_apart() -> None:
    """Two counties 60 km apart, each with its own hub: two shortages of 10 m²."""
    layers = toy_county.frames()
    parts = []
    for suffix, east in (("", 0), ("2", 60_000)):
        frame = layers["buildings"].assign(easting=layers["buildings"]["easting"] + east)
        parts.append(frame.assign(asset_id=frame["asset_id"] + suffix))
    units = [
        layers["services"].assign(
            asset_id=layers["services"]["asset_id"] + s, unit_id=layers["services"]["unit_id"] + s
        )
        for s in ("", "2")
    ]
    made = toy_county.estate(buildings=pd.concat(parts, ignore_index=True),
                             services=pd.concat(units, ignore_index=True))  # fmt: skip
    locks = dict.fromkeys(("A", "B", "A2", "B2"), "close")
    given = toy_county.scenario(locks=locks)

    far = toy_county.TOWN | {f"{k}2": v + 100 for k, v in toy_county.TOWN.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(toy_county, "TOWN", far)
        times = toy_county.inputs(made).times
    problem = build_problem(given, made, permitted_moves(given, made, None), times)
    assert [(s.unit_ids, round(s.short_m2, 6)) for s in shortages(problem)] == [
        (("fireA", "kidsB"), 10.0),
        (("fireA2", "kidsB2"), 10.0),
    ]


def test_nothing_is_said_of_a_county_that_can_be_planned() -> None:
    made = toy_county.problem()
    assert not contradictions(made) and not shortfalls(made) and not shortages(made)


# --- in time --------------------------------------------------------------------------------


def test_no_plan_in_time_is_not_called_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    from optimise import solve
    from optimise.engine import Searched

    monkeypatch.setattr(solve, "search", lambda *given: Searched("no_plan", -1e9, "HiGHS"))
    with pytest.raises(NoPlanError, match="that none exists is not shown") as caught:
        make_plan(toy_county.scenario(), toy_county.inputs())
    assert caught.value.refusal is not None and caught.value.refusal.possible


def test_a_hub_that_no_building_could_be() -> None:
    """Nothing may move to C's town but what is there: one service, two asked for."""
    error = refusal(toy_county.towns(), hubs={"geography": "town", "areas": ["TC"], "services": 3})
    assert [(i.rule, i.ids) for i in error.issues] == [("hubs", ("TC",))]
    assert error.refusal is not None
    assert [(w.key, w.words) for w in error.refusal.ways] == [("hubs.at_least", "1 → 0")]

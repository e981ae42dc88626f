"""The money of change told action by action, as flows in time, and as sums: one and the same.

The toy county (`tests/toy_county.py`) with every way in which money moves: B is held on a lease
with a penalty, rent and repairs; D, a candidate of special design, comes with a grant; A was
built with a grant that is repaid when its use ends, and its receipt is unsure; units pay once
to change; libraries may become outreach.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import pandas as pd
import pulp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise import objectives
from optimise.actions import Action, actions, all_flows, flows, present_gbp
from optimise.decisions import Decisions, make_decisions
from optimise.money.lines import VALUED
from optimise.outcome import Outcome, outcome
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem
from optimise.taken import change_of, sums_of, taken
from tests import toy_county

FINANCE = {
    "horizon_yr": 10,
    "running_cost_saved_pct": 80,
    "optimism_bias_pct_by_class": {"non_standard": 51},
    "receipt_haircut_pct": {"low": 25},
}


def estate() -> Any:
    buildings = toy_county.buildings().assign(
        tenure=["freehold", "leasehold", "freehold", "freehold", "freehold"],
        months_to_sell=[30, None, 18, None, 6],
        grant_gbp=[None, None, None, 50_000, None],
        clawback_gbp=[40_000, None, None, None, None],
        building_class=["standard", "", "", "non_standard", ""],
        receipt_confidence=["low", "", "high", "", "medium"],
        planned_maintenance_gbp=[70_000, None, None, None, None],
        condition_grade=["D", "D", "", "", "B"],
        backlog_gbp_p1=[30_000, 20_000, None, None, 5_000],
    )
    leases = pd.DataFrame(
        {"asset_id": ["B"], "start": ["2015-04-01"], "expiry": ["2040-03-31"],
         "break_dates": ["2029-09-30;2035-04-01"], "break_notice_months": [12],
         "break_penalty_gbp": [9_000], "annual_rent_gbp": [10_000], "dilapidations_gbp": [8_000]}
    )  # fmt: skip
    services = toy_county.services().assign(one_off_gbp=[5_000, None, 3_000, 2_000, 1_000])
    compatibility = toy_county.compatibility().iloc[:1]
    return toy_county.estate(
        buildings=buildings, leases=leases, services=services, compatibility=compatibility
    )


RULES: dict[str, Any] = {
    "finance": FINANCE,
    "condition": {"worst_grade": "C"},
    "services__library__outreach": {"at_home": True},
}


@cache
def problem() -> Problem:
    return toy_county.problem(estate(), **RULES)


def test_a_site_reads_its_class_grant_clawback_confidence_and_maintenance() -> None:
    sites = problem().sites
    hall, hub = sites["A"], sites["D"]
    assert hub.build_gbp == pytest.approx(250_000 * 1.51)
    assert hall.extension_gbp_per_m2 == pytest.approx(2_000 * 1.24)  # no figure of its class
    assert hall.works_gbp == pytest.approx(30_000 * 1.24)
    assert hub.grant_gbp == 50_000 and hall.grant_gbp == 0.0
    assert hall.exit.clawback_gbp == hall.release_gbp == 40_000
    assert hall.receipt_gbp == pytest.approx(900_000 * 0.98 * 0.75)
    assert sites["C"].receipt_gbp == pytest.approx(300_000 * 0.98)  # as sure as can be
    assert sites["E"].receipt_gbp == pytest.approx(400_000 * 0.98)  # no figure for medium
    assert hall.maintenance_gbp == 70_000 and hub.maintenance_gbp == 0.0


def test_what_is_really_saved_of_the_running_cost() -> None:
    """80 % of it; rent in full; what goes on is part of doing nothing, and of no saving."""
    made = problem()
    hall, library, hub = (made.sites[s] for s in "ABD")
    assert (hall.annual_gbp, hall.cost_gbp_pa) == (pytest.approx(40_000), pytest.approx(50_000))
    assert library.annual_gbp == pytest.approx(16_000 + 10_000)
    assert library.cost_gbp_pa == pytest.approx(30_000)
    assert hub.annual_gbp == hub.cost_gbp_pa == pytest.approx(15_000)
    yearly = 50_000 + 30_000 + 30_000 + 5_000
    assert made.do_nothing_gbp == pytest.approx(made.annuity * yearly)


def test_the_hall_let_go_by_hand() -> None:
    """Clawback at once, 30 months to sell, holding (15 % of £50,000) from the end of year 0."""
    made = problem()
    found = flows(made, Action("release", "A"), 1)
    assert [(f.line, f.time_yr, f.amount_gbp) for f in found] == [
        ("clawback", 0.0, -40_000),
        ("receipt", 2.5, pytest.approx(661_500)),
        ("holding", 1.5, -7_500),
        ("holding", 2.25, -3_750),
    ]
    worth = -40_000 + 661_500 / 1.035**2.5 - 7_500 / 1.035**1.5 - 3_750 / 1.035**2.25
    assert made.sites["A"].release_pv_gbp == pytest.approx(worth)


def test_a_lease_left_by_hand() -> None:
    """Out at the first break, 30 September 2029: 3.5 years; rent and holding from 1.0 on."""
    found = flows(problem(), Action("release", "B"), 1)
    gone = 3 + (pd.Timestamp("2029-09-30") - pd.Timestamp("2029-04-01")).days / 365
    due = {line: sum(f.amount_gbp for f in found if f.line == line) for line in
           ("lease_exit", "rent_due", "holding", "receipt")}  # fmt: skip
    assert due == {"lease_exit": -17_000, "rent_due": pytest.approx(-10_000 * (gone - 1)),
                   "holding": pytest.approx(-3_000 * (gone - 1)), "receipt": 0}  # fmt: skip
    assert problem().sites["B"].release_gbp == 17_000  # rent is revenue, not capital


def test_the_hub_built_is_net_of_its_grant() -> None:
    placed = {"fireA": "D", "kidsB": "B", "libA": "A", "libB": "B"}
    made = outcome(problem(), placed)
    works = sum(problem().sites[s].works_gbp or 0.0 for s in "AB")
    assert made.money.capital_gbp == pytest.approx(250_000 * 1.51 - 50_000 + 20_000 * 1.24 + works)
    assert made.money.receipts_gbp == pytest.approx(392_000)


@st.composite
def plans(draw: st.DrawFn) -> tuple[dict[str, str], list[str]]:
    """Units anywhere they may be, delivered in full or as outreach, or withdrawn."""
    placed, aside = {}, []
    for uid, unit in sorted(problem().units.items()):
        ways = [(s, False) for s in unit.sites] + [(s, True) for s in unit.outreach_sites]
        ways += [("", False)] if unit.may_withdraw else []
        placed[uid], as_outreach = draw(st.sampled_from(ways))
        aside += [uid] if as_outreach else []
    return placed, aside


@given(plans())
def test_flows_of_what_is_done_sum_to_the_plan(plan: tuple[dict[str, str], list[str]]) -> None:
    """Σ amount · d(t) over the flows of every action taken is the net present value, and so on."""
    made = outcome(problem(), *plan)
    every = [
        (flow, much)
        for action, period, much in taken(problem(), made)
        for flow in all_flows(problem(), action, period)
    ]
    worth = sum(present_gbp(problem(), [f]) * much for f, much in every if f.kind in VALUED)
    assert worth == pytest.approx(made.money.npv_gbp, abs=0.01)
    capital = -sum(f.amount_gbp * much for f, much in every if f.kind == "capital")
    assert capital == pytest.approx(made.money.capital_gbp, abs=0.01)
    receipts = sum(f.amount_gbp * much for f, much in every if f.kind == "receipt")
    assert receipts == pytest.approx(made.money.receipts_gbp, abs=0.01)
    saved = sum(f.amount_gbp * m for f, m in every if f.kind == "annual" and f.time_yr == 1.0)
    assert saved == pytest.approx(made.money.saving_gbp_pa, abs=0.01)
    sums = sums_of(problem(), made)
    assert (sums.npv_gbp, sums.capital_gbp, sums.receipts_gbp, sums.saving_gbp_pa) == pytest.approx(
        (made.money.npv_gbp, capital, receipts, saved), abs=0.01
    )


@cache
def phased(half_years: bool) -> Problem:
    return toy_county.problem(
        estate(), **RULES, phasing={"periods": 3, "period": "half_year" if half_years else "year"}
    )


@given(plans())
def test_a_phased_plan_done_at_once_is_worth_what_the_plan_is_that_knows_no_years(
    plan: tuple[dict[str, str], list[str]],
) -> None:
    """Of years. In half-years the saving begins half a year earlier, and so do the costs."""
    at_once = outcome(problem(), *plan).money
    timed = outcome(phased(False), *plan, Timetable()).money
    assert dataclasses.astuple(timed) == pytest.approx(dataclasses.astuple(at_once), abs=0.01)
    sooner = outcome(phased(True), *plan, Timetable())
    money = sooner.money
    assert (money.capital_gbp, money.receipts_gbp, money.saving_gbp_pa) == pytest.approx(
        (at_once.capital_gbp, at_once.receipts_gbp, at_once.saving_gbp_pa), abs=0.01
    )
    held = sum(
        problem().sites[s].exit.holding_gbp_pa + (lease.annual_rent_gbp if lease else 0.0)
        for s in problem().sites
        if s not in (*sooner.open, "E") and problem().sites[s].in_use_today
        for lease in [problem().sites[s].exit.lease]
    )
    # Half a year's saving falls into year 0, undiscounted; so does half a year's holding, which
    # is paid from then on, mid-way through the half-year (the depot is sold as it begins).
    assert money.npv_gbp == pytest.approx(
        at_once.npv_gbp + 0.5 * money.saving_gbp_pa - 0.5 * held / 1.035**0.75, abs=0.01
    )


@given(plans())
def test_the_program_prices_a_plan_as_its_outcome_does(
    plan: tuple[dict[str, str], list[str]],
) -> None:
    """Expressions of the program at a plan's own decisions, and its actions' terms."""
    made, chosen = outcome(problem(), *plan), _decided(*plan)
    money = made.money
    told = {
        "npv_gbp": money.npv_gbp,
        "capital_gbp": money.capital_gbp,
        "receipts_gbp": money.receipts_gbp,
        "revenue_saving_gbp_pa": money.saving_gbp_pa,
    }
    for measure, value in told.items():
        expression = objectives.EXPRESSIONS[measure](chosen, problem(), "")
        assert pulp.value(expression) == pytest.approx(value, abs=0.01), measure
    done = {(a, much) for a, _, much in taken(problem(), made)}
    for action in actions(problem()):
        term = chosen.total(action)
        value = pulp.value(term) if not isinstance(term, int) else term
        expected = next((much for a, much in done if a == action), 0.0)
        assert value == pytest.approx(expected), action


def _decided(placed: dict[str, str], aside: list[str]) -> Decisions:
    """The program's variables at a plan."""
    made = outcome(problem(), placed, aside)
    chosen = make_decisions(pulp.LpProblem("toy"), problem())
    for (u, s), var in chosen.at.items():
        var.varValue = float(made.placed[u] == s and u not in made.outreach)
    for (u, s), var in chosen.outreach.items():
        var.varValue = float(made.placed[u] == s and u in made.outreach)
    for u, var in chosen.withdrawn.items():
        var.varValue = float(not made.placed[u])
    for s, var in chosen.open.items():
        var.varValue = float(s in made.open)
    for s, var in chosen.extend.items():
        var.varValue = made.extension_m2.get(s, 0.0)
    for s, var in chosen.works.items():
        var.varValue = float(s in made.works)
    for key, var in chosen.together.items():
        var.varValue = float(key in made.together)
    return chosen


def test_a_change_is_told_apart() -> None:
    made: Outcome = outcome(
        problem(), {"fireA": "D", "libA": "A", "libB": "", "kidsB": "B"}, ["libA"]
    )
    units = ("fireA", "libA", "libB", "kidsB")
    assert [change_of(problem(), made, u) for u in units] == [
        "move", "outreach", "withdraw", None,
    ]  # fmt: skip

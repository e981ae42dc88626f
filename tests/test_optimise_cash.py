"""A plan's money as the appraisal reads it: the same value, and what has to be borrowed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.cash import appraisal_of, borrowed_gbp, cash_of, least_borrowing
from optimise.money.appraisal import basis_of
from optimise.outcome import outcome
from optimise.phasing.timetable import Timetable
from optimise.plan import Plan, make_plan
from tests import toy_county


def county() -> Any:
    """The toy with values that are unsure, classes of building, a lease's grant and a backlog."""
    buildings = toy_county.buildings().assign(
        market_value_gbp_low=[600_000, 100_000, 150_000, None, 300_000],
        market_value_gbp_high=[1_200_000, 250_000, 400_000, None, 450_000],
        receipt_confidence=["low", "high", "", "", "medium"],
        building_class=["standard", "", "", "non_standard", ""],
        planned_maintenance_gbp=[40_000.0, 0, 0, 0, 0],
        grant_gbp=[None, None, None, 30_000.0, None],
        clawback_gbp=[5_000.0, None, None, None, None],
        backlog_gbp_p1=[60_000.0, None, None, None, None],
    )
    services = toy_county.services().assign(one_off_gbp=2_000.0)
    return toy_county.estate(buildings=buildings, services=services)


CHANGES: dict[str, Any] = {
    "finance__receipt_haircut_pct": {"low": 20, "medium": 10},
    "finance__optimism_bias_pct_by_class": {"standard": 24, "non_standard": 51},
    "finance__running_cost_saved_pct": 80,
}


@cache
def plan_of(*, phased: bool = False, case: str = "central") -> Plan:
    changes = {**CHANGES, "finance__receipt_case": case}
    if phased:
        changes["phasing"] = {"periods": 6, "period": "half_year"}
    return make_plan(toy_county.scenario(**changes), toy_county.inputs(county()))


@pytest.mark.parametrize("phased", [False, True])
@pytest.mark.parametrize("case", ["low", "central", "high"])
def test_the_headline_is_the_plans_own_value(phased: bool, case: str):
    plan = plan_of(phased=phased, case=case)
    assert appraisal_of(plan).headline_gbp == pytest.approx(plan.after.money.npv_gbp, abs=0.01)


def test_a_receipt_in_every_case_keeps_the_same_share():
    """Hall: 900,000 less 2 % less a haircut of 20 %; low 600,000, high 1,200,000 of the same."""
    plan = plan_of()
    assert "A" not in plan.after.open
    (sold,) = [c for c in cash_of(plan, basis_of(plan.problem.finance))
               if c.line == "receipt" and c.asset_id == "A"]  # fmt: skip
    assert sold.amount_gbp == pytest.approx(900_000 * 0.98 * 0.8)
    assert sold.low_gbp == pytest.approx(600_000 * 0.98 * 0.8)
    assert sold.high_gbp == pytest.approx(1_200_000 * 0.98 * 0.8)
    assert sold.haircut_gbp == pytest.approx(900_000 * 0.98 * 0.2)
    assert sold.confidence == "low"


def test_low_receipts_lower_the_value_by_what_they_are_lower():
    plan = plan_of()
    told = appraisal_of(plan)
    own, low = (told.npv_gbp(10, c, maintenance=False, bias=True) for c in ("central", "low"))
    lost = (300_000 * 0.8 + 100_000 * 0.9) * 0.98  # the Hall and the Depot
    assert own - low == pytest.approx(lost / 1.035, abs=0.01)  # sold within a year


def test_bias_is_taken_off_by_class():
    """The hub is non-standard: 250,000 carries 51 %; moves carry the scenario's 24 %."""
    plan = plan_of()
    told = appraisal_of(plan)
    built = [c for c in cash_of(plan, told.basis) if c.line in ("build", "move")]
    assert {c.line: c.bias_pct for c in built} == {"build": 51, "move": 24}
    without, with_ = (told.npv_gbp(10, maintenance=False, bias=b) for b in (False, True))
    assert without - with_ == pytest.approx(250_000 * 0.51 + 20_000 * 0.24, abs=0.01)


def test_maintenance_avoided_stands_apart():
    told = appraisal_of(plan_of())
    apart, counted = (told.npv_gbp(10, maintenance=m, bias=True) for m in (False, True))
    assert counted - apart == pytest.approx(100_000, abs=0.01)  # at the start of the base year


def test_a_longer_horizon_counts_the_yearly_lines_for_longer():
    plan = plan_of(phased=True)
    told = appraisal_of(plan)
    longer = sum(plan.after.money.saving_gbp_pa / 1.035**y for y in range(11, 26))
    own, far = (told.npv_gbp(h, maintenance=False, bias=True) for h in (10, 25))
    assert far - own == pytest.approx(longer, abs=0.01)


periods = st.integers(1, 6)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_timetable_of_any_plan_is_worth_the_same_both_ways(data: st.DataObject):
    plan = plan_of(phased=True)
    problem = plan.problem
    placed = {
        uid: data.draw(st.sampled_from((*unit.sites, *([""] if unit.may_withdraw else []))))
        for uid, unit in sorted(problem.units.items())
        if not unit.fixed
    }
    when = Timetable(
        {u: data.draw(periods) for u in problem.units},
        {s: data.draw(periods) for s in problem.sites},
        {s: data.draw(periods) for s in problem.sites},
    )
    made = replace(plan, after=outcome(problem, placed, (), when))
    told = appraisal_of(made)
    assert told.headline_gbp == pytest.approx(made.after.money.npv_gbp, abs=0.01)


# --- what has to be borrowed --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lacking", "limits", "expected"),
    [
        ([100, 50, 200], [1000] * 3, [100, 0, 100]),  # 100 then, the other 100 in the last year
        ([0, 0, 300], [200, 200, 100], [0, 200, 100]),  # the last year's limit sends 200 before
        ([-50, -20, -1], [100] * 3, [0, 0, 0]),  # there is always money
        ([0, 150, 0], [100, 100, 100], [50, 100, 0]),
        ([10, 10], [0, 0], [10, 0]),  # more than is allowed still shows
        ([0.001, 0.002], [1, 1], [0, 0]),  # rounding is no loan
    ],
)
def test_least_borrowing(lacking: list[float], limits: list[float], expected: list[float]):
    assert least_borrowing(lacking, limits) == pytest.approx(expected)


amounts = st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 400)), min_size=1, max_size=5)


@given(amounts)
def test_borrowing_is_the_least_and_the_latest(years: list[tuple[int, int]]):
    """Σ is the largest lack; nothing is borrowed before it must be."""
    lacking, limits = [a for a, _ in years], [b for _, b in years]
    made = least_borrowing(lacking, limits)
    so_far = [sum(made[: y + 1]) for y in range(len(made))]
    assert so_far[-1] == max(0, *lacking)
    assert all(b >= a for a, b in zip(lacking, so_far, strict=True))
    assert all(gbp <= limit for gbp, limit in zip(made[1:], limits[1:], strict=True))
    for y, gbp in enumerate(made[:-1]):
        if gbp:  # one pound less by then is too little now, or cannot be made good later
            later = [so_far[y] - 1 + sum(limits[y + 1 : t + 1]) for t in range(y, len(made))]
            assert any(m < lack for m, lack in zip(later, lacking[y:], strict=True))


def test_a_phased_plan_borrows_what_its_budget_lacks():
    """The hub and the move cost 310,000 + 24,800 in the base year; 100,000 is there, the rest not.

    Receipts come a year later and none may be reinvested.
    """
    scenario = toy_county.scenario(
        phasing={"periods": 1},
        targets__capital_budget_gbp_by_year={2026: 100_000},
        finance__borrowing_limit_gbp_by_year={2026: 300_000},
        finance__reinvest_cap_pct=0,
    )
    plan = make_plan(scenario, toy_county.inputs())
    assert plan.after.money.capital_gbp == pytest.approx(334_800)
    assert borrowed_gbp(plan) == {0: pytest.approx(234_800)}
    told = appraisal_of(plan)
    assert told.years[0].drawn_gbp == pytest.approx(234_800)
    assert sum(y.principal_gbp for y in told.years) == pytest.approx(234_800)


def test_a_plan_without_yearly_budgets_borrows_nothing():
    assert borrowed_gbp(plan_of()) == borrowed_gbp(plan_of(phased=True)) == {}

"""Layers and scenario into numbers; misfits refused all at once."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from assets.issues import InputError
from coverage.reach import Provider
from optimise.phasing.calendar import Calendar
from optimise.problem import Problem
from tests import toy_county


def test_money_of_a_site() -> None:
    """Sold a year after it is vacated: until then it costs what it does today, and no more."""
    site = toy_county.problem().sites["B"]
    assert site.receipt_gbp == pytest.approx(200_000 * 0.98)
    assert site.release_pv_gbp == pytest.approx(200_000 * 0.98 / 1.035)
    assert site.annual_gbp == 20_000


def _slow_to_sell() -> Problem:
    return toy_county.problem(toy_county.estate(
        buildings=toy_county.buildings().assign(months_to_sell=30)))  # fmt: skip


def test_holding_counts_from_the_end_of_the_year_of_change() -> None:
    """Thirty months to sell: £20,000 · 15 % of 2027/28 and of half of 2028/29, each mid-way."""
    held = 20_000 * 0.15 * (1.0 / 1.035**1.5 + 0.5 / 1.035**2.25)
    site = _slow_to_sell().sites["B"]
    assert site.release_pv_gbp == pytest.approx(200_000 * 0.98 / 1.035**2.5 - held)
    assert site.release_gbp == 0.0


def test_empty_building_costs_in_full_until_sold() -> None:
    site = toy_county.problem().sites["E"]
    assert site.release_pv_gbp == pytest.approx(392_000 / 1.035)
    held = 5_000 * (1.0 / 1.035**1.5 + 0.5 / 1.035**2.25)
    slow = _slow_to_sell().sites["E"]
    assert slow.release_pv_gbp == pytest.approx(392_000 / 1.035**2.5 - held)


def test_candidate_is_built_with_optimism_bias_and_never_sold() -> None:
    site = toy_county.problem().sites["D"]
    assert site.build_gbp == pytest.approx(250_000 * 1.24)
    assert (site.receipt_gbp, site.release_pv_gbp, site.in_use_today) == (0.0, 0.0, False)


@pytest.mark.parametrize(("case", "value"), [("low", 150), ("central", 200), ("high", 200)])
def test_receipt_case(case: str, value: float) -> None:
    """A building with no high value has its central one."""
    buildings = toy_county.buildings().assign(
        market_value_gbp_low=[None, 150_000, None, None, None]
    )
    made = toy_county.problem(toy_county.estate(buildings=buildings), finance__receipt_case=case)
    assert made.sites["B"].receipt_gbp == pytest.approx(value * 1000 * 0.98)


def leased() -> Any:
    buildings = toy_county.buildings().assign(
        tenure=["freehold", "leasehold", "freehold", "freehold", "freehold"]
    )
    leases = pd.DataFrame(
        {"asset_id": ["B"], "start": ["2015-04-01"], "expiry": ["2028-04-01"],
         "annual_rent_gbp": [10_000], "dilapidations_gbp": [8_000]}
    )  # fmt: skip
    return toy_county.estate(buildings=buildings, leases=leases)


def test_leasehold_saves_rent_pays_its_way_out_and_fetches_nothing() -> None:
    site = toy_county.problem(leased()).sites["B"]
    assert site.receipt_gbp == 0.0
    assert site.annual_gbp == 30_000
    assert site.release_gbp == 8_000  # rent is revenue
    # Rent and holding of the second year; repairs at the end of it.
    due = (10_000 + 20_000 * 0.15) / 1.035**1.5 + 8_000 / 1.035**2
    assert site.release_pv_gbp == pytest.approx(-due, rel=1e-3)


def test_leases_that_follow_each_other_bind_until_the_last_ends() -> None:
    """B: to 31 March 2028 at £10,000, then to 2038 at £12,000 with a break in 2033.

    Out at the break of the second, at the higher penalty: the first cannot be left at its end,
    for the second is signed. Base year 2030 sees the second alone.
    """
    buildings = toy_county.buildings().assign(
        tenure=["freehold", "leasehold", "freehold", "freehold", "freehold"]
    )
    leases = pd.DataFrame(
        {"asset_id": ["B", "B"], "start": ["2018-04-01", "2028-04-01"],
         "expiry": ["2028-03-31", "2038-03-31"], "break_dates": ["", "2033-04-01"],
         "break_penalty_gbp": [1_000, 5_000], "break_notice_months": [None, 12],
         "annual_rent_gbp": [10_000, 12_000], "dilapidations_gbp": [3_000, 8_000]}
    )  # fmt: skip
    estate = toy_county.estate(buildings=buildings, leases=leases)
    site = toy_county.problem(estate).sites["B"]
    assert site.release_gbp == 13_000
    assert site.annual_gbp == 30_000
    (way_out,) = [f for f in site.exit.flows(Calendar(2026), 1) if f.line == "lease_exit"]
    assert way_out.time_yr == pytest.approx(7.0, abs=0.01)
    later = toy_county.problem(estate, finance__base_year=2030).sites["B"]
    assert later.annual_gbp == 32_000


MAY_GO = {"services__fire__may_withdraw": True}


def test_demand_that_fixed_units_serve_is_a_constant() -> None:
    """The Hall out of scope holds the wholetime crew: d1 and d2 whatever is decided."""
    buildings = toy_county.buildings().assign(in_scope=[False, True, True, True, True])
    made = toy_county.problem(toy_county.estate(buildings=buildings), **MAY_GO)
    rule = made.covers[0]
    assert rule.always == 160
    assert [g.gain for g in rule.groups] == [40]
    assert rule.most == 200


def test_demand_reached_from_wherever_a_unit_may_be_is_a_constant() -> None:
    """The wholetime crew stays at A or moves to D, in reach of d1 and d2 from both; C stays."""
    rule = toy_county.problem().covers[0]
    assert (rule.always, rule.groups) == (200, ())


def test_budget_depends_on_the_crew_in_the_groups() -> None:
    """The on-call crew (5 min) at C reaches d3 only; the wholetime one at the hub all three."""
    rule = toy_county.problem(**MAY_GO).covers[0]
    by_weight = {g.gain: g.providers for g in rule.groups}
    assert by_weight[160.0] == (Provider("A", 90.0), Provider("D", 90.0))
    assert by_weight[40.0] == (Provider("C", 300.0), Provider("D", 90.0))


def test_baseline_target_is_today_less_the_allowance() -> None:
    rule = toy_county.problem(standards__library_6__target="baseline - 0.05").covers[1]
    assert rule.required == pytest.approx(200 * 0.95)


def test_geography_makes_a_rule_per_area() -> None:
    demand = toy_county.demand().assign(ward_code=["W1", "W1", "W2"])
    made = toy_county.problem(
        toy_county.estate(demand=demand), standards__library_6__geography="ward"
    )
    rules = [r for r in made.covers if r.standard_id == "library_6"]
    assert [(r.area_id, r.total, r.required) for r in rules] == [("W1", 160, 128), ("W2", 40, 32)]


def test_together_today_and_single() -> None:
    made = toy_county.problem()
    assert made.together_today == {("A", "fire", "library")}
    assert made.single == ("library",)
    assert [(p.service_a, p.service_b, p.forbidden) for p in made.pairs] == [
        ("childrens_centre", "fire", False),
        ("fire", "library", True),
        ("library", "library", True),
    ]
    assert made.pairs[0].cost_gbp == pytest.approx(12_400)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"standards__fire_10__service_type": "fyre"}, "which no unit delivers"),
        ({"standards__fire_10__weight": "populaton"}, "did you mean 'population'?"),
        ({"standards__fire_10__weight": "rural_urban"}, "which demand does not have"),
        ({"standards__fire_10__geography": "ward"}, "no demand point lies"),
        ({"standards__library_6__weight": "over_65"}, "nobody counts"),
        ({"locks": {"Hall": "retain"}}, "there is no building 'Hall'"),
        ({"services__librery": {}}, "did you mean 'library'?"),
    ],
)
def test_misfits_are_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        toy_county.problem(**changes)
    assert expected in str(caught.value)


def test_misfits_are_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        toy_county.problem(
            standards__fire_10__service_type="fyre", locks={"Hall": "retain"}, services__librery={}
        )
    assert len(caught.value.issues) == 3


def test_shuffled_rows_make_the_same_problem() -> None:
    shuffled = {
        name: frame.sample(frac=1, random_state=3) for name, frame in toy_county.frames().items()
    }

    def plain(made: Problem) -> Any:
        return made.sites, made.units, made.covers, made.pairs, made.together_today, made.counts

    assert plain(toy_county.problem(toy_county.estate(**shuffled))) == plain(toy_county.problem())

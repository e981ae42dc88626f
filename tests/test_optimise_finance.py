"""Money: the published worked checks, what a schedule means, and what each pure function says."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise import finance
from optimise.audit.accounts import amounts
from optimise.duties import Duty, lost
from optimise.finance import (
    GREEN_BOOK,
    OPTIMISM_BIAS_PCT,
    LeaseTerms,
    annuity_factor,
    at_base_prices_gbp,
    blended_bias_pct,
    break_days,
    certain_receipt_gbp,
    consent_needed,
    day_after,
    discount_factor,
    equal_annual_gbp,
    exit_day,
    holding_costs,
    lease_exit,
    mitigated_bias_pct,
    money_of_the_day_gbp,
    net_receipt_gbp,
    notice_day,
    optimism_bias_pct,
    present_gbp,
    real_rate_pct,
    received_yr,
    reinvestable_gbp,
    rent_due,
    value_in_case_gbp,
    with_bias_gbp,
    without_bias_gbp,
    years_to,
)
from optimise.money.lines import VALUED
from optimise.outcome import outcome
from optimise.phasing.calendar import Calendar
from optimise.phasing.timetable import Timetable
from optimise.sites import Exit
from tests import toy_partners

POUNDS = st.floats(-1e7, 1e7).map(lambda v: round(v, 2))


def test_the_public_face_names_everything_it_hands_on() -> None:
    assert sorted(finance.__all__) == sorted(set(finance.__all__))
    assert all(hasattr(finance, name) for name in finance.__all__)


# --- discounting ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "bias", "avoided", "expected_m"),
    [
        (10, 0.0, 0.0, -0.06),
        (10, 0.0, 0.6, 0.54),
        (10, 0.0, 1.0, 0.94),
        (10, 0.24, 0.0, -0.45),
        (25, 0.0, 0.0, 1.48),
    ],
)
def test_suffolk_shared_stations_worked_check(
    years: int, bias: float, avoided: float, expected_m: float
) -> None:
    """Capital £1.62m against £188k a year: the answer flips with the horizon and the bias."""
    npv = 188_000 * annuity_factor(GREEN_BOOK, years) - 1_620_000 * (1 + bias) + avoided * 1e6
    assert npv / 1e6 == pytest.approx(expected_m, abs=0.005)


def test_rates_step_at_the_year_they_say() -> None:
    assert discount_factor(GREEN_BOOK, 30) == pytest.approx(1.035**-30)
    assert discount_factor(GREEN_BOOK, 31) == pytest.approx(1.035**-30 / 1.03)
    assert discount_factor(GREEN_BOOK, 76) == pytest.approx(1.035**-30 * 1.03**-45 / 1.025)


def test_the_green_books_own_table_of_factors() -> None:
    """Annex 6 prints them to four places."""
    printed = {1: 0.9662, 5: 0.8420, 10: 0.7089, 20: 0.5026, 30: 0.3563, 50: 0.1973, 75: 0.0942}
    found = {t: round(discount_factor(GREEN_BOOK, t), 4) for t in printed}
    assert found == printed


def test_a_schedule_that_ends_too_early_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before year 11"):
        annuity_factor(((10, 0.035),), 11)


def test_part_year_in_proportion() -> None:
    assert discount_factor(GREEN_BOOK, 1.5) == pytest.approx(1.035**-1.5)
    assert discount_factor(GREEN_BOOK, 0) == 1.0


@given(st.floats(0, 100), st.floats(0, 100))
def test_later_is_never_worth_more(one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert discount_factor(GREEN_BOOK, late) <= discount_factor(GREEN_BOOK, early) + 1e-12


@given(st.lists(POUNDS, min_size=1, max_size=30), st.floats(0, 0.3))
def test_net_present_value_is_numpy_financials(amounts: list[float], rate: float) -> None:
    ours = present_gbp(((None, rate),), list(enumerate(amounts)))
    assert ours == pytest.approx(float(npf.npv(rate, np.array(amounts))), rel=1e-9, abs=1e-4)


@given(st.floats(-1e7, 1e7), st.integers(1, 90))
def test_the_equal_annual_sum_is_worth_what_it_stands_for(npv: float, years: int) -> None:
    annual = equal_annual_gbp(npv, GREEN_BOOK, years)
    back = present_gbp(GREEN_BOOK, [(float(y), annual) for y in range(1, years + 1)])
    assert back == pytest.approx(npv, rel=1e-9, abs=1e-6)


def test_a_rate_less_inflation() -> None:
    """6.09 % with prices rising by 2.5 % is 3.5 % (1.0609 / 1.025 = 1.03502…)."""
    assert real_rate_pct(6.0875, 2.5) == pytest.approx(3.5)
    assert real_rate_pct(2.5, 2.5) == pytest.approx(0.0, abs=1e-12)


@given(POUNDS, st.floats(0, 20), st.floats(0, 10), st.integers(0, 40))
def test_real_and_nominal_come_to_the_same(
    gbp: float, real_pct: float, inflation_pct: float, years: int
) -> None:
    nominal = (1 + real_pct / 100) * (1 + inflation_pct / 100) - 1
    paid = money_of_the_day_gbp(gbp, inflation_pct, years)
    real = real_rate_pct(nominal * 100, inflation_pct) / 100
    assert paid * (1 + nominal) ** -years == pytest.approx(gbp * (1 + real) ** -years, abs=1e-3)


def test_prices_of_another_year_are_raised_by_the_deflator() -> None:
    index = {2014: 80.0, 2026: 100.0}
    assert at_base_prices_gbp(1_620_000, 2014, base_year=2026, deflator=index) == 2_025_000
    assert at_base_prices_gbp(100, 2026, base_year=2014, deflator=index) == 80
    assert at_base_prices_gbp(100, 2020, base_year=2020, deflator={}) == 100


@pytest.mark.parametrize("index", [{2026: 100.0}, {2014: 0.0, 2026: 100.0}])
def test_a_deflator_without_the_year_is_refused(index: dict[int, float]) -> None:
    with pytest.raises(ValueError, match="no index above 0 for 2014"):
        at_base_prices_gbp(1.0, 2014, base_year=2026, deflator=index)


# --- optimism bias -------------------------------------------------------------------------


def test_bias_by_class_and_for_every_other_building() -> None:
    assert optimism_bias_pct("non_standard", OPTIMISM_BIAS_PCT, 10.0) == 51.0
    assert optimism_bias_pct("", OPTIMISM_BIAS_PCT, 10.0) == 10.0


def test_bias_is_blended_by_share() -> None:
    """Two thirds standard, a third not: (2 · 24 + 51) / 3 = 33 %."""
    shares = {"standard": 800_000.0, "non_standard": 400_000.0}
    assert blended_bias_pct(shares, OPTIMISM_BIAS_PCT) == pytest.approx(33.0)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"standard": 0.0}, "one is above 0"),
        ({"standard": 2.0, "non_standard": -1.0}, "0 or more"),
        ({"other": 1.0}, "no optimism bias for other"),
    ],
)
def test_shares_that_blend_nothing_are_refused(shares: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        blended_bias_pct(shares, OPTIMISM_BIAS_PCT)


def test_bias_falls_with_what_is_in_hand() -> None:
    assert mitigated_bias_pct(24.0, 0.25) == 18.0
    assert mitigated_bias_pct(24.0, 1.0) == 0.0
    with pytest.raises(ValueError, match="from 0 to 1"):
        mitigated_bias_pct(24.0, 25.0)


@given(st.floats(0, 1e8), st.floats(0, 200))
def test_bias_comes_off_as_it_went_on(capital: float, bias: float) -> None:
    assert without_bias_gbp(with_bias_gbp(capital, bias), bias) == pytest.approx(capital)


# --- sales ---------------------------------------------------------------------------------


def test_receipt_is_net_of_costs_of_sale_and_of_doubt() -> None:
    assert net_receipt_gbp(400_000, 2.5) == pytest.approx(390_000)
    assert certain_receipt_gbp(390_000, 25) == pytest.approx(292_500)
    assert reinvestable_gbp(292_500, 75) == pytest.approx(219_375)


def test_a_case_without_a_value_is_the_central_one() -> None:
    assert value_in_case_gbp(500, "low", low_gbp=350, high_gbp=600) == 350
    assert value_in_case_gbp(500, "high", low_gbp=350, high_gbp=600) == 600
    assert value_in_case_gbp(500, "low") == 500


def test_holding_costs_fall_into_the_years_they_cover() -> None:
    """15 % of £20,000 a year from 1.0 to 2.5: a whole year, then half of one."""
    paid = list(holding_costs(20_000, 15, from_yr=1.0, until_yr=received_yr(1.0, 18)))
    assert paid == [(1.5, 3_000.0), (2.25, 1_500.0)]


@pytest.mark.parametrize(
    ("best", "price", "well_being", "tenancy_yr", "needed"),
    [
        (500_000, 500_000, False, None, False),
        (500_000, 1, False, 7.0, False),
        (500_000, 499_999, False, 7.1, True),
        (2_500_000, 500_000, True, None, False),
        (2_500_000, 499_999, True, None, True),
        (500_000, 1, False, None, True),
    ],
)
def test_best_consideration_and_its_exemptions(
    best: float, price: float, well_being: bool, tenancy_yr: float | None, needed: bool
) -> None:
    """Both limits are inclusive: seven years, and £2m of undervalue."""
    found = consent_needed(best, price, well_being=well_being, tenancy_yr=tenancy_yr)
    assert found is needed


# --- leases --------------------------------------------------------------------------------


def test_lease_ends_at_first_break_whose_notice_can_be_given() -> None:
    terms = LeaseTerms(
        expiry=dt.date(2040, 4, 1),
        break_dates=(dt.date(2026, 6, 1), dt.date(2028, 4, 1)),
        notice_months=6,
        penalty_gbp=10_000,
        annual_rent_gbp=12_000,
        dilapidations_gbp=5_000,
    )
    out = lease_exit(terms, base_year=2026)
    assert out.at_break and out.penalty_gbp == 10_000
    assert out.years == pytest.approx(2.0, abs=0.01)
    assert out.dilapidations_gbp == 5_000
    assert exit_day(terms, base_year=2026) == (dt.date(2028, 4, 1), True)


def test_a_break_before_the_building_is_vacated_is_gone() -> None:
    terms = LeaseTerms(dt.date(2040, 4, 1), (dt.date(2028, 4, 1), dt.date(2033, 4, 1)), 6)
    assert lease_exit(terms, base_year=2026, vacated_yr=3.0).years == pytest.approx(7.0, abs=0.01)
    assert exit_day(terms, base_year=2026, vacated_yr=3.0) == (dt.date(2033, 4, 1), True)


def test_no_penalty_when_the_lease_ends_that_day_anyway() -> None:
    terms = LeaseTerms(dt.date(2028, 4, 1), (dt.date(2028, 4, 1),), 0, penalty_gbp=9_999)
    assert lease_exit(terms, base_year=2026).penalty_gbp == 0


def test_expired_lease_ends_as_the_building_is_vacated() -> None:
    terms = LeaseTerms(dt.date(2020, 1, 1), annual_rent_gbp=50_000)
    out = lease_exit(terms, base_year=2026)
    assert (out.years, out.at_break, out.penalty_gbp) == (0.0, False, 0.0)
    assert lease_exit(terms, base_year=2026, vacated_yr=2.0).years == 2.0


def test_break_just_missed_does_not_count() -> None:
    """Six months' notice from 1 April reaches 1 October: 30 September is a day too early."""
    late = LeaseTerms(dt.date(2030, 4, 1), (dt.date(2026, 9, 29),), 6)
    assert not lease_exit(late, base_year=2026).at_break
    good = LeaseTerms(dt.date(2030, 4, 1), (dt.date(2026, 10, 1),), 6)
    assert lease_exit(good, base_year=2026).at_break


@pytest.mark.parametrize(
    ("ends", "months", "by"),
    [
        (dt.date(2028, 4, 1), 6, dt.date(2027, 10, 1)),
        (dt.date(2028, 8, 31), 6, dt.date(2028, 2, 29)),
        (dt.date(2028, 1, 15), 12, dt.date(2027, 1, 15)),
        (dt.date(2028, 4, 1), 0, dt.date(2028, 4, 1)),
        (dt.date(2028, 4, 16), 1.5, dt.date(2028, 3, 1)),
    ],
)
def test_notice_is_given_on_the_corresponding_day(
    ends: dt.date, months: float, by: dt.date
) -> None:
    assert notice_day(ends, months) == by


def test_suffolks_lease_breaks_at_year_ten_then_every_five() -> None:
    """25 years from 1 April 2014: breaks in 2024, 2029 and 2034; in 2039 it expires."""
    start, expiry = dt.date(2014, 4, 1), dt.date(2039, 4, 1)
    found = break_days(start, expiry=expiry, first_yr=10, every_yr=5)
    assert [day.year for day in found] == [2024, 2029, 2034]
    assert len(break_days(start, expiry=expiry, first_yr=10, every_yr=0)) == 1
    leap = break_days(dt.date(2020, 2, 29), expiry=dt.date(2030, 1, 1), first_yr=5, every_yr=0)
    assert leap == (dt.date(2025, 2, 28),)


def test_twelve_months_notice_reaches_the_first_of_april_a_year_on() -> None:
    """Whole months are whole months, whatever the days in them."""
    terms = LeaseTerms(dt.date(2040, 4, 1), (dt.date(2027, 4, 1),), 12)
    assert lease_exit(terms, base_year=2026).years == 1.0
    early = LeaseTerms(dt.date(2040, 4, 1), (dt.date(2027, 3, 31),), 12)
    assert not lease_exit(early, base_year=2026).at_break


def test_a_break_the_day_before_a_building_is_vacated_is_gone() -> None:
    """Vacated on 1 April 2028, whether or not the year before had 366 days."""
    for year in (2027, 2028, 2029, 2030, 2031):
        terms = LeaseTerms(dt.date(2040, 4, 1), (dt.date(year, 3, 31), dt.date(year, 4, 1)))
        out = lease_exit(terms, base_year=2026, vacated_yr=year - 2026)
        assert (out.years, out.at_break) == (year - 2026, True)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2150, 12, 31)), st.integers(2000, 2100))
def test_a_day_lies_in_its_own_financial_year_and_comes_back(day: dt.date, base: int) -> None:
    years = years_to(day, base)
    begins = day.year if day >= dt.date(day.year, 4, 1) else day.year - 1
    assert math.floor(years) == begins - base
    assert day_after(years, base) == day
    assert years_to(day + dt.timedelta(days=1), base) > years


def test_rent_is_due_until_the_lease_ends_or_nothing_is_counted_any_more() -> None:
    assert rent_due(12_000, from_yr=1.0, ends_yr=2.5) == ((1.5, 12_000.0), (2.25, 6_000.0))
    assert rent_due(12_000, from_yr=3.0, ends_yr=2.5) == ()
    some = rent_due(12_000, from_yr=1.0, ends_yr=99.0, horizon_yr=3)
    assert [time for time, _ in some] == [1.5, 2.5, 3.5]


def test_a_lease_that_outlasts_the_horizon_costs_the_rent_that_is_saved_and_no_more() -> None:
    """£10,000 a year for 98 years more; 25 of them are counted, and saved: the two cancel out."""
    way_out = Exit(holding_gbp_pa=3_000, lease=LeaseTerms(dt.date(2125, 3, 31), (), 0, 0, 10_000))
    for period in (1, 4):
        found = way_out.flows(Calendar(2026, 10, horizon_yr=25), period)
        years = 26 - period
        rent = sum(f.amount_gbp for f in found if f.line == "rent_due")
        assert rent == pytest.approx(-10_000 * years)
        held = sum(f.amount_gbp for f in found if f.line == "holding")
        assert held == pytest.approx(-3_000 * years)
        assert max(f.year for f in found if f.kind == "one_off") == 25


@pytest.mark.parametrize("horizon", [1, 2, 3, 10])
def test_the_audits_own_account_stops_at_the_horizon_too(horizon: int) -> None:
    """E, leased until March 2029, leaves at once: more or less of its rent is counted."""
    asked = toy_partners.problem(phasing={"periods": 3})
    problem = replace(asked, calendar=replace(asked.calendar, horizon_yr=horizon))
    made = outcome(problem, {"fireA": "D"}, (), Timetable({"fireA": 2}, {"E": 1}, {"D": 2}))
    counted = [a for a in amounts(problem, made) if a.kind in VALUED]
    assert any(a.kind == "one_off" and a.at_yr > 1 for a in counted)
    worth = present_gbp(problem.schedule, [(a.at_yr, a.gbp) for a in counted])
    assert worth == pytest.approx(made.money.npv_gbp, abs=0.01)


# --- a published sum -----------------------------------------------------------------------


def test_lincolnshires_co_responders_lose_6_4_per_cent_of_their_hours() -> None:
    """750 conveyances of 2¼ hours over three stations: 1,687.5 of 26,280 hours."""
    share = 750 * 2.25 / (3 * 8760)
    assert share == pytest.approx(0.064, abs=0.0005)
    crews = ["a", "b", "c"]
    duty = {"conveyances": Duty(units=crews, jobs_pa=750, hours_each=2.25)}
    assert [lost(duty, crew)[0] for crew in crews] == pytest.approx([share] * 3)

"""Money: the published worked checks, and what a schedule means."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise.finance import (
    LeaseTerms,
    annuity_factor,
    discount_factor,
    holding_cost_pv_gbp,
    lease_exit,
    net_receipt_gbp,
)

GREEN_BOOK = ((30, 0.035), (75, 0.030), (None, 0.025))


@pytest.mark.parametrize(
    ("years", "bias", "avoided", "expected_m"),
    [(10, 0.0, 0.0, -0.06), (10, 0.24, 0.0, -0.45), (25, 0.0, 0.0, 1.48)],
)
def test_suffolk_shared_stations_worked_check(
    years: int, bias: float, avoided: float, expected_m: float
) -> None:
    """Capital £1.62m against £188k a year: the answer flips with the horizon and the bias."""
    npv = 188_000 * annuity_factor(GREEN_BOOK, years) - 1_620_000 * (1 + bias) + avoided
    assert npv / 1e6 == pytest.approx(expected_m, abs=0.005)


def test_rates_step_at_the_year_they_say() -> None:
    assert discount_factor(GREEN_BOOK, 30) == pytest.approx(1.035**-30)
    assert discount_factor(GREEN_BOOK, 31) == pytest.approx(1.035**-30 / 1.03)
    assert discount_factor(GREEN_BOOK, 76) == pytest.approx(1.035**-30 * 1.03**-45 / 1.025)


def test_part_year_in_proportion() -> None:
    assert discount_factor(GREEN_BOOK, 1.5) == pytest.approx(1.035**-1.5)
    assert discount_factor(GREEN_BOOK, 0) == 1.0


@given(st.floats(0, 100), st.floats(0, 100))
def test_later_is_never_worth_more(one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert discount_factor(GREEN_BOOK, late) <= discount_factor(GREEN_BOOK, early) + 1e-12


def test_receipt_is_net_of_costs_of_sale() -> None:
    assert net_receipt_gbp(400_000, 2.5) == pytest.approx(390_000)


def test_holding_cost_counts_the_wait_half_way() -> None:
    assert holding_cost_pv_gbp(GREEN_BOOK, 20_000, 2.0, 0.15) == pytest.approx(
        20_000 * 0.15 * 2 / 1.035
    )


def test_lease_ends_at_first_break_whose_notice_can_be_given() -> None:
    terms = LeaseTerms(
        expiry=dt.date(2040, 4, 1),
        break_dates=(dt.date(2026, 6, 1), dt.date(2028, 4, 1)),
        notice_months=6,
        penalty_gbp=10_000,
        annual_rent_gbp=12_000,
        dilapidations_gbp=5_000,
    )
    out = lease_exit(terms, base_year=2026, schedule=GREEN_BOOK)
    assert out.at_break and out.penalty_gbp == 10_000
    assert out.years == pytest.approx(2.0, abs=0.01)
    assert out.rent_gbp == pytest.approx(24_000, rel=0.01)
    worth = 15_000 * 1.035**-out.years + out.rent_gbp * 1.035 ** -(out.years / 2)
    assert out.cost_pv_gbp == pytest.approx(worth)


def test_no_penalty_when_the_lease_ends_that_day_anyway() -> None:
    terms = LeaseTerms(dt.date(2028, 4, 1), (dt.date(2028, 4, 1),), 0, penalty_gbp=9_999)
    assert lease_exit(terms, base_year=2026, schedule=GREEN_BOOK).penalty_gbp == 0


def test_expired_lease_ends_at_once() -> None:
    terms = LeaseTerms(dt.date(2020, 1, 1), annual_rent_gbp=50_000)
    out = lease_exit(terms, base_year=2026, schedule=GREEN_BOOK)
    assert (out.years, out.rent_gbp, out.cost_pv_gbp) == (0.0, 0.0, 0.0)


def test_break_just_missed_does_not_count() -> None:
    """Six months' notice from 1 April reaches 1 October: 30 September is a day too early."""
    late = LeaseTerms(dt.date(2030, 4, 1), (dt.date(2026, 9, 29),), 6)
    assert not lease_exit(late, base_year=2026, schedule=GREEN_BOOK).at_break
    good = LeaseTerms(dt.date(2030, 4, 1), (dt.date(2026, 10, 1),), 6)
    assert lease_exit(good, base_year=2026, schedule=GREEN_BOOK).at_break

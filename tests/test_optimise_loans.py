"""Borrowing: Cornwall's two loans, numpy-financial as oracle, and what every loan keeps to."""

from __future__ import annotations

import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise.money.loans import (
    Financed,
    Method,
    MrpMethod,
    Terms,
    annuity_payment_gbp,
    financed,
    implied_rate_pct,
    loan,
    mrp,
)

METHODS: tuple[Method, ...] = ("equal_instalment", "annuity", "maturity")
SUMS = st.floats(1.0, 1e8)
RATES = st.floats(0.0, 20.0)
TERMS = st.integers(1, 60)


@pytest.mark.parametrize(("method", "rate_pct"), [("equal_instalment", 4.30), ("annuity", 3.53)])
def test_cornwalls_interest_is_either_of_two_loans(method: Method, rate_pct: float) -> None:
    """£1.115m over 40 years costs £0.983m of interest; £4.1m less both is £2.002m."""
    assert implied_rate_pct(1_115_000, 983_000, 40, method) == pytest.approx(rate_pct, abs=0.005)
    interest = loan(1_115_000, rate_pct, 40, method).interest_gbp
    assert interest == pytest.approx(983_000, abs=1_500)
    exact = loan(1_115_000, implied_rate_pct(1_115_000, 983_000, 40, method), 40, method)
    assert 4_100_000 - exact.drawn_gbp - exact.interest_gbp == pytest.approx(2_002_000, abs=0.01)


def test_a_loan_of_three_years_by_hand() -> None:
    """£3,000 at 10 %: instalments of £1,000 with £300, £200 and £100 of interest."""
    rows = loan(3_000, 10, 3, "equal_instalment").payments
    assert [(p.year, p.principal_gbp) for p in rows] == [(1, 1000), (2, 1000), (3, 1000)]
    assert [p.interest_gbp for p in rows] == pytest.approx([300, 200, 100])
    assert [p.balance_gbp for p in rows] == pytest.approx([2000, 1000, 0])
    last = loan(3_000, 10, 3, "maturity").payments
    assert [(p.principal_gbp, p.interest_gbp) for p in last] == [(0, 300), (0, 300), (3000, 300)]


@given(SUMS, st.floats(0.01, 20.0), TERMS)
def test_an_annuity_is_numpy_financials(drawn: float, rate_pct: float, term: int) -> None:
    rate = rate_pct / 100
    ours = loan(drawn, rate_pct, term, "annuity")
    assert annuity_payment_gbp(drawn, rate_pct, term) == pytest.approx(
        float(-npf.pmt(rate, term, drawn)), rel=1e-9
    )
    for k in (1, (term + 1) // 2, term):
        paid = ours.payments[k - 1]
        assert paid.interest_gbp == pytest.approx(
            float(-npf.ipmt(rate, k, term, drawn)), rel=1e-6, abs=1e-6 * drawn
        )
        assert paid.principal_gbp == pytest.approx(
            float(-npf.ppmt(rate, k, term, drawn)), rel=1e-6, abs=1e-6 * drawn
        )


@given(SUMS, RATES, TERMS, st.sampled_from(METHODS))
def test_what_every_loan_keeps_to(drawn: float, rate_pct: float, term: int, method: Method) -> None:
    """Principal sums to the loan, nothing is owed at the end, and at the loan's own rate its
    payments are worth what was lent."""
    made = loan(drawn, rate_pct, term, method)
    rows = made.payments
    assert [p.year for p in rows] == list(range(1, term + 1))
    assert sum(p.principal_gbp for p in rows) == pytest.approx(drawn)
    assert rows[-1].balance_gbp == 0.0
    worth = sum((p.principal_gbp + p.interest_gbp) * (1 + rate_pct / 100) ** -p.year for p in rows)
    assert worth == pytest.approx(drawn)
    owed = [drawn, *(p.balance_gbp for p in rows)]
    for before, paid in zip(owed, rows, strict=False):
        assert paid.interest_gbp == pytest.approx(before * rate_pct / 100, abs=1e-6 * drawn)
        assert before - paid.principal_gbp == pytest.approx(paid.balance_gbp, abs=1e-6 * drawn)


@given(SUMS, st.floats(0.0, 20.0), st.integers(2, 60), st.sampled_from(METHODS))
def test_the_rate_is_found_again_from_the_interest(
    drawn: float, rate_pct: float, term: int, method: Method
) -> None:
    interest = max(0.0, loan(drawn, rate_pct, term, method).interest_gbp)
    assert implied_rate_pct(drawn, interest, term, method) == pytest.approx(rate_pct, abs=1e-6)


@given(SUMS, st.floats(0.1, 20.0), st.integers(2, 60))
def test_the_slower_it_is_repaid_the_more_it_costs(
    drawn: float, rate_pct: float, term: int
) -> None:
    cost = [loan(drawn, rate_pct, term, method).interest_gbp for method in METHODS]
    assert cost[0] < cost[1] < cost[2]


@pytest.mark.parametrize(
    ("drawn", "rate_pct", "term"), [(-1.0, 5.0, 25), (1.0, -0.1, 25), (1.0, 5.0, 0)]
)
def test_a_loan_that_cannot_be_is_refused(drawn: float, rate_pct: float, term: int) -> None:
    with pytest.raises(ValueError, match="a loan is of £0 or more"):
        loan(drawn, rate_pct, term, "annuity")


@pytest.mark.parametrize(("drawn", "interest", "term"), [(0, 1, 5), (1, -1, 5), (1, 1, 0)])
def test_a_rate_of_nothing_is_refused(drawn: float, interest: float, term: int) -> None:
    with pytest.raises(ValueError, match="are needed"):
        implied_rate_pct(drawn, interest, term, "annuity")


def test_an_interest_beyond_every_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="no rate up to 1,000 %"):
        implied_rate_pct(1.0, 1e6, 2, "annuity")


# --- minimum revenue provision -------------------------------------------------------------


def test_provision_in_equal_parts_and_as_an_annuity() -> None:
    assert mrp(1_000_000, 4) == (250_000,) * 4
    rising = mrp(1_000_000, 4, "annuity", rate_pct=5)
    assert rising[0] == pytest.approx(232_011.83, abs=0.01)
    assert list(rising) == pytest.approx([rising[0] * 1.05**k for k in range(4)])


@given(SUMS, TERMS, st.sampled_from(("equal", "annuity")), RATES)
def test_all_that_was_borrowed_is_provided_for(
    borrowed: float, life: int, method: MrpMethod, rate_pct: float
) -> None:
    charges = mrp(borrowed, life, method, rate_pct=rate_pct)
    assert len(charges) == life
    assert sum(charges) == pytest.approx(borrowed)
    assert min(charges) >= 0


# --- borrowing year by year ----------------------------------------------------------------


def test_two_loans_by_hand() -> None:
    """£1,000 in year 0 and £500 in year 1, at 10 %, repaid in two instalments, provided for over
    four years: everything begins the year after."""
    made = financed({0: 1000.0, 1: 500.0}, Terms(10.0, 2, "equal_instalment", 4, "equal"))
    assert list(made) == [0, 1, 2, 3, 4, 5]
    assert made[0] == Financed(1000, 0, 0, 1000, 0, 1000)
    assert made[1] == Financed(500, 500, pytest.approx(100), 1000, 250, 1250)
    assert made[2] == Financed(0, 750, pytest.approx(50 + 50), 250, 375, 875)
    assert made[3] == Financed(0, 250, pytest.approx(25), 0, 375, 500)
    assert made[5] == Financed(0, 0, 0, 0, 125, 0)


def test_nothing_borrowed_is_nothing_to_tell() -> None:
    assert financed({}, Terms()) == {}
    assert financed({3: 0.0}, Terms()) == {}


@given(
    st.dictionaries(st.integers(0, 12), st.floats(0, 1e7), max_size=6),
    RATES,
    TERMS,
    st.sampled_from(METHODS),
    TERMS,
)
def test_borrowing_ends_at_nil_and_costs_what_its_loans_cost(
    drawn: dict[int, float], rate_pct: float, term: int, method: Method, life: int
) -> None:
    made = financed(drawn, Terms(rate_pct, term, method, life))
    total = sum(drawn.values())
    assert sum(f.drawn_gbp for f in made.values()) == pytest.approx(total)
    assert sum(f.principal_gbp for f in made.values()) == pytest.approx(total)
    assert sum(f.mrp_gbp for f in made.values()) == pytest.approx(total)
    each = [loan(gbp, rate_pct, term, method).interest_gbp for gbp in drawn.values()]
    assert sum(f.interest_gbp for f in made.values()) == pytest.approx(sum(each))
    if made:
        last = made[max(made)]
        assert last.debt_gbp == pytest.approx(0, abs=1e-6 * max(total, 1))
        assert last.cfr_gbp == pytest.approx(0, abs=1e-6 * max(total, 1))
        first = made[min(made)]
        assert (first.principal_gbp, first.interest_gbp, first.mrp_gbp) == (0, 0, 0)

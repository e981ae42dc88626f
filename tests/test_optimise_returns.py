"""When money comes back, and at what rate: by hand, by search, and against numpy-financial."""

from __future__ import annotations

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise.money.discounting import GREEN_BOOK, discount_factor
from optimise.money.returns import irr_pct, payback_yr


def years(amount: float, first: int, last: int) -> list[tuple[int, float]]:
    return [(year, amount) for year in range(first, last + 1)]


def test_suffolk_pays_back_in_eight_point_six_years() -> None:
    """£1.62m / £188k a year = 8.617; discounted it short after ten years, not after eleven."""
    assert payback_yr([(0.0, -1_620_000)], years(188_000, 1, 25)) == pytest.approx(1620 / 188)
    worth = [(y, a * discount_factor(GREEN_BOOK, y)) for y, a in years(188_000, 1, 25)]
    found = payback_yr([(0.0, -1_620_000)], worth)
    assert found is not None and 10 < found < 11
    assert payback_yr([(0.0, -1_620_000)], worth[:10]) is None


def test_exactly_paid_back_at_the_end_of_a_year() -> None:
    assert payback_yr([(0.0, -300.0)], years(100.0, 1, 3)) == pytest.approx(3.0)
    assert payback_yr([(0.0, -300.01)], years(100.0, 1, 3)) is None


def test_never_out_of_pocket() -> None:
    assert payback_yr([(0.0, 100.0)], []) == 0.0
    assert payback_yr([], years(5.0, 1, 3)) == 0.0
    assert payback_yr([], []) == 0.0


def test_a_receipt_pays_back_when_it_comes() -> None:
    """£100 out, £10 a year, £60 in at 2.5: 100 − 25 − 60 leaves 15, a year and a half."""
    assert payback_yr([(0.0, -100.0), (2.5, 60.0)], years(10.0, 1, 9)) == pytest.approx(4.0)
    assert payback_yr([(0.0, -100.0), (2.5, 80.0)], years(10.0, 1, 9)) == pytest.approx(2.5)


def test_back_for_good_counts_not_back_for_now() -> None:
    """£50 out, £20 a year: back after 2.5 years, out again at year 4 by £70 more, back at 6."""
    assert payback_yr([(0.0, -50.0), (4.0, -70.0)], years(20.0, 1, 9)) == pytest.approx(6.0)


def test_spending_that_goes_on_is_not_paid_back() -> None:
    assert payback_yr([(0.0, 30.0)], years(-20.0, 1, 3)) is None


def test_halfway_through_the_base_year() -> None:
    """A yearly sum of year 0 is there from the start."""
    assert payback_yr([(0.0, -60.0)], [(0, 50.0), (1, 100.0)]) == pytest.approx(0.1)


FLOWS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(-500, 500).map(float)), min_size=1, max_size=12
)


@given(FLOWS, FLOWS)
def test_payback_is_where_a_fine_search_finds_it(
    once: list[tuple[int, float]], yearly: list[tuple[int, float]]
) -> None:
    """The last time on a grid of 1/64 of a year at which the cumulative cash is below nil."""
    grid = np.arange(0, 21, 1 / 64)
    level = np.zeros_like(grid)
    for time, amount in once:
        level += amount * (grid >= time)
    for year, amount in yearly:
        level += amount * np.clip(grid - (year - 1), 0.0, 1.0)
    found = payback_yr([(float(t), a) for t, a in once], yearly)
    below = np.flatnonzero(level < -1e-6)
    if level[-1] < -1e-6:
        assert found is None
    elif len(below):
        assert found is not None
        assert grid[below[-1]] - 1e-9 <= found <= grid[below[-1]] + 1 / 64 + 1e-9


@given(st.floats(1e3, 1e7), st.floats(0.001, 0.8), st.integers(2, 40))
def test_rate_of_return_is_numpy_financials(capital: float, share: float, last: int) -> None:
    """Spent at once, the same saved every year."""
    saved = capital * share
    ours = irr_pct([(0.0, -capital), *((float(y), saved) for y in range(1, last + 1))])
    theirs = float(npf.irr([-capital, *[saved] * last]))
    if ours is not None:
        assert ours / 100 == pytest.approx(theirs, abs=1e-6)
    else:
        assert not -0.5 <= theirs <= 10


def test_suffolks_rate_of_return() -> None:
    flows = [(0.0, -1_620_000.0), *((float(y), 188_000.0) for y in range(1, 11))]
    assert irr_pct(flows) == pytest.approx(2.8021, abs=1e-4)


def test_no_rate_where_there_is_none_or_more_than_one() -> None:
    assert irr_pct([(0.0, 100.0), (1.0, 10.0)]) is None
    assert irr_pct([]) is None
    # −100 + 230 v − 132 v² = 0 at 10 % and at 20 %.
    assert irr_pct([(0.0, -100.0), (1.0, 230.0), (2.0, -132.0)]) is None

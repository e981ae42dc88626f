"""Gains and losses told apart, place by place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.measure import Arrivals, summary
from optimise.changes import changes_of

IDS = ("d1", "d2", "d3", "d4")


def arrivals(minutes: list[float], ids: tuple[str, ...] = IDS) -> Arrivals:
    """The same minutes at every hour."""
    values = np.array(minutes, dtype=float)
    return Arrivals(ids, np.ones(1), values[None, :], values)


def test_winners_do_not_hide_losers():
    """d1 (100) falls out of ten minutes, d2 (100) comes in: the share stays, both are told."""
    before, after = arrivals([8, 12, 5, 30]), arrivals([12, 8, 5, 30])
    weight = np.array([100.0, 100.0, 60.0, 40.0])
    told = changes_of(before, after, limit=10, unit="min").counts(weight)
    assert told == {"gained": 100, "lost": 100, "better": 100, "worse": 100}


def test_half_a_minute_is_no_change_and_the_threshold_is_inclusive():
    """d1 grows by exactly half a minute, to exactly the threshold; d2 by a hundredth more."""
    before, after = arrivals([9.5, 9.5, 9, 9]), arrivals([10, 10.01, 8.5, 8.49])
    told = changes_of(before, after, limit=10, unit="min").counts(np.ones(4))
    assert told == {"gained": 0, "lost": 1, "better": 1, "worse": 1}


def test_a_tenth_of_a_mile_is_no_change():
    told = changes_of(
        arrivals([1, 1, 1, 1]), arrivals([1.1, 1.2, 0.9, 0.8]), limit=3, unit="miles"
    ).counts(np.ones(4))
    assert told == {"gained": 0, "lost": 0, "better": 1, "worse": 1}


def test_losing_every_route_is_worse_and_none_before_and_after_is_no_change():
    nan = float("nan")
    told = changes_of(
        arrivals([40, nan, nan, 5]), arrivals([nan, 40, nan, 5]), limit=10, unit="min"
    ).counts(np.array([7.0, 3.0, 100.0, 1.0]))
    assert told == {"gained": 0, "lost": 0, "better": 3, "worse": 7}


def test_hours_count_where_crews_are_weighted_by_availability():
    """In time for 0.6 of the hours before and 0.9 after: three tenths of the 100 are gained."""
    two = np.array([0.6, 0.4]), np.array([0.9, 0.1])
    here, away = np.full(1, 5.0), np.full(1, 15.0)
    before = Arrivals(("d1",), two[0], np.array([here, away]), here)
    after = Arrivals(("d1",), two[1], np.array([here, away]), here)
    told = changes_of(before, after, limit=10, unit="min").counts(np.array([100.0]))
    assert told == pytest.approx({"gained": 30, "lost": 0, "better": 0, "worse": 0})


def test_arrivals_of_different_demand_are_refused():
    with pytest.raises(ValueError, match="different demand"):
        changes_of(arrivals([1] * 4), arrivals([1] * 4, ("d1", "d2", "d4", "d3")), limit=10,
                   unit="min")  # fmt: skip


minute = st.one_of(st.just(float("nan")), st.floats(0, 60).map(lambda m: round(m, 2)))
people = st.integers(0, 1000)


@given(st.lists(st.tuples(minute, minute, people), min_size=1, max_size=12), st.floats(1, 40))
def test_gains_less_losses_are_the_change_of_cover(rows, limit):
    """Also: nobody both gains and loses, and turned round gains are losses."""
    ids = tuple(f"d{i}" for i in range(len(rows)))
    before, after = (arrivals([r[k] for r in rows], ids) for k in (0, 1))
    weight = np.array([float(r[2]) for r in rows])
    told = changes_of(before, after, limit=limit, unit="min").counts(weight)
    series = pd.Series(weight, index=list(ids))
    then, now = (summary(a, series, limit_min=limit)["within"] for a in (before, after))
    assert told["gained"] - told["lost"] == pytest.approx(now - then)
    assert told["better"] + told["worse"] <= weight.sum()
    back = changes_of(after, before, limit=limit, unit="min").counts(weight)
    assert (back["gained"], back["worse"]) == (told["lost"], told["better"])

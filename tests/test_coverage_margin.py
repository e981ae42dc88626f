"""Cover low, central and high: only the drive is scaled, nobody is lost, the order holds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.margin import (
    arrival_band,
    has_width,
    held_times,
    is_sound,
    is_stated,
    needed_bound_min,
    states_band,
    summary_band,
)
from coverage.measure import Crew, arrival_minutes
from coverage.speeds import TimeError
from coverage.standards import Standard
from coverage.times import TravelTimes
from tests.test_coverage_reach import fire, grids, times

WIDE = TimeError(0.8, 1.25, "by hand")
errors = st.builds(
    TimeError, st.floats(0.5, 1.0), st.floats(1.0, 2.0), st.just("drawn by the test")
)


def wide(minutes: np.ndarray, error: TimeError = WIDE) -> TravelTimes:
    return dataclasses.replace(times(minutes), error=error)


def test_only_the_drive_is_scaled() -> None:
    """8 minutes of drive after 90 s of turnout: 6.4, 8 or 10 of drive, and always 1.5 before it."""
    band = arrival_band(fire(), wide(np.array([[8.0]])), [Crew("a", 90)])
    assert {case: m["d0"] for case, m in band.items()} == pytest.approx(
        {"low": 11.5, "central": 9.5, "high": 7.9}
    )


def test_call_handling_is_not_scaled_either() -> None:
    called = fire(clock_start="call", call_handling_s=120)
    band = arrival_band(called, wide(np.array([[4.0]])), [Crew("a", 60)])
    assert band["low"]["d0"] == pytest.approx(2 + 1 + 5)
    assert band["high"]["d0"] == pytest.approx(2 + 1 + 3.2)


def test_the_other_crew_may_be_first_when_drives_are_long() -> None:
    """On call 2 minutes away, wholetime 4: 2 x 1.25 + 5 against 4 x 1.25 + 1.5; 4 x 0.8 + 1.5."""
    both = [Crew("a", 300), Crew("b", 90)]
    band = arrival_band(fire(), wide(np.array([[2.0, 4.0]])), both)
    assert (band["low"]["d0"], band["high"]["d0"]) == pytest.approx((6.5, 4.7))
    far = arrival_band(fire(), wide(np.array([[2.0, 5.3]])), both)
    assert far["high"]["d0"] == pytest.approx(0.8 * 5.3 + 1.5)
    assert far["low"]["d0"] == pytest.approx(1.25 * 2 + 5)


def test_held_exactly_at_the_threshold_is_within() -> None:
    """6.8 minutes x 1.25 + 90 s are 10 minutes; threshold inclusive at either end."""
    held = fire(held_at="low")
    found = summary_band(
        states_band(held, wide(np.array([[6.8], [6.8 + 1 / 60]])), [Crew("a", 90)]),
        pd.Series([3.0, 4.0], index=["d0", "d1"]),
        limit_min=10,
    )
    assert [found[case]["within"] for case in ("low", "central", "high")] == [3.0, 7.0, 7.0]


@given(
    grids,
    errors,
    st.sampled_from([2, 6, 10]),
    st.sampled_from([1, 2]),
    st.lists(st.tuples(st.sampled_from([0, 90, 300]), st.integers(1, 2)), max_size=3),
)
def test_low_central_high_are_in_order(minutes, error, limit, nth, crews) -> None:
    sites = ("a", "b", "c")[: minutes.shape[1]]
    placed = [Crew(s, t, v) for s, (t, v) in zip(sites, crews, strict=False)]
    standard = fire(threshold_min=limit, nth_vehicle=nth)
    band = states_band(standard, wide(minutes, error), placed)
    weight = pd.Series(
        np.arange(1.0, len(minutes) + 1), index=[f"d{i}" for i in range(len(minutes))]
    )
    found = summary_band(band, weight, limit_min=limit)
    low, central, high = (found[case] for case in ("low", "central", "high"))
    assert low["within"] <= central["within"] <= high["within"]
    assert low["total"] == central["total"] == high["total"]
    assert low["unreached"] == central["unreached"] == high["unreached"]
    for name in ("mean_min", "p90_min", "worst_min"):
        if not np.isnan(central[name]):
            assert high[name] <= central[name] <= low[name]


@given(grids, st.sampled_from(["central", "low"]))
def test_no_width_changes_not_a_bit(minutes, end) -> None:
    given_times = wide(minutes, TimeError(1.0, 1.0, "measured, and found exact"))
    standard = fire(held_at=end)
    assert held_times(standard, given_times) is given_times
    band = arrival_band(standard, given_times, [Crew("a", 90)])
    plain = arrival_minutes(standard, given_times, [Crew("a", 90)])
    assert all(np.array_equal(m, plain, equal_nan=True) for m in band.values())


def test_the_low_end_is_held_to_long_drives() -> None:
    given_times = wide(np.array([[4.0, np.nan]]))
    assert held_times(fire(), given_times) is given_times
    held = held_times(fire(held_at="low"), given_times)
    assert held.minutes[0, 0] == 5.0 and np.isnan(held.minutes[0, 1])
    assert given_times.minutes[0, 0] == 4.0


@given(
    st.lists(st.floats(0, 40), min_size=1, max_size=12),
    st.floats(0.5, 1.0),
    st.sampled_from(["call", "alert", "departure"]),
)
def test_nobody_in_reach_at_the_shortest_lies_beyond_the_bound(drives, low, clock) -> None:
    standard = fire(clock_start=clock, threshold_min=10)
    error = TimeError(low, 1.0, "drawn by the test")
    bound = needed_bound_min([standard], error)
    whole = np.array([[m] for m in drives])
    cut = np.where(whole <= bound, whole, np.nan)
    weight = pd.Series(1.0, index=[f"d{i}" for i in range(len(drives))])
    counts = [
        summary_band(states_band(standard, wide(m, error), [Crew("a", 0)]), weight, limit_min=10)
        for m in (whole, cut)
    ]
    for case in ("low", "central", "high"):
        assert counts[0][case]["within"] == counts[1][case]["within"]


def test_the_bound_that_is_needed() -> None:
    """20 minutes at 0.8 are 25 of the model; a minute of call handling leaves 19, so 23.75."""
    drive = Standard(service_type="library", threshold_min=20, target=0.5)
    called = fire(clock_start="call", call_handling_s=60, threshold_min=20)
    assert needed_bound_min([drive], WIDE) == pytest.approx(25)
    assert needed_bound_min([called], WIDE) == pytest.approx(23.75)
    assert needed_bound_min([called, drive], WIDE) == pytest.approx(25)
    assert needed_bound_min([], WIDE) == 0


@pytest.mark.parametrize(
    ("low", "high", "sound"),
    [(0.9, 1.1, True), (1, 1, True), (1.01, 1.1, False), (0.9, 0.99, False), (0, 1.1, False),
     (-0.5, 1.1, False), (0.9, float("inf"), False), (float("nan"), 1.1, False)],
)  # fmt: skip
def test_an_error_encloses_the_model(low: float, high: float, sound: bool) -> None:
    assert is_sound(TimeError(low, high)) is sound


def test_stated_and_wide_are_not_the_same() -> None:
    assert not is_stated(TimeError())
    assert is_stated(TimeError(1.0, 1.0, "checked against 4,000 runs"))
    assert not has_width(TimeError(1.0, 1.0, "checked against 4,000 runs"))
    assert is_stated(TimeError(0.9, 1.0)) and has_width(TimeError(0.9, 1.0))

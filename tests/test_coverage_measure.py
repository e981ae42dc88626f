"""Figures for any set of open services, checked by hand and by definition."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.measure import (
    Crew,
    arrival_minutes,
    capped_mean,
    hour_levels,
    share_by_area,
    states,
    statistic_of,
    summary,
    weighted_percentile,
)
from tests.test_coverage_reach import fire, grids, times


def test_nearest_crew_by_response_not_by_drive() -> None:
    """a is 2 minutes away with an on-call crew (5 min), b 4 away with wholetime (1.5): b wins."""
    got = arrival_minutes(fire(), times(np.array([[2.0, 4.0]])), [Crew("a", 300), Crew("b", 90)])
    assert got["d0"] == pytest.approx(5.5)


def test_second_vehicle() -> None:
    given_times = times(np.array([[2.0, 4.0]]))
    two = fire(nth_vehicle=2)
    assert arrival_minutes(two, given_times, [Crew("a", 60), Crew("b", 60)])["d0"] == 5.0
    assert arrival_minutes(two, given_times, [Crew("a", 60, 2), Crew("b", 60)])["d0"] == 3.0
    assert math.isnan(arrival_minutes(two, given_times, [Crew("a", 60)])["d0"])


def test_nobody_open_is_no_arrival() -> None:
    assert arrival_minutes(fire(), times(np.array([[2.0]])), []).isna().all()


def test_summary_by_hand() -> None:
    """Weights 1, 2, 3, 4 at 5, 10, 20 and no route; threshold 10."""
    ids = ["d0", "d1", "d2", "d3", "d4"]
    minutes = pd.Series([5.0, 10.0, 20.0, np.nan, 1.0], index=ids)
    got = summary(minutes, pd.Series([1.0, 2.0, 3.0, 4.0, 0.0], index=ids), limit_min=10)
    assert (got["total"], got["within"], got["outside"], got["unreached"]) == (10, 3, 7, 4)
    assert got["share"] == pytest.approx(0.3)
    assert got["mean_min"] == pytest.approx((5 + 20 + 60) / 6)
    assert got["worst_min"] == 20
    assert math.isnan(got["p90_min"])


def test_nobody_counts() -> None:
    got = summary(pd.Series([1.0], index=["d0"]), pd.Series([0.0], index=["d0"]), limit_min=10)
    assert got["total"] == 0 and math.isnan(got["share"]) and math.isnan(got["mean_min"])


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 50)), min_size=1, max_size=20),
    st.sampled_from([0.5, 0.9, 1.0]),
)
def test_percentile_is_the_least_time_that_holds_the_share(
    rows: list[tuple[int, int]], share: float
) -> None:
    minutes = np.array([float(m) for m, _ in rows])
    weight = np.array([float(w) for _, w in rows])
    got = weighted_percentile(minutes, weight, share)
    assert weight[minutes <= got].sum() >= share * weight.sum() - 1e-9
    assert weight[minutes < got].sum() < share * weight.sum()


@given(grids)
def test_an_extra_crew_never_lowers_cover(minutes: np.ndarray) -> None:
    given_times = times(minutes)
    weight = pd.Series(1.0, index=list(given_times.demand_ids))
    area = pd.Series("", index=weight.index, dtype=object)
    crews = [Crew(s, 90.0) for s in given_times.site_ids]
    shares = []
    for n in range(len(crews) + 1):
        arrive = arrival_minutes(fire(), given_times, crews[:n])
        shares.append(share_by_area(arrive, weight, area, limit_min=10)[""][0])
    assert shares == sorted(shares)


def test_share_by_area_agrees_with_summary() -> None:
    ids = [f"d{i}" for i in range(6)]
    minutes = pd.Series([1.0, 11.0, np.nan, 10.0, 3.0, 40.0], index=ids)
    weight = pd.Series([1.0, 2.0, 3.0, 4.0, 0.0, 6.0], index=ids)
    area = pd.Series(["x", "x", "y", "y", "z", "y"], index=ids)
    got = share_by_area(minutes, weight, area, limit_min=10)
    assert list(got) == ["x", "y"]
    for name, (inside, total) in got.items():
        row = summary(minutes, weight.where(area == name, 0.0), limit_min=10)
        assert (inside, total) == (row["within"], row["total"])
    shuffled = share_by_area(
        minutes[::-1], weight, area.sample(frac=1, random_state=1), limit_min=10
    )
    assert shuffled == got


def test_absences_fall_together() -> None:
    """Crews there half, nine tenths and nine tenths of the hours: all for 0.5, two for 0.4 more."""
    levels = hour_levels([0.9, 0.5, 0.9, 0.0])
    assert [least for _, least in levels] == [0.5, 0.9, math.inf]
    assert [hours for hours, _ in levels] == pytest.approx([0.5, 0.4, 0.1])
    assert hour_levels([1.0, 1.0]) == ((1.0, 1.0),)
    assert hour_levels([]) == ((1.0, math.inf),)


def test_weighted_cover_by_hand() -> None:
    """d0 is 5 minutes from a (half of the hours) and 8 from b (nine tenths), d1 20 from both.

    In 10 minutes: d0 while b is there, 0.9. On average: half of the hours 5 minutes, 0.4 of them
    8, 0.1 the ceiling of 30: 8.7. Second vehicle: both are there half of the hours.
    """
    given_times = times(np.array([[5.0, 8.0], [20.0, 20.0]]))
    crews = [Crew("a", 0, 1, 0.5), Crew("b", 0, 1, 0.9)]
    weight = pd.Series([30.0, 0.0], index=["d0", "d1"])
    at_day = fire(availability="day", clock_start="departure")
    assert statistic_of(
        at_day, states(at_day, given_times, crews), weight, ceiling_min=30
    ) == pytest.approx(0.9)
    mean = fire(availability="day", clock_start="departure", statistic="mean", target=9)
    assert statistic_of(
        mean, states(mean, given_times, crews), weight, ceiling_min=30
    ) == pytest.approx(8.7)
    second = fire(availability="day", clock_start="departure", nth_vehicle=2)
    assert statistic_of(
        second, states(second, given_times, crews), weight, ceiling_min=30
    ) == pytest.approx(0.5)


@given(
    grids,
    st.lists(st.sampled_from([1.0, 0.9, 0.5, 0.25, 0.0]), min_size=3, max_size=3),
    st.integers(1, 2),
)
def test_weighted_cover_is_the_availability_of_the_nth_best_in_reach(
    minutes: np.ndarray, available: list[float], n: int
) -> None:
    """Place by place: a_d = nth largest availability among those within; Σ w·a / Σ w."""
    given_times = times(minutes)
    crews = [Crew(s, 90.0, 1, a) for s, a in zip(given_times.site_ids, available, strict=False)]
    weight = pd.Series(np.arange(1.0, len(minutes) + 1), index=list(given_times.demand_ids))
    standard = fire(availability="day", nth_vehicle=n)
    by_hand = 0.0
    for d, w in enumerate(weight):
        near = [c.availability for i, c in enumerate(crews) if minutes[d, i] + 1.5 <= 10]
        by_hand += w * (sorted(near, reverse=True)[n - 1] if len(near) >= n else 0.0)
    found = states(standard, given_times, crews)
    share = statistic_of(standard, found, weight, ceiling_min=60)
    assert share == pytest.approx(by_hand / weight.sum())
    inside, total = share_by_area(
        found, weight, pd.Series("", index=weight.index, dtype=object), limit_min=10
    )[""]
    assert inside / total == pytest.approx(share)


@given(grids, st.integers(0, 3))
def test_full_availability_is_no_availability(minutes: np.ndarray, k: int) -> None:
    given_times = times(minutes)
    crews = [Crew(s, 90.0) for s in given_times.site_ids[:k]]
    weight = pd.Series(1.0, index=list(given_times.demand_ids))
    shares = [
        statistic_of(one, states(one, given_times, crews), weight, ceiling_min=60)
        for one in (fire(), fire(availability="mean"))
    ]
    assert shares[0] == pytest.approx(shares[1])


def test_nobody_left_out_of_a_mean() -> None:
    """5 and 20 minutes and no route at all, ceiling 15: 5, 15 and 15."""
    assert capped_mean(np.array([5.0, 20.0, np.nan]), np.ones(3), 15.0) == pytest.approx(35 / 3)


@given(grids)
def test_statistics_are_those_of_their_definitions(minutes: np.ndarray) -> None:
    given_times = times(minutes)
    weight = pd.Series(np.arange(1.0, len(minutes) + 1), index=list(given_times.demand_ids))
    crews = [Crew(s, 90.0) for s in given_times.site_ids]
    worst = fire(statistic="worst", target=5)
    found = states(worst, given_times, crews)
    arrive = arrival_minutes(worst, given_times, crews)
    told = statistic_of(worst, found, weight, ceiling_min=60)
    assert math.isnan(told) if arrive.isna().any() else told == arrive.max()
    nine = fire(statistic="percentile", percentile=90, target=5)
    told = statistic_of(nine, found, weight, ceiling_min=60)
    again = weighted_percentile(arrive.to_numpy(), weight.to_numpy(), 0.9)
    assert (math.isnan(told) and math.isnan(again)) or told == again


@given(grids)
def test_an_extra_crew_never_lengthens_a_mean(minutes: np.ndarray) -> None:
    given_times = times(minutes)
    weight = pd.Series(1.0, index=list(given_times.demand_ids))
    crews = [Crew(s, 90.0, 1, 0.7) for s in given_times.site_ids]
    for changes in ({}, {"availability": "day"}):
        mean = fire(statistic="mean", target=5, **changes)
        told = [
            round(
                statistic_of(mean, states(mean, given_times, crews[:n]), weight, ceiling_min=30), 9
            )
            for n in range(len(crews) + 1)
        ]
        assert told == sorted(told, reverse=True)

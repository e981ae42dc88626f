"""Figures for any set of open services, checked by hand and by definition."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.measure import Crew, arrival_minutes, share_by_area, summary, weighted_percentile
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
    got = summary(fire(), minutes, pd.Series([1.0, 2.0, 3.0, 4.0, 0.0], index=ids))
    assert (got["total"], got["within"], got["outside"], got["unreached"]) == (10, 3, 7, 4)
    assert got["share"] == pytest.approx(0.3)
    assert got["mean_min"] == pytest.approx((5 + 20 + 60) / 6)
    assert got["worst_min"] == 20
    assert math.isnan(got["p90_min"])


def test_nobody_counts() -> None:
    got = summary(fire(), pd.Series([1.0], index=["d0"]), pd.Series([0.0], index=["d0"]))
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
        shares.append(share_by_area(fire(), arrive, weight, area)[""][0])
    assert shares == sorted(shares)


def test_share_by_area_agrees_with_summary() -> None:
    ids = [f"d{i}" for i in range(6)]
    minutes = pd.Series([1.0, 11.0, np.nan, 10.0, 3.0, 40.0], index=ids)
    weight = pd.Series([1.0, 2.0, 3.0, 4.0, 0.0, 6.0], index=ids)
    area = pd.Series(["x", "x", "y", "y", "z", "y"], index=ids)
    got = share_by_area(fire(), minutes, weight, area)
    assert list(got) == ["x", "y"]
    for name, (inside, total) in got.items():
        row = summary(fire(), minutes, weight.where(area == name, 0.0))
        assert (inside, total) == (row["within"], row["total"])
    shuffled = share_by_area(fire(), minutes[::-1], weight, area.sample(frac=1, random_state=1))
    assert shuffled == got

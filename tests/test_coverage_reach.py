"""Reach: inclusive thresholds, nobody dropped, merging that is exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coverage.reach import Provider, counted_weight, reach, response_minutes, within
from coverage.standards import Standard
from coverage.times import TravelTimes

SITES = ("a", "b", "c")


def times(minutes: np.ndarray) -> TravelTimes:
    d, s = minutes.shape
    return TravelTimes(
        tuple(f"d{i}" for i in range(d)), SITES[:s], minutes, minutes * 500,
        np.zeros(d), np.zeros(s), "toy", "from_site", {},
    )  # fmt: skip


def fire(**changes: object) -> Standard:
    record = {"service_type": "fire", "threshold_min": 10, "clock_start": "alert", "target": 0.5,
              "mode": "blue_light", **changes}  # fmt: skip
    return Standard.model_validate(record)


def made(minutes: np.ndarray, weight: list[float], standard: Standard | None = None):
    given_times = times(minutes)
    ids = list(given_times.demand_ids)
    providers = [Provider(s, 90.0) for s in given_times.site_ids]
    return reach(
        standard or fire(), given_times, providers,
        weight=pd.Series(weight, index=ids), area=pd.Series("", index=ids, dtype=object),
    )  # fmt: skip


def test_threshold_is_inclusive_to_the_second() -> None:
    """90 s of turnout and 8.5 minutes of drive are exactly 10 minutes; a second more is late."""
    on_time = made(np.array([[8.5], [8.5 + 1 / 60]]), [1, 1])
    assert [g.providers for g in on_time.groups] == [(0,), ()]


def test_no_route_is_not_within() -> None:
    assert not within(np.array([np.nan]), 1e9).any()


def test_crew_changes_reach_at_the_same_site() -> None:
    given_times = times(np.array([[5.0]]))
    slow, quick = Provider("a", 330.0), Provider("a", 90.0)
    got = reach(
        fire(), given_times, [slow, quick],
        weight=pd.Series([1.0], index=["d0"]), area=pd.Series([""], index=["d0"]),
    )  # fmt: skip
    assert [got.providers[p] for p in got.groups[0].providers] == [quick]


def test_demand_nobody_reaches_stays_in_the_total() -> None:
    got = made(np.array([[1.0], [np.nan], [99.0]]), [5, 7, 11])
    assert got.totals == {"": 23.0}
    assert sorted((g.weight, g.providers) for g in got.groups) == [(5.0, (0,)), (18.0, ())]


grids = arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(1, 3)),
    elements=st.one_of(st.integers(0, 15).map(float), st.just(float("nan"))),
)  # fmt: skip


@given(grids)
def test_merging_loses_nobody_and_invents_nobody(minutes: np.ndarray) -> None:
    weight = [float(i + 1) for i in range(len(minutes))]
    got = made(minutes, weight)
    assert sorted(d for g in got.groups for d in g.demand_ids) == sorted(
        f"d{i}" for i in range(len(minutes))
    )
    inside = within(response_minutes(fire(), times(minutes), got.providers), 10)
    for group in got.groups:
        for d in group.demand_ids:
            assert tuple(np.flatnonzero(inside[int(d[1:])])) == group.providers
    assert len({g.providers for g in got.groups}) == len(got.groups)


@given(grids, st.integers(2, 14), st.integers(0, 5))
def test_a_longer_threshold_never_uncovers(minutes: np.ndarray, short: int, more: int) -> None:
    weight = [1.0] * len(minutes)
    near = made(minutes, weight, fire(threshold_min=short))
    far = made(minutes, weight, fire(threshold_min=short + more))
    reached = {d: set(g.providers) for g in near.groups for d in g.demand_ids}
    for group in far.groups:
        for d in group.demand_ids:
            assert reached[d] <= set(group.providers)


def test_groups_of_people() -> None:
    demand = pd.DataFrame(
        {"population": [10.0, 20.0, np.nan], "rural_urban": ["urban", "rural", "rural"],
         "imd_decile": [1.0, 4.0, np.nan]}, index=["d0", "d1", "d2"],
    )  # fmt: skip
    assert counted_weight(fire(), demand).tolist() == [10, 20, 0]
    assert counted_weight(fire(group="rural"), demand).tolist() == [0, 20, 0]
    assert counted_weight(fire(group="most_deprived_4"), demand).tolist() == [10, 20, 0]
    assert counted_weight(fire(group="most_deprived_3"), demand).tolist() == [10, 0, 0]


def test_shuffled_rows_change_nothing() -> None:
    minutes = np.array([[1.0, 20.0], [20.0, 1.0], [1.0, 1.0], [1.0, 20.0]])
    ids = ["d0", "d1", "d2", "d3"]
    weight = pd.Series([1.0, 2.0, 3.0, 4.0], index=ids)
    area = pd.Series("", index=ids, dtype=object)
    providers = [Provider("a", 90.0), Provider("b", 90.0)]
    straight = reach(fire(), times(minutes), providers, weight=weight, area=area)
    turned = reach(
        fire(), times(minutes).for_demand(["d3", "d1", "d0", "d2"]), providers[::-1],
        weight=weight[::-1], area=area[::-1],
    )  # fmt: skip
    assert straight == turned


def test_unknown_site_is_an_error() -> None:
    with pytest.raises(KeyError):
        response_minutes(fire(), times(np.array([[1.0]])), [Provider("zz", 90.0)])

"""Who uses which building: toys solved by hand, and the totals of cover.csv."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.measure import Crew, arrival_minutes
from coverage.standards import Standard
from coverage.times import TravelTimes
from optimise.cover_results import cover_table
from optimise.plan import Plan, make_plan
from optimise.users import USERS_COLUMNS, first_there, users_table
from tests import toy_county


def plan(made: Any = None, **changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs(made))


def rows(table: pd.DataFrame, standard: str) -> list[tuple[Any, ...]]:
    """from, to, people, minutes before and after of a standard's rows, blanks as None."""
    chosen = table.loc[
        table["standard_id"] == standard,
        ["from_asset_id", "to_asset_id", "people", "mean_before_min", "mean_after_min"],
    ]
    plain = chosen.astype(object).where(chosen.notna(), None)
    return list(plain.itertuples(index=False, name=None))


def test_the_toy_by_hand() -> None:
    """Plan of `tests.toy_county`: the Hall goes, its crew moves to the hub at B, its library ends.

    Fire, from the call (1 min) with turnouts of 1.5 (wholetime) and 5 (on call) minutes and a drive
    of 1 within a town, 5 to the next: today A reaches d1 in 1 + 1.5 + 1 = 3.5 and d2 in 7.5,
    C reaches d3 in 1 + 5 + 1 = 7.
    """
    table = users_table(plan())
    assert list(table.columns) == list(USERS_COLUMNS)
    # A: (100 x 3.5 + 60 x 7.5) / 160 = 5; from D: (100 x 7.5 + 60 x 3.5) / 160 = 6.
    assert rows(table, "fire_10") == [("A", "D", 160, 5, 6), ("C", "C", 40, 7, 7)]
    # A's library served its own town; B's serves d2 in 1 and d3 in 5: (60 + 200) / 100 = 2.6.
    assert rows(table, "library_6") == [("A", "B", 100, 1, 5), ("B", "B", 100, 2.6, 2.6)]
    named = table.set_index(["from_asset_id", "to_asset_id"])
    assert named.loc[("A", "D"), ["from_name", "to_name"]].tolist() == ["Hall", "New hub"]
    assert set(table["weight"]) == {"population"} and not table["confidential"].any()
    assert table[["mean_before_miles", "mean_after_miles"]].isna().all(axis=None)


@pytest.mark.parametrize("changes", [
    {}, {"locks": {"A": "retain"}}, {"standards__fire_10__nth_vehicle": 2,
                                     "standards__fire_10__target": 0.0},
    {"standards__library_6__group": "most_deprived_5", "standards__library_6__target": 0.0},
])  # fmt: skip
def test_everybody_stands_in_one_row(changes: dict[str, Any]) -> None:
    made = plan(**changes)
    cover = cover_table(made)
    totals = cover[cover["geography"] == "all"].set_index("standard_id")["total"].to_dict()
    table = users_table(made)
    assert table.groupby("standard_id")["people"].sum().to_dict() == totals
    assert not table.duplicated(["standard_id", "from_asset_id", "to_asset_id"]).any()


def test_a_second_vehicle_is_counted_to_the_building_that_sends_it() -> None:
    """Two crews of one vehicle each, A quicker everywhere but at d3: the second is the other's."""
    made = plan(standards__fire_10__nth_vehicle=2, standards__fire_10__target=0.0,
                locks={"A": "retain", "D": "no_host"})  # fmt: skip
    # Second at d1 is C's: 6 + 10 = 16; at d2 C's: 6 + 5 = 11; at d3 A's: 2.5 + 10 = 12.5.
    assert rows(users_table(made), "fire_10") == [
        ("A", "A", 40, 12.5, 12.5),
        ("C", "C", 160, 14.125, 14.125),
    ]


def test_nobody_coming_is_a_row_without_a_building() -> None:
    """A second vehicle that no longer exists: everybody's building after is blank."""
    made = plan(standards__fire_10__nth_vehicle=3, standards__fire_10__target=0.0)
    assert rows(users_table(made), "fire_10") == [("", "", 200, None, None)]
    assert users_table(made)["from_name"].iloc[0] == ""


def test_a_confidential_building_marks_every_row_it_stands_in() -> None:
    buildings = toy_county.buildings()
    estate = toy_county.estate(
        buildings=buildings.assign(confidential=buildings["asset_id"] == "A")
    )
    table = users_table(plan(estate))
    touched = (table["from_asset_id"] == "A") | (table["to_asset_id"] == "A")
    assert touched.any() and not touched.all()
    assert table["confidential"].tolist() == touched.tolist()


def test_miles_stand_in_columns_of_their_own() -> None:
    made = plan()
    data = made.problem.standards[1]
    straight = Standard(
        standard_id="library_6", service_type="library", threshold_miles=6, target=0.5,
        mode="straight_line",
    )  # fmt: skip
    problem = replace(made.problem, standards=(replace(data, standard=straight),))
    table = users_table(replace(made, problem=problem))
    assert table[["mean_before_min", "mean_after_min"]].isna().all(axis=None)
    assert table["mean_after_miles"].tolist() == [5.0, 2.6]


def test_equally_quick_buildings_leave_people_where_they_are() -> None:
    """B and D stand in one town; D moved in. Nobody changes building for no gain."""
    times = toy_county.matrix(toy_county.estate(), "to_site")
    library = Standard(standard_id="l", service_type="library", threshold_min=6, target=0.5)
    crews = [Crew("D", 0.0), Crew("B", 0.0)]
    asked = {who: first_there(library, times, crews, familiar=[who])[0].tolist() for who in "BD"}
    assert asked == {"B": ["B"] * 3, "D": ["D"] * 3}
    assert first_there(library, times, crews)[0].tolist() == ["B"] * 3


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.lists(
        st.lists(st.one_of(st.just(np.nan), st.integers(0, 20)), min_size=4, max_size=4),
        min_size=1, max_size=6,
    ),
    crews=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sampled_from([0.0, 90.0, 300.0]), st.integers(1, 3)),
        max_size=5,
    ),
    nth=st.integers(1, 3),
)  # fmt: skip
def test_the_minutes_are_those_of_cover_and_the_site_could_have_done_it(
    minutes: list[list[float]], crews: list[tuple[str, float, int]], nth: int
) -> None:
    table = np.array(minutes, dtype=float)
    d = tuple(f"d{i}" for i in range(len(table)))
    times = TravelTimes(d, tuple("abcd"), table, table, np.zeros(len(d)), np.zeros(4), "toy",
                        "from_site", {})  # fmt: skip
    standard = Standard(standard_id="f", service_type="fire", threshold_min=10, target=0.5,
                        mode="blue_light", clock_start="call", nth_vehicle=nth)  # fmt: skip
    placed = [Crew(*c) for c in crews]
    site, took = first_there(standard, times, placed)
    expected = arrival_minutes(standard, times, placed).to_numpy()
    np.testing.assert_array_equal(took, expected)
    for i, (here, when) in enumerate(zip(site, took, strict=True)):
        own = [table[i, "abcd".index(c.site_id)] + standard.overhead_min(c.turnout_s)
               for c in placed if c.site_id == here]  # fmt: skip
        assert (here == "" and np.isnan(when)) or when in own

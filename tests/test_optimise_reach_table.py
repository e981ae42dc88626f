"""Drive times kept with a run: whose, how far, and the same bytes every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coverage.times import TravelTimes
from optimise import runs
from optimise.plan import Plan, make_plan
from optimise.reach_table import REACH_COLUMNS, reach_table
from tests import toy_county


def plan(stretch: float = 1.0, **changes: Any) -> Plan:
    given = toy_county.inputs()
    times = {
        mode: replace(found, minutes=found.minutes * stretch) for mode, found in given.times.items()
    }
    return make_plan(toy_county.scenario(**changes), replace(given, times=times))


def minutes_of(table: pd.DataFrame) -> dict[tuple[str, str, str], float]:
    keys = ["profile", "asset_id", "demand_id"]
    return dict(zip(table[keys].itertuples(index=False, name=None), table["min"], strict=True))


def test_the_toy_by_hand() -> None:
    """Fire is in A and C today and in D after; libraries were in A and B, and D is built."""
    table = reach_table(plan())
    assert list(table.columns) == list(REACH_COLUMNS)
    assert table.groupby("profile")["asset_id"].unique().map(list).to_dict() == {
        "blue_light": ["A", "C", "D"],
        "car": ["A", "B", "D"],
    }
    found = minutes_of(table)
    assert len(found) == len(table) == 18
    assert found["blue_light", "C", "d1"] == 10 and found["car", "B", "d3"] == 5


@pytest.mark.parametrize(("stretch", "kept"), [(3.0, True), (3.001, False)])
def test_half_an_hour_is_within_and_a_moment_more_is_not(stretch: float, kept: bool) -> None:
    """A to C is 10 minutes; the thresholds of 10 and 6 ask for less than 30."""
    made = plan(stretch, standards__fire_10__target=0.0, standards__library_6__target=0.0)
    assert (("blue_light", "A", "d3") in minutes_of(reach_table(made))) is kept


def test_a_long_threshold_is_looked_half_as_far_again() -> None:
    made = plan(4.0, standards__fire_10__threshold_min=27, standards__fire_10__target=0.0,
                standards__library_6__target=0.0)  # fmt: skip
    found = minutes_of(reach_table(made))
    assert found["blue_light", "A", "d3"] == 40 <= 1.5 * 27
    assert ("car", "A", "d3") not in found and ("car", "A", "d2") in found


def test_no_route_is_no_row() -> None:
    given = toy_county.inputs()
    times: TravelTimes = given.times["blue_light"]
    holes = times.minutes.copy()
    holes[0, times.site_ids.index("C")] = np.nan
    shut = replace(given, times={**given.times, "blue_light": replace(times, minutes=holes)})
    found = minutes_of(reach_table(make_plan(toy_county.scenario(), shut)))
    assert ("blue_light", "C", "d1") not in found and ("blue_light", "C", "d2") in found


def test_the_file_is_the_table_and_the_same_twice(tmp_path: Path) -> None:
    one = runs.write_run(plan(1.23456), tmp_path / "one", {})
    two = runs.write_run(plan(1.23456), tmp_path / "two", {})
    assert (one / "reach.parquet").read_bytes() == (two / "reach.parquet").read_bytes()
    read = pd.read_parquet(one / "reach.parquet")
    assert read["min"].dtype == np.float32 and list(read.columns) == list(REACH_COLUMNS)
    assert minutes_of(read)["car", "A", "d2"] == np.float32(6.17)
    pd.testing.assert_frame_equal(
        read, reach_table(plan(1.23456)), check_dtype=False, check_exact=True
    )


def test_a_plan_without_standards_in_minutes_has_an_empty_file(tmp_path: Path) -> None:
    made = plan()
    bare = replace(made, problem=replace(made.problem, standards=()))
    table = reach_table(bare)
    runs._write_parquet(table, tmp_path / "reach.parquet")
    assert list(pd.read_parquet(tmp_path / "reach.parquet").columns) == list(REACH_COLUMNS)
    assert table.empty

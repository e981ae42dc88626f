"""Groups of people: who is hit harder than everybody, and what nobody knows.

The small run in thirds: cells 0 to 2 the most deprived, 3 to 5 the least, of 6 to 8 nothing known.
Library within 15 minutes: 5,040 of 5,705 before, 4,440 after (10.5 points less); of the second
third 2,400 and 1,800 of 2,700 (22.2 less). Fire: cell 7 (90 of the last third's 365) waits six
minutes longer, while everybody's mean falls.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from toy_run import small_run, write_run

from maps.runs import RunFrames, read_run
from maps.tables import equality
from maps.tables.table import Table, cells


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFrames:
    return read_run(write_run(tmp_path_factory.mktemp("small") / "run", small_run()))


def by_id(run: RunFrames) -> dict[str, Table]:
    return {table.table_id: table for table in equality.tables(run)}


def changed(run: RunFrames, **columns: float) -> RunFrames:
    """The same run, some figures of every row set."""
    return replace(run, tables={"equality": run.tables["equality"].assign(**columns)})


def test_groups_hit_harder_than_everybody_are_listed_hardest_first(run: RunFrames) -> None:
    rows = by_id(run)["equality-harder"].rows
    assert [(r["standard_id"], r["group"]) for r in rows] == [
        ("library_15", "imd_9_10"), ("fire_10", "unknown"),
    ]  # fmt: skip
    assert rows[0]["share_change"] == pytest.approx(-600 / 2700)
    assert rows[0]["against"] == pytest.approx(-600 / 2700 + 600 / 5705)
    assert rows[1]["mean_change"] == pytest.approx(6 * 90 / 365)
    assert rows[1]["more_min"] == pytest.approx(6 * 90 / 365 - (6 * 90 - 1.04 * 900) / 5705)


def test_marks_say_it_in_words_too(run: RunFrames) -> None:
    table = by_id(run)["equality"]
    assert [r["group"] for r in table.rows if r["marked"]] == ["unknown", "imd_9_10"]
    assert all((r["harder"] == "yes") == r["marked"] for r in table.rows)
    index = [c.key for c in table.columns].index("against")
    shown = {
        (r["standard_id"], r["group"]): c for r, c in zip(table.rows, cells(table), strict=True)
    }
    assert shown["library_15", "imd_9_10"][index].text == "−11.7 points"
    assert shown["library_15", "all"][index].text == "0.0 points"


def test_groups_without_data_are_named_once_and_have_no_row_of_noughts(run: RunFrames) -> None:
    tables = by_id(run)
    named = [row["name"] for row in tables["equality-unknown"].rows]
    assert named[:2] == ["Disabled people", "People of ethnic minorities"]
    assert "religion or belief" in named[2]
    assert all(row["why"].startswith("no area data") for row in tables["equality-unknown"].rows)
    assert not {"disabled", "ethnic_minority"} & {r["group"] for r in tables["equality"].rows}


@pytest.mark.parametrize(
    ("fall", "harder"), [(0.005, True), (0.0049, False), (-0.1, False)], ids=["at", "below", "gain"]
)
def test_the_threshold_of_half_a_point_is_inclusive(
    run: RunFrames, fall: float, harder: bool
) -> None:
    """One group of two falls by so much, while nothing changes for everybody."""
    frame = run.tables["equality"]
    two = frame[(frame["standard_id"] == "fire_10") & frame["group"].isin(["all", "imd_1_2"])]
    even = two.assign(
        share_before=0.8, share_after=[0.8, 0.8 - fall], mean_before_min=5.0, mean_after_min=5.0
    )
    rows = by_id(replace(run, tables={"equality": even}))["equality-harder"].rows
    assert bool(rows) == harder


@pytest.mark.parametrize(("grows", "harder"), [(0.5, True), (0.49, False)])
def test_so_is_that_of_half_a_minute(run: RunFrames, grows: float, harder: bool) -> None:
    frame = run.tables["equality"]
    two = frame[(frame["standard_id"] == "fire_10") & frame["group"].isin(["all", "imd_1_2"])]
    even = two.assign(
        share_before=0.8, share_after=0.8, mean_before_min=5.0, mean_after_min=[5.0, 5.0 + grows]
    )
    assert bool(by_id(replace(run, tables={"equality": even}))["equality-harder"].rows) == harder


def test_a_group_that_gains_less_than_others_is_not_hit(run: RunFrames) -> None:
    """Everybody gains ten points and the group one: it loses nothing."""
    frame = run.tables["equality"]
    two = frame[(frame["standard_id"] == "fire_10") & frame["group"].isin(["all", "imd_1_2"])]
    even = two.assign(
        share_before=0.5, share_after=[0.6, 0.51], mean_before_min=5.0, mean_after_min=5.0
    )
    table = by_id(replace(run, tables={"equality": even}))["equality-harder"]
    assert not table.rows
    assert "says nothing of the groups without data" in table.empty


def test_runs_of_old_say_that_nothing_is_known(run: RunFrames) -> None:
    (table,) = equality.tables(replace(run, tables={}))
    assert not table.rows and "run the plan again" in table.empty


def test_blank_rows_of_a_drive_stay_blank_and_say_why(run: RunFrames) -> None:
    """Households without a car under a drive: where they live, no figure of service."""
    row = {c: float("nan") for c in run.tables["equality"].columns}
    row |= {"standard_id": "library_15", "dimension": "car", "group": "no_car_households",
            "group_name": "Households without a car", "people": 15.0, "worse": 10.0,
            "better": 0.0, "weight": "no_car_households", "note": "a drive"}  # fmt: skip
    frame = pd.concat([run.tables["equality"], pd.DataFrame([row])], ignore_index=True)
    table = by_id(replace(run, tables={"equality": frame}))["equality"]
    last = dict(zip((c.key for c in table.columns), cells(table)[-1], strict=True))
    assert (last["worse"].text, last["share_after"].text, last["mean_after"].text) == ("10", "", "")
    assert last["note"].text == "a drive" and not table.rows[-1]["marked"]


def test_straight_lines_are_told_in_miles(run: RunFrames) -> None:
    nan = float("nan")
    table = by_id(
        changed(run, mean_before_min=nan, mean_after_min=nan, mean_before_miles=1.0,
                mean_after_miles=1.5)
    )["equality"]  # fmt: skip
    index = [c.key for c in table.columns].index("mean_after")
    assert cells(table)[0][index].text == "1.5 miles"

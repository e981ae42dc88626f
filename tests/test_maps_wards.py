"""Travel time by area: losers first, every area there, runs of old readable.

The small run: wards w1 (cells 0 to 2) and w2 (3 to 8), pilot p1 (0 to 5). Of the library, w2 loses
900 in time and gains 300; in w1 1,200 have longer and 800 shorter drives. Of fire, 900 of w2 come
in and 90 wait longer; nothing moves in w1.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from toy_run import HOSTILE, hostile_run, small_run, write_run

from maps.runs import RunFrames, read_run
from maps.tables import wards
from maps.tables.table import Table, cells

LATER = ["gained", "lost", "better", "worse"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFrames:
    return read_run(write_run(tmp_path_factory.mktemp("small") / "run", small_run()))


def keys(table: Table) -> list[tuple[str, str]]:
    return [(row["area_id"], row["standard_id"]) for row in table.rows]


def column(table: Table, key: str) -> list[object]:
    return [row[key] for row in table.rows]


def test_losers_come_first_in_the_smallest_areas(run: RunFrames) -> None:
    table = wards.tables(run)[0]
    assert keys(table) == [
        ("w2", "library_15"), ("w1", "library_15"), ("w2", "fire_10"),
        ("p1", "library_15"), ("p1", "fire_10"),
    ]  # fmt: skip
    assert column(table, "lost") == [900, 0, 0, 900, 0]
    assert column(table, "gained") == [300, 0, 900, 300, 900]
    assert column(table, "worse") == [990, 1200, 90, 2100, 0]
    assert column(table, "better") == [300, 800, 900, 1100, 900]
    assert column(table, "marked") == [True, False, False, True, False]
    assert column(table, "within_change") == [-600, 0, 900, -600, 900]


def test_the_lead_counts_the_smallest_areas_that_lose(run: RunFrames) -> None:
    lead = wards.tables(run)[0].lead
    assert lead.startswith(
        "Of 2 wards, 1 has people no longer in time for some service, and 2 have people with a "
        "longer journey. Those who lose come first"
    )


def test_what_does_not_move_is_counted_and_stands_in_the_next_table(run: RunFrames) -> None:
    changed, every = wards.tables(run)
    assert any(note.startswith("Not listed: 1 of 6 pairs") for note in changed.notes)
    assert column(every, "area") == ["ward w1", "ward w2", "pilot p1"]
    assert every.rows[0]["fire_10_change"] == 0
    assert every.rows[0]["library_15_after"] == pytest.approx((6000 + 3200 + 5120) / 2640)
    assert every.rows[0]["library_15_change"] == pytest.approx((2400 - 800) / 2640)


def test_cells_choose_the_area_and_the_standard(run: RunFrames) -> None:
    first = cells(wards.tables(run)[0])[0]
    assert first[0].picks == ("area", "w2")
    assert first[2].picks == ("standard", "library_15")
    undrawn = replace(run, layers={**run.layers, "areas": run.layers["areas"].iloc[:0]})
    assert cells(wards.tables(undrawn)[0])[0][0].picks is None


def test_runs_of_old_are_ordered_by_what_they_have(run: RunFrames) -> None:
    """Without gains and losses: the change of those in time, then the mean."""
    old = replace(run, cover=run.cover.drop(columns=LATER), tables={})
    table = wards.tables(old)[0]
    assert keys(table) == [
        ("w2", "library_15"), ("w1", "library_15"), ("w2", "fire_10"),
        ("p1", "library_15"), ("p1", "fire_10"),
    ]  # fmt: skip
    assert not set(LATER) & {c.key for c in table.columns}
    assert table.lead.startswith("Those who lose come first")
    assert all(c.key in row for c in table.columns for row in table.rows)


def test_nobody_moving_is_said(run: RunFrames) -> None:
    still = run.cover.assign(**dict.fromkeys(LATER, 0.0))
    changed, every = wards.tables(replace(run, cover=still))
    assert not changed.rows and changed.empty.startswith("Nobody's time changes")
    assert len(every.rows) == 3


def test_runs_without_areas_have_no_table_of_them(run: RunFrames) -> None:
    whole = run.cover[run.cover["geography"] == "all"]
    tables = wards.tables(replace(run, cover=whole))
    assert [(t.table_id, t.rows, t.empty) for t in tables] == [("wards", (), "")]


def test_straight_lines_are_told_in_miles(run: RunFrames) -> None:
    """Their change is that of people, not of minutes."""
    miles = run.cover.assign(
        mean_before_miles=1.25, mean_after_miles=2.5, mean_before_min=float("nan"),
        mean_after_min=float("nan"),
    )  # fmt: skip
    changed, every = wards.tables(replace(run, cover=miles))
    index = [c.key for c in changed.columns].index("mean_after")
    assert cells(changed)[0][index].text == "2.5 miles"
    assert changed.rows[0]["mean_change"] is None
    assert [c.key for c in every.columns[2:]] == ["fire_10_after", "library_15_after"]
    assert cells(every)[0][2].text == "2.5 miles"


def test_households_without_a_car_stand_beside_where_they_are_known(run: RunFrames) -> None:
    assert "no_car_worse" not in {c.key for c in wards.tables(run)[0].columns}
    known = run.cover.assign(no_car_households=12.0, no_car_worse=4.0)
    table = wards.tables(replace(run, cover=known))[0]
    assert table.rows[0]["no_car_households"] == 12 and table.rows[0]["no_car_worse"] == 4


def test_every_row_has_every_column_and_texts_stay_texts(tmp_path) -> None:  # type: ignore[no-untyped-def]
    run = read_run(write_run(tmp_path / "run", hostile_run()))
    for table in wards.tables(run):
        assert all(c.key in row for c in table.columns for row in table.rows)
    assert wards.tables(run)[0].rows[0]["standard"] in HOSTILE

"""Runs as services hold them, read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.issues import InputError
from coverage.calibrate import read_runs
from coverage.calibration.runs import moments_of
from tests.toy_roads import ORIGIN, lonlat


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


HERE = f"{ORIGIN[0]:.0f},{ORIGIN[1]:.0f}"
THERE = f"{ORIGIN[0] + 900:.0f},{ORIGIN[1] + 100:.0f}"


def test_runs_are_read_with_grid_coordinates(tmp_path: Path) -> None:
    head = "from_easting,from_northing,to_easting,to_northing,seconds"
    path = write(tmp_path / "runs.csv", f"{head}\n{HERE},{THERE},120\n{HERE},{THERE},2:30\n")
    table = read_runs(path).table
    assert table["seconds"].tolist() == [120.0, 150.0]
    assert table["from_x"].tolist() == [ORIGIN[0]] * 2 and table["to_y"].iloc[0] == ORIGIN[1] + 100
    assert list(table["reason"]) == ["", ""] and list(table.index) == [2, 3]


def test_runs_are_read_with_degrees_and_minutes(tmp_path: Path) -> None:
    lon, lat = lonlat(0.0, 0.0)
    head = "Station longitude,Station latitude,Incident Lon,Incident Lat,Travel time (mins)"
    path = write(tmp_path / "runs.csv", f"{head}\n{lon},{lat},{lon + 0.01},{lat},2.5\n")
    table = read_runs(path).table
    assert table["seconds"].tolist() == [150.0]
    assert table["from_x"].iloc[0] == pytest.approx(ORIGIN[0], abs=1.0)


def test_runs_between_ids_are_placed(tmp_path: Path) -> None:
    stations = write(tmp_path / "stations.csv", f"BaseId,Easting,Northing\nA,{HERE}\nB,{THERE}\n")
    text = (
        "BaseId,Easting,Northing,TimeMobile,TimeArrived\n"
        f"A,{THERE},2024-03-04 08:00:00,2024-03-04 08:05:30\n"
        f"B,{HERE},2024-03-04 23:58:00,2024-03-05 00:04:00\n"
        f"C,{HERE},2024-03-04 03:00:00,2024-03-04 03:05:00\n"
    )
    runs = read_runs(write(tmp_path / "runs.csv", text), places=[stations])
    assert runs.table["seconds"].tolist() == [330.0, 360.0, 300.0]
    assert runs.table["period"].tolist() == ["peak", "night", "night"]
    assert runs.table["reason"].tolist() == ["", "", "no_origin"]
    assert runs.days == ("2024-03-04", "2024-03-04")
    assert list(runs.places) == ["stations.csv"]


def test_times_of_day_without_a_date_pass_midnight(tmp_path: Path) -> None:
    head = "from_easting,from_northing,to_easting,to_northing,time_mobile,time_arrived"
    path = write(tmp_path / "runs.csv", f"{head}\n{HERE},{THERE},23:58,00:04:30\n")
    runs = read_runs(path)
    assert runs.table["seconds"].tolist() == [390.0]
    assert runs.days is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("", "no_time"), ("soon", "no_time"), ("0", "not_positive"), ("-60", "not_positive"),
     ("14.9", "too_short"), ("15", ""), ("14400", ""), ("14401", "too_long"), ("inf", "no_time")],
)  # fmt: skip
def test_times_that_cannot_be_are_set_aside(tmp_path: Path, cell: str, reason: str) -> None:
    head = "from_easting,from_northing,to_easting,to_northing,seconds"
    path = write(tmp_path / "runs.csv", f"{head}\n{HERE},{THERE},{cell}\n{HERE},{THERE},60\n")
    assert read_runs(path).table["reason"].tolist() == [reason, ""]


@pytest.mark.parametrize(
    ("end", "reason"),
    [(",", "no_destination"), ("380000,", "no_destination"), ("100000,2000000", "bad_place"),
     ("0,0", "no_destination")],
)  # fmt: skip
def test_ends_that_are_no_place_are_set_aside(tmp_path: Path, end: str, reason: str) -> None:
    head = "from_easting,from_northing,to_easting,to_northing,seconds"
    path = write(tmp_path / "runs.csv", f"{head}\n{HERE},{end},60\n{HERE},{THERE},60\n")
    assert read_runs(path).table["reason"].tolist() == [reason, ""]


def test_columns_that_are_missing_are_named_together(tmp_path: Path) -> None:
    path = write(tmp_path / "runs.csv", "a,b\n1,2\n")
    with pytest.raises(InputError) as caught:
        read_runs(path)
    assert [issue.rule for issue in caught.value.issues] == [
        "calibrate.no_time", "calibrate.no_origin", "calibrate.no_destination"]  # fmt: skip
    assert all(issue.layer == "runs.csv" and issue.remedy for issue in caught.value.issues)


def test_unknown_headings_and_roles_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "runs.csv", "from_id,to_id,osrm_s\na,b,1\n")
    with pytest.raises(InputError, match="no such heading(.|\n)*no such role"):
        read_runs(path, told={"osrm": "seconds", "osrm_s": "second"})


def test_ids_without_places_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "runs.csv", f"station,easting,northing,seconds\nA,{HERE},60\n")
    with pytest.raises(InputError, match="no places to find it in") as caught:
        read_runs(path)
    assert caught.value.issues[0].ids == ("station",)


def test_one_id_in_two_places_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "places.csv", f"id,easting,northing\nA,{HERE}\nA,{THERE}\n")
    runs = write(tmp_path / "runs.csv", "from_id,to_id,seconds\nA,A,60\n")
    with pytest.raises(InputError, match="places of one id lie apart"):
        read_runs(runs, places=[path])


def test_a_workbook_reads_as_its_csv(tmp_path: Path) -> None:
    head = ["from_easting", "from_northing", "to_easting", "to_northing", "seconds", "blue_light"]
    cells = [*ORIGIN, ORIGIN[0] + 900, ORIGIN[1] + 100, 75.5, "Y"]
    frame = pd.DataFrame([cells], columns=head)
    frame.to_excel(tmp_path / "runs.xlsx", index=False)
    frame.to_csv(tmp_path / "runs.csv", index=False)
    one, two = (read_runs(tmp_path / f"runs.{kind}").table for kind in ("xlsx", "csv"))
    pd.testing.assert_frame_equal(one, two)
    assert one["blue"].tolist() == ["yes"]


@pytest.mark.parametrize(
    ("text", "day", "second"),
    [("2024-03-04 08:00:01", 19786, 28801), ("04/03/2024 08:00", 19786, 28800),
     ("2024-03-04T08:00:00.250Z", 19786, 28800), ("04-Mar-24 08:00:00", 19786, 28800),
     ("08:00", None, 28800), ("25:00", None, None), ("", None, None), ("x", None, None)],
)  # fmt: skip
def test_moments_are_read_as_britain_writes_them(
    text: str, day: int | None, second: int | None
) -> None:
    found = moments_of(pd.Series([text], dtype=object)).iloc[0]
    assert np.isnan(found["days"]) if day is None else found["days"] == day
    assert np.isnan(found["second"]) if second is None else found["second"] == second

"""Coordinates as sources write them -> the columns meant for them, or left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assets.mending.coordinates import Pair, check_pairs, pairs_of, plain_axis, repair_coordinates
from assets.schema import LAYERS

BUILDINGS = LAYERS["buildings"]


def frame_of(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    index = pd.RangeIndex(2, count + 2, name="row")
    return pd.DataFrame(columns, index=index, dtype=object)


def crowd(count: int = 12) -> dict[str, list[object]]:
    """Places near Sale in Greater Manchester."""
    return {
        "easting": [str(375000 + 250 * n) for n in range(count)],
        "northing": [str(390000 + 300 * n) for n in range(count)],
    }


def mended(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The frame after repair, rules of its repairs, rules of its issues; a second time nothing."""
    before = frame.copy()
    done = repair_coordinates(BUILDINGS, frame)
    pd.testing.assert_frame_equal(frame, before)
    again = repair_coordinates(BUILDINGS, done.frame)
    assert not again.repairs and not again.issues
    rules = [rule for table in done.repairs for rule in table["rule"]]
    return done.frame, rules, [issue.rule for issue in done.issues]


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("440715,354526", ("440715", "354526", False)),
        ("440715 354526", ("440715", "354526", False)),
        ("440,715 354,526", ("440715", "354526", False)),
        ("E: 440715 N: 354526", ("440715", "354526", False)),
        ("440715m, 354526m", ("440715", "354526", False)),
        ("440715.25 / 354526.5", ("440715.25", "354526.5", False)),
        ("440715354526", ("440715", "354526", False)),
        ("53.4, -2.3", ("-2.3", "53.4", True)),
        ("(-2.3, 53.4)", ("-2.3", "53.4", True)),
        ("53.4N 2.3W", ("-2.3", "53.4", True)),
        ("lat 53.4 long -2.3", ("-2.3", "53.4", True)),
        ("53°26'12\"N, 2°18'00\"W", ("-2.30000000", "53.43666667", True)),
        ("POINT (440715 354526)", ("440715", "354526", False)),
        ("SRID=4326;POINT(-2.3 53.4)", ("-2.3", "53.4", True)),
    ],
)
def test_two_coordinates_in_one_cell(text: str, pair: tuple[str, str, bool]):
    assert pairs_of([text]) == [Pair(*pair)]


@pytest.mark.parametrize(
    ("text", "x", "y", "coarse"),
    [
        ("TG 51409 13177", "651409", "313177", False),  # the example of the Ordnance Survey
        ("SK 407 545", "440700", "354500", False),
        ("sk407545", "440700", "354500", False),
        ("SK 40 54", "440000", "354000", True),
        ("SV 900 100", "90000", "10000", False),
        ("HP 600 100", "460000", "1210000", False),
    ],
)
def test_grid_references(text: str, x: str, y: str, coarse: bool):
    assert pairs_of([text]) == [Pair(x, y, False, "grid_reference", coarse)]


@pytest.mark.parametrize(
    "text", ["", "see map", "440,715", "1 2 3", "0,0", "SK 407 54", "SK", "ZZ 407 545", "48.8, 2.4"]
)
def test_other_cells_are_no_pair(text: str):
    assert pairs_of([text]) == [None]


@pytest.mark.parametrize(
    ("text", "plain"),
    [("440715 m", "440715"), ("440 715", "440715"), ("E440715", "440715"), ("2.35° W", "-2.35"),
     ("53°26'12\"N", "53.43666667"), ("+5", "5"), ("−2.3", "-2.3"), ("n/a", ""),
     ("not here, see the map", "not here, see the map"), ("440,715", "440,715")],
)  # fmt: skip
def test_one_coordinate_with_its_unit(text: str, plain: str):
    assert plain_axis(text).text == plain


def test_a_pair_fills_blank_columns_and_a_coarse_square_says_so():
    cells = ["440715,354526", "53.4,-2.3", "SK 40 54", "ask the owner", "N/A"]
    frame, rules, issues = mended(frame_of(asset_id=list("ABCDE"), coordinates=cells))
    assert list(frame["easting"]) == ["440715", "", "440000", "", ""]
    assert list(frame["lat"]) == ["", "53.4", "", "", ""]
    assert list(frame["coordinates"]) == ["", "", "", "ask the owner", "N/A"]
    assert list(frame["place_precision"]) == ["", "", "area", "", ""]
    assert sorted(rules) == ["grid_reference", "pair_split", "pair_split"] and not issues
    (issue,) = check_pairs(BUILDINGS, frame)
    assert (issue.rule, issue.ids) == ("buildings.unread_pair", ("D",))


def test_a_pair_beside_coordinates_that_are_there_changes_nothing():
    frame = frame_of(coordinates=["SK 407 545"], easting=["440715"], northing=["354526"])
    assert mended(frame)[1] == [] and check_pairs(BUILDINGS, frame) == []


def test_a_pair_in_the_column_of_eastings_is_split():
    frame, rules, _ = mended(frame_of(easting=["440715,354526"], northing=[""]))
    assert (frame["easting"].iloc[0], frame["northing"].iloc[0]) == ("440715", "354526")
    assert rules == ["pair_split"]


def test_degrees_in_whole_columns_of_metres_are_one_finding():
    frame, rules, issues = mended(
        frame_of(easting=["-2.3"] * 5 + [""], northing=["53.4"] * 4 + ["53.5", ""])
    )
    assert "easting" not in frame and list(frame["lat"]) == ["53.4"] * 4 + ["53.5", ""]
    assert rules == [] and issues == ["buildings.coordinate_columns"]


def test_one_swapped_row_among_degrees_is_a_repair():
    frame, rules, issues = mended(
        frame_of(easting=["-2.3"] * 5 + ["53.46"], northing=["53.4"] * 5 + ["-2.37"])
    )
    assert (frame["lon"].iloc[5], frame["lat"].iloc[5]) == ("-2.37", "53.46")
    assert rules == ["axes_swapped"] and issues == ["buildings.coordinate_columns"]


def test_degrees_in_single_rows_are_repairs_in_either_order():
    rows = crowd()
    rows["easting"][:2], rows["northing"][:2] = ["-2.3", "53.4"], ["53.4", "-2.3"]
    frame, rules, issues = mended(frame_of(**rows))
    assert list(frame["lon"][:3]) == ["-2.3", "-2.3", ""]
    assert list(frame["easting"][:3]) == ["", "", "375500"]
    assert rules == ["degrees_moved"] * 2 and not issues


def test_degrees_stay_where_other_degrees_contradict_them():
    frame = frame_of(easting=["-2.3"], northing=["53.4"], lon=["-1.0"], lat=["52.0"])
    assert mended(frame)[1] == []


def test_metres_in_columns_of_degrees():
    whole = crowd(6)
    frame, rules, issues = mended(frame_of(lon=whole["easting"], lat=whole["northing"]))
    assert list(frame["easting"]) == whole["easting"] and "lon" not in frame
    assert rules == [] and issues == ["buildings.coordinate_columns"]
    frame, rules, _ = mended(frame_of(lon=["-2.3", "375000"], lat=["53.4", "390000"]))
    assert rules == ["degrees_moved"] and frame["northing"].iloc[1] == "390000"


def test_swapped_degrees_of_one_row_and_of_whole_columns():
    frame, rules, _ = mended(frame_of(lon=["53.4", "-2.3"], lat=["-2.3", "53.4"]))
    assert list(frame["lon"]) == ["-2.3", "-2.3"] and rules == ["axes_swapped"]
    frame, rules, issues = mended(frame_of(lon=["53.4"] * 5, lat=["-2.3"] * 5))
    assert list(frame["lat"]) == ["53.4"] * 5
    assert rules == [] and issues == ["buildings.coordinate_columns"]


def south(count: int) -> tuple[list[str], list[str]]:
    """Places in Dorset, which exchanged are in the sea."""
    return [str(370000 + 300 * n) for n in range(count)], [
        str(90000 + 300 * n) for n in range(count)
    ]


def test_swapped_metres_need_others_to_bear_witness():
    x, y = south(12)
    x[3], y[3] = y[3], x[3]
    frame, rules, _ = mended(frame_of(easting=x, northing=y))
    assert (frame["easting"].iloc[3], frame["northing"].iloc[3]) == ("370900", "90900")
    assert rules == ["axes_swapped"]
    x, y = south(6)
    x[3], y[3] = y[3], x[3]
    assert mended(frame_of(easting=x, northing=y))[1] == []


def test_swapped_metres_far_from_the_others_stay():
    x, y = south(14)
    x[3], y[3] = "90000", "520000"  # exchanged: on land, but 150 km away
    assert mended(frame_of(easting=x, northing=y))[1] == []


def test_swapped_metres_that_are_on_land_as_written_stay():
    rows = crowd(14)
    rows["easting"][3], rows["northing"][3] = rows["northing"][3], rows["easting"][3]
    assert mended(frame_of(**rows))[1] == []


def test_whole_columns_of_swapped_metres_need_ten_rows():
    x, y = south(10)
    frame, rules, issues = mended(frame_of(easting=y, northing=x))
    assert list(frame["easting"]) == x
    assert rules == [] and issues == ["buildings.coordinate_columns"]
    assert mended(frame_of(easting=y[:9], northing=x[:9]))[1:] == ([], [])


def test_a_comma_is_the_decimal_point_only_where_nothing_else_is_on_land():
    frame, rules, _ = mended(frame_of(lon=["-2,351"], lat=["53,440"]))
    assert (frame["lon"].iloc[0], frame["lat"].iloc[0]) == ("-2.351", "53.440")
    assert rules == ["decimal_comma"] * 2
    assert mended(frame_of(easting=["440,715"], northing=["354,526"]))[1] == []


def test_numbers_of_a_geopackage_are_taken_as_they_are():
    frame = pd.DataFrame(
        {"easting": [375000.0, np.nan], "northing": [390000.0, np.nan]},
        index=pd.RangeIndex(2, 4, name="row"),
    )
    done = repair_coordinates(BUILDINGS, frame)
    assert done.frame["easting"].dtype == np.float64 and not done.repairs

"""Postcodes spelt and taken apart, where they are, and rows put there."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from assets.issues import InputError
from assets.whereabouts.postcodes import (
    FAR_M,
    TOLD_APART,
    locate,
    parts,
    postcode_book,
    spelt,
    units_of,
)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("al100da", "AL10 0DA"),
        (" LE15\u00a06BQ ", "LE15 6BQ"),
        ("LE15\n6BQ", "LE15 6BQ"),
        ("W1A1AA", "W1A 1AA"),
        ("W1L1AA", ""),
        ("ec1a 1bb", "EC1A 1BB"),
        ("M1 1AE", "M1 1AE"),
        ("LEI5 6BQ", "LE15 6BQ"),
        ("LE1S 6BQ", ""),
        ("M3I 2DN", "M31 2DN"),
        ("AL10 ODA", "AL10 0DA"),
        ("GIR 0AA", "GIR 0AA"),
        ("LE15 8", "LE15 8"),
        ("m31", "M31"),
        ("LE", ""),
        ("Leicester", ""),
        ("ZZ99 3VZ", ""),
        ("TS13 45W", ""),
        ("LE15 6CK", ""),
        ("", ""),
        ("n/a", ""),
    ],
)
def test_postcodes_are_spelt_as_royal_mail_spells_them(written: str, right: str):
    assert spelt(written) == right
    assert spelt(right) == right


def test_a_postcode_is_taken_apart_as_far_as_it_goes():
    cells = pd.Series(["le15 6bq", "LE15 8", "M31", "?", None], index=[2, 3, 5, 8, 9])
    found = parts(cells)
    assert list(found.index) == [2, 3, 5, 8, 9]
    assert found.to_numpy().tolist() == [
        ["LE", "LE15", "LE15 6", "LE15 6BQ"],
        ["LE", "LE15", "LE15 8", ""],
        ["M", "M31", "", ""],
        ["", "", "", ""],
        ["", "", "", ""],
    ]


def test_the_quick_way_for_millions_agrees_with_the_careful_one():
    cells = pd.Series(["LE15 6BQ", "le156bq", "LEI5 6BQ", "M31", "ZZ1 1AA", "GIR 0AA", "W1A 1AA"])
    careful = [code if len(code) >= 6 else "" for code in map(spelt, cells)]
    assert units_of(cells).tolist() == careful


# --- books ------------------------------------------------------------------------------------


def code_point(**more: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Postcode": ["LE15 6BQ", "LE156AA", "LE158AB", "BT1 1AA", "M31 2DN"],
            "Positional_quality_indicator": ["10", "10", "60", "10", "90"],
            "Eastings": ["486162", "486262", "488000", "146000", "0"],
            "Northings": ["308552", "308652", "311000", "530000", "0"],
            **more,
        }
    )


def test_code_point_open():
    units = postcode_book(code_point()).units
    assert units.loc["LE15 6BQ", ["x", "y", "quality"]].tolist() == [486162, 308552, 10]
    assert not units["ended"].any()
    assert units.loc[["BT1 1AA", "M31 2DN"], "x"].isna().all()  # not on this grid; no point


def test_os_open_names_passes_over_what_is_no_postcode():
    names = pd.DataFrame(
        {
            "ID": ["LE156BQ", "osgb4000000074562658"],
            "NAME1": ["LE15 6BQ", "Greetham"],
            "LOCAL_TYPE": ["Postcode", "Village"],
            "GEOMETRY_X": ["486162", "492743"],
            "GEOMETRY_Y": ["308552", "314542"],
            "POSTCODE_DISTRICT": ["LE15", "LE15"],
        }
    )
    assert list(postcode_book(names).units.index) == ["LE15 6BQ"]


def test_the_ons_directory_with_ended_postcodes():
    directory = pd.DataFrame(
        {
            "X": ["-80000.1", "-81000.2"],  # Web Mercator, as the portal adds it
            "Y": ["6900000.1", "6910000.2"],
            "PCD": ["LE156BQ", "LE156AA"],
            "PCDS": ["LE15 6BQ", "LE15 6AA"],
            "DOTERM": ["", "199606"],
            "OSEAST1M": ["486162", "486262"],
            "OSNRTH1M": ["308552", "308652"],
            "OSGRDIND": ["1", "6"],
        }
    )
    units = postcode_book(directory).units
    assert units["x"].tolist() == [486162, 486262]
    assert units["quality"].tolist() == [10, 60]
    assert units["ended"].tolist() == [False, True]


@pytest.mark.parametrize(
    "columns",
    [
        {"lat": ["52.66738"], "long": ["-0.72743"]},
        {"X": ["-0.72743"], "Y": ["52.66738"]},
        {"X": ["486162"], "Y": ["308552"]},
        {"Easting": ["486,162"], "Northing": ["308,552"]},
    ],
)
def test_any_table_with_postcodes_and_coordinates(columns: dict[str, list[str]]):
    units = postcode_book(pd.DataFrame({"Anything": ["LE15 6BQ"], **columns})).units
    assert np.hypot(units["x"] - 486162, units["y"] - 308552).max() < 100


def test_a_geometry_will_do():
    frame = gpd.GeoDataFrame({"pcd": ["LE15 6BQ"]}, geometry=[Point(486162, 308552)], crs=27700)
    assert postcode_book(frame.to_crs(4326)).units["x"].round().tolist() == [486162]


def test_a_postcode_listed_twice_is_one_live_point():
    frame = pd.DataFrame(
        {
            "postcode": ["LE15 6BQ"] * 4,
            "easting": [486100, 486200, 400000, ""],
            "northing": [308500, 308600, 300000, ""],
            "doterm": ["", "", "200001", ""],
        }
    )
    units = postcode_book(frame).units
    assert units.index.is_unique
    assert units.loc["LE15 6BQ", ["x", "y"]].tolist() == [486150, 308550]


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        (pd.DataFrame({"name": ["Oakham"], "x": [486162], "y": [308552]}), "no_postcodes"),
        (pd.DataFrame({"postcode": ["LE15", "M31"], "x": [1, 1], "y": [1, 1]}), "no_postcodes"),
        (pd.DataFrame({"postcode": ["LE15 6BQ"]}), "no_coordinates"),
        (pd.DataFrame({"postcode": ["LE15 6BQ"], "x": ["-80000"], "y": ["6900000"]}),
         "no_coordinates"),
        (pd.DataFrame(), "no_postcodes"),
    ],
)  # fmt: skip
def test_a_table_that_places_nothing_is_refused(frame: pd.DataFrame, rule: str):
    with pytest.raises(InputError) as refused:
        postcode_book(frame)
    assert [issue.rule for issue in refused.value.issues] == [f"postcodes.{rule}"]


# --- rows -------------------------------------------------------------------------------------

BOOK = postcode_book(code_point())


def rows(**columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(columns, dtype=object)
    return frame.set_axis(pd.RangeIndex(2, len(frame) + 2, name="row"), axis=0)


def one(**cells: str) -> pd.DataFrame:
    return rows(asset_id=["A1"], **{name: [cell] for name, cell in cells.items()})


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"easting": "", "northing": ""},
        {"easting": "486162", "northing": ""},
        {"easting": "Not available here", "northing": "Not available here"},
        {"easting": "900000", "northing": "308552"},
        {"easting": "0", "northing": "0"},
        {"lon": "53.4", "lat": "-2.3"},
    ],
)
def test_a_row_without_usable_coordinates_is_put_at_its_postcode(cells: dict[str, str]):
    frame = one(postcode="LE15 6BQ", **cells)
    before = frame.copy()
    found = locate(frame, BOOK)
    pd.testing.assert_frame_equal(frame, before)
    row = found.frame.iloc[0]
    assert (row["easting"], row["northing"]) == ("486162", "308552")
    assert row["place_precision"] == "postcode"
    assert row.get("lon", "") == row.get("lat", "") == ""
    changed = {column for column in row.index if row[column] != before.iloc[0].get(column, "")}
    assert set(found.repairs["column"]) == changed
    assert set(found.repairs["rule"]) == {"located_by_postcode"}
    assert found.repairs["id"].tolist() == ["A1"] * len(changed)


def test_a_row_that_has_its_place_is_left_alone():
    frame = one(postcode="LE15 6BQ", easting="486500", northing="308900")
    found = locate(frame, BOOK)
    pd.testing.assert_frame_equal(found.frame, frame)
    assert found.repairs.empty
    assert not found.issues


def test_locating_twice_changes_nothing_more():
    frame = rows(asset_id=["A", "B", "C"], postcode=["LE15 6BQ", "LE15 6ZZ", ""])
    once = locate(frame, BOOK)
    again = locate(once.frame, BOOK)
    pd.testing.assert_frame_equal(again.frame, once.frame)
    assert again.repairs.empty


def test_a_drawn_point_at_sea_gives_way_to_the_postcode():
    frame = gpd.GeoDataFrame(one(postcode="LE15 6BQ"), geometry=[Point(0, 0)], crs=27700)
    found = locate(frame, BOOK)
    assert found.frame.geometry.isna().all()
    assert found.frame["easting"].tolist() == ["486162"]


@pytest.mark.parametrize(
    ("postcode", "rule", "precision", "easting"),
    [
        ("", "postcode_blank", None, None),
        ("n/k", "postcode_malformed", None, None),
        ("M31", "postcode_partial", None, None),
        ("LE15 6", "postcode_partial_area", "area", "486212"),
        ("LE15", "postcode_partial_area", "area", "486212"),
        ("LE15 6ZZ", "postcode_unknown_area", "area", "486212"),
        ("PE9 1AP", "postcode_unknown", None, None),
        ("M31 2DN", "postcode_without_place", None, None),
        ("BT1 1AA", "postcode_without_place", None, None),
    ],
)
def test_rows_that_no_unit_postcode_places_are_listed_by_reason(
    postcode: str, rule: str, precision: str | None, easting: str | None
):
    found = locate(one(postcode=postcode), BOOK)
    assert [(issue.rule, issue.ids) for issue in found.issues] == [(f"buildings.{rule}", ("A1",))]
    assert found.frame.iloc[0].get("place_precision") == precision
    assert found.frame.iloc[0].get("easting") == easting


def test_a_postcode_known_only_to_its_sector_is_an_area():
    found = locate(one(postcode="LE15 8AB"), BOOK)  # quality 60
    assert found.frame["place_precision"].tolist() == ["area"]


def test_a_place_known_to_an_area_is_bettered_by_a_unit_postcode_only():
    rough = {"easting": "486000", "northing": "308000", "place_precision": "area"}
    better = locate(one(postcode="LE15 6BQ", **rough), BOOK).frame.iloc[0]
    assert (better["easting"], better["place_precision"]) == ("486162", "postcode")
    for code in ("LE15 8AB", "LE15", ""):
        assert locate(one(postcode=code, **rough), BOOK).frame["easting"].tolist() == ["486000"]


def test_a_postcode_no_longer_in_use_is_said():
    book = postcode_book(code_point(doterm=["201201", "", "", "", ""]))
    found = locate(one(postcode="LE15 6BQ"), book)
    assert [issue.rule for issue in found.issues] == ["buildings.postcode_ended"]


def test_a_layer_without_precision_is_given_none():
    found = locate(rows(unit_id=["U1"], postcode=["LE15 6BQ"]), BOOK, layer="services")
    assert "place_precision" not in found.frame.columns
    assert found.frame["easting"].tolist() == ["486162"]


def test_a_postcode_the_file_does_not_know_proves_nothing():
    found = locate(one(postcode="PE9 1AP", easting="502515", northing="307388"), BOOK)
    assert [issue.rule for issue in found.issues] == ["buildings.postcode_not_in_file"]


@pytest.mark.parametrize(("east", "far"), [(FAR_M, False), (FAR_M + 1, True)])
def test_two_kilometres_from_the_postcode_is_near(east: float, far: bool):
    frame = one(postcode="LE15 6BQ", easting=str(486162 + east), northing="308552")
    found = locate(frame, BOOK)
    assert len(found.far) == far
    pd.testing.assert_frame_equal(found.frame, frame)


@pytest.mark.parametrize(
    ("easting", "northing", "right", "how"),
    [
        ("468162", "308552", "easting 486162", "two digits the wrong way round"),
        ("486162", "38552", "northing 308552", "a digit lost"),
        ("486162", "3088552", "northing 308552", "a digit too many"),
        ("486162", "30855", "northing 308550", "the last digit lost"),
        ("308552", "486162", "easting and northing exchanged", ""),
        ("416162", "308552", "easting 486162", "one digit mistyped"),
        ("451999", "333333", "", ""),
    ],
)
def test_the_slip_that_explains_a_far_place_is_offered(
    easting: str, northing: str, right: str, how: str
):
    found = locate(one(postcode="LE15 6BQ", easting=easting, northing=northing), BOOK)
    told = [issue for issue in found.issues if issue.rule == "buildings.far_from_postcode"]
    assert len(told) == len(found.far) == 1
    assert "km from its postcode, LE15 6BQ" in told[0].message
    assert right in told[0].remedy
    assert how in told[0].remedy
    if right:
        spot = found.far[["suggested_x", "suggested_y"]].to_numpy()[0]
        assert np.hypot(*(spot - [486162, 308552])) < FAR_M
    else:
        assert found.far["suggestion"].tolist() == [""]


def test_a_lost_minus_sign_is_recognised():
    found = locate(one(postcode="LE15 6BQ", lon="0.72743", lat="52.66738"), BOOK)
    assert "lon -0.72743 (the minus sign lost or added)" in found.far["suggestion"].iloc[0]


def test_many_far_rows_are_told_together():
    count = TOLD_APART + 5
    frame = rows(
        asset_id=[f"A{number}" for number in range(count)],
        postcode=["LE15 6BQ"] * count,
        easting=["451999"] * count,
        northing=["333333"] * count,
    )
    issues = locate(frame, BOOK).issues
    assert len(issues) == TOLD_APART + 1
    assert sorted(id_ for issue in issues for id_ in issue.ids) == sorted(frame["asset_id"])


# --- real files -------------------------------------------------------------------------------


def test_rutland_is_placed_by_os_open_names(shared_data):
    folder = shared_data / "rutland"
    names = pd.read_csv(folder / "rutland_os_open_names_postcodes_places.csv", dtype=str)
    book = postcode_book(names)
    assert len(book.units) == 1267
    libraries = pd.read_csv(folder / "rutland_libraries_2023.csv", dtype=str)
    frame = rows(
        asset_id=libraries["Name"].tolist(),
        postcode=libraries["Postcode"].tolist(),
        easting=libraries["Easting"].tolist(),
        northing=libraries["Northing"].tolist(),
    )
    assert locate(frame, book).far.empty  # the published points agree
    found = locate(frame.drop(columns=["easting", "northing"]), book)
    assert found.frame["place_precision"].tolist() == ["postcode"] * 6
    there = found.frame[["easting", "northing"]].astype(float).to_numpy()
    away_m = np.hypot(*(there - frame[["easting", "northing"]].astype(float).to_numpy()).T)
    assert away_m.max() < 1000

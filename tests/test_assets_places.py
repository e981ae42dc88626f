"""Coordinates as given -> one point, or the reason why not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from assets.places import locate, on_land, stray_swaps, to_grid

NAN = float("nan")


def located(easting=NAN, northing=NAN, lon=NAN, lat=NAN, shape=None) -> pd.Series:
    frame = pd.DataFrame(
        {"easting": [easting], "northing": [northing], "lon": [lon], "lat": [lat]}, dtype=float
    )
    return locate(frame, np.array([shape], dtype=object)).iloc[0]


@pytest.mark.parametrize(
    ("place", "x", "y"),
    [
        ("Land's End", 134200, 25000),
        ("St Mary's, Scilly", 90300, 10500),
        ("Dover", 632000, 141500),
        ("Lowestoft", 655000, 293000),
        ("Great Yarmouth", 652500, 307500),
        ("Eastbourne", 561500, 99000),
        ("St Davids", 175300, 225300),
        ("Holyhead", 224700, 382500),
        ("Stranraer", 206000, 560500),
        ("Port Ellen", 136500, 645500),
        ("Tiree", 104500, 745500),
        ("Barra", 66500, 798500),
        ("Peterhead", 413500, 846000),
        ("Stornoway", 142500, 932500),
        ("Wick", 336500, 950500),
        ("Kirkwall", 344800, 1011000),
        ("Lerwick", 447500, 1141500),
        ("Unst", 461000, 1208500),
        ("Spurn", 541000, 411500),
    ],
)
def test_places_on_the_edge_of_great_britain_are_on_land(place: str, x: float, y: float):
    assert on_land(np.array([float(x)]), np.array([float(y)]))[0], place


@pytest.mark.parametrize(
    ("place", "x", "y"),
    [
        ("Fowey with a digit missing", 21248, 51999),
        ("Dorset, swapped", 90000, 370000),
        ("Belfast", 146000, 530000),
        ("Calais", 672000, 109000),
        ("far away", 9e9, 9e9),
        ("negative", -5, 100000),
        ("nowhere", NAN, NAN),
    ],
)
def test_places_that_are_not(place: str, x: float, y: float):
    assert not on_land(np.array([float(x)]), np.array([float(y)]))[0], place


def test_degrees_become_metres_and_nonsense_nan():
    # Ordnance Survey, A guide to coordinate systems in Great Britain: Caister water tower,
    # 52°39'28.72"N 1°42'57.79"E = TG 51409.77 13177.32 (651409.77, 313177.32) with OSTN15.
    x, y = to_grid(np.array([1.716052778, 999.0, NAN]), np.array([52.657977778, 0.0, 5.0]))
    assert abs(x[0] - 651409.77) < 5 and abs(y[0] - 313177.32) < 5
    assert np.isnan(x[1:]).all() and np.isnan(y[1:]).all()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"easting": 370000, "northing": 90000}, ""),
        ({"lon": -2.4, "lat": 50.7}, ""),
        ({"shape": shapely.Point(370000, 90000)}, ""),
        ({}, "missing"),
        ({"easting": 0, "northing": 0}, "missing"),
        ({"lon": 0, "lat": 0}, "missing"),
        ({"shape": shapely.Point()}, "missing"),
        ({"easting": 370000}, "half"),
        ({"lat": 50.7}, "half"),
        ({"easting": -2.4, "northing": 50.7}, "degrees"),
        ({"easting": 50.7, "northing": -2.4}, "degrees"),
        ({"lon": 370000, "lat": 90000}, "metres"),
        ({"lon": 50.7, "lat": -2.4}, "lonlat_swapped"),
        ({"easting": 90000, "northing": 370000}, "swapped"),
        ({"easting": 21248, "northing": 51999}, "outside"),
        ({"lon": 2.35, "lat": 48.85}, "outside"),
        ({"shape": shapely.Point(-500, -500)}, "outside"),
    ],
)
def test_each_fault_has_its_name(given: dict, fault: str):
    assert located(**given)["fault"] == fault


def test_metres_win_over_degrees_and_say_how_far_they_are_apart():
    row = located(370000, 90000, -2.4, 50.7)
    assert (row["x"], row["y"]) == (370000, 90000)
    assert row["apart_m"] > 100


def test_degrees_fill_in_where_metres_are_half_there():
    row = located(370000, NAN, -2.4, 50.7)
    assert row["fault"] == "" and abs(row["y"] - 89000) < 2000


def test_geometry_moved_on_a_map_wins_but_rounding_does_not():
    moved = located(370000, 90000, shape=shapely.Point(371000, 90000))
    assert moved["x"] == 371000 and moved["apart_m"] == 1000
    rounded = located(370000, 90000, shape=shapely.Point(370000.004, 90000))
    assert rounded["x"] == 370000


def test_a_footprint_is_a_point_inside_it():
    ell = shapely.Polygon([(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)])
    ell = shapely.transform(ell, lambda xy: xy + [370000, 90000])
    row = located(shape=ell)
    assert shapely.contains_xy(ell, row["x"], row["y"])


def test_stray_swaps_need_a_crowd_and_find_the_one_that_belongs_to_it():
    x = np.linspace(375000.0, 380000.0, 20)
    y = np.linspace(390000.0, 396000.0, 20)
    x[7], y[7] = y[7], x[7]
    assert list(np.flatnonzero(stray_swaps(x, y))) == [7]
    assert not stray_swaps(x[5:10], y[5:10]).any()

"""The small map of the account: frames, dots, numbers, names."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from assets.account import MISPLACED_COLUMNS
from maps import sketch
from maps.britain import COAST_KM

NONE = pd.DataFrame({name: pd.Series(dtype=object) for name in MISPLACED_COLUMNS}).astype(
    dict.fromkeys(("x", "y", "suggested_x", "suggested_y"), float)
)


def places(*points, layer="buildings"):
    return pd.DataFrame(
        {"layer": layer, "id": [f"b{n}" for n in range(len(points))],
         "x": [float(x) for x, _ in points], "y": [float(y) for _, y in points],
         "name": [f"Place {n}" for n in range(len(points))]}
    )  # fmt: skip


def wrong(there, at, suggested=(np.nan, np.nan)):
    row = there.iloc[at]
    found = [row["layer"], row["id"], row["name"], row["x"], row["y"], "outside_gb", *suggested]
    return pd.DataFrame([found], columns=list(MISPLACED_COLUMNS))


TOWN = places(*((400000 + 500 * n, 300000 + 300 * n) for n in range(10)))


def test_without_places_there_is_no_map():
    assert sketch.drawing(places(), NONE, None) == []


def test_places_of_a_town_are_drawn_close_and_in_great_britain():
    close, whole = sketch.drawing(TOWN, NONE, None)
    assert close["dots"].count("M") == 10
    assert whole["dots"].count("M") < 10, "dots that would cover one another are drawn once"
    assert close["width"] == close["height"], "a close frame is square"


def test_places_all_over_the_country_are_drawn_once():
    spread = places((150000, 30000), (600000, 200000), (330000, 970000))
    (frame,) = sketch.drawing(spread, NONE, None)
    assert frame["title"] == "Great Britain"
    assert frame["dots"].count("M") == 3


def test_the_north_is_left_out_where_nothing_is_there():
    frame = sketch.drawing(places((150000, 30000), (600000, 200000)), NONE, None)[0]
    assert frame["title"] == "Great Britain without its north"
    assert frame["height"] == pytest.approx(sketch.WIDTH)
    told = wrong(TOWN, 0, (330000.0, 970000.0))
    assert sketch.drawing(TOWN, told, None)[-1]["title"] == "Great Britain", "a hint is in sight"


def test_a_misplaced_point_is_numbered_and_no_dot_and_points_home():
    far = pd.concat([TOWN, places((21248, 51999)).assign(id="far")], ignore_index=True)
    close, whole = sketch.drawing(far, wrong(far, 10, (212480.0, 51999.0)), None)
    assert (close["marks"], close["beyond"]) == ([], 1)
    (mark,) = whole["marks"]
    assert (mark["number"], mark["name"], whole["beyond"]) == (1, "Place 0", 0)
    assert mark["to"][0] > mark["x"] and mark["to"][1] == mark["y"]
    assert close["dots"].count("M") == 10


def test_a_stray_does_not_widen_the_close_frame():
    far = pd.concat([TOWN, places((600000, 150000)).assign(id="far")], ignore_index=True)
    close = sketch.drawing(far, wrong(far, 10), None)[0]
    assert close == {**sketch.drawing(TOWN, NONE, None)[0], "beyond": 1}


def test_a_single_place_has_a_frame_of_some_width():
    frame = sketch.close_frame(places((400000, 300000)))
    assert frame.east - frame.west >= sketch.LEAST_M


def test_numbers_of_places_close_together_do_not_cover_one_another():
    crowd = places(*((400000 + n, 300000) for n in range(8)), (450000, 350000))
    told = pd.concat([wrong(crowd, n) for n in range(8)], ignore_index=True)
    marks = sketch.drawing(crowd, told, None)[-1]["marks"]
    spots = [(m["lx"], m["ly"]) for m in marks]
    assert len(marks) == 8
    assert len({(round(x), round(y)) for x, y in spots}) == 8
    for n, (x, y) in enumerate(spots):
        for a, b in spots[:n]:
            assert max(abs(x - a), abs(y - b)) >= sketch.NEAR_PX - 0.2


def test_names_are_on_the_paper_and_apart():
    names = sketch.drawing(TOWN, NONE, None)[0]["names"]
    assert names and len({n["name"] for n in names}) == len(names)
    for name in names:
        half = sketch.LETTER_PX * len(name["name"]) / 2
        assert half < name["x"] < sketch.WIDTH - half


def test_areas_are_outlined_and_named_instead_of_places():
    shape = shapely.box(399000, 299000, 406000, 304000)
    areas = gpd.GeoDataFrame({"name": ["North ward"]}, geometry=[shape], crs=27700)
    close, whole = sketch.drawing(TOWN, NONE, areas)
    assert close["areas"].startswith("M") and close["areas"].endswith("Z")
    assert [n["name"] for n in close["names"]] == ["North ward"]
    assert whole["names"] == []


def test_the_same_places_in_another_order_give_the_same_dots():
    turned = TOWN.iloc[::-1].reset_index(drop=True)
    for one, other in zip(
        sketch.drawing(TOWN, NONE, None), sketch.drawing(turned, NONE, None), strict=True
    ):
        assert one["dots"] == other["dots"]


def test_thousands_of_places_stay_a_small_drawing():
    many = np.random.default_rng(1).uniform((200000, 50000), (600000, 500000), (100_000, 2))
    frames = sketch.drawing(
        pd.DataFrame({"layer": "demand", "id": range(100_000), "x": many[:, 0], "y": many[:, 1],
                      "name": ""}), NONE, None)  # fmt: skip
    assert all(len(frame["dots"]) < 1_500_000 for frame in frames)


# --- the coast -------------------------------------------------------------------------------


def test_the_coast_is_made_of_sound_outlines():
    for ring in COAST_KM:
        assert shapely.Polygon(ring).is_valid
        assert all(0 <= x <= 660 and 0 <= y <= 1220 for x, y in ring)


@pytest.mark.parametrize(
    ("place", "at", "land"),
    [
        ("Charing Cross", (530, 180), True),
        ("Edinburgh Castle", (325, 673), True),
        ("Cardiff Castle", (318, 177), True),
        ("Lerwick", (447, 1141), True),
        ("Newport, Isle of Wight", (450, 89), True),
        ("Bristol Channel", (270, 165), False),
        ("the Wash", (560, 340), False),
        ("Irish Sea", (250, 450), False),
        ("North Sea", (600, 500), False),
    ],
)
def test_the_coast_tells_land_from_sea(place, at, land):
    coast = shapely.union_all([shapely.Polygon(ring) for ring in COAST_KM])
    assert shapely.contains_xy(coast, *at) == land, place


def test_the_coast_holds_nearly_everybody(shared_data):
    path = shared_data / "lsoa_england_wales" / "lsoa11_pwc_population_imd2019.parquet"
    centres = pd.read_parquet(path, columns=["X", "Y"]) / 1000
    coast = shapely.union_all([shapely.Polygon(ring) for ring in COAST_KM])
    away_km = shapely.distance(coast, shapely.points(centres["X"], centres["Y"]))
    assert away_km.max() < 2.0
    assert (away_km == 0).mean() > 0.99


def test_paths_are_nothing_but_numbers():
    for frame in sketch.drawing(TOWN, NONE, None):
        for name in ("coast", "dots"):
            assert re.fullmatch(r"[MLZh0-9. \-]*", frame[name])

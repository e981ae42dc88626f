from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box
from toy_run import SMALL_STANDARDS, county_run, small_run

from maps import overlays, report

IDS = [s["standard_id"] for s in SMALL_STANDARDS]


def unpacked(steps):
    """Points in degrees from whole-number steps, as the page's script does it."""
    return np.cumsum(np.array(steps).reshape(-1, 2), axis=0) / overlays.SCALE


degrees = st.tuples(st.floats(-8, 2), st.floats(49, 61))


@given(st.lists(degrees, min_size=1, max_size=30))
def test_steps_come_back_within_half_a_unit(points):
    back = unpacked(overlays.steps(np.array(points)))
    whole = np.rint(np.array(points) * overlays.SCALE)
    kept = np.concatenate([[True], np.any(np.diff(whole, axis=0), axis=1)])
    assert np.allclose(back * overlays.SCALE, whole[kept])


def test_polygons_keep_their_parts_and_holes_and_lose_stray_lines():
    holed = Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2)]])
    both = MultiPolygon([holed, box(6, 6, 7, 7)])
    mixed = GeometryCollection([both, LineString([(0, 0), (9, 9)]), Point(1, 1)])
    for shape in (both, mixed):
        parts = overlays.polygon_parts(shape)
        assert [len(rings) for rings in parts] == [2, 1]
    assert len(unpacked(parts[0][0])) == 4  # the closing point is left out


def test_thinned_neighbours_leave_no_gap():
    run = county_run(n_cells=120, n_buildings=60)
    cells = run.cells
    thin = overlays.thinned(cells, 500.0)
    assert shapely.coverage_is_valid(thin.geometry.to_numpy())
    before, after = (
        shapely.get_num_coordinates(f.geometry.to_numpy()).sum() for f in (cells, thin)
    )
    assert after < before
    whole = shapely.unary_union(thin.geometry.to_numpy())
    assert whole.area == pytest.approx(thin.geometry.area.sum(), rel=1e-9)


def test_overlapping_polygons_are_left_as_they_are():
    frame = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 2), box(1, 0, 3, 2)], crs=27700)
    assert overlays.thinned(frame, 500.0) is frame


def test_bounds_are_degrees_round_everything():
    (south, west), (north, east) = overlays.bounds([small_run().layers["outline"]])
    assert 50.7 < south < north < 50.75
    assert -2.43 < west < east < -2.38
    assert overlays.bounds([])[0][0] < 50 < overlays.bounds([])[1][0]


def test_confidential_rows_lose_every_sum_and_the_argument_keeps_them():
    decisions = small_run().decisions
    decisions.loc[decisions["asset_id"] == "b3", "reason_text"] = "Sold for £777,123."
    copy = decisions.copy(deep=True)
    out = overlays.withhold(decisions).set_index("asset_id")
    pd.testing.assert_frame_equal(decisions, copy)
    assert out.loc["b3", list(overlays.MONEY)].isna().all()
    assert out.loc["b3", "reason_text"] == overlays.REASON_WITHHELD
    assert out.loc["b2", "receipt_gbp"] == 654_321.0
    assert out.loc["b2", "reason_text"] == "dispose is cheapest over 25 years."


def drawn():
    run = small_run()
    decisions = overlays.withhold(run.decisions)
    return {b["id"]: b for b in overlays.buildings(decisions, run.services)}


def test_a_building_says_what_why_and_how_much():
    library = drawn()["b2"]
    assert library["name"] == "Casterbridge library"
    assert library["decision"] == "dispose"
    assert library["reason"] == "dispose is cheapest over 25 years."
    assert library["money"] == [
        ["Receipt from sale", "£654,321"],
        ["Running cost saved each year", "£88,000"],
        ["Cost of leaving", "£12,345"],
    ]
    assert library["now"] == [
        ["Library (County council)", "moves to", "Market Hall", "b4"],
        ["Register office (County council)", "withdrawn", "", ""],
    ]
    assert library["after"] == []


def test_a_host_says_what_it_takes_in():
    hall = drawn()["b4"]
    assert hall["now"] == []
    assert hall["after"] == [
        ["Library (County council)", "from", "Casterbridge library", "b2"],
        ["Advice service (District council)", "from", "Old Depot", "b3"],
    ]
    assert ["Running cost saved each year", "\u2212£4,000"] in hall["money"]


def test_a_confidential_building_has_no_money():
    assert drawn()["b3"]["withheld"] is True
    assert drawn()["b3"]["money"] == []


def test_moves_between_the_same_two_buildings_are_one_arrow():
    run = small_run()
    at = overlays.point_degrees(run.decisions)
    services = run.services.copy()
    services.loc[services["unit_id"] == "u3", ["to_asset_id", "to_name", "action"]] = [
        "b4",
        "Market Hall",
        "move",
    ]
    arrows = {(m["from"], m["to"]): m["units"] for m in overlays.moves(services, at)}
    assert arrows == {
        ("b2", "b4"): ["Library (County council)", "Register office (County council)"],
        ("b3", "b4"): ["Advice service (District council)"],
        ("b3", "b5"): ["Office staff (County council)"],
    }


def test_withdrawals_are_marked_where_they_were():
    run = small_run()
    at = overlays.point_degrees(run.decisions)
    (gone,) = overlays.withdrawals(run.services, at)
    assert gone["from"] == "b2"
    assert gone["units"] == ["Register office (County council)"]
    assert gone["at"] == at["b2"]


def test_cells_carry_minutes_and_flags_in_one_order():
    cells = small_run().cells
    out = overlays.cells(cells, IDS)
    library = out["times"]["library_15"]
    assert library["before"] == [3.0, 5.0, 8.0, 12.0, 15.0, 16.0, 20.0, 31.0, None]
    assert library["in_before"] == "111110000"  # fifteen minutes is within fifteen minutes
    assert out["times"]["fire_10"]["in_before"] == "111100000"
    assert out["people"] == [1200, 800, 640, 1500, 900, 300, 220, 90, 55]
    assert len(out["shapes"]) == len(out["names"]) == 9


def test_shuffled_cells_are_drawn_alike():
    cells = small_run().cells
    assert overlays.cells(cells.iloc[::-1], IDS) == overlays.cells(cells, IDS)


def test_no_cells_no_shading():
    empty = gpd.GeoDataFrame({"demand_id": []}, geometry=[], crs=27700)
    assert overlays.cells(empty, IDS)["shapes"] == []


def cover_table():
    return pd.DataFrame(
        {
            "standard_id": ["library_15", "fire_10", "fire_10"],
            "geography": "ward",
            "area_id": "w1",
            "group": ["all", "no_car", "all"],
            "weight": ["population", "households", "population"],
            "total": [2640.0, 410.0, 2640.0],
            "within_before": [2640.0, 400.0, 2640.0],
            "within_after": [2000.0, 410.0, 2640.0],
            "share_before": [1.0, 400 / 410, 1.0],
            "share_after": [2000 / 2640, 1.0, 1.0],
            "mean_before_min": [5.0, 4.0, np.nan],
            "mean_after_min": [6.04, 4.0, 4.5],
        }
    )


def test_a_ward_has_its_rows_of_cover_in_the_order_of_the_standards():
    wards = [a for a in overlays.areas(small_run().layers["areas"], cover_table(), IDS)]
    south = next(a for a in wards if a["id"] == "w1")
    assert south["figures"] == [
        ["fire_10", "", "100.0%", "100.0%", "no route", "4.5 min", "", "2,640 people"],
        ["fire_10", "No car", "97.6%", "100.0%", "4.0 min", "4.0 min", "+10", "410 households"],
        ["library_15", "", "100.0%", "75.8%", "5.0 min", "6.0 min", "\u2212640", "2,640 people"],
    ]
    assert next(a for a in wards if a["id"] == "w2")["figures"] == []


def test_roads_lie_small_under_large_and_unknown_classes_are_kept():
    frame = small_run().layers["roads"]
    extra = frame.assign(road_class=["motorway", "ox_drove"])
    out = overlays.roads(gpd.GeoDataFrame(pd.concat([frame, extra]), crs=frame.crs))
    assert [road["class"] for road in out] == ["ox_drove", "tertiary", "primary", "motorway"]


def test_places_come_largest_first():
    assert [p["name"] for p in overlays.places(small_run().layers["places"])] == [
        "Casterbridge",
        "Fordington",
    ]


def test_every_building_is_counted_under_some_decision():
    decisions = small_run().decisions
    decisions.loc[0, "decision"] = "mothball"
    rows = report.decision_counts(decisions)
    assert sum(row["count"] for row in rows) == len(decisions)
    assert rows[-1]["label"] == "Mothball"

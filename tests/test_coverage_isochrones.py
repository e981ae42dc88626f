"""Isochrones: toys solved by hand, what must hold of any bands, two counties, another's bands."""

from __future__ import annotations

import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from typer.testing import CliRunner

from app import app
from assets.issues import InputError
from assets.points import read_places
from coverage.bands.cells import contour
from coverage.bands.files import check_isochrone_file, plain, qml, to_lonlat, write_isochrones
from coverage.isochrones import ALL_SITES, isochrones, minutes_at, minutes_of, people_in
from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.speeds import Profile, profile
from coverage.times import travel_times
from tests.toy_roads import ORIGIN, Way, places, toy_network, write_pbf

STREET = {"highway": "residential"}
ONEWAY = {**STREET, "oneway": "yes"}
DELAYS = ("through", "give_way", "signals", "roundabout")
QUICK = (Phase.explicit, Phase.generate)
"""A town that fails is shown as found: making it smaller takes minutes."""
CLOSE_M = 1.0
"""Corners lie on a mesh of half a metre."""


def flat(max_snap_m: float = 100.0, name: str = "car", **more: Any) -> Profile:
    """1 km a minute on every street, no delays; land to 100 m from a road."""
    settings = {"speeds_kph": {"residential": 60}, "end_s": dict.fromkeys(DELAYS, 0)}
    return profile(name, {**settings, "max_snap_m": max_snap_m, **more})


def draw(
    network: RoadNetwork, sites: Mapping[str, tuple[float, float]], *minutes: float, **options: Any
) -> gpd.GeoDataFrame:
    options = {"profile": flat(), "direction": "from_site", **options}
    return isochrones(network, places(sites), minutes=minutes, **options)


def holds(bands: gpd.GeoDataFrame, row: int, x: float, y: float) -> bool:
    """Whether a toy position is in (or on the edge of) a band."""
    return bool(bands.geometry.iloc[row].intersects(shapely.Point(x + ORIGIN[0], y + ORIGIN[1])))


def within(bands: gpd.GeoDataFrame, end: float) -> Any:
    """All land within so many minutes."""
    return shapely.union_all(bands.geometry[bands["to_min"] <= end].to_numpy())


def proper(bands: gpd.GeoDataFrame) -> None:
    """What any bands must be: valid, apart, edge to edge, with the areas they say."""
    shapes = bands.geometry.to_numpy()
    assert bands.crs == "EPSG:27700"
    assert shapely.is_valid(shapes).all()
    assert set(bands.geom_type) <= {"MultiPolygon"}
    np.testing.assert_allclose(bands["area_km2"], shapely.area(shapes) / 1e6)
    for _, rows in bands.groupby("site_id"):
        parts = rows.geometry.to_numpy()
        assert shapely.coverage_is_valid(parts)  # no overlap, and shared edges are the same edges
        whole = shapely.union_all(parts)
        assert shapely.area(whole) == pytest.approx(shapely.area(parts).sum(), abs=1e-3)
        joined = shapely.coverage_union_all(parts)  # no gaps: nothing is lost where they are sewn
        assert shapely.area(shapely.symmetric_difference(joined, whole)) == pytest.approx(0)


# ---- toys solved by hand ---------------------------------------------------------------


def test_the_reach_ends_part_way_along_a_link_at_the_exact_point() -> None:
    """``1 ---- s ---------------- 2``: s at 500 m of 3 km; a minute is a kilometre, land is 100 m
    on either side. Within one minute: from the end of the road to 1,500 m; over one to two: the
    next kilometre, exactly 0.2 km2."""
    network = toy_network({1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    for direction in ("from_site", "to_site"):
        bands = draw(network, {"s": (500, 0)}, 1, 2, direction=direction)
        proper(bands)
        assert bands["from_min"].tolist() == [0, 1]
        assert bands["to_min"].tolist() == [1, 2]
        assert bands["site_id"].tolist() == [ALL_SITES] * 2
        assert holds(bands, 0, 1500 - CLOSE_M, 90)
        assert not holds(bands, 0, 1500 + CLOSE_M, 90)
        assert holds(bands, 1, 1500 + CLOSE_M, -90)
        assert holds(bands, 1, 2500 - CLOSE_M, 0)
        assert not holds(bands, 1, 2500 + CLOSE_M, 0)
        assert not holds(bands, 0, 700, 103)  # farther than places are attached from
        assert bands["area_km2"][1] == pytest.approx(0.2, rel=0.002)
        assert bands["area_km2"][0] == pytest.approx(0.3 + np.pi * 0.1**2 / 2, rel=0.02)


def test_the_minutes_of_a_threshold_are_within_it() -> None:
    """``s ---- a ---- b``: a at exactly one minute is in the first band, b, at two, in the next."""
    network = toy_network({1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    spots = {"a": (1000, 0), "b": (2000, 0), "c": (2001, 0), "far": (500, 400)}
    demand = places(spots).assign(population=[7.0, 5.0, 3.0, 2.0])
    site = places({"s": (0, 0)})
    bands = isochrones(network, site, minutes=[1, 2], profile=flat(), direction="from_site")
    found = minutes_at(network, site, demand, profile=flat(), direction="from_site", bound_min=2)
    exact = found[ALL_SITES]
    assert exact["a"] == pytest.approx(1, abs=1e-4)
    assert np.isinf(exact["c"])
    assert np.isinf(exact["far"])
    ends = [float(exact["a"]), float(exact["b"])]  # the drawn road is a hair off whole metres
    bands = isochrones(network, site, minutes=ends, profile=flat(), direction="from_site")
    counted = people_in(bands, network, site, demand, profile=flat())
    assert counted["places"].tolist() == [1, 1]
    assert counted["population"].tolist() == [7.0, 5.0]
    assert counted.attrs["provenance"]["off_network_demand"] == ["far"]
    assert "places" not in bands.columns


def test_land_across_a_river_belongs_to_the_road_on_its_own_side() -> None:
    r"""Two roads 200 m apart, joined at their far ends only: from s, t is 4.2 km by road.

    ::

        1 s --------------- 2      y = 200
                            |
        4 t --------------- 3      y = 0
    """
    nodes = {1: (0, 200), 2: (2000, 200), 3: (2000, 0), 4: (0, 0)}
    network = toy_network(nodes, [((1, 2, 3, 4), STREET)])
    bands = draw(network, {"s": (0, 200)}, 1, 2, 4, profile=flat(500))
    proper(bands)
    assert holds(bands, 0, 500, 102)
    assert not holds(bands, 0, 500, 98)  # 104 m from the reached road, but nearer to the other
    assert not any(holds(bands, k, 100, 0) for k in range(3))  # 4.1 minutes away
    assert holds(bands, 2, 300, 0)
    assert holds(bands, 2, 300, -200)


def test_an_estate_that_cannot_be_reached_in_time_is_a_hole() -> None:
    r"""A ring road round an estate whose only way in is a slow lane.

    ::

        1 ------- 2       The ring (4 km) is driven in two minutes either way from s; the estate
        |  6--5   |       hangs by a lane at 3 km/h: its 400 m take eight minutes.
        |     |   |
        s ----4-- 3
    """
    nodes = {1: (0, 1000), 2: (1000, 1000), 3: (1000, 0), 4: (500, 0), 5: (500, 400), 6: (400, 400),
             7: (0, 0)}  # fmt: skip
    ways = [((7, 4, 3, 2, 1, 7), STREET), ((4, 5), {"highway": "living_street"}),
            ((5, 6), {"highway": "living_street"})]  # fmt: skip
    slow = flat(2000, speeds_kph={"residential": 60, "living_street": 3})
    network = toy_network(nodes, ways)
    bands = draw(network, {"s": (0, 0)}, 3, 30, profile=slow)
    proper(bands)
    assert sum(len(part.interiors) for part in bands.geometry[0].geoms) == 1
    assert not holds(bands, 0, 450, 400)
    assert holds(bands, 1, 450, 400)
    assert holds(bands, 0, 500, 60)  # as much of the lane as there is time for: 50 m a minute
    assert draw(network, {"s": (0, 0)}, 30, profile=slow).geometry[0].geoms[0].interiors[:] == []


def test_one_way_streets_are_driven_one_way() -> None:
    """Square of 1 km sides, one-way 1-2-3-4; the site on corner 1: a minute out reaches corner 2,
    a minute in comes from corner 4."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000), 4: (0, 1000)}
    network = toy_network(nodes, [((1, 2, 3, 4, 1), ONEWAY)])
    out = draw(network, {"s": (0, 0)}, 0.9, direction="from_site")
    assert holds(out, 0, 800, -30)
    assert not holds(out, 0, -30, 800)
    back = draw(network, {"s": (0, 0)}, 0.9, direction="to_site")
    assert holds(back, 0, -30, 800)
    assert not holds(back, 0, 800, -30)
    part = draw(network, {"s": (500, 0)}, 0.25, 3.9)  # behind it is the whole way round
    assert holds(part, 0, 700, 0)
    assert not holds(part, 0, 480, 0)
    assert not holds(part, 1, 480, 0)
    proper(part)


def test_walkers_get_less_far_from_the_road_the_less_time_is_left() -> None:
    """``s --------- 2``: at 100 m a minute on road and off, land within 5 minutes of the road's
    end is a half-disc behind it and a triangle along it: pi r2 / 2 + r2, r = 500 m."""
    network = toy_network({1: (0, 0), 2: (2000, 0)}, [((1, 2), STREET)])
    walk = flat(1500, "walk", speeds_kph={"residential": 6}, leg_kph=6)
    bands = draw(network, {"s": (0, 0)}, 2.5, 5, profile=walk)
    proper(bands)
    area = within(bands, 5).area
    # Land over 250 m from a road and beyond the last of the map is no land: the disc is cut.
    assert area < (np.pi / 2 + 1) * 500**2
    assert holds(bands, 1, 250 - CLOSE_M, 240)
    assert not holds(bands, 1, 250 + 12, 250)
    assert holds(bands, 1, 495, 2)
    assert not holds(bands, 1, 502, 0)
    assert holds(bands, 0, -150, 150)
    assert not holds(bands, 0, -190, 190)
    near = draw(network, {"s": (0, 200)}, 1.5, 4, profile=walk)  # 200 m off: two minutes' walk
    assert near["area_km2"][0] == 0
    assert near.geometry[0].is_empty
    assert holds(near, 1, 198, 0)
    assert not holds(near, 1, 202, 0)


def test_each_site_has_bands_of_its_own_and_the_nearest_has_one_set() -> None:
    network = toy_network({1: (0, 0), 2: (4000, 0)}, [((1, 2), STREET)])
    sites = {"b": (3500, 0), "a": (500, 0), "sea": (0, 90_000)}
    bands = draw(network, sites, 1, 2, each=True)
    proper(bands)
    assert bands["site_id"].tolist() == ["a", "a", "b", "b", "sea", "sea"]
    assert bands.geometry[4:].is_empty.all()
    assert bands.attrs["provenance"]["off_network_sites"] == ["sea"]
    near = draw(network, sites, 1, 2)
    proper(near)
    assert len(near.geometry[0].geoms) == 2
    for end in (1, 2):
        apart = within(near, end).symmetric_difference(within(bands, end))
        assert apart.area < 2 * CLOSE_M * within(near, end).length


def test_two_sites_on_one_link_meet_half_way() -> None:
    network = toy_network({1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    bands = draw(network, {"a": (1000, 0), "b": (1014, 5), "c": (2000, 0)}, 0.4, 0.6)
    proper(bands)
    assert not holds(bands, 0, 1420, 0)
    assert holds(bands, 1, 1500, 0)
    assert holds(bands, 0, 1014 + 400 - CLOSE_M, 0)


def test_minutes_are_read_from_a_list_and_sorted() -> None:
    network = toy_network({1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    assert minutes_of("15, 5,10") == (15.0, 5.0, 10.0)
    assert draw(network, {"s": (0, 0)}, 2, 1)["to_min"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("minutes", "direction", "rules"),
    [
        ([], "from_site", ["isochrones.no_minutes"]),
        ([0], "from_site", ["isochrones.minutes"]),
        ([5, -1, float("nan"), float("inf")], "from_site", ["isochrones.minutes"]),
        ([5, 10, 5.0], "from_site", ["isochrones.repeated"]),
        ([-5, -5], "sideways", ["isochrones.minutes", "isochrones.repeated", "times.direction"]),
    ],
)
def test_bad_requests_are_refused_at_once(
    minutes: list[float], direction: str, rules: list[str]
) -> None:
    network = toy_network({1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    with pytest.raises(InputError) as caught:
        draw(network, {"s": (0, 0)}, *minutes, direction=direction)
    assert [issue.rule for issue in caught.value.issues] == rules


def test_bad_places_are_refused() -> None:
    network = toy_network({1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    with pytest.raises(InputError, match="there are no places"):
        draw(network, {}, 5)
    with pytest.raises(InputError, match=r"none of the places is on the roads of toy[\s\S]*sea"):
        draw(network, {"sea": (0, 90_000)}, 5)
    twice = pd.concat([places({"a": (0, 0)})] * 2)
    with pytest.raises(InputError, match="same id"):
        isochrones(network, twice, minutes=[5], profile=flat(), direction="from_site")
    with pytest.raises(InputError, match="lack columns"):
        isochrones(network, pd.DataFrame(index=["a"]), minutes=[5], profile=flat(),
                   direction="from_site")  # fmt: skip
    with pytest.raises(InputError, match="minutes must be numbers"):
        minutes_of("5,ten")


def test_land_too_narrow_for_a_wide_map_is_refused() -> None:
    network = toy_network({1: (0, 0), 2: (90_000, 0), 3: (90_000, 90_000)},
                          [((1, 2, 3), STREET)])  # fmt: skip
    with pytest.raises(InputError, match="too narrow to draw"):
        draw(network, {"s": (0, 0)}, 5, profile=flat(20))


def test_a_contour_follows_a_slope_and_closes_round_a_peak() -> None:
    y, x = np.mgrid[0:11, 0:11].astype(float)
    straight = contour(x, 4.25)
    assert np.unique(straight[..., 0]).tolist() == [4.25]
    round_peak = contour(25 - (x - 5) ** 2 - (y - 5) ** 2, 9.0)
    lines: Any = shapely.linestrings(round_peak)
    area = shapely.get_parts(shapely.polygonize(lines))
    assert len(area) == 1
    assert area[0].area == pytest.approx(np.pi * 16, rel=0.03)
    assert contour(np.zeros((3, 3)), 1.0).shape == (0, 2, 2)


# ---- what must hold of any bands -------------------------------------------------------


@st.composite
def towns(draw_from: st.DrawFn) -> tuple[RoadNetwork, dict[str, tuple[float, float]]]:
    """A grid of streets, some missing, some one-way, corners shifted; and two or three sites."""
    size = draw_from(st.integers(3, 4))
    shift = st.integers(-90, 90)
    nodes = {1 + i + size * j: (400.0 * i + draw_from(shift), 400.0 * j + draw_from(shift))
             for j in range(size) for i in range(size)}  # fmt: skip
    ways: list[Way] = []
    for node in sorted(nodes):
        right = node + 1 if node % size else None
        above = node + size if node + size in nodes else None
        for other in (right, above):
            kind = draw_from(st.sampled_from([STREET, STREET, STREET, ONEWAY, None]))
            if other is not None and kind is not None:
                ways.append(((node, other), kind))
    ways.append(((1, 2, size + 2), STREET))
    spot = st.integers(0, 400 * size - 400)
    sites = {name: (float(draw_from(spot)), float(draw_from(spot))) for name in "abc"}
    return toy_network(nodes, ways), sites


@settings(max_examples=15, phases=QUICK)
@given(towns(), st.sampled_from(["from_site", "to_site"]), st.booleans())
def test_bands_are_apart_nested_and_agree_with_the_times(
    town: tuple[RoadNetwork, dict[str, tuple[float, float]]], direction: str, walking: bool
) -> None:
    network, sites = town
    by = flat(300, "walk", leg_kph=4.8) if walking else flat(300)
    sites = dict(sites)
    found = travel_times(network, places(sites), places(sites), profile=by, direction=direction)
    if np.isnan(found.minutes).all():
        return
    ends = (2.0, 5.0, 9.0) if walking else (0.3, 0.6, 1.2)
    options: dict[str, Any] = {"profile": by, "direction": direction}
    bands = draw(network, sites, *ends, **options)
    proper(bands)
    for end in ends:  # a longer threshold never shrinks: bands do not depend on the others asked
        alone = draw(network, sites, end, **options)
        apart = within(bands, end).symmetric_difference(alone.geometry[0])
        assert apart.area < CLOSE_M * (within(bands, end).length + 1)
    x, y = (np.arange(-200, 1500, 61.7) + o for o in ORIGIN)
    spots = pd.DataFrame({"easting": np.tile(x, len(y)), "northing": np.repeat(y, len(x))})
    times = travel_times(network, spots, places(sites), **options)
    nearest = np.where(np.isnan(times.minutes), np.inf, times.minutes).min(axis=1)
    points = shapely.points(spots["easting"], spots["northing"])
    for end in ends:
        inside = shapely.intersects(within(bands, end), points)
        assert (inside == (nearest <= end)).mean() >= 0.98


@settings(max_examples=10, phases=QUICK)
@given(towns())
def test_another_site_never_shrinks_the_nearest_of_all(
    town: tuple[RoadNetwork, dict[str, tuple[float, float]]],
) -> None:
    network, sites = town
    few = {name: sites[name] for name in "ab"}
    found = travel_times(network, places(few), places(few), profile=flat(300),
                         direction="from_site")  # fmt: skip
    if np.isnan(found.minutes).all():
        return
    before = draw(network, few, 0.4, 0.9, profile=flat(300))
    after = draw(network, sites, 0.4, 0.9, profile=flat(300))
    for end in (0.4, 0.9):
        lost = within(before, end).difference(within(after, end))
        assert lost.area < CLOSE_M * (within(before, end).length + 1)


# ---- files -----------------------------------------------------------------------------


@pytest.fixture
def bands() -> gpd.GeoDataFrame:
    r"""Two sites on a ring with a spur; ids that a spreadsheet or a page would run."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000), 4: (0, 1000), 5: (3000, 0)}
    network = toy_network(nodes, [((1, 2, 3, 4, 1), STREET), ((2, 5), STREET)])
    sites = {"=1+1": (100, 0), "<b>": (2900, 0), "off": (0, 90_000)}
    return draw(network, sites, 0.5, 1, each=True)


def test_geojson_is_what_the_standard_asks_for(bands: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path, table, note = write_isochrones(bands, tmp_path / "new" / "bands.geojson")
    text = path.read_text(encoding="utf-8")
    made = json.loads(text)
    assert made["type"] == "FeatureCollection"
    assert "crs" not in made
    assert made["provenance"]["roads_sha256"] == "0" * 64
    assert made["provenance"]["bound_min"] == 1
    assert made["provenance"]["profile"]["name"] == "car_offpeak"
    facts = [one["properties"] for one in made["features"]]
    assert [(one["site_id"], one["to_min"]) for one in facts] == [
        ("<b>", 0.5), ("<b>", 1), ("=1+1", 0.5), ("=1+1", 1), ("off", 0.5), ("off", 1)]  # fmt: skip
    assert {one["profile"] for one in facts} == {"car_offpeak"}
    for one, drawn in zip(made["features"], bands.geometry, strict=True):
        assert one["geometry"]["type"] == "MultiPolygon"
        for rings in one["geometry"]["coordinates"]:
            signs = [shapely.LinearRing(ring).is_ccw for ring in rings]
            assert signs == [True] + [False] * (len(rings) - 1)
            for ring in rings:
                assert ring[0] == ring[-1]
                assert np.array_equal(np.round(ring, 6), ring)
        assert len(one["geometry"]["coordinates"]) == len(drawn.geoms)
    back = gpd.read_file(path).to_crs("EPSG:27700")
    assert back.geometry.is_valid.all()
    gap = shapely.symmetric_difference(back.geometry.to_numpy(), bands.geometry.to_numpy())
    assert (shapely.area(gap) <= 0.2 * bands.geometry.length + 1e-9).all()
    rows = pd.read_csv(table)
    assert rows["site_id"].tolist()[2] == "'=1+1"
    assert rows["area_km2"].tolist() == pytest.approx(bands["area_km2"].tolist(), abs=1e-6)
    assert json.loads(note.read_text())["bands"][0]["to_min"] == 0.5
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "bands.geojson", "bands.geojson.csv", "bands.geojson.json"]  # fmt: skip


def test_geopackage_has_colours_and_says_what_it_rests_on(
    bands: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = write_isochrones(bands, tmp_path / "bands.gpkg")[0]
    back = gpd.read_file(path, layer="isochrones")
    assert back.crs == "EPSG:27700"
    assert back["site_id"].tolist() == bands["site_id"].tolist()
    assert shapely.equals(back.geometry.to_numpy(), bands.geometry.to_numpy()).all()
    with sqlite3.connect(path) as base:
        style = base.execute("SELECT f_table_name, f_geometry_column, useAsDefault, styleQML "
                             "FROM layer_styles").fetchall()  # fmt: skip
        facts = dict(base.execute("SELECT fact, value FROM provenance").fetchall())
        geometry = base.execute("SELECT column_name FROM gpkg_geometry_columns").fetchall()
    assert style[0][:3] == ("isochrones", "geom", 1)
    assert geometry == [("geom",)]
    values = [c.get("value") for c in ET.fromstring(style[0][3]).iter("category")]
    assert values == ["0.5", "1"]
    assert json.loads(facts["roads_sha256"]) == "0" * 64
    base.close()


def test_a_style_has_a_colour_for_every_band() -> None:
    tree = ET.fromstring(qml([5.0, 10.0, 15.0, 20.0]))
    colours = [o.get("value") for o in tree.iter("Option") if o.get("name") == "color"]
    assert len(set(colours)) == 4
    labels = [c.get("label") for c in tree.iter("category")]
    assert labels == ["0 to 5 min", "5 to 10 min", "10 to 15 min", "15 to 20 min"]
    assert len(list(ET.fromstring(qml([5.0])).iter("symbol"))) == 1


@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_shuffled_input_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000), 4: (0, 1000), 5: (3000, 0)}
    ways = [((1, 2, 3, 4, 1), STREET), ((2, 5), STREET)]
    sites = {"a": (100, 0), "b": (2900, 0), "c": (1000, 500)}
    back = dict(reversed(sites.items()))
    made = []
    for k, (spots, order) in enumerate(((sites, (0.5, 1)), (back, (1, 0.5)))):
        drawn = draw(toy_network(nodes, ways), spots, *order)
        files = write_isochrones(drawn, tmp_path / str(k) / f"bands.{suffix}")
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]


def test_what_cannot_be_written_is_refused_and_leaves_no_trace(
    bands: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"not written as '\.shp'"):
        check_isochrone_file(tmp_path / "bands.shp")
    (tmp_path / "dir.gpkg").mkdir()
    with pytest.raises(InputError, match="it is a folder"):
        write_isochrones(bands, tmp_path / "dir.gpkg")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_isochrones(bands, tmp_path / "file" / "bands.geojson")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dir.gpkg", "file"]


def test_json_holds_no_infinity() -> None:
    assert plain({"a": float("inf"), "b": (np.float64(1.5), np.int64(2))}) == {
        "a": None, "b": [1.5, 2]}  # fmt: skip


def test_a_sliver_folded_by_rounding_is_mended() -> None:
    spike = shapely.MultiPolygon(
        [shapely.Polygon([(400_000, 300_000), (400_100, 300_000), (400_050, 300_000.01)])]
    )
    block = shapely.MultiPolygon([shapely.box(400_000, 300_000, 400_100, 300_100)])
    made = to_lonlat(np.array([spike, block], dtype=object))
    assert shapely.is_valid(made).all()
    assert made[1].area > 0


# ---- places to draw from ---------------------------------------------------------------


def test_places_go_by_any_id_or_else_by_name(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("STATION_NAME,easting,northing\nB,486000,308000\nA,487000,308000\n")
    assert read_places(file).index.tolist() == ["A", "B"]
    file.write_text(
        "demand_id,easting,northing,population\nd2,486000,308000,7\nd1,487000,308000,\n"
    )
    made = read_places(file)
    assert made["population"].to_dict() == {"d1": 0.0, "d2": 7.0}
    file.write_text("asset_id,easting,northing\nx,486000,308000\n")
    assert read_places(file).index.tolist() == ["x"]
    file.write_text("name,easting,northing\nA,486000,308000\nA,487000,308000\n")
    with pytest.raises(InputError, match="the id column is missing"):
        read_places(file)


# ---- real counties ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def rutland(shared_data: Path) -> RoadNetwork:
    return read_roads(shared_data / "rutland" / "rutland-latest_2022-07-20.osm.pbf")


def agreement(
    bands: gpd.GeoDataFrame, demand: pd.DataFrame, minutes: Any, end: float
) -> tuple[float, float]:
    """Share of places inside that are within ``end``, and of those within that are inside."""
    points = shapely.points(demand["easting"].to_numpy(float), demand["northing"].to_numpy(float))
    inside = shapely.intersects(within(bands, end), points)
    both = (inside & (minutes <= end)).sum()
    return both / inside.sum(), both / (minutes <= end).sum()


def modelled(network: RoadNetwork, sites: Any, demand: Any, **options: Any) -> Any:
    """Minutes of the nearest site by the engine that plans use; infinite for none."""
    found = travel_times(network, demand, sites, **options).minutes
    return np.where(np.isnan(found), np.inf, found).min(axis=1)


@pytest.mark.parametrize(
    ("name", "direction", "ends"),
    [("blue_light", "from_site", (5, 10, 15)), ("walk", "to_site", (10, 20, 30))],
)
def test_rutland_bands_agree_with_the_drive_times_of_its_postcodes(
    rutland: RoadNetwork, shared_data: Path, name: str, direction: str, ends: tuple[float, ...]
) -> None:
    folder = shared_data / "rutland"
    by = profile(name)
    sites = read_places(folder / "fire_stations_in_and_around_rutland.csv")
    names = folder / "rutland_os_open_names_postcodes_places.csv"
    demand = pd.read_csv(names).set_index("os_id")
    demand = demand[demand["local_type"] == "Postcode"]
    assert len(demand) == 1267
    options: dict[str, Any] = {"profile": by, "direction": direction}
    bands = isochrones(rutland, sites, minutes=ends, **options)
    proper(bands)
    assert len(bands.attrs["provenance"]["off_network_sites"]) == 5  # all but two lie outside
    bound = float(max(ends))
    engine = modelled(rutland, sites, demand, bound_min=bound, **options)
    field = minutes_at(rutland, sites, demand, bound_min=bound, **options)[ALL_SITES].to_numpy()
    assert (np.isfinite(field) == np.isfinite(engine)).all()
    known = np.isfinite(engine)
    np.testing.assert_allclose(field[known], engine[known], atol=1e-4)
    for end in ends:
        assert min(agreement(bands, demand, engine, end)) >= 0.99
    random = np.random.default_rng(4)
    west, south, east, north = bands.total_bounds
    anywhere = pd.DataFrame(
        {
            "easting": random.uniform(west, east, 4000),
            "northing": random.uniform(south, north, 4000),
        }
    )
    engine = modelled(rutland, sites, anywhere, bound_min=bound, **options)
    for end in ends:
        assert min(agreement(bands, anywhere, engine, end)) >= 0.97


def test_wessex_fire_bands_agree_with_the_drive_times_of_its_people(repo: Path) -> None:
    folder = repo / "data" / "wessex"
    network = read_roads(folder / "roads.osm.pbf")
    buildings = pd.read_csv(folder / "buildings.csv").set_index("asset_id")
    sites = buildings[buildings["asset_type"] == "fire_station"]
    demand = pd.read_csv(folder / "demand.csv").set_index("demand_id")
    options: dict[str, Any] = {"profile": profile("blue_light"), "direction": "from_site"}
    bands = isochrones(network, sites, minutes=(5, 10, 15), **options)
    proper(bands)
    engine = modelled(network, sites, demand, bound_min=15.0, **options)
    counted = people_in(bands, network, sites, demand, profile=options["profile"])
    for end in (5, 10, 15):
        assert min(agreement(bands, demand, engine, end)) >= 0.99
        people = demand["population"].to_numpy()[engine <= end].sum()
        assert counted["population"][counted["to_min"] <= end].sum() == people


@pytest.mark.parametrize("town", ["Ketton", "Oakham", "Ryhall", "Uppingham"])
def test_walking_bands_are_like_those_of_openrouteservice(
    rutland: RoadNetwork, shared_data: Path, town: str
) -> None:
    """An independent router with another rule for land off the road (and 5 km/h for our 4.8):
    more alike than not at 15 and 30 minutes, and of like size."""
    folder = shared_data / "rutland"
    site = read_places(folder / "rutland_libraries_2023.csv").loc[[town]]
    by = profile("walk", {"max_snap_m": 250.0})
    bands = isochrones(rutland, site, minutes=(15, 30), profile=by, direction="to_site")
    drawn = json.loads((folder / f"ors_foot_walking_isochrones_{town.lower()}.geojson").read_text())
    grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    for feature in drawn["features"]:
        end = feature["properties"]["value"] / 60
        if end not in (15, 30):
            continue
        shape = shapely.geometry.shape(feature["geometry"])
        theirs = shapely.transform(shape, lambda xy: np.column_stack(grid.transform(*xy.T)))
        ours = within(bands, end)
        alike = ours.intersection(theirs).area / ours.union(theirs).area
        assert alike > 0.5
        assert 0.5 < ours.area / theirs.area < 2


# ---- the command -----------------------------------------------------------------------


def test_the_command_draws_counts_and_refuses(tmp_path: Path) -> None:
    roads = write_pbf(tmp_path / "roads.osm.pbf", {1: (0, 0), 2: (3000, 0)}, [((1, 2), STREET)])
    spots = places({"a": (0, 0), "far": (0, 90_000)})
    spots.rename_axis("asset_id").to_csv(tmp_path / "sites.csv")
    demand = places({"d": (50, 0), "e": (2990, 0)}).assign(population=[1200, 34])
    demand.rename_axis("demand_id").to_csv(tmp_path / "demand.csv")
    out = tmp_path / "bands.geojson"
    words = ["isochrones", "--roads", str(roads), "--no-cache", "--out", str(out),
             "--from", str(tmp_path / "sites.csv"), "--minutes", "10,1", "--profile", "blue_light",
             "--off-road", "200", "--demand", str(tmp_path / "demand.csv")]  # fmt: skip
    seen = CliRunner().invoke(app, words)
    assert seen.exit_code == 0, seen.output
    for text in ("nearest of all", "1,200", "34", "not on the network", "far"):
        assert text in seen.output
    drawn = json.loads(out.read_text())["features"]
    assert [one["properties"]["population"] for one in drawn] == [1200, 34]
    for change, said in ((("--minutes", "5,5"), "more than once"), (("--out", "b.shp"), ".shp"),
                         (("--direction", "up"), "unknown direction"),
                         (("--profile", "bluelight"), "unknown profile")):  # fmt: skip
        bad = CliRunner().invoke(app, [*words, *change])
        assert bad.exit_code == 2
        assert said in bad.output

"""Town and country told apart by outlines instead of by the density of streets."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.speeds import link_speeds_kph, profile
from coverage.times import travel_times
from coverage.urban import with_urban
from tests.toy_roads import ORIGIN, places, toy_network

ROAD = {"highway": "primary"}


def toy_box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(ORIGIN[0] + west, ORIGIN[1] + south, ORIGIN[0] + east, ORIGIN[1] + north)


def line() -> RoadNetwork:
    """1 --- 2 --- 3 --- 4, a kilometre each; the middles are at 500, 1500 and 2500 m."""
    nodes = {k + 1: (1000.0 * k, 0.0) for k in range(4)}
    return toy_network(nodes, [((1, 2, 3, 4), ROAD)])


def urban_from(network: RoadNetwork) -> dict[tuple[int, int], bool]:
    osm = network.node_osm_id
    ends = zip(network.link_from, network.link_to, network.link_urban, strict=True)
    return {(int(osm[a]), int(osm[b])): bool(u) for a, b, u in ends}


def test_a_link_is_urban_where_its_middle_is_inside_or_on_the_border() -> None:
    network = line()
    assert not network.link_urban.any()
    middle = float(network.node_x[1] + network.node_x[2]) / 2  # of 2-3, to the last digit
    town = shapely.box(ORIGIN[0] + 900, ORIGIN[1] - 9, middle, ORIGIN[1] + 9)
    made = urban_from(with_urban(network, [town]))
    assert made == {(a, b): {a, b} == {2, 3} for a, b in made}
    assert not network.link_urban.any()  # the original is untouched


def test_both_ways_of_a_street_are_alike_and_holes_are_country() -> None:
    ring = toy_box(-100, -100, 3100, 100).difference(toy_box(1400, -10, 1600, 10))
    made = urban_from(with_urban(line(), [ring]))
    assert made == {(a, b): {a, b} != {2, 3} for a, b in made}


def test_nothing_given_or_nothing_in_it_is_all_country() -> None:
    dense = with_urban(line(), [toy_box(-100, -100, 3100, 100)])
    assert dense.link_urban.all()
    for outlines in ([], [None], [shapely.Polygon()]):
        assert not with_urban(dense, outlines).link_urban.any()


def test_the_tagged_limit_still_goes_first_and_times_say_what_town_is() -> None:
    nodes = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (2000.0, 0.0)}
    ways = [((1, 2), {**ROAD, "maxspeed": "60 mph"}), ((2, 3), ROAD)]
    network = with_urban(toy_network(nodes, ways), [toy_box(-9, -9, 2009, 9)], "1 outline")
    by = profile("car", {"speeds_kph": {"primary": {"urban": 40, "rural": 70}}, "limit_weight": 0})
    assert set(link_speeds_kph(network, by)) == {40.0, 70.0}
    ends = places({"a": (10, 0)}), places({"b": (1990, 0)})
    made = travel_times(network, *ends, profile=profile("car"), direction="to_site")
    assert made.provenance["urban_from"] == "1 outline"


def test_wessex_towns_by_brute_force() -> None:
    data = Path(__file__).parents[1] / "data" / "wessex"
    areas = gpd.read_file(data / "areas.geojson").to_crs("EPSG:27700")
    towns = areas[areas["kind"] == "town"].geometry.to_numpy()
    network = read_roads(data / "roads.osm.pbf")
    x = (network.node_x[network.link_from] + network.node_x[network.link_to]) / 2
    y = (network.node_y[network.link_from] + network.node_y[network.link_to]) / 2
    expected = shapely.intersects(shapely.union_all(towns), shapely.points(x, y))
    made = with_urban(network, towns)
    assert np.array_equal(made.link_urban, expected)
    assert 0.2 < made.link_urban.mean() < 0.5
    assert np.mean(made.link_urban == network.link_urban) > 0.85


def test_shuffled_outlines_change_nothing() -> None:
    outlines = [toy_box(1000 * k, -50, 1000 * k + 600, 50) for k in range(3)]
    one, two = with_urban(line(), outlines), with_urban(line(), outlines[::-1])
    assert np.array_equal(one.link_urban, two.link_urban)
    assert one.link_urban.all()


@pytest.mark.parametrize("shape", [shapely.MultiPolygon, list])
def test_several_parts_are_as_several_outlines(shape: type) -> None:
    parts = [toy_box(0, -9, 999, 9), toy_box(2001, -9, 3000, 9)]
    outlines = parts if shape is list else [shapely.MultiPolygon(parts)]
    assert with_urban(line(), outlines).link_urban.sum() == 4

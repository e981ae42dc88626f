"""Places on the road: nearest usable segment, how far along, how far off, and what is too far."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from coverage.network import RoadNetwork
from coverage.osm import ROAD_CLASSES
from coverage.roads import read_roads
from coverage.snap import Snapped, snap
from coverage.speeds import profile
from tests.toy_roads import ORIGIN, Way, toy_network

STREET = {"highway": "residential"}
CAR, WALK = profile("car"), profile("walk")


def put(network: RoadNetwork, x: float, y: float, by=CAR, **options: float) -> Snapped:
    return snap(network, ["p"], [ORIGIN[0] + x], [ORIGIN[1] + y], by, **options)


def test_a_place_beside_a_long_road_is_put_on_it_not_at_its_end() -> None:
    r"""The nearest node is 2, by far; the nearest road is 1-3, 40 m south.

    ::

                 2 ---- 4        p at (500, 40); 2 at (500, 90)
                 p
        1 ------------------ 3   y = 0, x from 0 to 1000
    """
    nodes = {1: (0, 0), 3: (1000, 0), 2: (500, 90), 4: (900, 90), 5: (1000, 90)}
    network = toy_network(nodes, [((1, 3), STREET), ((2, 4, 5), STREET), ((5, 3), STREET)])
    at = put(network, 500, 40)
    assert at.snap_m[0] == pytest.approx(40, abs=0.02)
    assert at.fraction[0] == pytest.approx(0.5, abs=1e-4)
    assert at.road_x[0] == pytest.approx(ORIGIN[0] + 500, abs=0.02)
    assert network.link_way[at.link_forward[0]] == 1
    assert network.link_reverse[at.link_forward[0]] == at.link_backward[0]
    assert at.on_network[0]


def test_a_place_past_the_end_is_put_at_the_end() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    at = put(network, 1030, 40)
    assert at.fraction[0] == 1.0
    assert at.snap_m[0] == pytest.approx(50, abs=0.02)


def test_a_one_way_segment_is_left_forward_only() -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (50, 80)}
    ring = {**STREET, "oneway": "yes"}
    network = toy_network(nodes, [((1, 2, 3, 1), ring)])
    at = put(network, 50, -10)
    assert (at.link_forward[0] >= 0) != (at.link_backward[0] >= 0)
    walker = put(network, 50, -10, WALK)
    assert walker.link_forward[0] >= 0
    assert walker.link_backward[0] >= 0


def test_nobody_is_put_on_an_island_a_closed_road_or_a_footpath() -> None:
    """A main street 1 km long; nearer the place lie an island, a private drive, a road that is
    closed and a path. Cars and crews begin at the drive; only crews may use a gated one."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (400, 100), 4: (500, 100), 5: (450, 90), 6: (450, 0)}
    nodes |= {7: (440, 105), 8: (460, 105), 9: (452, 0), 10: (452, 99)}
    closed = {"highway": "service", "access": "no"}
    drive = {"highway": "service", "access": "private"}
    ways: list[Way] = [((1, 6, 9, 2), STREET), ((3, 4), STREET), ((6, 5), drive),
                       ((7, 8), {"highway": "footway"}), ((9, 10), closed)]  # fmt: skip
    network = toy_network(nodes, ways)
    car, crew, feet = (put(network, 450, 101, profile(n)) for n in ("car", "blue_light", "walk"))
    for at in (car, crew):
        assert at.snap_m[0] == pytest.approx(11, abs=0.02)
        assert network.link_way[at.link_forward[0]] == 3
    assert feet.snap_m[0] == pytest.approx(101, abs=0.02)  # the path leads nowhere


def test_a_house_beside_a_motorway_is_put_on_its_own_street() -> None:
    """The motorway passes 10 m off, its slip road 20 m, the street is 60 m off on the other side.

    On a map of nothing but motorways it is put on one all the same.
    """
    nodes = {1: (0, 0), 2: (1000, 0), 3: (0, 70), 4: (1000, 70), 5: (0, -10), 6: (1000, -10)}
    motorway = {"highway": "motorway", "oneway": "no"}
    slip = {"highway": "motorway_link", "oneway": "no"}
    ways: list[Way] = [((1, 2), motorway), ((5, 6), slip), ((5, 1, 3, 4), STREET)]
    at = put(toy_network(nodes, ways), 500, 10)
    assert at.snap_m[0] == pytest.approx(60, abs=0.02)
    both = put(toy_network(nodes, ways), 500, 10, profile("blue_light"))
    assert both.snap_m[0] == pytest.approx(60, abs=0.02)
    alone = put(toy_network(nodes, [((1, 2), motorway)]), 500, 10)
    assert alone.snap_m[0] == pytest.approx(10, abs=0.02)


def test_too_far_is_kept_and_listed_and_the_limit_is_inclusive() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    near = put(network, 500, 200)
    assert put(network, 500, 200, max_snap_m=float(near.snap_m[0])).on_network[0]
    far = put(network, 500, 200, max_snap_m=199.0)
    assert not far.on_network[0]
    assert far.off_network == ("p",)
    assert far.snap_m[0] == near.snap_m[0]
    assert not put(network, 500, 200, profile("car", {"max_snap_m": 100})).on_network[0]


def test_beyond_the_rim_of_the_map_is_off_the_network() -> None:
    """A 3 km square of lanes 1 km apart: amid the fields is in, 400 m past the edge is out."""
    nodes = {10 * r + c: (1000.0 * c, 1000.0 * r) for r in range(1, 5) for c in range(1, 5)}
    ways: list[Way] = [((10 * r + 1, 10 * r + 2, 10 * r + 3, 10 * r + 4), STREET)
                       for r in range(1, 5)]  # fmt: skip
    ways += [((10 + c, 20 + c, 30 + c, 40 + c), STREET) for c in range(1, 5)]
    network = toy_network(nodes, ways)
    amid = put(network, 2500, 2500)
    assert amid.snap_m[0] > 400
    assert amid.on_network[0]
    past = put(network, 2500, 4400)
    assert past.snap_m[0] == pytest.approx(400, abs=1)
    assert past.beyond_rim[0]
    assert not past.on_network[0]
    beside = put(network, 2500, 4200)  # within 250 m of a road nobody is past the rim
    assert beside.on_network[0]


def test_a_moor_inside_the_map_is_inside() -> None:
    """An 8 km ring road round open moor: its middle is inside the map, if far from the road."""
    nodes = {k: (4000 * np.cos(k / 32 * np.pi), 4000 * np.sin(k / 32 * np.pi)) for k in range(64)}
    nodes = {k + 1: spot for k, spot in nodes.items()}
    network = toy_network(nodes, [((*range(1, 65), 1), STREET)])
    middle = put(network, 100, 0)
    assert not middle.beyond_rim[0]
    assert not middle.on_network[0]  # but 3.9 km from any road
    assert put(network, 100, 0, max_snap_m=5000.0).on_network[0]


def test_a_straight_road_without_a_node_for_miles_is_part_of_the_map() -> None:
    """4 km square with nothing but corners: 300 m inside its side is in, 300 m outside is out."""
    corners = {1: (0, 0), 2: (4000, 0), 3: (4000, 4000), 4: (0, 4000)}
    network = toy_network(corners, [((1, 2, 3, 4, 1), STREET)])
    for x, y, inside in ((2700, 300, True), (2700, -300, False), (3700, 1300, True),
                         (4300, 1300, False), (2000, 2000, True)):  # fmt: skip
        assert put(network, x, y).beyond_rim[0] != inside, (x, y)


def test_between_two_extracts_is_outside_and_on_their_common_border_inside() -> None:
    """Squares of 3 km: two side by side, joined by their lanes, and a third 10 km off."""

    def square(first: int, west: float) -> dict[int, tuple[float, float]]:
        spots = ((0, 0), (3000, 0), (3000, 3000), (0, 3000))
        return {first + k: (west + x, float(y)) for k, (x, y) in enumerate(spots)}

    nodes = square(1, 0) | square(11, 3400) | square(21, 16400)
    ways: list[Way] = [((k, k + 1, k + 2, k + 3, k), STREET) for k in (1, 11, 21)]
    ways += [((2, 11), STREET), ((3, 14), STREET), ((12, 21), STREET)]
    network = toy_network(nodes, ways)
    assert put(network, 3200, 1500).on_network[0]  # in the gap, but amid the map
    assert not put(network, 11400, 1500).on_network[0]
    assert put(network, 11400, 1500).beyond_rim[0]
    assert put(network, 17900, 1500).on_network[0]


def test_a_larger_map_has_larger_cells_and_the_same_rim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverage.snap._MOST_CELLS", 900)
    corners = {1: (0, 0), 2: (9000, 0), 3: (9000, 9000), 4: (0, 9000)}
    network = toy_network(corners, [((1, 2, 3, 4, 1), STREET)])
    assert not put(network, 4500, 1500).beyond_rim[0]
    assert put(network, 4500, -1500).beyond_rim[0]
    assert put(network, -90000, 4500).beyond_rim[0]


def test_places_without_coordinates_are_refused() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    with pytest.raises(InputError) as caught:
        snap(network, ["a", "b", "c"], [0, np.nan, 1], [np.inf, 0, 1], CAR)
    assert caught.value.issues[0].ids == ("a", "b")


def test_duplicate_ids_are_refused() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    with pytest.raises(InputError, match="same id more than once"):
        snap(network, ["b", "a", "b"], [0, 1, 2], [0, 1, 2], CAR)


def test_no_places_is_no_error() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    assert snap(network, [], [], [], CAR).ids == ()


SPOTS = st.lists(
    st.tuples(st.floats(-200, 1200), st.floats(-200, 1200)), min_size=1, max_size=15, unique=True
)


@given(SPOTS, st.randoms(use_true_random=False))
def test_nearest_by_brute_force_and_order_changes_nothing(
    spots: list[tuple[float, float]], rng
) -> None:
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000), 4: (0, 1000), 5: (300, 450)}
    network = toy_network(nodes, [((1, 2, 3, 4, 1), STREET), ((1, 5, 3), STREET)])
    xy = np.array(spots) + ORIGIN
    ids = [f"p{k}" for k in range(len(spots))]
    at = snap(network, ids, xy[:, 0], xy[:, 1], CAR)
    nearest = shapely.distance(
        shapely.union_all(network.lines().geometry.to_numpy()), shapely.points(xy)
    )
    np.testing.assert_allclose(at.snap_m, nearest, atol=1e-6)
    order = list(range(len(spots)))
    rng.shuffle(order)
    again = snap(network, [ids[k] for k in order], xy[order, 0], xy[order, 1], CAR)
    for name in ("link_forward", "link_backward", "fraction", "snap_m", "on_network"):
        assert np.array_equal(getattr(at, name)[order], getattr(again, name)), name


# ---- a whole county --------------------------------------------------------------------


@pytest.fixture(scope="module")
def rutland(shared_data: Path) -> RoadNetwork:
    return read_roads(shared_data / "rutland/rutland-latest_2022-07-20.osm.pbf")


def test_rutland_lsoa_003c_is_put_on_a_road_that_leads_somewhere(
    rutland: RoadNetwork, shared_data: Path
) -> None:
    """Its nearest way, 11.7 m off, is a track cars may not use; an engine lost it there."""
    demand = pd.read_csv(shared_data / "rutland/rutland_lsoa11_demand.csv").set_index("lsoa11cd")
    at = snap(rutland, list(demand.index), demand["X"], demand["Y"], CAR)
    assert at.on_network.all()
    row = at.ids.index("E01013802")
    assert 12 < at.snap_m[row] < 100
    assert rutland.link_modes[at.link_forward[row]] & CAR.mode
    assert ROAD_CLASSES[rutland.link_class[at.link_forward[row]]] in ("residential", "service")


def test_five_of_seven_rutland_fire_stations_are_off_the_map(
    rutland: RoadNetwork, shared_data: Path
) -> None:
    stations = pd.read_csv(shared_data / "rutland/fire_stations_in_and_around_rutland.csv")
    at = snap(
        rutland,
        list(stations["STATION_NAME"]),
        stations["STATION_EASTING"],
        stations["STATION_NORTHING"],
        profile("blue_light"),
    )
    inside = {name for name, on in zip(at.ids, at.on_network, strict=True) if on}
    assert inside == {"Oakham Fire Station", "Uppingham Fire Station"}
    assert len(at.off_network) == 5


def test_no_rutland_postcode_is_lost(rutland: RoadNetwork, shared_data: Path) -> None:
    spots = pd.read_csv(shared_data / "rutland/rutland_os_open_names_postcodes_places.csv")
    at = snap(rutland, list(spots["os_id"]), spots["easting"], spots["northing"], CAR)
    assert len(at.ids) == 1324
    assert at.on_network.all()
    assert np.median(at.snap_m) < 40

"""Paths followed back to the roads they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from coverage.calibration.model import Model, kinds_of, knobs_for, no_knobs, one_knob
from coverage.calibration.tracing import per_section, trace
from coverage.network import LINK_ENDS, RoadNetwork
from coverage.roads import read_roads
from coverage.snap import Snapped, snap
from coverage.speeds import Profile, link_minutes, profile
from coverage.spots import spots_of
from coverage.times import times_between
from tests.toy_roads import places, toy_network


def every_pair(origins: Snapped, destinations: Snapped, costs: np.ndarray) -> np.ndarray:
    """Totals of link costs (m x f) along the fastest path of every pair, [pairs, 1 + f]."""
    graph = origins.graph
    start, stop = spots_of(origins), spots_of(destinations)
    i, j = np.meshgrid(start.of_place, stop.of_place, indexing="ij")
    minutes = costs[:, 0]
    paths = trace(graph, minutes, start, stop, np.column_stack([i.ravel(), j.ravel()]))
    links = csr_array(np.nan_to_num(costs))
    totals = paths.totals(per_section(graph, links), links)
    return np.column_stack([paths.minutes, totals])


def random_places(network: RoadNetwork, speeds: Profile, count: int, seed: int) -> Snapped:
    """Places on and near links, some exactly at their ends."""
    rng = np.random.default_rng(seed)
    usable = np.flatnonzero(network.link_modes & speeds.mode)
    link = rng.choice(usable, count)
    share = np.where(rng.random(count) < 0.3, 0.0, rng.random(count))
    start, stop = network.link_from[link], network.link_to[link]
    x = network.node_x[start] * (1 - share) + network.node_x[stop] * share
    y = network.node_y[start] * (1 - share) + network.node_y[stop] * share
    shift = np.where(rng.random(count) < 0.5, 4.0, 0.0)
    return snap(network, [f"p{k}" for k in range(count)], x + shift, y, speeds)


def compare(network: RoadNetwork, speeds: Profile, counts: tuple[int, int]) -> None:
    """Traced sums are the times and metres that `coverage.times` gives."""
    origins = random_places(network, speeds, counts[0], 1)
    destinations = random_places(network, speeds, counts[1], 2)
    costs = np.column_stack([link_minutes(network, speeds), network.link_length_m])
    found = every_pair(origins, destinations, costs)
    times = times_between(destinations, origins, profile=speeds, direction="from_site")
    minutes, metres = times.minutes.T.ravel(), times.metres.T.ravel()
    reached = np.isfinite(minutes)
    assert reached.mean() > 0.9
    assert (np.isfinite(found[:, 0]) == reached).all()
    assert np.allclose(found[reached, 0], minutes[reached], rtol=0, atol=1e-4)
    assert np.allclose(found[reached, 1], minutes[reached], rtol=0, atol=1e-4)
    # Of paths equally fast to a millionth, either may be told.
    same = np.abs(found[reached, 2] - metres[reached]) < 5.0
    assert same.mean() > 0.995


@pytest.fixture(scope="module")
def wessex(repo: Path) -> RoadNetwork:
    return read_roads(repo / "data" / "wessex" / "roads.osm.pbf")


@pytest.fixture(scope="module")
def rutland(shared_data: Path) -> RoadNetwork:
    return read_roads(next((shared_data / "rutland").glob("*.osm.pbf")))


def test_the_road_of_a_run_by_hand() -> None:
    """
    A 1 km primary road west to east and a lane off its middle, 500 m north::

                 3
                 | unclassified, 500 m
        1 ------ 2 ------ 4      primary, 2 x 500 m

    From 100 m along the primary road to 200 m up the lane: 400 m of primary and 200 m of lane;
    and between two spots on the lane, 100 m.
    """
    nodes = {1: (0.0, 0.0), 2: (500.0, 0.0), 3: (500.0, 500.0), 4: (1000.0, 0.0)}
    network = toy_network(
        nodes, [([1, 2, 4], {"highway": "primary"}), ([2, 3], {"highway": "unclassified"})]
    )
    speeds = profile("car")
    spots = places({"a": (100.0, 0.0), "b": (500.0, 200.0), "c": (500.0, 300.0)})
    at = snap(network, list(spots.index), spots["easting"], spots["northing"], speeds)
    kinds = kinds_of(network, speeds)
    start = spots_of(at)
    runs = start.of_place[np.array([[0, 1], [1, 2], [2, 1], [0, 0]])]
    paths = trace(at.graph, link_minutes(network, speeds), start, start, runs)
    driven = paths.totals(per_section(at.graph, kinds.per_link), kinds.per_link)
    km = {int(row): driven[:, k] for k, row in enumerate(kinds.row)}
    primary, lane = sorted(km)
    assert km[primary] == pytest.approx([0.4, 0.0, 0.0, 0.0], abs=1e-3)
    assert km[lane] == pytest.approx([0.2, 0.1, 0.1, 0.0], abs=1e-3)


def test_places_off_the_network_have_no_path() -> None:
    """One straight road of 1 km; one end of the run is 50 km away."""
    network = toy_network({1: (0.0, 0.0), 2: (1000.0, 0.0)}, [([1, 2], {"highway": "primary"})])
    speeds = profile("car")
    spots = places({"near": (100.0, 0.0), "far": (50_000.0, 0.0)})
    at = snap(network, list(spots.index), spots["easting"], spots["northing"], speeds)
    ends = spots_of(at)
    runs = ends.of_place[np.array([[0, 1], [1, 0], [0, 0]])]
    paths = trace(at.graph, link_minutes(network, speeds), ends, ends, runs)
    assert np.isinf(paths.minutes[:2]).all() and paths.minutes[2] == 0.0
    assert paths.links.sum() == pytest.approx(0.0) and paths.sections.sum() == 0.0


@pytest.mark.parametrize("counts", [(12, 60), (60, 12)], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", ["car", "blue_light"])
def test_traced_paths_add_up_to_the_travel_times_of_a_county(
    wessex: RoadNetwork, name: str, counts: tuple[int, int]
) -> None:
    compare(wessex, profile(name), counts)


@pytest.mark.parametrize("counts", [(12, 60), (60, 12)], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", ["car", "blue_light"])
def test_traced_paths_add_up_to_the_travel_times_of_rutland(
    rutland: RoadNetwork, name: str, counts: tuple[int, int]
) -> None:
    compare(rutland, profile(name), counts)


@pytest.mark.parametrize("name", ["car", "car_peak", "blue_light"])
def test_the_formula_gives_the_minutes_of_every_link(wessex: RoadNetwork, name: str) -> None:
    speeds = profile(name)
    kinds = kinds_of(wessex, speeds)
    usable = (wessex.link_modes & speeds.mode) > 0
    model = Model(speeds, kinds, no_knobs(speeds))
    seconds = model.seconds(kinds.per_link[np.flatnonzero(usable)].toarray(), np.zeros(0))
    assert np.allclose(seconds / 60.0, link_minutes(wessex, speeds)[usable], rtol=1e-9)


@pytest.mark.parametrize("sharp", [8.0, np.inf])
def test_slopes_are_those_of_the_formula(wessex: RoadNetwork, sharp: float) -> None:
    """Central differences, at knobs that are no corner of the formula."""
    speeds = profile("car", {"limit_weight": {"urban": 0.3, "rural": 0.5}})
    kinds = kinds_of(wessex, speeds)
    rng = np.random.default_rng(5)
    driven = rng.random((20, len(kinds) + len(LINK_ENDS))) * 3.0
    bare = Model(speeds, kinds, one_knob(speeds))
    km, runs = bare.ruled_km(np.tile(driven, (40, 1)), np.zeros(1), sharp=8.0)
    model = Model(speeds, kinds, knobs_for(speeds, km, km, runs, start=True))
    assert len(model.knobs) > 15
    knob = rng.normal(0.0, 0.05, len(model.knobs))
    step = 1e-6
    for column in range(len(knob)):
        up, down = knob.copy(), knob.copy()
        up[column] += step
        down[column] -= step
        told = (model.seconds(driven, up, sharp) - model.seconds(driven, down, sharp)) / (2 * step)
        assert np.allclose(model.slopes(driven, knob, sharp)[:, column], told, rtol=1e-4, atol=1e-3)


def test_one_factor_on_every_speed_scales_the_driving_and_no_more(wessex: RoadNetwork) -> None:
    speeds = profile("blue_light")
    kinds = kinds_of(wessex, speeds)
    model = Model(speeds, kinds, one_knob(speeds))
    driven = np.random.default_rng(7).random((5, len(kinds) + len(LINK_ENDS)))
    driven[:, len(kinds) :] = 0.0
    before, after = model.seconds(driven, np.zeros(1)), model.seconds(driven, np.log([0.8]))
    assert after == pytest.approx(before / 0.8)

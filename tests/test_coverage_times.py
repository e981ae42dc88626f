"""Travel times: toys solved by hand, networkx on random networks, a real county."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from coverage import paths
from coverage import times as times_module
from coverage.graph import mode_graph
from coverage.network import RoadNetwork, grid_xy
from coverage.osm import CAR
from coverage.roads import read_roads
from coverage.snap import Snapped, snap
from coverage.speeds import Profile, link_minutes, profile
from coverage.times import (
    BOUND_SLACK_MIN,
    TravelTimes,
    ensemble,
    times_between,
    travel_times,
)
from coverage.turns import ANY, Restriction
from tests.toy_roads import Nodes, Way, places, toy_network, write_pbf

STREET = {"highway": "residential"}
MAIN = {"highway": "primary"}
ONEWAY = {**STREET, "oneway": "yes"}
NEAR_MIN, NEAR_M = 1e-6, 2.0
"""Minutes and metres are rounded stretch by stretch: to 2 microseconds, to an eighth of a metre."""


def flat(kph: float = 60.0, main_kph: float = 60.0) -> Profile:
    """Cars at 1 km a minute (by default) on every street, with no delays."""
    return profile(
        "car",
        {
            "speeds_kph": {"residential": kph, "primary": main_kph},
            "end_s": dict.fromkeys(("through", "give_way", "signals", "roundabout"), 0),
        },
    )


def solve(
    network: RoadNetwork,
    demand: dict[str, tuple[float, float]],
    sites: dict[str, tuple[float, float]],
    by: Profile | None = None,
    **options: Any,
) -> TravelTimes:
    options.setdefault("direction", "from_site")
    return travel_times(network, places(demand), places(sites), profile=by or flat(), **options)


# ---- toys solved by hand ---------------------------------------------------------------


def test_two_places_on_one_long_road() -> None:
    """``1 -- s ---- d -- 2``: s at 100 m, d at 700 m: 600 m, 0.6 minutes, either way."""
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    for direction in ("from_site", "to_site"):
        times = solve(network, {"d": (700, 20)}, {"s": (100, -30)}, direction=direction)
        assert times.minutes[0, 0] == pytest.approx(0.6, abs=1e-4)
        assert times.metres[0, 0] == pytest.approx(600, abs=0.1)
        assert times.demand_snap_m[0] == pytest.approx(20, abs=0.02)
        assert times.site_snap_m[0] == pytest.approx(30, abs=0.02)


def test_partial_links_at_both_ends() -> None:
    r"""From 300 m short of corner 2 to 200 m past it: 500 m.

    ::

        1 ---- s -- 2      y = 1000
                    |
                    d
                    |
                    3      x = 1000
    """
    nodes = {1: (0, 1000), 2: (1000, 1000), 3: (1000, 0)}
    network = toy_network(nodes, [((1, 2), STREET), ((2, 3), STREET)])
    times = solve(network, {"d": (1000, 800)}, {"s": (700, 1000)})
    assert times.minutes[0, 0] == pytest.approx(0.5, abs=1e-4)
    assert times.metres[0, 0] == pytest.approx(500, abs=0.1)


def test_a_one_way_ring_goes_one_way_round() -> None:
    """Square 1-2-3-4 of 1 km sides, one-way. From the middle of side 1-2 to that of 2-3 is 1 km;
    back again is 3 km; on one side, ahead is 0.2 km and back is the whole way round, 3.8 km."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000), 4: (0, 1000)}
    network = toy_network(nodes, [((1, 2, 3, 4, 1), ONEWAY)])
    spots = {"a": (500, 0), "b": (1000, 500), "c": (700, 0)}
    there = solve(network, spots, spots)
    table = pd.DataFrame(there.metres, index=there.demand_ids, columns=there.site_ids)
    assert table.loc["b", "a"] == pytest.approx(1000, abs=0.2)  # site a to demand b
    assert table.loc["a", "b"] == pytest.approx(3000, abs=0.2)
    assert table.loc["c", "a"] == pytest.approx(200, abs=0.2)
    assert table.loc["a", "c"] == pytest.approx(3800, abs=0.2)
    assert np.diag(there.minutes).tolist() == [0.0, 0.0, 0.0]
    back = solve(network, spots, spots, direction="to_site")
    np.testing.assert_allclose(back.minutes, there.minutes.T, atol=1e-9)


def test_oneway_minus_one_runs_against_the_drawing(tmp_path: Path) -> None:
    """A ring drawn 1-2-3-1 and tagged -1 is driven 1-3-2-1."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (0, 1000)}
    way = ((1, 2, 3, 1), {**STREET, "oneway": "-1"})
    network = read_roads(write_pbf(tmp_path / "r.osm.pbf", nodes, [way]))
    times = solve(network, {"d": (0, 500)}, {"s": (500, 0)})
    assert times.metres[0, 0] == pytest.approx(500 + 500, abs=0.2)  # through corner 1


def test_a_roundabout_is_driven_forward() -> None:
    """Arms west and east of a 400 m square ring driven 1-2-3-4: west to east is half of it,
    and so is east to west; north to west is a quarter, west to north three quarters."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 100), 4: (0, 100), 5: (-500, 0), 6: (600, 100)}
    nodes |= {7: (0, 600)}
    ring = {"highway": "primary", "junction": "roundabout"}
    arms: list[Way] = [((5, 1), MAIN), ((3, 6), MAIN), ((4, 7), MAIN)]
    network = toy_network(nodes, [((1, 2, 3, 4, 1), ring), *arms])
    spots = {"west": (-500, 0), "east": (600, 100), "north": (0, 600)}
    times = solve(network, spots, spots)
    table = pd.DataFrame(times.metres, index=times.demand_ids, columns=times.site_ids)
    assert table.loc["east", "west"] == pytest.approx(500 + 200 + 500, abs=0.3)
    assert table.loc["west", "east"] == pytest.approx(500 + 200 + 500, abs=0.3)
    assert table.loc["west", "north"] == pytest.approx(500 + 100 + 500, abs=0.3)
    assert table.loc["north", "west"] == pytest.approx(500 + 300 + 500, abs=0.3)


def test_metres_are_those_of_the_fastest_path() -> None:
    """Straight by a 2 km lane at 30 km/h is 4 minutes; round by 3 km of main road at 90 is 2."""
    nodes = {1: (0, 0), 2: (2000, 0), 3: (0, 500), 4: (2000, 500)}
    network = toy_network(nodes, [((1, 2), STREET), ((1, 3, 4, 2), MAIN)])
    times = solve(network, {"d": (2000, 0)}, {"s": (0, 0)}, flat(30, 90))
    assert times.minutes[0, 0] == pytest.approx(2.0, abs=1e-3)
    assert times.metres[0, 0] == pytest.approx(3000, abs=0.5)


def test_parallel_streets_between_two_junctions() -> None:
    """Two ways join 1 and 2, 1,000 m and 1,400 m by its bend; both end in stubs."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (500, 490), 4: (-100, 0), 5: (1100, 0)}
    ways: list[Way] = [((1, 2), STREET), ((1, 3, 2), STREET), ((4, 1), STREET), ((2, 5), STREET)]
    times = solve(toy_network(nodes, ways), {"d": (1100, 0), "bend": (500, 490)}, {"s": (-100, 0)})
    assert times.metres[0, 0] == pytest.approx(1200, abs=0.2)
    assert times.metres[1, 0] == pytest.approx(100 + np.hypot(500, 490), abs=0.2)


def test_a_close_that_loops_back_to_its_own_junction() -> None:
    """A loop 2-3-4-2 off road 1-2: its far corner is reached the shorter way round."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1300, 0), 4: (1000, 400)}
    network = toy_network(nodes, [((1, 2), STREET), ((2, 3, 4, 2), STREET)])
    times = solve(network, {"d": (1000, 390), "e": (1290, 0)}, {"s": (0, 0)})
    assert times.metres[:, 0] == pytest.approx([1390, 1290], abs=0.2)


def test_a_private_road_is_no_short_cut_for_cars_but_is_for_crews() -> None:
    nodes = {1: (0, 0), 2: (1000, 0), 3: (0, 1000), 4: (1000, 1000)}
    private = {"highway": "service", "access": "private"}
    network = toy_network(nodes, [((1, 2, 4, 3), STREET), ((1, 3), private)])
    spots = ({"d": (0, 1000)}, {"s": (0, 0)})
    assert solve(network, *spots).metres[0, 0] == pytest.approx(3000, abs=0.3)
    crew = solve(network, *spots, profile("blue_light", {"speeds_kph": {"service": 60}}))
    assert crew.metres[0, 0] == pytest.approx(1000, abs=0.3)


def test_a_bollard_sends_cars_round_and_not_walkers() -> None:
    """The straight 1-2-3 has a bollard at 2; round by 4 it is 2 km more."""
    nodes = {1: (0, 0), 2: (500, 0), 3: (1000, 0), 4: (500, 1322.88)}
    ways: list[Way] = [((1, 2, 3), STREET), ((1, 4), STREET), ((4, 3), STREET)]
    network = toy_network(nodes, ways, {2: {"barrier": "bollard"}})
    spots = ({"d": (900, 0)}, {"s": (100, 0)})
    assert solve(network, *spots).metres[0, 0] == pytest.approx(2 * 1414.21 + 200, abs=0.5)
    assert solve(network, *spots, profile("walk")).metres[0, 0] == pytest.approx(800, abs=0.2)


def test_a_place_at_a_junction_may_leave_by_any_road() -> None:
    """At corner 1 of a one-way ring with a two-way stub: the stub is 100 m away, not a lap."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (0, 1000), 4: (0, -500)}
    network = toy_network(nodes, [((1, 2, 3, 1), ONEWAY), ((4, 1), STREET)])
    times = solve(network, {"d": (0, -100)}, {"s": (0, 0)})
    assert times.metres[0, 0] == pytest.approx(100, abs=0.2)


def test_the_bound_is_inclusive_and_what_is_beyond_it_is_no_route() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    spots = ({"d": (700, 0), "e": (710, 0)}, {"s": (100, 0)})
    free = solve(network, *spots)
    bound = float(free.minutes[0, 0])
    times = solve(network, *spots, bound_min=bound)
    assert times.minutes[0, 0] == bound
    assert np.isnan(times.minutes[1, 0])
    assert np.isnan(times.metres[1, 0])


def test_no_route_between_two_islands_and_none_off_the_network() -> None:
    nodes = {1: (0, 0), 2: (2000, 0), 3: (0, 5000), 4: (1900, 5000)}
    network = toy_network(nodes, [((1, 2), STREET), ((3, 4), STREET)])
    demand = {"here": (500, 0), "there": (500, 5000), "sea": (90_000, 0)}
    times = solve(network, demand, {"s": (0, 0), "off": (0, -90_000)})
    assert np.isfinite(times.minutes[0, 0])
    assert np.isnan(times.minutes[1:]).all()
    assert np.isnan(times.minutes[:, 1]).all()
    assert times.provenance["off_network_demand"] == ("sea",)
    assert times.provenance["off_network_sites"] == ("off",)
    assert times.demand_ids == ("here", "there", "sea")  # nobody is dropped
    assert times.demand_snap_m[2] > 80_000


def test_the_leg_to_the_road_is_walked_by_walkers_and_only_told_for_cars() -> None:
    """80 m to the road, 800 m along it, 40 m off it: walking 920 m at 4.8 km/h is 11.5 minutes."""
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    spots = ({"d": (900, 40)}, {"s": (100, 80)})
    walk = solve(network, *spots, profile("walk"))
    assert walk.minutes[0, 0] == pytest.approx(11.5, abs=1e-3)
    assert walk.metres[0, 0] == pytest.approx(920, abs=0.1)
    assert solve(network, *spots).minutes[0, 0] == pytest.approx(0.8, abs=1e-4)
    assert np.isnan(solve(network, *spots, profile("walk"), bound_min=11.4).minutes[0, 0])


def test_delay_at_the_end_of_a_link_is_in_the_time() -> None:
    """Crossing signals at 3 costs 30 s on the way through."""
    nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 500), 4: (2000, 0)}
    ways: list[Way] = [((1, 2), MAIN), ((2, 4), MAIN), ((2, 3), STREET)]
    network = toy_network(nodes, ways, {2: {"highway": "traffic_signals"}})
    slow = profile("car", {"speeds_kph": {"primary": 60}, "end_s": {"signals": 30}})
    times = solve(network, {"d": (2000, 0)}, {"s": (0, 0)}, slow)
    assert times.minutes[0, 0] == pytest.approx(2.5, abs=1e-3)


def test_provenance_says_what_the_figures_rest_on() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    times = solve(network, {"d": (700, 0)}, {"s": (100, 0)}, bound_min=9)
    facts = times.provenance
    assert facts["roads_sha256"] == network.sha256
    assert facts["bound_min"] == 9
    assert facts["profile"]["speeds_kph"]["residential"] == {"urban": 60.0, "rural": 60.0}
    assert facts["snap_leg"] == "not in the time"
    assert facts["max_snap_m"] == 2000.0
    with pytest.raises(TypeError):
        facts["bound_min"] = 3  # type: ignore[index]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"direction": "from_sites"}, "did you mean 'from_site'"),
        ({"bound_min": 0}, "must be a positive number of minutes"),
        ({"bound_min": float("nan")}, "must be a positive number of minutes"),
    ],
)
def test_bad_requests_are_refused(options: dict[str, Any], said: str) -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    with pytest.raises(InputError, match=said):
        solve(network, {"d": (700, 0)}, {"s": (100, 0)}, **options)


def test_duplicate_ids_and_missing_columns_are_refused() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    good = places({"a": (0, 0), "b": (1, 1)})
    twice = good.set_axis(["a", "a"])
    ask: dict[str, Any] = {"profile": flat(), "direction": "from_site"}
    with pytest.raises(InputError, match="sites carry the same id"):
        travel_times(network, good, twice, **ask)
    with pytest.raises(InputError, match=r"(?s)lack columns.*northing"):
        travel_times(network, good.drop(columns="northing"), good, **ask)
    with pytest.raises(InputError, match="without coordinates"):
        travel_times(network, good.assign(easting=["x", 3]), good, **ask)


def test_one_snap_serves_several_profiles() -> None:
    network = toy_network({1: (0, 0), 2: (1000, 0)}, [((1, 2), STREET)])
    at = [
        snap(network, list(f.index), f["easting"], f["northing"], flat())
        for f in (places({"d": (700, 0)}), places({"s": (100, 0)}))
    ]
    slow = times_between(at[0], at[1], profile=flat(30), direction="from_site")
    fast = times_between(at[0], at[1], profile=flat(60), direction="from_site")
    assert slow.minutes[0, 0] == pytest.approx(2 * fast.minutes[0, 0])
    with pytest.raises(ValueError, match="one network and one mode"):
        times_between(at[0], at[1], profile=profile("walk"), direction="from_site")


def test_progress_rises_to_one_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes, ways = square_town(6)
    network = toy_network(nodes, ways)
    spots = {f"p{k}": (97.0 * k, 71.0 * (k % 5)) for k in range(7)}
    whole = solve(network, spots, spots)
    told: list[float] = []
    monkeypatch.setattr(paths, "MOST_PER_CHUNK", 1)
    parts = solve(network, spots, spots, progress=lambda stage, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5
    assert np.array_equal(whole.minutes, parts.minutes)
    assert np.array_equal(whole.metres, parts.metres)


def test_selecting_sites_and_demand_by_id() -> None:
    nodes, ways = square_town(4)
    spots = {f"p{k}": (97.0 * k, 71.0 * (k % 5)) for k in range(5)}
    times = solve(toy_network(nodes, ways), spots, spots)
    some = times.for_sites(["p3", "p1"]).for_demand(["p4"])
    assert (some.site_ids, some.demand_ids) == (("p3", "p1"), ("p4",))
    assert some.minutes.tolist() == [[times.minutes[4, 3], times.minutes[4, 1]]]
    assert some.site_snap_m.tolist() == [times.site_snap_m[3], times.site_snap_m[1]]
    with pytest.raises(InputError, match="no travel times for these sites"):
        times.for_sites(["p1", "q"])


# ---- properties ------------------------------------------------------------------------


def square_town(size: int) -> tuple[Nodes, list[Way]]:
    """A grid of streets 100 m apart, one main road, every third street one-way."""
    nodes = {1 + size * r + c: (100.0 * c, 100.0 * r) for r in range(size) for c in range(size)}
    ways: list[Way] = []
    for k in range(size):
        row = [1 + size * k + c for c in range(size)]
        column = [1 + size * r + k for r in range(size)]
        ways += [(row, MAIN if k == 0 else STREET), (column, ONEWAY if k % 3 == 1 else STREET)]
    return nodes, ways


@st.composite
def towns(draw: st.DrawFn) -> RoadNetwork:
    """Random networks: a ring so that it hangs together, plus chords, some one-way, some main."""
    count = draw(st.integers(4, 14))
    spot = st.tuples(st.integers(0, 30), st.integers(0, 30))
    spots = draw(st.lists(spot, min_size=count, max_size=count, unique=True))
    nodes = {k + 1: (100.0 * x, 100.0 * y) for k, (x, y) in enumerate(spots)}
    ids = list(nodes)
    ways: list[Way] = [((*ids, ids[0]), draw(st.sampled_from([STREET, ONEWAY])))]
    pair = st.lists(st.sampled_from(ids), min_size=2, max_size=5, unique=True)
    kind = st.sampled_from([STREET, ONEWAY, MAIN, {"highway": "service"}])
    ways += draw(st.lists(st.tuples(pair, kind), max_size=12))
    return toy_network(nodes, ways)


def by_networkx(network: RoadNetwork, mode: int, cost: np.ndarray) -> nx.DiGraph:
    """Every usable link of the main network as an edge, the cheapest of parallels."""
    graph = nx.DiGraph()
    for k in np.flatnonzero(mode_graph(network, mode).link_section >= 0):
        a, b = int(network.link_from[k]), int(network.link_to[k])
        if not graph.has_edge(a, b) or graph[a][b]["cost"] > cost[k]:
            graph.add_edge(a, b, cost=float(cost[k]), metres=float(network.link_length_m[k]))
    return graph


def at_nodes(network: RoadNetwork, nodes: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {"easting": network.node_x[nodes], "northing": network.node_y[nodes]},
        index=[f"n{node}" for node in nodes],
    )


@given(towns(), st.sampled_from(["car", "walk"]), st.sampled_from(["from_site", "to_site"]))
def test_times_between_nodes_equal_networkx(
    network: RoadNetwork, name: str, direction: str
) -> None:
    by = profile(name, {"leg_kph": None})
    cost = link_minutes(network, by)
    graph = by_networkx(network, by.mode, cost)
    nodes = sorted(graph.nodes)
    sites = nodes[::2]
    got = travel_times(
        network, at_nodes(network, nodes), at_nodes(network, sites), profile=by, direction=direction
    )
    for column, site in enumerate(sites):
        searched = graph if direction == "from_site" else graph.reverse()
        want = nx.single_source_dijkstra_path_length(searched, site, weight="cost")
        for row, node in enumerate(nodes):
            assert got.minutes[row, column] == pytest.approx(want.get(node, np.nan), abs=NEAR_MIN)


def split_links(network: RoadNetwork, at: Snapped, cost: np.ndarray) -> nx.MultiDiGraph:
    """The main network with each place a node that splits the link(s) it lies on."""
    graph = nx.MultiDiGraph()
    for k in np.flatnonzero(mode_graph(network, CAR).link_section >= 0):
        here: list[tuple[float, Any]] = []
        for side, links in enumerate((at.link_forward, at.link_backward)):
            for p in np.flatnonzero((links == k) & at.on_network):
                share = float(at.fraction[p]) if side == 0 else 1.0 - float(at.fraction[p])
                here.append((share, f"p{p}"))
        here.sort(key=lambda step: step[0])
        here = [(0.0, int(network.link_from[k])), *here, (1.0, int(network.link_to[k]))]
        for (f, a), (g, b) in zip(here, here[1:], strict=False):
            graph.add_edge(a, b, cost=(g - f) * float(cost[k]))
            if f == g:  # two places at one spot
                graph.add_edge(b, a, cost=0.0)
    return graph


@given(towns(), st.randoms(use_true_random=False))
def test_places_along_links_equal_networkx_with_those_places_as_nodes(
    network: RoadNetwork, rng: random.Random
) -> None:
    """Each place becomes a node of its own that splits its link(s); the minutes agree."""
    by = flat(30, 50)
    cost = link_minutes(network, by)
    xs = [rng.uniform(network.node_x.min(), network.node_x.max()) for _ in range(6)]
    ys = [rng.uniform(network.node_y.min(), network.node_y.max()) for _ in range(6)]
    frame = pd.DataFrame({"easting": xs, "northing": ys}, index=[f"p{k}" for k in range(6)])
    by = profile("car", {**{k: v for k, v in by.table().items() if k != "name"}, "max_snap_m": 9e9})
    at = snap(network, list(frame.index), frame["easting"], frame["northing"], by)
    graph = split_links(network, at, cost)
    times = travel_times(network, frame, frame, profile=by, direction="from_site")
    along = [p for p in range(6) if 0.0 < at.fraction[p] < 1.0 and at.on_network[p]]
    for column in along:
        want = nx.single_source_dijkstra_path_length(graph, f"p{column}", weight="cost")
        for row in along:
            expected = want.get(f"p{row}", np.nan)
            assert times.minutes[row, column] == pytest.approx(expected, abs=NEAR_MIN, nan_ok=True)


@settings(max_examples=25)
@given(towns())
def test_metres_belong_to_a_path_that_takes_those_minutes(network: RoadNetwork) -> None:
    """Among all fastest paths networkx finds, one has our length."""
    by = profile("car")
    cost = link_minutes(network, by)
    graph = by_networkx(network, CAR, cost)
    nodes = sorted(graph.nodes)[:5]
    frame = at_nodes(network, nodes)
    times = travel_times(network, frame, frame, profile=by, direction="from_site")
    for column, site in enumerate(nodes):
        for row, node in enumerate(nodes):
            lengths = [
                nx.path_weight(graph, path, "metres")
                for path in nx.all_shortest_paths(graph, site, node, weight="cost")
            ]
            got = times.metres[row, column]
            assert any(got == pytest.approx(length, abs=NEAR_M) for length in lengths)


@settings(max_examples=25)
@given(towns(), st.floats(0.2, 6.0), st.floats(1.0, 3.0))
def test_a_longer_bound_changes_nothing_that_was_reached(
    network: RoadNetwork, bound: float, more: float
) -> None:
    frame = at_nodes(network, list(range(len(network.node_x))))
    ask: dict[str, Any] = {"profile": profile("car"), "direction": "from_site"}
    short = travel_times(network, frame, frame, bound_min=bound, **ask).minutes
    long = travel_times(network, frame, frame, bound_min=bound * more, **ask).minutes
    free = travel_times(network, frame, frame, **ask).minutes
    reached = np.isfinite(short)
    assert np.array_equal(short[reached], long[reached])
    assert np.array_equal(short[reached], free[reached])
    assert np.array_equal(reached, free <= bound + BOUND_SLACK_MIN)


@settings(max_examples=25)
@given(towns(), st.randoms(use_true_random=False))
def test_shuffled_places_get_identical_times(network: RoadNetwork, rng: random.Random) -> None:
    def spread(name: str, count: int) -> pd.DataFrame:
        x = [rng.uniform(network.node_x.min(), network.node_x.max()) for _ in range(count)]
        y = [rng.uniform(network.node_y.min(), network.node_y.max()) for _ in range(count)]
        return pd.DataFrame(
            {"easting": x, "northing": y}, index=[f"{name}{k}" for k in range(count)]
        )

    demand, sites = spread("d", 9), spread("s", 4)
    ask: dict[str, Any] = {"profile": profile("car"), "direction": "to_site"}
    first = travel_times(network, demand, sites, **ask)
    rows, columns = list(demand.index), list(sites.index)
    rng.shuffle(rows)
    rng.shuffle(columns)
    second = travel_times(network, demand.loc[rows], sites.loc[columns], **ask)
    back = second.for_demand(first.demand_ids).for_sites(first.site_ids)
    assert np.array_equal(first.minutes, back.minutes, equal_nan=True)
    assert np.array_equal(first.metres, back.metres, equal_nan=True)
    assert first.provenance == second.provenance


@settings(max_examples=25)
@given(towns())
def test_going_by_way_of_a_third_place_is_never_quicker(network: RoadNetwork) -> None:
    frame = at_nodes(network, sorted({*network.link_from.tolist()})[:8])
    minutes = travel_times(
        network, frame, frame, profile=profile("car"), direction="to_site"
    ).minutes  # rows leave, columns arrive
    via = (minutes[:, :, None] + minutes[None, :, :]).min(axis=1)
    assert (minutes <= via + NEAR_MIN).all()


@settings(max_examples=25)
@given(towns())
def test_walking_is_the_same_both_ways(network: RoadNetwork) -> None:
    frame = at_nodes(network, sorted({*network.link_from.tolist()})[:8])
    minutes = travel_times(
        network, frame, frame, profile=profile("walk"), direction="to_site"
    ).minutes
    np.testing.assert_allclose(minutes, minutes.T, atol=1e-9)


def test_fewer_demand_points_than_sites_gives_the_same_times() -> None:
    """The search starts from the smaller side; which one that is must not matter."""
    nodes, ways = square_town(7)
    network = toy_network(nodes, ways)
    sites = {f"s{k}": (83.0 * k, 59.0 * ((k * 3) % 7)) for k in range(7)}
    many = {f"d{k}": (61.0 * (k % 10), 47.0 * ((k * 7) % 12)) for k in range(30)}
    for direction in ("from_site", "to_site"):
        full = solve(network, many, sites, direction=direction)
        few = solve(
            network, {name: many[name] for name in ("d3", "d11")}, sites, direction=direction
        )
        part = full.for_demand(["d3", "d11"])
        np.testing.assert_allclose(few.minutes, part.minutes, atol=1e-9)
        np.testing.assert_allclose(few.metres, part.metres, atol=1e-6)


# ---- what may not be driven ------------------------------------------------------------


SQUARE: Nodes = {1: (0, 0), 2: (1000, 0), 3: (1000, 1000), 4: (0, 1000), 5: (2000, 0)}


def no_turn(from_way: int, via: int, to_way: int, *, only: bool = False) -> Restriction:
    return Restriction(
        id=1, only=only, shape=ANY, modes=CAR, from_ways=(from_way,), to_ways=(to_way,),
        via_node=via, via_ways=(),
    )  # fmt: skip


def around() -> list[Way]:
    r"""``4 ------ 3``
    ``|        |``
    ``1 ------ 2 ------ 5``  ways: 1-2, 2-3, 3-4, 4-1, 2-5, each 1 km and minute
    """
    return [
        ((1, 2), STREET),
        ((2, 3), STREET),
        ((3, 4), STREET),
        ((4, 1), STREET),
        ((2, 5), STREET),
    ]


@pytest.mark.parametrize("direction", ["from_site", "to_site"])
def test_a_forbidden_turn_is_driven_round(direction: str) -> None:
    """From 500 m along 1-2 to 500 m along 2-3: a minute, or by way of 5 or of 4 where the turn
    at 2 is forbidden: on to 5 and back (0.5 + 1 + 1 + 0.5) or round by 1, 4 and 3 (0.5 + 1 + 1
    + 0.5), both 3 minutes. The other way round nothing is forbidden."""
    network = toy_network(SQUARE, around(), restrictions=[no_turn(1, 2, 2)])
    ends = {"a": (500, 0)}, {"b": (1000, 500)}
    start, stop = ends if direction == "from_site" else ends[::-1]
    there = solve(network, stop, start, direction=direction)  # from a to b
    back = solve(network, start, stop, direction=direction)  # from b to a
    assert there.minutes[0, 0] == pytest.approx(3.0, abs=1e-3)
    assert back.minutes[0, 0] == pytest.approx(1.0, abs=1e-3)
    free = solve(toy_network(SQUARE, around()), stop, start, direction=direction)
    assert free.minutes[0, 0] == pytest.approx(1.0, abs=1e-3)


def test_an_only_turn_forbids_the_others_and_binds_nobody_on_foot() -> None:
    """Only straight on to 5 from 1-2: to 500 m along 2-3 by way of 5 (3 minutes) again."""
    network = toy_network(SQUARE, around(), restrictions=[no_turn(1, 2, 5, only=True)])
    spots = {"b": (1000, 500)}, {"a": (500, 0)}
    assert solve(network, *spots).minutes[0, 0] == pytest.approx(3.0, abs=1e-3)
    walk = solve(
        network, *spots, by=profile("walk", {"leg_kph": 60.0, "speeds_kph": {"residential": 60.0}})
    )
    assert walk.minutes[0, 0] == pytest.approx(1.0, abs=1e-3)


def test_an_access_only_road_is_no_short_cut() -> None:
    """``1 ------ 2`` 1 km; the long way by 4 and 3 is 3 km. With 1-2 for access only, a drive from
    beyond 1 to beyond 2 goes round; a house on it is reached, and left, by its nearer end."""
    nodes = {**SQUARE, 6: (-1000, 0)}
    ways: list[Way] = [
        ((1, 2), {**STREET, "motor_vehicle": "destination"}),
        ((2, 3), STREET), ((3, 4), STREET), ((4, 1), STREET), ((2, 5), STREET), ((1, 6), STREET),
    ]  # fmt: skip
    network = toy_network(nodes, ways)
    times = solve(network, {"east": (1500, 0), "house": (400, 0)}, {"west": (-500, 0)})
    assert times.minutes[:, 0] == pytest.approx([4.0, 0.9], abs=1e-3)
    out = solve(network, {"east": (1500, 0), "west": (-500, 0)}, {"house": (400, 0)})
    assert out.minutes[:, 0] == pytest.approx([1.1, 0.9], abs=1e-3)
    quick = {"speeds_kph": {"residential": 60.0}, "end_s": {"through": 0, "give_way": 0}}
    by = profile("blue_light", quick)
    crew = solve(network, {"east": (1500, 0)}, {"west": (-500, 0)}, by=by)
    assert crew.minutes[0, 0] == pytest.approx(2.0, abs=1e-3)


def test_what_only_a_private_road_leads_to_is_reached() -> None:
    """``1 -- 2 == 3 -- 4`` with 2-3 private: 3-4 (untagged) hangs on it and is reached."""
    nodes: Nodes = {1: (0, 0), 2: (1000, 0), 3: (2000, 0), 4: (3000, 0)}
    ways: list[Way] = [
        ((1, 2), STREET),
        ((2, 3), {**STREET, "access": "private"}),
        ((3, 4), STREET),
    ]
    times = solve(toy_network(nodes, ways), {"far": (2500, 0)}, {"near": (500, 0)})
    assert times.minutes[0, 0] == pytest.approx(2.0, abs=1e-3)


def test_several_profiles_at_once_are_each_as_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The places are put on the road once per mode, and the figures are the same."""
    nodes, ways = square_town(5)
    network = toy_network(nodes, ways)
    demand, sites = places({f"d{k}": (67.0 * k, 43.0 * k) for k in range(5)}), places({"s": (9, 9)})
    snapped: list[int] = []
    real = times_module.snap
    monkeypatch.setattr(
        times_module, "snap", lambda *a, **k: (snapped.append(a[4].mode), real(*a, **k))[1]
    )
    names = ("car", "car_peak", "car_night", "blue_light", "blue_light_night")
    together = ensemble(network, demand, sites, profiles=[profile(name) for name in names],
                        direction="to_site", bound_min=30)  # fmt: skip
    assert sorted(snapped) == [1, 1, 2, 2]  # demand and sites, once for cars, once for crews
    for name in names:
        alone = travel_times(network, demand, sites, profile=profile(name), direction="to_site",
                             bound_min=30)  # fmt: skip
        ours = together[profile(name).name]
        assert np.array_equal(ours.minutes, alone.minutes, equal_nan=True)
        assert ours.provenance == alone.provenance
    with pytest.raises(InputError, match="same id more than once"):
        ensemble(network, demand, sites, profiles=[profile("car")] * 2, direction="to_site")


# ---- a whole county against two routing engines ----------------------------------------


@pytest.fixture(scope="module")
def oracle(shared_data: Path) -> dict[str, np.ndarray]:
    """Our minutes and metres beside the engines' (sites in rows, LSOAs in columns)."""
    folder = shared_data / "oracle_rutland"
    sites = pd.read_csv(folder / "rutland_sites_to_lsoa_from.csv").set_index("id")
    areas = pd.read_csv(folder / "rutland_sites_to_lsoa_to.csv").set_index("id")
    for frame in (sites, areas):
        lon, lat = frame["lon"].to_numpy(), frame["lat"].to_numpy()
        frame["easting"], frame["northing"] = grid_xy(lon, lat)
    network = read_roads(shared_data / "rutland/rutland-latest_2022-07-20.osm.pbf")
    ours = travel_times(network, areas, sites, profile=profile("car"), direction="from_site")
    pairs = pd.read_csv(folder / "rutland_sites_to_lsoa.csv").set_index(["from_id", "to_id"])
    table = {
        name: pairs[name].unstack().reindex(index=sites.index, columns=areas.index).to_numpy()
        for name in pairs.columns
    }
    table |= {"ours_s": ours.minutes.T * 60.0, "ours_m": ours.metres.T}
    near = [frame["osrm_snap_m"].to_numpy() <= 100 for frame in (sites, areas)]
    table["close"] = near[0][:, None] & near[1][None, :]
    table["lost"] = np.tile(areas.index == "E01013802", (len(sites), 1))
    return table


def spearman(one: np.ndarray, two: np.ndarray) -> float:
    return float(pd.Series(one).corr(pd.Series(two), method="spearman"))


@pytest.mark.parametrize("engine", ["osrm", "valhalla"])
def test_rutland_ranks_and_distances_agree_with_each_engine(
    oracle: dict[str, np.ndarray], engine: str
) -> None:
    """As SOURCE.txt compares the engines: pairs over 60 s with both ends within 100 m of a road."""
    theirs_s, theirs_m = oracle[f"{engine}_s"], oracle[f"{engine}_m"]
    kept = oracle["close"] & (theirs_s > 60) & np.isfinite(theirs_s)
    assert kept.sum() > 1000
    assert spearman(oracle["ours_s"][kept], theirs_s[kept]) >= 0.98
    ratio = oracle["ours_m"][kept] / theirs_m[kept]
    assert np.median(ratio) == pytest.approx(1.0, abs=0.01)
    assert np.quantile(ratio, 0.05) >= 0.9
    assert np.quantile(ratio, 0.95) <= 1.1


def test_rutland_times_lie_within_the_engines_band(oracle: dict[str, np.ndarray]) -> None:
    """Over all pairs over 60 s, near the road or not: the two engines' range widened by 20 %."""
    low = np.minimum(oracle["osrm_s"], oracle["valhalla_s"])
    high = np.maximum(oracle["osrm_s"], oracle["valhalla_s"])
    kept = np.isfinite(low) & (low > 60)
    ours_s = oracle["ours_s"][kept]
    inside = (ours_s >= 0.8 * low[kept]) & (ours_s <= 1.2 * high[kept])
    assert kept.sum() > 1600
    assert inside.mean() >= 0.95


def test_rutland_003c_is_reached_from_everywhere(oracle: dict[str, np.ndarray]) -> None:
    assert np.isfinite(oracle["ours_s"]).all()
    assert oracle["ours_s"][oracle["lost"]].max() < 40 * 60


def test_rutland_walking_is_slower_than_driving_and_bounded(shared_data: Path) -> None:
    network = read_roads(shared_data / "rutland/rutland-latest_2022-07-20.osm.pbf")
    demand = pd.read_csv(shared_data / "rutland/rutland_lsoa11_demand.csv").set_index("lsoa11cd")
    demand = demand.rename(columns={"X": "easting", "Y": "northing"})
    shops = pd.read_csv(shared_data / "rutland/rutland_libraries_2023.csv")
    shops = shops.rename(columns={"Easting": "easting", "Northing": "northing"})
    shops = shops.set_index("Name")
    walk = travel_times(
        network, demand, shops, profile=profile("walk"), direction="to_site", bound_min=60
    )
    drive = travel_times(network, demand, shops, profile=profile("car"), direction="to_site")
    both = np.isfinite(walk.minutes)
    assert 0 < both.mean() < 0.5
    assert (walk.minutes[both] <= 60).all()
    assert (walk.minutes[both] > drive.minutes[both]).all()
    assert np.isfinite(drive.minutes).all()

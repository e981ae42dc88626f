"""Reading roads: which modes may go where, what a network holds, and which files are refused."""

from __future__ import annotations

import dataclasses
import random
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from assets.issues import InputError
from coverage.graph import mode_graph
from coverage.network import FREE, GIVE_WAY, ROUNDABOUT_ENTRY, SIGNALS, THROUGH, RoadNetwork
from coverage.osm import BLUE, CAR, ROAD_CLASSES, WALK
from coverage.roads import read_roads
from tests.toy_roads import Way, lonlat, toy_network, write_pbf

RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"


@pytest.fixture(scope="module")
def rutland(shared_data: Path) -> RoadNetwork:
    return read_roads(shared_data / RUTLAND)


# ---- the network -----------------------------------------------------------------------

STREET = {"highway": "residential"}
MAIN = {"highway": "primary"}


def hops(network: RoadNetwork, mode: int) -> set[tuple[int, int]]:
    """Directed links of a mode, by OpenStreetMap id."""
    rows = np.flatnonzero(network.link_modes & mode)
    start = network.node_osm_id[network.link_from[rows]]
    stop = network.node_osm_id[network.link_to[rows]]
    return set(zip(start.tolist(), stop.tolist(), strict=True))


def graph_of(network: RoadNetwork, mode: int) -> nx.DiGraph:
    rows = np.flatnonzero(network.link_modes & mode)
    pairs = zip(network.link_from[rows].tolist(), network.link_to[rows].tolist(), strict=True)
    return nx.DiGraph(pairs)


def test_a_street_and_a_one_way_street(tmp_path: Path) -> None:
    """``1 === 2 --> 3``: the second street is one-way; lengths 300 m and 400 m."""
    nodes = {1: (0, 0), 2: (300, 0), 3: (300, 400)}
    ways: list[Way] = [((1, 2), STREET), ((2, 3), {**STREET, "oneway": "yes"})]
    network = read_roads(write_pbf(tmp_path / "toy.osm.pbf", nodes, ways))
    assert hops(network, CAR) == {(1, 2), (2, 1), (2, 3)}
    assert hops(network, WALK) == {(1, 2), (2, 1), (2, 3), (3, 2)}
    lengths = dict(zip(network.link_way.tolist(), network.link_length_m.tolist(), strict=True))
    assert lengths == pytest.approx({1: 300.0, 2: 400.0}, abs=0.05)
    assert network.node_x[0] == pytest.approx(380_000, abs=0.02)
    assert network.source == "toy.osm.pbf"
    assert len(network.sha256) == 64


def test_the_file_and_the_arrays_give_the_same_network(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (300, 0), 3: (300, 400), 4: (0, 400)}
    ways: list[Way] = [((1, 2, 3), MAIN), ((3, 4), STREET), ((4, 1), STREET)]
    tags = {2: {"barrier": "bollard"}, 3: {"highway": "traffic_signals"}}
    read = read_roads(write_pbf(tmp_path / "toy.osm.pbf", nodes, ways, tags))
    made = toy_network(nodes, ways, tags)
    for name in ("link_from", "link_to", "link_modes", "link_end", "link_way", "node_osm_id"):
        assert np.array_equal(getattr(read, name), getattr(made, name)), name
    np.testing.assert_allclose(read.link_length_m, made.link_length_m, atol=0.05)


def test_link_reverse_pairs_the_two_directions() -> None:
    network = toy_network(
        {1: (0, 0), 2: (100, 0), 3: (200, 0)},
        [((1, 2), STREET), ((2, 3), {"highway": "motorway"})],
    )
    twin = network.link_reverse
    assert (twin >= 0).sum() == 2
    for link in np.flatnonzero(twin >= 0):
        assert twin[twin[link]] == link
        assert network.link_from[link] == network.link_to[twin[link]]


def test_a_bollard_severs_the_road_for_vehicles_only(tmp_path: Path) -> None:
    """``1 === 2 [bollard] === 3``: cars reach node 2 from both ends and pass from neither."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0)}
    path = write_pbf(
        tmp_path / "b.osm.pbf", nodes, [((1, 2, 3), STREET)], {2: {"barrier": "bollard"}}
    )
    network = read_roads(path)
    cars, feet = graph_of(network, CAR), graph_of(network, WALK)
    at = {osm: np.flatnonzero(network.node_osm_id == osm) for osm in (1, 2, 3)}
    assert not nx.has_path(cars, at[1][0], at[3][0])
    assert nx.has_path(feet, at[1][0], at[3][0])
    total_m = network.link_length_m[(network.link_modes & CAR) > 0].sum()
    assert total_m == pytest.approx(400.0, abs=0.1)  # no length is lost, only the way through


def test_a_locked_gate_stops_cars_not_crews(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0)}
    gate = {2: {"barrier": "gate", "access": "private"}}
    network = read_roads(write_pbf(tmp_path / "g.osm.pbf", nodes, [((1, 2, 3), STREET)], gate))
    first, last = np.flatnonzero(np.isin(network.node_osm_id, [1, 3]))
    assert not nx.has_path(graph_of(network, CAR), first, last)
    assert nx.has_path(graph_of(network, BLUE), first, last)


def test_barriers_at_both_ends_and_on_a_fork() -> None:
    """A bollard where three streets meet severs each from the others."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 50), 4: (200, -50)}
    ways: list[Way] = [((1, 2), STREET), ((2, 3), STREET), ((2, 4), STREET)]
    bollards = {2: {"barrier": "bollard"}, 3: {"barrier": "bollard"}}
    network = toy_network(nodes, ways, bollards)
    pieces = list(nx.weakly_connected_components(graph_of(network, CAR)))
    assert sorted(len(piece) for piece in pieces) == [2, 2, 2]
    assert nx.is_weakly_connected(graph_of(network, WALK))


def test_ends_of_links() -> None:
    """A primary road 1-2-3 with a side street at 2, and signals at 3 where 4 joins."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0), 5: (100, 90), 6: (40, 90)}
    ways: list[Way] = [((1, 2, 3, 4), MAIN), ((2, 5), STREET), ((5, 6), {"highway": "service"})]
    network = toy_network(nodes, ways, {3: {"highway": "traffic_signals"}})
    osm = network.node_osm_id
    found = {
        (int(osm[a]), int(osm[b])): int(end)
        for a, b, end in zip(network.link_from, network.link_to, network.link_end, strict=True)
    }
    assert found[1, 2] == THROUGH
    assert found[5, 2] == GIVE_WAY
    assert found[2, 3] == SIGNALS
    assert found[2, 1] == FREE
    assert found[6, 5] == FREE  # a service road makes no junction


def test_a_roundabout_is_entered_once() -> None:
    """A ring 1-2-3-4 with an arm at 1: entering it costs, going round it does not."""
    nodes = {1: (0, 0), 2: (20, 20), 3: (0, 40), 4: (-20, 20), 5: (0, -100)}
    ring = {"highway": "primary", "junction": "roundabout"}
    network = toy_network(nodes, [((1, 2, 3, 4, 1), ring), ((5, 1), MAIN)])
    osm = network.node_osm_id
    ends = {
        (int(osm[a]), int(osm[b])): int(end)
        for a, b, end in zip(network.link_from, network.link_to, network.link_end, strict=True)
    }
    assert ends[5, 1] == ROUNDABOUT_ENTRY
    assert {ends[pair] for pair in [(1, 2), (2, 3), (3, 4), (4, 1)]} == {FREE}
    assert hops(network, CAR) == {(1, 2), (2, 3), (3, 4), (4, 1), (5, 1), (1, 5)}


def test_streets_close_together_are_urban() -> None:
    """Twelve 400 m streets 30 m apart, and a lane 5 km off."""
    nodes: dict[int, tuple[float, float]] = {}
    ways: list[Way] = []
    for k in range(12):
        nodes |= {2 * k + 1: (0.0, 30.0 * k), 2 * k + 2: (400.0, 30.0 * k)}
        nodes |= {100 + k: (200.0, 30.0 * k)}
        ways.append(((2 * k + 1, 100 + k, 2 * k + 2), STREET))
    nodes |= {91: (5000.0, 0.0), 92: (5400.0, 0.0)}
    ways.append(((91, 92), STREET))
    network = toy_network(nodes, ways)
    town = network.node_x[network.link_from] < 381_000
    assert network.link_urban[town].all()
    assert not network.link_urban[~town].any()


def test_lines_are_whole_ways_by_class(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (300, 0), 3: (300, 400)}
    network = toy_network(nodes, [((1, 2, 3), MAIN), ((3, 1), STREET)])
    every, main = network.lines(), network.lines(["primary"])
    assert list(every["way_id"]) == [1, 2]
    assert list(main["road_class"]) == ["primary"]
    assert main.crs.to_epsg() == 27700
    assert main.length.iloc[0] == pytest.approx(700.0, abs=0.1)
    assert len(network.lines(["motorway"])) == 0
    with pytest.raises(InputError, match="did you mean 'primary'"):
        network.lines(["primry"])


def test_places_are_read_and_sorted(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (300, 0), 7: (50, 50), 8: (60, 60), 9: (70, 70)}
    tags = {
        7: {"place": "village", "name": "Evershead"},
        8: {"place": "town", "name": "Casterbridge"},
        9: {"place": "farm", "name": "Talbothays"},
    }
    network = read_roads(write_pbf(tmp_path / "p.osm.pbf", nodes, [((1, 2), STREET)], tags))
    assert [(place.kind, place.name) for place in network.places] == [
        ("town", "Casterbridge"),
        ("village", "Evershead"),
    ]
    assert network.places[1].x == pytest.approx(380_050, abs=0.05)


def test_nodes_missing_from_a_clipped_file_leave_a_gap(tmp_path: Path) -> None:
    """Way 1-2-99-3 where node 99 lies outside the extract: 2 and 3 are not joined."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (300, 0), 4: (400, 0)}
    network = read_roads(write_pbf(tmp_path / "c.osm.pbf", nodes, [((1, 2, 99, 3, 4), STREET)]))
    assert hops(network, CAR) == {(1, 2), (2, 1), (3, 4), (4, 3)}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_ways_in_the_file_changes_nothing(tmp_path: Path, seed: int) -> None:
    nodes = {k: (100.0 * (k % 5), 100.0 * (k // 5)) for k in range(1, 25)}
    ways: list[Way] = [((k, k + 1), STREET if k % 3 else MAIN) for k in range(1, 24)]
    path = write_pbf(tmp_path / "a.osm.pbf", nodes, ways)
    first = read_roads(path)
    import osmium

    shuffled = list(enumerate(ways, start=1))
    random.Random(seed).shuffle(shuffled)
    other = tmp_path / "b.osm.pbf"
    with osmium.SimpleWriter(str(other)) as writer:
        for node, (x, y) in nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=node, location=lonlat(x, y)))
        for number, (refs, tags) in shuffled:
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=list(refs), tags=tags))
    second = read_roads(other)
    for name in ("node_x", "link_from", "link_to", "link_length_m", "link_way", "way_nodes"):
        assert np.array_equal(getattr(first, name), getattr(second, name)), name


def test_reading_twice_gives_the_same_network(tmp_path: Path) -> None:
    path = write_pbf(tmp_path / "t.osm.pbf", {1: (0, 0), 2: (9, 9)}, [((1, 2), STREET)])
    one, two = read_roads(path), read_roads(str(path))
    assert one.sha256 == two.sha256
    assert np.array_equal(one.node_x, two.node_x)


# ---- islands ---------------------------------------------------------------------------


def test_islands_are_found_and_measured() -> None:
    """A main street of 2 km, a detached 100 m piece, and a one-way stub nobody returns from."""
    nodes = {1: (0, 0), 2: (2000, 0), 3: (500, 500), 4: (600, 500), 5: (2000, 100)}
    ways: list[Way] = [
        ((1, 2), STREET),
        ((3, 4), STREET),
        ((2, 5), {**STREET, "oneway": "yes"}),
    ]
    graph = mode_graph(toy_network(nodes, ways), CAR)
    assert [round(island.length_m) for island in graph.islands] == [100, 100]
    assert {island.links for island in graph.islands} == {1, 2}
    assert len(mode_graph(graph.network, WALK).islands) == 1


def test_a_second_large_island_is_main_network_too() -> None:
    nodes = {1: (0, 0), 2: (2000, 0), 3: (0, 5000), 4: (1900, 5000)}
    graph = mode_graph(toy_network(nodes, [((1, 2), STREET), ((3, 4), STREET)]), CAR)
    assert graph.islands == ()
    assert len(graph.seg_forward) == 2


def test_a_mode_without_roads_is_refused() -> None:
    network = toy_network({1: (0, 0), 2: (10, 0)}, [((1, 2), {"highway": "footway"})])
    with pytest.raises(InputError, match="no connected road usable by car"):
        mode_graph(network, CAR)


def test_a_one_way_street_alone_is_no_network_for_cars() -> None:
    network = toy_network({1: (0, 0), 2: (10, 0)}, [((1, 2), {**STREET, "oneway": "yes"})])
    with pytest.raises(InputError, match="no connected road usable by car"):
        mode_graph(network, CAR)
    assert len(mode_graph(network, WALK).seg_forward) == 1


# ---- what is refused -------------------------------------------------------------------


def refusal(source: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        read_roads(source)
    assert len(caught.value.issues) == 1
    assert caught.value.issues[0].remedy
    return str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "there is no file" in refusal(tmp_path / "none.osm.pbf")
    assert "is a folder, not a file" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"<osm></osm>", b"id,lon,lat\n1,2,3\n", bytes(500), b"\x00\x00\x00\x0eOSM"]
)
def test_a_file_that_is_not_a_pbf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.osm.pbf"
    path.write_bytes(content)
    assert "is not an OpenStreetMap .osm.pbf file" in refusal(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of several blocks: 9,000 nodes and 8,500 ways."""
    nodes = {k + 1: (float(k % 100) * 50.0, float(k // 100) * 50.0) for k in range(9000)}
    ways: list[Way] = [((k, k + 1), STREET) for k in range(1, 8501)]
    path = write_pbf(tmp_path_factory.mktemp("whole") / "w.osm.pbf", nodes, ways)
    return path.read_bytes()


def block_starts(data: bytes) -> list[int]:
    starts, at = [], 0
    while at < len(data):
        starts.append(at)
        head = int.from_bytes(data[at : at + 4], "big")
        sizes = data[at + 4 : at + 4 + head].rsplit(b"\x18", 1)[1]
        size = sum((byte & 0x7F) << 7 * k for k, byte in enumerate(sizes))
        at += 4 + head + size
    return starts


@pytest.mark.parametrize("share", [0.0005, 0.003, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999])
def test_a_file_cut_short_is_refused(tmp_path: Path, whole: bytes, share: float) -> None:
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    text = refusal(path)
    assert "cut short" in text or "is not an OpenStreetMap" in text


def test_a_file_cut_between_blocks_is_refused(tmp_path: Path, whole: bytes) -> None:
    """No byte is broken, yet half the ways are gone: known by ending on a full block."""
    starts = block_starts(whole)
    assert len(starts) == 5  # header, two of nodes, two of ways
    for start in starts[1:]:
        path = tmp_path / "cut.osm.pbf"
        path.write_bytes(whole[:start])
        text = refusal(path)
        assert "cut short" in text or "holds no road" in text
    path.write_bytes(whole)
    assert len(read_roads(path).way_id) == 8500


def test_a_file_cut_by_one_byte_or_one_too_long(tmp_path: Path, whole: bytes) -> None:
    path = tmp_path / "cut.osm.pbf"
    for data in (whole[:-1], whole + b"\x00", whole + b"junk and more junk"):
        path.write_bytes(data)
        assert "cut short or damaged" in refusal(path)


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "e.osm.pbf"
    path.write_bytes(b"")
    assert "e.osm.pbf is empty" in refusal(path)


def test_a_flipped_bit_anywhere_is_refused(tmp_path: Path, whole: bytes) -> None:
    """In the heads of blocks, in their sizes and names, and all through their bodies."""
    heads = [start + k for start in block_starts(whole) for k in (0, 1, 3, 5, 8, 12, 14, 15, 18)]
    places = [*heads, *range(100, len(whole), len(whole) // 25)]
    path = tmp_path / "bad.osm.pbf"
    for number, place in enumerate(places):
        data = bytearray(whole)
        data[place] ^= 1 << number % 8
        path.write_bytes(bytes(data))
        text = refusal(path)
        assert "damaged" in text or "is not an OpenStreetMap" in text, place


def test_a_file_of_blocks_of_some_other_kind_is_refused(tmp_path: Path, whole: bytes) -> None:
    """A reader may pass over blocks it does not know; half a county would be lost unseen."""
    path = tmp_path / "odd.osm.pbf"
    at = whole.rindex(b"OSMData")
    path.write_bytes(whole[:at] + b"OSMDatb" + whole[at + 7 :])
    assert "damaged" in refusal(path)


def test_no_roads(tmp_path: Path) -> None:
    nodes = {1: (0, 0), 2: (100, 0)}
    for ways in ([], [((1, 2), {"railway": "rail"})], [((1, 2), {"highway": "proposed"})]):
        path = write_pbf(tmp_path / "n.osm.pbf", nodes, ways)
        assert "holds no road" in refusal(path)
    path = write_pbf(tmp_path / "n.osm.pbf", {}, [((1, 2), STREET)])  # ways without their nodes
    assert "holds no road" in refusal(path)
    path = write_pbf(tmp_path / "n.osm.pbf", nodes, [((1,), STREET), ((1, 1), STREET)])
    assert "holds no road" in refusal(path)


def test_a_header_alone_or_with_relations_alone_holds_no_road(tmp_path: Path) -> None:
    path = write_pbf(tmp_path / "h.osm.pbf", {}, [])
    assert "holds no road" in refusal(path)
    members = [("w", 1, "from"), ("n", 2, "via"), ("w", 2, "to")]
    turn = {"type": "restriction", "restriction": "no_left_turn"}
    path = write_pbf(path, {}, [], None, [(members, turn)])
    assert "holds no road" in refusal(path)


def test_footpaths_alone_are_a_network_for_walking_only(tmp_path: Path) -> None:
    path = write_pbf(
        tmp_path / "f.osm.pbf", {1: (0, 0), 2: (100, 0)}, [((1, 2), {"highway": "footway"})]
    )
    network = read_roads(path)
    assert len(mode_graph(network, WALK).seg_forward) == 1
    for mode in (CAR, BLUE):
        with pytest.raises(InputError, match="no connected road usable by") as caught:
            mode_graph(network, mode)
        assert len(caught.value.issues) == 1
        assert caught.value.issues[0].remedy


def at_degrees(path: Path, spots: Sequence[tuple[float, float]]) -> Path:
    """One street through some places, in degrees."""
    import osmium

    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number, spot in enumerate(spots, start=1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=spot))
        refs = list(range(1, len(spots) + 1))
        writer.add_way(osmium.osm.mutable.Way(id=1, nodes=refs, tags=STREET))
    return path


@pytest.mark.parametrize(
    "spot",
    [(-122.4, 37.8), (2.35, 48.85), (6.13, 49.61), (179.99, -16.5), (-179.9, 51.2), (0.0, 0.0)],
)
def test_roads_outside_great_britain(tmp_path: Path, spot: tuple[float, float]) -> None:
    """San Francisco, Paris, Luxembourg, both sides of the antimeridian, null island."""
    spots = [(spot[0] + 0.001 * k, spot[1]) for k in range(3)]
    text = refusal(at_degrees(tmp_path / "far.osm.pbf", spots))
    assert "outside Great Britain" in text
    assert "ids (3): 1, 2, 3" in text


def test_a_street_across_the_antimeridian(tmp_path: Path) -> None:
    spots = [(179.999, 51.5), (180.0, 51.5), (-180.0, 51.5), (-179.999, 51.5)]
    text = refusal(at_degrees(tmp_path / "a.osm.pbf", spots))
    assert "4 of 4 road nodes" in text


@pytest.mark.parametrize("stray", [(0.0, 0.0), (179.9999, 52.0), (-0.7, 95.0), (6.1, 49.6)])
def test_one_stray_node_in_a_county_is_named(tmp_path: Path, stray: tuple[float, float]) -> None:
    spots = [(-0.7, 52.6), (-0.71, 52.6), stray, (-0.72, 52.6)]
    if stray[1] > 90:  # no such place: as if the file lacked the node, which leaves a gap
        network = read_roads(at_degrees(tmp_path / "s.osm.pbf", spots))
        assert hops(network, CAR) == {(1, 2), (2, 1)}
        return
    text = refusal(at_degrees(tmp_path / "s.osm.pbf", spots))
    assert "1 of 4 road nodes of s.osm.pbf lie outside Great Britain" in text
    assert "ids (1): 3" in text


def test_what_stops_no_plan_is_told(tmp_path: Path) -> None:
    """A ferry is no road, and that is said; ways for access only are marked."""
    nodes = {1: (0, 0), 2: (300, 0), 3: (300, 400)}
    ways: list[Way] = [
        ((1, 2), STREET),
        ((2, 3), {"route": "ferry", "motor_vehicle": "yes"}),
        ((1, 3), {**STREET, "access": "destination"}),
    ]
    network = read_roads(write_pbf(tmp_path / "w.osm.pbf", nodes, ways))
    (told,) = network.warnings
    assert (told.rule, told.ids, told.severity) == ("roads.ferries", ("2",), "warning")
    assert "ferries are not part of the network (1 on the map)" in told.message
    assert network.link_access_only.tolist() == [way == 3 for way in network.link_way.tolist()]
    assert network.link_access_only.sum() == 2


def test_a_network_made_by_hand_has_nothing_for_access_only() -> None:
    network = toy_network({1: (0, 0), 2: (300, 0)}, [((1, 2), STREET)])
    bare = dataclasses.replace(network, link_access_only=np.zeros(0, dtype=bool))
    assert bare.link_access_only.tolist() == [False, False]


# ---- a named place, online -------------------------------------------------------------


def fake_osmnx(graph: nx.MultiDiGraph | Exception) -> types.ModuleType:
    module = types.ModuleType("osmnx")
    settings = types.SimpleNamespace(useful_tags_way=["a"], useful_tags_node=["b"])
    settings.all_oneway = False

    def graph_from_place(name: str, **options: object) -> nx.MultiDiGraph:
        assert settings.all_oneway
        assert options == {"network_type": "all", "simplify": False, "retain_all": True}
        if isinstance(graph, Exception):
            raise graph
        return graph

    module.settings = settings  # type: ignore[attr-defined]
    module.graph_from_place = graph_from_place  # type: ignore[attr-defined]
    return module


def osm_graph(nodes: Mapping[int, tuple[float, float]], ways: Sequence[Way]) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for node, (x, y) in nodes.items():
        lon, lat = lonlat(x, y)
        graph.add_node(node, x=lon, y=lat)
    for number, (refs, tags) in enumerate(ways, start=1):
        for a, b in zip(refs, refs[1:], strict=False):
            graph.add_edge(a, b, osmid=number, length=1.0, **tags)
    return graph


def test_a_place_by_name_gives_the_same_network(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = {1: (0, 0), 2: (300, 0), 3: (300, 400)}
    ways: list[Way] = [((1, 2, 3), MAIN), ((3, 1), {**STREET, "oneway": "-1"})]
    module = fake_osmnx(osm_graph(nodes, ways))
    monkeypatch.setitem(sys.modules, "osmnx", module)
    network = read_roads("place:Casterbridge, Wessex")
    assert hops(network, CAR) == hops(toy_network(nodes, ways), CAR)
    assert network.source == "place:Casterbridge, Wessex"
    assert module.settings.useful_tags_way == ["a"]  # left as found
    assert module.settings.all_oneway is False


def test_a_place_that_cannot_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    module = fake_osmnx(ConnectionError("no route to host"))
    monkeypatch.setitem(sys.modules, "osmnx", module)
    text = refusal("place:Nowhere")
    assert "'Nowhere' cannot be fetched" in text
    assert "give an .osm.pbf extract instead" in text
    assert module.settings.all_oneway is False
    monkeypatch.setitem(sys.modules, "osmnx", fake_osmnx(osm_graph({}, [])))
    assert "holds no road" in refusal("place:Nowhere")


def test_progress_is_told(tmp_path: Path) -> None:
    path = write_pbf(tmp_path / "t.osm.pbf", {1: (0, 0), 2: (9, 9)}, [((1, 2), STREET)])
    told: list[tuple[str, float]] = []
    read_roads(path, progress=lambda stage, share: told.append((stage, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# ---- a whole county --------------------------------------------------------------------


def test_rutland_has_the_roads_its_source_says(rutland: RoadNetwork) -> None:
    """SOURCE.txt: 4,311 drivable ways, 27,850 nodes, 55,736 arcs, 1,723 directed km; 63 places.

    It leaves private roads out; here they are for access only, as a few others are.
    """
    car = ((rutland.link_modes & CAR) > 0) & ~rutland.link_access_only
    nodes = np.unique(rutland.node_osm_id[rutland.link_from[car]])
    assert len(nodes) == pytest.approx(27_850, rel=0.01)
    assert car.sum() == pytest.approx(55_736, rel=0.01)
    assert rutland.link_length_m[car].sum() / 1000 == pytest.approx(1723, rel=0.01)
    assert len(np.unique(rutland.link_way[car])) == pytest.approx(4311, rel=0.01)
    assert [place.name for place in rutland.places if place.kind == "town"] == [
        "Oakham",
        "Uppingham",
    ]
    assert {place.kind for place in rutland.places} == {"town", "village", "hamlet"}


def test_rutland_mostly_reaches_itself(rutland: RoadNetwork) -> None:
    for mode in (CAR, BLUE, WALK):
        graph = mode_graph(rutland, mode)
        usable = (rutland.link_modes & mode) > 0
        assert (graph.link_section[usable] >= 0).mean() > 0.96
        assert graph.islands
        lengths = [island.length_m for island in graph.islands]
        assert lengths == sorted(lengths, reverse=True)


def test_rutland_towns_are_urban_and_its_lanes_are_not(rutland: RoadNetwork) -> None:
    def share(name: str) -> float:
        links = rutland.link_class == ROAD_CLASSES.index(name)
        return float(np.average(rutland.link_urban[links], weights=rutland.link_length_m[links]))

    assert share("residential") > 0.5
    assert share("unclassified") < 0.1
    fast = rutland.link_maxspeed_kph > 90
    assert np.average(rutland.link_urban[fast], weights=rutland.link_length_m[fast]) < 0.05


def test_rutland_cut_anywhere_is_refused(shared_data: Path, tmp_path: Path) -> None:
    data = (shared_data / RUTLAND).read_bytes()
    starts = block_starts(data)
    path = tmp_path / "cut.osm.pbf"
    cuts = [int(len(data) * share) for share in (0.01, 0.3, 0.77, 0.92, 0.999)]
    for cut in [*cuts, *starts[1:-1]]:  # the last block is the relations, which are not roads
        path.write_bytes(data[:cut])
        with pytest.raises(InputError, match=r"cut short|holds no road"):
            read_roads(path)

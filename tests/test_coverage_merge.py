"""Several extracts as one network: nothing doubled, nothing lost, in any order."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from coverage.graph import mode_graph
from coverage.network import RoadNetwork, build_network
from coverage.osm import BLUE, CAR, CLASS_INDEX, WALK, way_rule
from coverage.sources.merge import Extract, fullest, merge
from coverage.sources.pbf import Collected, check_pbfs, read_pbf
from tests.toy_roads import ORIGIN, lonlat

RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"
STREET = {"highway": "residential"}
TURN = {"type": "restriction", "restriction": "no_left_turn"}
MEMBERS = [("w", 1, "from"), ("n", 2, "via"), ("w", 2, "to")]

Thing = tuple[Any, ...]


def write(
    path: Path,
    nodes: Mapping[int, Thing],
    ways: Mapping[int, Thing],
    relations: Mapping[int, Thing] | None = None,
) -> Path:
    """A file of nodes ``(x, y, tags, version)``, ways ``(refs, tags, version)``, relations."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for key, (x, y, tags, version) in sorted(nodes.items()):
            node = osmium.osm.mutable.Node(
                id=key, location=lonlat(x, y), tags=tags, version=version
            )
            writer.add_node(node)
        for key, (refs, tags, version) in sorted(ways.items()):
            way = osmium.osm.mutable.Way(id=key, nodes=list(refs), tags=tags, version=version)
            writer.add_way(way)
        for key, (members, tags, version) in sorted((relations or {}).items()):
            relation = osmium.osm.mutable.Relation(
                id=key, members=members, tags=tags, version=version
            )
            writer.add_relation(relation)
    return path


def row(count: int, version: int = 1) -> dict[int, Thing]:
    """Nodes 1, 2, 3 ... 100 m apart on a line."""
    return {k: (100.0 * k, 0.0, {}, version) for k in range(1, count + 1)}


def network_of(paths: Sequence[Path]) -> RoadNetwork:
    """The network of some files; the same in whatever order they are named."""
    first = build_network(read_pbf(paths), source="s", sha256="0")
    for order in itertools.permutations(paths):
        assert_same(first, build_network(read_pbf(order), source="s", sha256="0"))
    return first


def assert_same(one: RoadNetwork, two: RoadNetwork) -> None:
    for field in fields(RoadNetwork):
        mine, other = getattr(one, field.name), getattr(two, field.name)
        if isinstance(mine, np.ndarray):
            np.testing.assert_array_equal(mine, other, err_msg=field.name)
            assert mine.dtype == other.dtype, field.name
        elif field.name == "turns":
            for name in ("first", "links", "modes"):
                np.testing.assert_array_equal(getattr(mine, name), getattr(other, name))
        else:
            assert mine == other, field.name


def hops(network: RoadNetwork) -> list[tuple[int, int]]:
    """Directed links by node id, each as often as it is there."""
    osm = network.node_osm_id
    pairs = zip(osm[network.link_from].tolist(), osm[network.link_to].tolist(), strict=True)
    return sorted(pairs)


def there_and_back(*nodes: int) -> list[tuple[int, int]]:
    return sorted(pair for a, b in itertools.pairwise(nodes) for pair in ((a, b), (b, a)))


# ---- what lies on a border -------------------------------------------------------------


def test_a_shared_way_is_there_once(tmp_path: Path) -> None:
    """West has 1-2-3, east 3-4; both have the border way 2-3."""
    west = write(tmp_path / "w.osm.pbf", row(3), {1: ((1, 2), STREET, 1), 2: ((2, 3), STREET, 1)})
    east_nodes = {k: row(4)[k] for k in (2, 3, 4)}
    east = write(
        tmp_path / "e.osm.pbf", east_nodes, {2: ((2, 3), STREET, 1), 3: ((3, 4), STREET, 1)}
    )
    network = network_of([west, east])
    assert hops(network) == there_and_back(1, 2, 3, 4)
    assert network.warnings == ()


def test_each_file_places_the_nodes_the_other_lacks(tmp_path: Path) -> None:
    """Way 1-2-3-4 is whole in both files, nodes 3 and 4 lie only in one, 1 and 2 in the other."""
    nodes, ways = row(4), {1: ((1, 2, 3, 4), STREET, 1)}
    west = write(tmp_path / "w.osm.pbf", {k: nodes[k] for k in (1, 2)}, ways)
    east = write(tmp_path / "e.osm.pbf", {k: nodes[k] for k in (3, 4)}, ways)
    assert hops(network_of([west, east])) == there_and_back(1, 2, 3, 4)


def test_a_way_cut_at_both_borders_is_joined(tmp_path: Path) -> None:
    nodes = row(5)
    west = write(
        tmp_path / "w.osm.pbf", {k: nodes[k] for k in (1, 2, 3)}, {1: ((1, 2, 3), STREET, 1)}
    )
    east = write(
        tmp_path / "e.osm.pbf", {k: nodes[k] for k in (3, 4, 5)}, {1: ((3, 4, 5), STREET, 1)}
    )
    network = network_of([west, east])
    assert hops(network) == there_and_back(1, 2, 3, 4, 5)
    assert network.way_id.tolist() == [1]
    assert network.warnings == ()


def test_a_way_whose_middle_no_file_has_stays_in_two_pieces(tmp_path: Path) -> None:
    nodes = row(5)
    west = write(tmp_path / "w.osm.pbf", {k: nodes[k] for k in (1, 2)}, {1: ((1, 2), STREET, 1)})
    east = write(tmp_path / "e.osm.pbf", {k: nodes[k] for k in (4, 5)}, {1: ((4, 5), STREET, 1)})
    assert hops(network_of([west, east])) == sorted(there_and_back(1, 2) + there_and_back(4, 5))


def test_three_files_in_any_order(tmp_path: Path) -> None:
    nodes = row(7)
    parts = [(1, 2, 3), (3, 4, 5), (5, 6, 7)]
    paths = [
        write(tmp_path / f"{k}.osm.pbf", {n: nodes[n] for n in part}, {1: (part, STREET, 1)})
        for k, part in enumerate(parts)
    ]
    assert hops(network_of(paths)) == there_and_back(*range(1, 8))


# ---- files of different days -----------------------------------------------------------


def test_the_later_version_of_a_way_is_taken_and_told(tmp_path: Path) -> None:
    old = write(tmp_path / "old.osm.pbf", row(3), {1: ((1, 2, 3), STREET, 2)})
    new_way = {1: ((1, 2, 3), {"highway": "primary", "oneway": "yes"}, 10)}
    new = write(tmp_path / "new.osm.pbf", row(3), new_way)
    network = network_of([old, new])
    car = (network.link_modes & CAR) > 0
    assert (network.link_class == CLASS_INDEX["primary"]).all()
    assert car.sum() == 2
    (told,) = network.warnings
    assert told.message == (
        "the extracts (new.osm.pbf, old.osm.pbf) are of different days: ways (1) and nodes (0) "
        "differ between them, and the later version of each is taken"
    )
    assert (told.ids, told.severity) == (("way 1",), "warning")
    assert told.remedy


def test_the_later_version_of_a_way_even_if_shorter(tmp_path: Path) -> None:
    """The road was cut back: the old, longer course is not woven in again."""
    old = write(tmp_path / "old.osm.pbf", row(3), {1: ((1, 2, 3), STREET, 1)})
    new = write(tmp_path / "new.osm.pbf", row(3), {1: ((1, 2), STREET, 2)})
    assert hops(network_of([old, new])) == there_and_back(1, 2)


@pytest.mark.parametrize("later", [2, 10])
def test_the_later_place_and_tags_of_a_node_are_taken(tmp_path: Path, later: int) -> None:
    """Node 2 lost its bollard and moved 50 m; node 3 got one."""
    ways = {1: ((1, 2, 3, 4), STREET, 1)}
    bollard = {"barrier": "bollard"}
    old_nodes = row(4) | {2: (200.0, 0.0, bollard, 1)}
    new_nodes = row(4) | {2: (200.0, 50.0, {}, later), 3: (300.0, 0.0, bollard, later)}
    old = write(tmp_path / "old.osm.pbf", old_nodes, ways)
    new = write(tmp_path / "new.osm.pbf", new_nodes, ways)
    network = network_of([old, new])
    at = network.node_osm_id.tolist().index(2)
    assert network.node_y[at] - ORIGIN[1] == pytest.approx(50.0, abs=0.05)
    assert (network.node_osm_id == 2).sum() == 1
    assert (network.node_osm_id == 3).sum() == 3  # severed from both sides, whole for walkers
    (told,) = network.warnings
    assert told.ids == ("node 2", "node 3")


def test_the_later_version_of_a_turn_restriction_is_taken(tmp_path: Path) -> None:
    nodes = row(2) | {3: (200.0, 100.0, {}, 1)}
    ways = {1: ((1, 2), STREET, 1), 2: ((2, 3), STREET, 1)}
    old = write(tmp_path / "a.osm.pbf", nodes, ways, {1: (MEMBERS, TURN, 9)})
    lifted = {1: (MEMBERS, {**TURN, "except": "motor_vehicle"}, 10)}
    new = write(tmp_path / "b.osm.pbf", nodes, ways, lifted)
    assert len(network_of([old]).turns.modes) == 1
    assert len(network_of([old, new]).turns.modes) == 0


def test_files_without_versions_merge_all_the_same_in_any_order(tmp_path: Path) -> None:
    one = write(tmp_path / "a.osm.pbf", row(3, 0), {1: ((1, 2, 3), STREET, 0)})
    two_nodes = row(3, 0) | {2: (200.0, 5.0, {}, 0)}
    two = write(tmp_path / "b.osm.pbf", two_nodes, {1: ((1, 2, 3), {"highway": "primary"}, 0)})
    assert hops(network_of([one, two])) == there_and_back(1, 2, 3)


def test_settlements_signals_and_ferries_are_there_once(tmp_path: Path) -> None:
    named = {"place": "village", "name": "Evershead"}
    nodes = row(3) | {2: (200.0, 0.0, {"highway": "traffic_signals"}, 1), 9: (9.0, 9.0, named, 1)}
    ways = {1: ((1, 2, 3), STREET, 1), 2: ((1, 3), {"route": "ferry"}, 1)}
    one = write(tmp_path / "a.osm.pbf", nodes, ways)
    two = write(tmp_path / "b.osm.pbf", nodes, {**ways, 3: ((2, 3), {"route": "ferry"}, 1)})
    network = network_of([one, two])
    assert [place.name for place in network.places] == ["Evershead"]
    (told,) = network.warnings
    assert told.ids == ("2", "3")
    assert "ferries are not part of the network (2 on the map)" in told.message


# ---- what is refused -------------------------------------------------------------------


def test_an_extract_given_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.osm.pbf", row(2), {1: ((1, 2), STREET, 1)})
    again = tmp_path / "b.osm.pbf"
    again.write_bytes(path.read_bytes())
    other = write(tmp_path / "c.osm.pbf", row(3), {1: ((1, 2), STREET, 1)})
    with pytest.raises(InputError) as caught:
        check_pbfs([path, other, again])
    (issue,) = caught.value.issues
    assert issue.rule == "roads.twice"
    assert "a.osm.pbf" in issue.message
    assert "b.osm.pbf" in issue.message
    assert "c.osm.pbf" not in issue.message


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    good = write(tmp_path / "a.osm.pbf", row(2), {1: ((1, 2), STREET, 1)})
    empty, text = tmp_path / "e.osm.pbf", tmp_path / "t.osm.pbf"
    empty.write_bytes(b"")
    text.write_text("id,name\n")
    with pytest.raises(InputError) as caught:
        check_pbfs([empty, good, text, tmp_path / "none.osm.pbf"])
    assert len(caught.value.issues) == 3
    bare = [
        write(tmp_path / f"{name}.osm.pbf", row(2), {1: ((1, 2), {"railway": "rail"}, 1)})
        for name in "xy"
    ]
    with pytest.raises(InputError) as caught:
        read_pbf([bare[0], good, bare[1]])
    assert [issue.message.split()[0] for issue in caught.value.issues] == ["x.osm.pbf", "y.osm.pbf"]


# ---- pieces of a way -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cuts", "pieces"),
    [
        ([(1, 2, 3)], [(1, 2, 3)]),
        ([(1, 2, 3), (2, 3)], [(1, 2, 3)]),
        ([(1, 2, 3), (3, 4, 5)], [(1, 2, 3, 4, 5)]),
        ([(1, 2, 5), (2, 3, 4, 5)], [(1, 2, 3, 4, 5)]),  # a gap the other file fills
        ([(1, 2), (4, 5)], [(1, 2), (4, 5)]),
        ([(1, 2), (5, 6), (2, 3, 4, 5)], [(1, 2, 3, 4, 5, 6)]),
        ([(1, 2, 3, 9), (3, 4, 9)], [(1, 2, 3, 4, 9)]),
        ([(1, 2, 3), (0, 2, 3)], [(0, 2, 3), (1, 2)]),  # no telling which of 0 and 1 comes first
        ([(1, 2, 3), (3, 4, 1)], [(3, 4, 1, 2, 3)]),  # a roundabout in two halves
    ],
)
def test_pieces_of_a_way_are_woven(
    cuts: list[tuple[int, ...]], pieces: list[tuple[int, ...]]
) -> None:
    for order in itertools.permutations(cuts):
        assert fullest(order) == pieces


@given(st.integers(3, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(2, 9)), min_size=1))
def test_overlapping_stretches_of_a_way_give_it_back(
    size: int, spans: list[tuple[int, int]]
) -> None:
    """Any stretches of one way: every piece of road among them is there once, and no other."""
    way = tuple(range(size))
    cuts = [way[a : a + n] for a, n in spans if len(way[a : a + n]) >= 2]
    if not cuts:
        return
    wanted = {pair for cut in cuts for pair in itertools.pairwise(cut)}
    got = [pair for piece in fullest(cuts) for pair in itertools.pairwise(piece)]
    assert sorted(got) == sorted(wanted)


NODE = st.integers(1, 9)


def extract_of(ways: Mapping[int, tuple[int, ...]], inside: frozenset[int]) -> Extract:
    """Some ways as a file would hold them that keeps only the nodes inside a border."""
    got, places = Collected(), []
    for way, refs in sorted(ways.items()):
        if inside.isdisjoint(refs):
            continue
        got.way_id.append(way)
        got.way_version.append(1)
        got.rules.append(way_rule(STREET))
        got.counts.append(len(refs))
        got.refs.extend(refs)
        places += [
            lonlat(100.0 * node, node**2) if node in inside else (np.nan,) * 2 for node in refs
        ]
    xy = np.array(places, dtype=float).reshape(-1, 2)
    return got.extract("x", xy[:, 0].copy(), xy[:, 1].copy())


@given(
    st.dictionaries(
        st.integers(1, 5),
        st.lists(NODE, min_size=2, max_size=6, unique=True).map(tuple),
        min_size=1,
    ),
    st.frozensets(NODE),
    st.frozensets(NODE),
)
def test_any_two_sides_of_a_border_make_the_whole(
    ways: dict[int, tuple[int, ...]], west: frozenset[int], more: frozenset[int]
) -> None:
    """Whatever nodes each side keeps, together all of them: every piece of road, each once."""
    east = (frozenset(range(1, 10)) - west) | more
    sides = [extract_of(ways, inside) for inside in (west, east)]
    if not any(len(side.raw.way_id) for side in sides):
        return
    wanted = sorted(pair for refs in ways.values() for pair in there_and_back(*refs))
    for order in (sides, sides[::-1]):
        raw = merge(order, lambda ids: {})
        assert raw.way_id.tolist() == sorted(ways)
        assert hops(build_network(raw, source="s", sha256="0")) == wanted


# ---- a whole county --------------------------------------------------------------------


Ids = frozenset[int]


@dataclass(frozen=True)
class County:
    """A county's file, its network, and what lies in either of two overlapping halves."""

    source: Path
    network: RoadNetwork
    refs: Mapping[int, tuple[int, ...]]
    sides: tuple[Ids, Ids]


@pytest.fixture(scope="module")
def county(shared_data: Path) -> County:
    """Rutland; west of 0.64 and east of 0.70 degrees west."""
    source = shared_data / RUTLAND
    lon: dict[int, float] = {}
    refs: dict[int, tuple[int, ...]] = {}
    highways = osmium.filter.KeyFilter("highway")
    highways.enable_for(osmium.osm.WAY)
    kinds = osmium.osm.NODE | osmium.osm.WAY
    for thing in osmium.FileProcessor(str(source), kinds).with_filter(highways):
        if isinstance(thing, osmium.osm.Node):
            lon[thing.id] = thing.lon
        elif isinstance(thing, osmium.osm.Way):
            refs[thing.id] = tuple(node.ref for node in thing.nodes)
    west = frozenset(node for node, x in lon.items() if x < -0.64)
    east = frozenset(node for node, x in lon.items() if x > -0.70)
    network = build_network(read_pbf([source]), source="s", sha256="0")
    return County(source, network, refs, (west, east))


def only(kind: Any, ids: Collection[int]) -> osmium.filter.IdFilter:
    found = osmium.filter.IdFilter(sorted(ids))
    found.enable_for(kind)
    return found


def half(county: County, inside: Ids, path: Path, how: str) -> Path:
    """One half: the highways that touch it.

    ``complete``: with all their nodes (as Geofabrik cuts); ``clipped``: with the nodes inside
    only, ways keeping all references; ``dropped``: and ways keeping only those references.
    """
    mine = {way for way, refs in county.refs.items() if not inside.isdisjoint(refs)}
    crossing = {way for way in mine if not inside.issuperset(county.refs[way])}
    beyond = {node for way in crossing for node in county.refs[way]}
    nodes = inside | beyond if how == "complete" else inside
    whole = mine - crossing if how == "dropped" else mine
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        filters = (only(osmium.osm.NODE, nodes), only(osmium.osm.WAY, whole))
        osmium.apply(str(county.source), *filters, writer)
        if how == "dropped":
            found = only(osmium.osm.WAY, crossing)
            for way in osmium.FileProcessor(str(county.source), osmium.osm.WAY).with_filter(found):
                kept = [node for node in county.refs[way.id] if node in inside]
                writer.add_way(way.replace(nodes=kept))
    return path


@pytest.mark.parametrize("how", ["complete", "clipped", "dropped"])
def test_rutland_in_two_halves_is_rutland(county: County, tmp_path: Path, how: str) -> None:
    whole = county.network
    paths = [
        half(county, inside, tmp_path / f"{k}.osm.pbf", how)
        for k, inside in enumerate(county.sides)
    ]
    for path in paths:
        part = build_network(read_pbf([path]), source="s", sha256="0")
        assert len(part.link_from) < 0.8 * len(whole.link_from)
    merged = build_network(read_pbf(paths), source="s", sha256="0")
    assert_same(build_network(read_pbf(paths[::-1]), source="s", sha256="0"), merged)
    assert hops(merged) == hops(whole)
    assert merged.link_length_m.sum() == pytest.approx(whole.link_length_m.sum(), rel=1e-12)
    if how != "dropped":  # a ring in two halves may begin at another of its nodes
        assert_same(merged, whole)
    for mode in (CAR, BLUE, WALK):
        ours, theirs = mode_graph(merged, mode), mode_graph(whole, mode)
        assert len(ours.islands) == len(theirs.islands)
        assert (ours.link_section >= 0).sum() == (theirs.link_section >= 0).sum()

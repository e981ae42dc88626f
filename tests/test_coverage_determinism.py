"""The same roads and places in another order, or on another day, give the same answer.

Order is shuffled where it may creep in: ways and nodes in the file, files in the list, rows of
demand and sites, and the seed of Python's own hashing (in processes of their own).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.speeds import profile
from coverage.times import TravelTimes, travel_times
from tests.toy_roads import lonlat, places

WESSEX = Path(__file__).resolve().parent.parent / "data" / "wessex"
NAMED_BY_FILE = {"source", "sha256", "files"}
"""What a network says of its files: other bytes, other checksum."""


def plain(value: Any) -> Any:
    """A field of a dataclass of arrays as values that compare with ``==``."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if dataclasses.is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    return value


def differing(one: object, other: object, but: Sequence[str] = ()) -> list[str]:
    """Names of the fields in which two dataclasses differ, to the last bit."""
    names = [field.name for field in dataclasses.fields(one) if field.name not in but]
    return [name for name in names if plain(getattr(one, name)) != plain(getattr(other, name))]


def things_of(path: Path) -> tuple[list[Any], list[Any], list[Any]]:
    """An extract's nodes, ways and relations as objects that can be written again."""
    found: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for thing in osmium.FileProcessor(str(path)):
        if thing.is_node():
            at = (thing.location.lon, thing.location.lat)
            row = {"id": thing.id, "location": at, "tags": dict(thing.tags)}
            found[0].append(osmium.osm.mutable.Node(**row, version=thing.version))
        elif thing.is_way():
            refs = [node.ref for node in thing.nodes]
            row = {"id": thing.id, "nodes": refs, "tags": dict(thing.tags)}
            found[1].append(osmium.osm.mutable.Way(**row, version=thing.version))
        else:
            members = [(m.type, m.ref, m.role) for m in thing.members]
            row = {"id": thing.id, "members": members, "tags": dict(thing.tags)}
            found[2].append(osmium.osm.mutable.Relation(**row, version=thing.version))
    return found


def write(path: Path, nodes: Sequence[Any], ways: Sequence[Any], rest: Sequence[Any] = ()) -> Path:
    """An extract of these things, in this order."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for node in nodes:
            writer.add_node(node)
        for way in ways:
            writer.add_way(way)
        for relation in rest:
            writer.add_relation(relation)
    return path


def shuffled(things: Sequence[Any], seed: int) -> list[Any]:
    order = np.random.default_rng(seed).permutation(len(things))
    return [things[k] for k in order]


@pytest.fixture(scope="module")
def county() -> RoadNetwork:
    return read_roads(WESSEX / "roads.osm.pbf")


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Any], list[Any], list[Any]]:
    return things_of(WESSEX / "roads.osm.pbf")


def layer(name: str, ids: str, most: int) -> pd.DataFrame:
    """Some rows of one of Wessex's layers, evenly spread."""
    table = pd.read_csv(WESSEX / f"{name}.csv").set_index(ids)
    return table.iloc[:: max(1, len(table) // most)]


@pytest.fixture(scope="module")
def sites() -> pd.DataFrame:
    return layer("buildings", "asset_id", 40)


@pytest.fixture(scope="module")
def demand() -> pd.DataFrame:
    return layer("demand", "demand_id", 150)


# ---- files -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_ways_and_nodes_of_a_county_in_any_order(
    county: RoadNetwork, drawn: tuple[list[Any], ...], tmp_path: Path, seed: int
) -> None:
    nodes, ways, rest = (shuffled(part, seed) for part in drawn)
    assert [way.id for way in ways] != [way.id for way in drawn[1]]
    again = read_roads(write(tmp_path / "again.osm.pbf", nodes, ways, rest))
    assert differing(county, again, but=[*NAMED_BY_FILE]) == []


def test_a_county_in_two_files_is_the_county_whichever_comes_first(
    county: RoadNetwork, drawn: tuple[list[Any], ...], tmp_path: Path
) -> None:
    """Every second way in a file of its own; both files hold all nodes, as overlapping cuts do."""
    nodes, ways, rest = drawn
    parts = [
        write(tmp_path / f"{name}.osm.pbf", nodes, ways[start::2], rest if start else ())
        for name, start in (("even", 0), ("odd", 1))
    ]
    there, back = read_roads(parts), read_roads(parts[::-1])
    assert differing(there, back) == []
    assert differing(county, there, but=[*NAMED_BY_FILE]) == []


def test_the_checksum_tells_other_roads_from_the_same(
    drawn: tuple[list[Any], ...], county: RoadNetwork, tmp_path: Path
) -> None:
    fewer = read_roads(write(tmp_path / "fewer.osm.pbf", drawn[0], drawn[1][:-1]))
    assert fewer.sha256 != county.sha256
    assert "link_from" in differing(county, fewer)
    assert read_roads(WESSEX / "roads.osm.pbf").sha256 == county.sha256


GRID = 4


@st.composite
def streets(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Streets along a grid of corners, all rows and some columns, so that it hangs together."""
    rows = [(r * GRID + c, r * GRID + c + 1) for r in range(GRID) for c in range(GRID - 1)]
    columns = [(r * GRID + c, r * GRID + c + GRID) for r in range(GRID - 1) for c in range(GRID)]
    some = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=9, unique=True))
    return rows + [(r * GRID, r * GRID + GRID) for r in range(GRID - 1)] + some


def grid_file(path: Path, ends: Sequence[tuple[int, int]], node_id: Sequence[int]) -> Path:
    """The grid as an extract: streets in the order given, way ids by their ends."""
    step = 400.0
    made = [
        osmium.osm.mutable.Node(
            id=node_id[k], location=lonlat(step * (k % GRID), step * (k // GRID))
        )
        for k in range(GRID * GRID)
    ]
    tags = {"highway": "residential"}
    ways = [
        osmium.osm.mutable.Way(
            id=1 + a * GRID * GRID + b, nodes=[node_id[a], node_id[b]], tags=tags
        )
        for a, b in ends
    ]
    return write(path, made, ways)


SPOTS = {"a": (130.0, 10.0), "b": (900.0, 410.0), "c": (1190.0, 1000.0), "d": (15.0, 810.0)}


def solved(network: RoadNetwork) -> TravelTimes:
    return travel_times(
        network, places(SPOTS), places(SPOTS), profile=profile("car"), direction="from_site"
    )


@settings(max_examples=25)
@given(ends=streets(), data=st.data())
def test_a_grid_full_of_equal_routes_is_solved_alike_in_any_order(
    ends: list[tuple[int, int]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All streets are as long, so most drives have several best routes: a tie must not be decided
    by the order of the file. Ids that run another way may round a sum differently, no more."""
    folder = tmp_path_factory.getbasetemp()
    corner = list(range(1, GRID * GRID + 1))
    plain_order = read_roads(grid_file(folder / "one.osm.pbf", ends, corner))
    mixed = data.draw(st.permutations(ends))
    other_order = read_roads(grid_file(folder / "two.osm.pbf", mixed, corner))
    assert differing(plain_order, other_order, but=[*NAMED_BY_FILE]) == []
    one, two = solved(plain_order), solved(other_order)
    assert differing(one, two, but=["provenance"]) == []
    renamed = data.draw(st.permutations(corner))
    three = solved(read_roads(grid_file(folder / "three.osm.pbf", mixed, renamed)))
    np.testing.assert_allclose(three.minutes, one.minutes, rtol=1e-9)


# ---- places ----------------------------------------------------------------------------


def test_rows_of_places_in_any_order(
    county: RoadNetwork, sites: pd.DataFrame, demand: pd.DataFrame
) -> None:
    """Bounded and not, out and in: each pair's minutes and metres are the same to the last bit."""
    rng = np.random.default_rng(7)
    for direction, bound_min in (("from_site", None), ("to_site", 12.0)):
        ask: dict[str, Any] = {"direction": direction, "bound_min": bound_min}
        one = travel_times(county, demand, sites, profile=profile("car"), **ask)
        mixed = (frame.iloc[rng.permutation(len(frame))] for frame in (demand, sites))
        two = travel_times(county, *mixed, profile=profile("car"), **ask)
        assert two.demand_ids != one.demand_ids and two.site_ids != one.site_ids
        back = two.for_demand(one.demand_ids).for_sites(one.site_ids)
        assert differing(one, back) == []


def test_a_site_alone_is_as_far_as_among_others(
    county: RoadNetwork, sites: pd.DataFrame, demand: pd.DataFrame
) -> None:
    """Which other places are asked for changes no drive (but for the rounding of its sum)."""
    ask: dict[str, Any] = {"profile": profile("car"), "direction": "from_site"}
    together = travel_times(county, demand, sites, **ask)
    for site_id in sites.index[::13]:
        alone = travel_times(county, demand.iloc[::3], sites.loc[[site_id]], **ask)
        among = together.for_sites([site_id]).for_demand(alone.demand_ids)
        np.testing.assert_allclose(alone.minutes, among.minutes, rtol=1e-9)
        np.testing.assert_allclose(alone.metres, among.metres, rtol=1e-6)


def test_a_place_given_twice_under_two_names_is_answered_twice(
    county: RoadNetwork, sites: pd.DataFrame, demand: pd.DataFrame
) -> None:
    twice = pd.concat([demand, demand.rename(index=lambda name: f"{name} again")])
    times = travel_times(county, twice, sites, profile=profile("blue_light"), direction="from_site")
    half = len(demand)
    assert times.minutes[:half].tobytes() == times.minutes[half:].tobytes()
    assert times.metres[:half].tobytes() == times.metres[half:].tobytes()


# ---- processes -------------------------------------------------------------------------

SCRIPT = """
import hashlib, json, sys
import pandas as pd
from coverage.roads import read_roads
from coverage.speeds import profile
from coverage.times import travel_times
from tests.test_coverage_determinism import WESSEX, fingerprint, layer
network = read_roads(WESSEX / "roads.osm.pbf")
frames = layer("demand", "demand_id", 150), layer("buildings", "asset_id", 40)
times = travel_times(network, *frames, profile=profile("car"), direction="from_site")
print(json.dumps(fingerprint(network, times)))
"""


def fingerprint(network: RoadNetwork, times: TravelTimes) -> dict[str, str]:
    """Checksums of a network's and a matrix's values, and of the provenance as it is written."""
    made = {}
    for name, thing in (("network", network), ("times", times)):
        values = [f.name for f in dataclasses.fields(thing) if f.name != "provenance"]
        text = repr([(key, plain(getattr(thing, key))) for key in values])
        made[name] = hashlib.sha256(text.encode()).hexdigest()
    told = json.dumps(dict(times.provenance), default=str)
    return {**made, "provenance": hashlib.sha256(told.encode()).hexdigest()}


def test_processes_with_other_hash_seeds_answer_alike(repo: Path) -> None:
    said = []
    for seed in ("0", "4711"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(repo)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=repo, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout))
    assert said[0] == said[1]
    assert len(said[0]["times"]) == 64

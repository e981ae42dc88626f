"""The decoder of .osm.pbf files, against osmium reading the same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from coverage.network import RawRoads
from coverage.osm import MOTOR, way_rule
from coverage.sources.blocks import Damaged, fields, node_ids, signed, varint, varints
from coverage.sources.pbf import check_pbf, read_pbf
from tests.toy_roads import Way, lonlat, write_pbf

RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"
STREET = {"highway": "residential"}


def encoded(value: int) -> bytes:
    """One varint, written out as the format says."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


# ---- numbers ---------------------------------------------------------------------------


@given(st.lists(st.integers(0, (1 << 63) - 1)))
def test_a_column_of_numbers(values: list[int]) -> None:
    data = b"".join(map(encoded, values))
    assert varints(data).tolist() == values
    at = 0
    for value in values:
        assert varint(data, at) == (value, at + len(encoded(value)))
        at += len(encoded(value))
    if values:
        with pytest.raises(Damaged):
            varints(data[:-1] + b"\x80")


@given(st.lists(st.integers(-(1 << 62), (1 << 62) - 1)))
def test_a_column_of_signed_numbers(values: list[int]) -> None:
    assert signed(b"".join(encoded(zigzag(value)) for value in values)).tolist() == values


@given(st.lists(st.lists(st.integers(-(1 << 40), 1 << 40), max_size=6), max_size=6))
def test_node_ids_of_ways_begin_anew_with_each(refs: list[list[int]]) -> None:
    steps = [
        b"".join(encoded(zigzag(b - a)) for a, b in zip([0, *way], way, strict=False))
        for way in refs
    ]
    ids, counts = node_ids(steps)
    assert ids.tolist() == [node for way in refs for node in way]
    assert counts.tolist() == [len(way) for way in refs]


@given(st.binary(max_size=40))
def test_any_bytes_are_fields_or_damaged(data: bytes) -> None:
    try:
        found = list(fields(data))
    except Damaged:
        return
    assert sum(1 + (len(v) if isinstance(v, bytes) else 1) for _, v in found) <= len(data)


def test_a_number_without_end() -> None:
    for data in (b"", b"\x80", b"\xff" * 11 + b"\x01"):
        with pytest.raises(Damaged):
            varint(data, 0)
    with pytest.raises(Damaged):
        varints(b"\xff" * 11 + b"\x01")


# ---- files -----------------------------------------------------------------------------


def by_osmium(path: Path) -> dict[str, Any]:
    """What osmium reads: ways with node ids and places, tagged nodes, turn restrictions."""
    found: dict[str, Any] = {"ways": {}, "signals": [], "places": [], "turns": []}
    for thing in osmium.FileProcessor(str(path)).with_locations():
        tags = dict(thing.tags)
        if isinstance(thing, osmium.osm.Way) and (rule := way_rule(tags)):
            spots = [
                (node.ref, node.lon, node.lat) if node.location.valid() else (node.ref, None, None)
                for node in thing.nodes
            ]
            if len(spots) > 1:
                found["ways"][thing.id] = (rule.road_class, rule.forward_modes, spots)
        elif isinstance(thing, osmium.osm.Node):
            if tags.get("highway") == "traffic_signals":
                found["signals"].append(thing.id)
            if tags.get("place") in ("city", "town", "village", "hamlet", "suburb"):
                found["places"].append((tags["place"], tags["name"], thing.lon, thing.lat))
        elif isinstance(thing, osmium.osm.Relation) and tags.get("type") == "restriction":
            found["turns"].append(thing.id)
    return found


def assert_as_osmium(path: Path) -> RawRoads:
    """The two read the same, to the last digit."""
    check_pbf(path)
    raw, other = read_pbf([path]), by_osmium(path)
    assert raw.way_id.tolist() == list(other["ways"])
    for k, (road_class, forward, spots) in enumerate(other["ways"].values()):
        assert (raw.way_class[k], raw.way_forward[k]) == (road_class, forward)
        mine = slice(raw.way_first[k], raw.way_first[k + 1])
        assert raw.ref_id[mine].tolist() == [spot[0] for spot in spots]
        theirs = np.array([spot[1:] for spot in spots], dtype=float)
        np.testing.assert_array_equal(raw.ref_lon[mine], theirs[:, 0])
        np.testing.assert_array_equal(raw.ref_lat[mine], theirs[:, 1])
    assert list(raw.signals) == sorted(other["signals"])
    assert sorted(raw.places) == sorted(other["places"])
    assert [one.id for one in raw.restrictions] == other["turns"]
    return raw


def test_rutland_is_read_as_osmium_reads_it(shared_data: Path) -> None:
    raw = assert_as_osmium(shared_data / RUTLAND)
    assert len(raw.way_id) > 6000
    assert len(raw.restrictions) == 3


NODES = {1: (0.0, 0.0), 2: (300.0, 0.0), 3: (300.0, 400.0), 7: (0.0, 400.0), 1 << 40: (9.0, 9.0)}
WAYS: list[Way] = [
    ((1, 2, 3), {"highway": "primary", "name": "Heol y Frenhines — Straße " + "x" * 200}),
    ((3, 7, 1 << 40, 77), STREET),
    ((1,), STREET),
    ((2, 3), {"building": "yes"}),
]
TAGS = {
    2: {"highway": "traffic_signals"},
    3: {"barrier": "bollard"},
    7: {"place": "village", "name": "Bryn-coed-ŵydd"},
}


@pytest.mark.parametrize(
    "form",
    ["pbf", "pbf,pbf_dense_nodes=false", "pbf,pbf_compression=none", "pbf,add_metadata=false"],
)
def test_every_form_of_the_format(tmp_path: Path, form: str) -> None:
    path = tmp_path / "f.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), form)) as writer:
        for key in sorted(NODES):
            node = osmium.osm.mutable.Node(
                id=key, version=300, location=lonlat(*NODES[key]), tags=TAGS.get(key, {})
            )
            writer.add_node(node)
        for number, (refs, tags) in enumerate(WAYS, start=1):
            way = osmium.osm.mutable.Way(id=number, version=9, nodes=list(refs), tags=tags)
            writer.add_way(way)
        members = [("w", 1, "from"), ("n", 3, "via"), ("w", 2, "to")]
        tags = {"type": "restriction", "restriction": "no_left_turn"}
        writer.add_relation(osmium.osm.mutable.Relation(id=5, members=members, tags=tags))
    raw = assert_as_osmium(path)
    assert raw.way_id.tolist() == [1, 2]  # a way of one node is no road
    assert raw.ref_id.tolist() == [1, 2, 3, 3, 7, 1 << 40, 77]
    assert np.isnan(raw.ref_lon).tolist() == [False] * 6 + [True]
    assert (raw.signals, raw.barriers) == ((2,), {3: MOTOR})
    assert raw.places[0][1] == "Bryn-coed-ŵydd"
    assert [one.via_node for one in raw.restrictions] == [3]


def test_many_blocks_in_an_odd_order(tmp_path: Path) -> None:
    """Ways before their nodes, and more of both than a block holds."""
    count = 9000
    path = tmp_path / "o.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for k in range(count, 1, -1):
            writer.add_way(osmium.osm.mutable.Way(id=k, nodes=[k - 1, k], tags=STREET))
        for k in range(1, count + 1):
            spot = lonlat(50.0 * (k % 100), 50.0 * (k // 100))
            writer.add_node(osmium.osm.mutable.Node(id=k, location=spot))
    raw = read_pbf([path])
    assert raw.way_id.tolist() == list(range(count, 1, -1))
    assert np.isfinite(raw.ref_lon).all()
    spot = lonlat(50.0 * 77, 50.0 * 3)
    at = raw.ref_id.tolist().index(377)
    assert (raw.ref_lon[at], raw.ref_lat[at]) == pytest.approx(spot, abs=1e-7)


def blob(kind: bytes, content: bytes) -> bytes:
    """A blob with its head; ``content`` is the blob message."""
    head = b"\x0a" + encoded(len(kind)) + kind + b"\x18" + encoded(len(content))
    return len(head).to_bytes(4, "big") + head + content


def test_other_compressions_and_histories_are_refused_with_a_remedy(tmp_path: Path) -> None:
    whole = write_pbf(tmp_path / "w.osm.pbf", {1: (0, 0), 2: (9, 9)}, [((1, 2), STREET)])
    path = tmp_path / "x.osm.pbf"
    zstd = blob(b"OSMData", b"\x10\x05\x3a\x03abc")
    path.write_bytes(whole.read_bytes() + zstd)
    check_pbf(path)
    with pytest.raises(InputError, match="its compression is not zlib") as caught:
        read_pbf([path])
    assert caught.value.issues[0].rule == "roads.unsupported"
    assert "osmium cat" in caught.value.issues[0].remedy
    demand = b"\x22" + encoded(21) + b"HistoricalInformation"
    path.write_bytes(blob(b"OSMHeader", b"\x0a" + encoded(len(demand)) + demand))
    check_pbf(path)
    with pytest.raises(InputError, match="a reader that knows HistoricalInformation"):
        read_pbf([path])


def field(number: int, data: bytes) -> bytes:
    return encoded(number << 3 | 2) + encoded(len(data)) + data


TABLE = field(1, b"") + field(1, b"highway") + field(1, b"residential")
GOOD_WAY = b"\x08\x01" + field(2, b"\x01") + field(3, b"\x02") + field(8, b"\x02\x02")
DENSE = field(1, b"\x02\x02") + field(8, b"\x02\x02") + field(9, b"\x02\x02")


@pytest.mark.parametrize(
    ("group", "table"),
    [
        (field(3, b"\x08\x01" + field(2, b"\x01") + field(8, b"\x02\x02")), TABLE),
        (field(3, b"\x08\x01" + field(2, b"\x01") + field(3, b"\x02\x02")), TABLE),
        (
            field(3, b"\x08\x01" + field(2, b"\x01") + field(3, b"\x09") + field(8, b"\x02\x02")),
            TABLE,
        ),
        (
            field(3, b"\x08\x01" + field(2, b"\x01") + field(3, b"\x02") + field(8, b"\x02\x82")),
            TABLE,
        ),
        (field(3, GOOD_WAY)[:-1], TABLE),
        (field(3, GOOD_WAY + b"\x80"), TABLE),
        (field(3, GOOD_WAY + b"\x0b"), TABLE),
        (field(3, GOOD_WAY) + field(4, b""), TABLE),
        (field(3, GOOD_WAY), TABLE[:-1]),
        (field(3, GOOD_WAY), b"\x12" + TABLE[1:]),
        (field(3, GOOD_WAY), TABLE.replace(b"residential", b"residenti\xff\xfe")),
        (field(3, GOOD_WAY) + b"\x1a", TABLE),
    ],
)
def test_blocks_that_do_not_hold_together_are_damaged(
    tmp_path: Path, group: bytes, table: bytes
) -> None:
    """Sound zlib, unsound content: each is one error, none a traceback."""
    path = tmp_path / "d.osm.pbf"
    header = blob(b"OSMHeader", field(1, field(4, b"OsmSchema-V0.6")))
    places = blob(b"OSMData", field(1, field(1, field(1, b"")) + field(2, field(2, DENSE))))
    sound = field(1, TABLE) + field(2, field(3, GOOD_WAY))
    path.write_bytes(header + places + blob(b"OSMData", field(1, sound)))
    assert read_pbf([path]).ref_id.tolist() == [1, 2]
    content = field(1, table) + field(2, group)
    path.write_bytes(header + places + blob(b"OSMData", field(1, content)))
    with pytest.raises(InputError) as caught:
        read_pbf([path])
    (issue,) = caught.value.issues
    assert issue.rule == "roads.damaged"


@pytest.mark.parametrize(
    "dense",
    [
        field(1, b"\x02\x02") + field(8, b"\x02\x02") + field(9, b"\x02"),
        field(1, b"\x02\x02") + field(8, b"\x02\x82") + field(9, b"\x02\x02"),
        DENSE + field(10, b"\x01\x02\x00"),
        DENSE + field(10, b"\x01\x00\x00"),
        DENSE + field(10, b"\x01\x09\x00\x00"),
        DENSE + field(10, b"\x00\x00\x01"),
    ],
)
def test_nodes_that_do_not_hold_together_are_damaged(tmp_path: Path, dense: bytes) -> None:
    path = tmp_path / "d.osm.pbf"
    header = blob(b"OSMHeader", field(1, b""))
    roads = field(1, TABLE) + field(2, field(3, GOOD_WAY))
    spots = field(1, TABLE) + field(2, field(2, dense))
    path.write_bytes(header + b"".join(blob(b"OSMData", field(1, part)) for part in (spots, roads)))
    with pytest.raises(InputError) as caught:
        read_pbf([path])
    assert caught.value.issues[0].rule == "roads.damaged"


def test_units_and_offsets_of_a_block(tmp_path: Path) -> None:
    """Granularity 1000 and offsets: 52.6 N is 2,600,000 steps of 1,000 nanodegrees past 50 N."""
    lat = encoded(zigzag(2_600_000)) + b"\x00"
    lon = encoded(zigzag(-700_000)) + encoded(zigzag(1000))
    dense = field(1, b"\x02\x02") + field(8, lat) + field(9, lon)
    units = b"\x88\x01" + encoded(1000) + b"\x98\x01" + encoded(50_000_000_000)
    units += b"\xa0\x01" + encoded((1 << 64) - 100_000_000)  # lon_offset: -0.1 degrees
    spots = field(1, field(1, b"")) + field(2, field(2, dense)) + units
    roads = field(1, TABLE) + field(2, field(3, GOOD_WAY))
    path = tmp_path / "u.osm.pbf"
    header = blob(b"OSMHeader", field(1, b""))
    path.write_bytes(header + b"".join(blob(b"OSMData", field(1, part)) for part in (spots, roads)))
    raw = assert_as_osmium(path)
    assert raw.ref_lat.tolist() == [52.6, 52.6]
    assert raw.ref_lon.tolist() == [-0.8, -0.799]

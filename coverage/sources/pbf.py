"""Reads an OpenStreetMap extract (.osm.pbf): tagged nodes and ways, in one pass."""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import osmium

from assets.issues import InputError
from coverage.network import PLACE_KINDS, RawRoads, no_roads
from coverage.osm import NODE_KEYS, WayRule, barrier_blocks, way_rule
from coverage.sources.refusal import refused

# ---- the file itself -------------------------------------------------------------------

_FULL_BLOCK = 8000
"""Most writers put this many objects in a block; only a file cut short *ends* on a full one."""


def check_pbf(path: Path) -> str:
    """The file's sha256, once its blocks are seen to be whole from first byte to last."""
    if not path.is_file():
        raise refused("roads.missing", f"there is no file {path}", "check the path")
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
            _check_blocks(stream, path.name, path.stat().st_size)
    except OSError as error:
        raise refused("roads.unreadable", f"{path} cannot be read: {error.strerror}") from error
    return digest


def _check_blocks(stream: BinaryIO, name: str, size: int) -> None:
    """Walk the blocks: each is a 4-byte length, a small header and a body of the stated size.

    A pbf has no end mark, so a file cut exactly between two blocks looks whole; it is known
    by ending on a full block of ways or nodes.
    """
    position, kinds, last = 0, list[bytes](), b""
    while position < size:
        header_size = int.from_bytes(stream.read(4), "big")
        if position == 0 and not 0 < header_size <= 64 * 1024:
            raise _not_pbf(name)
        fields = dict(_fields(stream.read(header_size)))
        kind, body = fields.get(1), fields.get(3)
        if not isinstance(kind, bytes) or not isinstance(body, int):
            raise _cut(name, position, size) if kinds else _not_pbf(name)
        kinds.append(kind)
        position += 4 + header_size + body
        last = stream.read(body) if position == size else b""
        stream.seek(position)
    if not kinds or kinds[0] != b"OSMHeader":
        raise _not_pbf(name)
    if position > size or _ways_in(last) == _FULL_BLOCK:
        raise _cut(name, size, size)


def _not_pbf(name: str) -> InputError:
    return refused(
        "roads.not_pbf",
        f"{name} is not an OpenStreetMap .osm.pbf file",
        "give an extract in .osm.pbf form, such as those of Geofabrik",
    )


def _cut(name: str, position: int, size: int) -> InputError:
    message = f"{name} is cut short or damaged: block at byte {position} of {size} is incomplete"
    return refused("roads.truncated", message, "fetch the file again and compare its checksum")


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field number and value of a protocol-buffer message; stops quietly where it is cut."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 2:
            if at + value > len(data):
                return
            yield key >> 3, data[at : at + value]
            at += value
        elif key & 7 == 0:
            yield key >> 3, value
        else:
            return


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    return value, at


def _ways_in(blob: bytes) -> int:
    """How many ways the block holds (0 for nodes, relations, or another compression)."""
    body = dict(_fields(blob)).get(3)
    if not isinstance(body, bytes):
        return 0
    try:
        block = zlib.decompress(body)
    except zlib.error:
        return 0
    groups = [value for key, value in _fields(block) if key == 2 and isinstance(value, bytes)]
    return sum(key == 3 for group in groups for key, _ in _fields(group))


# ---- ways and nodes --------------------------------------------------------------------


class Collected:
    """Grows while the file streams by; plain arrays, since a county has a million nodes."""

    def __init__(self) -> None:
        self.way_id, self.rules = array("q"), list[WayRule]()
        self.counts, self.refs = array("q"), array("q")
        self.barriers: dict[int, int] = {}
        self.signals: list[int] = []
        self.mini_roundabouts: list[int] = []
        self.places: list[tuple[str, str, float, float]] = []

    def node(self, node_id: int, tags: dict[str, str], lon: float, lat: float) -> None:
        """Keep what a tagged node means for roads."""
        if "barrier" in tags:
            blocked = barrier_blocks({k: v for k, v in tags.items() if k in NODE_KEYS})
            if blocked:
                self.barriers[node_id] = blocked
        if tags.get("highway") == "traffic_signals":
            self.signals.append(node_id)
        if tags.get("highway") == "mini_roundabout":
            self.mini_roundabouts.append(node_id)
        if tags.get("place") in PLACE_KINDS and tags.get("name"):
            self.places.append((tags["place"], tags["name"], lon, lat))

    def raw(self, lon: np.ndarray, lat: np.ndarray) -> RawRoads:
        """The ways and nodes collected; coordinates one per reference, in order."""
        rules = self.rules
        return RawRoads(
            way_id=np.array(self.way_id, dtype=np.int64),
            way_class=np.array([rule.road_class for rule in rules], dtype=np.uint8),
            way_form=np.array([rule.form for rule in rules], dtype=np.uint8),
            way_forward=np.array([rule.forward_modes for rule in rules], dtype=np.uint8),
            way_backward=np.array([rule.backward_modes for rule in rules], dtype=np.uint8),
            way_forward_kph=np.array([rule.forward_kph for rule in rules], dtype=np.float32),
            way_backward_kph=np.array([rule.backward_kph for rule in rules], dtype=np.float32),
            way_first=np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64),
            ref_id=np.array(self.refs, dtype=np.int64),
            ref_lon=lon,
            ref_lat=lat,
            barriers=self.barriers,
            signals=tuple(self.signals),
            mini_roundabouts=tuple(self.mini_roundabouts),
            places=tuple(self.places),
        )


def read_pbf(path: Path) -> RawRoads:
    """Ways and tagged nodes of an extract.

    Raises:
        InputError: damaged in mid-file, or no road in it.
    """
    try:
        got, hexes = _stream(path)
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise refused("roads.damaged", f"{path.name} is cut short or damaged ({error})") from error
    if not got.rules:
        raise InputError(no_roads(path.name))
    xy = np.frombuffer(bytes.fromhex("".join(hexes)), dtype="<f8").reshape(-1, 2)
    return got.raw(xy[:, 0].copy(), xy[:, 1].copy())


def _stream(path: Path) -> tuple[Collected, list[str]]:
    """One pass: tagged nodes and highway ways, each way's coordinates as hexadecimal doubles."""
    got, hexes = Collected(), list[str]()
    tagged = osmium.filter.KeyFilter("barrier", "place", "highway")
    tagged.enable_for(osmium.osm.NODE)
    roads = osmium.filter.KeyFilter("highway")
    roads.enable_for(osmium.osm.WAY)
    files = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
    files = files.with_locations().with_filter(tagged).with_filter(roads)
    shapes = osmium.geom.WKBFactory()
    for thing in files:
        tags = dict(thing.tags)
        if isinstance(thing, osmium.osm.Node):
            got.node(thing.id, tags, thing.lon, thing.lat)
            continue
        rule = way_rule(tags)
        if rule is None or not isinstance(thing, osmium.osm.Way):
            continue
        nodes = thing.nodes
        refs = [node.ref for node in nodes]
        if len(refs) < 2:
            continue
        got.way_id.append(thing.id)
        got.rules.append(rule)
        got.counts.append(len(refs))
        got.refs.extend(refs)
        hexes.append(_coordinates(shapes, nodes))
    return got, hexes


_WKB_HEAD = 18
"""Hexadecimal digits before a line's first coordinate: byte order, type, count of points."""


def _coordinates(shapes: Any, nodes: Any) -> str:
    """A way's coordinates (little-endian doubles, hexadecimal), NaN for nodes not in the file."""
    try:
        return str(shapes.create_linestring(nodes, osmium.geom.use_nodes.ALL)[_WKB_HEAD:])
    except (RuntimeError, osmium.InvalidLocationError):
        rows = [
            (node.lon, node.lat) if node.location.valid() else (np.nan, np.nan) for node in nodes
        ]
        return np.array(rows, dtype="<f8").tobytes().hex()

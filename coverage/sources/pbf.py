"""Reads OpenStreetMap extracts (.osm.pbf): nodes, ways and turn restrictions, in one pass."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from assets.issues import InputError, Issue
from coverage.network import PLACE_KINDS, Floats, RawRoads, no_roads
from coverage.osm import FERRIES, NODE_KEYS, WAY_KEYS, WayRule, barrier_blocks, way_rule
from coverage.sources.blocks import (
    Damaged,
    Relation,
    Unsupported,
    block_of,
    blocks,
    content_of,
    fields,
    has_nodes,
    node_ids,
    nodes,
    relations,
    ways,
)
from coverage.sources.merge import Extract, Fact, Seen, Stated, merge
from coverage.sources.refusal import refused
from coverage.sources.restrictions import Malformed, restrictions_of

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


def check_pbfs(paths: Sequence[Path]) -> tuple[str, ...]:
    """The files' sha256, once each is seen to be whole and none to be another over again."""
    digests, issues = list[str](), list[Issue]()
    for path in paths:
        try:
            digests.append(check_pbf(path))
        except InputError as error:
            issues += error.issues
    again = [str(path) for path, sha in zip(paths, digests, strict=False) if digests.count(sha) > 1]
    if again and not issues:
        told = f"{' and '.join(again)} hold the same bytes: one extract is given twice"
        issues.append(Issue("roads.twice", told, remedy="name each extract once", layer="roads"))
    if issues:
        raise InputError(issues)
    return tuple(digests)


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
        kind, body = _head(stream.read(header_size))
        if body < 0:
            raise _cut(name, position, size) if kinds else _not_pbf(name)
        if kind != (b"OSMData" if kinds else b"OSMHeader"):
            raise _cut(name, position, size) if kinds else _not_pbf(name)
        kinds.append(kind)
        position += 4 + header_size + body
        last = stream.read(body) if position == size else b""
        stream.seek(position)
    if not kinds:
        raise _not_pbf(f"{name} is empty: it")
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


def _head(data: bytes) -> tuple[bytes, int]:
    """Kind and size of a block from its head; a size below nought for a head that is none."""
    try:
        parts = dict(fields(data))
    except Damaged:
        return b"", -1
    kind, body = parts.get(1), parts.get(3)
    return (kind, body) if isinstance(kind, bytes) and isinstance(body, int) else (b"", -1)


def _ways_in(blob: bytes) -> int:
    """How many ways the block holds (0 for nodes, relations, or one that cannot be read)."""
    try:
        groups = block_of(content_of(blob)).groups
        return sum(key == 3 for group in groups for key, _ in fields(group))
    except (Damaged, Unsupported):
        return 0


# ---- ways, nodes and turn restrictions -------------------------------------------------

_SIGNS = ("traffic_signals", "mini_roundabout")
_NODE_MARKS = ("barrier", "place", "highway")


class Collected:
    """Grows while the file streams by; plain arrays, since a county has a million nodes."""

    def __init__(self) -> None:
        self.way_id, self.rules = array("q"), list[WayRule]()
        self.way_version = array("q")
        self.counts: Any = array("q")
        self.refs: Any = array("q")
        self.facts: dict[int, Fact] = {}
        self.stated: dict[int, Stated] = {}
        self.ferries: list[int] = []

    def node(self, node_id: int, tags: dict[str, str], lon: float, lat: float) -> None:
        """Keep what a tagged node means for roads."""
        fact = _fact(tags, lon, lat)
        if fact != Fact():
            self.facts[node_id] = fact

    def relation(self, relation: Relation) -> None:
        """Keep what turns a relation forbids."""
        try:
            stated = restrictions_of(relation.id, relation.tags, relation.members)
        except Malformed:
            self.stated[relation.id] = Stated(relation.version, (), malformed=True)
        else:
            self.stated[relation.id] = Stated(relation.version, stated, malformed=False)

    def ways(self, lon: np.ndarray, lat: np.ndarray) -> RawRoads:
        """The ways collected; coordinates one per reference, in order."""
        rules = self.rules
        return RawRoads(
            way_id=np.array(self.way_id, dtype=np.int64),
            way_class=np.array([rule.road_class for rule in rules], dtype=np.uint8),
            way_form=np.array([rule.form for rule in rules], dtype=np.uint8),
            way_forward=np.array([rule.forward_modes for rule in rules], dtype=np.uint8),
            way_backward=np.array([rule.backward_modes for rule in rules], dtype=np.uint8),
            way_forward_kph=np.array([rule.forward_kph for rule in rules], dtype=np.float32),
            way_backward_kph=np.array([rule.backward_kph for rule in rules], dtype=np.float32),
            way_access_only=np.array([rule.access_only for rule in rules], dtype=bool),
            way_first=np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64),
            ref_id=np.asarray(self.refs, dtype=np.int64),
            ref_lon=lon,
            ref_lat=lat,
        )

    def extract(self, name: str, lon: np.ndarray, lat: np.ndarray) -> Extract:
        """All that was collected."""
        versions = np.array(self.way_version, dtype=np.int64)
        ferries = frozenset(self.ferries)
        return Extract(name, self.ways(lon, lat), versions, self.facts, self.stated, ferries)

    def raw(self, lon: np.ndarray, lat: np.ndarray) -> RawRoads:
        """The same for a source that stands alone."""
        return merge([self.extract("", lon, lat)], lambda ids: {})


def _fact(tags: dict[str, str], lon: float, lat: float) -> Fact:
    blocked = 0
    if "barrier" in tags:
        blocked = barrier_blocks({k: v for k, v in tags.items() if k in NODE_KEYS})
    sign = tags.get("highway", "")
    named = tags.get("place") in PLACE_KINDS and tags.get("name")
    place = (tags["place"], tags["name"], lon, lat) if named else None
    return Fact(blocked, sign if sign in _SIGNS else "", place)


def read_pbf(paths: Sequence[Path]) -> RawRoads:
    """Ways, tagged nodes and turn restrictions of one extract, or of several as one.

    The order of the files does not matter (see `coverage.sources.merge`).

    Raises:
        InputError: damaged in mid-file, or no road in it; all files told at once.
    """
    extracts, issues = list[Extract](), list[Issue]()
    for path in paths:
        try:
            extracts.append(_read_one(path))
        except InputError as error:
            issues += error.issues
    if issues:
        raise InputError(issues)
    return merge(extracts, lambda ids: _latest(paths, ids))


def _read_one(path: Path) -> Extract:
    """Ways and relations first, then the nodes: only places of nodes on roads are kept."""
    try:
        got, steps, with_nodes = _ways_and_turns(path)
        if not got.rules:
            raise InputError(no_roads(path.name))
        refs, counts = node_ids(steps)
        lon, lat = _placed(path, got, refs, with_nodes)
    except InputError:
        raise
    except Unsupported as error:
        remedy = "rewrite it with `osmium cat`, or fetch an extract such as those of Geofabrik"
        raise refused(
            "roads.unsupported", f"{path.name} cannot be read: {error}", remedy
        ) from error
    except (ValueError, OverflowError, OSError) as error:
        raise refused("roads.damaged", f"{path.name} is cut short or damaged ({error})") from error
    got.counts, got.refs = counts, refs
    return got.extract(path.name, lon, lat)


def _ways_and_turns(path: Path) -> tuple[Collected, list[bytes], set[int]]:
    """Ways and turn restrictions; node differences of each way; which blocks hold nodes."""
    got, steps, with_nodes = Collected(), list[bytes](), set[int]()
    for number, block in blocks(path):
        if has_nodes(block):
            with_nodes.add(number)
        for way in ways(block, ("highway", "route"), WAY_KEYS):
            rule = way_rule(way.tags)
            if rule is not None and _is_line(way.steps):
                got.way_id.append(way.id)
                got.way_version.append(way.version)
                got.rules.append(rule)
                steps.append(way.steps)
            elif way.tags.get("route") in FERRIES:
                got.ferries.append(way.id)
        for relation in relations(block, "restriction"):
            got.relation(relation)
    return got, steps, with_nodes


def _is_line(steps: bytes) -> bool:
    """Whether a way has two nodes or more (a column cut short is left to whoever decodes it)."""
    return len(steps) > 10 or sum(byte < 0x80 for byte in steps) > 1 or steps[-1:] >= b"\x80"


def _placed(
    path: Path, got: Collected, refs: NDArray[np.int64], with_nodes: set[int]
) -> tuple[Floats, Floats]:
    """Degrees of each node reference, NaN where the file lacks the node; and tagged nodes kept."""
    wanted, where = np.unique(refs, return_inverse=True)
    lon, lat = np.full(len(wanted), np.nan), np.full(len(wanted), np.nan)
    for _, block in blocks(path, only=with_nodes):
        for ids, east, north, tagged in nodes(block, _NODE_MARKS):
            at = np.minimum(np.searchsorted(wanted, ids), len(wanted) - 1)
            here = wanted[at] == ids
            lon[at[here]], lat[at[here]] = east[here], north[here]
            for node in tagged:
                got.node(node.id, node.tags, node.lon, node.lat)
    return lon[where], lat[where]


def _latest(paths: Sequence[Path], ids: Sequence[int]) -> dict[int, Seen]:
    """The latest version of some nodes, over all the files."""
    found: dict[int, Seen] = {}
    if not ids:
        return found
    import osmium  # slow to import, and needed only where extracts differ

    wanted = osmium.filter.IdFilter(ids)
    wanted.enable_for(osmium.osm.NODE)
    for path in paths:
        for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(wanted):
            if not isinstance(node, osmium.osm.Node) or not node.location.valid():
                continue
            fact = _fact(dict(node.tags), node.lon, node.lat)
            seen = Seen(node.version, node.lon, node.lat, fact)
            found[node.id] = max(seen, found.get(node.id, seen), key=_age)
    return found


def _age(seen: Seen) -> tuple[int, str]:
    return seen.version, repr(seen)

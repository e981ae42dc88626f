"""The blocks of an OpenStreetMap .osm.pbf file, decoded with numpy.

A file is a row of blobs, each a small head and a compressed body of some 8,000 nodes, ways or
relations (wiki.openstreetmap.org/wiki/PBF_Format). Numbers are varints: seven bits to a byte, low
ones first, the eighth bit set on all but the last. Whole columns of them are decoded at once;
only ways that carry a wanted key, and nodes that do, are looked at one by one.

Every number or length that does not fit raises `Damaged`; nothing is read in part.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_KNOWN_FEATURES = {b"OsmSchema-V0.6", b"DenseNodes", b"Sort.Type_then_ID", b"LocationsOnWays"}
_KINDS = {0: "n", 1: "w", 2: "r"}


class Damaged(ValueError):
    """The bytes are not what the format says."""


class Unsupported(ValueError):
    """The file is of a kind this reader does not know."""


class Way(NamedTuple):
    """A way as stored: its nodes still as differences, in varints."""

    id: int
    version: int
    tags: dict[str, str]
    steps: bytes


class Node(NamedTuple):
    """A tagged node; degrees are NaN where it has no place."""

    id: int
    tags: dict[str, str]
    lon: float
    lat: float


class Relation(NamedTuple):
    """A relation with its members: kind (``n``, ``w``, ``r``), id, role."""

    id: int
    version: int
    tags: dict[str, str]
    members: list[tuple[str, int, str]]


# ---- numbers and messages --------------------------------------------------------------


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a position, and the position after it."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Damaged("a number is cut short")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field number and value of a message: a number or bytes (fixed-width ones as bytes)."""
    at, size = 0, len(data)
    while at < size:
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise Damaged("an unknown kind of field")
        if at + length > size:
            raise Damaged("a field is cut short")
        yield key >> 3, data[at : at + length]
        at += length


def varints(data: bytes) -> Ints:
    """Every number of a packed field."""
    raw = np.frombuffer(data, dtype=np.uint8)
    if not len(raw):
        return np.zeros(0, dtype=np.int64)
    last = np.flatnonzero(raw < 0x80)
    if not len(last) or last[-1] != len(raw) - 1:
        raise Damaged("a column of numbers is cut short")
    first = np.concatenate([[0], last[:-1] + 1])
    size = last - first + 1
    if size.max() > 10:
        raise Damaged("a number is too long")
    low = (raw & 0x7F).astype(np.uint64)
    value = low[first]
    for k in range(1, int(size.max())):
        more = np.flatnonzero(size > k)
        value[more] |= low[first[more] + k] << np.uint64(7 * k)
    return np.asarray(value.view(np.int64))


def signed(data: bytes) -> Ints:
    """Every number of a packed field of signed numbers (0, -1, 1, -2 ... as 0, 1, 2, 3 ...)."""
    value = varints(data).view(np.uint64)
    half = (value >> np.uint64(1)).view(np.int64)
    return np.asarray(np.where(value & np.uint64(1), ~half, half), dtype=np.int64)


def _number(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise Damaged("bytes where a number belongs")
    return value


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise Damaged("a number where bytes belong")
    return value


def _from_zigzag(value: int) -> int:
    return ~(value >> 1) if value & 1 else value >> 1


# ---- blobs -----------------------------------------------------------------------------


def content_of(blob: bytes) -> bytes:
    """The content of a blob, decompressed."""
    content, size = b"", None
    for key, value in fields(blob):
        if key == 1:
            content = _bytes(value)
        elif key == 2:
            size = _number(value)
        elif key == 3:
            try:
                content = zlib.decompress(_bytes(value))
            except zlib.error as error:
                raise Damaged(str(error)) from error
        elif key in (4, 5, 6, 7):
            raise Unsupported("its compression is not zlib")
    if size is not None and size != len(content):
        raise Damaged("a block is not as long as it says")
    return content


def blocks(path: Path, only: Collection[int] | None = None) -> Iterator[tuple[int, Block]]:
    """Data blocks with their number in the file, all or only some.

    Raises:
        Damaged: the bytes do not fit the format.
        Unsupported: another compression, or a history of edits.
    """
    with path.open("rb") as stream:
        number = -1
        while head_size := stream.read(4):
            number += 1
            head = dict(fields(stream.read(int.from_bytes(head_size, "big"))))
            size = _number(head.get(3, b""))
            if number and only is not None and number not in only:
                stream.seek(size, 1)
                continue
            content = content_of(stream.read(size))
            if number:
                yield number, block_of(content)
            else:
                _check_header(content)


def _check_header(content: bytes) -> None:
    needed = {_bytes(value) for key, value in fields(content) if key == 4}
    unknown = sorted(feature.decode(errors="replace") for feature in needed - _KNOWN_FEATURES)
    if unknown:
        raise Unsupported(f"it needs a reader that knows {', '.join(unknown)}")


@dataclass(frozen=True)
class Block:
    """One block: its strings, its groups of nodes, ways or relations, and its units."""

    strings: bytes
    groups: tuple[bytes, ...]
    granularity: int = 100
    lat_offset: int = 0
    lon_offset: int = 0

    @cached_property
    def table(self) -> list[bytes]:
        """The strings, by number."""
        data, found, at = self.strings, list[bytes](), 0
        size = len(data)
        while at < size:
            if data[at] != 0x0A:
                raise Damaged("the table of strings is not one")
            length, begin = varint(data, at + 1)
            at = begin + length
            if at > size:
                raise Damaged("the table of strings is cut short")
            found.append(data[begin:at])
        return found

    def numbers(self, names: Collection[str]) -> dict[int, str]:
        """Numbers of some strings in the table."""
        wanted = {name.encode(): name for name in names}
        return {k: wanted[text] for k, text in enumerate(self.table) if text in wanted}

    def text(self, number: int) -> str:
        """A string by number."""
        if not 0 <= number < len(self.table):
            raise Damaged("a string that is not in the table")
        return self.table[number].decode()

    def degrees(self, values: Ints, offset: int) -> Floats:
        """Stored coordinates as degrees (to 1e-7, as OpenStreetMap keeps them)."""
        return np.trunc((values * self.granularity + offset) / 100.0) / 1e7


def block_of(content: bytes) -> Block:
    """A data block's parts."""
    strings, groups = b"", list[bytes]()
    units = {17: 100, 19: 0, 20: 0}
    for key, value in fields(content):
        if key == 1:
            strings = _bytes(value)
        elif key == 2:
            groups.append(_bytes(value))
        elif key in units:
            units[key] = _number(value)
    return Block(strings, tuple(groups), units[17], _int64(units[19]), _int64(units[20]))


def _int64(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


# ---- ways ------------------------------------------------------------------------------


def ways(block: Block, marks: Collection[str], keep: Collection[str]) -> Iterator[Way]:
    """Ways with at least one of the keys ``marks``; of their tags, those in ``keep``."""
    marked = np.array(sorted(block.numbers(marks)), dtype=np.int64)
    if not len(marked):
        return
    kept = block.numbers(keep)
    for group in block.groups:
        if group[:1] == b"\x1a":
            yield from _ways(block, group, marked, kept)


def _ways(block: Block, group: bytes, marked: Ints, kept: dict[int, str]) -> Iterator[Way]:
    """The marked ways of a group, its messages taken apart side by side."""
    raw = np.frombuffer(group, dtype=np.uint8)
    parts = _side_by_side(raw, *_messages(group))
    owner, key = parts.column(2)
    value_owner, value = parts.column(3)
    if not np.array_equal(owner, value_owner):
        raise Damaged("keys without values")
    chosen = np.unique(owner[np.isin(key, marked)])
    wanted = np.isin(key, np.array(sorted(kept), dtype=np.int64)) & np.isin(owner, chosen)
    tags: dict[int, dict[str, str]] = {way: {} for way in chosen.tolist()}
    rows = zip(owner[wanted].tolist(), key[wanted].tolist(), value[wanted].tolist(), strict=True)
    for way, name, said in rows:
        tags[way][kept[name]] = block.text(said)
    ids, versions = parts.value(1)[chosen].tolist(), parts.versions(chosen).tolist()
    begin, size = (column[chosen].tolist() for column in parts.span(8))
    for k, way in enumerate(chosen.tolist()):
        yield Way(ids[k], versions[k], tags[way], group[begin[k] : begin[k] + size[k]])


def _messages(group: bytes) -> tuple[Ints, Ints]:
    """Where each message of a group begins and ends."""
    begins, ends, at, size = list[int](), list[int](), 0, len(group)
    kind = group[0]
    while at < size:
        if group[at] != kind:
            raise Damaged("a group of mixed kinds")
        length, at = varint(group, at + 1)
        begins.append(at)
        at += length
        ends.append(at)
    if at != size:
        raise Damaged("a group is cut short")
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Parts:
    """Fields of many messages: for each its number, or where its bytes begin and how many."""

    raw: NDArray[np.uint8]
    count: int
    begins: dict[int, Ints]
    values: dict[int, Ints]

    def value(self, field: int) -> Ints:
        return self.values.get(field, np.zeros(self.count, dtype=np.int64))

    def span(self, field: int) -> tuple[Ints, Ints]:
        return self.begins.get(field, np.zeros(self.count, dtype=np.int64)), self.value(field)

    def column(self, field: int) -> tuple[Ints, Ints]:
        """All numbers of a packed field, and the message each is of."""
        begin, size = self.span(field)
        owner = np.repeat(np.arange(self.count), size)
        at = np.arange(len(owner)) + np.repeat(begin - (np.cumsum(size) - size), size)
        data = self.raw[at]
        if len(owner) and (data[np.cumsum(size)[size > 0] - 1] >= 0x80).any():
            raise Damaged("a column of numbers is cut short")
        return owner[data < 0x80], varints(data.tobytes())

    def versions(self, rows: Ints) -> Ints:
        """Version in the info (field 4) of some messages, 0 where it does not begin with one."""
        begin, size = (column[rows] for column in self.span(4))
        found = np.zeros(len(rows), dtype=np.int64)
        told = np.flatnonzero(size >= 2)
        told = told[self.raw[begin[told]] == 0x08]
        found[told] = _numbers_at(self.raw, begin[told] + 1, (begin + size)[told])[0]
        return found


def _side_by_side(raw: NDArray[np.uint8], begin: Ints, end: Ints) -> _Parts:
    """Take messages apart a field at a time, all of them at once."""
    at, live = begin.copy(), np.flatnonzero(begin < end)
    begins: dict[int, Ints] = {}
    values: dict[int, Ints] = {}
    while len(live):
        key, after = _numbers_at(raw, at[live], end[live])
        value, after = _numbers_at(raw, after, end[live])
        kind = key & 7
        if not np.isin(kind, (0, 2)).all() or (value[kind == 2] < 0).any():
            raise Damaged("an unknown kind of field")
        following = after + np.where(kind == 2, value, 0)
        if (following > end[live]).any():
            raise Damaged("a field is cut short")
        for field in np.unique(key >> 3).tolist():
            here = key >> 3 == field
            for columns, column in ((begins, after), (values, value)):
                columns.setdefault(field, np.zeros(len(begin), dtype=np.int64))
                columns[field][live[here]] = column[here]
        at[live] = following
        live = live[following < end[live]]
    return _Parts(raw, len(begin), begins, values)


def _numbers_at(raw: NDArray[np.uint8], at: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The numbers at some positions, and the positions after them."""
    value = np.zeros(len(at), dtype=np.uint64)
    after, more = at.copy(), np.arange(len(at))
    for shift in range(0, 70, 7):
        if not len(more):
            break
        if (after[more] >= end[more]).any():
            raise Damaged("a number is cut short")
        byte = raw[after[more]]
        value[more] |= (byte & 0x7F).astype(np.uint64) << np.uint64(shift)
        after[more] += 1
        more = more[byte >= 0x80]
    if len(more):
        raise Damaged("a number is too long")
    return value.view(np.int64), after


def _small(data: bytes) -> Sequence[int]:
    """Numbers of a short packed field."""
    return data if data.isascii() else varints(data).tolist()


def _version(info: bytes) -> int:
    return next((_number(value) for key, value in fields(info) if key == 1), 0)


def node_ids(steps: Sequence[bytes]) -> tuple[Ints, Ints]:
    """Node ids of ways one after another from their differences, and how many each has."""
    joined = b"".join(steps)
    change = signed(joined)
    ends = np.cumsum(np.frombuffer(joined, dtype=np.uint8) < 0x80)
    sizes = np.cumsum([len(step) for step in steps], dtype=np.int64)
    if any(step and step[-1] >= 0x80 for step in steps):
        raise Damaged("a way is cut short")
    upto = np.where(sizes > 0, ends[np.maximum(sizes, 1) - 1], 0) if len(ends) else sizes
    first = np.concatenate([[0], upto])
    total = np.concatenate([[0], np.cumsum(change)])
    counts = np.diff(first)
    return total[1:] - np.repeat(total[first[:-1]], counts), counts.astype(np.int64)


# ---- nodes -----------------------------------------------------------------------------


def has_nodes(block: Block) -> bool:
    """Whether a block holds nodes."""
    return any(group[:1] in (b"\x0a", b"\x12") for group in block.groups)


def nodes(
    block: Block, marks: Collection[str]
) -> Iterator[tuple[Ints, Floats, Floats, list[Node]]]:
    """Ids and degrees of all nodes, and the nodes with at least one of the keys ``marks``."""
    for group in block.groups:
        if group[:1] == b"\x12":
            for key, message in fields(group):
                if key == 2:
                    yield _dense(block, dict(fields(_bytes(message))), marks)
        elif group[:1] == b"\x0a":
            found = [_plain(block, _bytes(message)) for key, message in fields(group) if key == 1]
            ids = np.array([node.id for node in found], dtype=np.int64)
            lon, lat = (np.array([node[k] for node in found], dtype=float) for k in (2, 3))
            yield ids, lon, lat, [node for node in found if not node.tags.keys().isdisjoint(marks)]


def _dense(
    block: Block, parts: dict[int, int | bytes], marks: Collection[str]
) -> tuple[Ints, Floats, Floats, list[Node]]:
    ids = np.cumsum(signed(_bytes(parts.get(1, b""))))
    lat = block.degrees(np.cumsum(signed(_bytes(parts.get(8, b"")))), block.lat_offset)
    lon = block.degrees(np.cumsum(signed(_bytes(parts.get(9, b"")))), block.lon_offset)
    if not len(ids) == len(lat) == len(lon):
        raise Damaged("nodes without places")
    placed = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    lon, lat = np.where(placed, lon, np.nan), np.where(placed, lat, np.nan)
    tagged = [
        Node(int(ids[k]), tags, float(lon[k]), float(lat[k]))
        for k, tags in _dense_tags(block, varints(_bytes(parts.get(10, b""))), len(ids), marks)
    ]
    return ids, lon, lat, tagged


def _dense_tags(
    block: Block, column: Ints, count: int, marks: Collection[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Position and tags of marked nodes: keys and values in turn, a nought after each node."""
    marked = np.array(sorted(block.numbers(marks)), dtype=np.int64)
    if not len(column) or not len(marked):
        return
    end = np.flatnonzero(column == 0)
    if len(end) != count or end[-1] != len(column) - 1:
        raise Damaged("tags that do not fit the nodes")
    begin = np.concatenate([[0], end[:-1] + 1])
    owner = np.repeat(np.arange(count), end - begin + 1)
    is_key = (np.arange(len(column)) - begin[owner]) % 2 == 0
    for k in np.unique(owner[is_key & np.isin(column, marked)]).tolist():
        row = column[begin[k] : end[k]].tolist()
        if len(row) % 2:
            raise Damaged("keys without values")
        yield k, {block.text(a): block.text(b) for a, b in zip(row[::2], row[1::2], strict=True)}


def _plain(block: Block, message: bytes) -> Node:
    """A node stored by itself."""
    parts = dict(fields(message))
    spot = np.array([_from_zigzag(_number(parts.get(key, b""))) for key in (9, 8)])
    lon = float(block.degrees(spot[:1], block.lon_offset)[0])
    lat = float(block.degrees(spot[1:], block.lat_offset)[0])
    if abs(lon) > 180.0 or abs(lat) > 90.0:
        lon = lat = float("nan")
    return Node(_from_zigzag(_number(parts.get(1, b""))), _tags(block, parts), lon, lat)


def _tags(block: Block, parts: dict[int, int | bytes]) -> dict[str, str]:
    keys, values = (_small(_bytes(parts.get(key, b""))) for key in (2, 3))
    if len(keys) != len(values):
        raise Damaged("keys without values")
    return {block.text(a): block.text(b) for a, b in zip(keys, values, strict=True)}


# ---- relations -------------------------------------------------------------------------


def relations(block: Block, kind: str) -> Iterator[Relation]:
    """Relations whose ``type`` is ``kind``."""
    if kind.encode() not in block.table:
        return
    for group in block.groups:
        if group[:1] != b"\x22":
            continue
        for key, message in fields(group):
            parts = dict(fields(_bytes(message))) if key == 4 else {}
            tags = _tags(block, parts)
            if tags.get("type") == kind:
                yield _relation(block, parts, tags)


def _relation(block: Block, parts: dict[int, int | bytes], tags: dict[str, str]) -> Relation:
    roles = [block.text(number) for number in _small(_bytes(parts.get(8, b"")))]
    refs = np.cumsum(signed(_bytes(parts.get(9, b"")))).tolist()
    kinds = [_KINDS.get(number, "?") for number in _small(_bytes(parts.get(10, b"")))]
    if not len(roles) == len(refs) == len(kinds):
        raise Damaged("members without roles")
    version = _version(_bytes(parts.get(4, b"")))
    members = list(zip(kinds, refs, roles, strict=True))
    return Relation(_number(parts.get(1, b"")), version, tags, members)

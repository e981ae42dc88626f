"""Keeps what took long to work out on disk: one format for road networks and for travel times.

A file is named by what its content came from (`name_of`), so that whatever else is asked meets
another file. It is flat: a line that says what it is and its checksum, the fields as JSON, then the
arrays as bytes. Nothing in it is ever run. It appears whole or not at all, whoever else writes it;
one that is damaged, cut short or not ours is never believed, and what it held is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assets.issues import Issue

CACHE = Path(".cache")
"""Where commands keep things: under the working folder, in a folder for each sort of thing."""
STALE_S = 86_400.0
"""A temporary file this old was left by a process that was stopped."""
_ALIGN = 64


@dataclass(frozen=True)
class Shelf:
    """One sort of thing that is kept.

    Attributes:
        name: first part of a warning's rule, and its layer.
        words: what it is in a warning.
        head: first bytes of its files: what they are, and the version of their form.
        suffix: of its files.
        kinds: the dataclasses in them, by name.
        mappings: whether they hold mappings (by text), too.
    """

    name: str
    words: str
    head: bytes
    suffix: str
    kinds: Mapping[str, Any] = field(default_factory=dict)
    mappings: bool = False


def name_of(shelf: Shelf, told: Sequence[Any]) -> str:
    """File name of what came from this: plain values, of which each may change the result."""
    text = json.dumps([shelf.head.decode(), *told], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() + shelf.suffix


def take(path: Path, shelf: Shelf) -> Any:
    """What is kept at ``path``; None where there is nothing that can be trusted."""
    try:
        with path.open("rb") as stream:
            head = stream.readline(256).split(b"|")
            body = np.empty(os.fstat(stream.fileno()).st_size - stream.tell(), dtype=np.uint8)
            whole = stream.readinto(body.data) == len(body)
        if not whole or len(head) != 4 or head[0] != shelf.head or int(head[1], 16) != _sum(body):
            return None
        size = int(head[2])
        found = _decoded(json.loads(body[:size].tobytes()), body[size:], shelf)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now
    return found


def keep(path: Path, value: Any, shelf: Shelf, *, max_files: int, max_bytes: int) -> Issue | None:
    """Keep a value; a warning where the folder cannot be written (which stops nothing).

    Args:
        path: where; the file appears whole or not at all, whoever else writes it.
        value: dataclasses of the shelf, tuples, arrays, numbers, text.
        shelf: what it is.
        max_files: the folder is kept within so many,
        max_bytes: and within this size: what was not used for longest goes first.

    Raises:
        TypeError: the value holds something that cannot be kept.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_encoded(value, arrays, shelf)).encode("ascii")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                for part in parts(text, arrays, shelf):
                    stream.write(part)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _tidy(path, shelf.suffix, max_files, max_bytes)
    except OSError as error:
        return Issue(
            f"{shelf.name}.cache",
            f"{shelf.words} cannot be kept for next time in {path.parent}: "
            f"{error.strerror or error}",
            remedy="free space, or make the folder writable; nothing else is affected",
            layer=shelf.name,
            severity="warning",
        )
    return None


def parts(text: bytes, arrays: Sequence[np.ndarray], shelf: Shelf) -> list[Any]:
    """Head, text and arrays, each padded to begin at a multiple of 64 bytes after the head."""
    body: list[Any] = [text.ljust(-(-len(text) // _ALIGN) * _ALIGN)]
    for array in arrays:
        flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        body += [flat, bytes(-flat.nbytes % _ALIGN)]
    total = 0
    for part in body:
        total = zlib.crc32(part, total)
    return [b"%s|%08x|%d|\n" % (shelf.head, total, len(body[0])), *body]


def _sum(body: np.ndarray) -> int:
    return zlib.crc32(body.data)


def _encoded(value: Any, arrays: list[np.ndarray], shelf: Shelf) -> Any:
    """A value as JSON holds it, its arrays put aside; whatever it is must be one of a few kinds."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError(f"arrays of {value.dtype} cannot be kept")
        arrays.append(value)
        return {"array": value.dtype.str, "shape": list(value.shape)}
    if is_dataclass(value) and type(value).__name__ in shelf.kinds:
        held = {f.name: _encoded(getattr(value, f.name), arrays, shelf) for f in fields(value)}
        return {"kind": type(value).__name__, "fields": held}
    if isinstance(value, tuple):
        return [_encoded(item, arrays, shelf) for item in value]
    if shelf.mappings and isinstance(value, Mapping) and all(type(k) is str for k in value):
        return {"map": {k: _encoded(v, arrays, shelf) for k, v in value.items()}}
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _decoded(value: Any, body: np.ndarray, shelf: Shelf) -> Any:
    """The reverse of `_encoded`; arrays are taken in the order in which they were put aside."""
    start = 0

    def back(value: Any) -> Any:
        nonlocal start
        if isinstance(value, list):
            return tuple(back(item) for item in value)
        if not isinstance(value, dict):
            return value
        if "kind" in value:
            return shelf.kinds[value["kind"]](**{k: back(v) for k, v in value["fields"].items()})
        if "map" in value:
            return {k: back(v) for k, v in value["map"].items()}
        kind = np.dtype(value["array"])
        size = int(np.prod(value["shape"], dtype=np.int64)) * kind.itemsize
        if kind.kind not in "biuf" or start + size > len(body):
            raise ValueError("not an array of ours")
        found = body[start : start + size].view(kind).reshape(value["shape"])
        start += -(-size // _ALIGN) * _ALIGN
        return found

    return back(value)


def _tidy(keep: Path, suffix: str, max_files: int, max_bytes: int) -> None:
    """Remove what was left half-written long ago, and what was not used for longest."""
    now, folder = time.time(), keep.parent
    for path in sorted(folder.glob("*.tmp")):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > STALE_S:
                path.unlink()
    held = []
    for path in sorted(folder.glob(f"*{suffix}")):
        with contextlib.suppress(OSError):
            seen = path.stat()
            held.append((path != keep, -seen.st_mtime, seen.st_size, path))
    total = 0
    for number, (_, _, size, path) in enumerate(sorted(held)):
        total += size
        if number and (number >= max_files or total > max_bytes):
            with contextlib.suppress(OSError):
                path.unlink()

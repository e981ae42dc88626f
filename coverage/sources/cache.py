"""Keeps built road networks on disk, so that a second reading takes a fraction of a second.

A file is named by what its network came from: the checksums of the sources, their names, and the
text of the code that decides the result, so that changed rules never meet an old network. It is
flat: a line that says what it is and its checksum, the fields as JSON, then the arrays as bytes.
Nothing in it is ever run. A file that is damaged, cut short or not ours is built anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from assets.issues import Issue
from coverage.network import Place, RoadNetwork
from coverage.turns import Turns

SUFFIX = ".roads"
MAX_BYTES = 4 * 2**30
MAX_FILES = 64
"""The folder is kept within both: the networks not used for longest go first."""
STALE_S = 86_400.0
"""A temporary file this old was left by a process that was stopped."""

_FORMAT = b"groundplan roads 1"
_ALIGN = 64
_HOUSE = Path(__file__).resolve().parents[2]
RULES = ("assets/issues.py", "coverage", "coverage/sources")
"""Files, and folders of files, whose text may decide what network a source becomes."""
_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (RoadNetwork, Turns, Place, Issue)}


@lru_cache(maxsize=1)
def rules_sha256() -> str:
    """Checksum of the code that reads roads, and of the libraries that move coordinates."""
    digest = hashlib.sha256(f"{np.__version__} {pyproj.__version__}".encode())
    for name in RULES:
        place = _HOUSE / name
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place]:
            text = path.read_bytes()
            digest.update(f"{path.name} {len(text)} ".encode() + text)
    return digest.hexdigest()


def cache_path(folder: Path, files: Sequence[tuple[str, str]]) -> Path:
    """Where the network of these files (names and checksums) is kept."""
    told = json.dumps([_FORMAT.decode(), rules_sha256(), *map(list, files)])
    return folder / (hashlib.sha256(told.encode()).hexdigest() + SUFFIX)


def read_cached(path: Path) -> RoadNetwork | None:
    """The network kept at ``path``; None where there is none that can be trusted."""
    try:
        with path.open("rb") as stream:
            head = stream.readline(256).split(b"|")
            body = np.empty(os.fstat(stream.fileno()).st_size - stream.tell(), dtype=np.uint8)
            whole = stream.readinto(body.data) == len(body)
        if not whole or len(head) != 4 or head[0] != _FORMAT or int(head[1], 16) != _sum(body):
            return None
        size = int(head[2])
        network = _decoded(json.loads(body[:size].tobytes()), body[size:])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    if not isinstance(network, RoadNetwork):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used just now
    return network


def write_cached(path: Path, network: RoadNetwork) -> Issue | None:
    """Keep a network; a warning where the folder cannot be written (which stops nothing).

    The file appears whole or not at all, whoever else writes it.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(_encoded(network, arrays)).encode("ascii")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                for part in _parts(text, arrays):
                    stream.write(part)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _tidy(path.parent, keep=path)
    except OSError as error:
        return Issue(
            "roads.cache",
            f"the roads cannot be kept for next time in {path.parent}: {error.strerror or error}",
            remedy="free space, or make the folder writable; nothing else is affected",
            layer="roads",
            severity="warning",
        )
    return None


def _parts(text: bytes, arrays: Sequence[np.ndarray]) -> list[Any]:
    """Head, text and arrays, each padded to begin at a multiple of 64 bytes after the head."""
    body: list[Any] = [text.ljust(-(-len(text) // _ALIGN) * _ALIGN)]
    for array in arrays:
        flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        body += [flat, bytes(-flat.nbytes % _ALIGN)]
    total = 0
    for part in body:
        total = zlib.crc32(part, total)
    return [b"%s|%08x|%d|\n" % (_FORMAT, total, len(body[0])), *body]


def _sum(body: np.ndarray) -> int:
    return zlib.crc32(body.data)


def _encoded(value: Any, arrays: list[np.ndarray]) -> Any:
    """A value as JSON holds it, its arrays put aside; whatever it is must be one of a few kinds."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError(f"arrays of {value.dtype} cannot be kept")
        arrays.append(value)
        return {"array": value.dtype.str, "shape": list(value.shape)}
    if is_dataclass(value) and type(value).__name__ in _KINDS:
        held = {f.name: _encoded(getattr(value, f.name), arrays) for f in fields(value)}
        return {"kind": type(value).__name__, "fields": held}
    if isinstance(value, tuple):
        return [_encoded(item, arrays) for item in value]
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _decoded(value: Any, body: np.ndarray) -> Any:
    """The reverse of `_encoded`; arrays are taken in the order in which they were put aside."""
    start = 0

    def back(value: Any) -> Any:
        nonlocal start
        if isinstance(value, list):
            return tuple(back(item) for item in value)
        if not isinstance(value, dict):
            return value
        if "kind" in value:
            return _KINDS[value["kind"]](**{k: back(v) for k, v in value["fields"].items()})
        kind = np.dtype(value["array"])
        size = int(np.prod(value["shape"], dtype=np.int64)) * kind.itemsize
        if kind.kind not in "biuf" or start + size > len(body):
            raise ValueError("not an array of ours")
        found = body[start : start + size].view(kind).reshape(value["shape"])
        start += -(-size // _ALIGN) * _ALIGN
        return found

    return back(value)


def _tidy(folder: Path, *, keep: Path) -> None:
    """Remove what was left half-written long ago, and the networks not used for longest."""
    now = time.time()
    for path in sorted(folder.glob("*.tmp")):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > STALE_S:
                path.unlink()
    held = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        with contextlib.suppress(OSError):
            seen = path.stat()
            held.append((path != keep, -seen.st_mtime, seen.st_size, path))
    total = 0
    for number, (_, _, size, path) in enumerate(sorted(held)):
        total += size
        if number and (number >= MAX_FILES or total > MAX_BYTES):
            with contextlib.suppress(OSError):
                path.unlink()

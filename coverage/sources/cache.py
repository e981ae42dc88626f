"""Keeps built road networks on disk, so that a second reading takes a fraction of a second.

A file (`coverage.kept`) is named by what its network came from: the checksums of the sources, their
names, and the text of the code that decides the result, so that changed rules never meet an old
network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from assets.issues import Issue
from coverage.kept import Shelf, keep, name_of, take
from coverage.network import Place, RoadNetwork
from coverage.turns import Turns

MAX_BYTES = 4 * 2**30
MAX_FILES = 64
"""The folder is kept within both: the networks not used for longest go first."""

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (RoadNetwork, Turns, Place, Issue)}
ROADS = Shelf("roads", "the roads", b"groundplan roads 1", ".roads", _KINDS)
_HOUSE = Path(__file__).resolve().parents[2]
RULES = ("assets/issues.py", "coverage", "coverage/sources")
"""Files, and folders of files, whose text may decide what network a source becomes."""


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
    return folder / name_of(ROADS, [rules_sha256(), *map(list, files)])


def read_cached(path: Path) -> RoadNetwork | None:
    """The network kept at ``path``; None where there is none that can be trusted."""
    found = take(path, ROADS)
    return found if isinstance(found, RoadNetwork) else None


def write_cached(path: Path, network: RoadNetwork) -> Issue | None:
    """Keep a network; a warning where the folder cannot be written (which stops nothing)."""
    return keep(path, network, ROADS, max_files=MAX_FILES, max_bytes=MAX_BYTES)

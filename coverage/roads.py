"""Reads roads: OpenStreetMap extracts (.osm.pbf), OS Open Roads, or a place from the network.

The package's only reader of maps. What tags mean is in `coverage.osm`, what the columns of OS
Open Roads mean in `coverage.sources.openroads_rules`, how ways become a network in
`coverage.network`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from assets.issues import InputError, Issue
from assets.read import sha256_of
from coverage.kept import CACHE as KEPT
from coverage.network import Place, RoadNetwork, build_network
from coverage.osm import ROAD_CLASSES
from coverage.sources.cache import cache_path, read_cached, write_cached
from coverage.sources.pbf import check_pbfs, read_pbf
from coverage.sources.place import PLACE_PREFIX, read_place
from coverage.sources.refusal import refused
from coverage.urban import with_urban

Progress = Callable[[str, float], None] | None
Sources = Path | str | Sequence[Path | str]

CACHE = KEPT / "roads"
"""Where commands keep the networks they built: under the working folder."""
_OPENROADS = (".gpkg", ".shp")
_EXTRACT_REMEDY = "give .osm.pbf extracts, or .gpkg files of OS Open Roads"

__all__ = [
    "CACHE",
    "Place",
    "ROAD_CLASSES",
    "RoadNetwork",
    "Roads",
    "is_place",
    "read_roads",
    "road_files",
    "roads_of",
]


def read_roads(
    sources: Sources, progress: Progress = None, *, cache: Path | None = None
) -> RoadNetwork:
    """The road network of extracts, of OS Open Roads, or of a place when online.

    Args:
        sources: one source or several of a kind: ``.osm.pbf`` extracts, which are merged; links
            of OS Open Roads (``.gpkg``, ``.shp``); or ``place:`` and a name that OpenStreetMap
            knows, e.g. ``place:Rutland, England`` (needs the internet; never kept).
        progress: called with stage and fraction done.
        cache: folder to keep the built network in, and to take it from the next time the same
            files are read by the same rules; None keeps nothing.

    Returns:
        Every road that a car, a crew or a person on foot may use, in EPSG:27700.

    Raises:
        InputError: a file is missing, of an unknown kind, cut short or damaged; kinds are mixed;
            there is no usable road; roads lie outside Great Britain; the place cannot be fetched.
    """
    tell = progress or (lambda stage, share: None)
    named = [sources] if isinstance(sources, Path | str) else list(sources)
    place = _place(named)
    if place is not None:
        return read_place(place, tell)
    paths = road_files(named)
    tell("reading roads", 0.0)
    files = _checksums(paths)
    kept = None if cache is None else cache_path(cache, files)
    network = None if kept is None else read_cached(kept)
    if network is None:
        network = replace(_built(paths, files, tell), files=files)
        complaint = None if kept is None else write_cached(kept, network)
        if complaint is not None:
            network = replace(network, warnings=(*network.warnings, complaint))
    tell("roads read", 1.0)
    return network


@dataclass(frozen=True, eq=False)
class Roads:
    """Roads known by what they are read from, and read when somebody first needs them.

    Made by `roads_of`. What is worked out from roads and kept (`coverage.kept_times`) needs their
    `key` only. Pickled without the network: whoever unpickles it reads it again where needed.

    Attributes:
        sources: as `read_roads` takes them.
        files: name and sha256 of each file, sorted; none for a place.
        cache: folder that built networks are kept in; None keeps none.
        towns: outlines inside which a road is urban; None = by the density of streets.
    """

    sources: tuple[Path | str, ...]
    files: tuple[tuple[str, str], ...]
    cache: Path | None = None
    towns: tuple[Any, ...] | None = None
    _read: list[RoadNetwork] = field(default_factory=list, repr=False)

    @property
    def key(self) -> str | None:
        """Checksum of what the network comes from; None for a place, which is never kept."""
        if not self.files:
            return None
        return hashlib.sha256(repr((self.files, self.towns_sha256)).encode()).hexdigest()

    @property
    def towns_sha256(self) -> str | None:
        """Checksum of the outlines; None without."""
        if self.towns is None:
            return None
        shapes = shapely.to_wkb(np.array(self.towns, dtype=object))
        return hashlib.sha256(
            repr([len(one) for one in shapes]).encode() + b"".join(shapes)
        ).hexdigest()

    @property
    def network(self) -> RoadNetwork:
        """The network, read once."""
        return self.read()

    def read(self, progress: Progress = None) -> RoadNetwork:
        """The network, read once, telling how far that is.

        Raises:
            InputError: as `read_roads`; the files are not the ones they were.
        """
        if not self._read:
            network = read_roads(self.sources, progress, cache=self.cache)
            if network.files != self.files:
                changed = tuple(name for name, _ in set(network.files) ^ set(self.files))
                raise InputError(file_changed(sorted(set(changed))))
            if self.towns is not None:
                told = f"{len(self.towns)} outlines of kind town"
                network = with_urban(network, self.towns, told)
            self._read.append(network)
        return self._read[0]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_read": []}


def roads_of(
    sources: Sequence[Path | str],
    *,
    cache: Path | None = None,
    towns: Sequence[Any] | None = None,
    sha256: Callable[[Path], str] = sha256_of,
) -> Roads:
    """Roads, looked up but not read yet.

    Args:
        sources: as `read_roads` takes them.
        cache: folder that built networks are kept in; None keeps none.
        towns: outlines inside which a road is urban; None = by the density of streets.
        sha256: checksum of a file.

    Raises:
        InputError: a file is missing, of an unknown kind or unreadable.
    """
    files = _checksums(road_files(sources), sha256)
    outlines = None if towns is None else tuple(towns)
    return Roads(tuple(sources), files, cache, outlines)


def file_changed(names: Iterable[object]) -> Issue:
    """A file is no longer what it was when it was first read."""
    return Issue(
        "inputs.changed",
        "input changed during the batch: these files are not what they were when first read",
        tuple(map(str, names)),
        "start again with the files as they are now, and leave them until it is done",
    )


def road_files(named: Sequence[Path | str]) -> list[Path]:
    """The files of a list of sources, by name and path; empty for a place.

    Raises:
        InputError: none named, a folder, no such file, one named twice, kinds mixed.
    """
    if _place(named) is not None:
        return []
    paths = sorted({Path(one): None for one in named}, key=lambda path: (path.name, str(path)))
    issues = [*_not_there(paths), *_mixed(paths)]
    if not paths:
        issues.append(_said("none_named", "no roads are named", (), _EXTRACT_REMEDY))
    if len(paths) < len(named):
        texts = [str(one) for one in named]
        again = tuple(sorted({text for text in texts if texts.count(text) > 1}))
        issues.append(_said("named_twice", "roads are named twice", again, "name each file once"))
    if issues:
        raise InputError(issues)
    return paths


def is_place(source: Path | str) -> bool:
    """Whether a source is the name of a place, not a file."""
    return str(source).startswith(PLACE_PREFIX)


def _place(named: Sequence[Path | str]) -> str | None:
    """The place asked for, None for files."""
    places = [str(one) for one in named if is_place(one)]
    if places and len(named) > 1:
        raise refused(
            "roads.mixed",
            f"'{places[0]}' stands beside other roads",
            "give one place alone, or files",
        )
    return places[0].removeprefix(PLACE_PREFIX).strip() if places else None


def _not_there(paths: Sequence[Path]) -> list[Issue]:
    folders = [path for path in paths if path.is_dir()]
    missing = [path for path in paths if not path.exists()]
    issues = []
    if folders:
        text = f"{', '.join(map(str, folders))} is a folder, not a file of roads"
        issues.append(_said("folder", text, folders, "name the files in it"))
    if missing:
        text = f"there is no file {', '.join(map(str, missing))}"
        issues.append(_said("missing", text, (), "check the path"))
    return issues


def _mixed(paths: Sequence[Path]) -> list[Issue]:
    files = [path for path in paths if path.is_file()]
    links = [path for path in files if is_openroads(path)]
    if not links or len(links) == len(files):
        return []
    text = "OS Open Roads and OpenStreetMap extracts are not merged: their nodes do not meet"
    return [_said("mixed", text, (path.name for path in files), "give files of one kind")]


def is_openroads(path: Path) -> bool:
    """Whether a file is one of OS Open Roads, by its ending."""
    return path.suffix.lower() in _OPENROADS


def _said(rule: str, message: str, ids: Iterable[object], remedy: str) -> Issue:
    return Issue(f"roads.{rule}", message, tuple(map(str, ids)), remedy, "roads")


def _checksums(
    paths: Sequence[Path], sha256: Callable[[Path], str] = sha256_of
) -> tuple[tuple[str, str], ...]:
    """Name and sha256 of each file (of a Shapefile with its parts), sorted."""
    try:
        return tuple(sorted((path.name, sha256(path)) for path in paths))
    except InputError as error:
        issue = replace(error.issues[0], rule="roads.unreadable", layer="roads")
        raise InputError(issue) from error


def _built(
    paths: Sequence[Path], files: tuple[tuple[str, str], ...], tell: Callable[[str, float], None]
) -> RoadNetwork:
    source = " + ".join(name for name, _ in files)
    sums = sorted(digest for _, digest in files)
    sha256 = sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()
    if is_openroads(paths[0]):
        from coverage.sources.openroads import read_openroads  # its libraries are slow to import

        return read_openroads(paths, tell, source=source, sha256=sha256)
    check_pbfs(paths)
    raw = read_pbf(paths)
    tell("building the network", 0.7)
    return build_network(raw, source=source, sha256=sha256)

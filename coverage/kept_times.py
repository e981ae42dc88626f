"""Keeps drive times on disk, so that a plan of the same places and roads need not look for them.

A file (`coverage.kept`) is named by everything that decides the minutes: the roads' checksums, ids
and coordinates of both ends, every number of the profile, direction, bound, and the text of the
code that computes them. So an altered lock, target or price meets the same file; a moved building,
another speed or a changed rule another one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import scipy
import shapely

from assets.issues import Issue
from coverage.kept import Shelf, keep, name_of, take
from coverage.roads import Roads
from coverage.sources.cache import rules_sha256
from coverage.speeds import Profile, TimeError
from coverage.times import Progress, travel_times
from coverage.travel import TravelTimes

MAX_BYTES = 4 * 2**30
MAX_FILES = 256
"""The folder is kept within both: the times not used for longest go first."""
_KINDS = {"TravelTimes": TravelTimes, "TimeError": TimeError}
TIMES = Shelf("times", "drive times", b"groundplan times 1", ".times", _KINDS, mappings=True)
_PLACE = ["easting", "northing"]


@dataclass(frozen=True, eq=False)
class Journeys:
    """Which drives are asked for; the arguments of `coverage.times.travel_times`.

    Attributes:
        roads: the roads, read only if the drives are not kept.
        demand, sites: index id; ``easting`` and ``northing`` (EPSG:27700 metres).
        profile: how the mode moves.
        direction: ``from_site`` or ``to_site``.
        bound_min: nothing longer is looked for (inclusive).
        rim: whether to say what the edge of the map may mislead.
    """

    roads: Roads
    demand: pd.DataFrame
    sites: pd.DataFrame
    profile: Profile
    direction: str
    bound_min: float | None
    rim: bool = False

    @property
    def name(self) -> str:
        """File name they are kept under, or ``""`` where they are not: of a place's roads."""
        roads = self.roads.key
        if roads is None:
            return ""
        told = [
            rules_sha256(), scipy.__version__, shapely.__version__, roads,
            places_sha256(self.demand), places_sha256(self.sites),
            self.profile.table(), self.direction, self.bound_min, self.rim,
        ]  # fmt: skip
        return name_of(TIMES, told)

    def times(
        self, progress: Progress = None, *, cache: Path | None = None
    ) -> tuple[TravelTimes, Issue | None]:
        """The drives, taken from the folder or computed and kept there.

        Returns:
            The times, to the bit the same in either case; and a warning where they could not be
            kept.

        Raises:
            InputError: as `coverage.times.travel_times` and `coverage.roads.read_roads`.
        """
        name = "" if cache is None else self.name
        path = cache / name if cache is not None and name else None
        kept = None if path is None else self._kept(path)
        if kept is not None:
            return kept, None
        found = travel_times(
            self.roads.read(progress),
            self.demand,
            self.sites,
            profile=self.profile,
            direction=self.direction,
            bound_min=self.bound_min,
            rim=self.rim,
            progress=progress,
        )
        if path is None:
            return found, None
        limits = {"max_files": MAX_FILES, "max_bytes": MAX_BYTES}
        return found, keep(path, found, TIMES, **limits)

    def _kept(self, path: Path) -> TravelTimes | None:
        """What is kept there, if it is of these places."""
        found = take(path, TIMES)
        if not isinstance(found, TravelTimes) or not isinstance(found.provenance, dict):
            return None
        ends = tuple(map(str, self.demand.index)), tuple(map(str, self.sites.index))
        shape = (len(ends[0]), len(ends[1]))
        grids = found.minutes, found.metres
        if (found.demand_ids, found.site_ids) != ends or any(
            not isinstance(g, np.ndarray) or g.shape != shape for g in grids
        ):
            return None
        return replace(found, provenance=MappingProxyType(found.provenance))


def places_sha256(frame: pd.DataFrame) -> str:
    """Checksum of ids and coordinates, in the order given; coordinates to the last bit."""
    present = [name for name in _PLACE if name in frame.columns]
    digest = hashlib.sha256(json.dumps([present, *map(str, frame.index)]).encode())
    for name in present:
        column = pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()

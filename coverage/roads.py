"""Reads roads: an OpenStreetMap extract (.osm.pbf), or a named place from the network.

The package's only reader of maps. What tags mean is in `coverage.osm`, how ways become a
network in `coverage.network`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coverage.network import Place, RoadNetwork, build_network
from coverage.osm import ROAD_CLASSES
from coverage.sources.pbf import check_pbf, read_pbf
from coverage.sources.place import PLACE_PREFIX, read_place

Progress = Callable[[str, float], None] | None

__all__ = ["Place", "ROAD_CLASSES", "RoadNetwork", "read_roads"]


def read_roads(source: Path | str, progress: Progress = None) -> RoadNetwork:
    """The road network of an extract, or of a place when online.

    Args:
        source: path of an ``.osm.pbf`` file, or ``place:`` and a name that OpenStreetMap
            knows, e.g. ``place:Rutland, England`` (needs the internet).
        progress: called with stage and fraction done.

    Returns:
        Every road that a car, a crew or a person on foot may use, in EPSG:27700.

    Raises:
        InputError: the file is missing, not a .osm.pbf, cut short or damaged; it holds no
            usable road; roads lie outside Great Britain; the place cannot be fetched.
    """
    tell = progress or (lambda stage, share: None)
    text = str(source)
    if text.startswith(PLACE_PREFIX):
        return read_place(text.removeprefix(PLACE_PREFIX).strip(), tell)
    path = Path(source)
    tell("reading roads", 0.0)
    digest = check_pbf(path)
    raw = read_pbf(path)
    tell("building the network", 0.7)
    network = build_network(raw, source=path.name, sha256=digest)
    tell("roads read", 1.0)
    return network

"""What counts as town: links inside given outlines instead of links amid dense streets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from coverage.network import Bools, RoadNetwork


def with_urban(
    network: RoadNetwork, polygons: Sequence[Any] | NDArray[np.object_], source: str = "areas"
) -> RoadNetwork:
    """The same network, urban exactly where the middle of a link lies in one of the outlines.

    Args:
        network: the roads.
        polygons: shapely polygons, EPSG:27700; their borders are inside. Empty ones count for
            nothing; with none at all the whole network is country.
        source: what the outlines are, for the provenance of times (`RoadNetwork.urban_source`).

    A tagged speed limit still goes before it (`coverage.speeds`), as it does before the density
    of streets.
    """
    return replace(network, link_urban=_inside(network, polygons), urban_source=source)


def _inside(network: RoadNetwork, polygons: Sequence[Any] | NDArray[np.object_]) -> Bools:
    outlines = np.asarray(polygons, dtype=object).ravel()
    outlines = outlines[~(shapely.is_missing(outlines) | shapely.is_empty(outlines))]
    once = np.flatnonzero((network.link_reverse < 0) | (network.link_from < network.link_to))
    start, stop = network.link_from[once], network.link_to[once]
    x = (network.node_x[start] + network.node_x[stop]) / 2.0
    y = (network.node_y[start] + network.node_y[stop]) / 2.0
    middles: Any = shapely.points(x, y)
    hit = shapely.STRtree(middles).query(outlines, predicate="intersects")[1]
    inside = np.zeros(len(network.link_from), dtype=bool)
    inside[once[hit]] = True
    twin = network.link_reverse[once]
    inside[twin[twin >= 0]] = inside[once[twin >= 0]]
    return inside

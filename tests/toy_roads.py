"""Small road networks drawn in metres, for tests: as arrays, or as a real .osm.pbf file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
from pyproj import Transformer

from coverage.network import RawRoads, Restriction, RoadNetwork, build_network
from coverage.osm import barrier_blocks, way_rule

ORIGIN = (380_000.0, 100_000.0)
"""Toy metres are counted from here (mid Dorset, EPSG:27700)."""

_TO_LONLAT = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)

Nodes = Mapping[int, tuple[float, float]]
Way = tuple[Sequence[int], Mapping[str, str]]
Relation = tuple[Sequence[tuple[str, int, str]], Mapping[str, str]]


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Degrees of a toy position."""
    lon, lat = _TO_LONLAT.transform(ORIGIN[0] + x, ORIGIN[1] + y)
    return float(lon), float(lat)


def write_pbf(
    path: Path,
    nodes: Nodes,
    ways: Sequence[Way],
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    relations: Sequence[Relation] = (),
) -> Path:
    """Write nodes (toy metres), ways and relations (both numbered from 1) as an .osm.pbf file."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for node, (x, y) in sorted(nodes.items()):
            tags = dict((node_tags or {}).get(node, {}))
            writer.add_node(osmium.osm.mutable.Node(id=node, location=lonlat(x, y), tags=tags))
        for number, (refs, way_tags) in enumerate(ways, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=list(refs), tags=dict(way_tags)))
        for number, (members, tags) in enumerate(relations, start=1):
            writer.add_relation(
                osmium.osm.mutable.Relation(id=number, members=list(members), tags=dict(tags))
            )
    return path


def toy_network(
    nodes: Nodes,
    ways: Sequence[Way],
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    restrictions: Sequence[Restriction] = (),
) -> RoadNetwork:
    """The same as a network, with no file in between."""
    rules = [(number, refs, way_rule(tags)) for number, (refs, tags) in enumerate(ways, start=1)]
    kept = [(number, refs, rule) for number, refs, rule in rules if rule is not None]
    refs = [node for _, way, _ in kept for node in way]
    place = np.array([lonlat(*nodes[node]) for node in refs]).reshape(-1, 2)
    tags = node_tags or {}
    raw = RawRoads(
        way_id=np.array([number for number, _, _ in kept], dtype=np.int64),
        way_class=np.array([rule.road_class for _, _, rule in kept], dtype=np.uint8),
        way_form=np.array([rule.form for _, _, rule in kept], dtype=np.uint8),
        way_forward=np.array([rule.forward_modes for _, _, rule in kept], dtype=np.uint8),
        way_backward=np.array([rule.backward_modes for _, _, rule in kept], dtype=np.uint8),
        way_forward_kph=np.array([rule.forward_kph for _, _, rule in kept], dtype=np.float32),
        way_backward_kph=np.array([rule.backward_kph for _, _, rule in kept], dtype=np.float32),
        way_first=np.cumsum([0, *(len(way) for _, way, _ in kept)]).astype(np.int64),
        ref_id=np.array(refs, dtype=np.int64),
        ref_lon=place[:, 0].copy(),
        ref_lat=place[:, 1].copy(),
        way_access_only=np.array([rule.access_only for _, _, rule in kept], dtype=bool),
        restrictions=tuple(restrictions),
        barriers={node: barrier_blocks(t) for node, t in tags.items() if barrier_blocks(t)},
        signals=tuple(n for n, t in tags.items() if t.get("highway") == "traffic_signals"),
    )
    return build_network(raw, source="toy", sha256="0" * 64)


def places(spots: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Places at toy positions: index id, columns easting and northing."""
    xy = np.array([spots[name] for name in spots], dtype=float).reshape(-1, 2) + ORIGIN
    return pd.DataFrame({"easting": xy[:, 0], "northing": xy[:, 1]}, index=list(spots))

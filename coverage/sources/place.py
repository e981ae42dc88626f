"""Roads of a named place as OpenStreetMap has them today, through osmnx (needs the internet)."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from assets.issues import InputError
from coverage.network import RawRoads, RoadNetwork, build_network, no_roads
from coverage.osm import NODE_KEYS, WAY_KEYS, way_rule
from coverage.sources.pbf import Collected
from coverage.sources.refusal import refused

PLACE_PREFIX = "place:"


def read_place(name: str, tell: Callable[[str, float], None]) -> RoadNetwork:
    """Roads of a place as OpenStreetMap has them today, through osmnx."""
    tell(f"fetching {name}", 0.0)
    ox = importlib.import_module("osmnx")  # slow to import and needed only here
    kept = ox.settings.useful_tags_way, ox.settings.useful_tags_node, ox.settings.all_oneway
    ox.settings.useful_tags_way = sorted(WAY_KEYS)
    ox.settings.useful_tags_node = sorted(NODE_KEYS | {"highway", "place", "name"})
    ox.settings.all_oneway = True  # one edge per piece of way, as drawn, with its own tags
    try:
        graph = ox.graph_from_place(name, network_type="all", simplify=False, retain_all=True)
    except Exception as error:  # osmnx raises a dozen kinds: no network, no such place, busy
        raise refused(
            "roads.place",
            f"the roads of '{name}' cannot be fetched ({type(error).__name__}: {error})",
            "check the name and the connection, or give an .osm.pbf extract instead",
        ) from error
    finally:
        ox.settings.useful_tags_way, ox.settings.useful_tags_node, ox.settings.all_oneway = kept
    raw = _raw_from_graph(graph)
    if not len(raw.way_id):
        raise InputError(no_roads(name))
    digest = hashlib.sha256(raw.ref_id.tobytes() + raw.ref_lon.tobytes() + raw.ref_lat.tobytes())
    return build_network(raw, source=PLACE_PREFIX + name, sha256=digest.hexdigest())


def _raw_from_graph(graph: Any) -> RawRoads:
    """An osmnx graph's edges, each a two-node way."""
    got, ends = Collected(), list[tuple[float, float]]()
    for node, tags in sorted(graph.nodes(data=True)):
        got.node(node, {k: v for k, v in tags.items() if isinstance(v, str)}, tags["x"], tags["y"])
    for a, b, tags in sorted(graph.edges(data=True), key=lambda e: (e[2]["osmid"], e[0], e[1])):
        rule = way_rule({k: v for k, v in tags.items() if isinstance(v, str)})
        if rule is None:
            continue
        got.way_id.append(tags["osmid"])
        got.rules.append(rule)
        got.counts.append(2)
        got.refs.extend((a, b))
        ends += [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (a, b)]
    lonlat = np.array(ends, dtype=float).reshape(-1, 2)
    return got.raw(lonlat[:, 0].copy(), lonlat[:, 1].copy())

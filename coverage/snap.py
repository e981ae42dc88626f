"""From a place to the road: the nearest usable segment, how far along it, and how far off.

Nearest *segment*, not node: a rural link may be a kilometre long. Usable means on the main network
of the mode (`coverage.graph`), so nobody is attached to a piece of road that leads nowhere, nor to
a motorway, which has no doors. A place farther than ``max_snap_m`` from any usable road is kept,
marked off the network and listed; it is not dropped.

**Beyond the rim**: the map ends somewhere, and a town just past its edge must not be pulled to the
last road inside it. A place more than `RIM_M` from any usable road is also off the network when it
lies outside the outline of the map's roads and paths of every kind: their cover, closed over bays
of up to twice `GAP_M`, holes filled (a place amid fields or moor stays in, a place past the last
road does not).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import ArrayLike

from assets.issues import InputError, Issue
from coverage.graph import ModeGraph, mode_graph
from coverage.network import Bools, Floats, Ints, RoadNetwork
from coverage.osm import CLASS_INDEX
from coverage.outline import Raster, depth, distance_from_roads, within
from coverage.speeds import Profile

RIM_M = 250.0
"""Up to this far from a usable road a place is never beyond the rim. *Default*."""
GAP_M = 700.0
"""Bays in the outline up to twice this wide are inside the map; so is every hole. *Default*."""
_MOTORWAYS = tuple(CLASS_INDEX[name] for name in ("motorway", "motorway_link"))
_CELL_M, _MOST_CELLS = 100.0, 4_000_000


@dataclass(frozen=True, eq=False)
class Snapped:
    """Places attached to the road (p places).

    Attributes:
        ids: the places, in the order given.
        x, y: where they are, EPSG:27700 metres, float64[p].
        link_forward: link along which a place may be left or reached, -1 if none, int64[p].
        link_backward: the link the other way along the same segment, -1 if none, int64[p].
        fraction: how far along ``link_forward`` the place lies (0..1); along ``link_backward`` it
            is one less this, float64[p].
        road_x, road_y: the nearest point on the road, float64[p].
        snap_m: straight distance from place to road, float64[p].
        beyond_rim: past the edge of the map (see above), bool[p].
        on_network: within ``max_snap_m`` of a usable road and not beyond the rim, bool[p].
        max_snap_m: the limit used (inclusive).
        graph: the mode's usable network.
    """

    ids: tuple[str, ...]
    x: Floats
    y: Floats
    link_forward: Ints
    link_backward: Ints
    fraction: Floats
    road_x: Floats
    road_y: Floats
    snap_m: Floats
    beyond_rim: Bools
    on_network: Bools
    max_snap_m: float
    graph: ModeGraph = field(repr=False)

    @property
    def mode(self) -> int:
        """Bit of the mode whose roads these places are on."""
        return self.graph.mode

    @property
    def off_network(self) -> tuple[str, ...]:
        """Ids of the places too far from any usable road or beyond the rim, in order."""
        return tuple(self.ids[k] for k in np.flatnonzero(~self.on_network))


def snap(
    network: RoadNetwork,
    ids: Sequence[str],
    x: ArrayLike,
    y: ArrayLike,
    profile: Profile,
    *,
    max_snap_m: float | None = None,
) -> Snapped:
    """Attach places to the nearest segment of the mode's main network.

    Args:
        network: the roads.
        ids: one id per place, unique.
        x: eastings, EPSG:27700 metres.
        y: northings.
        profile: whose mode decides what is usable.
        max_snap_m: farthest a place may lie from the road (inclusive); the profile's own if None.

    Returns:
        One row per place, in the order given; none is dropped.

    Raises:
        InputError: duplicate ids, coordinates missing, or no road usable by the mode.
    """
    names = check_ids(ids, "places")
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    _check_points(names, xs, ys)
    graph = mode_graph(network, profile.mode)
    segment = _nearest_segment(graph, xs, ys)
    start, stop = (ends[segment] for ends in graph.seg_ends)
    at_x, at_y = network.node_x[start], network.node_y[start]
    run_x, run_y = network.node_x[stop] - at_x, network.node_y[stop] - at_y
    along = (xs - at_x) * run_x + (ys - at_y) * run_y
    square = run_x**2 + run_y**2
    fraction = np.clip(along / np.where(square > 0, square, 1.0), 0.0, 1.0)
    road_x, road_y = at_x + fraction * run_x, at_y + fraction * run_y
    farthest_m = profile.max_snap_m if max_snap_m is None else float(max_snap_m)
    snap_m = np.hypot(xs - road_x, ys - road_y)
    rim = (snap_m > RIM_M) & ~_inside(network, xs, ys)
    return Snapped(
        ids=names,
        x=xs,
        y=ys,
        link_forward=graph.seg_forward[segment],
        link_backward=graph.seg_backward[segment],
        fraction=fraction,
        road_x=road_x,
        road_y=road_y,
        snap_m=snap_m,
        beyond_rim=rim,
        on_network=(snap_m <= farthest_m) & ~rim,
        max_snap_m=farthest_m,
        graph=graph,
    )


def check_ids(ids: Sequence[str], what: str) -> tuple[str, ...]:
    """The ids as text; refused when one occurs twice."""
    names = tuple(str(name) for name in ids)
    counts = Counter(names)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise InputError(
            Issue(
                "times.duplicate_id",
                f"{what} carry the same id more than once",
                tuple(twice),
                remedy="give every row an id of its own",
            )
        )
    return names


def _check_points(names: tuple[str, ...], x: Floats, y: Floats) -> None:
    if not len(names) == len(x) == len(y):
        raise ValueError(f"{len(names)} ids but {len(x)} eastings and {len(y)} northings")
    lost = np.flatnonzero(~(np.isfinite(x) & np.isfinite(y)))
    if len(lost):
        raise InputError(
            Issue(
                "snap.no_coordinates",
                "places without coordinates cannot be attached to a road",
                tuple(names[k] for k in lost),
                remedy="give easting and northing (or lon and lat) for each",
            )
        )


def _inside(network: RoadNetwork, x: Floats, y: Floats) -> Bools:
    """Whether each point lies inside the outline of the map's roads and paths."""
    return np.asarray(_outline(network).at(x, y), dtype=bool)


@lru_cache(maxsize=4)
def _outline(network: RoadNetwork) -> Raster:
    once = (network.link_reverse < 0) | (network.link_from < network.link_to)
    return mapped_ground(network, np.flatnonzero(once))


def mapped_ground(network: RoadNetwork, links: Ints) -> Raster:
    """The ground that links cover: near them, grown by `GAP_M`, filled, shrunk back."""
    far = distance_from_roads(
        network, links, cell_m=_CELL_M, margin_m=GAP_M, most_cells=_MOST_CELLS
    )
    deep = depth(within(far, GAP_M))
    return replace(deep, cells=deep.cells > GAP_M)


def _nearest_segment(graph: ModeGraph, x: Floats, y: Floats) -> Ints:
    """Nearest segment of each place; of several equally near, the first in the network's order.

    Nobody comes or goes by the hard shoulder: a place whose nearest road is a motorway or its
    slip road is put on the nearest other one, if the network has any.
    """
    chosen = _nearest(graph.tree, x, y, len(graph.seg_forward))
    shut = np.flatnonzero(_motorway(graph)[chosen])
    if len(shut):
        tree, segment = _off_motorway(graph)
        if len(segment):
            chosen[shut] = segment[_nearest(tree, x[shut], y[shut], len(segment))]
    return chosen


def _nearest(tree: shapely.STRtree, x: Floats, y: Floats, count: int) -> Ints:
    chosen = np.full(len(x), count, dtype=np.int64)
    if len(x):
        place, found = tree.query_nearest(shapely.points(x, y), all_matches=True)
        np.minimum.at(chosen, place, found)
    return chosen


def _motorway(graph: ModeGraph) -> Bools:
    lead = np.where(graph.seg_forward >= 0, graph.seg_forward, graph.seg_backward)
    return np.asarray(np.isin(graph.network.link_class[lead], _MOTORWAYS))


@lru_cache(maxsize=4)
def _off_motorway(graph: ModeGraph) -> tuple[shapely.STRtree, Ints]:
    """Index of the segments that are no motorway, and which those are."""
    segment = np.flatnonzero(~_motorway(graph))
    return shapely.STRtree(graph.tree.geometries[segment]), segment

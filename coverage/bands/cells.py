"""The land nearest to each stretch of road, and how far out the map's land goes.

A place is attached to the nearest usable segment (`coverage.snap`), so the land is shared out in
the same way: segments are cut into short pieces, and the Voronoi cell of a piece's middle is the
land nearest to it. Between pieces of one segment the cells meet exactly at the pieces' ends, at
right angles to the road; between roads, on the line half-way (to within a metre or so for roads
100 m apart).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree

from assets.issues import InputError, Issue
from coverage.bands.field import Pieces
from coverage.graph import ModeGraph, mode_graph
from coverage.network import Floats, Ints, RoadNetwork
from coverage.snap import RIM_M, snap
from coverage.speeds import Profile

PIECE_M = 40.0
"""Longest piece of a segment; doubled until there are no more than `MOST_PIECES`."""
MOST_PIECES = 400_000
GRID_M = 100.0
"""Mesh on which the edge of the map's land is found; widened for a wide map."""
MOST_POINTS = 600_000

Shapes = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Cells:
    """The land of each piece (p pieces, e edges between cells).

    Attributes:
        graph: the mode's usable network.
        pieces: the segments, cut.
        between: the two pieces each edge lies between, -1 for the world outside, int64[e, 2].
        edge_xy: ends of each edge, EPSG:27700 metres, float64[e, 2, 2].
        owner, first: edges of piece k are ``owner[first[k]:first[k + 1]]``.
    """

    graph: ModeGraph = field(repr=False)
    pieces: Pieces
    between: Ints
    edge_xy: Floats
    owner: Ints
    first: Ints

    def along(self, segment: Ints, share: Floats) -> Floats:
        """Position at a share of each segment's length, float64[..., 2]."""
        net = self.graph.network
        start, stop = (ends[segment] for ends in self.graph.seg_ends)
        x = net.node_x[start] * (1.0 - share) + net.node_x[stop] * share
        y = net.node_y[start] * (1.0 - share) + net.node_y[stop] * share
        return np.column_stack([x, y])

    @cached_property
    def tree(self) -> tuple[cKDTree, Ints]:
        """Index of the middles of pieces that have land, and the piece of each."""
        piece = np.flatnonzero(np.diff(self.first) > 0)
        share = (self.pieces.begin[piece] + self.pieces.end[piece]) / 2
        return cKDTree(self.along(self.pieces.segment[piece], share)), piece

    def outlines(self, piece: Ints) -> tuple[Shapes, Floats]:
        """The cell of each piece as a polygon; how far its corners lie from the piece's middle."""
        count = self.first[piece + 1] - self.first[piece]
        at = np.repeat(np.arange(len(piece)), count)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        corners = self.edge_xy[self.owner[self.first[piece][at] + offset]].reshape(-1, 2)
        at = np.repeat(at, 2)
        shape = np.full(len(piece), shapely.Polygon(), dtype=object)
        have = np.flatnonzero(count)
        points: Any = shapely.multipoints(corners, indices=np.searchsorted(have, at))
        shape[have] = shapely.convex_hull(points)
        middle = self.along(
            self.pieces.segment[piece], (self.pieces.begin[piece] + self.pieces.end[piece]) / 2
        )
        reach = np.zeros(len(piece))
        np.maximum.at(reach, at, np.hypot(*(corners - middle[at]).T))
        return shape, reach


@lru_cache(maxsize=4)
def cells_of(graph: ModeGraph, margin_m: float) -> Cells:
    """The land of every piece of a mode's roads, right to within ``margin_m`` of them."""
    pieces = _cut(graph)
    bare = Cells(graph, pieces, _NONE.reshape(-1, 2), np.zeros((0, 2, 2)), _NONE, _NONE)
    middle = bare.along(pieces.segment, (pieces.begin + pieces.end) / 2)
    _, distinct = np.unique(middle.round(3), axis=0, return_index=True)
    distinct.sort()
    origin = middle.mean(axis=0)
    points = np.vstack([middle[distinct], _frame(middle, 3.0 * margin_m + 1000.0)]) - origin
    diagram = Voronoi(points)
    ends = np.asarray(diagram.ridge_vertices, dtype=np.int64)
    name = np.append(distinct, np.full(len(points) - len(distinct), -1))
    between = name[diagram.ridge_points.astype(np.int64)]
    kept = (between >= 0).any(axis=1)
    between, ends = between[kept], ends[kept]
    edge, side = np.nonzero(between >= 0)
    piece = between[edge, side]
    order = np.argsort(piece, kind="stable")
    return replace(
        bare,
        between=between,
        edge_xy=diagram.vertices[ends] + origin,
        owner=edge[order],
        first=np.searchsorted(piece[order], np.arange(len(pieces.segment) + 1)),
    )


_NONE = np.zeros(0, dtype=np.int64)


def _cut(graph: ModeGraph) -> Pieces:
    start, stop = graph.seg_ends
    x, y = graph.network.node_x, graph.network.node_y
    length_m = np.hypot(x[start] - x[stop], y[start] - y[stop])
    longest_m = PIECE_M
    count = np.maximum(1, np.ceil(length_m / longest_m)).astype(np.int64)
    while count.sum() > max(MOST_PIECES, len(count)):
        longest_m *= 2.0
        count = np.maximum(1, np.ceil(length_m / longest_m)).astype(np.int64)
    segment = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    return Pieces(segment, step / count[segment], (step + 1) / count[segment])


def _frame(points: Floats, margin_m: float) -> Floats:
    """Points round the outside, so far off that no land within the margin is theirs."""
    low, high = points.min(axis=0) - margin_m, points.max(axis=0) + margin_m
    share = np.linspace(0.0, 1.0, 9)[:-1]
    x, y = low[0] + share * (high[0] - low[0]), low[1] + share * (high[1] - low[1])
    sides = [
        np.column_stack([x, np.full(8, low[1])]),
        np.column_stack([np.full(8, high[0]), y]),
        np.column_stack([x[::-1] + (high[0] - x[-1]), np.full(8, high[1])]),
        np.column_stack([np.full(8, low[0]), y[::-1] + (high[1] - y[-1])]),
    ]
    return np.vstack(sides)


def land_of(network: RoadNetwork, profile: Profile) -> shapely.Geometry:
    """The land on which a place would be attached to a road, as one area.

    Land is what `snap` takes to be on the network: within the profile's ``max_snap_m`` of a usable
    road and not beyond the rim of the map. Both are asked at the points of a mesh and the edge is
    drawn in between: where a distance runs out at its place, round the map's outline half-way.
    """
    cells = cells_of(mode_graph(network, profile.mode), profile.max_snap_m)
    tree, _ = cells.tree
    middle = np.asarray(tree.data)
    cell_m, margin_m = min(GRID_M, profile.max_snap_m), profile.max_snap_m + 4.0 * GRID_M
    low, size = middle.min(axis=0) - margin_m, np.ptp(middle, axis=0) + 2.0 * margin_m
    while size.prod() / cell_m**2 > MOST_POINTS:
        cell_m *= 1.2
    if cell_m > max(GRID_M, profile.max_snap_m):
        raise InputError(_too_narrow(profile.max_snap_m, cell_m))
    columns, rows = (size // cell_m).astype(int) + 2
    x, y = np.meshgrid(low[0] + cell_m * np.arange(columns), low[1] + cell_m * np.arange(rows))
    farthest_m = profile.max_snap_m + 2.0 * cell_m
    off_m, _ = tree.query(np.column_stack([x.ravel(), y.ravel()]), distance_upper_bound=farthest_m)
    off_m = np.minimum(off_m, farthest_m)
    near_edge = off_m > profile.max_snap_m - 2.0 * cell_m
    unsure = (off_m < farthest_m) & (near_edge | (off_m > RIM_M - 2.0 * cell_m))
    ask = np.flatnonzero(unsure)
    asked = snap(network, [str(k) for k in ask], x.ravel()[ask], y.ravel()[ask], profile)
    off_m[ask] = asked.snap_m
    room = np.clip((profile.max_snap_m - off_m) / cell_m, -1.0, 1.0)
    rim = np.clip((RIM_M - off_m) / cell_m, -1.0, 1.0)
    rim[ask] = np.where(~asked.beyond_rim & (asked.snap_m > RIM_M), 1.0, rim[ask])
    edge = contour(np.minimum(room, rim).reshape(x.shape), 0.0)
    made: shapely.Geometry = shapely.build_area(shapely.multilinestrings(edge * cell_m + low))
    return made


def _too_narrow(max_snap_m: float, cell_m: float) -> Issue:
    message = f"land within {max_snap_m:g} m of a road is too narrow to draw on so wide a map"
    remedy = f"draw land up to {np.ceil(cell_m / 10.0) * 10.0:g} m from a road, or more"
    return Issue("isochrones.off_road", message, remedy=remedy)


def contour(values: Floats, level: float) -> Floats:
    """Where a surface given at the points of a mesh (float64[rows, columns]) crosses a level.

    Each square is two triangles on which the surface is flat, so the lines join up and never
    cross. Straight edges in mesh units (x, y), float64[e, 2, 2].
    """
    above = values - level
    above = np.where(above == 0.0, 1e-12, above)
    rows, columns = values.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (
        index[i : rows - 1 + i, j : columns - 1 + j].ravel()
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))
    )
    corner = np.vstack([np.column_stack([a, b, d]), np.column_stack([a, d, c])])
    height = above.ravel()[corner]
    positive = (height > 0).sum(axis=1)
    corner, height = (
        corner[(positive > 0) & (positive < 3)],
        height[(positive > 0) & (positive < 3)],
    )
    odd = np.where((height > 0).sum(axis=1) == 1, 1, -1)[:, None] * height
    apex = np.argmax(odd, axis=1)
    take = np.arange(len(apex))
    ends = []
    for turn in (1, 2):
        other = (apex + turn) % 3
        first, second = corner[take, apex], corner[take, other]
        low, high = np.minimum(first, second), np.maximum(first, second)
        rise = above.ravel()[low] / (above.ravel()[low] - above.ravel()[high])
        x = low % columns + rise * (high % columns - low % columns)
        y = low // columns + rise * (high // columns - low // columns)
        ends.append(np.column_stack([x, y]))
    return np.stack(ends, axis=1) if len(apex) else np.zeros((0, 2, 2))

"""The road network: which points are joined, by what class of road, along which curve.

Every road is an edge of one triangulation of the ground's points, so no two roads cross without
a junction. Main roads are the cheapest paths between the places of the hand-made list; streets
and lanes are the relative-neighbourhood graph of the points, thickened by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from gazetteer import routes
from geometry import Points, stream
from ground import Ground
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

# fmt: off
RANK = ("trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
        "living_street", "service", "track", "path", "footway")
# fmt: on
MAIN = 4  # ranks below this are main roads
DRIVEN = 8  # ranks below this are for cars
NONE = 99


@dataclass(frozen=True)
class Network:
    """Joined points: edge ends, rank in RANK, road number, town edges and their curves."""

    nodes: Points
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    rank: NDArray[np.int64]
    ref: tuple[str, ...]
    urban: NDArray[np.bool_]
    private: NDArray[np.bool_]
    curve: tuple[Points, ...]  # points strictly between the two ends


def _candidate_edges(points: Points, land: shapely.Polygon) -> NDArray[np.int64]:
    """Edges of the triangulation that stay on dry land and are not absurdly long."""
    corners = Delaunay(points).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    pairs = pairs[length < 5200]
    firm = land.buffer(-45)
    shapely.prepare(firm)
    lines = shapely.linestrings(points[pairs])
    return pairs[shapely.contains(firm, lines)].astype(np.int64)


def _empty_lune(points: Points, pairs: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
    """Whether each edge belongs to the relative-neighbourhood and to the Gabriel graph."""
    first, second = points[pairs[:, 0]], points[pairs[:, 1]]
    length = np.hypot(*(first - second).T)
    _, near = cKDTree(points).query(points, k=min(15, len(points)))
    relative = np.ones(len(pairs), dtype=bool)
    gabriel = np.ones(len(pairs), dtype=bool)
    for side in (0, 1):
        for k in range(1, near.shape[1]):
            other = near[pairs[:, side], k]
            third = points[other]
            apart = (other != pairs[:, 0]) & (other != pairs[:, 1])
            one, two = np.hypot(*(third - first).T), np.hypot(*(third - second).T)
            relative &= ~(apart & (np.maximum(one, two) < length))
            gabriel &= ~(apart & (one**2 + two**2 < length**2))
    return relative, gabriel


def _stop_index(stop: str, ground: Ground) -> int:
    """The point of a place name or of an "@east,north" waypoint; -1 if not in this county."""
    if not stop.startswith("@"):
        names = [place.name for place in ground.places]
        return int(ground.centre[names.index(stop)]) if stop in names else -1
    spot = np.array([float(part) for part in stop[1:].split(",")]) * 1000
    return int(np.argmin(np.hypot(*(ground.points - spot).T)))


class _Router:
    """Cheapest paths over the candidate edges; roads already laid are cheaper to follow."""

    def __init__(self, points: Points, pairs: NDArray[np.int64], lane: NDArray) -> None:
        self.count, self.pairs = len(points), pairs
        length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
        self.base = (length + 15.0) * np.where(lane, 1.0, 1.06)
        self.rank = np.full(len(pairs), NONE, dtype=np.int64)
        self.ref = np.full(len(pairs), "", dtype="<U8")
        self.lookup = {(int(a), int(b)): i for i, (a, b) in enumerate(pairs)}

    def lay(self, source: int, target: int, rank: int, ref: str, share: float) -> None:
        """Class the edges of the cheapest path, never lowering a road already classed."""
        cost = self.base * np.where(self.rank < MAIN, share, 1.0)
        ends = (self.pairs[:, 0], self.pairs[:, 1])
        graph = coo_array((cost, ends), shape=(self.count, self.count)).tocsr()
        _, before = dijkstra(graph, directed=False, indices=source, return_predecessors=True)
        at = target
        while at != source and before[at] >= 0:
            step = (min(at, int(before[at])), max(at, int(before[at])))
            edge = self.lookup[step]
            if rank < self.rank[edge]:
                self.rank[edge], self.ref[edge] = rank, ref
            at = int(before[at])


def _lay_main_roads(ground: Ground, router: _Router) -> None:
    for road_class, ref, stops in routes():
        known = [i for i in (_stop_index(stop, ground) for stop in stops) if i >= 0]
        for source, target in zip(known[:-1], known[1:], strict=True):
            router.lay(source, target, RANK.index(road_class), ref, 0.82)
    hearts = np.concatenate([ground.centre, [i for _, i in ground.hamlets]]).astype(np.int64)
    corners = Delaunay(ground.points[hearts]).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    relative, _ = _empty_lune(ground.points[hearts], pairs)
    span = np.hypot(*(ground.points[hearts[pairs[:, 0]]] - ground.points[hearts[pairs[:, 1]]]).T)
    listed = len(ground.centre)
    for (a, b), near, metres in zip(pairs, relative, span, strict=True):
        if near and metres < 9000 and (min(a, b) < listed or metres < 4200):
            router.lay(int(hearts[a]), int(hearts[b]), RANK.index("tertiary"), "", 0.55)


def _lay_streets(ground: Ground, router: _Router, seed: int, graphs: tuple) -> None:
    """Lanes and streets: the neighbourhood graph, thickened, thinned, and always in one piece."""
    rng = stream(seed, "streets and lanes")
    pairs, (relative, gabriel) = router.pairs, graphs
    urban = (ground.home[pairs] >= 0).any(axis=1)
    count = len(ground.points)
    tree = minimum_spanning_tree(
        coo_array((router.base, (pairs[:, 0], pairs[:, 1])), shape=(count, count)).tocsr()
    ).tocoo()
    spanning = np.zeros(len(pairs), dtype=bool)
    for a, b in zip(tree.row, tree.col, strict=True):
        spanning[router.lookup[(min(int(a), int(b)), max(int(a), int(b)))]] = True
    chance = rng.random(len(pairs))
    extra = gabriel & (chance < np.where(urban, 0.30, 0.22))
    keep = spanning | (relative & (chance > np.where(urban, 0.10, 0.08))) | extra
    new = keep & (router.rank == NONE)
    router.rank[new & urban] = RANK.index("residential")
    router.rank[new & ~urban] = RANK.index("unclassified")
    aside = (router.rank == NONE) & gabriel
    router.rank[aside & urban & (chance > 0.96)] = RANK.index("footway")
    router.rank[aside & ~urban & (chance > 0.86)] = RANK.index("path")
    router.rank[aside & ~urban & (chance > 0.93)] = RANK.index("track")


def _drives(ground: Ground, router: _Router, seed: int) -> NDArray[np.bool_]:
    """Turn some dead ends into service roads and private drives; say which are private."""
    rng = stream(seed, "drives")
    laid = router.rank < DRIVEN
    degree = np.bincount(router.pairs[laid].ravel(), minlength=len(ground.points))
    hearts = np.concatenate([ground.centre, [i for _, i in ground.hamlets]]).astype(np.int64)
    degree[hearts] = NONE
    leaf = laid & (router.rank >= MAIN) & (degree[router.pairs] == 1).any(axis=1)
    urban = (ground.home[router.pairs] >= 0).any(axis=1)
    chance = rng.random(len(router.pairs))
    router.rank[leaf & urban & (chance < 0.28)] = RANK.index("service")
    router.rank[leaf & urban & (chance > 0.94)] = RANK.index("living_street")
    private = leaf & ~urban & (chance < 0.4)
    router.rank[private] = RANK.index("service")
    router.rank[leaf & ~urban & (chance > 0.86)] = RANK.index("track")
    return private | (leaf & urban & (chance < 0.05))


def _smooth_nodes(ground: Ground, pairs: NDArray, rank: NDArray) -> Points:
    """Ease main-road bends by drawing each through-point towards its two neighbours."""
    nodes = ground.points.copy()
    fixed = np.concatenate([ground.centre, [i for _, i in ground.hamlets]]).astype(np.int64)
    for limit in (2, MAIN):
        main = rank < limit
        ends = np.vstack([pairs[main], pairs[main][:, ::-1]])
        degree = np.bincount(ends[:, 0], minlength=len(nodes))
        move = degree == 2
        move[fixed] = False
        reach = np.where(ground.home >= 0, 42.0, 260.0)
        for _ in range(4):
            total = np.zeros_like(nodes)
            np.add.at(total, ends[:, 0], nodes[ends[:, 1]])
            target = 0.5 * nodes + 0.25 * total
            shift = target - ground.points
            size = np.maximum(np.hypot(*shift.T), 1e-9)
            shift *= np.minimum(1.0, reach / size)[:, None]
            firm = shapely.contains_xy(ground.land.buffer(-60), *(ground.points + shift).T)
            nodes = np.where((move & firm)[:, None], ground.points + shift, nodes)
    return nodes


def pair_ends(nodes: Points, start: NDArray, end: NDArray, keys: list[tuple]) -> NDArray[np.int64]:
    """At each end of each edge, the edge that runs straightest on with the same key, or -1."""
    partner = np.full((len(start), 2), -1, dtype=np.int64)
    spots, ends = nodes.tolist(), list(zip(start.tolist(), end.tolist(), strict=True))
    at_node: dict[int, list[tuple[int, int]]] = {}
    for edge, pair in enumerate(ends):
        for side in (0, 1):
            at_node.setdefault(pair[side], []).append((edge, side))
    for node in sorted(at_node):
        away = []
        for edge, side in at_node[node]:
            far = spots[ends[edge][1 - side]]
            east, north = far[0] - spots[node][0], far[1] - spots[node][1]
            size = max(math.hypot(east, north), 1e-9)
            away.append((edge, side, east / size, north / size))
        turns = [
            (round(e1 * e2 + n1 * n2, 9), one, side, two, other)
            for i, (one, side, e1, n1) in enumerate(away)
            for two, other, e2, n2 in away[i + 1 :]
            if keys[one] == keys[two] and one != two
        ]
        for straight, one, side, two, other in sorted(turns):
            if straight < -0.4 and partner[one, side] < 0 and partner[two, other] < 0:
                partner[one, side], partner[two, other] = two, one
    return partner


def _tangent(nodes: Points, ends: NDArray, partner: NDArray, edge: int, side: int) -> Points:
    """Direction of travel at one end of an edge, shared with the edge that runs on there."""
    here, far = ends[edge, side], ends[edge, 1 - side]
    along = nodes[far] - nodes[here]
    unit = along / max(float(np.hypot(*along)), 1e-9)
    on = partner[edge, side]
    if on >= 0:
        behind = ends[on, 0] if ends[on, 0] != here else ends[on, 1]
        back = nodes[here] - nodes[behind]
        unit = unit + back / max(float(np.hypot(*back)), 1e-9)
        unit = unit / max(float(np.hypot(*unit)), 1e-9)
    return unit


def _steps(span_m: float, main: bool) -> int:
    """How many points a curve of this length needs between its ends."""
    return min(int(span_m // (300 if main else 450)), 5) if span_m > 260 else 0


def _curves(
    nodes: Points, ends: NDArray, rank: NDArray, land: shapely.Polygon, seed: int
) -> tuple[Points, ...]:
    """Smooth curves through junctions, with the wander of lanes; straight where sea is near."""
    rng = stream(seed, "curves")
    keys: list[tuple] = [(bool(r < MAIN), bool(r < DRIVEN)) for r in rank]
    partner = pair_ends(nodes, ends[:, 0], ends[:, 1], keys)
    dry = land.buffer(-20)
    shapely.prepare(dry)
    spans = np.hypot(*(nodes[ends[:, 1]] - nodes[ends[:, 0]]).T)
    curves = [np.empty((0, 2))] * len(ends)
    for edge, (a, b) in enumerate(ends):
        span, main = float(spans[edge]), bool(rank[edge] < MAIN)
        steps = _steps(span, main)
        if not steps:
            continue
        t = (np.arange(steps) + 1.0)[:, None] / (steps + 1.0)
        into = _tangent(nodes, ends, partner, edge, 0) * span
        out = -_tangent(nodes, ends, partner, edge, 1) * span
        line = (2 * t**3 - 3 * t**2 + 1) * nodes[a] + (t**3 - 2 * t**2 + t) * into
        line = line + (-2 * t**3 + 3 * t**2) * nodes[b] + (t**3 - t**2) * out
        wander = (0.022 if main else 0.05) * span / (1 + 0.3 * steps)
        line = line + rng.normal(0, wander, line.shape)
        if shapely.contains(dry, shapely.linestrings(np.vstack([nodes[a], line, nodes[b]]))):
            curves[edge] = line
    return tuple(curves)


def build_network(ground: Ground, seed: int) -> Network:
    """Join the points of the ground by roads."""
    pairs = _candidate_edges(ground.points, ground.land)
    graphs = _empty_lune(ground.points, pairs)
    router = _Router(ground.points, pairs, graphs[0])
    _lay_main_roads(ground, router)
    _lay_streets(ground, router, seed, graphs)
    private = _drives(ground, router, seed)
    laid = np.flatnonzero(router.rank < NONE)
    ends, rank = pairs[laid], router.rank[laid]
    nodes = _smooth_nodes(ground, ends, rank)
    urban = (ground.home[ends] >= 0).all(axis=1)
    curve = _curves(nodes, ends, rank, ground.land, seed)
    ref = tuple(str(r) for r in router.ref[laid])
    return Network(nodes, ends[:, 0], ends[:, 1], rank, ref, urban, private[laid], curve)

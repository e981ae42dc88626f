"""Fastest paths between spots on a mode's network: minutes and metres of the same paths, as costs.

A spot meets the search graph (`coverage.arcs`) in up to two gates. The search itself is
`coverage.hierarchy`: exact, all sources of a chunk side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from coverage.arcs import JOIN
from coverage.graph import Along, ModeGraph
from coverage.hierarchy import (
    NEVER,
    Hierarchy,
    Weights,
    cost_of,
    plan,
    search,
    weigh,
)
from coverage.network import Bools, Floats, Ints

CELLS_PER_CHUNK = 8_000_000
"""Sources are taken in chunks so that rows of the search x sources stays about this (64 MB) ..."""
LEAST_PER_CHUNK, MOST_PER_CHUNK = 48, 256
"""... but not fewer at a time, since laying out a search costs as much as some sources do."""


@dataclass(frozen=True, eq=False)
class Gates:
    """Where spots meet the search graph: up to two gates each (p spots).

    Attributes:
        node: search node of each gate, int64[p, 2].
        cost: minutes and metres between spot and gate (`coverage.hierarchy`), `NEVER` for no gate.
        x, y: where the spots are, EPSG:27700 metres, float64[p].
    """

    node: Ints
    cost: Ints
    x: Floats
    y: Floats

    def some(self, chosen: Ints | slice) -> Gates:
        """Some of the spots."""
        return Gates(self.node[chosen], self.cost[chosen], self.x[chosen], self.y[chosen])


def weights_of(graph: ModeGraph, minutes: Along, *, backwards: bool) -> Weights:
    """What the slots of the graph's hierarchy cost with these minutes per link."""
    section = graph.arcs.section
    drives = section != JOIN
    cost = np.zeros(len(section), dtype=np.int64)
    own = cost_of(minutes.section, graph.metres.section)
    cost[drives] = own[section[drives]]
    weights = weigh(graph.hierarchy, cost)
    return weights.turned() if backwards else weights


def shortest(
    graph: ModeGraph,
    minutes: Along,
    gates: tuple[Gates, Gates],
    *,
    bound_min: float,
    tell: Callable[[float], None],
) -> Ints:
    """Least cost (`coverage.hierarchy`) from every origin to every destination, int64[o, d].

    Args:
        graph: the mode's network.
        minutes: per link.
        gates: by which the origins are left, and by which the destinations are reached.
        bound_min: paths longer than this may be left out.
        tell: called with the share done.

    Returns:
        `NEVER` where there is no route (or none within the bound).
    """
    leave, reach = gates
    backwards = len(reach.node) < len(leave.node)
    weights = weights_of(graph, minutes, backwards=backwards)
    sources, targets = (reach, leave) if backwards else (leave, reach)
    found = np.full((len(sources.node), len(targets.node)), NEVER)
    farthest_m = bound_min * _fastest_m_per_min(graph, minutes)
    done = 0
    for rows in _chunks(graph.hierarchy, sources, farthest_m):
        part = sources.some(rows)
        near = np.flatnonzero(_within(part, targets, farthest_m))
        if len(near):
            found[np.ix_(rows, near)] = _costs(graph.hierarchy, weights, part, targets.some(near))
        done += len(rows)
        tell(done / len(sources.node))
    return found.T if backwards else found


def _fastest_m_per_min(graph: ModeGraph, minutes: Along) -> float:
    """No path covers ground faster than the fastest link."""
    links = graph.chain
    took, length = minutes.link[links], graph.network.link_length_m[links]
    moving = took > 0
    if not moving.any():
        return np.inf
    return float((length[moving] / took[moving]).max() * (1.0 + 1e-9))


def _chunks(made: Hierarchy, sources: Gates, farthest_m: float) -> Iterator[Ints]:
    """Sources to be searched together, as positions; neighbours where the search is bounded."""
    size = CELLS_PER_CHUNK // max(len(made.parent), 1)
    size = min(max(size, LEAST_PER_CHUNK), MOST_PER_CHUNK)
    everyone = np.arange(len(sources.node))
    if np.isfinite(farthest_m):
        yield from _halved(everyone, sources, size)
        return
    for first in range(0, len(everyone), size):
        yield everyone[first : first + size]


def _halved(chosen: Ints, sources: Gates, size: int) -> Iterator[Ints]:
    """Split by the median of the longer side until no part is larger than ``size``."""
    if len(chosen) <= size:
        if len(chosen):
            yield chosen
        return
    x, y = sources.x[chosen], sources.y[chosen]
    order = np.argsort(x if np.ptp(x) >= np.ptp(y) else y, kind="stable")
    middle = len(chosen) // 2
    yield from _halved(chosen[order[:middle]], sources, size)
    yield from _halved(chosen[order[middle:]], sources, size)


def _within(sources: Gates, targets: Gates, farthest_m: float) -> Bools:
    """Targets within this distance of the box round the sources."""
    if not np.isfinite(farthest_m):
        return np.ones(len(targets.node), dtype=bool)
    off_x = np.maximum(sources.x.min() - targets.x, targets.x - sources.x.max())
    off_y = np.maximum(sources.y.min() - targets.y, targets.y - sources.y.max())
    return np.asarray(np.hypot(np.maximum(off_x, 0.0), np.maximum(off_y, 0.0)) <= farthest_m)


def _costs(made: Hierarchy, weights: Weights, sources: Gates, targets: Gates) -> Ints:
    """Least cost from each source to each target, int64[sources, targets]."""
    open_from, open_to = sources.cost < NEVER, targets.cost < NEVER
    laid = plan(made, sources.node[open_from], targets.node[open_to])
    table = np.full((laid.rows, len(sources.node)), NEVER)
    for side in range(2):
        at = np.flatnonzero(open_from[:, side])
        row = laid.row[made.rank[sources.node[at, side]]]
        table[row, at] = np.minimum(table[row, at], sources.cost[at, side])
    search(laid, weights, table)
    best = np.full((len(targets.node), len(sources.node)), NEVER)
    for side in range(2):
        at = np.flatnonzero(open_to[:, side])
        row = laid.row[made.rank[targets.node[at, side]]]
        best[at] = np.minimum(best[at], table[row] + targets.cost[at, side][:, None])
    return np.minimum(best, NEVER).T

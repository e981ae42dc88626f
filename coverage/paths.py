"""Bounded shortest paths between spots on a reduced network: minutes, and metres of the same path.

The graph is directed, with at most one edge per pair of nodes. Each source is added as a node
of its own, with an edge to each end it can leave its stretch of road by: one search serves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from coverage.graph import Along, ModeGraph
from coverage.network import Bools, Floats, Ints

CELLS_PER_CHUNK = 6_000_000
"""Sources are taken in chunks so that sources x nodes stays below this (about 250 MB)."""


@dataclass(frozen=True, eq=False)
class Core:
    """Sections between core nodes, least minutes of each pair, sorted by ends (e edges).

    ``dead_end`` [nodes] marks nodes that one section alone leads to and from.
    """

    nodes: int
    start: Ints
    stop: Ints
    minutes: Floats
    metres: Floats
    dead_end: Bools


@dataclass(frozen=True, eq=False)
class Gates:
    """Where spots meet the core: up to two gates each (p spots), infinite minutes for none."""

    node: Ints
    minutes: Floats
    metres: Floats


def core_of(graph: ModeGraph, minutes: Along, metres: Along, *, backwards: bool) -> Core:
    """The sections as edges (turned round if ``backwards``); loops left out, parallels merged."""
    start, stop = graph.section_from, graph.section_to
    arms = [np.bincount(ends, minlength=graph.cores) for ends in (start, stop)]
    if backwards:
        start, stop = stop, start
    order = np.lexsort((metres.section, minutes.section, stop, start))
    order = order[start[order] != stop[order]]
    start, stop = start[order], stop[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (stop[1:] != stop[:-1])
    order = order[first]
    return Core(
        nodes=graph.cores,
        start=start[first],
        stop=stop[first],
        minutes=minutes.section[order],
        metres=metres.section[order],
        dead_end=(arms[0] == 1) & (arms[1] == 1),
    )


def shortest(
    core: Core,
    sources: Gates,
    targets: Gates,
    *,
    bound_min: float,
    tell: Callable[[float], None],
) -> tuple[Floats, Floats]:
    """Minutes and metres from every source to every target, float64[s, t]; infinite if no route."""
    core, sources, targets = _pruned(core, sources, targets)
    count = len(sources.node)
    minutes = np.full((count, len(targets.node)), np.inf)
    metres = np.full_like(minutes, np.inf)
    slots = _arrivals(core)
    size = max(1, CELLS_PER_CHUNK // max(core.nodes, 1))
    for first in range(0, count, size):
        rows = slice(first, min(first + size, count))
        part = Gates(sources.node[rows], sources.minutes[rows], sources.metres[rows])
        minutes[rows], metres[rows] = _search(core, slots, part, targets, bound_min)
        tell(rows.stop / count)
    return minutes, metres


def _pruned(core: Core, sources: Gates, targets: Gates) -> tuple[Core, Gates, Gates]:
    """The core less its dead ends that no path between these gates can need; exact.

    A spot within a dead-end stretch has no use for the gate at its blind end. A node without
    gates that has one neighbour is then left out, and so on until none is.
    """
    sources, targets = _open_ends(core, sources), _open_ends(core, targets)
    live = np.ones(core.nodes, dtype=bool)
    held = np.zeros(core.nodes, dtype=bool)
    for gates in (sources, targets):
        held[gates.node[np.isfinite(gates.minutes)]] = True
    edge: Bools = np.ones(len(core.start), dtype=bool)
    before = -1
    while edge.sum() != before:
        before = edge.sum()
        live &= held | ~_one_neighbour(core, edge)
        edge = np.asarray(edge & live[core.start] & live[core.stop])
    number = np.cumsum(live) - 1
    kept = Core(
        nodes=int(live.sum()),
        start=number[core.start[edge]],
        stop=number[core.stop[edge]],
        minutes=core.minutes[edge],
        metres=core.metres[edge],
        dead_end=core.dead_end[live],
    )
    return kept, _renumbered(sources, number), _renumbered(targets, number)


def _open_ends(core: Core, gates: Gates) -> Gates:
    """The gates less those at the blind end of a stretch that has another."""
    both = np.isfinite(gates.minutes).all(axis=1, keepdims=True)
    blind = core.dead_end[gates.node] & both
    return Gates(gates.node, np.where(blind, np.inf, gates.minutes), gates.metres)


def _renumbered(gates: Gates, number: Ints) -> Gates:
    node = np.where(np.isfinite(gates.minutes), number[gates.node], 0)
    return Gates(node, gates.minutes, gates.metres)


def _one_neighbour(core: Core, edge: Bools) -> Bools:
    """Nodes whose edges, in and out, are to one other node at most."""
    start, stop, nodes = core.start[edge], core.stop[edge], core.nodes
    out, into = np.bincount(start, minlength=nodes), np.bincount(stop, minlength=nodes)
    ahead = np.bincount(start, weights=stop, minlength=nodes)
    behind = np.bincount(stop, weights=start, minlength=nodes)
    single = (out <= 1) & (into <= 1)
    return np.asarray(single & ((out == 0) | (into == 0) | (ahead == behind)))


def _search(
    core: Core,
    slots: tuple[NDArray[np.int32], Floats],
    sources: Gates,
    targets: Gates,
    bound_min: float,
) -> tuple[Floats, Floats]:
    count = len(sources.node)
    reached_min, before = dijkstra(
        _with_sources(core, sources),
        indices=core.nodes + np.arange(count),
        limit=bound_min,
        return_predecessors=True,
    )
    length_m = _path_metres(core, slots, sources, before)
    best_min = reached_min[:, targets.node[:, 0]] + targets.minutes[:, 0]
    best_m = length_m[:, targets.node[:, 0]] + targets.metres[:, 0]
    other_min = reached_min[:, targets.node[:, 1]] + targets.minutes[:, 1]
    other_m = length_m[:, targets.node[:, 1]] + targets.metres[:, 1]
    swap = (other_min < best_min) | ((other_min == best_min) & (other_m < best_m))
    return np.where(swap, other_min, best_min), np.where(swap, other_m, best_m)


def _with_sources(core: Core, sources: Gates) -> csr_array:
    """The core with one more node per source, joined to its gates."""
    count = len(sources.node)
    size = core.nodes + count
    row, gate = np.nonzero(np.isfinite(sources.minutes))
    start = np.concatenate([core.start, core.nodes + row])
    stop = np.concatenate([core.stop, sources.node[row, gate]])
    weight = np.concatenate([core.minutes, sources.minutes[row, gate]])
    first = np.searchsorted(start, np.arange(size + 1))
    return csr_array((weight, stop, first), shape=(size, size))


def _arrivals(core: Core) -> tuple[NDArray[np.int32], Floats]:
    """For each node, the nodes its edges come from (-1 pads) and the metres of those edges."""
    order = np.lexsort((core.start, core.stop))
    stop = core.stop[order]
    rank = np.arange(len(stop)) - np.searchsorted(stop, stop)
    wide = int(rank.max(initial=-1)) + 1
    start = np.full((core.nodes, wide), -1, dtype=np.int32)
    metres = np.zeros((core.nodes, wide))
    start[stop, rank] = core.start[order]
    metres[stop, rank] = core.metres[order]
    return start, metres


def _path_metres(
    core: Core, slots: tuple[NDArray[np.int32], Floats], sources: Gates, before: NDArray[np.int32]
) -> Floats:
    """Metres of the path that each search tree takes to each node, float64[s, nodes + s].

    The last edge's metres are looked up for every node reached; then each node adds what its
    ancestor 1, 2, 4, 8 ... steps back has, until all paths end at their source.
    """
    length_m = np.full(before.shape, np.inf)
    flat = np.flatnonzero(before >= 0)
    parent = before.ravel()[flat]
    last_m = _last_edge(core, slots, sources, before).ravel()[flat]
    origin = flat - flat % before.shape[1]
    place = np.empty(before.size, dtype=np.int32)
    place[flat] = np.arange(len(flat), dtype=np.int32)
    end = np.int32(len(flat))
    up = np.append(np.where(parent < core.nodes, place[origin + parent], end), end)
    total = np.append(last_m, 0.0)
    while (up != end).any():
        total = total + total[up]
        up = up[up]
    length_m.ravel()[flat] = total[:-1]
    own = np.arange(len(sources.node))
    length_m[own, core.nodes + own] = 0.0
    return length_m


def _last_edge(
    core: Core, slots: tuple[NDArray[np.int32], Floats], sources: Gates, before: NDArray[np.int32]
) -> Floats:
    """Metres of the edge by which each node is reached, float64[s, nodes + s]; 0 where none is."""
    found = np.zeros(before.shape)
    start, metres = slots
    inner, last = before[:, : core.nodes], found[:, : core.nodes]
    for slot in range(start.shape[1]):
        np.copyto(last, metres[:, slot], where=inner == start[:, slot])
    row, node = np.nonzero(inner >= core.nodes)
    first = (sources.node[row, 0] == node) & np.isfinite(sources.minutes[row, 0])
    last[row, node] = sources.metres[row, np.where(first, 0, 1)]
    return found

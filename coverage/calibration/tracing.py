"""Which roads each run drives, on the fastest path under given link times. Pure.

`coverage.times` says how long the fastest path is; here it is followed back to the links it is
made of, so that a run becomes so many kilometres of each kind of road and so many junctions.
Runs that share an origin (or a destination, whichever are fewer) share one search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from coverage.graph import Along, ModeGraph
from coverage.network import Bools, Floats, Ints
from coverage.spots import SpotNodes, Spots, spot_nodes

CELLS_PER_CHUNK = 6_000_000
"""Searches are taken in chunks so that searches x nodes stays below this (about 100 MB)."""


@dataclass(frozen=True, eq=False)
class Paths:
    """The roads of each run (r runs, k sections, m links).

    Attributes:
        sections: 1 where a run drives the whole of a section, r x k.
        links: share of a link driven on a section not driven whole, r x m.
        minutes: time of the path, infinite where there is none, float64[r].
    """

    sections: csr_array
    links: csr_array
    minutes: Floats

    def totals(self, per_section: csr_array, per_link: csr_array) -> Floats:
        """What the runs gather of features given per section (k x f) and link (m x f)."""
        both = self.sections @ per_section + self.links @ per_link
        return np.asarray(both.toarray(), dtype=float)


def per_section(graph: ModeGraph, per_link: csr_array) -> csr_array:
    """Features of whole sections (k x f) from those of links (m x f)."""
    shape = (len(graph.section_first) - 1, per_link.shape[0])
    ones = np.ones(len(graph.chain))
    whole = csr_array((ones, graph.chain, graph.section_first), shape=shape) @ per_link
    return csr_array(whole)


def trace(graph: ModeGraph, minutes: Floats, start: Spots, stop: Spots, runs: Ints) -> Paths:
    """Follow the fastest path of every run.

    Args:
        graph: the mode's usable network.
        minutes: to travel each link, float64[m]; only usable links are looked at.
        start: spots at which runs begin.
        stop: spots at which they end.
        runs: spot of origin and spot of destination of each run, int64[r, 2]; -1 off the network.

    Returns:
        The path of each run; `Paths.minutes` equals what `coverage.times` gives for the pair.
    """
    along = graph.along(minutes)
    leave, reach = (_gates(graph, along, ends, leaving=out) for ends, out in
                    ((start, True), (stop, False)))  # fmt: skip
    backwards = len(stop.link) < len(start.link)
    search = _Search(graph, along, leave, reach, backwards)
    took = np.full(len(runs), np.inf)
    found: list[_Part] = []
    on = np.flatnonzero((runs >= 0).all(axis=1))
    source = runs[on, 1 if backwards else 0]
    size = max(1, CELLS_PER_CHUNK // max(graph.arcs.nodes, 1))
    for first in range(0, len(reach.node if backwards else leave.node), size):
        mine = on[(source >= first) & (source < first + size)]
        if len(mine):
            took[mine], part = search.chunk(first, size, runs[mine])
            found.append(_Part(mine[part.run], part.section, part.gate_run, part.gate))
    direct, way = _direct(along, graph, start, stop, runs)
    short = direct <= took
    took = np.where(short, direct, took)
    spans = _spans(graph, (start, stop), runs, found, short, way)
    return Paths(_whole(graph, found, short), _partial(graph, spans, len(runs)), took)


# ---- where a spot meets the search graph --------------------------------------------------


def _gates(graph: ModeGraph, along: Along, spots: Spots, *, leaving: bool) -> SpotNodes:
    """Of two ways to one node the quicker: a path has to know which it takes."""
    found = spot_nodes(graph, along, spots, leaving=leaving)
    node, minutes = found.node, found.minutes
    same = (node[:, 0] == node[:, 1]) & np.isfinite(minutes).all(axis=1)
    worse = np.where(minutes[:, 1] < minutes[:, 0], 0, 1)
    drop = same[:, None] & (np.arange(2) == worse[:, None])
    return replace(found, minutes=np.where(drop, np.inf, minutes))


# ---- searches -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Part:
    """Whole sections driven (``run``, ``section``) and gates used (``gate_run``, ``gate``).

    ``gate`` [:, 0] is the origin's gate, [:, 1] the destination's.
    """

    run: Ints
    section: Ints
    gate_run: Ints
    gate: Ints


class _Search:
    """Shortest paths over sections from a chunk of spots at a time."""

    def __init__(
        self, graph: ModeGraph, along: Along, leave: SpotNodes, reach: SpotNodes, backwards: bool
    ) -> None:
        arcs = graph.arcs
        start, stop = (arcs.stop, arcs.start) if backwards else (arcs.start, arcs.stop)
        self.backwards, self.nodes = backwards, arcs.nodes
        self.sources, self.targets = (reach, leave) if backwards else (leave, reach)
        drives = arcs.section >= 0
        minutes = np.where(drives, along.section[arcs.section], 0.0)
        metres = np.where(drives, graph.metres.section[arcs.section], 0.0)
        order = np.lexsort((metres, minutes, stop, start))
        order = order[start[order] != stop[order]]
        key = start[order] * np.int64(arcs.nodes) + stop[order]
        self.key, first = np.unique(key, return_index=True)
        arc = order[first]
        self.section, self.minutes = arcs.section[arc], minutes[arc]
        self.start, self.stop = start[arc], stop[arc]

    def chunk(self, first: int, size: int, runs: Ints) -> tuple[Floats, _Part]:
        """Times and ways of runs whose searches are numbers ``first`` to ``first + size``."""
        here = slice(first, min(first + size, len(self.sources.node)))
        node, minutes = self.sources.node[here], self.sources.minutes[here]
        count = len(node)
        reached, before = dijkstra(
            self._with_sources(node, minutes),
            indices=self.nodes + np.arange(count),
            return_predecessors=True,
        )
        source, target = (runs[:, 1], runs[:, 0]) if self.backwards else (runs[:, 0], runs[:, 1])
        row = source - first
        at = self.targets.node[target]
        total = reached[row[:, None], at] + self.targets.minutes[target]
        far = np.argmin(total, axis=1)
        took = total[np.arange(len(runs)), far]
        run, section, last, ended = self._follow(before, row, at, far, np.isfinite(took))
        near = np.where((node[row, 0] == last) & np.isfinite(minutes[row, 0]), 0, 1)
        gate = np.column_stack([far, near] if self.backwards else [near, far])
        return took, _Part(run, section, np.flatnonzero(ended), gate[ended])

    def _with_sources(self, node: Ints, minutes: Floats) -> csr_array:
        """The core with one more node per source, joined to its gates."""
        size = self.nodes + len(node)
        row, gate = np.nonzero(np.isfinite(minutes))
        start = np.concatenate([self.start, self.nodes + row])
        stop = np.concatenate([self.stop, node[row, gate]])
        weight = np.concatenate([self.minutes, minutes[row, gate]])
        first = np.searchsorted(start, np.arange(size + 1))
        return csr_array((weight, stop, first), shape=(size, size))

    def _follow(
        self, before: NDArray[np.int32], row: Ints, at: Ints, far: Ints, found: Bools
    ) -> tuple[Ints, Ints, Ints, Bools]:
        """Step back from the targets, all runs at once, noting the section of every step."""
        active = np.flatnonzero(found)
        last = at[np.arange(len(row)), far]
        runs, sections = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        while len(active):
            parent = before[row[active], last[active]].astype(np.int64)
            inner = parent < self.nodes
            active, parent = active[inner], parent[inner]
            section = self.section[
                np.searchsorted(self.key, parent * np.int64(self.nodes) + last[active])
            ]
            runs.append(active[section >= 0])
            sections.append(section[section >= 0])
            last[active] = parent
        return np.concatenate(runs), np.concatenate(sections), last, found


# ---- the pieces of road at both ends ------------------------------------------------------


def _direct(
    along: Along, graph: ModeGraph, start: Spots, stop: Spots, runs: Ints
) -> tuple[Floats, Ints]:
    """Minutes of runs that stay on one section, infinite for others; side of each end used."""
    best = np.full(len(runs), np.inf)
    way = np.zeros((len(runs), 2), dtype=np.int64)
    on = (runs >= 0).all(axis=1)
    for i in range(2):
        for j in range(2):
            link_i, link_j = start.link[runs[:, 0], i], stop.link[runs[:, 1], j]
            together = on & (link_i >= 0) & (link_j >= 0)
            together &= graph.link_section[link_i] == graph.link_section[link_j]
            done_i = along.before[link_i] + start.share[runs[:, 0], i] * along.link[link_i]
            done_j = along.before[link_j] + stop.share[runs[:, 1], j] * along.link[link_j]
            took = np.where(together & (done_i <= done_j), done_j - done_i, np.inf)
            better = took < best
            best = np.where(better, took, best)
            way[better] = (i, j)
    return best, way


@dataclass(frozen=True, eq=False)
class _Spans:
    """Stretches of the chain of links, from ``first`` to ``last`` (inclusive).

    ``skipped`` and ``unused`` are the shares not driven of the first and of the last link.
    """

    run: Ints
    first: Ints
    last: Ints
    skipped: Floats
    unused: Floats


def _spans(
    graph: ModeGraph,
    ends: tuple[Spots, Spots],
    runs: Ints,
    found: list[_Part],
    short: Bools,
    way: Ints,
) -> list[_Spans]:
    """The stretches at the ends of runs, and those of runs on one section."""
    start, stop = ends
    place = np.zeros(len(graph.link_section), dtype=np.int64)
    place[graph.chain] = np.arange(len(graph.chain))
    spans = []
    for part in found:
        kept = ~short[part.gate_run]
        run, gate = part.gate_run[kept], part.gate[kept]
        for side, (own, column) in enumerate(((start, 0), (stop, 1))):
            spot = runs[run, column]
            link, share = own.link[spot, gate[:, side]], own.share[spot, gate[:, side]]
            section = graph.link_section[link]
            there = (link >= 0) & (own.core(graph)[spot] < 0)
            first = place[link] if side == 0 else graph.section_first[section]
            last = graph.section_first[section + 1] - 1 if side == 0 else place[link]
            nothing = np.zeros(len(run))
            skipped, unused = (share, nothing) if side == 0 else (nothing, 1.0 - share)
            spans.append(_Spans(run[there], first[there], last[there],
                                skipped[there], unused[there]))  # fmt: skip
    run = np.flatnonzero(short & (runs >= 0).all(axis=1))
    a, b = runs[run, 0], runs[run, 1]
    i, j = way[run, 0], way[run, 1]
    spans.append(_Spans(run, place[start.link[a, i]], place[stop.link[b, j]],
                        start.share[a, i], 1.0 - stop.share[b, j]))  # fmt: skip
    return spans


def _whole(graph: ModeGraph, found: list[_Part], short: Bools) -> csr_array:
    none = np.zeros(0, dtype=np.int64)
    run = np.concatenate([none, *(part.run for part in found)])
    section = np.concatenate([none, *(part.section for part in found)])
    kept = ~short[run]
    shape = (len(short), len(graph.section_first) - 1)
    return csr_array((np.ones(int(kept.sum())), (run[kept], section[kept])), shape=shape)


def _partial(graph: ModeGraph, spans: list[_Spans], runs: int) -> csr_array:
    """Shares of links driven: 1 within a span, less at its two ends."""
    run, first, last = (np.concatenate([getattr(s, name) for s in spans]) for name in
                        ("run", "first", "last"))  # fmt: skip
    skipped, unused = (np.concatenate([getattr(s, name) for s in spans]) for name in
                       ("skipped", "unused"))  # fmt: skip
    size = last - first + 1
    begin = np.cumsum(size) - size
    at = np.arange(size.sum()) - np.repeat(begin - first, size)
    weight = np.ones(len(at))
    np.subtract.at(weight, begin, skipped)
    np.subtract.at(weight, begin + size - 1, unused)
    rows = np.repeat(run, size)
    shape = (runs, len(graph.link_section))
    return csr_array((weight, (rows, graph.chain[at])), shape=shape)

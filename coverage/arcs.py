"""What may follow what: turn restrictions and access-only roads as extra nodes; exact.

A shortest path over nodes alone may turn any way it likes and pass through anywhere. Where the
law says otherwise, the few nodes concerned are drawn apart:

* **A forbidden turn** (sections s1, s2, ... one after another): s1 ends in a node of its own,
  joined to the beginnings of all that may follow; after each further section of a longer sequence
  likewise. Sequences may overlap: a state is the longest beginning of a sequence that the path has
  just driven (Aho and Corasick, 1975).
* **Access only** (``motor_vehicle=destination`` and what only such roads lead to): the roads of
  the zone exist twice, once to drive out of, once to drive into, never to drive through.

Joins have no length. Elsewhere the graph is the sections as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from coverage.network import Bools, Ints

JOIN = -1
"""In place of a section: an arc of no length."""


@dataclass(frozen=True, eq=False)
class Arcs:
    """The graph that is searched (n nodes, a arcs, k sections, c core nodes; nodes 0..c are core).

    Attributes:
        nodes: n.
        start, stop: nodes each arc leads from and to, int64[a].
        section: section each arc drives, `JOIN` for none, int64[a].
        leave: node at which one has driven a section to its end, int64[k].
        reach: node from which a section is entered, for one who stops on it, int64[k].
        leave_core, reach_core: node of one who begins, or stops, exactly at a core node, int64[c].
    """

    nodes: int
    start: Ints
    stop: Ints
    section: Ints
    leave: Ints
    reach: Ints
    leave_core: Ints
    reach_core: Ints


def arcs_of(
    start: Ints, stop: Ints, cores: int, *, forbidden: Iterable[Sequence[int]], zone: Bools
) -> Arcs:
    """The search graph of some sections.

    Args:
        start: core node each section leads from, int64[k].
        stop: core node it leads to, int64[k].
        cores: how many core nodes there are.
        forbidden: sequences of two or more sections that may not be driven one after another.
        zone: sections that may be driven out of or into but not through, bool[k].

    Returns:
        Arcs; the order of ``forbidden`` does not matter.
    """
    rules = sorted({tuple(int(k) for k in rule) for rule in forbidden})
    plain = Arcs(
        nodes=cores,
        start=start,
        stop=stop,
        section=np.arange(len(start)),
        leave=stop,
        reach=start,
        leave_core=np.arange(cores),
        reach_core=np.arange(cores),
    )
    ruled = _Drawn(plain, rules).arcs() if rules else plain
    return _zoned(ruled, zone) if zone.any() else ruled


class _Drawn:
    """Draws the nodes with restrictions apart; what is added is gathered in plain lists."""

    def __init__(self, plain: Arcs, rules: list[tuple[int, ...]]) -> None:
        self.plain, self.rules = plain, set(rules)
        self.nodes = plain.nodes
        states = {rule[:n] for rule in rules for n in range(1, len(rule))}
        self.state = {prefix: self._node() for prefix in sorted(states)}
        here = sorted({int(plain.stop[prefix[-1]]) for prefix in states})
        self.sink = {core: self._node() for core in here}
        order = np.argsort(plain.start, kind="stable")
        first = np.searchsorted(plain.start[order], here)
        last = np.searchsorted(plain.start[order], here, side="right")
        spans = zip(here, first.tolist(), last.tolist(), strict=True)
        self.leaving = {core: order[a:b].tolist() for core, a, b in spans}
        self.begin = {k: self._node() for core in here for k in self.leaving[core]}
        self.stops = dict(self.begin)
        self.added: list[tuple[int, int, int]] = []

    def _node(self) -> int:
        self.nodes += 1
        return self.nodes - 1

    def _join(self, start: int, stop: int) -> None:
        self.added.append((start, stop, JOIN))

    def arcs(self) -> Arcs:
        """The graph with its restrictions."""
        plain = self.plain
        start, stop = plain.start.copy(), plain.stop.copy()
        start[list(self.begin)] = list(self.begin.values())
        for prefix, node in self.state.items():
            if len(prefix) == 1:
                stop[prefix[0]] = node
        for core, sections in self.leaving.items():
            self._join(core, self.sink[core])
            for k in sections:
                self._join(core, self.begin[k])
        for prefix, node in self.state.items():
            self._follow(prefix, node)
        reach, reach_core = start.copy(), plain.reach_core.copy()
        reach[list(self.stops)] = list(self.stops.values())
        reach_core[list(self.sink)] = list(self.sink.values())
        extra = np.array(self.added, dtype=np.int64).reshape(-1, 3)
        return Arcs(
            nodes=self.nodes,
            start=np.concatenate([start, extra[:, 0]]),
            stop=np.concatenate([stop, extra[:, 1]]),
            section=np.concatenate([plain.section, extra[:, 2]]),
            leave=stop,
            reach=reach,
            leave_core=plain.leave_core,
            reach_core=reach_core,
        )

    def _follow(self, prefix: tuple[int, ...], node: int) -> None:
        """Arcs from a state to whatever may be driven next."""
        core = int(self.plain.stop[prefix[-1]])
        self._join(node, self.sink[core])
        for k in self.leaving[core]:
            driven = (*prefix, k)
            tails = [driven[n:] for n in range(len(driven))]
            if any(tail in self.rules for tail in tails):
                continue
            after = next((tail for tail in tails if tail in self.state), ())
            if len(after) < 2:  # the same as coming to this section from anywhere
                self._join(node, self.begin[k])
            else:
                self.added.append((node, self.state[after], k))
                self._join(node, self._stop_on(k))

    def _stop_on(self, k: int) -> int:
        """A node for those who stop on section k, by whichever way they came to it."""
        if self.stops[k] == self.begin[k]:
            self.stops[k] = self._node()
            self._join(self.begin[k], self.stops[k])
        return int(self.stops[k])


def _zoned(graph: Arcs, zone: Bools) -> Arcs:
    """The graph with the zone's roads drawn once for driving out and once for driving in."""
    inside = (graph.section != JOIN) & zone[graph.section]
    member = np.zeros(graph.nodes, dtype=bool)
    member[graph.start[inside]] = True
    member[graph.stop[inside]] = True
    joins = graph.section == JOIN
    ends = ~np.isin(np.arange(graph.nodes), graph.start)  # where one can only stop
    tail = joins & member[graph.start] & ends[graph.stop]
    member[graph.stop[tail]] = True
    own = np.flatnonzero(member)
    count = len(own)
    out, into = np.arange(graph.nodes), np.arange(graph.nodes)
    out[own] = graph.nodes + np.arange(count)
    into[own] = graph.nodes + count + np.arange(count)
    within = inside | (joins & member[graph.start] & member[graph.stop])
    layers = [(graph.start[~inside], graph.stop[~inside], graph.section[~inside])]
    for copy in (out, into):
        layers.append((copy[graph.start[within]], copy[graph.stop[within]], graph.section[within]))
    free = np.full(count, JOIN)
    layers += [(out[own], own, free), (own, into[own], free)]
    start, stop, section = (np.concatenate(part) for part in zip(*layers, strict=True))
    return Arcs(
        nodes=graph.nodes + 2 * count,
        start=start,
        stop=stop,
        section=section,
        leave=np.where(zone, out[graph.leave], graph.leave),
        reach=np.where(zone, into[graph.reach], graph.reach),
        leave_core=out[graph.leave_core],
        reach_core=into[graph.reach_core],
    )

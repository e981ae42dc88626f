"""Distinct positions on the road, and where they meet the search graph: for times and for paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coverage.graph import Along, ModeGraph
from coverage.network import Floats, Ints
from coverage.snap import Snapped


@dataclass(frozen=True, eq=False)
class Spots:
    """Distinct positions on the network of some places (p spots).

    Attributes:
        link: links forward and back along the spot's segment, -1 none, int64[p, 2].
        share: how far along each of them the spot lies, float64[p, 2].
        of_place: spot of each place, -1 off the network, int64[places].
    """

    link: Ints
    share: Floats
    of_place: Ints

    @property
    def known(self) -> tuple[Ints, Floats]:
        """A link of each spot, and how far along it the spot lies, int64[p] and float64[p]."""
        forward = self.link[:, 0] >= 0
        return (
            np.where(forward, self.link[:, 0], self.link[:, 1]),
            np.where(forward, self.share[:, 0], self.share[:, 1]),
        )

    def core(self, graph: ModeGraph) -> Ints:
        """The core node each spot is exactly at, -1 for none, int64[p]."""
        link, share = self.known
        net, core = graph.network, graph.core_of_node
        at = np.where(share == 0.0, core[net.link_from[link]], -1)
        return np.where(share == 1.0, core[net.link_to[link]], at)


def spots_of(places: Snapped) -> Spots:
    """Places at one position are one spot; spots are in the network's order, not the caller's."""
    on = np.flatnonzero(places.on_network)
    rows = np.column_stack([places.link_forward[on], places.link_backward[on], places.fraction[on]])
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    of_place = np.full(len(places.ids), -1, dtype=np.int64)
    of_place[on] = which.ravel()
    link = distinct[:, :2].astype(np.int64)
    return Spots(link, np.column_stack([distinct[:, 2], 1.0 - distinct[:, 2]]), of_place)


@dataclass(frozen=True, eq=False)
class SpotNodes:
    """The search nodes that spots lead to, or are reached from: up to two each (p spots).

    Attributes:
        node: search node of each, int64[p, 2].
        minutes, metres: between spot and node, infinite for none, float64[p, 2].
    """

    node: Ints
    minutes: Floats
    metres: Floats


def spot_nodes(graph: ModeGraph, minutes: Along, spots: Spots, *, leaving: bool) -> SpotNodes:
    """The nodes a spot's stretch of road leads to (or, not ``leaving``, is reached from).

    A spot exactly at a core node is at that node: it may leave and be reached by any road.
    """
    node = np.zeros(spots.link.shape, dtype=np.int64)
    took, length = (np.full(spots.link.shape, np.inf) for _ in range(2))
    end, own = graph.arcs.reach, graph.arcs.reach_core
    if leaving:
        end, own = graph.arcs.leave, graph.arcs.leave_core
    for k in range(2):
        there = np.flatnonzero(spots.link[:, k] >= 0)
        link, share = spots.link[there, k], spots.share[there, k]
        section = graph.link_section[link]
        node[there, k] = end[section]
        for total, along in ((took, minutes), (length, graph.metres)):
            done = along.before[link] + share * along.link[link]
            total[there, k] = np.maximum(along.section[section] - done, 0) if leaving else done
    core = spots.core(graph)
    at = np.flatnonzero(core >= 0)
    node[at] = own[core[at]][:, None]
    took[at] = length[at] = (0.0, np.inf)
    return SpotNodes(node, took, length)

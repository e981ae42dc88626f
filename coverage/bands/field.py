"""Minutes at every point of every road, from or to the nearest of some sites.

One search gives the minutes at both ends of every section (`coverage.graph`). In between they are
a sum: on a road open both ways a point is reached from either end, so the minutes along it climb,
then fall; beside a site they are the direct drive. Cut where they turn and where sites stand,
roads become *stretches* along which minutes run straight from one end to the other: nothing is
sampled, and a reach ends part-way along a link at the exact point.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from coverage.graph import Along, ModeGraph
from coverage.network import Bools, Floats, Ints
from coverage.snap import Snapped
from coverage.speeds import Profile, link_minutes
from coverage.times import BOUND_SLACK_MIN, FROM_SITE


@dataclass(frozen=True, eq=False)
class Pieces:
    """Segments cut into short pieces (p pieces), in order of segment and place along it.

    ``segment`` int64[p]; ``begin`` and ``end`` float64[p] are shares of the segment's length from
    its lower node (0..1).
    """

    segment: Ints
    begin: Floats
    end: Floats


@dataclass(frozen=True, eq=False)
class TimeField:
    """Minutes along the roads (t stretches, in order of segment and place along it).

    Attributes:
        graph: the mode's usable network.
        piece: piece each stretch is a part of, int64[t].
        segment, begin, end: as in `Pieces`.
        begin_min, end_min: minutes at both ends, straight in between; infinite out of bound.
        core_min: minutes at each node where roads meet, float64[c].
        leg_min_per_m: what a metre between place and road adds (0 where legs are not timed).
    """

    graph: ModeGraph = field(repr=False)
    piece: Ints
    segment: Ints
    begin: Floats
    end: Floats
    begin_min: Floats
    end_min: Floats
    core_min: Floats
    leg_min_per_m: float

    @property
    def least_min(self) -> Floats:
        """Least minutes along each stretch."""
        return np.minimum(self.begin_min, self.end_min)

    @property
    def most_min(self) -> Floats:
        """Most minutes along each stretch."""
        return np.maximum(self.begin_min, self.end_min)

    def at(self, places: Snapped) -> Floats:
        """Minutes of each place, its straight leg included where timed; infinite if off or out."""
        segment, share = _on_segments(self.graph, places)
        row = _row_at(self.segment, self.begin, segment, share)
        found = self._along(row, share)
        before = np.maximum(row - 1, 0)
        joint = (self.segment[before] == segment) & (self.end[before] == share)
        found = np.minimum(found, np.where(joint, self._along(before, share), np.inf))
        found = np.minimum(found, self._at_nodes(segment, share))
        found = found + places.snap_m * self.leg_min_per_m
        return np.where(places.on_network, found, np.inf)

    def _along(self, row: Ints, share: Floats) -> Floats:
        known = np.isfinite(self.begin_min[row])
        first, last = np.where(known, (self.begin_min[row], self.end_min[row]), 0.0)
        part = (share - self.begin[row]) / (self.end[row] - self.begin[row])
        return np.where(known, first + part * (last - first), np.inf)

    def _at_nodes(self, segment: Ints, share: Floats) -> Floats:
        """A place exactly where roads meet is reached by any of them."""
        found = np.full(len(segment), np.inf)
        for value, ends in zip((0.0, 1.0), self.graph.seg_ends, strict=True):
            core = self.graph.core_of_node[ends[segment]]
            there = (share == value) & (core >= 0)
            found[there] = self.core_min[core[there]]
        return found


def _on_segments(graph: ModeGraph, places: Snapped) -> tuple[Ints, Floats]:
    """Segment each place is on, and its share of the length from the lower node."""
    owner = np.zeros(len(graph.network.link_from) + 1, dtype=np.int64)
    for links in (graph.seg_forward, graph.seg_backward):
        owner[links] = np.arange(len(links))
    known = np.where(places.link_forward >= 0, places.link_forward, places.link_backward)
    return owner[known], places.fraction


def _row_at(segments: Ints, begins: Floats, segment: Ints, share: Floats) -> Ints:
    """Row (by segment and begin, sorted) in which each share of a segment lies; the later of two.

    The sum of segment and share is only as fine as its digits, so it never leaves its segment.
    """
    row = np.searchsorted(segments + begins, segment + share, side="right") - 1
    first = np.searchsorted(segments, segment, side="left")
    last = np.searchsorted(segments, segment, side="right") - 1
    return np.clip(row, first, last)


def time_field(
    pieces: Pieces, sites: Snapped, profile: Profile, *, direction: str, bound_min: float
) -> TimeField:
    """Minutes along every piece from (or to) the nearest of the sites that are on the network.

    Args:
        pieces: every segment of ``sites.graph``, cut.
        sites: where journeys start (``from_site``) or end (``to_site``).
        profile: speeds and straight legs.
        direction: ``from_site`` or ``to_site``.
        bound_min: nothing longer is looked for (inclusive).
    """
    graph = sites.graph
    minutes = graph.along(link_minutes(graph.network, profile))
    leg = 0.0 if profile.leg_kph is None else 60.0 / 1000.0 / profile.leg_kph
    search = _Search(graph, minutes, direction == FROM_SITE, leg)
    spots = search.spots(sites)
    node_min = search.run(spots, bound_min + BOUND_SLACK_MIN)
    cut = _cut_at(pieces, *_on_segments(graph, sites), sites.on_network)
    climbing, falling = (search.branch(cut, side, node_min, spots) for side in (0, 1))
    piece, rows = cut
    arcs = graph.arcs
    return TimeField(
        graph=graph,
        **_straight(piece, rows, climbing, falling),
        core_min=node_min[arcs.reach_core if search.outward else arcs.leave_core],
        leg_min_per_m=leg,
    )


@dataclass(frozen=True, eq=False)
class _Search:
    """One search over the sections, and what it says of the roads in between."""

    graph: ModeGraph
    minutes: Along
    outward: bool
    leg_min_per_m: float

    def spots(self, sites: Snapped) -> pd.DataFrame:
        """Where sites join the road, a row per link: section, minutes along it, leg minutes."""
        links = np.column_stack([sites.link_forward, sites.link_backward])
        site, side = np.nonzero((links >= 0) & sites.on_network[:, None])
        link = links[site, side]
        share = np.where(side == 0, sites.fraction[site], 1.0 - sites.fraction[site])
        return pd.DataFrame(
            {
                "section": self.graph.link_section[link],
                "spot_min": self.minutes.before[link] + share * self.minutes.link[link],
                "leg_min": sites.snap_m[site] * self.leg_min_per_m,
                "core": self._core(link, share),
            }
        )

    def _core(self, link: Ints, share: Floats) -> Ints:
        """The node where roads meet that a spot is exactly on, -1 for none."""
        net, core = self.graph.network, self.graph.core_of_node
        start, stop = core[net.link_from[link]], core[net.link_to[link]]
        return np.where(share == 0.0, start, np.where(share == 1.0, stop, -1))

    def run(self, spots: pd.DataFrame, limit_min: float) -> Floats:
        """Least minutes at every node of the search graph, float64[n]; infinite out of bound."""
        arcs = self.graph.arcs
        cost = np.where(arcs.section >= 0, self.minutes.section[arcs.section], 0.0)
        section, core = spots["section"].to_numpy(), spots["core"].to_numpy()
        along, leg = spots["spot_min"].to_numpy(), spots["leg_min"].to_numpy()
        ahead = np.maximum(self.minutes.section[section] - along, 0.0)
        meets = core >= 0
        if self.outward:
            start, stop, node, rest = arcs.start, arcs.stop, arcs.leave[section], ahead
            at_core = arcs.leave_core[core[meets]]
        else:
            start, stop, node, rest = arcs.stop, arcs.start, arcs.reach[section], along
            at_core = arcs.reach_core[core[meets]]
        seed = np.full(arcs.nodes, np.inf)
        np.minimum.at(seed, node, rest + leg)
        np.minimum.at(seed, at_core, leg[meets])
        return _from_seeds(start, stop, cost, seed, limit_min)

    def branch(
        self, cut: tuple[Ints, Pieces], side: int, node_min: Floats, spots: pd.DataFrame
    ) -> tuple[Floats, Floats]:
        """Minutes at begin and end of every row by the links of one side of its segment."""
        rows = cut[1]
        graph, arcs = self.graph, self.graph.arcs
        link = (graph.seg_forward, graph.seg_backward)[side][rows.segment]
        section = np.where(link >= 0, graph.link_section[link], -1)
        shares = (rows.begin, rows.end) if side == 0 else (1.0 - rows.begin, 1.0 - rows.end)
        along = [self.minutes.before[link] + s * self.minutes.link[link] for s in shares]
        if self.outward:
            base = node_min[arcs.reach[section]]
            found = [base + part for part in along]
        else:
            base = node_min[arcs.leave[section]]
            found = [base + (self.minutes.section[section] - part) for part in along]
        self._direct(section, along, spots, found)
        first, last = (np.where(link >= 0, part, np.inf) for part in found)
        return first, last

    def _direct(
        self, section: Ints, along: list[Floats], spots: pd.DataFrame, found: list[Floats]
    ) -> None:
        """Rows of a site's own section need not go round by its ends: fills in the direct way."""
        own = np.zeros(len(self.minutes.section) + 1, dtype=bool)  # the last for no section, -1
        own[spots["section"]] = True
        near = np.flatnonzero(own[section])
        table = pd.DataFrame({"section": section[near], "row": near})
        table["low"] = np.minimum(along[0][near], along[1][near])
        table["high"] = np.maximum(along[0][near], along[1][near])
        pairs = table.merge(spots, on="section")
        slack = 1e-12 + 1e-9 * pairs["spot_min"]
        if self.outward:
            pairs = pairs[pairs["low"] >= pairs["spot_min"] - slack]
        else:
            pairs = pairs[pairs["high"] <= pairs["spot_min"] + slack]
        row = pairs["row"].to_numpy()
        spot, leg = pairs["spot_min"].to_numpy(), pairs["leg_min"].to_numpy()
        for minutes, part in zip(found, along, strict=True):
            np.minimum.at(minutes, row, np.maximum(np.abs(part[row] - spot), 0.0) + leg)


def _from_seeds(start: Ints, stop: Ints, cost: Floats, seed: Floats, limit_min: float) -> Floats:
    """Least minutes at each node when every node may be started at for its seed."""
    nodes = len(seed)
    begun = np.flatnonzero(np.isfinite(seed))
    start = np.concatenate([start, np.full(len(begun), nodes)])
    stop = np.concatenate([stop, begun])
    cost = np.concatenate([cost, seed[begun]])
    order = np.lexsort((cost, stop, start))
    order = order[start[order] != stop[order]]
    start, stop = start[order], stop[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (stop[1:] != stop[:-1])
    row_first = np.searchsorted(start[first], np.arange(nodes + 2))
    size = (nodes + 1, nodes + 1)
    matrix = csr_array((cost[order][first], stop[first], row_first), shape=size)
    found = dijkstra(matrix, indices=np.array([nodes]), limit=limit_min)
    return np.asarray(found[0, :nodes], dtype=np.float64)


def _cut_at(pieces: Pieces, segment: Ints, share: Floats, on_network: Bools) -> tuple[Ints, Pieces]:
    """The pieces cut once more where sites stand: piece of each row, and the rows."""
    count = len(pieces.segment)
    site = np.flatnonzero(on_network)
    piece = _row_at(pieces.segment, pieces.begin, segment[site], share[site])
    inside = (share[site] > pieces.begin[piece]) & (share[site] < pieces.end[piece])
    owner = np.concatenate([np.arange(count), piece[inside]])
    begin = np.concatenate([pieces.begin, share[site][inside]])
    rows = np.unique(np.column_stack([owner, begin]), axis=0) if inside.any() else None
    if rows is None:
        return np.arange(count), pieces
    owner, begin = rows[:, 0].astype(np.int64), rows[:, 1]
    last = np.append(owner[1:] != owner[:-1], True)
    end = np.where(last, pieces.end[owner], np.append(begin[1:], 1.0))
    return owner, Pieces(pieces.segment[owner], begin, end)


def _straight(
    piece: Ints, rows: Pieces, climbing: tuple[Floats, Floats], falling: tuple[Floats, Floats]
) -> dict[str, Any]:
    """The lesser of both branches, cut where they cross, as columns of `TimeField`."""
    known = np.isfinite(climbing[0]) & np.isfinite(falling[0])
    gap_first, gap_last = (
        np.where(known, up, 0.0) - np.where(known, down, 0.0)
        for up, down in zip(climbing, falling, strict=True)
    )
    crossed = gap_first * gap_last < 0
    part = np.where(crossed, gap_first / np.where(crossed, gap_first - gap_last, 1.0), 0.0)
    first, last = (np.minimum(climbing[k], falling[k]) for k in (0, 1))
    where = rows.begin + part * (rows.end - rows.begin)
    crossed &= (where > rows.begin) & (where < rows.end)
    up = [np.where(crossed, side, 0.0) for side in climbing]
    top = up[0] + part * (up[1] - up[0])
    extra = np.flatnonzero(crossed)
    owner = np.concatenate([np.arange(len(piece)), extra])
    begin = np.concatenate([rows.begin, where[extra]])
    begin_min = np.concatenate([first, top[extra]])
    end = np.concatenate([np.where(crossed, where, rows.end), rows.end[extra]])
    end_min = np.concatenate([np.where(crossed, top, last), last[extra]])
    order = np.lexsort((begin, owner))
    owner = owner[order]
    return {
        "piece": piece[owner],
        "segment": rows.segment[owner],
        "begin": begin[order],
        "end": end[order],
        "begin_min": begin_min[order],
        "end_min": end_min[order],
    }

"""One mode's usable network, reduced to what shortest paths need; exact, and cached per network.

**Usable** is what reaches the rest: links inside a strongly connected component that holds at
least `MAIN_SHARE` of the length of the largest one (one mainland, as a rule; two where an extract
holds two islands of like size). Everything else is an island, listed and never snapped to.

**Access only**: a road for access only is not driven through, nor is what only such roads lead to
(`coverage.arcs`). **Turn restrictions** hold where the map gives them.

**Sections**: a node where a road merely bends offers no choice, so links are strung into sections
between nodes that do. Shortest paths run over sections; a place keeps its own link and how far
along the section it lies, so that nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from assets.issues import InputError, Issue
from coverage.arcs import Arcs, arcs_of
from coverage.hierarchy import Hierarchy, hierarchy
from coverage.network import Bools, Floats, Ints, RoadNetwork
from coverage.osm import CAR, MODES

MAIN_SHARE = 0.10
"""A component this long, as a share of the longest, counts as main network. *Default*."""


@dataclass(frozen=True, eq=False)
class Island:
    """A piece of road that the main network cannot reach and return from."""

    length_m: float
    links: int
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class ModeGraph:
    """The usable links of one mode, as segments and sections (m links, s segments, k sections).

    Attributes:
        network: what it was made from.
        mode: bit of the mode.
        component: main component of each node, -1 off the main network, int64[n].
        seg_forward: link of each segment from its lower to its higher node, -1 if none, int64[s].
        seg_backward: link the other way, -1 if none, int64[s].
        link_section: section of each link, -1 off the main network, int64[m].
        chain: links in order of section and place within it, int64[usable].
        section_first: position in ``chain`` at which each section begins, int64[k + 1].
        section_from, section_to: core nodes (0..c) each section joins, int64[k].
        core_of_node: core node of each node, -1 where there is no choice of road, int64[n].
        cores: how many core nodes there are.
        section_zone: sections that may not be driven through, bool[k].
        forbidden: sequences of sections that may not be driven one after another.
        islands: what is not usable, longest first.
    """

    network: RoadNetwork
    mode: int
    component: Ints
    seg_forward: Ints
    seg_backward: Ints
    link_section: Ints
    chain: Ints
    section_first: Ints
    section_from: Ints
    section_to: Ints
    core_of_node: Ints
    cores: int
    section_zone: Bools
    forbidden: tuple[tuple[int, ...], ...]
    islands: tuple[Island, ...]

    @cached_property
    def arcs(self) -> Arcs:
        """What paths are searched on: sections, restrictions and access-only roads."""
        return arcs_of(
            self.section_from,
            self.section_to,
            self.cores,
            forbidden=self.forbidden,
            zone=self.section_zone,
        )

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The order in which paths are searched; the same for every profile."""
        return hierarchy(self.arcs.nodes, self.arcs.start, self.arcs.stop)

    @cached_property
    def seg_ends(self) -> tuple[Ints, Ints]:
        """Node each segment starts at and node it ends at (lower and higher index)."""
        net, forward, backward = self.network, self.seg_forward, self.seg_backward
        there = forward >= 0
        start = np.where(there, net.link_from[forward], net.link_to[backward])
        stop = np.where(there, net.link_to[forward], net.link_from[backward])
        return start.astype(np.int64), stop.astype(np.int64)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Spatial index of the segments."""
        start, stop = self.seg_ends
        x, y = self.network.node_x, self.network.node_y
        xy = np.column_stack([x[start], y[start], x[stop], y[stop]]).reshape(-1, 2)
        owner = np.repeat(np.arange(len(start)), 2)
        lines: Any = shapely.linestrings(xy, indices=owner)
        return shapely.STRtree(lines)

    @cached_property
    def metres(self) -> Along:
        """How far along its section each link begins, and how long sections are, in metres."""
        return self.along(self.network.link_length_m)

    def along(self, cost: Floats) -> Along:
        """Running totals of a link cost (float64[m]) along every section."""
        in_chain = cost[self.chain]
        first, size = self.section_first[:-1], np.diff(self.section_first)
        total = np.cumsum(in_chain) - in_chain
        before = np.zeros(len(cost))
        before[self.chain] = total - np.repeat(total[first], size)
        last = self.chain[self.section_first[1:] - 1]
        return Along(link=cost, before=before, section=before[last] + cost[last])


@dataclass(frozen=True, eq=False)
class Along:
    """A cost per link, the same accumulated from the start of its section, and section totals."""

    link: Floats
    before: Floats
    section: Floats


@lru_cache(maxsize=4)
def mode_graph(network: RoadNetwork, mode: int) -> ModeGraph:
    """The usable network of a mode; made once per network and mode, and shared.

    Raises `InputError` when the mode has no usable road at all.
    """
    usable = (network.link_modes & mode) > 0
    if not usable.any():
        raise InputError(_nothing_usable(network, mode))
    chosen, component = _main(network, usable)
    if not chosen.any():
        raise InputError(_nothing_usable(network, mode))
    zone = _zone(network, mode, chosen, component)
    pairs = _pair_up(network, chosen)
    stops = _stops(network, mode, chosen, zone)
    following, kept = _following(network, chosen, component, pairs, stops)
    sections = _sections(network, chosen, following, kept)
    return ModeGraph(
        network=network,
        mode=mode,
        component=component,
        seg_forward=pairs[0],
        seg_backward=pairs[1],
        section_zone=zone[sections["chain"][sections["section_first"][:-1]]],
        forbidden=_forbidden(network, mode, sections["link_section"], sections["core_of_node"]),
        islands=_islands(network, usable & ~chosen),
        **sections,
    )


def _main(network: RoadNetwork, usable: Bools) -> tuple[Bools, Ints]:
    """The links of the main components, and the component of each node (-1 for none)."""
    label = _strong_components(network, usable)
    start, stop = network.link_from, network.link_to
    inside = usable & (label[start] == label[stop])
    length = np.bincount(label[start[inside]], weights=network.link_length_m[inside])
    main = np.zeros(label.max() + 1, dtype=bool)
    main[: len(length)] = length >= MAIN_SHARE * length.max(initial=0.0)
    chosen = inside & main[label[start]]
    component = np.full(len(network.node_x), -1, dtype=np.int64)
    component[start[chosen]] = label[start[chosen]]
    return chosen, component


def _zone(network: RoadNetwork, mode: int, chosen: Bools, component: Ints) -> Bools:
    """Links that may not be driven through: for access only, or led to by nothing else.

    Of each main component the longest piece that hangs together without such roads is driven
    through; whatever else there is can be come to and left.
    """
    free = chosen & ~network.link_access_only
    if mode != CAR or free.sum() == chosen.sum() or not free.any():
        return np.zeros(len(chosen), dtype=bool)
    label = _strong_components(network, free)
    start, stop = network.link_from, network.link_to
    inside = free & (label[start] == label[stop])
    length = np.bincount(label[start[inside]], weights=network.link_length_m[inside])
    names, first = np.unique(label[start[inside]], return_index=True)
    owner = component[start[inside][first]]
    order = np.lexsort((names, -length[names], owner))
    longest = np.ones(len(order), dtype=bool)
    longest[1:] = owner[order][1:] != owner[order][:-1]
    through = inside & np.isin(label[start], names[order][longest])
    return np.asarray(chosen & ~through)


def _stops(network: RoadNetwork, mode: int, chosen: Bools, zone: Bools) -> Bools:
    """Nodes at which a section must end: where a turn is forbidden, or a zone begins."""
    must = np.zeros(len(network.node_x), dtype=bool)
    turns = network.turns
    bound = np.repeat((turns.modes & mode) > 0, np.diff(turns.first))
    last = np.zeros(len(turns.links), dtype=bool)
    last[turns.first[1:] - 1] = True
    must[network.link_to[turns.links[bound & ~last]]] = True
    if zone.any():
        inside, outside = np.zeros_like(must), np.zeros_like(must)
        for mark, links in ((inside, zone), (outside, chosen & ~zone)):
            mark[network.link_from[links]] = True
            mark[network.link_to[links]] = True
        must |= inside & outside
    return must


def _forbidden(
    network: RoadNetwork, mode: int, link_section: Ints, core_of_node: Ints
) -> tuple[tuple[int, ...], ...]:
    """The turn restrictions of the mode as sections; those off the main network are left out.

    A section is driven anew wherever a link leaves a core node: it may be the same one again.
    """
    turns = network.turns
    found = set[tuple[int, ...]]()
    for k in np.flatnonzero((turns.modes & mode) > 0).tolist():
        links = turns.links[turns.first[k] : turns.first[k + 1]]
        anew = core_of_node[network.link_from[links]] >= 0
        anew[0] = True
        driven = link_section[links[anew]].tolist()
        if min(driven) >= 0 and len(driven) > 1:
            found.add(tuple(driven))
    return tuple(sorted(found))


def _nothing_usable(network: RoadNetwork, mode: int) -> Issue:
    name = next(name for name, bit in MODES.items() if bit == mode)
    message = f"{network.source} has no connected road usable by {name.replace('_', ' ')}"
    return Issue("roads.none_usable", message, remedy="give an extract that holds such roads")


def _strong_components(network: RoadNetwork, usable: Bools) -> Ints:
    nodes = len(network.node_x)
    ends = (network.link_from[usable], network.link_to[usable])
    matrix = csr_array((np.ones(len(ends[0])), ends), shape=(nodes, nodes))
    _, label = connected_components(matrix, directed=True, connection="strong")
    return np.asarray(label, dtype=np.int64)


def _pair_up(network: RoadNetwork, chosen: Bools) -> tuple[Ints, Ints, Ints]:
    """Segments: the chosen links paired with their reverse; and each link's segment (-1 none)."""
    twin = network.link_reverse.astype(np.int64)
    twin = np.where((twin >= 0) & chosen[twin], twin, -1)
    upward = network.link_from < network.link_to
    lead = np.flatnonzero(chosen & (upward | (twin < 0)))
    forward = np.where(upward[lead], lead, -1)
    backward = np.where(upward[lead], twin[lead], lead)
    segment = np.full(len(chosen), -1, dtype=np.int64)
    for links in (forward, backward):
        segment[links[links >= 0]] = np.flatnonzero(links >= 0)
    return forward, backward, segment


def _following(
    network: RoadNetwork,
    chosen: Bools,
    component: Ints,
    pairs: tuple[Ints, Ints, Ints],
    stops: Bools,
) -> tuple[Ints, Bools]:
    """The link that must follow each link (-1 where there is a choice), and nodes of choice."""
    forward, backward, segment = pairs
    nodes = len(network.node_x)
    links = np.flatnonzero(chosen)
    start, stop = network.link_from, network.link_to
    out = np.bincount(start[links], minlength=nodes)
    into = np.bincount(stop[links], minlength=nodes)
    lead = np.where(forward >= 0, forward, backward)
    ends = np.concatenate([start[lead], stop[lead]])
    meet = np.bincount(ends, minlength=nodes)
    both = np.bincount(ends, weights=np.tile(np.arange(len(lead)), 2), minlength=nodes)
    kept = (component >= 0) & (stops | ~((meet == 2) & (out == into)))
    kept = kept | _ring_starts(component, kept)
    through = links[~kept[stop[links]]]
    at = stop[through]
    other = both[at].astype(np.int64) - segment[through]
    leaves = (forward[other] >= 0) & (start[forward[other]] == at)
    following = np.full(len(chosen), -1, dtype=np.int64)
    following[through] = np.where(leaves, forward[other], backward[other])
    return following, kept


def _ring_starts(component: Ints, kept: Bools) -> Bools:
    """The lowest node of each component that is one plain ring, where any node will do."""
    chosen = np.zeros(len(component), dtype=bool)
    names, first = np.unique(component, return_index=True)
    bare = (names >= 0) & ~np.isin(names, component[kept])
    chosen[first[bare]] = True
    return chosen


def _sections(network: RoadNetwork, chosen: Bools, following: Ints, kept: Bools) -> dict[str, Any]:
    """String links into sections: all sections grow by a link at a time, side by side."""
    start, stop = network.link_from, network.link_to
    active = np.flatnonzero(chosen & kept[start])
    count = len(active)
    section = np.arange(count)
    link_section = np.full(len(chosen), -1, dtype=np.int64)
    step = np.zeros(len(chosen), dtype=np.int64)
    end = np.zeros(count, dtype=np.int64)
    number = np.cumsum(kept) - 1
    begin = number[start[active]]
    depth = 0
    while len(active):
        link_section[active] = section
        step[active] = depth
        after = following[active]
        done = after < 0
        end[section[done]] = number[stop[active[done]]]
        active, section, depth = after[~done], section[~done], depth + 1
    links = np.flatnonzero(link_section >= 0)
    chain = links[np.lexsort((step[links], link_section[links]))]
    return {
        "link_section": link_section,
        "chain": chain,
        "section_first": np.searchsorted(link_section[chain], np.arange(count + 1)),
        "section_from": begin,
        "section_to": end,
        "core_of_node": np.where(kept, number, -1),
        "cores": int(kept.sum()),
    }


def _islands(network: RoadNetwork, usable: Bools) -> tuple[Island, ...]:
    """Pieces of road off the main network, longest first (one-way pieces count once)."""
    links = np.flatnonzero(usable)
    if not len(links):
        return ()
    nodes = len(network.node_x)
    start, stop = network.link_from[links], network.link_to[links]
    matrix = csr_array((np.ones(len(links)), (start, stop)), shape=(nodes, nodes))
    _, label = connected_components(matrix, directed=False)
    names, first, where = np.unique(label[start], return_index=True, return_inverse=True)
    twin = network.link_reverse[links]
    share = np.where((twin >= 0) & usable[twin], 0.5, 1.0)
    length = np.bincount(where, weights=network.link_length_m[links] * share)
    count = np.bincount(where)
    order = np.lexsort((first, -length))
    at = start[first]
    return tuple(
        Island(
            length_m=float(length[k]),
            links=int(count[k]),
            x=float(network.node_x[at[k]]),
            y=float(network.node_y[at[k]]),
        )
        for k in order[: len(names)]
    )

"""The rim of the map: where roads are cut off by its edge, and whom that may mislead. Pure.

A map ends somewhere. A place past its last road is off the network (`coverage.snap`); this module
finds the **exits**, where a through road runs out of the map, and tells which results the missing
roads could change:

* a **place near the rim** is nearer to a road that leaves the map than to any site on it, so that a
  site outside could serve it sooner;
* a **pair that may leave the map** could be driven faster by leaving through one exit, going in a
  straight line at the fastest speed there is, and coming back by another. No road outside can beat
  that, so a pair that is not counted is right as it stands, whatever lies beyond the exits.

**Exits** are ends of motorways to unclassified roads that nothing else joins, not even a path,
from which the open country outside the map is reached without crossing a road. Cul-de-sacs inside
do not count, nor a coast, which no road crosses; a road of the lowest class counts only if it runs
on for `BARE_M` without a public road joining it, as a lane that was cut does and a lane to a farm
or a beach seldom does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from coverage.network import Bools, Floats, Ints, RoadNetwork
from coverage.osm import CAR, CLASS_INDEX, PUBLIC_ROADS
from coverage.outline import Raster, depth, distance_from_roads, within
from coverage.profiles import Profile
from coverage.snap import Snapped, mapped_ground
from coverage.speeds import link_minutes, link_speeds_kph
from coverage.travel import FROM_SITE, TravelTimes

BARE_M = 250.0
"""An unclassified road is cut off by the rim if its last stretch is this long (inclusive), else it
is a cul-de-sac. *Default*: on a county's extract 20 of 22 that end at the rim are, 6 of 44 inside.
"""
REACH_M = 150.0
"""Open country reaches as far as a gap twice this wide between roads lets it. *Default*."""
_CELL_M, _MOST_CELLS = 50.0, 16_000_000
_SLACK_MIN = 1e-9
_CELLS_PER_CHUNK = 20_000_000


@dataclass(frozen=True, eq=False)
class Rim:
    """Where roads of one mode leave the map (k exits, in the network's order of nodes).

    Attributes:
        network, mode: whose.
        node: index of each exit's node, where the map's last piece of it ends, int64[k].
        x, y: where it is, EPSG:27700 metres, float64[k].
        way: OpenStreetMap way that ends there, int64[k].
        gate: node of the last junction of public roads before it, int64[k].
        strip, strip_exit: nodes from end to gate, and the exit each belongs to, int64[r]. Other
            roads may join there that the map does not show.
        strip_outer: which of them are past the rest of the map, or the first that is not, bool[r].
    """

    network: RoadNetwork = field(repr=False)
    mode: int
    node: Ints
    x: Floats
    y: Floats
    way: Ints
    gate: Ints
    strip: Ints
    strip_exit: Ints
    strip_outer: Bools


@dataclass(frozen=True, eq=False)
class NearRim:
    """What the missing roads could change (d demand points, s sites).

    Attributes:
        demand: nearer to an exit than to any site on the map, bool[d].
        pairs: may be driven faster outside the map than the modelled time, bool[d, s].
        exit_min: minutes between each demand point and the nearest exit, in the direction of the
            times; infinite if there is none within their bound, float64[d].
    """

    demand: Bools
    pairs: Bools
    exit_min: Floats


@lru_cache(maxsize=4)
def rim_of(network: RoadNetwork, mode: int) -> Rim:
    """The exits of a mode's roads; made once per network and mode, and shared."""
    pieces = _Stretches.of(network)
    node = _tips(network, mode, pieces)
    node = node[_outermost(network, node)]
    way = np.full(len(network.node_x), -1, dtype=np.int64)
    way[network.link_to], way[network.link_from] = network.link_way, network.link_way
    solid = _amid_others(network, pieces, node)
    strips = [pieces.back_from(tip) for tip in node.tolist()]
    strip = np.array([at for strip in strips for at in strip], dtype=np.int64)
    strip_exit = np.repeat(np.arange(len(node)), [len(strip) for strip in strips])
    return Rim(
        network=network,
        mode=mode,
        node=node,
        x=network.node_x[node],
        y=network.node_y[node],
        way=way[node],
        gate=np.array([strip[-1] for strip in strips], dtype=np.int64),
        strip=strip,
        strip_exit=strip_exit,
        strip_outer=_up_to_first(solid[strip], strip_exit),
    )


@dataclass(frozen=True, eq=False)
class _Stretches:
    """Public roads from junction to junction (q pieces of road).

    ``start``, ``stop`` and ``stretch`` [q] are the ends of a piece and the stretch it is part of;
    ``length_m`` is that of each stretch; ``arms`` [n] the pieces that meet at a node; ``of_node``
    [n] a stretch that each node lies on, -1 off public roads.
    """

    start: Ints
    stop: Ints
    stretch: Ints
    length_m: Floats
    arms: Ints
    of_node: Ints

    @staticmethod
    def of(network: RoadNetwork) -> _Stretches:
        """Pieces of road strung together where just two of them meet."""
        nodes = len(network.node_x)
        once = _public_once(network)
        start, stop = (ends[once].astype(np.int64) for ends in (network.link_from, network.link_to))
        ends, piece = np.concatenate([start, stop]), np.tile(np.arange(len(start)), 2)
        arms = np.bincount(ends, minlength=nodes)
        order = np.argsort(ends, kind="stable")
        inner = piece[order[arms[ends[order]] == 2]]
        first, second = inner[::2], inner[1::2]
        shape = (len(start), len(start))
        matrix = csr_array((np.ones(len(first)), (first, second)), shape=shape)
        _, labels = connected_components(matrix, directed=False)
        stretch = np.asarray(labels, dtype=np.int64)
        length_m = np.bincount(stretch, weights=network.link_length_m[once]).astype(float)
        of_node = np.full(nodes, -1, dtype=np.int64)
        of_node[ends] = stretch[piece]
        return _Stretches(start, stop, stretch, length_m, arms, of_node)

    def back_from(self, tip: int) -> list[int]:
        """The nodes from a road's end back to the first junction, or the road's other end."""
        on = np.flatnonzero(self.stretch == self.of_node[tip])
        beside: dict[int, list[int]] = {}
        for a, b in zip(self.start[on].tolist(), self.stop[on].tolist(), strict=True):
            beside.setdefault(a, []).append(b)
            beside.setdefault(b, []).append(a)
        path = [tip]
        while len(path) == 1 or self.arms[path[-1]] == 2:
            ahead = [node for node in beside[path[-1]] if node not in path[-2:-1]]
            path.append(ahead[0])
        return path


def _up_to_first(solid: Bools, group: Ints) -> Bools:
    """In each group of consecutive rows, those up to the second row or the first solid one."""
    if not len(solid):
        return solid
    first = np.flatnonzero(np.diff(group, prepend=-1))
    start = np.repeat(first, np.diff([*first, len(group)]))
    place = np.arange(len(group)) - start
    met = (solid & (place > 0)).astype(np.int64)  # the end itself does not count
    before = np.cumsum(met) - met
    return np.asarray(before == before[start])


def _amid_others(network: RoadNetwork, pieces: _Stretches, tips: Ints) -> Bools:
    """Nodes amid the roads and paths that are not themselves on the way out, bool[n].

    An extract holds everything inside its border, so what is amid its other roads is inside.
    """
    leading = np.zeros(len(pieces.length_m) + 1, dtype=bool)
    leading[pieces.of_node[tips]] = True
    out = leading[pieces.of_node] & (pieces.arms <= 2)
    once = (network.link_reverse < 0) | (network.link_from < network.link_to)
    others = np.flatnonzero(once & ~out[network.link_from] & ~out[network.link_to])
    if not len(others):
        return np.zeros(len(out), dtype=bool)
    return np.asarray(mapped_ground(network, others).at(network.node_x, network.node_y), dtype=bool)


def _public_once(network: RoadNetwork) -> Ints:
    """Links of public roads, one of each pair of ways."""
    once = (network.link_reverse < 0) | (network.link_from < network.link_to)
    return np.flatnonzero(once & (network.link_class < len(PUBLIC_ROADS)))


def _tips(network: RoadNetwork, mode: int, pieces: _Stretches) -> Ints:
    """Ends of through roads that nothing else joins, barriers apart; lanes if they are bare."""
    start, stop = network.link_from.astype(np.int64), network.link_to.astype(np.int64)
    nodes = len(network.node_x)
    both = np.unique(np.minimum(start, stop) * nodes + np.maximum(start, stop))
    joined = np.bincount(np.concatenate([both // nodes, both % nodes]), minlength=nodes)
    usable = (network.link_modes & mode) > 0
    if mode == CAR:  # others may pass where cars only begin or end a journey
        usable &= ~network.link_access_only
    best = np.full(nodes, len(CLASS_INDEX))
    for ends in (start[usable], stop[usable]):
        np.minimum.at(best, ends, network.link_class[usable].astype(np.int64))
    _, where, count = np.unique(network.node_osm_id, return_inverse=True, return_counts=True)
    lane = CLASS_INDEX["unclassified"]
    tip = np.flatnonzero((joined == 1) & (count[where] == 1) & (best <= lane))
    bare = pieces.length_m[pieces.of_node[tip]] >= BARE_M
    return tip[bare | (best[tip] < lane)]


def _outermost(network: RoadNetwork, node: Ints) -> Bools:
    """Whether the country outside the map is reached from each node without crossing a road."""
    if not len(node):
        return np.zeros(0, dtype=bool)
    deep, reach_m = _enclosed(network)
    inward = deep.at(network.node_x[node], network.node_y[node])
    return np.asarray(inward <= reach_m + 1.5 * deep.cell_m)


@lru_cache(maxsize=4)
def _enclosed(network: RoadNetwork) -> tuple[Raster, float]:
    """How deep each cell lies in the country that public roads enclose, and how far they reach."""
    far = distance_from_roads(
        network,
        _public_once(network),
        cell_m=_CELL_M,
        margin_m=REACH_M,
        most_cells=_MOST_CELLS,
    )
    reach_m = max(REACH_M, 2.0 * far.cell_m)
    return depth(within(far, reach_m)), reach_m


# ---- what it may change ----------------------------------------------------------------


def near_rim(
    times: TravelTimes, demand_at: Snapped, sites_at: Snapped, profile: Profile
) -> NearRim:
    """Places nearer to an exit than to a site, and pairs that may leave the map.

    A pair counts if ``out_i(a) + L_ij + e_j(b) < t`` for two different exits i and j: t is the
    modelled minutes from a to b, ``out_i(a)`` those from a to the gate of exit i, ``e_j(b)`` those
    from the gate of exit j to b, and ``L_ij`` the straight line between the gates at the fastest
    speed of any road. (Where a place reaches the strip behind a gate without passing the gate, at
    v, ``out`` is the minutes to v less the straight line from v to the gate, which keeps the sum
    no longer than any drive outside.) A demand point counts if its least t exceeds the minutes to
    it from the nearest outer part of a strip (from it, when people travel to sites). No time means
    longer than the bound. Forbidden turns are left out, which makes nothing longer.

    Args:
        times: as computed for these places (`coverage.times.times_between`).
        demand_at: the demand points on the road, in the order of the times.
        sites_at: the sites on the road, likewise.
        profile: the profile of the times.
    """
    if demand_at.ids != times.demand_ids or sites_at.ids != times.site_ids:
        raise ValueError("times and places on the road must be the same, in the same order")
    rim = rim_of(sites_at.graph.network, profile.mode)
    outward = times.direction == FROM_SITE
    limit = _limit(times)
    modelled = np.where(np.isnan(times.minutes), limit, times.minutes)
    costs = _Costs.of(rim, profile, limit)
    demand_min = costs.by_gate(demand_at, leaving=not outward)
    exit_min = costs.from_strip(demand_at, leaving=not outward)
    sites_min = costs.by_gate(sites_at, leaving=outward)
    # The straight line is as long one way as the other: begin at the site in either case.
    from_site = _outside(sites_min, costs.straight_min)
    pairs = np.zeros(modelled.shape, dtype=bool)
    nearest_demand = demand_min.min(axis=1, initial=np.inf)
    for site in range(modelled.shape[1]):
        exits = np.flatnonzero(from_site[:, site] + nearest_demand < limit)
        if len(exits):
            least = (from_site[exits, site][:, None] + demand_min[exits]).min(axis=0)
            pairs[:, site] = least < modelled[:, site] - _SLACK_MIN
    best = modelled.min(axis=1, initial=limit)
    return NearRim(demand_at.on_network & (exit_min < best - _SLACK_MIN), pairs, exit_min)


def rim_facts(
    network: RoadNetwork,
    demand_at: Snapped,
    sites_at: Snapped,
    times: TravelTimes,
    profile: Profile,
) -> dict[str, Any]:
    """What provenance says of the rim.

    Returns:
        ``rim_exits`` (how many roads leave the map), ``near_rim`` (demand ids, sorted),
        ``pairs_that_may_leave_the_map`` (how many).
    """
    found = near_rim(times, demand_at, sites_at, profile)
    near = tuple(sorted(times.demand_ids[k] for k in np.flatnonzero(found.demand)))
    return {
        "rim_exits": len(rim_of(network, profile.mode).node),
        "near_rim": near,
        "pairs_that_may_leave_the_map": int(found.pairs.sum()),
    }


def _limit(times: TravelTimes) -> float:
    """Minutes beyond which nothing matters: the bound, or the longest drive there is."""
    bound = times.provenance.get("bound_min")
    longest = np.nanmax(times.minutes, initial=0.0) if times.minutes.size else 0.0
    if bound is not None:
        return float(max(bound, longest))
    return np.inf if np.isnan(times.minutes).any() else float(longest)


@dataclass(frozen=True, eq=False)
class _Costs:
    """Minutes of links, of straight lines, and the limit beyond which nothing matters."""

    rim: Rim
    profile: Profile
    minutes: Floats
    limit: float
    strip_min: Floats
    straight_min: Floats

    @staticmethod
    def of(rim: Rim, profile: Profile, limit: float) -> _Costs:
        """With straight lines at the fastest speed of any road.

        ``strip_min`` [r] are those from each node of a strip to its gate, ``straight_min`` [k, k]
        those between gates, infinite from one to itself.
        """
        net = rim.network
        top = max(max(pair) for pair in profile.speeds_kph.values())
        top = max(top, np.nanmax(link_speeds_kph(net, profile), initial=0.0))
        x, y = net.node_x[rim.gate], net.node_y[rim.gate]
        own = rim.strip_exit
        strip_m = np.hypot(net.node_x[rim.strip] - x[own], net.node_y[rim.strip] - y[own])
        between_m = np.hypot(x[:, None] - x, y[:, None] - y)
        np.fill_diagonal(between_m, np.inf)
        per_m = (60.0 / 1000.0) / top
        minutes = link_minutes(net, profile)
        return _Costs(rim, profile, minutes, limit, strip_m * per_m, between_m * per_m)

    def by_gate(self, places: Snapped, *, leaving: bool) -> Floats:
        """From places to gates when ``leaving``, else from gates to places, float64[k, p].

        Less the straight line to the gate for a place that reaches the strip behind it.
        """
        exits = len(self.rim.node)
        farthest = np.zeros(exits)
        np.maximum.at(farthest, self.rim.strip_exit, self.strip_min)
        first = farthest[self.rim.strip_exit] - self.strip_min
        return self._search(places, first, leaving=leaving) - farthest[:, None]

    def from_strip(self, places: Snapped, *, leaving: bool) -> Floats:
        """From places to the nearest outer part of a strip, or from there to places, float64[p]."""
        first = np.where(self.rim.strip_outer, 0.0, np.inf)
        graph = _with_exits(self.rim, self.minutes, first, leaving)
        exits = len(self.rim.network.node_x) + np.flatnonzero(self._open(leaving))
        if not len(exits):
            return np.full(len(places.ids), np.inf)
        reached = dijkstra(graph, indices=exits, limit=self.limit, min_only=True)
        return np.asarray(self._at_places(places, reached[None, :], leaving)[0])

    def _search(self, places: Snapped, first_min: Floats, *, leaving: bool) -> Floats:
        """Minutes between exits and places, each exit beginning at its strip with ``first_min``.

        An exit that cannot be left, or entered, by is infinitely far.
        """
        graph = _with_exits(self.rim, self.minutes, first_min, leaving)
        nodes = len(self.rim.network.node_x)
        found = np.full((len(self.rim.node), len(places.ids)), np.inf)
        exits = np.flatnonzero(self._open(leaving))
        size = max(1, _CELLS_PER_CHUNK // max(nodes, 1))
        farthest = self.limit + first_min.max(initial=0.0)
        for first in range(0, len(exits), size):
            rows = exits[first : first + size]
            reached = dijkstra(graph, indices=nodes + rows, limit=farthest)
            found[rows] = self._at_places(places, reached, leaving)
        return found

    def _open(self, leaving: bool) -> Bools:
        """Whether each exit can be left by, or entered by, bool[k]."""
        net = self.rim.network
        ends = net.link_to if leaving else net.link_from
        return np.asarray(np.isin(self.rim.node, ends[np.isfinite(self.minutes)]))

    def _at_places(self, places: Snapped, reached: Floats, leaving: bool) -> Floats:
        """Minutes at places, float64[e, p], from those at nodes, float64[e, n].

        Straight legs are in them where the profile has a speed for them.
        """
        net = self.rim.network
        towards = net.link_to if leaving else net.link_from
        found = np.full((len(reached), len(places.ids)), np.inf)
        for link, done in (
            (places.link_forward, places.fraction),
            (places.link_backward, 1.0 - places.fraction),
        ):
            part = (1.0 - done if leaving else done) * self.minutes[link]
            cost = np.where((link >= 0) & places.on_network, part, np.inf)
            found = np.minimum(found, reached[:, towards[link]] + cost)
        if self.profile.leg_kph is not None:
            found += places.snap_m * (60.0 / 1000.0) / self.profile.leg_kph
        return found


def _with_exits(rim: Rim, minutes: Floats, first_min: Floats, backwards: bool) -> csr_array:
    """Every link of the mode, from node to node, and one more node per exit, joined to its strip.

    Of several links between two nodes the least minutes count; ``backwards`` turns all round. A
    node of a strip whose ``first_min`` is infinite is not joined to its exit.
    """
    net = rim.network
    links = np.flatnonzero(np.isfinite(minutes))
    start, stop = net.link_from[links], net.link_to[links]
    if backwards:
        start, stop = stop, start
    nodes = len(net.node_x)
    to = np.flatnonzero(np.isfinite(first_min))
    start = np.concatenate([start, nodes + rim.strip_exit[to]]).astype(np.int64)
    stop = np.concatenate([stop, rim.strip[to]]).astype(np.int64)
    cost = np.maximum(np.concatenate([minutes[links], first_min[to]]), 1e-12)  # a zero is no link
    order = np.lexsort((cost, stop, start))
    start, stop, cost = start[order], stop[order], cost[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (start[1:] != start[:-1]) | (stop[1:] != stop[:-1])
    size = nodes + len(rim.node)
    return csr_array((cost[first], (start[first], stop[first])), shape=(size, size))


def _outside(sites_min: Floats, straight_min: Floats) -> Floats:
    """Minutes between each site and each exit by way of another one, float64[k, s]."""
    found = np.full_like(sites_min, np.inf)
    for exit_ in range(len(straight_min)):
        found = np.minimum(found, straight_min[:, exit_][:, None] + sites_min[exit_])
    return found


__all__ = ["BARE_M", "REACH_M", "NearRim", "Rim", "near_rim", "rim_facts", "rim_of"]

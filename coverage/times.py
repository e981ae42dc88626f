"""Minutes and metres from every site to every demand point, and back; in and out of files.

Bounded shortest paths (Dijkstra, scipy) over the sections of one mode's main network. A place lies
somewhere along a link: the part of the link still to travel is counted at both ends, and two places
on the same stretch are joined directly. Metres are those of the fastest path, not of the shortest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from assets.issues import InputError, Issue, nearest
from coverage.graph import Along, ModeGraph
from coverage.network import Floats, Ints, RoadNetwork
from coverage.paths import Gates, core_of, shortest
from coverage.snap import Snapped, check_ids, snap
from coverage.speeds import Profile, link_minutes

Progress = Callable[[str, float], None] | None
FROM_SITE, TO_SITE = "from_site", "to_site"
DIRECTIONS = (FROM_SITE, TO_SITE)
BOUND_SLACK_MIN = 1e-9
"""Bounds are inclusive: sums of many links may exceed one by a rounding error."""


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """How long, and how far, between demand and sites (d demand points, s sites).

    Attributes:
        demand_ids: rows, in the order given.
        site_ids: columns, in the order given.
        minutes: float64[d, s]; NaN where there is no route (or none within the bound).
        metres: length of that fastest route, float64[d, s]; NaN where minutes is, or unknown.
        demand_snap_m: straight distance from each demand point to the road, float64[d].
        site_snap_m: the same for each site, float64[s].
        profile: name of the profile.
        direction: ``from_site`` (response) or ``to_site`` (access).
        provenance: what the figures rest on: network, profile table, bound, places off the network.
    """

    demand_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    minutes: Floats
    metres: Floats
    demand_snap_m: Floats
    site_snap_m: Floats
    profile: str
    direction: str
    provenance: Mapping[str, Any]

    def for_sites(self, ids: Sequence[str]) -> TravelTimes:
        """The same times for some sites, in the order asked; an unknown id is refused."""
        at = _positions(self.site_ids, ids, "sites")
        return replace(
            self,
            site_ids=tuple(self.site_ids[k] for k in at),
            minutes=self.minutes[:, at],
            metres=self.metres[:, at],
            site_snap_m=self.site_snap_m[at],
        )

    def for_demand(self, ids: Sequence[str]) -> TravelTimes:
        """The same times for some demand points, in the order asked; an unknown id is refused."""
        at = _positions(self.demand_ids, ids, "demand points")
        return replace(
            self,
            demand_ids=tuple(self.demand_ids[k] for k in at),
            minutes=self.minutes[at],
            metres=self.metres[at],
            demand_snap_m=self.demand_snap_m[at],
        )


def _positions(known: tuple[str, ...], ids: Sequence[str], what: str) -> Ints:
    place = {name: k for k, name in enumerate(known)}
    missing = tuple(sorted({str(name) for name in ids if str(name) not in place}))
    if missing:
        message = f"no travel times for these {what}"
        raise InputError(Issue("times.unknown_id", message, missing, remedy="compute them first"))
    return np.array([place[str(name)] for name in ids], dtype=np.int64)


def travel_times(  # noqa: PLR0913 - seven plain arguments, the last two optional
    network: RoadNetwork,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    profile: Profile,
    direction: str,
    bound_min: float | None = None,
    progress: Progress = None,
) -> TravelTimes:
    """Fastest times between every demand point and every site.

    Args:
        network: the roads.
        demand: index demand_id; columns ``easting`` and ``northing`` (EPSG:27700 metres).
        sites: index site id; the same columns.
        profile: how the mode moves, and how far a place may lie from the road.
        direction: ``from_site`` (a crew drives out) or ``to_site`` (people come in).
        bound_min: nothing longer is looked for (inclusive); None for no bound.
        progress: called with stage and fraction done.

    Returns:
        Minutes and metres, NaN where there is no route. The straight leg between a place and its
        road is reported in ``*_snap_m`` and not added to the time, as routing engines do, unless
        the profile gives it a speed (walking does). Places off the network are NaN throughout
        and listed in ``provenance``.

    Raises:
        InputError: duplicate ids, missing columns or coordinates, unknown direction, a mode
            without roads.
    """
    if progress:
        progress("placing on the road", 0.0)
    return times_between(
        _place(network, demand, profile, "demand points"),
        _place(network, sites, profile, "sites"),
        profile=profile,
        direction=direction,
        bound_min=bound_min,
        progress=progress,
    )


def _place(network: RoadNetwork, frame: pd.DataFrame, profile: Profile, what: str) -> Snapped:
    absent = tuple(name for name in ("easting", "northing") if name not in frame.columns)
    if absent:
        raise InputError(Issue("times.columns", f"{what} lack columns", absent))
    names = check_ids([str(name) for name in frame.index], what)
    east = pd.to_numeric(frame["easting"], errors="coerce").to_numpy(float)
    north = pd.to_numeric(frame["northing"], errors="coerce").to_numpy(float)
    return snap(network, names, east, north, profile)


def times_between(
    demand_at: Snapped,
    sites_at: Snapped,
    *,
    profile: Profile,
    direction: str,
    bound_min: float | None = None,
    progress: Progress = None,
) -> TravelTimes:
    """`travel_times` for places already on the road: several profiles of a mode share a snap."""
    _check_request(demand_at, sites_at, profile, direction, bound_min)
    graph = sites_at.graph
    minutes = graph.along(link_minutes(graph.network, profile))
    outward = direction == FROM_SITE
    origins, destinations = (sites_at, demand_at) if outward else (demand_at, sites_at)
    limit = np.inf if bound_min is None else float(bound_min) + BOUND_SLACK_MIN
    took, length = _between(graph, minutes, origins, destinations, limit, progress)
    _add_legs(took, length, origins, destinations, profile)
    lost = ~(np.isfinite(took) & (took <= limit))
    took[lost], length[lost] = np.nan, np.nan
    return TravelTimes(
        demand_ids=demand_at.ids,
        site_ids=sites_at.ids,
        minutes=took.T.copy() if outward else took,
        metres=length.T.copy() if outward else length,
        demand_snap_m=demand_at.snap_m,
        site_snap_m=sites_at.snap_m,
        profile=profile.name,
        direction=direction,
        provenance=_provenance(demand_at, sites_at, profile, direction, bound_min),
    )


def _check_request(
    demand_at: Snapped,
    sites_at: Snapped,
    profile: Profile,
    direction: str,
    bound_min: float | None,
) -> None:
    if demand_at.graph is not sites_at.graph or sites_at.mode != profile.mode:
        raise ValueError("demand, sites and profile must be of one network and one mode")
    if direction not in DIRECTIONS:
        raise InputError(
            Issue(
                "times.direction",
                "unknown direction",
                (direction,),
                remedy=nearest(direction, DIRECTIONS),
            )
        )
    if bound_min is not None and not bound_min > 0:
        message = f"the bound must be a positive number of minutes, not {bound_min!r}"
        raise InputError(Issue("times.bound", message, remedy="leave it out for no bound"))


# ---- spots: distinct positions on the network ------------------------------------------


@dataclass(frozen=True, eq=False)
class _Spots:
    """Distinct positions (p of them) of places on the network.

    ``link`` [p, 2] are the links forward and back along the segment (-1 none), ``share`` [p, 2]
    how far along each the spot lies; ``of_place`` the spot of each place, -1 off the network.
    """

    link: Ints
    share: Floats
    of_place: Ints


def _spots(places: Snapped) -> _Spots:
    """Places at one position are one spot; spots are in the network's order, not the caller's."""
    on = np.flatnonzero(places.on_network)
    rows = np.column_stack([places.link_forward[on], places.link_backward[on], places.fraction[on]])
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    of_place = np.full(len(places.ids), -1, dtype=np.int64)
    of_place[on] = which.ravel()
    link = distinct[:, :2].astype(np.int64)
    return _Spots(link, np.column_stack([distinct[:, 2], 1.0 - distinct[:, 2]]), of_place)


def _gates(graph: ModeGraph, minutes: Along, spots: _Spots, *, leaving: bool) -> Gates:
    """The core nodes a spot's stretch of road leads to (or, not ``leaving``, is reached from)."""
    node = np.zeros(spots.link.shape, dtype=np.int64)
    cost = [np.full(spots.link.shape, np.inf) for _ in range(2)]
    for side in range(2):
        there = np.flatnonzero(spots.link[:, side] >= 0)
        link, share = spots.link[there, side], spots.share[there, side]
        section = graph.link_section[link]
        end = graph.section_to if leaving else graph.section_from
        node[there, side] = end[section]
        for total, along in zip(cost, (minutes, graph.metres), strict=True):
            done = along.before[link] + share * along.link[link]
            total[there, side] = np.maximum(along.section[section] - done, 0) if leaving else done
    _at_a_node(graph, spots, node, cost)
    same = (node[:, 0] == node[:, 1]) & np.isfinite(cost[0]).all(axis=1)
    worse = np.where(cost[0][:, 1] < cost[0][:, 0], 0, 1)
    cost[0][same, worse[same]] = np.inf
    return Gates(node, cost[0], cost[1])


def _at_a_node(graph: ModeGraph, spots: _Spots, node: Ints, cost: list[Floats]) -> None:
    """A spot exactly at a core node is at that node: it may leave and be reached by any road."""
    link = np.where(spots.link[:, 0] >= 0, spots.link[:, 0], spots.link[:, 1])
    share = np.where(spots.link[:, 0] >= 0, spots.share[:, 0], spots.share[:, 1])
    ends = {0.0: graph.network.link_from, 1.0: graph.network.link_to}
    for value, end in ends.items():
        rows = np.flatnonzero(share == value)
        core = graph.core_of_node[end[link[rows]]]
        rows, core = rows[core >= 0], core[core >= 0]
        node[rows, 0], node[rows, 1] = core, core
        for total in cost:
            total[rows, 0], total[rows, 1] = 0.0, np.inf


def _between(
    graph: ModeGraph,
    minutes: Along,
    origins: Snapped,
    destinations: Snapped,
    limit: float,
    progress: Progress,
) -> tuple[Floats, Floats]:
    """Minutes and metres, float64[origins, destinations], infinite where there is no route."""
    start, stop = _spots(origins), _spots(destinations)
    leave = _gates(graph, minutes, start, leaving=True)
    reach = _gates(graph, minutes, stop, leaving=False)
    backwards = len(stop.link) < len(start.link)
    core = core_of(graph, minutes, graph.metres, backwards=backwards)
    sources, targets = (reach, leave) if backwards else (leave, reach)

    def tell(share: float) -> None:
        if progress:
            progress("travel times", share)

    found = shortest(core, sources, targets, bound_min=limit, tell=tell)
    took, length = (part.T.copy() if backwards else part for part in found)
    _same_stretch(graph, minutes, start, stop, (took, length))
    rows, columns = start.of_place, stop.of_place
    return _spread(took, rows, columns), _spread(length, rows, columns)


def _spread(values: Floats, rows: Ints, columns: Ints) -> Floats:
    """From spots to places: infinite for a place off the network."""
    padded = np.pad(values, ((0, 1), (0, 1)), constant_values=np.inf)
    return padded[np.ix_(rows, columns)]


def _same_stretch(
    graph: ModeGraph, minutes: Along, start: _Spots, stop: _Spots, found: tuple[Floats, Floats]
) -> None:
    """Places on one section need not go round by its ends: fills in the direct way (in place)."""
    pairs = _ahead(graph, minutes, start).merge(
        _ahead(graph, minutes, stop), on="section", suffixes=("_from", "_to")
    )
    pairs = pairs[pairs["minutes_from"] <= pairs["minutes_to"]]
    took = pairs["minutes_to"].to_numpy() - pairs["minutes_from"].to_numpy()
    length = np.abs(pairs["metres_to"].to_numpy() - pairs["metres_from"].to_numpy())
    row, column = pairs["spot_from"].to_numpy(), pairs["spot_to"].to_numpy()
    order = np.lexsort((-length, -took))
    order = order[took[order] <= found[0][row[order], column[order]]]
    found[0][row[order], column[order]] = took[order]
    found[1][row[order], column[order]] = length[order]


def _ahead(graph: ModeGraph, minutes: Along, spots: _Spots) -> pd.DataFrame:
    """Each spot's section and how far along it the spot lies, a row per direction."""
    spot, side = np.nonzero(spots.link >= 0)
    link, share = spots.link[spot, side], spots.share[spot, side]
    return pd.DataFrame(
        {
            "spot": spot,
            "section": graph.link_section[link],
            "minutes": minutes.before[link] + share * minutes.link[link],
            "metres": graph.metres.before[link] + share * graph.metres.link[link],
        }
    )


def _add_legs(
    took: Floats, length: Floats, origins: Snapped, destinations: Snapped, profile: Profile
) -> None:
    """Adds the straight legs between place and road where the profile walks them (in place)."""
    if profile.leg_kph is None:
        return
    leg_m = origins.snap_m[:, None] + destinations.snap_m[None, :]
    took += leg_m * (60.0 / 1000.0) / profile.leg_kph
    length += leg_m


def _provenance(
    demand_at: Snapped,
    sites_at: Snapped,
    profile: Profile,
    direction: str,
    bound_min: float | None,
) -> Mapping[str, Any]:
    graph = sites_at.graph
    islands = graph.islands
    facts = {
        "roads": graph.network.source,
        "roads_sha256": graph.network.sha256,
        "profile": profile.table(),
        "direction": direction,
        "bound_min": bound_min,
        "max_snap_m": profile.max_snap_m,
        "snap_leg": "not in the time" if profile.leg_kph is None else f"{profile.leg_kph} km/h",
        "off_network_demand": tuple(sorted(demand_at.off_network)),
        "off_network_sites": tuple(sorted(sites_at.off_network)),
        "beyond_rim": tuple(sorted(_beyond(demand_at) + _beyond(sites_at))),
        "islands": len(islands),
        "islands_km": round(sum(island.length_m for island in islands) / 1000.0, 3),
    }
    return MappingProxyType(facts)


def _beyond(places: Snapped) -> tuple[str, ...]:
    return tuple(places.ids[k] for k in np.flatnonzero(places.beyond_rim))

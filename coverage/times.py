"""Minutes and metres from every site to every demand point, and back.

Fastest paths (`coverage.paths`) over the sections of one mode's main network. A place lies
somewhere along a link: the part of the link still to travel is counted at both ends, and two places
on the same stretch are joined directly. Metres are those of the fastest path, not of the shortest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from assets.issues import InputError, Issue, nearest
from coverage.graph import Along, ModeGraph
from coverage.hierarchy import NEVER, cost_of, metres_of, minutes_of
from coverage.network import Floats, Ints, RoadNetwork
from coverage.paths import Gates, shortest
from coverage.rim import rim_facts
from coverage.snap import Snapped, check_ids, snap
from coverage.speeds import Profile, link_minutes
from coverage.spots import Spots, spot_nodes, spots_of
from coverage.travel import BOUND_SLACK_MIN, DIRECTIONS, FROM_SITE, TO_SITE, TravelTimes

Progress = Callable[[str, float], None] | None
__all__ = [
    "BOUND_SLACK_MIN",
    "DIRECTIONS",
    "FROM_SITE",
    "TO_SITE",
    "Progress",
    "TravelTimes",
    "ensemble",
    "times_between",
    "travel_times",
]


def travel_times(  # noqa: PLR0913 - seven plain arguments, the last two optional
    network: RoadNetwork,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    profile: Profile,
    direction: str,
    bound_min: float | None = None,
    rim: bool = False,
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
        rim: say in ``provenance`` what the edge of the map may mislead (`coverage.rim`).
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
    found = ensemble(
        network,
        demand,
        sites,
        profiles=[profile],
        direction=direction,
        bound_min=bound_min,
        rim=rim,
        progress=progress,
    )
    return found[profile.name]


def _place(network: RoadNetwork, frame: pd.DataFrame, profile: Profile, what: str) -> Snapped:
    absent = tuple(name for name in ("easting", "northing") if name not in frame.columns)
    if absent:
        raise InputError(Issue("times.columns", f"{what} lack columns", absent))
    names = check_ids([str(name) for name in frame.index], what)
    east = pd.to_numeric(frame["easting"], errors="coerce").to_numpy(float)
    north = pd.to_numeric(frame["northing"], errors="coerce").to_numpy(float)
    return snap(network, names, east, north, profile)


def times_between(  # noqa: PLR0913 - as `travel_times`
    demand_at: Snapped,
    sites_at: Snapped,
    *,
    profile: Profile,
    direction: str,
    bound_min: float | None = None,
    rim: bool = False,
    progress: Progress = None,
) -> TravelTimes:
    """`travel_times` for places already on the road: several profiles of a mode share a snap."""
    _check_request(demand_at, sites_at, profile, direction, bound_min)
    graph = sites_at.graph
    minutes = graph.along(link_minutes(graph.network, profile))
    outward = direction == FROM_SITE
    origins, destinations = (sites_at, demand_at) if outward else (demand_at, sites_at)
    limit = np.inf if bound_min is None else float(bound_min) + BOUND_SLACK_MIN
    took, length = _between(graph, minutes, (origins, destinations), limit, progress)
    _add_legs(took, length, origins, destinations, profile)
    lost = ~(np.isfinite(took) & (took <= limit))
    took[lost], length[lost] = np.nan, np.nan
    times = TravelTimes(
        demand_ids=demand_at.ids,
        site_ids=sites_at.ids,
        minutes=took.T.copy() if outward else took,
        metres=length.T.copy() if outward else length,
        demand_snap_m=demand_at.snap_m,
        site_snap_m=sites_at.snap_m,
        profile=profile.name,
        direction=direction,
        provenance=_provenance(demand_at, sites_at, profile, direction, bound_min),
        error=profile.error,
    )
    if not rim:
        return times
    facts = rim_facts(graph.network, demand_at, sites_at, times, profile)
    return replace(times, provenance=MappingProxyType({**times.provenance, **facts}))


def ensemble(  # noqa: PLR0913 - as `travel_times`
    network: RoadNetwork,
    demand: pd.DataFrame,
    sites: pd.DataFrame,
    *,
    profiles: Sequence[Profile],
    direction: str,
    bound_min: float | None = None,
    rim: bool = False,
    progress: Progress = None,
) -> dict[str, TravelTimes]:
    """`travel_times` of the same places under several profiles, by the profile's name.

    Places are put on the road once per mode; the order in which paths are searched is found once
    per mode too, so that a further profile costs little.

    Raises:
        InputError: as `travel_times`; two profiles of one name.
    """
    check_ids([one.name for one in profiles], "profiles")
    if progress:
        progress("placing on the road", 0.0)
    placed: dict[tuple[int, float], tuple[Snapped, Snapped]] = {}
    found = {}
    for one in profiles:
        key = (one.mode, one.max_snap_m)
        if key not in placed:
            placed[key] = (
                _place(network, demand, one, "demand points"),
                _place(network, sites, one, "sites"),
            )
        found[one.name] = times_between(
            *placed[key],
            profile=one,
            direction=direction,
            bound_min=bound_min,
            rim=rim,
            progress=progress,
        )
    return found


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


# ---- from spots to minutes -------------------------------------------------------------


def _gates(graph: ModeGraph, minutes: Along, spots: Spots, *, leaving: bool) -> Gates:
    found = spot_nodes(graph, minutes, spots, leaving=leaving)
    return Gates(found.node, cost_of(found.minutes, found.metres), *_where(graph, spots))


def _where(graph: ModeGraph, spots: Spots) -> tuple[Floats, Floats]:
    """Where the spots are, EPSG:27700 metres."""
    network = graph.network
    link, share = spots.known
    start, stop = network.link_from[link], network.link_to[link]
    x = network.node_x[start] + share * (network.node_x[stop] - network.node_x[start])
    y = network.node_y[start] + share * (network.node_y[stop] - network.node_y[start])
    return x, y


def _between(
    graph: ModeGraph,
    minutes: Along,
    places: tuple[Snapped, Snapped],
    limit: float,
    progress: Progress,
) -> tuple[Floats, Floats]:
    """Minutes and metres, float64[origins, destinations], infinite where there is no route."""
    start, stop = (spots_of(part) for part in places)
    leave = _gates(graph, minutes, start, leaving=True)
    reach = _gates(graph, minutes, stop, leaving=False)

    def tell(share: float) -> None:
        if progress:
            progress("travel times", share)

    found = shortest(graph, minutes, (leave, reach), bound_min=limit, tell=tell)
    _same_stretch(graph, minutes, start, stop, found)
    cost = _spread(found, start.of_place, stop.of_place)
    return minutes_of(cost), metres_of(cost)


def _spread(cost: Ints, rows: Ints, columns: Ints) -> Ints:
    """From spots to places: no route for a place off the network."""
    spread = np.full((len(rows), len(columns)), NEVER)
    on = np.flatnonzero(rows >= 0), np.flatnonzero(columns >= 0)
    spread[np.ix_(*on)] = cost[np.ix_(rows[on[0]], columns[on[1]])]
    return spread


def _same_stretch(graph: ModeGraph, minutes: Along, start: Spots, stop: Spots, cost: Ints) -> None:
    """Places on one section need not go round by its ends: fills in the direct way (in place)."""
    pairs = _ahead(graph, minutes, start).merge(
        _ahead(graph, minutes, stop), on="section", suffixes=("_from", "_to")
    )
    pairs = pairs[pairs["minutes_from"] <= pairs["minutes_to"]]
    took = pairs["minutes_to"].to_numpy() - pairs["minutes_from"].to_numpy()
    length = np.abs(pairs["metres_to"].to_numpy() - pairs["metres_from"].to_numpy())
    where = pairs["spot_from"].to_numpy(), pairs["spot_to"].to_numpy()
    np.minimum.at(cost, where, cost_of(took, length))


def _ahead(graph: ModeGraph, minutes: Along, spots: Spots) -> pd.DataFrame:
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
        **({"roads_files": graph.network.files} if len(graph.network.files) > 1 else {}),
        "profile": profile.table(),
        "urban_from": graph.network.urban_source,
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

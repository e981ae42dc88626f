"""Isochrones: the land within so many minutes of a site, as polygons with holes and several parts.

**Land follows the road nearest to it.** A place is attached to the nearest usable road, so a band
is the land whose nearest stretch of road is reached in its minutes; a demand point is inside the
band of its own drive time. A buffer round the reached roads would not do: it swallows places that
lie between a reached road and one that is not (across a river, beside a motorway), and loses those
farther from the road than its width. A raster would, but draws staircases. So the shares of land
are drawn as they are (`coverage.bands.cells`), and cut where the minutes run out along a road
(`coverage.bands.field`); where the straight leg to the road is timed (walking), a band narrows
with the minutes left.

All lines are noded on one mesh of `MESH_M` before polygons are built from them: bands of one site
share their edges exactly, do not overlap and leave no gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from assets.issues import InputError, Issue, nearest
from coverage.bands.cells import Cells, Shapes, cells_of, land_of
from coverage.bands.field import TimeField, time_field
from coverage.graph import mode_graph
from coverage.network import Bools, Floats, Ints, RoadNetwork
from coverage.snap import Snapped, check_ids, snap
from coverage.speeds import Profile
from coverage.times import BOUND_SLACK_MIN, DIRECTIONS, Progress

MESH_M = 0.5
"""Corners of polygons lie on a mesh this fine: less than any coordinate's own error."""
ALL_SITES = "nearest of all"
CRS = "EPSG:27700"


def isochrones(  # noqa: PLR0913 - six plain arguments and a callback
    network: RoadNetwork,
    sites: pd.DataFrame,
    *,
    minutes: Iterable[float],
    profile: Profile,
    direction: str,
    each: bool = False,
    progress: Progress = None,
) -> gpd.GeoDataFrame:
    """Bands of land by minutes to drive (or walk), of the nearest site or of each site.

    Args:
        network: the roads.
        sites: index site id; columns ``easting`` and ``northing`` (EPSG:27700 metres).
        minutes: ends of the bands (inclusive), in any order: 5, 10, 15 gives the bands 0 to 5,
            over 5 to 10 and over 10 to 15.
        profile: how the mode moves, and how far land may lie from the road.
        direction: ``from_site`` (a crew drives out) or ``to_site`` (people come in).
        each: bands of every site alone, instead of those of the nearest site.
        progress: called with stage and fraction done.

    Returns:
        One row per site (sorted by id) and band (shortest first): ``site_id``, ``from_min``
        (exclusive), ``to_min`` (inclusive), ``area_km2``, ``profile``, ``direction``, ``geometry``
        (MultiPolygon, EPSG:27700, empty where a band is). ``attrs["provenance"]`` says what they
        rest on and lists the sites off the network, which have empty bands.

    Raises:
        InputError: no minutes, or minutes repeated or not above 0; no sites, or none on the
            network; ids repeated; coordinates missing; unknown direction; no usable road.
    """
    ends = check_request(minutes, direction)
    tell = progress or (lambda stage, share: None)
    tell("placing on the road", 0.0)
    at = _placed(network, sites, profile)
    tell("sharing out the land", 0.0)
    cells = cells_of(mode_graph(network, profile.mode), profile.max_snap_m)
    land = _Land(cells, land_of(network, profile), network, profile)
    groups = _groups(at, each=each)
    rows: list[gpd.GeoDataFrame] = []
    for done, (name, members) in enumerate(groups):
        tell("drawing the bands", done / len(groups))
        rows.append(_rows(name, ends, land.bands(members, ends, direction)))
    table = pd.concat(rows, ignore_index=True)
    made = gpd.GeoDataFrame(table.assign(profile=profile.name, direction=direction), crs=CRS)
    made.attrs["provenance"] = dict(_provenance(at, profile, ends, direction))
    return made


def people_in(
    bands: gpd.GeoDataFrame,
    network: RoadNetwork,
    sites: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    profile: Profile,
) -> gpd.GeoDataFrame:
    """The bands with who is reached in them, by the modelled minutes of each demand point.

    Args:
        bands: of `isochrones` for this network, these sites and this profile.
        network: what the bands were made from.
        sites: likewise.
        demand: index demand id; ``easting``, ``northing`` and, if known, ``population``.
        profile: what the bands were made from.

    Returns:
        The bands with ``places`` (how many demand points) and ``population`` after their area;
        demand points off the network are listed in ``attrs["provenance"]``.
    """
    direction = bands.attrs["provenance"]["direction"]
    each = bands["site_id"].ne(ALL_SITES).any()
    minutes = minutes_at(
        network,
        sites,
        demand,
        profile=profile,
        direction=direction,
        bound_min=float(bands["to_min"].max()),
        each=bool(each),
    )
    made = bands.copy()
    inside = [
        (minutes[site].to_numpy() > _open(low)) & (minutes[site].to_numpy() <= _shut(high))
        for site, low, high in zip(
            bands["site_id"], bands["from_min"], bands["to_min"], strict=True
        )
    ]
    made.insert(4, "places", [int(rows.sum()) for rows in inside])
    if "population" in demand.columns:
        people = demand["population"].to_numpy(float)
        made.insert(5, "population", [float(people[rows].sum()) for rows in inside])
    made.attrs["provenance"] = {
        **bands.attrs["provenance"],
        "demand": len(demand),
        "off_network_demand": minutes.attrs["off_network"],
    }
    return made


def minutes_at(  # noqa: PLR0913 - what `isochrones` takes, and the places
    network: RoadNetwork,
    sites: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    profile: Profile,
    direction: str,
    bound_min: float,
    each: bool = False,
) -> pd.DataFrame:
    """Minutes of every demand point, from the same search that the bands are drawn from.

    Returns:
        float64, one row per demand point (as given), one column per site or `ALL_SITES`;
        infinite beyond the bound (inclusive) and off the network.
        ``attrs["off_network"]`` lists those off the network.
    """
    check_request([bound_min], direction)
    at, people = _placed(network, sites, profile), _snapped(network, demand, profile, "demand")
    pieces = cells_of(at.graph, profile.max_snap_m).pieces
    found = {}
    for name, members in _groups(at, each=each):
        found[name] = np.full(len(people.ids), np.inf)
        if members.on_network.any():
            field = time_field(pieces, members, profile, direction=direction, bound_min=bound_min)
            took = field.at(people)
            found[name] = np.where(took <= _shut(bound_min), took, np.inf)
    made = pd.DataFrame(found, index=demand.index)
    made.attrs["off_network"] = sorted(people.off_network)
    return made


def minutes_of(text: str) -> tuple[float, ...]:
    """Minutes written as ``5,10,15``.

    Raises:
        InputError: one of them is no number.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    bad = tuple(word for word in words if not _is_number(word))
    if bad:
        remedy = "write numbers with commas between, such as 5,10,15"
        raise InputError(Issue("isochrones.minutes", "minutes must be numbers", bad, remedy))
    return tuple(float(word) for word in words)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _shut(end_min: float) -> float:
    """The most that is still within ``end_min``."""
    return end_min + BOUND_SLACK_MIN


def _open(start_min: float) -> float:
    """What a band after ``start_min`` must exceed; the first band holds 0 as well."""
    return _shut(start_min) if start_min > 0 else -1.0


def check_request(minutes: Iterable[float], direction: str) -> tuple[float, ...]:
    """The ends of the bands, sorted.

    Raises:
        InputError: no minutes, repeated, or not above 0; unknown direction. All at once.
    """
    given = [float(value) for value in minutes]
    issues = []
    if not given:
        remedy = "give one number or more, such as 5,10,15"
        issues.append(Issue("isochrones.no_minutes", "no minutes are given", remedy=remedy))
    bad = tuple(f"{v:g}" for v in given if not (np.isfinite(v) and v > 0))
    if bad:
        message = "minutes must be positive numbers"
        remedy = "give minutes above 0, such as 5,10,15"
        issues.append(Issue("isochrones.minutes", message, bad, remedy=remedy))
    twice = tuple(f"{v:g}" for v in sorted({v for v in given if given.count(v) > 1}))
    if twice:
        message = "minutes are given more than once"
        issues.append(Issue("isochrones.repeated", message, twice, remedy="give each once"))
    if direction not in DIRECTIONS:
        remedy = nearest(direction, DIRECTIONS)
        issues.append(Issue("times.direction", "unknown direction", (direction,), remedy=remedy))
    if issues:
        raise InputError(issues)
    return tuple(sorted(given))


def _snapped(network: RoadNetwork, frame: pd.DataFrame, profile: Profile, what: str) -> Snapped:
    absent = tuple(name for name in ("easting", "northing") if name not in frame.columns)
    if absent:
        raise InputError(Issue("times.columns", f"{what} lack columns", absent))
    names = check_ids([str(name) for name in frame.index], what)
    east, north = (
        pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
        for name in ("easting", "northing")
    )
    return snap(network, names, east, north, profile)


def _placed(network: RoadNetwork, sites: pd.DataFrame, profile: Profile) -> Snapped:
    """The sites on the road, in order of their ids."""
    if not len(sites):
        remedy = "give at least one place to start from"
        raise InputError(Issue("isochrones.no_places", "there are no places", remedy=remedy))
    order = np.argsort([str(name) for name in sites.index], kind="stable")
    at = _snapped(network, sites.iloc[order], profile, "places")
    if not at.on_network.any():
        message = f"none of the places is on the roads of {network.source}"
        remedy = "give the extract that holds these places, or check their coordinates"
        raise InputError(Issue("isochrones.off_network", message, at.off_network, remedy=remedy))
    return at


def _groups(at: Snapped, *, each: bool) -> list[tuple[str, Snapped]]:
    """Whose bands are drawn: every site alone, or the nearest of all."""
    return [(name, _only(at, k)) for k, name in enumerate(at.ids)] if each else [(ALL_SITES, at)]


def _only(places: Snapped, k: int) -> Snapped:
    """One of the places."""
    columns = {
        name: getattr(places, name)[k : k + 1]
        for name, value in vars(places).items()
        if isinstance(value, np.ndarray) and len(value) == len(places.ids)
    }
    return replace(places, ids=places.ids[k : k + 1], **columns)


def _rows(name: str, ends: Sequence[float], shapes: Shapes) -> gpd.GeoDataFrame:
    """One site's bands as rows."""
    return gpd.GeoDataFrame(
        {
            "site_id": name,
            "from_min": [0.0, *ends[:-1]],
            "to_min": list(ends),
            "area_km2": shapely.area(shapes) / 1e6,
        },
        geometry=shapes,
        crs=CRS,
    )


def _provenance(
    at: Snapped, profile: Profile, ends: Sequence[float], direction: str
) -> Mapping[str, Any]:
    network = at.graph.network
    leg = "not in the time" if profile.leg_kph is None else f"{profile.leg_kph} km/h"
    return MappingProxyType(
        {
            "roads": network.source,
            "roads_sha256": network.sha256,
            "profile": profile.table(),
            "direction": direction,
            "minutes": list(ends),
            "bound_min": ends[-1],
            "max_snap_m": profile.max_snap_m,
            "snap_leg": leg,
            "sites": len(at.ids),
            "off_network_sites": sorted(at.off_network),
        }
    )


# ---- from minutes to polygons ---------------------------------------------------------------


class _Land:
    """The land, ready to be cut into bands for one site after another."""

    def __init__(
        self, cells: Cells, area: shapely.Geometry, network: RoadNetwork, profile: Profile
    ) -> None:
        self.cells, self.area, self.network, self.profile = cells, area, network, profile
        shapely.prepare(area)
        xy, ring = shapely.get_coordinates(
            shapely.get_rings(shapely.get_parts(area)), return_index=True
        )
        same = ring[1:] == ring[:-1]
        self.edge = np.stack([xy[:-1][same], xy[1:][same]], axis=1)

    def bands(self, sites: Snapped, ends: Sequence[float], direction: str) -> Shapes:
        """One MultiPolygon for each end; empty where nothing is reached in a band."""
        empty = np.full(len(ends), shapely.MultiPolygon(), dtype=object)
        if not sites.on_network.any():
            return empty
        times = time_field(
            self.cells.pieces, sites, self.profile, direction=direction, bound_min=ends[-1]
        )
        within = np.asarray(ends)
        first, mixed = self._extremes(times, within)
        faces = self._faces(times, within, first, mixed)
        if not len(faces):
            return empty
        band = self._band_of(faces, times, within, np.where(mixed, -1, first))
        return np.array([_joined(faces[band == k]) for k in range(len(ends))], dtype=object)

    def _faces(self, times: TimeField, ends: Floats, first: Ints, mixed: Bools) -> Shapes:
        """Polygons in each of which all land is of one band (or none)."""
        between = self.cells.between
        known = np.append(first, len(ends))  # the world outside is out of reach
        apart = known[between[:, 0]] != known[between[:, 1]]
        cut = np.append(mixed, False)
        edges = self.cells.edge_xy[apart | cut[between].any(axis=1)]
        if not len(edges):
            return np.zeros(0, dtype=object)
        low, high = edges.reshape(-1, 2).min(axis=0), edges.reshape(-1, 2).max(axis=0)
        rim = self.edge
        close = (rim.max(axis=1) >= low).all(axis=1) & (rim.min(axis=1) <= high).all(axis=1)
        lines = [_segments(edges), _segments(rim[close]), *self._cuts(times, ends, mixed)]
        noded = shapely.union_all(np.concatenate(lines), grid_size=MESH_M)
        return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))))

    def _extremes(self, times: TimeField, ends: Floats) -> tuple[Ints, Bools]:
        """Band in which each piece's land begins; whether all of it is in that band or not."""
        count = len(self.cells.pieces.segment)
        least, most = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(least, times.piece, times.least_min)
        np.maximum.at(most, times.piece, times.most_min)
        if times.leg_min_per_m > 0:
            inside = np.flatnonzero(least <= ends[-1] + BOUND_SLACK_MIN)
            _, reach_m = self.cells.outlines(inside)
            most[inside] += reach_m * times.leg_min_per_m
        first = _band(least, ends)
        return first, first != _band(most, ends)

    def _cuts(self, times: TimeField, ends: Floats, mixed: Bools) -> list[Shapes]:
        """Lines that cut the cells of more than one band where the minutes run out."""
        piece = np.flatnonzero(mixed)
        shape, reach_m = self.cells.outlines(piece)
        place = np.full(len(mixed), -1)
        place[piece] = np.arange(len(piece))
        rows = np.flatnonzero(mixed[times.piece] & np.isfinite(times.begin_min))
        here = place[times.piece[rows]]
        lines = []
        for end in ends.tolist():
            if times.leg_min_per_m > 0:
                made, of = self._reached_on_foot(times, rows, end)
            else:
                made, of = self._across(times, rows, end, reach_m[here])
            lines.append(shapely.intersection(made, shape[here[of]]))
        return lines

    def _across(
        self, times: TimeField, rows: Ints, end: float, reach_m: Floats
    ) -> tuple[Shapes, Ints]:
        """Lines square to the road where the minutes reach ``end``, and the rows they are of."""
        first, last = times.begin_min[rows], times.end_min[rows]
        of = np.flatnonzero((np.minimum(first, last) <= end) & (np.maximum(first, last) > end))
        rows, first, last = rows[of], first[of], last[of]
        part = (end - first) / (last - first)
        share = times.begin[rows] + part * (times.end[rows] - times.begin[rows])
        at = self.cells.along(times.segment[rows], share)
        side = self._square(times.segment[rows]) * (2.0 * reach_m[of] + 1.0)[:, None]
        return _segments(np.stack([at - side, at + side], axis=1)), of

    def _square(self, segment: Ints) -> Floats:
        """Unit vectors square to segments, float64[s, 2]."""
        run = self.cells.along(segment, np.ones(len(segment))) - self.cells.along(
            segment, np.zeros(len(segment))
        )
        length = np.hypot(*run.T)
        unit = run / np.where(length > 0, length, 1.0)[:, None]
        return np.column_stack([-unit[:, 1], unit[:, 0]])

    def _reached_on_foot(self, times: TimeField, rows: Ints, end: float) -> tuple[Shapes, Ints]:
        """Outlines of the land beside each stretch within ``end``, legs timed, and their rows."""
        left = [
            (end - part[rows]) / times.leg_min_per_m for part in (times.begin_min, times.end_min)
        ]
        of = np.flatnonzero(np.maximum(*left) > 0)
        rows, (first, last) = rows[of], (side[of] for side in left)
        square = self._square(times.segment[rows])
        drop = np.where(first == last, 1.0, first - last)
        stop = np.clip(first / drop, 0.0, 1.0)  # where nothing is left, if it is on the stretch
        begin, finish = np.where(first < 0, stop, 0.0), np.where(last < 0, stop, 1.0)
        corners = []
        for part in (begin, finish):
            share = times.begin[rows] + part * (times.end[rows] - times.begin[rows])
            at = self.cells.along(times.segment[rows], share)
            off = np.maximum(first + part * (last - first), 0.0)[:, None] * square
            corners.append((at + off, at - off))
        ring = np.stack(
            [corners[0][0], corners[1][0], corners[1][1], corners[0][1], corners[0][0]], axis=1
        )
        sides: Any = shapely.linestrings(ring)
        caps, capped = [], []
        for tip, share, room in ((0.0, times.begin, first), (1.0, times.end, last)):
            whole = np.flatnonzero((share[rows] == tip) & (room > 0))
            at = self.cells.along(times.segment[rows[whole]], share[rows[whole]])
            disc = shapely.buffer(shapely.points(at), room[whole], quad_segs=8)
            caps.append(shapely.boundary(disc))
            capped.append(of[whole])
        return np.concatenate([sides, *caps]), np.concatenate([of, *capped])

    def _band_of(self, faces: Shapes, times: TimeField, ends: Floats, known: Ints) -> Ints:
        """Band of each face: its piece's (``known``), or that of a place inside it where cut (-1).

        Such a place is attached to the road like any other.
        """
        inside = shapely.get_coordinates(shapely.point_on_surface(faces))
        tree, piece = self.cells.tree
        band = known[piece[tree.query(inside)[1]]]
        cut = np.flatnonzero(band < 0)
        names = [str(k) for k in cut]
        at = snap(self.network, names, inside[cut, 0], inside[cut, 1], self.profile)
        band[cut] = _band(times.at(at), ends)
        return np.where(shapely.contains_xy(self.area, inside), band, len(ends))


def _band(minutes: Floats, ends: Floats) -> Ints:
    """Band of each time: the first whose end it does not exceed; ``len(ends)`` if none."""
    return np.searchsorted(ends + BOUND_SLACK_MIN, minutes, side="left").astype(np.int64)


def _segments(ends: Floats) -> Shapes:
    """Straight lines from float64[e, 2, 2]."""
    return np.asarray(shapely.linestrings(ends), dtype=object)


def _joined(faces: Shapes) -> shapely.MultiPolygon:
    """Faces that share edges exactly, as one MultiPolygon in canonical order."""
    if not len(faces):
        return shapely.MultiPolygon()
    whole = shapely.coverage_union_all(faces)
    parts = [part for part in shapely.get_parts(whole) if isinstance(part, shapely.Polygon)]
    return shapely.normalize(shapely.MultiPolygon(parts))

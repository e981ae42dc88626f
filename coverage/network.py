"""The road network as arrays: what it is, and how it is built from ways and nodes.

Pure: `coverage.roads` reads files and calls `build_network`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from assets.issues import InputError, Issue, nearest
from coverage.osm import ALL_MODES, CLASS_INDEX, MOTOR, PUBLIC_ROADS, ROAD_CLASSES, ROUNDABOUT
from coverage.turns import Lanes, Restriction, Turns, forbidden_turns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Mask = NDArray[np.uint8]

GB_LON = (-9.0, 2.1)
GB_LAT = (49.7, 61.0)
"""Box round Great Britain and its islands (degrees, WGS84); EPSG:27700 means nothing outside."""

LINK_ENDS = ("free", "through", "give_way", "signals", "roundabout")
FREE, THROUGH, GIVE_WAY, SIGNALS, ROUNDABOUT_ENTRY = range(5)
"""What a driver meets at the end of a link (`RoadNetwork.link_end`)."""

URBAN_CELL_M = 250.0
URBAN_STREETS_KM_PER_KM2 = 4.0
"""A link is urban where streets (residential and living streets) are at least this dense, in
the 750 m square of nine 250 m cells round its middle: about the least of a small town, more
than a village street with a close or two. *Default*; the tagged limit, where there is one,
overrides it in `coverage.speeds`."""

PLACE_KINDS = ("city", "town", "village", "hamlet", "suburb")


@dataclass(frozen=True, order=True)
class Place:
    """A named settlement on the map; x and y are EPSG:27700 metres."""

    kind: str
    name: str
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class RawRoads:
    """Ways and nodes as read, before they are a network (w ways, r node references).

    ``ref_*`` hold the ways' nodes one after another; way k owns ``way_first[k]`` up to
    ``way_first[k + 1]``. Coordinates are WGS84 degrees, NaN where the file lacks the node; with
    ``on_grid`` they are EPSG:27700 metres, easting in ``ref_lon`` and northing in ``ref_lat``.
    ``way_access_only`` may be left empty: no way is for access only.
    """

    way_id: Ints
    way_class: Mask
    way_form: Mask
    way_forward: Mask
    way_backward: Mask
    way_forward_kph: NDArray[np.float32]
    way_backward_kph: NDArray[np.float32]
    way_first: Ints
    ref_id: Ints
    ref_lon: Floats
    ref_lat: Floats
    barriers: Mapping[int, int] = field(default_factory=dict)
    signals: tuple[int, ...] = ()
    mini_roundabouts: tuple[int, ...] = ()
    places: tuple[tuple[str, str, float, float], ...] = ()
    on_grid: bool = False
    way_access_only: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    restrictions: tuple[Restriction, ...] = ()
    warnings: tuple[Issue, ...] = ()


@dataclass(frozen=True, eq=False)
class RoadNetwork:
    """Nodes, directed links and the ways they came from (n nodes, m links, w ways).

    Attributes:
        node_x: eastings, EPSG:27700 metres, float64[n].
        node_y: northings, float64[n].
        node_osm_id: OpenStreetMap ids, ascending; then, once more for each severed road end, the
            nodes that a barrier closes to some mode, int64[n].
        link_from: node index a link leaves, int32[m].
        link_to: node index a link reaches, int32[m].
        link_length_m: length in metres, float64[m].
        link_class: index into `ROAD_CLASSES`, uint8[m].
        link_form: 0 single carriageway, 1 dual, 2 roundabout, uint8[m].
        link_end: index into `LINK_ENDS`, for vehicles, uint8[m].
        link_maxspeed_kph: tagged limit in km/h, NaN when none, float32[m].
        link_urban: in a built-up area (see `URBAN_STREETS_KM_PER_KM2`), bool[m].
        link_modes: CAR=1, BLUE=2, WALK=4, uint8[m].
        link_way: OpenStreetMap way id, int64[m].
        link_reverse: the link of the same piece of road the other way, -1 if none, int32[m].
        way_id, way_class: one per way, for drawing, int64[w] and uint8[w].
        way_first, way_nodes: way k is the nodes ``way_nodes[way_first[k]:way_first[k + 1]]``.
        places: named settlements, sorted.
        turns: what may not be driven one after another.
        link_access_only: cars may begin or end a journey on the link, not pass through on their
            way elsewhere (``destination``, ``customers`` ...); other modes may, bool[m].
        source: file name or place the network was read from.
        sha256: checksum of the source.
        warnings: what a reader noticed and the planner should know.
        files: name and sha256 of each file read, sorted; none for a place.
        urban_source: what ``link_urban`` rests on.
    """

    node_x: Floats
    node_y: Floats
    node_osm_id: Ints
    link_from: NDArray[np.int32]
    link_to: NDArray[np.int32]
    link_length_m: Floats
    link_class: Mask
    link_form: Mask
    link_end: Mask
    link_maxspeed_kph: NDArray[np.float32]
    link_urban: Bools
    link_modes: Mask
    link_way: Ints
    link_reverse: NDArray[np.int32]
    way_id: Ints
    way_class: Mask
    way_first: Ints
    way_nodes: NDArray[np.int32]
    places: tuple[Place, ...]
    source: str
    sha256: str
    warnings: tuple[Issue, ...] = ()
    turns: Turns = field(default_factory=Turns)
    files: tuple[tuple[str, str], ...] = ()
    urban_source: str = "density of streets"
    link_access_only: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))

    def __post_init__(self) -> None:
        if not len(self.link_access_only):  # left out: no link is for access only
            nowhere = np.zeros(len(self.link_from), dtype=bool)
            object.__setattr__(self, "link_access_only", nowhere)

    def lines(self, classes: Iterable[str] | None = None) -> gpd.GeoDataFrame:
        """The ways as lines, one row per way: ``way_id``, ``road_class``, geometry (EPSG:27700).

        ``classes`` picks some of `ROAD_CLASSES` (all by default); an unknown one is refused.
        """
        wanted = list(ROAD_CLASSES if classes is None else classes)
        _known_classes(wanted)
        index = np.array(sorted(CLASS_INDEX[name] for name in wanted), dtype=np.uint8)
        counts = np.diff(self.way_first)
        keep = np.isin(self.way_class, index) & (counts >= 2)
        at = self.way_nodes[np.repeat(keep, counts)]
        owner = np.repeat(np.arange(int(keep.sum())), counts[keep])
        xy = np.column_stack([self.node_x[at], self.node_y[at]])
        names = np.array(ROAD_CLASSES, dtype=object)[self.way_class[keep]]
        return gpd.GeoDataFrame(
            {"way_id": self.way_id[keep], "road_class": names},
            geometry=shapely.linestrings(xy, indices=owner) if len(xy) else [],
            crs="EPSG:27700",
        )


def _known_classes(names: list[str]) -> None:
    unknown = [name for name in names if name not in CLASS_INDEX]
    if unknown:
        hint = nearest(unknown[0], ROAD_CLASSES)
        raise InputError(
            Issue("roads.unknown_class", "no such road class", tuple(unknown), remedy=hint)
        )


@lru_cache(maxsize=1)
def _to_grid() -> Transformer:
    return Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)


def grid_xy(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS84 degrees to EPSG:27700 metres, vectorised."""
    x, y = _to_grid().transform(lon, lat)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)


def build_network(raw: RawRoads, *, source: str, sha256: str) -> RoadNetwork:
    """Nodes and directed links from ways; the result does not depend on the order in the file.

    Raises `InputError` when there is no road, or when roads lie outside Great Britain.
    """
    raw = _sorted_ways(raw)
    node_id, first, ref_node = np.unique(raw.ref_id, return_index=True, return_inverse=True)
    lon, lat = raw.ref_lon[first], raw.ref_lat[first]
    if not raw.on_grid:  # whoever reads grid coordinates checks them
        _check_inside(source, node_id, lon, lat)
    node_x, node_y = (lon, lat) if raw.on_grid else grid_xy(lon, lat)
    seg = _segments(raw, ref_node.astype(np.int64), np.isfinite(node_x))
    seg, origin = _cut_at_barriers(seg, raw.barriers, node_id)
    node_id, node_x, node_y = node_id[origin], node_x[origin], node_y[origin]
    links: dict[str, Any] = _links(seg, raw, node_x, node_y)
    if not len(links["link_from"]):
        raise InputError(no_roads(source))
    way_first, way_nodes = _way_lines(raw, ref_node, node_x)
    urban = _urban(links, node_x, node_y)
    ends = _link_ends(links, raw, node_id)
    turns, warnings = _turns(raw, links, node_id, node_x, node_y)
    return RoadNetwork(
        node_x=node_x,
        node_y=node_y,
        node_osm_id=node_id,
        link_urban=urban,
        link_end=ends,
        way_id=raw.way_id,
        way_class=raw.way_class,
        way_first=way_first,
        way_nodes=way_nodes,
        places=_places(raw),
        source=source,
        sha256=sha256,
        warnings=warnings,
        turns=turns,
        **links,
    )


def no_roads(source: str) -> Issue:
    """The issue for a source that holds no road anyone may use."""
    return Issue(
        "roads.none",
        f"{source} holds no road that cars, crews or people on foot may use",
        remedy="give an OpenStreetMap extract with its highway ways",
    )


def _sorted_ways(raw: RawRoads) -> RawRoads:
    """The same ways by ascending id, as extracts are anyhow (then this is free)."""
    if (np.diff(raw.way_id) > 0).all():
        return raw
    return take_ways(raw, np.argsort(raw.way_id, kind="stable"))


_PER_WAY: tuple[str, ...] = ("way_id", "way_class", "way_form", "way_forward", "way_backward")
_PER_WAY += ("way_forward_kph", "way_backward_kph", "way_access_only")


def take_ways(raw: RawRoads, order: Ints) -> RawRoads:
    """The ways at some positions, in that order, with their nodes; all else as it was."""
    counts = np.diff(raw.way_first)[order]
    way_first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    at = np.arange(way_first[-1]) + np.repeat(raw.way_first[:-1][order] - way_first[:-1], counts)
    whole = {name: getattr(raw, name) for name in _PER_WAY}
    return replace(
        raw,
        **{name: values[order] if len(values) else values for name, values in whole.items()},
        way_first=way_first,
        ref_id=raw.ref_id[at],
        ref_lon=raw.ref_lon[at],
        ref_lat=raw.ref_lat[at],
    )


def _check_inside(source: str, node_id: Ints, lon: Floats, lat: Floats) -> None:
    known = np.isfinite(lon)
    if not known.any():
        raise InputError(no_roads(source))
    inside = (lon >= GB_LON[0]) & (lon <= GB_LON[1]) & (lat >= GB_LAT[0]) & (lat <= GB_LAT[1])
    outside = known & ~inside
    if outside.any():
        raise InputError(
            Issue(
                "roads.outside_gb",
                f"{int(outside.sum())} of {int(known.sum())} road nodes of {source} lie outside "
                f"Great Britain (longitude {GB_LON[0]} to {GB_LON[1]}, latitude {GB_LAT[0]} to "
                f"{GB_LAT[1]})",
                ids=tuple(str(value) for value in node_id[outside]),
                remedy="give an extract of Great Britain; Groundplan works in EPSG:27700",
            )
        )


def _segments(raw: RawRoads, ref_node: Ints, placed: Bools) -> dict[str, Ints]:
    """Pieces of road between consecutive nodes: ends ``a`` and ``b`` and the way's position."""
    way = np.repeat(np.arange(len(raw.way_id)), np.diff(raw.way_first))
    a, b = ref_node[:-1], ref_node[1:]
    keep = (way[:-1] == way[1:]) & (a != b) & placed[a] & placed[b]
    return {"a": a[keep], "b": b[keep], "way": way[:-1][keep], "modes": np.full(keep.sum(), 7)}


def _cut_at_barriers(
    seg: dict[str, Ints], barriers: Mapping[int, int], node_id: Ints
) -> tuple[dict[str, Ints], Ints]:
    """Sever the road at a node its users cannot pass, leaving it whole for those who can.

    Each segment that ends at such a node is given a dead end of its own, at the same spot, for
    the modes that are stopped. Returns the segments and, for each node, the node it copies.
    """
    blocked = np.zeros(len(node_id), dtype=np.int64)
    ids = np.fromiter(barriers, dtype=np.int64, count=len(barriers))
    modes = np.fromiter(barriers.values(), dtype=np.int64, count=len(barriers))
    at = np.searchsorted(node_id, ids)
    found = at < len(node_id)
    found[found] = node_id[at[found]] == ids[found]
    blocked[at[found]] = modes[found]
    origin = np.arange(len(node_id))
    for end in ("a", "b"):
        seg, origin = _sever(seg, end, blocked, origin)
    return seg, origin


def _sever(
    seg: dict[str, Ints], end: str, blocked: Ints, origin: Ints
) -> tuple[dict[str, Ints], Ints]:
    stopped = seg["modes"] & blocked[origin[seg[end]]]
    stopped[seg[end] >= len(blocked)] = 0  # the copies made for the other end stop nobody
    rows = np.flatnonzero(stopped)
    copies = {key: values[rows] for key, values in seg.items()}
    copies["modes"] = stopped[rows]
    copies[end] = len(origin) + np.arange(len(rows))
    kept = {**seg, "modes": seg["modes"] & ~stopped}
    joined = {key: np.concatenate([kept[key], copies[key]]) for key in seg}
    live = joined["modes"] > 0
    cut = {key: values[live] for key, values in joined.items()}
    return cut, np.concatenate([origin, origin[seg[end][rows]]])


def _links(
    seg: dict[str, Ints], raw: RawRoads, node_x: Floats, node_y: Floats
) -> dict[str, NDArray]:
    """Directed links of both ways along each segment, sorted by ends and way."""
    a, b, way = seg["a"], seg["b"], seg["way"]
    forward = raw.way_forward[way] & seg["modes"]
    backward = raw.way_backward[way] & seg["modes"]
    count = len(a)
    piece = np.concatenate([np.arange(count), np.arange(count)])
    start, stop = np.concatenate([a, b]), np.concatenate([b, a])
    modes = np.concatenate([forward, backward])
    kph = np.concatenate([raw.way_forward_kph[way], raw.way_backward_kph[way]])
    order = np.lexsort((piece, stop, start))
    order = order[modes[order] > 0]
    place = np.full(2 * count, -1, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    twin = np.where(order < count, order + count, order - count)
    length = np.hypot(node_x[a] - node_x[b], node_y[a] - node_y[b])[piece[order]]
    way = way[piece[order]]
    access_only = (
        raw.way_access_only if len(raw.way_access_only) else np.zeros(len(raw.way_id), bool)
    )
    return {
        "link_from": start[order].astype(np.int32),
        "link_to": stop[order].astype(np.int32),
        "link_length_m": length,
        "link_class": raw.way_class[way],
        "link_form": raw.way_form[way],
        "link_maxspeed_kph": kph[order].astype(np.float32),
        "link_modes": modes[order].astype(np.uint8),
        "link_way": raw.way_id[way],
        "link_access_only": access_only[way],
        "link_reverse": place[twin],
    }


def _way_lines(raw: RawRoads, ref_node: Ints, node_x: Floats) -> tuple[Ints, NDArray[np.int32]]:
    """Each way's nodes in order, less those the file lacks."""
    known = np.isfinite(node_x[ref_node])
    way = np.repeat(np.arange(len(raw.way_id)), np.diff(raw.way_first))[known]
    first = np.searchsorted(way, np.arange(len(raw.way_id) + 1))
    return first.astype(np.int64), ref_node[known].astype(np.int32)


def _urban(links: dict[str, NDArray], node_x: Floats, node_y: Floats) -> Bools:
    """Links in a built-up area by the density of streets round them (one count per street)."""
    start, stop = links["link_from"], links["link_to"]
    column = (node_x[start] + node_x[stop]) / 2.0 // URBAN_CELL_M
    row = (node_y[start] + node_y[stop]) / 2.0 // URBAN_CELL_M
    column = (column - column.min()).astype(np.int64) + 1
    row = (row - row.min()).astype(np.int64) + 1
    wide = int(column.max()) + 2
    cell = row * wide + column
    streets = [CLASS_INDEX["residential"], CLASS_INDEX["living_street"]]
    once = (links["link_reverse"] < 0) | (start < stop)
    street_m = np.where(np.isin(links["link_class"], streets) & once, links["link_length_m"], 0.0)
    cells, where = np.unique(cell, return_inverse=True)
    total = np.bincount(where, weights=street_m)
    near = np.zeros(len(cells))
    for step in (-wide - 1, -wide, -wide + 1, -1, 0, 1, wide - 1, wide, wide + 1):
        at = np.minimum(np.searchsorted(cells, cells + step), len(cells) - 1)
        near += np.where(cells[at] == cells + step, total[at], 0.0)
    dense_m = URBAN_STREETS_KM_PER_KM2 * 9.0 * URBAN_CELL_M**2 / 1000.0
    return np.asarray((near >= dense_m)[where])


def _link_ends(links: dict[str, NDArray], raw: RawRoads, node_id: Ints) -> Mask:
    """What a vehicle meets at the end of each link, from the public roads that meet there."""
    start, stop, form = links["link_from"], links["link_to"], links["link_form"]
    rank = links["link_class"].astype(np.int64)
    public = (rank < len(PUBLIC_ROADS)) & ((links["link_modes"] & MOTOR) > 0)
    nodes = len(node_id)
    once = public & ((links["link_reverse"] < 0) | (start < stop))
    arms = np.bincount(start[once], minlength=nodes) + np.bincount(stop[once], minlength=nodes)
    best = np.full(nodes, len(ROAD_CLASSES))
    np.minimum.at(best, start[public], rank[public] // 2)
    np.minimum.at(best, stop[public], rank[public] // 2)
    ring = np.zeros(nodes, dtype=bool)
    ring[start[form == ROUNDABOUT]] = True
    ring |= np.isin(node_id, np.array(raw.mini_roundabouts, dtype=np.int64))
    lights = np.isin(node_id, np.array(raw.signals, dtype=np.int64))
    end = np.where(rank // 2 > best[stop], GIVE_WAY, THROUGH)
    end[arms[stop] < 3] = FREE
    end[ring[stop]] = ROUNDABOUT_ENTRY
    end[lights[stop]] = SIGNALS
    end[(form == ROUNDABOUT) & ~lights[stop]] = FREE
    return end.astype(np.uint8)


def _turns(
    raw: RawRoads, links: dict[str, NDArray], node_id: Ints, node_x: Floats, node_y: Floats
) -> tuple[Turns, tuple[Issue, ...]]:
    """Forbidden turns; and what to tell of the reading and of restrictions that do not fit."""
    parts = {name: links[name] for name in ("link_from", "link_to", "link_way", "link_modes")}
    lanes = Lanes(node_x=node_x, node_y=node_y, node_osm_id=node_id, **parts)
    turns, misfits = forbidden_turns(raw.restrictions, lanes)
    if not misfits:
        return turns, raw.warnings
    told = Issue(
        "roads.restrictions_misfit",
        f"{len(misfits)} of {len(raw.restrictions)} turn restrictions do not fit the roads they "
        "name and are not respected",
        ids=tuple(str(value) for value in misfits),
        remedy="mend the relations in OpenStreetMap",
        layer="roads",
        severity="warning",
    )
    return turns, (*raw.warnings, told)


def _places(raw: RawRoads) -> tuple[Place, ...]:
    if not raw.places:
        return ()
    lon = np.array([place[2] for place in raw.places])
    lat = np.array([place[3] for place in raw.places])
    x, y = grid_xy(lon, lat)
    rows = zip(raw.places, x.tolist(), y.tolist(), strict=True)
    return tuple(sorted(Place(kind, name, east, north) for (kind, name, _, _), east, north in rows))


__all__ = ["ALL_MODES", "Place", "RawRoads", "Restriction", "RoadNetwork", "Turns"]
__all__ += ["build_network", "grid_xy", "no_roads", "take_ways"]

"""Files shaped like OS Open Roads, for tests: drawn by hand, or made from another network."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from coverage.network import RoadNetwork
from coverage.osm import CAR, DUAL, MOTOR, ROAD_CLASSES, ROUNDABOUT

ORIGIN = (380_000.0, 100_000.0)
"""Toy metres are counted from here (mid Dorset), as in `tests.toy_roads`."""

OLD = {
    "road_classification": "roadClassification",
    "road_function": "roadFunction",
    "form_of_way": "formOfWay",
    "road_classification_number": "roadClassificationNumber",
    "name_1": "name1",
    "length_uom": "length_uom",
    "primary_route": "primaryRoute",
    "trunk_road": "trunkRoad",
    "start_node": "startNode",
    "end_node": "endNode",
}
SHAPEFILE = {
    "id": "identifier",
    "road_classification": "class",
    "road_function": "function",
    "form_of_way": "formOfWay",
    "road_classification_number": "roadNumber",
    "name_1": "name1",
    "primary_route": "primary",
    "trunk_road": "trunkRoad",
    "start_node": "startNode",
    "end_node": "endNode",
}


@dataclass(frozen=True)
class Link:
    """One road link: its nodes' names, its points in toy metres (ends included), its words."""

    start: str
    end: str
    points: Sequence[tuple[float, float]]
    road_class: str = "Unclassified"
    function: str = "Local Road"
    form: str = "Single Carriageway"
    primary: bool = False
    trunk: bool = False
    id: str = ""

    def but(self, **changes: Any) -> Link:
        return replace(self, **changes)


def identifier(text: str) -> str:
    """An id as OS writes them, the same for the same text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text)).upper()


def link_frame(links: Sequence[Link]) -> gpd.GeoDataFrame:
    """The links as the table ``road_link`` of the present GeoPackage, lines with heights."""
    east, north = ORIGIN
    rows = [
        {
            "id": link.id or identifier(f"link {link.start} {link.end} {number}"),
            "fictitious": False,
            "road_classification": link.road_class,
            "road_function": link.function,
            "form_of_way": link.form,
            "road_classification_number": None,
            "name_1": None,
            "length": 0,
            "length_uom": "m",
            "loop": link.start == link.end,
            "primary_route": link.primary,
            "trunk_road": link.trunk,
            "start_node": identifier(f"node {link.start}") if link.start else None,
            "end_node": identifier(f"node {link.end}") if link.end else None,
            "geometry": shapely.LineString([(east + x, north + y, 12.5) for x, y in link.points]),
        }
        for number, link in enumerate(links)
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:27700")


def write_links(path: Path, frame: gpd.GeoDataFrame, style: str = "new") -> Path:
    """Write ``road_link`` in one of three styles, with a ``road_node`` table beside it.

    ``new`` and ``old`` are GeoPackages with snake_case and camelCase columns, ``shapefile`` one
    of the 100 km tiles.
    """
    path.unlink(missing_ok=True)
    if style == "shapefile":
        flags = {n: frame[n].map({True: "true", False: "false"}) for n in _flags(frame)}
        slim = frame.assign(**flags).drop(columns="length_uom", errors="ignore")
        slim.rename(columns=SHAPEFILE).to_file(path, engine="pyogrio")
        return path
    nodes = _nodes(frame)
    named = frame.rename(columns=OLD if style == "old" else {})
    layer = "road_link" if style == "new" else "RoadLink"
    pyogrio.write_dataframe(named, path, layer=layer, driver="GPKG")
    pyogrio.write_dataframe(
        nodes, path, layer=layer.replace("link", "node").replace("Link", "Node")
    )
    return path


def _flags(frame: gpd.GeoDataFrame) -> list[str]:
    return [n for n in ("fictitious", "loop", "primary_route", "trunk_road") if n in frame]


def _nodes(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = frame["start_node"] if "start_node" in frame else frame.index.astype(str)
    spots = gpd.GeoSeries(
        [None if line is None else shapely.Point(line.coords[0]) for line in frame.geometry],
        crs=frame.crs,
    )
    return gpd.GeoDataFrame({"id": ids, "form_of_road_node": "junction"}, geometry=spots)


# ---- another network in this shape -----------------------------------------------------

_CLASSES: Mapping[str, tuple[str, str, bool]] = {
    "motorway": ("Motorway", "Motorway", False),
    "trunk": ("A Road", "A Road", True),
    "primary": ("A Road", "A Road", False),
    "secondary": ("B Road", "B Road", False),
    "tertiary": ("Classified Unnumbered", "Minor Road", False),
    "unclassified": ("Unclassified", "Local Road", False),
    "residential": ("Unclassified", "Local Road", False),
    "living_street": ("Unclassified", "Local Access Road", False),
    "service": ("Not Classified", "Local Access Road", False),
    "track": ("Not Classified", "Local Access Road", False),
}


def as_open_roads(network: RoadNetwork) -> gpd.GeoDataFrame:
    """The roads of a network as OS would have them: links from junction to junction, no one-way.

    Driveways and paths are left out, and so is all that vehicles may not use and tracks that cars
    may not; service roads that only crews, or only those who have business there, may use have
    restricted access.
    """
    way = np.searchsorted(network.way_id, network.link_way)
    modes = np.zeros(len(network.way_id), dtype=np.uint8)
    np.bitwise_or.at(modes, way, network.link_modes)
    closed = np.zeros(len(network.way_id), dtype=bool)
    closed[way] = network.link_access_only
    closed |= (modes & CAR) == 0
    form = np.zeros(len(network.way_id), dtype=np.uint8)
    form[way] = network.link_form
    base = np.array([name.removesuffix("_link") for name in ROAD_CLASSES])[network.way_class]
    kept = np.isin(base, list(_CLASSES)) & ((modes & MOTOR) > 0)
    kept &= (base != "track") | ((modes & CAR) > 0)
    counts = np.diff(network.way_first)
    owner = np.repeat(np.arange(len(counts)), counts)
    inside = kept[owner]
    uses = np.bincount(network.way_nodes[inside], minlength=len(network.node_x))
    ends = np.zeros(len(owner), dtype=bool)
    ends[network.way_first[:-1]] = True
    ends[network.way_first[1:] - 1] = True
    rows = []
    for k in np.flatnonzero(kept):
        first, stop = network.way_first[k], network.way_first[k + 1]
        nodes = network.way_nodes[first:stop]
        cuts = np.flatnonzero(ends[first:stop] | (uses[nodes] > 1))
        told = _told(str(base[k]), int(network.way_class[k]), int(form[k]), bool(closed[k]))
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            rows.append((*told, nodes[a : b + 1], f"{network.way_id[k]}-{a}"))
    return _frame(network, rows)


def _told(base: str, road_class: int, form: int, closed: bool) -> tuple[str, str, str, bool]:
    given, function, primary = _CLASSES[base]
    if closed and base == "service":
        given, function = "Not Classified", "Restricted Local Access Road"
    name = {DUAL: "Dual Carriageway", ROUNDABOUT: "Roundabout"}.get(form, "Single Carriageway")
    if ROAD_CLASSES[road_class].endswith("_link") and form != ROUNDABOUT:
        name = "Slip Road"
    return given, function, name, primary


def _frame(network: RoadNetwork, rows: Sequence[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    columns = ("road_classification", "road_function", "form_of_way", "primary_route", "n", "id")
    table = pd.DataFrame(list(rows), columns=list(columns))
    for name, position in (("start_node", 0), ("end_node", -1)):
        table[name] = [f"N{network.node_osm_id[nodes[position]]}" for nodes in table["n"]]
    lengths = table["n"].map(len)
    at = np.concatenate(list(table["n"]))
    xy = np.column_stack([network.node_x[at], network.node_y[at]])
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(table)), lengths))
    table["trunk_road"] = False
    return gpd.GeoDataFrame(table.drop(columns="n"), geometry=lines, crs="EPSG:27700")

"""What a road network amounts to: kilometres, limits, main network and islands, as tables.

Kilometres are of road: a piece that is open both ways counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from assets.issues import InputError
from coverage.graph import mode_graph
from coverage.network import Bools, Ints, RoadNetwork
from coverage.osm import KPH_PER_MPH, MODES, MOTOR, ROAD_CLASSES

FORMS = ("single", "dual", "roundabout")
"""Names of `RoadNetwork.link_form`."""
CRS = "EPSG:27700"


@dataclass(frozen=True, eq=False)
class Inventory:
    """What a network holds.

    Attributes:
        classes: index road_class, in order of importance, those present; columns urban_km,
            rural_km, limit_share (of the kilometres, those with a tagged speed limit).
        modes: index mode; columns main_km (road of the main network), islands (how many pieces
            of usable road it cannot reach and return from), islands_km.
        islands: every island as a line: mode, rank (1 = longest), length_m, links, easting and
            northing of a point on it.
        turns: by mode, how many turn restrictions bind it.
    """

    classes: pd.DataFrame
    modes: pd.DataFrame
    islands: gpd.GeoDataFrame
    turns: dict[str, int]


def inventory(network: RoadNetwork) -> Inventory:
    """The tables of a network; a mode without any connected road has none but islands."""
    rows, islands = [], []
    for mode, bit in MODES.items():
        usable = (network.link_modes & bit) > 0
        main = _main(network, bit)
        pieces = _islands(network, usable & ~main)
        islands.append(pieces.assign(mode=mode))
        rows.append(
            {
                "main_km": _road_m(network, main).sum() / 1000.0,
                "islands": len(pieces),
                "islands_km": pieces["length_m"].sum() / 1000.0,
            }
        )
    columns = ["mode", "rank", "length_m", "links", "easting", "northing", "geometry"]
    every = gpd.GeoDataFrame(pd.concat(islands, ignore_index=True)[columns], crs=CRS)
    modes = pd.DataFrame(rows, index=pd.Index(list(MODES), name="mode"))
    bound = {m: int(((network.turns.modes & bit) > 0).sum()) for m, bit in MODES.items()}
    return Inventory(_classes(network), modes, every, bound)


def _main(network: RoadNetwork, bit: int) -> Bools:
    """The links of the mode's main network."""
    try:
        return np.asarray(mode_graph(network, bit).link_section >= 0)
    except InputError:  # no connected road for it: all there is are islands
        return np.zeros(len(network.link_from), dtype=bool)


def _road_m(network: RoadNetwork, chosen: Bools) -> np.ndarray:
    """Metres of road of each chosen link, half each where both ways are chosen; 0 elsewhere."""
    twin = network.link_reverse
    both = chosen & (twin >= 0) & chosen[twin]
    return np.where(chosen, network.link_length_m * np.where(both, 0.5, 1.0), 0.0)


def _classes(network: RoadNetwork) -> pd.DataFrame:
    metres = _road_m(network, np.ones(len(network.link_from), dtype=bool))
    size, kind = len(ROAD_CLASSES), network.link_class

    def km(where: Bools) -> np.ndarray:
        return np.bincount(kind[where], weights=metres[where], minlength=size) / 1000.0

    limited = km(np.isfinite(network.link_maxspeed_kph))
    table = pd.DataFrame(
        {"urban_km": km(network.link_urban), "rural_km": km(~network.link_urban)},
        index=pd.Index(ROAD_CLASSES, name="road_class"),
    )
    total = table["urban_km"] + table["rural_km"]
    table["limit_share"] = limited / total.where(total > 0)
    return table[np.bincount(kind, minlength=size) > 0]


def _islands(network: RoadNetwork, off: Bools) -> gpd.GeoDataFrame:
    """Connected pieces of the links, longest first, as lines."""
    links = np.flatnonzero(off)
    if not len(links):
        names = ["rank", "length_m", "links", "easting", "northing"]
        return gpd.GeoDataFrame({name: [] for name in names}, geometry=[], crs=CRS)
    start, stop = network.link_from[links], network.link_to[links]
    nodes = len(network.node_x)
    matrix = csr_array((np.ones(len(links)), (start, stop)), shape=(nodes, nodes))
    _, label = connected_components(matrix, directed=False)
    _, first, piece = np.unique(label[start], return_index=True, return_inverse=True)
    table = pd.DataFrame(
        {
            "length_m": np.bincount(piece, weights=_road_m(network, off)[links]),
            "links": np.bincount(piece),
            "easting": network.node_x[start[first]],
            "northing": network.node_y[start[first]],
        }
    )
    once = _once(network, off)[links]
    lines = _merged(network, links[once], piece[once])
    frame = gpd.GeoDataFrame(table, geometry=lines, crs=CRS)
    order = np.lexsort((first, -frame["length_m"].to_numpy()))
    frame = frame.iloc[order].reset_index(drop=True)
    return frame.assign(rank=np.arange(1, len(frame) + 1))


def _once(network: RoadNetwork, chosen: Bools) -> Bools:
    """One link of each chosen piece of road: the one that vehicles may travel, the lower if both.

    So a one-way street is drawn the way it is driven.
    """
    twin = network.link_reverse.astype(np.int64)
    there = (twin >= 0) & chosen[twin]
    drives = (network.link_modes & MOTOR) > 0
    first = np.arange(len(twin)) < twin
    better = np.where(drives == drives[twin], first, drives)
    return np.asarray(chosen & (~there | better))


def _merged(network: RoadNetwork, links: Ints, group: Ints, *, directed: bool = False) -> Any:
    """The links of each group (0, 1 ... without gaps) as one geometry, in order of group."""
    order = np.argsort(group, kind="stable")
    links, group = links[order], group[order]
    ends = np.column_stack([network.link_from[links], network.link_to[links]]).reshape(-1)
    xy = np.column_stack([network.node_x[ends], network.node_y[ends]])
    parts: Any = shapely.linestrings(xy, indices=np.repeat(np.arange(len(links)), 2))
    return shapely.line_merge(shapely.multilinestrings(parts, indices=group), directed=directed)


def road_lines(network: RoadNetwork) -> gpd.GeoDataFrame:
    """The roads as lines, for a geographic information system, one row per stretch of way.

    A stretch is what one way has alike: way_id, road_class, form, limit_mph (blank if not
    tagged), urban, oneway (vehicles may go as it is drawn only), access_only, car, blue_light,
    walk (who may use it), length_m.
    """
    links = np.flatnonzero(_once(network, np.ones(len(network.link_from), dtype=bool)))
    twin = network.link_reverse[links]
    back = np.where(twin >= 0, network.link_modes[twin], 0)
    ahead = network.link_modes[links]
    limit = network.link_maxspeed_kph[links].astype(float) / KPH_PER_MPH
    facts = pd.DataFrame(
        {
            "way_id": network.link_way[links],
            "road_class": np.array(ROAD_CLASSES, dtype=object)[network.link_class[links]],
            "form": np.array(FORMS, dtype=object)[network.link_form[links]],
            "limit_mph": np.round(limit, 1),
            "urban": network.link_urban[links],
            "oneway": ((ahead & MOTOR) > 0) & ((back & MOTOR) == 0),
            "access_only": network.link_access_only[links],
            **{mode: ((ahead | back) & bit) > 0 for mode, bit in MODES.items()},
        }
    )
    group = facts.groupby(list(facts.columns), sort=True, dropna=False).ngroup().to_numpy()
    rows = facts.assign(group=group).drop_duplicates("group").sort_values("group")
    rows = rows.drop(columns="group").reset_index(drop=True)
    rows["length_m"] = np.bincount(group, weights=network.link_length_m[links])
    lines = np.empty(len(rows), dtype=object)
    for oneway in (False, True):
        wanted = rows["oneway"].to_numpy() == oneway
        if wanted.any():
            inside = wanted[group]
            number = np.cumsum(wanted) - 1
            made = _merged(network, links[inside], number[group[inside]], directed=oneway)
            lines[wanted] = made
    return gpd.GeoDataFrame(rows, geometry=lines, crs=CRS)

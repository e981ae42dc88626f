"""Plan → map layers in EPSG:27700: what `plan.gpkg` holds. Pure."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from coverage.network import RoadNetwork
from optimise.plan import Plan

CRS = "EPSG:27700"
#: Roads drawn as background, biggest first.
BACKGROUND = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified")
#: Deviation allowed when background and outline are simplified, metres: a screen
#: pixel at the scale a county fills a laptop.
ROAD_TOLERANCE_M = 15.0
OUTLINE_TOLERANCE_M = 40.0
#: Margin round demand and roads where no area says where the county ends.
MARGIN_M = 750.0
POINTS_OF_HULL = 4000
#: Who lives at a demand point: in the layer where anything is known of it.
PEOPLE = ("households", "no_car_households", "under_5", "over_65", "imd_decile", "rural_urban")


def layers(
    plan: Plan, decisions: pd.DataFrame, services: pd.DataFrame, minutes: pd.DataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Layer name → frame, in a fixed order; empty ones left out."""
    estate, network = plan.inputs.estate, plan.inputs.network
    outline = outline_of(plan)
    demand = demand_layer(plan, minutes)
    made = {
        "buildings": _points(decisions, decisions["easting"], decisions["northing"]),
        "moves": moves_layer(decisions, services),
        "demand": demand,
        "cells": cells_layer(demand, outline),
        "areas": estate.areas.reset_index()[["area_id", "name", "kind", "geometry"]],
        "outline": gpd.GeoDataFrame({"name": [plan.scenario.name]}, geometry=[outline], crs=CRS),
    }
    if network is not None:
        made["roads"] = roads_layer(network)
        made["places"] = places_layer(network)
    return {name: frame for name, frame in made.items() if len(frame)}


def _points(frame: pd.DataFrame, x: pd.Series, y: pd.Series) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame.copy(), geometry=gpd.points_from_xy(x, y), crs=CRS)


def moves_layer(decisions: pd.DataFrame, services: pd.DataFrame) -> gpd.GeoDataFrame:
    """A line from the old to the new building of every unit that moves."""
    place = decisions.set_index("asset_id")[["easting", "northing"]]
    moved = services[services["action"] == "move"].reset_index(drop=True)
    start = place.loc[moved["from_asset_id"]].to_numpy()
    end = place.loc[moved["to_asset_id"]].to_numpy()
    columns = ["unit_id", "service_type", "operator", "from_asset_id", "from_name",
               "to_asset_id", "to_name"]  # fmt: skip
    lines: object = shapely.linestrings(np.stack([start, end], axis=1)) if len(moved) else []
    return gpd.GeoDataFrame(moved[columns], geometry=lines, crs=CRS)


def demand_layer(plan: Plan, minutes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Demand points with who lives there and minutes before and after of each standard."""
    demand = plan.inputs.estate.demand
    told = [c for c in PEOPLE if (demand[c] != "").any() and demand[c].notna().any()]
    kept = [*(c for c in ("name", "population", "ward_code", "area_id") if c in demand), *told]
    frame = demand[[*kept, "geometry"]].join(minutes.round(3))
    return gpd.GeoDataFrame(frame.reset_index(), geometry="geometry", crs=CRS)


def outline_of(plan: Plan) -> shapely.Geometry:
    """The county: wards or districts together; else a hull round demand and roads."""
    areas = plan.inputs.estate.areas
    for kind in ("ward", "district"):
        chosen = areas[areas["kind"] == kind]
        if len(chosen):
            # A metre of closing shuts the slivers between neighbours digitised apart.
            whole = shapely.buffer(shapely.union_all(chosen.geometry.to_numpy()), 1.0)
            return _simpler(shapely.buffer(whole, -1.0))
    demand = plan.inputs.estate.demand
    xy = demand[["easting", "northing"]].to_numpy(dtype=float)
    xy = np.unique(np.vstack([xy, _road_points(plan.inputs.network, xy)]), axis=0)
    hull = shapely.concave_hull(shapely.multipoints(xy), ratio=0.08)
    return _simpler(shapely.buffer(hull, MARGIN_M))


def _simpler(shape: Any) -> shapely.Geometry:
    simplified: shapely.Geometry = shapely.simplify(shape, OUTLINE_TOLERANCE_M)
    return simplified


def _road_points(network: RoadNetwork | None, demand: np.ndarray) -> np.ndarray:
    """A thinned set of road nodes; none when there are no roads."""
    if network is None:
        return np.empty((0, 2))
    xy = np.column_stack([network.node_x, network.node_y])
    step = max(1, len(xy) // POINTS_OF_HULL)
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    return xy[order[::step]]


def cells_layer(demand: gpd.GeoDataFrame, outline: shapely.Geometry) -> gpd.GeoDataFrame:
    """The part of the county nearest to each demand point (Voronoi cells within the outline)."""
    cells = demand.copy()
    points = np.asarray(demand.geometry.array)
    if len(demand) < 2:
        return cells.set_geometry([outline] * len(demand))
    diagram = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline)
    polygons = np.array(shapely.get_parts(diagram))
    tree = shapely.STRtree(polygons)
    # Two demand points at one spot share a cell.
    point, cell = tree.query(points, predicate="intersects")
    first = pd.Series(cell, index=point).groupby(level=0).min().reindex(range(len(demand)))
    shapes = shapely.intersection(polygons[first.to_numpy(dtype=int)], outline)
    cells = cells.set_geometry(shapes)
    return cells[~cells.geometry.is_empty].reset_index(drop=True)


def roads_layer(network: RoadNetwork) -> gpd.GeoDataFrame:
    """Background roads, one simplified multi-line per class."""
    lines = network.lines(BACKGROUND)
    rows = []
    for name in BACKGROUND:
        chosen = lines[lines["road_class"] == name]
        if len(chosen):
            merged = shapely.line_merge(shapely.union_all(chosen.geometry.to_numpy()))
            rows.append((name, shapely.simplify(merged, ROAD_TOLERANCE_M)))
    return gpd.GeoDataFrame(
        {"road_class": [r[0] for r in rows]}, geometry=[r[1] for r in rows], crs=CRS
    )


def places_layer(network: RoadNetwork) -> gpd.GeoDataFrame:
    """Settlements of the road network's source."""
    frame = pd.DataFrame([(p.name, p.kind, p.x, p.y) for p in network.places],
                         columns=["name", "kind", "x", "y"])  # fmt: skip
    return _points(frame[["name", "kind"]], frame["x"], frame["y"])

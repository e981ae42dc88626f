"""Lists of places for drive times: any register or list with ids (or names) and coordinates."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from assets.estate import build_points, examine
from assets.read import read_layer
from assets.sheets import Sheet


def read_places(path: Path | str) -> gpd.GeoDataFrame:
    """Places of a file, by demand_id or asset_id (any heading known for them), else by name.

    Returns:
        Points (EPSG:27700), index = id, sorted; ``easting``, ``northing``, and ``population``
        where the file has such a column (blank is 0).

    Raises:
        InputError: there are no ids, or one is blank or repeated; coordinates missing or wrong.
    """
    frame = read_layer(path, "demand")
    people = examine({"demand": frame}).sheets["demand"]
    if people.layer.key in people.present:
        return _peopled(build_points("demand", frame), people, people.frame["demand_id"])
    frame = _with_ids(read_layer(path, "buildings"))
    made = build_points("buildings", frame)
    if "population" not in people.present:
        return made
    named = examine({"buildings": frame}).sheets["buildings"]
    people = examine({"demand": frame}).sheets["demand"]
    return _peopled(made, people, named.frame["asset_id"])


def _peopled(made: gpd.GeoDataFrame, people: Sheet, ids: pd.Series) -> gpd.GeoDataFrame:
    """The places with their people, whose rows have these ids; as they are where nobody counts."""
    if "population" not in people.present or len(people.frame) != len(made):
        return made
    counted = people.frame["population"].fillna(0.0).to_numpy(float)
    return made.assign(population=pd.Series(counted, index=ids).reindex(made.index).to_numpy())


def _with_ids(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The buildings, known by their names where they have no ids and each a name of its own."""
    sheet = examine({"buildings": frame}).sheets["buildings"]
    if sheet.layer.key in sheet.present or not _named(sheet.frame):
        return frame
    return frame.assign(asset_id=sheet.frame["name"].to_numpy())


def _named(frame: pd.DataFrame) -> bool:
    """Whether every row has a name of its own."""
    names = frame["name"] if "name" in frame.columns else pd.Series(dtype=str)
    return bool(len(names)) and bool((names != "").all()) and bool(names.is_unique)

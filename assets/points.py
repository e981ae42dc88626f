"""Lists of places for drive times: any register or list with ids (or names) and coordinates."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from assets.estate import build_points, examine
from assets.read import read_layer

KINDS = ("demand", "buildings")


def read_places(path: Path | str) -> gpd.GeoDataFrame:
    """Places of a file, by demand_id or asset_id (any heading known for them), else by name.

    Returns:
        Points (EPSG:27700), index = id, sorted; ``easting``, ``northing``, and ``population``
        where the file has such a column (blank is 0).

    Raises:
        InputError: there are no ids, or one is blank or repeated; coordinates missing or wrong.
    """
    raw = {kind: read_layer(path, kind) for kind in KINDS}
    sheets = {kind: examine({kind: frame}).sheets[kind] for kind, frame in raw.items()}
    named = [kind for kind in KINDS if sheets[kind].layer.key in sheets[kind].present]
    kind = named[0] if named else "buildings"
    frame = raw[kind]
    if not named and _named(sheets[kind].frame):
        frame = frame.assign(asset_id=sheets[kind].frame["name"].to_numpy())
    made = build_points(kind, frame)
    people = sheets["demand"]
    if "population" in people.present and len(people.frame) == len(made):
        return made.assign(population=_population(frame, kind).reindex(made.index).to_numpy())
    return made


def _named(frame: pd.DataFrame) -> bool:
    """Whether every row has a name of its own."""
    names = frame["name"] if "name" in frame.columns else pd.Series(dtype=str)
    return bool(len(names)) and bool((names != "").all()) and bool(names.is_unique)


def _population(frame: pd.DataFrame, kind: str) -> pd.Series:
    """People by id."""
    key = examine({kind: frame}).sheets[kind].frame
    ids = key["demand_id" if kind == "demand" else "asset_id"].to_numpy()
    people = examine({"demand": frame}).sheets["demand"].frame["population"]
    return pd.Series(people.fillna(0.0).to_numpy(float), index=ids)

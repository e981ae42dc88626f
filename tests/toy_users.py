"""users.csv and reach.parquet of a toy run, made from its cells: the nearest building serves.

Nothing here is driven: a toy's cells carry their minutes, and whose minutes they are is taken to
be the building of the service that is nearest in a straight line. Where none of its units is of
a standard's service (hostile names), any building with a unit will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

SPEED_M_PER_MIN = {"blue_light": 800.0, "car": 600.0, "walk": 80.0}
FARTHEST_MIN = 30.0


def users_rows(
    standards: Sequence[Mapping[str, Any]],
    decisions: pd.DataFrame,
    services: pd.DataFrame,
    cells: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """users.csv: people of each cell by its building before and after; none where no minutes."""
    made = [_of_standard(s, decisions, services, cells) for s in standards]
    rows = pd.concat(made, ignore_index=True)
    name = decisions.set_index("asset_id")["name"]
    shut = set(decisions.loc[decisions["confidential"], "asset_id"])
    for end in ("from", "to"):
        rows[f"{end}_name"] = rows[f"{end}_asset_id"].map(name).fillna("")
    either = rows["from_asset_id"].isin(shut) | rows["to_asset_id"].isin(shut)
    return rows.assign(mean_before_miles=np.nan, mean_after_miles=np.nan, confidential=either)[
        ["standard_id", "service_type", "weight", "from_asset_id", "from_name", "to_asset_id",
         "to_name", "people", "mean_before_min", "mean_after_min", "mean_before_miles",
         "mean_after_miles", "confidential"]
    ]  # fmt: skip


def _of_standard(
    standard: Mapping[str, Any],
    decisions: pd.DataFrame,
    services: pd.DataFrame,
    cells: gpd.GeoDataFrame,
) -> pd.DataFrame:
    kind, j = standard["service_type"], standard["standard_id"]
    people = cells["population"].to_numpy(dtype=float)
    columns: dict[str, Any] = {"people": people}
    for when, end in (("before", "from"), ("after", "to")):
        minutes = cells[f"{j}_{when}_min"].to_numpy(dtype=float)
        near = nearest(cells, decisions, sites_of(services, kind, end))
        columns[f"{end}_asset_id"] = np.where(np.isnan(minutes), "", near)
        columns[when] = minutes * people
    pairs = ["from_asset_id", "to_asset_id"]
    rows = pd.DataFrame(columns).groupby(pairs, as_index=False).sum(min_count=1)
    for when in ("before", "after"):
        rows[f"mean_{when}_min"] = (rows[when] / rows["people"]).round(3)
    weight = standard.get("weight", "population")
    return rows.assign(standard_id=j, service_type=kind, weight=weight)


def sites_of(services: pd.DataFrame, kind: str, end: str) -> list[str]:
    """Buildings with a unit of the service before (``from``) or after (``to``), ascending."""
    chosen = services[services["service_type"] == kind]
    chosen = chosen if len(chosen) else services
    return sorted(s for s in chosen[f"{end}_asset_id"].unique() if s)


def nearest(cells: gpd.GeoDataFrame, decisions: pd.DataFrame, sites: list[str]) -> np.ndarray:
    """The nearest of the sites to the middle of each cell; "" where there is none."""
    if not sites:
        return np.full(len(cells), "", dtype=object)
    return np.array(sites, dtype=object)[_apart_m(cells, decisions, sites).argmin(axis=1)]


def _apart_m(cells: gpd.GeoDataFrame, decisions: pd.DataFrame, sites: list[str]) -> np.ndarray:
    """Metres from the middle of each cell to each site, float64[cell, site]."""
    place = decisions.set_index("asset_id").loc[sites, ["easting", "northing"]].to_numpy(float)
    middle = cells.geometry.centroid
    here = np.column_stack([middle.x, middle.y])
    return np.hypot(*(here[:, None, :] - place[None, :, :]).transpose(2, 0, 1))


def reach_rows(
    standards: Sequence[Mapping[str, Any]],
    decisions: pd.DataFrame,
    services: pd.DataFrame,
    cells: gpd.GeoDataFrame,
) -> pd.DataFrame:
    """reach.parquet: straight lines at one speed for each mode, within half an hour."""
    made = []
    for mode in dict.fromkeys(s["mode"] for s in standards if s["mode"] in SPEED_M_PER_MIN):
        kinds = [s["service_type"] for s in standards if s["mode"] == mode]
        sites = sorted({s for k in kinds for e in ("from", "to") for s in sites_of(services, k, e)})
        minutes = _apart_m(cells, decisions, sites).T / SPEED_M_PER_MIN[mode]
        site, cell = np.nonzero(minutes <= FARTHEST_MIN)
        found = {
            "profile": mode,
            "asset_id": np.array(sites, dtype=object)[site],
            "demand_id": cells["demand_id"].to_numpy(dtype=object)[cell],
            "min": np.round(minutes[site, cell], 2).astype(np.float32),
        }
        made.append(pd.DataFrame(found))
    return pd.concat(made, ignore_index=True)

"""The layers of a run for a desktop GIS, from what its reader may see. Pure."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from maps import overlays, style
from maps.runs import PUBLIC, RunFrames

CRS = "EPSG:27700"
#: Layers passed on as the run has them.
AS_THEY_ARE = ("cells", "areas", "outline", "roads", "places")
MOVES = (
    *("unit_id", "service_type", "operator", "from_asset_id", "from_name"),
    *("to_asset_id", "to_name", "done_in"),
)


def export_layers(run: RunFrames) -> dict[str, gpd.GeoDataFrame]:
    """Layer name → frame (EPSG:27700), in the order they are listed; empty ones left out.

    Money of confidential buildings is blank, of every building for the public.
    """
    decisions = _without_money(run)
    made = {
        "buildings": gpd.GeoDataFrame(
            decisions,
            geometry=gpd.points_from_xy(decisions["easting"], decisions["northing"]),
            crs=CRS,
        ),
        "moves": moves(run.services, run.decisions),
        **{name: run.layers[name] for name in AS_THEY_ARE},
    }
    return {name: frame for name, frame in made.items() if len(frame)}


def _without_money(run: RunFrames) -> pd.DataFrame:
    """Decisions with what is proposed in words, and without the sums that are not to be seen."""
    told = overlays.withhold(run.decisions)
    if run.audience == PUBLIC:
        told = told.drop(columns=overlays.money_columns(told))
    words = [style.decision_style(key).label for key in told["decision"]]
    told.insert(list(told.columns).index("decision") + 1, "proposed", words)
    return told.reset_index(drop=True)


def moves(services: pd.DataFrame, decisions: pd.DataFrame) -> gpd.GeoDataFrame:
    """A line from the old to the new building of every service that moves between two of them."""
    at = decisions.set_index("asset_id")[["easting", "northing"]]
    there = services["from_asset_id"].isin(at.index) & services["to_asset_id"].isin(at.index)
    moved = services[there & (services["action"] == "move")].reset_index(drop=True)
    kept = moved[[c for c in MOVES if c in moved]]
    ends = [at.loc[moved[c]].to_numpy() for c in ("from_asset_id", "to_asset_id")]
    drawn = [shapely.LineString(pair) for pair in zip(*ends, strict=True)]
    return gpd.GeoDataFrame(kept, geometry=drawn, crs=CRS)

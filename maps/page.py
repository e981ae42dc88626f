"""`map.html`: the map of a run alone, as one self-contained page that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from maps import certainty, icons, overlays, postcodes, reach_bands, report, style, users, years
from maps.figure import PlanFigure, with_map
from maps.inline import write_whole
from maps.runs import RunFrames, read_run


def write_map(run_dir: Path) -> Path:
    """Draw the run in `run_dir` and leave ``map.html`` there, whole or not at all.

    Raises:
        InputError: a file of the run is missing, damaged or lacks a column; or map.html
            cannot be written.
    """
    return write_whole(run_dir / "map.html", map_page(read_run(run_dir)))


def map_page(run: RunFrames, data: Mapping[str, Any] | None = None) -> str:
    """The whole page as text; the same run always gives the same bytes.

    Args:
        run: as its reader may see it.
        data: `plan_data` of the run, where it is at hand already.
    """
    data = plan_data(run) if data is None else data
    return with_map(PlanFigure("page.html", page_context(run, data), data))


def plan_data(run: RunFrames) -> dict[str, Any]:
    """Everything the page's script draws from."""
    decisions = overlays.withhold(run.decisions)
    at = overlays.point_degrees(decisions)
    rows = report.standards(run.summary)
    ids = [row["id"] for row in rows]
    layers = run.layers
    return {
        "bounds": framed(layers, decisions),
        "decisions": report.decision_counts(decisions),
        "standards": [{**row, "bands": band_rows(row["threshold"], row["unit"])} for row in rows],
        **change_shades(),
        "buildings": overlays.buildings(decisions, run.services),
        "withheld": style.WITHHELD,
        "moves": overlays.moves(run.services, at),
        "withdrawals": overlays.withdrawals(run.services, at),
        "cells": overlays.cells(layers["cells"], ids),
        "areas": overlays.areas(layers["areas"], run.cover, ids),
        "outline": overlays.outline(layers["outline"]),
        "roads": overlays.roads(layers["roads"]),
        "places": overlays.places(layers["places"]),
        "attribution": report.attribution(run.summary, has_roads=len(layers["roads"]) > 0),
        **on_demand(run, at),
    }


def on_demand(run: RunFrames, at: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """What the map shows when it is asked for: reach, users, years, services, postcodes.

    Args:
        run: the run; only buildings of its decisions are told of.
        at: asset_id -> ``[lat, lon]``.
    """
    cells = run.layers["cells"]
    demand_ids = sorted(cells["demand_id"]) if len(cells) else []
    asset_ids = sorted(at)
    standards = [
        (s["standard_id"], s.get("threshold_unit", style.MINUTES)) for s in run.summary["standards"]
    ]
    return {
        "audience": run.audience,
        "timeline": years.timeline(run),
        "services": icons.services_shown(run.services),
        "users": users.pairs(run.tables.get("users"), standards, asset_ids),
        "reach": reach_bands.packed(run.reach, demand_ids, asset_ids),
        "land": reach_bands.drawn(run.isochrones, asset_ids),
        "postcodes": postcodes.areas(run.decisions, at),
    }


def band_rows(threshold: float, unit: str = style.MINUTES) -> list[dict[str, Any]]:
    """The shades of a threshold (minutes, or miles) as the page's script reads them."""
    return [vars(band) for band in style.time_bands(threshold, unit)]


def change_shades() -> dict[str, Any]:
    """How a change of the time, and having no route, are shaded: ``change_bands``, ``no_route``."""
    return {
        "change_bands": {
            style.MINUTES: [vars(band) for band in style.CHANGE_BANDS],
            style.MILES: [vars(band) for band in style.MILE_CHANGE_BANDS],
        },
        "no_route": {"colour": style.NO_ROUTE_COLOUR, "label": style.NO_ROUTE},
    }


def framed(layers: Mapping[str, gpd.GeoDataFrame], places: pd.DataFrame) -> list[list[float]]:
    """What a map shows at first: ``[[south, west], [north, east]]`` in degrees.

    Args:
        layers: of a run; around its outline, or else its cells.
        places: ``easting`` and ``northing`` of buildings, which it is around if both are empty.
    """
    shapes = layers["outline"] if len(layers["outline"]) else layers["cells"]
    if len(shapes):
        return overlays.bounds([shapes])
    sites = gpd.points_from_xy(places["easting"], places["northing"])
    return overlays.bounds([gpd.GeoDataFrame(geometry=sites, crs=27700)])


def page_context(run: RunFrames, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the page template shows.

    Args:
        run: as its reader may see it.
        data: `plan_data` of the run, where it is at hand already.
    """
    data = plan_data(run) if data is None else data
    kinds = sorted(set(run.layers["areas"]["kind"]))
    return {
        "title": run.summary["title"],
        "proof": report.proof(run.summary),
        "headline": report.headline(run.summary),
        "decisions": report.decision_counts(run.decisions),
        "standards": report.standards(run.summary),
        "targets": report.targets(run.summary),
        "protected": report.protected(run.summary),
        "owners": report.owners(run.decisions),
        "area_kinds": [(kind, style.AREA_WORDS.get(kind, style.words(kind))) for kind in kinds],
        "moves": int((run.services["action"] == "move").sum()),
        "withdrawn": int((run.services["action"] == "withdraw").sum()),
        "withheld": int(run.decisions["confidential"].sum()),
        "warnings": [str(text) for text in run.summary.get("warnings", [])],
        "off_network": [str(text) for text in run.summary.get("off_network", [])],
        "range_note": certainty.range_note(run.summary["standards"]),
        "footing": certainty.footing(run.summary),
        "near_rim": certainty.near_rim(run.summary),
        "rim_words": certainty.rim_sentence(len(certainty.near_rim(run.summary))),
        "has_cells": len(run.layers["cells"]) > 0 and bool(run.summary["standards"]),
        "years": data["timeline"]["years"],
        "services": data["services"],
    }

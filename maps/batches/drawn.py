"""What the script of a batch's page draws: scenarios, buildings, the ground. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from maps import overlays, report, style
from maps.batches.measures import Measure
from maps.batches.runs import BASE, BatchRuns
from maps.batches.tables import VERDICT_WORDS, differs, name_of, status_words
from maps.page import framed
from maps.tables.table import beside

#: How a verdict is drawn; by shape as well as by colour.
VERDICTS = (
    ("always", "#0b4f7d", style.CIRCLE, 12),
    ("most", "#2f86b8", style.SQUARE, 12),
    ("some", "#8a6500", style.DIAMOND, 15),
    ("few", "#c4561a", style.TRIANGLE, 15),
    ("never", "#b0003a", style.CROSS, 14),
)
#: A scenario's fate of a building: in use after its plan, not, or not told.
IN_USE, GONE, NOT_TOLD = "1", "0", "."


def page_data(
    batch: BatchRuns, figures: Sequence[Measure], keys: Sequence[Measure], counts: pd.DataFrame
) -> dict[str, Any]:
    """Everything the page's scripts draw from, JSON-able."""
    order = [str(run_id) for run_id in batch.runs["run_id"]]
    return {
        "scenarios": [_scenario(run, keys) for run in batch.runs.itertuples()],
        "measures": [
            {"key": one.key, "label": one.label, "kind": one.kind, "asked": one.asked,
             "values": [one.values.get(run_id) for run_id in order]}
            for one in (*figures, *keys)
        ],
        "verdicts": [
            {"key": key, "label": VERDICT_WORDS[key], "colour": colour, "shape": shape,
             "size": size}
            for key, colour, shape, size in VERDICTS
        ],
        "buildings": buildings(batch, counts, order),
        **ground(batch),
    }  # fmt: skip


def _scenario(run: Any, keys: Sequence[Measure]) -> dict[str, Any]:
    run_id = str(run.run_id)
    return {
        "id": run_id,
        "name": name_of(run),
        "base": run_id == BASE,
        "sweep": str(run.sweep or ""),
        "status": status_words(str(run.status)),
        "found": str(run.status) in ("optimal", "feasible"),
        "proved": str(run.status) == "optimal",
        "differs": differs(run_id, keys),
        "href": beside(run.page),
    }


def buildings(batch: BatchRuns, counts: pd.DataFrame, order: Sequence[str]) -> list[dict[str, Any]]:
    """Buildings that anything is decided of, with a letter of each scenario for its fate there."""
    known = batch.frames.buildings.drop_duplicates("asset_id").set_index("asset_id", drop=False)
    known = known[known["easting"].notna() & known["northing"].notna()]
    at = overlays.point_degrees(known)
    fates = _fates(batch, order)
    out = []
    for row in counts[counts["decided"]].sort_values("asset_id").itertuples():
        asset_id = str(row.asset_id)
        if asset_id not in at:
            continue
        its = known.loc[asset_id]
        out.append(
            {
                "id": asset_id,
                "name": str(its["name"] or asset_id),
                "kind": style.asset_words(str(its["asset_type"] or "")),
                "owner": str(its["owner"] or ""),
                "at": at[asset_id],
                "site": bool(row.candidate),
                "fate": fates.get(asset_id, NOT_TOLD * len(order)),
            }
        )
    return out


def _fates(batch: BatchRuns, order: Sequence[str]) -> dict[str, str]:
    """asset_id -> a letter for each scenario, in order."""
    place = {run_id: n for n, run_id in enumerate(order)}
    table = batch.frames.decisions
    table = table[table["run_id"].isin(batch.found["run_id"])]
    made: dict[str, list[str]] = {}
    rows = zip(table["asset_id"], table["run_id"], table["in_use_after"], strict=True)
    for asset_id, run_id, in_use in rows:
        line = made.setdefault(str(asset_id), [NOT_TOLD] * len(order))
        line[place[str(run_id)]] = IN_USE if int(in_use) else GONE
    return {asset_id: "".join(line) for asset_id, line in made.items()}


def ground(batch: BatchRuns) -> dict[str, Any]:
    """Land, roads and names; bare where no run folder could be read."""
    run = batch.ground
    if run is None:
        known = batch.frames.buildings.dropna(subset=["easting", "northing"])
        bare = {"outline": [], "roads": [], "places": [], "attribution": ""}
        return {"bounds": framed({"outline": [], "cells": []}, known), **bare}
    layers = run.layers
    return {
        "bounds": framed(layers, run.decisions),
        "outline": overlays.outline(layers["outline"]),
        "roads": [road for road in overlays.roads(layers["roads"]) if road["zoom"] == 0],
        "places": [place for place in overlays.places(layers["places"]) if place["zoom"] == 0],
        "attribution": report.attribution(run.summary, has_roads=len(layers["roads"]) > 0),
    }

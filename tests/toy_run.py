"""Run folders to draw maps from: one small enough to check by hand, one the size of a county.

Both are written as the planner writes them (run.json, three CSVs, plan.gpkg), and every
figure in them agrees with every other: cover.csv is counted from the cells, and the totals
of run.json from decisions.csv.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from tests.toy_equality import equality_rows, moved
from tests.toy_users import reach_rows, users_rows

CRS = "EPSG:27700"
MARKS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ToyRun:
    """What goes into a run folder, before it is written."""

    title: str
    standards: list[dict[str, Any]]
    decisions: pd.DataFrame
    services: pd.DataFrame
    cells: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    name: str = "toy"
    status_text: str = "Optimal: proved within 0.1 % of the best possible"
    roads_source: str = "roads.osm.pbf"


def write_run(folder: Path, run: ToyRun) -> Path:
    """Write `run` as a run folder (without map.html) and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    cover = cover_rows(run)
    (folder / "run.json").write_text(json.dumps(summary(run, cover), indent=1), encoding="utf-8")
    safe_csv(run.decisions, folder / "decisions.csv")
    safe_csv(run.services, folder / "services.csv")
    safe_csv(cover, folder / "cover.csv")
    frames = (run.standards, run.decisions, run.services, run.cells)
    safe_csv(users_rows(*frames), folder / "users.csv")
    safe_csv(equality_rows(run.standards, run.cells), folder / "equality.csv")
    reach_rows(*frames).to_parquet(folder / "reach.parquet", index=False)
    package = folder / "plan.gpkg"
    package.unlink(missing_ok=True)
    for name, frame in {"cells": run.cells, **run.layers}.items():
        if len(frame):
            frame.to_file(package, layer=name, driver="GPKG")
    return folder


def safe_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write as the planner does: text that a spreadsheet would run is led by an apostrophe."""
    out = frame.copy()
    for column in out.columns:
        if not pd.api.types.is_numeric_dtype(out[column]):
            out[column] = [
                f"'{cell}" if isinstance(cell, str) and cell.startswith(MARKS) else cell
                for cell in out[column]
            ]
    out.to_csv(path, index=False)


def summary(run: ToyRun, cover: pd.DataFrame) -> dict[str, Any]:
    """run.json, with its totals added up from the decisions."""
    d = run.decisions
    whole = cover[cover["geography"] == "all"].set_index("standard_id")
    saving = float(d["running_cost_saving_gbp_pa"].sum())
    receipts, capital = float(d["receipt_gbp"].sum()), float(d["capital_gbp"].sum())
    npv = 16.48 * saving + 0.9 * receipts - 1.24 * capital
    kept = d["decision"].isin(["retain", "share", "extend", "build"])
    there = d["in_scope"] & (d["status"] != "candidate")
    return {
        "name": run.name,
        "title": run.title,
        "status": "optimal",
        "status_text": run.status_text,
        "objective": npv,
        "bound": npv * 1.0008,
        "gap": 0.0008,
        "gap_on_savings": 0.004,
        "npv_gbp": npv,
        "do_nothing_cost_gbp": 1.1e8,
        "totals": {
            "receipts_gbp": receipts,
            "capital_gbp": capital,
            "revenue_saving_gbp_pa": saving,
            "npv_gbp": npv,
            "buildings_before": int(there.sum()),
            "buildings_after": int((kept & d["in_scope"]).sum()),
            "backlog_avoided_gbp": float(d["backlog_avoided_gbp"].sum()),
        },
        "targets": [
            {"name": "receipts_gbp", "target": 1e6, "value": receipts, "met": receipts >= 1e6},
            {
                "name": "revenue_saving_gbp_pa",
                "target": 1e5,
                "value": saving,
                "met": saving >= 1e5,
            },
        ],
        "standards": [standard_row(s, whole.loc[s["standard_id"]]) for s in run.standards],
        "scenario": {"name": run.name, "roads": run.roads_source},
        "inputs": [{"layer": "buildings", "path": "buildings.csv", "sha256": "0" * 64}],
        "versions": {"python": "3.11"},
        "seconds": {"solve": 1.0},
        "warnings": [],
        "off_network": [],
    }


def standard_row(standard: Mapping[str, Any], cover: pd.Series) -> dict[str, Any]:
    """A standard's entry in run.json."""
    return {
        **standard,
        "share_before": float(cover["share_before"]),
        "share_after": float(cover["share_after"]),
        "within_before": float(cover["within_before"]),
        "within_after": float(cover["within_after"]),
        "total": float(cover["total"]),
        "met": bool(cover["met"]),
    }


def cover_rows(run: ToyRun) -> pd.DataFrame:
    """cover.csv: each standard over the whole, each ward and each pilot area."""
    rows = []
    for standard in run.standards:
        rows.append(cover_row(standard, run.cells, ("all", "all", "Whole area")))
        for kind, column in (("ward", "ward_code"), ("pilot", "area_id")):
            for area_id, part in run.cells.groupby(column, sort=True):
                if area_id:
                    rows.append(cover_row(standard, part, (kind, area_id, f"{kind} {area_id}")))
    return pd.DataFrame(rows)


def cover_row(
    standard: Mapping[str, Any], cells: pd.DataFrame, area: tuple[str, str, str]
) -> dict[str, Any]:
    """One row of cover.csv, counted from the cells of one area."""
    j, people = standard["standard_id"], cells["population"].to_numpy(float)
    row: dict[str, Any] = {
        "standard_id": j,
        "geography": area[0],
        "area_id": area[1],
        "area_name": area[2],
        "group": "all",
        "weight": "population",
        "total": people.sum(),
    }
    for when in ("before", "after"):
        inside = cells[f"{j}_in_{when}"].to_numpy(bool)
        minutes = cells[f"{j}_{when}_min"].to_numpy(float)
        reached = np.isfinite(minutes)
        row[f"within_{when}"] = people[inside].sum()
        row[f"outside_{when}"] = people[~inside].sum()
        row[f"share_{when}"] = people[inside].sum() / people.sum()
        some = reached.any()
        row[f"mean_{when}_min"] = (
            np.average(minutes[reached], weights=people[reached]) if some else math.nan
        )
        row[f"p90_{when}_min"] = np.percentile(minutes[reached], 90) if some else math.nan
        row[f"worst_{when}_min"] = minutes[reached].max() if some else math.nan
        row[f"unreached_{when}"] = people[~reached].sum()
    row |= moved(j, cells)
    row["target"] = standard["target"]
    row["met"] = row["share_after"] >= standard["target"]
    return row


# --- the small one --------------------------------------------------------------------

SMALL_STANDARDS: list[dict[str, Any]] = [
    {
        "standard_id": "fire_10",
        "title": "Fire engine within 10 minutes",
        "service_type": "fire",
        "threshold_min": 10.0,
        "mode": "blue_light",
        "kind": "hard",
        "target": 0.6,
    },
    {
        "standard_id": "library_15",
        "title": "Library within 15 minutes",
        "service_type": "library",
        "threshold_min": 15.0,
        "mode": "car",
        "kind": "report",
        "target": 0.5,
    },
]

# id, name, owner, type, status, decision, capital, receipt, saving, confidential, east, north
SMALL_BUILDINGS = [
    ("b1", "Casterbridge fire station", "Fire authority", "fire_station", "operational",
     "share", 120_000.0, 0.0, 0.0, False, 370_500, 90_500),
    ("b2", "Casterbridge library", "County council", "library", "operational",
     "dispose", 0.0, 654_321.0, 88_000.0, False, 371_500, 90_500),
    ("b3", "Old Depot", "County council", "office", "operational",
     "dispose", 0.0, 777_123.0, 45_678.0, True, 371_500, 91_500),
    ("b4", "Market Hall", "District council", "community_hall", "operational",
     "extend", 310_000.0, 0.0, -4_000.0, False, 370_500, 91_500),
    ("b5", "New hub at Fordington", "County council", "office", "candidate",
     "build", 2_400_000.0, 0.0, -60_000.0, False, 372_500, 90_500),
    ("b6", "Site at Maumbury", "County council", "office", "candidate",
     "not_built", 0.0, 0.0, 0.0, False, 372_500, 91_500),
    ("b7", "Health centre", "NHS", "health_centre", "operational",
     "out_of_scope", 0.0, 0.0, 0.0, False, 372_400, 92_500),
    ("b8", "Police station", "Police", "police_station", "operational",
     "retain", 0.0, 0.0, 0.0, False, 370_500, 92_500),
]  # fmt: skip

# unit, service, operator, from, to, action
SMALL_UNITS = [
    ("u1", "fire", "Fire authority", "b1", "b1", "stay"),
    ("u2", "library", "County council", "b2", "b4", "move"),
    ("u3", "register_office", "County council", "b2", "", "withdraw"),
    ("u4", "office", "County council", "b3", "b5", "move"),
    ("u5", "advice", "District council", "b3", "b4", "move"),
    ("u6", "police", "Police", "b8", "b8", "stay"),
    ("u7", "health", "NHS", "b7", "b7", "stay"),
]


def decisions_frame(rows: list[tuple[Any, ...]], services: pd.DataFrame) -> pd.DataFrame:
    """decisions.csv from short rows."""
    out = []
    for (asset_id, name, owner, kind, status, decision,
         capital, receipt, saving, confidential, east, north) in rows:  # fmt: skip
        before = services.loc[services["from_asset_id"] == asset_id, "unit_id"]
        after = services.loc[services["to_asset_id"] == asset_id, "unit_id"]
        out.append(
            {
                "asset_id": asset_id,
                "name": name,
                "owner": owner,
                "asset_type": kind,
                "status": status,
                "tenure": "freehold",
                "in_scope": decision != "out_of_scope",
                "lock": "free",
                "decision": decision,
                "reason": "cheapest",
                "reason_text": f"{decision} is cheapest over 25 years.",
                "units_before": ";".join(before),
                "units_after": ";".join(after),
                "capital_gbp": capital,
                "extension_m2": 120.0 if decision == "extend" else 0.0,
                "receipt_gbp": receipt,
                "running_cost_saving_gbp_pa": saving,
                "exit_cost_gbp": 12_345.0 if decision == "dispose" else 0.0,
                "backlog_avoided_gbp": 0.0,
                "confidential": confidential,
                "easting": float(east),
                "northing": float(north),
            }
        )
    return pd.DataFrame(out).assign(**register_columns(len(out)))


def register_columns(n: int) -> dict[str, list[Any]]:
    """What a register says of n buildings, with some of it blank."""
    return {
        "postcode": [f"ZZ{1 + i % 3} {1 + i % 9}AB" if i % 7 != 5 else "" for i in range(n)],
        "ward_code": [""] * n,
        "market_area": ["M1"] * n,
        "gia_m2": [200.0 + 150.0 * (i % 8) for i in range(n)],
        "accessible": [("true", "false", "")[i % 3] for i in range(n)],
        "tco2e_pa": [math.nan if i % 4 == 3 else 10.0 + i % 30 for i in range(n)],
        "epc": [("C", "D", "")[i % 3] for i in range(n)],
        "condition_grade": [("B", "C", "", "D")[i % 4] for i in range(n)],
        "tenure_category": ["occupied by the authority"] * n,
        "constraints": ["listed;acv" if i % 5 == 1 else "" for i in range(n)],
    }


def services_frame(rows: list[tuple[str, ...]], names: Mapping[str, str]) -> pd.DataFrame:
    """services.csv from short rows."""
    return pd.DataFrame(
        [
            {
                "unit_id": unit,
                "service_type": service,
                "operator": operator,
                "from_asset_id": here,
                "from_name": names[here],
                "to_asset_id": there,
                "to_name": names.get(there, ""),
                "action": action,
                "move_cost_gbp": 1000.0 if action == "move" else 0.0,
                "distance_km": 1.4 if action == "move" else 0.0,
            }
            for unit, service, operator, here, there, action in rows
        ]
    )


def small_cells() -> gpd.GeoDataFrame:
    """Nine square cells of a kilometre; the last has no route to a library after."""
    fire_before = [4.0, 6.0, 9.0, 10.0, 10.04, 12.0, 16.0, 21.0, 30.0]
    fire_after = [4.0, 6.0, 9.0, 10.0, 9.0, 12.0, 16.0, 27.0, 30.0]
    library_before = [3.0, 5.0, 8.0, 12.0, 15.0, 16.0, 20.0, 31.0, math.nan]
    library_after = [5.0, 4.0, 8.0, 12.2, 17.5, 14.0, 20.0, 33.0, math.nan]
    frame = gpd.GeoDataFrame(
        {
            "demand_id": [f"d{i}" for i in range(9)],
            "name": [f"Cell {i}" for i in range(9)],
            "population": [1200.0, 800.0, 640.0, 1500.0, 900.0, 300.0, 220.0, 90.0, 55.0],
            "ward_code": ["w1"] * 3 + ["w2"] * 6,
            "area_id": ["p1"] * 6 + [""] * 3,
            "fire_10_before_min": fire_before,
            "fire_10_after_min": fire_after,
            "library_15_before_min": library_before,
            "library_15_after_min": library_after,
        },
        geometry=[
            box(370_000 + 1000 * (i % 3), 90_000 + 1000 * (i // 3),
                371_000 + 1000 * (i % 3), 91_000 + 1000 * (i // 3))
            for i in range(9)
        ],
        crs=CRS,
    )  # fmt: skip
    return with_flags(frame, SMALL_STANDARDS)


def with_flags(cells: gpd.GeoDataFrame, standards: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """`cells` with `<j>_in_before` and `<j>_in_after`, thresholds inclusive."""
    out = cells.copy()
    for s in standards:
        for when in ("before", "after"):
            minutes = out[f"{s['standard_id']}_{when}_min"]
            out[f"{s['standard_id']}_in_{when}"] = minutes <= s["threshold_min"]
    return out


def small_layers() -> dict[str, gpd.GeoDataFrame]:
    """Areas, outline, roads and places of the small run."""
    left, right = box(370_000, 90_000, 373_000, 91_000), box(370_000, 91_000, 373_000, 93_000)
    return {
        "areas": gpd.GeoDataFrame(
            {
                "area_id": ["w1", "w2", "p1"],
                "name": ["South ward", "North ward", "Casterbridge pilot"],
                "kind": ["ward", "ward", "pilot"],
            },
            geometry=[left, right, box(370_000, 90_000, 373_000, 92_000)],
            crs=CRS,
        ),
        "outline": gpd.GeoDataFrame(
            {"name": ["Toyshire"]}, geometry=[box(370_000, 90_000, 373_000, 93_000)], crs=CRS
        ),
        "roads": gpd.GeoDataFrame(
            {"road_class": ["primary", "tertiary"]},
            geometry=[
                LineString([(370_000, 90_200), (373_000, 92_800)]),
                LineString([(370_000, 92_000), (371_500, 91_500), (373_000, 91_400)]),
            ],
            crs=CRS,
        ),
        "places": gpd.GeoDataFrame(
            {"name": ["Casterbridge", "Fordington"], "kind": ["town", "village"]},
            geometry=[Point(371_000, 91_000), Point(372_400, 90_600)],
            crs=CRS,
        ),
    }


def small_run(**changes: Any) -> ToyRun:
    """The small run: eight buildings, nine cells, two standards, two wards, one pilot area."""
    names = {row[0]: row[1] for row in SMALL_BUILDINGS}
    services = services_frame(SMALL_UNITS, names)
    decisions = decisions_frame(SMALL_BUILDINGS, services)
    south = decisions["northing"] < 91_000
    parts: dict[str, Any] = {
        "title": "Toyshire estate",
        "standards": SMALL_STANDARDS,
        "decisions": decisions.assign(ward_code=np.where(south, "w1", "w2")),
        "services": services,
        "cells": small_cells(),
        "layers": small_layers(),
    }
    return ToyRun(**{**parts, **changes})


HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "{{7*7}} {% for x in y %} ${1+1}",
    "\"'`--><svg/onload=alert(3)>",
    "\u05d1\u05d9\u05ea \u202etxt.exe\u202c \U0001f3db\ufe0f",
    "a\u2028b\u2029c\\u003c &lt; &amp;amp; \\",
    '=HYPERLINK("http://evil.example/")',
    "<!--<script>",
)


def hostile_run() -> ToyRun:
    """The small run with a hostile text in every place where text can stand."""
    base = small_run()
    n = len(HOSTILE)
    decisions = base.decisions.assign(
        name=[HOSTILE[i % n] for i in range(len(base.decisions))],
        owner=[HOSTILE[(i + 1) % n] for i in range(len(base.decisions))],
        reason_text=[HOSTILE[(i + 2) % n] for i in range(len(base.decisions))],
        asset_type=[HOSTILE[(i + 3) % n] for i in range(len(base.decisions))],
    )
    named = dict(zip(decisions["asset_id"], decisions["name"], strict=True))
    services = base.services.assign(
        operator=HOSTILE[0],
        service_type=HOSTILE[1],
        from_name=base.services["from_asset_id"].map(named),
        to_name=base.services["to_asset_id"].map(named).fillna(""),
    )
    standards = [{**s, "title": HOSTILE[i]} for i, s in enumerate(SMALL_STANDARDS)]
    layers = dict(base.layers)
    layers["areas"] = layers["areas"].assign(name=list(HOSTILE[:3]))
    layers["places"] = layers["places"].assign(name=[HOSTILE[0], HOSTILE[1]])
    return small_run(
        title=HOSTILE[1] + HOSTILE[2],
        status_text=HOSTILE[0],
        decisions=decisions,
        services=services,
        standards=standards,
        cells=base.cells.assign(name=[HOSTILE[i % n] for i in range(9)]),
        layers=layers,
    )


# --- the county -----------------------------------------------------------------------

OUTLINE = [
    (333.5, 91.8), (337, 91.2), (341, 90.6), (345, 90.1), (350, 88), (355, 84.5), (360, 80.5),
    (365, 76.5), (368, 73), (367.5, 68.6), (369.8, 68.4), (370, 71.5), (368, 75), (367, 78),
    (369.5, 81), (374, 81.5), (379, 80.3), (383, 79.6), (388, 78.5), (391, 77.2), (397, 76),
    (402, 76.6), (404.3, 78.8), (403.5, 82), (402, 85), (399, 87), (396, 88.2), (399.5, 90.4),
    (403.8, 87.6), (408, 90.4), (413, 91.5), (418, 91.2), (420, 93.2), (417.5, 97), (412, 101),
    (409.5, 104), (410.5, 109), (406.5, 114), (405, 118.5), (400, 116.5), (396, 119),
    (391, 122), (385.5, 124.5), (381, 129), (377, 127.5), (374, 122.5), (370, 119.5),
    (364.5, 118.5), (360.5, 114), (356.5, 113), (354.5, 108), (349, 106), (344.5, 107.5),
    (341, 103), (336.5, 101.5), (334, 97),
]  # fmt: skip

# Town, easting km, northing km, people
TOWNS = [
    ("Casterbridge", 369, 90.7, 21_000), ("Budmouth", 367.8, 79.4, 52_000),
    ("Isle of Slingers", 369, 73, 13_000), ("Sandbourne", 408.5, 91.9, 140_000),
    ("Havenpool", 401.5, 91.6, 80_000), ("Anglebury", 392.4, 87.6, 7_000),
    ("Knollsea", 402.6, 79.3, 10_000), ("Port Bredy", 346.6, 92.9, 14_000),
    ("Emminster", 347.9, 101.4, 3_500), ("Sherton Abbas", 363.8, 116.6, 10_000),
    ("Stourcastle", 379.2, 114.1, 4_500), ("Shaston", 386.3, 122.9, 9_000),
    ("Shottsford Forum", 388.5, 106.5, 12_500), ("Warborne", 401.3, 100, 16_000),
    ("Kingsbere", 384.3, 94.9, 3_000), ("Chaseborough", 405.4, 113.4, 1_200),
    ("Evershead", 357.4, 104.8, 900), ("Marlott", 377.6, 121.9, 1_600),
    ("Weatherbury", 373.8, 94.4, 2_200), ("Abbot's Cernel", 366.5, 101.2, 1_100),
    ("Lulwind Cove", 382.5, 81.2, 800), ("Mellstock", 371.2, 91.2, 1_900),
    ("Overcombe", 370.2, 82.5, 1_700), ("Corvsgate", 396.2, 82.3, 900),
    ("Alderworth", 393, 99, 1_500), ("Nuttlebury", 373.5, 112, 1_300),
    ("Longpuddle", 376.5, 97.5, 1_000), ("Little Hintock", 366.5, 108.5, 700),
    ("Bredy Knap", 351, 90.2, 600), ("Lyme Cobb", 334.6, 92.6, 3_700),
    ("Flychett", 395.5, 92.5, 5_000), ("Wintoncester Road", 415.5, 93.3, 30_000),
    ("Ivel Ashes", 371, 118, 600), ("Cresscombe", 399.5, 110.5, 500),
    ("Endelstow", 386, 112, 900), ("Targan Bay", 362.5, 80.6, 500),
]  # fmt: skip

COUNTY_STANDARDS = [
    ("fire_10", "Fire engine within 10 minutes", "fire", 10.0, "blue_light", "hard", 0.72),
    ("fire_2nd_13", "Second fire engine within 13 minutes", "fire", 13.0, "blue_light",
     "report", 0.70),
    ("police_20", "Police station within 20 minutes", "police", 20.0, "blue_light", "report", 0.8),
    ("ambulance_18", "Ambulance station within 18 minutes", "ambulance", 18.0, "blue_light",
     "report", 0.8),
    ("library_15", "Library within 15 minutes' drive", "library", 15.0, "car", "hard", 0.9),
    ("childrens_20", "Children's centre within 20 minutes' drive", "childrens_centre", 20.0,
     "car", "hard", 0.9),
    ("register_30", "Register office within 30 minutes' drive", "register_office", 30.0, "car",
     "hard", 0.95),
    ("day_centre_25", "Day centre within 25 minutes' drive", "day_centre", 25.0, "car", "soft",
     0.9),
]  # fmt: skip

OWNERS = {
    "fire_station": "Wessex Fire and Rescue", "police_station": "Wessex Police",
    "ambulance_station": "South Wessex Ambulance Trust", "library": "Wessex County Council",
    "childrens_centre": "Wessex County Council", "office": "Wessex County Council",
    "register_office": "Wessex County Council", "day_centre": "Wessex County Council",
    "community_hall": "Blackmore District Council", "health_centre": "NHS Wessex",
}  # fmt: skip
SERVICE_OF = {
    "fire_station": "fire", "police_station": "police", "ambulance_station": "ambulance",
    "library": "library", "childrens_centre": "childrens_centre", "office": "office",
    "register_office": "register_office", "day_centre": "day_centre",
    "community_hall": "advice", "health_centre": "health",
}  # fmt: skip


def county_run(*, n_cells: int = 770, n_buildings: int = 216, seed: int = 7) -> ToyRun:
    """A run the size and shape of a county, for looking at and for timing; figures invented."""
    rng = np.random.default_rng(seed)
    outline = shapely.make_valid(Polygon([(1000 * x, 1000 * y) for x, y in OUTLINE]))
    buildings, units = county_estate(rng, n_buildings, outline)
    names = {row[0]: row[1] for row in buildings}
    services = services_frame(units, names)
    cells = county_cells(rng, outline, n_cells)
    cells = county_minutes(cells, buildings, units)
    decisions = decisions_frame(buildings, services)
    wards = [f"W{nearest_town(b[10], b[11]):02d}" for b in buildings]
    return ToyRun(
        title="Wessex public estate: a plan for 2026",
        standards=county_standards(cells),
        decisions=decisions.assign(ward_code=wards),
        services=services,
        cells=cells,
        layers=county_layers(rng, outline, cells),
        name="county",
    )


def county_standards(cells: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """The county's standards as run.json lists them (targets set a little under what is met)."""
    keys = ("standard_id", "title", "service_type", "threshold_min", "mode", "kind", "target")
    return [dict(zip(keys, row, strict=True)) for row in COUNTY_STANDARDS]


def county_estate(
    rng: np.random.Generator, n: int, outline: Any
) -> tuple[list[tuple[Any, ...]], list[tuple[str, ...]]]:
    """Buildings in towns by size, with decisions; and their units with moves."""
    kinds = list(OWNERS)
    people = np.array([t[3] for t in TOWNS], float)
    share = np.sqrt(people) / np.sqrt(people).sum()
    buildings: list[tuple[Any, ...]] = []
    units: list[tuple[str, ...]] = []
    homes: dict[int, list[str]] = {}
    words = {"fire_station": "fire station", "childrens_centre": "children's centre"}
    for i in range(n):
        town = i % len(TOWNS) if i < 2 * len(TOWNS) else int(rng.choice(len(TOWNS), p=share))
        kind = kinds[(i // len(TOWNS) + i) % len(kinds)]
        spread = 250 + 9 * math.sqrt(TOWNS[town][3])
        east = TOWNS[town][1] * 1000 + rng.normal(0, spread / 2)
        north = TOWNS[town][2] * 1000 + rng.normal(0, spread / 2)
        decision = str(
            rng.choice(
                ["retain", "dispose", "out_of_scope", "build", "not_built"],
                p=[0.58, 0.24, 0.1, 0.03, 0.05],
            )
        )
        candidate = decision in ("build", "not_built")
        name = f"{TOWNS[town][0]} {words.get(kind, kind.replace('_', ' '))}"
        name = f"{TOWNS[town][0]} hub site {i}" if candidate else name
        goes = decision == "dispose"
        asset_id = f"B{i:04d}"
        buildings.append((
            asset_id, name, OWNERS[kind], kind, "candidate" if candidate else "operational",
            decision, float(rng.integers(8, 30) * 1e5) if decision == "build" else 0.0,
            float(rng.integers(8, 120) * 1e4) if goes else 0.0,
            float(rng.integers(10, 90) * 1e3) if goes else 0.0,
            bool(goes and rng.random() < 0.15), round(east), round(north),
        ))  # fmt: skip
        homes.setdefault(town, []).append(asset_id)
    decided = {b[0]: b[5] for b in buildings}
    where = {b[0]: Point(b[10], b[11]) for b in buildings}
    hosts = [a for a, d in decided.items() if d in ("retain", "build")]
    taken: dict[str, int] = {}
    for b in buildings:
        if decided[b[0]] in ("build", "not_built"):
            continue
        service = SERVICE_OF[b[3]]
        unit = (f"U-{b[0]}", service, b[2], b[0])
        if decided[b[0]] != "dispose":
            units.append((*unit, b[0], "stay"))
        elif service == "register_office" and rng.random() < 0.4:
            units.append((*unit, "", "withdraw"))
        else:
            to = min(hosts, key=lambda h: where[h].distance(where[b[0]]))
            taken[to] = taken.get(to, 0) + 1
            units.append((*unit, to, "move"))
    out = []
    for b in buildings:
        row = list(b)
        if row[5] == "retain" and b[0] in taken:
            row[5] = "extend" if taken[b[0]] > 1 else "share"
            row[6] = 180_000.0 * taken[b[0]]
        out.append(tuple(row))
    return out, units


def county_cells(rng: np.random.Generator, outline: Any, n: int) -> gpd.GeoDataFrame:
    """Voronoi cells of demand points clustered on the towns, clipped to the outline."""
    people = np.array([t[3] for t in TOWNS], float)
    xy: list[tuple[float, float]] = []
    while len(xy) < n:
        if rng.random() < 0.6:
            t = int(rng.choice(len(TOWNS), p=people / people.sum()))
            spread = 9 * math.sqrt(people[t])
            p = (
                TOWNS[t][1] * 1000 + rng.normal(0, spread),
                TOWNS[t][2] * 1000 + rng.normal(0, spread),
            )
        else:
            p = (rng.uniform(333_000, 420_000), rng.uniform(68_000, 129_000))
        if outline.contains(Point(p)):
            xy.append((round(p[0]), round(p[1])))
    points = MultiPoint(xy)
    polygons = shapely.voronoi_polygons(points, extend_to=outline.buffer(2000), ordered=True)
    geometry = [poly.intersection(outline) for poly in polygons.geoms]
    town = [nearest_town(x, y) for x, y in xy]
    return gpd.GeoDataFrame(
        {
            "demand_id": [f"D{i:04d}" for i in range(n)],
            "name": [f"{TOWNS[t][0]} {i}" for i, t in enumerate(town)],
            "population": rng.integers(180, 950, n).astype(float),
            "ward_code": [f"W{t:02d}" for t in town],
            "area_id": [f"P{t % 6}" if t < 12 else "" for t in town],
            "easting": [float(x) for x, _ in xy],
            "northing": [float(y) for _, y in xy],
        },
        geometry=geometry,
        crs=CRS,
    )


def nearest_town(x: float, y: float) -> int:
    return min(
        range(len(TOWNS)),
        key=lambda t: (TOWNS[t][1] * 1000 - x) ** 2 + (TOWNS[t][2] * 1000 - y) ** 2,
    )


def county_minutes(
    cells: gpd.GeoDataFrame, buildings: list[tuple[Any, ...]], units: list[tuple[str, ...]]
) -> gpd.GeoDataFrame:
    """Minutes to the nearest (or second nearest) unit of each standard's service."""
    out = cells.copy()
    at = {b[0]: (b[10], b[11]) for b in buildings}
    here = out[["easting", "northing"]].to_numpy(float)
    for sid, _, service, _, mode, _, _ in COUNTY_STANDARDS:
        for when, column in (("before", 3), ("after", 4)):
            sites = np.array([at[u[column]] for u in units if u[1] == service and u[column]], float)
            gap = np.hypot(*(here[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
            km = np.sort(gap, axis=1)[:, 1 if "2nd" in sid else 0] / 1000 * 1.3
            minutes = km / (55 if mode == "blue_light" else 42) * 60 + (
                3.2 if mode == "blue_light" else 1
            )
            island = (out["easting"] < 336_500).to_numpy()
            out[f"{sid}_{when}_min"] = np.where(island & (service == "day_centre"), np.nan, minutes)
    standards = [{"standard_id": s[0], "threshold_min": s[3]} for s in COUNTY_STANDARDS]
    return with_flags(out, standards)


def county_layers(
    rng: np.random.Generator, outline: Any, cells: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Wards and pilot areas dissolved from cells, roads between towns, places."""
    wards = cells.dissolve("ward_code").reset_index()[["ward_code", "geometry"]]
    wards = wards.rename(columns={"ward_code": "area_id"})
    wards["name"] = [TOWNS[int(w[1:])][0] for w in wards["area_id"]]
    wards["kind"] = "ward"
    pilots = cells[cells["area_id"] != ""].dissolve("area_id").reset_index()
    pilots = pilots[["area_id", "geometry"]].assign(kind="pilot")
    pilots["name"] = [f"{TOWNS[int(p[1:])][0]} pilot area" for p in pilots["area_id"]]
    return {
        "areas": gpd.GeoDataFrame(pd.concat([wards, pilots], ignore_index=True), crs=CRS),
        "outline": gpd.GeoDataFrame({"name": ["Wessex"]}, geometry=[outline], crs=CRS),
        "roads": county_roads(rng, outline),
        "places": gpd.GeoDataFrame(
            {
                "name": [t[0] for t in TOWNS],
                "kind": [
                    "city" if t[3] > 100_000 else "town" if t[3] > 7_000 else "village"
                    for t in TOWNS
                ],
            },
            geometry=[Point(t[1] * 1000, t[2] * 1000) for t in TOWNS],
            crs=CRS,
        ),
    }


def county_roads(rng: np.random.Generator, outline: Any) -> gpd.GeoDataFrame:
    """Wiggly lines from every town to its nearest few, by the size of both."""
    pairs = set()
    for i, a in enumerate(TOWNS):
        apart = [math.dist(a[1:3], b[1:3]) for b in TOWNS]
        pairs.update((min(i, int(j)), max(i, int(j))) for j in np.argsort(apart)[1:4])
    classes, lines = [], []
    for i, j in sorted(pairs):
        steps = np.linspace(0, 1, 24)[:, None]
        ends = np.array([TOWNS[i][1:3], TOWNS[j][1:3]]) * 1000
        path = ends[0] * (1 - steps) + ends[1] * steps
        wobble = np.cumsum(rng.normal(0, 160, path.shape), axis=0)
        lines.append(LineString(path + wobble - steps * wobble[-1]).intersection(outline))
        people = min(TOWNS[i][3], TOWNS[j][3])
        rank = sum(people > limit for limit in (1_000, 3_000, 12_000))
        classes.append(("tertiary", "secondary", "primary", "trunk")[rank])
    frame = gpd.GeoDataFrame({"road_class": classes}, geometry=lines, crs=CRS)
    return frame[~frame.geometry.is_empty].dissolve("road_class").reset_index()

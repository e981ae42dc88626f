"""A run folder as read: what every page, table and export is made from.

The only module of maps that reads a run's files. Tables that runs of old do not have are empty.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from assets.issues import InputError, Issue
from maps import overlays, style

EXEMPT = "exempt"
PUBLIC = "public"
NUMBERS = {
    "decisions": (*overlays.MONEY, "extension_m2", "easting", "northing"),
    "services": ("move_cost_gbp", "distance_km"),
    "cover": (
        "total",
        "within_before",
        "within_after",
        "share_before",
        "share_after",
        "mean_before_min",
        "mean_after_min",
    ),
}
TEXTS = {
    "decisions": (
        *("asset_id", "name", "owner", "asset_type", "decision", "reason_text", "confidential"),
    ),
    "services": (
        *("unit_id", "service_type", "operator", "action"),
        *("from_asset_id", "from_name", "to_asset_id", "to_name"),
    ),
    "cover": ("standard_id", "geography", "area_id", "group", "weight"),
}
# Columns that runs of old do not have.
WHENS_AND_ENDS = tuple((when, end) for when in ("before", "after") for end in ("low", "high"))
LATER_NUMBERS = {
    "decisions": ("works_gbp", "backlog_retained_gbp", "tco2e_pa", "gia_m2"),
    "cover": tuple(
        f"{name}_{when}_{end}{unit}"
        for name, unit in (("within", ""), ("share", ""), ("mean", "_min"), ("figure", ""))
        for when, end in WHENS_AND_ENDS
    )
    + tuple(
        f"{name}_{when}{unit}"
        for name, unit in (
            *(("figure", ""), ("mean", "_miles"), ("p90", "_min"), ("worst", "_min")),
            *(("outside", ""), ("unreached", "")),
        )
        for when in ("before", "after")
    )
    + ("target", "slack", "gained", "lost", "better", "worse")
    + ("no_car_households", "no_car_worse"),
}
# Tables that runs of old do not have, each with its columns of numbers.
LATER_TABLES = {
    "money": ("year", "amount_gbp", "pv_gbp"),
    "ledger": ("entry", "year", "amount_gbp", "pv_gbp"),
    "disposals": (
        *("period", "value_low_gbp", "value_gbp", "value_high_gbp", "haircut_pct"),
        *("net_receipt_gbp", "lease_exit_gbp", "clawback_gbp", "holding_gbp", "rent_due_gbp"),
    ),
    "users": ("people", "mean_before_min", "mean_after_min"),
    "equality": (
        *("people", "total", "within_before", "within_after", "share_before", "share_after"),
        *("mean_before_min", "mean_after_min", "p90_before_min", "p90_after_min"),
        *("better", "worse", "gained", "lost"),
    ),
    "frontier": ("point", "x_value", "y_value", "y_bound"),
}
REACH = "reach.parquet"
REACH_COLUMNS = ("profile", "asset_id", "demand_id", "min")
#: Made by the `isochrones` command and put into the run folder by hand; one layer.
ISOCHRONES = "isochrones.gpkg"
ISOCHRONE_COLUMNS = ("site_id", "to_min", "profile")
LAYERS = {
    "cells": ("demand_id", "population"),
    "areas": ("area_id", "name", "kind"),
    "outline": (),
    "roads": ("road_class",),
    "places": ("name", "kind"),
}
SUMMARY_KEYS = ("name", "title", "status_text", "npv_gbp", "totals", "targets", "standards")
TOTAL_KEYS = (
    *("buildings_before", "buildings_after", "receipts_gbp", "capital_gbp"),
    *("revenue_saving_gbp_pa", "backlog_avoided_gbp"),
)
STANDARD_KEYS = (
    *("standard_id", "title", "threshold_min", "mode", "kind", "target", "met", "total"),
    *("share_before", "share_after", "within_before", "within_after"),
)
TARGET_KEYS = ("name", "target", "value", "met")


@dataclass(frozen=True)
class RunFrames:
    """A run folder as read: run.json, the three tables, and the layers of plan.gpkg.

    Attributes:
        summary: run.json.
        decisions: decisions.csv, text as text, money in pounds.
        services: services.csv.
        cover: cover.csv.
        layers: name → GeoDataFrame (EPSG:27700); every name of `LAYERS`, empty where absent.
        tables: every name of `LATER_TABLES` that the run has -> its CSV, read as `decisions` is.
        reach: profile, asset_id, demand_id, min: drive times of buildings; empty where absent.
        isochrones: bands of land of single buildings (EPSG:27700); empty where absent.
        audience: `EXEMPT` as read; `PUBLIC` once `maps.audience` has taken out what is not public.
    """

    summary: Mapping[str, Any]
    decisions: pd.DataFrame
    services: pd.DataFrame
    cover: pd.DataFrame
    layers: Mapping[str, gpd.GeoDataFrame]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    reach: pd.DataFrame = field(default_factory=lambda: _no_reach())
    isochrones: gpd.GeoDataFrame = field(default_factory=lambda: _no_isochrones())
    audience: str = EXEMPT


def read_run(run_dir: Path) -> RunFrames:
    """Read a run folder.

    Raises:
        InputError: with every file that is missing, damaged or lacks a column.
    """
    found: dict[str, Any] = {}
    issues: list[Issue] = []
    later: dict[str, Callable[[Path], Any]] = {f"{n}.csv": _read_later for n in LATER_TABLES}
    later |= {REACH: _read_reach, ISOCHRONES: _read_isochrones}
    there = {name: read for name, read in later.items() if (run_dir / name).is_file()}
    for name, read in {**READERS, **there}.items():
        found[name], faults = _attempt(run_dir / name, read)
        issues.extend(faults)
    if not issues:
        issues.extend(_missing_minutes(found["run.json"], found["plan.gpkg"]["cells"], run_dir))
        issues.extend(_missing_places(found["decisions.csv"]))
    if issues:
        raise InputError(issues)
    return RunFrames(
        summary=found["run.json"],
        decisions=found["decisions.csv"],
        services=found["services.csv"],
        cover=found["cover.csv"],
        layers=found["plan.gpkg"],
        tables={Path(name).stem: found[name] for name in there if name.endswith(".csv")},
        reach=found.get(REACH, _no_reach()),
        isochrones=found.get(ISOCHRONES, _no_isochrones()),
    )


def _attempt(path: Path, read: Callable[[Path], Any]) -> tuple[Any, tuple[Issue, ...]]:
    """What `read` makes of the file and no issue, or None and the issue."""
    remedy = "Run the plan again; map.html is drawn from the whole run folder."
    if not path.is_file():
        missing = f"{path.name} is missing from the run folder"
        return None, (Issue("run.missing_file", missing, (str(path),), remedy),)
    try:
        return read(path), ()
    except (ValueError, KeyError, OSError, csv.Error, pyogrio.errors.DataSourceError) as error:
        damaged = f"{path.name} cannot be read: {error}"
        return None, (Issue("run.damaged_file", damaged, (str(path),), remedy),)


def _read_summary(path: Path) -> dict[str, Any]:
    summary = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(summary, dict):
        raise ValueError("it is not a JSON object")
    _require(SUMMARY_KEYS, summary)
    _require(TOTAL_KEYS, summary["totals"])
    for key, wanted in (("standards", STANDARD_KEYS), ("targets", TARGET_KEYS)):
        for entry in summary[key]:
            _require(wanted, entry)
    return summary


def _read_table(path: Path) -> pd.DataFrame:
    """A CSV of the run: text stays text (an asset may be called NA), numbers are numbers."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    _require((*TEXTS[path.stem], *NUMBERS[path.stem]), frame.columns)
    later = [name for name in LATER_NUMBERS.get(path.stem, ()) if name in frame]
    return _typed(frame, (*NUMBERS[path.stem], *later))


def _read_later(path: Path) -> pd.DataFrame:
    """A table that runs of old do not have."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    _require(LATER_TABLES[path.stem], frame.columns)
    return _typed(frame, LATER_TABLES[path.stem])


def _read_reach(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path)
    _require(REACH_COLUMNS, frame.columns)
    return frame[list(REACH_COLUMNS)]


def _read_isochrones(path: Path) -> gpd.GeoDataFrame:
    frame = gpd.read_file(path, layer="isochrones")
    _require(ISOCHRONE_COLUMNS, frame.columns)
    return _plain(frame)


def _no_isochrones() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [] for name in ISOCHRONE_COLUMNS}, geometry=[], crs=27700)


def _no_reach() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in REACH_COLUMNS})


def _typed(frame: pd.DataFrame, numbers: Iterable[str]) -> pd.DataFrame:
    """Text columns freed of a spreadsheet's guard, the others as numbers."""
    out = {column: frame[column].map(_without_guard) for column in frame.columns}
    for column in numbers:
        out[column] = pd.to_numeric(frame[column].where(frame[column] != "")).astype(float)
    if "confidential" in out:
        out["confidential"] = frame["confidential"].str.lower().isin(("true", "1", "yes"))
    return pd.DataFrame(out, columns=frame.columns)


def _without_guard(text: str) -> str:
    """Text without the apostrophe that keeps a spreadsheet from running it as a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r") and text[1:] else text


def _read_layers(path: Path) -> dict[str, gpd.GeoDataFrame]:
    there = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
    layers = {}
    for name, columns in LAYERS.items():
        if name in there:
            frame = gpd.read_file(path, layer=name)
            _require(columns, frame.columns)
            layers[name] = _plain(frame)
        else:
            layers[name] = gpd.GeoDataFrame({c: [] for c in columns}, geometry=[], crs=27700)
    return layers


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The frame without rows that have no shape, and with blank text for no text."""
    out = frame[frame.geometry.notna() & ~frame.geometry.is_empty].copy()
    for column in out.columns.drop(out.geometry.name):
        if not pd.api.types.is_numeric_dtype(out[column]):
            out[column] = out[column].astype(object).where(out[column].notna(), "")
    return out


def _require(wanted: tuple[str, ...], there: Any) -> None:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise ValueError(f"it lacks {', '.join(missing)}")


READERS: dict[str, Callable[[Path], Any]] = {
    "run.json": _read_summary,
    "decisions.csv": _read_table,
    "services.csv": _read_table,
    "cover.csv": _read_table,
    "plan.gpkg": _read_layers,
}


def _missing_minutes(summary: Mapping[str, Any], cells: pd.DataFrame, run_dir: Path) -> list[Issue]:
    """Standards whose minutes are not in the cells (only where there are cells)."""
    units = {s["standard_id"]: s.get("threshold_unit", style.MINUTES) for s in summary["standards"]}
    lost = [
        name
        for name, unit in units.items()
        for ends in [(f"before_{unit}", f"after_{unit}", "in_before", "in_after")]
        if any(f"{name}_{end}" not in cells for end in ends)
    ]
    if not lost or not len(cells):
        return []
    text = f"plan.gpkg in {run_dir} has no minutes for standards that run.json lists"
    remedy = "Run the plan again; the files of a run belong together."
    return [Issue("run.missing_minutes", text, tuple(lost), remedy)]


def _missing_places(decisions: pd.DataFrame) -> list[Issue]:
    """Buildings that cannot be drawn because they have no coordinates."""
    nowhere = decisions[["easting", "northing"]].isna().any(axis=1)
    if not nowhere.any():
        return []
    text = "decisions.csv has buildings without easting and northing"
    remedy = "Give the buildings coordinates and run the plan again."
    return [Issue("run.no_coordinates", text, tuple(decisions.loc[nowhere, "asset_id"]), remedy)]

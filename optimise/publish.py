"""A run folder -> tables of a PostGIS schema, for those who draw their own maps of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from assets.cells import FORMULA_STARTS
from assets.issues import InputError, Issue

TABLES = ("decisions", "services", "cover", "money", "ledger", "disposals")
#: Tables that runs of old do not have.
FURTHER = ("users", "equality")
#: The unit in a column's name says that it holds numbers.
_NUMBER = re.compile(
    r".*_(?:gbp|gbp_pa|m2|km|min|miles|pct)|easting|northing|total|target|year|period|entry"
    r"|(?:within|outside|share|unreached|figure)_(?:before|after)(?:_low|_high)?|slack"
    r"|objective|bound|gap|gap_on_savings|tco2e_pa|people|better|worse"
)
_TRUTH = ("in_scope", "confidential", "met", "accessible")
_RUN = ("name", "title", "status", "status_text", "npv_gbp", "objective_name", "objective_unit",
        "objective", "bound", "gap", "gap_on_savings", "solver", "groundplan")  # fmt: skip


def publish_run(run_folder: Path, url: str, schema: str) -> tuple[str, ...]:
    """Write the layers and tables of a run to a schema, all of them or none.

    Args:
        run_folder: as `optimise.runs.write_run` leaves it.
        url: ``postgresql://user@host:port/database``.
        schema: where the tables go; made if absent. It holds one run: what an earlier one left
            there is replaced, or emptied where this one has no such layer; nothing else is.

    Returns:
        ``schema.table`` of each: the layers of plan.gpkg (EPSG:27700), then ``decisions``,
        ``services``, ``cover`` and so on as in the CSV files (`TABLES`, and those of `FURTHER`
        that the run has), and ``run``, a row with the plan's headline figures and proof.

    Raises:
        InputError: files of the run are missing or damaged; what
            `assets.database.write_layers` refuses.
    """
    from assets.database import write_layers  # a database driver, for those who need one

    record, layers = _read_run(run_folder)
    note = f"run {record.get('name', run_folder.name)}"
    return write_layers(url, schema, layers, note=note, alone=True)


def _read_run(folder: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """run.json, and every layer and table by name.

    Raises:
        InputError: for all files that are missing or damaged.
    """
    tables = (*TABLES, *(n for n in FURTHER if (folder / f"{n}.csv").is_file()))
    readers: Mapping[str, Callable[[Path], Any]] = {
        "run.json": _record,
        "plan.gpkg": _layers,
        **{f"{name}.csv": _table for name in tables},
    }
    found: dict[str, Any] = {}
    faults: list[Issue] = []
    for name, reader in readers.items():
        path = folder / name
        try:
            if not path.is_file():
                raise InputError(_fault("run.missing_file", path, "is missing from the run folder"))
            found[name] = reader(path)
        except InputError as error:
            faults.extend(error.issues)
        except (ValueError, OSError, pyogrio.errors.DataSourceError) as error:
            faults.append(_fault("run.damaged_file", path, f"cannot be read: {error}"))
    if faults:
        raise InputError(faults)
    record: dict[str, Any] = found["run.json"]
    layers: dict[str, pd.DataFrame] = dict(found["plan.gpkg"])
    layers |= {name: found[f"{name}.csv"] for name in tables}
    return record, layers | {"run": _headline(record)}


def _fault(rule: str, path: Path, what: str) -> Issue:
    """A file of the run that cannot be used."""
    remedy = "run the plan again; a run is published from its whole folder"
    return Issue(rule, f"{path.name} {' '.join(what.split())}", (str(path),), remedy)


def _record(path: Path) -> dict[str, Any]:
    """run.json."""
    record = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(record, dict):
        raise ValueError("it is not a JSON object")
    return record


def _headline(record: Mapping[str, Any]) -> pd.DataFrame:
    """What the plan comes to and how far it is proved, in one row."""
    totals = record.get("totals")
    figures = {name: record.get(name) for name in _RUN}
    figures |= totals if isinstance(totals, dict) else {}
    typed = {
        name: float("nan") if value is None and _NUMBER.fullmatch(name) else value
        for name, value in figures.items()
    }
    return pd.DataFrame([typed])


def _layers(path: Path) -> dict[str, gpd.GeoDataFrame]:
    """Every layer of plan.gpkg, in its order."""
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    return {name: pyogrio.read_dataframe(path, layer=name) for name in names}


def _table(path: Path) -> pd.DataFrame:
    """A CSV of the run: text stays text (an asset may be called 007), numbers are numbers."""
    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.DataFrame({str(name): _typed(str(name), texts[name]) for name in texts.columns})


def _typed(name: str, cells: pd.Series) -> pd.Series:
    """One column by what its name says it holds."""
    if _NUMBER.fullmatch(name):
        return pd.to_numeric(cells.where(cells != "")).astype(float)
    if name in _TRUTH:
        known = cells.str.lower().map({"true": True, "false": False})
        return known.astype("boolean")
    return cells.map(_without_guard).astype(object)


def _without_guard(text: str) -> str:
    """Text without the apostrophe that keeps a spreadsheet from running it as a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text

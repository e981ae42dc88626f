"""A first draft of the layers from an OpenStreetMap extract: `draft_layers`, `write_draft`.

The map shows where public buildings are and how large; it knows nothing of money, crews or
condition. A draft fills those from one documented table (`drafting/assumptions.yml`), says so on
every row, and is meant to be replaced column by column by the owners' own registers.

`drafting` holds the parts: `sources` reads, everything else is pure; here are the story and the
writing of the folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import yaml

from assets.cells import neutral
from assets.drafting import tables
from assets.drafting.assumptions import Assumptions, read_assumptions
from assets.drafting.people import demand_from_file, demand_from_map
from assets.drafting.registers import (
    Setting,
    county_of,
    outside_county,
    with_county_owner,
    with_fire_stations,
    with_libraries,
)
from assets.drafting.sites import Site, buildings_of, find_sites, named
from assets.drafting.sources import WGS84, Extract, Progress, clean, read_extract
from assets.issues import InputError, Issue
from assets.read import sha256_of

MARK = "draft.json"
SCENARIO = "scenario.yml"


@dataclass(frozen=True)
class Draft:
    """A drafted estate, not yet written. Made by `draft_layers`.

    Attributes:
        layers: ``buildings``, ``services``, ``demand``, ``compatibility`` and, where the map has
            a whole outline, ``areas`` (EPSG:27700); canonical columns.
        scenario: the scenario, but for the path of the roads.
        assumptions: every assumed figure used (figure, applies_to, value, unit, use, source, rows).
        notes: what was merged, guessed and left out.
        roads: the extract the scenario drives on.
        inputs: ``roads: wessex.osm.pbf`` -> SHA-256, for every file read.
        as_at: date of the map data, ``""`` unknown.
    """

    layers: Mapping[str, pd.DataFrame]
    scenario: Mapping[str, Any]
    assumptions: pd.DataFrame
    notes: tuple[Issue, ...]
    roads: Path
    inputs: Mapping[str, str]
    as_at: str


def draft_layers(
    roads: Path,
    *,
    demand: Path | None = None,
    fire_stations: Path | None = None,
    libraries: Path | None = None,
    assumptions: Path | None = None,
    progress: Progress | None = None,
) -> Draft:
    """Draft an estate from a map and, where given, published lists.

    Args:
        roads: OpenStreetMap extract (``.osm.pbf``) of a county.
        demand: population points with an id, a place and a population (LSOAs, say); without it
            people are guessed from the map, which is weak.
        fire_stations: the Home Office's list of fire stations.
        libraries: the Arts Council's basic dataset for libraries.
        assumptions: YAML laid over the packaged table of assumptions.
        progress: told the stage and the fraction done.

    Returns:
        The draft. Nothing is written.

    Raises:
        InputError: unreadable input, missing columns, no public buildings, no people.
    """
    tell: Progress = progress or (lambda stage, share: None)
    table = read_assumptions(assumptions)
    extract = read_extract(roads, lambda tags: table.rule_for(tags) is not None, progress=progress)
    tell("finding public buildings", 0.5)
    sites, setting, notes = _sites(extract, table)
    tell("matching published lists", 0.7)
    sites, said = _listed(sites, setting, fire_stations, libraries)
    tell("placing people", 0.8)
    people, about = demand_from_file(demand, setting) if demand else demand_from_map(setting)
    layers = _layers(sites, people, setting)
    tell("drafting layers", 1.0)
    read = {"roads": roads, "demand": demand, "fire stations": fire_stations,
            "libraries": libraries, "assumptions": assumptions}  # fmt: skip
    return Draft(
        layers=MappingProxyType(layers),
        scenario=_scenario(extract, table, layers),
        assumptions=tables.assumptions_used(sites, table, layers, guessed=demand is None),
        notes=(*notes, *said, *about),
        roads=Path(roads),
        inputs={
            f"{what}: {Path(path).name}": sha256_of(Path(path))
            for what, path in read.items()
            if path
        },
        as_at=extract.as_at,
    )


def _sites(
    extract: Extract, table: Assumptions
) -> tuple[tuple[Site, ...], Setting, tuple[Issue, ...]]:
    """Sites on the map, where they are, and notes."""
    buildings = buildings_of(extract)
    sites, notes = find_sites(extract, buildings, table)
    county = county_of(extract, sites)
    sites, outside = outside_county(sites, county)
    return sites, Setting(extract, buildings, county, table), (*notes, *outside)


def _listed(
    sites: tuple[Site, ...], setting: Setting, fire_stations: Path | None, libraries: Path | None
) -> tuple[tuple[Site, ...], tuple[Issue, ...]]:
    """Sites with what the lists know of them, all with a name."""
    notes: tuple[Issue, ...] = ()
    if fire_stations:
        sites, said = with_fire_stations(sites, fire_stations, setting)
        notes += said
    if libraries:
        sites, said = with_libraries(sites, libraries, setting)
        sites = with_county_owner(sites, setting.table)
        notes += said
    sites, said = named(sites, setting.extract, setting.table)
    return sites, notes + said


def _layers(
    sites: tuple[Site, ...], people: pd.DataFrame, setting: Setting
) -> dict[str, pd.DataFrame]:
    """The frames, in the order in which they are written.

    Raises:
        InputError: no building holds a service, so there is nothing to plan.
    """
    table, as_at = setting.table, setting.extract.as_at
    services = tables.services_layer(sites, table, as_at)
    if services.empty:
        raise InputError(
            Issue("draft.no_services", f"{setting.extract.path.name} shows public buildings but "
                  "no service in any of them", tuple(site.asset_id for site in sites),
                  "use an extract of a whole county, or give a list of libraries or fire stations",
                  "roads")
        )  # fmt: skip
    kinds = sorted(set(services["service_type"]))
    demand = tables.demand_layer(people)
    layers = {
        "buildings": tables.buildings_layer(sites, table, as_at),
        "services": services,
        "demand": demand,
        "compatibility": tables.compatibility_layer(table, kinds),
    }
    areas = tables.areas_layer(setting.extract, setting.county, demand)
    return layers if areas is None else layers | {"areas": areas}


def _scenario(
    extract: Extract, table: Assumptions, layers: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """The scenario, named after the one county of the map or else after its file."""
    areas = layers.get("areas")
    counties = [] if areas is None else areas.loc[areas["kind"] == "district", "name"].tolist()
    stem = extract.path.name.removesuffix(".pbf").removesuffix(".osm")
    called = counties[0] if len(counties) == 1 else stem
    name = re.sub(r"[^a-z0-9]+", "-", called.lower()).strip("-")[:60] or "draft"
    return tables.scenario_of(name, f"{called}: first draft", table, layers)


# --- writing ---------------------------------------------------------------------------------


def write_draft(draft: Draft, out: Path, *, force: bool = False) -> Path:
    """Write a draft's folder: layers, scenario.yml, ASSUMPTIONS.csv, README.txt, draft.json.

    The files are written beside the folder first and then moved in; files in the folder that are
    not a draft's own are never touched.

    Args:
        draft: from `draft_layers`.
        out: the folder; made if it is not there.
        force: also write into a folder with other things in it, or over an edited draft.

    Returns:
        The folder.

    Raises:
        InputError: the folder is not empty and no draft, the draft in it was edited (and not
            ``force``), or the disk refuses.
    """
    out = Path(out)
    _refuse_to_overwrite(out, force)
    files = draft_files(draft, out)
    staging: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        for name, content in files.items():
            (staging / name).write_bytes(content)
        _move_in(staging, out, tuple(files))
    except OSError as error:
        raise InputError(
            Issue("draft.not_writable", f"cannot write {out}: {error.strerror or error}",
                  (str(out),), "choose a folder you may write to, on a disk with room")
        ) from None  # fmt: skip
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    return out


def _move_in(staging: Path, out: Path, names: tuple[str, ...]) -> None:
    """Staged files into place; the mark last, so that an interrupted draft is seen as edited."""
    if not out.exists():
        staging.chmod(0o755)
        staging.rename(out)
        return
    stale = set(_marked(out) or ()) - set(names)
    for name in sorted(stale):
        (out / name).unlink(missing_ok=True)
    for name in names:
        os.replace(staging / name, out / name)


def _marked(out: Path) -> dict[str, str] | None:
    """Files of the draft that lies in a folder -> SHA-256; None where it holds no draft."""
    try:
        files = json.loads((out / MARK).read_text(encoding="utf-8"))["files"]
        # A plain name only: a mark that was tampered with must not reach outside the folder.
        return {str(name): str(sha) for name, sha in files.items() if Path(name).name == name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _refuse_to_overwrite(out: Path, force: bool) -> None:
    """Nobody's files, and nobody's edits, are lost to a new draft.

    Raises:
        InputError: see `write_draft`.
    """
    if out.exists() and not out.is_dir():
        raise InputError(Issue("draft.not_a_folder", f"{out} is a file", (str(out),),
                               "give the path of a folder"))  # fmt: skip
    if force or not out.is_dir() or not any(out.iterdir()):
        return
    marked = _marked(out)
    if marked is None:
        raise InputError(
            Issue("draft.not_empty", f"{out} is not empty and holds no earlier draft", (str(out),),
                  "give another folder, or --force to write into this one")
        )  # fmt: skip
    edited = [name for name, sha in sorted(marked.items())
              if (out / name).is_file() and sha256_of(out / name) != sha]  # fmt: skip
    if edited:
        raise InputError(
            Issue("draft.edited", f"the draft in {out} was edited since it was written",
                  tuple(edited), "give another folder, or --force to lose the edits")
        )  # fmt: skip


def draft_files(draft: Draft, out: Path) -> dict[str, bytes]:
    """File name -> content, the mark last; pure but for resolving ``out`` to find the roads."""
    texts = {
        f"{name}.csv": csv_text(frame) for name, frame in draft.layers.items() if name != "areas"
    }
    if "areas" in draft.layers:
        texts["areas.geojson"] = geojson_text(gpd.GeoDataFrame(draft.layers["areas"]))
    texts[SCENARIO] = scenario_text(draft, _roads_from(draft.roads, out))
    texts["ASSUMPTIONS.csv"] = csv_text(draft.assumptions)
    texts["README.txt"] = readme_text(draft)
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    mark = {
        "made_by": "Groundplan draft",
        "as_at": draft.as_at,
        "inputs": dict(sorted(draft.inputs.items())),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    return files | {MARK: (json.dumps(mark, indent=2, ensure_ascii=False) + "\n").encode("utf-8")}


def _roads_from(roads: Path, out: Path) -> str:
    """The roads' path as seen from the scenario file; absolute only across drives."""
    try:
        return Path(os.path.relpath(roads.resolve(), out.resolve())).as_posix()
    except ValueError:
        return roads.resolve().as_posix()


def csv_text(frame: pd.DataFrame) -> str:
    """A frame as CSV: plain numbers, true/false, blank for missing, Unix line ends.

    Text that a spreadsheet would run as a formula gets a ``'`` in front; numbers never do.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([[_cell(value) for value in row] for row in frame.itertuples(index=False)])
    return sheet.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, float, np.integer, np.floating)):
        if math.isnan(value):
            return ""
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(neutral("" if pd.isna(value) else clean(str(value))))


def geojson_text(areas: gpd.GeoDataFrame) -> str:
    """Areas as GeoJSON: WGS84 (as the format demands), 7 decimals (1 cm)."""
    shapes = areas.geometry.to_crs(WGS84).to_numpy()
    rounded = shapely.transform(shapes, lambda points: np.round(points, 7))
    features = [
        {
            "type": "Feature",
            "properties": {"area_id": row.area_id, "name": row.name_, "kind": row.kind},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for row, shape in zip(
            areas.rename(columns={"name": "name_"}).itertuples(index=False), rounded, strict=True
        )
    ]
    whole = {"type": "FeatureCollection", "name": "areas", "features": features}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n"


def scenario_text(draft: Draft, roads: str) -> str:
    """The scenario as YAML with a word on what it is."""
    head = (
        "# First draft of a scenario, made from OpenStreetMap. Money, floor areas of points,\n"
        "# crews and spaces are assumed (ASSUMPTIONS.csv): a plan made from it shows how the\n"
        "# planner works on this county, and is no advice about any building in it.\n"
        "# Add targets (receipts_gbp, revenue_saving_gbp_pa, capital_budget_gbp) once the\n"
        "# figures are the owners' own.\n"
    )
    scenario = dict(draft.scenario)
    order = ("name", "title", "layers")
    body = {key: scenario.pop(key) for key in order} | {"roads": roads} | scenario
    return head + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=96)


def readme_text(draft: Draft) -> str:
    """What the folder holds, where it comes from, and every note of the draft."""
    buildings, services = draft.layers["buildings"], draft.layers["services"]
    people = int(draft.layers["demand"]["population"].sum())
    as_at = f", as at {draft.as_at}" if draft.as_at else ""
    scoped = int(buildings["in_scope"].sum())
    lines = [
        f"{draft.scenario['title']}",
        "",
        f"{len(buildings)} buildings ({scoped} in scope), {len(services)} service units, "
        f"{len(draft.layers['demand'])} demand points with {people:,} people.",
        "",
        "  python app.py check scenario.yml",
        "  python app.py plan scenario.yml",
        "",
        "Read from:",
        *(f"  {name}  sha256 {sha}" for name, sha in sorted(draft.inputs.items())),
        "",
        f"Map data (c) OpenStreetMap contributors, Open Database Licence 1.0{as_at}.",
        "These layers are derived from it: keep this notice with them. Lists of the Home Office,",
        "the Arts Council and the ONS are under the Open Government Licence v3.0.",
        "",
        "Assumed: every sum of money, space and crew, and the floor area of buildings the map",
        "shows as a point. The figures are in ASSUMPTIONS.csv; rows built on them carry",
        "source_ref = assumed. Replace them with the owners' registers before any decision.",
        "",
        "What was merged, guessed and left out:",
        "",
        *(f"{line}" for issue in draft.notes for line in _note_lines(issue)),
    ]
    return "\n".join(lines) + "\n"


def _note_lines(issue: Issue) -> list[str]:
    """A note with all its ids: this file is the place that lists them."""
    lines = [f"- {issue.message} [{issue.rule}]"]
    lines += [f"    {key}" for key in issue.ids]
    return [*lines, f"    -> {issue.remedy}"] if issue.remedy else lines

"""`map.html`: a run as one self-contained page that works with no network at all.

folium makes the map; its links to servers are left out and Leaflet is written into the file
instead. Text from data reaches the page by two doors only: the page template, which escapes
it, and one block of JSON, in which no character can end a script. It never goes through
folium's own elements, which compile their text as a template a second time.
"""

from __future__ import annotations

import base64
import csv
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import branca.element
import folium
import folium.template
import geopandas as gpd
import markupsafe
import pandas as pd
import pyogrio
from xstatic.pkg import leaflet

from assets.issues import InputError, Issue
from maps import certainty, overlays, report, style
from maps.inline import policy, static_text, template

LEAFLET = Path(leaflet.BASE_DIR)
MAP_NAME = "map_plan"

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
LATER_NUMBERS = {
    "cover": tuple(
        f"{name}_{when}_{end}{unit}"
        for name, unit in (("within", ""), ("share", ""), ("mean", "_min"), ("figure", ""))
        for when in ("before", "after")
        for end in ("low", "high")
    )
    + ("figure_before", "figure_after", "mean_before_miles", "mean_after_miles"),
}
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
    """

    summary: Mapping[str, Any]
    decisions: pd.DataFrame
    services: pd.DataFrame
    cover: pd.DataFrame
    layers: Mapping[str, gpd.GeoDataFrame]


# --- the files -----------------------------------------------------------------------------


def write_map(run_dir: Path) -> Path:
    """Draw the run in `run_dir` and leave ``map.html`` there, whole or not at all.

    Raises:
        InputError: a file of the run is missing, damaged or lacks a column; or map.html
            cannot be written.
    """
    page = map_page(read_run(run_dir))
    path = run_dir / "map.html"
    try:
        _replace(path, page.encode("utf-8"))
    except OSError as error:
        raise InputError(
            Issue(
                "run.cannot_write",
                f"map.html could not be written: {error.strerror or error}",
                ids=(str(path),),
                remedy="Free some space, or choose a folder you may write to.",
            )
        ) from error
    return path


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".map-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide the page from colleagues
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_run(run_dir: Path) -> RunFrames:
    """Read a run folder.

    Raises:
        InputError: with every file that is missing, damaged or lacks a column.
    """
    found: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, read in READERS.items():
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
    out = {column: frame[column].map(_without_guard) for column in frame.columns}
    later = [name for name in LATER_NUMBERS.get(path.stem, ()) if name in frame]
    for column in (*NUMBERS[path.stem], *later):
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


# --- the page ------------------------------------------------------------------------------


def map_page(run: RunFrames) -> str:
    """The whole page as text; the same run always gives the same bytes."""
    figure = PlanFigure(page_context(run), plan_data(run))
    plan_map = OfflineMap()
    for layer in ("land", "cells", "roads", "areas", "moves", "buildings", "places"):
        plan_map.add_child(PlanLayer(layer))
    figure.add_child(plan_map)
    return figure.render()


def plan_data(run: RunFrames) -> dict[str, Any]:
    """Everything the page's script draws from."""
    decisions = overlays.withhold(run.decisions)
    at = overlays.point_degrees(decisions)
    rows = report.standards(run.summary)
    ids = [row["id"] for row in rows]
    layers = run.layers
    framed = layers["outline"] if len(layers["outline"]) else layers["cells"]
    sites = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(decisions["easting"], decisions["northing"]), crs=27700
    )
    return {
        "bounds": overlays.bounds([framed] if len(framed) else [sites]),
        "decisions": report.decision_counts(decisions),
        "standards": [{**row, "bands": band_rows(row["threshold"], row["unit"])} for row in rows],
        "change_bands": {
            unit: [vars(band) for band in bands]
            for unit, bands in (
                (style.MINUTES, style.CHANGE_BANDS),
                (style.MILES, style.MILE_CHANGE_BANDS),
            )
        },
        "no_route": {"colour": style.NO_ROUTE_COLOUR, "label": style.NO_ROUTE},
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
    }


def band_rows(threshold: float, unit: str = style.MINUTES) -> list[dict[str, Any]]:
    """The shades of a threshold (minutes, or miles) as the page's script reads them."""
    return [vars(band) for band in style.time_bands(threshold, unit)]


def page_context(run: RunFrames) -> dict[str, Any]:
    """What the page template shows."""
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
    }


class OfflineMap(folium.Map):
    """folium's map without the scripts and styles it would fetch from servers.

    The lists are this class's own, so folium's are not touched. The template is plain: no
    viewport that forbids zooming, no text from data.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium reads it from the class
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = folium.template.Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = groundplan.start(
            {{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__(tiles=None, zoom_control=False, zoom_snap=0.25, zoom_delta=0.5)
        self._name, self._id = MAP_NAME, "0"

    def get_name(self) -> str:
        """A fixed name in place of folium's random one: the same run, the same bytes."""
        return MAP_NAME


class PlanLayer(branca.element.MacroElement):
    """One layer of the plan, drawn by the page's script from the page's data."""

    _template = folium.template.Template(
        """
        {% macro script(this, kwargs) %}
        groundplan.layer({{ this._parent.get_name() }}, {{ this.kind|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._name, self._id, self.kind = "plan_layer", kind, kind


class PlanFigure(branca.element.Figure):
    """The page around the map: everything inlined, every text escaped, nothing fetched."""

    def __init__(self, context: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        super().__init__()
        self.context, self.data = context, data

    def render(self, **kwargs: Any) -> str:
        """The page's HTML, with a policy under which only its own scripts may run."""
        for child in self._children.values():
            child.render(**kwargs)
        folium_script = f"\n{self.script.render().strip()}\ngroundplan.ready();\n"
        scripts = [leaflet_script(), static_text("plan.js"), folium_script]
        return template("page.html").render(
            **self.context,
            policy=policy(scripts),
            styles=[markupsafe.Markup(css) for css in (leaflet_style(), static_text("plan.css"))],
            scripts=[markupsafe.Markup(script) for script in scripts],
            map_html=markupsafe.Markup(self.html.render().strip()),
            data=markupsafe.Markup(script_json(self.data)),
        )


def script_json(value: Any) -> str:
    """JSON that can stand inside a script element whatever text it holds.

    Raises:
        ValueError: a number is NaN or infinite, which JSON does not have.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def leaflet_script() -> str:
    """Leaflet's script without the pointer to its source map, which a browser would fetch."""
    lines = (LEAFLET / "leaflet.js").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL="))


@cache
def leaflet_style() -> str:
    """Leaflet's style with its images written into it."""
    css = (LEAFLET / "leaflet.css").read_text(encoding="utf-8").replace("\r\n", "\n")
    for image in sorted((LEAFLET / "images").glob("*.png")):
        coded = base64.b64encode(image.read_bytes()).decode()
        css = css.replace(f"url(images/{image.name})", f"url(data:image/png;base64,{coded})")
    return css

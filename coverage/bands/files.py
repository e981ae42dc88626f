"""Isochrones -> GeoJSON or GeoPackage, a table and a note of what they rest on."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import Transformer

from assets.cells import neutral
from assets.issues import InputError, Issue, nearest

LAYER = "isochrones"
DECIMALS = 6
"""Of a degree: about 0.1 m, less than the mesh the polygons are built on."""
NEAR, MIDDLE, FAR = (8, 64, 129), (67, 162, 202), (240, 249, 232)
"""ColorBrewer's GnBu, dark for near: told apart in print and by the colour-blind."""


def check_isochrone_file(path: Path) -> None:
    """Refuse a file that isochrones cannot be written to, before any work is done.

    Raises:
        InputError: neither .geojson nor .gpkg, or a folder.
    """
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        message = f"cannot write {path}: isochrones are not written as '{suffix}' files"
        remedy = f"{nearest(suffix, WRITERS)}; use .geojson or .gpkg"
        raise InputError(Issue("isochrones.suffix", message, (str(path),), remedy))
    if path.is_dir():
        message = f"cannot write {path}: it is a folder"
        raise InputError(Issue("isochrones.folder", message, (str(path),), "name a file in it"))


def write_isochrones(bands: gpd.GeoDataFrame, path: Path) -> tuple[Path, ...]:
    """Write the bands, and beside them their table and what they rest on.

    Args:
        bands: of `coverage.isochrones.isochrones`, with people or without.
        path: ``.geojson`` (RFC 7946: WGS84, six decimals, exterior rings anticlockwise) or
            ``.gpkg`` (EPSG:27700, table `LAYER`, its colours for QGIS in ``layer_styles``, what
            they rest on in ``provenance``).

    Returns:
        ``path``, ``path.csv`` (the table) and ``path.json`` (what they rest on), each whole or
        not at all.

    Raises:
        InputError: see `check_isochrone_file`, or the disk refuses.
    """
    check_isochrone_file(path)
    table = pd.DataFrame(bands.drop(columns="geometry"))
    note = {**bands.attrs.get("provenance", {}), "bands": table.to_dict("records")}
    texts = table.assign(site_id=table["site_id"].map(neutral))
    texts["area_km2"] = texts["area_km2"].round(6)
    write = WRITERS[path.suffix.lower()]
    made = {
        path: lambda file: write(bands, file),
        path.with_name(f"{path.name}.csv"): lambda file: texts.to_csv(
            file, index=False, encoding="utf-8-sig", lineterminator="\n"
        ),
        path.with_name(f"{path.name}.json"): lambda file: file.write_text(
            json.dumps(plain(note), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        ),
    }
    for place, job in made.items():
        _whole(place, job)
    return tuple(made)


def plain(value: Any) -> Any:
    """The same as JSON can hold it: no infinities (a limit that does not bind is null)."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def _whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write beside the place and move there; what was there stays until then."""
    folder: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", dir=path.parent))
        write(folder / path.name)
        os.replace(folder / path.name, path)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        why = getattr(error, "strerror", None) or str(error)
        message, remedy = f"cannot write {path}: {why}", "free space, or check the path"
        raise InputError(Issue("isochrones.unwritable", message, (str(path),), remedy)) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


# ---- GeoJSON --------------------------------------------------------------------------------


def _write_geojson(bands: gpd.GeoDataFrame, path: Path) -> None:
    shapes = to_lonlat(bands.geometry.to_numpy())
    columns = [name for name in bands.columns if name != "geometry"]
    features = [
        {"type": "Feature", "properties": plain(dict(zip(columns, row, strict=True))),
         "geometry": {"type": "MultiPolygon", "coordinates": _rings(shape)}}
        for row, shape in zip(bands[columns].itertuples(index=False), shapes, strict=True)
    ]  # fmt: skip
    head = {"type": "FeatureCollection", "provenance": plain(bands.attrs.get("provenance", {}))}
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features]
    start = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    text = start + ',"features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8")


def to_lonlat(shapes: Any) -> Any:
    """MultiPolygons in degrees (WGS84), six decimals, exterior rings anticlockwise."""
    transformer = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)

    def moved(xy: Any) -> Any:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])).round(DECIMALS)

    made = shapely.orient_polygons(shapely.transform(shapes, moved))
    faulty = np.flatnonzero(~shapely.is_valid(made))
    for k in faulty:  # rounding may fold a sliver
        parts = shapely.get_parts(shapely.make_valid(shapely.get_parts(made[k])))
        kept = [part for part in parts if isinstance(part, shapely.Polygon)]
        made[k] = shapely.orient_polygons(shapely.MultiPolygon(kept))
    return made


def _rings(shape: shapely.MultiPolygon) -> list[list[list[list[float]]]]:
    """The coordinates as GeoJSON nests them."""
    return [
        [shapely.get_coordinates(ring).tolist() for ring in (part.exterior, *part.interiors)]
        for part in shape.geoms
    ]


# ---- GeoPackage -----------------------------------------------------------------------------


def _write_gpkg(bands: gpd.GeoDataFrame, path: Path) -> None:
    """The bands, their colours and what they rest on, as tables; the same bytes every time."""
    plain_bands = bands.copy()
    plain_bands.attrs.clear()
    facts = plain(bands.attrs.get("provenance", {}))
    note = pd.DataFrame(
        {
            "fact": list(facts),
            "value": [json.dumps(item, ensure_ascii=False) for item in facts.values()],
        }
    )
    ends = sorted(set(bands["to_min"].tolist()))
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2000-01-01T00:00:00Z"})
    try:
        pyogrio.write_dataframe(plain_bands, path, layer=LAYER, driver="GPKG")
        pyogrio.write_dataframe(note, path, layer="provenance", driver="GPKG")
        pyogrio.write_dataframe(_style_table(ends), path, layer="layer_styles", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _style_table(ends: list[float]) -> pd.DataFrame:
    """What QGIS looks for to colour a layer by default."""
    return pd.DataFrame(
        {
            "f_table_catalog": [""],
            "f_table_schema": [""],
            "f_table_name": [LAYER],
            "f_geometry_column": ["geom"],
            "styleName": ["bands"],
            "styleQML": [qml(ends)],
            "styleSLD": [""],
            "useAsDefault": [True],
            "description": ["Bands by minutes"],
            "owner": [""],
            "update_time": ["2000-01-01T00:00:00.000Z"],
        }
    )


def qml(ends: list[float]) -> str:
    """A QGIS style: one colour for each band, dark for near."""
    starts = [0.0, *ends[:-1]]
    categories, symbols = [], []
    for k, (start, end, colour) in enumerate(zip(starts, ends, shades(len(ends)), strict=True)):
        label = quoteattr(f"{start:g} to {end:g} min")
        categories.append(
            f'<category render="true" type="double" symbol="{k}" value="{end:g}" label={label}/>'
        )
        rgba = ",".join(map(str, (*colour, 255)))
        options = {"color": rgba, "outline_color": "90,90,90,255", "outline_width": "0.2",
                   "outline_style": "solid", "style": "solid"}  # fmt: skip
        listed = "".join(
            f'<Option type="QString" name="{name}" value="{value}"/>'
            for name, value in options.items()
        )
        symbols.append(
            f'<symbol type="fill" name="{k}" alpha="0.7"><layer class="SimpleFill" enabled="1">'
            f'<Option type="Map">{listed}</Option></layer></symbol>'
        )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22" styleCategories="Symbology">'
        '<renderer-v2 type="categorizedSymbol" attr="to_min">'
        f"<categories>{''.join(categories)}</categories><symbols>{''.join(symbols)}</symbols>"
        "</renderer-v2></qgis>"
    )


def shades(count: int) -> list[tuple[int, int, int]]:
    """So many colours from near to far."""
    along = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
    anchors = np.array([NEAR, MIDDLE, FAR], dtype=float)
    mixed = [np.interp(along, (0.0, 0.5, 1.0), anchors[:, k]) for k in range(3)]
    return [(int(r), int(g), int(b)) for r, g, b in np.column_stack(mixed).round()]


WRITERS: Mapping[str, Callable[[gpd.GeoDataFrame, Path], None]] = MappingProxyType(
    {".geojson": _write_geojson, ".gpkg": _write_gpkg}
)

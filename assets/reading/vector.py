"""Geographic files and Parquet -> frame in EPSG:27700."""

from __future__ import annotations

import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import shapely

from assets.issues import InputError, Issue
from assets.reading import source as limits
from assets.reading.choose import Candidate, by_content, named
from assets.reading.source import Source
from assets.reading.table import known_headings, tidy_heading
from assets.schema import heading_key

CRS = "EPSG:27700"
#: Great Britain as west, south, east, north: in metres of the grid, and in degrees with the
#: latitude first. No place in the one box is a place in degrees, none in the other is in Britain.
_GRID_METRES = (0.0, 0.0, 700_000.0, 1_300_000.0)
_SWAPPED_DEGREES = (49.0, -9.0, 61.5, 2.5)
_DEGREES = 180.0
#: What follows is advice for programmers.
_GDAL_HINT = "; It might help"


def read_vector(source: Source) -> pd.DataFrame:
    """A layer of a GeoPackage, Shapefile, TAB or GeoJSON file.

    Raises:
        InputError: damaged, too large, no reference system, not clear which layer is meant.
    """
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            layer, chosen = _layer(source)
            frame = pyogrio.read_dataframe(source.path, layer=layer)
    except InputError:
        raise
    except Exception as error:  # GDAL's errors have no common ancestor but this one
        raise source.unreadable(str(error).partition(_GDAL_HINT)[0]) from error
    said = sorted({" ".join(str(item.message).split()) for item in heard})
    return _national_grid(frame, source, (*chosen, *(source.warning("note", s) for s in said)))


def _layer(source: Source) -> tuple[str, tuple[Issue, ...]]:
    """The layer that is meant, not larger than what is read."""
    names = [str(name) for name, _ in pyogrio.list_layers(source.path)]
    layer = named(names, source)
    notes: tuple[Issue, ...] = ()
    if layer is None:
        layer, notes = by_content({name: _candidate(source, name) for name in names}, source)
    about = pyogrio.read_info(source.path, layer=layer)
    source.check_counts(max(0, int(about["features"])), len(about["fields"]))
    return layer, notes


def _candidate(source: Source, layer: str) -> Candidate:
    """What the fields of one layer say about it."""
    about = pyogrio.read_info(source.path, layer=layer)
    known = known_headings(source.kind)
    keys = (heading_key(field) for field in about["fields"])
    return Candidate(len({known[key] for key in keys if key in known}), about["features"] != 0)


def read_parquet(source: Source) -> pd.DataFrame:
    """A Parquet file, with geometry if it is GeoParquet.

    Raises:
        InputError: damaged, too large, no reference system.
    """
    try:
        about = pq.read_metadata(source.path)
        source.check_counts(about.num_rows, about.num_columns)
        unpacked = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        if unpacked > limits.MAX_UNPACKED_BYTES:
            raise source.too_large(f"{unpacked / 2**30:,.1f} GB when unpacked")
        geographic = b"geo" in (about.metadata or {})
        frame = gpd.read_parquet(source.path) if geographic else pd.read_parquet(source.path)
    except InputError:
        raise
    except Exception as error:  # pyarrow and geopandas raise many kinds on damaged files
        raise source.unreadable(error) from error
    nameless = all(name is None for name in frame.index.names)
    return _national_grid(frame.reset_index(drop=nameless), source, ())


def _national_grid(frame: pd.DataFrame, source: Source, notes: tuple[Issue, ...]) -> pd.DataFrame:
    """Rows numbered, geometry (if any) in EPSG:27700 without heights."""
    frame = frame.set_axis(pd.RangeIndex(2, len(frame) + 2, name="row"), axis=0)
    frame, repeated = _renamed(frame, source)
    if isinstance(frame, gpd.GeoDataFrame) and not frame.geometry.isna().all():
        flat = shapely.force_2d(frame.geometry.to_numpy())
        shapes, about = _on_the_grid(gpd.GeoSeries(flat, frame.index, crs=frame.crs), source)
        frame = frame.set_geometry(shapes)
        notes += about
    elif isinstance(frame, gpd.GeoDataFrame):
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    frame.attrs["issues"] = notes + repeated
    return frame


def _on_the_grid(shapes: Any, source: Source) -> tuple[Any, tuple[Issue, ...]]:
    """Geometries in EPSG:27700; those that are nowhere on earth become missing, and are listed.

    Two faults of a whole file prove themselves and are mended with a warning: metres of the
    National Grid in a file said to be in degrees, and latitudes before longitudes.

    Raises:
        InputError: no reference system.
    """
    if shapes.crs is None:
        raise source.refusal(
            "no_crs",
            f"the geometry of {source.path.name} has no reference system",
            remedy="save it with one (EPSG:27700 is the British National Grid)",
        )
    notes: tuple[Issue, ...] = ()
    remedy = "nothing to do, if the places are right; else export it with its reference system"
    if shapes.crs.is_geographic:
        x0, y0, x1, y1 = shapes.total_bounds
        if _inside(shapes, _GRID_METRES) and (x0 > _DEGREES or y0 > _DEGREES):
            shapes = shapes.set_crs(CRS, allow_override=True)
            says = "the file says its coordinates are degrees, but they are metres of the grid"
            notes = (source.warning("metres_as_degrees", says, remedy=remedy),)
        elif _inside(shapes, _SWAPPED_DEGREES):
            flipped = shapely.transform(shapes.to_numpy(), lambda xy: xy[:, ::-1])
            shapes = gpd.GeoSeries(flipped, shapes.index, crs=shapes.crs)
            says = "latitudes stand before longitudes; only swapped do they lie in Great Britain"
            notes = (source.warning("axes_swapped", says, remedy=remedy),)
    placed = shapes.to_crs(CRS)
    lost = ~(np.isfinite(shapely.bounds(placed.to_numpy())).all(axis=1) | _nowhere(shapes))
    if not lost.any():
        return placed, notes
    says = "coordinates are nowhere on earth; these rows have no place"
    rows = tuple(f"row {row}" for row in placed.index[lost])
    remedy = "correct them at the source"
    return placed.mask(lost), (
        *notes,
        source.warning("not_on_earth", says, ids=rows, remedy=remedy),
    )


def _nowhere(shapes: Any) -> npt.NDArray[np.bool_]:
    """Geometries that are missing or empty as they come."""
    plain = shapes.to_numpy()
    missing: npt.NDArray[np.bool_] = shapely.is_missing(plain) | shapely.is_empty(plain)
    return missing


def _inside(shapes: Any, box: tuple[float, float, float, float]) -> bool:
    """Whether every geometry lies within a box, and there is one."""
    x0, y0, x1, y1 = shapes.total_bounds
    return bool(x0 >= box[0] and y0 >= box[1] and x1 <= box[2] and y1 <= box[3])


def _renamed(frame: pd.DataFrame, source: Source) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Headings tidied; those that are then the same told apart, with a warning."""
    taken: set[str] = set()
    names: list[str] = []
    twice: list[str] = []
    for place, heading in enumerate(frame.columns):
        name = tidy_heading(heading) or f"column {place + 1}"
        new, number = name, 2
        while new in taken:
            new, number = f"{name} ({number})", number + 1
        if new != name:
            twice.append(new)
        taken.add(new)
        names.append(new)
    shape = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    called = dict(zip(frame.columns, names, strict=True))
    frame = frame.set_axis(names, axis=1)
    if isinstance(frame, gpd.GeoDataFrame) and shape is not None:
        frame = frame.set_geometry(called[shape])
    if not twice:
        return frame, ()
    says = f"columns have the same heading; read as {', '.join(twice)}"
    remedy = "rename or delete one of them"
    return frame, (source.warning("repeated_heading", says, ids=tuple(twice), remedy=remedy),)

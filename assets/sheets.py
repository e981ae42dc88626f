"""A source's columns under their canonical names, with typed cells. Pure.

A `Sheet` is one layer half-way: every canonical column is there and typed, nothing is sorted
or dropped, and what could not be read is kept beside it for `assets.checks` to report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import Text, as_text, missing, numbers, typed
from assets.issues import Issue
from assets.mending.clean import clean
from assets.naming.headings import map_headings
from assets.places import GRID, locate
from assets.schema import LAYERS, Layer
from assets.trail import no_repairs, none_aside

FIRST_ROW = 2


@dataclass(frozen=True)
class Sheet:
    """One layer with canonical, typed columns.

    Attributes:
        layer: its schema.
        frame: canonical columns (all of them) and, for demand, further weights; one row per
            source row, in source order, RangeIndex.
        labels: what to call each row in a message: its id, or ``row 7 (name)`` without one.
        present: canonical columns the source has.
        unread: column -> (mask of cells that could not be read, the cells as text).
        extra: further weight columns (demand only).
        places: x, y, fault, apart_m per row (`assets.places.locate`); empty without points.
        shapes: geometries in EPSG:27700 (polygon layers), else empty.
        issues: what is wrong with the headings, and warnings from the reading.
        rows: row number in the source of each row (heading = 1).
        repairs, aside: the trail (`assets.trail`): cells changed, rows set aside.
        mapping: how each heading of the source was read (`assets.naming.headings`).
        origins: layer each row was given in, where that is another (`assets.stations`); else empty.
    """

    layer: Layer
    frame: pd.DataFrame
    labels: npt.NDArray[np.object_]
    present: frozenset[str]
    unread: Mapping[str, tuple[pd.Series, pd.Series]] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    places: pd.DataFrame = field(default_factory=pd.DataFrame)
    shapes: npt.NDArray[np.object_] = field(default_factory=lambda: np.array([], dtype=object))
    issues: tuple[Issue, ...] = ()
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.array([], dtype=np.int64))
    repairs: pd.DataFrame = field(default_factory=no_repairs)
    aside: pd.DataFrame = field(default_factory=none_aside)
    mapping: pd.DataFrame = field(default_factory=pd.DataFrame)
    origins: npt.NDArray[np.object_] = field(default_factory=lambda: np.array([], dtype=object))
    #: What was worked out from the sheet already, so that it is worked out once; never copied.
    kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


Sheets = Mapping[str, Sheet]


def sheet_of(kind: str, frame: pd.DataFrame | None) -> Sheet:
    """A layer's frame with canonical headings and typed cells.

    Args:
        kind: name of the layer.
        frame: as `assets.read.read_layer` gives it, or made in memory (text or typed columns;
            the key may be the index); ``None`` = the layer is not there.

    Returns:
        The sheet; ``frame`` itself is not changed.
    """
    layer = LAYERS[kind]
    if frame is None:
        blank = _typed_columns(layer, pd.DataFrame(index=pd.RangeIndex(0)))
        return Sheet(layer, blank[0], np.array([], dtype=object), frozenset(), places=_no_places())
    source = _numbered(frame)
    mapped = map_headings(layer, source)
    cleaned = clean(layer, mapped.frame)
    rows = cleaned.frame.index.to_numpy(dtype=np.int64)
    frame = cleaned.frame.reset_index(drop=True)
    shapes = _shapes(frame)
    plain = pd.DataFrame(frame.drop(columns=_geometry_name(frame)))
    own = [name for name in plain.columns if layer.find(str(name)) is not None]
    other = [name for name in mapped.unknown if name in plain.columns]
    texts = {
        name: Text(text.to_numpy(), index=plain.index, dtype=object, copy=False)
        for name, text in cleaned.texts.items()
        if name in own and plain[name].dtype == object
    }
    typed_frame, unread = _typed_columns(layer, plain[own], texts)
    extra, extra_issues = _weights(layer, plain[other], typed_frame.index)
    typed_frame = pd.concat([typed_frame, extra], axis=1)
    points = locate(typed_frame, shapes) if layer.geometry == "point" else _no_places()
    labels = _labels(layer, typed_frame, rows)
    return Sheet(
        layer=layer,
        frame=typed_frame,
        labels=labels,
        present=frozenset(own),
        unread=unread,
        extra=tuple(extra.columns),
        places=points,
        shapes=_polygons(layer, shapes, len(typed_frame)),
        issues=(*source.attrs.get("issues", ()), *mapped.issues, *cleaned.issues, *extra_issues),
        rows=rows,
        repairs=_labelled(cleaned.repairs, rows, labels),
        aside=cleaned.aside,
        mapping=mapped.mapping,
    )


def _labelled(
    repairs: pd.DataFrame, rows: npt.NDArray[np.int64], labels: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """Repairs with the id of their row."""
    named = pd.Series(labels, index=rows, dtype=object)
    return repairs.assign(id=repairs["row"].map(named).fillna("").astype(object))


def _no_places() -> pd.DataFrame:
    """The places of a layer without points."""
    return pd.DataFrame({"x": [], "y": [], "fault": [], "apart_m": []})


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the row numbers its reader would see as index ``row``."""
    if frame.index.name == "row" and pd.api.types.is_integer_dtype(frame.index):
        return frame
    named = frame.index.name is not None and frame.index.name not in frame.columns
    numbers_ = pd.RangeIndex(FIRST_ROW, len(frame) + FIRST_ROW, name="row")
    numbered = frame.reset_index(drop=not named).set_axis(numbers_, axis=0)
    numbered.attrs["issues"] = frame.attrs.get("issues", ())
    return numbered


def _geometry_name(frame: pd.DataFrame) -> list[str]:
    """The active geometry column, if any."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return []
    name = frame.active_geometry_name
    return [] if name is None else [str(name)]


def _shapes(frame: pd.DataFrame) -> npt.NDArray[np.object_] | None:
    """Geometries in EPSG:27700, or ``None`` without a geometry column."""
    if not _geometry_name(frame):
        return None
    geometry = frame.geometry
    if geometry.crs is not None and geometry.crs != GRID:
        geometry = geometry.to_crs(GRID)
    return np.asarray(geometry.array, dtype=object)


def _polygons(
    layer: Layer, shapes: npt.NDArray[np.object_] | None, count: int
) -> npt.NDArray[np.object_]:
    """Geometries of a polygon layer (``None`` where there is none)."""
    if layer.geometry != "polygon":
        return np.array([], dtype=object)
    return np.full(count, None, dtype=object) if shapes is None else shapes


def _typed_columns(
    layer: Layer, frame: pd.DataFrame, texts: Mapping[str, pd.Series] | None = None
) -> tuple[pd.DataFrame, dict[str, tuple[pd.Series, pd.Series]]]:
    """Every canonical column typed; those the source lacks filled with their default.

    ``texts``: columns of the frame as text, as far as it was made of them already.
    """
    values: dict[str, pd.Series] = {}
    unread: dict[str, tuple[pd.Series, pd.Series]] = {}
    ranged = [c.name + suffix for c in layer.columns if c.ranged for suffix in ("_low", "_high")]
    for name in dict.fromkeys((*layer.names, *ranged, *sorted(frame.columns))):
        column = layer.column(name)
        if name not in frame.columns:
            values[name] = missing(column, frame.index)
            continue
        values[name], bad = typed(column, (texts or {}).get(name, frame[name]))
        if bad.any():
            unread[name] = (bad, as_text(frame[name]))
    return pd.DataFrame(values, index=frame.index), unread


def _weights(
    layer: Layer, unknown: pd.DataFrame, index: pd.Index
) -> tuple[pd.DataFrame, list[Issue]]:
    """Further numeric columns of an open layer, and a warning for the others.

    Only a column whose filled cells are all numbers of nil or more can weigh anything.
    """
    found: dict[str, pd.Series] = {}
    issues: list[Issue] = []
    for heading in sorted(unknown.columns) if layer.open_columns else ():
        values, bad = numbers(unknown[heading])
        if bad.any():
            why = f"'{as_text(unknown[heading])[bad].iloc[0]}' is not a number"
        elif (values < 0).any():
            why = f"{values.min():g} is negative"
        elif values.isna().all():
            why = "every cell is blank"
        else:
            found[str(heading)] = values
            continue
        issues.append(
            Issue(
                f"{layer.name}.not_a_weight",
                f"column '{heading}' cannot be a weight: {why}",
                (str(heading),),
                "leave it if it is not meant to be one",
                layer.name,
                "warning",
            )
        )
    return pd.DataFrame(found, index=index), issues


def _labels(
    layer: Layer, frame: pd.DataFrame, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    """What to call each row in a message."""
    if layer.key == "":
        first, second = layer.names[:2]
        pairs = zip(frame[first], frame[second], rows, strict=True)
        return np.array(
            [f"{a} + {b}" if a and b else f"row {n}" for a, b, n in pairs], dtype=object
        )
    names = frame["name"] if "name" in frame.columns else frame[layer.key]
    return np.array(
        [
            key or (f"row {row} ({name})" if name else f"row {row}")
            for key, name, row in zip(frame[layer.key], names, rows, strict=True)
        ],
        dtype=object,
    )

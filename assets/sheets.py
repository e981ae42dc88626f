"""A source's columns under their canonical names, with typed cells. Pure.

A `Sheet` is one layer half-way: every canonical column is there and typed, nothing is sorted
or dropped, and what could not be read is kept beside it for `assets.checks` to report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import as_text, missing, numbers, typed
from assets.issues import Issue, nearest
from assets.places import GRID, locate
from assets.schema import LAYERS, Layer, heading_key, headings

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
    frame, rows = _rows(layer, frame)
    shapes = _shapes(frame)
    plain = pd.DataFrame(frame.drop(columns=_geometry_name(frame)))
    renamed, unknown, heading_issues = _canonical(layer, plain)
    typed_frame, unread = _typed_columns(layer, renamed)
    extra, extra_issues = _weights(layer, plain[unknown], typed_frame.index)
    typed_frame = pd.concat([typed_frame, extra], axis=1)
    points = locate(typed_frame, shapes) if layer.geometry == "point" else _no_places()
    return Sheet(
        layer=layer,
        frame=typed_frame,
        labels=_labels(layer, typed_frame, rows),
        present=frozenset(renamed.columns),
        unread=unread,
        extra=tuple(extra.columns),
        places=points,
        shapes=_polygons(layer, shapes, len(typed_frame)),
        issues=(*frame.attrs.get("issues", ()), *heading_issues, *extra_issues),
    )


def _no_places() -> pd.DataFrame:
    """The places of a layer without points."""
    return pd.DataFrame({"x": [], "y": [], "fault": [], "apart_m": []})


def _rows(layer: Layer, frame: pd.DataFrame) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """The frame on a RangeIndex, and the row numbers its reader would see."""
    issues = frame.attrs.get("issues", ())
    numbered = frame.index.name == "row" and pd.api.types.is_integer_dtype(frame.index)
    rows = (
        frame.index.to_numpy(dtype=np.int64)
        if numbered
        else np.arange(FIRST_ROW, len(frame) + FIRST_ROW, dtype=np.int64)
    )
    named = frame.index.name is not None and frame.index.name not in frame.columns
    frame = frame.reset_index(drop=numbered or not named)
    frame.attrs["issues"] = issues
    return frame, rows


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


def _canonical(layer: Layer, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[Issue]]:
    """Columns under canonical names; where two headings mean one column the better wins."""
    known = headings(layer.name)
    best: dict[str, tuple[int, int, str]] = {}
    unknown: list[str] = []
    for place, heading in enumerate(map(str, frame.columns)):
        name, rank = known.get(heading_key(heading), ("", 0))
        if not name:
            unknown.append(heading)
        elif name not in best or (rank, place) < best[name][:2]:
            best[name] = (rank, place, heading)
    chosen = {heading: name for name, (_, _, heading) in best.items()}
    beaten = [h for h in map(str, frame.columns) if h not in chosen and h not in unknown]
    issues = [
        Issue(
            f"{layer.name}.two_headings",
            f"'{heading}' also means {known[heading_key(heading)][0]}; "
            f"'{best[known[heading_key(heading)][0]][2]}' is used",
            (heading,),
            "delete one of the two columns",
            layer.name,
            "warning",
        )
        for heading in beaten
    ]
    if not layer.open_columns:
        issues.extend(_unknown_heading(layer, heading) for heading in unknown)
    return frame[list(chosen)].rename(columns=chosen), unknown, issues


def _unknown_heading(layer: Layer, heading: str) -> Issue:
    """A column that is not used, with the name it may have been meant to have."""
    close = nearest(heading.lower(), layer.names)
    hint = close if close.startswith("did") else "rename it if the planner should use it"
    return Issue(
        f"{layer.name}.unknown_column",
        f"column '{heading}' is not used; {hint}",
        (heading,),
        "rename it, or leave it: it does no harm",
        layer.name,
        "warning",
    )


def _typed_columns(
    layer: Layer, frame: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, tuple[pd.Series, pd.Series]]]:
    """Every canonical column typed; those the source lacks filled with their default."""
    values: dict[str, pd.Series] = {}
    unread: dict[str, tuple[pd.Series, pd.Series]] = {}
    ranged = [c.name + suffix for c in layer.columns if c.ranged for suffix in ("_low", "_high")]
    for name in dict.fromkeys((*layer.names, *ranged, *sorted(frame.columns))):
        column = layer.column(name)
        if name not in frame.columns:
            values[name] = missing(column, frame.index)
            continue
        values[name], bad = typed(column, frame[name])
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

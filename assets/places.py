"""Where a row is: coordinates as given -> one point in EPSG:27700, or the reason why not.

Source of the grid: Ordnance Survey, *A guide to coordinate systems in Great Britain*; lengths
in metres. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

GRID = "EPSG:27700"
DEGREES = "EPSG:4326"
AGREE_M = 1.0
DISAGREE_M = 100.0
_SQUARE_M = 100_000.0

# 100 km squares with land, by row from south to north: column numbers from west to east.
_LAND_ROWS = (
    (0, 1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 6), (2, 3, 4, 5, 6), (2, 3, 4, 5),
    (1, 2, 3, 4, 5), (1, 2, 3, 4), (0, 1, 2, 3), (0, 1, 2, 3, 4), (0, 1, 2, 3), (1, 2, 3, 4),
    (3, 4), (4,),
)  # fmt: skip
# Squares that are mostly sea: the part with land, in km from the square's own corner
# (west, south, east, north). Scilly, west Cornwall, St Govan's Head, Beachy Head, Ravenscar,
# Lowestoft, Great Yarmouth, Peterhead, east Kent, the Rhins of Galloway.
_PART_LAND: Mapping[tuple[int, int], tuple[float, float, float, float]] = MappingProxyType(
    {
        (0, 0): (75, 0, 100, 25),
        (1, 0): (25, 5, 100, 100),
        (1, 1): (75, 75, 100, 100),
        (5, 0): (0, 90, 80, 100),
        (5, 5): (0, 0, 5, 5),
        (6, 2): (0, 0, 65, 100),
        (6, 3): (0, 0, 60, 60),
        (4, 8): (0, 0, 20, 80),
        (6, 1): (0, 15, 45, 100),
        (1, 5): (90, 35, 100, 80),
    }
)


def on_land(x: Floats, y: Floats) -> Mask:
    """Whether points are near land of Great Britain, to the coarseness of the grid's squares.

    True within a 100 km square that holds land (for mostly-sea squares, within the part that
    does): it catches a missing digit, a swapped pair or another country, not a slip of a mile.
    """
    finite = np.isfinite(x) & np.isfinite(y)
    column = np.floor(np.where(finite, x, -1.0) / _SQUARE_M).astype(np.int64)
    row = np.floor(np.where(finite, y, -1.0) / _SQUARE_M).astype(np.int64)
    squares, parts = _squares()
    inside = finite & (row >= 0) & (row < len(squares)) & (column >= 0)
    inside &= column < squares.shape[1]
    row, column = row[inside], column[inside]
    number = squares[row, column]
    west, south, east, north = parts[number].T
    km_x, km_y = x[inside] / 1000.0 - column * 100.0, y[inside] / 1000.0 - row * 100.0
    land = np.zeros(x.shape, dtype=np.bool_)
    land[inside] = (km_x >= west) & (km_x <= east) & (km_y >= south) & (km_y <= north)
    return land


@cache
def _squares() -> tuple[npt.NDArray[np.intp], Floats]:
    """The number of each grid square's land (row, column), and the part of the square it is.

    Parts: km from the square's west and south, as west, south, east, north; the first is none
    of it, the second the whole.
    """
    nothing, whole = (np.inf, np.inf, -np.inf, -np.inf), (-np.inf, -np.inf, np.inf, np.inf)
    width = 1 + max(max(columns, default=0) for columns in _LAND_ROWS)
    squares = np.zeros((len(_LAND_ROWS), width), dtype=np.intp)
    for row, columns in enumerate(_LAND_ROWS):
        squares[row, list(columns)] = 1
    for number, (column, row) in enumerate(_PART_LAND, start=2):
        if column < width and squares[row, column]:
            squares[row, column] = number
    return squares, np.array([nothing, whole, *_PART_LAND.values()], dtype=np.float64)


@cache
def _transformer() -> pyproj.Transformer:
    """WGS84 to the National Grid; slow to make, so made once."""
    return pyproj.Transformer.from_crs(DEGREES, GRID, always_xy=True)


def to_grid(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude (WGS84 degrees) -> easting and northing (m), NaN outside the grid."""
    usable = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    x, y = np.full(lon.shape, np.nan), np.full(lon.shape, np.nan)
    if usable.any():
        x[usable], y[usable] = _transformer().transform(lon[usable], lat[usable])
    finite = np.isfinite(x) & np.isfinite(y)
    return np.where(finite, x, np.nan), np.where(finite, y, np.nan)


def locate(frame: pd.DataFrame, geometry: npt.NDArray[np.object_] | None) -> pd.DataFrame:
    """One point per row, and what is wrong with it.

    Args:
        frame: numeric columns easting, northing, lon, lat (NaN = blank).
        geometry: shapely geometries in EPSG:27700, or ``None``.

    Returns:
        Same index. ``x``, ``y`` (EPSG:27700; NaN = none), ``fault`` (``""``, ``missing``,
        ``half``, ``degrees``, ``metres``, ``lonlat_swapped``, ``swapped``, ``outside``) and
        ``apart_m`` (distance between two sources of the same point; NaN = one source).

    A geometry more than 1 m from the written easting and northing wins over them (it was moved
    on a map); written easting and northing win over written lon and lat.
    """
    easting, northing = _floats(frame, "easting"), _floats(frame, "northing")
    lon, lat = _floats(frame, "lon"), _floats(frame, "lat")
    nowhere = (easting == 0) & (northing == 0)
    easting, northing = np.where(nowhere, np.nan, easting), np.where(nowhere, np.nan, northing)
    nowhere = (lon == 0) & (lat == 0)
    lon, lat = np.where(nowhere, np.nan, lon), np.where(nowhere, np.nan, lat)
    shape_x, shape_y = _points_of(geometry, len(frame))
    from_x, from_y = to_grid(lon, lat)
    drawn = np.isfinite(shape_x)
    second_x, second_y = np.where(drawn, shape_x, from_x), np.where(drawn, shape_y, from_y)
    apart_m = np.hypot(easting - second_x, northing - second_y)
    written = np.isfinite(easting) & np.isfinite(northing) & ~(drawn & (apart_m > AGREE_M))
    x, y = np.where(written, easting, second_x), np.where(written, northing, second_y)
    fault = _faults(x, y, (easting, northing, lon, lat), drawn)
    return pd.DataFrame({"x": x, "y": y, "fault": fault, "apart_m": apart_m}, index=frame.index)


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    """A column as floats."""
    return frame[name].to_numpy(dtype=np.float64)


def _points_of(geometry: npt.NDArray[np.object_] | None, count: int) -> tuple[Floats, Floats]:
    """A point in each geometry (itself for points), NaN where there is none."""
    if geometry is None:
        return np.full(count, np.nan), np.full(count, np.nan)
    solid = geometry.copy()
    solid[shapely.is_empty(geometry)] = None
    points = shapely.point_on_surface(solid)
    return shapely.get_x(points), shapely.get_y(points)


def _faults(
    x: Floats, y: Floats, given: tuple[Floats, Floats, Floats, Floats], drawn: Mask
) -> npt.NDArray[np.object_]:
    """The first fault that applies to each row; see `locate`."""
    easting, northing, lon, lat = given
    metric = np.isfinite(easting) | np.isfinite(northing)
    degree = np.isfinite(lon) | np.isfinite(lat)
    placed = np.isfinite(x) & np.isfinite(y)
    land = on_land(x, y)
    only_degree = ~drawn & ~(np.isfinite(easting) & np.isfinite(northing)) & degree
    lonlat_swapped = only_degree & in_gb_degrees(lat, lon)
    rules = (
        ("", land),
        ("missing", ~drawn & ~metric & ~degree),
        ("metres", only_degree & ((np.abs(lon) > 180) | (np.abs(lat) > 90))),
        ("lonlat_swapped", lonlat_swapped),
        ("degrees", ~drawn & metric & (in_gb_degrees(easting, northing)
                                       | in_gb_degrees(northing, easting))),
        ("half", ~placed),
        ("swapped", on_land(y, x)),
    )  # fmt: skip
    fault = np.select([mask for _, mask in rules], [name for name, _ in rules], "outside")
    return fault.astype(object)


def in_gb_degrees(lon: Floats, lat: Floats) -> Mask:
    """Whether a pair looks like the longitude and latitude of a place in Great Britain."""
    return (lon >= -9.0) & (lon <= 2.5) & (lat >= 49.5) & (lat <= 61.5)


def stray_swaps(x: Floats, y: Floats) -> Mask:
    """Points far from the rest that would sit among the rest if their axes were swapped.

    Only where ten or more points give a notion of "the rest": the 95th percentile of the
    distance from the median point. A hint, not proof: both positions are on land.
    """
    if np.isfinite(x).sum() < 10:
        return np.zeros(x.shape, dtype=np.bool_)
    middle_x, middle_y = np.nanmedian(x), np.nanmedian(y)
    away_m = np.hypot(x - middle_x, y - middle_y)
    swapped_m = np.hypot(y - middle_x, x - middle_y)
    usual_m = float(np.nanpercentile(away_m, 95))
    stray: Mask = (away_m > 1.5 * usual_m) & (swapped_m <= usual_m)
    return stray

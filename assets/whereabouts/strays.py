"""Places that cannot be where they are said to be, and the slip of the pen that would explain it.

No file is needed: a place is held against its own postcode and against the other rows. The
tests are made so that a plain mistake of 30 km or more is usually found and a far-flung but
true place is not accused (thresholds: see the constants). What would bring a place home (two
digits the wrong way round, say) is offered in words and never applied. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from assets.schema import PLACE_COLUMNS
from assets.sheets import Sheet
from assets.whereabouts.postal_areas import CIRCLES, ISLANDS
from assets.whereabouts.postcodes import parts
from assets.whereabouts.slips import (
    NO_SLIP,
    SLIPS_SOUGHT,
    Fits,
    Slip,
    coordinates_given,
    near,
    slip,
)

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

#: Two rows with one unit postcode (about fifteen addresses) are nearer than this.
SAME_UNIT_M = 5_000.0
#: The nearest other row of one's postcode district or area is nearer than this, or ...
PEER_M = 25_000.0
#: ... than this many times what is usual there (median); judged from this many places up.
PEER_TIMES = 4.0
PEERS = 4
#: Of an area, which may be long and thin, only places in the outer part of its circle are judged.
OUTER_SHARE = 0.75
#: Without a postcode: the nearest other row is nearer than this, or than so many times the
#: distance within which nine in ten rows have a neighbour; judged from this many places up.
ALONE_M = 25_000.0
ALONE_TIMES = 6.0
COMPANY = 10
#: Without a postcode home is near any other row, if the layer reaches no further than this.
COMPACT_M = 60_000.0
#: A place brought home lies this near to others of its district or area.
HOME_M = MappingProxyType({"district": 10_000.0, "area": 15_000.0})

#: More points than this are worth a quicker tree.
MANY = 20_000
MISPLACED_COLUMNS = ("id", "x", "y", "rule", "why", "suggestion", "suggested_x", "suggested_y")
# Apart so far that no two groups touch: a third coordinate tells them apart in one tree.
_APART_M = 1e8


# --- strays -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Known:
    """Rows of a layer: where they are said to be, and what their postcodes say."""

    given: Floats  # a row each: easting, northing, lon, lat
    x: Floats
    y: Floats
    sound: Mask  # a point on land, known better than to the district
    postcode: Mapping[str, Texts]  # `assets.whereabouts.postcodes.parts`, a column each


def misplaced(sheet: Sheet) -> pd.DataFrame:
    """Rows of a point layer that cannot be where they are said to be.

    Args:
        sheet: a layer with points; its postcodes are used where it has them.

    Returns:
        A row each, in the sheet's order, index = position in the sheet; columns
        `MISPLACED_COLUMNS`: ``id`` (label), ``x``, ``y`` (as given, EPSG:27700), ``rule``
        (``far_from_neighbours``, or ``outside_gb`` for a point at sea or abroad), ``why`` in
        words, ``suggestion`` (a figure that would fit, ``""`` if none) with its point.
    """
    if "misplaced" not in sheet.kept:
        sheet.kept["misplaced"] = _misplaced(sheet)
    found: pd.DataFrame = sheet.kept["misplaced"]
    return found


def _misplaced(sheet: Sheet) -> pd.DataFrame:
    """As `misplaced`, worked out."""
    known = _known(sheet)
    why = _why(known)
    judged = ~_made_from_postcode(sheet)
    fault = sheet.places["fault"].to_numpy()
    abroad = np.flatnonzero(np.isin(fault, ("outside", "swapped")) & np.isfinite(known.x))
    found = [(at, "far_from_neighbours", words) for at, words in why.items() if judged[at]]
    found += [(int(at), "outside_gb", "") for at in abroad]
    homes = _Homes(known, list(why))
    rows = [
        (sheet.labels[at], known.x[at], known.y[at], rule, words)
        + ((_slip_of(at, homes) if count < SLIPS_SOUGHT else None) or NO_SLIP)
        for count, (at, rule, words) in enumerate(sorted(found))
    ]
    table = pd.DataFrame(
        rows, columns=list(MISPLACED_COLUMNS), index=[at for at, *_ in sorted(found)]
    )
    numbers = dict.fromkeys(("x", "y", "suggested_x", "suggested_y"), "float64")
    return table.astype(dict.fromkeys(MISPLACED_COLUMNS, "object") | numbers)


def suggested(sheet: Sheet) -> pd.DataFrame:
    """Where misplaced rows may belong: ``id``, ``x``, ``y`` (EPSG:27700) of those with a slip."""
    found = misplaced(sheet)
    found = found[found["suggestion"] != ""]
    return pd.DataFrame(
        {"id": found["id"], "x": found["suggested_x"], "y": found["suggested_y"]}
    ).reset_index(drop=True)


def _known(sheet: Sheet) -> _Known:
    """Points and postcodes of a sheet."""
    x = sheet.places["x"].to_numpy(dtype=np.float64)
    y = sheet.places["y"].to_numpy(dtype=np.float64)
    sound = (sheet.places["fault"] == "").to_numpy(dtype=np.bool_) & np.isfinite(x)
    if "place_precision" in sheet.frame.columns:
        sound &= (sheet.frame["place_precision"] != "area").to_numpy(dtype=np.bool_)
    blank = pd.Series([""] * len(sheet.frame), dtype=object)
    told = parts(sheet.frame["postcode"] if "postcode" in sheet.frame.columns else blank)
    columns = {name: told[name].to_numpy(dtype=object) for name in told.columns}
    given = sheet.frame[list(PLACE_COLUMNS)].to_numpy(dtype=np.float64)
    return _Known(given, x, y, sound, columns)


def _made_from_postcode(sheet: Sheet) -> Mask:
    """Rows whose point was made from their postcode: it proves nothing about either."""
    if "place_precision" not in sheet.frame.columns:
        return np.zeros(len(sheet.frame), dtype=np.bool_)
    made: Mask = sheet.frame["place_precision"].isin(("postcode", "area")).to_numpy(dtype=np.bool_)
    return made


def _why(known: _Known) -> dict[int, str]:
    """Position of each stray -> why it is one; the first reason that applies."""
    found = _outside_area(known)
    rest = known.sound.copy()
    rest[list(found)] = False
    reasons = (_same_unit(known, rest), _far_from_peers(known, rest), _alone(known, known.sound))
    for reason in reasons:
        for at, words in reason.items():
            found.setdefault(at, words)
    return found


def _outside_area(known: _Known) -> dict[int, str]:
    """Places outside the circle of their postcode area."""
    found: dict[int, str] = {}
    area, district = known.postcode["area"], known.postcode["district"]
    for letters, members in _members(area).items():
        if letters not in CIRCLES:
            continue
        rows = members[known.sound[members]]
        middle_x, middle_y, _ = CIRCLES[letters][0]
        away_km = np.hypot(known.x[rows] / 1000 - middle_x, known.y[rows] / 1000 - middle_y)
        outside = ~in_area(letters, known.x[rows], known.y[rows])
        for at, away in zip(rows[outside], away_km[outside], strict=True):
            code = known.postcode["unit"][at] or district[at]
            found[int(at)] = f"{away:.0f} km from the middle of postcode area {letters} ({code})"
    return found


def _members(codes: Texts) -> Mapping[str, npt.NDArray[np.intp]]:
    """Positions of the rows with each code."""
    indices = pd.Series(codes).groupby(codes).indices
    return {str(code): np.asarray(rows, dtype=np.intp) for code, rows in indices.items()}


def in_area(letters: str, x: Floats, y: Floats, *, share: float = 1.0) -> Mask:
    """Whether points lie within a share of the reach of a postcode area's circles."""
    inside = np.zeros(np.shape(x), dtype=np.bool_)
    for middle_x, middle_y, reach in CIRCLES[letters]:
        inside |= np.hypot(x / 1000 - middle_x, y / 1000 - middle_y) <= reach * share
    return inside


def _same_unit(known: _Known, rows: Mask) -> dict[int, str]:
    """Rows far from the middle of the rows with the same unit postcode."""
    unit = known.postcode["unit"]
    table = pd.DataFrame({"x": known.x, "y": known.y, "unit": unit})[rows & (unit != "")]
    by_unit = table.groupby("unit")
    middle = by_unit[["x", "y"]].transform("median")
    away_m = np.hypot(table["x"] - middle["x"], table["y"] - middle["y"])
    # Of two rows neither is the middle: each is half the way from it.
    away_m = away_m * np.where(by_unit["x"].transform("size") == 2, 2.0, 1.0)
    far = (away_m > SAME_UNIT_M).to_numpy(dtype=np.bool_)
    return {
        int(str(at)): f"{away / 1000:.0f} km from other rows with its postcode, {unit[at]}"
        for at, away in zip(table.index[far], away_m[far], strict=True)
    }


def _far_from_peers(known: _Known, rows: Mask) -> dict[int, str]:
    """Rows far from every other of their postcode district or area, where others keep company."""
    found: dict[int, str] = {}
    for level in ("district", "area"):
        codes = known.postcode[level]
        table = _nearest(known, rows & (codes != ""), codes)
        lone = (table["places"] >= PEERS) & np.isfinite(table["near_m"])
        lone &= table["near_m"] > np.maximum(PEER_M, PEER_TIMES * table["usual_m"])
        if level == "area":
            lone &= _outer(known)[table.index]
        for at, near_m in zip(table.index[lone], table["near_m"][lone], strict=True):
            words = f"{near_m / 1000:.0f} km from the nearest other row of postcode {level} "
            found.setdefault(int(at), words + str(codes[at]))
    return found


def _outer(known: _Known) -> Mask:
    """Rows in the outer part of the circle of their postcode area."""
    outer = np.zeros(len(known.x), dtype=np.bool_)
    for letters, rows in _members(known.postcode["area"]).items():
        if letters in CIRCLES:
            x, y = known.x[rows], known.y[rows]
            outer[rows] = ~in_area(letters, x, y, share=OUTER_SHARE)
    return outer


def _nearest(known: _Known, rows: Mask, groups: Texts) -> pd.DataFrame:
    """Distance to the nearest other place of a row's group, what is usual there, and how many.

    Index = positions of ``rows``; ``near_m`` infinite where there is no other place. Rows at one
    point (to the metre) count as one place.
    """
    at = np.flatnonzero(rows)
    group = pd.factorize(groups[at])[0]
    spots = np.column_stack([known.x[at].round(), known.y[at].round(), group])
    # Sound points are on the grid: metres and group fit into one whole number.
    keys = (spots.astype(np.int64) * np.array([1, 2**21, 2**42])).sum(axis=1)
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    places = spots[first]
    near_m = np.full(len(places), np.inf)
    if len(places) > 1:
        near_m = _apart_m(places[:, 0] + places[:, 2] * _APART_M, places[:, 1])
    near_m[near_m > _APART_M / 2] = np.inf
    by_group = pd.Series(near_m).groupby(places[:, 2])
    table = pd.DataFrame({"near_m": near_m, "usual_m": by_group.transform("median")})
    table["places"] = by_group.transform("size")
    return table.take(number).set_axis(at, axis=0)


def _apart_m(x: Floats, y: Floats) -> Floats:
    """Distance of each of some different points to the nearest other."""
    if len(x) > MANY:
        # Ten times as fast, but slow to import: for thousands of points it would not pay.
        from scipy.spatial import cKDTree

        spots = np.column_stack([x, y])
        return np.asarray(cKDTree(spots).query(spots, k=2)[0], dtype=np.float64)[:, 1]
    points = np.asarray(shapely.points(x, y), dtype=object)
    (one, _), apart_m = shapely.STRtree(points).query_nearest(
        points, exclusive=True, return_distance=True, all_matches=False
    )
    near_m = np.full(len(x), np.inf)
    near_m[one] = apart_m
    return near_m


def _alone(known: _Known, rows: Mask) -> dict[int, str]:
    """Rows without a postcode that are far from every other row, where others keep company."""
    table = _nearest(known, rows, np.full(len(known.x), "", dtype=object))
    if table.empty or table["places"].iloc[0] < COMPANY:
        return {}
    spots = pd.DataFrame({"x": known.x[table.index], "y": known.y[table.index]}).round()
    once = ~spots.duplicated().to_numpy()
    near_m = np.asarray(table["near_m"], dtype=np.float64)
    usual_m = float(np.percentile(near_m[once], 90))
    unknown = ~np.isin(known.postcode["area"][table.index].astype(str), tuple(CIRCLES))
    far = unknown & (near_m > max(ALONE_M, ALONE_TIMES * usual_m))
    return {
        int(at): f"{away / 1000:.0f} km from every other row; nine in ten have one within "
        f"{max(usual_m / 1000, 0.1):.1f} km"
        for at, away in zip(table.index[far], near_m[far], strict=True)
        if not _on_island(known.x[at], known.y[at])
    }


def _on_island(x: float, y: float) -> bool:
    """Whether a point lies on an island that is a long way from everything else."""
    return any(math.hypot(x / 1000 - e, y / 1000 - n) <= reach for e, n, reach in ISLANDS)


# --- the way home -----------------------------------------------------------------------------


class _Homes:
    """Where rows of a postcode district or area are, by those of them that are no strays."""

    def __init__(self, known: _Known, strays: list[int]) -> None:
        self.known = known
        sound = known.sound.copy()
        sound[strays] = False
        self.rows = np.flatnonzero(sound)
        self.groups = {level: _members(known.postcode[level][self.rows]) for level in HOME_M}
        self.made: dict[str, tuple[Fits, str] | None] = {}

    def fits(self, at: int) -> tuple[Fits, str] | None:
        """Which points would be at home for a row, and where that is in words, if one can tell."""
        district = str(self.known.postcode["district"][at])
        if district not in self.made:
            self.made[district] = self._fits_of(district, str(self.known.postcode["area"][at]))
        return self.made[district]

    def _fits_of(self, district: str, area: str) -> tuple[Fits, str] | None:
        """As `fits`, for a district."""
        x, y = self.known.x[self.rows], self.known.y[self.rows]
        for level, code in (("district", district), ("area", area)):
            same = self.groups[level].get(code)
            if code and same is not None:
                found = near(x[same], y[same], reach_m=HOME_M[level])
                return found, f"near other rows of {code}"
        if area in CIRCLES:
            return _in_circle(area), f"in postcode area {area}"
        compact = len(x) >= COMPANY and _spread_m(x, y) <= COMPACT_M
        return (near(x, y, reach_m=HOME_M["area"]), "near other rows") if compact else None


def _spread_m(x: Floats, y: Floats) -> float:
    """Distance from the median point within which nine in ten points lie."""
    return float(np.percentile(np.hypot(x - np.median(x), y - np.median(y)), 90))


def _in_circle(letters: str) -> Fits:
    """Points that fit because they lie in a postcode area."""
    middle_x, middle_y, _ = CIRCLES[letters][0]

    def fits(at_x: Floats, at_y: Floats) -> Floats:
        away_m = np.hypot(at_x - middle_x * 1000, at_y - middle_y * 1000)
        return np.where(in_area(letters, at_x, at_y), away_m, np.nan)

    return fits


def _slip_of(at: int, homes: _Homes) -> Slip | None:
    """The slip that would explain one row's place."""
    home = homes.fits(at)
    if home is None:
        return None
    easting, northing, lon, lat = map(float, homes.known.given[at])
    point = (float(homes.known.x[at]), float(homes.known.y[at]))
    fits, where = home
    found = slip(coordinates_given(easting, northing, degrees=(lon, lat), point=point), fits)
    return None if found is None else found._replace(says=f"{found.says} would put it {where}")

"""Postcodes: how they are spelt, what they consist of, and where they are. Pure.

A unit postcode (``LE15 6BQ``) is about fifteen addresses; its sector is ``LE15 6``, its
district ``LE15``, its area ``LE``. A `PostcodeBook` knows where units are, from a file that the
user gave; `locate` puts rows without usable coordinates where their postcode is.

Sources: BS 7666-2:2006 (the shapes); Royal Mail, *Postcode Address File: programmer's guide*
(the letters of each position); Ordnance Survey, *Code-Point Open: technical specification*, and
ONS, *National Statistics Postcode Lookup: user guide* (quality of the position).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from assets import places
from assets.cells import as_text, numbers, plain_figures
from assets.issues import InputError, Issue
from assets.places import GRID, on_land, to_grid
from assets.schema import LAYERS, PLACE_COLUMNS, heading_key
from assets.trail import joined, no_repairs, repairs
from assets.whereabouts.postal_areas import CIRCLES, ELSEWHERE
from assets.whereabouts.slips import SLIPS_SOUGHT, coordinates_given, near, slip

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

_KNOWN_AREAS = frozenset(CIRCLES) | frozenset(ELSEWHERE)
#: Letters that end a unit; C I K M O V are never used there.
_INWARD = "[0-9][ABD-HJLNP-UW-Z]{2}"
#: Letters that end a district, after one and after two letters: W1A, EC1A.
_THIRD, _FOURTH = "[0-9A-HJKPSTUW]", "[0-9ABEHMNPRVWXY]"
_OUTWARD = f"(?:[A-Z][0-9]{_THIRD}?|[A-Z]{{2}}[0-9]{_FOURTH}?)"
_UNIT = re.compile(f"({_OUTWARD})({_INWARD})")
_DISTRICT = re.compile(_OUTWARD)
#: A letter read for a figure, where a figure must stand.
_AS_DIGIT = str.maketrans("OIL", "011")
_SHORT, _LONG = ("|".join(sorted(a for a in _KNOWN_AREAS if len(a) == n)) for n in (1, 2))
#: A full postcode of an area in use, without its space.
_PLAIN = f"(?:(?:{_SHORT})[0-9]{_THIRD}?|(?:{_LONG})[0-9]{_FOURTH}?){_INWARD}"
PART_COLUMNS = ("area", "district", "sector", "unit")


def spelt(text: str) -> str:
    """A postcode, or the part of one that is there, as Royal Mail spells it.

    ``al100da`` -> ``AL10 0DA``, ``LE15 8`` and ``M31`` as they are; a letter O, I or L where
    only a figure can stand is read as 0 or 1. ``""`` for anything else.
    """
    return _spelt_part(text)[0]


def _spelt_part(text: str) -> tuple[str, str]:
    """As `spelt`, with what it is: ``unit``, ``sector``, ``district`` or ``""``."""
    words = re.sub(r"[^A-Z0-9 ]+", " ", text.upper()).split()
    plain = "".join(words)
    if plain == "GIR0AA":
        return "GIR 0AA", "unit"
    if 5 <= len(plain) <= 7:
        outward, inward = _outward(plain[:-3]), plain[-3].translate(_AS_DIGIT) + plain[-2:]
        if _sound(outward) and _UNIT.fullmatch(outward + inward):
            return f"{outward} {inward}", "unit"
    if len(words) == 2 and _sound(_outward(words[0])) and re.fullmatch("[0-9]", words[1]):
        return f"{_outward(words[0])} {words[1]}", "sector"
    if len(words) == 1 and _sound(_outward(plain)):
        return _outward(plain), "district"
    return "", ""


def _outward(text: str) -> str:
    """The first half with figures where only figures can stand."""
    if len(text) == 4:
        last = "0" if text[3] == "O" else "1" if text[3] == "I" else text[3]
        return text[:2] + text[2].translate(_AS_DIGIT) + last
    if len(text) == 3 and text[1].isdigit():
        return text[:2] + text[2].replace("O", "0").replace("I", "1")
    if len(text) == 2 or (len(text) == 3 and text[1] not in "OIL"):
        return text[:-1] + text[-1].translate(_AS_DIGIT)
    return text


def _sound(outward: str) -> bool:
    """Whether a first half has the shape of one and begins with letters that are in use."""
    letters = re.match("[A-Z]*", outward)
    area = letters.group() if letters else ""
    return area in _KNOWN_AREAS and _DISTRICT.fullmatch(outward) is not None


def units_of(cells: pd.Series) -> pd.Series:
    """The unit postcode of each cell as `spelt`, ``""`` for anything else; made for millions."""
    bare = cells.astype("string").fillna("").str.upper().str.replace(" ", "", regex=False)
    sure = bare.str.fullmatch(_PLAIN).to_numpy(dtype=np.bool_)
    codes = np.full(len(cells), "", dtype=object)
    found = bare[sure]
    codes[sure] = (found.str[:-3] + " " + found.str[-3:]).to_numpy(dtype=object)
    rest = ~sure & (bare.str.len() >= 5).to_numpy(dtype=np.bool_)
    if rest.any():
        at, different = pd.factorize(as_text(cells[rest]), use_na_sentinel=False)
        told = [code if kind == "unit" else "" for code, kind in map(_spelt_part, different)]
        codes[rest] = np.array(told, dtype=object)[at]
    return pd.Series(codes, index=cells.index, dtype=object)


def parts(postcodes: pd.Series) -> pd.DataFrame:
    """What is known of each postcode.

    Args:
        postcodes: cells, as written.

    Returns:
        Columns ``area``, ``district``, ``sector`` and ``unit`` (text, ``""`` = not known), same
        index; a cell that is no postcode has four blanks.
    """
    unit = units_of(postcodes).to_numpy(dtype=object)
    whole = unit != ""
    told = np.full((len(unit), len(PART_COLUMNS)), "", dtype=object)
    if whole.any():
        told[whole] = _of_units(unit[whole])
    if not whole.all():
        told[~whole] = _of_others(postcodes[~whole])
    return pd.DataFrame(told, index=postcodes.index, columns=list(PART_COLUMNS), dtype=object)


def _of_units(units: Texts) -> Texts:
    """Area, district, sector and unit of full postcodes."""
    district = [unit[:-4] for unit in units]
    area = {code: re.sub("[0-9].*", "", code) for code in set(district)}
    told = np.empty((len(units), len(PART_COLUMNS)), dtype=object)
    told[:, 0] = [area[code] for code in district]
    told[:, 1], told[:, 2], told[:, 3] = district, [unit[:-2] for unit in units], units
    return told


def _of_others(cells: pd.Series) -> Texts:
    """Area, district, sector and unit of cells that hold at most a part of a postcode."""
    codes, different = pd.factorize(as_text(cells), use_na_sentinel=False)
    known = pd.DataFrame([_parts_of(str(cell)) for cell in different], dtype=object)
    return known.to_numpy(dtype=object)[codes]


def _parts_of(text: str) -> tuple[str, str, str, str]:
    """Area, district, sector and unit of one cell."""
    code, kind = _spelt_part(text)
    if not kind:
        return "", "", "", ""
    district, _, inward = code.partition(" ")
    area = re.sub("[0-9].*", "", district)
    sector = f"{district} {inward[0]}" if inward else ""
    return area, district, sector, code if kind == "unit" else ""


# --- where postcodes are ----------------------------------------------------------------------

#: Quality of a position: 10 a building, 30 within 50 m, 40 the unit's mean, 50 judged from its
#: neighbours, 60 only the sector's mean, 90 none. ONS writes 1 to 9 for the same.
UNIT_QUALITY = 50.0
#: Headings (as `assets.schema.heading_key` gives them) of a column with postcodes, best first.
_CODE_HEADINGS = (
    "pcds", "postcode", "postcodeunit", "unitpostcode", "postcode1", "pcd8", "pcd2", "pcd7", "pcd",
    "pc", "pcode", "postalcode", "name1", "name", "id",
)  # fmt: skip
#: Pairs of headings with coordinates, best first, and whether they are metres or degrees
#: (``""`` = told by their size).
_PAIR_HEADINGS = (
    ("oseast1m", "osnrth1m", "metres"), ("east1m", "north1m", "metres"),
    ("easting", "northing", "metres"), ("eastings", "northings", "metres"),
    ("ea", "no", "metres"), ("geometryx", "geometryy", "metres"),
    ("gridgb1e", "gridgb1n", "metres"), ("oscodeeasting", "oscodenorthing", "metres"),
    ("xcoordinate", "ycoordinate", "metres"), ("bnge", "bngn", "metres"),
    ("lon", "lat", "degrees"), ("long", "lat", "degrees"), ("longitude", "latitude", "degrees"),
    ("lng", "lat", "degrees"), ("x", "y", ""), ("xcoord", "ycoord", ""), ("geox", "geoy", ""),
)  # fmt: skip
_QUALITY_HEADINGS = ("positionalqualityindicator", "osgrdind", "gridind", "pqi", "pq", "quality")
_ENDED_HEADINGS = ("doterm", "dateoftermination", "dateterminated", "terminated")
#: A column is one of postcodes, whatever its heading, if this share of its filled cells are.
_CODE_SHARE = 0.9


@dataclass(frozen=True)
class PostcodeBook:
    """Where unit postcodes are.

    Attributes:
        units: index = postcode as `spelt`, unique; ``x``, ``y`` (EPSG:27700; NaN =
            the file has no point in Great Britain), ``quality`` (10 to 90, NaN = not said) and
            ``ended`` (bool: no longer in use).
    """

    units: pd.DataFrame

    @cached_property
    def coarse(self) -> pd.DataFrame:
        """The middle (median) of each sector and district by its units: ``x``, ``y``."""
        live = self.units[self.units["x"].notna()]
        live = live.loc[live["quality"].fillna(0.0) <= UNIT_QUALITY, ["x", "y"]]
        code = live.index.to_series()
        levels = (code.str[:-2], code.str[:-4])
        middles = [live.groupby(level.to_numpy()).median() for level in levels]
        return pd.concat(middles).sort_index()


def postcode_book(frame: pd.DataFrame) -> PostcodeBook:
    """A table of postcodes and coordinates -> where each unit postcode is.

    Args:
        frame: Code-Point Open, OS Open Names (rows that are no postcodes are passed over), the
            ONS Postcode Directory or Lookup, or any table with a column of full postcodes and
            coordinates: metres (EPSG:27700), degrees (WGS84) or a geometry.

    Returns:
        See `PostcodeBook`. Of several rows for a postcode those still in use count, then those
        with a point; of these the median.

    Raises:
        InputError: no column of postcodes, no coordinates, or none in Great Britain.
    """
    keys = _headings(frame)
    codes = _codes_of(frame, keys)
    rows = (codes != "").to_numpy(dtype=np.bool_)
    x, y = _points_of(frame[rows], keys)
    told = {
        "x": x,
        "y": y,
        "quality": _quality(frame[rows], keys),
        "ended": _ended(frame[rows], keys),
    }
    units = pd.DataFrame(told, index=pd.Index(codes[rows], name="postcode", dtype=object))
    return PostcodeBook(_unique(units))


def _headings(frame: pd.DataFrame) -> Mapping[str, str]:
    """Heading key -> column, the first of that key."""
    shape = _shape_name(frame)
    found: dict[str, str] = {}
    for name in frame.columns:
        if name != shape:
            found.setdefault(heading_key(str(name)), name)
    return found


def _shape_name(frame: pd.DataFrame) -> str | None:
    """The active geometry column, if any."""
    name = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    return None if name is None else str(name)


def _codes_of(frame: pd.DataFrame, keys: Mapping[str, str]) -> pd.Series:
    """The unit postcode of each row, ``""`` where there is none."""
    for key in _CODE_HEADINGS:
        if key in keys:
            codes = units_of(frame[keys[key]])
            if (codes != "").any():
                return codes
    for name in keys.values():
        filled = as_text(frame[name]) != ""
        codes = units_of(frame[name])
        if filled.any() and (codes[filled] != "").mean() >= _CODE_SHARE:
            return codes
    raise InputError(
        Issue(
            "postcodes.no_postcodes",
            "no column holds full postcodes",
            tuple(str(name) for name in keys.values()),
            "use Code-Point Open, OS Open Names, the ONS Postcode Directory, or a table with "
            "columns postcode, easting and northing",
            "postcodes",
        )
    )


def _points_of(frame: pd.DataFrame, keys: Mapping[str, str]) -> tuple[Floats, Floats]:
    """Points in EPSG:27700, NaN where there is none in Great Britain."""
    for x, y in _pairs(frame, keys):
        land = on_land(x, y)
        # Half of what is filled in: other pairs may be in other units or on other grids.
        if land.any() and land.sum() * 2 >= (np.isfinite(x) & np.isfinite(y)).sum():
            return np.where(land, x, np.nan), np.where(land, y, np.nan)
    raise InputError(
        Issue(
            "postcodes.no_coordinates",
            "no columns hold coordinates of postcodes in Great Britain",
            tuple(str(name) for name in keys.values()),
            "add easting and northing (EPSG:27700), or lon and lat (WGS84)",
            "postcodes",
        )
    )


def _pairs(frame: pd.DataFrame, keys: Mapping[str, str]) -> Iterator[tuple[Floats, Floats]]:
    """Coordinates that a table may hold, in EPSG:27700, the likeliest first."""
    for first, second, unit in _PAIR_HEADINGS:
        if first not in keys or second not in keys:
            continue
        a, b = (_numbers(frame[keys[key]]) for key in (first, second))
        # 0, 0 is how files without blanks write "no point".
        nowhere = (a == 0) & (b == 0)
        a, b = np.where(nowhere, np.nan, a), np.where(nowhere, np.nan, b)
        small = np.nanmax(np.abs(a), initial=0.0) <= 180.0
        if unit == "degrees" or (unit == "" and small):
            yield to_grid(a, b)
        else:
            yield a, b
    shapes = _shapes(frame)
    if shapes is not None:
        yield _centres(shapes)


def _numbers(cells: pd.Series) -> Floats:
    """Cells as numbers, NaN where they are none; made for millions of plain ones."""
    figures = plain_figures(cells) if cells.dtype == object else None
    if figures is not None:
        return figures
    plain = pd.to_numeric(cells, errors="coerce").astype("float64")
    rest = plain.isna() & cells.notna()
    if rest.any():
        plain = plain.mask(rest, numbers(cells[rest])[0].reindex(cells.index))
    values = plain.to_numpy(dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _shapes(frame: pd.DataFrame) -> gpd.GeoSeries | None:
    """Geometries in EPSG:27700, or ``None`` without a geometry column."""
    if _shape_name(frame) is None:
        return None
    geometry = frame.geometry
    return geometry if geometry.crs in (None, GRID) else geometry.to_crs(GRID)


def _centres(shapes: gpd.GeoSeries) -> tuple[Floats, Floats]:
    """A point in each geometry, NaN where there is none."""
    blank = pd.DataFrame(np.nan, index=shapes.index, columns=list(PLACE_COLUMNS))
    found = places.locate(blank, np.asarray(shapes.array, dtype=object))
    return found["x"].to_numpy(dtype=np.float64), found["y"].to_numpy(dtype=np.float64)


def _first(keys: Mapping[str, str], wanted: tuple[str, ...]) -> str | None:
    """The first wanted heading that is there."""
    return next((keys[key] for key in wanted if key in keys), None)


def _quality(frame: pd.DataFrame, keys: Mapping[str, str]) -> Floats:
    """Quality of each position on the scale from 10 to 90, NaN where it is not said."""
    name = _first(keys, _QUALITY_HEADINGS)
    if name is None:
        return np.full(len(frame), np.nan)
    told = _numbers(frame[name])
    return np.where(told < 10.0, told * 10.0, told)


def _ended(frame: pd.DataFrame, keys: Mapping[str, str]) -> Mask:
    """Postcodes with a date of termination."""
    name = _first(keys, _ENDED_HEADINGS)
    if name is None:
        return np.zeros(len(frame), dtype=np.bool_)
    ended: Mask = (as_text(frame[name]) != "").to_numpy(dtype=np.bool_)
    return ended


def _unique(units: pd.DataFrame) -> pd.DataFrame:
    """One row per postcode."""
    twice = units.index.duplicated(keep=False)
    if not twice.any():
        return units
    several = units[twice]
    rank = several["ended"].astype(int) * 2 + several["x"].isna().astype(int)
    best = rank == rank.groupby(level=0).transform("min")
    by_code = several[best].groupby(level=0)
    middle = by_code[["x", "y", "quality"]].median()
    return pd.concat([units[~twice], middle.assign(ended=by_code["ended"].any())])


# --- rows put where their postcode is ---------------------------------------------------------

#: A point further than this from its unit postcode is doubted (a unit is about fifteen addresses).
FAR_M = 2_000.0
#: Why a row without coordinates could not be put at its unit postcode, and what to do about it.
_REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "blank": ("postcode_blank", "there is no postcode"),
        "malformed": ("postcode_malformed", "the postcode is none"),
        "partial": ("postcode_partial", "the postcode is only a part"),
        "unknown": ("postcode_unknown", "the postcode is not in the file of postcodes"),
        "no_point": ("postcode_without_place", "the file has no place for the postcode"),
    }
)
FAR_COLUMNS = ("id", "x", "y", "rule", "why", "suggestion", "suggested_x", "suggested_y")


@dataclass(frozen=True)
class Located:
    """A frame with rows put where their postcode is.

    Attributes:
        frame: the same rows; those located have easting, northing and ``place_precision``
            (``postcode``, or ``area`` where only the sector or district is known), and neither
            lon and lat nor a geometry of their own any more.
        repairs: cells changed, columns `assets.trail.REPAIR_COLUMNS`.
        issues: rows that could not be put at their postcode by reason; rows far from theirs.
        far: rows whose point is far from their postcode, columns `FAR_COLUMNS` (the figure that
            would fit, with its point, where one slip explains the distance).
    """

    frame: pd.DataFrame
    repairs: pd.DataFrame
    issues: tuple[Issue, ...]
    far: pd.DataFrame


@dataclass(frozen=True)
class _Rows:
    """What is known of the rows of a frame, all of one length."""

    given: pd.DataFrame  # numbers: PLACE_COLUMNS
    x: Floats
    y: Floats
    usable: Mask
    precision: Texts
    code: pd.DataFrame  # `parts`, and ``text``
    at: pd.DataFrame  # of the unit: x, y, quality, ended, known
    wide: pd.DataFrame  # of the sector or district: x, y


def locate(frame: pd.DataFrame, book: PostcodeBook, *, layer: str = "buildings") -> Located:
    """Put rows without usable coordinates where their postcode is, and doubt the far ones.

    Args:
        frame: a mapped and cleaned frame, index = source row numbers.
        book: where postcodes are.
        layer: name of the layer, for the trail and the issues.

    Returns:
        See `Located`; ``frame`` itself is not changed. Doing it twice changes nothing more.
    """
    rows = _rows(frame, book)
    fine = (rows.at["quality"].fillna(0.0) <= UNIT_QUALITY).to_numpy(dtype=np.bool_)
    there = rows.at["x"].notna().to_numpy(dtype=np.bool_)
    # A place known only to an area is bettered by a unit postcode, and by nothing less.
    rough = rows.usable & (rows.precision == "area")
    exact = there & (~rows.usable | (rough & fine))
    wide = ~rows.usable & ~there & rows.wide["x"].notna().to_numpy(dtype=np.bool_)
    labels = _labels(layer, frame)
    changed, made = _moved(layer, frame, rows, exact=exact, fine=fine, wide=wide)
    named = made.assign(id=made["row"].map(dict(zip(frame.index, labels, strict=True))))
    doubted = there & fine & np.isfinite(rows.x) & ~np.isin(rows.precision, ("postcode", "area"))
    far = _far(rows, labels, doubted)
    issues = [
        *_not_located(layer, rows, labels, lost=~rows.usable & ~exact, wide=wide),
        *_not_checked(layer, rows, labels),
        *_ended_units(layer, rows, labels, exact),
        *_far_issues(layer, far),
    ]
    return Located(changed, named if len(made) else no_repairs(), tuple(issues), far)


def _text(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column as text, blank where the frame has none."""
    if name in frame.columns:
        return as_text(frame[name])
    return pd.Series([""] * len(frame), index=frame.index, dtype=object)


def _rows(frame: pd.DataFrame, book: PostcodeBook) -> _Rows:
    """Everything `locate` asks of the rows, read once."""
    given = pd.DataFrame(
        {
            name: _numbers(frame[name]) if name in frame.columns else np.nan
            for name in PLACE_COLUMNS
        },
        index=frame.index,
        dtype=np.float64,
    )
    shapes = _shapes(frame)
    found = places.locate(given, None if shapes is None else np.asarray(shapes.array, dtype=object))
    text = _text(frame, "postcode")
    code = parts(text).assign(text=text)
    return _Rows(
        given=given,
        x=found["x"].to_numpy(dtype=np.float64),
        y=found["y"].to_numpy(dtype=np.float64),
        usable=(found["fault"] == "").to_numpy(dtype=np.bool_),
        precision=_text(frame, "place_precision").str.lower().to_numpy(dtype=object),
        code=code,
        at=_at(code, book),
        wide=_wide(code, book),
    )


def _at(code: pd.DataFrame, book: PostcodeBook) -> pd.DataFrame:
    """Each row's unit postcode in the book; ``known`` says whether it is there."""
    position = book.units.index.get_indexer(pd.Index(code["unit"]))
    known = position >= 0
    found = book.units.take(np.maximum(position, 0)).set_axis(code.index, axis=0)
    told = {name: found[name].where(known) for name in ("x", "y", "quality")}
    return pd.DataFrame(told).assign(ended=found["ended"] & known, known=known)


def _wide(code: pd.DataFrame, book: PostcodeBook) -> pd.DataFrame:
    """The middle of each row's sector, else of its district."""
    levels = [
        book.coarse.reindex(code[level]).set_axis(code.index, axis=0)
        for level in ("sector", "district")
    ]
    return levels[0].where(levels[0]["x"].notna(), levels[1])


def _moved(
    layer: str, frame: pd.DataFrame, rows: _Rows, *, exact: Mask, fine: Mask, wide: Mask
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame with located rows at their postcode, and the repairs."""
    moved = exact | wide
    if not moved.any():
        return frame, no_repairs()
    x = np.where(exact, rows.at["x"], rows.wide["x"])
    y = np.where(exact, rows.at["y"], rows.wide["y"])
    blank = np.full(len(frame), "", dtype=object)
    new = {"easting": _metres(x), "northing": _metres(y)}
    new |= {name: blank for name in ("lon", "lat") if name in frame.columns}
    known = LAYERS.get(layer)
    if known is None or known.find("place_precision") is not None:
        new["place_precision"] = np.where(exact & fine, "postcode", "area").astype(object)
    changed, made = {}, []
    for name, cells in new.items():
        before = _text(frame, name)
        changed[name] = before.mask(moved, pd.Series(cells, index=frame.index, dtype=object))
        made.append(repairs(layer, name, "located_by_postcode", before=before, after=changed[name]))
    result = frame.assign(**changed)
    shape = _shape_name(frame)
    if shape is not None:
        drawn = result[shape].copy()
        drawn[moved] = None
        result[shape] = drawn
    return result, joined(made, no_repairs())


def _metres(values: Floats) -> Texts:
    """Coordinates as text, to the centimetre; a blank where there is none."""
    return np.array(
        [
            f"{value:.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else ""
            for value in values.tolist()
        ],
        dtype=object,
    )


def _labels(layer: str, frame: pd.DataFrame) -> Texts:
    """What to call each row in a message: its id, else its row number and name."""
    key = LAYERS[layer].key if layer in LAYERS else ""
    named = zip(frame.index, _text(frame, key), _text(frame, "name"), strict=True)
    return np.array(
        [id_ or (f"row {row} ({name})" if name else f"row {row}") for row, id_, name in named],
        dtype=object,
    )


def _reason(rows: _Rows) -> Texts:
    """Why each row's postcode gives no point of its own (a key of `_REASONS`)."""
    unit, district = rows.code["unit"] != "", rows.code["district"] != ""
    known = rows.at["known"].to_numpy(dtype=np.bool_)
    found: Texts = np.select(
        [rows.code["text"] == "", ~district, ~unit, unit & ~known],
        ["blank", "malformed", "partial", "unknown"],
        "no_point",
    ).astype(object)
    return found


def _not_located(layer: str, rows: _Rows, labels: Texts, *, lost: Mask, wide: Mask) -> list[Issue]:
    """Rows without usable coordinates that could not be put at their unit postcode, by reason."""
    reason = _reason(rows)
    issues = []
    for key, (rule, says) in _REASONS.items():
        for placed in (True, False):
            mask = lost & (reason == key) & (wide == placed)
            end = (
                "the row is put in the middle of its sector or district, which no drive time "
                "can start from"
                if placed
                else "the row stays without a place"
            )
            issues += _issue(
                layer,
                f"{rule}_area" if placed else rule,
                labels[mask],
                says=f"no usable coordinates, and {says}: {end}",
                remedy="add easting and northing, or the full postcode",
            )
    return issues


def _not_checked(layer: str, rows: _Rows, labels: Texts) -> list[Issue]:
    """Rows with coordinates whose full postcode the file does not know."""
    mask = rows.usable & (_reason(rows) == "unknown")
    return _issue(
        layer,
        "postcode_not_in_file",
        labels[mask],
        says="the postcode is not in the file of postcodes, so that it proves nothing about the "
        "place",
        remedy="it may be mistyped or no longer in use, or the file may not reach so far",
    )


def _ended_units(layer: str, rows: _Rows, labels: Texts, exact: Mask) -> list[Issue]:
    """Rows put at a postcode that is no longer in use."""
    mask = exact & rows.at["ended"].to_numpy(dtype=np.bool_)
    return _issue(
        layer,
        "postcode_ended",
        labels[mask],
        says="the row is put at a postcode that is no longer in use",
        remedy="check that the asset is still there under that address",
    )


def _issue(layer: str, rule: str, labels: Texts, *, says: str, remedy: str) -> list[Issue]:
    """A warning about rows, or none if there are none."""
    if not len(labels):
        return []
    ids = tuple(str(label) for label in labels)
    return [Issue(f"{layer}.{rule}", says, ids, remedy, layer, "warning")]


def _far(rows: _Rows, labels: Texts, doubted: Mask) -> pd.DataFrame:
    """Rows more than `FAR_M` from their unit postcode, in row order; see `Located.far`."""
    home_x = rows.at["x"].to_numpy(dtype=np.float64)
    home_y = rows.at["y"].to_numpy(dtype=np.float64)
    away_m = np.where(doubted, np.hypot(rows.x - home_x, rows.y - home_y), 0.0)
    found = []
    for count, at in enumerate(np.flatnonzero(away_m > FAR_M)):
        row = rows.given.iloc[at]
        given = coordinates_given(
            row["easting"],
            row["northing"],
            degrees=(row["lon"], row["lat"]),
            point=(rows.x[at], rows.y[at]),
        )
        home = near(home_x[[at]], home_y[[at]], reach_m=FAR_M)
        fitting = slip(given, home) if count < SLIPS_SOUGHT else None
        why = f"{away_m[at] / 1000:.1f} km from its postcode, {rows.code['unit'].iloc[at]}"
        said = "" if fitting is None else f"{fitting.says} would put it at its postcode"
        spot = (np.nan, np.nan) if fitting is None else (fitting.x, fitting.y)
        found.append((labels[at], rows.x[at], rows.y[at], "far_from_postcode", why, said, *spot))
    return pd.DataFrame(found, columns=list(FAR_COLUMNS))


def _far_issues(layer: str, far: pd.DataFrame) -> list[Issue]:
    """A warning per row for the first few, and one for the rest."""
    return [
        Issue(f"{layer}.far_from_postcode", says, ids, remedy, layer, "warning")
        for says, ids, remedy in told_apart(far)
    ]


#: Rows whose fault is told one by one; the rest are told together.
TOLD_APART = 20


def told_apart(found: pd.DataFrame) -> list[tuple[str, tuple[str, ...], str]]:
    """Misplaced rows in words: what is wrong, which rows, and what may be right.

    Args:
        found: columns ``id``, ``why`` and ``suggestion``.

    Returns:
        Message, ids and remedy: one each for the first `TOLD_APART` rows, one for the rest.
    """
    remedy = "check the postcode and the coordinates"
    apart, rest = found.iloc[:TOLD_APART], found.iloc[TOLD_APART:]
    told: list[tuple[str, tuple[str, ...], str]] = [
        (f"the place is {why}", (str(id_),), f"{remedy}: {slip_}" if slip_ else remedy)
        for id_, why, slip_ in zip(apart["id"], apart["why"], apart["suggestion"], strict=True)
    ]
    if len(rest):
        ids = tuple(str(id_) for id_ in rest["id"])
        told.append(("the place does not agree with its postcode or its neighbours", ids, remedy))
    return told

"""Coordinates as sources write them -> metres and degrees in the columns meant for them. Pure.

Only what the cells prove: Great Britain's longitudes (-9 to 2.5) and latitudes (49.5 to 61.5)
cannot be mistaken for each other, nor for eastings and northings; two grids never overlap on
land. An easting and a northing can: they are exchanged only where the place is at sea as
written and among the other places when exchanged.

Source of the grid letters: Ordnance Survey, *A guide to coordinate systems in Great Britain*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets import trail
from assets.cells import as_text, filled, holds, plain_figures
from assets.issues import Issue
from assets.mending.repairs import (
    Mended,
    Repaired,
    is_not_available,
    labels,
    listed,
    mended,
    quoted,
)
from assets.places import AGREE_M, Floats, Mask, in_gb_degrees, on_land, to_grid
from assets.schema import PLACE_COLUMNS, Layer

METRES, DEGREES = ("easting", "northing"), ("lon", "lat")
_COLUMNS = (*PLACE_COLUMNS, "coordinates", "place_precision")
#: From this many rows on, a column that is wrong in every row is one finding, not many repairs.
WHOLE_ROWS = 5
#: An exchange of whole columns of metres needs as many witnesses.
SWAP_ROWS = 10
#: A grid reference of fewer figures names a square of more than 100 m.
FINE_FIGURES = 6

_NUM = r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_PLAIN = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?", re.ASCII)
_AXIS_WORDS = r"(?:easting|northing|longitude|latitude|long|lng|lon|lat|east|north|e|n|x|y)s?"
_LEADING = re.compile(rf"^{_AXIS_WORDS}\b\s*[:=]?\s*|^[ENXY](?=\d)", re.I)
_TRAILING = re.compile(
    r"\s*(?:metres?|meters?|m(?:\s*[EN])?|°|º|deg(?:rees)?|[EN](?<=\d[EN]))$", re.I
)
_DMS = re.compile(
    r"(\d{1,3})\s*[°ºd:\s]\s*(\d{1,2})\s*['′’m:\s]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”s]|'')?)?\s*([NSEW])",
    re.I,
)
_HEMISPHERE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*[°º]?\s*([NSEW])", re.I)
_COMMA_DEGREES = re.compile(r"-?\d{1,2},\d+", re.ASCII)
_COMMA_METRES = re.compile(r"\d{4,7},\d{1,3}", re.ASCII)
_WKT = re.compile(
    rf"(?:SRID=\d+;)?POINT\s*(?:Z|M|ZM)?\s*\(\s*({_NUM})\s+({_NUM})(?:\s+{_NUM})*\s*\)", re.I
)
_GRID_REFERENCE = re.compile(r"([A-HJ-Z])([A-HJ-Z])\s*(\d+)(?:[\s,]+(\d+))?", re.I | re.ASCII)
_THOUSANDS_PAIR = re.compile(
    r"(\d{1,3},\d{3})\s*[,;/|\s]\s*(\d{1,3},\d{3}|\d,\d{3},\d{3})", re.ASCII
)
_USUAL_PAIR = re.compile(r"(-?\d+(?:\.\d+)?) ?[, ] ?(-?\d+(?:\.\d+)?)", re.ASCII)
_TOGETHER = re.compile(r"(\d{6})(\d{6})", re.ASCII)
_LABEL = re.compile(rf"\b{_AXIS_WORDS}\b\s*[:=]?|[()\[\]{{}}°º]|\bm\b|(?<=\d)m\b", re.I)


@dataclass(frozen=True)
class Pair:
    """Two coordinates found in one cell.

    Attributes:
        x: easting (m) or longitude (degrees).
        y: northing (m) or latitude (degrees).
        degrees: whether they are degrees.
        rule: key of `assets.trail.REPAIR_RULES`.
        coarse: whether the square named is larger than 100 m.
    """

    x: str
    y: str
    degrees: bool
    rule: str = "pair_split"
    coarse: bool = False


@dataclass(frozen=True)
class _State:
    """The place cells as text half-way, with the trail so far."""

    layer: str
    cells: pd.DataFrame
    tables: tuple[pd.DataFrame, ...] = ()
    issues: tuple[Issue, ...] = ()

    @cached_property
    def numbers(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Easting, northing, lon, lat as floats, NaN where there is no plain number."""
        easting, northing, lon, lat = (_floats(self.cells[name]) for name in PLACE_COLUMNS)
        return easting, northing, lon, lat


_Step = Callable[[_State], _State]


def repair_coordinates(layer: Layer, frame: pd.DataFrame) -> Repaired:
    """Put every pair of coordinates into the columns it belongs to.

    Args:
        layer: whose columns.
        frame: mapped columns, index = source row numbers.

    Returns:
        See `assets.mending.repairs.Repaired`. Columns that hold nothing any more are left out,
        columns that now hold something are added. A second time nothing changes.
    """
    if not {*PLACE_COLUMNS, "coordinates"} & {*map(str, frame.columns)} or not len(frame):
        return Repaired(frame)
    start = _place_cells(frame)
    state = _State(layer.name, start)
    steps: tuple[_Step, ...] = (
        _plain_axes, _commas_proved, _split_pairs, _move_degrees, _move_metres, _swap_degrees,
        _swap_metres,
    )  # fmt: skip
    for step in steps:
        state = step(state)
    return Repaired(_written(frame, start, state.cells), state.tables, state.issues)


def _place_cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells that say where a row is, as text; blank where the source lacks a column."""
    blank = pd.Series("", index=frame.index, dtype=object)
    return pd.DataFrame({n: as_text(frame[n]) if n in frame.columns else blank for n in _COLUMNS})


def _written(frame: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The frame with the place cells that changed."""
    changed: dict[str, pd.Series] = {}
    emptied: list[str] = []
    for name in _COLUMNS:
        touched = np.not_equal(
            before[name].to_numpy(dtype=object), after[name].to_numpy(dtype=object)
        ).astype(np.bool_)
        if not touched.any():
            continue
        blank = not filled(after[name]).any()
        if blank and name in PLACE_COLUMNS:
            emptied.append(name)
        elif name in frame.columns:
            changed[name] = frame[name].astype(object).mask(touched, after[name])
        else:
            changed[name] = after[name]
    return frame.drop(columns=emptied).assign(**changed)


def _floats(cells: pd.Series) -> Floats:
    """Plain numbers of a text column (thousands separators allowed), NaN for the rest."""
    plain = plain_figures(cells)
    if plain is not None:
        return plain
    values = np.array(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
    rest = np.flatnonzero(np.isnan(values) & filled(cells))
    for position, text in zip(rest, cells.iloc[rest].astype(str), strict=True):
        if _PLAIN.fullmatch(text):
            values[position] = float(text.replace(",", ""))
    return np.where(np.isfinite(values), values, np.nan)


# --- single cells -----------------------------------------------------------------------------


def plain_axis(text: str) -> Mended:
    """One coordinate written with its unit, its hemisphere or in minutes and seconds."""
    if text == "" or _PLAIN.fullmatch(text):
        return Mended(text)
    if is_not_available(text):
        return Mended("", "not_available")
    value = _axis(text)
    return Mended(text) if value is None else Mended(value, "plain_figure")


def _axis(text: str) -> str | None:
    """The coordinate in a text as plain decimals, ``None`` if it is none."""
    dms, hemisphere = _DMS.fullmatch(text), _HEMISPHERE.fullmatch(text)
    if dms:
        minutes, seconds = float(dms[2]), float(dms[3] or 0)
        if minutes >= 60 or seconds >= 60:
            return None
        return _signed(f"{int(dms[1]) + minutes / 60 + seconds / 3600:.8f}", dms[4])
    if hemisphere and float(hemisphere[1]) <= 180:
        return _signed(hemisphere[1], hemisphere[2])
    bare = _TRAILING.sub("", _LEADING.sub("", text.replace("−", "-").lstrip("'")))
    bare = re.sub(r"(?<=\d) (?=\d{3}(?:\D|$))", "", bare).removeprefix("+")
    return bare if bare != text and _PLAIN.fullmatch(bare) else None


def _signed(number: str, letter: str) -> str:
    """Degrees west and south are negative."""
    return f"-{number}" if letter.upper() in "WS" else number


def _plain_axes(state: _State) -> _State:
    """Every cell of the four columns as a plain number where it is one."""
    columns: dict[str, pd.Series] = {}
    tables: list[pd.DataFrame] = []
    for name in PLACE_COLUMNS:
        before = state.cells[name]
        odd = np.isnan(_floats(before)) & filled(before)
        if not odd.any():
            continue
        after, rules, _ = mended(before[odd], plain_axis)
        tables += listed(state.layer, name, before=before[odd], after=after, rules=rules)
        columns[name] = before.mask(odd, after.reindex(before.index))
    return replace(state, cells=state.cells.assign(**columns), tables=(*state.tables, *tables))


def _commas_proved(state: _State) -> _State:
    """A comma in both coordinates that can only be the decimal point: else they are at sea."""
    for names, pattern, fits in (
        (DEGREES, _COMMA_DEGREES, lambda x, y: in_gb_degrees(x, y) | in_gb_degrees(y, x)),
        (METRES, _COMMA_DEGREES, lambda x, y: in_gb_degrees(x, y) | in_gb_degrees(y, x)),
        (METRES, _COMMA_METRES, on_land),
    ):
        texts = [state.cells[name] for name in names]
        if not all(holds(text, ",").any() for text in texts):
            continue
        hit = [text.str.fullmatch(pattern).to_numpy(dtype=bool) for text in texts]
        rows = np.flatnonzero(hit[0] & hit[1])
        if not len(rows):
            continue
        decimal = [text.iloc[rows].str.replace(",", ".") for text in texts]
        x, y = (_floats(text) for text in decimal)
        thousand = [_floats(text.iloc[rows]) for text in texts]
        sure = fits(x, y) & ~on_land(thousand[0], thousand[1]) & ~on_land(*thousand[::-1])
        after = [text.mask(_at(text, rows[sure]), text.str.replace(",", ".")) for text in texts]
        tables = [
            trail.repairs(state.layer, name, "decimal_comma", before=old, after=new)
            for name, old, new in zip(names, texts, after, strict=True)
        ]
        columns = dict(zip(names, after, strict=True))
        state = replace(state, cells=state.cells.assign(**columns), tables=(*state.tables, *tables))
    return state


def _at(cells: pd.Series, positions: npt.NDArray[np.intp]) -> Mask:
    """A mask of some positions."""
    mask = np.zeros(len(cells), dtype=np.bool_)
    mask[positions] = True
    return mask


# --- two coordinates in one cell --------------------------------------------------------------


def pairs_of(texts: Sequence[str]) -> list[Pair | None]:
    """Two coordinates in each of some cells, or ``None``.

    Easting and northing, latitude and longitude in either order (what they are is told by their
    size), a National Grid reference, a point in well-known text. Of two metres the first is the
    easting; whether they are exchanged, the other rows decide.
    """
    references = [_GRID_REFERENCE.fullmatch(text.strip(" .")) for text in texts]
    found = [None if r else _two_numbers(t) for r, t in zip(references, texts, strict=True)]
    size = np.array([pair or (np.nan, np.nan) for pair in found], dtype=np.float64).reshape(-1, 2)
    x, y = size[:, 0], size[:, 1]
    straight, crossed = in_gb_degrees(x, y), in_gb_degrees(y, x)
    metres = (np.fmin(x, y) >= 0) & (np.fmax(x, y) >= 1000)
    pairs: list[Pair | None] = []
    for place, (reference, pair) in enumerate(zip(references, found, strict=True)):
        if reference:
            pairs.append(_from_grid_reference(reference))
        elif pair and (straight[place] or crossed[place]):
            pairs.append(Pair(*(pair if straight[place] else pair[::-1]), degrees=True))
        else:
            pairs.append(Pair(*pair, degrees=False) if pair and metres[place] else None)
    return pairs


def _from_grid_reference(match: re.Match[str]) -> Pair | None:
    """The south-west corner of the square a reference names."""
    figures = match[3] + (match[4] or "")
    half = len(figures) // 2
    even = len(figures) % 2 == 0 and (match[4] is None or len(match[3]) == len(match[4]))
    if not even or not 1 <= half <= 5:
        return None
    alphabet = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
    major, minor = alphabet.index(match[1].upper()), alphabet.index(match[2].upper())
    column = (major - 2) % 5 * 5 + minor % 5
    row = 19 - major // 5 * 5 - minor // 5
    if not (0 <= column <= 6 and 0 <= row <= 12):
        return None
    east, north = figures[:half].ljust(5, "0"), figures[half:].ljust(5, "0")
    x, y = str(int(f"{column}{east}")), str(int(f"{row}{north}"))
    return Pair(x, y, False, "grid_reference", coarse=2 * half < FINE_FIGURES)


def _two_numbers(text: str) -> tuple[str, str] | None:
    """Two plain numbers of a cell, in its order."""
    usual = _USUAL_PAIR.fullmatch(text)
    if usual:
        return usual[1], usual[2]
    point = _WKT.fullmatch(text)
    if point:
        return _bare(point[1]), _bare(point[2])
    together = _TOGETHER.fullmatch(text)
    if together:
        return together[1], together[2]
    halves = re.split(r"(?<=[NSEW])[\s,;/|]+", text.strip("()[] "), flags=re.I)
    if len(halves) == 2:
        ends = [_axis(half) for half in halves]
        if ends[0] is not None and ends[1] is not None and max(map(_size, ends)) <= 180:
            return ends[0], ends[1]
    plain = " ".join(_LABEL.sub(" ", text).split()).strip(",;/| ")
    thousands = _THOUSANDS_PAIR.fullmatch(plain)
    if thousands:
        return _bare(thousands[1]), _bare(thousands[2])
    parts = [part for part in re.split(r"\s*[,;/|]\s*|\s+", plain) if part]
    if len(parts) != 2 or not all(re.fullmatch(r"[-+−]?\d+(?:\.\d*)?", p, re.ASCII) for p in parts):
        return None
    return _bare(parts[0]), _bare(parts[1])


def _size(number: str | None) -> float:
    """How large a written number is, whatever its sign."""
    return abs(float(number or 0))


def _bare(number: str) -> str:
    """A written number without plus sign and thousands separators."""
    return number.replace(",", "").replace("−", "-").removeprefix("+")


def _split_pairs(state: _State) -> _State:
    """Cells that hold both coordinates are split; rows that have both already stay as they are."""
    numbers = state.numbers
    placed = _whole_pair(numbers[0], numbers[1]) | _whole_pair(numbers[2], numbers[3])
    for source, partner in (
        ("coordinates", ""), ("easting", "northing"), ("lon", "lat"), ("northing", "easting"),
        ("lat", "lon"),
    ):  # fmt: skip
        text = state.cells[source]
        wanted = ~placed & filled(text)
        if partner and wanted.any():
            wanted &= ~filled(state.cells[partner]) & np.isnan(_floats(text))
        if wanted.any():
            state, done = _split(state, source, np.flatnonzero(wanted))
            placed |= done
    return state


def _whole_pair(x: Floats, y: Floats) -> Mask:
    """Rows with both numbers that are not nought and nought."""
    both: Mask = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0))
    return both


def _split(state: _State, source: str, rows: npt.NDArray[np.intp]) -> tuple[_State, Mask]:
    """The cells of one column at some rows split into the columns they belong to."""
    cells = {name: state.cells[name].to_numpy(dtype=object, copy=True) for name in _COLUMNS}
    index = state.cells.index
    done = np.zeros(len(index), dtype=np.bool_)
    trails: dict[str, list[tuple[object, str, str]]] = {}
    texts = [str(text) for text in cells[source][rows]]
    for row, text, pair in zip(rows, texts, pairs_of(texts), strict=True):
        if pair is None:
            continue
        cells[source][row] = ""
        names = DEGREES if pair.degrees else METRES
        cells[names[0]][row], cells[names[1]][row] = pair.x, pair.y
        if pair.coarse and cells["place_precision"][row] == "":
            cells["place_precision"][row] = "area"
        done[row] = True
        says = _says(names, pair.x, pair.y) + (", to the nearest square" if pair.coarse else "")
        trails.setdefault(pair.rule, []).append((index[row], text, says))
    tables = [_table(state.layer, source, rule, rows_) for rule, rows_ in sorted(trails.items())]
    after = pd.DataFrame(cells, index=index, dtype=object)
    return replace(state, cells=after, tables=(*state.tables, *tables)), done


def _says(names: tuple[str, str], x: object, y: object) -> str:
    """``easting 440715, northing 354526``."""
    return f"{names[0]} {x}, {names[1]} {y}"


def _table(
    layer: str, column: str, rule: str, rows: Iterable[tuple[object, str, str]]
) -> pd.DataFrame:
    """A trail of cells that changed, from (row, before, after)."""
    row, before, after = zip(*rows, strict=True)
    return trail.repairs(
        layer,
        column,
        rule,
        before=pd.Series(before, index=list(row), dtype=object),
        after=pd.Series(after, index=list(row), dtype=object),
    )


def check_pairs(layer: Layer, frame: pd.DataFrame) -> list[Issue]:
    """A warning for cells that should hold both coordinates and could not be read."""
    if "coordinates" not in frame.columns:
        return []
    cells = _place_cells(frame)
    numbers = _State(layer.name, cells).numbers
    placed = _whole_pair(numbers[0], numbers[1]) | _whole_pair(numbers[2], numbers[3])
    text = cells["coordinates"]
    bad = ~placed & (text != "").to_numpy(dtype=bool)
    bad &= ~text.map({t: is_not_available(t) for t in text.unique()}).to_numpy(dtype=bool)
    if not bad.any():
        return []
    return [
        Issue(
            f"{layer.name}.unread_pair",
            f"no two coordinates could be read from one cell: {quoted(text[bad])}",
            labels(layer, frame[bad]),
            "write easting and northing into a column each",
            layer.name,
            "warning",
        )
    ]


# --- the right numbers in the wrong columns ---------------------------------------------------


def _exchange(
    state: _State, mask: Mask, *, rule: str, source: tuple[str, str], target: tuple[str, str]
) -> _State:
    """Numbers of some rows go from two columns to two others (or to the same two, exchanged)."""
    if not mask.any():
        return state
    names = tuple(dict.fromkeys((*source, *target)))
    old = {name: state.cells[name] for name in names}
    new = dict(old)
    if set(source) != set(target):
        new |= {name: old[name].mask(mask, "") for name in source}
    new |= {
        there: old[there].mask(mask, old[here]) for here, there in zip(source, target, strict=True)
    }
    shown = METRES if source[0] in METRES else DEGREES
    goal = METRES if target[0] in METRES else DEGREES
    before = old[shown[0]][mask] + ", " + old[shown[1]][mask]
    after = f"{goal[0]} " + new[goal[0]][mask] + f", {goal[1]} " + new[goal[1]][mask]
    table = trail.repairs(state.layer, " and ".join(shown), rule, before=before, after=after)
    return replace(state, cells=state.cells.assign(**new), tables=(*state.tables, table))


def _rename(
    state: _State, *, source: tuple[str, str], target: tuple[str, str], rows: int, says: str
) -> _State:
    """Whole columns change their names: one finding instead of a repair per row."""
    old = {name: state.cells[name] for name in (*source, *target)}
    new = {name: pd.Series("", index=state.cells.index, dtype=object) for name in source}
    new |= {there: old[here] for here, there in zip(source, target, strict=True)}
    issue = Issue(
        f"{state.layer}.coordinate_columns",
        f"{' and '.join(sorted(source))} hold {says} in every row that has numbers ({rows}): "
        f"they are read as {' and '.join(target)}",
        tuple(sorted(source)),
        "nothing to do; a heading that says so would be clearer",
        state.layer,
        "warning",
    )
    return replace(state, cells=state.cells.assign(**new), issues=(*state.issues, issue))


def _empty(cells: pd.DataFrame, names: tuple[str, str]) -> Mask:
    """Rows in which both columns are blank."""
    mask: Mask = ((cells[names[0]] == "") & (cells[names[1]] == "")).to_numpy(dtype=bool)
    return mask


def _move_degrees(state: _State) -> _State:
    """Degrees in the columns for metres."""
    easting, northing, lon, lat = state.numbers
    straight, crossed = in_gb_degrees(easting, northing), in_gb_degrees(northing, easting)
    degrees = straight | crossed
    if not degrees.any():
        return state
    free = _empty(state.cells, DEGREES)
    pairs = _whole_pair(easting, northing)
    if free.all() and degrees[pairs].all() and pairs.sum() >= WHOLE_ROWS:
        most = straight.sum() >= crossed.sum()
        return _rename(
            state,
            source=METRES,
            target=DEGREES if most else DEGREES[::-1],
            rows=int(pairs.sum()),
            says="degrees",
        )
    near = np.hypot(easting - lon, northing - lat) < 1e-4
    near |= np.hypot(easting - lat, northing - lon) < 1e-4
    state = _exchange(
        state, straight & (free | near), rule="degrees_moved", source=METRES, target=DEGREES
    )
    return _exchange(
        state, crossed & (free | near), rule="degrees_moved", source=METRES, target=DEGREES[::-1]
    )


def _move_metres(state: _State) -> _State:
    """Metres in the columns for degrees."""
    easting, northing, lon, lat = state.numbers
    beyond = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    straight = beyond & on_land(lon, lat)
    crossed = beyond & on_land(lat, lon) & ~straight
    if not (straight | crossed).any():
        return state
    free = _empty(state.cells, METRES)
    pairs = _whole_pair(lon, lat)
    if free.all() and (straight | crossed)[pairs].all() and pairs.sum() >= WHOLE_ROWS:
        every = bool(straight[pairs].all()) or not bool(on_land(lat, lon)[pairs].all())
        return _rename(
            state,
            source=DEGREES,
            target=METRES if every else METRES[::-1],
            rows=int(pairs.sum()),
            says="metres",
        )
    near = np.hypot(easting - lon, northing - lat) <= AGREE_M
    near |= np.hypot(easting - lat, northing - lon) <= AGREE_M
    state = _exchange(
        state, straight & (free | near), rule="degrees_moved", source=DEGREES, target=METRES
    )
    return _exchange(
        state, crossed & (free | near), rule="degrees_moved", source=DEGREES, target=METRES[::-1]
    )


def _swap_degrees(state: _State) -> _State:
    """Longitude and latitude in each other's column: unambiguous in Great Britain."""
    _, _, lon, lat = state.numbers
    swapped = in_gb_degrees(lat, lon)
    pairs = _whole_pair(lon, lat)
    if swapped.sum() >= WHOLE_ROWS and swapped[pairs].all():
        return _crossed_columns(state, DEGREES, int(pairs.sum()))
    return _exchange(state, swapped, rule="axes_swapped", source=DEGREES, target=DEGREES[::-1])


def _swap_metres(state: _State) -> _State:
    """Easting and northing in each other's column, where the other rows bear witness."""
    easting, northing, lon, lat = state.numbers
    land = on_land(easting, northing)
    pairs = _whole_pair(easting, northing)
    swapped = pairs & ~land & on_land(northing, easting)
    if not swapped.any():
        return state
    if swapped[pairs].all() and pairs.sum() >= SWAP_ROWS:
        return _crossed_columns(state, METRES, int(pairs.sum()))
    from_x, from_y = to_grid(lon, lat)
    home_x, home_y = np.where(land, easting, from_x), np.where(land, northing, from_y)
    others = on_land(home_x, home_y) & ~swapped
    among = _among(northing, easting, (home_x[others], home_y[others]))
    own = np.hypot(northing - from_x, easting - from_y) <= 1000.0
    proved = swapped & (among | own)
    return _exchange(state, proved, rule="axes_swapped", source=METRES, target=METRES[::-1])


def _among(x: Floats, y: Floats, others: tuple[Floats, Floats]) -> Mask:
    """Whether points lie among others: no further out than they, and no more lonely."""
    count = len(others[0])
    inside = np.zeros(x.shape, dtype=np.bool_)
    usable = np.isfinite(x) & np.isfinite(y)
    if count < SWAP_ROWS or not usable.any():
        return inside
    middle_x, middle_y = np.median(others[0]), np.median(others[1])
    usual_m = np.percentile(np.hypot(others[0] - middle_x, others[1] - middle_y), 95)
    from scipy.spatial import cKDTree  # slow to import, and seldom needed

    points = np.column_stack(others)
    tree = cKDTree(points)
    alone_m = np.percentile(np.asarray(tree.query(points, k=2)[0])[:, 1], 95)
    away_m = np.hypot(x[usable] - middle_x, y[usable] - middle_y)
    nearest_m = tree.query(np.column_stack([x[usable], y[usable]]))[0]
    inside[usable] = (away_m <= 1.5 * usual_m) & (nearest_m <= max(3 * alone_m, 5000.0))
    return inside


def _crossed_columns(state: _State, names: tuple[str, str], rows: int) -> _State:
    """Two whole columns stood under each other's heading."""
    first, second = names
    crossed = {first: state.cells[second], second: state.cells[first]}
    issue = Issue(
        f"{state.layer}.coordinate_columns",
        f"{first} and {second} stand in each other's column in every row that has numbers "
        f"({rows}): only exchanged do they lie in Great Britain, and so they are read",
        names,
        "exchange the two headings",
        state.layer,
        "warning",
    )
    return replace(state, cells=state.cells.assign(**crossed), issues=(*state.issues, issue))

"""A published file -> a layer in the planner's own columns, with the whole trail. Pure.

``take_in`` is the story: headings, further tables, repairs, what can be derived, places from
postcodes, the area asked for, checks. Rows in are rows out plus rows listed, always.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from assets.cells import as_text, slug, typed
from assets.checks import check_all
from assets.importing.derive import derive, text_of
from assets.importing.joins import Join, join_up
from assets.issues import InputError, Issue, nearest
from assets.mending.clean import clean
from assets.mending.repairs import labels
from assets.naming.headings import MAPPING_COLUMNS, Mapped, map_headings
from assets.places import GRID, locate
from assets.schema import CARRIED, LAYERS, Column, Layer
from assets.sheets import Sheet, sheet_of
from assets.stations import with_stations
from assets.trail import aside, joined, no_repairs, none_aside, repairs
from assets.whereabouts import strays
from assets.whereabouts.postcodes import PostcodeBook
from assets.whereabouts.postcodes import locate as locate_by_postcode

#: Layers that can be taken in.
KINDS = ("buildings", "services", "stations", "demand", "areas", "leases")
#: Coordinates are written to the decimetre.
_DECIMALS = 1


@dataclass(frozen=True)
class Request:
    """What the user asked of an import.

    Attributes:
        given: source heading -> column; ``-`` = do not use it.
        constants: column -> value of every row where the source is blank.
        postcodes: where postcodes are, if a file was given.
        joins: tables laid beside the layer by its codes.
        within: outline (EPSG:27700) outside which rows are set aside; ``None`` = everywhere.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    postcodes: PostcodeBook | None = None
    joins: Sequence[Join] = ()
    within: shapely.Geometry | None = None


@dataclass(frozen=True)
class Intake:
    """A layer taken in.

    Attributes:
        layer: its schema.
        frame: canonical columns that the source fills, then the source's other columns as
            ``src_...``; index = source row numbers. A GeoDataFrame (EPSG:27700) where the
            layer has geometry; a row without a place has none.
        sheet: the same as the planner will read it.
        issues: everything wrong or odd, of the reading, the headings and the cells.
        repairs: cells changed or filled, columns `assets.trail.REPAIR_COLUMNS`.
        aside: rows not in the layer, columns `assets.trail.ASIDE_COLUMNS`.
        mapping: how each heading was read, columns `assets.naming.headings.MAPPING_COLUMNS`.
        publication: the publication recognised, ``""`` if none.
        rows_in: rows of the source with anything in them.
        suggested: where rows that look misplaced may belong: id, x, y (EPSG:27700, m).
    """

    layer: Layer
    frame: pd.DataFrame
    sheet: Sheet
    issues: tuple[Issue, ...]
    repairs: pd.DataFrame
    aside: pd.DataFrame
    mapping: pd.DataFrame
    publication: str
    rows_in: int
    suggested: pd.DataFrame


@dataclass(frozen=True)
class _Trail:
    """What the steps so far did and found."""

    repairs: tuple[pd.DataFrame, ...] = ()
    aside: tuple[pd.DataFrame, ...] = ()
    issues: tuple[Issue, ...] = ()
    far: tuple[pd.DataFrame, ...] = ()

    def and_(
        self,
        repairs_: pd.DataFrame | None = None,
        aside_: pd.DataFrame | None = None,
        issues: Sequence[Issue] = (),
    ) -> _Trail:
        """The trail with another step's part."""
        more = () if repairs_ is None else (repairs_,)
        gone = () if aside_ is None else (aside_,)
        told = (*self.issues, *issues)
        return _Trail((*self.repairs, *more), (*self.aside, *gone), told, self.far)


def take_in(kind: str, raw: pd.DataFrame, request: Request | None = None) -> Intake:
    """Turn a file as read into a layer.

    Args:
        kind: one of `KINDS`.
        raw: as `assets.read.read_layer` gives it.
        request: mappings, constants, postcodes, joins and area.

    Raises:
        InputError: unknown kind, heading, column or constant; a join without codes.
    """
    request = request or Request()
    layer = layer_called(kind)
    mapped = map_headings(layer, raw, given=request.given)
    frame, set_mapping = _with_constants(layer, mapped, request.constants)
    beside = join_up(layer, frame, request.joins)
    cleaned = clean(layer, beside.frame)
    trail = _Trail((), (), (*mapped.issues, *beside.issues))
    trail = trail.and_(cleaned.repairs, cleaned.aside, cleaned.issues)
    derived = derive(layer, cleaned.frame)
    trail = trail.and_(derived.repairs, derived.aside, derived.issues)
    placed, trail = _placed(layer, derived.frame, request, trail)
    weights = tuple(name for name in request.given.values() if layer.open_columns)
    out, unread = _finished(layer, placed, mapped, weights=weights)
    out, sheet, late = _settled(kind, out, raw)
    found = _checked(kind, sheet)
    said = _called_as_written(trail.issues, layer, beside.frame, sheet=sheet)
    issues = (*raw.attrs.get("issues", ()), *_once(said, found), *found)
    made = joined([*trail.repairs, unread], no_repairs())
    gone = joined([*trail.aside, *late], none_aside())
    mapping = pd.concat([mapped.mapping, set_mapping, beside.mapping], ignore_index=True)
    if len(raw) != len(out) + len(gone):
        raise AssertionError(f"{len(raw)} rows in, {len(out)} out, {len(gone)} listed")
    return Intake(
        layer=layer,
        frame=out,
        sheet=sheet,
        issues=tuple(dict.fromkeys(issues)),
        repairs=_named(made, sheet),
        aside=gone,
        mapping=mapping.loc[:, list(MAPPING_COLUMNS)],
        publication=mapped.publication,
        rows_in=len(raw),
        suggested=_suggested(sheet, trail.far),
    )


def layer_called(kind: str) -> Layer:
    """The layer called ``kind``.

    Raises:
        InputError: there is none, or it cannot be taken in.
    """
    if kind not in KINDS:
        raise InputError(
            Issue(
                "import.kind", f"no layer '{kind}' can be imported", (kind,), nearest(kind, KINDS)
            )
        )
    return LAYERS[kind]


def _with_constants(
    layer: Layer, mapped: Mapped, constants: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Blank cells of the columns told (or known from the publication) filled, and the record."""
    known = {c.name for c in (*layer.columns, *layer.helpers)}
    wrong = [name for name in constants if name not in known]
    if wrong:
        raise InputError(
            Issue("import.unknown_column", f"{layer.name} has no column '{name}' to set", (name,),
                  nearest(name, known), layer.name)
            for name in wrong
        )  # fmt: skip
    frame = mapped.frame
    told = {**mapped.constants, **constants}
    record = []
    for name, value in told.items():
        own = text_of(frame, name)
        if name in constants or (own == "").all():
            frame = frame.assign(**{name: own.where(own != "", value)})
            how = "set by you" if name in constants else f"set: {mapped.publication}"
            record.append((f"(every blank cell: {value})", name, how, ""))
    return frame, pd.DataFrame(record, columns=list(MAPPING_COLUMNS), dtype=object)


# --- places ----------------------------------------------------------------------------------


def _placed(
    layer: Layer, frame: pd.DataFrame, request: Request, trail: _Trail
) -> tuple[pd.DataFrame, _Trail]:
    """Places from postcodes, and rows outside the area asked for set aside."""
    has_place = layer.find("easting") is not None or layer.name == "services"
    if request.postcodes is not None and has_place:
        found = locate_by_postcode(frame, request.postcodes, layer=layer.name)
        frame = found.frame
        trail = replace(trail.and_(found.repairs, None, found.issues), far=(found.far,))
    if request.within is None or not has_place:
        return frame, trail
    x, y = _points(frame)
    placed = np.isfinite(x) & np.isfinite(y)
    inside = ~placed | shapely.intersects_xy(request.within, np.nan_to_num(x), np.nan_to_num(y))
    gone = frame[~inside]
    ids = text_of(frame, layer.key)[~inside]
    return frame[inside], trail.and_(None, aside(layer.name, "outside_area", gone, ids=ids))


def outline_of(frame: pd.DataFrame, margin_m: float) -> shapely.Geometry:
    """The outline of all areas of a file, widened by a margin.

    Args:
        frame: as `assets.read.read_table` gives it, with polygons (EPSG:27700).
        margin_m: how much wider, in metres.

    Raises:
        InputError: the file has no polygons.
    """
    shapes = np.asarray(frame.geometry.array, dtype=object) if _geographic(frame) else np.array([])
    areal = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))] if len(shapes) else shapes
    if len(areal) == 0:
        raise InputError(
            Issue("import.no_outline", "the file of --within has no polygons", ("--within",),
                  "name a file with the outline of the area (GeoPackage, GeoJSON ...)")
        )  # fmt: skip
    return shapely.buffer(shapely.union_all(shapely.make_valid(areal)), margin_m)


def _points(frame: pd.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """A point per row (NaN where there is none or it is no credible place)."""
    numbers = {
        name: pd.to_numeric(text_of(frame, name).str.replace(",", ""), errors="coerce")
        for name in ("easting", "northing", "lon", "lat")
    }
    shapes = np.asarray(frame.geometry.array, dtype=object) if _geographic(frame) else None
    places = locate(pd.DataFrame(numbers, index=frame.index), shapes)
    sound = (places["fault"] == "").to_numpy()
    x, y = places["x"].to_numpy(dtype=np.float64), places["y"].to_numpy(dtype=np.float64)
    return np.where(sound, x, np.nan), np.where(sound, y, np.nan)


def _geographic(frame: pd.DataFrame) -> bool:
    """Whether the frame has geometry."""
    return isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None


# --- the layer as written --------------------------------------------------------------------


def _finished(
    layer: Layer, frame: pd.DataFrame, mapped: Mapped, *, weights: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The layer's columns with typed cells, then the source's others; and cells left blank."""
    columns: dict[str, pd.Series] = {}
    unread = []
    for name in _ordered(layer, frame, weights):
        column = layer.find(name) or Column(name, "number", "a weight")
        values, bad = typed(column, frame[name])
        cells = text_of(frame, name)
        columns[name] = _blank_as_given(cells, _as_written(column, cells.mask(bad, ""), values))
        if bad.any():
            unread.append(
                repairs(
                    layer.name, name, "unreadable_cell", before=cells, after=cells.mask(bad, "")
                )
            )
    others = _carried(frame, mapped, own=set(columns))
    out = _with_geometry(layer, pd.DataFrame({**columns, **others}, index=frame.index), frame)
    return out, joined([*unread, *_moved(layer, columns, out)], no_repairs())


def _ordered(layer: Layer, frame: pd.DataFrame, weights: Sequence[str]) -> list[str]:
    """The layer's columns that the frame has, in the layer's order, then others that count."""
    present = [str(name) for name in frame.columns if layer.find(str(name)) is not None]
    order = [name for name in layer.names if name in present]
    ranges = sorted(set(present) - set(order))
    return [*order, *ranges, *(w for w in weights if w in frame.columns and w not in present)]


def _as_written(column: Column, cells: pd.Series, values: pd.Series) -> pd.Series:
    """The planner's words where the cell is one of them, else the source's own."""
    if column.kind not in ("slug", "slugs"):
        return values
    known = values.isin((*column.allowed, *column.usual))
    # A slug drops what is no letter of ours: the cell is kept if that makes it another word.
    same = values.map(_letters) == cells.map(_letters)
    return values.where(known & same, cells)


def _letters(text: str) -> str:
    """Letters and digits of a text, whatever the case."""
    return re.sub(r"[\W_]+", "", text).lower()


def _blank_as_given(cells: pd.Series, values: pd.Series) -> pd.Series:
    """Typed values, blank where the source was blank: defaults are the planner's, not a file's."""
    if values.dtype.kind == "b":
        words = values.map({True: "yes", False: "no"}).astype(object)
        return words.mask(cells == "", "")
    if values.dtype.kind == "M":
        dates: pd.Series = values.dt.strftime("%Y-%m-%d").fillna("").astype(object)
        return dates
    if values.dtype.kind == "f":
        return values.mask((cells == "") & values.notna())
    return values.mask(cells == "", "").astype(object)


def _carried(frame: pd.DataFrame, mapped: Mapped, *, own: set[str]) -> dict[str, pd.Series]:
    """Columns of the source that are no columns of the layer, under ``src_`` and their heading."""
    shape = {frame.active_geometry_name} if isinstance(frame, gpd.GeoDataFrame) else set()
    back = {
        str(column): str(heading)
        for heading, column in zip(mapped.mapping["heading"], mapped.mapping["column"], strict=True)
        if column
    }
    carried: dict[str, pd.Series] = {}
    for name in frame.columns:
        if name in own or name in shape:
            continue
        heading = back.get(str(name), str(name))
        plain = slug(heading.removeprefix(CARRIED)) or "column"
        target, turn = CARRIED + plain, 2
        while target in carried:
            target, turn = f"{CARRIED}{plain}_{turn}", turn + 1
        carried[target] = as_text(frame[name])
    return carried


def _with_geometry(layer: Layer, out: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Points from coordinates (and coordinates from points), or the outlines as they are."""
    if layer.geometry == "polygon" and _geographic(frame):
        outlines: pd.DataFrame = gpd.GeoDataFrame(
            out, geometry=np.asarray(frame.geometry.array, dtype=object), crs=GRID
        )
        return outlines
    if layer.geometry != "point":
        return out
    x, y = _points(frame)
    placed = np.isfinite(x)
    for name, values in (("easting", x), ("northing", y)):
        written = out[name] if name in out.columns else pd.Series(np.nan, index=out.index)
        # A figure that says the same place stays as it is.
        same = (written - values).abs() <= 0.5 * 10**-_DECIMALS
        out = out.assign(**{name: written.mask(placed & ~same, np.round(values, _DECIMALS))})
    points = np.full(len(out), None, dtype=object)
    points[placed] = shapely.points(x[placed], y[placed])
    order = [*(n for n in layer.names if n in out.columns)]
    rest = [name for name in out.columns if name not in order]
    placed_rows: pd.DataFrame = gpd.GeoDataFrame(out[order + rest], geometry=points, crs=GRID)
    return placed_rows


def _moved(layer: Layer, written: Mapping[str, pd.Series], out: pd.DataFrame) -> list[pd.DataFrame]:
    """Coordinates that the row's geometry has replaced."""
    return [
        repairs(layer.name, name, "from_geometry", before=written[name],
                after=out[name].where(written[name].notna()))
        for name in ("easting", "northing")
        if layer.geometry == "point" and name in written
    ]  # fmt: skip


def _settled(
    kind: str, out: pd.DataFrame, raw: pd.DataFrame
) -> tuple[pd.DataFrame, Sheet, list[pd.DataFrame]]:
    """The layer as the planner will read it, less rows that only now are seen to be none.

    Two rows may be the same once what cannot be read is left blank.
    """
    late: list[pd.DataFrame] = []
    while len((sheet := sheet_of(kind, _reread(out))).aside):
        for rule, found in sheet.aside.groupby("rule", sort=True):
            rows = found["row"].astype(raw.index.dtype)
            late.append(aside(kind, str(rule), raw.loc[rows], ids=found["id"]))
        out = out[~out.index.isin(sheet.aside["row"])]
    return out, sheet, late


def _reread(out: pd.DataFrame) -> pd.DataFrame:
    """The layer as it will be read back: points from its columns, outlines from the geometry."""
    if _geographic(out) and "easting" in out.columns:
        return pd.DataFrame(out.drop(columns=out.geometry.name))
    return out


#: Rules that a layer cannot keep on its own: those of units in buildings, and of leases.
_OF_OTHER_LAYERS = frozenset({"operational_but_empty", "leasehold_without_lease"})


def _checked(kind: str, sheet: Sheet) -> list[Issue]:
    """What is wrong with the layer on its own."""
    sheets = {name: sheet if name == kind else _absent(name) for name in LAYERS}
    return [
        issue
        for issue in check_all(sheets, with_stations(sheets))
        if issue.layer == kind and issue.rule.rpartition(".")[2] not in _OF_OTHER_LAYERS
    ]


def _called_as_written(
    issues: Sequence[Issue], layer: Layer, frame: pd.DataFrame, *, sheet: Sheet
) -> list[Issue]:
    """Issues that call rows as the layer that is written does: an id may have been made since."""
    now = dict(zip(sheet.rows, sheet.labels, strict=True))
    names = dict(zip(labels(layer, frame), (now.get(row) for row in frame.index), strict=True))
    return [
        replace(issue, ids=tuple(str(names.get(one) or one) for one in issue.ids))
        for issue in issues
    ]


def _once(before: Sequence[Issue], after: Sequence[Issue]) -> list[Issue]:
    """Issues found before the layer was made that are not found of the same rows afterwards."""
    told: dict[str, set[str]] = {}
    for issue in after:
        told.setdefault(issue.rule, set()).update(issue.ids)
    return [i for i in before if not i.ids or not told.get(i.rule, set()).issuperset(i.ids)]


def _suggested(sheet: Sheet, far: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Where misplaced rows may belong, by their postcode or else by the other rows."""
    names = {"suggested_x": "x", "suggested_y": "y"}
    by_postcode = [
        table.loc[table["suggested_x"].notna(), ["id", *names]].rename(columns=names)
        for table in far
    ]
    by_others = strays.suggested(sheet) if len(sheet.places) else pd.DataFrame()
    tables = [table for table in (*by_postcode, by_others) if len(table)]
    if not tables:
        return pd.DataFrame({"id": [], "x": [], "y": []})
    return pd.concat(tables, ignore_index=True).drop_duplicates("id")


@cache
def _absent(kind: str) -> Sheet:
    """The sheet of a layer that is not there."""
    return sheet_of(kind, None)


def _named(made: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
    """Repairs with the final id of their row."""
    ids = pd.Series(sheet.labels, index=sheet.rows, dtype=object)
    return made.assign(id=made["row"].map(ids).fillna(made["id"]).astype(object))

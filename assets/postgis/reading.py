"""A table of a database -> frame, row by row in an order that never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, LiteralString

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from psycopg import sql

from assets.cells import as_text
from assets.issues import InputError, Issue
from assets.postgis.address import Address, address_of
from assets.postgis.catalogue import WIRE, Field, Relation, fields_of, relation_of, suggested
from assets.postgis.server import Session, session
from assets.reading.source import MAX_CELLS, MAX_ROWS
from assets.reading.source import MAX_FILE_BYTES as MAX_BYTES

GRID_SRID = 27700
FIRST_ROW = 2
_MIDNIGHT = r" 00:00:00(?:[+-]\d\d(?::\d\d)?)?$"


@dataclass(frozen=True)
class Selection:
    """What is read of a table.

    Attributes:
        relation: the table.
        fields: its columns that are read, in order.
        notes: what is left out, and why.
    """

    relation: Relation
    fields: tuple[Field, ...]
    notes: tuple[Issue, ...]

    @property
    def types(self) -> list[str]:
        """Wire types of what is selected."""
        found = []
        for field in self.fields:
            found.append(WIRE.get(field.kind, "text"))
            if field.kind == "shape":
                found.append("int8")
        return found

    def copy(self, limit: int) -> sql.Composed:
        """The rows, at most so many, as a stream."""
        return sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(self.statement(limit))

    def statement(self, limit: int) -> sql.Composed:
        """The rows in the order of the primary key, or of all columns where there is none.

        Text is ordered by its bytes, so that two servers agree.
        """
        columns, order, alias = [], [], 0
        keyed = any(field.key for field in self.fields)
        for field in self.fields:
            for place, expression in enumerate(field.expressions()):
                name = sql.Identifier(f"c{alias}")
                columns.append(sql.SQL("{} AS {}").format(expression, name))
                collated = WIRE.get(field.kind) is None
                how: LiteralString = '{} COLLATE "C"' if collated else "{}"
                if field.key or not keyed:
                    order.append((field.key, place, sql.SQL(how).format(name)))
                alias += 1
        order.sort(key=lambda item: item[0])
        return sql.SQL("SELECT * FROM (SELECT {} FROM {}) AS rows ORDER BY {} LIMIT {}").format(
            sql.SQL(", ").join(columns),
            self.relation.identifier,
            sql.SQL(", ").join(item[2] for item in order),
            sql.Literal(limit),
        )


def read_table(url: str, *, layer: str = "") -> pd.DataFrame:
    """Read a table, view or foreign table of a PostgreSQL server.

    Args:
        url: ``postgresql://user@host:port/database?table=schema.name``; further parameters are
            libpq's, ``geometry=column`` chooses among several geometry columns.
        layer: which layer the table is, for its issues.

    Returns:
        A row per row, ordered by primary key or else by all columns; index ``row`` counts
        from 2, as in a spreadsheet with a heading. Numbers as int64 or float64 where that is
        exact, truth values as bool, dates and everything else as trimmed text (missing =
        ``""``), lists joined by ``;``. A GeoDataFrame in EPSG:27700 without heights where the
        table has geometry. ``frame.attrs["issues"]`` holds warnings.

    Raises:
        InputError: the server or the table cannot be read, has no rows or too many, or has
            geometry without a reference system.
    """
    try:
        frame = _read(address_of(url))
    except InputError as error:
        raise InputError(replace(issue, layer=layer) for issue in error.issues) from error
    frame.attrs["issues"] = tuple(replace(note, layer=layer) for note in frame.attrs["issues"])
    return frame


def _read(address: Address) -> pd.DataFrame:
    """The table of an address."""
    with session(address) as opened:
        selection = _selection(opened, address)
        rows = _rows(opened, selection)
        systems = _systems(opened, selection, rows)
    columns = list(zip(*rows, strict=True))
    frame = _frame(selection, columns, systems, address)
    frame.attrs["issues"] = selection.notes
    return frame


def fingerprint(url: str) -> str:
    """SHA-256 of everything `read_table` would read: the same rows, the same figure.

    It does not depend on the server, the order in which rows were stored, or columns of kinds
    that are not read.

    Raises:
        InputError: as `read_table`.
    """
    address = address_of(url)
    digest = hashlib.sha256()
    with session(address) as opened:
        selection = _selection(opened, address)
        heading = [(field.name, field.type_name, field.listed) for field in selection.fields]
        digest.update(repr(heading).encode())
        for block in _blocks(opened, selection):
            digest.update(block)
    return digest.hexdigest()


# --- what is read ---------------------------------------------------------------------------


def _selection(opened: Session, address: Address) -> Selection:
    """The table of an address and its columns.

    Raises:
        InputError: no such table, no right to read it, several geometry columns.
    """
    relation = relation_of(opened.connection, address)
    fields = fields_of(opened.connection, relation)
    chosen = _one_shape(fields, address)
    left_out = [field for field in fields if field.kind == "binary"]
    withheld = [field for field in fields if not field.readable]
    others = [field for field in fields if field.kind == "shape" and field is not chosen]
    not_read = {field.name for field in (*left_out, *withheld, *others)}
    whole_key = not any(field.key for field in fields if field.name in not_read)
    kept = tuple(
        # A key with a part missing orders nothing: then all columns do.
        field if whole_key else replace(field, key=0)
        for field in fields
        if field.name not in not_read
    )
    if not kept:
        raise InputError(
            _about(address, "database.no_columns", "the table has no column that can be read")
        )
    notes = [
        _left_out(address, "database.columns_withheld", withheld, "the user may not read them"),
        _left_out(address, "database.columns_left_out", left_out, "they hold pictures or files"),
        _left_out(address, "database.columns_left_out", others, "another geometry was chosen"),
    ]
    return Selection(relation, kept, tuple(note for note in notes if note is not None))


def _one_shape(fields: Sequence[Field], address: Address) -> Field | None:
    """The geometry column to read, if there is one."""
    shapes = [field for field in fields if field.kind == "shape" and field.readable]
    names = [field.name for field in shapes]
    if address.geometry and address.geometry not in names:
        hint = suggested(address.geometry, names) if names else "leave 'geometry=' out"
        says = f"the table has no geometry column '{address.geometry}'"
        raise InputError(Issue("database.no_geometry", says, (address.shown,), hint))
    if address.geometry:
        return shapes[names.index(address.geometry)]
    if len(shapes) > 1:
        says = f"the table has {len(shapes)} geometry columns"
        hint = f"add &geometry={names[0]} (or another) to the address"
        raise InputError(Issue("database.two_geometries", says, tuple(names), hint))
    return shapes[0] if shapes else None


def _left_out(address: Address, rule: str, fields: Sequence[Field], why: str) -> Issue | None:
    """A warning about columns that are not read."""
    names = tuple(field.name for field in fields)
    says = f"columns of {address.shown} are left out: {why}"
    return Issue(rule, says, names, "", severity="warning") if names else None


def _about(address: Address, rule: str, says: str, remedy: str = "") -> Issue:
    """An error about the table."""
    return Issue(rule, says, (address.shown,), remedy)


def _rows(opened: Session, selection: Selection) -> list[tuple[Any, ...]]:
    """All rows.

    Raises:
        InputError: none, or more than are read.
    """
    rows: list[tuple[Any, ...]] = []
    held, most = 0, min(MAX_ROWS, MAX_CELLS // len(selection.fields))
    long = [place for place, wire in enumerate(selection.types) if wire in ("text", "bytea")]
    with opened.connection.cursor() as cursor, cursor.copy(selection.copy(most + 1)) as copy:
        copy.set_types(selection.types)
        for row in copy.rows():
            held += sum([len(row[place] or "") for place in long])
            if len(rows) == most or held > MAX_BYTES:
                raise InputError(_too_large(opened.address, most))
            rows.append(row)
    if not rows:
        says = f"the table {selection.relation.schema}.{selection.relation.name} has no rows"
        remedy = "fill it, or leave it out"
        raise InputError(_about(opened.address, "database.empty_table", says, remedy))
    return rows


def _blocks(opened: Session, selection: Selection) -> Iterator[bytes]:
    """The rows as the server sends them."""
    with opened.connection.cursor() as cursor, cursor.copy(selection.copy(MAX_ROWS + 1)) as copy:
        for block in copy:
            yield bytes(block)


def _too_large(address: Address, rows: int) -> Issue:
    """The table is beyond what is read."""
    return _about(
        address,
        "read.too_large",
        f"the table has more than {rows:,} rows or {MAX_BYTES / 2**20:,.0f} MB",
        "make a view of only the rows and columns of the study area",
    )


# --- rows -> frame --------------------------------------------------------------------------


def _frame(
    selection: Selection,
    columns: list[tuple[Any, ...]],
    systems: dict[int, pyproj.CRS],
    address: Address,
) -> pd.DataFrame:
    """Columns as they came -> typed columns under tidy headings."""
    index = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(columns[0]), name="row")
    made: dict[str, pd.Series] = {}
    shapes: tuple[str, gpd.GeoSeries] | None = None
    queue = iter(columns)
    tidy = _headings([field.name for field in selection.fields])
    for field, heading in zip(selection.fields, tidy, strict=True):
        cells = next(queue)
        if field.kind == "shape":
            placed = _placed(cells, next(queue), systems, address)
            shapes = (heading, gpd.GeoSeries(placed, index=index, crs=GRID_SRID))
        else:
            made[heading] = _column(field.kind, cells, index)
    frame = pd.DataFrame(made, index=index)
    if shapes is None or shapes[1].isna().all():
        return frame
    name = "geometry" if "geometry" not in made else shapes[0]
    placed_frame: pd.DataFrame = gpd.GeoDataFrame(frame.assign(**{name: shapes[1]}), geometry=name)
    return placed_frame


def _headings(names: list[str]) -> list[str]:
    """Names without stray blanks, unless that would make two the same."""
    tidy = [" ".join(name.split()) for name in names]
    return tidy if len(set(tidy)) == len(tidy) and all(tidy) else names


def _column(kind: str, cells: tuple[Any, ...], index: pd.Index) -> pd.Series:
    """One column, typed."""
    filled = None not in cells
    if kind == "whole":
        return pd.Series(_whole(cells, filled), index=index)
    if kind == "float":
        return pd.Series([np.nan if c is None else c for c in cells], index=index, dtype=float)
    if kind == "decimal":
        return pd.Series(_decimals(cells), index=index)
    if kind == "truth" and filled:
        return pd.Series(cells, index=index, dtype=bool)
    text = as_text(pd.Series(cells, index=index, dtype=object))
    return text.str.replace(_MIDNIGHT, "", regex=True) if kind == "moment" else text


def _whole(cells: tuple[Any, ...], filled: bool) -> np.ndarray:
    """Whole numbers: int64, or float64 where some are missing and all others exact."""
    if filled:
        return np.array(cells, dtype="int64")
    if max((abs(cell) for cell in cells if cell is not None), default=0) < 2**53:
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
    return np.array(["" if cell is None else str(cell) for cell in cells], dtype=object)


def _decimals(cells: tuple[Any, ...]) -> np.ndarray:
    """Decimal fractions as float64 where that loses no digit, else as they are written."""
    values = [np.nan if cell is None else float(cell) for cell in cells]
    exact = all(
        cell is None or cell == "NaN" or Decimal(repr(value)) == Decimal(cell)
        for cell, value in zip(cells, values, strict=True)
    )
    if exact:
        return np.array(values, dtype=float)
    return np.array(["" if cell is None else cell for cell in cells], dtype=object)


# --- geometry -------------------------------------------------------------------------------


def _systems(
    opened: Session, selection: Selection, rows: list[tuple[Any, ...]]
) -> dict[int, pyproj.CRS]:
    """The reference systems of the geometries, as the server's own list has them."""
    if "bytea" not in selection.types:
        return {}
    place = selection.types.index("bytea") + 1
    srids = sorted({row[place] for row in rows} - {None, 0})
    home = next(field.type_schema for field in selection.fields if field.kind == "shape")
    query = sql.SQL("SELECT srid, auth_name, auth_srid, srtext FROM {} WHERE srid = ANY(%s)")
    listed = opened.connection.execute(
        query.format(sql.Identifier(home, "spatial_ref_sys")), (srids,)
    ).fetchall()
    return {row[0]: crs for row in listed if (crs := _crs(*row[1:])) is not None}


def _crs(authority: str | None, number: int | None, text: str | None) -> pyproj.CRS | None:
    """A reference system by its public number, or else by its description."""
    for way in (f"{authority}:{number}" if authority and number else None, text):
        if way:
            try:
                return pyproj.CRS.from_user_input(way)
            except pyproj.exceptions.CRSError:
                continue
    return None


def _placed(
    cells: tuple[Any, ...],
    srids: tuple[Any, ...],
    systems: dict[int, pyproj.CRS],
    address: Address,
) -> np.ndarray:
    """Geometries in the British National Grid.

    Raises:
        InputError: some have no reference system, an unknown one, or a shape not read.
    """
    raw = np.array(cells, dtype=object)
    filled = np.array([cell is not None for cell in cells])
    shapes = shapely.from_wkb(raw, on_invalid="ignore")
    systems_of = np.array([-1 if srid is None else srid for srid in srids], dtype="int64")
    unknown = filled & ~np.isin(systems_of, [0, *systems])
    checks = (
        ("read.no_crs", "rows have geometry without a reference system (SRID 0)",
         "set it with UpdateGeometrySRID or ST_SetSRID (27700 is the British National Grid)",
         filled & (systems_of == 0)),
        ("database.unknown_crs", "rows have geometry in a reference system nobody knows",
         "convert it with ST_Transform(…, 27700)", unknown),
        ("database.shape_not_read", "rows have shapes that are not read (surfaces, solids)",
         "make them points, lines or polygons, for instance with ST_Force2D",
         filled & shapely.is_missing(shapes)),
    )  # fmt: skip
    faults = [
        Issue(rule, says, tuple(f"row {row + FIRST_ROW}" for row in np.flatnonzero(wrong)), remedy)
        for rule, says, remedy, wrong in checks
        if wrong.any()
    ]
    if faults:
        raise InputError(faults)
    for srid, crs in systems.items():
        here = filled & (systems_of == srid)
        if here.any() and crs != pyproj.CRS.from_epsg(GRID_SRID):
            moved = gpd.GeoSeries(shapes[here], crs=crs).to_crs(GRID_SRID)
            shapes[here] = moved.to_numpy()
    return shapes

"""Frames -> tables of a schema, all of them or none.

Everything happens in one transaction: a server that dies half-way, a full disk or a refusal
leaves what was there before. A table is replaced only if its comment says that Groundplan
wrote it; one whose columns stay the same keeps its grants, its views and its readers.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from psycopg import Connection, errors, sql

from assets.issues import InputError, Issue
from assets.postgis.address import Address, address_of
from assets.postgis.server import Session, refused, session

GRID_SRID = 27700
MARK = "Groundplan:"
KEY = "row_id"
MAX_NAME_BYTES = 63
_HASH_DIGITS = 8
_MANY = {
    "Polygon": "MultiPolygon",
    "LineString": "MultiLineString",
    "LinearRing": "MultiLineString",
}
_TABLES = frozenset({"r", "p"})


@dataclass(frozen=True)
class Table:
    """A table to be written.

    Attributes:
        name: what it is called.
        columns: name -> type as the server spells it, in order, the key first.
        full_names: shortened column name -> the whole name.
        rows: cells by column, in the order of ``columns``.
        count: number of rows.
        shape: name of the geometry column; ``""`` = none.
        comment: what the table's comment says.
    """

    name: str
    columns: Mapping[str, str]
    full_names: Mapping[str, str]
    rows: Sequence[Sequence[Any]]
    count: int
    shape: str
    comment: str


def write_layers(
    url: str,
    schema: str,
    layers: Mapping[str, pd.DataFrame],
    *,
    note: str = "",
    alone: bool = False,
) -> tuple[str, ...]:
    """Write frames as tables of a schema: all of them, or nothing is changed.

    Args:
        url: ``postgresql://user@host:port/database``, without a table.
        schema: where the tables go; made if absent.
        layers: table name -> frame. Geometry is written in EPSG:27700 (SRID 27700) without
            heights, lines and polygons as multi-part, with a spatial index. The primary key
            ``row_id`` counts rows from 1 in their order.
        note: what the tables are, for their comments.
        alone: other tables of the schema that Groundplan wrote are emptied, so that nothing
            of an earlier run is taken for a part of this one.

    Returns:
        ``schema.table`` of every table written, in the order of ``layers``.

    Raises:
        InputError: the server refuses or stops, the schema is the server's own, there is no
            PostGIS, a table of that name is not Groundplan's, views stand on one that changes,
            geometry has no reference system.
    """
    address = _writable(url, schema)
    tables = _tables(layers, note)
    with session(address, write=True) as opened:
        # Two who publish at once take turns, and neither mixes with the other.
        opened.connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"groundplan.{schema}",)
        )
        home = _home_of_shapes(opened, any(table.shape for table in tables))
        _make_schema(opened.connection, schema)
        kept = _replaceable(opened, schema, tables)
        for table in tables:
            _replace(opened, sql.Identifier(schema, table.name), table, (kept, home))
        if alone:
            _empty_others(opened.connection, schema, [table.name for table in tables])
        opened.commit()
    return tuple(f"{schema}.{table.name}" for table in tables)


def _writable(url: str, schema: str) -> Address:
    """The address, if it and the schema can be written to.

    Raises:
        InputError: the address names a table, the schema is the server's own or has no name.
    """
    address = address_of(url)
    faults = []
    if address.table or address.geometry:
        faults.append(
            Issue("database.address", "the address to write to names a table",
                  (address.shown,), "leave table= and geometry= out of it")
        )  # fmt: skip
    own = schema.lower().startswith("pg_") or schema.lower() == "information_schema"
    if own or schema.strip() == "" or len(schema.encode()) > MAX_NAME_BYTES or "\0" in schema:
        faults.append(
            Issue("database.schema", f"'{schema}' cannot be a schema of yours", (schema,),
                  "take a plain word, such as 'groundplan'")
        )  # fmt: skip
    if faults:
        raise InputError(faults)
    return address


# --- frames -> tables -----------------------------------------------------------------------


def _tables(layers: Mapping[str, pd.DataFrame], note: str) -> list[Table]:
    """Every frame as a table.

    Raises:
        InputError: geometry without a reference system, two names the same when shortened.
    """
    made, faults = [], []
    for name, frame in layers.items():
        if isinstance(frame, gpd.GeoDataFrame) and frame.crs is None:
            remedy = "set it (EPSG:27700 is the British National Grid)"
            says = "the geometry has no reference system"
            faults.append(Issue("database.no_crs", says, (name,), remedy, name))
            continue
        made.append(_table(name, frame, note))
    if faults:
        raise InputError(faults)
    return made


def _table(name: str, frame: pd.DataFrame, note: str) -> Table:
    """One frame as a table."""
    flat = frame.reset_index() if frame.index.names != [None] else frame
    shape = flat.geometry.name if isinstance(flat, gpd.GeoDataFrame) else None
    key = _free_name(KEY, [str(column) for column in flat.columns])
    types, cells, full = {key: "bigint"}, [list(range(1, len(flat) + 1))], {}
    for column in flat.columns:
        short = _short(str(column))
        if short != str(column):
            full[short] = str(column)
        kind, values = _shapes(flat) if column == shape else _cells(flat[column])
        types[short] = kind
        cells.append(values)
    comment = f"{MARK} {note or name} (replaced whenever it is published again)"
    where = "" if shape is None else _short(str(shape))
    return Table(_short(name), types, full, cells, len(flat), where, comment)


def _free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that no column has."""
    known, name, number = set(taken), wanted, 2
    while name in known:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _short(name: str) -> str:
    """A name the server takes whole: 63 bytes, the end a checksum where it was longer."""
    raw = name.encode()
    if len(raw) <= MAX_NAME_BYTES:
        return name
    mark = hashlib.sha256(raw).hexdigest()[:_HASH_DIGITS]
    return raw[: MAX_NAME_BYTES - _HASH_DIGITS - 1].decode(errors="ignore") + "_" + mark


def _cells(column: pd.Series) -> tuple[str, list[Any]]:
    """Type and values of a column; missing = NULL."""
    plain = column.astype(object)
    values = plain.where(column.notna(), None).tolist()
    kind = column.dtype.kind
    if kind == "b":
        return "boolean", values
    if kind in "iu":
        return "bigint", values
    if kind == "f":
        return "double precision", values
    if kind == "M":
        zoned = isinstance(column.dtype, pd.DatetimeTZDtype)
        stamps = [None if v is None else pd.Timestamp(v).isoformat(" ") for v in values]
        return ("timestamp with" if zoned else "timestamp without") + " time zone", stamps
    return "text", [value if value is None or isinstance(value, str) else str(value)
                    for value in values]  # fmt: skip


def _shapes(frame: gpd.GeoDataFrame) -> tuple[str, list[Any]]:
    """Type of the geometries and each as the server reads it, in the British National Grid."""
    placed = frame if frame.crs.to_epsg() == GRID_SRID else frame.to_crs(GRID_SRID)
    shapes = shapely.force_2d(placed.geometry.to_numpy())
    many = np.array([_as_many(shape) for shape in shapes], dtype=object)
    kinds = sorted({shape.geom_type for shape in many if shape is not None})
    kind = kinds[0] if len(kinds) == 1 else "Geometry"
    marked = shapely.set_srid(many, GRID_SRID)
    with warnings.catch_warnings():
        # GEOS compares with NaN while it writes an empty point.
        warnings.filterwarnings("ignore", "invalid value encountered", RuntimeWarning)
        coded = shapely.to_wkb(marked, hex=True, include_srid=True)
    return f"geometry({kind},{GRID_SRID})", list(coded)


def _as_many(shape: Any) -> Any:
    """A line or polygon as its multi-part kind, so that one type fits every run."""
    kind = None if shape is None else _MANY.get(shape.geom_type)
    if kind == "MultiPolygon":
        return shapely.MultiPolygon([shape]) if not shape.is_empty else shapely.MultiPolygon()
    if kind == "MultiLineString":
        return shapely.MultiLineString([shape]) if not shape.is_empty else shapely.MultiLineString()
    return shape


# --- the transaction ------------------------------------------------------------------------


def _home_of_shapes(opened: Session, needed: bool) -> str:
    """Schema in which PostGIS lives.

    Raises:
        InputError: there is none and there are shapes to write.
    """
    row = opened.connection.execute(
        "SELECT n.nspname FROM pg_catalog.pg_extension e "
        "JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'"
    ).fetchone()
    if row is None and needed:
        raise InputError(
            Issue(
                "database.no_postgis",
                "the database has no PostGIS",
                (opened.address.shown,),
                "ask whoever runs it for CREATE EXTENSION postgis",
            )
        )
    return "" if row is None else str(row[0])


def _make_schema(connection: Connection[Any], schema: str) -> None:
    """The schema, if it is not there yet (to ask for one that is would need a right more)."""
    there = connection.execute(
        "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s", (schema,)
    ).fetchone()
    if there is None:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


_THERE = """
    SELECT c.relname, c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), ''), c.oid::int8
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = ANY(%s)
"""
_COLUMNS = """
    SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def _replaceable(opened: Session, schema: str, tables: Sequence[Table]) -> Mapping[str, bool]:
    """Tables that are there already -> whether their columns stay the same.

    Raises:
        InputError: some are not Groundplan's.
    """
    connection = opened.connection
    names = [table.name for table in tables]
    there = connection.execute(_THERE, (schema, names)).fetchall()
    foreign = sorted(
        f"{schema}.{name}"
        for name, kind, comment, _ in there
        if kind not in _TABLES or not comment.startswith(MARK)
    )
    if foreign:
        raise InputError(
            Issue(
                "database.not_ours",
                "tables of these names are there and Groundplan did not write them",
                tuple(foreign),
                "choose another schema, or rename them; nothing was changed",
            )
        )
    columns = {table.name: list(table.columns.items()) for table in tables}
    same = {}
    for name, _, _, oid in there:
        found = connection.execute(_COLUMNS, (oid,)).fetchall()
        same[name] = [(column, _bare(kind)) for column, kind in found] == columns[name]
    return same


_OTHERS = """
    SELECT c.relname FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname <> ALL(%s) AND c.relkind IN ('r', 'p')
      AND starts_with(coalesce(obj_description(c.oid, 'pg_class'), ''), %s)
    ORDER BY 1
"""


def _empty_others(connection: Connection[Any], schema: str, names: list[str]) -> None:
    """Take the rows out of tables of an earlier run; the tables stay for what stands on them."""
    for (name,) in connection.execute(_OTHERS, (schema, names, MARK)).fetchall():
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(schema, name)))
        comment = sql.SQL("COMMENT ON TABLE {} IS {}")
        note = f"{MARK} empty (the run published last has no such layer)"
        connection.execute(comment.format(sql.Identifier(schema, name), sql.Literal(note)))


def _bare(kind: str) -> str:
    """A type as the server spells it, without the schema PostGIS may live in."""
    head, _, tail = kind.partition("(")
    return head.rpartition(".")[2] + (f"({tail}" if tail else "")


def _replace(
    opened: Session, where: sql.Identifier, table: Table, there: tuple[Mapping[str, bool], str]
) -> None:
    """Put the rows of one table in the place of whatever was there."""
    connection = opened.connection
    kept, home = there
    if kept.get(table.name):
        # Readers go on seeing the old rows until the end; grants and views stay.
        connection.execute(sql.SQL("DELETE FROM {}").format(where))
    else:
        if table.name in kept:
            _drop(opened, where, table)
        _create(connection, where, table, home)
    _fill(connection, where, table)
    if table.shape and not kept.get(table.name):
        connection.execute(
            sql.SQL("CREATE INDEX ON {} USING gist ({})").format(where, sql.Identifier(table.shape))
        )
    comment = sql.SQL("COMMENT ON TABLE {} IS {}")
    connection.execute(comment.format(where, sql.Literal(table.comment)))
    connection.execute(sql.SQL("ANALYZE {}").format(where))


def _drop(opened: Session, where: sql.Identifier, table: Table) -> None:
    """Take away a table whose columns change.

    Raises:
        InputError: views stand on it.
    """
    try:
        opened.connection.execute(sql.SQL("DROP TABLE {}").format(where))
    except errors.DependentObjectsStillExist as error:
        raise InputError(
            Issue(
                "database.depended_on",
                f"the columns of '{table.name}' have changed, and something stands on them: "
                f"{' '.join((error.diag.message_detail or '').split())}",
                (opened.address.shown,),
                "drop it, publish, and make it again; or publish to another schema",
            )
        ) from error
    except psycopg.Error as error:
        raise refused(opened, error) from error


def _create(connection: Connection[Any], where: sql.Identifier, table: Table, home: str) -> None:
    """An empty table with its key and its columns' full names."""
    lines = []
    for position, (name, kind) in enumerate(table.columns.items()):
        is_shape = kind.startswith("geometry(")
        prefix = sql.SQL("{}.").format(sql.Identifier(home)) if is_shape else sql.SQL("")
        key = sql.SQL(" PRIMARY KEY" if position == 0 else "")
        written = sql.SQL(kind)  # made in this module, from fixed words
        lines.append(sql.SQL("{} {}{}{}").format(sql.Identifier(name), prefix, written, key))
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(where, sql.SQL(", ").join(lines)))
    for short, full in table.full_names.items():
        connection.execute(
            sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(
                where, sql.Identifier(short), sql.Literal(full)
            )
        )


def _fill(connection: Connection[Any], where: sql.Identifier, table: Table) -> None:
    """The rows of a table."""
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    stream = sql.SQL("COPY {} ({}) FROM STDIN").format(where, names)
    with connection.cursor() as cursor, cursor.copy(stream) as copy:
        for row in zip(*table.rows, strict=True):
            copy.write_row(row)

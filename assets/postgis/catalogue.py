"""What a database has: its tables, their columns, and how each column is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from assets.issues import InputError, Issue
from assets.postgis.address import Address

NAMES_SHOWN = 10
_WHOLE = ("int2", "int4", "int8")
_BINARY = ("bytea", "raster", "topogeometry")
_SHAPES = ("geometry", "geography")
_KINDS = {
    **dict.fromkeys(_WHOLE, "whole"),
    "float4": "float",
    "float8": "float",
    "numeric": "decimal",
    "money": "decimal",
    "bool": "truth",
    "timestamp": "moment",
    "timestamptz": "moment",
    **dict.fromkeys(_SHAPES, "shape"),
    **dict.fromkeys(_BINARY, "binary"),
}
#: Wire type of each kind of column; everything that is no number comes as the server's text.
WIRE = {"whole": "int8", "float": "float8", "truth": "bool", "shape": "bytea"}


@dataclass(frozen=True)
class Relation:
    """A table, view, materialised view or foreign table that may be read.

    Attributes:
        oid: its number in the catalogue.
        schema, name: what it is called.
    """

    oid: int
    schema: str
    name: str

    @property
    def identifier(self) -> sql.Identifier:
        """Its name, to be put into a statement."""
        return sql.Identifier(self.schema, self.name)


@dataclass(frozen=True)
class Field:
    """One column of a relation.

    Attributes:
        name: what it is called.
        kind: ``whole``, ``float``, ``decimal``, ``truth``, ``moment``, ``shape``, ``binary``
            or ``text``; how it is read.
        type_name, type_schema: the server's type.
        listed: it holds a list of values.
        key: its place in the primary key, from 1; 0 = not in it.
        readable: the user has the right to read it.
    """

    name: str
    kind: str
    type_name: str
    type_schema: str
    listed: bool
    key: int
    readable: bool

    def expressions(self) -> list[sql.Composable]:
        """What is selected: the value, and for a shape its reference system too."""
        column = sql.Identifier(self.name)
        if self.kind == "shape":
            home = self.type_schema
            shape = sql.SQL("{}::{}").format(column, sql.Identifier(home, "geometry"))
            flat = sql.SQL("{}({}({}({})))").format(
                sql.Identifier(home, "st_asbinary"),
                sql.Identifier(home, "st_force2d"),
                sql.Identifier(home, "st_curvetoline"),
                shape,
            )
            srid = sql.SQL("{}({})::int8").format(sql.Identifier(home, "st_srid"), shape)
            return [flat, srid]
        return [self._value(column)]

    def _value(self, column: sql.Identifier) -> sql.Composable:
        """The value of a column that is no shape."""
        if self.kind == "whole":
            return sql.SQL("{}::int8").format(column)
        if self.type_name == "float4":  # by way of its text: 0.1 is not to become 0.100000001
            return sql.SQL("{}::text::float8").format(column)
        if self.kind == "float":
            return sql.SQL("{}::float8").format(column)
        if self.kind == "truth":
            return sql.SQL("{}::bool").format(column)
        if self.type_name == "money":
            return sql.SQL("{}::numeric::text").format(column)
        if self.listed:
            return sql.SQL("array_to_string({}, ';')").format(column)
        return sql.SQL("{}::text").format(column)


_RELATIONS = """
    SELECT c.oid::int8, n.nspname, c.relname, pg_table_is_visible(c.oid),
           has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    ORDER BY 2, 3
"""
#: A domain is read as the type it is made from.
_FIELDS = """
    SELECT a.attname, t.typname, tn.nspname, t.typcategory = 'A',
           coalesce((SELECT array_position(i.indkey::int2[], a.attnum) + 1
                     FROM pg_catalog.pg_index i
                     WHERE i.indrelid = a.attrelid AND i.indisprimary), 0),
           has_column_privilege(a.attrelid, a.attnum, 'SELECT')
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type d ON d.oid = a.atttypid
    JOIN pg_catalog.pg_type t ON t.oid = CASE d.typtype WHEN 'd' THEN d.typbasetype ELSE d.oid END
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


def relation_of(connection: Connection[Any], address: Address) -> Relation:
    """The relation an address names.

    Raises:
        InputError: no such table (the nearest are named), or no right to read it.
    """
    if address.table == "":
        raise InputError(
            Issue(
                "database.no_table",
                "the address names no table",
                (address.shown,),
                "add ?table=SCHEMA.TABLE to it",
            )
        )
    rows = connection.execute(_RELATIONS).fetchall()
    found = [row for row in rows if _is_meant(row, address)]
    if not found:
        raise InputError(_no_such_table(address, [f"{row[1]}.{row[2]}" for row in rows if row[4]]))
    oid, schema, name, _, readable = found[0]
    if not readable:
        raise InputError(
            Issue(
                "database.no_right",
                f"the user has no right to read {schema}.{name}",
                (address.shown,),
                "ask whoever runs the database for USAGE on the schema and SELECT on the table",
            )
        )
    return Relation(oid, schema, name)


def _is_meant(row: tuple[Any, ...], address: Address) -> bool:
    """Whether a relation has the name given; without a schema, the one on the search path."""
    _, schema, name, visible, _ = row
    here = schema == address.schema if address.schema else bool(visible)
    return bool(name == address.table) and here


def _no_such_table(address: Address, names: list[str]) -> Issue:
    """No table has that name."""
    wanted = ".".join(filter(None, (address.schema, address.table)))
    return Issue(
        "database.no_such_table",
        f"the database has no table {wanted}",
        (address.shown,),
        suggested(wanted, names) if names else "no table there may be read by this user",
    )


def suggested(word: str, names: Iterable[str]) -> str:
    """The names most like a word (capitals, or the part after the dot, count for little)."""
    known = {name.lower(): name for name in sorted(names, reverse=True)}
    last = {name.lower().rpartition(".")[2]: name for name in sorted(names, reverse=True)}
    wanted = word.lower()
    close = [known[k] for k in difflib.get_close_matches(wanted, known, n=3, cutoff=0.6)]
    tail = wanted.rpartition(".")[2]
    close += [last[k] for k in difflib.get_close_matches(tail, last, n=3, cutoff=0.7)]
    if close:
        return "did you mean " + " or ".join(f"'{name}'" for name in dict.fromkeys(close)) + "?"
    listed = sorted(known.values())
    more = len(listed) - NAMES_SHOWN
    return f"known: {', '.join(listed[:NAMES_SHOWN])}" + (f" and {more} more" if more > 0 else "")


def fields_of(connection: Connection[Any], relation: Relation) -> list[Field]:
    """Columns of a relation, in its order."""
    rows = connection.execute(_FIELDS, (relation.oid,)).fetchall()
    return [
        Field(name, "text" if listed else _KINDS.get(kind, "text"), kind, home, listed, key, right)
        for name, kind, home, listed, key, right in rows
    ]

"""The store in a schema of a PostgreSQL server, for a team.

Each transaction has a connection of its own, with the limits and the words for refusals of
`assets.postgis.server`. Those who write take turns by a lock of the schema; those who read see
one moment and wait for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, sql

from assets.issues import InputError, Issue
from assets.postgis.address import address_of
from assets.postgis.server import session
from optimise.store.database import Row, Work, not_a_store
from optimise.store.ddl import BENEATH, VIEWS, Dialect, create_tables, create_views
from optimise.store.geopackage import GRID
from optimise.store.schema import COUNTS, MARK

#: Views for maps, where the database has PostGIS.
MAPS = {"buildings_map": "buildings", "building_counts_map": COUNTS.name}


class _Work:
    """A transaction on the server."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        asked = statement.replace("%", "%%").replace("?", "%s")
        cursor = self._connection.execute(asked, tuple(values))
        return cursor.fetchall() if cursor.description else []

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        stream = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self._connection.cursor() as cursor, cursor.copy(stream) as copy:
            for row in rows:
                copy.write_row(row)


class PostgresSchema:
    """A store in a schema, made if it is absent."""

    dialect: Dialect = "postgres"

    def __init__(self, url: str, schema: str) -> None:
        self._address = address_of(url)
        self.schema = schema
        self.shown = f"{self._address.shown} (schema {schema})"
        _check(self._address.table or self._address.geometry, schema, self._address.shown)

    def close(self) -> None:
        """Nothing is held between transactions."""

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A transaction that sees one moment and changes nothing."""
        with session(self._address) as opened:
            self._enter(opened.connection)
            yield _Work(opened.connection)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """A transaction that is alone in writing; all of it is kept, or none."""
        with session(self._address, write=True) as opened:
            opened.connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                (f"groundplan.store.{self.schema}",),
            )
            self._enter(opened.connection)
            yield _Work(opened.connection)
            opened.commit()

    def _enter(self, connection: Connection[Any]) -> None:
        """Names without a schema mean this one's, for this transaction; then PostGIS's."""
        path = ", ".join(sql.Identifier(n).as_string(connection) for n in (self.schema, "public"))
        connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", (path,))

    def tables(self, work: Work) -> frozenset[str]:
        """Tables and views of the schema."""
        found = work.rows(
            "SELECT c.relname FROM pg_catalog.pg_class c "
            "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'f')",
            (self.schema,),
        )
        return frozenset(str(name) for (name,) in found)

    def create(self, work: Work) -> None:
        """Make the schema, tables and views; those for maps where there is PostGIS.

        Raises:
            InputError: tables that are not the store's are there.
        """
        if self.tables(work):
            raise not_a_store(self.shown)
        there = work.rows("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", (self.schema,))
        name = '"' + self.schema.replace('"', '""') + '"'
        if not there:
            work.rows(f"CREATE SCHEMA {name}")
        for statement in create_tables("postgres"):
            work.rows(statement)
        for view, select in create_views().items():
            work.rows(f"CREATE VIEW {view} AS {select}")
            work.rows(f"COMMENT ON VIEW {view} IS '{MARK}'")
        for view, of in MAPS.items() if self._has_postgis(work) else ():
            shape = f"ST_SetSRID(ST_MakePoint(b.easting, b.northing), {GRID})"
            work.rows(
                f"CREATE VIEW {view} AS SELECT row_number() OVER () AS fid, b.*, "
                f"CAST({shape} AS geometry(Point, {GRID})) AS geom FROM {of} b"
            )

    def _has_postgis(self, work: Work) -> bool:
        """Whether shapes can be made, where names are looked for."""
        ask = (
            "SELECT 1 FROM pg_catalog.pg_proc p WHERE p.proname = 'st_makepoint' "
            "AND pg_catalog.pg_function_is_visible(p.oid)"
        )
        return bool(work.rows(ask))

    def clear(self, work: Work) -> None:
        """Take away every table and view of the store."""
        for name in (*MAPS, *reversed(VIEWS)):
            work.rows(f"DROP VIEW IF EXISTS {name}")
        for name in reversed(BENEATH):
            work.rows(f"DROP TABLE IF EXISTS {name}")


def _check(table: str, schema: str, shown: str) -> None:
    """The address and the schema can be written to.

    Raises:
        InputError: the address names a table, or the schema is the server's own.
    """
    faults = []
    if table:
        faults.append(Issue("database.address", "the address of a store names a table", (shown,),
                            "leave table= and geometry= out of it"))  # fmt: skip
    own = schema.lower().startswith("pg_") or schema.lower() == "information_schema"
    if own or schema.strip() == "" or len(schema.encode()) > 63 or "\0" in schema:
        faults.append(Issue("database.schema", f"'{schema}' cannot be a schema of yours", (schema,),
                            "take a plain word, such as 'groundplan'"))  # fmt: skip
    if faults:
        raise InputError(faults)

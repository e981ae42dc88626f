"""The store in a SQLite file, which is a GeoPackage too.

Several processes may write: each transaction takes the file's write lock at its beginning and
waits for it if need be. On a local disk readers go on meanwhile (write-ahead log); on a network
disk, where that log cannot work, they wait.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from assets.issues import InputError, Issue
from optimise.store import geopackage
from optimise.store.database import Row, Work, not_a_store
from optimise.store.ddl import BENEATH, VIEWS, Dialect, create_tables, create_views

BUSY_S = 60.0
PAGE_CACHE_KB = 64_000
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "lustre",
                      "fuse.sshfs", "fuse.glusterfs", "ceph", "beegfs", "gpfs"})  # fmt: skip
#: What SQLite says -> rule, in words, what to do.
_REFUSALS = (
    ("not a database", "store.not_a_store", "is there and is not a run store",
     "name another with --store, or remove it yourself; nothing was changed"),
    ("malformed", "store.damaged", "is damaged",
     "delete it (and the files -wal and -shm beside it) and collect the runs again"),
    ("locked", "store.busy", "is being written to by others, for longer than a minute",
     "try again when they are done"),
    ("readonly", "store.read_only", "may not be written to",
     "ask for the right to write there, or keep a store of your own with --store"),
    ("unable to open", "store.cannot_open", "cannot be opened",
     "check that its folder is there and that you may write in it, or name another with --store"),
    ("full", "store.no_space", "has no space left on its disk",
     "free some space; what was in it before is still there"),
)  # fmt: skip


class _Work:
    """A transaction on the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(statement, tuple(values)).fetchall()

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        held = ", ".join("?" * len(columns))
        self._connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({held})", rows
        )


class SqliteFile:
    """A store in a file; one connection, which threads take in turns."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = str(path)
        self._turn = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file; its log is folded into it by the last who does."""
        with self._turn:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A transaction that sees one moment and changes nothing."""
        with self._transaction("BEGIN") as work:
            yield work

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """A transaction that is alone in writing; all of it is kept, or none."""
        with self._transaction("BEGIN IMMEDIATE") as work:
            yield work

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Work]:
        with self._turn:
            try:
                connection = self._opened()
                connection.execute(begin)
                try:
                    yield _Work(connection)
                    connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise self._refused(error) from error

    def _opened(self) -> sqlite3.Connection:
        """The connection, made at first use."""
        if self._connection is not None:
            return self._connection
        place, uri = _place(self.path)
        connection = sqlite3.connect(
            place, timeout=BUSY_S, isolation_level=None, check_same_thread=False, uri=uri
        )
        try:
            # Looking first: a file that is something else must not be touched.
            found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if not found or "store_meta" in found:
                _choose_journal(connection, self.path)
            connection.execute(f"PRAGMA cache_size=-{PAGE_CACHE_KB}")
            connection.execute("PRAGMA temp_store=MEMORY")
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _refused(self, error: sqlite3.Error) -> InputError:
        said = str(error)
        for words, rule, message, remedy in _REFUSALS:
            if words in said:
                return InputError(
                    Issue(rule, f"{self.shown} {message} ({said})", (self.shown,), remedy)
                )
        message = f"{self.shown}: the database says: {said}"
        remedy = "delete it and collect the runs again; everything in it comes from their folders"
        return InputError(Issue("store.failed", message, (self.shown,), remedy))

    def tables(self, work: Work) -> frozenset[str]:
        """Tables and views of the file, SQLite's own apart."""
        found = work.rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return frozenset(name for (name,) in found if not name.startswith("sqlite_"))

    def create(self, work: Work) -> None:
        """Make tables, views and what a GeoPackage needs.

        Raises:
            InputError: there is something else in the file.
        """
        if self.tables(work):
            raise not_a_store(self.shown)
        for statement in create_tables("sqlite"):
            work.rows(statement)
        for name, select in geopackage.with_shapes(create_views()).items():
            work.rows(f"CREATE VIEW {name} AS {select}")
        geopackage.register(work)

    def clear(self, work: Work) -> None:
        """Take away every table and view of the store."""
        for name in reversed(VIEWS):
            work.rows(f"DROP VIEW IF EXISTS {name}")
        for name in (*reversed(BENEATH), *geopackage.TABLES):
            work.rows(f"DROP TABLE IF EXISTS {name}")


def _place(path: Path) -> tuple[str, bool]:
    """What to open: the file, or, where its folder may only be read, the file as it stands."""
    if not path.is_file() or os.access(path.parent, os.W_OK):
        return str(path), False
    # A log of changes that are not in the file yet must be read as well.
    log = path.with_name(f"{path.name}-wal")
    return f"{path.resolve().as_uri()}?{'mode=ro' if log.exists() else 'immutable=1'}", True


def _choose_journal(connection: sqlite3.Connection, path: Path) -> None:
    """A write-ahead log where it works, so that readers need not wait for writers."""
    with suppress(sqlite3.OperationalError):  # a file that may only be read
        wanted = "DELETE" if on_network_disk(path) else "WAL"
        connection.execute(f"PRAGMA journal_mode={wanted}")
        connection.execute("PRAGMA synchronous=NORMAL")


def on_network_disk(path: Path) -> bool:
    """Whether a file lies on a disk of another computer, as far as this one tells (Linux)."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
        place = path.resolve()
    except OSError:
        return False
    best, kind = -1, ""
    for line in lines:
        parts = line.split()
        if len(parts) < 3:
            continue
        mount = Path(parts[1].replace("\\040", " "))
        if place.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), parts[2]
    return kind in _NETWORK

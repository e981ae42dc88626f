"""A real PostgreSQL server with PostGIS, started by the tests in a folder of its own.

    def test_reading(postgres):
        postgres.run("CREATE TABLE t (id int)")
        read_table(postgres.url("t"))

`postgres` is shared by all tests and never harmed; each test has a database to itself.
`spare_postgres` is one a test may kill. The server refuses to run as root, so that where
the tests are root it is run as ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from components import require_postgres
from psycopg import sql

PASSWORD = "s3cret/word@#%"
PASSWORD_IN_URL = "s3cret%2Fword%40#%25"
OWNER = "groundplan_tests"
PATIENCE_S = 60.0


def _identity() -> dict[str, Any]:
    """How a child is started so that it is not root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One server: its folder, its port, and the process while it runs."""

    binaries: Path
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    databases: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.port = self.port or _free_port()
        words = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"),
                 "-p", str(self.port), "-k", str(self.folder),
                 "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                 "-c", "shared_buffers=32MB", "-c", "max_connections=30",
                 "-c", "autovacuum=off", "-c", "jit=off", "-c", "full_page_writes=off",
                 "-c", "wal_level=minimal", "-c", "max_wal_senders=0"]  # fmt: skip
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, **_identity(),
            )  # fmt: skip
        wait_for(self._answers, "the server to start")

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            pytest.fail(f"PostgreSQL ended: {(self.folder / 'log').read_text()[-2000:]}")
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def crash(self) -> None:
        """Stop it as a power cut would: nobody is told, nothing is finished."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def connect(self, database: str = "", **options: Any) -> psycopg.Connection:
        """A connection as the owner of everything."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, dbname=database or self.databases[-1],
            user=OWNER, password=PASSWORD, autocommit=True, connect_timeout=10,
            gssencmode="disable", **options,
        )  # fmt: skip

    def run(self, *statements: str, database: str = "") -> list[Any]:
        """Run statements; the rows of the last."""
        rows: list[Any] = []
        with self.connect(database) as connection:
            for statement in statements:
                cursor = connection.execute(statement)  # type: ignore[call-overload]
                rows = cursor.fetchall() if cursor.description else []
        return rows

    def url(self, table: str = "", *, user: str = "", more: str = "") -> str:
        """The address of the newest database, or of a table in it."""
        login = user or f"{OWNER}:{PASSWORD_IN_URL}"
        asked = "&".join(filter(None, (f"table={table}" if table else "", more)))
        base = f"postgresql://{login}@127.0.0.1:{self.port}/{self.databases[-1]}"
        return f"{base}?{asked}" if asked else base

    def new_database(self, *, postgis: bool = True) -> str:
        """A database of its own, with PostGIS or without."""
        name = f"d{len(self.databases)}"
        template = "with_postgis" if postgis else "template0"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self.connect("postgres") as connection:
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        self.databases.append(name)
        return name

    def busy(self, words: str, *, waiting: bool = False) -> list[int]:
        """Processes of the server that run a statement with these words in it."""
        where = "AND wait_event_type = 'Lock'" if waiting else ""
        return [
            row[0]
            for row in self.run(
                "SELECT pid FROM pg_stat_activity WHERE state = 'active' "
                f"AND application_name = 'groundplan' AND query LIKE '%{words}%' {where}",
                database="postgres",
            )
        ]


def wait_for(done: Callable[[], Any], what: str) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


@dataclass
class Aside:
    """A call in a thread, and how it ended."""

    call: Callable[[], Any]
    result: Any = None
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.result = self.call()
        except BaseException as error:
            self.error = error

    def wait(self) -> BaseException | None:
        """The error it ended with, if it did."""
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return self.error


def _new_server(binaries: Path) -> Server:
    """A folder with an empty cluster in it, owned by whoever will run it."""
    # Short, and not under pytest's: a socket's path may have 107 bytes, and pytest's folders
    # are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="gp-pg-"))
    identity = _identity()
    (folder / "password").write_text(PASSWORD)
    if identity:
        for path in (folder, folder / "password"):
            os.chown(path, identity["user"], identity["group"])
    done = subprocess.run(
        [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", OWNER, "-E", "UTF8",
         "--locale=C", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync",
         "--no-instructions"],
        capture_output=True, text=True, check=False, cwd=folder, **identity,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    server = Server(binaries, folder)
    server.start()
    server.run("CREATE DATABASE with_postgis TEMPLATE template0", database="postgres")
    server.run("CREATE EXTENSION postgis", database="with_postgis")
    return server


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    """A server, started once; skips (or fails, where components are required) without one."""
    server = _new_server(require_postgres())
    yield server
    server.crash()  # in good order it would first write out what is about to be deleted
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def postgres(shared_server: Server) -> Iterator[Server]:
    """The server, with a new database of the test's own."""
    before = len(shared_server.databases)
    shared_server.new_database()
    yield shared_server
    for name in shared_server.databases[before:]:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        with shared_server.connect("postgres") as connection:
            connection.execute(drop)


@pytest.fixture
def spare_postgres() -> Iterator[Server]:
    """A server to be killed."""
    server = _new_server(require_postgres())
    server.new_database()
    yield server
    server.crash()  # in good order it would first write out what is about to be deleted
    shutil.rmtree(server.folder, ignore_errors=True)

"""A connection to a PostgreSQL server, and its refusals in words.

Every session has limits (rows, seconds, silence), one transaction, and ends closed whatever
happens; everything the server or the line says comes out as an `Issue` without a password.
"""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import IsolationLevel, conninfo, errors

from assets.issues import InputError, Issue
from assets.postgis.address import Address, redacted

CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 300
LOCK_TIMEOUT_S = 30
#: A server that has gone silent is hung up on after this, whatever it last promised.
SESSION_LIMIT_S = 900
#: What a session is set to, so that the same table reads as the same text everywhere. Times
#: with a zone are shown as in Great Britain: midnight there is the day an officer entered.
SETTINGS = {
    "DateStyle": "ISO, DMY",
    "TimeZone": "Europe/London",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "1",
}
_LINE = {  # noticing a line that is cut rather than closed
    "connect_timeout": str(CONNECT_TIMEOUT_S),
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "groundplan",
    # A ticket lying about must not decide how a council's database is spoken to.
    "gssencmode": "disable",
}


@dataclass
class Session:
    """A connection in one transaction, whose end may be of unknown outcome.

    Attributes:
        connection: psycopg's.
        address: where to.
        committing: the end of a writing transaction was asked for.
        hung_up: the watchdog ended it.
    """

    connection: psycopg.Connection
    address: Address
    committing: bool = False
    hung_up: bool = field(default=False)

    def hang_up(self) -> None:
        """End the connection from another thread: whoever waits on it is told."""
        self.hung_up = True
        with suppress(OSError, psycopg.Error):
            line = socket.socket(fileno=os.dup(self.connection.fileno()))
            with line:
                line.shutdown(socket.SHUT_RDWR)

    def commit(self) -> None:
        """Make everything final."""
        self.committing = True
        self.connection.commit()
        self.committing = False


@contextmanager
def session(address: Address, *, write: bool = False) -> Iterator[Session]:
    """One transaction; reading sees one moment of the database and can change nothing.

    Raises:
        InputError: the server is not there, refuses, is too slow or stops half-way.
    """
    with _connected(address) as connection:
        made = Session(connection, address)
        watchdog = threading.Timer(SESSION_LIMIT_S, made.hang_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            connection.read_only = not write
            if not write:
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
            _set(connection)
            yield made
        except UnicodeDecodeError as error:
            raise InputError(_encoding(address, error.reason)) from error
        except psycopg.Error as error:
            raise InputError(_said(made, error)) from error
        finally:
            watchdog.cancel()


def refused(session: Session, error: psycopg.Error) -> InputError:
    """An error of the server as the command's own."""
    return InputError(_said(session, error))


@contextmanager
def _connected(address: Address) -> Iterator[psycopg.Connection]:
    """An open connection, closed at the end, its transaction undone unless it was committed."""
    try:
        given = conninfo.conninfo_to_dict(address.server)
    except psycopg.Error as error:
        # libpq quotes what it could not read, which may be a piece of the password.
        raise InputError(_misread(address, str(error))) from None
    limits = {key: value for key, value in _LINE.items() if key not in given}
    try:
        connection = psycopg.connect(
            **{**given, **limits, "client_encoding": "UTF8"},  # type: ignore[arg-type]
            prepare_threshold=None,  # a pooler in between may not keep them
        )
    except (psycopg.Error, OSError, UnicodeError) as error:
        raise InputError(_not_connected(address, error)) from None
    try:
        yield connection
    finally:
        with suppress(psycopg.Error):
            connection.close()


def _set(connection: psycopg.Connection) -> None:
    """Settings of the transaction, which end with it."""
    times = {
        "statement_timeout": f"{STATEMENT_TIMEOUT_S * 1000:.0f}",
        "lock_timeout": f"{LOCK_TIMEOUT_S * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{SESSION_LIMIT_S * 1000:.0f}",
    }
    for name, value in (SETTINGS | times).items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))


# --- refusals -------------------------------------------------------------------------------


def _misread(address: Address, said: str) -> Issue:
    """Libpq does not take the address."""
    known = re.search(r'invalid URI query parameter: "(\w+)"', said)
    why = f"it knows no parameter '{known[1]}'" if known else "its parts do not fit together"
    return Issue(
        "database.address",
        f"the address of the database cannot be read: {why}",
        (address.shown,),
        "see the list of connection parameters in PostgreSQL's manual; "
        "write special characters percent-encoded",
    )


#: What a server or libpq says (in English, as their default is) -> how it is put to the user.
_REFUSALS: tuple[tuple[str, str, str, str], ...] = (
    (
        r"password authentication failed|no password supplied|fe_sendauth|authentication failed"
        r"|role \".*\" (?:does not exist|is not permitted to log in)",
        "database.login",
        "the server does not accept the user name and password",
        "check both; a password may also stand in the file ~/.pgpass or in PGPASSWORD",
    ),
    (
        r"database \".*\" does not exist",
        "database.no_database",
        "the server has no such database",
        "check the name after the last / of the address",
    ),
    (
        r"no pg_hba.conf entry|pg_hba.conf rejects|permission denied for database"
        r"|requires a valid client certificate|server does not support SSL|SSL error"
        r"|certificate",
        "database.refused",
        "the server does not let this computer or this user in",
        "ask whoever runs it; an address may need sslmode=require",
    ),
    (
        r"too many clients|connection slots|too many connections|is starting up"
        r"|is shutting down|recovery mode|not yet accepting",
        "database.busy",
        "the server takes no connection just now",
        "try again in a minute",
    ),
)
_ABSENT = (
    "database.unreachable",
    "no server answers there",
    "check host and port, and that the server is running and reached from this computer",
)


def _not_connected(address: Address, error: Exception) -> Issue:
    """Why there is no connection."""
    words = _words(str(error), address)
    for pattern, rule, message, remedy in _REFUSALS:
        if re.search(pattern, words):
            return Issue(rule, f"{message} ({words})", (address.shown,), remedy)
    line = error.pgconn if isinstance(error, psycopg.Error) else None
    if line is not None and (line.needs_password or line.used_password):
        # A server that speaks another language; the exchange got as far as the password.
        _, rule, message, remedy = _REFUSALS[0]
        return Issue(rule, f"{message} ({words})", (address.shown,), remedy)
    rule, message, remedy = _ABSENT
    return Issue(rule, f"{message} ({words})", (address.shown,), remedy)


def _words(said: str, address: Address) -> str:
    """What was said, on one line, first attempt only, without a password."""
    first = said.split("Multiple connection attempts failed")[0]
    text = redacted(" ".join(first.split()))
    secret = conninfo.conninfo_to_dict(address.server).get("password")
    return text.replace(str(secret), "***") if secret and len(str(secret)) > 2 else text


def _said(session: Session, error: psycopg.Error) -> Issue:
    """An error in mid-session."""
    address = session.address
    words = _words(error.diag.message_primary or str(error), address)
    for kinds, maker in _ERRORS:
        if isinstance(error, kinds):
            return maker(address, words)
    if session.committing and _line_lost(session, error):
        return _unknown_end(address)
    if session.hung_up:
        return _too_slow(address, "the server stopped answering")
    if _line_lost(session, error):
        return _stopped(address, words)
    return _failed(address, words)


def _line_lost(session: Session, error: psycopg.Error) -> bool:
    """Whether the connection itself is gone."""
    return session.connection.broken or isinstance(error, errors.OperationalError)


def _issue(rule: str, message: str, remedy: str, address: Address, words: str) -> Issue:
    """An issue that quotes the server."""
    said = f" ({words})" if words else ""
    return Issue(rule, message + said, (address.shown,), remedy)


def _unknown_end(address: Address) -> Issue:
    """The line was lost while the server was making the changes final."""
    return Issue(
        "database.unknown_end",
        "the server stopped while it was making the tables final: they are there either as "
        "before or as new, and which is not known",
        (address.shown,),
        "do it again when the server is back",
    )


def _bound(rule: str, message: str, remedy: str) -> Callable[[Address, str], Issue]:
    """An issue of one rule, to be told the address and the server's words."""
    return lambda address, words: _issue(rule, message, remedy, address, words)


_no_right = _bound(
    "database.no_right",
    "the user has no right to that",
    "ask whoever runs the database to grant it",
)
_too_slow = _bound(
    "database.too_slow",
    f"the server took longer than is waited for ({STATEMENT_TIMEOUT_S} s for a statement)",
    "make a table of only the rows and columns of the study area, or try when it is less busy",
)
_stopped = _bound(
    "database.stopped",
    "the server stopped half-way; nothing was taken over and nothing was changed",
    "do it again when the server is back",
)
_failed = _bound(
    "database.failed",
    "the server could not do it, and nothing was changed",
    "look at its words; a view may be broken, or a disk full",
)
_encoding = _bound(
    "database.encoding",
    "there is text that the database's encoding has no letters for",
    "ask whoever runs it to convert the database to UTF-8, or export the table as a file",
)
_locked = _bound(
    "database.locked",
    "somebody else holds the table, and nothing was changed",
    "close programs that edit it and do it again",
)
_ERRORS: tuple[tuple[type[psycopg.Error], Callable[[Address, str], Issue]], ...] = (
    (errors.InsufficientPrivilege, _no_right),
    (errors.LockNotAvailable, _locked),
    (errors.DeadlockDetected, _locked),
    (errors.QueryCanceled, _too_slow),
    (errors.CharacterNotInRepertoire, _encoding),
    (errors.UntranslatableCharacter, _encoding),
    (errors.DiskFull, _failed),
    (errors.OutOfMemory, _failed),
)

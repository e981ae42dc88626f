"""What the store asks of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from assets.issues import InputError, Issue
from optimise.store.ddl import Dialect

Row = tuple[Any, ...]
#: So many values in one list of a statement.
AT_ONCE = 500


class Work(Protocol):
    """A transaction. Statements have ``?`` for their values."""

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """Run a statement; its rows, if it has any."""

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Add rows to a table."""


class Database(Protocol):
    """A place where the store is kept.

    Attributes:
        dialect: whose words it understands.
        shown: what to call it, without a password.
        holds_root: whether it lies within a folder of runs, and is that folder's own.
    """

    dialect: Dialect
    shown: str

    def reading(self) -> AbstractContextManager[Work]:
        """A transaction that sees one moment and changes nothing."""

    def writing(self) -> AbstractContextManager[Work]:
        """A transaction that is alone in writing; all of it is kept, or none."""

    def tables(self, work: Work) -> frozenset[str]:
        """Tables and views that are there."""

    def create(self, work: Work) -> None:
        """Make tables and views, in an empty place."""

    def clear(self, work: Work) -> None:
        """Take away what `create` made."""

    def close(self) -> None:
        """Let go of it."""


def chunks(values: Sequence[Any], size: int = AT_ONCE) -> Iterable[Sequence[Any]]:
    """A sequence in pieces."""
    return (values[start : start + size] for start in range(0, len(values), size))


def marks(values: Sequence[Any]) -> str:
    """``?, ?, ?``, one for each value."""
    return ", ".join("?" * len(values))


def not_a_store(shown: str) -> InputError:
    """There is something, and it is not a run store."""
    return InputError(
        Issue(
            "store.not_a_store",
            f"{shown} is there and is not a run store",
            (shown,),
            "name another with --store, or remove it yourself; nothing was changed",
        )
    )

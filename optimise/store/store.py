"""The store: runs go in from their folders, frames come out."""

from __future__ import annotations

import platform
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd

from assets.issues import InputError, Issue
from assets.postgis.address import is_url
from optimise.store import frames as made
from optimise.store.collecting import Collected, Known, changed_folders, collectable
from optimise.store.database import Database, Work, chunks, marks, not_a_store
from optimise.store.folders import Found, clean, find_runs, found_at
from optimise.store.frames import StoreFrames
from optimise.store.schema import VERSION
from optimise.store.sqlite import SqliteFile
from optimise.store.write import Collectable, Writer, delete_runs, new_generation, tidy

__all__ = ["Collected", "Store", "StoreFrames", "open_store"]
#: Runs that go in together: a transaction each would wait for the disk too often.
TOGETHER = 50
Progress = Callable[[str, float], None]
#: What no file is called: another way of writing a server's address.
_ADDRESS = re.compile(r"://|\bpassword\s*=|^\s*(host|dbname|user)\s*=", re.IGNORECASE)


def open_store(
    where: str | Path,
    *,
    root: Path | None = None,
    schema: str = "groundplan",
    called: str = "",
    make: bool = True,
) -> Store:
    """A store of runs.

    Args:
        where: path of a SQLite file, or ``postgresql://user@host:port/database``.
        root: folder its runs lie under; default: the file's own folder.
        schema: of a PostgreSQL server: where its tables are.
        called: under what name these runs stand in a store that others share: it leads every
            ``run_id``.
        make: whether it is made at first use if it is not there.

    Raises:
        InputError: the address cannot be read, or names no folder of runs; there is no store and
            none is to be made.
    """
    if not is_url(where):
        if _ADDRESS.search(str(where)):
            raise _unreadable()
        path = Path(where)
        if path.is_dir():
            raise not_a_store(str(path))
        if not make and not path.exists():
            raise _absent(str(path))
        return Store(SqliteFile(path), root or path.parent, called=called, make=make)
    from optimise.store.postgres import PostgresSchema  # a driver, for those who need one

    return Store(PostgresSchema(str(where), schema), root or Path(), called=called, make=make)


class Store:
    """Runs, as tables. Not to be shared by processes: each opens its own.

    Attributes:
        shown: what to call it, without a password.
        root: folder its runs lie under.
    """

    def __init__(
        self, database: Database, root: Path, *, called: str = "", make: bool = True
    ) -> None:
        self.shown = database.shown
        self.root = root
        self._database = database
        self._called = clean(called)
        self._writer = Writer(database.dialect)
        self._ready, self._makes = False, make
        own = isinstance(database, SqliteFile) and _within(database.path, root)
        self._origin = "" if own else f"{platform.node()}:{root.resolve()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # --- in -----------------------------------------------------------------------------

    def put(self, folder: Path) -> None:
        """Store one run folder as it lies there now, in the place of what was known of it.

        Raises:
            InputError: it does not lie under the store's root or is no run folder; the
                database refuses.
        """
        if not _within(folder, self.root) or folder.resolve() == self.root.resolve():
            raise _not_below(folder, self.root)
        found = found_at(self.root.resolve(), folder.resolve())
        run = None if found is None else self._read(found)
        if run is None:
            raise _not_below(folder, self.root)
        self.put_rows([run])

    def put_rows(self, runs: Sequence[Collectable]) -> None:
        """Store runs that were read already, in one transaction."""
        self._make_ready()
        try:
            with self._database.writing() as work:
                number = self._collection(work)
                self._refuse_taken(work, number, [str(run.rows.run["run_id"]) for run in runs])
                self._writer.replace(work, number, runs)
        except BaseException:
            self._writer.forget()
            raise

    def collect(
        self, root: Path | None = None, *, rebuild: bool = False, progress: Progress | None = None
    ) -> Collected:
        """Bring the store up to date with the folders of runs; only what changed is read.

        Args:
            root: folder the runs lie under, if it is not the store's own.
            rebuild: forget everything first.
            progress: told what is done, and how much of it (0 to 1).

        Raises:
            InputError: there is no such folder, it is a run itself, the store holds the runs of
                another folder under this name, or the database refuses.
        """
        if root is not None and root.resolve() != self.root.resolve():
            other = Store(self._database, root, called=self._called)
            return other.collect(rebuild=rebuild, progress=progress)
        _check_root(self.root)
        notes = self._make_ready(renew=True)
        if rebuild:
            self._clear()
        known = self._known()
        found = {self._id(one): one for one in find_runs(self.root.resolve())}
        told = progress or (lambda _text, _share: None)
        added, changed, damaged = self._store_changed(known, found, told)
        absent = [i for i in known if i not in found]
        # Where nothing changed nothing is written: those who may only read can collect.
        gone = self._remove(absent) if absent or added or changed or rebuild else 0
        return Collected(len(found), added, changed, gone, tuple(damaged), notes)

    def _store_changed(
        self, known: Known, found: dict[str, Found], told: Progress
    ) -> tuple[int, int, list[str]]:
        """Read and store what is new or has changed: how many of each, and which are damaged."""
        asked = changed_folders(known, found)
        added = changed = 0
        damaged = [i for i in found if i in known and known[i].damaged]
        for start in range(0, len(asked), TOGETHER):
            read = [self._read(found[i]) for i in asked[start : start + TOGETHER]]
            runs = [run for run in read if run is not None]
            ids = [str(run.rows.run["run_id"]) for run in runs]
            new = [i for i in ids if i not in known]
            other = [
                r for i, r in zip(ids, runs, strict=True) if i in known and known[i].differs(r)
            ]
            if runs:
                self.put_rows(runs)
            added, changed = added + len(new), changed + len(other)
            damaged = [i for i in damaged if i not in ids]
            damaged += [
                i for i, run in zip(ids, runs, strict=True) if run.rows.run["status"] == "damaged"
            ]
            told("collecting runs", (start + len(read)) / len(asked))
        return added, changed, sorted(damaged)

    def _read(self, found: Found) -> Collectable | None:
        return collectable(found, self._id(found))

    def _id(self, found: Found) -> str:
        return f"{self._called}/{found.run_id}" if self._called else found.run_id

    def _known(self) -> Known:
        """What the store knows of this folder's runs."""
        with self._database.reading() as work:
            rows = work.rows(
                "SELECT r.run_id, r.stamp, r.digest, r.page, r.status FROM run_rows r "
                "JOIN collections c ON c.collection_no = r.collection_no WHERE c.name = ?",
                (self._called,),
            )
        return Known.of(rows)

    def _remove(self, run_ids: list[str]) -> int:
        """Take away runs whose folders are gone, and buildings nobody knows any more."""
        here = self.root.resolve()
        skip = len(self._called) + 1 if self._called else 0
        # A folder being replaced is away for a moment: look again.
        gone = [i for i in run_ids if found_at(here, here / i[skip:]) is None]
        with self._database.writing() as work:
            self._collection(work)
            delete_runs(work, gone)
            tidy(work)
        return len(gone)

    def _clear(self) -> None:
        """Forget this folder's runs; a file of its own is made anew."""
        with self._database.writing() as work:
            if isinstance(self._database, SqliteFile) and self._origin == "":
                self._make(work)
                return
            number = self._collection(work)
            ids = work.rows("SELECT run_id FROM run_rows WHERE collection_no = ?", (number,))
            delete_runs(work, [run_id for (run_id,) in ids])
            tidy(work)

    # --- the database -------------------------------------------------------------------

    def _make_ready(self, *, renew: bool = False) -> tuple[str, ...]:
        """See that the tables are there and of this version.

        Args:
            renew: an older version is emptied, to be filled again.

        Returns:
            What was done about it, in words.

        Raises:
            InputError: something else is there, or another version.
        """
        if self._ready:
            return ()
        with self._database.reading() as work:
            version = self._version(work)
        notes: tuple[str, ...] = ()
        if version is None and not self._makes:
            raise _absent(self.shown)
        if version != VERSION:
            notes = self._make_current(renew)
        self._ready = True
        return notes

    def _make_current(self, renew: bool) -> tuple[str, ...]:
        with self._database.writing() as work:
            version = self._version(work)  # others may have been quicker
            if version == VERSION:
                return ()
            if version is not None and (version > VERSION or not renew):
                raise _other_version(self.shown, version)
            self._make(work)
        if version is None:
            return ()
        return (f"the store was of version {version}: it is made anew from the run folders",)

    def _make(self, work: Work) -> None:
        """Tables of this version, empty."""
        if "store_meta" in self._database.tables(work):
            self._database.clear(work)
        self._database.create(work)
        work.fill("store_meta", ("key", "value"),
                  [("schema_version", str(VERSION)), ("generation", "")])  # fmt: skip
        new_generation(work)

    def _version(self, work: Work) -> int | None:
        """Version of the tables; None = there are none.

        Raises:
            InputError: what is there is not a store.
        """
        there = self._database.tables(work)
        if not there:
            return None
        if not {"store_meta", "words"} <= there:
            raise not_a_store(self.shown)
        said = work.rows("SELECT value FROM store_meta WHERE key = 'schema_version'")
        with suppress(ValueError, IndexError):
            return int(said[0][0])
        raise not_a_store(self.shown)

    def _collection(self, work: Work) -> int:
        """The number of this folder's runs.

        Raises:
            InputError: the store holds the runs of another folder under this name.
        """
        ask = "SELECT collection_no, origin FROM collections WHERE name = ?"
        rows = work.rows(ask, (self._called,))
        if not rows:
            work.fill("collections", ("name", "origin"), [(self._called, self._origin)])
            rows = work.rows(ask, (self._called,))
        ((number, origin),) = rows
        if origin != self._origin:
            raise _other_folder(self.shown, str(origin), self._called)
        return int(number)

    def _refuse_taken(self, work: Work, number: int, run_ids: Sequence[str]) -> None:
        """Nobody's run is put in the place of a colleague's.

        Raises:
            InputError: another folder's runs have these names.
        """
        for some in chunks(run_ids):
            ask = "SELECT run_id FROM run_rows WHERE collection_no <> ? AND run_id IN"
            taken = work.rows(f"{ask} ({marks(some)}) ORDER BY run_id", (number, *some))
            if taken:
                raise _taken(self.shown, tuple(str(run_id) for (run_id,) in taken))

    # --- out ----------------------------------------------------------------------------

    def runs(
        self, where: str = "", sort: str = "", *, columns: Sequence[str] = (), limit: int = 0
    ) -> pd.DataFrame:
        """Runs for which a filter holds, a row each.

        Args:
            where: as in `optimise.store.where`; ``""`` = all.
            sort: columns separated by commas, ``-`` before one that falls; ``""`` = by run_id.
                What is missing comes last.
            columns: which, in order; () = all of ``runs``. May name keys of scenarios,
                ``STANDARD.COLUMN`` and ``ASSET.COLUMN`` too.
            limit: at most so many; 0 = all.

        Raises:
            InputError: the filter cannot be read, or a name is not known.
        """
        self._make_ready()
        with self._database.reading() as work:
            return made.runs_frame(work, where, sort, columns, limit)

    def frames(
        self, where: str = "", sort: str = "", *, every_key: bool = False, only: Sequence[str] = ()
    ) -> StoreFrames:
        """Everything about the runs for which a filter holds.

        Args:
            where: as in `runs`.
            sort: as in `runs`; the other frames follow the order of its runs.
            every_key: all keys of the scenarios; else those that differ between these runs, or
                that one of them changed.
            only: tables to fill, beside ``runs`` and ``buildings``; the others stay empty.
                () = all. Of thousands of runs ``decisions`` takes seconds: see `in_use`.

        Raises:
            InputError: as `runs`, or there is no such table.
        """
        self._make_ready()
        with self._database.reading() as work:
            return made.store_frames(work, where, sort, every_key=every_key, only=only)

    def in_use(self, where: str = "", sort: str = "") -> pd.DataFrame:
        """Which buildings are in use after each plan: run_id x asset_id, 1 or 0, quickly.

        Runs without a plan are left out; missing = the run's estate has no such building, or
        its decision is none this version knows.

        Raises:
            InputError: as `runs`.
        """
        self._make_ready()
        with self._database.reading() as work:
            return made.in_use_frame(work, where, sort)

    def building_counts(self, where: str = "") -> pd.DataFrame:
        """In how many of the runs each building stays in use, as the view ``building_counts``.

        Raises:
            InputError: as `runs`.
        """
        self._make_ready()
        with self._database.reading() as work:
            return made.counts_frame(work, where)

    def table(self, name: str) -> pd.DataFrame:
        """A whole table or view of `optimise.store.schema`, in order."""
        self._make_ready()
        with self._database.reading() as work:
            return made.whole_table(work, name)


# --- refusals -------------------------------------------------------------------------------


def _within(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _check_root(root: Path) -> None:
    """The folder is there, and is one of runs rather than a run."""
    if not root.is_dir():
        raise InputError(
            Issue("store.no_folder", f"there is no folder {root}", (str(root),),
                  "name the folder your runs lie in")
        )  # fmt: skip
    if (root / "run.json").exists() or (root / "failed.json").exists():
        raise InputError(
            Issue("store.is_a_run", f"{root} is a run, and not a folder of runs", (str(root),),
                  f"name the folder it lies in: {root.parent}")
        )  # fmt: skip


def _absent(shown: str) -> InputError:
    return InputError(
        Issue("store.absent", f"there is no store of runs at {shown}", (shown,),
              "see how it is written, or name the folder of runs to make it of")
    )  # fmt: skip


def _unreadable() -> InputError:
    # Not said, what it is: a password may be in it.
    return InputError(
        Issue("database.address", "the address of the store cannot be read", (),
              "write it as postgresql://USER@HOST:PORT/DATABASE, or name a file")
    )  # fmt: skip


def _not_below(folder: Path, root: Path) -> InputError:
    return InputError(
        Issue("store.not_below", f"{folder} is not a run folder below {root}", (str(folder),),
              "open the store with the folder that its runs lie in as its root")
    )  # fmt: skip


def _other_version(shown: str, version: int) -> InputError:
    newer = version > VERSION
    remedy = "use that Groundplan, or another --store" if newer else "collect its runs again"
    of = "a newer" if newer else "an older"
    return InputError(
        Issue("store.version", f"{shown} was made by {of} Groundplan (version {version} of its "
              f"tables, and this one's is {VERSION})", (shown,), remedy)
    )  # fmt: skip


def _taken(shown: str, run_ids: tuple[str, ...]) -> InputError:
    return InputError(
        Issue("store.name_taken", f"{shown} holds runs of another folder by these names", run_ids,
              "give these runs another name (--as)")
    )  # fmt: skip


def _other_folder(shown: str, origin: str, called: str) -> InputError:
    name = f"under the name '{called}'" if called else "without a name"
    return InputError(
        Issue("store.other_folder", f"{shown} holds, {name}, the runs of another folder: "
              f"{origin or 'the one it lies in'}", (shown,),
              "give these runs a name of their own (--as), or keep a store of your own")
    )  # fmt: skip

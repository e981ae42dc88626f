"""The run store of a batch, filled as runs come in; the folders can always make it again."""

from __future__ import annotations

from pathlib import Path

from assets.issues import InputError
from optimise.store import Store, open_store

STORE = "store.sqlite"


class Keeping:
    """Puts runs into the store; a store that refuses stops nothing, and is said at the end."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store: Store | None = None
        self._refused = ""

    def put(self, folder: Path) -> None:
        """Store one run."""
        if self._refused or not folder.is_dir():
            return
        try:
            self._opened().put(folder)
        except InputError as error:
            self._refused = str(error)

    def complete(self) -> tuple[str, ...]:
        """Whatever is not in the store yet; what there is to say about it."""
        try:
            done = self._opened().collect()
        except InputError as error:
            return (f"the run store could not be completed: {error}",)
        finally:
            self._close()
        return tuple(f"damaged run folder: {run_id}" for run_id in done.damaged)

    def _opened(self) -> Store:
        if self._store is None:
            self._store = open_store(self._root / STORE)
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

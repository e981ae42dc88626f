"""Which run folders the store must read again, and what it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from optimise.store.folders import Found, digest_of, sources_of
from optimise.store.rows import DAMAGED, damaged, rows_of_run
from optimise.store.write import Collectable


@dataclass(frozen=True)
class Collected:
    """What a collection found.

    Attributes:
        runs: run folders there are now.
        added, changed, removed: how many of them were new, or different from before; how many
            are there no longer.
        damaged: run_id of those that cannot be read.
        notes: what a user should know.
    """

    runs: int
    added: int
    changed: int
    removed: int
    damaged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownRun:
    """What the store knows a folder's files by."""

    stamp: str
    digest: str
    page: str
    damaged: bool

    def differs(self, run: Collectable) -> bool:
        """Whether what the store says of it will change."""
        return run.digest != self.digest or run.rows.run["page"] != self.page


class Known(dict[str, KnownRun]):
    """run_id -> what is known."""

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Self:
        """From rows of run_id, stamp, digest, page, status."""
        return cls(
            (run_id, KnownRun(stamp, digest, page, status == DAMAGED))
            for run_id, stamp, digest, page, status in rows
        )


def changed_folders(known: Known, found: Mapping[str, Found]) -> list[str]:
    """run_id of those that are new, or whose files are of another size or time."""
    return [
        run_id
        for run_id, one in found.items()
        if run_id not in known or known[run_id].stamp == "" or known[run_id].stamp != one.stamp
    ]


def collectable(found: Found, run_id: str) -> Collectable | None:
    """Read a run folder; None where it has gone meanwhile."""
    try:
        sources = sources_of(found.path)
    except OSError as error:
        rows = damaged(run_id, found.page, f"a file cannot be read: {error.strerror}")
        return Collectable(rows, "", "")
    if not any(name.endswith(".json") for name in sources):
        return None
    return Collectable(rows_of_run(run_id, found.page, sources), found.stamp, digest_of(sources))

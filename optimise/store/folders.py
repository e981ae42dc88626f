"""Finding run folders, and telling whether one has changed, without reading it.

A run folder holds ``run.json``, or ``failed.json`` where a scenario of a batch has no plan.
Folders whose name begins with a dot are being made or taken away, and are passed over.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

RUN, FAILED, DECISIONS, PAGE = "run.json", "failed.json", "decisions.csv", "plan.html"
#: Files that decide what the store says of a run.
READ = (RUN, FAILED, DECISIONS)
#: Two writings within this time may leave the same time of change behind.
TOO_FRESH_S = 2.0


@dataclass(frozen=True)
class Found:
    """A run folder as it lies there.

    Attributes:
        run_id: its place, from the root, with ``/``.
        path: where it lies.
        stamp: sizes and times of its files; ``""`` = too fresh to go by.
        page: place of its page from the root; ``""`` = none.
    """

    run_id: str
    path: Path
    stamp: str
    page: str


def find_runs(root: Path) -> Iterator[Found]:
    """Every run folder under a root, at any depth, in order of their places.

    Folders that cannot be read are passed over; links to folders are not followed, and nothing
    is looked for inside a run. The root itself is not a run.
    """
    for where, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(where)
        if here != root and (RUN in files or FAILED in files):
            folders[:] = []
            found = found_at(root, here)
            if found is not None:
                yield found


def found_at(root: Path, folder: Path) -> Found | None:
    """One run folder; None where it has gone meanwhile, or is none."""
    sizes: list[str] = []
    newest = 0
    for name in (*READ, PAGE):
        try:
            facts = os.stat(folder / name)
        except OSError:
            continue
        sizes.append(f"{name}:{facts.st_size}:{facts.st_mtime_ns}")
        newest = max(newest, facts.st_mtime_ns)
    names = {text.partition(":")[0] for text in sizes}
    if not names & {RUN, FAILED}:
        return None
    fresh = time.time_ns() - newest < TOO_FRESH_S * 1e9
    place = clean(folder.relative_to(root).as_posix())
    page = f"{place}/{PAGE}" if PAGE in names else ""
    return Found(place, folder, "" if fresh else ";".join(sizes), page)


def sources_of(folder: Path) -> Mapping[str, bytes]:
    """The files a run is told by, as bytes; those that are not there are left out.

    Raises:
        OSError: one is there and cannot be read.
    """
    found = {}
    for name in READ:
        try:
            found[name] = (folder / name).read_bytes()
        except FileNotFoundError:
            continue
    return found


def digest_of(sources: Mapping[str, bytes]) -> str:
    """A checksum of what a run is told by."""
    whole = hashlib.sha256()
    for name in READ:
        if name in sources:
            whole.update(f"{name}:{len(sources[name])}\n".encode())
            whole.update(sources[name])
    return whole.hexdigest()


def clean(text: str) -> str:
    """A text that both databases take: no NUL, no half characters."""
    if "\0" not in text and text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")

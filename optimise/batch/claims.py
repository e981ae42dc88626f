"""Who is at a scenario: a lock that dies with its process, and a history of what was begun.

Locks are `fcntl.flock`'s: a process that ends, however it ends, lets go of them at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from assets.issues import InputError, Issue

#: Seconds between looks at a lock that somebody else holds.
LOOK_S = 0.2
LOCK = ".driver.lock"
CLAIMS = ".claims"


class Claim:
    """A scenario that this process, and no other, is at."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def history(self, session: str) -> list[Mapping[str, Any]]:
        """What was noted during a session; a line cut short by a death is passed over."""
        self._file.seek(0)
        found: list[Mapping[str, Any]] = []
        for line in self._file.read().splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if isinstance(said, dict) and said.get("session") == session:
                found.append(said)
        return found

    def note(self, **said: Any) -> None:
        """Add a line, at once. A disk that refuses it does not stop the work."""
        try:
            self._file.seek(0, os.SEEK_END)
            self._file.write(b"\n" + json.dumps(said).encode())
            self._file.flush()
        except OSError:
            return


def claim_path(root: Path, name: str) -> Path:
    """Where the claim of a scenario lies."""
    return root / CLAIMS / f"{name}.claim"


@contextmanager
def claimed(path: Path, *, patience_s: float) -> Iterator[Claim | None]:
    """The claim of a scenario, as soon as nobody else holds it; None if that takes too long.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + patience_s
    with path.open("a+b", buffering=0) as file:
        while not _locked(file):
            if time.monotonic() >= end:
                yield None
                return
            time.sleep(LOOK_S)
        yield Claim(file)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Nobody else runs the batch of this folder meanwhile.

    Raises:
        InputError: somebody does; the folder cannot be written.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        file = (root / LOCK).open("a+b", buffering=0)
    except OSError as error:
        raise InputError(
            Issue("run.cannot_write", f"{root} cannot be written: {error.strerror or error}",
                  (str(root),), "choose another --out")
        ) from error  # fmt: skip
    with file:
        if not _locked(file):
            file.seek(0)
            who = file.read(200).decode(errors="replace").strip() or "another process"
            raise InputError(
                Issue("batch.busy", f"this batch is being run already, by {who}", (str(root),),
                      "wait for it or stop it, or choose another --out; nothing was changed")
            )  # fmt: skip
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}".encode())
        yield


def _locked(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

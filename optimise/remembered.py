"""What a process keeps at hand between scenarios: the last few results, and checksums of files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from assets.issues import InputError
from assets.postgis.address import redacted
from assets.read import parts_of, sha256_of
from coverage.roads import file_changed

T = TypeVar("T")
Stamp = tuple[tuple[str, int, int, int], ...]


class Lately(Generic[T]):
    """Results by key; of more than ``keep`` those not asked for longest are let go."""

    def __init__(self, keep: int) -> None:
        self.keep = keep
        self._held: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The result of a key, made where it is not at hand."""
        if key not in self._held:
            self._held[key] = make()
        self._held.move_to_end(key)
        while len(self._held) > max(1, self.keep):
            self._held.popitem(last=False)
        return self._held[key]

    def __len__(self) -> int:
        return len(self._held)


class Checksums:
    """SHA-256 of files and tables, held to what they were when they were first read.

    A file whose size and date are unchanged is not read again.
    """

    def __init__(self, expected: Iterable[tuple[str, str]] = ()) -> None:
        self._known = dict(expected)
        self._stamps: dict[str, Stamp] = {}

    def of(self, source: Path | str, *, afresh: bool = False) -> str:
        """The checksum of a file, or of a table (looked at once, unless ``afresh``).

        Raises:
            InputError: it is missing or unreadable; or not what it was when first read.
        """
        name = redacted(str(source))
        stamp = () if isinstance(source, str) else _stamp(source)
        if name in self._stamps and stamp == self._stamps[name] and not afresh:
            return self._known[name]
        found = sha256_of(source)
        if self._known.setdefault(name, found) != found:
            raise InputError(file_changed([name]))
        self._stamps[name] = stamp
        return found

    def found(self) -> tuple[tuple[str, str], ...]:
        """(path, checksum) of everything looked at or expected, for another reader to hold to."""
        return tuple(sorted(self._known.items()))


def _stamp(path: Path) -> Stamp:
    """Size, date and place on disk of a file and of its parts; empty where it is not there."""
    try:
        seen = [(part.name, part.stat()) for part in parts_of(path)]
    except OSError:
        return ()
    return tuple((name, s.st_size, s.st_mtime_ns, s.st_ino) for name, s in seen)

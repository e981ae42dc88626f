"""What a worker keeps an eye on while it plans: that it ends, and what it holds in memory.

Both leave a mark on the shared disk before the process dies, so that whoever goes on knows why.
"""

from __future__ import annotations

import faulthandler
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Seconds between looks at the memory.
LOOK_S = 0.1
#: A process that held this share of what it may is taken to have died of it.
NEAR_FULL = 0.7
#: Characters of a trace that are kept.
MOST_TOLD = 4_000


@contextmanager
def ended_after(seconds: float, trace: Path) -> Iterator[None]:
    """Ends the process, whatever it is doing, when the time is over; where it was is kept.

    The clock runs outside Python: a solver that never gives Python its turn is ended as well.
    """
    with suppress(OSError):
        trace.unlink(missing_ok=True)
    try:
        file = trace.open("wb")
    except OSError:
        yield
        return
    with file:
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
    with suppress(OSError):
        trace.unlink(missing_ok=True)


def ended_by_clock(trace: Path) -> bool:
    """Whether a process that is no more was ended by `ended_after`."""
    try:
        return "Timeout" in trace.read_text(errors="replace")
    except OSError:
        return False


def where_it_was(trace: Path, by: str) -> str:
    """Where the thread that went through a file named ``by`` was when the clock ended it.

    A worker has a dozen threads of its own, which say nothing of the scenario.
    """
    threads = trace.read_text(errors="replace").split("\n\n")
    ours = [told for told in threads if by in told]
    return "\n\n".join(ours or threads)[:MOST_TOLD]


def held_bytes() -> int:
    """What this process holds in memory; where that is not told, the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()


@contextmanager
def memory_watched(limit_bytes: float, mark: Callable[[int], None]) -> Iterator[None]:
    """Calls ``mark`` (megabytes) once, when this process comes near what it may hold.

    Args:
        limit_bytes: what it may hold; 0 = no limit.
        mark: called from another thread.
    """
    if limit_bytes <= 0:
        yield
        return
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            held = held_bytes()
            if held > NEAR_FULL * limit_bytes:
                mark(int(held / 1e6))
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()

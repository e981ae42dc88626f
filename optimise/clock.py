"""The time a solve may take, and being told to stop: by the clock or by Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import highspy

#: Seconds between looks at the clock while a solver works.
LOOK_S = 0.1
#: Seconds past the end at which a solver that does not listen is left behind.
GRACE_S = 2.0

#: Solvers left behind: they may not be taken down while they still work.
_abandoned: list[highspy.Highs] = []


class Clock:
    """Seconds that are left, until they are used up or somebody says stop.

    Args:
        seconds: from now on.
        within: another clock, whose end and whose stop hold for this one too.
    """

    def __init__(self, seconds: float, *, within: Clock | None = None) -> None:
        self._end: float = time.perf_counter() + seconds
        self._stopped: threading.Event = threading.Event()
        if within is not None:
            self._end = min(self._end, within._end)
            self._stopped = within._stopped

    @property
    def left_s(self) -> float:
        """Seconds left, never below nil."""
        return 0.0 if self.stopped else max(0.0, self._end - time.perf_counter())

    @property
    def stopped(self) -> bool:
        """Whether somebody said stop."""
        return self._stopped.is_set()

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return self.left_s <= 0.0

    def part(self, seconds: float) -> Clock:
        """So many seconds of these, which end when these do."""
        return Clock(seconds, within=self)

    def stop(self) -> None:
        """Use no more time."""
        self._stopped.set()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Ctrl-C says stop, and a second Ctrl-C ends the program as it would otherwise.

        Clocks that listen within each other all hear it.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def heard(number: int, frame: FrameType | None) -> None:
            if self.stopped:
                raise KeyboardInterrupt
            self.stop()
            # A clock of several solves in turn, which listens round this one, is stopped as well.
            if getattr(before, "is_clock", False) and callable(before):
                before(number, frame)

        heard.is_clock = True  # type: ignore[attr-defined]
        signal.signal(signal.SIGINT, heard)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def run(engine: highspy.Highs, clock: Clock) -> bool:
    """Run a solver until the clock's end; whether it came to an end.

    HiGHS looks at its own time limit only now and then, and there are stretches in which it
    does not. It is asked to stop as well, and left behind if it does not listen: its
    answer is then lost, and the engine must not be touched again.
    """
    allowed = clock.left_s
    end = time.perf_counter() + allowed
    engine.setOptionValue("time_limit", max(allowed, 0.05))
    asked = _asked_to_stop(engine)
    worker = threading.Thread(target=engine.run, daemon=True)
    worker.start()
    while True:
        worker.join(LOOK_S)
        if not worker.is_alive():
            return True
        late = time.perf_counter() - end
        if late > 0 or clock.stopped:
            asked.set()
        if late > GRACE_S:
            _abandoned.append(engine)
            return False


def _asked_to_stop(engine: highspy.Highs) -> threading.Event:
    """An event that, once set, has the engine stop at its next look."""
    asked = threading.Event()

    def look(event: highspy.highs.HighsCallbackEvent) -> None:
        # Said either way: an engine that was once asked to stop would remember it for good.
        event.interrupt(asked.is_set())

    for callback in (engine.cbSimplexInterrupt, engine.cbMipInterrupt):
        callback.clear()
        callback.subscribe(look)
    return asked

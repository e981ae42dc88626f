"""How far a batch is: what is done, how fast, how long it will take. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

#: Scenarios whose pace counts.
LATELY = 60


@dataclass(frozen=True)
class Told:
    """How far a batch is.

    Attributes:
        total: scenarios asked, the base included.
        kept: finished before this run of the batch.
        planned, failed: by this run.
        per_min: scenarios a minute, lately; 0 = not known.
        left_s: seconds until the end at that rate; None = not known.
        workers: that there are.
        dashboard: where to watch the cluster; may be blank.
        note: what has just happened, in words; mostly blank.
    """

    total: int
    kept: int
    planned: int = 0
    failed: int = 0
    per_min: float = 0.0
    left_s: float | None = None
    workers: int = 0
    dashboard: str = ""
    note: str = ""

    @property
    def done(self) -> int:
        """Finished, with a plan or without."""
        return self.kept + self.planned + self.failed

    @property
    def left(self) -> int:
        """Not finished."""
        return self.total - self.done

    def line(self) -> str:
        """All of it in a line."""
        parts = [f"{self.done} of {self.total} done", f"{self.failed} without a plan"]
        parts += [f"{self.kept} from before"] if self.kept else []
        parts += [f"{self.per_min:.1f} a minute"] if self.per_min else []
        parts += [f"about {span(self.left_s)} left"] if self.left_s is not None else []
        parts += [f"{self.workers} worker{'s' if self.workers != 1 else ''}"]
        return ", ".join(parts)


@dataclass
class Pace:
    """When scenarios were finished lately; says the rate."""

    began: float
    ends: deque[float] = field(default_factory=lambda: deque(maxlen=LATELY + 1))

    def finished(self, now: float) -> None:
        """One more is finished."""
        self.ends.append(now)

    def per_s(self) -> float:
        """Scenarios a second, over those finished lately; 0 = not known."""
        if not self.ends:
            return 0.0
        full = len(self.ends) > LATELY
        since = self.ends[0] if full else self.began
        count = len(self.ends) - full
        span_s = self.ends[-1] - since
        return count / span_s if span_s > 0 else 0.0


def span(seconds: float) -> str:
    """A time in words: ``40 s``, ``7 min``, ``2 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"

"""What a covering model answers: sites, objective, and how well it is proved."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from optimise.covering.instance import Bools, Instance

#: Differences of objectives below this share are the arithmetic's, not the plan's.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """When to stop.

    Attributes:
        gap: relative gap at which the answer counts as proved; 0 is a proof but for rounding.
        seconds: hard limit for the whole call.
        seed: of the solvers and of the random steps.
    """

    gap: float = 0.0
    seconds: float = 600.0
    seed: int = 0


class Stopwatch:
    """Time left, and the seconds each stage took."""

    def __init__(self, seconds: float) -> None:
        self._start = self._stage = time.perf_counter()
        self._end = self._start + seconds
        self.seconds: dict[str, float] = {}

    def left(self) -> float:
        """Seconds until the limit; may be negative."""
        return self._end - time.perf_counter()

    def stage(self, name: str) -> None:
        """What was done since the last call was this stage."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._stage
        self._stage = now


@dataclass(frozen=True)
class Answer:
    """The sites chosen and the proof.

    Attributes:
        model: name of the model.
        chosen: site_ids, in the order of the instance.
        objective: recomputed from the instance and the chosen sites alone.
        bound: no choice of sites has a better objective.
        status: ``optimal`` (the gap asked for is reached) or ``feasible`` (stopped before).
        seconds: by stage (build, solve).
        sizes: demand, sites, pairs, and what was left of them after the reductions.
        figures: what else the model tells, by name.
    """

    model: str
    chosen: tuple[str, ...]
    objective: float
    bound: float
    status: str
    seconds: Mapping[str, float]
    sizes: Mapping[str, int]
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """|objective − bound| as a share of |objective|; 0 where both are 0."""
        return gap_between(self.objective, self.bound)


def gap_between(objective: float, bound: float) -> float:
    """|objective − bound| / |objective|; 0 where they are equal, infinite where only one is 0."""
    apart = abs(objective - bound)
    if apart == 0:
        return 0.0
    return apart / abs(objective) if objective else float("inf")


def is_proved(objective: float, bound: float, gap: float) -> bool:
    """Whether the gap, but for rounding, is the one asked for."""
    return gap_between(objective, bound) <= max(gap, ROUNDING)


def settled(objective: float, bound: float, sign: int) -> float:
    """A bound that is the objective itself where only rounding lies between (sign +1: minimum)."""
    if sign * (objective - bound) <= ROUNDING * abs(objective):
        return objective
    return bound


def ids_of(instance: Instance, chosen: Bools | Iterable[int]) -> tuple[str, ...]:
    """Ids of sites told as a mask or by column, in the instance's order."""
    mask = np.zeros(len(instance.site_ids), dtype=bool)
    mask[np.asarray(chosen if isinstance(chosen, np.ndarray) else list(chosen))] = True
    return tuple(instance.site_ids[k] for k in np.flatnonzero(mask))

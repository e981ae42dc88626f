"""Which sites, by branch and bound over a linear program kept warm.

A general solver spends its time on cuts and sub-problems at the root of the
covering models; with a good choice known, reduced costs settle most sites at
once, and what is left needs tens of nodes of a few milliseconds each.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import highspy
import numpy as np

from optimise.covering.instance import Bools, Floats

#: A site this near 0 or 1 in the linear program is whole.
WHOLE = 1e-7
#: Trial branches of a site before its average is trusted, sites tried at a node, and how many
#: in a row may bring nothing better.
RELIABLE, TRIALS, FRUITLESS = 4, 10, 4
#: Nodes between two choices made from a node's fractions.
OFFER_EVERY = 5
#: A loss this much above a target does not reach it.
ABOVE = 1e-5
#: The least that a branch counts for when two are multiplied.
LITTLE = 1e-6

#: Loss, fractions of the sites, and their reduced costs.
Relaxed = tuple[float, Floats, Floats]


def run(engine: highspy.Highs, sites: int, seconds: float) -> Relaxed:
    """A linear program solved; its loss as `Model.relaxed` has it where it is not."""
    engine.setOptionValue("time_limit", seconds)
    engine.run()
    status = engine.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return np.inf, np.zeros(sites), np.zeros(sites)
    if status != highspy.HighsModelStatus.kOptimal:
        return -np.inf, np.zeros(sites), np.zeros(sites)
    solution = engine.getSolution()
    fractions = np.asarray(solution.col_value)[:sites]
    reduced = np.asarray(solution.col_dual)[:sites]
    return float(engine.getInfo().objective_function_value), fractions, reduced


@dataclass(frozen=True)
class Stop:
    """When the answer is good enough.

    Attributes:
        gap: absolute gap to prove.
        deadline: when to stop (`time.perf_counter`).
        target: if told, only whether a choice can lose this or less is asked.
    """

    gap: float
    deadline: float
    target: float | None = None

    def left(self) -> float:
        """Seconds left, as a solver takes them: never quite none."""
        return max(self.deadline - time.perf_counter(), 0.01)

    def is_late(self) -> bool:
        """Whether the time is used up."""
        return time.perf_counter() > self.deadline


class Model(Protocol):
    """A choice among sites at least loss."""

    sites: int

    def relaxed(self, low: Floats, high: Floats) -> Relaxed:
        """The linear relaxation within bounds of the sites.

        The loss is infinite where it has none, minus infinite where time ran out.
        """

    def made(self, fractions: Floats) -> Iterable[tuple[Bools, float]]:
        """(choice that holds, its loss), one or more, made from fractions of the sites."""


class Tree:
    """Branch and bound; bounds of the sites are the only thing that changes in the program.

    Attributes:
        best: the best choice found.
        loss: what it loses.
        root: loss of the linear relaxation.
        low, high: bounds of the sites, settled by the reduced costs at the root.
    """

    def __init__(self, model: Model, stop: Stop, start: tuple[Bools, float] | None = None) -> None:
        self.model, self.stop = model, stop
        self.best: Bools = np.zeros(model.sites, dtype=bool)
        self.loss = np.inf
        if start is not None:
            self.best, self.loss = start
        self.low: Floats = np.zeros(model.sites)
        self.high: Floats = np.ones(model.sites)
        solved = model.relaxed(self.low, self.high)
        self.root = solved[0]
        self._heap: list[tuple[float, int, Floats, Floats]] = []
        self._pushed = self._nodes = 0
        # Rows: down, up. What a branch cost on average, and how often it was seen.
        self._cost, self._seen = np.zeros((2, model.sites)), np.zeros((2, model.sites))
        if np.isfinite(self.root):
            self._offer(solved[1])
            self._settle(self.low, self.high, solved)

    @property
    def cutoff(self) -> float:
        """A node with at least this loss holds nothing worth finding."""
        target = self.stop.target
        if target is not None and self.loss > target:
            return target + ABOVE
        return self.loss - self.stop.gap

    @property
    def bound(self) -> float:
        """No choice loses less."""
        # What was left out of the search loses at least the cutoff.
        return min(self.loss, max(self.root, min([self.cutoff, *(n[0] for n in self._heap)])))

    def search(self) -> None:
        """Best node first, diving from each."""
        if self.root < self.cutoff or np.isinf(self.loss):
            self._push(self.root, self.low, self.high)
        while self._heap and not self._is_done():
            loss, _, low, high = heapq.heappop(self._heap)
            self._dive(loss, low, high)

    def _is_done(self) -> bool:
        target = self.stop.target
        reached = target is not None and self.loss <= target
        return reached or self.stop.is_late() or self._heap[0][0] >= self.cutoff

    def _offer(self, fractions: Floats) -> None:
        for chosen, loss in self.model.made(fractions):
            if loss < self.loss:
                self.best, self.loss = chosen, loss

    def _settle(self, low: Floats, high: Floats, solved: Relaxed) -> None:
        """Fix, in the bounds given, sites whose other value would lose too much."""
        loss, fractions, reduced = solved
        slack = max(self.cutoff - loss, 0.0) + WHOLE * (1.0 + abs(self.loss))
        high[(fractions < WHOLE) & (reduced > slack)] = 0.0
        low[(fractions > 1 - WHOLE) & (-reduced > slack)] = 1.0

    def _push(self, loss: float, low: Floats, high: Floats) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (loss, self._pushed, low, high))

    def _dive(self, loss: float, low: Floats, high: Floats) -> None:
        """Follow the better branch until nothing is left of it; push the other."""
        while True:
            if self.stop.is_late():
                self._push(loss, low, high)
                return
            self._nodes += 1
            solved = self.model.relaxed(low, high)
            if np.isneginf(solved[0]):
                continue
            loss = max(loss, solved[0])
            if loss >= self.cutoff:
                return
            fractions = solved[1]
            split = np.flatnonzero((fractions > WHOLE) & (fractions < 1 - WHOLE))
            if not len(split) or self._nodes % OFFER_EVERY == 1:
                self._offer(fractions)
            if not len(split):
                return
            low, high = low.copy(), high.copy()
            self._settle(low, high, solved)
            site, up_first = self._branch(solved, split, (low, high))
            if site is None:
                if (low > high).any():
                    return
                continue
            up, down = (low.copy(), high), (low, high.copy())
            up[0][site], down[1][site] = 1.0, 0.0
            here, there = (up, down) if up_first else (down, up)
            self._push(loss, *there)
            low, high = here

    def _branch(
        self, solved: Relaxed, split: np.ndarray, bounds: tuple[Floats, Floats]
    ) -> tuple[int | None, bool]:
        """(site to branch on, whether up first); None where a site was settled instead.

        Settles in the bounds given, which are the node's own.
        """
        best, score, fruitless = (int(split[0]), True), -1.0, 0
        for site in self._by_promise(split, solved[1])[:TRIALS].tolist():
            down, up = self._rises(site, solved, bounds)
            room = self.cutoff - solved[0]
            if max(down, up) >= room:
                if up >= room:
                    bounds[1][site] = 0.0
                if down >= room:
                    bounds[0][site] = 1.0
                return None, True
            fruitless += 1
            if (now := max(down, LITTLE) * max(up, LITTLE)) > score:
                best, score, fruitless = (site, up <= down), now, 0
            if fruitless >= FRUITLESS or self.stop.is_late():
                break
        return best

    def _by_promise(self, split: np.ndarray, fractions: Floats) -> np.ndarray:
        """Sites in order of what their branches are expected to cost."""
        had = self._seen > 0
        mean = np.divide(self._cost, self._seen, out=np.zeros_like(self._cost), where=had)
        for side in (0, 1):
            mean[side][~had[side]] = mean[side][had[side]].mean() if had[side].any() else 1.0
        down = mean[0][split] * fractions[split]
        up = mean[1][split] * (1 - fractions[split])
        score = np.maximum(down, LITTLE) * np.maximum(up, LITTLE)
        return np.asarray(split[np.argsort(-score, kind="stable")])

    def _rises(
        self, site: int, solved: Relaxed, bounds: tuple[Floats, Floats]
    ) -> tuple[float, float]:
        """What branching down and up on a site costs: tried, or its average once that is known."""
        loss, fractions, _ = solved
        shares = (float(fractions[site]), 1.0 - float(fractions[site]))
        if self._seen[:, site].min() >= RELIABLE:
            mean = self._cost[:, site] / self._seen[:, site]
            # An average proves nothing: it may not settle the site.
            most = 0.5 * max(self.cutoff - loss, 0.0)
            return min(mean[0] * shares[0], most), min(mean[1] * shares[1], most)
        tried = []
        for side, share in enumerate(shares):
            trial = bounds[0].copy(), bounds[1].copy()
            trial[1 - side][site] = float(side)
            rise = max(self.model.relaxed(*trial)[0] - loss, 0.0)
            self._cost[side, site] += min(rise, abs(self.loss - loss)) / share
            self._seen[side, site] += 1
            tried.append(rise)
        return tried[0], tried[1]

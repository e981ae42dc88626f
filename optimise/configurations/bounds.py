"""Column generation: a bound that is valid at every step, and columns that make plans."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import highspy
import numpy as np

from optimise.clock import Clock
from optimise.configurations.blocks import Bools, Floats, Split
from optimise.configurations.buildings import Buildings, Effort, Mixed, best_mix, mix
from optimise.configurations.master import Columns, linear_prices, whole_plan
from optimise.configurations.mending import mended
from optimise.configurations.prices import first_prices, free_part, signed
from optimise.configurations.pricing import Pricer

#: Weight of the best prices so far in the next ones (Wentges smoothing): the master's own are
#: wild while it has few columns. Less after a round that raised the bound, more after another.
SMOOTHING, LEAST_SMOOTHING, LESS = 0.7, 0.1, 0.6
#: A neighbourhood's plan is proved to these shares of the gap asked for: at first, at
#: last, and by what factor finer from round to round.
FIRST_EXACTNESS, LAST_EXACTNESS, FINER = 0.5, 0.1, 0.6
#: And at first where there is a plan already, at prices of an earlier proof: good ones.
WARM_EXACTNESS = 0.2
#: Arrangements that a plan is made of, few first: they are sooner done; and to what share of
#: the gap asked for.
IN_MIX, MIX_EXACTNESS = (800, 2_000, 5_000), 0.2
#: How many times the linear relaxation's price a joining row's price may become.
BOX = 2.0
#: And how many times more with every round from an earlier proof's prices that finds no plan;
#: after so many rounds there may be none to find, and another way is tried.
WIDER, ROUNDS_WITHOUT = 6.0, 5
#: Shares of the time: the county building by building, its first plan, the rounds that follow,
#: and the plan made of all that they found.
MIX_SHARE, FIRST_PLAN_SHARE, ROUNDS_SHARE = 0.15, 0.2, 0.85
#: A round is begun if there is this share of the time that the last one took.
WORTH_STARTING = 0.8
#: Seconds that joining a round's columns may take, and mending a plan of them.
JOINING_S, MENDING_S = 3.0, 10.0
#: Rounds that raise the bound by less than this share of the gap before no more are tried.
PATIENCE, IDLE = 3, 0.02
#: Local plans of each neighbourhood that are left for a later proof.
PIECES = 8


@dataclass(frozen=True, eq=False)
class Proof:
    """What the neighbourhoods prove and suggest.

    Attributes:
        bound: no plan of the program costs less.
        start: a whole plan, as columns of the program; None when none was found.
        rounds: pricing rounds done.
        columns: local plans found.
        prices: of the joining rows, those of the bound.
        pieces: columns of the whole program, local plans side by side, the likeliest at those
            prices first; they need not keep the joining rows together.
    """

    bound: float
    start: Floats | None
    rounds: int
    columns: int
    prices: Floats
    pieces: tuple[Floats, ...] = ()


@dataclass(frozen=True, eq=False)
class Beginning:
    """Where an earlier proof of nearly the same program had come to.

    Attributes:
        relaxed: value of the compact linear relaxation.
        prices: of the joining rows, of the right signs.
        pieces: columns of the whole program, of which each neighbourhood takes what keeps its
            own rows; the earlier plan first.
        loose: columns that this plan may need otherwise, since it breaks rows they are in.
    """

    relaxed: float
    prices: Floats
    pieces: tuple[Floats, ...]
    loose: Bools


@dataclass(frozen=True)
class Task:
    """What is asked of a proof.

    Attributes:
        gap: relative gap worth proving.
        clock: of everything.
        seed: of the solvers.
        threads: neighbourhoods priced at once, by solvers of one thread each.
    """

    gap: float
    clock: Clock
    seed: int = 0
    threads: int = 2


def prove(
    parts: Split,
    task: Task,
    begin: Buildings | Beginning | None = None,
    known: Floats | None = None,
) -> Proof:
    """Bound and start of a program that fell apart.

    Every round asks each neighbourhood for its best plan at the going prices
    y of the joining rows, which gives the Lagrangian bound

        L(y) = Σ_b min_x (c_b − y·A_b)·x + min over free columns + y·rhs

    valid for any y of the right signs, and new columns for the master, whose
    duals are the next prices (smoothed towards those of the best bound).
    Each round the columns are joined to a whole plan. Where the program is
    also cut building by building, the prices begin from its linear master, and
    plans are made of arrangements before the first round and after the last.
    Stops when a plan is within the gap of the bound, when rounds bring
    nothing more, or on time.

    Args:
        parts: the program and its neighbourhoods, or its buildings where it is all in one piece.
        task: how near, by when.
        begin: the same program building by building, or prices and pieces of an earlier proof;
            None does with the compact linear relaxation's prices.
        known: a whole plan to begin from, as columns of the program.
    """
    # HiGHS keeps one scheduler per process and refuses another number of threads.
    highspy.Highs.resetGlobalScheduler(True)
    return _Proving(parts, task, begin).proof(known)


def near(cost: float, bound: float, gap: float) -> bool:
    """Whether a plan of this cost is within the relative gap of a lower bound."""
    return cost - bound <= gap * abs(cost)


class _Proving:
    """One proof under way: prices, columns, the best bound and the best plan."""

    def __init__(self, parts: Split, task: Task, begin: Buildings | Beginning | None) -> None:
        self.parts = parts
        self.buildings = begin if isinstance(begin, Buildings) else None
        self.gap, self.clock, self.threads = task.gap, task.clock, task.threads
        self._seconds = task.clock.left_s
        self.columns = Columns(parts)
        self._pricers = [Pricer(b, seed=task.seed) for b in parts.blocks]
        self._mixed: Mixed | None = None
        self._loose: Bools | None = None
        if isinstance(begin, Beginning):
            self.relaxed, self.centre, self._loose = begin.relaxed, begin.prices, begin.loose
            for piece in begin.pieces:
                self.columns.add_fitting(piece)
        else:
            self.relaxed, self.centre, self._mixed = _beginning(parts, begin, task.clock)
        self.best, self.rounds = -np.inf, 0
        self.start: Floats | None = None

    def proof(self, known: Floats | None) -> Proof:
        """All of it in turn."""
        self._take(known)
        if self._loose is not None and known is None:
            self._take(self._joined())
        self._mix(self._seconds * FIRST_PLAN_SHARE, enough=True)
        self._go_round()
        self._mix(self.clock.left_s)
        found = sum(map(len, self.columns.plans))
        pieces = self.columns.side_by_side(self.centre, PIECES)
        return Proof(self.best, self.start, self.rounds, found, self.centre, tuple(pieces))

    @property
    def done(self) -> bool:
        """Whether the plan is near enough to the bound."""
        if self.start is None:
            return False
        return near(float(self.parts.whole.cost @ self.start), self.best, self.gap)

    def _take(self, plan: Floats | None) -> None:
        """Keep a whole plan, and what it does in each neighbourhood."""
        if plan is None:
            return
        cost = self.parts.whole.cost
        if self.start is None or cost @ plan < cost @ self.start:
            self.start = plan
        self.columns.add_whole(plan)

    def _mix(self, seconds: float, *, enough: bool = False) -> None:
        """A plan of arrangements, those of every local plan so far among them.

        Nothing without buildings. ``enough`` is for when any plan will do.
        """
        if self.buildings is None or self._mixed is None:
            return
        clock, pieces = self.clock.part(seconds), self.columns.side_by_side()
        for size in IN_MIX:
            if clock.over or self.done:
                break
            made = best_mix(
                self.buildings, self._mixed, self.start,
                Effort(size, clock, self.gap * MIX_EXACTNESS), pieces=pieces,
            )  # fmt: skip
            self._take(made)
            if enough and made is not None:
                break

    def _go_round(self) -> None:
        """Rounds of pricing until nothing more comes of them."""
        prices, smoothing, idle, took = self.centre, SMOOTHING, 0, 0.0
        penalty = _box(self.parts, prices) if self._loose is not None else _penalty(prices)
        exactness = self._finer(FIRST_EXACTNESS / FINER)
        while idle < PATIENCE and self._may_go_on(took):
            begun = self.clock.left_s
            bound, fresh = self._round(prices, exactness)
            took = begun - self.clock.left_s
            raised = bound - self.best
            if raised > 0:
                self.best, self.centre = bound, prices
            if self._loose is not None:
                penalty = self._mend(penalty)
            if self.done or not all(self.columns.plans):
                break
            duals = linear_prices(self.columns, penalty, self.clock)
            if self._loose is None:
                self._take(self._joined())
            finest = exactness <= LAST_EXACTNESS
            if self.done or duals is None or (not fresh and finest):
                break
            idle = idle + 1 if finest and raised <= self._rounding else 0
            smoothing = (
                max(LEAST_SMOOTHING, smoothing * LESS) if raised > 0 else (1 + smoothing) / 2
            )
            exactness = self._finer(exactness)
            prices = signed(self.parts, smoothing * self.centre + (1 - smoothing) * duals)

    def _mend(self, penalty: Floats) -> Floats:
        """Look for a plan; the box of the prices, wider where there still is none."""
        if not self.done:
            self._take(self._joined())
        return penalty * (WIDER if self.start is None else 1.0)

    def _finer(self, exactness: float) -> float:
        """How exact the round after one of this exactness is."""
        finer = max(exactness * FINER, LAST_EXACTNESS)
        if self._loose is None:
            return finer
        # Until there is a plan, prices that lead to one are looked for, and need not be exact.
        return FIRST_EXACTNESS if self.start is None else min(finer, WARM_EXACTNESS)

    def _may_go_on(self, took: float) -> bool:
        """Whether another round is worth beginning, after one that took so many seconds."""
        hopeless = self._loose is not None and self.start is None and self.rounds >= ROUNDS_WITHOUT
        return not hopeless and self._rounds_left_s > took * WORTH_STARTING

    @property
    def _rounds_left_s(self) -> float:
        """Seconds that are left for rounds."""
        return self.clock.left_s - self._seconds * (1 - ROUNDS_SHARE)

    @property
    def _rounding(self) -> float:
        """What a round must raise the bound by, not to be called idle."""
        return self.gap * IDLE * abs(self.best)

    def _joined(self) -> Floats | None:
        clock, gap = self.clock.part(JOINING_S), self.gap * MIX_EXACTNESS
        made = whole_plan(self.columns, self.start, clock=clock, gap=gap)
        if self._loose is None:
            return made
        pieces = self.columns.side_by_side()
        until = self.clock.part(MENDING_S)
        return mended(self.parts.whole, pieces, made, self._loose, clock=until, gap=gap)

    def _round(self, prices: Floats, exactness: float) -> tuple[float, bool]:
        """(Lagrangian bound at the prices, whether any new column came up)."""
        # A share of the whole's slack: a neighbourhood's own value may be near nil.
        slack = self.gap * exactness * abs(self.relaxed) / max(1, len(self._pricers))
        until = self.clock.part(max(0.1, self._rounds_left_s))

        def price(pricer: Pricer, known: list[Floats]) -> tuple[Floats | None, float]:
            return pricer.best(prices, known, gaps=(self.gap * exactness, slack), clock=until)

        # HiGHS lets go of the interpreter while it works.
        with ThreadPoolExecutor(self.threads) as pool:
            priced = list(pool.map(price, self._pricers, self.columns.plans))
        self.rounds += 1
        bound, fresh = free_part(self.parts, prices), False
        for b, (plan, value) in enumerate(priced):
            bound += value
            fresh |= plan is not None and self.columns.add(b, plan)
        return bound, fresh


def _beginning(
    parts: Split, buildings: Buildings | None, clock: Clock
) -> tuple[float, Floats, Mixed | None]:
    """(value of the compact linear relaxation, prices to begin from, what gave better ones)."""
    if buildings is None:
        return *first_prices(parts, clock), None
    mixed = mix(buildings, clock.part(clock.left_s * MIX_SHARE))
    # What joins neighbourhoods joins buildings too.
    at = np.searchsorted(buildings.split.rows, parts.rows)
    return buildings.relaxed, mixed.prices[at], mixed


def _penalty(prices: Floats) -> Floats:
    """Bounds on the master's prices: a box round the linear relaxation's, so that they settle.

    With few columns the master's prices are wild, and a round at wild prices
    is wasted. A bound from prices in the box is as valid as any.
    """
    size = np.abs(prices)
    some = size[size > 0]
    usual = float(some.mean()) if len(some) else 1.0
    return BOX * size + usual


def _box(parts: Split, prices: Floats) -> Floats:
    """As `_penalty`, round prices of an earlier proof, where a price that was nil may be no longer.

    Such a row's own columns tell what is usual: what they cost over what they do in the row.
    """
    cost, entries = np.abs(parts.whole.cost), abs(parts.whole.matrix[parts.rows]).tocsr()
    some = cost[parts.whole.integer & (cost > 0)]
    usual = float(some.mean()) if len(some) else 1.0
    made = BOX * np.abs(prices)
    for row, (first, last) in enumerate(pairwise(entries.indptr)):
        ratio = cost[entries.indices[first:last]] / entries.data[first:last]
        ratio = ratio[ratio > 0]
        made[row] += np.median(ratio) if len(ratio) else usual
    return made

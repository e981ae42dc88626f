"""Column generation: a bound that is valid at every step, and columns that make plans."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import highspy
import numpy as np

from optimise.clock import Clock
from optimise.configurations.blocks import Floats, Split
from optimise.configurations.buildings import Buildings, Effort, Mixed, best_mix, mix
from optimise.configurations.master import Columns, linear_prices, whole_plan
from optimise.configurations.prices import first_prices, free_part, signed
from optimise.configurations.pricing import Pricer

#: Weight of the best prices so far in the next ones (Wentges smoothing): the master's own are
#: wild while it has few columns. Less after a round that raised the bound, more after another.
SMOOTHING, LEAST_SMOOTHING, LESS = 0.7, 0.1, 0.6
#: A neighbourhood's plan is proved to these shares of the gap asked for: at first, at
#: last, and by what factor finer from round to round.
FIRST_EXACTNESS, LAST_EXACTNESS, FINER = 0.5, 0.1, 0.6
#: Arrangements that a plan is made of, few first: they are sooner done; and to what share of
#: the gap asked for.
IN_MIX, MIX_EXACTNESS = (800, 2_000, 5_000), 0.2
#: How many times the linear relaxation's price a joining row's price may become.
BOX = 2.0
#: Shares of the time: the county building by building, its first plan, the rounds that follow,
#: and the plan made of all that they found.
MIX_SHARE, FIRST_PLAN_SHARE, ROUNDS_SHARE = 0.15, 0.2, 0.85
#: A round is begun if there is this share of the time that the last one took.
WORTH_STARTING = 0.8
#: Seconds that joining a round's columns may take.
JOINING_S = 3.0
#: Rounds that raise the bound by less than this share of the gap before no more are tried.
PATIENCE, IDLE = 3, 0.02
#: Neighbourhoods priced at once; HiGHS lets go of the interpreter while it works.
PRICING_THREADS = 2


@dataclass(frozen=True, eq=False)
class Proof:
    """What the neighbourhoods prove and suggest.

    Attributes:
        bound: no plan of the program costs less.
        start: a whole plan, as columns of the program; None when none was found.
        rounds: pricing rounds done.
        columns: local plans found.
    """

    bound: float
    start: Floats | None
    rounds: int
    columns: int


def prove(
    parts: Split,
    buildings: Buildings | None = None,
    *,
    gap: float,
    clock: Clock,
    seed: int = 0,
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
        buildings: the same program building by building; None does without.
        gap: relative gap worth proving.
        clock: of everything.
        seed: of the solvers.
        known: a whole plan to begin from, as columns of the program.
    """
    # HiGHS keeps one scheduler per process and refuses another number of threads.
    highspy.Highs.resetGlobalScheduler(True)
    return _Proving(parts, buildings, gap=gap, clock=clock, seed=seed).proof(known)


def near(cost: float, bound: float, gap: float) -> bool:
    """Whether a plan of this cost is within the relative gap of a lower bound."""
    return cost - bound <= gap * abs(cost)


class _Proving:
    """One proof under way: prices, columns, the best bound and the best plan."""

    def __init__(
        self, parts: Split, buildings: Buildings | None, *, gap: float, clock: Clock, seed: int
    ) -> None:
        self.parts, self.buildings, self.gap, self.clock = parts, buildings, gap, clock
        self._seconds = clock.left_s
        self.columns = Columns(parts)
        self._pricers = [Pricer(b, seed=seed) for b in parts.blocks]
        self.relaxed, self.centre, self._mixed = _beginning(parts, buildings, clock)
        self.best, self.rounds = -np.inf, 0
        self.start: Floats | None = None

    def proof(self, known: Floats | None) -> Proof:
        """All of it in turn."""
        self._take(known)
        self._mix(self._seconds * FIRST_PLAN_SHARE, enough=True)
        self._go_round()
        self._mix(self.clock.left_s)
        found = sum(map(len, self.columns.plans))
        return Proof(self.best, self.start, self.rounds, found)

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
        penalty, prices, exactness = _penalty(self.centre), self.centre, FIRST_EXACTNESS
        smoothing, idle, took = SMOOTHING, 0, 0.0
        while idle < PATIENCE and self._rounds_left_s > took * WORTH_STARTING:
            begun = self.clock.left_s
            bound, fresh = self._round(prices, exactness)
            took = begun - self.clock.left_s
            raised = bound - self.best
            if raised > 0:
                self.best, self.centre = bound, prices
            if self.done or not all(self.columns.plans):
                break
            duals = linear_prices(self.columns, penalty, self.clock)
            self._take(self._joined())
            finest = exactness <= LAST_EXACTNESS
            if self.done or duals is None or (not fresh and finest):
                break
            idle = idle + 1 if finest and raised <= self._rounding else 0
            smoothing = (
                max(LEAST_SMOOTHING, smoothing * LESS) if raised > 0 else (1 + smoothing) / 2
            )
            exactness = max(exactness * FINER, LAST_EXACTNESS)
            prices = signed(self.parts, smoothing * self.centre + (1 - smoothing) * duals)

    @property
    def _rounds_left_s(self) -> float:
        """Seconds that are left for rounds."""
        return self.clock.left_s - self._seconds * (1 - ROUNDS_SHARE)

    @property
    def _rounding(self) -> float:
        """What a round must raise the bound by, not to be called idle."""
        return self.gap * IDLE * abs(self.best)

    def _joined(self) -> Floats | None:
        return whole_plan(
            self.columns, self.start, clock=self.clock.part(JOINING_S),
            gap=self.gap * MIX_EXACTNESS,
        )  # fmt: skip

    def _round(self, prices: Floats, exactness: float) -> tuple[float, bool]:
        """(Lagrangian bound at the prices, whether any new column came up)."""
        # A share of the whole's slack: a neighbourhood's own value may be near nil.
        slack = self.gap * exactness * abs(self.relaxed) / max(1, len(self._pricers))
        until = self.clock.part(max(0.1, self._rounds_left_s))

        def price(pricer: Pricer, known: list[Floats]) -> tuple[Floats | None, float]:
            return pricer.best(prices, known, gaps=(self.gap * exactness, slack), clock=until)

        with ThreadPoolExecutor(PRICING_THREADS) as pool:
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

"""Column generation: a bound that is valid at every step, and columns that make plans."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import highspy
import numpy as np

from optimise.configurations.blocks import Floats, Program, Split
from optimise.configurations.master import Columns, linear_prices, whole_plan
from optimise.configurations.pricing import Pricer, engine_of

#: Weight of the best prices so far in the next ones, turn about (Wentges smoothing): rounds
#: near the best prices raise the bound, rounds farther off find plans of other kinds.
SMOOTHING = (0.85, 0.5)
#: A neighbourhood's plan is proved to these shares of the gap asked for: at first, at
#: last, and by what factor finer after a round that brought nothing.
FIRST_EXACTNESS, LAST_EXACTNESS, FINER = 0.3, 0.03, 0.5
#: How many times the linear relaxation's price a joining row's price may become.
BOX = 2.0
#: Shares of the time that column generation, and joining its columns, may take.
GENERATION_SHARE, JOINING_SHARE = 0.8, 0.2
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
    parts: Split, *, gap: float, seconds: float, seed: int = 0, known: Floats | None = None
) -> Proof:
    """Bound and start of a program that fell apart.

    Every round asks each neighbourhood for its best plan at the going prices
    y of the joining rows, which gives the Lagrangian bound

        L(y) = Σ_b min_x (c_b − y·A_b)·x + min over free columns + y·rhs

    valid for any y of the right signs, and new columns for the master, whose
    duals are the next prices (smoothed towards those of the best bound). A
    round that finds nothing new is followed by more exact ones. Each round
    the columns are joined to a whole plan. Stops when that plan is within the
    gap of the bound, when exactness is used up, or on time.

    Args:
        parts: the program and its neighbourhoods.
        gap: relative gap worth proving.
        seconds: for everything.
        seed: of the solvers.
        known: a whole plan to begin from, as columns of the program.
    """
    deadline = time.perf_counter() + seconds * GENERATION_SHARE
    # HiGHS keeps one scheduler per process and refuses another number of threads.
    highspy.Highs.resetGlobalScheduler(True)
    pricers = [Pricer(b, seed=seed) for b in parts.blocks]
    columns, best, rounds, start = Columns(parts), -np.inf, 0, known
    if known is not None:
        columns.add_whole(known)
    relaxed, duals = _linear(parts.whole, parts)
    centre = prices = _signed(parts, duals)
    # A share of the whole's slack: a neighbourhood's own value may be near nil.
    slack = gap * abs(relaxed) / max(1, len(pricers))
    penalty, exactness = _penalty(centre), FIRST_EXACTNESS
    while exactness >= LAST_EXACTNESS and time.perf_counter() < deadline:
        at = _At(prices, gap * exactness, slack * exactness, deadline)
        bound, fresh = _round(pricers, columns, parts, at)
        rounds += 1
        better = bound > best
        if better:
            best, centre = bound, prices
        if not all(columns.plans):
            break
        value, duals = linear_prices(columns, penalty)
        left = deadline + seconds * JOINING_SHARE - time.perf_counter()
        start = whole_plan(columns, start, seconds=left, gap=gap * LAST_EXACTNESS)
        if start is not None and near(float(parts.whole.cost @ start), best, gap):
            break
        if not fresh or not better:
            exactness *= FINER
        smoothing = SMOOTHING[rounds % len(SMOOTHING)]
        prices = _signed(parts, smoothing * centre + (1 - smoothing) * duals)
    return Proof(best, start, rounds, sum(map(len, columns.plans)))


def near(cost: float, bound: float, gap: float) -> bool:
    """Whether a plan of this cost is within the relative gap of a lower bound."""
    return cost - bound <= gap * abs(cost)


@dataclass(frozen=True, eq=False)
class _At:
    """Where a round is priced: prices, relative and absolute gap of each, and until when."""

    prices: Floats
    gap: float
    slack: float
    deadline: float


def _linear(program: Program, parts: Split) -> tuple[float, Floats]:
    """(value, prices of the joining rows) of the compact linear relaxation: where to begin."""
    relaxed = Program(
        program.cost, program.low, program.high, np.zeros(len(program.cost), dtype=bool),
        program.matrix, program.lower, program.upper,
    )  # fmt: skip
    engine = engine_of(relaxed)
    engine.run()
    duals = np.array(engine.getSolution().row_dual)
    prices = duals[parts.rows] if len(duals) else np.zeros(len(parts.rows))
    return float(engine.getInfo().objective_function_value), prices


def _round(pricers: list[Pricer], columns: Columns, parts: Split, at: _At) -> tuple[float, bool]:
    """(Lagrangian bound at the prices, whether any new column came up)."""

    def price(pricer: Pricer) -> tuple[Floats | None, float]:
        left = at.deadline - time.perf_counter()
        return pricer.best(at.prices, gaps=(at.gap, at.slack), seconds=left)

    with ThreadPoolExecutor(PRICING_THREADS) as pool:
        priced = list(pool.map(price, pricers))
    bound, fresh = _free_part(parts, at.prices), False
    for b, (plan, value) in enumerate(priced):
        bound += value
        fresh |= plan is not None and columns.add(b, plan)
    return bound, fresh


def _free_part(parts: Split, prices: Floats) -> float:
    """Min over the free columns of their reduced cost, plus prices · right-hand sides."""
    program, joining = parts.whole, parts.rows
    reduced = program.cost[parts.free] - program.matrix[joining][:, parts.free].T @ prices
    at = np.where(reduced > 0, program.low[parts.free], program.high[parts.free])
    moved = np.abs(reduced) > 1e-12
    side = np.where(prices > 0, program.lower[joining], program.upper[joining])
    priced = np.abs(prices) > 0
    return float((reduced[moved] * at[moved]).sum() + (prices[priced] * side[priced]).sum())


def _signed(parts: Split, prices: Floats) -> Floats:
    """Prices with those of the wrong sign, or without a side to hold, set to nil."""
    program, joining = parts.whole, parts.rows
    no_lower = program.lower[joining] <= -highspy.kHighsInf
    no_upper = program.upper[joining] >= highspy.kHighsInf
    wrong = ((prices > 0) & no_lower) | ((prices < 0) & no_upper)
    return np.where(wrong, 0.0, prices)


def _penalty(prices: Floats) -> Floats:
    """Bounds on the master's prices: a box round the linear relaxation's, so that they settle.

    With few columns the master's prices are wild, and a round at wild prices
    is wasted. A bound from prices in the box is as valid as any.
    """
    size = np.abs(prices)
    some = size[size > 0]
    usual = float(some.mean()) if len(some) else 1.0
    return BOX * size + usual

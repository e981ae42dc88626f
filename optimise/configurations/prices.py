"""Prices of the joining rows: where they begin, which are allowed, what they are worth."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from optimise.clock import Clock, run
from optimise.configurations.blocks import Floats, Split
from optimise.configurations.pricing import engine_of


def first_prices(parts: Split, clock: Clock) -> tuple[float, Floats]:
    """(value, prices of the joining rows) of the compact linear relaxation: where to begin.

    Without the time to solve it, value and prices are nil.
    """
    whole = parts.whole
    engine = engine_of(replace(whole, integer=np.zeros(len(whole.cost), dtype=bool)))
    if not run(engine, clock):
        return 0.0, np.zeros(len(parts.rows))
    duals = np.array(engine.getSolution().row_dual)
    prices = duals[parts.rows] if len(duals) else np.zeros(len(parts.rows))
    return float(engine.getInfo().objective_function_value), signed(parts, prices)


def free_part(parts: Split, prices: Floats) -> float:
    """Min over the free columns of their reduced cost, plus prices · right-hand sides."""
    program, joining = parts.whole, parts.rows
    reduced = program.cost[parts.free] - program.matrix[joining][:, parts.free].T @ prices
    at = np.where(reduced > 0, program.low[parts.free], program.high[parts.free])
    moved = np.abs(reduced) > 1e-12
    side = np.where(prices > 0, program.lower[joining], program.upper[joining])
    priced = np.abs(prices) > 0
    return float((reduced[moved] * at[moved]).sum() + (prices[priced] * side[priced]).sum())


def signed(parts: Split, prices: Floats) -> Floats:
    """Prices with those of the wrong sign, or without a side to hold, set to nil."""
    program, joining = parts.whole, parts.rows
    no_lower = program.lower[joining] <= -highspy.kHighsInf
    no_upper = program.upper[joining] >= highspy.kHighsInf
    wrong = ((prices > 0) & no_lower) | ((prices < 0) & no_upper)
    return np.where(wrong, 0.0, prices)

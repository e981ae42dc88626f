"""When money comes back, and at what rate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from scipy.optimize import brentq

#: Cumulative cash within this of nil is nil, £: sums of millions carry rounding noise.
NIL_GBP = 1e-6


def payback_yr(
    once: Iterable[tuple[float, float]], yearly: Iterable[tuple[int, float]]
) -> float | None:
    """Years until cash is back at nil and stays there; part-years in proportion.

    In words: the time from which what has come in covers what has gone out, for good. A sum paid
    once falls at its time; a yearly sum of year y has come in evenly from y − 1 to y (it is
    discounted at the end of its year, so it is complete then).

    Args:
        once: (time_yr, amount_gbp) of sums paid or received once.
        yearly: (year, amount_gbp) of yearly sums, year ≥ 0 (of year 0 it is all there at once).

    Returns:
        Years from the start of the base year; 0.0 = never out of pocket; None = not paid back by
        the last sum given.

    Source: The Green Book (2022), annex on financial measures; discounted payback is the same of
        discounted sums.
    """
    back, level, at = 0.0, 0.0, 0.0
    short = False
    for time, jump, slope in _stretches(once, yearly):
        # From `at` to `time` cash grows evenly, then it jumps.
        reached = level + slope * (time - at)
        if short and reached >= -NIL_GBP and slope > 0:
            back, short = at + min(time - at, max(0.0, -level) / slope), False
        elif not short and reached < -NIL_GBP:
            short = True
        level, at = reached + jump, time
        if short and level >= -NIL_GBP:
            back, short = at, False
        elif not short and level < -NIL_GBP:
            short = True
    return None if short else back


def _stretches(
    once: Iterable[tuple[float, float]], yearly: Iterable[tuple[int, float]]
) -> Iterator[tuple[float, float, float]]:
    """(time, £ that falls on it, £ a year on the way to it), in order of time."""
    jumps: dict[float, float] = {}
    for time, amount in once:
        jumps[float(time)] = jumps.get(float(time), 0.0) + amount
    slopes: dict[int, float] = {}
    for year, amount in yearly:
        slopes[year] = slopes.get(year, 0.0) + amount
    times = {*jumps, *(float(y) for y in slopes), *(float(y - 1) for y in slopes)}
    for time in sorted(times):
        yield time, jumps.get(time, 0.0), slopes.get(math.ceil(time), 0.0)


def irr_pct(sums: Sequence[tuple[float, float]]) -> float | None:
    """Internal rate of return of (time_yr, amount_gbp), % a year.

    Σ amount · (1 + r)^−time = 0

    In words: the rate of discount at which the plan is worth nothing.

    Returns:
        None where no rate from −50 % to 1,000 % does it, or more than one does (cash that changes
        sign more than once may have several: then there is no answer to give).

    Source: The Green Book (2022) ranks by net present value, not by this; it is told because
        lenders and partners ask for it.
    """
    edges = [-0.5 + 0.05 * k for k in range(50)] + [2.0 + 0.5 * k for k in range(17)]
    worth = [_worth(sums, rate) for rate in edges]
    found = [
        brentq(lambda rate: _worth(sums, rate), low, high, xtol=1e-12)
        for low, high, a, b in zip(edges, edges[1:], worth, worth[1:], strict=False)
        if (a < 0.0) != (b < 0.0)
    ]
    return 100.0 * float(found[0]) if len(found) == 1 else None


def _worth(sums: Sequence[tuple[float, float]], rate: float) -> float:
    return sum(float(amount * (1.0 + rate) ** -time) for time, amount in sums)

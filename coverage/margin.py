"""Cover low, central and high: what the error of the drive times does to who is reached.

A profile says that a drive of m minutes may need between ``low`` x m and ``high`` x m
(`coverage.speeds.TimeError`). Cover is *low* when every drive needs the most and *high* when every
drive needs the least. Only the drive is scaled: call handling and turnout are clocks of their own.
All drives are taken long, or short, at once; so the range is wide, and is no interval of
confidence for the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from coverage.measure import Arrivals, Crew, states, summary
from coverage.speeds import TimeError
from coverage.standards import MINUTES, TOLERANCE_MIN, Standard
from coverage.times import TravelTimes

#: Cases of cover, and the case of the minutes (`TravelTimes.at`) that each is counted from.
MINUTES_OF: Mapping[str, str] = {"low": "high", "central": "central", "high": "low"}
CASES = tuple(MINUTES_OF)


def is_stated(error: TimeError) -> bool:
    """Whether anybody said how far the minutes may be from driven ones."""
    return error != TimeError()


def has_width(error: TimeError) -> bool:
    """Whether the error changes any minute at all."""
    return (error.low, error.high) != (1.0, 1.0)


def is_sound(error: TimeError) -> bool:
    """Whether 0 < low ≤ 1 ≤ high, both finite: the modelled minute lies in its own range."""
    return 0.0 < error.low <= 1.0 <= error.high < float("inf")


def held_times(standard: Standard, times: TravelTimes) -> TravelTimes:
    """The times a standard is held to: modelled ones, or those of the low end of cover.

    The one place where that is decided; today's cover, the program, the audit, the reasons and
    the map all count from what it returns.
    """
    if standard.held_at == "central" or not has_width(times.error):
        return times
    return times.at(MINUTES_OF[standard.held_at])


def needed_bound_min(standards: Iterable[Standard], error: TimeError) -> float:
    """The shortest bound on modelled drives at which no case of cover misses anybody, minutes.

    max over standards of (farthest − overhead of a crew that turns out at once) / low

    In words: a modelled drive longer than this is out of time even if it takes its least. The
    farthest is the longest time a standard speaks of: its threshold, a target in minutes, and
    what the unreached count in a mean. A baseline in minutes looks as far as the times do.
    """
    return max(
        (
            (_farthest_min(s) + TOLERANCE_MIN - s.overhead_min(0.0)) / error.low
            for s in standards
            if s.unit == MINUTES
        ),
        default=0.0,
    )


def _farthest_min(standard: Standard) -> float:
    target = standard.target if standard.in_minutes else None
    named = (standard.threshold, standard.unreached_min, target)
    return max((float(v) for v in named if isinstance(v, int | float)), default=0.0)


def states_band(
    standard: Standard, times: TravelTimes, crews: Sequence[Crew]
) -> dict[str, Arrivals]:
    """`coverage.measure.states` by case of cover: ``low`` (long drives), ``central``, ``high``.

    Args:
        standard: its clock, nth vehicle and availability.
        times: as modelled, with their error.
        crews: units in place.
    """
    central = states(standard, times, crews)
    if not has_width(times.error):
        return dict.fromkeys(CASES, central)
    near = times.for_sites(sorted({c.site_id for c in crews}))
    band = {case: states(standard, near.at(end), crews) for case, end in MINUTES_OF.items()}
    return {**band, "central": central}


def arrival_band(
    standard: Standard, times: TravelTimes, crews: Sequence[Crew]
) -> dict[str, pd.Series]:
    """`states_band` with every crew there: minutes by demand_id, by case of cover."""
    band = states_band(standard, times, crews)
    made = {case: found.series() for case, found in band.items()}
    return {
        case: made["central"] if band[case] is band["central"] else series
        for case, series in made.items()
    }


def summary_band(
    minutes: Mapping[str, Arrivals], weight: pd.Series, *, limit_min: float
) -> dict[str, dict[str, float]]:
    """`coverage.measure.summary` by case of cover, from `states_band`.

    Weights within rise from low to high; minutes fall.
    """
    central = summary(minutes["central"], weight, limit_min=limit_min)
    return {
        case: central
        if minutes[case] is minutes["central"]
        else summary(minutes[case], weight, limit_min=limit_min)
        for case in CASES
    }

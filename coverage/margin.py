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

from coverage.measure import Crew, arrival_minutes, summary
from coverage.speeds import TimeError
from coverage.standards import TOLERANCE_MIN, Standard
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

    max over standards of (threshold − overhead of a crew that turns out at once) / low

    In words: a modelled drive longer than this is out of time even if it takes its least.
    """
    return max(
        ((s.threshold_min + TOLERANCE_MIN - s.overhead_min(0.0)) / error.low for s in standards),
        default=0.0,
    )


def arrival_band(
    standard: Standard, times: TravelTimes, crews: Sequence[Crew]
) -> dict[str, pd.Series]:
    """`arrival_minutes` by case of cover: ``low`` (long drives), ``central``, ``high`` (short).

    Args:
        standard: its clock and nth vehicle.
        times: as modelled, with their error.
        crews: units in place.
    """
    central = arrival_minutes(standard, times, crews)
    if not has_width(times.error):
        return dict.fromkeys(CASES, central)
    near = times.for_sites(sorted({c.site_id for c in crews}))
    band = {
        case: arrival_minutes(standard, near.at(end), crews) for case, end in MINUTES_OF.items()
    }
    return {**band, "central": central}


def summary_band(
    standard: Standard, minutes: Mapping[str, pd.Series], weight: pd.Series
) -> dict[str, dict[str, float]]:
    """`coverage.measure.summary` by case of cover, from `arrival_band`.

    Weights within rise from low to high; minutes fall.
    """
    central = summary(standard, minutes["central"], weight)
    return {
        case: central
        if minutes[case] is minutes["central"]
        else summary(standard, minutes[case], weight)
        for case in CASES
    }

"""The periods of a plan against financial years."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from optimise.money.dates import years_to


@dataclass(frozen=True)
class Calendar:
    """Periods 1 to ``periods``, each ``length_yr`` years long, from 1 April of the base year.

    What is changed in a period is paid for at its start and saves from its end: the financial
    year of the change sees no saving (of a half-year's change, the other half-year does).
    A plan that is not phased is one period of a year.

    Attributes:
        base_year: year 0, whose prices all figures are in.
        periods: how many there are, ≥ 1.
        length_yr: 1.0 or 0.5.
        horizon_yr: years of running cost counted after year 0.
    """

    base_year: int
    periods: int = 1
    length_yr: float = 1.0
    horizon_yr: int = 25

    @property
    def all(self) -> range:
        """Every period, the first is 1."""
        return range(1, self.periods + 1)

    @property
    def years(self) -> range:
        """Years that periods fall in, counted from the base year (0)."""
        return range(self.year_of(self.periods) + 1)

    def start_yr(self, period: int) -> float:
        """Years from 1 April of the base year to the start of a period."""
        return (period - 1) * self.length_yr

    def end_yr(self, period: int) -> float:
        """Years from 1 April of the base year to the end of a period."""
        return period * self.length_yr

    def year_of(self, period: int) -> int:
        """Financial year a period is in, counted from the base year (0)."""
        return math.floor(self.start_yr(period))

    def saved_share(self, year: int, period: int) -> float:
        """Share of a year's running cost that a change of a period saves in that year, 0-1."""
        return min(1.0, max(0.0, year + 1 - self.end_yr(period)))

    def label(self, period: int) -> str:
        """``2026/27``, of half-years ``2026/27 H1``."""
        year = self.base_year + self.year_of(period)
        half = "" if self.length_yr == 1.0 else f" H{2 if self.start_yr(period) % 1 else 1}"
        return f"{year_label(year)}{half}"

    def yr_of(self, day: dt.date) -> float:
        """Years from 1 April of the base year to a date; negative before it."""
        return years_to(day, self.base_year)


def year_label(year: int) -> str:
    """A financial year as finance officers write it: 2026 is ``2026/27``."""
    return f"{year}/{(year + 1) % 100:02d}"

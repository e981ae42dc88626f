"""Dates as years from the base year, and back: exact at every 1 April."""

from __future__ import annotations

import datetime as dt
import math


def years_to(day: dt.date, base_year: int) -> float:
    """Years from 1 April of the base year to a date; negative before it.

    whole financial years + days since 1 April / days in that financial year

    In words: 1 April of a year is a whole number, leap years or not, so what falls in a financial
    year is booked in it and nowhere else.
    """
    year = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
    first, days = _financial_year(year)
    return year - base_year + (day - first).days / days


def day_after(years: float, base_year: int) -> dt.date:
    """The date so many years after 1 April of the base year; undoes `years_to`."""
    whole = math.floor(years)
    first, days = _financial_year(base_year + whole)
    return first + dt.timedelta(days=round((years - whole) * days))


def _financial_year(year: int) -> tuple[dt.date, int]:
    """(its 1 April, days in it)."""
    first = dt.date(year, 4, 1)
    return first, (dt.date(year + 1, 4, 1) - first).days

"""How leases end, when notice is due, and what a guest pays its host.

Source: the terms of each lease; Landlord and Tenant Act 1954, Part II: a business tenancy goes on
after its expiry for as long as the tenant stays (s.24), and ends with it when the tenant has left
by then (s.27(1A)).
"""

from __future__ import annotations

import calendar as months
import datetime as dt
from dataclasses import dataclass

from optimise.money.dates import day_after, years_to
from optimise.money.lines import spread

DAYS_A_MONTH = 365.25 / 12.0


@dataclass(frozen=True)
class LeaseExit:
    """How a lease can end.

    Attributes:
        years: from 1 April of the base year to the end of the lease.
        at_break: whether it ends at a break rather than at expiry.
        penalty_gbp, dilapidations_gbp: paid at the exit.
    """

    years: float
    at_break: bool
    penalty_gbp: float
    dilapidations_gbp: float


@dataclass(frozen=True)
class LeaseTerms:
    """Terms of one lease; money in £, notice in months."""

    expiry: dt.date | None
    break_dates: tuple[dt.date, ...] = ()
    notice_months: float = 0.0
    penalty_gbp: float = 0.0
    annual_rent_gbp: float = 0.0
    dilapidations_gbp: float = 0.0


def lease_exit(terms: LeaseTerms, *, base_year: int, vacated_yr: float = 0.0) -> LeaseExit:
    """The earliest way out once a building is vacated.

    The first break from then on whose notice can still be given, else expiry. A lease that has
    expired by then, or has no dates, ends as the building is vacated (holding over). Notice is
    given on 1 April of the base year at the earliest, whenever the building is vacated: the
    plan is known from then on.

    Args:
        terms: of the lease.
        base_year: from whose 1 April years are counted.
        vacated_yr: years until the building is empty.
    """
    day, at_break = exit_day(terms, base_year=base_year, vacated_yr=vacated_yr)
    years = max(vacated_yr, years_to(day, base_year))
    return LeaseExit(
        years, at_break, terms.penalty_gbp if at_break else 0.0, terms.dilapidations_gbp
    )


def exit_day(terms: LeaseTerms, *, base_year: int, vacated_yr: float = 0.0) -> tuple[dt.date, bool]:
    """(day, whether at a break) on which a lease ends, by its terms; see `lease_exit`.

    The day of an expiry may lie before the building is vacated: then it is held over until it is.
    """
    start = dt.date(base_year, 4, 1)
    empty = day_after(vacated_yr, base_year)
    breaks = sorted(
        d for d in terms.break_dates if d >= empty and notice_day(d, terms.notice_months) >= start
    )
    ends: list[tuple[dt.date, bool]] = [(d, True) for d in breaks[:1]]
    if terms.expiry is not None:
        ends.append((terms.expiry, False))
    # At equal dates expiry sorts first: nobody pays a penalty for the day it ends anyway.
    return min(ends, default=(empty, False))


def notice_day(ends: dt.date, notice_months: float) -> dt.date:
    """The last day on which notice can be given for a lease to end on a day.

    In words: whole months back, to the same day of the month or the month's last (the
    corresponding-date rule); a part of a month in days of an average one.
    """
    whole = int(notice_months)
    month = ends.year * 12 + ends.month - 1 - whole
    year, index = divmod(month, 12)
    day = min(ends.day, months.monthrange(year, index + 1)[1])
    part = round((notice_months - whole) * DAYS_A_MONTH)
    return dt.date(year, index + 1, day) - dt.timedelta(days=part)


def break_days(
    start: dt.date, *, expiry: dt.date, first_yr: int, every_yr: int
) -> tuple[dt.date, ...]:
    """Break dates of a lease with a first break and further ones at even distance, before expiry.

    "Break at year 10 then every 5": ``first_yr=10, every_yr=5``. ``every_yr`` 0 = one break only.
    """
    found: list[dt.date] = []
    years = first_yr
    while (day := _years_on(start, years)) < expiry:
        found.append(day)
        if every_yr <= 0:
            break
        years += every_yr
    return tuple(found)


def _years_on(day: dt.date, years: int) -> dt.date:
    last = months.monthrange(day.year + years, day.month)[1]
    return dt.date(day.year + years, day.month, min(day.day, last))


def guest_rent_gbp_pa(space_m2: float, rent_gbp_per_m2_pa: float) -> float:
    """What a guest pays its host a year: space · rent.

    In words: one body's cost and the other's income; between them it nets out, so it is never
    part of a plan's value, but it decides who gains.
    """
    return space_m2 * rent_gbp_per_m2_pa


def rent_due(
    annual_rent_gbp: float, *, from_yr: float, ends_yr: float, horizon_yr: int | None = None
) -> tuple[tuple[float, float], ...]:
    """(time_yr, £ paid) of the rent of an empty building until its lease ends.

    rent · length of each financial year's part, at its middle

    Args:
        annual_rent_gbp: of the lease.
        from_yr: from when it is an extra cost, years.
        ends_yr: end of the lease, years.
        horizon_yr: rent after the end of this year is not counted, as the saving of it is not;
            None = all of it.
    """
    last = ends_yr if horizon_yr is None else min(ends_yr, horizon_yr + 1.0)
    return tuple((mid, annual_rent_gbp * part) for mid, part in spread(from_yr, last))

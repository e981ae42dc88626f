"""Discounting, receipts and lease exits: pure functions of plain numbers.

Real prices of the base year, no VAT, transfers netted out (HM Treasury, Green
Book). Year 0 is the base year; running costs are counted at the end of years
1 to the horizon; works are paid in year 0; a receipt comes when the building
has been sold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

Schedule = Sequence[tuple[int | None, float]]


def rate_in_year(schedule: Schedule, year: int) -> float:
    """Discount rate of a year ≥ 1: that of the first step that reaches it."""
    for last, rate in schedule:
        if last is None or year <= last:
            return rate
    raise ValueError(f"the discount schedule ends before year {year}")


def discount_factor(schedule: Schedule, years: float) -> float:
    """Present worth of £1 after ``years`` (≥ 0, may be a fraction).

    d(t) = Π_{y=1..⌊t⌋} 1/(1 + r_y) · (1 + r_{⌊t⌋+1})^{−(t − ⌊t⌋)}

    In words: each year at its own rate of the schedule, the last part-year in proportion.
    """
    whole = int(years)
    factor = 1.0
    for year in range(1, whole + 1):
        factor /= 1.0 + rate_in_year(schedule, year)
    part = years - whole
    return factor * (1.0 + rate_in_year(schedule, whole + 1)) ** -part if part else factor


def annuity_factor(schedule: Schedule, horizon_yr: int) -> float:
    """Present worth of £1 a year at the end of years 1 … horizon: Σ d(t)."""
    return sum(discount_factor(schedule, t) for t in range(1, horizon_yr + 1))


def net_receipt_gbp(market_value_gbp: float, disposal_cost_pct: float) -> float:
    """What a sale brings in: market value less the costs of sale (book value is not a receipt)."""
    return market_value_gbp * (1.0 - disposal_cost_pct / 100.0)


def holding_cost_pv_gbp(
    schedule: Schedule, annual_gbp: float, years_to_sell: float, share: float
) -> float:
    """Present cost of an empty building until it is sold, counted half-way through the wait."""
    return annual_gbp * share * years_to_sell * discount_factor(schedule, years_to_sell / 2.0)


@dataclass(frozen=True)
class LeaseExit:
    """How a lease can end: when, and the one-off cost at today's worth.

    Attributes:
        years: from the start of the base year to the end of the lease.
        at_break: whether it ends at a break rather than at expiry.
        penalty_gbp, dilapidations_gbp: paid at the exit.
        rent_gbp: rent still due until then.
        cost_pv_gbp: all three at present worth.
    """

    years: float
    at_break: bool
    penalty_gbp: float
    dilapidations_gbp: float
    rent_gbp: float
    cost_pv_gbp: float


@dataclass(frozen=True)
class LeaseTerms:
    """Terms of one lease; money in £, notice in months."""

    expiry: dt.date | None
    break_dates: tuple[dt.date, ...] = ()
    notice_months: float = 0.0
    penalty_gbp: float = 0.0
    annual_rent_gbp: float = 0.0
    dilapidations_gbp: float = 0.0


def lease_exit(terms: LeaseTerms, *, base_year: int, schedule: Schedule) -> LeaseExit:
    """The earliest way out: the first break whose notice can still be given, else expiry.

    A lease that has expired, or has no dates, ends at once without rent due
    (holding over). Notice is given at the start of the financial year, 1 April.
    """
    start = dt.date(base_year, 4, 1)
    notice_days = terms.notice_months * 365.25 / 12.0
    breaks = sorted(d for d in terms.break_dates if (d - start).days >= notice_days)
    ends: list[tuple[dt.date, bool]] = [(d, True) for d in breaks[:1]]
    if terms.expiry is not None:
        ends.append((terms.expiry, False))
    # At equal dates expiry sorts first: nobody pays a penalty for the day it ends anyway.
    day, at_break = min(ends, default=(start, False))
    years = max(0.0, (day - start).days / 365.25)
    penalty = terms.penalty_gbp if at_break else 0.0
    rent = terms.annual_rent_gbp * years
    worth = discount_factor(schedule, years)
    cost = (penalty + terms.dilapidations_gbp) * worth + rent * discount_factor(schedule, years / 2)
    return LeaseExit(years, at_break, penalty, terms.dilapidations_gbp, rent, cost)

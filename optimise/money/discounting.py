"""What a sum in another year, or in another year's prices, is worth in the base year.

Real prices of the base year, no VAT, transfers netted out. Year 0 is the base year; running costs
are counted at the end of years 1 to the horizon; sums paid once at the time that they fall.

Source: HM Treasury, The Green Book (2022), chapter 5 and annex 6: discount in real terms at the
social time preference rate, 3.5 % for years 0 to 30, 3.0 % for 31 to 75, 2.5 % for 76 to 125;
prices of other years are brought to the base year's with the GDP deflator. Rates are reviewed from
time to time, so the schedule is an input everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Schedule = Sequence[tuple[int | None, float]]

#: (last year it holds, rate): The Green Book (2022), annex 6.
GREEN_BOOK: Schedule = ((30, 0.035), (75, 0.030), (None, 0.025))


def rate_in_year(schedule: Schedule, year: int) -> float:
    """Discount rate of a year ≥ 1: that of the first step that reaches it.

    Raises:
        ValueError: the schedule ends before the year.
    """
    for last, rate in schedule:
        if last is None or year <= last:
            return rate
    raise ValueError(f"the discount schedule ends before year {year}")


def discount_factor(schedule: Schedule, years: float) -> float:
    """Present worth of £1 after ``years`` (≥ 0, may be a fraction).

    d(t) = Π_{y=1..⌊t⌋} 1/(1 + r_y) · (1 + r_{⌊t⌋+1})^{−(t − ⌊t⌋)}

    In words: each year at its own rate of the schedule, the last part-year in proportion.

    Symbols: t years from the start of the base year; r_y rate of year y, a share (0.035).

    Source: The Green Book (2022), annex 6 (declining long-term rates, compounded step by step).
    """
    whole = int(years)
    factor = 1.0
    for year in range(1, whole + 1):
        factor /= 1.0 + rate_in_year(schedule, year)
    part = years - whole
    return factor * (1.0 + rate_in_year(schedule, whole + 1)) ** -part if part else factor


def annuity_factor(schedule: Schedule, horizon_yr: int) -> float:
    """Present worth of £1 a year at the end of years 1 … horizon: Σ d(t)."""
    total, factor = 0.0, 1.0
    for year in range(1, horizon_yr + 1):
        factor /= 1.0 + rate_in_year(schedule, year)
        total += factor
    return total


def present_gbp(schedule: Schedule, sums: Iterable[tuple[float, float]]) -> float:
    """Net present value of (time_yr, amount_gbp): Σ amount · d(time).

    In words: every sum at what it is worth at the start of the base year.

    Source: The Green Book (2022), chapter 5.
    """
    return sum((amount * discount_factor(schedule, time) for time, amount in sums), 0.0)


def equal_annual_gbp(npv_gbp: float, schedule: Schedule, horizon_yr: int) -> float:
    """The same sum in every year 1 … horizon that a present value comes to: V / Σ d(t).

    In words: what the plan is worth a year. Options with different lives are held against each
    other by it.

    Source: The Green Book (2022), chapter 6 (equivalent annual value).
    """
    return npv_gbp / annuity_factor(schedule, horizon_yr)


def real_rate_pct(nominal_pct: float, inflation_pct: float) -> float:
    """What a rate in money of the day is in prices of the base year, %.

    (1 + real) = (1 + nominal) / (1 + inflation)

    In words: the part of a rate that is left once prices have risen (Fisher's identity).
    """
    return 100.0 * ((1.0 + nominal_pct / 100.0) / (1.0 + inflation_pct / 100.0) - 1.0)


def money_of_the_day_gbp(real_gbp: float, inflation_pct: float, years: float) -> float:
    """A sum in prices of the base year as it will be paid: real · (1 + inflation)^years."""
    factor: float = (1.0 + inflation_pct / 100.0) ** years
    return real_gbp * factor


def at_base_prices_gbp(
    amount_gbp: float, price_year: int, *, base_year: int, deflator: Mapping[int, float]
) -> float:
    """A figure in prices of another year, in prices of the base year.

    amount · D(base year) / D(price year)

    In words: raised (or lowered) by as much as prices in the whole economy have changed.

    Symbols: D the GDP deflator, an index of any scale, by financial year (2016 is 2016/17).

    Raises:
        ValueError: the deflator lacks one of the two years, or is not above 0 in it.

    Source: The Green Book (2022), chapter 5 (real prices); HM Treasury, GDP deflators at market
        prices, by financial year.
    """
    if price_year == base_year:
        return amount_gbp
    absent = [year for year in (price_year, base_year) if not deflator.get(year, 0.0) > 0.0]
    if absent:
        years = ", ".join(str(year) for year in absent)
        raise ValueError(f"the deflator has no index above 0 for {years}")
    return amount_gbp * deflator[base_year] / deflator[price_year]

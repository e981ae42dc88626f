"""An appraisal as tables and in a few lines; amounts in £, rounded to pence. Pure."""

from __future__ import annotations

from dataclasses import asdict, fields

import pandas as pd

from optimise.money.flips import changes_sign, pounds, reading_words
from optimise.money.records import Appraisal, Reading, WholeLife, YearMoney
from optimise.money.sales import CASES
from optimise.phasing.calendar import year_label

#: Column of `grid_table` → (avoided maintenance counted, optimism bias).
GRID = {
    "npv_gbp": (False, False),
    "npv_maintenance_gbp": (True, False),
    "npv_bias_gbp": (False, True),
    "npv_bias_maintenance_gbp": (True, True),
}


def readings_table(told: Appraisal) -> pd.DataFrame:
    """A row per reading: the fields of `Reading`, and ``changes_sign`` against the headline."""
    rows = [
        {**_rounded(asdict(one)), "changes_sign": changes_sign(told.headline, one)}
        for one in told.readings
    ]
    columns = [*(f.name for f in fields(Reading)), "changes_sign"]
    return pd.DataFrame(rows, columns=columns)


def grid_table(told: Appraisal) -> pd.DataFrame:
    """A row per horizon and value of receipts; NPV without and with maintenance and bias.

    Columns: horizon_yr, receipts, and those of `GRID`.
    """
    rows = [
        {
            "horizon_yr": horizon,
            "receipts": case,
            **{
                name: pence(told.npv_gbp(horizon, case, maintenance=maintenance, bias=bias))
                for name, (maintenance, bias) in GRID.items()
            },
        }
        for horizon in told.basis.all_horizons_yr
        for case in CASES
    ]
    return pd.DataFrame(rows, columns=["horizon_yr", "receipts", *GRID])


def years_table(told: Appraisal) -> pd.DataFrame:
    """A row per financial year: ``year`` (2026/27) and the sums of `YearMoney`."""
    names = [f.name for f in fields(YearMoney) if f.name not in ("year", "by_line")]
    rows = [
        {
            "year": year_label(told.basis.base_year + one.year),
            **{name: pence(getattr(one, name)) for name in names},
        }
        for one in told.years
    ]
    return pd.DataFrame(rows, columns=["year", *names])


def whole_life_table(told: Appraisal) -> pd.DataFrame:
    """A row per horizon: the fields of `WholeLife`."""
    rows = [_rounded(asdict(one)) for one in told.whole_life]
    return pd.DataFrame(rows, columns=[f.name for f in fields(WholeLife)])


def headline_words(told: Appraisal) -> tuple[str, ...]:
    """The few lines of a summary: value, what changes its sign, payback, receipts, borrowing."""
    one = told.headline
    lines = [
        f"Net present value {pounds(one.npv_gbp)} {reading_words(one)}; "
        f"{pounds(one.equal_annual_gbp)} a year.",
        *told.flips,
        _payback_words(told),
    ]
    return (*lines, *_receipt_words(told), *_borrowing_words(told))


def _payback_words(told: Appraisal) -> str:
    plain, discounted = told.payback_yr, told.discounted_payback_yr
    longest = told.basis.longest_yr
    if plain is None:
        return f"It does not pay back within {longest} years."
    first = "It is never out of pocket" if plain == 0.0 else f"It pays back {_within(plain)}"
    if discounted is None:
        return f"{first}; discounted, not within {longest} years."
    if _within(discounted) == _within(plain):
        return f"{first}."
    return f"{first}; discounted, {_within(discounted)}."


def _within(years: float) -> str:
    # Savings of a year are taken to come in evenly: parts of the first year would be a pretence.
    return "within a year" if round(years, 1) <= 1.0 else f"in {years:.1f} years"


def _receipt_words(told: Appraisal) -> tuple[str, ...]:
    risk = told.at_risk
    if risk.counted_gbp <= 0.0:
        return ()
    line = f"Receipts {_plain(risk.counted_gbp)}"
    if risk.at_risk_gbp >= 0.5:
        line += f", of which {_plain(risk.at_risk_gbp)} is at risk at low values"
    if risk.haircut_gbp >= 0.5:
        line += f", after {_plain(risk.haircut_gbp)} taken off for sales that are not sure"
    need = risk.needed_share
    if need is None:
        return (f"{line}; the value is not negative even without them.",)
    if need > 1.0:
        return (f"{line}; even all of them do not bring the value to nil.",)
    return (f"{line}; at least {need:.0%} of them must come in for the value not to be negative.",)


def _borrowing_words(told: Appraisal) -> tuple[str, ...]:
    drawn = sum(one.drawn_gbp for one in told.years)
    if drawn <= 0.0:
        return ()
    interest = sum(one.interest_gbp for one in told.years)
    peak = max(told.years, key=lambda one: (one.interest_gbp + one.mrp_gbp, -one.year))
    charge = _plain(peak.interest_gbp + peak.mrp_gbp)
    year = year_label(told.basis.base_year + peak.year)
    return (
        f"Borrowing {_plain(drawn)} costs {_plain(interest)} of interest; interest and minimum "
        f"revenue provision are highest in {year}, {charge}.",
    )


def _plain(value_gbp: float) -> str:
    return pounds(abs(value_gbp)).lstrip("+")


def pence(value_gbp: float) -> float:
    """£ rounded to pence; nil without a sign."""
    return round(value_gbp, 2) + 0.0


def _rounded(record: dict[str, object]) -> dict[str, object]:
    return {name: pence(v) if isinstance(v, float) else v for name, v in record.items()}

"""A plan's money year by year: by line, by kind, before and after financing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimise.money.discounting import discount_factor
from optimise.money.lines import LINES, VALUED
from optimise.money.loans import Financed
from optimise.money.records import Basis, Cash, YearMoney

#: Kinds that years leave aside: what one partner pays another nets out; loans stand apart.
ASIDE = ("transfer", "financing")


def years_of(
    cash: Sequence[Cash], basis: Basis, loans: Mapping[int, Financed]
) -> tuple[YearMoney, ...]:
    """Every year from 0 to the longest horizon, and on until the last loan is done with.

    Sums that fall after the longest horizon stand in the year that they fall in.
    """
    told = [one for one in cash if one.kind not in ASIDE]
    last = max([basis.longest_yr, *loans, *(one.year for one in told)])
    of_year: dict[int, list[Cash]] = {}
    for one in told:
        of_year.setdefault(one.year, []).append(one)
    made: list[YearMoney] = []
    so_far = so_far_pv = 0.0
    for year in range(last + 1):
        some = of_year.get(year, [])
        valued = [one for one in some if one.kind in VALUED]
        so_far += sum(one.amount_gbp for one in valued)
        so_far_pv += sum(
            one.amount_gbp * discount_factor(basis.schedule, one.time_yr) for one in valued
        )
        made.append(
            _year(year, some, loans.get(year, Financed()), so_far=so_far, so_far_pv=so_far_pv)
        )
    return tuple(made)


def _year(
    year: int, some: Sequence[Cash], loan: Financed, *, so_far: float, so_far_pv: float
) -> YearMoney:
    moved = {one.line for one in some}
    kinds = {
        kind: sum((one.amount_gbp for one in some if one.kind == kind), 0.0) for kind in VALUED
    }
    revenue = kinds["annual"] + kinds["one_off"]
    return YearMoney(
        year=year,
        by_line={
            line: sum(one.amount_gbp for one in some if one.line == line)
            for line in LINES
            if line in moved
        },
        capital_gbp=kinds["capital"],
        receipts_gbp=kinds["receipt"],
        one_off_gbp=kinds["one_off"],
        annual_gbp=kinds["annual"],
        net_revenue_gbp=revenue,
        drawn_gbp=loan.drawn_gbp,
        principal_gbp=loan.principal_gbp,
        interest_gbp=loan.interest_gbp,
        debt_gbp=loan.debt_gbp,
        mrp_gbp=loan.mrp_gbp,
        cfr_gbp=loan.cfr_gbp,
        net_after_financing_gbp=revenue - loan.interest_gbp - loan.mrp_gbp,
        cumulative_gbp=so_far,
        cumulative_pv_gbp=so_far_pv,
    )

"""A plan's money as the appraisal reads it: every flow with what is unsure about it.

The flows are the ledger's; what the ledger need not know is added: optimism
bias, the receipt in each case, the haircut, yearly sums to the longest horizon
that is told, and what has to be borrowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import pandas as pd

from optimise.actions import annual_gbp
from optimise.ledger.booking import Booked
from optimise.ledger.entries import every_flow
from optimise.money.appraisal import BIASED, CASES, Appraisal, Basis, Cash, appraise, basis_of
from optimise.plan import Plan
from optimise.sites import bias_of, market_value_gbp
from optimise.taken import taken

#: What is sold for: these follow the market.
SOLD = ("receipt", "neighbours")
#: What is built at a building: its own class's optimism bias.
AT_BUILDING = ("build", "extension", "works")


def appraisal_of(plan: Plan) -> Appraisal:
    """The plan's money under every reading."""
    finance = plan.problem.finance
    basis = basis_of(finance)
    return appraise(
        cash_of(plan, basis), basis, case=finance.receipt_case, borrowed_gbp=borrowed_gbp(plan)
    )


def cash_of(plan: Plan, basis: Basis) -> tuple[Cash, ...]:
    """Every flow of a plan but transfers, yearly ones up to the longest horizon of the basis."""
    # As far as the longest horizon: rent due and holding go on to it, as savings do.
    calendar = replace(plan.problem.calendar, horizon_yr=basis.longest_yr)
    far = replace(plan.problem, calendar=calendar)
    once = [
        _cash(plan, each)
        for each in every_flow(far, plan.after)
        if each.flow.kind not in ("annual", "transfer")
    ]
    return (*once, *_yearly(plan, basis.longest_yr))


def _yearly(plan: Plan, longest_yr: int) -> Iterator[Cash]:
    """Each line's yearly sum, in every year up to the longest horizon."""
    calendar = plan.problem.calendar
    sums: dict[tuple[str, int], float] = {}
    for action, period, times in taken(plan.problem, plan.after):
        for line, gbp in annual_gbp(plan.problem, action).items():
            sums[line, period] = sums.get((line, period), 0.0) + gbp * times
    for (line, period), gbp in sorted(sums.items()):
        for year in range(longest_yr + 1):
            share = calendar.saved_share(year, period)
            if share > 0:
                yield Cash(line, float(year), gbp * share)


def _cash(plan: Plan, each: Booked) -> Cash:
    """A flow that comes once, with its optimism bias or what it would be in other cases."""
    flow = each.flow
    if flow.line in SOLD:
        return _sold(plan, each)
    bias = _bias_pct(plan, flow.line, each.asset_id) if flow.line in BIASED else 0.0
    return Cash(flow.line, flow.time_yr, flow.amount_gbp, bias_pct=bias, asset_id=each.asset_id)


def _bias_pct(plan: Plan, line: str, asset_id: str) -> float:
    finance = plan.problem.finance
    if line not in AT_BUILDING:
        return finance.optimism_bias_pct
    return 100.0 * (bias_of(_row(plan, asset_id), finance) - 1.0)


def _row(plan: Plan, asset_id: str) -> pd.Series:
    return plan.inputs.estate.buildings.loc[asset_id]  # type: ignore[no-any-return]


def _sold(plan: Plan, each: Booked) -> Cash:
    """A receipt in every case: what is kept of the market value is the same in each.

    receipt(case) = receipt · value(case) / value(the plan's case)
    """
    finance, row, flow = plan.problem.finance, _row(plan, each.asset_id), each.flow
    counted = market_value_gbp(row, finance.receipt_case)
    low, central, high = (
        flow.amount_gbp * market_value_gbp(row, case) / counted if counted else None
        for case in CASES
    )
    confidence = str(row["receipt_confidence"])
    haircuts = {str(name): pct for name, pct in finance.receipt_haircut_pct.items()}
    off = haircuts.get(confidence, 0.0) / 100.0
    return Cash(
        flow.line,
        flow.time_yr,
        flow.amount_gbp,
        low_gbp=low,
        central_gbp=central,
        high_gbp=high,
        haircut_gbp=flow.amount_gbp * off / (1.0 - off) if off < 1 else 0.0,
        confidence=confidence,
        asset_id=each.asset_id,
    )


def borrowed_gbp(plan: Plan) -> dict[int, float]:
    """Year → £ that a plan has to borrow, by the budgets and limits it is held to.

    Nothing where capital is not held year by year.
    """
    phased = plan.problem.phased
    if phased is None or phased.budget is None:
        return {}
    spent, received = _capital_and_receipts(plan)
    years = plan.problem.calendar.years
    over = [spent.get(y, 0.0) - phased.budget.get(y, 0.0) for y in years]
    limits = [phased.borrowing.get(y, 0.0) for y in years]
    if not phased.rules.carry_forward:
        over = [max(0.0, gbp) for gbp in over]
        limits = [min(pair) for pair in zip(limits, over, strict=True)]
    share = plan.problem.reinvest_share
    reinvested = accumulate(share * received.get(y, 0.0) for y in years)
    lacking = [a - b for a, b in zip(accumulate(over), reinvested, strict=True)]
    return {y: gbp for y, gbp in zip(years, least_borrowing(lacking, limits), strict=True) if gbp}


def least_borrowing(lacking_gbp: Sequence[float], limits_gbp: Sequence[float]) -> list[float]:
    """The least that has to be borrowed each year, and as late as the limits allow.

    B_y = max(lack_y, 0, B_{y−1}),  and before that B_{y−1} ≥ B_y − limit_y from the last year back

    In words: by the end of each year as much has been borrowed as is lacking by then; where that
    is more than a year's limit the rest is borrowed before.

    Args:
        lacking_gbp: by year, what is lacking by its end without borrowing (cumulative; below 0 =
            to spare).
        limits_gbp: by year, most that may be borrowed in it.

    Returns:
        By year; where the limits do not suffice the first year takes what is left, so that
        the sum is always what is needed.
    """
    needed = [max(0.0, gbp) for gbp in lacking_gbp]
    for year in range(len(needed) - 1, 0, -1):
        needed[year - 1] = max(needed[year - 1], needed[year] - limits_gbp[year])
    so_far = list(accumulate(needed, max))
    # Less than a penny is rounding of the program, not a loan.
    steps = [b - a for a, b in zip([0.0, *so_far], so_far, strict=False)]
    return [step if step >= 0.01 else 0.0 for step in steps]


def _capital_and_receipts(plan: Plan) -> tuple[Mapping[int, float], Mapping[int, float]]:
    """Year → capital spent (net of what comes with it) and receipts, £."""
    spent: dict[int, float] = {}
    received: dict[int, float] = {}
    for flow in (each.flow for each in every_flow(plan.problem, plan.after)):
        if flow.kind == "capital":
            spent[flow.year] = spent.get(flow.year, 0.0) - flow.amount_gbp
        elif flow.kind == "receipt":
            received[flow.year] = received.get(flow.year, 0.0) + flow.amount_gbp
    return spent, received

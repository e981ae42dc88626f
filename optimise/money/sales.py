"""What selling a building brings in, when, and what waiting for it costs.

A receipt is market value in alternative use less the costs of sale. Book value (existing use, or
depreciated replacement cost) is not a receipt.

Source: RICS Valuation: Global Standards (market value); HM Treasury, The Green Book (2022),
chapter 6 (values as ranges); Local Government Act 1972 s.123 and the General Disposal Consent
(England) 2003 (best consideration); Local Government Act 2003 s.9 and the Secretary of State's
direction on the flexible use of capital receipts (what receipts may pay for).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from optimise.money.lines import spread

Case = Literal["low", "central", "high"]
CASES: tuple[Case, ...] = ("low", "central", "high")
#: Undervalue up to which land may be sold below best consideration for well-being without asking
#: the Secretary of State, £ (General Disposal Consent 2003, paragraph 2(1)(b)).
CONSENT_UNDERVALUE_GBP = 2_000_000.0
#: Years up to which a tenancy granted or assigned is no disposal (Local Government Act 1972
#: s.123(7)).
SHORT_TENANCY_YR = 7.0


def value_in_case_gbp(
    central_gbp: float, case: Case, *, low_gbp: float | None = None, high_gbp: float | None = None
) -> float:
    """A value in a case; the central one where the case has none of its own."""
    stated = {"low": low_gbp, "central": central_gbp, "high": high_gbp}[case]
    return central_gbp if stated is None else stated


def net_receipt_gbp(market_value_gbp: float, disposal_cost_pct: float) -> float:
    """What a sale brings in: market value less the costs of sale (book value is not a receipt)."""
    return market_value_gbp * (1.0 - disposal_cost_pct / 100.0)


def certain_receipt_gbp(receipt_gbp: float, haircut_pct: float) -> float:
    """A receipt after the haircut for how sure it is: receipt · (1 − haircut).

    In words: a sale without planning consent or a buyer counts for less than a contract.

    Source: CIPFA, The Prudential Code (2021): capital plans are prudent about what they count on.
        The haircuts themselves are the planner's.
    """
    return receipt_gbp * (1.0 - haircut_pct / 100.0)


def received_yr(vacated_yr: float, months_to_sell: float) -> float:
    """When a receipt comes in, years from the start of the base year: vacate, market, receive."""
    return vacated_yr + months_to_sell / 12.0


def holding_costs(
    running_cost_gbp_pa: float, holding_pct: float, *, from_yr: float, until_yr: float
) -> Iterator[tuple[float, float]]:
    """(time_yr, £ paid) for holding an empty building, one sum for each financial year's part.

    running cost · holding % · length of the part, at its middle

    In words: insurance, security and empty rates go on until the building is sold.
    """
    held = running_cost_gbp_pa * holding_pct / 100.0
    for middle_yr, part_yr in spread(from_yr, until_yr):
        yield middle_yr, held * part_yr


def reinvestable_gbp(receipts_gbp: float, reinvest_cap_pct: float) -> float:
    """What of receipts that have come in may pay for works: receipts · cap."""
    return receipts_gbp * reinvest_cap_pct / 100.0


def neighbours_bonus_gbp(receipts_gbp: float, bonus_pct: float) -> float:
    """What neighbouring sites fetch more when sold together (marriage value): receipts · bonus."""
    return receipts_gbp * bonus_pct / 100.0


def consent_needed(
    best_gbp: float, price_gbp: float, *, well_being: bool, tenancy_yr: float | None = None
) -> bool:
    """Whether the Secretary of State must consent to a disposal at a price.

    In words: never at the best consideration or for a tenancy of up to seven years; below the best,
    unless the undervalue is at most £2m and the disposal serves economic, social or environmental
    well-being.

    Args:
        best_gbp: best consideration reasonably obtainable.
        price_gbp: agreed.
        well_being: the disposal promotes or improves well-being.
        tenancy_yr: length of the tenancy granted or assigned; None = freehold or longer lease.

    Source: Local Government Act 1972 s.123; General Disposal Consent (England) 2003.
    """
    if price_gbp >= best_gbp or (tenancy_yr is not None and tenancy_yr <= SHORT_TENANCY_YR):
        return False
    return not (well_being and best_gbp - price_gbp <= CONSENT_UNDERVALUE_GBP)

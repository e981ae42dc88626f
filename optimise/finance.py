"""Money: the public face of the pure functions in `optimise.money`.

| module | what it answers |
|---|---|
| `discounting` | what a sum of another year, or in another year's prices, is worth |
| `capital` | what works will cost once done: optimism bias by class, blended by share |
| `sales` | what a sale brings in, when, how surely; holding cost; best consideration |
| `dates` | dates as years from the base year, and back |
| `leases` | how a lease ends, when notice is due, rent until then, rent of guests |
| `loans` | principal, interest and balance by year; minimum revenue provision |
| `returns` | payback and internal rate of return |
| `appraisal` | a plan's value under every reading, and which of them change its sign |
| `lines` | the lines that money is booked on |

Real prices of the base year, no VAT, transfers netted out (HM Treasury, Green
Book). Year 0 is the base year; running costs are counted at the end of years
1 to the horizon; sums paid or received once at the time that they fall.
"""

from __future__ import annotations

from optimise.money.capital import (
    OPTIMISM_BIAS_PCT,
    blended_bias_pct,
    mitigated_bias_pct,
    optimism_bias_pct,
    with_bias_gbp,
    without_bias_gbp,
)
from optimise.money.dates import day_after, years_to
from optimise.money.discounting import (
    GREEN_BOOK,
    Schedule,
    annuity_factor,
    at_base_prices_gbp,
    discount_factor,
    equal_annual_gbp,
    money_of_the_day_gbp,
    present_gbp,
    rate_in_year,
    real_rate_pct,
)
from optimise.money.leases import (
    LeaseExit,
    LeaseTerms,
    break_days,
    exit_day,
    guest_rent_gbp_pa,
    lease_exit,
    notice_day,
    rent_due,
)
from optimise.money.loans import (
    Financed,
    Loan,
    Payment,
    Terms,
    annuity_payment_gbp,
    financed,
    implied_rate_pct,
    loan,
    mrp,
)
from optimise.money.returns import irr_pct, payback_yr
from optimise.money.sales import (
    certain_receipt_gbp,
    consent_needed,
    holding_costs,
    neighbours_bonus_gbp,
    net_receipt_gbp,
    received_yr,
    reinvestable_gbp,
    value_in_case_gbp,
)

__all__ = [
    "GREEN_BOOK",
    "OPTIMISM_BIAS_PCT",
    "Financed",
    "LeaseExit",
    "LeaseTerms",
    "Loan",
    "Payment",
    "Schedule",
    "Terms",
    "annuity_factor",
    "annuity_payment_gbp",
    "at_base_prices_gbp",
    "blended_bias_pct",
    "break_days",
    "certain_receipt_gbp",
    "consent_needed",
    "day_after",
    "discount_factor",
    "equal_annual_gbp",
    "exit_day",
    "financed",
    "guest_rent_gbp_pa",
    "holding_costs",
    "implied_rate_pct",
    "irr_pct",
    "lease_exit",
    "loan",
    "mitigated_bias_pct",
    "money_of_the_day_gbp",
    "mrp",
    "neighbours_bonus_gbp",
    "net_receipt_gbp",
    "notice_day",
    "optimism_bias_pct",
    "payback_yr",
    "present_gbp",
    "rate_in_year",
    "real_rate_pct",
    "received_yr",
    "reinvestable_gbp",
    "rent_due",
    "value_in_case_gbp",
    "with_bias_gbp",
    "without_bias_gbp",
    "years_to",
]

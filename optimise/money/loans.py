"""Borrowing: what a loan costs year by year, and what is set aside to repay it.

A loan is drawn at the start of a year and paid at the end of each of its years, so the first
payment falls into the year after. Rates are in money of the day, as lenders quote them.

Source: CIPFA, The Prudential Code for Capital Finance in Local Authorities (2021); Local
Government Act 2003 part 1; Local Authorities (Capital Finance and Accounting) (England)
Regulations 2003, regulations 27 and 28; statutory guidance on minimum revenue provision (2018, and
2024 in force from April 2025): asset life method, in equal instalments or as an annuity, from
the year after the expenditure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Method = Literal["equal_instalment", "annuity", "maturity"]
MrpMethod = Literal["equal", "annuity"]


@dataclass(frozen=True)
class Payment:
    """What is paid on a loan in one year.

    Attributes:
        year: of the loan, the first is 1.
        principal_gbp, interest_gbp: paid at the end of the year.
        balance_gbp: still owed after it.
    """

    year: int
    principal_gbp: float
    interest_gbp: float
    balance_gbp: float


@dataclass(frozen=True)
class Loan:
    """A loan and its payments. Made by `loan`."""

    drawn_gbp: float
    rate_pct: float
    method: Method
    payments: tuple[Payment, ...]

    @property
    def interest_gbp(self) -> float:
        """Interest over the whole term, in plain pounds."""
        return sum(paid.interest_gbp for paid in self.payments)


def annuity_payment_gbp(drawn_gbp: float, rate_pct: float, term_yr: int) -> float:
    """The same payment every year that repays a loan: P · r / (1 − (1 + r)^−n).

    In words: interest falls and principal rises, together they stay. P / n at a rate of 0.

    Symbols: P drawn, £; r rate, a share; n years.
    """
    rate = rate_pct / 100.0
    # Below this the two are the same to the last figure, and the quotient is of nothing by nothing.
    if rate < 1e-12:
        return drawn_gbp / term_yr
    return drawn_gbp * rate / -math.expm1(-term_yr * math.log1p(rate))


def loan(drawn_gbp: float, rate_pct: float, term_yr: int, method: Method) -> Loan:
    """A loan's payments, year by year.

    equal_instalment: principal_k = P / n, interest_k = r · B_{k−1}
    annuity:          principal_k = A − r · B_{k−1}, A = `annuity_payment_gbp`
    maturity:         principal_n = P, interest_k = r · P

    In words: the same principal every year with interest on what is left; the same payment every
    year; or interest only, and everything at the end.

    Symbols: P drawn, £; r rate a year, a share; n term, years; B_k owed after year k, £.

    Raises:
        ValueError: the sum or the rate is negative, or the term is below a year.

    Source: Public Works Loan Board (equal instalments of principal, annuity, maturity loans).
    """
    if drawn_gbp < 0 or rate_pct < 0 or term_yr < 1:
        raise ValueError("a loan is of £0 or more, at 0 % or more, for a year or more")
    rate, balance = rate_pct / 100.0, drawn_gbp
    level = annuity_payment_gbp(drawn_gbp, rate_pct, term_yr)
    made: list[Payment] = []
    for year in range(1, term_yr + 1):
        interest = rate * balance
        principal = {
            "equal_instalment": drawn_gbp / term_yr,
            "annuity": level - interest,
            "maturity": 0.0,
        }[method]
        if year == term_yr:
            # What rounding left over is repaid with the last payment: it ends at nil exactly.
            principal = balance
        balance -= principal
        made.append(Payment(year, principal, interest, balance))
    return Loan(drawn_gbp, rate_pct, method, tuple(made))


def implied_rate_pct(drawn_gbp: float, interest_gbp: float, term_yr: int, method: Method) -> float:
    """The rate at which a loan costs a stated total of interest, %.

    equal_instalment: 2 · I / (P · (n + 1));  maturity: I / (P · n);  annuity: n · A(r) − P = I,
    solved by halving, because the interest rises with the rate.

    In words: what a business case that states only its interest must have borrowed at.

    Symbols: I interest over the whole term, £; the others as in `loan`.

    Raises:
        ValueError: nothing is drawn, the interest is negative, or no rate up to 1,000 % does it.
    """
    if drawn_gbp <= 0 or interest_gbp < 0 or term_yr < 1:
        raise ValueError("a sum above £0, interest of £0 or more and a year or more are needed")
    if method == "equal_instalment":
        return 100.0 * 2.0 * interest_gbp / (drawn_gbp * (term_yr + 1))
    if method == "maturity":
        return 100.0 * interest_gbp / (drawn_gbp * term_yr)
    low, high = 0.0, 1000.0
    if _annuity_interest_gbp(drawn_gbp, high, term_yr) < interest_gbp:
        raise ValueError("no rate up to 1,000 % costs so much interest")
    for _ in range(100):
        middle = (low + high) / 2.0
        if _annuity_interest_gbp(drawn_gbp, middle, term_yr) < interest_gbp:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _annuity_interest_gbp(drawn_gbp: float, rate_pct: float, term_yr: int) -> float:
    return term_yr * annuity_payment_gbp(drawn_gbp, rate_pct, term_yr) - drawn_gbp


def mrp(
    borrowed_gbp: float, life_yr: int, method: MrpMethod = "equal", *, rate_pct: float = 0.0
) -> tuple[float, ...]:
    """Minimum revenue provision in each year after the expenditure, £; the first is the next year.

    equal: P / L;  annuity: the principal part of an annuity loan of P over L years at the rate

    In words: what revenue must set aside so that borrowing is provided for over the life of what
    it paid for; as an annuity less at first and more later.

    Symbols: P capital paid for by borrowing, £; L life, years.

    Source: statutory guidance on minimum revenue provision (2018; 2024), options 3(a) and 3(b).
    """
    if method == "equal":
        return tuple(
            p.principal_gbp for p in loan(borrowed_gbp, 0.0, life_yr, "equal_instalment").payments
        )
    return tuple(p.principal_gbp for p in loan(borrowed_gbp, rate_pct, life_yr, "annuity").payments)


@dataclass(frozen=True)
class Terms:
    """Terms of every loan of a plan and of its provision; as in the scenario's ``finance``."""

    rate_pct: float = 5.0
    term_yr: int = 25
    method: Method = "annuity"
    mrp_life_yr: int = 25
    mrp_method: MrpMethod = "equal"


@dataclass(frozen=True)
class Financed:
    """What borrowing comes to in one year, £; every figure ≥ 0.

    Attributes:
        drawn_gbp: borrowed at the start of the year.
        principal_gbp, interest_gbp: paid on loans of earlier years.
        debt_gbp: owed at the end of the year.
        mrp_gbp: minimum revenue provision charged.
        cfr_gbp: borrowed and not yet provided for at the end of the year: what these loans add to
            the capital financing requirement.
    """

    drawn_gbp: float = 0.0
    principal_gbp: float = 0.0
    interest_gbp: float = 0.0
    debt_gbp: float = 0.0
    mrp_gbp: float = 0.0
    cfr_gbp: float = 0.0


def financed(borrowed_gbp: Mapping[int, float], terms: Terms) -> dict[int, Financed]:
    """Borrowing year by year, from the first loan until the last is repaid and provided for.

    In words: a loan for what is borrowed in each year, all on the same terms; payments and
    provision both begin the year after.

    Args:
        borrowed_gbp: year → £ borrowed in it; years with nothing may be left out.
        terms: of loans and provision.

    Returns:
        Every year from the first to the last that anything happens in, ascending.
    """
    drawn = {year: gbp for year, gbp in sorted(borrowed_gbp.items()) if gbp > 0}
    if not drawn:
        return {}
    last = max(drawn) + max(terms.term_yr, terms.mrp_life_yr)
    principal: dict[int, float] = {}
    interest: dict[int, float] = {}
    provided: dict[int, float] = {}
    for year, gbp in drawn.items():
        for paid in loan(gbp, terms.rate_pct, terms.term_yr, terms.method).payments:
            principal[year + paid.year] = principal.get(year + paid.year, 0.0) + paid.principal_gbp
            interest[year + paid.year] = interest.get(year + paid.year, 0.0) + paid.interest_gbp
        charges = mrp(gbp, terms.mrp_life_yr, terms.mrp_method, rate_pct=terms.rate_pct)
        for k, charge in enumerate(charges, start=1):
            provided[year + k] = provided.get(year + k, 0.0) + charge
    made: dict[int, Financed] = {}
    debt = cfr = 0.0
    for year in range(min(drawn), last + 1):
        new, back, set_aside = (
            drawn.get(year, 0.0),
            principal.get(year, 0.0),
            provided.get(year, 0.0),
        )
        # A loan is owed from its first day; differences of sums may leave dust below a penny.
        debt, cfr = max(0.0, debt + new - back), max(0.0, cfr + new - set_aside)
        made[year] = Financed(new, back, interest.get(year, 0.0), debt, set_aside, cfr)
    return made

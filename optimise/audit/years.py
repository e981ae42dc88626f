"""Capital, savings and receipts of every financial year, booked again from the numbers alone."""

from __future__ import annotations

from collections import defaultdict

from assets.issues import Issue
from optimise.audit.accounts import amounts
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.outcome import Outcome
from optimise.phasing.calendar import year_label
from optimise.phasing.resolved import Phased
from optimise.problem import Problem


def years(problem: Problem, result: Outcome) -> list[Issue]:
    """Savings and receipts are there in the years that ask for them, and capital is paid for."""
    phased = problem.phased
    if phased is None or result.timetable is None:
        return []
    booked: dict[tuple[str, int], float] = defaultdict(float)
    for amount in amounts(problem, result):
        booked[amount.kind, int(amount.at_yr)] += amount.gbp
    base = problem.calendar.base_year
    wrong = [
        f"saving in {year_label(base + y)}: £{booked['annual', y]:,.0f} against £{asked:,.0f}"
        for y, asked in phased.saving.items()
        if booked["annual", y] < asked - _slack(asked)
    ]
    for y, asked in phased.receipts.items():
        come = sum(booked["receipt", at] for at in range(y + 1))
        if come < asked - _slack(asked):
            wrong.append(f"receipts by {year_label(base + y)}: £{come:,.0f} against £{asked:,.0f}")
    if phased.budget is not None:
        wrong += _capital(problem, phased, booked)
    return found("audit.years", "money targets of a year not met", wrong)


def _slack(asked: float) -> float:
    """£1 of rounding, or its share of a large sum."""
    return max(1.0, TOLERANCE * abs(asked))


def _capital(problem: Problem, phased: Phased, booked: dict[tuple[str, int], float]) -> list[str]:
    """Years in which more has been spent than there was, borrowing all that may be borrowed.

    Money is used in the order that leaves most: a year's own budget first where it would be lost,
    then receipts, then loans.
    """
    budget, share = phased.budget or {}, problem.reinvest_share
    purse = received = 0.0
    wrong = []
    for y in problem.calendar.years:
        spent = -booked["capital", y]
        received += share * booked["receipt", y]
        if phased.rules.carry_forward:
            purse += budget.get(y, 0.0) + phased.borrowing.get(y, 0.0) - spent
            short = -(purse + received)
        else:
            wanted = max(0.0, spent - budget.get(y, 0.0) - phased.borrowing.get(y, 0.0))
            purse += wanted
            short = purse - received
        if short > max(1.0, TOLERANCE * spent):
            wrong.append(f"capital by {year_label(problem.calendar.base_year + y)}: "
                         f"£{short:,.0f} more than there is")  # fmt: skip
    return wrong


CHECKS: tuple[Check, ...] = (years,)

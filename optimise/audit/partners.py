"""No partner worse off, recomputed from the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from assets.issues import Issue
from optimise import finance as money
from optimise.audit.accounts import amounts
from optimise.audit.verdict import Check, found
from optimise.ledger.parties import books
from optimise.outcome import Outcome
from optimise.problem import Problem

#: £ below nil that is rounding: a solver keeps rows to a millionth of a thousand pounds or so.
ROUNDING_GBP = 1.0
#: Of the account over the horizon, which has no year.
WHOLE = -1


def partners(problem: Problem, result: Outcome) -> list[Issue]:
    """Each partner is at nil or above, at present worth or in every year, as was asked.

    Where partners settle, with what was booked between them; in an account in which all together
    lose no payment helps, and none is asked to.
    """
    asked = problem.partners
    if asked.no_worse_off == "report":
        return []
    account: dict[tuple[str, int], float] = {}
    for party, when, gbp in _parts(problem, result):
        account[party, when] = account.get((party, when), 0.0) + gbp
    total: dict[int, float] = {}
    for (_, when), gbp in account.items():
        total[when] = total.get(when, 0.0) + gbp
    wrong = [
        f"{party}: £{gbp:,.0f} {_said(problem, when)}"
        for (party, when), gbp in sorted(account.items())
        if gbp < -ROUNDING_GBP and (not asked.settle or total[when] >= 0)
    ]
    return found("audit.partners", "partners worse off", wrong)


def _parts(problem: Problem, result: Outcome) -> Iterator[tuple[str, int, float]]:
    """(party, account, £): at present worth in the one account, or net revenue of each year."""
    whole = problem.partners.no_worse_off == "npv"
    for one in amounts(problem, result):
        if whole:
            worth = money.discount_factor(problem.schedule, one.at_yr)
            yield one.party, WHOLE, one.gbp * worth
        elif one.kind not in ("capital", "receipt"):
            yield one.party, int(one.at_yr), one.gbp
    for entry in books(problem, result) if problem.partners.settle else ():
        if entry.line == "settlement":
            yield entry.party, WHOLE if whole else entry.year, entry.amount_gbp


def _said(problem: Problem, when: int) -> str:
    return "at present worth" if when == WHOLE else f"in {problem.calendar.base_year + when}"


CHECKS: tuple[Check, ...] = (partners,)

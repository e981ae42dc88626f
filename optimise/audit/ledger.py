"""The ledger of a plan held against its sums, and against the same money booked once more."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from assets.issues import Issue
from optimise.audit.accounts import Amount, amounts
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.ledger.entries import Entry
from optimise.ledger.parties import books
from optimise.outcome import Outcome
from optimise.problem import Problem

#: £ that a rounded sum may be off: a penny, and the noise of adding floating-point numbers.
PENNY = 0.015
#: Kinds that are in the books once more (`optimise.audit.accounts`).
KINDS = ("capital", "receipt", "one_off", "annual", "transfer")
#: Lines on which a saving is told, of buildings and of units: one of each at most.
SAVED = ("running_cost_saved", "withdrawal", "outreach")


def ledger(problem: Problem, result: Outcome) -> list[Issue]:
    """The books add up to the plan, partner by partner and year by year, and nothing twice."""
    made = books(problem, result)
    again = list(amounts(problem, result))
    wrong = [
        *_sums(problem, result, made),
        *_worth(problem, result, again),
        *_each(made, again),
        *_sales(problem, result, made),
        *_transfers(made),
        *_twice(made),
    ]
    return found("audit.ledger", "the ledger does not add up to the plan", wrong)


def _sums(problem: Problem, result: Outcome, made: Sequence[Entry]) -> list[str]:
    """Capital, receipts, a year's saving and the net present value are the plan's own."""
    money, last = result.money, problem.calendar.horizon_yr
    tests = [
        ("capital", -_of(made, "capital"), money.capital_gbp),
        ("receipts", _of(made, "receipt"), money.receipts_gbp),
        ("net present value", sum(e.pv_gbp for e in made if e.valued), money.npv_gbp),
    ]
    if problem.calendar.end_yr(problem.calendar.periods) <= last:
        saved = sum(e.amount_gbp for e in made if e.kind == "annual" and e.year == last)
        tests.append(("saving a year", saved, money.saving_gbp_pa))
    return [
        f"{what}: £{have:,.2f} in the ledger, £{plan:,.2f} in the plan"
        for what, have, plan in tests
        if not abs(have - plan) <= PENNY
    ]


def _worth(problem: Problem, result: Outcome, again: Sequence[Amount]) -> list[str]:
    """The net present value of the same money booked once more, discounted year by year."""
    last = max([0.0, *(one.at_yr for one in again)])
    factors = [1.0]
    for year in range(1, int(last) + 2):
        rate = next(r for until, r in problem.schedule if until is None or year <= until)
        factors.append(factors[-1] / (1.0 + rate))
    worth = 0.0
    for one in again:
        if one.kind != "transfer":
            whole, part = int(one.at_yr), one.at_yr % 1.0
            # Within a year as much is lost each day: d(y+1)/d(y) to the power of the part.
            worth += one.gbp * factors[whole] * (factors[whole + 1] / factors[whole]) ** part
    told = result.money.npv_gbp
    if abs(worth - told) <= PENNY + TOLERANCE * 1e-3 * abs(told):
        return []
    return [f"net present value: £{worth:,.2f} by the audit, £{told:,.2f} in the plan"]


def _of(made: Iterable[Entry], kind: str) -> float:
    return sum(e.amount_gbp for e in made if e.kind == kind)


def _each(made: Sequence[Entry], again: Sequence[Amount]) -> list[str]:
    """Each partner's year by kind is what it comes to when it is booked once more."""
    have: dict[tuple[str, str, int], float] = {}
    parts: dict[tuple[str, str, int], int] = {}
    key: tuple[str, str, int]
    for entry in made:
        if entry.kind in KINDS and entry.line != "settlement":
            key = (entry.party, entry.kind, entry.year)
            have[key] = have.get(key, 0.0) + entry.amount_gbp
            parts[key] = parts.get(key, 0) + 1
    need: dict[tuple[str, str, int], float] = {}
    for one in again:
        key = (one.party, one.kind, int(one.at_yr))
        need[key] = need.get(key, 0.0) + one.gbp
    return [
        f"{key[0]}, {key[1]}, year {key[2]}: £{have.get(key, 0.0):,.2f} in the ledger, "
        f"£{need.get(key, 0.0):,.2f} by the audit"
        for key in sorted({*have, *need})
        # Every entry is rounded, to within a penny.
        if not abs(have.get(key, 0.0) - need.get(key, 0.0)) <= PENNY * (1 + parts.get(key, 0))
    ]


def _sales(problem: Problem, result: Outcome, made: Sequence[Entry]) -> list[str]:
    """Each building sold brings its receipt once, and no other building any."""
    got: dict[str, float] = {}
    for entry in made:
        if entry.line == "receipt":
            got[entry.asset_id] = got.get(entry.asset_id, 0.0) + entry.amount_gbp
    wrong = []
    for s, site in sorted(problem.sites.items()):
        gone = site.in_use_today and s not in result.open
        need = site.exit.receipt_gbp if gone and site.exit.lease is None else 0.0
        if not abs(got.pop(s, 0.0) - need) <= PENNY:
            wrong.append(f"{s}: its receipt is not the ledger's")
    return wrong + [f"{s}: a receipt of nothing sold" for s in sorted(got)]


def _transfers(made: Sequence[Entry]) -> list[str]:
    """What partners pay each other nets out in every year."""
    left: dict[int, float] = {}
    for entry in made:
        if entry.kind == "transfer":
            left[entry.year] = left.get(entry.year, 0.0) + entry.amount_gbp
    return [
        f"year {year}: transfers leave £{gbp:,.2f}"
        for year, gbp in sorted(left.items())
        if abs(gbp) > 1e-6 * PENNY * len(made)
    ]


def _twice(made: Sequence[Entry]) -> list[str]:
    """No saving of a building or of a unit is in a year twice, or under two tags."""
    seen: dict[Hashable, str] = {}
    wrong = []
    for entry in made:
        if entry.line in SAVED:
            key = (entry.unit_id or entry.asset_id, bool(entry.unit_id), entry.year)
            if key in seen:
                where = entry.unit_id or entry.asset_id
                wrong.append(f"{where}: saved in year {entry.year} as {seen[key]} and {entry.line}")
            seen[key] = entry.line
    return wrong


CHECKS: tuple[Check, ...] = (ledger,)

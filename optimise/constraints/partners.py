"""No partner is left worse off, where they do not settle it between themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pulp

from optimise.actions import actions, annuity
from optimise.decisions import Decisions, Term
from optimise.ledger.booking import Booked, bonus_booked, booked_once, booked_pa
from optimise.ledger.parties import REVENUE
from optimise.making import SCALE, row_name
from optimise.money.lines import VALUED
from optimise.problem import Problem
from optimise.sites import present_gbp

#: Year of the rows of ``npv``, which have none.
WHOLE = -1
#: (party, year) → £.
Sums = dict[tuple[str, int], float]
#: (party, year) → the row's terms.
Rows = dict[tuple[str, int], list[tuple[Term, float]]]
#: What an action of a period, booked once and every year, comes to by partner (and year).
Account = Callable[[int, Sequence[Booked], Sequence[Booked]], Sums]


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold every owner and operator at nil or above, without payments between them.

    Σ_{a,t} v_p(a,t) · done[a,t] ≥ 0                  for each partner p (``npv``)
    Σ_{a,t} r_{p,y}(a,t) · done[a,t] ≥ 0              for each p and year y (``every_year``)

    In words: what the changes of a plan are worth to each partner, rent between them
    included, is no less than doing nothing: over the horizon at present worth, or as
    net revenue in every financial year. Capital and receipts are the capital account
    and are no part of a year's revenue. Where partners may settle (``partners.settle``)
    nothing is asked here: the least payments are told (`optimise.ledger.parties`).

    Symbols: a actions and t periods (`optimise.actions`), done as
    `optimise.decisions.Decisions.term` (of an extension in m²); v present worth and
    r revenue of the year that p books of the action (`optimise.ledger.booking`), £; rows in £k.
    Source: DCLG Transformation Challenge Award bids, 2014 (partners share savings so that
    none pays for another's); HM Treasury, Green Book, on distribution of costs and benefits.
    """
    asked = problem.partners
    if asked.no_worse_off == "report" or asked.settle:
        return
    account = _worth if asked.no_worse_off == "npv" else _years
    seen: dict[str, list[dict[str, float]]] = {}
    for (party, year), terms in sorted(
        _rows(decisions, problem, account(problem)).items(), key=_key
    ):
        if all(gbp >= 0 for _, gbp in terms):
            continue
        row = pulp.lpSum(SCALE * gbp * term for term, gbp in terms)
        same = {"": row.constant, **{v.name: gbp for v, gbp in row.items()}}
        # Once everything is done, one year is like the next: one row says it.
        if same not in seen.setdefault(party, []):
            seen[party].append(same)
            name = (party,) if year == WHOLE else (party, year)
            model += row >= 0, row_name("partner", *name)


def _key(one: tuple[tuple[str, int], object]) -> tuple[str, int]:
    return one[0]


def _rows(decisions: Decisions, problem: Problem, account: Account) -> Rows:
    """What each action in each period means for each partner (and year)."""
    rows: Rows = {}
    for term, period, once, yearly in _each(decisions, problem):
        for key, gbp in account(period, once, yearly).items():
            if gbp:
                rows.setdefault(key, []).append((term, gbp))
    return rows


def _each(
    decisions: Decisions, problem: Problem
) -> Iterator[tuple[Term, int, list[Booked], list[Booked]]]:
    """(term, period, booked once, booked every year) of all that a plan may do."""
    for action in actions(problem):
        yearly = list(booked_pa(problem, action))
        for period in problem.calendar.all:
            term = decisions.term(action, period)
            if not isinstance(term, int):
                yield term, period, list(booked_once(problem, action, period)), yearly
    if decisions.timed is None or problem.phased is None:
        return
    groups = problem.phased.rules.neighbours
    for (name, period), term in decisions.timed.together.items():
        yield term, period, list(bonus_booked(problem, groups[name], period)), []


def _worth(problem: Problem) -> Account:
    """Present worth by partner."""
    lasting = {p: annuity(problem, p) for p in problem.calendar.all}

    def account(period: int, once: Sequence[Booked], yearly: Sequence[Booked]) -> Sums:
        sums: Sums = {}
        parts = [(each, present_gbp([each.flow], problem.finance)) for each in once]
        parts += [(each, each.flow.amount_gbp * lasting[period]) for each in yearly]
        for each, worth in parts:
            if each.flow.kind in (*VALUED, "transfer"):
                key = (each.party, WHOLE)
                sums[key] = sums.get(key, 0.0) + worth
        return sums

    return account


def _years(problem: Problem) -> Account:
    """Net revenue by partner and year."""
    years, share = range(problem.calendar.horizon_yr + 1), problem.calendar.saved_share
    lasting = {p: {y: share(y, p) for y in years} for p in problem.calendar.all}

    def account(period: int, once: Sequence[Booked], yearly: Sequence[Booked]) -> Sums:
        sums: Sums = {}
        parts = [(each, {each.flow.year: 1.0}) for each in once]
        parts += [(each, lasting[period]) for each in yearly]
        for each, shares in parts:
            for year, part in shares.items() if each.flow.kind in REVENUE else ():
                key = (each.party, year)
                sums[key] = sums.get(key, 0.0) + each.flow.amount_gbp * part
        return sums

    return account

"""Money year by year: capital within what is there, savings and receipts when they are due."""

from __future__ import annotations

import pulp

from optimise.books import Books
from optimise.decisions import Decisions
from optimise.making import SCALE, row_name
from optimise.phasing.variables import Timed
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold the money targets of each financial year.

    Σ_{τ≤y} capital[τ] ≤ Σ_{τ≤y} (budget[τ] + borrowed[τ]) + φ · Σ_{τ≤y} receipts[τ]
    where unspent money is lost:
    capital[y] ≤ budget[y] + borrowed[y] + reinvested[y],
    Σ_{τ≤y} reinvested[τ] ≤ φ · Σ_{τ≤y} receipts[τ]
    saving[y] ≥ target[y]
    Σ_{τ≤y} receipts[τ] ≥ target[y]

    In words: what has been spent by the end of a year is no more than the budgets so far, what
    has been borrowed within each year's limit, and the reinvestable share φ of the receipts that
    have come in by then (those of the year included). Where budgets may not be carried forward,
    each year pays for itself. Running costs are down by the target in each year that has one,
    and receipts have come to theirs.

    Symbols: y financial years in which periods fall; £k; capital net of grants, with optimism
    bias; borrowing costs are no part of the saving and are told beside it.
    Source: Dorset County Council 2016 (up to 75 % of receipts may be reinvested); CIPFA
    Prudential Code (capital financing by year).
    """
    timed, phased = decisions.timed, problem.phased
    if timed is None or phased is None:
        return
    books = Books(timed, problem.calendar)
    if phased.budget is not None:
        _capital(model, timed, problem, books)
    for year, target in phased.saving.items():
        row = SCALE * books.saving_gbp(year) >= SCALE * target
        model += row, row_name("saving_in", problem.calendar.base_year + year)
    for year, target in phased.receipts.items():
        row = SCALE * books.receipts_gbp(year) >= SCALE * target
        model += row, row_name("receipts_by", problem.calendar.base_year + year)


def _capital(model: pulp.LpProblem, timed: Timed, problem: Problem, books: Books) -> None:
    phased, base = problem.phased, problem.calendar.base_year
    assert phased is not None and phased.budget is not None
    share = problem.reinvest_share
    for year in problem.calendar.years:
        so_far = [y for y in problem.calendar.years if y <= year]
        received = SCALE * share * books.receipts_gbp(year)
        if phased.rules.carry_forward:
            spent = SCALE * books.capital_gbp(year) - received
            spent -= pulp.lpSum(timed.borrowed[y] for y in so_far if y in timed.borrowed)
            funds = SCALE * sum(gbp for y, gbp in phased.budget.items() if y <= year)
            model += spent <= funds, row_name("capital_by", base + year)
            continue
        spent = SCALE * books.capital_in(year) - timed.reinvested[year]
        spent -= timed.borrowed.get(year, 0)
        funds = SCALE * phased.budget.get(year, 0.0)
        model += spent <= funds, row_name("capital_in", base + year)
        put_in = pulp.lpSum(timed.reinvested[y] for y in so_far)
        model += put_in <= received, row_name("reinvested_by", base + year)

"""Every change in every period it may be made in, priced for the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulp

from optimise.actions import Action, annual_gbp, annuity, flows, present_gbp
from optimise.decisions import Decisions
from optimise.money.lines import VALUED
from optimise.problem import Problem
from optimise.taken import bonus_flow


@dataclass(frozen=True)
class Priced:
    """Money of one change in one period, £.

    Attributes:
        present_gbp: Σ amount · d(t) of all that is valued, yearly savings included.
        capital, receipts: year → spent, net of grants; received.
        annual_gbp: saved a year from the period's end on; − where it is spent.
    """

    present_gbp: float
    capital: Mapping[int, float]
    receipts: Mapping[int, float]
    annual_gbp: float


def priced(problem: Problem, action: Action, period: int) -> Priced:
    """The money of an action in a period (of ``extend`` for a square metre)."""
    once = flows(problem, action, period)
    annual = sum(annual_gbp(problem, action).values())
    capital: dict[int, float] = {}
    receipts: dict[int, float] = {}
    for flow in once:
        if flow.kind == "capital":
            capital[flow.year] = capital.get(flow.year, 0.0) - flow.amount_gbp
        elif flow.kind == "receipt":
            receipts[flow.year] = receipts.get(flow.year, 0.0) + flow.amount_gbp
    valued = [f for f in once if f.kind in VALUED]
    worth = present_gbp(problem, valued) + annual * annuity(problem, period)
    return Priced(worth, capital, receipts, annual)


@dataclass(frozen=True)
class Books:
    """The money of a phased program as linear expressions. Made by `books_of`."""

    problem: Problem
    each: tuple[tuple[pulp.LpVariable, int, Priced], ...]

    def npv_gbp(self) -> pulp.LpAffineExpression:
        """Σ present worth · done, over every change in every period."""
        return pulp.LpAffineExpression([(var, m.present_gbp) for var, _, m in self.each])

    def capital_gbp(self, until: int | None = None) -> pulp.LpAffineExpression:
        """Capital up to and with a year; all of it without one."""
        return _sum((var, _until(m.capital, until)) for var, _, m in self.each)

    def capital_in(self, year: int) -> pulp.LpAffineExpression:
        """Capital of one year."""
        return _sum((var, m.capital.get(year, 0.0)) for var, _, m in self.each)

    def receipts_gbp(self, until: int | None = None) -> pulp.LpAffineExpression:
        """Receipts up to and with a year; all of them without one."""
        return _sum((var, _until(m.receipts, until)) for var, _, m in self.each)

    def saving_gbp(self, year: int | None = None) -> pulp.LpAffineExpression:
        """Net revenue saving in a year; without one, a year once everything is done."""
        share = self.problem.calendar.saved_share
        return _sum(
            (var, m.annual_gbp * (1.0 if year is None else share(year, p)))
            for var, p, m in self.each
        )


def _until(by_year: Mapping[int, float], until: int | None) -> float:
    return sum(gbp for year, gbp in by_year.items() if until is None or year <= until)


def _sum(terms: Iterable[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    return pulp.LpAffineExpression([(var, gbp) for var, gbp in terms if gbp])


def books_of(decisions: Decisions, problem: Problem) -> Books:
    """The books of a phased program."""
    timed = decisions.timed
    assert timed is not None
    each = [(var, p, priced(problem, a, p)) for (a, p), var in timed.done.items()]
    each += [(var, p, _bonus(problem, name, p)) for (name, p), var in timed.together.items()]
    return Books(problem, tuple(each))


def _bonus(problem: Problem, name: str, period: int) -> Priced:
    assert problem.phased is not None
    flow = bonus_flow(problem, problem.phased.rules.neighbours[name], period)
    return Priced(present_gbp(problem, [flow]), {}, {flow.year: flow.amount_gbp}, 0.0)

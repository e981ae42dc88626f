"""Every change in every period it may be made in, priced for the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from optimise.actions import Action, annual_gbp, annuity, flows, present_gbp
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


def prices_of(
    problem: Problem, done: Iterable[tuple[Action, int]]
) -> dict[tuple[Action, int], Priced]:
    """(action, period) → its money (of ``extend`` for a square metre)."""
    lasting = {p: annuity(problem, p) for p in problem.calendar.all}
    return {(action, p): _priced(problem, action, p, lasting[p]) for action, p in done}


def _priced(problem: Problem, action: Action, period: int, lasting: float) -> Priced:
    """The money of an action in a period, of which £1 a year is worth ``lasting``."""
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
    worth = present_gbp(problem, valued) + annual * lasting
    return Priced(worth, capital, receipts, annual)


def bonus_priced(problem: Problem, name: str, period: int) -> Priced:
    """The money of neighbours vacated together in a period."""
    assert problem.phased is not None
    flow = bonus_flow(problem, problem.phased.rules.neighbours[name], period)
    return Priced(present_gbp(problem, [flow]), {}, {flow.year: flow.amount_gbp}, 0.0)

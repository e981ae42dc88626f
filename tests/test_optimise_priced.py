"""What each change is worth in each period, priced once; and the sums that the program makes."""

from __future__ import annotations

from functools import cache

import pulp
import pytest

from optimise import priced
from optimise.actions import Action, all_flows, present_gbp
from optimise.books import Books
from optimise.compiled import compile_model
from optimise.decisions import make_decisions
from optimise.money.lines import VALUED, Flow
from optimise.phasing.variables import Timed
from optimise.problem import Problem
from tests import toy_county

PERIODS = 3
MONEY = {
    "targets__capital_budget_gbp": 900_000,
    "targets__receipts_gbp": 100_000,
    "targets__revenue_saving_gbp_pa": 1_000,
    "targets__capital_budget_gbp_by_year": {2026: 900_000},
    "targets__revenue_saving_gbp_by_year": {2028: 1_000},
}


@cache
def problem() -> Problem:
    return toy_county.problem(
        **MONEY,
        phasing={
            "periods": PERIODS,
            "neighbours": {"pair": {"buildings": ["A", "B"], "bonus_pct": 10}},
        },
    )


@cache
def timed() -> Timed:
    made = make_decisions(pulp.LpProblem("toy"), problem()).timed
    assert made is not None
    return made


def test_a_price_is_the_sum_of_the_flows() -> None:
    """Of every action in every period: flow by flow at its own year, against one sum a period."""
    assert set(timed().prices) == set(timed().done)
    for (action, period), price in timed().prices.items():
        every = [f for f in all_flows(problem(), action, period) if f.kind in VALUED]
        assert price.present_gbp == pytest.approx(present_gbp(problem(), every)), action
        last = [
            f for f in every if f.kind == "annual" and f.time_yr == problem().calendar.horizon_yr
        ]
        assert price.annual_gbp == pytest.approx(sum(f.amount_gbp for f in last)), action
        for kind, by_year, sign in (("capital", price.capital, -1), ("receipt", price.receipts, 1)):
            some = [f for f in every if f.kind == kind]
            assert sum(by_year.values()) == pytest.approx(sign * sum(f.amount_gbp for f in some))
            assert set(by_year) == {f.year for f in some}


def test_neighbours_sold_together_fetch_more() -> None:
    """A tenth of both receipts, which come a year after each period's start."""
    sites = problem().sites
    more = 0.1 * (sites["A"].exit.receipt_gbp + sites["B"].exit.receipt_gbp)
    for (name, period), price in timed().bonuses.items():
        (year,) = price.receipts
        assert name == "pair"
        assert price.receipts[year] == pytest.approx(more)
        assert price.present_gbp == pytest.approx(
            present_gbp(problem(), [Flow("neighbours", year, more)])
        )
        waits = max(sites[s].exit.years_to_sell for s in ("A", "B"))
        assert year == int(period - 1 + waits)


def test_each_change_is_priced_once_for_the_goal_and_all_rules_of_money(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Action, int]] = []
    lasting: list[int] = []
    flows, annuity = priced.flows, priced.annuity

    def counted(at: Problem, action: Action, period: int) -> tuple[Flow, ...]:
        asked.append((action, period))
        return flows(at, action, period)

    def counted_lasting(at: Problem, period: int) -> float:
        lasting.append(period)
        return annuity(at, period)

    monkeypatch.setattr(priced, "flows", counted)
    monkeypatch.setattr(priced, "annuity", counted_lasting)
    _, decisions = compile_model(problem())
    assert decisions.timed is not None
    assert asked == list(decisions.timed.done)
    assert lasting == list(range(1, PERIODS + 1))


def test_the_books_sum_by_year_what_is_done() -> None:
    """A is vacated in period 2 alone: nothing before, all of it in its own years."""
    sale = (Action("release", "A"), 2)
    for done, var in timed().done.items():
        var.varValue = float(done == sale)
    for var in timed().together.values():
        var.varValue = 0.0
    books, price = Books(timed(), problem().calendar), timed().prices[sale]
    assert pulp.value(books.npv_gbp()) == pytest.approx(price.present_gbp)
    assert price.annual_gbp > 0
    assert [pulp.value(books.saving_gbp(y)) or 0.0 for y in range(4)] == pytest.approx(
        [0.0, 0.0, price.annual_gbp, price.annual_gbp]
    )
    assert pulp.value(books.saving_gbp()) == pytest.approx(price.annual_gbp)
    (year,) = price.receipts
    assert year >= 1
    received = [pulp.value(books.receipts_gbp(y)) or 0.0 for y in (year - 1, year)]
    assert received == pytest.approx([0.0, price.receipts[year]])
    assert pulp.value(books.receipts_gbp()) == pytest.approx(price.receipts[year])
    assert sum(pulp.value(books.capital_in(y)) or 0.0 for y in range(4)) == pytest.approx(
        pulp.value(books.capital_gbp()) or 0.0
    )

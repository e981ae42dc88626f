"""Whose borrowing it is: loans, interest and provision of each partner that spends capital."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from optimise.ledger.entries import Entry, in_pence, present_worth
from optimise.money.loans import Terms, financed
from optimise.problem import Problem


def financing_entries(
    problem: Problem, made: Sequence[Entry], borrowed_gbp: Mapping[int, float]
) -> tuple[Entry, ...]:
    """What is borrowed, its interest and its minimum revenue provision, by party, line and year.

    borrowed_p,y = borrowed_y · capital_p,y / Σ_p capital_p,y

    In words: each year's loan falls to the partners in proportion to the capital that they spend
    in the year; where none is spent in that year, to all the capital of the plan. It is how
    capital is paid for, and no part of any value: it would be counted twice.

    Args:
        problem: with the terms of loans and provision.
        made: the ledger without them.
        borrowed_gbp: year, counted from the base year → £ that the plan has to borrow.
    """
    drawn: dict[str, dict[int, float]] = {}
    for year, gbp in sorted(borrowed_gbp.items()):
        weights = _capital(made, year) or _capital(made, None)
        total = sum(weights.values())
        parts = [gbp * weight / total for weight in weights.values()] if total else []
        for party, part in zip(weights, in_pence(parts, [year] * len(parts)), strict=True):
            drawn.setdefault(party, {})[year] = part
    return tuple(
        entry for party in sorted(drawn) for entry in _of_party(problem, party, drawn[party])
    )


def _capital(made: Sequence[Entry], year: int | None) -> dict[str, float]:
    """Party → £ of capital that it spends, net of grants, in a year or in all; A to Z."""
    spent: dict[str, float] = {}
    for entry in made:
        if entry.kind == "capital" and year in (None, entry.year):
            spent[entry.party] = spent.get(entry.party, 0.0) - entry.amount_gbp
    return {party: spent[party] for party in sorted(spent) if spent[party] > 0}


def _of_party(problem: Problem, party: str, drawn: Mapping[int, float]) -> Iterator[Entry]:
    finance, worth = problem.finance, present_worth(problem)
    terms = Terms(
        rate_pct=finance.borrowing_rate_pct,
        term_yr=finance.borrowing_term_yr,
        method=finance.borrowing_method,
        mrp_life_yr=finance.mrp_life_yr,
        mrp_method=finance.mrp_method,
    )
    years = financed(drawn, terms)
    for line, sign in (("borrowed", 1.0), ("interest", -1.0), ("mrp", -1.0)):
        amounts = [
            sign * {"borrowed": y.drawn_gbp, "interest": y.interest_gbp, "mrp": y.mrp_gbp}[line]
            for y in years.values()
        ]
        pence = in_pence(amounts, [line] * len(amounts))
        values = in_pence(
            [gbp * worth(float(year)) for year, gbp in zip(years, amounts, strict=True)],
            [line] * len(amounts),
        )
        for year, gbp, value in zip(years, pence, values, strict=True):
            if gbp:
                yield Entry(year, party, line, gbp, value)

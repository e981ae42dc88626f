"""Rows of dates, caps a period, orders and money by year in the scenario's words."""

from __future__ import annotations

from optimise.phasing.calendar import year_label
from optimise.refusal.terms import COUNT, LOCK, MONEY, Asked, Give, Maker, Term, pounds


def capped(key: str, words: str) -> Maker:
    """At most so many of something in each period or year, by a key of ``phasing``."""

    def make(asked: Asked, parts: tuple[str, ...]) -> Term | None:
        value = int(getattr(_rules(asked), key))
        give = Give(value, 1.0, max(value, 1), _whole)
        return Term(f"phasing.{key}", words.format(value), COUNT, 1.0, give)

    return make


def _rules(asked: Asked) -> object:
    assert asked.scenario.phasing is not None
    return asked.scenario.phasing


def _whole(value: float) -> str:
    return f"{value:.0f}"


def market_value(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """Sales in one market area in one year, by value."""
    key = "disposals_gbp_per_market_area_pa"
    value = float(getattr(_rules(asked), key))
    give = Give(value, 1e3, max(value / 1e3, 1.0), pounds, -2)
    words = f"sales of at most {pounds(value)} in a market area in a year"
    return Term(f"phasing.{key}", words, MONEY, 1.0, give)


def order(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """What waits for something else."""
    assert asked.scenario.phasing is not None
    rule = asked.scenario.phasing.order[parts[0]]
    gap = f", {rule.gap_periods} periods later at least" if rule.gap_periods else ""
    words = f"{rule.then} changes only after {rule.first}{gap}"
    return Term(f"phasing.order.{parts[0]}", words, LOCK)


def link(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """Works that are paid for by certain sales."""
    assert asked.scenario.phasing is not None
    rule = asked.scenario.phasing.links[parts[0]]
    words = f"the works at {', '.join(rule.works)} are paid for by the sale of "
    words += ", ".join(rule.sales)
    top = rule.top_up_gbp
    give = Give(top, 1e3, max(top / 1e3, 100.0), pounds, -2)
    return Term(f"phasing.links.{parts[0]}.top_up_gbp", words, MONEY, 1.0, give)


def paid_first(asked: Asked, parts: tuple[str, ...]) -> Term | None:
    """Works that wait until a receipt has come in."""
    words = f"the works at {parts[1]} wait for the receipt of {parts[2]}"
    return Term(f"phasing.links.{parts[0]}.after_receipt", words, LOCK)


def by_year(key: str, words: str, sign: int) -> Maker:
    """A target of one financial year; +1 where at least so much is asked, −1 where at most."""

    def make(asked: Asked, parts: tuple[str, ...]) -> Term | None:
        year = int(parts[0])
        target = float(getattr(asked.scenario.targets, key).get(year, 0.0))
        give = Give(target, -1e3 * sign, max(target / 1e3, 1.0), pounds, -2)
        told = words.format(pounds(target), year_label(year))
        return Term(f"targets.{key}.{year}", told, MONEY, 1.0, give)

    return make

"""Floors, ceilings and gaps, recomputed from drive times."""

from __future__ import annotations

from assets.issues import Issue
from optimise.audit.no_detriment import before_and_after, figure_of, slack
from optimise.audit.verdict import Check, found
from optimise.detriment import EQUITY, FairRule
from optimise.fairness import Equity, relaxed
from optimise.outcome import Outcome
from optimise.problem import Problem


def equity(problem: Problem, result: Outcome) -> list[Issue]:
    """Each group and area keeps its floor or ceiling, and no gap is too wide."""
    wrong: list[str] = []
    for rule in problem.fair:
        ask = rule.record
        if rule.family != EQUITY or not isinstance(ask, Equity) or not rule.parts:
            continue
        before, after = before_and_after(problem, result, rule)
        today = [figure_of(rule, part, before) for part in rule.parts]
        then = [figure_of(rule, part, after) for part in rule.parts]
        wrong += _gap(rule, ask, today, then) if rule.kind == "gap" else _each(rule, today, then)
    return found("audit.equity", "groups or areas too far behind", wrong)


def _gap(rule: FairRule, ask: Equity, today: list[float], then: list[float]) -> list[str]:
    allowed = relaxed(ask.gap or 0.0, max(today) - min(today))
    wide = max(then) - min(then)
    if wide <= allowed + slack(rule):
        return []
    return [f"{rule.key}: a gap of {wide:.6g}, allowed {allowed:.6g}"]


def _each(rule: FairRule, today: list[float], then: list[float]) -> list[str]:
    ask = rule.record
    assert isinstance(ask, Equity)
    sign = -1.0 if rule.kind == "ceiling" else 1.0
    asked = ask.floor if rule.kind == "floor" else ask.ceiling
    wrong = []
    for part, now, after in zip(rule.parts, today, then, strict=True):
        limit = relaxed(0.0 if asked is None else asked, now)
        if ask.where_below == "hold" and sign * now < sign * limit:
            limit = now
        if sign * (after - max(0.0, limit)) < -slack(rule):
            wrong.append(f"{rule.key} {part.part_id}: {after:.6g}, asked {limit:.6g}")
    return wrong


CHECKS: tuple[Check, ...] = (equity,)

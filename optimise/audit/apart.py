"""How far a plan is from those it is to differ from, counted again."""

from __future__ import annotations

from assets.issues import Issue
from optimise.audit.verdict import Check, found
from optimise.outcome import Outcome
from optimise.problem import Problem


def apart(problem: Problem, result: Outcome) -> list[Issue]:
    """Every plan that is named is so many buildings away, counted building by building."""
    wrong = []
    for rule in problem.apart:
        strangers = [s for s in rule.open if s not in problem.sites]
        if strangers:
            wrong.append(f"{rule.rule_id}: {', '.join(strangers)} is no building in scope")
        count = sum((s in result.open) != (s in rule.open) for s in problem.sites)
        if count < rule.at_least:
            wrong.append(f"{rule.rule_id}: {count} buildings differ against {rule.at_least}")
    return found("audit.apart", "plans too near each other", wrong)


CHECKS: tuple[Check, ...] = (apart,)

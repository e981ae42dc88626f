"""Floors, ceilings and earlier aims, recomputed."""

from __future__ import annotations

from assets.issues import Issue
from optimise.audit.verdict import Check, found
from optimise.measures import value_of
from optimise.outcome import Outcome
from optimise.problem import Problem


def limits(problem: Problem, result: Outcome) -> list[Issue]:
    """Every measure keeps to its floor and ceiling, and every earlier aim to what it reached."""
    wrong = []
    for rule in problem.limits:
        value = value_of(rule.goal, problem, result)
        for side, _, asked in rule.breaches(value):
            have, need = rule.goal.told(value), rule.goal.told(asked)
            wrong.append(f"{rule.rule_id}: {have} against {side.replace('_', ' ')} {need}")
    return found("audit.limits", "floors or ceilings not kept", wrong)


CHECKS: tuple[Check, ...] = (limits,)

"""What the checks of the audit share."""

from __future__ import annotations

from collections.abc import Callable

from assets.issues import Issue
from optimise.outcome import Outcome
from optimise.problem import Problem

#: Slack allowed for floating-point sums, relative to the size of the target.
TOLERANCE = 1e-6

Check = Callable[[Problem, Outcome], list[Issue]]


def found(rule: str, message: str, wrong: list[str]) -> list[Issue]:
    """One issue that lists what is wrong; none where nothing is."""
    remedy = "this is a fault in Groundplan, not in your data: please report it with the scenario"
    return [Issue(rule, message, tuple(sorted(wrong)), remedy)] if wrong else []

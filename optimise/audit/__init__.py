"""Every rule recomputed from the problem and the chosen ids, without the program.

Nothing of PuLP or a solver is imported here: the money is plain sums, and
cover is measured again from drive times, not from merged groups. It runs in
production; a plan that fails it is not a plan. One module per kind of rule,
each with its ``CHECKS``.
"""

from __future__ import annotations

from assets.issues import Issue
from optimise.audit import (
    apart,
    asked,
    cover,
    equity,
    ledger,
    limits,
    money,
    no_detriment,
    partners,
    phasing,
    places,
    years,
)
from optimise.audit.verdict import Check
from optimise.outcome import Outcome
from optimise.problem import Problem

CHECKS: tuple[Check, ...] = (
    *places.CHECKS,
    *asked.CHECKS,
    *cover.CHECKS,
    *no_detriment.CHECKS,
    *equity.CHECKS,
    *money.CHECKS,
    *ledger.CHECKS,
    *partners.CHECKS,
    *phasing.CHECKS,
    *years.CHECKS,
    *limits.CHECKS,
    *apart.CHECKS,
)


def audit(problem: Problem, result: Outcome) -> tuple[Issue, ...]:
    """Every rule a plan breaks; empty when it holds."""
    issues: list[Issue] = []
    for check in CHECKS:
        issues += check(problem, result)
    return tuple(issues)

"""Receipts, revenue saving and capital, recomputed."""

from __future__ import annotations

import math

from assets.issues import Issue
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.outcome import Outcome
from optimise.problem import Problem


def targets(problem: Problem, result: Outcome) -> list[Issue]:
    """Money targets hold, to within £1."""
    money, asked = result.money, problem.targets
    tests: list[tuple[str, float, float | None]] = [
        ("receipts_gbp", money.receipts_gbp, asked.receipts_gbp),
        ("revenue_saving_gbp_pa", money.saving_gbp_pa, asked.revenue_saving_gbp_pa),
    ]
    if asked.capital_budget_gbp is not None:
        funds = asked.capital_budget_gbp + problem.reinvest_share * money.receipts_gbp
        tests.append(("capital_budget_gbp", funds, money.capital_gbp))
    wrong = [
        f"{name}: £{have:,.0f} against £{need:,.0f}"
        for name, have, need in tests
        # £1 of rounding on sums of millions is not a breach.
        if need is not None and have < need - max(1.0, TOLERANCE * abs(need))
    ]
    if not math.isfinite(money.npv_gbp):
        wrong.append(f"npv_gbp: {money.npv_gbp}")
    return found("audit.money", "money targets not met", wrong)


CHECKS: tuple[Check, ...] = (targets,)

"""Receipts, revenue saving and capital, each against its target."""

from __future__ import annotations

import pulp

from optimise import objectives
from optimise.decisions import Decisions
from optimise.making import SCALE, row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold the money targets that are set.

    receipts ≥ receipts target
    saving a year ≥ revenue-saving target
    capital ≤ capital budget + reinvestable share · receipts

    In words: sales bring in enough, running costs fall by enough, and the
    works are paid from the budget and the share of receipts that may be
    reinvested.

    Symbols: sums of `optimise.objectives`, £ of the base year; capital with
    optimism bias. Source: Dorset County Council 2016 (up to 75 % of receipts
    may be reinvested).
    """
    targets = problem.targets
    if targets.receipts_gbp is not None:
        row = SCALE * objectives.receipts_gbp(decisions, problem) >= SCALE * targets.receipts_gbp
        model += row, row_name("receipts")
    if targets.revenue_saving_gbp_pa is not None:
        row = (
            SCALE * objectives.saving_gbp_pa(decisions, problem)
            >= SCALE * targets.revenue_saving_gbp_pa
        )
        model += row, row_name("saving")
    if targets.capital_budget_gbp is not None:
        reinvested = problem.reinvest_share * objectives.receipts_gbp(decisions, problem)
        net = objectives.capital_gbp(decisions, problem) - reinvested
        model += SCALE * net <= SCALE * targets.capital_budget_gbp, row_name("capital_budget")

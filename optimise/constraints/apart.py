"""Another plan than those there are: so many buildings with another fate."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Differ from each plan that is named in at least so many buildings.

    Σ_{s ∈ O_k} (1 − open[s]) + Σ_{s ∉ O_k} open[s] ≥ d_k          for each plan k

    In words: of the buildings in use after plan k so many are let go, and of the others so many
    kept or built, that they are at least d_k together.

    Symbols: s in-scope buildings, O_k those in use after plan k, d_k buildings.
    Source: local branching turned round, Fischetti and Lodi (2003); generating alternatives that
    are good and different, Brill, Chang and Hopkins (1982).
    """
    for rule in problem.apart:
        kept = set(rule.open)
        other = [1 - v if s in kept else v for s, v in sorted(decisions.open.items())]
        model += pulp.lpSum(other) >= rule.at_least, row_name("differs", rule.rule_id)

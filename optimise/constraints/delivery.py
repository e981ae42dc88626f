"""No more change than can be delivered, in all or in any one area or service."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem
from optimise.quantities import move_terms


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Keep moves, closures and withdrawals within their numbers.

    Σ_{u in part, s ≠ home} (at[u,s] + outreach[u,s]) ≤ moves at most
    Σ_{s in part} (1 − open[s]) ≤ closures at most
    Σ_{u in part} withdrawn[u] ≤ withdrawals at most

    In words: in the whole, or in each area or service type, at most so many
    units move to another building, at most so many buildings that hold a
    service today close, and at most so many units are withdrawn. A unit counts
    where its present building lies; one outside every area counts in none.

    Symbols: parts (the whole, an area, a service type), u units, s buildings
    that hold a counted unit today.
    Source: Dorset County Council, Living and Learning 2016 ("not every
    community can be engaged at once").
    """
    for rule in problem.asked.change:
        name = (rule.key, rule.part)
        if rule.moves_at_most is not None:
            moved = move_terms(decisions, problem, set(rule.units))
            if len(moved) > rule.moves_at_most:
                row = pulp.lpSum(moved) <= rule.moves_at_most
                model += row, row_name("moves_most", *name)
        if rule.closures_at_most is not None:
            closed = [1 - decisions.open[s] for s in rule.buildings if s in decisions.open]
            if len(closed) > rule.closures_at_most:
                row = pulp.lpSum(closed) <= rule.closures_at_most
                model += row, row_name("closures_most", *name)
        if rule.withdrawals_at_most is not None:
            gone = [decisions.withdrawn[u] for u in rule.units if u in decisions.withdrawn]
            if len(gone) > rule.withdrawals_at_most:
                row = pulp.lpSum(gone) <= rule.withdrawals_at_most
                model += row, row_name("withdrawals_most", *name)

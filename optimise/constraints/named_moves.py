"""Moves that are decided already."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Put each unit that members have placed where they have placed it.

    at[u,s] = 1, or outreach[u,s] = 1, or withdrawn[u] = 1      for each named move of u

    In words: a unit named in the scenario is delivered from the building named,
    in the mode named, or no longer delivered where that is what is named. Its
    own building means that it stays as it is.

    Symbols: u units, s in-scope buildings.
    Source: City of York, 2014 (Castlegate closes and is re-provided in West
    Offices).
    """
    for rule in problem.asked.moves:
        made = decisions.outreach if rule.outreach else decisions.at
        chosen = made.get((rule.unit_id, rule.to))
        if not rule.to:
            chosen = decisions.withdrawn.get(rule.unit_id)
        if chosen is not None:
            model += chosen == 1, row_name("moved", rule.unit_id)

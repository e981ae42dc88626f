"""No building stays in use in a condition that members do not accept."""

from __future__ import annotations

import pulp

from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Do the works of a building in bad condition that stays in use, or let it go.

    works[s] = open[s]          for each s of a grade worse than the worst accepted
    open[s] = 0                 for each such s where works are not an option

    In words: a building whose condition is worse than the worst grade accepted
    stays in use only with its works, which are paid for from capital and whose
    backlog is then gone; or, where the scenario says so, not at all. A building
    with no grade counts as the grade the scenario gives it (a warning says how
    many there are); a candidate is new.

    Symbols: s in-scope buildings that stand today; grades A good, B
    satisfactory, C poor, D bad.
    Source: RICS condition categories; Worcestershire joint property vehicle,
    2014 (avoid long liabilities of the poorest buildings).
    """
    for asset_id, works in decisions.works.items():
        model += works == decisions.open[asset_id], row_name("works_done", asset_id)
    for asset_id in sorted(problem.sites):
        if problem.sites[asset_id].must_improve:
            model += decisions.open[asset_id] == 0, row_name("condition", asset_id)

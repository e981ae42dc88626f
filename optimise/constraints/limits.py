"""Floors and ceilings on any measure, and what later aims may not give up of earlier ones."""

from __future__ import annotations

import pulp

from optimise import objectives
from optimise.decisions import Decisions
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold each limit of the scenario, and each aim that has been reached already.

    Σ_m w_m · measure_m ≥ at_least        Σ_m w_m · measure_m ≤ at_most

    In words: a measure keeps to its floor and its ceiling. An aim of a list that
    has been made best is held the same way, at what it reached less its slack,
    while the next aim is made best (ε-constraint, so lexicographic order).

    Symbols: measures and their units in `optimise.goals`, expressions in
    `optimise.objectives`; w 1 for a single measure. Rows are in the solver's
    units of the measure (£k, hundreds of people, minutes).
    Source: Haimes, Lasdon & Wismer (1971), the ε-constraint method.
    """
    for rule in problem.limits:
        value = objectives.goal_value(rule.goal, decisions, problem)
        scale = 1.0 / rule.goal.unit.per_solver_unit
        kind = "stage" if rule.of_stage else "limit"
        for side, sign, asked in rule.sides:
            held = scale * value
            row = held >= scale * asked if sign > 0 else held <= scale * asked
            model += row, row_name(kind, rule.rule_id, side)

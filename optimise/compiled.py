"""The compact model of record, and what its variables say once they have values."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import pulp

from optimise.constraints import FAMILIES
from optimise.decisions import Decisions, make_decisions
from optimise.goals import Goal
from optimise.making import SCALE
from optimise.objectives import goal_value
from optimise.outcome import Outcome, outcome
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem


def compile_model(
    problem: Problem, families: Sequence[ModuleType] | None = None
) -> tuple[pulp.LpProblem, Decisions]:
    """The compact model of record: every family, and the first goal, to be minimised.

    A goal of which more is better is minimised with its sign turned: net present
    value is −objective in £k. Goals are in the solver's units (`optimise.goals.Unit`).

    Args:
        problem: the numbers.
        families: fewer than all (None) make a relaxation.
    """
    model = pulp.LpProblem("groundplan", pulp.LpMinimize)
    decisions = make_decisions(model, problem)
    cost = cost_factor(problem.goal) * goal_value(problem.goal, decisions, problem)
    one = model.add_variable("one", 1, 1)
    model += cost - cost.constant + cost.constant * one
    for family in FAMILIES if families is None else families:
        family.add(model, decisions, problem)
    return model, decisions


def cost_factor(goal: Goal) -> float:
    """What a goal's value is multiplied by to be minimised in the solver's units."""
    size = goal.unit.per_solver_unit
    scale = SCALE if goal.is_npv else 1.0 / size
    return -scale if goal.more_is_better else scale


def outcome_of(problem: Problem, decisions: Decisions) -> Outcome:
    """The plan that the values of the variables say."""
    placed, aside = chosen(decisions)
    made = outcome(problem, placed, aside)
    if decisions.timed is None:
        return made
    return outcome(problem, placed, aside, timetable_of(decisions, made))


def chosen(decisions: Decisions) -> tuple[dict[str, str], tuple[str, ...]]:
    """(unit_id → asset_id or "", units as outreach) from the values of the variables."""
    placed = dict.fromkeys((u for u, _ in (*decisions.at, *decisions.outreach)), "")
    aside = []
    for (unit_id, asset_id), var in decisions.at.items():
        if (var.value() or 0.0) > 0.5:
            placed[unit_id] = asset_id
    for (unit_id, asset_id), var in decisions.outreach.items():
        if (var.value() or 0.0) > 0.5:
            placed[unit_id] = asset_id
            aside.append(unit_id)
    return placed, tuple(sorted(aside))


def timetable_of(decisions: Decisions, made: Outcome) -> Timetable:
    """When the values of the variables say that everything of a plan is done."""
    timed = decisions.timed
    assert timed is not None
    changed: dict[str, int] = {}
    released: dict[str, int] = {}
    works: dict[str, int] = {}
    for (action, period), var in timed.done.items():
        if (var.value() or 0.0) <= 0.5:
            continue
        if action.unit_id:
            changed[action.unit_id] = period
        elif action.kind == "release":
            released[action.asset_id] = period
        elif action.kind == "build":
            works[action.asset_id] = period
    for (asset_id, period), var in timed.works.items():
        # A period costs nothing by itself: it may stand where nothing is done.
        if (var.value() or 0.0) > 0.5 and (asset_id in made.extension_m2 or asset_id in made.works):
            works[asset_id] = period
    return Timetable(changed, released, works)

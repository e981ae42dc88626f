"""What the objective and the limits came to, in words and for run.json; each in its own unit."""

from __future__ import annotations

import math
from typing import Any

from optimise.measures import figure, value_of
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.solution import Solution, StageResult, shortfall

#: A gap below this is told as none.
NO_GAP = 1e-6


def status_text(solution: Solution) -> str:
    """The proof in a sentence: said "optimal" only when proved within the stated gap."""
    aims = [stage for stage in solution.stages if not stage.tie_break]
    if solution.goal.is_npv and len(aims) < 2:
        return _npv_text(solution)
    told = [aim_text(stage) for stage in aims]
    if len(told) > 1:
        told = [f"{n}. {text}" for n, text in enumerate(told, 1)]
        told[1:] = [f"{text} among plans that keep what stands before it" for text in told[1:]]
    ties = [s for s in solution.stages if s.tie_break]
    told += [
        f"of plans as good as that, one with {s.goal.words} {s.goal.told(s.value)}" for s in ties
    ]
    return "; ".join(told)


def _npv_text(solution: Solution) -> str:
    spent = solution.seconds.get("solve", 0.0)
    gap = solution.gap_on_savings
    if solution.status == "optimal" and gap <= NO_GAP:
        return "Proved to be the best plan possible"
    if solution.status == "optimal":
        return f"Proved optimal within {gap:.2%}: no plan saves more than {gap:.2%} beyond this one"
    if math.isfinite(gap):
        return f"Best found in {spent:.0f} s: no plan can save more than {gap:.1%} beyond this one"
    return f"Best found in {spent:.0f} s; how much better a plan could be is not shown"


def aim_text(stage: StageResult) -> str:
    """An aim, what the plan comes to by it, and how far that is proved."""
    joint = ":" if stage.goal.single else " come to"
    head = f"{_capital(stage.goal.words)}{joint} {stage.goal.told(stage.value)}"
    behind = shortfall(stage.goal, stage.value, stage.reached)
    if behind > stage.goal.unit.tolerance:
        head += (
            f" ({stage.goal.told(stage.reached)} was reached, and {stage.goal.told(behind)} of it "
            "given up for the aims after it)"
        )
    return f"{head}, {_proof(stage)}"


def _proof(stage: StageResult) -> str:
    goal, spent = stage.goal, f"the best found in {stage.seconds:.0f} s"
    way = "more" if goal.more_is_better else "less"
    if stage.status == "optimal" and stage.gap <= NO_GAP:
        return "proved to be the best possible"
    if not math.isfinite(stage.bound):
        return f"{spent}; how much better a plan could be is not shown"
    limit = f"no plan comes to {way} than {goal.told(stage.bound)}"
    if goal.unit.key == "min":
        miss = shortfall(goal, stage.reached, stage.bound)
        limit += f", {goal.told(miss)} better"
    if stage.status == "optimal":
        return f"proved within {stage.gap:.2%}: {limit}"
    return f"{spent}: {limit}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def goals_record(
    solution: Solution, problem: Problem, after: Outcome, today: Outcome
) -> list[dict[str, Any]]:
    """Every aim for run.json: what it is, its unit, value, bound and gap, and today's value."""
    return [
        {
            "key": stage.goal.key,
            "name": _capital(stage.goal.words),
            "unit": stage.goal.unit.key,
            "better": "more" if stage.goal.more_is_better else "less",
            "value": stage.value,
            "reached": stage.reached,
            "bound": stage.bound,
            "gap": stage.gap,
            "gap_in_unit": shortfall(stage.goal, stage.reached, stage.bound),
            "slack": stage.slack,
            "status": stage.status,
            "tie_break": stage.tie_break,
            "today": (before := value_of(stage.goal, problem, today)),
            "value_text": stage.goal.told(stage.value),
            "today_text": stage.goal.told(before),
            "text": aim_text(stage),
            "terms": [
                {
                    "key": term.key,
                    "name": _capital(term.words),
                    "weight": weight,
                    "value_text": term.unit.told(figure(term, problem, after)),
                }
                for term, weight in stage.goal.terms
            ],
        }
        for stage in solution.stages
    ]


def limits_record(problem: Problem, after: Outcome, today: Outcome) -> list[dict[str, Any]]:
    """A row for each floor and ceiling of the scenario: asked, plan, today, and whether kept."""
    return [
        {
            "target_id": f"limits.{rule.rule_id}.{side}",
            "name": f"{_capital(rule.goal.words)}, {side.replace('_', ' ')}",
            "unit": rule.goal.unit.key,
            "target": asked,
            "value": (value := value_of(rule.goal, problem, after)),
            "today": (before := value_of(rule.goal, problem, today)),
            "met": (side, sign, asked) not in rule.breaches(value),
            "target_text": rule.goal.told(asked),
            "value_text": rule.goal.told(value),
            "today_text": rule.goal.told(before),
        }
        for rule in problem.limits
        for side, sign, asked in rule.sides
    ]

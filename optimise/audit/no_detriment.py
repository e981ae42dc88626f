"""No detriment, recomputed from drive times demand point by demand point."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assets.issues import Issue
from coverage.measure import Arrivals, capped_mean
from coverage.standards import TOLERANCE_MIN
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.detriment import NO_DETRIMENT, FairRule, Part
from optimise.fairness import NoDetriment
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.tallies import arrivals_after, arrivals_today


def keeps(problem: Problem, result: Outcome) -> list[Issue]:
    """stays_within and growth: today's minutes against the plan's, person by person."""
    wrong = []
    for rule in _rules(problem, "kept", "growth"):
        ask = rule.record
        if not isinstance(ask, NoDetriment):
            continue
        before, after = before_and_after(problem, result, rule)
        now, then = before.potential, after.potential
        if ask.rule == "growth":
            counts = ~np.isnan(now)
            kept = then <= now + float(ask.minutes or 0.0) + TOLERANCE_MIN
        else:
            limit = rule.data.limit_min + TOLERANCE_MIN
            counts, kept = now <= limit, then <= limit
        for part in rule.parts:
            weight = weight_of(rule, part) * counts
            asked = float(weight.sum()) * (1.0 - (ask.allowance or 0.0))
            asked -= ask.allowance_people or 0.0
            have = float((weight * kept).sum())
            if have < asked - TOLERANCE * max(1.0, asked):
                wrong.append(f"{rule.key} {part.part_id}: {have:.1f} of {asked:.1f}".strip())
    return found("audit.no_detriment", "people who must not lose do", wrong)


def groups(problem: Problem, result: Outcome) -> list[Issue]:
    """No group loses more than the average, beyond the tolerance."""
    wrong = []
    for rule in _rules(problem, "group"):
        before, after = before_and_after(problem, result, rule)
        if rule.whole is None:
            continue
        allowed = max(0.0, _loss(rule, rule.whole, before, after)) + rule.tolerance
        for part in rule.parts:
            lost = _loss(rule, part, before, after)
            if lost > allowed + slack(rule):
                wrong.append(f"{rule.key} {part.part_id}: loses {lost:.6g}, allowed {allowed:.6g}")
    return found("audit.no_detriment_group", "groups that lose more than the average", wrong)


def _rules(problem: Problem, *kinds: str) -> list[FairRule]:
    return [r for r in problem.fair if r.family == NO_DETRIMENT and r.kind in kinds]


def before_and_after(
    problem: Problem, result: Outcome, rule: FairRule
) -> tuple[Arrivals, Arrivals]:
    """Arrivals with every unit where it is, and where the plan puts it."""
    units = problem.units
    return (
        arrivals_today(rule.data, units),
        arrivals_after(rule.data, units, result.placed, result.outreach),
    )


def weight_of(rule: FairRule, part: Part) -> np.ndarray:
    """Weight of a part's people, in the order of the demand points of the times."""
    tally = next(t for t in rule.tallies if t.rule_id == part.rule_id)
    counted = tally.weight if rule.weight is None else rule.weight
    here = counted.where(tally.area.astype(str) == part.area_id, 0.0)
    weight: pd.Series = here.reindex(list(rule.data.times.demand_ids)).fillna(0.0)
    return weight.to_numpy(dtype=float)


def figure_of(rule: FairRule, part: Part, arrivals: Arrivals) -> float:
    """Share within, or mean, of a part's people, over the states of the crews."""
    minutes, weight = arrivals.spread(weight_of(rule, part))
    if rule.measure == "mean":
        return capped_mean(minutes, weight, rule.data.ceiling_min)
    inside = minutes <= rule.data.limit_min + TOLERANCE_MIN
    return float(weight[inside].sum() / weight.sum())


def slack(rule: FairRule) -> float:
    """Rounding that is no breach: a millionth of a share, or of the longest time."""
    return TOLERANCE * (max(1.0, rule.data.ceiling_min) if rule.measure == "mean" else 1.0)


def _loss(rule: FairRule, part: Part, before: Arrivals, after: Arrivals) -> float:
    change = figure_of(rule, part, after) - figure_of(rule, part, before)
    return change if rule.measure == "mean" else -change


CHECKS: tuple[Check, ...] = (keeps, groups)

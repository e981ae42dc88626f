"""Response and access standards, recomputed from drive times and not from merged groups."""

from __future__ import annotations

import math
from dataclasses import replace

from assets.issues import Issue
from coverage.measure import Arrivals
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.tallies import (
    StandardData,
    arrivals_after,
    arrivals_today,
    counted,
    figures_by_area,
    promise,
    within_after,
)

#: Minutes by which a figure may be over what is asked: rounding, far below a second.
TOLERANCE_MIN = 1e-5


def cover(problem: Problem, result: Outcome) -> list[Issue]:
    """Hard standards hold in each area: what is counted comes to what is required."""
    wrong = []
    for rule in problem.covers:
        if rule.price_gbp is not None or rule.required is None or not rule.promise:
            continue
        reached = result.tallies[rule.rule_id, rule.area_id]
        if reached < rule.required - TOLERANCE * max(1.0, rule.total, rule.required):
            wrong.append(
                f"{_named(rule.rule_id, rule.area_id)}: {reached:.1f} of {rule.required:.1f} needed"
            )
    return found("audit.cover", "standards not met", wrong)


def statistics(problem: Problem, result: Outcome) -> list[Issue]:
    """Hard standards hold in their own figure: the share, mean, percentile or worst itself."""
    wrong = []
    for data in problem.standards:
        standard = data.standard
        if standard.kind != "hard":
            continue
        now, after = _today(data, problem), _figures(data, problem, result)
        for area, figure in after.items():
            asked = standard.required_figure(now[area])
            told = result.figures[standard.standard_id, area]
            if not _same(told, figure):
                wrong.append(f"{_named(standard.standard_id, area)}: {told:g} told, {figure:g} is")
            if _misses(data, figure, asked):
                wrong.append(
                    f"{_named(standard.standard_id, area)}: {figure:.4g} is not {asked:.4g}"
                )
    return found("audit.statistic", "standards not met in their own figure", wrong)


def _today(data: StandardData, problem: Problem) -> dict[str, float]:
    return _by_area(data, arrivals_today(data, problem.units))


def _figures(data: StandardData, problem: Problem, result: Outcome) -> dict[str, float]:
    return _by_area(data, arrivals_after(data, problem.units, result.placed, result.outreach))


def _by_area(data: StandardData, arrivals: Arrivals) -> dict[str, float]:
    who = (data.weight, data.area)
    return figures_by_area(data.standard, arrivals, who, ceiling_min=data.ceiling_min)


def _same(one: float, other: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or abs(one - other) <= 1e-9 * max(1.0, abs(one))


def _misses(data: StandardData, figure: float, asked: float) -> bool:
    """Whether a figure is worse than what is asked; an endless time misses any that is not."""
    if data.standard.in_minutes:
        return math.isfinite(asked) and not figure <= asked + TOLERANCE_MIN
    return figure < asked - TOLERANCE


def low_ends(problem: Problem, result: Outcome) -> list[Issue]:
    """Standards held at the low end, counted again: every modelled drive made long, then placed."""
    rules = {(rule.rule_id, rule.area_id): rule for rule in problem.covers if rule.promise}
    wrong = []
    for data in problem.standards:
        if data.standard.held_at != "low":
            continue
        drives = data.modelled
        longest = replace(drives, minutes=drives.minutes * drives.error.high)
        again = replace(data, times=longest)
        now = _today(again, problem)
        after = arrivals_after(again, problem.units, result.placed, result.outreach)
        inside = {area: w for area, (w, _) in within_after(again, after).items()}
        for area, made in counted(promise(again), after).items():
            key = (data.standard.standard_id, area)
            slack = TOLERANCE * max(1.0, made.total)
            if abs(result.within[key] - inside[area]) > slack:
                wrong.append(
                    f"{key[0]} {area}: {result.within[key]:.1f} told, {inside[area]:.1f} counted"
                )
            asked = data.standard.required_figure(now[area])
            required = rules[key].required if key in rules else None
            if required is not None and not _asks(data, required, (asked, made.total)):
                wrong.append(f"{key[0]} {area}: {required:.1f} required, not what {asked:.4g} is")
    return found("audit.low_end", "cover at the low end is not what long drives give", wrong)


def _asks(data: StandardData, required: float, asked: tuple[float, float]) -> bool:
    """Whether a required tally is what a figure asks of a total weight."""
    figure, total = asked
    share = figure
    if data.standard.statistic == "mean":
        share = max(0.0, data.ceiling_min - figure)
    elif data.standard.in_minutes:
        whole = data.standard.statistic == "worst"
        share = 1.0 if whole else float(data.standard.percentile or 0.0) / 100.0
        share = share if math.isfinite(figure) else 0.0
    return abs(required - share * total) <= TOLERANCE * max(1.0, total, required)


def _named(rule_id: str, area_id: str) -> str:
    return f"{rule_id} in {area_id}" if area_id else rule_id


CHECKS: tuple[Check, ...] = (cover, statistics, low_ends)

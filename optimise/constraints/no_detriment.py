"""Nobody, and no group, is left worse off than the scenario allows."""

from __future__ import annotations

import pulp

from optimise.constraints import served
from optimise.covers import CoverRule
from optimise.decisions import Decisions
from optimise.detriment import KEEPS, NO_DETRIMENT, FairRule, Part, swing
from optimise.making import row_name
from optimise.problem import Problem

#: Rows that compare figures are written per thousand of a share, or thousandths of a minute: a
#: solver's tolerance on them is then far below one person in a county.
FINE = 1000.0


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold every rule of no detriment.

    stays_within, growth:
    Σ_g weight_g · served[r,g] + always_r ≥ total_r − allowance_r          for each area
    group:
    loss_p ≤ fall_r + tolerance_r                                          for each group or area p
    fall_r ≤ loss_all + G · gains_r
    fall_r ≤ F · (1 − gains_r)                                             0 ≤ fall_r

    with loss = today's share − share after the plan (or mean after − mean today), and shares and
    means linear in served (`served.tally`, `CoverRule.figure`).

    In words: of those within the standard today (stays_within), or of all with a route today
    (growth), only the allowance may fall outside it, or see their time grow by more than the
    minutes allowed. A group may lose as much as everybody loses on average, and the tolerance
    besides: max(0, loss_p) ≤ max(0, loss_all) + tolerance. ``fall`` is what the average is said
    to have lost. It must not be more than it did lose, for that would let every group lose more:
    hence served[all,g] is held from below as well (rows ``served_if``), so that the program
    cannot look away from people who are served. Where the plan serves more people than today the
    average loses nothing (gains_r = 1): a gain in one place is no detriment in another.

    Symbols: r rule, g merged demand, p group or area, weight in units of the standard's demand
    column, allowance a share of those protected or a number of them, tolerance a share or
    minutes; F, G the most that everybody's figure can fall and gain with every permitted site
    used or none but those that are certain. Source: the public-sector "no detriment" test (no
    party worse off); for group comparisons the Equality Act 2010 s.149 duty, as a bound.
    """
    for rule in problem.fair:
        if rule.family != NO_DETRIMENT:
            continue
        if rule.kind in KEEPS:
            _keep(model, decisions, problem, rule)
        else:
            _compare(model, decisions, problem, rule)


def counted_by(problem: Problem, part: Part) -> CoverRule:
    """The tally of a part."""
    found = [r for r in problem.rules_of(part.rule_id) if r.area_id == part.area_id]
    return found[0]


def figure(decisions: Decisions, problem: Problem, part: Part) -> pulp.LpAffineExpression:
    """A part's share (0-1) or mean (minutes) after the plan, as an expression."""
    rule = counted_by(problem, part)
    reached = served.tally(decisions, problem, rule) * (1.0 / rule.total)
    return reached if rule.ceiling_min is None else rule.ceiling_min - reached


def _keep(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: FairRule) -> None:
    for part in rule.parts:
        counted = counted_by(problem, part)
        limit = part.limit or 0.0
        if limit > counted.always:
            name = row_name(rule.kind, rule.name, part.part_id)
            model += served.tally(decisions, problem, counted) >= limit, name


def _compare(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: FairRule) -> None:
    fall = decisions.fair[rule.key, "fall"]
    _hold_the_fall(model, decisions, problem, rule)
    for part in rule.parts:
        loss = _loss(decisions, problem, rule, part)
        row = FINE * (loss - fall) <= FINE * rule.tolerance
        model += row, row_name("fair", rule.name, part.kind, part.part_id)


def _hold_the_fall(
    model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: FairRule
) -> None:
    """What the average is said to have lost is at most what it did lose.

    Where it cannot fall at all, its variable is 0 by its bound; where it cannot gain, it needs
    no decision on that.
    """
    if rule.whole is None:
        return
    worst, most = swing(rule, counted_by(problem, rule.whole))
    if worst <= 0:
        return
    fall, gains = decisions.fair[rule.key, "fall"], decisions.fair.get((rule.key, "gains"))
    claimed = fall - _loss(decisions, problem, rule, rule.whole)
    if gains is None:
        model += FINE * claimed <= 0, row_name("fall", rule.name)
        return
    model += FINE * (claimed - most * gains) <= 0, row_name("fall", rule.name)
    model += FINE * (fall + worst * gains) <= FINE * worst, row_name("fall_or_gain", rule.name)


def _loss(
    decisions: Decisions, problem: Problem, rule: FairRule, part: Part
) -> pulp.LpAffineExpression:
    after = figure(decisions, problem, part)
    return after - part.today if rule.lower_is_better else part.today - after

"""The worst-off group or area keeps enough, and is not too far behind the best-off."""

from __future__ import annotations

import pulp

from optimise.constraints import served
from optimise.constraints.no_detriment import FINE, counted_by, figure
from optimise.decisions import Decisions
from optimise.detriment import EQUITY, FairRule
from optimise.making import row_name
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold every rule of equity.

    floor, ceiling:
    Σ_g gain_g · served[p,g] + always_p ≥ tally_p(limit_p)               for each group or area p
    gap:
    figure_a − figure_b ≤ gap,  figure_b − figure_a ≤ gap                between two
    figure_p ≤ highest,  lowest ≤ figure_p,  highest − lowest ≤ gap      among more than two

    with figure = Σ_g gain_g · served[p,g] + always_p, over total_p, for a share, and the longest
    time less that for a mean (`CoverRule.figure`).

    In words: each group, or each area, keeps at least the floor's share within the standard (has
    at most the ceiling's mean time). The shares (or mean times) of two groups, or of the best and
    the worst area, differ by no more than the gap. In a gap a figure may not be told lower than it
    is, so served is held both ways (rows ``served_if``). A gap can be closed from above as well
    as from below: together with a floor, or with no detriment, it cannot be met by
    serving the better-off worse.

    Symbols: p group or area, g merged demand, gain in units of the standard's weight (times
    minutes for a mean), limit and gap a share 0-1 or minutes. Source: the range and minimax
    measures of equity in facility location, Marsh & Schilling (1994); floors by area, Post Office
    access criteria ("every postcode district 95 % within 6 miles").
    """
    for rule in problem.fair:
        if rule.family != EQUITY:
            continue
        if rule.kind != "gap":
            _floor(model, decisions, problem, rule)
        elif len(rule.parts) == 2:
            _pair(model, decisions, problem, rule)
        elif len(rule.parts) > 2:
            _range(model, decisions, problem, rule)


def _floor(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: FairRule) -> None:
    for part in rule.parts:
        counted = counted_by(problem, part)
        needed = counted.tally_of(part.limit or 0.0)
        if needed > counted.always:
            scale = FINE / counted.total
            row = scale * served.tally(decisions, problem, counted) >= scale * needed
            model += row, row_name(rule.kind, rule.name, part.kind, part.part_id)


def _pair(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: FairRule) -> None:
    one, other = (figure(decisions, problem, part) for part in rule.parts)
    first, second = (part.part_id for part in rule.parts)
    limit = FINE * rule.tolerance
    model += FINE * (one - other) <= limit, row_name("gap", rule.name, first, second)
    model += FINE * (other - one) <= limit, row_name("gap", rule.name, second, first)


def _range(model: pulp.LpProblem, decisions: Decisions, problem: Problem, rule: FairRule) -> None:
    highest, lowest = decisions.fair[rule.key, "highest"], decisions.fair[rule.key, "lowest"]
    for part in rule.parts:
        here = figure(decisions, problem, part)
        parts = (rule.name, part.kind, part.part_id)
        model += FINE * (here - highest) <= 0, row_name("below_highest", *parts)
        model += FINE * (lowest - here) <= 0, row_name("above_lowest", *parts)
    model += FINE * (highest - lowest) <= FINE * rule.tolerance, row_name("gap", rule.name)

"""Rules of no detriment and equity that no plan can keep, each on its own, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from assets.issues import Issue
from coverage.reach import Provider, response_minutes
from optimise.covers import END_WORDS, CoverRule
from optimise.detriment import KEEPS, FairRule, Part
from optimise.problem import Problem
from optimise.tallies import Tally
from optimise.units import of_type

#: Demand points that an issue names.
NAMED = 10


def fair_shortfalls(problem: Problem) -> tuple[Issue, ...]:
    """Rules that no plan can keep, each on its own: quickly found, and never wrong.

    What every permitted place of every unit would give at once is more than any plan gives; a
    rule that asks for more than that is impossible. (That a rule is not named here does not mean
    that it can be kept.)
    """
    issues: list[Issue] = []
    for rule in problem.fair:
        missed = {
            part: counted
            for part in rule.parts
            if part.limit is not None and _short(rule, part, counted := _counted(problem, part))
        }
        if missed:
            told = _kept(problem, rule, missed) if rule.kind in KEEPS else _floor(rule, missed)
            issues.append(told)
    return tuple(issues)


def _counted(problem: Problem, part: Part) -> CoverRule:
    return next(r for r in problem.rules_of(part.rule_id) if r.area_id == part.area_id)


def _short(rule: FairRule, part: Part, counted: CoverRule) -> bool:
    limit = part.limit or 0.0
    needed = limit if rule.kind in KEEPS else counted.tally_of(limit)
    return needed > counted.most + 1e-6 * max(1.0, needed)


def _kept(problem: Problem, rule: FairRule, missed: Mapping[Part, CoverRule]) -> Issue:
    """People whom no permitted site keeps within the standard, or near enough today's time."""
    tally = rule.tallies[0]
    areas = {part.area_id for part in missed}
    lost = [d for d in unreachable(problem, tally) if str(tally.area[d]) in areas]
    people = sum(part.total - counted.most for part, counted in missed.items())
    allowed = sum(part.total - (part.limit or 0.0) for part in missed)
    where = _places(missed)
    kept = "within the standard" if rule.kind == "kept" else "near enough to their time of today"
    return Issue(
        f"{rule.key}.allowance",
        f"for {people:,.0f} of {tally.data.standard.weight.replace('_', ' ')}{where} no permitted "
        f"site keeps them {kept}{END_WORDS[tally.data.standard.held_at]}; {allowed:,.0f} may be "
        f"lost ({rule.words})",
        tuple(lost),
        "allow more to be lost (allowance, allowance_people, or minutes), or unlock what serves "
        "these demand points today",
    )


def unreachable(problem: Problem, tally: Tally) -> list[str]:
    """demand_ids that count in a tally but for which no permitted place is in time, heaviest first.

    Where several vehicles are needed, only demand that not even one could reach is named.
    """
    data = tally.data
    providers = [
        Provider(site, u.turnout_s)
        for u in of_type(problem.units, data.standard.service_type)
        for site in u.places(data.standard.standard_id)
    ]
    ids = list(data.times.demand_ids)
    best = np.full(len(ids), np.inf)
    if providers:
        minutes = response_minutes(data.standard, data.times, sorted(set(providers)))
        best = np.where(np.isnan(minutes), np.inf, minutes).min(axis=1)
    allowed = tally.allowed_min.reindex(ids).to_numpy(dtype=float)
    weight = tally.weight.reindex(ids).fillna(0.0).to_numpy(dtype=float)
    # A millionth of a minute absorbs rounding, as `coverage.standards.TOLERANCE_MIN`.
    lost = [(-weight[i], ids[i]) for i in np.flatnonzero((weight > 0) & (best > allowed + 1e-6))]
    return [d for _, d in sorted(lost)]


def _floor(rule: FairRule, missed: Mapping[Part, CoverRule]) -> Issue:
    told = [
        f"{part.part_id}: {_told(rule, counted.figure(counted.most))} at best, "
        f"{_told(rule, part.today)} today"
        for part, counted in missed.items()
    ]
    more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
    asked = {_told(rule, part.limit or 0.0) for part in missed}
    what = asked.pop() if len(asked) == 1 else "what is asked"
    sense = "at most " if rule.lower_is_better else "at least "
    return Issue(
        f"{rule.key}.{rule.kind}",
        f"{sense if what != 'what is asked' else ''}{what} is out of reach even with every "
        f"permitted site in use at once{END_WORDS[rule.data.standard.held_at]}: "
        f"{'; '.join(told[:NAMED])}{more} ({rule.words})",
        tuple(part.part_id for part in missed),
        f"ease the {rule.kind}, set where_below: hold, or allow more sites (candidates, hosts, "
        "move_radius_km)",
    )


def _told(rule: FairRule, figure: float) -> str:
    if rule.measure == "share":
        return f"{math.floor(figure * 1000 + 1e-6) / 10:.1f}%"
    return f"{figure:.1f} {rule.data.standard.unit_words}"


def _places(missed: Mapping[Part, CoverRule]) -> str:
    named = [part.part_id for part in missed if part.part_id]
    return f" in {', '.join(named[:NAMED])}" if named else ""

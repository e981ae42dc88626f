"""The problem as it is on the way: units may still be at home, and today's level is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optimise.covers import CoverRule
from optimise.outcome import outcome
from optimise.problem import Problem, cover_rules_of


def way_of(problem: Problem) -> Problem:
    """What must hold in a period before the last.

    Every unit may be in the building it is in today, though the plan may have to move it in the
    end; a promise is kept when it comes to what is asked, or to today's tally where that is
    less; soft promises, and what is only measured, are left out. Rules of no detriment stay.
    """
    units = {
        u: unit if unit.fixed or unit.home in unit.sites
        else replace(unit, sites=(unit.home, *unit.sites))
        for u, unit in problem.units.items()
    }  # fmt: skip
    same = all(units[u] is unit for u, unit in problem.units.items())
    way = problem if same else replace(problem, units=units)
    covers = problem.covers if same else cover_rules_of(problem.standards, problem.tallies, units)
    today = outcome(way, {}).tallies
    kept = {part.rule_id for rule in problem.fair for part in rule.parts}
    kept |= {rule.whole.rule_id for rule in problem.fair if rule.whole is not None}
    return replace(way, phased=None, covers=tuple(
        found for rule in covers if (found := _asked(rule, today, kept)) is not None
    ))  # fmt: skip


def _asked(
    rule: CoverRule, today: Mapping[tuple[str, str], float], kept: set[str]
) -> CoverRule | None:
    if not rule.promise:
        return rule if rule.rule_id in kept else None
    if rule.price_gbp is not None or rule.required is None:
        return None
    return replace(rule, required=min(rule.required, today[rule.rule_id, rule.area_id]))

"""Response and access standards, recomputed from drive times and not from merged groups."""

from __future__ import annotations

from dataclasses import replace

from assets.issues import Issue
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.outcome import Outcome, cover_after
from optimise.problem import Problem


def cover(problem: Problem, result: Outcome) -> list[Issue]:
    """Hard standards hold in each area."""
    wrong = []
    for rule in problem.covers:
        inside = result.within[rule.standard_id, rule.area_id]
        slack = TOLERANCE * max(1.0, rule.total)
        if rule.price_gbp is None and inside < rule.required - slack:
            where = f" in {rule.area_id}" if rule.area_id else ""
            wrong.append(f"{rule.standard_id}{where}: {inside:.1f} of {rule.required:.1f} needed")
    return found("audit.cover", "standards not met", wrong)


def low_ends(problem: Problem, result: Outcome) -> list[Issue]:
    """Standards held at the low end, counted again: every modelled drive made long, then placed."""
    today = {u.unit_id: u.home for u in problem.units.values()}
    rules = {(rule.standard_id, rule.area_id): rule for rule in problem.covers}
    wrong = []
    for data in problem.standards:
        if data.standard.held_at != "low":
            continue
        drives = data.modelled
        longest = replace(drives, minutes=drives.minutes * drives.error.high)
        counted = replace(data, times=longest)
        now = cover_after(counted, problem.units, today)
        for area, (inside, total) in cover_after(counted, problem.units, result.placed).items():
            key = (data.standard.standard_id, area)
            slack = TOLERANCE * max(1.0, total)
            if abs(result.within[key] - inside) > slack:
                wrong.append(
                    f"{key[0]} {area}: {result.within[key]:.1f} told, {inside:.1f} counted"
                )
            asked = data.standard.required_share(now[area][0] / total) * total
            if key in rules and abs(rules[key].required - asked) > slack:
                wrong.append(
                    f"{key[0]} {area}: {rules[key].required:.1f} required, not {asked:.1f}"
                )
    return found("audit.low_end", "cover at the low end is not what long drives give", wrong)


CHECKS: tuple[Check, ...] = (cover, low_ends)

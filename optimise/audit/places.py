"""Placement, locks, counts, capacity and compatibility, recomputed."""

from __future__ import annotations

import math

from assets.issues import Issue
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.contents import held
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.units import Unit


def placement(problem: Problem, result: Outcome) -> list[Issue]:
    """Every unit is where it may be, in a mode it may be in."""
    wrong = []
    for unit_id, unit in problem.units.items():
        place, aside = result.placed[unit_id], unit_id in result.outreach
        allowed = (unit.home,) if unit.fixed else unit.outreach_sites if aside else unit.sites
        if place not in allowed and not (place == "" and unit.may_withdraw and not aside):
            wrong.append(f"{unit_id} → {place or 'withdrawn'}{' as outreach' if aside else ''}")
    return found("audit.placement", "units placed where they may not be", wrong)


def locks(problem: Problem, result: Outcome) -> list[Issue]:
    """Locked buildings are as they are locked."""
    wrong = [
        s.asset_id
        for s in problem.sites.values()
        if ((s.must_open or s.kept_by) and s.asset_id not in result.open)
        or (s.must_close and s.asset_id in result.open)
    ]
    return found("audit.locks", "buildings against their lock", wrong)


def counts(problem: Problem, result: Outcome) -> list[Issue]:
    """Services are delivered in full in their numbers."""
    wrong = []
    for rule in problem.counts:
        delivered = sum(
            bool(result.placed[u.unit_id]) and u.unit_id not in result.outreach
            for u in problem.units.values()
            if u.service_type == rule.service_type
        )
        low, high = rule.at_least or 0, rule.at_most
        if delivered < low or (high is not None and delivered > high):
            wrong.append(f"{rule.service_type}: {delivered} delivered")
    return found("audit.counts", "services outside their numbers", wrong)


def capacity(problem: Problem, result: Outcome) -> list[Issue]:
    """What a building holds fits, with what may be added."""
    wrong = [
        f"{s}: {metres:.1f} m² to add, {problem.sites[s].extension_max_m2:.1f} m² possible"
        for s, metres in result.extension_m2.items()
        if metres > problem.sites[s].extension_max_m2 + TOLERANCE * max(1.0, metres)
    ]
    by_site = held(problem, result.placed)
    for s in sorted(set(by_site) & set(problem.sites)):
        site = problem.sites[s]
        if not math.isfinite(site.capacity_m2):
            continue
        inside = [problem.units[u] for u in by_site[s]]
        vehicles = sum(u.bays for u in inside if u.unit_id not in result.outreach)
        sessions = sum(_sessions_pw(u, u.unit_id in result.outreach) for u in inside)
        if vehicles > site.bays:
            wrong.append(f"{s}: {vehicles} vehicles, {site.bays:g} bays")
        if sessions > site.sessions_pw + TOLERANCE * max(1.0, sessions):
            wrong.append(f"{s}: {sessions:g} sessions a week, {site.sessions_pw:g} possible")
    return found("audit.capacity", "buildings too small for what they hold", wrong)


def _sessions_pw(unit: Unit, aside: bool) -> float:
    return unit.outreach.sessions_pw if aside and unit.outreach else unit.sessions_pw


def compatibility(problem: Problem, result: Outcome) -> list[Issue]:
    """No two services that may not share a building come to share one."""
    forbidden = {(p.service_a, p.service_b) for p in problem.pairs if p.forbidden}
    wrong = [f"{s}: {a} with {b}" for s, a, b in result.together if (a, b) in forbidden]
    by_site = held(problem, result.placed)
    for kind in problem.single:
        for s in sorted(set(by_site) & set(problem.sites)):
            now = sum(problem.units[u].service_type == kind for u in by_site[s])
            today = sum(problem.units[u].service_type == kind for u in problem.units_at(s))
            if now > max(1, today):
                wrong.append(f"{s}: {now} of {kind}")
    return found("audit.compatibility", "services that may not share a building", wrong)


CHECKS: tuple[Check, ...] = (placement, locks, counts, capacity, compatibility)

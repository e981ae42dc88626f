"""Impossibilities that need no search, in words a member understands.

What is said here is certain: each check compares what is asked with more than
any plan could give. What is impossible only in combination is for
`optimise.refusal` to find.
"""

from __future__ import annotations

from collections.abc import Iterable

from assets.issues import Issue
from optimise import room
from optimise.covers import END_WORDS, CoverRule
from optimise.decisions import could_be_hub
from optimise.fair_shortfalls import fair_shortfalls
from optimise.money_shortfalls import money_shortfalls
from optimise.out_of_reach import in_words, never_reached
from optimise.problem import Problem
from optimise.units import Unit


def contradictions(problem: Problem) -> tuple[Issue, ...]:
    """Rules that contradict each other whatever is chosen."""
    issues: list[Issue] = []
    for check in (
        _nowhere_to_go, _closed_but_needed, _kept_but_closed, _too_few_units, _sets_beyond_reach,
        _no_hub,
    ):  # fmt: skip
        issues += check(problem)
    return tuple(issues)


def shortfalls(problem: Problem) -> tuple[Issue, ...]:
    """Targets above what every permitted site together could give, and room that is short."""
    issues = [i for rule in problem.covers for i in _cover_out_of_reach(problem, rule)]
    issues += fair_shortfalls(problem)
    issues += _no_room(problem)
    return (*issues, *money_shortfalls(problem))


def _nowhere_to_go(problem: Problem) -> list[Issue]:
    stuck = [u for u in _bound(problem) if not u.anywhere]
    kept = [u.unit_id for u in stuck if u.stays]
    return _issue(
        "locks.nowhere_to_go",
        "buildings locked to close hold units that no other building may take in",
        [u.unit_id for u in stuck if not u.stays],
        "unlock the building, or allow a host (capacity_m2, host_types, "
        "move_radius_km) or a withdrawal",
    ) + _issue(
        "locks.stays_where_it_closes",
        "units that may not change are in buildings locked to close",
        kept,
        "unlock the unit or its building",
    )


def _closed_but_needed(problem: Problem) -> list[Issue]:
    both = [
        u.unit_id
        for u in _bound(problem)
        if u.anywhere and all(s in problem.sites and _closes(problem, s) for s in u.anywhere)
    ]
    return _issue(
        "locks.closed_but_needed",
        "units may only be in buildings that are locked to close, or may not stay in use for "
        "their condition",
        both,
        "unlock one of those buildings, or let the unit move",
    )


def _kept_but_closed(problem: Problem) -> list[Issue]:
    """In use by one rule, not in use by another."""
    both = [s for s in sorted(problem.sites) if _closes(problem, s) and _kept(problem, s)]
    return _issue(
        "locks.kept_but_closed",
        "buildings are to stay in use (a lock, or a set kept whole) and to be let go (a lock, or "
        "their condition)",
        both,
        "drop one of the two: the lock, the building in the set, or the condition asked",
    )


def _closes(problem: Problem, asset_id: str) -> bool:
    site = problem.sites[asset_id]
    return site.must_close or site.must_improve


def _kept(problem: Problem, asset_id: str) -> bool:
    return problem.sites[asset_id].stays_open


def _bound(problem: Problem) -> list[Unit]:
    """Units the plan decides about and must deliver, ids ascending."""
    units = (problem.units[u] for u in sorted(problem.units))
    return [u for u in units if not u.fixed and not u.may_withdraw]


def _too_few_units(problem: Problem) -> list[Issue]:
    issues = []
    for rule in problem.counts:
        units = [u for u in problem.units.values() if u.service_type == rule.service_type]
        bound = [u for u in units if not u.may_withdraw and not u.outreach_sites]
        some = [u for u in units if u.fixed or u.sites]
        if rule.at_least is not None and rule.at_least > len(some):
            issues += _issue(
                f"services.{rule.service_type}.at_least",
                f"at least {rule.at_least} asked for, but there are {len(some)}",
                [rule.service_type],
                f"ask for at most {len(some)}",
            )
        if rule.at_most is not None and rule.at_most < len(bound):
            issues += _issue(
                f"services.{rule.service_type}.at_most",
                f"at most {rule.at_most} asked for, but {len(bound)} may not be withdrawn",
                [u.unit_id for u in bound],
                f"ask for {len(bound)} or more, or set may_withdraw for the type",
            )
    return issues


def _sets_beyond_reach(problem: Problem) -> list[Issue]:
    """Named sets of which more is asked than could be kept, or less than must be."""
    issues = []
    for rule in problem.asked.sets:
        if rule.whoever:
            continue
        can, must = _range_of_units(problem, rule.members, rule.mode) if rule.of_units else (
            sum(s not in problem.sites or not _closes(problem, s) for s in rule.members),
            sum(s not in problem.sites or _kept(problem, s) for s in rule.members),
        )  # fmt: skip
        least, most = rule.at_least, rule.at_most
        if least is not None and least > can:
            said = f"at least {least} of the set asked for, but {can} could be kept"
            issues += _issue(rule.key, said, list(rule.members), f"ask for at most {can}")
        if most is not None and most < must:
            said = f"at most {most} of the set asked for, but {must} stay whatever is chosen"
            issues += _issue(rule.key, said, list(rule.members), f"ask for {must} or more")
    return issues


def _range_of_units(problem: Problem, members: Iterable[str], mode: str) -> tuple[int, int]:
    """(how many of the units could be delivered in the mode, how many are whatever is chosen)."""
    units = [problem.units[u] for u in members]
    if mode == "outreach":
        free = [u for u in units if not u.fixed and u.outreach_sites]
        return len(free), sum(not u.sites and not u.may_withdraw for u in free)
    full = [u for u in units if u.fixed or u.sites or mode == "any"]
    sure = [u for u in full if not u.may_withdraw and (mode == "any" or not u.outreach_sites)]
    return len(full), len(sure)


def _no_hub(problem: Problem) -> list[Issue]:
    issues = []
    for rule in problem.asked.hubs:
        able = sum(not _closes(problem, s) for s in could_be_hub(problem, rule))
        if rule.standing < rule.at_least and rule.standing + able < rule.at_least:
            issues += _issue(
                rule.key,
                f"{rule.at_least} building with {rule.services} services asked for in "
                f"{rule.area_id}, but {rule.standing + able} could hold as many",
                [rule.area_id],
                "ask for fewer services, leave the area out (areas), or allow more hosts",
            )
    return issues


def _no_room(problem: Problem) -> list[Issue]:
    issues = []
    for short in room.shortages(problem):
        kinds = [problem.units[u].service_type for u in short.unit_ids]
        types = ", ".join(f"{kinds.count(k)} {k.replace('_', ' ')}" for k in sorted(set(kinds)))
        where = ", ".join(short.asset_ids[:10])
        more = len(short.asset_ids) - 10
        issues += _issue(
            "buildings.no_room",
            f"{len(kinds)} units ({types}) need {short.need_m2:,.0f} m² and may only be in "
            f"{len(short.asset_ids)} buildings ({where}{f' and {more} more' if more > 0 else ''}) "
            f"with room for {short.room_m2:,.0f} m², extensions included: {short.short_m2:,.0f} m² "
            "short",
            list(short.unit_ids),
            "allow more hosts (capacity_m2, extension_max_m2, move_radius_km), unlock one of those "
            "buildings, or allow a withdrawal",
        )
    return issues


def _cover_out_of_reach(problem: Problem, rule: CoverRule) -> list[Issue]:
    if rule.required is None or rule.price_gbp is not None or not rule.promise:
        return []
    if rule.required <= rule.most + 1e-6 * max(1.0, rule.total):
        return []
    standard = next(
        d.standard for d in problem.standards if d.standard.standard_id == rule.standard_id
    )
    area, who = f" in {rule.area_id}" if rule.area_id else "", standard.weight.replace("_", " ")
    lost = never_reached(problem, rule) if rule.ceiling_min is None else ()
    said = _asked_and_best(rule, area, standard.unit_words)
    if lost:
        people = sum(u.weight for u in lost)
        told = in_words(lost, who=who, unit=standard.unit_words)
        where = "1 place" if len(lost) == 1 else f"{len(lost)} places"
        said += f". Out of reach are {people:,.0f} {who} in {where}: {told}"
    key = "percentile" if standard.statistic == "percentile" else "target"
    ids = [u.demand_id for u in lost] or [rule.standard_id, *([rule.area_id] if area else [])]
    remedy = "lower the target, or allow more sites (candidates, hosts, move_radius_km)"
    return [Issue(f"standards.{rule.standard_id}.{key}", said, tuple(ids), remedy)]


def _asked_and_best(rule: CoverRule, where: str, unit: str) -> str:
    asked, best = rule.figure(rule.required or 0.0), rule.figure(rule.most)
    end = END_WORDS[rule.held_at]
    if rule.ceiling_min is not None:
        return (
            f"a mean of at most {asked:.1f} {unit} is asked for{where}, but with every permitted "
            f"site in use at once it is {best:.1f}{end}"
        )
    return (
        f"{asked:.1%} asked for{where}, but with every permitted site in use at once only "
        f"{best:.1%} ({rule.most:,.0f} of {rule.total:,.0f}) are reached in time{end}"
    )


def _issue(rule: str, message: str, ids: list[str], remedy: str) -> list[Issue]:
    return [Issue(rule, message, tuple(sorted(ids)), remedy)] if ids else []

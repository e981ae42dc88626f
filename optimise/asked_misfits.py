"""Rules for buildings and units that name what the layers do not have, or cannot be meant."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from assets.estate import Estate
from assets.issues import Issue, nearest
from assets.schema import EMERGENCY_SERVICES
from optimise.asked import areas_of_kind
from optimise.moves import effective_locks, why_it_stays
from optimise.rules import WITHDRAWN, NamedMove
from optimise.scenario import Scenario


def asked_misfits(scenario: Scenario, estate: Estate) -> list[Issue]:
    """Everything that sets, hubs, named moves, outreach and limits of change get wrong."""
    issues: list[Issue] = []
    for check in (_sets, _hubs, _changes, _outreach, _moves):
        issues += check(scenario, estate)
    return issues


def _buildings(estate: Estate) -> list[str]:
    return [str(a) for a in estate.buildings.index]


def _units(estate: Estate) -> list[str]:
    return [str(u) for u in estate.services.index]


def _types(estate: Estate) -> list[str]:
    return sorted(set(estate.services["service_type"].astype(str)))


def _unknown(where: str, what: str, asked: Iterable[str], known: list[str]) -> list[Issue]:
    """One issue for the first name that is not known."""
    absent = [name for name in asked if name not in known]
    if not absent:
        return []
    text = f"{where}: there is no {what} '{absent[0]}' in the model"
    return [Issue(f"scenario.unknown_{what.replace(' ', '_')}", text, tuple(absent),
                  nearest(absent[0], known))]  # fmt: skip


def _sets(scenario: Scenario, estate: Estate) -> list[Issue]:
    issues = []
    for name, rule in sorted(scenario.keep.items()):
        where = f"keep.{name}"
        issues += _unknown(where, "building", rule.buildings, _buildings(estate))
        issues += _unknown(where, "unit", rule.units, _units(estate))
        issues += _unknown(where, "service", rule.types, _types(estate))
    return issues


def _hubs(scenario: Scenario, estate: Estate) -> list[Issue]:
    issues = []
    for name, rule in sorted(scenario.hubs.items()):
        where = "hubs" if name == "hubs" else f"hubs.{name}"
        issues += _unknown(where, "service", rule.among, _types(estate))
        issues += _areas(where, rule.geography, rule.areas, estate)
    return issues


def _changes(scenario: Scenario, estate: Estate) -> list[Issue]:
    issues = []
    for name, rule in sorted(scenario.delivery.items()):
        where = "delivery" if name == "delivery" else f"delivery.{name}"
        issues += _unknown(where, "service", rule.types, _types(estate))
        if rule.per not in ("all", "type"):
            issues += _areas(where, rule.per, rule.areas, estate)
    return issues


def _areas(where: str, kind: str, asked: list[str], estate: Estate) -> list[Issue]:
    known = list(areas_of_kind(kind, estate))
    if known:
        return _unknown(where, f"{kind} area", asked, known)
    text = f"{where}: the layers have no area of kind {kind}"
    return [Issue("scenario.no_areas", text, (kind,), f"add areas of kind {kind}, or name another")]


def _outreach(scenario: Scenario, estate: Estate) -> list[Issue]:
    issues = []
    for kind, rule in sorted(scenario.services.items()):
        asked = rule.outreach
        if asked is None:
            continue
        where = f"services.{kind}.outreach"
        if kind in EMERGENCY_SERVICES:
            text = f"{where}: a crew that answers calls cannot be delivered as outreach"
            issues.append(Issue("services.outreach", text, (kind,), "take the outreach out"))
        if isinstance(asked.counts_for, list):
            known = sorted(scenario.standards)
            issues += _unknown(f"{where}.counts_for", "standard", asked.counts_for, known)
    return issues


def _moves(scenario: Scenario, estate: Estate) -> list[Issue]:
    locks = effective_locks(scenario, estate.buildings)
    issues = _unknown("moves", "unit", sorted(scenario.moves), _units(estate))
    ends = [m.to for _, m in sorted(scenario.moves.items()) if m.to != WITHDRAWN]
    issues += _unknown("moves", "building", ends, _buildings(estate))
    if issues:
        return issues
    for unit_id, named in sorted(scenario.moves.items()):
        why = _why_not(scenario, estate, locks, (unit_id, named))
        if why:
            text = f"moves: {unit_id} → {named.to}{_mode(named)} cannot be: {why[0]}"
            issues.append(Issue("moves.cannot_be", text, (unit_id, named.to), why[1]))
    return issues


def _mode(named: NamedMove) -> str:
    return " as outreach" if named.mode == "outreach" else ""


def _why_not(
    scenario: Scenario, estate: Estate, locks: pd.Series, move: tuple[str, NamedMove]
) -> tuple[str, str] | None:
    """(why a named move cannot be, what to do); None where it can."""
    unit_id, named = move
    unit = pd.Series(estate.services.loc[unit_id])
    home = str(unit["asset_id"])
    in_full = named.mode == "full"
    if not in_full and named.to == WITHDRAWN:
        return "a unit is withdrawn or delivered as outreach, not both", "leave the mode out"
    if not in_full and scenario.rule(str(unit["service_type"])).outreach is None:
        return "its service has no outreach", f"add services.{unit['service_type']}.outreach"
    scope = estate.buildings["in_scope"].astype(bool)
    why = why_it_stays(unit, not scope[home], str(locks[home]))
    if why and not (named.to == home and in_full):
        return why, "take the lock off, or drop the move"
    if named.to in (WITHDRAWN, home):
        return None
    return _no_host(estate.buildings.loc[named.to], str(locks[named.to]))


def _no_host(building: pd.Series, lock: str) -> tuple[str, str] | None:
    if not bool(building["in_scope"]):
        return "the building is out of scope", "bring it into scope"
    if lock in ("close", "no_host"):
        return f"the building is locked {lock.replace('_', ' ')}", "take the lock off"
    if pd.isna(building["capacity_m2"]):
        return "the building takes in nobody", "give it a capacity_m2"
    return None


def asked_notes(scenario: Scenario, estate: Estate) -> tuple[Issue, ...]:
    """Warnings about what is asked of condition: blank grades, and works that cost nothing."""
    asked = scenario.condition
    if asked is None:
        return ()
    stands = estate.buildings["in_scope"].astype(bool) & (estate.buildings["status"] != "candidate")
    here = estate.buildings[stands]
    grade = here["condition_grade"].astype(str)
    notes = []
    blank = tuple(str(a) for a in here.index[grade == ""])
    if blank:
        text = (
            f"{len(blank)} of {len(here)} buildings in scope have no condition grade; each counts "
            f"as {asked.blank_grade}"
        )
        remedy = "give them a condition_grade, or say what a blank counts as (blank_grade)"
        notes.append(Issue("condition.blank_grade", text, blank, remedy, severity="warning"))
    bad = here[grade.where(grade != "", asked.blank_grade) > asked.worst_grade]
    costs = [f"backlog_gbp_p{p}" for p in (1, 2, 3, 4)]
    costs += ["works_gbp"] if asked.works_cost == "works_gbp" else []
    free = tuple(str(a) for a in bad.index[bad[costs].fillna(0.0).sum(axis=1) == 0.0])
    if free and asked.works:
        text = f"works on {len(free)} buildings in bad condition cost nothing: no backlog is stated"
        remedy = "give their backlog_gbp_p1 to p4, or works_gbp"
        notes.append(Issue("condition.no_cost", text, free, remedy, severity="warning"))
    return tuple(notes)

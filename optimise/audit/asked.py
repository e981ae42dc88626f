"""Sets, hubs, named moves, condition and limits of change, recomputed from ids."""

from __future__ import annotations

from assets.issues import Issue
from optimise.asked import HubArea, SetRule
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.outcome import Outcome
from optimise.problem import Problem


def sets(problem: Problem, result: Outcome) -> list[Issue]:
    """Named sets are kept in their numbers."""
    wrong = []
    for rule in problem.asked.sets:
        kept = sum(_kept(problem, result, rule, member) for member in rule.members)
        low, high = rule.at_least or 0, rule.at_most
        if kept < low or (high is not None and kept > high):
            wrong.append(f"{rule.key}: {kept} of {len(rule.members)} kept")
    return found("audit.sets", "named sets outside their numbers", wrong)


def _kept(problem: Problem, result: Outcome, rule: SetRule, member: str) -> bool:
    if not rule.of_units:
        return member in result.open or member not in problem.sites
    aside = member in result.outreach
    wanted = {"any": True, "full": not aside, "outreach": aside}[rule.mode]
    return bool(result.placed[member]) and wanted


def hubs(problem: Problem, result: Outcome) -> list[Issue]:
    """Each area has its hubs."""
    wrong = []
    for rule in problem.asked.hubs:
        there = rule.standing + sum(_is_hub(problem, result, rule, s) for s in rule.sites)
        if there < rule.at_least:
            wrong.append(f"{rule.key} in {rule.area_id}: {there} of {rule.at_least}")
    return found("audit.hubs", "areas without their hubs", wrong)


def _is_hub(problem: Problem, result: Outcome, rule: HubArea, asset_id: str) -> bool:
    kinds = {
        problem.units[u].service_type
        for u, place in result.placed.items()
        if place == asset_id and (rule.outreach or u not in result.outreach)
    }
    return len(kinds & set(rule.among)) >= rule.services


def named_moves(problem: Problem, result: Outcome) -> list[Issue]:
    """Units are where members have put them."""
    wrong = [
        f"{m.unit_id} → {result.placed[m.unit_id] or 'withdrawn'}"
        for m in problem.asked.moves
        if result.placed[m.unit_id] != m.to or (m.unit_id in result.outreach) != m.outreach
    ]
    return found("audit.moves", "units not where they are named to be", wrong)


def condition(problem: Problem, result: Outcome) -> list[Issue]:
    """No building in use in a condition not accepted; every works done is paid for."""
    sites = [problem.sites[s] for s in result.open]
    wrong = [f"{s.asset_id}: {s.grade or 'no grade'}" for s in sites if s.must_improve]
    asked = [s.asset_id for s in sites if s.works_gbp is not None]
    wrong += [f"{s}: works not done" for s in asked if s not in result.works]
    wrong += [f"{s}: works for nothing" for s in result.works if s not in asked]
    paid = sum(problem.sites[s].works_gbp or 0.0 for s in asked)
    if paid > result.money.capital_gbp + max(1.0, TOLERANCE * paid):
        wrong.append(f"works of £{paid:,.0f} in a capital of £{result.money.capital_gbp:,.0f}")
    return found("audit.condition", "buildings in use in a condition not accepted", wrong)


def change(problem: Problem, result: Outcome) -> list[Issue]:
    """Moves, closures and withdrawals are within their numbers."""
    wrong = []
    placed = result.placed
    for rule in problem.asked.change:
        gone = [u for u in rule.units if not placed[u]]
        moved = [u for u in rule.units if placed[u] not in ("", problem.units[u].home)]
        closed = [s for s in rule.buildings if s in problem.sites and s not in result.open]
        for what, most, now in (
            ("moves", rule.moves_at_most, moved),
            ("closures", rule.closures_at_most, closed),
            ("withdrawals", rule.withdrawals_at_most, gone),
        ):
            if most is not None and len(now) > most:
                where = f" in {rule.part}" if rule.part else ""
                wrong.append(f"{rule.key}{where}: {len(now)} {what}, {most} allowed")
    return found("audit.delivery", "more change than may be delivered", wrong)


CHECKS: tuple[Check, ...] = (sets, hubs, named_moves, condition, change)

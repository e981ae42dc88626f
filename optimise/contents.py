"""What buildings hold under a choice of places."""

from __future__ import annotations

from collections.abc import Mapping

from optimise.problem import Problem


def held(problem: Problem, placed: Mapping[str, str]) -> dict[str, list[str]]:
    """Units in each building, ascending."""
    by_site: dict[str, list[str]] = {}
    for unit_id in sorted(placed):
        if placed[unit_id]:
            by_site.setdefault(placed[unit_id], []).append(unit_id)
    return by_site


def placed_by(
    problem: Problem, placed: Mapping[str, str], changed: Mapping[str, int], period: int
) -> dict[str, str]:
    """Where each unit is at the end of a period; "" = withdrawn by then.

    Args:
        problem: the numbers.
        placed: unit_id → where it is after the plan.
        changed: unit_id → period in which it changes; 1 where none is told.
        period: up to and with which changes count.
    """
    return {
        u: to if changed.get(u, 1) <= period else problem.units[u].home for u, to in placed.items()
    }


def together_in(
    problem: Problem, by_site: Mapping[str, list[str]]
) -> tuple[tuple[str, str, str], ...]:
    """Pairs with a rule that share a building after the plan and did not before."""
    found = []
    for asset_id in sorted(by_site):
        types = [problem.units[u].service_type for u in by_site[asset_id]]
        for pair in problem.pairs:
            key = (asset_id, pair.service_a, pair.service_b)
            needed = 2 if pair.service_a == pair.service_b else 1
            both = types.count(pair.service_a) >= needed and pair.service_b in types
            if both and asset_id in problem.sites and key not in problem.together_today:
                found.append(key)
    return tuple(found)

"""What a choice of places amounts to, by plain arithmetic: no program, no solver.

The audit and the pages stand on it; nothing of PuLP is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coverage.measure import arrival_minutes, share_by_area
from optimise.covers import StandardData
from optimise.problem import Problem
from optimise.units import Unit, crew_of


@dataclass(frozen=True)
class Money:
    """Money of a plan, £ of the base year.

    Attributes:
        capital_gbp: works and one-off costs, optimism bias included.
        receipts_gbp: net of disposal cost.
        saving_gbp_pa: net revenue saving a year once done.
        npv_gbp: against doing nothing.
        penalty_gbp: price of soft standards missed (no money; in the objective only).
    """

    capital_gbp: float
    receipts_gbp: float
    saving_gbp_pa: float
    npv_gbp: float
    penalty_gbp: float

    @property
    def objective_gbp(self) -> float:
        """What is maximised: NPV less the price of soft standards missed."""
        return self.npv_gbp - self.penalty_gbp


@dataclass(frozen=True)
class Outcome:
    """What a choice of places amounts to. Made by `outcome`.

    Attributes:
        placed: unit_id → asset_id; "" = withdrawn. Fixed units included.
        open: asset_ids in use after the plan, in scope, ascending.
        extension_m2: asset_id → square metres that must be added.
        together: (asset_id, type_a, type_b) that newly share at a cost.
        within: (standard_id, area_id) → weight served in time.
        money: sums.
    """

    placed: Mapping[str, str]
    open: tuple[str, ...]
    extension_m2: Mapping[str, float]
    together: tuple[tuple[str, str, str], ...]
    within: Mapping[tuple[str, str], float]
    money: Money


def outcome(problem: Problem, placed: Mapping[str, str]) -> Outcome:
    """Everything that follows from where each unit is, by plain arithmetic.

    Args:
        problem: the numbers.
        placed: unit_id → asset_id, "" = withdrawn; fixed units may be left out.
    """
    full = {u: placed.get(u, problem.units[u].home) for u in sorted(problem.units)}
    by_site = held(problem, full)
    in_use = tuple(s for s in sorted(problem.sites) if by_site.get(s) or problem.sites[s].must_open)
    extension = {}
    for s in in_use:
        need = sum(problem.units[u].space_m2 for u in by_site.get(s, ()))
        over = need - problem.sites[s].capacity_m2
        # Sums of floor areas carry rounding noise far below a square millimetre.
        if over > 1e-6:
            extension[s] = over
    together = _together(problem, by_site)
    within = {
        (data.standard.standard_id, area): inside
        for data in problem.standards
        for area, (inside, _) in cover_after(data, problem.units, full).items()
    }
    money = _money(problem, full, extension, (in_use, together, within))
    return Outcome(full, in_use, extension, together, within, money)


def cover_after(
    data: StandardData, units: Mapping[str, Unit], placed: Mapping[str, str]
) -> dict[str, tuple[float, float]]:
    """(within, total) by area with every unit where it is placed, from the drive times."""
    crews = [
        crew_of(units[u], s)
        for u, s in placed.items()
        if s and units[u].service_type == data.standard.service_type
    ]
    minutes = arrival_minutes(data.standard, data.times, crews)
    return share_by_area(data.standard, minutes, data.weight, data.area)


def held(problem: Problem, placed: Mapping[str, str]) -> dict[str, list[str]]:
    """Units in each building, ascending."""
    by_site: dict[str, list[str]] = {}
    for unit_id in sorted(placed):
        if placed[unit_id]:
            by_site.setdefault(placed[unit_id], []).append(unit_id)
    return by_site


def _together(
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


_Rest = tuple[tuple[str, ...], tuple[tuple[str, str, str], ...], Mapping[tuple[str, str], float]]


def _money(
    problem: Problem, placed: Mapping[str, str], extension: Mapping[str, float], rest: _Rest
) -> Money:
    in_use, together, within = rest
    released = [s for s in problem.sites.values() if s.asset_id not in in_use and s.in_use_today]
    built = [problem.sites[s] for s in in_use if not problem.sites[s].in_use_today]
    moved = [u for u in problem.units.values() if placed[u.unit_id] not in ("", u.home)]
    gone = [u for u in problem.units.values() if not placed[u.unit_id]]
    cost = {(p.service_a, p.service_b): p.cost_gbp for p in problem.pairs}
    release = sum(s.release_gbp for s in released)
    capital = (
        sum(s.build_gbp for s in built)
        + sum(problem.sites[s].extension_gbp_per_m2 * m for s, m in extension.items())
        + sum(u.move_gbp for u in moved)
        + sum(cost[a, b] for _, a, b in together)
        + release
    )
    saving = (
        sum(s.annual_gbp for s in released)
        - sum(s.annual_gbp for s in built)
        - sum(u.hosting_gbp_pa for u in moved)
        + sum(u.withdrawal_gbp_pa for u in gone)
    )
    worth = sum(s.release_pv_gbp for s in released) + release
    short = {
        (r.standard_id, r.area_id): max(0.0, r.required - within[r.standard_id, r.area_id])
        for r in problem.covers
    }
    penalty = sum((r.price_gbp or 0.0) * short[r.standard_id, r.area_id] for r in problem.covers)
    npv = problem.annuity * saving + worth - capital
    return Money(capital, sum(s.receipt_gbp for s in released), saving, npv, penalty)

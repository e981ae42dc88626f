"""Every rule recomputed from the problem and the chosen ids, without the program.

Nothing of PuLP or a solver is imported here: the money is plain sums, and
cover is measured again from drive times, not from merged groups. It runs in
production; a plan that fails it is not a plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assets.issues import Issue
from coverage.measure import arrival_minutes, share_by_area
from optimise.problem import Problem, StandardData, Unit, crew_of

#: Slack allowed for floating-point sums, relative to the size of the target.
TOLERANCE = 1e-6


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
    held = _held(problem, full)
    in_use = tuple(s for s in sorted(problem.sites) if held.get(s) or problem.sites[s].must_open)
    extension = {}
    for s in in_use:
        need = sum(problem.units[u].space_m2 for u in held.get(s, ()))
        over = need - problem.sites[s].capacity_m2
        # Sums of floor areas carry rounding noise far below a square millimetre.
        if over > 1e-6:
            extension[s] = over
    together = _together(problem, held)
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


def audit(problem: Problem, result: Outcome) -> tuple[Issue, ...]:
    """Every rule a plan breaks; empty when it holds."""
    issues: list[Issue] = []
    for check in CHECKS:
        issues += check(problem, result)
    return tuple(issues)


def _held(problem: Problem, placed: Mapping[str, str]) -> dict[str, list[str]]:
    """Units in each building, ascending."""
    held: dict[str, list[str]] = {}
    for unit_id in sorted(placed):
        if placed[unit_id]:
            held.setdefault(placed[unit_id], []).append(unit_id)
    return held


def _together(problem: Problem, held: Mapping[str, list[str]]) -> tuple[tuple[str, str, str], ...]:
    """Pairs with a rule that share a building after the plan and did not before."""
    found = []
    for asset_id in sorted(held):
        types = [problem.units[u].service_type for u in held[asset_id]]
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


def _check_placement(problem: Problem, result: Outcome) -> list[Issue]:
    wrong = []
    for unit_id, unit in problem.units.items():
        place = result.placed[unit_id]
        allowed = (unit.home,) if unit.fixed else unit.sites
        if place not in allowed and not (place == "" and unit.may_withdraw):
            wrong.append(f"{unit_id} → {place or 'withdrawn'}")
    return _found("audit.placement", "units placed where they may not be", wrong)


def _check_locks(problem: Problem, result: Outcome) -> list[Issue]:
    wrong = [
        s.asset_id
        for s in problem.sites.values()
        if (s.must_open and s.asset_id not in result.open)
        or (s.must_close and s.asset_id in result.open)
    ]
    return _found("audit.locks", "buildings against their lock", wrong)


def _check_counts(problem: Problem, result: Outcome) -> list[Issue]:
    wrong = []
    for rule in problem.counts:
        delivered = sum(
            bool(result.placed[u.unit_id])
            for u in problem.units.values()
            if u.service_type == rule.service_type
        )
        low, high = rule.at_least or 0, rule.at_most
        if delivered < low or (high is not None and delivered > high):
            wrong.append(f"{rule.service_type}: {delivered} delivered")
    return _found("audit.counts", "services outside their numbers", wrong)


def _check_capacity(problem: Problem, result: Outcome) -> list[Issue]:
    wrong = [
        f"{s}: {metres:.1f} m² to add, {problem.sites[s].extension_max_m2:.1f} m² possible"
        for s, metres in result.extension_m2.items()
        if metres > problem.sites[s].extension_max_m2 + TOLERANCE * max(1.0, metres)
    ]
    return _found("audit.capacity", "buildings too small for what they hold", wrong)


def _check_compatibility(problem: Problem, result: Outcome) -> list[Issue]:
    forbidden = {(p.service_a, p.service_b) for p in problem.pairs if p.forbidden}
    wrong = [f"{s}: {a} with {b}" for s, a, b in result.together if (a, b) in forbidden]
    held = _held(problem, result.placed)
    for kind in problem.single:
        for s in sorted(set(held) & set(problem.sites)):
            now = sum(problem.units[u].service_type == kind for u in held[s])
            today = sum(problem.units[u].service_type == kind for u in problem.units_at(s))
            if now > max(1, today):
                wrong.append(f"{s}: {now} of {kind}")
    return _found("audit.compatibility", "services that may not share a building", wrong)


def _check_cover(problem: Problem, result: Outcome) -> list[Issue]:
    wrong = []
    for rule in problem.covers:
        inside = result.within[rule.standard_id, rule.area_id]
        slack = TOLERANCE * max(1.0, rule.total)
        if rule.price_gbp is None and inside < rule.required - slack:
            where = f" in {rule.area_id}" if rule.area_id else ""
            wrong.append(f"{rule.standard_id}{where}: {inside:.1f} of {rule.required:.1f} needed")
    return _found("audit.cover", "standards not met", wrong)


def _check_low_ends(problem: Problem, result: Outcome) -> list[Issue]:
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
    return _found("audit.low_end", "cover at the low end is not what long drives give", wrong)


def _check_money(problem: Problem, result: Outcome) -> list[Issue]:
    money, targets = result.money, problem.targets
    tests: list[tuple[str, float, float | None]] = [
        ("receipts_gbp", money.receipts_gbp, targets.receipts_gbp),
        ("revenue_saving_gbp_pa", money.saving_gbp_pa, targets.revenue_saving_gbp_pa),
    ]
    if targets.capital_budget_gbp is not None:
        funds = targets.capital_budget_gbp + problem.reinvest_share * money.receipts_gbp
        tests.append(("capital_budget_gbp", funds, money.capital_gbp))
    wrong = [
        f"{name}: £{have:,.0f} against £{need:,.0f}"
        for name, have, need in tests
        # £1 of rounding on sums of millions is not a breach.
        if need is not None and have < need - max(1.0, TOLERANCE * abs(need))
    ]
    if not math.isfinite(money.npv_gbp):
        wrong.append(f"npv_gbp: {money.npv_gbp}")
    return _found("audit.money", "money targets not met", wrong)


def _found(rule: str, message: str, wrong: list[str]) -> list[Issue]:
    remedy = "this is a fault in Groundplan, not in your data: please report it with the scenario"
    return [Issue(rule, message, tuple(sorted(wrong)), remedy)] if wrong else []


CHECKS: tuple[Callable[[Problem, Outcome], list[Issue]], ...] = (
    _check_placement,
    _check_locks,
    _check_counts,
    _check_capacity,
    _check_compatibility,
    _check_cover,
    _check_low_ends,
    _check_money,
)

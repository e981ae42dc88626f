"""What a choice of places amounts to, by plain arithmetic: no program, no solver.

The audit and the pages stand on it; nothing of PuLP is imported here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from coverage.measure import Arrivals
from optimise.contents import held, placed_by, together_in
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem
from optimise.taken import sums_of
from optimise.tallies import (
    Counted,
    StandardData,
    arrivals_after,
    counted,
    promise,
    within_after,
)
from optimise.units import Unit


@dataclass(frozen=True)
class Money:
    """Money of a plan, £ of the base year.

    Attributes:
        capital_gbp: works, moves, ways out of leases, grants repaid, less grants received;
            optimism bias included.
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


NO_MONEY = Money(0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Outcome:
    """What a choice of places amounts to. Made by `outcome`.

    Attributes:
        placed: unit_id → asset_id; "" = withdrawn. Fixed units included.
        open: asset_ids in use after the plan, in scope, ascending.
        outreach: unit_ids delivered as outreach, ascending.
        works: asset_ids whose works for their condition are done, ascending.
        extension_m2: asset_id → square metres that must be added.
        together: (asset_id, type_a, type_b) that newly share at a cost.
        within: (standard_id, area_id) → weight served in time (`StandardData.limit_min`).
        figures: (rule_id, area_id) → the statistic in its own unit (share or minutes): of every
            standard's promise, reported ones too, and of every further tally.
        tallies: the same as tallies, to be held against `CoverRule.required`.
        money: sums.
        timetable: when everything is done; None where the plan is not phased (all at once).
    """

    placed: Mapping[str, str]
    open: tuple[str, ...]
    extension_m2: Mapping[str, float]
    together: tuple[tuple[str, str, str], ...]
    within: Mapping[tuple[str, str], float]
    money: Money
    outreach: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    figures: Mapping[tuple[str, str], float] = field(default_factory=dict)
    tallies: Mapping[tuple[str, str], float] = field(default_factory=dict)
    timetable: Timetable | None = None


def outcome(
    problem: Problem,
    placed: Mapping[str, str],
    outreach: Collection[str] = (),
    timetable: Timetable | None = None,
) -> Outcome:
    """Everything that follows from where each unit is, by plain arithmetic.

    Args:
        problem: the numbers.
        placed: unit_id → asset_id, "" = withdrawn; fixed units may be left out.
        outreach: units that are delivered from there as outreach.
        timetable: when everything is done; None = at once.
    """
    full = {u: placed.get(u, problem.units[u].home) for u in sorted(problem.units)}
    aside = tuple(sorted(u for u in outreach if full[u]))
    by_site = held(problem, full)
    sites = problem.sites
    in_use = tuple(s for s in sorted(sites) if by_site.get(s) or sites[s].stays_open)
    works = tuple(s for s in in_use if sites[s].works_gbp is not None)
    extension = _extension(problem, full, aside, timetable)
    extension = {s: extension[s] for s in in_use if s in extension}
    together = together_in(problem, by_site)
    within, recount = _cover(problem, full, aside)
    made = Outcome(
        full, in_use, extension, together, within, NO_MONEY, aside, works,
        figures={key: found.figure for key, found in recount.items()},
        tallies={key: found.tally for key, found in recount.items()},
        timetable=timetable,
    )  # fmt: skip
    return replace(made, money=_money(problem, made))


def _extension(
    problem: Problem,
    placed: Mapping[str, str],
    aside: Collection[str],
    timetable: Timetable | None,
) -> dict[str, float]:
    """asset_id → m² that what it holds needs beyond its capacity, at most in any period."""
    found: dict[str, float] = {}
    for period in problem.calendar.all if timetable is not None else (1,):
        when = timetable.changed if timetable is not None else {}
        now = held(problem, placed_by(problem, placed, when, period))
        for s, units in now.items():
            need = sum(space_m2(problem.units[u], u in aside and when.get(u, 1) <= period)
                       for u in units)  # fmt: skip
            over = need - problem.sites[s].capacity_m2 if s in problem.sites else 0.0
            # Sums of floor areas carry rounding noise far below a square millimetre.
            if over > 1e-6:
                found[s] = max(over, found.get(s, 0.0))
    return found


_Key = tuple[str, str]


def _cover(
    problem: Problem, placed: Mapping[str, str], outreach: Collection[str]
) -> tuple[dict[_Key, float], dict[_Key, Counted]]:
    """(weight within, tallies) by rule and area, of every standard and every further tally."""
    within: dict[_Key, float] = {}
    recount: dict[_Key, Counted] = {}
    known: dict[str, Arrivals] = {}
    for data in problem.standards:
        name = data.standard.standard_id
        found = arrivals_after(data, problem.units, placed, outreach)
        known[name] = found
        within |= {(name, a): inside for a, (inside, _) in within_after(data, found).items()}
        recount |= {(name, a): made for a, made in counted(promise(data), found).items()}
    for tally in problem.tallies:
        data = tally.data
        same = any(data is one for one in problem.standards)
        found = (
            known[data.standard.standard_id]
            if same
            else arrivals_after(data, problem.units, placed, outreach)
        )
        recount |= {(tally.rule_id, a): made for a, made in counted(tally, found).items()}
    return within, recount


def space_m2(unit: Unit, outreach: bool) -> float:
    """Space a unit takes of its building, in full or as outreach."""
    return unit.outreach.space_m2 if outreach and unit.outreach is not None else unit.space_m2


def bays(unit: Unit, outreach: bool) -> float:
    """Vehicle bays a unit takes of its building; as outreach it brings no vehicle."""
    return 0.0 if outreach else float(unit.bays)


def sessions_pw(unit: Unit, outreach: bool) -> float:
    """Sessions a week a unit takes of its building, in full or as outreach."""
    aside = unit.outreach if outreach else None
    return aside.sessions_pw if aside is not None else unit.sessions_pw


def cover_after(
    data: StandardData,
    units: Mapping[str, Unit],
    placed: Mapping[str, str],
    outreach: Collection[str] = (),
) -> dict[str, tuple[float, float]]:
    """(within, total) by area with every unit where it is placed, from the drive times.

    Units in ``outreach`` serve where theirs counts for the standard.
    """
    return within_after(data, arrivals_after(data, units, placed, outreach))


def _money(problem: Problem, made: Outcome) -> Money:
    if made.timetable is not None:
        sums = sums_of(problem, made)
        return Money(sums.capital_gbp, sums.receipts_gbp, sums.saving_gbp_pa, sums.npv_gbp,
                     _penalty(problem, made))  # fmt: skip
    sites, placed, in_use = problem.sites, made.placed, made.open
    released = [s for s in sites.values() if s.asset_id not in in_use and s.in_use_today]
    built = [sites[s] for s in in_use if not sites[s].in_use_today]
    moved = [u for u in problem.units.values() if placed[u.unit_id] not in ("", u.home)]
    gone = [u for u in problem.units.values() if not placed[u.unit_id]]
    aside = [o for u in made.outreach if (o := problem.units[u].outreach) is not None]
    cost = {(p.service_a, p.service_b): p.cost_gbp for p in problem.pairs}
    release = sum(s.release_gbp for s in released)
    terms = {u.unit_id: terms_of(u, u.unit_id in made.outreach) for u in moved}
    capital = (
        sum(s.build_gbp - s.grant_gbp for s in built)
        + sum(sites[s].extension_gbp_per_m2 * m for s, m in made.extension_m2.items())
        + sum(move for move, _ in terms.values())
        + sum(cost[a, b] for _, a, b in made.together)
        + sum(sites[s].works_gbp or 0.0 for s in made.works)
        + release
    )
    saving = (
        sum(s.annual_gbp for s in released)
        - sum(s.annual_gbp for s in built)
        - sum(hosting for _, hosting in terms.values())
        + sum(u.withdrawal_gbp_pa for u in gone)
        + sum(o.saving_gbp_pa for o in aside)
    )
    worth = sum(s.release_pv_gbp for s in released) + release
    once = sum(u.one_off_gbp for u in (*moved, *gone))
    once += sum(u.one_off_gbp for u in problem.units.values() if _becomes_outreach(u, made))
    npv = problem.annuity * saving + worth - capital - once
    return Money(capital, sum(s.receipt_gbp for s in released), saving, npv,
                 _penalty(problem, made))  # fmt: skip


def _becomes_outreach(unit: Unit, made: Outcome) -> bool:
    """Delivered as outreach where it is today."""
    return unit.unit_id in made.outreach and made.placed[unit.unit_id] == unit.home


def _penalty(problem: Problem, made: Outcome) -> float:
    """Σ price · shortfall over soft standards."""
    return sum(
        rule.price_gbp * max(0.0, rule.required - made.tallies[rule.rule_id, rule.area_id])
        for rule in problem.covers
        if rule.price_gbp is not None and rule.required is not None
    )


def terms_of(unit: Unit, outreach: bool) -> tuple[float, float]:
    """(cost of moving, hosting a year) of a unit in another building, £, by its mode there."""
    aside = unit.outreach if outreach else None
    if aside is not None:
        return aside.move_gbp, aside.hosting_gbp_pa
    return unit.move_gbp, unit.hosting_gbp_pa

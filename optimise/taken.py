"""What a plan does, action by action, each in its period; and what that comes to in money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimise.actions import Action, Kind, all_flows, annual_gbp, flows, present_gbp
from optimise.contents import held, placed_by, together_in
from optimise.money.lines import VALUED, Flow
from optimise.phasing.rules import Neighbours
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem

if TYPE_CHECKING:
    from optimise.outcome import Outcome


def taken(problem: Problem, result: Outcome) -> Iterator[tuple[Action, int, float]]:
    """(action, period, how much) of everything a plan does; how much is m² of ``extend``, else 1.

    In period 1 where the plan has no timetable. A pair that comes together is fitted out in the
    first period in which both are there.
    """
    when = result.timetable or Timetable()
    for uid in sorted(problem.units):
        kind = change_of(problem, result, uid)
        if kind is not None:
            home = problem.units[uid].home
            yield Action(kind, result.placed[uid] or home, uid), when.changed.get(uid, 1), 1.0
    for s in sorted(problem.sites):
        site, used = problem.sites[s], s in result.open
        if site.in_use_today and not used:
            yield Action("release", s), when.released.get(s, 1), 1.0
        if used and not site.in_use_today:
            yield Action("build", s), when.works.get(s, 1), 1.0
        if s in result.extension_m2:
            yield Action("extend", s), when.works.get(s, 1), result.extension_m2[s]
        if s in result.works:
            yield Action("improve", s), when.works.get(s, 1), 1.0
    for (s, a, b), period in sorted(joined(problem, result).items()):
        yield Action("join", s, pair=(a, b)), period, 1.0


def change_of(problem: Problem, result: Outcome, unit_id: str) -> Kind | None:
    """What becomes of a unit; None where it stays as it is."""
    to = result.placed[unit_id]
    if not to:
        return "withdraw"
    if unit_id in result.outreach:
        return "outreach"
    return "move" if to != problem.units[unit_id].home else None


def joined(problem: Problem, result: Outcome) -> dict[tuple[str, str, str], int]:
    """(asset_id, type_a, type_b) → the first period in which the two newly share it at a cost."""
    if result.timetable is None:
        return dict.fromkeys(result.together, 1)
    found: dict[tuple[str, str, str], int] = {}
    for period in problem.calendar.all:
        placed = placed_by(problem, result.placed, result.timetable.changed, period)
        for key in together_in(problem, held(problem, placed)):
            found.setdefault(key, period)
    return found


@dataclass(frozen=True)
class Sums:
    """Money of a plan summed over what it does, £ of the base year.

    Attributes:
        capital_gbp: works, moves, ways out of leases, less grants; optimism bias included.
        receipts_gbp: of sales, net of their cost, whenever they come.
        saving_gbp_pa: net, a year, once everything is done.
        npv_gbp: Σ amount · d(t) of everything that is valued.
    """

    capital_gbp: float
    receipts_gbp: float
    saving_gbp_pa: float
    npv_gbp: float


def sums_of(problem: Problem, result: Outcome) -> Sums:
    """What a plan comes to, from the flows of what it does."""
    done = list(taken(problem, result))
    once = [
        Flow(f.line, f.time_yr, f.amount_gbp * much)
        for action, period, much in done
        for f in flows(problem, action, period)
    ]
    once += bonus_flows(problem, result)
    every = [
        Flow(f.line, f.time_yr, f.amount_gbp * much)
        for action, period, much in done
        for f in all_flows(problem, action, period)
        if f.kind == "annual"
    ]
    return Sums(
        -sum(f.amount_gbp for f in once if f.kind == "capital"),
        sum(f.amount_gbp for f in once if f.kind == "receipt"),
        sum(sum(annual_gbp(problem, a).values()) * much for a, _, much in done),
        present_gbp(problem, [f for f in (*once, *every) if f.kind in VALUED]),
    )


def bonus_flows(problem: Problem, result: Outcome) -> list[Flow]:
    """What neighbours fetch more for being vacated in one period."""
    if problem.phased is None or result.timetable is None:
        return []
    when, made = result.timetable.released, []
    for _, rule in sorted(problem.phased.rules.neighbours.items()):
        periods = {when.get(s) for s in rule.buildings}
        if len(periods) == 1 and None not in periods:
            (period,) = periods
            made.append(bonus_flow(problem, rule, period or 1))
    return made


def bonus_flow(problem: Problem, rule: Neighbours, period: int) -> Flow:
    """More for neighbours vacated together in a period: it comes with the last of their sales."""
    exits = [problem.sites[s].exit for s in rule.buildings]
    at = problem.calendar.start_yr(period) + max(e.years_to_sell for e in exits)
    return Flow("neighbours", at, rule.bonus_pct / 100.0 * sum(e.receipt_gbp for e in exits))

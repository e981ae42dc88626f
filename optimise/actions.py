"""What can be changed, and the money that each change moves when it is done in a period.

The one account of the money of change: the program takes its coefficients from
it, the ledger its entries. The audit counts again, its own way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from optimise import finance as money
from optimise.money.lines import Flow
from optimise.phasing.calendar import Calendar
from optimise.problem import PairRule, Problem

Kind = Literal["move", "outreach", "withdraw", "release", "build", "extend", "improve", "join"]


@dataclass(frozen=True, order=True)
class Action:
    """One thing that a plan may do.

    Attributes:
        kind: ``move`` (a unit to another building, in full), ``outreach`` (delivered so from a
            building, its own or another), ``withdraw``, ``release`` (a building that stands
            today is vacated for good), ``build`` (a candidate), ``extend`` (by one square metre),
            ``improve`` (the works its condition asks for), ``join`` (two service types come to
            share it at a cost).
        asset_id: where; of a withdrawal the unit's home.
        unit_id: of what; "" where it is a building.
        pair: of ``join``, the two service types.
    """

    kind: Kind
    asset_id: str
    unit_id: str = ""
    pair: tuple[str, str] = ("", "")


def actions(problem: Problem) -> Iterator[Action]:
    """Everything that the plan may do, in a fixed order."""
    for uid in sorted(problem.units):
        unit = problem.units[uid]
        if unit.fixed:
            continue
        yield from (Action("move", s, uid) for s in unit.sites if s != unit.home)
        yield from (Action("outreach", s, uid) for s in unit.outreach_sites)
        if unit.may_withdraw:
            yield Action("withdraw", unit.home, uid)
    for s in sorted(problem.sites):
        site = problem.sites[s]
        yield Action("release" if site.in_use_today else "build", s)
        if site.extension_max_m2 > 0:
            yield Action("extend", s)
        if site.works_gbp is not None:
            yield Action("improve", s)
    for s, pair in pair_places(problem):
        if not pair.forbidden:
            yield Action("join", s, pair=(pair.service_a, pair.service_b))


def pair_places(problem: Problem) -> list[tuple[str, PairRule]]:
    """(asset_id, rule) wherever two types could newly come together; ascending."""
    possible: dict[str, set[str]] = {}
    for unit in problem.units.values():
        for site in unit.anywhere:
            possible.setdefault(site, set()).add(unit.service_type)
    return [
        (asset, pair)
        for asset in sorted(possible)
        for pair in problem.pairs
        if pair.service_a != pair.service_b
        and {pair.service_a, pair.service_b} <= possible[asset]
        and (asset, pair.service_a, pair.service_b) not in problem.together_today
    ]


def flows(problem: Problem, action: Action, period: int) -> tuple[Flow, ...]:
    """Money of an action done in a period, yearly flows apart (`annual_gbp`).

    Of ``extend`` for one square metre.
    """
    calendar = problem.calendar
    if action.kind == "release":
        return problem.sites[action.asset_id].exit.flows(calendar, period)
    at = calendar.start_yr(period)
    paid = _paid_for_unit if action.unit_id else _paid_for_building
    return tuple(Flow(line, at, amount) for line, amount in paid(problem, action) if amount)


def annual_gbp(problem: Problem, action: Action) -> Mapping[str, float]:
    """Line → £ a year from the period's end on, + saved, − spent; only lines that move."""
    unit = problem.units.get(action.unit_id)
    found: dict[str, float] = {}
    if action.kind == "move" and unit is not None:
        found = {"hosting": -unit.hosting_gbp_pa}
    elif action.kind == "outreach" and unit is not None and unit.outreach is not None:
        away = action.asset_id != unit.home
        found = {
            "outreach": unit.outreach.saving_gbp_pa,
            "hosting": -unit.outreach.hosting_gbp_pa if away else 0.0,
        }
    elif action.kind == "withdraw" and unit is not None:
        found = {"withdrawal": unit.withdrawal_gbp_pa}
    elif action.kind == "release":
        found = {"running_cost_saved": problem.sites[action.asset_id].annual_gbp}
    elif action.kind == "build":
        found = {"running_cost_added": -problem.sites[action.asset_id].annual_gbp}
    return {line: gbp for line, gbp in found.items() if gbp}


def years_of(calendar: Calendar, period: int) -> Iterator[tuple[int, float]]:
    """(year, share of it that is saved) for every year a change of a period saves in."""
    for year in range(calendar.horizon_yr + 1):
        share = calendar.saved_share(year, period)
        if share > 0:
            yield year, share


def all_flows(problem: Problem, action: Action, period: int) -> tuple[Flow, ...]:
    """`flows` and the yearly ones, each year's at the whole number of its year."""
    yearly = annual_gbp(problem, action)
    every = [
        Flow(line, float(year), gbp * share)
        for line, gbp in yearly.items()
        for year, share in years_of(problem.calendar, period)
    ]
    return (*flows(problem, action, period), *every)


def present_gbp(problem: Problem, flows_: Sequence[Flow]) -> float:
    """Σ amount · d(t): what flows are worth at the start of the base year."""
    schedule = problem.schedule
    return sum(f.amount_gbp * money.discount_factor(schedule, f.time_yr) for f in flows_)


def annuity(problem: Problem, period: int) -> float:
    """Present worth of £1 a year from a period's end to the horizon: Σ share(y) · d(y)."""
    return sum(
        share * money.discount_factor(problem.schedule, year)
        for year, share in years_of(problem.calendar, period)
    )


def _paid_for_unit(problem: Problem, action: Action) -> tuple[tuple[str, float], ...]:
    """(line, £) of what becomes of a unit, paid once."""
    unit, move = problem.units[action.unit_id], 0.0
    if action.kind == "move":
        move = unit.move_gbp
    elif action.kind == "outreach" and unit.outreach is not None and action.asset_id != unit.home:
        move = unit.outreach.move_gbp
    return (("move", -move), ("one_off", -unit.one_off_gbp))


def _paid_for_building(problem: Problem, action: Action) -> tuple[tuple[str, float], ...]:
    """(line, £) of what is done to a building that is kept, paid once; of ``extend`` a m²."""
    if action.kind == "join":
        return (("fit_out", -_pair_gbp(problem, action.pair)),)
    site = problem.sites[action.asset_id]
    if action.kind == "build":
        return (("build", -site.build_gbp), ("grant", site.grant_gbp))
    if action.kind == "extend":
        return (("extension", -site.extension_gbp_per_m2),)
    return (("works", -(site.works_gbp or 0.0)),)


def _pair_gbp(problem: Problem, pair: tuple[str, str]) -> float:
    return sum(p.cost_gbp for p in problem.pairs if (p.service_a, p.service_b) == pair)

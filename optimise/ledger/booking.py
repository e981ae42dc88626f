"""Whose money it is: each action's flows booked to the body that pays, saves or is paid.

The program's rule on partners and the ledger both book from here; the audit
books again, its own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimise import finance as money
from optimise.actions import Action, annual_gbp, flows, years_of
from optimise.money.lines import Flow
from optimise.phasing.rules import Neighbours
from optimise.problem import Problem

#: Lines that fall to the operator of the unit; all others fall to the owner of the building.
OF_OPERATOR = ("move", "one_off", "withdrawal", "outreach", "rent_paid")
#: Who is meant where the layers name nobody.
NOBODY = "(not stated)"


@dataclass(frozen=True)
class Booked:
    """A flow of money and whose it is.

    Attributes:
        party: owner or operator as the layers name it: untrusted text.
        asset_id, unit_id: where it arises; "" = of no unit, of no building.
    """

    party: str
    flow: Flow
    asset_id: str = ""
    unit_id: str = ""


def booked(problem: Problem, action: Action, period: int) -> Iterator[Booked]:
    """Everything that an action done in a period moves, and whose it is.

    `booked_once`, and `booked_pa` in every year that the change covers, whole or in part.
    Of ``extend`` for one square metre.
    """
    yield from booked_once(problem, action, period)
    yearly = list(booked_pa(problem, action))
    for year, share in years_of(problem.calendar, period):
        for each in yearly:
            flow = Flow(each.flow.line, float(year), each.flow.amount_gbp * share)
            yield Booked(each.party, flow, each.asset_id, each.unit_id)


def booked_once(problem: Problem, action: Action, period: int) -> Iterator[Booked]:
    """What an action done in a period moves once.

    Building, extending, works, fitting out to share, selling, leaving a lease, holding, grants and
    clawback fall to the owner of the building; moving and one-off revenue to the unit's operator.
    """
    for flow in flows(problem, action, period):
        yield _of(problem, action, flow)
    site = problem.sites.get(action.asset_id)
    avoided = site.backlog_gbp + site.maintenance_gbp if site is not None else 0.0
    if action.kind == "release" and avoided:
        start = problem.calendar.start_yr(period)
        yield _of(problem, action, Flow("maintenance_avoided", start, avoided))


def booked_pa(problem: Problem, action: Action) -> Iterator[Booked]:
    """What an action moves every year (£ a year, at time 0) once it is done.

    Running cost, and what a host's rises by, falls to the owner of the building; withdrawal and
    outreach to the unit's operator; rent is paid by the one to the other where they are two.
    """
    for line, gbp_pa in annual_gbp(problem, action).items():
        yield _of(problem, action, Flow(line, 0.0, gbp_pa))
    rent = rent_gbp_pa(problem, action)
    if rent:
        yield _of(problem, action, Flow("rent_paid", 0.0, -rent))
        yield _of(problem, action, Flow("rent_received", 0.0, rent))


def _of(problem: Problem, action: Action, flow: Flow) -> Booked:
    s, u = action.asset_id, action.unit_id
    party = operator_of(problem, u) if flow.line in OF_OPERATOR else owner_of(problem, s)
    return Booked(party, flow, s, u)


def bonus_booked(problem: Problem, group: Neighbours, period: int) -> Iterator[Booked]:
    """What neighbours vacated together in a period fetch more, each owner's by its own receipts.

    more_s = bonus_pct · receipt_s, paid with the last of their sales (`optimise.taken`).
    """
    buildings = sorted(set(group.buildings))
    exits = {s: problem.sites[s].exit for s in buildings}
    last = max(way_out.years_to_sell for way_out in exits.values())
    at = problem.calendar.start_yr(period) + last
    for s in buildings:
        more = exits[s].receipt_gbp * group.bonus_pct / 100.0
        if more:
            yield Booked(owner_of(problem, s), Flow("neighbours", at, more), s)


def rent_gbp_pa(problem: Problem, action: Action) -> float:
    """Rent a year that a unit's operator pays the owner of its new host; 0 where they are one.

    rent = m² that the unit takes (as outreach: of the smaller room) · £ per m² a year.
    Rent paid today for the place it leaves is not known, and stands in the figures as they are.
    """
    unit = problem.units.get(action.unit_id)
    if unit is None or action.kind not in ("move", "outreach") or action.asset_id == unit.home:
        return 0.0
    if owner_of(problem, action.asset_id) == operator_of(problem, action.unit_id):
        return 0.0
    aside = unit.outreach if action.kind == "outreach" else None
    space_m2 = unit.space_m2 if aside is None else aside.space_m2
    return money.guest_rent_gbp_pa(space_m2, problem.finance.rent_gbp_per_m2_pa)


def owner_of(problem: Problem, asset_id: str) -> str:
    """Owner of an in-scope building as the layers name it."""
    site = problem.sites.get(asset_id)
    return site.owner if site is not None and site.owner else NOBODY


def operator_of(problem: Problem, unit_id: str) -> str:
    """Operator of a unit as the layers name it."""
    unit = problem.units.get(unit_id)
    return unit.operator if unit is not None and unit.operator else NOBODY


def parties_of(problem: Problem) -> tuple[str, ...]:
    """Every owner of a building in scope and operator of a unit that is decided about, A to Z."""
    owners = [owner_of(problem, s) for s in problem.sites]
    operators = [operator_of(problem, u) for u, unit in problem.units.items() if not unit.fixed]
    return tuple(sorted({*owners, *operators}))

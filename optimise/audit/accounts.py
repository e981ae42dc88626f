"""What a plan means in money, booked once more from the numbers alone.

Nothing of the program's account of change (`optimise.actions`) nor of the ledger is
used here: these are the figures that both are held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimise import finance as money
from optimise.outcome import Outcome
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem
from optimise.sites import Site
from optimise.units import Unit

#: Who is meant where the layers name nobody.
UNNAMED = "(not stated)"


@dataclass(frozen=True)
class Amount:
    """£ of a partner at a time.

    Attributes:
        kind: capital, receipt, one_off, annual or transfer.
        at_yr: years from the base year's 1 April; of a yearly amount the year it is of.
        asset_id: of a receipt the building sold.
    """

    party: str
    kind: str
    at_yr: float
    gbp: float
    asset_id: str = ""


def amounts(problem: Problem, result: Outcome) -> Iterator[Amount]:
    """Every amount of a plan, nothing rounded; what nobody pays is left out."""
    when = result.timetable or Timetable()
    for unit_id, unit in problem.units.items():
        yield from _unit(problem, result, unit, when.changed.get(unit_id, 1))
    for s, site in problem.sites.items():
        if site.in_use_today and s not in result.open:
            yield from _released(problem, site, when.released.get(s, 1))
        yield from _works(problem, result, site, when.works.get(s, 1))
    yield from _fitted_out(problem, result, when)
    yield from _neighbours(problem, when)


def _owner(site: Site) -> str:
    return site.owner or UNNAMED


def _yearly(
    problem: Problem, party: str, kind: str, gbp_pa: float, period: int
) -> Iterator[Amount]:
    """£ a year from the end of a period to the horizon, part-years in proportion."""
    ends = problem.calendar.length_yr * period
    for year in range(problem.calendar.horizon_yr + 1):
        covered = min(1.0, max(0.0, year + 1 - ends))
        if covered and gbp_pa:
            yield Amount(party, kind, float(year), gbp_pa * covered)


def _starts(problem: Problem, period: int) -> float:
    return problem.calendar.length_yr * (period - 1)


def _unit(problem: Problem, result: Outcome, unit: Unit, period: int) -> Iterator[Amount]:
    """A unit that moves, is withdrawn or becomes an outreach."""
    place, aside = result.placed[unit.unit_id], unit.unit_id in result.outreach
    if place == unit.home and not aside:
        return
    operator, starts = unit.operator or UNNAMED, _starts(problem, period)
    yield Amount(operator, "one_off", starts, -unit.one_off_gbp)
    if not place:
        yield from _yearly(problem, operator, "annual", unit.withdrawal_gbp_pa, period)
        return
    terms = unit.outreach if aside else None
    if terms is not None:
        yield from _yearly(problem, operator, "annual", terms.saving_gbp_pa, period)
    if place == unit.home:
        return
    owner = _owner(problem.sites[place])
    move, hosting, space = (
        (unit.move_gbp, unit.hosting_gbp_pa, unit.space_m2)
        if terms is None
        else (terms.move_gbp, terms.hosting_gbp_pa, terms.space_m2)
    )
    yield Amount(operator, "capital", starts, -move)
    yield from _yearly(problem, owner, "annual", -hosting, period)
    if owner != operator:
        rent = problem.finance.rent_gbp_per_m2_pa * space
        yield from _yearly(problem, operator, "transfer", -rent, period)
        yield from _yearly(problem, owner, "transfer", rent, period)


def _released(problem: Problem, site: Site, period: int) -> Iterator[Amount]:
    """A building let go: saved from the period's end, held and rented from then till it is gone."""
    owner, out = _owner(site), site.exit
    starts, ends = _starts(problem, period), problem.calendar.length_yr * period
    yield from _yearly(problem, owner, "annual", site.annual_gbp, period)
    yield Amount(owner, "capital", starts, -out.clawback_gbp)
    gone, rent_pa = starts + out.years_to_sell, 0.0
    if out.lease is None:
        yield Amount(owner, "receipt", gone, out.receipt_gbp, site.asset_id)
    else:
        base = problem.calendar.base_year
        found = money.lease_exit(out.lease, base_year=base, vacated_yr=starts)
        gone, rent_pa = found.years, out.lease.annual_rent_gbp
        yield Amount(owner, "capital", gone, -found.penalty_gbp - found.dilapidations_gbp)
    # What goes on after the last year that is counted is not saved either.
    until = min(gone, problem.calendar.horizon_yr + 1.0)
    for year in range(int(until) + 1):
        first, last = max(float(year), ends), min(year + 1.0, until)
        if last > first:
            cost = (out.holding_gbp_pa + rent_pa) * (last - first)
            yield Amount(owner, "one_off", (first + last) / 2.0, -cost)


def _works(problem: Problem, result: Outcome, site: Site, period: int) -> Iterator[Amount]:
    """A building built, extended or mended."""
    owner, starts = _owner(site), _starts(problem, period)
    if site.asset_id in result.open and not site.in_use_today:
        yield Amount(owner, "capital", starts, site.grant_gbp - site.build_gbp)
        yield from _yearly(problem, owner, "annual", -site.annual_gbp, period)
    more = result.extension_m2.get(site.asset_id, 0.0)
    yield Amount(owner, "capital", starts, -more * site.extension_gbp_per_m2)
    if site.asset_id in result.works:
        yield Amount(owner, "capital", starts, -(site.works_gbp or 0.0))


def _fitted_out(problem: Problem, result: Outcome, when: Timetable) -> Iterator[Amount]:
    """Service types that come to share a building at a cost, when they first do."""
    seen = set(problem.together_today)
    for period in problem.calendar.all if result.timetable else (1,):
        inside: dict[str, list[str]] = {}
        for u, unit in problem.units.items():
            place = result.placed[u] if when.changed.get(u, 1) <= period else unit.home
            inside.setdefault(place, []).append(unit.service_type)
        for s, site in problem.sites.items():
            kinds = inside.get(s, [])
            for pair in problem.pairs:
                key = (s, pair.service_a, pair.service_b)
                alone = pair.service_a == pair.service_b and kinds.count(pair.service_a) < 2
                if key in seen or alone or not {pair.service_a, pair.service_b} <= set(kinds):
                    continue
                seen.add(key)
                owner = _owner(site)
                yield Amount(owner, "capital", _starts(problem, period), -pair.cost_gbp)


def _neighbours(problem: Problem, when: Timetable) -> Iterator[Amount]:
    """Neighbours vacated in one period, paid with the last of their sales."""
    groups = problem.phased.rules.neighbours if problem.phased is not None else {}
    for group in groups.values():
        periods = {when.released.get(s, 0) for s in group.buildings}
        if len(periods) != 1 or 0 in periods:
            continue
        sold = [problem.sites[s] for s in group.buildings]
        paid = _starts(problem, min(periods)) + max(s.exit.years_to_sell for s in sold)
        for site in sold:
            more = site.exit.receipt_gbp * group.bonus_pct / 100.0
            yield Amount(_owner(site), "receipt", paid, more, site.asset_id)

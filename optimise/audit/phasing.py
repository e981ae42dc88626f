"""Dates, order, caps, years and the way there, recomputed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from assets.issues import Issue
from optimise.audit import no_detriment, places
from optimise.audit.verdict import TOLERANCE, Check, found
from optimise.contents import placed_by
from optimise.outcome import Outcome, outcome
from optimise.phasing.resolved import Phased
from optimise.phasing.timetable import Timetable
from optimise.phasing.way import way_of
from optimise.problem import Problem


def dates(problem: Problem, result: Outcome) -> list[Issue]:
    """Whatever changes has one period, in which it may; what does not change has none."""
    phased, when = problem.phased, result.timetable
    if phased is None or when is None:
        return []
    wrong = []
    for told, done in zip(
        (when.changed, when.released, when.works), _changes(problem, result), strict=True
    ):
        wrong += [f"{i}: no period" for i in sorted(done - set(told))]
        wrong += [f"{i}: a period, but no change" for i in sorted(set(told) - done)]
        wrong += [
            f"{i}: not in period {p}"
            for i, p in sorted(told.items())
            if p not in problem.calendar.all or not phased.may(i, p)
        ]
    return found("audit.dates", "changes at the wrong time", wrong)


def _changes(problem: Problem, result: Outcome) -> tuple[set[str], set[str], set[str]]:
    """Units that change, buildings released, buildings with works."""
    changed = {
        u for u, to in result.placed.items() if to != problem.units[u].home or u in result.outreach
    }
    sites = problem.sites.values()
    released = {s.asset_id for s in sites if s.in_use_today and s.asset_id not in result.open}
    built = {s.asset_id for s in sites if not s.in_use_today and s.asset_id in result.open}
    return changed, released, {*built, *result.extension_m2, *result.works}


def order(problem: Problem, result: Outcome) -> list[Issue]:
    """Works before moves, moves before empty buildings; and what the planner has put in order."""
    phased, when = problem.phased, result.timetable
    if phased is None or when is None:
        return []
    wrong = [
        f"{s}: vacated before {u} has left"
        for s, p in sorted(when.released.items())
        for u, unit in problem.units.items()
        if unit.home == s and not unit.fixed and when.changed.get(u, p + 1) > p
    ]
    wrong += [
        f"{u}: moves to {to} before it is built"
        for u, to in sorted(result.placed.items())
        if to in problem.sites
        and not problem.sites[to].in_use_today
        and when.works.get(to, 1) > when.changed.get(u, 1)
    ]
    for name, rule in sorted(phased.rules.order.items()):
        first, then = _changes_in(when, rule.first), _changes_in(when, rule.then)
        if then and (not first or min(then) < min(first) + rule.gap_periods):
            wrong.append(f"{name}: {rule.then} before {rule.first}")
    return found("audit.order", "done in the wrong order", wrong)


def _changes_in(when: Timetable, id_: str) -> list[int]:
    """Periods in which something changes."""
    told = (when.changed, when.released, when.works)
    return sorted(each[id_] for each in told if id_ in each)


def links(problem: Problem, result: Outcome) -> list[Issue]:
    """Works are paid for by the sales they are linked to, and wait for them where they must."""
    phased, when = problem.phased, result.timetable
    if phased is None or when is None:
        return []
    wrong, length = [], problem.calendar.length_yr
    for name, rule in sorted(phased.rules.links.items()):
        spent = sum(_works_gbp(problem, result, s) for s in rule.works)
        exits = {s: problem.sites[s].exit for s in rule.sales}
        sold = sum(out.receipt_gbp for s, out in exits.items() if s in when.released)
        funds = rule.share * sold + rule.top_up_gbp
        if spent > funds + max(1.0, TOLERANCE * funds):
            wrong.append(f"{name}: works of £{spent:,.0f}, £{funds:,.0f} to pay for them")
        for works in rule.works if rule.after_receipt else ():
            starts = (when.works[works] - 1) * length if works in when.works else math.inf
            wrong += [
                f"{name}: works at {works} before the receipt of {s}"
                for s, out in exits.items()
                if works in when.works
                and (
                    s not in when.released
                    or (when.released[s] - 1) * length + out.years_to_sell > starts + 1e-6
                )
            ]
    return found("audit.links", "works not paid for by their sales", wrong)


def _works_gbp(problem: Problem, result: Outcome, asset_id: str) -> float:
    """Capital of building, extending and mending a building, less its grant, £."""
    site = problem.sites[asset_id]
    built = not site.in_use_today and asset_id in result.open
    metres = result.extension_m2.get(asset_id, 0.0)
    mended = (site.works_gbp or 0.0) if asset_id in result.works else 0.0
    return (site.build_gbp - site.grant_gbp) * built + metres * site.extension_gbp_per_m2 + mended


def caps(problem: Problem, result: Outcome) -> list[Issue]:
    """No more is done in a period, or sold in a market in a year, than may be."""
    phased, when = problem.phased, result.timetable
    if phased is None or when is None:
        return []
    rules = phased.rules
    wrong = [
        f"period {p}: {n} moves"
        for p, n in sorted(Counter(when.changed.values()).items())
        if rules.moves_per_period is not None and n > rules.moves_per_period
    ]
    busy = {(p, phased.area[i]) for i, p in _everything(when) if phased.area.get(i)}
    wrong += [
        f"period {p}: {n} areas"
        for p, n in sorted(Counter(p for p, _ in busy).items())
        if rules.areas_at_once is not None and n > rules.areas_at_once
    ]
    return found("audit.caps", "too much at once", [*wrong, *_markets(problem, phased, when)])


def _everything(when: Timetable) -> Iterator[tuple[str, int]]:
    for told in (when.changed, when.released, when.works):
        yield from told.items()


def _markets(problem: Problem, phased: Phased, when: Timetable) -> list[str]:
    count: Counter[tuple[str, int]] = Counter()
    worth: dict[tuple[str, int], float] = {}
    for s, p in sorted(when.released.items()):
        market = phased.market.get(s, "")
        if market:
            key = (market, int((p - 1) * problem.calendar.length_yr))
            count[key] += 1
            worth[key] = worth.get(key, 0.0) + problem.sites[s].exit.receipt_gbp
    most = phased.rules.disposals_per_market_area_pa
    value = phased.rules.disposals_gbp_per_market_area_pa
    return [
        f"{market} in year {year}: {count[market, year]} sales, £{worth[market, year]:,.0f}"
        for market, year in sorted(count)
        if (most is not None and count[market, year] > most)
        or (value is not None and worth[market, year] > value + 1.0)
    ]


def way(problem: Problem, result: Outcome) -> list[Issue]:
    """Room, compatibility and standards hold in every period."""
    if problem.phased is None or result.timetable is None:
        return []
    wrong = [
        f"period {p}: {line}" for p, lines in _on_the_way(problem, result).items() for line in lines
    ]
    return found("audit.way", "rules broken on the way", wrong)


def broken_on_the_way(problem: Problem, result: Outcome) -> tuple[int, ...]:
    """Periods in which something that must hold does not, ascending."""
    return tuple(p for p, lines in _on_the_way(problem, result).items() if lines)


def _on_the_way(problem: Problem, result: Outcome) -> Mapping[int, list[str]]:
    """Period → what is wrong at its end, of every period but the last."""
    when, phased = result.timetable or Timetable(), problem.phased
    assert phased is not None
    at = way_of(problem)
    made: dict[int, list[str]] = {}
    known: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for p in problem.calendar.all[:-1]:
        placed = placed_by(problem, result.placed, when.changed, p)
        aside = tuple(u for u in result.outreach if when.changed.get(u, 1) <= p)
        built = {s for s, q in when.works.items() if q <= p}
        key = (tuple(placed[u] for u in sorted(placed)), aside, tuple(sorted(built)))
        if key not in known:
            state = outcome(at, placed, aside)
            room = {s: m2 for s, m2 in result.extension_m2.items() if s in built}
            known[key] = [*_room(at, state, room), *_promises(at, state, phased)]
        made[p] = known[key]
    return made


def _room(at: Problem, state: Outcome, built: Mapping[str, float]) -> list[str]:
    """What does not fit, or not together, at the end of a period."""
    wrong = [
        f"{s}: {m2 - built.get(s, 0.0):,.1f} m² short"
        for s, m2 in sorted(state.extension_m2.items())
        if m2 > built.get(s, 0.0) + 1e-3
    ]
    for check in (places.capacity, places.compatibility):
        wrong += [name for issue in check(at, state) for name in issue.ids]
    return wrong


def _promises(at: Problem, state: Outcome, phased: Phased) -> list[str]:
    """Standards below what is asked, or below today's level where that is lower."""
    if phased.rules.hold_standards == "end":
        return []
    wrong = [
        f"{rule.standard_id} {rule.area_id}".strip()
        for rule in at.covers
        if rule.promise
        and rule.required is not None
        and state.tallies[rule.rule_id, rule.area_id]
        < rule.required - TOLERANCE * max(1.0, abs(rule.required))
    ]
    for check in no_detriment.CHECKS:
        wrong += [name for issue in check(at, state) for name in issue.ids]
    return wrong


CHECKS: tuple[Check, ...] = (dates, order, links, caps, way)

"""The variables of time: in which period each change is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import pulp

from optimise.actions import Action, actions
from optimise.making import Maker
from optimise.phasing.calendar import Calendar
from optimise.phasing.resolved import Phased
from optimise.priced import Priced, bonus_priced, prices_of
from optimise.problem import Problem

#: Actions that happen once or not at all; the others are amounts.
WHOLE = ("move", "outreach", "withdraw", "release", "build")


@dataclass(frozen=True)
class Timed:
    """The variables of time, by id and period.

    Attributes:
        done: (action, period) → 1 when it is done in the period (of ``extend`` the m² added, of
            ``improve`` and ``join`` a share, whole of its own accord); only permitted periods.
        works: (asset_id, period) → 1 when a building that stands is extended or mended then.
        busy: (area, period) → 1 when the area is worked on in the period.
        together: (name of neighbours, period) → 1 when they are vacated together in the period.
        borrowed: year → £k borrowed. reinvested: year → £k of receipts put into works.
        prices: what each of `done` is worth: priced once, for the goal and every rule of money.
        bonuses: what each of `together` is worth.
    """

    done: Mapping[tuple[Action, int], pulp.LpVariable]
    works: Mapping[tuple[str, int], pulp.LpVariable]
    busy: Mapping[tuple[str, int], pulp.LpVariable]
    together: Mapping[tuple[str, int], pulp.LpVariable]
    borrowed: Mapping[int, pulp.LpVariable]
    reinvested: Mapping[int, pulp.LpVariable]
    prices: Mapping[tuple[Action, int], Priced]
    bonuses: Mapping[tuple[str, int], Priced]

    @cached_property
    def of_unit(self) -> Mapping[str, tuple[Action, ...]]:
        """unit_id → what may become of it."""
        return _grouped(a for a, _ in self.done if a.unit_id)

    @cached_property
    def of_building(self) -> Mapping[str, tuple[Action, ...]]:
        """asset_id → what may be done to the building itself."""
        return _grouped((a for a, _ in self.done if not a.unit_id), by_unit=False)

    @cached_property
    def periods(self) -> Mapping[Action, tuple[int, ...]]:
        """Action → periods in which it may be done, ascending."""
        found: dict[Action, list[int]] = {}
        for action, period in self.done:
            found.setdefault(action, []).append(period)
        return {action: tuple(sorted(each)) for action, each in found.items()}

    def by(self, action: Action, period: int) -> pulp.LpAffineExpression:
        """Σ done up to and with a period."""
        return pulp.lpSum(self.done[action, p] for p in self.periods.get(action, ()) if p <= period)


def _grouped(found: Iterator[Action], *, by_unit: bool = True) -> dict[str, tuple[Action, ...]]:
    made: dict[str, dict[Action, None]] = {}
    for action in found:
        made.setdefault(action.unit_id if by_unit else action.asset_id, {})[action] = None
    return {key: tuple(each) for key, each in made.items()}


def parts_of(action: Action) -> tuple[str, ...]:
    """What names an action in rows and variables."""
    return tuple(p for p in (action.kind, action.unit_id, action.asset_id, *action.pair) if p)


def make_timed(new: Maker, problem: Problem) -> Timed | None:
    """The variables of a phased problem; None where it is not phased."""
    phased = problem.phased
    if phased is None:
        return None
    calendar = problem.calendar
    done = {
        (action, p): _variable(new, problem, action, p)
        for action in actions(problem)
        for p in calendar.all
        if phased.may(action.unit_id or action.asset_id, p)
    }
    works = {
        (a.asset_id, p): new.binary("works_in", a.asset_id, p)
        for a, p in done
        if a.kind in ("extend", "improve") and problem.sites[a.asset_id].in_use_today
    }
    areas = sorted({a for a in phased.area.values() if a})
    busy = {
        (a, p): new.binary("busy", a, p)
        for a in (areas if phased.rules.areas_at_once is not None else ())
        for p in calendar.all
    }
    together = {
        (name, p): new.continuous("sold_together", name, p, upper=1.0)
        for name in sorted(phased.rules.neighbours)
        for p in calendar.all
    }
    return Timed(
        done=done,
        works=works,
        busy=busy,
        together=together,
        borrowed=_borrowed(new, phased, calendar),
        reinvested=_reinvested(new, phased, calendar),
        prices=prices_of(problem, done),
        bonuses={(name, p): bonus_priced(problem, name, p) for name, p in together},
    )


def _borrowed(new: Maker, phased: Phased, calendar: Calendar) -> dict[int, pulp.LpVariable]:
    return {
        y: new.continuous("borrowed", y, upper=limit / 1000.0)
        for y, limit in phased.borrowing.items()
        if phased.budget is not None and limit > 0 and y in calendar.years
    }


def _reinvested(new: Maker, phased: Phased, calendar: Calendar) -> dict[int, pulp.LpVariable]:
    return {
        y: new.continuous("reinvested", y)
        for y in calendar.years
        if phased.budget is not None and not phased.rules.carry_forward
    }


def _variable(new: Maker, problem: Problem, action: Action, period: int) -> pulp.LpVariable:
    parts: tuple[str | int, ...] = ("when", *parts_of(action), period)
    if action.kind in WHOLE:
        return new.binary(*parts)
    most = problem.sites[action.asset_id].extension_max_m2 if action.kind == "extend" else 1.0
    return new.continuous(*parts, upper=most)

"""Standards as rules of the program: who can serve whom in time, merged and counted.

Everything is a *tally* over merged demand, of which more is always better:
``always + Σ_g gain_g · served_g``. A share counts people within a time; a mean counts the minutes
by which people are reached before a ceiling.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from coverage.measure import hour_levels
from coverage.reach import DemandGroup, Provider, Reach, reach_by_time, response_minutes
from coverage.reach import reach as reach_of
from optimise.tallies import (
    MEAN,
    Ask,
    Counted,
    StandardData,
    Tally,
    promise,
    standard_data,
    tally_after,
    tally_of,
)
from optimise.units import Unit, of_type

__all__ = [
    "Ask", "Counted", "CoverGroup", "CoverRule", "StandardData", "Tally", "cover_rules",
    "promise", "standard_data", "tally_after", "tally_of", "tally_rules",
]  # fmt: skip

#: How a figure of cover is told by the end it is held at.
END_WORDS: Mapping[str, str] = {
    "central": "",
    "low": " when every drive takes its longest (the low end of cover)",
}


@dataclass(frozen=True)
class CoverGroup:
    """Merged demand that the same crews at the same sites can serve.

    Attributes:
        gain: what serving it adds to the tally: weight, times share of hours, times minutes
            where the tally is a mean's.
        need: vehicles still needed beyond those that every plan has there.
        providers: who reaches it in time, ascending.
        without: units that `need` has counted already, and that do not count again.
    """

    gain: float
    need: int
    providers: tuple[Provider, ...]
    without: tuple[str, ...] = ()

    def units_at(self, provider: Provider, rule: CoverRule) -> tuple[str, ...]:
        """Units that would serve the group from a provider's site, ascending."""
        return tuple(u for u in rule.units[provider] if u not in self.without)

    def unit_ids(self, rule: CoverRule) -> tuple[str, ...]:
        """Every unit that could serve the group, ascending."""
        return tuple(sorted({u for p in self.providers for u in self.units_at(p, rule)}))


@dataclass(frozen=True)
class CoverRule:
    """A tally in one area, and what it must come to.

    Attributes:
        rule_id: key of its rows and variables; a standard's id for its promise.
        standard_id: the standard it is counted by.
        required: the tally is at least this; None = it is only measured.
        total: weight of all who count.
        always: tally whatever is decided.
        groups: merged demand that some plans serve and some do not.
        units: who could serve as each provider: unit_ids, ascending.
        price_gbp: price of each unit of tally short; None = not allowed.
        held_at: the end of cover that ``required``, ``always`` and the groups are counted at.
        both_ways: served must be told exactly, not only at most, because a smaller tally may be
            wanted (the other side of a gap).
        ceiling_min: for a mean, what nobody counts for longer than; None for a share.
        promise: whether it is the standard's own promise, and not another rule's or measure's.
    """

    rule_id: str
    standard_id: str
    area_id: str
    service_type: str
    is_response: bool
    required: float | None
    total: float
    always: float
    groups: tuple[CoverGroup, ...]
    units: Mapping[Provider, tuple[str, ...]]
    price_gbp: float | None
    held_at: str = "central"
    both_ways: bool = False
    ceiling_min: float | None = None
    promise: bool = True

    @property
    def most(self) -> float:
        """The tally if every permitted site of every unit were in use at once."""
        return self.always + sum(g.gain for g in self.groups)

    def figure(self, tally: float) -> float:
        """The tally as the figure people know: a share of the weight, or a mean in minutes."""
        if self.total <= 0:
            return math.nan
        share = tally / self.total
        return share if self.ceiling_min is None else self.ceiling_min - share

    def tally_of(self, figure: float) -> float:
        """The tally that comes to a share, or to a mean in minutes."""
        share = figure if self.ceiling_min is None else self.ceiling_min - figure
        return max(0.0, share * self.total)


def cover_rules(data: StandardData, units: Mapping[str, Unit]) -> tuple[CoverRule, ...]:
    """The promise of a standard: one rule per area."""
    return tally_rules(promise(data), units)


def tally_rules(tally: Tally, units: Mapping[str, Unit]) -> tuple[CoverRule, ...]:
    """A tally as rules of the program: one per area, areas ascending.

    Taken out, all exactly: demand that is served whatever is decided (by units that the plan
    cannot move, and by those that reach it from every building they may be in and are never
    withdrawn) is a constant; demand that no permitted provider reaches, or too few vehicles can
    reach, is out of every plan's reach; times no shorter than what every plan achieves make no
    difference to a mean. The rest is merged by the providers that reach it.
    """
    books: dict[str, _Book] = {}
    movable: dict[Provider, tuple[str, ...]] = {}
    for hours, crews in _staffed(tally, units):
        made = crews.reached(hours)
        movable.update(crews.movable)
        for area_id, total in made.reach.totals.items():
            book = books.setdefault(area_id, _Book(total))
            book.always += made.sure.get(area_id, 0.0)
        for group in made.reach.groups:
            crews.enter(books[group.area_id], group, made.reach, hours)
    return tuple(books[a].rule(tally, a, movable) for a in sorted(books))


class _Book:
    """What one area's rule is made of, while it is being made."""

    def __init__(self, total: float) -> None:
        self.total = total
        self.always = 0.0
        self.groups: dict[tuple[int, tuple[Provider, ...], tuple[str, ...]], float] = {}

    def rule(
        self, tally: Tally, area_id: str, movable: Mapping[Provider, tuple[str, ...]]
    ) -> CoverRule:
        standard = tally.data.standard
        soft = tally.promise and standard.kind == "soft"
        mean = tally.use == MEAN
        made = CoverRule(
            rule_id=tally.rule_id,
            standard_id=standard.standard_id,
            area_id=area_id,
            service_type=standard.service_type,
            is_response=standard.is_response,
            required=None,
            total=self.total,
            always=self.always,
            groups=tuple(CoverGroup(self.groups[key], *key) for key in sorted(self.groups)),
            units=dict(sorted(movable.items())),
            price_gbp=(standard.price_gbp_per_unit or 0.0) / (self.total if mean else 1.0)
            if soft
            else None,
            held_at=standard.held_at,
            both_ways=tally.both_ways,
            ceiling_min=tally.data.ceiling_min if mean else None,
            promise=tally.promise,
        )
        asked = tally.required_of(area_id)
        return made if asked is None else _requiring(made, asked)


def _requiring(rule: CoverRule, figure: float) -> CoverRule:
    return replace(rule, required=rule.tally_of(figure))


@dataclass(frozen=True, eq=False)
class _Reached:
    """Reach of a state of the crews, and the tally by area that every plan has (means only)."""

    reach: Reach
    sure: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class _Crews:
    """The units that are there in one state, and from where each would count.

    Attributes:
        places: unit_id → providers it may be.
        movable: provider → units that may be it and that the plan decides about.
        sure: units that every plan has in one of their places.
    """

    tally: Tally
    units: Mapping[str, Unit]
    places: Mapping[str, tuple[Provider, ...]]
    movable: Mapping[Provider, tuple[str, ...]]
    sure: tuple[str, ...]

    def reached(self, hours: float) -> _Reached:
        """Who reaches whom in time, weighed by the share of hours."""
        tally, data = self.tally, self.tally.data
        providers = sorted({p for places in self.places.values() for p in places})
        asked = {"weight": tally.weight, "area": tally.area}
        if tally.use != MEAN:
            found = reach_of(
                data.standard, data.times, providers, allowed_min=tally.allowed_min, **asked
            )
            return _Reached(found, {})
        cap = self._cap()
        found = reach_by_time(data.standard, data.times, providers, cap_min=cap, **asked)
        before = tally.weight * (data.ceiling_min - cap.reindex(tally.weight.index)) * hours
        counted = tally.weight > 0
        sums = before[counted].groupby(tally.area[counted]).sum()
        return _Reached(found, {str(a): float(v) for a, v in sums.items()})

    def _cap(self) -> pd.Series:
        """By demand_id: the longest time any plan leaves, the ceiling included.

        The nth best of the units that every plan has, each at its farthest permitted place.
        """
        data, need = self.tally.data, self.tally.data.standard.nth_vehicle
        rows = []
        for uid in self.sure:
            minutes = response_minutes(data.standard, data.times, self.places[uid])
            farthest = np.where(np.isnan(minutes), np.inf, minutes).max(axis=1)
            rows += [farthest] * min(self.units[uid].vehicles, need)
        best = np.full(len(data.times.demand_ids), np.inf)
        if len(rows) >= need:
            best = np.partition(np.array(rows), need - 1, axis=0)[need - 1]
        return pd.Series(np.minimum(best, data.ceiling_min), index=list(data.times.demand_ids))

    def enter(self, book: _Book, group: DemandGroup, found: Reach, hours: float) -> None:
        """Put a group into its area's book: into what is always there, or as a decision."""
        here = frozenset(found.providers[p] for p in group.providers)
        gain = group.weight * hours
        need = self.tally.data.standard.nth_vehicle
        always = [u for u in self.sure if here.issuperset(self.places[u])]
        left = need - sum(min(self.units[u].vehicles, need) for u in always)
        if left <= 0:
            book.always += gain
            return
        free = {
            p: [u for u in self.movable[p] if u not in always]
            for p in sorted(here)
            if p in self.movable
        }
        free = {p: ids for p, ids in free.items() if ids}
        able = {u for ids in free.values() for u in ids}
        if sum(min(self.units[u].vehicles, left) for u in able) < left:
            return
        without = tuple(sorted({u for p in free for u in self.movable[p] if u in always}))
        key = (left, tuple(free), without)
        book.groups[key] = book.groups.get(key, 0.0) + gain


def _staffed(tally: Tally, units: Mapping[str, Unit]) -> Iterator[tuple[float, _Crews]]:
    """(share of hours, crews that are there), state by state (`hour_levels`)."""
    standard = tally.data.standard
    every = of_type(units, standard.service_type)
    if standard.availability == "full":
        yield 1.0, _crews(tally, every)
        return
    for hours, least in hour_levels([u.availability(standard) for u in every]):
        yield hours, _crews(tally, [u for u in every if u.availability(standard) >= least])


def _crews(tally: Tally, there: Sequence[Unit]) -> _Crews:
    standard = tally.data.standard
    name = standard.standard_id
    places = {
        u.unit_id: tuple(
            Provider(site, u.turnout_s, u.availability(standard)) for site in u.places(name)
        )
        for u in there
    }
    movable: dict[Provider, tuple[str, ...]] = {}
    for unit in there:
        for provider in () if unit.fixed else places[unit.unit_id]:
            movable[provider] = (*movable.get(provider, ()), unit.unit_id)
    return _Crews(
        tally=tally,
        units={u.unit_id: u for u in there},
        places=places,
        movable=movable,
        sure=tuple(u.unit_id for u in there if u.always_counts(name) and places[u.unit_id]),
    )

"""No-detriment and equity rules as numbers: who is looked at, how they stand today, what they keep.

The tallies that the program counts with and the figures that the audit and the tables tell are
made from the same records here, but from nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from assets.estate import Estate
from coverage.measure import Arrivals
from coverage.reach import area_of, counted_weight, within
from coverage.standards import COUNTED_GROUPS, Standard
from optimise.covers import CoverRule
from optimise.fairness import Equity, NoDetriment, relaxed, rule_words
from optimise.scenario import Scenario
from optimise.tallies import Ask, StandardData, Tally, arrivals_today, counted, tally_of
from optimise.units import Unit

NO_DETRIMENT, EQUITY = "no_detriment", "equity"
#: What each kind of rule counts: people who keep what they have, or a figure of a group or area.
KEEPS = ("kept", "growth")


@dataclass(frozen=True)
class Part:
    """One group or area that a rule looks at.

    Attributes:
        kind: ``all``, ``group`` or the area's kind (ward, district, …).
        part_id: the group or area; "" for everybody.
        rule_id, area_id: which tally counts it (`Problem.rules_of`).
        total: weight of those it speaks of.
        today: its figure today: people (of the weight) for kept and growth, else a share or mean.
        limit: the figure it must keep: at least for people and shares, at most for a mean; None
            where the rule compares parts with one another.
    """

    kind: str
    part_id: str
    rule_id: str
    area_id: str
    total: float
    today: float
    limit: float | None = None


@dataclass(frozen=True, eq=False)
class FairRule:
    """A rule of no detriment or of equity.

    Attributes:
        family: ``no_detriment`` or ``equity``; ``name`` the planner's.
        kind: ``kept``, ``growth``, ``group``, ``floor``, ``ceiling`` or ``gap``.
        measure: ``people`` (kept, growth), ``share`` or ``mean``.
        words: the rule in words.
        record: the rule as the scenario has it.
        data: the standard it counts with, its times and weights.
        tallies: what it counts, as the program and the recount need it.
        parts: groups and areas it looks at; those in which nobody counts have none.
        whole: everybody, where the rule compares with the average.
        tolerance: how much more than the average may be lost; of a gap, how wide it may be.
        weight: kept and growth: everybody who counts in the standard, protected or not.
    """

    family: str
    name: str
    kind: str
    measure: str
    words: str
    record: NoDetriment | Equity
    data: StandardData
    tallies: tuple[Tally, ...]
    parts: tuple[Part, ...]
    whole: Part | None = None
    tolerance: float = 0.0
    weight: pd.Series | None = None

    @property
    def key(self) -> str:
        """Its key in the scenario: ``no_detriment.name``."""
        return f"{self.family}.{self.name}"

    @property
    def lower_is_better(self) -> bool:
        """Whether its figure is a time."""
        return self.measure == "mean"

    def loss(self, part: Part, figure: float) -> float:
        """By how much a part is worse off than today, in the figure's unit; negative = better."""
        return figure - part.today if self.lower_is_better else part.today - figure


def fair_rules(
    scenario: Scenario, estate: Estate, standards: Iterable[StandardData], units: Mapping[str, Unit]
) -> tuple[FairRule, ...]:
    """Every rule of a scenario that fits its layers (`misfits.refuse_misfits`), names ascending."""
    known = {data.standard.standard_id: data for data in standards}
    made = []
    for name, ask in sorted(scenario.no_detriment.items()):
        basis = _Counted(name, known[ask.standard], estate.demand, units)
        made.append(_compared(basis, ask) if ask.rule == "group" else _protected(basis, ask))
    for name, asked in sorted(scenario.equity.items()):
        made.append(_equal(_Counted(name, known[asked.standard], estate.demand, units), asked))
    return tuple(made)


def group_weight(standard: Standard, group: str, demand: pd.DataFrame) -> pd.Series:
    """Who of a group counts in a standard, by demand_id.

    Groups that a demand column counts (over_65, under_5, no_car) weigh by that column; others by
    the standard's own weight. A standard for one group only looks at that group's places.
    """
    everybody = counted_weight(standard, demand)
    if group == "all":
        return everybody
    weight = COUNTED_GROUPS.get(group, standard.weight)
    chosen = standard.model_copy(update={"group": group, "weight": weight})
    counted = counted_weight(chosen, demand)
    return counted if standard.group == "all" else counted.where(everybody > 0, 0.0)


def figures_of(rule: FairRule, arrivals: Arrivals) -> dict[Part, float]:
    """The figure of each part, and of the whole, when help or the person arrives so.

    People for kept and growth, else shares or means; from drive times, not from the program.
    """
    found = {tally.rule_id: counted(tally, arrivals) for tally in rule.tallies}
    parts = (*rule.parts, *((rule.whole,) if rule.whole is not None else ()))
    figures = {}
    for part in parts:
        one = found[part.rule_id][part.area_id]
        figures[part] = one.tally if rule.kind in KEEPS else one.figure
    return figures


def limits_of(rule: FairRule, figures: Mapping[Part, float]) -> dict[Part, float | None]:
    """What each part's figure must be, once the whole's is known; None where parts are compared."""
    if rule.whole is None:
        return {part: part.limit for part in rule.parts}
    lost = max(0.0, rule.loss(rule.whole, figures[rule.whole])) + rule.tolerance
    sign = 1.0 if rule.lower_is_better else -1.0
    return {part: part.today + sign * lost for part in rule.parts}


def swing(rule: FairRule, counted_by: CoverRule) -> tuple[float, float]:
    """By how much the whole's figure can fall and gain at most, both at least 0."""
    if rule.whole is None:
        return 0.0, 0.0
    fall = rule.loss(rule.whole, counted_by.figure(counted_by.always))
    gain = -rule.loss(rule.whole, counted_by.figure(counted_by.most))
    # Sums in another order differ by rounding: no gain worth a decision.
    return max(0.0, fall), gain if gain > 1e-9 else 0.0


@dataclass(frozen=True, eq=False)
class _Counted:
    """What a rule is built from."""

    name: str
    data: StandardData
    demand: pd.DataFrame
    units: Mapping[str, Unit]

    @property
    def standard(self) -> Standard:
        return self.data.standard

    def rule_id(self, family: str, part: str) -> str:
        return f"{family}~{self.name}~{part}"

    def everybody(self) -> pd.Series:
        return counted_weight(self.standard, self.demand)

    def figures(self, tally: Tally) -> dict[str, tuple[float, float]]:
        """(who counts, figure today) by area, from drive times."""
        found = counted(tally, self.today)
        return {area: (one.total, one.figure) for area, one in found.items()}

    @cached_property
    def today(self) -> Arrivals:
        return arrivals_today(self.data, self.units)


def _protected(basis: _Counted, ask: NoDetriment) -> FairRule:
    """stays_within and growth: people who keep what they have today."""
    kind = "growth" if ask.rule == "growth" else "kept"
    tally = _protecting(basis, kind, ask)
    parts = []
    for area, (total, _) in basis.figures(tally).items():
        spare = ask.allowance_people or (ask.allowance or 0.0) * total
        limit = max(0.0, total - spare)
        where = ask.geography if area else "all"
        parts.append(Part(where, area, tally.rule_id, area, total, total, limit))
    return FairRule(
        NO_DETRIMENT, basis.name, kind, "people", rule_words(ask, basis.standard), ask, basis.data,
        (tally,), tuple(parts), weight=basis.everybody(),
    )  # fmt: skip


def _protecting(basis: _Counted, kind: str, ask: NoDetriment) -> Tally:
    """Who is protected, and up to which minutes each."""
    weight = basis.everybody()
    today = basis.data.today.reindex(weight.index)
    area = area_of(ask.geography, basis.demand)
    if kind == "growth":
        # Whoever has no route today has no time that could grow.
        protected, allowed = today.notna().to_numpy(), today + float(ask.minutes or 0.0)
    else:
        limit = basis.data.limit_min
        protected = within(today.to_numpy(dtype=float), limit)
        allowed = pd.Series(limit, index=weight.index)
    if ask.geography != "all":
        protected = protected & (area != "").to_numpy()
    asked = Ask(weight=weight.where(protected, 0.0), area=area, minutes_allowed=allowed)
    rule_id = basis.rule_id(NO_DETRIMENT, kind)
    return tally_of(basis.data, rule_id=rule_id, use="within", ask=asked)


def _compared(basis: _Counted, ask: NoDetriment) -> FairRule:
    """No group and no area loses more than the average."""
    everybody = _tally(basis, NO_DETRIMENT, ("all", "all", ask.measure), both_ways=True)
    tallies, parts = _looked_at(
        basis, (NO_DETRIMENT, ask.groups, ask.geography, ask.measure), both_ways=False
    )
    (total, today), *_ = basis.figures(everybody).values()
    return FairRule(
        NO_DETRIMENT, basis.name, "group", ask.measure, rule_words(ask, basis.standard), ask,
        basis.data, (everybody, *tallies), tuple(parts),
        Part("all", "", everybody.rule_id, "", total, today), ask.tolerance or 0.0,
    )  # fmt: skip


def _equal(basis: _Counted, ask: Equity) -> FairRule:
    kind = "gap" if ask.gap is not None else "floor" if ask.floor is not None else "ceiling"
    looked = (EQUITY, ask.between or ask.groups, ask.geography, ask.measure)
    tallies, parts = _looked_at(basis, looked, both_ways=kind == "gap")
    rule = FairRule(
        EQUITY, basis.name, kind, ask.measure, rule_words(ask, basis.standard), ask, basis.data,
        tallies, tuple(parts),
    )  # fmt: skip
    if kind == "gap":
        figures = [part.today for part in parts]
        widest = max(figures, default=0.0) - min(figures, default=0.0)
        return replace(rule, tolerance=relaxed(ask.gap or 0.0, widest))
    return replace(rule, parts=tuple(replace(p, limit=_limit(rule, p, ask)) for p in parts))


def _limit(rule: FairRule, part: Part, ask: Equity) -> float:
    """The floor or ceiling of a part; where it is missed today, today's own if that is asked."""
    asked = ask.floor if rule.kind == "floor" else ask.ceiling
    limit = relaxed(0.0 if asked is None else asked, part.today)
    if ask.where_below == "hold":
        worse = max if rule.lower_is_better else min
        limit = worse(limit, part.today)
    return max(0.0, limit)


_Looked = tuple[str, tuple[str, ...], str, str]


def _looked_at(
    basis: _Counted, looked: _Looked, *, both_ways: bool
) -> tuple[tuple[Tally, ...], list[Part]]:
    """A tally for each group, and one for all areas of the geography; with their parts."""
    family, groups, geography, measure = looked
    tallies, parts = [], []
    for group in groups:
        tally = _tally(basis, family, (group, "all", measure), both_ways=both_ways)
        tallies.append(tally)
        for total, today in basis.figures(tally).values():
            parts.append(Part("group", group, tally.rule_id, "", total, today))
    if geography != "all":
        tally = _tally(basis, family, ("all", geography, measure), both_ways=both_ways)
        tallies.append(tally)
        for area, (total, today) in basis.figures(tally).items():
            parts.append(Part(geography, area, tally.rule_id, area, total, today))
    return tuple(tallies), parts


def _tally(
    basis: _Counted, family: str, who: tuple[str, str, str], *, both_ways: bool
) -> Tally:  # fmt: skip
    group, geography, measure = who
    weight = group_weight(basis.standard, group, basis.demand)
    area = area_of(geography, basis.demand)
    if geography != "all":
        weight = weight.where(area != "", 0.0)
    rule_id = basis.rule_id(family, group if geography == "all" else f"each_{geography}")
    ask = Ask(weight=weight, area=area, both_ways=both_ways)
    return tally_of(
        basis.data, rule_id=rule_id, use="mean" if measure == "mean" else "within", ask=ask
    )

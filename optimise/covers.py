"""Standards as rules of the program: who can serve whom in time, merged and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from assets.estate import Estate
from coverage.margin import held_times
from coverage.measure import arrival_minutes, share_by_area
from coverage.reach import Provider, area_of, counted_weight
from coverage.reach import reach as reach_of
from coverage.standards import Standard
from coverage.times import TravelTimes
from optimise.units import Unit, crew_of, of_type

#: How a figure of cover is told by the end it is held at.
END_WORDS: Mapping[str, str] = {
    "central": "",
    "low": " when every drive takes its longest (the low end of cover)",
}


@dataclass(frozen=True)
class CoverGroup:
    """Merged demand that the same crews at the same sites can serve.

    Attributes:
        weight: what it counts for.
        need: vehicles still needed beyond those that are always there.
        providers: (site, turnout) that reach it in time, ascending.
    """

    weight: float
    need: int
    providers: tuple[Provider, ...]


@dataclass(frozen=True)
class CoverRule:
    """A standard in one area: at least ``required`` of ``total`` weight is served in time.

    Attributes:
        units: who could serve as each provider: unit_ids, ascending.
        always: weight that units the plan cannot move serve whatever is decided.
        price_gbp: price of each unit of weight short; None = not allowed.
        held_at: the end of cover that ``required``, ``always`` and the groups are counted at.
    """

    standard_id: str
    area_id: str
    service_type: str
    is_response: bool
    required: float
    total: float
    always: float
    groups: tuple[CoverGroup, ...]
    units: Mapping[Provider, tuple[str, ...]]
    price_gbp: float | None
    held_at: str = "central"

    @property
    def most(self) -> float:
        """Weight served if every permitted site of every unit were in use at once."""
        return self.always + sum(g.weight for g in self.groups)


@dataclass(frozen=True)
class StandardData:
    """What a standard is measured from: the record, times, weights and areas by demand_id.

    Attributes:
        times: those the standard is held to (`coverage.margin.held_times`).
        modelled: the same before any error is counted in, with the error they carry.
        baseline: (within, total) today by area of the standard's geography, from ``times``.
    """

    standard: Standard
    times: TravelTimes
    modelled: TravelTimes
    weight: pd.Series
    area: pd.Series
    baseline: Mapping[str, tuple[float, float]]

    def required_share(self, area_id: str) -> float:
        """The share the standard asks for in an area, today's being what it is there."""
        inside, total = self.baseline.get(area_id, (0.0, 0.0))
        return self.standard.required_share(inside / total if total else 0.0)


def standard_data(
    standard: Standard, estate: Estate, units: Mapping[str, Unit], modelled: TravelTimes
) -> StandardData:
    """A standard with the times it is held to, its weights, areas and today's cover."""
    times = held_times(standard, modelled)
    weight = counted_weight(standard, estate.demand)
    area = area_of(standard.geography, estate.demand)
    # Demand outside every area of the geography belongs to no rule.
    weight = weight.where(area != "", 0.0) if standard.geography != "all" else weight
    crews = [crew_of(u, u.home) for u in of_type(units, standard.service_type)]
    minutes = arrival_minutes(standard, times, crews)
    baseline = share_by_area(standard, minutes, weight, area)
    return StandardData(standard, times, modelled, weight, area, baseline)


def cover_rules(data: StandardData, units: Mapping[str, Unit]) -> tuple[CoverRule, ...]:
    """One rule per area, with the demand that is always or never served taken out.

    Demand that fixed units serve anyway is a constant, demand that no
    permitted provider reaches is out of every plan's reach; the rest is
    merged by the providers that reach it. All three are exact.
    """
    standard = data.standard
    movable: dict[Provider, tuple[str, ...]] = {}
    fixed: dict[Provider, int] = {}
    for unit in of_type(units, standard.service_type):
        for site in unit.sites:
            provider = Provider(site, unit.turnout_s)
            if unit.fixed:
                fixed[provider] = fixed.get(provider, 0) + unit.vehicles
            else:
                movable[provider] = (*movable.get(provider, ()), unit.unit_id)
    reached = reach_of(standard, data.times, [*movable, *fixed], weight=data.weight, area=data.area)
    by_area: dict[str, _Merged] = {}
    for group in reached.groups:
        here = [reached.providers[p] for p in group.providers]
        need = max(0, standard.nth_vehicle - sum(fixed.get(p, 0) for p in here))
        free = tuple(p for p in here if p in movable) if need else ()
        merged = by_area.setdefault(group.area_id, {})
        merged[need, free] = merged.get((need, free), 0.0) + group.weight
    return tuple(
        _cover_rule(data, area_id, by_area[area_id], movable) for area_id in sorted(reached.totals)
    )


_Merged = dict[tuple[int, tuple[Provider, ...]], float]


def _cover_rule(
    data: StandardData,
    area_id: str,
    merged: _Merged,
    movable: Mapping[Provider, tuple[str, ...]],
) -> CoverRule:
    standard = data.standard
    total = sum(merged.values())
    return CoverRule(
        standard_id=standard.standard_id,
        area_id=area_id,
        service_type=standard.service_type,
        is_response=standard.is_response,
        required=data.required_share(area_id) * total,
        total=total,
        always=sum(w for (need, _), w in merged.items() if not need),
        groups=tuple(
            CoverGroup(weight, need, providers)
            for (need, providers), weight in sorted(merged.items())
            if need and providers
        ),
        units=movable,
        price_gbp=standard.price_gbp_per_unit if standard.kind == "soft" else None,
        held_at=standard.held_at,
    )

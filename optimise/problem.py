"""The problem as plain numbers keyed by id: the model is built from it, the audit recomputes it.

Money is in £ of the base year; capital carries optimism bias; minutes and
thresholds have already become who-reaches-whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from assets.estate import Estate
from coverage.margin import held_times
from coverage.measure import Crew, arrival_minutes, share_by_area
from coverage.reach import Provider, area_of, counted_weight
from coverage.reach import reach as reach_of
from coverage.standards import Standard, turnout_s
from coverage.times import TravelTimes
from optimise import sites as site_money
from optimise.misfits import Footing, refuse_misfits, refuse_unsound_times
from optimise.moves import Moves
from optimise.scenario import Finance, Scenario, Targets
from optimise.sites import Site, amount

#: How a figure of cover is told by the end it is held at.
END_WORDS: Mapping[str, str] = {
    "central": "",
    "low": " when every drive takes its longest (the low end of cover)",
}


@dataclass(frozen=True)
class Unit:
    """A service unit and what may become of it.

    Attributes:
        home: building it is in today.
        sites: buildings it may be delivered from.
        fixed: it serves, but the plan cannot touch it.
        move_gbp: capital of moving it, optimism bias included.
        hosting_gbp_pa: what a host's running cost rises by when it moves in.
        withdrawal_gbp_pa: yearly saving (cost less lost income) if withdrawn; may be negative.
        vehicles, turnout_s: of its crew; 1 and 0 for services people travel to.
    """

    unit_id: str
    service_type: str
    home: str
    sites: tuple[str, ...]
    space_m2: float
    fixed: bool
    may_withdraw: bool
    move_gbp: float
    hosting_gbp_pa: float
    withdrawal_gbp_pa: float
    turnout_s: float
    vehicles: int


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
class PairRule:
    """Two service types that may not share a building, or only at a cost (£, bias included)."""

    service_a: str
    service_b: str
    forbidden: bool
    cost_gbp: float


@dataclass(frozen=True)
class CountRule:
    """At least and at most so many units of a type are delivered."""

    service_type: str
    at_least: int | None
    at_most: int | None


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


@dataclass(frozen=True)
class Problem:
    """Everything the plan is decided from and checked against. Made by `build_problem`.

    Attributes:
        sites: in-scope buildings by asset_id (out-of-scope ones decide nothing).
        units: every unit by unit_id, fixed ones included.
        covers: hard and soft standards, one rule per area.
        pairs: compatibility; `PairRule` of service types that are not simply allowed.
        together_today: (asset_id, type_a, type_b) that share a building already,
            and may go on doing so.
        single: service types of which no two may come to share a building.
        counts: units delivered, by type.
        targets: money targets.
        annuity: present worth of £1 a year over the horizon.
        reinvest_share: share of receipts that may pay for works.
        standards: what cover is recomputed from.
    """

    sites: Mapping[str, Site]
    units: Mapping[str, Unit]
    covers: tuple[CoverRule, ...]
    pairs: tuple[PairRule, ...]
    together_today: frozenset[tuple[str, str, str]]
    single: tuple[str, ...]
    counts: tuple[CountRule, ...]
    targets: Targets
    annuity: float
    reinvest_share: float
    do_nothing_gbp: float
    standards: tuple[StandardData, ...]

    def units_at(self, asset_id: str) -> tuple[str, ...]:
        """Units that are in a building today, ascending."""
        return tuple(u for u in sorted(self.units) if self.units[u].home == asset_id)


def crew_of(unit: Unit, site_id: str) -> Crew:
    """The unit in place at a site."""
    return Crew(site_id, unit.turnout_s, unit.vehicles)


def build_units(scenario: Scenario, estate: Estate, moves: Moves) -> dict[str, Unit]:
    """`Unit`s by id, money included."""
    finance = scenario.finance
    bias = 1.0 + finance.optimism_bias_pct / 100.0
    units: dict[str, Unit] = {}
    for unit_id, row in estate.services.iterrows():
        uid = str(unit_id)
        emergency = pd.notna(row["vehicles"])
        saved = amount(row["service_cost_gbp_pa"]) * finance.withdrawal_saving_pct / 100.0
        units[uid] = Unit(
            unit_id=uid,
            service_type=str(row["service_type"]),
            home=str(row["asset_id"]),
            sites=moves.sites[uid],
            space_m2=float(row["space_m2"]),
            fixed=moves.fixed[uid],
            may_withdraw=moves.may_withdraw[uid],
            move_gbp=amount(row["move_cost_gbp"]) * bias,
            hosting_gbp_pa=float(row["space_m2"]) * finance.hosting_cost_gbp_per_m2_pa,
            withdrawal_gbp_pa=saved - amount(row["income_gbp_pa"]),
            turnout_s=turnout_s(
                str(row["duty_system"]), float(row["turnout_s"]), scenario.turnout_s
            )
            if emergency
            else 0.0,
            vehicles=int(row["vehicles"]) if emergency else 1,
        )
    return units


def build_problem(
    scenario: Scenario,
    estate: Estate,
    moves: Moves,
    times: Mapping[str, TravelTimes],
) -> Problem:
    """Scenario, estate, moves and times into numbers.

    Args:
        scenario: standards, rules, targets and money assumptions.
        estate: validated layers.
        moves: where each unit may be (`permitted_moves`).
        times: by mode of travel: blue_light, car, walk.

    Raises:
        InputError: scenario and layers do not fit each other, every misfit at once.
    """
    refuse_misfits(scenario, estate)
    footing = {mode: Footing.of(found) for mode, found in times.items()}
    refuse_unsound_times(scenario.standards.values(), footing)
    units = build_units(scenario, estate, moves)
    sites = site_money.build_sites(scenario, estate)
    standards = tuple(
        standard_data(s, estate, units, times[s.mode]) for s in scenario.standards.values()
    )
    covers = tuple(
        rule for data in standards if data.standard.kind != "report"
        for rule in cover_rules(data, units)
    )  # fmt: skip
    finance = scenario.finance
    pairs = _pair_rules(estate, finance)
    annuity = site_money.annuity(finance)
    return Problem(
        sites=sites,
        units=units,
        covers=covers,
        pairs=pairs,
        together_today=_together_today(units, pairs),
        single=_single_types(scenario, units, pairs),
        counts=_count_rules(scenario, units),
        targets=scenario.targets,
        annuity=annuity,
        reinvest_share=finance.reinvest_cap_pct / 100.0,
        do_nothing_gbp=annuity * sum(s.annual_gbp for s in sites.values() if s.in_use_today),
        standards=standards,
    )


def standard_data(
    standard: Standard, estate: Estate, units: Mapping[str, Unit], modelled: TravelTimes
) -> StandardData:
    """A standard with the times it is held to, its weights, areas and today's cover."""
    times = held_times(standard, modelled)
    weight = counted_weight(standard, estate.demand)
    area = area_of(standard.geography, estate.demand)
    # Demand outside every area of the geography belongs to no rule.
    weight = weight.where(area != "", 0.0) if standard.geography != "all" else weight
    crews = [crew_of(u, u.home) for u in _of_type(units, standard.service_type)]
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
    for unit in _of_type(units, standard.service_type):
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


def _types(units: Mapping[str, Unit]) -> list[str]:
    return sorted({u.service_type for u in units.values()})


def _of_type(units: Mapping[str, Unit], service_type: str) -> list[Unit]:
    return [units[u] for u in sorted(units) if units[u].service_type == service_type]


def _pair_rules(estate: Estate, finance: Finance) -> tuple[PairRule, ...]:
    bias = 1.0 + finance.optimism_bias_pct / 100.0
    rules = {}
    for row in estate.compatibility.itertuples():
        a, b = sorted((str(row.service_a), str(row.service_b)))
        if row.rule != "allowed":
            rules[a, b] = PairRule(a, b, str(row.rule) == "forbidden", amount(row.cost_gbp) * bias)
    return tuple(rules[key] for key in sorted(rules))


def _together_today(
    units: Mapping[str, Unit], pairs: Sequence[PairRule]
) -> frozenset[tuple[str, str, str]]:
    types_at: dict[str, list[str]] = {}
    for uid in sorted(units):
        types_at.setdefault(units[uid].home, []).append(units[uid].service_type)
    found = []
    for asset_id, held in types_at.items():
        for pair in pairs:
            needed = 2 if pair.service_a == pair.service_b else 1
            if held.count(pair.service_a) >= needed and pair.service_b in held:
                found.append((asset_id, pair.service_a, pair.service_b))
    return frozenset(found)


def _single_types(
    scenario: Scenario, units: Mapping[str, Unit], pairs: Sequence[PairRule]
) -> tuple[str, ...]:
    """Types that never share a site with their own kind, by scenario or by compatibility."""
    forbidden = {p.service_a for p in pairs if p.forbidden and p.service_a == p.service_b}
    return tuple(t for t in _types(units) if t in forbidden or not scenario.rule(t).same_site)


def _count_rules(scenario: Scenario, units: Mapping[str, Unit]) -> tuple[CountRule, ...]:
    return tuple(
        CountRule(t, rule.at_least, rule.at_most)
        for t, rule in sorted(scenario.services.items())
        if rule.at_least is not None or rule.at_most is not None
    )

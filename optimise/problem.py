"""The problem as plain numbers keyed by id: the model is built from it, the audit recomputes it.

Money is in £ of the base year; capital carries optimism bias; minutes and
thresholds have already become who-reaches-whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assets.estate import Estate
from coverage.times import TravelTimes
from optimise import sites as site_money
from optimise.aims import limits_of, stages_of
from optimise.apart import Apart
from optimise.asked import Asked, asked_of
from optimise.centres import Centre, centre_of
from optimise.covers import (
    CoverRule,
    StandardData,
    Tally,
    cover_rules,
    standard_data,
    tally_rules,
)
from optimise.detriment import FairRule, fair_rules
from optimise.finance import Schedule
from optimise.goal_tallies import goal_tallies
from optimise.goals import NPV, Goal, LimitRule, Stage, split_key
from optimise.knobs import Finance, Targets
from optimise.ledger.committed import sites_left, units_left
from optimise.misfits import Footing, refuse_misfits, refuse_unsound_times
from optimise.moves import Moves
from optimise.phasing.calendar import Calendar
from optimise.phasing.resolved import Phased, phased_of
from optimise.phasing.rules import Partners
from optimise.scenario import Scenario
from optimise.sites import Site, amount
from optimise.units import Unit, build_units


@dataclass(frozen=True)
class PairRule:
    """Two service types that may not share a building, or only at a cost (£, bias included)."""

    service_a: str
    service_b: str
    forbidden: bool
    cost_gbp: float


@dataclass(frozen=True)
class CountRule:
    """At least and at most so many units of a type are delivered in full."""

    service_type: str
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True)
class Problem:
    """Everything the plan is decided from and checked against. Made by `build_problem`.

    Attributes:
        sites: in-scope buildings by asset_id (out-of-scope ones decide nothing).
        units: every unit by unit_id, fixed ones included.
        covers: hard and soft standards, one rule per area; then those of ``tallies``.
        pairs: compatibility; `PairRule` of service types that are not simply allowed.
        together_today: (asset_id, type_a, type_b) that share a building already,
            and may go on doing so.
        single: service types of which no two may come to share a building.
        counts: units delivered, by type.
        targets: money targets.
        annuity: present worth of £1 a year over the horizon.
        reinvest_share: share of receipts that may pay for works.
        standards: what cover is recomputed from.
        tallies: what else is counted of standards, for goals, limits and rules of fairness.
        asked: sets, hubs, named moves and limits of change.
        fair: rules of no detriment and equity.
        stages: what is made best, in order of importance; the first is made best first.
        limits: floors and ceilings of measures.
        centres: the longest times that the objective or a limit asks for.
        calendar: periods against financial years; one of a year where the plan is not phased.
        finance: every assumption about money.
        phased: what may be done when; None = everything is done in the base year.
        partners: what they agree between them.
        apart: plans that this one is to differ from.
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
    tallies: tuple[Tally, ...] = ()
    asked: Asked = Asked()
    fair: tuple[FairRule, ...] = ()
    stages: tuple[Stage, ...] = (Stage(NPV),)
    limits: tuple[LimitRule, ...] = ()
    centres: tuple[Centre, ...] = ()
    calendar: Calendar = Calendar(2026)
    finance: Finance = Finance()
    phased: Phased | None = None
    partners: Partners = Partners()
    apart: tuple[Apart, ...] = ()

    @property
    def schedule(self) -> Schedule:
        """Discount rates by year."""
        return self.finance.discount_schedule

    @property
    def goal(self) -> Goal:
        """What is made best first."""
        return self.stages[0].goal

    def rules_of(self, rule_id: str) -> tuple[CoverRule, ...]:
        """The cover rules of a standard's promise or of a tally, one per area, ascending."""
        return self._rules.get(rule_id, ())

    @cached_property
    def _rules(self) -> Mapping[str, tuple[CoverRule, ...]]:
        made: dict[str, tuple[CoverRule, ...]] = {}
        for rule in self.covers:
            made[rule.rule_id] = (*made.get(rule.rule_id, ()), rule)
        return made

    def units_at(self, asset_id: str) -> tuple[str, ...]:
        """Units that are in a building today, ascending."""
        return tuple(u for u in sorted(self.units) if self.units[u].home == asset_id)


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
    units = units_left(build_units(scenario, estate, moves), scenario, estate)
    sites = sites_left(site_money.build_sites(scenario, estate), scenario, estate)
    standards = tuple(
        standard_data(s, estate, units, times[s.mode]) for s in scenario.standards.values()
    )
    fair = fair_rules(scenario, estate, standards, units)
    tallies: tuple[Tally, ...] = (
        *(t for rule in fair for t in rule.tallies),
        *goal_tallies(scenario.measured, standards, estate.demand),
    )
    finance = scenario.finance
    pairs = _pair_rules(estate, finance)
    annuity = site_money.annuity(finance)
    return Problem(
        sites=sites,
        units=units,
        covers=cover_rules_of(standards, tallies, units),
        pairs=pairs,
        together_today=_together_today(units, pairs),
        single=_single_types(scenario, units, pairs),
        counts=_count_rules(scenario, units),
        targets=scenario.targets,
        annuity=annuity,
        reinvest_share=finance.reinvest_cap_pct / 100.0,
        do_nothing_gbp=annuity * sum(s.cost_gbp_pa for s in sites.values() if s.in_use_today),
        standards=standards,
        tallies=tallies,
        fair=fair,
        asked=asked_of(scenario, estate, units),
        stages=stages_of(scenario.objective, scenario.standards),
        limits=limits_of(scenario.limits, scenario.standards),
        centres=_centres(scenario, standards, units),
        calendar=site_money.calendar_of(scenario),
        finance=finance,
        phased=phased_of(scenario, sites, units),
        partners=scenario.partners,
    )


def cover_rules_of(
    standards: Sequence[StandardData], tallies: Sequence[Tally], units: Mapping[str, Unit]
) -> tuple[CoverRule, ...]:
    """Rules of the promises that a plan is held to, then those of the further tallies."""
    promised = [
        rule
        for data in standards
        if data.standard.kind != "report"
        for rule in cover_rules(data, units)
    ]
    return (*promised, *(rule for tally in tallies for rule in tally_rules(tally, units)))


def _centres(
    scenario: Scenario, standards: Sequence[StandardData], units: Mapping[str, Unit]
) -> tuple[Centre, ...]:
    """The longest times that the objective or a limit names, keys ascending."""
    by_id = {data.standard.standard_id: data for data in standards}
    keys = sorted({k for k in scenario.measured if split_key(k)[0] == "worst_min"})
    return tuple(centre_of(key, by_id[split_key(key)[1]], units) for key in keys)


def _types(units: Mapping[str, Unit]) -> list[str]:
    return sorted({u.service_type for u in units.values()})


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
        CountRule(t, *((rule.at_least, rule.at_most) if k is None else (k, k)))
        for t, rule in sorted(scenario.services.items())
        if (k := rule.exactly) is not None or (rule.at_least, rule.at_most) != (None, None)
    )

"""What a scenario says about time, by id and period: ready for the program and the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from optimise.phasing.calendar import Calendar
from optimise.phasing.rules import Phasing, When, Window
from optimise.scenario import Scenario
from optimise.sites import Site, calendar_of
from optimise.units import Unit


@dataclass(frozen=True)
class Phased:
    """What may be done when. Years count from the base year (0).

    Attributes:
        rules: as the scenario has them.
        allowed: unit_id or asset_id → periods in which it may change, ascending; ids that are
            not in it may change in any.
        area: id → area of the kind that ``areas_at_once`` counts; "" = in none.
        market: asset_id of what can be sold → its market area; "" = in none.
        budget: year → new capital, £; None = capital is not held year by year.
        borrowing: year → most that may be borrowed, £.
        saving, receipts: year → at least so much, £: saved in the year; received by its end.
    """

    rules: Phasing
    allowed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    area: Mapping[str, str] = field(default_factory=dict)
    market: Mapping[str, str] = field(default_factory=dict)
    budget: Mapping[int, float] | None = None
    borrowing: Mapping[int, float] = field(default_factory=dict)
    saving: Mapping[int, float] = field(default_factory=dict)
    receipts: Mapping[int, float] = field(default_factory=dict)

    def may(self, id_: str, period: int) -> bool:
        """Whether something may change in a period, as far as dates go."""
        return id_ not in self.allowed or period in self.allowed[id_]


def phased_of(
    scenario: Scenario, sites: Mapping[str, Site], units: Mapping[str, Unit]
) -> Phased | None:
    """The scenario's phasing resolved; None where everything is done at once."""
    rules = scenario.phasing
    if rules is None:
        return None
    calendar, targets = calendar_of(scenario), scenario.targets
    at = {u: units[u].home for u in units}
    area = {s: sites[s].areas.get(rules.area_kind, "") for s in sites}
    return Phased(
        rules=rules,
        allowed=_allowed(rules, calendar, sites, units),
        area={**area, **{u: area.get(s, "") for u, s in at.items()}},
        market={s: site.areas.get("market", "") for s, site in sites.items() if _sold(site)},
        budget=_years(calendar, targets.capital_budget_gbp_by_year) or None,
        borrowing=_years(calendar, scenario.finance.borrowing_limit_gbp_by_year),
        saving=_years(calendar, targets.revenue_saving_gbp_by_year),
        receipts=_years(calendar, targets.receipts_gbp_by_year),
    )


def _sold(site: Site) -> bool:
    return site.in_use_today and site.exit.receipt_gbp > 0


def _years(calendar: Calendar, by_year: Mapping[int, float]) -> dict[int, float]:
    return {year - calendar.base_year: gbp for year, gbp in sorted(by_year.items())}


def _allowed(
    rules: Phasing,
    calendar: Calendar,
    sites: Mapping[str, Site],
    units: Mapping[str, Unit],
) -> dict[str, tuple[int, ...]]:
    """Windows by id, those of an area laid over everything in it."""
    found: dict[str, tuple[int, ...]] = {}
    for name, window in sorted(rules.windows.items()):
        periods = periods_within(calendar, window)
        for id_ in _meant(name, sites, units):
            found[id_] = tuple(p for p in found.get(id_, calendar.all) if p in periods)
    return found


def _meant(name: str, sites: Mapping[str, Site], units: Mapping[str, Unit]) -> list[str]:
    if name in units or name in sites:
        return [name]
    # An area is known by its outline, or by the buildings that say they lie in it.
    inside = [s for s in sorted(sites) if name in sites[s].areas.values()]
    return [*inside, *(u for u in sorted(units) if units[u].home in inside)]


def periods_within(calendar: Calendar, window: Window) -> tuple[int, ...]:
    """Periods that share a day with a window, ascending."""
    first = -1.0 if window.earliest is None else _years_to(calendar, window.earliest, last=False)
    until = 1e9 if window.latest is None else _years_to(calendar, window.latest, last=True)
    # A day is 0.0027 of a year: dates on a border belong to the period that begins there.
    return tuple(
        p
        for p in calendar.all
        if calendar.end_yr(p) > first + 1e-3 and calendar.start_yr(p) <= until
    )


def _years_to(calendar: Calendar, when: When, *, last: bool) -> float:
    if isinstance(when, dt.date):
        return calendar.yr_of(when)
    # The last day of a financial year lies a day before the next one begins.
    return float(when - calendar.base_year) + (0.99 if last else 0.0)

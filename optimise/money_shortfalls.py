"""Receipts, savings and capital that no plan comes to, quickly found and never wrong.

Each building and each unit is taken at its best on its own, so that what is
told here is more than any plan gives.
"""

from __future__ import annotations

from assets.issues import Issue
from optimise.phasing.calendar import year_label
from optimise.problem import Problem
from optimise.sites import Site
from optimise.units import Unit

#: £ of rounding on sums of millions is no shortfall.
ROUNDING_GBP = 1.0


def money_shortfalls(problem: Problem) -> tuple[Issue, ...]:
    """Money targets beyond what everything together could give."""
    issues = [*_receipts_short(problem), *_saving_short(problem), *_capital_short(problem)]
    return (*issues, *_yearly_receipts_short(problem), *_yearly_saving_short(problem))


def _bound(problem: Problem) -> list[Unit]:
    """Units the plan decides about and must deliver."""
    return [u for u in problem.units.values() if not u.fixed and not u.may_withdraw]


def _closes(site: Site) -> bool:
    return site.must_close or site.must_improve


def _stuck_open(problem: Problem) -> set[str]:
    """Buildings that stay in use whatever is chosen: locked, kept, or the only place of a unit."""
    found = {s for s, site in problem.sites.items() if site.stays_open}
    return found | {u.anywhere[0] for u in _bound(problem) if len(u.anywhere) == 1}


def _most_receipts(problem: Problem, *, by_year: int | None = None) -> float:
    """Above what any plan receives, by the end of a year where one is given (0 = the base year)."""
    stuck = _stuck_open(problem)
    sold = {
        s.asset_id: s.receipt_gbp
        for s in problem.sites.values()
        if s.asset_id not in stuck and (by_year is None or _paid_yr(problem, s) < by_year + 1)
    }
    rules = problem.phased.rules.neighbours.values() if problem.phased is not None else ()
    more = (r.bonus_pct / 100.0 * sum(sold.get(s, 0.0) for s in r.buildings) for r in rules)
    return sum(sold.values()) + sum(more)


def _paid_yr(problem: Problem, site: Site) -> float:
    """Years until a building's receipt can come in at the earliest; endless where it never can."""
    return problem.calendar.start_yr(_first(problem, site.asset_id)) + site.exit.years_to_sell


def _first(problem: Problem, id_: str) -> int:
    """The first period in which something may change; one past the last where it never may."""
    calendar, phased = problem.calendar, problem.phased
    periods = calendar.all if phased is None else [p for p in calendar.all if phased.may(id_, p)]
    return next(iter(periods), calendar.periods + 1)


def _yearly_receipts_short(problem: Problem) -> list[Issue]:
    """Receipts asked for by the end of a year that cannot all have come in by then."""
    issues: list[Issue] = []
    years = problem.phased.receipts if problem.phased is not None else {}
    for year, target in sorted(years.items()):
        most = _most_receipts(problem, by_year=year)
        if target > most + ROUNDING_GBP:
            issues += _issue(
                "targets.receipts_gbp_by_year",
                f"receipts of £{target:,.0f} by the end of {_label(problem, year)} are asked for, "
                f"but everything that can be sold by then would bring in £{most:,.0f}",
                "lower the target or set it for a later year, or unlock or value more buildings",
            )
    return issues


def _yearly_saving_short(problem: Problem) -> list[Issue]:
    """Savings asked for in a year that everything together, done at once, would not make."""
    issues: list[Issue] = []
    years = problem.phased.saving if problem.phased is not None else {}
    for year, target in sorted(years.items()):
        most = max(0.0, _most_saving(problem)) * problem.calendar.saved_share(year, 1)
        if target > most + ROUNDING_GBP:
            issues += _issue(
                "targets.revenue_saving_gbp_by_year",
                f"a saving of £{target:,.0f} in {_label(problem, year)} is asked for, but every "
                f"building that may be released and every service that may be withdrawn would, "
                f"done in the first period, save £{most:,.0f} in that year",
                "lower the target or set it for a later year, unlock more buildings, or allow "
                "withdrawals",
            )
    return issues


def _label(problem: Problem, year: int) -> str:
    return year_label(problem.calendar.base_year + year)


def _receipts_short(problem: Problem) -> list[Issue]:
    target, most = problem.targets.receipts_gbp, _most_receipts(problem)
    if target is None or target <= most + ROUNDING_GBP:
        return []
    return _issue(
        "targets.receipts_gbp",
        f"receipts of £{target:,.0f} are asked for, but every building that may be "
        f"released would bring in £{most:,.0f} together",
        "lower the target, or unlock or value more buildings",
    )


def _saving_short(problem: Problem) -> list[Issue]:
    target = problem.targets.revenue_saving_gbp_pa
    most = _most_saving(problem)
    if target is None or target <= most + ROUNDING_GBP:
        return []
    return _issue(
        "targets.revenue_saving_gbp_pa",
        f"a saving of £{target:,.0f} a year is asked for, but every building that may be released "
        f"and every service that may be withdrawn would save £{most:,.0f} together",
        "lower the target, unlock more buildings, or allow withdrawals",
    )


def _most_saving(problem: Problem) -> float:
    """Above what any plan saves: each building and each unit at its best, on its own."""
    stuck, most = _stuck_open(problem), 0.0
    for site in problem.sites.values():
        # Released, a building of today saves what it costs; built, a candidate costs it.
        change = site.annual_gbp if site.in_use_today else 0.0
        stay = 0.0 if site.in_use_today else -site.annual_gbp
        options = [stay] if site.asset_id in stuck else [change, stay]
        if site.asset_id not in stuck and _closes(site):
            options = [change]
        most += max(options)
    return most + sum(max(_savings(u), default=0.0) for u in problem.units.values() if not u.fixed)


def _savings(unit: Unit) -> list[float]:
    """What each thing that may become of a unit saves a year, its buildings apart."""
    options = [0.0 if s == unit.home else -unit.hosting_gbp_pa for s in unit.sites]
    if unit.may_withdraw:
        options.append(unit.withdrawal_gbp_pa)
    aside = unit.outreach
    if aside is not None:
        options += [
            aside.saving_gbp_pa - (0.0 if s == unit.home else aside.hosting_gbp_pa)
            for s in aside.sites
        ]
    return options


def _capital_short(problem: Problem) -> list[Issue]:
    budget = problem.targets.capital_budget_gbp
    if budget is None:
        return []
    least, funds = _least_capital(problem), problem.reinvest_share * _most_receipts(problem)
    if least <= budget + funds + ROUNDING_GBP:
        return []
    return _issue(
        "targets.capital_budget_gbp",
        f"£{budget:,.0f} and at most £{funds:,.0f} of receipts may be spent, but what is decided "
        f"already (locks, sets, named moves, condition) costs £{least:,.0f}",
        "raise the budget, or unlock what has to be built, moved or left",
    )


def _least_capital(problem: Problem) -> float:
    """Below what any plan spends: candidates that must be built, leases that must end, moves."""
    stuck, least = _stuck_open(problem), 0.0
    for site in problem.sites.values():
        if site.asset_id in stuck:
            built = 0.0 if site.in_use_today else site.build_gbp - site.grant_gbp
            least += built + (site.works_gbp or 0.0)
        elif site.in_use_today and _closes(site):
            least += site.release_gbp
    for unit in _bound(problem):
        if unit.home not in unit.anywhere and unit.anywhere:
            aside = unit.outreach
            ways = ([unit.move_gbp] if unit.sites else []) + ([aside.move_gbp] if aside else [])
            least += min(ways)
    return least


def _issue(rule: str, message: str, remedy: str) -> list[Issue]:
    return [Issue(rule, message, (rule,), remedy)]

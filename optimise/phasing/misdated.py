"""Dates and years of a scenario that the plan's periods do not have, or that contradict it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from assets.estate import Estate
from assets.issues import Issue
from optimise.moves import effective_locks
from optimise.phasing.calendar import Calendar, year_label
from optimise.phasing.resolved import periods_within
from optimise.rules import WITHDRAWN
from optimise.scenario import Scenario
from optimise.sites import AREA_OF, calendar_of

#: Names told one by one; the rest are counted.
NAMES_SHOWN = 5


def in_words(names: Iterable[str]) -> str:
    """``'a', 'b' and 3 more``."""
    every = list(names)
    more = f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else ""
    return ", ".join(f"'{name}'" for name in every[:NAMES_SHOWN]) + more


def dated_misfits(scenario: Scenario, estate: Estate) -> list[Issue]:
    """Money by year that no year is for, windows outside the plan, windows that leave nothing."""
    if scenario.phasing is None:
        return _unphased(scenario)
    calendar = calendar_of(scenario)
    issues = [*_beyond_horizon(calendar), *_years(scenario, calendar), *_falling(scenario)]
    outside = _outside(scenario, calendar)
    return [*issues, *outside] if outside else [*issues, *_nothing_left(scenario, estate, calendar)]


def dated_notes(scenario: Scenario, estate: Estate) -> Iterator[Issue]:
    """Units and buildings that windows together leave no period, though the plan may leave them."""
    calendar = calendar_of(scenario)
    allowed = allowed_periods(scenario, estate, calendar)
    idle = tuple(sorted(id_ for id_, periods in allowed.items() if not periods))
    if idle:
        text = f"windows leave {in_words(idle)} no period: nothing of it changes in this plan"
        remedy = "leave it if that is meant, else widen one of the windows"
        yield Issue("phasing.never", text, idle, remedy, severity="warning")


def _unphased(scenario: Scenario) -> list[Issue]:
    """Money by year in a plan that knows no years."""
    given = [f"targets.{key}" for key in scenario.targets.by_year]
    given += ["finance.borrowing_limit_gbp_by_year"] * bool(
        scenario.finance.borrowing_limit_gbp_by_year
    )
    if not given:
        return []
    text = f"{in_words(given)} are by year, but the plan is not phased: all is done in one year"
    remedy = "add phasing (phasing: {periods: 10}), or take them out"
    return [Issue("targets.not_phased", text, tuple(given), remedy)]


def _beyond_horizon(calendar: Calendar) -> list[Issue]:
    """Periods so late that what is changed in them saves nothing within the horizon."""
    last = calendar.periods
    if calendar.end_yr(last) < calendar.horizon_yr + 1:
        return []
    text = (
        f"what changes in the last period ({calendar.label(last)}) saves nothing: savings are "
        f"counted to {year_label(calendar.base_year + calendar.horizon_yr)} (finance.horizon_yr "
        f"{calendar.horizon_yr})"
    )
    remedy = "lengthen finance.horizon_yr, or plan fewer periods"
    return [Issue("phasing.beyond_horizon", text, (str(last),), remedy)]


def _years(scenario: Scenario, calendar: Calendar) -> list[Issue]:
    """Years of money targets that the plan does not have."""
    base, last = calendar.base_year, calendar.base_year + calendar.years[-1]
    end = base + calendar.horizon_yr
    targets, finance = scenario.targets, scenario.finance
    asked = [
        ("targets.capital_budget_gbp_by_year", targets.capital_budget_gbp_by_year, last),
        ("finance.borrowing_limit_gbp_by_year", finance.borrowing_limit_gbp_by_year, last),
        ("targets.receipts_gbp_by_year", targets.receipts_gbp_by_year, end),
        ("targets.revenue_saving_gbp_by_year", targets.revenue_saving_gbp_by_year, end),
    ]
    issues = []
    for where, by_year, until in asked:
        outside = [year for year in sorted(by_year) if not base <= year <= until]
        if outside:
            text = (
                f"{where} names {in_words(map(year_label, outside))}; the plan's years are "
                f"{year_label(base)} (finance.base_year) to {year_label(until)}"
            )
            remedy = "correct the years, finance.base_year or phasing.periods"
            issues.append(Issue("targets.year_outside", text, tuple(map(str, outside)), remedy))
    return issues


def _falling(scenario: Scenario) -> list[Issue]:
    """Receipts by the end of a year that are less than by the end of an earlier one."""
    by_year = sorted(scenario.targets.receipts_gbp_by_year.items())
    for (before, most), (year, gbp) in zip(by_year, by_year[1:], strict=False):
        if gbp < most:
            text = (
                f"targets.receipts_gbp_by_year: £{gbp:,.0f} by the end of {year_label(year)} is "
                f"less than £{most:,.0f} by the end of {year_label(before)}"
            )
            remedy = "they are counted from the start: add the years before to each"
            return [Issue("targets.receipts_fall", text, (str(before), str(year)), remedy)]
    return []


def _outside(scenario: Scenario, calendar: Calendar) -> list[Issue]:
    """Windows in which no period of the plan lies."""
    assert scenario.phasing is not None
    windows = scenario.phasing.windows
    outside = [n for n, window in sorted(windows.items()) if not periods_within(calendar, window)]
    if not outside:
        return []
    first, last = calendar.label(1), calendar.label(calendar.periods)
    text = (
        f"phasing.windows: {in_words(outside)} lies outside the plan's periods, {first} to {last}"
    )
    remedy = "correct the dates; what is not to change at all is locked (retain, or lock: stay)"
    return [Issue("phasing.window_outside", text, tuple(outside), remedy)]


def allowed_periods(
    scenario: Scenario, estate: Estate, calendar: Calendar
) -> dict[str, tuple[int, ...]]:
    """Unit_id or asset_id → periods that every window it is meant by leaves it, ascending."""
    windows = scenario.phasing.windows if scenario.phasing is not None else {}
    within = {name: periods_within(calendar, window) for name, window in sorted(windows.items())}
    found: dict[str, tuple[int, ...]] = {}
    for id_, names in _meant_by(estate).items():
        asked = [within[name] for name in names if name in within]
        if asked:
            found[id_] = tuple(p for p in calendar.all if all(p in one for one in asked))
    return found


def _meant_by(estate: Estate) -> Mapping[str, Sequence[str]]:
    """Unit_id or asset_id → names that mean it: its own, and those of the areas it lies in."""
    columns = list(AREA_OF.values())
    names: dict[str, list[str]] = {}
    for asset_id, *areas in estate.buildings[columns].itertuples():
        names[str(asset_id)] = [str(asset_id), *(str(a) for a in areas if a)]
    homes = estate.services["asset_id"].astype(str)
    return names | {str(u): [str(u), *names[home][1:]] for u, home in homes.items()}


def _nothing_left(scenario: Scenario, estate: Estate, calendar: Calendar) -> list[Issue]:
    """What has to change, though windows leave it no period, or not before it must be empty."""
    allowed = allowed_periods(scenario, estate, calendar)
    locks = effective_locks(scenario, estate.buildings)
    closing = [str(s) for s in locks.index[locks == "close"]]
    homes = estate.services["asset_id"].astype(str)
    moving = [u for u, m in sorted(scenario.moves.items()) if m.to not in ("", homes.get(u, ""))]
    why = {s: "it is locked to be let go" for s in closing if allowed.get(s) == ()}
    why |= {
        u: "it is to be withdrawn" if scenario.moves[u].to == WITHDRAWN else "it is to move"
        for u in moving
        if allowed.get(u) == ()
    }
    for s in closing:
        late = [u for u in homes.index[homes == s] if _later(allowed, str(u), s, calendar)]
        if s not in why and late:
            why[s] = f"{in_words(map(str, late))} may only leave later"
    if not why:
        return []
    first = next(iter(why))
    text = f"phasing.windows: no period is left for '{first}', and {why[first]}"
    remedy = "widen one of the windows, or take the lock or the move off"
    return [Issue("phasing.nothing_left", text, tuple(why), remedy)]


def _later(
    allowed: Mapping[str, tuple[int, ...]], unit_id: str, asset_id: str, calendar: Calendar
) -> bool:
    """Whether a unit may change only after its building may be vacated for the last time."""
    leaves = allowed.get(unit_id, tuple(calendar.all))
    closes = allowed.get(asset_id, tuple(calendar.all))
    return not leaves or not closes or min(leaves) > max(closes)

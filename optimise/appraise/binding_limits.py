"""Rules of money, room, time and partners that hold with no room to spare: no solver."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from optimise.appraise.binding import NIL, Binding
from optimise.appraise.factors import spare_m2
from optimise.appraise.sight import Sight, capital, counted
from optimise.measures import value_of
from optimise.yearly_targets import yearly_targets

#: Of a limit on a measure with no step of its own: room of up to this share of it is none.
NEAR_SHARE = 0.01
#: £ that is rounding.
ROUNDING_GBP = 1.0


def of_money(sight: Sight) -> Iterator[Binding]:
    """Money targets that one sale, one building or one move more or less would miss.

    binds ⇔ slack < the smallest receipt, the smallest saving of a building let go, or the smallest
    cost of a move not made

    In words: with one sale less the receipts would fall short, with one building more in use the
    saving would, with one move more the capital would not suffice.
    """
    steps = {"receipts": _least_receipt(sight), "saving": _least_saving(sight),
             "capital": _least_move(sight)}  # fmt: skip
    money, asked = sight.after.money, sight.problem.targets
    if asked.receipts_gbp is not None:
        slack = money.receipts_gbp - asked.receipts_gbp
        if slack < steps["receipts"]:
            yield _money("targets.receipts_gbp", "Capital receipts, at least.",
                         asked.receipts_gbp, money.receipts_gbp, slack)  # fmt: skip
    if asked.revenue_saving_gbp_pa is not None:
        slack = money.saving_gbp_pa - asked.revenue_saving_gbp_pa
        if slack < steps["saving"]:
            yield _money("targets.revenue_saving_gbp_pa", "Saved a year, at least.",
                         asked.revenue_saving_gbp_pa, money.saving_gbp_pa, slack)  # fmt: skip
    if asked.capital_budget_gbp is not None:
        spent = money.capital_gbp - sight.problem.reinvest_share * money.receipts_gbp
        slack = asked.capital_budget_gbp - spent
        if slack < steps["capital"]:
            yield _money("targets.capital_budget_gbp",
                         "Capital beyond what receipts pay for, at most.",
                         asked.capital_budget_gbp, spent, slack)  # fmt: skip
    for one in yearly_targets(sight.plan):
        step = steps[next(k for k in ("receipts", "saving", "capital") if k in one.key)]
        slack = (one.target_gbp - one.value_gbp) * (1.0 if one.most else -1.0)
        if slack < step:
            yield _money(f"targets.{one.key}", f"{one.name}.", one.target_gbp, one.value_gbp, slack)


def _money(rule: str, words: str, asked: float, reached: float, slack: float) -> Binding:
    return Binding(
        rule, "money", words, "", round(asked, 2), round(reached, 2), round(slack, 2), "gbp"
    )


def _least(values: Iterable[float]) -> float:
    return max(min((v for v in values if v > 0), default=0.0), ROUNDING_GBP)


def _least_receipt(sight: Sight) -> float:
    return _least(sight.problem.sites[s].receipt_gbp for s in sight.released)


def _least_saving(sight: Sight) -> float:
    return _least(sight.problem.sites[s].annual_gbp for s in sight.released)


def _least_move(sight: Sight) -> float:
    units = sight.problem.units
    still = (u for u in units.values() if u.unit_id not in sight.moved and len(u.anywhere) > 1)
    return _least(u.move_gbp for u in still if not u.fixed)


def of_limits(sight: Sight) -> Iterator[Binding]:
    """Floors and ceilings of measures: one step away where they are counted in whole numbers.

    binds ⇔ slack < 1 (moves, services, buildings), slack ≤ 1 % of what is asked (all else)
    """
    for rule in sight.problem.limits:
        if rule.of_stage:
            continue
        value = value_of(rule.goal, sight.problem, sight.after)
        unit = rule.goal.unit
        for side, sign, asked in rule.sides:
            slack = sign * (value - asked)
            near = slack < 1.0 - NIL if unit.whole else slack <= NEAR_SHARE * abs(asked)
            if near:
                words = f"{capital(rule.goal.words)}, {side.replace('_', ' ')}."
                told = "gbp" if unit.key.startswith("gbp") else unit.key
                told = told if told in ("gbp", "min") else "number"
                yield Binding(
                    f"limits.{rule.rule_id}.{side}", "limits", words, "", asked, value, slack,
                    told, (), rule.rule_id.partition(".")[2],
                )  # fmt: skip


def of_condition(sight: Sight) -> Iterator[Binding]:
    """Works, and closures, that the rule on condition asks for."""
    barred = tuple(s for s in sight.released if sight.problem.sites[s].must_improve)
    for words, ids in (
        ("kept only with the works that condition asks for", sight.after.works),
        (
            "let go because of its condition"
            if len(barred) == 1
            else "let go because of their condition",
            barred,
        ),
    ):
        if ids:
            number = float(len(ids))
            told = f"{capital(counted(len(ids), 'building'))} {words}."
            yield Binding("condition", "asked", told, "", number, number, 0.0, "count", tuple(ids))


def of_room(sight: Sight) -> Iterator[Binding]:
    """Buildings too full for any further service that might come, extensions included.

    binds ⇔ capacity + extension_max − used < the smallest space of a unit that may come and is not
    there
    """
    units, placed = sight.problem.units, sight.after.placed
    wanted: dict[str, float] = {}
    for u in sorted(units):
        for s in units[u].sites:
            if placed[u] != s and s in sight.after.open and units[u].space_m2 > 0:
                wanted[s] = min(wanted.get(s, math.inf), units[u].space_m2)
    full = []
    for s, least_m2 in sorted(wanted.items()):
        more = sight.problem.sites[s].extension_max_m2 - sight.after.extension_m2.get(s, 0.0)
        if spare_m2(sight, s) + more < least_m2 - NIL:
            full.append(s)
    if full:
        yield Binding(
            "room", "room",
            f"{capital(counted(len(full), 'building'))} {'has' if len(full) == 1 else 'have'} no "
            "room for any further service that might move in.", "", None,
            float(len(full)), None, "count", tuple(full),
        )  # fmt: skip


def of_phasing(sight: Sight) -> Iterator[Binding]:
    """Caps of a period or year that are used up."""
    phased, when = sight.problem.phased, sight.after.timetable
    if phased is None or when is None:
        return
    calendar, rules = sight.problem.calendar, phased.rules
    moved = Counter(when.changed.values())
    full = [p for p, n in sorted(moved.items()) if n == rules.moves_per_period]
    if full and rules.moves_per_period is not None:
        yield _cap("phasing.moves_per_period", "Services that change in one period, at most.",
                   [calendar.label(p) for p in full], rules.moves_per_period)  # fmt: skip
    everything = [pair for told in (when.changed, when.released, when.works)
                  for pair in told.items()]  # fmt: skip
    busy = Counter(p for p, _ in {(p, phased.area[i]) for i, p in everything if phased.area.get(i)})
    full = [p for p, n in sorted(busy.items()) if n == rules.areas_at_once]
    if full and rules.areas_at_once is not None:
        yield _cap("phasing.areas_at_once", "Areas worked on at once, at most.",
                   [calendar.label(p) for p in full], rules.areas_at_once)  # fmt: skip
    yield from _markets(sight)


def _cap(rule: str, words: str, periods: list[str], most: float) -> Binding:
    return Binding(rule, "phasing", words, ", ".join(periods), float(most), float(most), 0.0)


def _markets(sight: Sight) -> Iterator[Binding]:
    """Market areas in which no further sale may be put on the market in a year."""
    phased, when = sight.problem.phased, sight.after.timetable
    assert phased is not None and when is not None
    most = phased.rules.disposals_per_market_area_pa
    if most is None:
        return
    at: dict[tuple[str, int], list[str]] = {}
    for s, p in sorted(when.released.items()):
        if phased.market.get(s):
            at.setdefault((phased.market[s], sight.problem.calendar.year_of(p)), []).append(s)
    full = {key: ids for key, ids in sorted(at.items()) if len(ids) == most}
    if full:
        markets = len({area for area, _ in full})
        yield Binding(
            "phasing.disposals_per_market_area_pa", "phasing",
            f"Sales in one market area and year, at most: reached {counted(len(full), 'time')} in "
            f"{counted(markets, 'area')}.", "", float(most), float(most), 0.0, "count",
            tuple(sorted(s for ids in full.values() for s in ids)),
        )  # fmt: skip


def of_links(sight: Sight) -> Iterator[Binding]:
    """Works that need all of the sales that pay for them."""
    phased, when = sight.problem.phased, sight.after.timetable
    if phased is None or when is None:
        return
    sites, after = sight.problem.sites, sight.after
    for name, rule in sorted(phased.rules.links.items()):
        done = [s for s in rule.works if s in when.works]
        sales = [s for s in rule.sales if s in when.released]
        receipts = [sites[s].exit.receipt_gbp for s in sales]
        spent = sum(
            (sites[s].build_gbp - sites[s].grant_gbp) * (not sites[s].in_use_today)
            + after.extension_m2.get(s, 0.0) * sites[s].extension_gbp_per_m2
            + (sites[s].works_gbp or 0.0) * (s in after.works)
            for s in done
        )
        slack = rule.share * sum(receipts) + rule.top_up_gbp - spent
        if done and slack < rule.share * _least(receipts):
            yield Binding(
                f"phasing.links.{name}", "phasing", "Sales that pay for works: with one sale less "
                "there would not be enough.", "", round(spent, 2), round(spent + slack, 2),
                round(slack, 2), "gbp", tuple(sorted({*done, *sales})),
            )  # fmt: skip


def of_partners(sight: Sight) -> Iterator[Binding]:
    """Partners that are just not worse off, with payments or without."""
    asked = sight.problem.partners
    if asked.no_worse_off == "report":
        return
    told = sight.books.partners
    column = "npv_after_gbp" if asked.settle else "npv_gbp"
    nil = told[told[column].abs() <= ROUNDING_GBP]
    lost = told[told["npv_gbp"] < -ROUNDING_GBP] if asked.settle else told.iloc[:0]
    if len(lost) or (len(nil) and not asked.settle):
        words = (
            f"{capital(counted(len(lost), 'partner'))} would lose without payments from the others."
            if asked.settle
            else f"{capital(counted(len(nil), 'partner'))} neither gains nor loses."
        )
        yield Binding("partners.no_worse_off", "partners", words, "", 0.0,
                      round(float(told[column].min()), 2), round(float(told[column].min()), 2),
                      "gbp")  # fmt: skip

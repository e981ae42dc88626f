"""How much may be done in one period, and sold in one market in one year."""

from __future__ import annotations

from collections.abc import Iterator

import pulp

from optimise.actions import Action
from optimise.decisions import Decisions
from optimise.making import SCALE, row_name
from optimise.phasing.variables import Timed
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Keep to what can be carried out, and to what a market can take.

    Σ_u changed[u,t] ≤ moves a period                            for each period
    changed[i,t] ≤ busy[a,t], Σ_a busy[a,t] ≤ areas at once      i in area a
    Σ_{s in m, t in y} release[s,t] ≤ disposals a year           for each market m, year y
    Σ_{s in m, t in y} receipt_s · release[s,t] ≤ £ a year
    together[n,t] ≤ release[s,t]                                 s among neighbours n

    In words: so many units may change in a period, so many areas be worked on; so many
    buildings, worth so much, come on to one market in one financial year. Neighbours fetch more
    only where all are vacated in the same period.

    Symbols: t periods, y financial years, receipts net, £k. Only buildings with something to
    sell count against the market; those in no market area are not capped.
    Source: Worcestershire joint property vehicle 2014 (phased release so that the local market
    is not flooded); Dorset living and learning 2016 (not every community at once).
    """
    timed = decisions.timed
    if timed is None or problem.phased is None:
        return
    rules = problem.phased.rules
    for p in problem.calendar.all:
        changes = [var for (a, q), var in timed.done.items() if q == p and a.unit_id]
        if rules.moves_per_period is not None and changes:
            model += pulp.lpSum(changes) <= rules.moves_per_period, row_name("period_moves", p)
    if rules.areas_at_once is not None:
        _areas(model, timed, problem, rules.areas_at_once)
    _markets(model, timed, problem)
    for (name, p), var in timed.together.items():
        for s in rules.neighbours[name].buildings:
            sold = timed.done.get((Action("release", s), p), 0)
            model += var <= sold, row_name("neighbour", name, s, p)


def _areas(model: pulp.LpProblem, timed: Timed, problem: Problem, at_once: int) -> None:
    for id_, area, p, term in _work(timed, problem):
        model += term <= timed.busy[area, p], row_name("busy_if", id_, p)
    for p in problem.calendar.all:
        every = pulp.lpSum(var for (_, q), var in timed.busy.items() if q == p)
        if timed.busy:
            model += every <= at_once, row_name("areas_at_once", p)


def _work(
    timed: Timed, problem: Problem
) -> Iterator[tuple[str, str, int, pulp.LpAffineExpression]]:
    """(id, area, period, 1 when it is worked on) of everything that lies in an area."""
    assert problem.phased is not None
    found: dict[tuple[str, int], list[pulp.LpVariable]] = {}
    for (action, p), var in timed.done.items():
        if action.unit_id or action.kind in ("release", "build"):
            found.setdefault((action.unit_id or action.asset_id, p), []).append(var)
    for (s, p), var in timed.works.items():
        # A building is never vacated in the period of its works, so the two may be added.
        found.setdefault((s, p), []).append(var)
    for (id_, p), terms in found.items():
        area = problem.phased.area.get(id_, "")
        if area:
            yield id_, area, p, pulp.lpSum(terms)


def _markets(model: pulp.LpProblem, timed: Timed, problem: Problem) -> None:
    phased = problem.phased
    assert phased is not None
    number = phased.rules.disposals_per_market_area_pa
    value = phased.rules.disposals_gbp_per_market_area_pa
    sales: dict[tuple[str, int], list[tuple[str, pulp.LpVariable]]] = {}
    for (action, p), var in timed.done.items():
        market = phased.market.get(action.asset_id, "") if action.kind == "release" else ""
        if market:
            year = problem.calendar.year_of(p)
            sales.setdefault((market, year), []).append((action.asset_id, var))
    for (market, year), found in sorted(sales.items(), key=lambda item: item[0]):
        if number is not None and len(found) > number:
            row = pulp.lpSum(var for _, var in found) <= number
            model += row, row_name("market_sales", market, year)
        if value is not None:
            worth = pulp.lpSum(SCALE * problem.sites[s].exit.receipt_gbp * v for s, v in found)
            model += worth <= SCALE * value, row_name("market_value", market, year)

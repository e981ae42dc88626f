"""What comes before what: works, then moves, then empty buildings; and what waits for it."""

from __future__ import annotations

import pulp

from optimise.actions import Action, actions, flows
from optimise.decisions import Decisions, Term
from optimise.making import SCALE, row_name
from optimise.phasing.rules import ReceiptLink
from optimise.phasing.variables import Timed, parts_of
from optimise.problem import Problem


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Do everything once, in an order in which no service is ever without a place.

    Σ_t done[a,t] = total[a]                                  for each change a
    Σ_{τ≤t} release[s,τ] ≤ Σ_{τ≤t} leave[u,τ]                 u in s today
    Σ_{τ≤t} move[u,s,τ] ≤ Σ_{τ≤t} build[s,τ]                  s not built yet
    extend[s,t] ≤ most_s · works[s,t], improve[s,t] ≤ works[s,t], Σ_t works[s,t] ≤ 1
    Σ_{τ≤t} changed[then,τ] ≤ Σ_{τ≤t−gap} changed[first,τ]    orders
    Σ_{τ≤t} works[s,τ] ≤ Σ_{τ: received by t} release[b,τ]    links that wait for the receipt
    capital[works of a link] ≤ share · receipts[its sales] + top-up

    In words: what the plan changes it changes once, in one period. A building is vacated when
    all who are in it have left; a new one is built before (or in the period in which) anybody
    moves in; a building has its works in one period. What waits for something else waits.
    Dates are kept by there being no such decision.

    Symbols: t periods; total as in the plan that is not phased; receipts and capital in £.
    Source: open before close, Dorset mobile libraries 2016; earmarked receipts, Suffolk and
    Northamptonshire (DCLG Transformation Challenge Award 2014).
    """
    timed = decisions.timed
    if timed is None:
        return
    _once(model, decisions, timed, problem)
    _empty_first(model, timed, problem)
    _built_first(model, timed, problem)
    _works_once(model, timed, problem)
    _orders(model, timed, problem)
    _links(model, decisions, problem)


def _once(model: pulp.LpProblem, decisions: Decisions, timed: Timed, problem: Problem) -> None:
    for action in actions(problem):
        every = timed.by(action, problem.calendar.periods)
        total, name = decisions.total(action), row_name("once", *parts_of(action))
        # Two that share for a time only are fitted out as well.
        model += (every >= total if action.kind == "join" else every == total), name


def _empty_first(model: pulp.LpProblem, timed: Timed, problem: Problem) -> None:
    for uid in sorted(problem.units):
        unit = problem.units[uid]
        gone = Action("release", unit.home)
        if unit.fixed or gone not in timed.periods:
            continue
        leaves = [a for a in timed.of_unit.get(uid, ()) if leaves_home(a, unit.home)]
        for p in problem.calendar.all[:-1]:
            left = pulp.lpSum(timed.by(a, p) for a in leaves)
            model += timed.by(gone, p) <= left, row_name("emptied", uid, p)


def leaves_home(action: Action, home: str) -> bool:
    """Whether a unit is out of its building by an action."""
    return action.kind == "withdraw" or action.asset_id != home


def _built_first(model: pulp.LpProblem, timed: Timed, problem: Problem) -> None:
    for action, periods in timed.periods.items():
        build = Action("build", action.asset_id)
        if action.unit_id and action.kind != "withdraw" and build in timed.periods:
            for p in (p for p in problem.calendar.all[:-1] if p >= periods[0]):
                name = row_name("built", *parts_of(action), p)
                model += timed.by(action, p) <= timed.by(build, p), name


def _works_once(model: pulp.LpProblem, timed: Timed, problem: Problem) -> None:
    for (action, p), amount in timed.done.items():
        if action.kind not in ("extend", "improve"):
            continue
        s = action.asset_id
        most = problem.sites[s].extension_max_m2 if action.kind == "extend" else 1.0
        then = timed.works.get((s, p), timed.done.get((Action("build", s), p), 0))
        model += amount <= most * then, row_name("in_works", action.kind, s, p)
    for s in dict.fromkeys(s for s, _ in timed.works):
        every = pulp.lpSum(var for (at, _), var in timed.works.items() if at == s)
        model += every <= 1, row_name("works_once", s)


def changed_by(timed: Timed, id_: str, period: int) -> pulp.LpAffineExpression:
    """1 when a unit has changed, or a building has been vacated, built or had its works."""
    found = [timed.by(a, period) for a in timed.of_unit.get(id_, ())]
    found += [
        timed.by(a, period)
        for a in timed.of_building.get(id_, ())
        if a.kind in ("release", "build")
    ]
    found += [var for (s, p), var in timed.works.items() if s == id_ and p <= period]
    return pulp.lpSum(found)


def _orders(model: pulp.LpProblem, timed: Timed, problem: Problem) -> None:
    assert problem.phased is not None
    for name, rule in sorted(problem.phased.rules.order.items()):
        for p in problem.calendar.all:
            first = changed_by(timed, rule.first, p - rule.gap_periods)
            model += changed_by(timed, rule.then, p) <= first, row_name("order", name, p)


def _links(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    assert problem.phased is not None
    rules = problem.phased.rules.links
    cost = _works_gbp(decisions, problem) if rules else {}
    for name, rule in sorted(rules.items()):
        spent = pulp.lpSum(term for s in rule.works for term in cost.get(s, ()))
        sold = pulp.lpSum(
            problem.sites[s].exit.receipt_gbp * decisions.total(Action("release", s))
            for s in rule.sales
        )
        funds = SCALE * rule.share * sold + SCALE * rule.top_up_gbp
        model += SCALE * spent <= funds, row_name("link", name)
        if rule.after_receipt:
            _wait_for_receipts(model, decisions, problem, (name, rule))


def _works_gbp(decisions: Decisions, problem: Problem) -> dict[str, list[Term]]:
    """Capital of building, extending and mending each building, less its grant, £, as terms."""
    made: dict[str, list[Term]] = {}
    for action in actions(problem):
        if action.kind in ("build", "extend", "improve"):
            gbp = -sum(f.amount_gbp for f in flows(problem, action, 1))
            made.setdefault(action.asset_id, []).append(gbp * decisions.total(action))
    return made


def _wait_for_receipts(
    model: pulp.LpProblem, decisions: Decisions, problem: Problem, link: tuple[str, ReceiptLink]
) -> None:
    timed, (name, rule) = decisions.timed, link
    assert timed is not None
    calendar = problem.calendar
    for works in rule.works:
        for sale in rule.sales:
            for p in calendar.all:
                waits = problem.sites[sale].exit.years_to_sell
                came = pulp.lpSum(
                    timed.done[Action("release", sale), q]
                    for q in timed.periods.get(Action("release", sale), ())
                    if calendar.start_yr(q) + waits <= calendar.start_yr(p) + 1e-9
                )
                done = changed_by(timed, works, p)
                model += done <= came, row_name("paid_first", name, works, sale, p)

"""A bound on every phased plan, and places worth phasing: one state of the estate per period.

What a change is worth when it is made in period t is what it is worth in the last period T, and
what each period from t on adds: val(a,t) = val(a,T) + Σ_{q=t}^{T−1} (val(a,q) − val(a,q+1)).
So a phased plan is worth the sum, over the periods, of what the *state* it is in adds in each:

    Σ_a Σ_t val(a,t) · done[a,t]
        = Σ_{q<T} Σ_a (val(a,q) − val(a,q+1)) · x_q[a] + Σ_a val(a,T) · x_T[a]

with x_q[a] = Σ_{τ≤q} done[a,τ]. Taken one by one, the states are programs of places alone, which
the solver proves as it proves a plan that is not phased; the sum of their bounds bounds every
phased plan. What is lost is only that one state must follow from the one before. Each is held to
what must hold in every period, and to what can have been done by then: so many moves a period, so
many sales a market and year, capital within all that has come in.

What may be done by a period may be done by a later one, and what is added differs from period to
period by little more than the discount: so the bound of a late state, proved well, bounds the
earlier ones too, and only those that the caps hold back are worth a proof of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pulp

from optimise.actions import Action, actions, flows
from optimise.clock import Clock
from optimise.compiled import compile_model
from optimise.constraints import interim, money
from optimise.constraints.placement import place
from optimise.decisions import Decisions
from optimise.engine import run_solver
from optimise.goals import NPV, LimitRule, Stage
from optimise.knobs import Solver, Targets
from optimise.making import SCALE, row_name
from optimise.phasing.resolved import Phased
from optimise.phasing.way import way_of
from optimise.problem import Problem
from optimise.sites import Site
from optimise.taken import bonus_flow

#: Shares of the time: the last state; of what is left, the one before it.
LAST_SHARE, LATE_SHARE = 0.25, 0.3
#: States that the rest is shared by at least, and the seconds that make one worth beginning.
FEW, LEAST_S = 4, 3.0
#: A state is proved to this share of the gap asked for.
EXACTNESS = 0.5
#: Measures whose worth depends on when things are done.
TIMED_MEASURES = ("npv_gbp", "receipts_gbp", "capital_gbp")

#: Value of each column by name.
Values = Mapping[str, float]


@dataclass(frozen=True)
class Bounded:
    """What the states came to.

    Attributes:
        state: ``infeasible`` when no phased plan can exist; else ``feasible``.
        bound: no phased plan's (minimised) objective is lower.
        values: of the states' plans of places, the last first.
        label: of the solver.
    """

    state: str
    bound: float
    values: tuple[Values, ...]
    label: str


@dataclass(frozen=True)
class Costs:
    """The (minimised) objective of a phased program, in the solver's units.

    Attributes:
        done: action → period → cost of doing it then; only permitted periods.
        others: name of a variable that is not of time → its cost.
        constant: the least that bonuses of time can add.
    """

    done: Mapping[Action, Mapping[int, float]]
    others: Mapping[str, float]
    constant: float

    def of_state(self, action: Action, period: int, last: int) -> float:
        """What an action that has been done by a period adds in it."""
        at = self.done.get(action, {})
        if not at:
            return 0.0
        latest = max(at)
        if period == last:
            return at[latest]
        return at[period] - at[period + 1] if period in at and period < latest else 0.0


def bounded(problem: Problem, options: Solver, clock: Clock) -> Bounded:
    """A bound on every phased plan of a problem, and good places, in the clock's time."""
    costs, last = costs_of(problem), problem.calendar.periods
    states = _States(problem, costs, options)
    total = costs.constant + states.solve(last, clock.part(clock.left_s * LAST_SHARE))
    if states.infeasible:
        return Bounded("infeasible", math.inf, (), states.label)
    late = last - 1
    by_late = states.solve(late, clock.part(clock.left_s * LATE_SHARE)) if late else 0.0
    total += by_late
    bounds = {p: scaled(problem, costs, (p, late), by_late) for p in range(1, late)}
    for n, period in enumerate(bounds, start=1):
        if clock.left_s < LEAST_S:
            break
        # The earlier a state, the more the caps hold it back, and the more its own proof brings.
        part = clock.part(max(clock.left_s / min(FEW, len(bounds) - n + 1), LEAST_S))
        own = states.solve(period, part)
        if own <= bounds[period] and n > FEW:
            break
        bounds[period] = max(bounds[period], own)
    total += sum(bounds.values())
    return Bounded("feasible", total, tuple(states.values), states.label)


class _States:
    """The states of a problem, solved one by one."""

    def __init__(self, problem: Problem, costs: Costs, options: Solver) -> None:
        self._problem, self._costs, self._options = problem, costs, options
        self._way = way_of(problem)
        self.values: list[Values] = []
        self.label, self.infeasible = "HiGHS", False

    def solve(self, period: int, clock: Clock) -> float:
        """The bound of one state; its plan is kept, and is where the next one's search begins."""
        last = self._problem.calendar.periods
        if period == last:
            model = _last(self._problem, self._costs)
        else:
            model = _state(self._problem, self._way, self._costs, period)
        # The late state's plan is where the others' begin: what it does is nearly all of theirs.
        begin = self.values[min(1, len(self.values) - 1)] if self.values else {}
        for variable in model.variables() if begin else ():
            variable.varValue = begin.get(variable.name)
        changed = {"time_limit_s": max(clock.left_s, 0.05), "gap": self._options.gap * EXACTNESS}
        within = self._options.model_copy(update=changed)
        state, bound, self.label = run_solver(model, within, clock)
        self.infeasible |= state == "infeasible" and period == last
        if state in ("optimal", "feasible"):
            self.values.append({v.name: float(v.varValue or 0.0) for v in model.variables()})
        return bound


def scaled(problem: Problem, costs: Costs, periods: tuple[int, int], bound: float) -> float:
    """A bound of one state from that of a later one.

    c_q·x = ρ · c_r·x + (c_q − ρ · c_r)·x ≥ ρ · bound_r + Σ_a min(0, c_q[a] − ρ · c_r[a]) · most_a

    for any ρ ≥ 0, because whatever can have been done by q can have been done by r; the best of
    some ρ is taken.

    Args:
        problem: whose changes.
        costs: of the phased program.
        periods: q and r, q the earlier.
        bound: of r.
    """
    early, late = periods
    last = problem.calendar.periods
    found = [(costs.of_state(a, early, last), costs.of_state(a, late, last),
              problem.sites[a.asset_id].extension_max_m2 if a.kind == "extend" else 1.0)
             for a in costs.done]  # fmt: skip
    mine, its, most = (np.array(each) for each in zip(*found, strict=True))
    ratios = np.unique(np.round(mine[its != 0] / its[its != 0], 6))
    best = -math.inf
    for ratio in ratios[ratios >= 0]:
        left = np.minimum(mine - ratio * its, 0.0) @ most
        best = max(best, float(ratio * bound + left))
    return best


def costs_of(problem: Problem) -> Costs:
    """The objective of the phased program, taken to pieces."""
    model, decisions = compile_model(problem, ())
    timed = decisions.timed
    assert timed is not None and model.objective is not None
    cost = {v.name: float(c) for v, c in model.objective.items()}
    done: dict[Action, dict[int, float]] = {}
    for (action, period), var in timed.done.items():
        done.setdefault(action, {})[period] = cost.pop(var.name, 0.0)
    bonus: dict[str, float] = {}
    for (name, _), var in timed.together.items():
        bonus[name] = min(bonus.get(name, 0.0), cost.pop(var.name, 0.0))
    return Costs(done, cost, sum(bonus.values()))


def _last(problem: Problem, costs: Costs) -> pulp.LpProblem:
    """The program of the last state: the plan itself, as if done at once."""
    at_once = without_time(problem)
    model, decisions = compile_model(at_once)
    last = problem.calendar.periods
    by_name = {v.name: v for v in model.variables()}
    others = [(by_name[name], c) for name, c in costs.others.items() if name in by_name]
    _aim(model, decisions, problem, (costs, last), pulp.LpAffineExpression(others))
    return model


def _state(problem: Problem, way: Problem, costs: Costs, period: int) -> pulp.LpProblem:
    """The program of one state on the way."""
    phased = problem.phased
    assert phased is not None
    families: list[ModuleType] = [*interim.ROOM, money]
    if phased.rules.hold_standards == "every_period":
        families += interim.STANDARDS
    at = replace(
        way,
        sites=_sites_by(problem, period),
        targets=_capital_by(problem, phased, period),
        stages=(Stage(NPV),),
        limits=(),
        centres=(),
        phased=None,
    )
    model, decisions = compile_model(at, families)
    place(model, decisions, at)
    for s, site in at.sites.items():
        if site.stays_open:
            model += decisions.open[s] == 1, row_name("retain", s)
    _aim(model, decisions, problem, (costs, period), pulp.LpAffineExpression())
    return model


def _sites_by(problem: Problem, period: int) -> dict[str, Site]:
    """Sites with the receipts that can have come in by a period's year, and free ways out."""
    year = problem.calendar.year_of(period)
    return {
        s: replace(
            site,
            release_gbp=0.0,
            receipt_gbp=site.exit.receipt_gbp if site.exit.years_to_sell < year + 1 else 0.0,
        )
        for s, site in problem.sites.items()
    }


def _capital_by(problem: Problem, phased: Phased, period: int) -> Targets:
    """All the capital that there can have been by a period's year, receipts apart."""
    if phased.budget is None:
        return Targets()
    year = problem.calendar.year_of(period)
    given = (*phased.budget.items(), *phased.borrowing.items())
    return Targets(capital_budget_gbp=sum(gbp for y, gbp in given if y <= year))


def _aim(
    model: pulp.LpProblem,
    decisions: Decisions,
    problem: Problem,
    of: tuple[Costs, int],
    others: pulp.LpAffineExpression,
) -> None:
    """Give a state its objective, and hold it to what can have been done by then."""
    costs, period = of
    last = problem.calendar.periods
    terms = [others]
    for action in actions(problem):
        allowed = costs.done.get(action, {})
        total = decisions.total(action)
        if not allowed or min(allowed) > period:
            parts = (action.kind, action.unit_id, action.asset_id, *action.pair)
            # Two that come to share are fitted out when they do, whenever that may be.
            if action.kind != "join":
                model += total == 0, row_name("never", *parts)
            continue
        each = costs.of_state(action, period, last)
        if each:
            terms.append(each * total)
    aim = pulp.lpSum(terms)
    one = next(v for v in model.variables() if v.name == "one")
    model.setObjective(aim - aim.constant + aim.constant * one)
    _by_then(model, decisions, problem, period)


def _by_then(model: pulp.LpProblem, decisions: Decisions, problem: Problem, period: int) -> None:
    """So many moves a period, so many sales a market and year, at most by the end of a period."""
    phased = problem.phased
    assert phased is not None
    rules = phased.rules
    if rules.moves_per_period is not None:
        made = [decisions.total(a) for a in actions(problem) if a.unit_id]
        model += (
            pulp.lpSum(made) <= rules.moves_per_period * period,
            row_name("moves_most", "by period"),
        )
    years = problem.calendar.year_of(period) + 1
    for market in sorted(set(phased.market.values()) - {""}):
        sold = [s for s, m in sorted(phased.market.items()) if m == market]
        gone = {s: 1 - decisions.open[s] for s in sold}
        if rules.disposals_per_market_area_pa is not None:
            most = rules.disposals_per_market_area_pa * years
            if len(sold) > most:
                model += pulp.lpSum(gone.values()) <= most, row_name("closures_most", "n", market)
        value = rules.disposals_gbp_per_market_area_pa
        if value is not None:
            worth = [SCALE * problem.sites[s].exit.receipt_gbp * term for s, term in gone.items()]
            row = pulp.lpSum(worth) <= SCALE * value * years
            model += row, row_name("closures_most", "gbp", market)


def without_time(problem: Problem) -> Problem:
    """The problem done at once, with every rule that phasing could make easier eased.

    A way out of a lease counts at its cheapest, receipts may be topped up by every bonus, and
    limits on what depends on time are left out.
    """
    phased = problem.phased
    assert phased is not None
    least = {
        s: min((_capital(problem, s, p) for p in problem.calendar.all), default=0.0)
        for s, site in problem.sites.items()
        if site.in_use_today
    }
    sites = {
        s: replace(site, release_gbp=min(site.release_gbp, least.get(s, 0.0)))
        for s, site in problem.sites.items()
    }
    bonus = sum(
        bonus_flow(problem, rule, 1).amount_gbp for rule in phased.rules.neighbours.values()
    )
    targets = problem.targets
    receipts = targets.receipts_gbp
    eased = {
        "receipts_gbp": None if receipts is None else max(0.0, receipts - bonus),
        "capital_budget_gbp": None
        if targets.capital_budget_gbp is None
        else targets.capital_budget_gbp + problem.reinvest_share * bonus,
    }
    return replace(
        problem,
        sites=sites,
        targets=targets.model_copy(update=eased),
        limits=tuple(rule for rule in problem.limits if not _is_timed(rule)),
        phased=None,
    )


def _capital(problem: Problem, asset_id: str, period: int) -> float:
    """Capital that letting a building go takes in a period, £."""
    found = flows(problem, Action("release", asset_id), period)
    return -sum(f.amount_gbp for f in found if f.kind == "capital")


def _is_timed(rule: LimitRule) -> bool:
    return any(term.measure.name in TIMED_MEASURES for term, _ in rule.goal.signed_terms)

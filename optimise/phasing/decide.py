"""What and when together: the whole program where it is small, else bound and plan apart.

A county over ten years is too large to be solved whole. Then each period's state of the estate is
bounded alone (`bound`), the whole program is solved for the units' present places and those that
the states gave them, and from that plan once more as it stands, whose bound may be the better;
what time is left makes the plan better neighbourhood by neighbourhood. What comes out is a plan
of the model of record, and a bound that holds for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

import networkx as nx
import pulp

from optimise.audit.phasing import broken_on_the_way
from optimise.centres import centre_of
from optimise.clock import Clock
from optimise.compiled import compile_model, cost_factor, outcome_of
from optimise.constraints import FAMILIES, interim
from optimise.decisions import Decisions
from optimise.engine import run_solver
from optimise.knobs import Solver
from optimise.making import row_name
from optimise.measures import value_of
from optimise.outcome import Outcome
from optimise.phasing.bound import bounded
from optimise.problem import Problem, cover_rules_of

#: Changes times periods up to which the whole program is tried first.
SMALL = 1_500
#: Shares of the time: for the states; of what is left, for a first plan at most; of what is left
#: then, for the whole program from that plan.
BOUND_SHARE = 0.4
PLAN_SHARE, WHOLE_SHARE = 0.35, 0.8
#: Units of one neighbourhood that may go anywhere at once; least seconds for a look at one.
LARGEST, LOOK_S = 50, 15.0
#: What is near enough, in the solver's units.
NEAR = 1e-6


@dataclass(frozen=True)
class Decided:
    """What a solve came to.

    Attributes:
        outcome: the plan; None where none was found.
        state: ``optimal``, ``feasible``, ``infeasible`` or ``no_plan``.
        bound: on the model's own (minimised) objective.
        label: the solver's. rows, columns: of the program that the plan is from.
    """

    outcome: Outcome | None
    state: str
    bound: float
    label: str
    rows: int
    columns: int


#: Value of each column by name.
Values = Mapping[str, float]


def decide(
    problem: Problem, options: Solver, start: Values, clock: Clock
) -> tuple[Decided, Values]:
    """A phased plan, its bound, and the values of its variables.

    Args:
        problem: a phased one.
        options: solver, gap, threads; its time limit is the clock's.
        start: values of an earlier aim's plan, to begin from; may be empty.
        clock: when to stop.
    """
    if options.name == "cbc" or is_small(problem):
        return _whole(problem, options, start, clock)
    found = bounded(problem, options, clock.part(clock.left_s * BOUND_SHARE))
    if found.state == "infeasible":
        return Decided(None, "infeasible", math.inf, found.label, 0, 0), {}
    kept = [values for values in (*found.values, start) if values]
    few = narrowed(problem, kept) if kept else problem
    made, values = held_on_the_way(few, options, start, clock.part(clock.left_s * PLAN_SHARE))
    bound = max(found.bound, made.bound if few is problem else -math.inf)
    if made.state == "infeasible" and few is not problem and not clock.over:
        # The places found cannot be phased; any others may be.
        made, values = held_on_the_way(problem, options, start, clock)
        bound = max(bound, made.bound)
    if made.outcome is None:
        state = made.state if few is problem else "no_plan"
        return replace(made, state=state, bound=bound), values
    if few is not problem and not _near(problem, made.outcome, bound, options):
        # From a good plan the whole program's own bound rises fast, above that of the states.
        part = clock.part(clock.left_s * WHOLE_SHARE)
        whole, told = held_on_the_way(problem, options, values, part)
        bound = max(bound, whole.bound)
        if _cost(problem, whole.outcome) < _cost(problem, made.outcome):
            made, values = whole, told
    made, values = bettered(problem, options, (made, values), bound, clock)
    state = "optimal" if _near(problem, made.outcome, bound, options) else "feasible"
    return replace(made, state=state, bound=bound), values


def _cost(problem: Problem, plan: Outcome | None) -> float:
    """The (minimised) objective of a plan, in the solver's units."""
    if plan is None:
        return math.inf
    return cost_factor(problem.goal) * value_of(problem.goal, problem, plan)


def _near(problem: Problem, plan: Outcome | None, bound: float, options: Solver) -> bool:
    cost = _cost(problem, plan)
    return cost - bound <= options.gap * abs(cost) + NEAR


def bettered(
    problem: Problem,
    options: Solver,
    made: tuple[Decided, Values],
    bound: float,
    clock: Clock,
) -> tuple[Decided, Values]:
    """A plan made better neighbourhood by neighbourhood, as long as the time lasts.

    The units of one neighbourhood may go anywhere again, all others only where they are or
    where the plan has them; every period is open to all. Largest first, round and round, until a
    round brings nothing. Source: large neighbourhood search, Shaw (1998).
    """
    best, values = made
    groups, idle, turn = neighbourhoods(problem), 0, 0
    while groups and idle < len(groups) and not clock.over:
        if _near(problem, best.outcome, bound, options):
            break
        few = narrowed(problem, (values,), free=groups[turn % len(groups)])
        part = clock.part(max(LOOK_S, clock.left_s / len(groups)))
        found, told = held_on_the_way(few, options, values, part)
        better = _cost(problem, found.outcome) < _cost(problem, best.outcome) - NEAR
        if better:
            best, values = found, told
        idle, turn = 0 if better else idle + 1, turn + 1
    return best, values


def neighbourhoods(problem: Problem) -> list[frozenset[str]]:
    """Units that share a possible building, and so on, largest group first; large ones cut."""
    places = nx.Graph()
    for uid, unit in sorted(problem.units.items()):
        for site in unit.anywhere if not unit.fixed else ():
            places.add_edge(("unit", uid), ("site", site))
    groups = []
    for part in nx.connected_components(places):
        first = min(part)
        order = [uid for kind, uid in nx.bfs_tree(places, first) if kind == "unit"]
        groups += [frozenset(order[k : k + LARGEST]) for k in range(0, len(order), LARGEST)]
    return sorted((g for g in groups if g), key=lambda g: (-len(g), min(g)))


def is_small(problem: Problem) -> bool:
    """Whether the whole program is worth solving as it stands."""
    size = sum(len(u.anywhere) for u in problem.units.values() if not u.fixed)
    return size * problem.calendar.periods <= SMALL


def families_of(problem: Problem) -> Sequence[ModuleType]:
    """Every family; of a large phased program without what holds on the way, a relaxation."""
    if problem.phased is None or is_small(problem):
        return FAMILIES
    return tuple(f for f in FAMILIES if f is not interim)


def _whole(
    problem: Problem, options: Solver, start: Values, clock: Clock
) -> tuple[Decided, Values]:
    """The model of record, every row of it."""
    model, decisions = compile_model(problem)
    return _solved(problem, (model, decisions), options, start, clock)


def _solved(
    problem: Problem,
    made: tuple[pulp.LpProblem, Decisions],
    options: Solver,
    start: Values,
    clock: Clock,
) -> tuple[Decided, Values]:
    model, decisions = made
    for variable in model.variables() if start else ():
        variable.varValue = start.get(variable.name)
    within = options.model_copy(update={"time_limit_s": max(clock.left_s, 0.05)})
    state, bound, label = run_solver(model, within, clock, whole=True)
    found = state in ("optimal", "feasible")
    result = outcome_of(problem, decisions) if found else None
    values = {v.name: float(v.varValue or 0.0) for v in model.variables()} if found else {}
    size = model.numConstraints(), model.numVariables()
    return Decided(result, state, bound, label, *size), values


def held_on_the_way(
    problem: Problem, options: Solver, start: Values, clock: Clock
) -> tuple[Decided, Values]:
    """As `_whole`, the standards of a period added once a plan breaks them in it."""
    lazy = problem.phased is not None and problem.phased.rules.hold_standards != "end"
    families: Sequence[ModuleType] = [f for f in FAMILIES if f is not interim]
    model, decisions = compile_model(problem, families)
    between = problem.calendar.all[:-1]
    interim.add_in(model, decisions, problem, between, interim.ROOM)
    held: set[int] = set()
    while True:
        made, values = _solved(problem, (model, decisions), options, start, clock)
        if not lazy or made.outcome is None:
            return made, values
        broken = set(broken_on_the_way(problem, made.outcome)) - held
        if not broken:
            return made, values
        if clock.over:
            return replace(made, outcome=None, state="no_plan"), {}
        interim.add_in(model, decisions, problem, sorted(broken), interim.STANDARDS)
        held |= broken
        start = {}


def narrowed(
    problem: Problem, found: Sequence[Values], free: frozenset[str] = frozenset()
) -> Problem:
    """The problem with each unit's choice cut to its home and the places that plans gave it.

    Units that are ``free`` keep every choice.
    """
    units = {}
    for uid, unit in problem.units.items():
        if unit.fixed or uid in free:
            units[uid] = unit
            continue
        kept = [s for s in unit.sites if s == unit.home or _chosen(found, "at", uid, s)]
        aside = [s for s in unit.outreach_sites if _chosen(found, "outreach", uid, s)]
        outreach = replace(unit.outreach, sites=tuple(aside)) if unit.outreach and aside else None
        gone = unit.may_withdraw and _chosen(found, "withdrawn", uid)
        # A unit that must leave its home but whose place is not known keeps all its places.
        if kept or aside or gone:
            unit = replace(unit, sites=tuple(kept), outreach=outreach, may_withdraw=gone)
        units[uid] = unit
    by_id = {data.standard.standard_id: data for data in problem.standards}
    return replace(
        problem,
        units=units,
        covers=cover_rules_of(problem.standards, problem.tallies, units),
        centres=tuple(centre_of(c.rule_id, by_id[c.standard_id], units) for c in problem.centres),
    )


def _chosen(found: Sequence[Values], *parts: str) -> bool:
    name = row_name(*parts)
    return any(values.get(name, 0.0) > 0.5 for values in found)

"""Impossibilities, in words a member understands, before and after the solver is asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pulp

from assets.issues import Issue
from optimise import solve as solving
from optimise.covers import END_WORDS, CoverRule
from optimise.decisions import Decisions, row_name
from optimise.engine import run_solver
from optimise.knobs import Solver
from optimise.problem import Problem

#: Seconds the search for the nearest feasible values may take.
NEAREST_LIMIT_S = 30.0


HARD_RULES = Issue(
    "scenario.impossible",
    "no arrangement keeps the locks, capacities and compatibilities, whatever the targets",
    (),
    "loosen locks, allow more hosts or extensions, or allow moves",
)
UNKNOWN = Issue(
    "scenario.nearest_unknown",
    "the targets cannot be met together; their nearest feasible values were not found in time",
    (),
    "ease the targets, or allow more time (--time-limit)",
)


def contradictions(problem: Problem) -> tuple[Issue, ...]:
    """Rules that contradict each other whatever is chosen."""
    issues: list[Issue] = []
    for check in (_nowhere_to_go, _closed_but_needed, _too_few_units):
        issues += check(problem)
    return tuple(issues)


def shortfalls(problem: Problem) -> tuple[Issue, ...]:
    """Targets above what every permitted site together could give (a bound, quickly found)."""
    issues = [i for rule in problem.covers for i in _cover_out_of_reach(rule)]
    receipts = sum(s.receipt_gbp for s in problem.sites.values() if not s.must_open)
    target = problem.targets.receipts_gbp
    if target is not None and target > receipts:
        issues.append(
            Issue(
                "targets.receipts_gbp",
                f"receipts of £{target:,.0f} are asked for, but every building that may be "
                f"released would bring in £{receipts:,.0f} together",
                ("targets.receipts_gbp",),
                "lower the target, or unlock or value more buildings",
            )
        )
    return tuple(issues)


def _nowhere_to_go(problem: Problem) -> list[Issue]:
    stuck = [
        u.unit_id
        for u in problem.units.values()
        if not u.fixed and not u.may_withdraw and not u.sites
    ]
    return _issue(
        "locks.nowhere_to_go",
        "buildings locked to close hold units that no other building may take in",
        stuck,
        "unlock the building, or allow a host (capacity_m2, host_types, "
        "move_radius_km) or a withdrawal",
    )


def _closed_but_needed(problem: Problem) -> list[Issue]:
    both = [
        u.unit_id
        for u in problem.units.values()
        if not u.fixed
        and not u.may_withdraw
        and u.sites
        and all(s in problem.sites and problem.sites[s].must_close for s in u.sites)
    ]
    return _issue(
        "locks.closed_but_needed",
        "units may only be in buildings that are locked to close",
        both,
        "unlock one of those buildings, or let the unit move",
    )


def _too_few_units(problem: Problem) -> list[Issue]:
    issues = []
    for rule in problem.counts:
        units = [u for u in problem.units.values() if u.service_type == rule.service_type]
        bound = [u for u in units if not u.may_withdraw]
        if rule.at_least is not None and rule.at_least > len(units):
            issues += _issue(
                f"services.{rule.service_type}.at_least",
                f"at least {rule.at_least} asked for, but there are {len(units)}",
                [rule.service_type],
                f"ask for at most {len(units)}",
            )
        if rule.at_most is not None and rule.at_most < len(bound):
            issues += _issue(
                f"services.{rule.service_type}.at_most",
                f"at most {rule.at_most} asked for, but {len(bound)} may not be withdrawn",
                [u.unit_id for u in bound],
                f"ask for {len(bound)} or more, or set may_withdraw for the type",
            )
    return issues


def _cover_out_of_reach(rule: CoverRule) -> list[Issue]:
    if rule.price_gbp is not None or rule.required <= rule.most + 1e-6 * max(1.0, rule.total):
        return []
    where = f" in {rule.area_id}" if rule.area_id else ""
    return _issue(
        f"standards.{rule.standard_id}.target",
        f"{rule.required / rule.total:.1%} asked for{where}, but with every permitted site in use "
        f"at once only {rule.most / rule.total:.1%} ({rule.most:,.0f} of {rule.total:,.0f}) are "
        f"reached in time{END_WORDS[rule.held_at]}",
        [rule.standard_id, *([rule.area_id] if rule.area_id else [])],
        "lower the target, or allow more sites (candidates, hosts, move_radius_km)",
    )


def _issue(rule: str, message: str, ids: list[str], remedy: str) -> list[Issue]:
    return [Issue(rule, message, tuple(sorted(ids)), remedy)] if ids else []


@dataclass(frozen=True)
class _Elastic:
    """A target row that may give way: its slack variable, size, and how to put it in words."""

    key: str
    slack: pulp.LpVariable
    size: float
    words: Callable[[float], str]


def nearest_feasible(problem: Problem, options: Solver) -> tuple[Issue, ...]:
    """The least relaxation of the targets that makes the scenario feasible, in words.

    Every target row (cover, receipts, saving, capital budget, at least k) gets
    a slack; the sum of slacks relative to their targets is minimised. Locks,
    capacity and compatibility stay hard.

    Returns:
        An Issue per target that must give way, with its nearest feasible
        value; one that names the hard rules when even that is not enough.
    """
    model, decisions = solving.compile_model(problem)
    elastic = _loosened(model, decisions, problem)
    model.setObjective(pulp.lpSum(e.slack * (1.0 / e.size) for e in elastic))
    limit = min(options.time_limit_s, NEAREST_LIMIT_S)
    state, _, _ = run_solver(model, options.model_copy(update={"time_limit_s": limit, "gap": 0.01}))
    if state == "infeasible":
        return (HARD_RULES,)
    if state == "no_plan":
        return (UNKNOWN,)
    sure = "" if state == "optimal" else " as far as the time allowed shows"
    return tuple(
        Issue(
            e.key,
            e.words(float(e.slack.value() or 0.0)) + sure,
            (e.key,),
            "set the target to the nearest feasible value or an easier one",
        )
        for e in elastic
        if float(e.slack.value() or 0.0) > 1e-6 * e.size
    )


def _loosened(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> list[_Elastic]:
    """Put a slack into every target row of the model that stands."""
    found: list[_Elastic] = []

    def give(row: str, key: str, size: float, words: Callable[[float], str], sign: int = 1) -> None:
        name = row_name(*row.split("|"))
        constraint = model.get_constraint_by_name(name)
        if constraint is not None:
            slack = model.add_variable(row_name("short", "elastic", len(found)), 0)
            constraint.addInPlace(slack, sign)
            found.append(_Elastic(key, slack, max(size, 1.0), words))

    for rule in problem.covers:
        if rule.price_gbp is None:
            give(
                f"cover|{rule.standard_id}|{rule.area_id}",
                f"standards.{rule.standard_id}.target",
                rule.total,
                _cover_words(rule),
            )
    targets, scale = problem.targets, 1e3
    for name, row, sign in (
        ("receipts_gbp", "receipts", 1),
        ("revenue_saving_gbp_pa", "saving", 1),
        ("capital_budget_gbp", "capital_budget", -1),
    ):
        target = getattr(targets, name)
        if target is not None:
            give(row, f"targets.{name}", target / scale, _money_words(name, target, sign), sign)
    for count in problem.counts:
        if count.at_least is not None:
            give(
                f"at_least|{count.service_type}",
                f"services.{count.service_type}.at_least",
                count.at_least,
                _count_words(count.service_type, count.at_least),
            )
    return found


def _cover_words(rule: CoverRule) -> Callable[[float], str]:
    where = f" in {rule.area_id}" if rule.area_id else ""

    def words(slack: float) -> str:
        best = max(0.0, rule.required - slack) / rule.total
        return (
            f"target {rule.required / rule.total:.4f}{where} cannot be met together with the other "
            f"rules{END_WORDS[rule.held_at]}; the nearest feasible value is {_floor(best, 4):.4f}"
        )

    return words


def _money_words(name: str, target: float, sign: int) -> Callable[[float], str]:
    def words(slack_k: float) -> str:
        value = target - sign * slack_k * 1e3
        pounds = _floor(value, -2) if sign > 0 else -_floor(-value, -2)
        return (
            f"£{target:,.0f} cannot be met together with the other rules; the nearest feasible "
            f"value is £{pounds:,.0f}"
        )

    return words


def _count_words(service_type: str, target: int) -> Callable[[float], str]:
    def words(slack: float) -> str:
        return (
            f"{target} of {service_type} cannot be kept together with the other rules; the nearest "
            f"feasible value is {int(target - slack + 1e-6)}"
        )

    return words


def _floor(value: float, digits: int) -> float:
    """Rounded down to ``digits`` decimals, so that what is offered can be had."""
    scale = 10.0**digits
    return math.floor(value * scale + 1e-9) / scale

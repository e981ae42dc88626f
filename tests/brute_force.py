"""Every possible plan of a small problem, tried one by one: what the solvers must agree with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import pytest

from optimise.audit import audit
from optimise.knobs import Solver
from optimise.measures import value_of
from optimise.outcome import Outcome, outcome
from optimise.problem import Problem
from optimise.solve import solve


def placements(problem: Problem) -> Iterator[Mapping[str, str]]:
    """Every choice of buildings, each unit in full."""
    return (placed for placed, aside in choices(problem) if not aside)


def choices(problem: Problem) -> Iterator[tuple[Mapping[str, str], tuple[str, ...]]]:
    """Every choice of buildings and modes: (where each unit is, units as outreach)."""
    free = [u for u in problem.units.values() if not u.fixed]
    each = [
        [(s, False) for s in (*u.sites, *(("",) if u.may_withdraw else ()))]
        + [(s, True) for s in u.outreach_sites]
        for u in free
    ]
    for chosen in itertools.product(*each):
        both = list(zip(free, chosen, strict=True))
        placed = {u.unit_id: site for u, (site, _) in both}
        yield placed, tuple(u.unit_id for u, (_, aside) in both if aside)


def best(problem: Problem) -> Outcome | None:
    """The audited plan that is best by the problem's (first) goal, or None where no plan exists."""
    goal, found = problem.goal, None
    for placed, aside in choices(problem):
        if not fits(problem, placed, aside):
            continue
        made = outcome(problem, placed, aside)
        value = value_of(goal, problem, made)
        # The audit is the slow part: only a plan that would be the best so far is worth it.
        if (found is None or goal.better(value, found[0])) and not audit(problem, made):
            found = (value, made)
    return found[1] if found is not None else None


def agree(problem: Problem) -> Outcome | None:
    """The best plan, once HiGHS and CBC have proved the same one, or that there is none."""
    most = best(problem)
    for name in ("highs", "cbc"):
        found = solve(problem, Solver(name=name, gap=0.0))
        if most is None:
            assert found.status == "infeasible" and found.outcome is None
            continue
        assert found.status == "optimal"
        assert found.outcome is not None
        assert not audit(problem, found.outcome)
        assert found.objective_gbp == pytest.approx(most.money.objective_gbp, abs=1.0)
        assert found.bound_gbp >= found.objective_gbp
        assert found.gap_on_savings == 0.0
    return most


def fits(problem: Problem, placed: Mapping[str, str], aside: tuple[str, ...]) -> bool:
    """A quick look at floor space, so that the slow measuring of cover is done for few."""
    used: dict[str, float] = {}
    for unit, site in placed.items():
        if site:
            outreach = problem.units[unit].outreach if unit in aside else None
            need = (outreach or problem.units[unit]).space_m2
            used[site] = used.get(site, 0.0) + need
    return all(
        m2 <= problem.sites[s].capacity_m2 + problem.sites[s].extension_max_m2 + 1e-6
        for s, m2 in used.items()
    )

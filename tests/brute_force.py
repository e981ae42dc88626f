"""Every possible plan of a small problem, tried one by one: what the solvers must agree with."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from optimise.audit import audit
from optimise.outcome import Outcome, outcome
from optimise.problem import Problem


def placements(problem: Problem) -> Iterator[Mapping[str, str]]:
    free = [u for u in problem.units.values() if not u.fixed]
    choices = [(*u.sites, *(("",) if u.may_withdraw else ())) for u in free]
    for chosen in itertools.product(*choices):
        yield {u.unit_id: site for u, site in zip(free, chosen, strict=True)}


def best(problem: Problem) -> Outcome | None:
    """The audited plan with the highest objective, or None where no plan exists."""
    found: Outcome | None = None
    for placed in placements(problem):
        if not _fits(problem, placed):
            continue
        made = outcome(problem, placed)
        if audit(problem, made):
            continue
        if found is None or made.money.objective_gbp > found.money.objective_gbp:
            found = made
    return found


def _fits(problem: Problem, placed: Mapping[str, str]) -> bool:
    """A quick look at floor space, so that the slow measuring of cover is done for few."""
    used: dict[str, float] = {}
    for unit, site in placed.items():
        if site:
            used[site] = used.get(site, 0.0) + problem.units[unit].space_m2
    return all(
        m2 <= problem.sites[s].capacity_m2 + problem.sites[s].extension_max_m2 + 1e-6
        for s, m2 in used.items()
    )

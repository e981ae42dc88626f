"""What and when together: both solvers, both ways of solving and every timetable tried agree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from brute_force import choices

from optimise.audit import audit
from optimise.knobs import Solver
from optimise.outcome import Outcome, outcome
from optimise.phasing import decide
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem
from optimise.solve import solve
from tests import toy_county

PERIODS = 2


def timetables(problem: Problem, made: Outcome) -> Iterator[Timetable]:
    """Every way of spreading what a choice of places changes over the periods."""
    units = problem.units
    changed = [u for u, s in made.placed.items() if s != units[u].home or u in made.outreach]
    sites = problem.sites
    released = [s for s in sites if sites[s].in_use_today and s not in made.open]
    works = [s for s in made.open if not sites[s].in_use_today or s in made.works]
    # Whether an extension is needed on the way depends on the timetable itself.
    works += [s for s, site in sites.items() if site.extension_max_m2 > 0 and s in made.open]
    each = [problem.calendar.all] * (len(changed) + len(released) + len(works))
    for periods in itertools.product(*each):
        told = iter(periods)
        yield Timetable(
            {u: next(told) for u in changed},
            {s: next(told) for s in released},
            {s: next(told) for s in works},
        )


def best(problem: Problem) -> Outcome | None:
    """The audited phased plan of the highest value, every plan and timetable tried."""
    found: Outcome | None = None
    for placed, aside in choices(problem):
        at_once = outcome(problem, placed, aside)
        for when in timetables(problem, at_once):
            made = outcome(problem, placed, aside, when)
            kept = {*made.extension_m2, *made.works}
            kept |= {s for s in made.open if not problem.sites[s].in_use_today}
            works = {s: p for s, p in when.works.items() if s in kept}
            made = outcome(problem, placed, aside, replace(when, works=works))
            better = found is None or made.money.objective_gbp > found.money.objective_gbp + 1e-6
            if better and not audit(problem, made):
                found = made
    return found


FEW: dict[str, Any] = {
    "services__fire__may_move": False,
    "services__childrens_centre__may_move": False,
}
CASES: dict[str, dict[str, Any]] = {
    "free": FEW,
    "one move a period": {"phasing__moves_per_period": 1, **FEW},
    "nothing in the first year": {
        "phasing__windows": {"libA": {"earliest": 2027}, "libB": {"earliest": 2027}}, **FEW,
    },
    "the depot goes late": {"phasing__windows": {"E": {"earliest": 2027}}, **FEW},
    "capital of each year": {
        "targets__capital_budget_gbp_by_year": {2026: 1_000}, "finance__reinvest_cap_pct": 10,
        "targets__receipts_gbp": 500_000, **FEW,
    },
    "capital that may not be kept": {
        "targets__capital_budget_gbp_by_year": {2026: 40_000, 2027: 20_000},
        "phasing__carry_forward": False, "finance__reinvest_cap_pct": 10,
        "targets__receipts_gbp": 500_000, **FEW,
    },
    "borrowed": {
        "targets__capital_budget_gbp_by_year": {2026: 0}, "finance__reinvest_cap_pct": 0,
        "finance__borrowing_limit_gbp_by_year": {2027: 30_000}, **FEW,
    },
    "saving in the second year": {
        "targets__revenue_saving_gbp_by_year": {2027: 20_000}, **FEW,
    },
    "receipts in time": {"targets__receipts_gbp_by_year": {2027: 500_000}, **FEW},
    "one thing after another": {
        "phasing__order": {"depot_last": {"first": "libB", "then": "E", "gap_periods": 1}}, **FEW,
    },
    "neighbours": {
        "phasing__neighbours": {"two": {"buildings": ["B", "E"], "bonus_pct": 50}},
        "phasing__windows": {"E": {"earliest": 2027}}, "services__childrens_centre__may_move": True,
        "services__fire__may_move": False, "services__library__may_move": False,
    },
    "standards only at the end": {"phasing__hold_standards": "end", **FEW},
    "half years": {"phasing__period": "half_year", **FEW},
}  # fmt: skip


def phased(name: str) -> Problem:
    return toy_county.problem(phasing__periods=PERIODS, **CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_every_way_of_solving_finds_the_best_timetable(name: str, monkeypatch: Any) -> None:
    problem = phased(name)
    right = best(problem)
    options = Solver(gap=0.0, time_limit_s=60)
    found = [solve(problem, options), solve(problem, options.model_copy(update={"name": "cbc"}))]
    monkeypatch.setattr(decide, "SMALL", 0)
    apart = solve(problem, options)
    for solution in (*found, apart):
        if right is None:
            assert solution.outcome is None
            continue
        assert solution.outcome is not None
        assert audit(problem, solution.outcome) == ()
    if right is None:
        return
    value = right.money.objective_gbp
    assert [s.value for s in found] == [pytest.approx(value, abs=1.0)] * 2
    assert [s.status for s in found] == ["optimal"] * 2
    # Found apart, the plan is one of the possible ones and the bound holds for the best.
    assert apart.value <= value + 1.0
    assert apart.bound >= value - 1.0

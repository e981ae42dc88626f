"""A ten-year plan of the demonstration county: what and when together, against two ways without.

    python benchmarks/phased.py [--limit 180] [--set KEY=VALUE ...]

Side by side, in one run and with the same time: this planner; the whole phased program given to
HiGHS as it stands; and what is done by hand today, the best plan as if done at once, whose moves
and sales are then spread over the years as well as its own rules allow. Each plan is audited.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from optimise.audit import audit  # noqa: E402
from optimise.clock import Clock  # noqa: E402
from optimise.compiled import compile_model, outcome_of  # noqa: E402
from optimise.constraints import FAMILIES, interim  # noqa: E402
from optimise.engine import run_solver  # noqa: E402
from optimise.inputs import read_inputs  # noqa: E402
from optimise.making import row_name  # noqa: E402
from optimise.moves import permitted_moves  # noqa: E402
from optimise.outcome import Outcome  # noqa: E402
from optimise.phasing.decide import held_on_the_way, narrowed  # noqa: E402
from optimise.problem import Problem, build_problem  # noqa: E402
from optimise.scenario import Scenario, load_scenario  # noqa: E402
from optimise.solution import gap_on_savings  # noqa: E402
from optimise.solve import solve  # noqa: E402

#: Ten years, as a county would write them: budgets, a market that takes two sales a year, savings
#: due in two years, and what can be carried out in one.
TEN_YEARS = (
    "phasing.periods=10",
    "phasing.moves_per_period=30",
    "phasing.disposals_per_market_area_pa=3",
    "targets.capital_budget_gbp_by_year={2026: 1000000, 2027: 1000000, 2028: 500000}",
    "targets.revenue_saving_gbp_by_year={2030: 1000000, 2034: 2000000}",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=180.0, help="seconds for each way")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--alone", action="store_true", help="this planner only")
    told = parser.parse_args()
    settings = [*TEN_YEARS, f"solver.time_limit_s={told.limit}", *told.settings]
    scenario = load_scenario(ROOT / "data/wessex/wessex.yml", settings=settings)
    problem = _problem(scenario)
    ours = _ours(problem, scenario)
    if not told.alone:
        _whole(problem, scenario, ours)
        _by_hand(problem, scenario, ours)


def _problem(scenario: Scenario) -> Problem:
    inputs = read_inputs(scenario, cache=ROOT / ".cache")
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    return build_problem(scenario, inputs.estate, moves, inputs.times)


def _ours(problem: Problem, scenario: Scenario) -> float:
    started = time.perf_counter()
    found = solve(problem, scenario.solver)
    _tell("this planner", problem, found.outcome, time.perf_counter() - started)
    print(f"  bound {found.bound / 1e6:.2f}m, gap on savings {found.gap_on_savings:.2%}")
    return found.value


def _whole(problem: Problem, scenario: Scenario, ours: float) -> None:
    """The program as it stands; without the standards of periods before the last, to its favour."""
    started = time.perf_counter()
    model, decisions = compile_model(problem, [f for f in FAMILIES if f is not interim])
    interim.add_in(model, decisions, problem, problem.calendar.all[:-1], interim.ROOM)
    clock = Clock(scenario.solver.time_limit_s)
    state, bound, _ = run_solver(model, scenario.solver, clock, whole=True)
    plan = outcome_of(problem, decisions) if state in ("optimal", "feasible") else None
    _tell("HiGHS on the whole", problem, plan, time.perf_counter() - started, ours)
    value = plan.money.objective_gbp if plan else float("nan")
    gap = gap_on_savings(value, -bound * 1e3)
    print(f"  bound {-bound / 1e3:.2f}m, gap on savings {gap:.2%}")


def _by_hand(problem: Problem, scenario: Scenario, ours: float) -> None:
    started = time.perf_counter()
    at_once = solve(replace(problem, phased=None), scenario.solver).outcome
    plan = None
    if at_once is not None:
        places = {
            row_name("at", u, s): 1.0
            for u, s in at_once.placed.items()
            if s and u not in at_once.outreach
        }
        clock = Clock(scenario.solver.time_limit_s)
        plan = held_on_the_way(narrowed(problem, [places]), scenario.solver, {}, clock)[0].outcome
    _tell("what, and then when", problem, plan, time.perf_counter() - started, ours)


def _tell(
    name: str, problem: Problem, plan: Outcome | None, seconds: float, ours: float | None = None
) -> None:
    if plan is None:
        print(f"{name}: no plan in {seconds:.0f} s")
        return
    value = plan.money.objective_gbp
    faults = len(audit(problem, plan))
    ratio = "" if ours is None else f", {value / ours:.3f} of ours"
    print(f"{name}: NPV £{value / 1e6:.2f}m in {seconds:.0f} s, {faults} faults{ratio}")


if __name__ == "__main__":
    main()

"""A county planned three ways: proved (HiGHS, CBC) and by the rule of thumb used today.

    .venv/bin/python benchmarks/plan.py [SCENARIO.yml] [--time-limit 40] [--gap 0.005]

The rule of thumb is a consultant's spreadsheet in code: take buildings in order of what
letting them go is worth, put each unit into the nearest permitted host with room, and keep the
step when every rule except the money targets still holds. It has no proof. Each way runs in a
process of its own, so that peak memory is its own; reading and drive times are timed apart.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from optimise.audit import audit  # noqa: E402
from optimise.inputs import Inputs, read_inputs  # noqa: E402
from optimise.moves import permitted_moves  # noqa: E402
from optimise.outcome import Outcome, outcome  # noqa: E402
from optimise.plan import make_plan  # noqa: E402
from optimise.problem import Problem, build_problem  # noqa: E402
from optimise.scenario import Scenario, load_scenario  # noqa: E402

WAYS = ("highs", "cbc", "rule of thumb")
MONEY = "audit.money"


def holds(problem: Problem, result: Outcome) -> bool:
    """Whether every rule but the money targets, which only the finished list can meet, holds."""
    return all(issue.rule == MONEY for issue in audit(problem, result))


def rehoused(
    problem: Problem, placed: Mapping[str, str], asset_id: str, inputs: Inputs
) -> dict[str, str] | None:
    """The placing with a building emptied, each unit to its nearest host that is in use."""
    made = dict(placed)
    used = set(outcome(problem, placed).open)
    place = inputs.estate.buildings[["easting", "northing"]].to_numpy(dtype=float)
    row = {str(a): i for i, a in enumerate(inputs.estate.buildings.index)}
    for unit_id in [u for u, s in placed.items() if s == asset_id]:
        unit = problem.units[unit_id]
        away = [s for s in unit.sites if s != asset_id and s in used]
        away.sort(key=lambda s: float(((place[row[s]] - place[row[asset_id]]) ** 2).sum()))
        for choice in [*away, *([""] if unit.may_withdraw else [])]:
            trial = {**made, unit_id: choice}
            result = outcome(problem, trial)
            if holds(problem, result):
                made = trial
                break
        else:
            return None
    return made


def rule_of_thumb(problem: Problem, inputs: Inputs) -> Outcome:
    """Let go of buildings one after another, the most valuable first, while the rules hold."""
    placed = dict(outcome(problem, {}).placed)
    sites = [s for s in problem.sites.values() if s.in_use_today and not s.must_open]
    worth = {s.asset_id: problem.annuity * s.annual_gbp + s.release_pv_gbp for s in sites}
    for asset_id in sorted(worth, key=lambda a: (-worth[a], a)):
        trial = rehoused(problem, placed, asset_id, inputs)
        if trial is None:
            continue
        now, then = outcome(problem, placed), outcome(problem, trial)
        if holds(problem, then) and then.money.npv_gbp > now.money.npv_gbp:
            placed = trial
    return outcome(problem, placed)


def run_one(way: str, scenario: Scenario) -> dict[str, object]:
    """Plan one way in this process; figures as plain values."""
    started = time.perf_counter()
    inputs = read_inputs(scenario)
    read = time.perf_counter()
    figures: dict[str, object] = {"way": way, "read_s": read - started}
    if way == "rule of thumb":
        moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
        problem = build_problem(scenario, inputs.estate, moves, inputs.times)
        money = rule_of_thumb(problem, inputs).money
        figures |= {"npv_gbp": money.npv_gbp, "gap": None, "solver": "no proof"}
    else:
        solver = scenario.solver.model_copy(update={"name": way})
        plan = make_plan(scenario.model_copy(update={"solver": solver}), inputs)
        figures |= {
            "npv_gbp": plan.after.money.npv_gbp,
            "gap": plan.solution.gap_on_savings,
            "solver": plan.solution.solver,
            "build_s": plan.solution.seconds["build"],
            "solve_s": plan.solution.seconds["solve"],
            "rows": plan.solution.rows,
        }
    figures["plan_s"] = time.perf_counter() - read
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default=str(ROOT / "data/wessex/wessex.yml"))
    parser.add_argument("--time-limit", default="40")
    parser.add_argument("--gap", default="0.005")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    settings = [f"solver.time_limit_s={given.time_limit}", f"solver.gap={given.gap}"]
    if given.way:
        scenario = load_scenario(Path(given.scenario), settings=settings)
        print(json.dumps(run_one(given.way, scenario)))
        return
    rows = []
    for way in WAYS:
        words = [sys.executable, __file__, *sys.argv[1:], "--way", way]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{way}: {done.stderr.strip().splitlines()[-1]}")
            continue
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    report(rows)


def report(rows: list[dict[str, object]]) -> None:
    """A table, and what the proof is worth against the rule of thumb."""
    print(f"{'way':<16}{'read s':>8}{'plan s':>8}{'NPV £m':>9}{'gap':>9}{'peak MB':>9}  solver")
    for row in rows:
        gap = "none" if row["gap"] is None else f"{float(str(row['gap'])):.2%}"
        print(
            f"{row['way']:<16}{row['read_s']:>8.1f}{row['plan_s']:>8.1f}"
            f"{float(str(row['npv_gbp'])) / 1e6:>9.2f}{gap:>9}{row['peak_mb']:>9.0f}"
            f"  {row['solver']}"
        )
    npv = {str(r["way"]): float(str(r["npv_gbp"])) for r in rows}
    if "highs" in npv and npv.get("rule of thumb"):
        print(f"HiGHS plan / rule of thumb: {npv['highs'] / npv['rule of thumb']:.3f} in NPV")


if __name__ == "__main__":
    main()

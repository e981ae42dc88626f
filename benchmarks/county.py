"""A generated county with tight targets: the fast proof beside the compact model alone and CBC.

    .venv/bin/python benchmarks/county.py [--scale 1 --seeds 1 2 3 4 5 --time-limit 60]

The demonstration county's generator lays out another county for each seed; scale 1.5 gives about
300 buildings, 5 about 1,000. Targets are tight: receipts and revenue saving at least, and capital
at most, within ``--within`` (8 %) of what the linear relaxation reaches at the best net present
value without them. The relaxation is the one over arrangements (a building with the units it would
hold): the compact model's own is so loose that targets within 8 % of it cannot be met at all.
Each way runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pulp  # noqa: E402

from data.wessex.generate import generate  # noqa: E402
from optimise import engine, objectives  # noqa: E402
from optimise.audit import audit  # noqa: E402
from optimise.clock import Clock  # noqa: E402
from optimise.compiled import compile_model  # noqa: E402
from optimise.configurations.blocks import program_of  # noqa: E402
from optimise.configurations.buildings import cut_by_building, mix  # noqa: E402
from optimise.inputs import read_inputs  # noqa: E402
from optimise.knobs import Targets  # noqa: E402
from optimise.moves import permitted_moves  # noqa: E402
from optimise.problem import Problem, build_problem  # noqa: E402
from optimise.scenario import load_scenario  # noqa: E402
from optimise.solve import solve  # noqa: E402

COUNTIES = ROOT / ".bench" / "counties"
WAYS = ("groundplan", "compact", "cbc")


def county(scale: float, seed: int) -> Path:
    """The scenario of a generated county, made if it is not there."""
    folder = COUNTIES / f"{scale:g}-{seed}"
    scenario = folder / "wessex.yml"
    if not scenario.exists():
        folder.mkdir(parents=True, exist_ok=True)
        generate(folder, scale, seed)
        scenario.write_text((ROOT / "data" / "wessex" / "wessex.yml").read_text())
    return scenario


def tight(problem: Problem, within: float) -> Problem:
    """The problem with targets close to what its linear relaxation reaches without any."""
    free = replace(problem, targets=Targets())
    clock = Clock(1200)
    model, decisions = compile_model(free)
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    names = [row.name for row in model.constraints()], [v.name for v in model.variables()]
    buildings = cut_by_building(program_of(model.solverModel), *names, clock)
    assert buildings is not None
    mixed = mix(buildings, clock)
    for variable, value in zip(model.variables(), mixed.columns, strict=True):
        variable.varValue = value
    receipts, saving, capital = (
        float(pulp.value(sum_of(decisions, free)))
        for sum_of in (objectives.receipts_gbp, objectives.saving_gbp_pa, objectives.capital_gbp)
    )
    targets = Targets(
        receipts_gbp=(1 - within) * receipts,
        revenue_saving_gbp_pa=(1 - within) * saving,
        capital_budget_gbp=max(
            0.0, (1 + within) * capital - problem.reinvest_share * (1 - within) * receipts
        ),
    )
    return replace(problem, targets=targets)


def run_one(way: str, given: argparse.Namespace) -> dict[str, object]:
    """One county one way, in this process."""
    scenario = load_scenario(county(given.scale, given.seeds[0]))
    inputs = read_inputs(scenario)
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    problem = tight(
        build_problem(scenario, inputs.estate, moves, inputs.times), given.within / 100.0
    )
    if way == "compact":
        # The whole time for the first look: the model of record, and nothing else.
        engine.FIRST_LOOK_SHARE, engine.FIRST_LOOK_S = 1.0, given.time_limit
    options = scenario.solver.model_copy(
        update={
            "name": "cbc" if way == "cbc" else "highs",
            "gap": given.gap,
            "time_limit_s": given.time_limit,
        }
    )
    began = time.perf_counter()
    found = solve(problem, options)
    took = time.perf_counter() - began
    broken = audit(problem, found.outcome) if found.outcome is not None else ()
    return {
        "way": way,
        "seed": given.seeds[0],
        "buildings": len(problem.sites),
        "units": len(problem.units),
        "status": found.status,
        "npv_gbp": found.value,
        "bound_gbp": found.bound,
        "gap": found.proved_gap,
        "audit": "no plan" if found.outcome is None else ("holds" if not broken else "BROKEN"),
        "build_s": found.seconds.get("build", 0.0),
        "seconds": took,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--time-limit", type=float, default=60.0)
    parser.add_argument("--gap", type=float, default=0.002)
    parser.add_argument("--within", type=float, default=8.0, help="tightness of targets, %%")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(run_one(given.one, given)))
        return
    print(
        f"{'seed':>4} {'way':<11}{'buildings':>9}{'units':>6}{'NPV £m':>9}{'bound £m':>9}{'gap':>8}"
        f"{'seconds':>8}{'build s':>8}{'MB':>6}  status, audit"
    )
    for seed in given.seeds:
        for way in given.ways:
            words = [
                sys.executable, __file__, "--one", way, "--seeds", str(seed),
                "--scale", str(given.scale), "--time-limit", str(given.time_limit),
                "--gap", str(given.gap), "--within", str(given.within),
            ]  # fmt: skip
            done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{seed:>4} {way:<11} {done.stderr.strip().splitlines()[-1]}", flush=True)
                continue
            report(json.loads(done.stdout.splitlines()[-1]))


def report(row: dict[str, object]) -> None:
    """One line of the table."""
    number = {k: float(str(v)) for k, v in row.items() if isinstance(v, int | float)}
    print(
        f"{row['seed']:>4} {row['way']:<11}{row['buildings']:>9}{row['units']:>6}"
        f"{number['npv_gbp'] / 1e6:>9.3f}{number['bound_gbp'] / 1e6:>9.3f}{number['gap']:>8.2%}"
        f"{number['seconds']:>8.1f}{number['build_s']:>8.2f}{number['peak_mb']:>6.0f}"
        f"  {row['status']}, {row['audit']}",
        flush=True,
    )


if __name__ == "__main__":
    main()

"""A trade-off curve of the embedded county, beside the same steps solved each from nothing.

    .venv/bin/python benchmarks/frontier.py [--points 10] [--time-limit 240] [--only NAME] [--cold]

Three curves: receipts against fire cover, net present value against fire cover, receipts against
net present value. Told of each: seconds of the whole command (reading, searches, run folders and
pages), seconds of the searches, the largest gap left at any choice (of y itself and of its
range), the number of plans, and, with ``--cold``, the seconds of naive searches of the same
steps: no warm start, no step settled by another's plan or bound, both in one process and one run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from coverage.kept import CACHE  # noqa: E402
from maps.frontier_page import write_frontier_page  # noqa: E402
from maps.plan_page import write_pages  # noqa: E402
from optimise.frontier.asked import Asked, freed, point_scenario  # noqa: E402
from optimise.frontier.make import Frontier, axes_of, make_frontier  # noqa: E402
from optimise.inputs import Inputs, read_inputs  # noqa: E402
from optimise.plan import make_plan  # noqa: E402
from optimise.scenario import Scenario, load_scenario  # noqa: E402

CURVES = {
    "cover": ("receipts", "fire_cover"),
    "npv": ("npv", "fire_cover"),
    "money": ("receipts", "npv"),
}


def main() -> None:
    """Draw the curves that are asked for and print a line of each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=10)
    parser.add_argument("--time-limit", type=float, default=240.0)
    parser.add_argument("--gap", type=float, default=0.02)
    parser.add_argument("--only", choices=sorted(CURVES))
    parser.add_argument("--cold", action="store_true", help="the same steps from nothing as well")
    given = parser.parse_args()
    scenario = load_scenario(ROOT / "data" / "wessex" / "wessex.yml")
    print(
        "| curve | whole s | search s | plans | worst gap | worst of range | steps | cold s "
        "| ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name in [given.only] if given.only else CURVES:
        x, y = CURVES[name]
        asked = Asked(x, y, points=given.points, gap=given.gap, time_limit_s=given.time_limit)
        _line(asked, scenario, cold=given.cold)


def _line(asked: Asked, scenario: Scenario, *, cold: bool) -> None:
    folder = Path(tempfile.mkdtemp(prefix="frontier-"))
    started = time.perf_counter()
    inputs = read_inputs(scenario, None, cache=CACHE)
    made = make_frontier(asked, scenario, inputs, folder / "curve", draw=write_pages)
    write_frontier_page(made.folder)
    whole = time.perf_counter() - started
    kept = made.curve.choices
    naive = _cold(made, asked, scenario, inputs) if cold else float("nan")
    print(
        f"| {asked.x} against {asked.y} | {whole:.0f} | {made.seconds['search']:.0f} | {len(kept)} "
        f"| {max((p.gap for p in kept), default=float('nan')):.2%} "
        f"| {max((p.gap_of_range for p in kept), default=float('nan')):.2%} "
        f"| {len(made.curve.steps)} | {naive:.0f} | {naive / made.seconds['search']:.1f} |",
        flush=True,
    )
    shutil.rmtree(folder, ignore_errors=True)


def _cold(made: Frontier, asked: Asked, scenario: Scenario, inputs: Inputs) -> float:
    """Seconds of the same steps, each searched from nothing with an even share of the time."""
    axes = made.curve.axes
    base, _ = freed(scenario, axes_of(asked, scenario))
    each = asked.time_limit_s / max(1, len(made.curve.steps))
    started = time.perf_counter()
    for step in made.curve.steps:
        floors: dict[str, Any] = {
            axis.key: (axis.sign, floor * axis.sign)
            for axis, floor in zip(axes, step.asked, strict=True)
            if abs(floor) != float("inf")
        }
        aim = axes[0] if step.name == f"best {axes[0].key}" else axes[1]
        one = point_scenario(base, aim, floors, gap=asked.gap, seconds=each)
        try:
            plan = make_plan(one, inputs)
            print(f"  cold {step.name}: {plan.solution.proved_gap:.2%}", file=sys.stderr)
        except (ValueError, RuntimeError) as error:
            print(f"  cold {step.name}: {type(error).__name__}", file=sys.stderr)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

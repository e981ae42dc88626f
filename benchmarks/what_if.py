"""What-ifs on Wessex: begun from the last solution, against begun from nothing, in one run.

    .venv/bin/python benchmarks/what_if.py [--gap 0.02] [--base-gap 0.005] [--command]

The base is planned once. Each what-if is then planned twice to the same gap on savings: warm (from
what the base left: plan, prices, pieces) and cold. Seconds are of `make_plan`: program, search and
audit; inputs are read once and shared. Processor seconds are of the whole process, so of both
threads. With ``--command`` one what-if is also asked as a user does, in a process of its own, and
timed from its start to the answer, and to the page.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from coverage.kept import CACHE  # noqa: E402
from optimise.faults import ImpossibleError, NoPlanError  # noqa: E402
from optimise.plan import Plan, make_plan  # noqa: E402
from optimise.reader import Reader  # noqa: E402
from optimise.runs import write_run  # noqa: E402
from optimise.scenario import load_scenario  # noqa: E402
from optimise.warm import COLD, Warm  # noqa: E402

WESSEX = ROOT / "data" / "wessex" / "wessex.yml"
#: What is asked, in words → settings.
WHAT_IFS = {
    "nothing else": (),
    "a kept library closed": ("locks.B0167=close",),
    "offices let go are kept": ("locks.B0009=retain",),
    "a library let go is kept": ("locks.B0044=retain",),
    "fire cover a point higher": ("standards.fire_10.target=baseline",),
    "libraries and registers a point higher": (
        "standards.library_15.target=baseline - 0.01",
        "standards.register_office_25.target=baseline - 0.01",
    ),
    "receipts × 1.2": ("targets.receipts_gbp=1.8e7",),
    "receipts above the plan's": ("targets.receipts_gbp=2.8e7",),
    "savings a year up": ("targets.revenue_saving_gbp_pa=2.4e6",),
    "savings a year above the plan's": ("targets.revenue_saving_gbp_pa=2.9e6",),
    "capital cut": ("targets.capital_budget_gbp=0", "finance.reinvest_cap_pct=30"),
    "hosting 20 % dearer": ("finance.hosting_cost_gbp_per_m2_pa=54",),
    "receipts worth 10 % less": ("finance.receipt_factor=0.9",),
    "offices kept, hosting dearer": (
        "locks.B0009=retain",
        "finance.hosting_cost_gbp_per_m2_pa=54",
    ),
    "a named move": ("moves.U0012.to=B0011",),
}


@dataclass(frozen=True)
class Timed:
    """How a plan went: seconds, processor seconds, gap on savings (NaN: none), £."""

    seconds: float
    cpu_s: float
    gap: float
    npv_gbp: float
    plan: Plan | None


def timed(reader: Reader, settings: tuple[str, ...], gap: float, warm: Warm) -> Timed:
    """One plan; ``settings`` come after those that every plan has."""
    scenario = load_scenario(WESSEX, settings=[*settings, f"solver.gap={gap}"])
    inputs = reader.inputs(scenario)
    clock, cpu = time.perf_counter(), time.process_time()
    plan: Plan | None = None
    with contextlib.suppress(ImpossibleError, NoPlanError):
        plan = make_plan(scenario, inputs, warm=warm)
    spent = time.perf_counter() - clock, time.process_time() - cpu
    if plan is None:
        return Timed(*spent, float("nan"), float("nan"), None)
    return Timed(*spent, plan.solution.gap_on_savings, plan.solution.value, plan)


def command_s(base: Plan) -> tuple[float, float]:
    """Seconds to the answer, and to the page, of the command in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(base, Path(folder) / "base", {})
        words = [sys.executable, str(ROOT / "app.py"), "what-if", str(run), "--set",
                 "locks.B0009=retain", "--out", str(Path(folder) / "answer")]  # fmt: skip
        begun, answered = time.perf_counter(), float("nan")
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("Answered"):
                    answered = time.perf_counter() - begun
        return answered, time.perf_counter() - begun


def row(cells: list[str], markdown: bool) -> str:
    """A line of the table."""
    if markdown:
        return f"| {' | '.join(cells)} |"
    return f"{cells[0]:40s}" + "".join(f"{cell:>11s}" for cell in cells[1:])


def main() -> None:
    """Run all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gap", type=float, default=0.02)
    parser.add_argument("--base-gap", type=float, default=0.005)
    parser.add_argument("--time-limit", type=float, default=40.0, help="more on a busy machine")
    parser.add_argument("--warm-only", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--command", action="store_true")
    given = parser.parse_args()
    reader = Reader(CACHE)
    every = (f"solver.time_limit_s={given.time_limit}",)
    base = timed(reader, every, given.base_gap, COLD)
    assert base.plan is not None
    print(f"base: {base.seconds:.1f} s, processor {base.cpu_s:.1f} s, gap {base.gap:.2%}")
    heading = ["what if", "warm s", "cpu s", "gap", "cold s", "cpu s", "gap", "cpu ratio"]
    print(row(heading, given.markdown))
    if given.markdown:
        print(row(["---"] * len(heading), True))
    ratios = []
    for words, settings in WHAT_IFS.items():
        warm = timed(reader, (*every, *settings), given.gap, base.plan.solution.warm)
        cold = warm
        if not given.warm_only:
            cold = timed(reader, (*every, *settings), given.gap, COLD)
        ratios.append(cold.cpu_s / warm.cpu_s)
        cells = [f"{one:.1f}" if n % 3 < 2 else f"{one:.2%}"
                 for n, one in enumerate((warm.seconds, warm.cpu_s, warm.gap,
                                          cold.seconds, cold.cpu_s, cold.gap))]  # fmt: skip
        print(row([words, *cells, f"{ratios[-1]:.1f}"], given.markdown), flush=True)
    print(f"median ratio of processor seconds, cold to warm: {statistics.median(ratios):.1f}")
    if given.command:
        answered, drawn = command_s(base.plan)
        print(f"as a command: answered in {answered:.1f} s, page after {drawn:.1f} s")


if __name__ == "__main__":
    main()

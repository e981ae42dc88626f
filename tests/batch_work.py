"""What the tests have workers do instead of planning well: fail, hang, die, eat memory.

Workers load this module by its name, so that what happens happens in their processes.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimise import results
from optimise.inputs import Inputs
from optimise.plan import Plan, make_plan
from optimise.runs import plain, write_run
from optimise.scenario import Scenario
from optimise.warm import COLD, Warm

#: Receipts asked for, by what is to happen: a scenario says it by its own key.
BUG, HANGS, DIES, EATS, WAITS, FULL_DISK = 101.0, 102.0, 103.0, 104.0, 105.0, 106.0


def told(scenario: Scenario) -> float:
    return float(scenario.targets.receipts_gbp or 0.0)


def make(scenario: Scenario, inputs: Inputs, *, warm: Warm = COLD) -> Plan:
    """A plan; or the mishap that the scenario's target for receipts stands for."""
    here = scenario.origin.base_dir
    asked = told(scenario)
    if asked == BUG:
        raise ZeroDivisionError("an injected bug")
    if asked == HANGS:
        time.sleep(600)
    if asked == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    if asked == EATS:
        held = []
        while True:
            held.append(b"x" * 20_000_000)
            time.sleep(0.01)
    if asked == WAITS:
        wait_for_leave(here)
    if asked == FULL_DISK and not (here / "full").exists():
        # The kernel refuses this worker, and no other, files of more than a few kilobytes.
        (here / "full").write_text(str(os.getpid()))
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    return make_plan(scenario, inputs, warm=warm)


def wait_for_leave(here: Path) -> None:
    """Say that somebody waits, and wait until ``go`` is there."""
    (here / f"waiting-{os.getpid()}").touch()
    while not (here / "go").exists():
        time.sleep(0.05)


def make_full(scenario: Scenario, inputs: Inputs, *, warm: Warm = COLD) -> Plan:
    """A plan, on a worker whose disk takes no plan."""
    if told(scenario) == FULL_DISK:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    return make_plan(scenario, inputs, warm=warm)


def little(
    plan: Plan,
    folder: Path,
    seconds: Mapping[str, float],
    *,
    about: Mapping[str, Any] | None = None,
) -> Path:
    """What the store reads of a run, and no more: a fiftieth of the time of a whole run folder."""
    results.decisions_table(plan).to_csv(folder / "decisions.csv", index=False)
    scenario, solution = plan.scenario, plan.solution
    record = {
        "groundplan": "0",
        "name": scenario.name,
        "title": scenario.title,
        "status": solution.status,
        "objective_name": scenario.objective.name,
        "objective": solution.value,
        "bound": solution.bound,
        "gap": solution.gap,
        "npv_gbp": plan.after.money.npv_gbp,
        "totals": results.totals(plan),
        "standards": [],
        "targets": [],
        "scenario": scenario.model_dump(mode="json"),
        **scenario.origin.told,
        "inputs": [vars(f) for f in plan.inputs.files],
        "seconds": dict(seconds) | dict(plan.seconds),
        **(about or {}),
    }
    (folder / "run.json").write_text(json.dumps(plain(record)))
    return folder


def slow(plan: Plan, folder: Path, seconds: Mapping[str, float], **more: Any) -> Path:
    """A whole run folder, a quarter of a second later."""
    time.sleep(0.25)
    return write_run(plan, folder, seconds, **more)


def draw(folder: Path) -> None:
    """A page that says which run it is of."""
    record = json.loads((folder / "run.json").read_text())
    (folder / "plan.html").write_text(record["batch"]["title"])


def cannot_draw(folder: Path) -> None:
    (folder / "plan.html").write_text("half a page")
    raise ValueError("an injected bug of drawing")

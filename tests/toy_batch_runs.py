"""A batch's folder: the small run as it stands, three scenarios that differ, one without a plan.

scenario    asks                    b2     b6 (site)   b8     receipts
base        receipts x 1            goes   not built   stays  all
values-1    receipts x 0.8          stays  not built   stays  without b2's
values-2    receipts x 1.2          stays  not built   goes   without b2's
hub         fire target 90 %        goes   built       stays  all
dear        receipts asked: £9m     no plan can exist
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.toy_run import ToyRun, small_run, write_run

SCENARIOS: tuple[tuple[str, str, dict[str, Any], dict[str, str]], ...] = (
    ("values-1", "values", {"finance.receipt_factor": 0.8}, {"b2": "retain"}),
    ("values-2", "values", {"finance.receipt_factor": 1.2}, {"b2": "retain", "b8": "dispose"}),
    ("hub", "", {"standards.fire_10.target": 0.9}, {"b6": "build"}),
)
NO_PLAN = ("dear", {"targets.receipts_gbp": 9e6}, "receipts of £9.0m are more than all there is")
BASE_KEYS = {
    "finance.receipt_factor": 1.0,
    "standards.fire_10.target": 0.8,
    "targets.receipts_gbp": 1e6,
}


def write_batch(folder: Path, run: ToyRun | None = None, *, title: str = "Toyshire estate") -> Path:
    """Write the batch as the batch runner leaves it, without store and page."""
    run = run or small_run()
    _planned(folder / "base", run, about("base", ""), {})
    for name, sweep, keys, decided in SCENARIOS:
        _planned(folder / "scenarios" / name, changed(run, decided), about(name, sweep), keys)
    name, keys, reason = NO_PLAN
    failed = {**about(name, ""), "status": "impossible", "reason": reason, "issues": [],
              "seconds": 0.5, "changes": _changes(keys), "scenario": resolved(keys)}  # fmt: skip
    (folder / "scenarios" / name).mkdir()
    (folder / "scenarios" / name / "failed.json").write_text(json.dumps(failed), encoding="utf-8")
    listed = [{"name": n, "title": n, "sweep": s, "key": n} for n, s, _, _ in SCENARIOS]
    listed.append({"name": name, "title": name, "sweep": "", "key": name})
    record = {"name": "toy", "title": title, "scenarios": listed}
    (folder / "batch.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def changed(run: ToyRun, decided: Mapping[str, str]) -> ToyRun:
    """The run with some buildings decided otherwise; what stays brings in nothing."""
    table = run.decisions.copy()
    for asset_id, decision in decided.items():
        table.loc[table["asset_id"] == asset_id, "decision"] = decision
        if decision != "dispose":
            table.loc[table["asset_id"] == asset_id, "receipt_gbp"] = 0.0
    return small_run(
        title=run.title, standards=run.standards, decisions=table, services=run.services,
        cells=run.cells, layers=run.layers,
    )  # fmt: skip


def about(name: str, sweep: str) -> dict[str, Any]:
    """What a run of the batch says of it."""
    return {"batch": {"name": "toy", "scenario": name, "title": name, "sweep": sweep, "key": name}}


def resolved(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario as resolved: the base's keys and those changed, nested."""
    made: dict[str, Any] = {"name": "toy"}
    for key, value in {**BASE_KEYS, **keys}.items():
        place = made
        *path, last = key.split(".")
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return made


def _changes(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: {"before": BASE_KEYS[key], "after": value} for key, value in keys.items()}


def _planned(folder: Path, run: ToyRun, said: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
    write_run(folder, run)
    path = folder / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record |= {**said, "scenario": resolved(keys), "changes": _changes(keys)}
    path.write_text(json.dumps(record), encoding="utf-8")
    (folder / "plan.html").write_text("the plan", encoding="utf-8")

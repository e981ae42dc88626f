"""A folder of runs small enough to know by heart.

    runs/
      plain/                    a run by itself (plan.html drawn)
      set-batch/
        base/                   the batch's base
        scenarios/tight         receipts asked 9.0 -> 12.0 £m
        scenarios/none          impossible (failed.json only)

    building   owner    plain     base      tight
    A1         County   retain    retain    dispose
    A2         County   dispose   dispose   dispose
    A3         Fire     share     retain    share
    N1         County   build     not_built build     (a candidate)
    Z9         NHS      out of scope, operational

Of the runs with a plan A1 stays in two of three, A2 in none, A3 and Z9 in all, N1 in two.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BUILDINGS = {
    "A1": ("Old Library", "County", "library", "operational", 370100.0, 90100.0, "False"),
    "A2": ("Depot", "County", "office", "operational", 370200.0, 90200.0, "True"),
    "A3": ("Fire Station", "Fire", "fire_station", "operational", 370300.0, 90300.0, "False"),
    "N1": ("=New Hub", "County", "hub", "candidate", 370400.0, 90400.0, "False"),
    "Z9": ("Surgery", "NHS", "health_centre", "operational", "", "", "False"),
}
PLAIN = {"A1": "retain", "A2": "dispose", "A3": "share", "N1": "build", "Z9": "out_of_scope"}
BASE = {**PLAIN, "A3": "retain", "N1": "not_built"}
TIGHT = {**PLAIN, "A1": "dispose"}


def write_runs(root: Path) -> Path:
    """The folder of the drawing."""
    write_run(root / "plain", npv_gbp=5e6, gap=0.004)
    (root / "plain" / "plan.html").write_text("<!doctype html>")
    batch = root / "set-batch"
    write_run(batch / "base", npv_gbp=4e6, decisions=BASE, batch=about("base"))
    write_run(
        batch / "scenarios" / "tight", npv_gbp=3.5e6, gap=0.02, status="feasible", asked=12e6,
        decisions=TIGHT, batch=about("tight"), share=0.79,
        changes={"targets.receipts_gbp": {"before": 9e6, "after": 12e6}},
    )  # fmt: skip
    write_failed(batch / "scenarios" / "none")
    return root


def about(name: str) -> dict[str, str]:
    """What a batch says of its run."""
    return {"name": "set", "scenario": name, "title": name.title(), "sweep": "", "key": f"k-{name}"}


def scenario(asked: float = 9e6) -> dict[str, Any]:
    """A scenario as resolved, much shortened."""
    return {
        "name": "toy",
        "note": "not asked for",
        "targets": {"receipts_gbp": asked, "capital_budget_gbp": None},
        "standards": {"fire_10": {"target": "baseline - 0.01", "threshold_min": 10.0}},
        "finance": {"base_year": 2026, "appraisal_horizons_yr": [10, 25]},
        "partners": {"no_worse_off": True},
        "locks": {},
    }


def record(
    *, npv_gbp: float, gap: float = 0.001, status: str = "optimal", asked: float = 9e6,
    share: float = 0.81,
) -> dict[str, Any]:  # fmt: skip
    """run.json, much shortened."""
    return {
        "groundplan": "0.1.0",
        "name": "toy",
        "title": "Toyshire's estate",
        "status": status,
        "objective_name": "npv",
        "objective_unit": "gbp",
        "objective": npv_gbp,
        "bound": npv_gbp * (1 + gap),
        "gap": gap,
        "gap_on_savings": 2 * gap,
        "gap_asked": 0.01,
        "solver": "HiGHS 1.15.1",
        "npv_gbp": npv_gbp,
        "do_nothing_cost_gbp": 1e8,
        "totals": {"receipts_gbp": 1.25e7, "capital_gbp": 2e6, "revenue_saving_gbp_pa": 3e5,
                   "penalty_gbp": 0, "buildings_before": 4, "buildings_after": 3},
        "targets": [{"target_id": "receipts_gbp", "name": "Capital receipts, at least",
                     "target": asked, "value": 1.25e7, "met": True}],
        "standards": [{"standard_id": "fire_10", "title": "Fire within 10 minutes", "kind": "soft",
                       "weight": "population", "statistic": "share_within", "unit": "share",
                       "target": 0.8, "share_before": 0.8, "share_after": share,
                       "share_after_low": share - 0.1, "share_after_high": share + 0.05,
                       "figure_after": share, "within_after": share * 1000, "total": 1000.0,
                       "met": share >= 0.8}],
        "money": {"by_year": [
            {"year": "2026/27", "capital_gbp": -2e6, "receipts_gbp": 0.0, "net_gbp": -2e6},
            {"year": "2027/28", "capital_gbp": 0.0, "receipts_gbp": 1.25e7, "saving_gbp": 3e5,
             "net_gbp": 1.28e7},
        ]},
        "inputs": [{"layer": "buildings", "path": "buildings.csv", "sha256": "ab" * 32}],
        "seconds": {"read": 0.5, "solve": 2.0},
        "scenario": scenario(asked),
        "changes": {},
    }  # fmt: skip


def write_run(
    folder: Path, *, decisions: Mapping[str, str] = PLAIN, batch: Mapping[str, str] | None = None,
    changes: Mapping[str, Any] | None = None, **figures: Any,
) -> Path:  # fmt: skip
    """A run folder with what the store reads."""
    folder.mkdir(parents=True, exist_ok=True)
    told = record(**{"npv_gbp": 5e6, **figures}) | {"changes": dict(changes or {})}
    told |= {"batch": dict(batch)} if batch else {}
    (folder / "run.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "decisions.csv").write_text(decisions_csv(decisions), encoding="utf-8")
    return folder


def decisions_csv(decisions: Mapping[str, str]) -> str:
    """decisions.csv, with the mark in front of what a spreadsheet would run."""
    names = ("asset_id", "name", "owner", "asset_type", "status", "easting", "northing",
             "confidential", "decision", "receipt_gbp", "capital_gbp",
             "running_cost_saving_gbp_pa")  # fmt: skip
    rows = [list(names)]
    for asset_id, decision in decisions.items():
        name, owner, kind, status, east, north, secret = BUILDINGS[asset_id]
        sold = 6.25e6 if decision == "dispose" else 0.0
        marked = f"'{name}" if name.startswith("=") else name
        rows.append([asset_id, marked, owner, kind, status, str(east), str(north), secret, decision,
                     str(sold), "0.0", "1.5"])  # fmt: skip
    return "\n".join(",".join(row) for row in rows) + "\n"


def write_failed(folder: Path, status: str = "impossible") -> Path:
    """The folder of a scenario without a plan."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "batch": about(folder.name),
        "status": status,
        "reason": "the receipts asked for are more than all buildings would bring",
        "issues": [],
        "seconds": 0.25,
        "changes": {"targets.receipts_gbp": {"before": 9e6, "after": 9e9}},
        "scenario": scenario(9e9),
    }
    (folder / "failed.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def older(folder: Path, seconds: float = 60.0) -> None:
    """Make the files of a folder look as if they were written a while ago."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            at = path.stat().st_mtime - seconds
            os.utime(path, (at, at))


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

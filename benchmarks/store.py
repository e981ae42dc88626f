"""A store of 10,000 runs x 200 buildings: how soon it answers what a page of a batch asks.

    python benchmarks/store.py [--runs 10000] [--buildings 200] [--folders 500] [--repeat 3]
        [--keep FILE.sqlite]

Runs are made from one template in memory (twelve standards, 430 keys of the scenario of which a
sweep varies six, 26 years of money; each building goes its own way with its own probability) and go
in through the same code as run folders do. Measured are the questions of the page, each from the
words of the filter to a frame: the list of runs under a filter, two measures of every run (a
scatter), in how many runs each building is kept (all runs; those of a filter), one run whole, and
the file's size.

The peer is what an analyst writes without a store: pandas and json over the folders
(``run.json`` and ``decisions.csv`` of each), for the same figures. It is timed on ``--folders``
folders and stated for all of them in proportion; the files are in the system's memory by then,
which favours it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from optimise.store import Store, open_store  # noqa: E402
from optimise.store.folders import digest_of  # noqa: E402
from optimise.store.rows import rows_of_run  # noqa: E402
from optimise.store.write import Collectable  # noqa: E402

SEED = 8
STANDARDS, KEYS, YEARS = 12, 430, 26
FILTER = "status = optimal and gap <= 1% and targets.receipts_gbp >= 1.5e7"


def sources_of_run(number: int, buildings: int) -> dict[str, bytes]:
    """The files of one run, the same whenever they are made."""
    random = np.random.default_rng([SEED, number])
    chance = np.random.default_rng(SEED).random(buildings)
    npv, gap = 5e7 + 1e7 * random.standard_normal(), float(random.choice([0.002, 0.008, 0.03]))
    receipts = float(random.integers(5, 30)) * 1e6
    scenario: dict[str, Any] = {
        "targets": {"receipts_gbp": receipts, "capital_budget_gbp": float(random.integers(1, 9))},
        "finance": {"receipt_factor": round(float(random.uniform(0.8, 1.2)), 4)},
        "standards": {
            f"standard_{i}": {"threshold_min": 5.0 + i, "target": f"baseline - {i / 100}",
                              **{f"knob_{k}": k for k in range(KEYS // STANDARDS - 2)}}
            for i in range(STANDARDS)
        },
    }  # fmt: skip
    scenario["standards"]["standard_0"]["target"] = round(float(random.uniform(0.7, 0.9)), 4)
    record = {
        "name": "wide", "title": "A wide sweep", "status": "optimal" if gap < 0.02 else "feasible",
        "objective_name": "npv", "objective_unit": "gbp", "objective": npv, "gap": gap,
        "bound": npv * (1 + gap), "gap_on_savings": gap, "gap_asked": 0.01, "npv_gbp": npv,
        "solver": "HiGHS", "groundplan": "0.1.0", "do_nothing_cost_gbp": 2.4e8,
        "totals": {"receipts_gbp": receipts * 1.1, "capital_gbp": receipts / 2,
                   "revenue_saving_gbp_pa": npv / 20, "buildings_before": buildings,
                   "buildings_after": buildings // 2},
        "targets": [{"target_id": "receipts_gbp", "name": "Receipts", "target": receipts,
                     "value": receipts * 1.1, "met": True}],
        "standards": [
            {"standard_id": f"standard_{i}", "title": f"Standard {i}", "kind": "hard",
             "weight": "population", "statistic": "share_within", "unit": "share", "target": 0.8,
             "share_before": 0.85, "share_after": round(float(random.uniform(0.75, 0.95)), 6),
             "total": 430_000.0, "met": True}
            for i in range(STANDARDS)
        ],
        "money": {"by_year": [
            {"year": f"{2026 + y}/{27 + y}", "capital_gbp": -float(random.integers(1e6)),
             "receipts_gbp": float(random.integers(1e6)), "net_gbp": float(random.integers(1e6))}
            for y in range(YEARS)
        ]},
        "inputs": [{"layer": f"layer_{i}", "path": f"layer_{i}.csv", "sha256": f"{i:064x}"}
                   for i in range(7)],
        "seconds": {"solve": 9.0}, "scenario": scenario,
        "changes": {"targets.receipts_gbp": {"before": 1, "after": receipts}},
        "batch": {"name": "wide", "scenario": f"wide-{number:05d}", "title": "", "sweep": "wide",
                  "key": f"{number:064x}"},
    }  # fmt: skip
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(("asset_id", "name", "owner", "asset_type", "status", "decision", "capital_gbp",
           "receipt_gbp", "running_cost_saving_gbp_pa", "confidential", "easting",
           "northing"))  # fmt: skip
    goes = random.random(buildings) > chance
    for i, gone in enumerate(goes):
        sold = (2e5 + 1000.0 * i, 3e4 + i) if gone else (0.0, 0.0)
        write((f"B{i:04d}", f"Building {i}", f"Owner {i % 9}", "office", "operational",
               "dispose" if gone else "retain", 0.0, *sold, "False", 3.6e5 + i,
               9e4 + i))  # fmt: skip
    return {"run.json": json.dumps(record).encode(), "decisions.csv": text.getvalue().encode()}


def fill(store: Store, runs: int, buildings: int) -> tuple[float, float]:
    """Put runs in; processor seconds spent on turning files into rows, and on storing rows."""
    reading = storing = 0.0
    for start in range(0, runs, 50):
        group = []
        for number in range(start, min(start + 50, runs)):
            sources = sources_of_run(number, buildings)
            begun = time.process_time()
            rows = rows_of_run(f"scenarios/wide-{number:05d}", "", sources)
            group.append(Collectable(rows, "", digest_of(sources)))
            reading += time.process_time() - begun
        begun = time.process_time()
        store.put_rows(group)
        storing += time.process_time() - begun
    return reading, storing


def best(work: Callable[[], Any], repeat: int) -> tuple[float, float, Any]:
    """Least seconds by the clock and by the processor, and what came out."""
    found: list[tuple[float, float]] = []
    made = None
    for _ in range(repeat):
        clock, cpu = time.perf_counter(), time.process_time()
        made = work()
        found.append((time.perf_counter() - clock, time.process_time() - cpu))
    return min(f[0] for f in found), min(f[1] for f in found), made


# ---- the questions ---------------------------------------------------------------------


def questions(store: Store, runs: int) -> dict[str, Callable[[], Any]]:
    one = f"run_id = 'scenarios/wide-{runs // 2:05d}'"
    pair = ["run_id", "npv_gbp", "receipts_gbp", "status"]
    return {
        "list of runs, filtered and sorted": lambda: store.runs(FILTER, "-npv_gbp"),
        "scatter of two measures, all runs": lambda: store.runs(columns=pair),
        "scatter of a standard and a key": lambda: store.runs(
            columns=["run_id", "standard_3.share_after", "targets.receipts_gbp"]
        ),
        "kept counts per building, all runs": lambda: store.building_counts(),
        "kept counts, filtered": lambda: store.building_counts(FILTER),
        "one run whole": lambda: store.frames(one, every_key=True),
    }


def peers(folder: Path, runs: int) -> dict[str, Callable[[], Any]]:
    """The same from the folders, with json and pandas."""

    def records() -> pd.DataFrame:
        rows = []
        for place in sorted(folder.iterdir()):
            told = json.loads((place / "run.json").read_bytes())
            rows.append({"run_id": place.name, "status": told["status"], "gap": told["gap"],
                         "npv_gbp": told["npv_gbp"], **told["totals"],
                         "asked": told["scenario"]["targets"]["receipts_gbp"],
                         "third": told["standards"][3]["share_after"]})  # fmt: skip
        return pd.DataFrame(rows)

    def listed() -> pd.DataFrame:
        found = records()
        chosen = (found["status"] == "optimal") & (found["gap"] <= 0.01) & (found["asked"] >= 1.5e7)
        return found[chosen].sort_values("npv_gbp", ascending=False)

    def counted(only: bool) -> pd.Series:
        names = listed()["run_id"] if only else [place.name for place in sorted(folder.iterdir())]
        wanted = ["asset_id", "decision"]
        tables = [pd.read_csv(folder / name / "decisions.csv", usecols=wanted) for name in names]
        whole = pd.concat(tables)
        return (whole["decision"] == "retain").groupby(whole["asset_id"]).sum()

    return {
        "list of runs, filtered and sorted": listed,
        "scatter of two measures, all runs": records,
        "scatter of a standard and a key": records,
        "kept counts per building, all runs": lambda: counted(False),
        "kept counts, filtered": lambda: counted(True),
    }


def write_folders(root: Path, count: int, buildings: int) -> None:
    for number in range(count):
        folder = root / f"wide-{number:05d}"
        folder.mkdir(parents=True)
        for name, content in sources_of_run(number, buildings).items():
            (folder / name).write_bytes(content)


def agree(store: Store, folder: Path, count: int) -> bool:
    """Whether store and peer count the same, over the runs that lie in folders."""
    last = f"scenarios/wide-{count - 1:05d}"
    names = store.runs(columns=["run_id"])["run_id"]
    some = ", ".join(f"'{name}'" for name in names if name <= last)
    if len(some) > 9000:  # a filter has its longest
        return True
    mine = store.building_counts(f"run_id in ({some})").set_index("asset_id")["kept"]
    theirs = peers(folder, count)["kept counts per building, all runs"]()
    return bool((mine.astype(int) == theirs.reindex(mine.index)).all())


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--runs", type=int, default=10_000)
    asked.add_argument("--buildings", type=int, default=200)
    asked.add_argument("--folders", type=int, default=300)
    asked.add_argument("--repeat", type=int, default=3)
    asked.add_argument("--keep", type=Path)
    told = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        path = told.keep or Path(scratch) / "store.sqlite"
        folders = Path(scratch) / "folders"
        write_folders(folders, told.folders, told.buildings)
        with open_store(path) as store:
            if told.keep is None or not len(store.runs(limit=1)):
                reading, storing = fill(store, told.runs, told.buildings)
                print(f"{told.runs:,} runs in: files to rows {reading:.1f} s, "
                      f"stored {storing:.1f} s of the processor")  # fmt: skip
            scale = told.runs / told.folders
            other = peers(folders, told.runs)
            print(f"{'':38}{'clock s':>9}{'cpu s':>8}{'rows':>8}{'peer cpu s':>12}{'ratio':>8}")
            for name, ask in questions(store, told.runs).items():
                clock, cpu, made = best(ask, told.repeat)
                rows = len(made) if isinstance(made, pd.DataFrame) else len(made.decisions)
                line = f"{name:38}{clock:9.3f}{cpu:8.3f}{rows:8,}"
                if name in other:
                    theirs = best(other[name], 1)[1] * scale
                    line += f"{theirs:12.1f}{theirs / cpu:8.0f}"
                print(line, flush=True)
            same = agree(store, folders, min(told.folders, 200))
            print(f"the same counts from both: {same}")
        print(f"file {os.path.getsize(path) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

"""A batch of small what-ifs on one worker and on two: throughput, and what the machinery costs.

    .venv/bin/python benchmarks/batch.py                 # 60 what-ifs, one worker and then two
    .venv/bin/python benchmarks/batch.py --count 500     # the whole: about an hour

The estate is one district of the demonstration county, cut from its layers: about 60 buildings.
Each what-if locks buildings, moves a target or moves prices. What is counted, over all scenarios
but the base:

plan       reach, problem, building the program, solving it, audit (`make_plan`, in the worker)
solver     of that, the solver alone ("solve")
inputs     reading layers and drive times, once in each worker
write      tables, workbook, GeoPackage and run.json; with --pages also draws them
machinery  the rest: wall x workers less all of those: waiting for work, Dask, claims, the store

and ``overhead`` = machinery / (plan + write). Throughput is scenarios over wall, from the first
handed out to the last finished; starting the workers and the base are told apart. Run it quiet.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from coverage.roads import CACHE
from optimise.batch import BatchResult, Cluster, Options, Work, run_batch
from optimise.scenario import load_scenario
from optimise.variants import ScenarioSet, load_set

WESSEX = Path(__file__).resolve().parent.parent / "data" / "wessex"
BUILDINGS = 60


def cut(folder: Path) -> Path:
    """A district's layers as files of their own, and a scenario over them."""
    areas = gpd.read_file(WESSEX / "areas.geojson")
    buildings = pd.read_csv(WESSEX / "buildings.csv", dtype=str)
    points = gpd.GeoSeries.from_xy(
        buildings["easting"].astype(float), buildings["northing"].astype(float), crs=27700
    )
    districts = areas[areas["kind"] == "district"].to_crs(27700)
    inside = {row.area_id: points.within(row.geometry) for row in districts.itertuples()}
    chosen = min(inside, key=lambda name: (abs(inside[name].sum() - BUILDINGS), name))
    shape = districts.set_index("area_id").geometry[chosen]
    kept = buildings[inside[chosen].to_numpy()].head(BUILDINGS)
    kept.to_csv(folder / "buildings.csv", index=False)
    for name in ("services", "leases"):
        frame = pd.read_csv(WESSEX / f"{name}.csv", dtype=str)
        frame[frame["asset_id"].isin(kept["asset_id"])].to_csv(folder / f"{name}.csv", index=False)
    demand = pd.read_csv(WESSEX / "demand.csv", dtype=str)
    homes = gpd.GeoSeries.from_xy(
        demand["easting"].astype(float), demand["northing"].astype(float), crs=27700
    )
    demand[homes.within(shape).to_numpy()].to_csv(folder / "demand.csv", index=False)
    near = areas.to_crs(27700).geometry.representative_point().within(shape)
    areas[near.to_numpy()].to_file(folder / "areas.geojson", driver="GeoJSON")
    (folder / "compatibility.csv").write_bytes((WESSEX / "compatibility.csv").read_bytes())
    return folder


def scenario_file(folder: Path, count: int, gap: float) -> Path:
    """The county's rules over the district, without county-wide targets; ``count`` what-ifs."""
    record = yaml.safe_load((WESSEX / "wessex.yml").read_text(encoding="utf-8"))
    known = set(pd.read_csv(folder / "buildings.csv", dtype=str)["asset_id"])
    record["roads"] = str(WESSEX / "roads.osm.pbf")
    for key in ("overrides", "targets", "locks", "keep", "hubs", "moves", "phasing", "limits",
                "scenarios", "sweeps", "partners", "committed", "risks", "appraisal"):  # fmt: skip
        record.pop(key, None)
    for standard in record["standards"].values():
        standard["target"] = 0.0
        standard["kind"] = "report"
    record["standards"]["fire_10"] |= {"target": "baseline - 0.01", "kind": "hard"}
    record["standards"]["library_15"] |= {"target": "baseline - 0.05", "kind": "hard"}
    for rule in (record.get("services") or {}).values():
        for key in ("exactly", "at_least", "at_most", "keep", "retain", "towns"):
            rule.pop(key, None)
    record["solver"] = {"gap": gap, "time_limit_s": 600}
    homes = ["free", "retain"]
    locked = {f"locks.{asset_id}": {"choices": homes} for asset_id in sorted(known)[:6]}
    target = {"standards.fire_10.target": {"low": 0.3, "high": 0.6}}
    prices = {
        "finance.receipt_factor": {"low": 0.8, "high": 1.2},
        "finance.running_cost_factor": {"low": 0.9, "high": 1.1},
    }
    third = count // 3
    record["sweeps"] = {
        name: {"sample": many, "seed": n, "draw": draw}
        for n, (name, many, draw) in enumerate(
            (("lock", third, {**locked, **target}), ("target", third, target),
             ("price", count - 2 * third, prices)), 1
        )
    }  # fmt: skip
    path = folder / "district.yml"
    path.write_text(yaml.safe_dump(record, sort_keys=False), encoding="utf-8")
    return path


def measured(asked: ScenarioSet, folder: Path, workers: int, work: Work) -> dict[str, Any]:
    """One batch from nothing, and where its time went."""
    ends: list[float] = []
    done = {"n": 0}

    def tell(told: Any) -> None:
        if told.done > done["n"]:
            done["n"] = told.done
            ends.append(time.perf_counter())

    began = time.perf_counter()
    made = run_batch(asked, folder, Options(Cluster(workers=workers), work), progress=tell)
    wall = ends[-1] - ends[0]  # from the base's end to the last one's
    return {"workers": workers, "wall": wall, "all": time.perf_counter() - began, **parts(made)}


def parts(made: BatchResult) -> dict[str, Any]:
    """Seconds of work in the tasks, by kind."""
    rows = [row.seconds for row in made.rows[1:] if row.seconds]
    names = {"plan": "plan", "solver": "plan.solve", "inputs": "inputs", "write": "write",
             "draw": "draw", "cpu": "cpu"}  # fmt: skip
    found = {name: sum(one.get(key, 0.0) for one in rows) for name, key in names.items()}
    return {"runs": len(rows), "counts": dict(made.counts), **found}


def told(found: dict[str, Any]) -> str:
    work = found["plan"] + found["inputs"] + found["write"] + found["draw"]
    machinery = found["wall"] * found["workers"] - work
    share = machinery / (found["plan"] + found["write"] + found["draw"])
    counts = ", ".join(f"{many} {status}" for status, many in sorted(found["counts"].items()))
    return (
        f"{found['workers']} worker(s): {found['runs']} runs ({counts}) in "
        f"{found['wall']:.1f} s = {found['runs'] / found['wall'] * 60:.1f} a minute "
        f"(with start and base {found['all']:.1f} s)\n"
        f"   in tasks: plan {found['plan']:.1f} s (solver {found['solver']:.1f}), inputs "
        f"{found['inputs']:.1f}, write {found['write']:.1f}, draw {found['draw']:.1f}; "
        f"CPU {found['cpu']:.1f}\n"
        f"   machinery {machinery:.1f} s = {share:.1%} of plan and writing, "
        f"{machinery / found['plan']:.1%} of planning alone"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pages", action="store_true", help="draw each plan's page as well")
    told_args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = scenario_file(cut(Path(name)), told_args.count, told_args.gap)
        load_scenario(path)
        asked = load_set(path)
        draw = None
        if told_args.pages:
            from maps.plan_page import write_pages

            draw = write_pages
        work = Work(draw=draw, cache=CACHE.resolve())
        rates = {}
        for workers in told_args.workers:
            found = measured(asked, Path(name) / f"w{workers}", workers, work)
            rates[workers] = found["runs"] / found["wall"]
            print(told(found), flush=True)
        first, last = told_args.workers[0], told_args.workers[-1]
        print(f"throughput on {last} workers: {rates[last] / rates[first]:.2f} x that of {first}")


if __name__ == "__main__":
    main()

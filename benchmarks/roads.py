"""Reading a county's roads: Groundplan against osmnx.graph_from_xml, on the same data.

    python benchmarks/roads.py [--data ../shared/data] [--repeat 3]

The extract is turned into .osm XML (which is all osmnx reads) in a temporary folder, outside the
clock. osmnx is given its best case (no simplification, every component kept), and once its
defaults. Two more rows are Groundplan's own: the same network taken from where the first reading
kept it, and the same county as an OS Open Roads GeoPackage (made from the extract: links from
junction to junction, no one-way streets, no limits). Each job runs in a process of its own, so
that peak memory is its own; the first run of each warms it up and is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
EXTRACT = "rutland/rutland-latest_2022-07-20.osm.pbf"


KEPT = "groundplan, kept"


def ours(path: str, *, cache: Path | None = None) -> dict[str, float]:
    from coverage.osm import CAR
    from coverage.roads import read_roads

    network = read_roads(path, cache=cache)
    car = (network.link_modes & CAR) > 0
    return {
        "nodes": len(network.node_x),
        "links": len(network.link_from),
        "car_links": int(car.sum()),
        "car_km": float(network.link_length_m[car].sum()) / 1000.0,
    }


def theirs(path: str, *, simplify: bool) -> dict[str, float]:
    import osmnx

    graph = osmnx.graph_from_xml(path, simplify=simplify, retain_all=True)
    drivable = {"trunk", "primary", "secondary", "tertiary", "unclassified", "residential"}
    drivable |= {"living_street", "service", "trunk_link", "primary_link"}
    shut = {"no", "private", "permit", "agricultural"}

    def words(value: Any) -> set[str]:
        return set(value) if isinstance(value, list) else {str(value)}

    car = [
        data
        for _, _, data in graph.edges(data=True)
        if words(data.get("highway")) & drivable and not words(data.get("access")) & shut
    ]
    return {
        "nodes": graph.number_of_nodes(),
        "links": graph.number_of_edges(),
        "car_links": len(car),
        "car_km": sum(data["length"] for data in car) / 1000.0,
    }


JOBS: dict[str, Callable[[str], dict[str, float]]] = {
    "groundplan": ours,
    KEPT: lambda path: ours(path, cache=Path(tempfile.gettempdir()) / f"roads-{os.getpid()}"),
    "groundplan, OS Open Roads": ours,
    "osmnx, not simplified": lambda path: theirs(path, simplify=False),
    "osmnx, as it comes": lambda path: theirs(path, simplify=True),
}


def run(job: str, path: str, repeat: int) -> None:
    """One job in this process: prints a line of JSON."""
    seconds, facts = [], {}
    for _ in range(repeat + 1):
        start = time.perf_counter()
        facts = JOBS[job](path)
        seconds.append(time.perf_counter() - start)
    shutil.rmtree(Path(tempfile.gettempdir()) / f"roads-{os.getpid()}", ignore_errors=True)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print(json.dumps({"seconds": min(seconds[1:]), "peak_mb": peak_mb, **facts}))


def measure(job: str, path: Path, repeat: int) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--job", job, "--path", str(path)]
    command += ["--repeat", str(repeat)]
    seen = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(seen.stdout.splitlines()[-1]))


def as_xml(pbf: Path, folder: Path) -> Path:
    import osmium

    xml = folder / "roads.osm"
    with osmium.SimpleWriter(str(xml)) as writer:
        osmium.apply(str(pbf), writer)
    return xml


def as_open_roads(pbf: Path, folder: Path) -> Path:
    from coverage.roads import read_roads
    from tests import toy_openroads

    links = toy_openroads.as_open_roads(read_roads(pbf))
    return toy_openroads.write_links(folder / "roads.gpkg", links)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--repeat", type=int, default=3, help="timed runs of ours (best counts)")
    parser.add_argument("--job", choices=list(JOBS), help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        return run(args.job, args.path, args.repeat)
    pbf = args.data / EXTRACT
    if not pbf.is_file():
        sys.exit(f"needs {pbf}")
    with tempfile.TemporaryDirectory() as folder:
        xml, links = as_xml(pbf, Path(folder)), as_open_roads(pbf, Path(folder))
        rows = {}
        for job in JOBS:
            path = xml if "osmnx" in job else links if "Open" in job else pbf
            rows[job] = measure(job, path, 1 if "osmnx" in job else args.repeat)
    base = rows["groundplan"]["seconds"]
    print(f"{'Rutland, roads read':26}{'s':>8}{'ratio':>8}{'peak MB':>9}", end="")
    print(f"{'nodes':>9}{'links':>9}{'car links':>11}{'car km':>9}")
    for job, row in rows.items():
        print(f"{job:26}{row['seconds']:8.3f}{row['seconds'] / base:7.2g}x", end="")
        print(f"{row['peak_mb']:9.0f}{row['nodes']:9.0f}{row['links']:9.0f}", end="")
        print(f"{row['car_links']:11.0f}{row['car_km']:9.0f}")
    print(f"Kept: {base / rows[KEPT]['seconds']:.0f} times faster than read and built.")


if __name__ == "__main__":
    main()

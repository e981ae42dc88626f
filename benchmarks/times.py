"""A county's drive-time matrix: Groundplan against networkx loops, on the same graph.

    python benchmarks/times.py [--data ../shared/data] [--sources 10]

115 public buildings of Rutland to its 1,324 postcodes and settlements, car, off-peak, no bound.
networkx is given the very same network: every usable link an edge, every place a node joined to
its link. Its loop of single_source_dijkstra_path_length is timed on some of the 115 sources and
scaled up (``--sources 115`` times all); every time it finds must equal ours within 0.1 s.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from coverage.graph import mode_graph  # noqa: E402
from coverage.network import RoadNetwork, grid_xy  # noqa: E402
from coverage.roads import read_roads  # noqa: E402
from coverage.snap import Snapped, snap  # noqa: E402
from coverage.speeds import link_minutes, profile  # noqa: E402
from coverage.times import times_between, travel_times  # noqa: E402

CAR = profile("car")


def rutland(data: Path) -> tuple[RoadNetwork, pd.DataFrame, pd.DataFrame]:
    """The county's roads, its 115 buildings and its 1,324 postcodes and settlements."""
    folder = data / "rutland"
    buildings = pd.read_csv(folder / "osm_public_buildings.csv")
    buildings.index = [f"b{k}" for k in range(len(buildings))]
    east, north = grid_xy(buildings["lon"].to_numpy(), buildings["lat"].to_numpy())
    places = pd.read_csv(folder / "rutland_os_open_names_postcodes_places.csv").set_index("os_id")
    network = read_roads(folder / "rutland-latest_2022-07-20.osm.pbf")
    return network, buildings.assign(easting=east, northing=north), places


def best(job: Any, repeat: int = 3) -> tuple[float, Any]:
    """Least seconds of some runs after one to warm up, and the answer."""
    seconds, answer = [], job()
    for _ in range(repeat):
        start = time.perf_counter()
        answer = job()
        seconds.append(time.perf_counter() - start)
    return min(seconds), answer


def plain_graph(network: RoadNetwork, sites: Snapped, demand: Snapped) -> nx.DiGraph:
    """Our network as networkx takes it, each place a node in the midst of its link."""
    cost = link_minutes(network, CAR)
    graph = nx.DiGraph()

    def add(a: Any, b: Any, minutes: float) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["minutes"] > minutes:
            graph.add_edge(a, b, minutes=minutes)

    on_link: dict[int, list[tuple[float, Any]]] = {}
    for kind, places in (("site", sites), ("demand", demand)):
        for p, name in enumerate(places.ids):
            share = float(places.fraction[p])
            on_link.setdefault(int(places.link_forward[p]), []).append((share, (kind, name)))
            on_link.setdefault(int(places.link_backward[p]), []).append((1 - share, (kind, name)))
    for link in np.flatnonzero(mode_graph(network, CAR.mode).link_section >= 0).tolist():
        steps = sorted(on_link.get(link, []), key=lambda step: step[0])
        path = [(0.0, int(network.link_from[link])), *steps, (1.0, int(network.link_to[link]))]
        for (f, a), (g, b) in zip(path, path[1:], strict=False):
            add(a, b, (g - f) * float(cost[link]))
            if f == g:
                add(b, a, 0.0)
    return graph


def loops(graph: nx.DiGraph, sites: list[str], demand: list[str]) -> np.ndarray:
    """networkx, one source at a time: minutes, float64[demand, sites]."""
    found = np.full((len(demand), len(sites)), np.nan)
    for column, site in enumerate(sites):
        reached = nx.single_source_dijkstra_path_length(graph, ("site", site), weight="minutes")
        found[:, column] = [reached.get(("demand", name), np.nan) for name in demand]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sources", type=int, default=10, help="networkx sources to time")
    args = parser.parse_args()
    if not (args.data / "rutland").is_dir():
        sys.exit(f"needs {args.data / 'rutland'}")
    network, sites, demand = rutland(args.data)
    ask: dict[str, Any] = {"profile": CAR, "direction": "from_site"}
    whole_s, times = best(lambda: travel_times(network, demand, sites, **ask))
    at = [
        snap(network, list(frame.index), frame["easting"], frame["northing"], CAR)
        for frame in (demand, sites)
    ]
    paths_s, _ = best(lambda: times_between(at[0], at[1], **ask))
    ours_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    graph = plain_graph(network, at[1], at[0])
    some = list(times.site_ids[:: max(1, len(sites) // args.sources)])[: args.sources]
    start = time.perf_counter()
    theirs = loops(graph, some, list(times.demand_ids))
    loops_s = (time.perf_counter() - start) * len(sites) / len(some)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    ours = times.for_sites(some).minutes
    apart_s = float(np.nanmax(np.abs(ours - theirs)) * 60.0)
    same_gaps = bool(np.array_equal(np.isnan(ours), np.isnan(theirs)))
    print(f"{len(sites)} sites x {len(demand)} places{'s':>30}{'ratio':>9}{'peak MB':>9}")
    print(f"{'groundplan, snapping and paths':45}{whole_s:9.3f}{1:8.0f}x{ours_mb:9.0f}")
    print(f"{'groundplan, paths only':45}{paths_s:9.3f}")
    told = "all sources" if len(some) == len(sites) else f"scaled from {len(some)} sources"
    print(f"{f'networkx loops ({told})':45}{loops_s:9.3f}{loops_s / whole_s:8.0f}x{peak_mb:9.0f}")
    print(f"greatest difference {apart_s:.6f} s; the same pairs without a route: {same_gaps}")
    if apart_s > 0.1 or not same_gaps:
        sys.exit("the two disagree by more than 0.1 s")


if __name__ == "__main__":
    main()

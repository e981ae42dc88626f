"""A county's drive-time matrix: Groundplan, networkx, pandana, OSRM and Valhalla, side by side.

    python benchmarks/times.py [--data ../shared/data] [--sources 10] [--python312 PATH]
        [--only networkx,pandana,osrm,valhalla]

115 public buildings of Rutland to its 1,324 postcodes and settlements, car, off-peak, no bound.

networkx and pandana are given the very same network, but for turn restrictions and access-only
roads, which neither knows. networkx: every usable link an edge, every place a node joined to its
link; its loop of single_source_dijkstra_path_length is timed on some of the 115 sources and scaled
up (``--sources 115`` times all); every time it finds must equal ours, without those rules, within
0.1 s. pandana: its network built with contraction from our arrays, places on its nearest nodes, all
pairs. OSRM (contraction hierarchy, stock car profile, one table call) and Valhalla (``auto``,
matrix calls of the size it allows) read the extract itself, in processes of their own; what they
need is installed under ``.bench/`` (see `peers`), their data is built outside the clock.
A peer that cannot be had is said so and the run goes on.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import peers  # noqa: E402

from coverage.graph import mode_graph  # noqa: E402
from coverage.network import RoadNetwork, Turns, grid_xy  # noqa: E402
from coverage.roads import read_roads  # noqa: E402
from coverage.snap import Snapped, snap  # noqa: E402
from coverage.speeds import link_minutes, profile  # noqa: E402
from coverage.times import TravelTimes, times_between, travel_times  # noqa: E402

CAR = profile("car")
ASK: dict[str, Any] = {"profile": CAR, "direction": "from_site"}
EXTRACT = Path("rutland") / "rutland-latest_2022-07-20.osm.pbf"
OSRM_TOLD_S = 0.17
"""OSRM's table call of this size on a machine of this kind, for where it cannot be installed."""
REPEAT = 5


@dataclasses.dataclass
class Row:
    """What one way took: seconds of getting ready, of the whole question, of its parts."""

    name: str
    whole_s: float
    prepare_s: float = float("nan")
    cpu_s: float = float("nan")
    peak_mb: float = float("nan")
    note: str = ""


@dataclasses.dataclass
class Bench:
    """The question, our answer to it, and the rows so far."""

    data: Path
    network: RoadNetwork
    sites: pd.DataFrame
    demand: pd.DataFrame
    at: list[Snapped]
    times: TravelTimes
    rows: list[Row] = dataclasses.field(default_factory=list)
    theirs: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)

    @property
    def first(self) -> Row:
        """Our whole answer, to which ratios are taken."""
        return self.rows[0]


def places(data: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rutland's 115 buildings and its 1,324 postcodes and settlements."""
    folder = data / "rutland"
    buildings = pd.read_csv(folder / "osm_public_buildings.csv")
    buildings.index = [f"b{k}" for k in range(len(buildings))]
    east, north = grid_xy(buildings["lon"].to_numpy(), buildings["lat"].to_numpy())
    homes = pd.read_csv(folder / "rutland_os_open_names_postcodes_places.csv").set_index("os_id")
    return buildings.assign(easting=east, northing=north), homes


def timed(job: Callable[[], Any], repeat: int = REPEAT) -> tuple[float, float, Any]:
    """Least seconds by the clock and by the processor of some runs, and the answer."""
    seen, answer = [], None
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = job()
        seen.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(s[0] for s in seen), min(s[1] for s in seen), answer


def grid(frame: pd.DataFrame) -> list[list[float]]:
    """Eastings and northings of places."""
    return frame[["easting", "northing"]].to_numpy(float).tolist()


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


# ---- ours ------------------------------------------------------------------------------


def ours(data: Path) -> Bench:
    """Read, first call, later calls, and their parts."""
    sites, demand = places(data)
    read_s, _, network = timed(lambda: read_roads(data / EXTRACT), 1)
    frames = (demand, sites)

    def whole() -> TravelTimes:
        return travel_times(network, *frames, **ASK)

    def snapped() -> list[Snapped]:
        return [snap(network, list(f.index), f["easting"], f["northing"], CAR) for f in frames]

    first_s, first_cpu, _ = timed(whole, 1)
    again_s, again_cpu, times = timed(whole)
    snap_s, snap_cpu, at = timed(snapped)
    paths_s, paths_cpu, _ = timed(lambda: times_between(at[0], at[1], **ASK))
    peak = profile("car_peak")
    new_s, new_cpu, _ = timed(
        lambda: times_between(at[0], at[1], profile=peak, direction="from_site"), 1
    )
    bench = Bench(data, network, sites, demand, at, times)
    ready = read_s + first_s - again_s
    bench.rows = [
        Row("Groundplan, network in memory", again_s, ready, again_cpu, peak_mb(), "snap + paths"),
        Row("  of this, snapping", snap_s, cpu_s=snap_cpu),
        Row("  of this, paths", paths_s, cpu_s=paths_cpu),
        Row("Groundplan, first call", first_s, read_s, first_cpu, note="graph + snap + paths"),
        Row("Groundplan, another profile", new_s, cpu_s=new_cpu, note="first call, no snap"),
    ]
    return bench


# ---- networkx --------------------------------------------------------------------------


def plain_graph(network: RoadNetwork, sites: Snapped, demand: Snapped) -> nx.DiGraph:
    """Our network as networkx takes it, each place a node in the midst of its link."""
    cost = link_minutes(network, CAR)
    graph = nx.DiGraph()

    def add(a: Any, b: Any, minutes: float) -> None:
        if not graph.has_edge(a, b) or graph[a][b]["minutes"] > minutes:
            graph.add_edge(a, b, minutes=minutes)

    on_link: dict[int, list[tuple[float, Any]]] = {}
    for kind, there in (("site", sites), ("demand", demand)):
        for p, name in enumerate(there.ids):
            share = float(there.fraction[p])
            on_link.setdefault(int(there.link_forward[p]), []).append((share, (kind, name)))
            on_link.setdefault(int(there.link_backward[p]), []).append((1 - share, (kind, name)))
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


def against_networkx(bench: Bench, sources: int) -> str:
    """Adds its row; the two must agree within 0.1 s, else the benchmark fails."""
    begin_mb = peak_mb()
    nowhere = np.zeros_like(bench.network.link_access_only)
    network = dataclasses.replace(bench.network, turns=Turns(), link_access_only=nowhere)
    frames = (bench.demand, bench.sites)
    at = [snap(network, list(f.index), f["easting"], f["northing"], CAR) for f in frames]
    freely = times_between(at[0], at[1], **ASK)
    build_s, _, graph = timed(lambda: plain_graph(network, at[1], at[0]), 1)
    count = len(bench.sites)
    some = list(bench.times.site_ids[:: max(1, count // sources)])[:sources]
    wall, cpu, theirs = timed(lambda: loops(graph, some, list(bench.times.demand_ids)), 1)
    scale = count / len(some)
    note = "loops, all sources" if len(some) == count else f"loops, scaled from {len(some)} sources"
    bench.rows.append(
        Row(
            "networkx",
            wall * scale,
            build_s,
            cpu * scale,
            peak_mb(),
            f"{note}; {begin_mb:.0f} MB before",
        )
    )
    mine = freely.for_sites(some).minutes
    apart_s = float(np.nanmax(np.abs(mine - theirs)) * 60.0)
    same_gaps = bool(np.array_equal(np.isnan(mine), np.isnan(theirs)))
    if apart_s > 0.1 or not same_gaps:
        sys.exit(f"networkx and Groundplan disagree: by {apart_s:.3f} s; same gaps: {same_gaps}")
    turned_s = np.abs(bench.times.minutes - freely.minutes) * 60.0
    share = float(np.nanmean(turned_s > 0.5))
    return (
        f"greatest difference {apart_s:.6f} s; the same pairs without a route: {same_gaps} "
        f"(turn restrictions and access-only roads, which together alter {share:.1%} of drives, "
        "left out of this comparison)"
    )


# ---- pandana ---------------------------------------------------------------------------


def against_pandana(bench: Bench, folder: Path) -> str:
    """Its network with contraction from our arrays, nearest nodes, all pairs."""
    python = peers.pandana_python()
    network, graph = bench.network, mode_graph(bench.network, CAR.mode)
    links = np.flatnonzero(graph.link_section >= 0)
    used, ends = np.unique(
        np.stack([network.link_from[links], network.link_to[links]]), return_inverse=True
    )
    ends = ends.reshape(2, -1)
    minutes = link_minutes(network, CAR)[links]
    arrays = {"x": network.node_x[used], "y": network.node_y[used], "minutes": minutes}
    np.savez(folder / "pandana.npz", start=ends[0], stop=ends[1], **arrays)
    block = {"sources": grid(bench.sites), "targets": grid(bench.demand)}
    job = {"engine": "pandana", "data": str(folder / "pandana.npz"), "repeat": 1}
    got = peers.ask(python, {**job, "blocks": [block]}, folder)
    stages = got["stages"]
    note = ", ".join(f"{name} {seconds:.2f}" for name, seconds in stages.items())
    bench.rows.append(
        Row(
            "pandana, end to end",
            sum(stages.values()),
            stages["prepare"],
            got["cpu_s"],
            got["peak_mb"],
            note,
        )
    )
    return agreement_line(bench, got["blocks"][0])


# ---- the engines -----------------------------------------------------------------------


def against_engine(bench: Bench, engine: str, told: str | None, folder: Path) -> str:
    """OSRM or Valhalla over the same extract and the same places."""
    python = peers.engines_python(told)
    build = {"osrm": peers.build_osrm, "valhalla": peers.build_valhalla}[engine]
    data, build_s = build(python, bench.data / EXTRACT, folder / engine)
    block = {"sources": grid(bench.sites), "targets": grid(bench.demand)}
    block = {side: peers.degrees(np.array(points)) for side, points in block.items()}
    repeat = REPEAT if engine == "osrm" else 1
    job = {"engine": engine, "data": data, "blocks": [block], "repeat": repeat}
    got = peers.ask(python, {**job, "durations_only": True}, folder)
    stages = got["stages"]
    title = {"osrm": "OSRM, one table call", "valhalla": "Valhalla, matrix calls"}[engine]
    note = {"osrm": "times and distances", "valhalla": "50 x 50 places a call"}[engine]
    bench.rows.append(
        Row(title, stages["call"], build_s + stages["load"], got["cpu_s"], got["peak_mb"], note)
    )
    if engine == "osrm":
        bench.rows.append(Row("OSRM, times without distances", stages["durations_only"]))
    bench.theirs[engine] = np.array(got["blocks"][0]["s"], dtype=float)
    return agreement_line(bench, got["blocks"][0])


def agreement_line(bench: Bench, block: dict[str, Any]) -> str:
    """Rank, distance and time ratios of a peer's table with ours, over drives of a minute."""
    theirs = np.array(block["s"], dtype=float)
    mine, ours_m = bench.times.minutes.T * 60.0, bench.times.metres.T
    seen = np.isfinite(theirs) & np.isfinite(mine) & (theirs > 60.0)
    a, b = (pd.Series(values[seen]).rank() for values in (mine, theirs))
    told = [f"rank correlation {np.corrcoef(a, b)[0, 1]:.3f}"]
    ratios = {"time": mine[seen] / theirs[seen]}
    if block["m"]:
        ratios["distance"] = ours_m[seen] / np.array(block["m"], dtype=float)[seen]
    for what, ratio in ratios.items():
        low, middle, high = np.percentile(ratio, [5, 50, 95])
        told.append(f"{what} ratio {low:.2f} - {middle:.3f} - {high:.2f}")
    gaps = int((np.isnan(theirs) & np.isfinite(mine)).sum())
    more = int((np.isfinite(theirs) & np.isnan(mine)).sum())
    told.append(f"routes only ours {gaps}, only theirs {more} of {theirs.size}")
    return "; ".join(told)


def in_band(bench: Bench) -> str:
    """Share of our drives of a minute inside the two engines' times, widened by 20 %."""
    both = np.stack([bench.theirs[engine] for engine in ("osrm", "valhalla")])
    mine = bench.times.minutes.T * 60.0
    seen = np.isfinite(mine) & np.isfinite(both).all(axis=0) & (both > 60.0).all(axis=0)
    low, high = both.min(axis=0) * 0.8, both.max(axis=0) * 1.2
    share = float(((mine >= low) & (mine <= high))[seen].mean())
    return f"{share:.1%} of {int(seen.sum()):,} drives inside the two engines' band widened by 20 %"


# ---- the table -------------------------------------------------------------------------


def show(bench: Bench) -> None:
    """Ratios are to our whole answer with the network in memory; pandana's also end to end."""
    base = bench.first.whole_s
    first = next(row for row in bench.rows if "first call" in row.name)
    head = f"{len(bench.sites)} sites x {len(bench.demand)} places"
    cpu = bench.first.cpu_s
    print(f"{head:32}{'s':>9}{'ratio':>9}{'cpu s':>9}{'ratio':>9}{'ready s':>9}{'peak MB':>9}")
    for row in bench.rows:
        cells = f"{row.whole_s:9.3f}{row.whole_s / base:8.1f}x"
        cells += f"{row.cpu_s:9.3f}{row.cpu_s / cpu:8.1f}x" if np.isfinite(row.cpu_s) else " " * 18
        for value, digits in ((row.prepare_s, 2), (row.peak_mb, 0)):
            cells += f"{value:9.{digits}f}" if np.isfinite(value) else " " * 9
        print(f"{row.name:32}{cells}  {row.note}")
    for row in bench.rows:
        if row.name.startswith("pandana"):
            print(f"pandana end to end / our first call: {row.whole_s / first.whole_s:.1f}x, "
                  f"by the processor {row.cpu_s / first.cpu_s:.1f}x")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sources", type=int, default=10, help="networkx sources to time")
    parser.add_argument("--python312", help="interpreter for OSRM's and Valhalla's environment")
    parser.add_argument("--only", default="networkx,pandana,osrm,valhalla", help="peers, by commas")
    args = parser.parse_args()
    if not (args.data / EXTRACT).is_file():
        sys.exit(f"needs {args.data / EXTRACT}")
    bench = ours(args.data)
    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        jobs: dict[str, Callable[[], str]] = {
            "networkx": lambda: against_networkx(bench, args.sources),
            "pandana": lambda: against_pandana(bench, Path(scratch)),
            "osrm": lambda: against_engine(bench, "osrm", args.python312, Path(scratch)),
            "valhalla": lambda: against_engine(bench, "valhalla", args.python312, Path(scratch)),
        }
        for name, job in jobs.items():
            if name not in args.only.split(","):
                continue
            try:
                said[name] = job()
            except peers.NotInstalled as why:
                said[name] = f"not installed: {why}"
                if name == "osrm":
                    bench.rows.append(Row("OSRM, not measured", OSRM_TOLD_S, note="figure told"))
    show(bench)
    for name, line in said.items():
        print(f"{name}: {line}")
    if {"osrm", "valhalla"} <= set(bench.theirs):
        print(in_band(bench))


if __name__ == "__main__":
    main()

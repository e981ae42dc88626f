"""A network of a million nodes: 1,400 stations x 35,000 places within 20 minutes.

    python benchmarks/million.py [--tile wessex|rutland] [--nodes 1000000] [--stations 1400]
        [--places 35000] [--bound 20] [--profile-cpu OUT.prof]

The network is the generated county of Wessex (16,500 nodes) laid side by side as arrays, tiles
joined to their neighbours east and north by six main roads each, a different one in each band of
the tile's edge: 61 tiles, about 400,000 of whose nodes are junctions (more, for its size, than real
maps have). Stations are drawn from each tile's buildings, places from its demand points.
``--tile rutland`` lays the real county instead (buildings and postcodes): fewer junctions and far
more pairs within the bound. Measured is each stage from the network in memory to the finished
times, by the clock and the processor, with the memory held after it and the peak; then the same
places under another profile; and the same change of profile on one loaded county.
"""

from __future__ import annotations

import argparse
import cProfile
import dataclasses
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

from engine_worker import peak_mb  # noqa: E402

from coverage.graph import ModeGraph, mode_graph  # noqa: E402
from coverage.network import RoadNetwork, Turns, grid_xy  # noqa: E402
from coverage.osm import ALL_MODES, CAR, CLASS_INDEX  # noqa: E402
from coverage.roads import read_roads  # noqa: E402
from coverage.snap import Snapped, snap  # noqa: E402
from coverage.sources.cache import read_cached, write_cached  # noqa: E402
from coverage.speeds import profile  # noqa: E402
from coverage.times import TravelTimes, times_between  # noqa: E402

COUNTY = ROOT / "data" / "wessex"
RUTLAND = ROOT.parent / "shared" / "data" / "rutland"
SEED = 1_000_000
JOINS = 6
GAP_M = 2000.0
MOST_S, MOST_MB = 180.0, 6000.0


# ---- the network -----------------------------------------------------------------------


def _joins(base: RoadNetwork, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of a tile that are joined to the next tile along an axis: leaving and met there."""
    xy = np.column_stack([base.node_x, base.node_y])
    component = mode_graph(base, CAR).component
    nodes = np.flatnonzero(component == np.bincount(component[component >= 0]).argmax())
    across = xy[nodes, 1 - axis]
    edges = np.quantile(across, np.linspace(0.0, 1.0, JOINS + 1))
    leave, meet = [], []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        band = nodes[(across >= low) & (across <= high)]
        leave.append(band[np.argmax(xy[band, axis])])
        meet.append(band[np.argmin(xy[band, axis])])
    return np.array(leave), np.array(meet)


def tiled(base: RoadNetwork, count: int) -> tuple[RoadNetwork, np.ndarray]:
    """The network ``count`` times over, and the offset of each tile, float64[count, 2]."""
    wide = int(np.ceil(np.sqrt(count)))
    column, row = np.arange(count) % wide, np.arange(count) // wide
    step = [np.ptp(base.node_x) + GAP_M, np.ptp(base.node_y) + GAP_M]
    offset = np.column_stack([column * step[0], row * step[1]])
    n, m = len(base.node_x), len(base.link_from)
    made: dict[str, Any] = {}
    for item in dataclasses.fields(base):
        value = getattr(base, item.name)
        if item.name.startswith(("node_", "link_")):
            made[item.name] = np.tile(value, count)
    tile_of_node, tile_of_link = np.repeat(np.arange(count), n), np.repeat(np.arange(count), m)
    made["node_x"] = made["node_x"] + offset[tile_of_node, 0]
    made["node_y"] = made["node_y"] + offset[tile_of_node, 1]
    made["node_osm_id"] = np.arange(count * n, dtype=np.int64)
    for name in ("link_from", "link_to"):
        made[name] = (made[name] + tile_of_link * n).astype(np.int32)
    twin = made["link_reverse"]
    made["link_reverse"] = np.where(twin >= 0, twin + tile_of_link * m, -1).astype(np.int32)
    turns = _tiled_turns(base.turns, count, m)
    made, order = _with_joins(base, made, count, wide)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    turns = dataclasses.replace(turns, links=place[turns.links])
    name = f"{base.source} x {count}"
    # The ways, for drawing only, stay one tile's.
    return dataclasses.replace(base, **made, turns=turns, source=name), offset


def _tiled_turns(turns: Turns, count: int, links: int) -> Turns:
    lengths = np.tile(np.diff(turns.first), count)
    shift = np.repeat(np.arange(count) * links, len(turns.links))
    return dataclasses.replace(
        turns,
        first=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        links=np.tile(turns.links, count) + shift,
        modes=np.tile(turns.modes, count),
    )


def _with_joins(
    base: RoadNetwork, made: dict[str, Any], count: int, wide: int
) -> tuple[dict[str, Any], np.ndarray]:
    """The tiles' links and the main roads between them, sorted by their ends; and the order."""
    n, start, stop = len(base.node_x), [], []
    for axis, step in ((0, 1), (1, wide)):
        leave, meet = _joins(base, axis)
        there = np.arange(count - step)
        there = there[(there + 1) % wide > 0] if axis == 0 else there
        start.append((there[:, None] * n + leave).ravel())
        stop.append(((there + step)[:, None] * n + meet).ravel())
    a, b = np.concatenate(start), np.concatenate(stop)
    new, had = len(a), len(made["link_from"])
    metres = np.hypot(made["node_x"][a] - made["node_x"][b], made["node_y"][a] - made["node_y"][b])
    extra: dict[str, Any] = {
        "link_from": np.concatenate([a, b]),
        "link_to": np.concatenate([b, a]),
        "link_length_m": np.tile(metres, 2),
        "link_class": CLASS_INDEX["primary"],
        "link_maxspeed_kph": np.nan,
        "link_modes": ALL_MODES,
        "link_reverse": had + np.concatenate([np.arange(new) + new, np.arange(new)]),
    }
    for name in [key for key in made if key.startswith("link_")]:
        value = np.broadcast_to(extra.get(name, 0), 2 * new)
        made[name] = np.concatenate([made[name], value.astype(made[name].dtype)])
    order = np.lexsort((made["link_to"], made["link_from"]))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    for name in [key for key in made if key.startswith("link_")]:
        made[name] = made[name][order]
    twin = made["link_reverse"]
    made["link_reverse"] = np.where(twin >= 0, place[twin], -1).astype(np.int32)
    return made, order


def tile_of(name: str) -> tuple[Path, np.ndarray, np.ndarray]:
    """A tile's extract, and where its buildings and its people are (EPSG:27700 metres)."""
    both = ["easting", "northing"]
    if name == "wessex":
        layers = (pd.read_csv(COUNTY / f"{layer}.csv")[both] for layer in ("buildings", "demand"))
        buildings, people = (layer.to_numpy(float) for layer in layers)
        return COUNTY / "roads.osm.pbf", buildings, people
    table = pd.read_csv(RUTLAND / "osm_public_buildings.csv")
    buildings = np.column_stack(grid_xy(table["lon"].to_numpy(), table["lat"].to_numpy()))
    people = pd.read_csv(RUTLAND / "rutland_os_open_names_postcodes_places.csv")[both]
    return RUTLAND / "rutland-latest_2022-07-20.osm.pbf", buildings, people.to_numpy(float)


def spread(letter: str, rows: np.ndarray, count: int, offset: np.ndarray) -> pd.DataFrame:
    """``count`` places drawn from a tile's, as evenly from every tile as may be."""
    rng = np.random.default_rng(SEED)
    shares = np.diff(np.linspace(0, count, len(offset) + 1).round().astype(int))
    picked = [
        rows[rng.choice(len(rows), size=k, replace=k > len(rows))] + by
        for k, by in zip(shares, offset, strict=True)
    ]
    xy = np.concatenate(picked)
    ids = [f"{letter}{k:06d}" for k in range(count)]
    return pd.DataFrame({"easting": xy[:, 0], "northing": xy[:, 1]}, index=ids)


# ---- the stages ------------------------------------------------------------------------


def held_mb() -> float:
    status = Path("/proc/self/status")
    if not status.is_file():
        return float("nan")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return float(lines["VmRSS"].split()[0]) / 1024.0


class Stages:
    """Seconds, processor's seconds and memory of one stage after another."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, float, float]] = []
        print(f"{'stage':46}{'s':>9}{'cpu s':>9}{'held MB':>9}{'peak MB':>9}")

    def run(self, name: str, job: Callable[[], Any]) -> Any:
        """The job's answer; prints and keeps what it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        answer = job()
        took = time.perf_counter() - wall, time.process_time() - cpu
        self.seen.append((name, *took))
        print(f"{name:46}{took[0]:9.2f}{took[1]:9.2f}{held_mb():9.0f}{peak_mb():9.0f}", flush=True)
        return answer


def bar(stage: str, share: float) -> None:
    """A progress bar on the terminal (nothing when the output goes to a file)."""
    if sys.stderr.isatty():
        full = int(40 * share)
        print(
            f"\r{stage:24}[{'#' * full}{'.' * (40 - full)}] {share:4.0%}", end="", file=sys.stderr
        )
        if share >= 1.0:
            print("\r" + " " * 76 + "\r", end="", file=sys.stderr)


def snapped(network: RoadNetwork, frame: pd.DataFrame) -> Snapped:
    return snap(network, list(frame.index), frame["easting"], frame["northing"], profile("car"))


def summary(times: TravelTimes) -> str:
    found = int(np.isfinite(times.minutes).sum())
    array_mb = (times.minutes.nbytes + times.metres.nbytes) / 1e6
    told = f"{found:,} of {times.minutes.size:,} pairs within the bound"
    return (
        f"{told}; minutes {times.minutes.dtype} and metres {times.metres.dtype}: {array_mb:.0f} MB"
    )


def million(args: argparse.Namespace) -> None:
    stages = Stages()
    extract, buildings, people = tile_of(args.tile)
    base = stages.run("read one tile", lambda: read_roads(extract))
    count = max(1, round(args.nodes / len(base.node_x)))
    network, offset = stages.run(f"lay {count} tiles", lambda: tiled(base, count))
    sites = spread("s", buildings, args.stations, offset)
    demand = spread("d", people, args.places, offset)
    graph: ModeGraph = stages.run("graph of the mode", lambda: mode_graph(network, CAR))
    stages.run("index of the segments", lambda: graph.tree)
    sites_at = stages.run("stations on the road", lambda: snapped(network, sites))
    demand_at = stages.run("places on the road", lambda: snapped(network, demand))
    ask: dict[str, Any] = {"direction": "from_site", "bound_min": args.bound, "progress": bar}

    def ways(name: str) -> TravelTimes:
        return times_between(demand_at, sites_at, profile=profile(name), **ask)

    profiler = cProfile.Profile()
    if args.profile_cpu:
        profiler.enable()
    times = stages.run("times, car off-peak (first)", lambda: ways("car"))
    if args.profile_cpu:
        profiler.disable()
        profiler.dump_stats(args.profile_cpu)
    said = summary(times)
    del times
    stages.run("times, car at peak (another profile)", lambda: ways("car_peak"))
    size = f"{len(network.node_x):,} nodes, {len(network.link_from):,} links"
    size = f"{size}, {graph.cores:,} junctions"
    print(f"\n{size}; {args.stations:,} x {args.places:,} within {args.bound:g} min: {said}")
    whole = stages.seen[2:-1]
    peak = peak_mb()
    on_disk(stages, network)
    wall, cpu = sum(row[1] for row in whole), sum(row[2] for row in whole)
    print(f"from the network to the times: {wall:.0f} s (processor {cpu:.0f} s), target "
          f"{MOST_S:.0f} s; peak {peak:.0f} MB, target {MOST_MB:.0f} MB")  # fmt: skip


def on_disk(stages: Stages, network: RoadNetwork) -> None:
    """The network kept and loaded again, as `read_roads` does with a cache."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network"
        stages.run("network kept on disk", lambda: write_cached(path, network))
        size_mb = path.stat().st_size / 1e6
        again = stages.run(f"network loaded again ({size_mb:.0f} MB)", lambda: read_cached(path))
        if again is None or not np.array_equal(again.link_to, network.link_to):
            sys.exit("the network kept is not the network loaded")


def one_county() -> None:
    """Another profile on a loaded county: 218 buildings x 770 places of Wessex."""
    network = read_roads(COUNTY / "roads.osm.pbf")
    frames = [pd.read_csv(COUNTY / f"{name}.csv") for name in ("demand", "buildings")]
    at = [snapped(network, frame.astype({"easting": float})) for frame in frames]
    took = []
    for name in ("car", "car_peak"):
        wall, cpu = time.perf_counter(), time.process_time()
        times_between(at[0], at[1], profile=profile(name), direction="from_site")
        took.append((time.perf_counter() - wall, time.process_time() - cpu))
    print(f"Wessex alone, {len(at[1].ids)} x {len(at[0].ids)}: first profile {took[0][0]:.2f} s "
          f"(processor {took[0][1]:.2f} s), another {took[1][0]:.2f} s ({took[1][1]:.2f} s), "
          "target 2 s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tile", choices=("wessex", "rutland"), default="wessex")
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--stations", type=int, default=1400)
    parser.add_argument("--places", type=int, default=35_000)
    parser.add_argument("--bound", type=float, default=20.0, help="minutes")
    parser.add_argument("--profile-cpu", type=Path, help="write the profiler's file here")
    args = parser.parse_args()
    one_county()
    million(args)


if __name__ == "__main__":
    main()

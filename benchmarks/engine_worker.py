"""One peer asked for drive times, in a process and an environment of its own.

    python engine_worker.py JOB.json ANSWER.json

Runs in the environment that `peers` makes, so it imports nothing of Groundplan's. JOB holds
``engine`` (osrm, valhalla or pandana), what the engine reads, how often to ask (``repeat``), and
``blocks``: each with ``sources`` and ``targets`` ([lon, lat] each; for pandana [easting,
northing]). ANSWER holds the seconds of each stage (the best of the repeats, wall and processor),
peak memory, and for each block seconds and metres, [source][target], null without a route.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

VALHALLA_SIDE = 50
"""Places a side of one matrix call: 2,500 pairs is the most that Valhalla's settings allow."""

Table = list[list[float | None]]


def peak_mb() -> float:
    """Peak memory of this process alone (what it inherits from its parent's is not its own)."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(lines["VmHWM"].split()[0]) / 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def timed(job: Callable[[], Any], repeat: int = 1) -> tuple[float, float, Any]:
    """Least seconds by the clock and by the processor, and the last answer."""
    seen, answer = [], None
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = job()
        seen.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(s[0] for s in seen), min(s[1] for s in seen), answer


def osrm(job: dict[str, Any]) -> dict[str, Any]:
    import osrm as engine_of

    load_s, _, engine = timed(lambda: engine_of.OSRM(job["data"]))
    blocks, call_s, call_cpu, plain_s = [], 0.0, 0.0, 0.0
    for block in job["blocks"]:
        points = [tuple(p) for p in (*block["sources"], *block["targets"])]
        n = len(block["sources"])
        ask = {"coordinates": points, "sources": list(range(n)), "generate_hints": False}
        ask["destinations"] = list(range(n, len(points)))
        if job.get("durations_only"):
            wanted = engine_of.TableParameters(**ask, annotations=["duration"])
            plain_s += timed(lambda w=wanted: engine.Table(w), job["repeat"])[0]
        wanted = engine_of.TableParameters(**ask, annotations=["duration", "distance"])
        wall, cpu, got = timed(lambda w=wanted: engine.Table(w), job["repeat"])
        call_s, call_cpu = call_s + wall, call_cpu + cpu
        seconds = [list(row) for row in got["durations"]]
        metres = [list(row) for row in got["distances"]]
        snaps = [[w["distance"] for w in got[side]] for side in ("sources", "destinations")]
        blocks.append({"s": seconds, "m": metres, "snap_m": snaps})
    return {
        "stages": {"load": load_s, "call": call_s, "durations_only": plain_s},
        "cpu_s": call_cpu,
        "blocks": blocks,
    }


def valhalla(job: dict[str, Any]) -> dict[str, Any]:
    from valhalla import Actor

    load_s, _, actor = timed(lambda: Actor(job["data"]))
    blocks, call_s, call_cpu = [], 0.0, 0.0
    for block in job["blocks"]:
        wall, cpu, (seconds, metres) = timed(lambda b=block: chunks(actor, b), job["repeat"])
        call_s, call_cpu = call_s + wall, call_cpu + cpu
        blocks.append({"s": seconds, "m": metres, "snap_m": located(actor, block, job)})
    return {"stages": {"load": load_s, "call": call_s}, "cpu_s": call_cpu, "blocks": blocks}


def spot(point: list[float]) -> dict[str, float]:
    return {"lon": point[0], "lat": point[1]}


def chunks(actor: Any, block: dict[str, Any]) -> tuple[Table, Table]:
    """A block by matrix calls of the size allowed, sewn together."""
    sources, targets = ([spot(p) for p in block[side]] for side in ("sources", "targets"))
    seconds: Table = [[] for _ in sources]
    metres: Table = [[] for _ in sources]
    for i in range(0, len(sources), VALHALLA_SIDE):
        for j in range(0, len(targets), VALHALLA_SIDE):
            ask = {
                "sources": sources[i : i + VALHALLA_SIDE],
                "targets": targets[j : j + VALHALLA_SIDE],
                "costing": "auto",
                "verbose": False,
            }
            got = json.loads(actor.matrix(json.dumps(ask)))["sources_to_targets"]
            for k, (took, far) in enumerate(zip(got["durations"], got["distances"], strict=True)):
                seconds[i + k] += took
                metres[i + k] += [None if d is None else d * 1000.0 for d in far]
    return seconds, metres


def located(actor: Any, block: dict[str, Any], job: dict[str, Any]) -> list[list[float | None]]:
    """Straight metres from each place to the spot on the road that Valhalla puts it on."""
    if not job.get("snaps"):
        return []
    found: list[list[float | None]] = []
    for side in ("sources", "targets"):
        row: list[float | None] = []
        for point in block[side]:
            ask = {"locations": [spot(point)], "costing": "auto", "verbose": False}
            edges = json.loads(actor.locate(json.dumps(ask)))[0].get("edges") or [{}]
            at = edges[0]
            if "correlated_lon" not in at:
                row.append(None)
                continue
            wide = math.cos(math.radians(point[1]))
            east = (at["correlated_lon"] - point[0]) * 111_320.0 * wide
            row.append(math.hypot(east, (at["correlated_lat"] - point[1]) * 111_200.0))
        found.append(row)
    return found


def pandana(job: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    import pandana as engine_of
    import pandas as pd

    engine_of.Network  # noqa: B018 - the import is lazy in some releases
    had = np.load(job["data"])
    weights = pd.DataFrame({"minutes": had["minutes"]})

    def build() -> Any:
        x, y = pd.Series(had["x"]), pd.Series(had["y"])
        start, stop = pd.Series(had["start"]), pd.Series(had["stop"])
        return engine_of.Network(x, y, start, stop, weights, twoway=False)

    build_s, build_cpu, net = timed(build, job["repeat"])
    [block] = job["blocks"]
    at = [np.array(block[side]) for side in ("sources", "targets")]
    snap_s, snap_cpu, nodes = timed(
        lambda: [np.asarray(net.get_node_ids(p[:, 0], p[:, 1])) for p in at], job["repeat"]
    )
    a = np.repeat(nodes[0], len(nodes[1]))
    b = np.tile(nodes[1], len(nodes[0]))
    call_s, call_cpu, got = timed(
        lambda: net.shortest_path_lengths(a, b, imp_name="minutes"), job["repeat"]
    )
    took = np.array(got, dtype=float).reshape(len(nodes[0]), -1) * 60.0
    table = [[None if s > 1e6 else s for s in row] for row in took.tolist()]
    return {
        "stages": {"prepare": build_s, "snap": snap_s, "call": call_s},
        "cpu_s": build_cpu + snap_cpu + call_cpu,
        "blocks": [{"s": table, "m": [], "snap_m": []}],
    }


def main() -> None:
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer = {"osrm": osrm, "valhalla": valhalla, "pandana": pandana}[job["engine"]](job)
    answer["peak_mb"] = peak_mb()
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Runs driven at known speeds, for tests of what a calibration makes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coverage.calibrate import Runs
from coverage.calibration.runs import COLUMNS
from coverage.network import RoadNetwork
from coverage.snap import Snapped, snap
from coverage.speeds import Profile, profile
from coverage.times import times_between

SLOWER = {
    "speeds_kph": {
        "trunk": {"urban": 48, "rural": 88},
        "primary": {"urban": 44, "rural": 68},
        "secondary": {"urban": 40, "rural": 58},
        "tertiary": {"urban": 36, "rural": 48},
        "unclassified": {"urban": 33, "rural": 38},
        "residential": {"urban": 27, "rural": 30},
        "service": 14,
    },
    "end_s": {"through": 1.2, "give_way": 6, "signals": 8, "roundabout": 5},
}


def truth_of(base: Profile) -> Profile:
    """A service slower than the profile on most roads, and more so at junctions."""
    return profile(base.name, SLOWER)


def on_roads(
    network: RoadNetwork, speeds: Profile, count: int, rng: np.random.Generator
) -> Snapped:
    """Places anywhere along the roads of a mode."""
    link = rng.choice(np.flatnonzero(network.link_modes & speeds.mode), count)
    share = rng.random(count)
    start, stop = network.link_from[link], network.link_to[link]
    x = network.node_x[start] * (1 - share) + network.node_x[stop] * share
    y = network.node_y[start] * (1 - share) + network.node_y[stop] * share
    return snap(network, [str(k) for k in range(count)], x, y, speeds)


def simulated(
    network: RoadNetwork,
    truth: Profile,
    *,
    runs: int = 2000,
    stations: int = 20,
    scatter: float = 0.12,
    gross: float = 0.05,
    start_s: float = 0.0,
    seed: int = 3,
) -> Runs:
    """Runs from stations to places near and far at true speeds, with scatter and gross errors."""
    rng = np.random.default_rng(seed)
    origins, ends = (on_roads(network, truth, n, rng) for n in (stations, runs))
    minutes = times_between(ends, origins, profile=truth, direction="from_site").minutes
    nearest = np.argsort(minutes, axis=1)
    station = nearest[np.arange(runs), rng.integers(0, min(5, stations), runs)]
    seconds = minutes[np.arange(runs), station] * 60.0 + start_s
    seconds = seconds * np.exp(rng.normal(0.0, scatter, runs))
    wrong = rng.random(runs) < gross
    seconds[wrong] *= np.where(rng.random(int(wrong.sum())) < 0.7, 3.0, 0.4)
    table = pd.DataFrame("", index=pd.RangeIndex(2, runs + 2, name="row"), columns=list(COLUMNS))
    table["origin"] = [f"station {k}" for k in station]
    table["destination"] = [f"incident {k}" for k in range(runs)]
    table["from_x"], table["from_y"] = origins.x[station], origins.y[station]
    table["to_x"], table["to_y"] = ends.x, ends.y
    table["seconds"] = seconds
    table["reason"] = np.where(np.isfinite(seconds) & (seconds >= 15.0), "", "too_short")
    return Runs(table, "simulated.csv", "0" * 64, {"seconds": "seconds"})

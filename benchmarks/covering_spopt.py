"""Groundplan's covering models beside spopt's, on one table of distances, in one run.

spopt is installed in an environment of its own under ``.bench/`` (see `peers`); its worker
builds and solves there by HiGHS through PuLP, as its documentation shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from assets.issues import InputError, Issue  # noqa: E402
from benchmarks import peers  # noqa: E402
from optimise.covering import Answer, Limits, from_table, most_covered, set_cover  # noqa: E402

SPOPT = ("spopt==0.7.0", "highspy==1.15.1")
WORKER = Path(__file__).resolve().parent / "covering_worker.py"
#: A square of this side (km), people as in an LSOA, and how far is within reach.
SIDE_KM, PEOPLE, REACH_KM = 100.0, (1000, 3000), 5.0
#: Share of the candidates that most cover may choose.
CHOSEN_SHARE = 0.25
#: The fewest sites for everybody: at the least distance that reaches everybody, times this.
LONGER = 1.0
#: Times that our own side is timed; the best counts, as for every benchmark here.
REPEAT = 3
#: A run longer than this is not repeated.
QUICK_S = 5.0


def table(places: int, candidates: int) -> tuple[np.ndarray, np.ndarray]:
    """(km between demand and candidates, people), the same at every run."""
    made = np.random.default_rng(5)
    spots, sites = made.uniform(0, SIDE_KM, (places, 2)), made.uniform(0, SIDE_KM, (candidates, 2))
    apart = np.hypot(*(spots[:, None, :] - sites[None, :, :]).transpose(2, 0, 1))
    return apart, made.integers(*PEOPLE, places).astype(float)


def side_by_side(places: int, candidates: int, limits: Limits) -> dict[str, Any]:
    """Both models by both, and the ratios theirs / ours."""
    apart, people = table(places, candidates)
    ids = [f"d{k}" for k in range(places)], [f"s{k}" for k in range(candidates)]
    reach = float(np.ceil(apart.min(axis=1).max() * LONGER * 1000) / 1000)
    sites = max(1, round(candidates * CHOSEN_SHARE))

    def mclp() -> tuple[float, Answer]:
        started = time.perf_counter()
        near = from_table(*ids, apart, weight=people).within(REACH_KM)
        return time.perf_counter() - started, most_covered(near, sites=sites, limits=limits)

    def lscp() -> tuple[float, Answer]:
        started = time.perf_counter()
        near = from_table(*ids, apart).within(reach)
        return time.perf_counter() - started, set_cover(near, limits=limits)

    ours = {"mclp": best(mclp), "lscp": best(lscp)}
    theirs = asked(apart, people, {"reach": (REACH_KM, reach), "sites": sites}, limits)
    ratios = {
        name: {
            "build": theirs[name]["build"] / ours[name]["build"],
            "solve": theirs[name]["solve"] / ours[name]["solve"],
            "same_optimum": bool(np.isclose(theirs[name]["objective"], ours[name]["objective"])),
        }
        for name in ours
    }
    return {"demand": places, "sites": candidates, "ours": ours, "spopt": theirs, "ratios": ratios}


def best(run: Any) -> dict[str, Any]:
    """The quickest of some runs: from the table to the reduced program, and from there on."""
    runs = [run()]
    while len(runs) < REPEAT and runs[0][1].seconds["solve"] < QUICK_S:
        runs.append(run())
    before, answer = min(runs, key=lambda r: r[0] + r[1].seconds["build"])
    return {
        "build": before + answer.seconds["build"],
        "solve": min(one.seconds["solve"] for _, one in runs),
        "objective": answer.objective,
        "bound": answer.bound,
        "status": answer.status,
    }


def asked(
    apart: np.ndarray, people: np.ndarray, what: dict[str, Any], limits: Limits
) -> dict[str, Any]:
    """What spopt's worker says."""
    try:
        python = peers.environment("spopt", lambda: sys.executable, SPOPT)
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "table.npz"
            np.savez(data, apart=apart, people=people)
            question, answer = Path(folder) / "job.json", Path(folder) / "answer.json"
            job = {"data": str(data), "seconds": limits.seconds, **what}
            question.write_text(json.dumps(job), encoding="utf-8")
            words = [str(python), str(WORKER), str(question), str(answer)]
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode:
                raise peers.NotInstalled((done.stderr.strip().splitlines() or ["no reason"])[-1])
            return dict(json.loads(answer.read_text(encoding="utf-8")))
    except peers.NotInstalled as reason:
        message = f"spopt is not to be had here: {reason}"
        raise InputError(Issue("covering.spopt", message)) from None

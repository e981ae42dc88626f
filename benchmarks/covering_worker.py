"""spopt's covering models, in an environment of its own.

    python covering_worker.py JOB.json ANSWER.json

Imports nothing of Groundplan's. JOB holds ``data`` (an .npz of ``apart`` and ``people``),
``reach`` (for most cover, for everybody), ``sites`` and ``seconds``. ANSWER holds, for each of
mclp and lscp, the seconds to build and to solve, and the objective.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np


def timed(build: Any, solver: Any) -> tuple[Any, dict[str, float]]:
    started = time.perf_counter()
    model = build()
    built = time.perf_counter()
    model = model.solve(solver)
    seconds = {"build": built - started, "solve": time.perf_counter() - built}
    return model, seconds


def main() -> None:
    warnings.simplefilter("ignore")
    import pulp
    from spopt.locate import LSCP, MCLP

    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    had = np.load(job["data"])
    apart, people = had["apart"], had["people"]
    near, far = job["reach"]

    def solver() -> Any:
        return pulp.HiGHS(msg=False, timeLimit=job["seconds"], gapRel=0.0, threads=1)

    model, seconds = timed(
        lambda: MCLP.from_cost_matrix(apart, people, near, p_facilities=job["sites"]), solver()
    )
    chosen = np.array([v.value() > 0.5 for v in model.fac_vars])
    covered = float(people[(apart[:, chosen] <= near).any(axis=1)].sum())
    answer = {"mclp": {**seconds, "objective": covered}}
    model, seconds = timed(lambda: LSCP.from_cost_matrix(apart, far), solver())
    count = float(sum(v.value() > 0.5 for v in model.fac_vars))
    answer["lscp"] = {**seconds, "objective": count}
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()

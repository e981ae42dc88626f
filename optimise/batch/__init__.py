"""Scenarios by the hundred: each is planned once, on one machine or many, whatever is killed.

    result = run_batch(scenario_set, Path("runs/wessex-batch"), Options(Cluster(workers=2)))

The folder is the truth: a scenario is finished once its folder is there, whole, with the key of
what was asked inside it. `docs/clusters.md` tells how to run it on other machines.
"""

from __future__ import annotations

from optimise.batch.cluster import Cluster
from optimise.batch.driver import Options, run_batch
from optimise.batch.result import BatchResult, Row
from optimise.batch.task import Work
from optimise.batch.told import Told

__all__ = ["BatchResult", "Cluster", "Options", "Row", "Told", "Work", "run_batch"]

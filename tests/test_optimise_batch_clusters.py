"""A batch on a cluster that is there already: a scheduler and workers, real and killed for real."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from assets.issues import InputError
from optimise.batch import BatchResult, Cluster, Options, Work, run_batch
from tests import batch_work as does
from tests.dask_processes import DaskProcesses, dask_processes, free_port, kill, wait_for
from tests.toy_batch import executions, half_made, receipts_set, statuses, toy_file

LITTLE = Work(make=does.make, write=does.little)


def on(cluster: DaskProcesses, **more: Any) -> Options:
    where = Cluster(address=cluster.address, wait_s=180)
    return Options(where, **{"work": LITTLE, **more})


def test_a_worker_is_killed_and_the_scheduler_is_restarted_and_nothing_is_lost_or_run_twice(
    tmp_path: Path,
) -> None:
    # s-00 to s-05, of which two wait in their workers until they have leave.
    path, out, toy = toy_file(tmp_path), tmp_path / "out", tmp_path / "toy"
    asked = receipts_set(path, [does.WAITS, 1.0, 2.0, 3.0, 4.0, 5.0])
    with dask_processes(tmp_path) as cluster, ThreadPoolExecutor(1) as pool:
        cluster.start_scheduler()
        first = cluster.start_worker()
        result = pool.submit(run_batch, asked, out, on(cluster))
        try:
            wait_for(lambda: list(toy.glob("waiting-*")), "a scenario to wait in the first worker")
            cluster.start_worker()
            wait_for(
                lambda: result.done() or list(out.glob("scenarios/s-*/run.json")), "a first plan"
            )
            assert not result.done(), result.result()
            kill(first)
            (toy / "go").touch()  # the scenario that died with its worker may go on elsewhere
            kill_scheduler(cluster)
            cluster.start_scheduler()
            cluster.start_worker()
            made: BatchResult = result.result(timeout=300)
        finally:
            (toy / "go").touch()
    assert made.complete and not made.stopped, (made.stopped, made.notes)
    assert set(statuses(out).values()) == {"optimal"} and len(statuses(out)) == 6
    assert set(executions(out).values()) == {1}, "each was planned to its end once"
    assert not half_made(out)


def kill_scheduler(cluster: DaskProcesses) -> None:
    assert cluster.scheduler is not None
    kill(cluster.scheduler)


def test_a_scheduler_that_does_not_come_back_ends_the_batch_and_says_how_to_go_on(
    tmp_path: Path,
) -> None:
    path, out, toy = toy_file(tmp_path), tmp_path / "out", tmp_path / "toy"
    asked = receipts_set(path, [does.WAITS, 1.0])
    with dask_processes(tmp_path) as cluster, ThreadPoolExecutor(1) as pool:
        cluster.start_scheduler()
        cluster.start_worker()
        where = Cluster(address=cluster.address, wait_s=30)
        result = pool.submit(run_batch, asked, out, Options(where, LITTLE))
        wait_for(lambda: list(toy.glob("waiting-*")), "a scenario to wait in the worker")
        kill_scheduler(cluster)
        made: BatchResult = result.result(timeout=300)
    assert "did not come back within 30 s" in made.stopped
    assert made.unfinished >= 1 and not made.complete


def test_nobody_at_the_address_is_said_at_once(tmp_path: Path) -> None:
    path = toy_file(tmp_path)
    where = Cluster(address=f"tcp://127.0.0.1:{free_port()}", wait_s=1)
    with pytest.raises(InputError, match="no scheduler answers") as refused:
        run_batch(receipts_set(path, [1.0]), tmp_path / "out", Options(where, LITTLE))
    assert "dask scheduler" in refused.value.issues[0].remedy
    assert threading.active_count() < 50

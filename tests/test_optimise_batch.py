"""A batch on this machine: each scenario once, failures as rows, whatever its workers die of."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from assets.issues import InputError
from optimise.batch import Cluster, Options, Work, run_batch
from optimise.batch.claims import alone
from optimise.batch.cluster import SETTINGS
from optimise.store import open_store
from optimise.variants import ScenarioSet
from tests import batch_work as does
from tests.dask_processes import kill, start, wait_for
from tests.toy_batch import (
    KEY,
    executions,
    half_made,
    receipts_set,
    statuses,
    toy_file,
    variant,
)

#: Five million is more than the whole estate would fetch.
TOO_MUCH = 5_000_000.0
LITTLE = Work(make=does.make, write=does.little)


def options(workers: int = 2, memory: str = "auto", **more: Any) -> Options:
    return Options(Cluster(workers=workers, memory=memory, wait_s=120), **{"work": LITTLE, **more})


def test_a_failure_is_a_row_with_its_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = toy_file(tmp_path)
    asked = receipts_set(path, [0.0, TOO_MUCH, does.BUG, 1000.0])
    no_time = variant(path, "no-time", (("solver.name", "cbc"), ("solver.time_limit_s", 1e-4)))
    unknown = variant(path, "unknown", (("locks.NOBODY.decision", "close"),))
    died = variant(path, "died", ((KEY, does.DIES),))
    asked = ScenarioSet(asked.name, asked.source, asked.base,
                        (*asked.variants, no_time, unknown, died))  # fmt: skip
    result = run_batch(asked, tmp_path / "out", options())
    found = {row.name: row.standing for row in result.rows}
    assert statuses(tmp_path / "out") == {
        "s-00": "optimal", "s-01": "impossible", "s-02": "fault", "s-03": "optimal",
        "no-time": "no_plan", "unknown": "bad_input", "died": "fault",
    }  # fmt: skip
    assert "receipts" in found["s-01"].reason.lower()
    assert found["s-02"].reason == "ZeroDivisionError: an injected bug"
    assert "NOBODY" in json.dumps(
        json.loads((tmp_path / "out/scenarios/unknown/failed.json").read_text())["issues"]
    )
    assert "died 3 times" in found["died"].reason
    trace = json.loads((tmp_path / "out/scenarios/s-02/failed.json").read_text())["details"]
    assert "batch_work.py" in trace
    assert not result.complete
    assert not half_made(tmp_path / "out")
    with open_store(tmp_path / "out/store.sqlite") as store:
        kept = store.runs().set_index("scenario")
    assert kept["status"].to_dict() == {**statuses(tmp_path / "out"), "base": "optimal"}
    assert kept.loc["s-02", "reason"] == "ZeroDivisionError: an injected bug"

    again = run_batch(asked, tmp_path / "out", options(retry=True, work=Work(write=does.little)))
    assert again.executed == 4, "all but what has a plan and what is proved impossible"
    assert statuses(tmp_path / "out")["s-02"] == statuses(tmp_path / "out")["died"] == "optimal"


def test_finished_scenarios_stay_finished_and_changed_ones_are_planned_again(
    tmp_path: Path,
) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    first = run_batch(receipts_set(path, [0.0, 1000.0, 1000.0]), out, options(1))
    assert (first.executed, first.complete) == (4, True)
    before = {p: p.stat().st_mtime_ns for p in out.glob("scenarios/*/run.json")}

    second = run_batch(receipts_set(path, [0.0, 1000.0, 1000.0]), out, options(1))
    assert (second.executed, second.complete) == (0, True)
    assert before == {p: p.stat().st_mtime_ns for p in out.glob("scenarios/*/run.json")}

    third = run_batch(receipts_set(path, [0.0, 2000.0]), out, options(1))
    assert third.executed == 1
    assert third.rows[2].again == "what is asked has changed"
    assert third.strangers == ("s-02",)


def test_a_scenario_asked_twice_is_planned_once_and_both_rows_are_there(tmp_path: Path) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    work = Work(make=does.make, write=does.little, draw=does.draw)
    result = run_batch(receipts_set(path, [500.0, 500.0]), out, options(1, work=work))
    assert result.rows[2].same_as == "s-00"
    assert "plan" in result.rows[1].seconds and "plan" not in result.rows[2].seconds
    records = [json.loads((out / f"scenarios/s-0{n}/run.json").read_text()) for n in (0, 1)]
    assert records[1]["batch"]["same_as"] == "s-00"
    assert records[1]["title"] == records[1]["batch"]["title"] == "Scenario s-01"
    assert records[0]["npv_gbp"] == records[1]["npv_gbp"]
    assert (out / "scenarios/s-01/plan.html").read_text() == "Scenario s-01"


def test_a_plan_is_kept_without_the_page_that_cannot_be_drawn_and_drawn_later(
    tmp_path: Path,
) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    asked = receipts_set(path, [500.0])
    broken = Work(make=does.make, write=does.little, draw=does.cannot_draw)
    result = run_batch(asked, out, options(1, work=broken))
    assert result.complete and "injected bug of drawing" in result.rows[1].undrawn
    assert not (out / "scenarios/s-00/plan.html").exists()
    before = (out / "scenarios/s-00/run.json").read_bytes()

    mended = Work(make=does.make, write=does.little, draw=does.draw)
    result = run_batch(asked, out, options(1, work=mended))
    assert result.rows[1].again == "its page is missing"
    assert (out / "scenarios/s-00/plan.html").exists()
    assert (out / "scenarios/s-00/run.json").read_bytes() == before


def test_a_full_disk_on_one_worker_sends_the_scenario_to_another(tmp_path: Path) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    result = run_batch(receipts_set(path, [1.0, does.FULL_DISK, 2.0, 3.0]), out, options())
    assert (tmp_path / "toy" / "full").exists(), "one worker's disk did refuse"
    assert result.complete, [row.standing for row in result.rows]
    assert not half_made(out)


def test_a_disk_that_is_full_everywhere_is_a_row_and_is_tried_again_the_next_time(
    tmp_path: Path,
) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    asked = receipts_set(path, [1.0, does.FULL_DISK, 2.0])
    full = Work(make=does.make_full, write=does.little)
    result = run_batch(asked, out, options(work=full))
    row = {r.name: r for r in result.rows}["s-01"]
    assert (row.standing.status, row.standing.passing) == ("fault", True)
    assert "tried 3 times" in row.standing.reason
    assert statuses(out)["s-02"] == "optimal" and not half_made(out)

    result = run_batch(asked, out, options(1, work=Work(write=does.little)))
    assert result.executed == 1 and result.complete


def test_a_scenario_that_needs_too_much_memory_is_a_row_and_the_others_are_planned(
    tmp_path: Path,
) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    result = run_batch(receipts_set(path, [1.0, does.EATS, 2.0]), out, options(2, "700MB"))
    found = {row.name: row.standing for row in result.rows}
    assert not result.stopped
    assert "out of memory" in found["s-01"].reason, found["s-01"]
    assert [found[n].status for n in ("s-00", "s-02")] == ["optimal", "optimal"]


def test_workers_that_dask_gives_up_are_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, "distributed.deploy.lost-worker-timeout", "100ms")
    path, out = toy_file(tmp_path), tmp_path / "out"
    result = run_batch(receipts_set(path, [1.0, does.DIES, 2.0]), out, options(1))
    assert not result.stopped
    assert statuses(out) == {"s-00": "optimal", "s-01": "fault", "s-02": "optimal"}


def test_a_scenario_that_does_not_stop_is_ended_and_is_a_row(tmp_path: Path) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    asked = receipts_set(path, [1.0, does.HANGS], "solver.time_limit_s=1")
    result = run_batch(
        asked, out, options(1, work=Work(make=does.make, write=does.little, wall_s=20))
    )
    row = result.rows[2]
    assert row.standing.status == "fault" and "did not stop" in row.standing.reason
    assert "batch_work.py" in (out / "scenarios/s-01/failed.json").read_text()
    assert result.rows[1].standing.planned


def test_only_one_driver_at_a_time(tmp_path: Path) -> None:
    path = toy_file(tmp_path)
    with alone(tmp_path / "out"), pytest.raises(InputError, match="being run already, by process"):
        run_batch(receipts_set(path, [1.0]), tmp_path / "out", options(1))
    assert not (tmp_path / "out" / "batch.json").exists()


#: So many that a batch is never finished before it is interrupted, however slow the machine.
MANY = 24

DRIVER = """
import signal
import sys
from pathlib import Path
from tests import batch_work as does
from tests.toy_batch import receipts_set
from optimise.batch import Cluster, Options, Work, run_batch

if __name__ == "__main__":
    # A shell that runs the tests in the background has its children deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path, out = Path(sys.argv[1]), Path(sys.argv[2])
    asked = receipts_set(path, map(float, range(1, int(sys.argv[3]) + 1)))
    work = Work(make=does.make, write=does.slow)
    result = run_batch(asked, out, Options(Cluster(workers=2), work=work))
    print(result.executed, result.stopped, flush=True)
"""


def driver(tmp_path: Path, path: Path, out: Path) -> Any:
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    words = [str(script), str(path), str(out), str(MANY)]
    return start(words, tmp_path / "driver.log")


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_driver_that_is_ended_leaves_what_was_finished_and_the_rest_goes_on(
    tmp_path: Path, how: str
) -> None:
    path, out = toy_file(tmp_path), tmp_path / "out"
    process = driver(tmp_path, path, out)
    try:
        wait_for(lambda: len(list(out.glob("scenarios/s-*/run.json"))) >= 3, "three scenarios")
        if how == "killed":
            os.kill(process.pid, 9)
        else:
            os.killpg(process.pid, 2)  # as a terminal does: to the workers as well
        process.wait(30)
    finally:
        kill(process)
    before = {p: p.stat().st_mtime_ns for p in out.glob("scenarios/s-*/run.json")}
    assert 3 <= len(before) < MANY, "it was ended on the way"
    if how == "interrupted":
        assert "interrupted" in (tmp_path / "driver.log").read_text()

    asked = receipts_set(path, map(float, range(1, MANY + 1)))
    result = run_batch(asked, out, options())
    assert result.complete and result.executed == MANY - len(before)
    assert before == {p: p.stat().st_mtime_ns for p in before}, "what was finished was left alone"
    assert set(executions(out).values()) == {1}, "nothing was planned twice"
    assert not half_made(out)

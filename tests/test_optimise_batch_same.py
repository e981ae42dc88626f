"""The same scenarios on one worker and on two, in other orders: the same store, each run once."""

from __future__ import annotations

from pathlib import Path

from optimise.batch import Cluster, Options, Work, run_batch
from optimise.store import contents_digest, open_store
from optimise.variants import ScenarioSet
from tests import batch_work as does
from tests.toy_batch import executions, receipts_set, toy_file

COUNT = 200


def digest(folder: Path) -> str:
    with open_store(folder / "store.sqlite") as store:
        return contents_digest(store)


def test_two_hundred_scenarios_give_the_same_store_on_one_worker_and_on_two(
    tmp_path: Path,
) -> None:
    path = toy_file(tmp_path)
    # From nothing to what the estate would fetch at most, and a little beyond.
    asked = receipts_set(path, [7_500.0 * n for n in range(COUNT)])
    backwards = ScenarioSet(asked.name, asked.source, asked.base, asked.variants[::-1])
    work = Work(make=does.make, write=does.little)
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, scenarios, workers in ((one, asked, 1), (two, backwards, 2)):
        made = run_batch(scenarios, folder, Options(Cluster(workers=workers, wait_s=180), work))
        assert made.complete and made.executed == COUNT + 1
        assert set(executions(folder).values()) == {1}
        assert len(made.counts) == 2, "some have a plan and some cannot"
    assert digest(one) == digest(two)

"""One scenario in this process, no cluster: what is kept, what is tried again, what is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.issues import InputError, Issue
from optimise.batch import Cluster, Options, Work, run_batch, task
from optimise.batch.claims import claim_path
from optimise.batch.jobs import Job, jobs_of, warm_place
from optimise.batch.standing import is_of_a_batch, retell, standing
from optimise.batch.task import Order, execute
from optimise.reader import Reader
from optimise.variants import load_set
from optimise.warm import Warm
from optimise.warm_file import read_warm, warm_bytes
from tests import batch_work as does
from tests.toy_batch import toy_file

Ask = Callable[..., Order]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return toy_file(tmp_path)


def jobs(path: Path, **changed: Any) -> tuple[Job, ...]:
    """The base and two scenarios of a file, some of its keys written anew."""
    record = yaml.safe_load(path.read_text())
    record |= {"scenarios": {"more": {"set": {"targets.receipts_gbp": 1000}}}} | changed
    path.write_text(yaml.safe_dump(record, sort_keys=False))
    return jobs_of(load_set(path), Reader())


def order(path: Path, job: Job, session: str = "today", **work: Any) -> Order:
    files = tuple(Reader().files(job.scenario))
    done = Work(**{"make": does.make, "write": does.little, **work})
    return Order(job, path.parent / "out", session, done, files, "")


def refuse(folder: Path) -> None:
    raise OSError(24, "Too many open files")


def no_room(folder: Path) -> None:
    raise InputError(Issue("run.cannot_write", "no space left", (str(folder),), ""))


@pytest.mark.parametrize("which", [0, 1], ids=["base", "scenario"])
def test_a_plan_is_never_given_up_for_its_page(path: Path, which: int) -> None:
    job = jobs(path)[which]
    assert execute(order(path, job)).standing.planned
    folder = path.parent / "out" / job.place
    before = (folder / "run.json").read_bytes()
    made = execute(order(path, job, "tomorrow", draw=refuse))
    assert made.standing.planned and "Too many open files" in made.undrawn
    assert (folder / "run.json").read_bytes() == before
    assert not (folder / "failed.json").exists()
    # Three workers died of drawing it.
    died = order(path, job, "the day after", draw=does.draw)
    with claim_path(died.root, job.name).open("a") as file:
        for _ in range(3):
            file.write("\n" + json.dumps({"session": died.session, "began": 1.0}))
    made = execute(died)
    assert made.standing.planned and "died 3 times" in made.undrawn
    assert (folder / "run.json").read_bytes() == before


def test_what_one_disk_refused_is_tried_on_the_next(path: Path) -> None:
    job = jobs(path)[1]

    def full(*args: Any, **more: Any) -> Path:
        raise OSError(28, "No space left on device")

    first = execute(order(path, job, write=full))
    assert "No space left" in first.unwritten
    second = execute(order(path, job))
    assert second.standing.planned and not second.unwritten


def test_what_ended_an_earlier_session_says_nothing_of_this_one(path: Path) -> None:
    job = jobs(path)[1]
    trace = claim_path(path.parent / "out", job.name).with_suffix(".trace")
    trace.parent.mkdir(parents=True)
    trace.write_text("Timeout (0:00:20)!\nThread 0x1 (most recent call first):\n")
    assert execute(order(path, job)).standing.planned


def test_a_plan_is_in_its_place_before_its_page_is_drawn(path: Path) -> None:
    """The disk has room for the plan and none for its page: the plan stays, and is not redone."""
    base, *_ = jobs(path)
    first = execute(order(path, base, draw=no_room))
    assert first.unwritten
    folder = order(path, base).folder
    before = (folder / "run.json").read_bytes()
    assert not (folder / "plan.html").exists()

    def planned_again(*asked: object, **options: object) -> None:
        raise AssertionError("the plan is there")

    again = execute(order(path, base, make=planned_again, draw=does.draw))
    assert again.standing.planned and again.standing.page
    assert (folder / "run.json").read_bytes() == before


def test_what_differs_is_told_anew_where_only_the_base_has_changed(path: Path) -> None:
    """The file says in the base what it said of nobody: `more` keeps its plan, and now differs."""
    _, more = jobs(path)
    assert execute(order(path, more, draw=does.draw)).standing.planned
    years = more.scenario.finance.horizon_yr
    finance = {**yaml.safe_load(path.read_text()).get("finance", {}), "horizon_yr": years - 1}
    asked = {"targets.receipts_gbp": 1000, "finance.horizon_yr": years}
    _, moved = jobs(path, scenarios={"more": {"set": asked}}, finance=finance)
    assert moved.key == more.key, "the question is the same"
    root = order(path, more).root
    retell(root, moved)
    place = root / moved.place / "run.json"
    assert json.loads(place.read_text())["changes"]["finance.horizon_yr"]["after"] == years
    found = standing(root, moved)
    assert found.planned and not found.page
    written = place.stat().st_mtime_ns
    retell(root, moved)
    assert place.stat().st_mtime_ns == written


def test_a_what_if_beside_scenarios_is_no_scenario_that_nobody_asks_for(tmp_path: Path) -> None:
    for name, record in (("mine-what-if-1", {"what_if_of": {}}), ("old", {"batch": {}})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(record))
    (tmp_path / "empty").mkdir()
    kept = {path.name for path in tmp_path.iterdir() if is_of_a_batch(path)}
    assert kept == {"old", "empty"}


def test_workers_are_told_apart_by_what_plans_are_made_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose speeds differ has another mark, as a plan has another key."""
    before = task.fingerprint()
    monkeypatch.setattr(task, "made_by", lambda: "other speeds")
    task.fingerprint.cache_clear()
    try:
        assert task.fingerprint() != before
    finally:
        task.fingerprint.cache_clear()


def test_words_beside_the_plan_are_asked_for_too(path: Path) -> None:
    plain = jobs(path)
    with_words = jobs(path, note="For the March committee")
    assert [a.key != b.key for a, b in zip(plain, with_words, strict=True)] == [True, True]
    other = {"scenarios": {"other-words": {"set": {"note": "For the April committee"}}}}
    assert jobs(path, **other)[1].same_as == "", "its folder says something else than the base's"


def test_what_the_base_leaves_is_read_as_numbers_and_damage_is_as_good_as_none(
    path: Path,
) -> None:
    base, more = jobs(path)
    out = path.parent / "out"
    assert execute(order(path, base)).standing.planned
    left = out / warm_place(base.key)
    assert left.read_bytes() == warm_bytes(read_warm(left.parent)[0])
    left.write_bytes(b"\x80\x04no parquet")
    asked = order(path, more)
    damaged = Order(asked.job, asked.root, asked.session, asked.work, asked.files, "",
                    warm=warm_place(base.key))  # fmt: skip
    assert execute(damaged).standing.planned
    assert read_warm(left.parent)[0] == Warm()


@pytest.mark.parametrize("memory", ["lots", "2", "0.5", "2GBB", "1kB", ""])
def test_memory_no_worker_can_live_on_is_refused_before_anything_is_written(
    path: Path, memory: str
) -> None:
    out = path.parent / "out"
    with pytest.raises(InputError, match="batch.memory"):
        run_batch(load_set(path), out, Options(Cluster(memory=memory)))
    assert not out.exists()

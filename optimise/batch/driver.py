"""The driver: hands scenarios out, takes what comes back, goes on whatever dies.

It decides nothing about what is finished: the folders do (`optimise.batch.standing`).
"""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assets.issues import InputError, Issue
from optimise.batch.claims import alone
from optimise.batch.cluster import Cluster, LostError, check_memory, check_workers, opened
from optimise.batch.flights import Flights, StoppedError
from optimise.batch.jobs import (
    BASE,
    RECORD,
    Job,
    batch_record,
    jobs_of,
    listed_in,
    warm_place,
    write_whole,
)
from optimise.batch.keeping import Keeping
from optimise.batch.result import BatchResult, Row
from optimise.batch.standing import is_of_a_batch, retell, standing, why_again
from optimise.batch.task import Order, Work, fingerprint
from optimise.batch.told import Told
from optimise.input_records import InputFile
from optimise.reader import Reader
from optimise.variants import ScenarioSet

Progress = Callable[[Told], None] | None


@dataclass(frozen=True)
class Options:
    """How a batch is run.

    Attributes:
        cluster: where.
        work: what is done with each scenario.
        retry: whether failures of earlier runs are tried again.
    """

    cluster: Cluster = Cluster()
    work: Work = Work()
    retry: bool = False


def run_batch(
    asked: ScenarioSet, folder: Path, options: Options | None = None, *, progress: Progress = None
) -> BatchResult:
    """Plan every scenario of a set that is not planned yet, each once.

    Args:
        asked: base and variants.
        folder: of the batch; the same folder again goes on with what is left.
        options: where and how.
        progress: told how far it is.

    Returns:
        How every scenario stands; also where it was interrupted, or its cluster was lost.

    Raises:
        InputError: another process runs this batch, inputs or cluster cannot be used, the folder
            cannot be written.
    """
    options, root = options or Options(), folder.resolve()
    check_memory(options.cluster)
    with alone(root):
        reader = Reader()
        jobs = jobs_of(asked, reader)
        _refuse_double(jobs)
        try:
            record = root / RECORD
            write_whole(record, batch_record(asked, jobs, listed_in(record)))
            for job in jobs:
                retell(root, job)
        except OSError as error:
            raise InputError(
                Issue("run.cannot_write", f"{root} cannot be written: {error.strerror or error}",
                      (str(root),), "free some space or choose another --out")
            ) from error  # fmt: skip
        sums = {f.path: f for job in jobs for f in reader.files(job.scenario)}
        batch = _Batch(root, jobs, options, tuple(sums.values()), progress)
        with _terminated_as_interrupted():
            return batch.run()


def _refuse_double(jobs: tuple[Job, ...]) -> None:
    names = [job.name for job in jobs]
    twice = tuple(sorted({name for name in names if names.count(name) > 1}))
    if twice:
        raise InputError(
            Issue("batch.name_twice", "two scenarios of the batch have one name", twice,
                  f"give each a name of its own; '{BASE}' is the base's")
        )  # fmt: skip


class _Batch:
    """One run of a batch."""

    def __init__(
        self,
        root: Path,
        jobs: tuple[Job, ...],
        options: Options,
        files: tuple[InputFile, ...],
        progress: Progress,
    ) -> None:
        self.root, self.jobs, self.options, self.files = root, jobs, options, files
        self.session = secrets.token_hex(8)
        self.rows = {job.name: self._row(job) for job in jobs}
        self.todo = [job for job in jobs if self._why(job)]
        self.keeping = Keeping(root)
        self.flights = Flights(root, options.cluster, self._order, self._landed)
        self.flights.told = Told(len(jobs), len(jobs) - len(self.todo))
        self.flights.progress = progress or (lambda told: None)

    def _row(self, job: Job) -> Row:
        found = standing(self.root, job)
        again = self._why(job) if found.status else ""
        return Row(job.name, job.title, job.place, found, again=again, same_as=job.same_as)

    def _why(self, job: Job) -> str:
        pages = self.options.work.draw is not None
        found = standing(self.root, job)
        return why_again(self.root, found, job, retry=self.options.retry, pages=pages)

    def run(self) -> BatchResult:
        """All that is left, then the store."""
        stopped, interrupted, began = "", False, time.perf_counter()
        try:
            if self.todo:
                began = self._work()
        except KeyboardInterrupt:
            stopped, interrupted = "interrupted", True
        except (LostError, StoppedError) as error:
            stopped = str(error)
        seconds = time.perf_counter() - began
        notes = (*self.flights.notes, *self.keeping.complete())
        listed = listed_in(self.root / RECORD)
        there = sorted((self.root / "scenarios").glob("[!.]*"))
        strangers = tuple(p.name for p in there if p.name not in listed and is_of_a_batch(p))
        rows = tuple(replace(self.rows[j.name], standing=standing(self.root, j)) for j in self.jobs)
        return BatchResult(self.root, rows, stopped, interrupted, seconds, strangers, notes)

    def _work(self) -> float:
        """Base, then whatever asks something of its own, then what asks the same."""
        first = [job for job in self.todo if job.name == BASE]
        own = [job for job in self.todo if job.name != BASE and not job.same_as]
        same = [job for job in self.todo if job.same_as]
        with opened(self.options.cluster) as hall:
            local = self.options.cluster.local
            paths = tuple(f.path for f in self.files if "://" not in f.path)

            def check() -> None:
                check_workers(hall.client, self.root, paths, same=local)

            began = time.perf_counter()
            self.flights.take(hall, check)
            for jobs in (first, own, same):
                self.flights.fly(jobs)
        return began

    def _order(self, job: Job) -> Order:
        """What a worker is told."""
        local, base = self.options.cluster.local, self.jobs[0]
        warm = warm_place(base.key)
        left = job.name != BASE and (self.root / warm).exists()
        return Order(job, self.root, self.session, self.options.work, self.files,
                     "" if local else fingerprint(), warm if left else "",
                     retry=self.options.retry)  # fmt: skip

    def _landed(self, job: Job, outcome: Any) -> None:
        """A scenario is finished, with a plan or without."""
        row = self.rows[job.name]
        self.rows[job.name] = replace(
            row, standing=outcome.standing, executed=row.executed + outcome.executed,
            undrawn=outcome.undrawn, seconds=outcome.seconds,
        )  # fmt: skip
        self.keeping.put(self.root / job.place)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """A polite request to end is taken as Ctrl-C is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heard(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

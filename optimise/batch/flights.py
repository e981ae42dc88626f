"""Scenarios that are out with workers: sent, landed, sent again, lost with a scheduler."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from assets.issues import InputError
from optimise.batch.claims import claim_path, claimed
from optimise.batch.cluster import Cluster, Hall, LostError
from optimise.batch.failed import Failure, cannot_write, failure_of, one_line, write_failed
from optimise.batch.jobs import Job
from optimise.batch.standing import standing
from optimise.batch.task import Order, Outcome, execute, plan_kept
from optimise.batch.told import Pace, Told

#: Seconds between looks at what landed, and at the workers.
TICK_S, WORKERS_S = 0.5, 5.0
#: Seconds that a result may take to come.
RESULT_S = 3.0
#: Workers whose disk a scenario is tried on; scenarios in a row that no disk takes.
DISKS, FULL = 3, 5
#: Times a scenario is sent although Dask gave it up.
SENT = 12
#: Scenarios out at once, for each worker and beyond.
EACH, BEYOND = 2, 2


class StoppedError(RuntimeError):
    """It makes no sense to go on; says why."""


class Flights:
    """Scenarios that are out with workers.

    Args:
        root: the batch's folder.
        asked: the cluster.
        order: what a worker is told of a scenario.
        landed: called with each scenario that is finished.
    """

    def __init__(
        self,
        root: Path,
        asked: Cluster,
        order: Callable[[Job], Order],
        landed: Callable[[Job, Outcome], None],
    ) -> None:
        self.root, self.asked, self.order, self.landed = root, asked, order, landed
        self.told = Told(0, 0)
        self.progress: Callable[[Told], None] = lambda told: None
        self.notes: list[str] = []
        self._out: dict[str, tuple[Job, Any]] = {}
        self._arrived: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._waiting: deque[Job] = deque()
        self._sent: dict[str, int] = {}
        self._full: dict[str, list[str]] = {}
        self._refused = 0
        self._pace = Pace(time.monotonic())
        self._workers: tuple[str, ...] = ()
        self._seen = self._looked = time.monotonic()

    def take(self, hall: Hall, check: Callable[[], None]) -> None:
        """Use a cluster.

        Args:
            hall: the way to it.
            check: raises InputError where its workers cannot do the work.

        Raises:
            LostError: no worker comes in time.
        """
        self._hall, self._check = hall, check
        self._ready()

    def fly(self, jobs: Iterable[Job]) -> None:
        """Send every job, and come back when all are finished.

        Raises:
            LostError: scheduler or workers went away for good.
            StoppedError: no disk takes anything, or workers are unfit.
        """
        self._waiting.extend(jobs)
        while self._waiting or self._out:
            try:
                if self._hall.gone():
                    self._find_again()
                self._fill()
            except (OSError, RuntimeError) as error:
                if isinstance(error, (LostError, StoppedError)):
                    raise
                self._find_again()  # it went away while it was spoken to
            for key in self._landings():
                self._settle(key)
            self._look()
            self._tell()

    # --- out and back -------------------------------------------------------------------

    def _fill(self) -> None:
        """Send as many as the workers can have at hand."""
        most = EACH * max(1, len(self._workers)) + BEYOND
        while self._waiting and len(self._out) < most:
            job = self._waiting.popleft()
            order = self.order(job)
            self._sent[job.name] = count = self._sent.get(job.name, 0) + 1
            key = f"{job.name}-{order.session}-{count}"
            full = self._full.get(job.name, [])
            others = [w for w in self._workers if w not in full] if full else []
            try:
                future = self._hall.client.submit(
                    execute, order, key=key, pure=False, workers=others or None
                )
            except Exception:
                self._waiting.appendleft(job)
                raise
            self._out[key] = (job, future)
            future.add_done_callback(lambda future: self._arrived.put(future.key))

    def _landings(self) -> list[str]:
        """Keys of what landed since the last look, after a moment at most."""
        found = []
        try:
            found.append(self._arrived.get(timeout=TICK_S))
            while True:
                found.append(self._arrived.get_nowait())
        except queue.Empty:
            return [key for key in found if key in self._out]

    def _settle(self, key: str) -> None:
        """Take one in; what was lost on the way is sent again, and found finished."""
        job, future = self._out.pop(key)
        if future.status == "error":
            self._take_error(job, future.exception())
            return
        outcome = None
        if future.status == "finished":
            with suppress(Exception):  # the worker that had it died since, or its scheduler did
                outcome = future.result(timeout=RESULT_S)
        if outcome is None:
            self._waiting.appendleft(job)
        else:
            self._take_in(job, outcome)

    def _take_in(self, job: Job, outcome: Outcome) -> None:
        if outcome.unfit:
            raise StoppedError(f"worker {outcome.worker} cannot be used: {outcome.unfit}")
        if outcome.busy:
            self._waiting.append(job)
        elif outcome.unwritten:
            self._take_unwritten(job, outcome)
        else:
            self._refused = 0
            self._finish(job, outcome)

    def _take_unwritten(self, job: Job, outcome: Outcome) -> None:
        """The disk refused: to another worker, a few times, then a row that says so."""
        full = self._full.setdefault(job.name, [])
        full.append(outcome.worker)
        if len(full) < DISKS:
            self._waiting.append(job)
            return
        self._refused += 1
        reason = f"cannot be written (tried {len(full)} times): {outcome.unwritten}"
        self._give_up(job, Failure("fault", one_line(reason), passing=True))
        if self._refused >= FULL:
            raise StoppedError(f"the disk refuses: {one_line(outcome.unwritten)}")

    def _take_error(self, job: Job, error: BaseException) -> None:
        """Dask gave it up: because workers died under it, or because it cannot be sent at all."""
        died = type(error).__name__ == "KilledWorker"
        if died and self._sent[job.name] < SENT:
            self._waiting.append(job)
            return
        failure = failure_of(error)
        if died:
            failure = Failure("fault", "workers died again and again under it", passing=True)
        self._give_up(job, failure)

    def _give_up(self, job: Job, failure: Failure) -> None:
        """Write down, from here, that there is no plan."""
        with claimed(claim_path(self.root, job.name), patience_s=0.0) as claim:
            if claim is None:  # somebody is at it after all
                self._waiting.append(job)
                return
            kept = plan_kept(self.root, job, failure)
            if kept is not None:
                self._finish(job, kept)
                return
            try:
                write_failed(job, self.root / job.place, failure, 0.0)
            except InputError as error:
                if not cannot_write(error):
                    raise
                raise StoppedError(f"the disk refuses: {one_line(str(error))}") from None
        self._finish(job, Outcome(job.name, standing(self.root, job), executed=True))

    def _finish(self, job: Job, outcome: Outcome) -> None:
        self.landed(job, outcome)
        self._pace.finished(time.monotonic())
        planned = outcome.standing.planned
        self.told = replace(
            self.told, planned=self.told.planned + planned, failed=self.told.failed + (not planned)
        )

    # --- the cluster --------------------------------------------------------------------

    def _ready(self) -> None:
        self._hall.wait_for_workers(self._note)
        self._check()
        self._workers, self._dashboard = self._hall.workers(), self._hall.dashboard
        self._seen = time.monotonic()

    def _find_again(self) -> None:
        """The scheduler is gone: wait for it, and send again what was out."""
        self._note("lost the scheduler; waiting for it")
        self._waiting.extendleft(job for job, _ in reversed(self._out.values()))
        self._out.clear()
        end = time.monotonic() + self.asked.wait_s
        while True:
            self._hall.renew(self._note)
            try:
                self._ready()
                break
            except OSError:  # gone again before it was asked anything
                if time.monotonic() >= end:
                    raise LostError("the scheduler comes and goes") from None
        self._note("found the scheduler again; going on")

    def _look(self) -> None:
        """See which workers there are, now and then."""
        now = time.monotonic()
        if now - self._looked < WORKERS_S:
            return
        self._hall.refill()
        self._looked, self._workers = now, self._hall.workers()
        if self._workers:
            self._seen = now
        elif now - self._seen > self.asked.wait_s:
            raise LostError(f"there was no worker for {self.asked.wait_s:.0f} s")

    def _tell(self) -> None:
        rate = self._pace.per_s()
        left = self.told.left / rate if rate else None
        self.told = replace(self.told, per_min=rate * 60, left_s=left,
                            workers=len(self._workers), dashboard=self._dashboard)  # fmt: skip
        self.progress(self.told)

    def _note(self, words: str) -> None:
        if not self.notes or self.notes[-1] != words:
            self.notes.append(words)
            self.progress(replace(self.told, note=words))

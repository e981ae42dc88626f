"""What a worker does with one scenario: claim it, plan it, write it, say how it went.

Nothing in a plan depends on the worker, on the order, or on what the worker did before.
"""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from assets.issues import InputError
from optimise.batch.claims import Claim, claim_path, claimed
from optimise.batch.failed import Failure, cannot_write, failure_of, write_failed
from optimise.batch.jobs import BASE, Job, warm_place
from optimise.batch.standing import (
    PAGES,
    RUN,
    Standing,
    clear_leftovers,
    only_page_missing,
    standing,
    why_again,
)
from optimise.batch.watch import (
    ended_after,
    ended_by_clock,
    held_bytes,
    memory_watched,
    where_it_was,
)
from optimise.input_records import InputFile, Inputs
from optimise.plan import Plan, make_plan
from optimise.reader import Reader
from optimise.runs import new_folder, plain, versions, write_run
from optimise.scenario import Scenario
from optimise.variants.keys import made_by
from optimise.warm import COLD, Warm
from optimise.warm_file import read_warm, warm_bytes

#: Inputs that a worker keeps at hand, at most.
KEEP = 2
#: Times a scenario may take its worker down before it is given up, in one run of the batch.
DEATHS = 3
#: A solver is left alone for so many times its limit, and so many seconds.
WALL_FACTOR, WALL_S = 3.0, 60.0
#: A worker that ends a scenario holding more than this share of its memory forgets what it keeps.
FULL = 0.6

#: How a scenario ended whose folder no disk took.
UNWRITTEN = "unwritten"

#: HiGHS has one scheduler per process: a worker with several threads plans one at a time.
_one_at_a_time = threading.Lock()


class Maker(Protocol):
    """`optimise.plan.make_plan`, or something that stands in for it."""

    def __call__(self, scenario: Scenario, inputs: Inputs, *, warm: Warm = COLD) -> Plan:
        """A plan of a scenario."""


class Writer(Protocol):
    """`optimise.runs.write_run`, or something that stands in for it."""

    def __call__(
        self,
        plan: Plan,
        folder: Path,
        seconds: Mapping[str, float],
        *,
        about: Mapping[str, Any] | None = None,
    ) -> Path:
        """The run folder of a plan."""


@dataclass(frozen=True)
class Work:
    """How a scenario is worked on; functions are sent to workers by their names.

    Attributes:
        make: makes the plan.
        write: writes it into a run folder.
        draw: draws a run folder's pages into it; None draws none.
        cache: folder that networks and drive times are kept in; None keeps none.
        wall_s: seconds, beyond three times the solver's limit, after which a worker is ended.
    """

    make: Maker = make_plan
    write: Writer = write_run
    draw: Callable[[Path], object] | None = None
    cache: Path | None = None
    wall_s: float = WALL_S


@dataclass(frozen=True)
class Order:
    """One scenario for a worker.

    Attributes:
        job: what to plan.
        root: the batch's folder, the same place for every worker.
        session: this run of the batch.
        work: how.
        files: inputs as the driver found them; a worker that finds others refuses.
        fingerprint: of the program that the driver runs; ``""`` = it is the worker's own.
        warm: file of what the base left; ``""`` = the search begins from nothing.
        retry: whether failures of earlier sessions are tried again.
    """

    job: Job
    root: Path
    session: str
    work: Work
    files: tuple[InputFile, ...]
    fingerprint: str
    warm: str = ""
    retry: bool = False

    @property
    def wall_s(self) -> float:
        """Seconds after which the worker is ended."""
        return WALL_FACTOR * self.job.scenario.solver.time_limit_s + self.work.wall_s

    @property
    def folder(self) -> Path:
        """Where the run is to be."""
        return self.root / self.job.place


@dataclass(frozen=True)
class Outcome:
    """How it went.

    Attributes:
        name: of the scenario.
        standing: how it stands now.
        executed: whether it was worked on here and now.
        undrawn: why its page could not be drawn.
        unwritten: the disk refused; what it said.
        unfit: why this worker cannot be used.
        busy: somebody else is at it, and stayed at it.
        worker: its address.
        seconds: wall-clock time by stage: inputs, plan, write, draw, total; and ``cpu``.
    """

    name: str
    standing: Standing = Standing()
    executed: bool = False
    undrawn: str = ""
    unwritten: str = ""
    unfit: str = ""
    busy: bool = False
    worker: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)


def execute(order: Order) -> Outcome:
    """Plan one scenario, unless it is finished already or somebody else is at it."""
    return replace(_executed(order), worker=_worker("address") or "")


def _executed(order: Order) -> Outcome:
    job, started, spent = order.job, time.perf_counter(), time.process_time()
    if order.fingerprint not in ("", fingerprint()):
        return Outcome(job.name, unfit="it runs another version of Groundplan or its packages")
    path = claim_path(order.root, job.name)
    try:
        with _one_at_a_time, claimed(path, patience_s=order.wall_s + WALL_S) as claim:
            if claim is None:
                return Outcome(job.name, busy=True)
            made = _with_claim(order, claim)
    except OSError as error:
        return Outcome(job.name, unwritten=str(error))
    took = {"total": time.perf_counter() - started, "cpu": time.process_time() - spent}
    return replace(made, seconds={**made.seconds, **took})


def _with_claim(order: Order, claim: Claim) -> Outcome:
    """Nobody else is at it: finish what is not finished."""
    job, past = order.job, claim.history(order.session)
    found = standing(order.root, job)
    none: Mapping[str, Any] = {}
    # What a disk refused did not end: another worker's may take it.
    before = next((s for s in reversed(past) if s.get("ended", UNWRITTEN) != UNWRITTEN), none)
    ended = bool(before)
    pages = order.work.draw is not None
    if not why_again(order.root, found, job, again=not ended, retry=order.retry, pages=pages):
        # Finished just now, but the answer was lost with its worker: it is given again.
        return Outcome(job.name, found, executed=ended, seconds=before.get("seconds", {}))
    clear_leftovers(order.folder)
    trace = claim_path(order.root, job.name).with_suffix(".trace")
    if not past:  # what an earlier run of the batch died of says nothing of this one
        trace.unlink(missing_ok=True)
    given_up = _given_up(past, trace)
    claim.note(session=order.session, began=time.time(), given_up=given_up is not None)
    limit = _memory_limit()
    spent: dict[str, float] = {}
    with (
        ended_after(order.wall_s, trace),
        memory_watched(limit, lambda mb: claim.note(session=order.session, held_mb=mb)),
    ):
        made = _settled(order, given_up, spent)
    ended_as = UNWRITTEN if made.unwritten else made.standing.status
    claim.note(session=order.session, ended=ended_as, seconds=dict(made.seconds))
    _forget_if_full(limit)
    return made


def _given_up(past: list[Mapping[str, Any]], trace: Path) -> Failure | None:
    """Whether those who were at it before died of it, too often to go on; and of what."""
    if ended_by_clock(trace):
        said = where_it_was(trace, Path(__file__).name)
        return Failure("fault", "it did not stop long after its time was over, and was ended",
                       details=said)  # fmt: skip
    deaths = sum("began" in s for s in past) - sum("ended" in s for s in past)
    if deaths < DEATHS:
        return None
    held = [int(s["held_mb"]) for s in past if "held_mb" in s]
    if held:
        said = f"out of memory: its worker died {deaths} times, last seen near {held[-1]} MB"
        return Failure("fault", f"{said}; allow more with --memory-per-worker", passing=True)
    return Failure("fault", f"its worker died {deaths} times while it was at it", passing=True)


def _settled(order: Order, given_up: Failure | None, spent: dict[str, float]) -> Outcome:
    """Make it, or write down why there is none."""
    job, started = order.job, time.perf_counter()
    undrawn = ""
    try:
        failure = given_up
        if failure is None:
            try:
                undrawn = _make(order, spent)
            except Exception as error:  # whatever it is, it is this scenario's alone
                if cannot_write(error):
                    raise
                failure = failure_of(error)
        if failure is not None:
            kept = plan_kept(order.root, job, failure)
            if kept is not None:
                return replace(kept, seconds=spent)
            write_failed(job, order.folder, failure, time.perf_counter() - started)
    except InputError as error:
        return Outcome(job.name, executed=True, unwritten=str(error), seconds=spent)
    found = standing(order.root, job)
    return Outcome(job.name, found, executed=True, undrawn=undrawn, seconds=spent)


def plan_kept(root: Path, job: Job, failure: Failure) -> Outcome | None:
    """The plan that is there stays, and lacks its page; None where there is none to keep."""
    found = standing(root, job)
    if not found.planned or found.key != job.key:
        return None
    return Outcome(job.name, found, executed=True, undrawn=failure.reason)


def _make(order: Order, spent: dict[str, float]) -> str:
    """The run folder: planned, copied from one that asks the same, or drawn again.

    Returns:
        Why its page cannot be drawn; the plan stays without.
    """
    job, folder = order.job, order.folder
    found = standing(order.root, job)
    if only_page_missing(order.root, found, job):
        return _drawn(order, folder, spent)
    if job.same_as:
        return _copied(order, spent)
    with _timed(spent, "inputs"):
        inputs = _reader(order.work.cache, order.files).inputs(job.scenario)
        warm = _warm(str(order.root / order.warm)) if order.warm else COLD
    with _timed(spent, "plan"):
        plan = order.work.make(job.scenario, inputs, warm=warm)
    spent.update({f"plan.{stage}": took for stage, took in plan.seconds.items()})
    with new_folder(folder) as place:
        if job.name == BASE:
            keep_warm(order.root, job.key, plan.solution.warm)
        with _timed(spent, "write"):
            order.work.write(
                plan, place, {"read and drive times": spent["inputs"]}, about=job.about
            )
    # The plan is in its place: where the disk has no room for its page, it is not lost with it.
    return _drawn(order, folder, spent)


def _drawn(order: Order, place: Path, spent: dict[str, float]) -> str:
    """Draw the pages of a plan; why that cannot be done, if it cannot.

    Raises:
        OSError, InputError: the disk refuses.
    """
    if order.work.draw is None:
        return ""
    try:
        with _timed(spent, "draw"):
            order.work.draw(place)
    except OSError:
        raise
    except Exception as error:  # a plan is worth having without its page
        if cannot_write(error):
            raise
        _undraw(place)
        return failure_of(error).reason
    return ""


def _undraw(place: Path) -> None:
    """Take away pages that are of another plan, or half made."""
    for name in PAGES:
        (place / name).unlink(missing_ok=True)


def _copied(order: Order, spent: dict[str, float]) -> str:
    """The folder of an earlier scenario that asks the same, under this one's name and title.

    Raises:
        InputError: it cannot be written.
    """
    job = order.job
    source = BASE if job.same_as == BASE else f"scenarios/{job.same_as}"
    with new_folder(order.folder) as place:
        shutil.copytree(order.root / source, place, dirs_exist_ok=True)
        name = RUN if (place / RUN).exists() else "failed.json"
        record = json.loads((place / name).read_text(encoding="utf-8"))
        record |= job.about | job.scenario.origin.told
        if job.title:
            record["title"] = job.title
        text = json.dumps(plain(record), indent=2, ensure_ascii=False, allow_nan=False)
        (place / name).write_text(text + "\n", encoding="utf-8")
        _undraw(place)
    return _drawn(order, order.folder, spent) if name == RUN else ""


class _timed:
    """Adds the seconds of a stage to a table."""

    def __init__(self, table: dict[str, float], stage: str) -> None:
        self.table, self.stage = table, stage

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self.table[self.stage] = time.perf_counter() - self.began


# --- what a worker keeps ---------------------------------------------------------------------


@lru_cache(maxsize=1)
def _reader(cache: Path | None, files: tuple[InputFile, ...]) -> Reader:
    return Reader(cache, keep=KEEP, expected=files)


@lru_cache(maxsize=1)
def _warm(path: str) -> Warm:
    # Damaged since, it is as good as none: every scenario then begins from nothing.
    return read_warm(Path(path).parent)[0]


def keep_warm(root: Path, key: str, warm: Warm) -> None:
    """Keep what the base's solve left, for the others to begin from.

    Raises:
        OSError: the disk refuses.
    """
    path = root / warm_place(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_bytes(warm_bytes(warm))
    beside.replace(path)


def _memory_limit() -> float:
    """Bytes that this worker may hold; 0 = no limit, or no worker."""
    manager = _worker("memory_manager")
    return float(getattr(manager, "memory_limit", None) or 0)


def _worker(attribute: str) -> Any:
    """Something of the Dask worker this runs on; None on none."""
    from distributed import get_worker

    try:
        return getattr(get_worker(), attribute)
    except (ValueError, AttributeError):
        return None


def _forget_if_full(limit_bytes: float) -> None:
    if limit_bytes and held_bytes() > FULL * limit_bytes:
        _reader.cache_clear()
        _warm.cache_clear()
        gc.collect()


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Checksum of the program and of the packages that can change an answer."""
    here = Path(__file__).resolve().parents[2]
    # Figures that lie beside the code, and libraries, count as they do in a plan's key.
    whole = hashlib.sha256(json.dumps([versions(), made_by()], sort_keys=True).encode())
    for package in ("assets", "coverage", "optimise"):
        for path in sorted((here / package).rglob("*.py")):
            whole.update(path.relative_to(here).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()

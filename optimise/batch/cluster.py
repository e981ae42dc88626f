"""Workers: a cluster on this machine, or one that is there already, found by its address."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.issues import InputError, Issue
from optimise.batch.task import fingerprint

#: A worker that does nothing yet holds more than this.
LEAST_BYTES = 100_000_000
#: Seconds one attempt to reach a scheduler may take.
ATTEMPT_S = 5.0
#: Seconds between looks for workers.
LOOK_S = 0.2
#: Seconds that taking a cluster down may take.
CLOSE_S = 3.0
#: Inputs kept at hand are not Dask's to spill, and a worker that waits for them to go away waits
#: for ever; the limit itself is kept by the worker's nanny.
SETTINGS = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.preload": ["optimise.batch.deaf"],
    # A worker that died is started again in its place; on a busy machine that takes longer than
    # the 15 seconds after which Dask would drop the place itself.
    "distributed.deploy.lost-worker-timeout": "60s",
}


@dataclass(frozen=True)
class Cluster:
    """Where a batch is to run.

    Attributes:
        workers: processes on this machine, where no address is given.
        address: of a scheduler that is there already (``tcp://host:8786``); blank = none.
        memory: a worker on this machine may hold so much (``4GB``); ``auto`` = its share.
        wait_s: seconds that a scheduler or workers that went away are waited for.
    """

    workers: int = 1
    address: str = ""
    memory: str = "auto"
    wait_s: float = 120.0

    @property
    def local(self) -> bool:
        """Whether it is made for this batch, on this machine."""
        return not self.address


def check_memory(asked: Cluster) -> None:
    """See that a worker can live on what it may hold.

    Raises:
        InputError: it is no number of bytes, or too few.
    """
    from dask.utils import parse_bytes

    if asked.memory == "auto" or not asked.local:
        return
    try:
        enough = parse_bytes(asked.memory) >= LEAST_BYTES
    except ValueError:
        enough = False
    if not enough:
        raise InputError(
            Issue("batch.memory", f"a worker cannot do with '{asked.memory}' of memory",
                  (asked.memory,), "say how much with its unit, such as 2GB, or leave it out")
        )  # fmt: skip


class LostError(RuntimeError):
    """Scheduler or workers went away and did not come back in time."""


class Hall:
    """A way to the cluster, which can be found again.

    Attributes:
        client: Dask's.
    """

    def __init__(self, asked: Cluster, client: Any, made: Any = None) -> None:
        self._asked = asked
        self.client = client
        self._made = made

    @property
    def dashboard(self) -> str:
        """Where to watch the cluster."""
        return str(self.client.dashboard_link or "")

    def workers(self) -> tuple[str, ...]:
        """Addresses of the workers there are, ascending; none where the scheduler is gone."""
        try:
            return tuple(sorted(self.client.scheduler_info(n_workers=-1)["workers"]))
        except Exception:  # whatever Dask makes of a lost connection
            return ()

    def refill(self) -> None:
        """On this machine: start anew the workers that Dask gave up."""
        if self._made is not None and len(self.workers()) < self._asked.workers:
            with suppress(Exception):  # a cluster that is gone is reported elsewhere
                self._made.scale(self._asked.workers)

    def gone(self) -> bool:
        """Whether the scheduler went away."""
        return str(self.client.status) != "running"

    def renew(self, tell: Callable[[str], None]) -> None:
        """Find the scheduler again.

        Raises:
            LostError: it does not come back in time.
        """
        closed(self.client)
        try:
            self.client = connected(self._asked.address, self._asked.wait_s, tell)
        except InputError:
            address, wait_s = self._asked.address, self._asked.wait_s
            raise LostError(
                f"the scheduler at {address} did not come back within {wait_s:.0f} s"
                if address
                else "the cluster on this machine is gone"
            ) from None

    def wait_for_workers(self, tell: Callable[[str], None]) -> None:
        """Wait until there is a worker.

        Raises:
            LostError: none comes in time.
        """
        end, told = time.monotonic() + self._asked.wait_s, False
        while not self.workers():
            if not told:
                tell("waiting for workers")
                told = True
            if time.monotonic() >= end:
                raise LostError(f"no worker came within {self._asked.wait_s:.0f} s")
            time.sleep(LOOK_S)


@contextmanager
def opened(asked: Cluster) -> Iterator[Hall]:
    """A way to the cluster asked for; what was made for it is taken down in the end.

    Raises:
        InputError: nobody answers at the address.
    """
    import dask
    import distributed  # noqa: F401 - sets up its own logging as it is loaded

    _quiet()
    with dask.config.set(SETTINGS):
        if not asked.local:
            hall = Hall(asked, connected(asked.address, asked.wait_s))
            try:
                yield hall
            finally:
                closed(hall.client)
            return
        from distributed import Client, LocalCluster

        made = LocalCluster(
            n_workers=asked.workers,
            threads_per_worker=1,
            processes=True,
            memory_limit=asked.memory,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
        hall = Hall(asked, Client(made, set_as_default=False), made)
        try:
            yield hall
        finally:
            closed(hall.client)
            _take_down(made)


def connected(address: str, wait_s: float, tell: Callable[[str], None] = lambda words: None) -> Any:
    """A client of the scheduler at an address, once it answers.

    Raises:
        InputError: the address cannot be one, or nobody answers in time.
    """
    from distributed import Client

    end = time.monotonic() + wait_s
    while True:
        try:
            return Client(address, timeout=ATTEMPT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            if isinstance(error, (ValueError, TypeError)) or time.monotonic() >= end:
                raise InputError(
                    Issue("batch.no_scheduler", f"no scheduler answers at {address}: {error}",
                          (address,), "start it (`dask scheduler`) and name it as it names itself, "
                          "such as tcp://host:8786; what is finished stays finished")
                ) from None  # fmt: skip
        tell(f"no scheduler answers at {address}; trying again")
        time.sleep(min(1.0, max(0.0, end - time.monotonic())))


def closed(client: Any) -> None:
    """Let go of a client; a cluster that does not answer is not waited for."""
    with suppress(Exception):  # a lost scheduler is reported elsewhere
        client.close(timeout=CLOSE_S)
    # Else it tries once more when it is forgotten, for a minute.
    client.status = "closed"


def _take_down(made: Any) -> None:
    processes = [worker.process for worker in made.workers.values() if worker.process is not None]
    with suppress(Exception):
        made.close(timeout=CLOSE_S)
    for one in processes:
        with suppress(Exception):
            if one.process is not None and one.process.is_alive():
                one.process.kill()


def _quiet() -> None:
    """Dask's own tracebacks about workers that come and go say nothing to a planner."""
    for part in ("client", "nanny", "worker", "scheduler", "core", "comm"):
        logging.getLogger(f"distributed.{part}").setLevel(logging.CRITICAL)
    for name in ("distributed", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


# --- whether workers can do the work --------------------------------------------------------


def check_workers(client: Any, root: Path, files: tuple[str, ...], *, same: bool) -> None:
    """Every worker sees the batch's folder and the inputs, and runs this program.

    Args:
        client: of the cluster.
        root: the batch's folder.
        files: paths of inputs.
        same: whether workers run this very program, on this machine.

    Raises:
        InputError: one does not, with what to do about it.
    """
    probe = root / f".probe-{secrets.token_hex(8)}"
    probe.write_text(probe.name, encoding="utf-8")
    try:
        said: Mapping[str, Mapping[str, Any]] = client.run(
            _look, str(probe), files, on_error="return"
        )
    finally:
        probe.unlink(missing_ok=True)
    found = {name: one for name, one in said.items() if isinstance(one, Mapping)}
    dumb = tuple(sorted(name for name in said if name not in found))
    blind = tuple(sorted(n for n, one in found.items() if not one["folder"]))
    missing = tuple(sorted({path for one in found.values() for path in one["missing"]}))
    ours = fingerprint()
    other = tuple(sorted(n for n, one in found.items() if not same and one["program"] != ours))
    issues = [
        *_issue(dumb, "batch.worker_unfit", "workers cannot load Groundplan",
                "start them from Groundplan's folder, with python -m dask (docs/clusters.md)"),
        *_issue(blind, "batch.folder_not_shared", f"workers do not see the batch's folder {root}",
                "put --out on a disk that every worker mounts at the same path: NFS on Slurm and "
                "SSH, a volume on Kubernetes (docs/clusters.md)"),
        *_issue(missing, "batch.inputs_not_shared", "workers do not see files the scenarios name",
                "put them on a disk that every worker mounts at the same path"),
        *_issue(other, "batch.other_program", "workers run another version of Groundplan or of its "
                "packages: their plans would not be comparable",
                "give every worker the same checkout and the same requirements.txt"),
    ]  # fmt: skip
    if issues:
        raise InputError(issues)


def _issue(ids: tuple[str, ...], rule: str, words: str, remedy: str) -> list[Issue]:
    return [Issue(rule, words, ids, remedy)] if ids else []


def _look(probe: str, files: tuple[str, ...]) -> Mapping[str, Any]:
    """On a worker: what it sees."""
    path = Path(probe)
    with suppress(OSError):
        list(path.parent.iterdir())  # a network's disk may remember an older list of files
    seen = path.exists() and path.read_text(encoding="utf-8") == path.name
    missing = [name for name in files if not Path(name).exists()]
    return {"folder": seen, "missing": missing, "program": fingerprint()}

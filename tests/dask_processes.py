"""A real scheduler and real workers, each a process of its own that a test may kill.

    with dask_processes(tmp_path) as cluster:
        cluster.start_scheduler()
        worker = cluster.start_worker()
        worker.kill()                       # as kill -9 does

They are started as docs/clusters.md says: ``python -m dask`` from Groundplan's folder.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 180.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(happens: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + patience_s
    while not happens():
        if time.monotonic() > end:
            pytest.fail(f"waited {patience_s:g} s for {what}")
        time.sleep(0.05)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started, as ``kill -9`` does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def start(words: list[str], log: Path, **options: object) -> subprocess.Popen[bytes]:
    """A process in a group of its own, from Groundplan's folder."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            start_new_session=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}, **options,  # type: ignore[call-overload]
        )  # fmt: skip


@dataclass
class DaskProcesses:
    """A scheduler and its workers."""

    folder: Path
    port: int = field(default_factory=free_port)
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        self.scheduler = start(
            ["-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", str(self.port),
             "--no-dashboard"], self.folder / "scheduler.log",
        )  # fmt: skip

    def start_worker(self, *words: str) -> subprocess.Popen[bytes]:
        number = len(self.workers)
        made = start(
            ["-m", "dask", "worker", self.address, "--nthreads", "1", "--no-dashboard",
             "--local-directory", str(self.folder / f"local-{number}"), *words],
            self.folder / f"worker-{number}.log",
        )  # fmt: skip
        self.workers.append(made)
        return made

    def stop(self) -> None:
        for one in (*self.workers, *([self.scheduler] if self.scheduler else [])):
            kill(one)


@contextmanager
def dask_processes(folder: Path) -> Iterator[DaskProcesses]:
    made = DaskProcesses(folder)
    try:
        yield made
    finally:
        made.stop()

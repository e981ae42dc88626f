"""Loaded by workers on this machine: Ctrl-C is for the driver, which then ends its workers."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any


def dask_setup(worker: Any) -> None:
    """Called by Dask when the worker starts."""
    with suppress(ValueError):  # not in the main thread: then Ctrl-C does not come here
        signal.signal(signal.SIGINT, signal.SIG_IGN)

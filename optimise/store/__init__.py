"""The run store: what every run of a folder of runs says, as tables to be asked.

    store = open_store("runs/runs.sqlite")
    store.collect()                               # whatever changed since last time
    store.runs("gap <= 0.01 and npv_gbp > 5e7", "-npv_gbp")

It is derived from the run folders and can be made again from them at any time. `docs/store.md`
lists its tables.
"""

from __future__ import annotations

from optimise.store.contents import contents, contents_digest
from optimise.store.store import Collected, Store, StoreFrames, open_store

__all__ = ["Collected", "Store", "StoreFrames", "contents", "contents_digest", "open_store"]

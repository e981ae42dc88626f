"""What a store says, without what may differ between two that say the same.

Two stores of the same scenarios, made by different numbers of workers, in different folders, in
SQLite and PostgreSQL, have the same contents. Left out are the columns of `LEFT_OUT` (seconds,
and where files lay) and what the store keeps for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from optimise.store.schema import TABLES
from optimise.store.store import Store

#: Table -> columns that may differ.
LEFT_OUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {table.name: tuple(c.name for c in table.columns if c.varies) for table in TABLES}
)


def contents(store: Store) -> dict[str, pd.DataFrame]:
    """Every documented table in order, without the columns of `LEFT_OUT`.

    Raises:
        InputError: the database refuses.
    """
    return {
        table.name: _plain(store.table(table.name).drop(columns=list(LEFT_OUT[table.name])))
        for table in TABLES
    }


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of all their columns."""
    return table.sort_values(list(table.columns), kind="stable").reset_index(drop=True)


def contents_digest(store: Store) -> str:
    """A checksum of `contents`, sha256."""
    whole = hashlib.sha256()
    for name, table in contents(store).items():
        whole.update(f"{name}\n".encode())
        whole.update(table.to_csv(index=False, lineterminator="\n").encode())
    return whole.hexdigest()

"""Leases of one building that follow each other: which overlap, which is in force. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd

#: A lease that begins within so many days of the end of another one continues it.
CONTINUES_DAYS = 31
_ORDER = ["asset_id", "start", "expiry"]


def ordered(leases: pd.DataFrame) -> pd.DataFrame:
    """Leases by building, then by their first day; one without a first day is the oldest."""
    return leases.sort_values(_ORDER, na_position="first", kind="stable")


def overlapping(leases: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Positions of rows that are leases of one building for the same days, the earlier first.

    A lease may begin on the day on which the one before it ends. Rows without a building or
    without a last day are left out: other checks name them.

    Args:
        leases: asset_id, start and expiry.
    """
    leases = leases.reset_index(drop=True)
    whole = leases[(leases["asset_id"] != "") & leases["expiry"].notna()]
    several = whole[whole["asset_id"].duplicated(keep=False)]
    for _, rows in ordered(several).groupby("asset_id", sort=True):
        last, until = int(rows.index[0]), rows["expiry"].iloc[0]
        for position, start, expiry in zip(
            rows.index[1:], rows["start"].iloc[1:], rows["expiry"].iloc[1:], strict=True
        ):
            if pd.isna(start) or start < until:
                yield last, int(position)
            if expiry > until:
                last, until = int(position), expiry


def in_force(leases: pd.DataFrame, asset_id: str, day: dt.date) -> pd.DataFrame:
    """The lease of a building in force on a day, then those that continue it, in order.

    A building is bound by a lease that is signed already and begins as the present one ends.
    Where none is in force: the last that has expired (the tenant holds over), else the first
    to come.

    Args:
        leases: as in `assets.estate.Estate`: index asset_id.
        asset_id: of the building.
        day: on which the lease is in force.

    Returns:
        Rows, none where no lease of the building is listed.
    """
    if asset_id not in leases.index:
        return leases.iloc[:0]
    rows = leases.loc[[asset_id]].sort_values(
        ["start", "expiry"], na_position="first", kind="stable"
    )
    when = pd.Timestamp(day)
    begun = rows["start"].isna() | (rows["start"] <= when)
    running = begun & (rows["expiry"].isna() | (rows["expiry"] >= when))
    # Of two that meet on the day, the later: it is the one that goes on.
    chosen = running if running.any() else begun
    first = int(chosen.to_numpy().nonzero()[0][-1]) if chosen.any() else 0
    return rows.iloc[first : first + _unbroken(rows.iloc[first:])]


def _unbroken(rows: pd.DataFrame) -> int:
    """How many rows from the first on continue each other."""
    gaps = rows["start"].iloc[1:].to_numpy() - rows["expiry"].iloc[:-1].to_numpy()
    for count, gap in enumerate(gaps, start=1):
        if pd.isna(gap) or gap > pd.Timedelta(days=CONTINUES_DAYS):
            return count
    return len(rows)

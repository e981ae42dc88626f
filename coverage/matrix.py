"""Travel-time matrices in and out of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assets.issues import InputError, Issue
from assets.read import sha256_of
from coverage.network import Floats
from coverage.snap import check_ids
from coverage.times import FROM_SITE, TO_SITE, TravelTimes

FILE_COLUMNS = ("from_id", "to_id", "minutes", "metres", "from_snap_m", "to_snap_m")


def write_times(times: TravelTimes, path: Path | str) -> None:
    """Write a long CSV, one row per pair, sorted by ids; blank minutes mean no route.

    Columns ``from_id,to_id,minutes,metres,from_snap_m,to_snap_m``; ``from`` is where the journey
    starts (the site for ``from_site``, the demand point for ``to_site``). Minutes to four decimals
    (6 ms), metres to one.
    """
    rows, columns = len(times.demand_ids), len(times.site_ids)
    demand = np.repeat(np.arange(rows), columns)
    site = np.tile(np.arange(columns), rows)
    ids = (_as_text(times.demand_ids)[demand], _as_text(times.site_ids)[site])
    off_m = (times.demand_snap_m[demand], times.site_snap_m[site])
    start, stop = (1, 0) if times.direction == FROM_SITE else (0, 1)
    frame = pd.DataFrame(
        {
            "from_id": ids[start],
            "to_id": ids[stop],
            "minutes": times.minutes.ravel().round(4),
            "metres": times.metres.ravel().round(1),
            "from_snap_m": off_m[start].round(1),
            "to_snap_m": off_m[stop].round(1),
        }
    )
    frame = frame.sort_values(["from_id", "to_id"], kind="stable")
    try:
        frame.to_csv(path, index=False, lineterminator="\n")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        raise InputError(Issue("times.unwritable", message, remedy="check folder and space")) from (
            error
        )


def _as_text(ids: tuple[str, ...]) -> NDArray[Any]:
    """Ids as written to a spreadsheet: one that a spreadsheet would run as a formula is quoted."""
    risky = ("=", "+", "-", "@", "\t", "\r")
    return np.array([f"'{name}" if name.startswith(risky) else name for name in ids], dtype=object)


def read_times(path: Path | str, demand_ids: Sequence[str], site_ids: Sequence[str]) -> TravelTimes:
    """Read a travel-time matrix made elsewhere (or by `write_times`).

    Args:
        path: CSV with ``from_id``, ``to_id`` and ``minutes``; ``metres``, ``from_snap_m`` and
            ``to_snap_m`` may follow. Blank minutes mean no route.
        demand_ids: the demand points, each of which must be in the file.
        site_ids: the sites, each of which must be in the file.

    Returns:
        Times in the order of the ids given; the direction is read off which side the sites are on.

    Raises:
        InputError: with every fault found: missing file or columns, ids missing, ids unknown,
            pairs missing or given twice, minutes negative or not a number.
    """
    frame = _read_long(Path(path))
    demand, sites = check_ids(demand_ids, "demand points"), check_ids(site_ids, "sites")
    direction = _direction_of(frame, demand, sites)
    start, stop = ("to_id", "from_id") if direction == FROM_SITE else ("from_id", "to_id")
    row = pd.Index(demand).get_indexer(pd.Index(frame[start]))
    column = pd.Index(sites).get_indexer(pd.Index(frame[stop]))
    issues = _id_issues(frame, (start, stop), (demand, sites), (row, column))
    issues += _number_issues(frame)
    if issues:
        raise InputError([replace(issue, layer=Path(path).name) for issue in issues])
    matrix = {name: np.full((len(demand), len(sites)), np.nan) for name in ("minutes", "metres")}
    for name, values in matrix.items():
        values[row, column] = frame[name]
    matrix["metres"][np.isnan(matrix["minutes"])] = np.nan
    snaps = ("to_snap_m", "from_snap_m") if direction == FROM_SITE else ("from_snap_m", "to_snap_m")
    return TravelTimes(
        demand_ids=demand,
        site_ids=sites,
        minutes=matrix["minutes"],
        metres=matrix["metres"],
        demand_snap_m=_per_place(frame[snaps[0]], row, len(demand)),
        site_snap_m=_per_place(frame[snaps[1]], column, len(sites)),
        profile="matrix",
        direction=direction,
        provenance=MappingProxyType(
            {"file": Path(path).name, "file_sha256": sha256_of(Path(path)), "direction": direction}
        ),
    )


def _read_long(path: Path) -> pd.DataFrame:
    """The file's known columns: ids as text, figures as numbers (NaN for blank)."""
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except FileNotFoundError as error:
        message = f"there is no file {path}"
        raise InputError(Issue("times.missing", message, remedy="check the path")) from error
    except (OSError, ValueError) as error:  # parser and encoding errors are ValueErrors
        message = f"{path} cannot be read as a CSV ({error})"
        raise InputError(Issue("times.unreadable", message, remedy="give a UTF-8 CSV")) from error
    absent = tuple(name for name in FILE_COLUMNS[:3] if name not in frame.columns)
    if absent:
        remedy = f"columns are {', '.join(FILE_COLUMNS)}; the first three are required"
        raise InputError(
            Issue("times.columns", "columns missing", absent, remedy=remedy, layer=path.name)
        )
    for name in FILE_COLUMNS[:2]:
        frame[name] = frame[name].str.strip().str.replace(r"^'(?=[=+\-@\t\r])", "", regex=True)
    for name in FILE_COLUMNS[2:]:
        text = frame[name].str.strip() if name in frame.columns else pd.Series("", frame.index)
        number = pd.to_numeric(text.where(text != ""), errors="coerce")
        frame[name] = number.where(np.isfinite(number), np.where(text == "", np.nan, -1.0))
    return frame


def _direction_of(frame: pd.DataFrame, demand: Sequence[str], sites: Sequence[str]) -> str:
    """``from_site`` where sites are the starts; whichever way round more of the ids fit."""
    start, stop = frame["from_id"], frame["to_id"]
    outward = int((start.isin(sites) & stop.isin(demand)).sum())
    inward = int((start.isin(demand) & stop.isin(sites)).sum())
    return FROM_SITE if outward >= inward else TO_SITE


def _id_issues(
    frame: pd.DataFrame,
    columns: tuple[str, str],
    known: tuple[tuple[str, ...], tuple[str, ...]],
    at: tuple[NDArray[Any], NDArray[Any]],
) -> list[Issue]:
    issues = []
    for what, column, ids, place in zip(("demand", "site"), columns, known, at, strict=True):
        missing = tuple(sorted(set(ids) - set(frame[column])))
        extra = tuple(sorted(set(frame.loc[place < 0, column])))
        if missing:
            message = f"{what} ids of the plan are not in column {column}"
            remedy = "add their rows; leave minutes blank for no route"
            issues.append(Issue("times.missing_id", message, missing, remedy=remedy))
        if extra:
            message = f"column {column} has ids that are no {what} of the plan"
            remedy = "remove their rows or correct the ids"
            issues.append(Issue("times.extra_id", message, extra, remedy=remedy))
    return issues + _pair_issues(frame, columns, known, at)


def _pair_issues(
    frame: pd.DataFrame,
    columns: tuple[str, str],
    known: tuple[tuple[str, ...], tuple[str, ...]],
    at: tuple[NDArray[Any], NDArray[Any]],
) -> list[Issue]:
    """Pairs given twice, and pairs left out although both their ids occur."""
    issues = []
    twice = frame[frame.duplicated(list(columns))]
    if len(twice):
        pairs = tuple(sorted(twice["from_id"] + " to " + twice["to_id"]))
        remedy = "keep one row per pair"
        issues.append(Issue("times.duplicate_pair", "pairs given twice", pairs, remedy=remedy))
    demand, sites = known
    given = np.zeros((len(demand), len(sites)), dtype=bool)
    both = (at[0] >= 0) & (at[1] >= 0)
    given[at[0][both], at[1][both]] = True
    rows, sites_at = np.flatnonzero(given.any(axis=1)), np.flatnonzero(given.any(axis=0))
    gaps = np.argwhere(~given[np.ix_(rows, sites_at)])
    if len(gaps):
        pairs = tuple(f"{demand[rows[i]]} and {sites[sites_at[j]]}" for i, j in gaps.tolist())
        remedy = "add the rows; leave minutes blank for no route"
        issues.append(Issue("times.missing_pair", "pairs left out", pairs, remedy=remedy))
    return issues


def _number_issues(frame: pd.DataFrame) -> list[Issue]:
    issues = []
    for name in FILE_COLUMNS[2:]:
        bad = frame[frame[name] < 0]
        if len(bad):
            pairs = tuple(sorted(bad["from_id"] + " to " + bad["to_id"]))
            message = f"{name} must be a number of at least 0, or blank"
            issues.append(Issue("times.number", message, pairs, remedy="correct these rows"))
    return issues


def _per_place(values: pd.Series, place: NDArray[Any], count: int) -> Floats:
    """One distance per place, from the rows that name it (NaN where none gives it)."""
    found = np.full(count, np.nan)
    found[place] = values.to_numpy(float)
    return found

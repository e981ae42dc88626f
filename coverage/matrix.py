"""Travel-time matrices in and out of files: the road network's answer, or anybody else's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assets.issues import InputError
from assets.read import sha256_of
from coverage.matrices.fitting import Fitted, fit
from coverage.matrices.form import MatrixForm
from coverage.matrices.pairs import Pairs, read_pairs
from coverage.matrices.sources import open_table, suffix_of
from coverage.matrices.statement import Statement, of_the_plan, statement_of
from coverage.matrices.writing import check_target, write_matrix
from coverage.snap import check_ids
from coverage.speeds import TimeError
from coverage.times import Progress, TravelTimes

__all__ = ["MatrixForm", "check_target", "file_of_profile", "read_times", "write_times"]

UNUSED_SHOWN = 10


def write_times(
    times: TravelTimes,
    path: Path | str,
    *,
    wide: bool = False,
    unit: str = "minutes",
    progress: Progress = None,
) -> None:
    """Write times as a table anybody can read, with what they rest on.

    ``.csv``, ``.csv.gz`` and ``.parquet`` by suffix. *Long*: a row per pair, sorted by ids, columns
    ``from_id,to_id,minutes,metres,from_snap_m,to_snap_m``; ``from`` is where the journey starts
    (the site for ``from_site``, the demand point for ``to_site``). *Wide*: a row per start, a
    column per end, times only. Blank means no route. CSV holds minutes to four decimals (6 ms),
    seconds to three; Parquet holds them as they are; metres have one decimal. The account of what
    the times rest on is in the Parquet schema's metadata (key ``groundplan``), or in
    ``<name>.json`` beside a CSV. The same times give the same bytes, in whatever order they come.

    Raises:
        InputError: a suffix or unit that is not written, or the disk refuses; what was there
            before is then still there.
    """

    def tell(share: float) -> None:
        if progress:
            progress("writing times", share)

    write_matrix(times, Path(path), wide=wide, unit=unit, tell=tell)


def file_of_profile(path: Path, profile: str, *, alone: bool) -> Path:
    """Where the times of one profile of several are written: ``t.csv`` -> ``t-car_peak.csv``."""
    suffix = path.name[len(path.name) - len(suffix_of(path)) :]
    stem = path.name.removesuffix(suffix)
    return path if alone else path.with_name(f"{stem}-{profile}{suffix}")


def read_times(
    path: Path | str,
    demand_ids: Sequence[str],
    site_ids: Sequence[str],
    *,
    form: MatrixForm | None = None,
    needed: str = "",
    familiar: Collection[str] = (),
) -> TravelTimes:
    """Read a travel-time matrix made elsewhere (or by `write_times`).

    Args:
        path: CSV (also gzipped), Parquet or workbook; *long* with columns of starts, ends and
            times, under the headings of the usual tools, or *wide* with ids in the first column
            and in the headings. Blank times mean no route.
        demand_ids: the demand points, each of which must be in the file.
        site_ids: the sites, each of which must be in the file.
        form: unit, shape, direction, column and error where the file does not say them itself.
        needed: the direction the times are needed in; taken for a table that names none, and
            noted where the file's is the other one.
        familiar: further ids that the file may well hold, and that need no word.

    Returns:
        Times in the order of the ids given. ``provenance`` is the file's own, where it has one,
        with ``file``, ``file_sha256``, ``direction``, ``unit``, ``shape``, ``unused_demand`` and
        ``unused_sites`` (count and first ten of the ids nobody asked for) and ``notes``.

    Raises:
        InputError: with every fault found: missing file or columns, a unit that is not stated,
            ids missing, pairs missing or given twice, times negative or not a number.
    """
    file, told = Path(path), form or MatrixForm()
    demand, sites = check_ids(demand_ids, "demand points"), check_ids(site_ids, "sites")
    try:
        table = open_table(file)
        sha256 = sha256_of(file)
        said = statement_of(file, table.metadata, sha256)
        shape = told.shape or (said.shape if said.current else "")
        pairs = read_pairs(table, replace(told, shape=shape), frozenset((*demand, *sites)))
        found = fit(pairs, (demand, sites), form=told, said=said, needed=needed)
    except InputError as error:
        raise InputError([replace(issue, layer=issue.layer or file.name)
                          for issue in error.issues]) from error.__cause__  # fmt: skip
    return TravelTimes(
        demand_ids=demand,
        site_ids=sites,
        minutes=found.minutes,
        metres=found.metres,
        demand_snap_m=found.demand_snap_m,
        site_snap_m=found.site_snap_m,
        profile=said.profile or "matrix",
        direction=found.direction,
        provenance=MappingProxyType(
            {
                **of_the_plan(said.provenance, frozenset((*demand, *sites))),
                "file": file.name,
                "file_sha256": sha256,
                **_reading(found, pairs, said, frozenset(familiar)),
            }
        ),
        error=told.error or said.error or TimeError(),
    )


def _reading(
    found: Fitted, pairs: Pairs, said: Statement, familiar: frozenset[str]
) -> dict[str, Any]:
    """How the file was read, for the provenance."""
    unused = {"unused_demand": found.unused_demand, "unused_sites": found.unused_sites}
    notes = [*said.notes, *found.notes]
    for what, ids in (("demand", found.unused_demand), ("site", found.unused_sites)):
        strange = [name for name in ids if name not in familiar]
        if strange:
            shown = ", ".join(strange[:UNUSED_SHOWN])
            shown += ", ..." if len(strange) > UNUSED_SHOWN else ""
            notes.append(f"{len(strange):,} {what} ids of the file are not in the plan: {shown}")
    return {
        "direction": found.direction,
        "unit": found.unit,
        "shape": pairs.shape,
        **{
            name: {"count": len(ids), "first": list(ids[:UNUSED_SHOWN])}
            for name, ids in unused.items()
        },
        "notes": tuple(notes),
    }

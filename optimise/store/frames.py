"""Tables of the store -> pandas frames."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from assets.issues import InputError, Issue, nearest
from optimise.store.ask import Place, condition, place_of
from optimise.store.database import Row, Work
from optimise.store.ddl import beneath, rows_of
from optimise.store.rows import UNKNOWN
from optimise.store.schema import (
    BUILDINGS,
    BY_NAME,
    COUNTS,
    DECISIONS,
    INPUTS,
    MONEY_YEARS,
    RUNS,
    SCENARIO_KEYS,
    STANDARDS,
    TARGETS,
    Column,
    StoreTable,
)

_TEXTS = ("text", "word", "asset")


@dataclass(frozen=True)
class StoreFrames:
    """The tables of the store for some runs; columns as `optimise.store.schema` says.

    ``runs`` is in the order asked for, and the rest in the order of its runs; ``buildings`` are
    those of their estates, by estate_key and asset_id.
    """

    runs: pd.DataFrame
    scenario_keys: pd.DataFrame
    standards: pd.DataFrame
    targets: pd.DataFrame
    decisions: pd.DataFrame
    buildings: pd.DataFrame
    money_years: pd.DataFrame
    inputs: pd.DataFrame


def frame(rows: Sequence[Row], columns: Sequence[Column]) -> pd.DataFrame:
    """Rows as a frame: texts as objects, counts as Int64, figures as float64 (missing: NaN)."""
    cells = list(zip(*rows, strict=True)) if rows else [() for _ in columns]
    made = {c.name: _series(values, c) for c, values in zip(columns, cells, strict=True)}
    return pd.DataFrame(made, columns=[column.name for column in columns])


def _series(values: Sequence[Any], column: Column) -> pd.Series:
    if column.kind in _TEXTS:
        return pd.Series(values, dtype=object)
    if column.kind == "real":
        return pd.Series(values, dtype="float64")
    if None in values:
        return pd.Series(pd.array(list(values), dtype="Int64"))
    return pd.Series(values, dtype="int64").astype("Int64")


# --- runs -----------------------------------------------------------------------------------


def runs_frame(
    work: Work, where: str, sort: str, columns: Sequence[str], limit: int
) -> pd.DataFrame:
    """As `optimise.store.store.Store.runs`."""
    runs = _ordered(work, where, sort, columns)
    runs = runs.head(limit) if limit else runs
    return runs[list(columns) or list(RUNS.names)].reset_index(drop=True)


def _ordered(work: Work, where: str, sort: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Runs in the order asked for, indexed by their numbers, with whatever columns it takes."""
    asked = condition(work, where)
    falls = [(name.lstrip("-"), name.startswith("-")) for name in _split(sort)]
    wanted = {*(name for name, _ in falls), *(columns or RUNS.names)}
    read = [column for column in RUNS.columns if column.name in wanted]
    shown = ", ".join(["r.run_no", "r.run_id", *(f"r.{column.name}" for column in read)])
    rows = work.rows(f"SELECT {shown} FROM run_rows r WHERE {asked.text}", asked.values)
    # Here and not there: both databases in the same order, whatever the server's language.
    rows.sort(key=lambda row: str(row[1]))
    runs = frame([row[2:] for row in rows], read)
    runs.index = pd.Index([row[0] for row in rows], dtype="int64")
    for name in dict.fromkeys([*(name for name, _ in falls), *columns]):
        if name not in runs.columns:
            runs[name] = _further(work, name, runs.index)
    for name, down in reversed(falls):
        runs = _sorted(runs, name, down)
    return runs


def _split(sort: str) -> list[str]:
    return [name.strip() for name in sort.split(",") if name.strip()]


def _sorted(runs: pd.DataFrame, name: str, down: bool) -> pd.DataFrame:
    """By one column, what is missing last; rows that are equal stay as they were."""
    values = runs[name]
    if values.dtype != object:
        return runs.sort_values(name, ascending=not down, na_position="last", kind="stable")
    # Figures before texts; blank = missing.
    keys = [(isinstance(value, str), value) for value in values]
    there = [i for i, value in enumerate(values) if value is not None and value != ""]
    there.sort(key=lambda place: keys[place], reverse=down)
    held = set(there)
    return runs.iloc[there + [i for i in range(len(runs)) if i not in held]]


def _further(work: Work, name: str, numbers: pd.Index) -> pd.Series:
    """A column that is a key of scenarios, a standard's or a building's."""
    place = place_of(work, name)
    if not place.source:
        raise InputError(Issue("store.unknown_name", f"'{name}' stands in quotes", (name,),
                               f"write {place.name}"))  # fmt: skip
    number = "t.number" if place.kind == "key" else "NULL"
    ask = f"SELECT {place.run}, {place.expression}, {number} {place.source}"
    rows = work.rows(ask, place.values)
    found = {run: _plain(place, value, number) for run, value, number in rows}
    values = [found.get(run) for run in numbers]
    figures = all(value is None or isinstance(value, (int, float)) for value in values)
    return pd.Series(values, index=numbers, dtype="float64" if figures else object)


def _plain(place: Place, value: Any, number: float | None) -> Any:
    """A value as Python has it: figures and texts; lists stay JSON."""
    if place.kind != "key":
        return value
    if number is not None:
        return float(number)
    read = json.loads(value)
    return read if isinstance(read, (str, bool)) or read is None else value


# --- the tables of runs ---------------------------------------------------------------------


def store_frames(
    work: Work, where: str, sort: str, *, every_key: bool, only: Sequence[str]
) -> StoreFrames:
    """As `optimise.store.store.Store.frames`."""
    _check_only(only)
    runs = _ordered(work, where, sort)
    asked = condition(work, where)
    chosen = f"(SELECT r.run_no FROM run_rows r WHERE {asked.text})"
    words: dict[int, str] = dict(work.rows("SELECT word_no, word FROM words"))

    def table(which: StoreTable) -> pd.DataFrame:
        if only and which.name not in only:
            return frame([], which.columns)
        if which is SCENARIO_KEYS:
            return _keys(work, (chosen, asked.values), runs["run_id"], words, every_key)
        return _rows(work, which, (chosen, asked.values), runs["run_id"], words)

    estates = sorted(set(runs["estate_key"]) - {""})
    return StoreFrames(
        runs=runs[list(RUNS.names)].reset_index(drop=True),
        scenario_keys=table(SCENARIO_KEYS),
        standards=table(STANDARDS),
        targets=table(TARGETS),
        decisions=table(DECISIONS),
        buildings=_buildings(work, estates),
        money_years=table(MONEY_YEARS),
        inputs=table(INPUTS),
    )


Chosen = tuple[str, tuple[str | float, ...]]


def _check_only(only: Sequence[str]) -> None:
    for name in only:
        if name not in BY_NAME:
            raise InputError(Issue("store.unknown_table", f"the store has no table '{name}'",
                                   (name,), nearest(name, BY_NAME)))  # fmt: skip


def _rows(
    work: Work, table: StoreTable, chosen: Chosen, run_ids: pd.Series, words: Mapping[int, str]
) -> pd.DataFrame:
    """Rows of some runs; numbers become words here, which is quicker than in the database."""
    own = "building_no" if table is DECISIONS else "row_no"
    names = ("run_no", *(beneath(column) for column in table.stored))
    ask = f"SELECT {', '.join(names)} FROM {rows_of(table)} WHERE run_no IN {chosen[0]}"
    rows = work.rows(f"{ask} ORDER BY run_no, {own}", chosen[1])
    cells = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    assets: dict[int, str] = dict(work.rows("SELECT building_no, asset_id FROM buildings"))
    made = {"run_no": pd.Series(cells[0], dtype="int64")}
    for column, values in zip(table.stored, cells[1:], strict=True):
        held = {"word": words, "asset": assets}.get(column.kind)
        made[column.name] = _series(values, column) if held is None else _told(values, held)
    return _in_order(pd.DataFrame(made), table, run_ids)


def _told(numbers: Sequence[int], held: Mapping[int, str]) -> pd.Series:
    """What numbers stand for."""
    words = np.empty(max(held, default=0) + 1, dtype=object)
    words[list(held)] = list(held.values())
    return pd.Series(words[np.array(numbers, dtype=np.int64)], dtype=object)


def _in_order(made: pd.DataFrame, table: StoreTable, run_ids: pd.Series) -> pd.DataFrame:
    """Rows in the order of their runs, and of the table's own; the run's place for its number."""
    place = pd.Series(range(len(run_ids)), index=run_ids.index, dtype="int64")
    made = made.assign(place=made["run_no"].map(place))
    # An estate's buildings have their numbers in the order of their ids.
    own = () if table is DECISIONS else table.order
    made = made.sort_values(["place", *own], kind="stable")
    made.insert(0, "run_id", run_ids.to_numpy()[made["place"].to_numpy(dtype="int64")])
    return made[list(table.names)].reset_index(drop=True)


def _keys(
    work: Work, chosen: Chosen, run_ids: pd.Series, words: Mapping[int, str], every: bool
) -> pd.DataFrame:
    """Keys of the scenarios of some runs: all, or those that tell the runs apart."""
    some = "" if every else f" AND v.key_no IN ({_TELLING.format(chosen=chosen[0])})"
    rows = work.rows(
        "SELECT s.run_no, v.key_no, v.value_no, v.number, "
        "CASE WHEN c.run_no IS NULL THEN 0 ELSE 1 END "
        "FROM run_sections s JOIN section_values v ON v.section_no = s.section_no "
        "LEFT JOIN run_changes c ON c.run_no = s.run_no AND c.key_no = v.key_no "
        f"WHERE s.run_no IN {chosen[0]}{some}",
        chosen[1] if every else chosen[1] * 4,
    )
    told = [(words[key], words[value], number, flag) for _, key, value, number, flag in rows]
    made = frame(told, SCENARIO_KEYS.stored)
    made.insert(0, "run_no", pd.Series([row[0] for row in rows], dtype="int64"))
    return _in_order(made, SCENARIO_KEYS, run_ids)


#: Keys with several values among the runs, or not in all of them, or changed in one.
_TELLING = (
    "SELECT key_no FROM run_changes WHERE run_no IN {chosen} UNION "
    "SELECT v.key_no FROM section_values v JOIN "
    "(SELECT section_no, count(*) AS runs FROM run_sections WHERE run_no IN {chosen} "
    "GROUP BY section_no) s ON s.section_no = v.section_no GROUP BY v.key_no "
    "HAVING count(DISTINCT v.value_no) > 1 OR sum(s.runs) < "
    "(SELECT count(DISTINCT run_no) FROM run_sections WHERE run_no IN {chosen})"
)


def _buildings(work: Work, estates: Sequence[str]) -> pd.DataFrame:
    """Buildings of some estates."""
    names = ", ".join(BUILDINGS.names)
    rows = [
        row
        for key in estates
        for row in work.rows(f"SELECT {names} FROM buildings WHERE estate_key = ?", (key,))
    ]
    return frame(sorted(rows, key=lambda row: row[:2]), BUILDINGS.columns)


def in_use_frame(work: Work, where: str, sort: str) -> pd.DataFrame:
    """As `optimise.store.store.Store.in_use`."""
    runs = _ordered(work, where, sort)
    asked = condition(work, where)
    rows = work.rows(f"SELECT r.run_no, r.in_use FROM run_rows r WHERE {asked.text}", asked.values)
    held = {number: np.frombuffer(bytes(cells), dtype=np.int8) for number, cells in rows}
    made = []
    for key, some in runs[runs["estate_key"] != ""].groupby("estate_key", sort=True):
        ids = _buildings(work, [str(key)])["asset_id"]
        cells = np.vstack([held[number] for number in some.index])
        table = pd.DataFrame(cells, index=some["run_id"], columns=pd.Index(ids)).astype("Int8")
        made.append(table.mask(table == UNKNOWN))
    if not made:
        return pd.DataFrame(
            index=pd.Index([], name="run_id"), columns=pd.Index([], name="asset_id")
        )
    whole = pd.concat(made)
    planned = runs.loc[runs["estate_key"] != "", "run_id"]
    return whole.reindex(planned).rename_axis(index="run_id", columns="asset_id")


def counts_frame(work: Work, where: str) -> pd.DataFrame:
    """As `optimise.store.store.Store.building_counts`."""
    asked = condition(work, where)
    rows = work.rows(
        "SELECT r.estate_key, r.in_use FROM run_rows r "
        f"WHERE {asked.text} AND r.estate_key <> '' ORDER BY r.estate_key",
        asked.values,
    )
    made = []
    for key, group in groupby(rows, key=lambda row: str(row[0])):
        estate = _buildings(work, [key])
        held = np.frombuffer(b"".join(bytes(row[1]) for row in group), dtype=np.uint8)
        held = held.reshape(-1, len(estate))
        kept, gone = (held == 1).sum(axis=0), (held == 0).sum(axis=0)
        made.append(estate.assign(runs=kept + gone, kept=kept, gone=gone))
    if not made:
        return frame([], COUNTS.columns)
    counts = pd.concat(made, ignore_index=True)
    counts = counts.astype({"runs": "Int64", "kept": "Int64", "gone": "Int64"})
    counts = counts[counts["runs"] > 0].sort_values(list(COUNTS.order), ignore_index=True)
    counts["share_kept"] = counts["kept"].astype("float64") / counts["runs"].astype("float64")
    return counts[list(COUNTS.names)]


def whole_table(work: Work, name: str) -> pd.DataFrame:
    """A table or view as it is documented, in order."""
    table = {**BY_NAME, COUNTS.name: COUNTS}[name]
    found = frame(work.rows(f"SELECT {', '.join(table.names)} FROM {name}"), table.columns)
    keys = [key for key in (*(["run_id"] if "run_id" in table.names else []), *table.order)]
    return found.sort_values(keys, kind="stable").reset_index(drop=True)

"""A run folder's files -> the rows the store holds of it. Pure.

Nothing a folder may hold is a reason to stop: what cannot be read is a row that says so. What
an older version did not write is missing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from assets.cells import without_mark
from optimise.store.folders import DECISIONS, FAILED, RUN, clean
from optimise.store.schema import BUILDINGS, IN_USE, MONEY_YEARS, NOT_IN_USE, STANDARDS, UNASKED

DAMAGED = "damaged"
#: In `RunRows.in_use`: the decision is none this version knows.
UNKNOWN = 2
_TOTALS = (
    "receipts_gbp", "revenue_saving_gbp_pa", "capital_gbp", "penalty_gbp", "backlog_avoided_gbp",
    "backlog_retained_gbp", "works_gbp",
)  # fmt: skip
_COUNTS = ("buildings_before", "buildings_after", "buildings_released", "units_moved",
           "units_withdrawn", "units_outreach")  # fmt: skip
_PROOF = ("objective", "bound", "gap", "gap_on_savings", "gap_asked", "npv_gbp",
          "do_nothing_cost_gbp")  # fmt: skip

Row = tuple[Any, ...]
_as_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


@dataclass(frozen=True)
class Section:
    """Keys of a scenario below one parent.

    Attributes:
        known_as: checksum of what it says: the same in every run that asks the same.
        values: key, value as JSON, number.
    """

    known_as: str
    values: tuple[tuple[str, str, float | None], ...]


@dataclass(frozen=True)
class RunRows:
    """What the store holds of one run.

    Attributes:
        run: column of ``runs`` -> value.
        sections: its scenario.
        changed: keys that overrides and settings changed.
        tables: table of runs -> rows, in the order of its columns without ``run_id``.
        buildings: rows of ``buildings``, of the estate ``run["estate_key"]``, by asset_id.
        in_use: for each of them a byte: 1 = in use after the plan, 0 = not, `UNKNOWN`.
    """

    run: Mapping[str, Any]
    sections: tuple[Section, ...] = ()
    changed: tuple[str, ...] = ()
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    buildings: tuple[Row, ...] = ()
    in_use: bytes = b""


class Damaged(ValueError):
    """A folder's files do not fit together; says which and how."""


def rows_of_run(run_id: str, page: str, sources: Mapping[str, bytes]) -> RunRows:
    """The rows of a run folder, of which the files are given (`optimise.store.folders.READ`)."""
    try:
        if RUN in sources:
            return _planned(run_id, page, sources)
        return _failed(run_id, page, _json(sources, FAILED))
    except (Damaged, RecursionError) as error:
        reason = str(error) if isinstance(error, Damaged) else "it is nested too deeply"
        return damaged(run_id, page, reason)


def damaged(run_id: str, page: str, reason: str) -> RunRows:
    """The row of a folder that cannot be read."""
    blank = {"scenario": PurePosixPath(run_id).name, "status": DAMAGED, "reason": clean(reason)}
    return RunRows(_run({"run_id": run_id, "page": page, **blank}))


def _run(given: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``runs``: texts that are not given are blank, figures missing."""
    from optimise.store.schema import RUNS

    return {c.name: given.get(c.name, "" if c.kind == "text" else None) for c in RUNS.columns}


# --- a run with a plan ----------------------------------------------------------------------


def _planned(run_id: str, page: str, sources: Mapping[str, bytes]) -> RunRows:
    record = _json(sources, RUN)
    if DECISIONS not in sources:
        raise Damaged(f"{DECISIONS} is missing")
    decisions, buildings = _decisions(sources[DECISIONS])
    standards, targets = _list(record, "standards"), _list(record, "targets")
    totals, seconds = _map(record, "totals"), _map(record, "seconds")
    spent = [s for s in map(_real, seconds.values()) if s is not None]
    run = {
        "run_id": run_id,
        "page": page,
        **_about(record),
        **{n: _text(record.get(n)) for n in ("status", "objective_name", "objective_unit",
                                             "solver", "groundplan")},
        **{name: _real(record.get(name)) for name in _PROOF},
        **{name: _real(totals.get(name)) for name in _TOTALS},
        **{name: _whole(totals.get(name)) for name in _COUNTS},
        "standards_missed": sum(row.get("met") is False for row in standards),
        "targets_missed": sum(row.get("met") is False for row in targets),
        "solve_s": _real(seconds.get("solve")),
        "total_s": round(sum(spent), 3) if spent else None,
        "estate_key": _key_of(buildings),
    }  # fmt: skip
    if run["status"] == "":
        raise Damaged(f"{RUN} names no status")
    tables = {
        "standards": [_fit(STANDARDS, row) for row in standards],
        "targets": [_target(row) for row in targets],
        "decisions": decisions,
        "money_years": [_fit(MONEY_YEARS, r) for r in _list(_map(record, "money"), "by_year")],
        "inputs": [tuple(_text(row.get(n)) for n in ("layer", "path", "sha256"))
                   for row in _list(record, "inputs")],
    }  # fmt: skip
    in_use = bytes(UNKNOWN if row[2] is None else row[2] for row in decisions)
    return RunRows(_run(run), *_asked(record), tables, buildings, in_use)


def _about(record: Mapping[str, Any]) -> dict[str, str]:
    """What it is called, and which batch it belongs to."""
    batch = _map(record, "batch")
    name = _text(batch.get("scenario")) or _text(record.get("name"))
    return {
        "batch": _text(batch.get("name")),
        "scenario": name or _text(_map(record, "scenario").get("name")),
        "title": _text(batch.get("title")) or _text(record.get("title")),
        "sweep": _text(batch.get("sweep")),
        "run_key": _text(batch.get("key")),
    }


def _fit(table: Any, row: Mapping[str, Any]) -> Row:
    """A record as a row of a table, by the kinds of its columns."""
    return tuple(_KINDS[column.kind](row.get(column.name)) for column in table.stored)


def _target(row: Mapping[str, Any]) -> Row:
    """A row of ``targets``; old runs have no other name than the key."""
    name = _text(row.get("target_id")) or _text(row.get("name"))
    return (name, _text(row.get("name")), _real(row.get("target")), _real(row.get("value")),
            _flag(row.get("met")))  # fmt: skip


# --- a scenario without one -----------------------------------------------------------------


def _failed(run_id: str, page: str, record: Mapping[str, Any]) -> RunRows:
    seconds = record.get("seconds")
    parts = seconds.values() if isinstance(seconds, dict) else [seconds]
    spent = [s for s in map(_real, parts) if s is not None]
    run = {
        "run_id": run_id,
        "page": page,
        **_about(record),
        "status": _text(record.get("status")) or "fault",
        "reason": _text(record.get("reason")),
        "groundplan": _text(record.get("groundplan")),
        "total_s": round(sum(spent), 3) if spent else None,
    }
    return RunRows(_run(run), *_asked(record))


# --- what was asked -------------------------------------------------------------------------


def _asked(record: Mapping[str, Any]) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The scenario by sections, and the keys changed in it."""
    scenario = {k: v for k, v in _map(record, "scenario").items() if k not in UNASKED}
    below: dict[str, list[tuple[str, str, float | None]]] = {}
    for parent, key, value in _leaves(scenario, ""):
        text = _as_json(value)
        below.setdefault(parent, []).append((clean(key), clean(text), _real(value)))
    changes = _map(record, "changes")
    names = [key for values in below.values() for key, _, _ in values]
    changed = tuple(sorted({key for key in names if _is_changed(key, changes)}))
    return tuple(_section(values) for _, values in sorted(below.items())), changed


def _leaves(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, Any]]:
    """Parent, dotted key and value of everything that is no mapping, or an empty one."""
    for name, inner in value.items():
        key = f"{path}.{name}" if path else str(name)
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, key)
        else:
            yield path, key, inner


def _section(values: list[tuple[str, str, float | None]]) -> Section:
    # A name with a dot in it can make the same key twice; the last one stands.
    once = tuple(sorted({key: (key, text, number) for key, text, number in values}.values()))
    whole = "\n".join(f"{key}\t{text}" for key, text, _ in once)
    return Section(hashlib.sha256(whole.encode()).hexdigest(), once)


def _is_changed(key: str, changes: Mapping[str, Any]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[:n]) in changes for n in range(1, len(parts) + 1))


# --- decisions.csv --------------------------------------------------------------------------


def _decisions(raw: bytes) -> tuple[list[Row], tuple[Row, ...]]:
    """Rows of ``decisions`` and of ``buildings`` (without the estate's key), by asset_id."""
    found: dict[str, tuple[Row, Row]] = {}
    try:
        reader = csv.DictReader(io.StringIO(clean(raw.decode("utf-8-sig")), newline=""))
        for cells in reader:
            asset_id = _cell(cells, "asset_id")
            decision = _cell(cells, "decision")
            if not asset_id or not decision:
                raise Damaged(f"{DECISIONS}: row {len(found) + 1} has no asset_id or no decision")
            if asset_id in found:
                raise Damaged(f"{DECISIONS}: {asset_id} stands twice")
            found[asset_id] = _decision(asset_id, decision, cells), _building(asset_id, cells)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Damaged(f"{DECISIONS} cannot be read: {error}") from None
    rows = [found[asset_id] for asset_id in sorted(found)]
    return [row for row, _ in rows], tuple(building for _, building in rows)


def _decision(asset_id: str, decision: str, cells: Mapping[str, Any]) -> Row:
    kept: int | None = 1 if decision in IN_USE else 0 if decision in NOT_IN_USE else None
    if decision == "out_of_scope":
        kept = int(_cell(cells, "status") == "operational")
    money = ("receipt_gbp", "capital_gbp", "running_cost_saving_gbp_pa")
    return (asset_id, decision, kept, *(_figure(cells, name) for name in money))


def _building(asset_id: str, cells: Mapping[str, Any]) -> Row:
    texts = (_cell(cells, name) for name in ("name", "owner", "asset_type"))
    place = (_figure(cells, name) for name in ("easting", "northing"))
    said = {"true": 1, "false": 0}.get(_cell(cells, "confidential").lower())
    return (asset_id, *texts, *place, said)


def _cell(cells: Mapping[str, Any], name: str) -> str:
    text = cells.get(name)
    return without_mark(text) if isinstance(text, str) else ""


def _figure(cells: Mapping[str, Any], name: str) -> float | None:
    text = _cell(cells, name)
    if text == "":
        return None
    try:
        return _real(float(text))
    except ValueError:
        raise Damaged(f"{DECISIONS}: '{text[:40]}' in {name} is no number") from None


def _key_of(buildings: tuple[Row, ...]) -> str:
    """The key of an estate: a checksum of its list of buildings."""
    assert all(len(row) == len(BUILDINGS.columns) - 1 for row in buildings)
    return hashlib.sha256(json.dumps(buildings).encode()).hexdigest()[:16]


# --- values ---------------------------------------------------------------------------------


def _json(sources: Mapping[str, bytes], name: str) -> Mapping[str, Any]:
    try:
        record = json.loads(sources[name].decode("utf-8-sig"))
    except ValueError as error:
        raise Damaged(f"{name} cannot be read: {error}") from None
    if not isinstance(record, dict):
        raise Damaged(f"{name} holds no keys")
    return record


def _map(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _list(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = record.get(name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return "" if value is None else clean(value if isinstance(value, str) else json.dumps(value))


def _real(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int | None:
    number = _real(value)
    return (
        int(number) if number is not None and number.is_integer() and abs(number) < 2**53 else None
    )


def _flag(value: Any) -> int | None:
    return int(value) if isinstance(value, bool) else None


_KINDS = {"text": _text, "word": _text, "real": _real, "integer": _whole, "flag": _flag}

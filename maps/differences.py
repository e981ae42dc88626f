"""Runs of one estate beside each other: tables of what differs between their plans. Pure.

Every figure is the run's own; a change is always against the first run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maps import style
from maps.baselines import WAYS_TO_PAY, Drift
from maps.beside import NOT_THERE, by_run, is_public, run_columns
from maps.differences_in_time import places, standards
from maps.runs import PUBLIC, RunFrames
from maps.tables.frames import records
from maps.tables.table import Column, Row, Table, shown

__all__ = ["asked", "buildings", "drift_table", "headline", "partners", "places", "services",
           "standards", "tables"]  # fmt: skip
#: Key of the totals -> label, kind.
FIGURES: tuple[tuple[str, str, str], ...] = (
    ("buildings_before", "Buildings in use today", "count"),
    ("buildings_after", "Buildings in use after", "count"),
    ("buildings_released", "Buildings let go", "count"),
    ("units_moved", "Services that move", "count"),
    ("units_withdrawn", "Services withdrawn", "count"),
    ("units_outreach", "Services delivered as outreach", "count"),
    ("capital_gbp", "Capital to spend", "gbp"),
    ("receipts_gbp", "Receipts from sales", "gbp"),
    ("revenue_saving_gbp_pa", "Saved each year, once done", "gbp"),
    ("npv_gbp", "Net present value", "gbp"),
    ("backlog_avoided_gbp", "Backlog of repairs avoided", "gbp"),
    ("backlog_retained_gbp", "Backlog of repairs left", "gbp"),
)
MONEY_LEFT_OUT = (
    "Sums of money are left out of a public comparison: the difference between two totals can "
    "tell what one building is worth."
)
#: Settings that are neither the option nor the ground it stands on.
UNASKED = (
    *("name", "title", "note", "attribution", "overrides", "layers", "roads", "times"),
    *("defaults", "solver", "network", "finance", "standards", "risks", "appraisal"),
)


def tables(
    runs: Sequence[RunFrames], labels: Sequence[str], found: Sequence[Drift]
) -> tuple[Table, ...]:
    """Every table of the comparison that has something to show, in order.

    Args:
        runs: two or more, all for one audience.
        labels: a short name of each, distinct.
        found: `maps.baselines.drifts` of the runs.
    """
    made = (
        headline(runs, labels),
        asked(runs, labels),
        standards(runs, labels, found),
        buildings(runs, labels),
        services(runs, labels),
        places(runs, labels),
        partners(runs, labels),
    )
    return tuple(table for table in made if table.rows or table.empty)


def drift_table(found: Sequence[Drift], labels: Sequence[str], *, public: bool) -> Table:
    """In what the runs differ besides the option."""
    rows = [
        {"words": d.words, "ids": _some(d.ids), **by_run(labels, d.told), "marked": True}
        for d in found
    ]
    columns = [Column("words", "What differs")]
    if not public:
        columns += run_columns(labels)
        columns += [Column("ids", "Which")] if any(d.ids for d in found) else []
    title = "Besides the option, these runs differ in"
    lead = "Every one of these can change a figure below, whatever was decided."
    return Table("baseline", title, lead, tuple(columns), tuple(rows))


def headline(runs: Sequence[RunFrames], labels: Sequence[str]) -> Table:
    """What each plan comes to, and how far it is proved."""
    public = is_public(runs)
    rows: list[Row] = []
    for key, label, kind in FIGURES:
        values = [_total(run, key) for run in runs]
        if (public and kind == "gbp") or all(v is None for v in values):
            continue
        texts = [style.NOT_KNOWN if v is None else shown(v, kind) for v in values]
        rows.append({"what": label, **by_run(labels, texts), "change": _change(values, kind)})
    met = [_met(run) for run in runs]
    rows.append({"what": "Standards met", **by_run(labels, met), "change": ""})
    proof = [str(run.summary["status_text"]) for run in runs]
    rows.append({"what": "How far proved", **by_run(labels, proof), "change": ""})
    columns = [Column("what", "Measure"), *run_columns(labels)]
    if len(runs) == 2:
        columns.append(Column("change", "Change", note=f"{labels[1]} against {labels[0]}"))
    lead = "Net present value and savings are against doing nothing."
    notes = (MONEY_LEFT_OUT,) if public else _unproved(runs)
    return Table("beside", "What each plan comes to", lead, tuple(columns), tuple(rows), notes)


def _unproved(runs: Sequence[RunFrames]) -> tuple[str, ...]:
    """A warning where two plans differ by less than either may still be improved."""
    aims = {run.summary.get("objective_name") for run in runs}
    left = [_left_gbp(run) for run in runs]
    if aims != {"npv"} or any(gap is None for gap in left):
        return ()
    worth = [float(run.summary["npv_gbp"]) for run in runs]
    apart, open_gbp = max(worth) - min(worth), max(gap for gap in left if gap is not None)
    if apart >= open_gbp:
        return ()
    return (
        f"The plans are worth the same to within {style.pounds(apart)}, less than the "
        f"{style.pounds(open_gbp)} by which a better plan of one of them may still be found: "
        "which is the better is not proved.",
    )


def _left_gbp(run: RunFrames) -> float | None:
    """By how much a better plan may still be found, £; None where nobody says."""
    bound, value = run.summary.get("bound"), run.summary.get("objective")
    return None if bound is None or value is None else abs(float(bound) - float(value))


def _total(run: RunFrames, key: str) -> float | None:
    value = run.summary["totals"].get(key)
    return value if value is not None and style.is_known(value) else None


def _change(values: Sequence[float | None], kind: str) -> str:
    first, last = values[0], values[-1]
    if first is None or last is None or len(values) != 2:
        return ""
    return shown(last - first, f"{kind}_change") if round(last - first, 2) else "none"


def _met(run: RunFrames) -> str:
    asked = [s for s in run.summary["standards"] if s["met"] is not None]
    return f"{sum(bool(s['met']) for s in asked)} of {len(asked)}"


def asked(runs: Sequence[RunFrames], labels: Sequence[str]) -> Table:
    """The option: settings that say what each plan was asked for and that differ."""
    told = [_settings(run) for run in runs]
    names = {a: n for run in runs for a, n in run.decisions[["asset_id", "name"]].to_numpy()}
    rows = []
    for key in dict.fromkeys(k for settings in told for k in settings):
        values = [settings.get(key) for settings in told]
        if len({json.dumps(v, sort_keys=True, default=str) for v in values}) > 1:
            told_as = by_run(labels, [_words(v) for v in values])
            rows.append({"what": _setting(key, names), **told_as})
    columns = (Column("what", "Setting"), *run_columns(labels))
    lead = "Rules, targets and decisions fixed beforehand that are not the same: the option itself."
    empty = "" if is_public(runs) else "The same was asked of every run."
    return Table("asked", "What was asked", lead, columns, tuple(rows), empty=empty)


def _settings(run: RunFrames) -> dict[tuple[str, ...], Any]:
    """Path -> what was asked, of settings that are the option."""
    if run.audience == PUBLIC:
        return {}
    scenario: Mapping[str, Any] = run.summary.get("scenario") or {}
    option = {k: v for k, v in scenario.items() if k not in UNASKED}
    finance = scenario.get("finance") or {}
    option["finance"] = {k: finance[k] for k in WAYS_TO_PAY if k in finance}
    records = scenario.get("standards") or {}
    option["standards"] = {name: _asked_of(record) for name, record in records.items()}
    return dict(_flat(option, ()))


def _asked_of(standard: Mapping[str, Any]) -> str:
    """What a plan was asked for of a standard, in words."""
    kind, target = str(standard.get("kind") or ""), standard.get("target")
    words = style.KIND_WORDS.get(kind, kind)
    return f"{words}, {target}" if target is not None else words


def _flat(value: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and value:
        return [pair for k, v in value.items() for pair in _flat(v, (*path, str(k)))]
    return [] if value in ({}, [], "", None) else [(path, value)]


def _setting(path: tuple[str, ...], names: Mapping[str, str]) -> str:
    """A setting for readers: its path, with the names of buildings beside their ids."""
    return ": ".join(f"{names[part]} ({part})" if part in names else part for part in path)


def _words(value: Any) -> str:
    if value is None:
        return "not asked"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def buildings(runs: Sequence[RunFrames], labels: Sequence[str]) -> Table:
    """Buildings that the plans decide differently, or at another time."""
    told = [_rows_by(run.decisions, "asset_id") for run in runs]
    ids = sorted(set().union(*told))
    if is_public(runs):  # what is confidential in one run stays so in the comparison
        ids = sorted(set(ids).intersection(*told))
    rows = []
    for asset_id in ids:
        texts = [_decided(one.get(asset_id)) for one in told]
        if len(set(texts)) > 1:
            some = next(one[asset_id] for one in told if asset_id in one)
            what = {"asset_id": asset_id, "name": some["name"], "owner": some["owner"]}
            rows.append(
                {**what, "kind": style.asset_words(some["asset_type"]), **by_run(labels, texts)}
            )
    columns = (
        Column("name", "Building", picks=("building", "asset_id")),
        Column("kind", "Kind", filters=True),
        Column("owner", "Owner", filters=True),
        *(Column(c.key, c.label, filters=True) for c in run_columns(labels)),
    )
    total = style.count(len(ids))
    lead = f"{style.count(len(rows))} of {total} buildings; the others are decided alike."
    empty = f"All {total} buildings are decided alike."
    title = "Buildings decided differently"
    return Table("buildings", title, lead, columns, tuple(rows), empty=empty)


def _rows_by(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    """Id -> its row."""
    return {row[key]: row for row in records(frame)}


def _decided(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return NOT_THERE
    when, label = str(row.get("done_in") or ""), style.decision_style(row["decision"]).label
    return f"{label}, {when}" if when else label


def services(runs: Sequence[RunFrames], labels: Sequence[str]) -> Table:
    """Services that end up in different buildings."""
    told = [_rows_by(run.services, "unit_id") for run in runs]
    rows = []
    for unit_id in sorted(set().union(*told)):
        here = [one.get(unit_id) for one in told]
        if len({row["to_asset_id"] if row else None for row in here}) > 1:
            some = next(row for row in here if row)
            rows.append(
                {
                    "what": f"{style.service_words(some['service_type'])} ({some['operator']})",
                    "kind": style.service_words(some["service_type"]),
                    "from": some["from_name"],
                    "from_asset_id": some["from_asset_id"],
                    **by_run(labels, [_ends_in(row) for row in here]),
                }
            )
    columns = (
        Column("what", "Service"),
        Column("kind", "Kind", filters=True),
        Column("from", "Today in", picks=("building", "from_asset_id")),
        *run_columns(labels),
    )
    lead = f"{style.count(len(rows))} services end up in different places."
    empty = "Every service ends up in the same place."
    title = "Services in different places"
    return Table("services", title, lead, columns, tuple(rows), empty=empty)


def _ends_in(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return NOT_THERE
    return {"stay": "stays", "withdraw": "withdrawn"}.get(row["action"], str(row["to_name"]))


def partners(runs: Sequence[RunFrames], labels: Sequence[str]) -> Table:
    """Net present value of each owner and operator in each plan."""
    told = [
        {p["party"]: p for p in (run.summary.get("money") or {}).get("partners") or ()}
        for run in runs
    ]
    told = [] if is_public(runs) else told
    rows = []
    for party in sorted(set().union(*told)):
        values = [one[party]["npv_gbp"] if party in one else 0.0 for one in told]
        figures = {"party": party, **by_run(labels, values)}
        rows.append({**figures, "change": _change(values, "gbp")})
    columns = [Column("party", "Owner or operator")]
    columns += [Column(c.key, c.label, "gbp") for c in run_columns(labels)]
    if len(runs) == 2:
        columns.append(Column("change", "Change", note=f"{labels[1]} against {labels[0]}"))
    lead = "Net present value of each, before any settlement between them."
    return Table("partners", "Whose money", lead, tuple(columns), tuple(rows))


def _some(ids: Sequence[str]) -> str:
    more = f" and {style.count(len(ids) - 10)} more" if len(ids) > 10 else ""
    return ", ".join(ids[:10]) + more

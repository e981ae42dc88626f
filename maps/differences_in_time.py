"""Runs beside each other: whom each plan reaches in time, by standard and by place. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maps import style
from maps.baselines import Drift
from maps.beside import NOT_THERE, by_run, run_columns
from maps.runs import RunFrames
from maps.tables.frames import records
from maps.tables.table import Column, Row, Table

#: People, and minutes, by which a place must differ to be listed.
PEOPLE, MINUTES = 0.5, 0.05


def standards(runs: Sequence[RunFrames], labels: Sequence[str], found: Sequence[Drift]) -> Table:
    """Each standard over the whole: today, and after each plan."""
    told = [{s["standard_id"]: s for s in run.summary["standards"]} for run in runs]
    rows: list[Row] = []
    for sid in dict.fromkeys(s for one in told for s in one):
        known = [one.get(sid) for one in told]
        some = next(s for s in known if s)
        unit = some.get("unit", style.SHARE)
        texts = [NOT_THERE if s is None else _after(s, unit) for s in known]
        drifted = any(d.rule in (f"standard.{sid}", f"times.{some['mode']}")
                      or sid in d.ids for d in found)  # fmt: skip
        rows.append(
            {
                "standard_id": sid,
                "title": some["title"],
                "unit": unit,
                "today": some.get("figure_before", some["share_before"]),
                **by_run(labels, texts),
                **_gained(known, labels),
                "marked": drifted,
            }
        )
    columns = (
        Column("title", "Standard", picks=("standard", "standard_id")),
        Column("today", "Today", "figure", note=f"in {labels[0]}, where it is there"),
        *run_columns(labels),
        *_gain_columns(labels),
    )
    lead = "Figures in each standard's own unit, over the whole area."
    notes = ("A row set off is measured differently in these runs.",) if any(
        row["marked"] for row in rows) else ()  # fmt: skip
    return Table("standards", "Standards", lead, columns, tuple(rows), notes)


def _after(standard: Mapping[str, Any], unit: str) -> str:
    figure = standard.get("figure_after", standard["share_after"])
    target = standard.get("target")
    text = style.NOT_KNOWN if figure is None else style.figure(figure, unit, against=target)
    return text if standard["met"] is None else f"{text}{'' if standard['met'] else ', not met'}"


def _gained(known: Sequence[Mapping[str, Any] | None], labels: Sequence[str]) -> Row:
    """People in time beyond those of the first run, where both count the same people."""
    first, found = known[0], {}
    for label, one in zip(labels[1:], known[1:], strict=True):
        same = first is not None and one is not None and round(first["total"] - one["total"]) == 0
        found[f"gain {label}"] = one["within_after"] - first["within_after"] if same else None  # type: ignore[index]
    return found


def _gain_columns(labels: Sequence[str]) -> tuple[Column, ...]:
    note = f"against {labels[0]}"
    return tuple(
        Column(f"gain {label}", f"More in time, {label}", "count_change", note=note)
        for label in labels[1:]
    )


def places(runs: Sequence[RunFrames], labels: Sequence[str]) -> Table:
    """Wards, towns and so on whose people are served otherwise, those who lose most first."""
    found, titles = [_areas(run) for run in runs], _titles(runs)
    rows = []
    for key, row in found[0].items():
        here = [one.get(key) for one in found]
        told = [one for one in here if one is not None]
        if len(told) < len(runs) or not _differs(told):
            continue
        gained = {
            f"gain {label}": one["within_after"] - row["within_after"]
            for label, one in zip(labels[1:], told[1:], strict=True)
        }
        means = {
            f"mean {label}": one["mean_after_min"] for label, one in zip(labels, told, strict=True)
        }
        rows.append(
            {
                "standard_id": key[0],
                "standard": titles.get(key[0], key[0]),
                "kind": style.AREA_WORDS.get(key[1], style.words(key[1])),
                "area": row.get("area_name") or key[2],
                "area_id": key[2],
                "total": row["total"],
                **by_run(labels, [one["share_after"] for one in told]),
                **means,
                **gained,
            }
        )
    ordered = tuple(sorted(rows, key=lambda row: _worst(row, labels)))
    columns = (
        Column("area", "Area", picks=("area", "area_id")),
        Column("kind", "Kind of area", filters=True),
        Column("standard", "Standard", filters=True, picks=("standard", "standard_id")),
        Column("total", "Counted", "count"),
        *(Column(c.key, f"In time, {c.label}", "share") for c in run_columns(labels)),
        *(Column(f"mean {c.label}", f"Mean, {c.label}", "min") for c in run_columns(labels)),
        *_gain_columns(labels),
    )
    lead = f"Against {labels[0]}: those who lose most people first, then the longest rise in time."
    empty = "No area is served otherwise."
    return Table("places", "Where it makes a difference", lead, columns, ordered, empty=empty)


def _worst(row: Row, labels: Sequence[str]) -> tuple[float, float]:
    """Most people lost first, then the longest increase of the mean."""
    first = row[f"mean {labels[0]}"]
    slower = [row[f"mean {label}"] - first for label in labels[1:]]
    known = [minutes for minutes in slower if style.is_known(minutes)]
    return min(row[f"gain {label}"] for label in labels[1:]), -max(known, default=0.0)


def _titles(runs: Sequence[RunFrames]) -> dict[str, str]:
    return {s["standard_id"]: s["title"] for run in runs for s in run.summary["standards"]}


def _areas(run: RunFrames) -> dict[tuple[str, ...], dict[str, Any]]:
    """Rows of cover.csv but for the whole, by what they count."""
    parts = run.cover[run.cover["geography"] != "all"]
    keys = ("standard_id", "geography", "area_id", "group", "weight")
    return {tuple(row[k] for k in keys): row for row in records(parts)}


def _differs(told: Sequence[Mapping[str, Any]]) -> bool:
    within = [row["within_after"] for row in told]
    mean = [row["mean_after_min"] for row in told]
    known = [m for m in mean if style.is_known(m)]
    apart = max(known) - min(known) if known else 0.0
    one_only = len(known) not in (0, len(mean))
    return max(within) - min(within) >= PEOPLE or apart >= MINUTES or one_only

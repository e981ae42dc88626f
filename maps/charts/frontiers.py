"""Trade-off curves: what more of one aim costs in another, where a run has them. Pure.

Of ``frontier.csv`` the columns ``choice`` (no: another plan beats it) and ``here`` (yes: the plan
whose page this is) may be absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from maps import style
from maps.charts import drawing
from maps.charts.chart import Chart
from maps.charts.drawing import Markup, Scale
from maps.runs import RunFrames
from maps.tables.frames import records
from maps.tables.table import Column, Table, shown

#: Numbers of dots nearer than this would lie on each other; figures are wider than most words, so
#: that half of one takes this share of the room that words of its length take.
CLOSE, HALF = 18.0, 0.65
HEIGHT, TOP, LEFT, RIGHT, BOTTOM = 350.0, 48.0, 74.0, 500.0, 292.0


def charts(run: RunFrames) -> tuple[Chart, ...]:
    """One chart for each pair of aims in ``frontier.csv``; none for a run without."""
    frame = run.tables.get("frontier")
    if frame is None or not len(frame):
        return ()
    return of_frame(frame)


def of_frame(frame: pd.DataFrame) -> tuple[Chart, ...]:
    """One chart for each pair of aims in a table of points."""
    pairs = frame.groupby(["x_key", "y_key"], sort=False)
    return tuple(
        chart
        for number, (_, same) in enumerate(pairs, 1)
        for chart in _chart(same.dropna(subset=["x_value", "y_value"]), number)
    )


def of_levels(levels: Sequence[tuple[str, pd.DataFrame]]) -> tuple[Chart, ...]:
    """The curve of the first two figures for each level of a third, all on the same scales.

    Args:
        levels: (how much of the third is asked, the plans that have it: at least one).
    """
    told = [(words, _ordered(frame)) for words, frame in levels]
    every = [row for _, rows in told for row in rows]
    return tuple(
        _made(rows, f"frontier-level-{number}", words, scaled_by=every)
        for number, (words, rows) in enumerate(told, 1)
    )


def _chart(same: pd.DataFrame, number: int) -> tuple[Chart, ...]:
    if not len(same):
        return ()
    told = _ordered(same)
    first = told[0]
    title = f"{first['y_name']}, for each step of {first['x_name']}"
    return (_made(told, f"frontier-{number}", title, line="z_key" not in first),)


def _ordered(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return records(frame.sort_values(["x_value", "point"], kind="stable"))


def _made(
    rows: list[dict[str, Any]],
    chart_id: str,
    title: str,
    *,
    line: bool = True,
    scaled_by: list[dict[str, Any]] | None = None,
) -> Chart:
    """Of three figures no line is the curve, unless as much of the third is asked all along it."""
    drawn = _svg(rows, line=line, scaled_by=scaled_by or rows)
    return Chart(chart_id, title, drawn, alt(rows), _numbers(rows, chart_id, title))


def kind_of(unit: str) -> str:
    """The kind of column that shows a unit."""
    base = unit.removesuffix("_pa")
    return base if base in ("gbp", "share", "min", "miles", "count") else "number"


def value_words(value: float, unit: str) -> str:
    """A value in its unit, short: ``£1.2m``, ``81.5%``."""
    kind = kind_of(unit)
    return style.money(value) if kind == "gbp" else shown(value, kind)


def _scale(values: list[float], start: float, end: float) -> Scale:
    low, high = min(values), max(values)
    if high <= low:
        low, high = low - 1.0, high + 1.0
    margin = 0.06 * (high - low)
    return Scale(low - margin, high + margin, start, end)


def _svg(rows: list[dict[str, Any]], *, line: bool, scaled_by: list[dict[str, Any]]) -> Markup:
    first = rows[0]
    bounds = [r["y_bound"] for r in scaled_by if style.is_known(r["y_bound"])]
    x = _scale([r["x_value"] for r in scaled_by], LEFT, RIGHT)
    y = _scale([*(r["y_value"] for r in scaled_by), *bounds], BOTTOM, TOP)
    parts = [drawing.text(0, 20, str(first["y_name"]), bold=True)]
    for value in drawing.ticks(y.low, y.high):
        words, at = value_words(value, first["y_unit"]), y.at(value)
        parts.append(drawing.line(LEFT, at, RIGHT, at))
        parts.append(drawing.text(LEFT - 6, at + 5, words, anchor="end", size=drawing.SMALL))
    for value in drawing.ticks(x.low, x.high, 5):
        words = value_words(value, first["x_unit"])
        at = min(x.at(value), drawing.WIDTH - HALF * drawing.length(words, drawing.SMALL))
        parts.append(drawing.text(at, BOTTOM + 20, words, anchor="middle", size=drawing.SMALL))
    name = str(first["x_name"])
    parts.append(drawing.text(RIGHT, HEIGHT - 10, name, anchor="end", bold=True))
    spots = [(x.at(r["x_value"]), y.at(r["y_value"])) for r in rows]
    chosen = [spot for row, spot in zip(rows, spots, strict=True) if is_choice(row)]
    if line:
        parts.append(drawing.path(chosen, colour=drawing.AFTER, width=2))
    below: list[tuple[float, float]] = []
    for row, (at, level) in zip(rows, spots, strict=True):
        if style.is_known(row["y_bound"]):
            parts.append(drawing.span(at, level, y.at(row["y_bound"]), colour=drawing.SOFT))
        close = any(abs(at - a) < CLOSE and abs(level - b) < CLOSE for a, b in below)
        below += [] if close else [(at, level)]
        parts += _mark(row, (at, level), above=close)
    return drawing.svg(HEIGHT, parts)


def is_choice(row: Mapping[str, Any]) -> bool:
    """Whether a point is one that no other beats; so where nothing is said of it."""
    return str(row.get("choice", "yes")) != "no"


def is_here(row: Mapping[str, Any]) -> bool:
    """Whether a point is the plan whose page this is."""
    return str(row.get("here", "no")) == "yes"


def _mark(row: Mapping[str, Any], spot: tuple[float, float], *, above: bool) -> list[Markup]:
    """A full dot for a choice, a ring for another plan; a wide ring round the reader's own.

    The number stands below, or above where another's is there already.
    """
    (at, level), made = spot, []
    if is_here(row):
        made.append(drawing.dot(at, level, colour=drawing.BEFORE, radius=10))
    made.append(drawing.dot(at, level, colour=drawing.AFTER))
    if not is_choice(row):
        made.append(drawing.dot(at, level, colour="#fff", radius=3))
    words = f"{row['point']:g}{' (this plan)' if is_here(row) else ''}"
    # Near the right edge words stand to the left, so that they are not cut off.
    right = at + 8 + drawing.length(words, drawing.SMALL) > drawing.WIDTH
    made.append(
        drawing.text(
            at + (-8 if right else 8), level + (-8 if above else 20), words,
            anchor="end" if right else "start", size=drawing.SMALL,
        )
    )  # fmt: skip
    return made


def alt(rows: list[dict[str, Any]]) -> str:
    """The drawing in sentences: both ends of the curve."""
    kept = [row for row in rows if is_choice(row)] or rows
    first, last = kept[0], kept[-1]
    ends = [
        f"{value_words(r['y_value'], r['y_unit'])} at {value_words(r['x_value'], r['x_unit'])}"
        for r in (first, last)
    ]
    told = f"{first['y_name']} against {first['x_name']}: {ends[0]}"
    told += f", {ends[1]}" if len(kept) > 1 else ""
    bound = any(style.is_known(r["y_bound"]) for r in rows)
    why = " Upright bars reach to the best that is not ruled out." if bound else ""
    if len(kept) < len(rows):
        why += f" Rings are plans that another beats ({len(rows) - len(kept)})."
    here = next((f" This plan is number {r['point']:g}." for r in rows if is_here(r)), "")
    return f"{told} ({len(kept)} plan{'s' if len(kept) != 1 else ''}).{why}{here}"


def _numbers(rows: list[dict[str, Any]], chart_id: str, title: str) -> Table:
    first = rows[0]
    columns = (
        Column("point", "Plan", "number"),
        Column("x_value", str(first["x_name"]), kind_of(first["x_unit"])),
        Column("y_value", str(first["y_name"]), kind_of(first["y_unit"])),
        Column("y_bound", "At best", kind_of(first["y_unit"])),
        Column("run", "Run"),
    )
    return Table(f"{chart_id}-numbers", f"{title}: the plans drawn", "", columns, tuple(rows))

"""Money by year: what is spent, what sales bring, what is saved, and all of it so far. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maps import style
from maps.charts import drawing
from maps.charts.chart import Chart
from maps.charts.drawing import WIDTH, Markup, Scale
from maps.runs import RunFrames
from maps.tables.table import Column, Row, Table

CHART_ID = "money-by-year"
LEFT, RIGHT = 72.0, WIDTH - 8
#: Where the years' bars stand, and below them the running total.
BARS, SO_FAR = (82.0, 272.0), (338.0, 448.0)
HEIGHT = 474.0


@dataclass(frozen=True)
class Kind:
    """One kind of money.

    Attributes:
        key: of a year in run.json.
        label: for readers.
        colour: of its bars.
        mark: what is drawn over the colour, so that kinds differ in grey; "" for nothing.
    """

    key: str
    label: str
    colour: str
    mark: str = ""


KINDS = (
    Kind("receipts_gbp", "Receipts from sales", "#0b4f7d"),
    Kind("saving_gbp", "Saved that year", "#2e7d4f", "dots"),
    Kind("capital_gbp", "Capital spent", "#b8541a"),
    Kind("one_off_gbp", "One-off costs", "#7d3208", "hatch"),
)


def charts(run: RunFrames) -> tuple[Chart, ...]:
    """One chart; none for a run that does not say its money by year, or withholds some of it."""
    years = by_year(run)
    if not years:
        return ()
    title = "Money by year, and all of it so far"
    return (Chart(CHART_ID, title, _svg(years), alt(years), _numbers(years)),)


def by_year(run: RunFrames) -> tuple[Mapping[str, Any], ...]:
    """Each financial year's sums and their running total in pounds, real prices, undiscounted.

    so_far_y = sum over years x <= y of (receipts_x + saving_x + capital_x + one_off_x)

    In words: everything received and saved less everything spent, up to and with that year;
    spending is below nought. Where one sum is not known there is no total, and so no years.
    Symbols: all in pounds of the year.
    Source: run.json, money by year.
    """
    told = (run.summary.get("money") or {}).get("by_year") or ()
    made, so_far = [], 0.0
    for year in told:
        sums = {kind.key: year.get(kind.key) for kind in KINDS}
        if not all(style.is_known(v) for v in sums.values()):
            return ()
        so_far += sum(sums.values())
        made.append({"year": str(year["year"]), **sums, "so_far_gbp": so_far})
    return tuple(made)


def ends(years: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The lowest and the highest any year's bars reach, nought among them."""
    low = [sum(min(y[k.key], 0.0) for k in KINDS) for y in years]
    high = [sum(max(y[k.key], 0.0) for k in KINDS) for y in years]
    return min(0.0, *low), max(0.0, *high)


def _svg(years: Sequence[Mapping[str, Any]]) -> Markup:
    totals = [y["so_far_gbp"] for y in years]
    bars = _scale(*ends(years), BARS)
    line = _scale(min(0.0, *totals), max(0.0, *totals), SO_FAR)
    heads = [
        drawing.text(0, BARS[0] - 14, "Each year", bold=True),
        drawing.text(0, SO_FAR[0] - 16, "All so far, spent and received", bold=True),
    ]
    parts = [_patterns(), _key(), *heads, *_axis(bars, BARS), *_axis(line, SO_FAR)]
    return drawing.svg(HEIGHT, [*parts, *_bars(years, bars), *_so_far(years, line), *_names(years)])


def _scale(low: float, high: float, box: tuple[float, float]) -> Scale:
    """Pounds to heights, ending on round sums."""
    if high <= low:
        high = low + 1.0
    size = drawing.step(high - low, 5)
    least, most = math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9)
    return Scale(size * least, size * most, box[1], box[0])


def _axis(scale: Scale, box: tuple[float, float]) -> list[Markup]:
    parts = []
    for value in drawing.ticks(scale.low, scale.high, 6):
        y = scale.at(value)
        colour = drawing.INK if value == 0 else drawing.LINE
        parts.append(drawing.line(LEFT, y, RIGHT, y, colour=colour))
        words = style.money(value) if value else "£0"
        size = drawing.SMALL
        parts.append(
            drawing.text(LEFT - 6, y + 5, words, anchor="end", size=size, colour=drawing.SOFT)
        )
    return parts


def _patterns() -> Markup:
    drawn = [drawing.hatch(f"{CHART_ID}-{k.mark}", k.colour, k.mark) for k in KINDS if k.mark]
    return Markup("<defs>{}</defs>").format(Markup("").join(drawn))


def _fill(kind: Kind) -> str:
    return f"url(#{CHART_ID}-{kind.mark})" if kind.mark else kind.colour


def _key() -> Markup:
    parts = []
    for index, kind in enumerate(KINDS):
        x, y = 200.0 * (index % 2) + 110, 4.0 + 20 * (index // 2)
        parts.append(drawing.rect(x, y, 18, 13, fill=_fill(kind)))
        parts.append(drawing.text(x + 25, y + 12, kind.label, size=drawing.SMALL))
    return Markup("").join(parts)


def _slot(years: Sequence[Mapping[str, Any]]) -> float:
    return (RIGHT - LEFT) / len(years)


def _bars(years: Sequence[Mapping[str, Any]], scale: Scale) -> list[Markup]:
    """Each year's sums, one on another: above nought what comes in, below it what goes out."""
    parts, wide = [], _slot(years)
    for index, year in enumerate(years):
        up = down = 0.0
        for kind in KINDS:
            value = year[kind.key]
            if not value:
                continue
            start = up if value > 0 else down
            tops = sorted((scale.at(start), scale.at(start + value)))
            x = LEFT + wide * index + 0.12 * wide
            high = tops[1] - tops[0]
            parts.append(drawing.rect(x, tops[0], 0.76 * wide, high, fill=_fill(kind)))
            up, down = (up + value, down) if value > 0 else (up, down + value)
    return parts


def _so_far(years: Sequence[Mapping[str, Any]], scale: Scale) -> list[Markup]:
    wide = _slot(years)
    spots = [(LEFT + wide * (i + 0.5), scale.at(y["so_far_gbp"])) for i, y in enumerate(years)]
    last = style.money(years[-1]["so_far_gbp"])
    x, y = spots[-1]
    return [
        drawing.path(spots, colour=drawing.AFTER, width=2.6),
        drawing.dot(x, y, colour=drawing.AFTER),
        drawing.text(x - 4, y + 24, last, anchor="end", bold=True),
    ]


def _names(years: Sequence[Mapping[str, Any]]) -> list[Markup]:
    """As many years' names as there is room for."""
    wide, parts = _slot(years), []
    every = math.ceil(66 / wide)
    for index in range(0, len(years), every):
        x = LEFT + wide * (index + 0.5)
        if x < RIGHT - 24 or index == 0:
            name = years[index]["year"]
            for y in (BARS[1] + 18, SO_FAR[1] + 18):
                size = drawing.SMALL
                parts.append(drawing.text(x, y, name, anchor="middle", size=size))
    return parts


def turns(years: Sequence[Mapping[str, Any]]) -> str:
    """The year from which all so far is never below nought again; blank where it ends below."""
    found = ""
    for year in reversed(years):
        if year["so_far_gbp"] < 0:
            return found
        found = str(year["year"])
    return found


def alt(years: Sequence[Mapping[str, Any]]) -> str:
    """The drawing in sentences, with its figures."""
    sums = {k.key: sum(y[k.key] for y in years) for k in KINDS}
    first, last = years[0]["year"], years[-1]["year"]
    parts = [
        f"From {first} to {last}: {style.money(abs(sums['capital_gbp']))} of capital is spent, "
        f"sales bring {style.money(sums['receipts_gbp'])} and {style.money(sums['saving_gbp'])} "
        f"is saved in running costs.",
        f"By then it comes to {style.money(years[-1]['so_far_gbp'])} in all.",
    ]
    lowest = min(years, key=lambda y: y["so_far_gbp"])
    if lowest["so_far_gbp"] < 0:
        parts.append(
            f"It is lowest in {lowest['year']}, at {style.money(lowest['so_far_gbp'])}"
            + (f", and above nothing for good from {turns(years)}." if turns(years) else ".")
        )
    return " ".join([*parts, "Real prices, before discounting, without interest on loans."])


def _numbers(years: Sequence[Mapping[str, Any]]) -> Table:
    columns = (
        Column("year", "Financial year"),
        *(Column(k.key, k.label, "gbp") for k in KINDS),
        Column("so_far_gbp", "All so far", "gbp"),
    )
    rows: tuple[Row, ...] = tuple(years)
    lead = "Spending is below nought. Real prices, before discounting."
    return Table(f"{CHART_ID}-numbers", "Money by year: the sums drawn", lead, columns, rows)

"""Who gains and who loses, and by how many minutes: a bar to either side a standard. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maps import style
from maps.charts import drawing
from maps.charts.chart import Chart
from maps.charts.drawing import WIDTH, Markup
from maps.charts.times import Floats, Reached, reached
from maps.runs import RunFrames
from maps.tables.table import Column, Row, Table

CHART_ID = "winners-losers"


@dataclass(frozen=True)
class Band:
    """People by how much sooner or later they are reached.

    Attributes:
        key: slug, a column of the table.
        label: for readers.
        low, high: size of the change in minutes (miles): `low` < size <= `high`;
            of "about the same" 0 <= size <= `high`.
        side: -1 sooner, 0 about the same, 1 later.
    """

    key: str
    label: str
    low: float
    high: float
    side: int


#: Edges of the bands: a change up to the first is "about the same".
EDGES = {style.MINUTES: (0.5, 2.0, 5.0, 10.0), style.MILES: (0.1, 0.5, 1.0, 2.0)}
LOST, GAINED = "no_route_any_more", "a_route_at_last"
#: From the least change to the most; darker is more. Who is reached later is hatched as well.
LATER_COLOURS = ("#f4bd7f", "#dd8a4e", "#b85a1c", "#7d3208")
SOONER_COLOURS = ("#c3dcec", "#8fbcdc", "#4a8dc0", "#0b4f7d")
LOST_COLOUR, GAINED_COLOUR = "#3f4b55", "#00694a"
#: Drawing: the middle, the longest bar, the height of a standard, and what stands above them.
MIDDLE, LONGEST, ROW, HEAD = WIDTH / 2, 120.0, 66.0, 72.0


def bands(unit: str) -> tuple[Band, ...]:
    """Bands of change in a unit, from much later through about the same to much sooner."""
    edges = (*EDGES[unit], np.inf)
    pairs = list(enumerate(zip(edges, edges[1:], strict=False), 1))
    later = [Band(f"later_{i}", _label(a, b, unit), a, b, 1) for i, (a, b) in pairs]
    sooner = [Band(f"sooner_{i}", _label(a, b, unit), a, b, -1) for i, (a, b) in pairs]
    return (*reversed(later), Band("same", "about the same", 0.0, edges[0], 0), *sooner)


def _label(low: float, high: float, unit: str) -> str:
    least, most = ("\u00bd" if v == 0.5 else style.trimmed(v) for v in (low, min(high, 1e6)))
    return f"{least} to {most} {unit}" if np.isfinite(high) else f"over {least} {unit}"


def by_change(one: Reached) -> dict[str, float]:
    """Weight in each band of change, and of who loses or gains a route.

    W_b = sum of w_i over places i whose change a_i - b_i lies in band b

    In words: people by how many minutes later or sooner they are reached than today. The bands,
    with those who lose or gain a route, add up to everybody; who had no route and gets none is
    as before.
    Symbols: w_i weight of place i; a_i, b_i its minutes after and before.
    Source: members ask for losers as well as winners, never an average alone.
    """
    had, has = np.isfinite(one.before), np.isfinite(one.after)
    both = had & has
    change = np.zeros(len(one.weight))
    # Minutes of the layers have three decimals: half a minute stays half a minute.
    change[both] = np.round(one.after[both] - one.before[both], 3)
    still = had == has
    found = {b.key: _sum(one.weight, still & _inside(change, b)) for b in bands(one.unit)}
    return found | {LOST: _sum(one.weight, had & ~has), GAINED: _sum(one.weight, ~had & has)}


def _inside(change: Floats, band: Band) -> npt.NDArray[np.bool_]:
    """Which changes lie in a band; its upper edge is inclusive."""
    size = np.abs(change)
    if not band.side:
        return np.asarray(size <= band.high)
    return np.asarray((np.sign(change) == band.side) & (size > band.low) & (size <= band.high))


def _sum(weight: Floats, which: npt.NDArray[np.bool_]) -> float:
    return float(weight[which].sum())


def side_total(found: Mapping[str, float], side: int, unit: str) -> float:
    """Weight reached later (`side` 1, with who loses a route) or sooner (-1, who gains one)."""
    extra = found[LOST if side > 0 else GAINED]
    return extra + sum(found[b.key] for b in bands(unit) if b.side == side)


@dataclass(frozen=True)
class Sides:
    """One standard's people by side.

    Attributes:
        one: its times.
        found: weight by band.
        later, sooner: weight of either side.
    """

    one: Reached
    found: Mapping[str, float]
    later: float
    sooner: float


def sides(run: RunFrames) -> tuple[Sides, ...]:
    """Every standard of a run, its people by side."""
    made = []
    for one in reached(run):
        found = by_change(one)
        later, sooner = (side_total(found, side, one.unit) for side in (1, -1))
        made.append(Sides(one, found, later, sooner))
    return tuple(made)


def charts(run: RunFrames) -> tuple[Chart, ...]:
    """One chart of all standards; none for a run without areas on the map."""
    rows = sides(run)
    if not rows:
        return ()
    title = "Who is reached later, and who sooner"
    return (Chart(CHART_ID, title, _svg(rows), alt(rows), _numbers(rows)),)


def _svg(rows: Sequence[Sides]) -> Markup:
    most = max(max(r.later, r.sooner) / r.one.total for r in rows)
    parts = [_patterns(), _key(rows)]
    for index, row in enumerate(rows):
        parts.append(_row(row, HEAD + ROW * index, LONGEST / most if most else 0.0))
    bottom = HEAD + ROW * len(rows)
    return drawing.svg(bottom, parts)


def _patterns() -> Markup:
    drawn = [drawing.hatch(f"{CHART_ID}-{i}", c) for i, c in enumerate(LATER_COLOURS, 1)]
    return Markup("<defs>{}</defs>").format(Markup("").join(drawn))


def _fill(band: Band) -> str:
    place = int(band.key.rsplit("_", 1)[1])
    later = f"url(#{CHART_ID}-{place})"
    return later if band.side > 0 else SOONER_COLOURS[place - 1]


def _key(rows: Sequence[Sides]) -> Markup:
    """Which side is which, and the shades, from the middle outwards."""
    parts = [
        drawing.text(
            MIDDLE - 12,
            17,
            f"\u2190 {style.UNIT_WORDS[rows[0].one.unit]} later",
            anchor="end",
            bold=True,
        ),
        drawing.text(
            MIDDLE + 12, 17, f"{style.UNIT_WORDS[rows[0].one.unit]} sooner \u2192", bold=True
        ),
    ]
    unit = rows[0].one.unit
    edges = [*EDGES[unit]]
    for side in (1, -1):
        for band in (b for b in bands(unit) if b.side == side):
            place = int(band.key.rsplit("_", 1)[1])
            x = MIDDLE - side * (12 + 46 * place) - (0 if side > 0 else 46)
            parts.append(drawing.rect(x, 27, 46, 13, fill=_fill(band)))
            words = _edge_words(edges, place, unit)
            parts.append(drawing.text(x + 23, 57, words, anchor="middle", size=drawing.SMALL))
    if any(r.found[LOST] for r in rows):
        parts.append(drawing.rect(0, 27, 14, 13, fill=LOST_COLOUR))
        parts.append(drawing.text(0, 57, "no route", size=drawing.SMALL))
    if any(r.found[GAINED] for r in rows):
        parts.append(drawing.rect(WIDTH - 14, 27, 13, 13, fill=GAINED_COLOUR))
        parts.append(drawing.text(WIDTH, 57, "a route", anchor="end", size=drawing.SMALL))
    return Markup("").join(parts)


def _edge_words(edges: Sequence[float], place: int, unit: str) -> str:
    """``½–2``, ``over 10`` in few characters."""
    shown = ["\u00bd" if e == 0.5 else style.trimmed(e) for e in edges]
    if place < len(shown):
        return f"{shown[place - 1]}\u2013{shown[place]}"
    return f"{shown[-1]}+"


def _row(row: Sides, top: float, scale: float) -> Markup:
    """A standard: its name, and its people to both sides of the middle."""
    name = drawing.shortened(row.one.title, WIDTH)
    y, unit = top + 24, row.one.unit
    parts = [
        drawing.text(0, top + 14, name, bold=True),
        drawing.line(MIDDLE, y - 3, MIDDLE, y + 23, colour=drawing.INK, width=1.6),
    ]
    for side, total in ((1, row.later), (-1, row.sooner)):
        x = MIDDLE
        for fill, weight in _pieces(row, side, unit):
            width = scale * weight / row.one.total
            parts.append(drawing.rect(x - width if side > 0 else x, y, width, 20, fill=fill))
            x -= side * width
        anchor = "end" if side > 0 else "start"
        words = (
            f"{style.count(total)} ({share_words(total / row.one.total)})" if total else "nobody"
        )
        parts.append(drawing.text(x - 7 * side, y + 15, words, anchor=anchor, size=drawing.SMALL))
    return Markup("").join(parts)


def _pieces(row: Sides, side: int, unit: str) -> list[tuple[str, float]]:
    """Fill and weight of a side's bands from the middle outwards, none that is empty."""
    chosen = sorted((b for b in bands(unit) if b.side == side), key=lambda b: b.low)
    made = [(_fill(b), row.found[b.key]) for b in chosen]
    extra = (LOST_COLOUR, row.found[LOST]) if side > 0 else (GAINED_COLOUR, row.found[GAINED])
    return [(fill, weight) for fill, weight in (*made, extra) if weight]


def share_words(share: float) -> str:
    """A share for a label; a few are never told as none."""
    return "under 0.1%" if 0 < share < 0.0005 else style.percent(share)


def alt(rows: Sequence[Sides]) -> str:
    """The drawing in sentences: per standard how many are reached later and sooner."""
    told = [
        f"{r.one.title}: {_side_words(r, r.later, 'later')}, {_side_words(r, r.sooner, 'sooner')} "
        f"(of {style.count(r.one.total)} {r.one.counted})."
        for r in rows
        if r.later or r.sooner
    ]
    calm = [r.one.title for r in rows if not (r.later or r.sooner)]
    edge = _label_of_edge(rows[0].one.unit)
    if calm:
        told.append(f"Nobody's time changes by more than {edge}: {'; '.join(calm)}.")
    return " ".join([*told, f"A change of {edge} or less is not counted as one."])


def _label_of_edge(unit: str) -> str:
    return "half a minute" if unit == style.MINUTES else f"{EDGES[unit][0]:g} miles"


def _side_words(row: Sides, weight: float, words: str) -> str:
    return f"{style.count(weight)} {words}" if weight else f"nobody {words}"


def _numbers(rows: Sequence[Sides]) -> Table:
    """A row a standard and band."""
    columns = (
        Column("standard", "Standard", picks=("standard", "standard_id"), filters=True),
        Column("band", "Change"),
        Column("people", "How many", "count"),
        Column("share", "Share", "share"),
        Column("counted", "Counted"),
    )
    made = tuple(row for r in rows for row in _band_rows(r))
    notes = tuple(f"{r.one.title}: {note}" for r in rows for note in r.one.notes)
    lead = "Bands with nobody in them are left out; each standard's rows add up to everybody."
    title = "People by how much later or sooner they are reached"
    return Table(f"{CHART_ID}-numbers", title, lead, columns, made, notes)


def _band_rows(row: Sides) -> list[Row]:
    words = {1: "later", 0: "", -1: "sooner"}
    named = [(b.key, f"{b.label} {words[b.side]}".strip()) for b in bands(row.one.unit)]
    named = [(LOST, "no route any more"), *named, (GAINED, "a route where there was none")]
    return [
        {
            "standard_id": row.one.standard_id,
            "standard": row.one.title,
            "band": f"{label[:1].upper()}{label[1:]}",
            "people": row.found[key],
            "share": row.found[key] / row.one.total,
            "counted": row.one.counted,
            "marked": key == LOST,
        }
        for key, label in named
        if row.found[key]
    ]

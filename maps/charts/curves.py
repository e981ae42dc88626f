"""How many people are reached in how many minutes, before and after: a curve a standard. Pure."""

from __future__ import annotations

import numpy as np

from maps import certainty, style
from maps.charts import drawing
from maps.charts.chart import Chart
from maps.charts.drawing import Markup, Scale
from maps.charts.times import WHEN, Reached, longest, reached, unit_label
from maps.runs import RunFrames
from maps.tables.table import Column, Row, Table

HEIGHT, TOP, LEFT, RIGHT, BOTTOM = 350.0, 62.0, 50.0, 506.0, 292.0
#: The axis goes this far beyond the threshold, and further until all but this share are reached.
BEYOND, LEFT_OUT = 1.5, 0.005
#: Points of a curve.
POINTS = 240
COLOURS = {"before": drawing.BEFORE, "after": drawing.AFTER}
WIDTHS = {"before": 6.0, "after": 2.4}
#: The bars of both times stand apart by this much.
APART = {"before": -7.0, "after": 7.0}
COLUMNS = (
    Column("within", "Reached within"),
    Column("before", "Before", "count"),
    Column("share_before", "Before, share", "share"),
    Column("after", "After", "count"),
    Column("share_after", "After, share", "share"),
    Column("change", "Change", "count_change"),
)


def charts(run: RunFrames) -> tuple[Chart, ...]:
    """A curve for each standard of the run; none for a run without areas on the map."""
    return tuple(_chart(one) for one in reached(run))


def _chart(one: Reached) -> Chart:
    top = axis_end(one)
    x = Scale(0.0, top, LEFT, RIGHT)
    y = Scale(0.0, 1.0, BOTTOM, TOP)
    parts = [
        *_frame(one, x, y),
        *_limit(one, x, y),
        *_curves(one, x, y),
        *_marks(one, x, y),
        _key(one),
    ]
    return Chart(
        f"minutes-{one.standard_id}",
        one.title,
        drawing.svg(HEIGHT, parts),
        alt(one),
        _numbers(one, top),
    )


def axis_end(one: Reached) -> float:
    """Where the axis of minutes ends: a round number beyond the threshold and nearly everybody."""
    reaches = [one.quantile(1 - LEFT_OUT, when) for when in WHEN]
    far = max([t for t in reaches if np.isfinite(t)] or [longest([one.before, one.after])])
    wanted = max(BEYOND * limit_of(one), far)
    size = drawing.step(wanted, 8)
    return float(np.ceil(wanted / size - 1e-9) * size)


def limit_of(one: Reached) -> float:
    """The threshold of a share; of another statistic, what is asked of it (or its figure)."""
    target = one.standard["target"]
    if certainty.unit_of(one.standard) != style.SHARE and style.is_known(target):
        return float(target)
    return certainty.threshold_of(one.standard)


def _is_share(one: Reached) -> bool:
    return certainty.unit_of(one.standard) == style.SHARE


def _frame(one: Reached, x: Scale, y: Scale) -> list[Markup]:
    """Axes with their numbers."""
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(drawing.line(LEFT, y.at(share), RIGHT, y.at(share)))
        parts.append(
            drawing.text(
                LEFT - 7, y.at(share) + 5, f"{share:.0%}", anchor="end", colour=drawing.SOFT
            )
        )
    for value in drawing.ticks(0.0, x.high, 8):
        spot = x.at(value)
        parts.append(drawing.line(spot, BOTTOM, spot, BOTTOM + 5, colour=drawing.SOFT))
        anchor = "end" if spot > RIGHT - 8 else "middle"
        words = style.trimmed(value)
        parts.append(drawing.text(spot, BOTTOM + 21, words, anchor=anchor, colour=drawing.SOFT))
    middle, words = (LEFT + RIGHT) / 2, f"reached within so many {unit_label(one.unit)}"
    return [*parts, drawing.text(middle, HEIGHT - 12, words, anchor="middle", colour=drawing.SOFT)]


def _limit(one: Reached, x: Scale, y: Scale) -> list[Markup]:
    """An upright line at the threshold with its words, and the share asked for, if any.

    The words stand below the curves, on the right where there is room.
    """
    spot, asked = x.at(limit_of(one)), _asked_share(one)
    words = [f"{_limit_name(one)}: {_limit_words(one)}"]
    parts = [drawing.line(spot, TOP - 6, spot, BOTTOM, colour=drawing.INK, width=1.6, dash="5 4")]
    if asked is not None:
        level = y.at(asked)
        parts.append(drawing.line(spot - 20, level, spot + 20, level, colour=drawing.INK, width=3))
        words.append(f"asked: {asked_text(one)}")
    room = RIGHT - spot - 8 >= max(map(drawing.length, words))
    anchor, aside = ("start", 8.0) if room else ("end", -8.0)
    for index, told in enumerate(words):
        at = BOTTOM - 11 - 20 * (len(words) - 1 - index)
        parts.append(drawing.text(spot + aside, at, told, anchor=anchor, bold=not index))
    return parts


def _limit_name(one: Reached) -> str:
    """What the upright line stands at."""
    if _is_share(one):
        return "standard"
    return "asked" if style.is_known(one.standard["target"]) else "counted within"


def _limit_words(one: Reached) -> str:
    number = style.trimmed(round(limit_of(one), 2))
    return f"{number} {'mile' if one.unit == style.MILES and number == '1' else one.unit}"


def _asked_share(one: Reached) -> float | None:
    """The share asked for of the whole area; None where each area has its own, or none is asked."""
    whole = str(one.standard.get("geography", "all")) == "all"
    target = one.standard["target"]
    return float(target) if _is_share(one) and whole and style.is_known(target) else None


def asked_text(one: Reached) -> str:
    """What is asked for in words: ``80.5%``."""
    return certainty.target_text(one.standard)


def _curves(one: Reached, x: Scale, y: Scale) -> list[Markup]:
    """Both curves, the broad one first so that the narrow one lies on it where they agree."""
    steps = np.linspace(0.0, x.high, POINTS + 1)
    return [
        drawing.path(
            [(x.at(t), y.at(one.within(t, when) / one.total)) for t in steps],
            colour=COLOURS[when],
            width=WIDTHS[when],
        )
        for when in WHEN
    ]


def _marks(one: Reached, x: Scale, y: Scale) -> list[Markup]:
    """Dots at the threshold, and how far either figure may be off by the error of the times."""
    if not _is_share(one):
        return []
    spot, parts = x.at(limit_of(one)), []
    for when, inside in (("before", one.within_before), ("after", one.within_after)):
        if certainty.has_error(one.standard):
            low, high = certainty.ends(one.standard, "share", when)
            at = spot + APART[when]
            parts.append(drawing.span(at, y.at(low), y.at(high), colour=COLOURS[when]))
        radius = 7.0 if when == "before" else 4.5
        parts.append(
            drawing.dot(spot, y.at(inside / one.total), colour=COLOURS[when], radius=radius)
        )
    return parts


def _key(one: Reached) -> Markup:
    """Which line is which, above the drawing."""
    parts, x = [], LEFT
    for when, words in (("before", "Before"), ("after", "After")):
        colour, width = COLOURS[when], WIDTHS[when]
        parts.append(drawing.line(x, 20, x + 30, 20, colour=colour, width=width))
        parts.append(drawing.text(x + 37, 25, words, bold=True))
        x += 112
    if _is_share(one) and certainty.has_error(one.standard):
        parts.append(drawing.span(x + 6, 12, 28, colour=drawing.SOFT))
        parts.append(drawing.text(x + 17, 25, "range, by the error of times", size=drawing.SMALL))
    return Markup("").join(parts)


def alt(one: Reached) -> str:
    """The drawing in sentences, with its figures."""
    parts = []
    counted = f"{style.count(one.total)} {one.counted}"
    if _is_share(one):
        shares = [_share(v / one.total, one) for v in (one.within_before, one.within_after)]
        parts.append(
            f"Within {_limit_words(one)}: {shares[0]} of {counted} before, {shares[1]} after"
            f"{_difference(one)}."
        )
    else:
        figures = [certainty.figure_text(one.standard, when) for when in WHEN]
        said = certainty.asked_words(one.standard)
        parts.append(f"{said}: {figures[0]} before, {figures[1]} after, of {counted}.")
    for share, words in ((0.5, "Half"), (0.9, "Nine in ten")):
        times = [_time(one.quantile(share, when), one.unit) for when in WHEN]
        parts.append(f"{words} are reached within {times[0]} before and {times[1]} after.")
    cut = [style.count(one.total - one.within(np.finfo(float).max, when)) for when in WHEN]
    if cut != ["0", "0"]:
        parts.append(f"No route at all: {cut[0]} before, {cut[1]} after.")
    return " ".join([*parts, *one.notes])


def _share(share: float, one: Reached) -> str:
    return style.percent(share, against=_asked_share(one))


def _difference(one: Reached) -> str:
    """``, 1,204 fewer``."""
    more = round(one.within_after - one.within_before)
    if not more:
        return ", as many as before"
    return f", {style.count(abs(more))} {'more' if more > 0 else 'fewer'}"


def _time(value: float, unit: str) -> str:
    return style.figure(value, unit)


def _numbers(one: Reached, top: float) -> Table:
    counted = one.counted
    return Table(
        f"minutes-{one.standard_id}-numbers",
        f"{one.title}: {counted} reached, by {unit_label(one.unit)}",
        f"Of {style.count(one.total)} {counted}. The row of the standard itself is set off.",
        COLUMNS,
        tuple(_row(one, limit) for limit in table_limits(limit_of(one), top)),
        notes=one.notes,
    )


def table_limits(limit: float, top: float) -> tuple[float, ...]:
    """Round times up to `top` for a table, the standard's own among them, then no limit at all."""
    size = drawing.step(top, 16)
    steps = (round(size * i, 6) for i in range(1, int(top / size + 1e-9) + 1))
    return (*sorted({*steps, limit}), float("inf"))


def _row(one: Reached, limit: float) -> Row:
    own = _is_share(one) and limit == limit_of(one)
    if own:  # as the run counts it, to the last decimal
        before, after = one.within_before, one.within_after
    else:
        before, after = (one.within(min(limit, np.finfo(float).max), when) for when in WHEN)
    number = style.trimmed(round(limit, 2))
    words = f"{number} {one.unit}" if np.isfinite(limit) else "Any time, where there is a route"
    return {
        "within": f"{words} (the standard)" if own else words,
        "before": before,
        "after": after,
        "share_before": before / one.total,
        "share_after": after / one.total,
        "change": after - before,
        "marked": own,
    }

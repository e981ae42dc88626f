"""Pens and scales for charts: pieces of SVG, every text escaped. Pure.

Sizes are in units of the drawing's own box, `WIDTH` across; a page scales it. Text is large
beside the box, so that it stays legible on a phone and in two columns on paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import markupsafe

Markup = markupsafe.Markup

#: Width of every drawing, in its own units.
WIDTH = 520.0
TEXT, SMALL = 15, 13.5
INK, SOFT, LINE = "#17242c", "#4a5a64", "#d3dade"
#: Before is broad and light, after narrow and dark: told apart in grey and where they coincide.
BEFORE, AFTER = "#c0771a", "#0b4f7d"
#: Rise and fall of a character beside a line it is centred on.
HALF_TEXT = 5.0
#: Width of a character, as a share of its size: a little more than most fonts take.
CHARACTER = 0.56


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to a drawing.

    Attributes:
        low, high: values at its ends.
        start, end: where these are drawn.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where a value is drawn; what lies beyond an end is drawn at it."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Round values (1, 2 or 5 times a power of ten) from `low` to `high`, at most `most`."""
    size = step(high - low, most)
    first, last = math.ceil(low / size - 1e-9), math.floor(high / size + 1e-9)
    return tuple(round(i * size, 10) + 0.0 for i in range(first, last + 1))


def step(span: float, most: int = 6) -> float:
    """The smallest round step of which at most ``most - 1`` fit into `span`."""
    rough = max(span, 1e-9) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * (1 - 1e-9))


def svg(height: float, parts: Iterable[Markup]) -> Markup:
    """The whole drawing; hidden from screen readers, for the words beside it say the same."""
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-hidden="true" focusable="false" '
        'font-size="{}" fill="{}">{}</svg>'
    ).format(number(WIDTH), number(height), TEXT, INK, Markup("").join(parts))


def number(value: float) -> str:
    """A coordinate, a tenth of a unit at the finest."""
    return f"{value:.1f}".removesuffix(".0")


def text(  # noqa: PLR0913 - a place, words and how they are set
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: float = TEXT,
    colour: str = INK,
    bold: bool = False,
) -> Markup:
    """Words at a place; `anchor` is ``start``, ``middle`` or ``end``.

    A white edge keeps them legible over lines.
    """
    weight = Markup(' font-weight="700"') if bold else Markup("")
    return Markup(
        '<text x="{}" y="{}" text-anchor="{}" font-size="{}" fill="{}"{} '
        'stroke="#fff" stroke-width="3" paint-order="stroke" stroke-linejoin="round">{}</text>'
    ).format(number(x), number(y), anchor, number(size), colour, weight, words)


def line(  # noqa: PLR0913 - two places and how the line is set
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    colour: str = LINE,
    width: float = 1,
    dash: str = "",
) -> Markup:
    """A straight line."""
    dashed = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
    return Markup('<path d="M{} {}L{} {}" stroke="{}" stroke-width="{}"{}/>').format(
        *map(number, (x1, y1, x2, y2)), colour, number(width), dashed
    )


def path(points: Sequence[tuple[float, float]], *, colour: str, width: float) -> Markup:
    """A line through points; nothing for fewer than two."""
    if len(points) < 2:
        return Markup("")
    spots = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return Markup(
        '<path d="M{}" fill="none" stroke="{}" stroke-width="{}" stroke-linejoin="round"/>'
    ).format(spots, colour, number(width))


def rect(x: float, y: float, width: float, height: float, *, fill: str) -> Markup:
    """A box with a fine dark edge, so that the palest fill has an outline."""
    return Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-width=".7"/>'
    ).format(*map(number, (x, y, width, height)), fill, INK)


def dot(x: float, y: float, *, colour: str, radius: float = 5) -> Markup:
    """A round mark with a white edge."""
    return Markup(
        '<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="#fff" stroke-width="1.5"/>'
    ).format(number(x), number(y), number(radius), colour)


def span(x: float, y1: float, y2: float, *, colour: str) -> Markup:
    """An upright bar with feet: the two ends of a figure that is not sure."""
    feet = [line(x - 4, y, x + 4, y, colour=colour, width=2) for y in (y1, y2)]
    return line(x, y1, x, y2, colour=colour, width=2) + Markup("").join(feet)


def hatch(pattern_id: str, colour: str, mark: str = "hatch") -> Markup:
    """A fill of a colour with white strokes across it (``hatch``) or dots in it (``dots``)."""
    drawn = {
        "hatch": Markup(
            '<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" stroke="#fff" stroke-width="1.3"/>'
        ),
        "dots": Markup('<circle cx="3" cy="3" r="1.2" fill="#fff"/>'),
    }[mark]
    return Markup(
        '<pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" fill="{}"/>{}</pattern>'
    ).format(pattern_id, colour, drawn)


def length(words: str, size: float = TEXT) -> float:
    """About how wide words are drawn."""
    return CHARACTER * size * len(words)


def shortened(words: str, room: float, size: float = TEXT) -> str:
    """Words cut to about the room there is, with an ellipsis where they are cut."""
    fits = max(1, int(room / (CHARACTER * size)))
    return words if len(words) <= fits else f"{words[: fits - 1].rstrip()}\u2026"

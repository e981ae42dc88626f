"""The noun `Chart`: a drawing, the same in a sentence, and the same in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import markupsafe

from maps.tables.table import Table


@dataclass(frozen=True)
class Chart:
    """A chart for readers.

    Attributes:
        chart_id: slug, unique on a page.
        title: heading.
        svg: the drawing, ours to the last character (text from data escaped); ``aria-hidden``,
            for `alt` says it.
        alt: what the drawing shows, in one to three sentences with its figures.
        numbers: the figures drawn.
    """

    chart_id: str
    title: str
    svg: markupsafe.Markup
    alt: str
    numbers: Table

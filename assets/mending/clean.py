"""A mapped frame -> the same frame repaired, with the trail of what was done. Pure.

Cells first (`assets.mending.repairs`), then the coordinates (`assets.mending.coordinates`), then
rows that are none (`assets.mending.rows`); coordinates once more if rows went, because what is
proved by the other rows may now be proved by better ones. What comes out needs no more cleaning.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from assets import trail
from assets.issues import Issue
from assets.mending.coordinates import check_pairs, repair_coordinates
from assets.mending.repairs import check_postcodes, labels, repair_cells
from assets.mending.rows import check_closing, check_sizes, lasting, rows_aside, view
from assets.schema import Layer


@dataclass(frozen=True)
class Cleaned:
    """A layer's frame after every repair that is no guess.

    Attributes:
        frame: columns of the layer and its helpers, and the source's other columns; rows that
            were set aside are gone, the index (source row numbers) is kept.
        repairs: cells changed in rows that stayed, columns `assets.trail.REPAIR_COLUMNS`.
        aside: rows set aside with their cells as they came, columns `assets.trail.ASIDE_COLUMNS`.
        issues: what could not be repaired without a guess and no later check can see.
        texts: columns of ``frame`` as text, those of which it was made.
    """

    frame: pd.DataFrame
    repairs: pd.DataFrame
    aside: pd.DataFrame
    issues: tuple[Issue, ...] = ()
    texts: Mapping[str, pd.Series] = field(default_factory=dict)


def clean(layer: Layer, frame: pd.DataFrame, *, today: datetime.date | None = None) -> Cleaned:
    """Repair a mapped frame; doing it twice changes nothing more.

    Args:
        layer: whose columns.
        frame: mapped columns (`assets.naming.headings.map_headings`), index = source row numbers.
        today: what "has closed" is measured by; the day itself unless given.

    Returns:
        See `Cleaned`; ``frame`` itself is not changed.
    """
    today = today or datetime.date.today()
    cells = repair_cells(layer, frame)
    tables, issues = [*cells.repairs], [*cells.issues]
    now, gone = cells.frame, []
    texts = lasting(cells.texts)
    while True:
        placed = repair_coordinates(layer, now)
        now = placed.frame
        tables += placed.repairs
        issues += placed.issues
        seen = view(layer, now, texts=texts)
        rules = rows_aside(layer, now, today=today, seen=seen)
        if not rules:
            break
        gone += [
            _set_aside(layer, rule, frame, rows=now.index[mask]) for rule, mask in rules.items()
        ]
        kept = ~np.logical_or.reduce(list(rules.values()))
        now, texts = now[kept], seen.texts_of(kept)
    issues += check_pairs(layer, now) + check_postcodes(layer, now) + check_sizes(layer, now)
    issues += check_closing(layer, now, today=today)
    aside = trail.joined(gone, trail.none_aside())
    repairs = trail.joined(tables, trail.no_repairs())
    repairs = repairs[~repairs["row"].isin(aside["row"])].reset_index(drop=True)
    return Cleaned(now, repairs, aside, tuple(issues), seen.made)


def _set_aside(layer: Layer, rule: str, source: pd.DataFrame, *, rows: pd.Index) -> pd.DataFrame:
    """The rows as they came in."""
    found = source.loc[rows]
    return trail.aside(layer.name, rule, found, ids=labels(layer, found))

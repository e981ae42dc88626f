"""How well the cells of a source fit a column: what decides between several meanings. Pure.

Nothing is read or changed here. A fit is the share of filled cells that the column could hold;
columns of free text, which could hold anything, have the same middling fit whatever is in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

import pandas as pd

from assets.cells import as_text, slug
from assets.schema import Column

#: Fit of a column that could hold anything; a closed list fits better from here on.
ANYTHING = 0.75
#: Words that stand for a blank cell.
NOT_AVAILABLE = frozenset(
    ("n/a", "na", "n.a.", "n\\a", "none", "unknown", "not known", "not available", "not applicable",
     "tbc", "tba", "tbd", "-", "--", ".", "?", "null", "nan", "#n/a", "not recorded", "no data",
     "not held", "not provided", "to be confirmed", "not stated", "no", "unspecified")
) - {"no"}  # fmt: skip
_SAMPLE = 2000
_LONGEST = 200
#: Columns whose pattern says only what they cannot hold: fitting it proves next to nothing.
_LOOSE = ("name", "owner", "operator")
_NEXT_TO_NOTHING = 0.01
_NUMBER = re.compile(
    r"[\s(£$€~<>≈+-]*(c\.?|ca\.?|circa|approx\.?|about)?\s*£?\s*-?\.?[0-9].*", re.I | re.S
)
_DATE = re.compile(
    r".*(\b[0-9]{4}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}\b|[0-9]{8}|"
    r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b).*",
    re.I | re.S,
)
_TRUTH = frozenset(("true", "false", "yes", "no", "y", "n", "t", "f", "1", "0", "x"))
_METRES_FROM = 1000.0
_DEGREES_TO = 180.0
_FIGURE = re.compile(r"-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
Test = Callable[[str], float]


def sample(cells: pd.Series) -> pd.Series:
    """Different filled cells of a column with how often each occurs (of at most 2,000 rows).

    Words for "no figure" count as blank. The rows are spread evenly over the column.
    """
    step = -(-len(cells) // _SAMPLE) or 1
    return _counted(cells.iloc[::step])


def _counted(cells: pd.Series) -> pd.Series:
    """Filled cells and how often each occurs."""
    times = as_text(cells).value_counts(sort=False)
    filled = [cell != "" and cell.lower() not in NOT_AVAILABLE for cell in times.index]
    return times[filled]


def share(column: Column, counted: pd.Series) -> float:
    """Share of the cells that fit, weighted by how often they occur; 0 to 1.

    Args:
        column: which column.
        counted: as `sample` gives it, not empty.
    """
    test = _test_of(column)
    if test is None:
        return ANYTHING
    fits = [test(str(cell)) for cell in counted.index]
    total = sum(fit * times for fit, times in zip(fits, counted, strict=True))
    known = float(total) / float(counted.sum())
    return known * (ANYTHING + _NEXT_TO_NOTHING) if column.name in _LOOSE else known


def holds_any(column: Column, cells: pd.Series) -> bool:
    """Whether any filled cell of the whole column fits; for columns that cannot hold any text."""
    test = _test_of(column)
    return test is None or any(test(str(cell)) > 0 for cell in _counted(cells).index)


def strict(column: Column) -> bool:
    """Whether a cell can be wrong in the column: figures, dates, booleans and closed lists."""
    return bool(column.allowed) or column.kind in ("number", "integer", "date", "dates", "boolean")


@cache
def _test_of(column: Column) -> Test | None:
    """What says how well one cell fits, or ``None`` where every cell does."""
    if column.name in ("easting", "northing"):
        return partial(_axis, metres=True)
    if column.name in ("lon", "lat"):
        return partial(_axis, metres=False)
    if column.allowed or column.usual:
        known = frozenset(map(slug, (*column.allowed, *column.usual)))
        known |= frozenset(published for published, _ in column.words)
        return partial(_listed, known)
    if column.kind in ("number", "integer"):
        return partial(_matches, _NUMBER)
    if column.kind in ("date", "dates"):
        return partial(_matches, _DATE)
    if column.kind == "boolean":
        return _true_or_false
    if column.pattern:
        return partial(_matches, re.compile(column.pattern, re.IGNORECASE | re.DOTALL))
    return None


def _matches(pattern: re.Pattern[str], cell: str) -> float:
    """1 where the cell (the first 200 characters of it) is as the pattern says."""
    return float(pattern.fullmatch(cell[:_LONGEST]) is not None)


def _listed(known: frozenset[str], cell: str) -> float:
    """1 where the cell is a word of a list."""
    return float(slug(cell) in known)


def _true_or_false(cell: str) -> float:
    """1 where the cell says yes or no."""
    return float(cell.lower() in _TRUTH)


def _axis(cell: str, *, metres: bool) -> float:
    """1 for a coordinate of the kind, a half for any other figure."""
    if not _NUMBER.fullmatch(cell):
        return 0.0
    figure = _FIGURE.search(cell)
    size = abs(float(figure.group().replace(",", ""))) if figure else 0.0
    return 1.0 if (size >= _METRES_FROM if metres else size <= _DEGREES_TO) else 0.5

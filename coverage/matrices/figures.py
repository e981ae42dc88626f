"""Figures of a matrix file: the unit found or refused, values checked and put in place. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from assets.issues import Issue
from coverage.matrices.form import MatrixForm, refused
from coverage.matrices.headings import METRES_OF_UNIT, MINUTES_OF_UNIT
from coverage.matrices.pairs import LONG, Column, Pairs
from coverage.matrices.statement import Statement
from coverage.network import Bools, Floats, Ints

LONGEST_MIN = 7 * 24 * 60.0
"""Longer than a week is no journey: such figures stand for *no route* in some tools."""
USUAL_MIN, USUAL_KPH = 600.0, (0.5, 200.0)
"""A median outside these is taken for a mistaken unit, unless the unit is told."""
STEP = 2**22
"""Pairs handled at a time, so that no second copy of all of them is made."""


def number_issues(pairs: Pairs, column: Column, used: Bools) -> list[Issue]:
    """Cells the plan needs that hold neither a number of at least 0 nor a blank."""
    bad = column.bad[used[column.bad]]
    if not len(bad):
        return []
    ids = tuple(
        sorted(
            f"{pairs.starts[pairs.start[row]]} to {pairs.stops[pairs.stop[row]]}"
            for row in bad.tolist()
        )
    )
    said = ", ".join(f"'{_short(text)}'" for text in column.said)
    message = f"{column.figure.name} must be a number of at least 0, or blank; found {said}"
    return [Issue("times.number", message, ids, remedy=_number_remedy(column.said))]


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"


def _number_remedy(said: Sequence[str]) -> str:
    """What may have spoilt the first of the cells that were found."""
    text = said[0].strip() if said else ""
    for pattern, remedy in _SPOILT_NUMBERS:
        if re.fullmatch(pattern, text, re.IGNORECASE):
            return remedy
    return "correct these rows; leave the time blank for no route"


_SPOILT_NUMBERS = (
    (r"\d{1,3}(,\d{3})+(\.\d+)?", "write numbers without thousands separators"),
    (r"\d+,\d+", "write decimals with a point"),
    (r"n/?a|nan|none|null|-?inf(inity)?|-1(\.0*)?|-|#n/a", "leave the time blank for no route"),
    (r"\d+:\d\d(:\d\d(\.\d+)?)?", "give the time as a number of minutes or seconds"),
    (r"-.*", "no journey takes less than no time; leave it blank for no route"),
)


def unit_of(pairs: Pairs, form: MatrixForm, said: Statement, used: Bools) -> str:
    """The unit of the times: told, in the heading, or in the file's statement; never guessed."""
    figure = pairs.time.figure
    if form.unit and figure.told and figure.unit != form.unit:
        message = f"the unit is said to be {form.unit}, but column {figure.name} is {figure.unit}"
        raise refused("unit", message, f"say unit: {figure.unit}, or rename the column")
    stated = form.unit or (figure.unit if figure.told else "")
    found = stated or (said.unit if said.current else "") or figure.unit
    if found:
        return found
    values = pairs.time.values[used]
    values = values[np.isfinite(values)]
    middle = float(np.median(values)) if len(values) else 0.0
    what = "the table" if pairs.shape != LONG else f"column {figure.name}"
    raise refused(
        "unit",
        f"the unit of {what} is not stated; its median, {middle:g}, is {_in_hours(middle)} if "
        f"these are minutes, or {_in_hours(middle / 60)} if they are seconds",
        "say unit: minutes or unit: seconds",
    )


def _in_hours(minutes: float) -> str:
    """A duration in words: 12.6 min, 3 h 20 min."""
    if minutes < 100:
        return f"{minutes:.3g} min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02d} min"


def placed_figures(
    pairs: Pairs, unit: str, at: tuple[Ints, Bools], shape: tuple[int, int]
) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Minutes and metres in the plan's order, and what was found on the way.

    Args:
        pairs: the file's pairs.
        unit: what its times are in.
        at: cell of each pair in the plan's matrix, and which pairs the plan needs.
        shape: demand points and sites of the plan.

    Raises:
        InputError: a time longer than `LONGEST_MIN`.
    """
    minutes = _placed(pairs.time.values, MINUTES_OF_UNIT[unit], at, shape)
    endless = minutes > LONGEST_MIN
    if endless.any():
        found = f"{int(endless.sum()):,} times are longer than a week, up to"
        message = f"{found} {minutes[endless].max():g} min"
        raise refused("number", message, f"leave the time blank for no route; is the unit {unit}?")
    if pairs.length is None:
        return minutes, np.full(shape, np.nan), ()
    figure = pairs.length.figure
    metres = _placed(pairs.length.values, METRES_OF_UNIT[figure.unit or "metres"], at, shape)
    metres[np.isnan(minutes)] = np.nan
    if not figure.told and _median_kph(minutes, metres) < USUAL_KPH[0]:
        note = f"column {figure.name} can hardly be metres and was not used"
        return minutes, np.full(shape, np.nan), (note,)
    return minutes, metres, ()


def _placed(
    values: Floats, factor: float, at: tuple[Ints, Bools], shape: tuple[int, int]
) -> Floats:
    cell, used = at
    found = np.full(shape[0] * shape[1], np.nan)
    for first in range(0, len(cell), STEP):
        part = slice(first, first + STEP)
        kept = used[part]
        found[cell[part][kept]] = values[part][kept] * factor
    return found.reshape(shape)


def _median_kph(minutes: Floats, metres: Floats) -> float:
    """Median speed of the pairs with both figures; NaN where there are none."""
    both = (minutes > 0) & (metres > 0)
    if not both.any():
        return float("nan")
    return float(np.median(metres[both] / minutes[both])) * 60.0 / 1000.0


def refuse_unusual(column: Column, unit: str, minutes: Floats, metres: Floats) -> None:
    """Refuses times whose unit, though in the heading, cannot be what it says."""
    known = minutes[np.isfinite(minutes)]
    middle = float(np.median(known)) if len(known) else 0.0
    speed = _median_kph(minutes, metres)
    if middle <= USUAL_MIN and not (speed < USUAL_KPH[0] or speed > USUAL_KPH[1]):
        return
    found = f"a median of {_in_hours(middle)}"
    found += f" at {speed:.3g} km/h" if np.isfinite(speed) else ""
    raise refused(
        "unit",
        f"column {column.figure.name}, read as {unit}, gives {found}",
        "say unit: minutes or unit: seconds, whichever it is",
    )

"""Rows of cells -> frame: the heading row found, every column named, nothing lost. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from assets.cells import is_tidy, without_mark
from assets.issues import Issue
from assets.reading.published import LAYOUTS, layout_of
from assets.reading.source import Source
from assets.schema import CARRIED, LAYERS, heading_key, headings

#: How far down a heading row is looked for, and how many rows tell how wide the table is.
_TOP = 50
_SAMPLE = 250
#: Share of the fullest row's cells that a heading row has at least.
_FULL = 0.6
#: Share of different cells among some from which on a column's cells are not worth comparing.
_VARIED = 0.5
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_DATA = re.compile(
    r"-?£?[0-9][0-9,]*\.[0-9]+|-?£?[0-9,]{5,}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}"
)
_TEXT_SHOWN = 200
#: Known headings from which on a row with figures in it is no data; a cell may be spelt like one.
_SURE = 2
_ERRORS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)


@dataclass(frozen=True)
class Heading:
    """Where the headings of a table are.

    Attributes:
        place: position of the heading row, -1 without one.
        hits: how many headings of the layer are in it.
        names: headings of a published layout, where the table has none of its own.
        layout: that layout's name.
    """

    place: int
    hits: int
    names: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True)
class Sample:
    """What each of the first rows looks like: filled cells, known headings among them."""

    filled: tuple[int, ...]
    hits: tuple[int, ...]
    data: tuple[bool, ...] = field(repr=False, default=())


def find_heading(rows: Sequence[Sequence[str]], kind: str) -> Heading | None:
    """The row that holds the headings: by known headings of the layer, else by its shape.

    Args:
        rows: rows of text cells; the first few hundred are looked at.
        kind: layer whose headings are known, ``""`` = those of any layer.

    Returns:
        Where it is; ``None`` for a table without a filled cell.
    """
    published = layout_of(rows)
    if published is not None:
        hits = _hits(published.headings, known_headings(kind))
        return Heading(-1, hits, published.headings, published.name)
    sample = _sample(rows[:_SAMPLE], known_headings(kind))
    if max(sample.filled, default=0) == 0:
        return None
    place = _by_hits(sample, _by_shape(sample))
    return Heading(place, sample.hits[place])


def _sample(rows: Sequence[Sequence[str]], known: Mapping[str, str]) -> Sample:
    """Filled cells, known headings and data-like cells of each row."""
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return Sample(
        tuple(map(len, cells)),
        tuple(_hits(row, known) if place < _TOP else 0 for place, row in enumerate(cells)),
        tuple(any(_DATA.fullmatch(cell) for cell in row) for row in cells),
    )


def _hits(cells: Sequence[str], known: Mapping[str, str]) -> int:
    """How many different columns the cells are headings of, carried ones included."""
    carried = sum(cell.strip().startswith(CARRIED) for cell in cells)
    return carried + len({known[key] for key in map(heading_key, cells) if key in known})


def _by_shape(sample: Sample) -> int:
    """The first row that is nearly as full as the fullest; rather one without figures in it."""
    widest = max(sample.filled)
    full = [p for p, count in enumerate(sample.filled) if count >= _FULL * widest]
    first = full[0]
    if not sample.data[first]:
        return first
    above = [p for p in range(min(first, _TOP)) if sample.filled[p] > 1 and not sample.data[p]]
    return max(above, key=lambda p: (sample.filled[p], p), default=first)


def _by_hits(sample: Sample, shape: int) -> int:
    """The row with the most known headings, if that says more than the shape does.

    Below the row found by shape it takes three known headings, more than twice as many as
    there, and no figures: cells of data are sometimes spelt like a heading.
    """
    best = max(range(min(len(sample.hits), _TOP)), key=lambda p: (sample.hits[p], -p))
    most, there = sample.hits[best], sample.hits[shape]
    if most < 2 or most <= there:
        return shape
    if best < shape or (most >= max(3, 2 * there + 1) and not sample.data[best]):
        return best
    return shape


@cache
def known_headings(kind: str) -> Mapping[str, str]:
    """Heading key -> column of the layer, or of any layer and published table without one."""
    if kind:
        return {key: name for key, (name, _) in headings(kind).items()}
    known = {heading_key(name): name for layout in LAYOUTS for name in layout.headings}
    for layer in LAYERS:
        known |= known_headings(layer)
    return known


def table(
    rows: list[list[str]], source: Source, *, notes: tuple[Issue, ...] = (), ragged: bool = True
) -> pd.DataFrame:
    """Rows of text -> frame of text, every filled cell in it under a heading of its own.

    Args:
        rows: rows of text cells from the first row of the sheet on.
        source: where they come from.
        notes: warnings so far.
        ragged: rows may be longer than the heading by mistake (text files), so that cells
            beyond it are refused; in a workbook a cell's column is certain.

    Returns:
        Index ``row`` = row number in the sheet, blank rows left out; ``attrs["issues"]``.

    Raises:
        InputError: no headings, ragged rows, more rows or columns than are read.
    """
    heading = find_heading(rows, source.kind)
    if heading is None:
        raise source.refusal(
            "no_heading", "no row has headings", remedy="put the headings in the first row"
        )
    start = heading.place + 1
    names = list(heading.names or rows[heading.place])
    above = _rows_above(rows, heading)
    numbered = [
        (number, row)
        for number, row in (*above.items(), *enumerate(rows[start:], start=start + 1))
        if any(map(str.strip, row))
    ]
    longest = max((len(row) for _, row in numbered), default=0)
    notes += _about_heading(rows, heading, source, apart=above)
    if ragged:
        notes += _uneven_rows(numbered, len(names), source)
    width = len(names) if ragged else max(len(names), longest)
    source.check_counts(len(numbered), width)
    names += [""] * (width - len(names))
    columns, about = named_columns(names, _cells([row for _, row in numbered], width), source)
    index = pd.Index([number for number, _ in numbered], name="row", dtype="int64")
    texts = {name: pd.Series(cells, index=index, dtype=object, copy=False)
             for name, cells in columns.items()}  # fmt: skip
    frame = pd.DataFrame(texts, index=index)
    frame.attrs["issues"] = (*notes, *about, *_error_cells(frame, source))
    return frame


def _rows_above(rows: list[list[str]], heading: Heading) -> dict[int, list[str]]:
    """Rows of data (not titles) above the heading row: nearly as full as it, and with figures."""
    top = rows[: max(heading.place, 0)]
    sample = _sample([*top, rows[heading.place]], {})
    return {
        number: row
        for number, row in enumerate(top, start=1)
        if sample.data[number - 1] and sample.filled[number - 1] >= _FULL * sample.filled[-1]
    }


def _about_heading(
    rows: list[list[str]], heading: Heading, source: Source, *, apart: Collection[int]
) -> tuple[Issue, ...]:
    """What to know about where the headings were found; ``apart`` = rows of data above them."""
    if heading.layout:
        says = f"there is no heading row; the columns are those of {heading.layout}"
        remedy = "nothing to do, if it is that; else put headings in the first row"
        return (source.warning("published_layout", says, remedy=remedy),)
    notes: tuple[Issue, ...] = ()
    above = [
        (number, " ".join(" ".join(row).split()))
        for number, row in enumerate(rows[: heading.place], start=1)
        if number not in apart and any(cell.strip() for cell in row)
    ]
    if apart:
        says = f"the headings are in row {heading.place + 1}, below rows of data; those are read"
        ids = tuple(f"row {number}" for number in apart)
        remedy = "move the headings to the top"
        notes += (source.warning("rows_above", says, ids=ids, remedy=remedy),)
    if above:
        text = " / ".join(text for _, text in above)
        short = text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + " ..."
        says = f"the headings are in row {heading.place + 1}; above them stands: {short}"
        ids = tuple(f"row {number}" for number, _ in above)
        remedy = "nothing to do, if those are the headings; else delete the rows above them"
        notes += (source.warning("title_rows", says, ids=ids, remedy=remedy),)
    row = [cell.strip() for cell in rows[heading.place]]
    figures = [cell for cell in row if _DATA.fullmatch(cell)]
    if heading.hits < _SURE and figures:
        says = f"row {heading.place + 1} is read as headings but looks like data: {figures[0]}"
        ids = (f"row {heading.place + 1}",)
        remedy = "put a row of headings above the data"
        notes += (source.warning("heading_like_data", says, ids=ids, remedy=remedy),)
    return notes


def _uneven_rows(
    numbered: list[tuple[int, list[str]]], width: int, source: Source
) -> tuple[Issue, ...]:
    """A warning about rows with too few cells.

    Raises:
        InputError: rows with cells beyond the last heading: which column they mean is a guess.
    """
    if {len(row) for _, row in numbered} <= {width}:
        return ()
    long = [
        f"row {number}"
        for number, row in numbered
        if len(row) > width and any(map(str.strip, row[width:]))
    ]
    if long:
        raise source.refusal(
            "ragged",
            f"rows have more cells than the {width} headings",
            ids=tuple(long),
            remedy="put quotation marks round cells that have separators in them",
        )
    short = tuple(f"row {number}" for number, row in numbered if len(row) < width)
    if not short:
        return ()
    says = f"rows have fewer cells than the {width} headings"
    remedy = "the missing cells are taken as blank; is the file complete?"
    return (source.warning("short_row", says, ids=short, remedy=remedy),)


def _cells(rows: list[list[str]], width: int) -> list[npt.NDArray[np.object_]]:
    """Rows -> columns of tidied text; cells that are there often are tidied and held once."""
    padded = [row if len(row) == width else (row + [""] * width)[:width] for row in rows]
    columns = zip(*padded, strict=True) if padded else ([()] * width)
    return [_tidied(column) for column in columns]


def _tidied(cells: Sequence[str]) -> npt.NDArray[np.object_]:
    """Cells without spaces around them or more than one, line breaks, or the mark of text."""
    column = np.empty(len(cells), dtype=object)
    some = cells[:: len(cells) // _SAMPLE + 1]
    if len(set(some)) > _VARIED * len(some) and is_tidy(cells):
        column[:] = cells  # hardly a cell is there twice
        return column
    different: dict[str, str] = {}
    held = list(map(different.setdefault, cells, cells))
    if not is_tidy(different):
        tidy = {cell: without_mark(" ".join(cell.split())) for cell in different}
        held = list(map(tidy.__getitem__, held))
    column[:] = held
    return column


def named_columns(
    names: Sequence[str], cells: Sequence[npt.NDArray[np.object_]], source: Source
) -> tuple[dict[str, npt.NDArray[np.object_]], list[Issue]]:
    """Columns under headings that are all there and all different.

    Args:
        names: headings as written, in order; may be blank or repeated.
        cells: the columns as text; blank = ``""``.
        source: for the warnings.

    Returns:
        Heading -> column in order. A column without heading is ``column 7``; without heading
        and cells it is none. Of equal columns under one heading one is kept, others are called
        ``Heading (2)``; the warnings say so.
    """
    tidy = [tidy_heading(name) for name in names]
    columns: dict[int, tuple[str, npt.NDArray[np.object_]]] = {}
    taken = set(tidy)
    unnamed: list[str] = []
    issues: list[Issue] = []
    for name in dict.fromkeys(tidy):
        places = [place for place, other in enumerate(tidy) if other == name]
        if name == "":
            filled = [place for place in places if (cells[place] != "").any()]
            unnamed = [_free(f"column {place + 1}", taken) for place in filled]
            columns |= {p: (new, cells[p]) for p, new in zip(filled, unnamed, strict=True)}
            continue
        kept = _different(places, cells)
        called = [name, *(_free(name, taken) for _ in kept[1:])]
        columns |= {p: (new, cells[p]) for p, new in zip(kept, called, strict=True)}
        if len(places) > 1:
            issues.append(_about_repeat(called, len(places), source))
    if unnamed:
        issues.append(_about_unnamed(unnamed, source))
    return dict(columns[place] for place in sorted(columns)), issues


def tidy_heading(name: object) -> str:
    """A heading on one line, without double spaces and invisible characters."""
    return " ".join(_INVISIBLE.sub("", str(name)).split())


def _different(places: list[int], cells: Sequence[npt.NDArray[np.object_]]) -> list[int]:
    """Of columns under one heading those with cells that no earlier one has just so."""
    if len(places) == 1:
        return places
    kept: list[int] = []
    for place in sorted(places, key=lambda p: (not (cells[p] != "").any(), p)):
        blank = not (cells[place] != "").any()
        if not kept or not (blank or any(np.array_equal(cells[place], cells[k]) for k in kept)):
            kept.append(place)
    return kept


def _free(name: str, taken: set[str]) -> str:
    """A name nobody has: ``name``, else ``name (2)`` ...; it is taken from then on."""
    new = name
    number = 2
    while new in taken:
        new = f"{name} ({number})"
        number += 1
    taken.add(new)
    return new


def _about_repeat(called: list[str], count: int, source: Source) -> Issue:
    """A heading that several columns have."""
    if len(called) == 1:
        says = f"{count} columns are headed '{called[0]}' and say the same; one is kept"
        return source.warning("repeated_heading", says, ids=tuple(called), remedy="delete one")
    others = ", ".join(f"'{name}'" for name in called[1:])
    says = (
        f"{count} columns are headed '{called[0]}'; the first with cells keeps the heading, "
        f"what differs is read as {others}"
    )
    remedy = f"check that the first is the right '{called[0]}'; rename or delete the other"
    return source.warning("repeated_heading", says, ids=tuple(called), remedy=remedy)


def _about_unnamed(names: list[str], source: Source) -> Issue:
    """Columns with cells but no heading."""
    says = f"{len(names)} column{'s have' if len(names) > 1 else ' has'} cells but no heading"
    remedy = "give a heading to what the planner should use"
    return source.warning("unnamed_column", says, ids=tuple(names), remedy=remedy)


def _error_cells(frame: pd.DataFrame, source: Source) -> tuple[Issue, ...]:
    """A warning about cells in which a spreadsheet's formula failed."""
    found: list[str] = []
    for name in frame.columns:
        if "#" not in "".join(frame[name].to_numpy().tolist()):  # they all begin with it
            continue
        failed = frame[name].isin(_ERRORS)
        found += [f"row {row}, {name}" for row in frame.index[failed]]
    if not found:
        return ()
    says = "cells hold an error of a formula (#N/A, #REF! and the like), not a value"
    remedy = "mend the formulas in the spreadsheet, or clear the cells"
    return (source.warning("formula_error", says, ids=tuple(found), remedy=remedy),)

"""Cells of a matrix file -> ids and figures, with what cannot be read kept beside. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coverage.network import Floats, Ints

_QUOTED = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass
class Names:
    """Ids of one side as they come, numbered in the order of the file."""

    codes: dict[str, int] = field(default_factory=dict)

    def number(self, cells: pa.Array) -> Ints:
        """The number of the id in each cell, int32; a new id gets the next number."""
        if not pa.types.is_dictionary(cells.type):
            cells = pc.dictionary_encode(pc.fill_null(as_words(cells), ""))
        words = as_words(cells.dictionary).to_pylist()
        where = pc.cast(cells.indices, pa.int64(), safe=False)
        where = pc.fill_null(where, len(words)).to_numpy(zero_copy_only=False)
        code = np.zeros(len(words) + 1, dtype=np.int32)
        for place in np.flatnonzero(np.bincount(where, minlength=len(code))).tolist():
            word = words[place] if place < len(words) else ""
            code[place] = self.codes.setdefault(clean_id(word or ""), len(self.codes))
        numbers: Ints = code[where]
        return numbers

    def ids(self) -> tuple[str, ...]:
        """The ids by number."""
        return tuple(self.codes)


def as_words(cells: pa.Array) -> pa.Array:
    """Cells as text; whole numbers without a point, others as they are written."""
    if pa.types.is_string(cells.type):
        return cells
    try:
        if pa.types.is_floating(cells.type) and pc.all(pc.equal(cells, pc.floor(cells))).as_py():
            cells = pc.cast(cells, pa.int64())  # numbers of a column with a gap in it
        return pc.cast(cells, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if v is None else str(v) for v in cells.to_pylist()], pa.string())


def clean_id(text: str) -> str:
    """An id without spaces round it and without the mark that guards it in a spreadsheet."""
    return _QUOTED.sub("", text.strip())


@dataclass(frozen=True)
class Figures:
    """Numbers of one column of one block.

    Attributes:
        values: NaN where blank or unreadable, float64.
        bad: rows of the block that hold neither a number of at least 0 nor a blank.
        said: what the first few of those rows hold.
    """

    values: Floats
    bad: Ints
    said: tuple[str, ...] = ()


def read_figures(cells: pa.Array, *, textual: bool) -> Figures:
    """Numbers of a column: blank (in Parquet also NaN) means nothing there."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        values, filled = _numbers_of_text(cells)
    elif _is_number(cells.type):
        plain = pc.cast(cells, pa.float64(), safe=False)
        values = plain.to_numpy(zero_copy_only=False).copy()
        filled = ~np.isnan(values) if not textual else ~np.asarray(pc.is_null(plain))
    elif pa.types.is_null(cells.type):
        return Figures(np.full(len(cells), np.nan), np.zeros(0, dtype=np.int64))
    else:  # dates, flags, lists
        values, filled = np.full(len(cells), np.nan), np.asarray(pc.is_valid(cells))
    with np.errstate(invalid="ignore"):
        wrong = filled & ~(np.isfinite(values) & (values >= 0))
    bad = np.flatnonzero(wrong)
    if not len(bad):
        return Figures(values, bad)
    values = np.where(wrong, np.nan, values)
    said = tuple(str(cells[int(row)].as_py()) for row in bad[:5])
    return Figures(values, bad, said)


def _is_number(kind: Any) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(test(kind) for test in kinds)


def _numbers_of_text(cells: pa.Array) -> tuple[Floats, Any]:
    """Numbers (NaN where there is none) and which cells are filled."""
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(cells, ""))
    full = pc.not_equal(trimmed, "")
    kept = pc.if_else(full, trimmed, None)
    filled = full.to_numpy(zero_copy_only=False)
    try:
        values = pc.cast(kept, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        words = kept.to_pandas()
        plain = words.where(~words.str.contains("_", regex=False, na=False))
        values = pd.to_numeric(plain, errors="coerce").to_numpy(float)
    return np.array(values, dtype=float), filled

"""Cells as sources write them -> values of one kind. Pure, vectorised, nothing guessed.

Every function takes a column of cells (text, numbers, dates, mixed objects) and gives the
values and a mask of the cells it could not read; such a cell becomes missing in the values
and is reported by `assets.checks`, so nothing is lost without a word.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from assets.schema import Column

_NUMBER = re.compile(
    r"-?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
)
_TRUTH: Mapping[str, bool] = MappingProxyType(
    {"true": True, "yes": True, "y": True, "t": True, "1": True}
    | {"false": False, "no": False, "n": False, "f": False, "0": False}
)
_MANY = ";"
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")
#: What tidying would change (or might: most of what is beyond ASCII is left to `cell_text`).
_UNTIDY = r"^ | $|  |[\x00-\x1f]|[^\x00-\x7f£²°–’]"
#: Up to so many cells it is quicker to look at each than to prepare for many.
_FEW = 200
#: Characters without width that editors and web pages leave in cells.
_NO_WIDTH = {ord(mark): None for mark in "\u200b\u200c\u200d\u2060\ufeff\u00ad"}
_MONTH_NAMES = (
    "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
    "aug august", "sep sept september", "oct october", "nov november", "dec december",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_DAYS = "(?:(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?[ ]+)?"
_TIME = r"(?:[ T]+[0-9]{1,2}:[0-9:.+Z]*)?"
_ISO = re.compile(rf"([0-9]{{4}})([-/])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_BRITISH = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}")
_WORDED = re.compile(
    rf"{_DAYS}([0-9]{{1,2}})(?:st|nd|rd|th)?[ -]+(?:of[ ]+)?([a-z]{{3,9}})\.?,?[ -]+"
    rf"([0-9]{{4}}){_TIME}"
)
Read = tuple[pd.Series, pd.Series]


def cell_text(value: object) -> str:
    """One cell as text: missing -> ``""``, 12.0 -> ``12``, dates as ISO, spaces tidied."""
    if isinstance(value, str):
        text = value if value.isascii() else value.translate(_NO_WIDTH)
        return " ".join(text.split())
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)):
        return _float_text(float(value))
    if isinstance(value, datetime.datetime):
        at_midnight = value.time() == datetime.time()
        return value.date().isoformat() if at_midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return " ".join(str(value).split())


def _float_text(value: float) -> str:
    """A float as text; whole numbers without ``.0`` so that 100012797623.0 stays a UPRN."""
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return "" if math.isnan(value) else repr(value)


class Text(pd.Series):
    """A column that `as_text` has made and need not look at again; read, never written to.

    Whatever is made of it is a plain series.
    """

    @cached_property
    def figures(self) -> npt.NDArray[np.float64] | None:
        """As `plain_figures`."""
        return _plain_figures(self.to_numpy(dtype=object))


def as_text(cells: pd.Series) -> pd.Series:
    """A column as trimmed text (dtype object, missing = ``""``), whatever it was before."""
    return cells if isinstance(cells, Text) else Text(_text(cells), dtype=object, copy=False)


def _text(cells: pd.Series) -> pd.Series:
    """As `as_text`, of a column that may be anything."""
    if len(cells) <= _FEW:
        return pd.Series(list(map(cell_text, cells)), index=cells.index, dtype=object)
    if cells.dtype == object and is_tidy((values := cells.to_numpy()).tolist(), marked=True):
        return pd.Series(values, index=cells.index, dtype=object)  # a copy
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind == "string":
        return _tidied(cells)
    if kind == "floating" and cells.dtype.kind == "f":
        codes, different = pd.factorize(cells.to_numpy(), use_na_sentinel=False)
        texts = np.array([_float_text(value) for value in different.tolist()], dtype=object)
        return pd.Series(texts[codes], index=cells.index, dtype=object)
    if kind in ("string", "empty", "floating", "integer"):
        return _each(cells, cell_text)
    # Mixed cells one by one: 1, 1.0 and True are equal, so they must not be looked up as keys.
    return pd.Series([cell_text(cell) for cell in cells], index=cells.index, dtype=object)


def _tidied(cells: pd.Series) -> pd.Series:
    """A column of strings and missing cells as trimmed text; only untidy cells are touched."""
    values = np.asarray(cells.astype(object), dtype=object)
    try:
        strings = pa.array(values, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowInvalid, UnicodeEncodeError):  # half a surrogate pair
        return _each(cells, cell_text)
    untidy = pc.fill_null(pc.match_substring_regex(strings, _UNTIDY), True)
    tidy = values.copy()
    for position in np.flatnonzero(untidy.to_numpy(zero_copy_only=False)):
        tidy[position] = cell_text(values[position])
    return pd.Series(tidy, index=cells.index, dtype=object)


def is_tidy(cells: Iterable[object], *, marked: bool = False) -> bool:
    """Whether all cells are plain text that tidying would leave alone; a quick look at them all.

    Of columns that are tidy most are seen to be; the others take the slower look. Cells with
    the mark of text (`neutral`) in front count as untidy unless ``marked``.
    """
    try:
        whole = "|" + "|".join(cells) + "|"  # type: ignore[arg-type]
    except TypeError:  # missing cells
        return False
    if not (whole.isascii() and whole.isprintable()):
        return False
    if not marked and "|'" in whole:
        return False
    return " " not in whole or not ("  " in whole or " |" in whole or "| " in whole)


def filled(text: pd.Series) -> npt.NDArray[np.bool_]:
    """Cells of a text column with anything in them (six times as fast as ``!=`` of pandas)."""
    mask: npt.NDArray[np.bool_] = np.not_equal(text.to_numpy(dtype=object), "").astype(np.bool_)
    return mask


def equal(text: pd.Series, word: str) -> npt.NDArray[np.bool_]:
    """Cells of a text column that are one word (six times as fast as ``==`` of pandas)."""
    mask: npt.NDArray[np.bool_] = np.equal(text.to_numpy(dtype=object), word).astype(np.bool_)
    return mask


def holds(text: pd.Series, pattern: str) -> npt.NDArray[np.bool_]:
    """Cells of a text column in which a pattern (RE2, case ignored) is found; fast.

    A cell that is not valid Unicode counts as a hit, so that a slower look decides.
    """
    return _search(text, pattern, ignore_case=True, unclear=True)


def fits(text: pd.Series, pattern: str) -> npt.NDArray[np.bool_]:
    """Cells of a text column that a pattern (RE2, case told apart) fits as a whole; fast.

    A cell that is not valid Unicode fits nothing, so that a slower look decides.
    """
    return _search(text, f"^(?:{pattern})$", ignore_case=False, unclear=False)


def _search(
    text: pd.Series, pattern: str, *, ignore_case: bool, unclear: bool
) -> npt.NDArray[np.bool_]:
    """Cells in which a pattern is found; ``unclear`` for all if one is not valid Unicode."""
    try:
        strings = pa.array(text.to_numpy(dtype=object), type=pa.large_string())
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return np.full(len(text), unclear, dtype=np.bool_)
    found = pc.match_substring_regex(strings, pattern, ignore_case=ignore_case)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def typed(column: Column, cells: pd.Series) -> Read:
    """Read a column of cells as its kind.

    Args:
        column: what the cells should be.
        cells: the cells, any dtype.

    Returns:
        Values (missing where blank or unreadable; blanks take the column's default) and a
        mask of the unreadable cells, both indexed as ``cells``.
    """
    values, bad = _READERS[column.kind](column, cells)
    plain = pd.Series(values, dtype=object) if isinstance(values, Text) else values
    return plain, bad


def missing(column: Column, index: pd.Index) -> pd.Series:
    """A column nobody supplied: the default, or missing, in every row."""
    one = _one_missing(column)
    return pd.Series([one.iloc[0]] * len(index), index=index, dtype=one.dtype)


@cache
def _one_missing(column: Column) -> pd.Series:
    """A blank cell of a column, read."""
    if column.default is None and column.kind in ("number", "integer"):  # most columns: quicker so
        return pd.Series([np.nan], dtype="float64")
    return typed(column, pd.Series([""], dtype=object))[0]


def numbers(cells: pd.Series) -> Read:
    """Plain numbers, with thousands separators and a leading ``£``; NaN and inf are not numbers.

    A missing value of a numeric column (NaN) is blank; the text ``nan`` is unreadable.
    """
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        values = cells.astype("float64")
        bad = pd.Series(np.isinf(values.to_numpy()), index=cells.index)
        return values.mask(bad), bad
    text = as_text(cells)
    plain = plain_figures(text)
    if plain is not None:
        return pd.Series(plain, index=cells.index), _none(text)
    values = _each(text, _figure).astype("float64")
    return values, values.isna() & filled(text)


def plain_figures(text: pd.Series) -> npt.NDArray[np.float64] | None:
    """A column of nothing but blanks and plain figures as numbers; ``None`` = look at each.

    Plain: digits first, at most a minus before and a fraction after them.
    """
    values = text.figures if isinstance(text, Text) else _plain_figures(text.to_numpy(dtype=object))
    return None if values is None else values.copy()


def _plain_figures(values: npt.NDArray[np.object_]) -> npt.NDArray[np.float64] | None:
    """As `plain_figures`, of the cells."""
    try:
        whole = "|" + "|".join(values.tolist())
        # 1e5 and nan are for the slower look, and so is .5
        if any(part in whole for part in ("e", "E", "n", "N", "x", "X", "+", "|.", "|-.")):
            return None
        cells = pa.array(values, type=pa.large_string())
        figures = pc.if_else(pc.equal(cells, ""), None, cells)
        numbers_: npt.NDArray[np.float64] = pc.cast(figures, pa.float64()).to_numpy(
            zero_copy_only=False
        )
    except (pa.ArrowInvalid, UnicodeEncodeError, TypeError):  # TypeError: not only text
        return None
    return numbers_ if np.isfinite(numbers_[~np.isnan(numbers_)]).all() else None


def _figure(text: str) -> float:
    """One number, or NaN when the text is not a finite number."""
    plain = re.sub(r"^(-?)\s*£\s*", r"\1", text)
    if not _NUMBER.fullmatch(plain):
        return math.nan
    value = float(plain.replace(",", ""))
    return value if math.isfinite(value) else math.nan


def slug(text: str) -> str:
    """Words of ``text`` in lower case joined by ``_``; accents and apostrophes are taken out."""
    plain = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _BETWEEN_WORDS.sub("_", plain.lower().replace("'", "").replace("`", "")).strip("_")


def _read_number(column: Column, cells: pd.Series) -> Read:
    """Kind ``number``."""
    values, bad = numbers(cells)
    return _with_default(column, values, bad)


def _read_integer(column: Column, cells: pd.Series) -> Read:
    """Kind ``integer``: a number without a fraction."""
    values, bad = numbers(cells)
    fraction = values.notna() & (values % 1 != 0)
    return _with_default(column, values.mask(fraction), bad | fraction)


def _with_default(column: Column, values: pd.Series, bad: pd.Series) -> Read:
    """Blank cells take the default; unreadable ones stay missing."""
    if column.default is not None:
        values = values.mask(values.isna() & ~bad, column.default)
    return values, bad


def _read_boolean(column: Column, cells: pd.Series) -> Read:
    """Kind ``boolean``: true/yes/y/t/1 and false/no/n/f/0 in any case.

    A column without a default is text, ``true``, ``false`` or blank: whether it was said at all
    matters there.
    """
    text = as_text(cells)
    known = _each(text, lambda cell: _TRUTH.get(cell.lower()))
    if column.default is None:
        said = known.map({True: "true", False: "false"}).astype(object)
        return said.where(known.notna(), ""), known.isna() & filled(text)
    values = known.where(known.notna(), bool(column.default)).astype(bool)
    return values, known.isna() & filled(text)


def _read_text(column: Column, cells: pd.Series) -> Read:
    """Kind ``text``; a closed list is matched whatever the case."""
    text = as_text(cells)
    if column.allowed:
        cased = {value.lower(): value for value in column.allowed}
        text = _each(text, lambda cell: cased.get(cell.lower(), cell))
    return _text_default(column, text), _none(text)


def _read_id(column: Column, cells: pd.Series) -> Read:
    """Kind ``id``; ``12.0`` becomes ``12`` where a whole column was saved as decimals."""
    text = as_text(cells)
    decimal = pd.Series(holds(text, r"\.0$"), index=text.index, dtype=bool)
    if decimal.any():
        decimal &= text.str.fullmatch(r"[0-9]+\.0").astype(bool)
        if decimal[filled(text)].all() or column.name == "uprn":
            text = text.mask(decimal, text.str[:-2])
    return _text_default(column, text), _none(text)


def _read_slug(column: Column, cells: pd.Series) -> Read:
    """Kind ``slug``; text without a single letter or digit is unreadable."""
    text = as_text(cells)
    values = _each(text, slug)
    bad = pd.Series(filled(text) & ~filled(values), index=cells.index, dtype=bool)
    return _text_default(column, values), bad


def _read_slugs(column: Column, cells: pd.Series) -> Read:
    """Kind ``slugs``: several, separated by ``;``."""
    text = as_text(cells)
    values = _each(text, lambda cell: _MANY.join(filter(None, map(slug, cell.split(_MANY)))))
    bad = pd.Series(filled(text) & ~filled(values), index=cells.index, dtype=bool)
    return _text_default(column, values), bad


def _read_date(_column: Column, cells: pd.Series) -> Read:
    """Kind ``date``: 2026-03-31, 31/03/2026 or 31 March 2026; see `iso_date`."""
    text = as_text(cells)
    iso = _each(text, iso_date)
    values = pd.to_datetime(iso.where(iso != "", None), format="%Y-%m-%d").astype("datetime64[s]")
    return values, values.isna() & filled(text)


def _read_dates(_column: Column, cells: pd.Series) -> Read:
    """Kind ``dates``: several, separated by ``;``, given back in ISO form and in order."""
    text = as_text(cells)
    parts = [
        [iso_date(part.strip()) for part in cell.split(_MANY) if part.strip()] for cell in text
    ]
    readable = pd.Series([all(dates) for dates in parts], index=cells.index, dtype=bool)
    joined = [_MANY.join(sorted(dates)) if all(dates) else "" for dates in parts]
    return pd.Series(joined, index=cells.index, dtype=object), ~readable


def iso_date(text: str) -> str:
    """A date in ISO form, or ``""`` when it is not one; a time of day is dropped.

    The day comes before the month, as in Britain; the year has four digits.
    """
    iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
    worded = _WORDED.fullmatch(text.lower())
    if iso:
        year, month, day = int(iso[1]), int(iso[3]), int(iso[4])
    elif british:
        year, month, day = int(british[4]), int(british[3]), int(british[1])
    elif worded:
        year, month, day = int(worded[3]), _MONTHS.get(worded[2], 0), int(worded[1])
    else:
        return ""
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return ""


def _each(cells: pd.Series, change: Callable[[Any], object]) -> pd.Series:
    """``change`` applied once to each different cell (cells of one type, or missing)."""
    if len(cells) <= _FEW:
        return pd.Series([change(cell) for cell in cells], index=cells.index, dtype=object)
    codes, different = pd.factorize(cells, use_na_sentinel=False)
    changed = np.empty(len(different), dtype=object)
    changed[:] = [change(cell) for cell in different]
    return pd.Series(changed[codes], index=cells.index, dtype=object)


def _text_default(column: Column, text: pd.Series) -> pd.Series:
    """Blank text takes the default."""
    return text if column.default is None else text.mask(~filled(text), str(column.default))


def _none(text: pd.Series) -> pd.Series:
    """No unreadable cell."""
    return pd.Series(False, index=text.index, dtype=bool)


_READERS: Mapping[str, Callable[[Column, pd.Series], Read]] = MappingProxyType(
    {
        "text": _read_text,
        "id": _read_id,
        "slug": _read_slug,
        "slugs": _read_slugs,
        "number": _read_number,
        "integer": _read_integer,
        "boolean": _read_boolean,
        "date": _read_date,
        "dates": _read_dates,
    }
)


#: First characters that a spreadsheet takes for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NEGATIVE = re.compile(r"-(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def neutral(value: object) -> object:
    """A text that a spreadsheet would take for a formula, made plain text by a leading ``'``.

    A negative number is no formula: ``-2.35`` stays.
    """
    if not isinstance(value, str) or not value.startswith(FORMULA_STARTS):
        return value
    return value if _NEGATIVE.fullmatch(value) else "'" + value


def without_mark(text: str) -> str:
    """A text as it was before `neutral`."""
    return text[1:] if text[:1] == "'" and neutral(text[1:]) == text else text

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
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from assets.schema import Column

_NUMBER = re.compile(
    r"-?(?:(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
)
_TRUTH: Mapping[str, bool] = MappingProxyType(
    {"true": True, "yes": True, "y": True, "t": True, "1": True}
    | {"false": False, "no": False, "n": False, "f": False, "0": False}
)
_MANY = ";"
Read = tuple[pd.Series, pd.Series]


def cell_text(value: object) -> str:
    """One cell as text: missing -> ``""``, 12.0 -> ``12``, dates as ISO, spaces tidied."""
    if isinstance(value, str):
        return " ".join(value.split())
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
    if math.isnan(value):
        return ""
    if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def as_text(cells: pd.Series) -> pd.Series:
    """A column as trimmed text (dtype object, missing = ``""``), whatever it was before."""
    if pd.api.types.infer_dtype(cells, skipna=True) in ("string", "empty", "floating", "integer"):
        return _each(cells, cell_text)
    # Mixed cells one by one: 1, 1.0 and True are equal, so they must not be looked up as keys.
    return pd.Series([cell_text(cell) for cell in cells], index=cells.index, dtype=object)


def typed(column: Column, cells: pd.Series) -> Read:
    """Read a column of cells as its kind.

    Args:
        column: what the cells should be.
        cells: the cells, any dtype.

    Returns:
        Values (missing where blank or unreadable; blanks take the column's default) and a
        mask of the unreadable cells, both indexed as ``cells``.
    """
    return _READERS[column.kind](column, cells)


def missing(column: Column, index: pd.Index) -> pd.Series:
    """A column nobody supplied: the default, or missing, in every row."""
    one = _one_missing(column)
    return pd.Series([one.iloc[0]] * len(index), index=index, dtype=one.dtype)


@cache
def _one_missing(column: Column) -> pd.Series:
    """A blank cell of a column, read."""
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
    values = _each(text, _figure).astype("float64")
    return values, (text != "") & values.isna()


def _figure(text: str) -> float:
    """One number, or NaN when the text is not a finite number."""
    plain = re.sub(r"^(-?)\s*£\s*", r"\1", text)
    if not _NUMBER.fullmatch(plain):
        return math.nan
    value = float(plain.replace(",", ""))
    return value if math.isfinite(value) else math.nan


def slug(text: str) -> str:
    """Words of ``text`` in lower case joined by ``_``; accents and apostrophes are taken out."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"['’`]", "", plain.lower())).strip("_")


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
    """Kind ``boolean``: true/yes/y/t/1 and false/no/n/f/0 in any case."""
    text = as_text(cells).str.lower()
    known = text.map(_TRUTH)
    values = known.where(known.notna(), bool(column.default)).astype(bool)
    return values, (text != "") & known.isna()


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
    filled = text != ""
    decimal = text.str.fullmatch(r"[0-9]+\.0").astype(bool)
    if filled.any() and (decimal[filled].all() or column.name == "uprn"):
        text = text.mask(decimal, text.str[:-2])
    return _text_default(column, text), _none(text)


def _read_slug(column: Column, cells: pd.Series) -> Read:
    """Kind ``slug``; text without a single letter or digit is unreadable."""
    text = as_text(cells)
    values = _each(text, slug)
    return _text_default(column, values), (text != "") & (values == "")


def _read_slugs(column: Column, cells: pd.Series) -> Read:
    """Kind ``slugs``: several, separated by ``;``."""
    text = as_text(cells)
    values = _each(text, lambda cell: _MANY.join(filter(None, map(slug, cell.split(_MANY)))))
    return _text_default(column, values), (text != "") & (values == "")


def _read_date(_column: Column, cells: pd.Series) -> Read:
    """Kind ``date``: yyyy-mm-dd (a time after it is dropped) or dd/mm/yyyy."""
    text = as_text(cells)
    iso = _each(text, _iso_date)
    values = pd.to_datetime(iso.where(iso != "", None), format="%Y-%m-%d").astype("datetime64[s]")
    return values, (text != "") & values.isna()


def _read_dates(_column: Column, cells: pd.Series) -> Read:
    """Kind ``dates``: several, separated by ``;``, given back in ISO form and in order."""
    text = as_text(cells)
    parts = [
        [_iso_date(part.strip()) for part in cell.split(_MANY) if part.strip()] for cell in text
    ]
    readable = pd.Series([all(dates) for dates in parts], index=cells.index, dtype=bool)
    joined = [_MANY.join(sorted(dates)) if all(dates) else "" for dates in parts]
    return pd.Series(joined, index=cells.index, dtype=object), ~readable


def _iso_date(text: str) -> str:
    """A date in ISO form, or ``""`` when it is not one."""
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T][0-9:.+Z]*)?", text)
    british = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif british:
        day, month, year = (int(part) for part in british.groups())
    else:
        return ""
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return ""


def _each(cells: pd.Series, change: Callable[[Any], object]) -> pd.Series:
    """``change`` applied once to each different cell (cells of one type, or missing)."""
    codes, different = pd.factorize(cells, use_na_sentinel=False)
    changed = np.empty(len(different), dtype=object)
    changed[:] = [change(cell) for cell in different]
    return pd.Series(changed[codes], index=cells.index, dtype=object)


def _text_default(column: Column, text: pd.Series) -> pd.Series:
    """Blank text takes the default."""
    return text if column.default is None else text.mask(text == "", str(column.default))


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


def neutral(value: object) -> object:
    """A text that a spreadsheet would take for a formula, made plain text by a leading ``'``."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value

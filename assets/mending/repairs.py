"""Cells mended one by one, where the cell itself proves what was meant. Pure, vectorised.

Figures with units, words for 'no figure', published words, postcodes and property references.
Coordinates are the business of `assets.mending.coordinates`, whole rows of `assets.mending.rows`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from assets import trail
from assets.cells import as_text, filled, fits, plain_figures, slug
from assets.issues import Issue
from assets.mending import figures
from assets.schema import NUMERIC_KINDS, PLACE_COLUMNS, Column, Layer
from assets.whereabouts.postcodes import spelt


class Mended(NamedTuple):
    """A cell, the rule that changed it (``""`` = it is as it was), and whether it is odd still."""

    text: str
    rule: str = ""
    odd: bool = False


#: Words by which sources say that they say nothing (compared without case, dots and brackets).
NOT_AVAILABLE = frozenset(
    (
        "n/a", "n\\a", "na", "n.a", "not available", "not applicable", "not known", "not recorded",
        "not given", "not stated", "not held", "not provided", "not yet known", "unknown", "unk",
        "none", "null", "nan", "tbc", "tba", "tbd", "to be confirmed", "to be advised",
        "to be determined", "no data", "no information", "data not available", "missing", "blank",
        "#n/a", "#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!", "<null>",
    )
)  # fmt: skip
LONGEST_WORD = 30
_MARKS = re.compile(r"[-–—_.…?*/]+")
_NUMBER = re.compile(r"-?£? ?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})")

_FULL = re.compile(r"([A-Z]{1,2})(?:[0-9]|[1-9][0-9]|[0-9][A-HJKPSTUW-Y]) [0-9][ABD-HJLNP-UW-Z]{2}")
_ALIKE = MappingProxyType({"O": "O0", "0": "O0", "I": "I1", "1": "I1"})


@dataclass(frozen=True)
class Repaired:
    """A frame after repairs.

    Attributes:
        frame: the same rows; only changed columns are other than they were.
        repairs: tables of `assets.trail.repairs`.
        issues: what was read although something about it is odd.
        texts: columns that were looked at and are as they were, as text.
    """

    frame: pd.DataFrame
    repairs: tuple[pd.DataFrame, ...] = ()
    issues: tuple[Issue, ...] = field(default=())
    texts: Mapping[str, pd.Series] = field(default_factory=dict)


def is_not_available(text: str) -> bool:
    """Whether a cell only says that nothing is known (``n/a``, ``-``, ``to be confirmed``)."""
    if len(text) > LONGEST_WORD or text[:1].isalnum() and text[-1:].isdigit():
        return False
    bare = text.lower().strip(" .()[]'\"")
    return bool(_MARKS.fullmatch(text)) or bare in NOT_AVAILABLE or (text != "" and bare == "")


def known_columns(layer: Layer, frame: pd.DataFrame) -> Mapping[str, Column]:
    """Columns of a frame that the layer knows (helpers too), in the frame's order."""
    helpers = {column.name: column for column in layer.helpers}
    found = {str(n): layer.find(str(n)) or helpers.get(str(n)) for n in frame.columns}
    return {name: column for name, column in found.items() if column is not None}


def repair_cells(layer: Layer, frame: pd.DataFrame) -> Repaired:
    """Mend the cells of every column the layer knows, coordinates excepted.

    Args:
        layer: whose columns.
        frame: mapped columns (`assets.naming.headings.map_headings`), index = source row numbers.

    Returns:
        See `Repaired`; a second time nothing changes.
    """
    changed: dict[str, pd.Series] = {}
    tables: list[pd.DataFrame] = []
    odd: dict[str, pd.Series] = {}
    texts: dict[str, pd.Series] = {}
    for name, column in known_columns(layer, frame).items():
        mend = _mender(column)
        if mend is None or (column.numeric and _is_numeric(frame[name])):
            continue
        text = as_text(frame[name])
        if column.kind in NUMERIC_KINDS and plain_figures(text) is not None:
            texts[name] = text
            continue
        at = np.flatnonzero(~fits(text, _plain(column)))
        before = text.iloc[at]
        after, rules, strange = mended(before, mend)
        touched = filled(rules)
        if not touched.any():
            texts[name] = text
            continue
        cells = frame[name].to_numpy(dtype=object, copy=True)
        cells[at[touched]] = after[touched]
        changed[name] = pd.Series(cells, index=frame.index, dtype=object)
        tables += listed(layer.name, name, before=before, after=after, rules=rules)
        if strange.any():
            odd[name] = before[strange]
    issues = [_figures_differ(layer, frame, name, cells=found) for name, found in odd.items()]
    return Repaired(frame.assign(**changed), tuple(tables), tuple(issues), texts)


def _plain(column: Column) -> str:
    """What a cell is (nothing at all, or a usual spelling) that surely needs no mending."""
    if column.name == "uprn":
        return "|0*[1-9][0-9]*"
    if column.kind in NUMERIC_KINDS:
        return f"|{_NUMBER.pattern}"
    if column.kind in ("id", "date", "dates"):
        return "|[0-9]|[A-Za-z0-9].*[0-9]"
    return ""


def mended(
    cells: pd.Series, mend: Callable[[str], Mended]
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """``mend`` applied once to each different cell: cells after, rule of each, whether odd."""
    codes, different = pd.factorize(cells)
    done = [mend(text) for text in different]
    columns = [np.empty(len(done), dtype=object), np.empty(len(done), dtype=object)]
    columns[0][:] = [one.text for one in done]
    columns[1][:] = [one.rule for one in done]
    odd = np.array([one.odd for one in done], dtype=np.bool_)
    after, rules = (pd.Series(c[codes], index=cells.index, dtype=object) for c in columns)
    return after, rules, pd.Series(odd[codes], index=cells.index, dtype=bool)


def listed(
    layer: str, name: str, *, before: pd.Series, after: pd.Series, rules: pd.Series
) -> list[pd.DataFrame]:
    """The trail of one column, a table per rule."""
    return [
        trail.repairs(layer, name, rule, before=before[rules == rule], after=after[rules == rule])
        for rule in sorted(set(rules) - {""})
    ]


def labels(layer: Layer, rows: pd.DataFrame) -> tuple[str, ...]:
    """What to call rows in a message: the id, or ``row 7 (name)`` where there is none."""
    blank = pd.Series("", index=rows.index, dtype=object)
    key = as_text(rows[layer.key]) if layer.key in rows.columns else blank
    name = as_text(rows["name"]) if "name" in rows.columns else blank
    return tuple(
        k or (f"row {row} ({n})" if n else f"row {row}")
        for k, n, row in zip(key, name, rows.index, strict=True)
    )


def _is_numeric(cells: pd.Series) -> bool:
    """Whether a column holds numbers already (of a GeoPackage or Parquet file)."""
    kind = cells.dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def _mender(column: Column) -> Callable[[str], Mended] | None:
    """How cells of a column are mended, or ``None`` where they are taken as they are."""
    if column.name in PLACE_COLUMNS:
        return None
    if column.name == "postcode":
        return _mend_postcode
    if column.name == "uprn":
        return _mend_uprn
    if column.kind in NUMERIC_KINDS:
        return partial(_mend_number, column.unit)
    if column.allowed or column.usual or column.words:
        listed_words = frozenset((*column.allowed, *column.usual))
        return partial(_mend_word, listed_words, dict(column.words), column.kind)
    if column.kind in ("id", "date", "dates", "boolean", "slug"):
        return _mend_blank
    return None


def _mend_blank(text: str) -> Mended:
    """A word for 'nothing known' is a blank cell."""
    return Mended("", "not_available") if is_not_available(text) else Mended(text)


def _mend_number(unit: str, text: str) -> Mended:
    """A figure with its unit, in thousands or in brackets is a plain number."""
    if text == "" or _NUMBER.fullmatch(text):
        return Mended(text)
    if is_not_available(text):
        return Mended("", "not_available")
    found = figures.figure(text, unit)
    if found is None:
        return Mended(text)
    return Mended(figures.plain(found.value), found.rule, found.differs)


def _mend_word(
    listed_words: frozenset[str], words: Mapping[str, str], kind: str, text: str
) -> Mended:
    """A published word is the planner's word for it."""
    key = slug(text) if kind == "slug" else text
    if text == "" or key in listed_words or text.upper() in listed_words:
        return Mended(text)
    meant = words.get(slug(text), "")
    if meant and slug(meant) != slug(text):
        return Mended(meant, "published_word")
    return _mend_blank(text)


def _mend_uprn(text: str) -> Mended:
    """All digits of a reference, whatever a spreadsheet or a typist put between them."""
    if text.isdecimal() and text.strip("0"):
        return Mended(text)
    if is_not_available(text) or re.fullmatch(r"0+(?:\.0)?", text):
        return Mended("", "not_available")
    whole = _SCIENTIFIC.fullmatch(text)
    if whole and len(whole[2] or "") == int(whole[3]) >= 5:
        return Mended(whole[1] + (whole[2] or ""), "plain_figure")
    digits = re.sub(r"^(?:uprn)?\s*[:#]?\s*'?|(?<=[0-9])[ ,](?=[0-9])|'$", "", text, flags=re.I)
    if digits != text and re.fullmatch(r"[0-9]{5,12}", digits):
        return Mended(digits, "plain_figure")
    return Mended(text)


def _mend_postcode(text: str) -> Mended:
    """A full postcode as Royal Mail spells it; a part of one in capitals; others as they are."""
    if _looks_full(text):
        return Mended(text)
    if is_not_available(text):
        return Mended("", "not_available")
    full = spelt_postcode(text)
    return Mended(full, "postcode_spelling") if full and full != text else Mended(text)


def _looks_full(text: str) -> bool:
    """Whether a cell is a unit postcode of a known area spelt as it should be (the usual case)."""
    match = _FULL.fullmatch(text)
    return match is not None and _known_area(match[1])


@lru_cache(maxsize=1024)
def _known_area(letters: str) -> bool:
    """Whether letters are the beginning of postcodes."""
    return spelt(f"{letters}1 1AA") != ""


def spelt_postcode(text: str) -> str:
    """A full unit postcode in capitals with its one space, or ``""`` if the text is none.

    ``O`` and ``0``, ``I`` and ``1`` are told apart by their place; where two spellings are
    possible the text is none.
    """
    bare = re.sub(r"[\s.,;:'\"_*-]+", "", text).upper()
    if not 5 <= len(bare) <= 7 or not bare.isalnum() or not bare.isascii():
        return ""
    if _is_unit(bare):
        return f"{bare[:-3]} {bare[-3:]}"
    choices = itertools.product(*(_ALIKE.get(letter, letter) for letter in bare))
    possible = [way for way in map("".join, choices) if _is_unit(way)]
    return f"{possible[0][:-3]} {possible[0][-3:]}" if len(possible) == 1 else ""


def _is_unit(bare: str) -> bool:
    """Whether letters and digits without a space are a unit postcode as they stand."""
    district, _, inward = spelt(bare).partition(" ")
    return len(inward) == 3 and district + inward == bare and not re.search("[A-Z]0[0-9]", district)


def check_postcodes(layer: Layer, frame: pd.DataFrame) -> list[Issue]:
    """Warnings for postcodes that name only an area or district, and for those that are none."""
    if "postcode" not in frame.columns:
        return []
    text = as_text(frame["postcode"])
    different = {cell: _postcode_fault(cell) for cell in text.unique()}
    fault = text.map(different)
    says = {
        "partial_postcode": ("the postcode is only a part", "complete it: a part of a postcode "
                             "places nothing"),
        "malformed_postcode": ("not a postcode", "correct it: one or two letters of a postcode "
                               "area, district, space, digit, two letters (none of C, I, K, M, "
                               "O, V)"),
    }  # fmt: skip
    issues = []
    for rule, (message, remedy) in says.items():
        bad = (fault == rule).to_numpy(dtype=bool)
        if bad.any():
            ids = labels(layer, frame[bad])
            found = f"{message}: {quoted(text[bad])}"
            issues.append(Issue(f"{layer.name}.{rule}", found, ids, remedy, layer.name, "warning"))
    return issues


def _postcode_fault(text: str) -> str:
    """Which rule a postcode breaks, ``""`` for none."""
    if text == "" or _looks_full(text) or spelt_postcode(text):
        return ""
    part = spelt(text)
    incomplete = part != "" and len(part.partition(" ")[2]) < 3
    return "partial_postcode" if incomplete else "malformed_postcode"


def quoted(cells: pd.Series, shown: int = 5) -> str:
    """The first few different cells in quotes, in alphabetical order."""
    different = sorted(set(cells.astype(str)))
    texts = [cell if len(cell) <= 40 else cell[:40] + "…" for cell in different[:shown]]
    more = len(different) - shown
    return ", ".join(f"'{text}'" for text in texts) + (f" and {more} more" if more > 0 else "")


def _figures_differ(layer: Layer, frame: pd.DataFrame, name: str, *, cells: pd.Series) -> Issue:
    """Two figures in one cell that are close but not the same."""
    return Issue(
        f"{layer.name}.figures_differ",
        f"two figures in one cell of {name} are not quite the same: {quoted(cells)}; "
        f"the one in {layer.column(name).unit or 'its own unit'} is used",
        labels(layer, frame.loc[cells.index]),
        "check which of the two is right",
        layer.name,
        "warning",
    )

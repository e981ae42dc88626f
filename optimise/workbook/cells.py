"""Cells as a spreadsheet file holds them: text stays text, formulas carry their values. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter

from assets.cells import FORMULA_STARTS
from optimise.workbook import styles
from optimise.workbook.layout import Laid, laid
from optimise.workbook.records import Cell, Column, Formula, Sheet

#: Style name, whether quoted → its number in the file.
Numbers = Mapping[tuple[str, bool], int]
#: Longest text of a cell; the format allows 32,767 characters.
_MOST_TEXT = 32_000
#: Spreadsheets read _x000D_ in text as a character; this keeps the letters that were written.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_DAY_NOUGHT = dt.date(1899, 12, 30)


def text_of(value: str) -> str:
    """Text that a workbook can hold: no control characters, no escapes, not too long."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", value)[:_MOST_TEXT]
    return _ESCAPE.sub("_x005F_", clean)


def sheet_data(
    sheet: Sheet, worked_out: Mapping[str, tuple[str, float]], numbers: Numbers
) -> tuple[str, str]:
    """The rows of a sheet as XML, and the range that they fill.

    Args:
        sheet: what it holds.
        worked_out: its formulas by address (`layout.formulas`).
        numbers: of the styles in the file.
    """
    rows: dict[int, list[str]] = {1: [_text("A1", sheet.title, styles.TITLE, numbers)]}
    for n, note in enumerate(sheet.notes, 2):
        rows[n] = [_text(f"A{n}", note, styles.NOTE, numbers)]
    widest = 1
    for place in laid(sheet):
        widest = max(widest, len(place.block.columns))
        rows |= dict(_block_rows(place, worked_out, numbers))
    inner = "".join(f'<row r="{n}">{"".join(cells)}</row>' for n, cells in sorted(rows.items()))
    return f"<sheetData>{inner}</sheetData>", f"A1:{get_column_letter(widest)}{max(rows)}"


def _block_rows(
    place: Laid, worked_out: Mapping[str, tuple[str, float]], numbers: Numbers
) -> Iterator[tuple[int, list[str]]]:
    block = place.block
    if place.heading:
        at = f"A{place.heading}"
        yield place.heading, [_text(at, block.heading, styles.BLOCK, numbers)]
    if place.note:
        yield place.note, [_text(f"A{place.note}", block.note, styles.NOTE, numbers)]
    letters = [get_column_letter(n) for n in range(1, len(block.columns) + 1)]
    if place.columns:
        yield (
            place.columns,
            [
                _text(f"{letter}{place.columns}", column.heading, _heading(column), numbers)
                for letter, column in zip(letters, block.columns, strict=True)
            ],
        )
    for n, row in enumerate(block.rows, place.first):
        made = []
        for letter, column in zip(letters, block.columns, strict=True):
            kind = row.kind if row.kind and column.is_number else column.kind
            kind = row.kinds.get(column.key, kind)
            at, style = f"{letter}{n}", styles.style_name(kind, row.look)
            cell = row.cells.get(column.key)
            if at in worked_out:
                made.append(_formula(at, worked_out[at], numbers[style, False]))
            else:
                made.append(_plain(at, cell, style, column, numbers))
        yield n, made


def _heading(column: Column) -> str:
    return styles.HEADING_RIGHT if column.is_number else styles.HEADING


def _plain(at: str, cell: Cell, style: str, column: Column, numbers: Numbers) -> str:
    """A cell that is no formula: text in columns of text, whatever it was."""
    assert not isinstance(cell, Formula)
    if isinstance(cell, bool):
        cell = "yes" if cell else "no"
    if isinstance(cell, dt.date):
        return _number(at, float((cell - _DAY_NOUGHT).days), numbers[style, False])
    if isinstance(cell, (int, float)) and column.is_number:
        return _number(at, float(cell), numbers[style, False])
    if cell is None or cell == "":
        return f'<c r="{at}" s="{numbers[style, False]}"/>'
    return _text(at, str(cell), style, numbers)


def _text(at: str, value: str, style: str, numbers: Numbers) -> str:
    """Text, marked as such where it begins like a formula, so that editing keeps it text."""
    said = text_of(value)
    number = numbers[style, said.startswith(FORMULA_STARTS)]
    inner = f'<is><t xml:space="preserve">{escape(said)}</t></is>'
    return f'<c r="{at}" s="{number}" t="inlineStr">{inner}</c>'


def _number(at: str, value: float, style: int) -> str:
    return f'<c r="{at}" s="{style}"><v>{_digits(value)}</v></c>'


def _formula(at: str, formula: tuple[str, float], style: int) -> str:
    text, value = formula
    return f'<c r="{at}" s="{style}"><f>{escape(text[1:])}</f><v>{_digits(value)}</v></c>'


def _digits(value: float) -> str:
    """The shortest digits that are the number; no minus before nought."""
    number = round(value, 9) + 0.0
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)

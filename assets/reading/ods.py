"""OpenDocument spreadsheets -> rows of text; values as stored, formulas never run.

Format: OpenDocument 1.3, part 3, section 9 (tables) and 19.385 to 19.389 (stored values).
"""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree

from assets.cells import cell_text
from assets.reading import source as limits
from assets.reading.source import Source

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CELLS = (_TABLE + "table-cell", _TABLE + "covered-table-cell")
_FIGURES = ("float", "percentage", "currency")
_PART = "content.xml"
#: Where a document type stands, if there is one: before the first element.
_HEAD_BYTES = 2**16


@dataclass
class OdsSheet:
    """One sheet while it is read: rows of text, blank ends left out."""

    name: str
    hidden: bool = False
    rows: list[list[str]] = field(default_factory=list)
    blank_rows: int = 0
    unstored: list[str] = field(default_factory=list)
    cells: int = 0
    widest: int = 0


def ods_sheets(source: Source) -> dict[str, OdsSheet]:
    """Every sheet of the file, in order.

    Raises:
        InputError: more rows, columns or cells than are read; protected by a password, or
            with entities of its own.
        Exception: whatever a damaged file makes zipfile and the XML parser raise.
    """
    with zipfile.ZipFile(source.path) as archive:
        manifest = "META-INF/manifest.xml"
        if manifest in archive.namelist() and b"encryption-data" in archive.read(manifest):
            raise source.unreadable("it is protected by a password")
        with archive.open(_PART) as stream:
            if b"<!DOCTYPE" in stream.read(_HEAD_BYTES):
                raise source.unreadable("it declares entities, which no spreadsheet program does")
        with archive.open(_PART) as stream:
            return {sheet.name: sheet for sheet in _sheets(stream, source)}


def _sheets(stream: IO[bytes], source: Source) -> Iterator[OdsSheet]:
    """The sheets one after the other; a row's elements are let go once it is read."""
    hidden: set[str] = set()
    parents: list[ElementTree.Element] = []
    sheet: OdsSheet | None = None
    for event, element in ElementTree.iterparse(stream, events=("start", "end")):
        if event == "start":
            if element.tag == _TABLE + "table" and parents[-1].tag == _OFFICE + "spreadsheet":
                style = element.get(_TABLE + "style-name", "")
                sheet = OdsSheet(element.get(_TABLE + "name", ""), style in hidden)
            parents.append(element)
            continue
        parents.pop()
        if element.tag == _STYLE + "style" and _hides(element):
            hidden.add(element.get(_STYLE + "name", ""))
        elif sheet is not None and element.tag == _TABLE + "table-row":
            _add_row(sheet, element, source)
            element.clear()
            parents[-1].remove(element)
        elif sheet is not None and element.tag == _TABLE + "table":
            if parents[-1].tag == _OFFICE + "spreadsheet":
                yield sheet
                sheet = None
            element.clear()


def _hides(style: ElementTree.Element) -> bool:
    """Whether a style hides the sheets that have it."""
    properties = style.find(_STYLE + "table-properties")
    return properties is not None and properties.get(_TABLE + "display") == "false"


def _add_row(sheet: OdsSheet, row: ElementTree.Element, source: Source) -> None:
    """A row as often as it is repeated; blank ones only once something follows them."""
    times = _repeats(row, "number-rows-repeated")
    texts = _row_texts(sheet, row, source)
    if not texts:
        sheet.blank_rows += times
        return
    total = len(sheet.rows) + sheet.blank_rows + times
    sheet.cells += times * len(texts)
    sheet.widest = max(sheet.widest, len(texts))
    if total > limits.MAX_LINES:
        raise source.too_large(f"{total:,} rows, more than {limits.MAX_ROWS:,}")
    if sheet.cells > limits.MAX_CELLS:
        raise source.too_large(f"{sheet.cells:,} cells, more than {limits.MAX_CELLS:,}")
    sheet.rows += [[]] * sheet.blank_rows + [texts] * times
    sheet.blank_rows = 0


def _row_texts(sheet: OdsSheet, row: ElementTree.Element, source: Source) -> list[str]:
    """A row's cells as text, without blanks at its end."""
    texts: list[str] = []
    blanks = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        times = _repeats(cell, "number-columns-repeated")
        text = _cell_text(cell)
        if not text:
            place = len(texts) + blanks
            if _lacks_result(cell):
                number = len(sheet.rows) + sheet.blank_rows + 1
                sheet.unstored.append(f"{_letters(place)}{number}")
            blanks += times
            continue
        width = len(texts) + blanks + times
        if width > limits.MAX_COLUMNS:
            raise source.too_large(f"{width:,} columns, more than {limits.MAX_COLUMNS:,}")
        texts += [""] * blanks + [text] * times
        blanks = 0
    return texts


def _repeats(element: ElementTree.Element, name: str) -> int:
    """How often a row or cell is repeated."""
    return max(1, int(element.get(_TABLE + name, "1")))


def _lacks_result(cell: ElementTree.Element) -> bool:
    """Whether a blank cell has a formula that nobody has worked out."""
    return cell.get(_TABLE + "formula") is not None and cell.get(_OFFICE + "value-type") is None


def _letters(place: int) -> str:
    """The letters of a column, from its position: 0 = A, 26 = AA."""
    letters = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        letters = chr(ord("A") + rest) + letters
        place -= 1
    return letters


def _cell_text(cell: ElementTree.Element) -> str:
    """The stored value of a cell, written as `assets.cells.cell_text` writes it."""
    kind = cell.get(_OFFICE + "value-type", "")
    if kind in _FIGURES:
        return cell_text(float(cell.get(_OFFICE + "value", "nan")))
    if kind == "boolean":
        return cell.get(_OFFICE + "boolean-value", "")
    if kind == "date":
        return _date_text(cell.get(_OFFICE + "date-value", ""))
    stored = cell.get(_OFFICE + "string-value", "")
    return stored or "\n".join(_paragraph(p) for p in cell if p.tag == _TEXT + "p")


def _date_text(stored: str) -> str:
    """A stored date; without its time where that is midnight."""
    try:
        return cell_text(datetime.datetime.fromisoformat(stored))
    except ValueError:
        return stored


def _paragraph(element: ElementTree.Element) -> str:
    """The text of a paragraph: links and spans within it, spaces and line breaks spelt out."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == _TEXT + "s":
            parts.append(" ")
        elif child.tag in (_TEXT + "line-break", _TEXT + "tab"):
            parts.append("\n")
        elif child.tag.startswith(_TEXT):
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)

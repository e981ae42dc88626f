"""Sheets → the bytes of an .xlsx, the same bytes each time.

openpyxl makes the file with its styles and set-up; the rows are put in as they
stand (`cells`), because a ledger has some hundred thousand cells and its
formulas are to carry what they come to. Nothing that comes from a layer can
become a formula, a link or an error value: every such cell is written as text.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from optimise.workbook.cells import Numbers, sheet_data, text_of
from optimise.workbook.layout import formulas, laid
from optimise.workbook.records import Sheet
from optimise.workbook.styles import WIDTHS, styles

_ANY_DATE = re.compile(r"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
_SAMPLE = re.compile(r'<c r="([AB])([0-9]+)" s="([0-9]+)"')
_CELLS = re.compile(r"<sheetData>.*?</sheetData>|<sheetData ?/>", re.DOTALL)
_RANGE = re.compile(r'<dimension ref="[^"]*" ?/>')
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def workbook_bytes(sheets: Sequence[Sheet], *, title: str) -> bytes:
    """The workbook as bytes: the same sheets give the same.

    Args:
        sheets: in the order of their tabs.
        title: of the document; any text.
    """
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "Groundplan"
    book.properties.title = text_of(title)
    for sheet in sheets:
        _set_up(book.create_sheet(sheet.name), sheet, title)
    for n, style in enumerate(styles(), 1):
        book.add_named_style(style)
        # A sample of each style, plain and quoted, tells its numbers in the file.
        for c, quoted in enumerate((False, True), 1):
            sample = book.worksheets[0].cell(n, c)
            sample.style = style.name
            sample.quotePrefix = quoted
    stream = io.BytesIO()
    book.save(stream)
    return _filled(stream.getvalue(), sheets)


def _set_up(page: Any, sheet: Sheet, title: str) -> None:
    """Widths, what stays in sight, and paper: A4 across, headings on every page."""
    widths: dict[int, float] = {}
    for block in sheet.blocks:
        for n, column in enumerate(block.columns, 1):
            widths[n] = max(widths.get(n, 0.0), column.width or WIDTHS[column.kind])
    for n, width in widths.items():
        page.column_dimensions[get_column_letter(n)].width = width
    places = laid(sheet)
    single = len(places) == 1 and places[0].columns > 0
    head = places[0].columns if single else 1
    page.freeze_panes = page.cell(head + 1, 1 + sheet.freeze)
    page.print_title_rows = f"{head}:{head}"
    if single and sheet.filtered and places[0].block.rows:
        last = get_column_letter(len(places[0].block.columns))
        page.auto_filter.ref = f"A{head}:{last}{places[0].last_plain}"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.orientation = page.ORIENTATION_LANDSCAPE
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top = page.page_margins.bottom = 0.6
    if sheet.many_pages_across:
        page.page_setup.scale = 70
        page.print_title_cols = f"A:{get_column_letter(max(1, sheet.freeze))}"
    else:
        page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
    # In a footer & begins a code; doubled it is itself.
    page.oddFooter.left.text = text_of(title)[:80].replace("&", "&&")
    page.oddFooter.center.text = sheet.name
    page.oddFooter.right.text = "Page &P of &N"


def _filled(made: bytes, sheets: Sequence[Sheet]) -> bytes:
    """The file with its rows, and without the time of day."""
    stream = io.BytesIO()
    worked_out = formulas(sheets)
    with (
        zipfile.ZipFile(io.BytesIO(made)) as given,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as kept,
    ):
        numbers = _numbers(given.read("xl/worksheets/sheet1.xml").decode())
        for name in given.namelist():
            text = given.read(name).decode()
            if name == "docProps/core.xml":
                text = _ANY_DATE.sub("", text)
            if found := re.fullmatch(r"xl/worksheets/sheet([0-9]+)\.xml", name):
                sheet = sheets[int(found[1]) - 1]
                text = _with_rows(text, sheet, worked_out[sheet.name], numbers)
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(entry, text.encode())
    return stream.getvalue()


def _numbers(first_sheet: str) -> Numbers:
    """Numbers of the styles, from the samples on the first sheet."""
    names = [style.name for style in styles()]
    return {
        (names[int(row) - 1], column == "B"): int(number)
        for column, row, number in _SAMPLE.findall(first_sheet)
    }


def _with_rows(
    xml: str, sheet: Sheet, worked_out: Mapping[str, tuple[str, float]], numbers: Numbers
) -> str:
    rows, filled = sheet_data(sheet, worked_out, numbers)
    before, after = _CELLS.split(xml, maxsplit=1)
    return _RANGE.sub(f'<dimension ref="{filled}"/>', before) + rows + after

"""Workbooks -> frame: XLSX and ODS, values only."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pandas as pd

from assets.cells import cell_text
from assets.issues import InputError, Issue
from assets.reading import source as limits
from assets.reading.choose import Candidate, by_content, named
from assets.reading.ods import ods_sheets
from assets.reading.source import Source
from assets.reading.table import find_heading, table

_PREVIEW_ROWS = 250
#: Blank cells walked over for each cell that may be read.
_BLANKS = 5
_GAP: list[str] = []
#: First bytes of a compound file: workbooks before 2007, and encrypted ones.
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")


def read_xlsx(source: Source) -> pd.DataFrame:
    """A worksheet's values; a formula counts as its last stored result and is never run.

    Raises:
        InputError: damaged, too large when unpacked, or it is not clear which sheet is meant.
    """
    try:
        check_archive(source)
        rows, notes = _xlsx_rows(source)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises nearly anything on a damaged workbook
        raise source.unreadable(error) from error
    return table(rows, source, notes=notes, ragged=False)


def read_ods(source: Source) -> pd.DataFrame:
    """A sheet's values; a formula counts as its last stored result and is never run.

    Raises:
        InputError: damaged, too large when unpacked, or it is not clear which sheet is meant.
    """
    try:
        check_archive(source)
        sheets = ods_sheets(source)
    except InputError:
        raise
    except Exception as error:  # zipfile and the XML parser raise many kinds on damaged files
        raise source.unreadable(error) from error
    name = named(list(sheets), source)
    notes: tuple[Issue, ...] = ()
    if name is None:
        found = {
            one.name: _fit(one.rows[:_PREVIEW_ROWS], source, hidden=one.hidden)
            for one in sheets.values()
        }
        name, notes = by_content(found, source)
    notes += _about_unstored(name, sheets[name].unstored, source)
    return table(sheets[name].rows, source, notes=notes, ragged=False)


def check_archive(source: Source) -> None:
    """Refuse a zipped workbook that would unpack to too much, before unpacking it.

    Raises:
        InputError: too many parts, too large, or squeezed as no spreadsheet is.
    """
    with source.path.open("rb") as stream:
        if stream.read(len(_OLD_OFFICE)) == _OLD_OFFICE:
            raise source.unreadable("it is protected by a password, or an old .xls workbook")
    with zipfile.ZipFile(source.path) as archive:
        parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    if len(parts) > limits.MAX_PARTS:
        raise source.too_large(f"{len(parts):,} parts, more than {limits.MAX_PARTS:,}")
    if unpacked > limits.MAX_UNPACKED_BYTES:
        limit = limits.MAX_UNPACKED_BYTES / 2**30
        raise source.too_large(
            f"{unpacked / 2**30:,.1f} GB when unpacked, more than {limit:,.1f} GB"
        )
    if unpacked > limits.RATIO_FROM_BYTES and unpacked > limits.MAX_RATIO * packed:
        raise source.too_large(
            f"contents {unpacked / packed:,.0f} times its size ({unpacked / 2**20:,.0f} MB when "
            f"unpacked), more than {limits.MAX_RATIO:,} times"
        )


def _xlsx_rows(source: Source) -> tuple[list[list[str]], tuple[Issue, ...]]:
    """Rows of the chosen worksheet as text, and what to know about them."""
    with _book(source, values=True) as book:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        name = named(list(sheets), source)
        notes: tuple[Issue, ...] = ()
        if name is None:
            found = {n: _candidate(s, source) for n, s in sheets.items()}
            name, notes = by_content(found, source)
        rows = _texts(_values(sheets[name]), source)
        path = getattr(sheets[name], "_worksheet_path", "")
    return rows, notes + _unstored(source, name, path=path)


@contextmanager
def _book(source: Source, *, values: bool) -> Iterator[Any]:
    """The workbook with its values or its formulas; the file is closed whatever happens."""
    import openpyxl  # only for those who have a workbook: it takes a while to load

    with source.path.open("rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that openpyxl does not know
        book = openpyxl.load_workbook(stream, read_only=True, data_only=values)
        try:
            yield book
        finally:
            book.close()


def _values(sheet: Any) -> Iterator[tuple[object, ...]]:
    """Rows of values of a worksheet, whatever extent the file claims for it."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[object, ...]] = sheet.iter_rows(values_only=True)
    return rows


def _texts(rows: Iterator[tuple[object, ...]], source: Source) -> list[list[str]]:
    """Rows of values -> rows of text without trailing blanks; too much is refused on the way."""
    texts: list[list[str]] = []
    widest = cells = walked = 0
    for row in islice(rows, limits.MAX_LINES + 1):
        if not row:  # a gap; a cell far below the table makes a million of them
            texts.append(_GAP)
            continue
        width = len(row)
        walked += width
        while width and row[width - 1] in (None, ""):
            width -= 1
        texts.append([v if type(v) is str else cell_text(v) for v in row[:width]])
        widest, cells = max(widest, width), cells + width
        if cells > limits.MAX_CELLS or widest > limits.MAX_COLUMNS:
            source.check_counts(len(texts), widest)
        if walked > _BLANKS * limits.MAX_CELLS:
            raise source.too_large(f"more than {walked:,} cells, nearly all of them blank")
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > limits.MAX_LINES:
        raise source.too_large(f"more than {limits.MAX_LINES:,} rows")
    return texts


def _candidate(sheet: Any, source: Source) -> Candidate:
    """What the first rows of a worksheet say about it."""
    rows = _texts(islice(_values(sheet), _PREVIEW_ROWS), source)
    return _fit(rows, source, hidden=sheet.sheet_state != "visible")


def _fit(rows: list[list[str]], source: Source, *, hidden: bool) -> Candidate:
    """How well the first rows of a sheet fit the layer."""
    heading = find_heading(rows, source.kind)
    return Candidate(heading.hits if heading else 0, heading is not None, hidden)


def _unstored(source: Source, name: str, *, path: str) -> tuple[Issue, ...]:
    """A warning about the formulas of a worksheet that have no stored result.

    A program that is no spreadsheet writes formulas without working them out; such a cell has
    no value until the file was opened and saved in one.
    """
    with zipfile.ZipFile(source.path) as archive:
        inside = path.lstrip("/")
        if inside in archive.namelist() and not _mentions_formula(archive, inside):
            return ()
    with _book(source, values=False) as formulas, _book(source, values=True) as values:
        found = [
            said.coordinate
            for written, stored in zip(
                _rows_of_cells(formulas[name]), _rows_of_cells(values[name]), strict=False
            )
            for said, value in zip(written, stored, strict=False)
            if getattr(said, "data_type", "") == "f" and value.value is None
        ]
    return _about_unstored(name, found, source)


def _about_unstored(name: str, cells: list[str], source: Source) -> tuple[Issue, ...]:
    """A warning that names the cells whose formula has no stored result, if there are any."""
    if not cells:
        return ()
    says = f"cells of sheet '{name}' hold formulas whose result is not stored; read as blank"
    remedy = "open the workbook in a spreadsheet program, let it calculate, and save it"
    return (source.warning("formula_without_result", says, ids=tuple(cells), remedy=remedy),)


def _rows_of_cells(sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of cells of a worksheet."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows()
    return rows


def _mentions_formula(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether a part of the workbook has any formula element."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(2**20):
            piece = tail + chunk
            if b"<f>" in piece or b"<f " in piece or b":f>" in piece or b":f " in piece:
                return True
            tail = piece[-8:]
    return False

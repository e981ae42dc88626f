"""Delimited text -> frame: encoding, separator, rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

import pandas as pd

from assets.issues import Issue
from assets.reading import source as limits
from assets.reading.source import Source
from assets.reading.table import known_headings, table
from assets.schema import heading_key

_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 60


def read_delimited(source: Source) -> pd.DataFrame:
    """Comma (or semicolon, tab, bar) separated text; UTF-8, UTF-16 or cp1252.

    Raises:
        InputError: not text, a quotation mark not closed, ragged rows, too many rows.
    """
    text, notes = _decoded(source)
    text, delimiter = _delimiter(text, source.kind)
    rows = _rows(text, delimiter, source)
    if text.count("\n") > len(rows):  # there are line breaks within cells
        notes += _swallowed(rows, delimiter, source)
    return table(rows, source, notes=notes)


def _rows(text: str, delimiter: str, source: Source) -> list[list[str]]:
    """Every record of the text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = csv.field_size_limit(limits.MAX_CELL_CHARS)
    try:
        rows = list(islice(reader, limits.MAX_LINES + 1))
    except csv.Error as error:
        raise source.unreadable(
            f"line {reader.line_num}: {error} (a quotation mark not closed, or a cut-off file)"
        ) from error
    finally:
        csv.field_size_limit(before)
    if len(rows) > limits.MAX_LINES:
        raise source.too_large(f"more than {limits.MAX_ROWS:,} rows")
    return rows


def _swallowed(rows: list[list[str]], delimiter: str, source: Source) -> tuple[Issue, ...]:
    """A warning about cells that hold whole rows, because of a stray quotation mark."""
    least = max(2, Counter(map(len, rows)).most_common(1)[0][0] - 1)
    found = tuple(
        f"row {number}"
        for number, row in enumerate(rows, start=1)
        if "\n" in "".join(row)
        and any("\n" in cell and _holds_row(cell, delimiter, least) for cell in row)
    )
    if not found:
        return ()
    says = "a cell holds line breaks and whole rows: a quotation mark is missing or one too many"
    remedy = "look for it in these rows; what stands between the marks is one cell as it is"
    return (source.warning("swallowed_rows", says, ids=found, remedy=remedy),)


def _holds_row(cell: str, delimiter: str, least: int) -> bool:
    """Whether a line of a cell has as many separators as a row."""
    return any(line.count(delimiter) >= least for line in cell.split("\n"))


def _decoded(source: Source) -> tuple[str, tuple[Issue, ...]]:
    """The text of a file, and a warning when its encoding had to be assumed."""
    raw = source.path.read_bytes()
    for mark, encoding in ((b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"),
                           (b"\xfe\xff", "utf-16")):  # fmt: skip
        if raw.startswith(mark):
            return _or_unreadable(raw, encoding, source), ()
    if b"\0" in raw:
        return _wide(raw, source)
    try:
        return raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    remedy = "save it as 'CSV UTF-8' and check names with accents and £ signs"
    others = [one for one in raw.split(b"\n") if not one.isascii() and _is_utf8(one)]
    if others:
        says = f"{source.path.name} is UTF-8 but for some lines (the first is line {line})"
        note = source.warning("encoding", f"{says}; those are read as Windows-1252", remedy=remedy)
        return _line_by_line(raw, source), (note,)
    says = f"{source.path.name} is not UTF-8 (line {line}); read as Windows-1252"
    note = source.warning("encoding", says, remedy=remedy)
    return _or_unreadable(raw, "cp1252", source), (note,)


def _is_utf8(line: bytes) -> bool:
    """Whether a line can be read as UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _line_by_line(raw: bytes, source: Source) -> str:
    """Text put together from files of two encodings."""
    plain = raw.removeprefix(b"\xef\xbb\xbf")
    return "\n".join(
        one.decode("utf-8") if _is_utf8(one) else _or_unreadable(one, "cp1252", source)
        for one in plain.split(b"\n")
    )


def _wide(raw: bytes, source: Source) -> tuple[str, tuple[Issue, ...]]:
    """UTF-16 without its mark, where every other byte of plain text is nil; else no text."""
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        if raw[high::2].count(0) > 0.4 * len(raw) and raw[1 - high :: 2].count(0) == 0:
            note = source.warning(
                "encoding",
                f"{source.path.name} is read as UTF-16",
                remedy="save it as 'CSV UTF-8'",
            )
            return _or_unreadable(raw, encoding, source), (note,)
    raise source.unreadable("it is not a text file")


def _or_unreadable(raw: bytes, encoding: str, source: Source) -> str:
    """Bytes in an encoding, or the reason why not."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise source.unreadable(f"its text is neither UTF-8 nor {encoding}") from error


def _delimiter(text: str, kind: str) -> tuple[str, str]:
    """The text without a ``sep=;`` line, and the separator that makes a table of its first rows.

    That is the one under which most rows have as many cells as one another, and the most of
    them; known headings count double. A comma when in doubt.
    """
    first, _, rest = text.partition("\n")
    told = first.strip().strip('"').lower()
    if told.startswith("sep=") and len(told) == 5 and told[4] in _DELIMITERS:
        return rest, told[4]
    if first.strip().lower() == "sep=":  # sep=<tab>
        return rest, "\t"
    top = text[: 2**18]
    return text, max(_DELIMITERS, key=lambda one: _regularity(top, one, kind))


def _regularity(text: str, delimiter: str, kind: str) -> float:
    """How much of a table the first rows are under a separator; 0 = none."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in islice(reader, _SNIFFED_ROWS) if any(c.strip() for c in row)]
    except csv.Error:
        return 0.0
    if not rows:
        return 0.0
    known = known_headings(kind)
    width, count = max(
        Counter(map(len, rows)).items(), key=lambda item: (item[0] > 1) * item[0] * item[1]
    )
    hits = max(sum(heading_key(cell) in known for cell in row) for row in rows)
    return (width - 1) * count / len(rows) + 2.0 * hits * (width > 1)

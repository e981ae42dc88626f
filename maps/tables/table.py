"""The noun `Table`: columns with a kind, rows of raw values; shown the same wherever it goes.

The page, the workbook and the CSV files are made from the same tables, so they cannot differ.
Values are raw (a number stays a number, what is not known is None or NaN); `shown` puts them
into words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from maps import style

Value = Any
Row = Mapping[str, Value]
#: A blank cell: nothing applies here (where nothing is known, say `style.NOT_KNOWN`).
BLANK = ""


def _text(value: Value) -> str:
    return BLANK if value is None else str(value)


def _signed(show: Callable[[float], str]) -> Callable[[float], str]:
    def shown(value: float) -> str:
        text = show(value)
        return f"+{text}" if value > 0 and re.search("[1-9]", text) else text

    return shown


def _points(value: float) -> str:
    """A change of a share, in percentage points."""
    return f"{style.grouped(100 * value, 1)} points"


#: Kind of a column -> how a known number of it is shown. Kinds not listed are text.
NUMBERS: dict[str, Callable[[float], str]] = {
    "count": style.count,
    "gbp": style.pounds,
    "share": style.percent,
    "min": style.minutes,
    "miles": lambda value: style.figure(value, style.MILES),
    "number": style.trimmed,
    "year": lambda value: f"{value:.0f}",
    "count_change": _signed(style.count),
    "gbp_change": _signed(style.pounds),
    "min_change": _signed(lambda value: f"{style.grouped(value, 1)} min"),
    "share_change": _signed(_points),
    "number_change": _signed(style.trimmed),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        key: of the rows' mapping.
        label: heading.
        kind: one of `NUMBERS`, or ``text``. A column of kind ``figure`` holds a standard's own
            figure, in the unit (``share``, ``min``, ``miles``) that the row's ``unit`` names.
        note: small print under the heading.
        picks: what choosing the cell chooses on the page, and the row's key that holds its id:
            ``("building", "asset_id")``, ``("area", "area_id")``, ``("standard", "standard_id")``.
        links: the row's key that holds the address the cell leads to: a path below the page's own
            folder; other addresses are not written.
        filters: whether the page offers to show only the rows with one value of this column.
        paper: whether it is printed; a sheet has room for a dozen.
    """

    key: str
    label: str
    kind: str = "text"
    note: str = ""
    picks: tuple[str, str] | None = None
    links: str = ""
    filters: bool = False
    paper: bool = True

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers, to be set and sorted as such."""
        return self.kind in NUMBERS or self.kind == "figure"


@dataclass(frozen=True)
class Table:
    """A table for readers.

    Attributes:
        table_id: slug, unique on a page: the anchor, the sheet and the file.
        title: heading and caption.
        lead: a sentence or two: what to read from it.
        columns: the first is the rows' heading.
        rows: in the order first shown. A row's ``marked`` (truthy) sets it off as a warning.
        notes: small print under the table.
        empty: what is said in place of a table without rows; with "" it is left out.
    """

    table_id: str
    title: str
    lead: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    empty: str = ""

    @property
    def off_paper(self) -> tuple[Column, ...]:
        """Columns that are not printed."""
        return tuple(column for column in self.columns if not column.paper)


@dataclass(frozen=True)
class Cell:
    """A cell as a page shows it.

    Attributes:
        text: for readers.
        sort: the number to sort by, as text; "" where the text itself is sorted by.
        picks: kind and id of what it chooses, or None.
        href: where it leads, beside the page; "" for nowhere.
    """

    text: str
    sort: str
    picks: tuple[str, str] | None
    href: str = ""


def shown(value: Value, kind: str, *, unit: str = style.SHARE) -> str:
    """A value in words. Numbers that are not known are blank."""
    if kind == "figure":
        kind = unit
    if kind not in NUMBERS:
        return _text(value)
    return NUMBERS[kind](float(value)) if style.is_known(value) else BLANK


def cells(table: Table) -> list[list[Cell]]:
    """The rows of a table as cells, in its order."""
    return [[_cell(row, column) for column in table.columns] for row in table.rows]


def paper_rules(tables: Iterable[Table]) -> str:
    """Style rules that keep columns off paper; of a table's own slug and numbers alone."""
    spots = (
        f"#data-{table.table_id} tr > :nth-child({number})"
        for table in tables
        for number, column in enumerate(table.columns, start=1)
        if not column.paper
    )
    chosen = ", ".join(spots)
    return f"@media print {{ {chosen} {{ display: none; }} }}" if chosen else ""


def _cell(row: Row, column: Column) -> Cell:
    value = row.get(column.key)
    sort = ""
    if column.is_number:
        sort = f"{float(value):.12g}" if value is not None and style.is_known(value) else "nan"
    picks = None
    if column.picks and row.get(column.picks[1]):
        picks = (column.picks[0], str(row[column.picks[1]]))
    text = shown(value, column.kind, unit=str(row.get("unit", style.SHARE)))
    return Cell(text, sort, picks, beside(row.get(column.links)) if column.links else "")


def beside(path: Value) -> str:
    """The address of a file below a page's own folder; "" for any other.

    A path comes from names in files: none may become a scheme, a server or a way upwards.
    """
    parts = str(path or "").split("/")
    if any(part in ("", ".", "..") for part in parts):
        return ""
    return "/".join(quote(part, safe="") for part in parts)

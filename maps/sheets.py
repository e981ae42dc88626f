"""The page's tables as sheets of a workbook and as CSV: the same rows, the same columns. Pure.

Numbers stay numbers. Ids that the page keeps behind its names get columns of their own, and a
column whose cells are in different units has the unit beside it.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from assets.cells import neutral
from maps import style
from maps.tables.table import Column, Row, Table, Value
from optimise.workbook import records
from optimise.workbook.records import Block, Cell, Kind, Sheet, lines

#: Kind of a column on the page → kind in a workbook; those not listed are text.
KINDS: Mapping[str, Kind] = {
    "count": "count",
    "count_change": "count",
    "gbp": "gbp",
    "gbp_change": "gbp",
    "share": "share",
    "share_change": "decimal",
    "min": "decimal",
    "min_change": "decimal",
    "miles": "decimal",
    "number": "decimal",
    "number_change": "decimal",
    "figure": "decimal",
}
#: Kind → unit, as the list of columns says it.
UNITS: Mapping[str, str] = {
    "count": "number of",
    "gbp": "£",
    "share": "share, 0 to 1",
    "min": "minutes",
    "miles": "miles",
    "figure": "as the row's unit says",
    "year": "",
}
ID_WORDS = {"building": "Asset", "area": "Area", "standard": "Standard"}
POINTS = "percentage points"
LONGEST_NAME = 31
WIDE_FROM = 36
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 ]+")
_NOT_IN_FILES = re.compile(r"[^A-Za-z0-9_-]+")


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table in a file: ids first, the unit and what is marked last."""
    keys = [c.key for c in table.columns]
    ids = {c.picks[1]: Column(c.picks[1], ID_WORDS.get(c.picks[0], "Id"))
           for c in table.columns if c.picks and c.picks[1] not in keys}  # fmt: skip
    found = [*ids.values(), *table.columns]
    if "unit" not in keys and any(c.kind == "figure" for c in table.columns):
        found.append(Column("unit", "Unit"))
    if any(row.get("marked") for row in table.rows):
        found.append(Column("marked", "Marked on the page"))
    return tuple(found)


def sheet_names(tables: Sequence[Table]) -> dict[str, str]:
    """Table id → name of its sheet: ours, at most 31 characters, each once whatever its case."""
    return _each_once(tables, _sheet_name, taken="contents")


def _sheet_name(table_id: str, number: int) -> str:
    plain = _NOT_IN_NAMES.sub(" ", table_id).strip().capitalize() or "Table"
    end = f" {number}" if number > 1 else ""
    return plain[: LONGEST_NAME - len(end)].strip() + end


def file_names(tables: Sequence[Table]) -> dict[str, str]:
    """Table id → name of its CSV file, each once on any disk."""
    names = _each_once(tables, _file_name, taken="columns")
    return {table_id: f"{name}.csv" for table_id, name in names.items()}


def _file_name(table_id: str, number: int) -> str:
    plain = _NOT_IN_FILES.sub("-", table_id).strip("-") or "table"
    return f"{plain}-{number}" if number > 1 else plain


def _each_once(
    tables: Sequence[Table], name_of: Callable[[str, int], str], *, taken: str
) -> dict[str, str]:
    """Table id → the first of its names, by number from 1, that is not taken in any case."""
    names: dict[str, str] = {}
    used = {taken}
    for table in tables:
        numbered = (name_of(table.table_id, number) for number in count(1))
        name = next(name for name in numbered if name.casefold() not in used)
        used.add(name.casefold())
        names[table.table_id] = name
    return names


# --- workbook ----------------------------------------------------------------------------


def sheets_of(tables: Sequence[Table], title: str, notes: Sequence[str]) -> tuple[Sheet, ...]:
    """A sheet of contents, then one for each table.

    Args:
        tables: in the order of the page.
        title: of the plan.
        notes: what has to be said before anything else.
    """
    names = sheet_names(tables)
    columns = (
        records.Column("sheet", "Sheet", width=34),
        records.Column("title", "What is in it", "wide"),
        records.Column("rows", "Rows", "count"),
    )
    rows = tuple(
        records.Row({"sheet": names[t.table_id], "title": t.title, "rows": len(t.rows)})
        for t in tables
    )
    contents = Sheet("Contents", title, (Block(columns, rows),), lines(*notes), filtered=False)
    return (contents, *(_sheet(table, names[table.table_id]) for table in tables))


def _sheet(table: Table, name: str) -> Sheet:
    shown = columns_of(table)
    block = Block(
        tuple(_column(column, table.rows) for column in shown),
        tuple(_row(row, shown) for row in table.rows),
    )
    said = [text for text in (table.lead, *table.notes) if text]
    told = [*said, table.empty] if not table.rows and table.empty else said
    return Sheet(name, table.title, (block,), lines(*told), many_pages_across=len(shown) > 12)


def _column(column: Column, rows: Iterable[Row]) -> records.Column:
    note = POINTS if column.kind == "share_change" else column.note
    heading = f"{column.label} ({note})" if note else column.label
    kind = KINDS.get(column.kind, "text")
    if kind == "text" and any(len(_text(row.get(column.key))) > WIDE_FROM for row in rows):
        kind = "wide"
    return records.Column(column.key, heading, kind)


def _row(row: Row, columns: Sequence[Column]) -> records.Row:
    unit = str(row.get("unit", style.SHARE))
    kinds = {c.key: KINDS.get(unit, "text") for c in columns if c.kind == "figure"}
    return records.Row({c.key: _cell(row.get(c.key), c) for c in columns}, kinds=kinds)


def _cell(value: Value, column: Column) -> Cell:
    """A cell as a workbook holds it; what is not known stays empty."""
    if column.kind not in KINDS:
        return _text(value) or None
    if not style.is_known(value):
        return str(value) if isinstance(value, str) else None
    return 100.0 * float(value) if column.kind == "share_change" else float(value)


def _text(value: Value) -> str:
    """Text of a cell: yes and no for truth, years and other whole numbers without a point."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if style.is_known(value):
        return f"{round(float(value), 6):.12g}"
    return str(value)


# --- CSV ---------------------------------------------------------------------------------


def csv_text(table: Table) -> str:
    """A table as CSV: keys as headings, plain numbers, and no text that a spreadsheet would run."""
    shown = columns_of(table)
    rows = ([_text(row.get(c.key)) if _is_number(row.get(c.key)) else
             neutral(_text(row.get(c.key))) for c in shown] for row in table.rows)  # fmt: skip
    return _csv([c.key for c in shown], rows)


def columns_text(tables: Sequence[Table]) -> str:
    """What every column of every file is: table, file, sheet, key, heading, unit, note."""
    names, files = sheet_names(tables), file_names(tables)
    rows = (
        [
            *(table.title, files[table.table_id], names[table.table_id]),
            *(column.key, column.label, unit_of(column), column.note),
        ]
        for table in tables
        for column in columns_of(table)
    )
    heading = ["table", "file", "sheet", "column", "heading", "unit", "note"]
    return _csv(heading, ([neutral(text) for text in row] for row in rows))


def unit_of(column: Column) -> str:
    """The unit of a column in words; "" of text."""
    if column.kind == "share_change":
        return "change of a share, 0 to 1"
    unit = UNITS.get(column.kind.removesuffix("_change"), "")
    return f"change, {unit}" if unit and column.kind.endswith("_change") else unit


def _is_number(value: Any) -> bool:
    return style.is_known(value) and not isinstance(value, bool)


def _csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(_clean(rows))
    return stream.getvalue()


def _clean(rows: Iterable[Sequence[object]]) -> Iterator[list[str]]:
    """Rows whose texts break into lines in one way only, and hold no character that ends a file.

    The writer puts a line feed in quotes, but not a carriage return, which readers take for the
    end of the row.
    """
    for row in rows:
        texts = (str(cell).replace("\x00", "") for cell in row)
        yield [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]

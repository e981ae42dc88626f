"""What a workbook holds, before any of it is a spreadsheet: sheets, blocks, columns, rows. Pure."""

from __future__ import annotations

import datetime as dt
import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Kind = Literal["text", "wide", "gbp", "pence", "count", "decimal", "share", "factor", "date"]
Look = Literal["", "part", "sub", "total"]
#: Kinds whose cells are numbers.
NUMBERS: tuple[Kind, ...] = ("gbp", "pence", "count", "decimal", "share", "factor")


@dataclass(frozen=True)
class Formula:
    """A number that the sheet works out, with the value that it comes to.

    Attributes:
        value: as this plan's own arithmetic has it; what a viewer that cannot calculate shows.
        text: without ``=``; ``{.key}`` is the cell of that column in the same row,
            ``{3.key}`` in row 3 of the same block (the first is 0), ``{Sheet.key}`` that column
            of the first block of another sheet, totals left out.
    """

    value: float
    text: str


Cell = str | float | int | bool | dt.date | Formula | None


@dataclass(frozen=True)
class Column:
    """One column: its key, heading, kind, whether total rows add it up, and its width."""

    key: str
    heading: str
    kind: Kind = "text"
    summed: bool = False
    width: float = 0.0

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        cells: by column; what is absent stays empty.
        look: ``part`` heads a part, ``sub`` is a subtotal, ``total`` a total.
        adds: rows of the same block (the first is 0) that its summed columns add up.
        kind: of its numbers, where they are of another kind than their columns.
        kinds: column → kind of that one cell, where it is of yet another.
    """

    cells: Mapping[str, Cell]
    look: Look = ""
    adds: tuple[int, ...] = ()
    kind: Kind | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """A table: its heading, columns, rows, and a note below the heading."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    heading: str = ""
    note: str = ""

    def value(self, row: int, key: str) -> Cell:
        """What a cell comes to: sums as their numbers, formulas as their values."""
        found = self.rows[row]
        if found.adds and self.column(key).summed:
            return math.fsum(_number(self.value(n, key)) for n in found.adds)
        cell = found.cells.get(key)
        return cell.value if isinstance(cell, Formula) else cell

    def column(self, key: str) -> Column:
        """The column of a key."""
        return next(c for c in self.columns if c.key == key)


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: of its tab; ours, never a file's.
        title, notes: above its blocks.
        blocks: from top to bottom.
        freeze: columns of the first block that stay in sight; its heading stays too where the
            sheet has but one block.
        filtered: whether its one block can be filtered.
        many_pages_across: it is printed at a readable size, its first columns on every page,
            instead of being fitted to the width of one.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()
    freeze: int = 1
    filtered: bool = True
    many_pages_across: bool = False


def lines(*texts: str, width: int = 130) -> tuple[str, ...]:
    """Texts broken into lines that fit a printed page."""
    return tuple(line for text in texts for line in textwrap.wrap(text, width))


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, (int, float)) else 0.0


def rows_of(records: Iterable[Mapping[Any, Any]], columns: Sequence[Column]) -> tuple[Row, ...]:
    """Plain rows from records, each cell as its column's kind holds it; NaN is empty."""
    return tuple(Row({c.key: _cell(record.get(c.key), c) for c in columns}) for record in records)


def _cell(value: Any, column: Column) -> Cell:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if column.is_number:
        return value if isinstance(value, Formula) else float(value)
    if column.kind == "date":
        return value if isinstance(value, dt.date) else str(value)
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    return str(value)


def with_total(block: Block, label: str, *, look: Look = "total") -> Block:
    """A block with a last row that adds up its plain rows; as it is where it has none."""
    plain = tuple(n for n, row in enumerate(block.rows) if not row.look)
    if not plain:
        return block
    first = block.columns[0].key
    return replace(block, rows=(*block.rows, Row({first: label}, look, plain)))


@dataclass
class Gathering:
    """Rows in the making: parts with subtotals, then what adds the subtotals up."""

    first: str
    rows: list[Row] = field(default_factory=list)

    def part(self, heading: str, rows: Sequence[Row], total: str) -> int:
        """A heading, its rows and their subtotal; gives the subtotal's number."""
        self.rows.append(Row({self.first: heading}, "part"))
        begins = len(self.rows)
        self.rows += rows
        return self.total(total, tuple(range(begins, len(self.rows))), look="sub")

    def total(self, label: str, adds: tuple[int, ...], *, look: Look = "total") -> int:
        """A row that adds up others; gives its number."""
        self.rows.append(Row({self.first: label}, look, adds))
        return len(self.rows) - 1

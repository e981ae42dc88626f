"""Where everything of a workbook stands, and what its formulas say. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from openpyxl.utils import get_column_letter

from optimise.workbook.records import Block, Formula, Sheet

_PLACE = re.compile(r"\{(\w*)\.(\w+)\}")


@dataclass(frozen=True)
class Laid:
    """A block in its place: rows of the sheet, the first is 1.

    Attributes:
        heading, note, columns: rows of its heading, its note and its column headings, 0 where
            there is none.
        first: row of the first row of cells.
    """

    block: Block
    heading: int
    note: int
    columns: int
    first: int

    @property
    def last(self) -> int:
        """Row of the last row of cells; the one before the first where there are none."""
        return self.first + len(self.block.rows) - 1

    @property
    def last_plain(self) -> int:
        """Row of the last row that is no total; of the headings where there is none."""
        plain = [n for n, row in enumerate(self.block.rows) if not row.look]
        return self.first + max(plain, default=-1)

    def address(self, row: int, key: str) -> str:
        """``C7``: the cell of a row of the block (the first is 0) and a column."""
        return f"{self.letter(key)}{self.first + row}"

    def letter(self, key: str) -> str:
        """Letter of a column."""
        return self._letters[key]

    def plain_range(self, sheet: str, key: str) -> str:
        """``Ledger!$K$5:$K$90``: every plain cell of a column; an empty block gives one blank."""
        letter, (first, last) = self.letter(key), self._plain_ends
        return f"{sheet}!${letter}${first}:${letter}${last}"

    @cached_property
    def _letters(self) -> dict[str, str]:
        """Letter of each column; of two of a key that of the first."""
        keys = [c.key for c in self.block.columns]
        return {key: str(get_column_letter(keys.index(key) + 1)) for key in keys}

    @cached_property
    def _plain_ends(self) -> tuple[int, int]:
        """First and last row that is no total: every formula over the block asks for them."""
        plain = [n for n, row in enumerate(self.block.rows) if not row.look] or [0]
        return self.first + plain[0], self.first + plain[-1]


def laid(sheet: Sheet) -> tuple[Laid, ...]:
    """Blocks of a sheet in their places, below its title and notes, a blank row between."""
    row = 1 + len(sheet.notes) + 1
    found = []
    for block in sheet.blocks:
        row += 1
        heading = row if block.heading else 0
        row += bool(block.heading)
        note = row if block.note else 0
        row += bool(block.note)
        columns = row if any(c.heading for c in block.columns) else 0
        row += bool(columns)
        found.append(Laid(block, heading, note, columns, row))
        row += len(block.rows)
    return tuple(found)


def formulas(sheets: Sequence[Sheet]) -> dict[str, dict[str, tuple[str, float]]]:
    """Sheet → cell address → (formula with its ``=``, value), of every formula."""
    places = {sheet.name: laid(sheet) for sheet in sheets}
    return {
        name: {
            place.address(n, column.key): found
            for place in blocks
            for n in range(len(place.block.rows))
            for column in place.block.columns
            if (found := _formula(place, n, column.key, places)) is not None
        }
        for name, blocks in places.items()
    }


def _formula(
    place: Laid, row: int, key: str, places: dict[str, tuple[Laid, ...]]
) -> tuple[str, float] | None:
    block = place.block
    cell = block.rows[row].cells.get(key)
    if isinstance(cell, Formula):
        text = _PLACE.sub(lambda m: _meant(m[1], m[2], place, row, places), cell.text)
        return f"={text}", cell.value
    if block.rows[row].adds and block.column(key).summed:
        value = block.value(row, key)
        assert isinstance(value, float)
        return f"={_sum(place, block.rows[row].adds, key)}", value
    return None


def _meant(sheet: str, key: str, place: Laid, row: int, places: dict[str, tuple[Laid, ...]]) -> str:
    if sheet.isdigit():
        return place.address(int(sheet), key)
    return places[sheet][0].plain_range(sheet, key) if sheet else place.address(row, key)


def _sum(place: Laid, rows: tuple[int, ...], key: str) -> str:
    """``SUM(C5:C9)`` of rows that follow each other, ``C5+C9`` of others."""
    cells = [place.address(n, key) for n in rows]
    if len(rows) > 1 and rows == tuple(range(rows[0], rows[-1] + 1)):
        return f"SUM({cells[0]}:{cells[-1]})"
    return "+".join(cells)

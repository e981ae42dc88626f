"""What is read, how much of it at most, and how a refusal is worded. Pure.

The limits keep a damaged or hostile file from taking the machine with it; each is far beyond
what a register, a county's postcodes or its census tables need.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assets.issues import InputError, Issue

#: Size of a file on disk, and of the parts of a workbook together when unpacked.
MAX_FILE_BYTES = 512 * 2**20
MAX_UNPACKED_BYTES = 2 * 2**30
#: Unpacked to packed size of a workbook, and the size from which it matters: real ones stay
#: under about 60, a file made to burst reaches 1,000.
MAX_RATIO = 250
RATIO_FROM_BYTES = 64 * 2**20
MAX_PARTS = 10_000
MAX_ROWS = 1_000_000
#: Lines of a file or sheet, blank ones and titles included: what a spreadsheet program holds.
MAX_LINES = 2**20
MAX_COLUMNS = 2_000
MAX_CELLS = 40_000_000
MAX_CELL_CHARS = 8 * 2**20


@dataclass(frozen=True)
class Source:
    """A file to be read as a layer, or as a plain table.

    Attributes:
        path: the file.
        kind: name of the layer, ``""`` for any table.
        sheet: worksheet or table wanted by the user, ``""`` = to be found.
    """

    path: Path
    kind: str = ""
    sheet: str = ""

    def refusal(
        self, rule: str, message: str, *, ids: tuple[str, ...] = (), remedy: str = ""
    ) -> InputError:
        """The reason why the file is not read; without ids its path stands for it."""
        return InputError(
            Issue(f"read.{rule}", message, ids or (str(self.path),), remedy, self.kind)
        )

    def warning(
        self, rule: str, message: str, *, ids: tuple[str, ...] = (), remedy: str = ""
    ) -> Issue:
        """Something to know about the reading that does not stop it."""
        return Issue(
            f"read.{rule}", message, ids or (str(self.path),), remedy, self.kind, "warning"
        )

    def unreadable(self, why: object) -> InputError:
        """The file is there but cannot be read."""
        return self.refusal(
            "unreadable",
            f"cannot read {self.path.name}: {' '.join(str(why).split())}",
            remedy="open it in the program that made it and export it again",
        )

    def too_large(self, what: str) -> InputError:
        """The file is beyond what is read."""
        return self.refusal(
            "too_large",
            f"{self.path.name} has {what}",
            remedy="keep only the rows and columns of the study area",
        )

    def check_counts(self, rows: int, columns: int) -> None:
        """Refuse a table of too many rows, columns or cells.

        Raises:
            InputError: with the count and the limit.
        """
        if rows > MAX_ROWS:
            raise self.too_large(f"{rows:,} rows, more than {MAX_ROWS:,}")
        if columns > MAX_COLUMNS:
            raise self.too_large(f"{columns:,} columns, more than {MAX_COLUMNS:,}")
        if rows * columns > MAX_CELLS:
            raise self.too_large(f"{rows * columns:,} cells, more than {MAX_CELLS:,}")

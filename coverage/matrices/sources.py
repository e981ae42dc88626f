"""Matrix files -> blocks of columns: CSV (also gzipped), Parquet and workbooks.

With `coverage.matrices.writing` this is all that touches files here. Everything is read in
blocks, so that a matrix of tens of millions of pairs never stands in memory as text.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from assets.issues import nearest
from assets.read import read_table
from coverage.matrices.form import refused

BOOKS = (".xlsx", ".xlsm", ".ods")
TEXTS = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXTS, ".csv.gz", ".parquet", *BOOKS)
METADATA_KEY = b"groundplan"
_FIRST_CELL = re.compile(r'[ ]*(?:"(?:[^"]|"")*"|[^",;\t|]*)[ ]*([,;\t|])')
_BLOCK_BYTES = 8 * 2**20
_COLUMN_BYTES = 4096  # a wide table's columns are handled one by one in each block
_BLOCK_ROWS = 2**20
_HEADING_CHARS = 64 * 2**20


@dataclass(frozen=True)
class Table:
    """A table in a file, not yet read.

    Attributes:
        path: the file.
        names: its headings, in order, unlike one another.
        textual: cells are text (a CSV or a workbook), not values.
        blocks: given positions of columns, yields the columns block by block.
        metadata: what a Parquet file says of itself, ``""`` if nothing.
    """

    path: Path
    names: tuple[str, ...]
    textual: bool
    blocks: Callable[[Sequence[int]], Iterator[list[pa.Array]]]
    metadata: str = ""


def open_table(path: Path) -> Table:
    """The table in a file, its headings read.

    Raises:
        InputError: no such file, no table in it, headings missing or repeated.
    """
    if not path.exists():
        folder = path.parent
        there = sorted(other.name for other in folder.iterdir()) if folder.is_dir() else []
        hint = f"; {nearest(path.name, there)}" if there and path.name else ""
        raise refused("missing", f"there is no file {path}", f"check the path{hint}")
    suffix = suffix_of(path)
    if path.is_dir() or suffix not in SUFFIXES:
        what = "it is a folder" if path.is_dir() else f"'{path.suffix}' files are not read"
        raise refused("unsupported", f"{path}: {what}", f"give one of {', '.join(SUFFIXES)}")
    if suffix == ".parquet":
        table = _open_parquet(path)
    else:
        table = _open_book(path) if suffix in BOOKS else _open_text(path)
    twice = tuple(sorted(name for name, n in Counter(table.names).items() if n > 1 and name))
    if twice:
        raise refused("headings", "headings stand more than once", "give each column a heading "
                      "(in a wide table, an id) of its own", twice, layer=path.name)  # fmt: skip
    return table


def suffix_of(path: Path) -> str:
    """Suffix in lower case; ``.csv.gz`` is one."""
    name = path.name.lower()
    return ".csv.gz" if name.endswith(".csv.gz") else path.suffix.lower()


# ---- text ------------------------------------------------------------------------------


def _open_text(path: Path) -> Table:
    try:
        with _stream(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            names, delimiter = _heading(text)
    except (OSError, EOFError, ValueError, csv.Error) as error:
        raise _unreadable(path, error, "a CSV") from error

    def blocks(columns: Sequence[int]) -> Iterator[list[pa.Array]]:
        try:
            yield from _text_blocks(path, delimiter, len(names), columns)
        except (OSError, EOFError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise _unreadable(path, error, "a CSV") from error

    return Table(path, names, True, blocks)


def _stream(path: Path) -> Any:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _heading(text: io.TextIOWrapper) -> tuple[tuple[str, ...], str]:
    """The headings, and what stands between cells."""
    line = text.readline(_HEADING_CHARS)
    if "\0" in line:
        raise ValueError("it is not UTF-8 text")
    found = _FIRST_CELL.match(line)
    delimiter = found[1] if found else ","
    row = next(csv.reader(chain([line], text), delimiter=delimiter), [])
    if not any(cell.strip() for cell in row):
        raise ValueError("it is empty")
    return tuple(cell.strip() for cell in row), delimiter


def _text_blocks(
    path: Path, delimiter: str, width: int, columns: Sequence[int]
) -> Iterator[list[pa.Array]]:
    """Blocks of text columns, the heading row left out."""
    names = [f"c{place}" for place in range(width)]
    wanted = [names[place] for place in columns]
    block = max(_BLOCK_BYTES, len(columns) * _COLUMN_BYTES)
    with _stream(path) as raw:
        reader = pacsv.open_csv(
            raw,
            read_options=pacsv.ReadOptions(column_names=names, block_size=block),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string())
            ),
        )
        for number, batch in enumerate(reader):
            yield (batch.slice(1) if number == 0 else batch).columns


# ---- Parquet ---------------------------------------------------------------------------


def _open_parquet(path: Path) -> Table:
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
    except (OSError, ValueError, KeyError, NotImplementedError) as error:
        raise _unreadable(path, error, "Parquet") from error
    stored = list(schema.names)
    index = _index_column(schema)
    order = [index, *(n for n in stored if n != index)] if index in stored else stored

    def blocks(columns: Sequence[int]) -> Iterator[list[pa.Array]]:
        wanted = [order[place] for place in columns]
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_BLOCK_ROWS, columns=wanted):
                    yield [batch.column(name) for name in wanted]
        except (OSError, ValueError, KeyError, NotImplementedError) as error:
            raise _unreadable(path, error, "Parquet") from error

    told = (schema.metadata or {}).get(METADATA_KEY, b"").decode("utf-8", "replace")
    return Table(path, tuple(order), False, blocks, told)


def _index_column(schema: pa.Schema) -> str:
    """The column a pandas frame was indexed by, which pandas writes last."""
    try:
        told = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
        names = told.get("index_columns", [])
        return names[0] if len(names) == 1 and isinstance(names[0], str) else ""
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ""


# ---- workbooks -------------------------------------------------------------------------


def _open_book(path: Path) -> Table:
    frame = read_table(path)

    def blocks(columns: Sequence[int]) -> Iterator[list[pa.Array]]:
        yield [pa.array(frame.iloc[:, place].astype(str), pa.string()) for place in columns]

    return Table(path, tuple(str(name) for name in frame.columns), True, blocks)


def _unreadable(path: Path, error: Exception, what: str) -> Exception:
    words = " ".join(str(getattr(error, "strerror", None) or error).split())[:300]
    remedy = "give a UTF-8 CSV" if what == "a CSV" else "write the file again"
    return refused("unreadable", f"{path} cannot be read as {what} ({words})", remedy)

"""Travel times -> CSV or Parquet, long or wide, each file whole or not at all, block by block."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from assets.issues import InputError, Issue, nearest
from coverage.matrices.form import refused
from coverage.matrices.headings import MINUTES_OF_UNIT
from coverage.matrices.pairs import LONG, SNAP_COLUMNS, WIDE
from coverage.matrices.sources import METADATA_KEY, suffix_of
from coverage.matrices.statement import DECIMALS, as_json, record_of, sidecar_of
from coverage.network import Floats
from coverage.times import FROM_SITE, TravelTimes

WRITTEN = (".csv", ".csv.gz", ".parquet")
WRITTEN_UNITS = ("minutes", "seconds")
BLOCK_CELLS = 2**20
WIDE_BLOCKS = 32  # a block of a wide Parquet file has a head for every column
_RISKY = ("=", "+", "-", "@", "\t", "\r")

Tell = Callable[[float], None] | None


@dataclass(frozen=True, eq=False)
class Sheet:
    """Times laid out as written: starts in rows, ends in columns, both sorted by id.

    Attributes:
        starts, stops: ids.
        time: in ``unit``, unrounded, float64[starts, stops].
        metres: float64[starts, stops].
        start_snap_m, stop_snap_m: float64.
        unit: ``minutes`` or ``seconds``.
    """

    starts: tuple[str, ...]
    stops: tuple[str, ...]
    time: Floats
    metres: Floats
    start_snap_m: Floats
    stop_snap_m: Floats
    unit: str


def write_matrix(
    times: TravelTimes, path: Path, *, wide: bool = False, unit: str = "minutes", tell: Tell = None
) -> None:
    """Write times in the format of the path's suffix; see `coverage.matrix.write_times`."""
    check_target(path, unit)
    sheet = _sheet(times, unit)
    record = record_of(times, unit=unit, shape=WIDE if wide else LONG)
    try:
        with _whole(path) as made:
            if suffix_of(path) == ".parquet":
                _write_parquet(sheet, made, as_json(record), wide=wide, tell=tell)
                return
            _write_text(sheet, made, wide=wide, tell=tell)
            record |= {"file": path.name, "sha256": _sha256(made)}
            with _whole(sidecar_of(path)) as beside:
                beside.write_text(as_json(record), encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise InputError(Issue("times.unwritable", message, remedy="check folder and space")) from (
            error
        )


def check_target(path: Path, unit: str = "minutes") -> None:
    """Refuse a file that times cannot be written to, before any work is done.

    Raises:
        InputError: a suffix that is not written, a unit that is not, a folder.
    """
    if suffix_of(path) not in WRITTEN:
        message = f"times are not written as '{path.suffix}' files"
        raise refused("unsupported", message, f"use {', '.join(WRITTEN)}", (path.name,))
    if unit not in WRITTEN_UNITS:
        raise refused("unit", f"times are not written in {unit}", nearest(unit, WRITTEN_UNITS))
    if path.is_dir():
        raise refused("unwritable", f"{path} cannot be written: it is a folder", "name a file")


def _sheet(times: TravelTimes, unit: str) -> Sheet:
    """Starts in rows, ends in columns, both in order of their ids."""
    outward = times.direction == FROM_SITE
    ids = (times.site_ids, times.demand_ids) if outward else (times.demand_ids, times.site_ids)
    snaps = (times.site_snap_m, times.demand_snap_m)
    snaps = snaps if outward else snaps[::-1]
    order = [np.array(sorted(range(len(side)), key=side.__getitem__), dtype=np.int64)
             for side in ids]  # fmt: skip
    values = [v.T if outward else v for v in (times.minutes, times.metres)]
    grid = np.ix_(order[0], order[1])
    factor = 1.0 / MINUTES_OF_UNIT[unit]
    return Sheet(
        starts=tuple(ids[0][k] for k in order[0]),
        stops=tuple(ids[1][k] for k in order[1]),
        time=values[0][grid] * factor if factor != 1.0 else values[0][grid],
        metres=values[1][grid],
        start_snap_m=snaps[0][order[0]],
        stop_snap_m=snaps[1][order[1]],
        unit=unit,
    )


# ---- blocks ------------------------------------------------------------------------------


def _row_blocks(sheet: Sheet, tell: Tell, cells: int) -> Iterator[slice]:
    """Rows of the sheet, some thousand cells at a time."""
    count = max(1, cells // max(1, len(sheet.stops)))
    for first in range(0, len(sheet.starts), count):
        yield slice(first, first + count)
        if tell:
            tell(min(1.0, (first + count) / len(sheet.starts)))


def _long_schema(unit: str) -> pa.Schema:
    ids = pa.dictionary(pa.int32(), pa.string())
    figures = (unit, "metres", *SNAP_COLUMNS)
    fields = [("from_id", ids), ("to_id", ids), *((name, pa.float64()) for name in figures)]
    return pa.schema(fields)


def _long_block(sheet: Sheet, rows: slice, *, decimals: int | None) -> pa.RecordBatch:
    """Rows of the sheet as pairs."""
    starts, stops = (pa.array(ids, pa.string()) for ids in (sheet.starts, sheet.stops))
    time, metres = sheet.time[rows], sheet.metres[rows].round(DECIMALS["metres"])
    start = np.repeat(np.arange(len(sheet.starts), dtype=np.int32)[rows], len(sheet.stops))
    stop = np.tile(np.arange(len(sheet.stops), dtype=np.int32), len(time))
    columns = [
        pa.DictionaryArray.from_arrays(start, starts),
        pa.DictionaryArray.from_arrays(stop, stops),
        _figures(time if decimals is None else time.round(decimals)),
        _figures(metres),
        _figures(sheet.start_snap_m.round(1)[start]),
        _figures(sheet.stop_snap_m.round(1)[stop]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_long_schema(sheet.unit))


def _figures(values: Floats) -> pa.Array:
    """Numbers, empty where there is none; no minus before nought."""
    return pa.array(values.ravel() + 0.0, pa.float64(), from_pandas=True)


# ---- Parquet -----------------------------------------------------------------------------


def _write_parquet(sheet: Sheet, path: Path, said: str, *, wide: bool, tell: Tell) -> None:
    schema = _wide_schema(sheet) if wide else _long_schema(sheet.unit)
    schema = schema.with_metadata({METADATA_KEY: said.encode("utf-8")})
    split = False if wide else [sheet.unit]
    with pq.ParquetWriter(
        path, schema, compression="zstd", use_byte_stream_split=split,
        use_dictionary=["from_id", "to_id", "metres", *SNAP_COLUMNS] if not wide else False,
        write_statistics=False,
    ) as writer:  # fmt: skip
        for rows in _row_blocks(sheet, tell, BLOCK_CELLS * (WIDE_BLOCKS if wide else 1)):
            block = _wide_block(sheet, rows) if wide else _long_block(sheet, rows, decimals=None)
            writer.write_batch(block.replace_schema_metadata(schema.metadata))


def _wide_schema(sheet: Sheet) -> pa.Schema:
    return pa.schema([("from_id", pa.string()), *((name, pa.float64()) for name in sheet.stops)])


def _wide_block(sheet: Sheet, rows: slice) -> pa.RecordBatch:
    columns = [pa.array(sheet.starts[rows], pa.string())]
    columns += [_figures(column) for column in sheet.time[rows].T]
    return pa.RecordBatch.from_arrays(columns, schema=_wide_schema(sheet))


# ---- CSV ---------------------------------------------------------------------------------


def _write_text(sheet: Sheet, path: Path, *, wide: bool, tell: Tell) -> None:
    """The sheet as CSV; ids that a spreadsheet would run as a formula are quoted."""
    safe = Sheet(
        _as_text(sheet.starts), _as_text(sheet.stops), sheet.time, sheet.metres,
        sheet.start_snap_m, sheet.stop_snap_m, sheet.unit,
    )  # fmt: skip
    decimals = DECIMALS[sheet.unit]
    marked = any(mark in name for name in (*sheet.starts, *sheet.stops) for mark in ',"\r\n')
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed" if marked else "none")
    with _text_stream(path) as stream:
        names = ("from_id", *safe.stops) if wide else tuple(_long_schema(sheet.unit).names)
        stream.write(_heading(names))
        for rows in _row_blocks(safe, tell, BLOCK_CELLS):
            if wide:
                stream.write(_wide_text(safe, rows, decimals))
                continue
            block = _long_block(safe, rows, decimals=decimals)
            pacsv.write_csv(_plain_ids(block), stream, options)


def _plain_ids(block: pa.RecordBatch) -> pa.RecordBatch:
    """Ids as text: the CSV writer knows no dictionaries."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in block.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=block.schema.names)


def _wide_text(sheet: Sheet, rows: slice, decimals: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name, values in zip(sheet.starts[rows], sheet.time[rows].round(decimals), strict=True):
        cells = ["" if v != v else repr(v) for v in (values + 0.0).tolist()]
        writer.writerow([name, *cells])
    return text.getvalue().encode("utf-8")


def _heading(names: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    return text.getvalue().encode("utf-8")


def _as_text(ids: Sequence[str]) -> tuple[str, ...]:
    """Ids as written to a spreadsheet: one that a spreadsheet would run as a formula is quoted."""
    return tuple(f"'{name}" if name.startswith(_RISKY) else name for name in ids)


# ---- files -------------------------------------------------------------------------------


@contextmanager
def _text_stream(path: Path) -> Iterator[Any]:
    """Bytes to a file, packed if its name ends with .gz (with no time of day in it)."""
    with path.open("wb") as raw:
        if path.suffix.lower() != ".gz":
            yield raw
            return
        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            yield packed


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A name beside the place, moved there when complete; what was there stays until then."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    made = Path(name)
    try:
        yield made
        mask = os.umask(0)
        os.umask(mask)
        made.chmod(0o666 & ~mask)
        os.replace(made, path)
    finally:
        made.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

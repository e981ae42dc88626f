"""``warm.parquet`` of a run folder: what its solve left, for a later one to begin from.

One row per number, four columns: ``kind``, ``nth`` (of a piece, from 1; else 0), ``name``,
``value``. Kinds, in this order: ``version`` (the name says which), ``aim`` (the name is the key of
the goal that prices are of), ``value`` (of a variable in the plan), ``price`` (of a joining row)
and ``piece`` (of a variable in the nth piece). See `optimise.warm.Warm`.

What is read back is only a place to begin from: a file that is missing, damaged or of another
version makes a later solve slower, never wrong.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from optimise.warm import COLD, Warm

NAME = "warm.parquet"
VERSION = "1"
KINDS = ("version", "aim", "value", "price", "piece")
#: A file larger than this was not written by `warm_bytes`.
LARGEST_BYTES = 256 * 1024 * 1024
SCHEMA = pa.schema(
    [("kind", pa.string()), ("nth", pa.int32()), ("name", pa.string()), ("value", pa.float64())]
)

Row = tuple[str, int, str, float]


def warm_bytes(warm: Warm) -> bytes:
    """The file's bytes; the same for the same `Warm`."""
    kinds, nths, names, values = zip(*_rows(warm), strict=True)
    table = pa.Table.from_arrays([pa.array(kinds), pa.array(nths, pa.int32()), pa.array(names),
                                  pa.array(values, pa.float64())], schema=SCHEMA)  # fmt: skip
    made = io.BytesIO()
    pq.write_table(table, made, compression="zstd")
    return made.getvalue()


def _rows(warm: Warm) -> Iterator[Row]:
    yield "version", 0, VERSION, 0.0
    yield "aim", 0, warm.aim, 0.0
    for name, value in sorted(warm.values.items()):
        yield "value", 0, name, value
    for name, value in sorted(warm.prices.items()):
        yield "price", 0, name, value
    for nth, piece in enumerate(warm.pieces, start=1):
        for name, value in sorted(piece.items()):
            yield "piece", nth, name, value


def read_warm(folder: Path) -> tuple[Warm, str]:
    """(what a run left, what is wrong with it in words, blank where nothing is).

    Where something is wrong nothing is known: `COLD`.
    """
    path = folder / NAME
    if not path.is_file():
        return COLD, f"{folder} has no {NAME}, so nothing is known of it"
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ValueError("it is too large")
        return _warm_of(_table_of(path.read_bytes())), ""
    except (OSError, ValueError, pa.ArrowException) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        return COLD, f"{path} cannot be used: {said}"


def _table_of(data: bytes) -> pd.DataFrame:
    """The file as it should be.

    Raises:
        ValueError: it is not.
    """
    table = pq.read_table(io.BytesIO(data))
    if not table.schema.equals(SCHEMA):
        raise ValueError("its columns are not those of such a file")
    frame: pd.DataFrame = table.to_pandas()
    if frame.isna().to_numpy().any():
        raise ValueError("a number or a name is missing")
    if not frame["value"].abs().lt(float("inf")).all():
        raise ValueError("a number is infinite")
    unknown = [kind for kind in frame["kind"].unique() if kind not in KINDS]
    if unknown:
        raise ValueError(f"unknown kind of row '{unknown[0]}'")
    if frame.loc[frame["kind"] == "version", "name"].tolist() != [VERSION]:
        raise ValueError("it is of another version")
    return frame


def _warm_of(frame: pd.DataFrame) -> Warm:
    rows = dict(list(frame.groupby("kind", sort=False)))
    none = frame.iloc[:0]
    pieces = rows.get("piece", none).groupby("nth", sort=True)
    aims = rows.get("aim", none)["name"].tolist()
    return Warm(
        values=_numbers(rows.get("value", none)),
        prices=_numbers(rows.get("price", none)),
        pieces=tuple(_numbers(piece) for _, piece in pieces),
        aim=aims[0] if len(aims) == 1 else "",
    )


def _numbers(rows: pd.DataFrame) -> dict[str, float]:
    return dict(zip(rows["name"].tolist(), rows["value"].tolist(), strict=True))

"""Runs as text for a terminal, as CSV and as Parquet."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from assets.cells import neutral
from optimise.store.collecting import Collected

#: Columns a terminal has room for.
SHORT = ("run_id", "status", "gap_on_savings", "npv_gbp", "receipts_gbp", "revenue_saving_gbp_pa",
         "capital_gbp", "buildings_after", "standards_missed")  # fmt: skip
_SHARES = ("gap", "gap_on_savings", "gap_asked")


def csv_text(runs: pd.DataFrame) -> str:
    """Runs as CSV; no cell or heading that a spreadsheet would run, missing = blank."""
    safe = runs.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            # A lone carriage return would end the row for readers: the writer does not quote it.
            told = [neutral(value) for value in safe[column]]
            safe[column] = pd.Series(told, index=safe.index, dtype=object).replace(
                r"\r\n?", "\n", regex=True
            )
    safe.columns = [str(neutral(str(name))) for name in safe.columns]
    return str(safe.to_csv(index=False, lineterminator="\n"))


def write_csv(runs: pd.DataFrame, path: Path) -> Path:
    """Write runs as CSV, whole or not at all.

    Raises:
        OSError: the disk refuses.
    """
    return _whole(path, lambda made: made.write_text(csv_text(runs), encoding="utf-8"))


def write_parquet(runs: pd.DataFrame, path: Path) -> Path:
    """Write runs as Parquet, whole or not at all; cells as they stand.

    Raises:
        OSError: the disk refuses.
    """
    plain = runs.copy()
    for column in plain.columns:
        if not pd.api.types.is_numeric_dtype(plain[column]):
            # A key may hold a number in one run and a word in another.
            texts = [value if value is None else str(value) for value in plain[column]]
            plain[column] = pd.Series(texts, index=plain.index, dtype="string")
    return _whole(path, lambda made: plain.to_parquet(made, index=False, compression="zstd"))


def _whole(path: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside the place and move there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(made)
        os.replace(made, path)
    finally:
        made.unlink(missing_ok=True)
    return path


# --- a terminal -----------------------------------------------------------------------------


def cells(runs: pd.DataFrame) -> list[list[str]]:
    """Runs as a table of texts: pounds and counts with commas, shares as percentages."""
    return [
        [_cell(name, value) for name, value in zip(runs.columns, row, strict=True)]
        for row in runs.itertuples(index=False)
    ]


def _cell(name: str, value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    last = name.rpartition(".")[2]
    if last in _SHARES or last.startswith("share_"):
        return f"{value:.2%}"
    if last.endswith(("_gbp", "_gbp_pa")):
        most = f"{abs(value) / 1e6:,.2f}m" if abs(value) >= 1e6 else f"{abs(value):,.0f}"
        return f"{'-' if value < 0 else ''}£{most}"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10_000 else f"{value:g}"


def heading(name: str, width: int = 12) -> str:
    """A column's name on as many lines as it takes."""
    lines = [""]
    for piece in re.findall(r"[^_.]*[_.]?", name)[:-1]:
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def figures(runs: pd.DataFrame) -> list[bool]:
    """Which columns hold figures, and stand to the right."""
    return [pd.api.types.is_numeric_dtype(runs[name]) for name in runs.columns]


def told(found: Collected, shown: str) -> str:
    """What a collection found, in a line."""
    parts = [f"{found.added} new", f"{found.changed} changed", f"{found.removed} gone"]
    some = ", ".join(parts) if found.added or found.changed or found.removed else "nothing new"
    return f"{found.runs} run folder{'s' * (found.runs != 1)} ({some}) in {shown}"


def damaged_words(ids: Sequence[str], shown: int = 5) -> str:
    """Which folders cannot be read."""
    more = f" and {len(ids) - shown} more" if len(ids) > shown else ""
    return f"{len(ids)} cannot be read: {', '.join(ids[:shown])}{more}"

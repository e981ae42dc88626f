"""From the frames of a run to rows of a table: small steps that several tables share. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from maps import style
from maps.tables.table import Column, Value


def records(frame: pd.DataFrame) -> list[dict[str, Value]]:
    """The rows of a frame, columns by name."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def there(
    columns: Iterable[Column], frame: pd.DataFrame, optional: Iterable[str]
) -> tuple[Column, ...]:
    """The columns without those optional ones that the frame (of a run of old) does not have."""
    gone = {name for name in optional if name not in frame}
    return tuple(column for column in columns if column.key not in gone)


def number(value: Value) -> float | None:
    """A number, of text too (tables keep columns they do not know as text); None for none."""
    known = pd.to_numeric(value, errors="coerce")
    return float(known) if style.is_known(known) else None


def titles(summary: Mapping[str, Value]) -> dict[str, str]:
    """standard_id -> title, in the run's order."""
    return {str(s["standard_id"]): str(s["title"]) for s in summary["standards"]}


def title_of(known: Mapping[str, str], standard_id: str) -> str:
    """A standard's title; one that run.json does not list is shown by its id, never dropped."""
    return known.get(standard_id, standard_id)


def change(row: Mapping[str, Value], before: str, after: str) -> float | None:
    """After less before, where both are known."""
    then, now = number(row.get(before)), number(row.get(after))
    return None if then is None or now is None else now - then

"""How old the layers are: dates that rows describe, sources, and what sources disagree about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from assets.estate import Estate
from optimise.inputs import Inputs

#: Layers of an estate, in the order they are told.
LAYERS = ("buildings", "services", "leases", "demand", "areas", "compatibility")
#: A year, a month of a year, or a day, as ISO writes them.
_ISO = re.compile(r"^(\d{4})(-\d{2})?(-\d{2})?(?:[T ].*)?$")
_BRITISH = re.compile(r"^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$")


def data_dates(inputs: Inputs) -> list[dict[str, Any]]:
    """A row per layer that has rows: first and last date, rows without one, sources, conflicts.

    ``path`` is of the file (stations are buildings and services at once); dates are ISO text as
    precise as the layer has them, "" where no row has one that can be read.
    """
    paths = {file.layer: file.path for file in inputs.files}
    made = []
    for layer in LAYERS:
        frame = _frame(inputs.estate, layer)
        if len(frame):
            made.append({"layer": layer, "path": _path(paths, layer), **_told(frame)})
    return made


def _frame(estate: Estate, layer: str) -> pd.DataFrame:
    found: pd.DataFrame = getattr(estate, layer)
    return found


def _path(paths: Mapping[str, str], layer: str) -> str:
    names = (layer, "stations") if layer in ("buildings", "services") else (layer,)
    return "; ".join(paths[name] for name in names if name in paths)


def _told(frame: pd.DataFrame) -> dict[str, Any]:
    dates = [found for text in _texts(frame, "as_at") if (found := iso(text))]
    return {
        "rows": len(frame),
        "as_at_earliest": min(dates, default=""),
        "as_at_latest": max(dates, default=""),
        "undated_rows": len(frame) - len(dates),
        "sources": len({text for text in _texts(frame, "source_ref") if text}),
        "conflicts": sum(bool(text) for text in _texts(frame, "conflict_note")),
    }


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    return [str(text).strip() for text in frame[column].fillna("")]


def iso(text: str) -> str:
    """A date as ISO text, ``2024``, ``2024-03`` or ``2024-03-31``; "" where it is none.

    Days may also be written as in Britain: 31/03/2024.
    """
    if match := _BRITISH.match(text):
        day, month, year = (int(part) for part in match.groups())
        text = f"{year:04d}-{month:02d}-{day:02d}"
    match = _ISO.match(text)
    if match is None:
        return ""
    found = "".join(part or "" for part in match.groups())
    whole = f"{found}-01-01"[:10]
    return found if _is_day(whole) else ""


def _is_day(text: str) -> bool:
    try:
        pd.Timestamp(text)
    except ValueError:
        return False
    return True

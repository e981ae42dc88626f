"""Whom each building serves, and where they go in the plan, for its popup. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from maps import style
from maps.tables.frames import records

MEANS = ("mean_before", "mean_after")


def pairs(
    users: pd.DataFrame | None, standards: Sequence[tuple[str, str]], asset_ids: Sequence[str]
) -> dict[str, Any]:
    """Rows of users.csv, short.

    Args:
        users: users.csv, or None where a run has none.
        standards: standard_id and unit (``min`` or ``miles``) in the order the page lists them.
        asset_ids: buildings that the page has; others are told by name.

    Returns:
        ``units``: what is counted, per standard ("people"); ``rows``: place of the standard,
        asset_id before, asset_id after (each "" where none reaches them), how many, mean before
        and after in the standard's unit (None where unknown); ``names``: of buildings in the rows
        that the page does not have.
    """
    if users is None or not len(users):
        return {"units": [], "rows": [], "names": {}}
    place = {standard_id: index for index, (standard_id, _) in enumerate(standards)}
    shown = users[users["standard_id"].isin(place)]
    ordered = shown.sort_values(["standard_id", "from_asset_id", "to_asset_id"])
    told, unit_of, known = records(ordered), dict(standards), set(asset_ids)
    rows = [_row(row, place, unit_of) for row in told]
    words = dict(zip(ordered["standard_id"], ordered["weight"], strict=True))
    names = {
        str(row[f"{end}_asset_id"]): str(row[f"{end}_name"])
        for row in told
        for end in ("from", "to")
        if row[f"{end}_asset_id"] and row[f"{end}_asset_id"] not in known
    }
    units = [style.WEIGHT_WORDS.get(w := words.get(s, ""), w) for s, _ in standards]
    return {"units": units, "rows": sorted(rows, key=_order), "names": dict(sorted(names.items()))}


def _row(row: dict[str, Any], place: dict[str, int], unit_of: dict[str, str]) -> list[Any]:
    unit = unit_of[row["standard_id"]]
    means = [_mean(row.get(f"{mean}_{unit}")) for mean in MEANS]
    people = float(row["people"])
    counted = int(people) if people.is_integer() else round(people, 2)
    here, there = row["from_asset_id"], row["to_asset_id"]
    return [place[row["standard_id"]], here, there, counted, *means]


def _order(row: list[Any]) -> tuple[Any, ...]:
    return row[0], row[1], row[2]


def _mean(value: Any) -> float | None:
    number = pd.to_numeric(value, errors="coerce") if value is not None else float("nan")
    return round(float(number), 1) if style.is_known(float(number)) else None

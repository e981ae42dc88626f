"""When each thing of a plan is done, for a map with a year to choose. Pure."""

from __future__ import annotations

from typing import Any

import pandas as pd

from maps.runs import RunFrames


def timeline(run: RunFrames) -> dict[str, Any]:
    """The years in which anything is done, and what is done in them.

    Years are financial years in words ("2026/27", of half-years "2026/27 H1"), which sort as
    text. Of runs without dates every part is empty.

    Returns:
        ``years``: labels in order; ``buildings``: asset_id -> place of the year in which it is
        let go, its works are done or, where it is shared without works, the first unit comes;
        ``units``: unit_id likewise for moves and withdrawals; ``received``: asset_id -> the year
        in which the money of its sale comes, in words.
    """
    sales = run.tables.get("disposals")
    buildings = {**_dated(run.decisions, "asset_id"), **_column(sales, "vacated_in")}
    paid = _column(sales, "received_in")
    buildings = {**_shared(run), **buildings}
    known = set(run.decisions["asset_id"])
    buildings = {asset_id: when for asset_id, when in buildings.items() if asset_id in known}
    units = _dated(run.services, "unit_id")
    years = sorted({*buildings.values(), *units.values()})
    place = {label: index for index, label in enumerate(years)}
    return {
        "years": years,
        "buildings": {key: place[when] for key, when in sorted(buildings.items())},
        "units": {key: place[when] for key, when in sorted(units.items())},
        "received": {key: when for key, when in sorted(paid.items()) if key in known},
    }


def _dated(frame: pd.DataFrame, key: str) -> dict[str, str]:
    """Id -> the year of its ``done_in``; those without one left out."""
    if "done_in" not in frame:
        return {}
    return {str(k): str(when) for k, when in zip(frame[key], frame["done_in"], strict=True) if when}


def _shared(run: RunFrames) -> dict[str, str]:
    """asset_id of a shared building -> the year in which the first unit moves into it."""
    if "done_in" not in run.services:
        return {}
    sharing = run.decisions.loc[run.decisions["decision"] == "share", "asset_id"]
    moves = run.services[(run.services["action"] == "move") & (run.services["done_in"] != "")]
    first = moves[moves["to_asset_id"].isin(sharing)].groupby("to_asset_id")["done_in"].min()
    return {str(asset_id): str(when) for asset_id, when in first.items()}


def _column(disposals: pd.DataFrame | None, name: str) -> dict[str, str]:
    """asset_id -> a year of disposals.csv; those without one left out."""
    if disposals is None or name not in disposals:
        return {}
    pairs = zip(disposals["asset_id"], disposals[name], strict=True)
    return {str(asset_id): str(when) for asset_id, when in pairs if when}

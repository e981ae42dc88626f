"""Postcode districts and sectors that a map's search can find. Pure.

Only the postcodes of the run's own buildings are known, so an area is where its buildings are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

#: Area and district ("DT1", "EC1A"), then sector and unit ("1XJ").
POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9])[A-Z]{2}")


def areas(decisions: pd.DataFrame, at: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Districts and sectors by name: ``name``, ``kind``, ``count`` and ``bounds`` in degrees.

    Args:
        decisions: decisions.csv; without a ``postcode`` column there are no areas.
        at: asset_id -> ``[lat, lon]``.
    """
    if "postcode" not in decisions:
        return []
    found: dict[tuple[str, str], list[Sequence[float]]] = {}
    for asset_id, text in zip(decisions["asset_id"], decisions["postcode"], strict=True):
        parts = district_and_sector(text)
        if parts is not None:
            district, sector = parts
            for key in ((district, "postcode district"), (f"{district} {sector}", "sector")):
                found.setdefault(key, []).append(at[asset_id])
    return [
        {"name": name, "kind": kind, "count": len(points), "bounds": _bounds(points)}
        for (name, kind), points in sorted(found.items())
    ]


def district_and_sector(postcode: object) -> tuple[str, str] | None:
    """``("DT1", "1")`` of ``dt1 1XJ``, however it is spaced; None of what is no postcode."""
    match = POSTCODE.fullmatch(" ".join(str(postcode).upper().split()))
    return None if match is None else (match[1], match[2])


def _bounds(points: Sequence[Sequence[float]]) -> list[list[float]]:
    lats, lons = zip(*points, strict=True)
    return [[min(lats), min(lons)], [max(lats), max(lons)]]

"""Who is within so many minutes of a building, packed small enough to travel in a page. Pure.

A county of 800 buildings and 3,000 areas has about a million pairs of a building and an area it
reaches; as plain JSON they would be most of the page. Each building's areas are therefore sent
as bytes: the step from one area to the next, then the minutes in halves, rounded up.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from maps import overlays, style

#: Ends of the bands in minutes (inclusive) with their shades, near ones darker.
BANDS: tuple[tuple[float, str], ...] = (
    *((5.0, "#3f8fbf"), (10.0, "#73b3d8"), (15.0, "#a3cfe6")),
    *((20.0, "#cbe3ef"), (30.0, "#e9f2f2")),
)
BEYOND_COLOUR = "#f1d9b8"
LAND_TOLERANCE_M = 30.0
MOST_HALVES = 255  # a byte: minutes beyond 127½ are told as that


def bands() -> list[dict[str, Any]]:
    """The legend of a reach: five bands, and what lies beyond them within the minutes kept."""
    low = ("", *(style.trimmed(upto) for upto, _ in BANDS))
    made = [
        style.Band(
            upto, colour, f"{f'{start} to ' if start else 'up to '}{style.trimmed(upto)} min"
        )
        for (upto, colour), start in zip(BANDS, low, strict=False)
    ]
    last = style.Band(None, BEYOND_COLOUR, f"over {style.trimmed(BANDS[-1][0])} min", hatched=True)
    return [vars(band) for band in (*made, last)]


def packed(
    reach: pd.DataFrame, demand_ids: Sequence[str], asset_ids: Sequence[str]
) -> dict[str, Any]:
    """Minutes from each building to the areas within the last band, for the page's script.

    Args:
        reach: profile, asset_id, demand_id, min (central drive minutes).
        demand_ids: the areas in the order they are drawn.
        asset_ids: buildings that may be shown; rows of others are left out.

    Returns:
        ``profiles``: ``key`` and ``words`` of each mode; ``of``: asset_id -> for each profile the
        packed text, "" where there is none; ``bands``: the legend.
    """
    place = {demand_id: index for index, demand_id in enumerate(demand_ids)}
    near = reach[reach["min"] <= BANDS[-1][0]]
    kept = near[near["asset_id"].isin(set(asset_ids)) & near["demand_id"].isin(place)]
    kept = kept.assign(cell=kept["demand_id"].map(place).astype(np.int64))
    kept = kept.sort_values(["profile", "asset_id", "cell"], kind="stable")
    profiles = sorted(str(name) for name in kept["profile"].unique())
    of: dict[str, list[str]] = {}
    cells, minutes = kept["cell"].to_numpy(np.int64), kept["min"].to_numpy(float)
    for profile, asset_id, start, end in _runs(kept["profile"], kept["asset_id"]):
        texts = of.setdefault(asset_id, [""] * len(profiles))
        texts[profiles.index(profile)] = pack(cells[start:end], minutes[start:end])
    return {
        "profiles": [
            {"key": p, "words": style.MODE_WORDS.get(p, style.words(p))} for p in profiles
        ],
        "of": dict(sorted(of.items())),
        "bands": bands(),
    }


def _runs(profiles: pd.Series, assets: pd.Series) -> list[tuple[str, str, int, int]]:
    """Profile, asset, first row and the row after the last of each run of equal rows."""
    pairs = pd.DataFrame({"profile": profiles.astype(str), "asset": assets.astype(str)})
    starts = np.flatnonzero((pairs != pairs.shift()).any(axis=1))
    ends = [*starts[1:].tolist(), len(pairs)] if len(pairs) else []
    firsts = pairs.iloc[starts]
    return list(zip(firsts["profile"], firsts["asset"], starts.tolist(), ends, strict=True))


def pack(cells: npt.NDArray[np.int64], minutes: npt.NDArray[np.float64]) -> str:
    """Numbers of areas with their minutes as base64.

    Per area, in order: the step from the area before (from −1 at first) in bytes of seven bits,
    low ones first, the eighth set where another follows; then a byte of half minutes, rounded
    up, so that an area lies in a band exactly when its minutes do (ends of bands are inclusive
    and whole). Minutes are taken to a hundredth, as the run has them.
    """
    order = np.argsort(cells, kind="stable")
    halves = np.clip(np.ceil(np.round(minutes[order], 2) * 2), 0, MOST_HALVES)
    gaps = np.diff(cells[order], prepend=-1)
    # Low seven bits, next seven, next seven, half minutes; what a row does not need is left out.
    columns = [gaps & 127 | (gaps > 127) * 128, gaps >> 7 & 127 | (gaps > 16383) * 128, gaps >> 14]
    table = np.stack([*columns, halves.astype(np.int64)], axis=1).astype(np.uint8)
    always = np.ones(len(gaps), bool)
    needed = np.stack([always, gaps > 127, gaps > 16383, always], axis=1)
    return base64.b64encode(table[needed].tobytes()).decode()


def unpack(text: str) -> dict[int, float]:
    """Area -> minutes in halves: what the page's script reads out of `pack`."""
    found: dict[int, float] = {}
    cell, gap, shift = -1, 0, 0
    content = iter(base64.b64decode(text))
    for byte in content:
        gap |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            cell += gap
            found[cell] = next(content) / 2
            gap, shift = 0, 0
    return found


def drawn(polygons: gpd.GeoDataFrame, asset_ids: Sequence[str]) -> dict[str, Any]:
    """Bands drawn as land by the `isochrones` command, for the buildings they belong to.

    Args:
        polygons: site_id, from_min, to_min, profile, geometry; population where it was counted.
        asset_ids: buildings that may be shown; bands of other sites are left out.

    Returns:
        asset_id -> list of ``profile``, ``upto`` (minutes), ``people`` (or None), ``shape``.
    """
    known = polygons[polygons["site_id"].isin(set(asset_ids))]
    found: dict[str, Any] = {}
    for (site_id, profile), same in known.groupby(["site_id", "profile"], sort=True):
        # A site's bands share their edges, so that they are thinned together without gaps.
        land = overlays.thinned(same.sort_values("to_min"), LAND_TOLERANCE_M)
        people = land["population"] if "population" in land else pd.Series(np.nan, land.index)
        shapes = land.to_crs(overlays.WGS84).geometry
        bands = found.setdefault(str(site_id), [])
        for upto, number, shape in zip(land["to_min"], people, shapes, strict=True):
            bands.append(
                {
                    "profile": style.MODE_WORDS.get(profile, style.words(str(profile))),
                    "upto": float(upto),
                    "people": round(float(number)) if style.is_known(number) else None,
                    "shape": overlays.polygon_parts(shape),
                }
            )
    return found

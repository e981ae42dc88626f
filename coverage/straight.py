"""Miles as the crow flies, in the shape of travel times: what distance criteria are held to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coverage.standards import KM_PER_MILE, STRAIGHT_LINE
from coverage.travel import TO_SITE, TravelTimes


def straight_miles(demand: pd.DataFrame, sites: pd.DataFrame) -> TravelTimes:
    """Straight-line distance between every demand point and every site.

    miles[d, s] = √((E_d − E_s)² + (N_d − N_s)²) / 1609.344

    In words: distance on the National Grid, which differs from that on the ground by less than
    a thousandth. No road is looked at, so a river or a hill between two places does not count.

    Symbols: E, N eastings and northings (EPSG:27700, metres).
    Source: Post Office access criteria ("within 3 miles"), public library standards for England
    until 2008 ("within 1 mile").

    Args:
        demand: index demand_id; columns ``easting`` and ``northing``.
        sites: index site id; the same columns.

    Returns:
        TravelTimes whose ``minutes`` are miles; ``metres`` are metres.
    """
    here = demand[["easting", "northing"]].to_numpy(dtype=float)
    there = sites[["easting", "northing"]].to_numpy(dtype=float)
    metres = np.hypot(*(here[:, None, :] - there[None, :, :]).transpose(2, 0, 1))
    return TravelTimes(
        demand_ids=tuple(map(str, demand.index)),
        site_ids=tuple(map(str, sites.index)),
        minutes=metres / (1000.0 * KM_PER_MILE),
        metres=metres,
        demand_snap_m=np.zeros(len(here)),
        site_snap_m=np.zeros(len(there)),
        profile=STRAIGHT_LINE,
        direction=TO_SITE,
        provenance={"unit": "miles"},
    )

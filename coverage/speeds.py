"""How fast each class of British road is driven or walked: profiles by name, minutes per link.

The figures and their sources stand in ``speeds.yml`` beside this module, the one place of them; a
user's own file of the same form is laid over it (`coverage.speed_book`). What a profile is, and how
a record of one is checked, stands in `coverage.profiles`.

**The tagged limit** does two things. It says what kind of road this is (a limit of 30 mph or
less is a built-up road, 50 mph or more is not, whatever the street density says), and it caps
the speed at a share of the limit (`Profile.limit_share`): a 20 or 30 mph street does not flow at
its limit. A limit above the table's speed raises it only as far as `Profile.limit_weight` says (not
at all by default: a lane with the national limit is still a lane).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coverage.network import LINK_ENDS, RoadNetwork
from coverage.osm import CLASS_INDEX, DUAL, ROUNDABOUT
from coverage.profiles import AREAS, DUAL_ROWS, MAX_SNAP_M, SPEED_ROWS, Profile, Speeds, TimeError
from coverage.speed_book import SpeedBook, speed_book, standard_book

__all__ = [
    "AREAS",
    "MAX_SNAP_M",
    "SPEED_ROWS",
    "Profile",
    "SpeedBook",
    "Speeds",
    "TimeError",
    "link_minutes",
    "link_speeds_kph",
    "profile",
    "speed_book",
    "standard_book",
]


URBAN_LIMIT_KPH = 50.0
"""Tagged limits up to this (30 mph is 48.3 km/h) mean a built-up road."""
RURAL_LIMIT_KPH = 80.0
"""Tagged limits from this (50 mph is 80.5 km/h) mean an open road."""


def profile(name: str, overrides: Mapping[str, Any] | None = None) -> Profile:
    """A profile that ships with Groundplan (`SpeedBook.profile`)."""
    return standard_book().profile(name, overrides)


def link_speeds_kph(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Running speed on each link, km/h, float64[m], before delay at its end.

    ``t = table[row, area]``, ``c = limit_share[area] x limit``: ``c`` where ``c <= t``, else
    ``t + limit_weight[area] x (c - t)``; on a roundabout at most that row's speed. NaN where the
    mode may not go. In words: the table's speed, capped by a tagged limit, and raised by it only
    where the profile weighs it.
    """
    limit = network.link_maxspeed_kph.astype(float)
    urban = np.where(limit <= URBAN_LIMIT_KPH, True, network.link_urban)
    urban = np.where(limit >= RURAL_LIMIT_KPH, False, urban)
    area = np.where(urban, 0, 1)
    table = np.array([profile.speeds_kph[row] for row in SPEED_ROWS])
    row = network.link_class.astype(np.int64)
    for name in DUAL_ROWS[1:]:
        single = CLASS_INDEX[name.removesuffix("_dual")]
        dual = (network.link_form == DUAL) & (row == single)
        row = np.where(dual, SPEED_ROWS.index(name), row)
    speed = table[row, area]
    cap = np.array(profile.limit_share)[area] * limit
    free = np.where(np.isfinite(cap), np.maximum(cap - speed, 0.0), 0.0)
    speed = np.fmin(speed, cap) + np.array(profile.limit_weight)[area] * free
    ring = table[SPEED_ROWS.index("roundabout"), area]
    speed = np.where(network.link_form == ROUNDABOUT, np.minimum(speed, ring), speed)
    return np.where(network.link_modes & profile.mode, speed, np.nan)


def link_minutes(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Minutes to travel each link, float64[m]; NaN where the mode may not go.

    ``60 x length / speed + delay``. In words: the run along the link and what is lost at its
    end (give way, signals, a roundabout), the delay counted as spread along the link.
    """
    run_min = network.link_length_m * (60.0 / 1000.0) / link_speeds_kph(network, profile)
    delay_s = np.array([profile.end_s[end] for end in LINK_ENDS])
    return run_min + delay_s[network.link_end] / 60.0

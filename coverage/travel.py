"""`TravelTimes`: how long between demand and sites, wherever the minutes came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assets.issues import InputError, Issue
from coverage.network import Floats, Ints
from coverage.speeds import TimeError

FROM_SITE, TO_SITE = "from_site", "to_site"
DIRECTIONS = (FROM_SITE, TO_SITE)


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """How long, and how far, between demand and sites (d demand points, s sites).

    Attributes:
        demand_ids: rows, in the order given.
        site_ids: columns, in the order given.
        minutes: float64[d, s]; NaN where there is no route (or none within the bound).
        metres: length of that fastest route, float64[d, s]; NaN where minutes is, or unknown.
        demand_snap_m: straight distance from each demand point to the road, float64[d].
        site_snap_m: the same for each site, float64[s].
        profile: name of the profile.
        direction: ``from_site`` (response) or ``to_site`` (access).
        provenance: what the figures rest on: network, profile table, bound, places off the network.
        error: how far the minutes may be from driven ones.
    """

    demand_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    minutes: Floats
    metres: Floats
    demand_snap_m: Floats
    site_snap_m: Floats
    profile: str
    direction: str
    provenance: Mapping[str, Any]
    error: TimeError = TimeError()

    def at(self, case: str) -> TravelTimes:
        """The same times as they may be at worst: ``low`` (short), ``central`` or ``high`` (long).

        For the *low* end of a cover, take the times' high end.
        """
        factor = {"low": self.error.low, "central": 1.0, "high": self.error.high}[case]
        return replace(self, minutes=self.minutes * factor)

    def for_sites(self, ids: Sequence[str]) -> TravelTimes:
        """The same times for some sites, in the order asked; an unknown id is refused."""
        at = _positions(self.site_ids, ids, "sites")
        return replace(
            self,
            site_ids=tuple(self.site_ids[k] for k in at),
            minutes=self.minutes[:, at],
            metres=self.metres[:, at],
            site_snap_m=self.site_snap_m[at],
        )

    def for_demand(self, ids: Sequence[str]) -> TravelTimes:
        """The same times for some demand points, in the order asked; an unknown id is refused."""
        at = _positions(self.demand_ids, ids, "demand points")
        return replace(
            self,
            demand_ids=tuple(self.demand_ids[k] for k in at),
            minutes=self.minutes[at],
            metres=self.metres[at],
            demand_snap_m=self.demand_snap_m[at],
        )


def _positions(known: tuple[str, ...], ids: Sequence[str], what: str) -> Ints:
    place = {name: k for k, name in enumerate(known)}
    missing = tuple(sorted({str(name) for name in ids if str(name) not in place}))
    if missing:
        message = f"no travel times for these {what}"
        raise InputError(Issue("times.unknown_id", message, missing, remedy="compute them first"))
    return np.array([place[str(name)] for name in ids], dtype=np.int64)

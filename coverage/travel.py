"""`TravelTimes`: how long between demand and sites, wherever the minutes came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from assets.issues import InputError, Issue
from coverage.network import Floats, Ints
from coverage.speeds import TimeError

FROM_SITE, TO_SITE = "from_site", "to_site"
DIRECTIONS = (FROM_SITE, TO_SITE)
BOUND_SLACK_MIN = 1e-6
"""Bounds are inclusive: times are rounded (`coverage.hierarchy.TICK_S`) stretch by stretch."""


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

    @cached_property
    def column(self) -> Mapping[str, int]:
        """Where each site's times stand: site id → column of ``minutes`` and ``metres``."""
        return {site: k for k, site in enumerate(self.site_ids)}

    def __getstate__(self) -> dict[str, Any]:
        fields = {name: value for name, value in self.__dict__.items() if name != "column"}
        return {**fields, "provenance": dict(self.provenance)}  # a proxy is not pickled

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, provenance=MappingProxyType(state["provenance"]))

    def at(self, case: str) -> TravelTimes:
        """The same times as they may be at worst: ``low`` (short), ``central`` or ``high`` (long).

        For the *low* end of a cover, take the times' high end.
        """
        factor = {"low": self.error.low, "central": 1.0, "high": self.error.high}[case]
        return replace(self, minutes=self.minutes * factor)

    def taking(self, factor: float, bound_min: float | None = None) -> TravelTimes:
        """The same journeys, each taking ``factor`` times as long; as they are where it is 1.

        minutes · factor, and none where that is more than ``bound_min`` (inclusive)

        In words: all else stays, the stated error too, which is a factor itself. ``provenance``
        says the factor (``minutes_factor``) and how far the minutes look now (``bound_min``): as
        far as ``bound_min``, or without one as the old ones, times the factor.
        """
        looked = self.provenance.get("bound_min")
        if factor == 1.0 and bound_min in (None, looked):
            return self
        minutes, metres = self.minutes * factor, self.metres
        if bound_min is not None:
            beyond = minutes > bound_min + BOUND_SLACK_MIN
            if beyond.any():
                minutes, metres = np.where(beyond, np.nan, minutes), metres.copy()
                metres[beyond] = np.nan
        elif looked is not None:
            bound_min = looked * factor
        told = {"bound_min": bound_min, "minutes_factor": factor}
        facts = MappingProxyType({**self.provenance, **told})
        return replace(self, minutes=minutes, metres=metres, provenance=facts)

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

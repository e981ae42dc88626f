"""What a plan is made from: `Inputs`, and the files they were read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assets.estate import Estate
from assets.issues import Issue
from coverage.network import RoadNetwork
from coverage.roads import Roads
from coverage.times import TravelTimes


@dataclass(frozen=True)
class InputFile:
    """A file or database table a run was made from."""

    layer: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """What a plan is made from, as one scenario counts it: its prices, its factors.

    They belong to that scenario, and to those of the same key (`optimise.reader.inputs_key`).

    Attributes:
        estate: validated layers.
        times: by mode of travel that a standard uses: blue_light, car, walk, and straight_line
            (whose "minutes" are miles).
        catchment: car minutes from on-call stations to hosts; None without roads.
        roads: the roads; None when matrices or an engine were given in their place.
        files: every file read, with its checksum.
        warnings: what went wrong in keeping times for next time.
    """

    estate: Estate
    times: Mapping[str, TravelTimes]
    catchment: TravelTimes | None
    roads: Roads | None
    files: tuple[InputFile, ...]
    warnings: tuple[Issue, ...] = ()

    @property
    def network(self) -> RoadNetwork | None:
        """The road network, read when it is first looked at; None without roads."""
        return None if self.roads is None else self.roads.network


def off_network(inputs: Inputs) -> tuple[str, ...]:
    """Ids of places that no usable road is near enough to, demand and sites, ascending."""
    found: set[str] = set()
    for times in inputs.times.values():
        for key in ("off_network_demand", "off_network_sites"):
            found.update(str(i) for i in times.provenance.get(key, ()))
    return tuple(sorted(found))

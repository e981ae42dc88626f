"""Reads what scenarios are made from, each thing once: layers, roads, times.

Two scenarios of a batch that differ in locks, targets or the objective share everything; those that
differ in prices or factors share the layers and the times before these are applied.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from assets.defaults import STANDARD, table
from assets.drafting.assumptions import Assumptions
from assets.estate import Estate, build_estate
from assets.issues import InputError, Issue
from assets.postgis.address import redacted
from assets.read import read_layers
from coverage.kept_times import Journeys
from coverage.roads import Roads, is_place, roads_of
from coverage.sources.cache import rules_sha256
from coverage.standards import STRAIGHT_LINE
from coverage.times import Progress, TravelTimes
from optimise.given_times import given_times, straight_times
from optimise.input_records import InputFile, Inputs
from optimise.journeys import (
    bound_of,
    catchment,
    catchment_min,
    drives,
    kinds_of_mode,
    minutes_factor,
    mode_profile,
    mode_profiles,
    modes,
    refuse_unsound_profiles,
)
from optimise.prices import COUNTED, priced
from optimise.remembered import Checksums, Lately
from optimise.scenario import Scenario

#: Journeys that one scenario asks for, at most: three modes and the catchment.
PER_SCENARIO = 4


class Reader:
    """Reads the inputs of scenarios, and keeps at hand what the next may share.

    Whatever a file held when it was first read holds for the reader's life: a file that changes
    meanwhile is an error. May be used from several threads (one at a time reads), and pickled
    (without what it keeps at hand; the checksums go with it).
    """

    def __init__(
        self, cache: Path | None = None, *, keep: int = 4, expected: Iterable[InputFile] = ()
    ) -> None:
        """A reader.

        Args:
            cache: folder that networks and drive times are kept in, in ``roads`` and ``times``;
                None keeps none on disk.
            keep: how many different inputs are kept at hand.
            expected: files as another reader found them: what is read must be the same.
        """
        self.cache, self.keep = cache, keep
        self._sums = Checksums((file.path, file.sha256) for file in expected)
        self._inputs: Lately[Inputs] = Lately(keep)
        self._layers: Lately[Estate] = Lately(keep)
        self._estates: Lately[Estate] = Lately(keep)
        self._roads: Lately[Roads] = Lately(keep)
        self._times: Lately[TravelTimes] = Lately(PER_SCENARIO * keep)
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _reader, (self.cache, self.keep, self._sums.found())

    def inputs(self, scenario: Scenario, progress: Progress = None) -> Inputs:
        """Layers, roads and times of a scenario; the same object for scenarios of one key.

        Raises:
            InputError: a file is missing or broken, layers do not hold together, a file is not
                what it was when it was first read.
        """
        with self._lock:
            files = self.files(scenario)
            key = _key(scenario, files)
            return self._inputs.get(key, lambda: self._read(scenario, files, progress))

    def estate(self, scenario: Scenario) -> Estate:
        """Layers of a scenario, validated, with the amounts that it counts.

        Raises:
            InputError: whatever is wrong with them, all of it.
        """
        with self._lock:
            key = _key_of_layers(scenario, self.files(scenario))
            made = self._layers.get(key, lambda: self._built(scenario))
            counted = scenario.finance.model_dump_json(include=set(COUNTED))
            return self._estates.get((key, counted), lambda: priced(made, scenario.finance))

    def files(self, scenario: Scenario) -> tuple[InputFile, ...]:
        """What a plan is made from, with checksums; a database table without its password.

        Raises:
            InputError: a file is not what it was when it was first read.
        """
        paths = dict(scenario.layer_paths())
        roads = [one for one in roads_sources(scenario) if isinstance(one, Path)]
        names = ["roads"] if len(roads) == 1 else [f"roads.{n}" for n in range(1, len(roads) + 1)]
        paths |= dict(zip(names, roads, strict=True))
        if scenario.defaults not in (None, STANDARD):
            paths["defaults"] = scenario.path(str(scenario.defaults))
        if scenario.network.speeds is not None:
            paths["speeds"] = scenario.path(scenario.network.speeds)
        for mode, file in sorted((scenario.times or {}).items()):
            paths[f"times.{mode}"] = scenario.path(file.path)
        there = {n: p for n, p in sorted(paths.items()) if isinstance(p, str) or p.exists()}
        return tuple(InputFile(n, redacted(str(p)), self._sums.of(p)) for n, p in there.items())

    def roads(self, scenario: Scenario, estate: Estate | None) -> Roads:
        """The roads of a scenario, looked up but not read.

        Raises:
            InputError: a file is missing; towns are asked for, and there is no area of that kind.
        """
        towns = None if estate is None else towns_of(scenario, estate)
        cache = None if self.cache is None else self.cache / "roads"
        made = roads_of(roads_sources(scenario), cache=cache, towns=towns, sha256=self._sums.of)
        key = (tuple(map(str, made.sources)), made.files, made.towns_sha256)
        return self._roads.get(key, lambda: made)

    def _built(self, scenario: Scenario) -> Estate:
        made = build_estate(read_layers(scenario.layer_paths()), defaults=default_table(scenario))
        for source in scenario.layer_paths().values():
            self._sums.of(source, afresh=isinstance(source, str))
        return made

    def _read(self, scenario: Scenario, files: tuple[InputFile, ...], progress: Progress) -> Inputs:
        tell = progress or (lambda stage, done: None)
        tell("Reading layers", 0.0)
        estate = self.estate(scenario)
        tell("Reading layers", 1.0)
        remember = self._remember((_key_of_layers(scenario, files), files))
        times = given_times(scenario, estate, progress, remember)
        straight = straight_times(scenario, estate)
        if not scenario.road_names:
            made = Inputs(estate, times | straight, None, None, files)
        else:
            made = self._driven(scenario, estate, times | straight, files, progress)
        self.files(scenario)  # nothing has changed while it was read
        return made

    def _driven(
        self,
        scenario: Scenario,
        estate: Estate,
        given: dict[str, TravelTimes],
        files: tuple[InputFile, ...],
        progress: Progress,
    ) -> Inputs:
        """With the drives along the roads."""
        roads = self.roads(scenario, estate)
        profiles = mode_profiles(scenario)
        own = {m: p for m, p in profiles.items() if m not in scenario.given_modes}
        refuse_unsound_profiles(scenario, own)
        warned: dict[str, Issue] = {}

        def found(asked: Journeys, mode: str, bound: float) -> TravelTimes:
            made = self._times.get(
                asked.name or object(), lambda: self._drive(asked, warned, progress)
            )
            return made.taking(minutes_factor(scenario, mode), bound)

        for mode, profile in own.items():
            asked = drives(scenario, estate, roads, mode, profile)
            given[mode] = found(asked, mode, bound_of(scenario, mode, profile))
        around = catchment(scenario, estate, roads)
        near = None
        if around is not None:
            near = found(around, "car", catchment_min(scenario, estate))
        if not own and near is None:
            roads.read(progress)  # for the map: whether they can be read is said now
        order = (*modes(scenario), STRAIGHT_LINE)
        times = {mode: given[mode] for mode in order if mode in given}
        return Inputs(estate, times, near, roads, files, tuple(warned.values()))

    def _drive(self, asked: Journeys, warned: dict[str, Issue], progress: Progress) -> TravelTimes:
        """Drives from the disk or from the roads; a warning where they cannot be kept."""
        folder = None if self.cache is None else self.cache / "times"
        found, warning = asked.times(progress, cache=folder)
        if warning is not None:
            warned[warning.rule] = warning
        return found

    def _remember(self, about: tuple[object, ...]) -> Callable[..., TravelTimes]:
        def remember(key: tuple[object, ...], make: Callable[[], TravelTimes]) -> TravelTimes:
            return self._times.get((about, key), make)

        return remember


def _reader(cache: Path | None, keep: int, known: Iterable[tuple[str, str]]) -> Reader:
    """A reader as one that was pickled."""
    return Reader(cache, keep=keep, expected=[InputFile("", *one) for one in known])


def inputs_key(scenario: Scenario) -> str:
    """Checksum of everything the inputs of a scenario come from.

    Of one version of the program, scenarios of equal keys have equal `Inputs`: they may differ in
    locks, targets, rules, objective or solver, but not in files, prices, factors, speeds, or in
    which service is reached by which mode.

    Raises:
        InputError: a file cannot be read, or a speed profile is at fault.
    """
    return _key(scenario, Reader().files(scenario))


def _key(scenario: Scenario, files: tuple[InputFile, ...]) -> str:
    profiles = mode_profiles(scenario)
    usual = scenario.rule("").on_call_catchment_min
    rules = {name: rule.on_call_catchment_min for name, rule in scenario.services.items()}
    told = {
        "program": rules_sha256(),
        "layers": _key_of_layers(scenario, files),
        "prices": scenario.finance.model_dump(mode="json", include=set(COUNTED)),
        "files": [[file.layer, file.path, file.sha256] for file in files],
        "roads": scenario.road_names,
        "times": {str(m): f.model_dump(mode="json") for m, f in (scenario.times or {}).items()},
        "network": scenario.network.model_dump(mode="json"),
        "modes": {
            mode: [
                profile.table(),
                bound_of(scenario, mode, profile),
                kinds_of_mode(scenario, mode),
            ]
            for mode, profile in profiles.items()
        },
        "car": mode_profile(scenario, "car").table(),
        "straight": kinds_of_mode(scenario, STRAIGHT_LINE),
        "catchments": {name: far for name, far in rules.items() if far != usual},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _key_of_layers(scenario: Scenario, files: tuple[InputFile, ...]) -> str:
    """Checksum of what the layers come from, before prices."""
    given = scenario.layers.model_dump()
    told = [given, scenario.defaults, [[f.layer, f.path, f.sha256] for f in files
            if f.layer in given or f.layer == "defaults"]]  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def default_table(scenario: Scenario) -> Assumptions | None:
    """The table that blank figures are filled from, if the scenario asks for one.

    Raises:
        InputError: its file cannot be read, or holds what the table does not know.
    """
    return None if scenario.defaults is None else table(scenario.defaults, scenario.path)


def roads_sources(scenario: Scenario) -> list[Path | str]:
    """The roads of a scenario: paths, or the ``place:`` name as it stands."""
    return [one if is_place(one) else scenario.path(one) for one in scenario.road_names]


def towns_of(scenario: Scenario, estate: Estate) -> list[Any] | None:
    """Outlines inside which a road is urban; None where the density of streets says it.

    Raises:
        InputError: towns are asked for, and no area is of that kind.
    """
    if scenario.network.urban == "density":
        return None
    towns = estate.areas[estate.areas["kind"] == "town"]
    if towns.empty:
        raise InputError(
            Issue("network.no_towns", "network.urban is 'town', but no area is of kind town",
                  remedy="add towns (such as ONS built-up areas) to the areas, or use 'density'")
        )  # fmt: skip
    return list(towns.geometry)

"""Everything a plan reads, read once: layers, roads or matrices, drive times, checksums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from assets.defaults import STANDARD, table
from assets.drafting.assumptions import Assumptions
from assets.estate import Estate, Examined, build_estate, examine
from assets.issues import InputError, Issue
from assets.postgis.address import redacted
from assets.read import read_layers, sha256_of
from coverage.matrix import read_times
from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.speeds import Profile, profile
from coverage.times import Progress, TravelTimes, travel_times
from optimise.misfits import refuse_misfits
from optimise.scenario import Scenario

DIRECTION = {"blue_light": "from_site", "car": "to_site", "walk": "to_site"}


@dataclass(frozen=True)
class InputFile:
    """A file or database table a run was made from."""

    layer: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """What a plan is made from.

    Attributes:
        estate: validated layers.
        times: by mode of travel that a standard uses: blue_light, car, walk.
        catchment: car minutes from on-call stations to hosts; None without roads.
        network: the roads; None when matrices were given.
        files: every file read, with its checksum.
    """

    estate: Estate
    times: Mapping[str, TravelTimes]
    catchment: TravelTimes | None
    network: RoadNetwork | None
    files: tuple[InputFile, ...]


@dataclass(frozen=True)
class Checked:
    """Everything a scenario names, read and checked.

    Attributes:
        examined: the layers, and what is wrong or odd with them.
        issues: that, and what is wrong with scenario, roads or matrices.
        estate: ``None`` where the layers have errors.
        roads: what the roads or matrices amount to, in words; ``""`` if they cannot be read.
        files: by layer (and ``roads`` ...): what was read, with its checksum.
        rows: by layer: rows its reader found.
    """

    examined: Examined
    issues: tuple[Issue, ...]
    estate: Estate | None
    roads: str
    files: Mapping[str, InputFile]
    rows: Mapping[str, int]

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that stop a plan."""
        return tuple(issue for issue in self.issues if issue.severity == "error")


def read_estate(scenario: Scenario) -> Estate:
    """The scenario's layers, validated.

    Raises:
        InputError: whatever is wrong with them, all of it.
    """
    return build_estate(read_layers(scenario.layer_paths()), defaults=default_table(scenario))


def default_table(scenario: Scenario) -> Assumptions | None:
    """The table that blank figures are filled from, if the scenario asks for one.

    Raises:
        InputError: its file cannot be read, or holds what the table does not know.
    """
    return None if scenario.defaults is None else table(scenario.defaults, scenario.path)


def read_inputs(scenario: Scenario, progress: Progress = None) -> Inputs:
    """Layers, roads and times of a scenario.

    Args:
        scenario: names the files, the modes of travel and the speed profiles.
        progress: called with (stage, fraction done of that stage).

    Raises:
        InputError: a file is missing or broken, layers do not hold together.
    """
    tell = progress or (lambda stage, done: None)
    tell("Reading layers", 0.0)
    estate = read_estate(scenario)
    files = tuple(_files(scenario))
    tell("Reading layers", 1.0)
    if scenario.times is not None:
        return Inputs(estate, _matrices(scenario, estate), None, None, files)
    network = read_roads(roads_source(scenario), progress)
    return Inputs(
        estate,
        _drives(scenario, estate, network, progress),
        _catchment(scenario, estate, network),
        network,
        files,
    )


def check_inputs(scenario: Scenario, progress: Progress = None) -> Checked:
    """Read everything, make nothing, and tell everything at once.

    Raises:
        InputError: a layer's file cannot be read at all.
    """
    tell = progress or (lambda stage, done: None)
    tell("Reading layers", 0.0)
    layers = read_layers(scenario.layer_paths())
    tell("Checking layers", 0.0)
    examined = examine(layers, defaults=default_table(scenario))
    issues = list(examined.issues)
    estate = None if examined.errors else examined.estate()
    with _collected(issues):
        if estate is not None:
            refuse_misfits(scenario, estate)
    with _collected(issues):
        for mode in modes(scenario):
            mode_profile(scenario, mode)
    roads = ""
    with _collected(issues):
        roads = _roads_in_words(scenario, estate, progress)
    files = {file.layer: file for file in _files(scenario)}
    rows = {name: len(frame) for name, frame in layers.items()}
    return Checked(examined, tuple(issues), estate, roads, files, rows)


@contextmanager
def _collected(issues: list[Issue]) -> Iterator[None]:
    """Issues raised inside are added to the list."""
    try:
        yield
    except InputError as error:
        issues.extend(error.issues)


def _roads_in_words(scenario: Scenario, estate: Estate | None, progress: Progress) -> str:
    """What the roads or matrices amount to; matrices need an estate to be held against."""
    if scenario.times is not None:
        times = _matrices(scenario, estate) if estate is not None else {}
        return f"travel-time matrices: {', '.join(times) or 'none needed'}"
    network = read_roads(roads_source(scenario), progress)
    return f"{len(network.node_x):,} nodes, {len(network.link_from):,} directed links"


def roads_source(scenario: Scenario) -> Path | str:
    """The roads of a scenario: a path, or the ``place:`` name as it stands."""
    roads = scenario.roads or ""
    return roads if roads.startswith("place:") else scenario.path(roads)


def modes(scenario: Scenario) -> tuple[str, ...]:
    """Modes of travel that the scenario's standards use, in a fixed order."""
    used = {s.mode for s in scenario.standards.values()}
    return tuple(m for m in DIRECTION if m in used)


def sites_of_mode(scenario: Scenario, estate: Estate, mode: str) -> pd.DataFrame:
    """Buildings that a standard of the mode could be served from: homes, and hosts."""
    kinds = {s.service_type for s in scenario.standards.values() if s.mode == mode}
    services, buildings = estate.services, estate.buildings
    homes = services.loc[services["service_type"].isin(kinds), "asset_id"]
    hosts = buildings["in_scope"].astype(bool) & buildings["capacity_m2"].notna()
    chosen: pd.DataFrame = buildings[buildings.index.isin(homes) | hosts]
    return chosen


def _drives(
    scenario: Scenario, estate: Estate, network: RoadNetwork, progress: Progress
) -> dict[str, TravelTimes]:
    return {
        mode: travel_times(
            network,
            estate.demand,
            sites_of_mode(scenario, estate, mode),
            profile=mode_profile(scenario, mode),
            direction=DIRECTION[mode],
            bound_min=scenario.network.bound_min,
            progress=progress,
        )
        for mode in modes(scenario)
    }


def mode_profile(scenario: Scenario, mode: str) -> Profile:
    """Speed profile of a mode, with the scenario's own speeds."""
    name = scenario.network.car_profile if mode == "car" else mode
    own = scenario.network.profiles.get(name, {})
    return profile(name, {"max_snap_m": scenario.network.max_snap_m, **own})


def _catchment(scenario: Scenario, estate: Estate, network: RoadNetwork) -> TravelTimes | None:
    """Car minutes from each on-call station to each host, for crews that live round it."""
    services, buildings = estate.services, estate.buildings
    on_call = services.loc[services["duty_system"] == "on_call", "asset_id"]
    stations = buildings[buildings.index.isin(on_call) & buildings["in_scope"].astype(bool)]
    hosts = buildings[buildings["in_scope"].astype(bool) & buildings["capacity_m2"].notna()]
    if stations.empty or hosts.empty:
        return None
    limit = max(
        (
            scenario.rule(str(t)).on_call_catchment_min
            for t in services.loc[services["duty_system"] == "on_call", "service_type"]
        ),
        default=5.0,
    )
    return travel_times(
        network,
        stations,
        hosts,
        profile=mode_profile(scenario, "car"),
        direction="to_site",
        bound_min=limit + 1.0,
    )


def _matrices(scenario: Scenario, estate: Estate) -> dict[str, TravelTimes]:
    """Times from files; each holds every building and every demand point of the layers."""
    given: Mapping[str, str] = {str(m): p for m, p in (scenario.times or {}).items()}
    absent = [m for m in modes(scenario) if m not in given]
    if absent:
        raise InputError(
            Issue("times.missing_mode",
                  f"standards use {', '.join(absent)}, for which no times matrix is given",
                  tuple(absent), "add it under 'times', or give 'roads'")
        )  # fmt: skip
    return {
        mode: read_times(
            scenario.path(given[mode]),
            [str(d) for d in estate.demand.index],
            [str(s) for s in estate.buildings.index],
        )
        for mode in modes(scenario)
    }


def _files(scenario: Scenario) -> list[InputFile]:
    """What a plan is made from, with checksums; a database table without its password."""
    paths = dict(scenario.layer_paths())
    if scenario.roads and not scenario.roads.startswith("place:"):
        paths["roads"] = scenario.path(scenario.roads)
    if scenario.defaults not in (None, STANDARD):
        paths["defaults"] = scenario.path(str(scenario.defaults))
    for mode, text in sorted((scenario.times or {}).items()):
        paths[f"times.{mode}"] = scenario.path(text)
    there = {n: p for n, p in sorted(paths.items()) if isinstance(p, str) or p.exists()}
    return [InputFile(n, redacted(str(p)), sha256_of(p)) for n, p in there.items()]


def off_network(inputs: Inputs) -> tuple[str, ...]:
    """Ids of places that no usable road is near enough to, demand and sites, ascending."""
    found: set[str] = set()
    for times in inputs.times.values():
        for key in ("off_network_demand", "off_network_sites"):
            found.update(str(i) for i in times.provenance.get(key, ()))
    return tuple(sorted(found))

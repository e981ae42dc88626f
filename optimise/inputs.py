"""Everything a plan reads, read once: layers, roads or matrices, drive times, checksums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from assets.defaults import STANDARD, table
from assets.drafting.assumptions import Assumptions
from assets.estate import Estate, Examined, build_estate, examine
from assets.issues import InputError, Issue
from assets.postgis.address import redacted
from assets.read import read_layers, sha256_of
from coverage.engines import engine_of, engine_times, without_password
from coverage.margin import is_stated, needed_bound_min
from coverage.matrix import read_times
from coverage.network import RoadNetwork
from coverage.osm import MODES
from coverage.roads import is_place, read_roads
from coverage.speeds import MAX_SNAP_M, Profile, SpeedBook, speed_book
from coverage.standards import STRAIGHT_LINE
from coverage.straight import straight_miles
from coverage.times import Progress, TravelTimes, travel_times
from coverage.urban import with_urban
from optimise.asked_misfits import asked_notes
from optimise.ledger.names import party_notes
from optimise.misfits import Footing, refuse_misfits, refuse_unsound_times
from optimise.phasing.misfits import phasing_notes
from optimise.prices import at_base_prices
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
        times: by mode of travel that a standard uses: blue_light, car, walk, and straight_line
            (whose "minutes" are miles).
        catchment: car minutes from on-call stations to hosts; None without roads.
        network: the roads; None when matrices or an engine were given in their place.
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
    """The scenario's layers, validated, in prices of its base year.

    Raises:
        InputError: whatever is wrong with them, all of it.
    """
    layers = read_layers(scenario.layer_paths())
    made = build_estate(layers, defaults=default_table(scenario))
    return at_base_prices(made, scenario.finance)


def default_table(scenario: Scenario) -> Assumptions | None:
    """The table that blank figures are filled from, if the scenario asks for one.

    Raises:
        InputError: its file cannot be read, or holds what the table does not know.
    """
    return None if scenario.defaults is None else table(scenario.defaults, scenario.path)


def read_inputs(
    scenario: Scenario, progress: Progress = None, *, cache: Path | None = None
) -> Inputs:
    """Layers, roads and times of a scenario.

    Args:
        scenario: names the files, the modes of travel and the speed profiles.
        progress: called with (stage, fraction done of that stage).
        cache: folder that built road networks are kept in; None keeps none.

    Raises:
        InputError: a file is missing or broken, layers do not hold together.
    """
    tell = progress or (lambda stage, done: None)
    tell("Reading layers", 0.0)
    estate = read_estate(scenario)
    files = tuple(_files(scenario))
    tell("Reading layers", 1.0)
    given = _given(scenario, estate, progress)
    straight = _straight(scenario, estate)
    if not scenario.road_names:
        return Inputs(estate, given | straight, None, None, files)
    network = read_roads(roads_sources(scenario), progress, cache=cache)
    network = _townwise(scenario, estate, network)
    drives = given | _drives(scenario, estate, network, progress)
    return Inputs(
        estate,
        {mode: drives[mode] for mode in modes(scenario)} | straight,
        _catchment(scenario, estate, network),
        network,
        files,
    )


def check_inputs(
    scenario: Scenario, progress: Progress = None, *, cache: Path | None = None
) -> Checked:
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
    estate = None if examined.errors else at_base_prices(examined.estate(), scenario.finance)
    with _collected(issues):
        if estate is not None:
            refuse_misfits(scenario, estate)
            issues.extend(asked_notes(scenario, estate))
            issues.extend(party_notes(estate))
            issues.extend(phasing_notes(scenario, estate))
    with _collected(issues):
        profiles = mode_profiles(scenario)
        own = {m: p for m, p in profiles.items() if m not in scenario.given_modes}
        refuse_unsound_profiles(scenario, own)
    roads = ""
    with _collected(issues):
        roads, said = _roads_in_words(scenario, estate, progress, cache)
        issues.extend(said)
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


def _roads_in_words(
    scenario: Scenario, estate: Estate | None, progress: Progress, cache: Path | None
) -> tuple[str, tuple[Issue, ...]]:
    """What the roads or matrices amount to, and warnings about the roads.

    Matrices need an estate to be held against.
    """
    given = _given(scenario, estate) if estate is not None else {}
    engines = sorted(set(map(without_password, scenario.network.engine.values())))
    if scenario.times is not None:
        words = f"travel-time matrices: {', '.join(given) or 'none needed'}"
        return "; ".join((words, *engines)), notes_of(given)
    if not scenario.road_names:
        return f"a routing engine: {', '.join(engines)}", notes_of(given)
    network = read_roads(roads_sources(scenario), progress, cache=cache)
    if estate is not None:
        network = _townwise(scenario, estate, network)
    words = f"{len(network.node_x):,} nodes, {len(network.link_from):,} directed links"
    return "; ".join((words, *engines)), (*network.warnings, *notes_of(given))


def _townwise(scenario: Scenario, estate: Estate, network: RoadNetwork) -> RoadNetwork:
    """The network, with town and country told apart as the scenario asks."""
    if scenario.network.urban == "density":
        return network
    towns = estate.areas[estate.areas["kind"] == "town"]
    if towns.empty:
        raise InputError(
            Issue("network.no_towns", "network.urban is 'town', but no area is of kind town",
                  remedy="add towns (such as ONS built-up areas) to the areas, or use 'density'")
        )  # fmt: skip
    return with_urban(network, towns.geometry.to_numpy(), f"{len(towns)} outlines of kind town")


def roads_sources(scenario: Scenario) -> list[Path | str]:
    """The roads of a scenario: paths, or the ``place:`` name as it stands."""
    return [one if is_place(one) else scenario.path(one) for one in scenario.road_names]


def modes(scenario: Scenario) -> tuple[str, ...]:
    """Modes of travel that the scenario's standards use, in a fixed order."""
    used = {s.mode for s in scenario.standards.values()}
    return tuple(m for m in DIRECTION if m in used)


def _straight(scenario: Scenario, estate: Estate) -> dict[str, TravelTimes]:
    """Miles between places, where a standard is held to straight lines."""
    if not any(s.mode == STRAIGHT_LINE for s in scenario.standards.values()):
        return {}
    sites = sites_of_mode(scenario, estate, STRAIGHT_LINE)
    return {STRAIGHT_LINE: straight_miles(estate.demand, sites)}


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
    profiles = mode_profiles(scenario)
    profiles = {m: p for m, p in profiles.items() if m not in scenario.given_modes}
    refuse_unsound_profiles(scenario, profiles)
    return {
        mode: travel_times(
            network,
            estate.demand,
            sites_of_mode(scenario, estate, mode),
            profile=chosen,
            direction=DIRECTION[mode],
            bound_min=bound_of(scenario, mode, chosen),
            rim=True,
            progress=progress,
        )
        for mode, chosen in profiles.items()
    }


def bound_of(scenario: Scenario, mode: str, chosen: Profile) -> float:
    """How far drives of a mode are looked for, minutes: the scenario's bound, or farther.

    A modelled drive may be shorter in truth by its profile's error; the bound is widened where
    one beyond it could still meet a standard, so that no case of cover misses anybody.
    """
    using = [s for s in scenario.standards.values() if s.mode == mode]
    return max(scenario.network.bound_min, needed_bound_min(using, chosen.error))


def mode_profiles(scenario: Scenario) -> dict[str, Profile]:
    """Speed profile of each mode that a standard uses."""
    return {mode: mode_profile(scenario, mode) for mode in modes(scenario)}


def refuse_unsound_profiles(scenario: Scenario, profiles: Mapping[str, Profile]) -> None:
    """`optimise.misfits.refuse_unsound_times`, before any drive is computed."""
    footing = {mode: Footing(chosen.error) for mode, chosen in profiles.items()}
    refuse_unsound_times(scenario.standards.values(), footing)


def mode_profile(scenario: Scenario, mode: str) -> Profile:
    """Speed profile of a mode: the scenario's choice of name and file, and its own speeds.

    Raises:
        InputError: the file of speeds is at fault, names a profile that is not there or is of
            another mode, or the scenario's own speeds are at fault.
    """
    wanted = scenario.network
    book = _speeds(scenario)
    for name in wanted.profiles:
        book.name(name)
    snap = {} if wanted.max_snap_m is None else {"max_snap_m": wanted.max_snap_m}
    made = book.profile(_named(scenario, mode), {**snap, **_own(scenario, mode)})
    if made.mode != MODES[mode]:
        raise InputError(
            Issue("speeds.mode",
                  f"network.{mode}_profile: '{made.name}' is a profile of another mode of travel",
                  (made.name,), f"name one whose mode is {mode}")
        )  # fmt: skip
    return made


def _speeds(scenario: Scenario) -> SpeedBook:
    speeds = scenario.network.speeds
    return speed_book(None if speeds is None else scenario.path(speeds))


def _named(scenario: Scenario, mode: str) -> str:
    return str(getattr(scenario.network, f"{mode}_profile"))


def _own(scenario: Scenario, mode: str) -> Mapping[str, Any]:
    """What the scenario changes in the profile of a mode, by whichever of its names."""
    book = _speeds(scenario)
    chosen = book.name(_named(scenario, mode))
    under = {n: own for n, own in scenario.network.profiles.items() if book.name(n) == chosen}
    if len(under) > 1:
        raise InputError(
            Issue("speeds.twice", "network.profiles changes one profile under two names",
                  tuple(under), f"put both under '{chosen}'")
        )  # fmt: skip
    return next(iter(under.values()), {})


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


def _given(scenario: Scenario, estate: Estate, progress: Progress = None) -> dict[str, TravelTimes]:
    """Times that need no roads of ours, by mode: from matrix files and from routing engines.

    Times that state no error take the one the scenario gives their mode's profile, if it does.
    """
    absent = [m for m in modes(scenario) if m not in scenario.given_modes]
    if absent and not scenario.road_names:
        raise InputError(
            Issue("times.missing_mode",
                  f"standards use {', '.join(absent)}, for which no times matrix is given",
                  tuple(absent), "add it under 'times', or give 'roads'")
        )  # fmt: skip
    found = {**_matrices(scenario, estate), **_asked(scenario, estate, progress)}
    found = {m: _with_own_error(scenario, m, found[m]) for m in modes(scenario) if m in found}
    footing = {mode: Footing.of(times) for mode, times in found.items()}
    refuse_unsound_times(scenario.standards.values(), footing)
    return found


def _matrices(scenario: Scenario, estate: Estate) -> dict[str, TravelTimes]:
    """Times from files; each holds every demand point, and every building its mode may use."""
    files = {str(mode): file for mode, file in (scenario.times or {}).items()}
    return {
        mode: read_times(
            scenario.path(files[mode].path),
            [str(d) for d in estate.demand.index],
            [str(s) for s in sites_of_mode(scenario, estate, mode).index],
            form=files[mode].form,
            needed=DIRECTION[mode],
            familiar=(*map(str, estate.buildings.index), *estate.out_of_model),
        )
        for mode in modes(scenario)
        if mode in files
    }


def _asked(scenario: Scenario, estate: Estate, progress: Progress) -> dict[str, TravelTimes]:
    """Times from routing engines."""
    engines = {str(mode): engine_of(text) for mode, text in scenario.network.engine.items()}
    return {
        mode: engine_times(
            engines[mode],
            estate.demand,
            sites_of_mode(scenario, estate, mode),
            direction=DIRECTION[mode],
            bound_min=bound_of(scenario, mode, mode_profile(scenario, mode)),
            max_snap_m=scenario.network.max_snap_m or MAX_SNAP_M,
            progress=progress,
        )
        for mode in modes(scenario)
        if mode in engines
    }


def notes_of(times: Mapping[str, TravelTimes]) -> tuple[Issue, ...]:
    """What was odd about matrix files, and blue lights asked of an engine's cars, as warnings."""
    told = [
        Issue("times.note", note, (), "look whether it is meant", f"times.{mode}", "warning")
        for mode, found in times.items()
        for note in found.provenance.get("notes", ())
    ]
    crews = times.get("blue_light")
    if crews is not None and crews.provenance.get("engine_profile") in ("car", "driving"):
        says = "response times come from a routing engine's profile for cars, as it seems"
        remedy = (
            "serve a profile for blue lights (http://host/table/v1/NAME), or know they are long"
        )
        told.append(Issue("times.engine_cars", says, (), remedy, "times.blue_light", "warning"))
    return tuple(told)


def _with_own_error(scenario: Scenario, mode: str, times: TravelTimes) -> TravelTimes:
    if is_stated(times.error) or "error" not in _own(scenario, mode):
        return times
    return replace(times, error=mode_profile(scenario, mode).error)


def _files(scenario: Scenario) -> list[InputFile]:
    """What a plan is made from, with checksums; a database table without its password."""
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
    return [InputFile(n, redacted(str(p)), sha256_of(p)) for n, p in there.items()]


def off_network(inputs: Inputs) -> tuple[str, ...]:
    """Ids of places that no usable road is near enough to, demand and sites, ascending."""
    found: set[str] = set()
    for times in inputs.times.values():
        for key in ("off_network_demand", "off_network_sites"):
            found.update(str(i) for i in times.provenance.get(key, ()))
    return tuple(sorted(found))

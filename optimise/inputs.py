"""Everything a plan reads: layers, roads or matrices, drive times, checksums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assets.estate import Estate, Examined, examine
from assets.issues import InputError, Issue
from assets.read import read_layers
from coverage.engines import without_password
from coverage.times import Progress
from optimise.asked_misfits import asked_notes
from optimise.given_times import given_times, notes_of
from optimise.input_records import InputFile, Inputs, off_network
from optimise.journeys import bound_of, mode_profile, mode_profiles, modes, refuse_unsound_profiles
from optimise.ledger.names import party_notes
from optimise.misfits import refuse_misfits
from optimise.phasing.misfits import phasing_notes
from optimise.prices import priced
from optimise.reader import Reader, default_table, inputs_key
from optimise.scenario import Scenario

__all__ = [
    "Checked",
    "InputFile",
    "Inputs",
    "Progress",
    "bound_of",
    "check_inputs",
    "default_table",
    "input_files",
    "inputs_key",
    "mode_profile",
    "modes",
    "notes_of",
    "off_network",
    "read_estate",
    "read_inputs",
]


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
    """The scenario's layers, validated, with the amounts that it counts (`optimise.prices`).

    Raises:
        InputError: whatever is wrong with them, all of it.
    """
    return Reader().estate(scenario)


def input_files(scenario: Scenario) -> tuple[InputFile, ...]:
    """Every file and table that a scenario is made from, with checksums; none of it is read in.

    Raises:
        InputError: one of them cannot be read.
    """
    return Reader().files(scenario)


def read_inputs(
    scenario: Scenario, progress: Progress = None, *, cache: Path | None = None
) -> Inputs:
    """Layers, roads and times of a scenario.

    Args:
        scenario: names the files, the modes of travel and the speed profiles.
        progress: called with (stage, fraction done of that stage).
        cache: folder that road networks and drive times are kept in, such as
            `coverage.kept.CACHE`; None keeps none.

    Raises:
        InputError: a file is missing or broken, layers do not hold together.
    """
    return Reader(cache).inputs(scenario, progress)


def check_inputs(
    scenario: Scenario, progress: Progress = None, *, cache: Path | None = None
) -> Checked:
    """Read everything, make nothing, and tell everything at once.

    Raises:
        InputError: a layer's file cannot be read at all.
    """
    tell, reader = progress or (lambda stage, done: None), Reader(cache)
    tell("Reading layers", 0.0)
    layers = read_layers(scenario.layer_paths())
    tell("Checking layers", 0.0)
    examined = examine(layers, defaults=default_table(scenario))
    issues = list(examined.issues)
    estate = None if examined.errors else priced(examined.estate(), scenario.finance)
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
        roads, said = _roads_in_words(reader, scenario, estate, progress)
        issues.extend(said)
    files = {file.layer: file for file in reader.files(scenario)}
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
    reader: Reader, scenario: Scenario, estate: Estate | None, progress: Progress
) -> tuple[str, tuple[Issue, ...]]:
    """What the roads or matrices amount to, and warnings about the roads.

    Matrices need an estate to be held against.
    """
    given = given_times(scenario, estate) if estate is not None else {}
    engines = sorted(set(map(without_password, scenario.network.engine.values())))
    if scenario.times is not None:
        words = f"travel-time matrices: {', '.join(given) or 'none needed'}"
        return "; ".join((words, *engines)), notes_of(given)
    if not scenario.road_names:
        return f"a routing engine: {', '.join(engines)}", notes_of(given)
    network = reader.roads(scenario, estate).read(progress)
    words = f"{len(network.node_x):,} nodes, {len(network.link_from):,} directed links"
    return "; ".join((words, *engines)), (*network.warnings, *notes_of(given))

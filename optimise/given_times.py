"""Times that need no roads of ours: from matrix files, from routing engines, as the crow flies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from assets.estate import Estate
from assets.issues import InputError, Issue
from coverage.engines import engine_of, engine_times
from coverage.margin import is_stated
from coverage.matrix import read_times
from coverage.speeds import MAX_SNAP_M
from coverage.standards import STRAIGHT_LINE
from coverage.straight import straight_miles
from coverage.times import Progress, TravelTimes
from optimise.journeys import (
    DIRECTION,
    bound_of,
    has_own_error,
    kinds_of_mode,
    minutes_factor,
    mode_profile,
    modes,
    sites_of_mode,
    widened_min,
)
from optimise.knobs import MatrixFile
from optimise.misfits import Footing, refuse_unsound_times
from optimise.scenario import Scenario

#: Takes what identifies some times, and makes them where they are not at hand yet.
Remember = Callable[[tuple[object, ...], Callable[[], TravelTimes]], TravelTimes]


def _anew(key: tuple[object, ...], make: Callable[[], TravelTimes]) -> TravelTimes:
    """Remembers nothing."""
    del key
    return make()


def given_times(
    scenario: Scenario, estate: Estate, progress: Progress = None, remember: Remember = _anew
) -> dict[str, TravelTimes]:
    """Times that need no roads of ours, by mode: from matrix files and from routing engines.

    Times that state no error take the one the scenario gives their mode's profile, if it does.

    Args:
        scenario: standards, matrices and engines.
        estate: places.
        progress: called with stage and fraction done.
        remember: shares what was read or asked for among scenarios, of one state of all files.

    Raises:
        InputError: a mode has neither times nor roads; a matrix or an engine is at fault.
    """
    absent = [m for m in modes(scenario) if m not in scenario.given_modes]
    if absent and not scenario.road_names:
        raise InputError(
            Issue("times.missing_mode",
                  f"standards use {', '.join(absent)}, for which no times matrix is given",
                  tuple(absent), "add it under 'times', or give 'roads'")
        )  # fmt: skip
    found = {}
    for mode in modes(scenario):
        if mode in scenario.given_modes:
            made = _given(scenario, estate, mode, progress, remember)
            found[mode] = _with_own_error(scenario, mode, made)
    footing = {mode: Footing.of(times) for mode, times in found.items()}
    refuse_unsound_times(scenario.standards.values(), footing)
    return found


def _given(
    scenario: Scenario, estate: Estate, mode: str, progress: Progress, remember: Remember
) -> TravelTimes:
    """Times of a mode from its matrix or its engine, each taking the mode's factor as long."""
    factor = minutes_factor(scenario, mode)
    file = {str(m): f for m, f in (scenario.times or {}).items()}.get(mode)
    kinds = kinds_of_mode(scenario, mode)
    if file is not None:
        key = (mode, kinds, file.model_dump_json())
        return remember(key, lambda: _matrix(scenario, estate, mode, file)).taking(factor)
    bound = bound_of(scenario, mode, mode_profile(scenario, mode))
    wide = widened_min(bound, factor)
    address = {str(m): text for m, text in scenario.network.engine.items()}[mode]
    engine_key = (mode, kinds, address, wide, scenario.network.max_snap_m)
    made = remember(engine_key, lambda: _asked(scenario, estate, mode, wide, progress))
    return made.taking(factor, bound)


def _matrix(scenario: Scenario, estate: Estate, mode: str, file: MatrixFile) -> TravelTimes:
    """Times from a file: of every demand point, and every building the mode may use."""
    return read_times(
        scenario.path(file.path),
        [str(d) for d in estate.demand.index],
        [str(s) for s in sites_of_mode(scenario, estate, mode).index],
        form=file.form,
        needed=DIRECTION[mode],
        familiar=(*map(str, estate.buildings.index), *estate.out_of_model),
    )


def _asked(
    scenario: Scenario, estate: Estate, mode: str, bound_min: float, progress: Progress
) -> TravelTimes:
    """Times from a routing engine."""
    engines = {str(m): text for m, text in scenario.network.engine.items()}
    return engine_times(
        engine_of(engines[mode]),
        estate.demand,
        sites_of_mode(scenario, estate, mode),
        direction=DIRECTION[mode],
        bound_min=bound_min,
        max_snap_m=scenario.network.max_snap_m or MAX_SNAP_M,
        progress=progress,
    )


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
    if is_stated(times.error) or not has_own_error(scenario, mode):
        return times
    return replace(times, error=mode_profile(scenario, mode).error)


def straight_times(scenario: Scenario, estate: Estate) -> dict[str, TravelTimes]:
    """Miles between places, where a standard is held to straight lines."""
    if not any(s.mode == STRAIGHT_LINE for s in scenario.standards.values()):
        return {}
    sites = sites_of_mode(scenario, estate, STRAIGHT_LINE)
    return {STRAIGHT_LINE: straight_miles(estate.demand, sites)}

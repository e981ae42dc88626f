"""Which journeys a scenario's standards ask for: modes, ends, speeds, bounds, factors. Pure.

But for the files of speeds, which it reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from assets.estate import Estate
from assets.issues import InputError, Issue
from coverage.kept_times import Journeys
from coverage.margin import needed_bound_min
from coverage.osm import MODES
from coverage.roads import Roads
from coverage.speeds import Profile, SpeedBook, speed_book
from optimise.misfits import Footing, refuse_unsound_times
from optimise.scenario import Scenario

#: Steps in which a bound is widened where drives take less than is modelled (`widened_min`).
WIDER = (1.0, 1.25, 1.6, 2.0)
#: Way round of each mode: crews drive out, people come in.
DIRECTION = {"blue_light": "from_site", "car": "to_site", "walk": "to_site"}


def modes(scenario: Scenario) -> tuple[str, ...]:
    """Modes of travel that the scenario's standards use, in a fixed order."""
    used = {s.mode for s in scenario.standards.values()}
    return tuple(m for m in DIRECTION if m in used)


def kinds_of_mode(scenario: Scenario, mode: str) -> tuple[str, ...]:
    """Service types that a standard of the mode is for, A to Z."""
    return tuple(sorted({s.service_type for s in scenario.standards.values() if s.mode == mode}))


def sites_of_mode(scenario: Scenario, estate: Estate, mode: str) -> pd.DataFrame:
    """Buildings that a standard of the mode could be served from: homes, and hosts."""
    kinds = kinds_of_mode(scenario, mode)
    services, buildings = estate.services, estate.buildings
    homes = services.loc[services["service_type"].isin(kinds), "asset_id"]
    hosts = buildings["in_scope"].astype(bool) & buildings["capacity_m2"].notna()
    chosen: pd.DataFrame = buildings[buildings.index.isin(homes) | hosts]
    return chosen


def minutes_factor(scenario: Scenario, mode: str) -> float:
    """How many times as long every drive of a mode takes, by ``network.minutes_factor``."""
    return {str(m): f for m, f in scenario.network.minutes_factor.items()}.get(mode, 1.0)


def widened_min(bound_min: float, factor: float) -> float:
    """How far drives are looked for so that, times a factor, all within the bound are known.

    The least of a few steps that is enough, so that neighbouring factors share what is computed.
    """
    return bound_min * next(step for step in WIDER if step * factor >= 1.0 - 1e-12)


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


def has_own_error(scenario: Scenario, mode: str) -> bool:
    """Whether the scenario states the error of a mode's profile itself."""
    return "error" in _own(scenario, mode)


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


def drives(
    scenario: Scenario, estate: Estate, roads: Roads, mode: str, profile: Profile
) -> Journeys:
    """The drives of a mode, looked for as far as its standards and its factor need."""
    bound = bound_of(scenario, mode, profile)
    return Journeys(
        roads,
        estate.demand,
        sites_of_mode(scenario, estate, mode),
        profile,
        DIRECTION[mode],
        widened_min(bound, minutes_factor(scenario, mode)),
        rim=True,
    )


def catchment(scenario: Scenario, estate: Estate, roads: Roads) -> Journeys | None:
    """Drives by car from each on-call station to each host, for crews that live round it.

    None where there are none of either.
    """
    services, buildings = estate.services, estate.buildings
    on_call = services.loc[services["duty_system"] == "on_call", "asset_id"]
    stations = buildings[buildings.index.isin(on_call) & buildings["in_scope"].astype(bool)]
    hosts = buildings[buildings["in_scope"].astype(bool) & buildings["capacity_m2"].notna()]
    if stations.empty or hosts.empty:
        return None
    bound = widened_min(catchment_min(scenario, estate), minutes_factor(scenario, "car"))
    return Journeys(roads, stations, hosts, mode_profile(scenario, "car"), "to_site", bound)


def catchment_min(scenario: Scenario, estate: Estate) -> float:
    """How far on-call catchments are looked for: a minute beyond the widest of them."""
    services = estate.services
    types = services.loc[services["duty_system"] == "on_call", "service_type"]
    return max((scenario.rule(str(t)).on_call_catchment_min for t in types), default=5.0) + 1.0

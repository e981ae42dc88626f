"""Scenario keys that name what the layers do not have, or ask what the times cannot tell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from assets.estate import Estate
from assets.issues import InputError, Issue, nearest
from coverage.margin import is_sound, is_stated, needed_bound_min
from coverage.reach import area_of, counted_weight
from coverage.speeds import TimeError
from coverage.standards import Standard
from coverage.times import TravelTimes
from optimise.appraise.own_words import risk_misfits
from optimise.asked_misfits import asked_misfits
from optimise.duties import duty_misfits
from optimise.fair_misfits import fair_misfits
from optimise.ledger.committed import committed_misfits
from optimise.phasing.misfits import phasing_misfits
from optimise.scenario import Scenario


def refuse_misfits(scenario: Scenario, estate: Estate) -> None:
    """Scenario keys that name what the layers do not have, all at once.

    Raises:
        InputError: a standard for a service nobody delivers, a weight or area
            column that is missing, a lock on an unknown building, a rule for
            an unknown service type.
    """
    delivered = sorted(set(estate.services["service_type"].astype(str)))
    issues: list[Issue] = []
    for standard in scenario.standards.values():
        issues += _standard_misfits(standard, estate, delivered)
    for asset_id in scenario.locks:
        if asset_id not in estate.buildings.index:
            issues.append(
                Issue(
                    "scenario.unknown_building",
                    f"locks: there is no building '{asset_id}' in the model",
                    (asset_id,),
                    "give it coordinates"
                    if asset_id in estate.out_of_model
                    else nearest(asset_id, map(str, estate.buildings.index)),
                )
            )
    for service_type in scenario.services:
        if service_type not in delivered:
            issues.append(
                Issue(
                    "scenario.unknown_service",
                    f"services: no unit delivers '{service_type}'",
                    (service_type,),
                    nearest(service_type, delivered),
                )
            )
    issues += asked_misfits(scenario, estate)
    issues += fair_misfits(scenario, estate)
    issues += phasing_misfits(scenario, estate)
    issues += committed_misfits(scenario, estate)
    issues += duty_misfits(scenario.duties, estate.services)
    issues += risk_misfits(scenario.risks, estate)
    if issues:
        raise InputError(issues)


def _standard_misfits(standard: Standard, estate: Estate, delivered: Sequence[str]) -> list[Issue]:
    issues: list[Issue] = []
    name = standard.standard_id
    if standard.service_type not in delivered:
        issues.append(
            Issue(
                "standards.nobody_delivers",
                f"standard '{name}' is for '{standard.service_type}', which no unit delivers",
                (name,),
                nearest(standard.service_type, delivered),
            )
        )
    return issues + _weight_misfits(standard, estate) + _area_misfits(standard, estate)


def _weight_misfits(standard: Standard, estate: Estate) -> list[Issue]:
    """A weight column that is missing, or nil for everybody who counts."""
    name, demand = standard.standard_id, estate.demand
    numeric = [str(c) for c in demand.columns if pd.api.types.is_numeric_dtype(demand[c])]
    if standard.weight not in numeric:
        text = f"standard '{name}' weighs by '{standard.weight}', which demand does not have"
        return [Issue("standards.no_weight", text, (name,), nearest(standard.weight, numeric))]
    if counted_weight(standard, demand).sum() > 0:
        return []
    return [
        Issue(
            "standards.nobody_counts",
            f"nobody counts in standard '{name}': weight '{standard.weight}' of group "
            f"'{standard.group}' is nil everywhere",
            (name,),
            "fill the weight, rural_urban or imd_decile column of demand, or change the group",
        )
    ]


def _area_misfits(standard: Standard, estate: Estate) -> list[Issue]:
    """A standard for each area of a kind in which no demand lies."""
    name, demand = standard.standard_id, estate.demand
    if standard.geography == "all" or (area_of(standard.geography, demand) != "").any():
        return []
    text = f"standard '{name}' is for each {standard.geography}, but no demand point lies in one"
    remedy = f"give areas of kind {standard.geography}, or geography: all"
    return [Issue("standards.no_areas", text, (name,), remedy)]


@dataclass(frozen=True)
class Footing:
    """What a mode's times rest on, so far as standards depend on it.

    Attributes:
        error: of the minutes.
        bound_min: drives longer than this are not in them; None where none is known.
    """

    error: TimeError
    bound_min: float | None = None

    @classmethod
    def of(cls, times: TravelTimes) -> Footing:
        """The footing of times that stand."""
        bound = times.provenance.get("bound_min")
        return cls(times.error, None if bound is None else float(bound))


def refuse_unsound_times(standards: Collection[Standard], modes: Mapping[str, Footing]) -> None:
    """Errors that are none, standards held at an end nobody stated, bounds that hide a reach.

    Args:
        standards: of the scenario.
        modes: by mode of travel, for those whose times or profiles are known.

    Raises:
        InputError: all of it at once.
    """
    issues: list[Issue] = []
    for mode, footing in sorted(modes.items()):
        using = [s for s in standards if s.mode == mode]
        if not is_sound(footing.error):
            issues.append(_unsound(mode, footing.error))
            continue
        issues += _held_without_error(mode, using, footing.error)
        issues += _bound_too_short(mode, using, footing)
    if issues:
        raise InputError(issues)


def _unsound(mode: str, error: TimeError) -> Issue:
    text = f"the error of {mode} times is {error.low:g} to {error.high:g}"
    remedy = "low is at most 1 (and above 0), high at least 1: 0.9 and 1.15, for example"
    return Issue("times.error", text, (mode,), remedy)


def _held_without_error(mode: str, using: Sequence[Standard], error: TimeError) -> list[Issue]:
    held = [s.standard_id for s in using if s.held_at != "central"]
    if not held or is_stated(error):
        return []
    text = f"standards are held at the low end of cover, but no error of {mode} times is stated"
    remedy = "state one (network.profiles.<name>.error: {low, high, source}), or held_at: central"
    return [Issue("standards.no_error_stated", text, tuple(sorted(held)), remedy)]


def _bound_too_short(mode: str, using: Sequence[Standard], footing: Footing) -> list[Issue]:
    """Times that leave out drives which, at their shortest, would be in time."""
    if footing.bound_min is None:
        return []
    error, bound = footing.error, footing.bound_min
    short = [s.standard_id for s in using if needed_bound_min([s], error) > bound + 1e-6]
    if not short:
        return []
    needed = needed_bound_min(using, error)
    text = f"{mode} times look no farther than {bound:g} minutes, too near for these standards"
    remedy = f"make them again with a bound of at least {needed:.1f} minutes, or with none"
    return [Issue("times.bound_too_short", text, tuple(sorted(short)), remedy)]

"""Scenario keys that name what the layers do not have."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from assets.estate import Estate
from assets.issues import InputError, Issue, nearest
from coverage.reach import area_of, counted_weight
from coverage.standards import Standard
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

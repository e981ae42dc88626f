"""Which unit may be delivered from where, before anything is optimised.

Only sensible moves become decisions: a host that is allowed, large enough,
near enough and, for an on-call crew, near enough to where the crew lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assets.estate import Estate
from coverage.standards import TOLERANCE_MIN
from coverage.times import TravelTimes
from optimise.scenario import Scenario, ServiceRule

ENDS_IN_USE = ("retain", "host_only")


@dataclass(frozen=True)
class Moves:
    """For each unit the buildings it may be delivered from, home first; and who may be withdrawn.

    Attributes:
        sites: unit_id → asset_ids. One asset_id means that the unit stays; none
            that its building is locked to close and nowhere else would do.
        may_withdraw: unit_id → whether it may stop being delivered.
        fixed: unit_id → whether its building is out of scope; it serves, but decides nothing.
    """

    sites: Mapping[str, tuple[str, ...]]
    may_withdraw: Mapping[str, bool]
    fixed: Mapping[str, bool]


def effective_locks(scenario: Scenario, buildings: pd.DataFrame) -> pd.Series:
    """Lock of each building: the scenario's where it names the building, else the layer's."""
    own = buildings["decision_lock"].astype(str)
    named = pd.Series(scenario.locks, dtype=object).reindex(own.index)
    return own.where(named.isna(), named)


def permitted_moves(scenario: Scenario, estate: Estate, catchment: TravelTimes | None) -> Moves:
    """The moves that the layers and the scenario allow.

    Args:
        scenario: rules by service type, locks.
        estate: buildings and units.
        catchment: car minutes from on-call stations (as demand) to hosts (as
            sites); without it an on-call crew stays where it is.
    """
    buildings, services = estate.buildings, estate.services
    locks = effective_locks(scenario, buildings)
    hosts = _hosts(buildings, locks)
    sites: dict[str, tuple[str, ...]] = {}
    withdraw: dict[str, bool] = {}
    fixed: dict[str, bool] = {}
    for unit_id, unit in services.iterrows():
        uid, home = str(unit_id), str(unit["asset_id"])
        rule = scenario.rule(str(unit["service_type"]))
        fixed[uid] = not bool(buildings.at[home, "in_scope"])
        stays = fixed[uid] or bool(unit["over_border"]) or unit["lock"] == "stay"
        stays = stays or locks[home] == "host_only"
        withdraw[uid] = rule.may_withdraw and not stays
        own = () if locks[home] == "close" and not fixed[uid] else (home,)
        away = () if stays or not rule.may_move else _away(unit, rule, buildings, hosts, catchment)
        sites[uid] = own + away
    return Moves(sites, withdraw, fixed)


def _hosts(buildings: pd.DataFrame, locks: pd.Series) -> pd.DataFrame:
    """Buildings that may take in units they do not hold today."""
    may = (
        buildings["in_scope"].astype(bool)
        & buildings["capacity_m2"].notna()
        & ~locks.isin(("close", "no_host"))
    )
    return buildings[may]


def _away(
    unit: pd.Series,
    rule: ServiceRule,
    buildings: pd.DataFrame,
    hosts: pd.DataFrame,
    catchment: TravelTimes | None,
) -> tuple[str, ...]:
    """Hosts other than its home that the unit may move to, ascending."""
    home = str(unit["asset_id"])
    room = hosts["capacity_m2"] + hosts["extension_max_m2"].fillna(0.0)
    here = buildings.loc[[home], ["easting", "northing"]].to_numpy(dtype=float)
    apart_m = np.hypot(*(hosts[["easting", "northing"]].to_numpy(dtype=float) - here).T)
    ok = (room >= float(unit["space_m2"])) & (apart_m <= rule.move_radius_km * 1000.0)
    ok &= hosts.index != home
    allowed = [t.strip() for t in str(unit["host_types"]).split(";") if t.strip()]
    if allowed:
        ok &= hosts["asset_type"].isin(allowed)
    if unit["duty_system"] == "on_call":
        ok &= _in_catchment(home, hosts, catchment, rule.on_call_catchment_min)
    return tuple(str(a) for a in hosts.index[ok])


def _in_catchment(
    home: str, hosts: pd.DataFrame, catchment: TravelTimes | None, limit_min: float
) -> np.ndarray:
    """Whether a crew that lives round ``home`` can be at each host in time (≤)."""
    if catchment is None or home not in catchment.demand_ids:
        return np.zeros(len(hosts), dtype=bool)
    column = {site: i for i, site in enumerate(catchment.site_ids)}
    minutes = catchment.minutes[catchment.demand_ids.index(home), :]
    reached = [
        site in column and minutes[column[site]] <= limit_min + TOLERANCE_MIN
        for site in hosts.index
    ]
    return np.array(reached, dtype=bool)

"""Which unit may be delivered from where, before anything is optimised.

Only sensible moves become decisions: a host that is allowed, large enough,
near enough and, for an on-call crew, near enough to where the crew lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assets.estate import Estate
from coverage.standards import TOLERANCE_MIN
from coverage.times import TravelTimes
from optimise.knobs import ServiceRule
from optimise.rules import WITHDRAWN
from optimise.scenario import Scenario

ENDS_IN_USE = ("retain", "host_only")


@dataclass(frozen=True)
class Moves:
    """For each unit the buildings it may be delivered from, home first; and who may be withdrawn.

    Attributes:
        sites: unit_id → asset_ids. One asset_id means that the unit stays; none
            that its building is locked to close and nowhere else would do.
        may_withdraw: unit_id → whether it may stop being delivered.
        fixed: unit_id → whether its building is out of scope; it serves, but decides nothing.
        outreach: unit_id → asset_ids it may be delivered from as outreach, home first.
        stays: unit_id → why it may not change at all (its own or its building's lock, out of
            scope, over the border); only those that may not.
    """

    sites: Mapping[str, tuple[str, ...]]
    may_withdraw: Mapping[str, bool]
    fixed: Mapping[str, bool]
    outreach: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stays: Mapping[str, str] = field(default_factory=dict)


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
    spots = buildings[["easting", "northing"]].to_numpy(dtype=float)
    spot = {str(asset_id): spots[k] for k, asset_id in enumerate(buildings.index)}
    sites: dict[str, tuple[str, ...]] = {}
    outreach: dict[str, tuple[str, ...]] = {}
    withdraw: dict[str, bool] = {}
    fixed: dict[str, bool] = {}
    stays: dict[str, str] = {}
    for unit_id, unit in services.iterrows():
        uid, home = str(unit_id), str(unit["asset_id"])
        rule = scenario.rule(str(unit["service_type"]))
        fixed[uid] = not bool(buildings.at[home, "in_scope"])
        why = why_it_stays(unit, fixed[uid], str(locks[home]))
        if why:
            stays[uid] = why
        withdraw[uid] = rule.may_withdraw and not why
        own = () if locks[home] == "close" and not fixed[uid] else (home,)
        away = () if why or not rule.may_move else _away(unit, rule, spot[home], hosts, catchment)
        sites[uid] = own + away
        if rule.outreach is not None and not why:
            near = _outreach(unit, rule, spot[home], hosts)
            outreach[uid] = (own if rule.outreach.at_home else ()) + near
    found = Moves(sites, withdraw, fixed, outreach, stays)
    return _with_named(found, scenario)


def why_it_stays(unit: pd.Series, fixed: bool, lock: str) -> str:
    """Why a unit may not change at all; "" where it may."""
    if fixed:
        return "its building is out of scope"
    if bool(unit["over_border"]):
        return "it is over the border"
    if unit["lock"] == "stay":
        return "it is locked to stay"
    return "its building is locked host only" if lock == "host_only" else ""


def _with_named(moves: Moves, scenario: Scenario) -> Moves:
    """The moves, with those that members have named among them.

    A named move is possible whatever its distance, kind of host or catchment; whether the
    unit may change at all, and the host take anybody in, is `optimise.misnamed`'s to say.
    """
    sites, away = dict(moves.sites), dict(moves.outreach)
    withdraw = dict(moves.may_withdraw)
    for unit_id, named in sorted(scenario.moves.items()):
        if unit_id not in sites or unit_id in moves.stays:
            continue
        if named.to == WITHDRAWN:
            withdraw[unit_id] = True
            continue
        among = away if named.mode == "outreach" else sites
        if named.to not in among.get(unit_id, ()):
            among[unit_id] = (*among.get(unit_id, ()), named.to)
    return replace(moves, sites=sites, outreach=away, may_withdraw=withdraw)


@dataclass(frozen=True, eq=False)
class _Hosts:
    """Buildings that may take in units they do not hold today (h hosts, ids ascending as given).

    ``xy`` float64[h, 2]; ``room_m2`` float64[h], extension included; ``kind`` asset types [h].
    """

    ids: tuple[str, ...]
    xy: NDArray[np.float64]
    room_m2: NDArray[np.float64]
    kind: NDArray[np.object_]


def _hosts(buildings: pd.DataFrame, locks: pd.Series) -> _Hosts:
    may = (
        buildings["in_scope"].astype(bool)
        & buildings["capacity_m2"].notna()
        & ~locks.isin(("close", "no_host"))
    )
    some = buildings[may]
    room = some["capacity_m2"].astype(float) + some["extension_max_m2"].astype(float).fillna(0.0)
    return _Hosts(
        ids=tuple(str(asset_id) for asset_id in some.index),
        xy=some[["easting", "northing"]].to_numpy(dtype=float),
        room_m2=np.asarray(room, dtype=np.float64),
        kind=some["asset_type"].astype(str).to_numpy(dtype=object),
    )


def _away(
    unit: pd.Series,
    rule: ServiceRule,
    here: NDArray[np.float64],
    hosts: _Hosts,
    catchment: TravelTimes | None,
) -> tuple[str, ...]:
    """Hosts other than its home, which is ``here``, that the unit may move to, ascending."""
    home = str(unit["asset_id"])
    apart_m = np.hypot(*(hosts.xy - here).T)
    ok = (hosts.room_m2 >= float(unit["space_m2"])) & (apart_m <= rule.move_radius_km * 1000.0)
    ok &= np.array([asset_id != home for asset_id in hosts.ids], dtype=bool)
    allowed = [t.strip() for t in str(unit["host_types"]).split(";") if t.strip()]
    if allowed:
        ok &= np.array([kind in allowed for kind in hosts.kind], dtype=bool)
    if unit["duty_system"] == "on_call":
        ok &= _in_catchment(home, hosts.ids, catchment, rule.on_call_catchment_min)
    return tuple(hosts.ids[k] for k in np.flatnonzero(ok))


def _outreach(
    unit: pd.Series, rule: ServiceRule, here: NDArray[np.float64], hosts: _Hosts
) -> tuple[str, ...]:
    """Hosts other than its home where the unit may be as outreach: as `_away`, in less room."""
    asked = rule.outreach
    if asked is None or not rule.may_move:
        return ()
    radius = rule.move_radius_km if asked.radius_km is None else asked.radius_km
    smaller = unit.copy()
    smaller["space_m2"] = asked.space_share * float(unit["space_m2"])
    smaller["host_types"] = ";".join(asked.hosts) or unit["host_types"]
    wider = rule.model_copy(update={"move_radius_km": radius})
    return _away(smaller, wider, here, hosts, None)


def _in_catchment(
    home: str, hosts: tuple[str, ...], catchment: TravelTimes | None, limit_min: float
) -> np.ndarray:
    """Whether a crew that lives round ``home`` can be at each host in time (≤)."""
    if catchment is None or home not in catchment.demand_ids:
        return np.zeros(len(hosts), dtype=bool)
    column = catchment.column
    minutes = catchment.minutes[catchment.demand_ids.index(home), :]
    reached = [
        site in column and minutes[column[site]] <= limit_min + TOLERANCE_MIN for site in hosts
    ]
    return np.array(reached, dtype=bool)

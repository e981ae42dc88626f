"""What each building costs, could fetch and could hold: one `Site` per in-scope building."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from assets.estate import Estate
from optimise import finance as money
from optimise.knobs import Finance
from optimise.moves import ENDS_IN_USE, effective_locks
from optimise.rules import KeepRule
from optimise.scenario import Scenario

CENTRAL = "central"


@dataclass(frozen=True)
class Site:
    """A building or candidate site the plan decides about.

    Attributes:
        in_use_today: it costs money today (operational, vacant or surplus); a
            candidate does not exist yet.
        must_open, must_close: locked in use (a candidate: to be built), locked to be released.
        capacity_m2: service space it can hold; infinite where it takes in nobody,
            so that what is in it now always fits.
        extension_max_m2, extension_gbp_per_m2: optimism bias included.
        annual_gbp: running cost and rent less income of the building, a year.
        build_gbp: capital of building it, optimism bias included (0 if it stands).
        receipt_gbp: net of disposal cost, when released.
        release_gbp: one-off cost of releasing it (dilapidations, penalty, rent due).
        release_pv_gbp: receipt − holding cost − release cost at present worth.
        backlog_gbp: repairs outstanding, avoided when released; reported apart.
        gia_m2, carbon_tco2e_pa: gross internal area; carbon from energy a year (blank counts nil).
        grade: condition A to D; "" where none is stated (a candidate has none).
        works_gbp: works without which its condition keeps it from staying in use, optimism bias
            included; None = none are asked for.
        must_improve: it may not stay in use at all, for its condition.
        bays, sessions_pw: vehicles and sessions a week it can hold, what is in it today at
            least; infinite where no limit is known.
        kept_by: named sets that keep it in use whoever runs it, ascending.
        areas: kind of area (pilot, town, ward, district) → the area it lies in ("" = none).
    """

    asset_id: str
    in_use_today: bool
    must_open: bool
    must_close: bool
    capacity_m2: float
    extension_max_m2: float
    extension_gbp_per_m2: float
    annual_gbp: float
    build_gbp: float
    receipt_gbp: float
    release_gbp: float
    release_pv_gbp: float
    backlog_gbp: float
    gia_m2: float = 0.0
    carbon_tco2e_pa: float = 0.0
    grade: str = ""
    works_gbp: float | None = None
    must_improve: bool = False
    bays: float = math.inf
    sessions_pw: float = math.inf
    kept_by: tuple[str, ...] = ()
    areas: Mapping[str, str] = field(default_factory=dict)

    @property
    def stays_open(self) -> bool:
        """In use whatever is in it: locked, or kept by a named set."""
        return self.must_open or bool(self.kept_by)


def annuity(finance: Finance) -> float:
    """Present worth of £1 a year over the scenario's horizon."""
    return money.annuity_factor(finance.discount_schedule, finance.horizon_yr)


def build_sites(scenario: Scenario, estate: Estate) -> dict[str, Site]:
    """`Site`s by asset_id, in-scope buildings only."""
    buildings = estate.buildings
    locks = effective_locks(scenario, buildings)
    units = estate.services
    held = units.groupby("asset_id")[["space_m2", "vehicles", "sessions_pw"]].sum()
    kept = _kept_by(scenario, estate)
    made: dict[str, Site] = {}
    for asset_id, row in buildings.iterrows():
        if not bool(row["in_scope"]):
            continue
        now = held.loc[asset_id] if asset_id in held.index else held.sum() * 0.0
        lock = str(locks[asset_id])
        site = _site(row, lock, float(now["space_m2"]), scenario, estate.leases)
        made[str(asset_id)] = replace(
            site,
            bays=_limit(row["vehicle_bays"], float(now["vehicles"])),
            sessions_pw=_limit(row["capacity_sessions_pw"], float(now["sessions_pw"])),
            kept_by=kept.get(str(asset_id), ()),
            areas={kind: str(row[column]) for kind, column in AREA_OF.items()},
            **_condition(row, scenario),
        )
    return made


#: Column of a building that says which area of a kind it lies in.
AREA_OF: Mapping[str, str] = {
    "pilot": "area_id",
    "town": "town_id",
    "ward": "ward_code",
    "district": "district_id",
}


def _limit(stated: object, today: float) -> float:
    """What a building can hold of something counted; what it holds today fits."""
    return max(_given(stated, math.inf), today)


def _kept_by(scenario: Scenario, estate: Estate) -> dict[str, tuple[str, ...]]:
    """asset_id → the named sets without a number that it is in, ascending."""
    kept: dict[str, tuple[str, ...]] = {}
    for name, rule in sorted(scenario.keep.items()):
        if not rule.units and rule.number is None:
            for asset_id in set_members(rule, estate):
                kept[asset_id] = (*kept.get(asset_id, ()), name)
    return kept


def set_members(rule: KeepRule, estate: Estate) -> tuple[str, ...]:
    """Ids of a named set, ascending: its units, its buildings, or those that hold its types."""
    if rule.units or rule.buildings:
        return tuple(sorted(set(rule.units or rule.buildings)))
    holding = estate.services["service_type"].isin(rule.types)
    return tuple(sorted(set(estate.services.loc[holding, "asset_id"].astype(str))))


def _condition(row: pd.Series, scenario: Scenario) -> dict[str, Any]:
    """Floor area, carbon, grade and what the scenario's condition rule asks of a building."""
    found: dict[str, Any] = {
        "gia_m2": amount(row["gia_m2"]),
        "carbon_tco2e_pa": amount(row["tco2e_pa"]),
    }
    if row["status"] == "candidate":
        return found
    grade = str(row["condition_grade"] or "")
    asked = scenario.condition
    found["grade"] = grade
    if asked is None or (grade or asked.blank_grade) <= asked.worst_grade:
        return found
    if not asked.works:
        return {**found, "must_improve": True}
    backlog = sum(amount(row[f"backlog_gbp_p{p}"]) for p in (1, 2, 3, 4))
    works = _given(row["works_gbp"], backlog) if asked.works_cost == "works_gbp" else backlog
    return {**found, "works_gbp": works * (1.0 + scenario.finance.optimism_bias_pct / 100.0)}


def _site(
    row: pd.Series, lock: str, held_m2: float, scenario: Scenario, leases: pd.DataFrame
) -> Site:
    finance = scenario.finance
    bias = 1.0 + finance.optimism_bias_pct / 100.0
    candidate = row["status"] == "candidate"
    empty_today = row["status"] in ("vacant", "surplus")
    lease = lease_terms(str(row.name), leases)
    rent = lease.annual_rent_gbp if lease else 0.0
    annual = amount(row["running_cost_gbp_pa"]) + rent - amount(row["income_gbp_pa"])
    receipt, release_cost, release_pv = (
        (0.0, 0.0, 0.0) if candidate else _release(row, finance, lease, empty_today)
    )
    # A building in use that holds no unit we know of is not ours to call empty.
    unknown_use = row["status"] == "operational" and held_m2 == 0.0
    host = not math.isnan(float(row["capacity_m2"])) and lock not in ("no_host", "close")
    return Site(
        asset_id=str(row.name),
        in_use_today=not candidate,
        must_open=lock in ENDS_IN_USE or (unknown_use and lock != "close"),
        must_close=lock == "close",
        capacity_m2=max(float(row["capacity_m2"]), held_m2) if host else math.inf,
        extension_max_m2=amount(row["extension_max_m2"]) if host else 0.0,
        extension_gbp_per_m2=amount(row["extension_gbp_per_m2"]) * bias,
        annual_gbp=annual,
        build_gbp=amount(row["build_capex_gbp"]) * bias if candidate else 0.0,
        receipt_gbp=receipt,
        release_gbp=release_cost,
        release_pv_gbp=release_pv,
        backlog_gbp=sum(amount(row[f"backlog_gbp_p{p}"]) for p in (1, 2, 3, 4)),
    )


def _release(
    row: pd.Series, finance: Finance, lease: money.LeaseTerms | None, empty_today: bool
) -> tuple[float, float, float]:
    """(receipt, one-off cost, present worth of both less holding) of letting a building go."""
    schedule = finance.discount_schedule
    running = amount(row["running_cost_gbp_pa"])
    share = 1.0 if empty_today else finance.holding_cost_pct / 100.0
    if row["tenure"] != "freehold":
        if lease is None:
            return 0.0, 0.0, 0.0
        way_out = money.lease_exit(lease, base_year=finance.base_year, schedule=schedule)
        once = way_out.penalty_gbp + way_out.dilapidations_gbp + way_out.rent_gbp
        held = money.holding_cost_pv_gbp(schedule, running, way_out.years, share)
        return 0.0, once, -way_out.cost_pv_gbp - held
    cost_pct = _given(row["disposal_cost_pct"], finance.disposal_cost_pct)
    years = _given(row["months_to_sell"], finance.months_to_sell) / 12.0
    receipt = money.net_receipt_gbp(market_value_gbp(row, finance.receipt_case), cost_pct)
    held = money.holding_cost_pv_gbp(schedule, running, years, share)
    return receipt, 0.0, receipt * money.discount_factor(schedule, years) - held


def market_value_gbp(row: pd.Series, case: str) -> float:
    """Market value in the case asked for, else the central one; a blank value is nil."""
    central = amount(row["market_value_gbp"])
    return central if case == CENTRAL else _given(row[f"market_value_gbp_{case}"], central)


def lease_terms(asset_id: str, leases: pd.DataFrame) -> money.LeaseTerms | None:
    """The terms of a building's lease, or None where no lease is listed."""
    if asset_id not in leases.index:
        return None
    row = leases.loc[asset_id]
    breaks = [b.strip() for b in str(row["break_dates"]).split(";") if b.strip()]
    return money.LeaseTerms(
        expiry=None if pd.isna(row["expiry"]) else pd.Timestamp(row["expiry"]).date(),
        break_dates=tuple(dt.date.fromisoformat(b) for b in breaks),
        notice_months=amount(row["break_notice_months"]),
        penalty_gbp=amount(row["break_penalty_gbp"]),
        annual_rent_gbp=amount(row["annual_rent_gbp"]),
        dilapidations_gbp=amount(row["dilapidations_gbp"]),
    )


def amount(value: object) -> float:
    """A number of a layer; blank counts nil."""
    return _given(value, 0.0)


def _given(value: object, default: float) -> float:
    number = float(value)  # type: ignore[arg-type]
    return default if math.isnan(number) else number

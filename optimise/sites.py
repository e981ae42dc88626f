"""What each building costs, could fetch and could hold: one `Site` per in-scope building."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from assets.estate import Estate
from assets.leases import in_force
from optimise import finance as money
from optimise.knobs import Finance
from optimise.money.lines import Flow, spread
from optimise.moves import ENDS_IN_USE, effective_locks
from optimise.phasing.calendar import Calendar
from optimise.rules import KeepRule
from optimise.scenario import Scenario

CENTRAL = "central"
#: Cells of one row of a layer, by column.
Row = Mapping[str, Any] | pd.Series


@dataclass(frozen=True)
class Exit:
    """How a building that stands is let go.

    Attributes:
        receipt_gbp: of its sale, net of costs and haircut; 0 where there is nothing to sell.
        years_to_sell: from vacated to sold.
        holding_gbp_pa: what it costs empty.
        lease: its terms, where it is held on one.
        clawback_gbp: grants to be repaid as its use ends.
    """

    receipt_gbp: float = 0.0
    years_to_sell: float = 0.0
    holding_gbp_pa: float = 0.0
    lease: money.LeaseTerms | None = None
    clawback_gbp: float = 0.0

    def flows(self, calendar: Calendar, period: int) -> tuple[Flow, ...]:
        """What letting it go in a period brings and costs, its yearly saving apart.

        Holding and rent count from the end of the period, when the saving begins: until then
        the building costs what it does today. They count as far as the saving does, to the end of
        the horizon: the rent of a longer lease would be paid after it without the plan as well.
        """
        start, charged = calendar.start_yr(period), calendar.end_yr(period)
        made = [Flow("clawback", start, -self.clawback_gbp)]
        if self.lease is None:
            gone = start + self.years_to_sell
            made.append(Flow("receipt", gone, self.receipt_gbp))
        else:
            way_out = money.lease_exit(self.lease, base_year=calendar.base_year, vacated_yr=start)
            gone = way_out.years
            made.append(Flow("lease_exit", gone, -way_out.penalty_gbp - way_out.dilapidations_gbp))
            rent = self.lease.annual_rent_gbp
            due = money.rent_due(
                rent, from_yr=charged, ends_yr=gone, horizon_yr=calendar.horizon_yr
            )
            made += [Flow("rent_due", mid, -gbp) for mid, gbp in due]
        held = self.holding_gbp_pa
        until = min(gone, calendar.horizon_yr + 1.0)
        made += [Flow("holding", mid, -held * part) for mid, part in spread(charged, until)]
        return tuple(flow for flow in made if flow.amount_gbp)


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
        annual_gbp: saved a year when released: running cost, so far as it is really saved, and
            rent, less income; of a candidate what it costs in use.
        lingering_gbp_pa: the rest of its yearly cost, which goes on whatever becomes of it.
        build_gbp: capital of building it, optimism bias included (0 if it stands).
        receipt_gbp: net of disposal cost, when released.
        release_gbp: capital of releasing it at once (dilapidations, penalty, clawback).
        release_pv_gbp: receipt − holding − rent due − release cost at present worth, if at once.
        backlog_gbp: repairs outstanding, avoided when released; reported apart.
        gia_m2, carbon_tco2e_pa: gross internal area; carbon from energy a year (blank counts nil).
        grade: condition A to D; "" where none is stated (a candidate has none).
        works_gbp: works without which its condition keeps it from staying in use, optimism bias
            included; None = none are asked for.
        must_improve: it may not stay in use at all, for its condition.
        bays, sessions_pw: vehicles and sessions a week it can hold, what is in it today at
            least; infinite where no limit is known.
        kept_by: named sets that keep it in use whoever runs it, ascending.
        areas: kind of area (pilot, town, ward, district, market) → the one it lies in ("" = none).
        owner: body that holds it. exit: how it is let go.
        grant_gbp: grant that comes with building it.
        maintenance_gbp: planned maintenance avoided when released; reported apart.
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
    owner: str = ""
    exit: Exit = Exit()
    grant_gbp: float = 0.0
    maintenance_gbp: float = 0.0
    lingering_gbp_pa: float = 0.0

    @property
    def stays_open(self) -> bool:
        """In use whatever is in it: locked, or kept by a named set."""
        return self.must_open or bool(self.kept_by)

    @property
    def cost_gbp_pa(self) -> float:
        """What it costs a year in use: running cost and rent, less income."""
        return self.annual_gbp + self.lingering_gbp_pa


def annuity(finance: Finance) -> float:
    """Present worth of £1 a year over the scenario's horizon."""
    return money.annuity_factor(finance.discount_schedule, finance.horizon_yr)


def build_sites(scenario: Scenario, estate: Estate) -> dict[str, Site]:
    """`Site`s by asset_id, in-scope buildings only."""
    buildings = estate.buildings
    locks = effective_locks(scenario, buildings)
    units = estate.services
    counted = ["space_m2", "vehicles", "sessions_pw"]
    held = units.groupby("asset_id")[counted].sum().to_dict("index")
    kept = _kept_by(scenario, estate)
    made: dict[str, Site] = {}
    for asset_id, row in rows_of(buildings):
        if not bool(row["in_scope"]):
            continue
        now = held.get(asset_id, dict.fromkeys(counted, 0.0))
        lock = str(locks[asset_id])
        site = _site(row, (asset_id, lock), float(now["space_m2"]), scenario, estate.leases)
        made[asset_id] = replace(
            site,
            bays=_limit(row["vehicle_bays"], float(now["vehicles"])),
            sessions_pw=_limit(row["capacity_sessions_pw"], float(now["sessions_pw"])),
            kept_by=kept.get(asset_id, ()),
            areas={kind: str(row[column]) for kind, column in AREA_OF.items()},
            **_condition(row, scenario),
        )
    return made


def rows_of(layer: pd.DataFrame) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(id, cells) of every row of a layer whose ids are unique; no shapes."""
    cells = pd.DataFrame(layer).drop(columns="geometry", errors="ignore")
    for name, row in cells.to_dict("index").items():
        yield str(name), {str(column): value for column, value in row.items()}


#: Column of a building that says which area of a kind it lies in.
AREA_OF: Mapping[str, str] = {
    "pilot": "area_id",
    "town": "town_id",
    "ward": "ward_code",
    "district": "district_id",
    "market": "market_area",
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


def _condition(row: Row, scenario: Scenario) -> dict[str, Any]:
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
    return {**found, "works_gbp": works * bias_of(row, scenario.finance)}


def bias_of(row: Row, finance: Finance) -> float:
    """1 + optimism bias of works at a building: its class's, else the one of the scenario."""
    by_class = {str(name): pct for name, pct in finance.optimism_bias_pct_by_class.items()}
    class_ = str(row["building_class"])
    return 1.0 + money.optimism_bias_pct(class_, by_class, finance.optimism_bias_pct) / 100.0


def _site(
    row: Row, known: tuple[str, str], held_m2: float, scenario: Scenario, leases: pd.DataFrame
) -> Site:
    """The site of a row, of which asset_id and lock are ``known``."""
    (asset_id, lock), finance = known, scenario.finance
    bias = bias_of(row, finance)
    candidate = row["status"] == "candidate"
    empty_today = row["status"] in ("vacant", "surplus")
    lease = lease_terms(asset_id, leases, finance.base_year)
    rent = lease.annual_rent_gbp if lease else 0.0
    running = amount(row["running_cost_gbp_pa"])
    lingering = 0.0 if candidate else running * (1.0 - finance.running_cost_saved_pct / 100.0)
    way_out = Exit() if candidate else _exit(row, finance, lease, empty_today)
    flows = way_out.flows(calendar_of(scenario, phased=False), 1)
    # A building in use that holds no unit we know of is not ours to call empty.
    unknown_use = row["status"] == "operational" and held_m2 == 0.0
    host = not math.isnan(float(row["capacity_m2"])) and lock not in ("no_host", "close")
    return Site(
        asset_id=asset_id,
        in_use_today=not candidate,
        must_open=lock in ENDS_IN_USE or (unknown_use and lock != "close"),
        must_close=lock == "close",
        capacity_m2=max(float(row["capacity_m2"]), held_m2) if host else math.inf,
        extension_max_m2=amount(row["extension_max_m2"]) if host else 0.0,
        extension_gbp_per_m2=amount(row["extension_gbp_per_m2"]) * bias,
        annual_gbp=running - lingering + rent - amount(row["income_gbp_pa"]),
        build_gbp=amount(row["build_capex_gbp"]) * bias if candidate else 0.0,
        receipt_gbp=way_out.receipt_gbp,
        release_gbp=-sum(f.amount_gbp for f in flows if f.kind == "capital"),
        release_pv_gbp=present_gbp(flows, finance),
        backlog_gbp=sum(amount(row[f"backlog_gbp_p{p}"]) for p in (1, 2, 3, 4)),
        owner=str(row["owner"]),
        exit=way_out,
        grant_gbp=amount(row["grant_gbp"]) if candidate else 0.0,
        maintenance_gbp=0.0 if candidate else amount(row["planned_maintenance_gbp"]),
        lingering_gbp_pa=lingering,
    )


def _exit(row: Row, finance: Finance, lease: money.LeaseTerms | None, empty_today: bool) -> Exit:
    """How a building that stands is let go; one held otherwise, with no lease listed, just ends."""
    running, repaid = amount(row["running_cost_gbp_pa"]), amount(row["clawback_gbp"])
    held = running * (1.0 if empty_today else finance.holding_cost_pct / 100.0)
    if row["tenure"] != "freehold":
        if lease is None:
            return Exit(clawback_gbp=repaid)
        return Exit(holding_gbp_pa=held, lease=lease, clawback_gbp=repaid)
    cost_pct = _given(row["disposal_cost_pct"], finance.disposal_cost_pct)
    unsure_pct = finance.receipt_haircut_pct.get(str(row["receipt_confidence"]), 0.0)
    net = money.net_receipt_gbp(market_value_gbp(row, finance.receipt_case), cost_pct)
    return Exit(
        receipt_gbp=money.certain_receipt_gbp(net, unsure_pct),
        years_to_sell=_given(row["months_to_sell"], finance.months_to_sell) / 12.0,
        holding_gbp_pa=held,
        clawback_gbp=repaid,
    )


def calendar_of(scenario: Scenario, *, phased: bool = True) -> Calendar:
    """The periods of a scenario; one of a year where it is not phased, or not to be seen so."""
    finance, asked = scenario.finance, scenario.phasing if phased else None
    if asked is None:
        return Calendar(finance.base_year, horizon_yr=finance.horizon_yr)
    length = 1.0 if asked.period == "year" else 0.5
    return Calendar(finance.base_year, asked.periods, length, finance.horizon_yr)


def present_gbp(flows: Iterable[Flow], finance: Finance) -> float:
    """Σ amount · d(t) over flows."""
    schedule = finance.discount_schedule
    return sum(f.amount_gbp * money.discount_factor(schedule, f.time_yr) for f in flows)


def market_value_gbp(row: Row, case: str) -> float:
    """Market value in the case asked for, else the central one; a blank value is nil."""
    central = amount(row["market_value_gbp"])
    return central if case == CENTRAL else _given(row[f"market_value_gbp_{case}"], central)


def lease_terms(asset_id: str, leases: pd.DataFrame, base_year: int) -> money.LeaseTerms | None:
    """The terms of a building's lease, or None where no lease is listed.

    Of leases that follow each other those of the one in force on 1 April of the base year and
    of what continues it: all their breaks, the longest notice and the highest penalty of any,
    the present rent, the repairs and the expiry of the last.
    """
    rows = in_force(leases, asset_id, dt.date(base_year, 4, 1))
    if rows.empty:
        return None
    last = rows.iloc[-1]
    listed = ";".join(rows["break_dates"].astype(str)).split(";")
    breaks = sorted({b.strip() for b in listed if b.strip()})
    return money.LeaseTerms(
        expiry=None if pd.isna(last["expiry"]) else pd.Timestamp(last["expiry"]).date(),
        break_dates=tuple(dt.date.fromisoformat(b) for b in breaks),
        notice_months=amount(rows["break_notice_months"].max()),
        penalty_gbp=amount(rows["break_penalty_gbp"].max()),
        annual_rent_gbp=amount(rows.iloc[0]["annual_rent_gbp"]),
        dilapidations_gbp=amount(last["dilapidations_gbp"]),
    )


def amount(value: object) -> float:
    """A number of a layer; blank counts nil."""
    return _given(value, 0.0)


def _given(value: object, default: float) -> float:
    number = float(value)  # type: ignore[arg-type]
    return default if math.isnan(number) else number

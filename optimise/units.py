"""Service units: what each needs, what moving it costs, where it may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from assets.estate import Estate
from coverage.measure import Crew
from coverage.standards import turnout_s
from optimise.moves import Moves
from optimise.scenario import Scenario
from optimise.sites import amount


@dataclass(frozen=True)
class Unit:
    """A service unit and what may become of it.

    Attributes:
        home: building it is in today.
        sites: buildings it may be delivered from.
        fixed: it serves, but the plan cannot touch it.
        move_gbp: capital of moving it, optimism bias included.
        hosting_gbp_pa: what a host's running cost rises by when it moves in.
        withdrawal_gbp_pa: yearly saving (cost less lost income) if withdrawn; may be negative.
        vehicles, turnout_s: of its crew; 1 and 0 for services people travel to.
    """

    unit_id: str
    service_type: str
    home: str
    sites: tuple[str, ...]
    space_m2: float
    fixed: bool
    may_withdraw: bool
    move_gbp: float
    hosting_gbp_pa: float
    withdrawal_gbp_pa: float
    turnout_s: float
    vehicles: int


def crew_of(unit: Unit, site_id: str) -> Crew:
    """The unit in place at a site."""
    return Crew(site_id, unit.turnout_s, unit.vehicles)


def build_units(scenario: Scenario, estate: Estate, moves: Moves) -> dict[str, Unit]:
    """`Unit`s by id, money included."""
    finance = scenario.finance
    bias = 1.0 + finance.optimism_bias_pct / 100.0
    units: dict[str, Unit] = {}
    for unit_id, row in estate.services.iterrows():
        uid = str(unit_id)
        emergency = pd.notna(row["vehicles"])
        saved = amount(row["service_cost_gbp_pa"]) * finance.withdrawal_saving_pct / 100.0
        units[uid] = Unit(
            unit_id=uid,
            service_type=str(row["service_type"]),
            home=str(row["asset_id"]),
            sites=moves.sites[uid],
            space_m2=float(row["space_m2"]),
            fixed=moves.fixed[uid],
            may_withdraw=moves.may_withdraw[uid],
            move_gbp=amount(row["move_cost_gbp"]) * bias,
            hosting_gbp_pa=float(row["space_m2"]) * finance.hosting_cost_gbp_per_m2_pa,
            withdrawal_gbp_pa=saved - amount(row["income_gbp_pa"]),
            turnout_s=turnout_s(
                str(row["duty_system"]), float(row["turnout_s"]), scenario.turnout_s
            )
            if emergency
            else 0.0,
            vehicles=int(row["vehicles"]) if emergency else 1,
        )
    return units


def of_type(units: Mapping[str, Unit], service_type: str) -> list[Unit]:
    """Units of a service type, ids ascending."""
    return [units[u] for u in sorted(units) if units[u].service_type == service_type]

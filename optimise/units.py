"""Service units: what each needs, what moving it costs, where it may be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from assets.estate import Estate
from coverage.measure import Crew
from coverage.standards import Standard, turnout_s
from optimise.duties import left, lost
from optimise.knobs import Finance, Outreach
from optimise.moves import Moves
from optimise.scenario import Scenario
from optimise.sites import Row, amount, rows_of


@dataclass(frozen=True)
class OutreachTerms:
    """A unit delivered as outreach: where, in how much room, at what cost, and what it counts for.

    Attributes:
        sites: buildings it may be in, home first.
        move_gbp: capital of setting up in another building, optimism bias included.
        hosting_gbp_pa: what another building's running cost rises by.
        saving_gbp_pa: yearly saving against delivery in full (cost less lost income).
        counts_for: standard_ids that it counts for; None = every standard.
        run_by: who runs it then; "" = its operator of today.
    """

    sites: tuple[str, ...]
    space_m2: float
    move_gbp: float
    hosting_gbp_pa: float
    saving_gbp_pa: float
    sessions_pw: float
    counts_for: tuple[str, ...] | None
    run_by: str = ""


@dataclass(frozen=True)
class Unit:
    """A service unit and what may become of it.

    Attributes:
        home: building it is in today.
        sites: buildings it may be delivered from in full.
        fixed: it serves, but the plan cannot touch it.
        move_gbp: capital of moving it, optimism bias included.
        hosting_gbp_pa: what a host's running cost rises by when it moves in.
        withdrawal_gbp_pa: yearly saving (cost less lost income) if withdrawn; may be negative.
        vehicles, turnout_s: of its crew; 1 and 0 for services people travel to.
        availability_day, availability_night: share of the hours its crew can turn out, 0-1.
        availability_today: the same by day and by night before the plan gives it further duties;
            None = as after.
        bays: vehicles that need a bay (0 for services people travel to).
        sessions_pw: sessions a week it takes of its building; blank counts 0.
        outreach: where and how it may be delivered as outreach; None = in full only.
        stays: why it may not change at all; "" where it may.
        operator: body that runs it.
        one_off_gbp: revenue paid once when it moves, is withdrawn or becomes an outreach.
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
    availability_day: float = 1.0
    availability_night: float = 1.0
    availability_today: tuple[float, float] | None = None
    bays: int = 0
    sessions_pw: float = 0.0
    outreach: OutreachTerms | None = None
    stays: str = ""
    operator: str = ""
    one_off_gbp: float = 0.0

    @property
    def outreach_sites(self) -> tuple[str, ...]:
        """Buildings it may be delivered from as outreach."""
        return self.outreach.sites if self.outreach is not None else ()

    @property
    def anywhere(self) -> tuple[str, ...]:
        """Buildings it may be delivered from, in full or as outreach, those in full first."""
        return tuple(dict.fromkeys((*self.sites, *self.outreach_sites)))

    def outreach_counts(self, standard_id: str) -> bool:
        """Whether it counts for a standard when delivered as outreach."""
        if self.outreach is None:
            return False
        named = self.outreach.counts_for
        return named is None or standard_id in named

    def places(self, standard_id: str) -> tuple[str, ...]:
        """Buildings from which it counts for a standard."""
        return self.anywhere if self.outreach_counts(standard_id) else self.sites

    def always_counts(self, standard_id: str) -> bool:
        """Whether every plan delivers it in a way that counts for a standard."""
        aside = bool(self.outreach_sites) and not self.outreach_counts(standard_id)
        return not self.may_withdraw and not aside

    def availability(self, standard: Standard) -> float:
        """Share of the hours that a standard weighs over in which its crew can turn out, 0-1.

        α = share of day hours · by day + share of night hours · by night; 1 where the standard
        counts every crew as there.
        """
        if standard.availability == "full":
            return 1.0
        day = standard.hours_day_share
        # Rounded, so that crews on one roster are one kind of crew.
        return round(day * self.availability_day + (1.0 - day) * self.availability_night, 9)


def crew_of(unit: Unit, site_id: str, standard: Standard) -> Crew:
    """The unit in place at a site, as a standard counts it."""
    return Crew(site_id, unit.turnout_s, unit.vehicles, unit.availability(standard))


def today_of(units: Mapping[str, Unit]) -> dict[str, str]:
    """Every unit where it is, by unit_id."""
    return {u: units[u].home for u in sorted(units)}


def as_today(units: Mapping[str, Unit]) -> Mapping[str, Unit]:
    """The units with their crews as often there as they are today, without further duties."""
    if all(unit.availability_today is None for unit in units.values()):
        return units
    return {u: _without_duties(units[u]) for u in units}


def _without_duties(unit: Unit) -> Unit:
    if unit.availability_today is None:
        return unit
    day, night = unit.availability_today
    return replace(unit, availability_day=day, availability_night=night, availability_today=None)


def build_units(scenario: Scenario, estate: Estate, moves: Moves) -> dict[str, Unit]:
    """`Unit`s by id, money included."""
    finance = scenario.finance
    bias = 1.0 + finance.optimism_bias_pct / 100.0
    units: dict[str, Unit] = {}
    for uid, row in rows_of(estate.services):
        asked = scenario.rule(str(row["service_type"])).outreach
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
            **(_availability(row, lost(scenario.duties, uid)) if emergency else {}),
            bays=int(row["vehicles"]) if emergency else 0,
            sessions_pw=amount(row["sessions_pw"]),
            operator=str(row["operator"]),
            one_off_gbp=amount(row["one_off_gbp"]),
            outreach=_outreach(row, asked, moves.outreach.get(uid, ()), finance),
            stays=moves.stays.get(uid, ""),
        )
    return units


def _availability(row: Row, taken: tuple[float, float]) -> dict[str, Any]:
    """Share of hours its crew can turn out by day and night, blank = always; less its duties."""
    stated = [float(row[f"availability_{when}_pct"]) for when in ("day", "night")]
    day, night = (1.0 if math.isnan(pct) else pct / 100.0 for pct in stated)
    return {
        "availability_day": left(day, taken[0]),
        "availability_night": left(night, taken[1]),
        "availability_today": (day, night) if any(taken) else None,
    }


def _outreach(
    row: Row, asked: Outreach | None, sites: tuple[str, ...], finance: Finance
) -> OutreachTerms | None:
    """The terms of a unit's outreach; None where it may be nowhere as outreach.

    saving a year = (1 − running share) · cost · withdrawal saving share − (1 − income share) ·
    income: what withdrawing the unit would save, for the part that stops.
    """
    if asked is None or not sites:
        return None
    bias = 1.0 + finance.optimism_bias_pct / 100.0
    space = asked.space_share * float(row["space_m2"])
    saved = amount(row["service_cost_gbp_pa"]) * finance.withdrawal_saving_pct / 100.0
    lost = (1.0 - asked.income_share) * amount(row["income_gbp_pa"])
    own = amount(row["sessions_pw"])
    counts = asked.counts_for
    return OutreachTerms(
        sites=sites,
        space_m2=space,
        move_gbp=asked.move_share * amount(row["move_cost_gbp"]) * bias,
        hosting_gbp_pa=space * finance.hosting_cost_gbp_per_m2_pa,
        saving_gbp_pa=(1.0 - asked.running_share) * saved - lost,
        sessions_pw=own if asked.sessions_pw is None else asked.sessions_pw,
        counts_for=None if counts == "all" else () if counts == "none" else tuple(counts),
        run_by=asked.run_by,
    )


def of_type(units: Mapping[str, Unit], service_type: str) -> list[Unit]:
    """Units of a service type, ids ascending."""
    return [units[u] for u in sorted(units) if units[u].service_type == service_type]

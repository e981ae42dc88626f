"""Guest duties: hours in which a crew is out on another service's calls, and not there for its own.

Co-responding and conveying patients are worth having, and they take a fire engine's crew
off the run. What they take is counted here, so that cover weighted by availability shows it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pydantic import Field

from assets.issues import Issue, nearest
from assets.schema import EMERGENCY_SERVICES
from optimise.knobs import Strict

#: Hours of a year, 365 days. A day's are split as `availability_day_pct` has it: twelve by day.
HOURS_A_YEAR = 8760.0
DAY_SHARE = 0.5


class Duty(Strict):
    """Calls of another service that crews answer, shared evenly over them.

    Attributes:
        units: unit_ids of the crews.
        jobs_pa: calls a year that take a crew away, all the crews together.
        hours_each: hours that one of them takes.
        day_share: share of those hours that falls into the day, 0-1.
        reason: whose calls they are.
    """

    units: list[str] = Field(min_length=1)
    jobs_pa: float = Field(ge=0)
    hours_each: float = Field(gt=0, le=24)
    day_share: float = Field(default=0.5, ge=0, le=1)
    reason: str = ""


def lost(duties: Mapping[str, Duty], unit_id: str) -> tuple[float, float]:
    """(by day, by night) share of the hours that duties take a crew away, 0 and up.

    lost_day = Σ_duties jobs · hours · σ / (n · 8,760 · ½); lost_night the same with 1 − σ

    In words: the hours that the jobs take, shared over the crews, as a share of the hours there
    are. Jobs are taken to come while the crew is there, so they come off its availability.

    Symbols: jobs a year; hours each; n crews that share them; σ share of the hours that falls
    into the day; 8,760 hours a year, half of them by day.

    Source: Lincolnshire's co-responders (bid to the Transformation Challenge Award, 2014): 750
    conveyances of 2¼ hours over three stations are 6.4 % of their 26,280 hours.
    """
    day = night = 0.0
    for _, duty in sorted(duties.items()):
        if unit_id in duty.units:
            share = duty.jobs_pa * duty.hours_each / (len(set(duty.units)) * HOURS_A_YEAR)
            day += share * duty.day_share / DAY_SHARE
            night += share * (1.0 - duty.day_share) / (1.0 - DAY_SHARE)
    return day, night


def duties_record(duties: Mapping[str, Duty]) -> list[dict[str, object]]:
    """Each duty as ``run.json`` tells it: crews, hours, and the share (%) of theirs it takes."""
    rows: list[dict[str, object]] = []
    for name, duty in sorted(duties.items()):
        crews = sorted(set(duty.units))
        day, night = lost({name: duty}, crews[0])
        rows.append(
            {
                "duty": name,
                "reason": duty.reason,
                "crews": len(crews),
                "jobs_pa": duty.jobs_pa,
                "hours_pa": duty.jobs_pa * duty.hours_each,
                "hours_there_are": len(crews) * HOURS_A_YEAR,
                "lost_pct": 100.0 * (DAY_SHARE * day + (1.0 - DAY_SHARE) * night),
                "lost_day_pct": 100.0 * day,
                "lost_night_pct": 100.0 * night,
            }
        )
    return rows


def left(availability: float, taken: float) -> float:
    """Availability that duties leave a crew, 0-1."""
    return max(0.0, availability - taken)


def duty_misfits(duties: Mapping[str, Duty], services: pd.DataFrame) -> list[Issue]:
    """Duties of crews that are not there, or that take more hours than a crew has."""
    issues: list[Issue] = []
    for name, duty in sorted(duties.items()):
        absent = tuple(u for u in duty.units if u not in services.index)
        if absent:
            text = f"duties.{name}: there is no unit '{absent[0]}' in the model"
            remedy = nearest(absent[0], [str(u) for u in services.index])
            issues.append(Issue("scenario.unknown_unit", text, absent, remedy))
            continue
        kinds = {u: str(services.at[u, "service_type"]) for u in duty.units}
        others = tuple(u for u, kind in kinds.items() if kind not in EMERGENCY_SERVICES)
        if others:
            text = f"duties.{name}: {others[0]} ({kinds[others[0]]}) is no crew that answers calls"
            issues.append(Issue("duties.no_crew", text, others, "name units of fire, police or "
                                "ambulance"))  # fmt: skip
    return issues or _too_many_hours(duties, services)


def _too_many_hours(duties: Mapping[str, Duty], services: pd.DataFrame) -> list[Issue]:
    issues = []
    for unit_id in sorted({u for duty in duties.values() for u in duty.units}):
        for when, taken in zip(("day", "night"), lost(duties, unit_id), strict=True):
            cell = services.at[unit_id, f"availability_{when}_pct"]
            stated = float(cell)  # type: ignore[arg-type]
            have = 1.0 if stated != stated else stated / 100.0
            if taken > have + 1e-9:
                text = (
                    f"duties take {taken:.1%} of the hours by {when} of {unit_id}, "
                    f"whose crew is there for {have:.1%}"
                )
                remedy = "fewer jobs, shorter ones, more crews to share them, or another day_share"
                issues.append(Issue("duties.more_than_there_are", text, (unit_id,), remedy))
    return issues

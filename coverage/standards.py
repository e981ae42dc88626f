"""Standards as records, and the time each leaves for the drive.

There is no national attendance standard for fire in England since 2004, and
services' own standards differ in every dimension (`Standard`'s fields). A
response time runs, by the official definition, from the call to the first
arrival: call handling + crew turnout + drive (Home Office, response times to
fires). What is left for the drive therefore depends on the crew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: Seconds from alert to wheels rolling. On-call: "commonly within 5 minutes";
#: wholetime 90 s; both defaults, replaced by the unit's own `turnout_s` or by
#: the scenario. Units with no duty system (police, ambulance) take ``other``.
TURNOUT_S: Mapping[str, float] = {
    "wholetime": 90.0,
    "day_crewed": 90.0,
    "self_rostered": 90.0,
    "on_call": 300.0,
    "other": 60.0,
}
#: A time counts as within the threshold up to this excess, which is far below
#: a second and only absorbs floating-point noise; thresholds are inclusive.
TOLERANCE_MIN = 1e-6

_BASELINE = re.compile(r"^baseline\s*(?:-\s*(\d*\.?\d+))?$")
_GROUP = re.compile(r"^(all|urban|rural|most_deprived_([1-9]|10))$")

Geography = Literal["all", "ward", "pilot", "district", "town"]


class Standard(BaseModel):
    """One promise about time, as a record.

    Attributes:
        standard_id: short id, used in columns and row names.
        title: the promise in words.
        service_type: which service's units can meet it.
        nth_vehicle: 1 for the first arrival, 2 for the second vehicle, ...
        threshold_min: minutes, inclusive.
        clock_start: ``call`` (call handling + turnout + drive), ``alert``
            (turnout + drive) or ``departure`` (drive alone; always so for
            car and walk).
        call_handling_s: seconds from call to alert.
        statistic: ``share_within``, the only one a plan can be held to;
            mean, 90th percentile and worst are always reported beside it.
        target: share 0-1, or ``baseline`` / ``baseline - 0.01``.
        weight: demand column whose total the share is of.
        geography: ``all`` (one share for the whole county) or each ward,
            pilot area, district or town on its own.
        group: who counts: ``all``, ``urban``, ``rural``, ``most_deprived_3``
            (deprivation deciles 1 to 3).
        mode: ``blue_light``, ``car`` or ``walk``.
        kind: ``hard`` (a plan must meet it), ``soft`` (a miss is priced) or
            ``report`` (measured only).
        price_gbp_per_unit: for ``soft``: price of each unit of weight short.
        held_at: ``central`` (minutes as modelled) or ``low``: its cover, today's as well, is
            counted with every drive at the long end of its profile's error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    standard_id: str = ""
    title: str = ""
    service_type: str
    nth_vehicle: int = Field(default=1, ge=1, le=5)
    threshold_min: float = Field(gt=0, le=240)
    clock_start: Literal["call", "alert", "departure"] = "departure"
    call_handling_s: float = Field(default=75.0, ge=0, le=600)
    statistic: Literal["share_within"] = "share_within"
    target: float | str | None = None
    weight: str = "population"
    geography: Geography = "all"
    group: str = "all"
    mode: Literal["blue_light", "car", "walk"] = "car"
    kind: Literal["hard", "soft", "report"] = "hard"
    price_gbp_per_unit: float | None = Field(default=None, ge=0)
    held_at: Literal["central", "low"] = "central"

    @field_validator("target")
    @classmethod
    def _target_is_share_or_baseline(cls, value: float | str | None) -> float | str | None:
        if isinstance(value, str):
            if not _BASELINE.match(value.strip()):
                raise ValueError("must be a share from 0 to 1, 'baseline' or 'baseline - 0.01'")
            return value.strip()
        if value is not None and not 0 <= value <= 1:
            raise ValueError("must be a share from 0 to 1 (80 % is 0.80)")
        return value

    @field_validator("group")
    @classmethod
    def _group_is_known(cls, value: str) -> str:
        if not _GROUP.match(value):
            raise ValueError("must be all, urban, rural or most_deprived_1 … most_deprived_10")
        return value

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> Standard:
        if self.kind != "report" and self.target is None:
            raise ValueError(f"a {self.kind} standard needs a target (or kind: report)")
        if self.kind == "soft" and self.price_gbp_per_unit is None:
            raise ValueError("a soft standard needs price_gbp_per_unit")
        if self.mode != "blue_light" and self.clock_start != "departure":
            raise ValueError(f"clock_start {self.clock_start} goes with mode blue_light only")
        if self.nth_vehicle > 1 and self.mode != "blue_light":
            raise ValueError("nth_vehicle above 1 goes with mode blue_light only")
        return self

    @property
    def is_response(self) -> bool:
        """Whether vehicles drive to people (else people travel to the service)."""
        return self.mode == "blue_light"

    @property
    def label(self) -> str:
        """Title, or one made from the record."""
        made = f"{self.service_type.replace('_', ' ')} within {self.threshold_min:g} minutes"
        return self.title or made

    @property
    def direction(self) -> str:
        """``from_site`` for response, ``to_site`` for access (see `TravelTimes`)."""
        return "from_site" if self.is_response else "to_site"

    def overhead_min(self, turnout_s: float) -> float:
        """Minutes spent before the wheels roll.

        overhead = (call_handling_s · [clock = call] + turnout_s · [clock ≠ departure]) / 60

        In words: what the clock has already counted when the drive starts.
        """
        seconds = 0.0
        if self.clock_start == "call":
            seconds += self.call_handling_s
        if self.clock_start != "departure":
            seconds += turnout_s
        return seconds / 60.0

    def required_share(self, baseline_share: float) -> float:
        """The target as a share: a number stands; ``baseline - x`` is today's share less x, ≥ 0."""
        if self.target is None:
            return 0.0
        if isinstance(self.target, str):
            match = _BASELINE.match(self.target)
            loss = float(match.group(1)) if match and match.group(1) else 0.0
            return max(0.0, baseline_share - loss)
        return float(self.target)


def turnout_s(duty_system: str, own_s: float, table: Mapping[str, float] | None = None) -> float:
    """Turnout of a crew in seconds: its own where given (not NaN), else by duty system.

    Args:
        duty_system: wholetime / day_crewed / self_rostered / on_call, or "" for none.
        own_s: the unit's own turnout, seconds; NaN when not given.
        table: the scenario's overrides of `TURNOUT_S`.
    """
    if own_s == own_s:
        return float(own_s)
    full = {**TURNOUT_S, **(table or {})}
    return float(full.get(duty_system or "other", full["other"]))


#: Demand column that says which area of a geography a demand point lies in.
AREA_COLUMN: Mapping[str, str] = {
    "ward": "ward_code",
    "pilot": "area_id",
    "district": "district_id",
    "town": "town_id",
}

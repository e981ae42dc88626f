"""Standards as records, and the time each leaves for the drive.

There is no national attendance standard for fire in England since 2004, and
services' own standards differ in every dimension (`Standard`'s fields). A
response time runs, by the official definition, from the call to the first
arrival: call handling + crew turnout + drive (Home Office, response times to
fires). What is left for the drive therefore depends on the crew.
"""

from __future__ import annotations

import math
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
KM_PER_MILE = 1.609344
#: The mode whose "minutes" are miles as the crow flies.
STRAIGHT_LINE = "straight_line"
#: Groups of people that a demand column of their own counts.
COUNTED_GROUPS: Mapping[str, str] = {
    "over_65": "over_65",
    "under_5": "under_5",
    "no_car": "no_car_households",
}
MINUTES, MILES = "min", "miles"

_BASELINE = re.compile(r"^baseline\s*(?:([+-])\s*(\d*\.?\d+))?$")
_GROUP = re.compile(r"^(all|urban|rural|over_65|under_5|no_car|most_deprived_([1-9]|10))$")

Geography = Literal["all", "ward", "pilot", "district", "town", "postcode_district"]
Statistic = Literal["share_within", "mean", "percentile", "worst"]


class Standard(BaseModel):
    """One promise about time (or distance), as a record.

    In words, by statistic: *share_within*, at least ``target`` of the people are reached within
    the threshold; *mean*, people are reached after ``target`` minutes on average; *percentile*,
    ``percentile`` % of the people are reached within ``target`` minutes (the same rule as
    share_within with target percentile / 100); *worst*, everybody is reached within ``target``
    minutes (share_within with target 100 %).

    Attributes:
        standard_id: short id, used in columns and row names.
        use: name of the ready-made standard it was made from (`coverage.catalogue`), if any.
        title: the promise in words.
        service_type: which service's units can meet it.
        nth_vehicle: 1 for the first arrival, 2 for the second vehicle, ...
        threshold_min: minutes, inclusive; share_within needs it. For the other statistics it is
            only what the tables' "within" columns count against (blank: what the target asks).
        threshold_miles, threshold_km: the same for mode straight_line, one of the two.
        clock_start: ``call`` (call handling + turnout + drive), ``alert``
            (turnout + drive) or ``departure`` (drive alone; always so for
            car, walk and straight_line).
        call_handling_s: seconds from call to alert.
        statistic: ``share_within``, ``mean``, ``percentile`` or ``worst``; whichever it is, all
            are reported.
        percentile: 1 to 99.99, with statistic percentile: 90 is "nine in ten within".
        target: a share 0-1 for share_within, else minutes (miles for straight_line); or
            ``baseline`` (today's figure), ``baseline - 0.01`` (a share that may fall by a point),
            ``baseline + 0.5`` (minutes that may grow by half a minute). Where a figure of today is
            endless (somebody has no route at all), a baseline asks nothing.
        unreached_min: mean only: what somebody without a route, or with a longer one, counts
            (blank: the longest the times look for, so that no plan gains by losing a route).
        weight: demand column whose total the share is of (blank: population, or the group's own).
        geography: ``all`` (one figure for the whole county) or each ward,
            pilot area, district, town or postcode district on its own.
        group: who counts: ``all``, ``urban``, ``rural``, ``most_deprived_3``
            (deprivation deciles 1 to 3), ``over_65``, ``under_5`` or ``no_car`` (these weigh by
            the demand column over_65, under_5, no_car_households unless ``weight`` says otherwise).
        mode: ``blue_light``, ``car``, ``walk`` or ``straight_line`` (miles as the crow flies).
        availability: ``full`` (every crew always there: potential cover), or weighted with the
            share of hours in which crews can turn out by ``day``, by ``night``, or ``mean`` of
            both (`coverage.measure.states`).
        day_hours: hours of the day that ``availability_day_pct`` speaks of (12 is a default).
        kind: ``hard`` (a plan must meet it), ``soft`` (a miss is priced) or
            ``report`` (measured only).
        price_gbp_per_unit: for ``soft``: price of each unit of weight short; with statistic mean,
            of each minute (mile) by which the mean is too long, in each area.
        held_at: ``central`` (minutes as modelled) or ``low``: its cover, today's as well, is
            counted with every drive at the long end of its profile's error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    standard_id: str = ""
    use: str = ""
    title: str = ""
    service_type: str
    nth_vehicle: int = Field(default=1, ge=1, le=5)
    threshold_min: float | None = Field(default=None, gt=0, le=240)
    threshold_miles: float | None = Field(default=None, gt=0, le=100)
    threshold_km: float | None = Field(default=None, gt=0, le=160)
    clock_start: Literal["call", "alert", "departure"] = "departure"
    call_handling_s: float = Field(default=75.0, ge=0, le=600)
    statistic: Statistic = "share_within"
    percentile: float | None = Field(default=None, ge=1, le=99.99)
    target: float | str | None = None
    unreached_min: float | None = Field(default=None, gt=0, le=1440)
    weight: str = "population"
    geography: Geography = "all"
    group: str = "all"
    mode: Literal["blue_light", "car", "walk", "straight_line"] = "car"
    availability: Literal["full", "day", "night", "mean"] = "full"
    day_hours: float = Field(default=12.0, gt=0, lt=24)
    kind: Literal["hard", "soft", "report"] = "hard"
    price_gbp_per_unit: float | None = Field(default=None, ge=0)
    held_at: Literal["central", "low"] = "central"

    @model_validator(mode="before")
    @classmethod
    def _group_weighs_itself(cls, value: object) -> object:
        if isinstance(value, Mapping) and "weight" not in value:
            own = COUNTED_GROUPS.get(str(value.get("group", "")))
            return {**value, "weight": own} if own else value
        return value

    @field_validator("target")
    @classmethod
    def _target_is_written_well(cls, value: float | str | None) -> float | str | None:
        if isinstance(value, str):
            if not _BASELINE.match(value.strip()):
                raise ValueError(
                    "must be a number (a share from 0 to 1, or minutes), 'baseline', "
                    "'baseline - 0.01' (a share) or 'baseline + 0.5' (minutes)"
                )
            return value.strip()
        return value

    @field_validator("group")
    @classmethod
    def _group_is_known(cls, value: str) -> str:
        if not _GROUP.match(value):
            raise ValueError(
                "must be all, urban, rural, over_65, under_5, no_car "
                "or most_deprived_1 … most_deprived_10"
            )
        return value

    @model_validator(mode="after")
    def _target_fits_the_statistic(self) -> Standard:
        if self.in_minutes:
            self._refuse_a_target_in_time()
        elif isinstance(self.target, str) and self._change > 0:
            raise ValueError("a share may fall from today's: 'baseline - 0.01', not 'baseline +'")
        elif isinstance(self.target, int | float) and not 0 <= self.target <= 1:
            raise ValueError("target must be a share from 0 to 1 (80 % is 0.80)")
        if (self.statistic == "percentile") != (self.percentile is not None):
            raise ValueError("percentile goes with statistic percentile: {percentile: 90}")
        if self.unreached_min is not None and self.statistic != "mean":
            raise ValueError(
                "unreached_min goes with statistic mean; others count nobody unreached"
            )
        return self

    def _refuse_a_target_in_time(self) -> None:
        if isinstance(self.target, str) and self._change < 0:
            raise ValueError(
                f"a {self.statistic} in {self.unit_words} gets worse by growing: "
                "'baseline + 0.5', not 'baseline -'"
            )
        if isinstance(self.target, int | float) and not 0 < self.target <= 240:
            raise ValueError(
                f"target of a {self.statistic} is in {self.unit_words}, above 0 to 240"
            )
        number = self.target if isinstance(self.target, int | float) else 0.0
        if self.unreached_min is not None and self.unreached_min < number:
            raise ValueError("unreached_min is shorter than the target: nobody could be late")

    @model_validator(mode="after")
    def _threshold_fits_the_mode(self) -> Standard:
        far = [v for v in (self.threshold_miles, self.threshold_km) if v is not None]
        straight = self.mode == STRAIGHT_LINE
        if straight and self.threshold_min is not None:
            raise ValueError(
                "a straight line takes no minutes: give threshold_miles or threshold_km"
            )
        if far and not straight:
            raise ValueError("threshold_miles and threshold_km go with mode straight_line only")
        if len(far) > 1:
            raise ValueError("give threshold_miles or threshold_km, not both")
        if self.statistic == "share_within" and not far and self.threshold_min is None:
            name = "threshold_miles" if straight else "threshold_min"
            raise ValueError(f"share_within needs {name}: within how much?")
        return self

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> Standard:
        if self.kind != "report" and self.target is None:
            raise ValueError(f"a {self.kind} standard needs a target (or kind: report)")
        if self.kind == "soft" and self.price_gbp_per_unit is None:
            raise ValueError("a soft standard needs price_gbp_per_unit")
        return self

    @model_validator(mode="after")
    def _vehicles_go_with_response(self) -> Standard:
        if self.is_response:
            if self.statistic == "worst" and self.availability != "full":
                raise ValueError(
                    "worst asks for everybody at every hour; with crews away for part of them, "
                    "ask for a percentile or a share"
                )
            return self
        for wrong, text in (
            (self.clock_start != "departure", f"clock_start {self.clock_start}"),
            (self.nth_vehicle > 1, "nth_vehicle above 1"),
            (self.availability != "full", f"availability {self.availability}"),
        ):
            if wrong:
                raise ValueError(f"{text} goes with mode blue_light only")
        if self.mode == STRAIGHT_LINE and self.held_at == "low":
            raise ValueError("a straight line has no error to be held at the low end of")
        return self

    @property
    def _change(self) -> float:
        """What the target allows today's figure to change by, with its sign."""
        match = _BASELINE.match(self.target) if isinstance(self.target, str) else None
        if match is None or match.group(2) is None:
            return 0.0
        return float(match.group(2)) * (1.0 if match.group(1) == "+" else -1.0)

    @property
    def is_response(self) -> bool:
        """Whether vehicles drive to people (else people travel to the service)."""
        return self.mode == "blue_light"

    @property
    def in_minutes(self) -> bool:
        """Whether its figure is a time (a distance for straight_line), where less is better."""
        return self.statistic != "share_within"

    @property
    def unit(self) -> str:
        """``min``, or ``miles`` where lines are straight: what its "minutes" are."""
        return MILES if self.mode == STRAIGHT_LINE else MINUTES

    @property
    def unit_words(self) -> str:
        """The unit as it is said in a sentence."""
        return "miles" if self.mode == STRAIGHT_LINE else "minutes"

    @property
    def threshold(self) -> float | None:
        """The threshold in `unit`; None where none was given."""
        if self.threshold_km is not None:
            return self.threshold_km / KM_PER_MILE
        return self.threshold_miles if self.mode == STRAIGHT_LINE else self.threshold_min

    @property
    def hours_day_share(self) -> float:
        """How much of the hours that cover is weighted over are day hours, 0-1."""
        return {"day": 1.0, "night": 0.0}.get(self.availability, self.day_hours / 24.0)

    @property
    def label(self) -> str:
        """Title, or one made from the record."""
        return self.title or f"{self.service_type.replace('_', ' ')} {self.asked_words}"

    @property
    def asked_words(self) -> str:
        """What is measured, in words: ``within 10 minutes``, ``on average`` and so on."""
        if self.statistic == "share_within":
            return f"within {self._threshold_words}"
        words = {"mean": "on average", "worst": "at the farthest"}
        return words.get(self.statistic) or f"for {self.percentile:g} % of people"

    @property
    def _threshold_words(self) -> str:
        if self.threshold_km is not None:
            return f"{self.threshold_km:g} km in a straight line"
        if self.threshold_miles is not None:
            one = "mile" if self.threshold_miles == 1 else "miles"
            return f"{self.threshold_miles:g} {one} in a straight line"
        return f"{self.threshold_min:g} minutes"

    def told(self, figure: float) -> str:
        """A figure of the standard's statistic with its unit: ``81.2%``, ``7.4 min``."""
        if not self.in_minutes:
            return f"{figure:.1%}"
        return f"{figure:.1f} {self.unit}" if math.isfinite(figure) else "never for some"

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

    def required_figure(self, baseline: float) -> float:
        """The target in the statistic's own unit: a number stands, a baseline is today's changed.

        Args:
            baseline: today's figure: a share, or minutes (NaN or infinite where somebody is
                never reached today).

        Returns:
            Share 0-1 (nothing asked: 0), or minutes (nothing asked: infinite).
        """
        if self.target is None:
            return math.inf if self.in_minutes else 0.0
        if not isinstance(self.target, str):
            return float(self.target)
        if self.in_minutes:
            return math.inf if math.isnan(baseline) else baseline + self._change
        return max(0.0, baseline + self._change)


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
    "postcode_district": "postcode_district",
}

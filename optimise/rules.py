"""The records of rules that members set for buildings and units: sets, hubs, moves, condition."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from optimise.knobs import Strict, counts_agree

Grade = Literal["A", "B", "C", "D"]
Place = Literal["pilot", "town", "ward", "district"]
#: What a named move says of a unit that is no longer to be delivered.
WITHDRAWN = "withdrawn"


def one_or_several(value: Any, keys: tuple[str, ...], name: str) -> Any:
    """``{name: value}`` where a group of rules is written as one rule; else the value itself."""
    single = isinstance(value, dict) and any(key in value for key in keys)
    return {name: value} if single else value


class KeepRule(Strict):
    """A named set of which so many are kept; with no number, all.

    Attributes:
        buildings: asset_ids, kept when in use after the plan.
        types: service types; the set is the buildings that hold one of them today.
            With no number they stay in use whoever runs them, as a lock ``retain`` has it.
        units: unit_ids, kept when delivered, in the ``mode`` asked for.
        at_least, at_most, exactly: how many of the set.
        mode: of units: any, full or outreach.
        reason: shown with every building and unit that the rule keeps.
    """

    buildings: list[str] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list)
    units: list[str] = Field(default_factory=list)
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    exactly: int | None = Field(default=None, ge=0)
    mode: Literal["any", "full", "outreach"] = "any"
    reason: str = ""

    @model_validator(mode="after")
    def _one_kind_and_counts_agree(self) -> KeepRule:
        given = [n for n in ("buildings", "types", "units") if getattr(self, n)]
        if len(given) != 1:
            raise ValueError("give one of buildings, types and units")
        if self.mode != "any" and not self.units:
            raise ValueError("mode is for units")
        counts_agree(self.at_least, self.at_most, self.exactly)
        return self

    @property
    def number(self) -> tuple[int | None, int | None] | None:
        """(at least, at most) of the set; None = all of it."""
        if self.exactly is not None:
            return self.exactly, self.exactly
        if self.at_least is None and self.at_most is None:
            return None
        return self.at_least, self.at_most


class HubRule(Strict):
    """Every area of a geography has a building that holds several services.

    Attributes:
        geography: pilot, town, ward or district; a building lies in the area its column says.
        at_least: hubs in each area.
        services: different service types a building needs to be a hub.
        among: service types that count; blank = every one.
        areas: area_ids that must have one; blank = every area of the geography.
        outreach: a service delivered there as outreach counts.
    """

    geography: Place
    at_least: int = Field(default=1, ge=1)
    services: int = Field(default=3, ge=1)
    among: list[str] = Field(default_factory=list)
    areas: list[str] = Field(default_factory=list)
    outreach: bool = True
    reason: str = ""

    @model_validator(mode="after")
    def _enough_types(self) -> HubRule:
        if self.among and len(set(self.among)) < self.services:
            raise ValueError(f"{self.services} services asked for among {len(set(self.among))}")
        return self


class NamedMove(Strict):
    """Where a unit is to be, decided already.

    Attributes:
        to: asset_id (its own building: it stays), or ``withdrawn``. Distance, kinds of host and
            an on-call crew's catchment are not asked of a move that is decided; room is.
        mode: full or outreach.
    """

    to: str = Field(min_length=1)
    mode: Literal["full", "outreach"] = "full"
    reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _a_building_alone(cls, value: Any) -> Any:
        return {"to": value} if isinstance(value, str) else value


class Condition(Strict):
    """What is asked of the condition of the buildings that stay in use.

    Attributes:
        worst_grade: a building of a worse grade stays in use only with its works.
        works: it may stay with its works; false = it may not stay at all.
        works_cost: what the works cost: the whole ``backlog`` (p1 to p4), or the column
            ``works_gbp`` (where blank, the backlog). Optimism bias is added.
        blank_grade: grade that a building without one counts as.
    """

    worst_grade: Grade = "C"
    works: bool = True
    works_cost: Literal["backlog", "works_gbp"] = "backlog"
    blank_grade: Grade = "B"


class Delivery(Strict):
    """How much change may be asked for, in all or in each area or service type.

    Attributes:
        per: all, pilot, town, ward or district (of the unit's present building), or type.
        moves_at_most: units delivered from another building than today.
        closures_at_most: buildings that hold a service today and are not in use after.
        withdrawals_at_most: units no longer delivered.
        types: service types that count; blank = every one. A closure counts for a type that
            the building holds today.
        areas: area_ids it is asked in; blank = every area of the geography.
    """

    per: Literal["all", "pilot", "town", "ward", "district", "type"] = "all"
    moves_at_most: int | None = Field(default=None, ge=0)
    closures_at_most: int | None = Field(default=None, ge=0)
    withdrawals_at_most: int | None = Field(default=None, ge=0)
    types: list[str] = Field(default_factory=list)
    areas: list[str] = Field(default_factory=list)
    reason: str = ""

    @model_validator(mode="after")
    def _something_asked(self) -> Delivery:
        asked = (self.moves_at_most, self.closures_at_most, self.withdrawals_at_most)
        if all(number is None for number in asked):
            raise ValueError("give moves_at_most, closures_at_most or withdrawals_at_most")
        if self.areas and self.per in ("all", "type"):
            raise ValueError("areas go with per: pilot, town, ward or district")
        return self

"""What a scenario says about time: periods, dates, caps a year, what waits for what."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from optimise.knobs import Strict
from optimise.written import Percent, Share, financial_year

AreaKind = Literal["pilot", "town", "ward", "district", "market"]
#: A financial year (2027 or 2027/28) or a date.
When = Annotated[int | dt.date, BeforeValidator(financial_year)]


class Window(Strict):
    """When something may be done: financial years (2027 is 2027/28) or dates, both included.

    Attributes:
        earliest, latest: of a unit: when it may change; of a building: when it may be vacated,
            or when its works may be done; of an area: of everything in it.
    """

    earliest: When | None = None
    latest: When | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Window:
        if self.earliest is None and self.latest is None:
            raise ValueError("give earliest or latest, or both")
        if self.earliest is not None and self.latest is not None:
            first, last = _first_day(self.earliest), _last_day(self.latest)
            if first > last:
                raise ValueError(f"earliest {self.earliest} is after latest {self.latest}")
        return self


def _first_day(when: When) -> dt.date:
    return dt.date(when, 4, 1) if isinstance(when, int) else when


def _last_day(when: When) -> dt.date:
    return dt.date(when + 1, 3, 31) if isinstance(when, int) else when


class Order(Strict):
    """One change that waits for another.

    Attributes:
        first, then: unit_ids or asset_ids; ``then`` changes (a unit moves or goes, a building is
            vacated) only in the period in which ``first`` changes (a unit moves, a building is
            vacated or its works are done), or later. If ``first`` never changes, nor does ``then``.
        gap_periods: periods that must lie between at least.
    """

    first: str
    then: str
    gap_periods: int = Field(default=0, ge=0, le=40)


class ReceiptLink(Strict):
    """Sales that pay for works.

    Attributes:
        sales: asset_ids whose receipts are earmarked.
        works: asset_ids whose building, extension and works they pay for.
        share: share of the receipts that may be used.
        top_up_gbp: what else may be put in.
        after_receipt: the works wait until the receipts have come in.
    """

    sales: list[str] = Field(min_length=1)
    works: list[str] = Field(min_length=1)
    share: Share = Field(default=1.0, ge=0, le=1)
    top_up_gbp: float = Field(default=0.0, ge=0)
    after_receipt: bool = False


class Neighbours(Strict):
    """Sites that fetch more when they are vacated in the same period.

    Attributes:
        buildings: asset_ids, two or more.
        bonus_pct: of their receipts together, added when all are sold together.
    """

    buildings: list[str] = Field(min_length=2)
    bonus_pct: Percent = Field(gt=0, le=300)


class Phasing(Strict):
    """What a plan may do in which period.

    Attributes:
        periods, period: how many, and how long each is.
        moves_per_period: units that may change in one period.
        areas_at_once, area_kind: areas of a kind worked on (units in them change, buildings are
            vacated) in one period.
        disposals_per_market_area_pa, disposals_gbp_per_market_area_pa: sales put on the market
            in a market area in a financial year, number and value; buildings in no market area
            are not capped.
        carry_forward: whether money of one year that is not spent may be spent later.
        hold_standards: standards and room hold in every period, or only at the end.
        windows: by unit_id, asset_id or area_id.
        order, links, neighbours: by a name of the planner's.
    """

    periods: int = Field(default=10, ge=1, le=40)
    period: Literal["year", "half_year"] = "year"
    moves_per_period: int | None = Field(default=None, ge=0)
    areas_at_once: int | None = Field(default=None, ge=1)
    area_kind: AreaKind = "pilot"
    disposals_per_market_area_pa: int | None = Field(default=None, ge=0)
    disposals_gbp_per_market_area_pa: float | None = Field(default=None, ge=0)
    carry_forward: bool = True
    hold_standards: Literal["every_period", "end"] = "every_period"
    windows: dict[str, Window] = Field(default_factory=dict)
    order: dict[str, Order] = Field(default_factory=dict)
    links: dict[str, ReceiptLink] = Field(default_factory=dict)
    neighbours: dict[str, Neighbours] = Field(default_factory=dict)


class Partners(Strict):
    """What partners agree between them.

    Attributes:
        no_worse_off: no owner or operator loses over the horizon (``npv``), or in the net revenue
            of any year (``every_year``; capital and receipts are held to the capital budget);
            ``report`` tells who gains and who loses and asks nothing.
        settle: payments between partners make it so, the least of which are booked; false: the
            plan itself has to.
    """

    no_worse_off: Literal["report", "npv", "every_year"] = "report"
    settle: bool = True


class Committed(Strict):
    """A saving that another programme has counted already.

    Attributes:
        tag: whose saving it is: of buildings (property), of how a service is run (service), or of
            a partner (partner).
        gbp_pa: how much of it, shared over its buildings or units by their cost.
        buildings, units: where it arises; what the plan saves there is counted only beyond it.
        programme: who counted it.
    """

    tag: Literal["property", "service", "partner"]
    gbp_pa: float = Field(gt=0)
    buildings: list[str] = Field(default_factory=list)
    units: list[str] = Field(default_factory=list)
    programme: str = ""

    @model_validator(mode="after")
    def _somewhere(self) -> Committed:
        if bool(self.buildings) == bool(self.units):
            raise ValueError("give buildings, or units")
        return self

"""The records a scenario is made of: layers, rules, targets, money, solver, network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from assets.issues import InputError, nearest
from assets.schema import BUILDING_CLASSES, RECEIPT_CONFIDENCES
from coverage.engines import engine_of
from coverage.matrix import MatrixForm
from coverage.speeds import TimeError, standard_book
from optimise.written import (
    IndexByYear,
    Percent,
    PoundsByYear,
    Share,
    discount_steps,
    financial_year,
)

Lock = Literal["free", "retain", "close", "host_only", "no_host"]
Mode = Literal["car", "blue_light", "walk"]


def _among(known: tuple[str, ...]) -> AfterValidator:
    """A key that is one of those that a column of the layers has."""

    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"unknown '{value}'; {nearest(value, known)}")
        return value

    return AfterValidator(check)


BuildingClass = Annotated[str, _among(BUILDING_CLASSES)]
Confidence = Annotated[str, _among(RECEIPT_CONFIDENCES)]


class Strict(BaseModel):
    """A record that cannot be changed and knows no other key."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Layers(Strict):
    """Paths of the layers, relative to the scenario file.

    Buildings and services, or stations (each a building with a unit in it), or all three.
    """

    buildings: str | None = None
    services: str | None = None
    stations: str | None = None
    demand: str
    areas: str | None = None
    compatibility: str | None = None
    leases: str | None = None

    @model_validator(mode="after")
    def _somewhere_and_something(self) -> Layers:
        absent = [name for name in ("buildings", "services") if getattr(self, name) is None]
        if absent and self.stations is None:
            raise ValueError(f"give {' and '.join(absent)}, or stations")
        return self


class Outreach(Strict):
    """Delivery of a service as outreach: some hours a week in a smaller room.

    Attributes:
        space_share: share of a unit's space that outreach needs; hosting is charged on it.
        running_share: share of the service's cost that goes on.
        income_share: share of its income that is kept.
        move_share: share of its one-off cost of moving that setting up elsewhere costs.
        sessions_pw: sessions a week it takes of its host; blank = the unit's own.
        counts_for: standards that an outreach counts for: all, none, or those named.
        hosts: asset types it may be in; blank = those the unit may move to.
        radius_km: from the unit's home, in a straight line; blank = its move_radius_km.
        at_home: it may also be in the unit's own building.
        run_by: who runs it then, such as "a community trust"; blank = its operator of today.
        at_least, at_most, exactly: units of the type delivered as outreach after the plan.
    """

    space_share: Share = Field(default=0.25, ge=0, le=1)
    running_share: Share = Field(default=0.5, ge=0, le=1)
    income_share: Share = Field(default=1.0, ge=0, le=1)
    move_share: Share = Field(default=1.0, ge=0, le=1)
    sessions_pw: float | None = Field(default=None, ge=0)
    counts_for: Literal["all", "none"] | list[str] = "none"
    hosts: list[str] = Field(default_factory=list)
    radius_km: float | None = Field(default=None, ge=0, le=200)
    at_home: bool = True
    run_by: str = ""
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    exactly: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _counts_agree(self) -> Outreach:
        counts_agree(self.at_least, self.at_most, self.exactly)
        return self


def counts_agree(at_least: int | None, at_most: int | None, exactly: int | None) -> None:
    """At least and at most that hold together, or exactly alone.

    Raises:
        ValueError: they contradict each other.
    """
    if exactly is not None and (at_least is not None or at_most is not None):
        raise ValueError("give exactly, or at_least and at_most, not both")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise ValueError(f"at_least {at_least} is above at_most {at_most}")


class ServiceRule(Strict):
    """What may happen to the units of one service type.

    Attributes:
        may_move: units may be delivered from another building.
        may_withdraw: units may stop being delivered (their cost is saved).
        move_radius_km: a unit moves at most this far, in a straight line.
        on_call_catchment_min: an on-call crew's new station is at most this
            drive from its present one, because the crew lives round it.
        same_site: whether two units of the type may come to share a building.
        at_least, at_most, exactly: units of the type delivered in full after the plan.
        outreach: units may also be delivered as outreach; blank = in full only.
    """

    may_move: bool = True
    may_withdraw: bool = False
    move_radius_km: float = Field(default=8.0, ge=0, le=200)
    on_call_catchment_min: float = Field(default=5.0, ge=0, le=60)
    same_site: bool = True
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    exactly: int | None = Field(default=None, ge=0)
    outreach: Outreach | None = None

    @model_validator(mode="after")
    def _counts_agree(self) -> ServiceRule:
        counts_agree(self.at_least, self.at_most, self.exactly)
        return self


class Targets(Strict):
    """Money the plan must find or keep to; blank = no target.

    Attributes:
        receipts_gbp: capital receipts net of disposal cost, at least.
        revenue_saving_gbp_pa: net revenue saving a year once done, at least.
        capital_budget_gbp: capital beyond the reinvested share of receipts, at most.
        receipts_gbp_by_year: by the end of each financial year named, in all, at least.
        revenue_saving_gbp_by_year: in each financial year named, net, at least.
        capital_budget_gbp_by_year: new money of each financial year; a year that is not named
            has none. What is not spent goes on to the next year, unless ``phasing`` says not.
        The three are for plans that are phased; 2026 is the financial year 2026/27.
    """

    receipts_gbp: float | None = Field(default=None, ge=0)
    revenue_saving_gbp_pa: float | None = Field(default=None, ge=0)
    capital_budget_gbp: float | None = Field(default=None, ge=0)
    receipts_gbp_by_year: PoundsByYear = Field(default_factory=dict)
    revenue_saving_gbp_by_year: PoundsByYear = Field(default_factory=dict)
    capital_budget_gbp_by_year: PoundsByYear = Field(default_factory=dict)

    @property
    def by_year(self) -> Mapping[str, Mapping[int, float]]:
        """The targets that are set year by year, by key."""
        keys = ("receipts_gbp", "revenue_saving_gbp", "capital_budget_gbp")
        found = {f"{key}_by_year": getattr(self, f"{key}_by_year") for key in keys}
        return {key: years for key, years in found.items() if years}


class Finance(Strict):
    """Money assumptions, every one an input; those without a source named are defaults.

    Attributes:
        base_year: year 0, whose prices all figures are in.
        horizon_yr: years of running cost counted after year 0.
        discount_schedule: (last year it holds, rate) pairs, the last open-ended, or steps
            ``{from: 31, to: 75, rate: 3 %}`` without gap or overlap;
            Green Book: 3.5 % to year 30, 3.0 % to 75, 2.5 % after.
        optimism_bias_pct: uplift on every capital sum (Green Book upper bound
            for standard buildings 24 %).
        reinvest_cap_pct: share of receipts that may pay for works.
        receipt_case: which of market_value_gbp_low / _ / _high is the receipt.
        disposal_cost_pct, months_to_sell: where a building has none of its own.
        holding_cost_pct: share of its running cost an empty building costs until sold.
        hosting_cost_gbp_per_m2_pa: what a host's running cost rises by for each
            square metre that moves in; so a move saves less than the building it leaves.
        withdrawal_saving_pct: share of a withdrawn unit's service cost that is saved.
        running_cost_saved_pct: share of a released building's running cost that is really saved.
        optimism_bias_pct_by_class: by ``building_class`` of a building, in place of
            ``optimism_bias_pct`` (Green Book upper bounds: standard 24 %, non_standard 51 %).
        receipt_haircut_pct: by ``receipt_confidence`` of a building, what is taken off its
            receipt for being unsure, such as ``{low: 25}``.
        rent_gbp_per_m2_pa: what a guest pays the owner of its host where the two are different
            bodies; it nets out between them.
        borrowing_limit_gbp_by_year: what may be borrowed for capital in each financial year.
        borrowing_rate_pct, borrowing_term_yr, borrowing_method: of loans: equal instalments of
            principal, an annuity, or all at maturity.
        mrp_life_yr, mrp_method: minimum revenue provision for what is borrowed: over the life of
            the assets, in equal parts or as an annuity.
        appraisal_horizons_yr: horizons that the value of a plan is told at beside its own.
        layer_price_year: financial year whose prices the layers' amounts are in; blank = the
            base year's.
        gdp_deflator: index of prices by financial year, of any scale; needed of both years where
            they differ.
        receipt_factor, running_cost_factor, capital_factor: what the layers' market values, running
            costs of buildings, and costs of works and moves are multiplied by, to see what a plan
            hangs on; 1 = as the layers say (`optimise.prices.priced`).
    """

    base_year: Annotated[int, BeforeValidator(financial_year)] = Field(
        default=2026, ge=2000, le=2100
    )
    horizon_yr: int = Field(default=25, ge=1, le=125)
    discount_schedule: Annotated[
        tuple[tuple[int | None, float], ...], BeforeValidator(discount_steps)
    ] = (
        (30, 0.035),
        (75, 0.030),
        (None, 0.025),
    )
    optimism_bias_pct: Percent = Field(default=24.0, ge=0, le=200)
    reinvest_cap_pct: Percent = Field(default=75.0, ge=0, le=100)
    receipt_case: Literal["low", "central", "high"] = "central"
    disposal_cost_pct: Percent = Field(default=2.5, ge=0, le=100)
    months_to_sell: float = Field(default=18.0, ge=0, le=240)
    holding_cost_pct: Percent = Field(default=15.0, ge=0, le=100)
    hosting_cost_gbp_per_m2_pa: float = Field(default=45.0, ge=0)
    withdrawal_saving_pct: Percent = Field(default=100.0, ge=0, le=100)
    running_cost_saved_pct: Percent = Field(default=100.0, ge=0, le=100)
    optimism_bias_pct_by_class: dict[BuildingClass, Annotated[Percent, Field(ge=0, le=200)]] = (
        Field(default_factory=dict)
    )
    receipt_haircut_pct: dict[Confidence, Annotated[Percent, Field(ge=0, le=100)]] = Field(
        default_factory=dict
    )
    rent_gbp_per_m2_pa: float = Field(default=0.0, ge=0)
    borrowing_limit_gbp_by_year: PoundsByYear = Field(default_factory=dict)
    borrowing_rate_pct: Percent = Field(default=5.0, ge=0, le=50)
    borrowing_term_yr: int = Field(default=25, ge=1, le=60)
    borrowing_method: Literal["equal_instalment", "annuity", "maturity"] = "annuity"
    mrp_life_yr: int = Field(default=25, ge=1, le=60)
    mrp_method: Literal["equal", "annuity"] = "equal"
    appraisal_horizons_yr: tuple[Annotated[int, Field(ge=1, le=125)], ...] = (10, 25, 40, 60)
    layer_price_year: Annotated[int | None, BeforeValidator(financial_year)] = Field(
        default=None, ge=1990, le=2100
    )
    gdp_deflator: IndexByYear = Field(default_factory=dict)
    receipt_factor: float = Field(default=1.0, ge=0.2, le=5)
    running_cost_factor: float = Field(default=1.0, ge=0.2, le=5)
    capital_factor: float = Field(default=1.0, ge=0.2, le=5)

    @model_validator(mode="after")
    def _prices_convert(self) -> Finance:
        given = self.layer_price_year
        if given is None or given == self.base_year:
            return self
        absent = [y for y in (given, self.base_year) if y not in self.gdp_deflator]
        if absent:
            years = " and ".join(map(str, absent))
            raise ValueError(
                f"layers are in prices of {given}, not of the base year {self.base_year}: "
                f"give gdp_deflator an index for {years}"
            )
        return self

    @field_validator("discount_schedule")
    @classmethod
    def _schedule_ascends(
        cls, value: tuple[tuple[int | None, float], ...]
    ) -> tuple[tuple[int | None, float], ...]:
        years = [y for y, _ in value]
        closed = [y for y in years[:-1] if y is not None]
        if not value or years[-1] is not None or len(closed) != len(years) - 1:
            raise ValueError("only the last step is open-ended: [[30, 0.035], [null, 0.03]]")
        if closed != sorted(set(closed)) or any(y < 1 for y in closed):
            raise ValueError("years must ascend from 1 or more")
        if any(not 0 <= rate < 1 for _, rate in value):
            raise ValueError("rates are shares from 0 to 1 (3.5 % is 0.035)")
        return value


class Solver(Strict):
    """Which solver, how near the best the plan must be proved, and how long it may take.

    Attributes:
        name: ``highs`` or ``cbc``.
        gap: stop when (bound − plan) / saving of the plan is at most this.
        time_limit_s: seconds the solver may take.
        threads: solver threads; random_seed: the solver's own seed.
        refusal_limit_s: where no plan exists, seconds that finding out which rules clash, and
            what each would have to give, may take.
    """

    name: Literal["highs", "cbc"] = "highs"
    gap: float = Field(default=0.001, ge=0, le=1)
    time_limit_s: float = Field(default=45.0, gt=0, le=86_400)
    threads: int = Field(default=2, ge=1, le=64)
    random_seed: int = Field(default=0, ge=0)
    refusal_limit_s: float = Field(default=30.0, gt=0, le=86_400)


class Network(Strict):
    """How places meet the road network.

    Attributes:
        max_snap_m: a place farther than this from a usable road is off the network; blank = what
            the speed profile says.
        bound_min: drives longer than this are not looked for.
        speeds: a YAML file with speed profiles of your own, laid over those that ship with
            Groundplan (``python app.py speeds --out FILE.yml`` writes one to begin from).
        car_profile, blue_light_profile, walk_profile: speed profile of each mode of travel, such
            as ``car_peak`` or ``blue_light_night``.
        profiles: by profile name, what differs from it (`coverage.speeds.profile`), such as
            ``{blue_light: {speeds_kph: {trunk: {urban: 60, rural: 90}}}}``.
        engine: an OSRM server to ask for the drives, ``osrm=http://localhost:5000``: for car and
            blue_light, or by mode of travel. Other modes, catchments and the map use ``roads``.
        urban: what tells town from country where no speed limit is tagged: ``density`` (of the
            streets on the map) or ``town`` (inside an area of that kind, such as the ONS's
            built-up areas).
        minutes_factor: every drive takes so many times as long as computed or read: one number
            for car and blue_light, or by mode of travel; speeds 10 % higher are 1/1.1 = 0.909.
    """

    max_snap_m: float | None = Field(default=None, gt=0, le=20_000)
    bound_min: float = Field(default=120.0, gt=0, le=600)
    speeds: str | None = Field(default=None, min_length=1)
    car_profile: str = "car"
    blue_light_profile: str = "blue_light"
    walk_profile: str = "walk"
    profiles: dict[str, dict[str, Any]] = Field(default_factory=dict)
    engine: dict[Mode, str] = Field(default_factory=dict)
    urban: Literal["density", "town"] = "density"
    minutes_factor: dict[Mode, Annotated[float, Field(ge=0.5, le=2)]] = Field(default_factory=dict)

    @field_validator("engine", "minutes_factor", mode="before")
    @classmethod
    def _one_for_all_that_drive(cls, value: Any) -> Any:
        alone = isinstance(value, str | int | float)
        return dict.fromkeys(("car", "blue_light"), value) if alone else value

    @field_validator("engine")
    @classmethod
    def _engines_known(cls, value: dict[Mode, str]) -> dict[Mode, str]:
        for text in value.values():
            try:
                engine = engine_of(text)
            except InputError as error:
                issue = error.issues[0]
                raise ValueError(f"{issue.message}; {issue.remedy}") from None
            if engine.authorization:
                raise ValueError("a scenario goes into every run: no user and password in it")
        return value

    @model_validator(mode="after")
    def _profiles_known(self) -> Network:
        """Names of the shipped profiles; those of a file are known once it is read."""
        asked = (*self.profiles, self.car_profile, self.blue_light_profile, self.walk_profile)
        known = standard_book().names
        unknown = [name for name in asked if name not in known]
        if self.speeds is None and unknown:
            raise ValueError(f"unknown profile '{unknown[0]}'; {nearest(unknown[0], known)}")
        return self


class ErrorRange(Strict):
    """How far the minutes of a matrix may be from driven ones (`coverage.speeds.TimeError`)."""

    low: float = Field(gt=0, le=1)
    high: float = Field(ge=1, le=10)
    source: str = "the scenario"


class MatrixFile(Strict):
    """A travel-time matrix: its path, and what the file does not say of itself.

    Attributes:
        path: .csv, .csv.gz, .parquet or .xlsx, relative to the scenario file.
        unit, shape, direction, column: as `coverage.matrices.form.MatrixForm`.
        error: how far its minutes may be from driven ones; blank = as the file says.
    """

    path: str = Field(min_length=1)
    unit: Literal["minutes", "seconds", "hours", "milliseconds"] | None = None
    shape: Literal["long", "wide"] | None = None
    direction: Literal["from_site", "to_site"] | None = None
    column: str | None = Field(default=None, min_length=1)
    error: ErrorRange | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_path_alone(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @property
    def form(self) -> MatrixForm:
        """What is told about the file, for its reader."""
        told = self.error
        error = None if told is None else TimeError(told.low, told.high, told.source)
        return MatrixForm(
            self.unit or "", self.shape or "", self.direction or "", self.column or "", error
        )

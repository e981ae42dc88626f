"""A scenario: every knob of a plan, in one file; a base plus named overrides.

`load_scenario` is this package's only reader of files. An unknown key is
refused with the nearest known one; two overrides that set the same key are
refused; what changed against the base is kept in `Scenario.changes`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from assets.issues import InputError, Issue, nearest
from assets.keyed import keys_of, read_text, value_of
from assets.postgis.address import is_url, redacted
from coverage.engines import engine_of, without_password
from coverage.matrix import MatrixForm
from coverage.speeds import TimeError, standard_book
from coverage.standards import TURNOUT_S, Standard

EXAMPLE = "data/wessex/wessex.yml"
Lock = Literal["free", "retain", "close", "host_only", "no_host"]
Mode = Literal["car", "blue_light", "walk"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Layers(_Strict):
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


class ServiceRule(_Strict):
    """What may happen to the units of one service type.

    Attributes:
        may_move: units may be delivered from another building.
        may_withdraw: units may stop being delivered (their cost is saved).
        move_radius_km: a unit moves at most this far, in a straight line.
        on_call_catchment_min: an on-call crew's new station is at most this
            drive from its present one, because the crew lives round it.
        same_site: whether two units of the type may come to share a building.
        at_least, at_most: units of the type delivered after the plan.
    """

    may_move: bool = True
    may_withdraw: bool = False
    move_radius_km: float = Field(default=8.0, ge=0, le=200)
    on_call_catchment_min: float = Field(default=5.0, ge=0, le=60)
    same_site: bool = True
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _counts_agree(self) -> ServiceRule:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least} is above at_most {self.at_most}")
        return self


class Targets(_Strict):
    """Money the plan must find or keep to; blank = no target.

    Attributes:
        receipts_gbp: capital receipts net of disposal cost, at least.
        revenue_saving_gbp_pa: net revenue saving a year once done, at least.
        capital_budget_gbp: capital beyond the reinvested share of receipts, at most.
    """

    receipts_gbp: float | None = Field(default=None, ge=0)
    revenue_saving_gbp_pa: float | None = Field(default=None, ge=0)
    capital_budget_gbp: float | None = Field(default=None, ge=0)


class Finance(_Strict):
    """Money assumptions, every one an input; those without a source named are defaults.

    Attributes:
        base_year: year 0, whose prices all figures are in.
        horizon_yr: years of running cost counted after year 0.
        discount_schedule: (last year it holds, rate) pairs, the last open-ended;
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
    """

    base_year: int = Field(default=2026, ge=2000, le=2100)
    horizon_yr: int = Field(default=25, ge=1, le=125)
    discount_schedule: tuple[tuple[int | None, float], ...] = (
        (30, 0.035),
        (75, 0.030),
        (None, 0.025),
    )
    optimism_bias_pct: float = Field(default=24.0, ge=0, le=200)
    reinvest_cap_pct: float = Field(default=75.0, ge=0, le=100)
    receipt_case: Literal["low", "central", "high"] = "central"
    disposal_cost_pct: float = Field(default=2.5, ge=0, le=100)
    months_to_sell: float = Field(default=18.0, ge=0, le=240)
    holding_cost_pct: float = Field(default=15.0, ge=0, le=100)
    hosting_cost_gbp_per_m2_pa: float = Field(default=45.0, ge=0)
    withdrawal_saving_pct: float = Field(default=100.0, ge=0, le=100)

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


class Solver(_Strict):
    """Which solver, how near the best the plan must be proved, and how long it may take.

    Attributes:
        name: ``highs`` or ``cbc``.
        gap: stop when (bound − plan) / saving of the plan is at most this.
        time_limit_s: seconds the solver may take.
        threads: solver threads; random_seed: the solver's own seed.
    """

    name: Literal["highs", "cbc"] = "highs"
    gap: float = Field(default=0.001, ge=0, le=1)
    time_limit_s: float = Field(default=45.0, gt=0, le=86_400)
    threads: int = Field(default=2, ge=1, le=64)
    random_seed: int = Field(default=0, ge=0)


class Network(_Strict):
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

    @field_validator("engine", mode="before")
    @classmethod
    def _one_for_all_that_drive(cls, value: Any) -> Any:
        return dict.fromkeys(("car", "blue_light"), value) if isinstance(value, str) else value

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


class ErrorRange(_Strict):
    """How far the minutes of a matrix may be from driven ones (`coverage.speeds.TimeError`)."""

    low: float = Field(gt=0, le=1)
    high: float = Field(ge=1, le=10)
    source: str = "the scenario"


class MatrixFile(_Strict):
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


@dataclass(frozen=True)
class Origin:
    """Where a scenario came from.

    Attributes:
        base_dir: folder that relative paths start from.
        source: the file it was read from.
        applied: names of the overrides applied, in order.
        changes: what overrides and settings changed: dotted key → (before, after).
    """

    base_dir: Path = Path(".")
    source: str = "scenario"
    applied: tuple[str, ...] = ()
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


class Scenario(_Strict):
    """Every knob of a plan, resolved and validated. Made by `load_scenario`.

    Attributes:
        roads, times: roads (an ``.osm.pbf``, a ``.gpkg`` of OS Open Roads, a ``place:`` name, or
            a list of files of one kind), or matrix files by mode (a path, or `MatrixFile`); one
            of the two, unless ``network.engine`` serves instead.
        standards, services, locks: by standard_id, service type and asset_id.
        defaults: ``standard``, or a YAML file laid over that table: blank figures of the layers
            are filled from it, each with a warning; without it they are errors.
        attribution: whose map it is, shown on it; blank = what the roads' source asks for.
        overrides: named groups of keys that `load_scenario` can apply.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    title: str = ""
    note: str = ""
    attribution: str = ""
    layers: Layers
    defaults: str | None = Field(default=None, min_length=1)
    roads: str | list[str] | None = None
    times: dict[Mode, MatrixFile] | None = None
    standards: dict[str, Standard] = Field(default_factory=dict)
    services: dict[str, ServiceRule] = Field(default_factory=dict)
    turnout_s: dict[str, float] = Field(default_factory=dict)
    targets: Targets = Targets()
    locks: dict[str, Lock] = Field(default_factory=dict)
    finance: Finance = Finance()
    network: Network = Network()
    objective: Literal["npv"] = "npv"
    solver: Solver = Solver()
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    _origin: Origin = PrivateAttr(default_factory=lambda: Origin())

    @property
    def origin(self) -> Origin:
        """Where the scenario came from and what was changed on the way."""
        return self._origin

    @field_validator("turnout_s")
    @classmethod
    def _turnouts_known(cls, value: dict[str, float]) -> dict[str, float]:
        for key, seconds in value.items():
            if key not in TURNOUT_S:
                raise ValueError(f"unknown duty system '{key}'; {nearest(key, TURNOUT_S)}")
            if not 0 <= seconds <= 3600:
                raise ValueError(f"{key}: seconds from 0 to 3600")
        return value

    @model_validator(mode="after")
    def _roads_or_times(self) -> Scenario:
        none = self.roads is None and self.times is None and not self.network.engine
        if none or (self.roads is not None and self.times is not None):
            raise ValueError("give either 'roads' (an .osm.pbf) or 'times' (matrix files)")
        both = [mode for mode in self.times or {} if mode in self.network.engine]
        if both:
            raise ValueError(f"{both[0]} has both a matrix and an engine; keep one of them")
        if self.roads == [] or "" in self.road_names:
            raise ValueError("'roads' names no file; give a path, or a list of paths")
        return self

    @property
    def given_modes(self) -> tuple[str, ...]:
        """Modes whose times come from a matrix or an engine, not from the roads."""
        return tuple(sorted((*(self.times or {}), *self.network.engine)))

    @property
    def road_names(self) -> tuple[str, ...]:
        """The roads as written, one or several; none with ``times``."""
        return (self.roads,) if isinstance(self.roads, str) else tuple(self.roads or ())

    def rule(self, service_type: str) -> ServiceRule:
        """The rule of a service type; defaults where the scenario says nothing."""
        return self.services.get(service_type, ServiceRule())

    def path(self, text: str) -> Path:
        """A path of the scenario, relative to its file."""
        return Path(text) if Path(text).is_absolute() else self._origin.base_dir / text

    def layer_paths(self) -> dict[str, Path | str]:
        """Layer name → path, or the address of a database table, for the layers given."""
        given = self.layers.model_dump()
        return {n: p if is_url(p) else self.path(p) for n, p in given.items() if p is not None}


def load_scenario(
    path: Path, *, overrides: Sequence[str] = (), settings: Sequence[str] = ()
) -> Scenario:
    """Read a scenario file and apply named overrides, then ``key=value`` settings.

    Args:
        path: the YAML file.
        overrides: names under the file's ``overrides``.
        settings: ``dotted.key=value`` texts; the value is read as YAML.

    Raises:
        InputError: file missing or not YAML, unknown key or override, value of
            the wrong kind, two overrides that set one key.
    """
    try:
        return resolve_scenario(
            keys_of(read_text(path, "scenario"), path, "scenario", begin_from=EXAMPLE),
            base_dir=path.parent,
            source=str(path),
            overrides=overrides,
            settings=settings,
        )
    except InputError as error:
        raise InputError(map(_without_passwords, error.issues)) from None


def _without_passwords(issue: Issue) -> Issue:
    """An issue that quotes the scenario, with no password of a database in the quotation."""
    ids = tuple(map(redacted, issue.ids))
    message = redacted(without_password(issue.message))
    return replace(issue, message=message, ids=ids, remedy=redacted(issue.remedy))


def resolve_scenario(
    raw: Mapping[str, Any],
    *,
    base_dir: Path,
    source: str = "scenario",
    overrides: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Scenario:
    """The pure part of `load_scenario`: a mapping in, a Scenario out."""
    changed = _override_values(raw, overrides, source) | _setting_values(settings)
    resolved = _deep_copy(raw)
    changes: dict[str, tuple[Any, Any]] = {}
    for keys, value in changed.items():
        before = _set_value(resolved, keys, value, source)
        changes[".".join(keys)] = (before, value)
    scenario = _validated(resolved, source)
    _refuse_unknown_override_keys(raw)
    scenario._origin = Origin(base_dir, source, tuple(overrides), changes)
    return scenario


def _deep_copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _deep_copy(v) for k, v in value.items()}
    return [_deep_copy(v) for v in value] if isinstance(value, list) else value


def _leaves(
    value: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, inner in value.items():
        here = (*above, str(key))
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, here)
        else:
            yield here, inner


def _override_values(
    raw: Mapping[str, Any], names: Sequence[str], source: str
) -> dict[tuple[str, ...], Any]:
    known = raw.get("overrides") or {}
    values: dict[tuple[str, ...], Any] = {}
    setter: dict[tuple[str, ...], str] = {}
    for name in names:
        if name not in known:
            raise InputError(
                Issue(
                    "scenario.unknown_override",
                    f"{source} has no override '{name}'",
                    (name,),
                    nearest(name, known) if known else "add it under 'overrides'",
                )
            )
        for keys, value in _leaves(known[name] or {}):
            clash = next((k for k in values if k[: len(keys)] == keys or keys[: len(k)] == k), None)
            if clash is not None:
                raise InputError(
                    Issue(
                        "scenario.overrides_clash",
                        f"overrides '{setter[clash]}' and '{name}' both set {'.'.join(keys)}",
                        (setter[clash], name),
                        "drop one, or merge them into a third override",
                    )
                )
            values[keys] = value
            setter[keys] = name
    return values


def _setting_values(settings: Sequence[str]) -> dict[tuple[str, ...], Any]:
    values: dict[tuple[str, ...], Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise InputError(
                Issue(
                    "scenario.bad_setting",
                    f"'{setting}' is not key=value",
                    (setting,),
                    "for example --set standards.fire_10.target=0.8",
                )
            )
        try:
            values[tuple(key.strip().split("."))] = value_of(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            raise InputError(
                Issue(
                    "scenario.bad_setting",
                    f"the value of '{setting}' is not valid YAML",
                    (setting,),
                    "quote text that holds ':' or brackets",
                )
            ) from None
    return values


def _set_value(target: dict[str, Any], keys: tuple[str, ...], value: Any, source: str) -> Any:
    place: Any = target
    for depth, key in enumerate(keys[:-1]):
        if place.get(key) is None:
            place[key] = {}
        place = place[key]
        if not isinstance(place, dict):
            raise InputError(
                Issue(
                    "scenario.bad_setting",
                    f"{source}: '{'.'.join(keys[: depth + 1])}' is a value, not a group of keys",
                    (".".join(keys),),
                    "name the key itself",
                )
            )
    before = place.get(keys[-1])
    place[keys[-1]] = value
    return before


def _validated(raw: Mapping[str, Any], source: str) -> Scenario:
    filled = {key: value for key, value in _deep_copy(raw).items() if value is not None}
    records = filled.get("standards")
    for name, record in records.items() if isinstance(records, dict) else ():
        if isinstance(record, dict):
            record.setdefault("standard_id", str(name))
    try:
        return Scenario.model_validate(filled)
    except ValidationError as error:
        raise InputError(_issue_of(e, source) for e in error.errors()) from None


def _refuse_unknown_override_keys(raw: Mapping[str, Any]) -> None:
    """Overrides that are not applied are checked as well: a typo in one must not wait."""
    for name, values in (raw.get("overrides") or {}).items():
        if not isinstance(values, Mapping):
            raise InputError(
                Issue(
                    "scenario.bad_override",
                    f"override '{name}' is not a group of keys",
                    (str(name),),
                    "write the keys it changes under it",
                )
            )
        unknown = next((str(k) for k in values if str(k) not in Scenario.model_fields), None)
        if unknown is not None:
            raise InputError(
                Issue(
                    "scenario.unknown_key",
                    f"override '{name}': unknown key '{unknown}'",
                    (unknown,),
                    nearest(unknown, Scenario.model_fields),
                )
            )


def _issue_of(error: Any, source: str) -> Issue:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        key = str(error["loc"][-1]).strip()
        return Issue(
            "scenario.unknown_key",
            f"unknown key '{where.strip()}'",
            (key,),
            nearest(key, _siblings(error["loc"])),
            source,
        )
    if error["type"] == "missing":
        return Issue(
            "scenario.missing_key",
            f"'{where}' is missing",
            (where,),
            f"add '{where}' to the scenario",
            source,
        )
    said = error["msg"].removeprefix("Value error, ")
    given = error.get("input")
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float, bool)) else ""
    subject = f"'{where}': " if where else ""
    return Issue(
        "scenario.bad_value",
        f"{subject}{said}{shown}",
        (where,) if where else (),
        "correct the value",
        source,
    )


def _siblings(loc: tuple[Any, ...]) -> list[str]:
    """Keys that are known where the unknown one stood; names of records are passed over."""
    model: Any = Scenario
    for part in loc[:-1]:
        known = model.model_fields.get(str(part))
        model = (_inner_model(known.annotation) if known else None) or model
    return list(model.model_fields)


def _inner_model(annotation: Any) -> Any:
    """The model an annotation holds: itself, or the values of a mapping, or one of a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    options = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType) or options:
        found = (_inner_model(option) for option in options)
        return next((model for model in found if model is not None), None)
    return None

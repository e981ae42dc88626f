"""A scenario: every knob of a plan, in one file; a base plus named overrides.

`load_scenario` is this package's only reader of files. An unknown key is
refused with the nearest known one; two overrides that set the same key are
refused; what changed against the base is kept in `Scenario.changes`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from assets.issues import InputError, Issue, nearest
from assets.keyed import keys_of, read_text
from assets.postgis.address import is_url, redacted
from coverage.catalogue import laid_over
from coverage.engines import without_password
from coverage.standards import TURNOUT_S, Standard
from optimise.aims import Limit, Objective, known_limits, refuse_sides, refuse_unknown_standards
from optimise.appraise.own_words import OptionWords, OwnRisk, known_options, named_once
from optimise.duties import Duty
from optimise.fairness import Equity, NoDetriment, refuse_bad_names
from optimise.knobs import (
    Finance,
    Layers,
    Lock,
    MatrixFile,
    Mode,
    Network,
    ServiceRule,
    Solver,
    Strict,
    Targets,
)
from optimise.phasing.rules import Committed, Partners, Phasing
from optimise.rules import (
    Condition,
    Delivery,
    HubRule,
    KeepRule,
    NamedMove,
    one_or_several,
)
from optimise.set_records import NamedScenario, Sweep
from optimise.settings import deep_copy, override_values, setting_values, with_values

EXAMPLE = "data/wessex/wessex.yml"


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

    @property
    def told(self) -> dict[str, Any]:
        """What a run's record says of it."""
        changed = {k: {"before": b, "after": a} for k, (b, a) in sorted(self.changes.items())}
        return {"overrides_applied": list(self.applied), "changes": changed}


class Scenario(Strict):
    """Every knob of a plan, resolved and validated. Made by `load_scenario`.

    Attributes:
        roads, times: roads (an ``.osm.pbf``, a ``.gpkg`` of OS Open Roads, a ``place:`` name, or
            a list of files of one kind), or matrix files by mode (a path, or `MatrixFile`); one
            of the two, unless ``network.engine`` serves instead.
        standards, services, locks: by standard_id, service type and asset_id.
        keep, hubs, delivery: by a name of the planner's (`optimise.rules`); of hubs and delivery
            a single one may stand without a name.
        no_detriment, equity: by a name of the planner's (`optimise.fairness`): who may not be left
            worse off, and how far the worst-off may be behind.
        moves: unit_id → where it is to be. condition: what is asked of buildings that stay.
        duties: by a name: calls of another service that take crews away (`optimise.duties`).
        phasing: what may be done when (`optimise.phasing.rules`); blank = all in the base year.
        partners: what they agree between them. committed: savings that others counted already.
        defaults: ``standard``, or a YAML file laid over that table: blank figures of the layers
            are filled from it, each with a warning; without it they are errors.
        objective, limits: what is made best, in order; floors and ceilings (`optimise.aims`).
        attribution: whose map it is, shown on it; blank = what the roads' source asks for.
        appraisal: by option (do_nothing, do_minimum, plan), the planner's own words.
        risks: the planner's own, and what is said of computed ones (`optimise.appraise`).
        overrides: named groups of keys that `load_scenario` can apply.
        scenarios, sweeps: many scenarios in one file (`optimise.variants`); not in a run's record.
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
    keep: dict[str, KeepRule] = Field(default_factory=dict)
    hubs: dict[str, HubRule] = Field(default_factory=dict)
    moves: dict[str, NamedMove] = Field(default_factory=dict)
    condition: Condition | None = None
    duties: dict[str, Duty] = Field(default_factory=dict)
    delivery: dict[str, Delivery] = Field(default_factory=dict)
    no_detriment: dict[str, NoDetriment] = Field(default_factory=dict)
    equity: dict[str, Equity] = Field(default_factory=dict)
    phasing: Phasing | None = None
    partners: Partners = Partners()
    committed: dict[str, Committed] = Field(default_factory=dict)
    finance: Finance = Finance()
    network: Network = Network()
    objective: Objective = Objective.model_validate("npv")
    limits: dict[str, Limit] = Field(default_factory=dict)
    solver: Solver = Solver()
    appraisal: dict[str, OptionWords] = Field(default_factory=dict)
    risks: list[OwnRisk] = Field(default_factory=list)
    overrides: dict[str, dict[str, Any]] = Field(default_factory=dict)
    scenarios: dict[str, NamedScenario] = Field(default_factory=dict, exclude=True)
    sweeps: dict[str, Sweep] = Field(default_factory=dict, exclude=True)
    _origin: Origin = PrivateAttr(default_factory=lambda: Origin())

    @property
    def origin(self) -> Origin:
        """Where the scenario came from and what was changed on the way."""
        return self._origin

    @field_validator("hubs", mode="before")
    @classmethod
    def _one_hub_rule_alone(cls, value: Any) -> Any:
        return one_or_several(value, tuple(HubRule.model_fields), "hubs")

    @field_validator("delivery", mode="before")
    @classmethod
    def _one_delivery_rule_alone(cls, value: Any) -> Any:
        return one_or_several(value, tuple(Delivery.model_fields), "delivery")

    @field_validator("no_detriment", "equity", mode="after")
    @classmethod
    def _fair_rules_named(cls, value: dict[str, Any]) -> dict[str, Any]:
        refuse_bad_names(value)
        return value

    @field_validator("appraisal")
    @classmethod
    def _options_known(cls, value: dict[str, OptionWords]) -> dict[str, OptionWords]:
        known_options(value)
        return value

    @field_validator("risks")
    @classmethod
    def _risks_named_once(cls, value: list[OwnRisk]) -> list[OwnRisk]:
        named_once(value)
        return value

    @field_validator("turnout_s")
    @classmethod
    def _turnouts_known(cls, value: dict[str, float]) -> dict[str, float]:
        for key, seconds in value.items():
            if key not in TURNOUT_S:
                raise ValueError(f"unknown duty system '{key}'; {nearest(key, TURNOUT_S)}")
            if not 0 <= seconds <= 3600:
                raise ValueError(f"{key}: seconds from 0 to 3600")
        return value

    @field_validator("limits", mode="before")
    @classmethod
    def _limits_known(cls, value: Any) -> Any:
        return known_limits(value)

    @model_validator(mode="after")
    def _aims_fit(self) -> Scenario:
        refuse_sides(self.limits)
        refuse_unknown_standards(self.measured, self.standards)
        return self

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
    def measured(self) -> tuple[str, ...]:
        """Keys of the measures that the objective and the limits name, each once."""
        return tuple(dict.fromkeys((*self.objective.keys, *self.limits)))

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
        raise InputError(map(without_passwords, error.issues)) from None


def without_passwords(issue: Issue) -> Issue:
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
    changed = override_values(raw, overrides, source) | setting_values(settings)
    resolved, changes = with_values(raw, changed, source)
    _refuse_unknown_override_keys(raw)
    return validated(resolved, Origin(base_dir, source, tuple(overrides), changes))


def validated(resolved: Mapping[str, Any], origin: Origin) -> Scenario:
    """A scenario of keys that are resolved.

    Raises:
        InputError: everything that is wrong with them.
    """
    scenario = _validated(resolved, origin.source)
    scenario._origin = origin
    return scenario


def _validated(raw: Mapping[str, Any], source: str) -> Scenario:
    filled = {key: value for key, value in deep_copy(raw).items() if value is not None}
    records = filled.get("standards")
    if isinstance(records, dict):
        filled["standards"] = {
            name: {"standard_id": str(name), **laid_over(record)}
            if isinstance(record, dict)
            else record
            for name, record in records.items()
        }
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
    return [field.alias or name for name, field in model.model_fields.items()]


def _inner_model(annotation: Any) -> Any:
    """The model an annotation holds: itself, or the values of a mapping, or one of a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    options = typing.get_args(annotation)
    if isinstance(annotation, types.UnionType) or options:
        found = (_inner_model(option) for option in options)
        return next((model for model in found if model is not None), None)
    return None

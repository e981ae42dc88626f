"""The scenario's aims: ``objective`` and ``limits``, in every way they may be written.

objective: receipts_gbp                                 # then, among equals, the best NPV
objective: {weights: {npv_gbp: 1, people_within.fire_10: 250}}
objective: [receipts_gbp, {measure: people_within.fire_10, slack: 0.02}, npv_gbp]
limits: {carbon_tco2e_pa: {at_most: 2000}, people_within: {fire_10: {at_least: 300000}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field, field_validator, model_serializer, model_validator

from assets.issues import nearest
from coverage.standards import Standard
from optimise.goals import (
    MEASURES,
    NPV,
    OF,
    Goal,
    Indicator,
    LimitRule,
    Stage,
    indicator,
    split_key,
)
from optimise.knobs import Strict

NAMED = ("measure", "weights")


class Aim(Strict):
    """One aim: a measure, or a weighted sum of several.

    Attributes:
        measure: its name, of a standard with a dot: ``mean_min.library_15``.
        weights: measure → how much a unit of it counts, above 0, in its better direction.
        slack: in a list: how far later aims may fall behind this one, as a share of it.
        slack_amount: the same in the measure's own unit.
    """

    measure: str | None = None
    weights: dict[str, float] | None = None
    slack: float = Field(default=0.0, ge=0, lt=1)
    slack_amount: float = Field(default=0.0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _a_name_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"measure": value}
        if isinstance(value, Mapping) and isinstance(value.get("weights"), Mapping):
            return {**value, "weights": flattened(value["weights"])}
        return value

    @field_validator("measure")
    @classmethod
    def _measure_known(cls, value: str | None) -> str | None:
        return None if value is None else known_key(value)

    @field_validator("weights")
    @classmethod
    def _weights_known(cls, value: dict[str, float] | None) -> dict[str, float] | None:
        if value is None:
            return None
        found = {known_key(key): weight for key, weight in value.items()}
        for key, weight in found.items():
            if weight <= 0:
                way = "more" if MEASURES[split_key(key)[0]].more_is_better else "less"
                raise ValueError(
                    f"{key}: a weight is above 0 ({way} of it is better, and the weight says by "
                    "how much)"
                )
        if not found:
            raise ValueError("name at least one measure")
        return found

    @model_validator(mode="after")
    def _one_of_both(self) -> Aim:
        if (self.measure is None) == (self.weights is None):
            raise ValueError("an aim is a measure or weights: give one of the two")
        if self.slack and self.slack_amount:
            raise ValueError("give slack (a share) or slack_amount, not both")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the measures in it, as written."""
        return (self.measure,) if self.measure is not None else tuple(self.weights or ())

    @property
    def plain(self) -> Any:
        """As short as it can be written."""
        slack = {k: v for k in ("slack", "slack_amount") if (v := getattr(self, k))}
        if self.weights is not None:
            return {"weights": self.weights, **slack}
        return {"measure": self.measure, **slack} if slack else self.measure


class Objective(Strict):
    """What a plan is to be best at: one aim, or a list in order of importance.

    Attributes:
        aims: in order; each later one chooses among the plans that keep the
            earlier ones within their slack.
        listed: written as a list: nothing is added. A single aim other than net
            present value is followed by it, to choose between equals.
    """

    aims: tuple[Aim, ...]
    listed: bool = False

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        if isinstance(value, (list, tuple)) and value:
            return {"aims": list(value), "listed": True}
        if isinstance(value, str) or (isinstance(value, Mapping) and "aims" not in value):
            return {"aims": [value]}
        if isinstance(value, (Mapping, Objective)):
            return value
        raise ValueError("write a measure, {weights: {…}} or a list of them in order of importance")

    @model_validator(mode="after")
    def _slack_is_for_others(self) -> Objective:
        last = self.aims[-1]
        if last.slack or last.slack_amount:
            raise ValueError("slack is what later aims may give up of one: the last has none")
        if len({repr(aim.plain) for aim in self.aims}) < len(self.aims):
            raise ValueError("the same aim stands twice in the list")
        return self

    @model_serializer
    def _short(self) -> Any:
        if self.listed:
            return [aim.plain for aim in self.aims]
        return "npv" if self.aims[0].plain == "npv_gbp" else self.aims[0].plain

    @property
    def name(self) -> str:
        """``npv``, ``receipts_gbp``, or several in order: ``receipts_gbp, then moves``."""
        if not self.listed and self.aims[0].plain == "npv_gbp":
            return "npv"
        sums = [
            "+".join(f"{weight:g}*{key}" for key, weight in aim.weights.items())
            if aim.weights
            else str(aim.measure)
            for aim in self.aims
        ]
        return ", then ".join(sums)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of every measure in it, each once."""
        return tuple(dict.fromkeys(key for aim in self.aims for key in aim.keys))


class Limit(Strict):
    """A floor, a ceiling, or both, of a measure; in its own unit."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _some_side(self) -> Limit:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least:g} is above at_most {self.at_most:g}")
        return self


def flattened(value: Mapping[str, Any]) -> dict[str, Any]:
    """``{people_within: {fire_10: x}}`` as ``{people_within.fire_10: x}``; the rest as it is."""

    def pairs() -> Iterator[tuple[str, Any]]:
        for key, inner in value.items():
            name = split_key(str(key))[0]
            ours = isinstance(inner, Mapping) and not {"at_least", "at_most"} & set(inner)
            if OF not in str(key) and name in MEASURES and MEASURES[name].of_standard and ours:
                yield from ((f"{key}{OF}{standard}", within) for standard, within in inner.items())
            else:
                yield str(key), inner

    return dict(pairs())


def known_key(key: str) -> str:
    """The key with its measure's own name.

    Raises:
        ValueError: unknown measure, a standard missing or one too many.
    """
    name, standard_id = split_key(key)
    if name not in MEASURES:
        raise ValueError(f"unknown measure '{name}'; {nearest(name, MEASURES)}")
    if MEASURES[name].of_standard and not standard_id:
        raise ValueError(f"{name} is taken of a standard: write {name}{OF}<standard>")
    if standard_id and not MEASURES[name].of_standard:
        raise ValueError(f"{name} is of the whole plan, not of '{standard_id}': write {name}")
    return f"{name}{OF}{standard_id}" if standard_id else name


def known_limits(value: Any) -> Any:
    """``limits`` with one key a measure; of two ways to write one, what stands last holds.

    Raises:
        ValueError: as `known_key`.
    """
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for written, limit in flattened(value).items():
        key = known_key(written)
        # A setting from the command line can only be written nested, the file's may be dotted.
        both = isinstance(limit, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = {**found[key], **limit} if both else limit
    return found


def refuse_sides(limits: Mapping[str, Limit]) -> None:
    """Refuse floors and ceilings that would ask for a worse plan.

    Raises:
        ValueError: with the reason.
    """
    for key, limit in limits.items():
        measure = MEASURES[split_key(key)[0]]
        for side, why in (("at_least", measure.no_floor), ("at_most", measure.no_ceiling)):
            if why and getattr(limit, side) is not None:
                raise ValueError(f"{key}: {side} makes no sense here: {why}")


def refuse_unknown_standards(keys: Sequence[str], standards: Mapping[str, Standard]) -> None:
    """Refuse measures of standards that the scenario does not have.

    Raises:
        ValueError: naming the measure, and the nearest standard.
    """
    for key in keys:
        name, standard_id = split_key(key)
        if standard_id and standard_id not in standards:
            help_ = nearest(standard_id, standards) if standards else "add it under 'standards'"
            raise ValueError(f"{key}: the scenario has no standard '{standard_id}'; {help_}")


def indicator_of(key: str, standards: Mapping[str, Standard]) -> Indicator:
    """An indicator in the words of its standard."""
    standard = standards.get(split_key(key)[1])
    return indicator(key) if standard is None else indicator(key, standard.label, standard.weight)


def stages_of(objective: Objective, standards: Mapping[str, Standard]) -> tuple[Stage, ...]:
    """What is made best, in order; the tie-break of a single aim included."""
    stages = [Stage(_goal(aim, standards), aim.slack, aim.slack_amount) for aim in objective.aims]
    if not objective.listed and "npv_gbp" not in objective.keys:
        stages.append(Stage(NPV, tie_break=True))
    return tuple(stages)


def _goal(aim: Aim, standards: Mapping[str, Standard]) -> Goal:
    weights = aim.weights if aim.weights is not None else {str(aim.measure): 1.0}
    return Goal(tuple((indicator_of(key, standards), weight) for key, weight in weights.items()))


def limits_of(
    limits: Mapping[str, Limit], standards: Mapping[str, Standard]
) -> tuple[LimitRule, ...]:
    """The scenario's limits as rules, keys ascending."""
    return tuple(
        LimitRule(key, Goal(((indicator_of(key, standards), 1.0),)), limit.at_least, limit.at_most)
        for key, limit in sorted(limits.items())
    )

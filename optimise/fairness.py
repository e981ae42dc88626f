"""No detriment and equity: the records a scenario writes those rules in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from pydantic import Field, field_validator, model_validator

from assets.issues import nearest
from coverage.standards import COUNTED_GROUPS, Geography, Standard
from optimise.knobs import Strict

#: Groups of people a rule may speak of; ``all`` is everybody who counts in the standard.
GROUPS: tuple[str, ...] = (
    "all", "urban", "rural", *COUNTED_GROUPS, *(f"most_deprived_{n}" for n in range(1, 11)),
)  # fmt: skip
Measure = Literal["share", "mean"]

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_FLOOR = re.compile(r"^baseline\s*(?:-\s*(\d*\.?\d+))?$")
_CEILING = re.compile(r"^baseline\s*(?:\+\s*(\d*\.?\d+))?$")


class FairRecord(Strict):
    """What the two kinds of record share.

    Attributes:
        standard: the standard whose service, clock, threshold, weight and mode are counted with.
        title: the rule in words, for tables and pages; blank = made from the record.
        groups: groups of people that the rule looks at one by one.
        geography: areas that the rule looks at one by one; ``all`` = the whole at once.
        measure: ``share`` (of the weight within the threshold) or ``mean`` (minutes).
    """

    standard: str
    title: str = ""
    groups: tuple[str, ...] = ()
    geography: Geography = "all"
    measure: Measure = "share"

    @field_validator("groups", mode="before")
    @classmethod
    def _one_alone(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("groups")
    @classmethod
    def _groups_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return known_groups(value)


def known_groups(value: tuple[str, ...]) -> tuple[str, ...]:
    """The groups, each known and named once.

    Raises:
        ValueError: otherwise, in words.
    """
    for group in value:
        if group not in GROUPS:
            raise ValueError(f"unknown group '{group}'; {nearest(group, GROUPS)}")
        if value.count(group) > 1:
            raise ValueError(f"group '{group}' is named twice")
    return value


def refuse_bad_names(names: Iterable[str]) -> None:
    """Refuse names that would not do in tables, rows and dotted keys.

    Raises:
        ValueError: in words.
    """
    for name in names:
        if not _NAME.match(name):
            raise ValueError(
                f"'{name[:64]}' cannot be a rule's name: letters, digits, '_' and '-', 64 at most"
            )


class NoDetriment(FairRecord):
    """Nobody, or no group, is left worse off by the plan.

    Attributes:
        rule: ``stays_within`` (whoever is within the standard today still is), ``growth``
            (nobody's time grows by more than ``minutes``) or ``group`` (no group, and no area,
            loses more than everybody does on average, beyond ``tolerance``).
        allowance: stays_within and growth: share (0-1) of those the rule protects that may lose
            all the same; for each area of ``geography`` on its own.
        allowance_people: the same as a number, in units of the standard's weight.
        minutes: growth: what a time may grow by.
        tolerance: group: how much more than the average a group may lose: a share (0.01 is a
            point), or minutes with measure mean.
    """

    rule: Literal["stays_within", "growth", "group"] = "stays_within"
    allowance: float | None = Field(default=None, ge=0, le=1)
    allowance_people: float | None = Field(default=None, ge=0)
    minutes: float | None = Field(default=None, ge=0, le=240)
    tolerance: float | None = Field(default=None, ge=0, le=240)

    @model_validator(mode="after")
    def _keys_fit_the_rule(self) -> NoDetriment:
        if (self.rule == "growth") != (self.minutes is not None):
            raise ValueError(
                "rule growth needs minutes (what a time may grow by), and no other rule takes it"
            )
        if self.rule == "group":
            self._refuse_for_groups()
        elif self.groups or self.tolerance is not None or self.measure != "share":
            raise ValueError(f"groups, tolerance and measure go with rule group, not {self.rule}")
        if self.allowance is not None and self.allowance_people is not None:
            raise ValueError("give allowance (a share) or allowance_people, not both")
        return self

    def _refuse_for_groups(self) -> None:
        if not self.groups and self.geography == "all":
            raise ValueError("rule group needs groups or a geography: whom to compare with all")
        if "all" in self.groups:
            raise ValueError("each group is compared with all already: leave 'all' out")
        if self.allowance is not None or self.allowance_people is not None:
            raise ValueError("rule group takes tolerance, not allowance")
        if self.measure == "share" and (self.tolerance or 0.0) > 1:
            raise ValueError("tolerance must be a share from 0 to 1 (a point is 0.01)")


class Equity(FairRecord):
    """How far the worst-off may be behind.

    Attributes:
        floor: share (0-1) that each group and area keeps at least; ``baseline`` or
            ``baseline - 0.02`` = its own share of today, less so much.
        ceiling: minutes of mean time that each may have at most; ``baseline`` or
            ``baseline + 1`` = its own of today, and so much more.
        where_below: what a group or area that misses the floor (or ceiling) already today must
            do: ``raise`` (meet it all the same) or ``hold`` (be no worse than today).
        gap: the greatest difference there may be between the groups in ``between`` (or between
            the best and the worst area of ``geography``): a share, or minutes with measure mean;
            ``baseline`` or ``baseline + 0.01`` = it does not widen against today (by more than
            that).
        between: two groups or more.
    """

    floor: float | str | None = None
    ceiling: float | str | None = None
    gap: float | str | None = None
    between: tuple[str, ...] = ()
    where_below: Literal["raise", "hold"] = "raise"

    @field_validator("between")
    @classmethod
    def _between_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) == 1:
            raise ValueError("a gap is between two groups or more: [rural, urban]")
        return known_groups(value)

    @field_validator("floor", "ceiling", "gap")
    @classmethod
    def _written_well(cls, value: float | str | None, info: object) -> float | str | None:
        name = str(getattr(info, "field_name", ""))
        if isinstance(value, str):
            pattern, sign = (_FLOOR, "-") if name == "floor" else (_CEILING, "+")
            if not pattern.match(value.strip()):
                raise ValueError(f"must be a number, 'baseline' or 'baseline {sign} 0.01'")
            return value.strip()
        if value is not None and not 0 <= value <= (1 if name == "floor" else 240):
            raise ValueError(
                "must be a share from 0 to 1 (70 % is 0.70)"
                if name == "floor"
                else "must be from 0 to 240"
            )
        return value

    @model_validator(mode="before")
    @classmethod
    def _ceiling_is_of_the_mean(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("ceiling") is not None:
            return {"measure": "mean", **value}
        return value

    @model_validator(mode="after")
    def _one_of_three(self) -> Equity:
        asked = [k for k in ("floor", "ceiling", "gap") if getattr(self, k) is not None]
        if len(asked) != 1:
            raise ValueError("give one of floor (a share), ceiling (minutes) and gap")
        if asked[0] == "floor" and self.measure != "share":
            raise ValueError("a floor is a share; for minutes give ceiling")
        if asked[0] == "ceiling" and self.measure != "mean":
            raise ValueError("a ceiling is in minutes of mean time; for a share give floor")
        return self

    @model_validator(mode="after")
    def _someone_to_look_at(self) -> Equity:
        if self.gap is None:
            if not self.groups and self.geography == "all":
                raise ValueError("a floor or ceiling needs groups or a geography: whose?")
            if self.between:
                raise ValueError("between goes with gap; for a floor or ceiling give groups")
            return self
        if bool(self.between) == (self.geography != "all"):
            raise ValueError("a gap needs between (groups) or a geography (areas), one of the two")
        if self.groups:
            raise ValueError("for a gap name the groups in between")
        if self.measure == "share" and isinstance(self.gap, int | float) and self.gap > 1:
            raise ValueError("gap must be a share from 0 to 1 (10 points are 0.10)")
        if self.where_below != "raise":
            raise ValueError("where_below goes with floor or ceiling")
        return self


def relaxed(asked: float | str, today: float) -> float:
    """A figure asked for as a number: ``baseline`` is today's, with what is added or taken off."""
    if not isinstance(asked, str):
        return float(asked)
    for pattern, sign in ((_FLOOR, -1.0), (_CEILING, 1.0)):
        match = pattern.match(asked)
        if match is not None and match.group(1):
            return today + sign * float(match.group(1))
    return today


def rule_words(ask: NoDetriment | Equity, standard: Standard) -> str:
    """The rule in words a member understands; the planner's own where given."""
    if ask.title:
        return ask.title
    text, unit = standard.label, standard.unit_words
    if isinstance(ask, Equity):
        return _equity_words(ask, text, unit)
    if ask.rule == "stays_within":
        return f"Whoever is within today stays within: {text}{_spared(ask)}"
    if ask.rule == "growth":
        return f"Nobody's time grows by more than {ask.minutes:g} {unit}: {text}{_spared(ask)}"
    what = "of its share" if ask.measure == "share" else f"{unit} of mean"
    return f"No group or area loses more {what} than the average ({_named(ask)}): {text}"


def _spared(ask: NoDetriment) -> str:
    each = "" if ask.geography == "all" else f" in each {_plain(ask.geography)}"
    if ask.allowance:
        return f", but for {ask.allowance:.2%}{each}"
    return f", but for {ask.allowance_people:,.0f}{each}" if ask.allowance_people else each


def _equity_words(ask: Equity, text: str, unit: str) -> str:
    def figure(asked: float | str) -> str:
        if isinstance(asked, str):
            return asked.replace("baseline", "today's")
        return f"{asked:.1%}" if ask.measure == "share" else f"{asked:g} {unit}"

    if ask.gap is not None:
        return f"A gap of at most {figure(ask.gap)} ({_named(ask)}): {text}"
    if ask.floor is not None:
        return f"At least {figure(ask.floor)} everywhere ({_named(ask)}): {text}"
    return f"A mean of at most {figure(ask.ceiling or 0.0)} everywhere ({_named(ask)}): {text}"


def _named(ask: NoDetriment | Equity) -> str:
    named = [*(ask.between if isinstance(ask, Equity) else ()), *ask.groups]
    if ask.geography != "all":
        named.append(f"each {ask.geography}")
    return ", ".join(map(_plain, named))


def _plain(name: str) -> str:
    return name.replace("_", " ")

"""The records of many scenarios in one file: ``scenarios`` and ``sweeps``.

scenarios: {low: {title: Low, overrides: [tight], set: {finance.receipt_case: low}}}
sweeps: {fire: {of: [base, low], grid: {standards.fire_10.target: [0.78, 0.80]}}}
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from optimise.knobs import Strict

#: The scenario as its file has it; a sweep is of it unless it says otherwise.
BASE = "base"
#: Scenarios that one file may come to.
MOST = 10_000


class NamedScenario(Strict):
    """The base with overrides of the file, combined, and further keys.

    Attributes:
        title, note: for people.
        overrides: names under ``overrides``; no two may set one key.
        settings: written ``set``: dotted key → value, or keys in keys, as in an override.
    """

    title: str = ""
    note: str = ""
    overrides: list[str] = Field(default_factory=list)
    settings: dict[str, Any] = Field(default_factory=dict, alias="set")


class Draw(Strict):
    """What a key's values are drawn from: a range, a range with its likeliest value, or choices.

    Attributes:
        low, high: every value between them is as likely as any other; in the key's own unit.
        mode: the likeliest, in between: the chances fall away from it in straight lines.
        whole: whole numbers only, both ends included.
        choices: each as likely as the others.
    """

    low: float | None = None
    mode: float | None = None
    high: float | None = None
    whole: bool = False
    choices: list[Any] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Draw:
        ends = (self.low, self.mode, self.high)
        if self.choices is not None:
            if self.whole or any(end is not None for end in ends):
                raise ValueError("give choices, or low and high, not both")
            if not self.choices:
                raise ValueError("choices is empty; name at least one value")
            return self
        if self.low is None or self.high is None:
            raise ValueError("give low and high (and mode, the likeliest), or choices")
        if self.low >= self.high:
            raise ValueError(f"low {self.low:g} is not below high {self.high:g}")
        if self.mode is not None and not self.low <= self.mode <= self.high:
            raise ValueError(f"mode {self.mode:g} is not between {self.low:g} and {self.high:g}")
        if self.whole and self.mode is not None:
            raise ValueError("whole goes with low and high alone")
        if self.whole and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError("whole needs low and high that are whole numbers")
        return self


class Sweep(Strict):
    """One scenario for each combination, row or draw of values.

    Attributes:
        title, note: for people.
        of: ``base`` and named scenarios that it starts from; each gets all of the values.
        grid: dotted key → values: every combination, the last key turning fastest.
        rows: written ``list``: dotted key → values: the first of each, then the second ...
        sample, seed, draw: so many draws (Latin hypercube); equal seeds give equal values.
    """

    title: str = ""
    note: str = ""
    of: list[str] = Field(default_factory=lambda: [BASE])
    grid: dict[str, list[Any]] | None = None
    rows: dict[str, list[Any]] | None = Field(default=None, alias="list")
    sample: int | None = Field(default=None, ge=1, le=MOST)
    seed: int = Field(default=0, ge=0)
    draw: dict[str, Draw] | None = None

    @field_validator("of")
    @classmethod
    def _of_something(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("is empty; name base or a scenario, or leave it out")
        if len(set(value)) < len(value):
            raise ValueError("names one scenario twice")
        return value

    @field_validator("grid", "rows", "draw")
    @classmethod
    def _some_keys(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is None:
            return None
        if not value:
            raise ValueError("names no key")
        for key, values in value.items():
            if isinstance(values, list) and not values:
                raise ValueError(f"{key}: the list is empty; give at least one value")
        return value

    @model_validator(mode="after")
    def _one_kind(self) -> Sweep:
        ways = {"grid": self.grid, "list": self.rows, "sample": self.sample}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) != 1:
            said = f"both {' and '.join(given)}" if given else "none of them"
            raise ValueError(f"give one of grid, list and sample with draw; there is {said}")
        if (self.sample is None) != (self.draw is None):
            raise ValueError("sample (how many) and draw (from what) go together")
        lengths = {key: len(values) for key, values in (self.rows or {}).items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{key} has {n}" for key, n in lengths.items())
            raise ValueError(f"lists of one length are needed: {told}")
        return self

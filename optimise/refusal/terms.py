"""What a row of the program says of a rule, and how figures are told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from optimise.problem import Problem
from optimise.scenario import Scenario

#: Ranks: what is tried first when rules are left out to see whether the rest still clash.
LOCK, COUNT, COVER, MONEY, LAYER = range(5)


@dataclass(frozen=True)
class Give:
    """How a rule gives way by degrees.

    Attributes:
        now: the figure as it stands.
        step: what 1 of slack changes the figure by: +, where the rule gives way by rising.
        size: slack that counts as giving way altogether; changes are weighed against it.
        told: a figure in words.
        digits: decimals it is rounded to, towards what is easier.
        settable: the figure is a key's value, and not only what the rule comes to.
    """

    now: float
    step: float
    size: float
    told: Callable[[float], str]
    digits: int = 0
    settable: bool = True

    def after(self, slack: float) -> float:
        """The figure that a slack allows, rounded so that what is offered can be had."""
        scale = 10.0**self.digits
        raw = (self.now + self.step * slack) * scale
        # The solver's rounding noise is not worth another whole step.
        noise = 2e-6 * max(1.0, abs(self.step) * scale)
        easier = math.ceil(raw - noise) if self.step > 0 else math.floor(raw + noise)
        return easier / scale


@dataclass(frozen=True)
class Term:
    """What one row of the program says of a rule.

    Attributes:
        key: where the rule stands in the scenario or the layers.
        words: what it asks.
        rank: `LOCK` … `LAYER`.
        per_slack: how far 1 of slack loosens the row, in the row's own units.
        give: how it gives way; None: it can only be dropped.
        place: area the row is about, "" for all; told with the words.
        each: id for which an exception can be made; "" where the rule gives way as a whole.
        dropped: what dropping it is called; with ``each``, what goes before the ids.
    """

    key: str
    words: str
    rank: int
    per_slack: float = 1.0
    give: Give | None = None
    place: str = ""
    each: str = ""
    dropped: str = "drop it"


@dataclass(frozen=True, eq=False)
class Asked:
    """What the makers of terms look things up in: the scenario as it stands, its problem, names."""

    scenario: Scenario
    problem: Problem
    names: Mapping[str, str]

    def building(self, asset_id: str) -> str:
        """A building by id and name."""
        return f"{asset_id} {self.names.get(asset_id, '')}".strip()


Maker = Callable[[Asked, tuple[str, ...]], Term | None]


def plain(name: str) -> str:
    """A key of the scenario as words."""
    return name.replace("_", " ")


def pounds(value: float) -> str:
    """£ to the pound."""
    return f"−£{-value:,.0f}" if value < 0 else f"£{value:,.0f}"


def share(value: float) -> str:
    """A share as the scenario writes it, to a hundredth of a point."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def number(value: float) -> str:
    """A whole number, or one with decimals where it has them."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def with_unit(unit: str) -> Callable[[float], str]:
    """A number followed by its unit."""
    return lambda value: f"{number(value)} {unit}"


def from_today(target: object, sign: float) -> tuple[float, Callable[[float], str]] | None:
    """(change from today, how such a change is written); None where the target is a number."""
    text = str(target)
    if not text.startswith("baseline"):
        return None
    symbol = "-" if sign < 0 else "+"
    off = sign * float(text.replace(" ", "").partition(symbol)[2] or 0.0)

    def told(value: float) -> str:
        return "baseline" if value == 0 else f"baseline {symbol} {share(abs(value))}"

    return off, told


def share_gives(target: float | str) -> Give:
    """A least share: 1 of slack is a point (0.01); today's share less something falls farther."""
    today = from_today(target, -1.0)
    if today is None:
        return Give(float(target), -0.01, max(100.0 * float(target), 1.0), share, 4)
    return Give(today[0], -0.01, 100.0, today[1], 4)


def time_gives(target: float | str, unit: str) -> Give:
    """A longest time (distance): 1 of slack is a minute (mile)."""
    today = from_today(target, 1.0)
    if today is None:
        return Give(float(target), 1.0, max(float(target), 1.0), with_unit(unit), 2)
    return Give(today[0], 1.0, 10.0, today[1], 2)

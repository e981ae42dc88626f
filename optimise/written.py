"""How figures are written in a scenario: percentages, shares, financial years, discount rates.

Two readings of a figure differ by a hundred; where both are likely it is refused, and both are
said. A figure with its sign (``0.5 %``) has one reading and is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

_PER_CENT = re.compile(
    r"\s*(-?[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)\s*(?:%|per ?cent|pct)\s*", re.IGNORECASE
)
_FINANCIAL_YEAR = re.compile(r"\s*([0-9]{4})(?:\s*[/–-]\s*([0-9]{4}|[0-9]{2}))?\s*")
FIRST_YEAR, LAST_YEAR = 1990, 2250


def _stated_pct(value: Any) -> float | None:
    """The figure of a text such as ``75 %``; None for everything else."""
    found = _PER_CENT.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else float(found[1])


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def percent(value: Any) -> Any:
    """A percentage, 75 or ``75 %``; what pydantic shall read.

    Raises:
        ValueError: a number above 0 and up to 1, which may be a share (0.75 for 75 %); yes or no.
    """
    if isinstance(value, bool):
        raise ValueError("yes and no are no percentages: write 100 or 0")
    stated, number = _stated_pct(value), _number(value)
    if stated is not None:
        return stated
    if number is None or not 0.0 < number <= 1.0:
        return value
    raise ValueError(
        f"{number:g} could be {number:g} % or {100.0 * number:g} %: "
        f"write {100.0 * number:g}, or '{number:g} %'"
    )


def share(value: Any) -> Any:
    """A share from 0 to 1, 0.75 or ``75 %``; what pydantic shall read.

    Raises:
        ValueError: a number above 1, which may be a percentage.
    """
    stated, number = _stated_pct(value), _number(value)
    if stated is not None:
        return round(stated / 100.0, 12)
    if number is None or number <= 1.0:
        return value
    raise ValueError(f"{number:g} is no share from 0 to 1: write {number / 100.0:g}, "
                     f"or '{number:g} %'")  # fmt: skip


def _percent_text(value: float) -> float | str:
    """A percentage as it can be read again without a doubt."""
    return f"{value!r} %" if 0.0 < value <= 1.0 else value


#: A percentage, 0-100 unless the field says otherwise.
Percent = Annotated[
    float, BeforeValidator(percent), PlainSerializer(_percent_text, when_used="json")
]
#: A share, 0-1.
Share = Annotated[float, BeforeValidator(share)]


def financial_year(value: Any) -> Any:
    """2026 for 2026, ``2026/27``, ``2026-27`` and ``2026/2027``; what is no such text as it is.

    Raises:
        ValueError: a text of two years that do not follow each other.
    """
    found = _FINANCIAL_YEAR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    first, last = int(found[1]), found[2]
    if last is not None and (first + 1) % 10 ** len(last) != int(last):
        raise ValueError(f"'{value}' is no financial year: write {first}/{(first + 1) % 100:02d}")
    return first


def by_year(value: Any) -> Any:
    """A mapping by financial year, each year once.

    Raises:
        ValueError: one year written in two ways, or a key that is no year.
    """
    if not isinstance(value, Mapping):
        return value
    found: dict[Any, Any] = {}
    for key, figure in value.items():
        year = financial_year(key)
        if not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"'{key}' is no financial year: write 2026, or 2026/27")
        if year in found:
            raise ValueError(f"{year} is there twice")
        found[year] = figure
    return found


#: £ by financial year.
PoundsByYear = Annotated[dict[int, Annotated[float, Field(ge=0)]], BeforeValidator(by_year)]
#: An index of prices by financial year.
IndexByYear = Annotated[dict[int, Annotated[float, Field(gt=0)]], BeforeValidator(by_year)]


def discount_steps(value: Any) -> Any:
    """A discount schedule as pairs (last year, rate), from pairs or from years with their rates.

    ``[[30, 0.035], [null, 0.03]]`` is the same as ``[{from: 0, to: 30, rate: 3.5 %},
    {from: 31, rate: 3 %}]``.

    Raises:
        ValueError: years without a rate, or with two.
    """
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return value
    if all(isinstance(step, Mapping) for step in value):
        return _steps_of(value)
    return [
        [step[0], share(step[1])] if isinstance(step, Sequence) and len(step) == 2 else step
        for step in value
    ]


def _steps_of(value: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Pairs from steps with from, to and rate, which must join."""
    made: list[list[Any]] = []
    due: int | None = 0
    for step in value:
        unknown = sorted(set(map(str, step)) - {"from", "to", "rate"})
        if unknown or "rate" not in step:
            raise ValueError("each step has from, to and rate: {from: 31, to: 75, rate: 3 %}")
        first, last = step.get("from", due), step.get("to")
        if not isinstance(first, int) or not isinstance(last, int | None):
            raise ValueError("from and to are years counted from the base year, such as 31 and 75")
        if due is None:
            raise ValueError("a step follows one that has no end; give each but the last a 'to'")
        # The rate of year 0 is never used: a schedule may begin at either.
        if first != due and not (due == 0 and first == 1):
            words = "have no rate" if first > due else "have two rates"
            raise ValueError(f"years {min(due, first)} to {max(due, first) - 1} {words}")
        made.append([last, share(step["rate"])])
        due = None if last is None else last + 1
    return made

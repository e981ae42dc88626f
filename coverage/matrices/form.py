"""What is told about a matrix file from outside it: unit, shape, direction, column, error. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from assets.issues import InputError, Issue
from coverage.speeds import TimeError


@dataclass(frozen=True)
class MatrixForm:
    """How a matrix file is to be read, where it does not say so itself; blank = as it says.

    Attributes:
        unit: ``minutes``, ``seconds``, ``hours`` or ``milliseconds``.
        shape: ``long`` (a row per pair) or ``wide`` (a row per place, a column per other place).
        direction: ``from_site`` or ``to_site``.
        column: heading of the times, where several could be meant.
        error: how far the minutes may be from driven ones.
    """

    unit: str = ""
    shape: str = ""
    direction: str = ""
    column: str = ""
    error: TimeError | None = None


def refused(
    rule: str, message: str, remedy: str = "", ids: tuple[str, ...] = (), *, layer: str = ""
) -> InputError:
    """An error about a matrix file."""
    return InputError(Issue(f"times.{rule}", message, ids, remedy=remedy, layer=layer))

"""What one step of a frontier came to, as it is kept in run folders and in ``frontier.json``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimise.frontier.axes import Axis
from optimise.frontier.envelope import Bound, Vector

#: Figures of a plan in a record.
FIGURES = ("figures", "first")
FOUND, SETTLED, IMPOSSIBLE, UNKNOWN = "found", "settled", "impossible", "unknown"


@dataclass(frozen=True)
class Step:
    """One step: what was asked, the plan that came of it, and what was proved.

    Attributes:
        name: ``best receipts_gbp`` for an end of the curve, ``step 3`` between them.
        asked: of each axis, at least, counted so that more is better; −infinity = nothing.
        status: ``found`` (a plan of its own), ``settled`` (plans and bounds of other steps show
            all there is to know), ``impossible`` (proved), ``unknown`` (none found in time).
        figures: of each axis in the plan, counted so that more is better; empty without one.
        bounds: what its searches proved.
        folder: of the plan, below the frontier's; "" without one.
        key: of what was asked.
        seconds: of its searches.
        reused: it was there from an earlier run of the same command.
        first: of an end of the curve that a better plan has taken the place of, the figures it
            had when the steps between the ends were laid: the same command lays them so again.
    """

    name: str
    asked: Vector
    status: str
    figures: Vector = ()
    bounds: tuple[Bound, ...] = ()
    folder: str = ""
    key: str = ""
    seconds: float = 0.0
    reused: bool = False
    first: Vector = ()

    def record(self, axes: Sequence[Axis]) -> dict[str, Any]:
        """As plain values: figures in their measures' own units, by key."""
        return {
            "name": self.name,
            "key": self.key,
            "status": self.status,
            "asked": _by_key(self.asked, axes),
            "figures": _by_key(self.figures, axes),
            "first": _by_key(self.first, axes),
            "bounds": [
                {
                    "of": axes[b.axis].key,
                    "bound": None if math.isinf(b.most) else b.most * axes[b.axis].sign,
                    "impossible": b.most == -math.inf,
                    "given": _by_key(b.floors, axes),
                }
                for b in self.bounds
            ],
            "seconds": self.seconds,
        }


def step_of(record: Mapping[str, Any], axes: Sequence[Axis], folder: str) -> Step:
    """A step from its record.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    keys = [axis.key for axis in axes]
    bounds = []
    for told in record["bounds"]:
        axis = keys.index(told["of"])
        none = -math.inf if told["impossible"] else math.inf
        most = none if told["bound"] is None else float(told["bound"]) * axes[axis].sign
        bounds.append(Bound(axis, most, _vector(told["given"], axes, -math.inf)))
    figures, first = (
        _vector(record[told], axes, math.nan) if record[told] else () for told in FIGURES
    )
    if not all(map(math.isfinite, (*figures, *first))):
        raise ValueError("a figure is missing")
    return Step(
        name=str(record["name"]),
        asked=_vector(record["asked"], axes, -math.inf),
        status=str(record["status"]),
        figures=figures,
        bounds=tuple(bounds),
        folder=folder,
        key=str(record["key"]),
        seconds=float(record["seconds"]),
        reused=True,
        first=first,
    )


def _by_key(vector: Vector, axes: Sequence[Axis]) -> dict[str, float]:
    pairs = zip(axes, vector, strict=False)
    return {axis.key: value * axis.sign for axis, value in pairs if math.isfinite(value)}


def _vector(told: Mapping[str, Any], axes: Sequence[Axis], absent: float) -> Vector:
    return tuple(float(told[axis.key]) * axis.sign if axis.key in told else absent for axis in axes)

"""The program of one scenario as plain names and numbers, to be laid beside others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pulp

from optimise.compiled import compile_model
from optimise.making import row_name
from optimise.problem import Problem

#: First part of the names of what a plan decides: one choice, whatever the scenario.
CHOICES = ("at", "outreach", "withdrawn")
#: The column fixed to 1 on which constants ride.
ONE = "one"


class Column(NamedTuple):
    """Ends of a column, and whether it is a whole number."""

    low: float | None
    high: float | None
    whole: bool


class Line(NamedTuple):
    """A row: Σ terms (sense) side, sense −1 for ≤, 0 for = and 1 for ≥."""

    name: str
    sense: int
    side: float
    terms: tuple[tuple[str, float], ...]

    @property
    def kind(self) -> str:
        """First part of its name."""
        return kind_of(self.name)


@dataclass(frozen=True, eq=False)
class Sheet:
    """The program of one scenario.

    Attributes:
        columns: by name.
        lines: every rule, as `optimise.constraints` wrote it.
        cost: what is minimised, in the solver's units (its constant on ``one``).
    """

    columns: Mapping[str, Column]
    lines: tuple[Line, ...]
    cost: Mapping[str, float]


def kind_of(name: str) -> str:
    """First part of the name of a row or column."""
    return name.partition("__")[0]


def sheet_of(problem: Problem) -> Sheet:
    """The model of record of a problem, taken down by name."""
    model, _ = compile_model(problem)
    columns = {
        v.name: Column(v.lowBound, v.upBound, v.cat == pulp.LpInteger) for v in model.variables()
    }
    lines = tuple(
        Line(row.name or "", row.sense, -row.constant, tuple((v.name, c) for v, c in row.items()))
        for row in model.constraints()
    )
    return Sheet(columns, lines, {v.name: c for v, c in model.objective.items()})


def choices_of(problem: Problem) -> frozenset[str]:
    """Names of the choices that a scenario permits; of a unit that cannot change, its home."""
    found = []
    for unit in problem.units.values():
        if unit.fixed:
            found.append(row_name("at", unit.unit_id, unit.home))
            continue
        found += [row_name("at", unit.unit_id, s) for s in unit.sites]
        found += [row_name("outreach", unit.unit_id, s) for s in unit.outreach_sites]
        if unit.may_withdraw:
            found.append(row_name("withdrawn", unit.unit_id))
    return frozenset(found)

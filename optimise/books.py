"""The money of a phased program, summed over what is done in each period."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pulp

from optimise.phasing.calendar import Calendar
from optimise.phasing.variables import Timed
from optimise.priced import Priced


@dataclass(frozen=True)
class Books:
    """The money of a phased program as linear expressions.

    A view of what the variables of time are worth; it prices nothing.
    """

    timed: Timed
    calendar: Calendar

    def npv_gbp(self) -> pulp.LpAffineExpression:
        """Σ present worth · done, over every change in every period."""
        return pulp.LpAffineExpression([(var, m.present_gbp) for var, _, m in self._each()])

    def capital_gbp(self, until: int | None = None) -> pulp.LpAffineExpression:
        """Capital up to and with a year; all of it without one."""
        return _sum((var, _until(m.capital, until)) for var, _, m in self._each())

    def capital_in(self, year: int) -> pulp.LpAffineExpression:
        """Capital of one year."""
        return _sum((var, m.capital.get(year, 0.0)) for var, _, m in self._each())

    def receipts_gbp(self, until: int | None = None) -> pulp.LpAffineExpression:
        """Receipts up to and with a year; all of them without one."""
        return _sum((var, _until(m.receipts, until)) for var, _, m in self._each())

    def saving_gbp(self, year: int | None = None) -> pulp.LpAffineExpression:
        """Net revenue saving in a year; without one, a year once everything is done."""
        share = self.calendar.saved_share
        return _sum(
            (var, m.annual_gbp * (1.0 if year is None else share(year, p)))
            for var, p, m in self._each()
        )

    def _each(self) -> Iterator[tuple[pulp.LpVariable, int, Priced]]:
        """(variable, period, its money) of every change, and of neighbours sold together."""
        timed = self.timed
        for done, var in timed.done.items():
            yield var, done[1], timed.prices[done]
        for sold, var in timed.together.items():
            yield var, sold[1], timed.bonuses[sold]


def _until(by_year: Mapping[int, float], until: int | None) -> float:
    return sum(gbp for year, gbp in by_year.items() if until is None or year <= until)


def _sum(terms: Iterable[tuple[pulp.LpVariable, float]]) -> pulp.LpAffineExpression:
    return pulp.LpAffineExpression([(var, gbp) for var, gbp in terms if gbp])

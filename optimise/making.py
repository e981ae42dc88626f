"""Names of rows and variables, and how variables are made."""

from __future__ import annotations

from dataclasses import dataclass

import pulp

#: Money is in thousands of pounds to the solver, in rows and as the objective: near the size of
#: the other coefficients.
SCALE = 1e-3


def row_name(*parts: str | int) -> str:
    """An injective solver-safe name: no two different part lists share one.

    PuLP maps ``-``, brackets and spaces to ``_``, so ``site-1`` and ``site_1``
    would collide. Here each byte outside A–Z, a–z, 0–9 becomes ``_`` and two
    hexadecimal digits, and parts are joined by ``__``, which no part can hold.
    """
    return "__".join(
        "".join(
            chr(b) if chr(b).isascii() and chr(b).isalnum() else f"_{b:02x}"
            for b in str(part).encode("utf-8")
        )
        for part in parts
    )


@dataclass(frozen=True)
class Maker:
    """Makes named variables in a model.

    Attributes:
        before: parts that begin every name.
    """

    model: pulp.LpProblem
    before: tuple[str, ...] = ()

    def binary(self, *parts: str | int) -> pulp.LpVariable:
        """A variable that is 0 or 1."""
        return self.model.add_variable(row_name(*self.before, *parts), 0, 1, pulp.LpBinary)

    def continuous(self, *parts: str | int, upper: float | None = None) -> pulp.LpVariable:
        """A variable from 0 up."""
        name = row_name(*self.before, *parts)
        return self.model.add_variable(name, 0, upper, pulp.LpContinuous)

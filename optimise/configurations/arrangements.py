"""Arrangements: one building with the set of units it would hold, and all that follows from it.

Where a county's program is cut building by building, with the rule that places
each unit among the rules that join, a building's own plans are few enough to be
listed: a set of units, and then whether the building is open, how far it is
extended, what it holds. The list is made from the building's own rows alone, so
that a new family of rules needs nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from optimise.configurations.blocks import Block, Bools, Floats, Ints

#: Where a building has too many arrangements, how many of its likeliest units they are made of.
LIKELIEST = (18, 16, 14, 12, 10, 8, 6)
EXACT = 1e-6


@dataclass(frozen=True, eq=False)
class Arrangements:
    """The arrangements of one building.

    Attributes:
        plans: float64[arrangements, columns of the block], sparse.
        whole: whether every one is listed.
    """

    plans: csr_array
    whole: bool

    def values(self, column_values: Floats) -> Floats:
        """Value of each arrangement, given one of each column of the block."""
        found: Floats = self.plans @ column_values
        return found

    def plan(self, index: int) -> Floats:
        """One arrangement as columns of the block."""
        made = np.zeros(self.plans.shape[1])
        at = slice(self.plans.indptr[index], self.plans.indptr[index + 1])
        made[self.plans.indices[at]] = self.plans.data[at]
        return made


def list_arrangements(
    block: Block, places: Bools, upper: Floats, prices: Floats, *, most: int
) -> Arrangements:
    """Every arrangement of a block, from its own rows.

    Units are added one after another; a set that breaks a row is left out with all
    larger ones, since no rule of one building is mended by a further unit in it. Where
    there are too many, they are made of the units that prices make likeliest.

    Args:
        block: one building.
        places: which of the joining rows place a unit: a column in one is a unit's.
        upper: upper sides of the joining rows, to tell which way a column helps.
        prices: of the joining rows, to tell which units are likely.
        most: arrangements to list.
    """
    chosen = np.flatnonzero(abs(block.joint[places]).sum(axis=0) > 0)
    rule = _Rules(block, chosen, upper)
    reduced = (block.program.cost - block.joint.T @ prices)[chosen]
    likely = np.argsort(reduced, kind="stable")
    for units in (len(chosen), *(n for n in LIKELIEST if n < len(chosen))):
        made, whole = _sets(rule, np.sort(likely[:units]), most)
        if whole:
            break
    return Arrangements(made, whole and units == len(chosen))


def _sets(rule: _Rules, units: Ints, most: int) -> tuple[csr_array, bool]:
    """Arrangements of some units, those with fewer first; whether they are all there are."""
    count = len(rule.chosen)
    sets, last = np.zeros((1, count), dtype=np.uint8), np.full(1, -1)
    empty = rule.filled(sets)
    plans, listed = [csr_array(empty[rule.holds(empty)])], 1
    while len(sets) and len(units):
        # Each set is reached once: its units join in ascending order.
        joining = [np.flatnonzero((last < unit) & rule.may_join(sets, unit)) for unit in units]
        grown = sets[np.concatenate(joining)]
        last = np.repeat(units, [len(rows) for rows in joining])
        if listed + len(grown) > most:
            return csr_array(vstack(plans, format="csr")), False
        grown[np.arange(len(grown)), last] = 1
        made = rule.filled(grown)
        keep = rule.holds(made)
        sets, last = grown[keep], last[keep]
        plans.append(csr_array(made[keep]))
        listed += len(sets)
    return csr_array(vstack(plans, format="csr")), True


class _Rules:
    """A block's own rows, and how its other columns follow from the units chosen."""

    def __init__(self, block: Block, chosen: Ints, upper: Floats) -> None:
        self.program, self.chosen = block.program, chosen
        self._matrix = block.program.matrix.toarray()
        self._most = _better_large(block, upper)
        self._order = self._following()
        self._weights, self._limits = self._knapsacks()
        self._clash = self._clashes()

    def may_join(self, sets: NDArray[np.uint8], unit: int) -> Bools:
        """Which sets a unit may join, as far as a quick look tells."""
        alone = sets @ self._clash[unit] == 0
        weight = self._weights[:, unit]
        for by, limit, own in zip(self._weights, self._limits, weight, strict=True):
            if own > 0:
                alone &= sets @ by + own <= limit + EXACT
        found: Bools = alone
        return found

    def _knapsacks(self) -> tuple[Floats, Floats]:
        """(weights of the units, limits) of the rows that limit what units need in all."""
        weights, limits = [], []
        low, high = self.program.low.copy(), self.program.high.copy()
        low[self.chosen] = high[self.chosen] = 0.0
        for sign, side in ((1.0, self.program.upper), (-1.0, -self.program.lower)):
            by = sign * self._matrix
            with np.errstate(invalid="ignore"):
                rest = np.nansum(np.minimum(by * low, by * high), axis=1)
            units = by[:, self.chosen].clip(0)
            limit = side - rest
            some = (side < highspy.kHighsInf) & np.isfinite(rest) & (units.sum(axis=1) > limit)
            weights.append(units[some])
            limits.append(limit[some])
        return np.concatenate(weights), np.concatenate(limits)

    def _clashes(self) -> NDArray[np.uint8]:
        """Pairs of units that may not share the building, 1 where so."""
        count = len(self.chosen)
        first, second = np.triu_indices(count, 1)
        pairs = np.zeros((len(first), count))
        pairs[np.arange(len(first)), first] = pairs[np.arange(len(first)), second] = 1.0
        clash = np.zeros((count, count), dtype=np.uint8)
        bad = ~self.holds(self.filled(pairs))
        clash[first[bad], second[bad]] = clash[second[bad], first[bad]] = 1
        return clash

    def holds(self, plans: Floats) -> Bools:
        """Which plans keep every row."""
        did = plans @ self._matrix.T
        low, high = self.program.lower - EXACT, self.program.upper + EXACT
        kept: Bools = ((did >= low) & (did <= high)).all(axis=1)
        return kept

    def filled(self, sets: NDArray[Any]) -> Floats:
        """Plans with the columns that follow from the units chosen.

        A column takes the least value its rows allow, or the greatest where more of it
        helps the joining rows; rows whose other columns are not known yet say nothing.
        """
        plans = np.zeros((len(sets), len(self.program.cost)))
        plans[:, self.chosen] = sets
        for column, rows in self._order:
            least, most = self._room(plans, column, rows)
            plans[:, column] = np.maximum(least, most) if self._most[column] else least
            if self.program.integer[column]:
                plans[:, column] = np.round(plans[:, column])
        return plans

    def _room(self, plans: Floats, column: int, rows: Ints) -> tuple[Floats, Floats]:
        least = np.full(len(plans), self.program.low[column])
        most = np.full(len(plans), self.program.high[column])
        for row in rows:
            own = self._matrix[row, column]
            others = np.flatnonzero(self._matrix[row])
            others = others[others != column]
            rest = plans[:, others] @ self._matrix[row, others]
            upper, lower = self.program.upper[row], self.program.lower[row]
            above, below = (upper, lower) if own > 0 else (lower, upper)
            if abs(above) < highspy.kHighsInf:
                most = np.minimum(most, (above - rest) / own)
            if abs(below) < highspy.kHighsInf:
                least = np.maximum(least, (below - rest) / own)
        return np.minimum(least, self.program.high[column]), most

    def _following(self) -> list[tuple[int, Ints]]:
        """Columns in the order they follow, each with the rows that are ready by then."""
        known = np.zeros(len(self.program.cost), dtype=bool)
        known[self.chosen] = True
        stands = self._matrix != 0
        order: list[tuple[int, Ints]] = []
        while not known.all():
            open_rows = stands[:, ~known].sum(axis=1)
            ready = stands & (open_rows == 1)[:, None]
            share = ready.sum(axis=0) / np.maximum(1, stands.sum(axis=0))
            share[known] = -1.0
            column = int(np.argmax(share))
            order.append((column, np.flatnonzero(ready[:, column])))
            known[column] = True
        return order


def _better_large(block: Block, upper: Floats) -> Bools:
    """Columns of which more helps the joining rows and costs nothing."""
    helps = np.where((upper < highspy.kHighsInf)[:, None], -1.0, 1.0) * block.joint.toarray()
    free = block.program.cost <= 0
    better: Bools = (helps > 0).any(axis=0) & ~(helps < 0).any(axis=0) & free
    return better

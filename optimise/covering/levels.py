"""What the prices leave of a p-median, as cover at every distance, solved exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from optimise.covering.branch import Stop
from optimise.covering.dual import Priced
from optimise.covering.gains import best_of
from optimise.covering.instance import Bools, Floats, Ints
from optimise.covering.interchange import cost_of
from optimise.covering.parts import Part, shrunk

#: Entries of the program beyond which it is not built.
MOST_ENTRIES = 30_000_000


@dataclass(frozen=True, eq=False)
class Left:
    """A choice, what no choice costs less than, and the size of the program that was left."""

    chosen: Bools
    bound: float
    left: tuple[int, int, int]


def left_over(costs: Floats, known: Priced, stop: Stop) -> Left:
    """The best choice among the sites that prices have not settled.

    With D_1 < D_2 < … the costs at which row i has free sites, its cost is

        D_1 + Σ_k (D_{k+1} − D_k)·[no chosen site at D_k or less]

    so the p-median is a cover of every row at every level, each level as
    heavy as the step to the next (the radius formulation). Levels end at the
    nearest site that is always chosen, or where a row would cost so much that
    no better choice has it.

    Args:
        costs: rows × columns, finite.
        known: what the prices tell.
        stop: gap and time.
    """
    sites = int(known.chosen.sum())
    free = np.flatnonzero(~known.out & ~known.always)
    count = sites - int(known.always.sum())
    reached = known.cost - known.bound <= stop.gap
    least = known.cost - stop.gap
    if reached or stop.is_late():
        return Left(known.chosen, max(known.bound, least if reached else -np.inf), (0, 0, 0))
    if not count or not len(free):
        return Left(known.chosen, max(known.bound, least), (0, 0, 0))
    made = leveled(costs, known, free, count)
    if made is None:
        return Left(known.chosen, known.bound, (0, 0, 0))
    base, whole = made
    part = shrunk(whole)
    size = (*part.matrix.shape, part.matrix.nnz)
    found = best_of(part, 0.0, stop, count=count, start=known.chosen[free][part.sites])
    # Choices with a site that is out cost at least this.
    bound = max(known.bound, min(base + whole.most - found.bound, least))
    chosen = known.always.copy()
    chosen[free[part.sites[found.chosen]]] = True
    spare = free[~chosen[free]][: sites - int(chosen.sum())]
    chosen[spare] = True
    better = cost_of(costs, chosen) < known.cost
    return Left(chosen if better else known.chosen, bound, size)


def leveled(costs: Floats, known: Priced, free: Ints, count: int) -> tuple[float, Part] | None:
    """(what the rows cost at their first level, the cover of the others); None if too large."""
    rows = len(costs)
    # A row served dearer than this makes any choice cost more than the best known.
    most = known.prices + (known.cost - known.bound)
    always = costs[:, known.always]
    cap = np.minimum(always.min(axis=1) if always.shape[1] else np.inf, np.inf) * np.ones(rows)
    order = np.argsort(costs[:, free], axis=1, kind="stable")
    level = np.take_along_axis(costs[:, free], order, axis=1)
    following = np.column_stack([level[:, 1:], np.full(rows, np.inf)])
    # Any choice has a site among the nearest of all but count − 1 of the free ones.
    sure = np.arange(len(free)) >= len(free) - count
    inside = (level < cap[:, None]) & (level <= most[:, None]) & ~sure[None, :]
    ends = inside & (following > level)
    at, upto = np.nonzero(ends)
    if (upto + 1.0).sum() > MOST_ENTRIES:
        return None
    step = np.minimum(following[at, upto], cap[at]) - level[at, upto]
    # Beyond the last level that a better choice can have, nothing is worth more than all.
    beyond = (following[at, upto] > most[at]) & (cap[at] > most[at])
    step[beyond] = known.cost
    starts = np.concatenate([[0], np.cumsum(upto + 1)])
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], upto + 1)
    columns = order[np.repeat(at, upto + 1), within]
    matrix = csr_array((np.ones(len(columns)), columns, starts), shape=(len(at), len(free)))
    base = float(np.minimum(level[:, 0], cap).sum())
    weightless = np.zeros(len(free))
    return base, Part(np.arange(len(free), dtype=np.int64), matrix, step, weightless)

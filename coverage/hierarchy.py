"""Shortest paths from many places at once: a contraction hierarchy kept in arrays.

Nodes are ranked so that leaving one out joins few others (the order and the fill that a sparse
factorisation of the graph's pattern would have, found by SuperLU's minimum degree). A *slot* is a
pair of nodes that the fill joins. The order and the slots depend on the roads alone; a profile
only fills in what each slot costs (`weigh`), so another profile is quick. Every shortest path is
then one that climbs and one that descends, and a search is two sweeps over the slots, level by
level, all sources side by side (Dibbelt, Strasser, Wagner: Customizable Contraction Hierarchies,
2016; Delling et al.: PHAST, 2011).

A cost is one whole number, minutes and metres together: the time in units of `TICK_S` above
`METRE_BITS` bits of length in eighths of a metre. Sums and minima of such numbers are exact,
fastest first and shortest among equals, so that the metres are those of the path timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from coverage.network import Bools, Floats, Ints

TICK_S = 2e-6
"""Times are rounded to this per stretch of road; whole seconds are exact."""
METRE_BITS = 24
EIGHTH = 8.0
NEVER = np.int64(1) << 61
"""No route; nor is what takes longer than this can say (76 hours). Twice this is still a whole
number of 64 bits."""
LEAK = 1e-6
"""By how much the matrix that is factorised is dominated by its diagonal: enough that no pivot is
moved, little enough that the fill along a road of a hundred thousand stretches stays above zero."""
_TICKS_PER_MIN = 60.0 / TICK_S
_METRE_MASK = (np.int64(1) << METRE_BITS) - 1


def cost_of(minutes: Floats, metres: Floats) -> Ints:
    """Minutes and metres as one number; `NEVER` where minutes is not finite."""
    known = np.isfinite(minutes)
    ticks = np.rint(np.where(known, minutes, 0.0) * _TICKS_PER_MIN).astype(np.int64)
    eighths = np.rint(np.where(known, metres, 0.0) * EIGHTH).astype(np.int64)
    return np.where(known, (ticks << METRE_BITS) + eighths, NEVER)


def minutes_of(cost: Ints) -> Floats:
    """Minutes of a cost; infinite for no route."""
    return np.where(cost < NEVER, (cost >> METRE_BITS) / _TICKS_PER_MIN, np.inf)


def metres_of(cost: Ints) -> Floats:
    """Metres of a cost; infinite for no route."""
    return np.where(cost < NEVER, (cost & _METRE_MASK) / EIGHTH, np.inf)


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Order and fill of a graph (n nodes, a arcs, s slots, t triangles).

    Ranks are 0 .. n - 1, the first left out first. Slot k joins rank ``low[k]`` to the higher
    ``high[k]``; slots are sorted by ``low``, then ``high``.

    Attributes:
        rank: rank of each node, int64[n].
        parent: lowest higher rank joined to each rank, -1 for none, int64[n].
        level: 0 for a rank without lower ones joined to it, else one above the highest, int64[n].
        by_level: the ranks, by level, int64[n].
        level_first: where each level begins in ``by_level``, int64[levels + 1].
        low, high: ranks of each slot, int64[s].
        arc_slot: slot of each arc (-1 where it leads nowhere else), int64[a].
        arc_up: whether the arc leads from the lower to the higher rank, bool[a].
        left, right, base: slots (v, x), (v, y) and (x, y) of each triangle v < x < y, sorted
            by the level of v, int64[t].
        triangle_first: where the triangles of each level begin, int64[levels + 1].
    """

    rank: Ints
    parent: Ints
    level: Ints
    by_level: Ints
    level_first: Ints
    low: Ints
    high: Ints
    arc_slot: Ints
    arc_up: Bools
    left: Ints
    right: Ints
    base: Ints
    triangle_first: Ints


@dataclass(frozen=True, eq=False)
class Weights:
    """What each slot costs upwards and downwards, int64[s]; `NEVER` where it cannot be taken."""

    up: Ints
    down: Ints

    def turned(self) -> Weights:
        """The same roads driven the other way."""
        return Weights(self.down, self.up)


def hierarchy(nodes: int, start: Ints, stop: Ints) -> Hierarchy:
    """Order and fill of the graph with these arcs; direction does not matter here."""
    rank, pattern = _ordered(nodes, start, stop)
    low = np.repeat(np.arange(nodes), np.diff(pattern.indptr))
    high = pattern.indices.astype(np.int64)
    above = np.diff(pattern.indptr) > 0
    parent = np.full(nodes, -1, dtype=np.int64)
    parent[above] = high[pattern.indptr[:-1][above]]
    level = _levels(parent)
    a, b = rank[start], rank[stop]
    slot = _slots_of(low, high, nodes, np.minimum(a, b), np.maximum(a, b))
    left, right = _pairs(pattern.indptr.astype(np.int64))
    order = np.argsort(level[low[left]], kind="stable")
    left, right = left[order], right[order]
    floors = np.arange(level.max(initial=-1) + 2)
    return Hierarchy(
        rank=rank,
        parent=parent,
        level=level,
        by_level=np.argsort(level, kind="stable"),
        level_first=np.searchsorted(np.sort(level), floors),
        low=low,
        high=high,
        arc_slot=np.where(a == b, -1, slot),
        arc_up=a < b,
        left=left,
        right=right,
        base=_slots_of(low, high, nodes, high[left], high[right]),
        triangle_first=np.searchsorted(level[low[left]], floors),
    )


def _ordered(nodes: int, start: Ints, stop: Ints) -> tuple[Ints, csc_array]:
    """Rank of each node, and the pattern of its higher neighbours, fill included."""
    joined = start != stop
    i = np.concatenate([start[joined], stop[joined]])
    j = np.concatenate([stop[joined], start[joined]])
    ties = coo_array((np.ones(len(i)), (i, j)), shape=(nodes, nodes)).tocsc()
    ties.data[:] = -1.0
    weight = LEAK - ties.sum(axis=0)
    own = coo_array((weight, (np.arange(nodes), np.arange(nodes))), shape=(nodes, nodes))
    factors = splu(
        (ties + own).tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    if not np.array_equal(factors.perm_r, factors.perm_c):
        raise RuntimeError("the order of search was not kept")  # would make times wrong
    lower = factors.L.tocoo()
    below = lower.row > lower.col
    pattern = csc_array(
        (np.ones(int(below.sum()), dtype=np.int8), (lower.row[below], lower.col[below])),
        shape=(nodes, nodes),
    )
    pattern.sort_indices()
    return factors.perm_c.astype(np.int64), pattern


def _levels(parent: Ints) -> Ints:
    """Height of each rank above the lowest of its descendants, from the leaves up."""
    level = np.zeros(len(parent), dtype=np.int64)
    waiting = np.bincount(parent[parent >= 0], minlength=len(parent))
    front = np.flatnonzero(waiting == 0)
    while len(front):
        front = front[parent[front] >= 0]
        above = parent[front]
        np.maximum.at(level, above, level[front] + 1)
        np.subtract.at(waiting, above, 1)
        above = np.unique(above)
        front = above[waiting[above] == 0]
    return level


def _slots_of(low: Ints, high: Ints, nodes: int, lower: Ints, higher: Ints) -> Ints:
    """The slot of each pair of ranks, which must have one unless they are equals."""
    key, wanted = low * nodes + high, lower * nodes + higher
    found = np.searchsorted(key, wanted)
    there = np.append(key, -1)[found] == wanted
    if not (there | (lower == higher)).all():
        raise RuntimeError("the fill of the search order is incomplete")  # would make times wrong
    return found


def _pairs(first: Ints) -> tuple[Ints, Ints]:
    """Every two slots with the same lower rank, the higher ends ascending."""
    count = np.diff(first)
    after = np.repeat(first[1:], count) - np.arange(first[-1]) - 1
    left = np.repeat(np.arange(first[-1]), after)
    begin = np.cumsum(after) - after
    right = left + 1 + np.arange(len(left)) - np.repeat(begin, after)
    return left, right


def weigh(made: Hierarchy, cost: Ints) -> Weights:
    """Fill in what the slots cost, from what the arcs cost (int64[a])."""
    up = np.full(len(made.low), NEVER)
    down = up.copy()
    real = made.arc_slot >= 0
    rising, falling = real & made.arc_up, real & ~made.arc_up
    np.minimum.at(up, made.arc_slot[rising], cost[rising])
    np.minimum.at(down, made.arc_slot[falling], cost[falling])
    first = made.triangle_first
    for begin, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
        if begin == end:
            continue
        part = slice(begin, end)
        left, right, base = made.left[part], made.right[part], made.base[part]
        np.minimum.at(up, base, down[left] + up[right])
        np.minimum.at(down, base, down[right] + up[left])
        up[base], down[base] = np.minimum(up[base], NEVER), np.minimum(down[base], NEVER)
    return Weights(up, down)


@dataclass(frozen=True, eq=False)
class Sweep:
    """The slots of one sweep, in the order they are taken, on rows of the search's table.

    ``row`` [g] is set from slots ``first[k]`` to ``first[k + 1]``, whose other ends are rows
    ``other`` [slots]; groups ``steps[l]`` to ``steps[l + 1]`` do not depend on each other.
    """

    row: Ints
    first: Ints
    other: Ints
    slot: Ints
    steps: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """What a search between some sources and some targets has to sweep.

    ``row`` gives the table's row of each rank (-1 where no path is needed), ``rows`` how many.
    """

    row: Ints
    rows: int
    climb: Sweep
    descend: Sweep


def plan(made: Hierarchy, sources: Ints, targets: Ints) -> Plan:
    """The sweeps from any of the source nodes to any of the target nodes."""
    rising = _closure(made, made.rank[sources])
    falling = _closure(made, made.rank[targets])
    row = np.cumsum(rising | falling) - 1
    row[~(rising | falling)] = -1
    up = np.flatnonzero(rising[made.low])
    up = up[np.lexsort((made.low[up], made.high[up], made.level[made.high[up]]))]
    down = np.flatnonzero(falling[made.low])
    down = down[np.argsort(-made.level[made.low[down]], kind="stable")]
    return Plan(
        row=row,
        rows=int((row >= 0).sum()),
        climb=_sweep(made, row, up, made.high, made.low),
        descend=_sweep(made, row, down, made.low, made.high),
    )


def _closure(made: Hierarchy, ranks: Ints) -> Bools:
    """The ranks and all above them."""
    chosen = np.zeros(len(made.parent) + 1, dtype=bool)  # the last is the parent of none
    chosen[ranks] = True
    first = made.level_first.tolist()
    for begin, end in zip(first[:-1], first[1:], strict=True):
        here = made.by_level[begin:end]
        chosen[made.parent[here[chosen[here]]]] = True
    return chosen[:-1]


def _sweep(made: Hierarchy, row: Ints, slots: Ints, own: Ints, other: Ints) -> Sweep:
    """Slots grouped by the rank they set, the groups by level."""
    setting = own[slots]
    head = np.ones(len(slots), dtype=bool)
    head[1:] = setting[1:] != setting[:-1]
    first = np.flatnonzero(head)
    level = made.level[setting[first]]
    edge = np.flatnonzero(np.diff(level)) + 1
    return Sweep(
        row=row[setting[first]],
        first=np.append(first, len(slots)),
        other=row[other[slots]],
        slot=slots,
        steps=(0, *edge.tolist(), len(first)),
    )


def search(laid: Plan, weights: Weights, table: Ints) -> None:
    """Fill the table with the least cost to every row from what it holds at the start (in place).

    ``table`` int64[rows, k]: column j holds the cost of beginning at each row for source j,
    `NEVER` where it cannot; afterwards the cost of reaching each row that a target needs.
    """
    for sweep, cost in ((laid.climb, weights.up), (laid.descend, weights.down)):
        price = cost[sweep.slot][:, None]
        for groups in _between(sweep.steps):
            begin, end = int(sweep.first[groups.start]), int(sweep.first[groups.stop])
            found = table[sweep.other[begin:end]]
            found += price[begin:end]
            starts = sweep.first[groups] - begin
            if len(starts) < end - begin:
                found = np.minimum.reduceat(found, starts, axis=0)
            rows = sweep.row[groups]
            np.minimum(found, table[rows], out=found)
            table[rows] = np.minimum(found, NEVER, out=found)


def _between(steps: tuple[int, ...]) -> Iterator[slice]:
    for begin, end in zip(steps[:-1], steps[1:], strict=True):
        if end > begin:
            yield slice(begin, end)

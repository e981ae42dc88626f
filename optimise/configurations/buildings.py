"""The county building by building: one arrangement for each, so that every unit is placed once.

The linear master over arrangements is quickly solved, since the arrangements are
listed and the best of each building is one look at the list. It gives prices of the
county's rules to begin a proof from; and the whole-number master over the few thousand
arrangements that are nearly worth their price gives good plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from optimise.clock import Clock, run
from optimise.configurations.arrangements import Arrangements, list_arrangements
from optimise.configurations.blocks import Floats, Program, Split, split
from optimise.configurations.master import Columns, whole_plan
from optimise.configurations.prices import first_prices, free_part, signed
from optimise.configurations.pricing import engine_of

#: Weight of the best prices so far in those that arrangements are priced at.
SMOOTHING = 0.7
#: Arrangements of a building that join the master at once: at smoothed, and at its own prices.
AT_ONCE = (3, 2)
#: Arrangements that are listed in all, and of any one building though that be more.
IN_ALL, IN_ONE = 2_000_000, 2_000
#: Rounds end when the linear master is within this of its bound.
CONVERGED = 1e-4


@dataclass(frozen=True, eq=False)
class Buildings:
    """The program cut building by building, and each one's arrangements.

    Attributes:
        relaxed: value of the compact linear relaxation.
        prices: of the joining rows, in that relaxation.
    """

    split: Split
    lists: tuple[Arrangements, ...]
    relaxed: float
    prices: Floats

    def reduced(self, prices: Floats) -> list[Floats]:
        """Cost of each building's arrangements, less what the joining rows pay for them."""
        return [
            listed.values(block.program.cost - block.joint.T @ prices)
            for block, listed in zip(self.split.blocks, self.lists, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Mixed:
    """The linear master solved.

    Attributes:
        prices: of the joining rows.
        used: (building, arrangement) that entered it.
        columns: of the whole program, a mixture of arrangements for each building.
        reduced: cost of each building's arrangements at the prices (`Buildings.reduced`).
    """

    prices: Floats
    used: tuple[tuple[int, int], ...]
    columns: Floats
    reduced: list[Floats]


@dataclass(frozen=True)
class Effort:
    """What a plan of arrangements may cost.

    Attributes:
        size: arrangements taken, of those nearly worth their price.
        clock: of the whole-number master.
        gap: relative gap at which it may stop.
    """

    size: int
    clock: Clock
    gap: float


def cut_by_building(
    program: Program, row_names: Sequence[str], column_names: Sequence[str], clock: Clock
) -> Buildings | None:
    """The program building by building, arrangements listed; None when time runs out."""
    parts = split(program, row_names, column_names, most=0)
    relaxed, prices = first_prices(parts, clock)
    upper = program.upper[parts.rows]
    lists: dict[int, Arrangements] = {}
    room = IN_ALL
    # Small buildings first: what they leave is there for the large ones, which come first.
    for b in reversed(range(len(parts.blocks))):
        if clock.over:
            return None
        most = max(IN_ONE, room // (b + 1))
        lists[b] = list_arrangements(parts.blocks[b], parts.places, upper, prices, most=most)
        room -= lists[b].plans.shape[0]
    return Buildings(parts, tuple(lists[b] for b in sorted(lists)), relaxed, prices)


def mix(buildings: Buildings, clock: Clock) -> Mixed:
    """Column generation over the listed arrangements, from the compact prices to better ones."""
    parts, prices = buildings.split, buildings.prices
    master = _Master(buildings, abs(float(parts.whole.cost @ parts.whole.high.clip(0, 1))) + 1.0)
    centre, best, at_centre = prices, -np.inf, buildings.reduced(prices)
    master.add(_least(at_centre, max(AT_ONCE) * 2))
    while not clock.over:
        solved = master.solve(clock)
        if solved is None:
            break
        value, duals, worth = solved
        smooth = signed(parts, SMOOTHING * centre + (1 - SMOOTHING) * duals)
        fresh = 0
        for at, per in zip((smooth, signed(parts, duals)), AT_ONCE, strict=True):
            reduced = buildings.reduced(at)
            bound = free_part(parts, at) + sum(float(r.min()) for r in reduced)
            if bound > best:
                best, centre, at_centre = bound, at, reduced
            fresh += master.add(_least(reduced, per, None if at is smooth else worth))
        if not fresh or value - best <= CONVERGED * abs(value):
            break
    return Mixed(centre, tuple(master.used), master.columns(), at_centre)


def best_mix(
    buildings: Buildings,
    mixed: Mixed,
    known: Floats | None,
    effort: Effort,
    *,
    pieces: Sequence[Floats],
) -> Floats | None:
    """The best plan of the arrangements that are nearly worth their price, and of known ones.

    Args:
        buildings: with their lists.
        mixed: what arrangements cost at its prices, and those that the linear master used.
        known: a whole plan, whose arrangements join the mix; given back if none is better.
        effort: how many others to take, and how long and how exactly to look.
        pieces: columns of the whole program whose arrangements join the mix.
    """
    columns = Columns(buildings.split)
    over = np.concatenate([r - r.min() for r in mixed.reduced])
    limit = np.partition(over, effort.size)[effort.size] if len(over) > effort.size else np.inf
    for b, values in enumerate(mixed.reduced):
        for k in np.flatnonzero(values - values.min() <= limit)[: effort.size]:
            columns.add(b, buildings.lists[b].plan(int(k)))
    for b, k in mixed.used:
        columns.add(b, buildings.lists[b].plan(k))
    for plan in (*pieces, *(() if known is None else (known,))):
        columns.add_whole(plan)
    return whole_plan(columns, known, clock=effort.clock, gap=effort.gap)


def _least(reduced: list[Floats], count: int, below: Floats | None = None) -> list[tuple[int, int]]:
    """(building, arrangement) of the least reduced cost in each building."""
    found = []
    for b, values in enumerate(reduced):
        few = min(count, len(values))
        some = np.argpartition(values, few - 1)[:few] if few < len(values) else range(few)
        found += [(b, int(k)) for k in some if below is None or values[k] < below[b] - 1e-7]
    return found


class _Master:
    """The linear master over arrangements, kept in its solver while columns come in."""

    def __init__(self, buildings: Buildings, penalty: float) -> None:
        parts = buildings.split
        self._buildings, self._rows = buildings, len(parts.rows)
        self.used: list[tuple[int, int]] = []
        self._known: set[tuple[int, int]] = set()
        count = len(parts.blocks)
        self._values = np.zeros(len(parts.free) + 2 * self._rows)
        spare = csr_array(np.eye(self._rows))
        free = csr_array(parts.whole.matrix[parts.rows][:, parts.free])
        top = hstack([free, spare, -spare], format="csr")
        below = csr_array((count, top.shape[1]))
        nil = np.zeros(2 * self._rows)
        self._engine = engine_of(
            Program(
                cost=np.concatenate([parts.whole.cost[parts.free], nil + penalty]),
                low=np.concatenate([parts.whole.low[parts.free], nil]),
                high=np.concatenate([parts.whole.high[parts.free], nil + highspy.kHighsInf]),
                integer=np.zeros(top.shape[1], dtype=bool),
                matrix=csr_array(vstack([top, below], format="csr")),
                lower=np.concatenate([parts.whole.lower[parts.rows], np.ones(count)]),
                upper=np.concatenate([parts.whole.upper[parts.rows], np.ones(count)]),
            )
        )

    def add(self, wanted: list[tuple[int, int]]) -> int:
        """Take arrangements in; how many were new."""
        new = [key for key in dict.fromkeys(wanted) if key not in self._known]
        if not new:
            return 0
        costs, index, value, start = [], [], [], [0]
        for b, k in new:
            block = self._buildings.split.blocks[b]
            plan = self._buildings.lists[b].plan(k)
            joint = block.joint @ plan
            at = np.flatnonzero(joint)
            costs.append(float(block.program.cost @ plan))
            index.append(np.append(at, self._rows + b))
            value.append(np.append(joint[at], 1.0))
            start.append(start[-1] + len(at) + 1)
        self._known.update(new)
        self.used += new
        nil = np.zeros(len(new))
        self._engine.addCols(
            len(new), np.array(costs), nil, nil + highspy.kHighsInf, start[-1],
            np.array(start[:-1], dtype=np.int32),
            np.concatenate(index).astype(np.int32), np.concatenate(value),
        )  # fmt: skip
        return len(new)

    def columns(self) -> Floats:
        """The last solution as columns of the whole program; nil before the first."""
        parts = self._buildings.split
        value = self._values
        x = np.zeros(len(parts.whole.cost))
        x[parts.free] = value[: len(parts.free)]
        shares = value[len(parts.free) + 2 * self._rows :]
        for (b, k), share in zip(self.used, shares, strict=False):
            if share > 0:
                x[parts.blocks[b].columns] += share * self._buildings.lists[b].plan(k)
        return x

    def solve(self, clock: Clock) -> tuple[float, Floats, Floats] | None:
        """(value, prices of the joining rows, worth of each building's arrangement), in time."""
        if not run(self._engine, clock):
            return None
        solution = self._engine.getSolution()
        self._values, duals = np.array(solution.col_value), np.array(solution.row_dual)
        value = float(self._engine.getInfo().objective_function_value)
        return value, duals[: self._rows], duals[self._rows :]

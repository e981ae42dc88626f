"""The restricted master: one local plan for each neighbourhood, joined by the county's rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from optimise.clock import Clock, run
from optimise.configurations.blocks import Floats, Program, Split
from optimise.configurations.pricing import FEASIBLE, engine_of


@dataclass
class Columns:
    """Local plans found so far, by neighbourhood: grows while the master is priced."""

    split: Split
    plans: list[list[Floats]] = field(default_factory=list)
    known: list[set[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plans = [[] for _ in self.split.blocks]
        self.known = [set() for _ in self.split.blocks]

    def add(self, block: int, plan: Floats) -> bool:
        """Keep a plan unless it is known; whether it was new."""
        key = np.round(plan, 6).tobytes()
        if key in self.known[block]:
            return False
        self.known[block].add(key)
        self.plans[block].append(plan)
        return True

    def add_whole(self, plan: Floats) -> None:
        """Keep what a whole plan does in each neighbourhood."""
        for b, block in enumerate(self.split.blocks):
            self.add(b, plan[block.columns])

    def add_fitting(self, plan: Floats) -> None:
        """Keep what a whole plan does in each neighbourhood whose own rows allow it."""
        for b, block in enumerate(self.split.blocks):
            mine = plan[block.columns]
            if block.program.holds(mine):
                self.add(b, mine)

    def side_by_side(self, prices: Floats | None = None, most: int | None = None) -> list[Floats]:
        """Columns of the whole program: the first plan of each neighbourhood, the second, ...

        They need not keep the joining rows together.

        Args:
            prices: of the joining rows: the plans that cost least at them come first; without,
                those found first.
            most: of each neighbourhood; None for all.
        """
        made = []
        ordered = [self._ordered(b, prices)[:most] for b in range(len(self.plans))]
        for k in range(max(map(len, ordered), default=0)):
            x = np.zeros(len(self.split.whole.cost))
            for block, plans in zip(self.split.blocks, ordered, strict=True):
                if plans:
                    x[block.columns] = plans[min(k, len(plans) - 1)]
            made.append(x)
        return made

    def _ordered(self, block: int, prices: Floats | None) -> list[Floats]:
        """A neighbourhood's plans, the cheapest at prices first."""
        plans = self.plans[block]
        if prices is None:
            return plans
        mine = self.split.blocks[block]
        reduced = mine.program.cost - mine.joint.T @ prices
        return sorted(plans, key=lambda plan: float(reduced @ plan))


def master(columns: Columns, penalty: Floats | None) -> Program:
    """The master over the columns found.

    min Σ_b Σ_k cost_bk·λ_bk + free costs + penalty·artificial
    joining rows hold;  Σ_k λ_bk = 1 for each neighbourhood b

    With a penalty per joining row it is the linear master: two artificial
    columns per row keep it feasible and its prices within ± penalty. Without,
    it is the whole-number master. Column order: λ by neighbourhood and plan,
    free columns, artificial columns.
    """
    split = columns.split
    program, joining = split.whole, split.rows
    costs, entries, owner = [], [], []
    for b, (block, plans) in enumerate(zip(split.blocks, columns.plans, strict=True)):
        stacked = np.array(plans).reshape(len(plans), len(block.columns)).T
        costs.append(block.program.cost @ stacked)
        entries.append(csr_array(block.joint @ stacked))
        owner += [b] * len(plans)
    count = len(owner)
    free = csr_array(program.matrix[joining][:, split.free])
    pick = csr_array((np.ones(count), (owner, np.arange(count))), shape=(len(split.blocks), count))
    rows = len(joining)
    whole = penalty is None
    extra = np.zeros(0) if penalty is None else np.concatenate([penalty, penalty])
    spare = len(extra)
    unit = csr_array(np.eye(rows)) if spare else csr_array((rows, 0))
    top = hstack([*entries, free, unit, -unit], format="csr")
    bottom = hstack([pick, csr_array((len(split.blocks), top.shape[1] - count))], format="csr")
    return Program(
        cost=np.concatenate([*costs, program.cost[split.free], extra]),
        low=np.concatenate([np.zeros(count), program.low[split.free], np.zeros(spare)]),
        high=np.concatenate(
            [np.ones(count), program.high[split.free], np.full(spare, highspy.kHighsInf)]
        ),
        integer=np.concatenate(
            [np.full(count, whole), program.integer[split.free] & whole, np.zeros(spare, bool)]
        ),
        matrix=csr_array(vstack([top, bottom], format="csr")),
        lower=np.concatenate([program.lower[joining], np.ones(len(split.blocks))]),
        upper=np.concatenate([program.upper[joining], np.ones(len(split.blocks))]),
    )


def linear_prices(columns: Columns, penalty: Floats, clock: Clock) -> Floats | None:
    """Prices of the joining rows in the linear master, each within ± its penalty.

    None when there is no time to solve it.
    """
    engine = engine_of(master(columns, penalty))
    if not run(engine, clock):
        return None
    return np.array(engine.getSolution().row_dual)[: len(columns.split.rows)]


def whole_plan(
    columns: Columns, known: Floats | None, *, clock: Clock, gap: float
) -> Floats | None:
    """The best whole plan that the columns can make, as columns of the whole program.

    ``known``, a plan had already, is given back when nothing better is found in time.
    """
    made = _joined(columns, clock, gap)
    if known is None or made is None:
        return known if made is None else made
    cost = columns.split.whole.cost
    return made if cost @ made < cost @ known else known


def _joined(columns: Columns, clock: Clock, gap: float) -> Floats | None:
    engine = engine_of(master(columns, None))
    engine.setOptionValue("mip_rel_gap", gap)
    if not run(engine, clock) or engine.getInfo().primal_solution_status != FEASIBLE:
        return None
    value = np.array(engine.getSolution().col_value)
    x = np.zeros(len(columns.split.whole.cost))
    at = 0
    for block, plans in zip(columns.split.blocks, columns.plans, strict=True):
        chosen = int(np.argmax(value[at : at + len(plans)]))
        x[block.columns] = plans[chosen]
        at += len(plans)
    x[columns.split.free] = value[at : at + len(columns.split.free)]
    return x

"""The choice of sites in one part that covers most, less a price a site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array, eye_array, hstack, vstack

from optimise.configurations.blocks import Program
from optimise.configurations.pricing import engine_of
from optimise.covering.branch import Relaxed, Stop, Tree, run
from optimise.covering.instance import Bools, Floats
from optimise.covering.parts import Part, components, decided
from optimise.covering.search import Steps

#: A row is tight, or broken, by this much.
SLACK = 1e-7
#: Fractions of a site in the linear program from which it is chosen in a first choice.
FIRST_ROUNDINGS: tuple[float, ...] = (0.3, 0.5, 0.7)
ROUNDINGS: tuple[float, ...] = (0.5,)
#: A part is taken apart again when reduced costs settle at least this share of its sites.
SETTLED_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Found:
    """The best choice found, what it is worth, and what no choice can be worth more than."""

    chosen: Bools
    worth: float
    bound: float


def relaxation(part: Part, price: float, count: int | None) -> Program:
    """Min loss: (price − bonus)·x + weight·u, u + matrix·x ≥ 1, and at most ``count`` sites.

    Loss is all weight of rows less what the choice is worth, so
    worth = Σ weight − loss.
    """
    rows, sites = part.matrix.shape
    matrix = csr_array(hstack([part.matrix, eye_array(rows)]))
    lower, upper = np.ones(rows), np.full(rows, highspy.kHighsInf)
    if count is not None:
        counted = csr_array(np.concatenate([np.ones(sites), np.zeros(rows)])[None])
        matrix = csr_array(vstack([matrix, counted]))
        lower, upper = np.append(lower, 0.0), np.append(upper, float(count))
    return Program(
        cost=np.concatenate([price - part.bonus, part.weight]),
        low=np.zeros(sites + rows),
        high=np.ones(sites + rows),
        integer=np.zeros(sites + rows, dtype=bool),
        matrix=matrix,
        lower=lower,
        upper=upper,
    )


def best_of(
    part: Part, price: float, stop: Stop, *, count: int | None = None, start: Bools | None = None
) -> Found:
    """The choice worth most at a price a site, and proof that none is worth more than the bound.

    Args:
        part: what can be covered.
        price: of each site.
        stop: gap and time.
        count: the most sites allowed, if there is a limit.
        start: a choice to begin from.
    """
    if not len(part.weight) and count is None:
        chosen = part.bonus > price
        worth = float((part.bonus - price)[chosen].sum())
        return Found(chosen, worth, worth)
    model = Gains(part, price, count, stop)
    begun = np.zeros(len(part.sites), dtype=bool) if start is None else start
    tree = Tree(model, stop, model.offered(begun))
    apart = _taken_apart(part, price, tree) if count is None else None
    if apart is not None:
        return apart
    tree.search()
    total = float(part.weight.sum())
    # Without time for the root the bound is that all is covered at no price.
    return Found(tree.best, total - tree.loss, min(total - tree.bound, part.most))


def _taken_apart(part: Part, price: float, tree: Tree) -> Found | None:
    """What is left after the root's reduced costs, solved part by part if it falls apart."""
    chosen, refused = tree.low > 0.5, tree.high < 0.5
    sites = len(part.sites)
    if chosen.sum() + refused.sum() < SETTLED_SHARE * sites:
        return None
    parts = components(decided(part, chosen, refused))
    if parts and len(parts[0].sites) > (1 - SETTLED_SHARE) * sites:
        return None
    place = {int(site): k for k, site in enumerate(part.sites)}
    made, slack = chosen.copy(), 0.0
    stop = Stop(tree.stop.gap / max(1, len(parts)), tree.stop.deadline)
    for one in parts:
        mine = np.array([place[int(site)] for site in one.sites])
        found = best_of(one, price, stop, start=tree.best[mine])
        made[mine] = found.chosen
        slack += found.bound - found.worth
    total = float(part.weight.sum())
    worth = Steps(part, price).worth(made)
    # What the reduced costs shut out is worth at most the choice they were held against.
    bound = min(max(worth + slack, total - tree.cutoff), total - tree.root)
    best = (made, worth) if worth > total - tree.loss else (tree.best, total - tree.loss)
    return Found(*best, max(bound, best[1]))


class Gains:
    """A part as the tree asks for it: loss = all weight of rows − worth of the choice.

    Most rows of demand are slack in every good choice, so the linear program
    has only those that have ever been needed, and its basis is several times
    smaller. Leaving rows out never makes a bound invalid.
    """

    def __init__(self, part: Part, price: float, count: int | None, stop: Stop) -> None:
        rows, self.sites = part.matrix.shape
        self._part, self._count, self._stop = part, count, stop
        self._total = float(part.weight.sum())
        self._steps = Steps(part, price)
        self._roundings = FIRST_ROUNDINGS
        self._columns = np.arange(self.sites, dtype=np.int32)
        self._whole = relaxation(part, price, count)
        whole = engine_of(self._whole)
        run(whole, self.sites, stop.left())
        self._in = np.asarray(whole.getSolution().row_value)[:rows] < 1 + SLACK
        kept = np.concatenate([np.flatnonzero(self._in), np.arange(rows, len(self._whole.lower))])
        self._engine = engine_of(self._whole.part(kept, np.arange(len(self._whole.cost))))
        self._engine.setOptionValue("presolve", "off")

    def relaxed(self, low: Floats, high: Floats) -> Relaxed:
        """The linear relaxation within bounds of the sites."""
        self._engine.changeColsBounds(self.sites, self._columns, low, high)
        while True:
            solved = run(self._engine, self.sites, self._stop.left())
            if np.isinf(solved[0]):
                return solved
            lost = np.asarray(self._engine.getSolution().col_value)[self.sites :]
            if not self._put_in(self._part.matrix @ solved[1] + lost < 1 - SLACK):
                return solved

    def _put_in(self, broken: Bools) -> bool:
        """Put in the rows that are broken and not in yet; whether there were any."""
        rows = np.flatnonzero(broken & ~self._in)
        if not len(rows):
            return False
        self._in[rows] = True
        more = csr_array(self._whole.matrix[rows])
        ones, upper = np.ones(len(rows)), np.full(len(rows), highspy.kHighsInf)
        starts, columns = more.indptr[:-1].astype(np.int32), more.indices.astype(np.int32)
        self._engine.addRows(len(rows), ones, upper, more.nnz, starts, columns, more.data)
        return True

    def made(self, fractions: Floats) -> Iterator[tuple[Bools, float]]:
        """Choices by rounding, improved by small steps."""
        roundings, self._roundings = self._roundings, ROUNDINGS
        for share in roundings:
            yield self.offered(fractions > share)

    def offered(self, chosen: Bools) -> tuple[Bools, float]:
        """A choice improved by small steps, and its loss."""
        made = self._steps.improved(chosen, count=self._count)
        return made, self._total - self._steps.worth(made)

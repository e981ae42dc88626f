"""The cheapest sites that fill every row, by prices of the rows and branch and bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy.sparse import csr_array

from optimise.configurations.blocks import Program
from optimise.configurations.pricing import engine_of
from optimise.covering.answer import ROUNDING
from optimise.covering.branch import ABOVE, Relaxed, Stop, Tree, run
from optimise.covering.instance import Bools, Floats
from optimise.covering.parts import columns_of
from optimise.covering.reduce import Rest, without_needless

#: Steps of the prices round which covers are built, and how often one is.
ROUNDS, BUILD_EVERY = 240, 6
#: First length of a step, as a share of what lies between cover and bound, and how it shrinks.
FIRST_STEP, SHORTER = 0.4, 0.97
#: A site counts by what it still lacks in the linear program, and a little.
LITTLE = 1e-4


@dataclass(frozen=True, eq=False)
class Cover:
    """A cover, its cost, and what no cover costs less than."""

    chosen: Bools
    cost: float
    bound: float


class Covers:
    """Set covering as the tree asks for it: loss = cost of the sites."""

    def __init__(self, rest: Rest, price: Floats, stop: Stop) -> None:
        self._rest, self._price, self._stop = rest, price, stop
        self.sites = len(price)
        self.by_site = csr_array(rest.matrix.T)
        self._columns = np.arange(self.sites, dtype=np.int32)
        self._engine = engine_of(program_of(rest, price))
        #: Of the rows, at the last linear program.
        self.prices: Floats = np.zeros(rest.matrix.shape[0])

    def relaxed(self, low: Floats, high: Floats) -> Relaxed:
        """The linear relaxation within bounds of the sites."""
        engine = self._engine
        engine.changeColsBounds(self.sites, self._columns, low, high)
        solved = run(engine, self.sites, self._stop.left())
        if np.isfinite(solved[0]):
            engine.setOptionValue("presolve", "off")
            self.prices = np.asarray(engine.getSolution().row_dual)
        return solved

    def made(self, fractions: Floats) -> Iterator[tuple[Bools, float]]:
        """A cover of the sites that are mostly chosen, completed by those that lack least."""
        lacking = self._price * (1 + LITTLE - fractions)
        yield self.completed(fractions > 0.5, lacking)

    def completed(self, chosen: Bools, worth: Floats) -> tuple[Bools, float]:
        """A choice completed site by site, least worth for each row it fills, and its cost."""
        chosen = chosen.copy()
        rest, by_site = self._rest, self.by_site
        missing = rest.needs - rest.matrix @ chosen.astype(float)
        fills = by_site @ (missing > 0).astype(float)
        while (missing > 0).any():
            score = np.where(worth > 0, worth / np.maximum(fills, 1.0), worth * fills)
            score[chosen | (fills == 0)] = np.inf
            site = int(score.argmin())
            chosen[site] = True
            rows = by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]
            missing[rows] -= 1
            filled = rows[missing[rows] == 0]
            if len(filled):
                fills -= np.bincount(rest.matrix[filled].indices, minlength=self.sites)
        made = without_needless(rest.matrix, self._price, chosen, rest.needs, by_site)
        return made, float(self._price[made].sum())


def program_of(rest: Rest, price: Floats) -> Program:
    """Min price·x, matrix·x ≥ needs, 0 ≤ x ≤ 1."""
    rows, columns = rest.matrix.shape
    ones, none = np.ones(columns), np.zeros(columns, dtype=bool)
    upper = np.full(rows, highspy.kHighsInf)
    return Program(price, 0 * ones, ones, none, rest.matrix, rest.needs, upper)


def cheapest(rest: Rest, price: Floats, stop: Stop, *, gap: float = 0.0) -> Cover:
    """The cheapest cover, or whether there is one at the target that ``stop`` names.

    The linear relaxation prices the rows; steps from there, and the covers
    built along them, give a good cover; sites whose reduced cost says that
    they are in no better one are left out; branch and bound proves the rest.

    Args:
        rest: what to cover; every row can be filled.
        price: of each column.
        stop: the least absolute gap that means anything, when to stop, and a target.
        gap: relative gap to prove.
    """
    model = Covers(rest, price, stop)
    all_sites = np.ones(len(price), dtype=bool)
    bound, fractions, reduced = model.relaxed(np.zeros(len(price)), np.ones(len(price)))
    if np.isinf(bound):
        # No time: any cover, and that sites cost something.
        chosen, cost = model.completed(np.zeros(len(price), dtype=bool), price)
        return Cover(chosen, cost, 0.0)
    first = min(model.made(fractions), key=lambda one: one[1], default=(all_sites, price.sum()))
    ceiling = first[1] if stop.target is None else min(first[1], max(stop.target, bound))
    within = ceiling - bound + ROUNDING * (1.0 + ceiling)
    left = np.flatnonzero((reduced <= within) | first[0])
    small = Rest(columns_of(rest.matrix, left), rest.needs, rest.columns[left])
    inner = Covers(small, price[left], stop)
    best = _built(inner, small, price[left], (model.prices, bound, stop))
    if first[1] <= best[1]:
        best = first[0][left], first[1]
    stop = replace(stop, gap=max(stop.gap, gap * best[1]))
    tree = Tree(inner, stop, best)
    tree.search()
    chosen = np.zeros(len(price), dtype=bool)
    chosen[left[tree.best]] = True
    # What was left out at first costs more than what it was held against.
    out = first[1] if stop.target is None else ceiling + ABOVE
    return Cover(chosen, tree.loss, max(bound, min(tree.bound, out)))


def _built(
    model: Covers, rest: Rest, price: Floats, known: tuple[Floats, float, Stop]
) -> tuple[Bools, float]:
    """The cheapest of the covers built greedily at prices of the rows round the best ones.

    Subgradient steps on L(u) = u·needs + Σ_j min(0, c_j − Σ_i a_ij u_i); a cover is built
    from the reduced costs. (Beasley 1990, Naval Research Logistics 37.)

    Args:
        model: to build with.
        rest: what to cover.
        price: of each column.
        known: prices of the rows to begin from, a lower bound, and when to stop.
    """
    prices, bound, stop = known
    at, step = np.maximum(prices, 0.0), FIRST_STEP
    none = np.zeros(len(price), dtype=bool)
    best, cost = model.completed(none, price - model.by_site @ at)
    enough = bound + stop.gap if stop.target is None else stop.target
    for turn in range(ROUNDS):
        if cost <= enough or stop.is_late():
            break
        slack = price - model.by_site @ at
        away = rest.needs - rest.matrix @ (slack < 0).astype(float)
        length = float(away @ away)
        if not length:
            break
        value = float(at @ rest.needs + slack[slack < 0].sum())
        at = np.maximum(0.0, at + step * max(cost - value, 0.01 * cost) / length * away)
        step *= SHORTER
        if turn % BUILD_EVERY == 0:
            made, now = model.completed(none, price - model.by_site @ at)
            if now < cost:
                best, cost = made, now
    return best, cost

"""Good sites for the least mean: swap one site for another while it helps."""

from __future__ import annotations

import numpy as np

from optimise.covering.branch import Stop
from optimise.covering.instance import Bools, Floats, Ints

#: A swap must win more than this share of the cost.
LEAST_WIN = 1e-12


def cost_of(costs: Floats, chosen: Bools) -> float:
    """Σ over rows of the least cost among the chosen columns."""
    return float(costs[:, chosen].min(axis=1).sum())


def interchanged(costs: Floats, chosen: Bools, stop: Stop) -> Bools:
    """The choice after every swap of one site for another that wins, the best one first.

    saving of putting in j and taking out r =
        Σ_i max(0, d1_i − c_ij) − Σ_{i served by r} (min(d2_i, max(c_ij, d1_i)) − d1_i)

    with d1, d2 the costs at the nearest and second nearest chosen site.

    Source: Whitaker 1983, INFOR 21; Resende & Werneck 2007, European Journal
    of Operational Research 174.

    Args:
        costs: rows × columns.
        chosen: the choice to begin from, not empty.
        stop: when to leave it at what has been found.
    """
    chosen = chosen.copy()
    while not stop.is_late():
        on, off = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        if not len(off):
            return chosen
        first, nearest, second = _two_nearest(costs, on)
        saving = _savings(costs, off, len(on), (first, nearest, second))
        best = int(saving.argmax())
        if saving.flat[best] <= LEAST_WIN * float(nearest.sum()):
            return chosen
        chosen[on[best // len(off)]] = False
        chosen[off[best % len(off)]] = True
    return chosen


def _two_nearest(costs: Floats, on: Ints) -> tuple[Ints, Floats, Floats]:
    """(nearest chosen site by position, its cost, cost of the second nearest) of each row."""
    mine = costs[:, on]
    rows = np.arange(len(mine))
    first = mine.argmin(axis=1)
    nearest = mine[rows, first].copy()
    if len(on) == 1:
        return first, nearest, np.full(len(mine), np.inf)
    mine[rows, first] = np.inf
    return first, nearest, mine.min(axis=1)


def _savings(costs: Floats, off: Ints, used: int, served: tuple[Ints, Floats, Floats]) -> Floats:
    """Saving of each swap: sites taken out × sites put in."""
    first, nearest, second = served
    order = np.argsort(first, kind="stable")
    trial = costs[np.ix_(order, off)]
    near, far = nearest[order, None], second[order, None]
    wins = np.maximum(near - trial, 0.0).sum(axis=0)
    # What the rows of a site lose when it goes and the other comes, wins counted above aside.
    lost = np.minimum(far, np.maximum(trial, near)) - near
    counts = np.bincount(first, minlength=used)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    summed = np.zeros((used, len(off)))
    has = np.flatnonzero(counts)
    summed[has] = np.add.reduceat(lost, starts[has], axis=0)
    return np.asarray(wins[None, :] - summed)


def greedy(costs: Floats, sites: int, stop: Stop) -> Bools:
    """Sites put in one after another, each the one that saves most; any, once time is up."""
    chosen = np.zeros(costs.shape[1], dtype=bool)
    now = np.full(len(costs), np.inf)
    for _ in range(sites):
        if stop.is_late():
            chosen[np.flatnonzero(~chosen)[: sites - int(chosen.sum())]] = True
            break
        total = np.minimum(costs, now[:, None]).sum(axis=0)
        total[chosen] = np.inf
        site = int(total.argmin())
        chosen[site] = True
        now = np.minimum(now, costs[:, site])
    return chosen

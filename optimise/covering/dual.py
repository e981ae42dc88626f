"""Prices of being served: a bound on the p-median, and sites it settles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.covering.branch import Stop
from optimise.covering.instance import Bools, Floats, Ints
from optimise.covering.interchange import cost_of, interchanged

#: Most steps, after how many without a better bound they are shortened, and to what share.
ROUNDS, PATIENCE, SHORTER = 900, 20, 0.6
#: The first step, and the one at which to give up, as shares of cost − bound.
FIRST_STEP, LAST_STEP = 1.5, 0.002
#: Steps between two choices improved by swaps, and between two looks at what is settled.
SWAP_EVERY, SETTLE_EVERY = 40, 20
#: Sites are let go of for good when at least this share of them is out.
OUT_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class Priced:
    """What prices of being served tell.

    Attributes:
        chosen: best choice found.
        cost: of it.
        bound: no choice costs less.
        out, always: sites in no choice that wins a step over it, and in every one that does.
        prices: of the rows, at the best bound.
    """

    chosen: Bools
    cost: float
    bound: float
    out: Bools
    always: Bools
    prices: Floats


class Prices:
    """Subgradient steps on the Lagrangian dual.

        L(u) = Σ_i u_i + Σ of the p least ρ_j(u),   ρ_j(u) = Σ_i min(0, c_ij − u_i)

    In words: pay u_i for row i to be served, open the p sites that earn most;
    raise the price of a row nobody serves, lower that of one served twice.
    """

    def __init__(self, costs: Floats, start: Bools, stop: Stop) -> None:
        self._all, self._stop = costs, stop
        self._sites = int(start.sum())
        self._columns: Ints = np.arange(costs.shape[1], dtype=np.int64)
        self._costs = np.ascontiguousarray(costs)
        self.chosen, self.cost = start, cost_of(costs, start)
        rank = min(costs.shape[1] - 1, max(1, costs.shape[1] // self._sites))
        self._at = np.partition(costs, rank, axis=1)[:, rank]
        self._best_at, self.bound = self._at, -np.inf
        self.out = np.zeros(costs.shape[1], dtype=bool)
        self._step, self._stalled = FIRST_STEP, 0

    def priced(self) -> Priced:
        """Steps until the bound meets the cost, or nothing more comes of them."""
        for turn in range(ROUNDS):
            away = self._stepped(turn)
            if self._is_done() or not away.any():
                break
            length = self._step * max(self.cost - self._value, 0.0) / float(away @ away)
            self._at = self._at + length * away
            if turn % SETTLE_EVERY == SETTLE_EVERY - 1:
                self._let_go()
        always = self._settled()
        return Priced(self.chosen, self.cost, self.bound, self.out, always, self._best_at)

    def _is_done(self) -> bool:
        near = self.cost - self.bound <= self._stop.gap
        return near or self._step < LAST_STEP or self._stop.is_late()

    def _stepped(self, turn: int) -> Floats:
        """Bound and choice at the prices; by how much each row is served too little."""
        earned = np.minimum(self._costs - self._at[:, None], 0.0)
        earnings = earned.sum(axis=0)
        order = np.argsort(earnings, kind="stable")
        on = order[: self._sites]
        self._value = float(self._at.sum() + earnings[on].sum())
        if self._value > self.bound:
            self.bound, self._best_at, self._stalled = self._value, self._at, 0
        else:
            self._stalled += 1
            if self._stalled >= PATIENCE:
                self._step, self._stalled = self._step * SHORTER, 0
        if turn % SWAP_EVERY == SWAP_EVERY - 1:
            self._offer(on)
        return np.asarray(1.0 - (earned[:, on] < 0).sum(axis=1))

    def _offer(self, on: Ints) -> None:
        """Improve a choice among the sites left, and keep it if it is the best."""
        chosen = np.zeros(len(self._columns), dtype=bool)
        chosen[on] = True
        chosen = interchanged(self._costs, chosen, self._stop)
        cost = cost_of(self._costs, chosen)
        if cost < self.cost:
            self.cost = cost
            self.chosen = np.zeros(self._all.shape[1], dtype=bool)
            self.chosen[self._columns[chosen]] = True

    def _settled(self) -> Bools:
        """Sites that every better choice has; those that none has are put down as out.

        Opening another site instead of the dearest opened raises the bound by
        the difference of what they earn, and so does leaving an opened one out.
        """
        earnings = np.minimum(self._costs - self._best_at[:, None], 0.0).sum(axis=0)
        order = np.argsort(earnings, kind="stable")
        wanted = self.cost - self._stop.gap + 1e-9 * self.cost
        last = earnings[order[self._sites - 1]]
        shut = self.bound + earnings - last > wanted
        shut[order[: self._sites]] = False
        self.out[self._columns[shut]] = True
        always = np.zeros(len(self.out), dtype=bool)
        if self._sites < len(order):
            following = earnings[order[self._sites]]
            held = order[: self._sites]
            held = held[self.bound - earnings[held] + following > wanted]
            always[self._columns[held]] = True
        return always

    def _let_go(self) -> None:
        """Leave out for good the sites that no better choice has."""
        self._settled()
        keep = np.flatnonzero(~self.out[self._columns])
        if self._sites < len(keep) < (1 - OUT_SHARE) * len(self._columns):
            self._columns = self._columns[keep]
            self._costs = np.ascontiguousarray(self._costs[:, keep])

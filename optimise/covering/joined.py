"""Parts that share nothing but the number of sites: the best way to share it out, proved."""

from __future__ import annotations

import numpy as np

from optimise.configurations.pricing import engine_of
from optimise.covering.branch import Stop, run
from optimise.covering.gains import Found, best_of, relaxation
from optimise.covering.instance import Bools, Floats, Ints
from optimise.covering.parts import Part
from optimise.covering.search import Steps

#: How many sites more and fewer than the best number at the price are looked at in each part.
AROUND = 3
#: Share of the gap asked for that pricing the parts may leave open, most of it in the largest
#: parts: small ones are solved exactly in no time.
PRICED_SHARE = 0.6
#: A part left open by a proof is proved again to this share of the gap it had.
FINER = 0.25


class Frontier:
    """What each number of sites can cover in one part: at least, and at most."""

    def __init__(self, part: Part, most: int) -> None:
        self.part = part
        self.numbers = np.arange(min(most, len(part.sites)) + 1)
        none = np.zeros(len(part.sites), dtype=bool)
        self._plans = {0: none}
        self._gains = {0: 0.0}
        self._upper = np.full(len(self.numbers), part.most)
        self._upper[0] = 0.0
        self._gap: dict[int, float] = {}
        if not len(part.weight):
            self._alone()

    def _alone(self) -> None:
        """Without shared demand the sites in order of worth are best."""
        order = np.argsort(-self.part.bonus, kind="stable")
        for number in self.numbers[1:].tolist():
            chosen = np.zeros(len(order), dtype=bool)
            chosen[order[:number]] = True
            self._keep(chosen)
        self._upper = self.lower()[0]

    def _keep(self, chosen: Bools) -> None:
        number, gain = int(chosen.sum()), self.part.gain(chosen)
        if number < len(self.numbers) and gain > self._gains.get(number, -1.0):
            self._plans[number], self._gains[number] = chosen, gain

    def lower(self) -> tuple[Floats, Ints]:
        """(weight covered by at most each number, the number whose plan covers it)."""
        gains = np.array([self._gains.get(k, -1.0) for k in self.numbers.tolist()])
        best = np.maximum.accumulate(gains)
        own = np.where(gains >= best, self.numbers, 0)
        return best, np.maximum.accumulate(own)

    def upper(self) -> Floats:
        """What at most each number of sites can cover at most."""
        return np.asarray(np.minimum.accumulate(self._upper[::-1])[::-1])

    def plan(self, number: int) -> Bools:
        """The best plan known of at most so many sites."""
        return self._plans[int(self.lower()[1][number])]

    def price(self, price: float, stop: Stop) -> None:
        """Learn from the best choice at a price a site, and from the numbers around it."""
        if not len(self.part.weight):
            return
        found = best_of(self.part, price, stop)
        self._upper = np.minimum(self._upper, found.bound + price * self.numbers)
        self._around(found.chosen)

    def _around(self, chosen: Bools) -> None:
        self._keep(chosen)
        steps = Steps(self.part, 0.0)
        for side in (-1, 1):
            made = chosen
            for _ in range(AROUND):
                number = int(made.sum()) + side
                if not 0 < number < len(self.numbers):
                    break
                made = steps.improved(made, count=number)
                self._keep(made)

    def prove(self, number: int, stop: Stop) -> None:
        """Close what lies between the two at one number, finer at each call."""
        gap = min(stop.gap, self._gap.get(number, np.inf) * FINER)
        self._gap[number] = gap
        found: Found = best_of(
            self.part, 0.0, Stop(gap, stop.deadline), count=number, start=self.plan(number)
        )
        self._upper[number] = min(self._upper[number], found.bound)
        self._keep(found.chosen)


def shared_out(columns: list[Floats], number: int) -> tuple[float, list[int]]:
    """(most that the parts together can have, number each has) of at most ``number``.

    The multiple-choice knapsack, by dynamic programming over the parts:
    best_c(t) = max over k of best_{c−1}(t − k) + value_c(k).
    """
    best, picks = np.zeros(number + 1), []
    for values in columns:
        grown, pick = np.full(number + 1, -np.inf), np.zeros(number + 1, dtype=np.int64)
        for k, value in enumerate(values[: number + 1].tolist()):
            trial = best[: number + 1 - k] + value
            better = trial > grown[k:]
            grown[k:][better] = trial[better]
            pick[k:][better] = k
        best = grown
        picks.append(pick)
    left, counts = number, []
    for pick in reversed(picks):
        counts.append(int(pick[left]))
        left -= counts[-1]
    return float(best[number]), counts[::-1]


def price_of_count(part: Part, number: int, stop: Stop) -> float:
    """Price of one more site in the linear relaxation (any price will do for a bound)."""
    engine = engine_of(relaxation(part, 0.0, number))
    run(engine, len(part.sites), stop.left())
    return max(0.0, -float(np.asarray(engine.getSolution().row_dual)[-1]))


def best_shared(whole: Part, parts: list[Part], number: int, *, gap: float, stop: Stop) -> Found:
    """The best sites of parts joined by their number alone.

    Pricing the number makes the parts independent, and any price gives a bound:

        covered ≤ Σ_c max_x (gain_c(x) − price·|x|) + price·number

    The bound and the plans of each part are kept for every number of sites and
    joined by dynamic programming; while the two are farther apart than the gap
    asked for, the part that is most open at the number it would have is proved.

    Args:
        whole: all parts together.
        parts: they, as `components` gives them.
        number: the most sites allowed.
        gap: relative gap to prove.
        stop: the least absolute gap that means anything, and when to stop.
    """
    frontiers = [Frontier(part, number) for part in parts]
    price = price_of_count(whole, number, stop)
    sites = len(whole.sites)
    wanted = gap * whole.most * PRICED_SHARE
    squares = sum(len(part.sites) ** 2 for part in parts)
    for frontier in frontiers:
        share = wanted * len(frontier.part.sites) ** 2 / squares
        frontier.price(price, Stop(max(stop.gap, share), stop.deadline))
    while True:
        bound, would = shared_out([f.upper() for f in frontiers], number)
        worth, counts = shared_out([f.lower()[0] for f in frontiers], number)
        late = stop.is_late()
        if bound - worth <= max(gap * worth, stop.gap) or late:
            break
        opened = [
            float(f.upper()[k] - f.lower()[0][k]) for f, k in zip(frontiers, would, strict=True)
        ]
        at = int(np.argmax(opened))
        tolerance = max(stop.gap, gap * worth * len(frontiers[at].part.sites) / sites)
        frontiers[at].prove(would[at], Stop(min(tolerance, opened[at] / 2), stop.deadline))
    chosen = np.zeros(sites, dtype=bool)
    place = {int(site): k for k, site in enumerate(whole.sites)}
    for frontier, k in zip(frontiers, counts, strict=True):
        mine = [place[int(site)] for site in frontier.part.sites]
        chosen[mine] = frontier.plan(k)
    return Found(chosen, worth, max(bound, worth))

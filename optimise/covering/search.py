"""Good choices of sites found by small steps: add one, drop one, swap two."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from optimise.covering.instance import Bools, Floats, Ints
from optimise.covering.parts import Part

#: A step must win more than this share of all weight.
LEAST_WIN = 1e-12


class Steps:
    """Small steps over the choices of one part at one price a site.

    A choice is worth gain − price·(sites chosen). The counts of sites chosen
    near each row are kept up from step to step.
    """

    def __init__(self, part: Part, price: float) -> None:
        self.part = part
        self.net = part.bonus - price
        self._by_site = csr_array(part.matrix.T)
        self._least = LEAST_WIN * (part.most + price + 1.0)

    def worth(self, chosen: Bools) -> float:
        """Gain less price of a choice."""
        rows = self.part.matrix @ chosen.astype(float) > 0
        return float(self.net[chosen].sum() + self.part.weight[rows].sum())

    def improved(self, chosen: Bools, *, count: int | None = None) -> Bools:
        """The choice after every step that wins; ``count`` is the most sites allowed."""
        chosen = chosen.copy()
        near = self.part.matrix @ chosen.astype(float)
        most = len(chosen) if count is None else count
        while True:
            step = self._step(chosen, near, most)
            if step is None:
                return chosen
            for site, change in step:
                near[self._rows(site)] += change
                chosen[site] = change > 0

    def _rows(self, site: int) -> Ints:
        of = self._by_site
        return np.asarray(of.indices[of.indptr[site] : of.indptr[site + 1]])

    def _step(self, chosen: Bools, near: Floats, most: int) -> list[tuple[int, int]] | None:
        """The best single add or drop; the best swap where none of them wins."""
        weight = self.part.weight
        alone = weight * (near == 1)
        add = np.where(chosen, -np.inf, self.net + self._by_site @ (weight * (near == 0)))
        drop = np.where(chosen, -self.net - self._by_site @ alone, -np.inf)
        used = int(chosen.sum())
        a, d = int(add.argmax()), int(drop.argmax())
        if used > most:
            return [(d, -1)]
        if used < most and add[a] > max(self._least, drop[d]):
            return [(a, 1)]
        if drop[d] > self._least:
            return [(d, -1)]
        on, off = np.flatnonzero(chosen), np.flatnonzero(~chosen)
        if not len(on) or not len(off):
            return None
        kept = csr_array(self._by_site[on] * alone) @ csr_array(self._by_site[off].T)
        both = drop[on][:, None] + add[off][None, :] + kept.toarray()
        best = int(both.argmax())
        if both.flat[best] <= self._least:
            return None
        return [(int(on[best // len(off)]), -1), (int(off[best % len(off)]), 1)]

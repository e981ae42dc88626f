"""Cover in as few rows and columns as say the same, and in parts that share no demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from optimise.covering.instance import Bools, Floats, Ints

#: Pairs of sites that share demand beyond which dominated sites are not looked for.
MOST_SHARED_PAIRS = 40_000_000


@dataclass(frozen=True, eq=False)
class Part:
    """What sites can cover: gain of a choice = bonus·x + weight of the rows it touches.

    Attributes:
        sites: columns of the whole that the part's columns are.
        matrix: rows of merged demand × sites, 1 where near; two sites or more in each row.
        weight: of each row.
        bonus: weight that one site alone can reach.
    """

    sites: Ints
    matrix: csr_array
    weight: Floats
    bonus: Floats

    @property
    def most(self) -> float:
        """Weight covered by all sites together."""
        return float(self.weight.sum() + self.bonus.sum())

    def gain(self, chosen: Bools) -> float:
        """Weight covered by the sites chosen."""
        touched = self.matrix @ chosen.astype(float) > 0
        return float(self.bonus[chosen].sum() + self.weight[touched].sum())


def merge_rows(matrix: csr_array) -> tuple[Ints, Ints]:
    """(label of each row's set of columns, a row of each label); the empty set is label −1."""
    matrix.sort_indices()
    columns, starts = matrix.indices.astype(np.int32), matrix.indptr.tolist()
    label = np.full(matrix.shape[0], -1, dtype=np.int64)
    seen: dict[bytes, int] = {}
    first: list[int] = []
    for row in np.flatnonzero(np.diff(matrix.indptr)).tolist():
        key = columns[starts[row] : starts[row + 1]].tobytes()
        had = seen.setdefault(key, len(first))
        if had == len(first):
            first.append(row)
        label[row] = had
    return label, np.array(first, dtype=np.int64)


def columns_of(matrix: csr_array, columns: Ints) -> csr_array:
    """Some columns of a matrix, rows in order of columns."""
    made = csr_array(matrix[:, columns])
    made.sort_indices()
    return made


def dominated(matrix: csr_array, price: Floats, bonus: Floats) -> Bools:
    """Sites that another site, no dearer, makes needless: all they reach it reaches too.

    Of two that reach the same at the same price the later is dominated.
    """
    reached = np.diff(csr_array(matrix.T).indptr)
    shared = np.diff(matrix.indptr).astype(float)
    if (shared**2).sum() > MOST_SHARED_PAIRS:
        return np.zeros(matrix.shape[1], dtype=bool)
    both = (matrix.T @ matrix).tocoo()
    less, more = both.coords
    within = (both.data == reached[less]) & (less != more) & (bonus[less] <= 0)
    within &= price[more] <= price[less]
    alike = (reached[less] == reached[more]) & (price[less] == price[more]) & (bonus[more] <= 0)
    within &= ~alike | (more < less)
    found = np.zeros(matrix.shape[1], dtype=bool)
    found[less[within]] = True
    return np.asarray(found | ((reached == 0) & (bonus <= 0)))


def part_of(matrix: csr_array, weight: Floats) -> Part:
    """Demand merged, weight that one site alone reaches put on the site, needless sites left out.

    Exact wherever a site costs the same as any other and at most so many may
    be chosen: a site left out can be swapped for the one that dominates it.
    """
    sites = np.arange(matrix.shape[1], dtype=np.int64)
    return shrunk(Part(sites, matrix, weight, np.zeros(len(sites))))


def shrunk(part: Part) -> Part:
    """The part with everything needless left out."""
    while True:
        label, first = merge_rows(part.matrix)
        has = label >= 0
        weight: Floats = np.zeros(len(first))
        np.add.at(weight, label[has], part.weight[has])
        matrix = csr_array(part.matrix[first])
        alone = np.diff(matrix.indptr) == 1
        bonus = part.bonus.copy()
        if alone.any():
            np.add.at(bonus, csr_array(matrix[alone]).indices, weight[alone])
        rows = np.flatnonzero(~alone & (weight > 0))
        matrix, weight = csr_array(matrix[rows]), weight[rows]
        drop = dominated(matrix, np.ones(len(bonus)), bonus)
        if not drop.any():
            return Part(part.sites, matrix, weight, bonus)
        keep = np.flatnonzero(~drop)
        part = Part(part.sites[keep], columns_of(matrix, keep), weight, bonus[keep])


def decided(part: Part, chosen: Bools, refused: Bools) -> Part:
    """What is left to decide once some sites are chosen and some refused."""
    open_rows = np.flatnonzero(part.matrix @ chosen.astype(float) == 0)
    left = np.flatnonzero(~chosen & ~refused)
    matrix = columns_of(csr_array(part.matrix[open_rows]), left)
    return shrunk(Part(part.sites[left], matrix, part.weight[open_rows], part.bonus[left]))


def components(part: Part) -> list[Part]:
    """Parts that share no row, the largest first."""
    count, label = connected_components(part.matrix.T @ part.matrix, directed=False)
    if count <= 1:
        return [part] if len(part.sites) else []
    of_row = label[part.matrix.indices[part.matrix.indptr[:-1]]]
    by_site = np.split(np.argsort(label, kind="stable"), np.cumsum(np.bincount(label))[:-1])
    by_row = np.split(
        np.argsort(of_row, kind="stable"), np.cumsum(np.bincount(of_row, minlength=count))[:-1]
    )
    found = []
    for sites, rows in zip(by_site, by_row, strict=True):
        matrix = columns_of(csr_array(part.matrix[rows]), sites)
        found.append(Part(part.sites[sites], matrix, part.weight[rows], part.bonus[sites]))
    return sorted(found, key=lambda one: (-len(one.sites), int(one.sites[0])))

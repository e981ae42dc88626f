"""Set covering in fewer rows and columns, and in parts that share no demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from optimise.covering.instance import Bools, Floats, Ints
from optimise.covering.parts import MOST_SHARED_PAIRS, columns_of, dominated, merge_rows


@dataclass(frozen=True, eq=False)
class Rest:
    """What is left to cover: rows × columns, needs of the rows, and where the columns were."""

    matrix: csr_array
    needs: Floats
    columns: Ints


def reduced(matrix: csr_array, price: Floats, depth: int) -> tuple[Rest, Bools]:
    """(what is left to cover, sites that every cheapest cover may be taken to have).

    Rows that another row implies, sites that another makes needless (only
    where one site is enough), and sites that alone can fill a row.
    """
    taken = np.zeros(matrix.shape[1], dtype=bool)
    rest = Rest(matrix, np.full(matrix.shape[0], float(depth)), np.arange(matrix.shape[1]))
    if depth == 1:
        taken |= price <= 0
    while True:
        before = rest.matrix.shape
        rest = _unfilled(rest, taken)
        _, first = merge_rows(rest.matrix)
        rest = Rest(csr_array(rest.matrix[first]), rest.needs[first], rest.columns)
        rows = np.flatnonzero(~_implied(rest))
        rest = Rest(csr_array(rest.matrix[rows]), rest.needs[rows], rest.columns)
        if depth == 1:
            drop = dominated(rest.matrix, price[rest.columns], np.zeros(len(rest.columns)))
            keep = np.flatnonzero(~drop)
            rest = Rest(columns_of(rest.matrix, keep), rest.needs, rest.columns[keep])
        forced = np.flatnonzero(np.diff(rest.matrix.indptr) <= rest.needs)
        taken[rest.columns[np.unique(csr_array(rest.matrix[forced]).indices)]] = True
        if not len(forced) and rest.matrix.shape == before:
            return rest, taken


def _unfilled(rest: Rest, taken: Bools) -> Rest:
    """What is left once the sites taken are counted."""
    mine = taken[rest.columns]
    needs = rest.needs - rest.matrix @ mine.astype(float)
    rows, columns = np.flatnonzero(needs > 0), np.flatnonzero(~mine)
    matrix = columns_of(csr_array(rest.matrix[rows]), columns)
    # Rows with the same sites but other needs: only the greatest need says anything.
    order = np.argsort(-needs[rows], kind="stable")
    return Rest(csr_array(matrix[order]), needs[rows][order], rest.columns[columns])


def _implied(rest: Rest) -> Bools:
    """Rows that hold whenever a row with some of their sites, and no less need, holds."""
    within = np.diff(rest.matrix.indptr)
    load = np.diff(csr_array(rest.matrix.T).indptr).astype(float)
    if (load**2).sum() > MOST_SHARED_PAIRS:
        return np.zeros(len(within), dtype=bool)
    both = (rest.matrix @ rest.matrix.T).tocoo()
    more, less = both.coords
    holds = (both.data == within[less]) & (within[less] < within[more])
    holds &= rest.needs[less] >= rest.needs[more]
    found = np.zeros(len(within), dtype=bool)
    found[more[holds]] = True
    return found


def apart(rest: Rest) -> list[Rest]:
    """Parts that share no row, the smallest first, so that time is left for the largest."""
    if not rest.matrix.shape[0]:
        return []
    _, label = connected_components(rest.matrix.T @ rest.matrix, directed=False)
    of_row = label[rest.matrix.indices[rest.matrix.indptr[:-1]]]
    found = []
    for part in np.unique(of_row):
        rows, columns = np.flatnonzero(of_row == part), np.flatnonzero(label == part)
        matrix = columns_of(csr_array(rest.matrix[rows]), columns)
        found.append(Rest(matrix, rest.needs[rows], rest.columns[columns]))
    return sorted(found, key=lambda one: (one.matrix.shape[1], int(one.columns[0])))


def without_needless(
    matrix: csr_array,
    price: Floats,
    chosen: Bools,
    needs: Floats | Ints,
    transposed: csr_array | None = None,
) -> Bools:
    """The cover without sites it can do without, the dearest left out first."""
    by_site = csr_array(matrix.T) if transposed is None else transposed
    chosen = chosen.copy()
    spare = matrix @ chosen.astype(float) - needs
    sites = np.flatnonzero(chosen)
    for site in sites[np.argsort(-price[sites], kind="stable")].tolist():
        rows = by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]
        if not len(rows) or spare[rows].min() >= 1:
            chosen[site] = False
            spare[rows] -= 1
    return chosen

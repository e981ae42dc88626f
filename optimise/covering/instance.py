"""What a covering model is about: demand, candidate sites, and how far apart they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from assets.issues import InputError, Issue

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Instance:
    """Demand points, candidate sites, and the distances of the pairs that have a route.

    Attributes:
        demand_ids: one for each row.
        site_ids: one for each column.
        distance: rows × columns, in any one unit; only pairs with a route are
            stored, so a stored 0 is a route of no length and nothing is no route.
        weight: of each demand point (people), not negative.
        price: of each site, not negative; 1 each where sites are counted.
    """

    demand_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    distance: csr_array
    weight: Floats
    price: Floats

    def within(self, threshold: float) -> Instance:
        """The instance with only the pairs at most the threshold apart (inclusive)."""
        if not np.isfinite(threshold) or threshold < 0:
            message = f"the threshold must be a number of at least nought, not {threshold}"
            raise InputError(Issue("covering.threshold", message))
        near = self.distance.data <= threshold
        if near.all():
            return self
        starts = np.concatenate([[0], np.cumsum(near)])[self.distance.indptr]
        kept = (self.distance.data[near], self.distance.indices[near], starts)
        return replace(self, distance=csr_array(kept, shape=self.distance.shape))

    def pattern(self) -> csr_array:
        """1 for every pair that has a route, rows × columns."""
        of = self.distance
        return csr_array((np.ones(of.nnz), of.indices, of.indptr), shape=of.shape)

    def dense(self) -> Floats:
        """Distances as a full table, infinity where there is no route."""
        table = np.full(self.distance.shape, np.inf)
        rows = np.repeat(np.arange(table.shape[0]), np.diff(self.distance.indptr))
        table[rows, self.distance.indices] = self.distance.data
        return table


def from_table(
    demand_ids: Sequence[str],
    site_ids: Sequence[str],
    table: Floats,
    *,
    weight: Floats | None = None,
    price: Floats | None = None,
) -> Instance:
    """An instance of a full table of distances (rows demand, columns sites).

    NaN or infinity means that there is no route.

    Raises:
        InputError: a shape, an id, a distance, a weight or a price that cannot be.
    """
    table = np.asarray(table, dtype=float)
    if table.shape != (len(demand_ids), len(site_ids)):
        message = (
            f"the table has the shape {table.shape}, for {len(demand_ids)} demand points "
            f"and {len(site_ids)} sites"
        )
        raise InputError(Issue("covering.shape", message))
    has = np.isfinite(table)
    starts = np.concatenate([[0], np.cumsum(has.sum(axis=1))])
    columns = np.nonzero(has)[1]
    distance = csr_array((table[has], columns, starts), shape=table.shape)
    if (table == -np.inf).any():
        raise InputError(Issue("covering.distance", "a distance is less than nought"))
    return _checked(demand_ids, site_ids, distance, weight, price)


def from_pairs(
    demand_ids: Sequence[str],
    site_ids: Sequence[str],
    pairs: tuple[Ints, Ints, Floats],
    *,
    weight: Floats | None = None,
    price: Floats | None = None,
) -> Instance:
    """An instance of pairs: (row of demand, column of site, distance) as three arrays.

    A pair that is not listed, or has no finite distance, has no route.

    Raises:
        InputError: a pair told twice, or whatever `from_table` refuses.
    """
    rows, columns, apart = (np.asarray(part) for part in pairs)
    shape = (len(demand_ids), len(site_ids))
    has = np.isfinite(apart) | (apart == -np.inf)
    rows, columns, apart = rows[has], columns[has], apart[has].astype(float)
    key = rows.astype(np.int64) * max(1, shape[1]) + columns
    order = np.argsort(key, kind="stable")
    twice = order[1:][np.diff(key[order]) == 0]
    if len(twice):
        told = tuple(
            f"{demand_ids[int(rows[k])]} – {site_ids[int(columns[k])]}" for k in twice.tolist()
        )
        message = f"{len(told)} pairs of demand point and site are told more than once"
        remedy = "keep one distance for each pair"
        raise InputError(Issue("covering.pair_twice", message, told, remedy))
    made = coo_array((apart[order], (rows[order], columns[order])), shape=shape)
    return _checked(demand_ids, site_ids, csr_array(made), weight, price)


def _checked(
    demand_ids: Sequence[str],
    site_ids: Sequence[str],
    distance: csr_array,
    weight: Floats | None,
    price: Floats | None,
) -> Instance:
    """The instance, or every fault of it."""
    weight = np.ones(len(demand_ids)) if weight is None else np.asarray(weight, dtype=float)
    price = np.ones(len(site_ids)) if price is None else np.asarray(price, dtype=float)
    issues = [*_id_faults("demand point", demand_ids), *_id_faults("site", site_ids)]
    issues += _figure_faults("weight", demand_ids, weight)
    issues += _figure_faults("price", site_ids, price)
    if distance.nnz and distance.data.min() < 0:
        rows = np.repeat(np.arange(len(demand_ids)), np.diff(distance.indptr))
        at = np.flatnonzero(distance.data < 0)
        columns = distance.indices
        told = tuple(
            f"{demand_ids[int(rows[k])]} – {site_ids[int(columns[k])]}" for k in at.tolist()
        )
        issues.append(Issue("covering.distance", "a distance is less than nought", told))
    if issues:
        raise InputError(issues)
    return Instance(tuple(demand_ids), tuple(site_ids), distance, weight, price)


def _id_faults(what: str, ids: Sequence[str]) -> list[Issue]:
    if not ids:
        return [Issue("covering.empty", f"there is no {what}")]
    twice = tuple(sorted(i for i, count in Counter(ids).items() if count > 1))
    return [Issue("covering.id_twice", f"a {what} is listed twice", twice)] if twice else []


def _figure_faults(what: str, ids: Sequence[str], figures: Floats) -> list[Issue]:
    if figures.shape != (len(ids),):
        return [Issue(f"covering.{what}", f"{len(ids)} ids, but {figures.size} {what}s")]
    odd = ~np.isfinite(figures) | (figures < 0)
    if not odd.any():
        return []
    told = tuple(ids[k] for k in np.flatnonzero(odd).tolist())
    return [Issue(f"covering.{what}", f"a {what} is missing or less than nought", told)]

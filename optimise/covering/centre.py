"""Least worst distance to the nearest site: the p-centre."""

from __future__ import annotations

import time

import numpy as np

from assets.issues import InputError, Issue
from optimise.covering.answer import Answer, Limits, Stopwatch, ids_of
from optimise.covering.branch import Stop
from optimise.covering.cheapest import cheapest
from optimise.covering.cover import WHOLE_STEP, padded, refuse_number, sizes_of
from optimise.covering.instance import Bools, Floats, Instance
from optimise.covering.reduce import apart, reduced
from optimise.covering.sets import refuse_unreached


def least_worst(instance: Instance, *, sites: int, limits: Limits | None = None) -> Answer:
    """The sites from which the farthest demand point is nearest (p-centre).

    minimise max_i min_{j chosen} d_ij subject to Σ_j x_j = p, x binary

    In words: choose p sites so that the demand point worst served has the
    least distance to go. Every demand point counts, whatever its weight.

    The answer is one of the distances of the pairs, and r can be had if and
    only if p sites cover everybody within r; the distances are halved until
    one can be had and the next shorter cannot.

    Symbols: d_ij distance; p number of sites. Prices of sites are not looked
    at. A pair that is not stored cannot be used.

    Source: Hakimi 1964, Operations Research 12; Minieka 1970, SIAM Review 12;
    Daskin 1995, Network and Discrete Location, chapter 5.

    Raises:
        InputError: a number of sites that cannot be, or that cannot reach everybody.
    """
    limits = limits or Limits()
    watch = Stopwatch(limits.seconds)
    refuse_number(instance, sites)
    refuse_unreached(instance)
    lengths = np.unique(instance.distance.data)
    table = instance.dense()
    watch.stage("build")
    deadline = time.perf_counter() + watch.left()
    chosen, at_least, tried = _halved(instance, table, lengths, (sites, deadline))
    chosen = padded(chosen, sites)
    objective = float(table[:, chosen].min(axis=1).max())
    bound = float(lengths[at_least])
    watch.stage("solve")
    return Answer(
        model="least worst",
        chosen=ids_of(instance, chosen),
        objective=objective,
        bound=min(bound, objective),
        status="optimal" if bound >= objective else "feasible",
        seconds=watch.seconds,
        sizes=sizes_of(instance, instance.distance.shape, instance.distance.nnz),
        figures={"lengths": float(len(lengths)), "lengths_tried": float(tried)},
    )


def _halved(
    instance: Instance, table: Floats, lengths: Floats, asked: tuple[int, float]
) -> tuple[Bools, int, int]:
    """(a choice, position of the shortest length not ruled out, how many were tried)."""
    sites, deadline = asked
    chosen, _ = _within(instance, sites, deadline)
    if chosen is None:
        least = f"{sites} sites cannot reach everybody"
        if time.perf_counter() > deadline:
            least = f"no {sites} sites that reach everybody were found in the time given"
        remedy = "allow more sites, or give a distance to more pairs"
        raise InputError(Issue("covering.too_few", least, remedy=remedy))
    farthest_first = _spread(table, sites)
    chosen = min((chosen, farthest_first), key=lambda one: _worst(table, one))
    low = int(np.searchsorted(lengths, table.min(axis=1).max()))
    high = int(np.searchsorted(lengths, _worst(table, chosen)))
    tried = 0
    while low < high:
        middle = (low + high) // 2
        found, is_sure = _within(instance.within(float(lengths[middle])), sites, deadline)
        tried += 1
        if found is not None:
            chosen = found
            high = int(np.searchsorted(lengths, _worst(table, chosen)))
        elif is_sure:
            low = middle + 1
        else:
            break
    return chosen, low, tried


def _worst(table: Floats, chosen: Bools) -> float:
    return float(table[:, chosen].min(axis=1).max())


def _spread(table: Floats, sites: int) -> Bools:
    """Sites put in one after another, each the nearest to the demand point worst served."""
    chosen = np.zeros(table.shape[1], dtype=bool)
    now = np.full(len(table), np.inf)
    for _ in range(sites):
        worst = int(now.argmax())
        chosen[int(table[worst].argmin())] = True
        now = np.minimum(now, table[:, chosen].min(axis=1))
    return chosen


def _within(near: Instance, sites: int, deadline: float) -> tuple[Bools | None, bool]:
    """(at most so many sites that reach everybody, or None; whether None is proved)."""
    pattern = near.pattern()
    if not np.diff(pattern.indptr).all():
        return None, True
    ones = np.ones(pattern.shape[1])
    rest, chosen = reduced(pattern, ones, 1)
    parts = apart(rest)
    least = float(chosen.sum())
    for k, part in enumerate(parts):
        # The last part has what the others leave; how few do for those is found out.
        left = sites - least if k == len(parts) - 1 else None
        found = cheapest(part, ones[part.columns], Stop(WHOLE_STEP, deadline, left))
        chosen[part.columns[found.chosen]] = True
        if left is not None and min(found.cost, found.bound) > left:
            return None, True
        least += np.ceil(found.bound - 1e-6)
    if chosen.sum() <= sites:
        return chosen, True
    return None, bool(least > sites)

"""Everybody within reach at least cost: set covering, location set covering and backup cover."""

from __future__ import annotations

import time

import numpy as np

from assets.issues import InputError, Issue
from optimise.covering.answer import Answer, Limits, Stopwatch, ids_of, is_proved, settled
from optimise.covering.branch import Stop
from optimise.covering.cheapest import cheapest
from optimise.covering.cover import SAME, WHOLE_STEP, is_whole, sizes_of
from optimise.covering.instance import Instance, Ints
from optimise.covering.reduce import apart, reduced, without_needless


def set_cover(near: Instance, *, depth: int = 1, limits: Limits | None = None) -> Answer:
    """The cheapest sites that reach every demand point.

    minimise Σ_j c_j x_j subject to Σ_{j near i} x_j ≥ depth for every i, x binary

    In words: choose sites at least cost (fewest, where each costs 1) so that
    every demand point has at least ``depth`` chosen sites within the
    threshold: 1 is set covering (LSCP where sites are counted), 2 is backup
    cover (LSCP-B). Weights are not looked at: everybody counts.

    Symbols: c_j price of site j; near: the pairs stored (`Instance.within`).

    Source: Toregas, Swain, ReVelle & Bergman 1971, Operations Research 19;
    Hogan & ReVelle 1986, Management Science 32 (backup cover).

    Raises:
        InputError: demand that fewer than ``depth`` sites reach.
    """
    limits = limits or Limits()
    watch = Stopwatch(limits.seconds)
    refuse_unreached(near, depth=depth)
    pattern = near.pattern()
    rest, taken = reduced(pattern, near.price, depth)
    watch.stage("build")
    chosen, bound = taken.copy(), float(near.price[taken].sum())
    deadline = time.perf_counter() + watch.left()
    whole = is_whole(near.price)
    stop = Stop(WHOLE_STEP if whole else SAME * float(near.price.sum()), deadline)
    for part in apart(rest):
        found = cheapest(part, near.price[part.columns], stop, gap=limits.gap)
        chosen[part.columns[found.chosen]] = True
        bound += np.ceil(found.bound - 1e-6) if whole else found.bound
    chosen = without_needless(pattern, near.price, chosen, np.full(pattern.shape[0], depth))
    objective = float(near.price[chosen].sum())
    bound = settled(objective, min(bound, objective), 1)
    watch.stage("solve")
    return Answer(
        model="set cover" if depth == 1 else f"set cover, {depth} deep",
        chosen=ids_of(near, chosen),
        objective=objective,
        bound=bound,
        status="optimal" if is_proved(objective, bound, limits.gap) else "feasible",
        seconds=watch.seconds,
        sizes=sizes_of(near, rest.matrix.shape, rest.matrix.nnz),
        figures={
            "sites": float(chosen.sum()),
            "least_depth": float((pattern @ chosen.astype(float)).min()),
        },
    )


def refuse_unreached(near: Instance, rows: Ints | None = None, *, depth: int = 1) -> None:
    """Refuse demand (of the rows told; all of it) that too few sites reach."""
    if depth < 1:
        raise InputError(Issue("covering.depth", f"a depth of {depth} covers nothing"))
    few = np.flatnonzero(np.diff(near.distance.indptr) < depth)
    few = few if rows is None else np.intersect1d(few, rows)
    if len(few):
        told = tuple(near.demand_ids[k] for k in few)
        least = "any site" if depth == 1 else f"{depth} sites"
        message = f"{len(told)} of {len(near.demand_ids)} demand points are not near {least}"
        remedy = "a longer threshold, more candidate sites, or the model of most cover"
        raise InputError(Issue("covering.unreached", message, told, remedy))

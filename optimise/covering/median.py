"""Least mean distance to the nearest site: the p-median."""

from __future__ import annotations

import time

import numpy as np

from assets.issues import InputError, Issue
from optimise.covering.answer import Answer, Limits, Stopwatch, ids_of, is_proved, settled
from optimise.covering.branch import Stop
from optimise.covering.cheapest import cheapest
from optimise.covering.cover import SAME, WHOLE_STEP, is_whole, padded, refuse_number, sizes_of
from optimise.covering.dual import Prices
from optimise.covering.instance import Bools, Floats, Instance
from optimise.covering.interchange import cost_of, greedy, interchanged
from optimise.covering.levels import Left, left_over
from optimise.covering.reduce import apart, reduced
from optimise.covering.sets import refuse_unreached


def least_mean(instance: Instance, *, sites: int, limits: Limits | None = None) -> Answer:
    """The sites from which the weighted distance to the nearest is least (p-median).

    minimise Σ_i w_i Σ_j d_ij y_ij subject to Σ_j y_ij = 1, y_ij ≤ x_j, Σ_j x_j = p, x binary

    In words: choose p sites so that people, each going to the nearest chosen
    site, have the least distance to go on the whole (and so on average).

    Symbols: w_i weight of demand point i (people); d_ij distance; p number of
    sites. A demand point of no weight is left aside. Prices of sites are not
    looked at. A pair that is not stored cannot be used.

    Source: Hakimi 1964, Operations Research 12; ReVelle & Swain 1970,
    Geographical Analysis 2; solved by the dual of Cornuéjols, Fisher &
    Nemhauser 1977, Management Science 23, and on what it leaves by the radius
    formulation of Elloumi 2010, Journal of Combinatorial Optimization 19.

    Raises:
        InputError: a number of sites that cannot be, or that cannot reach everybody.
    """
    limits = limits or Limits()
    watch = Stopwatch(limits.seconds)
    refuse_number(instance, sites)
    counted = np.flatnonzero(instance.weight > 0)
    refuse_unreached(instance, counted)
    table = instance.dense()[counted]
    costs = instance.weight[counted, None] * table
    watch.stage("build")
    found = _solved(costs, instance, sites, limits, watch)
    chosen = found.chosen
    nearest = table[:, chosen].min(axis=1)
    objective = float((instance.weight[counted] * nearest).sum())
    bound = settled(objective, min(found.bound, objective), 1)
    watch.stage("solve")
    total = float(instance.weight.sum())
    return Answer(
        model="least mean",
        chosen=ids_of(instance, chosen),
        objective=objective,
        bound=bound,
        status="optimal" if is_proved(objective, bound, limits.gap) else "feasible",
        seconds=watch.seconds,
        sizes=sizes_of(instance, found.left[:2], found.left[2]),
        figures={"weight": total, "mean": objective / total if total else 0.0},
    )


def _solved(
    costs: Floats, instance: Instance, sites: int, limits: Limits, watch: Stopwatch
) -> Left:
    """The best choice found, and what no choice costs less than."""
    deadline = time.perf_counter() + watch.left()
    start = first_choice(instance, costs, sites, Stop(WHOLE_STEP, deadline))
    ceiling = cost_of(costs, start)
    if sites == costs.shape[1] or not ceiling:
        return Left(start, ceiling, (0, 0, 0))
    # Dearer than a whole choice that does without: no better choice has such a pair.
    finite = np.where(np.isfinite(costs), costs, ceiling + 1.0)
    whole = is_whole(finite)
    step = WHOLE_STEP if whole else SAME * ceiling
    stop = Stop(max(step, limits.gap * ceiling), deadline)
    found = left_over(finite, Prices(finite, start, stop).priced(), stop)
    bound = float(np.ceil(found.bound - 1e-6)) if whole else found.bound
    return Left(found.chosen, bound, found.left)


def first_choice(instance: Instance, costs: Floats, sites: int, stop: Stop) -> Bools:
    """A choice that reaches everybody, improved by swaps.

    Raises:
        InputError: no choice of so few sites reaches everybody.
    """
    if not len(costs):
        return padded(np.zeros(costs.shape[1], dtype=bool), sites)
    if np.isfinite(costs).all():
        return interchanged(costs, greedy(costs, sites, stop), stop)
    start = padded(fewest_that_reach(instance, sites, stop), sites)
    ceiling = cost_of(costs, start)
    return interchanged(np.where(np.isfinite(costs), costs, ceiling + 1.0), start, stop)


def fewest_that_reach(instance: Instance, sites: int, stop: Stop) -> Bools:
    """At most so many sites that reach all demand of any weight, or the refusal that none do."""
    pattern = instance.pattern()
    pattern = type(pattern)(pattern[np.flatnonzero(instance.weight > 0)])
    ones = np.ones(pattern.shape[1])
    rest, chosen = reduced(pattern, ones, 1)
    least = float(chosen.sum())
    for part in apart(rest):
        found = cheapest(part, ones[part.columns], stop)
        chosen[part.columns[found.chosen]] = True
        least += np.ceil(found.bound - 1e-6)
    if chosen.sum() <= sites:
        return chosen
    message = f"{sites} sites cannot reach everybody: {least:.0f} or more are needed"
    if least <= sites:
        message = f"no {sites} sites that reach everybody were found in the time given"
    remedy = "allow more sites, or give a distance to more pairs"
    raise InputError(Issue("covering.too_few", message, remedy=remedy))

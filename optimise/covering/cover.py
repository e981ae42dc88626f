"""Most people within reach: the maximal covering location problem."""

from __future__ import annotations

import time

import numpy as np
from scipy.sparse import csr_array

from assets.issues import InputError, Issue
from optimise.covering.answer import Answer, Limits, Stopwatch, ids_of, is_proved, settled
from optimise.covering.branch import Stop
from optimise.covering.gains import Found, best_of
from optimise.covering.instance import Bools, Floats, Instance, Ints
from optimise.covering.joined import best_shared
from optimise.covering.parts import Part, components, part_of
from optimise.covering.reduce import without_needless

#: Parts are priced apart unless one of them has more than this share of the sites.
LARGEST_PART = 0.6
#: Whole-number weights can be told apart by less than this.
WHOLE_STEP = 0.999
#: Two objectives this share apart are the same but for rounding.
SAME = 1e-11


def most_covered(near: Instance, *, sites: int, limits: Limits | None = None) -> Answer:
    """The sites within reach of most weight (MCLP).

    maximise Σ_i w_i y_i subject to y_i ≤ Σ_{j near i} x_j, Σ_j x_j = p, x binary, y ≤ 1

    In words: choose p sites so that the people with at least one chosen site
    within the threshold are as many as can be.

    Symbols: w_i weight of demand point i (people); near: the pairs stored
    (`Instance.within` makes them, inclusive); p number of sites. Prices are
    not looked at.

    Source: Church & ReVelle 1974, Papers of the Regional Science Association 32.

    Args:
        near: the instance, of which a stored pair counts as near.
        sites: how many sites to choose.
        limits: gap, time and seed.

    Raises:
        InputError: fewer sites than asked for, or none asked for.
    """
    limits = limits or Limits()
    watch = Stopwatch(limits.seconds)
    refuse_number(near, sites)
    part = part_of(near.pattern(), near.weight)
    parts = components(part)
    watch.stage("build")
    found = _solved(part, parts, sites, limits, watch)
    chosen = np.zeros(len(near.site_ids), dtype=bool)
    chosen[part.sites[found.chosen]] = True
    chosen = padded(needed(near, chosen), sites)
    objective = covered(near, chosen)
    bound = settled(objective, max(found.bound, objective), -1)
    watch.stage("solve")
    total = float(near.weight.sum())
    return Answer(
        model="most covered",
        chosen=ids_of(near, chosen),
        objective=objective,
        bound=bound,
        status="optimal" if is_proved(objective, bound, limits.gap) else "feasible",
        seconds=watch.seconds,
        sizes=sizes_of(near, part.matrix.shape, part.matrix.nnz) | {"parts": len(parts)},
        figures={
            "sites": float(chosen.sum()),
            "sites_needed": float(needed(near, chosen).sum()),
            "weight": total,
            "weight_no_site_reaches": total - part.most,
            "share": objective / total if total else 1.0,
        },
    )


def refuse_number(instance: Instance, sites: int) -> None:
    """Refuse a number of sites that cannot be chosen."""
    candidates = len(instance.site_ids)
    if not 1 <= sites <= candidates:
        message = f"{sites} sites are asked for, of {candidates} candidates"
        remedy = f"ask for 1 to {candidates}"
        raise InputError(Issue("covering.sites", message, remedy=remedy))


def covered(near: Instance, chosen: Bools) -> float:
    """Weight with a chosen site near, recomputed from the instance alone."""
    touched = near.pattern() @ chosen.astype(float) > 0
    return float(near.weight[touched].sum())


def needed(near: Instance, chosen: Bools) -> Bools:
    """The choice without sites that add nothing to the others."""
    pattern = near.pattern()
    rows = np.flatnonzero((pattern @ chosen.astype(float) > 0) & (near.weight > 0))
    prices = np.ones(len(chosen))
    return without_needless(csr_array(pattern[rows]), prices, chosen, np.ones(len(rows)))


def padded(chosen: Bools, sites: int) -> Bools:
    """The choice made up to the number of sites asked for, in the instance's order."""
    made = chosen.copy()
    made[np.flatnonzero(~chosen)[: max(0, sites - int(chosen.sum()))]] = True
    return made


def sizes_of(instance: Instance, left: tuple[int, ...], pairs: int) -> dict[str, int]:
    """Demand, sites and pairs, and what the reductions left of them."""
    rows, columns = instance.distance.shape
    return {
        "demand": rows,
        "sites": columns,
        "pairs": instance.distance.nnz,
        "demand_left": left[0],
        "sites_left": left[1],
        "pairs_left": pairs,
    }


def _solved(part: Part, parts: list[Part], sites: int, limits: Limits, watch: Stopwatch) -> Found:
    if sites >= len(part.sites):
        return Found(np.ones(len(part.sites), dtype=bool), part.most, part.most)
    whole = is_whole(part.weight, part.bonus)
    least = WHOLE_STEP if whole else SAME * part.most
    stop = Stop(least, time.perf_counter() + watch.left())
    if len(parts[0].sites) > LARGEST_PART * len(part.sites):
        # A plan's own weight is not known yet, but half of it is covered by any good one.
        wanted = Stop(max(least, limits.gap * part.most / 2), stop.deadline)
        found = best_of(part, 0.0, wanted, count=sites)
    else:
        found = best_shared(part, parts, sites, gap=limits.gap, stop=stop)
    bound = float(np.floor(found.bound + 1e-6)) if whole else found.bound
    return Found(found.chosen, found.worth, max(bound, found.worth))


def is_whole(*figures: Floats | Ints) -> bool:
    """Whether all the figures are whole numbers (and small enough to be told apart)."""
    return all(bool((f == np.round(f)).all() and np.abs(f).sum() < 2**40) for f in figures)

"""A plan made of other plans, choice by choice: who goes where as in one of them or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimise.clock import Clock, run
from optimise.configurations.blocks import Bools, Floats, Program
from optimise.configurations.pricing import FEASIBLE, engine_of


def mended(
    program: Program,
    plans: Sequence[Floats],
    known: Floats | None,
    loose: Bools,
    *,
    clock: Clock,
    gap: float,
) -> Floats | None:
    """The best plan of a program among those that take every choice from one plan or another.

    A whole-number column that no plan uses is left unused, unless it is ``loose``: what is open
    is who goes with whom, and that is soon decided. ``known``, a plan had already, is given
    back when nothing better is found in time. Source: relaxation-induced and crossover
    neighbourhoods, Danna, Rothberg and Le Pape (2005).
    """
    used = loose.copy()
    for plan in (*plans, *(() if known is None else (known,))):
        used |= np.abs(plan) > 0.5
    shut = program.integer & ~used & (program.low <= 0)
    engine = engine_of(replace(program, high=np.where(shut, 0.0, program.high)))
    engine.setOptionValue("mip_rel_gap", gap)
    if known is not None:
        engine.setSolution(len(known), np.arange(len(known), dtype=np.int32), known)
    if not run(engine, clock) or engine.getInfo().primal_solution_status != FEASIBLE:
        return known
    found = np.array(engine.getSolution().col_value)
    found = np.where(program.integer, np.round(found), found)
    if not program.holds(found):
        return known
    better = known is None or program.cost @ found < program.cost @ known
    return found if better else known

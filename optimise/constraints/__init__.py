"""The rules of the program: one family per module, each ``add(model, decisions, problem)``.

A family names its rows, says nothing when it has nothing to say, and states
in its docstring the formula, the words, the symbols and the source.
"""

from __future__ import annotations

from optimise.constraints import (
    access,
    apart,
    capacity,
    compatibility,
    condition,
    delivery,
    equity,
    hubs,
    interim,
    limits,
    locks,
    money,
    named_moves,
    no_detriment,
    partners,
    periods,
    placement,
    response_cover,
    sets,
    timing,
    worst_time,
    yearly_money,
)

FAMILIES = (
    placement,
    locks,
    sets,
    hubs,
    named_moves,
    capacity,
    compatibility,
    condition,
    delivery,
    response_cover,
    access,
    no_detriment,
    equity,
    money,
    worst_time,
    limits,
    apart,
    timing,
    periods,
    yearly_money,
    interim,
    partners,
)

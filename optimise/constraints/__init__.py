"""The rules of the program: one family per module, each ``add(model, decisions, problem)``.

A family names its rows, says nothing when it has nothing to say, and states
in its docstring the formula, the words, the symbols and the source.
"""

from __future__ import annotations

from optimise.constraints import (
    access,
    capacity,
    compatibility,
    locks,
    money,
    placement,
    response_cover,
)

FAMILIES = (placement, locks, capacity, compatibility, response_cover, access, money)

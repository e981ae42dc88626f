"""How far apart two plans are: in how many buildings they differ. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Apart:
    """A plan that others are to differ from.

    Attributes:
        rule_id: what the plan is called, such as ``plan 1``.
        open: its in-scope buildings in use after it, ascending.
        at_least: buildings whose fate differs, at least.
    """

    rule_id: str
    open: tuple[str, ...]
    at_least: int


def differing(one: Collection[str], other: Collection[str]) -> tuple[str, ...]:
    """Buildings in use after one of two plans and not after the other, ascending.

    |O₁ Δ O₂|, the Hamming distance of two plans over the in-scope buildings.

    In words: buildings that one plan keeps (or builds) and the other lets go (or does not build).
    Where services move between buildings that both keep does not count: people see a different
    plan when another building closes, and plans that only shuffle rooms are the near-duplicates
    that nobody asked for.

    Symbols: O₁, O₂ the buildings in use after each plan.
    Source: Hamming (1950); distance of solutions of 0-1 programs, Fischetti and Lodi (2003).
    """
    return tuple(sorted(set(one) ^ set(other)))

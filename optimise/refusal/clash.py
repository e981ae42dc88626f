"""The fewest rules that cannot hold together.

A set of rules clashes when no plan keeps them all. It is *irreducible* when
leaving out any one of them ends the clash, and *smallest* when no clash has
fewer rules. The first is found by leaving out (deletion filter: Chinneck &
Dravnieks 1991, by blocks and after Farkas' certificate), the second shown by
hitting sets: every plan found breaks some rule of every clash, so a clash is
no smaller than the smallest set that meets all those broken sets (Ignatiev,
Previti, Liffiton & Marques-Silva 2015).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy.sparse import csr_array

from optimise.configurations.blocks import Program
from optimise.configurations.pricing import engine_of
from optimise.refusal.oracle import LINEAR, WHOLE, Oracle
from optimise.refusal.terms import LAYER, LOCK

#: Among sets as small, those with fewer locks are told: a target says more than a lock.
LOCK_COUNTS_MORE = 1e-4


@dataclass(frozen=True)
class Clash:
    """Rules that clash, by their positions; see `optimise.refusal.record.Refusal`."""

    rules: frozenset[int]
    needed: bool
    fewest: bool
    proof: str


def find(oracle: Oracle, until: float, *, certain: bool = False) -> Clash | None:
    """The scenario's rules that clash, given the layers; None where no clash could be shown.

    Where even shares of buildings would not do, Farkas' certificate names rules that clash, and
    leaving out is quick. Otherwise small sets are tried first (`_fewest`), and leaving out is
    what is left if that takes too long.

    Args:
        oracle: asks.
        until: clock time (`time.perf_counter`) after which no smaller set is looked for.
        certain: that no plan exists has been shown before.
    """
    rules = oracle.opened.rules
    layers = frozenset(r for r, rule in enumerate(rules) if rule.rank == LAYER)
    asked = frozenset(range(len(rules))) - layers
    start = oracle.certificate(asked, layers)
    found = None
    if start is None:
        if not certain and oracle.possible(asked | layers) is not False:
            return None
        middle = (time.perf_counter() + oracle.deadline) / 2.0
        found = _fewest(oracle, Clash(asked, False, False, WHOLE), (asked, layers), middle)
        start = asked
        if any((asked | layers) <= oracle.kept(plan) for plan in oracle.plans):
            return None
    if found is None or not found.fewest:
        found = shrunk(oracle, start, layers)
    if not found.fewest:
        found = _fewest(oracle, found, (asked, layers), until)
    return replace(found, proof=oracle.by)


def shrunk(oracle: Oracle, start: frozenset[int], fixed: frozenset[int]) -> Clash:
    """Leave out what the clash does not need, in blocks: locks first, money last.

    A block that can be left out as a whole costs one question, one that cannot
    is halved, so that k needed rules among n take about k·log(n) questions.
    """
    kept, sure = set(start), True

    def visit(block: list[int]) -> None:
        nonlocal kept, sure
        block = [r for r in block if r in kept]
        if not block:
            return
        rest = frozenset(kept - set(block))
        answer = oracle.possible(rest | fixed)
        if answer is False:
            fewer = oracle.certificate(rest, fixed)
            kept = set(rest if fewer is None else fewer)
        elif len(block) == 1:
            sure = sure and answer is True
        else:
            visit(block[: len(block) // 2])
            visit(block[len(block) // 2 :])

    rank = {r: oracle.opened.rules[r].rank for r in start}
    for level in sorted(set(rank.values())):
        visit([r for r in sorted(start) if rank[r] == level])
    return Clash(frozenset(kept), sure, len(kept) <= 1 and sure, LINEAR)


def _fewest(
    oracle: Oracle, found: Clash, among: tuple[frozenset[int], frozenset[int]], until: float
) -> Clash:
    """A smaller clash, or the proof that there is none, or the same if the clock decides."""
    asked, layers = among
    while not found.fewest and time.perf_counter() < until:
        plans = [oracle.kept(plan) for plan in oracle.plans]
        broken = [asked - kept for kept in plans if layers <= kept]
        if not all(broken):
            return found  # a plan keeps everything: there is no clash
        hit = hitting_set(broken, [r.rank == LOCK for r in oracle.opened.rules])
        if len(hit) >= len(found.rules):
            return replace(found, fewest=found.needed)
        answer = oracle.possible(hit | layers)
        if answer is None:
            return found
        if answer is False:
            return Clash(hit, True, True, LINEAR)
    return found


def hitting_set(sets: list[frozenset[int]], locks: list[bool]) -> frozenset[int]:
    """A smallest set that meets every one of the sets, with as few locks as may be."""
    known = sorted({r for some in sets for r in some})
    if not known:
        return frozenset()
    place = {r: i for i, r in enumerate(known)}
    entries = [(k, place[r]) for k, some in enumerate(sets) for r in sorted(some)]
    rows, columns = zip(*entries, strict=True)
    count = len(known)
    engine = engine_of(
        Program(
            cost=np.array([1.0 + LOCK_COUNTS_MORE * locks[r] for r in known]),
            low=np.zeros(count),
            high=np.ones(count),
            integer=np.ones(count, dtype=bool),
            matrix=csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(sets), count)),
            lower=np.ones(len(sets)),
            upper=np.full(len(sets), highspy.kHighsInf),
        )
    )
    engine.setOptionValue("mip_rel_gap", 0.0)
    engine.run()
    chosen = np.array(engine.getSolution().col_value) > 0.5
    return frozenset(r for r, used in zip(known, chosen, strict=True) if used)

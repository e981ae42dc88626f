"""Units that cannot all have room, whatever is chosen: how many square metres are short, and where.

Rooms are shared out as if units could be divided (a maximum flow), so that what
is short here is short in every plan. That nothing is short here does not mean
that whole units fit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from optimise.problem import Problem
from optimise.units import Unit

#: Square metres are shared out in tenths: needs rounded down, room rounded up.
PER_M2 = 10


@dataclass(frozen=True)
class Shortage:
    """Units whose permitted buildings together have too little room.

    Attributes:
        unit_ids, asset_ids: the units, and every building they may be in; ascending.
        need_m2, room_m2: what the units need at least, and what there is with every extension.
    """

    unit_ids: tuple[str, ...]
    asset_ids: tuple[str, ...]
    need_m2: float
    room_m2: float

    @property
    def short_m2(self) -> float:
        """What is missing."""
        return self.need_m2 - self.room_m2


def shortages(problem: Problem) -> tuple[Shortage, ...]:
    """Groups of units that cannot all fit anywhere, by the first of their ids.

    Maximum flow from units (least space they can be delivered in) through the
    buildings they may be in (capacity and extension) equals the space needed
    exactly when none is short (Hall's condition for divisible units); the minimum
    cut holds the units that are short and nowhere else to go.
    """
    room = {
        s.asset_id: 0.0 if s.must_close or s.must_improve else s.capacity_m2 + s.extension_max_m2
        for s in problem.sites.values()
    }
    bound = [u for _, u in sorted(problem.units.items()) if _needs_room(u, room)]
    sites = sorted({s for u in bound for s in u.anywhere})
    if not bound:
        return ()
    cut = _cut(bound, sites, room)
    return tuple(
        _shortage([u for u in bound if u.unit_id in group], room) for group in _groups(bound, cut)
    )


def _needs_room(unit: Unit, room: Mapping[str, float]) -> bool:
    """It must be somewhere, and everywhere it may be has so much room and no more."""
    if unit.fixed or unit.may_withdraw or not unit.anywhere:
        return False
    return all(math.isfinite(room.get(s, math.inf)) for s in unit.anywhere)


def least_m2(unit: Unit) -> float:
    """Space a unit takes at least, in whichever mode."""
    aside = unit.outreach
    return unit.space_m2 if aside is None else min(unit.space_m2, aside.space_m2)


def _cut(bound: list[Unit], sites: list[str], room: Mapping[str, float]) -> frozenset[str]:
    """Units on the source's side of the minimum cut: none when all have room."""
    place = {s: 1 + len(bound) + i for i, s in enumerate(sites)}
    source, sink = 0, 1 + len(bound) + len(sites)
    needs = [math.floor(PER_M2 * least_m2(u)) for u in bound]
    entries = [(source, 1 + i, need) for i, need in enumerate(needs)]
    entries += [
        (1 + i, place[s], needs[i]) for i, u in enumerate(bound) for s in dict.fromkeys(u.anywhere)
    ]
    most = sum(needs)
    entries += [(place[s], sink, min(math.ceil(PER_M2 * room[s]), most)) for s in sites]
    rows, columns, size = (np.array(x, dtype=np.int32) for x in zip(*entries, strict=True))
    graph = csr_array((size, (rows, columns)), shape=(sink + 1, sink + 1))
    left = csr_array(graph - maximum_flow(graph, source, sink).flow)
    left.eliminate_zeros()
    reached = set(map(int, breadth_first_order(left, source, return_predecessors=False)))
    return frozenset(u.unit_id for i, u in enumerate(bound) if 1 + i in reached)


def _groups(bound: list[Unit], cut: frozenset[str]) -> list[frozenset[str]]:
    """The units of the cut, apart where they share no building."""
    units = [u for u in bound if u.unit_id in cut]
    if not units:
        return []
    sites = sorted({s for u in units for s in u.anywhere})
    pairs = [(i, len(units) + sites.index(s)) for i, u in enumerate(units) for s in u.anywhere]
    rows, columns = zip(*pairs, strict=True)
    size = len(units) + len(sites)
    links = csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    _, label = connected_components(links, directed=False)
    groups: dict[int, set[str]] = {}
    for i, unit in enumerate(units):
        groups.setdefault(int(label[i]), set()).add(unit.unit_id)
    return sorted((frozenset(g) for g in groups.values()), key=min)


def _shortage(units: list[Unit], room: Mapping[str, float]) -> Shortage:
    sites = sorted({s for u in units for s in u.anywhere})
    return Shortage(
        unit_ids=tuple(u.unit_id for u in units),
        asset_ids=tuple(sites),
        need_m2=sum(least_m2(u) for u in units),
        room_m2=sum(room[s] for s in sites),
    )

"""Which turns may not be driven: from restrictions on ways to sequences of links.

Pure. OpenStreetMap states a restriction by ways (*from* this one, *via* a junction, *to* that one);
a network has links, one per piece of way and direction. So:

* the *from* link is the one of its way that arrives at the junction, the *to* link the one of its
  way that leaves it;
* where a way runs on through the junction (mappers should split it there, and do not always),
  the pair of links whose shape is the one named (left, right, straight on, back) is meant;
* a restriction via ways is the sequence of the *from* link, every link along the via ways, and
  the *to* link;
* "only" is turned into what it forbids: at each junction from the first on, every other way out.

Cars are bound, and crews on blue lights too (the law exempts them from few signs), each less the
vehicles a restriction excepts; people on foot never are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LEFT, RIGHT, STRAIGHT, BACK, ANY = "left", "right", "straight", "back", "any"
_SHAPES_DEG = {LEFT: (90.0, 85.0), RIGHT: (-90.0, 85.0), STRAIGHT: (0.0, 60.0), BACK: (180.0, 60.0)}
"""Angle of each shape of turn, degrees to the left, and how far from it a turn may be."""

Ints = NDArray[np.int64]
Mask = NDArray[np.uint8]
Sequences = dict[tuple[int, ...], int]


@dataclass(frozen=True)
class Restriction:
    """One turn restriction as mapped.

    Attributes:
        id: of the relation.
        only: whether the turn is the only one allowed (else it is forbidden).
        shape: `LEFT`, `RIGHT`, `STRAIGHT`, `BACK`, or `ANY` where the sign does not say.
        modes: whom it binds (bit mask).
        from_ways, to_ways: way ids; several only for "no entry" and "no exit".
        via_node: node id of the junction, or None where the turn goes via ways.
        via_ways: way ids, in the order travelled.
    """

    id: int
    only: bool
    shape: str
    modes: int
    from_ways: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    to_ways: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Turns:
    """Sequences of links that may not be travelled one after another (t of them), sorted.

    Attributes:
        first: sequence k is ``links[first[k]:first[k + 1]]``, two links or more, int64[t + 1].
        links: indices into `RoadNetwork`'s links, each beginning where the one before ends, int64.
        modes: whom each sequence is forbidden to (bit mask), uint8[t].
    """

    first: Ints = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    links: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    modes: Mask = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))


@dataclass(frozen=True, eq=False)
class Lanes:
    """The parts of a network that restrictions speak of (n nodes, m links sorted by start)."""

    node_x: NDArray[np.float64]
    node_y: NDArray[np.float64]
    node_osm_id: Ints
    link_from: NDArray[np.int32]
    link_to: NDArray[np.int32]
    link_way: Ints
    link_modes: Mask


def forbidden_turns(
    restrictions: Sequence[Restriction], lanes: Lanes
) -> tuple[Turns, tuple[int, ...]]:
    """Forbidden sequences of links, and the ids of restrictions that fit no junction.

    A restriction with a way the network lacks (beyond the map, or closed to those it binds)
    forbids nothing and is not reported; nor is one that forbids what a one-way street rules out.
    """
    ways = _Ways(restrictions, lanes)
    found: Sequences = {}
    misfits: list[int] = []
    for restriction in sorted(restrictions, key=lambda restriction: restriction.id):
        if not ways.known(restriction):
            continue
        rows = [*_named(restriction, ways)]
        chosen = _fitting(restriction, rows, ways)
        if not chosen and (rows or restriction.only or not ways.meet(restriction)):
            misfits.append(restriction.id)
        for links, modes in _forbidden(restriction, chosen, ways):
            if modes:
                found[links] = found.get(links, 0) | modes
    return _packed(found), tuple(sorted(set(misfits)))


def _packed(found: Sequences) -> Turns:
    rows = sorted(found)
    return Turns(
        first=np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        links=np.array([link for row in rows for link in row], dtype=np.int64),
        modes=np.array([found[row] for row in rows], dtype=np.uint8),
    )


class _Ways:
    """Links of the ways that restrictions name, looked up by way."""

    def __init__(self, restrictions: Iterable[Restriction], lanes: Lanes) -> None:
        self.lanes = lanes
        named = {
            way
            for restriction in restrictions
            for way in (*restriction.from_ways, *restriction.via_ways, *restriction.to_ways)
        }
        wanted = np.isin(lanes.link_way, np.array(sorted(named), dtype=np.int64))
        self.links: dict[int, list[int]] = {}
        for link in np.flatnonzero(wanted).tolist():
            self.links.setdefault(int(lanes.link_way[link]), []).append(link)

        unplaced = ~np.isfinite(lanes.node_x)
        self.beyond = frozenset(lanes.node_osm_id[unplaced].tolist())

    def known(self, restriction: Restriction) -> bool:
        """Whether its junction is on the map and those it binds can use each of its ways."""
        groups = [restriction.from_ways, restriction.to_ways]
        groups += [(way,) for way in restriction.via_ways]
        return restriction.via_node not in self.beyond and all(
            any(self.usable(way, restriction.modes) for way in group) for group in groups
        )

    def meet(self, restriction: Restriction) -> bool:
        """Whether its ways touch where it says, whichever way they run."""
        start, stop = self.nodes(restriction.from_ways), self.nodes(restriction.to_ways)
        if restriction.via_node is None:
            via = self.nodes(restriction.via_ways)
            return bool(start & via) and bool(stop & via)
        return any(self.lanes.node_osm_id[k] == restriction.via_node for k in start & stop)

    def nodes(self, ways: Iterable[int]) -> set[int]:
        links = [link for way in ways for link in self.links.get(way, ())]
        return {end(link) for link in links for end in (self.start, self.stop)}

    def modes(self, links: Sequence[int]) -> int:
        """Modes that may travel every one of the links."""
        return int(np.bitwise_and.reduce(self.lanes.link_modes[list(links)]))

    def usable(self, way: int, modes: int) -> list[int]:
        """The way's links that some of the modes may travel."""
        return [link for link in self.links.get(way, ()) if self.lanes.link_modes[link] & modes]

    def start(self, link: int) -> int:
        return int(self.lanes.link_from[link])

    def stop(self, link: int) -> int:
        return int(self.lanes.link_to[link])

    def arriving(self, ways: Iterable[int], node: int, modes: int) -> list[int]:
        """Links of the ways that end at a node."""
        return [k for way in ways for k in self.usable(way, modes) if self.stop(k) == node]

    def leaving(self, ways: Iterable[int], node: int, modes: int) -> list[int]:
        """Links of the ways that begin at a node."""
        return [k for way in ways for k in self.usable(way, modes) if self.start(k) == node]

    def out_of(self, node: int, modes: int) -> list[int]:
        """Every link that begins at a node."""
        first, last = np.searchsorted(self.lanes.link_from, [node, node + 1])
        links = range(int(first), int(last))
        return [link for link in links if self.lanes.link_modes[link] & modes]

    def nodes_called(self, osm_id: int, ways: Iterable[int], modes: int) -> list[int]:
        """Nodes with an OpenStreetMap id at which a link of the ways ends."""
        stops = (self.stop(k) for way in ways for k in self.usable(way, modes))
        return sorted({node for node in stops if self.lanes.node_osm_id[node] == osm_id})

    def turn_deg(self, one: int, two: int) -> float:
        """Angle between two links, degrees to the left, in (-180, 180]."""
        x, y = self.lanes.node_x, self.lanes.node_y
        a, b, c, d = self.start(one), self.stop(one), self.start(two), self.stop(two)
        before = np.arctan2(y[b] - y[a], x[b] - x[a])
        after = np.arctan2(y[d] - y[c], x[d] - x[c])
        left = float(np.degrees(after - before)) % 360.0
        return left - 360.0 if left > 180.0 else left


def _named(restriction: Restriction, ways: _Ways) -> Iterator[tuple[int, ...]]:
    """Sequences of links that go by its ways, whatever their shape."""
    if restriction.via_node is None:
        yield from _via_ways(restriction, ways)
        return
    modes = restriction.modes
    for node in ways.nodes_called(restriction.via_node, restriction.from_ways, modes):
        out = ways.leaving(restriction.to_ways, node, modes)
        for link in ways.arriving(restriction.from_ways, node, modes):
            yield from ((link, other) for other in out)


def _fitting(
    restriction: Restriction, rows: list[tuple[int, ...]], ways: _Ways
) -> list[tuple[int, ...]]:
    """The sequence meant: the only one there is, or the only one of the shape named.

    Where several have that shape (two roads cross, neither split), the sign stands on one arm
    and the map does not say which: none is chosen, except to forbid turning back, on both.
    """
    if len(rows) <= 1 or restriction.shape == ANY:
        return rows
    ideal, within = _SHAPES_DEG[restriction.shape]
    off = [abs((ways.turn_deg(row[0], row[-1]) - ideal + 180.0) % 360.0 - 180.0) for row in rows]
    near = [row for row, deg in zip(rows, off, strict=True) if deg <= within]
    both = restriction.shape == BACK and not restriction.only
    return near if both or len(near) == 1 else []


# ---- via ways --------------------------------------------------------------------------


def _via_ways(restriction: Restriction, ways: _Ways) -> Iterator[tuple[int, ...]]:
    """From link, every link along the via ways, to link."""
    modes = restriction.modes
    for middle in _courses(restriction, ways):
        into = ways.arriving(restriction.from_ways, ways.start(middle[0]), modes)
        out = ways.leaving(restriction.to_ways, ways.stop(middle[-1]), modes)
        for one in _not_back(into, middle[0], ways):
            for two in _not_back(out, middle[-1], ways):
                yield (one, *middle, two)


def _not_back(links: list[int], beside: int, ways: _Ways) -> list[int]:
    """Links that are not ``beside`` the other way round."""
    ends = (ways.stop(beside), ways.start(beside))
    return [link for link in links if (ways.start(link), ways.stop(link)) != ends]


def _courses(restriction: Restriction, ways: _Ways) -> Iterator[tuple[int, ...]]:
    """Ways through the via ways, from a node of the from-way to a node of the to-way."""
    modes = restriction.modes
    via = [link for way in restriction.via_ways for link in ways.usable(way, modes)]
    following: dict[int, list[int]] = {}
    for link in via:
        following.setdefault(ways.start(link), []).append(link)
    begins = {ways.stop(k) for way in restriction.from_ways for k in ways.usable(way, modes)}
    ends = {ways.start(k) for way in restriction.to_ways for k in ways.usable(way, modes)}
    whole = len(set(restriction.via_ways))
    for node in sorted(begins & set(following)):
        for course in _onward(node, following, ends, ways):
            if len({int(ways.lanes.link_way[link]) for link in course}) == whole:
                yield course


def _onward(
    node: int, following: dict[int, list[int]], ends: set[int], ways: _Ways
) -> Iterator[tuple[int, ...]]:
    """Courses from a node along via links, each node once, up to where the to-way is met."""
    stack: list[tuple[tuple[int, ...], frozenset[int]]] = [((), frozenset({node}))]
    while stack:
        course, been = stack.pop()
        at = ways.stop(course[-1]) if course else node
        if course and at in ends:
            yield course
        for link in reversed(following.get(at, [])):
            if ways.stop(link) not in been:
                stack.append(((*course, link), been | {ways.stop(link)}))


# ---- what an "only" forbids ------------------------------------------------------------


def _forbidden(
    restriction: Restriction, chosen: list[tuple[int, ...]], ways: _Ways
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Each sequence forbidden, and to whom."""
    if not restriction.only:
        yield from ((row, restriction.modes & ways.modes(row)) for row in chosen)
        return
    allowed = {row[:size] for row in chosen for size in range(2, len(row) + 1)}
    for row in chosen:
        bound = restriction.modes & ways.modes(row)
        for size in range(1, len(row)):
            for other in ways.out_of(ways.stop(row[size - 1]), bound):
                beside = (*row[:size], other)
                if beside not in allowed:
                    yield beside, bound & ways.modes(beside)


__all__ = ["ANY", "BACK", "LEFT", "RIGHT", "STRAIGHT", "Lanes", "Restriction", "Turns"]
__all__ += ["forbidden_turns"]

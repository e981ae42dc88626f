"""Turn restrictions and access-only roads: the drawn-out graph equals walks tried one by one."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.arcs import JOIN, Arcs, arcs_of

Rules = Sequence[tuple[int, ...]]


def on_arcs(graph: Arcs, cost: np.ndarray, begin: int) -> dict[int, int]:
    """Least cost from a search node to every other."""
    out: dict[int, list[tuple[int, int]]] = {}
    for a, b, k in zip(
        graph.start.tolist(), graph.stop.tolist(), graph.section.tolist(), strict=True
    ):
        out.setdefault(a, []).append((b, 0 if k == JOIN else int(cost[k])))
    best = {begin: 0}
    queue = [(0, begin)]
    while queue:
        spent, node = heapq.heappop(queue)
        if spent > best[node]:
            continue
        for after, more in out.get(node, []):
            if spent + more < best.get(after, 10**9):
                best[after] = spent + more
                heapq.heappush(queue, (spent + more, after))
    return best


def by_walks(
    ends: list[tuple[int, int]], cost: np.ndarray, rules: Rules, zone: list[bool], source: int
) -> dict[int, int]:
    """Least cost of leaving ``source`` by its end and coming to the beginning of each section.

    A state is what was driven lately and whether one is still in the first zone (0), on through
    roads (1) or in the last zone (2).
    """
    memory = max((len(rule) for rule in rules), default=1)
    first = ((source,), 0 if zone[source] else 1)
    best = {first: 0}
    come: dict[int, int] = {}
    queue = [(0, first)]
    while queue:
        spent, (driven, phase) = heapq.heappop(queue)
        if spent > best[driven, phase]:
            continue
        for k, (a, _) in enumerate(ends):
            full = (*driven, k)
            if a != ends[driven[-1]][1] or any(full[-len(r) :] == r for r in rules):
                continue
            after = ({0: 0, 1: 2, 2: 2} if zone[k] else {0: 1, 1: 1, 2: 3})[phase]
            if after == 3:
                continue
            come[k] = min(come.get(k, 10**9), spent)
            state = (full[-memory:], after)
            if spent + int(cost[k]) < best.get(state, 10**9):
                best[state] = spent + int(cost[k])
                heapq.heappush(queue, (best[state], state))
    return come


@st.composite
def cases(
    draw: st.DrawFn,
) -> tuple[int, list[tuple[int, int]], list[int], list[tuple[int, ...]], list[bool]]:
    """Sections between few nodes, walks along them forbidden, some for access only."""
    nodes = draw(st.integers(2, 5))
    node = st.integers(0, nodes - 1)
    ends = draw(st.lists(st.tuples(node, node), min_size=2, max_size=9))
    cost = draw(st.lists(st.integers(1, 9), min_size=len(ends), max_size=len(ends)))
    rules: list[tuple[int, ...]] = []
    for _ in range(draw(st.integers(0, 3))):
        walk = [draw(st.integers(0, len(ends) - 1))]
        for _ in range(draw(st.integers(1, 3))):
            after = [k for k, (a, _) in enumerate(ends) if a == ends[walk[-1]][1]]
            if after:
                walk.append(draw(st.sampled_from(after)))
        if len(walk) > 1:
            rules.append(tuple(walk))
    zone = draw(st.lists(st.booleans(), min_size=len(ends), max_size=len(ends)))
    if draw(st.booleans()):
        zone = [False] * len(ends)
    return nodes, ends, cost, rules, zone


@settings(max_examples=400)
@given(cases())
def test_the_graph_allows_exactly_the_walks_that_are_allowed(
    case: tuple[int, list[tuple[int, int]], list[int], list[tuple[int, ...]], list[bool]],
) -> None:
    nodes, ends, costs, rules, zone = case
    start, stop = np.array(ends, dtype=np.int64).T
    cost = np.array(costs)
    graph = arcs_of(start, stop, nodes, forbidden=rules, zone=np.array(zone))
    for source in range(len(ends)):
        found = on_arcs(graph, cost, int(graph.leave[source]))
        want = by_walks(ends, cost, rules, zone, source)
        got = {k: found[int(graph.reach[k])] for k in range(len(ends))
               if int(graph.reach[k]) in found}  # fmt: skip
        assert got == want


def test_nothing_is_added_where_nothing_is_forbidden() -> None:
    start, stop = np.array([0, 1, 1]), np.array([1, 0, 2])
    graph = arcs_of(start, stop, 3, forbidden=[], zone=np.zeros(3, dtype=bool))
    assert graph.nodes == 3
    assert graph.section.tolist() == [0, 1, 2]


def test_a_forbidden_turn_is_driven_round() -> None:
    """A square with a no-left-turn: ``0 -> 1 -> 2`` is forbidden, ``0 -> 1 -> 3 -> 2`` is not.

    Sections: 0: 0-1, 1: 1-2, 2: 1-3, 3: 3-2, 4: 2-0 (all one way, 10 each but 3: 5).
    """
    ends = np.array([(0, 1), (1, 2), (1, 3), (3, 2), (2, 0)])
    cost = np.array([10, 10, 10, 5, 10])
    graph = arcs_of(ends[:, 0], ends[:, 1], 4, forbidden=[(0, 1)], zone=np.zeros(5, dtype=bool))
    found = on_arcs(graph, cost, int(graph.leave[4]))  # at node 0, having driven 2-0
    assert found[int(graph.reach[4])] == 25  # 0-1, 1-3, 3-2: not 20 by way of 1-2
    assert int(graph.reach[1]) not in found  # whoever comes from 0 cannot stop on 1-2 at all
    assert found[int(graph.reach_core[1])] == 10  # but can stop at the corner itself


def test_an_access_only_street_is_entered_and_left_but_not_driven_through() -> None:
    """``0 == 1 == 2`` with a short cut 0-2 for access only (sections both ways).

    Through: 0-1-2 costs 20 although the short cut would cost 5.
    """
    ends = np.array([(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)])
    cost = np.array([10, 10, 10, 10, 5, 5])
    zone = np.array([False] * 4 + [True] * 2)
    graph = arcs_of(ends[:, 0], ends[:, 1], 3, forbidden=[], zone=zone)
    found = on_arcs(graph, cost, int(graph.leave[1]))  # at node 0, come from 1
    assert found[int(graph.reach[3])] == 20  # at node 2, to go back: by way of 1, not the cut
    assert found[int(graph.reach[4])] == 0  # a house in the cut is reached directly
    out = on_arcs(graph, cost, int(graph.leave[4]))  # from a house in the cut, out at 2
    assert out[int(graph.reach[3])] == 0
    assert out[int(graph.reach[0])] == 5  # turned round at its end and back along it: still inside

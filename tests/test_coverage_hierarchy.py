"""The search by hierarchy equals plain Dijkstra, to the tick and to the metre."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coverage.hierarchy import (
    NEVER,
    Hierarchy,
    cost_of,
    hierarchy,
    metres_of,
    minutes_of,
    plan,
    search,
    weigh,
)

Arcs = list[tuple[int, int, int]]


def dijkstra(nodes: int, arcs: Arcs, source: int) -> list[int]:
    """Least whole-number cost to every node."""
    out: dict[int, list[tuple[int, int]]] = {}
    for a, b, cost in arcs:
        out.setdefault(a, []).append((b, cost))
    best = [int(NEVER)] * nodes
    best[source] = 0
    queue = [(0, source)]
    while queue:
        cost, node = heapq.heappop(queue)
        if cost > best[node]:
            continue
        for after, more in out.get(node, []):
            if cost + more < best[after]:
                best[after] = cost + more
                heapq.heappush(queue, (cost + more, after))
    return best


def solve(nodes: int, arcs: Arcs, sources: list[int], targets: list[int]) -> np.ndarray:
    """The same by hierarchy, int64[targets, sources]."""
    start, stop, cost = (np.array([arc[k] for arc in arcs], dtype=np.int64) for k in range(3))
    made = hierarchy(nodes, start, stop)
    return solve_with(made, cost, sources, targets)


def solve_with(
    made: Hierarchy, cost: np.ndarray, sources: list[int], targets: list[int], turned: bool = False
) -> np.ndarray:
    weights = weigh(made, cost)
    laid = plan(made, np.array(sources), np.array(targets))
    table = np.full((laid.rows, len(sources)), NEVER)
    table[laid.row[made.rank[sources]], np.arange(len(sources))] = 0
    search(laid, weights.turned() if turned else weights, table)
    return table[laid.row[made.rank[targets]]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, Arcs]:
    """Random directed graphs, with loops, parallels, islands and arcs of no cost."""
    nodes = draw(st.integers(1, 18))
    node = st.integers(0, nodes - 1)
    arc = st.tuples(node, node, st.integers(0, 50))
    return nodes, draw(st.lists(arc, max_size=60))


@settings(max_examples=200)
@given(graphs(), st.data())
def test_costs_equal_dijkstra(graph: tuple[int, Arcs], data: st.DataObject) -> None:
    nodes, arcs = graph
    some = st.lists(st.integers(0, nodes - 1), min_size=1, max_size=6, unique=True)
    sources, targets = data.draw(some), data.draw(some)
    got = solve(nodes, arcs, sources, targets)
    for column, source in enumerate(sources):
        want = dijkstra(nodes, arcs, source)
        assert got[:, column].tolist() == [want[t] for t in targets]


@settings(max_examples=60)
@given(graphs(), st.randoms(use_true_random=False))
def test_other_costs_on_the_same_order_and_the_other_way_round(
    graph: tuple[int, Arcs], rng: object
) -> None:
    """A hierarchy is made once; any costs may be laid on it, and turned round."""
    nodes, arcs = graph
    start, stop, _ = (np.array([arc[k] for arc in arcs], dtype=np.int64) for k in range(3))
    made = hierarchy(nodes, start, stop)
    everyone = list(range(nodes))
    for trial in range(2):
        cost = np.array([(7 * k * (trial + 3)) % 41 for k in range(len(arcs))], dtype=np.int64)
        again = [(a, b, int(c)) for (a, b, _), c in zip(arcs, cost, strict=True)]
        there = solve_with(made, cost, everyone, everyone)
        back = solve_with(made, cost, everyone, everyone, turned=True)
        want = np.array([dijkstra(nodes, again, s) for s in everyone]).T
        assert np.array_equal(there, want)
        assert np.array_equal(back, want.T)


def test_among_equally_fast_ways_the_shortest_is_measured() -> None:
    """``0 -> 1 -> 3`` and ``0 -> 2 -> 3`` take a minute each; 900 m and 1,100 m."""
    minutes = np.array([0.5, 0.5, 0.25, 0.75])
    metres = np.array([400.0, 500.0, 300.0, 800.0])
    cost = cost_of(minutes, metres)
    ends = [(0, 1), (1, 3), (0, 2), (2, 3)]
    arcs = [(a, b, int(c)) for (a, b), c in zip(ends, cost, strict=True)]
    got = solve(4, arcs, [0], [3])
    assert minutes_of(got)[0, 0] == 1.0
    assert metres_of(got)[0, 0] == 900.0


def test_a_long_chain_and_no_route_stay_within_the_numbers() -> None:
    """5,000 stretches of half a minute and 400 m each: 2,500 minutes, 2,000 km."""
    count = 5_000
    step = int(cost_of(np.array([0.5]), np.array([400.0]))[0])
    arcs = [(k, k + 1, step) for k in range(count)]
    got = solve(count + 2, arcs, [0, count + 1], [count, 0])
    assert minutes_of(got)[0, 0] == pytest.approx(2_500.0)
    assert metres_of(got)[0, 0] == pytest.approx(2_000_000.0)
    assert np.isinf(minutes_of(got)[0, 1]) and np.isinf(minutes_of(got)[1, 1])
    assert minutes_of(got)[1, 0] == 0.0


@pytest.mark.parametrize("rungs", [False, True])
def test_a_very_long_ring_or_ladder_is_searched_whole(rungs: bool) -> None:
    """30,000 stretches one after another: the numbers behind the order must not fade to nothing."""
    count = 30_000
    arcs = [(k, (k + 1) % count, 1000 + k % 7) for k in range(count)]
    if rungs:
        arcs += [(a + count, b + count, cost + 1) for a, b, cost in arcs]
        arcs += [(k, k + count, 5) for k in range(count)]
    arcs += [(b, a, cost) for a, b, cost in arcs]
    nodes = 2 * count if rungs else count
    sources, targets = [0, 17], [1, 9_000, 15_000, 29_999, nodes - 1]
    got = solve(nodes, arcs, sources, targets)
    for column, source in enumerate(sources):
        want = dijkstra(nodes, arcs, source)
        assert got[:, column].tolist() == [want[t] for t in targets]


@given(st.lists(st.tuples(st.floats(0, 4_000), st.floats(0, 2_000_000)), min_size=1, max_size=20))
def test_costs_carry_minutes_and_metres(pairs: list[tuple[float, float]]) -> None:
    minutes, metres = np.array(pairs).T
    cost = cost_of(minutes, metres)
    np.testing.assert_allclose(minutes_of(cost), minutes, atol=2e-8)
    np.testing.assert_allclose(metres_of(cost), metres, atol=0.0625)
    assert cost_of(np.array([np.inf]), np.array([1.0]))[0] == NEVER
    whole = np.round(minutes)
    assert np.array_equal(minutes_of(cost_of(whole, metres)), whole)  # whole minutes are exact


def test_every_arc_has_a_slot_and_every_triangle_is_closed() -> None:
    """A wheel of nine: the fill joins what leaving a node out would cut apart."""
    rim = [(k, k % 8 + 1) for k in range(1, 9)]
    start = np.array([a for a, _ in rim] + [0] * 8)
    stop = np.array([b for _, b in rim] + list(range(1, 9)))
    made = hierarchy(9, start, stop)
    slots = set(zip(made.low.tolist(), made.high.tolist(), strict=True))
    assert sorted(made.rank.tolist()) == list(range(9))
    for a, b in zip(made.rank[start].tolist(), made.rank[stop].tolist(), strict=True):
        assert (min(a, b), max(a, b)) in slots
    for low in range(9):
        above = sorted(h for v, h in slots if v == low)
        for n, x in enumerate(above):
            assert all((x, y) in slots for y in above[n + 1 :])
    assert (made.level[made.low] < made.level[made.high]).all()

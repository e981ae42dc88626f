"""Bounds, domination and prices of a frontier, against every plan there is (drawn at random).

A search that asked for at least 4 of x and proved at most 7 of y, and one that asked for 6 and
proved 5:

    y 7 |---------.            what is left to plans with x ≥ 6 is 5, with x ≥ 4 it is 7,
      5 |         :----.       with x ≥ 3 nothing is known; and a plan with 6 of y has less
        +---4-----6----- x     than 6 of x, for with 6 of x there are only 5 of y.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.frontier.envelope import (
    Bound,
    beats,
    best_possible,
    choices,
    cost_between,
    dominator,
)

NONE, EXACT = -math.inf, (0.0, 0.0)
DRAWN = (Bound(1, 7.0, (4.0, NONE)), Bound(1, 5.0, (6.0, NONE)))
figures = st.integers(0, 12).map(float)
plans_of = {n: st.lists(st.tuples(*[figures] * n), min_size=1, max_size=12) for n in (2, 3)}


@pytest.mark.parametrize(("x", "left"), [(3.0, math.inf), (4.0, 7.0), (5.9, 7.0), (6.0, 5.0)])
def test_a_bound_holds_for_all_that_ask_more(x: float, left: float) -> None:
    assert best_possible(1, (x, NONE), DRAWN, EXACT) == left


@pytest.mark.parametrize(("y", "left"), [(5.0, math.inf), (6.0, 6.0), (7.5, 4.0)])
def test_a_bound_on_one_figure_bounds_the_other(y: float, left: float) -> None:
    assert best_possible(0, (NONE, y), DRAWN, EXACT) == left


def test_what_is_impossible_is_impossible_for_all_that_ask_more() -> None:
    none = (Bound(1, NONE, (9.0, NONE)),)
    assert best_possible(1, (9.5, NONE), none, EXACT) == NONE
    assert best_possible(1, (8.5, NONE), none, EXACT) == math.inf
    assert best_possible(0, (NONE, NONE), none, EXACT) == 9.0


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_plan_is_beyond_what_its_bounds_leave(data: st.DataObject) -> None:
    """Bounds as searches would prove them, of any aim, with any slack, own floors included."""
    n = data.draw(st.sampled_from((2, 3)))
    plans = data.draw(plans_of[n])
    bounds = []
    for _ in range(data.draw(st.integers(0, 6))):
        axis = data.draw(st.integers(0, n - 1))
        floors = tuple(data.draw(st.one_of(st.just(NONE), figures)) for _ in range(n))
        fit = [p for p in plans if all(a >= f for a, f in zip(p, floors, strict=True))]
        most = max((p[axis] for p in fit), default=NONE)
        loose = data.draw(st.integers(0, 2)) if fit else 0
        bounds.append(Bound(axis, most + loose, floors))
    asked = tuple(data.draw(st.one_of(st.just(NONE), figures)) for _ in range(n))
    exact = (0.0,) * n
    for axis in range(n):
        left = best_possible(axis, asked, bounds, exact)
        others = [j for j in range(n) if j != axis]
        for plan in plans:
            if all(plan[j] >= asked[j] for j in others):
                assert plan[axis] <= left


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(figures, figures), max_size=6), st.lists(figures, min_size=2, max_size=6))
def test_what_is_left_only_falls_as_more_is_asked(
    proved: list[tuple[float, float]], asked: list[float]
) -> None:
    bounds = [Bound(1, most, (floor, NONE)) for floor, most in proved]
    left = [best_possible(1, (x, NONE), bounds, EXACT) for x in sorted(asked)]
    assert left == sorted(left, reverse=True)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from((2, 3)).flatmap(lambda n: plans_of[n]))
def test_choices_are_what_nothing_beats_each_once(plans: list[tuple[float, ...]]) -> None:
    slack = (0.0,) * len(plans[0])
    kept = [plans[i] for i in choices(plans, slack)]
    assert kept
    assert len(set(kept)) == len(kept)
    assert not any(beats(one, other, slack) for one in plans for other in kept)
    for at, plan in enumerate(plans):
        by = dominator(at, plans, slack)
        if plan in kept:
            assert by is None
        else:
            assert by is not None and beats(plans[by], plan, slack)
            assert plans[by] in kept


@settings(max_examples=200, deadline=None)
@given(figures, figures, figures, figures, st.floats(0, 1), st.floats(0, 1))
def test_the_true_cost_lies_between_the_ends_told(
    dear: float, cheap: float, more: float, other: float, at: float, there: float
) -> None:
    """Wherever between plan and bound the best plans are; the best of a looser step is no less."""
    best = dear + at * more, cheap + there * other
    _, least, most = cost_between((dear, dear + more), (cheap, cheap + other))
    assert least - 1e-9 <= max(0.0, best[0] - best[1]) or best[0] < best[1]
    assert best[0] - best[1] <= most + 1e-9

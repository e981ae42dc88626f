"""Steps → points: which plans are choices, how sure each is, and what lies between them. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from optimise.frontier.axes import Axis
from optimise.frontier.envelope import (
    Bound,
    Vector,
    beats,
    best_possible,
    choices,
    cost_between,
    dominator,
    same,
)
from optimise.frontier.records import FOUND, Step


@dataclass(frozen=True)
class Point:
    """One plan of a frontier. Figures are in their measures' own units.

    Attributes:
        number: from 1 along x, the least of x first.
        folder: of its run; its page is ``plan.html`` there.
        names: of the steps that came to it.
        figures: of each axis. bounds: of each, the best that is not ruled out for a plan as good
            as this one in the others; infinite where nothing is proved.
        gap: of y, as a share of its value. gap_of_range: as a share of y's range.
        choice: nothing that was found beats it.
        beaten_by: number of a point that does; 0 for a choice.
        unsure_of: number of a neighbouring choice that may beat it, for all that is proved: the
            intervals overlap; 0 where none may.
        seconds: of the search.
    """

    number: int
    folder: str
    names: tuple[str, ...]
    figures: Vector
    bounds: Vector
    gap: float
    gap_of_range: float
    choice: bool
    beaten_by: int = 0
    unsure_of: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Price:
    """What lies between two neighbouring choices: more of one figure for less of another.

    Attributes:
        here, there: numbers of the points; there is more of ``bought`` at the second.
        bought, paid: positions of the axes.
        more: of the figure bought, in its unit, counted so that more is better.
        cost: of the figure paid, from plan to plan. least, most: what it is between the best
            plans there are, for all that is proved; ``most`` may be infinite.
    """

    here: int
    there: int
    bought: int
    paid: int
    more: float
    cost: float
    least: float
    most: float

    @property
    def each(self) -> float:
        """Cost of one unit more."""
        return self.cost / self.more


@dataclass(frozen=True)
class Level:
    """The curve of x and y among plans with as much of a third figure as is asked.

    Attributes:
        asked: of the third figure, in its unit: at least, or at most where less is better.
        points: numbers of the points on it, along x; no other with so much of z beats one of
            them in x and y.
        bounds: of y at each, the best that is not ruled out for a plan with as much of x and so
            much of z.
        prices: between neighbours.
    """

    asked: float
    points: tuple[int, ...]
    bounds: tuple[float, ...]
    prices: tuple[Price, ...]


@dataclass(frozen=True)
class Curve:
    """A frontier: points along x, prices between its choices, steps without a plan of their own.

    Attributes:
        prices: of two figures; of three they are in ``levels``.
        levels: of three figures, one for each step of the third that a plan keeps.
    """

    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    prices: tuple[Price, ...]
    steps: tuple[Step, ...]
    levels: tuple[Level, ...] = ()

    @property
    def choices(self) -> tuple[Point, ...]:
        """Points that nothing found beats."""
        return tuple(point for point in self.points if point.choice)

    def price_to(self, number: int) -> Price | None:
        """The price between a choice and the one before it along x."""
        return next((p for p in self.prices if max(p.here, p.there) == number), None)


def curve(axes: Sequence[Axis], steps: Sequence[Step]) -> Curve:
    """Points, choices and prices of the steps of a frontier.

    Bounds are taken over all steps: one that was proved while less was asked holds for every
    plan that has more (`best_possible`).
    """
    slack = tuple(axis.tolerance for axis in axes)
    found = _distinct([step for step in steps if step.status == FOUND], slack)
    plans = [step.figures for step, _ in found]
    best = choices(plans, slack)
    proved = [bound for step in steps for bound in step.bounds]
    numbers = _numbers(plans, slack)
    most = max((abs(plans[i][1] - plans[j][1]) for i in best for j in best), default=0.0)
    points = []
    for at, (step, names) in enumerate(found):
        plan = plans[at]
        bounds = tuple(
            max(value, best_possible(a, plan, proved, slack)) for a, value in enumerate(plan)
        )
        beaten = None if at in best else dominator(at, plans, slack)
        points.append(
            Point(
                number=numbers[at],
                folder=step.folder,
                names=names,
                figures=_turned(plan, axes),
                bounds=_turned(bounds, axes),
                gap=_share(bounds[1] - plan[1], abs(plan[1]), slack[1]),
                gap_of_range=_share(bounds[1] - plan[1], most, slack[1]),
                choice=at in best,
                beaten_by=0 if beaten is None else numbers[beaten],
                seconds=step.seconds,
            )
        )
    ordered = sorted(points, key=lambda point: point.number)
    sure = tuple(_with_doubt(point, ordered, axes) for point in ordered)
    if len(axes) < 3:
        return Curve(tuple(axes), sure, _prices(sure, axes), tuple(steps))
    return Curve(tuple(axes), sure, (), tuple(steps), _levels(sure, axes, steps))


def _distinct(steps: Sequence[Step], slack: Vector) -> list[tuple[Step, tuple[str, ...]]]:
    """Each set of figures once, with the names of the steps that came to it."""
    kept: list[tuple[Step, tuple[str, ...]]] = []
    for step in steps:
        at = next((i for i, (k, _) in enumerate(kept) if same(k.figures, step.figures, slack)), -1)
        if at < 0:
            kept.append((step, (step.name,)))
        else:
            kept[at] = (kept[at][0], (*kept[at][1], step.name))
    return kept


def _numbers(plans: Sequence[Vector], slack: Vector) -> list[int]:
    """Numbers from 1: choices of most y first within equal x; the least x first."""
    order = sorted(range(len(plans)), key=lambda i: (*plans[i][2:], plans[i][0], -plans[i][1]))
    return [order.index(i) + 1 for i in range(len(plans))]


def _turned(vector: Vector, axes: Sequence[Axis]) -> Vector:
    return tuple(value * axis.sign for value, axis in zip(vector, axes, strict=True))


def _share(miss: float, of: float, rounding: float) -> float:
    if miss <= rounding:
        return 0.0
    return miss / of if of > 0 else math.inf


def _with_doubt(point: Point, points: Sequence[Point], axes: Sequence[Axis]) -> Point:
    """A choice that a better one beside it is not ruled out: told by number."""
    if not point.choice:
        return point
    slack = tuple(axis.tolerance for axis in axes)
    plan = _turned(point.figures, axes)
    for other in sorted(points, key=lambda o: abs(o.number - point.number)):
        if other is point or not other.choice:
            continue
        # As much of everything as the other has, and of y as much as is not ruled out there.
        may = list(_turned(other.figures, axes))
        may[1] = _turned(other.bounds, axes)[1]
        if beats(tuple(may), plan, slack):
            return replace(point, unsure_of=other.number)
    return point


def _levels(
    points: Sequence[Point], axes: Sequence[Axis], steps: Sequence[Step]
) -> tuple[Level, ...]:
    """One curve of the first two figures for each step of the third, the least asked first.

    A point's bounds are those of any plan with so much of the third figure as the level asks,
    not as the point has.
    """
    slack = tuple(axis.tolerance for axis in axes)
    proved = [bound for step in steps for bound in step.bounds]
    made = []
    for floor in sorted({step.asked[2] for step in steps if math.isfinite(step.asked[2])}):
        enough = [p for p in points if p.choice and _turned(p.figures, axes)[2] >= floor - slack[2]]
        plans = [_turned(p.figures, axes)[:2] for p in enough]
        chosen = [enough[i] for i in choices(plans, slack[:2])]
        ordered = sorted(chosen, key=lambda point: (point.figures[0], point.number))
        freed = [_at_level(point, floor, axes, proved) for point in ordered]
        if freed:
            numbers, bounds = zip(*((p.number, p.bounds[1]) for p in freed), strict=True)
            made.append(Level(floor * axes[2].sign, numbers, bounds, _prices(freed, axes)))
    return tuple(made)


def _at_level(point: Point, floor: float, axes: Sequence[Axis], proved: Sequence[Bound]) -> Point:
    """A point as one of a level's curve, where no more of the third figure is asked than that."""
    slack = tuple(axis.tolerance for axis in axes)
    plan = _turned(point.figures, axes)
    asked = (*plan[:2], floor)
    bounds = [max(plan[a], best_possible(a, asked, proved, slack)) for a in (0, 1)]
    return replace(point, bounds=_turned((*bounds, _turned(point.bounds, axes)[2]), axes))


def _prices(points: Sequence[Point], axes: Sequence[Axis]) -> tuple[Price, ...]:
    """Between choices that are neighbours along x."""
    kept = [point for point in points if point.choice]
    made = [_price(one, other, axes) for one, other in pairwise(kept)]
    return tuple(price for price in made if price is not None)


def _price(one: Point, other: Point, axes: Sequence[Axis]) -> Price | None:
    """More of what is no money for less of what is; else more x for less y."""
    money = [axis.unit.startswith("gbp") for axis in axes[:2]]
    bought = 1 if money[0] and not money[1] else 0
    paid = 1 - bought
    turned = [_turned(p.figures, axes) for p in (one, other)]
    gain = turned[1][bought] - turned[0][bought]
    here, there = (one, other) if gain > 0 else (other, one)
    if not gain:
        return None
    dear, cheap = (
        (p.figures[paid] * axes[paid].sign, p.bounds[paid] * axes[paid].sign) for p in (here, there)
    )
    cost, least, most = cost_between(dear, cheap)
    return Price(here.number, there.number, bought, paid, abs(gain), cost, least, most)

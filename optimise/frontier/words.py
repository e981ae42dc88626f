"""A frontier in sentences: for the command line, the page and ``frontier.json``. Pure."""

from __future__ import annotations

import math

from optimise.frontier.axes import Axis
from optimise.frontier.curve import Curve, Level, Point, Price
from optimise.frontier.records import FOUND, IMPOSSIBLE, SETTLED, UNKNOWN, Step
from optimise.goals import PEOPLE

#: What each state of a step means.
STATES = {
    IMPOSSIBLE: "proved impossible: no plan does this",
    UNKNOWN: "not known: no plan was found in the time, and none is ruled out",
    FOUND: "the plan that was found comes to the same figures as another",
    SETTLED: "a plan found for another step is, within the gap asked for, as good as any here",
}


def what(axis: Axis) -> str:
    """What an axis counts, within a sentence."""
    if axis.total:
        return f"of {axis.indicator.words}"
    words = axis.indicator.words
    # "£0.9m of receipts from sales", "3 buildings" (their unit says it already).
    return f"of {words}" if axis.unit.startswith("gbp") else f"({words})"


def price_words(price: Price, curve: Curve) -> str:
    """``From 80.00% to 82.00% of people … costs £0.9m of receipts (between £0.7m and £1.2m)``."""
    at = {point.number: point for point in curve.points}
    bought, paid = curve.axes[price.bought], curve.axes[price.paid]
    here, there = (bought.told(at[n].figures[price.bought]) for n in (price.here, price.there))
    low, high = amount(paid, price.least), amount(paid, price.most)
    between = f"at least {low}" if math.isinf(price.most) else f"between {low} and {high}"
    if price.most - price.least <= paid.tolerance:
        between = "proved"
    return (
        f"From {here} to {there} {what(bought)} costs {amount(paid, price.cost)} {what(paid)} "
        f"({between})"
    )


def amount(axis: Axis, value: float) -> str:
    """A difference in words: points of a share, or the measure's own unit."""
    if axis.total:
        return f"{100 * value / axis.total:.2f} points"
    return axis.indicator.unit.told(value)


def each_words(price: Price, curve: Curve) -> str:
    """The price of one more: of one percentage point, or of one of the unit."""
    bought, paid = curve.axes[price.bought], curve.axes[price.paid]
    if bought.total:
        return f"{amount(paid, price.each * bought.total / 100)} for each point"
    unit = bought.indicator.unit
    if unit.key.startswith("gbp"):
        return f"{amount(paid, price.each * 1e6)} for each £1m"
    many = 1000.0 if unit.key == PEOPLE.key else 1.0
    return f"{amount(paid, price.each * many)} for each {unit.told(many)}"


def interval_words(point: Point, axis: int, curve: Curve) -> str:
    """A figure and the best that is not ruled out."""
    told, bound = point.figures[axis], point.bounds[axis]
    words = curve.axes[axis].told(told)
    if math.isinf(bound):
        return f"{words}; nothing better is ruled out"
    if abs(bound - told) <= curve.axes[axis].tolerance:
        return f"{words}, proved the best"
    return f"{words}; at best {curve.axes[axis].told(bound)}"


def standing_words(point: Point) -> str:
    """Whether a point is a choice, and how sure that is."""
    if not point.choice:
        return f"No choice: plan {point.beaten_by} is at least as good in all and better in one"
    if point.unsure_of:
        return (
            f"A choice, but not surely: a plan that is better in both may exist near plan "
            f"{point.unsure_of}; none was found, and none is ruled out"
        )
    if math.isinf(point.bounds[1]):
        return "A choice as far as was found: nothing better is ruled out"
    if math.isinf(point.gap):
        return "A choice as far as was found: how much better one may be stands under “At best”"
    if point.gap > 0:
        return f"A choice, proved within {point.gap:.2%}"
    return "A choice"


def level_words(level: Level, curve: Curve) -> str:
    """``At least £3m of receipts from sales``."""
    axis = curve.axes[2]
    return f"At {'least' if axis.sign > 0 else 'most'} {axis.told(level.asked)} {what(axis)}"


def step_words(step: Step, axes: tuple[Axis, ...]) -> str:
    """A step that has no plan of its own, in a sentence."""
    asked = [
        f"{axis.indicator.words} {'at least' if axis.sign > 0 else 'at most'} "
        f"{axis.told(floor * axis.sign)}"
        for axis, floor in zip(axes, step.asked, strict=True)
        if math.isfinite(floor)
    ]
    where = " and ".join(asked) or step.name
    return f"{where[:1].upper()}{where[1:]}: {STATES[step.status]}"


def _left(curve: Curve, only: Point) -> str:
    """What more there could be of each figure, where one plan is best at all."""
    open_ = [
        f"{interval_words(only, a, curve).partition('; ')[2]} {what(axis)}"
        for a, axis in enumerate(curve.axes)
        if abs(only.bounds[a] - only.figures[a]) > axis.tolerance
    ]
    if not open_:
        return "It is proved that nothing has to be given up of one for the other."
    return f"Nothing was found to trade between; not ruled out is more: {'; '.join(open_)}."


def headline(curve: Curve) -> str:
    """The curve in a sentence or two: its ends, and what the whole way costs."""
    kept, axes = curve.choices, curve.axes
    x, y = axes[0], axes[1]
    if not kept:
        return "No plan was found, so there is nothing to choose from."
    if len(kept) == 1:
        only = kept[0]
        return (
            f"One plan is best at both, as far as was found: {x.told(only.figures[0])} "
            f"{what(x)} and {y.told(only.figures[1])} {what(y)}. {_left(curve, only)}"
        )
    if len(axes) > 2:
        reach = []
        for n, axis in enumerate(axes):
            values = [point.figures[n] for point in kept]
            low_high = dict.fromkeys((axis.told(min(values)), axis.told(max(values))))
            reach.append(f"{' to '.join(low_high)} {what(axis)}")
        return f"{len(kept)} plans to choose from: {'; '.join(reach)}."
    first, last = kept[0], kept[-1]
    ends = [f"{x.told(p.figures[0])} {what(x)} with {y.told(p.figures[1])} {what(y)}"
            for p in (first, last)]  # fmt: skip
    return f"{len(kept)} plans to choose from: from {ends[0]} to {ends[1]}."

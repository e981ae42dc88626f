"""A frontier on the command line: rows and sentences. Pure."""

from __future__ import annotations

import math

from optimise.frontier.make import Frontier
from optimise.frontier.records import FOUND
from optimise.frontier.words import (
    each_words,
    headline,
    interval_words,
    level_words,
    price_words,
    standing_words,
    step_words,
)


def headings(made: Frontier) -> tuple[str, ...]:
    """Headings of `rows`."""
    names = [f"{axis.name} ({'x' if n == 0 else 'y' if n == 1 else 'z'})"
             for n, axis in enumerate(made.curve.axes)]  # fmt: skip
    return ("plan", *names, "gap", "of range", "", "folder")


def rows(made: Frontier) -> list[tuple[str, ...]]:
    """A row for each point."""
    curve = made.curve
    return [
        (
            str(point.number),
            *(interval_words(point, a, curve) for a in range(len(curve.axes))),
            _percent(point.gap),
            _percent(point.gap_of_range),
            standing_words(point),
            point.folder,
        )
        for point in curve.points
    ]


def _percent(share: float) -> str:
    return f"{share:.2%}" if math.isfinite(share) else "not known"


def lines(made: Frontier) -> list[str]:
    """What was freed, the curve in a sentence, prices, steps without a plan of their own."""
    curve = made.curve
    told = [axis.note for axis in curve.axes if axis.note]
    told += [f"Not held, because the curve runs across it: {one.words} ({one.key})"
             for one in made.freed]  # fmt: skip
    told.append(headline(curve))
    told += [f"{price_words(p, curve)}: {each_words(p, curve)}." for p in curve.prices]
    for level in curve.levels:
        plans = f"plan{'s' if len(level.points) > 1 else ''} {', '.join(map(str, level.points))}"
        told.append(f"{level_words(level, curve)}: {plans}.")
        told += [f"• {price_words(p, curve)}: {each_words(p, curve)}." for p in level.prices]
    told += [step_words(step, curve.axes) for step in curve.steps if step.status != FOUND]
    if made.stopped:
        told.append("Stopped from the keyboard: the points found so far are whole; the same "
                    "command goes on from them.")  # fmt: skip
    told.append(f"Searches took {made.seconds['search']:.0f} s.")
    return told

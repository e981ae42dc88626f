"""A frontier from start to end: name the axes, free them, search, keep, draw."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from assets.issues import InputError, Issue
from optimise.frontier.asked import Asked, Freed, freed, whole_problem, with_totals
from optimise.frontier.axes import Axis, axis_named
from optimise.frontier.curve import Curve, curve
from optimise.frontier.keeping import begun, finish, keeper, known_steps
from optimise.frontier.search import Work, searched
from optimise.goals import split_key
from optimise.inputs import Inputs, Progress
from optimise.scenario import Scenario

Draw = Callable[[Path], object]


@dataclass(frozen=True)
class Frontier:
    """A frontier that was made.

    Attributes:
        folder: where it lies. curve: points and prices. freed: rules that were not held.
        stopped: Ctrl-C, or the time, ended the searches before the last step.
        seconds: of the searches, and of all.
    """

    folder: Path
    curve: Curve
    freed: tuple[Freed, ...]
    stopped: bool
    seconds: dict[str, float]


def asked_of(
    axes: tuple[str, str, str], points: int | None, at: str, *, effort: tuple[float, float]
) -> Asked:
    """What is asked, from words.

    Args:
        axes: x, y, z; z may be "".
        points: steps; None = 10, or 4 along each of two axes that are stepped.
        at: steps of x instead, apart by commas, each a figure or a percentage; may be "".
        effort: gap, seconds.

    Raises:
        InputError: a step is no number, the gap or the time make no sense.
    """
    gap, seconds = effort
    bad = [word for word in at.split(",") if at and _number(word) is None]
    issues = [
        Issue("frontier.bad_step", f"'{word.strip()}' is no figure", (word.strip(),),
              "write figures apart by commas, such as 0.78,0.80 or 78%,80%")
        for word in bad
    ]  # fmt: skip
    if not 0 <= gap <= 1 or not 0 < seconds < math.inf:
        issues.append(
            Issue("frontier.bad_effort", f"gap {gap:g}, {seconds:g} seconds", (),
                  "give a gap from 0 to 1 and seconds above 0")
        )  # fmt: skip
    if not all(name.strip() for name in axes[:2]):
        issues.append(
            Issue("frontier.no_axis", "x and y both need a figure", (),
                  "write for example --x receipts --y npv")
        )  # fmt: skip
    if issues:
        raise InputError(issues)
    steps = tuple(v for word in at.split(",") if at and (v := _number(word)) is not None)
    x, y, z = axes
    many = (4 if z else 10) if points is None else points
    return Asked(x, y, z, many, steps, gap, seconds, shares="%" in at)


def _number(word: str) -> float | None:
    text = word.strip()
    try:
        value = float(text.removesuffix("%")) / (100.0 if text.endswith("%") else 1.0)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def axes_of(asked: Asked, scenario: Scenario) -> tuple[Axis, ...]:
    """The axes that are asked for: x, y and z if there is one.

    Raises:
        InputError: one is unknown or could be several, or two are the same.
    """
    axes = tuple(
        axis_named(text, scenario.standards) for text in (asked.x, asked.y, asked.z) if text
    )
    if asked.shares:
        _refuse_shares(axes[0], asked.at)
    keys = [axis.key for axis in axes]
    if len(set(keys)) < len(keys):
        raise InputError(
            Issue("frontier.same_axis", "two axes are the same figure", tuple(keys),
                  "name two that can be traded against each other")
        )  # fmt: skip
    least = 3 if asked.z else 2
    if asked.points < least or asked.points > 100:
        raise InputError(
            Issue("frontier.points", f"{asked.points} points", (str(asked.points),),
                  f"ask for {least} to 100")
        )  # fmt: skip
    return axes


def _refuse_shares(x: Axis, steps: tuple[float, ...]) -> None:
    """A percentage is one of the people a standard counts, and of no other figure."""
    if split_key(x.key)[0] != "people_within" or not all(0 <= step <= 1 for step in steps):
        raise InputError(
            Issue("frontier.bad_step", f"a percentage makes no step of {x.key}", (x.key,),
                  "write figures in its own unit, or 0% to 100% of the people of a standard")
        )  # fmt: skip


def make_frontier(
    asked: Asked,
    scenario: Scenario,
    inputs: Inputs,
    folder: Path,
    *,
    draw: Draw | None = None,
    progress: Progress = None,
) -> Frontier:
    """Name, free, search, keep: every point a run folder whose plan was audited.

    Args:
        asked: axes, points, gap, time.
        scenario: as the file says; its own rules on the axes are freed and told.
        inputs: read once.
        folder: of the frontier; one that was begun with the same question is gone on with.
        draw: draws the pages of a run folder.
        progress: told where it is.

    Raises:
        InputError: axes, scenario and layers do not fit; the folder is something else's.
    """
    started = time.perf_counter()
    named = axes_of(asked, scenario)
    base, gone = freed(scenario, named)
    whole = whole_problem(base, inputs, named)
    axes = with_totals(named, whole)
    known = known_steps(begun(folder), axes)
    keep = keeper(folder, axes, {}, [step.folder for step in known.values()])
    work = Work(base, inputs, whole, axes, asked, known, keep, progress)
    steps, stopped = searched(work)
    searching = time.perf_counter() - started
    found = curve(axes, steps)
    told = {
        "state": "stopped" if stopped else "done",
        "name": scenario.name,
        "title": scenario.title or scenario.name,
        "scenario_file": scenario.origin.source,
        "asked": asdict(asked),
        "freed": [asdict(one) for one in gone],
        "seconds": {"search": round(searching, 1)},
        "reused": sum(step.reused for step in steps),
    }
    if progress is not None:
        progress("Drawing the pages of the points", 0.0)
    finish(folder, found, told, draw)
    seconds = {"search": searching, "all": time.perf_counter() - started}
    return Frontier(folder, found, gone, stopped, seconds)

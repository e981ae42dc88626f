"""The searches of a frontier: its ends, then step after step, each from its neighbour's plan."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from optimise.clock import Clock
from optimise.faults import ImpossibleError, NoPlanError
from optimise.frontier.asked import Asked, point_key, point_scenario
from optimise.frontier.axes import Axis
from optimise.frontier.envelope import Bound, Vector, beats, best_possible, choices, same
from optimise.frontier.records import FOUND, IMPOSSIBLE, SETTLED, UNKNOWN, Step
from optimise.inputs import Inputs, Progress
from optimise.measures import figure
from optimise.outcome import outcome
from optimise.plan import Plan, make_plan
from optimise.problem import Problem
from optimise.scenario import Scenario
from optimise.warm import COLD, Warm

#: Seconds that the ends may take, against one step between them; and the share of all that goes
#: to points whose gap is still too wide once every step had its turn.
END_WEIGHT, LAST_SHARE = 2.0, 0.15
#: Share of an end's time that goes to where it is; what is best there has the rest.
END_SHARE = 0.5
#: No search is begun with less; no gap is asked for that is finer.
LEAST_S, FINEST = 0.5, 1e-5

#: Makes a plan; stands here so that a benchmark can search without what went before.
Make = Callable[[Scenario, Inputs, Progress, Warm], Plan]


def made(scenario: Scenario, inputs: Inputs, progress: Progress, warm: Warm) -> Plan:
    """A plan, its search begun from what an earlier one left."""
    return make_plan(scenario, inputs, progress, warm=warm)


@dataclass(frozen=True)
class Work:
    """What every search of a frontier shares.

    Attributes:
        base: the scenario with its axes freed.
        inputs: read once.
        whole: the problem with every axis counted, that plans are measured by.
        axes: x, y and, for three, z.
        asked: gap, points, time.
        known: steps of an earlier run of the same command, by key.
        keep: writes a plan's run folder with what is told of the step; returns its name.
        progress: told where the search is.
        make: makes a plan.
    """

    base: Scenario
    inputs: Inputs
    whole: Problem
    axes: tuple[Axis, ...]
    asked: Asked
    known: Mapping[str, Step]
    keep: Callable[[Plan, Step], str]
    progress: Progress = None
    make: Make = made

    @property
    def slack(self) -> Vector:
        """Rounding of each axis."""
        return tuple(axis.tolerance for axis in self.axes)


class Search:
    """A frontier under way: the steps so far, and what the next search may begin from."""

    def __init__(self, work: Work, clock: Clock) -> None:
        self.work, self.clock = work, clock
        self.steps: list[Step] = []
        self._left: dict[int, Warm] = {}
        self._kept: dict[Vector, Warm] = {}
        self._values: Mapping[str, float] = {}

    @property
    def plans(self) -> list[Vector]:
        """Figures of every plan found."""
        return [step.figures for step in self.steps if step.figures]

    @property
    def bounds(self) -> list[Bound]:
        """Everything proved."""
        return [bound for step in self.steps for bound in step.bounds]

    def range_of(self, axis: int) -> float:
        """How far an axis goes between the plans found; 0 where they do not differ."""
        seen = [plan[axis] for plan in self.plans]
        return max(seen) - min(seen) if seen else 0.0

    def best(self, axis: int, floors: Vector) -> Vector | None:
        """The plan found with most of a figure among those that have as much as is asked."""
        slack = self.work.slack
        fit = [
            plan
            for plan in self.plans
            if all(a >= f - s for a, f, s in zip(plan, floors, slack, strict=True))
        ]
        return max(fit, key=lambda plan: (plan[axis], *plan), default=None)

    def step(self, name: str, aims: Sequence[int], floors: Vector, *, weight: float) -> Step:
        """One step of the curve: the aims made best in order, subject to floors.

        Args:
            name: of the step.
            aims: positions of axes, the most important first.
            floors: what is asked of each axis; −infinity = nothing.
            weight: share of the time left that it may take.
        """
        key = self._key(name, aims, floors)
        found = self.work.known.get(key) or self._settled(name, aims[0], floors)
        if found is None:
            found = self._searched(Step(name, floors, UNKNOWN, key=key), aims, weight)
        found = replace(found, name=name)
        self.steps.append(found)
        return found

    def _key(self, name: str, aims: Sequence[int], floors: Vector) -> str:
        about = [name.partition(" ")[0], [self.work.axes[a].key for a in aims],
                 [repr(f) for f in floors]]  # fmt: skip
        return point_key(self.work.base, self.work.asked, self.work.inputs.files, {"step": about})

    def settled(self) -> list[int]:
        """Positions of steps that another's plan is near enough for, but not proved the best."""
        slack = self.work.slack
        return [
            at
            for at, step in enumerate(self.steps)
            if step.status == SETTLED
            and best_possible(1, step.asked, self.bounds, slack) > step.figures[1] + slack[1]
        ]

    def search_settled(self, at: int, aims: Sequence[int], *, weight: float) -> None:
        """Look for a plan of its own for a step that another's is near enough for."""
        step = self.steps[at]
        begun = replace(
            step, status=UNKNOWN, figures=(), key=self._key(step.name, aims, step.asked)
        )
        found = self._searched(begun, aims, weight)
        if found.status == FOUND:
            self.steps[at] = found

    def pass_over(self, name: str, floors: Vector) -> None:
        """A step for which no time is left: what others show of it, or that it is not known."""
        settled = self._settled(name, 1, floors)
        self.steps.append(settled or Step(name, floors, UNKNOWN))

    def _settled(self, name: str, aim: int, floors: Vector) -> Step | None:
        """A step that needs no search: others' plans and bounds are near enough, or forbid it."""
        held = [j for j, floor in enumerate(floors) if math.isfinite(floor)]
        slack = self.work.slack
        most = best_possible(aim, floors, self.bounds, slack)
        room = [best_possible(j, floors, self.bounds, slack) >= floors[j] - slack[j] for j in held]
        if most == -math.inf or not all(room):
            return Step(name, floors, IMPOSSIBLE)
        near = self.best(aim, floors)
        if near is None or not held or most - near[aim] > self._allowed(aim, near[aim]):
            return None
        return Step(name, floors, SETTLED, near)

    def _allowed(self, aim: int, value: float) -> float:
        """Gap that is near enough, in the aim's unit.

        Of its value; of people within reach, where a fiftieth of all would be the whole curve,
        of its range, once that is known.
        """
        axis, gap = self.work.axes[aim], self.work.asked.gap
        sizes = [abs(value), self.range_of(aim) if axis.total else 0.0]
        return max(gap * min((s for s in sizes if s > 0), default=0.0), axis.tolerance)

    def _gives(self, aim: int) -> bool:
        """Whether the later aims of an end may take of its first what is not known of it.

        The very last pound of receipts that are proved to a fiftieth is hard to hold and says
        nothing; y itself gives nothing, since its own gap is what each point is told by.
        """
        return aim != 1 and not self.work.axes[aim].total

    def _searched(self, begun: Step, aims: Sequence[int], weight: float) -> Step:
        """The step with the plan that was found, its run folder written; or what was proved."""
        started, asked = time.perf_counter(), begun.asked
        clock, bounds = self.clock.part(self.clock.left_s * weight), list[Bound]()
        plan: Plan | None = None
        for number, aim in enumerate(aims):
            gives = number == 0 and not any(map(math.isfinite, begun.asked)) and self._gives(aim)
            if number and clock.left_s < LEAST_S:
                break
            share = END_SHARE if gives and len(aims) > 1 else 1.0
            one, bound = self._plan(aim, asked, max(LEAST_S, clock.left_s * share))
            bounds.append(bound)
            if one is None:
                break
            # A later aim's search that ran out of time may come back with a lesser plan.
            if plan is None or self._figures(one)[aim] >= self._figures(plan)[aim]:
                plan = one
            value = self._figures(plan)[aim]
            if gives:
                value -= self._allowed(aim, value)
            elif aim == 1 and bound.most - value > self.work.axes[aim].tolerance:
                # Choosing between equals says nothing while it is not known what is best.
                break
            asked = tuple(value if j == aim else f for j, f in enumerate(asked))
        told = replace(
            begun,
            bounds=tuple(bounds),
            seconds=time.perf_counter() - started,
            # What Ctrl-C cut short is searched again next time.
            key="" if self.clock.stopped else begun.key,
        )
        if plan is None:
            none = bounds[0].most == -math.inf
            return replace(told, status=IMPOSSIBLE if none else UNKNOWN)
        told = replace(told, status=FOUND, figures=self._figures(plan))
        return replace(told, folder=self._kept_as(told.figures) or self.work.keep(plan, told))

    def _kept_as(self, figures: Vector) -> str:
        """Folder of a plan with the same figures; "" where there is none."""
        slack = self.work.slack
        fit = (s.folder for s in self.steps if s.folder and same(s.figures, figures, slack))
        return next(fit, "")

    def open(self) -> list[int]:
        """Positions of steps whose plan is a choice with a gap too wide, the widest gap first."""
        slack, plans = self.work.slack, self.plans
        best = [plans[at] for at in choices(plans, slack)]
        wide: dict[Vector, tuple[float, int]] = {}
        for at, step in enumerate(self.steps):
            if step.figures in best and step.folder:
                value = step.figures[1]
                gap = best_possible(1, step.figures, self.bounds, slack) - value
                if gap > self._allowed(1, value):
                    wide.setdefault(step.figures, (gap, at))
        return [at for _, at in sorted(wide.values(), reverse=True)]

    def closer(self, at: int, seconds: float) -> bool:
        """Look again for more of y where a step's plan stands; whether that showed anything."""
        step, started = self.steps[at], time.perf_counter()
        # A hair below, so that rounding does not make a plan that is there impossible.
        floors = tuple(
            -math.inf if j == 1 else value - slack
            for j, (value, slack) in enumerate(zip(step.figures, self.work.slack, strict=True))
        )
        before = best_possible(1, step.figures, self.bounds, self.work.slack)
        plan, bound = self._plan(1, floors, seconds, self._kept.get(step.figures))
        told = replace(
            step,
            bounds=(*step.bounds, bound),
            seconds=step.seconds + time.perf_counter() - started,
        )
        figures = () if plan is None else self._figures(plan)
        better = bool(figures) and beats(figures, step.figures, self.work.slack)
        if plan is not None and better:
            told = replace(told, figures=figures, first=step.first or step.figures)
            told = replace(told, folder=self.work.keep(plan, told))
        self.steps[at] = told
        return better or bound.most < before - self.work.slack[1]

    def _plan(
        self, aim: int, floors: Vector, seconds: float, start: Warm | None = None
    ) -> tuple[Plan | None, Bound]:
        """The plan that is best at one aim subject to floors, and what was proved of it."""
        axes = self.work.axes
        holds = {
            axes[j].key: (axes[j].sign, f * axes[j].sign)
            for j, f in enumerate(floors)
            if math.isfinite(f) and j != aim
        }
        scenario = point_scenario(
            self.work.base, axes[aim], holds, gap=self._gap(aim), seconds=seconds
        )
        asked = tuple(-math.inf if j == aim else f for j, f in enumerate(floors))
        left = self._left.get(aim, COLD)
        start = start or replace(left, values=self._values or left.values)
        try:
            plan = self.work.make(scenario, self.work.inputs, None, start)
        except ImpossibleError:
            return None, Bound(aim, -math.inf, asked)
        except NoPlanError:
            return None, Bound(aim, math.inf, asked)
        if plan.solution.warm.prices:
            self._left[aim] = plan.solution.warm
        self._values = plan.solution.warm.values
        if aim == 1:
            self._kept[self._figures(plan)] = replace(
                plan.solution.warm if plan.solution.warm.prices else start, values=self._values
            )
        return plan, Bound(aim, plan.solution.bound * axes[aim].sign, asked)

    def _gap(self, aim: int) -> float:
        """Relative gap at which a search may stop."""
        seen = [abs(plan[aim]) for plan in self.plans if plan[aim]]
        if not seen:
            return self.work.asked.gap
        size = max(seen)
        return min(1.0, max(FINEST, self._allowed(aim, size) / size))

    def _figures(self, plan: Plan) -> Vector:
        after, whole = plan.after, self.work.whole
        # A search counts only what it makes best or holds.
        told = outcome(whole, after.placed, after.outreach, after.timetable)
        return tuple(figure(a.indicator, whole, told) * a.sign for a in self.work.axes)


def searched(work: Work) -> tuple[list[Step], bool]:
    """Every step of a frontier, and whether it was stopped before the last.

    The ends first: each axis made best, then the others in turn, so that an end is not merely
    as good as another (lexicographic pay-off table). Then from the end with most x to the other,
    so that each plan keeps what the next step asks and its search begins from it. What time is
    left goes to the points that are least sure, and then to steps that another's plan was near
    enough for.
    Ctrl-C ends the searches; a second one ends the program.

    Source: Mavrotas (2009), effective implementation of the ε-constraint method; the second aim
    of each step stands in place of his augmentation, and steps that a plan found already settles
    are passed over, as his bouncing steps are.
    """
    clock = Clock(work.asked.time_limit_s)
    search = Search(work, clock)
    tell = work.progress or (lambda stage, done: None)
    with clock.listening():
        # y first: a plan comes up soonest where money leads, and the others begin from it.
        ends = [a for a in (1, 2, 0) if a < len(work.axes)]
        between = _how_many(work)
        total = (END_WEIGHT * len(ends) + between) / (1.0 - LAST_SHARE)
        last = total * LAST_SHARE
        for number, aim in enumerate(ends):
            if clock.over:
                break
            tell("Ends of the curve", number / len(ends))
            _end(search, aim, END_WEIGHT / (total - END_WEIGHT * number))
        if not search.plans and not clock.over:
            # Time that steps would have had goes to finding any plan at all.
            _end(search, 1, 1.0)
        todo, aims = _floors(search), [1, 0, *range(2, len(work.axes))]
        for number, floors in enumerate(todo):
            if clock.over:
                search.pass_over(f"step {number + 1}", floors)
                continue
            tell("Steps between them", number / len(todo))
            weight = 1.0 / (len(todo) - number + last)
            search.step(f"step {number + 1}", aims, floors, weight=weight)
        tell("Closing the widest gaps", 0.0)
        _close_in(search, clock)
        left = search.settled()
        for number, at in enumerate(left):
            if clock.left_s > LEAST_S:
                tell("Plans for the steps that were settled", number / len(left))
                search.search_settled(at, aims, weight=1.0 / (len(left) - number))
        _close_in(search, clock)
    return search.steps, clock.stopped


def _close_in(search: Search, clock: Clock) -> None:
    """What time is left goes to the points with the widest gaps, as long as that shows anything."""
    idle: set[int] = set()
    while clock.left_s > LEAST_S:
        todo = [at for at in search.open() if at not in idle]
        if not todo:
            return
        for number, at in enumerate(todo):
            if clock.left_s <= LEAST_S:
                return
            if not search.closer(at, clock.left_s / (len(todo) - number)):
                idle.add(at)


def _end(search: Search, aim: int, weight: float) -> None:
    axes = search.work.axes
    others = [a for a in (1, 0, 2) if a < len(axes) and a != aim]
    search.step(f"best {axes[aim].key}", [aim, *others], (-math.inf,) * len(axes), weight=weight)


def _how_many(work: Work) -> int:
    along = len(work.asked.at) or max(0, work.asked.points - 2)
    return max(1, along * (work.asked.points if len(work.axes) == 3 else 1))


def _floors(search: Search) -> list[Vector]:
    """What each step asks, from the end with most of x to the other."""
    work = search.work
    across = _along(search, 0)
    if work.asked.at:
        x = work.axes[0]
        floors = (x.figure(v) * x.sign for v in work.asked.at)
        across = sorted({x.told_floor(f) if x.indicator.unit.whole else f for f in floors},
                        reverse=True)  # fmt: skip
    if len(work.axes) == 2:
        return [(value, -math.inf) for value in across]
    deep, wide = (
        dict.fromkeys((*steps, *(work.axes[a].told_floor(end) for end in _ends(search, a)[:1])))
        for a, steps in ((2, _along(search, 2)), (0, across))
    )
    return [(value, -math.inf, level) for level in deep for value in wide]


def _ends(search: Search, axis: int) -> list[float]:
    """[least, most] of an axis among plans that are not beaten at their own end; [] for none."""
    plans = [step.first or step.figures for step in search.steps if step.figures]
    if not plans:
        return []
    others = [a for a in range(len(search.work.axes)) if a != axis]
    tops = [max(p[o] for p in plans) for o in others]
    slack = search.work.slack
    least = min(
        max((p[axis] for p in plans if p[o] >= top - slack[o]), default=math.inf)
        for o, top in zip(others, tops, strict=True)
    )
    return [least, max(p[axis] for p in plans)]


def _along(search: Search, axis: int) -> list[float]:
    """Even steps between the ends of an axis, both left out, from the most downwards.

    As even as words can tell them, and each once.
    """
    ends = _ends(search, axis)
    if not ends or ends[1] - ends[0] <= search.work.slack[axis]:
        return []
    steps = max(1, search.work.asked.points - 1)
    floor_of = search.work.axes[axis].told_floor
    even = (floor_of(ends[1] + (ends[0] - ends[1]) * n / steps) for n in range(1, steps))
    return [floor for floor in dict.fromkeys(even) if floor < ends[1]]

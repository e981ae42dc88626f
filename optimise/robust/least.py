"""The plan whose worst regret over given scenarios is least, and how far that is proved."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assets.issues import InputError
from optimise.clock import Clock
from optimise.compiled import cost_factor
from optimise.goals import Goal
from optimise.knobs import Solver
from optimise.making import row_name
from optimise.problem import Problem
from optimise.robust.freed import freed
from optimise.robust.joined import joined
from optimise.robust.judged import (
    HOLDS,
    Bench,
    Candidate,
    Case,
    Judged,
    behind,
    best_of,
)
from optimise.robust.refused import refuse_unlike, those_that_clash
from optimise.robust.shared import Least, Shared, completed, least_regret, shared_program
from optimise.robust.sheets import Sheet, choices_of, sheet_of

#: What the plan is called among others.
LEAST_WORST = "least worst regret"
#: A regret is a small difference of two large sums: the gap asked for is this share of theirs.
FINER = 0.04
#: A scenario that adds more than this share of the rows waits until a plan does badly in it.
LARGE = 0.1
#: Share of the time that is left for one search, where scenarios wait.
SEARCH_SHARE = 0.6
#: Regrets that differ by less than this in the solver's units are the same.
SAME = 1e-3


@dataclass(frozen=True, eq=False)
class LeastWorst:
    """What the search came to. Regrets are in the unit of the scenarios' goal.

    Attributes:
        plan: None where none was found.
        status: ``optimal`` (proved within the gap asked for), ``feasible``, or ``no_plan``.
        worst_low, worst_high: the plan's worst regret lies between them; NaN without a plan.
        bound: no plan has a worst regret below this, as far as this search shows.
        gap: worst_low − bound: by how much the worst regret might yet be less.
        gap_asked: at which the search was allowed to stop, in the same unit.
        scenarios: names of those it was made for, the first is the base.
        in_program: names of those that had to be in the program.
        judged: the plan in each of them.
        best: the best value known of each of them, by any plan this search held against it.
        rows, columns: of the (last) program. seconds: in all. searches: programs solved.
    """

    plan: Candidate | None
    status: str
    worst_low: float
    worst_high: float
    bound: float
    gap: float
    gap_asked: float
    scenarios: tuple[str, ...]
    in_program: tuple[str, ...]
    judged: tuple[Judged, ...]
    best: tuple[float, ...]
    rows: int
    columns: int
    seconds: float
    searches: int


def least_worst(
    cases: Sequence[Case],
    plans: Sequence[Candidate],
    options: Solver,
    *,
    rules: str = "every",
    bench: Bench | None = None,
) -> LeastWorst:
    """One plan for all scenarios, the worst of its regrets as small as it can be.

    Scenarios whose rules are the base's cost the program a row or two and are in it from the
    start. One with a program of its own (other drive times, other standards) joins once a plan
    breaks its rules, or does worse in it than in all those already there: what the smaller
    program proves holds for the larger, so nothing is lost by waiting.

    Args:
        cases: scenarios that have a plan; the first is the base, whose inputs the plan is of.
        plans: where to begin from: the best plan of each scenario, or any others.
        options: solver, threads, gap, and the seconds that the search may take once the plans
            have been held against the scenarios.
        rules: ``every``: the plan keeps every rule of every scenario. ``base``: it keeps those of
            the base; what it comes to elsewhere counts, whichever rule it breaks there.
        bench: judgements made before, of these cases at least; None = none.

    Raises:
        InputError: scenarios differ in what is made best or in their services, are phased, or
            no one plan keeps the rules of all (which clash is named where it shows soon).
    """
    refuse_unlike(cases)
    search = _Search(cases, plans, options, rules, bench or Bench(cases))
    with search.clock.listening():
        return search.done()


class _Search:
    """One search under way."""

    def __init__(
        self, cases: Sequence[Case], plans: Sequence[Candidate], options: Solver, rules: str,
        bench: Bench,
    ) -> None:  # fmt: skip
        self.cases, self.options, self.bench = cases, options, bench
        self.free = rules == "base"
        self.problems = [self._problem(n) for n in range(len(cases))]
        self.goal: Goal = self.problems[0].goal
        self.factor = cost_factor(self.goal)
        self.known: list[tuple[Candidate, tuple[Judged, ...]]] = []
        for plan in plans:
            self._judged(plan)
        self.best = [best_of(c, [j[n] for _, j in self.known]) for n, c in enumerate(cases)]
        # What has gone so far is looking at what there is; now the search begins.
        self.clock, self.began = Clock(options.time_limit_s), time.perf_counter()
        self.sheets: list[Sheet] = [sheet_of(p) for p in self.problems]
        self.permitted = [choices_of(p) for p in self.problems]
        self.bound, self.searches = 0.0, 0

    def _problem(self, n: int) -> Problem:
        base, own = self.cases[0].problem, self.cases[n].problem
        assert base is not None and own is not None
        return freed(own, base) if self.free and n else replace(own, stages=own.stages[:1])

    def _judged(self, plan: Candidate) -> tuple[Judged, ...]:
        """The plan in every scenario, kept for later."""
        told = tuple(self.bench.judge(plan, case) for case in self.cases)
        self.known.append((plan, told))
        return told

    def counts(self, plan: Candidate, told: Sequence[Judged]) -> bool:
        """Whether a plan keeps the rules that it has to keep, and is one the program looks at."""
        if self.free:
            made = chosen(plan, self.problems[0])
            known = not any(math.isnan(j.value) for j in told)
            looked_at = all(name in each for name in made for each in self.permitted)
            return told[0].status == HOLDS and known and looked_at
        return all(j.status == HOLDS for j in told)

    def regrets(self, told: Sequence[Judged]) -> list[float]:
        """Regret in each scenario, against the best found there."""
        return [behind(self.goal, j.value, b) for j, b in zip(told, self.best, strict=True)]

    def incumbent(self) -> tuple[Candidate, tuple[Judged, ...]] | None:
        """The plan of least worst regret among those known."""
        good = [(plan, told) for plan, told in self.known if self.counts(plan, told)]
        return min(good, key=lambda one: max(self.regrets(one[1])), default=None)

    def done(self) -> LeastWorst:
        """Search, program after program, until no scenario is left that asks for more."""
        inside = self._small()
        while True:
            program = self._program(inside)
            found = self._solve(program, waiting=len(inside) < len(self.cases))
            self.searches += 1
            if found.state == "infeasible":
                raise InputError(those_that_clash(
                    [c.name for c in self.cases], range(len(self.cases)),
                    lambda some: self._possible(some), self.clock))  # fmt: skip
            self.bound = max(self.bound, found.bound)
            more = self._more(program, found, inside)
            if not more or self.clock.over or self._near():
                return self._told(program, inside)
            inside = sorted([*inside, more[0]])

    def _small(self) -> list[int]:
        """The base, and every scenario that adds little to those before it."""
        added = joined(self.sheets, self.permitted).own
        small = LARGE * len(self.sheets[0].lines)
        return [n for n, rows in enumerate(added) if n == 0 or rows <= small]

    def _program(self, inside: Sequence[int]) -> Shared:
        # Places that a scenario does not permit are known without its rows: of all scenarios.
        best = [self.factor * self.best[n] for n in inside]
        return shared_program([self.sheets[n] for n in inside], self.permitted, best)

    @property
    def _fine(self) -> Solver:
        return self.options.model_copy(update={"gap": self.options.gap * FINER})

    def _solve(self, program: Shared, *, waiting: bool) -> Least:
        start: Mapping[str, float] = {}
        known = self.incumbent()
        if known is not None:
            part = self.clock.part(self.clock.left_s * 0.2)
            start = completed(program, chosen(known[0], self.problems[0]), self._fine, part).values
        share = SEARCH_SHARE if waiting else 1.0
        part = self.clock.part(self.clock.left_s * share)
        within = self._fine.model_copy(update={"time_limit_s": max(part.left_s, 0.05)})
        return least_regret(program, within, start, part, whole=False)

    def _more(self, program: Shared, found: Least, inside: Sequence[int]) -> list[int]:
        """Scenarios outside the program that its plan breaks or does worse in, worst first."""
        if not found.values:
            return []
        plan = plan_of(found.values, self.problems[0])
        told = self._judged(plan)
        for n, one in enumerate(told):
            if one.status == HOLDS and behind(self.goal, self.best[n], one.value) > 0.0:
                self.best[n] = one.value
        worst = max(behind(self.goal, told[n].value, self.best[n]) for n in inside)
        asks = []
        for n, one in enumerate(told):
            wrong = one.status != HOLDS and not self.free
            regret = math.inf if wrong else behind(self.goal, one.value, self.best[n])
            if n not in inside and regret > worst + SAME / abs(self.factor):
                asks.append((-regret, n))
        return [n for _, n in sorted(asks)]

    def _possible(self, some: Sequence[int]) -> bool:
        """False where no plan keeps the rules of some scenarios; True where that is not shown."""
        part = self.clock.part(max(2.0, self.clock.left_s / 10))
        within = self.options.model_copy(update={"gap": 1.0, "time_limit_s": part.left_s})
        # What the others do not permit is no fault of these.
        program = shared_program(
            [self.sheets[n] for n in some],
            [self.permitted[n] for n in some],
            [self.factor * self.best[n] for n in some],
        )
        return least_regret(program, within, {}, part, whole=True).state != "infeasible"

    def _near(self) -> bool:
        known = self.incumbent()
        return known is not None and max(self.regrets(known[1])) - self._bound <= self._asked

    @property
    def _bound(self) -> float:
        return self.bound / abs(self.factor)

    @property
    def _asked(self) -> float:
        return max(self.goal.unit.tolerance, self.options.gap * FINER * max(map(abs, self.best)))

    def _at_most(self, told: Judged, case: Case) -> float:
        proved = not math.isnan(case.bound)
        return behind(self.goal, told.value, case.bound) if proved else math.inf

    def _told(self, program: Shared, inside: Sequence[int]) -> LeastWorst:
        known = self.incumbent()
        names = tuple(c.name for c in self.cases)
        size = len(program.joined.lines) + len(inside), len(program.columns)
        told: tuple[Judged, ...] = ()
        plan, status, low, high = None, "no_plan", math.nan, math.nan
        bound = self._bound
        if known is not None:
            plan, told = replace(known[0], name=LEAST_WORST), known[1]
            low = max(self.regrets(told))
            high = max(low, *(self._at_most(j, c) for j, c in zip(told, self.cases, strict=True)))
            # The best found in a scenario may have risen since: what is proved is not above it.
            bound = min(bound, low)
            status = "optimal" if low - bound <= self._asked else "feasible"
        told = tuple(replace(j, plan=LEAST_WORST) for j in told)
        return LeastWorst(
            plan, status, low, high, bound, low - bound, self._asked, names,
            tuple(names[n] for n in inside), told, tuple(self.best), *size,
            seconds=time.perf_counter() - self.began, searches=self.searches,
        )  # fmt: skip


def chosen(plan: Candidate, problem: Problem) -> dict[str, float]:
    """Names of the choices that a plan makes → 1; of units that cannot change none."""
    made = {}
    for uid, place in plan.placed.items():
        if problem.units[uid].fixed:
            continue
        if not place:
            made[row_name("withdrawn", uid)] = 1.0
        else:
            made[row_name("outreach" if uid in plan.outreach else "at", uid, place)] = 1.0
    return made


def plan_of(values: Mapping[str, float], problem: Problem) -> Candidate:
    """The plan that the values of the choices say."""
    placed, aside = {}, []
    for uid in sorted(problem.units):
        unit = problem.units[uid]
        placed[uid] = unit.home if unit.fixed else ""
        for s in () if unit.fixed else unit.sites:
            if values.get(row_name("at", uid, s), 0.0) > 0.5:
                placed[uid] = s
        for s in () if unit.fixed else unit.outreach_sites:
            if values.get(row_name("outreach", uid, s), 0.0) > 0.5:
                placed[uid] = s
                aside.append(uid)
    return Candidate(LEAST_WORST, placed, tuple(aside))

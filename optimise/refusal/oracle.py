"""Can these rules hold together? Asked of the linear program first, then by search."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import highspy
import numpy as np
from scipy.sparse import csc_array

from optimise.clock import Clock, run
from optimise.configurations.blocks import Floats
from optimise.configurations.pricing import FEASIBLE, INFEASIBLE, engine_of
from optimise.refusal.opened import Opened
from optimise.refusal.terms import LAYER, LOCK

#: A slack above this is a rule broken: £0.001, a millionth of a point of cover, …
BROKEN = 1e-6
#: Share of the time left that one search may take.
SEARCH_SHARE = 0.34
#: Share of a search's time for finding any plan to begin from.
FIRST_SHARE = 0.5
#: Rules that are pressed on to show that no plan keeps them all.
PRESSED = 3
#: A weighted slack that must be above this is above nil.
ABOVE_NIL = 1e-5
#: Seconds that measuring today's plan may take; there is nothing to search for.
STAY_LIMIT_S = 2.0
LINEAR, WHOLE = "linear", "whole"


@dataclass(frozen=True, eq=False)
class Least:
    """The least that must give way.

    Attributes:
        value: sum of weighted slacks of the best plan found; infinite if none was.
        bound: no plan has less.
        plan: the columns of that plan.
        impossible: it was shown that no plan exists, whatever gives way of what may.
    """

    value: float
    bound: float
    plan: Floats | None
    impossible: bool


@dataclass
class Oracle:
    """Holds the opened program in two solvers, linear and whole, and the time that is left.

    Attributes:
        plans: plans found so far; any may answer a later question.
        by: how impossibilities were shown: ``linear`` throughout, or by ``whole`` search as well.
    """

    opened: Opened
    deadline: float
    seed: int = 0
    plans: list[Floats] = field(default_factory=list)
    by: str = LINEAR

    def __post_init__(self) -> None:
        highspy.Highs.resetGlobalScheduler(True)
        program = self.opened.program
        relaxed = replace(program, integer=np.zeros(len(program.cost), dtype=bool))
        self._linear = engine_of(relaxed, seed=self.seed)
        self._whole = engine_of(program, seed=self.seed)
        self._all = frozenset(range(len(self.opened.rules)))
        ease = [c.index for rule in self.opened.rules for c in rule.columns]
        self._ease = np.array(ease, dtype=np.int64)
        self._columns = csc_array(program.matrix)
        self._stay()

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self.deadline - time.perf_counter()

    def _stay(self) -> None:
        """Everything as it is today is the first plan known."""
        columns, at = zip(*self.opened.today, strict=True) if self.opened.today else ((), ())
        fixed, values = np.array(columns, dtype=np.int32), np.array(at, dtype=float)
        high = self.opened.program.high[fixed]
        self._whole.changeColsBounds(len(fixed), fixed, values, values)
        self._search(frozenset(), None, STAY_LIMIT_S)
        self._whole.changeColsBounds(len(fixed), fixed, np.zeros(len(fixed)), high)

    def possible(self, standing: frozenset[int]) -> bool | None:
        """Whether a plan keeps these rules, whatever becomes of the others; None = not known.

        A search for any plan at all is quick where there is one. Where there is none, the least
        that one rule must give while the rest stand is shown to be above nil sooner.
        """
        if self._known(standing, 0.0).plan is not None:
            return True
        if self.left_s <= 0:
            return None
        if self._linearly(standing) is None:
            return False
        seconds = self.left_s * SEARCH_SHARE
        if self._search(standing, None, seconds * FIRST_SHARE) is None:
            return False
        if self._known(standing, 0.0).plan is not None:
            return True
        return self._pressed(standing, seconds * (1.0 - FIRST_SHARE))

    def _pressed(self, standing: frozenset[int], seconds: float) -> bool | None:
        """`possible`, by pressing on the rules of highest rank that stand, one by one."""
        rules = self.opened.rules
        figures = [r for r in standing if LAYER > rules[r].rank > LOCK and rules[r].columns[0].give]
        figures = sorted(figures, key=lambda r: (-rules[r].rank, rules[r].key))[:PRESSED]
        for r in figures:
            # What other rules that may give way would give is nothing to this question.
            cost = np.zeros(len(self.opened.program.cost))
            cost[[c.index for c in rules[r].columns]] = rules[r].weight
            bound = self._search(standing - {r}, cost, seconds / len(figures), gap=0.99)
            if bound is None or bound > ABOVE_NIL:
                self.by = WHOLE
                return False
            if self._known(standing, 0.0).plan is not None:
                return True
        return None

    def kept(self, plan: Floats) -> frozenset[int]:
        """Rules that a plan keeps."""
        rules = self.opened.rules
        broken = {r for r in self._all if any(plan[c.index] > BROKEN for c in rules[r].columns)}
        return self._all - broken

    def least(self, standing: frozenset[int], *, share: float = SEARCH_SHARE) -> Least:
        """The plan that keeps these rules and gives up least of the others.

        With no time left it is the cheapest plan known. A first search is for any plan at all,
        which is much easier than a good one, the second begins from there.

        Args:
            standing: rules that stand.
            share: of the time left that it may take.
        """
        if self.left_s <= 0:
            return self._known(standing, 0.0)
        bound = self._linearly(standing)
        nothing = Least(np.inf, np.inf, None, True)
        if bound is None:
            return nothing
        until = time.perf_counter() + self.left_s * share
        first = self._known(standing, bound).plan is None
        if first and self._search(standing, None, self.left_s * share * FIRST_SHARE) is None:
            return nothing
        found = self._search(standing, self.opened.program.cost, until - time.perf_counter())
        return nothing if found is None else self._known(standing, max(bound, found))

    def _search(
        self,
        standing: frozenset[int],
        cost: Floats | None,
        seconds: float,
        *,
        gap: float = 1e-6,
    ) -> float | None:
        """Look for a plan, at least cost or any; a bound on the cost, None where none exists.

        What is found is kept among the plans.
        """
        engine, size = self._whole, len(self.opened.program.cost)
        self._bounds(engine, standing)
        aim = np.zeros(size) if cost is None else cost
        engine.changeColsCost(size, np.arange(size, dtype=np.int32), aim)
        begin = self._known(standing, 0.0).plan
        if begin is not None:
            engine.setSolution(size, np.arange(size, dtype=np.int32), begin)
        engine.setOptionValue("mip_rel_gap", gap)
        if not run(engine, Clock(max(0.05, seconds))):
            self._whole = engine_of(self.opened.program, seed=self.seed)
            return 0.0
        if engine.getModelStatus() in INFEASIBLE:
            self.by = WHOLE
            return None
        if engine.getInfo().primal_solution_status == FEASIBLE:
            self.plans.append(self._tidy(np.array(engine.getSolution().col_value)))
        bound = float(engine.getInfo().mip_dual_bound)
        return bound if cost is not None and np.isfinite(bound) else 0.0

    def _tidy(self, plan: Floats) -> Floats:
        """The plan with every slack and switch no larger than it needs.

        A slack stands in its rule's own rows only, so what it needs can be read off them.
        """
        program, ease = self.opened.program, self._ease
        plan = np.where(program.integer, np.round(plan), plan)
        plan[ease] = 0.0
        reached = program.matrix @ plan
        for column in ease:
            at = slice(self._columns.indptr[column], self._columns.indptr[column + 1])
            rows, entries = self._columns.indices[at], self._columns.data[at]
            up = (program.lower[rows] - reached[rows]) / np.abs(entries)
            down = (reached[rows] - program.upper[rows]) / np.abs(entries)
            plan[column] = max(0.0, float(np.where(entries > 0, up, down).max()))
        plan[ease] = np.where(plan[ease] < BROKEN, 0.0, plan[ease])
        return np.where(program.integer, np.ceil(plan - BROKEN), plan)

    def _known(self, standing: frozenset[int], bound: float) -> Least:
        """The cheapest plan found so far that keeps what stands, if there is one."""
        cost = self.opened.program.cost
        known = [plan for plan in self.plans if standing <= self.kept(plan)]
        plan = min(known, key=lambda x: float(cost @ x), default=None)
        return Least(np.inf if plan is None else float(cost @ plan), bound, plan, False)

    def certificate(
        self, candidates: frozenset[int], fixed: frozenset[int]
    ) -> frozenset[int] | None:
        """Some of the candidates that clash, with what is fixed, linearly; None if all do not.

        The least sum of slacks over the candidates is above nil exactly when they clash; the
        rules whose slack has a price at the optimum (its reduced cost below its cost) are
        enough for that (Farkas).
        """
        if self._linearly(candidates | fixed) is not None:
            return None
        if self._linearly(fixed) is None:
            return frozenset()
        reduced = np.array(self._linear.getSolution().col_dual)
        cost = self.opened.program.cost
        return frozenset(
            r for r in candidates
            if any(cost[c.index] - reduced[c.index] > 1e-9 for c in self.opened.rules[r].columns)
        )  # fmt: skip

    def _linearly(self, standing: frozenset[int]) -> float | None:
        """Least sum of slacks of the linear program; None where it has no plan."""
        self._bounds(self._linear, standing)
        self._linear.run()
        if self._linear.getModelStatus() in INFEASIBLE:
            return None
        return float(self._linear.getInfo().objective_function_value)

    def _bounds(self, engine: highspy.Highs, standing: frozenset[int]) -> None:
        """Close the slacks of rules that stand, open the others."""
        high: dict[int, float] = {}
        for r, rule in enumerate(self.opened.rules):
            for column in rule.columns:
                high[column.index] = 0.0 if r in standing else column.most
        columns = np.array(sorted(high), dtype=np.int32)
        upper = np.array([high[int(c)] for c in columns])
        engine.changeColsBounds(len(columns), columns, np.zeros(len(columns)), upper)

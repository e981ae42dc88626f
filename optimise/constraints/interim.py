"""Standards and room on the way: every period, not only the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import pulp

from optimise.actions import Action
from optimise.constraints import access, capacity, compatibility, no_detriment, response_cover
from optimise.decisions import Decisions, on_the_way
from optimise.making import Maker
from optimise.phasing.variables import Timed
from optimise.phasing.way import way_of
from optimise.problem import Problem

#: What must hold in every period; what only where standards are to hold in every period.
ROOM: tuple[ModuleType, ...] = (capacity, compatibility)
STANDARDS: tuple[ModuleType, ...] = (response_cover, access, no_detriment)


def add(model: pulp.LpProblem, decisions: Decisions, problem: Problem) -> None:
    """Hold room, compatibility and (unless the scenario says ``end``) standards in each period.

    The rows of `capacity`, `compatibility`, `response_cover`, `access` and `no_detriment`, with

    at_t[u,s] = Σ_{τ≤t} move[u,s,τ],   at_t[u,home] = 1 − Σ_{τ≤t} change[u,τ]
    open_t[s] = 1 − Σ_{τ≤t} release[s,τ]  (a candidate: Σ_{τ≤t} build[s,τ])
    extend_t[s] = Σ_{τ≤t} extend[s,τ]

    in place of at, open and extend, for each period but the last, which is the plan itself.

    In words: what is true of the plan is true on the way to it: nobody moves into a room that is
    still full, services that do not fit never meet, and no standard falls below its target, or
    below what it is today where that is lower. Soft standards are priced at the end only.

    Symbols: t periods. Source: open before close, Dorset County Council 2016.
    """
    timed, phased = decisions.timed, problem.phased
    if timed is None or phased is None:
        return
    families = ROOM if phased.rules.hold_standards == "end" else (*ROOM, *STANDARDS)
    add_in(model, decisions, problem, problem.calendar.all[:-1], families)


def add_in(
    model: pulp.LpProblem,
    decisions: Decisions,
    problem: Problem,
    periods: Iterable[int],
    families: Sequence[ModuleType],
) -> None:
    """The rows of some families in some periods."""
    assert decisions.timed is not None
    way = way_of(problem)
    for period in periods:
        prefix = f"in{period}"
        placed = _placed_in(decisions.timed, way, period)
        at = on_the_way(Maker(model, (prefix,)), way, placed)
        for family in families:
            family.add(_Renaming(model, f"{prefix}__"), at, way)


class _Renaming:
    """A model that begins the name of every row with the period it is of."""

    def __init__(self, model: pulp.LpProblem, before: str) -> None:
        self._model, self._before = model, before

    def __iadd__(self, row: tuple[pulp.LpConstraint, str]) -> _Renaming:
        self._model += row[0], self._before + row[1]
        return self

    def get_constraint_by_name(self, name: str) -> Any:
        return self._model.get_constraint_by_name(self._before + name)


def _placed_in(timed: Timed, problem: Problem, period: int) -> Decisions:
    """Where everything is at the end of a period."""
    at: dict[tuple[str, str], Any] = {}
    outreach: dict[tuple[str, str], Any] = {}
    for uid in sorted(problem.units):
        unit = problem.units[uid]
        if unit.fixed:
            continue
        changes = timed.of_unit.get(uid, ())
        at |= {(uid, s): pulp.lpSum([]) for s in unit.sites}
        outreach |= {(uid, s): pulp.lpSum([]) for s in unit.outreach_sites}
        at[uid, unit.home] = 1 - pulp.lpSum(timed.by(a, period) for a in changes)
        for a in changes:
            if a.kind == "move":
                at[uid, a.asset_id] = timed.by(a, period)
            elif a.kind == "outreach":
                outreach[uid, a.asset_id] = timed.by(a, period)
    used = {s: _open_in(timed, problem, s, period) for s in sorted(problem.sites)}
    extend = {
        s: timed.by(Action("extend", s), period)
        for s in sorted(problem.sites)
        if problem.sites[s].extension_max_m2 > 0
    }
    together = {
        (a.asset_id, *a.pair): timed.by(a, period) for a in timed.periods if a.kind == "join"
    }
    return Decisions(at, {}, used, extend, {}, {}, {}, together, {}, outreach=outreach)


def _open_in(timed: Timed, problem: Problem, asset_id: str, period: int) -> Any:
    if problem.sites[asset_id].in_use_today:
        return 1 - timed.by(Action("release", asset_id), period)
    return timed.by(Action("build", asset_id), period)

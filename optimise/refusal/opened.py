"""The scenario's program with every rule loosenable: slacks on rows, switches on locks.

Locks do more than forbid: the moves of a building locked to close are never
made decisions. So the program is compiled for the scenario *without* its locks
and sets kept whole, and each comes back as rows under a switch. Switches and
slacks are columns whose upper bound says whether a rule stands (0) or may give
way, which is all that changes between one question and the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pulp

from assets.estate import Estate
from optimise.compiled import compile_model
from optimise.configurations.blocks import Program, program_of
from optimise.inputs import Inputs
from optimise.making import row_name
from optimise.moves import ENDS_IN_USE, effective_locks, permitted_moves
from optimise.phasing.decide import families_of
from optimise.problem import build_problem
from optimise.refusal.names import parts_of, term_of
from optimise.refusal.record import some
from optimise.refusal.terms import COUNT, LOCK, Asked, Give, Term
from optimise.scenario import Scenario
from optimise.sites import set_members

#: Giving up a lock weighs as much as giving up this share of a target, where several must give.
LOCK_WEIGHT = 0.05
#: First part of the names of columns that put a unit somewhere.
PLACES = ("at", "outreach")
#: What a lock asks, in words.
LOCK_WORDS: Mapping[str, str] = {
    "retain": "{} stays in use",
    "close": "{} is let go",
    "host_only": "{} stays in use and keeps what it holds",
    "no_host": "{} takes nobody in",
}


@dataclass(frozen=True)
class Column:
    """A slack or switch of a rule.

    Attributes:
        index: column of the program.
        give: how the rule's figure changes with it; None where there is no figure.
        label: what it makes an exception for; "" for the rule as a whole.
        most: upper bound when the rule may give way.
    """

    index: int
    give: Give | None
    label: str = ""
    most: float = float("inf")


@dataclass(frozen=True)
class Rule:
    """A rule that may stand or give way.

    Attributes:
        key, words, rank, dropped: as `terms.Term`; ``words`` with the areas it speaks of.
        columns: how it gives way.
        weight: what 1 of slack costs where as little as possible should give way.
    """

    key: str
    words: str
    rank: int
    columns: tuple[Column, ...]
    weight: float
    dropped: str


@dataclass(frozen=True, eq=False)
class Opened:
    """The program with every rule standing.

    Attributes:
        rules: by rank, then key.
        today: (column, value) of every choice of a place, as everything is today.
    """

    program: Program
    rules: tuple[Rule, ...]
    today: tuple[tuple[int, float], ...]


def opened(scenario: Scenario, inputs: Inputs) -> Opened:
    """The program of a scenario with its locks as switches and its targets with slacks."""
    estate = inputs.estate
    free, freed = _without_locks(scenario, estate)
    moves = permitted_moves(free, freed, inputs.catchment)
    problem = build_problem(free, freed, moves, inputs.times)
    model, _ = compile_model(problem, families_of(problem))
    names = {str(k): str(v) for k, v in estate.buildings["name"].items()}
    maker = _Maker(model, Asked(scenario, problem, names))
    maker.add_rows()
    maker.add_locks(_locks(scenario, estate))
    maker.add_unit_locks(estate)
    for name, members in _kept_whole(scenario, estate).items():
        maker.add_kept(name, members)
    return maker.made()


def _locks(scenario: Scenario, estate: Estate) -> dict[str, str]:
    """Building → lock, for in-scope buildings that have one."""
    buildings = estate.buildings
    return {
        str(asset): str(lock)
        for asset, lock in effective_locks(scenario, buildings).items()
        if str(lock) in LOCK_WORDS and bool(buildings.at[asset, "in_scope"])
    }


def _kept_whole(scenario: Scenario, estate: Estate) -> dict[str, tuple[str, ...]]:
    """Named sets of buildings that are kept in use whoever runs them, and their members."""
    return {
        name: set_members(rule, estate)
        for name, rule in sorted(scenario.keep.items())
        if not rule.units and rule.number is None
    }


def _without_locks(scenario: Scenario, estate: Estate) -> tuple[Scenario, Estate]:
    """The scenario and layers as if no building and no unit were locked, no set kept whole."""
    locks = {**scenario.locks, **dict.fromkeys(_locks(scenario, estate), "free")}
    whole = _kept_whole(scenario, estate)
    keep = {name: rule for name, rule in scenario.keep.items() if name not in whole}
    unlocked = estate.services["lock"].where(estate.services["lock"] != "stay", "free")
    freed = replace(estate, services=estate.services.assign(lock=unlocked))
    return scenario.model_copy(update={"locks": locks, "keep": keep}), freed


@dataclass
class _Draft:
    """A rule while its rows are being found."""

    term: Term
    slacks: dict[tuple[str, int], tuple[pulp.LpVariable, Give | None, float]] = field(
        default_factory=dict
    )
    places: list[str] = field(default_factory=list)


class _Maker:
    """Puts slacks and switches into a compiled model."""

    def __init__(self, model: pulp.LpProblem, asked: Asked) -> None:
        self.model = model
        self.asked = asked
        self.columns = {v.name: v for v in model.variables()}
        self.drafts: dict[str, _Draft] = {}
        self.in_building: dict[str, list[tuple[str, pulp.LpVariable]]] = {}
        self.of_unit: dict[str, list[tuple[str, pulp.LpVariable]]] = {}
        for name, column in self.columns.items():
            prefix, *parts = parts_of(name)
            if prefix in PLACES or prefix == "withdrawn":
                site = parts[1] if prefix in PLACES else ""
                self.in_building.setdefault(site, []).append((parts[0], column))
                self.of_unit.setdefault(parts[0], []).append((site, column))

    def add_rows(self) -> None:
        """A slack for each rule that rows of the model state, shared by its rows."""
        for row in list(self.model.constraints()):
            term = term_of(self.asked, row.name)
            if term is not None:
                self._loosen(row, term)

    def _loosen(self, row: pulp.LpConstraint, term: Term) -> None:
        draft = self.drafts.setdefault(term.key, _Draft(term))
        signs = {pulp.LpConstraintGE: (1,), pulp.LpConstraintLE: (-1,)}.get(row.sense, (1, -1))
        for sign in signs:
            at = (term.each, sign)
            if at not in draft.slacks:
                made = self._column("down" if sign > 0 else "up")
                draft.slacks[at] = (made, term.give, float("inf"))
            row.addInPlace(draft.slacks[at][0], sign * term.per_slack)
        if term.place and term.place not in draft.places:
            draft.places.append(term.place)

    def _column(self, kind: str, *, whole: bool = False) -> pulp.LpVariable:
        name = row_name("ease", len(self.columns), kind)
        category = pulp.LpBinary if whole else pulp.LpContinuous
        self.columns[name] = self.model.add_variable(name, 0, 1 if whole else None, category)
        return self.columns[name]

    def add_locks(self, locks: Mapping[str, str]) -> None:
        """Every lock as rows under a switch: 0 = it stands, 1 = it is given up."""
        units = self.asked.problem.units
        for asset, lock in sorted(locks.items()):
            words = LOCK_WORDS[lock].format(self.asked.building(asset))
            switch = self._switch(Term(f"locks.{asset}", f"{words} (lock: {lock})", LOCK,
                                       dropped="unlock it"))  # fmt: skip
            if lock == "close":
                self._let_go(asset, switch)
            if lock in ENDS_IN_USE:
                self._keep(asset, switch)
            if lock == "no_host":
                inside = self.in_building.get(asset, [])
                self._bar([c for u, c in inside if units[u].home != asset], switch)
            if lock == "host_only":
                here = [u for u in sorted(units) if units[u].home == asset]
                self._bar(
                    [c for u in here for s, c in self.of_unit.get(u, []) if s != asset], switch
                )

    def _let_go(self, asset: str, switch: pulp.LpVariable) -> None:
        self.model += self.columns[row_name("open", asset)] <= switch, row_name("locked", asset)
        always = self.model.get_constraint_by_name(row_name("retain", asset))
        if always is not None:
            # In use whatever it is for, unless locked to close.
            always.addInPlace(switch, -1)
            always.changeRHS(0)

    def _keep(self, asset: str, switch: pulp.LpVariable) -> None:
        """In use; a building kept so may stand empty, one that is not may not."""
        if self.model.get_constraint_by_name(row_name("retain", asset)) is not None:
            return
        used = self.columns[row_name("open", asset)]
        self.model += used + switch >= 1, row_name("keeps", asset, switch.name)
        empty = self.model.get_constraint_by_name(row_name("holds", asset))
        if empty is not None:
            # open ≤ Σ inside + Σ over those who keep it (1 − switch)
            empty.addInPlace(switch, 1)
            empty.changeRHS(-empty.constant + 1)

    def _bar(self, barred: Iterable[pulp.LpVariable], switch: pulp.LpVariable) -> None:
        for column in barred:
            self.model += column <= switch, row_name("barred", switch.name, column.name)

    def add_unit_locks(self, estate: Estate) -> None:
        """Units locked to stay in the services layer."""
        for unit_id, row in estate.services[estate.services["lock"] == "stay"].iterrows():
            home = str(row["asset_id"])
            away = [c for s, c in self.of_unit.get(str(unit_id), []) if s != home]
            if away:
                words = f"{unit_id} stays in {self.asked.building(home)} (lock of the unit)"
                term = Term(f"services.{unit_id}.lock", words, LOCK, dropped="unlock it")
                self._bar(away, self._switch(term))

    def add_kept(self, name: str, members: tuple[str, ...]) -> None:
        """A set kept whole: a switch for each of its buildings."""
        rule = self.asked.scenario.keep[name]
        because = f" ({rule.reason})" if rule.reason else ""
        words = f"all {len(members)} of {some(members)} stay in use{because}"
        for asset in members:
            if row_name("open", asset) in self.columns:
                term = Term(f"keep.{name}", words, COUNT, each=asset, dropped="leave out ")
                self._keep(asset, self._switch(term))

    def _switch(self, term: Term) -> pulp.LpVariable:
        switch = self._column("switch", whole=True)
        draft = self.drafts.setdefault(term.key, _Draft(term))
        draft.slacks[term.each, 1] = (switch, None, 1.0)
        return switch

    def made(self) -> Opened:
        """The arrays, with every rule standing; rules by rank, then key."""
        program, place = arrays_of(self.model)
        rules = []
        for key, draft in self.drafts.items():
            columns = tuple(
                Column(place[v.name], _signed(give, sign, draft), label, most)
                for (label, sign), (v, give, most) in draft.slacks.items()
                if v.name in place
            )
            if columns:  # a lock that bars nothing is no rule
                words = draft.term.words + _where(draft.places)
                rules.append(Rule(key, words, draft.term.rank, columns, _weight(draft.term),
                                  draft.term.dropped))  # fmt: skip
        rules.sort(key=lambda r: (r.rank, r.key))
        return Opened(_closed(program, rules), tuple(rules), self._today(place))

    def _today(self, place: Mapping[str, int]) -> tuple[tuple[int, float], ...]:
        """Every unit in full where it is."""
        units = self.asked.problem.units
        found = []
        for unit_id, columns in sorted(self.of_unit.items()):
            stays = row_name("at", unit_id, units[unit_id].home)
            found += [(place[c.name], float(c.name == stays)) for _, c in columns]
        return tuple(found)


def _signed(give: Give | None, sign: int, draft: _Draft) -> Give | None:
    """How a column changes the figure; of a row with two sides, up is up and down is down."""
    if give is None or len(draft.slacks) == 1:
        return give
    return replace(give, step=-sign * abs(give.step))


def _weight(term: Term) -> float:
    return LOCK_WEIGHT if term.give is None else 1.0 / term.give.size


def _where(places: list[str]) -> str:
    return f" ({some(places)})" if places else ""


def arrays_of(model: pulp.LpProblem) -> tuple[Program, dict[str, int]]:
    """A PuLP model as arrays, and where each column stands in them."""
    solver = pulp.HiGHS(msg=False)
    solver.createAndConfigureSolver(model)
    solver.buildSolverModel(model)
    place = {v.name: i for i, v in enumerate(model.variables())}
    return program_of(model.solverModel), place


def _closed(program: Program, rules: list[Rule]) -> Program:
    """Nothing to optimise but what gives way, and nothing giving way."""
    cost, high = np.zeros(len(program.cost)), program.high.copy()
    for rule in rules:
        for column in rule.columns:
            cost[column.index], high[column.index] = rule.weight, 0.0
    return replace(program, cost=cost, high=high)

"""What a plan can be judged by: the table of measures, and goals and limits made of them.

A measure has one name here, one plain recomputation (`optimise.measures`) and
one linear expression (`optimise.objectives`). Nothing here knows a solver.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

#: What joins a measure and the standard it is taken of: ``people_within.fire_10``.
OF = "."
#: Two plans nearer than this in the solver's own units are as good as each other.
SOLVER_TOLERANCE = 1e-3
#: Units of demand in words, by weight column.
PEOPLE_WORDS: Mapping[str, str] = {
    "population": "people",
    "households": "households",
    "no_car_households": "households without a car",
    "under_5": "children under 5",
    "over_65": "people over 65",
}


@dataclass(frozen=True)
class Unit:
    """A unit a measure is told in.

    Attributes:
        key: as it stands in run.json: ``gbp``, ``gbp_pa``, ``people``, ``min``, …
        per_solver_unit: how much of it is 1 to the solver, so that a county's
            figures are between 1 and 10 000 there.
        told: a value in words.
        whole: values are whole numbers.
    """

    key: str
    per_solver_unit: float
    told: Callable[[float], str] = field(compare=False)
    whole: bool = False

    @property
    def tolerance(self) -> float:
        """Difference that is rounding and not a difference."""
        return SOLVER_TOLERANCE * self.per_solver_unit


def pounds(value: float) -> str:
    """£ in the fewest figures that still tell plans apart: £15.23m, £412.5k, £870."""
    sign, size = ("−" if value < 0 else ""), abs(value)
    if size >= 999_950:
        return f"{sign}£{size / 1e6:,.2f}m"
    return f"{sign}£{size / 1e3:,.1f}k" if size >= 1_000 else f"{sign}£{size:,.0f}"


def told_step(value: float) -> float:
    """£ between two sums of about a size that `pounds` tells apart."""
    size = abs(value)
    return 1e4 if size >= 999_950 else 1e2 if size >= 1_000 else 1.0


def _number(value: float, digits: int, words: str) -> str:
    """A number with its unit; one and many by ``one|many`` in the words."""
    shown = f"{value:,.{digits}f}".replace("-", "−")
    one, _, many = words.partition("|")
    return f"{shown} {one if not many or shown == '1' else many}"


GBP = Unit("gbp", 1e3, pounds)
GBP_PA = Unit("gbp_pa", 1e3, lambda v: f"{pounds(v)} a year")
MINUTES = Unit("min", 1.0, lambda v: _number(v, 2, "minutes"))
MOVES = Unit("moves", 1.0, lambda v: _number(v, 0, "move|moves"), whole=True)
SERVICES = Unit("services", 1.0, lambda v: _number(v, 0, "service|services"), whole=True)
BUILDINGS = Unit("buildings", 1.0, lambda v: _number(v, 0, "building|buildings"), whole=True)
FLOOR_M2 = Unit("m2", 1e2, lambda v: _number(v, 0, "m²"))
CARBON = Unit("tco2e_pa", 1.0, lambda v: _number(v, 1, "tCO₂e a year"))
PEOPLE = Unit("people", 1e2, lambda v: _number(v, 0, "people"))
POINTS = Unit("points", 1.0, lambda v: _number(v, 1, "points"))


@dataclass(frozen=True)
class Measure:
    """One thing a plan can be judged by.

    Attributes:
        name: as a scenario writes it.
        words: what it is, for a member.
        unit: what it is told in.
        more_is_better: which way is better.
        of_standard: it is taken of a standard, written ``name.standard_id``.
        no_floor, no_ceiling: why ``at_least`` or ``at_most`` makes no sense; "" where it does.
    """

    name: str
    words: str
    unit: Unit
    more_is_better: bool
    of_standard: bool = False
    no_floor: str = ""
    no_ceiling: str = ""


_COST = "a plan could always waste more to reach it; give a ceiling (at_most)"
_TIME = "a plan could always serve people worse to reach it; give a ceiling (at_most)"
_REACH = "a plan would have to leave people out to keep it; give a floor (at_least)"
_WORTH = "a plan would have to waste money to keep it; give a floor (at_least)"
_ALL = (
    Measure("npv_gbp", "net present value", GBP, True, no_ceiling=_WORTH),
    Measure("revenue_saving_gbp_pa", "running costs saved", GBP_PA, True),
    Measure("net_revenue_cost_gbp_pa", "net running cost of the estate", GBP_PA, False),
    Measure("receipts_gbp", "receipts from sales", GBP, True),
    Measure("capital_gbp", "capital spent", GBP, False, no_floor=_COST),
    Measure("backlog_gbp", "repairs outstanding in buildings kept", GBP, False),
    Measure("floor_area_m2", "floor area kept", FLOOR_M2, False, no_floor=_COST),
    Measure("carbon_tco2e_pa", "carbon of the estate", CARBON, False),
    Measure("moves", "services moved", MOVES, False),
    Measure("withdrawals", "services no longer delivered", SERVICES, False),
    Measure("closures", "buildings closed that hold a service today", BUILDINGS, False),
    Measure("buildings_open", "buildings in use", BUILDINGS, False),
    Measure("people_within", "reached in time", PEOPLE, True, True, no_ceiling=_REACH),
    Measure(
        "deprivation_weighted", "reached in time, the most deprived counting most", PEOPLE, True,
        True, no_ceiling=_REACH,
    ),
    Measure("mean_min", "mean time", MINUTES, False, True, no_floor=_TIME),
    Measure("worst_min", "longest time", MINUTES, False, True, no_floor=_TIME),
)  # fmt: skip
#: Every measure by name.
MEASURES: Mapping[str, Measure] = {m.name: m for m in _ALL}
#: Other names a scenario may use.
ALIASES: Mapping[str, str] = {"npv": "npv_gbp"}


def split_key(key: str) -> tuple[str, str]:
    """(measure, standard_id) of a key; "" where it is of no standard."""
    name, _, standard_id = key.partition(OF)
    return ALIASES.get(name, name), standard_id


@dataclass(frozen=True)
class Indicator:
    """A measure, and what it is taken of.

    Attributes:
        key: ``receipts_gbp`` or ``people_within.fire_10``.
        measure: the entry of the table.
        standard_id: the standard it is taken of; "" for none.
        words: what it is, for a member.
        unit: its measure's, with who is counted in place of people.
    """

    key: str
    measure: Measure
    standard_id: str
    words: str
    unit: Unit


def indicator(key: str, title: str = "", weight: str = "population") -> Indicator:
    """An indicator from its key; ``title`` and ``weight`` are those of its standard."""
    name, standard_id = split_key(key)
    measure = MEASURES[name]
    unit, words = measure.unit, measure.words
    if unit is PEOPLE:
        who = PEOPLE_WORDS.get(weight, weight.replace("_", " "))
        counted = "people" if measure.name == "people_within" else "deprivation-weighted people"
        who = who if counted == "people" else counted.replace("people", who)
        words = f"{who} {words}"
        unit = replace(unit, told=lambda v: _number(v, 0, who))
    if standard_id:
        words = f"{words} ({title or standard_id})"
    return Indicator(OF.join((name, standard_id)) if standard_id else name, measure, standard_id,
                     words, unit)  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """What is made best: an indicator, or a weighted sum of several.

    Attributes:
        terms: (indicator, weight above 0), as written. A weighted sum counts
            each in its own better direction: when all go the same way the sum
            goes that way, otherwise those where less is better are subtracted.
    """

    terms: tuple[tuple[Indicator, float], ...]

    @property
    def key(self) -> str:
        """``receipts_gbp``, or ``0.5*receipts_gbp+2*moves``."""
        if self.single:
            return self.terms[0][0].key
        return "+".join(f"{weight:g}*{term.key}" for term, weight in self.terms)

    @property
    def single(self) -> bool:
        """One indicator as it is."""
        return len(self.terms) == 1 and self.terms[0][1] == 1.0

    @property
    def more_is_better(self) -> bool:
        """Which way is better; a sum of both ways is a score, of which more is better."""
        return any(term.measure.more_is_better for term, _ in self.terms)

    @property
    def signed_terms(self) -> tuple[tuple[Indicator, float], ...]:
        """(indicator, signed weight): the value is Σ weight · figure."""
        way = self.more_is_better
        return tuple((t, w if t.measure.more_is_better == way else -w) for t, w in self.terms)

    @property
    def unit(self) -> Unit:
        """Unit of the value: the terms' own where they share one, else points."""
        first = self.terms[0][0].unit
        if self.single:
            return first
        same = all(term.unit.key == first.key for term, _ in self.terms)
        same = same and len({term.words for term, _ in self.terms if term.unit.key == "people"}) < 2
        unit = replace(first, whole=False) if same else POINTS
        return replace(unit, per_solver_unit=self._size)

    @property
    def _size(self) -> float:
        """Power of ten that makes the largest term of a sum as large to the solver as alone."""
        most = max(weight * term.unit.per_solver_unit for term, weight in self.terms)
        return float(10.0 ** math.ceil(math.log10(most)))

    @property
    def words(self) -> str:
        """What is made best, for a member."""
        if self.single:
            return self.terms[0][0].words
        # A figure is written as it is counted: what is better when less is taken off the score.
        parts = [f"{'less ' if w < 0 else ''}{abs(w):g} × {t.words}" for t, w in self.signed_terms]
        mixed = " in points, which weigh different units" if self.unit.key == POINTS.key else ""
        return f"weighted sum{mixed}: " + ", ".join(parts)

    @property
    def is_npv(self) -> bool:
        """Net present value alone, whose gap is measured on savings."""
        return self.single and self.terms[0][0].key == "npv_gbp"

    def better(self, one: float, other: float) -> bool:
        """Whether the first value is better."""
        return one > other if self.more_is_better else one < other

    def told(self, value: float) -> str:
        """A value in words."""
        return self.unit.told(value) if math.isfinite(value) else "not known"


NPV = Goal(((indicator("npv_gbp"), 1.0),))


@dataclass(frozen=True)
class Stage:
    """One aim of a list: what is made best once the aims before it are kept.

    Attributes:
        goal: what is made best.
        slack_share, slack_amount: how far later stages may fall behind what this
            one reached: a share of it, or an amount in its unit.
        tie_break: nobody asked for it; it chooses between plans that are equally good.
    """

    goal: Goal
    slack_share: float = 0.0
    slack_amount: float = 0.0
    tie_break: bool = False

    def allowance(self, value: float) -> float:
        """How far a later stage may fall behind a value, in the goal's unit."""
        return self.slack_amount + self.slack_share * abs(value)


@dataclass(frozen=True)
class LimitRule:
    """A goal's value held at least or at most.

    Attributes:
        rule_id: ``carbon_tco2e_pa``, or ``stage 1`` for what a stage reached.
        at_least, at_most: in the goal's unit; None = not held on that side.
        of_stage: it keeps an earlier aim and is no key of the scenario.
    """

    rule_id: str
    goal: Goal
    at_least: float | None = None
    at_most: float | None = None
    of_stage: bool = False

    @property
    def sides(self) -> tuple[tuple[str, int, float], ...]:
        """(``at_least``, 1, value) and (``at_most``, −1, value) where they are held."""
        sides = (("at_least", 1, self.at_least), ("at_most", -1, self.at_most))
        return tuple((name, sign, side) for name, sign, side in sides if side is not None)

    def breaches(self, value: float) -> tuple[tuple[str, int, float], ...]:
        """The sides that a value breaks beyond rounding."""
        return tuple(
            (name, sign, asked)
            for name, sign, asked in self.sides
            if sign * (value - asked) < -self.rounding(asked)
        )

    def rounding(self, asked: float) -> float:
        """Difference that is floating-point noise, in the goal's unit."""
        unit = self.goal.unit
        # £1 of rounding on sums of millions is not a breach.
        least = 1.0 if unit.key.startswith("gbp") else 1e-3 * unit.tolerance
        return max(least, 1e-6 * abs(asked))


def kept(stage: Stage, value: float, number: int) -> LimitRule:
    """What later stages must hold of a stage that reached a value."""
    name, give = f"stage {number}", stage.allowance(value)
    if stage.goal.more_is_better:
        return LimitRule(name, stage.goal, at_least=value - give, of_stage=True)
    return LimitRule(name, stage.goal, at_most=value + give, of_stage=True)

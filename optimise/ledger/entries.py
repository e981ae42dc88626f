"""The ledger of a plan: every flow of money, in pence, with its year, its party and its line."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from optimise import finance as money
from optimise.ledger.booking import Booked, bonus_booked, booked
from optimise.money.lines import LINES, VALUED, Flow, Kind
from optimise.outcome import Outcome
from optimise.problem import Problem
from optimise.taken import taken

_ORDER = {line: k for k, line in enumerate(LINES)}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes:
        year: counted from the base year (0).
        party: whose money it is: untrusted text.
        line: key of `optimise.money.lines.LINES`.
        amount_gbp: £ of the base year, whole pence; + is in the party's favour, − is paid.
        pv_gbp: what it is worth at the start of the base year, whole pence.
        asset_id, unit_id: where it arises; "" = of no unit; of no building (settlements).
        tag: whose kind of saving it is: property, service or partner; "" = none.
    """

    year: int
    party: str
    line: str
    amount_gbp: float
    pv_gbp: float
    asset_id: str = ""
    unit_id: str = ""
    tag: str = ""

    @property
    def kind(self) -> Kind:
        """Kind of its line."""
        return LINES[self.line].kind

    @property
    def valued(self) -> bool:
        """Whether it is part of the plan's net present value."""
        return self.kind in VALUED


def entries(problem: Problem, made: Outcome) -> tuple[Entry, ...]:
    """Every flow of a plan, by party, line (in the order of the books), year, building, unit.

    Settlements between partners are not among them (`optimise.ledger.parties`).
    Amounts are rounded to pence one after the other so that their sums are the rounded sums: no
    entry is a penny off, and capital, each kind of receipt, a year's savings and the net present
    value are each those of the plan to the penny.
    """
    flows = sorted(every_flow(problem, made), key=_place)
    amounts = in_pence([b.flow.amount_gbp for b in flows], [_sum_of(b.flow) for b in flows])
    worth = present_worth(problem)
    values = in_pence(
        [b.flow.amount_gbp * worth(b.flow.time_yr) for b in flows],
        [_worth_of(b.flow) for b in flows],
    )
    return tuple(
        Entry(
            booked.flow.year, booked.party, booked.flow.line, amount, value,
            booked.asset_id, booked.unit_id, LINES[booked.flow.line].tag,
        )
        for booked, amount, value in zip(flows, amounts, values, strict=True)
    )  # fmt: skip


def every_flow(problem: Problem, made: Outcome) -> Iterator[Booked]:
    """Every flow of a plan and whose it is, as it is before it is rounded; no settlements."""
    yield from _of_actions(problem, made)
    yield from _neighbours(problem, made)


def present_worth(problem: Problem) -> Callable[[float], float]:
    """d(t) of the problem's schedule, worked out once for each t."""
    schedule = problem.schedule
    return cache(lambda years: money.discount_factor(schedule, years))


def _place(one: Booked) -> tuple[str, int, float, str, str]:
    return (one.party, _ORDER[one.flow.line], one.flow.time_yr, one.asset_id, one.unit_id)


def _of_actions(problem: Problem, made: Outcome) -> Iterator[Booked]:
    for action, period, times in taken(problem, made):
        if times == 1.0:
            yield from booked(problem, action, period)
            continue
        for each in booked(problem, action, period):
            flow = each.flow
            amount = flow.amount_gbp * times
            yield replace(each, flow=Flow(flow.line, flow.time_yr, amount))


def _neighbours(problem: Problem, made: Outcome) -> Iterator[Booked]:
    """What neighbours vacated in the same period fetch more."""
    if problem.phased is None or made.timetable is None:
        return
    released = made.timetable.released
    for _, group in sorted(problem.phased.rules.neighbours.items()):
        periods = {released.get(s, 0) for s in group.buildings}
        if len(periods) == 1 and 0 not in periods:
            yield from bonus_booked(problem, group, periods.pop())


def _sum_of(flow: Flow) -> Hashable:
    """The sum that a flow is told in, which its pence have to add up to; None = on its own.

    What one partner pays is to the penny what the other receives, so transfers stand alone.
    """
    if flow.kind == "transfer":
        return None
    if flow.kind == "annual":
        return ("annual", flow.year)
    return "capital" if flow.kind == "capital" else flow.line


def _worth_of(flow: Flow) -> Hashable:
    """The same of present worths: all that is valued makes one sum, the net present value."""
    if flow.kind == "transfer":
        return None
    return "npv" if flow.kind in VALUED else flow.kind


def in_pence(amounts: Sequence[float], sums: Sequence[Hashable]) -> list[float]:
    """Amounts in whole pence, rounded so that those of one sum add up to the sum, rounded.

    x_k → round(x_1 + … + x_k) − round(x_1 + … + x_{k−1}), within each sum: every amount is
    within a penny of what it was, however many are added.

    Args:
        amounts: £, in order.
        sums: of each, the sum that it belongs to; None = rounded on its own.
    """
    running: dict[Hashable, float] = {}
    booked_pence: dict[Hashable, int] = {}
    made = []
    for amount, key in zip(amounts, sums, strict=True):
        if key is None:
            made.append(round(amount * 100.0) / 100.0)
            continue
        running[key] = running.get(key, 0.0) + amount
        whole = round(running[key] * 100.0)
        made.append((whole - booked_pence.get(key, 0)) / 100.0)
        booked_pence[key] = whole
    return made


def total_pence(amounts: Sequence[float]) -> int:
    """Σ of amounts in whole pence, exactly."""
    return sum(round(amount * 100.0) for amount in amounts)


def by_party(made: Sequence[Entry]) -> Mapping[str, tuple[Entry, ...]]:
    """Each party's own entries, parties A to Z."""
    found: dict[str, list[Entry]] = {}
    for entry in made:
        found.setdefault(entry.party, []).append(entry)
    return {party: tuple(found[party]) for party in sorted(found)}

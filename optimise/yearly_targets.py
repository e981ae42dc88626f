"""What a plan makes of the targets that are set year by year, in the words of the targets table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from optimise.ledger.entries import every_flow
from optimise.phasing.calendar import year_label
from optimise.phasing.resolved import Phased
from optimise.plan import Plan

#: £ that a sum may be off a target.
SLACK_GBP = 1.0


@dataclass(frozen=True)
class YearlyTarget:
    """A target of one financial year.

    Attributes:
        key: such as ``receipts_gbp_by_year.2029``. name: in words.
        target_gbp, value_gbp: asked, and what the plan makes of it.
        most: whether it is a ceiling.
    """

    key: str
    name: str
    target_gbp: float
    value_gbp: float
    most: bool = False

    @property
    def met(self) -> bool:
        """Whether the plan keeps to it."""
        over = self.value_gbp - self.target_gbp
        return (over <= SLACK_GBP) if self.most else (over >= -SLACK_GBP)


def yearly_targets(plan: Plan) -> tuple[YearlyTarget, ...]:
    """Every target of a year, by kind and year; none where the plan is not phased."""
    phased = plan.problem.phased
    if phased is None:
        return ()
    booked = _booked(plan)
    return (*_floors(plan, phased, booked), *_capital(plan, phased, booked))


def _booked(plan: Plan) -> Mapping[tuple[str, int], float]:
    """(kind, year) → £ of the plan."""
    found: dict[tuple[str, int], float] = {}
    for each in every_flow(plan.problem, plan.after):
        key = (each.flow.kind, each.flow.year)
        found[key] = found.get(key, 0.0) + each.flow.amount_gbp
    return found


def _floors(
    plan: Plan, phased: Phased, booked: Mapping[tuple[str, int], float]
) -> Iterator[YearlyTarget]:
    """Receipts by the end of a year, and what is saved in it."""
    base = plan.problem.calendar.base_year
    for year, asked in phased.receipts.items():
        come = sum(booked.get(("receipt", y), 0.0) for y in range(year + 1))
        name = f"Receipts by the end of {year_label(base + year)}, at least"
        yield YearlyTarget(f"receipts_gbp_by_year.{base + year}", name, asked, come)
    for year, asked in phased.saving.items():
        name = f"Saved in {year_label(base + year)}, at least"
        saved = booked.get(("annual", year), 0.0)
        yield YearlyTarget(f"revenue_saving_gbp_by_year.{base + year}", name, asked, saved)


def _capital(
    plan: Plan, phased: Phased, booked: Mapping[tuple[str, int], float]
) -> Iterator[YearlyTarget]:
    """Capital against what is there for it: budgets, receipts that may be reinvested, loans."""
    if phased.budget is None:
        return
    base, carried = plan.problem.calendar.base_year, phased.rules.carry_forward
    spent = used = funds = received = 0.0
    for year in plan.problem.calendar.years:
        own = phased.budget.get(year, 0.0) + phased.borrowing.get(year, 0.0)
        now = -booked.get(("capital", year), 0.0)
        received += plan.problem.reinvest_share * booked.get(("receipt", year), 0.0)
        key = f"capital_budget_gbp_by_year.{base + year}"
        label = year_label(base + year)
        if carried:
            funds, spent = funds + own, spent + now
            name = f"Capital by the end of {label}, at most what there is for it"
            yield YearlyTarget(key, name, funds + received, spent, most=True)
            continue
        name = f"Capital of {label}, at most what there is for it"
        yield YearlyTarget(key, name, own + received - used, now, most=True)
        # A year's own money is lost if it is not spent, so it is spent first.
        used += max(0.0, now - own)

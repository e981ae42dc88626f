"""The audit finds each kind of broken plan, and needs no solver to do so."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from optimise.audit import audit
from optimise.faults import AuditError
from optimise.outcome import outcome
from optimise.plan import make_plan
from tests import toy_county

TODAY: dict[str, str] = {}


def issues(placed: dict[str, str], **changes: Any) -> set[str]:
    problem = toy_county.problem(**changes)
    return {i.rule for i in audit(problem, outcome(problem, placed))}


def test_today_is_a_plan_with_no_money_in_it() -> None:
    problem = toy_county.problem()
    made = outcome(problem, TODAY)
    assert not audit(problem, made)
    assert made.open == ("A", "B", "C")
    # The vacant depot holds nothing: with no lock on it, it is let go even when nothing moves.
    assert made.money.receipts_gbp == pytest.approx(392_000)


@pytest.mark.parametrize(
    ("placed", "changes", "rule"),
    [
        ({"fireC": "A"}, {}, "audit.placement"),
        ({"kidsB": ""}, {}, "audit.placement"),
        ({}, {"locks": {"A": "close"}}, "audit.locks"),
        ({"libA": "", "libB": ""}, {}, "audit.counts"),
        ({}, {"services__library__at_most": 1}, "audit.counts"),
        ({"libB": "A"}, {}, "audit.compatibility"),
        ({"fireA": "D", "libB": "D"}, {}, "audit.compatibility"),
        ({"libB": ""}, {"standards__library_6__target": 1.0}, "audit.cover"),
        ({}, {"targets__receipts_gbp": 400_000}, "audit.money"),
        ({}, {"targets__revenue_saving_gbp_pa": 5_001.01}, "audit.money"),
        ({"fireA": "D"}, {"targets__capital_budget_gbp": 40_000}, "audit.money"),
    ],
)
def test_each_breach_is_found(placed: dict[str, str], changes: dict[str, Any], rule: str) -> None:
    assert rule in issues(placed, **changes)


def test_capacity_breach_is_found() -> None:
    """The hub holds 200 m²: the crew (150) and the children's centre (60) do not fit."""
    assert "audit.capacity" in issues({"fireA": "D", "kidsB": "D"})


def test_cover_is_measured_from_times_not_from_groups() -> None:
    """Damage the merged groups: the audit does not look at them."""
    problem = toy_county.problem(standards__library_6__target=1.0)
    spoilt = tuple(dataclasses.replace(r, groups=()) for r in problem.covers)
    damaged = dataclasses.replace(problem, covers=spoilt)
    assert not audit(damaged, outcome(damaged, TODAY))
    assert audit(damaged, outcome(damaged, {"libB": ""}))


def test_a_plan_that_fails_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from optimise import compiled, constraints
    from optimise.constraints import money

    families = tuple(f for f in constraints.FAMILIES if f is not money)
    monkeypatch.setattr(compiled, "FAMILIES", families)
    scenario = toy_county.scenario(targets__capital_budget_gbp=0, finance__reinvest_cap_pct=0)
    with pytest.raises(AuditError, match="audit.money"):
        make_plan(scenario, toy_county.inputs())

"""An impossible scenario is refused in words: rule, ids, nearest feasible value."""

from __future__ import annotations

import re
from typing import Any

import pytest

from optimise.faults import ImpossibleError, NoPlanError
from optimise.plan import make_plan
from tests import toy_county


def refusal(**changes: Any) -> ImpossibleError:
    with pytest.raises(ImpossibleError) as caught:
        make_plan(toy_county.scenario(**changes), toy_county.inputs())
    return caught.value


def nearest_of(error: ImpossibleError, rule: str) -> float:
    words = [i.message for i in error.issues if i.rule == rule and "nearest" in i.message]
    assert len(words) == 1, str(error)
    found = re.search(r"value is £?([\d,.]+)", words[0])
    assert found is not None
    return float(found.group(1).replace(",", ""))


def test_unit_with_nowhere_to_go() -> None:
    error = refusal(locks={"C": "close"})
    assert [(i.rule, i.ids) for i in error.issues] == [("locks.nowhere_to_go", ("fireC",))]


def test_all_possible_places_locked_to_close() -> None:
    error = refusal(locks={"A": "close", "B": "close", "D": "close"})
    assert {"fireA", "kidsB"} <= set(error.issues[0].ids)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"services__library__at_least": 3}, "services.library.at_least"),
        ({"services__fire__at_most": 1}, "services.fire.at_most"),
    ],
)
def test_counts_that_cannot_be(changes: dict[str, Any], rule: str) -> None:
    assert refusal(**changes).issues[0].rule == rule


def test_cover_above_all_sites_together_names_the_most_there_is() -> None:
    error = refusal(standards__library_6__threshold_min=4, standards__library_6__target=0.9)
    assert "80.0% (160 of 200)" in str(error)
    assert nearest_of(error, "standards.library_6.target") == 0.8


def test_nearest_receipts_can_really_be_had() -> None:
    best = nearest_of(refusal(targets__receipts_gbp=1_500_000), "targets.receipts_gbp")
    assert best == 1_274_000
    made = make_plan(toy_county.scenario(targets__receipts_gbp=best), toy_county.inputs())
    assert made.after.money.receipts_gbp >= best
    refusal(targets__receipts_gbp=best + 1_000)


def test_nearest_saving_can_really_be_had() -> None:
    rule = "targets.revenue_saving_gbp_pa"
    best = nearest_of(refusal(targets__revenue_saving_gbp_pa=200_000), rule)
    make_plan(toy_county.scenario(targets__revenue_saving_gbp_pa=best), toy_county.inputs())
    refusal(targets__revenue_saving_gbp_pa=best + 1_000)


def test_nearest_budget_can_really_be_had() -> None:
    changes = {"locks": {"A": "retain", "D": "retain"}, "finance__reinvest_cap_pct": 0}
    error = refusal(targets__capital_budget_gbp=10_000, **changes)
    best = nearest_of(error, "targets.capital_budget_gbp")
    assert best >= 310_000
    made = toy_county.scenario(targets__capital_budget_gbp=best, **changes)
    assert make_plan(made, toy_county.inputs()).after.money.capital_gbp <= best


def test_clash_of_two_rules_names_what_must_give() -> None:
    """Two libraries keep the Hall (£882,000) and B: only C and the depot could be sold, C not."""
    error = refusal(services__library__at_least=2, targets__receipts_gbp=1_000_000)
    assert nearest_of(error, "targets.receipts_gbp") == 588_000


def test_locks_and_space_alone_impossible() -> None:
    """The hub (200 m²) cannot hold the crew (150 m²) and the children's centre (60 m²)."""
    error = refusal(
        locks={"A": "close", "B": "close"},
        services__library__at_least=0,
        standards__library_6__target=0.0,
    )
    assert [i.rule for i in error.issues] == ["scenario.impossible"]


def test_no_plan_in_time_is_not_called_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    from optimise import solve

    monkeypatch.setattr(solve, "run_solver", lambda model, options: ("no_plan", -1e9, "HiGHS"))
    with pytest.raises(NoPlanError, match="that none exists is not shown"):
        make_plan(toy_county.scenario(), toy_county.inputs())

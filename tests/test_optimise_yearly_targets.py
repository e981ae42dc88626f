"""Targets of years in the targets table: asked, what the plan makes of them, and whether met.

The toy in three phases: the hub is built and its move paid for together (334,800), when there is
money; the Depot sells for 392,000 a year after it is let go, the Hall for 882,000.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimise import results
from optimise.plan import Plan, make_plan
from optimise.workbook.front import runs_of_years
from optimise.yearly_targets import yearly_targets
from tests import toy_county


def plan_of(**changes: Any) -> Plan:
    scenario = toy_county.scenario(phasing={"periods": 3, **changes.pop("phasing", {})}, **changes)
    return make_plan(scenario, toy_county.inputs())


def test_capital_by_the_end_of_each_year():
    """200,000 now, 100,000 next year, and three quarters of 392,000 once the Depot is sold."""
    plan = plan_of(targets__capital_budget_gbp_by_year={2026: 200_000, 2027: 100_000})
    told = [t for t in yearly_targets(plan) if t.most]
    assert [t.target_gbp for t in told] == pytest.approx([200_000, 594_000, 594_000 + 661_500])
    assert [t.value_gbp for t in told] == pytest.approx([0, 334_800, 334_800])
    assert all(t.met for t in told)
    assert told[1].name.startswith("Capital by the end of 2027/28, at most")


def test_a_year_that_pays_for_itself():
    """Not carried forward: 2026's 200,000 is lost; 2027 has 100,000 and 294,000 of receipts."""
    plan = plan_of(
        targets__capital_budget_gbp_by_year={2026: 200_000, 2027: 100_000},
        phasing={"carry_forward": False},
    )
    told = [t for t in yearly_targets(plan) if t.most]
    assert [t.target_gbp for t in told[:2]] == pytest.approx([200_000, 394_000])
    # Of the receipts 234,800 are used in 2027; 59,200 and the Hall's 661,500 are left.
    assert told[2].target_gbp == pytest.approx(59_200 + 661_500)
    assert all(t.met for t in told)


def test_savings_and_receipts_of_years_stand_in_the_table_of_targets():
    plan = plan_of(
        targets__receipts_gbp_by_year={2027: 392_000},
        targets__revenue_saving_gbp_by_year={2028: 43_250},
    )
    table = results.targets_table(plan).set_index("target_id")
    assert table["met"].all()
    assert table.at["receipts_gbp_by_year.2027", "name"].startswith(
        "Receipts by the end of 2027/28"
    )
    assert table.at["revenue_saving_gbp_by_year.2028", "value"] == pytest.approx(43_250)


def test_what_is_missed_is_said():
    plan = plan_of(targets__revenue_saving_gbp_by_year={2028: 43_250})
    phased = plan.problem.phased
    assert phased is not None
    asked = replace(phased, saving={2: 43_251.5}, receipts={0: 1.5}, budget={0: 1.0})
    told = yearly_targets(replace(plan, problem=replace(plan.problem, phased=asked)))
    assert [t.met for t in told][:2] == [False, False]
    exactly = replace(phased, saving={2: 43_251.0}, budget=None)
    (one,) = yearly_targets(replace(plan, problem=replace(plan.problem, phased=exactly)))
    assert one.met  # a pound is rounding


def test_a_plan_at_once_has_none():
    plan = make_plan(toy_county.scenario(), toy_county.inputs())
    assert yearly_targets(plan) == ()


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("", ""),
        ("2026/27", "2026/27"),
        ("2026/27; 2027/28; 2028/29; 2031/32", "2026/27 to 2028/29; 2031/32"),
        ("2099/00; 2100/01", "2099/00 to 2100/01"),
    ],
)
def test_years_that_follow_each_other_are_drawn_together(listed: str, told: str):
    assert runs_of_years(listed) == told


def test_buildings_add_up_to_a_phased_plan_and_say_when():
    """Capital, ways out, receipts by building are the plan's own, in their periods."""
    plan = plan_of(targets__capital_budget_gbp_by_year={2026: 200_000, 2027: 100_000})
    rows = results.decisions_table(plan).set_index("asset_id")
    money = plan.after.money
    spent = rows["capital_gbp"].sum() + rows["exit_cost_gbp"].sum()
    assert spent == pytest.approx(money.capital_gbp, abs=0.05)
    assert rows["receipt_gbp"].sum() == pytest.approx(money.receipts_gbp, abs=0.05)
    assert rows["done_in"].to_dict() == {"A": "2027/28", "B": "", "C": "", "D": "2027/28",
                                         "E": "2026/27"}  # fmt: skip
    units = results.services_table(plan).set_index("unit_id")["done_in"]
    assert units["fireA"] == "2027/28" and units["fireC"] == ""


def test_neighbours_sold_together_add_to_the_receipts_by_building():
    """The Hall and the Depot let go in one period: 10 % more on 392,000 and on 882,000."""
    plan = plan_of(
        phasing={
            "periods": 1,
            "neighbours": {"square": {"buildings": ["A", "E"], "bonus_pct": 10}},
        }
    )
    rows = results.decisions_table(plan).set_index("asset_id")
    assert rows.at["A", "receipt_gbp"] == pytest.approx(882_000 * 1.1)
    assert rows.at["E", "receipt_gbp"] == pytest.approx(392_000 * 1.1)
    assert rows["receipt_gbp"].sum() == pytest.approx(plan.after.money.receipts_gbp, abs=0.05)

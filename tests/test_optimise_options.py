"""Do nothing, do minimum and the plan, on the county of three towns (`toy_county`), by hand.

    Hall A (condition D, urgent repairs £100,000)   B library (C, £20,000)   C station (none stated)
    E depot, vacant (B, £5,000)                     D a site that could be built

All repairs are of priority 1 or 2; optimism bias is 24 %.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimise.appraise.factors import factors_of
from optimise.appraise.options import Option, options_of
from optimise.appraise.own_words import FACTORS
from optimise.appraise.sight import Sight
from optimise.cover_results import cover_table
from optimise.money_record import books_of
from optimise.plan import make_plan
from optimise.results import totals
from tests import toy_county


def sight(made: Any = None, **changes: Any) -> Sight:
    plan = make_plan(toy_county.scenario(**changes), toy_county.inputs(made))
    return Sight(plan, cover_table(plan), books_of(plan))


@pytest.fixture(scope="module")
def graded() -> Sight:
    return sight(toy_county.graded())


def options(seen: Sight) -> dict[str, Option]:
    return {option.key: option for option in options_of(seen)}


def facts(seen: Sight, key: str, factor: str) -> dict[str, Any]:
    made = {f.key: f for f in factors_of(seen, options(seen)[key])}
    return {fact.label: fact.value for fact in made[factor].facts}


# --- do nothing --------------------------------------------------------------------------------


def test_doing_nothing_keeps_every_building_the_empty_one_too(graded: Sight):
    nothing = options(graded)["do_nothing"]
    assert nothing.in_use == ("A", "B", "C", "E")
    assert nothing.figures == {
        "buildings": 4.0,
        "capital_gbp": 0.0,
        "receipts_gbp": 0.0,
        "revenue_saving_gbp_pa": 0.0,
        "npv_gbp": 0.0,
        "backlog_gbp": 125_000.0,
        "urgent_backlog_gbp": 125_000.0,
        "tco2e_pa": 115.0,
        "standards_asked": 2.0,
        "standards_met": 2.0,
        "units_moved": 0.0,
    }
    assert graded.plan.before.money.npv_gbp != 0.0, "the empty depot counts as let go there"


def test_carbon_that_nobody_states_is_not_nil():
    assert options(sight())["do_nothing"].figures["tco2e_pa"] is None


# --- do minimum --------------------------------------------------------------------------------


def test_do_minimum_pays_for_urgent_repairs_with_optimism_bias(graded: Sight):
    minimum = options(graded)["do_minimum"]
    assert minimum.touched == ("A", "B", "E")
    assert minimum.figures["capital_gbp"] == pytest.approx(1.24 * 125_000)
    assert minimum.figures["npv_gbp"] == -minimum.figures["capital_gbp"]
    assert minimum.figures["backlog_gbp"] == minimum.figures["urgent_backlog_gbp"] == 0.0
    assert "Repairs are not recorded for 1 of 4 buildings" in minimum.words


def test_what_do_minimum_costs_is_not_known_where_no_repair_is_recorded():
    made = options(sight())
    assert made["do_minimum"].figures["capital_gbp"] is None
    assert made["do_minimum"].figures["npv_gbp"] is None
    assert "what this costs is not known" in made["do_minimum"].words
    assert made["do_nothing"].figures["backlog_gbp"] is made["plan"].figures["backlog_gbp"] is None


def test_do_minimum_leaves_what_can_wait():
    made = toy_county.estate(
        buildings=toy_county.buildings().assign(
            backlog_gbp_p1=[10_000, np.nan, np.nan, np.nan, np.nan],
            backlog_gbp_p2=[0, 5_000, np.nan, np.nan, np.nan],
            backlog_gbp_p3=[30_000, np.nan, np.nan, np.nan, np.nan],
            backlog_gbp_p4=[np.nan, 2_000, np.nan, np.nan, np.nan],
        )
    )
    figures = options(sight(made))["do_minimum"].figures
    assert figures["capital_gbp"] == pytest.approx(1.24 * 15_000)
    assert figures["backlog_gbp"] == 32_000.0


def test_a_duty_of_condition_is_paid_for_where_it_costs_more_than_the_urgent_repairs():
    seen = sight(toy_county.graded(), condition={"worst_grade": "C"})
    minimum = options(seen)["do_minimum"]
    # The Hall's whole backlog is urgent: its works are its urgent repairs.
    assert minimum.figures["capital_gbp"] == pytest.approx(1.24 * 125_000)
    assert "1 building also needs the works" in minimum.words
    costly = toy_county.buildings().assign(
        condition_grade=["D", "", "", "", ""],
        works_gbp=[300_000, np.nan, np.nan, np.nan, np.nan],
        backlog_gbp_p1=[100_000, np.nan, np.nan, np.nan, np.nan],
        backlog_gbp_p4=[50_000, np.nan, np.nan, np.nan, np.nan],
    )
    rule = {"worst_grade": "C", "works_cost": "works_gbp"}
    seen = sight(toy_county.estate(buildings=costly), condition=rule)
    minimum = options(seen)["do_minimum"].figures
    assert minimum["capital_gbp"] == pytest.approx(1.24 * 300_000)
    assert minimum["backlog_gbp"] == 0.0


def test_a_building_that_may_not_stay_is_said_to_break_the_rule():
    seen = sight(toy_county.graded(), condition={"worst_grade": "C", "works": False})
    assert "may not stay in use in their condition at all" in options(seen)["do_minimum"].words


def test_do_minimum_says_which_required_standard_it_misses():
    """Everyone within five minutes of a library: d3 is 5 minutes off, d1 and d2 have their own.

    From tomorrow all are to be within one minute, which only the towns with a library are; the
    plan is not held to it (report), do nothing and do minimum miss it.
    """
    strict = {"service_type": "library", "threshold_min": 1, "target": 1.0, "kind": "report"}
    seen = sight(standards__library_1=strict)
    for key in ("do_nothing", "do_minimum"):
        words = options(seen)[key].words
        assert "Standards met: 2 of 3. Missed: library within 1 minutes (reported only)." in words


# --- the plan ----------------------------------------------------------------------------------


def test_the_plan_has_the_run_s_own_totals(graded: Sight):
    plan, sums = options(graded)["plan"].figures, totals(graded.plan)
    for key in ("capital_gbp", "receipts_gbp", "revenue_saving_gbp_pa", "npv_gbp", "units_moved"):
        assert plan[key] == sums[key]
    assert plan["buildings"] == sums["buildings_after"]
    assert plan["backlog_gbp"] == sums["backlog_retained_gbp"]


def test_urgent_repairs_that_the_plan_leaves_are_told(graded: Sight):
    assert graded.kept == ("B", "C")
    plan = options(graded)["plan"]
    assert plan.figures["urgent_backlog_gbp"] == 20_000.0
    assert "does not pay for urgent repairs at 1 building" in plan.words


# --- the nine factors --------------------------------------------------------------------------


def test_every_option_has_the_nine_factors_in_order(graded: Sight):
    for option in options_of(graded):
        assert [f.key for f in factors_of(graded, option)] == list(FACTORS)


def test_what_is_not_recorded_is_counted(graded: Sight):
    carbon = facts(graded, "do_nothing", "carbon_energy")
    assert carbon["Buildings whose carbon is not recorded"] == 1.0
    assert carbon["Buildings with no energy rating recorded"] == 4.0
    access = facts(graded, "do_nothing", "disabled_access")
    assert access["Services in buildings where it is not recorded"] == 5.0
    views = facts(graded, "plan", "views")
    assert views["Users of those services a year"] is None
    assert views["Services that change whose users are not recorded"] == 2.0


def test_access_counts_services_by_the_building_they_are_in():
    buildings = toy_county.buildings().assign(accessible=["yes", "no", "", "", ""])
    seen = sight(toy_county.estate(buildings=buildings))
    today = facts(seen, "do_nothing", "disabled_access")
    # The Hall holds a library and a crew, B a library and the children's centre, C a crew.
    assert list(today.values()) == [2.0, 2.0, 1.0, 0.4]


def test_constraints_of_what_changes_are_counted_and_odd_words_are_not_repeated():
    words = ["listed; Smith v Jones", "", "", "", "clawback until 2030"]
    seen = sight(toy_county.estate(buildings=toy_county.buildings().assign(constraints=words)))
    assert seen.released == ("A", "E")
    found = facts(seen, "plan", "planning")
    assert found["Affected: listed buildings"] == 1.0
    assert found["Affected: grants that may have to be repaid"] == 1.0
    assert found["Affected: other constraints"] == 1.0
    assert found["New buildings (need planning permission)"] == 1.0
    assert found["Buildings affected with no constraint recorded"] == 1.0
    assert "Smith" not in str(found)
    assert facts(seen, "do_nothing", "planning")["Buildings let go (a new use may need it)"] == 0.0


def test_the_planner_s_words_stand_first_and_in_place_of_not_recorded():
    own = {"plan": {"views": "Asked 400 people in May", "words": "Our proposal", "title": "Hubs"}}
    seen = sight(appraisal=own)
    plan = options(seen)["plan"]
    assert plan.title == "Hubs"
    assert plan.words.startswith("Our proposal. The plan lets go")
    views = next(f for f in factors_of(seen, plan) if f.key == "views")
    assert views.text == views.own == "Asked 400 people in May."
    nothing = next(f for f in factors_of(seen, options(seen)["do_nothing"]) if f.key == "views")
    assert nothing.text.startswith("Not recorded")


def test_value_for_money_tells_low_receipts_beside_the_headline():
    low = toy_county.buildings()
    low["market_value_gbp_low"] = low["market_value_gbp"] * 0.5
    low["market_value_gbp_high"] = low["market_value_gbp"] * 1.5
    seen = sight(toy_county.estate(buildings=low))
    found = facts(seen, "plan", "value_for_money")
    sold = seen.plan.after.money.receipts_gbp
    # Sold 12 months on: half of the receipts, a year away, is what low receipts take off.
    gone = found["Net present value"] - found["Net present value at low receipts"]
    assert gone == pytest.approx(0.5 * sold / 1.035, rel=1e-6)


def test_limits_of_the_upgrade_count_full_hosts():
    """The new hub D (200 m²) takes in what leaves the Hall; it has room left for 50 m²."""
    seen = sight(toy_county.graded())
    assert seen.hosts == ("D",)
    found = facts(seen, "plan", "limits_of_upgrade")
    assert found["Buildings that take in services"] == 1.0
    assert found["Of them with no room left"] == 0.0
    assert found["Pairs of services kept apart by rule"] == 2.0

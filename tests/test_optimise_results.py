"""Tables of a plan: every row is there and every pound adds up to the plan's own sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimise import results, shapes
from optimise.explain import reasons
from optimise.plan import Plan, make_plan
from tests import toy_county


def plan(**changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs())


CASES: list[dict[str, Any]] = [
    {},
    {"locks": {"B": "close", "A": "retain", "D": "no_host"}, "services__library__at_least": 0,
     "standards__library_6__target": 0.0},
    {"locks": {"A": "retain"}},
]  # fmt: skip


@pytest.mark.parametrize("changes", CASES)
def test_every_pound_of_the_tables_adds_up(changes: dict[str, Any]) -> None:
    made = plan(**changes)
    decisions, services = results.decisions_table(made), results.services_table(made)
    money = made.after.money
    capital = decisions["capital_gbp"].sum() + decisions["exit_cost_gbp"].sum()
    assert capital == pytest.approx(money.capital_gbp, abs=0.1)
    assert decisions["receipt_gbp"].sum() == pytest.approx(money.receipts_gbp, abs=0.1)
    saving = (
        decisions["running_cost_saving_gbp_pa"].sum()
        - services["hosting_cost_gbp_pa"].sum()
        + services["withdrawal_saving_gbp_pa"].sum()
    )
    assert saving == pytest.approx(money.saving_gbp_pa, abs=0.1)


def test_a_row_for_every_building_and_unit() -> None:
    made = plan()
    assert results.decisions_table(made)["asset_id"].tolist() == ["A", "B", "C", "D", "E"]
    services = results.services_table(made).set_index("unit_id")
    assert services["action"].to_dict() == {
        "fireA": "move", "fireC": "stay", "kidsB": "stay", "libA": "withdraw", "libB": "stay",
    }  # fmt: skip
    assert services.at["fireA", "distance_km"] == pytest.approx(4.1)
    assert services.at["libA", "to_asset_id"] == ""


def test_decisions_and_reasons_of_the_toy() -> None:
    got = {a: (r.decision, r.code) for a, r in reasons(plan()).items()}
    assert got == {
        "A": ("dispose", "vacated"),
        "B": ("retain", "needed_for_standard"),
        "C": ("retain", "no_alternative"),
        "D": ("build", "built_for"),
        "E": ("dispose", "empty"),
    }


@pytest.mark.parametrize(
    ("changes", "asset", "code", "words"),
    [
        ({"locks": {"A": "retain", "B": "retain"}}, "B", "locked", "by the scenario"),
        ({"locks": {"A": "close"}}, "A", "locked_close", "Locked to close"),
        ({"locks": {"D": "no_host"}}, "D", "not_worth_building", "Not built"),
        ({}, "B", "needed_for_standard", "would fall to 0.0% against 80.0%"),
    ],
)
def test_reason_words(changes: dict[str, Any], asset: str, code: str, words: str) -> None:
    reason = reasons(plan(**changes))[asset]
    assert reason.code == code
    assert words in reason.text


def test_out_of_scope_building_has_a_row_and_no_money() -> None:
    buildings = toy_county.buildings().assign(in_scope=[False, True, True, True, True])
    inputs = toy_county.inputs(toy_county.estate(buildings=buildings))
    made = make_plan(toy_county.scenario(), inputs)
    row = results.decisions_table(made).set_index("asset_id").loc["A"]
    assert (row["decision"], row["receipt_gbp"], row["lock"]) == ("out_of_scope", 0.0, "free")


def test_cover_before_and_after_by_hand() -> None:
    """Before: fire from A (2 towns) and C (1): all. Libraries A and B reach all in 6 minutes."""
    demand = toy_county.demand().assign(ward_code=["W1", "W1", "W2"])
    made = make_plan(
        toy_county.scenario(standards__library_6__geography="ward"),
        toy_county.inputs(toy_county.estate(demand=demand)),
    )
    cover = results.cover_table(made).set_index(["standard_id", "geography", "area_id"])
    whole = cover.loc[("library_6", "all", "")]
    assert (whole["total"], whole["within_before"], whole["outside_after"]) == (200, 200, 0)
    assert pd.isna(whole["target"]) and whole["met"] == ""
    west = cover.loc[("library_6", "ward", "W1")]
    assert (west["target"], west["met"], west["within_after"]) == (0.8, True, 160)
    assert west["mean_before_min"] == pytest.approx((100 * 1 + 60 * 1) / 160)
    assert west["mean_after_min"] == pytest.approx((100 * 5 + 60 * 1) / 160)
    assert west["worst_after_min"] == 5
    standards = results.standards_table(made, results.cover_table(made)).set_index("standard_id")
    assert standards.at["library_6", "met"] is True or bool(standards.at["library_6", "met"])


def test_targets_table() -> None:
    made = plan(targets__receipts_gbp=1_000_000, targets__capital_budget_gbp=0)
    table = results.targets_table(made).set_index("target_id")
    assert table["met"].all()
    assert table.at["capital_budget_gbp", "value"] == pytest.approx(334_800 - 0.75 * 1_274_000)


def test_shuffled_layers_give_the_same_tables() -> None:
    shuffled = {
        name: frame.sample(frac=1, random_state=5) for name, frame in toy_county.frames().items()
    }
    other = make_plan(toy_county.scenario(), toy_county.inputs(toy_county.estate(**shuffled)))
    for table in (results.decisions_table, results.services_table, results.cover_table):
        pd.testing.assert_frame_equal(table(plan()), table(other))


def test_what_the_register_says_stands_beside_the_decision() -> None:
    """No is told from nothing said; a blank stays blank."""
    buildings = toy_county.buildings().assign(
        postcode=["ZZ1 1AA", "", "", "", ""], accessible=["yes", "no", "", "", ""],
        condition_grade=["D", "", "", "", ""], tco2e_pa=[80, np.nan, np.nan, np.nan, 0],
    )  # fmt: skip
    made = make_plan(
        toy_county.scenario(), toy_county.inputs(toy_county.estate(buildings=buildings))
    )
    table = results.decisions_table(made).set_index("asset_id")
    assert table["accessible"].tolist() == ["true", "false", "", "", ""]
    assert table.at["A", "postcode"] == "ZZ1 1AA" and table.at["A", "condition_grade"] == "D"
    assert table["gia_m2"].tolist() == [1000, 200, 200, 300, 500]
    assert table["tco2e_pa"].isna().tolist() == [False, True, True, True, False]
    assert (table.loc["B", ["postcode", "epc", "market_area", "constraints"]] == "").all()


def test_the_map_layers_carry_what_is_known_of_people() -> None:
    """The toy knows of the under fives, of deprivation and of town and country; of cars nothing."""
    made = plan()
    layer = shapes.demand_layer(made, results.minutes_table(made))
    told = [c for c in shapes.PEOPLE if c in layer.columns]
    assert told == ["under_5", "imd_decile", "rural_urban"]
    assert layer["under_5"].tolist() == [5, 4, 3]
    cells = shapes.cells_layer(layer, shapes.outline_of(made))
    assert cells["rural_urban"].tolist() == ["urban", "urban", "rural"]

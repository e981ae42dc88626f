"""Options, risks, rules and dates as run.json holds them: plain, complete, fit for the public."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from optimise.appraise.own_words import FACTORS, OPTIONS
from optimise.cover_results import cover_table
from optimise.plan import make_plan
from optimise.runs import plain, run_record
from tests import toy_county

KEYS = ("options", "risks", "binding", "data_dates")
UNITS = {"count", "gbp", "share", "min", "miles", "number", "text"}
FIGURES = {
    *("buildings", "capital_gbp", "receipts_gbp", "revenue_saving_gbp_pa", "npv_gbp"),
    *("backlog_gbp", "urgent_backlog_gbp", "tco2e_pa", "standards_asked", "standards_met"),
    "units_moved",
}
SCENARIOS: dict[str, dict[str, Any]] = {
    "at once": {},
    "phased, with rules of every family": {
        "phasing": {"periods": 3, "disposals_per_market_area_pa": 1, "moves_per_period": 1},
        "targets": {"receipts_gbp": 883_000, "capital_budget_gbp_by_year": {"2026": 900_000}},
        "condition": {"worst_grade": "C"},
        "keep": {"halls": {"buildings": ["A", "B"], "at_least": 1}},
        "delivery": {"moves_at_most": 3},
        "no_detriment": {"all": {"standard": "library_6"}},
        "partners": {"no_worse_off": "npv"},
        "limits": {"moves": {"at_most": 3}},
        "locks": {"C": "retain"},
        "risks": [{"risk_id": "flood", "title": "The river", "asset_ids": ["C"]}],
    },
}


@pytest.fixture(scope="module", params=list(SCENARIOS), ids=list(SCENARIOS))
def record(request: pytest.FixtureRequest) -> dict[str, Any]:
    buildings = toy_county.graded().buildings.drop(columns="geometry").reset_index()
    buildings["name"] = [f"Quarry {n}" for n in ("Hall", "books", "hoses", "hub", "sheds")]
    buildings["constraints"] = ["listed; clawback", "", "", "", "contaminated"]
    buildings["market_area"] = "M"
    made = toy_county.estate(buildings=buildings)
    plan = make_plan(toy_county.scenario(**SCENARIOS[request.param]), toy_county.inputs(made))
    return run_record(plan, cover_table(plan), {})


def texts(value: Any) -> Iterator[str]:
    """Every text in it, keys apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def test_it_is_plain_json_and_the_same_each_time(record: dict[str, Any]):
    told = {key: record[key] for key in KEYS}
    assert plain(told) == told
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_three_options_of_nine_factors_with_the_same_figures(record: dict[str, Any]):
    assert [option["key"] for option in record["options"]] == list(OPTIONS)
    for option in record["options"]:
        assert set(option["figures"]) == FIGURES
        assert [factor["key"] for factor in option["factors"]] == list(FACTORS)
        for factor in option["factors"]:
            assert factor["text"]
            for fact in factor["facts"]:
                assert set(fact) == {"label", "value", "unit"} and fact["unit"] in UNITS


def test_the_plan_s_figures_are_those_of_the_run(record: dict[str, Any]):
    figures = record["options"][-1]["figures"]
    for key in ("capital_gbp", "receipts_gbp", "revenue_saving_gbp_pa", "npv_gbp", "units_moved"):
        assert figures[key] == record["totals"][key]
    asked = [s for s in record["standards"] if s["met"] is not None]
    assert figures["standards_asked"] == len(asked)
    assert figures["standards_met"] == sum(s["met"] for s in asked)
    nothing = record["options"][0]["figures"]
    assert nothing["buildings"] == record["totals"]["buildings_before"]


def test_risks_and_rules_say_where_they_come_from(record: dict[str, Any]):
    ids = [risk["risk_id"] for risk in record["risks"]]
    assert len(set(ids)) == len(ids) >= 5
    for risk in record["risks"]:
        assert risk["level"] in ("high", "medium", "low", "not rated")
        assert risk["source"] in ("computed", "scenario")
        if risk["source"] == "computed":
            assert risk["text"] and risk["why_level"] and risk["mitigation"]
    keys = {"rule", "family", "words", "where", "asked", "reached", "slack", "unit", "asset_ids",
            "standard_id"}  # fmt: skip
    assert record["binding"]
    assert all(set(rule) == keys and rule["unit"] in UNITS for rule in record["binding"])


def test_no_sentence_holds_a_sum_of_money_or_the_name_of_a_building(record: dict[str, Any]):
    """What is left out for the public is left out by field: no prose needs to be read for it."""
    found = [text for key in KEYS for text in texts(record[key])]
    assert len(found) > 100
    assert not [text for text in found if "£" in text or "Quarry" in text]


def test_every_building_named_is_one_of_the_estate(record: dict[str, Any]):
    named = {a for key in ("risks", "binding") for one in record[key] for a in one["asset_ids"]}
    assert named and named <= set("ABCDE")

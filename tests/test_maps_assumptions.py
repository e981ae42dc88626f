"""What the plan rests on: proof, rules that bind, data and dates, times, settings, warnings."""

from __future__ import annotations

from typing import Any

from toy_figures import run_with

from maps.runs import PUBLIC
from maps.tables import assumptions
from maps.tables.table import Table, cells


def tables(**changes: Any) -> dict[str, Table]:
    """Tables by id."""
    return {t.table_id: t for t in assumptions.tables(run_with(**changes))}


def test_the_proof_tells_bound_gap_and_versions_and_leaves_out_what_it_has_not() -> None:
    told = {
        **{"objective": 100.0, "bound": 110.0, "gap": 0.1, "objective_unit": "gbp"},
        **{"solver": "HiGHS", "model": {"rows": 12_000, "columns": 340}},
    }
    rows = {row["what"]: row["value"] for row in tables(**told)["proof"].rows}
    assert rows["This plan reaches"] == "£100"
    assert rows["No plan can pass"] == "£110"
    assert rows["Gap, of the whole"] == "10.00%"
    assert rows["Size of the program"] == "12,000 rules, 340 choices"
    assert rows["Versions"] == "python 3.11"
    assert "Gap asked for" not in rows


def test_the_aim_is_told_in_the_words_of_the_run() -> None:
    rows = tables(goals=[{"name": "Net present value"}], objective_name="npv")
    assert ["Best at", "Net present value"] in [
        [c.text for c in row] for row in cells(rows["proof"])
    ]


RULE = {
    **{"rule": "cover", "family": "standards", "words": "Fire within 10 minutes", "where": "all"},
    **{"asked": 0.8, "reached": 0.805, "slack": 0.005, "unit": "share"},
    **{"asset_ids": ["b1", "hidden"], "standard_id": "fire_10"},
}
CAP = {
    **RULE,
    **{"words": "Capital, at most", "asked": 1e6, "reached": 1e6, "slack": 0.0, "unit": "gbp"},
    **{"asset_ids": [], "standard_id": ""},
}


def test_rules_that_bind_are_told_in_their_own_units_and_pick_their_standard() -> None:
    made = tables(binding=[RULE, CAP])["binding"]
    first, second = cells(made)
    assert [c.text for c in first] == [
        *("Fire within 10 minutes", "all", "80.0%", "80.5%", "0.5%"),
        "Casterbridge fire station; and 1 more",
    ]
    assert [c.text for c in second][2:5] == ["£1,000,000", "£1,000,000", "£0"]
    assert first[0].picks == ("standard", "fire_10")
    assert second[0].picks is None


def test_no_rule_that_binds_is_said_and_a_run_of_old_says_nothing() -> None:
    assert tables(binding=[])["binding"].empty
    assert "binding" not in tables()


def test_data_have_their_dates_beside_their_checksums() -> None:
    dates = [
        {
            **{"layer": "buildings", "path": "buildings.csv", "rows": 8, "undated_rows": 3},
            **{"as_at_earliest": "2024-01-31", "as_at_latest": "2026-03-31"},
            **{"sources": 2, "conflicts": 1},
        },
        {
            **{"layer": "demand", "path": "demand.csv", "rows": 9, "undated_rows": 9},
            **{"as_at_earliest": None, "as_at_latest": None, "sources": 0, "conflicts": 0},
        },
    ]
    made = tables(data_dates=dates)["data"]
    assert [[c.text for c in row] for row in cells(made)] == [
        ["buildings", "buildings.csv", "8", "2024-01-31", "2026-03-31", "3", "2", "1", "0" * 12],
        ["demand", "demand.csv", "9", "no date", "no date", "9", "0", "0", ""],
    ]


def test_files_of_a_run_of_old_are_told_without_dates() -> None:
    made = tables()["data"]
    assert [c.key for c in made.columns] == ["layer", "path", "sha256"]


def test_times_tell_their_source_and_how_far_they_may_be_out() -> None:
    times = {
        "car": {
            **{"roads": "roads.osm.pbf", "profile_name": "car", "near_rim": ["b1"]},
            **{"error": {"low": 0.8, "high": 1.1, "source": "calibrated on 400 runs"}},
            **{"off_network_demand": ["d1", "d2"], "off_network_sites": ["b9"]},
        },
        "walk": {"roads": "roads.osm.pbf", "profile_name": "walk", "error": None},
    }
    car, walk = tables(times=times)["times"].rows
    assert car["error"] == "A drive of 10 minutes is taken to need 8 to 11"
    assert car["error_source"] == "calibrated on 400 runs"
    assert (car["off_network"], car["near_rim"]) == (3, 1)
    assert walk["error"] == "No error of these times is stated"


SCENARIO = {
    "finance": {"base_year": 2026, "optimism_bias_pct": 24.0},
    "targets": {"receipts_gbp": 5e6},
    "phasing": {"periods": 3},
    "committed": {"b1": 250_000},
}


def test_settings_are_told_with_their_keys() -> None:
    rows = tables(scenario=SCENARIO)["settings"].rows
    assert [(row["part"], row["value"], row["key"]) for row in rows] == [
        ("Money", "2026/27", "finance.base_year"),
        ("Money", "24", "finance.optimism_bias_pct"),
        ("Targets", "5,000,000", "targets.receipts_gbp"),
        ("Phasing", "3", "phasing.periods"),
        ("Counted elsewhere", "250000", "committed.b1"),
    ]


def test_the_public_sees_settings_of_money_and_targets_only() -> None:
    rows = tables(scenario=SCENARIO, audience=PUBLIC)["settings"].rows
    assert {row["part"] for row in rows} == {"Money", "Targets"}


def test_warnings_are_numbered() -> None:
    made = tables(warnings=["first", "second"])["warnings"]
    assert [[c.text for c in row] for row in cells(made)] == [["1", "first"], ["2", "second"]]
    assert "warnings" not in tables()

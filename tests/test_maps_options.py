"""Options beside each other: doing nothing, doing the minimum, the plan, other runs."""

from __future__ import annotations

from typing import Any

import pytest
from toy_figures import run_with

from maps.baselines import drifts
from maps.runs import RunFrames
from maps.tables import options
from maps.tables.table import Table, cells


def option(key: str, title: str, **figures: Any) -> dict[str, Any]:
    """An option as run.json has it."""
    return {"key": key, "title": title, "words": f"{title} in words.", "figures": figures}


TOLD = [
    option("do_nothing", "Do nothing", buildings=7, npv_gbp=0, standards_asked=2, standards_met=1),
    option("do_minimum", "Do the minimum", buildings=7, npv_gbp=-90_000.0, tco2e_pa=None),
    option("plan", "This plan", buildings=6, npv_gbp=250_000.0, standards_asked=2, standards_met=2),
]


def texts(table: Table) -> dict[str, list[str]]:
    """First cell of a row -> the texts of the others."""
    return {row[0].text: [cell.text for cell in row[1:]] for row in cells(table)}


def made(run: RunFrames, *others: RunFrames) -> dict[str, Table]:
    """Tables by id."""
    return {t.table_id: t for t in options.tables(run, others)}


def test_options_are_columns_and_each_figure_stands_in_its_own_unit() -> None:
    table = made(run_with(options=TOLD))["options"]
    assert [c.label for c in table.columns] == [
        *("Measure", "Do nothing", "Do the minimum", "This plan")
    ]
    found = texts(table)
    assert found["Buildings in use"] == ["7", "7", "6"]
    assert found["Net present value"] == ["£0", "\u2212£90,000", "£250,000"]
    assert found["Standards met, of those with a target"] == ["1 of 2", "", "2 of 2"]
    assert "Carbon a year, tonnes CO2e" not in found  # nobody knows it
    assert table.notes[1] == "Do the minimum: Do the minimum in words."


def test_doing_nothing_and_the_minimum_have_the_cover_of_today() -> None:
    run = run_with(options=TOLD)
    fire = run.summary["standards"][0]
    found = texts(made(run)["options"])
    (row,) = [v for k, v in found.items() if k.startswith("Fire engine within 10 minutes")]
    before, after = (f"{100 * fire[f'share_{when}']:.1f}%" for when in ("before", "after"))
    assert before != after
    assert row == [before, before, after]


def test_a_hard_standard_that_the_plan_misses_is_marked() -> None:
    run = run_with(options=TOLD)
    assert not any(row.get("marked") for row in made(run)["options"].rows)
    missed = [{**s, "met": False} for s in run.summary["standards"]]
    run = run_with(options=TOLD, standards=missed)
    marked = [row["what"] for row in made(run)["options"].rows if row.get("marked")]
    assert len(marked) == 1  # the library is reported only
    assert marked[0].startswith("Fire engine")


def test_a_run_of_old_is_set_against_doing_nothing_by_its_totals() -> None:
    run = run_with()
    found = texts(made(run)["options"])
    totals = run.summary["totals"]
    assert found["Buildings in use"] == [
        *(f"{totals[f'buildings_{when}']}" for when in ("before", "after"))
    ]
    assert found["Receipts from sales"] == ["£0", f"£{totals['receipts_gbp']:,.0f}"]


def test_other_runs_stand_beside_it_with_the_standards_they_share() -> None:
    run = run_with(options=TOLD)
    standards = [dict(s) for s in run.summary["standards"]]
    standards[0] = {**standards[0], "share_after": 0.125, "threshold_min": 10.0}
    standards[1] = {**standards[1], "threshold_min": 20.0}
    plan = [option("plan", "This plan", buildings=5)]
    other = run_with(options=plan, standards=standards, title="Six kept")
    table = made(run, other)["options"]
    assert table.columns[-1].label == "Six kept"
    found = texts(table)
    assert found["Buildings in use"][-1] == "5"
    by_start = {k.split(" within")[0]: v[-1] for k, v in found.items() if " within" in k}
    assert by_start == {"Fire engine": "12.5%", "Library": ""}  # another threshold is another one
    assert "same ground" in table.lead  # ... and is said to be


@pytest.mark.parametrize(
    "changed",
    [
        {"inputs": [{"layer": "buildings", "path": "b.csv", "sha256": "1" * 64}]},
        {"scenario": {"finance": {"base_year": 2025}}},
        {"times": {"car": {"roads_sha256": "2" * 64}}},
    ],
)
def test_a_run_on_other_ground_is_said_to_be_before_anything_else(changed: dict[str, Any]) -> None:
    same = run_with(options=TOLD, times={"car": {"roads_sha256": "1" * 64}})
    assert "same ground" not in made(same, same)["options"].lead
    there = {"times": {"car": {"roads_sha256": "1" * 64}}, **changed}
    other = run_with(options=TOLD, title="Other", **there)
    lead = made(same, other)["options"].lead
    assert lead.startswith("Other does not stand on the same ground")
    for drift in drifts((same, other)):
        assert drift.words in lead


FACTS = [
    {"label": "people within", "value": 1234, "unit": "count"},
    {"label": "sites without a survey", "value": None, "unit": "count"},
    {"label": "saved", "value": 1500.0, "unit": "gbp"},
    {"label": "access", "value": "step-free", "unit": "text"},
]


def with_factors(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Options of which the plan, and the minimum in part, tell the nine factors."""
    factors = [
        {"key": key, "title": title, "text": f"{title} told.", "facts": facts}
        for key, title in reversed(options.FACTORS.items())
    ]
    some = [{"key": "views", "title": "Views", "text": "Nobody asked.", "facts": facts[:1]}]
    return [TOLD[0], {**TOLD[1], "factors": some}, {**TOLD[2], "factors": factors}]


def test_nine_factors_are_told_in_words_in_their_order() -> None:
    table = made(run_with(options=with_factors(FACTS)))["options-factors"]
    assert len(table.rows) == 9
    assert [c.key for c in table.columns] == ["factor", "do_minimum", "plan"]
    first, fifth = table.rows[0], table.rows[4]
    assert first["factor"] == "Operational location"
    assert (first["do_minimum"], first["plan"]) == ("", "Operational location told.")
    assert fifth["do_minimum"] == "Nobody asked."


def test_figures_behind_the_factors_stand_beside_each_other_in_their_units() -> None:
    table = made(run_with(options=with_factors(FACTS)))["options-facts"]
    assert len(table.rows) == 9 * len(FACTS)
    found = [[cell.text for cell in row] for row in cells(table)]
    assert found[:4] == [
        ["Operational location", "people within", "", "1,234"],
        ["Operational location", "sites without a survey", "", ""],
        ["Operational location", "saved", "", "£1,500"],
        ["Operational location", "access", "", "step-free"],
    ]
    assert found[16] == ["Views", "people within", "1,234", "1,234"]


def test_a_factor_that_is_none_of_the_nine_is_kept_and_stands_last() -> None:
    own = [{"key": "heritage", "title": "Heritage", "text": "Two listed.", "facts": []}]
    told = [{**TOLD[2], "factors": [*own, *with_factors(FACTS)[2]["factors"]]}]
    assert made(run_with(options=told))["options-factors"].rows[-1]["factor"] == "Heritage"


def test_without_factors_there_is_no_table_of_them() -> None:
    assert [*made(run_with(options=TOLD))] == ["options"]

"""Every standard with its target, both figures, both ends, room, and who gains and loses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from toy_run import small_run, write_run

from maps.runs import RunFrames, read_run
from maps.tables import standards
from maps.tables.table import Row, Table, cells

ENDS = {
    f"{name}_{when}_{end}": value
    for name, low, high in (("share", 0.6, 0.9), ("within", 3400.0, 5100.0), ("figure", 0.6, 0.9))
    for when in ("before", "after")
    for end, value in (("low", low), ("high", high))
}
ERROR = {"error": {"low": 0.8, "high": 1.25, "source": "a default"}}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFrames:
    return read_run(write_run(tmp_path_factory.mktemp("small") / "run", small_run()))


def told(run: RunFrames, first: dict[str, Any] | None = None, **summary: Any) -> Table:
    """The table with some keys of the first standard, or of run.json, as given."""
    given = [dict(s) for s in run.summary["standards"]]
    given[0] |= first or {}
    changed = {**run.summary, "standards": given, **summary}
    return standards.tables(replace(run, summary=changed))[0]


def shown(table: Table, row: int = 0) -> dict[str, str]:
    return {c.key: cell.text for c, cell in zip(table.columns, cells(table)[row], strict=True)}


def first(table: Table) -> Row:
    return table.rows[0]


def test_each_standard_is_a_row_with_its_figures_in_words(run: RunFrames) -> None:
    """Fire: 4,140 of 5,705 before, 900 more after."""
    table = told(run)
    assert [row["standard_id"] for row in table.rows] == ["fire_10", "library_15"]
    text = shown(table)
    assert (text["before"], text["after"], text["target"]) == ("72.6%", "88.3%", "60.0%")
    assert text["asked"] == "Within 10 min, blue-light drive"
    assert text["where"] == "the whole area"
    assert (text["met"], text["gained"], text["lost"]) == ("met", "900", "0")
    assert shown(table, 1)["lost"] == "900" and shown(table, 1)["gained"] == "300"
    assert cells(table)[0][0].picks == ("standard", "fire_10")


def test_ranges_stand_where_times_have_an_error_only(run: RunFrames) -> None:
    assert not {"range_before", "range_after"} & {c.key for c in told(run).columns}
    table = told(run, {**ENDS, **ERROR})
    assert shown(table)["range_after"] == "60.0–90.0%"
    assert shown(table, 1)["range_after"] == ""


def test_figures_are_in_the_standards_own_unit(run: RunFrames) -> None:
    table = told(
        run,
        {"unit": "min", "statistic": "mean", "target": 9.0, "figure_before": 8.25,
         "figure_after": 9.5, "slack": -0.5, "met": False},
    )  # fmt: skip
    text = shown(table)
    assert (text["before"], text["after"], text["target"]) == ("8.2 min", "9.5 min", "9.0 min")
    assert (text["met"], text["slack"]) == ("not met", "short by 0.5 min")
    assert first(table)["marked"]


def test_a_target_of_each_ward_is_said_so(run: RunFrames) -> None:
    assert shown(told(run, {"geography": "ward"}))["where"] == "each ward"
    none = told(run, {"target": None, "met": None})
    text = shown(none)
    assert (text["target"], text["where"], text["met"]) == ("", "", "no target")
    assert not first(none)["marked"]


def test_rules_that_bind_are_told_as_the_run_has_them(run: RunFrames) -> None:
    """Where the run does not say, a hard standard without room is told as binding."""
    rules = [
        {"standard_id": "fire_10", "where": "North ward", "words": ""},
        {"standard_id": "fire_10", "where": "",
         "words": "Fire engine within 10 minutes: missed without any one of 2 buildings."},
        {"standard_id": "", "where": "everywhere", "words": "6 offices."},
    ]  # fmt: skip
    assert shown(told(run, binding=rules))["binds"] == (
        "yes: no room to spare (North ward); missed without any one of 2 buildings"
    )
    assert shown(told(run, {"slack": 0.0}, binding=[]))["binds"] == ""
    assert shown(told(run, {"slack": 0.0}))["binds"] == "yes: no room to spare"
    assert shown(told(run, {"slack": 0.0, "kind": "report"}))["binds"] == ""
    assert shown(told(run, {"slack": 0.02}))["binds"] == ""


def test_runs_of_old_have_no_columns_of_gains_and_losses(run: RunFrames) -> None:
    old = run.cover.drop(columns=["gained", "lost", "better", "worse"])
    table = standards.tables(replace(run, cover=old))[0]
    assert not set(standards.MOVED) & {c.key for c in table.columns}
    assert len(table.rows) == 2


def test_rules_that_nobody_be_left_behind_have_a_table_of_their_own(run: RunFrames) -> None:
    rule = {"words": "No ward loses more than two minutes", "where": "North ward", "met": False,
            "limit_text": "2 min", "before_text": "9.0 min", "after_text": "11.5 min"}  # fmt: skip
    assert len(standards.tables(run)) == 1
    table = standards.tables(replace(run, summary={**run.summary, "protected": [rule]}))[1]
    assert shown(table) == {
        "label": rule["words"], "where": "North ward", "before": "9.0 min", "after": "11.5 min",
        "limit": "2 min", "met": "not met",
    }  # fmt: skip
    assert first(table)["marked"]


def test_no_standard_is_said(run: RunFrames) -> None:
    table = standards.tables(replace(run, summary={**run.summary, "standards": []}))[0]
    assert not table.rows and table.empty == "The scenario sets no standard."

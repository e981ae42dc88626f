"""The register of risks as a table."""

from __future__ import annotations

from typing import Any

import pytest
from toy_figures import run_with

from maps.runs import EXEMPT, PUBLIC
from maps.tables import risks
from maps.tables.table import Table


def risk(title: str, level: str = "low", **more: Any) -> dict[str, Any]:
    """A risk as run.json has it."""
    return {
        **{"risk_id": title, "title": title, "text": "", "level": level, "why_level": ""},
        **{"asset_ids": [], "source": "computed", "owner": "", "mitigation": "", "sum_gbp": None},
        **more,
    }


def table_of(found: list[dict[str, Any]], audience: str = EXEMPT) -> Table:
    """The one table."""
    return risks.tables(run_with(risks=found, audience=audience))[0]


def test_the_worst_come_first_and_those_nobody_rated_last() -> None:
    found = [risk("d", "not rated"), risk("c"), risk("b", "medium"), risk("a", "high")]
    made = table_of([*found, risk("aa", "high")])
    assert [row["title"] for row in made.rows] == ["a", "aa", "b", "c", "d"]
    assert "5 risks: 2 high, 1 medium, 1 low, 1 not rated." in made.lead


def test_a_level_that_is_none_of_ours_is_kept_and_stands_last() -> None:
    made = table_of([risk("x", "severe"), risk("y")])
    assert [row["level"] for row in made.rows] == ["low", "severe"]


def test_what_nobody_stated_is_said_and_sources_are_in_words() -> None:
    stated = risk("s", source="scenario", owner="Estates", mitigation="Phase the sales")
    rows = {row["title"]: row for row in table_of([risk("c"), stated]).rows}
    assert (rows["c"]["owner"], rows["c"]["mitigation"]) == (risks.NOBODY, risks.NONE_STATED)
    assert rows["c"]["source"] == "worked out from the plan"
    assert (rows["s"]["owner"], rows["s"]["source"]) == ("Estates", "stated by its owners")


def test_owners_and_sources_have_a_column_only_where_there_are_any() -> None:
    bare = table_of([risk("c")])
    assert not {"owner", "source"} & {c.key for c in bare.columns}
    assert len(bare.notes) == 2
    told = table_of([risk("c"), risk("s", source="scenario", owner="Estates")])
    assert {"owner", "source"} <= {c.key for c in told.columns}
    assert told.notes == ()


def test_buildings_of_most_risks_come_first_with_the_worst_risk_first() -> None:
    found = [
        risk("low one", asset_ids=["b2", "b1", "unknown"]),
        risk("bad one", "high", asset_ids=["b2", "b2"]),
    ]
    register, by_building = risks.tables(run_with(risks=found))
    assert [row["buildings"] for row in register.rows] == [2, 3]
    rows = [(row["asset_id"], row["number"], row["titles"]) for row in by_building.rows]
    assert rows == [("b2", 2, "bad one; low one"), ("b1", 1, "low one")]
    assert by_building.rows[0]["proposed"] == "Let go"
    assert by_building.columns[0].picks == ("building", "asset_id")


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        ([], ""),
        (["b1", "b2"], "one; two"),
        (["b1", "gone"], "one; and 1 more"),
        (["gone", "gone too"], "2 buildings"),
        (["b1", *["gone"] * 7], "one; and 7 more"),
    ],
)
def test_buildings_are_named_and_those_not_on_the_page_only_counted(
    ids: list[str], said: str
) -> None:
    assert risks.buildings_words(ids, {"b1": "one", "b2": "two"}) == said


def test_six_buildings_are_named_at_most() -> None:
    names = {f"b{n}": f"n{n}" for n in range(9)}
    assert risks.buildings_words([*names], names) == "n0; n1; n2; n3; n4; n5; and 3 more"


def test_the_public_sees_no_sum() -> None:
    found = [risk("r", sum_gbp=123_456.0)]
    keys = {a: [c.key for c in table_of(found, a).columns] for a in (EXEMPT, PUBLIC)}
    assert [k for k in keys[EXEMPT] if k not in keys[PUBLIC]] == ["sum_gbp"]


def test_no_risk_is_not_the_same_as_a_run_that_tells_none() -> None:
    assert table_of([]).empty == "No risk was found."
    assert risks.tables(run_with()) == ()

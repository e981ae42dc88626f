"""Decisions, services that change and what is known of the buildings, for either audience."""

from __future__ import annotations

from dataclasses import replace

import pytest
from toy_run import small_run, write_run

from maps import overlays
from maps.audience import for_public
from maps.runs import RunFrames, read_run
from maps.tables import decisions
from maps.tables.table import Row, Table, cells

REGISTER = [c.key for c in decisions.FACTS]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFrames:
    return read_run(write_run(tmp_path_factory.mktemp("small") / "run", small_run()))


def by_id(run: RunFrames) -> dict[str, Table]:
    return {table.table_id: table for table in decisions.tables(run)}


def row_of(table: Table, asset_id: str) -> Row:
    return next(row for row in table.rows if row["asset_id"] == asset_id)


def test_every_building_is_there_those_let_go_first(run: RunFrames) -> None:
    table = by_id(run)["decisions"]
    assert [row["asset_id"] for row in table.rows] == [
        "b2",
        "b3",
        "b5",
        "b4",
        "b1",
        "b8",
        "b6",
        "b7",
    ]
    assert [row["decision"] for row in table.rows][:3] == ["Let go", "Let go", "Build"]


def test_services_before_and_after_are_told_in_words(run: RunFrames) -> None:
    table = by_id(run)["decisions"]
    assert row_of(table, "b2")["now"] == "Library; Register office"
    assert row_of(table, "b2")["after"] == ""
    assert row_of(table, "b4")["after"] == "Advice service; Library"


def test_alike_services_are_counted_and_outreach_is_said(run: RunFrames) -> None:
    several = run.services.assign(
        service_type="office", to_asset_id="b1", action="move", mode=["full"] * 6 + ["outreach"]
    )
    table = by_id(replace(run, services=several))["decisions"]
    assert row_of(table, "b1")["after"] == "Office staff × 6; Office staff (outreach)"


def test_sums_and_reasons_of_confidential_buildings_are_withheld(run: RunFrames) -> None:
    """The Old Depot (b3) is confidential; its reason names its receipt."""
    telling = run.decisions.assign(reason_text="It brings £777,123.")
    table = by_id(replace(run, decisions=telling))["decisions"]
    hidden = row_of(table, "b3")
    assert hidden["reason"] == overlays.REASON_WITHHELD
    assert {hidden[c.key] for c in decisions.MONEY} == {None}
    assert row_of(table, "b2")["receipt_gbp"] == 654_321
    assert table.notes == ("Blank sums are withheld: 1 building marked confidential.",)


def test_no_note_where_nothing_is_withheld(run: RunFrames) -> None:
    open_ = run.decisions.assign(confidential=False)
    assert by_id(replace(run, decisions=open_))["decisions"].notes == ()


def test_services_that_stay_are_counted_and_not_listed(run: RunFrames) -> None:
    table = by_id(run)["services"]
    assert [(row["unit_id"], row["happens"]) for row in table.rows] == [
        ("u5", "Moves"), ("u2", "Moves"), ("u4", "Moves"), ("u3", "Withdrawn"),
    ]  # fmt: skip
    assert "3 services stay as now" in table.lead
    moved = cells(table)[1]
    assert moved[3].picks == ("building", "b2") and moved[4].picks == ("building", "b4")
    assert cells(table)[3][4].picks is None


def test_outreach_in_place_is_a_change(run: RunFrames) -> None:
    aside = run.services.assign(mode=["outreach"] + ["full"] * 6)
    rows = by_id(replace(run, services=aside))["services"].rows
    assert {row["unit_id"]: row["happens"] for row in rows}["u1"] == "Stays, as outreach"


def test_cost_of_moving_out_of_a_confidential_building_is_withheld(run: RunFrames) -> None:
    cost = {row["unit_id"]: row["move_cost_gbp"] for row in by_id(run)["services"].rows}
    assert cost == {"u2": 1000, "u3": 0, "u4": None, "u5": None}


def test_nothing_moving_is_said(run: RunFrames) -> None:
    still = run.services.assign(action="stay")
    table = by_id(replace(run, services=still))["services"]
    assert not table.rows and table.empty == "No service moves or changes."


def test_what_registers_leave_open_is_said_and_counted(run: RunFrames) -> None:
    """Of eight: two have no grade, two no carbon, two no rating and two no word on access."""
    table = by_id(run)["buildings"]
    first = row_of(table, "b1")
    assert (first["accessible"], first["epc"], first["condition_grade"]) == ("yes", "C", "B")
    third = row_of(table, "b3")
    assert (third["accessible"], third["epc"], third["condition_grade"]) == ("not known",) * 3
    assert row_of(table, "b2")["constraints"] == "Listed; Acv"
    (note,) = table.notes
    assert note.startswith("Not recorded, of 8 buildings: ")
    assert "condition 2" in note and "carbon a year, tonnes 2" in note


def test_runs_of_old_have_no_table_of_the_register(run: RunFrames) -> None:
    old = replace(run, decisions=run.decisions.drop(columns=REGISTER))
    assert list(by_id(old)) == ["decisions", "services"]


def test_the_public_sees_no_sum_and_no_confidential_building(run: RunFrames) -> None:
    public = by_id(for_public(run))
    for table in public.values():
        assert not [c.key for c in table.columns if c.kind == "gbp"]
        assert all(c.key in row for c in table.columns for row in table.rows)
    assert "b3" not in {row["asset_id"] for row in public["decisions"].rows}
    assert public["decisions"].notes == ()
    text = " ".join(cell.text for t in public.values() for row in cells(t) for cell in row)
    assert "Old Depot" not in text and "£" not in text

"""The account of the layers, on small frames and on real registers."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from assets.account import (
    BALANCE_COLUMNS,
    MISPLACED_COLUMNS,
    LayerAccount,
    account,
    of_sheet,
    tables,
)
from assets.checks import check_all
from assets.issues import Issue
from assets.read import read_layer
from assets.schema import LAYERS
from assets.sheets import sheet_of
from assets.trail import aside, joined, none_aside, repairs

BUILDINGS = pd.DataFrame(
    {
        "asset_id": ["b1", "b2", "b3"],
        "name": ["Town Hall", "Library", "Depot"],
        "owner": "Council",
        "asset_type": ["office", "library", "office"],
        "tenure": "freehold",
        "status": "operational",
        "gia_m2": [100, 200, 300],
        "running_cost_gbp_pa": [1000, 2000, 3000],
        "easting": [400000, 401000, 402000],
        "northing": [400000, 401000, 402000],
    }
)


def told_of(kind, frame, *issues, **more):
    return account([of_sheet(sheet_of(kind, frame), **more)], issues)


def checked(kind, path):
    frame = read_layer(path, kind)
    sheet = sheet_of(kind, frame)
    sheets = {name: sheet if name == kind else sheet_of(name, None) for name in LAYERS}
    issues = [issue for issue in check_all(sheets) if issue.layer == kind]
    return account([of_sheet(sheet, source=path.name, rows_in=len(frame))], issues)


# --- what is wrong ---------------------------------------------------------------------------


def issue(rule="buildings.x", severity="error", layer="buildings", ids=("b1",), **more):
    return Issue(rule, more.get("message", "it is wrong"), ids, more.get("remedy", "mend it"),
                 layer, severity)  # fmt: skip


def test_errors_come_first_then_layers_as_given_then_rules_as_found():
    layers = [of_sheet(sheet_of(name, None)) for name in ("services", "buildings")]
    told = account(
        layers,
        [
            issue("buildings.b", "warning"),
            issue("buildings.a"),
            issue("services.z", layer="services"),
            issue("services.a", layer="services"),
            issue("scenario.key", layer=""),
        ],
    )
    assert [group.rule for group in told.groups] == [
        "services.z", "services.a", "buildings.a", "scenario.key", "buildings.b",
    ]  # fmt: skip
    assert (told.errors, told.warnings) == (4, 1)


def test_one_rule_of_one_layer_is_one_group():
    parts = [issue(message="gia_m2 is blank", ids=("b2", "b1")),
             issue(message="tenure is blank", ids=("b1",), remedy="fill it in")]  # fmt: skip
    group = told_of("buildings", BUILDINGS, *parts).groups[0]
    assert group.messages == ("gia_m2 is blank", "tenure is blank")
    assert group.ids == ("b2", "b1")
    assert group.count == 2
    assert group.remedy == "mend it; fill it in"


def test_an_issue_met_twice_is_told_once():
    found = issue()
    layer = of_sheet(sheet_of("buildings", BUILDINGS))
    told = account([dataclasses.replace(layer, issues=(found,))], [found, found])
    assert told.errors == 1


def test_issues_of_the_sheet_are_told_without_asking():
    told = told_of("buildings", BUILDINGS.assign(wibble=1))
    assert any("wibble" in group.ids for group in told.groups)


def test_an_issue_without_ids_counts_as_one():
    assert told_of("buildings", BUILDINGS, issue(ids=())).groups[-1].count == 1


# --- rows ------------------------------------------------------------------------------------


def test_rows_in_are_rows_out_and_rows_set_aside():
    sheet = sheet_of("buildings", BUILDINGS)
    gone = aside("buildings", "total_row", pd.DataFrame({"name": ["Total"]}, index=[5]))
    one = LayerAccount("buildings", sheet, "file.csv", aside=gone, rows_in=4)
    told = account([one])
    assert tuple(told.balance.columns) == BALANCE_COLUMNS
    assert told.balance.to_dict("records") == [
        {"layer": "buildings", "source": "file.csv", "rows_in": 4, "made": 0, "set_aside": 1,
         "rows_out": 3, "lost": 0}
    ]  # fmt: skip
    assert told.errors == 0


def test_rows_made_from_others_are_counted():
    one = LayerAccount("buildings", sheet_of("buildings", BUILDINGS), rows_in=2, made=1)
    assert account([one]).errors == 0


@pytest.mark.parametrize("rows_in", [2, 4])
def test_a_row_that_vanished_or_appeared_is_an_error(rows_in):
    told = account([of_sheet(sheet_of("buildings", BUILDINGS), rows_in=rows_in)])
    assert [group.rule for group in told.groups] == ["buildings.rows_lost"]
    assert told.errors == 1
    assert told.balance["lost"].tolist() == [rows_in - 3]


# --- places ----------------------------------------------------------------------------------


def test_a_place_named_by_a_rule_is_on_the_map_with_where_it_may_belong():
    one = of_sheet(sheet_of("buildings", BUILDINGS))
    hint = pd.DataFrame({"id": ["b2"], "x": [401100.0], "y": [401200.0]})
    one = dataclasses.replace(one, suggested=hint)
    rule = "buildings.far_from_neighbours"
    told = account([one], [issue(rule, ids=("b2", "b3")), issue("buildings.blank_cell")])
    assert tuple(told.misplaced.columns) == MISPLACED_COLUMNS
    b2, b3 = told.misplaced.to_dict("records")
    assert b2 == {"layer": "buildings", "id": "b2", "name": "Library", "x": 401000.0,
                  "y": 401000.0, "rule": "far_from_neighbours", "suggested_x": 401100.0,
                  "suggested_y": 401200.0}  # fmt: skip
    assert (b3["id"], np.isnan(b3["suggested_x"])) == ("b3", True)
    assert told.places["id"].tolist() == ["b1", "b2", "b3"]


def test_swapped_axes_belong_the_other_way_round():
    one = dataclasses.replace(of_sheet(sheet_of("buildings", BUILDINGS.assign(northing=300000))),
                              suggested=pd.DataFrame({"id": [], "x": [], "y": []}))  # fmt: skip
    told = account([one], [issue("buildings.maybe_swapped", ids=("b1",))])
    row = told.misplaced.iloc[0]
    assert (row["suggested_x"], row["suggested_y"]) == (300000.0, 400000.0)


def test_a_row_under_two_rules_is_one_place_and_one_without_a_point_is_none():
    frame = BUILDINGS.assign(easting=[400000, 401000, None])
    found = [issue("buildings.outside_gb", ids=("b1", "b3")),
             issue("buildings.far_from_postcode", "warning", ids=("b1",))]  # fmt: skip
    told = told_of("buildings", frame, *found)
    assert told.misplaced[["id", "rule"]].to_numpy().tolist() == [["b1", "outside_gb"]]


# --- as tables -------------------------------------------------------------------------------


def test_a_line_per_id_with_its_row_and_name():
    lines = tables(told_of("buildings", BUILDINGS, issue(ids=("b3", "b1"))))["issues"]
    assert lines.to_numpy().tolist() == [
        ["error", "buildings", "buildings.x", "it is wrong", "b3", "4", "Depot", "mend it"],
        ["error", "buildings", "buildings.x", "it is wrong", "b1", "2", "Town Hall", "mend it"],
    ]


def test_rows_of_one_id_are_told_together_and_an_unknown_id_alone():
    frame = BUILDINGS.assign(asset_id=["b1", "b1", "b3"])
    told = told_of("buildings", frame, issue(ids=("b1", "gia_m2")), issue("r.y", ids=()))
    lines = tables(told)["issues"]
    assert lines[["id", "row", "name"]].to_numpy().tolist() == [
        ["b1", "2, 3", "Town Hall"], ["gia_m2", "", ""], ["", "", ""],
    ]  # fmt: skip


def test_a_row_without_a_name_is_known_by_its_address_or_postcode():
    frame = BUILDINGS.assign(name="", address=["1 High St", "", ""], postcode="AB1 2CD")
    assert told_of("buildings", frame).known["name"].tolist() == [
        "1 High St", "AB1 2CD", "AB1 2CD",
    ]  # fmt: skip


def test_no_table_holds_what_a_spreadsheet_would_run():
    evil = ["=1+1", "@x", "+3", "-4+1"]
    frame = pd.concat([BUILDINGS, BUILDINGS.iloc[:1]]).assign(name=evil, asset_id=evil)
    sheet = sheet_of("buildings", frame)
    before, after = pd.Series(evil), pd.Series([f"={e}" for e in evil])
    made = repairs("buildings", "name", "published_word", before=before, after=after)
    mapping = pd.DataFrame({"heading": evil, "column": "name", "how": "=", "suggestion": "@"})
    gone = aside("buildings", "closed", frame, ids=evil)
    one = LayerAccount("buildings", sheet, "=file", issues=(issue(ids=tuple(evil)),),
                       repairs=made, aside=gone, mapping=mapping, rows_in=8)  # fmt: skip
    found = tables(account([one], [issue("=r", message="=m", remedy="-r", layer="@l")]))
    for name, table in found.items():
        for cell in table.to_numpy().ravel():
            assert not (isinstance(cell, str) and cell.startswith(("=", "+", "-", "@"))), name
    assert found["issues"]["id"].str.contains("=1+1", regex=False).any(), "nothing is lost"


def test_an_account_of_nothing_has_every_table_with_its_columns():
    found = tables(account([]))
    assert list(found) == [
        "issues", "repairs", "set_aside", "completeness", "headings", "misplaced", "rows",
    ]  # fmt: skip
    assert all(len(table) == 0 and len(table.columns) for table in found.values())


def test_every_source_heading_is_in_the_table_of_headings():
    frame = BUILDINGS.rename(columns={"name": "PropertyName"}).assign(wibble=1)
    told = tables(told_of("buildings", frame))["headings"]
    assert set(told["heading"]) == set(frame.columns)
    assert dict(zip(told["heading"], told["column"], strict=True))["PropertyName"] == "name"


def test_the_frames_given_are_not_changed():
    one = of_sheet(sheet_of("buildings", BUILDINGS))
    before = one.sheet.frame.copy(), one.repairs.copy(), one.mapping.copy()
    tables(account([one], [issue()]))
    after = one.sheet.frame, one.repairs, one.mapping
    for old, new in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(old, new)


# --- real registers --------------------------------------------------------------------------


def test_the_home_office_list(shared_data):
    told = checked("stations", shared_data / "fire_stations_england/home_office_fire_stations.csv")
    assert told.balance[["rows_in", "set_aside", "rows_out", "lost"]].to_numpy().tolist() == [
        [1399, 0, 1399, 0]
    ]
    place = told.completeness.set_index("column").loc["place"]
    assert (place["filled"], place["rows"]) == (1373, 1399), "25 say where to ask, one is at sea"
    at_sea = told.misplaced[told.misplaced["rule"] == "outside_gb"]
    assert at_sea[["name", "x", "suggested_x"]].to_numpy().tolist() == [
        ["Fowey Fire Station", 21248.0, 212480.0]
    ]
    assert len(tables(told)["issues"]) == sum(len(i.ids) for g in told.groups for i in g.issues)


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("trafford/trafford_land_and_building_assets.csv", 608),
        ("derbyshire_fire_register/derbyshire_fire_land_and_assets.xlsx", 56),
    ],
)
def test_council_registers_add_up(shared_data, path, rows):
    told = checked("buildings", shared_data / path)
    row = told.balance.iloc[0]
    assert row["rows_in"] == rows == row["rows_out"] + row["set_aside"]
    assert row["lost"] == 0
    assert told.errors > 0
    for cells in joined([told.aside], none_aside())["cells"]:
        assert isinstance(json.loads(cells), dict)
    complete = told.completeness.set_index("column")
    assert complete.loc["running_cost_gbp_pa", "filled"] == 0
    assert "stop a plan" in complete.loc["running_cost_gbp_pa", "consequence"]

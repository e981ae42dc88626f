"""Two editions of a register: every row accounted for, every difference told, nothing guessed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.comparing.compare import compare, tables
from assets.comparing.differences import KINDS, kind_of
from assets.comparing.matching import match
from assets.comparing.vintages import id_key, plain, postcode_key, uprn_key
from assets.read import read_layer
from assets.sheets import sheet_of

COLUMNS = (
    *("asset_id", "uprn", "name", "owner", "asset_type", "tenure", "status", "gia_m2"),
    *("easting", "northing", "postcode"),
)
ROWS = (
    ("A1", "100", "Town Hall", "Council", "town_hall", "freehold", "operational", "900",
     "450000", "300000", "AB1 2CD"),
    ("A2", "200", "Market Street Library", "Council", "library", "freehold", "operational", "400",
     "451000", "301000", "AB1 3CD"),
    ("A3", "", "Mill Depot", "Council", "other", "leasehold", "vacant", "100",
     "452000", "302000", "AB1 4CD"),
    ("A4", "400", "Quay Office", "Council", "office", "freehold", "operational", "250",
     "453000", "303000", "AB1 5CD"),
)  # fmt: skip


def register(rows=ROWS):
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS), dtype=object)
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    return frame


def edited(row, **cells):
    """The register with some cells of one row changed."""
    frame = register()
    for column, value in cells.items():
        frame.loc[frame["asset_id"] == row, column] = value
    return frame


def kinds(comparison):
    return {k: comparison.counts[k] for k in KINDS if comparison.counts[k]}


def rules(comparison):
    return {issue.rule for issue in comparison.issues}


def matched(comparison):
    """Old id -> (new id, rule)."""
    table = comparison.matches
    return {
        old: (new, rule)
        for old, new, rule in zip(
            table["old_id"], table["new_id"], table["matched_by"], strict=True
        )
    }


def adds_up(comparison):
    counts = comparison.counts
    assert comparison.old.rows == counts["matched"] + counts["removed"]
    assert comparison.new.rows == counts["matched"] + counts["added"]
    assert counts["matched"] == counts["unchanged"] + counts["changed"]
    assert counts["matched"] == sum(
        counts[f"by_{r}"] for r in ("uprn", "asset_id", "name_and_place")
    )
    assert len(comparison.matches) == counts["matched"]
    for side in ("old_row", "new_row"):
        assert not comparison.matches[side].duplicated().any()
    return True


def test_a_register_is_itself():
    same = compare(register(), register())
    assert adds_up(same)
    assert same.counts["unchanged"] == 4
    assert kinds(same) == {}
    assert matched(same)["A3"] == ("A3", "asset_id")  # it has no UPRN
    assert matched(same)["A1"] == ("A1", "uprn")
    assert same.issues == ()


@pytest.mark.parametrize(
    ("cells", "kind", "column", "before", "after"),
    [
        ({"name": "Civic Centre"}, "renamed", "name", "Town Hall", "Civic Centre"),
        ({"tenure": "leasehold"}, "retenured", "tenure", "freehold", "leasehold"),
        ({"status": "vacant"}, "restatus", "status", "operational", "vacant"),
        ({"asset_type": "office"}, "retyped", "asset_type", "town_hall", "office"),
        ({"gia_m2": "950.5"}, "resized", "gia_m2", "900", "950.5"),
        ({"owner": "Trust"}, "reowned", "owner", "Council", "Trust"),
        ({"postcode": "AB9 9CD"}, "readdressed", "postcode", "AB1 2CD", "AB9 9CD"),
        ({"asset_id": "B7"}, "recoded", "asset_id", "A1", "B7"),
        ({"uprn": "101"}, "recoded", "uprn", "100", "101"),
        ({"name": "TOWN  HALL."}, "respelt", "name", "Town Hall", "TOWN HALL."),
        ({"easting": "450030", "northing": "300040"}, "moved", "place", "450000, 300000",
         "450030, 300040"),
        ({"easting": "", "northing": ""}, "unplaced", "place", "450000, 300000", ""),
    ],
)  # fmt: skip
def test_each_kind_of_change(cells, kind, column, before, after):
    found = compare(register(), edited("A1", **cells))
    assert adds_up(found)
    assert kinds(found) == {kind: 1}
    assert found.counts["unchanged"] == 3
    (change,) = found.changes.to_dict("records")
    assert (change["kind"], change["column"]) == (kind, column)
    assert (change["before"], change["after"]) == (before, after)


def test_a_move_is_measured_and_one_metre_is_none():
    moved = compare(register(), edited("A1", easting="450030", northing="300040"))
    assert moved.matches.set_index("old_id").loc["A1", "moved_m"] == 50.0
    assert moved.changes["how"].tolist() == ["50 m"]
    assert kinds(compare(register(), edited("A1", easting="450001"))) == {}
    assert kinds(compare(register(), edited("A1", easting="450001.1"))) == {"moved": 1}


def test_a_figure_nobody_can_read_is_told_as_it_stands():
    found = compare(register(), edited("A1", gia_m2="about nine hundred"))
    (change,) = found.changes.to_dict("records")
    assert (change["before"], change["after"]) == ("900", "about nine hundred")


def test_added_and_removed_rows_are_listed():
    new = register([*ROWS[1:], ("A9", "900", "Hub", *ROWS[0][3:8], "470000", "320000", "ZZ1 1ZZ")])
    found = compare(register(), new)
    assert adds_up(found)
    assert found.removed["id"].tolist() == ["A1"]
    assert found.added["id"].tolist() == ["A9"]
    assert found.added["easting"].tolist() == [470000.0]
    assert set(found.points["what"]) == {"kept", "removed", "added"}


def test_ids_that_lost_their_noughts_and_spelling_still_match():
    old = register([("007", *ROWS[2][1:])])
    new = register([("7", *ROWS[2][1:])])
    found = compare(old, new)
    assert matched(found) == {"007": ("7", "asset_id")}
    assert kinds(found) == {"respelt": 1}


def test_without_keys_name_and_place_decide():
    old = register().drop(columns=["asset_id", "uprn"])
    new = old.copy()
    new.loc[2, "easting"] = "450100"  # exactly 100 m
    new.loc[3, ["easting", "northing"]] = ["460000", "310000"]  # far, but the same postcode
    new.loc[4, ["easting", "northing", "postcode"]] = ["452101", "302000", "AB7 7ZZ"]
    found = compare(old, new)
    assert adds_up(found)
    evidence = dict(zip(found.matches["name"], found.matches["evidence"], strict=True))
    assert evidence["Town Hall"] == "same name, 100 m apart"
    assert evidence["Market Street Library"] == "same name and postcode"
    assert "Mill Depot" not in evidence  # 101 m away and another postcode
    assert found.possible["reason"].tolist() == ["same name"]
    assert found.removed["note"].tolist() == ["perhaps row 4 (Mill Depot): same name"]


def test_part_of_a_postcode_proves_nothing():
    old = register([("", "", *ROWS[0][2:8], "", "", "AB1")])
    found = compare(old, old.assign(gia_m2="12"))
    assert found.counts["matched"] == 0
    assert found.possible["reason"].tolist() == ["same name"]


def test_twins_are_paired_one_to_one():
    def twin(gia_m2):
        return ("", "", *ROWS[0][2:7], gia_m2, *ROWS[0][8:])

    found = compare(
        register([twin("20"), twin("30"), twin("40")]), register([twin("40"), twin("20")])
    )
    assert adds_up(found)
    assert (found.counts["unchanged"], found.counts["removed"]) == (2, 1)
    assert found.removed["gia_m2"].tolist() == ["30"]
    found = compare(register([twin("20"), twin("30")]), register([twin("50")]))
    assert adds_up(found)
    assert found.matches["evidence"].tolist() == ["same name and point; one of 2 alike"]


def test_a_common_word_more_is_the_same_name_only_where_nothing_else_fits():
    old = register([("", "", "Coundon", *ROWS[0][3:])])
    new = register([("", "", "Coundon Library", *ROWS[0][3:])])
    found = compare(old, new)
    assert found.matches["evidence"].str.startswith("names alike").tolist() == [True]
    assert kinds(found) == {"renamed": 1}
    other = register([("", "", "Coundon Shelter", *ROWS[0][3:])])
    assert compare(old, other).counts["matched"] == 0
    both = pd.concat([new, new.assign(name="Coundon Hall")], ignore_index=True)
    assert compare(old, both).counts["matched"] == 0


def test_shared_uprns_are_matched_by_other_keys_and_said():
    rows = [("A1", "100", "Park", *ROWS[0][3:]), ("A2", "100", "Park Lodge", *ROWS[0][3:])]
    found = compare(register(rows), register(rows))
    assert {rule for _, rule in matched(found).values()} == {"asset_id"}
    assert rules(found) == {"compare.shared_uprn"}


def test_the_uprn_goes_before_the_asset_id_and_the_dispute_is_told():
    swapped = register()
    swapped["asset_id"] = ["A4", "A2", "A3", "A1"]
    swapped["name"] = ["Hall One", "Market Street Library", "Mill Depot", "Office Two"]
    found = compare(register(), swapped)
    assert matched(found)["A1"] == ("A4", "uprn")
    dispute = next(i for i in found.issues if i.rule == "compare.keys_disagree")
    assert dispute.ids == ("A1", "A4")


def test_id_and_name_together_outvote_a_uprn():
    swapped = register()
    swapped["uprn"] = ["400", "200", "", "100"]
    found = compare(register(), swapped)
    assert matched(found)["A1"] == ("A1", "asset_id")
    assert kinds(found) == {"recoded": 2}
    assert rules(found) == {"compare.key_not_believed"}


def test_running_numbers_are_no_identifiers():
    old = register([(str(n), "", *row[2:]) for n, row in enumerate(ROWS)])
    new = register([(str(n), "", *row[2:]) for n, row in enumerate(ROWS[1:])])
    found = compare(old, new)
    assert adds_up(found)
    assert found.counts["by_name_and_place"] == 3
    assert found.removed["name"].tolist() == ["Town Hall"]
    assert "compare.key_not_believed" in rules(found)


def test_uprns_split_and_merged():
    rows = [("A1", "1", "Park", *ROWS[0][3:]), ("A2", "2", "Lodge", *ROWS[1][3:]),
            ("A3", "2", "Cafe", *ROWS[1][3:]), ("A4", "3", "Mill", *ROWS[2][3:]),
            ("A5", "4", "Yard", *ROWS[3][3:])]  # fmt: skip
    new = [("A1", "1", "Park", *ROWS[0][3:]), ("A6", "1", "Shelter", *ROWS[0][3:]),
           ("A2", "20", "Lodge", *ROWS[1][3:]), ("A3", "21", "Cafe", *ROWS[1][3:]),
           ("A4", "9", "Mill", *ROWS[2][3:]), ("A5", "9", "Yard", *ROWS[3][3:])]  # fmt: skip
    found = compare(register(rows), register(new))
    told = [tuple(row) for row in found.uprns.itertuples(index=False)]
    assert told == [
        ("merged", "3; 4", "9", "A4; A5", "A4; A5"),
        ("split", "1", "1", "A1", "A1; A6"),
        ("split", "2", "20; 21", "A2; A3", "A2; A3"),
    ]


def test_columns_of_the_edition_are_no_changes():
    old = register().assign(Extracted="2024-01-01", Remarks="x", src_note="a")
    new = register().assign(Extracted="2025-01-01", Remarks=["x", "y", "x", "x"], src_note="b")
    found = compare(old, new)
    assert kinds(found) == {"other": 1}
    issue = next(i for i in found.issues if i.rule == "compare.edition_columns")
    assert issue.ids == ("Extracted",)


def test_headings_the_planner_does_not_know_go_by_their_words():
    assert kind_of("Tenure since") == "retenured"
    assert kind_of("Postal address (second)") == "readdressed"
    assert kind_of("market_value_gbp") == "revalued"
    assert kind_of("Remarks") == "other"


def test_a_column_one_register_lacks_is_said_and_not_compared():
    found = compare(register(), register().drop(columns="gia_m2"))
    assert kinds(found) == {}
    issue = next(i for i in found.issues if i.rule == "compare.column_missing")
    assert issue.ids == ("gia_m2",)
    row = found.columns.set_index("column").loc["gia_m2"]
    assert (row["in_old"], row["in_new"], row["compared"]) == (True, False, False)


def test_a_removed_row_the_new_register_set_aside_says_why():
    sheet = sheet_of("buildings", register(ROWS[1:]))
    cells = json.dumps({"UPRN": "100", "Year closed": "2020"})
    aside = pd.DataFrame(
        [("buildings", 9, "A1", "closed", cells)], columns=["layer", "row", "id", "rule", "cells"]
    )
    closed = replace(sheet, aside=aside)
    found = compare(register(), closed, new_name="new.csv")
    assert found.removed["note"].tolist() == ["row 9 of new.csv was set aside: closed"]
    assert (found.new.rows, found.new.aside) == (3, 1)


def test_registers_with_little_or_nothing_in_common():
    empty = compare(register(), register([]))
    assert adds_up(empty)
    assert empty.counts["removed"] == 4
    assert "compare.no_rows" in rules(empty)
    other = register([(f"Z{n}", f"9{n}", f"Barn {n}", *row[3:8], "560000", f"25{n}000", "")
                      for n, row in enumerate(ROWS)])  # fmt: skip
    found = compare(register(), other)
    assert adds_up(found)
    assert found.counts["matched"] == 0
    assert "compare.few_matches" in rules(found)


def test_only_names():
    names = register()[["name"]]
    found = compare(names, names)
    assert adds_up(found)
    assert found.counts["unchanged"] == 4


def test_tables_are_safe_in_a_spreadsheet():
    found = compare(register(), edited("A1", name="=cmd()", owner="@x"))
    told = tables(found)
    assert told["changes"]["after"].tolist() == ["'=cmd()", "'@x"]
    assert {"summary", "matched", "added", "removed", "changes", "set_aside"} <= set(told)
    assert told["matched"]["moved_m"].dtype == np.float64


def test_keys():
    assert uprn_key(" 000123 ") == "123"
    assert (id_key("00"), id_key("A 01"), id_key("0012")) == ("0", "a01", "12")
    assert (postcode_key("al10 0da"), postcode_key("M31")) == ("AL100DA", "")
    assert plain("The Café & Bar") == "cafe and bar"


CELLS = st.sampled_from(("", "1", "2", "3"))
SMALL = st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=7)


def keys(rows):
    """Keys of rows that say an id, a UPRN, a name and a place, or not; index = row numbers."""
    table = pd.DataFrame(rows, columns=["asset_id", "uprn", "name", "at"], dtype=object)
    x = table["at"].map(lambda n: 450_000.0 + 60 * int(n) if n else np.nan).astype(float)
    return table.assign(
        x=x,
        y=x * 0 + 300_000.0,
        postcode="",
        address="",
        content=pd.util.hash_pandas_object(table, index=False),
    ).rename_axis("row")


def told(pairs, old, new):
    """What the matched rows say, whatever their numbers."""
    return sorted(
        (*old.loc[a, COMPARED], *new.loc[b, COMPARED], rule)
        for a, b, rule in zip(pairs["old"], pairs["new"], pairs["matched_by"], strict=True)
    )


COMPARED = ["asset_id", "uprn", "name", "at"]


@settings(max_examples=20)
@given(SMALL, SMALL, st.randoms(use_true_random=False))
def test_matches_are_one_to_one_and_shuffled_rows_change_nothing(old, new, random):
    first, second = keys(old), keys(new)
    pairs = match(first, second).pairs
    assert not pairs["old"].duplicated().any() and not pairs["new"].duplicated().any()
    assert pairs["old"].isin(first.index).all() and pairs["new"].isin(second.index).all()
    random.shuffle(old)
    random.shuffle(new)
    again = match(keys(old), keys(new)).pairs
    assert told(again, keys(old), keys(new)) == told(pairs, first, second)


@settings(max_examples=10)
@given(SMALL)
def test_every_row_with_a_name_is_found_in_its_own_register(rows):
    named = keys([row for row in rows if row[2]])
    pairs = match(named, named).pairs
    assert len(pairs) == len(named)
    assert (named["content"].loc[pairs["old"]].to_numpy()
            == named["content"].loc[pairs["new"]].to_numpy()).all()  # fmt: skip


# --- real registers ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def council(shared_data):
    path = shared_data / "trafford" / "trafford_land_and_building_assets.csv"
    return read_layer(path, "buildings")


def test_a_council_register_against_an_edited_copy(council):
    new = council.copy()
    rows = list(council.index)
    new.loc[rows[0:5], "PropertyName"] = [f"Renamed place {n}" for n in range(5)]
    freehold = council.index[council["TenureType"] == "Freehold"][40:47]
    new.loc[freehold, "TenureType"] = "Leasehold"
    placed = council.index[(council["GeoX"] != "") & (council["HoldingType"] == "Land")][50:56]
    new.loc[placed, "GeoY"] = [f"{float(y) + 0.01:.6f}" for y in council.loc[placed, "GeoY"]]
    new["EffectiveDate"] = "2026-04-01"
    gone = rows[300:308]
    extra = council.loc[rows[10:13]].assign(
        AssetCode=["N1", "N2", "N3"], PropertyName=["New hub", "New depot", "New yard"], UPRN=""
    )
    new = pd.concat([new.drop(index=gone), extra]).sample(frac=1, random_state=1)
    new.index = pd.RangeIndex(2, len(new) + 2, name="row")
    found = compare(council, new)
    assert adds_up(found)
    assert found.old.rows + found.old.aside == 608
    assert found.new.rows + found.new.aside == 603
    assert (found.counts["removed"], found.counts["added"]) == (8, 3)
    assert found.counts["renamed"] == 5
    assert found.counts["retenured"] == 7
    assert found.counts["moved"] == 6
    assert found.counts["by_uprn"] > 200
    moved_m = found.matches["moved_m"].dropna()
    assert moved_m.between(1_111, 1_114).tolist() == [True] * 6  # 0.01 degrees of latitude


def test_libraries_against_a_copy_in_which_some_closed(shared_data):
    path = shared_data / "libraries_england" / "basic-dataset-for-libraries-2023-enhanced.csv"
    old = read_layer(path, "buildings")
    new = old.copy()
    mobile = old["Type"].str.contains("mobile", case=False)
    open_ = old.index[(old["Year closed"] == "") & (old["Name"] != "") & ~mobile]
    new.loc[open_[100:120], "Year closed"] = "2020"
    new.loc[open_[200:230], "Postcode"] = ""
    new = new.sample(frac=1, random_state=1)
    new.index = pd.RangeIndex(2, len(new) + 2, name="row")
    found = compare(old, new)
    assert adds_up(found)
    assert found.old.rows + found.old.aside == found.new.rows + found.new.aside == 3539
    assert found.counts["removed"] == 20
    assert found.removed["note"].str.endswith("was set aside: closed").all()
    assert found.counts["added"] == 0
    assert found.counts["readdressed"] == 30

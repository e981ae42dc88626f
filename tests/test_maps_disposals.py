"""Buildings let go, by year and one by one; figures of tests/toy_figures."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from toy_figures import disposals_frame, run_with

from maps.runs import PUBLIC
from maps.tables import disposals
from maps.tables.table import Table, cells


def table_of(table_id: str, **changes: Any) -> Table:
    """One of the tables of disposals."""
    found = {t.table_id: t for t in disposals.tables(run_with(**changes))}
    return found[table_id]


def test_a_building_counts_in_the_year_it_is_left_and_its_receipt_in_the_year_it_comes() -> None:
    made = table_of("disposals-by-year")
    keys = ("year", "let_go", "so_far", "received", "net_receipt_gbp", "receipts_so_far_gbp")
    assert [tuple(row[k] for k in keys) for row in made.rows] == [
        ("2026/27", 2, 2, 0, 0.0, 0.0),
        ("2027/28", 0, 2, 1, 400.0, 400.0),
        ("2028/29", 0, 2, 1, 300.0, 700.0),
    ]
    assert [row["value_low_gbp"] for row in made.rows] == [0.0, 350.0, 250.0]


def test_the_public_sees_how_many_and_when_but_no_value() -> None:
    made = disposals.tables(run_with(audience=PUBLIC))
    assert [t.table_id for t in made] == ["disposals-by-year", "disposals", "disposal-conditions"]
    assert made[0].notes == (disposals.LEFT_OUT,)
    for table in made:
        assert not [c.key for c in table.columns if c.key.endswith(("_gbp", "_pct"))]
        assert "£" not in " ".join(c.text for row in cells(table) for c in row)


def test_the_public_table_needs_no_column_of_money() -> None:
    frame = disposals_frame()
    bare = frame.drop(columns=[c for c in frame if c.endswith(("_gbp", "_pct"))])
    made = disposals.tables(run_with(tables={"disposals": bare}, audience=PUBLIC))
    assert [row["let_go"] for row in made[0].rows] == [2, 0, 0]
    assert [row["name"] for row in made[1].rows] == ["Casterbridge library", "Old Depot"]


def test_money_of_a_confidential_building_is_withheld_and_counted() -> None:
    made = table_of("disposals-money")
    keys = [c.key for c in made.columns if c.key.endswith("_gbp")]
    assert keys == ["value_low_gbp", "value_gbp", "value_high_gbp", "net_receipt_gbp"]
    assert [made.rows[0][k] for k in keys] == [350.0, 420.0, 500.0, 400.0]
    assert [made.rows[1][k] for k in keys] == [None] * 4
    assert any("1 confidential" in note for note in made.notes)


def test_columns_with_nothing_in_them_are_left_out() -> None:
    assert "notice_by" not in [c.key for c in table_of("disposals").columns]
    assert "lease_exit_gbp" not in [c.key for c in table_of("disposals-money").columns]
    frame = disposals_frame().assign(notice_by=["2026-09-01", ""], lease_exit_gbp=[0.0, 5.0])
    dated = {"disposals": frame}
    assert "notice_by" in [c.key for c in table_of("disposals", tables=dated).columns]
    assert "lease_exit_gbp" in [c.key for c in table_of("disposals-money", tables=dated).columns]


def test_conditions_are_numbered_from_the_commonest_and_told_once() -> None:
    told = ["best consideration; listed: consent is needed", "best consideration"]
    frame = disposals_frame().assign(conditions=told)
    made = table_of("disposals", tables={"disposals": frame})
    assert [row["conditions"] for row in made.rows] == ["1, 2", "1"]
    asked = table_of("disposal-conditions", tables={"disposals": frame})
    assert [[c.text for c in row] for row in cells(asked)] == [
        ["1", "best consideration", "2", "Casterbridge library; Old Depot"],
        ["2", "listed: consent is needed", "1", "Casterbridge library"],
    ]


def test_a_condition_of_many_buildings_names_six_of_them() -> None:
    many = pd.concat([disposals_frame()] * 4, ignore_index=True)
    (row,) = table_of("disposal-conditions", tables={"disposals": many}).rows
    assert row["of"] == 8
    assert row["names"].endswith("; and 2 more")


def test_a_run_of_old_tells_what_its_decisions_tell() -> None:
    made = table_of("disposals", tables={})
    assert [row["asset_id"] for row in made.rows] == ["b2", "b3"]
    sums = table_of("disposals-money", tables={}).rows
    assert [row["net_receipt_gbp"] for row in sums] == [654_321.0, None]
    (year,) = table_of("disposals-by-year", tables={}).rows
    assert (year["year"], year["let_go"]) == (disposals.NOT_DATED, 2)
    assert year["net_receipt_gbp"] == 654_321.0 + 777_123.0


def test_nothing_let_go_is_said() -> None:
    none = disposals_frame().iloc[:0]
    (made,) = disposals.tables(run_with(tables={"disposals": none}))
    assert (made.rows, made.empty) == ((), "No building is let go.")


@pytest.mark.parametrize("public", [True, False])
def test_how_sure_the_receipts_are_is_for_the_exempt_only(public: bool) -> None:
    risk = {"counted_gbp": 700.0, "low_gbp": 600.0, "at_risk_gbp": 100.0, "needed_share": 0.25}
    audience = PUBLIC if public else "exempt"
    run = run_with(money={"receipts_at_risk": risk}, audience=audience)
    found = {t.table_id: t for t in disposals.tables(run)}
    assert ("receipts-at-risk" in found) is not public
    if not public:
        texts = [row[1].text for row in cells(found["receipts-at-risk"])]
        assert texts == ["£700", "£600", "£100", "25.0%"]

"""Money by partner and year: every cell added up by hand from tests/toy_figures."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_figures import OURS, THEIRS, money_frame, run_with

from maps.runs import PUBLIC
from maps.tables import money
from maps.tables.table import Table, cells


def row_of(table: Table, party: str, what: str) -> dict[str, Any]:
    """The one row of a party and a kind of money."""
    (found,) = [r for r in table.rows if r["party"] == party and r["what"] == what]
    return dict(found)


def by_year(**changes: Any) -> Table:
    """The table of money by partner and year."""
    made = money.by_year(run_with(**changes))
    assert made is not None
    return made


def test_financial_years_stand_across_and_the_later_ones_in_one_column() -> None:
    made = by_year(money={"years_shown": 4})
    assert [c.label for c in made.columns] == [
        *("Whose money", "What", "2026/27", "2027/28", "2028/29", "2029/30"),
        *("2030/31 to 2035/36", "All years", "Present value"),
    ]


@pytest.mark.parametrize(("asked", "shown"), [(1, 4), (6, 6), (40, 8)])
def test_as_many_years_are_shown_as_things_happen_in(asked: int, shown: int) -> None:
    made = by_year(money={"years_shown": asked})
    assert sum(c.key[1:2].isdigit() for c in made.columns) == shown


def test_every_kind_of_a_partner_is_added_up_by_year() -> None:
    made = by_year()
    receipts = row_of(made, OURS, "Receipts from sales")
    assert [receipts[f"y{y}_gbp"] for y in range(4)] == [0.0, 400.0, 300.0, 0.0]
    saved = row_of(made, OURS, "Saved (or spent) every year")
    assert (saved["later_gbp"], saved["total_gbp"], saved["pv_gbp"]) == (60.0, 90.0, 45.0)


def test_the_net_of_a_partner_has_its_rent_but_not_what_stands_beside_the_value() -> None:
    made = by_year()
    ours = row_of(made, OURS, "Net cash")
    assert ours["y0_gbp"] == -100.0  # the 70 of repairs avoided are no cash
    assert ours["y1_gbp"] == -50.0 + 400.0 + 10.0 - 2.0
    assert ours["total_gbp"] == -150.0 + 700.0 + 90.0 - 18.0
    assert row_of(made, THEIRS, "Net cash")["total_gbp"] == -30.0 + 18.0
    beside = row_of(made, OURS, "Backlog avoided (beside the value, not in it)")
    assert beside["total_gbp"] == 70.0


def test_all_partners_come_first_and_rent_between_them_nets_out() -> None:
    made = by_year()
    assert made.rows[0]["party"] == money.ALL
    whole = row_of(made, money.ALL, "Net cash")
    parts = [row_of(made, party, "Net cash") for party in (OURS, THEIRS)]
    for key in ("y0_gbp", "y1_gbp", "later_gbp", "total_gbp"):
        assert whole[key] == sum(part[key] for part in parts)
    words = money.KIND_WORDS["transfer"]
    assert not [r for r in made.rows if r["party"] == money.ALL and r["what"] == words]


def test_a_sum_with_a_part_that_is_not_published_is_blank_and_never_the_rest() -> None:
    frame = money_frame()
    frame.loc[(frame["line"] == "receipt") & (frame["year"] == 2), "amount_gbp"] = math.nan
    made = by_year(tables={"money": frame}, audience=PUBLIC)
    receipts = row_of(made, OURS, "Receipts from sales")
    assert receipts["y1_gbp"] == 400.0
    for row in (receipts, row_of(made, OURS, "Net cash"), row_of(made, money.ALL, "Net cash")):
        assert math.isnan(row["y2_gbp"])
        assert math.isnan(row["total_gbp"])
    assert money.SUPPRESSED in made.notes
    text = {r["what"]: line for r, line in zip(made.rows, cells(made), strict=True)}
    assert text["Receipts from sales"][4].text == ""


@given(st.lists(st.floats(-1e7, 1e7).map(lambda v: round(v, 2)), max_size=30))
def test_sums_are_to_the_penny_whatever_the_order(amounts: list[float]) -> None:
    assert money.pounds_sum(amounts) == money.pounds_sum(sorted(amounts))
    assert money.pounds_sum(amounts) == pytest.approx(math.fsum(amounts), abs=0.001)


def test_a_run_without_books_has_no_tables_of_money() -> None:
    assert money.tables(run_with(tables={})) == ()
    empty = money_frame().iloc[:0]
    assert money.tables(run_with(tables={"money": empty})) == ()


PARTNERS = [
    {"party": OURS, "role": "owner", "npv_gbp": 311.0, "worse_off": False, "years_worse": ""},
    {
        "party": THEIRS,
        "role": "operator",
        "npv_gbp": -6.0,
        "worse_off": True,
        "years_worse": "2026/27; 2027/28; 2030/31",
    },
]


def test_partners_who_lose_are_marked_with_the_years_in_which_they_do() -> None:
    made = money.partners(run_with(money={"partners": PARTNERS}))
    assert made is not None
    assert [bool(row["marked"]) for row in made.rows] == [False, True]
    assert [row["worse"] for row in made.rows] == ["no", "yes"]
    assert made.rows[1]["years"] == "2026/27 to 2027/28; 2030/31"
    assert made.lead.startswith("1 of 2 partners")


def test_nobody_worse_off_is_said() -> None:
    made = money.partners(run_with(money={"partners": PARTNERS[:1]}))
    assert made is not None
    assert made.lead.startswith("No partner")


def reading(years: int, npv: float, bias: float) -> dict[str, Any]:
    """A row of run.json's readings."""
    keys = ("npv_gbp", "npv_maintenance_gbp", "npv_bias_gbp", "npv_bias_maintenance_gbp")
    return {
        "horizon_yr": years,
        "receipts": "low",
        **dict(zip(keys, (npv, npv, bias, bias), strict=True)),
    }


def test_readings_that_turn_the_sign_are_marked() -> None:
    told = {
        "npv_gbp": 5.0,
        "readings": [reading(10, 3.0, -1.0), reading(25, 0.0, 2.0)],
        "changes_sign": ["With optimism bias over 10 years it is a loss."],
    }
    made = money.readings(run_with(money=told))
    assert made is not None
    assert [row["marked"] for row in made.rows] == [True, False]  # nought is no loss
    assert made.notes == ("With optimism bias over 10 years it is a loss.",)


def test_payments_that_cannot_mend_it_say_so() -> None:
    paid = [{"party": THEIRS, "year": "2026/27", "amount_gbp": 6.0}]
    told = {"rule": "npv", "enough": False, "payments": paid, "short": []}
    made = money.settlement(run_with(money={"settlement": told}))
    assert made is not None
    assert cells(made)[0][2].text == "+£6"
    assert any("cannot be mended" in note for note in made.notes)


def test_lines_say_whose_saving_they_are() -> None:
    line = {"line": "income", "label": "Further income", "kind": "annual", "tag": "partner"}
    apart = {"line": "x", "label": "Backlog avoided", "kind": "apart", "tag": "property"}
    found = [{**one, "amount_gbp": 9.0, "pv_gbp": 4.0} for one in (line, apart)]
    made = money.lines(run_with(money={"by_line": found}))
    assert made is not None
    assert [(row["kind"], row["tag"]) for row in made.rows] == [
        ("Saved (or spent) every year", "a partner"),
        ("beside the value", "property"),
    ]


def test_columns_and_lines_of_which_nothing_is_published_are_left_out() -> None:
    line = {"line": "x", "label": "Moves", "kind": "capital", "tag": "", "pv_gbp": None}
    found = [{**line, "amount_gbp": -5.0}, {**line, "label": "Build", "amount_gbp": None}]
    made = money.lines(run_with(money={"by_line": found}, audience=PUBLIC))
    assert made is not None
    assert [row["label"] for row in made.rows] == ["Moves"]
    assert "pv_gbp" not in [c.key for c in made.columns]


def test_loans_are_told_only_where_the_plan_borrows() -> None:
    assert money.loans(run_with(money={"borrowing": []})) is None
    one = {"year": "2026/27", "drawn_gbp": 100.0, "interest_gbp": 5.0}
    made = money.loans(run_with(money={"borrowing": [one]}))
    assert made is not None
    assert [c.text for c in cells(made)[0]][:4] == ["2026/27", "£100", "", "£5"]


def test_the_tables_of_a_run_have_ids_of_their_own() -> None:
    told = {
        "partners": PARTNERS,
        "readings": [reading(10, 1.0, 1.0)],
        "npv_gbp": 1.0,
        "borrowing": [{"year": "2026/27", "drawn_gbp": 1.0}],
    }
    ids = [table.table_id for table in money.tables(run_with(money=told))]
    assert ids == ["money-by-partner", "money-partners", "money-readings", "money-loans"]
    assert pd.Series(ids).is_unique

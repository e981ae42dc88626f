"""Tables as sheets and as CSV: numbers stay numbers, ids and units get columns of their own."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import sheets
from maps.tables.table import Column, Table
from optimise.workbook.writer import workbook_bytes

COLUMNS = (
    Column("name", "Building", picks=("building", "asset_id")),
    Column("people", "People", "count"),
    Column("cost_gbp", "Cost", "gbp"),
    Column("share", "Share", "share"),
    Column("change", "Change", "share_change"),
    Column("figure", "Figure", "figure"),
    Column("since", "Since", "year"),
)
ROWS = (
    {
        **{"asset_id": "b1", "name": "=HYPERLINK(1)", "people": 1234.0, "cost_gbp": -5.5},
        **{"share": 0.125, "change": -0.02, "figure": 7.25, "unit": "min", "since": 2026.0},
    },
    {
        **{"asset_id": "b2", "name": "Plain, and simple", "people": math.nan, "cost_gbp": None},
        **{"share": 1.0, "change": 0.0, "figure": 0.5, "unit": "share", "since": None},
    },
    {"asset_id": "b3", "name": True, "figure": "2 of 3", "unit": "text"},
)


def table(table_id: str = "toy", rows: tuple[Any, ...] = ROWS, **more: Any) -> Table:
    """A table with a column of every sort."""
    return Table(table_id, "A toy", "Read it.", COLUMNS, rows, **more)


def book(*tables: Table) -> Any:
    """The workbook of some tables, as openpyxl reads it."""
    made = workbook_bytes(sheets.sheets_of(tables, "Toyshire", ("Exempt.",)), title="Toyshire")
    return openpyxl.load_workbook(io.BytesIO(made))


def rows_of(page: Any) -> list[list[Any]]:
    """Cells below the headings, and the headings first."""
    found = [[c.value for c in row] for row in page.iter_rows()]
    start = next(n for n, row in enumerate(found) if row[0] == "Asset")
    return found[start:]


def test_ids_come_first_and_the_unit_of_figures_last() -> None:
    assert [c.key for c in sheets.columns_of(table())] == [
        *("asset_id", "name", "people", "cost_gbp", "share", "change", "figure", "since", "unit")
    ]


def test_an_id_that_is_shown_anyway_is_not_told_twice() -> None:
    shown = Table("t", "T", "", (Column("asset_id", "Asset", picks=("building", "asset_id")),), ())
    assert [c.key for c in sheets.columns_of(shown)] == ["asset_id"]


def test_what_the_page_marks_is_marked_in_a_file_too() -> None:
    rows = ({**ROWS[0], "marked": True}, {**ROWS[1], "marked": False}, ROWS[2])
    assert sheets.columns_of(table(rows=rows))[-1].key == "marked"
    assert [row["marked"] for row in read(sheets.csv_text(table(rows=rows)))] == ["yes", "no", ""]


def test_a_sheet_holds_numbers_as_numbers_and_never_a_formula_of_the_data() -> None:
    page = book(table())["Toy"]
    heading, first, second, third = rows_of(page)
    assert heading[2:6] == ["People", "Cost", "Share", "Change (percentage points)"]
    assert first == ["b1", "=HYPERLINK(1)", 1234, -5.5, 0.125, -2, 7.25, "2026", "min"]
    assert second == ["b2", "Plain, and simple", None, None, 1, 0, 0.5, None, "share"]
    assert third == ["b3", "yes", None, None, None, None, "2 of 3", None, "text"]
    assert not [c for row in page.iter_rows() for c in row if c.data_type == "f"]


def test_a_figure_is_written_in_the_format_of_its_own_unit() -> None:
    page = book(table())["Toy"]
    start = next(c.row for c in page["A"] if c.value == "Asset")
    formats = [page.cell(start + n, 7).number_format for n in (1, 2)]
    costs = [page.cell(start + n, 4).number_format for n in (1, 2)]
    assert formats == ["#,##0.0_);[Red](#,##0.0);0.0_)", "0.0%"]
    assert len(set(costs)) == 1  # its neighbours keep theirs
    assert costs[0].startswith("£")


def test_the_first_sheet_lists_the_others_and_warns() -> None:
    made = book(table(), table("second-one", rows=(), empty="There is none."))
    assert made.sheetnames == ["Contents", "Toy", "Second one"]
    cells = [c.value for row in made["Contents"].iter_rows() for c in row if c.value is not None]
    assert cells[:2] == ["Toyshire", "Exempt."]
    assert cells[-3:] == ["Second one", "A toy", 0]
    told = [c.value for row in made["Second one"].iter_rows() for c in row if c.value]
    assert "There is none." in told


@given(st.lists(st.text(max_size=50), max_size=12, unique=True))
def test_sheets_and_files_are_named_once_whatever_the_ids(ids: list[str]) -> None:
    tables = [table(one) for one in ids]
    names = [*sheets.sheet_names(tables).values(), "Contents"]
    assert len({name.casefold() for name in names}) == len(ids) + 1
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ]{0,30}", name) for name in names)
    files = [*sheets.file_names(tables).values(), "columns.csv"]
    assert len({name.casefold() for name in files}) == len(ids) + 1
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+\.csv", name) for name in files)


def read(text: str) -> list[dict[str, str]]:
    """A CSV as a program reads it."""
    return list(csv.DictReader(io.StringIO(text)))


def test_a_csv_has_keys_as_headings_and_plain_numbers() -> None:
    first, second, third = read(sheets.csv_text(table()))
    assert first == {
        **{"asset_id": "b1", "name": "'=HYPERLINK(1)", "people": "1234", "cost_gbp": "-5.5"},
        **{"share": "0.125", "change": "-0.02", "figure": "7.25", "since": "2026", "unit": "min"},
    }
    assert second["people"] == ""
    assert second["name"] == "Plain, and simple"
    assert third["figure"] == "2 of 3"


@pytest.mark.parametrize("text", ["=1+1", "+44 1305", "@cmd", "-2+3", "\tx", "\rx"])
def test_no_text_is_run_by_a_spreadsheet(text: str) -> None:
    (row,) = read(sheets.csv_text(table(rows=({"asset_id": text, "name": text},))))
    assert row["asset_id"].startswith("'")
    assert row["name"].startswith("'")


def test_every_column_of_every_file_is_explained() -> None:
    found = read(sheets.columns_text([table(), table("other")]))
    assert len(found) == 2 * len(sheets.columns_of(table()))
    by_key = {row["column"]: row for row in found if row["file"] == "toy.csv"}
    assert by_key["cost_gbp"]["unit"] == "£"
    assert by_key["change"]["unit"] == "change of a share, 0 to 1"
    assert by_key["people"]["heading"] == "People"
    assert by_key["people"]["sheet"] == "Toy"


@given(st.floats(-1e9, 1e9).map(lambda v: round(v, 2)))
def test_pounds_and_pence_come_back_as_they_went(value: float) -> None:
    (row,) = read(sheets.csv_text(table(rows=({"asset_id": "b", "name": "n", "cost_gbp": value},))))
    assert float(row["cost_gbp"]) == value

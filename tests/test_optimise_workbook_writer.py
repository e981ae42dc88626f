"""The workbook's machinery: text stays text, formulas equal their values, the same bytes.

Money, worked by hand (£):

    Line             2026/27  2027/28  Total
    Capital                              part
      build             -100        0   -100
      move               -20      -30    -50
    Capital in all      -120      -30   -150   rows 1 + 2
    Receipts                             part
      receipt             0       500    500
    Receipts in all       0       500    500   row 5
    Net               -120       470    350    rows 3 + 6
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.workbook.layout import formulas, laid
from optimise.workbook.records import (
    Block,
    Column,
    Formula,
    Gathering,
    Row,
    Sheet,
    rows_of,
    with_total,
)
from optimise.workbook.writer import workbook_bytes

YEARS = ("y0", "y1")
COLUMNS = (
    Column("label", "Line", width=30),
    Column("y0", "2026/27", "gbp", summed=True),
    Column("y1", "2027/28", "gbp", summed=True),
    Column("total", "Total", "gbp", summed=True),
)


def line(label: str, *amounts: float) -> Row:
    across = Formula(sum(amounts), "SUM({.y0}:{.y1})")
    return Row({"label": label, **dict(zip(YEARS, amounts, strict=True)), "total": across})


def money() -> Sheet:
    made = Gathering("label")
    capital = made.part(
        "Capital", [line("build", -100, 0), line("move", -20, -30)], "Capital in all"
    )
    receipts = made.part("Receipts", [line("receipt", 0, 500)], "Receipts in all")
    made.total("Net", (capital, receipts))
    return Sheet("Money", "Money by year", (Block(COLUMNS, tuple(made.rows)),), ("£ of 2026/27",))


def opened(sheets: list[Sheet], *, values: bool) -> openpyxl.Workbook:
    made = workbook_bytes(sheets, title="A plan")
    return openpyxl.load_workbook(io.BytesIO(made), data_only=values)


def test_totals_are_formulas_and_carry_what_they_come_to():
    told, worked = (opened([money()], values=v)["Money"] for v in (False, True))
    assert [c.value for c in told[4]] == ["Line", "2026/27", "2027/28", "Total"]
    assert [c.value for c in told[8]][1:] == ["=SUM(B6:B7)", "=SUM(C6:C7)", "=SUM(D6:D7)"]
    assert [c.value for c in worked[8]] == ["Capital in all", -120, -30, -150]
    assert [c.value for c in told[6]][3] == "=SUM(B6:C6)"
    assert [c.value for c in told[12]][1:] == ["=B8+B11", "=C8+C11", "=D8+D11"]
    assert [c.value for c in worked[12]] == ["Net", -120, 470, 350]


def test_formulas_of_other_sheets_and_rows():
    ledger = Sheet(
        "Ledger", "L", (with_total(Block(COLUMNS, (line("a", 1, 2), line("b", 3, 4))), "All"),)
    )
    check = Block(
        (Column("what", "What"), Column("gbp", "£", "gbp")),
        (
            Row({"what": "booked", "gbp": Formula(10.0, "SUM({Ledger.total})")}),
            Row({"what": "twice", "gbp": Formula(20.0, "2*{0.gbp}")}),
        ),
    )
    page = opened([Sheet("Summary", "S", (check,)), ledger], values=False)["Summary"]
    assert page["B4"].value == "=SUM(Ledger!$D$4:$D$5)"  # its total row is left out
    assert page["B5"].value == "=2*B4"


HOSTILE = ["=1+1", "+SUM(A1)", "-2+3", "@now", "\t=1", "#N/A", "_x000D_", "<b>&", "a\x00b", "'=1"]


def test_text_of_files_is_never_anything_else():
    columns = (Column("name", "=heading()"), Column("n", "n", "count"))
    rows = rows_of([{"name": text, "n": 1} for text in HOSTILE], columns)
    sheet = Sheet("Decisions", "=title()", (Block(columns, rows, "+block", "@note"),), ("-note",))
    made = workbook_bytes([sheet], title="=1&\x01")
    page = openpyxl.load_workbook(io.BytesIO(made))["Decisions"]
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert page["A1"].value == "=title()" and page["A1"].quotePrefix
    first = laid(sheet)[0].first
    found = [page.cell(first + n, 1) for n in range(len(HOSTILE))]
    expected = [*HOSTILE[:6], "_x005F_x000D_", "<b>&", "ab", "'=1"]
    assert [cell.value for cell in found] == expected
    assert [cell.quotePrefix for cell in found] == [True] * 5 + [False] * 5
    assert all(cell.number_format == "@" for cell in found)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml")


@settings(max_examples=30)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_any_text_makes_a_workbook_that_opens_without_a_formula(texts: list[str]):
    columns = (Column("name", "Name"),)
    sheet = Sheet("A", texts[0], (Block(columns, rows_of([{"name": t} for t in texts], columns)),))
    made = workbook_bytes([sheet], title=texts[0])
    page = openpyxl.load_workbook(io.BytesIO(made))["A"]
    assert not [
        c for row in page.iter_rows() for c in row if c.data_type not in ("s", "n", "inlineStr")
    ]


def test_the_same_sheets_give_the_same_bytes_and_no_time_of_day():
    made = workbook_bytes([money()], title="A plan")
    assert made == workbook_bytes([money()], title="A plan")
    archive = zipfile.ZipFile(io.BytesIO(made))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert b"modified" not in archive.read("docProps/core.xml")


def test_kinds_of_cells_are_what_a_finance_officer_expects():
    columns = (
        Column("what", "What"), Column("gbp", "£", "gbp"), Column("day", "Day", "date"),
        Column("share", "Share", "share"), Column("yes", "Confidential"), Column("n", "N", "count"),
    )  # fmt: skip
    record = {"what": 2026, "gbp": -5.5, "day": dt.date(2027, 3, 31), "share": 0.75, "yes": True}
    sheet = Sheet("A", "t", (Block(columns, rows_of([{**record, "n": float("nan")}], columns)),))
    page = opened([sheet], values=False)["A"]
    cells = page[4]
    assert [c.value for c in cells] == ["2026", -5.5, dt.datetime(2027, 3, 31), 0.75, "yes", None]
    assert cells[1].number_format.startswith("£#,##0_);[Red](")
    assert cells[3].number_format == "0.0%"


def test_heads_stay_in_sight_and_print_on_every_page():
    page = opened([money()], values=False)["Money"]
    assert page.freeze_panes == "B5"
    assert page.print_title_rows == "$4:$4"
    assert page.page_setup.orientation == "landscape" and page.page_setup.paperSize == 9
    assert page.page_setup.fitToWidth == 1 and page.sheet_properties.pageSetUpPr.fitToPage
    assert page.auto_filter.ref == "A4:D10"  # totals do not move when it is filtered
    assert page.oddFooter.left.text == "A plan"


def test_an_ampersand_in_a_title_is_no_code_of_the_footer():
    made = workbook_bytes([money()], title="Fish & Chips &D")
    xml = zipfile.ZipFile(io.BytesIO(made)).read("xl/worksheets/sheet1.xml").decode()
    assert "Fish &amp;&amp; Chips &amp;&amp;D" in xml


def test_an_empty_block_and_several_blocks():
    empty = Block(COLUMNS, ())
    sheet = Sheet("A", "t", (empty, Block(COLUMNS, (line("a", 1, 2),), "Second", "note")))
    assert with_total(empty, "All") == empty
    page = opened([sheet], values=True)["A"]
    assert page["A5"].value == "Second" and page["D8"].value == 3
    assert page.freeze_panes == "B2"


amounts = st.lists(st.integers(-(10**7), 10**7).map(lambda n: n / 100), min_size=1, max_size=8)


@settings(max_examples=40)
@given(amounts, amounts)
def test_every_formula_equals_its_value(one: list[float], other: list[float]):
    """Formulas are worked out again by a calculator that knows SUM, + and ranges."""
    made = Gathering("label")
    parts = tuple(
        made.part(name, [line("x", v, -2 * v) for v in values], f"{name} in all")
        for name, values in (("A", one), ("B", other))
    )
    made.total("Net", parts)
    sheet = Sheet("Money", "t", (Block(COLUMNS, tuple(made.rows)),))
    page = opened([sheet], values=False)["Money"]
    for address, (text, value) in formulas([sheet])["Money"].items():
        assert worked_out(page, text) == pytest.approx(value, abs=1e-6), address


def worked_out(page: openpyxl.worksheet.worksheet.Worksheet, text: str) -> float:
    """A formula of sums, worked out from the cells of a sheet."""
    if found := re.fullmatch(r"=SUM\((\w+):(\w+)\)", text):
        cells = [c for row in page[found[1] : found[2]] for c in row]
        return sum(of_cell(page, c.value) for c in cells)
    return sum(of_cell(page, page[at].value) for at in text[1:].split("+"))


def of_cell(page: openpyxl.worksheet.worksheet.Worksheet, value: object) -> float:
    if isinstance(value, str) and value.startswith("="):
        return worked_out(page, value)
    return float(value) if isinstance(value, (int, float)) else 0.0

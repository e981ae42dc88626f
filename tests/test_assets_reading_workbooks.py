"""Workbooks: values only, the right sheet, and nothing that bursts."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from assets.issues import InputError
from assets.read import read_layer, read_table
from assets.reading import source as limits

HEADING = ("Asset ID", "Name", "Owner", "GIA")
ROWS = (("00123", "Town Hall", "Council", 12.5), ("124", "Depot", "Council", 7))
NAMESPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"),
    )
)  # fmt: skip


def xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def cell(value: object, more: str = "") -> str:
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}" {more}/>'
    if value is None:
        return f"<table:table-cell {more}/>"
    return (
        f'<table:table-cell office:value-type="string" {more}><text:p>{value}</text:p>'
        "</table:table-cell>"
    )


def repeated(value: object, times: int) -> str:
    return cell(value, f'table:number-columns-repeated="{times}"')


def row(*values: object, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(map(cell, values))}</table:table-row>"


def ods(path: Path, sheets: dict[str, str], *, styles: str = "", extra: str = "") -> Path:
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{name}">{rows}</table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f"<office:document-content {NAMESPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        f"</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
        if extra:
            archive.writestr("META-INF/manifest.xml", extra)
    return path


def both(folder: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> list[Path]:
    text = {name: "".join(row(*values) for values in rows) for name, rows in sheets.items()}
    return [xlsx(folder / "t.xlsx", sheets), ods(folder / "t.ods", text)]


def refused(path: Path, kind: str = "buildings", sheet: str = "") -> InputError:
    with pytest.raises(InputError) as error:
        read_layer(path, kind, sheet=sheet)
    return error.value


def rules(frame: pd.DataFrame) -> list[str]:
    return [issue.rule for issue in frame.attrs["issues"]]


# --- cells ----------------------------------------------------------------------------------


def test_both_kinds_of_workbook_give_the_same_text(tmp_path: Path):
    sheets = {"Sheet1": [("Assets 2026",), HEADING, *ROWS]}
    first, second = (read_layer(path, "buildings") for path in both(tmp_path, sheets))
    pd.testing.assert_frame_equal(first, second)
    assert first.index.tolist() == [3, 4] and first["GIA"].tolist() == ["12.5", "7"]
    assert rules(first) == rules(second) == ["read.title_rows"]


def test_cells_of_an_opendocument_sheet(tmp_path: Path):
    special = (
        '<table:table-row><table:table-cell office:value-type="date" office:date-value='
        '"2026-03-31T00:00:00"><text:p>31/03/26</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2026-03-31"/>'
        '<table:table-cell office:value-type="currency" office:value="1234.5"><text:p>£1,234.50'
        '</text:p></table:table-cell><table:table-cell office:value-type="boolean" '
        'office:boolean-value="true"/><table:table-cell office:value-type="string"><text:p>Old'
        "<text:s/><text:span>Hall</text:span></text:p><text:p>AB1 2CD</text:p></table:table-cell>"
        '<table:table-cell office:value-type="float" office:value="100012797623"/>'
        '<table:covered-table-cell/><table:table-cell office:value-type="date" '
        'office:date-value="0000-99-99"/></table:table-row>'
    )
    rows = row("a", "b", "c", "d", "e\nline", "uprn", "g", "h") + special
    frame = read_table(ods(tmp_path / "t.ods", {"Sheet1": rows}))
    assert frame.columns.tolist() == ["a", "b", "c", "d", "e line", "uprn", "g", "h"]
    assert frame.iloc[0].tolist() == [
        "2026-03-31", "2026-03-31", "1234.5", "true", "Old Hall AB1 2CD", "100012797623", "",
        "0000-99-99",
    ]  # fmt: skip


def test_repeated_rows_and_cells_of_an_opendocument_sheet(tmp_path: Path):
    rows = (
        row("Asset ID", "Name", "Owner")
        + row(None, more='table:number-rows-repeated="4"')
        + row("1", "a", "b", more='table:number-rows-repeated="2"')
        + f"<table:table-row>{repeated('same', 3)}"
        + f"{repeated(None, 16380)}</table:table-row>"
        + row(None, more='table:number-rows-repeated="1048560"')
    )
    frame = read_layer(ods(tmp_path / "t.ods", {"Sheet1": rows}), "buildings")
    assert frame.index.tolist() == [6, 7, 8] and frame.loc[8].tolist() == ["same"] * 3


def test_formulas_without_a_stored_result_are_named_and_never_run(tmp_path: Path):
    path = xlsx(tmp_path / "t.xlsx", {"S": [("Asset ID", "GIA"), ("A", "=1+1"), ("B", 3)]})
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    stored = (
        '<table:table-cell table:formula="of:=1+2" office:value-type="float" office:value="3"/>'
    )
    rows = row("Asset ID", "GIA") + f"<table:table-row>{cell('A')}{formula}</table:table-row>"
    rows += f"<table:table-row>{cell('B')}{stored}</table:table-row>"
    for source in (path, ods(tmp_path / "t.ods", {"S": rows})):
        frame = read_layer(source, "buildings")
        assert frame["GIA"].tolist() == ["", "3"]
        (issue,) = frame.attrs["issues"]
        assert issue.rule == "read.formula_without_result" and issue.ids == ("B2",)


def test_stored_results_of_formulas_are_values(tmp_path: Path):
    path = xlsx(tmp_path / "t.xlsx", {"S": [("Asset ID", "GIA"), ("A", "=1+1")]})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
    assert b"<v>2</v>" in parts[sheet]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    frame = read_layer(path, "buildings")
    assert frame["GIA"].tolist() == ["2"] and rules(frame) == []


def test_text_that_looks_like_a_formula_is_text(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(["Asset ID", "Name"])
    book.active.append(["A", "x"])
    book.active["B2"].value = "=cmd|' /C calc'!A0"
    book.active["B2"].data_type = "s"
    book.save(tmp_path / "t.xlsx")
    frame = read_layer(tmp_path / "t.xlsx", "buildings")
    assert frame["Name"].tolist() == ["=cmd|' /C calc'!A0"] and rules(frame) == []


def test_dates_and_truths_of_a_worksheet(tmp_path: Path):
    cells = (datetime.datetime(2026, 3, 31), datetime.datetime(2026, 3, 31, 9, 30), True)
    path = xlsx(tmp_path / "t.xlsx", {"S": [("start", "seen", "flag"), cells]})
    assert read_table(path).iloc[0].tolist() == ["2026-03-31", "2026-03-31 09:30:00", "true"]


def test_a_note_beside_the_table_gets_a_heading_of_its_own(tmp_path: Path):
    for path in both(tmp_path, {"S": [HEADING, (*ROWS[0], None, "see note"), ROWS[1]]}):
        frame = read_layer(path, "buildings")
        assert frame["column 6"].tolist() == ["see note", ""]
        assert rules(frame) == ["read.unnamed_column"]


# --- sheets ---------------------------------------------------------------------------------


def test_the_sheet_called_as_the_layer_is_read(tmp_path: Path):
    sheets = {"notes": [HEADING, *ROWS], "Buildings": [HEADING, ROWS[0]]}
    for path in both(tmp_path, sheets):
        frame = read_layer(path, "buildings")
        assert len(frame) == 1 and rules(frame) == []


def test_the_only_sheet_with_anything_in_it_is_read(tmp_path: Path):
    for path in both(tmp_path, {"Sheet1": [], "Sheet2": [HEADING, *ROWS], "Sheet3": [(None,)]}):
        frame = read_layer(path, "buildings")
        assert len(frame) == 2 and rules(frame) == []


def test_the_sheet_whose_headings_fit_best_is_read_and_that_is_said(tmp_path: Path):
    sheets = {
        "Read me": [("This workbook",), ("Name", "who to ask")],
        "Register": [("Assets 2026",), HEADING, *ROWS],
        "Codes": [("Code", "Meaning"), ("F", "Freehold")],
    }
    for path in both(tmp_path, sheets):
        frame = read_layer(path, "buildings")
        assert frame["Asset ID"].tolist() == ["00123", "124"]
        issue = frame.attrs["issues"][0]
        assert issue.rule == "read.sheet_chosen" and issue.ids == ("Read me", "Codes")


def test_two_sheets_that_fit_alike_are_refused_until_one_is_named(tmp_path: Path):
    for path in both(tmp_path, {"North": [HEADING, ROWS[0]], "South": [HEADING, ROWS[1]]}):
        issue = refused(path).issues[0]
        assert issue.rule == "read.which_table" and issue.ids == ("North", "South")
        assert "--sheet" in issue.remedy
        assert read_layer(path, "buildings", sheet="south")["Name"].tolist() == ["Depot"]
        wrong = refused(path, sheet="Sooth").issues[0]
        assert wrong.rule == "read.no_sheet" and "did you mean 'South'?" in wrong.remedy


def test_hidden_sheets_are_not_read_unasked_but_named(tmp_path: Path):
    sheets = {"North": [HEADING, ROWS[0]], "Old": [HEADING, ROWS[1]]}
    paths = both(tmp_path, sheets)
    book = openpyxl.load_workbook(paths[0])
    book["Old"].sheet_state = "hidden"
    book.save(paths[0])
    style = (
        '<style:style style:name="Old" style:family="table"><style:table-properties '
        'table:display="false"/></style:style>'
    )
    text = {name: "".join(row(*values) for values in rows) for name, rows in sheets.items()}
    ods(paths[1], text, styles=style)
    for path in paths:
        frame = read_layer(path, "buildings")
        assert frame["Name"].tolist() == ["Town Hall"]
        assert frame.attrs["issues"][0].ids == ("Old",)
        assert read_layer(path, "buildings", sheet="Old")["Name"].tolist() == ["Depot"]


# --- limits ---------------------------------------------------------------------------------


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch):
    for path in both(tmp_path, {"S": [HEADING, *ROWS]}):
        monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 300)
        assert "when unpacked, more than" in str(refused(path))


def test_a_workbook_squeezed_as_no_real_one_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(limits, "RATIO_FROM_BYTES", 10_000)
    for suffix in ("xlsx", "ods"):
        path = tmp_path / f"t.{suffix}"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("content.xml", b" " * 1_000_000)
        error = refused(path)
        assert error.issues[0].rule == "read.too_large" and "times its size" in str(error)


def test_a_workbook_of_too_many_parts_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_PARTS", 3)
    path = xlsx(tmp_path / "t.xlsx", {"S": [HEADING, *ROWS]})
    assert "parts, more than 3" in str(refused(path))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (row("a", "b") + row("1", "2", more='table:number-rows-repeated="999999999"'), "rows"),
        (row("a", "b", more='table:number-rows-repeated="1048576"') + row("1"), "rows"),
        (f"<table:table-row>{repeated('a', 999999999)}"
         "</table:table-row>", "999,999,999 columns, more than 2,000"),
        (f"<table:table-row table:number-rows-repeated='999999'>"
         f"{repeated('a', 2000)}</table:table-row>", "cells"),
    ],
)  # fmt: skip
def test_repetition_cannot_make_a_small_file_huge(tmp_path: Path, rows: str, says: str):
    error = refused(ods(tmp_path / "t.ods", {"S": rows}))
    assert error.issues[0].rule == "read.too_large" and says in str(error)


def test_a_cell_in_the_last_column_of_a_worksheet_is_refused(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(HEADING)
    book.active["XFD2"] = "far"
    book.save(tmp_path / "t.xlsx")
    assert "16,384 columns, more than 2,000" in str(refused(tmp_path / "t.xlsx"))


def test_blank_cells_without_end_are_refused(tmp_path: Path, monkeypatch):
    book = openpyxl.Workbook()
    book.active.append(HEADING)
    for number in range(2, 30):
        book.active.cell(number, 16_384).font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "t.xlsx")
    assert refused(tmp_path / "t.xlsx").issues[0].rule == "read.empty_layer"
    monkeypatch.setattr(limits, "MAX_CELLS", 1_000)
    assert "nearly all of them blank" in str(refused(tmp_path / "t.xlsx"))


def test_a_cell_far_below_the_table_costs_little_and_is_a_row(tmp_path: Path):
    book = openpyxl.Workbook()
    book.active.append(HEADING)
    book.active["A200000"] = "far"
    book.save(tmp_path / "t.xlsx")
    assert read_layer(tmp_path / "t.xlsx", "buildings").index.tolist() == [200_000]


def test_entities_that_swell_and_files_elsewhere_are_not_read(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hush")
    for entity in (f'<!ENTITY x SYSTEM "file://{secret}">', "<!ENTITY x 'abc'>"):
        path = tmp_path / "t.ods"
        body = (
            f"<!DOCTYPE d [{entity}]><office:document-content {NAMESPACES}><office:body>"
            f"<office:spreadsheet><table:table table:name='S'>{row('a', '&x;')}{row('1', '2')}"
            "</table:table></office:spreadsheet></office:body></office:document-content>"
        )
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("content.xml", body)
        assert refused(path).issues[0].rule == "read.unreadable"


def test_a_protected_opendocument_file_is_said_to_be(tmp_path: Path):
    path = ods(tmp_path / "t.ods", {"S": row("a")}, extra="<encryption-data/>")
    assert "password" in str(refused(path))


# --- real files -----------------------------------------------------------------------------


def test_a_fire_authoritys_register_with_a_title(shared_data: Path):
    path = shared_data / "derbyshire_fire_register" / "derbyshire_fire_land_and_assets.xlsx"
    frame = read_layer(path, "buildings")
    assert len(frame) == 56 and frame.index[0] == 3
    assert frame.columns.tolist() == [
        "UPRN", "Site", "Address", "Post Code", "Status", "Site Area", "Gross Internal Area",
        "Site Co-ordinates (Geocode)", "Asset Ownership", "Asset Type",
    ]  # fmt: skip
    assert frame["UPRN"].iloc[0] == "54960" and frame["Gross Internal Area"].iloc[0] == "1249"
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.title_rows" and "July 2016" in issue.message


def test_a_workbook_of_three_lists(shared_data: Path):
    path = shared_data / "fire_stations_england" / "register_fire_data_2017.xlsx"
    frame = read_layer(path, "stations")
    assert len(frame) == 572 and (frame["uprn"] != "").sum() == 74
    assert frame.attrs["issues"][0].ids == ("fire-authority", "fire-duty-type")
    assert len(read_layer(path, "stations", sheet="fire-authority")) == 45

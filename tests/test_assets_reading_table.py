"""Where the headings are, and every column under one: text tables as councils publish them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from assets.read import read_layer, read_table
from assets.reading import source as limits
from assets.reading.published import LAYOUTS, layout_of
from assets.reading.source import Source
from assets.reading.table import table


def csv(folder: Path, text: str | bytes) -> Path:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def rules(frame: pd.DataFrame) -> list[str]:
    return [issue.rule for issue in frame.attrs["issues"]]


def of(rows: list[list[str]], kind: str = "buildings") -> pd.DataFrame:
    return table(rows, Source(Path("t.csv"), kind))


# --- the heading row ------------------------------------------------------------------------

HEADING = ["Asset ID", "Property Name", "Post code", "Tenure"]
ROW = ["00123", "Town Hall", "AB1 2CD", "Freehold"]


@pytest.mark.parametrize(
    "above",
    [
        [["Public land and assets (July 2016)"]],
        [["Land assets"], [], ["Published 31/03/2026", "", "Contact", "estates@example.org"]],
        [["", "Asset", "", "Holding"]],
        [["Name", "Anytown Council"], ["Date", "2026-03-31"], [""]],
    ],
)
def test_titles_above_the_headings_are_said_and_numbers_stay_the_sheets(above: list[list[str]]):
    padded = [row + [""] * (4 - len(row)) for row in above]
    frame = of([*padded, HEADING, ROW, [""] * 4, ROW])
    assert frame.columns.tolist() == HEADING
    assert frame.index.tolist() == [len(above) + 2, len(above) + 4]
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.title_rows" and issue.severity == "warning"
    assert above[0][0] in issue.message and f"row {len(above) + 1};" in issue.message
    assert len(issue.ids) == sum(any(row) for row in above)


def test_data_above_the_headings_are_rows_and_no_title():
    frame = of([["Register 2025"], [*ROW[:1], "Library", *ROW[2:]], HEADING, ROW])
    assert list(frame.index) == [2, 4] and list(frame["Property Name"]) == ["Library", "Town Hall"]
    assert rules(frame) == ["read.rows_above", "read.title_rows"]
    assert [issue.ids for issue in frame.attrs["issues"]] == [("row 2",), ("row 1",)]


def test_headings_of_an_imported_layer_are_known_by_what_it_carries():
    carried = ["asset_id", "src_use", "src_notes", "src_ward"]
    frame = of([carried, ["B1", "Depot", "", "Sale"], ["asset_id", "name", "owner", "tenure"]])
    assert list(frame.columns) == carried and len(frame) == 2


def test_blank_rows_above_the_headings_need_no_word():
    frame = of([[], ["", ""], HEADING, ROW])
    assert frame.index.tolist() == [4] and rules(frame) == []


def test_headings_nobody_knows_are_found_by_their_shape():
    rows = [
        ["Asset list 2026", "", "", ""],
        ["Ref no", "What", "Where", "How"],
        ["1", "a", "b", ""],
    ]
    assert of(rows).columns.tolist() == ["Ref no", "What", "Where", "How"]


def test_a_first_row_of_headings_stays_it_whatever_the_data_say():
    """Cells of data that are spelt like headings (Y, Use, Status) do not make a heading row."""
    rows = [["Ref", "Flag", "Note"], ["1", "Y", "Status"], ["2", "X", "Postcode"]]
    frame = of(rows)
    assert frame.columns.tolist() == ["Ref", "Flag", "Note"] and len(frame) == 2


def test_known_headings_win_over_a_fuller_row_of_groups():
    rows = [
        ["Asset", "Asset", "Address", "Holding", "Money"],
        ["Asset ID", "Property Name", "Post code", "Tenure", "Owner"],
        ["1", "Hall", "AB1 2CD", "Freehold", "Council"],
    ]
    frame = of(rows)
    assert frame.columns[0] == "Asset ID" and len(frame) == 1
    assert "Asset Asset Address" in frame.attrs["issues"][0].message


def test_years_and_ages_are_headings_too():
    rows = [["area_code", "0", "1", "2"], ["E01000001", "14", "8", "12"]]
    assert of(rows, "demand").columns.tolist() == ["area_code", "0", "1", "2"]


def test_data_without_headings_are_warned_about():
    frame = of([["7", "Hall", "AB1 2CD"], ["8", "Depot", "AB1 3CD"]])
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.heading_like_data" and "AB1 2CD" in issue.message


def test_a_sparse_heading_over_figures_is_the_heading():
    frame = of([["Ref", "Site", "", "", ""], ["12345", "Hall", "1.5", "2.5", "3.5"]], "demand")
    assert frame.columns.tolist()[:2] == ["Ref", "Site"] and len(frame.columns) == 5


# --- headings -------------------------------------------------------------------------------


def test_headings_lose_line_breaks_and_invisible_characters():
    frame = of(
        [
            ["Site Co-ordinates\n(Geocode)", "Asset\xa0 \nOwnership", "\u200bName\ufeff"],
            ["1", "2", "3"],
        ]
    )
    assert frame.columns.tolist() == ["Site Co-ordinates (Geocode)", "Asset Ownership", "Name"]


def test_columns_with_the_same_heading_and_cells_are_one():
    frame = of([["Ref", "UPRN", "UPRN "], ["1", "77", " 77"]])
    assert frame.columns.tolist() == ["Ref", "UPRN"]
    (issue,) = frame.attrs["issues"]
    assert (issue.rule, issue.severity) == ("read.repeated_heading", "warning")
    assert "say the same" in issue.message


def test_columns_with_the_same_heading_and_other_cells_are_all_kept():
    heading = ["Ref", "Post code", "Post code", "Post code (2)", "Post code", "Post code"]
    frame = of([heading, ["1", "", "AB1 2CD", "own", "AB1 3CD", "AB1 3CD"]])
    assert frame.iloc[0].to_dict() == {
        "Ref": "1",
        "Post code": "AB1 2CD",  # a blank column does not take the heading from a filled one
        "Post code (2)": "own",
        "Post code (3)": "AB1 3CD",
    }
    (issue,) = frame.attrs["issues"]
    assert issue.ids == ("Post code", "Post code (3)")


def test_cells_without_a_heading_get_one_and_blank_columns_are_none():
    frame = of([["UPRN", "", "", "Name", ""], ["1", "p", "", "Red", "q"], ["2", "", "", "Hut", ""]])
    assert frame.columns.tolist() == ["UPRN", "column 2", "Name", "column 5"]
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.unnamed_column" and issue.ids == ("column 2", "column 5")
    assert frame["column 5"].tolist() == ["q", ""]


def test_failed_formulas_are_named():
    frame = of([["Ref", "Size"], ["1", "#REF!"], ["2", "5"]])
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.formula_error" and issue.ids == ("row 2, Size",)
    assert frame["Size"].tolist() == ["#REF!", "5"]


WORDS = st.sampled_from(["", " ", "a", "Name", "UPRN", "7", "12.5", "31/03/2026", "AB1 2CD", "x y"])


@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_no_filled_cell_is_lost(rows: list[list[str]]):
    """Every filled cell is a heading, in a title that is said, or in the frame."""
    try:
        frame = of(rows)
    except InputError as error:
        assert error.issues[0].rule == "read.no_heading"
        assert not any(cell.strip() for row in rows for cell in row)
        return
    first = next(n for n in range(1, len(rows) + 1) if any(c.strip() for c in rows[n - 1]))
    for number, row in enumerate(rows, start=1):
        if number not in frame.index and any(cell.strip() for cell in row):
            said = " ".join(issue.message for issue in frame.attrs["issues"])
            heading = {cell.strip() for cell in row} - {""} <= set(frame.columns)
            assert heading or number == first or " ".join(" ".join(row).split()) in said
        elif number in frame.index:
            held = sorted(set(frame.loc[number]) - {""})
            assert held == sorted({cell.strip() for cell in row} - {""})


# --- published tables without headings ------------------------------------------------------

CODE_POINT = (
    '"AL100DA",10,522304,208950,"E92000001","E19000150","E18000481","","E07000241","E05004776"\n'
    '"ZE1 0AA",60,447650,1141500,"S92000003","","S08000026","","S12000027","S13002772"\n'
)
OS_NAMES = ",".join(
    ["osgb4000000074562658", "http://data.ordnancesurvey.co.uk/id/4000000074562658", "Greetham", "",
     "", "", "populatedPlace", "Village", "492743", "314542", "25000", "250000", "1", "2", "3", "4",
     "LE15", *[""] * 17]
)  # fmt: skip
NHS = ",".join(
    ["RYA01", "HOB MOOR ROAD", "Y55", "QHL", "1 HOB MOOR ROAD", "", "", "BIRMINGHAM", "",
     "B10 9BU", "20061001", "", "A", "", "RYA", *[""] * 6, "0", *[""] * 5]
)  # fmt: skip
OLD_CODE_POINT = "AL1 0DA,10,,12,12,10,2,0,12,0,522304,208950,064,Q10,QD1,,26UH,26UHGF,S\n"


@pytest.mark.parametrize(
    ("text", "name", "columns"),
    [
        (CODE_POINT, "Code-Point Open", {"Postcode": "AL100DA", "Eastings": "522304"}),
        (OLD_CODE_POINT, "Code-Point", {"Postcode": "AL1 0DA", "Northings": "208950"}),
        (OS_NAMES, "OS Open Names", {"NAME1": "Greetham", "GEOMETRY_Y": "314542"}),
        (
            NHS,
            "NHS Organisation Data Service",
            {"Organisation Code": "RYA01", "Postcode": "B10 9BU"},
        ),
    ],
)
def test_published_tables_without_headings_are_known(tmp_path: Path, text, name, columns):
    frame = read_table(csv(tmp_path, text))
    assert frame.index.tolist()[0] == 1
    assert {key: frame[key].iloc[0] for key in columns} == columns
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.published_layout" and name in issue.message


@pytest.mark.parametrize(
    "change", [("10,522304", "11,522304"), ("E92000001", "England"), ("AL100DA", "Town Hall")]
)
def test_what_does_not_fit_a_published_table_in_every_cell_is_not_taken_for_it(change):
    fits = [line.replace('"', "").split(",") for line in CODE_POINT.splitlines()]
    off = [line.replace('"', "").split(",") for line in CODE_POINT.replace(*change).splitlines()]
    assert layout_of(fits) is LAYOUTS[0] and layout_of(off) is None
    assert layout_of([]) is None and layout_of([["", ""]]) is None


def test_layouts_are_as_wide_as_published():
    assert [len(layout.headings) for layout in LAYOUTS] == [10, 19, 34, 27]
    for layout in LAYOUTS:
        named = [name for name in layout.headings if name]
        assert len(set(named)) == len(named)


# --- text files -----------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str):
    frame = read_layer(csv(tmp_path, "asset_id,name\n1,Café £5\n".encode(encoding)), "buildings")
    assert frame["name"].tolist() == ["Café £5"]
    assert rules(frame) == (["read.encoding"] if encoding == "cp1252" else [])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_said(tmp_path: Path, encoding: str):
    frame = read_layer(csv(tmp_path, "asset_id,name\n1,Hall\n".encode(encoding)), "buildings")
    assert frame["name"].tolist() == ["Hall"] and rules(frame) == ["read.encoding"]


def test_the_line_that_is_not_utf_8_is_named(tmp_path: Path):
    frame = read_layer(csv(tmp_path, b"asset_id,name\n1,a\n2,Caf\xe9\n"), "buildings")
    assert "line 3" in frame.attrs["issues"][0].message


def test_two_encodings_in_one_file_are_read_line_by_line(tmp_path: Path):
    lines = ["\ufeffasset_id,name\n1,Café\n".encode(), "2,Côté £\n".encode("cp1252"), b"3,c\n"]
    frame = read_layer(csv(tmp_path, b"".join(lines)), "buildings")
    assert frame["name"].tolist() == ["Café", "Côté £", "c"]
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.encoding" and "line 3" in issue.message


@pytest.mark.parametrize(
    "text",
    [
        "Register; July, 2016\nasset_id;name;gia_m2\n1;Hall, Old;1,5\n2;Hut, New;2,5\n",
        "sep=;\nasset_id;name;gia_m2\n1;Hall, Old;1,5\n2;Hut, New;2,5\n",
        "asset_id\tname\tgia_m2\n1\tHall, Old\t1,5\n2\tHut, New\t2,5\n",
        'asset_id|name|gia_m2\n1|"Hall, Old"|1,5\n2|Hut, New|2,5\n',
    ],
)
def test_the_separator_is_that_of_the_table(tmp_path: Path, text: str):
    frame = read_layer(csv(tmp_path, text), "buildings")
    assert frame.columns.tolist() == ["asset_id", "name", "gia_m2"]
    assert frame["name"].tolist() == ["Hall, Old", "Hut, New"]


def test_a_quotation_mark_left_open_is_told_its_line(tmp_path: Path):
    with pytest.raises(InputError, match="line 3"):
        read_layer(csv(tmp_path, 'asset_id,name\n1,Hall\n2,"Hut" x\n3,a\n'), "buildings")


def test_rows_within_quotation_marks_are_said(tmp_path: Path):
    text = 'asset_id,name,owner\n1,"Hall,c\n2,Hut,c\n3,Pub",c\n4,"two\nlines, yes",c\n'
    frame = read_layer(csv(tmp_path, text), "buildings")
    assert len(frame) == 2
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.swallowed_rows" and issue.ids == ("row 2",)


def test_long_cells_are_read(tmp_path: Path):
    polygon = "POLYGON((" + "1 2," * 50_000 + "1 2))"
    frame = read_layer(csv(tmp_path, f'asset_id,outline\n1,"{polygon}"\n'), "buildings")
    assert len(frame["outline"].iloc[0]) == len(polygon)


# --- limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MAX_ROWS", 2, "3 rows, more than 2"),
        ("MAX_LINES", 3, "rows"),
        ("MAX_COLUMNS", 2, "3 columns, more than 2"),
        ("MAX_CELLS", 8, "9 cells, more than 8"),
        ("MAX_CELL_CHARS", 4, "field limit"),
        ("MAX_FILE_BYTES", 10, "MB"),
    ],
)
def test_each_limit_is_said(tmp_path: Path, monkeypatch, limit: str, value: int, says: str):
    path = csv(tmp_path, "asset_id,name,owner\n1,Town,c\n2,b,c\n3,b,c\n")
    assert len(read_layer(path, "buildings")) == 3
    monkeypatch.setattr(limits, limit, value)
    with pytest.raises(InputError, match=says):
        read_layer(path, "buildings")


def test_a_layer_exactly_on_the_limits_is_read(tmp_path: Path, monkeypatch):
    path = csv(tmp_path, "asset_id,name\n1,a\n2,b\n")
    for limit, value in (("MAX_ROWS", 2), ("MAX_LINES", 3), ("MAX_COLUMNS", 2), ("MAX_CELLS", 4)):
        monkeypatch.setattr(limits, limit, value)
    assert len(read_layer(path, "buildings")) == 2

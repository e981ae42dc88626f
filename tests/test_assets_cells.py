"""Cells as sources write them."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.cells import (
    as_text,
    cell_text,
    holds,
    missing,
    neutral,
    numbers,
    slug,
    typed,
    without_mark,
)  # fmt: skip
from assets.schema import LAYERS, Column

KINDS = ("text", "id", "slug", "slugs", "number", "integer", "boolean", "date", "dates")


def read(kind: str, *cells: object, **more: object) -> tuple[list[object], list[bool]]:
    values, bad = typed(Column("x", kind, "", **more), pd.Series(cells, dtype=object))
    return list(values), list(bad)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12.0),
        (" 1234.5 ", 1234.5),
        ("£1,234", 1234.0),
        ("£ 1,234,567.89", 1234567.89),
        ("-5", -5.0),
        ("-£5", -5.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        (7, 7.0),
    ],
)
def test_plain_numbers_thousands_and_pounds_are_read(cell: object, value: float):
    assert read("number", cell) == ([value], [False])


@pytest.mark.parametrize(
    "cell",
    ["tbc", "n/a", "nan", "NaN", "inf", "-inf", "1e999", "1,23", "12,3456", "£", "(5)", "5k",
     "1_000", "٣", "12 m2", "1.161 hectares", "0x10", "--5", "5-", True],
)  # fmt: skip
def test_anything_else_is_not_a_number(cell: object):
    values, bad = read("number", cell)
    assert bad == [True] and np.isnan(values[0])


def test_blank_number_is_missing_and_infinity_unreadable():
    values, bad = numbers(pd.Series([np.nan, np.inf, 2.0]))
    assert list(bad) == [False, True, False]
    assert np.isnan(values[0]) and np.isnan(values[1]) and values[2] == 2.0
    assert read("number", "", default=3.0) == ([3.0], [False])


def test_whole_numbers_only():
    values, bad = read("integer", "3", "3.0", "3.5", "")
    assert values[:2] == [3.0, 3.0] and bad == [False, False, True, False]


def test_identifiers_stay_text():
    assert read("id", "00123", " A 1 ", 12.0, 7, None)[0] == ["00123", "A 1", "12", "7", ""]
    uprn = typed(Column("uprn", "id", ""), pd.Series(["100012797623.0", "", "00012"]))[0]
    assert list(uprn) == ["100012797623", "", "00012"]


def test_decimal_ids_are_mended_only_where_the_whole_column_was_saved_so():
    assert read("id", "12.0", "7.0")[0] == ["12", "7"]
    assert read("id", "12.0", "7.1")[0] == ["12.0", "7.1"]


def test_numbers_of_a_float_column_become_whole_text():
    assert list(as_text(pd.Series([1.0, np.nan, 2.5]))) == ["1", "", "2.5"]
    assert list(as_text(pd.Series([100012797623.0]))) == ["100012797623"]
    assert list(as_text(pd.Series([1, 1.0, True, "1.0"], dtype=object))) == [
        "1",
        "1",
        "true",
        "1.0",
    ]


def test_booleans():
    cells = ("Yes", "n", "TRUE", "0", 1.0, False, "", "perhaps")
    values, bad = read("boolean", *cells, default=True)
    assert values == [True, False, True, False, True, False, True, True]
    assert bad == [False] * 7 + [True]


def test_a_boolean_without_a_default_tells_no_from_nothing_said():
    values, bad = read("boolean", "Yes", "n", "", "perhaps")
    assert values == ["true", "false", "", ""]
    assert bad == [False, False, False, True]


def test_slugs():
    assert slug("Children’s Centre ") == "childrens_centre"
    assert slug("On-call") == "on_call" and slug("Café") == "cafe"
    assert read("slug", "Library", "", "—") == (["library", "", ""], [False, False, True])
    assert read("slugs", "Fire station; ;Library")[0] == ["fire_station;library"]


def test_closed_lists_ignore_case():
    assert read("text", "b", "E", allowed=("A", "B"))[0] == ["B", "E"]


def test_dates():
    cells = ("2026-03-31", "31/03/2026", "2026-03-31 00:00:00", datetime.date(2026, 3, 31))
    values, bad = read("date", *cells, "", "30/02/2026", "03-31-2026", "soon")
    assert [str(v)[:10] for v in values[:4]] == ["2026-03-31"] * 4
    assert pd.isna(values[4]) and bad == [False] * 5 + [True] * 3
    assert read("dates", "2031-03-31; 01/02/2030", "", "2030-01-01;x") == (
        ["2030-02-01;2031-03-31", "", ""],
        [False, False, True],
    )


@pytest.mark.parametrize(
    "cell",
    ["31 March 2026", "31-Mar-2026", "31.03.2026", "31-03-2026", "31st March 2026",
     "31/03/2026 00:00", "Tuesday, 31 March 2026", "2026/03/31", "2026-03-31T00:00:00"],
)  # fmt: skip
def test_dates_as_people_write_them(cell: str):
    assert str(read("date", cell)[0][0])[:10] == "2026-03-31"


@pytest.mark.parametrize(
    "cell", ["31/03/26", "March 2026", "31 Mrch 2026", "46112", "31 June 2026"]
)
def test_dates_that_would_be_a_guess(cell: str):
    assert read("date", cell)[1] == [True]


def test_many_cells_are_tidied_as_few_are():
    odd = ["a", " b", "c  d", "e\u200bf", "g\nh", "\xa0i", "£1", None]
    cells = pd.Series(odd * 40, dtype=object)
    few = [cell_text(cell) for cell in cells]
    assert list(as_text(cells)) == few and list(as_text(cells[:40])) == few[:40]
    broken = pd.Series(["j\ud800", " k"] * 200, dtype=object)
    assert list(as_text(broken)[:2]) == ["j\ud800", "k"] and holds(broken, "x").all()
    assert list(holds(pd.Series(["Total", "x", "Sum"]), "total|sum")) == [True, False, True]


def test_text_of_dates_and_spaces():
    assert cell_text(datetime.datetime(2026, 1, 2)) == "2026-01-02"
    assert cell_text(datetime.datetime(2026, 1, 2, 3, 4)) == "2026-01-02 03:04:00"
    assert cell_text(" LE15\n7RD\xa0") == "LE15 7RD"
    assert cell_text(pd.NaT) == "" and cell_text(pd.NA) == "" and cell_text(1e300) == "1e+300"


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_nobody_supplied_has_the_type_it_would_have(kind: str):
    column = Column("x", kind, "")
    index = pd.RangeIndex(2)
    given_blank, _ = typed(column, pd.Series(["", ""], dtype=object, index=index))
    pd.testing.assert_series_equal(missing(column, index), given_blank)
    assert missing(column, pd.RangeIndex(0)).dtype == given_blank.dtype


ANY_CELL = st.one_of(
    st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(),
    st.binary(max_size=4),
)  # fmt: skip


@given(st.lists(ANY_CELL, max_size=6), st.sampled_from(KINDS))
def test_no_cell_makes_a_reader_fail_or_lose_a_row(cells: list[object], kind: str):
    series = pd.Series(cells, dtype=object)
    values, bad = typed(Column("x", kind, ""), series)
    assert len(values) == len(bad) == len(cells)
    assert bad.dtype == bool
    if kind in ("number", "integer"):
        assert np.isfinite(values.dropna()).all()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_being_written_as_text(value: float):
    values, bad = numbers(pd.Series([cell_text(value)], dtype=object))
    assert not bad[0] and values[0] == value


def test_schema_kinds_all_have_a_reader():
    assert {c.kind for layer in LAYERS.values() for c in layer.columns} <= set(KINDS)


@pytest.mark.parametrize(
    "text", ["=1+1", "-", "@SUM(A1)", "+44 1234", "-5", "plain", "'quoted'", ""]
)
def test_a_text_made_harmless_is_read_as_it_was(text: str):
    assert without_mark(str(neutral(text))) == text

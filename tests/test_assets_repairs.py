"""Cells mended where they prove what was meant, and left alone where they do not."""

from __future__ import annotations

import pandas as pd
import pytest

from assets.mending.figures import UNITS, figure, plain
from assets.mending.repairs import is_not_available, repair_cells, spelt_postcode
from assets.schema import LAYERS

BUILDINGS = LAYERS["buildings"]


def repaired(column: str, *cells: object, layer: str = "buildings") -> tuple[list[str], list[str]]:
    """Cells of one column after repair, and the rules that were used, in order."""
    index = pd.RangeIndex(2, len(cells) + 2, name="row")
    frame = pd.DataFrame({column: pd.Series(cells, index=index, dtype=object)})
    done = repair_cells(LAYERS[layer], frame)
    again = repair_cells(LAYERS[layer], done.frame)
    assert not again.repairs and not again.issues
    return list(done.frame[column]), [rule for table in done.repairs for rule in table["rule"]]


@pytest.mark.parametrize(
    ("text", "unit", "value", "rule"),
    [
        ("(1,234)", "£", "-1234", "plain_figure"),
        ("£(1,234)", "£", "-1234", "plain_figure"),
        ("1,234.50-", "£", "-1234.5", "plain_figure"),
        ("nil", "£", "0", "plain_figure"),
        ("£1.2m", "£", "1200000", "unit_converted"),
        ("£250k", "£ a year", "250000", "unit_converted"),
        ("£250k p.a.", "£ a year", "250000", "unit_converted"),
        ("£1,200 pcm", "£ a year", "14400", "unit_converted"),
        ("c. £450,000", "£", "450000", "plain_figure"),
        ("1,249 m²", "m²", "1249", "plain_figure"),
        ("1 249 sq. m.", "m²", "1249", "plain_figure"),
        ("1,000 sq ft", "m²", "92.90304", "unit_converted"),
        ("0.5 ha", "m²", "5000", "unit_converted"),
        ("2 km²", "ha", "200", "unit_converted"),
        ("1.33 acres", "ha", "0.5382319042", "unit_converted"),
        ("0.537 hectares (1.33 acres)", "ha", "0.537", "plain_figure"),
        ("1.33 acres / 0.537 ha", "ha", "0.537", "plain_figure"),
        ("1,161 hectares", "ha", "1161", "plain_figure"),
        ("1,161 hectares (2,869 acres)", "ha", "1161", "plain_figure"),
        ("1,161 hectares (2.87 acres)", "ha", "1.161", "decimal_comma"),
        ("1,909 hectares (4,72 acres)", "ha", "1.909", "decimal_comma"),
        ("2 years", "months", "24", "unit_converted"),
        ("5 mins", "s", "300", "unit_converted"),
        ("12 %", "%", "12", "plain_figure"),
        ("£100 per sq ft", "£ per m²", "1076.391042", "unit_converted"),
    ],
)
def test_a_figure_and_its_unit_are_a_number(text: str, unit: str, value: str, rule: str):
    found = figure(text, unit)
    assert found is not None
    assert (plain(found.value), found.rule, found.differs) == (value, rule, False)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("see lease", "£"),
        ("400-500", "m²"),
        ("500 / 600", "m²"),
        ("1.2m", "m²"),
        ("500 rooms", "m²"),
        ("12,5", "£"),
        ("4,72 acres", "ha"),
        ("1.0 ha (1.0 acre)", "ha"),
        ("£450,000 (2019)", "£"),
        ("£1,200 pcm", "£"),
        ("£100 pw", "£ a year"),
        ("9" * 400, "£"),
        ("1.2.3", "£"),
        ("", "£"),
    ],
)
def test_what_is_not_understood_to_the_last_word_is_no_figure(text: str, unit: str):
    assert figure(text, unit) is None


def test_every_unit_of_a_number_is_understood_or_a_coordinate():
    units = {c.unit for layer in LAYERS.values() for c in layer.columns if c.numeric}
    assert units - set(UNITS) <= {"", "m", "degrees"}


def test_two_figures_that_are_nearly_the_same_are_read_and_pointed_out():
    index = pd.RangeIndex(2, 4, name="row")
    cells = ["0.214 hectares (0.6 acres)", "0.2 ha (0.49 acres)"]
    frame = pd.DataFrame({"asset_id": ["A", "B"], "site_area_ha": cells}, index=index)
    done = repair_cells(BUILDINGS, frame)
    assert list(done.frame["site_area_ha"]) == ["0.214", "0.2"]
    (issue,) = done.issues
    assert (issue.rule, issue.ids, issue.severity) == (
        "buildings.figures_differ",
        ("A",),
        "warning",
    )


@pytest.mark.parametrize("word", ["n/a", "N.A.", "-", "–", ".", "...", "?", "TBC", "(unknown)",
                                  "Not available", "#N/A", "none", "nan"])  # fmt: skip
def test_words_for_nothing_are_blank_where_a_figure_date_or_id_belongs(word: str):
    assert is_not_available(word)
    for column in ("gia_m2", "survey_date", "uprn", "asset_id", "tenure", "postcode"):
        assert repaired(column, word) == ([""], ["not_available"])
    assert repaired("name", word) == ([word], [])


@pytest.mark.parametrize("word", ["", "0", "12", "Nana's", "See -", "no", "NA12"])
def test_other_words_are_not(word: str):
    assert not is_not_available(word)


def test_numbers_that_are_read_already_are_no_repair():
    cells = ["12", "£1,234", "-5", "1234.5", "1e3", ""]
    assert repaired("gia_m2", *cells) == (cells, [])
    floats = pd.DataFrame({"gia_m2": [1.0, float("nan")]}, index=pd.RangeIndex(2, 4, name="row"))
    assert repair_cells(BUILDINGS, floats).frame is not None
    assert not repair_cells(BUILDINGS, floats).repairs


def test_published_words_become_the_planners_and_unknown_ones_stay():
    column = BUILDINGS.column("tenure")
    word, meant = next(pair for pair in column.words if pair[0] not in column.allowed)
    spoken = word.replace("_", " ").title()
    assert repaired("tenure", spoken, "Freehold", "palace") == (
        [meant, "Freehold", "palace"],
        ["published_word"],
    )


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("AL100DA", "AL10 0DA"),
        ("le15  6bq", "LE15 6BQ"),
        ("LN11 7QS.", "LN11 7QS"),
        ("CH65 OEZ", "CH65 0EZ"),
        ("0X1 2JD", "OX1 2JD"),
        ("S014 1AB", "SO14 1AB"),
        ("M1 IAE", "M1 1AE"),
        ("LE15 6BQ", "LE15 6BQ"),
        ("M31", ""),
        ("M31 4", ""),
        ("TS13 45W", ""),
        ("AG13 7LD", ""),
        ("SA15 5SC", ""),
        ("WF5 9EE (For Sat Nav use WF5 9TR)", ""),
        ("", ""),
    ],
)
def test_postcodes_are_spelt_as_royal_mail_does_where_one_spelling_is_possible(
    text: str, spelt: str
):
    assert spelt_postcode(text) == spelt


@pytest.mark.parametrize(
    ("text", "uprn", "rules"),
    [
        ("100012797623", "100012797623", []),
        ("00012", "00012", []),
        ("1.00012797623E+11", "100012797623", ["plain_figure"]),
        ("1.0001E+11", "1.0001E+11", []),
        ("1E+11", "1E+11", []),
        ("100 012 797 623", "100012797623", ["plain_figure"]),
        ("'100012797623", "100012797623", ["plain_figure"]),
        ("UPRN: 100012797623", "100012797623", ["plain_figure"]),
        ("0", "", ["not_available"]),
        ("12 High Street", "12 High Street", []),
    ],
)
def test_property_references_keep_every_digit_or_stay(text: str, uprn: str, rules: list[str]):
    assert repaired("uprn", text) == ([uprn], rules)

"""The columns of the layers: complete, consistent, documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.cells import slug
from assets.naming.aliases import BOOKKEEPING, spread
from assets.schema import (
    LAYERS,
    PLACE_COLUMNS,
    dictionary_markdown,
    heading_key,
    headings,
    meaning_key,
    meanings,
    weights,
)

TEXTS = ("text", "id", "slug", "slugs")
# The data dictionary's columns, so that none goes missing by accident.
WANTED = {
    "buildings": "asset_id uprn name owner asset_type easting northing lon lat postcode ward_code "
    "tenure tenure_category status gia_m2 capacity_m2 condition_grade survey_date backlog_gbp_p1 "
    "backlog_gbp_p2 backlog_gbp_p3 backlog_gbp_p4 suitability accessible epc tco2e_pa "
    "running_cost_gbp_pa income_gbp_pa market_value_gbp book_value_gbp valuation_basis "
    "disposal_cost_pct months_to_sell market_area build_capex_gbp extension_gbp_per_m2 "
    "extension_max_m2 decision_lock lock_reason in_scope confidential constraints "
    "remaining_life_yr building_class receipt_confidence planned_maintenance_gbp grant_gbp "
    "clawback_gbp",
    "leases": "asset_id start expiry break_dates break_notice_months break_penalty_gbp "
    "annual_rent_gbp dilapidations_gbp",
    "services": "unit_id service_type asset_id operator mode space_m2 users_pa income_gbp_pa "
    "service_cost_gbp_pa move_cost_gbp one_off_gbp host_types lock duty_system turnout_s vehicles "
    "availability_day_pct availability_night_pct over_border",
    "stations": "station_id name service_type operator owner uprn easting northing lon lat "
    "postcode tenure status gia_m2 running_cost_gbp_pa duty_system turnout_s vehicles space_m2 "
    "over_border "
    "availability_day_pct availability_night_pct asset_type address place_precision",
    "compatibility": "service_a service_b rule cost_gbp note",
    "demand": "demand_id easting northing lon lat population households no_car_households "
    "under_5 over_65 imd_decile rural_urban ward_code area_id",
    "areas": "area_id name kind",
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer_has_the_dictionary_columns_and_the_trail(name: str):
    have = LAYERS[name].names
    assert set(WANTED[name].split()) <= set(have)
    assert {"source_ref", "as_at", "conflict_note"} <= set(have)
    assert len(have) == len(set(have))


@pytest.mark.parametrize("name", LAYERS)
def test_every_name_and_alias_is_found_and_a_column_goes_by_its_own_name(name: str):
    layer = LAYERS[name]
    known = meanings(name)
    for column in (*layer.columns, *layer.helpers):
        assert known[meaning_key(column.name)][0] == (column.name, 0)
        assert headings(name)[meaning_key(column.name)] == (column.name, 0)
        for alias in column.aliases:
            for written in spread(alias):
                assert column.name in [found for found, _ in known[meaning_key(written)]], written


@pytest.mark.parametrize("name", LAYERS)
def test_a_heading_of_several_columns_has_cells_that_can_tell_them_apart(name: str):
    """Of the columns a heading may mean only the last choice may be text that could be anything."""
    columns = {c.name: c for c in (*LAYERS[name].columns, *LAYERS[name].helpers)}
    pairs = ({"use", "use_2"}, {"use", "asset_type"}, {"service_type", "use"})
    for key, found in meanings(name).items():
        open_ = [
            c
            for c, _ in found
            if c in columns
            and c not in PLACE_COLUMNS
            and not columns[c].allowed
            and not columns[c].pattern
            and columns[c].kind in TEXTS
        ]
        ignored = [c for c in open_ if not any({c, other} in pairs for other in open_)]
        assert len(ignored) <= 1, (key, found)


def test_a_heading_is_listed_once_per_column():
    for layer in LAYERS.values():
        for column in layer.columns:
            keys = [meaning_key(alias) for alias in column.aliases]
            assert "" not in keys, column.name


def test_words_are_slugs_of_words_the_column_knows():
    for layer in LAYERS.values():
        for column in layer.columns:
            goals = column.allowed or column.usual
            for published, planner in column.words:
                assert published == slug(published), (column.name, published)
                assert planner in goals, (column.name, planner)
            told = dict(column.words)
            assert len(told) == len(set(column.words)), column.name
            assert not set(told) & set(goals), column.name


@pytest.mark.parametrize(
    ("layer", "column", "published", "planner"),
    [
        ("buildings", "tenure", "Long leasehold", "leasehold"),
        ("buildings", "tenure", "F/H", "freehold"),
        ("buildings", "status", "Occupied by the local authority", "operational"),
        ("buildings", "status", "VOID", "vacant"),
        ("buildings", "condition_grade", "A - Good", "A"),
        ("buildings", "condition_grade", "Poor", "C"),
        ("buildings", "receipt_confidence", "Amber", "medium"),
        ("buildings", "receipt_confidence", "Red", "low"),
        ("buildings", "building_class", "Non-standard", ""),
        ("buildings", "building_class", "Specialised", "non_standard"),
        ("stations", "duty_system", "RDS", "on_call"),
        ("stations", "duty_system", "Wholetime & Retained", "wholetime"),
        ("stations", "duty_system", "Day Crewing", "day_crewed"),
        ("services", "duty_system", "Self-rostered", ""),
        ("demand", "rural_urban", "Rural village and dispersed", "rural"),
        ("demand", "rural_urban", "Urban city and town in a sparse setting", "urban"),
        ("demand", "rural_urban", "Smaller rural: Further from a major town or city", "rural"),
    ],
)
def test_published_words(layer: str, column: str, published: str, planner: str):
    found = LAYERS[layer].column(column)
    said = dict(found.words).get(slug(published.replace("&", "and")), "")
    assert said == planner
    assert planner or slug(published) in found.allowed


def test_what_is_needed_says_what_its_absence_costs():
    for layer in LAYERS.values():
        if layer.name in ("compatibility", "stations"):
            continue
        for column in layer.columns:
            assert column.absence or not column.required, (layer.name, column.name)
            assert not column.absence.endswith("."), column.name


def test_years_are_written_out_with_the_newest_first():
    assert spread("LSOA code (YYYY)")[:2] == ("LSOA code (2030)", "LSOA code (2029)")
    assert "oa01cd" in spread("oaYYcd") and "oa91cd" in spread("oaYYcd")
    assert spread("Tenure") == ("Tenure",)
    known = meanings("demand")
    assert known["lsoa21cd"][0][1] < known["lsoa11cd"][0][1]


def test_bookkeeping_is_no_column_of_any_layer():
    for name in LAYERS:
        assert not BOOKKEEPING & set(meanings(name))


@pytest.mark.parametrize(
    ("heading", "key"),
    [
        ("65+", "65andover"),
        ("Land & Building", "landandbuilding"),
        ("GIA m²", "giam2"),
        ("Share %", "sharepct"),
        ("Site\nCo-ordinates", "sitecoordinates"),
    ],
)
def test_signs_count_as_words(heading: str, key: str):
    assert meaning_key(heading) == key


@pytest.mark.parametrize("name", LAYERS)
def test_columns_are_consistent(name: str):
    for column in LAYERS[name].columns:
        assert column.doc, column.name
        assert not (column.required and column.default is not None), column.name
        if column.allowed and column.default is not None:
            assert column.default in column.allowed
        if column.name.endswith(("_gbp", "_gbp_pa")):
            assert column.minimum == 0.0 and "£" in column.unit
        if column.name.endswith("_m2") and "_per_" not in column.name:
            assert column.unit == "m²"
        if column.name.endswith("_pct"):
            assert (column.minimum, column.maximum) == (0.0, 100.0)


def test_low_and_high_follow_their_number():
    low = LAYERS["buildings"].column("running_cost_gbp_pa_low")
    assert (low.kind, low.minimum) == ("number", 0.0)
    assert LAYERS["buildings"].find("owner_low") is None
    assert LAYERS["buildings"].find("easting_low") is None
    with pytest.raises(KeyError, match="no column 'nonsense'"):
        LAYERS["buildings"].column("nonsense")


@pytest.mark.parametrize(
    ("layer", "heading", "name"),
    [
        ("demand", "LSOA11CD", "demand_id"),
        ("demand", "lsoa21cd", "demand_id"),
        ("demand", "oa21cd", "demand_id"),
        ("demand", "Population (Total)", "population"),
        ("demand", "X", "easting"),
        ("demand", "Y", "northing"),
        ("buildings", "X_COORDINATE", "easting"),
        ("buildings", "Easting", "easting"),
        ("buildings", "Longitude", "lon"),
        ("buildings", "latitude", "lat"),
        ("buildings", "UPRN", "uprn"),
        ("buildings", "Unique asset identity", "asset_id"),
        ("buildings", "STATION_EASTING", "easting"),
        ("buildings", "GIA m2", "gia_m2"),
        ("services", "OverBorder", "over_border"),
        ("leases", "Expiry Date", "expiry"),
        ("buildings", "Receipt RAG", "receipt_confidence"),
        ("buildings", "Grant clawback", "clawback_gbp"),
        ("buildings", "External grant", "grant_gbp"),
        ("buildings", "Planned maintenance", "planned_maintenance_gbp"),
        ("services", "Redundancy costs", "one_off_gbp"),
    ],
)
def test_headings_of_real_registers(layer: str, heading: str, name: str):
    assert headings(layer)[heading_key(heading)][0] == name


def test_dictionary_lists_every_column_once_and_keeps_its_tables_straight():
    text = dictionary_markdown()
    for layer in LAYERS.values():
        for column in layer.columns:
            assert f"| `{column.name}` |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {8}
    assert "optional, blank = true" in text and "conditional: candidates" in text


def test_weights_are_the_counts_of_demand():
    assert weights(LAYERS["demand"]) == (
        "population",
        "households",
        "no_car_households",
        "under_5",
        "over_65",
    )


def test_the_documented_columns_are_the_schemas(repo: Path) -> None:
    """docs/columns.md ends with `dictionary_markdown()`; write it again when a column changes."""
    assert (repo / "docs" / "columns.md").read_text().endswith("\n" + dictionary_markdown())

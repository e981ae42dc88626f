"""The columns of the layers: complete, consistent, documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.schema import LAYERS, dictionary_markdown, heading_key, headings, weights

# The data dictionary's columns, so that none goes missing by accident.
WANTED = {
    "buildings": "asset_id uprn name owner asset_type easting northing lon lat postcode ward_code "
    "tenure tenure_category status gia_m2 capacity_m2 condition_grade survey_date backlog_gbp_p1 "
    "backlog_gbp_p2 backlog_gbp_p3 backlog_gbp_p4 suitability accessible epc tco2e_pa "
    "running_cost_gbp_pa income_gbp_pa market_value_gbp book_value_gbp valuation_basis "
    "disposal_cost_pct months_to_sell market_area build_capex_gbp extension_gbp_per_m2 "
    "extension_max_m2 decision_lock lock_reason in_scope confidential constraints "
    "remaining_life_yr",
    "leases": "asset_id start expiry break_dates break_notice_months break_penalty_gbp "
    "annual_rent_gbp dilapidations_gbp",
    "services": "unit_id service_type asset_id operator mode space_m2 users_pa income_gbp_pa "
    "service_cost_gbp_pa move_cost_gbp host_types lock duty_system turnout_s vehicles "
    "availability_day_pct availability_night_pct over_border",
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
def test_no_heading_means_two_columns(name: str):
    seen: dict[str, str] = {}
    for column in LAYERS[name].columns:
        for heading in (column.name, *column.aliases):
            key = heading_key(heading)
            assert seen.setdefault(key, column.name) == column.name, heading
            assert headings(name)[key][0] == column.name


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

"""Blanks filled from the default table: what, where, how much, and that each is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.defaults import filled, table
from assets.drafting.assumptions import Assumptions
from assets.estate import Estate, build_estate, check_layers, examine
from assets.issues import InputError
from assets.schema import LAYERS
from assets.sheets import sheet_of
from tests.toy_estate import toy_layers

Layers = dict[str, pd.DataFrame]
FIGURES = ["gia_m2", "running_cost_gbp_pa", "capacity_m2", "tenure"]
VALUES = ["market_value_gbp", "market_value_gbp_low", "market_value_gbp_high"]


@pytest.fixture(scope="module")
def standard() -> Assumptions:
    return table("standard")


def blanked(layer: str, rows: list[int], *columns: str) -> Layers:
    layers = toy_layers()
    layers[layer].loc[rows, list(columns)] = ""
    return layers


def warned(estate: Estate) -> dict[str, tuple[str, ...]]:
    return {w.message: w.ids for w in estate.warnings if w.rule.endswith(".defaulted")}


def test_a_full_register_is_left_alone_but_for_the_capacity_nobody_needs(standard: Assumptions):
    layers = toy_layers()
    estate = build_estate(layers, defaults=standard)
    assert warned(estate) == {}
    pd.testing.assert_frame_equal(
        pd.DataFrame(estate.buildings), pd.DataFrame(build_estate(layers).buildings)
    )


def test_blank_figures_of_a_library_are_those_of_the_table(standard: Assumptions):
    layers = blanked("buildings", [1, 3], *FIGURES, *VALUES)
    with pytest.raises(InputError) as refused:
        build_estate(layers)
    assert {i.rule for i in refused.value.issues} == {"buildings.blank_cell"}
    assert all("`defaults: standard`" in i.remedy for i in refused.value.issues)
    estate = build_estate(layers, defaults=standard)
    row = estate.buildings.loc["B2"]
    # 250 m² of library; £90 a year, £950 of receipt and 0.9 m² of room for each
    assert row[["gia_m2", "running_cost_gbp_pa", "capacity_m2"]].tolist() == [250, 22500, 225]
    assert row[VALUES].tolist() == [237500, 166200, 308800]
    assert row["tenure"] == "freehold"
    assert row["source_ref"] == (
        "assumed: tenure, gia_m2, running_cost_gbp_pa, capacity_m2, market_value_gbp"
    )
    assert estate.buildings.loc["B1", "source_ref"] == ""
    assert warned(estate) == {
        "without a tenure, 2 buildings are taken as freehold": ("B2", "B4"),
        "without a floor area, 2 buildings are sized from the default table": ("B2", "B4"),
        "without running costs, 2 buildings are priced from the default table": ("B2", "B4"),
        "without a capacity, 2 buildings are given room for services from the default table": (
            "B2", "B4",
        ),
        "without a market value, 2 buildings are valued from the default table": ("B2", "B4"),
    }  # fmt: skip


def test_running_cost_follows_the_floor_area_the_register_gives(standard: Assumptions):
    estate = build_estate(blanked("buildings", [1], "running_cost_gbp_pa"), defaults=standard)
    assert estate.buildings.loc["B2", "running_cost_gbp_pa"] == 27000.0  # 300 m² at £90
    assert estate.buildings.loc["B2", "source_ref"] == "assumed: running_cost_gbp_pa"
    assert warned(estate) == {
        "without running costs, 1 building is priced from the default table": ("B2",)
    }


def test_the_note_goes_after_what_the_source_says(standard: Assumptions):
    layers = blanked("buildings", [1], "gia_m2")
    layers["buildings"]["source_ref"] = "register 2024"
    estate = build_estate(layers, defaults=standard)
    assert estate.buildings.loc["B2", "source_ref"] == "register 2024; assumed: gia_m2"
    assert estate.buildings.loc["B1", "source_ref"] == "register 2024"


def test_receipts_are_assumed_only_of_freeholds_that_may_go(standard: Assumptions):
    layers = blanked("buildings", [0, 1, 2, 3, 4, 5], *VALUES)
    layers["buildings"]["decision_lock"] = ["retain", "no_host", "free", "host_only", "close", ""]
    estate = build_estate(layers, defaults=standard)
    # B1 and B4 are kept, B3 is leasehold, B6 a candidate
    valued = estate.buildings.index[estate.buildings["market_value_gbp"].notna()]
    assert list(valued) == ["B2", "B5"]


def test_a_market_value_lies_in_the_range_that_is_given(standard: Assumptions):
    layers = toy_layers()
    layers["buildings"].loc[1, VALUES] = ["", "300000", "400000"]
    layers["buildings"].loc[3, VALUES] = ["", "1", "2"]
    buildings = build_estate(layers, defaults=standard).buildings
    assert buildings.loc["B2", VALUES].tolist() == [300000, 300000, 400000]  # 300 m² at £950
    assert buildings.loc["B4", VALUES].tolist() == [2, 1, 2]


def test_room_is_never_less_than_what_is_in_it_and_only_hosts_have_any(standard: Assumptions):
    layers = blanked("buildings", [0, 1, 2, 3, 4], "capacity_m2")
    layers["services"].loc[4, "space_m2"] = "240"  # in B4, 250 m² x 0.9 = 225
    layers["buildings"].loc[0, "decision_lock"] = "no_host"
    layers["buildings"].loc[1, "asset_type"] = "courthouse"
    capacity = build_estate(layers, defaults=standard).buildings["capacity_m2"]
    assert capacity[["B3", "B4", "B6"]].tolist() == [680, 240, 900]  # offices 800 m² x 0.85
    assert capacity[["B1", "B2", "B5"]].isna().all()  # locked, no host by type, standing empty


def test_units_are_given_their_share_of_the_building_or_the_figure_of_the_service(
    standard: Assumptions,
):
    layers = blanked("services", [0, 1, 2, 3], "space_m2", "operator")
    services = build_estate(layers, defaults=standard).services
    # 0.8 of a fire station of 500 m², 0.65 of a library of 300 m²; in the office neither is at home
    assert services.loc[["U1", "U2", "U3", "U4"], "space_m2"].tolist() == [400, 195, 120, 50]
    assert services.loc["U3", "operator"] == "District"  # who owns B3
    assert services.loc["U1", "source_ref"] == "assumed: operator, space_m2"


def test_units_of_one_building_share_what_room_is_left(standard: Assumptions):
    layers = blanked("services", [2, 3], "space_m2")
    layers["buildings"].loc[2, "capacity_m2"] = "85"  # wanted are 120 + 50
    services = build_estate(layers, defaults=standard).services
    assert services.loc[["U3", "U4"], "space_m2"].tolist() == [60, 25]


def test_a_fire_crew_that_is_not_stated_is_the_cautious_one(standard: Assumptions):
    layers = blanked("services", [0], "duty_system")
    estate = build_estate(layers, defaults=standard)
    assert estate.services.loc["U1", "duty_system"] == "on_call"
    assert warned(estate) == {"without a duty system, 1 unit is taken as on_call": ("U1",)}
    layers["services"]["turnout_s"] = ["120", "", "", "", ""]
    assert build_estate(layers, defaults=standard).services.loc["U1", "duty_system"] == ""


def test_types_and_statuses_that_are_not_stated(standard: Assumptions):
    layers = blanked("buildings", [0, 2, 4], "asset_type", "status")
    buildings = build_estate(layers, defaults=standard).buildings
    # one fire unit; two services; nothing
    assert buildings.loc[["B1", "B3", "B5"], "asset_type"].tolist() == [
        "fire_station", "other", "other",
    ]  # fmt: skip
    assert set(buildings.loc[["B1", "B3", "B5"], "status"]) == {"operational"}


def test_moves_are_priced_and_limited_only_where_no_unit_says_anything(standard: Assumptions):
    layers = blanked("services", [0, 1], "move_cost_gbp", "host_types")
    services = build_estate(layers, defaults=standard).services
    assert np.isnan(services.loc["U1", "move_cost_gbp"])  # blank means nil beside U3's £10,000
    assert services.loc["U1", "host_types"] == "fire_station"  # nobody named any
    layers["services"]["move_cost_gbp"] = ""
    services = build_estate(layers, defaults=standard).services
    assert services.loc[["U1", "U2", "U3"], "move_cost_gbp"].tolist() == [120000, 45000, 25000]
    assert services.loc["U3", "host_types"] == "library;office;community_hall"


def test_nothing_is_filled_where_the_plan_decides_nothing(standard: Assumptions):
    layers = blanked("buildings", [0, 1], *FIGURES, *VALUES)
    layers["buildings"]["in_scope"] = ["no", "yes", "yes", "yes", "yes", "yes"]
    layers["buildings"].loc[1, ["easting", "northing"]] = ""
    layers["services"].loc[[0, 1], "space_m2"] = ""
    estate = build_estate(layers, defaults=standard)
    assert warned(estate) == {} and estate.out_of_model == ("B2",)
    assert np.isnan(estate.buildings.loc["B1", "gia_m2"])


def test_what_is_written_but_cannot_be_read_is_no_blank(standard: Assumptions):
    layers = toy_layers()
    layers["buildings"].loc[1, "running_cost_gbp_pa"] = "see lease"
    examined = examine(layers, defaults=standard)
    found = {i.rule: i.ids for i in examined.issues}
    assert ("buildings.defaulted" in found) != ("buildings.unreadable_cell" in found)
    if not examined.errors:  # the repair that blanked the cell is listed
        assert "see lease" in set(examined.estate().repairs["before"])


def test_errors_that_no_table_can_mend_remain(standard: Assumptions):
    layers = blanked("buildings", [0], "owner", "name", "gia_m2")
    rules = [i for i in check_layers(layers, defaults=standard) if i.severity == "error"]
    assert [(i.rule, i.message) for i in rules] == [
        ("buildings.blank_cell", "name is blank"),
        ("buildings.blank_cell", "owner is blank"),
    ]
    assert not any("defaults" in i.remedy for i in rules)
    candidate = blanked("buildings", [5], "build_capex_gbp", "capacity_m2")
    rules = [i for i in check_layers(candidate, defaults=standard) if i.severity == "error"]
    assert {i.rule for i in rules} == {"buildings.candidate_incomplete"}


def test_a_register_of_names_and_places_is_enough(standard: Assumptions):
    layers = toy_layers()
    names = ["asset_id", "name", "owner", "asset_type", "easting", "northing"]
    layers["buildings"] = layers["buildings"].loc[:4, names]
    layers["services"] = layers["services"][["unit_id", "service_type", "asset_id"]]
    layers.pop("leases")
    estate = build_estate(layers, defaults=standard)
    assert len(warned(estate)) == 11 and len(estate.buildings) == 5
    assert estate.buildings[["gia_m2", "running_cost_gbp_pa"]].notna().all(axis=None)
    assert estate.services["space_m2"].gt(0).all()
    assert (estate.used_m2() <= estate.buildings["capacity_m2"]).loc[["B1", "B2", "B3", "B4"]].all()


def test_a_table_of_ones_own_goes_before_the_standard_one(tmp_path: Path):
    own = tmp_path / "own.yml"
    own.write_text("figures: {gia_m2: {by_kind: {library: 111}}}\ntenure: other\n", "utf-8")
    layers = blanked("buildings", [1], "gia_m2", "tenure")
    buildings = build_estate(layers, defaults=table("own.yml", lambda p: tmp_path / p)).buildings
    assert buildings.loc["B2", ["gia_m2", "tenure"]].tolist() == [111.0, "other"]
    own.write_text("tenure: mine\n", "utf-8")
    with pytest.raises(InputError, match="tenure: 'mine'"):
        table("own.yml", lambda p: tmp_path / p)
    with pytest.raises(InputError, match="cannot be read as YAML"):
        table("nowhere.yml", lambda p: tmp_path / p)


def test_no_layers_and_no_sheet_is_changed(standard: Assumptions):
    empty = {name: sheet_of(name, None) for name in LAYERS}
    assert filled(empty, standard) == (empty, ())
    layers = blanked("buildings", [1], "gia_m2")
    sheets = {name: sheet_of(name, layers.get(name)) for name in LAYERS}
    before = sheets["buildings"].frame.copy()
    done, _ = filled(sheets, standard)
    pd.testing.assert_frame_equal(sheets["buildings"].frame, before)
    assert done["buildings"].frame.loc[1, "gia_m2"] == 250.0

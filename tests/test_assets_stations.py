"""Stations are buildings with a unit in them, and messages speak of the stations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assets.defaults import table
from assets.estate import build_estate, build_layer, check_layers, examine
from assets.issues import InputError
from assets.schema import LAYERS
from assets.sheets import sheet_of
from assets.stations import GIVEN_BY_STATIONS, home_types, with_stations
from tests.toy_estate import toy_layers

Layers = dict[str, pd.DataFrame]
COMPLETE = {
    "station_id": "S1", "name": "North", "service_type": "fire", "owner": "Fire", "uprn": "77",
    "easting": "372000", "northing": "91500", "tenure": "freehold", "gia_m2": "400",
    "running_cost_gbp_pa": "30000", "market_value_gbp": "100000", "space_m2": "300",
    "duty_system": "wholetime", "vehicles": "2", "as_at": "2024",
}  # fmt: skip


def station(**cells: str) -> dict[str, str]:
    return {**COMPLETE, **cells}


def with_list(*rows: dict[str, str]) -> Layers:
    return {**toy_layers(), "stations": pd.DataFrame(list(rows), dtype=object).fillna("")}


def test_a_station_is_a_building_and_the_unit_in_it():
    layers = with_list(station())
    assert check_layers(layers) == ()
    estate = build_estate(layers)
    assert len(estate.buildings) == 7 and len(estate.services) == 6
    building, unit = estate.buildings.loc["S1"], estate.services.loc["S1-fire"]
    assert building["asset_type"] == "fire_station" and building["status"] == "operational"
    assert (building["gia_m2"], building["running_cost_gbp_pa"]) == (400.0, 30000.0)
    assert (building["easting"], building.geometry.x, building["ward_code"]) == (372e3, 372e3, "W1")
    assert unit["asset_id"] == "S1" and unit["operator"] == "Fire" and unit["vehicles"] == 2.0
    assert unit["duty_system"] == "wholetime" and unit["space_m2"] == 300.0
    assert building["as_at"] == unit["as_at"] == "2024"
    assert estate.units_in("S1") == ("S1-fire",)


def test_stations_alone_are_an_estate_and_every_column_keeps_its_kind():
    rows = [station(), station(station_id="S2", name="South", northing="89000")]
    layers = {"stations": pd.DataFrame(rows, dtype=object), "demand": toy_layers()["demand"]}
    estate = build_estate(layers)
    assert list(estate.buildings.index) == ["S1", "S2"] and not len(estate.leases)
    for name in ("buildings", "services"):
        for column in LAYERS[name].columns[1:]:
            values = getattr(estate, name)[column.name]
            if column.numeric:
                assert values.dtype == np.float64, column.name
            elif column.kind == "boolean" and column.default is not None:
                assert values.dtype == bool, column.name
            elif column.kind != "date":
                assert values.dtype == object and values.map(type).eq(str).all(), column.name


def test_other_services_are_at_home_in_buildings_of_their_own_type():
    kinds = pd.Series(["fire", "police", "ambulance", "library", "advice", "health", "opera", ""])
    assert list(home_types(kinds)) == [
        "fire_station", "police_station", "ambulance_station", "library", "advice_centre",
        "health_centre", "opera", "",
    ]  # fmt: skip
    estate = build_estate(with_list(station(service_type="library", duty_system="")))
    assert estate.buildings.loc["S1", "asset_type"] == "library"
    assert estate.services.loc["S1-library", "service_type"] == "library"


def test_what_a_station_says_goes_before_what_is_taken_for_granted():
    said = station(asset_type="hub", status="vacant", operator="Trust")
    estate = build_estate(with_list(said))
    assert estate.buildings.loc["S1", ["asset_type", "status"]].tolist() == ["hub", "vacant"]
    assert estate.services.loc["S1-fire", "operator"] == "Trust"
    assert {w.rule for w in estate.warnings} == {"stations.vacant_but_used"}


def test_a_station_over_the_border_is_out_of_scope_and_needs_no_figures():
    abroad = station(over_border="yes", tenure="", gia_m2="", running_cost_gbp_pa="", space_m2="")
    layers = with_list(station(), abroad | {"station_id": "S2", "name": "Far", "uprn": "",
                                          "northing": "89000"})  # fmt: skip
    assert check_layers(layers) == ()
    estate = build_estate(layers)
    assert not estate.buildings.loc["S2", "in_scope"] and estate.buildings.loc["S1", "in_scope"]
    assert estate.services.loc["S2-fire", "space_m2"] == 0.0  # nothing the plan decides about
    assert np.isnan(estate.buildings.loc["S2", "running_cost_gbp_pa"])


def test_a_list_of_places_over_the_border_needs_no_columns_of_figures():
    row = {k: COMPLETE[k] for k in ("station_id", "name", "service_type", "owner", "easting",
                                    "northing", "duty_system")}  # fmt: skip
    assert check_layers(with_list({**row, "over_border": "yes"})) == ()
    (issue,) = [i for i in check_layers(with_list(row)) if i.severity == "error"]
    assert issue.rule == "stations.missing_column"
    assert issue.ids == ("tenure", "gia_m2", "running_cost_gbp_pa", "space_m2")


def test_a_unit_of_the_services_layer_may_sit_in_a_station_and_a_lease_belong_to_one():
    layers = with_list(station(tenure="leasehold", capacity_m2="400"))
    layers["services"].loc[4, "asset_id"] = "S1"
    layers["leases"].loc[0, "asset_id"] = "S1"
    found = {i.rule for i in check_layers(layers)}
    # B4 lost its unit and B3 its lease; nothing is said of S1 but that it is full
    assert found == {
        "buildings.operational_but_empty", "buildings.leasehold_without_lease",
        "stations.over_capacity",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"station_id": ""}, "stations.blank_cell"),
        ({"name": ""}, "stations.blank_cell"),
        ({"owner": ""}, "stations.blank_cell"),
        ({"service_type": ""}, "stations.blank_cell"),
        ({"tenure": ""}, "stations.blank_cell"),
        ({"gia_m2": "large"}, "stations.unreadable_cell"),
        ({"space_m2": "-1"}, "stations.below_minimum"),
        ({"tenure": "owned by a friend"}, "stations.not_allowed"),
        ({"easting": "37200"}, "stations.outside_gb"),
        ({"station_id": "S2"}, "stations.duplicate_id"),
        ({"duty_system": ""}, "stations.no_duty_system"),
        ({"status": "candidate"}, "stations.candidate_incomplete"),
    ],
)
def test_one_fault_of_a_station_is_told_once_and_of_the_stations(cells, rule):
    other = station(station_id="S2", name="South", northing="89000", uprn="78")
    layers = with_list({**COMPLETE, **cells}, other)
    errors = [i for i in check_layers(layers) if i.severity == "error"]
    assert {issue.layer for issue in errors} == {"stations"}
    assert len({(i.rule, i.message) for i in errors}) == len(errors)
    assert rule in [issue.rule for issue in errors]
    assert set(errors[0].ids) <= {"S1", "S2", "row 2 (North)"}


def test_ids_that_clash_are_refused():
    with pytest.raises(InputError, match="stations.id_clash"):
        build_estate(with_list(station(station_id="B1")))


def test_a_station_without_a_place_is_out_of_the_model_with_its_unit():
    far = station(station_id="S2", name="South", easting="", northing="", uprn="78", gia_m2="")
    layers = with_list(station(), far)
    (issue,) = check_layers(layers)
    assert (issue.rule, issue.ids, issue.severity) == (
        "stations.no_coordinates",
        ("S2",),
        "warning",
    )
    estate = build_estate(layers)
    assert estate.out_of_model == ("S2",)
    assert "S2" not in estate.buildings.index and "S2-fire" not in estate.services.index


def test_the_sheets_as_given_are_not_changed_and_the_rows_are_those_of_both():
    layers = with_list(station(), station(station_id="S2", northing="89000", gia_m2="large"))
    sheets = {name: sheet_of(name, layers.get(name)) for name in LAYERS}
    whole = with_stations(sheets)
    assert len(whole["buildings"].frame) == 8 == len(whole["buildings"].places)
    assert len(whole["services"].frame) == 7 and len(sheets["buildings"].frame) == 6
    assert list(whole["buildings"].origins) == ["buildings"] * 6 + ["stations"] * 2
    assert list(whole["buildings"].labels[-2:]) == ["S1", "S2"]
    mask, cells = whole["buildings"].unread["gia_m2"]
    assert list(np.flatnonzero(mask)) == [7] and cells.iloc[7] == "large"
    assert not sheets["buildings"].origins.size and whole["stations"] is sheets["stations"]


def test_without_stations_nothing_is_joined():
    sheets = {name: sheet_of(name, frame) for name, frame in toy_layers().items()}
    sheets["stations"] = sheet_of("stations", None)
    assert with_stations(sheets) is sheets


def test_each_required_column_of_a_building_or_unit_is_asked_of_stations_in_some_way():
    own = {c.name for c in LAYERS["stations"].columns if c.required}
    for layer in ("buildings", "services"):
        required = {c.name for c in LAYERS[layer].columns if c.required}
        assert required - GIVEN_BY_STATIONS - own <= {
            "tenure", "gia_m2", "running_cost_gbp_pa", "space_m2",
        }  # fmt: skip


def test_stations_by_themselves_are_a_layer():
    lost = station(station_id="S2", name="B", easting="", northing="")
    alone = build_layer("stations", pd.DataFrame([station(), lost], dtype=object))
    assert list(alone.index) == ["S1", "S2"] and alone.geometry.isna().tolist() == [False, True]


def test_shuffled_stations_give_the_same_estate():
    rows = [station(station_id=f"S{n}", name=f"N{n}", northing=str(89000 + n)) for n in range(5)]
    one = examine(with_list(*rows), defaults=table("standard")).estate()
    other = examine(with_list(*rows[::-1]), defaults=table("standard")).estate()
    pd.testing.assert_frame_equal(pd.DataFrame(one.buildings), pd.DataFrame(other.buildings))
    pd.testing.assert_frame_equal(one.services, other.services)
    assert one.warnings == other.warnings

"""Frames -> Estate: typed, defaulted, sorted, placed; the same for any order of rows."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.defaults import table
from assets.estate import (
    Estate,
    build_estate,
    build_layer,
    build_points,
    check_layers,
    examine,
)
from assets.issues import InputError
from assets.read import read_layer
from assets.schema import LAYERS
from tests.toy_estate import toy_estate, toy_layers

FRAMES = ("buildings", "services", "demand", "areas", "compatibility", "leases")


def same(one: Estate, other: Estate) -> None:
    for name in FRAMES:
        first, second = getattr(one, name), getattr(other, name)
        assert type(first) is type(second)
        pd.testing.assert_frame_equal(pd.DataFrame(first), pd.DataFrame(second))
    assert one.warnings == other.warnings


@pytest.fixture(scope="module")
def estate() -> Estate:
    return toy_estate()


def test_indexes_are_sorted_ids_and_points_are_on_the_national_grid(estate: Estate):
    keys = {name: LAYERS[name].key for name in FRAMES if name != "compatibility"}
    for name, key in keys.items():
        index = getattr(estate, name).index
        assert index.name == key and index.is_unique and list(index) == sorted(index)
    for frame in (estate.buildings, estate.demand, estate.areas):
        assert frame.crs.to_epsg() == 27700
    assert list(estate.buildings.geometry.x) == list(estate.buildings["easting"])
    assert list(estate.demand.geometry.y) == list(estate.demand["northing"])


@pytest.mark.parametrize("name", FRAMES)
def test_every_column_is_there_with_the_type_promised(estate: Estate, name: str):
    frame = getattr(estate, name)
    for column in LAYERS[name].columns:
        if column.name == LAYERS[name].key:
            continue
        values = frame[column.name]
        if column.numeric:
            assert values.dtype == np.float64, column.name
        elif column.kind == "boolean" and column.default is not None:
            assert values.dtype == bool, column.name
        elif column.kind == "date":
            assert values.dtype.kind == "M", column.name
        else:
            assert values.dtype == object and values.map(type).eq(str).all(), column.name


def test_values_are_read_and_defaults_filled(estate: Estate):
    buildings, services = estate.buildings, estate.services
    assert buildings.loc["B1", "uprn"] == "00100012797"
    assert buildings.loc["B3", "running_cost_gbp_pa"] == 90000.0
    assert buildings.loc["B3", "confidential"] and buildings["in_scope"].all()
    assert set(buildings["decision_lock"]) == {"free"}
    assert np.isnan(buildings.loc["B2", "market_value_gbp_low"])
    assert set(services["mode"]) == {"full"} and not services["over_border"].any()
    assert services.loc["U1", "vehicles"] == 1.0 and np.isnan(services.loc["U2", "vehicles"])
    assert estate.leases.loc["B3", "break_dates"] == "2031-03-31;2036-03-31"
    assert estate.leases.loc["B3", "start"] == pd.Timestamp(2016, 4, 1)


def test_blank_areas_are_found_by_place_and_borders_go_to_the_first(estate: Estate):
    assert list(estate.demand["ward_code"]) == ["W1", "W1", "W1", "W2", "W2"]  # D3 on the border
    assert list(estate.demand["area_id"]) == ["P1", "P1", "", "", ""]
    assert estate.buildings.loc["B4", "ward_code"] == "W2"
    assert set(estate.demand["town_id"]) == {""}


def test_an_area_that_is_given_stays():
    layers = toy_layers()
    layers["demand"]["ward_code"] = ["W2", "", "", "", ""]
    assert list(build_estate(layers).demand["ward_code"]) == ["W2", "W1", "W1", "W2", "W2"]


def test_pairs_are_in_alphabetical_order_and_asked_in_any(estate: Estate):
    pairs = estate.compatibility[["service_a", "service_b"]]
    assert pairs.to_numpy().tolist() == [["advice", "fire"], ["fire", "library"]]
    assert estate.sharing_rule("library", "fire") == ("conditional", 15000.0)
    assert estate.sharing_rule("fire", "advice") == ("forbidden", 0.0)
    assert estate.sharing_rule("library", "advice") == ("allowed", 0.0)


def test_questions_about_units_and_space(estate: Estate):
    assert estate.units_in("B3") == ("U3", "U4") and estate.units_in("nowhere") == ()
    assert estate.units_of("library") == ("U2", "U5")
    assert estate.used_m2().to_dict() == {
        "B1": 300, "B2": 200, "B3": 230, "B4": 180, "B5": 0, "B6": 0,
    }  # fmt: skip


def test_weights_are_the_filled_counts(estate: Estate):
    known = ("population", "households", "no_car_households", "under_5", "over_65")
    assert estate.weight_names() == (*known, "fires")


def test_a_weight_blank_in_some_places_is_nil_there_and_blank_in_all_is_unknown():
    layers = toy_layers()
    layers["demand"].loc[1, "fires"] = ""
    layers["demand"]["over_65"] = ""
    estate = build_estate(layers)
    assert estate.demand.loc["D2", "fires"] == 0.0
    assert estate.demand["over_65"].isna().all() and "over_65" not in estate.weight_names()
    assert [w.rule for w in estate.warnings] == ["demand.weight_blank"]


def test_lon_and_lat_give_the_same_place_as_easting_and_northing(estate: Estate):
    layers = toy_layers()
    degrees = estate.demand.to_crs("EPSG:4326").geometry
    layers["demand"] = (
        layers["demand"]
        .drop(columns=["easting", "northing"])
        .assign(Longitude=degrees.x.to_numpy(), Latitude=degrees.y.to_numpy())
    )
    moved = build_estate(layers).demand
    assert np.allclose(moved[["easting", "northing"]], estate.demand[["easting", "northing"]],
                       atol=0.01)  # fmt: skip


def test_geometry_alone_is_enough_in_any_reference_system(estate: Estate):
    layers = toy_layers()
    shapes = gpd.points_from_xy(estate.buildings["easting"], estate.buildings["northing"])
    frame = layers["buildings"].drop(columns=["easting", "northing"])
    drawn = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:27700")
    layers["buildings"] = drawn.to_crs("EPSG:3857")
    built = build_estate(layers).buildings
    assert np.allclose(built["easting"], estate.buildings["easting"], atol=0.01)


def test_the_optional_layers_may_be_absent():
    layers = {name: toy_layers()[name] for name in ("buildings", "services", "demand")}
    estate = build_estate(layers)
    assert len(estate.areas) == len(estate.compatibility) == len(estate.leases) == 0
    assert estate.areas.crs.to_epsg() == 27700
    assert set(estate.demand["ward_code"]) == {""}


def test_typed_frames_with_the_key_as_index_are_read_as_text_is(estate: Estate):
    layers = toy_layers()
    demand = layers["demand"].set_index("demand_id")
    counts = ["easting", "northing", "population", "households", "fires"]
    layers["demand"] = demand.astype({name: float for name in counts})
    same(build_estate(layers), estate)
    again = {name: getattr(estate, name) for name in FRAMES}
    same(build_estate(again), estate)


def test_an_unknown_layer_is_refused():
    with pytest.raises(InputError, match="did you mean 'buildings'"):
        build_estate({**toy_layers(), "bildings": toy_layers()["buildings"]})


def test_a_crossed_outline_is_mended():
    layers = toy_layers()
    bow = shapely.Polygon(
        [(369000, 89000), (372000, 92000), (372000, 89000), (369000, 92000), (369000, 89000)]
    )
    shapes = [bow, *layers["areas"].geometry.iloc[1:]]
    layers["areas"] = layers["areas"].set_geometry(gpd.GeoSeries(shapes, crs="EPSG:27700"))
    areas = build_estate(layers).areas
    assert areas.geometry.is_valid.all() and areas.loc["P1"].geometry.area == 4.5e6


def test_no_frame_is_changed():
    layers, copies = toy_layers(), toy_layers()
    build_estate(layers)
    for name, frame in layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(copies[name]))


def test_repeated_pairs_leave_one_row_whatever_their_order():
    layers = toy_layers()
    turned = (
        layers["compatibility"]
        .iloc[[0]]
        .rename(columns={"service_a": "service_b", "service_b": "service_a"})
    )
    layers["compatibility"] = pd.concat([layers["compatibility"], turned], ignore_index=True)
    assert len(build_estate(layers).compatibility) == 2


def test_one_layer_alone():
    demand = build_layer("demand", toy_layers()["demand"])
    assert list(demand.index) == ["D1", "D2", "D3", "D4", "D5"]
    assert len(build_layer("services", toy_layers()["services"])) == 5
    assert len(build_layer("buildings", toy_layers()["buildings"])) == 6
    assert len(build_layer("leases", toy_layers()["leases"])) == 1
    assert len(build_layer("compatibility", toy_layers()["compatibility"])) == 2
    assert len(build_layer("areas", toy_layers()["areas"])) == 3
    bad = toy_layers()["demand"].assign(population="-1")
    with pytest.raises(InputError, match="population is negative"):
        build_layer("demand", bad)


def test_points_need_only_an_id_and_a_place():
    frame = pd.DataFrame({"demand_id": ["b", "a"], "X": ["370000", "380000"], "Y": ["90000"] * 2})
    points = build_points("demand", frame)
    assert list(points.index) == ["a", "b"] and list(points["easting"]) == [380000.0, 370000.0]
    with pytest.raises(InputError, match="the id column is missing"):
        build_points("buildings", frame)
    with pytest.raises(InputError, match="demand_id is blank"):
        build_points("demand", frame.assign(demand_id=["", "a"]))
    with pytest.raises(InputError, match="coordinates are missing"):
        build_points("demand", frame[["demand_id"]])
    with pytest.raises(InputError, match="same demand_id"):
        build_points("demand", frame.assign(demand_id="a"))
    with pytest.raises(InputError, match="outside Great Britain"):
        build_points("demand", frame.assign(X="9999999"))


# --- properties -----------------------------------------------------------------------------


@settings(max_examples=6)
@given(st.randoms(use_true_random=False))
def test_shuffled_rows_and_columns_change_nothing(random):
    layers = toy_layers()
    for name, frame in layers.items():
        rows, columns = list(range(len(frame))), list(frame.columns)
        random.shuffle(rows)
        random.shuffle(columns)
        layers[name] = frame.iloc[rows][columns]
    same(build_estate(layers), toy_estate())


CELLS = [
    (name, row, column)
    for name, frame in toy_layers().items()
    for column in frame.columns
    for row in range(len(frame))
    if column != "geometry"
]
ANYTHING = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", "-1", "1e999", "nan", "£1,000", "B1", "yes", "99/99/9999", "=1+1", "é"]),
    st.integers(),
    st.floats(),
    st.none(),
    st.dates(),
)


@settings(max_examples=25)
@given(st.sampled_from(CELLS), ANYTHING)
def test_one_corrupt_cell_is_an_error_or_an_estate_with_every_row(cell, value):
    layers = toy_layers()
    name, row, column = cell
    layers[name][column] = layers[name][column].astype(object)
    layers[name].loc[row, column] = value
    try:
        estate = build_estate(layers)
    except InputError as error:
        assert error.issues and all(issue.severity == "error" for issue in error.issues)
        return
    repeats = sum(issue.rule == "compatibility.pair_repeated" for issue in estate.warnings)
    for frame in FRAMES:
        lost = len(layers[frame]) - len(getattr(estate, frame))
        assert lost == 0 or (frame == "compatibility" and lost <= repeats)


# --- out of the model -----------------------------------------------------------------------


def test_a_building_without_a_place_is_out_of_the_model_with_its_units_and_its_lease():
    layers = toy_layers()
    layers["buildings"].loc[2, ["easting", "northing"]] = ""
    estate = build_estate(layers)
    assert estate.out_of_model == ("B3",)
    assert list(estate.buildings.index) == ["B1", "B2", "B4", "B5", "B6"]
    assert list(estate.services.index) == ["U1", "U2", "U5"] and estate.leases.empty
    named = {w.rule: w.ids for w in estate.warnings}
    assert named["buildings.no_coordinates"] == ("B3",)
    assert named["services.building_unplaced"] == ("U3", "U4")
    assert len(estate.buildings) + len(estate.out_of_model) == len(layers["buildings"])


def test_a_place_known_to_an_area_is_out_and_one_known_to_a_postcode_is_in():
    layers = toy_layers()
    layers["buildings"]["place_precision"] = ["", "postcode", "surveyed", "area", "area", ""]
    estate = build_estate(layers)
    assert estate.out_of_model == ("B4", "B5")
    named = {w.rule: w.ids for w in estate.warnings}
    assert named["buildings.place_too_coarse"] == ("B4", "B5")
    assert named["services.building_unplaced"] == ("U5",)


def test_people_without_a_place_are_an_error():
    layers = toy_layers()
    layers["demand"].loc[2, ["easting", "northing"]] = ""
    with pytest.raises(InputError, match="demand.no_coordinates"):
        build_estate(layers)


def test_an_estate_without_any_place_is_refused():
    layers = toy_layers()
    layers["buildings"] = layers["buildings"].assign(easting="", northing="")
    with pytest.raises(InputError, match="required columns are missing"):
        build_estate(layers)
    layers["buildings"]["place_precision"] = ["area"] + [""] * 5
    with pytest.raises(InputError, match="required columns are missing"):
        build_estate(layers)


def test_in_the_layer_by_itself_a_building_without_a_place_stays():
    frame = toy_layers()["buildings"]
    frame.loc[2, ["easting", "northing"]] = ""
    alone = build_layer("buildings", frame)
    assert len(alone) == 6 and alone.geometry.isna().sum() == 1
    with pytest.raises(InputError, match="no coordinates"):
        build_points("buildings", frame)


def test_the_trail_of_every_layer_is_kept():
    layers = toy_layers()
    layers["demand"] = pd.concat([layers["demand"], layers["demand"].iloc[[1]]])
    layers["buildings"].loc[0, "uprn"] = "n/a"
    estate = build_estate(layers)
    assert estate.aside[["layer", "rule"]].to_numpy().tolist() == [["demand", "repeated_row"]]
    assert ("buildings", "uprn", "n/a", "") in {
        (r.layer, r.column, r.before, r.after) for r in estate.repairs.itertuples()
    }


def test_examined_layers_are_half_an_estate():
    layers = toy_layers()
    examined = examine(layers)
    assert examined.issues == examined.errors == ()
    same(examined.estate(), toy_estate())
    layers["buildings"].loc[0, "gia_m2"] = ""
    examined = examine(layers)
    assert [i.rule for i in examined.errors] == ["buildings.blank_cell"]
    with pytest.raises(InputError, match="gia_m2 is blank"):
        examined.estate()


# --- real data ------------------------------------------------------------------------------


def test_rutland_is_read_as_demand(shared_data: Path):
    path = shared_data / "rutland" / "rutland_lsoa11_demand.csv"
    demand = build_layer("demand", read_layer(path, "demand"))
    assert len(demand) == 23 and demand["population"].sum() == 37746
    assert demand.index[0].startswith("E01")
    assert demand.loc["E01013787", ["easting", "northing"]].tolist() == [483939.4, 303453.3]
    assert demand.loc["E01013787", "Population (60+)"] == 416.0


def test_every_lsoa_of_england_and_wales_is_on_land(shared_data: Path):
    path = shared_data / "lsoa_england_wales" / "lsoa11_pwc_population_imd2019.parquet"
    issues = check_layers({"demand": read_layer(path, "demand")})
    rules = {issue.rule: issue for issue in issues if issue.layer == "demand"}
    errors = [rule for rule, issue in rules.items() if issue.severity == "error"]
    assert errors == ["demand.blank_cell"]  # Welsh areas have no population in this file
    assert len(rules["demand.blank_cell"].ids) == 1909


def test_the_home_office_list_is_refused_in_words(shared_data: Path):
    path = shared_data / "fire_stations_england" / "home_office_fire_stations.csv"
    frame = read_layer(path, "buildings")
    assert len(frame) == 1399
    with pytest.raises(InputError) as refused:
        build_layer("buildings", frame)
    by_rule = {issue.rule: issue for issue in refused.value.issues}
    assert by_rule["buildings.outside_gb"].ids == ("row 148 (Fowey Fire Station)",)
    assert "asset_id" in by_rule["buildings.missing_column"].ids
    found = {i.rule: i for i in check_layers({"buildings": frame}) if i.severity == "warning"}
    assert len(found["buildings.no_coordinates"].ids) == 25  # a sentence where they should be
    assert "'Not available here, " in found["buildings.no_coordinates"].message


def test_the_home_office_list_is_an_estate_of_stations_with_the_default_table(shared_data: Path):
    path = shared_data / "fire_stations_england" / "home_office_fire_stations.csv"
    frame = read_layer(path, "stations")
    frame["station_id"] = [f"H{n}" for n in range(len(frame))]
    frame["service_type"] = "fire"
    demand = read_layer(shared_data / "rutland" / "rutland_lsoa11_demand.csv", "demand")
    examined = examine({"stations": frame, "demand": demand}, defaults=table("standard"))
    assert [(i.rule, len(i.ids)) for i in examined.errors] == [("stations.outside_gb", 1)]
    frame.loc[148, "STATION_EASTING"] = "212480"
    estate = build_estate({"stations": frame, "demand": demand}, defaults=table("standard"))
    assert len(estate.buildings) == len(estate.services) == 1374 and len(estate.out_of_model) == 25
    assert set(estate.buildings["asset_type"]) == {"fire_station"}
    assert set(estate.services["duty_system"]) == {"on_call"}
    assert estate.buildings["running_cost_gbp_pa"].notna().all()
    told = {w.message for w in estate.warnings if w.rule == "stations.defaulted"}
    assert "without running costs, 1,374 stations are priced from the default table" in told


def test_the_libraries_dataset_lists_the_rows_without_a_place(shared_data: Path):
    path = shared_data / "libraries_england" / "basic-dataset-for-libraries-2023-enhanced.csv"
    frame = read_layer(path, "buildings")
    examined = examine({"buildings": frame})
    gone = examined.sheets["buildings"].aside
    nowhere = frame.index[(frame["Easting"] == "") & (frame["Longitude"] == "")]
    listed = gone[gone["row"].isin(nowhere)]
    # All fifteen are mobile libraries, six of them closed.
    assert len(nowhere) == 15 and len(listed) == 15
    assert listed["rule"].value_counts().to_dict() == {"not_a_property": 9, "closed": 6}
    assert len(examined.sheets["buildings"].frame) + len(gone) == len(frame)
    rules = {issue.rule for issue in examined.issues}
    assert not rules & {"buildings.outside_gb", "buildings.no_coordinates"}


def test_wards_of_trafford_are_polygons(shared_data: Path):
    frame = read_layer(shared_data / "trafford" / "trafford_wards.geojson", "areas")
    frame = frame.rename(columns={"area_code": "area_id", "area_name": "name"}).assign(kind="ward")
    areas = build_layer("areas", frame)
    assert len(areas) == 21 and 90e6 < areas.area.sum() < 120e6  # m²


def test_the_embedded_county_is_accepted(repo: Path):
    folder = repo / "data" / "wessex"
    files = {name: folder / f"{name}.csv" for name in FRAMES if name != "areas"}
    files["areas"] = folder / "areas.geojson"
    if not all(path.exists() for path in files.values()):
        pytest.skip("the embedded county is not generated")
    issues = check_layers({name: read_layer(path, name) for name, path in files.items()})
    assert [issue.text() for issue in issues if issue.severity == "error"] == []
    assert len(issues) <= 3

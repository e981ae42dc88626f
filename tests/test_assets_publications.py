"""Publications are known by their headings, and say what is the same for every row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assets.naming.headings import map_headings
from assets.naming.publications import PUBLICATIONS, kind_of_codes, recognised
from assets.schema import LAYERS

HOME_OFFICE = ["FRS_FULLNAME", "E_CODE", "STATION_NAME", "STATION_POSTCODE"]


def of(headings: list[str], *rows: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=headings, dtype=object)


@pytest.mark.parametrize(
    ("headings", "starts"),
    [
        (HOME_OFFICE, "Home Office"),
        (["frs_fullname", "Station Name"], "Home Office"),
        (["fire-station", "name", "fire-duty-type"], "Government Digital Service"),
        (["BaseId", "BaseName", "OverBorder", "Easting", "Northing", "StaffSystem"], "Cadcorp"),
        (["Reporting service", "Name", "Type", "Year closed"], "Arts Council England"),
        (["Library service", "Library name", "Postal address"], "Libraries Taskforce"),
        (["Organisation Code", "Name", "National Grouping", "High Level Health Geography"], "NHS"),
        (["URN", "EstablishmentName", "TypeOfEstablishment (name)"], "Department for Education"),
        (["AssetCode", "TenureType", "TenureDetail"], "Local Government Transparency Code"),
        (["Annual rent", "Start Date", "Expiry Date", "Break penalty"], "InSite"),
        (["LSOA code (2021)", "Total population: mid 2022 (excluding prisoners)"], "MHCLG"),
        (["LSOA code (2015)", "Index of Multiple Deprivation (IMD) Score"], "MHCLG"),
        (["Postcode", "Positional_quality_indicator", "Eastings", "Northings"], "Code-Point Open"),
        (["ID", "NAMES_URI", "NAME1", "LOCAL_TYPE", "GEOMETRY_X"], "OS Open Names"),
        (["UPRN", "X_COORDINATE", "Y_COORDINATE", "LATITUDE", "LONGITUDE"], "OS Open UPRN"),
        (["FID", "OA21CD", "x", "y"], "ONS: population-weighted centroids"),
        (["LSOA11CD", "X", "Y"], "ONS: population-weighted centroids"),
        (["WD24CD", "WD24NM", "LAD24CD"], "ONS: wards"),
        (["LAD23CD", "LAD23NM"], "ONS: local authorities"),
        (["pcds", "doterm", "oseast1m"], "ONS Postcode Directory"),
    ],
)
def test_a_publication_is_recognised(headings: list[str], starts: str):
    found = recognised(headings)
    assert found is not None and found.name.startswith(starts)


@pytest.mark.parametrize(
    "headings",
    [[], ["Name", "Address", "Postcode"], ["STATION_NAME"], ["Postcode", "Eastings", "Northings"]],
)
def test_a_plain_list_is_none(headings: list[str]):
    assert recognised(headings) is None


def test_publications_speak_of_columns_there_are():
    for publication in PUBLICATIONS:
        assert publication.needs
        for layer_name, told in publication.columns.items():
            layers = [LAYERS[layer_name]] if layer_name else list(LAYERS.values())
            names = {c.name for one in layers for c in (*one.columns, *one.helpers)}
            assert set(told.values()) - {""} <= names, publication.name
        for layer_name, constants in publication.constants.items():
            layer = LAYERS[layer_name]
            known = {c.name: c for c in (*layer.columns, *layer.helpers)}
            for name, value in constants.items():
                assert value in (*known[name].allowed, *known[name].usual), publication.name
    names_ = [publication.name for publication in PUBLICATIONS]
    assert len(names_) == len(set(names_))


@pytest.mark.parametrize(
    ("layer", "constants"),
    [
        ("stations", {"service_type": "fire", "asset_type": "fire_station"}),
        ("buildings", {"asset_type": "fire_station"}),
        ("services", {"service_type": "fire", "asset_type": "fire_station"}),
        ("demand", {}),
    ],
)
def test_constants_of_a_list_of_fire_stations(layer: str, constants: dict[str, str]):
    row = ["Borsetshire", "E31000001", "Felpersham", "FE1 1AA"]
    assert dict(map_headings(LAYERS[layer], of(HOME_OFFICE, row)).constants) == constants


def test_a_constant_fills_only_what_the_source_lacks():
    source = of([*HOME_OFFICE, "asset_type"], ["B", "E31000001", "F", "FE1 1AA", "office"])
    mapped = map_headings(LAYERS["stations"], source)
    assert dict(mapped.constants) == {"service_type": "fire"}


def test_an_organisation_owns_the_building_and_runs_the_service():
    row = ["Borsetshire", "E31000001", "Felpersham", "FE1 1AA"]
    for layer, column in (("buildings", "owner"), ("stations", "owner"), ("services", "operator")):
        mapped = map_headings(LAYERS[layer], of(HOME_OFFICE, row))
        assert mapped.frame[column].tolist() == ["Borsetshire"]


@pytest.mark.parametrize(("staff", "column"), [("Retained", "duty_system"), ("2", "")])
def test_the_staffing_of_a_base_table_may_be_a_key_of_another_table(staff: str, column: str):
    headings = ["BaseId", "BaseName", "OverBorder", "Easting", "Northing", "StaffSystem"]
    row = ["A01", "Felpersham", "0", "440715", "354526", staff]
    mapped = map_headings(LAYERS["stations"], of(headings, row))
    assert mapped.mapping["column"].tolist() == [
        "station_id", "name", "over_border", "easting", "northing", column,
    ]  # fmt: skip
    assert mapped.constants["service_type"] == "fire"
    assert [i.rule for i in mapped.issues] == ([] if column else ["stations.cells_do_not_fit"])


def test_a_postcode_file_given_as_a_layer_is_told_what_it_is():
    headings = ["Postcode", "Positional_quality_indicator", "Eastings", "Northings"]
    mapped = map_headings(LAYERS["buildings"], of(headings, ["FE1 1AA", "10", "440715", "354526"]))
    (issue,) = [i for i in mapped.issues if i.rule == "buildings.publication"]
    assert "Code-Point Open" in issue.message and "--postcodes" in issue.message


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["E05015239", "E05015240", ""], "ward"),
        (["E08000009", "W06000001"], "district"),
        (["E34004707"], "town"),
        (["E05015239", "E08000009"], ""),
        (["P1", "P2"], ""),
        ([], ""),
    ],
)
def test_codes_say_what_kind_of_area_they_are_of(codes: list[str], kind: str):
    assert kind_of_codes(pd.Series(codes, dtype=object)) == kind


def test_areas_get_their_kind_from_their_codes_unless_they_have_one():
    headings = ["area_code", "area_name"]
    areas = LAYERS["areas"]
    bare = map_headings(areas, of(headings, ["E05015239", "Altrincham"]))
    assert dict(bare.constants) == {"kind": "ward"}
    told = map_headings(areas, of([*headings, "kind"], ["E05015239", "Altrincham", "pilot"]))
    assert dict(told.constants) == {}


@pytest.mark.parametrize(
    ("file", "layer", "name", "constants"),
    [
        ("fire_stations_england/home_office_fire_stations.csv", "stations", "Home Office",
         {"service_type": "fire", "asset_type": "fire_station"}),
        ("libraries_england/basic-dataset-for-libraries-2023-enhanced.csv", "stations",
         "Arts Council England", {"service_type": "library", "asset_type": "library"}),
        ("libraries_england/libraries_wales.csv", "buildings", "National list of public libraries",
         {"asset_type": "library"}),
        ("trafford/trafford_land_and_building_assets.csv", "buildings",
         "Local Government Transparency Code", {}),
        ("ambulance_sites/ambulance_sites_gb.csv", "stations", "", {}),
    ],
)  # fmt: skip
def test_real_publications(shared_data: Path, file: str, layer: str, name: str, constants):
    source = pd.read_csv(shared_data / file, dtype=str, encoding="utf-8-sig").fillna("")
    mapped = map_headings(LAYERS[layer], source)
    assert mapped.publication.startswith(name) and bool(mapped.publication) == bool(name)
    assert dict(mapped.constants) == constants
    assert {"name", "postcode"} <= set(mapped.frame.columns)


def test_the_libraries_of_england_by_heading(shared_data: Path):
    path = shared_data / "libraries_england" / "basic-dataset-for-libraries-2023-enhanced.csv"
    source = pd.read_csv(path, dtype=str, encoding="utf-8-sig").fillna("")
    mapped = map_headings(LAYERS["stations"], source)
    used = mapped.mapping[mapped.mapping["column"] != ""]
    assert dict(zip(used["heading"], used["column"], strict=True)) == {
        "Reporting service": "owner", "Name": "name", "Type": "use", "Address 1": "address_1",
        "Address 2": "address_2", "Address 3": "address_3", "Postcode": "postcode",
        "Unique property reference number": "uprn", "Easting": "easting", "Northing": "northing",
        "Longitude": "lon", "Latitude": "lat", "Year closed": "closed",
    }  # fmt: skip
    assert len(mapped.frame.columns) == 63

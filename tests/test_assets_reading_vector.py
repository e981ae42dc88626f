"""Geographic files: the right layer, in the right place, and faults that prove themselves."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from assets.issues import InputError
from assets.read import read_layer, read_table
from assets.reading import source as limits

DORCHESTER = (-2.437, 50.715)
ON_GRID = (369_200, 90_600)


def geojson(path: Path, *coordinates: object, more: dict[str, object] | None = None) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"asset_id": f"A{n}", **(more or {})},
            "geometry": None if place is None else {"type": "Point", "coordinates": place},
        }
        for n, place in enumerate(coordinates)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def rules(frame: pd.DataFrame) -> list[str]:
    return [issue.rule for issue in frame.attrs["issues"]]


def refused(path: Path, kind: str = "buildings", sheet: str = "") -> InputError:
    with pytest.raises(InputError) as error:
        read_layer(path, kind, sheet=sheet)
    return error.value


def near(point: shapely.Point) -> bool:
    return abs(point.x - ON_GRID[0]) < 200 and abs(point.y - ON_GRID[1]) < 200


# --- places ---------------------------------------------------------------------------------


def test_degrees_are_degrees(tmp_path: Path):
    frame = read_layer(geojson(tmp_path / "t.geojson", DORCHESTER), "buildings")
    assert near(frame.geometry.iloc[0]) and rules(frame) == []


def test_metres_in_a_file_of_degrees_are_metres_and_that_is_said(tmp_path: Path):
    frame = read_layer(geojson(tmp_path / "t.geojson", ON_GRID, (88_000, 9_000)), "buildings")
    assert frame.crs.to_epsg() == 27700 and frame.geometry.iloc[0] == shapely.Point(ON_GRID)
    assert rules(frame) == ["read.metres_as_degrees"]


def test_latitudes_before_longitudes_are_swapped_and_that_is_said(tmp_path: Path):
    frame = read_layer(geojson(tmp_path / "t.geojson", DORCHESTER[::-1], None), "buildings")
    assert near(frame.geometry.iloc[0]) and frame.geometry.iloc[1] is None
    assert rules(frame) == ["read.axes_swapped"]


def test_one_place_nowhere_on_earth_has_no_place_and_is_listed(tmp_path: Path):
    path = geojson(tmp_path / "t.geojson", DORCHESTER, ON_GRID, None)
    frame = read_layer(path, "buildings")
    assert len(frame) == 3 and near(frame.geometry.iloc[0])
    assert frame.geometry.isna().tolist() == [False, True, True]
    (issue,) = frame.attrs["issues"]
    assert issue.rule == "read.not_on_earth" and issue.ids == ("row 3",)


def test_a_file_without_any_place_is_a_plain_table(tmp_path: Path):
    frame = read_layer(geojson(tmp_path / "t.geojson", None, None), "buildings")
    assert not isinstance(frame, gpd.GeoDataFrame) and frame["asset_id"].tolist() == ["A0", "A1"]


# --- layers ---------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Two tables: three areas, and a list of codes."""
    path = tmp_path / "all.gpkg"
    boxes = [shapely.box(n, 0, n + 1, 1) for n in range(3)]
    areas = {"area_id": list("abc"), "name": list("abc"), "kind": ["ward"] * 3}
    frame = gpd.GeoDataFrame(areas, geometry=boxes, crs="EPSG:27700")
    frame.to_file(path, layer="boundaries", engine="pyogrio")
    codes = pd.DataFrame({"code": ["w"], "meaning": ["ward"]})
    pyogrio.write_dataframe(codes, path, layer="codes")
    return path


def test_the_table_whose_columns_fit_is_read_and_that_is_said(package: Path):
    frame = read_layer(package, "areas")
    assert len(frame) == 3 and rules(frame) == ["read.sheet_chosen"]
    assert frame.attrs["issues"][0].ids == ("codes",)


def test_a_table_may_be_named(package: Path):
    assert len(read_table(package, sheet="codes")) == 1
    assert rules(read_layer(package, "areas", sheet="Boundaries")) == []
    error = refused(package, "areas", sheet="boundary")
    assert error.issues[0].rule == "read.no_sheet" and "--sheet" in error.issues[0].remedy


def test_tables_of_which_none_fits_are_named(package: Path):
    issue = refused(package, "leases").issues[0]
    assert issue.rule == "read.which_table" and issue.ids == ("boundaries", "codes")


def test_headings_that_differ_by_spaces_only_are_told_apart(tmp_path: Path):
    frame = pd.DataFrame([[1, 2, 3]], columns=["ref", " ref ", "a\nb"])
    frame.to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert read.columns.tolist() == ["ref", "ref (2)", "a b"]
    assert rules(read) == ["read.repeated_heading"]


# --- limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".geojson", ".parquet", ".gpkg"])
@pytest.mark.parametrize(
    ("limit", "says"), [("MAX_ROWS", "rows"), ("MAX_COLUMNS", "columns"), ("MAX_CELLS", "cells")]
)
def test_each_limit_is_said_before_the_file_is_read(tmp_path, monkeypatch, suffix, limit, says):
    path = geojson(tmp_path / "t.geojson", DORCHESTER, DORCHESTER, more={"name": "x"})
    frame = gpd.read_file(path, engine="pyogrio")
    if suffix == ".parquet":
        frame.to_parquet(tmp_path / "t.parquet")
    elif suffix == ".gpkg":
        frame.to_file(tmp_path / "t.gpkg", engine="pyogrio")
    monkeypatch.setattr(limits, limit, 1)
    error = refused(tmp_path / f"t{suffix}")
    assert error.issues[0].rule == "read.too_large" and f"{says}, more than 1" in str(error)


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch):
    pd.DataFrame({"asset_id": ["x" * 100] * 10}).to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 10)
    assert "when unpacked" in str(refused(tmp_path / "t.parquet"))


@pytest.mark.parametrize("depth", [2_000, 200_000])
def test_brackets_without_end_are_refused(tmp_path: Path, depth: int):
    path = tmp_path / "t.geojson"
    deep = "[" * depth + "]" * depth
    path.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":'
        + deep
        + '},"geometry":null}]}'
    )
    assert refused(path).issues[0].rule == "read.unreadable"


def test_json_that_is_no_map_is_refused_in_words(tmp_path: Path):
    path = tmp_path / "t.json"
    path.write_text('[{"asset_id": "A"}]')
    error = refused(path)
    assert error.issues[0].rule == "read.unreadable" and "DRIVER" not in str(error)


# --- real files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("trafford/trafford_oa21.geojson", "areas", 1055),
        ("trafford/trafford_lsoa21.geojson", "areas", 139),
        ("trafford/trafford_wards.geojson", "areas", 21),
        ("trafford/trafford_localities.geojson", "areas", 4),
        ("trafford/gm_fire_stations_polygons.geojson", "areas", 82),
        ("lsoa_england_wales/lsoa11_pwc_population_imd2019.parquet", "demand", 34_753),
        ("lsoa_england_wales/lsoa21_population_about_mid2022_ew.csv", "demand", 35_672),
        ("trafford/trafford_land_and_building_assets.csv", "buildings", 608),
        ("trafford/trafford_mye2024_oa.csv", "demand", 2214),
        ("trafford/trafford_mye2024_lsoa.csv", "demand", 417),
        ("fire_stations_england/home_office_fire_stations.csv", "stations", 1399),
        ("libraries_england/basic-dataset-for-libraries-2023-enhanced.csv", "buildings", 3539),
        ("libraries_england/libraries_wales.csv", "buildings", 265),
        ("ambulance_sites/ambulance_sites_gb.csv", "buildings", 856),
        ("rutland/rutland_os_open_names_postcodes_places.csv", "demand", 1324),
        ("rutland/osm_public_buildings.csv", "buildings", 115),
        ("rutland/rutland_lsoa11_demand.csv", "demand", 23),
    ],
)
def test_published_files_are_read_whole_and_without_a_word(
    shared_data: Path, name: str, kind: str, rows: int
):
    for frame in (read_layer(shared_data / name, kind), read_table(shared_data / name)):
        assert len(frame) == rows and frame.index[0] == 2
        assert rules(frame) == []
        assert not isinstance(frame, gpd.GeoDataFrame) or frame.crs.to_epsg() == 27700

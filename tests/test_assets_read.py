"""Files -> frames: every format gives the same estate; what cannot be read is said in words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.estate import build_estate
from assets.issues import InputError
from assets.read import is_url, read_layer, read_layers, read_table, sha256_of
from assets.reading import source as limits
from tests.toy_estate import toy_layers

CSV = "demand_id,easting,northing,population\n"


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def refused(path: Path, kind: str = "demand") -> InputError:
    with pytest.raises(InputError) as error:
        read_layer(path, kind)
    return error.value


def with_points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    shapes = gpd.points_from_xy(frame["easting"].astype(float), frame["northing"].astype(float))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:27700")


def save(frame: pd.DataFrame, path: Path) -> Path:
    """Write a frame of text in the format of the path's suffix."""
    geographic = isinstance(frame, gpd.GeoDataFrame)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".geojson":
        frame.to_file(path, engine="pyogrio", RFC7946=True) if geographic else None
    else:
        frame.to_file(path, engine="pyogrio")
    return path


# --- round trips ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory):
    """The toy estate as built from CSV files and a GeoPackage of areas."""
    folder = tmp_path_factory.mktemp("plain")
    layers = toy_layers()
    paths = {name: save(f, folder / f"{name}.csv") for name, f in layers.items() if name != "areas"}
    paths["areas"] = save(layers["areas"], folder / "areas.gpkg")
    return build_estate(read_layers(paths))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".gpkg", ".geojson", ".tab"])
def test_every_format_gives_the_same_layer(tmp_path: Path, plain, suffix: str):
    layers = toy_layers()
    for name in ("buildings", "demand"):
        frame = layers[name]
        if suffix != ".csv":  # numbers as numbers, as such files hold them
            counts = [c for c in ("easting", "northing", "gia_m2", "population") if c in frame]
            frame = frame.astype({column: float for column in counts})
        if suffix in (".gpkg", ".geojson", ".tab"):
            frame = with_points(frame)
        layers[name] = read_layer(save(frame, tmp_path / f"{name}{suffix}"), name)
    if suffix == ".tab":  # field names of MapInfo are cut at 31 characters; none of ours is longer
        assert max(map(len, layers["buildings"].columns)) <= 31
    built = build_estate(layers)
    for name in ("buildings", "demand", "services"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(built, name)), pd.DataFrame(getattr(plain, name))
        )


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp", ".parquet", ".tab"])
def test_areas_come_back_from_every_geographic_format(tmp_path: Path, plain, suffix: str):
    path = save(toy_layers()["areas"], tmp_path / f"areas{suffix}")
    frame = read_layer(path, "areas")
    assert frame.crs.to_epsg() == 27700
    areas = build_estate({**toy_layers(), "areas": frame}).areas
    assert list(areas.index) == ["P1", "W1", "W2"]
    near = areas.geometry.hausdorff_distance(plain.areas.geometry)
    assert near.max() < 0.02  # GeoJSON keeps 7 decimals of a degree


def test_identifiers_stay_text_whatever_the_file_holds(tmp_path: Path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Asset ID", "UPRN", "gia_m2", "survey_date"])
    sheet.append(["00123", 100012797623, 12.5, "31/03/2026"])
    sheet.append([124.0, 100012797624.0, None, None])
    book.save(tmp_path / "register.xlsx")
    frame = read_layer(tmp_path / "register.xlsx", "buildings")
    assert frame["Asset ID"].tolist() == ["00123", "124"]
    assert frame["UPRN"].tolist() == ["100012797623", "100012797624"]
    typed = pd.DataFrame({"uprn": [100012797623.0, None], "asset_id": ["00123", "9"]})
    typed.to_parquet(tmp_path / "register.parquet")
    frame = read_layer(tmp_path / "register.parquet", "buildings")
    assert frame["uprn"].tolist() == ["100012797623", ""]


def test_rows_are_numbered_as_a_spreadsheet_does_and_blank_ones_left_out(tmp_path: Path):
    path = write(tmp_path / "d.csv", CSV + "A,1,2,3\n,,,\n\nB,4,5,6\n")
    frame = read_layer(path, "demand")
    assert frame.index.tolist() == [2, 5] and frame.index.name == "row"


def test_byte_order_mark_spaces_line_breaks_and_other_separators(tmp_path: Path):
    text = '\ufeffdemand_id; Total\npopulation ;X;Y\r\n" A\xa01 "; 5;1;2\r\n'
    text = text.replace(" Total\npopulation ", '"Total\npopulation"')
    frame = read_layer(write(tmp_path / "d.csv", text), "demand")
    assert frame.columns.tolist() == ["demand_id", "Total population", "X", "Y"]
    assert frame.iloc[0].tolist() == ["A 1", "5", "1", "2"]
    wide = write(tmp_path / "w.csv", (CSV + "é,1,2,3\n").encode("utf-16"))
    assert read_layer(wide, "demand")["demand_id"].tolist() == ["é"]


def test_windows_text_is_read_with_a_warning_that_reaches_the_estate(tmp_path: Path):
    layers = toy_layers()
    text = layers["buildings"].to_csv(index=False).replace("West office", "Café £")
    path = write(tmp_path / "buildings.csv", text.encode("cp1252"))
    layers["buildings"] = read_layer(path, "buildings")
    estate = build_estate(layers)
    assert estate.buildings.loc["B3", "name"] == "Café £"
    assert [w.rule for w in estate.warnings] == ["read.encoding"]


def test_short_rows_are_padded_with_a_warning(tmp_path: Path):
    frame = read_layer(write(tmp_path / "d.csv", CSV + "A,1,2\nB,1,2,3\n"), "demand")
    assert frame["population"].tolist() == ["", "3"]
    (issue,) = frame.attrs["issues"]
    assert (issue.rule, issue.ids, issue.severity) == ("read.short_row", ("row 2",), "warning")


def test_a_layer_without_geometry_in_a_geopackage(tmp_path: Path, plain):
    path = tmp_path / "services.gpkg"
    pyogrio.write_dataframe(toy_layers()["services"], path)
    built = build_estate({**toy_layers(), "services": read_layer(path, "services")})
    pd.testing.assert_frame_equal(built.services, plain.services)


def test_degrees_are_converted_and_heights_dropped(tmp_path: Path):
    shapes = [shapely.Point(-2.4, 50.7, 12.0)]
    frame = gpd.GeoDataFrame({"demand_id": ["A"]}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "d.geojson", engine="pyogrio")
    point = read_layer(tmp_path / "d.geojson", "demand").geometry.iloc[0]
    assert not point.has_z and abs(point.x - 371800) < 200 and abs(point.y - 89100) < 200


# --- what cannot be read --------------------------------------------------------------------


def test_a_missing_file_is_told_its_nearest_neighbour(tmp_path: Path):
    write(tmp_path / "demand.csv", CSV)
    error = refused(tmp_path / "demnd.csv")
    assert error.issues[0].rule == "read.missing_file"
    assert "did you mean 'demand.csv'?" in str(error)
    assert "does not exist" in str(refused(tmp_path / "nowhere" / "demand.csv"))


@pytest.mark.parametrize(
    ("name", "data", "rule", "says"),
    [
        ("d.docx", b"x", "read.unsupported", ".geojson"),
        ("d.csv", b"", "read.empty_file", "empty"),
        ("d.csv", CSV.encode(), "read.empty_layer", "no rows"),
        ("d.csv", b"\n\n", "read.no_heading", "first row"),
        ("d.csv", b" , \n,\n", "read.no_heading", "first row"),
        ("d.csv", b"a,b\0c\n1,2\n", "read.unreadable", "not a text file"),
        ("d.csv", CSV.encode() + b'A,1,2,"3\n', "read.unreadable", "quotation mark"),
        ("d.csv", CSV.encode() + b"A,1,2,\x81\n", "read.unreadable", "neither UTF-8"),
        ("d.csv", CSV.encode() + b"A,1,2,3,4\n", "read.ragged", "row 2"),
        ("d.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 99, "read.unreadable", "password"),
        ("d.ods", b"PK\x03\x04 cut off", "read.unreadable", "d.ods"),
        ("d.xlsx", b"PK\x03\x04 cut off", "read.unreadable", "d.xlsx"),
        ("d.gpkg", b"SQLite format 3\0 cut off", "read.unreadable", "d.gpkg"),
        ("d.shp", b"nonsense", "read.unreadable", "d.shp"),
        ("d.tab", b"nonsense", "read.unreadable", "d.tab"),
        ("d.geojson", b'{"type": "FeatureColl', "read.unreadable", "d.geojson"),
        ("d.parquet", b"PAR1 cut off", "read.unreadable", "d.parquet"),
    ],
)
def test_unreadable_files_are_refused_in_words(tmp_path: Path, name, data, rule, says):
    error = refused(write(tmp_path / name, data))
    assert [issue.rule for issue in error.issues] == [rule]
    assert says in str(error) and error.issues[0].remedy


@pytest.mark.parametrize("suffix", [".xlsx", ".gpkg", ".parquet", ".geojson"])
def test_a_file_cut_in_half_is_refused(tmp_path: Path, suffix: str):
    frame = toy_layers()["demand"]
    if suffix in (".gpkg", ".geojson"):
        frame = with_points(frame)
    path = save(frame, tmp_path / f"demand{suffix}")
    write(path, path.read_bytes()[: path.stat().st_size // 2])
    assert refused(path).issues[0].rule in ("read.unreadable", "read.empty_layer")


def test_a_folder_is_refused(tmp_path: Path):
    (tmp_path / "d.csv").mkdir()
    assert "it is a folder" in str(refused(tmp_path / "d.csv"))


def test_geometry_without_a_reference_system_is_refused(tmp_path: Path):
    frame = toy_layers()["areas"].set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="crs"):
        frame.to_file(tmp_path / "areas.gpkg", engine="pyogrio")
    assert refused(tmp_path / "areas.gpkg", "areas").issues[0].rule == "read.no_crs"


def test_files_and_rows_beyond_the_limits_are_refused(tmp_path: Path, monkeypatch):
    path = write(tmp_path / "d.csv", CSV + "A,1,2,3\nB,1,2,3\n")
    monkeypatch.setattr(limits, "MAX_ROWS", 1)
    assert "2 rows, more than 1" in str(refused(path))
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 10)
    assert refused(path).issues[0].rule == "read.too_large"


def test_an_unknown_kind_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="did you mean 'demand'"):
        read_layer(tmp_path / "d.csv", "demands")


def test_all_files_that_fail_are_named_at_once(tmp_path: Path):
    paths = {"buildings": tmp_path / "b.csv", "demand": tmp_path / "d.csv"}
    with pytest.raises(InputError) as error:
        read_layers(paths)
    assert [issue.layer for issue in error.value.issues] == ["buildings", "demand"]


def test_optional_layers_may_have_no_rows(tmp_path: Path):
    path = write(tmp_path / "leases.csv", "asset_id,expiry\n")
    assert len(read_layer(path, "leases")) == 0
    assert len(build_estate({**toy_layers(), "leases": read_layer(path, "leases")}).leases) == 0


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_csv_is_refused_or_read_and_never_a_traceback(tmp_path_factory, data):
    text = bytearray(toy_layers()["demand"].to_csv(index=False).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(bytes(text))
    try:
        frame = read_layer(path, "demand")
    except InputError as error:
        assert error.issues
        return
    assert len(frame) > 0


# --- any table, and databases ---------------------------------------------------------------


def test_any_table_is_read_without_a_kind(tmp_path: Path):
    typed = pd.DataFrame({"uprn": [1, 2], "name": [" a ", None], "score": [0.5, None]})
    typed.to_parquet(tmp_path / "t.parquet")
    frame = read_table(tmp_path / "t.parquet")
    assert frame["name"].tolist() == ["a", ""] and frame["score"].dtype == float
    text = read_table(str(write(tmp_path / "t.csv", "code,figure\nE01,00123\n")))
    assert text["figure"].tolist() == ["00123"] and text.index.tolist() == [2]
    with pytest.raises(InputError) as error:
        read_table(write(tmp_path / "none.csv", "code,figure\n"))
    assert error.value.issues[0].rule == "read.empty_layer"


def test_a_url_goes_to_the_database_and_a_path_never_does(monkeypatch):
    import assets.database as database

    asked: list[str] = []
    frame = pd.DataFrame({"asset_id": [7]}, index=pd.RangeIndex(2, 3, name="row"))
    monkeypatch.setattr(database, "read_table", lambda url, **_: (asked.append(url), frame)[1])
    monkeypatch.setattr(database, "fingerprint", lambda url: "abc")
    url = "postgresql://someone@localhost/estate?table=public.buildings"
    assert read_layer(url, "buildings")["asset_id"].tolist() == ["7"]
    assert read_table(url)["asset_id"].tolist() == [7]
    assert sha256_of(url) == "abc" and asked == [url, url]
    assert is_url("POSTGRES://x") and not is_url(Path("postgresql://x")) and not is_url("a.csv")


# --- checksums ------------------------------------------------------------------------------


def test_checksum_is_that_of_the_bytes(tmp_path: Path):
    path = write(tmp_path / "d.csv", CSV)
    assert sha256_of(path) == hashlib.sha256(CSV.encode()).hexdigest()
    with pytest.raises(InputError, match="cannot read nowhere.csv"):
        sha256_of(tmp_path / "nowhere.csv")


def test_checksum_of_a_shapefile_sees_its_table(tmp_path: Path):
    path = save(toy_layers()["areas"], tmp_path / "areas.shp")
    before = sha256_of(path)
    table = tmp_path / "areas.dbf"
    write(table, table.read_bytes().replace(b"West", b"Vest"))
    assert sha256_of(path) != before

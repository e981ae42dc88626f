from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from assets.issues import InputError
from assets.read import read_layer
from assets.write import check_target, write_layer


def frame() -> gpd.GeoDataFrame:
    columns = {"asset_id": ["A", "B"], "name": ["=1+1", "Café £"], "gia_m2": [12.0, None]}
    return gpd.GeoDataFrame(
        columns, geometry=[shapely.Point(400000, 300000), None], crs="EPSG:27700",
        index=pd.Index([2, 3], name="row"),
    )  # fmt: skip


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(tmp_path: Path):
    path = write_layer(frame(), tmp_path / "b.csv", "buildings")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig").splitlines() == [
        "asset_id,name,gia_m2", "A,'=1+1,12", "B,Café £,",
    ]  # fmt: skip


def test_geopackage_keeps_rows_without_a_place(tmp_path: Path):
    path = write_layer(frame(), tmp_path / "b.gpkg", "buildings")
    assert [str(n) for n, _ in pyogrio.list_layers(path)] == ["buildings"]
    back = read_layer(path, "buildings")
    assert list(back["asset_id"]) == ["A", "B"]
    assert back.geometry.isna().tolist() == [False, True]


def test_a_layer_without_geometry_goes_into_a_geopackage(tmp_path: Path):
    rows = pd.DataFrame({"unit_id": ["U"], "space_m2": [5.0]})
    assert list(read_layer(write_layer(rows, tmp_path / "s.gpkg", "services"), "services")) == [
        "unit_id", "space_m2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [("a.xls", "buildings", "not written as"), ("a.csv", "areas", "cannot hold the outlines"),
     ("there.csv", "buildings", "there already"), ("folder.csv", "buildings", "is a folder")],
)  # fmt: skip
def test_targets_that_cannot_be_written_are_refused(
    tmp_path: Path, name: str, kind: str, words: str
):
    (tmp_path / "there.csv").write_text("x")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=words):
        check_target(tmp_path / name, kind)


def test_an_existing_file_stays_when_writing_fails(tmp_path: Path, monkeypatch):
    path = tmp_path / "b.gpkg"
    path.write_text("before")

    def full(*_a: object, **_k: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyogrio, "write_dataframe", full)
    with pytest.raises(InputError, match="No space left"):
        write_layer(frame(), path, "buildings")
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["b.gpkg"]

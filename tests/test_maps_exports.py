"""The export folder: what is in it, for whom, whole or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from toy_figures import disposals_frame, money_frame
from toy_run import hostile_run, safe_csv, small_run, write_run

from assets.issues import InputError
from maps import exports
from maps.runs import EXEMPT, PUBLIC, read_run
from maps.sections import all_tables

CONFIDENTIAL = ("Old Depot", "777123", "777,123", "45678", "45,678", "b3")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run with money and disposals."""
    folder = write_run(tmp_path_factory.mktemp("run") / "run", small_run())
    safe_csv(money_frame(), folder / "money.csv")
    safe_csv(disposals_frame(), folder / "disposals.csv")
    return folder


@pytest.fixture(scope="module")
def exempt(run: Path) -> Path:
    """Its export with everything."""
    exports.write_exports(run, run.parent / "exempt")
    return run.parent / "exempt"


@pytest.fixture(scope="module")
def public(run: Path) -> Path:
    """Its export for the public."""
    exports.write_exports(run, run.parent / "public", audience=PUBLIC)
    return run.parent / "public"


def test_every_table_of_the_page_is_a_file_and_a_sheet(run: Path, exempt: Path) -> None:
    tables = all_tables(read_run(run))
    names = {f"{table.table_id}.csv" for table in tables}
    assert {path.name for path in exempt.iterdir()} == {
        *names,
        *("columns.csv", "tables.xlsx", "plan.gpkg"),
    }
    book = openpyxl.load_workbook(exempt / "tables.xlsx", read_only=True)
    assert len(book.sheetnames) == len(tables) + 1


def test_csv_and_sheet_hold_the_rows_of_the_page(run: Path, exempt: Path) -> None:
    (table,) = [t for t in all_tables(read_run(run)) if t.table_id == "money-by-partner"]
    frame = pd.read_csv(exempt / "money-by-partner.csv", encoding="utf-8-sig")
    assert [*frame["what"]] == [row["what"] for row in table.rows]
    assert [*frame["total_gbp"]] == [row["total_gbp"] for row in table.rows]
    page = openpyxl.load_workbook(exempt / "tables.xlsx")["Money by partner"]
    shown = [[c.value for c in row] for row in page.iter_rows()]
    assert [row[1] for row in shown][-len(frame) :] == [*frame["what"]]


def test_the_list_of_columns_explains_every_csv(exempt: Path) -> None:
    told = pd.read_csv(exempt / "columns.csv", encoding="utf-8-sig", keep_default_na=False)
    for path in exempt.glob("*.csv"):
        if path.name != "columns.csv":
            headings = pd.read_csv(path, encoding="utf-8-sig", nrows=0).columns
            assert [*told.loc[told["file"] == path.name, "column"]] == [*headings]


# --- the GeoPackage ----------------------------------------------------------------------


def test_layers_and_their_columns(exempt: Path) -> None:
    names = [*pyogrio.list_layers(exempt / "plan.gpkg")[:, 0]]
    assert names == [
        *("buildings", "moves", "cells", "areas", "outline", "roads", "places", "layer_styles")
    ]
    buildings = gpd.read_file(exempt / "plan.gpkg", layer="buildings").set_index("asset_id")
    assert buildings.crs.to_epsg() == 27700
    assert buildings.at["b2", "proposed"] == "Let go"
    assert buildings.at["b2", "receipt_gbp"] == 654_321.0
    assert pd.isna(buildings.at["b3", "receipt_gbp"])  # confidential
    assert (buildings.geometry.x == buildings["easting"]).all()


def test_moves_go_from_the_old_building_to_the_new_one(exempt: Path) -> None:
    moves = gpd.read_file(exempt / "plan.gpkg", layer="moves").set_index("unit_id")
    assert [*moves.index] == ["u2", "u4", "u5"]
    assert [*moves.geometry["u2"].coords] == [(371_500.0, 90_500.0), (370_500.0, 91_500.0)]


def test_every_layer_has_a_style_that_qgis_finds(exempt: Path) -> None:
    with closing(sqlite3.connect(exempt / "plan.gpkg")) as package:
        geometry = dict(
            package.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        )
        # As QGIS asks for the style that a layer is opened with.
        ask = (
            "SELECT styleQML FROM layer_styles WHERE f_table_schema='' AND f_table_name=? AND "
            "f_geometry_column=? ORDER BY CASE WHEN useAsDefault THEN 1 ELSE 2 END LIMIT 1"
        )
        for layer, column in geometry.items():
            (qml,) = package.execute(ask, (layer, column)).fetchone()
            assert qml.startswith("<!DOCTYPE qgis")
        known = package.execute(
            "SELECT data_type FROM gpkg_contents WHERE table_name='layer_styles'"
        ).fetchall()
        defaults = package.execute("SELECT sum(useAsDefault) FROM layer_styles").fetchone()
    assert known == [("attributes",)]
    assert defaults == (len(geometry),)


def test_the_package_is_sound(exempt: Path) -> None:
    with closing(sqlite3.connect(exempt / "plan.gpkg")) as package:
        assert package.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert package.execute("PRAGMA foreign_key_check").fetchall() == []
        types = dict(package.execute("SELECT name, type FROM pragma_table_info('layer_styles')"))
    assert types["useAsDefault"] == "BOOLEAN"
    assert types["styleQML"] == "TEXT"


# --- who may see what --------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    """File, or file within a workbook → its bytes."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found |= {f"{path.name}/{name}": book.read(name) for name in book.namelist()}
        else:
            found[path.name] = path.read_bytes()
    return found


@pytest.mark.parametrize("text", CONFIDENTIAL[:-1])
def test_nothing_confidential_is_in_any_byte_of_the_public_export(public: Path, text: str) -> None:
    assert [name for name, found in contents(public).items() if text.encode() in found] == []


def test_the_search_above_would_find_it(exempt: Path) -> None:
    found = contents(exempt)
    assert [name for name, text in found.items() if b"Old Depot" in text]


def test_the_public_export_has_no_money_by_building(public: Path) -> None:
    buildings = gpd.read_file(public / "plan.gpkg", layer="buildings")
    assert "b3" not in [*buildings["asset_id"]]
    assert not [c for c in buildings.columns if c.endswith(("_gbp", "_gbp_pa"))]
    assert not (public / "disposals-money.csv").exists()
    book = openpyxl.load_workbook(public / "tables.xlsx")
    told = " ".join(str(c.value) for row in book["Contents"].iter_rows() for c in row)
    assert "Public:" in told


def test_the_exempt_export_says_so(exempt: Path) -> None:
    book = openpyxl.load_workbook(exempt / "tables.xlsx")
    told = " ".join(str(c.value) for row in book["Contents"].iter_rows() for c in row)
    assert "Not for publication" in told


def test_hostile_texts_do_no_harm(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", hostile_run())
    exports.write_exports(folder, tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        for cell in path.read_text(encoding="utf-8-sig").split(","):
            assert not cell.lstrip('"').startswith("=")
    book = openpyxl.load_workbook(tmp_path / "out" / "tables.xlsx")
    formulas = [c for page in book for row in page.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []


# --- whole or not at all -----------------------------------------------------------------


def test_the_same_run_gives_the_same_files(run: Path, exempt: Path, tmp_path: Path) -> None:
    exports.write_exports(run, tmp_path / "again")
    digests = [
        {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}
        for folder in (exempt, tmp_path / "again")
    ]
    assert digests[0] == digests[1]


def test_an_earlier_export_is_replaced_with_its_files(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exports.write_exports(run, out)
    exports.write_exports(run, out, audience=PUBLIC)
    assert not (out / "disposals-money.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["letter.docx", "notes.csv"])
def test_a_folder_with_anything_else_is_left_alone(run: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    exports.write_exports(run, out)
    (out / name).write_text("mine")
    with pytest.raises(InputError) as caught:
        exports.write_exports(run, out, audience=PUBLIC)
    (issue,) = caught.value.issues
    assert issue.rule == "export.folder_in_use"
    assert issue.ids == (str(out / name),)
    assert (out / "disposals-money.csv").exists()


def test_a_file_in_the_way_is_left_alone(run: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="export.folder_in_use"):
        exports.write_exports(run, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_disk_that_refuses_leaves_everything_as_it_was(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    exports.write_exports(run, out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "write_package", full)
    with pytest.raises(InputError, match="No space left"):
        exports.write_exports(run, out)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_unknown_audience_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exempt or public"):
        exports.write_exports(tmp_path / "nowhere", tmp_path / "out", audience="press")
    assert not (tmp_path / "out").exists()


def test_a_damaged_run_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run.missing_file"):
        exports.write_exports(tmp_path, tmp_path / "out", audience=EXEMPT)
    assert not (tmp_path / "out").exists()


def test_other_runs_are_columns_of_the_options(run: Path, tmp_path: Path) -> None:
    exports.write_exports(run, tmp_path / "out", others=[run])
    frame = pd.read_csv(tmp_path / "out" / "options.csv", encoding="utf-8-sig")
    pd.testing.assert_series_equal(frame["plan"], frame["other_1"], check_names=False)

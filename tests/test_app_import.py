"""`import` and `check` on the command line: what is written, what is said, how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
import yaml
from rich.console import Console
from typer.testing import CliRunner

import app
from tests import toy_county

REGISTER = """Asset ID,Property name,Easting,Northing,Postcode,Tenure,Gross internal area,Web page
A1,Sale Library,378000,391000,M33 7ZF,Freehold,"1,047 m2",=1+1
A2,Hale Library,377000,386500,WA15 9SQ,Leasehold,n/a,
A3,Old Depot,,,M32 0AB,Freehold,12.5,@x
A4,Far Depot,395000,391000,SK1 1AA,Freehold,90,x
"""
POSTCODES = "postcode,easting,northing\nM32 0AB,379500,394600\nM33 7ZF,378010,391020\n"
ACCOUNT = {
    "issues.html", "issues.csv", "repairs.csv", "set_aside.csv", "completeness.csv",
    "headings.csv", "misplaced.csv", "rows.csv",
}  # fmt: skip


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a register in it."""
    (tmp_path / "register.csv").write_text(REGISTER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def taken(*words: object, kind: str = "buildings", out: str = "out.csv") -> pd.DataFrame:
    """What an import of the register wrote."""
    result = run("import", "register.csv", "--as", kind, "--out", out, "--force", *words)
    assert result.exit_code == 0, result.output
    return pd.read_csv(out, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def refused(*words: object) -> str:
    """The message of a command that ends with bad input, on one line."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


# --- what is written -------------------------------------------------------------------------


def test_a_register_as_csv_with_its_account(here: Path):
    result = run("import", "register.csv", "--as", "buildings", "--out", "new/layer.csv")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "4 rows in = 4 rows out + 0 set aside and listed." in said
    assert "Account: new/layer-account/issues.html" in said and "Layer: new/layer.csv" in said
    layer = pd.read_csv(here / "new/layer.csv", dtype=str, keep_default_na=False,
                        encoding="utf-8-sig")  # fmt: skip
    assert list(layer["asset_id"]) == ["A1", "A2", "A3", "A4"]
    assert list(layer["gia_m2"].str.removesuffix(".0")) == ["1047", "", "12.5", "90"]
    assert {p.name for p in (here / "new/layer-account").iterdir()} == ACCOUNT
    issues = pd.read_csv(here / "new/layer-account/issues.csv", dtype=str, keep_default_na=False)
    lost = issues[issues["rule"] == "buildings.no_coordinates"]
    assert lost[["id", "row", "name"]].to_numpy().tolist() == [["A3", "4", "Old Depot"]]
    repairs = pd.read_csv(here / "new/layer-account/repairs.csv", dtype=str)
    assert "1,047 m2" in set(repairs["before"])
    assert not list(here.glob("new/.*")), "nothing half-made is left"


def test_nothing_a_spreadsheet_would_run_is_written(here: Path):
    layer = taken()
    assert list(layer["src_web_page"]) == ["'=1+1", "", "'@x", "x"]
    for path in here.glob("out-account/*.csv"):
        for cell in pd.read_csv(path, dtype=str, keep_default_na=False).to_numpy().ravel():
            assert not str(cell).startswith(("=", "@")), path.name


def test_a_register_as_geopackage(here: Path):
    result = run("import", "register.csv", "--as", "buildings", "--out", "out.gpkg")
    assert result.exit_code == 0, result.output
    assert pyogrio.list_layers("out.gpkg")[0][0] == "buildings"
    layer = gpd.read_file("out.gpkg").set_index("asset_id")
    assert layer.crs.to_epsg() == 27700
    assert (layer.geometry["A1"].x, layer.geometry["A1"].y) == (378000, 391000)
    assert layer.geometry["A3"] is None or layer.geometry["A3"].is_empty
    assert layer["src_web_page"]["A1"] == "=1+1", "a geopackage runs no formulas"


def test_a_written_layer_is_read_again_without_a_word_more(here: Path):
    first = taken(out="first.csv")
    result = run("import", "first.csv", "--as", "buildings", "--out", "second.csv")
    assert result.exit_code == 0 and "Cells changed" not in result.output
    second = pd.read_csv("second.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    pd.testing.assert_frame_equal(first, second)


def test_a_dry_run_shows_and_writes_nothing(here: Path):
    before = sorted(here.iterdir())
    for words in ((), ("--out", "out.csv", "--save-mapping", "m.yml")):
        result = run("import", "register.csv", "--as", "buildings", "--dry-run", *words)
        assert result.exit_code == 0, result.output
        assert "Property name" in result.output and "Sale Library" in result.output
        assert "4 rows in = 4 rows out" in result.output and "Errors: " in result.output
    assert sorted(here.iterdir()) == before


def test_an_account_goes_where_it_is_asked_to(here: Path):
    taken("--account", "elsewhere/told")
    assert {p.name for p in (here / "elsewhere/told").iterdir()} == ACCOUNT


# --- what may be asked -----------------------------------------------------------------------


def test_headings_and_constants_are_told_saved_and_used_again(here: Path):
    first = taken("--map", "Web page=conflict_note", "--map", "Postcode=-", "--set",
                  "owner=A Council", "--set", "status=operational",
                  "--save-mapping", "m.yml")  # fmt: skip
    assert list(first["owner"]) == ["A Council"] * 4 and set(first["status"]) == {"operational"}
    assert list(first["conflict_note"]) == ["'=1+1", "", "'@x", "x"]
    assert "postcode" not in first and list(first["src_postcode"])[0] == "M33 7ZF"
    saved = yaml.safe_load(Path("m.yml").read_text(encoding="utf-8"))
    assert saved["layer"] == "buildings" and saved["map"]["Web page"] == "conflict_note"
    assert saved["set"] == {"owner": "A Council", "status": "operational"}
    again = taken("--mapping", "m.yml", out="again.csv")
    assert list(again["owner"]) == list(first["owner"])
    assert list(again["conflict_note"]) == list(first["conflict_note"])
    other = taken("--mapping", "m.yml", "--set", "owner=Another", out="other.csv")
    assert set(other["owner"]) == {"Another"}, "what is said now goes before what was saved"


def test_places_come_from_a_postcode_file(here: Path):
    (here / "codes.csv").write_text(POSTCODES)
    layer = taken("--postcodes", "codes.csv").set_index("asset_id")
    assert layer.loc["A3", ["easting", "northing", "place_precision"]].tolist() == [
        "379500", "394600", "postcode",
    ]  # fmt: skip
    assert layer.loc["A1", "place_precision"] == "", "as given"


def test_rows_outside_an_area_are_set_aside_within_a_margin(here: Path):
    outline = gpd.GeoDataFrame(
        {"area_id": ["X"]}, geometry=[shapely.box(370000, 380000, 380000, 400000)], crs=27700
    )
    outline.to_file(here / "area.gpkg")
    inside = taken("--within", "area.gpkg")
    assert list(inside["asset_id"]) == ["A1", "A2", "A3"], "a row without a place stays"
    listed = pd.read_csv("out-account/set_aside.csv", dtype=str)
    assert listed[["id", "rule"]].to_numpy().tolist() == [["A4", "outside_area"]]
    assert len(taken("--within", "area.gpkg", "--margin-km", 14.9)) == 3
    assert len(taken("--within", "area.gpkg", "--margin-km", 15)) == 4, "inclusive"


def test_people_are_laid_beside_outlines_by_code(here: Path):
    codes = ["E00030771", "E00030772", "E00030773"]
    shapes = [shapely.box(375000 + n, 390000, 375500 + n, 390500) for n in (0, 500, 1000)]
    gpd.GeoDataFrame({"OA21CD": codes}, geometry=shapes, crs=27700).to_file(here / "oa.gpkg")
    (here / "people.csv").write_text("area_code,all_ages\nE00030771,300\nE00030772,280\n"
                                     "E00030779,1\n")  # fmt: skip
    result = run("import", "oa.gpkg", "--as", "demand", "--join", "people.csv", "--out", "d.gpkg")
    assert result.exit_code == 0, result.output
    layer = gpd.read_file("d.gpkg").set_index("demand_id")
    assert layer["population"].sum() == 580 and layer["easting"].notna().all()
    said = " ".join(result.output.split())
    assert "E00030773" in said and "demand.join_missing" in said and "demand.join_unused" in said


def test_a_sheet_is_named_where_there_are_several(here: Path):
    book = openpyxl.Workbook()
    for name, first in (("2024", "B1"), ("2025", "B2")):
        sheet = book.create_sheet(name)
        sheet.append(["Asset ID", "Property name", "Easting", "Northing"])
        sheet.append([first, "Sale Library", 378000, 391000])
    del book["Sheet"]
    book.save(here / "register.xlsx")
    asked = ("import", "register.xlsx", "--as", "buildings", "--out", "x.csv")
    message = refused(*asked)
    assert "2024" in message and "2025" in message and "--sheet" in message
    assert run(*asked, "--sheet", "2025").exit_code == 0
    assert list(pd.read_csv("x.csv", encoding="utf-8-sig")["asset_id"]) == ["B2"]


# --- what is refused -------------------------------------------------------------------------


def test_what_is_there_is_not_overwritten_unless_asked(here: Path):
    taken()
    Path("out.csv").write_text("mine")
    words = ("import", "register.csv", "--as", "buildings", "--out", "out.csv")
    assert "--force" in refused(*words) and Path("out.csv").read_text() == "mine"
    assert run(*words, "--force").exit_code == 0 and Path("out.csv").read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere.csv", "--as", "buildings", "--out", "o.csv"), "nowhere.csv"),
        (("register.csv", "--as", "building", "--out", "o.csv"), "buildings"),
        (("register.csv", "--as", "buildings"), "--out"),
        (("register.csv", "--as", "buildings", "--out", "o.txt"), ".csv or .gpkg"),
        (("register.csv", "--as", "areas", "--out", "o.csv"), ".gpkg"),
        (("register.csv", "--as", "buildings", "--out", "."), "suffix"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--map", "Web"), "LEFT=RIGHT"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--map", "Web pag=name"),
         "Web page"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--map", "Web page=nam"), "name"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--set", "ownr=Me"), "owner"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--mapping", "no.yml"), "no.yml"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--postcodes", "register.xyz"),
         "register.xyz"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--within", "register.csv"),
         "no polygons"),
        (("register.csv", "--as", "buildings", "--out", "o.csv", "--margin-km", "-1"), "margin-km"),
    ],
)  # fmt: skip
def test_one_clear_message(here: Path, words: tuple[str, ...], says: str):
    if says == "suffix":
        says = "cannot write"
    message = refused("import", *words)
    assert says in message
    assert message.count("•") <= 1, "one fault, one message"
    assert {p.name for p in here.iterdir()} == {"register.csv"}, "nothing is written"


def test_a_table_to_join_needs_the_codes(here: Path):
    (here / "people.csv").write_text("where,all_ages\nSale,300\nHale,280\n")
    words = ("import", "register.csv", "--as", "buildings", "--out", "o.csv")
    message = refused(*words, "--join", "people.csv")
    assert "people.csv has no column that is asset_id" in message
    (here / "twice.csv").write_text("asset_id,gia_m2\nA1,300\nA1,280\n")
    assert "several rows of the same code" in refused(*words, "--join", "twice.csv")


def test_a_mapping_of_another_layer_is_refused(here: Path):
    taken("--save-mapping", "m.yml")
    words = ("import", "register.csv", "--as", "services", "--out", "s.csv", "--mapping", "m.yml")
    assert "a mapping of buildings" in refused(*words)


# --- on screen -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
def test_tables_are_as_wide_as_the_screen(here: Path, monkeypatch: pytest.MonkeyPatch, width: int):
    monkeypatch.setattr(app, "out", Console(highlight=False, width=width))
    for words in (("--out", "out.csv", "--force"), ("--dry-run",)):
        result = run("import", "register.csv", "--as", "buildings", *words)
        drawn = [line for line in result.output.splitlines() if line[:1] in "┏┡│└"]
        assert drawn and max(map(len, drawn)) <= width
    lines = run("import", "register.csv", "--as", "buildings", "--out", "o.csv").output.splitlines()
    text = [line.rsplit("│", 2)[1] for line in lines if line.startswith("│ error")]
    assert text and all(len(cell) >= width // 2 for cell in text), "room for the words"


def test_only_the_gaps_that_matter_for_a_plan_are_on_screen(here: Path):
    result = run("import", "register.csv", "--as", "buildings", "--out", "out.csv")
    table = result.output.split("Columns the planner needs")[1]
    assert "running_cost_gbp_pa" in table and "stop a plan" in " ".join(table.split())
    assert "condition_grade" not in table and "epc" not in table
    assert "more columns have gaps that stop nothing" in table
    told = pd.read_csv("out-account/completeness.csv", dtype=str)
    assert {"condition_grade", "epc"} <= set(told["column"])


# --- check -----------------------------------------------------------------------------------


def test_check_writes_the_account_of_faulty_layers(tmp_path: Path):
    scenario = toy_county.write(tmp_path)
    layer = tmp_path / "b.csv"
    rows = pd.read_csv(layer, dtype=str, keep_default_na=False)
    rows.loc[1, "running_cost_gbp_pa"] = "a lot"
    rows.loc[0, "tenure"] = "freehald"
    rows.to_csv(layer, index=False)
    folder = tmp_path / "told"
    result = run("check", scenario, "--out", folder)
    assert result.exit_code == 2, result.output
    assert {p.name for p in folder.iterdir()} == ACCOUNT
    issues = pd.read_csv(folder / "issues.csv", dtype=str, keep_default_na=False)
    wrong = issues[issues["severity"] == "error"]
    assert {"buildings.unreadable_cell", "buildings.not_allowed"} <= set(wrong["rule"])
    assert set(wrong.loc[wrong["rule"] == "buildings.unreadable_cell", "id"]) == {
        rows.loc[1, "asset_id"]
    }
    assert "freehold" in (folder / "issues.html").read_text(encoding="utf-8")
    assert "Errors: 2 to put right before a plan." in " ".join(result.output.split())


def test_check_has_no_error_to_tell_of_wessex(tmp_path: Path):
    result = run("check", "--out", tmp_path / "told")
    assert result.exit_code == 0, result.output
    assert "Errors: none." in result.output and "430,000 people" in result.output
    assert pd.read_csv(tmp_path / "told" / "issues.csv").query("severity == 'error'").empty


# --- from a council's files to a plan --------------------------------------------------------

SCENARIO = """
name: registers
layers: {buildings: buildings.csv, services: services.csv, stations: stations.gpkg,
         demand: demand.gpkg}
defaults: standard
roads: %s
standards:
  fire_10: {service_type: fire, threshold_min: 10, clock_start: call, call_handling_s: 75,
            target: baseline, mode: blue_light}
  library_15: {service_type: library, threshold_min: 15, target: baseline - 0.05}
"""


def test_from_a_councils_files_to_a_plan(shared_data: Path, tmp_path: Path):
    """The path of the README: four imports, a scenario with a default table, check, plan."""
    county = shared_data / "rutland"
    libraries = county / "rutland_libraries_2023.csv"
    fire = county / "fire_stations_in_and_around_rutland.csv"
    codes = county / "rutland_os_open_names_postcodes_places.csv"
    people = county / "rutland_lsoa11_demand.csv"
    for words in (
        (libraries, "--as", "buildings", "--set", "tenure=freehold",
         "--out", tmp_path / "buildings.csv"),
        (libraries, "--as", "services", "--out", tmp_path / "services.csv"),
        (fire, "--as", "stations", "--postcodes", codes, "--out", tmp_path / "stations.gpkg"),
        (people, "--as", "demand", "--out", tmp_path / "demand.gpkg"),
    ):  # fmt: skip
        result = run("import", *words)
        assert result.exit_code == 0, result.output
    scenario = tmp_path / "scenario.yml"
    scenario.write_text(SCENARIO % (county / "rutland-latest_2022-07-20.osm.pbf"))
    strict = run("check", scenario, "--set", "defaults=", "--out", tmp_path / "strict")
    assert strict.exit_code == 2, "without the table, blanks that the plan needs are errors"
    result = run("check", scenario, "--out", tmp_path / "told")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "default table" in said and "37,746 people" in said
    result = run("plan", scenario, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    decisions = pd.read_csv(tmp_path / "run" / "decisions.csv")
    assert len(decisions) == 13 and (tmp_path / "run" / "map.html").exists()

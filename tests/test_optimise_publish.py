"""A run published to a real PostGIS server."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from postgres import Aside, Server, wait_for

from assets.database import read_table
from assets.issues import InputError
from optimise import publish, runs
from optimise.inputs import read_inputs
from optimise.plan import make_plan
from optimise.publish import publish_run
from optimise.scenario import load_scenario
from tests import toy_county

LAYERS = ("buildings", "moves", "demand", "cells", "areas", "outline")
WRITTEN = (*publish.TABLES, *publish.FURTHER)
PLAIN = (*WRITTEN, "run")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose buildings have names that a spreadsheet would take for formulas."""
    buildings = toy_county.buildings()
    buildings["name"] = ["=SUM(A1)", *buildings["name"].iloc[1:]]
    plan = make_plan(
        toy_county.scenario(), toy_county.inputs(toy_county.estate(buildings=buildings))
    )
    return runs.write_run(plan, tmp_path_factory.mktemp("runs") / "toy", {})


def written(folder: Path) -> dict[str, int]:
    """Rows of every table a run should come to."""
    package = folder / "plan.gpkg"
    counts = {str(name): len(gpd.read_file(package, layer=name))
              for name, _ in pyogrio.list_layers(package)}  # fmt: skip
    counts |= {name: len(pd.read_csv(folder / f"{name}.csv")) for name in WRITTEN}
    return counts | {"run": 1}


def rows_of(postgres: Server, schema: str) -> dict[str, int]:
    names = postgres.run(
        f"SELECT c.relname FROM pg_class c WHERE c.relnamespace = '{schema}'::regnamespace "
        "AND c.relkind = 'r'"
    )
    return {
        name: postgres.run(f'SELECT count(*) FROM {schema}."{name}"')[0][0] for (name,) in names
    }


def test_every_layer_and_table_arrives_whole(postgres: Server, run_folder: Path):
    tables = publish_run(run_folder, postgres.url(), "plan")
    expected = written(run_folder)
    assert tables == tuple(f"plan.{name}" for name in expected)
    assert set(PLAIN) <= set(expected) and set(expected) - set(PLAIN) <= {
        *LAYERS,
        "roads",
        "places",
    }
    assert rows_of(postgres, "plan") == expected
    assert min(expected.values()) >= 1

    shapes = dict(postgres.run(
        "SELECT f_table_name, type FROM geometry_columns WHERE f_table_schema = 'plan' "
        "AND srid = 27700"))  # fmt: skip
    assert set(shapes) == set(expected) - set(PLAIN)
    assert shapes["buildings"] == "POINT" and shapes["cells"] == "MULTIPOLYGON"
    invalid = postgres.run("SELECT count(*) FROM plan.cells WHERE NOT ST_IsValid(geometry)")
    assert invalid == [(0,)]


def test_figures_and_names_are_those_of_the_run(postgres: Server, run_folder: Path):
    publish_run(run_folder, postgres.url(), "plan")
    record = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    decisions = read_table(postgres.url("plan.decisions"))
    totals = record["totals"]
    assert decisions["receipt_gbp"].sum() == pytest.approx(totals["receipts_gbp"])
    assert decisions["name"].iloc[0] == "=SUM(A1)"  # no guard: this is not a spreadsheet
    assert decisions["in_scope"].dtype == bool and decisions["asset_id"].dtype == object

    money, ledger = (read_table(postgres.url(f"plan.{name}")) for name in ("money", "ledger"))
    valued = ledger["kind"].isin(["capital", "receipt", "one_off", "annual"])
    assert ledger.loc[valued, "pv_gbp"].sum() == pytest.approx(record["npv_gbp"], abs=0.01)
    assert money["amount_gbp"].sum() == pytest.approx(ledger["amount_gbp"].sum())
    assert money["year"].dtype == float and money["financial_year"].dtype == object
    sold = read_table(postgres.url("plan.disposals"))
    assert sold["net_receipt_gbp"].sum() == pytest.approx(totals["receipts_gbp"])
    assert sold["confidential"].dtype == bool and sold["haircut_pct"].dtype == float

    run = read_table(postgres.url("plan.run")).iloc[0]
    assert run["npv_gbp"] == pytest.approx(record["npv_gbp"])
    assert run["status_text"] == record["status_text"]
    assert run["buildings_after"] == totals["buildings_after"]

    cover = postgres.run("SELECT share_after, met FROM plan.cover WHERE geography = 'all' "
                         "ORDER BY row_id")  # fmt: skip
    assert [row[0] for row in cover] == [
        pytest.approx(entry["share_after"]) for entry in record["standards"]
    ]
    assert {type(row[1]) for row in cover} <= {bool, type(None)}


def test_a_second_run_replaces_the_first(postgres: Server, run_folder: Path):
    publish_run(run_folder, postgres.url(), "plan")
    postgres.run("CREATE VIEW mine AS SELECT name FROM plan.buildings")
    publish_run(run_folder, postgres.url(), "plan")
    assert rows_of(postgres, "plan") == written(run_folder)
    assert len(read_table(postgres.url("mine"))) == written(run_folder)["buildings"]


def test_nothing_of_an_earlier_run_is_taken_for_this_one(
    postgres: Server, run_folder: Path, tmp_path: Path
):
    publish_run(run_folder, postgres.url(), "plan")
    postgres.run("CREATE TABLE plan.own (a int)", "INSERT INTO plan.own VALUES (1)")
    for name in ("run.json", *(f"{table}.csv" for table in WRITTEN)):
        (tmp_path / name).write_bytes((run_folder / name).read_bytes())
    for name, _ in pyogrio.list_layers(run_folder / "plan.gpkg"):
        if name != "moves":  # as in a run in which nothing moves
            frame = gpd.read_file(run_folder / "plan.gpkg", layer=name)
            frame.to_file(tmp_path / "plan.gpkg", layer=name)
    assert "plan.moves" not in publish_run(tmp_path, postgres.url(), "plan")
    assert rows_of(postgres, "plan") == written(run_folder) | {"moves": 0, "own": 1}
    publish_run(run_folder, postgres.url(), "plan")
    assert rows_of(postgres, "plan") == written(run_folder) | {"own": 1}


def test_somebody_elses_table_is_not_replaced(postgres: Server, run_folder: Path):
    postgres.run("CREATE SCHEMA plan", "CREATE TABLE plan.buildings (a int)")
    with pytest.raises(InputError) as caught:
        publish_run(run_folder, postgres.url(), "plan")
    assert [(i.rule, i.ids) for i in caught.value.issues] == [
        ("database.not_ours", ("plan.buildings",))]  # fmt: skip
    assert rows_of(postgres, "plan") == {"buildings": 0}


def test_a_run_folder_that_is_not_whole_is_refused_before_the_server_is_asked(
    tmp_path: Path, run_folder: Path
):
    for name in ("plan.gpkg", "decisions.csv", "services.csv"):
        (tmp_path / name).write_bytes((run_folder / name).read_bytes())
    (tmp_path / "run.json").write_text("[1]")
    (tmp_path / "plan.gpkg").write_bytes(b"rubbish")
    text = (tmp_path / "decisions.csv").read_text().replace(",0.0,", ",nought,", 1)
    (tmp_path / "decisions.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        publish_run(tmp_path, "postgresql://u:s3cret@nowhere.invalid/d", "plan")
    assert [(i.rule, i.message.split()[0]) for i in caught.value.issues] == [
        ("run.damaged_file", "run.json"), ("run.damaged_file", "plan.gpkg"),
        ("run.damaged_file", "decisions.csv"),
        *(("run.missing_file", f"{table}.csv") for table in publish.TABLES[2:]),
    ]  # fmt: skip
    with pytest.raises(InputError) as caught:
        publish_run(tmp_path / "none", "postgresql://u:s3cret@nowhere.invalid/d", "plan")
    assert len(caught.value.issues) == 2 + len(publish.TABLES)


def test_a_server_that_dies_while_a_run_is_published(spare_postgres: Server, run_folder: Path):
    url = spare_postgres.url()
    publish_run(run_folder, url, "plan")
    spare_postgres.run("UPDATE plan.buildings SET name = 'as it was'")
    other = spare_postgres.connect()
    other.execute("BEGIN; LOCK TABLE plan.cover IN SHARE MODE")
    writer = Aside(lambda: publish_run(run_folder, url, "plan"))
    wait_for(lambda: spare_postgres.busy("DELETE", waiting=True), "the writer to wait")
    spare_postgres.crash()
    other.close()
    error = writer.wait()
    assert isinstance(error, InputError) and error.issues[0].rule == "database.stopped"

    spare_postgres.start()
    assert rows_of(spare_postgres, "plan") == written(run_folder)
    assert set(read_table(spare_postgres.url("plan.buildings"))["name"]) == {"as it was"}


# --- a plan made from tables ----------------------------------------------------------------


def test_a_plan_from_tables_is_the_plan_from_files(postgres: Server, tmp_path: Path):
    """One building layer in a file, the same in a database: the same plan, and no password."""
    path = toy_county.write(tmp_path)
    from_files = load_scenario(path)
    inputs = read_inputs(from_files)
    expected = make_plan(from_files, inputs)

    settings = []
    for kind, source in from_files.layer_paths().items():
        frame = pd.read_csv(source, dtype=str, keep_default_na=False)
        store(postgres, kind, frame)
        settings.append(f"layers.{kind}={postgres.url(f'estate.{kind}')}")
    scenario = load_scenario(path, settings=settings)
    assert all(isinstance(p, str) for p in scenario.layer_paths().values())
    plan = make_plan(scenario, read_inputs(scenario))
    assert plan.after.money == expected.after.money and plan.after.placed == expected.after.placed

    folder = runs.write_run(plan, tmp_path / "run", {})
    for file in sorted(folder.rglob("*")):
        assert b"s3cret" not in file.read_bytes()
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    listed = {entry["layer"]: entry for entry in record["inputs"]}
    assert listed["buildings"]["path"].endswith("?table=estate.buildings")
    assert ":***@127.0.0.1" in listed["buildings"]["path"]
    assert len(listed["buildings"]["sha256"]) == 64
    before = listed["demand"]["sha256"]
    postgres.run("UPDATE estate.demand SET population = '1' || population")
    again = {entry.layer: entry.sha256 for entry in read_inputs(scenario).files}
    assert again["demand"] != before and again["buildings"] == listed["buildings"]["sha256"]


def store(postgres: Server, name: str, frame: pd.DataFrame) -> None:
    """A layer as a council's own table of text."""
    columns = ", ".join(f'"{column}" text' for column in frame.columns)
    postgres.run("CREATE SCHEMA IF NOT EXISTS estate", f"CREATE TABLE estate.{name} ({columns})")
    insert = f"INSERT INTO estate.{name} VALUES ({', '.join(['%s'] * frame.shape[1])})"
    with postgres.connect() as connection, connection.cursor() as cursor:
        cursor.executemany(insert, frame.to_numpy().tolist())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "name: toy\nlayers: {buildings: 1, services: postgresql://u:s3cret@h/d}\n",
        "name: toy\nlayers: postgresql://u:s3cret@h/d?table=t\n",
        "name: toy\nlayers: {buildings: [postgresql://u:s3 cret@h/d}\n",
        "name: toy\nlayers: {buildings: b, services: s, demand: d}\nroads: r\nsolver:\n"
        "  threads: postgresql://u:s3cret@h/d\n",
    ],
)
def test_a_scenario_that_is_refused_keeps_its_passwords(tmp_path: Path, text: str):
    path = tmp_path / "s.yml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert "cret" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        load_scenario(path, settings=["layers.buildings postgresql://u:s3cret@h/d?table=t"])
    assert "cret" not in str(caught.value)

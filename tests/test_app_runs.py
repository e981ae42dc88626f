"""The command ``runs``: a table, CSV and Parquet of what the store finds."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from postgres import PASSWORD, Server
from typer.testing import CliRunner

import app
from optimise.store.export import csv_text, heading
from tests import toy_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return toy_store.write_runs(tmp_path / "runs")


def run(*words: Any) -> Any:
    return CliRunner().invoke(app.app, ["runs", *map(str, words)], env={"COLUMNS": "160"})


def test_runs_are_listed_as_a_table(root: Path):
    made = run(root, "--where", "status = optimal", "--sort", "-npv_gbp")
    assert made.exit_code == 0, made.output
    assert "4 run folders (4 new, 0 changed, 0 gone)" in made.stderr
    assert "2 runs" in made.stdout and "impossible" not in made.stdout
    assert made.stdout.index("£5.00m") < made.stdout.index("£4.00m")
    assert (root / "runs.sqlite").is_file()
    assert "nothing new" in run(root).stderr


def test_csv_goes_to_the_terminal_alone_or_to_a_file(root: Path, tmp_path: Path):
    words = (
        root,
        "--columns",
        "run_id,npv_gbp,fire_10.share_after,N1.decision",
        "--sort",
        "npv_gbp",
    )
    made = run(*words, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(made.stdout)))
    assert [row["run_id"] for row in rows][0] == "set-batch/scenarios/tight"
    assert rows[0]["fire_10.share_after"] == "0.79" and rows[-1]["npv_gbp"] == ""
    path = tmp_path / "out" / "runs.csv"
    assert run(*words, "--csv", path).exit_code == 0
    assert path.read_text(encoding="utf-8") == made.stdout
    assert sorted(p.name for p in path.parent.iterdir()) == ["runs.csv"]


def test_parquet_holds_every_column(root: Path, tmp_path: Path):
    path = tmp_path / "runs.parquet"
    made = run(root, "--parquet", path, "--limit", "3")
    assert made.exit_code == 0, made.output
    table = pd.read_parquet(path)
    assert len(table) == 3 and table["npv_gbp"].notna().sum() == 2
    assert {"run_id", "reason", "buildings_after", "page"} <= set(table.columns)


def test_no_cell_or_heading_of_a_csv_is_a_formula():
    told = csv_text(pd.DataFrame({"=a": ["=1+1", "-2", "x\ry", None], "b": [-1.5, 2.0, 3.0, None]}))
    assert told == "'=a,b\n'=1+1,-1.5\n-2,2.0\n\"x\ny\",3.0\n,\n"


def test_headings_are_broken_where_words_end():
    assert heading("revenue_saving_gbp_pa") == "revenue_\nsaving_gbp_\npa"
    assert heading("status") == "status"
    assert heading("standards.fire_10.target").replace("\n", "") == "standards.fire_10.target"


def test_errors_are_one_clear_message(root: Path, tmp_path: Path):
    for words, says in {
        (root, "--where", "npv = 3"): "did you mean 'npv_gbp'",
        (root, "--where", "status ="): "cannot be read",
        (tmp_path / "nowhere",): "there is no folder",
        (root / "plain",): "is a run, and not a folder of runs",
        ("--rebuild", "--store", tmp_path / "x.sqlite"): "--rebuild needs the folder",
    }.items():
        made = run(*words)
        assert made.exit_code == 2 and says in made.output.replace("\n", " "), words
        assert "Traceback" not in made.output


def test_a_store_elsewhere_is_asked_without_its_folders(root: Path, tmp_path: Path):
    kept = tmp_path / "kept.sqlite"
    assert run(root, "--store", kept, "--as", "me").exit_code == 0
    asked = run("--store", kept, "--csv", "-", "--columns", "run_id", "--where", "batch is null")
    assert asked.stdout == "run_id\nme/plain\n" and asked.stderr == ""


def test_asking_a_store_that_is_not_there_makes_none(tmp_path: Path, postgres: Server):
    absent = tmp_path / "runs.sqlit"
    made = run("--store", absent, "--where", "status = optimal")
    assert made.exit_code == 2 and "there is no store of runs" in made.output.replace("\n", " ")
    assert not absent.exists()
    made = run("--store", postgres.url(), "--schema", "mistyped")
    assert made.exit_code == 2 and "there is no store of runs" in made.output.replace("\n", " ")
    again = run("--store", postgres.url(), "--schema", "mistyped")
    assert again.exit_code == 2, "asking made tables"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://anna:hidden-word@db/estates",
        "host=db dbname=estates user=anna password=hidden-word",
        "password = hidden-word host=db",
    ],
)
def test_another_way_of_writing_an_address_is_no_file_and_is_not_repeated(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
):
    monkeypatch.chdir(tmp_path)
    made = run(root, "--store", address)
    assert made.exit_code == 2 and "cannot be read" in made.output
    assert "hidden-word" not in made.output
    assert [p.name for p in tmp_path.iterdir()] == ["runs"]


def test_a_column_asked_twice_is_there_once(root: Path):
    made = run(root, "--columns", "run_id,status,run_id,status", "--csv", "-")
    assert made.exit_code == 0 and made.stdout.splitlines()[0] == "run_id,status"


def test_damaged_folders_are_named(root: Path):
    (root / "plain" / "run.json").write_text("{")
    made = run(root)
    assert made.exit_code == 0 and "1 cannot be read: plain" in made.stderr
    assert "damaged" in made.stdout


def test_a_team_store_on_a_server(root: Path, postgres: Server):
    made = run(root, "--store", postgres.url(), "--as", "anna", "--schema", "shared")
    assert made.exit_code == 0, made.output
    assert "anna/plain" in made.stdout and PASSWORD not in made.output
    asked = run("--store", postgres.url(), "--schema", "shared", "--where", "A1.decision = dispose",
                "--columns", "run_id", "--csv", "-")  # fmt: skip
    assert asked.stdout == "run_id\nanna/set-batch/scenarios/tight\n"
    wrong = run(root, "--store", postgres.url(user="nobody_here:hidden-word"))
    assert wrong.exit_code == 2 and "hidden-word" not in wrong.output

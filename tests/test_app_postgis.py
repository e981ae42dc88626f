"""The commands on a real PostGIS server: layers in, a register imported, a run published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from postgres import PASSWORD, Server
from typer.testing import CliRunner

import app
from assets.database import read_table, write_layers
from tests import toy_county


def run(*words: Any) -> Any:
    return CliRunner().invoke(app.app, [str(word) for word in words])


@pytest.fixture
def scenario(postgres: Server, tmp_path: Path) -> Path:
    """The toy county, its buildings and services in the database, the rest in files."""
    path = toy_county.write(tmp_path)
    tables = {"buildings": toy_county.buildings(), "services": toy_county.services()}
    write_layers(postgres.url(), "estate", tables)
    record = yaml.safe_load(path.read_text())
    record["layers"] |= {name: postgres.url(table=f"estate.{name}") for name in tables}
    path.write_text(yaml.safe_dump(record))
    return path


def test_a_scenario_with_layers_in_a_database_is_checked_planned_and_published(
    scenario: Path, postgres: Server, tmp_path: Path
):
    checked = run("check", scenario, "--out", tmp_path / "account")
    assert checked.exit_code == 0, checked.output
    planned = run("plan", scenario, "--out", tmp_path / "run")
    assert planned.exit_code == 0, planned.output
    published = run("publish", tmp_path / "run", postgres.url(), "--schema", "plan")
    assert published.exit_code == 0, published.output
    there = read_table(postgres.url(table="plan.decisions"))
    assert len(there) == len(pd.read_csv(tmp_path / "run" / "decisions.csv"))
    for path in (tmp_path / "run" / "run.json", tmp_path / "account" / "issues.html"):
        assert PASSWORD not in path.read_text(encoding="utf-8")


def test_a_table_is_imported_like_a_file(scenario: Path, postgres: Server, tmp_path: Path):
    made = run("import", postgres.url(table="estate.buildings"), "--as", "buildings",
               "--out", tmp_path / "imported.csv")  # fmt: skip
    assert made.exit_code == 0, made.output
    rows = pd.read_csv(tmp_path / "imported.csv", dtype=object)
    assert sorted(rows["asset_id"]) == sorted(toy_county.buildings()["asset_id"])
    assert PASSWORD not in made.output


def test_a_missing_table_is_one_clear_message(scenario: Path, postgres: Server, tmp_path: Path):
    made = run("import", postgres.url(table="estate.building"), "--as", "buildings",
               "--out", tmp_path / "imported.csv")  # fmt: skip
    assert made.exit_code == 2
    assert "did you mean" in made.output and "Traceback" not in made.output
    assert PASSWORD not in made.output
    assert not (tmp_path / "imported.csv").exists()

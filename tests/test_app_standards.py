"""`python app.py standards`: the ready-made standards, shown and written to begin from."""

from __future__ import annotations

from pathlib import Path

import yaml
from typer.testing import CliRunner

import app
from coverage.catalogue import catalogue

RUN = CliRunner()


def test_every_standard_is_listed() -> None:
    told = RUN.invoke(app.app, ["standards"], env={"COLUMNS": "160"})
    assert told.exit_code == 0
    assert all(name in told.output for name in catalogue())


def test_one_is_told_with_its_source_and_what_it_cannot_hold() -> None:
    told = RUN.invoke(app.app, ["standards", "cornwall_2018"], env={"COLUMNS": "160"})
    assert "74 % achieved" in told.output and "Not held: 74 % is what was achieved" in told.output


def test_records_are_written_to_begin_from(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    told = RUN.invoke(app.app, ["standards", "suffolk_property_fire", "--out", str(path)])
    assert told.exit_code == 0 and "1 standards" not in told.output
    assert list(yaml.safe_load(path.read_text())["standards"]) == ["suffolk_property_fire"]


def test_an_unknown_one_is_refused() -> None:
    told = RUN.invoke(app.app, ["standards", "sufolk_property_fire"])
    assert told.exit_code == 2

"""What the command line says of a plan's money."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import app
from tests import toy_county


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The toy in three phases: what is printed, and its run folder."""
    folder = tmp_path_factory.mktemp("toy")
    path = toy_county.write(folder, phasing={"periods": 3})
    words = ["plan", str(path), "--out", str(folder / "run")]
    result = CliRunner().invoke(app.app, words, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output, folder / "run"


def test_a_phased_plan_is_told_year_by_year(told: tuple[str, Path]):
    output, run = told
    money = json.loads((run / "run.json").read_text(encoding="utf-8"))["money"]
    assert "Money by year" in output
    table = output.split("Money by year", 1)[1].split("└", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("│")]
    years = [row.split("│")[1].strip() for row in rows]
    # Three years in which things happen, two in which they bear fruit, and the last.
    assert years == ["2026/27", "2027/28", "2028/29", "2029/30", "2030/31", "2036/37"]
    assert money["years_shown"] == 5
    so_far = sum(year["net_gbp"] for year in money["by_year"])
    assert rows[-1].split("│")[-2].strip() == app._pounds(so_far)


def test_what_changes_the_sign_is_said_and_where_the_workbook_is(told: tuple[str, Path]):
    output, run = told
    assert "No reading changes the sign" in output
    assert f"Workbook: {run / 'plan.xlsx'}" in output
    assert (run / "plan.xlsx").read_bytes()[:2] == b"PK"


def test_a_plan_at_once_has_no_table_of_years(tmp_path: Path):
    path = toy_county.write(tmp_path)
    words = ["plan", str(path), "--out", str(tmp_path / "run")]
    result = CliRunner().invoke(app.app, words, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "Money by year" not in result.output and "Workbook:" in result.output

"""`scenarios` and `alternatives`, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import app
from tests import toy_county

MANY = {
    "overrides": {"long": {"finance": {"horizon_yr": 40}}},
    "scenarios": {"far": {"title": "=Far", "overrides": ["long"]}},
    "sweeps": {"bias": {"grid": {"finance.optimism_bias_pct": list(range(10, 40))}}},
}


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return asking(tmp_path, MANY)


def asking(folder: Path, more: dict[str, Any]) -> Path:
    path = toy_county.write(folder)
    record = yaml.safe_load(path.read_text()) | more
    path.write_text(yaml.safe_dump(record, sort_keys=False))
    return path


def say(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app.app, [*map(str, words)])
    return found.exit_code, " ".join(found.output.split())


def test_scenarios_are_listed_with_what_differs(scenario: Path, tmp_path: Path) -> None:
    table = tmp_path / "all.csv"
    code, said = say("scenarios", scenario, "--csv", table)
    assert code == 0
    assert "years of running costs counted 40 (base: " in said
    assert "26 more of 30" in said
    assert "31 scenarios beside the base: 1 named, 30 of sweep 'bias'" in said
    # A sweep's value that is the base's own asks the same as the base.
    assert "asks the same as 'base'" in said
    rows = pd.read_csv(table)
    assert len(rows) == 31 and rows["scenario"][30] == "bias-0030"
    assert rows["title"][0] == "'=Far"


def test_one_of_them_over_a_base_of_the_command_line(scenario: Path) -> None:
    code, said = say("scenarios", scenario, "--only", "far", "--set", "finance.horizon_yr=30")
    assert code == 0 and "counted 40 (base: 30)" in said
    assert "1 scenario beside the base: 1 named" in said


def test_faults_are_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    bad = {"scenarios": {"a": {"set": {"finance.horizn_yr": 3}}, "b": {"overrides": ["none"]}}}
    code, said = say("scenarios", asking(tmp_path, bad), "--csv", tmp_path / "all.csv")
    assert code == 2 and "scenario 'b'" in said
    del bad["scenarios"]["b"]
    code, said = say("scenarios", asking(tmp_path, bad))
    assert code == 2 and "did you mean 'horizon_yr'?" in said
    assert not (tmp_path / "all.csv").exists()


def test_a_file_without_scenarios(tmp_path: Path) -> None:
    code, said = say("scenarios", toy_county.write(tmp_path))
    assert code == 0 and "the base alone" in said


def test_alternatives_are_written_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "alt"
    code, said = say("alternatives", toy_county.write(tmp_path), "--within", "90%", "--distance",
                     2, "--out", folder, "--no-cache")  # fmt: skip
    assert code == 0, said
    assert "keeps Hall; lets go of Mid library; does without New hub" in said
    assert said.index("Plan 2 saves £") < said.index("keeps Hall")
    assert "proved that no further plan" in said
    told = json.loads((folder / "alternatives.json").read_text(encoding="utf-8"))
    assert len(told["plans"]) == 2
    for page in ("compare.html", "plans/1/plan.html", "plans/2/plan.html"):
        assert (folder / page).is_file()


def test_a_loss_that_is_none_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    code, said = say("alternatives", tmp_path / "nowhere.yml", "--within", "much")
    assert code == 2 and "no share" in said

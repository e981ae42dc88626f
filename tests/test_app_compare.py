"""`compare`: runs beside each other, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_run import small_run, write_run
from typer.testing import CliRunner

import app


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs that differ in the file of the buildings and nothing else."""
    made = [write_run(tmp_path / name, small_run()) for name in ("one", "two")]
    record = json.loads((made[1] / "run.json").read_text())
    record["inputs"][0]["sha256"] = "f" * 64
    (made[1] / "run.json").write_text(json.dumps(record))
    return made[0], made[1]


def say(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app.app, ["compare", *map(str, words)])
    return found.exit_code, " ".join(found.output.split())


def test_the_page_is_written_and_a_baseline_that_differs_is_told(runs: tuple[Path, Path]) -> None:
    code, said = say(*runs)
    assert code == 0 and (runs[1] / "compare.html").is_file()
    assert "do not stand on the same ground" in said
    assert "Layer: buildings: buildings.csv (000000000000) / buildings.csv (ffffffffffff)" in said
    assert str(runs[1] / "compare.html") in said


def test_strict_refuses_and_leaves_nothing(runs: tuple[Path, Path], tmp_path: Path) -> None:
    code, said = say(*runs, "--strict", "--out", tmp_path / "page.html")
    assert code == 2 and "compare.layer.buildings" in said
    assert not (tmp_path / "page.html").exists()


def test_the_public_page_has_a_name_of_its_own(runs: tuple[Path, Path]) -> None:
    code, _ = say(runs[0], runs[1], "--audience", "public")
    assert code == 0 and (runs[1] / "compare-public.html").is_file()
    assert not (runs[1] / "compare.html").exists()


def test_one_run_is_not_a_comparison(runs: tuple[Path, Path]) -> None:
    code, said = say(runs[0])
    assert code == 2 and "compare.number_of_runs" in said

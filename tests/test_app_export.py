"""The command `export`: where its files go, for whom, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_run import small_run, write_run
from typer.testing import CliRunner, Result

from app import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder."""
    return write_run(tmp_path / "run", small_run())


def run(*words: object) -> Result:
    """The command line."""
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_export_of_each_audience_has_a_folder_of_its_own(folder: Path) -> None:
    assert run("export", folder).exit_code == 0
    result = run("export", folder, "--audience", "public")
    assert result.exit_code == 0
    assert "export-public" in result.output.replace("\n", "")
    for name in ("export", "export-public"):
        assert (folder / name / "tables.xlsx").is_file()


def test_a_folder_and_other_runs_can_be_named(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "elsewhere"
    assert run("export", folder, "--with", folder, "--out", out).exit_code == 0
    assert "other_1" in (out / "options.csv").read_text(encoding="utf-8-sig").split("\n")[0]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    result = run("export", tmp_path / "nothing", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()

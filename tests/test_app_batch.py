"""`python app.py batch`: what it does, what it says, and how it ends."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

import app
from tests.toy_batch import toy_file


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


def batch_file(tmp_path: Path) -> Path:
    path = toy_file(tmp_path)
    record = yaml.safe_load(path.read_text())
    record["scenarios"] = {
        "more": {"title": "Sell <b>more</b>", "set": {"targets.receipts_gbp": 1000}},
        "far-too-much": {"set": {"targets.receipts_gbp": 9_000_000}},
    }
    path.write_text(yaml.safe_dump(record, sort_keys=False))
    return path


def record_of(out: Path) -> Any:
    return json.loads((out / "batch.json").read_text())


def test_a_batch_from_the_command_line_and_the_same_command_again(tmp_path: Path) -> None:
    path, out = batch_file(tmp_path), tmp_path / "out"
    words = ("batch", path, "--workers", 1, "--out", out, "--no-cache")
    first = run(*words)
    assert first.exit_code == 0, first.output
    said = " ".join(first.output.split())
    assert "3 of 3 finished (the base included), 3 of them now" in said
    assert "far-too-much: impossible:" in said
    assert "Dashboard: http://127.0.0.1:" in said
    for place in ("base", "scenarios/more"):
        assert {"run.json", "plan.html", "map.html"} <= {p.name for p in (out / place).iterdir()}
    record = json.loads((out / "scenarios/more/run.json").read_text())
    assert record["batch"]["scenario"] == "more" and record["batch"]["key"]
    assert [one["name"] for one in record_of(out)["scenarios"]] == ["more", "far-too-much"]
    with sqlite3.connect(out / "store.sqlite") as store:
        rows = store.execute("SELECT scenario, status, page FROM runs ORDER BY scenario").fetchall()
    store.close()
    assert rows == [
        ("base", "optimal", "base/plan.html"), ("far-too-much", "impossible", ""),
        ("more", "optimal", "scenarios/more/plan.html"),
    ]  # fmt: skip

    second = run(*words)
    assert second.exit_code == 0
    assert "0 of them now" in " ".join(second.output.split())


def test_a_part_run_again_leaves_the_rest_of_the_batch_listed(tmp_path: Path) -> None:
    path, out = batch_file(tmp_path), tmp_path / "out"
    words = ("batch", path, "--workers", 1, "--out", out, "--no-cache", "--pages", "none")
    part = run(*words, "--only", "far-too-much")
    assert part.exit_code == 0, part.output
    assert [one["name"] for one in record_of(out)["scenarios"]] == ["far-too-much"]
    assert run(*words).exit_code == 0
    whole = record_of(out)
    again = run(*words, "--only", "far-too-much")
    assert again.exit_code == 0, again.output
    assert "no longer asked for" not in again.output
    assert "2 of 2 finished (the base included), 0 of them now" in " ".join(again.output.split())
    assert record_of(out) == whole
    assert "Sell &lt;b&gt;more" in (out / "batch.html").read_text()


def test_what_if_is_asked_of_a_scenario_of_a_batch_with_settings(tmp_path: Path) -> None:
    path, out = batch_file(tmp_path), tmp_path / "out"
    made = run("batch", path, "--workers", 1, "--out", out, "--no-cache", "--pages", "none",
               "--only", "more", "--set", "finance.horizon_yr=30")  # fmt: skip
    assert made.exit_code == 0, made.output
    record = json.loads((out / "scenarios/more/run.json").read_text())
    assert set(record["changes"]) == {"finance.horizon_yr", "targets.receipts_gbp"}
    asked = run("what-if", out / "scenarios/more", "--no-page", "--out", tmp_path / "w")
    assert asked.exit_code == 0, asked.output
    assert "No building is decided differently." in asked.output


def test_what_is_wrong_with_the_file_is_said_before_anything_is_written(tmp_path: Path) -> None:
    path = batch_file(tmp_path)
    result = run("batch", path, "--only", "nobody", "--out", tmp_path / "out")
    assert result.exit_code == 2 and "nobody" in result.output
    assert not (tmp_path / "out").exists()

"""The command `frontier`: what it leaves, what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import app
from tests import toy_county


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, ["frontier", *map(str, words)])


def test_a_curve_with_a_page_for_each_plan(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    path = toy_county.write(tmp_path / "toy", standards={})
    out = tmp_path / "curve"
    effort = ("--points", 3, "--gap", 0)
    result = run(path, "--x", "capital", "--y", "receipts", *effort, "--out", out)
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "From £49.6k to £0 of capital spent costs £196.0k of receipts from sales" in said
    table = pd.read_csv(out / "frontier.csv")
    with_plan = table.dropna(subset=["point"])
    assert set(with_plan["choice"]) == {"yes"}
    for page in with_plan["run"]:
        assert (out / page).exists()
        own = pd.read_csv((out / page).parent / "frontier.csv")
        assert list(own["here"]).count("yes") == 1
    assert "(this plan)" in (out / with_plan["run"].iloc[0]).read_text(encoding="utf-8")
    record = json.loads((out / "frontier.json").read_text(encoding="utf-8"))
    assert record["state"] == "done"
    assert [p["run"] for p in record["points"]] == list(with_plan["run"])
    assert (out / "frontier.html").exists()


def test_what_if_is_asked_of_a_point_of_a_curve(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    path = toy_county.write(tmp_path / "toy", standards={})
    out, effort = tmp_path / "curve", ("--points", 3, "--gap", 0)
    result = run(path, "--x", "capital", "--y", "receipts", *effort, "--out", out)
    assert result.exit_code == 0, result.output
    points = pd.read_csv(out / "frontier.csv").dropna(subset=["point"])["run"]
    for n, page in enumerate(points):
        words = ["what-if", str((out / page).parent), "--no-page", "--out", str(tmp_path / f"w{n}")]
        asked = CliRunner().invoke(app.app, words)
        assert asked.exit_code == 0, asked.output
        assert "No building is decided differently." in asked.output
    assert len(points) >= 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--y", ""), "x and y both need a figure"),
        (("--x", " ", "--z", "capital"), "x and y both need a figure"),
        (("--time-limit", "inf"), "seconds above 0"),
        (("--points", 0), "0 points"),
        (("--at", "50%,80%"), "a percentage makes no step of receipts_gbp"),
        (("--x", "fire_cover", "--y", "npv", "--at", "120%"), "a percentage makes no step"),
    ],
)
def test_options_that_make_no_sense_are_one_clear_message(
    tmp_path: Path, words: tuple[object, ...], says: str
) -> None:
    (tmp_path / "toy").mkdir()
    result = run(toy_county.write(tmp_path / "toy"), *words, "--out", tmp_path / "out")
    assert result.exit_code == app.BAD_INPUT, result.output
    assert says in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_an_axis_that_nobody_knows_ends_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    path = toy_county.write(tmp_path / "toy")
    (tmp_path / "toy" / "b.csv").unlink()
    result = run(path, "--x", "reciepts", "--out", tmp_path / "out")
    assert result.exit_code == app.BAD_INPUT
    assert "did you mean 'receipts'" in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()

"""``python app.py robust``: what it says, what it leaves behind, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import app
from tests import toy_county

#: Scenarios of the toy: three that can be planned, one that cannot, and the base once more.
SCENARIOS: dict[str, Any] = {
    "low": {"title": "Receipts <low>", "set": {"finance.receipt_factor": 0.2}},
    "high": {"title": "Receipts high", "set": {"finance.receipt_factor": 2.0}},
    "never": {"title": "Beyond reach", "set": {"targets.receipts_gbp": 9e9}},
    "again": {"title": "As it is", "set": {"finance.horizon_yr": 10}},
}


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


def said(result: Any) -> str:
    return " ".join(result.output.split())


def written(folder: Path, scenarios: dict[str, Any]) -> Path:
    folder.mkdir()
    path = toy_county.write(folder)
    record = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**record, "scenarios": scenarios}, sort_keys=False))
    return path


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    """(scenario file, folder of the study, what was said)."""
    where = tmp_path_factory.mktemp("robust")
    toy = written(where / "toy", SCENARIOS)
    result = run("robust", toy, "--out", where / "out", "--no-cache")
    return toy, where / "out", result


def test_a_folder_that_cannot_take_it_is_refused_before_any_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is of every command that plans for minutes and writes at the end."""
    toy = written(tmp_path / "toy", SCENARIOS)
    planned = run("plan", toy, "--out", tmp_path / "run", "--no-cache")
    assert planned.exit_code == 0, planned.output
    (tmp_path / "mine.txt").write_text("mine")

    def searched(*asked: object, **options: object) -> None:
        raise AssertionError("it searched first")

    monkeypatch.setattr("optimise.plan.make_plan", searched)
    monkeypatch.setattr("optimise.robust.futures.make_plan", searched)
    monkeypatch.setattr("optimise.alternatives.make_plan", searched)
    asked = {
        "plan": (toy,),
        "alternatives": (toy,),
        "robust": (toy,),
        "frontier": (toy,),
        "what-if": (tmp_path / "run", "--set", "finance.horizon_yr=9"),
    }
    for command, words in asked.items():
        result = run(command, *words, "--out", tmp_path / "mine.txt", "--no-cache")
        assert result.exit_code == app.BAD_INPUT, (command, result.output)
        assert "mine.txt" in said(result).replace(" ", ""), command
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_study_says_what_happens_whatever_comes(studied: tuple[Path, Path, Any]) -> None:
    _, out, result = studied
    assert result.exit_code == 0, result.output
    told = said(result)
    assert "Whichever of the 3 scenarios comes, 1 building goes and 1 building stays." in told
    assert "1 more scenario has no plan and no part in these counts." in told
    assert "counts of what was tried, not probabilities" in told
    assert "The plan made for “toy” (the same for 1 more) is at worst £61.6k behind" in told
    assert "if it is “Receipts <low>”" in told
    assert str(out / "robust.json") in result.output


def test_a_study_leaves_its_tables_and_the_plan(studied: tuple[Path, Path, Any]) -> None:
    _, out, _ = studied
    record = json.loads((out / "robust.json").read_text())
    assert [s["name"] for s in record["scenarios"]] == ["base", "low", "high", "never"]
    assert record["same_as"] == {"again": "base"}
    assert record["same_plans"] == {"base": ["high"]}
    assert record["scenarios"][3]["status"] == "impossible"
    assert "receipts of £9,000,000,000" in record["scenarios"][3]["reason"]
    least = record["least"]
    assert least["scenarios"] == ["base", "low", "high"]
    assert least["worst_regret_low"] == pytest.approx(61_572.79, abs=1)
    assert least["bound"] == pytest.approx(61_572.79, abs=2)
    buildings = pd.read_csv(out / "robust_buildings.csv").set_index("asset_id")
    assert buildings.loc["E", "verdict"] == "never"
    assert buildings.loc["C", "verdict"] == "always"
    assert buildings.loc["D", "candidate"]
    assert (buildings["scenarios"] == 3).all()
    assert (buildings["without_plan"] == 1).all()
    regret = pd.read_csv(out / "robust_regret.csv")
    assert list(regret.columns) == [
        "plan", "scenario", "value", "best", "bound", "regret_low", "regret_high", "status",
        "broken",
    ]  # fmt: skip
    never = regret[regret["scenario"] == "never"]
    assert set(never["status"]) == {"breaks"}
    assert never[["value", "regret_low"]].isna().all(axis=None)


def test_the_plan_is_a_run_folder_that_says_what_it_is_for(
    studied: tuple[Path, Path, Any],
) -> None:
    _, out, _ = studied
    run_record = json.loads((out / "minmax" / "run.json").read_text())
    assert run_record["title"] == "toy: the plan of least worst regret"
    assert run_record["robust"]["scenarios"] == ["base", "low", "high"]
    assert run_record["robust"]["worst_regret_low"] == pytest.approx(61_572.79, abs=1)
    assert run_record["npv_gbp"] == pytest.approx(1_255_811.05, abs=1)
    assert (out / "minmax" / "plan.html").is_file()


def test_some_of_the_scenarios_may_be_taken(
    studied: tuple[Path, Path, Any], tmp_path: Path
) -> None:
    toy, _, _ = studied
    result = run("robust", toy, "--only", "high", "--out", tmp_path / "out", "--no-cache")
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out" / "robust.json").read_text())
    assert [s["name"] for s in record["scenarios"]] == ["base", "high"]
    assert record["least"]["worst_regret_high"] == pytest.approx(0, abs=1)


def test_plans_of_a_batch_are_taken_from_its_folder(
    studied: tuple[Path, Path, Any], tmp_path: Path
) -> None:
    """A batch's folder as the contract has it, of runs made one by one: the same study."""
    toy, out, _ = studied
    folder = tmp_path / "batch"
    made = {"base": (), "low": ("finance.receipt_factor=0.2",), "high": (
        "finance.receipt_factor=2.0",)}  # fmt: skip
    for name, settings in made.items():
        place = folder / "base" if name == "base" else folder / "scenarios" / name
        words = [w for setting in settings for w in ("--set", setting)]
        assert run("plan", toy, "--out", place, "--no-cache", *words).exit_code == 0
    never = folder / "scenarios" / "never"
    never.mkdir(parents=True)
    failed = {"status": "impossible", "reason": "receipts cannot come to that"}
    (never / "failed.json").write_text(json.dumps(failed))
    result = run("robust", toy, "--batch", folder, "--no-cache")
    assert result.exit_code == 0, result.output
    for name in ("robust_buildings.csv", "robust_regret.csv"):
        one, two = pd.read_csv(out / name), pd.read_csv(folder / name)
        pd.testing.assert_frame_equal(one, two, atol=1.0)
    # A plan that is not what the scenario now says is refused, and so is one that is not there.
    changed = run("robust", toy, "--batch", folder, "--no-cache", "--set", "finance.horizon_yr=11")
    assert changed.exit_code == 2
    assert "[robust.stale]" in changed.output
    shutil.rmtree(folder / "scenarios" / "low")
    absent = run("robust", toy, "--batch", folder, "--no-cache")
    assert absent.exit_code == 2
    assert "[robust.no_run]" in absent.output


def test_scenarios_that_clash_are_named_and_the_rest_is_told(tmp_path: Path) -> None:
    """Keep both libraries in one scenario, give one up in the other: no plan does both."""
    both = {
        "keep": {"set": {"services.library.at_least": 2}},
        "drop": {"set": {"services.library.at_most": 1}},
    }
    toy = written(tmp_path / "toy", both)
    result = run("robust", toy, "--out", tmp_path / "out", "--no-cache")
    assert result.exit_code == 2
    assert "[robust.clash]" in result.output
    assert "keep, drop" in said(result)
    assert (tmp_path / "out" / "robust_regret.csv").is_file()
    assert not (tmp_path / "out" / "minmax").exists()
    eased = run("robust", toy, "--out", tmp_path / "out", "--no-cache", "--rules", "base")
    assert eased.exit_code == 0, eased.output
    assert (tmp_path / "out" / "minmax" / "run.json").is_file()
    record = json.loads((tmp_path / "out" / "robust.json").read_text())
    assert record["rules"] == "base"
    assert {"holds", "breaks"} == {each["status"] for each in record["least"]["each"]}

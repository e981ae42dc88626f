"""The command line: what it does, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import osmium
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import app
from tests import toy_county


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    return toy_county.write(tmp_path / "toy")


def test_help_names_every_command_of_the_contract() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in (
        "check",
        "plan",
        "draft",
        "times",
        "map",
        "import",
        "compare-registers",
        "publish",
    ):
        assert command in result.output
    for command in (
        "check",
        "plan",
        "draft",
        "times",
        "map",
        "import",
        "compare-registers",
        "publish",
    ):
        assert run(command, "--help").exit_code == 0


def test_plan_writes_the_run_and_says_where(toy: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs" / "first"
    result = run("plan", toy, "--out", out)
    assert result.exit_code == 0, result.output
    names = {p.name for p in out.iterdir()}
    assert names == {
        "run.json", "decisions.csv", "services.csv", "cover.csv", "plan.gpkg", "map.html",
        "plan.html", "money.csv", "ledger.csv", "disposals.csv", "plan.xlsx",
        "users.csv", "equality.csv", "reach.parquet", "warm.parquet",
    }  # fmt: skip
    assert "Proved to be the best plan possible" in " ".join(result.output.split())
    assert str(out / "map.html") in result.output
    assert str(out / "plan.html") in result.output


@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_both_solvers_from_the_command_line(toy: Path, tmp_path: Path, solver: str) -> None:
    result = run("plan", toy, "--out", tmp_path / "out", "--solver", solver, "--gap", 0.001)
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["npv_gbp"] == pytest.approx(1_255_811.05, abs=1)
    assert solver.lower() in record["solver"].lower()
    assert record["changes"]["solver.name"]["after"] == solver


def test_money_alone_is_a_scenario_too(toy: Path, tmp_path: Path) -> None:
    """No standard at all: nobody is measured, and the plan, tables and map are still there."""
    result = run("plan", toy, "--out", tmp_path / "out", "--set", "standards={}")
    assert result.exit_code == 0, result.output
    assert pd.read_csv(tmp_path / "out" / "cover.csv").empty
    assert (tmp_path / "out" / "map.html").exists()


def test_set_changes_the_plan(toy: Path, tmp_path: Path) -> None:
    result = run("plan", toy, "--out", tmp_path / "out", "--set", "locks.A=retain")
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(tmp_path / "out" / "decisions.csv").set_index("asset_id")
    assert rows.at["A", "decision"] != "dispose"


def test_map_is_drawn_again_from_the_folder(toy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("plan", toy, "--out", out)
    first = (out / "map.html").read_bytes()
    (out / "map.html").unlink()
    assert run("map", out).exit_code == 0
    assert (out / "map.html").read_bytes() == first


def test_page_is_written_again_from_the_folder_and_elsewhere(toy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("plan", toy, "--out", out)
    first = (out / "plan.html").read_bytes()
    (out / "plan.html").unlink()
    assert run("page", out).exit_code == 0
    assert (out / "plan.html").read_bytes() == first
    assert run("page", out, "--out", tmp_path / "elsewhere.html").exit_code == 0
    assert (tmp_path / "elsewhere.html").read_bytes() == first
    assert run("page", tmp_path / "nothing").exit_code == 2


def test_check_says_what_was_read(toy: Path) -> None:
    result = run("check", toy, "--out", toy.parent / "account")
    assert result.exit_code == 0, result.output
    assert "200 people" in result.output
    assert "Errors: none" in result.output


def broken(toy: Path, layer: str, column: str, row: int, value: Any) -> None:
    path = toy.parent / f"{layer}.csv"
    frame = pd.read_csv(path, dtype=object)
    frame.loc[row, column] = value
    frame.to_csv(path, index=False)


@pytest.mark.parametrize(
    ("layer", "column", "row", "value", "expected"),
    [
        ("b", "asset_id", 1, "A", "A"),
        ("b", "running_cost_gbp_pa", 1, "-5", "-5"),
        ("b", "running_cost_gbp_pa", 1, "a lot", "a lot"),
        ("b", "easting", 1, "9370000", "B"),
        ("s", "asset_id", 0, "Z", "Z"),
        ("d", "population", 0, "many", "many"),
        ("b", "tenure", 0, "freehald", "freehold"),
        ("car", "minutes", 0, "-1", "minutes"),
        ("car", "from_id", 0, "d9", "d9"),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_bad_layers_end_with_one_message(
    toy: Path, tmp_path: Path, command: str, layer: str, column: str, row: int, value: Any,
    expected: str,
) -> None:  # fmt: skip
    broken(toy, layer, column, row, value)
    folder = tmp_path / ("out" if command == "plan" else "account")
    result = run(command, toy, "--out", folder)
    assert result.exit_code == 2, result.output
    assert expected in " ".join(result.output.split())
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--set", "targets.receipt_gbp=1"], "did you mean 'receipts_gbp'"),
        (["--set", "standards.fire_10.service_type=hovercraft"], "no unit delivers"),
        (["--set", "targets.receipts_gbp=1.5e+6"], "targets.receipts_gbp: £1,500,000 → £1,274,000"),
        (["--set", "layers.demand=dd.csv"], "did you mean 'd.csv'"),
        (["--override", "none"], "no override"),
        (["--solver", "gurobi"], "highs"),
    ],
)
def test_bad_scenarios_end_with_one_message(
    toy: Path, tmp_path: Path, words: list[str], expected: str
) -> None:
    result = run("plan", toy, "--out", tmp_path / "out", *words)
    assert result.exit_code == 2, result.output
    assert expected in " ".join(result.output.split())
    assert not (tmp_path / "out").exists()


def test_check_reads_speed_profiles_too(toy: Path) -> None:
    result = run("check", toy, "--out", toy.parent / "account",
                 "--set", "network.profiles={blue_light: {speeds_kp: 3}}")  # fmt: skip
    assert result.exit_code == 2
    assert "did you mean 'speeds_kph'?" in result.output


def test_empty_layer_and_missing_column(toy: Path) -> None:
    (toy.parent / "d.csv").write_text("demand_id,easting,northing,population\n")
    assert run("check", toy, "--out", toy.parent / "account").exit_code == 2
    (toy.parent / "d.csv").write_text("demand_id,easting,northing\nd1,370050,100050\n")
    result = run("check", toy, "--out", toy.parent / "account")
    assert result.exit_code == 2
    assert "population" in result.output


def test_truncated_roads(toy: Path, tmp_path: Path, repo: Path) -> None:
    whole = (repo / "data" / "wessex" / "roads.osm.pbf").read_bytes()
    (toy.parent / "r.osm.pbf").write_bytes(whole[: len(whole) // 2])
    record = yaml.safe_load(toy.read_text())
    record.pop("times")
    record["roads"] = "r.osm.pbf"
    toy.write_text(yaml.safe_dump(record))
    result = run("plan", toy, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert "r.osm.pbf" in result.output
    assert not (tmp_path / "out").exists()


def test_no_plan_in_time_has_its_own_exit_code(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimise import solve
    from optimise.engine import Searched

    monkeypatch.setattr(solve, "search", lambda *given: Searched("no_plan", -1e9, "HiGHS"))
    result = run("plan", toy, "--out", tmp_path / "out")
    assert result.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_map_that_fails_leaves_no_run(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from maps import plan_page

    def full(_: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plan_page, "write_pages", full)
    result = run("plan", toy, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "No space left" in result.output
    assert not (tmp_path / "out").exists()


def street(path: Path) -> Path:
    """Four nodes in a row, 30 mph, with a one-way second half."""
    writer = osmium.SimpleWriter(str(path))
    lon = [-2.44, -2.43, -2.42, -2.41]
    for i, x in enumerate(lon, start=1):
        writer.add_node(osmium.osm.mutable.Node(id=i, location=(x, 50.71), version=1))
    way = osmium.osm.mutable.Way
    writer.add_way(way(id=1, nodes=[1, 2, 3], tags={"highway": "residential"}, version=1))
    writer.add_way(way(id=2, nodes=[3, 4], tags={"highway": "residential"}, version=1))
    writer.close()
    return path


def test_times_writes_the_columns_of_the_contract(tmp_path: Path) -> None:
    roads = street(tmp_path / "r.osm.pbf")
    (tmp_path / "a.csv").write_text("id,lon,lat\nx,-2.44,50.71\n")
    (tmp_path / "b.csv").write_text("id,easting,northing\ny,370420,90070\nfar,470000,90700\n")
    out = tmp_path / "t.csv"
    result = run("times", "--roads", roads, "--from", tmp_path / "a.csv", "--to",
                 tmp_path / "b.csv", "--profile", "blue_light", "--out", out,
                 "--no-cache")  # fmt: skip
    assert result.exit_code == 0, result.output
    frame = pd.read_csv(out).set_index("to_id")
    assert list(frame.columns) == ["from_id", "minutes", "metres", "from_snap_m", "to_snap_m"]
    assert frame.at["y", "minutes"] > 0
    assert pd.isna(frame.at["far", "minutes"])
    assert "far" in result.output


def test_profile_that_does_not_exist(tmp_path: Path) -> None:
    result = run("times", "--roads", "x", "--from", "x", "--to", "x", "--out", "x",
                 "--profile", "hoover")  # fmt: skip
    assert result.exit_code == 2
    assert "car" in result.output


def test_runs_as_a_script_from_another_folder(toy: Path, tmp_path: Path, repo: Path) -> None:
    """The path of a user: a fresh process, somewhere else, exit codes and no traceback."""
    out = tmp_path / "out"
    words = [sys.executable, str(repo / "app.py"), "plan", str(toy), "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": "", "COLUMNS": "120"}
    done = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (out / "map.html").exists()
    wrong = subprocess.run(
        [*words, "--set", "nme=1"], cwd=tmp_path, capture_output=True, text=True,
        env=environment, check=False,
    )  # fmt: skip
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr

"""The run folder: whole or not at all, safe to open, and true to the plan."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from assets.cells import FORMULA_STARTS, neutral
from assets.issues import InputError
from optimise import runs, shapes
from optimise.plan import Plan, make_plan
from tests import toy_county

TABLES = tuple(f"{name}.csv" for name in runs.TABLES)


def plan(**changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs())


def test_what_is_left_behind(tmp_path: Path) -> None:
    folder = runs.write_run(plan(), tmp_path / "out" / "toy", {"read": 1.0})
    assert sorted(p.name for p in folder.iterdir()) == [
        "cover.csv", "decisions.csv", "disposals.csv", "equality.csv", "ledger.csv", "money.csv",
        "plan.gpkg", "plan.xlsx", "reach.parquet", "run.json", "services.csv", "users.csv",
        "warm.parquet",
    ]  # fmt: skip
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "optimal"
    assert record["npv_gbp"] == pytest.approx(plan().after.money.npv_gbp)
    assert record["gap_on_savings"] == 0
    assert record["scenario"]["standards"]["fire_10"]["target"] == 0.9
    assert set(record["seconds"]) >= {"read", "reach and problem", "build", "solve"}
    assert list(tmp_path.glob("out/.*")) == []


def test_same_input_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    one = runs.write_run(plan(), tmp_path / "one", {})
    two = runs.write_run(plan(), tmp_path / "two", {})
    for name in (
        *TABLES,
        "users.csv",
        "equality.csv",
        "reach.parquet",
        "warm.parquet",
        "plan.xlsx",
    ):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    first, second = (json.loads((f / "run.json").read_text()) for f in (one, two))
    for record in (first, second):
        record.pop("seconds")
    assert first == second


def test_an_earlier_run_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    folder = runs.write_run(plan(), tmp_path / "toy", {})
    (folder / "map.html").write_text("old")
    runs.write_run(plan(), folder, {})
    assert not (folder / "map.html").exists()
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.doc").write_text("precious")
    with pytest.raises(InputError, match="not a run"):
        runs.write_run(plan(), other, {})
    assert (other / "thesis.doc").read_text() == "precious"


def test_a_folder_that_cannot_be_a_runs_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").write_text("mine")
    for folder, rule in (
        (tmp_path / "file", "run.folder_in_use"),
        (tmp_path / "taken", "run.folder_in_use"),
        (tmp_path / "file" / "below" / "it", "run.cannot_write"),
    ):
        with pytest.raises(InputError) as caught:
            runs.refuse_in_use(folder)
        assert [issue.rule for issue in caught.value.issues] == [rule]
    runs.refuse_in_use(tmp_path / "new" / "folder")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "taken"]


@pytest.mark.parametrize("step", ["_write_csv", "write_layers"])
def test_a_full_disk_leaves_the_old_run_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = runs.write_run(plan(), tmp_path / "toy", {})
    before = {p.name: p.read_bytes() for p in folder.iterdir()}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, step, full)
    with pytest.raises(InputError, match="No space left on device"):
        runs.write_run(plan(), folder, {})
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]


def test_interrupt_while_writing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), runs.new_folder(tmp_path / "toy") as made:
        (made / "half").write_text("x")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "toy").write_text("a file")
    with pytest.raises(InputError, match="not a run"):
        runs.write_run(plan(), tmp_path / "toy", {})


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_made_text(start: str) -> None:
    assert neutral(f"{start}1+1") == f"'{start}1+1"
    assert neutral("1-1") == "1-1"
    assert neutral(-3.5) == -3.5


def test_hostile_names_are_text_in_the_tables(tmp_path: Path) -> None:
    names = ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "+1", "<img src=x onerror=alert(1)>"]
    buildings = toy_county.buildings().assign(name=names)
    inputs = toy_county.inputs(toy_county.estate(buildings=buildings))
    folder = runs.write_run(make_plan(toy_county.scenario(), inputs), tmp_path / "toy", {})
    for table in (*TABLES, "users.csv", "equality.csv"):
        frame = pd.read_csv(folder / table, dtype=str, keep_default_na=False)
        for column in frame.columns:
            if not pd.to_numeric(frame[column], errors="coerce").notna().any():
                assert not frame[column].str.startswith(FORMULA_STARTS).any(), (table, column)


def test_json_holds_no_nan() -> None:
    value = {"a": math.nan, "b": [math.inf, 1.0], "c": pd.NA, "d": ("x", True, None)}
    assert runs.plain(value)["a"] is None
    json.dumps(runs.plain(value), allow_nan=False)


def test_layers_for_qgis(tmp_path: Path) -> None:
    folder = runs.write_run(plan(), tmp_path / "toy", {})
    path = folder / "plan.gpkg"
    layers = {name: gpd.read_file(path, layer=name) for name in gpd.list_layers(path)["name"]}
    assert set(layers) == {"buildings", "moves", "demand", "cells", "outline"}
    assert all(str(frame.crs) == "EPSG:27700" for frame in layers.values())
    assert layers["moves"]["unit_id"].tolist() == ["fireA"]
    assert layers["demand"]["library_6_after_min"].tolist() == [5.0, 1.0, 5.0]
    assert layers["demand"]["fire_10_in_after"].tolist() == [True, True, True]


def test_cells_tile_the_outline_and_hold_their_points() -> None:
    made = plan()
    minutes = pd.DataFrame(index=made.inputs.estate.demand.index)
    demand = shapes.demand_layer(made, minutes)
    outline = shapes.outline_of(made)
    cells = shapes.cells_layer(demand, outline)
    assert len(cells) == 3
    assert cells.geometry.area.sum() == pytest.approx(outline.area)
    assert all(cells.geometry.buffer(1e-6).contains(demand.geometry))
    assert shapely.union_all(cells.geometry.to_numpy()).area == pytest.approx(outline.area)


def test_two_people_at_one_spot_share_a_cell() -> None:
    demand = toy_county.demand()
    demand.loc[1, "easting"] = demand.loc[0, "easting"]
    made = make_plan(toy_county.scenario(), toy_county.inputs(toy_county.estate(demand=demand)))
    layer = shapes.demand_layer(made, pd.DataFrame(index=made.inputs.estate.demand.index))
    cells = shapes.cells_layer(layer, shapes.outline_of(made))
    assert len(cells) == 3
    assert cells.geometry[0].equals(cells.geometry[1])


@pytest.mark.parametrize("text", ["-2.35", "-4", "-.5", "-1e-3"])
def test_a_negative_number_is_no_formula(text: str) -> None:
    assert neutral(text) == text


def test_a_carriage_return_ends_no_row(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["one\rtwo", "three\r\nfour", "five"], "n": [1, 2, 3]})
    runs._write_csv(frame, tmp_path / "t.csv")
    again = pd.read_csv(tmp_path / "t.csv")
    assert again["name"].tolist() == ["one\ntwo", "three\nfour", "five"]
    assert again["n"].tolist() == [1, 2, 3]


@pytest.mark.parametrize("text", ["-2+3", "-1|cmd", "+44 1234", "+3", "--1", "-", "-1e5+1"])
def test_what_only_begins_like_a_number_is_made_text(text: str) -> None:
    assert neutral(text) == f"'{text}"

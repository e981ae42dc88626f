"""The command `times`, and scenarios that rest on matrices or on a routing engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import app
from assets.issues import InputError
from coverage.matrix import read_times
from optimise.inputs import check_inputs, notes_of, read_inputs
from optimise.scenario import Scenario, load_scenario, resolve_scenario
from tests import toy_county
from tests.fake_osrm import Fake, serving
from tests.toy_roads import lonlat, write_pbf

STREET = {"highway": "residential"}


@pytest.fixture(autouse=True)
def wide_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app, "out", app.Console(width=200, highlight=False))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as made:
        made.snap_m = lambda place: 12.0
        yield made


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


def said(result: Any) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """1 km of 30 mph street going east from the toy origin; x at its start, y at its end."""
    write_pbf(tmp_path / "r.osm.pbf", {1: (0, 0), 2: (500, 0), 3: (1000, 0)}, [((1, 2, 3), STREET)])
    for name, spots in (("a", {"x": (0, 0)}), ("b", {"y": (1000, 0), "far": (90_000, 0)})):
        rows = [f"{k},{lonlat(*at)[0]},{lonlat(*at)[1]}" for k, at in spots.items()]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,lon,lat", *rows]))
    return tmp_path


def times(folder: Path, *words: object, out: str = "t.csv", roads: bool = True) -> Any:
    source = ("--roads", folder / "r.osm.pbf", "--no-cache") if roads else ()
    return run("times", *source, "--from", folder / "a.csv", "--to", folder / "b.csv",
               "--out", folder / out, *words)  # fmt: skip


# ---- the command -----------------------------------------------------------------------


def test_what_was_found_is_summed_up(street: Path) -> None:
    result = times(street)
    assert result.exit_code == 0, result.output
    assert "│ car_offpeak │ 2 │ 1 │" in said(result)
    assert "Not on the network (1): far" in said(result)
    found = read_times(street / "t.csv", ["y", "far"], ["x"])
    assert found.metres[0, 0] == pytest.approx(1000, rel=1e-3)
    assert found.provenance["off_network_demand"] == ("far",)
    assert found.provenance["profile"]["name"] == "car_offpeak"
    assert len(found.provenance["roads_sha256"]) == 64


def test_several_profiles_a_file_each(street: Path) -> None:
    result = times(street, "--profile", "car, blue_light,walk", "--bound", 3, out="t.parquet")
    assert result.exit_code == 0, result.output
    assert "none within 3 min" in said(result)
    minutes = {
        name: read_times(street / f"t-{name}.parquet", ["y"], ["x"]).minutes[0, 0]
        for name in ("car_offpeak", "blue_light", "walk")
    }
    assert minutes["blue_light"] < minutes["car_offpeak"] < 3
    assert np.isnan(minutes["walk"])
    assert not (street / "t.parquet").exists()


def test_profiles_of_your_own_and_the_way_round(street: Path) -> None:
    (street / "mine.yml").write_text("crawl: {based_on: walk, speeds_kph: {residential: 1}}\n")
    result = times(street, "--speeds", street / "mine.yml", "--profile", "crawl", "--wide",
                   "--unit", "seconds", "--direction", "to_site")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (street / "t.csv").read_text().startswith("from_id,far,y\nx,,3")
    found = read_times(street / "t.csv", ["x"], ["y", "far"])
    assert (found.direction, found.profile) == ("to_site", "crawl")
    assert found.minutes[0, 0] == pytest.approx(60, rel=1e-3)


def test_an_engine_in_place_of_roads(street: Path, fake: Fake) -> None:
    result = times(street, "--engine", f"osrm={fake.url}", roads=False)
    assert result.exit_code == 0, result.output
    assert "│ osrm driving │ 2 │" in said(result)
    record = json.loads((street / "t.csv.json").read_text())
    assert record["provenance"]["engine_url"] == fake.url


@pytest.mark.parametrize(
    ("words", "roads", "expected"),
    [
        ((), False, "give either --roads or --engine"),
        (("--engine", "osrm=http://h"), True, "give either --roads or --engine"),
        (("--engine", "osrm=http://h", "--profile", "car"), False, "speeds of its own"),
        (("--engine", "valhalla=http://h"), False, "unknown engine"),
        (("--profile", "car,car_offpeak"), True, "car_offpeak"),
        (("--profile", "hoover"), True, "hoover"),
        (("--unit", "hours"), True, "not written in hours"),
        (("--direction", "sideways"), True, "unknown direction"),
        (("--bound", "0"), True, "bound"),
        (("--speeds", "none.yml"), True, "none.yml"),
    ],
)
def test_what_cannot_be_asked_for(street: Path, words: Any, roads: bool, expected: str) -> None:
    result = times(street, *words, roads=roads)
    assert result.exit_code == 2, result.output
    assert expected in said(result)
    assert not list(street.glob("t*.csv*"))


def test_what_cannot_be_written_is_told_before_the_roads_are_read(street: Path) -> None:
    (street / "r.osm.pbf").unlink()
    result = times(street, out="t.xlsx")
    assert result.exit_code == 2
    assert "use .csv, .csv.gz, .parquet" in said(result)


# ---- scenarios on matrices -------------------------------------------------------------


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy").mkdir()
    return toy_county.write(tmp_path / "toy")


def changed(toy: Path, **keys: Any) -> Scenario:
    record = yaml.safe_load(toy.read_text())
    for key, value in keys.items():
        record[key] = value
    toy.write_text(yaml.safe_dump(record))
    return load_scenario(toy)


def test_a_matrix_in_seconds_wide_gives_the_same_times(toy: Path) -> None:
    before = read_inputs(load_scenario(toy)).times["car"]
    frame = pd.read_csv(toy.parent / "car.csv")
    table = frame.pivot(index="to_id", columns="from_id", values="minutes") * 60
    table.to_csv(toy.parent / "wide.csv")
    error = {"low": 0.9, "high": 1.1, "source": "runs of 2025"}
    car = {"path": "wide.csv", "unit": "seconds", "error": error}
    scenario = changed(toy, times={"car": car, "blue_light": "blue.csv"})
    after = read_inputs(scenario).times["car"]
    np.testing.assert_allclose(after.minutes, before.minutes)
    assert (after.error.low, after.error.high, after.error.source) == (0.9, 1.1, "runs of 2025")
    assert after.direction == "to_site"
    assert any(f.layer == "times.car" and len(f.sha256) == 64
               for f in read_inputs(scenario).files)  # fmt: skip


def test_a_matrix_needs_only_the_buildings_its_mode_can_use(toy: Path) -> None:
    """No standard by blue light can use the libraries at B; the depot E is no host."""
    blue = pd.read_csv(toy.parent / "blue.csv")
    blue[~blue["from_id"].isin(["B", "E"])].to_csv(toy.parent / "blue.csv", index=False)
    inputs = read_inputs(load_scenario(toy))
    assert inputs.times["blue_light"].site_ids == ("A", "C", "D")


def test_buildings_without_a_place_and_strangers_in_a_matrix_stop_nothing(toy: Path) -> None:
    """Q is in the register but has no coordinates; R is nowhere. Only R is worth a word."""
    buildings = pd.read_csv(toy.parent / "b.csv")
    lost = buildings.iloc[[1]].assign(asset_id="Q", easting=np.nan, northing=np.nan)
    pd.concat([buildings, lost]).to_csv(toy.parent / "b.csv", index=False)
    car = pd.read_csv(toy.parent / "car.csv")
    more = [car[car["to_id"] == "A"].assign(to_id=name) for name in "QR"]
    pd.concat([car, *more]).to_csv(toy.parent / "car.csv", index=False)
    (toy.parent / "car.csv.json").unlink()
    checked = check_inputs(load_scenario(toy))
    assert not checked.errors
    notes = [i.message for i in checked.issues if i.rule == "times.note"]
    assert notes == ["1 site ids of the file are not in the plan: R"]
    inputs = read_inputs(load_scenario(toy))
    assert "Q" in inputs.estate.out_of_model
    assert [i.layer for i in notes_of(inputs.times)] == ["times.car"]
    result = run("plan", toy, "--out", toy.parent / "out")
    assert result.exit_code == 0, result.output
    record = json.loads((toy.parent / "out" / "run.json").read_text())
    assert any("not in the plan: R" in text for text in record["warnings"])


def refusal(toy: Path, **keys: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_inputs(changed(toy, **keys))
    return str(caught.value)


@pytest.mark.parametrize(
    ("car", "expected"),
    [
        ({"path": "car.csv", "unti": "seconds"}, "did you mean 'unit'"),
        ({"path": "car.csv", "unit": "fortnights"}, "times.car.unit"),
        ({"unit": "minutes"}, "'times.car.path' is missing"),
        ({"path": "car.csv", "error": {"low": 1.2, "high": 1.3}}, "times.car.error.low"),
        ({"path": "car.csv", "unit": "seconds"}, "said to be seconds, but column minutes"),
        ({"path": "car.csv", "direction": "from_site"}, "said to be from_site"),
        ({"path": "car.csv", "column": "seconds"}, "no such column"),
        ("none.csv", "there is no file"),
        (7, "times.car"),
    ],
)
def test_what_is_wrong_with_a_matrix_of_a_scenario(toy: Path, car: Any, expected: str) -> None:
    assert expected in refusal(toy, times={"car": car, "blue_light": "blue.csv"})


# ---- scenarios on an engine ------------------------------------------------------------


def test_a_scenario_on_an_engine_alone(toy: Path, fake: Fake) -> None:
    record = yaml.safe_load(toy.read_text())
    record.pop("times")
    record["network"] = {"engine": f"osrm={fake.url}"}
    toy.write_text(yaml.safe_dump(record))
    inputs = read_inputs(load_scenario(toy))
    assert inputs.network is None and inputs.catchment is None
    assert set(inputs.times) == {"car", "blue_light"}
    assert inputs.times["car"].direction == "to_site"
    assert inputs.times["blue_light"].direction == "from_site"
    assert inputs.times["car"].provenance["bound_min"] == 120.0
    checked = check_inputs(load_scenario(toy))
    assert f"osrm={fake.url}" in checked.roads
    assert "times.engine_cars" in [issue.rule for issue in checked.issues]
    record["network"] = {"engine": {"car": f"osrm={fake.url}"}}
    record["times"] = {"blue_light": "blue.csv"}
    toy.write_text(yaml.safe_dump(record))
    rules = [issue.rule for issue in check_inputs(load_scenario(toy)).issues]
    assert "times.engine_cars" not in rules


def test_an_engine_beside_a_matrix_and_beside_roads(toy: Path, fake: Fake, tmp_path: Path) -> None:
    """The engine drives the engines, a matrix the cars; roads serve modes nobody else does."""
    network = {"engine": {"blue_light": f"osrm={fake.url}"}}
    inputs = read_inputs(changed(toy, network=network, times={"car": "car.csv"}))
    assert inputs.times["blue_light"].profile == "osrm driving"
    assert list(inputs.times) == ["blue_light", "car"]
    x, y = 370_000 - 380_000, 50
    nodes = {1: (x - 100, y), 2: (x + 9000, y)}
    write_pbf(toy.parent / "r.osm.pbf", nodes, [((1, 2), STREET)])
    inputs = read_inputs(changed(toy, network=network, times=None, roads="r.osm.pbf"))
    assert inputs.times["blue_light"].profile == "osrm driving"
    assert inputs.times["car"].profile == "car_offpeak"
    assert inputs.network is not None


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"engine": "osrm=localhost"}, "must begin with http"),
        ({"engine": "osrm=http://u:p@h"}, "no user and password"),
        ({"engine": {"car": "osrm=http://h"}}, "car has both a matrix and an engine"),
        ({"engine": {"bus": "osrm=http://h"}}, "network.engine.bus"),
    ],
)
def test_what_is_wrong_with_an_engine(toy: Path, keys: Any, expected: str) -> None:
    said = refusal(toy, network=keys)
    assert expected in said
    assert "u:p" not in said


def test_a_mode_that_nobody_serves() -> None:
    record = dict(toy_county.RECORD) | {"network": {"engine": {"car": "osrm=http://h"}}}
    record.pop("times")
    scenario = resolve_scenario(record, base_dir=Path("."))
    from optimise.given_times import given_times

    with pytest.raises(InputError, match="standards use blue_light, for which no times"):
        given_times(scenario, toy_county.estate())

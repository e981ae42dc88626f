"""The command `roads`, the flag --no-cache, and scenarios that name several files of roads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
import yaml
from typer.testing import CliRunner

import app
from assets.issues import InputError
from maps.report import attribution
from optimise.inputs import read_inputs
from optimise.scenario import load_scenario, resolve_scenario
from tests import toy_county
from tests.toy_openroads import ORIGIN, Link, link_frame, write_links
from tests.toy_roads import lonlat, write_pbf

STREET = {"highway": "residential"}
LINKS = [
    Link("a", "b", [(0, 0), (1000, 0)]),
    Link("b", "c", [(1000, 0), (9000, 0)], "A Road", "A Road"),
    Link("x", "y", [(0, 500), (100, 500)]),
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, where .cache/roads comes to be."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(app, "out", app.Console(width=160, highlight=False))
    return folder


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


@pytest.fixture
def links(tmp_path: Path) -> Path:
    return write_links(tmp_path / "county.gpkg", link_frame(LINKS))


def said(result: Any) -> str:
    return " ".join(result.output.split())


def test_roads_says_what_there_is(links: Path) -> None:
    result = run("roads", links)
    assert result.exit_code == 0, result.output
    words = said(result)
    assert "primary │ 8.0 │" in words and "with a tagged limit" in words
    assert "car │ 9.0 │ 1 │ 0.1 │ 0" in words
    assert f"0.10 at {ORIGIN[0]:,.0f}, {ORIGIN[1] + 500:,.0f}" in words
    assert "[roads.openroads_lacks]" in words and "county.gpkg: sha256" in words


def test_roads_writes_layers(links: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "layers.gpkg"
    result = run("roads", links, "--out", target)
    assert result.exit_code == 0 and "layers.gpkg" in result.output
    assert [name for name, _ in pyogrio.list_layers(target)] == ["roads", "islands"]
    roads, islands = (gpd.read_file(target, layer=name) for name in ("roads", "islands"))
    assert sorted(roads["road_class"]) == ["primary", "unclassified", "unclassified"]
    assert set(islands["mode"]) == {"car", "blue_light", "walk"}
    assert roads.crs == islands.crs == "EPSG:27700"
    assert [p.name for p in target.parent.iterdir()] == ["layers.gpkg"]
    wrong = run("roads", links, "--out", tmp_path / "layers.shp")
    assert wrong.exit_code == 2 and "name a .gpkg file" in wrong.output


def test_roads_lists_each_of_several_files(tmp_path: Path) -> None:
    for n in (1, 2):
        nodes = {10 * n: (0.0, 100.0 * n), 10 * n + 1: (500.0, 100.0 * n)}
        write_pbf(tmp_path / f"r{n}.osm.pbf", nodes, [((10 * n, 10 * n + 1), STREET)])
    result = run("roads", tmp_path / "r2.osm.pbf", tmp_path / "r1.osm.pbf")
    assert result.exit_code == 0, result.output
    for name in ("r1.osm.pbf: sha256", "r2.osm.pbf: sha256", "r1.osm.pbf + r2.osm.pbf: sha256"):
        assert name in result.output


def test_the_network_is_kept_under_the_working_folder_unless_told_not_to(
    links: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("roads", links, "--no-cache")
    assert not (elsewhere / ".cache").exists()
    assert run("roads", links).output == first.output
    assert len(list((elsewhere / ".cache" / "roads").iterdir())) == 1
    monkeypatch.setattr("coverage.roads._built", lambda *_: pytest.fail("built anew"))
    assert said(run("roads", links)).replace("… joining links … building the network ", "") == said(
        first
    ).replace("… joining links … building the network ", "")


def test_a_county_is_cut_out_of_the_national_file(links: Path, tmp_path: Path) -> None:
    east, north = ORIGIN
    box = shapely.box(east + 100, north - 50, east + 600, north + 50)
    gpd.GeoSeries([box], crs="EPSG:27700").to_file(tmp_path / "area.gpkg")
    small = tmp_path / "small.gpkg"
    words = ("roads", links, "--within", tmp_path / "area.gpkg", "--cut", small, "--margin-km")
    result = run(*words, 0)
    assert result.exit_code == 0, result.output
    assert "1 links" in result.output and "primary" not in result.output
    kept, whole = gpd.read_file(small, layer="road_link"), gpd.read_file(links, layer="road_link")
    assert kept.columns.tolist() == whole.columns.tolist()
    assert kept.geometry.length.tolist() == [1000.0]  # whole, not clipped
    assert run(*words, 1).exit_code == 0
    assert len(gpd.read_file(small, layer="road_link")) == 3
    for wrong in (
        ("roads", links, "--cut", small),
        ("roads", small, "--within", tmp_path / "area.gpkg", "--cut", small),
        ("roads", "a.osm.pbf", "--within", tmp_path / "area.gpkg", "--cut", small),
    ):
        assert run(*wrong).exit_code == 2
    assert len(gpd.read_file(small, layer="road_link")) == 3


# ---- scenarios -------------------------------------------------------------------------


def county(folder: Path, roads: object) -> Path:
    """The toy county on real roads: its three towns along one street, in one file or two."""
    path = toy_county.write(folder)
    record = yaml.safe_load(path.read_text())
    record.pop("times")
    record["roads"] = roads
    spots = {n: (x, 100_000.0) for n, x in enumerate((369_900, 374_000, 378_100), start=1)}
    nodes = {n: (x - ORIGIN[0], y - ORIGIN[1]) for n, (x, y) in spots.items()}
    assert lonlat(*nodes[1])[0] < lonlat(*nodes[3])[0]
    write_pbf(folder / "west.osm.pbf", nodes, [((1, 2), STREET)])
    write_pbf(folder / "east.osm.pbf", nodes, [((2, 3), STREET), ((2, 3), STREET)])
    path.write_text(yaml.safe_dump(record))
    return path


def test_a_scenario_may_name_several_files(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    loaded = load_scenario(county(tmp_path / "c", ["west.osm.pbf", "east.osm.pbf"]))
    given = read_inputs(loaded, cache=tmp_path / "cache")
    assert given.network is not None
    assert given.network.source == "east.osm.pbf + west.osm.pbf"
    found = {file.layer: file for file in given.files}
    assert Path(found["roads.1"].path).name == "west.osm.pbf"
    assert dict(given.network.files) == {
        Path(found[name].path).name: found[name].sha256 for name in ("roads.1", "roads.2")
    }
    for times in given.times.values():
        assert times.provenance["roads_sha256"] == given.network.sha256
        assert times.provenance["roads_files"] == given.network.files
    assert len(list((tmp_path / "cache" / "roads").iterdir())) == 1


def test_one_file_in_a_list_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    path = county(tmp_path / "c", ["west.osm.pbf"])
    listed = read_inputs(load_scenario(path))
    plain = read_inputs(load_scenario(path, settings=["roads=west.osm.pbf"]))
    assert [f.layer for f in listed.files] == [f.layer for f in plain.files]
    assert listed.network is not None and plain.network is not None
    assert listed.network.sha256 == plain.network.sha256


def test_check_tells_what_is_odd_about_the_roads(tmp_path: Path, links: Path) -> None:
    (tmp_path / "c").mkdir()
    path = county(tmp_path / "c", str(links))
    result = run("check", path, "--out", tmp_path / "account", "--no-cache")
    assert "OS Open Roads, which holds no one-way streets" in said(result)


@pytest.mark.parametrize("roads", [[], "", ["a.osm.pbf", ""]])
def test_a_scenario_names_roads_or_none(roads: object) -> None:
    raw = {
        "name": "x",
        "roads": roads,
        "layers": {"buildings": "b.csv", "services": "s.csv", "demand": "d.csv"},
    }
    with pytest.raises(InputError, match="names no file"):
        resolve_scenario(raw, base_dir=Path())


@pytest.mark.parametrize(
    ("roads", "credit"),
    [
        ("county.osm.pbf", "OpenStreetMap"),
        (["a.osm.pbf", "b.osm.pbf"], "OpenStreetMap"),
        ("place:Oakham", "OpenStreetMap"),
        ("oproad_gb.gpkg", "Contains OS data"),
        (["SK_RoadLink.shp", "TF_RoadLink.shp"], "Contains OS data"),
        (None, ""),
    ],
)
def test_the_map_credits_whoever_made_the_roads(roads: object, credit: str) -> None:
    told = attribution({"scenario": {"roads": roads}, "inputs": []}, has_roads=True)
    assert told.count(credit) == 1 if credit else told == ""
    assert attribution({"scenario": {"roads": roads}, "inputs": []}, has_roads=False) == ""


def test_the_scenario_of_a_run_keeps_the_list(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    loaded = load_scenario(county(tmp_path / "c", ["west.osm.pbf", "east.osm.pbf"]))
    record = json.loads(json.dumps(loaded.model_dump(mode="json")))
    assert record["roads"] == ["west.osm.pbf", "east.osm.pbf"]

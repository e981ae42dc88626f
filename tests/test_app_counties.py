"""The main job on whole counties, as a user does it: Wessex, and Rutland from nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import page_reader
import pandas as pd
import pytest
from browser import open_page
from typer.testing import CliRunner

import app

GAP = 0.02
MAP_BYTES = 5_000_000
PAGE_BYTES = 4_000_000


def run(*words: object) -> Any:
    return CliRunner().invoke(app.app, [str(w) for w in words])


@pytest.fixture(scope="module")
def wessex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "wessex"
    result = run("plan", "--out", out, "--gap", GAP, "--time-limit", 180)
    assert result.exit_code == 0, result.output
    return out


def record_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def test_wessex_is_proved_and_audited(wessex: Path) -> None:
    record = record_of(wessex)
    assert record["status"] == "optimal"
    assert 0 <= record["gap_on_savings"] <= GAP
    assert record["bound"] >= record["objective"] > 0
    assert all(t["met"] for t in record["targets"])
    assert all(s["met"] for s in record["standards"] if s["kind"] == "hard")
    assert record["off_network"] == []
    assert len(record["inputs"]) == 7


def test_wessex_tables_agree_with_its_headline(wessex: Path) -> None:
    totals = record_of(wessex)["totals"]
    decisions = pd.read_csv(wessex / "decisions.csv")
    services = pd.read_csv(wessex / "services.csv")
    capital = decisions["capital_gbp"].sum() + decisions["exit_cost_gbp"].sum()
    assert capital == pytest.approx(totals["capital_gbp"], abs=5)
    assert decisions["receipt_gbp"].sum() == pytest.approx(totals["receipts_gbp"], abs=5)
    assert (services["action"] == "move").sum() == totals["units_moved"]
    assert len(decisions) == 218 and len(services) == 327
    cover = pd.read_csv(wessex / "cover.csv")
    whole = cover[cover["geography"] == "all"].set_index("standard_id")
    by_ward = cover[cover["geography"] == "ward"].groupby("standard_id")["within_after"].sum()
    pd.testing.assert_series_equal(
        by_ward, whole["within_after"].sort_index(), check_names=False, rtol=1e-9
    )


def test_wessex_map_is_small_and_draws_without_a_network(
    wessex: Path,
    chromium: Any,
) -> None:
    path = wessex / "map.html"
    assert path.stat().st_size < MAP_BYTES
    with open_page(chromium, path, width=1366, height=768) as seen:
        assert "Wessex" in seen.page.title()


def test_wessex_page_is_small_and_draws_without_a_network(wessex: Path, chromium: Any) -> None:
    path = wessex / "plan.html"
    assert path.stat().st_size < PAGE_BYTES
    with open_page(chromium, path, width=1366, height=768) as seen:
        assert "Wessex" in seen.page.inner_text("h1")


@pytest.mark.parametrize(
    "check",
    [
        page_reader.check_headline,
        page_reader.check_decisions,
        page_reader.check_wards,
        page_reader.check_equality,
        page_reader.check_money,
        page_reader.check_disposals,
    ],
)
def test_numbers_on_wessex_page_are_the_folders(wessex: Path, check: Any) -> None:
    check(wessex, (wessex / "plan.html").read_text(encoding="utf-8"))


def test_rutland_from_nothing(shared_data: Path, tmp_path: Path) -> None:
    """Roads, people, fire stations and libraries in; a proved plan and its map out."""
    rutland, drafted, out = shared_data / "rutland", tmp_path / "draft", tmp_path / "run"
    made = run(
        "draft", "--roads", rutland / "rutland-latest_2022-07-20.osm.pbf",
        "--demand", rutland / "rutland_lsoa11_demand.csv",
        "--fire-stations", rutland / "fire_stations_in_and_around_rutland.csv",
        "--libraries", rutland / "rutland_libraries_2023.csv", "--out", drafted,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    checked = run("check", drafted / "scenario.yml", "--out", out.parent / "account")
    assert checked.exit_code == 0, checked.output
    assert "37,746 people" in checked.output
    planned = run("plan", drafted / "scenario.yml", "--out", out)
    assert planned.exit_code == 0, planned.output
    record = record_of(out)
    assert record["status"] == "optimal" and record["gap_on_savings"] <= 0.001
    # Five of the seven fire stations lie over the border, where the extract has no roads.
    assert len(record["off_network"]) == 5
    assert {s["total"] for s in record["standards"]} == {37_746}
    assert (out / "map.html").stat().st_size < MAP_BYTES
    assert (out / "plan.html").stat().st_size < PAGE_BYTES
    page_reader.check_wards(out, (out / "plan.html").read_text(encoding="utf-8"))
    assert gpd.read_file(out / "plan.gpkg", layer="demand")["population"].sum() == 37_746

"""The page of a calibration: whole in itself, readable everywhere, with the numbers it draws."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from browser import open_page

from assets.issues import InputError
from coverage.calibrate import Calibration, calibrate
from coverage.network import RoadNetwork
from coverage.speed_book import speed_book
from coverage.speeds import profile
from maps import calibration_charts as charts
from maps.calibration import MARK, clock, percent, signed, write_calibration
from tests.simulated_runs import simulated
from tests.toy_roads import toy_network

HOSTILE = '<img src=x onerror="alert(1)">&"\'</script><script>alert(2)</script>'


@pytest.fixture(scope="module")
def grid() -> RoadNetwork:
    """Ten streets each way at uneven distances, every third one primary."""
    at = np.cumsum([0, 100, 900, 200, 300, 700, 150, 600, 250, 800])
    nodes = {10 * i + j + 1: (float(at[i]), float(at[j])) for i in range(10) for j in range(10)}
    ways = []
    for i in range(10):
        tags = {"highway": "primary" if i % 3 == 0 else "residential", "maxspeed": "30 mph"}
        ways.append(([10 * i + j + 1 for j in range(10)], tags))
        ways.append(([10 * j + i + 1 for j in range(10)], tags))
    return toy_network(nodes, ways)


@pytest.fixture(scope="module")
def made(grid: RoadNetwork) -> Calibration:
    """300 runs whose names are hostile; two of them set aside."""
    truth = profile("blue_light", {"speeds_kph": {"primary": 42, "residential": 24}})
    runs = simulated(grid, truth, runs=300, stations=9)
    table = runs.table.copy()
    table["origin"] = [f"{HOSTILE} {name}" for name in table["origin"]]
    table["area"] = np.where(np.arange(300) % 2 == 0, HOSTILE, "=2+2")
    table["period"] = np.where(np.arange(300) % 3 == 0, "peak", "night")
    table.loc[table.index[5], "reason"] = "no_time"
    table.loc[table.index[6], "reason"] = "no_origin"
    named = replace(runs, table=table, name=HOSTILE, headings={"seconds": HOSTILE})
    return calibrate(grid, profile("blue_light"), named)


@pytest.fixture(scope="module")
def page(made: Calibration, grid: RoadNetwork, tmp_path_factory: Any) -> Path:
    folder = tmp_path_factory.mktemp("calibration") / "here"
    return write_calibration(folder, made, grid, title=HOSTILE, shipped=["blue_light"])


def test_the_folder_holds_page_speeds_runs_and_record(page: Path, made: Calibration) -> None:
    names = sorted(path.name for path in page.parent.iterdir())
    assert names == ["calibration.html", "calibration.json", "runs.csv", "speeds.yml"]
    book = speed_book(page.parent / "speeds.yml")
    assert book.profile(made.name).table() == made.after.table()
    rows = pd.read_csv(page.parent / "runs.csv")
    assert len(rows) == 300
    assert rows["predicted_s"].notna().sum() == len(made.used)
    assert json.loads((page.parent / "calibration.json").read_text())["profile"] == made.name


def test_the_same_calibration_gives_the_same_bytes(
    page: Path, made: Calibration, grid: RoadNetwork, tmp_path: Path
) -> None:
    again = write_calibration(tmp_path / "x", made, grid, title=HOSTILE, shipped=["blue_light"])
    for path in page.parent.iterdir():
        assert (again.parent / path.name).read_bytes() == path.read_bytes()


def test_a_calibration_is_replaced_and_a_strangers_file_is_not(
    made: Calibration, grid: RoadNetwork, tmp_path: Path
) -> None:
    told = {"title": "t", "shipped": ["blue_light"]}
    write_calibration(tmp_path / "a", made, grid, **told)
    write_calibration(tmp_path / "a", made, grid, **told)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "speeds.yml").write_text("mine")
    with pytest.raises(InputError, match="no calibration"):
        write_calibration(tmp_path / "b", made, grid, **told)
    assert (tmp_path / "b" / "speeds.yml").read_text() == "mine"


def test_nothing_of_the_runs_is_markup_and_nothing_is_fetched(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert MARK in html and "default-src &#39;none&#39;" in html
    assert "<img" not in html and html.count("<script>") == 1
    assert not re.search(r"""(?:src|href)=["'](?!#)""", html)


def test_every_figure_that_is_drawn_is_written(page: Path, made: Calibration) -> None:
    html = page.read_text(encoding="utf-8")
    after = made.agreements["left_out"]
    assert f"{100 * after.median_error:.1f}%" in html and percent(after.within_minute) in html
    for row in made.speeds.itertuples():
        assert f"{row.driven_after_kph:.1f}" in html and f"{row.low_kph:.0f}–" in html
    for row in made.residuals["distance"].itertuples():
        assert row.group in html
    assert made.roads["sha256"] in html
    assert "300 rows = " in html and "no time, or one that cannot be read" in html


@pytest.mark.parametrize("width", [390, 1366, 1920])
def test_the_page_fits_its_window(chromium: Any, page: Path, width: int) -> None:
    with open_page(chromium, page, width=width, height=900) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        assert seen.page.locator("svg.chart .cell").count() > 5
        assert seen.page.locator("path.cloud").count() == 2


def test_the_worst_runs_sort_by_how_far_they_are_off(chromium: Any, page: Path) -> None:
    with open_page(chromium, page, width=1366, height=900) as seen:
        seen.page.click("#worst th:nth-child(7) button")
        cells = seen.page.locator("#worst tbody tr td:nth-child(7)")
        values = [float(v) for v in cells.evaluate_all("e => e.map(c => c.dataset.v)")]
        assert values == sorted(values) and len(values) == 20


def test_links_of_the_page_lead_somewhere(chromium: Any, page: Path) -> None:
    with open_page(chromium, page, width=1366, height=900) as seen:
        lost = seen.page.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')]"
            ".filter(a => !document.querySelector(a.getAttribute('href'))).length"
        )
        assert lost == 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (59.6, "1:00"), (374.2, "6:14"), (float("nan"), "")]
)
def test_seconds_as_minutes(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(1.0, "0%"), (1.004, "0%"), (1.08, "+8%"), (0.9, "−10%"), (3.0, "+200%")]
)
def test_ratios_in_words(ratio: float, text: str) -> None:
    assert signed(ratio) == text


def test_dots_stay_on_their_scale() -> None:
    """A third and three times the predicted time are drawn at the ends, 1 in the middle."""
    spots = charts.dots(1 / 3, 1.0, 0.1, 3.0)
    assert spots["before"] == spots["low"] == 0.0
    assert spots["high"] == spots["width"]
    assert spots["after"] == spots["one"] == spots["width"] / 2
    assert charts.whisker(0.0, 65.0, -5.0, 200.0)["after"] == charts.ROW_WIDTH / 2


def test_a_run_as_predicted_lies_on_the_line() -> None:
    seconds = pd.Series([60.0, 120.0, 600.0])
    path = charts.scatter(seconds, seconds, "x", seconds.to_frame())["path"]
    for x, y in re.findall(r"M([\d.]+) ([\d.]+)h0", path):
        assert float(x) + float(y) == pytest.approx(charts.SIDE, abs=0.2)


def test_shades_follow_the_median_of_their_square(grid: RoadNetwork) -> None:
    """Two squares a few kilometres apart: runs a tenth longer, and runs a fifth shorter."""
    used = pd.DataFrame(
        {
            "to_x": [380_100.0, 380_110.0, 384_000.0],
            "to_y": [100_100.0, 100_110.0, 100_100.0],
            "from_x": 380_000.0,
            "from_y": 100_000.0,
            "origin": "s",
            "seconds": [110.0, 112.0, 80.0],
            "left_out_s": 100.0,
        }
    )
    squares = charts.residual_map(used, grid)["squares"]
    assert [square["shade"] for square in squares] == ["more", "much"]
    many = pd.concat([used.iloc[:1]] * 10 + [used.iloc[2:]])
    drawn = charts.residual_map(many, grid)["squares"]
    assert drawn[0]["side"] > 2 * drawn[1]["side"] == 2 * squares[1]["side"]

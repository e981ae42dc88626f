"""The folders of the published programmes, and the command that plans one."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import osmium
import pytest
from typer.testing import CliRunner

import app
from optimise.scenario import load_scenario

CASES = Path(__file__).resolve().parents[1] / "data" / "cases"
NAMES = tuple(sorted(path.parent.name for path in CASES.glob("*/case.yml")))
LARGEST_BYTES = 200_000


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def osm_of(path: Path) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for item in osmium.FileProcessor(str(path)):
        tags = sorted((tag.k, tag.v) for tag in item.tags)
        if item.is_node():
            found.append(("n", item.id, item.location.lon, item.location.lat, tags))
        elif item.is_way():
            found.append(("w", item.id, tags, [node.ref for node in item.nodes]))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_layers_are_what_the_generator_writes(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(CASES / name / "generate.py"), "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    written = sorted(p.name for p in tmp_path.iterdir())
    layers = [*(CASES / name).glob("*.csv"), *(CASES / name).glob("*.geojson")]
    assert written == sorted([*(p.name for p in layers), "roads.osm.pbf"])
    for path in layers:
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
    # The compressed bytes of a map may differ between versions of zlib; what it holds may not.
    assert osm_of(tmp_path / "roads.osm.pbf") == osm_of(CASES / name / "roads.osm.pbf")


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_small_and_says_that_it_is_generated(name: str) -> None:
    folder = CASES / name
    assert sum(p.stat().st_size for p in folder.iterdir() if p.is_file()) < LARGEST_BYTES
    scenario = load_scenario(folder / "case.yml")
    assert "generated county" in scenario.title
    assert "Generated county" in scenario.note
    assert "Generated county" in scenario.attribution
    first = (folder / "README.md").read_text(encoding="utf-8").split("\n\n")[1]
    assert first.startswith("**Generated county.**")
    for row in rows(folder / "buildings.csv"):
        assert row["uprn"].startswith("999")
        assert row["owner"].endswith("(generated)")


# --- the command -----------------------------------------------------------------------------


def test_the_command_fails_where_a_figure_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of a case of which one published figure is another."""
    folder = tmp_path / "cases" / "east_riding"
    folder.mkdir(parents=True)
    for path in (CASES / "east_riding").iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "published.yml").write_text(
        "title: Two figures\nsources: [here]\nfigures:\n"
        "  both: {title: Saved, value: 570000, unit: gbp_pa, tolerance: 1,"
        " ours: {run: totals.revenue_saving_gbp_pa}}\n"
        "  wrong: {title: Saved twice, value: 570000, unit: gbp_pa, ours: 2 * both}\n"
    )
    monkeypatch.setattr(app, "CASES", tmp_path / "cases")
    run = tmp_path / "run"
    result = CliRunner().invoke(app.app, ["case", "east_riding", "--out", str(run)])
    assert result.exit_code == 1, result.output
    assert "£1,140,000 a year" in result.output
    figures = {row["figure"]: row for row in rows(run / "figures.csv")}
    assert figures["both"]["verdict"] == "matches"
    assert figures["wrong"]["verdict"] == "differs"
    assert (run / "map.html").read_text(encoding="utf-8").count("Generated county") > 0


def test_an_unknown_case_is_named_with_the_nearest() -> None:
    result = CliRunner().invoke(app.app, ["case", "sufolk"])
    assert result.exit_code == 2
    assert "suffolk" in result.output

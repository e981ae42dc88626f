"""What run.json says of the times is what was used; the bound hides nobody."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import app
from assets.issues import InputError
from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.speeds import TimeError, profile
from coverage.times import TravelTimes, travel_times
from optimise.footing import checksum, footing_of
from optimise.inputs import bound_of, mode_profile, read_inputs
from optimise.scenario import load_scenario
from tests import toy_county

ROADS = Path(__file__).resolve().parent.parent / "data" / "wessex" / "roads.osm.pbf"
ERROR = {"low": 0.8, "high": 1.3, "source": "by hand"}


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return read_roads(ROADS)


def places(network: RoadNetwork, rows: list[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {"easting": network.node_x[rows], "northing": network.node_y[rows]},
        index=[f"n{row}" for row in rows],
    )


def drive(network: RoadNetwork, overrides: dict[str, Any], bound: float) -> TravelTimes:
    return travel_times(
        network, places(network, [5, 500, 900]), places(network, [40, 700]),
        profile=profile("blue_light", overrides), direction="from_site", bound_min=bound,
    )  # fmt: skip


def test_footing_is_of_the_roads_speeds_bound_and_error_used(network: RoadNetwork) -> None:
    told = footing_of(drive(network, {"error": ERROR}, 90.0))
    assert told["roads_sha256"] == hashlib.sha256(ROADS.read_bytes()).hexdigest()
    assert (told["roads"], told["engine"]) == ("roads.osm.pbf", "groundplan")
    assert (told["bound_min"], told["direction"], told["error"]) == (90.0, "from_site", ERROR)
    assert told["profile"] == profile("blue_light", {"error": ERROR}).table()
    assert told["profile_sha256"] == checksum(told["profile"])
    assert told["profile_name"] == "blue_light"


@pytest.mark.parametrize(
    "overrides",
    [{"speeds_kph": {"residential": {"urban": 33.0}}}, {"end_s": {"signals": 4}},
     {"error": {"low": 0.81, "high": 1.3, "source": "by hand"}}, {"max_snap_m": 1999.0}],
)  # fmt: skip
def test_another_speed_delay_or_error_is_another_footing(
    network: RoadNetwork, overrides: dict[str, Any]
) -> None:
    one = footing_of(drive(network, {"error": ERROR}, 90.0))
    other = footing_of(drive(network, {"error": ERROR, **overrides}, 90.0))
    assert one["profile_sha256"] != other["profile_sha256"]
    assert one["roads_sha256"] == other["roads_sha256"]


def test_an_error_is_told_from_the_times_and_not_from_the_profile(network: RoadNetwork) -> None:
    times = drive(network, {"error": ERROR}, 90.0)
    changed = dataclasses.replace(times, error=TimeError(0.9, 1.1, "measured since"))
    assert footing_of(changed)["error"]["low"] == 0.9
    assert footing_of(dataclasses.replace(times, error=TimeError()))["error"] is None


def test_a_checksum_does_not_mind_the_order_of_keys() -> None:
    assert checksum({"a": 1, "b": {"c": 2, "d": 3}}) == checksum({"b": {"d": 3, "c": 2}, "a": 1})
    assert checksum({"a": 1}) != checksum({"a": 1.5})


# --- the bound ---------------------------------------------------------------------------------


def scenario(**changes: Any) -> Any:
    record = {**toy_county.RECORD, "roads": "roads.osm.pbf"}
    record.pop("times")
    from optimise.scenario import resolve_scenario

    settings = [f"{k.replace('__', '.')}={json.dumps(v)}" for k, v in changes.items()]
    return resolve_scenario(record, base_dir=Path("."), settings=settings)


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"network__bound_min": 30}, 30.0),
        ({"network__bound_min": 5}, 9.0 / 0.8),  # 10 minutes less one of call handling
        ({"standards__fire_10__threshold_min": 201}, 250.0),
        ({"network__bound_min": 5, "standards__fire_10__kind": "report"}, 9.0 / 0.8),
    ],
)
def test_the_bound_is_widened_where_a_short_drive_could_meet_a_standard(
    changes: dict[str, Any], bound: float
) -> None:
    made = scenario(network__profiles={"blue_light": {"error": ERROR}}, **changes)
    assert bound_of(made, "blue_light", mode_profile(made, "blue_light")) == pytest.approx(bound)


def test_without_an_error_a_wide_bound_stays_as_asked() -> None:
    made = scenario(network__profiles={"car": {"error": {"low": 1, "high": 1}}})
    assert bound_of(made, "car", mode_profile(made, "car")) == 120.0


def test_widened_or_endless_the_figures_are_the_same(network: RoadNetwork) -> None:
    """Whatever is within 12 minutes at the shortest is within the bound made for it."""
    from coverage.margin import arrival_band, needed_bound_min
    from coverage.measure import Crew
    from coverage.standards import Standard

    standard = Standard(service_type="fire", threshold_min=12, mode="blue_light", target=0.5)
    error = TimeError(0.8, 1.3, "by hand")
    rows = list(range(0, 4000, 25))
    sites = places(network, [40, 700])
    made = [
        travel_times(network, places(network, rows), sites, direction="from_site", bound_min=bound,
                     profile=profile("blue_light", {"error": ERROR}))
        for bound in (needed_bound_min([standard], error), 500.0)
    ]  # fmt: skip
    crews = [Crew(site, 0.0) for site in sites.index]
    for case in ("low", "central", "high"):
        near, far = (arrival_band(standard, t, crews)[case] <= 12 + 1e-9 for t in made)
        assert (near == far).all()
        assert near.any() and not near.all()
    assert np.isnan(made[0].minutes).sum() > np.isnan(made[1].minutes).sum()


# --- matrices, and what the command line says -------------------------------------------------


def test_a_matrix_takes_the_error_the_scenario_states(tmp_path: Path) -> None:
    path = toy_county.write(
        tmp_path, standards__fire_10__held_at="low", standards__fire_10__target=0.5,
        network__profiles={"blue_light": {"error": ERROR}},
    )  # fmt: skip
    made = read_inputs(load_scenario(path))
    assert made.times["blue_light"].error == TimeError(0.8, 1.3, "by hand")
    assert made.times["car"].error == TimeError()


def test_a_low_end_of_a_matrix_without_error_is_refused(tmp_path: Path) -> None:
    path = toy_county.write(tmp_path, standards__fire_10__held_at="low")
    with pytest.raises(InputError, match="no error of blue_light times is stated"):
        read_inputs(load_scenario(path))
    said = CliRunner().invoke(app.app, ["check", str(path), "--out", str(tmp_path / "account")])
    assert said.exit_code == app.BAD_INPUT
    assert "no error of blue_light times is stated" in " ".join(said.output.split())


def test_the_console_says_range_footing_and_rim(tmp_path: Path, capsys: Any) -> None:
    path = toy_county.write(tmp_path, network__profiles={"blue_light": {"error": ERROR}})
    said = CliRunner().invoke(app.app, ["plan", str(path), "--out", str(tmp_path / "run")])
    assert said.exit_code == 0, said.output
    text = " ".join(said.output.split())
    # From the hub D: d1 and d2 in time; d1 is 6.5 minutes off at the longest, within 7.5 still.
    assert "no error stated" in text and "\u00d70.8\u20131.3" in text
    assert "Ranges: cover if every journey takes its longest" in text
    digest = hashlib.sha256((tmp_path / "blue.csv").read_bytes()).hexdigest()
    assert f"blue.csv (sha256 {digest[:12]}" in text
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["times"]["blue_light"]["file_sha256"] == digest
    record["times"]["blue_light"]["near_rim"] = ["d3"]
    app._say_footing(record)
    assert "1 place lies nearer the edge of the map than any site" in capsys.readouterr().out

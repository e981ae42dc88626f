"""Calibration: what is held, what is set aside, what is refused and what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from assets.issues import InputError
from coverage.calibrate import FEWEST, FEWEST_FOR_CLASSES, Calibration, calibrate
from coverage.calibration.record import record_text, runs_table, speeds_text
from coverage.calibration.runs import REASONS
from coverage.network import RoadNetwork
from coverage.roads import read_roads
from coverage.speed_book import speed_book
from coverage.speeds import link_minutes, profile
from tests.simulated_runs import simulated, truth_of


@pytest.fixture(scope="module")
def wessex(repo: Path) -> RoadNetwork:
    return read_roads(repo / "data" / "wessex" / "roads.osm.pbf")


@pytest.fixture(scope="module")
def fitted(wessex: RoadNetwork) -> Calibration:
    """800 runs of the county, 12 % of scatter, one in twenty grossly wrong, 20 s at the start."""
    base = profile("blue_light")
    return calibrate(wessex, base, simulated(wessex, truth_of(base), start_s=20.0, runs=800))


def test_a_class_that_nobody_drove_keeps_its_speed(fitted: Calibration) -> None:
    driven = set(fitted.speeds["row"])
    idle = [row for row in fitted.before.speeds_kph if row not in driven]
    assert "motorway" in idle
    for row in idle:
        assert fitted.after.speeds_kph[row] == fitted.before.speeds_kph[row]
    held = fitted.speeds[fitted.speeds["status"] == "held"]
    assert (held["before_kph"] == held["after_kph"]).all()


def test_shuffled_runs_give_the_same_profile(wessex: RoadNetwork) -> None:
    base = profile("blue_light")
    runs = simulated(wessex, truth_of(base), runs=300)
    other = replace(runs, table=runs.table.sample(frac=1.0, random_state=1))
    one, two = (calibrate(wessex, base, r) for r in (runs, other))
    assert one.after.table() == two.after.table()
    assert speeds_text(one, ["blue_light"]) == speeds_text(two, ["blue_light"])
    assert list(two.table.index) == list(other.table.index)
    pd.testing.assert_frame_equal(one.table.sort_index(), two.table.sort_index())


# ---- few runs -----------------------------------------------------------------------------


def test_too_few_runs_are_refused_and_said_why(wessex: RoadNetwork) -> None:
    base = profile("blue_light")
    runs = simulated(wessex, base, runs=60)
    table = runs.table.copy()
    table.loc[table.index[FEWEST - 1 :], "reason"] = "no_time"
    with pytest.raises(InputError, match="29 usable runs.*31 no time"):
        calibrate(wessex, base, replace(runs, table=table))


def test_some_dozens_of_runs_give_one_factor(wessex: RoadNetwork) -> None:
    """Every link takes the same factor of its former time, delays apart; none is told apart."""
    base = profile("blue_light", {"end_s": dict.fromkeys(("through", "give_way", "roundabout"), 0)})
    slow = replace(
        base,
        speeds_kph={row: (u * 0.8, r * 0.8) for row, (u, r) in base.speeds_kph.items()},
        limit_share=(base.limit_share[0] * 0.8, base.limit_share[1] * 0.8),
    )
    runs = simulated(wessex, slow, runs=FEWEST_FOR_CLASSES - 1, gross=0.0, scatter=0.08)
    made = calibrate(wessex, base, runs)
    assert made.single and made.start_s == 0.0
    ratio = link_minutes(wessex, made.after) / link_minutes(wessex, base)
    ratio = ratio[np.isfinite(ratio)]
    assert np.median(ratio) == pytest.approx(1.25, rel=0.03)
    assert np.ptp(ratio) < 0.02
    enough = simulated(wessex, slow, runs=FEWEST_FOR_CLASSES + 10, gross=0.0)
    assert not calibrate(wessex, base, enough).single


def test_walking_is_not_calibrated(wessex: RoadNetwork) -> None:
    runs = simulated(wessex, profile("blue_light"), runs=40)
    with pytest.raises(InputError, match="no profile of a vehicle"):
        calibrate(wessex, profile("walk"), runs)


# ---- odd runs -----------------------------------------------------------------------------


def test_odd_runs_are_set_aside_with_their_reasons(wessex: RoadNetwork) -> None:
    base = profile("blue_light")
    runs = simulated(wessex, base, runs=200, gross=0.0)
    table = runs.table.copy()
    rows = list(table.index)
    table.loc[rows[0], "to_x"] += 400_000.0
    table.loc[rows[1], "from_y"] += 400_000.0
    table.loc[rows[2], "seconds"] = 16.0
    table.loc[rows[3], "seconds"] = 14_000.0
    table.loc[rows[4], ["to_x", "to_y"]] = table.loc[rows[4], ["from_x", "from_y"]].to_numpy()
    table.loc[rows[5], "blue"] = "no"
    table.loc[rows[6], "blue"] = "yes"
    made = calibrate(wessex, base, replace(runs, table=table))
    reasons = made.table.loc[rows[:7], "reason"].tolist()
    assert reasons == ["destination_off_network", "origin_off_network", "too_fast", "too_slow",
                       "no_drive", "not_blue", ""]  # fmt: skip
    assert len(made.table) == 200
    listed = runs_table(made)
    assert listed["status"].tolist()[:6] == [REASONS[r] for r in reasons[:6]]
    assert len(listed) == 200 and listed["predicted_s"].notna().sum() == len(made.used)


def test_the_same_run_twice_counts_twice(wessex: RoadNetwork) -> None:
    base = profile("blue_light")
    runs = simulated(wessex, base, runs=120)
    twice = replace(runs, table=pd.concat([runs.table, runs.table]).reset_index(drop=True))
    one, two = (calibrate(wessex, base, r) for r in (runs, twice))
    assert len(two.used) == 2 * len(one.used)


def test_times_of_day_get_profiles_of_their_own(wessex: RoadNetwork) -> None:
    """The peak is a quarter slower than the night, and so are their profiles."""
    base = profile("blue_light")
    runs = simulated(wessex, base, runs=600, gross=0.0)
    table = runs.table.copy()
    peak = np.arange(600) % 2 == 0
    table["period"] = np.where(peak, "peak", "night")
    table.loc[peak, "seconds"] *= 1.25
    made = calibrate(wessex, base, replace(runs, table=table))
    names = [f"{made.name}_peak", f"{made.name}_night"]
    assert list(made.periods) == names
    slow, fast = (np.nansum(link_minutes(wessex, made.periods[n])) for n in names)
    assert slow / fast == pytest.approx(1.25, rel=0.04)
    middle = made.residuals["period"].set_index("group")["after"]
    assert middle["peak"] > 1.05 > 0.95 > middle["night"]


# ---- what is written ----------------------------------------------------------------------


def test_the_speeds_file_is_the_fitted_profile(fitted: Calibration, tmp_path: Path) -> None:
    path = tmp_path / "speeds.yml"
    path.write_text(speeds_text(fitted, ["blue_light"]), encoding="utf-8")
    again = speed_book(path).profile("blue_light")  # what a scenario that names the file plans with
    assert again.table() == fitted.after.table()
    assert again.table() != profile("blue_light").table()
    assert "20 s at its start" in path.read_text() or f"{fitted.start_s:.0f} s at its start" in (
        path.read_text()
    )


def test_a_profile_that_does_not_ship_is_written_in_full(
    fitted: Calibration, tmp_path: Path
) -> None:
    path = tmp_path / "speeds.yml"
    path.write_text(speeds_text(fitted, ["car_offpeak"]), encoding="utf-8")
    assert "based_on" not in yaml.safe_load(path.read_text())[fitted.name]
    assert speed_book(path).profile(fitted.name).table() == fitted.after.table()


def test_the_record_traces_every_figure(fitted: Calibration, wessex: RoadNetwork) -> None:
    record = json.loads(record_text(fitted))
    assert record["roads"] == {"source": wessex.source, "sha256": wessex.sha256}
    assert record["runs"]["rows"] == record["runs"]["used"] + sum(
        record["runs"]["set_aside"].values()
    )
    assert record["before"]["name"] == "blue_light" and record["after"]["name"] == fitted.name
    assert record["agreement"]["left_out"]["runs"] == record["runs"]["used"]


def test_cells_that_a_spreadsheet_would_run_are_quoted(wessex: RoadNetwork) -> None:
    base = profile("blue_light")
    runs = simulated(wessex, base, runs=40)
    table = runs.table.copy()
    table["origin"] = "=1+1"
    made = calibrate(wessex, base, replace(runs, table=table))
    assert set(runs_table(made)["origin"]) == {"'=1+1"}

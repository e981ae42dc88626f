"""Profiles: their tables, how limits bind them, how they are edited, and minutes per link."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from coverage.osm import BLUE, CAR, WALK
from coverage.speeds import SPEED_ROWS, link_minutes, link_speeds_kph, profile, speed_book
from tests.toy_roads import Way, toy_network

MPH = 1.609344
LINE = {1: (0.0, 0.0), 2: (1000.0, 0.0)}


def speed(
    tags: dict[str, str], name: str = "car", overrides: dict[str, Any] | None = None
) -> float:
    """km/h on a lone road in open country with these tags."""
    network = toy_network(LINE, [((1, 2), tags)])
    return float(link_speeds_kph(network, profile(name, overrides))[0])


def test_every_profile_has_every_row_and_a_source() -> None:
    for name in speed_book().profiles:
        made = profile(name)
        assert set(made.speeds_kph) == set(SPEED_ROWS)
        assert made.source
        assert all(speed > 0 for pair in made.speeds_kph.values() for speed in pair)
    assert profile("car") == profile("car_offpeak")
    assert profile("blue_light_day") == profile("blue_light")
    modes = [profile(name).mode for name in ("car", "car_peak", "blue_light", "walk")]
    assert modes == [CAR, CAR, BLUE, WALK]


@pytest.mark.parametrize(
    "name", ["car_offpeak", "car_peak", "car_night", "blue_light", "blue_light_night"]
)
def test_better_roads_are_no_slower_and_towns_no_faster(name: str) -> None:
    speeds = profile(name).speeds_kph
    order = ["motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service"]
    order += ["driveway"]
    for area in (0, 1):
        column = [speeds[row][area] for row in order]
        assert column == sorted(column, reverse=True)
        assert speeds["unclassified"][area] <= speeds["tertiary"][area]
    on_foot = ("pedestrian", "footway", "path", "bridleway", "cycleway", "steps")
    for row, (urban, rural) in speeds.items():  # a factor for towns may lift one by a twentieth
        assert urban <= 1.06 * rural or row in on_foot


def test_peak_is_no_faster_than_off_peak_and_sirens_beat_cars_in_town() -> None:
    peak, free, blue = (profile(name).speeds_kph for name in ("car_peak", "car", "blue_light"))
    for row in SPEED_ROWS:
        for area in (0, 1):
            assert peak[row][area] <= free[row][area]
        assert blue[row][0] >= free[row][0] or row == "motorway"  # engines are governed


@pytest.mark.parametrize(
    ("day", "night"), [("car", "car_night"), ("blue_light", "blue_light_night")]
)
def test_nothing_is_slower_by_night(day: str, night: str) -> None:
    by_day, by_night = profile(day), profile(night)
    assert by_day.mode == by_night.mode
    for row in SPEED_ROWS:
        for area in (0, 1):
            assert by_night.speeds_kph[row][area] >= by_day.speeds_kph[row][area]
    assert all(by_night.end_s[end] <= by_day.end_s[end] for end in by_day.end_s)
    assert by_night != by_day


def test_the_limit_caps_at_a_share_and_unweighed_never_raises() -> None:
    table = profile("car").speeds_kph
    by: dict[str, Any] = {"limit_share": 0.94, "limit_weight": 0}
    assert speed({"highway": "primary"}, "car", by) == table["primary"][1]
    forty = {"highway": "primary", "maxspeed": "40 mph"}
    assert speed(forty, "car", by) == pytest.approx(0.94 * 40 * MPH, rel=1e-6)
    lane = {"highway": "unclassified", "maxspeed": "60 mph"}
    assert speed(lane, "car", by) == table["unclassified"][1]


def test_the_limit_says_town_or_country() -> None:
    """30 mph is a built-up road even alone in a field, 50 mph an open one."""
    by: dict[str, Any] = {"limit_share": {"urban": 0.88, "rural": 0.94}, "limit_weight": 0}
    by["speeds_kph"] = {"trunk": {"urban": 45, "rural": 78}, "residential": 26}
    assert speed({"highway": "trunk", "maxspeed": "30 mph"}, "car", by) == pytest.approx(
        0.88 * 30 * MPH
    )
    assert speed({"highway": "residential", "maxspeed": "20 mph"}, "car", by) == 26
    assert speed({"highway": "trunk", "maxspeed": "50 mph"}, "car", by) == pytest.approx(
        0.94 * 50 * MPH
    )


@pytest.mark.parametrize("name", ["car", "car_peak", "car_night"])
@pytest.mark.parametrize("limit", [20, 30])
def test_a_20_or_30_mph_street_does_not_flow_at_its_limit(name: str, limit: int) -> None:
    for road in ("residential", "unclassified", "tertiary", "primary", "trunk"):
        assert speed({"highway": road, "maxspeed": f"{limit} mph"}, name) < 0.95 * limit * MPH


def test_dual_carriageways_and_roundabouts_have_rows_of_their_own() -> None:
    table = profile("blue_light").speeds_kph
    assert speed({"highway": "trunk", "oneway": "yes"}, "blue_light") == table["trunk_dual"][1]
    ring = {"highway": "trunk", "junction": "roundabout"}
    assert speed(ring, "blue_light") == table["roundabout"][1]
    drive = {"highway": "service", "junction": "roundabout"}
    assert speed(drive, "blue_light") == table["service"][1]


def test_walkers_know_no_limit_and_take_stairs_slowly() -> None:
    assert speed({"highway": "trunk", "maxspeed": "20 mph"}, "walk") == 4.8
    assert speed({"highway": "steps"}, "walk") == 2.4


def test_a_link_a_mode_may_not_use_has_no_speed() -> None:
    path, oneway = {"highway": "path"}, {"highway": "residential", "oneway": "yes"}
    network = toy_network({**LINE, 3: (2000.0, 0.0)}, [((1, 2), path), ((2, 3), oneway)])
    cars = link_minutes(network, profile("car"))
    assert np.isfinite(cars).sum() == 1
    assert np.isfinite(link_minutes(network, profile("walk"))).all()


def test_minutes_are_run_plus_what_is_lost_at_the_end() -> None:
    """A side street of 600 m at 36 km/h takes 60 s; giving way at its end costs 6 s."""
    nodes = {1: (-500.0, 0.0), 2: (0.0, 0.0), 3: (500.0, 0.0), 4: (0.0, 600.0)}
    ways: list[Way] = [((1, 2, 3), {"highway": "primary"}), ((4, 2), {"highway": "residential"})]
    network = toy_network(nodes, ways)
    made = profile("car", {"speeds_kph": {"residential": 36}, "end_s": {"give_way": 6}})
    minutes = link_minutes(network, made)
    osm = network.node_osm_id
    link = {
        (int(osm[a]), int(osm[b])): k
        for k, (a, b) in enumerate(zip(network.link_from, network.link_to, strict=True))
    }
    assert minutes[link[4, 2]] == pytest.approx(1.1, abs=1e-3)
    assert minutes[link[2, 4]] == pytest.approx(1.0, abs=1e-3)


# ---- editing ---------------------------------------------------------------------------


def test_overrides_change_what_they_name_and_nothing_else() -> None:
    base = profile("blue_light")
    made = profile(
        "blue_light",
        {
            "speeds_kph": {"primary": {"rural": 70}, "service": 15},
            "limit_share": {"urban": 1.1},
            "end_s": {"signals": 0},
            "leg_kph": 20,
            "max_snap_m": 500,
            "source": "brigade runs 2025",
        },
    )
    assert made.speeds_kph["primary"] == (base.speeds_kph["primary"][0], 70.0)
    assert made.speeds_kph["service"] == (15.0, 15.0)
    assert made.speeds_kph["trunk"] == base.speeds_kph["trunk"]
    assert made.limit_share == (1.1, base.limit_share[1])
    assert made.end_s == {**base.end_s, "signals": 0.0}
    assert (made.leg_kph, made.max_snap_m, made.source) == (20.0, 500.0, "brigade runs 2025")
    assert profile("blue_light") == base  # the original is untouched
    assert profile("walk", {"leg_kph": None}).leg_kph is None


@pytest.mark.parametrize(
    ("name", "overrides", "said"),
    [
        ("cat", {}, "did you mean 'car'"),
        ("car", {"speed_kph": {}}, "did you mean 'speeds_kph'"),
        ("car", {"speeds_kph": {"primry": 3}}, "did you mean 'primary'"),
        ("car", {"speeds_kph": {"primary": {"town": 3}}}, "known: rural, urban"),
        ("car", {"speeds_kph": {"primary": {"urban": -3}}}, "speeds_kph.primary.urban must be"),
        ("car", {"speeds_kph": {"primary": 0}}, "must be a positive number, at most 300, not 0"),
        ("car", {"speeds_kph": {"primary": 301}}, "at most 300, not 301"),
        ("car", {"speeds_kph": {"primary": 10**400}}, "at most 300, not 1000"),
        ("car", {"speeds_kph": {"primary": "30 mph"}}, "30 mph is 48.3"),
        ("car", {"speeds_kph": {"primary": None}}, "not None"),
        ("car", {"limit_weight": 1.5}, "at most 1, not 1.5"),
        ("car", {"limit_weight": {"rural": -0.1}}, "limit_weight.rural must be a number of at"),
        ("car", {"limit_share": {"urban": 0}}, "limit_share.urban must be a positive number"),
        ("car", {"error": {"low": 1.1}}, "error.low must be a positive number, at most 1"),
        ("car", {"error": {"high": 0.9}}, "error.high must be a number of at least 1"),
        ("car", {"error": {"lo": 0.9}}, "did you mean 'low'"),
        ("car", {"speed_factor": {"urban": 0}}, "speed_factor.urban must be"),
        ("car", {"source": ""}, "source must be a sentence"),
        ("car", {"mode": "walk"}, "car_offpeak is a profile of mode car, not 'walk'"),
        ("car", {"mode": ["car"]}, "not ['car']"),
        ("car", {"based_on": "walk"}, "unknown profile setting"),
        ("car", {"speeds_kph": {"primary": "fast"}}, "not 'fast'"),
        ("car", {"speeds_kph": {"primary": True}}, "not True"),
        ("car", {"speeds_kph": {"primary": float("nan")}}, "not nan"),
        ("car", {"speeds_kph": 30}, "speeds_kph must be a mapping"),
        ("car", {"end_s": {"signal": 3}}, "did you mean 'signals'"),
        ("car", {"end_s": {"signals": -1}}, "a number of at least 0"),
        ("car", {"limit_share": {"city": 1}}, "known: rural, urban"),
        ("car", {"leg_kph": 0}, "leg_kph must be a positive number"),
        ("car", {"max_snap_m": "far"}, "max_snap_m must be a positive number"),
    ],
)
def test_bad_edits_are_refused(name: str, overrides: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        profile(name, overrides)
    assert said in str(caught.value)


def test_all_bad_edits_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        profile("car", {"speedz": 1, "end_s": {"signal": 1, "give_way": "x"}})
    assert len(caught.value.issues) == 3


def test_the_table_says_everything_in_plain_values() -> None:
    table = profile("car", {"speeds_kph": {"primary": 55}}).table()
    assert table["speeds_kph"]["primary"] == {"urban": 55.0, "rural": 55.0}
    assert list(table) == ["name", *(field for field in KEYS_OF_A_TABLE)]
    assert json.loads(json.dumps(table, allow_nan=False)) == table


KEYS_OF_A_TABLE = ("mode", "speeds_kph", "limit_share", "limit_weight", "end_s", "leg_kph")
KEYS_OF_A_TABLE += ("max_snap_m", "error", "source")


@pytest.mark.parametrize("name", speed_book().names)
def test_a_table_laid_over_its_profile_changes_nothing(name: str) -> None:
    made = profile(name, {"error": {"low": 0.8, "high": 1.3, "source": "trackers"}})
    table = made.table()
    assert profile(name, {key: value for key, value in table.items() if key != "name"}) == made


def test_a_limit_raises_a_speed_as_far_as_it_is_weighed() -> None:
    """A lane of 40 km/h under 60 mph, share 0.94 (90.8): at weight 0.25 a quarter of the way."""
    lane = {"highway": "unclassified", "maxspeed": "60 mph"}
    base = {"speeds_kph": {"unclassified": 40}, "limit_share": {"rural": 0.94}}
    urban_only = {**base, "limit_weight": {"urban": 1, "rural": 0}}
    reach = 0.94 * 60 * MPH
    for weight, expected in ((0, 40.0), (0.25, 40 + 0.25 * (reach - 40)), (1, reach)):
        assert speed(lane, "car", {**base, "limit_weight": {"rural": weight}}) == pytest.approx(
            expected, rel=1e-6
        )
        untagged = {"highway": "unclassified"}
        assert speed(untagged, "car", {**base, "limit_weight": {"rural": weight}}) == 40
    assert speed(lane, "car", urban_only) == 40


def test_a_weighed_limit_still_caps_and_a_roundabout_stays_slow() -> None:
    weighed = {"limit_weight": 1, "limit_share": 0.9, "speeds_kph": {"primary": 74}}
    assert speed({"highway": "primary", "maxspeed": "40 mph"}, "car", weighed) == pytest.approx(
        0.9 * 40 * MPH, rel=1e-6
    )
    ring = {"highway": "primary", "junction": "roundabout", "maxspeed": "60 mph"}
    assert speed(ring, "car", weighed) == profile("car").speeds_kph["roundabout"][1]


def test_a_weight_needs_a_share_to_weigh() -> None:
    with pytest.raises(InputError, match="limit_weight needs a limit_share"):
        profile("walk", {"limit_weight": 0.5})
    assert speed({"highway": "footway", "maxspeed": "20 mph"}, "walk") == 4.8


# 130 km/h made 2.3 times faster is 299: the fastest a row may say is 300.
@given(st.sampled_from(SPEED_ROWS[:15]), st.floats(5, 130), st.floats(1.0, 2.3))
def test_a_faster_row_never_makes_a_link_slower(row: str, kph: float, more: float) -> None:
    name = {"driveway": "service"}.get(row, row)
    network = toy_network(LINE, [((1, 2), {"highway": name})])
    slow = link_minutes(network, profile("car", {"speeds_kph": {row: kph}}))
    fast = link_minutes(network, profile("car", {"speeds_kph": {row: kph * more}}))
    assert (fast[np.isfinite(fast)] <= slow[np.isfinite(slow)]).all()

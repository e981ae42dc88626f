"""What OpenStreetMap tags mean: who may go which way, limits, barriers, access only."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.osm import (
    BLUE,
    CAR,
    DUAL,
    MOTOR,
    NODE_KEYS,
    ROUNDABOUT,
    WALK,
    WAY_KEYS,
    barrier_blocks,
    maxspeed_kph,
    way_rule,
)

ALL = CAR | BLUE | WALK
MPH = 1.609344


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"highway": "residential"}, ALL, ALL),
        ({"highway": "road"}, ALL, ALL),
        # one-way, in every spelling, binds vehicles and not people
        ({"highway": "residential", "oneway": "yes"}, ALL, WALK),
        ({"highway": "residential", "oneway": "true"}, ALL, WALK),
        ({"highway": "residential", "oneway": "1"}, ALL, WALK),
        ({"highway": "residential", "oneway": "-1"}, WALK, ALL),
        ({"highway": "residential", "oneway": "reverse"}, WALK, ALL),
        ({"highway": "residential", "oneway": "no"}, ALL, ALL),
        ({"highway": "residential", "oneway": "alternating"}, ALL, ALL),
        ({"highway": "residential", "oneway": "reversible"}, WALK, WALK),
        ({"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}, ALL, WALK),
        ({"highway": "residential", "oneway": "yes", "oneway:motor_vehicle": "no"}, ALL, ALL),
        ({"highway": "residential", "motor_vehicle:backward": "no"}, ALL, WALK),
        ({"highway": "residential", "access:forward": "private"}, BLUE | WALK, ALL),
        ({"highway": "primary", "junction": "roundabout"}, ALL, WALK),
        ({"highway": "primary", "junction": "circular"}, ALL, WALK),
        ({"highway": "primary", "junction": "roundabout", "oneway": "no"}, ALL, ALL),
        ({"highway": "motorway"}, MOTOR, 0),
        ({"highway": "motorway_link"}, MOTOR, 0),
        ({"highway": "motorway_link", "oneway": "no"}, MOTOR, MOTOR),
        ({"highway": "trunk"}, ALL, ALL),
        ({"highway": "trunk", "motorroad": "yes"}, MOTOR, MOTOR),
        # the narrowest access key decides
        ({"highway": "service"}, ALL, ALL),
        ({"highway": "service", "access": "private"}, CAR | BLUE, CAR | BLUE),
        ({"highway": "service", "access": "private", "foot": "yes"}, ALL, ALL),
        ({"highway": "service", "access": "customers"}, ALL, ALL),
        ({"highway": "service", "access": "destination"}, ALL, ALL),
        ({"highway": "service", "access": "permissive"}, ALL, ALL),
        ({"highway": "service", "access": "delivery"}, BLUE | WALK, BLUE | WALK),
        ({"highway": "service", "access": "agricultural"}, 0, 0),
        ({"highway": "unclassified", "vehicle": "no"}, WALK, WALK),
        ({"highway": "unclassified", "vehicle": "no", "motor_vehicle": "yes"}, ALL, ALL),
        ({"highway": "unclassified", "access": "no", "motorcar": "yes"}, MOTOR, MOTOR),
        ({"highway": "unclassified", "motor_vehicle": "forestry"}, WALK, WALK),
        ({"highway": "unclassified", "motor_vehicle": "private"}, ALL, ALL),
        ({"highway": "unclassified", "access": "no"}, 0, 0),
        ({"highway": "unclassified", "access": "no", "emergency": "yes"}, BLUE, BLUE),
        ({"highway": "residential", "motor_vehicle": "no", "bus": "yes"}, BLUE | WALK, BLUE | WALK),
        ({"highway": "busway"}, BLUE, BLUE),
        ({"highway": "bus_guideway"}, BLUE, BLUE),
        ({"highway": "service", "service": "emergency_access"}, BLUE | WALK, BLUE | WALK),
        ({"highway": "service", "service": "driveway"}, ALL, ALL),
        # several values: the most open counts
        ({"highway": "service", "access": "agricultural;forestry"}, WALK, WALK),
        ({"highway": "service", "access": "agricultural;destination"}, ALL, ALL),
        ({"highway": "service", "access": "private; customers"}, ALL, ALL),
        ({"highway": "service", "motor_vehicle": "residents"}, ALL, ALL),
        ({"highway": "service", "motor_vehicle": "employees"}, BLUE | WALK, BLUE | WALK),
        ({"highway": "service", "access": "discouraged"}, ALL, ALL),
        ({"highway": "service", "service": "alley"}, ALL, ALL),
        ({"highway": "service", "emergency": "no"}, CAR | WALK, CAR | WALK),
        # buses against the stream: open to a crew, never to a car
        ({"highway": "residential", "oneway": "yes", "oneway:psv": "no"}, ALL, BLUE | WALK),
        ({"highway": "residential", "oneway": "yes", "oneway:bus": "no"}, ALL, BLUE | WALK),
        ({"highway": "residential", "oneway": "-1", "busway": "opposite_lane"}, BLUE | WALK, ALL),
        ({"highway": "residential", "oneway": "yes", "busway": "lane"}, ALL, WALK),
        ({"highway": "residential", "oneway": "yes", "oneway:emergency": "no"}, ALL, BLUE | WALK),
        ({"highway": "residential", "psv": "yes"}, ALL, ALL),
        ({"highway": "residential", "oneway:psv": "yes"}, ALL, ALL),
        # by the hour and by the lane: what is tagged without a condition holds
        ({"highway": "residential", "access:conditional": "no @ (Mo-Fr 08:00-09:00)"}, ALL, ALL),
        (
            {
                "highway": "residential",
                "motor_vehicle:conditional": "no @ (Mo-Fr 08:30-09:15,14:45-15:45)",
            },
            ALL,
            ALL,
        ),
        ({"highway": "service", "access": "no", "access:conditional": "yes @ (Sa)"}, 0, 0),
        ({"highway": "residential", "motor_vehicle": "no @ (Mo-Fr 08:30-09:15)"}, ALL, ALL),
        ({"highway": "residential", "oneway:conditional": "yes @ (07:00-10:00)"}, ALL, ALL),
        ({"highway": "primary", "access:lanes": "no|yes", "psv:lanes": "designated|"}, ALL, ALL),
        ({"highway": "primary", "motor_vehicle:lanes": "no|yes", "lanes:psv": "1"}, ALL, ALL),
        # slip roads, roundabouts
        ({"highway": "trunk_link"}, ALL, ALL),
        ({"highway": "trunk_link", "oneway": "yes"}, ALL, WALK),
        ({"highway": "trunk", "junction": "approach", "oneway": "yes"}, ALL, WALK),
        # not for cars
        ({"highway": "track", "golf": "cartpath", "motor_vehicle": "yes"}, WALK, WALK),
        ({"highway": "service", "golf": "cartpath"}, WALK, WALK),
        ({"highway": "byway"}, WALK, WALK),
        ({"highway": "pedestrian", "area": "yes"}, WALK, WALK),
        ({"highway": "track"}, WALK, WALK),
        ({"highway": "track", "access": "yes"}, WALK, WALK),
        ({"highway": "track", "motor_vehicle": "designated"}, ALL, ALL),
        ({"highway": "track", "motor_vehicle": "agricultural"}, WALK, WALK),
        ({"highway": "pedestrian"}, WALK, WALK),
        ({"highway": "pedestrian", "emergency": "yes"}, BLUE | WALK, BLUE | WALK),
        ({"highway": "footway"}, WALK, WALK),
        ({"highway": "path"}, WALK, WALK),
        ({"highway": "bridleway"}, WALK, WALK),
        ({"highway": "cycleway"}, WALK, WALK),
        ({"highway": "steps"}, WALK, WALK),
        ({"highway": "footway", "foot": "no"}, 0, 0),
        ({"highway": "footway", "access": "private"}, 0, 0),
        ({"highway": "path", "access": "private", "foot": "permissive"}, WALK, WALK),
        ({"highway": "residential", "foot": "no"}, MOTOR, MOTOR),
        # not roads at all
        ({"highway": "construction", "construction": "residential"}, 0, 0),
        ({"highway": "proposed"}, 0, 0),
        ({"highway": "raceway"}, 0, 0),
        ({"highway": "rest_area"}, 0, 0),
        ({"highway": "residential", "construction": "minor"}, ALL, ALL),
        ({"route": "ferry"}, 0, 0),
        ({"route": "ferry", "motor_vehicle": "yes"}, 0, 0),
        ({"highway": "unclassified", "route": "ferry"}, 0, 0),
        ({"highway": "service", "route": "shuttle_train"}, 0, 0),
        ({"highway": "unclassified", "route": "bicycle"}, ALL, ALL),
        ({"railway": "rail"}, 0, 0),
    ],
)
def test_who_may_go_which_way(tags: Mapping[str, str], forward: int, backward: int) -> None:
    rule = way_rule(tags)
    if not forward | backward:
        assert rule is None
    else:
        assert rule is not None
        assert (rule.forward_modes, rule.backward_modes) == (forward, backward)


@pytest.mark.parametrize(
    ("text", "kph"),
    [
        ("30 mph", 30 * MPH),
        ("30mph", 30 * MPH),
        ("30 MPH", 30 * MPH),
        ("17.5 mph", 17.5 * MPH),
        ("50", 50.0),
        ("50 km/h", 50.0),
        ("50 kmh", 50.0),
        ("GB:nsl_single", 60 * MPH),
        ("GB_nsl:single", 60 * MPH),
        ("UK:nsl_single", 60 * MPH),
        ("GB:nsl_dual", 70 * MPH),
        ("GB:nsl_restricted", 30 * MPH),
        ("GB:motorway", 70 * MPH),
        ("gb:national", 60 * MPH),
        ("GB:zone20", 20 * MPH),
        ("GB:zone:20", 20 * MPH),
        ("GB:20", 20 * MPH),
        ("GB:20 zone", 20 * MPH),
        ("GB:20_zone", 20 * MPH),
        ("GB:zone 20 mph", 20 * MPH),
        ("20 mph zone", 20 * MPH),
        ("GB:30", 30 * MPH),
        ("national", 60 * MPH),
        ("GB:national", 60 * MPH),
        ("National speed limit", 60 * MPH),
        ("nsl", 60 * MPH),
        ("nsl_dual", 70 * MPH),
        ("UK:nsl", 60 * MPH),
        ("40 kph", 40.0),
        ("30 mph;national", 30 * MPH),
        ("GB:nsl_single;sign", 60 * MPH),
        ("60;40", 40.0),
        ("none", 70 * MPH),
        ("walk", 5 * MPH),
        ("30 mph;40 mph", 30 * MPH),
        ("40 mph; 30 mph", 30 * MPH),
        ("signals;40 mph", 40 * MPH),
        ("50|40", 40.0),
        ("signals", None),
        ("variable", None),
        ("", None),
        ("fast", None),
        ("0", None),
        ("-30 mph", None),
        ("999 mph", None),
        ("sign", None),
        ("30 mph @ (22:00-06:00)", None),
        ("GB:zone999", None),
        ("DE:urban", None),
    ],
)
def test_speed_limits_in_british_spellings(text: str, kph: float | None) -> None:
    assert maxspeed_kph(text) == pytest.approx(kph if kph else float("nan"), nan_ok=True)


@pytest.mark.parametrize(
    ("text", "mph"),
    [
        ("national", 70),
        ("GB:national", 70),
        ("gb:nsl", 70),
        ("GB:nsl_single", 60),
        ("50 mph", 50),
        ("GB:nsl_restricted", 30),
        ("national;50 mph", 50),
    ],
)
def test_the_national_limit_of_a_dual_carriageway_is_70(text: str, mph: float) -> None:
    assert maxspeed_kph(text, dual=True) == pytest.approx(mph * MPH)


@pytest.mark.parametrize(
    ("tags", "mph"),
    [
        ({"highway": "trunk", "maxspeed": "national"}, 60),
        ({"highway": "trunk", "oneway": "yes", "maxspeed": "national"}, 70),
        ({"highway": "trunk", "oneway": "yes", "maxspeed:type": "gb:national"}, 70),
        ({"highway": "motorway", "maxspeed": "national"}, 70),
        ({"highway": "motorway_link", "maxspeed": "national"}, 70),
        ({"highway": "residential", "oneway": "yes", "maxspeed": "national"}, 60),
        ({"highway": "trunk", "junction": "roundabout", "maxspeed": "national"}, 60),
        ({"highway": "trunk", "maxspeed": "variable", "maxspeed:type": "GB:nsl_single"}, 60),
        ({"highway": "residential", "zone:maxspeed": "GB:20"}, 20),
        ({"highway": "residential", "maxspeed:type": "GB:zone20"}, 20),
        ({"highway": "residential", "maxspeed": "30 mph", "maxspeed:type": "sign"}, 30),
        ({"highway": "residential", "maxspeed:conditional": "20 mph @ (08:00-09:00)"}, None),
        (
            {
                "highway": "primary",
                "maxspeed": "30 mph",
                "maxspeed:conditional": "20 mph @ (08:00-09:00)",
            },
            30,
        ),
        ({"highway": "primary", "maxspeed:lanes": "50 mph|70 mph"}, None),
        ({"highway": "primary", "maxspeed:advisory": "20 mph"}, None),
        ({"highway": "motorway", "maxspeed": "70 mph", "maxspeed:variable": "yes"}, 70),
        ({"highway": "primary", "maxspeed": "60 mph", "maxspeed:hgv": "50 mph"}, 60),
        ({"highway": "primary", "source:maxspeed": "survey"}, None),
    ],
)
def test_the_limit_of_a_way(tags: Mapping[str, str], mph: float | None) -> None:
    rule = way_rule(tags)
    assert rule is not None
    expected = float("nan") if mph is None else mph * MPH
    assert rule.forward_kph == pytest.approx(expected, nan_ok=True)
    assert rule.backward_kph == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("tags", "access_only"),
    [
        ({"highway": "residential"}, False),
        ({"highway": "residential", "access": "yes"}, False),
        ({"highway": "residential", "access": "destination"}, True),
        ({"highway": "residential", "motor_vehicle": "destination"}, True),
        ({"highway": "residential", "access": "destination", "motor_vehicle": "yes"}, False),
        ({"highway": "residential", "access": "destination;permissive"}, False),
        ({"highway": "residential", "hgv": "destination"}, False),
        ({"highway": "residential", "motor_vehicle": "destination @ (07:00-10:00)"}, False),
        ({"highway": "service", "access": "customers"}, True),
        ({"highway": "service", "access": "visitors;private"}, True),
        ({"highway": "service", "access": "permissive"}, False),
        ({"highway": "service", "access": "private"}, True),  # those who live there drive there
        ({"highway": "service", "access": "delivery"}, False),
        ({"highway": "track", "motor_vehicle": "destination"}, True),
        ({"highway": "track", "access": "destination"}, False),  # a track: no car at all
        ({"highway": "footway", "access": "destination"}, False),
        ({"highway": "service", "area": "yes"}, True),
        ({"highway": "residential", "area": "yes"}, False),
    ],
)
def test_roads_for_access_only(tags: Mapping[str, str], *, access_only: bool) -> None:
    rule = way_rule(tags)
    assert rule is not None
    assert rule.access_only is access_only


_KEYS = st.sampled_from(sorted(WAY_KEYS | NODE_KEYS | {"access:conditional", "maxspeed:lanes"}))
_VALUES = st.sampled_from(
    ["yes", "no", "private", "destination", "customers;private", "-1", "national", "residential"]
    + ["service", "track", "footway", "motorway", "roundabout", "no @ (07:00-09:00)", ";", ""]
) | st.text(max_size=8)


@given(st.dictionaries(_KEYS, _VALUES, max_size=6))
def test_any_tags_make_a_sound_rule_or_none(tags: dict[str, str]) -> None:
    rule = way_rule(tags)
    assert 0 <= barrier_blocks(tags) <= ALL
    if rule is not None:
        assert 0 < rule.forward_modes | rule.backward_modes <= ALL
        assert "route" not in tags or tags["route"] not in ("ferry", "shuttle_train")
        # a crew may go wherever a car may, unless the tags name it
        if tags.get("emergency") != "no":
            for modes in (rule.forward_modes, rule.backward_modes):
                assert modes & BLUE or not modes & CAR


@given(st.dictionaries(_KEYS, _VALUES, max_size=6), st.text(max_size=8))
def test_conditional_and_lane_keys_change_nothing(tags: dict[str, str], value: str) -> None:
    odd = {
        f"{key}:{way}": value
        for key in ("access", "oneway", "maxspeed", "motor_vehicle")
        for way in ("conditional", "lanes")
    }
    tags = {"highway": "residential", **tags}
    assert repr(way_rule(tags | odd)) == repr(way_rule(tags))


@given(st.text(max_size=20))
def test_any_limit_is_a_sane_number_or_nothing(text: str) -> None:
    speed_kph = maxspeed_kph(text)
    assert np.isnan(speed_kph) or 1.0 <= speed_kph <= 200.0


def test_the_direction_key_beats_the_way_and_the_way_beats_its_type() -> None:
    tags = {"highway": "primary", "maxspeed:type": "GB:nsl_single", "maxspeed": "50 mph"}
    rule = way_rule({**tags, "maxspeed:backward": "40 mph"})
    assert rule is not None
    assert rule.forward_kph == pytest.approx(50 * MPH)
    assert rule.backward_kph == pytest.approx(40 * MPH)
    typed = way_rule({"highway": "primary", "maxspeed": "signals", "maxspeed:type": "GB:nsl_dual"})
    assert typed is not None
    assert typed.forward_kph == pytest.approx(70 * MPH)
    told = way_rule({"highway": "primary", "source:maxspeed": "UK:nsl_single"})
    assert told is not None
    assert told.forward_kph == pytest.approx(60 * MPH)


@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ({"highway": "trunk", "oneway": "yes"}, DUAL),
        ({"highway": "motorway"}, DUAL),
        ({"highway": "trunk"}, 0),
        ({"highway": "residential", "oneway": "yes"}, 0),
        ({"highway": "trunk", "junction": "roundabout"}, ROUNDABOUT),
    ],
)
def test_form_of_way(tags: Mapping[str, str], form: int) -> None:
    rule = way_rule(tags)
    assert rule is not None
    assert rule.form == form


@pytest.mark.parametrize(
    ("tags", "blocked"),
    [
        ({}, 0),
        ({"barrier": "bollard"}, MOTOR),
        ({"barrier": "bollard", "bollard": "rising"}, CAR),
        ({"barrier": "bollard", "emergency": "yes"}, CAR),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, 0),
        ({"barrier": "block"}, MOTOR),
        ({"barrier": "cycle_barrier"}, MOTOR),
        ({"barrier": "kissing_gate"}, MOTOR),
        ({"barrier": "stile"}, MOTOR),
        ({"barrier": "fence"}, ALL),
        ({"barrier": "gate"}, 0),
        ({"barrier": "lift_gate"}, 0),
        ({"barrier": "gate", "access": "private"}, CAR | WALK),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, CAR),
        ({"barrier": "gate", "access": "no"}, CAR | WALK),
        ({"barrier": "gate", "motor_vehicle": "no"}, CAR),
        ({"barrier": "gate", "access": "yes"}, 0),
        ({"barrier": "gate", "motor_vehicle": "destination"}, 0),
        ({"barrier": "gate", "access": "private;customers"}, 0),
        ({"barrier": "gate", "access": "agricultural;forestry"}, CAR),
        ({"barrier": "gate", "locked": "yes"}, CAR),
        ({"barrier": "gate", "locked": "yes", "motor_vehicle": "yes"}, 0),
        ({"barrier": "cattle_grid", "locked": "yes"}, 0),
        ({"barrier": "bus_trap"}, CAR),
        ({"barrier": "wicket_gate"}, MOTOR),
        ({"barrier": "log"}, MOTOR),
        ({"barrier": "yes", "motorcar": "no", "foot": "yes"}, MOTOR),
        ({"barrier": "height_restrictor"}, 0),
        ({"barrier": "cattle_grid"}, 0),
        ({"barrier": "entrance"}, 0),
        ({"barrier": "toll_booth"}, 0),
        ({"barrier": "gate", "foot": "no"}, WALK),
        ({"highway": "crossing"}, 0),
    ],
)
def test_what_a_barrier_stops(tags: Mapping[str, str], blocked: int) -> None:
    assert barrier_blocks(tags) == blocked

"""What a turn restriction says: its tags and members, one relation at a time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.osm import BLUE, CAR, MOTOR, WALK
from coverage.sources.restrictions import Malformed, Member, restrictions_of
from coverage.turns import ANY, BACK, LEFT, RIGHT, STRAIGHT

TURN: list[Member] = [("w", 1, "from"), ("n", 9, "via"), ("w", 2, "to")]


@pytest.mark.parametrize(
    ("value", "only", "shape"),
    [
        ("no_left_turn", False, LEFT),
        ("no_right_turn", False, RIGHT),
        ("no_straight_on", False, STRAIGHT),
        ("no_u_turn", False, BACK),
        ("no_entry", False, ANY),
        ("no_exit", False, ANY),
        ("only_left_turn", True, LEFT),
        ("only_right_turn", True, RIGHT),
        ("only_straight_on", True, STRAIGHT),
        ("only_u_turn", True, BACK),
        ("No_Left_Turn", False, LEFT),
        ("no_left_turn;no_u_turn", False, ANY),
    ],
)
def test_every_kind(value: str, *, only: bool, shape: str) -> None:
    (found,) = restrictions_of(7, {"type": "restriction", "restriction": value}, TURN)
    assert (found.id, found.only, found.shape, found.modes) == (7, only, shape, MOTOR)
    assert (found.from_ways, found.via_node, found.via_ways, found.to_ways) == ((1,), 9, (), (2,))


@pytest.mark.parametrize(
    ("tags", "modes"),
    [
        ({"restriction": "no_left_turn"}, MOTOR),
        ({"restriction": "no_left_turn", "except": "psv;bicycle"}, MOTOR),
        ({"restriction": "no_left_turn", "except": "emergency"}, CAR),
        ({"restriction": "no_left_turn", "except": "psv; emergency"}, CAR),
        ({"restriction": "no_left_turn", "except": "motorcar"}, BLUE),
        ({"restriction": "no_left_turn", "except": "motor_vehicle"}, 0),
        ({"restriction:motorcar": "no_left_turn"}, CAR),
        ({"restriction:motor_vehicle": "no_left_turn"}, MOTOR),
        ({"restriction:vehicle": "no_left_turn"}, MOTOR),
        ({"restriction:emergency": "no_left_turn"}, BLUE),
        ({"restriction": "no_left_turn", "restriction:emergency": "none"}, CAR),
        ({"restriction": "no_left_turn", "restriction:motorcar": "none"}, BLUE),
        # lorries, cyclists and people on foot are not ours to bind
        ({"restriction:hgv": "no_left_turn"}, 0),
        ({"restriction:bicycle": "no_left_turn"}, 0),
        ({"restriction:foot": "no_left_turn"}, 0),
        # by the hour: a plan is for an ordinary one
        ({"restriction:conditional": "no_left_turn @ (07:00-19:00)"}, 0),
        ({"restriction": "no_left_turn @ (07:00-19:00)"}, 0),
        ({"restriction": "no_left_turn", "hour_on": "07:00", "hour_off": "19:00"}, 0),
        ({"restriction": "no_left_turn", "day_on": "Monday"}, 0),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (Su)"}, MOTOR),
        ({}, 0),
    ],
)
def test_whom_it_binds(tags: Mapping[str, str], modes: int) -> None:
    found = restrictions_of(7, {"type": "restriction", **tags}, TURN)
    assert sum(one.modes for one in found) == modes
    assert len(found) == (1 if modes else 0)


def test_cars_and_crews_may_be_told_different_things() -> None:
    tags = {"restriction": "no_left_turn", "restriction:motorcar": "only_straight_on"}
    found = restrictions_of(7, tags, TURN)
    assert [(one.modes, one.only) for one in found] == [(BLUE, False), (CAR, True)]


def test_via_ways_keep_their_order() -> None:
    members: list[Member] = [
        ("w", 1, "from"),
        ("w", 8, "via"),
        ("w", 5, "via"),
        ("w", 2, "to"),
        ("n", 4, "location_hint"),
    ]
    (found,) = restrictions_of(7, {"restriction": "no_u_turn"}, members)
    assert (found.via_node, found.via_ways) == (None, (8, 5))


def test_no_entry_has_several_froms_and_no_exit_several_tos() -> None:
    froms: list[Member] = [("w", 3, "from"), *TURN]
    tos: list[Member] = [*TURN, ("w", 3, "to")]
    assert restrictions_of(7, {"restriction": "no_entry"}, froms)[0].from_ways == (3, 1)
    assert restrictions_of(7, {"restriction": "no_exit"}, tos)[0].to_ways == (2, 3)
    for value, members in (("no_entry", tos), ("no_exit", froms), ("no_left_turn", froms)):
        with pytest.raises(Malformed):
            restrictions_of(7, {"restriction": value}, members)


@pytest.mark.parametrize(
    "members",
    [
        [],
        TURN[:1],
        TURN[:2],
        TURN[1:],
        [TURN[0], TURN[2]],  # no via
        [*TURN, ("n", 8, "via")],  # two junctions
        [*TURN, ("w", 8, "via")],  # a junction and a way
        [("n", 1, "from"), *TURN[1:]],
        [("w", 1, ""), *TURN[1:]],
        [TURN[0], ("r", 9, "via"), TURN[2]],
    ],
)
def test_members_that_make_no_turn(members: list[Member]) -> None:
    with pytest.raises(Malformed):
        restrictions_of(7, {"restriction": "no_left_turn"}, members)


@pytest.mark.parametrize("value", ["yes", "", "no_left", "no_left_turn;only_right_turn", "no_turn"])
def test_values_that_say_nothing(value: str) -> None:
    with pytest.raises(Malformed):
        restrictions_of(7, {"restriction": value}, TURN)


@given(
    st.dictionaries(
        st.sampled_from(["restriction", "restriction:motorcar", "except", "hour_on"]),
        st.sampled_from(["no_left_turn", "only_u_turn", "emergency", "none", "x @ y", "?"]),
    ),
    st.lists(
        st.tuples(
            st.sampled_from("nwr"),
            st.integers(1, 4),
            st.sampled_from(["from", "via", "to", "", "location_hint"]),
        ),
        max_size=6,
    ),
)
def test_any_relation_is_understood_or_malformed(
    tags: dict[str, str], members: list[Member]
) -> None:
    try:
        found = restrictions_of(7, tags, members)
    except Malformed:
        return
    for one in found:
        assert 0 < one.modes <= MOTOR
        assert not one.modes & WALK
        assert one.from_ways
        assert one.to_ways
        assert (one.via_node is None) == bool(one.via_ways)

"""Turn restrictions as forbidden sequences of links, on junctions drawn in metres.

The crossroads most tests use, each arm a way of its own (number beside it), 100 m long::

            4
            |3
      2 --1-- 1 --2-- 3
            |4
            5
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from coverage.network import RoadNetwork, build_network
from coverage.osm import BLUE, CAR, MOTOR
from coverage.roads import read_roads
from coverage.sources.pbf import read_pbf
from coverage.turns import ANY, BACK, LEFT, RIGHT, STRAIGHT, Restriction
from tests.toy_roads import Relation, Way, toy_network, write_pbf

STREET = {"highway": "residential"}
NODES = {1: (0.0, 0.0), 2: (-100.0, 0.0), 3: (100.0, 0.0), 4: (0.0, 100.0), 5: (0.0, -100.0)}
ARMS: list[Way] = [((2, 1), STREET), ((1, 3), STREET), ((1, 4), STREET), ((5, 1), STREET)]
RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"


def rule(
    only: bool = False,
    shape: str = LEFT,
    modes: int = MOTOR,
    froms: tuple[int, ...] = (1,),
    via: int | tuple[int, ...] = 1,
    tos: tuple[int, ...] = (3,),
    number: int = 7,
) -> Restriction:
    node, ways = (via, ()) if isinstance(via, int) else (None, via)
    return Restriction(number, only, shape, modes, froms, node, ways, tos)


def forbidden(network: RoadNetwork) -> dict[tuple[int, ...], int]:
    """Forbidden sequences as OpenStreetMap nodes passed, and to whom."""
    turns, osm = network.turns, network.node_osm_id
    found = {}
    for k, modes in enumerate(turns.modes.tolist()):
        links = turns.links[turns.first[k] : turns.first[k + 1]]
        assert len(links) >= 2
        assert np.array_equal(network.link_to[links[:-1]], network.link_from[links[1:]])
        assert (network.link_modes[links] & modes == modes).all()
        nodes = (osm[network.link_from[links[0]]], *osm[network.link_to[links]])
        found[tuple(int(node) for node in nodes)] = modes
    assert len(found) == len(turns.modes)
    return found


def misfits(network: RoadNetwork) -> tuple[str, ...]:
    return tuple(
        i for w in network.warnings if w.rule == "roads.restrictions_misfit" for i in w.ids
    )


def test_no_restrictions_no_turns() -> None:
    turns = toy_network(NODES, ARMS).turns
    assert (turns.first.tolist(), len(turns.links), len(turns.modes)) == ([0], 0, 0)


def test_a_turn_forbidden() -> None:
    assert forbidden(toy_network(NODES, ARMS, None, [rule()])) == {(2, 1, 4): MOTOR}


def test_the_only_turn_allowed_forbids_the_others_and_turning_back() -> None:
    network = toy_network(NODES, ARMS, None, [rule(only=True, modes=CAR)])
    assert forbidden(network) == {(2, 1, 3): CAR, (2, 1, 5): CAR, (2, 1, 2): CAR}


def test_no_turning_back_on_the_same_way() -> None:
    network = toy_network(NODES, ARMS, None, [rule(shape=BACK, tos=(1,))])
    assert forbidden(network) == {(2, 1, 2): MOTOR}


def test_no_entry_from_several_and_no_exit_to_several() -> None:
    entry = rule(shape=ANY, froms=(1, 2, 4))
    assert set(forbidden(toy_network(NODES, ARMS, None, [entry]))) == {
        (2, 1, 4),
        (3, 1, 4),
        (5, 1, 4),
    }
    leave = rule(shape=ANY, tos=(2, 3))
    assert set(forbidden(toy_network(NODES, ARMS, None, [leave]))) == {(2, 1, 3), (2, 1, 4)}


@pytest.mark.parametrize(
    ("shape", "passed"),
    [(LEFT, (2, 1, 4)), (RIGHT, (3, 1, 4))],
)
def test_a_from_way_not_split_at_the_junction_goes_by_the_shape(
    shape: str, passed: tuple[int, ...]
) -> None:
    """Way 1 runs 2-1-3: "no left turn into 3" can only be meant for those from the west."""
    ways: list[Way] = [((2, 1, 3), STREET), ((5, 1), STREET), ((1, 4), STREET)]
    assert forbidden(toy_network(NODES, ways, None, [rule(shape=shape)])) == {passed: MOTOR}


@pytest.mark.parametrize(("shape", "end"), [(LEFT, 4), (RIGHT, 5)])
def test_a_to_way_not_split_at_the_junction_goes_by_the_shape(shape: str, end: int) -> None:
    ways: list[Way] = [((2, 1), STREET), ((1, 3), STREET), ((5, 1, 4), STREET)]
    assert forbidden(toy_network(NODES, ways, None, [rule(shape=shape)])) == {(2, 1, end): MOTOR}
    only = toy_network(NODES, ways, None, [rule(only=True, shape=shape)])
    assert set(forbidden(only)) == {(2, 1, k) for k in (2, 3, 4, 5) if k != end}


def test_two_ways_not_split_are_ambiguous_and_reported() -> None:
    """No left turn from 2-1-3 into 5-1-4: from the west to 4, or from the east to 5?"""
    ways: list[Way] = [((2, 1, 3), STREET), ((5, 1, 4), STREET)]
    network = toy_network(NODES, ways, None, [rule(tos=(2,))])
    assert forbidden(network) == {}
    assert misfits(network) == ("7",)


def test_no_turning_back_on_a_way_not_split_binds_both_directions() -> None:
    ways: list[Way] = [((2, 1, 3), STREET), ((1, 4), STREET)]
    network = toy_network(NODES, ways, None, [rule(shape=BACK, tos=(1,))])
    assert set(forbidden(network)) == {(2, 1, 2), (3, 1, 3)}


def test_what_a_one_way_street_rules_out_is_no_fault() -> None:
    """Way 3 comes down from 4: nobody turns into it anyway."""
    ways = [*ARMS[:2], ((4, 1), {**STREET, "oneway": "yes"}), ARMS[3]]
    network = toy_network(NODES, ways, None, [rule()])
    assert (forbidden(network), misfits(network)) == ({}, ())
    ordered = toy_network(NODES, ways, None, [rule(only=True)])
    assert (forbidden(ordered), misfits(ordered)) == ({}, ("7",))  # a command nobody can follow


def test_ways_not_on_the_map_or_closed_to_cars_forbid_nothing() -> None:
    footway = [*ARMS[:2], ((1, 4), {"highway": "footway"}), ARMS[3]]
    network = toy_network(NODES, footway, None, [rule(), rule(tos=(99,)), rule(froms=(99,))])
    assert (forbidden(network), misfits(network)) == ({}, ())


def test_a_turn_only_a_crew_can_make_is_forbidden_to_crews_only() -> None:
    military = [*ARMS[:2], ((1, 4), {**STREET, "access": "military"}), ARMS[3]]
    assert forbidden(toy_network(NODES, military, None, [rule()])) == {(2, 1, 4): BLUE}
    # and a command into it cannot bind cars, who may not follow it
    only = toy_network(NODES, military, None, [rule(only=True)])
    assert set(forbidden(only).values()) == {BLUE}


def test_a_junction_where_the_ways_do_not_meet_is_reported() -> None:
    network = toy_network(NODES, ARMS, None, [rule(via=3), rule(via=77, number=8)])
    assert (forbidden(network), misfits(network)) == ({}, ("7", "8"))
    (told,) = network.warnings
    assert told.message.startswith("2 of 2 turn restrictions do not fit the roads they name")
    assert told.remedy


def test_a_bollard_at_the_junction_leaves_nothing_to_forbid() -> None:
    network = toy_network(NODES, ARMS, {1: {"barrier": "bollard"}}, [rule()])
    assert forbidden(network) == {}


DUAL_NODES = {k: (100.0 * ((k - 1) % 4), 20.0 * ((k - 1) // 4)) for k in range(1, 9)}
ONEWAY = {"highway": "primary", "oneway": "yes"}
DUAL: list[Way] = [
    ((1, 2), ONEWAY),
    ((2, 3, 4), ONEWAY),
    ((8, 7, 6), ONEWAY),
    ((6, 5), ONEWAY),
    ((2, 9, 6), STREET),
]


def test_a_turn_via_a_way_is_all_its_links() -> None:
    """Two carriageways joined by way 5; no turning back from way 1 by it into way 4::

    5 <-4- 6 <-3- 7 <- 8
           |5
           9
    1 -1-> 2 -2-> 3 -> 4
    """
    nodes = {**DUAL_NODES, 9: (100.0, 10.0)}
    network = toy_network(nodes, DUAL, None, [rule(shape=BACK, via=(5,), tos=(4,))])
    assert forbidden(network) == {(1, 2, 9, 6, 5): MOTOR}
    assert misfits(network) == ()


def test_an_only_via_a_way_forbids_every_way_out_before_and_after_it() -> None:
    nodes = {**DUAL_NODES, 9: (100.0, 10.0), 10: (150.0, 10.0)}
    ways = [*DUAL, ((9, 10), STREET)]
    network = toy_network(nodes, ways, None, [rule(only=True, shape=BACK, via=(5,), tos=(4,))])
    assert set(forbidden(network)) == {
        (1, 2, 3),
        (1, 2, 9, 10),
        (1, 2, 9, 2),
        (1, 2, 9, 6, 9),
    }


def test_via_several_ways_in_any_direction_they_were_drawn() -> None:
    """From 1-2 by 3-2 and 4-3 (both drawn backwards) to 4-5, in a row."""
    nodes = {k: (100.0 * k, 0.0) for k in range(1, 6)}
    ways: list[Way] = [((1, 2), STREET), ((3, 2), STREET), ((4, 3), STREET), ((4, 5), STREET)]
    network = toy_network(nodes, ways, None, [rule(shape=STRAIGHT, via=(2, 3), tos=(4,))])
    assert forbidden(network) == {(1, 2, 3, 4, 5): MOTOR}
    apart = toy_network(nodes, ways, None, [rule(shape=STRAIGHT, via=(3,), tos=(4,))])
    assert (forbidden(apart), misfits(apart)) == ({}, ("7",))


def test_via_part_of_a_roundabout() -> None:
    """From the south arm, round the ring 1-2-3-4, out by the arm at 3: by 1, 2, 3 only."""
    nodes = {1: (0, -20), 2: (20, 0), 3: (0, 20), 4: (-20, 0), 5: (0, -100), 6: (0, 100)}
    ring = {"highway": "primary", "junction": "roundabout"}
    ways: list[Way] = [((5, 1), STREET), ((3, 6), STREET), ((1, 2, 3, 4, 1), ring)]
    network = toy_network(nodes, ways, None, [rule(shape=STRAIGHT, via=(3,), tos=(2,))])
    assert forbidden(network) == {(5, 1, 2, 3, 6): MOTOR}


def test_the_same_turn_forbidden_twice_is_one_sequence() -> None:
    network = toy_network(NODES, ARMS, None, [rule(modes=CAR), rule(modes=BLUE, number=8), rule()])
    assert forbidden(network) == {(2, 1, 4): MOTOR}


def test_sequences_are_sorted_whatever_the_order_given() -> None:
    rules = [rule(), rule(only=True, froms=(4,), tos=(2,), shape=RIGHT, number=8)]
    rules += [rule(froms=(3,), tos=(4,), shape=STRAIGHT, number=9), rule(number=10, shape=ANY)]
    first = toy_network(NODES, ARMS, None, rules).turns
    rows = [first.links[a:b].tolist() for a, b in zip(first.first, first.first[1:], strict=False)]
    assert rows == sorted(rows)
    for seed in range(3):
        random.Random(seed).shuffle(rules)
        again = toy_network(NODES, ARMS, None, rules).turns
        for name in ("first", "links", "modes"):
            assert np.array_equal(getattr(first, name), getattr(again, name)), name


def test_read_from_a_file(tmp_path: Path) -> None:
    members = [("w", 1, "from"), ("n", 1, "via"), ("w", 3, "to")]
    tags = {"type": "restriction", "restriction": "no_left_turn"}
    relations: list[Relation] = [
        (members, {**tags, "except": "emergency"}),
        (members[:2], tags),
        (members, {"type": "route", "route": "bus"}),
        (members, {**tags, "restriction": "no_thoroughfare"}),
        (members, {"type": "restriction", "restriction:conditional": "no_left_turn @ (Mo)"}),
    ]
    path = write_pbf(tmp_path / "t.osm.pbf", NODES, ARMS, None, relations)
    network = read_roads(path)
    assert forbidden(network) == {(2, 1, 4): CAR}
    (told,) = network.warnings
    assert told.rule == "roads.restrictions_malformed"
    assert told.message.startswith("2 of 4 turn restrictions do not say which turn they mean")
    assert told.ids == ("2", "4")


def test_a_junction_beyond_the_clip_is_no_fault(tmp_path: Path) -> None:
    """Node 1 is not in the file: the arms end before it, the restriction says nothing."""
    nodes = {**NODES, 6: (-50.0, 0.0), 7: (0.0, 50.0)}
    ways: list[Way] = [((2, 6, 1), STREET), ((1, 3), STREET), ((1, 7, 4), STREET)]
    members = [("w", 1, "from"), ("n", 1, "via"), ("w", 3, "to")]
    tags = {"type": "restriction", "restriction": "no_left_turn"}
    del nodes[1]
    path = write_pbf(tmp_path / "t.osm.pbf", nodes, ways, None, [(members, tags)])
    network = build_network(read_pbf([path]), source="t", sha256="0")
    assert (forbidden(network), network.warnings) == ({}, ())


def test_rutland_has_three_restrictions_and_all_fit(shared_data: Path) -> None:
    """A606/A1 junction: two no right turns and a no left turn, all via nodes."""
    raw = read_pbf([shared_data / RUTLAND])
    assert [one.id for one in raw.restrictions] == [12129618, 12129619, 12129621]
    network = build_network(raw, source="rutland", sha256="0")
    assert {passed[1] for passed in forbidden(network)} == {8275227706, 8275227703}
    assert len(network.turns.modes) == 3
    assert (network.turns.modes == MOTOR).all()
    assert misfits(network) == ()

"""Where roads are cut by the map's edge, and whose times that could change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverage.network import RoadNetwork, Turns
from coverage.osm import BLUE, CAR, WALK
from coverage.rim import NearRim, Rim, near_rim, rim_facts, rim_of
from coverage.roads import read_roads
from coverage.snap import Snapped, snap
from coverage.speeds import Profile, profile
from coverage.times import TravelTimes, times_between
from tests.toy_roads import ORIGIN, Way, toy_network

MAIN, LANE, STREET = ({"highway": name} for name in ("primary", "unclassified", "residential"))
ENDS = {"free": 0, "through": 0, "give_way": 0, "signals": 0, "roundabout": 0}
STEADY = profile("car", {"speeds_kph": {"any_other": 60}, "limit_share": None, "limit_weight": 0,
                         "end_s": ENDS})  # fmt: skip
"""A kilometre a minute everywhere."""
SQUARE = {1: (0.0, 0.0), 2: (3000.0, 0.0), 3: (3000.0, 3000.0), 4: (0.0, 3000.0)}
ROUND: list[Way] = [((1, 2, 3, 4, 1), MAIN)]
Spots = dict[str, tuple[float, float]]


def exits(network: RoadNetwork, mode: int = CAR) -> list[tuple[int, int]]:
    """Where roads leave the map, toy metres, in order."""
    rim = rim_of(network, mode)
    x, y = np.round(rim.x - ORIGIN[0]).astype(int), np.round(rim.y - ORIGIN[1]).astype(int)
    return sorted(zip(x.tolist(), y.tolist(), strict=True))


def put(network: RoadNetwork, spots: Spots, by: Profile) -> Snapped:
    xy = np.array(list(spots.values())).reshape(-1, 2) + ORIGIN
    return snap(network, list(spots), xy[:, 0], xy[:, 1], by)


def solve(
    network: RoadNetwork, demand: Spots, sites: Spots, by: Profile = STEADY, **options: Any
) -> tuple[TravelTimes, NearRim]:
    at = put(network, demand, by), put(network, sites, by)
    ask = {"direction": "from_site", **options}
    times = times_between(*at, profile=by, **ask)
    return times, near_rim(times, *at, by)


# ---- exits -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "tags", "metres", "is_exit"),
    [
        ("a main road that is cut", MAIN, 900, True),
        ("a main road that is cut soon", MAIN, 100, True),
        ("a lane that is cut", LANE, 600, True),
        ("a lane of exactly 250 m", LANE, 251, True),
        ("a lane to a farm", LANE, 240, False),
        ("a street", STREET, 600, False),
        ("a drive", {"highway": "service"}, 600, False),
        ("a path", {"highway": "footway"}, 600, False),
        ("a private main road", {**MAIN, "access": "private"}, 600, False),
    ],
)
def test_what_runs_out_of_the_map_is_an_exit(
    what: str, tags: dict[str, str], metres: float, is_exit: bool
) -> None:
    """A square of main roads, and one road that begins at its corner 3 and ends outside.

    ::

        4 ------- 3 ---- 9
        |         |
        1 ------- 2
    """
    network = toy_network({**SQUARE, 9: (3000.0 + metres, 3000.0)}, [*ROUND, ((3, 9), tags)])
    assert exits(network) == ([(3000 + int(metres), 3000)] if is_exit else []), what


def test_a_crew_may_leave_where_a_car_may_not() -> None:
    gated: list[Way] = [((3, 9), {**MAIN, "access": "private"})]
    network = toy_network({**SQUARE, 9: (3900.0, 3000.0)}, [*ROUND, *gated])
    assert exits(network, CAR) == []
    assert exits(network, BLUE) == [(3900, 3000)]


def test_a_cul_de_sac_inside_is_no_exit() -> None:
    """A main road of 1 km that ends in the middle of the square; without side 1-4 it is outside."""
    nodes = {**SQUARE, 8: (3000.0, 1500.0), 9: (1500.0, 1500.0)}
    inner: Way = ((8, 9), MAIN)
    assert exits(toy_network(nodes, [((1, 2, 8, 3, 4, 1), MAIN), inner])) == []
    opened = exits(toy_network(nodes, [((1, 2, 8, 3, 4), MAIN), inner]))
    assert opened == [(0, 0), (0, 3000), (1500, 1500)]


def test_a_path_round_the_map_shuts_nothing_in_but_one_at_the_end_says_cul_de_sac() -> None:
    nodes = {**SQUARE, 8: (3000.0, 4000.0), 9: (3900.0, 3000.0), 10: (4500.0, 3000.0)}
    nodes |= {11: (4500.0, -1000.0), 12: (-500.0, -1000.0), 13: (-500.0, 4500.0)}
    around: Way = ((10, 11, 12, 13, 10), {"highway": "footway"})
    lanes: list[Way] = [((3, 8), LANE), ((3, 9), LANE), ((9, 10), {"highway": "footway"})]
    assert exits(toy_network(nodes, [*ROUND, around, *lanes])) == [(3000, 4000)]


def test_both_carriageways_of_a_dual_road_are_exits() -> None:
    """South by 3-9, north by 10-4: one can only be left by, the other only entered by."""
    nodes = {**SQUARE, 9: (3000.0, 5000.0), 10: (2980.0, 5000.0), 11: (2980.0, 3000.0)}
    pair: list[Way] = [((3, 9), {**MAIN, "oneway": "yes"}), ((10, 11), {**MAIN, "oneway": "yes"})]
    network = toy_network(nodes, [((1, 2, 3, 11, 4, 1), MAIN), *pair])
    assert exits(network) == [(2980, 5000), (3000, 5000)]


def test_a_barrier_is_no_rim() -> None:
    nodes = {**SQUARE, 8: (4000.0, 3000.0), 9: (5000.0, 3000.0), 10: (5000.0, 0.0)}
    ways: list[Way] = [*ROUND, ((3, 8, 9, 10, 2), MAIN)]
    gate = {8: {"barrier": "gate", "access": "private"}}
    network = toy_network(nodes, ways, gate)
    assert (np.bincount(network.link_from, minlength=len(network.node_x)) == 1).any()
    assert exits(network) == []


def test_a_coast_road_leads_nowhere_out() -> None:
    """The square stands alone: no road crosses its rim, so nothing is near it."""
    network = toy_network(SQUARE, ROUND)
    times, found = solve(network, {"d": (10, 10)}, {"s": (2990, 2990)})
    assert exits(network) == []
    assert not found.demand.any()
    assert not found.pairs.any()
    assert np.isinf(found.exit_min).all()
    assert np.isfinite(times.minutes).all()


def test_where_two_extracts_join_is_no_exit() -> None:
    """Two squares, each cut on the road 3-5 between them; read together the road is whole."""
    east = {k + 4: (x + 5000.0, y) for k, (x, y) in SQUARE.items()}
    half = toy_network({**SQUARE, 8: east[8]}, [*ROUND, ((3, 8), MAIN)])
    assert exits(half) == [(5000, 3000)]
    whole = [*ROUND, ((5, 6, 7, 8, 5), MAIN), ((3, 8), MAIN)]
    assert exits(toy_network({**SQUARE, **east}, whole)) == []


def test_the_rim_knows_the_way_and_the_last_junction() -> None:
    nodes = {**SQUARE, 8: (3500.0, 3000.0), 9: (4000.0, 3000.0)}
    network = toy_network(nodes, [*ROUND, ((3, 8, 9), MAIN)])
    rim: Rim = rim_of(network, CAR)
    assert rim.way.tolist() == [2]
    assert network.node_osm_id[rim.gate].tolist() == [3]
    assert sorted(network.node_osm_id[rim.strip].tolist()) == [3, 8, 9]
    assert rim_of(network, CAR) is rim


# ---- pairs and places ---------------------------------------------------------------------


def horseshoe(deep: float) -> RoadNetwork:
    r"""Two roads out of the map, 4 km apart, joined only in the south.

    ::

        5            6     y = 2000: the rim
        |            |
     7--1            2--8  y = 0: the last junctions
        |            |
        3 ---------- 4     y = -deep
    """
    nodes = {1: (0.0, 0.0), 2: (4000.0, 0.0), 3: (0.0, -deep), 4: (4000.0, -deep)}
    nodes |= {5: (0.0, 2000.0), 6: (4000.0, 2000.0), 7: (-200.0, 0.0), 8: (4200.0, 0.0)}
    sides: list[Way] = [((1, 7), STREET), ((2, 8), STREET)]
    return toy_network(nodes, [((5, 1, 3, 4, 2, 6), MAIN), *sides])


def test_a_pair_may_leave_the_map_where_a_straight_road_outside_would_be_faster() -> None:
    """From s, 500 m south of 1, to d, 500 m south of 2: 5.5 + 4 + 5.5 = 15 minutes by the south;
    0.5 + 4 + 0.5 = 5 minutes by a straight road between the last junctions."""
    network = horseshoe(6000)
    times, found = solve(network, {"d": (4000, -500)}, {"s": (0, -500)})
    assert times.minutes[0, 0] == pytest.approx(15, abs=0.01)
    assert found.pairs.tolist() == [[True]]
    assert found.exit_min[0] == pytest.approx(0.5, abs=0.01)
    assert found.demand.tolist() == [True]  # a station beyond 2 may be half a minute off


def test_a_pair_is_sure_where_no_road_outside_can_be_faster() -> None:
    """200 m deep. From 120 m south: 0.08 + 4 + 0.08 by the south, 0.12 + 4 + 0.12 by the north
    at best; from 80 m south it is the other way about."""
    south = solve(horseshoe(200), {"d": (4000, -120)}, {"s": (0, -120)})
    assert south[0].minutes[0, 0] == pytest.approx(4.16, abs=0.01)
    assert south[1].pairs.tolist() == [[False]]
    north = solve(horseshoe(200), {"d": (4000, -80)}, {"s": (0, -80)})
    assert north[0].minutes[0, 0] == pytest.approx(4.24, abs=0.01)
    assert north[1].pairs.tolist() == [[True]]


def test_a_faster_road_somewhere_makes_the_straight_line_faster() -> None:
    """s and d 150 m south on a horseshoe 200 m deep: 4.1 minutes; 4.3 by a road at 60 km/h
    outside, 2.3 if some road on the map is driven at 120."""
    spots: tuple[Spots, Spots] = {"d": (4000, -150)}, {"s": (0, -150)}
    assert solve(horseshoe(200), *spots)[1].pairs.tolist() == [[False]]
    quick = replace(STEADY, speeds_kph={**STEADY.speeds_kph, "motorway": (120.0, 120.0)})
    assert solve(horseshoe(200), *spots, by=quick)[1].pairs.tolist() == [[True]]


def test_a_place_near_a_site_is_not_near_the_rim() -> None:
    times, found = solve(horseshoe(6000), {"d": (4000, -500)}, {"s": (4000, -900)})
    assert times.minutes[0, 0] == pytest.approx(0.4, abs=0.01)
    assert not found.demand.any()
    assert not found.pairs.any()


def test_a_place_on_the_road_out_is_at_the_rim_itself() -> None:
    """Another road may join beside it that the map does not show."""
    _, found = solve(horseshoe(6000), {"d": (4000, 2000)}, {"s": (4000, -900)})
    assert found.exit_min[0] == pytest.approx(0, abs=1e-6)
    assert found.demand.tolist() == [True]
    _, across = solve(horseshoe(6000), {"d": (4000, 1900)}, {"s": (0, 1900)})
    assert across.pairs.tolist() == [[True]]


def test_a_bound_is_the_longest_time_that_matters() -> None:
    """15 minutes by the south is past a bound of 12, and 5 by the north is not."""
    network = horseshoe(6000)
    spots: tuple[Spots, Spots] = {"d": (4000, -500)}, {"s": (0, -500)}
    times, found = solve(network, *spots, bound_min=12.0)
    assert np.isnan(times.minutes).all()
    assert found.pairs.all()
    assert not solve(network, *spots, bound_min=4.9)[1].pairs.any()


def test_which_way_people_go_matters_on_one_way_roads() -> None:
    """The road out at 2 is one-way inwards: in from outside, but not out."""
    base = horseshoe(6000)
    inwards = base.node_osm_id[base.link_from] == 6
    outwards = base.node_osm_id[base.link_to] == 6
    modes = np.where(outwards, 0, base.link_modes).astype(np.uint8)
    network = replace(base, link_modes=modes)
    assert inwards.sum() == outwards.sum() == 1
    east, west = {"p": (4000.0, -500.0)}, {"q": (0.0, -500.0)}
    assert solve(network, east, west)[1].pairs.all()  # from q out by 5, in by 6, to p
    assert not solve(network, east, west, direction="to_site")[1].pairs.any()
    assert solve(network, west, east, direction="to_site")[1].pairs.all()


def test_walking_to_the_road_counts_inside_and_outside_alike() -> None:
    walk = profile("walk")
    times, found = solve(horseshoe(6000), {"d": (3900, -500)}, {"s": (100, -500)}, by=walk)
    legs_min = 2 * 100 / 80.0
    assert times.minutes[0, 0] == pytest.approx(15_000 / 80 + legs_min, abs=0.1)
    assert found.pairs.all()
    assert found.exit_min[0] == pytest.approx(500 / 80 + 100 / 80, abs=0.1)


def test_a_place_off_the_network_is_listed_elsewhere() -> None:
    _, found = solve(horseshoe(6000), {"d": (4000, 9000), "e": (4000, -9)}, {"s": (0, -5000)})
    assert found.demand.tolist() == [False, True]
    assert not found.pairs[0].any()


def test_the_facts_name_the_places_and_count_the_pairs() -> None:
    network = horseshoe(6000)
    demand = {"d9": (4000.0, -500.0), "d1": (4000.0, -400.0), "d5": (0.0, -5900.0)}
    at = put(network, demand, STEADY), put(network, {"s": (0.0, -5000.0)}, STEADY)
    times = times_between(*at, profile=STEADY, direction="from_site")
    assert rim_facts(network, *at, times, STEADY) == {
        "rim_exits": 2,
        "near_rim": ("d1", "d9"),
        "pairs_that_may_leave_the_map": 2,
    }
    with pytest.raises(ValueError, match="same order"):
        near_rim(times.for_demand(["d1"]), *at, STEADY)


def test_no_places_is_no_error() -> None:
    _, found = solve(horseshoe(6000), {}, {"s": (0, 0)})
    assert found.pairs.shape == (0, 1)
    _, found = solve(horseshoe(6000), {"d": (4000, -500)}, {}, bound_min=20.0)
    assert found.demand.tolist() == [True]


def test_a_lane_that_begins_in_town_leaves_the_map_where_the_town_ends() -> None:
    """A lane without a junction for 6 km: its first half runs amid other roads, so a site outside
    is 3 km off at least, though a pair may leave the map at any of its bends.

    ::

        4 ------------- 3
        |               |
        5- - - - - - - -+- - - - - - - - 9     the lane, with a bend every kilometre
        |               |
        1 ------------- 2     the side 2-3 is 3 km from 5, and passes over the lane
    """
    nodes = {**SQUARE, 5: (0.0, 1500.0)} | {k + 10: (1000.0 * k, 1500.0) for k in range(1, 7)}
    lane: Way = ((5, *range(11, 17)), LANE)
    network = toy_network(nodes, [((1, 2, 3, 4, 5, 1), MAIN), lane])
    rim = rim_of(network, CAR)
    assert exits(network) == [(6000, 1500)]
    assert network.node_osm_id[rim.gate].tolist() == [5]
    outer = network.node_x[rim.strip[rim.strip_outer]] - ORIGIN[0]
    assert np.round(outer).tolist() == [6000, 5000, 4000, 3000]
    _, found = solve(network, {"d": (0, 1500)}, {"s": (0, 3000)}, bound_min=20.0)
    assert found.exit_min[0] == pytest.approx(3, abs=0.01)
    assert not found.demand.any()  # the site is 1.5 minutes off


# ---- the truth: a map cut from a larger one -------------------------------------------------


def cut(network: RoadNetwork, inside: np.ndarray) -> RoadNetwork:
    """The ways that touch what is inside, whole, as extracts are cut."""
    ways = network.link_way[inside[network.link_from] | inside[network.link_to]]
    keep = np.flatnonzero(np.isin(network.link_way, ways))
    place = np.full(len(network.link_from) + 1, -1, dtype=np.int32)
    place[keep] = np.arange(len(keep))
    names = ("from", "to", "length_m", "class", "form", "end", "maxspeed_kph", "urban", "modes",
             "way")  # fmt: skip
    kept = {f"link_{name}": getattr(network, f"link_{name}")[keep] for name in names}
    if len(network.link_access_only):
        kept["link_access_only"] = network.link_access_only[keep]
    return replace(network, turns=Turns(), link_reverse=place[network.link_reverse[keep]], **kept)


COLUMNS, ROWS, EDGE = 7, 5, 3


def grid(speeds: list[int], gone: set[int]) -> RoadNetwork:
    """Main roads 1 km apart, a way per piece; every piece has a class, and some are missing."""
    names = ("trunk", "primary", "secondary", "tertiary")
    nodes = {10 * r + c + 1: (1000.0 * c, 1000.0 * r) for r in range(ROWS) for c in range(COLUMNS)}
    pieces = [(n, n + step) for n in nodes for step in (1, 10) if n + step in nodes]
    ways: list[Way] = [
        (piece, {"highway": names[speeds[k % len(speeds)]]})
        for k, piece in enumerate(pieces)
        if k not in gone
    ]
    return toy_network(nodes, ways)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=30),
    st.sets(st.integers(0, 57), max_size=14),
    st.sampled_from(["from_site", "to_site"]),
)
def test_whatever_lies_outside_no_pair_is_called_sure_that_is_not(
    speeds: list[int], gone: set[int], direction: str
) -> None:
    """A grid cut at x = 3 km; times on the whole of it are the truth for places on the cut map.

    Every pair that is faster on the whole map is counted, and every place that a site outside
    reaches sooner than any inside is near the rim.
    """
    rate = {"trunk": 90, "primary": 60, "secondary": 45, "tertiary": 30}
    by = profile("car", {"speeds_kph": rate, "end_s": ENDS})
    whole = grid(speeds, gone)
    part = cut(whole, whole.node_x - ORIGIN[0] < 1000 * EDGE - 500)
    spots = {f"p{r}{c}": (1000.0 * c, 1000.0 * r) for r in range(ROWS) for c in range(EDGE)}
    outside = {f"q{r}": (6000.0, 1000.0 * r) for r in range(ROWS)}
    sites = dict(list(spots.items())[::4])
    at = put(part, spots, by), put(part, sites, by)
    truly = put(whole, spots, by), put(whole, sites, by)
    same = [a.on_network & (a.snap_m < 1) & (b.snap_m < 1) for a, b in zip(at, truly, strict=True)]
    modelled = times_between(*at, profile=by, direction=direction)
    truth = times_between(*truly, profile=by, direction=direction)
    found = near_rim(modelled, *at, by)
    known = same[0][:, None] & same[1]
    least = np.where(np.isnan(modelled.minutes), np.inf, modelled.minutes)
    faster = known & (truth.minutes < least - 1e-6)
    assert not (faster & ~found.pairs).any()
    beyond = times_between(truly[0], put(whole, outside, by), profile=by, direction=direction)
    sooner = np.nan_to_num(beyond.minutes, nan=np.inf).min(axis=1) < least.min(axis=1) - 1e-6
    assert not (sooner & same[0] & ~found.demand).any()


@pytest.fixture(scope="module")
def rutland(shared_data: Path) -> RoadNetwork:
    return read_roads(shared_data / "rutland/rutland-latest_2022-07-20.osm.pbf")


@pytest.fixture(scope="module")
def postcodes(shared_data: Path) -> pd.DataFrame:
    spots = pd.read_csv(shared_data / "rutland/rutland_os_open_names_postcodes_places.csv")
    return spots.set_index("os_id")


def on_roads(network: RoadNetwork, spots: pd.DataFrame, by: Profile) -> Snapped:
    return snap(network, list(spots.index), spots["easting"], spots["northing"], by)


def test_rutland_is_left_by_the_roads_that_cross_its_border(rutland: RoadNetwork) -> None:
    """The A1 by two carriageways at either end, and the A47, A606, A6003, A43, A6121 ..."""
    rim = rim_of(rutland, CAR)
    assert 40 <= len(rim.node) <= 55
    at = np.isin(rutland.link_from, rim.node) | np.isin(rutland.link_to, rim.node)
    count = np.bincount(rutland.link_class[at], minlength=20)
    assert count[2] >= 4  # trunk: the A1
    assert count[11] == 0  # residential
    centre = np.hypot(rim.x - 492_000, rim.y - 306_000)
    assert centre.min() > 7_000  # none in the middle: Rutland is about 25 km across


def test_postcodes_by_the_border_are_near_it_and_oakham_is_not(
    rutland: RoadNetwork, postcodes: pd.DataFrame, shared_data: Path
) -> None:
    """Ketton and Ryhall are served from Stamford, which is off the map; Oakham has a station."""
    crew = profile("blue_light")
    listed = pd.read_csv(shared_data / "rutland/fire_stations_in_and_around_rutland.csv")
    stations = listed.set_index("STATION_NAME").rename(
        columns={"STATION_EASTING": "easting", "STATION_NORTHING": "northing"}
    )
    at = on_roads(rutland, postcodes, crew), on_roads(rutland, stations, crew)
    times = times_between(*at, profile=crew, direction="from_site", bound_min=30)
    found = near_rim(times, *at, crew)
    ketton = np.hypot(at[0].x - 498_100, at[0].y - 304_400) < 800
    oakham = np.hypot(at[0].x - 486_000, at[0].y - 308_700) < 800
    assert ketton.sum() > 10
    assert found.demand[ketton].all()
    assert oakham.sum() > 50
    assert not found.demand[oakham].any()  # though a lane out of the county begins there
    assert 0.3 < found.demand.mean() < 0.7
    off = ~at[1].on_network
    assert off.sum() == 5
    assert not found.pairs[:, off].any()


def test_a_map_cut_from_rutland_flags_what_it_gets_wrong(
    rutland: RoadNetwork, postcodes: pd.DataFrame
) -> None:
    """Oakham and round it cut out of the county, whose own times are the truth.

    Streets and service roads that are cut are no exits, so a few pairs in a thousand are wrong
    by seconds and not counted.
    """
    by = profile("car")
    whole = replace(rutland, turns=Turns())
    x, y = whole.node_x, whole.node_y
    part = cut(whole, (x >= 485_000) & (x <= 495_000) & (y >= 299_000) & (y <= 310_000))
    inside = postcodes["easting"].between(485_000, 495_000)
    inside &= postcodes["northing"].between(299_000, 310_000)
    spots = postcodes[inside]
    ends = spots.iloc[::3], spots.iloc[::20]
    at = [on_roads(part, frame, by) for frame in ends]
    truly = [on_roads(whole, frame, by) for frame in ends]
    modelled = times_between(at[0], at[1], profile=by, direction="from_site")
    truth = times_between(truly[0], truly[1], profile=by, direction="from_site")
    found = near_rim(modelled, at[0], at[1], by)
    both = zip(at, truly, strict=True)
    same = [np.hypot(a.road_x - b.road_x, a.road_y - b.road_y) < 0.1 for a, b in both]
    gain_min = np.where(same[0][:, None] & same[1], modelled.minutes - truth.minutes, 0.0)
    faster = gain_min > 1e-6
    assert faster.mean() > 0.01
    assert (faster & ~found.pairs).mean() < 0.003
    assert np.max(gain_min, where=~found.pairs, initial=0.0) < 0.1
    assert not found.pairs.all()


def test_each_mode_has_a_rim_of_its_own(rutland: RoadNetwork) -> None:
    found = [rim_of(rutland, mode) for mode in (CAR, BLUE, WALK)]
    assert len(set(found[0].node) - set(found[1].node)) == 0
    assert len(found[2].node) > 30

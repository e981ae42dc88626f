"""What a network amounts to: a toy counted by hand, and a county counted twice.

1 --- 2 === 3 --- 4      1-2 residential 20 mph, both ways, 100 m
          |              2-3 trunk dual, one way east and one way west (two ways), 200 m each
          5              3-4 service, cars may not (crews only), 50 m; 3-5 footway, 70 m
8 --- 9                  8-9 residential island, 300 m; 10 -> 11 one-way island, 40 m
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coverage.graph import mode_graph
from coverage.inventory import inventory, road_lines
from coverage.network import RoadNetwork
from coverage.osm import MODES
from coverage.roads import read_roads
from tests.toy_roads import ORIGIN, toy_network

RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"
NODES = {
    1: (0.0, 0.0), 2: (100.0, 0.0), 3: (300.0, 0.0), 4: (350.0, 0.0), 5: (300.0, -70.0),
    8: (0.0, 900.0), 9: (300.0, 900.0), 10: (0.0, 1500.0), 11: (40.0, 1500.0),
}  # fmt: skip
TRUNK = {"highway": "trunk", "oneway": "yes"}
STREET = {"highway": "residential"}
WAYS = [
    ((1, 2), STREET | {"maxspeed": "20 mph"}),
    ((2, 3), TRUNK),
    ((3, 2), TRUNK),
    ((3, 4), {"highway": "service", "motor_vehicle": "no", "emergency": "yes"}),
    ((3, 5), {"highway": "footway"}),
    ((8, 9), STREET),
    ((10, 11), STREET | {"oneway": "yes", "foot": "no"}),
]


@pytest.fixture(scope="module")
def toy() -> RoadNetwork:
    return toy_network(NODES, WAYS)


def test_kilometres_count_a_road_once(toy: RoadNetwork) -> None:
    classes = inventory(toy).classes
    total = (classes["urban_km"] + classes["rural_km"]).to_dict()
    assert total == pytest.approx(
        {"trunk": 0.4, "residential": 0.44, "service": 0.05, "footway": 0.07}, abs=1e-5
    )
    assert classes.index.tolist() == ["trunk", "residential", "service", "footway"]
    assert classes["limit_share"].to_dict() == pytest.approx(
        {"trunk": 0.0, "residential": 100 / 440, "service": 0.0, "footway": 0.0}, abs=1e-5
    )


def test_islands_are_what_the_main_network_does_not_reach(toy: RoadNetwork) -> None:
    """With nine kilometres more, so that the 300 m street is less than a tenth of the network."""
    long = {20: (5000.0, 0.0), 21: (9000.0, 0.0)}
    more = toy_network(NODES | long, [*WAYS, ((2, 20), STREET), ((20, 21), STREET)])
    found = inventory(more)
    assert found.modes["islands"].to_dict() == {"car": 2, "blue_light": 2, "walk": 1}
    cars = found.islands[found.islands["mode"] == "car"]
    assert cars["rank"].tolist() == [1, 2]
    assert cars["length_m"].tolist() == pytest.approx([300.0, 40.0], abs=0.01)
    assert cars.geometry.length.tolist() == pytest.approx([300.0, 40.0], abs=0.01)
    assert cars["easting"].iloc[0] == pytest.approx(ORIGIN[0], abs=0.01)
    assert cars["northing"].iloc[0] == pytest.approx(ORIGIN[1] + 900.0, abs=0.01)
    assert found.modes.at["car", "main_km"] == pytest.approx(9.4, abs=0.001)


def test_a_mode_without_any_road_has_nothing(toy: RoadNetwork) -> None:
    only = replace(toy, link_modes=toy.link_modes & np.uint8(MODES["car"]))
    modes = inventory(only).modes
    assert modes.loc["walk"].tolist() == [0.0, 0.0, 0.0]


def test_lines_carry_what_a_map_needs(toy: RoadNetwork) -> None:
    lines = road_lines(toy).set_index("way_id")
    assert lines["road_class"].tolist() == [
        "residential", "trunk", "trunk", "service", "footway", "residential", "residential",
    ]  # fmt: skip
    assert lines["oneway"].tolist() == [False, True, True, False, False, False, True]
    assert lines["form"].tolist()[1:3] == ["dual", "dual"]
    assert lines.at[1, "limit_mph"] == pytest.approx(20.0) and np.isnan(lines.at[2, "limit_mph"])
    assert lines["car"].tolist() == [True, True, True, False, False, True, True]
    assert lines["blue_light"].tolist() == [True, True, True, True, False, True, True]
    assert lines["walk"].tolist() == [True, True, True, True, True, True, False]
    east = [line.coords[-1][0] > line.coords[0][0] for line in lines.loc[[2, 3, 7]].geometry]
    assert east == [True, False, True]  # drawn as driven
    assert lines["length_m"].tolist() == pytest.approx(lines.length.tolist())


@pytest.mark.parametrize("path", [RUTLAND, "wessex"])
def test_a_county_adds_up(shared_data: Path, repo: Path, path: str) -> None:
    wessex = repo / "data" / "wessex" / "roads.osm.pbf"
    network = read_roads(wessex if path == "wessex" else shared_data / path)
    found = inventory(network)
    lines = road_lines(network)
    assert lines["length_m"].to_numpy() == pytest.approx(lines.length.to_numpy())
    by_class = lines.groupby("road_class")["length_m"].sum() / 1000
    total = found.classes["urban_km"] + found.classes["rural_km"]
    assert by_class.to_dict() == pytest.approx(total.to_dict())
    for mode, bit in MODES.items():
        islands = found.islands[found.islands["mode"] == mode]
        graph = mode_graph(network, bit)
        assert islands["length_m"].tolist() == pytest.approx([i.length_m for i in graph.islands])
        assert islands["links"].tolist() == [i.links for i in graph.islands]
        assert islands["easting"].tolist() == [i.x for i in graph.islands]
        row = found.modes.loc[mode]
        whole = lines.loc[lines[mode], "length_m"].sum() / 1000
        assert row["main_km"] + row["islands_km"] == pytest.approx(whole, rel=2e-3)

"""OS Open Roads: what its words mean, where its links join, and which files are refused."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from coverage.network import RoadNetwork, grid_xy
from coverage.osm import (
    ALL_MODES,
    BLUE,
    CLASS_INDEX,
    DUAL,
    MOTOR,
    ROAD_CLASSES,
    ROUNDABOUT,
    SINGLE,
    WALK,
)
from coverage.roads import read_roads
from coverage.sources.openroads_rules import Coded, link_rules
from coverage.speeds import profile
from coverage.times import travel_times
from tests.toy_openroads import ORIGIN, Link, as_open_roads, identifier, link_frame, write_links

RUTLAND = "rutland/rutland-latest_2022-07-20.osm.pbf"

# A ladder: two roads side by side, joined at both ends, and a third over both on a bridge.
#
#     c ---- B road ---- d
#     |   |              |
#     |   | (bridge)     |
#     a ---- A road ---- b
LADDER = (
    Link("a", "b", [(0, 0), (400, 30), (1000, 0)], "A Road", "A Road", primary=True),
    Link("c", "d", [(0, 500), (1000, 500)], "B Road", "B Road"),
    Link("a", "c", [(0, 0), (0, 500)]),
    Link("b", "d", [(1000, 0), (1000, 500)], "Classified Unnumbered", "Minor Road"),
    Link("e", "f", [(200, -300), (200, 800)], "Not Classified", "Local Access Road"),
)


def network_of(tmp_path: Path, links: Sequence[Link], style: str = "new") -> RoadNetwork:
    name = "XX_RoadLink.shp" if style == "shapefile" else "roads.gpkg"
    return read_roads(write_links(tmp_path / name, link_frame(links), style))


def same(one: RoadNetwork, two: RoadNetwork) -> bool:
    arrays = ("node_x", "node_y", "link_from", "link_to", "link_class", "link_modes", "way_class")
    return all(np.array_equal(getattr(one, n), getattr(two, n)) for n in arrays)


# ---- what the words mean ---------------------------------------------------------------


def rule_of(link: Link) -> tuple[str, int, int, bool]:
    words = {
        "road_classification": link.road_class,
        "road_function": link.function,
        "form_of_way": link.form,
        "primary_route": str(link.primary),
        "trunk_road": str(link.trunk),
    }
    coded = {name: Coded((word.lower(),), np.zeros(1, np.int64)) for name, word in words.items()}
    rules = link_rules(coded)
    only = bool(rules.access_only[0])
    return ROAD_CLASSES[rules.road_class[0]], int(rules.form[0]), int(rules.modes[0]), only


ROAD = Link("a", "b", [(0, 0), (1, 1)])
A_ROAD = ROAD.but(road_class="A Road", function="A Road")
PRIVATE = ROAD.but(road_class="Not Classified", function="Restricted Local Access Road")


@pytest.mark.parametrize(
    ("link", "road_class", "form", "modes"),
    [
        (ROAD.but(road_class="Motorway", function="Motorway"), "motorway", SINGLE, MOTOR),
        (A_ROAD, "primary", SINGLE, ALL_MODES),
        (A_ROAD.but(primary=True), "trunk", SINGLE, ALL_MODES),
        (A_ROAD.but(trunk=True), "trunk", SINGLE, ALL_MODES),
        (A_ROAD.but(form="Dual Carriageway"), "primary", DUAL, ALL_MODES),
        (A_ROAD.but(form="Collapsed Dual Carriageway"), "primary", DUAL, ALL_MODES),
        (A_ROAD.but(form="Roundabout"), "primary", ROUNDABOUT, ALL_MODES),
        (A_ROAD.but(form="Slip Road"), "primary_link", SINGLE, ALL_MODES),
        (A_ROAD.but(form="Slip Road", trunk=True), "trunk_link", SINGLE, ALL_MODES),
        (A_ROAD.but(road_class="a road"), "primary", SINGLE, ALL_MODES),
        (ROAD.but(road_class="B Road", function="B Road"), "secondary", SINGLE, ALL_MODES),
        (ROAD.but(road_class="Classified Unnumbered"), "tertiary", SINGLE, ALL_MODES),
        (ROAD.but(function="Minor Road"), "unclassified", SINGLE, ALL_MODES),
        (ROAD.but(road_class="Unknown", function="Minor Road"), "unclassified", SINGLE, ALL_MODES),
        (ROAD, "residential", SINGLE, ALL_MODES),
        (ROAD.but(road_class="Not Classified"), "residential", SINGLE, ALL_MODES),
        (ROAD.but(function="Local Access Road"), "residential", SINGLE, ALL_MODES),
        (ROAD.but(function="Secondary Access Road"), "service", SINGLE, ALL_MODES),
        (PRIVATE, "service", SINGLE, ALL_MODES),
        (PRIVATE.but(function="Local Access Road"), "service", SINGLE, ALL_MODES),
        (ROAD.but(form="Dual Carriageway"), "residential", SINGLE, ALL_MODES),
        (ROAD.but(form="Slip Road"), "residential", SINGLE, ALL_MODES),
        (ROAD.but(form="Shared Use Carriageway"), "living_street", SINGLE, ALL_MODES),
        (ROAD.but(form="Enclosed Traffic Area"), "service", SINGLE, ALL_MODES),
        (ROAD.but(form="Track"), "track", SINGLE, BLUE | WALK),
        (ROAD.but(form="Guided Busway"), "busway", SINGLE, BLUE),
        (A_ROAD.but(form="Guided Busway"), "busway", SINGLE, BLUE),
        (A_ROAD.but(form="Shared Use Carriageway"), "primary", SINGLE, ALL_MODES),
        (ROAD.but(road_class="", function=""), "unclassified", SINGLE, ALL_MODES),
    ],
)
def test_what_a_link_is(link: Link, road_class: str, form: int, modes: int) -> None:
    restricted = "Restricted" in link.function
    assert rule_of(link) == (road_class, form, modes, restricted)


def test_local_roads_are_streets_in_town_and_lanes_outside(tmp_path: Path) -> None:
    """A block of streets 60 m apart (town), and a lane of five kilometres that leaves it."""
    grid = [Link(f"w{row}", f"e{row}", [(0, 60 * row), (500, 60 * row)]) for row in range(10)] + [
        Link(f"{side}{row}", f"{side}{row + 1}", [(x, 60 * row), (x, 60 * row + 60)])
        for row in range(9)
        for side, x in (("w", 0), ("e", 500))
    ]
    lane = Link("e9", "far", [(500 + 250 * n, 540) for n in range(21)])
    network = network_of(tmp_path, [*grid, lane])
    town = network.link_class == CLASS_INDEX["residential"]
    assert network.link_urban[town].all() and not network.link_urban[~town].any()
    out = network.link_class[~town]
    assert len(out) >= 34 and (out == CLASS_INDEX["unclassified"]).all()
    lanes = network.lines(["unclassified"])
    assert lanes.length.tolist() == [5000.0]


# ---- where links join ------------------------------------------------------------------


@pytest.mark.parametrize("style", ["new", "old", "shapefile"])
def test_every_style_of_file_gives_the_same_network(tmp_path: Path, style: str) -> None:
    assert same(network_of(tmp_path, LADDER, style), network_of(tmp_path, LADDER))


def test_links_keep_their_lengths_on_the_grid_and_run_both_ways(tmp_path: Path) -> None:
    network = network_of(tmp_path, LADDER)
    by_class = pd.Series(network.link_length_m).groupby(network.link_class).sum() / 2
    lengths = {ROAD_CLASSES[k]: v for k, v in by_class.items()}
    bend = np.hypot(400, 30) + np.hypot(600, 30)
    assert lengths == pytest.approx(
        {"trunk": bend, "secondary": 1000, "tertiary": 500, "unclassified": 500, "service": 1100}
    )
    assert (network.link_reverse >= 0).all()
    assert np.isnan(network.link_maxspeed_kph).all()
    assert network.node_x.min() == ORIGIN[0] and network.node_y.min() == ORIGIN[1] - 300


def test_roads_that_cross_on_a_bridge_do_not_join(tmp_path: Path) -> None:
    network = network_of(tmp_path, LADDER)
    corners = {(0.0, 0.0): 2, (1000.0, 0.0): 2, (0.0, 500.0): 2, (1000.0, 500.0): 2}
    corners |= {(400.0, 30.0): 2, (200.0, -300.0): 1, (200.0, 800.0): 1}
    east, north = ORIGIN
    spots = zip(network.node_x - east, network.node_y - north, strict=True)
    roads = dict(zip(spots, np.bincount(network.link_from), strict=True))
    assert roads == corners


def test_a_bend_is_a_place_on_the_road(tmp_path: Path) -> None:
    """A place beside the bend is put on the bent line, not on the straight between the ends."""
    network = network_of(tmp_path, LADDER[:4])
    spots = pd.DataFrame({"easting": [ORIGIN[0] + 400.0, ORIGIN[0]], "northing": ORIGIN[1]},
                         index=["bend", "start"])  # fmt: skip
    times = travel_times(network, spots, spots, profile=profile("car"), direction="to_site")
    to_start = pd.DataFrame(times.metres, index=spots.index, columns=spots.index)
    off_line_m = 400 * 30 / np.hypot(400, 30)
    assert to_start.loc["bend", "start"] == pytest.approx(400 * 400 / np.hypot(400, 30), abs=0.01)
    assert 29 < off_line_m < 30


def test_a_loop_and_repeated_points_are_roads_too(tmp_path: Path) -> None:
    loop = Link("a", "a", [(0, 0), (0, 50), (0, 50), (50, 50), (50, 0), (0, 0)])
    network = network_of(tmp_path, [*LADDER, loop])
    assert (network.link_length_m > 0).all()
    assert network.link_length_m.sum() / 2 == pytest.approx(200 + 3100 + 1001.1 + 0.77, abs=1)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    named = [link.but(id=identifier(str(n))) for n, link in enumerate(LADDER)]
    straight = network_of(folder, named)
    random.Random(seed).shuffle(named)
    assert same(network_of(folder, named), straight)
    shutil.rmtree(folder)


def test_tiles_that_share_a_link_are_joined_without_doubling_it(tmp_path: Path) -> None:
    named = [link.but(id=identifier(str(n))) for n, link in enumerate(LADDER)]
    west = write_links(tmp_path / "SY_RoadLink.gpkg", link_frame(named[:3]))
    east = write_links(tmp_path / "SZ_RoadLink.gpkg", link_frame(named[2:]))
    both = read_roads([east, west])
    assert same(both, network_of(tmp_path, named))
    assert both.source == "SY_RoadLink.gpkg + SZ_RoadLink.gpkg"
    assert [name for name, _ in both.files] == ["SY_RoadLink.gpkg", "SZ_RoadLink.gpkg"]
    assert both.sha256 == read_roads([west, east]).sha256


def test_multilines_of_one_piece_are_links(tmp_path: Path) -> None:
    frame = link_frame(LADDER)
    multi = frame.set_geometry(
        [shapely.MultiLineString([line]) for line in frame.geometry], crs=frame.crs
    )
    assert same(
        read_roads(write_links_as_is(tmp_path / "m.gpkg", multi)), network_of(tmp_path, LADDER)
    )


def write_links_as_is(path: Path, frame: gpd.GeoDataFrame, layer: str = "road_link") -> Path:
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG")
    return path


# ---- what the source lacks -------------------------------------------------------------


def test_the_network_says_what_the_source_lacks(tmp_path: Path) -> None:
    (told,) = network_of(tmp_path, LADDER).warnings
    assert told.rule == "roads.openroads_lacks" and told.severity == "warning"
    for word in ("one-way", "turn restrictions", "speed limits", "both ways", "short"):
        assert word in told.message


def test_words_that_are_not_known_are_told_and_read_as_the_plainest(tmp_path: Path) -> None:
    odd = [*LADDER[1:], LADDER[0].but(form="Hovercraft Lane")]
    network = network_of(tmp_path, odd)
    told = network.warnings[0]
    assert told.rule == "roads.openroads_unknown_value"
    assert told.ids == ("hovercraft lane",) and "1 links" in told.message
    assert (network.link_class == CLASS_INDEX["trunk"]).any()


# ---- files that are refused ------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_roads(path)
    assert all(issue.layer == "roads" for issue in caught.value.issues)
    return str(caught.value)


def test_missing_columns_are_named_with_the_nearest(tmp_path: Path) -> None:
    frame = link_frame(LADDER).rename(columns={"form_of_way": "form_of_wey", "end_node": "to"})
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", frame))
    assert "[roads.openroads_columns]" in told and "form_of_way, end_node" in told
    assert "did you mean 'form_of_wey'?" in told


def test_a_file_without_links_is_told_from_one_with_two(tmp_path: Path) -> None:
    path = write_links_as_is(tmp_path / "r.gpkg", link_frame(LADDER), "motorway_junction")
    write_links_as_is(path, link_frame(LADDER), "rivers")
    assert "no layer road_link; its layers are motorway_junction, rivers" in refusal(path)
    write_links_as_is(path, link_frame(LADDER), "road_link")
    assert len(read_roads(path).way_id) == len(LADDER)
    write_links_as_is(path, link_frame(LADDER), "old_road_link")
    assert "has 2 road_link layers" in refusal(path)


def test_a_table_without_shapes_is_refused(tmp_path: Path) -> None:
    plain = pd.DataFrame(link_frame(LADDER).drop(columns="geometry"))
    pyogrio.write_dataframe(plain, tmp_path / "r.gpkg", layer="road_link", driver="GPKG")
    assert "has no shapes, only a table" in refusal(tmp_path / "r.gpkg")


def test_another_layer_altogether_is_told_by_its_columns(tmp_path: Path) -> None:
    wards = gpd.GeoDataFrame({"ward": ["W1"]}, geometry=[shapely.box(*ORIGIN, *ORIGIN)], crs=27700)
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", wards, "wards"))
    assert "layer wards of r.gpkg lacks" in told and "its columns are ward;" in told


def test_a_lone_layer_may_have_any_name(tmp_path: Path) -> None:
    path = write_links_as_is(tmp_path / "r.gpkg", link_frame(LADDER), "Rutland roads")
    assert len(read_roads(path).way_id) == len(LADDER)


def test_an_empty_layer_holds_no_roads(tmp_path: Path) -> None:
    path = write_links_as_is(tmp_path / "r.gpkg", link_frame(LADDER).iloc[:0])
    assert "holds no road links" in refusal(path)


def test_another_reference_system_is_refused(tmp_path: Path) -> None:
    path = write_links_as_is(tmp_path / "r.gpkg", link_frame(LADDER).to_crs("EPSG:4326"))
    assert "[roads.openroads_crs]" in refusal(path)
    path = write_links_as_is(tmp_path / "f.gpkg", link_frame(LADDER).to_crs("EPSG:2154"))
    assert "RGF93" in refusal(path)


def test_heights_beside_the_grid_are_no_other_system(tmp_path: Path) -> None:
    path = write_links_as_is(
        tmp_path / "r.gpkg", link_frame(LADDER).set_crs(7405, allow_override=True)
    )
    assert same(read_roads(path), network_of(tmp_path, LADDER))


def test_degrees_are_refused_though_the_file_says_metres(tmp_path: Path) -> None:
    """East of Greenwich both are positive, and so inside the grid's own box."""
    frame = link_frame(LADDER)
    east = frame.set_geometry(frame.geometry.translate(200_000, 0), crs=frame.crs)
    odd = east.to_crs(4326).set_crs(27700, allow_override=True)
    assert odd.total_bounds.min() > 0
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", odd))
    assert "5 of 5 links lie outside the British National Grid" in told


@pytest.mark.parametrize("shift", [(-500_000, 0), (0, 2e6), (float("nan"), 0)])
def test_links_off_the_grid_are_refused(tmp_path: Path, shift: tuple[float, float]) -> None:
    frame = link_frame(LADDER)
    moved = frame.set_geometry(frame.geometry.translate(*shift), crs=frame.crs)
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", moved))
    assert "5 of 5 links lie outside the British National Grid" in told or "no shape" in told


def test_links_without_shape_node_or_id_are_listed_together(tmp_path: Path) -> None:
    frame = link_frame([*LADDER[:4], LADDER[4].but(start="")])
    frame.loc[0, "geometry"] = None
    frame.loc[1, "id"] = None
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", frame))
    assert told.count("1 of 5 links") == 3
    for rule in ("link_without_line", "link_without_id", "link_without_node"):
        assert f"[roads.{rule}]" in told
    assert "row 2" in told and "roads --cut" in told


def test_clipped_links_are_refused_not_bent(tmp_path: Path) -> None:
    """Cutting shapes at a border leaves ends that are not at their nodes."""
    frame = link_frame([*LADDER[:4], Link("b", "g", [(1000, 0), (1500, 0)])])
    box = shapely.box(ORIGIN[0] - 10, ORIGIN[1] - 10, ORIGIN[0] + 900, ORIGIN[1] + 800)
    cut = frame[frame.intersects(box)]
    cut = cut.set_geometry(shapely.intersection(cut.geometry.to_numpy(), box), crs=frame.crs)
    joined = pd.concat([cut, frame.iloc[[3]]])
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", joined))
    assert "[roads.link_ends_apart]" in told and "selecting whole links" in told
    assert identifier("node b") in told


def test_two_links_of_one_id_are_refused_unless_alike(tmp_path: Path) -> None:
    twice = [LADDER[0].but(id="X"), LADDER[1].but(id="X"), *LADDER[2:]]
    told = refusal(write_links_as_is(tmp_path / "r.gpkg", link_frame(twice)))
    assert "[roads.link_duplicate_id]" in told and "ids (1): X" in told
    alike = [*LADDER, LADDER[0].but(id=identifier("link a b 0"))]
    assert same(network_of(tmp_path, alike), network_of(tmp_path, LADDER))


def damaged(path: Path, kind: str) -> Path:
    data = bytearray(path.read_bytes())
    if kind == "text":
        data = bytearray(b"road_link,start_node,end_node\n")
    elif kind == "empty":
        data = bytearray()
    elif kind == "cut":
        data = data[: len(data) // 2]
    elif kind == "scrambled":
        data[4096:] = random.Random(4).randbytes(len(data) - 4096)
    path.write_bytes(bytes(data))
    return path


@pytest.mark.parametrize("kind", ["text", "empty", "cut", "scrambled"])
def test_damaged_files_are_refused(tmp_path: Path, kind: str) -> None:
    links = [
        Link(f"{n}", f"{n + 1}", [(20 * n, 0), (20 * n + 10, 5), (20 * n + 20, 0)])
        for n in range(400)
    ]
    path = write_links(tmp_path / "r.gpkg", link_frame(links))
    assert "[roads.damaged]" in refusal(damaged(path, kind))


def test_a_shape_that_is_none_is_refused(tmp_path: Path) -> None:
    path = write_links_as_is(tmp_path / "r.gpkg", link_frame(LADDER))
    with sqlite3.connect(path) as store:
        for trigger in store.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            store.execute(f'DROP TRIGGER "{trigger[0]}"')
        store.execute("UPDATE road_link SET geom = x'00FF00FF' WHERE fid = 1")
    store.close()
    assert "roads." in refusal(path)


def test_two_kinds_are_not_merged(tmp_path: Path) -> None:
    path = write_links(tmp_path / "r.gpkg", link_frame(LADDER))
    (tmp_path / "r.osm.pbf").write_bytes(b"")
    with pytest.raises(InputError, match="not merged"):
        read_roads([path, tmp_path / "r.osm.pbf"])


# ---- a county, beside the same county from OpenStreetMap -------------------------------


@pytest.fixture(scope="module")
def both(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[RoadNetwork]:
    osm = read_roads(shared_data / RUTLAND)
    path = tmp_path_factory.mktemp("rutland") / "oproad_rutland.gpkg"
    return [osm, read_roads(write_links(path, as_open_roads(osm)))]


def test_rutland_has_the_same_kilometres_by_class(both: list[RoadNetwork]) -> None:
    def km(network: RoadNetwork, name: str) -> float:
        of_class = network.link_class == CLASS_INDEX[name]
        twin = (network.link_reverse >= 0)[of_class]
        return float((network.link_length_m[of_class] * np.where(twin, 0.5, 1.0)).sum() / 1000)

    for name in ("trunk", "primary", "secondary", "tertiary"):
        assert km(both[1], name) == pytest.approx(km(both[0], name), rel=0.001)
    lanes = [sum(km(one, n) for n in ("unclassified", "residential")) for one in both]
    assert lanes[1] == pytest.approx(lanes[0], rel=0.02)


@pytest.mark.parametrize(("mode", "least"), [("car", 0.97), ("blue_light", 0.99)])
def test_rutland_drive_times_rank_as_those_of_openstreetmap(
    both: list[RoadNetwork], shared_data: Path, mode: str, least: float
) -> None:
    """Rank, and the bias that the missing limits, signals and one-way streets leave."""
    folder = shared_data / "oracle_rutland"
    ends = {}
    for end in ("from", "to"):
        frame = pd.read_csv(folder / f"rutland_sites_to_lsoa_{end}.csv").set_index("id")
        frame["easting"], frame["northing"] = grid_xy(
            frame["lon"].to_numpy(), frame["lat"].to_numpy()
        )
        ends[end] = frame
    osm, opened = (
        travel_times(
            network, ends["to"], ends["from"], profile=profile(mode), direction="from_site"
        ).minutes.ravel()
        for network in both
    )
    kept = np.isfinite(osm) & np.isfinite(opened) & (osm > 1)
    assert kept.sum() > 1500
    rank = pd.Series(osm[kept]).corr(pd.Series(opened[kept]), method="spearman")
    assert rank >= least
    assert 0.9 <= np.median(opened[kept] / osm[kept]) <= 1.0

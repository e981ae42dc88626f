"""The embedded county: committed files, the generator that writes them, and what they promise."""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

DATA = Path(__file__).resolve().parents[1] / "data"
WESSEX = DATA / "wessex"
FILES = (
    "areas.geojson",
    "buildings.csv",
    "compatibility.csv",
    "demand.csv",
    "leases.csv",
    "roads.osm.pbf",
    "services.csv",
)
CAR = {
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "unclassified",
    "residential",
    "living_street",
    "service",
}


def table(folder: Path, layer: str) -> list[dict[str, str]]:
    with (folder / f"{layer}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def areas_of(folder: Path, kind: str) -> dict[str, shapely.Geometry]:
    features = json.loads((folder / "areas.geojson").read_text("utf-8"))["features"]
    return {
        f["properties"]["area_id"]: shapely.geometry.shape(f["geometry"])
        for f in features
        if f["properties"]["kind"] == kind
    }


@cache
def osm_of(path: Path) -> tuple[dict, list]:
    """Nodes as id -> (lon, lat, tags) and ways as (id, tags, node ids)."""
    nodes, ways = {}, []
    for item in osmium.FileProcessor(str(path)):
        if item.is_node():
            nodes[item.id] = (item.location.lon, item.location.lat, dict(item.tags))
        elif item.is_way():
            ways.append((item.id, dict(item.tags), tuple(n.ref for n in item.nodes)))
    return nodes, ways


def generate(out: Path, *options: str) -> Path:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, str(WESSEX / "generate.py"), "--out", str(out), *options],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("wessex"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("small"), "--scale", "0.25")


def one_way(tags: dict[str, str]) -> int:
    if tags.get("oneway") == "-1":
        return -1
    return int(tags.get("oneway") == "yes" or tags.get("junction") == "roundabout")


def car_parts(path: Path) -> tuple[np.ndarray, dict[int, int]]:
    """Strong component of every node that cars may reach on public roads, largest first."""
    _, ways = osm_of(path)
    tail, head = [], []
    for _, tags, refs in ways:
        if tags.get("highway") not in CAR or tags.get("access") == "private":
            continue
        forward, backward = one_way(tags) >= 0, one_way(tags) <= 0
        for a, b in zip(refs[:-1], refs[1:], strict=True):
            tail += [a] * forward + [b] * backward
            head += [b] * forward + [a] * backward
    names = sorted(set(tail) | set(head))
    index = {name: i for i, name in enumerate(names)}
    ends = ([index[n] for n in tail], [index[n] for n in head])
    graph = coo_array((np.ones(len(tail)), ends), shape=(len(names), len(names))).tocsr()
    _, label = connected_components(graph, directed=True, connection="strong")
    return np.sort(np.bincount(label))[::-1], {n: int(label[i]) for n, i in index.items()}


# --- the committed files -------------------------------------------------------------------


def test_checksums_in_the_readme_are_those_of_the_files():
    text = (DATA / "README.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `wessex/([\w.]+)` \| `([0-9a-f]{64})`", text, flags=re.M))
    assert sorted(listed) == sorted(FILES)
    for name, digest in listed.items():
        assert hashlib.sha256((WESSEX / name).read_bytes()).hexdigest() == digest, name


def test_all_files_of_the_county_together_are_under_three_megabytes():
    assert sum((WESSEX / name).stat().st_size for name in FILES) < 3_000_000


@pytest.mark.parametrize("name", [name for name in FILES if name != "roads.osm.pbf"])
def test_the_generator_writes_the_committed_tables_byte_for_byte(fresh, name):
    assert (fresh / name).read_bytes() == (WESSEX / name).read_bytes()


def test_the_generator_writes_the_committed_roads(fresh):
    # Equal element by element; the compressed bytes may differ between zlib versions.
    assert osm_of(fresh / "roads.osm.pbf") == osm_of(WESSEX / "roads.osm.pbf")


def test_two_runs_are_the_same_bytes(small, tmp_path):
    again = generate(tmp_path, "--scale", "0.25")
    for name in FILES:
        assert (again / name).read_bytes() == (small / name).read_bytes(), name


# --- what was promised of it ---------------------------------------------------------------


def test_people_and_demand_points():
    rows = table(WESSEX, "demand")
    assert len(rows) == 770
    assert sum(int(row["population"]) for row in rows) == 430_000
    for row in rows:
        people, homes = int(row["population"]), int(row["households"])
        assert 0 < int(row["no_car_households"]) < homes < people
        assert 0 < int(row["under_5"]) + int(row["over_65"]) < people
        assert 1 <= int(row["imd_decile"]) <= 10
        assert row["rural_urban"] in ("urban", "rural")


def test_deprivation_and_cars_follow_place():
    rows = table(WESSEX, "demand")

    def share(chosen, column, base):
        return sum(int(r[column]) for r in chosen) / sum(int(r[base]) for r in chosen)

    def mean_decile(chosen):
        weight = [int(r["population"]) for r in chosen]
        return float(np.average([int(r["imd_decile"]) for r in chosen], weights=weight))

    isle = [r for r in rows if r["area_id"] == "P-SLI"]
    rural = [r for r in rows if r["rural_urban"] == "rural"]
    urban = [r for r in rows if r["rural_urban"] == "urban"]
    assert mean_decile(isle) + 1.5 < mean_decile(rows)
    assert share(rural, "no_car_households", "households") < 0.75 * share(
        urban, "no_car_households", "households"
    )
    assert share(isle, "no_car_households", "households") > share(
        rows, "no_car_households", "households"
    )


def test_places_on_the_map():
    nodes, _ = osm_of(WESSEX / "roads.osm.pbf")
    kinds = [tags["place"] for _, _, tags in nodes.values() if "place" in tags]
    names = [tags["name"] for _, _, tags in nodes.values() if "place" in tags]
    assert 45 <= kinds.count("town") + kinds.count("village") <= 62
    assert len(set(names)) == len(names)
    for name in (
        "Casterbridge",
        "Budmouth",
        "Isle of Slingers",
        "Emminster",
        "Shottsford",
        "Port Bredy",
        "Anglebury",
        "Shaston",
        "Sherton",
        "Knollsea",
        "Stourcastle",
        "Warborne",
        "Kingsbere",
        "Chaseborough",
        "Evershead",
    ):
        assert name in names


def test_buildings_and_services_by_kind():
    buildings, services = table(WESSEX, "buildings"), table(WESSEX, "services")
    assert 180 <= len(buildings) <= 220
    assert 300 <= len(services) <= 380
    count: dict[str, int] = {}
    for unit in services:
        if unit["over_border"] == "false":
            count[unit["service_type"]] = count.get(unit["service_type"], 0) + 1
    assert count["fire"] == 26
    assert count["register_office"] == 11
    assert count["library"] == 34
    assert count["childrens_centre"] == 24
    assert (count["police"], count["ambulance"]) == (20, 14)
    assert (count["adult_learning"], count["day_centre"]) == (10, 10)
    duty = [
        u["duty_system"]
        for u in services
        if u["service_type"] == "fire" and u["over_border"] == "false"
    ]
    assert (duty.count("wholetime"), duty.count("day_crewed"), duty.count("on_call")) == (4, 3, 19)
    assert sum(unit["over_border"] == "true" for unit in services) == 6
    assert sum(b["status"] == "candidate" for b in buildings) == 9
    assert 8 <= sum(b["status"] in ("vacant", "surplus") for b in buildings) <= 12
    offices_out = [b for b in buildings if b["in_scope"] == "false" and b["asset_type"] == "office"]
    assert len(offices_out) == 7


def test_buildings_by_owner():
    owners: dict[str, int] = {}
    for building in table(WESSEX, "buildings"):
        owners[building["owner"]] = owners.get(building["owner"], 0) + 1
    assert len([o for o in owners if o.endswith("District Council")]) == 5
    assert owners["Wessex Fire and Rescue"] == 26 + 3  # three candidate sites
    assert owners["Havenshire Fire and Rescue"] == 6
    assert owners["Wessex Police"] == 19
    assert owners["Wessex Ambulance Trust"] == 13
    assert owners["NHS Wessex"] >= 5
    assert owners["Parish and Hall Trusts"] >= 5
    assert owners["Wessex County Council"] >= 80


def check_references(folder: Path) -> None:
    buildings, services = table(folder, "buildings"), table(folder, "services")
    ids = [b["asset_id"] for b in buildings]
    assert ids == sorted(set(ids))
    units = [u["unit_id"] for u in services]
    assert units == sorted(set(units))
    assert {u["asset_id"] for u in services} <= set(ids)
    tenure = {b["asset_id"]: b["tenure"] for b in buildings}
    leased = [lease["asset_id"] for lease in table(folder, "leases")]
    assert leased == [i for i in ids if tenure[i] == "leasehold"]
    wards, pilots = areas_of(folder, "ward"), areas_of(folder, "pilot")
    markets = areas_of(folder, "market")
    for row in table(folder, "demand"):
        assert row["ward_code"] in wards
        assert row["area_id"] == "" or row["area_id"] in pilots
    for building in buildings:
        border = building["owner"] == "Havenshire Fire and Rescue"
        assert (building["ward_code"] == "") == border
        assert border or building["ward_code"] in wards
        assert border or building["market_area"] in markets
    kinds = {u["service_type"] for u in services}
    rules = table(folder, "compatibility")
    pairs = [tuple(sorted((r["service_a"], r["service_b"]))) for r in rules]
    assert len(set(pairs)) == len(pairs)
    assert {r["rule"] for r in rules} <= {"conditional", "forbidden"}
    if folder == WESSEX:
        assert {kind for pair in pairs for kind in pair} <= kinds


def test_every_reference_resolves():
    check_references(WESSEX)


def test_the_estate_today_keeps_its_own_rules():
    buildings = {b["asset_id"]: b for b in table(WESSEX, "buildings")}
    rules = {
        tuple(sorted((r["service_a"], r["service_b"]))): r["rule"]
        for r in table(WESSEX, "compatibility")
    }
    held: dict[str, list[dict[str, str]]] = {}
    for unit in table(WESSEX, "services"):
        held.setdefault(unit["asset_id"], []).append(unit)
    for asset_id, units in held.items():
        building = buildings[asset_id]
        space = sum(float(u["space_m2"]) for u in units)
        assert space <= float(building["capacity_m2"] or building["gia_m2"]), building["name"]
        assert building["status"] == "operational", building["name"]
        types = [u["service_type"] for u in units]
        for i, one in enumerate(types):
            for other in types[i + 1 :]:
                assert rules.get(tuple(sorted((one, other)))) != "forbidden", building["name"]
        for unit in units:
            allowed = unit["host_types"].split(";") if unit["host_types"] else []
            assert not allowed or building["asset_type"] in allowed, (building["name"], unit)


def test_money_of_buildings_is_plausible():
    for b in table(WESSEX, "buildings"):
        if b["status"] == "candidate":
            assert float(b["build_capex_gbp"]) > 0 and float(b["capacity_m2"]) > 0
            continue
        low, value, high = (
            float(b[c])
            for c in ("market_value_gbp_low", "market_value_gbp", "market_value_gbp_high")
        )
        assert low <= value <= high
        assert (value > 0) == (b["tenure"] == "freehold")
        if b["status"] == "operational":
            assert 40 <= float(b["running_cost_gbp_pa"]) / float(b["gia_m2"]) <= 131
        if value:
            assert 250 <= value / float(b["gia_m2"]) <= 2600
        assert (b["decision_lock"] == "free") == (b["lock_reason"] == "")
        assert re.fullmatch(r"999\d{9}", b["uprn"])
        assert re.fullmatch(r"ZZ\d+ \d[A-Z]{2}", b["postcode"])


def test_no_cell_could_be_taken_for_a_formula():
    for layer in ("buildings", "services", "demand", "compatibility", "leases"):
        for row in table(WESSEX, layer):
            assert not any(value[:1] in ("=", "+", "-", "@", "\t", "\r") for value in row.values())


# --- ground --------------------------------------------------------------------------------


def check_tiling(folder: Path) -> shapely.Geometry:
    wards = list(areas_of(folder, "ward").values())
    assert all(ward.is_valid for ward in wards)
    whole = shapely.unary_union(wards)
    assert whole.geom_type == "Polygon" and not len(whole.interiors)  # no gaps
    assert sum(ward.area for ward in wards) == pytest.approx(whole.area, rel=1e-9)  # no overlaps
    for kind in ("district", "market"):
        parts = list(areas_of(folder, kind).values())
        assert shapely.unary_union(parts).symmetric_difference(whole).area < 1e-12
        assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-9)
    return whole


def test_wards_districts_and_markets_tile_the_county():
    county = check_tiling(WESSEX)
    assert 60 <= len(areas_of(WESSEX, "ward")) <= 90
    assert len(areas_of(WESSEX, "district")) == 5
    assert 6 <= len(areas_of(WESSEX, "market")) <= 10
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True).transform
    square_km = shapely.transform(county, to_grid, interleaved=False).area / 1e6
    assert 2400 < square_km < 2750  # the county it is modelled on has 2,542 without its cities


def test_six_pilots_are_made_of_whole_wards():
    pilots, wards = areas_of(WESSEX, "pilot"), areas_of(WESSEX, "ward")
    assert sorted(pilots) == ["P-ANG", "P-BUD", "P-EMM", "P-SHO", "P-SLI", "P-WAR"]
    for pilot in pilots.values():
        for ward in wards.values():
            share = pilot.intersection(ward).area / ward.area
            assert share < 1e-6 or share > 1 - 1e-6


def test_codes_agree_with_the_polygons():
    wards, pilots = areas_of(WESSEX, "ward"), areas_of(WESSEX, "pilot")
    to_degrees = Transformer.from_crs(27700, 4326, always_xy=True).transform
    rows = table(WESSEX, "demand") + [b for b in table(WESSEX, "buildings") if b["ward_code"]]
    for row in rows:
        spot = shapely.Point(to_degrees(float(row["easting"]), float(row["northing"])))
        assert wards[row["ward_code"]].distance(spot) < 2e-4, row
        if "population" in row:
            held = [name for name, pilot in pilots.items() if pilot.contains(spot)]
            assert held in ([row["area_id"]], []) or pilots[held[0]].boundary.distance(spot) < 2e-4


# --- roads ---------------------------------------------------------------------------------


def test_roads_carry_ordinary_tags():
    nodes, ways = osm_of(WESSEX / "roads.osm.pbf")
    assert 8_000 <= len(nodes) <= 18_000
    tags = [t for _, t, _ in ways]
    assert {t.get("highway") for t in tags} >= CAR
    assert {"footway", "track", "path"} <= {t.get("highway") for t in tags}
    assert {"20 mph", "30 mph", "40 mph", "60 mph", "GB:nsl_single"} <= {
        t.get("maxspeed") for t in tags
    }
    driven = [t for t in tags if t.get("highway") in CAR]
    assert 0.2 < sum("maxspeed" in t for t in driven) / len(driven) < 0.7
    assert sum(t.get("oneway") == "yes" for t in tags) > 20
    assert sum(t.get("oneway") == "-1" for t in tags) >= 5
    assert sum(t.get("access") == "private" for t in tags) >= 5
    assert any(t.get("route") == "ferry" for t in tags)
    assert any(node[2].get("barrier") == "gate" for node in nodes.values())
    for _, t, refs in ways:
        assert len(refs) >= 2
        assert all(a != b for a, b in zip(refs[:-1], refs[1:], strict=True))
        if t.get("junction") == "roundabout":
            assert refs[0] == refs[-1] and len(refs) > 4


def test_roundabouts_run_clockwise():
    nodes, ways = osm_of(WESSEX / "roads.osm.pbf")
    rings = [refs for _, t, refs in ways if t.get("junction") == "roundabout"]
    assert len(rings) >= 15
    for refs in rings:
        assert not shapely.LinearRing([nodes[r][:2] for r in refs]).is_ccw


def test_cars_can_go_from_everywhere_to_everywhere_but_the_islands():
    sizes, _ = car_parts(WESSEX / "roads.osm.pbf")
    assert sizes[0] / sizes.sum() > 0.985
    assert 4 <= len(sizes) - 1 <= 60
    assert sizes[1] < 40


def test_roads_keep_out_of_the_sea():
    # Sea: what the coast-bound boundary boxes in. The Isle has one way on, over the causeway.
    nodes, ways = osm_of(WESSEX / "roads.osm.pbf")
    county = shapely.unary_union(list(areas_of(WESSEX, "ward").values()))
    south = shapely.box(-2.60, 50.50, -2.02, 50.62)  # no land here but the county's
    shapely.prepare(county)
    crossing = 0
    for _, tags, refs in ways:
        if "highway" not in tags:
            continue
        line = shapely.LineString([nodes[r][:2] for r in refs])
        if line.intersects(south):
            assert county.buffer(0.0003).contains(line.intersection(south)), tags
        if tags["highway"] in CAR:
            crossing += line.crosses(shapely.LineString([(-2.49, 50.578), (-2.43, 50.578)]))
    assert crossing == 1


# --- other sizes ---------------------------------------------------------------------------


def test_a_quarter_county_is_whole_and_small(small):
    assert len(table(small, "demand")) == pytest.approx(770 / 4, abs=3)
    assert sum(int(r["population"]) for r in table(small, "demand")) == 107_500
    assert 40 <= len(table(small, "buildings")) <= 75
    check_references(small)
    check_tiling(small)
    sizes, _ = car_parts(small / "roads.osm.pbf")
    assert sizes[0] / sizes.sum() > 0.97


def test_a_larger_county_has_more_of_everything(tmp_path):
    larger = generate(tmp_path, "--scale", "1.2", "--seed", "7")
    assert len(table(larger, "demand")) == 924
    assert sum(int(r["population"]) for r in table(larger, "demand")) == 516_000
    assert 225 <= len(table(larger, "buildings")) <= 290
    check_references(larger)
    check_tiling(larger)
    here = {(row["easting"], row["northing"]) for row in table(WESSEX, "demand")}
    there = {(row["easting"], row["northing"]) for row in table(larger, "demand")}
    assert len(here & there) < 10  # another seed, another county


def test_a_silly_scale_is_refused():
    done = subprocess.run(
        [sys.executable, str(WESSEX / "generate.py"), "--scale", "99"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "--scale" in done.stderr

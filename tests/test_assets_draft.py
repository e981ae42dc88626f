"""Drafts from toy maps drawn in the test, and from a real county where its data is at hand."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from osmium.osm import mutable
from pyproj import Transformer

from assets.draft import (
    Draft,
    csv_text,
    draft_files,
    draft_layers,
    geojson_text,
    readme_text,
    write_draft,
)
from assets.drafting.assumptions import read_assumptions
from assets.drafting.sites import name_core, slug
from assets.drafting.sources import clean
from assets.estate import build_estate
from assets.issues import InputError
from assets.read import read_layers

WEST, SOUTH = 486_000.0, 308_000.0  # the toys lie here, in EPSG:27700
TO_LON_LAT = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)


@dataclass
class Map:
    """A toy map in metres east and north of (WEST, SOUTH); `save` writes it as .osm.pbf."""

    nodes: list[tuple[int, float, float, dict[str, str]]] = field(default_factory=list)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[int, list[tuple[str, int, str]], dict[str, str]]] = field(
        default_factory=list
    )

    def node(self, x: float, y: float, ident: int = 0, **tags: str) -> int:
        ident = ident or len(self.nodes) + 1
        self.nodes.append((ident, x, y, {k.replace("__", ":"): v for k, v in tags.items()}))
        return ident

    def line(self, points: list[tuple[float, float]], ident: int, **tags: str) -> int:
        refs = [self.node(x, y) for x, y in points]
        self.ways.append((ident, refs, {k.replace("__", ":"): v for k, v in tags.items()}))
        return ident

    def box(self, x: float, y: float, w: float, h: float, ident: int, **tags: str) -> int:
        refs = [self.node(*at) for at in ((x, y), (x + w, y), (x + w, y + h), (x, y + h))]
        tags = {k.replace("__", ":"): v for k, v in tags.items()}
        self.ways.append((ident, [*refs, refs[0]], tags))
        return ident

    def relation(self, ident: int, members: list[tuple[str, int, str]], **tags: str) -> int:
        self.relations.append((ident, members, {k.replace("__", ":"): v for k, v in tags.items()}))
        return ident

    def save(self, path: Path) -> Path:
        path.unlink(missing_ok=True)
        with osmium.SimpleWriter(str(path)) as writer:
            for ident, x, y, tags in sorted(self.nodes, key=lambda n: n[0]):
                place = TO_LON_LAT.transform(WEST + x, SOUTH + y)
                writer.add_node(mutable.Node(id=ident, location=place, tags=tags, version=1))
            for ident, refs, tags in sorted(self.ways, key=lambda w: w[0]):
                writer.add_way(mutable.Way(id=ident, nodes=refs, tags=tags, version=1))
            for ident, members, tags in sorted(self.relations, key=lambda r: r[0]):
                writer.add_relation(
                    mutable.Relation(id=ident, members=members, tags=tags, version=1)
                )
        return path


def town() -> Map:
    """A street, homes and a place to name things after; no public building yet."""
    toy = Map()
    toy.line([(0, 0), (400, 0), (800, 0)], 1, highway="residential", name="High Street")
    toy.box(0, -100, 800, 200, 2, landuse="residential")
    toy.node(400, 10, 9_001, place="town", name="Anglebury")
    return toy


@pytest.fixture
def drafted(tmp_path):
    """Draft a toy map."""

    def draft(toy: Map, **options: Path) -> Draft:
        return draft_layers(toy.save(tmp_path / "toy.osm.pbf"), **options)

    return draft


def only(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def buildings(draft: Draft) -> pd.DataFrame:
    return draft.layers["buildings"].set_index("asset_id")


def notes(draft: Draft, rule: str) -> str:
    return "\n".join(key for note in draft.notes if note.rule == rule for key in note.ids)


# --- floor area ------------------------------------------------------------------------------


def test_floor_area_is_footprint_times_levels(drafted):
    toy = town()
    toy.box(100, 20, 20, 30, 10, building="yes", amenity="library", name="L", building__levels="3")
    row = only(drafted(toy).layers["buildings"])
    assert row["asset_id"] == "osm_way_10"
    assert row["gia_m2"] == pytest.approx(20 * 30 * 3, rel=0.002)
    assert row["source_ref"] == "assumed"


@pytest.mark.parametrize("levels", ["", "many", "-2", "0", "nan", "inf"])
def test_levels_that_are_no_number_take_the_assumed_ones(drafted, levels):
    toy = town()
    toy.box(100, 20, 20, 30, 10, building="yes", amenity="police", building__levels=levels)
    row = only(drafted(toy).layers["buildings"])
    assert row["gia_m2"] == pytest.approx(20 * 30 * 2, rel=0.002)  # police: 2 assumed


def test_a_point_alone_has_the_assumed_floor_area(drafted):
    toy = town()
    toy.node(100, 20, 500, amenity="library", name="Anglebury Library")
    row = only(drafted(toy).layers["buildings"])
    assert row["asset_id"] == "osm_node_500"
    assert row["gia_m2"] == read_assumptions().figure("gia_m2", "library")


def test_a_point_in_a_building_has_that_buildings_floor_area(drafted):
    toy = town()
    toy.node(110, 30, 500, amenity="library", name="Anglebury Library")
    toy.box(100, 20, 20, 20, 10, building="yes")
    assert only(drafted(toy).layers["buildings"])["gia_m2"] == pytest.approx(400, rel=0.002)


def test_a_point_beside_the_building_that_bears_its_name_has_its_floor_area(drafted):
    toy = town()
    toy.node(80, 30, 500, amenity="library", name="Anglebury Library")
    toy.box(100, 20, 20, 20, 10, building="yes", name="Anglebury library")
    toy.box(60, 20, 5, 5, 11, building="yes", name="Anglebury Inn")
    assert only(drafted(toy).layers["buildings"])["gia_m2"] == pytest.approx(400, rel=0.002)


def test_a_tenant_of_a_shopping_centre_does_not_get_the_whole_of_it(drafted):
    toy = town()
    toy.node(110, 30, 500, amenity="library", name="Anglebury Library")
    toy.box(100, 20, 200, 50, 10, building="retail")
    draft = drafted(toy)
    assert only(draft.layers["buildings"])["gia_m2"] == 250
    assert notes(draft, "draft.tenant") == "osm_node_500"


def test_grounds_are_no_floor_area_but_the_buildings_in_them_are(drafted):
    toy = town()
    toy.box(1000, 0, 200, 200, 20, amenity="school", name="Anglebury School")
    toy.box(1010, 10, 20, 20, 21, building="school")
    toy.box(1050, 10, 10, 10, 22, building="yes", building__levels="2")
    toy.box(1190, 100, 60, 10, 23, building="yes")  # its middle lies outside
    toy.box(1100, 100, 10, 10, 24, building="yes", amenity="library", name="Public Library")
    rows = buildings(drafted(toy))
    assert rows.loc["osm_way_20", "gia_m2"] == pytest.approx(400 + 200, rel=0.002)
    assert rows.loc["osm_way_24", "gia_m2"] == pytest.approx(100, rel=0.01)


def test_grounds_without_a_building_have_the_assumed_floor_area(drafted):
    toy = town()
    toy.box(1000, 0, 200, 200, 20, amenity="hospital", name="Anglebury Hospital")
    assert only(drafted(toy).layers["buildings"])["gia_m2"] == 3000


def test_a_multipolygon_with_a_courtyard(drafted):
    toy = town()
    toy.box(100, 20, 40, 40, 30)
    toy.box(110, 30, 20, 20, 31)
    members = [("w", 30, "outer"), ("w", 31, "inner")]
    toy.relation(7, members, type="multipolygon", building="yes", amenity="library", name="L")
    row = only(drafted(toy).layers["buildings"])
    assert row["asset_id"] == "osm_relation_7"
    assert row["gia_m2"] == pytest.approx(1600 - 400, rel=0.002)


def test_an_outline_that_is_not_whole_is_listed(drafted):
    toy = town()
    toy.node(100, 20, 500, amenity="library", name="L")
    toy.line([(0, 50), (20, 50), (20, 70)], 10, building="yes", amenity="police", name="P")
    draft = drafted(toy)
    assert list(buildings(draft).index) == ["osm_node_500"]
    assert notes(draft, "draft.no_outline") == "osm_way_10"


# --- one thing, mapped twice -----------------------------------------------------------------


def test_a_point_and_an_outline_of_one_thing_are_one_building(drafted):
    toy = town()
    toy.node(90, 30, 500, amenity="police")
    toy.box(100, 20, 20, 20, 10, building="yes", amenity="police", name="Anglebury Police Station")
    draft = drafted(toy)
    row = only(draft.layers["buildings"])
    assert (row["asset_id"], row["name"]) == ("osm_way_10", "Anglebury Police Station")
    assert "osm_node_500" in row["conflict_note"]
    assert "osm_way_10 (police_station) = osm_node_500" in notes(draft, "draft.merged")


@pytest.mark.parametrize(
    ("apart_m", "other", "count"),
    [
        (99.0, "Anglebury Medical Centre", 1),
        (101.5, "Anglebury Medical Centre", 2),
        (30.0, "Budmouth Surgery", 2),
        (30.0, "", 1),
    ],
)
def test_things_of_one_kind_merge_when_near_and_not_contradicting(drafted, apart_m, other, count):
    toy = town()
    toy.node(100, 30, 500, amenity="doctors", name="Anglebury Medical Centre")
    toy.node(100 + apart_m, 30, 501, amenity="doctors", **({"name": other} if other else {}))
    assert len(drafted(toy).layers["buildings"]) == count


def test_two_schools_side_by_side_stay_two(drafted):
    toy = with_library()
    toy.box(1000, 0, 90, 90, 20, amenity="school", name="Anglebury School")
    toy.box(1100, 0, 90, 90, 21, amenity="school", name="Anglebury Church Primary School")
    assert len(drafted(toy).layers["buildings"]) == 3


def test_two_uses_of_one_building_are_one_building_with_the_stricter_lock(drafted):
    toy = town()
    toy.box(100, 20, 20, 20, 10, building="yes", amenity="community_centre", name="The Hall")
    toy.node(110, 30, 500, amenity="library", name="Anglebury Library")
    draft = drafted(toy)
    row = only(draft.layers["buildings"])
    assert (row["asset_type"], row["name"]) == ("library", "Anglebury Library")
    assert row["decision_lock"] == "retain"
    assert "community hall" in row["lock_reason"]
    assert "The Hall" in row["conflict_note"]
    assert pd.isna(row["market_value_gbp"])
    assert only(draft.layers["services"])["service_type"] == "library"
    assert "osm_way_10 (community_hall)" in notes(draft, "draft.shared")


def test_services_never_take_more_than_their_building_holds(drafted):
    toy = town()
    toy.box(100, 20, 20, 20, 10, building="yes", amenity="library", name="L")
    toy.node(110, 30, 500, office="government", government="register_office", name="R")
    draft = drafted(toy)
    row = only(draft.layers["buildings"])
    units = draft.layers["services"]
    assert list(units["service_type"]) == ["library", "register_office"]
    assert units["space_m2"].sum() <= row["capacity_m2"] <= row["gia_m2"]


# --- names and tags --------------------------------------------------------------------------


def test_what_has_no_name_is_named_after_kind_place_street_and_number(drafted):
    toy = town()
    toy.node(100, 20, 500, amenity="library")
    toy.node(700, 20, 501, amenity="library", addr__street="Mill Lane")
    toy.node(400, 20, 502, amenity="police")
    toy.node(1600, 2000, 503, amenity="library")
    toy.node(1600, 2300, 504, amenity="library")
    draft = drafted(toy)
    assert list(buildings(draft)["name"]) == [
        "Library, High Street, Anglebury",
        "Library, Mill Lane, Anglebury",
        "Police station, Anglebury",
        "Library, Anglebury",
        "Library, Anglebury (2)",
    ]
    assert "osm_node_502: Police station, Anglebury" in notes(draft, "draft.named")


def test_what_looks_public_and_is_left_out_is_listed_with_the_reason(drafted):
    toy = town()
    toy.node(100, 20, 500, amenity="library", name="L")
    toy.node(200, 20, 501, amenity="post_office", name="Post & Stores")
    toy.node(300, 20, 502, amenity="social_facility", social_facility="nursing_home")
    toy.node(320, 20, 503, amenity="social_facility", social_facility="day_care", name="Day Care")
    toy.node(350, 20, 504, amenity="bench")
    draft = drafted(toy)
    assert list(buildings(draft)["asset_type"]) == ["library", "day_centre"]
    assert set(notes(draft, "draft.left_out").splitlines()) == {
        "osm_node_501 (Post & Stores)",
        "osm_node_502",
    }


@pytest.mark.parametrize(
    ("tags", "kind", "scope", "lock"),
    [
        ({"amenity": "fire_station"}, "fire_station", True, "free"),
        ({"emergency": "ambulance_station"}, "ambulance_station", True, "free"),
        ({"amenity": "townhall"}, "town_hall", True, "retain"),
        ({"amenity": "community_centre"}, "community_hall", True, "retain"),
        ({"amenity": "community_centre", "name": "Sunny Children's Centre"}, "childrens_centre",
         True, "free"),
        ({"amenity": "doctors"}, "health_centre", False, "retain"),
        ({"amenity": "clinic", "operator": "NHS Wessex"}, "health_centre", True, "retain"),
        ({"amenity": "school"}, "school", False, "retain"),
        ({"leisure": "sports_centre", "operator": "Wessex County Council"}, "leisure_centre",
         True, "retain"),
        ({"office": "government", "name": "County Offices"}, "office", True, "free"),
        ({"office": "government", "name": "Citizens Advice Bureau"}, "advice_centre", True,
         "retain"),
    ],
)  # fmt: skip
def test_the_tag_table(drafted, tags, kind, scope, lock):
    toy = town()
    toy.node(100, 20, 500, **tags)
    toy.node(100, 700, 501, amenity="police", name="Somewhere with a service")
    row = buildings(drafted(toy)).loc["osm_node_500"]
    assert (row["asset_type"], row["in_scope"], row["decision_lock"]) == (kind, scope, lock)
    hosts = scope and read_assumptions().kinds[kind].host
    assert pd.notna(row["capacity_m2"]) == hosts
    assert pd.notna(row["market_value_gbp"]) == (scope and lock == "free")


HOSTILE = ["=cmd|' /C calc'!A0", "<img src=x onerror=alert(1)>", "@SUM(A1)", "+44", "-1+1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_carried_as_harmless_text(drafted, tmp_path, name):
    toy = town()
    toy.node(100, 20, 500, amenity="library", name=name, operator=f"{name} Council")
    out = tmp_path / "out"
    write_draft(drafted(toy), out)
    rows = list(csv.reader(io.StringIO((out / "buildings.csv").read_text(encoding="utf-8"))))
    assert not [c for row in rows for c in row if c[:1] in "=+-@" and c and not _is_number(c)]
    read = read_layers({"buildings": out / "buildings.csv"})["buildings"]
    assert read["name"].iloc[0].removeprefix("'") == name


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_control_characters_and_line_ends_do_not_survive():
    assert clean("A\x1b[31m\n B\u202e\tC") == "A [31m B C"


@given(st.text())
def test_any_text_becomes_one_cell_on_one_line_that_is_no_formula(text):
    (_, (cell, number)) = csv.reader(
        io.StringIO(csv_text(pd.DataFrame({"name": [text], "x": [-1.5]})), newline="")
    )
    assert cell.removeprefix("'") == clean(text).removeprefix("'")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert number == "-1.5"


@given(st.text())
def test_slugs_are_identifiers(text):
    made = slug(text)
    assert made and made == made.lower() and all(c.isalnum() or c == "_" for c in made)


def test_the_core_of_a_name_is_what_tells_it_from_its_kind():
    assert name_core("Oakham Fire & Rescue Station", "fire_station") == {"oakham"}
    assert name_core("The Fire Station", "fire_station") == frozenset()


# --- lists -----------------------------------------------------------------------------------


def fire_list(path: Path, *rows: tuple[str, str, object, object]) -> Path:
    lines = ["FRS_FULLNAME,STATION_NAME,STATION_POSTCODE,STATION_EASTING,STATION_NORTHING"]
    lines += [f'{frs},"{name}",AB1 2CD,{e},{n}' for frs, name, e, n in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_fire_stations_match_within_300_m_or_lie_over_the_border(drafted, tmp_path):
    toy = town()
    toy.node(100, 20, 500, amenity="fire_station", name="Anglebury Fire & Rescue")
    toy.node(100, 900, 501, amenity="fire_station", name="Old Engine House")
    listed = fire_list(
        tmp_path / "fire.csv",
        ("Wessex", "Anglebury", WEST + 390, SOUTH + 20),
        ("Wessex", "Budmouth Fire Station", WEST + 10_000, SOUTH),
        ("Wessex", "Casterbridge", WEST + 60_000, SOUTH),
        ("Wessex", "Nowhere", "see website", "see website"),
    )
    draft = drafted(toy, fire_stations=listed)
    rows = buildings(draft)
    border = f"fire_budmouth_{WEST + 10_000:.0f}_{SOUTH:.0f}"
    assert set(rows.index) == {"osm_node_500", "osm_node_501", border}
    assert rows.loc["osm_node_500", "name"] == "Anglebury Fire Station"
    assert rows.loc["osm_node_500", "owner"] == "Wessex Fire and Rescue Service"
    assert "Anglebury Fire & Rescue" in rows.loc["osm_node_500", "conflict_note"]
    assert not rows.loc[border, "in_scope"]
    units = draft.layers["services"].set_index("asset_id")
    assert units.loc[border, "over_border"] and units.loc[border, "lock"] == "stay"
    assert not units.loc["osm_node_500", "over_border"]
    assert set(units["duty_system"]) == {"on_call"} and set(units["turnout_s"]) == {300.0}
    assert "osm_node_501" in notes(draft, "draft.not_listed")
    assert "Nowhere" in notes(draft, "draft.no_coordinates")
    assert any("1 fire stations" in n.message for n in draft.notes if n.rule == "draft.far_rows")


def test_a_list_matches_one_to_one_the_nearest_first(drafted, tmp_path):
    toy = town()
    toy.node(100, 20, 500, amenity="fire_station", name="One")
    toy.node(300, 20, 501, amenity="fire_station", name="Two")
    listed = fire_list(
        tmp_path / "fire.csv",
        ("W", "Near Two", WEST + 290, SOUTH + 20),
        ("W", "Between", WEST + 250, SOUTH + 20),
    )
    names = buildings(drafted(toy, fire_stations=listed))["name"]
    assert names.to_dict() == {
        "osm_node_500": "Between Fire Station",
        "osm_node_501": "Near Two Fire Station",
    }


def test_libraries_are_named_added_and_left_out(drafted, tmp_path):
    toy = town()
    toy.box(100, 20, 20, 20, 10, building="yes", amenity="library")
    toy.box(500, 20, 20, 20, 11, building="yes", name="Old Museum")
    toy.node(700, 60, 500, office="government", government="register_office", name="Registrar")
    listed = tmp_path / "libraries.csv"
    pd.DataFrame(
        [
            ["Wessex Council", "Anglebury", "Static Library", "10001", WEST + 105, SOUTH + 30, "",
             "Children's Centre", ""],
            ["Wessex Council", "Museum", "Static Local History Library", "10002.0", WEST + 510,
             SOUTH + 30, "", "", "X"],
            ["Wessex Council", "HMP Anglebury", "Prison Library", "", WEST, SOUTH, "", "", ""],
            ["Wessex Council", "Gone", "Static Library", "", WEST + 700, SOUTH, "2014", "", ""],
            ["Wessex Council", "Far", "Static Library", "", WEST + 90_000, SOUTH, "", "", ""],
        ],
        columns=["Reporting service", "Name", "Type", "Unique property reference number",
                 "Easting", "Northing", "Year closed", "Co-located other text",
                 "Co-located museum"],
    ).to_csv(listed, index=False)  # fmt: skip
    draft = drafted(toy, libraries=listed)
    rows = buildings(draft)
    assert set(rows.index) == {"osm_way_10", "osm_way_11", "osm_node_500"}
    assert list(rows.loc[["osm_way_10", "osm_way_11"], "uprn"]) == ["10001", "10002"]
    assert rows.loc["osm_way_10", "name"] == "Anglebury Library"
    assert rows.loc["osm_way_11", "gia_m2"] == pytest.approx(400, rel=0.002)
    assert rows.loc["osm_way_11", "decision_lock"] == "retain"  # a museum as well
    assert set(rows["owner"]) == {"Wessex Council"}  # the register office's owner is deduced
    units = draft.layers["services"]
    assert set(units.loc[units["asset_id"] == "osm_way_10", "service_type"]) == {
        "library",
        "childrens_centre",
    }
    assert set(notes(draft, "draft.left_out").splitlines()) == {
        "HMP Anglebury (Prison Library)",
        "Gone (Static Library, closed)",
    }


# --- people ----------------------------------------------------------------------------------


def demand_file(path: Path, frame: dict[str, list[object]]) -> Path:
    pd.DataFrame(frame).to_csv(path, index=False)
    return path


def lsoas() -> dict[str, list[object]]:
    return {
        "lsoa11cd": ["E2", "E1", "E9"],
        "X": [WEST + 500, WEST + 100, WEST + 99_000],
        "Y": [SOUTH + 10, SOUTH + 10, SOUTH],
        "IMD": [14.3, 3.2, 1.0],
        "Population (Total)": [1200, 800, 77],
        "Population (0-15)": [200, 100, 7],
        "Population (60+)": [300, 200, 7],
        "RUC11": ["Urban city and town", "Rural village and dispersed", "Rural town and fringe"],
    }


def with_library() -> Map:
    toy = town()
    toy.node(100, 20, 500, amenity="library", name="Anglebury Library")
    return toy


def test_a_demand_file_is_taken_by_its_published_headings(drafted, tmp_path):
    draft = drafted(with_library(), demand=demand_file(tmp_path / "lsoa.csv", lsoas()))
    demand = draft.layers["demand"].set_index("demand_id")
    assert demand["population"].to_dict() == {"E1": 800, "E2": 1200}
    assert demand["rural_urban"].to_dict() == {"E1": "rural", "E2": "urban"}
    assert demand.loc["E1", ["under_16", "over_60"]].tolist() == [100, 200]
    assert "imd_decile" not in demand  # a score is no decile
    assert "IMD" in notes(draft, "draft.columns")
    assert any("1 points" in n.message for n in draft.notes if n.rule == "draft.far_rows")


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        ({"Population (Total)": None, "Populaton (Total)": [1, 2, 3]}, "draft.missing_column",
         "did you mean"),
        ({"X": None}, "draft.missing_column", "easting"),
        ({"lsoa11cd": None}, "draft.missing_column", "demand_id"),
        ({"X": ["a", 1, 2]}, "draft.demand_place", "row 2"),
        ({"Population (Total)": [-1, 1, 1]}, "draft.demand_population", "row 2"),
        ({"Population (Total)": ["", 1, 1]}, "draft.demand_population", "row 2"),
        ({"X": [1.0, 2.0, 3.0]}, "draft.demand_elsewhere", "EPSG:27700"),
    ],
)  # fmt: skip
def test_demand_that_cannot_be_used_is_refused(drafted, tmp_path, change, rule, says):
    frame = {k: v for k, v in {**lsoas(), **change}.items() if v is not None}
    with pytest.raises(InputError) as refused:
        drafted(with_library(), demand=demand_file(tmp_path / "lsoa.csv", frame))
    assert {issue.rule for issue in refused.value.issues} == {rule}
    assert says in str(refused.value)


def test_people_guessed_from_land_and_streets(drafted):
    """16 ha × 20 dwellings a hectare = 320, but 800 m of street ÷ 6 m holds only 133."""
    draft = drafted(with_library())
    demand = draft.layers["demand"]
    assert demand["population"].sum() == pytest.approx(800 / 6 * 2.36, rel=0.01)
    assert set(demand["source_ref"]) == {"assumed"}
    assert "weak" in " ".join(n.message for n in draft.notes if n.rule == "draft.demand_guessed")
    assert "people_per_dwelling" in set(draft.assumptions["figure"])


def test_a_map_without_homes_needs_a_demand_file(drafted):
    toy = Map()
    toy.node(100, 20, 500, amenity="library", name="L")
    with pytest.raises(InputError, match="draft.no_homes"):
        drafted(toy)


def test_parishes_are_wards_only_where_people_are_as_fine(drafted, tmp_path):
    toy = with_library()
    toy.box(-100, -200, 500, 600, 50, boundary="administrative", admin_level="10", name="West")
    toy.box(400, -200, 600, 600, 51, boundary="administrative", admin_level="10", name="East")
    toy.box(-100, -200, 1100, 600, 52, boundary="administrative", admin_level="6", name="Wessex")
    fine = demand_file(tmp_path / "lsoa.csv", lsoas())
    draft = drafted(toy, demand=fine)
    assert draft.layers["areas"]["kind"].tolist() == ["district", "ward", "ward"]
    assert draft.scenario["name"] == "wessex"

    coarse = {key: values[:1] for key, values in lsoas().items()}
    draft = drafted(toy, demand=demand_file(tmp_path / "coarse.csv", coarse))
    assert draft.layers["areas"]["name"].tolist() == ["Wessex"]
    shape = json.loads(geojson_text(draft.layers["areas"]))["features"][0]
    assert shape["properties"] == {"area_id": "osm_way_52", "name": "Wessex", "kind": "district"}


def test_what_lies_outside_the_county_is_kept_out_of_scope(drafted, tmp_path):
    toy = with_library()
    toy.box(-100, -200, 1100, 600, 52, boundary="administrative", admin_level="6", name="Wessex")
    toy.node(5000, 20, 501, amenity="library", name="Elsewhere Library")
    draft = drafted(toy, demand=demand_file(tmp_path / "lsoa.csv", lsoas()))
    assert buildings(draft)["in_scope"].to_dict() == {"osm_node_500": True, "osm_node_501": False}
    assert "Elsewhere" in notes(draft, "draft.outside")


# --- assumptions -----------------------------------------------------------------------------


def test_figures_of_ones_own_replace_the_tables(drafted, tmp_path):
    own = tmp_path / "own.yml"
    own.write_text("figures: {gia_m2: {by_kind: {library: 111}}}\nduty_system: wholetime\n")
    draft = drafted(with_library(), assumptions=own)
    assert only(draft.layers["buildings"])["gia_m2"] == 111
    used = draft.assumptions.set_index(["figure", "applies_to"])["value"]
    assert used[("gia_m2", "library")] == "111"
    assert "assumptions: own.yml" in draft.inputs


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("figurs: {}", "draft.unknown_assumption"),
        ("figures: {gia: {default: 2}}", "draft.unknown_assumption"),
        ("figures: {gia_m2: {default: -2}}", "draft.bad_assumption"),
        ("figures: {gia_m2: {default: .nan}}", "draft.bad_assumption"),
        ("figures: {gia_m2: 2}", "draft.bad_assumption"),
        ("figures: {gia_m2: {by_kind: {libary: 2}}}", "draft.bad_assumption"),
        ("duty_system: asleep", "draft.bad_assumption"),
        ("kinds: {library: {lock: shut}}", "draft.bad_assumption"),
        ("kinds: {library: {owner: nobody}}", "draft.bad_assumption"),
        ("tags: [{tags: {amenity: library}, kind: libary}]", "draft.bad_assumption"),
        ("tags: [{tags: {amenity: library}, kind: library, name: '('}]", "draft.bad_assumption"),
        ("[1, 2]", "draft.assumptions_unreadable"),
        ("a: [", "draft.assumptions_unreadable"),
    ],
)
def test_assumptions_that_make_no_sense_are_refused(tmp_path, text, rule):
    own = tmp_path / "own.yml"
    own.write_text(text)
    with pytest.raises(InputError) as refused:
        read_assumptions(own)
    assert {issue.rule for issue in refused.value.issues} == {rule}


def test_every_figure_says_its_unit_use_and_source():
    table = read_assumptions()
    for name, record in table.figures.items():
        assert {"unit", "use", "source", "default"} <= set(record), name
    for pair in table.words["compatibility"]:
        assert (pair["rule"] == "conditional") == ("cost_gbp" in pair), pair
    for service, rule in table.words["services"].items():
        assert set(rule["host_types"]) <= set(table.kinds), service


# --- bad maps --------------------------------------------------------------------------------


def refused_map(path: Path) -> InputError:
    with pytest.raises(InputError) as refused:
        draft_layers(path)
    return refused.value


def test_a_missing_map_is_refused_with_the_nearest_name(tmp_path):
    with_library().save(tmp_path / "wessex.osm.pbf")
    error = refused_map(tmp_path / "wesex.osm.pbf")
    assert error.issues[0].rule == "draft.missing_file"
    assert "did you mean 'wessex.osm.pbf'" in str(error)


def test_a_map_cut_off_or_of_another_kind_is_refused(tmp_path):
    whole = with_library().save(tmp_path / "whole.osm.pbf").read_bytes()
    for name, data in (
        ("cut.osm.pbf", whole[: len(whole) * 2 // 3]),
        ("words.osm.pbf", b"this is no map"),
        ("empty.osm.pbf", b""),
        ("map.docx", whole),
    ):
        (tmp_path / name).write_bytes(data)
        assert refused_map(tmp_path / name).issues[0].rule == "draft.unreadable", name
    assert refused_map(tmp_path).issues[0].rule == "draft.missing_file"


def test_a_map_without_public_buildings_is_refused(tmp_path):
    assert "draft.no_public_buildings" in str(refused_map(town().save(tmp_path / "a.osm.pbf")))
    assert "draft.no_public_buildings" in str(refused_map(Map().save(tmp_path / "b.osm.pbf")))


def test_a_map_with_halls_but_no_service_is_refused(drafted):
    toy = town()
    toy.node(100, 20, 500, amenity="community_centre", name="Village Hall")
    with pytest.raises(InputError, match="draft.no_services"):
        drafted(toy)


def test_a_list_without_its_columns_is_refused_with_the_nearest(drafted, tmp_path):
    listed = tmp_path / "fire.csv"
    listed.write_text("FRS_FULLNAME,STATION_NAMES,STATION_EASTING,STATION_NORTHING\nW,A,1,2\n")
    with pytest.raises(InputError, match="did you mean 'STATION_NAMES'"):
        drafted(with_library(), fire_stations=listed)
    fire_list(listed, ("W", "A", "here", "there"))
    with pytest.raises(InputError, match="draft.no_coordinates"):
        drafted(with_library(), fire_stations=listed)


# --- the folder ------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_the_folder_holds_layers_scenario_assumptions_and_says_where_it_comes_from(
    drafted, tmp_path
):
    draft = drafted(with_library())
    scenario = write_draft(draft, tmp_path / "out") / "scenario.yml"
    assert sorted(contents(tmp_path / "out")) == [
        "ASSUMPTIONS.csv", "README.txt", "buildings.csv", "compatibility.csv", "demand.csv",
        "draft.json", "scenario.yml", "services.csv",
    ]  # fmt: skip
    told = yaml.safe_load(scenario.read_text(encoding="utf-8"))
    assert told["roads"] == "../toy.osm.pbf"
    assert list(told["standards"]) == ["library_15"]
    assert told["standards"]["library_15"]["target"] == "baseline - 0.01"
    assert "OpenStreetMap contributors" in readme_text(draft)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_the_same_map_gives_the_same_bytes_whatever_the_order_of_lists(drafted, tmp_path):
    toy = with_library()
    toy.node(300, 20, 501, amenity="fire_station", name="F")
    frame = lsoas()
    rows = [("W", "A", WEST + 300, SOUTH), ("W", "B", WEST - 9000, SOUTH), ("W", "C", WEST, SOUTH)]
    made = []
    for turn in (slice(None), slice(None, None, -1)):
        options = {
            "demand": demand_file(tmp_path / "d.csv", {k: v[turn] for k, v in frame.items()}),
            "fire_stations": fire_list(tmp_path / "f.csv", *rows[turn]),
        }
        made.append(draft_files(drafted(toy, **options), tmp_path / "out"))
    for name in made[0]:
        if name not in ("draft.json", "README.txt"):  # they hold the checksums of the inputs
            assert made[0][name] == made[1][name], name
    again = draft_files(drafted(toy, **options), tmp_path / "out")
    assert again == made[1]


def test_a_draft_replaces_an_earlier_one_but_nobodys_files_or_edits(drafted, tmp_path):
    out = tmp_path / "out"
    draft = drafted(with_library())
    write_draft(draft, out)
    first = contents(out)
    (out / "notes.txt").write_text("mine")
    write_draft(draft, out)
    assert contents(out) == {**first, "notes.txt": b"mine"}

    (out / "demand.csv").write_text("edited")
    with pytest.raises(InputError, match="draft.edited") as refused:
        write_draft(draft, out)
    assert refused.value.issues[0].ids == ("demand.csv",)
    assert (out / "demand.csv").read_text() == "edited"
    write_draft(draft, out, force=True)
    assert contents(out) == {**first, "notes.txt": b"mine"}


def test_a_folder_with_other_things_in_it_is_refused(drafted, tmp_path):
    draft, out = drafted(with_library()), tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="draft.not_empty"):
        write_draft(draft, out)
    assert list(contents(out)) == ["thesis.txt"]
    with pytest.raises(InputError, match="draft.not_a_folder"):
        write_draft(draft, out / "thesis.txt")


def test_a_mark_that_was_tampered_with_reaches_no_other_folder(drafted, tmp_path):
    draft, out = drafted(with_library()), tmp_path / "out"
    write_draft(draft, out)
    (tmp_path / "precious.txt").write_text("keep")
    mark = json.loads((out / "draft.json").read_text())
    mark["files"] = {"../precious.txt": "0", **mark["files"]}
    (out / "draft.json").write_text(json.dumps(mark))
    write_draft(draft, out)
    assert (tmp_path / "precious.txt").read_text() == "keep"


def test_a_disk_that_refuses_leaves_nothing_behind(drafted, tmp_path, monkeypatch):
    draft = drafted(with_library())
    before = sorted(p.name for p in tmp_path.iterdir())

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_draft(draft, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_a_folder_that_cannot_be_made_is_refused(drafted, tmp_path):
    draft = drafted(with_library())
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="draft.not_writable"):
        write_draft(draft, tmp_path / "file" / "out")


def test_progress_is_told(tmp_path):
    told: list[tuple[str, float]] = []
    draft_layers(
        with_library().save(tmp_path / "toy.osm.pbf"),
        progress=lambda stage, share: told.append((stage, share)),
    )
    assert len(told) >= 5 and all(0.0 <= share <= 1.0 for _, share in told)


def test_check_accepts_a_toy(drafted, tmp_path):
    toy = with_library()
    toy.node(300, 20, 501, amenity="fire_station", name="F")
    toy.node(500, 20, 502, amenity="school", name="S")
    draft = drafted(toy)
    out = write_draft(draft, tmp_path / "out")
    estate = build_estate(
        read_layers({name: out / file for name, file in draft.scenario["layers"].items()})
    )
    assert len(estate.buildings) == 3 and len(estate.services) == 2


# --- a real county ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rutland(shared_data: Path) -> Path:
    return shared_data / "rutland"


def rutland_roads(folder: Path) -> Path:
    return next(folder.glob("*.osm.pbf"))


@pytest.fixture(scope="module")
def rutland_draft(rutland: Path) -> Draft:
    return draft_layers(
        rutland_roads(rutland),
        demand=rutland / "rutland_lsoa11_demand.csv",
        fire_stations=rutland / "fire_stations_in_and_around_rutland.csv",
        libraries=rutland / "rutland_libraries_2023.csv",
    )


def test_rutland_holds_every_public_building_of_the_independent_list(rutland, rutland_draft):
    """Each is a building, part of one (merged or shared), or in a note with its reason."""
    listed = pd.read_csv(rutland / "osm_public_buildings.csv")
    keys = "osm_" + listed["osm_type"] + "_" + listed["osm_id"].astype(str)
    rows = rutland_draft.layers["buildings"]
    there = set(rows["asset_id"])
    merged = " ".join(rows["conflict_note"])
    estate = listed["category"].isin(
        ["fire_station", "police", "ambulance_station", "library", "townhall", "hospital",
         "doctors", "clinic", "school", "office_government"]
    )  # fmt: skip
    lost = [key for key in keys[estate] if key not in there and key not in merged]
    assert lost == []
    noted = " ".join(key for note in rutland_draft.notes for key in note.ids)
    plain_bins = listed["category"] == "recycling"
    unsaid = [k for k in keys[~plain_bins] if k not in there and k not in merged and k not in noted]
    assert unsaid == []


def test_rutland_counts(rutland_draft):
    rows = rutland_draft.layers["buildings"]
    scoped = rows[rows["in_scope"]]["asset_type"].value_counts()
    expected = {"fire_station": 2, "police_station": 2, "ambulance_station": 1, "library": 5,
                "office": 1, "register_office": 1, "town_hall": 3}  # fmt: skip
    assert scoped[list(expected)].to_dict() == expected
    assert (rows["asset_type"] == "fire_station").sum() == 7
    assert "HM Prison" not in " ".join(rows["name"])
    units = rutland_draft.layers["services"]
    assert units["over_border"].sum() == 5
    assert (units["service_type"] == "childrens_centre").sum() == 1
    assert set(rows["source_ref"]) == set(units["source_ref"]) == {"assumed"}


def test_rutland_floor_areas_are_those_of_the_independent_footprints(rutland, rutland_draft):
    listed = pd.read_csv(rutland / "osm_public_buildings.csv")
    listed["key"] = "osm_" + listed["osm_type"] + "_" + listed["osm_id"].astype(str)
    rows = rutland_draft.layers["buildings"].set_index("asset_id")
    known = listed[listed["category"].isin(["library", "ambulance_station", "community_centre"])]
    known = known[known["footprint_m2"].notna() & known["key"].isin(rows.index)]
    assert len(known) >= 10
    np.testing.assert_allclose(
        rows.loc[known["key"], "gia_m2"], known["footprint_m2"], rtol=0.01, atol=0.2
    )


def test_rutland_people(rutland_draft):
    demand = rutland_draft.layers["demand"]
    assert (len(demand), demand["population"].sum()) == (23, 37_746)
    assert rutland_draft.scenario["name"] == "rutland"


def test_rutland_people_guessed_from_the_map_are_right_to_a_factor_of_two(rutland):
    draft = draft_layers(rutland_roads(rutland))
    assert 37_746 / 2 <= draft.layers["demand"]["population"].sum() <= 37_746 * 2
    assert (draft.layers["areas"]["kind"] == "ward").sum() == 57


def test_check_accepts_rutland_and_two_runs_give_the_same_bytes(rutland_draft, tmp_path):
    out = write_draft(rutland_draft, tmp_path / "rutland")
    files = {name: out / file for name, file in rutland_draft.scenario["layers"].items()}
    estate = build_estate(read_layers(files))
    assert estate.demand["population"].sum() == 37_746
    assert set(estate.demand["district_id"]) == {"osm_relation_57398"}
    hosts = estate.buildings[estate.buildings["capacity_m2"].notna()]
    held = estate.services.groupby("asset_id")["space_m2"].sum()
    assert (held.reindex(hosts.index, fill_value=0.0) <= hosts["capacity_m2"] + 0.05).all()
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    write_draft(rutland_draft, out)
    assert contents(out) == contents(copy)
    assert os.path.isfile(out / "scenario.yml")


def test_national_lists_are_cut_to_the_county(shared_data, rutland):
    draft = draft_layers(
        rutland_roads(rutland),
        demand=shared_data / "lsoa_england_wales" / "lsoa11_pwc_population_imd2019.parquet",
        fire_stations=shared_data / "fire_stations_england" / "home_office_fire_stations.csv",
        libraries=shared_data
        / "libraries_england"
        / "basic-dataset-for-libraries-2023-enhanced.csv",
    )
    assert draft.layers["demand"]["population"].sum() == 37_746
    rows = draft.layers["buildings"]
    assert (rows["in_scope"] & (rows["asset_type"] == "library")).sum() == 5
    assert (~rows["in_scope"] & (rows["asset_type"] == "fire_station")).sum() >= 5
    assert "West Sussex" not in " ".join(rows["owner"])

"""Rows that are no rows of the layer are set aside; rows that only look so stay."""

from __future__ import annotations

import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from assets.mending.rows import check_closing, check_sizes, closing, is_chattel, rows_aside
from assets.schema import LAYERS

TODAY = datetime.date(2026, 3, 31)


def register(count: int = 8, **more: list[str]) -> pd.DataFrame:
    """Rows of buildings with ten filled cells each, and further columns."""
    rows = {
        "asset_id": [f"A{n}" for n in range(count)],
        "name": [f"{n} High Street" for n in range(count)],
        "owner": ["County"] * count,
        "asset_type": ["office"] * count,
        "easting": [str(370000 + n) for n in range(count)],
        "northing": [str(90000 + n) for n in range(count)],
        "tenure": ["freehold"] * count,
        "status": ["operational"] * count,
        "gia_m2": [str(100 + n) for n in range(count)],
        "running_cost_gbp_pa": [str(1000 + n) for n in range(count)],
    }
    return pd.DataFrame(rows | more, index=pd.RangeIndex(2, count + 2, name="row"), dtype=object)


def added(frame: pd.DataFrame, **cells: str) -> pd.DataFrame:
    """The frame with one more row, blank but for some cells."""
    row = {name: cells.get(str(name), "") for name in frame.columns}
    extra = pd.DataFrame([row], index=pd.RangeIndex(len(frame) + 2, len(frame) + 3), dtype=object)
    both = pd.concat([frame, extra])
    return both.set_axis(both.index.rename("row"), axis=0)


def found(frame: pd.DataFrame, layer: str = "buildings") -> dict[str, list[int]]:
    masks = rows_aside(LAYERS[layer], frame, today=TODAY)
    return {rule: list(frame.index[mask]) for rule, mask in masks.items()}


def test_nothing_is_set_aside_from_a_sound_register_or_an_empty_one():
    assert found(register()) == {}
    assert found(register(0)) == {}


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"name": "Source: property team"}, "near_empty"),
        ({"asset_id": "LIBRARIES"}, "near_empty"),
        ({"name": "Note", "owner": "see overleaf"}, "near_empty"),
        ({"asset_id": "Total", "gia_m2": "5", "running_cost_gbp_pa": "9"}, "total_row"),
        ({"name": "Grand total:", "gia_m2": "5", "tenure": "8"}, "total_row"),
        ({"owner": "Sub-total for County", "gia_m2": "5", "tenure": "8"}, "total_row"),
        ({"owner": "All", "gia_m2": "828", "running_cost_gbp_pa": "8028"}, "total_row"),
    ],
)
def test_notes_and_totals(cells: dict[str, str], rule: str):
    assert found(added(register(), **cells)) == {rule: [10]}


@pytest.mark.parametrize(
    "cells",
    [
        {"asset_id": "A9", "name": "Depot"},
        {"name": "Depot", "postcode": "LE15 6BQ"},
        {"name": "Total Fitness", "owner": "County", "gia_m2": "5"},
        {"name": "Total", "owner": "County", "easting": "370000", "northing": "90000"},
        {"owner": "All", "gia_m2": "828", "running_cost_gbp_pa": "8027"},
    ],
)
def test_poor_rows_that_may_be_buildings_stay(cells: dict[str, str]):
    frame = register(postcode=["LE15 6BQ"] * 8)
    assert found(added(frame, **cells)) == {}


def test_a_narrow_layer_has_no_near_empty_rows():
    frame = pd.DataFrame({"area_id": ["W1", "W2"], "name": ["One", ""], "kind": ["ward", ""]})
    assert found(frame, "areas") == {}


def test_headings_once_more():
    frame = added(register(), asset_id="Asset ID", name="Name", owner="Owner", gia_m2="GIA")
    assert found(frame) == {"repeated_heading": [10]}


def test_a_repeat_is_the_same_in_every_cell():
    frame = register()
    twin = frame.iloc[[3]].set_axis(pd.Index([10]), axis=0)
    assert found(pd.concat([frame, twin])) == {"repeated_row": [10]}
    assert found(pd.concat([frame, twin.assign(tenure="leasehold")])) == {}
    nameless = pd.concat([frame, twin]).assign(asset_id="")
    assert found(nameless) == {"repeated_row": [10]}


def test_an_outline_stored_twice_is_one_area_wherever_its_outline_begins():
    box, other = shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)
    turned = shapely.Polygon([(10, 10), (0, 10), (0, 0), (10, 0)])
    frame = gpd.GeoDataFrame(
        {"area_id": ["W1", "W1", "W1", "W2"], "name": ["One", "One", "One", "Two"]},
        geometry=[box, turned, other, box],
        crs="EPSG:27700",
    )
    assert found(frame, "areas") == {"repeated_polygon": [1]}


def people(**more: list[str]) -> pd.DataFrame:
    rows = {
        "demand_id": ["E1"] * 3 + ["E2"] * 3,
        "sex": ["Persons", "Females", "Males"] * 2,
        "population": ["10", "6", "4", "20", "9", "11"],
    }
    return pd.DataFrame(rows | more, dtype=object)


def test_females_and_males_beside_persons_are_set_aside():
    assert found(people(), "demand") == {"part_of_persons": [1, 2, 4, 5]}
    spelt = people(sex=["All people", "F", "M"] * 2)
    assert found(spelt.rename(columns={"sex": "whom"}), "demand") == {
        "part_of_persons": [1, 2, 4, 5]
    }


def test_females_and_males_without_a_row_of_persons_stay():
    frame = people().iloc[[0, 1, 2, 4, 5]]
    assert found(frame, "demand") == {"part_of_persons": [1, 2]}
    assert found(people(sex=["Persons", "Females", "Other"] * 2), "demand") == {}


@pytest.mark.parametrize(
    "name",
    ["Portrait of Alderman Smith", "Oil painting of the Town Hall", "Mayoral chain",
     "Civic regalia", "Statue", "Bronze statue of Queen Victoria, Victoria Park", "The Mace",
     "Bust of Milton", "Minibus FX12 ABC", "Watercolour by Turner", "Sculpture - Town Hall foyer"],
)  # fmt: skip
def test_chattels(name: str):
    assert is_chattel(name)


@pytest.mark.parametrize(
    "name",
    ["Statue Park Library", "Mace Road Depot", "Tractor Shed", "Hale War Memorial",
     "Portrait House", "Painters Yard", "Arts Centre", "Millennium Clock", "Vanguard Court",
     "The Sculpture Gallery", "Land at Statue Lane", "Bustard Cottage", "Fire Engine House",
     "Art Gallery", ""],
)  # fmt: skip
def test_places_named_after_them(name: str):
    assert not is_chattel(name)


def test_a_chattel_has_no_floor():
    frame = register()
    frame.loc[3, ["name", "gia_m2"]] = ["Portrait of Alderman Smith", ""]
    frame.loc[4, "name"] = "Portrait of a Lady"
    frame.loc[5, ["asset_type", "gia_m2"]] = ["Work of art", ""]
    assert found(frame) == {"not_a_property": [3, 5]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2014", "closed"),
        ("2014.0", "closed"),
        ("2025", "closed"),
        ("2026", "later"),
        ("2030", "later"),
        ("31/03/2026", "closed"),
        ("1 April 2026", "later"),
        ("2014/15", "closed"),
        ("2026-27", "later"),
        ("March 2014", "closed"),
        ("Yes", "closed"),
        ("no", ""),
        ("n/a", ""),
        ("", ""),
        ("between 2010 and 2012", "unread"),
        ("soon", "unread"),
    ],
)
def test_what_a_cell_says_about_closing(text: str, says: str):
    assert closing(text, TODAY) == says


def test_a_service_on_wheels_is_no_place_whatever_layer_it_is_in():
    kinds = ["Static Library", "Mobile Library", "Mobile library", "Prison Library"] + [""] * 4
    frame = register(use=kinds).drop(columns="gia_m2")
    for layer in ("buildings", "services", "stations"):
        assert found(frame, layer) == {"not_a_property": [3, 4]}
    assert found(register(use=kinds, closed=["2014"] * 2 + [""] * 6).drop(columns="gia_m2")) == {
        "closed": [2, 3], "not_a_property": [4],
    }  # fmt: skip


def test_what_has_closed_is_set_aside_and_what_closes_later_is_said():
    frame = register(closed=["2014", "", "2026", "soon", "", "", "", "31/03/2026"])
    assert found(frame) == {"closed": [2, 9]}
    issues = check_closing(LAYERS["buildings"], frame, today=TODAY)
    assert [(i.rule, i.ids) for i in issues] == [
        ("buildings.closes_later", ("A2",)),
        ("buildings.closing_unread", ("A3",)),
    ]
    assert check_closing(LAYERS["demand"], frame, today=TODAY) == []


def test_a_size_of_exactly_a_hundred_times_the_usual_is_doubtful():
    sizes = ["0.5"] * 7 + ["50"]
    (issue,) = check_sizes(LAYERS["buildings"], register(site_area_ha=sizes))
    assert (issue.rule, issue.ids) == ("buildings.suspicious_size", ("A7",))
    assert check_sizes(LAYERS["buildings"], register(site_area_ha=sizes[:-1] + ["49.9"])) == []


def test_large_land_among_small_buildings_is_not():
    frame = register(12, site_area_ha=["0.5"] * 7 + ["60"] * 5)
    frame["asset_type"] = ["office"] * 7 + ["land"] * 5
    assert check_sizes(LAYERS["buildings"], frame) == []


def test_shuffled_rows_change_nothing():
    frame = added(added(register(20), name="Note"), asset_id="Total", gia_m2="1", tenure="1")
    order = np.random.default_rng(5).permutation(len(frame))
    shuffled = found(frame.iloc[order])
    assert {rule: sorted(rows) for rule, rows in shuffled.items()} == found(frame)

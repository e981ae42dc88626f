from __future__ import annotations

import pandas as pd
import pytest

from assets.importing.derive import class_of, derive, made_ids, use_of
from assets.schema import LAYERS

BUILDINGS, STATIONS, SERVICES = (LAYERS[n] for n in ("buildings", "stations", "services"))


def frame(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(2, count + 2, name="row"))


# --- uses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "use"),
    [
        ("Altrincham Library", "library"),
        ("Library Car Park", "land"),
        ("Land at rear of Fire Station", "land"),
        ("Former Timperley Library", ""),
        ("Hale Library (formerly Hale School)", "library"),
        ("Hale Library, formerly School", "library"),
        ("Fire & Rescue Service HQ", "office"),
        ("Oakham Medical Practice", "health_centre"),
        ("Disused Fire Station", ""),
        ("Buxton Fire & Rescue Centre", "fire_station"),
        ("Bakewell Fire Station", "fire_station"),
        ("Partington Children's Centre", "childrens_centre"),
        ("Sure Start Hub", "childrens_centre"),
        ("Register Office", "register_office"),
        ("Sale Town Hall", "town_hall"),
        ("Citizens’ Advice", "advice_centre"),
        ("Grafton House", ""),
        ("Fireworks Store", ""),
        ("Stationers", ""),
        ("", ""),
    ],
)
def test_use_is_read_from_whole_words(words: str, use: str):
    assert use_of(words) == use


@pytest.mark.parametrize(
    ("code", "use"),
    [("CX02", "fire_station"), ("cl03 ", "library"), ("CO01LG", "office"), ("CE03NP", "school"),
     ("LP01", "land"), ("RD04", ""), ("", "")],
)  # fmt: skip
def test_use_by_property_class_takes_the_longest_code(code: str, use: str):
    assert class_of(code) == use


def test_written_use_is_kept_and_a_holding_is_no_use():
    source = frame(
        asset_id=list("ABCDE"),
        name=["Old Bank", "Sale Library", "Longford Park", "Depot", "Market Street"],
        asset_type=["Museum", "Land & Building", "Land", "Building", ""],
        holding_type=["", "", "", "", "Buildings"],
    )
    made = derive(BUILDINGS, source)
    assert list(made.frame["asset_type"]) == ["Museum", "library", "land", "other", "other"]
    assert [i.ids for i in made.issues] == [("D", "E")]
    assert made.issues[0].rule == "buildings.use_unknown"
    changed = made.repairs[made.repairs["column"] == "asset_type"]
    assert changed[["row", "before", "rule"]].to_numpy().tolist() == [
        [5, "Building", "holding_not_use"], [3, "Land & Building", "type_from_words"],
    ]  # fmt: skip


def test_what_a_holding_says_is_kept_and_deriving_twice_changes_nothing():
    source = frame(asset_id=["A", "B"], name=["Dane Road", "Depot"], asset_type=["Land", "Site"])
    once = derive(BUILDINGS, source)
    assert list(once.frame["holding_type"]) == ["", "Site"]
    twice = derive(BUILDINGS, once.frame)
    assert twice.repairs.empty and list(twice.frame["asset_type"]) == ["land", "other"]


def test_a_cell_nobody_can_read_is_filled_like_a_blank_one_and_listed():
    land = frame(asset_id=["A", "B"], name=["Land at Dane Road"] * 2, gia_m2=["?", "5"])
    made = derive(BUILDINGS, land)
    assert list(made.frame["gia_m2"]) == ["0", "5"]
    floor = made.repairs[made.repairs["rule"] == "no_floor"]
    assert floor[["row", "before", "after"]].values.tolist() == [[2, "?", "0"]]


def test_a_building_named_after_ground_is_no_ground():
    source = frame(asset_id=["A", "B"], name=["Car Park Pavilion", "Car Park"],
                   holding_type=["Buildings", "Land"])  # fmt: skip
    made = derive(BUILDINGS, source).frame
    assert list(made["asset_type"]) == ["other", "land"]
    assert list(made["gia_m2"]) == ["", "0"]


def test_floor_of_land_is_not_overwritten():
    source = frame(asset_id=["A"], name=["Car Park"], gia_m2=["12"], holding_type=["Land"])
    assert list(derive(BUILDINGS, source).frame["gia_m2"]) == ["12"]


@pytest.mark.parametrize(
    ("told", "status"),
    [("Vacant", "vacant"), ("Owner Occupied", "operational"), ("Leasehold Out", "operational"),
     ("Declared surplus, vacant", "surplus"), ("Unoccupied", "vacant"), ("Other", ""), ("", "")],
)  # fmt: skip
def test_status_is_read_from_the_tenures_description(told: str, status: str):
    source = frame(asset_id=["A"], name=["Sale Library"], tenure_category=[told])
    made = derive(BUILDINGS, source)
    assert list(made.frame.get("status", pd.Series([""]))) == [status]
    assert len(made.repairs[made.repairs["rule"] == "status_from_tenure"]) == (status != "")


# --- names, addresses, identifiers -----------------------------------------------------------


def test_address_is_put_together_and_stands_in_for_a_name():
    source = frame(asset_id=["A", "B"], name=["", "Hall"], street_number=["2", ""],
                   street=["High Street", "Low Road"], post_town=["Sale", "Sale"],
                   locality=["Sale", ""])  # fmt: skip
    made = derive(BUILDINGS, source)
    assert list(made.frame["address"]) == ["2 High Street, Sale", "Low Road, Sale"]
    assert list(made.frame["name"]) == ["2 High Street, Sale", "Hall"]
    named = made.repairs[made.repairs["rule"] == "name_from_address"]
    assert named[["row", "before", "after"]].values.tolist() == [[2, "", "2 High Street, Sale"]]


def test_made_ids_are_unique_and_take_the_uprn_only_where_it_is_the_rows_own():
    source = frame(
        uprn=["000123", "77", "77", "abc", "", ""],
        name=["One", "Two", "Three", "Four", "Four", ""],
        postcode=["M33 1AA", "M33 1AB", "", "M33 1AD", "M331AD", "not known"],
    )
    assert list(made_ids(source)) == [
        "123", "two-m33-1ab", "three", "four-m33-1ad", "four-m33-1ad-2", "row-7",
    ]  # fmt: skip


def test_made_ids_never_meet_each_other_or_a_written_one():
    source = frame(asset_id=["", "", "", "hall-2"], name=["Hall", "Hall", "Hall 2", "X"])
    made = derive(BUILDINGS, source).frame["asset_id"]
    assert made.is_unique and list(made)[3] == "hall-2"


def test_a_list_read_as_buildings_and_as_services_has_the_same_building_ids():
    source = frame(name=["Sale Library", "Hale Library", "Sale Library"],
                   uprn=["5", "", ""], postcode=["M33 7ZF", "WA15 9SS", "M33 7ZF"])  # fmt: skip
    buildings = derive(BUILDINGS, source).frame
    services = derive(SERVICES, source).frame
    assert list(buildings["asset_id"]) == list(services["asset_id"])
    assert list(services["unit_id"]) == [f"{i}-library" for i in buildings["asset_id"]]
    assert services["unit_id"].is_unique


# --- stations and services -------------------------------------------------------------------


def test_rows_without_a_service_are_listed_with_all_their_cells():
    source = frame(name=["Sale Library", "Grafton House"], owner=["Council", "Council"])
    made = derive(SERVICES, source)
    assert list(made.frame["service_type"]) == ["library"]
    assert list(made.frame["operator"]) == ["Council"]
    assert made.aside[["row", "rule"]].values.tolist() == [[3, "no_service"]]
    assert "Grafton House" in made.aside["cells"].iloc[0]


def test_a_service_written_in_signs_alone_is_none_and_its_row_is_listed():
    source = frame(name=["Leek", "Here"], owner=["F", "F"], service_type=["fire", "£"])
    result = derive(STATIONS, source)
    assert list(result.frame["service_type"]) == ["fire"]
    assert result.aside[["row", "rule"]].values.tolist() == [[3, "no_service"]]
    assert "£" in result.aside["cells"].iloc[0]


def test_a_stations_service_comes_from_its_use_or_words_and_its_operator_is_its_owner():
    source = frame(name=["Leek", "Hope Ambulance Station", "Here"], owner=["F", "A", "X"],
                   asset_type=["fire_station", "", ""], operator=["", "", "Y"])  # fmt: skip
    result = derive(STATIONS, source)
    assert list(result.frame["service_type"]) == ["fire", "ambulance"]
    assert list(result.frame["operator"]) == ["F", "A"]
    assert result.aside[["row", "rule"]].values.tolist() == [[4, "no_service"]]
    assert result.frame["station_id"].is_unique


def test_where_no_row_has_a_service_the_rows_stay_and_the_blank_is_told():
    source = frame(name=["Here", "There"], owner=["X", "X"])
    for layer in (STATIONS, SERVICES):
        made = derive(layer, source)
        assert len(made.frame) == 2 and made.aside.empty


def test_a_written_operator_is_kept():
    source = frame(name=["Leek Fire Station"], owner=["X"], operator=["Y"])
    assert list(derive(STATIONS, source).frame["operator"]) == ["Y"]


def test_nothing_is_derived_for_demand_and_the_source_is_untouched():
    source = frame(demand_id=["E01"], population=["5"])
    kept = source.copy()
    made = derive(LAYERS["demand"], source)
    pd.testing.assert_frame_equal(made.frame, kept)
    pd.testing.assert_frame_equal(source, kept)
    assert made.repairs.empty and made.aside.empty


def test_a_list_of_stations_takes_nothing_for_a_station_that_is_none():
    source = frame(name=["Oakham Ambulance Station", "Fire Service Houses", "Eye Clinic", "HQ"])
    done = derive(STATIONS, source)
    assert list(done.frame["service_type"]) == ["ambulance"]
    assert list(done.aside["rule"]) == ["no_service"] * 3
    libraries = derive(STATIONS, frame(name=["Hale Library", "Sale Library", "Library HQ"]))
    assert list(libraries.frame["service_type"]) == ["library"] * 3


def test_areas_without_a_code_are_known_by_their_name():
    done = derive(LAYERS["areas"], frame(name=["Central", "North"]))
    assert list(done.frame["area_id"]) == ["central", "north"]

"""Real registers as published: what must be found in each, in counts.

Every file is read once for the module. The counts were checked against the files by hand; a
number that moves is a finding gained or lost, and has to be explained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assets.account import LayerAccount, account
from assets.importing.intake import Intake, Request, take_in
from assets.importing.joins import Join
from assets.read import read_layer, read_table
from assets.whereabouts.postcodes import PostcodeBook, postcode_book

COUNCIL = "trafford/trafford_land_and_building_assets.csv"
FIRE_REGISTER = "derbyshire_fire_register/derbyshire_fire_land_and_assets.xlsx"
FIRE_STATIONS = "fire_stations_england/home_office_fire_stations.csv"
FIRE_2017 = "fire_stations_england/register_fire_data_2017.xlsx"
LIBRARIES = "libraries_england/basic-dataset-for-libraries-2023-enhanced.csv"
LIBRARIES_WALES = "libraries_england/libraries_wales.csv"
AMBULANCE = "ambulance_sites/ambulance_sites_gb.csv"
LSOA_2011 = "lsoa_england_wales/lsoa11_pwc_population_imd2019.parquet"
LSOA_2021 = "lsoa_england_wales/lsoa21_population_about_mid2022_ew.csv"
OPEN_NAMES = "rutland/rutland_os_open_names_postcodes_places.csv"

Take = Callable[..., Intake]


@pytest.fixture(scope="module")
def take(shared_data: Path) -> Take:
    """Takes a file in as a layer, once."""
    known: dict[tuple[str, str, tuple[str, ...], str], Intake] = {}

    def taken(source: str, kind: str, *joins: str, postcodes: str = "") -> Intake:
        key = (source, kind, joins, postcodes)
        if key not in known:
            book: PostcodeBook | None = None
            if postcodes:
                book = postcode_book(read_table(shared_data / postcodes))
            beside = tuple(Join(Path(j).name, read_table(shared_data / j)) for j in joins)
            raw = read_layer(shared_data / source, kind)
            known[key] = take_in(kind, raw, Request(postcodes=book, joins=beside))
        return known[key]

    return taken


def found(made: Intake) -> dict[str, int]:
    """Rule (without the layer) -> how many ids it names."""
    counts: Counter[str] = Counter()
    for issue in made.issues:
        counts[issue.rule.rpartition(".")[2]] += len(issue.ids)
    return dict(counts)


def ids(made: Intake, rule: str) -> tuple[str, ...]:
    return tuple(i for issue in made.issues if issue.rule.endswith(f".{rule}") for i in issue.ids)


def repaired(made: Intake) -> dict[tuple[str, str], int]:
    """(Rule, column) -> cells."""
    pairs = zip(made.repairs["rule"], made.repairs["column"], strict=True)
    return dict(Counter(pairs))


def gone(made: Intake) -> Mapping[str, int]:
    return dict(made.aside["rule"].value_counts())


# --- rows: in = out + listed -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "kind", "rows_in", "rows_out", "aside"),
    [
        (COUNCIL, "buildings", 608, 608, {}),
        (FIRE_REGISTER, "buildings", 56, 56, {}),
        (FIRE_REGISTER, "stations", 56, 31, {"no_service": 25}),
        (FIRE_STATIONS, "stations", 1399, 1399, {}),
        (FIRE_2017, "stations", 572, 572, {}),
        (LIBRARIES, "buildings", 3539, 3091, {"closed": 361, "not_a_property": 87}),
        (LIBRARIES_WALES, "buildings", 265, 263, {"closed": 2}),
        (AMBULANCE, "stations", 856, 769, {"no_service": 87}),
        ("trafford/trafford_mye2024_oa.csv", "demand", 2214, 738, {"part_of_persons": 1476}),
        ("trafford/trafford_oa21.geojson", "demand", 1055, 738, {"repeated_polygon": 317}),
        ("trafford/trafford_lsoa21.geojson", "demand", 139, 139, {}),
        ("trafford/trafford_wards.geojson", "areas", 21, 21, {}),
        ("trafford/trafford_boundary.geojson", "areas", 1, 1, {}),
        ("trafford/trafford_localities.geojson", "areas", 4, 4, {}),
        ("trafford/gm_fire_stations_polygons.geojson", "stations", 82, 82, {}),
        ("trafford/gm_libraries.csv", "buildings", 141, 141, {}),
        ("trafford/gm_jobcentreplus.csv", "buildings", 26, 26, {}),
        ("trafford/gm_probation_offices.csv", "buildings", 12, 12, {}),
        ("trafford/trafford_childrens_centres.csv", "buildings", 2, 2, {}),
        ("trafford/trafford_community_hubs.csv", "buildings", 6, 6, {}),
        ("trafford/trafford_general_practices.csv", "buildings", 26, 26, {}),
        ("trafford/trafford_leisure_centres.csv", "buildings", 9, 9, {}),
        ("trafford/trafford_schools_and_colleges.csv", "buildings", 103, 103, {}),
        (LSOA_2011, "demand", 34753, 34753, {}),
        (LSOA_2021, "demand", 35672, 35672, {}),
        ("rutland/rutland_libraries_2023.csv", "buildings", 6, 6, {}),
        ("rutland/ambulance_stations_in_and_around_rutland.csv", "stations", 3, 3, {}),
        ("rutland/osm_public_buildings.csv", "buildings", 115, 115, {}),
        ("rutland/rutland_lsoa11_demand.csv", "demand", 23, 23, {}),
    ],
)
def test_every_row_is_in_the_layer_or_listed(
    take: Take, source: str, kind: str, rows_in: int, rows_out: int, aside: dict[str, int]
):
    made = take(source, kind)
    assert (made.rows_in, len(made.frame), gone(made)) == (rows_in, rows_out, aside)
    assert len(made.sheet.frame) == rows_out
    one = LayerAccount(kind, made.sheet, issues=made.issues, repairs=made.repairs,
                       aside=made.aside, mapping=made.mapping, rows_in=made.rows_in)  # fmt: skip
    assert account([one], made.issues).balance["lost"].tolist() == [0]


@pytest.mark.parametrize(
    ("source", "kind", "called"),
    [
        (COUNCIL, "buildings", "Transparency Code"),
        (FIRE_STATIONS, "stations", "Home Office"),
        (FIRE_2017, "stations", "Government Digital Service"),
        (LIBRARIES, "buildings", "Arts Council England"),
        (LIBRARIES_WALES, "buildings", "libraries"),
        (LSOA_2011, "demand", "population-weighted centroids"),
        ("trafford/gm_fire_stations_polygons.geojson", "stations", "OpenMap"),
    ],
)
def test_publications_are_recognised(take: Take, source: str, kind: str, called: str):
    assert called in take(source, kind).publication


# --- a council's Transparency Code register --------------------------------------------------


def test_a_council_register(take: Take):
    made = take(COUNCIL, "buildings")
    assert found(made) == {
        "use_unknown": 196, "partial_postcode": 230, "missing_column": 1, "blank_cell": 240,
        "same_spot_many": 33, "same_spot_postcodes": 12, "no_coordinates": 235,
        "no_market_value": 367, "listed_twice": 2, "uprn_repeated": 57, "uprn_apart": 5,
    }  # fmt: skip
    blank = {i.message: len(i.ids) for i in made.issues if i.rule.endswith("blank_cell")}
    assert blank == {"status is blank": 121, "gia_m2 is blank": 119}
    assert ids(made, "missing_column") == ("running_cost_gbp_pa",)
    assert ids(made, "listed_twice") == ("TMBC0264/J0000014", "TMBC0265/J0000014")
    frame = made.frame
    assert (frame["uprn"] == "").sum() == 336
    assert frame["uprn"].str.fullmatch(r"[0-9]{11,12}").sum() == 272, "no digit of a UPRN is lost"
    assert frame["asset_id"].is_unique and (frame["asset_id"] != "").all()


def test_a_council_register_keeps_its_places(take: Take):
    made = take(COUNCIL, "buildings")
    placed = made.frame[made.frame["easting"].notna()]
    assert len(placed) == 373
    swapped = made.repairs[made.repairs["rule"] == "axes_swapped"]
    assert list(swapped["row"]) == [387], "one row had longitude and latitude the wrong way round"
    youth_centre = placed.loc[387]
    assert 370e3 < youth_centre["easting"] < 385e3 and 385e3 < youth_centre["northing"] < 400e3
    borough = placed["easting"].between(368e3, 385e3) & placed["northing"].between(383e3, 399e3)
    assert list(placed.index[~borough]) == [123, 124], "in Warrington and Wigan, as they say"
    assert found(made).get("far_from_neighbours") is None


def test_what_a_council_register_says_of_use_and_state(take: Take):
    frame = take(COUNCIL, "buildings").frame
    assert dict(frame["tenure"].value_counts()) == {"freehold": 593, "leasehold": 14, "": 1}
    assert dict(frame["status"].value_counts()) == {"operational": 300, "vacant": 187, "": 121}
    uses = frame["asset_type"].value_counts()
    assert {n: uses[n] for n in ("land", "school", "library")} == {
        "land": 309, "school": 69, "library": 10,
    }  # fmt: skip
    assert (frame.loc[frame["asset_type"] == "land", "gia_m2"] == 0).all()
    assert frame["gia_m2"].gt(0).sum() == 163
    assert frame["epc"].ne("").sum() == 60


# --- a fire authority's register -------------------------------------------------------------


def test_a_fire_authority_register(take: Take):
    made = take(FIRE_REGISTER, "buildings")
    assert found(made) == {
        "title_rows": 1, "cells_do_not_fit": 1, "figures_differ": 3, "use_unknown": 24,
        "missing_column": 3, "far_from_neighbours": 2, "no_market_value": 56,
    }  # fmt: skip
    assert ids(made, "missing_column") == ("owner", "status", "running_cost_gbp_pa")
    assert ids(made, "figures_differ") == ("54260", "54130", "54240")
    done = repaired(made)
    assert done[("pair_split", "coordinates")] == 56
    assert done[("decimal_comma", "site_area_ha")] == 3
    assert done[("plain_figure", "site_area_ha")] == 29
    assert done[("not_available", "site_area_ha")] == 24
    assert done[("name_from_address", "name")] == 22
    assert sorted(made.frame["site_area_ha"].dropna())[-3:] == [1.161, 1.909, 2.694]
    assert (made.frame["tenure"] == "freehold").all() and made.frame["easting"].notna().all()


@pytest.mark.parametrize("kind", ["buildings", "stations"])
def test_two_stations_are_far_away_and_their_slips_are_found(take: Take, kind: str):
    made = take(FIRE_REGISTER, kind)
    assert ids(made, "far_from_neighbours") == ("54190", "54140")
    suggested = made.suggested.set_index("id")
    assert tuple(suggested.loc["54190"]) == (435_678, 377_946), "345678 as written"
    assert tuple(suggested.loc["54140"]) == (401_252, 381_327), "318327 as written"
    assert made.frame.set_index(made.layer.key).at["54190", "easting"] == 345_678, "as written"


def test_a_register_as_stations_takes_no_house_for_a_station(take: Take):
    made = take(FIRE_REGISTER, "stations")
    assert dict(made.frame["duty_system"].value_counts()) == {
        "on_call": 19, "wholetime": 10, "day_crewed": 2,
    }  # fmt: skip
    assert made.aside["id"].str.contains("houses|whitfield|turnpike").sum() == 24
    assert "54000" in set(made.aside["id"]), "headquarters"


# --- national lists --------------------------------------------------------------------------


def test_the_list_of_fire_stations(take: Take):
    made = take(FIRE_STATIONS, "stations")
    assert found(made) == {
        "malformed_postcode": 29, "missing_column": 4, "outside_gb": 1, "far_from_neighbours": 6,
        "same_spot_postcodes": 2, "next_door": 4, "no_coordinates": 25, "no_duty_system": 1374,
    }  # fmt: skip
    assert len(set(ids(made, "malformed_postcode"))) == 29, "25 remarks and 4 mistyped, once each"
    assert ids(made, "outside_gb") == ("fowey-fire-station-pl23-1dt",)
    assert ids(made, "same_spot_postcodes") == ("evesham-wr11-4st", "malvern-wr14-1td")
    assert set(ids(made, "no_coordinates")) < set(ids(made, "malformed_postcode"))
    assert made.frame["owner"].nunique() == 45
    done = repaired(made)
    assert done[("postcode_spelling", "postcode")] == 9
    assert done[("unreadable_cell", "easting")] == done[("unreadable_cell", "northing")] == 25
    fowey = made.suggested.set_index("id").loc["fowey-fire-station-pl23-1dt"]
    assert tuple(fowey) == (212_480, 51_999)


def test_a_workbook_of_several_sheets(take: Take):
    made = take(FIRE_2017, "stations")
    assert ids(made, "sheet_chosen") == ("fire-authority", "fire-duty-type")
    assert set(ids(made, "missing_column")) >= {"owner"}
    assert ids(made, "malformed_postcode") == ("288",), "withheld"
    assert len(ids(made, "not_allowed")) == 3, "three duty systems in words of their own"
    assert (made.frame["uprn"] != "").sum() == 74
    duty = made.frame["duty_system"].value_counts()
    assert (duty["on_call"], duty["wholetime"], duty["day_crewed"]) == (281, 108, 8)


def test_the_libraries_of_england(take: Take):
    made = take(LIBRARIES, "buildings")
    counts = found(made)
    # 15 rows have no coordinates: all mobile libraries, six of them closed.
    assert "no_coordinates" not in counts and made.frame["easting"].notna().all()
    assert counts["listed_twice"] == 152, "a county and the council that followed it"
    assert counts["uprn_repeated"] == 144 and (made.frame["uprn"] == "").sum() == 1481
    assert ids(made, "same_spot_postcodes") == (
        "bredbury-sk6-1dj", "cheadle-sk8-1bb", "cullompton-ex15-1dj",
        "erdington-library-b24-9hp", "handsworth-library-b21-9dp", "uffculme-ex15-3ay",
    )  # fmt: skip
    assert "far_from_neighbours" not in counts and "outside_gb" not in counts
    assert (made.frame["asset_type"] == "library").all()
    services = take(LIBRARIES, "services")
    assert set(services.frame["asset_id"]) == set(made.frame["asset_id"]), "a unit per building"


def test_the_libraries_of_wales(take: Take):
    made = take(LIBRARIES_WALES, "buildings")
    assert ids(made, "malformed_postcode") == ("pontyates-library",), "SA15 5SC: no C ends one"
    (missing,) = [i for i in made.issues if i.rule.endswith("missing_column")]
    assert any("easting" in name for name in missing.ids) and "--postcodes" in missing.remedy


def test_ambulance_sites(take: Take):
    made = take(AMBULANCE, "stations")
    assert set(made.frame["service_type"]) == {"ambulance"} and len(made.frame) == 769
    assert repaired(made)[("postcode_spelling", "postcode")] == 856
    assert found(made) == {"missing_column": 5}, "no false alarm from Lerwick to Penzance"


def test_building_outlines_of_stations_are_said_to_be_next_door(take: Take):
    made = take("trafford/gm_fire_stations_polygons.geojson", "stations")
    assert made.frame["easting"].notna().all() and set(made.frame["service_type"]) == {"fire"}
    assert found(made)["next_door"] == 64


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("gm_libraries", {"library": 141}),
        ("gm_jobcentreplus", {"other": 26}),
        ("gm_probation_offices", {"office": 11, "other": 1}),
        ("trafford_childrens_centres", {"childrens_centre": 2}),
        ("trafford_community_hubs", {"other": 6}),
        ("trafford_general_practices", {"health_centre": 22, "other": 4}),
        ("trafford_leisure_centres", {"other": 5, "leisure_centre": 4}),
        ("trafford_schools_and_colleges", {"school": 102, "other": 1}),
    ],
)
def test_lists_of_one_service(take: Take, source: str, uses: dict[str, int]):
    made = take(f"trafford/{source}.csv", "buildings")
    assert dict(made.frame["asset_type"].value_counts()) == uses
    assert made.frame["easting"].notna().all()
    assert len(ids(made, "use_unknown")) == uses.get("other", 0)
    assert ids(made, "missing_column") == (
        "owner", "tenure", "status", "gia_m2", "running_cost_gbp_pa",
    )  # fmt: skip


# --- people ----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["oa", "lsoa"])
def test_a_population_is_counted_once(take: Take, level: str):
    table = f"trafford/trafford_mye2024_{level}.csv"
    alone = take(table, "demand")
    assert alone.frame["population"].sum() == 241_025
    assert "--join" in next(i.remedy for i in alone.issues if i.rule.endswith("missing_column"))
    made = take(f"trafford/trafford_{level}21.geojson", "demand", table)
    assert made.frame["population"].sum() == 241_025
    assert made.frame["over_65"].sum() == 42_515
    assert [i.rule for i in made.issues] == ["demand.join_aside"]
    assert "females or males" in made.issues[0].message
    assert made.frame["easting"].notna().all()


def test_lsoas_of_2011_with_blank_welsh_populations(take: Take):
    made = take(LSOA_2011, "demand")
    assert made.frame["population"].sum() == 54_728_204
    blank = ids(made, "blank_cell")
    assert len(blank) == 1909 and all(code.startswith("W01") for code in blank)
    assert found(made) == {"blank_cell": 1909}, "no false alarm about codes or places"
    assert set(made.frame["rural_urban"]) == {"urban", "rural"}


def test_codes_of_two_censuses_do_not_meet(take: Take):
    made = take(LSOA_2011, "demand", LSOA_2021)
    assert (len(ids(made, "join_missing")), len(ids(made, "join_unused"))) == (1106, 2025)
    assert take(LSOA_2021, "demand").frame["population"].sum() == 60_238_038


def test_a_small_county(take: Take):
    people = take("rutland/rutland_lsoa11_demand.csv", "demand")
    assert people.frame["population"].sum() == 37_746 and people.issues == ()
    fire = take("rutland/fire_stations_in_and_around_rutland.csv", "stations", postcodes=OPEN_NAMES)
    assert len(fire.frame) == 7 and len(ids(fire, "postcode_not_in_file")) == 5, "over the border"
    assert np.isfinite(fire.frame["easting"]).all()
    assert isinstance(fire.frame, pd.DataFrame)


def test_areas_know_their_kind_by_their_code_and_ask_where_they_have_none(take: Take):
    assert set(take("trafford/trafford_wards.geojson", "areas").frame["kind"]) == {"ward"}
    assert list(take("trafford/trafford_boundary.geojson", "areas").frame["kind"]) == ["district"]
    localities = take("trafford/trafford_localities.geojson", "areas")
    assert list(localities.frame["area_id"]) == ["central", "north", "south", "west"]
    assert ids(localities, "missing_column") == ("kind",)

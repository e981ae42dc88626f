"""Places that cannot be where they are said to be, found without a further file."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from assets.checks import (
    MANY_AT_SPOT,
    check_coordinates,
    check_far_from_neighbours,
    check_many_at_one_spot,
)
from assets.issues import Issue
from assets.places import to_grid
from assets.schema import LAYERS
from assets.sheets import Sheet, sheet_of
from assets.whereabouts.postal_areas import CIRCLES, ELSEWHERE
from assets.whereabouts.slips import coordinates_given, near, slip
from assets.whereabouts.strays import COMPANY, PEER_M, PEERS, SAME_UNIT_M, misplaced, suggested


def sheet(
    places: list[tuple[str, str, float, float]], *, kind: str = "buildings", **more: object
) -> Sheet:
    table = pd.DataFrame(places, columns=["asset_id", "postcode", "easting", "northing"])
    return sheet_of(kind, table.assign(name=table["asset_id"], **more))


def strays(*args, **more) -> list[str]:
    return misplaced(sheet(*args, **more))["id"].tolist()


# A small county round Chesterfield and Buxton, all of it true.
COUNTY = [
    ("Bolsover", "S44 6HF", 447312.0, 370393.0),
    ("Bradwell", "S33 9JG", 417302.0, 381482.0),
    ("Chesterfield", "S40 2WH", 438204.0, 370529.0),
    ("Clay Cross", "S45 9JQ", 439446.0, 363489.0),
    ("Clowne", "S43 4LS", 449744.0, 375910.0),
    ("Buxton", "SK17 9RZ", 406912.0, 371761.0),
    ("Chapel", "SK23 0LX", 406003.0, 380677.0),
    ("New Mills", "SK22 4JF", 400913.0, 385638.0),
    ("Glossop", "SK13 8LG", 403391.0, 393155.0),
    ("Bakewell", "DE45 1DA", 421610.0, 368877.0),
    ("Matlock", "DE4 3DQ", 430380.0, 360312.0),
]


def test_a_true_county_has_no_strays():
    assert strays(COUNTY) == []


@pytest.mark.parametrize(
    ("stray", "figure", "x", "y"),
    [
        (("D", "S18 1ST", 345678.0, 377946.0), "easting 435678", 435678, 377946),
        (("W", "SK23 7HP", 401252.0, 318327.0), "northing 381327", 401252, 381327),
    ],
)
def test_two_digits_the_wrong_way_round(stray, figure: str, x: float, y: float):
    found = misplaced(sheet([*COUNTY, stray]))
    assert found[["id", "rule"]].to_numpy().tolist() == [[stray[0], "far_from_neighbours"]]
    assert found.index.tolist() == [len(COUNTY)]
    assert "km from the middle of postcode area" in found["why"].iloc[0]
    assert found["suggestion"].iloc[0].startswith(f"{figure} (two digits the wrong way round)")
    assert found[["suggested_x", "suggested_y"]].to_numpy().tolist() == [[x, y]]
    assert suggested(sheet([*COUNTY, stray])).to_numpy().tolist() == [[stray[0], x, y]]


def test_a_point_at_sea_for_want_of_a_digit():
    found = misplaced(sheet([("Fowey", "PL23 1DT", 21248.0, 51999.0),
                             ("Lostwithiel", "PL22 0BS", 210500.0, 59900.0)]))  # fmt: skip
    assert found[["id", "rule"]].to_numpy().tolist() == [["Fowey", "outside_gb"]]
    assert "easting 212480 (the last digit lost)" in found["suggestion"].iloc[0]


def test_one_row_alone_is_held_against_its_postcode_area():
    assert strays([("Wheathampstead", "AL4 8AY", 217790.0, 213920.0)]) == ["Wheathampstead"]
    assert strays([("Wheathampstead", "AL4 8AY", 517790.0, 213920.0)]) == []
    assert strays([("unknown", "", 217790.0, 213920.0)]) == []


@pytest.mark.parametrize(
    "place",
    [
        ("Bryher", "TR23 0PR", 87878.0, 14962.0),
        ("Lundy", "EX39 2LY", 213678.0, 144069.0),
        ("Fair Isle", "ZE2 9JU", 421000.0, 1072000.0),
        ("Unst", "ZE2 9DP", 461000.0, 1208500.0),
        ("North Ronaldsay", "KW17 2BE", 376000.0, 1054000.0),
        ("Brora", "KW9 6NY", 290500.0, 904000.0),
        ("Barra", "HS9 5XD", 66500.0, 798500.0),
        ("Stornoway", "HS1 2BW", 142500.0, 932500.0),
        ("Dunvegan", "IV55 8WF", 125500.0, 847500.0),
        ("Durness", "IV27 4PN", 240500.0, 967500.0),
        ("Tiree", "PA77 6UP", 104500.0, 745500.0),
        ("Campbeltown", "PA28 6AT", 172000.0, 620500.0),
        ("Mallaig", "PH41 4QX", 167500.0, 797000.0),
        ("Drummore", "DG9 9PU", 213500.0, 536500.0),
        ("Aberystwyth", "SY23 1DE", 258500.0, 281500.0),
        ("Aberdaron", "LL53 8BE", 217500.0, 326500.0),
        ("St Davids", "SA62 6SD", 175300.0, 225300.0),
        ("Skegness", "PE25 2UG", 556500.0, 363500.0),
        ("Kielder", "NE48 1HQ", 363238.0, 593224.0),
        ("Whitby", "YO21 1ET", 489810.0, 510782.0),
        ("Hartland", "EX39 6DE", 225868.0, 124513.0),
    ],
)
def test_far_flung_places_are_not_accused(place: tuple[str, str, float, float]):
    assert strays([place]) == []
    assert strays([*COUNTY, place]) == []


def test_every_postcode_area_is_there_once():
    assert len(CIRCLES) == 120
    assert not set(CIRCLES) & set(ELSEWHERE)
    assert all(reach > 0 for circles in CIRCLES.values() for *_, reach in circles)


def unit(away_m: float) -> list[tuple[str, str, float, float]]:
    return [("A", "S40 2WH", 438204.0, 370529.0), ("B", "S40 2WH", 438204.0 + away_m, 370529.0)]


def test_two_rows_with_one_postcode_are_near_each_other():
    assert strays(unit(SAME_UNIT_M)) == []
    assert strays(unit(SAME_UNIT_M + 1)) == ["A", "B"]


def test_of_several_rows_with_one_postcode_the_odd_one_out_is_named():
    near_by = [(f"N{n}", "S40 2WH", 438204.0 + n, 370529.0) for n in range(4)]
    assert strays([*near_by, ("far", "S40 2WH", 438204.0, 380529.0)]) == ["far"]


def district(away_m: float, others: int) -> list[tuple[str, str, float, float]]:
    close = [(f"N{n}", f"IV27 4{'ABDEF'[n]}A", 220000.0 + 900 * n, 950000.0) for n in range(others)]
    last = close[-1][2]
    return [*close, ("far", "IV27 4ZZ", last + away_m, 950000.0)]


def test_a_row_far_from_the_others_of_its_district():
    assert strays(district(PEER_M, PEERS - 1)) == []
    assert strays(district(PEER_M + 1, PEERS - 1)) == ["far"]
    assert strays(district(PEER_M + 1, PEERS - 2)) == []  # too few to say


def test_places_from_postcodes_prove_nothing():
    lone = [*COUNTY, ("D", "S18 1ST", 345678.0, 377946.0)]
    precision = [""] * len(COUNTY)
    assert strays(lone, place_precision=[*precision, "postcode"]) == []
    assert strays(lone, place_precision=[*precision, "area"]) == []
    assert strays(lone, place_precision=[*precision, "surveyed"]) == ["D"]


def grid_of(count: int) -> list[tuple[str, str, float, float]]:
    return [(f"N{n}", "", 430000.0 + 3000 * n, 370000.0) for n in range(count)]


def test_without_postcodes_a_row_far_from_all_others_is_named():
    far = ("far", "", 438000.0, 430000.0)
    assert strays([*grid_of(COMPANY), far]) == ["far"]
    assert strays([*grid_of(COMPANY - 2), far]) == []
    scilly = ("Scilly", "", 90000.0, 11000.0)
    assert strays([*grid_of(COMPANY), scilly]) == []


def test_demand_is_held_against_its_neighbours_too():
    table = pd.DataFrame([*grid_of(12), ("far", "", 438000.0, 430000.0)])
    demand = pd.DataFrame(
        {"demand_id": table[0], "population": 1, "easting": table[2], "northing": table[3]}
    )
    assert misplaced(sheet_of("demand", demand))["id"].tolist() == ["far"]


def test_shuffled_rows_give_the_same_strays():
    rows = [*COUNTY, ("D", "S18 1ST", 345678.0, 377946.0), *unit(9000)]
    straight = misplaced(sheet(rows)).set_index("id").sort_index()
    turned = misplaced(sheet(rows[::-1])).set_index("id").sort_index()
    pd.testing.assert_frame_equal(straight, turned)


def test_a_layer_without_rows_or_places_has_none():
    assert misplaced(sheet_of("buildings", None)).empty
    assert strays([("A", "S18 1ST", math.nan, math.nan)]) == []


# --- slips ------------------------------------------------------------------------------------


def test_no_slip_is_found_where_none_fits():
    home = near(np.array([486162.0]), np.array([308552.0]), reach_m=2000)
    assert slip((("easting", 451999.0), ("northing", 333333.0)), home) is None
    assert slip((("easting", math.nan), ("northing", 333333.0)), home) is None
    assert slip((("easting", -5.0), ("northing", -7.0)), home) is None


def test_the_likeliest_slip_wins_over_the_nearest():
    home = near(np.array([445000.0]), np.array([377946.0]), reach_m=15_000)
    found = slip((("easting", 345678.0), ("northing", 377946.0)), home)
    assert found is not None  # 445678 is nearer, but needs a digit mistyped
    assert found.says == "easting 435678 (two digits the wrong way round)"


def test_more_than_one_figure_that_fits_is_said():
    home = near(np.array([530000.0]), np.array([213920.0]), reach_m=10_000)
    found = slip((("easting", 930000.0), ("northing", 213920.0)), home)
    assert found is not None
    assert found.says == "easting 530000 (one digit mistyped)"
    home = near(np.array([537000.0]), np.array([229000.0]), reach_m=15_000)
    found = slip((("easting", 567407.0), ("northing", 229193.0)), home)
    assert found is not None
    assert found.says == "easting 537407 (one digit mistyped), or another"


def test_degrees_are_mended_as_degrees():
    x, y = to_grid(np.array([-2.365856]), np.array([53.457484]))
    home = near(x, y, reach_m=2000)
    given = coordinates_given(math.nan, math.nan, degrees=(2.365856, 53.457484), point=(0.0, 0.0))
    found = slip(given, home)
    assert found is not None
    assert found.says == "lon -2.365856 (the minus sign lost or added)"


# --- as checks --------------------------------------------------------------------------------


def checked(sheet_: Sheet, check) -> list[Issue]:
    return check({name: sheet_of(name, None) for name in LAYERS} | {sheet_.layer.name: sheet_})


def test_strays_are_warned_of_one_by_one():
    found = checked(
        sheet(
            [*COUNTY, ("D", "S18 1ST", 345678.0, 377946.0), ("W", "SK23 7HP", 401252.0, 318327.0)]
        ),
        check_far_from_neighbours,
    )
    assert [(i.rule, i.ids, i.severity) for i in found] == [
        ("buildings.far_from_neighbours", ("D",), "warning"),
        ("buildings.far_from_neighbours", ("W",), "warning"),
    ]
    assert found[0].message == "the place is 90 km from the middle of postcode area S (S18 1ST)"
    assert "easting 435678 (two digits the wrong way round) would put it" in found[0].remedy
    assert checked(sheet(COUNTY), check_far_from_neighbours) == []


def test_a_point_at_sea_stays_an_error_with_the_figure_that_would_fit():
    at_sea = sheet([*COUNTY, ("Fowey", "PL23 1DT", 21248.0, 51999.0)])
    found = checked(at_sea, check_coordinates)
    assert [(i.rule, i.ids, i.severity) for i in found] == [
        ("buildings.outside_gb", ("Fowey",), "error")
    ]
    assert "Fowey: easting 212480 (the last digit lost)" in found[0].remedy


def heap(count: int, **more: object) -> Sheet:
    return sheet([(f"N{n}", "S40 2WH", 438204.0, 370529.0) for n in range(count)], **more)


def test_many_names_at_one_point_are_warned_of():
    assert checked(heap(MANY_AT_SPOT - 1), check_many_at_one_spot) == []
    found = checked(heap(MANY_AT_SPOT), check_many_at_one_spot)
    assert [(i.rule, len(i.ids), i.severity) for i in found] == [
        ("buildings.same_spot_many", MANY_AT_SPOT, "warning")
    ]
    known = heap(MANY_AT_SPOT, place_precision="postcode")
    assert checked(known, check_many_at_one_spot) == []
    nowhere = sheet([(f"N{n}", "", math.nan, math.nan) for n in range(MANY_AT_SPOT)])
    assert checked(nowhere, check_many_at_one_spot) == []


# --- real files -------------------------------------------------------------------------------


def test_the_national_list_of_fire_stations(shared_data):
    source = shared_data / "fire_stations_england" / "home_office_fire_stations.csv"
    stations = pd.read_csv(source, dtype=str)
    x, y = (
        pd.to_numeric(stations[f"STATION_{name}"], errors="coerce")
        for name in ("EASTING", "NORTHING")
    )
    rows = list(zip(stations["STATION_NAME"], stations["STATION_POSTCODE"], x, y, strict=True))
    # Every one is a fault of the list: of the place, or (Epworth, Ashby, Hawes) of the postcode.
    assert sorted(strays(rows)) == [
        "Ashby Fire Station", "Buntingford", "Epworth", "Fowey Fire Station", "Hawes",
        "Lowestoft South", "Wheathampstead",
    ]  # fmt: skip


def test_the_libraries_of_england_have_no_strays(shared_data):
    source = shared_data / "libraries_england" / "basic-dataset-for-libraries-2023-enhanced.csv"
    table = pd.read_csv(source, dtype=str).dropna(subset=["Easting"])
    for _, service in [("all", table), *table.groupby("Reporting service")]:
        rows = [
            (str(number), code, float(x), float(y))
            for number, (code, x, y) in enumerate(
                zip(service["Postcode"], service["Easting"], service["Northing"], strict=True)
            )
        ]
        assert strays(rows) == []


def test_the_ambulance_stations_of_great_britain_have_no_strays(shared_data):
    table = pd.read_csv(shared_data / "ambulance_sites" / "ambulance_sites_gb.csv", dtype=str)
    x, y = to_grid(
        table["Longitude"].to_numpy(dtype=np.float64), table["Latitude"].to_numpy(dtype=np.float64)
    )
    names = [str(number) for number in range(len(table))]
    assert len(names) == 856
    assert strays(list(zip(names, table["Postcode"], x, y, strict=True))) == []


def test_a_register_as_published_by_its_county(shared_data):
    source = shared_data / "derbyshire_fire_register" / "derbyshire_fire_land_and_assets.xlsx"
    table = pd.read_excel(source, header=1, dtype=str)
    pair = table.iloc[:, 7].str.split(",", expand=True).astype(float)
    names = table["Site"] + [f" {row}" for row in range(len(table))]
    rows = list(zip(names, table["Post Code"], pair[0], pair[1], strict=True))
    found = misplaced(sheet(rows))
    assert found["id"].str.rsplit(n=1).str[0].tolist() == [
        "Dronfield Fire Station",
        "Whaley Bridge Fire Station",
    ]
    assert found["suggested_x"].tolist() == [435678, 401252]
    assert found["suggested_y"].tolist() == [377946, 381327]

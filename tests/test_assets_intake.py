from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from assets.importing.intake import Request, outline_of, take_in
from assets.issues import InputError
from assets.sheets import sheet_of
from assets.whereabouts.postcodes import postcode_book


def frame(**columns: list[str]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return pd.DataFrame(columns, dtype=object, index=pd.RangeIndex(2, count + 2, name="row"))


def register(**more: list[str]) -> pd.DataFrame:
    """Three libraries of a council, as a register might have them."""
    return frame(**{
        "Asset ID": ["A1", "A2", "A3"],
        "Property name": ["Sale Library", "Hale Library", "Old Depot"],
        "Easting": ["378000", "377000", "376500"],
        "Northing": ["391000", "386500", "388000"],
        "Tenure": ["Freehold", "Leasehold", "Freehold"],
        "Gross internal area": ["1,047 m2", "n/a", "12.5"],
        "Web page": ["=1+1", "", "x"],
        **more,
    })  # fmt: skip


def test_a_register_becomes_a_layer_with_every_other_column_carried():
    made = take_in("buildings", register())
    assert list(made.frame["asset_id"]) == ["A1", "A2", "A3"]
    assert list(made.frame["asset_type"]) == ["library", "library", "other"]
    assert made.frame["gia_m2"].tolist()[::2] == [1047.0, 12.5]
    assert np.isnan(made.frame["gia_m2"].iloc[1])
    assert list(made.frame["src_web_page"]) == ["=1+1", "", "x"]
    assert [p.coords[0] for p in made.frame.geometry] == [
        (378000.0, 391000.0), (377000.0, 386500.0), (376500.0, 388000.0),
    ]  # fmt: skip
    blanked = made.repairs[made.repairs["rule"] == "not_available"]
    assert blanked[["row", "id", "before", "after"]].values.tolist() == [[3, "A2", "n/a", ""]]


def test_what_was_written_is_read_back_without_another_repair():
    made = take_in("buildings", register())
    again = take_in("buildings", pd.DataFrame(made.frame.drop(columns="geometry")))
    assert again.repairs.empty and again.aside.empty
    plain = pd.DataFrame(made.frame.drop(columns="geometry"))
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.frame.drop(columns="geometry")), plain, check_dtype=False
    )


def test_a_cell_that_cannot_be_read_is_blank_in_the_layer_and_in_the_trail():
    made = take_in("buildings", register(**{"Running cost": ["£1,200", "see note", ""]}))
    assert made.frame["running_cost_gbp_pa"].iloc[0] == 1200.0
    lost = made.repairs[made.repairs["rule"] == "unreadable_cell"]
    assert lost[["row", "column", "before", "after"]].values.tolist() == [
        [3, "running_cost_gbp_pa", "see note", ""]
    ]


def test_constants_fill_blanks_only_and_are_told():
    made = take_in(
        "buildings", register(Owner=["", "Parish", ""]), Request(constants={"owner": "Council"})
    )
    assert list(made.frame["owner"]) == ["Council", "Parish", "Council"]
    told = made.mapping[made.mapping["column"] == "owner"]
    assert "set by you" in list(told["how"])


@pytest.mark.parametrize(
    ("kind", "request_", "words"),
    [
        ("roads", Request(), "can be imported"),
        ("buildings", Request(constants={"ownr": "X"}), "did you mean 'owner'"),
        ("buildings", Request(given={"Nothing": "name"}), "Nothing"),
        ("buildings", Request(given={"Web page": "nam"}), "did you mean 'name'"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest(kind: str, request_: Request, words: str):
    with pytest.raises(InputError, match=words):
        take_in(kind, register(), request_)


def test_a_heading_told_goes_before_one_that_is_known():
    source = register(Other=["One", "Two", "Three"])
    made = take_in("buildings", source, Request(given={"Other": "name"}))
    assert list(made.frame["name"]) == ["One", "Two", "Three"]
    assert "Sale Library" in set(made.frame.filter(like="src_").iloc[0])


def test_rows_in_are_rows_out_and_rows_listed():
    source = register()
    note = frame(**{name: [""] for name in source.columns}).assign(**{"Asset ID": "Total"})
    both = pd.concat([source, note.set_axis([5], axis=0), source.iloc[[0]].set_axis([6], axis=0)])
    both.index.name = "row"
    made = take_in("buildings", both)
    assert made.rows_in == 5 and len(made.frame) == 3 and len(made.aside) == 2
    assert set(made.aside["row"]) == {5, 6}


def test_ages_of_a_population_table_are_weights_only_where_asked():
    people = frame(area_code=["E01000001", "E01000002"], all_ages=["10", "20"], lon=["-1", "-1.1"],
                   lat=["52", "52.1"], aged_17=["3", "4"], aged_18=["5", "6"])  # fmt: skip
    made = take_in("demand", people, Request(given={"aged_17": "drivers"}))
    assert made.frame["drivers"].tolist() == [3.0, 4.0]
    assert "aged_18" not in made.frame and list(made.frame["src_aged_18"]) == ["5", "6"]
    assert sheet_of("demand", made.frame).extra == ("drivers",)


def test_places_come_from_postcodes_and_say_so():
    source = register(Easting=["", "377000", "12"], Northing=["", "386500", ""],
                      Postcode=["M33 7ZF", "WA15 9SS", "M33"])  # fmt: skip
    book = postcode_book(frame(Postcode=["M33 7ZF", "WA15 9SS"], Easting=["378100", "377050"],
                               Northing=["391200", "386400"]))  # fmt: skip
    made = take_in("buildings", source, Request(postcodes=book))
    assert made.frame["easting"].iloc[0] == 378100
    assert made.frame["place_precision"].iloc[0] == "postcode"
    assert made.frame["easting"].iloc[1] == 377000
    located = made.repairs[made.repairs["rule"] == "located_by_postcode"]
    assert set(located["row"]) >= {2}


def test_rows_outside_the_area_asked_for_are_listed_and_placeless_ones_stay():
    county = gpd.GeoDataFrame(geometry=[shapely.box(376900, 386000, 377100, 387000)],
                              crs="EPSG:27700")  # fmt: skip
    source = register(Easting=["378000", "377000", ""], Northing=["391000", "386500", ""])
    made = take_in("buildings", source, Request(within=outline_of(county, 0.0)))
    assert list(made.frame["asset_id"]) == ["A2", "A3"]
    assert made.aside[["row", "id", "rule"]].values.tolist() == [[2, "A1", "outside_area"]]
    wide = take_in("buildings", source, Request(within=outline_of(county, 10_000.0)))
    assert len(wide.frame) == 3


def test_an_outline_needs_polygons():
    with pytest.raises(InputError, match="no polygons"):
        outline_of(frame(a=["1"]), 0.0)


def test_outlines_of_buildings_become_points_and_areas_stay_outlines():
    square = shapely.box(400000, 300000, 400010, 300010)
    rows = gpd.GeoDataFrame(
        {"asset_id": ["A"], "name": ["Hall"]}, geometry=[square], crs="EPSG:27700",
        index=pd.Index([2], name="row"),
    )  # fmt: skip
    made = take_in("buildings", rows)
    assert made.frame.geometry.iloc[0].geom_type == "Point"
    assert (made.frame["easting"].iloc[0], made.frame["northing"].iloc[0]) == (400005.0, 300005.0)
    areas = take_in("areas", rows.rename(columns={"asset_id": "area_id"}).assign(kind="ward"))
    assert areas.frame.geometry.iloc[0].equals(square)


def test_the_source_is_not_changed():
    source = register()
    kept = source.copy(deep=True)
    take_in("buildings", source, Request(constants={"owner": "X"}))
    pd.testing.assert_frame_equal(source, kept)


def test_a_row_is_told_once_by_the_id_it_has_in_the_layer():
    """An identifier is made after the cells are checked; both findings are one."""
    source = frame(**{
        "Property name": ["Sale Library", "Hale Library", "Old Depot"],
        "Postcode": ["M33 7ZF", "M3", "not here"],
        "Easting": ["378000", "377000", "376500"],
        "Northing": ["391000", "386500", "388000"],
        "Site area": ["0.537 hectares (1.33 acres)", "0.214 hectares (0.6 acres)", ""],
    })  # fmt: skip
    made = take_in("buildings", source)
    assert list(made.frame["asset_id"]) == ["sale-library-m33-7zf", "hale-library-m3", "old-depot"]
    told = {i.rule.split(".")[1]: i.ids for i in made.issues if i.severity == "warning"}
    assert told["partial_postcode"] == ("hale-library-m3",)
    assert told["malformed_postcode"] == ("old-depot",)
    assert told["figures_differ"] == ("hale-library-m3",)
    rules = [i.rule for i in made.issues]
    assert rules.count("buildings.malformed_postcode") == 1


def test_a_layer_alone_is_not_blamed_for_the_layers_that_are_not_there():
    columns = {"Status": ["operational"] * 3, "Owner": ["County"] * 3, "Running cost": ["1"] * 3}
    made = take_in("buildings", register(**columns))
    rules = {issue.rule for issue in made.issues}
    assert not rules & {"buildings.operational_but_empty", "buildings.leasehold_without_lease"}


def test_stations_are_checked_as_the_building_and_the_unit_they_will_be():
    source = frame(**{
        "Station": ["Oakham Fire Station", "Uppingham Fire Station", "Ketton Fire Station"],
        "Easting": ["486162", "486600", "not known"], "Northing": ["308552", "299700", "not known"],
    })  # fmt: skip
    told = {i.rule: i for i in take_in("stations", source).issues}
    assert told["stations.no_coordinates"].ids == ("ketton-fire-station",)
    assert set(told["stations.missing_column"].ids) > {"tenure", "gia_m2", "space_m2"}
    assert len(told["stations.no_duty_system"].ids) == 2
    assert "src_" not in told["stations.missing_column"].remedy


def test_a_row_that_repeats_another_once_its_unreadable_cell_is_blank_is_listed_as_it_came():
    source = frame(
        unit_id=["U1", "U2", "U2"], service_type=["library"] * 3, asset_id=["B1", "B2", "B2"],
        operator=["County"] * 3, space_m2=["10", "20", "20"], users_pa=["5", "", "many"],
    )  # fmt: skip
    made = take_in("services", source)
    assert list(made.frame.index) == [2, 3] == list(made.sheet.rows)
    assert made.aside[["row", "rule"]].values.tolist() == [[4, "repeated_row"]]
    assert '"users_pa": "many"' in made.aside["cells"][0]


def test_coordinates_that_a_geometry_contradicts_are_in_the_trail():
    points = [shapely.Point(378000, 391000), shapely.Point(379000, 386500), None]
    moved = gpd.GeoDataFrame(register(), geometry=points, crs=27700)
    made = take_in("buildings", moved)
    assert made.frame["easting"].tolist() == [378000, 379000, 376500]
    found = made.repairs[made.repairs["rule"] == "from_geometry"]
    assert found[["row", "column", "before"]].values.tolist() == [[3, "easting", "377000"]]


def test_figures_of_a_place_stay_as_exact_as_they_were():
    made = take_in("buildings", register(Easting=["378000.123", "377000", "376500"]))
    assert made.frame["easting"].iloc[0] == 378000.123


def test_a_word_without_a_letter_of_ours_is_blank_and_one_with_a_foreign_letter_stays():
    made = take_in("buildings", register(Status=["٣", "ævacant", "Vacant"]))
    assert list(made.frame["status"]) == ["", "ævacant", "vacant"]
    listed = made.repairs[made.repairs["rule"] == "unreadable_cell"]
    assert listed[["row", "before", "after"]].values.tolist() == [[2, "٣", ""]]

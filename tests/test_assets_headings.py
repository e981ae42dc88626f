"""Headings: every column under the layer's names, nothing guessed, nothing lost."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given as examples
from hypothesis import strategies as st

from assets.issues import InputError
from assets.naming.headings import MAPPING_COLUMNS, Mapped, map_headings
from assets.naming.suggest import suggestion
from assets.naming.units import unit_of
from assets.schema import LAYERS, meanings


def frame(**columns: object) -> pd.DataFrame:
    """A frame of text cells as the readers give it: index = rows of the spreadsheet."""
    made = pd.DataFrame(columns, dtype=object)
    return made.set_axis(pd.RangeIndex(2, len(made) + 2, name="row"), axis=0)


def of(headings: dict[str, list[str]]) -> pd.DataFrame:
    return frame(**headings)


def columns(mapped: Mapped) -> dict[str, str]:
    """Heading -> column, of those that are used."""
    table = mapped.mapping[mapped.mapping["column"] != ""]
    return dict(zip(table["heading"], table["column"], strict=True))


def rules(mapped: Mapped) -> list[str]:
    return [issue.rule for issue in mapped.issues]


def mapped_to(layer: str, heading: str, *cells: str) -> str:
    """The column one heading with these cells is mapped to."""
    return columns(map_headings(LAYERS[layer], of({heading: list(cells)}))).get(heading, "")


# --- one heading -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "heading", "cell", "column"),
    [
        ("buildings", "Unique asset identity", "A1", "asset_id"),
        ("buildings", "Unique Asset ID", "A1", "asset_id"),
        ("buildings", "UPRN (if known)", "100012797623", "uprn"),
        ("buildings", "Unique Property Reference Number (UPRN)", "100012797623", "uprn"),
        ("buildings", "Name of the building/land", "Town Hall", "name"),
        ("buildings", "Post Town", "Sale", "post_town"),
        ("buildings", "No", "12", "street_number"),
        ("buildings", "X Co-ordinate", "440715", "easting"),
        ("buildings", "Map Reference (Easting)", "440715", "easting"),
        ("buildings", "OS Map Reference", "SK 407 545", "coordinates"),
        ("buildings", "Site Co-ordinates\n(Geocode)", "440715,354526", "coordinates"),
        ("buildings", "Lat/Long", "53.4, -2.3", "coordinates"),
        ("buildings", "Location", "POINT (440715 354526)", "coordinates"),
        ("buildings", "Location", "High Street, Sale", "address"),
        ("buildings", "Tenure Category", "Occupied by the LA", "tenure_category"),
        ("buildings", "Freehold/Leasehold", "F", "tenure"),
        ("buildings", "Asset \nOwnership", "Freehold", "tenure"),
        ("buildings", "Asset Ownership", "Borsetshire Council", "owner"),
        ("buildings", "Total Building Operation (Revenue) Costs", "12,000", "running_cost_gbp_pa"),
        ("buildings", "Required Maintenance", "£12,000", "required_maintenance"),
        ("buildings", "Functional Suitability", "B", "suitability"),
        ("buildings", "Energy Rating (DEC)", "D", "epc"),
        ("buildings", "Reason for holding", "Operational", "use"),
        ("buildings", "Services offered from the asset", "Library", "use"),
        ("buildings", "BLPU class", "CX02", "classification"),
        ("buildings", "Classification", "CX02", "classification"),
        ("buildings", "Classification", "Library", "use"),
        ("buildings", "Asset Type", "Land & Building", "holding_type"),
        ("buildings", "Asset Type", "Library", "asset_type"),
        ("buildings", "Asset Type", "Ceremonial hall", "use"),
        ("buildings", "Status", "Vacant", "status"),
        ("buildings", "Status", "Freehold", "tenure"),
        ("buildings", "Status", "Ground leasehold out", "tenure_category"),
        ("buildings", "Condition", "A - Good", "condition_grade"),
        ("buildings", "area_code", "E05015239", "ward_code"),
        ("buildings", "area_code", "E08000009", "district_id"),
        ("stations", "Status", "RDS", "duty_system"),
        ("stations", "Station type", "Day staffing", "duty_system"),
        ("stations", "Number of pumps", "2", "vehicles"),
        ("stations", "Fire station", "Alfreton", "name"),
        ("stations", "Fire station", "12", "station_id"),
        ("leases", "Lease expiry date", "31/03/2030", "expiry"),
        ("leases", "Break notice term", "6", "break_notice_months"),
        ("leases", "Break Penalty", "£5,000", "break_penalty_gbp"),
        ("demand", "LSOA code (2011)", "E01000001", "demand_id"),
        ("demand", "OA21CD", "E00000001", "demand_id"),
        ("demand", "all_ages", "1,634", "population"),
        ("demand", "Total population: mid 2015 (excluding prisoners)", "1634", "population"),
        ("demand", "aged_65_and_over", "12", "over_65"),
        ("demand", "65+", "12", "over_65"),
        ("demand", "RUC21NM", "Urban", "rural_urban"),
        ("demand", "geography", "LSOA", "geography"),
        ("demand", "geography", "Trafford 025A", "name"),
        ("demand", "Sex", "Persons", "sex"),
        ("areas", "WD24CD", "E05015239", "area_id"),
        ("areas", "WD24NM", "Altrincham", "name"),
        ("areas", "LAD23CD", "E08000009", "area_id"),
    ],
)
def test_a_published_heading(layer: str, heading: str, cell: str, column: str):
    assert mapped_to(layer, heading, cell) == column


@pytest.mark.parametrize(
    ("layer", "heading", "cell"),
    [
        ("demand", "Population (60+)", "300"),  # not over_65
        ("demand", "65", "12"),  # one year of age
        ("demand", "IMD", "23.1"),  # a score, not a decile
        ("buildings", "Valuation", "250000"),  # of what kind is not said
        ("buildings", "Area (m2)", "300"),  # of the floor or of the site
        ("buildings", "Size", "300"),  # in what unit
        ("services", "Population", "300"),
    ],
)
def test_what_would_be_a_guess_is_not_mapped(layer: str, heading: str, cell: str):
    assert mapped_to(layer, heading, cell) == ""


@pytest.mark.parametrize(
    ("across", "up", "meant"),
    [
        (["440715", "Not available, see page 2"], ["354526", ""], ("easting", "northing")),
        (["-2.35", "53.39"], ["53.38", "-2.30"], ("lon", "lat")),
    ],
)
def test_x_and_y_are_what_their_figures_are(across: list[str], up: list[str], meant):
    for x, y in (("X", "Y"), ("GeoX", "GeoY"), ("x_coord", "y_coord")):
        found = columns(map_headings(LAYERS["buildings"], of({x: across, y: up})))
        assert (found[x], found[y]) == meant


def test_a_longitude_stays_one_whatever_is_in_it():
    assert mapped_to("buildings", "Longitude", "440715") == "lon"


@pytest.mark.parametrize("cell", ["1 " * 40_000 + "x", "land " * 20_000 + "x", "1,1" * 30_000])
@pytest.mark.parametrize("heading", ["Location", "Asset type", "Map reference", "Closed", "Size"])
def test_a_cell_as_long_as_a_book_takes_no_time(heading: str, cell: str):
    mapped_to("buildings", heading, cell)
    mapped_to("buildings", cell, "1")


# --- units in headings -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "cells", "column", "written"),
    [
        ("Site Area (acres)", ["2.5", "0.1 ha"], "site_area_ha", ["2.5 acres", "0.1 ha"]),
        ("Land area sq m", ["1,200"], "site_area_ha", ["1,200 m2"]),
        ("GIA (sq ft)", ["1200", "n/a"], "gia_m2", ["1200 sq ft", "n/a"]),
        ("GIA (m²)", ["1200"], "gia_m2", ["1200"]),
        ("Size (ha)", ["1.2"], "site_area_ha", ["1.2"]),
        ("Size", ["1.2 ha", "3 acres"], "site_area_ha", ["1.2 ha", "3 acres"]),
        ("Size", ["120 sqm"], "gia_m2", ["120 sqm"]),
        ("Running costs (£000)", ["12", "£3m"], "running_cost_gbp_pa", ["12k", "£3m"]),
        ("Running costs (£ pa)", ["12"], "running_cost_gbp_pa", ["12"]),
        ("NBV £m", ["1.2"], "book_value_gbp", ["1.2m"]),
        ("Floor area, in square metres", ["120"], "gia_m2", ["120"]),
    ],
)
def test_a_unit_in_the_heading_is_written_into_the_cells(heading, cells, column, written):
    mapped = map_headings(LAYERS["buildings"], of({heading: cells}))
    assert columns(mapped) == {heading: column}
    assert mapped.frame[column].tolist() == written


def test_a_unit_that_cannot_be_converted_keeps_the_column_out():
    mapped = map_headings(LAYERS["buildings"], of({"Remaining life (months)": ["120"]}))
    assert columns(mapped) == {}
    (issue,) = mapped.issues
    assert issue.rule == "buildings.cells_do_not_fit"
    assert "remaining_life_yr is in years" in issue.message


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("Size [sq ft]", ("Size", "sq ft")),
        ("Site area - ha", ("Site area", "ha")),
        ("£ Annual rent", ("Annual rent", "£")),
        ("Rent (£'000s)", ("Rent", "k")),
        ("Break notice (months)", ("Break notice", "months")),
        ("Number of pumps", ("Number of pumps", "")),
        ("Station status", ("Station status", "")),
    ],
)
def test_units_of_headings(heading: str, found: tuple[str, str]):
    assert unit_of(heading) == found


# --- several headings, one column ------------------------------------------------------------


def test_the_better_of_two_headings_wins_and_the_other_is_kept_and_said():
    source = of({"Eastings": ["1"], "easting": ["440715"], "northing": ["354526"]})
    mapped = map_headings(LAYERS["buildings"], source)
    assert columns(mapped) == {"easting": "easting", "northing": "northing"}
    assert mapped.frame["Eastings"].tolist() == ["1"]
    assert mapped.unknown == ()
    (issue,) = mapped.issues
    assert (issue.rule, issue.ids) == ("buildings.two_headings", ("Eastings",))
    assert "'easting' is used" in issue.message


def test_a_filled_column_goes_before_a_blank_one_of_a_better_name():
    mapped = map_headings(LAYERS["buildings"], of({"gia_m2": ["", ""], "GIA": ["12", ""]}))
    assert columns(mapped) == {"GIA": "gia_m2"}
    assert mapped.frame["gia_m2"].tolist() == ["12", ""]
    assert mapped.frame["src_gia_m2"].tolist() == ["", ""]


def test_a_heading_turned_away_takes_its_next_meaning():
    source = of({"Use": ["Library"], "Property type": ["Ceremonial hall"], "Name": ["A"]})
    found = columns(map_headings(LAYERS["buildings"], source))
    assert found == {"Use": "use", "Property type": "use_2", "Name": "name"}


def test_the_name_of_the_body_goes_before_its_code():
    source = of({"Organisation": ["Cotswold Council"], "OrganisationLabel": ["23UB"]})
    assert columns(map_headings(LAYERS["buildings"], source)) == {"Organisation": "owner"}


def test_half_a_pair_of_coordinates_is_left_out_beside_a_full_one():
    source = of({"easting": ["440715"], "northing": ["354526"], "X": ["-2.1"]})
    mapped = map_headings(LAYERS["buildings"], source)
    assert "lon" not in mapped.frame.columns
    assert rules(mapped) == ["buildings.two_headings"]


def test_break_dates_in_several_columns_are_put_together():
    source = of(
        {
            "Earliest break date": ["01/04/2027", ""],
            "Last break date": ["01/04/2030", "01/04/2031"],
            "Actual break date": ["01/04/2027", ""],
        }
    )
    mapped = map_headings(LAYERS["leases"], source)
    together = [set(cell.split(";")) for cell in mapped.frame["break_dates"]]
    assert together == [{"01/04/2027", "01/04/2030"}, {"01/04/2031"}]
    assert sorted(mapped.mapping["how"]) == ["alias", "joined", "joined"]
    assert not mapped.issues


# --- what does not fit -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Market value", ["see note", "on request"]),
        ("Status", ["blue", "green"]),
        ("Survey date", ["soon", ""]),
        ("Wheelchair access", ["ramp at rear", "steps"]),
    ],
)
def test_a_column_none_of_whose_cells_can_be_read_is_not_mapped_and_said_so(heading, cells):
    mapped = map_headings(LAYERS["buildings"], of({heading: cells}))
    assert columns(mapped) == {}
    (issue,) = mapped.issues
    assert (issue.rule, issue.ids) == ("buildings.cells_do_not_fit", (heading,))
    assert f"'{cells[0]}'" in issue.message and "--map" in issue.remedy
    assert issue.severity == "warning"


def test_one_cell_that_fits_is_enough():
    assert mapped_to("buildings", "Market value", *["see note"] * 5000, "£250k") == (
        "market_value_gbp"
    )


def test_a_column_under_the_planners_own_name_stays_for_the_checks_to_refuse():
    mapped = map_headings(LAYERS["buildings"], of({"tenure": ["palace"], "gia_m2": ["big"]}))
    assert columns(mapped) == {"tenure": "tenure", "gia_m2": "gia_m2"}
    assert mapped.issues == ()


def test_a_blank_column_is_mapped_by_its_first_meaning():
    assert mapped_to("buildings", "LandArea", "", "") == "site_area_ha"
    assert mapped_to("buildings", "Survey date", "n/a", "-") == "survey_date"


# --- suggestions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("income_gbp_py", "income_gbp_pa"),
        ("Energy perf. rating", "epc"),
        ("Gross Intrnal Area", "gia_m2"),
        ("Propertyname1", "name"),
        ("Bldg Opening hours", ""),
        ("Telephone", ""),
    ],
)
def test_suggestions(heading: str, column: str):
    assert suggestion("buildings", heading) == column


def test_headings_that_are_not_used_are_one_warning_with_suggestions_never_applied():
    source = of({"income_gbp_py": ["1"], "Telephone": ["2"], "src_old": ["3"], "OBJECTID": ["4"]})
    mapped = map_headings(LAYERS["buildings"], source)
    assert list(mapped.frame.columns) == list(source.columns)
    assert mapped.unknown == ("income_gbp_py", "Telephone")
    (issue,) = mapped.issues
    assert (issue.rule, issue.ids) == ("buildings.unknown_column", ("income_gbp_py", "Telephone"))
    assert "2 columns are not used" in issue.message
    assert "'income_gbp_py': did you mean 'income_gbp_pa'?" in issue.message
    assert mapped.mapping["how"].tolist() == ["not used", "not used", "carried", "not used"]
    assert mapped.mapping["suggestion"].tolist() == ["income_gbp_pa", "", "", ""]


def test_a_column_that_is_there_is_not_suggested():
    source = of({"income_gbp_pa": ["1"], "income_gbp_py": ["2"]})
    assert "did you mean" not in map_headings(LAYERS["buildings"], source).issues[0].message


# --- what the user told ----------------------------------------------------------------------


def test_a_given_mapping_goes_before_everything():
    source = of({"Valuation": ["250000"], "market_value_gbp": ["1"], "Name": ["A"]})
    told = {"valuation": "market_value_gbp", "Name": "-"}
    mapped = map_headings(LAYERS["buildings"], source, given=told)
    assert columns(mapped) == {"Valuation": "market_value_gbp"}
    assert mapped.frame["market_value_gbp"].tolist() == ["250000"]
    assert mapped.frame["src_market_value_gbp"].tolist() == ["1"]
    assert mapped.mapping["how"].tolist() == ["given", "not used", "not used"]
    assert rules(mapped) == ["buildings.two_headings"]


def test_a_given_mapping_is_not_asked_whether_its_cells_fit():
    told = {"Status": "status"}
    mapped = map_headings(LAYERS["buildings"], of({"Status": ["W", "RDS"]}), given=told)
    assert columns(mapped) == {"Status": "status"}


@pytest.mark.parametrize("target", ["over_75", "src_notes", "households", "sex"])
def test_people_may_be_given_a_new_weight(target: str):
    mapped = map_headings(LAYERS["demand"], of({"O75": ["12"]}), given={"O75": target})
    assert mapped.frame.columns.tolist() == [target]


@pytest.mark.parametrize(
    ("layer", "told", "rule", "says"),
    [
        ("buildings", {"Nme": "name"}, "buildings.map_heading", "did you mean 'Name'?"),
        ("buildings", {"Name": "nam"}, "buildings.map_column", "did you mean 'name'?"),
        ("buildings", {"Name": "new_weight"}, "buildings.map_column", ""),
        ("demand", {"Name": "New Weight"}, "demand.map_column", ""),
        ("buildings", {"Name": "owner", "Other": "owner"}, "buildings.mapped_twice", "one of"),
    ],
)
def test_a_given_mapping_that_cannot_be_meant_is_refused(layer, told, rule, says):
    with pytest.raises(InputError) as refused:
        map_headings(LAYERS[layer], of({"Name": ["A"], "Other": ["B"]}), given=told)
    (issue,) = refused.value.issues
    assert issue.rule == rule
    assert says in issue.remedy


# --- whole tables ----------------------------------------------------------------------------


def test_the_frame_and_its_geometry_stay_as_they_are():
    plain = of({"Name": ["A"], "Geometry": ["x"]}).rename(columns={"Geometry": "geom"})
    shaped = gpd.GeoDataFrame(
        plain[["Name"]], geometry=[shapely.Point(440715, 354526)], crs="EPSG:27700"
    )
    shaped.attrs["issues"] = ("kept",)
    before = shaped.copy()
    mapped = map_headings(LAYERS["buildings"], shaped)
    assert isinstance(mapped.frame, gpd.GeoDataFrame)
    assert mapped.frame.crs == shaped.crs and mapped.frame.geometry.equals(shaped.geometry)
    assert mapped.mapping["heading"].tolist() == ["Name"]
    assert mapped.frame.attrs["issues"] == ("kept",)
    pd.testing.assert_frame_equal(shaped, before)


def test_numbers_dates_and_missing_cells_are_no_obstacle():
    source = pd.DataFrame(
        {
            "Easting": [440715.0, np.nan],
            "Survey date": pd.to_datetime(["2024-01-01", None]),
            "Accessible building": [True, False],
            "Market value": [pd.NA, 3],
        }
    )
    found = columns(map_headings(LAYERS["buildings"], source))
    assert list(found.values()) == ["easting", "survey_date", "accessible", "market_value_gbp"]


def test_a_table_without_rows_or_columns():
    for layer in LAYERS.values():
        mapped = map_headings(layer, pd.DataFrame())
        assert mapped.mapping.columns.tolist() == list(MAPPING_COLUMNS) and mapped.mapping.empty
        headed = map_headings(layer, pd.DataFrame({"name": pd.Series(dtype=object)}))
        assert len(headed.frame.columns) == 1


_HEADINGS = sorted(key for key in meanings("buildings"))[::7] + ["src_x", "Blah", "easting", "X"]


@examples(
    st.lists(st.sampled_from(_HEADINGS), min_size=1, max_size=8, unique=True),
    st.sampled_from(["12", "Freehold", "", "440715", "-2.1", "Land", "01/02/2020"]),
)
def test_nothing_is_lost_and_no_column_is_there_twice(headings: list[str], cell: str):
    source = of({heading: [cell] for heading in headings})
    mapped = map_headings(LAYERS["buildings"], source)
    assert len(mapped.frame.columns) == len(source.columns)
    assert mapped.frame.columns.is_unique
    assert mapped.mapping["heading"].tolist() == headings
    used = [c for c in mapped.mapping["column"] if c]
    assert len(used) == len(set(used)) and set(used) <= set(mapped.frame.columns)
    again = map_headings(LAYERS["buildings"], mapped.frame)
    assert list(again.frame.columns) == list(mapped.frame.columns)


@examples(st.permutations(["Status", "Asset Type", "Use", "Tenure", "Category", "Ref"]))
def test_the_order_of_the_columns_changes_nothing(order: list[str]):
    cells = {
        "Status": "Vacant", "Asset Type": "Land & building", "Use": "Depot", "Tenure": "Freehold",
        "Category": "Corporate", "Ref": "A1",
    }  # fmt: skip
    found = columns(map_headings(LAYERS["buildings"], of({h: [cells[h]] for h in order})))
    assert found == {
        "Status": "status", "Asset Type": "holding_type", "Use": "use", "Tenure": "tenure",
        "Category": "use_2", "Ref": "asset_id",
    }  # fmt: skip


# --- real registers --------------------------------------------------------------------------


def read(path: Path, **options: object) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str, **options).fillna("")
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig").fillna("")


def test_a_councils_register(shared_data: Path):
    source = read(shared_data / "trafford" / "trafford_land_and_building_assets.csv")
    mapped = map_headings(LAYERS["buildings"], source)
    found = columns(mapped)
    assert len(found) == 18 and mapped.issues == ()
    assert found["GeoX"] == "lon" and found["GeoY"] == "lat"
    assert found["TenureDetail"] == "tenure_category" and found["OtherDetail"] == "use"
    assert found["BuildingSize"] == "gia_m2" and found["HoldingType"] == "holding_type"
    assert "Transparency Code" in mapped.publication


def test_a_fire_authoritys_register(shared_data: Path):
    path = shared_data / "derbyshire_fire_register" / "derbyshire_fire_land_and_assets.xlsx"
    found = columns(map_headings(LAYERS["stations"], read(path, header=1)))
    assert list(found.values()) == [
        "uprn", "name", "address", "postcode", "duty_system", "site_area_ha", "gia_m2",
        "coordinates", "tenure", "holding_type",
    ]  # fmt: skip
    mapped = map_headings(LAYERS["buildings"], read(path, header=1))
    assert [(i.rule, i.ids) for i in mapped.issues] == [("buildings.cells_do_not_fit", ("Status",))]


def test_the_population_of_neighbourhoods(shared_data: Path):
    source = read(shared_data / "trafford" / "trafford_mye2024_oa.csv")
    mapped = map_headings(LAYERS["demand"], source)
    assert columns(mapped) == {
        "period": "as_at", "area_code": "demand_id", "area_name": "name",
        "geography": "geography", "sex": "sex", "all_ages": "population",
        "aged_65_and_over": "over_65",
    }  # fmt: skip
    assert {"0", "64", "65", "90+"} <= set(mapped.unknown)


def test_centroids_of_neighbourhoods(shared_data: Path):
    path = shared_data / "lsoa_england_wales" / "lsoa11_pwc_population_imd2019.parquet"
    mapped = map_headings(LAYERS["demand"], read(path))
    assert columns(mapped) == {
        "lsoa11cd": "demand_id", "lsoa11nm": "name", "X": "easting", "Y": "northing",
        "Population (Total)": "population", "RUC11": "rural_urban",
    }  # fmt: skip
    assert mapped.publication == "ONS: population-weighted centroids"


@pytest.mark.parametrize(
    ("file", "layer", "used"),
    [
        ("gm_libraries.csv", "services", 6),
        ("trafford_childrens_centres.csv", "services", 6),
        ("trafford_community_hubs.csv", "services", 5),
        ("trafford_leisure_centres.csv", "services", 6),
        ("trafford_general_practices.csv", "services", 5),
    ],
)
def test_lists_of_services(shared_data: Path, file: str, layer: str, used: int):
    mapped = map_headings(LAYERS[layer], read(shared_data / "trafford" / file))
    found = columns(mapped)
    assert len(found) == used
    assert {"name", "address", "postcode", "lon", "lat"} <= set(found.values())


@pytest.mark.parametrize(
    ("layer", "row", "wanted"),
    [
        (  # a borough's list with the Code's mandatory and recommended fields
            "buildings",
            {
                "Organisation name": "Borsetshire Borough Council",
                "Unique Property Reference Number (UPRN)": "37013222",
                "Unique Asset ID": "0103",
                "Name": "Town Hall",
                "No": "1",
                "Street": "High Street",
                "Post Town": "Felpersham",
                "Post Code": "FE1 1AA",
                "X Co-ordinate": "461905",
                "Y Co-ordinate": "99834",
                "Tenure": "Freehold",
                "Tenure Category": "Occupied by the LA",
                "Asset Category": "Operational land and buildings",
                "Purpose": "Offices",
            },
            "owner uprn asset_id name street_number street post_town postcode easting northing "
            "tenure tenure_category use_2 use",
        ),
        (  # the LGA's schema, with the code of the body in the label's column
            "buildings",
            {
                "Organisation": "Borsetshire Borough Council",
                "OrganisationLabel": "23UB",
                "UPRN": "100121228178",
                "AssetCode": "09/00025/Land and Building",
                "PropertyName": "1 Berkeley Mews",
                "StreetName": "High Street",
                "PostTown": "Felpersham",
                "PostCode": "FE1 1AA",
                "GeoX": "395265",
                "GeoY": "222126",
                "TenureType": "Freehold",
                "TenureDetail": "Leasehold",
                "HoldingType": "Land and Building",
            },
            "owner - uprn asset_id name street post_town postcode easting northing tenure "
            "tenure_category holding_type",
        ),
        (  # Scotland's Spatial Hub: council asset register
            "buildings",
            {
                "la_s_code": "S12000047",
                "local_authority": "Fife",
                "site_ref": "P123",
                "uprn": "320031234",
                "address": "High Street, Cupar",
                "type": "Depot",
                "sh_classification": "Storage",
                "status": "Operational",
                "tenure": "Leased-in",
                "sh_src": "x1",
            },
            "district_id owner asset_id uprn address use - status tenure -",
        ),
        (  # the property and lease fields of the government's property database
            "leases",
            {
                "Property reference": "P1",
                "Annual rent": "12000",
                "Start Date": "01/04/2015",
                "Expiry Date": "31/03/2030",
                "Landlord": "Estates Ltd",
                "Repair Liability": "FRI",
                "Lease break in place": "Yes",
                "Earliest break date": "01/04/2025",
                "Break notice term": "6",
                "Break penalty": "0",
                "Review Date": "01/04/2020",
            },
            "asset_id annual_rent_gbp start expiry - - - break_dates break_notice_months "
            "break_penalty_gbp -",
        ),
        (  # Indices of Deprivation, file 7
            "demand",
            {
                "LSOA code (2021)": "E01011949",
                "LSOA name (2021)": "Hartlepool 009A",
                "Local Authority District code (2024)": "E06000001",
                "Local Authority District name (2024)": "Hartlepool",
                "Index of Multiple Deprivation (IMD) Score": "36.0",
                "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of "
                "LSOAs)": "2",
                "Total population: mid 2022": "1954",
            },
            "demand_id name district_id - - imd_decile population",
        ),
        (  # NHS ODS, with the columns' documented names
            "services",
            {
                "Organisation Code": "RX9AB",
                "Name": "FELPERSHAM AMBULANCE STATION",
                "National Grouping": "Y60",
                "High Level Health Geography": "QF7",
                "Address Line 1": "STATION ROAD",
                "Address Line 4": "FELPERSHAM",
                "Postcode": "FE1 1AA",
                "Close Date": "20190331",
            },
            "unit_id name - - address_1 post_town postcode closed",
        ),
        (  # a brigade's own list
            "stations",
            {
                "Stn No": "12",
                "Station": "Felpersham",
                "Crewing": "WT/RDS",
                "No of Appliances": "2",
                "Eastings": "440715",
                "Northings": "354526",
            },
            "station_id name duty_system vehicles easting northing",
        ),
    ],
)
def test_rows_of_headings_as_they_are_published(layer: str, row: dict[str, str], wanted: str):
    mapped = map_headings(LAYERS[layer], of({h: [cell] for h, cell in row.items()}))
    found = [column or "-" for column in mapped.mapping["column"]]
    assert found == wanted.split()
    assert "cells_do_not_fit" not in " ".join(rules(mapped))

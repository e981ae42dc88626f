"""How complete the columns are that the planner needs, and what their blanks cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assets.completeness import COMPLETENESS_COLUMNS, PLACE, completeness, label, words
from assets.issues import Issue
from assets.schema import LAYERS
from assets.sheets import sheet_of

BUILDINGS = pd.DataFrame(
    {
        "asset_id": ["b1", "b2", "b3", "b4"],
        "name": "Hall",
        "owner": "Council",
        "asset_type": "office",
        "tenure": "freehold",
        "status": "operational",
        "gia_m2": 100,
        "running_cost_gbp_pa": 1000,
        "easting": 400000,
        "northing": 400000,
    }
)


def rows_of(defaulted=False, issues=(), **layers):
    sheets = {name: sheet_of(name, frame) for name, frame in layers.items()}
    table = completeness(sheets, issues, defaulted=defaulted)
    assert tuple(table.columns) == COMPLETENESS_COLUMNS
    return {(row["layer"], row["column"]): row for row in table.to_dict("records")}


def building(column, frame, **more):
    return rows_of(buildings=frame, **more)["buildings", column]


def test_a_full_required_column_costs_nothing():
    row = building("gia_m2", BUILDINGS)
    assert (row["filled"], row["rows"], row["share"]) == (4, 4, 1.0)
    assert (row["need"], row["consequence"]) == ("required", "")


def test_blanks_of_a_required_column_stop_a_plan_and_are_counted():
    row = building("running_cost_gbp_pa", BUILDINGS.assign(running_cost_gbp_pa=[1, "", 3, ""]))
    assert (row["filled"], row["rows"], row["share"]) == (2, 4, 0.5)
    assert row["consequence"].startswith("without running costs, 2 buildings stop a plan")


def test_one_blank_is_told_in_the_singular():
    row = building("tenure", BUILDINGS.assign(tenure=["freehold"] * 3 + [""]))
    assert row["consequence"].startswith("without a tenure, 1 building stops a plan")


def test_a_column_that_is_not_there_is_blank_in_every_row():
    row = building("gia_m2", BUILDINGS.drop(columns="gia_m2"))
    assert (row["filled"], row["rows"]) == (0, 4)


def test_a_cell_that_cannot_be_read_is_not_filled():
    row = building("gia_m2", BUILDINGS.assign(gia_m2=["100", "ask the surveyor", "1", "2"]))
    assert (row["filled"], row["rows"]) == (3, 4)


def test_what_the_default_table_fills_is_told_in_its_own_words():
    frame = BUILDINGS.assign(running_cost_gbp_pa=[1, "", 3, ""])
    said = "without running costs, 2 buildings are priced from the default table"
    issue = Issue("buildings.defaulted", said, ("b2", "b4"),
                  "fill in running_cost_gbp_pa with the owner's own figures", "buildings",
                  "warning")  # fmt: skip
    row = building("running_cost_gbp_pa", frame, issues=[issue])
    assert (row["filled"], row["rows"], row["consequence"]) == (2, 4, said)


def test_blanks_the_default_table_does_not_fill_are_told_as_well():
    frame = BUILDINGS.assign(running_cost_gbp_pa="")
    said = "without running costs, 3 buildings are priced from the default table"
    issue = Issue("buildings.defaulted", said, ("b1", "b2", "b3"),
                  "fill in running_cost_gbp_pa with", "buildings", "warning")  # fmt: skip
    row = building("running_cost_gbp_pa", frame, issues=[issue])
    assert row["consequence"].startswith(f"{said}; the other 1 stops a plan")


@pytest.mark.parametrize(
    ("defaulted", "column", "said"),
    [
        (True, "gia_m2", "are filled in from the default table"),
        (["gia_m2"], "gia_m2", "are filled in from the default table"),
        (["gia_m2"], "tenure", "stop a plan"),
        (True, "name", "stop a plan"),
    ],
)
def test_columns_that_a_default_table_would_fill(defaulted, column, said):
    row = building(column, BUILDINGS.drop(columns=column), defaulted=defaulted)
    assert said in row["consequence"]


def test_assumed_figures_are_not_the_owners():
    frame = BUILDINGS.assign(source_ref=["", "survey; assumed: gia_m2, tenure", "", "assumed: x"])
    assert building("gia_m2", frame)["filled"] == 3
    assert building("running_cost_gbp_pa", frame)["filled"] == 4


def test_buildings_out_of_scope_or_without_a_place_need_no_figures():
    frame = BUILDINGS.assign(in_scope=["yes", "no", "yes", "yes"], gia_m2="",
                             easting=[400000, 400000, "", 400000],
                             northing=[400000, 400000, "", 400000])  # fmt: skip
    rows = rows_of(buildings=frame)
    assert rows["buildings", "gia_m2"]["rows"] == 2
    assert rows["buildings", "name"]["rows"] == 4


def test_where_no_building_has_a_place_figures_are_still_asked_for():
    frame = BUILDINGS.drop(columns=["easting", "northing"]).assign(gia_m2="")
    assert building("gia_m2", frame)["rows"] == 4


def test_only_freeholds_that_may_go_need_a_market_value():
    frame = BUILDINGS.assign(tenure=["freehold", "leasehold", "freehold", "freehold"],
                             decision_lock=["free", "free", "retain", "close"])  # fmt: skip
    row = building("market_value_gbp", frame)
    assert (row["filled"], row["rows"], row["need"]) == (0, 2, "conditional")
    assert "2 buildings are without a market value" in row["consequence"]


def test_a_column_no_row_needs_is_left_out():
    assert ("buildings", "build_capex_gbp") not in rows_of(buildings=BUILDINGS)
    candidate = BUILDINGS.assign(status="candidate")
    row = building("build_capex_gbp", candidate)
    assert row["consequence"] == "without the cost of building, 4 buildings stop a plan"


def test_only_fire_units_without_a_turnout_time_need_a_duty_system():
    services = pd.DataFrame(
        {"unit_id": ["u1", "u2", "u3", "u4"], "service_type": ["fire", "fire", "fire", "library"],
         "asset_id": "b1", "operator": "x", "space_m2": 10,
         "duty_system": ["wholetime", "", "", ""], "turnout_s": ["", 90, "", ""]}
    )  # fmt: skip
    row = rows_of(services=services)["services", "duty_system"]
    assert (row["filled"], row["rows"]) == (1, 2)
    assert row["consequence"] == "without a duty system, 1 service unit stops a plan"


def test_a_station_needs_what_its_building_and_its_unit_need():
    stations = pd.DataFrame(
        {"station_id": ["s1", "s2"], "name": "x", "service_type": "fire", "owner": "y",
         "easting": 400000, "northing": 400000, "over_border": ["no", "yes"]}
    )  # fmt: skip
    row = rows_of(stations=stations)["stations", "gia_m2"]
    assert (row["need"], row["rows"]) == ("required", 1)
    assert "1 station stops a plan" in row["consequence"]


# --- places ----------------------------------------------------------------------------------


def test_buildings_without_coordinates_are_out_of_the_model_and_wrong_ones_stop_a_plan():
    frame = BUILDINGS.assign(easting=[400000, "", 4000000, "see map"],
                             northing=[400000, "", 400000, 400000])  # fmt: skip
    row = building(PLACE, frame)
    assert (row["filled"], row["rows"]) == (1, 4)
    assert row["consequence"] == (
        "without usable coordinates, 1 building stays in the layer, out of the model; "
        "2 more stop a plan"
    )


def test_people_without_coordinates_stop_a_plan():
    demand = pd.DataFrame({"demand_id": ["d1", "d2"], "population": [1, 2],
                           "easting": [400000, ""], "northing": [400000, ""]})  # fmt: skip
    row = rows_of(demand=demand)["demand", PLACE]
    said = "without usable coordinates, 1 place with people stops a plan"
    assert (row["filled"], row["consequence"]) == (1, said)


def test_a_layer_without_any_coordinates_stops_a_plan():
    row = building(PLACE, BUILDINGS.drop(columns=["easting", "northing"]))
    assert row["consequence"] == "without usable coordinates, 4 buildings stop a plan"


def test_no_layers_and_empty_layers_have_no_rows():
    assert rows_of() == {}
    assert rows_of(buildings=None) == {}


# --- words -----------------------------------------------------------------------------------


def test_every_required_column_has_words_a_councillor_can_read():
    for layer in LAYERS.values():
        for column in layer.columns:
            if column.required or column.conditional or column.absence:
                assert not set("_<>") & set(words(column.name))
                assert label(column.name).split()[0] not in ("a", "an", "the")


def test_shares_are_numbers_between_nought_and_one():
    table = completeness({"buildings": sheet_of("buildings", BUILDINGS.assign(gia_m2=np.nan))})
    assert table["share"].between(0, 1).all()
    assert table["filled"].dtype == table["rows"].dtype == np.int64

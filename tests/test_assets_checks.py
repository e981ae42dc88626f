"""One valid estate, one thing broken, one expected message: a row per rule."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from assets import checks, sheets
from assets.checks import CHECKS
from assets.estate import build_estate, check_layers
from assets.issues import InputError
from assets.naming import headings
from tests.toy_estate import toy_layers

Layers = dict[str, pd.DataFrame]
Break = Callable[[Layers], object]


def put(layer: str, row: int, **cells: object) -> Break:
    """Write cells into one row of a layer (new columns are blank elsewhere)."""

    def change(layers: Layers) -> None:
        frame = layers[layer]
        for name, value in cells.items():
            if name not in frame.columns:
                frame[name] = ""
            frame.loc[row, name] = value

    return change


def both(*changes: Break) -> Break:
    def change(layers: Layers) -> None:
        for one in changes:
            one(layers)

    return change


def repeat(layer: str, row: int, **cells: object) -> Break:
    """Append a copy of a row with some cells changed."""

    def change(layers: Layers) -> None:
        frame = layers[layer]
        layers[layer] = pd.concat([frame, frame.loc[[row]].assign(**cells)], ignore_index=True)

    return change


def without(layer: str, *columns: str) -> Break:
    def change(layers: Layers) -> None:
        layers[layer] = layers[layer].drop(columns=list(columns))

    return change


def leave_out(layer: str) -> Break:
    return lambda layers: layers.pop(layer)


def reshape(row: int, shape: object) -> Break:
    """Give an area another outline."""

    def change(layers: Layers) -> None:
        shapes = np.array(layers["areas"].geometry.array, dtype=object)
        shapes[row] = shape
        layers["areas"] = layers["areas"].set_geometry(
            gpd.GeoSeries(shapes, crs="EPSG:27700", index=layers["areas"].index)
        )

    return change


def swap_all(layers: Layers) -> None:
    layers["demand"] = layers["demand"].rename(
        columns={"easting": "northing", "northing": "easting"}
    )


def stray(layers: Layers) -> None:
    """Twenty places near Sale, one of them with its axes the wrong way round."""
    row = layers["demand"].iloc[[0]]
    many = pd.concat([row] * 20, ignore_index=True)
    many["demand_id"] = [f"S{n}" for n in range(20)]
    many["easting"] = [str(375000 + 250 * n) for n in range(20)]
    many["northing"] = [str(390000 + 300 * n) for n in range(20)]
    many.loc[7, ["easting", "northing"]] = many.loc[7, ["northing", "easting"]].to_numpy()
    layers["demand"] = many


def stations(**cells: str | None) -> Break:
    """Two stations, complete but for the cells given for the first; None = no such column."""

    def change(layers: Layers) -> None:
        row = {"station_id": "S1", "name": "North", "service_type": "fire", "owner": "Fire",
               "easting": "372000", "northing": "91500", "tenure": "freehold", "gia_m2": "400",
               "running_cost_gbp_pa": "30000", "space_m2": "300", "market_value_gbp": "100000",
               "duty_system": "on_call"}  # fmt: skip
        other = row | {"station_id": "S2", "name": "South", "northing": "89500"}
        frame = pd.DataFrame([row | cells, other], dtype=object)
        layers["stations"] = frame.drop(columns=[n for n, cell in cells.items() if cell is None])

    return change


def nowhere_but_areas(layers: Layers) -> None:
    """No building has a place: the first is known to an area, the others not at all."""
    count = len(layers["buildings"]) - 1
    layers["buildings"] = layers["buildings"].assign(
        easting=["370000"] + [""] * count,
        northing=["90000"] + [""] * count,
        place_precision=["area"] + [""] * count,
    )


def coded(*ids: str, heading: str = "demand_id") -> Break:
    """Other ids of demand, under a heading that may name their census."""

    def change(layers: Layers) -> None:
        layers["demand"] = (
            layers["demand"].assign(demand_id=list(ids)).rename(columns={"demand_id": heading})
        )

    return change


def many_of_an_older_census(layers: Layers) -> None:
    """A thousand LSOAs, said to be of 2021, none of which came in then."""
    row = layers["demand"].iloc[[0]]
    many = pd.concat([row] * 1_000, ignore_index=True)
    many["demand_id"] = [f"E01{n:06}" for n in range(1, 1_001)]
    layers["demand"] = many.rename(columns={"demand_id": "LSOA21CD"})


BOWTIE = shapely.Polygon([(369000, 89000), (372000, 92000), (372000, 89000), (369000, 92000)])
NO_PLACE = {"easting": "", "northing": ""}

# rule, what is broken, ids named, part of the message or remedy
ERRORS: list[tuple[str, Break, tuple[str, ...], str]] = [
    ("services.missing_layer", leave_out("services"), ("services",), "not there or has no rows"),
    ("buildings.missing_column", without("buildings", "tenure"), ("tenure",), "missing"),
    (
        "demand.missing_column",
        without("demand", "easting", "northing"),
        ("easting and northing (or lon and lat, or a geometry)",),
        "missing",
    ),
    ("buildings.blank_cell", put("buildings", 1, owner=" "), ("B2",), "owner is blank"),
    ("buildings.blank_cell", put("buildings", 1, asset_id=""), ("row 3 (West library)",), "blank"),
    ("areas.blank_cell", put("areas", 0, name=""), ("P1",), "name is blank"),
    (
        "buildings.unreadable_cell",
        put("buildings", 1, running_cost_gbp_pa="see lease"),
        ("B2",),
        "running_cost_gbp_pa is not a number: 'see lease'",
    ),
    ("demand.unreadable_cell", put("demand", 0, imd_decile="2.5"), ("D1",), "not a whole number"),
    ("buildings.unreadable_cell", put("buildings", 0, in_scope="perhaps"), ("B1",), "yes nor no"),
    (
        "leases.unreadable_cell",
        put("leases", 0, expiry="Lady Day"),
        ("B3",),
        "expiry is not a date",
    ),
    ("leases.unreadable_cell", put("leases", 0, break_dates="soon"), ("B3",), "list of dates"),
    ("services.unreadable_cell", put("services", 0, service_type="☃"), ("U1",), "no letters"),
    ("buildings.unreadable_cell", put("buildings", 1, gia_m2=np.inf), ("B2",), "gia_m2 is not"),
    (
        "buildings.below_minimum",
        put("buildings", 1, running_cost_gbp_pa="-£45,000"),
        ("B2",),
        "running_cost_gbp_pa is negative: -45000",
    ),
    ("demand.below_minimum", put("demand", 2, households="-1"), ("D3",), "households is negative"),
    ("demand.below_minimum", put("demand", 2, imd_decile="0"), ("D3",), "imd_decile is below 1"),
    ("demand.above_maximum", put("demand", 2, imd_decile="11"), ("D3",), "above 10: 11"),
    (
        "buildings.above_maximum",
        put("buildings", 0, disposal_cost_pct="250"),
        ("B1",),
        "disposal_cost_pct is above 100",
    ),
    (
        "buildings.not_allowed",
        put("buildings", 0, tenure="freehld"),
        ("B1",),
        "did you mean 'freehold'? (allowed: freehold, leasehold, licence, other)",
    ),
    ("buildings.not_allowed", put("buildings", 0, condition_grade="E"), ("B1",), "'E' is not"),
    ("buildings.duplicate_id", repeat("buildings", 0, name="Twin"), ("B1",), "same asset_id"),
    ("areas.duplicate_id", repeat("areas", 2, kind="town"), ("W2",), "same area_id"),
    (
        "leases.overlap",
        repeat("leases", 0, annual_rent_gbp="1"),
        ("B3",),
        "B3 has 2016-04-01 to 2041-03-31 (row 2) and 2016-04-01 to 2041-03-31 (row 3)",
    ),
    ("leases.break_outside", put("leases", 0, break_dates="2050-01-01"), ("B3",), "outside"),
    ("leases.break_outside", put("leases", 0, break_dates="2016-03-31"), ("B3",), "outside"),
    (
        "leases.below_minimum",
        put("leases", 0, annual_rent_gbp="-1"),
        ("B3",),
        "annual_rent_gbp is negative",
    ),
    ("buildings.below_minimum", put("buildings", 0, clawback_gbp="-1"), ("B1",), "is negative"),
    ("services.below_minimum", put("services", 0, one_off_gbp="-1"), ("U1",), "is negative"),
    (
        "buildings.not_allowed",
        put("buildings", 0, building_class="brick"),
        ("B1",),
        "(allowed: standard, non_standard)",
    ),
    (
        "buildings.not_allowed",
        put("buildings", 0, receipt_confidence="maybe"),
        ("B1",),
        "(allowed: high, medium, low)",
    ),
    ("buildings.range", put("buildings", 0, market_value_gbp="600000"), ("B1",), "_low and _high"),
    ("buildings.range", put("buildings", 0, gia_m2_low="501"), ("B1",), "gia_m2 is not between"),
    ("demand.no_coordinates", put("demand", 0, **NO_PLACE), ("D1",), "no coordinates"),
    (
        "demand.unreadable_coordinates",
        put("demand", 0, easting="ask us", northing="ask us"),
        ("D1",),
        "'ask us'",
    ),
    ("buildings.no_coordinates", nowhere_but_areas, ("B2", "B3", "B4", "B5", "B6"), "is left"),
    ("buildings.place_too_coarse", nowhere_but_areas, ("B1",), "no building is left"),
    ("stations.id_clash", stations(station_id="B1"), ("B1",), "buildings has the same asset_id"),
    (
        "stations.id_clash",
        both(stations(), put("services", 0, unit_id="S1-fire")),
        ("S1",),
        "services has the same unit_id",
    ),
    ("stations.missing_column", stations(gia_m2=None), ("gia_m2",), "`defaults: standard`"),
    ("stations.blank_cell", stations(running_cost_gbp_pa=""), ("S1",), "running_cost_gbp_pa is"),
    ("stations.no_duty_system", stations(duty_system=""), ("S1",), "a fire unit has neither"),
    ("buildings.half_coordinates", put("buildings", 0, easting=""), ("B1",), "only one"),
    (
        "buildings.unreadable_coordinates",
        put("buildings", 0, easting="37000O", northing="Not available here"),
        ("B1",),
        "coordinates are not numbers: '37000O'",
    ),
    (
        "buildings.degrees_in_metres",
        put("buildings", 0, easting="-2.42", northing="50.71", lon="-1.0", lat="52.0"),
        ("B1",),
        "put them into lon and lat",
    ),
    (
        "buildings.metres_in_degrees",
        put("buildings", 0, **NO_PLACE, lon="370000", lat=""),
        ("B1",),
        "beyond 180 and 90 degrees",
    ),
    ("demand.swapped", swap_all, ("D1", "D2", "D3", "D4", "D5"), "look swapped"),
    ("buildings.outside_gb", put("buildings", 0, easting="37000"), ("B1",), "'37000 90000'"),
    ("buildings.candidate_incomplete", put("buildings", 5, build_capex_gbp=""), ("B6",), "capex"),
    ("buildings.candidate_incomplete", put("buildings", 5, capacity_m2=""), ("B6",), "capacity"),
    ("buildings.candidate_in_use", put("services", 4, asset_id="B6"), ("B6",), "not built yet"),
    ("services.unknown_building", put("services", 0, asset_id="B1a"), ("U1",), "'B1a'"),
    (
        "services.stays_in_closing",
        both(put("buildings", 0, decision_lock="close"), put("services", 0, lock="stay")),
        ("U1",),
        "free one of the two locks",
    ),
    ("services.no_duty_system", put("services", 0, duty_system=""), ("U1",), "duty_system"),
    (
        "demand.no_people",
        lambda layers: layers["demand"].update(layers["demand"].assign(population="0")),
        ("population",),
        "whole population is 0",
    ),
    ("leases.unknown_building", put("leases", 0, asset_id="B33"), ("B33",), "'B33'"),
    ("leases.dates_order", put("leases", 0, start="2042-01-01"), ("B3",), "start is after expiry"),
    (
        "compatibility.contradiction",
        repeat("compatibility", 0, service_a="library", service_b="fire", rule="forbidden"),
        ("fire + library", "library + fire"),
        "different things",
    ),
    (
        "compatibility.contradiction",
        repeat("compatibility", 0, cost_gbp="1"),
        ("fire + library",),
        "different things",
    ),
    (
        "compatibility.conditional_without_cost",
        put("compatibility", 0, cost_gbp=""),
        ("fire + library",),
        "no cost_gbp",
    ),
    ("areas.no_polygon", reshape(0, None), ("P1",), "no polygon"),
    ("areas.no_polygon", reshape(0, shapely.Point(370000, 90000)), ("P1",), "no polygon"),
    ("areas.no_polygon", reshape(0, shapely.Polygon()), ("P1",), "no polygon"),
]

WARNINGS: list[tuple[str, Break, tuple[str, ...], str]] = [
    (
        "buildings.unknown_column",
        put("buildings", 0, income_gbp_py="1"),
        ("income_gbp_py",),
        "did you mean 'income_gbp_pa'?",
    ),
    ("buildings.two_headings", put("buildings", 0, Eastings="1"), ("Eastings",), "'easting' is"),
    ("demand.not_a_weight", put("demand", 0, comment="rough"), ("comment",), "is not a number"),
    ("demand.not_a_weight", put("demand", 0, score="-1"), ("score",), "-1 is negative"),
    ("demand.not_a_weight", put("demand", 0, spare=""), ("spare",), "every cell is blank"),
    ("services.unusual_value", put("services", 4, service_type="libary"), ("U5",), "'library'"),
    (
        "buildings.places_disagree",
        put("buildings", 0, lon="-2.4", lat="50.7"),
        ("B1",),
        "more than 100 m apart",
    ),
    ("demand.maybe_swapped", stray, ("S7",), "swapped, it would be among them"),
    ("buildings.no_coordinates", put("buildings", 0, **NO_PLACE), ("B1",), "out of the model"),
    (
        "buildings.no_coordinates",
        put("buildings", 0, easting="Not available here, see https://x.uk/9", northing="ask us"),
        ("B1",),
        "there are no coordinates ('Not available here, see https://x.uk/9'): out of the model",
    ),
    ("buildings.place_too_coarse", put("buildings", 0, place_precision="area"), ("B1",), "area"),
    ("stations.no_coordinates", stations(**NO_PLACE), ("S1",), "out of the model"),
    ("services.building_unplaced", put("buildings", 2, **NO_PLACE), ("U3", "U4"), "with it"),
    ("stations.no_market_value", stations(market_value_gbp=""), ("S1",), "counts as nil"),
    ("stations.uprn_malformed", stations(uprn="lost"), ("S1",), "'lost'"),
    (
        "demand.code_levels",
        coded("E01000001", "E01000002", "E00000001", "E01000004", "x"),
        ("E00000001",),
        "(3 LSOA, 1 output area)",
    ),
    (
        "demand.code_generation",
        coded("S01006505", "S01006506", "S01006507", "S01013481", "S01013482"),
        ("S01006505", "S01013482"),
        "different censuses",
    ),
    (
        "demand.code_generation",
        coded("E01033768", "E01033769", "E01000001", "E01000002", "W01001959", heading="LSOA11CD"),
        ("E01033769", "W01001959"),
        "'LSOA11CD' names the census of 2011, but these codes came in with that of 2021",
    ),
    ("demand.code_generation", many_of_an_older_census,
     tuple(f"E01{n:06}" for n in range(1, 1_001)), "they look older"),
    ("buildings.no_market_value", put("buildings", 0, market_value_gbp="", market_value_gbp_low="",
                                      market_value_gbp_high=""), ("B1",), "counts as nil"),
    ("buildings.over_capacity", put("buildings", 0, capacity_m2="299"), ("B1",), "by up to 1 m²"),
    ("buildings.operational_but_empty", put("services", 4, asset_id="B2"), ("B4",), "it stays"),
    ("buildings.vacant_but_used", put("buildings", 3, status="vacant"), ("B4",), "units are in it"),
    ("buildings.listed_twice", repeat("buildings", 4, asset_id="B7", uprn=""), ("B5", "B7"), ""),
    ("buildings.uprn_malformed", put("buildings", 0, uprn="1.00E+11"), ("B1",), "'1.00E+11'"),
    ("buildings.uprn_repeated", put("buildings", 1, uprn="100012797"), ("B1", "B2"), "same UPRN"),
    ("buildings.uprn_apart", repeat("buildings", 0, asset_id="B7", name="Else", easting="379000"),
     ("B1", "B7"), "500 m"),
    (
        "buildings.same_spot_postcodes",
        both(
            put("buildings", 4, postcode="M33 7ZF"),
            repeat("buildings", 4, asset_id="B7", uprn="", name="Else", postcode="M32 0AB"),
        ),
        ("B5", "B7"),
        "postcodes differ",
    ),
    ("stations.next_door", stations(northing="89600"), ("S1", "S2"), "within 100 m"),
    ("demand.unknown_area", put("demand", 0, ward_code="W9"), ("D1",), "'W9'"),
    ("services.over_border_in_scope", put("services", 0, over_border="yes"), ("U1",), "in scope"),
    ("services.crew_without_engine", put("services", 1, duty_system="on_call"), ("U2",), ""),
    ("services.unknown_host_type", put("services", 1, host_types="palace"), ("U2",), "'palace'"),
    ("demand.nobody", put("demand", 2, population="0", households="", no_car_households="",
                          under_5="", over_65=""), ("D3",), "counts for nothing"),
    ("demand.part_exceeds_whole", put("demand", 2, under_5="250"), ("D3",), "exceed population"),
    ("demand.part_exceeds_whole", put("demand", 2, no_car_households="131"), ("D3",), "households"),
    ("demand.weight_blank", put("demand", 2, fires=""), ("D3",), "fires is blank: it counts as 0"),
    ("demand.weight_blank", put("demand", 2, over_65=""), ("D3",), "over_65 is blank"),
    ("buildings.grant_of_no_candidate", put("buildings", 0, grant_gbp="9"), ("B1",), "stands"),
    ("buildings.grant_above_cost", put("buildings", 5, grant_gbp="1500001"), ("B6",), "above"),
    ("buildings.clawback_unstated", put("buildings", 0, constraints="Listed; Clawback"), ("B1",),
     "nothing is repaid"),
    ("buildings.percentage_or_share", put("buildings", 0, disposal_cost_pct="0.025"), ("B1",),
     "0.025 to 0.025 %: were shares meant, 2.5 to 2.5 %?"),
    ("services.percentage_or_share", put("services", 0, availability_day_pct="1"), ("U1",),
     "were shares meant, 100 to 100 %?"),
    ("leases.successive", repeat("leases", 0, start="2041-04-01", expiry="2051-03-31",
                                 break_dates=""), ("B3",), "continues it"),
    ("leases.lease_of_freehold", put("buildings", 2, tenure="freehold", market_value_gbp="1"),
     ("B3",), "not leasehold"),
    ("buildings.leasehold_without_lease", leave_out("leases"), ("B3",), "at no cost"),
    (
        "compatibility.pair_repeated",
        repeat("compatibility", 0, service_a="library", service_b="fire"),
        ("fire + library", "library + fire"),
        "one row",
    ),
    ("compatibility.unknown_service", put("compatibility", 1, service_b="opera"), ("opera",), "no"),
    (
        "compatibility.together_now",
        put("services", 3, asset_id="B1", space_m2="80"),
        ("B1 (advice + fire)",),
        "share one now",
    ),
    ("areas.crossed_outline", reshape(0, BOWTIE), ("P1",), "crosses itself"),
    ("areas.overlap", reshape(2, shapely.box(374000, 88000, 383000, 93000)), ("W1", "W2"), "ward"),
]  # fmt: skip


def named(cases: list[tuple[str, Break, tuple[str, ...], str]]) -> list[str]:
    return [f"{rule}-{'-'.join(ids)}" for rule, _, ids, _ in cases]


def test_the_toy_estate_is_valid():
    assert check_layers(toy_layers()) == ()


@pytest.mark.parametrize(("rule", "change", "ids", "says"), ERRORS, ids=named(ERRORS))
def test_one_thing_broken_is_one_error(rule: str, change: Break, ids: tuple[str, ...], says: str):
    layers = toy_layers()
    change(layers)
    with pytest.raises(InputError) as refused:
        build_estate(layers)
    found = [issue for issue in refused.value.issues if issue.rule == rule]
    assert [(issue.severity, issue.ids) for issue in found] == [("error", ids)]
    assert says in found[0].text() and found[0].remedy
    assert found[0].layer == rule.split(".")[0]


@pytest.mark.parametrize(("rule", "change", "ids", "says"), WARNINGS, ids=named(WARNINGS))
def test_one_odd_thing_is_one_warning(rule: str, change: Break, ids: tuple[str, ...], says: str):
    layers = toy_layers()
    change(layers)
    found = [issue for issue in build_estate(layers).warnings if issue.rule == rule]
    assert [(issue.severity, issue.ids) for issue in found] == [("warning", ids)]
    assert says in found[0].text() and found[0].remedy


def test_every_check_is_registered_once_and_documented():
    written = [f for name, f in vars(checks).items() if name.startswith("check_")]
    single = [check for check in written if check is not checks.check_all]
    assert len(CHECKS) == len(set(CHECKS))
    assert set(CHECKS) == set(single)
    assert all(check.__doc__ for check in CHECKS)


def test_every_rule_in_the_source_is_broken_by_some_test():
    source = inspect.getsource(checks) + inspect.getsource(sheets)
    written = set(re.findall(r'_found\(\s*\w+,\s*"(\w+)"', source))
    written |= set(re.findall(r'Issue\(\s*f?"[\w{}.]+\.(\w+)"', source))
    written |= {rule for rule, _, _ in checks._FAULTS.values()}
    tried = {rule.split(".")[1] for rule, *_ in (*ERRORS, *WARNINGS)}
    assert len(written) > 40
    of_headings = set(re.findall(r'_warning\(\s*layer,\s*"(\w+)"', inspect.getsource(headings)))
    repaired = {"lonlat_swapped"}  # no two coordinates come swapped out of `assets.mending.clean`
    of_strays = {"far_from_neighbours", "same_spot_many"}  # tests/test_assets_strays.py
    assert written - repaired - of_strays == tried - of_headings


def test_a_missing_column_is_told_which_unused_heading_may_be_meant():
    layers = toy_layers()
    layers["buildings"] = layers["buildings"].rename(
        columns={"running_cost_gbp_pa": "runing_cost_gbp_pa"}
    )
    (issue,) = [i for i in check_layers(layers) if i.rule == "buildings.missing_column"]
    assert issue.ids == ("running_cost_gbp_pa",)
    assert "'runing_cost_gbp_pa' (did you mean 'running_cost_gbp_pa')" in issue.remedy


def test_all_errors_come_at_once():
    layers = toy_layers()
    put("buildings", 0, tenure="x", running_cost_gbp_pa="-1")(layers)
    put("services", 1, asset_id="nowhere")(layers)
    put("demand", 2, easting="")(layers)
    with pytest.raises(InputError) as refused:
        build_estate(layers)
    rules = {issue.rule for issue in refused.value.issues}
    assert rules == {
        "buildings.not_allowed",
        "buildings.below_minimum",
        "services.unknown_building",
        "demand.half_coordinates",
    }


def test_limits_are_inclusive():
    layers = toy_layers()
    put("buildings", 0, disposal_cost_pct="100", market_value_gbp="500000", capacity_m2="300")(
        layers
    )
    put("demand", 0, imd_decile="10")(layers)
    put("buildings", 5, grant_gbp="1500000")(layers)
    put("services", 0, availability_day_pct="1.1")(layers)
    put("leases", 0, break_dates="2016-04-01;2041-03-31")(layers)
    assert check_layers(layers) == ()


def test_a_percentage_above_one_tells_that_the_others_are_percentages_too():
    layers = toy_layers()
    put("buildings", 0, disposal_cost_pct="0.5")(layers)
    put("buildings", 1, disposal_cost_pct="2")(layers)
    put("buildings", 2, constraints="clawback", clawback_gbp="0")(layers)
    assert check_layers(layers) == ()


def test_many_bad_values_are_shown_a_few_at_a_time():
    layers = toy_layers()
    layers["demand"]["population"] = ["a", "b", "c", "d", "e"]
    layers["buildings"]["gia_m2"] = [f"{'x' * 60}{n}" for n in range(6)]
    texts = "\n".join(issue.text() for issue in check_layers(layers))
    assert "'a', 'b', 'c', 'd', 'e'" in texts
    assert "'" + "x" * 40 + "…'" in texts


def test_row_numbers_are_in_natural_order():
    layers = toy_layers()
    layers["demand"] = pd.concat([layers["demand"]] * 3, ignore_index=True).assign(demand_id="")
    layers["demand"]["name"] = [f"Place {n}" for n in range(15)]  # no two rows are the same
    (issue,) = [i for i in check_layers(layers) if i.rule == "demand.blank_cell"]
    assert [int(text.split()[1]) for text in issue.ids] == list(range(2, 17))


# --- what the plan decides nothing about ------------------------------------------------------

NO_FIGURES = dict.fromkeys(
    ("tenure", "gia_m2", "running_cost_gbp_pa", "capacity_m2", "market_value_gbp",
     "market_value_gbp_low", "market_value_gbp_high"), "")  # fmt: skip
NOT_OURS: dict[str, Break] = {
    "out of scope": put("buildings", 1, in_scope="no"),
    "over the border": put("services", 1, over_border="yes"),
    "out of the model": put("buildings", 1, **NO_PLACE),
}


@pytest.mark.parametrize("why", NOT_OURS)
def test_a_building_the_plan_decides_nothing_about_needs_no_figures(why: str):
    layers = toy_layers()
    both(put("buildings", 1, **NO_FIGURES), put("services", 1, space_m2=""))(layers)
    rules = [i.rule for i in check_layers(layers) if i.severity == "error"]
    assert rules == ["buildings.blank_cell"] * 3 + ["services.blank_cell"]
    NOT_OURS[why](layers)
    assert [i.rule for i in check_layers(layers) if i.severity == "error"] == []


def test_a_building_with_a_unit_of_ours_is_ours_though_another_is_over_the_border():
    layers = toy_layers()
    both(put("buildings", 2, gia_m2=""), put("services", 2, over_border="yes"))(layers)
    (issue,) = [i for i in check_layers(layers) if i.severity == "error"]
    assert issue.rule == "buildings.blank_cell" and issue.ids == ("B3",)


def test_a_column_that_only_places_out_of_scope_lack_is_not_missing():
    layers = toy_layers()
    layers["buildings"] = layers["buildings"].drop(columns="tenure").assign(in_scope="no")
    assert [i for i in check_layers(layers) if i.severity == "error"] == []


def test_a_place_that_is_wrong_is_an_error_and_not_out_of_the_model():
    layers = toy_layers()
    put("buildings", 0, easting="37000")(layers)
    rules = {i.rule: i.severity for i in check_layers(layers)}
    assert rules["buildings.outside_gb"] == "error"
    assert "buildings.no_coordinates" not in rules and "services.building_unplaced" not in rules


def test_each_layer_is_told_its_own_rows():
    layers = toy_layers()
    both(stations(uprn="lost"), put("buildings", 0, uprn="gone"))(layers)
    found = {i.layer: i for i in check_layers(layers) if i.rule.endswith("uprn_malformed")}
    assert found["stations"].ids == ("S1",) and "'lost'" in found["stations"].message
    assert found["buildings"].ids == ("B1",) and "'gone'" in found["buildings"].message
    assert "gone" not in found["stations"].message


# --- many -------------------------------------------------------------------------------------


def test_many_wrong_words_of_a_closed_list_are_told_together():
    layers = toy_layers()
    row = layers["buildings"].iloc[[1]]
    many = pd.concat([row] * 30, ignore_index=True)
    many["asset_id"] = [f"C{n}" for n in range(30)]
    many["uprn"] = ""
    many["condition_grade"] = [f"remark {n:02}" for n in range(28)] + ["remark 27"] * 2
    layers["buildings"] = pd.concat([layers["buildings"], many], ignore_index=True)
    found = [i for i in check_layers(layers) if i.rule == "buildings.not_allowed"]
    assert len(found) == checks.VALUES_APART + 1
    assert sum(len(issue.ids) for issue in found) == 30
    assert ("C27", "C28", "C29") in [issue.ids for issue in found]
    assert "and 3 more" in found[-1].message and len(found[-1].ids) == 8


def test_words_much_longer_than_any_usual_one_are_no_near_misses():
    misses = checks._near_misses(["libary", "x" * 500, "libraryes"], ["library", "office"])
    assert misses == {"libary": "library", "libraryes": "library"}


def test_ids_are_in_natural_order_each_once():
    labels = np.array(["A10", "A9", "B1", "A9", "A09", "", "9"], dtype=object)
    assert checks._ids(labels) == ("", "9", "A09", "A9", "A10", "B1")


def far_apart(metres: float) -> tuple[Break, Break]:
    """Two rows with one UPRN, and two stations, so far apart."""
    easting = str(float(toy_layers()["buildings"].at[4, "easting"]) + metres)
    uprn = repeat("buildings", 4, asset_id="B7", uprn="5", name="Else", easting=easting)
    return both(put("buildings", 4, uprn="5"), uprn), stations(northing=str(89500 + metres))


@pytest.mark.parametrize(
    ("rule", "which", "limit"),
    [("buildings.uprn_apart", 0, checks.UPRN_APART_M), ("stations.next_door", 1, 100.0)],
)
def test_distances_between_rows_are_inclusive(rule: str, which: int, limit: float):
    found = []
    for metres in (limit, limit + 1):
        layers = toy_layers()
        far_apart(metres)[which](layers)
        found.append(rule in {issue.rule for issue in check_layers(layers)})
    assert found == ([False, True] if which == 0 else [True, False])


def test_what_defaults_can_fill_is_said_apart_from_what_they_cannot():
    layers = toy_layers()
    layers["buildings"] = layers["buildings"].drop(columns=["owner", "gia_m2"])
    told = next(i for i in check_layers(layers) if i.rule == "buildings.missing_column")
    assert told.ids == ("owner", "gia_m2")
    assert "`defaults: standard` in the scenario fills gia_m2" in told.remedy
    layers = toy_layers()
    layers["demand"] = layers["demand"].drop(columns=["easting", "northing"])
    told = next(i for i in check_layers(layers) if i.rule == "demand.missing_column")
    assert "--join" in told.remedy

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
    ("services.unreadable_cell", put("services", 0, service_type="—"), ("U1",), "no letters"),
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
    ("leases.duplicate_id", repeat("leases", 0), ("B3",), "same asset_id"),
    ("buildings.range", put("buildings", 0, market_value_gbp="600000"), ("B1",), "_low and _high"),
    ("buildings.range", put("buildings", 0, gia_m2_low="501"), ("B1",), "gia_m2 is not between"),
    ("buildings.no_coordinates", put("buildings", 0, **NO_PLACE), ("B1",), "no coordinates"),
    ("buildings.half_coordinates", put("buildings", 0, easting=""), ("B1",), "only one"),
    (
        "buildings.unreadable_coordinates",
        put("buildings", 0, easting="Not available here", northing="Not available here"),
        ("B1",),
        "coordinates are not numbers: 'Not available here'",
    ),
    (
        "buildings.degrees_in_metres",
        put("buildings", 0, easting="-2.42", northing="50.71"),
        ("B1",),
        "put them into lon and lat",
    ),
    (
        "buildings.metres_in_degrees",
        put("buildings", 0, **NO_PLACE, lon="370000", lat="90000"),
        ("B1",),
        "beyond 180 and 90 degrees",
    ),
    (
        "buildings.lonlat_swapped",
        put("buildings", 0, **NO_PLACE, lon="50.71", lat="-2.42"),
        ("B1",),
        "lon and lat look swapped",
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
    ("buildings.two_headings", put("buildings", 0, X="1"), ("X",), "'easting' is used"),
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
    ("buildings.no_market_value", put("buildings", 0, market_value_gbp="", market_value_gbp_low="",
                                      market_value_gbp_high=""), ("B1",), "counts as nil"),
    ("buildings.over_capacity", put("buildings", 0, capacity_m2="299"), ("B1",), "by up to 1 m²"),
    ("buildings.operational_but_empty", put("services", 4, asset_id="B2"), ("B4",), "it stays"),
    ("buildings.vacant_but_used", put("buildings", 3, status="vacant"), ("B4",), "units are in it"),
    ("buildings.listed_twice", repeat("buildings", 4, asset_id="B7", uprn=""), ("B5", "B7"), ""),
    ("buildings.uprn_malformed", put("buildings", 0, uprn="1.00E+11"), ("B1",), "'1.00E+11'"),
    ("buildings.uprn_repeated", put("buildings", 1, uprn="100012797"), ("B1", "B2"), "same UPRN"),
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
    ("leases.break_outside", put("leases", 0, break_dates="2050-01-01"), ("B3",), "outside"),
    ("leases.lease_of_freehold", put("buildings", 2, tenure="freehold", market_value_gbp="1"),
     ("B3",), "not leasehold"),
    ("buildings.leasehold_without_lease", leave_out("leases"), ("B3",), "at no cost"),
    ("compatibility.pair_repeated", repeat("compatibility", 0), ("fire + library",), "one row"),
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
    assert written == tried


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
    (issue,) = [i for i in check_layers(layers) if i.rule == "demand.blank_cell"]
    assert [int(text.split()[1]) for text in issue.ids] == list(range(2, 17))

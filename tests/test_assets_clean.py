"""A mapped frame cleaned once needs no more cleaning, and every row is accounted for."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.mending.clean import Cleaned, clean
from assets.naming.headings import map_headings
from assets.read import read_layer
from assets.schema import LAYERS
from assets.trail import ASIDE_COLUMNS, ASIDE_RULES, REPAIR_COLUMNS, REPAIR_RULES

TODAY = datetime.date(2026, 3, 31)

CELL = st.sampled_from(
    ["", "A1", "A2", "Total", "n/a", "-", "440715", "354526", "-2.3", "53.4", "90000", "370000",
     "440715,354526", "SK 40 54", "0.5 ha (1.2 acres)", "1,161 hectares", "£1.2m", "(5)", "M31",
     "al100da", "2014", "Statue", "Freehold", "31 March 2026", "1.2E+11", "Owner"]
)  # fmt: skip
NAMES = ("asset_id", "name", "uprn", "owner", "easting", "northing", "lon", "lat", "coordinates",
         "postcode", "tenure", "gia_m2", "site_area_ha", "closed", "src_note")  # fmt: skip


def cleaned(frame: pd.DataFrame, layer: str = "buildings") -> Cleaned:
    """Cleaned, with what must always hold."""
    before = frame.copy()
    done = clean(LAYERS[layer], frame, today=TODAY)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
    assert tuple(done.repairs.columns) == REPAIR_COLUMNS
    assert tuple(done.aside.columns) == ASIDE_COLUMNS
    assert sorted([*done.frame.index, *done.aside["row"]]) == sorted(frame.index)
    assert set(done.repairs["row"]) <= set(done.frame.index)
    assert set(done.repairs["rule"]) <= set(REPAIR_RULES)
    assert set(done.aside["rule"]) <= set(ASIDE_RULES)
    again = clean(LAYERS[layer], done.frame, today=TODAY)
    assert again.repairs.empty and again.aside.empty
    pd.testing.assert_frame_equal(pd.DataFrame(again.frame), pd.DataFrame(done.frame))
    return done


@given(st.lists(st.tuples(*[CELL] * len(NAMES)), min_size=0, max_size=14))
def test_cleaning_twice_is_cleaning_once_and_no_row_is_lost(rows: list[tuple[str, ...]]):
    frame = pd.DataFrame(rows, columns=list(NAMES), dtype=object)
    cleaned(frame.set_axis(pd.RangeIndex(2, len(rows) + 2, name="row"), axis=0))


def test_a_row_set_aside_keeps_its_cells_as_they_came():
    rows = [{"asset_id": f"A{n}", "name": f"{n} High Street", "gia_m2": "5 m²", "owner": "County",
             "closed": ""} for n in range(6)]  # fmt: skip
    rows[2]["closed"] = "2014"
    frame = pd.DataFrame(rows, index=pd.RangeIndex(2, 8, name="row"), dtype=object)
    done = cleaned(frame)
    (row,) = done.aside.to_dict("records")
    assert (row["row"], row["id"], row["rule"]) == (4, "A2", "closed")
    assert json.loads(row["cells"]) == rows[2]
    assert list(done.repairs["row"]) == [2, 3, 5, 6, 7]


def real(shared_data: Path, name: str, layer: str) -> Cleaned:
    mapped = map_headings(LAYERS[layer], read_layer(shared_data / name, layer))
    return cleaned(mapped.frame, layer)


def counts(table: pd.DataFrame) -> dict[str, int]:
    return {str(rule): len(rows) for rule, rows in table.groupby("rule")}


def test_a_fire_register_with_pairs_and_hectares(shared_data: Path):
    done = real(
        shared_data, "derbyshire_fire_register/derbyshire_fire_land_and_assets.xlsx", "buildings"
    )
    sizes = done.repairs[done.repairs["column"] == "site_area_ha"]
    assert counts(sizes) == {"decimal_comma": 3, "not_available": 24, "plain_figure": 29}
    assert counts(done.repairs)["pair_split"] == 56
    rules = {issue.rule: len(issue.ids) for issue in done.issues}
    assert rules.get("buildings.figures_differ") == 3
    assert "buildings.suspicious_size" not in rules
    assert len(done.frame) == 56


def test_a_council_register_in_degrees_with_one_swapped_row(shared_data: Path):
    done = real(shared_data, "trafford/trafford_land_and_building_assets.csv", "buildings")
    assert len(done.frame) == 608 and done.aside.empty
    swapped = done.repairs[done.repairs["rule"] == "axes_swapped"]
    assert list(swapped["row"]) == [387]
    assert counts(done.repairs)["postcode_spelling"] == 1
    rules = {issue.rule: len(issue.ids) for issue in done.issues}
    assert rules["buildings.partial_postcode"] == 230
    assert (pd.to_numeric(done.frame["lon"]).dropna() < 0).sum() == 373


def test_a_population_by_sex_and_areas_stored_twice(shared_data: Path):
    people = real(shared_data, "trafford/trafford_mye2024_oa.csv", "demand")
    assert counts(people.aside) == {"part_of_persons": 1476}
    assert pd.to_numeric(people.frame["population"]).sum() == 241_025
    areas = real(shared_data, "trafford/trafford_oa21.geojson", "areas")
    assert counts(areas.aside) == {"repeated_polygon": 317} and len(areas.frame) == 738


@pytest.mark.parametrize(
    ("name", "kept", "repairs", "aside"),
    [
        ("libraries_england/basic-dataset-for-libraries-2023-enhanced.csv", 3091, {},
         {"closed": 361, "not_a_property": 87}),
        ("libraries_england/libraries_wales.csv", 263, {}, {"closed": 2}),
        ("fire_stations_england/home_office_fire_stations.csv", 1399, {"postcode_spelling": 9}, {}),
        ("ambulance_sites/ambulance_sites_gb.csv", 856, {"postcode_spelling": 856}, {}),
    ],
)  # fmt: skip
def test_national_lists(
    shared_data: Path, name: str, kept: int, repairs: dict[str, int], aside: dict[str, int]
):
    done = real(shared_data, name, "stations")
    assert len(done.frame) == kept
    spelt = done.repairs[done.repairs["column"].isin(["postcode", "coordinates", "easting"])]
    assert counts(spelt) == repairs
    assert counts(done.aside) == aside

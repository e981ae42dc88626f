"""How old the layers are: dates read as far as they are sure, what is undated counted."""

from __future__ import annotations

import pytest

from optimise.appraise.data_dates import data_dates, iso
from optimise.inputs import InputFile, Inputs
from tests import toy_county


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("2024-03-31", "2024-03-31"),
        ("2024-03-31T10:00:00", "2024-03-31"),
        ("31/03/2024", "2024-03-31"),
        ("1.3.2024", "2024-03-01"),
        ("2024-02-30", ""),
        ("31/02/2024", ""),
        ("2024-13", ""),
        ("March 2024", ""),
        ("=2024", ""),
        ("", ""),
    ],
)
def test_a_date_is_as_precise_as_it_was_written(text: str, expected: str):
    assert iso(text) == expected


def test_rows_sources_and_conflicts_are_counted_by_layer():
    buildings = toy_county.buildings().assign(
        as_at=["2023-04-01", "01/09/2022", "2024", "last spring", ""],
        source_ref=["register", "register", "survey", "", ""],
        conflict_note=["", "two floor areas", "", "", ""],
    )
    made = toy_county.estate(buildings=buildings)
    files = (InputFile("buildings", "b.csv", "0"), InputFile("roads", "r.pbf", "0"))
    told = data_dates(Inputs(made, {}, None, None, files))
    assert [row["layer"] for row in told] == ["buildings", "services", "demand", "compatibility"]
    assert told[0] == {
        "layer": "buildings",
        "path": "b.csv",
        "rows": 5,
        "as_at_earliest": "2022-09-01",
        "as_at_latest": "2024",
        "undated_rows": 2,
        "sources": 2,
        "conflicts": 1,
    }
    assert told[2]["rows"] == told[2]["undated_rows"] == 3
    assert told[2]["as_at_latest"] == told[2]["path"] == ""


def test_stations_are_buildings_and_services_at_once():
    files = (InputFile("stations", "fire.csv", "0"),)
    told = data_dates(Inputs(toy_county.estate(), {}, None, None, files))
    assert [row["path"] for row in told] == ["fire.csv", "fire.csv", "", ""]

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from toy_run import small_run, write_run

from maps import years
from maps.runs import read_run


@pytest.fixture
def run(tmp_path):
    return read_run(write_run(tmp_path / "run", small_run()))


def dated(run, **tables):
    """b2 and b3 let go in 2027/28 and 2026/27, b4 extended in 2027/28; their units with them."""
    when = {"b2": "2027/28", "b3": "2026/27", "b4": "2027/28"}
    units = {"u2": "2027/28", "u3": "2027/28", "u4": "2026/27", "u5": "2026/27"}
    return dataclasses.replace(
        run,
        decisions=run.decisions.assign(done_in=run.decisions["asset_id"].map(when).fillna("")),
        services=run.services.assign(done_in=run.services["unit_id"].map(units).fillna("")),
        tables=tables,
    )


def test_a_run_without_dates_has_no_years(run):
    empty = {"years": [], "buildings": {}, "units": {}, "received": {}}
    assert years.timeline(dataclasses.replace(run, tables={})) == empty


def test_years_are_in_order_and_things_point_at_theirs(run):
    out = years.timeline(dated(run))
    assert out["years"] == ["2026/27", "2027/28"]
    assert out["buildings"] == {"b2": 1, "b3": 0, "b4": 1}
    assert out["units"] == {"u2": 1, "u3": 1, "u4": 0, "u5": 0}


def test_disposals_say_when_a_building_is_vacated_and_paid_for(run):
    sales = pd.DataFrame(
        {
            "asset_id": ["b2", "b3", "withheld"],
            "vacated_in": ["2028/29", "2026/27", "2030/31"],
            "received_in": ["2029/30", "", "2031/32"],
        }
    )
    out = years.timeline(dated(run, disposals=sales))
    assert out["years"] == ["2026/27", "2027/28", "2028/29"]  # none of a building not shown
    assert out["buildings"]["b2"] == 2
    assert out["received"] == {"b2": "2029/30"}


def test_a_shared_building_is_shared_when_its_first_unit_comes(run):
    shared = dated(run)
    decisions = shared.decisions.assign(
        decision=shared.decisions["decision"].where(shared.decisions["asset_id"] != "b4", "share"),
        done_in=shared.decisions["done_in"].where(shared.decisions["asset_id"] != "b4", ""),
    )
    out = years.timeline(dataclasses.replace(shared, decisions=decisions))
    # u5 comes to it in 2026/27, u2 only in 2027/28.
    assert out["buildings"]["b4"] == 0

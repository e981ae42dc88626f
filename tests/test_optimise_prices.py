"""Registers in another year's prices: every amount of the layers is converted, nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from assets.issues import InputError
from optimise.inputs import read_estate
from optimise.knobs import Finance
from optimise.prices import at_base_prices
from optimise.scenario import load_scenario
from tests import toy_county
from tests.toy_estate import toy_estate

LATER = Finance(base_year=2026, layer_price_year=2020, gdp_deflator={2020: 80.0, 2026: 100.0})


def test_every_amount_is_a_quarter_more() -> None:
    before = toy_estate()
    after = at_base_prices(before, LATER)
    for name in ("buildings", "services", "compatibility", "leases"):
        old, new = getattr(before, name), getattr(after, name)
        amounts = [c for c in old.columns if "_gbp" in c and c != "book_value_gbp"]
        assert amounts
        for column in old.columns:
            want = old[column] * 1.25 if column in amounts else old[column]
            if name == "buildings" and column == "geometry":
                assert new.geometry.geom_equals(old.geometry).all()
            else:
                pd.testing.assert_series_equal(new[column], want)
    assert after.buildings.at["B1", "market_value_gbp_low"] == 375_000
    assert after.leases.at["B3", "annual_rent_gbp"] == 50_000
    assert after.demand is before.demand and type(after.buildings) is type(before.buildings)


def test_prices_of_the_base_year_are_left_as_they_are() -> None:
    made = toy_estate()
    assert at_base_prices(made, Finance()) is made
    assert at_base_prices(made, Finance(base_year=2026, layer_price_year=2026)) is made


def test_the_argument_is_not_changed() -> None:
    made = toy_estate()
    kept = made.buildings.copy()
    at_base_prices(made, LATER)
    pd.testing.assert_frame_equal(pd.DataFrame(made.buildings), pd.DataFrame(kept))


def test_a_scenario_says_its_layers_prices(tmp_path: Path) -> None:
    """Financial years as they are written; figures of the scenario itself stay."""
    path = toy_county.write(
        tmp_path,
        finance={"layer_price_year": "2020/21", "gdp_deflator": {"2020/21": 80, "2026/27": 100}},
    )
    plain = read_estate(load_scenario(path, settings=["finance.layer_price_year=2026"]))
    raised = read_estate(load_scenario(path))
    assert raised.buildings["running_cost_gbp_pa"].tolist() == pytest.approx(
        (plain.buildings["running_cost_gbp_pa"] * 1.25).tolist()
    )


def test_a_year_without_an_index_is_one_clear_error() -> None:
    with pytest.raises(InputError, match=r"give gdp_deflator an index for 2020 and 2026"):
        toy_county.scenario(finance__layer_price_year=2020)

"""Factors on receipts, running costs, works and minutes: where they bite, and that they do once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from assets.issues import InputError
from coverage.measure import Crew, states
from coverage.speeds import TimeError
from coverage.standards import Standard
from coverage.times import TravelTimes
from maps import certainty
from maps.audience_record import TIMES
from maps.tables import assumptions
from optimise.footing import times_record
from optimise.inputs import read_inputs
from optimise.journeys import WIDER, widened_min
from optimise.knobs import Finance
from optimise.plan import Plan, make_plan
from optimise.prices import FACTORS, priced
from optimise.runs import write_run
from optimise.scenario import load_scenario
from optimise.taken import Sums, sums_of
from tests import toy_county
from tests.toy_estate import toy_estate

GONE = {"locks": {"A": "retain", "B": "close", "C": "retain", "E": "close"},
        "standards__fire_10__kind": "report", "standards__library_6__kind": "report"}  # fmt: skip


def plan_of(folder: Path, **changes: Any) -> Plan:
    folder.mkdir()
    made = load_scenario(toy_county.write(folder, **{**GONE, **changes}))
    return make_plan(made, read_inputs(made))


def sums(plan: Plan) -> Sums:
    return sums_of(plan.problem, plan.after)


# ---- money -----------------------------------------------------------------------------


def test_factors_of_one_leave_the_estate_itself() -> None:
    made = toy_estate()
    assert priced(made, Finance()) is made


@pytest.mark.parametrize("key", list(FACTORS))
def test_a_factor_multiplies_its_columns_and_no_other(key: str) -> None:
    before = toy_estate()
    after = priced(before, Finance(**{key: 2.0}))  # type: ignore[arg-type]
    for layer in ("buildings", "services", "compatibility", "leases", "demand"):
        old, new = getattr(before, layer), getattr(after, layer)
        columns = FACTORS[key].get(layer, ())
        if not columns:
            assert new is old
            continue
        assert set(columns) <= set(old.columns)
        for column in old.columns.drop("geometry", errors="ignore"):
            want = old[column] * 2.0 if column in columns else old[column]
            pd.testing.assert_series_equal(new[column], want)


def test_prices_and_factors_multiply() -> None:
    later = Finance(
        base_year=2026, layer_price_year=2020, gdp_deflator={2020: 80.0, 2026: 100.0},
        receipt_factor=2.0,
    )  # fmt: skip
    made = priced(toy_estate(), later)
    assert made.buildings.at["B1", "market_value_gbp_low"] == 300_000 * 1.25 * 2.0
    assert made.buildings.at["B1", "running_cost_gbp_pa"] == 60_000 * 1.25


def test_twice_the_values_are_twice_the_receipts(tmp_path: Path) -> None:
    """B and E go: (200,000 + 400,000) less 2 % = £588,000; twice that is £1,176,000."""
    plain, twice = plan_of(tmp_path / "a"), plan_of(tmp_path / "b", finance__receipt_factor=2)
    assert set(plain.after.open) == set(twice.after.open) == {"A", "C"}
    assert sums(plain).receipts_gbp == pytest.approx(588_000)
    assert sums(twice).receipts_gbp == pytest.approx(1_176_000)
    assert sums(twice).saving_gbp_pa == sums(plain).saving_gbp_pa
    assert sums(twice).capital_gbp == sums(plain).capital_gbp


def test_dearer_buildings_save_more_when_they_go(tmp_path: Path) -> None:
    """B costs £20,000 a year, E £5,000; B's library, withdrawn, £12,000 less £2,000 of income.

    The children's centre costs the Hall £45 a year for each of 60 m²: £2,700.
    """
    plain, dearer = plan_of(tmp_path / "a"), plan_of(tmp_path / "b", finance__running_cost_factor=3)
    assert sums(plain).saving_gbp_pa == pytest.approx(25_000 + 10_000 - 2_700)
    assert sums(dearer).saving_gbp_pa == pytest.approx(75_000 + 10_000 - 2_700)
    assert sums(dearer).receipts_gbp == sums(plain).receipts_gbp


def test_dearer_works_cost_more(tmp_path: Path) -> None:
    """The centre moves for £30,000 and is fitted out for £10,000; 24 % for optimism: £49,600."""
    plain, dearer = plan_of(tmp_path / "a"), plan_of(tmp_path / "b", finance__capital_factor=1.5)
    assert sums(plain).capital_gbp == pytest.approx(49_600)
    assert sums(dearer).capital_gbp == pytest.approx(74_400)
    assert sums(dearer).receipts_gbp == sums(plain).receipts_gbp


def test_books_record_and_workbook_agree_under_factors(tmp_path: Path) -> None:
    """The ledger adds up to the totals, every case is told, the assumptions name the factors."""
    plan = plan_of(
        tmp_path / "a", finance__receipt_factor=2, finance__running_cost_factor=1.2,
        finance__capital_factor=0.5,
    )  # fmt: skip
    write_run(plan, tmp_path / "run", plan.seconds)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    ledger = pd.read_csv(tmp_path / "run" / "ledger.csv")
    received = ledger.loc[ledger["line"] == "receipt", "amount_gbp"].sum()
    assert received == pytest.approx(1_176_000)
    assert record["totals"]["receipts_gbp"] == pytest.approx(received)
    assert record["scenario"]["finance"]["receipt_factor"] == 2.0
    disposals = pd.read_csv(tmp_path / "run" / "disposals.csv").set_index("asset_id")
    assert disposals.at["B", "value_gbp"] == 400_000
    assert disposals["net_receipt_gbp"].sum() == pytest.approx(received)
    book = load_workbook(next((tmp_path / "run").glob("*.xlsx")), read_only=True)
    told = {row[3]: row[1] for row in book["Assumptions"].iter_rows(values_only=True)
            if len(row) > 3 and row[3]}  # fmt: skip
    assert told["finance.receipt_factor"] == "2"
    assert told["finance.capital_factor"] == "0.5"


@pytest.mark.parametrize(
    "setting",
    ["finance.receipt_factor=0.1", "finance.capital_factor=6", "network.minutes_factor=0.4",
     "network.minutes_factor={car: 2.5}", "network.minutes_factor={bus: 1.1}"],
)  # fmt: skip
def test_factors_out_of_range_are_refused(setting: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=setting.split("=")[0].split(".")[1]):
        load_scenario(toy_county.write(tmp_path), settings=[setting])


# ---- minutes ---------------------------------------------------------------------------

UNSTATED = TimeError()


def times_of(minutes: list[list[float]], error: TimeError = UNSTATED) -> TravelTimes:
    grid = np.array(minutes)
    return TravelTimes(
        demand_ids=tuple(f"d{k}" for k in range(len(grid))),
        site_ids=tuple(f"s{k}" for k in range(grid.shape[1])),
        minutes=grid,
        metres=grid * 800.0,
        demand_snap_m=np.zeros(len(grid)),
        site_snap_m=np.zeros(grid.shape[1]),
        profile="toy",
        direction="to_site",
        provenance={"bound_min": 60.0},
        error=error,
    )


def test_one_number_is_for_those_that_drive(tmp_path: Path) -> None:
    made = load_scenario(toy_county.write(tmp_path), settings=["network.minutes_factor=1.1"])
    assert made.network.minutes_factor == {"car": 1.1, "blue_light": 1.1}
    plain = read_inputs(load_scenario(tmp_path / "toy.yml")).times
    slower = read_inputs(made).times
    for mode in ("car", "blue_light"):
        np.testing.assert_array_equal(slower[mode].minutes, plain[mode].minutes * 1.1)
        assert slower[mode].provenance["minutes_factor"] == 1.1
        assert "minutes_factor" not in plain[mode].provenance


def test_the_stated_error_stays_a_factor() -> None:
    times = times_of([[10.0, 20.0]], TimeError(0.8, 1.3, "by hand"))
    twice = times.taking(2.0)
    assert twice.error == times.error
    np.testing.assert_allclose(twice.at("high").minutes, times.at("high").minutes * 2.0)


def test_a_factor_of_one_is_the_times_themselves() -> None:
    times = times_of([[10.0, 20.0]])
    assert times.taking(1.0) is times
    assert times.taking(1.0, 60.0) is times


def test_beyond_the_bound_there_is_nothing_and_at_it_there_is() -> None:
    """20 minutes take 24; of a bound of 24 they are inside, of one of 23.9 not."""
    times = times_of([[10.0, 20.0, np.nan]])
    inside, outside = times.taking(1.2, 24.0), times.taking(1.2, 23.9)
    np.testing.assert_allclose(inside.minutes, [[12.0, 24.0, np.nan]])
    np.testing.assert_array_equal(np.isnan(outside.minutes), [[False, True, True]])
    np.testing.assert_array_equal(np.isnan(outside.metres), [[False, True, True]])
    assert outside.provenance["bound_min"] == 23.9
    assert times.taking(0.5).provenance["bound_min"] == 30.0
    assert not np.isnan(times.metres[0, 1])  # the argument is as it was


@given(st.floats(0.5, 2.0))
def test_bounds_are_wide_enough_and_no_wider_than_the_next_step(factor: float) -> None:
    wide = widened_min(120.0, factor)
    assert wide * factor >= 120.0 - 1e-9
    if factor >= 1.0:
        assert wide == 120.0
    else:
        narrower = [s for s in WIDER if 120.0 * s < wide - 1e-9]
        assert all(120.0 * s * factor < 120.0 for s in narrower)


GRID = st.lists(
    st.lists(st.floats(0.0, 40.0) | st.just(float("nan")), min_size=3, max_size=3),
    min_size=1, max_size=6,
)  # fmt: skip
CREWS = [Crew("s0", 0.0), Crew("s1", 90.0)]


def covered(times: TravelTimes, threshold: float) -> np.ndarray:
    standard = Standard(service_type="fire", threshold_min=threshold, mode="car", target=0.5)
    return states(standard, times, CREWS).series().to_numpy() <= standard.threshold + 1e-6


@given(GRID, st.floats(0.5, 2.0), st.floats(0.5, 2.0), st.floats(1.0, 40.0))
@settings(max_examples=60)
def test_longer_drives_never_cover_more(
    minutes: list[list[float]], one: float, other: float, threshold: float
) -> None:
    less, more = sorted((one, other))
    times = times_of(minutes)
    quick, slow = covered(times.taking(less), threshold), covered(times.taking(more), threshold)
    assert not (slow & ~quick).any()


@given(st.floats(0.5, 2.0), st.floats(1.0, 40.0))
def test_a_drive_that_comes_to_exactly_the_threshold_is_in_time(
    factor: float, threshold: float
) -> None:
    assert covered(times_of([[threshold / factor] * 3]).taking(factor), threshold).all()


@given(GRID, st.sampled_from([0.55, 0.7, 0.8, 0.95]), st.floats(5.0, 30.0))
@settings(max_examples=60)
def test_looked_for_far_enough_nothing_within_the_bound_is_missed(
    minutes: list[list[float]], factor: float, bound: float
) -> None:
    """Times known to the widened bound say the same, times the factor, as times known to all."""
    every = times_of(minutes)
    known = every.minutes <= widened_min(bound, factor)
    narrow = replace(every, minutes=np.where(known, every.minutes, np.nan))
    np.testing.assert_array_equal(
        narrow.taking(factor, bound).minutes, every.taking(factor, bound).minutes
    )


def test_crews_live_within_slower_minutes_too(tmp_path: Path) -> None:
    """On-call catchments are driven by car: slower cars reach fewer hosts from a station."""
    wessex = Path(__file__).resolve().parent.parent / "data" / "wessex" / "wessex.yml"
    plain = read_inputs(load_scenario(wessex), cache=tmp_path)
    slow = read_inputs(
        load_scenario(wessex, settings=["network.minutes_factor=1.3"]), cache=tmp_path
    )
    fast = read_inputs(
        load_scenario(wessex, settings=["network.minutes_factor=0.8"]), cache=tmp_path
    )
    near = [np.nan_to_num(i.catchment.minutes, nan=99) <= 5 + 1e-6 for i in (slow, plain, fast)]  # type: ignore[union-attr]
    assert near[0].sum() < near[1].sum() < near[2].sum()
    assert not (near[0] & ~near[1]).any() and not (near[1] & ~near[2]).any()
    for mode, bound in (("blue_light", 120.0), ("car", 120.0)):
        known = ~np.isnan(plain.times[mode].minutes)
        np.testing.assert_allclose(
            fast.times[mode].minutes[known], plain.times[mode].minutes[known] * 0.8
        )
        assert np.nanmax(fast.times[mode].minutes) <= bound + 1e-6


def test_readers_are_told_of_slower_journeys(tmp_path: Path) -> None:
    """On the page, on the console, and for the public; and two such runs are not one baseline."""
    slower = plan_of(tmp_path / "a", network__minutes_factor=1.25)
    plain = plan_of(tmp_path / "b")
    told = times_record(slower)
    says = "every journey taken to need 1.25 times as long as that"
    assert says in certainty.footing(told)[0] and says in certainty.footing_line(told)
    shown = assumptions.times(told)
    assert shown is not None and "1.25" in str(shown.rows[0]["source"])
    assert says not in certainty.footing_line(times_record(plain))
    assert "minutes_factor" in TIMES

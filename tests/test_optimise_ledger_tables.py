"""The books as tables: every pound is in them, and a disposal says when and for how much."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.estate import Estate
from optimise.ledger.conditions import conditions, day_of, months_before, way_out
from optimise.ledger.entries import entries
from optimise.ledger.financing import financing_entries
from optimise.ledger.parties import Settlement
from optimise.ledger.tables import (
    DISPOSALS,
    LEDGER,
    MONEY,
    PARTNERS,
    disposals_table,
    ledger_table,
    money_table,
    partners_table,
    plan_settlement,
)
from optimise.money.lines import VALUED
from optimise.outcome import outcome
from optimise.phasing.calendar import Calendar
from optimise.phasing.timetable import Timetable
from optimise.plan import Plan, make_plan
from tests import toy_county, toy_partners


@cache
def base() -> Plan:
    inputs = toy_county.inputs(toy_partners.estate())
    return make_plan(toy_county.scenario(**toy_partners.RENT), inputs)


def plan_of(problem: Any, result: Any) -> Plan:
    return replace(base(), problem=problem, after=result)


def planned(made: Estate | None = None, when: Timetable | None = None, **changes: Any) -> Plan:
    """The crew leaves the Hall for the hub, the libraries go; in the periods named."""
    problem = toy_partners.problem(made, **changes)
    away = {"fireA": "D", "libA": "", "libB": ""}
    return plan_of(problem, outcome(problem, away, timetable=when))


HALF_YEARS = {"phasing": {"periods": 6, "period": "half_year"}}


@settings(max_examples=50, deadline=None)
@given(toy_partners.plans(), st.sampled_from(["report", "npv", "every_year"]))
def test_every_pound_of_the_tables_is_the_plan_s(made: Any, rule: str) -> None:
    problem, result = made
    agreed = problem.partners.model_copy(update={"no_worse_off": rule})
    plan = plan_of(replace(problem, partners=agreed), result)
    money, ledger, sold = money_table(plan), ledger_table(plan), disposals_table(plan)
    assert money.columns.tolist() == list(MONEY)
    assert ledger.columns.tolist() == list(LEDGER)
    assert sold.columns.tolist() == list(DISPOSALS)
    for column in ("amount_gbp", "pv_gbp"):
        by = ["party", "line", "year"]
        one = (money.set_index(by)[column] * 100).round().astype(int)
        other = (ledger[column] * 100).round().astype(int).groupby([ledger[c] for c in by]).sum()
        assert one.sort_index().to_dict() == other.to_dict()
    valued = money[money["kind"].isin(VALUED)]
    assert valued["pv_gbp"].sum() == pytest.approx(result.money.npv_gbp, abs=0.011)
    assert sold["net_receipt_gbp"].sum() == pytest.approx(result.money.receipts_gbp, abs=0.011)
    received = money[money["kind"] == "receipt"].groupby("financial_year")["amount_gbp"].sum()
    assert received.sum() == pytest.approx(sold["net_receipt_gbp"].sum(), abs=0.001)
    transfers = money[money["kind"] == "transfer"].groupby("year")["amount_gbp"].sum()
    assert (transfers.abs() < 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(toy_partners.plans())
def test_partners_add_up_to_the_plan(made: Any) -> None:
    problem, result = made
    table = partners_table(plan_of(problem, result))
    assert table.columns.tolist() == list(PARTNERS)
    assert table["party"].tolist() == ["County", "District", "Fire"]
    money = result.money
    assert table["npv_gbp"].sum() == pytest.approx(money.npv_gbp, abs=0.011)
    assert table["npv_after_gbp"].sum() == pytest.approx(money.npv_gbp, abs=0.011)
    assert table["capital_gbp"].sum() == pytest.approx(money.capital_gbp, abs=0.011)
    assert table["receipts_gbp"].sum() == pytest.approx(money.receipts_gbp, abs=0.011)
    assert table["saving_gbp_pa"].sum() == pytest.approx(money.saving_gbp_pa, abs=0.011)
    assert table["rent_gbp_pa"].sum() == pytest.approx(0.0, abs=1e-6)
    assert (table["npv_gbp"] < 0).tolist() == table["worse_off"].tolist()


def test_order_and_words_of_the_money() -> None:
    table = money_table(planned())
    assert table["party"].is_monotonic_increasing
    first = table.iloc[0]
    assert first[["party", "financial_year", "label", "kind"]].tolist() == [
        "County", "2026/27", "New building", "capital",
    ]  # fmt: skip
    assert set(table.loc[table["line"] == "withdrawal", "tag"]) == {"service"}


def test_money_is_the_same_bytes_each_time() -> None:
    made = [money_table(planned()).to_csv() for _ in range(2)]
    assert made[0] == made[1]


def test_a_sale_in_the_second_half_of_a_year() -> None:
    """The Hall is vacated in period 4 (from 1 October 2027) and sold 12 months later."""
    when = Timetable(
        changed={"fireA": 4, "libA": 3, "libB": 1}, released={"A": 4, "E": 1}, works={"D": 3}
    )
    table = disposals_table(planned(when=when, **HALF_YEARS)).set_index("asset_id")
    assert table.index.tolist() == ["E", "A"]
    hall = table.loc["A"]
    assert hall[["period", "vacated_in", "received_in", "way_out"]].tolist() == [
        4, "2027/28 H2", "2028/29", "sale",
    ]  # fmt: skip
    assert hall["ends_on"] == "2028-10-01"
    assert hall["value_gbp"] == 900_000.0
    assert hall["net_receipt_gbp"] == 882_000.0
    assert hall["owner"] == "County"
    assert "section 123" in hall["conditions"]
    assert pd.isna(hall["value_low_gbp"])


def test_a_lease_ends_at_its_break_with_notice_or_at_its_expiry() -> None:
    """E: break on 31 March 2029 with six months' notice, else to 31 March 2034."""
    early = Timetable(released={"E": 1})
    depot = disposals_table(planned(when=early, phasing={"periods": 6})).set_index("asset_id")
    assert depot.loc["E", ["way_out", "ends_on", "notice_by"]].tolist() == [
        "lease break", "2029-03-31", "2028-09-30",
    ]  # fmt: skip
    assert depot.loc["E", "lease_exit_gbp"] == 23_000.0
    assert depot.loc["E", "rent_due_gbp"] > 0
    assert depot.loc["E", "received_in"] == ""
    assert "notice of the break by 2028-09-30" in depot.loc["E", "conditions"]
    late = Timetable(released={"E": 4})
    depot = disposals_table(planned(when=late, phasing={"periods": 6})).set_index("asset_id")
    assert depot.loc["E", ["way_out", "ends_on", "notice_by"]].tolist() == [
        "lease expiry", "2034-03-31", "",
    ]  # fmt: skip
    assert depot.loc["E", "lease_exit_gbp"] == 20_000.0


def test_conditions_of_the_register_and_of_the_law() -> None:
    """Words known are explained, once each; words unknown are passed on as they stand."""
    frame = toy_partners.buildings().assign(
        constraints=["ACV; listed; acv", "", "", "", "=cmd()|x; Clawback"],
        months_to_sell=[3, 7, 30, 12, 12],
    )
    made = toy_county.estate(
        buildings=frame, services=toy_partners.services(), leases=toy_partners.leases()
    )
    problem = toy_partners.problem(made)
    row = {s: made.buildings.loc[s] for s in ("A", "E")}
    calendar = problem.calendar
    out = way_out(problem.sites["A"], calendar, 1, freehold=True)
    hall = conditions(problem.sites["A"], row["A"], out)
    assert sum("community value" in text for text in hall) == 1
    assert any("6 weeks" in text and "6 months" in text for text in hall)
    assert any(text.startswith("listed") for text in hall)
    assert any("within 3 months" in text for text in hall)
    depot = conditions(
        problem.sites["E"], row["E"], way_out(problem.sites["E"], calendar, 1, freehold=False)
    )
    assert "the register says: =cmd()|x" in depot
    assert any("grant" in text for text in depot)


def test_a_moratorium_that_fits_into_the_sale_is_not_told_as_a_delay() -> None:
    frame = toy_partners.buildings().assign(constraints=["acv", "", "", "", ""])
    for months, told in ((6, False), (5.9, True)):
        made = toy_county.estate(
            buildings=frame.assign(months_to_sell=months),
            services=toy_partners.services(), leases=toy_partners.leases(),
        )  # fmt: skip
        problem = toy_partners.problem(made)
        out = way_out(problem.sites["A"], problem.calendar, 1, freehold=True)
        found = conditions(problem.sites["A"], made.buildings.loc["A"], out)
        assert any("moratorium would put off" in text for text in found) == told


def test_a_building_held_otherwise_is_returned_and_one_without_a_value_brings_nothing() -> None:
    frame = toy_partners.buildings()
    frame.loc[frame["asset_id"] == "A", "market_value_gbp"] = float("nan")
    frame.loc[frame["asset_id"] == "E", "tenure"] = "licence"
    made = toy_county.estate(buildings=frame, services=toy_partners.services())
    table = disposals_table(planned(made)).set_index("asset_id")
    assert table.loc["A", "net_receipt_gbp"] == 0.0
    assert "no market value" in table.loc["A", "conditions"]
    assert table.loc["E", "way_out"] == "returned"
    assert table.loc["E", "ends_on"] == ""


def test_what_would_settle_it_is_told_even_where_nothing_is_booked() -> None:
    plan = planned()
    table = partners_table(plan).set_index("party")
    assert table.loc["Fire", "worse_off"]
    assert table.loc["Fire", "settlement_pv_gbp"] == -table.loc["Fire", "npv_gbp"]
    assert table.loc["Fire", "npv_after_gbp"] == 0.0
    assert table.loc["Fire", "role"] == "owner and operator"
    assert "2027/28" in table.loc["Fire", "years_worse"]
    assert "settlement" not in set(money_table(plan)["line"])
    assert isinstance(plan_settlement(plan), Settlement)


def test_a_plan_that_changes_nothing_has_empty_books() -> None:
    problem = toy_partners.problem(locks={"E": "retain"})
    plan = plan_of(problem, outcome(problem, {}))
    assert money_table(plan).empty and ledger_table(plan).empty and disposals_table(plan).empty
    assert (partners_table(plan)["npv_gbp"] == 0).all()


@given(st.dates(dt.date(2026, 4, 1), dt.date(2090, 1, 1)))
def test_a_day_of_the_calendar_comes_back(day: dt.date) -> None:
    calendar = Calendar(2026)
    assert day_of(calendar, calendar.yr_of(day)) == day


def test_months_before_a_day_keep_to_the_month() -> None:
    assert months_before(dt.date(2029, 3, 31), 1) == dt.date(2029, 2, 28)
    assert months_before(dt.date(2029, 3, 31), 0.5) == dt.date(2029, 3, 16)
    assert months_before(dt.date(2029, 3, 31), 12) == dt.date(2028, 3, 31)


def test_each_body_s_loan_is_by_what_it_spends_in_the_year() -> None:
    """Year 1: County builds for £310,000 less a grant of £40,000, Fire moves for £24,800.

    £100,000 borrowed then is shared 270,000 to 24,800; £10,000 of year 0, in which nothing is
    spent, by all the capital there is, E's £23,000 of Fire's in year 2 included.
    """
    when = Timetable(changed={"fireA": 2}, released={"E": 1}, works={"D": 2})
    problem = toy_partners.problem(
        phasing={"periods": 3}, finance__borrowing_term_yr=5, finance__mrp_life_yr=4,
        finance__borrowing_rate_pct=4,
    )  # fmt: skip
    book = entries(problem, outcome(problem, {"fireA": "D"}, timetable=when))
    made = financing_entries(problem, book, {0: 10_000.0, 1: 100_000.0})
    drawn = {(e.party, e.year): e.amount_gbp for e in made if e.line == "borrowed"}
    assert drawn == {
        ("County", 0): pytest.approx(10_000 * 270_000 / 317_800, abs=0.011),
        ("County", 1): pytest.approx(100_000 * 270_000 / 294_800, abs=0.011),
        ("Fire", 0): pytest.approx(10_000 * 47_800 / 317_800, abs=0.011),
        ("Fire", 1): pytest.approx(100_000 * 24_800 / 294_800, abs=0.011),
    }
    assert sum(drawn.values()) == pytest.approx(110_000)
    provided = [e for e in made if e.line == "mrp" and e.party == "Fire"]
    assert sum(e.amount_gbp for e in provided) == pytest.approx(
        -drawn["Fire", 0] - drawn["Fire", 1]
    )
    assert min(e.year for e in provided) == 1
    interest = next(e for e in made if e.line == "interest" and e.party == "Fire")
    assert interest.amount_gbp == pytest.approx(-0.04 * drawn["Fire", 0], abs=0.011)
    assert not financing_entries(problem, book, {})
    assert {e.kind for e in made} == {"financing"}


def test_what_a_plan_borrows_is_in_its_ledger_and_in_no_value() -> None:
    """£4,800 of new money: all other capital of the first year is borrowed."""
    when = Timetable(changed={"fireA": 1, "libA": 1, "libB": 1}, released={"A": 1}, works={"D": 1})
    plan = planned(
        when=when, phasing={"periods": 3}, locks={"E": "retain"},
        targets__capital_budget_gbp_by_year={"2026": 4_800},
        finance__borrowing_limit_gbp_by_year={"2026": 400_000},
    )  # fmt: skip
    money = money_table(plan)
    spent = -money.loc[money["kind"] == "capital", "amount_gbp"].sum()
    drawn = money.loc[money["line"] == "borrowed", "amount_gbp"].sum()
    assert drawn == pytest.approx(spent - 4_800)
    valued = money[money["kind"].isin(VALUED)]
    assert valued["pv_gbp"].sum() == pytest.approx(plan.after.money.npv_gbp, abs=0.011)

"""The published programmes about money: their figures, from plans of generated layers."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from optimise.audit import audit
from optimise.cases import Compared, Ran, read_run, refusal_text
from optimise.faults import ImpossibleError
from optimise.inputs import Inputs, read_inputs
from optimise.plan import make_plan
from optimise.runs import write_run
from optimise.scenario import load_scenario
from tests import case_runs
from tests.case_runs import CASES, case_of, check_published

place = case_runs.place

NAMES = ("cornwall", "east_riding", "northamptonshire", "suffolk", "worcestershire")
#: What the papers say, written here again: (figure, value, room on either side).
PUBLISHED = {
    "suffolk": [
        ("fire_stations", 35, 0), ("on_call", 28, 0), ("police_stations", 25, 0),
        ("police_units", 17, 0), ("shared_already", 4, 0), ("shared_now", 6, 0),
        ("each", 270_000, 1), ("capital", 1_620_000, 1), ("saving", 188_000, 1),
        ("ten_year_saving", 1_880_000, 10), ("undiscounted_10", 260_000, 5000),
        ("npv_10", -60_000, 5000), ("npv_10_low_maintenance", 540_000, 5000),
        ("npv_10_high_maintenance", 940_000, 5000), ("npv_10_optimism", -450_000, 5000),
        ("npv_25", 1_480_000, 5000), ("saving_of_parts", 185_000, 0),
    ],
    "cornwall": [
        ("capital", 1_115_000, 1), ("savings", 4_100_000, 1), ("interest", 983_000, 500),
        ("interest_annuity", 983_000, 500), ("implied_rate", 4.30, 0.005),
        ("implied_rate_annuity", 3.53, 0.005), ("net", 2_002_000, 500),
        ("net_in_the_books", 2_002_000, 500), ("newly_inside", 6_500, 0),
        ("newly_inside_two_more", 13_900, 0), ("newly_outside", 0, 0),
    ],
    "northamptonshire": [
        ("properties", 6, 0), ("hubs", 2, 0), ("capital", 3_300_000, 1), ("whole", 5_060_000, 1),
        ("not_without_it", 0, 0),
    ],
    "worcestershire": [
        ("joint_sale", 3, 0.25), ("library_share", 15, 1), ("twenty_a_year", True, 0),
        # Floors in the paper: what the plan makes of them stays near.
        ("receipts", 55_000_000, 5_000_000), ("saved_in_ten_years", 22_000_000, 2_000_000),
    ],
    "east_riding": [
        ("nhs_saves", 500_000, 1), ("council_gains", 70_000, 1), ("rent_nets_out", 0, 0.01),
    ],
}  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def inputs_of(name: str) -> Inputs:
    return read_inputs(load_scenario(CASES / name / "case.yml"))


@cache
def plan_of(name: str, plan_name: str, place: Path) -> Ran:
    """A plan of a case, audited, written and read back; or the words that refused it."""
    case = case_of(name)
    scenario = load_scenario(case.scenario, overrides=case.published.plans[plan_name])
    try:
        made = make_plan(scenario, inputs_of(name))
    except ImpossibleError as error:
        return Ran(refusal=refusal_text(error))
    assert made.solution.status == "optimal"
    assert not audit(made.problem, made.after)
    folder = write_run(made, place / f"{name}-{plan_name}", {})
    return read_run(folder, case)


def told(name: str, place: Path) -> dict[str, Compared]:
    plans = case_of(name).published.plans
    return case_runs.told(name, {plan: plan_of(name, plan, place) for plan in plans})


@pytest.mark.parametrize("name", NAMES)
def test_every_published_figure_is_reproduced(name: str, place: Path) -> None:
    check_published(told(name, place), PUBLISHED[name])


def test_suffolks_values_are_those_of_a_sheet_worked_by_hand(place: Path) -> None:
    """−1.62m + 188k · Σ 1.035^−t, to the pound; and over ten years they have the other sign."""
    found = told("suffolk", place)
    for horizon, figure in ((10, "npv_10"), (25, "npv_25")):
        worth = sum(1.035**-year for year in range(1, horizon + 1))
        assert float(found[figure].ours or 0) == pytest.approx(-1.62e6 + 188e3 * worth, abs=1)
    assert float(found["npv_10"].ours or 0) < 0 < float(found["npv_25"].ours or 0)


def test_the_guests_break_falls_between_the_two_paybacks(place: Path) -> None:
    found = told("suffolk", place)
    assert (
        float(found["payback_yr"].ours or 0) < 10 < float(found["discounted_payback_yr"].ours or 0)
    )
    leases = rows(CASES / "suffolk" / "leases.csv")
    assert len(leases) == 4
    for lease in leases:
        years = [int(d[:4]) - int(lease["start"][:4]) for d in lease["break_dates"].split(";")]
        assert years == [10, 15, 20]
        assert int(lease["expiry"][:4]) - int(lease["start"][:4]) == 25


def test_guests_receipts_cover_the_works_that_they_are_earmarked_for(place: Path) -> None:
    """The link, from the books: extensions never exceed the receipts."""
    money = plan_of("suffolk", "receipts_pay", place).tables["money"]
    spent = -money[money["line"] == "extension"]["amount_gbp"].sum()
    received = money[money["line"] == "receipt"]["amount_gbp"].sum()
    assert 0 < spent <= received


def test_hayles_net_is_the_identity_of_the_paper(place: Path) -> None:
    """Equal instalments of £1.115m over 40 years at 4.30 %: 0.043 · P · 41 / 2 of interest."""
    found = told("cornwall", place)
    interest = 0.043 * 1_115_000 * 41 / 2
    assert float(found["interest"].ours or 0) == pytest.approx(interest, abs=0.01)
    assert float(found["net_in_the_books"].ours or 0) == pytest.approx(
        4_100_000 - 1_115_000 - interest, abs=1
    )


def test_thrapston_waits_for_the_money_of_the_police_house(place: Path) -> None:
    ran = plan_of("northamptonshire", "main", place)
    money, ledger = ran.tables["disposals"], ran.tables["ledger"]
    house = money[money["asset_id"] == "THRAPSTON-HOUSE"].iloc[0]
    works = ledger[(ledger["asset_id"] == "F-THRAPSTON") & (ledger["line"] == "extension")]
    assert -works["amount_gbp"].sum() <= float(house["net_receipt_gbp"])
    received = int(str(house["received_in"])[:4]) - 2014
    assert works["year"].min() >= received


def test_no_market_is_flooded_and_each_year_pays_its_way(place: Path) -> None:
    """Counted again from the disposals and the ledger, by market area and year."""
    ran = plan_of("worcestershire", "main", place)
    count: dict[tuple[str, str], int] = defaultdict(int)
    value: dict[tuple[str, str], float] = defaultdict(float)
    for row in ran.tables["disposals"].to_dict("records"):
        key = (str(row["market_area"]), str(row["vacated_in"]))
        count[key] += 1
        value[key] += float(row["net_receipt_gbp"])
    assert max(count.values()) == 2  # the cap binds
    assert max(value.values()) <= 5_000_000
    ledger = ran.tables["ledger"]
    spent = received = 0.0
    for year in range(10):
        now = ledger[ledger["year"] == year]
        received += now[now["kind"] == "receipt"]["amount_gbp"].sum()
        spent -= now[now["kind"] == "capital"]["amount_gbp"].sum()
        assert spent <= min(3, year + 1) * 500_000 + 0.75 * received + 1, year
    assert received >= 50_000_000


def test_neighbours_are_sold_in_one_year(place: Path) -> None:
    sold = plan_of("worcestershire", "main", place).tables["disposals"].set_index("asset_id")
    assert sold.at["P-REDDITCH", "period"] == sold.at["S-REDDITCH", "period"]


def test_twenty_million_a_year_is_refused_with_what_could_be_saved(place: Path) -> None:
    refusal = plan_of("worcestershire", "twenty_a_year", place).refusal
    assert "20,000,000" in refusal or "£20" in refusal


def test_the_council_is_worse_off_until_it_is_paid(place: Path) -> None:
    found = told("east_riding", place)
    council, payment = float(found["council_npv"].ours or 0), float(found["settlement"].ours or 0)
    assert council < 0
    assert payment == pytest.approx(-council, abs=1)
    free, alone = float(found["surgeries"].ours or 0), float(found["surgeries_alone"].ours or 0)
    assert 0 < alone < free


#: What the pages of explanation say of the plan: (figure, in units of, as written).
SAID = {
    "suffolk": [
        ("npv_10", 1e6, ".3f"), ("npv_25", 1e6, ".3f"), ("npv_10_optimism", 1e6, ".3f"),
        ("npv_10_low_maintenance", 1e6, "+.3f"), ("npv_10_high_maintenance", 1e6, "+.3f"),
        ("guests_receipts", 1e6, ".2f"), ("hosts_works", 1e6, ".2f"), ("payback_yr", 1, ".1f"),
        ("discounted_payback_yr", 1, ".1f"), ("npv_10_of_parts", 1e6, ".2f"),
        ("npv_10_with_feasibility", 1e6, ".2f"), ("settlement", 1e6, ".1f"),
    ],
    "cornwall": [
        ("inside_before", 1, ",.0f"), ("inside_after", 1, ",.0f"), ("inside_two_more", 1, ",.0f"),
        ("of_people", 1, ",.0f"), ("npv_40", 1e6, ".2f"), ("npv_40_optimism", 1e6, ".2f"),
        ("npv_10", 1e6, ".2f"), ("payback_yr", 1, ".1f"), ("provision", 1, ",.0f"),
    ],
    "northamptonshire": [("thrapston", 1e3, ".0f"), ("police_house", 1e3, ".0f")],
    "worcestershire": [
        ("receipts", 1e6, ".1f"), ("saved_in_ten_years", 1e6, ".1f"), ("joint_sale", 1, ".2f"),
        ("library_share", 1, ".1f"), ("pair", 1e6, ".2f"),
    ],
    "east_riding": [
        ("council_npv", 1e3, ".0f"), ("settlement", 1e3, ".0f"), ("nhs_npv", 1e6, ".1f"),
        ("rent", 1e3, ".0f"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_case_says_what_its_plan_says(name: str, place: Path) -> None:
    page = (CASES / name / "README.md").read_text(encoding="utf-8").replace("−£", "£−")
    found = told(name, place)
    for figure, unit, written in SAID[name]:
        text = format(float(found[figure].ours or 0) / unit, written).replace("-", "−")
        assert text in page, (figure, text)


def test_worcestershires_page_gives_each_years_receipts(place: Path) -> None:
    money = plan_of("worcestershire", "main", place).tables["money"]
    by_year = money[money["kind"] == "receipt"].groupby("year")["amount_gbp"].sum() / 1e6
    text = ", ".join(f"£{value:.1f}m" for value in by_year)
    assert text in (CASES / "worcestershire" / "README.md").read_text(encoding="utf-8")

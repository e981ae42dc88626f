"""What run.json says of the money: sums that agree with each other, in words that can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from optimise.knobs import Finance
from optimise.money.lines import LINES
from optimise.money_record import PlanBooks, books_of, by_year, money_record
from optimise.phasing.rules import (
    Committed,
    Neighbours,
    Order,
    Partners,
    Phasing,
    ReceiptLink,
    Window,
)
from optimise.plan import Plan, make_plan
from optimise.runs import plain
from optimise.scenario import resolve_scenario
from tests import toy_county


def plan_of(**changes: Any) -> Plan:
    """The toy with the fire crews another body's; it hosts them and pays for it."""
    services = toy_county.services()
    services.loc[services["service_type"] == "fire", "operator"] = "Fire Authority"
    inputs = toy_county.inputs(toy_county.estate(services=services))
    return make_plan(toy_county.scenario(**changes), inputs)


@pytest.fixture(scope="module", params=[None, {"periods": 3}], ids=["at once", "phased"])
def made(request: pytest.FixtureRequest) -> tuple[Plan, PlanBooks, dict[str, Any]]:
    changes = {} if request.param is None else {"phasing": request.param}
    plan = plan_of(**changes)
    books = books_of(plan)
    return plan, books, money_record(plan, books)


def test_years_add_up_to_the_plan(made: tuple[Plan, PlanBooks, dict[str, Any]]):
    plan, _, record = made
    money = plan.after.money

    def total(key: str) -> float:
        return sum(year[key] for year in record["by_year"])

    assert total("pv_gbp") == pytest.approx(money.npv_gbp, abs=0.005)
    assert total("capital_gbp") == pytest.approx(-money.capital_gbp, abs=0.005)
    assert total("receipts_gbp") == pytest.approx(money.receipts_gbp, abs=0.005)
    assert record["by_year"][-1]["saving_gbp"] == pytest.approx(money.saving_gbp_pa, abs=0.005)
    assert [y["year"] for y in record["by_year"]][:2] == ["2026/27", "2027/28"]
    kinds = ("capital_gbp", "receipts_gbp", "one_off_gbp", "saving_gbp")
    for year in record["by_year"]:
        assert year["net_gbp"] == pytest.approx(sum(year[k] for k in kinds), abs=0.005)


def test_lines_add_up_to_the_value(made: tuple[Plan, PlanBooks, dict[str, Any]]):
    plan, _, record = made
    valued = ("capital", "receipt", "one_off", "annual")
    worth = sum(line["pv_gbp"] for line in record["by_line"] if line["kind"] in valued)
    assert worth == pytest.approx(plan.after.money.npv_gbp, abs=0.01)
    assert all(line["tag"] for line in record["by_line"] if line["kind"] == "annual")


def test_it_is_json_and_the_readings_are_whole(made: tuple[Plan, PlanBooks, dict[str, Any]]):
    plan, _, record = made
    text = json.dumps(plain(record), allow_nan=False)
    assert json.loads(text)["npv_gbp"] == pytest.approx(plan.after.money.npv_gbp, abs=0.01)
    assert {r["horizon_yr"] for r in record["readings"]} == {10, 25, 40, 60}
    assert len(record["readings"]) == 12


def test_who_is_worse_off_is_said_with_what_would_mend_it(
    made: tuple[Plan, PlanBooks, dict[str, Any]],
):
    """The crew moves at the fire authority's cost, and all that is saved is the county's."""
    _, books, record = made
    told = books.partners.set_index("party")
    assert told.at["Fire Authority", "worse_off"] and not told.at["County", "worse_off"]
    lost = -float(told.at["Fire Authority", "npv_gbp"])
    (line,) = [words for words in record["words"] if words.startswith("Worse off")]
    assert f"Fire Authority by £{lost:,.0f}" in line
    assert f"£{lost:,.0f} between the partners would mend that" in line
    assert record["settlement"]["total_gbp"] == pytest.approx(lost)
    paid = {p["party"]: p["amount_gbp"] for p in record["settlement"]["payments"]}
    assert paid["Fire Authority"] == pytest.approx(lost) == -paid["County"]


def test_one_partner_alone_is_not_told_about():
    plan = make_plan(toy_county.scenario(), toy_county.inputs())
    words = money_record(plan, books_of(plan))["words"]
    assert not [line for line in words if "orse off" in line]
    assert words[0].startswith("Net present value")


def test_borrowing_is_told_while_it_lasts():
    plan = make_plan(
        toy_county.scenario(
            phasing={"periods": 1},
            targets__capital_budget_gbp_by_year={2026: 100_000},
            finance__borrowing_limit_gbp_by_year={2026: 300_000},
            finance__borrowing_term_yr=5,
            finance__mrp_life_yr=8,
            finance__reinvest_cap_pct=0,
        ),
        toy_county.inputs(),
    )
    told = money_record(plan, books_of(plan))["borrowing"]
    assert [y["year"] for y in told] == [f"{y}/{(y + 1) % 100}" for y in range(2026, 2035)]
    assert sum(y["principal_gbp"] for y in told) == pytest.approx(234_800, abs=0.1)
    assert sum(y["mrp_gbp"] for y in told) == pytest.approx(234_800, abs=0.1)
    assert told[5]["debt_gbp"] == 0 and told[0]["mrp_gbp"] == 0


def test_each_year_sums_its_own_entries_in_pence():
    """Financing apart; years of nothing stand as nought; halves of pennies are rounded first."""
    ledger = pd.DataFrame(
        [
            (0, "capital", -10.004, -10.004),
            (0, "capital", -0.1, -0.1),
            (0, "apart", 7.0, 7.0),
            (2, "annual", 0.2, 0.1),
            (2, "receipt", 0.1, 0.1),
            (2, "transfer", 5.0, 5.0),
            (9, "financing", 1.0, 1.0),
        ],
        columns=["year", "kind", "amount_gbp", "pv_gbp"],
    )
    told = by_year(ledger, 2026)
    assert [list(row.values()) for row in told] == [
        ["2026/27", -10.1, 0.0, 0.0, 0.0, -10.1, -10.1, 7.0],
        ["2027/28", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ["2028/29", 0.0, 0.1, 0.0, 0.2, 0.3, 0.2, 0.0],
    ]
    assert by_year(ledger.iloc[:0], 2026) == []


# --- the page on money --------------------------------------------------------------------------

PAGE = Path(__file__).resolve().parent.parent / "docs" / "money.md"


def test_the_page_on_money_names_every_key():
    page = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"[a-z][a-z_0-9]+", page))
    for record in (Phasing, Window, Order, ReceiptLink, Neighbours, Partners, Committed, Finance):
        assert not sorted(set(record.model_fields) - named), record.__name__


def test_every_example_of_the_page_is_a_scenario():
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) >= 2
    for text in examples:
        record = {**toy_county.RECORD, **yaml.safe_load(text)}
        resolve_scenario(record, base_dir=Path("."))


def test_the_page_tells_every_line_of_the_books():
    page = PAGE.read_text(encoding="utf-8").lower()
    table = page.split("## every line", 1)[1].split("##", 1)[0]
    words = {
        "build": "new building", "extension": "extension", "works": "works for condition",
        "move": "moves", "fit_out": "fitting out", "lease_exit": "leaving leases",
        "clawback": "grant repaid", "grant": "grants", "receipt": "receipts from sales",
        "neighbours": "more for neighbours", "holding": "holding empty", "rent_due": "rent until",
        "one_off": "one-off revenue cost", "running_cost_saved": "running cost saved",
        "running_cost_added": "running cost of new", "hosting": "rise in the host",
        "withdrawal": "services withdrawn", "outreach": "services as outreach",
        "rent_paid": "rent paid", "rent_received": "rent paid, received",
        "settlement": "settled between", "maintenance_avoided": "maintenance avoided",
        "borrowed": "borrowed", "interest": "interest", "mrp": "minimum revenue provision",
    }  # fmt: skip
    assert set(words) == set(LINES) - {"income"}  # nothing in the layers is booked on it yet
    assert not [line for line, word in words.items() if word not in table]

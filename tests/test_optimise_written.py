"""How figures are written in a scenario; where they could be read in two ways both are said."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from assets.issues import InputError
from optimise.knobs import Finance
from optimise.phasing.rules import Neighbours, Phasing, ReceiptLink, Window
from optimise.scenario import resolve_scenario
from optimise.written import Percent, financial_year
from tests import toy_county


def refusal(**changes: Any) -> str:
    with pytest.raises(InputError) as refused:
        toy_county.scenario(**changes)
    (issue,) = refused.value.issues
    return issue.message


@pytest.mark.parametrize(
    ("written", "figure"),
    [(75, 75.0), ("75 %", 75.0), ("75%", 75.0), ("0.5 %", 0.5), ("1 per cent", 1.0), (0, 0.0),
     ("2.5", 2.5), (1.01, 1.01), ("100 pct", 100.0)],
)  # fmt: skip
def test_a_percentage_as_it_may_be_written(written: Any, figure: float) -> None:
    assert toy_county.scenario(finance__reinvest_cap_pct=written).finance.reinvest_cap_pct == figure


@pytest.mark.parametrize("written", [0.75, "0.75", 1, 0.001])
def test_a_percentage_that_may_be_a_share_is_refused_with_both_readings(written: Any) -> None:
    said = refusal(finance__reinvest_cap_pct=written)
    share = float(written)
    assert f"{share:g} could be {share:g} % or {100 * share:g} %" in said
    assert "finance.reinvest_cap_pct" in said


@pytest.mark.parametrize("written", [101, -1, "101 %", "-5 %", True, "three quarters"])
def test_no_percentage(written: Any) -> None:
    assert "finance.reinvest_cap_pct" in refusal(finance__reinvest_cap_pct=written)


@pytest.mark.parametrize(("written", "share"), [(0.75, 0.75), ("75 %", 0.75), (1, 1.0), (0, 0.0)])
def test_a_share_as_it_may_be_written(written: Any, share: float) -> None:
    assert ReceiptLink(sales=["A"], works=["B"], share=written).share == share


@pytest.mark.parametrize("written", [75, 1.2, "75"])
def test_a_share_that_may_be_a_percentage_says_both(written: Any) -> None:
    with pytest.raises(ValidationError, match="write .*, or '.* %'"):
        ReceiptLink(sales=["A"], works=["B"], share=written)


def test_a_percentage_below_one_comes_back_from_the_record_of_a_run() -> None:
    made = toy_county.scenario(finance={"disposal_cost_pct": "0.5 %"})
    record = json.loads(json.dumps(made.model_dump(mode="json", exclude={"overrides"})))
    assert record["finance"]["disposal_cost_pct"] == "0.5 %"
    assert resolve_scenario(record, base_dir=made.origin.base_dir).finance == made.finance
    assert made.finance.disposal_cost_pct == 0.5


@given(st.floats(0, 100).map(lambda x: round(x, 6)))
def test_every_percentage_with_its_sign_is_read_and_comes_back(figure: float) -> None:
    adapter: TypeAdapter[float] = TypeAdapter(Percent)
    text = f"{figure:.6f} %"
    read = adapter.validate_python(text)
    assert read == pytest.approx(figure, abs=1e-9)
    assert adapter.validate_python(adapter.dump_python(read, mode="json")) == read


def test_percentages_by_class_are_percentages_of_known_classes() -> None:
    made = toy_county.scenario(finance={"optimism_bias_pct_by_class": {"non_standard": "51 %"}})
    assert made.finance.optimism_bias_pct_by_class == {"non_standard": 51.0}
    said = refusal(finance={"optimism_bias_pct_by_class": {"special": 51}})
    assert "unknown 'special'" in said and "standard" in said
    assert "0.25 % or 25 %" in refusal(finance={"receipt_haircut_pct": {"low": 0.25}})
    assert "0.3 % or 30 %" in str(
        pytest.raises(ValidationError, Neighbours, buildings=["A", "B"], bonus_pct=0.3).value
    )


@pytest.mark.parametrize(
    ("written", "year"),
    [("2026/27", 2026), ("2026-27", 2026), ("2026/2027", 2026), ("2099/00", 2099),
     ("2026", 2026), (2026, 2026), ("2026–27", 2026)],
)  # fmt: skip
def test_a_financial_year_as_it_may_be_written(written: Any, year: int) -> None:
    assert financial_year(written) == year
    assert toy_county.scenario(finance__base_year=written).finance.base_year == year
    by_year = {written: 5}
    made = toy_county.scenario(targets={"receipts_gbp_by_year": by_year})
    assert made.targets.receipts_gbp_by_year == {year: 5.0}


def test_years_that_do_not_follow_are_no_financial_year() -> None:
    assert "write 2026/27" in refusal(finance__base_year="2026/28")
    assert "write 2026/27" in refusal(targets={"receipts_gbp_by_year": {"2026/28": 1}})


@pytest.mark.parametrize("key", ["1", "year one", "2.026", "", "26/27"])
def test_a_key_that_is_no_year(key: str) -> None:
    said = refusal(targets={"capital_budget_gbp_by_year": {key: 1}})
    assert f"'{key}' is no financial year" in said


def test_a_year_written_twice_is_refused() -> None:
    years = {"2026": 1, "2026/27": 2}
    assert "2026 is there twice" in refusal(targets={"capital_budget_gbp_by_year": years})


def test_money_by_year_is_not_negative() -> None:
    said = refusal(targets={"capital_budget_gbp_by_year": {2026: -1}})
    assert "greater than or equal to 0" in said
    assert "targets.capital_budget_gbp_by_year.2026" in said


@pytest.mark.parametrize("key", ["2026", "2026/27"])
def test_a_setting_changes_the_year_that_stands_there(key: str) -> None:
    record = {**toy_county.RECORD, "targets": {"receipts_gbp_by_year": {2026: 1, 2027: 2}}}
    made = resolve_scenario(
        record,
        base_dir=toy_county.scenario().origin.base_dir,
        settings=[f"targets.receipts_gbp_by_year.{key}=7"],
    )
    assert made.targets.receipts_gbp_by_year == {2026: 7.0, 2027: 2.0}


def test_a_window_in_financial_years_and_dates() -> None:
    window = Window(earliest="2027/28", latest=dt.date(2029, 6, 1))
    assert (window.earliest, window.latest) == (2027, dt.date(2029, 6, 1))
    assert Window.model_validate_json('{"latest": "2029-06-01"}').latest == dt.date(2029, 6, 1)
    again = Phasing.model_validate_json(Phasing(windows={"A": window}).model_dump_json())
    assert again.windows["A"] == window


GREEN_BOOK = ((30, 0.035), (75, 0.03), (None, 0.025))


@pytest.mark.parametrize(
    "written",
    [
        [[30, 0.035], [75, 0.03], [None, 0.025]],
        [[30, "3.5 %"], [75, "3 %"], [None, "2.5 %"]],
        [{"from": 0, "to": 30, "rate": "3.5 %"}, {"from": 31, "to": 75, "rate": 0.03},
         {"from": 76, "rate": "2.5 %"}],
        [{"from": 1, "to": 30, "rate": 0.035}, {"to": 75, "rate": 0.03}, {"rate": 0.025}],
    ],
)  # fmt: skip
def test_a_discount_schedule_as_it_may_be_written(written: Any) -> None:
    made = toy_county.scenario(finance={"discount_schedule": written}).finance
    assert made.discount_schedule == GREEN_BOOK == Finance().discount_schedule


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([{"from": 0, "to": 30, "rate": 0.035}, {"from": 36, "rate": 0.03}],
         "years 31 to 35 have no rate"),
        ([{"from": 0, "to": 30, "rate": 0.035}, {"from": 25, "rate": 0.03}],
         "years 25 to 30 have two rates"),
        ([{"from": 5, "rate": 0.035}], "years 0 to 4 have no rate"),
        ([{"rate": 0.035}, {"from": 31, "rate": 0.03}], "follows one that has no end"),
        ([{"from": 0, "to": 30, "rate": 0.035}], "only the last step is open-ended"),
        ([{"from": 0, "until": 30, "rate": 0.035}], "each step has from, to and rate"),
        ([{"from": "now", "rate": 0.035}], "years counted from the base year"),
        ([{"from": 0, "rate": 3.5}], "write 0.035, or '3.5 %'"),
        ([[30, 3.5], [None, 3.0]], "write 0.035, or '3.5 %'"),
        ([[30, 0.035], [20, 0.03], [None, 0.025]], "years must ascend"),
        ([], "only the last step is open-ended"),
        ("3.5 %", "valid tuple"),
    ],
)  # fmt: skip
def test_a_schedule_with_a_gap_or_an_overlap_is_refused(steps: Any, said: str) -> None:
    assert said in refusal(finance={"discount_schedule": steps})

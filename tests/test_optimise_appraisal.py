"""Never one number: the published worked checks, every reading by another way, words, tables."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimise.knobs import Finance
from optimise.money.appraisal import (
    BIASED,
    CASES,
    Appraisal,
    Basis,
    Cash,
    Reading,
    YearMoney,
    appraise,
    basis_of,
)
from optimise.money.appraisal_tables import (
    GRID,
    grid_table,
    headline_words,
    readings_table,
    whole_life_table,
    years_table,
)
from optimise.money.flips import changes_sign, pounds, reading_words
from optimise.money.lines import LINES, VALUED

TEN = Basis(horizon_yr=10, horizons_yr=(10, 25))


def yearly(line: str, gbp: float, last: int, first: int = 1) -> list[Cash]:
    return [Cash(line, float(year), gbp) for year in range(first, last + 1)]


def suffolk(avoided: float = 600_000.0, basis: Basis = TEN) -> Appraisal:
    """Six shared stations at £270k, £188k a year, £0.6–1.0m of planned maintenance avoided."""
    cash = [Cash("works", 0.0, -270_000.0) for _ in range(6)]
    cash += [Cash("maintenance_avoided", 0.0, avoided)]
    return appraise([*cash, *yearly("running_cost_saved", 188_000, 25)], basis)


def nearest_10k(gbp: float) -> float:
    return round(gbp / 1e6, 2)


def test_suffolks_six_figures() -> None:
    low, high = suffolk(600_000), suffolk(1_000_000)
    assert low.headline.undiscounted_gbp == pytest.approx(260_000)
    found = {
        "10 years": low.npv_gbp(10, maintenance=False, bias=False),
        "maintenance, low": low.npv_gbp(10, maintenance=True, bias=False),
        "maintenance, high": high.npv_gbp(10, maintenance=True, bias=False),
        "24 % bias": low.npv_gbp(10, maintenance=False, bias=True),
        "25 years": low.npv_gbp(25, maintenance=False, bias=False),
    }
    assert {name: nearest_10k(gbp) for name, gbp in found.items()} == {
        "10 years": -0.06,
        "maintenance, low": 0.54,
        "maintenance, high": 0.94,
        "24 % bias": -0.45,
        "25 years": 1.48,
    }
    assert low.payback_yr == pytest.approx(1620 / 188)
    assert low.discounted_payback_yr == pytest.approx(10.44, abs=0.01)


def test_suffolk_says_what_changes_its_sign() -> None:
    """The bias makes it worse, not better: it is not among them."""
    assert suffolk().flips == (
        "With avoided maintenance counted as cash the net present value is +£543.5k, not −£56.5k.",
        "Over 25 years instead of 10 the net present value is +£1.48m, not −£56.5k.",
        "Of 8 readings 6 have another sign than the headline (−£56.5k): from −£445.3k (over 10 "
        "years, with optimism bias) to +£2.08m (over 25 years, without optimism bias, with "
        "avoided maintenance counted).",
    )


def test_cornwalls_whole_life_return_and_its_loan() -> None:
    """£4.1m of savings − £1.115m of capital − £0.983m of interest = £2.002m, over 40 years."""
    basis = Basis(
        horizon_yr=40, horizons_yr=(), borrowing_rate_pct=4.30, borrowing_term_yr=40,
        borrowing_method="equal_instalment", mrp_life_yr=40,
    )  # fmt: skip
    cash = [Cash("build", 0.0, -1_115_000.0), *yearly("running_cost_saved", 102_500, 40)]
    told = appraise(cash, basis, borrowed_gbp={0: 1_115_000.0})
    (life,) = told.whole_life
    assert life.interest_gbp == pytest.approx(983_000, abs=500)
    assert life.net_gbp == pytest.approx(2_002_000, abs=500)
    assert life.net_gbp == life.saving_gbp - life.capital_gbp - life.interest_gbp
    # In year 1: £27,875 of principal and as much set aside, £47,945 of interest.
    first = told.years[1]
    assert (first.principal_gbp, first.mrp_gbp) == pytest.approx((27_875, 27_875))
    assert first.interest_gbp == pytest.approx(47_945)
    assert first.net_after_financing_gbp == pytest.approx(102_500 - 27_875 - 47_945)
    assert told.years[0].mrp_gbp == 0 and told.years[0].cfr_gbp == 1_115_000
    assert told.years[40].debt_gbp == pytest.approx(0, abs=1e-6)
    assert "Borrowing £1.11m costs £982.9k of interest" in headline_words(told)[-1]
    assert "highest in 2027/28, £75.8k" in headline_words(told)[-1]


def test_receipts_low_central_and_high_by_hand() -> None:
    """Half a million of works against two sales in year 1: £300k to £500k, sure, and £100k or
    nothing, unsure; at 0 % so that the sums can be seen."""
    basis = Basis(schedule=((None, 0.0),), horizon_yr=10, horizons_yr=(10,))
    told = appraise(
        [
            Cash("works", 0.0, -450_000.0),
            Cash("receipt", 1.0, 400_000, 0, 300_000, 400_000, 500_000, confidence="high"),
            Cash("receipt", 1.5, 75_000, 0, 0, 75_000, 75_000, 25_000, "low"),
        ],
        basis,
    )
    plain = {case: told.npv_gbp(10, case, maintenance=False, bias=False) for case in CASES}
    assert plain == pytest.approx({"low": -150_000, "central": 25_000, "high": 125_000})
    risk = told.at_risk
    assert (risk.counted_gbp, risk.at_risk_gbp, risk.haircut_gbp) == (475_000, 175_000, 25_000)
    assert dict(risk.by_confidence) == {"high": 400_000, "low": 75_000}
    assert list(risk.by_confidence) == ["high", "low"]
    assert risk.needed_share == pytest.approx(450 / 475)
    assert any(line.startswith("At low instead of central receipts") for line in told.flips)
    assert any("at least 95% of them must come in" in line for line in headline_words(told))


def test_what_the_receipts_must_bring_where_they_do_not_decide() -> None:
    basis = Basis(schedule=((None, 0.0),), horizon_yr=5, horizons_yr=())
    sale = Cash("receipt", 1.0, 100.0)
    assert appraise([sale], basis).at_risk.needed_share is None
    assert appraise([Cash("works", 0, -1.0)], basis).at_risk.needed_share is None
    short = appraise([sale, Cash("works", 0, -150.0)], basis)
    assert short.at_risk.needed_share == pytest.approx(1.5)
    assert any("even all of them do not" in line for line in headline_words(short))


def test_bias_comes_off_what_carries_it_and_goes_on_where_nothing_does() -> None:
    """£124k at 24 % and £151k at 51 % are £200k without; contracts carry none."""
    basis = Basis(schedule=((None, 0.0),), horizon_yr=5, horizons_yr=(), bias_pct=24.0)
    carries = appraise(
        [
            Cash("works", 0, -124_000, 24.0),
            Cash("build", 0, -151_000, 51.0),
            Cash("move", 0, -5_000),
            Cash("lease_exit", 0, -10_000),
        ],
        basis,
    )
    assert carries.headline.bias
    assert carries.headline_gbp == pytest.approx(-290_000)
    assert carries.npv_gbp(5, maintenance=False, bias=True) == carries.headline_gbp
    assert carries.npv_gbp(5, maintenance=False, bias=False) == pytest.approx(-215_000)
    bare = appraise([Cash("works", 0, -100_000), Cash("clawback", 0, -10_000)], basis)
    assert not bare.headline.bias
    assert bare.npv_gbp(5, maintenance=False, bias=False) == bare.headline_gbp == -110_000
    assert bare.npv_gbp(5, maintenance=False, bias=True) == pytest.approx(-134_000)


def test_what_counts_at_a_horizon() -> None:
    """Yearly sums to the horizon, inclusive; a sale after it counts at the plan's own horizon,
    as the plan counts it, and not at a shorter one."""
    basis = Basis(schedule=((None, 0.0),), horizon_yr=5, horizons_yr=(3, 5, 8))
    told = appraise([*yearly("hosting", 1.0, 8), Cash("receipt", 3.9, 100.0),
                     Cash("receipt", 6.0, 1000.0)], basis)  # fmt: skip
    assert [told.npv_gbp(h, maintenance=False, bias=False) for h in (3, 5, 8)] == [103, 1105, 1108]
    assert told.headline_gbp == 1105
    rent = [Cash("rent_due", year + 0.5, -1.0) for year in range(1, 9)]
    told = appraise(rent, basis)
    assert [told.npv_gbp(h, maintenance=False, bias=False) for h in (3, 5, 8)] == [-3, -5, -8]
    assert [life.years for life in told.whole_life] == [3, 5, 8]


def test_transfers_and_financing_are_left_aside() -> None:
    cash = [Cash("hosting", 1.0, 7.0), Cash("rent_paid", 1.0, -99.0), Cash("interest", 1.0, -5.0)]
    told = appraise(cash, TEN)
    assert told.headline.undiscounted_gbp == 7.0
    assert dict(told.years[1].by_line) == {"hosting": 7.0}


def test_years_go_on_until_the_last_loan_is_done_with() -> None:
    basis = replace(TEN, borrowing_term_yr=40, mrp_life_yr=50)
    told = appraise([Cash("works", 2.0, -100.0)], basis, borrowed_gbp={2: 100.0})
    assert [one.year for one in told.years] == list(range(53))
    assert told.years[-1].mrp_gbp == pytest.approx(2.0)
    assert told.years[-1].cfr_gbp == pytest.approx(0.0, abs=1e-9)
    assert len(appraise([], TEN).years) == 26


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (Cash("rates", 0.0, 1.0), "unknown lines of money: rates"),
        (Cash("works", -0.1, 1.0), "after -0.1 years"),
        (Cash("works", 0.0, math.nan), "£nan"),
        (Cash("works", math.inf, 1.0), "inf years"),
    ],
)
def test_cash_that_cannot_be_is_refused(one: Cash, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        appraise([one], TEN)


def test_a_horizon_that_is_not_told_is_no_silent_figure() -> None:
    with pytest.raises(KeyError, match="over 12 years"):
        suffolk().npv_gbp(12, maintenance=False, bias=False)


def test_the_basis_is_the_scenarios() -> None:
    finance = Finance(
        base_year=2030, horizon_yr=30, optimism_bias_pct=10, appraisal_horizons_yr=(20, 10),
        optimism_bias_pct_by_class={"non_standard": 51}, borrowing_method="maturity",
        borrowing_rate_pct=4, borrowing_term_yr=7, mrp_life_yr=9, mrp_method="annuity",
    )  # fmt: skip
    basis = basis_of(finance)
    assert basis.all_horizons_yr == (10, 20, 30) and basis.longest_yr == 30
    assert (basis.base_year, basis.bias_pct) == (2030, 51)
    assert (basis.terms.method, basis.terms.mrp_method) == ("maturity", "annuity")
    assert (basis.terms.rate_pct, basis.terms.term_yr, basis.terms.mrp_life_yr) == (4, 7, 9)
    assert basis_of(Finance(optimism_bias_pct=0)).bias_pct == 24.0


# --- every plan ----------------------------------------------------------------------------

AMOUNTS = st.integers(-900_000, 900_000).map(float)


@st.composite
def a_cash(draw: st.DrawFn) -> Cash:
    line = draw(st.sampled_from([key for key, one in LINES.items() if one.kind != "financing"]))
    kind = LINES[line].kind
    year = draw(st.integers(1, 30))
    if kind == "annual":
        return Cash(line, float(year), draw(AMOUNTS))
    time = year + draw(st.sampled_from((0.0, 0.25, 0.5)))
    if kind == "receipt":
        low, central, high = sorted(abs(draw(AMOUNTS)) for _ in range(3))
        return Cash(line, time, central, 0.0, low, central, high, 0.0, draw(st.sampled_from("ab")))
    bias = draw(st.sampled_from((0.0, 24.0, 51.0))) if line in BIASED else 0.0
    gbp = draw(AMOUNTS)
    return Cash(line, time, -abs(gbp) if line in BIASED else abs(gbp) if kind == "apart" else gbp,
                bias)  # fmt: skip


PLANS = st.lists(a_cash(), max_size=12)
WIDE = Basis(horizon_yr=20, horizons_yr=(10, 40))


def by_hand(cash: list[Cash], one: Reading) -> float:
    """A reading once more, from nominal steps of 3.5 % and 3 %: nothing of the code."""
    carries = any(c.bias_pct for c in cash)
    total = 0.0
    for c in cash:
        kind, late = LINES[c.line].kind, math.floor(c.time_yr) > one.horizon_yr
        runs = kind == "annual" or c.line in ("holding", "rent_due")
        if late and (runs or one.horizon_yr < 20):
            continue
        if kind not in VALUED and not (kind == "apart" and one.maintenance):
            continue
        gbp = c.amount_gbp
        if kind == "receipt":
            gbp = {"low": c.low_gbp, "central": c.amount_gbp, "high": c.high_gbp}[one.receipts] or 0
        elif c.line in BIASED and not one.bias:
            gbp = gbp / (1 + c.bias_pct / 100)
        elif c.line in BIASED and not carries:
            gbp = gbp * 1.24
        total += gbp / 1.035 ** min(c.time_yr, 30) / 1.03 ** max(c.time_yr - 30, 0)
    return total


@given(PLANS)
def test_every_reading_is_what_another_way_makes_of_it(cash: list[Cash]) -> None:
    told = appraise(cash, WIDE)
    assert len(told.readings) == 3 * 3 * 2 * 2
    for one in told.readings:
        assert one.npv_gbp == pytest.approx(by_hand(cash, one), rel=1e-9, abs=1e-4)
    own = [
        one for one in told.readings
        if (one.horizon_yr, one.receipts, one.maintenance, one.bias)
        == (20, "central", False, told.headline.bias)
    ]  # fmt: skip
    assert own == [told.headline]


@given(PLANS)
def test_what_makes_a_plan_look_better_never_makes_it_look_worse(cash: list[Cash]) -> None:
    told = appraise(cash, WIDE)
    for horizon in WIDE.all_horizons_yr:
        for maintenance in (False, True):
            for bias in (False, True):
                low, central, high = (
                    told.npv_gbp(horizon, case, maintenance=maintenance, bias=bias)
                    for case in CASES
                )
                assert low <= central + 1e-6 and central <= high + 1e-6
        for case in CASES:
            plain = told.npv_gbp(horizon, case, maintenance=False, bias=False)
            assert told.npv_gbp(horizon, case, maintenance=True, bias=False) >= plain - 1e-6
            assert told.npv_gbp(horizon, case, maintenance=False, bias=True) <= plain + 1e-6


@given(PLANS, st.dictionaries(st.integers(0, 9), st.floats(1, 1e6), max_size=3))
def test_years_add_up_to_the_plan(cash: list[Cash], borrowed: dict[int, float]) -> None:
    """To the penny: by year = by line = in all; what is discounted is the longest reading."""
    told = appraise(cash, WIDE, borrowed_gbp=borrowed)
    every = [c.amount_gbp for c in cash if c.kind in VALUED]
    sums = [y.capital_gbp + y.receipts_gbp + y.one_off_gbp + y.annual_gbp for y in told.years]
    assert sum(sums) == pytest.approx(sum(every), abs=0.005)
    assert told.years[-1].cumulative_gbp == pytest.approx(sum(every), abs=0.005)
    lines = [gbp for y in told.years for k, gbp in y.by_line.items() if LINES[k].kind in VALUED]
    assert sum(lines) == pytest.approx(sum(every), abs=0.005)
    longest = told.npv_gbp(40, maintenance=False, bias=told.headline.bias)
    assert told.years[-1].cumulative_pv_gbp == pytest.approx(longest, abs=0.005)
    spread = sum(y.net_revenue_gbp - y.net_after_financing_gbp for y in told.years)
    charged = sum(y.interest_gbp + y.mrp_gbp for y in told.years)
    assert spread == pytest.approx(charged, abs=0.005)
    for life in told.whole_life:
        paid = sum(y.interest_gbp for n, y in enumerate(told.years) if n <= life.years)
        assert life.interest_gbp == pytest.approx(paid)


@given(PLANS)
def test_order_changes_nothing(cash: list[Cash]) -> None:
    one, other = appraise(cash, WIDE), appraise(cash[::-1], WIDE)
    assert one.headline_gbp == pytest.approx(other.headline_gbp, abs=1e-6)
    assert (
        readings_table(one)["changes_sign"].tolist()
        == pytest.approx(readings_table(other)["changes_sign"].tolist())
        or abs(one.headline_gbp) < 1e-6
    )


@given(PLANS)
def test_a_sentence_for_every_single_thing_that_flips_it(cash: list[Cash]) -> None:
    told = appraise(cash, WIDE)
    head = told.headline
    names = ("horizon_yr", "receipts", "maintenance", "bias")
    single = [
        one for one in told.readings
        if sum(getattr(one, n) != getattr(head, n) for n in names) == 1 and changes_sign(head, one)
    ]  # fmt: skip
    assert len(told.flips) == len(single) + 1
    assert all(pounds(one.npv_gbp) in line for one, line in zip(single, told.flips, strict=False))
    count = readings_table(told)["changes_sign"].sum()
    assert (count == 0) == told.flips[-1].startswith(("No reading", "Every reading"))


@given(PLANS)
def test_rate_of_return_where_there_is_one_is_numpy_financials(cash: list[Cash]) -> None:
    """Of whole years: numpy-financial knows no others."""
    whole = [replace(c, time_yr=float(int(c.time_yr))) for c in cash]
    told = appraise(whole, WIDE)
    if told.irr_pct is None:
        return
    sums = np.zeros(41)
    for c in whole:
        runs = c.kind == "annual" or c.line in ("holding", "rent_due")
        if c.kind in VALUED and (c.year <= 20 or not runs):
            sums[c.year] += c.amount_gbp
    worth = float(npf.npv(told.irr_pct / 100, sums))
    size = np.abs(sums * (1 + told.irr_pct / 100) ** -np.arange(41.0)).sum()
    assert worth == pytest.approx(0, abs=1e-9 * max(1.0, float(size)))


# --- words and tables ----------------------------------------------------------------------


def test_a_plan_that_no_reading_changes() -> None:
    told = appraise(yearly("hosting", 100.0, 25), TEN)
    assert told.flips == (
        "No reading changes the sign: all 2 are positive, from +£832 (over 10 years) to +£1.6k "
        "(over 25 years).",
    )
    assert appraise([], TEN).flips == ("Every reading comes to £0.",)
    assert headline_words(appraise([], TEN))[-1] == "It is never out of pocket."


def test_one_reading_alone_has_another_sign() -> None:
    """−£100 for £11 a year: 10 years at 0 % make +£10; with 24 % bias −£14."""
    basis = Basis(schedule=((None, 0.0),), horizon_yr=10, horizons_yr=())
    told = appraise([Cash("works", 0.0, -100.0), *yearly("hosting", 11.0, 10)], basis)
    assert told.flips == (
        "With optimism bias the net present value is −£14, not +£10.",
        "Of 2 readings 1 has another sign than the headline (+£10): from −£14 (over 10 years, "
        "with optimism bias) to +£10 (over 10 years, without optimism bias).",
    )


def test_nil_is_not_negative() -> None:
    basis = Basis(schedule=((None, 0.0),), horizon_yr=10, horizons_yr=())
    told = appraise([Cash("works", 0.0, -100.0), *yearly("hosting", 10.0, 10)], basis)
    assert not changes_sign(told.headline, replace(told.headline, npv_gbp=1.0))
    assert changes_sign(told.headline, replace(told.headline, npv_gbp=-0.01))
    assert told.payback_yr == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("gbp", "text"),
    [
        (0.0, "£0"), (-0.4, "£0"), (870, "+£870"), (-1_234, "−£1.2k"), (999_949, "+£999.9k"),
        (999_950, "+£1.00m"), (-12_345_678, "−£12.35m"),
    ],
)  # fmt: skip
def test_pounds(gbp: float, text: str) -> None:
    assert pounds(gbp) == text


def test_a_reading_in_words() -> None:
    one = Reading(1, "low", True, True, 0.0, 0.0, 0.0)
    assert reading_words(one) == (
        "over 1 year, at low receipts, with optimism bias, with avoided maintenance counted"
    )


def test_payback_in_words() -> None:
    words = " ".join(headline_words(suffolk()))
    assert "It pays back in 8.6 years; discounted, in 10.4 years." in words
    late = appraise([Cash("works", 0, -100.0), *yearly("hosting", 4.2, 25)], TEN)
    assert "It pays back in 23.8 years; discounted, not within 25 years." in headline_words(late)
    soon = appraise([Cash("works", 0, -100.0), *yearly("hosting", 100.0, 25)], TEN)
    assert soon.payback_yr == pytest.approx(1.0)
    assert "It pays back within a year." in headline_words(soon)
    later = appraise([Cash("works", 0, -106.0), *yearly("hosting", 100.0, 25)], TEN)
    assert "It pays back in 1.1 years." in headline_words(later)
    never = appraise([Cash("works", 0, -100.0)], TEN)
    assert "It does not pay back within 25 years." in headline_words(never)


def test_tables() -> None:
    told = suffolk()
    grid = grid_table(told)
    assert list(grid.columns) == ["horizon_yr", "receipts", *GRID]
    assert len(grid) == 6
    central = grid[(grid["horizon_yr"] == 10) & (grid["receipts"] == "central")].iloc[0]
    assert [central[name] for name in GRID] == pytest.approx(
        [-56_478.27, 543_521.73, -445_278.27, 154_721.73], abs=0.1
    )
    readings = readings_table(told)
    assert len(readings) == 24 and readings["changes_sign"].dtype == bool
    years = years_table(told)
    assert years["year"].tolist()[:2] == ["2026/27", "2027/28"] and len(years) == 26
    assert list(years.columns) == [f.name for f in fields(YearMoney) if f.name != "by_line"]
    assert years["annual_gbp"].sum() == pytest.approx(25 * 188_000)
    life = whole_life_table(told)
    assert life["net_gbp"].tolist() == pytest.approx([260_000, 3_080_000])


def test_tables_of_nothing_hold_no_minus_nil() -> None:
    told = appraise([], TEN)
    for table in (grid_table(told), years_table(told), whole_life_table(told)):
        numbers = table.select_dtypes("float").to_numpy()
        assert not np.signbit(numbers).any()

"""What a scenario says about time and cannot mean: each thing broken alone, and its message.

The toy county (`tests/toy_county.py`): A, B, C stand and are freehold, D is a candidate, E a
vacant depot; libA and fireA are in A, kidsB and libB in B, fireC in C. The plan has five
years, 2026/27 to 2030/31; A and E lie in town TA and market MA, B in TB and MB.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.estate import Estate
from assets.issues import InputError, Issue
from optimise.compiled import compile_model
from optimise.misfits import refuse_misfits
from optimise.phasing.calendar import Calendar
from optimise.phasing.misdated import allowed_periods
from optimise.phasing.misfits import phasing_notes
from optimise.phasing.resolved import periods_within
from optimise.phasing.rules import Window
from tests import toy_county


@cache
def estate() -> Estate:
    buildings = toy_county.buildings().assign(
        town_id=["TA", "TB", "", "", "TA"], market_area=["MA", "MB", "MC", "", "MA"]
    )
    return toy_county.estate(buildings=buildings)


def asked(made: Estate | None = None, **rules: Any) -> tuple[Issue, ...]:
    """Issues of a scenario phased over five years by the rules given."""
    others = {key: rules.pop(key) for key in list(rules) if "__" in key}
    changes = {"phasing": {"periods": 5, **rules}, **others}
    try:
        refuse_misfits(toy_county.scenario(**changes), made or estate())
    except InputError as error:
        return error.issues
    return ()


def notes(made: Estate | None = None, **rules: Any) -> tuple[Issue, ...]:
    chosen = toy_county.scenario(phasing={"periods": 5, **rules})
    refuse_misfits(chosen, made or estate())
    return phasing_notes(chosen, made or estate())


EVERYTHING: dict[str, Any] = {
    "windows": {"A": {"earliest": 2027}, "libB": {"latest": "2029/30"}, "TA": {"latest": 2030}},
    "order": {"alternative": {"first": "libB", "then": "B"}, "next": {"first": "B", "then": "A"}},
    "links": {"hub": {"sales": ["E"], "works": ["D"]}},
    "neighbours": {"site": {"buildings": ["A", "E"], "bonus_pct": 20}},
    "areas_at_once": 1,
    "area_kind": "town",
    "disposals_per_market_area_pa": 1,
}


def test_what_fits_is_not_refused_and_says_nothing() -> None:
    assert asked(**EVERYTHING) == ()
    assert notes(**EVERYTHING) == ()


#: rule, what is asked beside five yearly periods, ids named, part of the message
MISFITS: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    ("scenario.unknown_id", {"windows": {"libZ": {"earliest": 2027}}}, ("libZ",), "'libZ'"),
    ("scenario.unknown_id", {"order": {"x": {"first": "libA", "then": "Z"}}}, ("Z",),
     "phasing.order.x: there is no unit or building 'Z'"),
    ("scenario.unknown_building", {"links": {"x": {"sales": ["Z"], "works": ["D"]}}}, ("Z",),
     "phasing.links.x: there is no building 'Z'"),
    ("scenario.unknown_building", {"links": {"x": {"sales": ["E"], "works": ["libA"]}}},
     ("libA",), "no building 'libA'"),
    ("scenario.unknown_building", {"neighbours": {"x": {"buildings": ["A", "Z"], "bonus_pct": 9}}},
     ("Z",), "phasing.neighbours.x"),
    ("scenario.unknown_building",
     {"committed__x": {"tag": "property", "gbp_pa": 5, "buildings": ["Z"]}}, ("Z",),
     "committed.x: there is no building 'Z'"),
    ("scenario.unknown_unit",
     {"committed__x": {"tag": "service", "gbp_pa": 5, "units": ["Z"]}}, ("Z",), "committed.x"),
    ("phasing.order_cycle", {"order": {"x": {"first": "A", "then": "A"}}}, ("A",), "A → A"),
    ("phasing.order_cycle",
     {"order": {"a": {"first": "libA", "then": "B"}, "b": {"first": "B", "then": "C"},
                "c": {"first": "C", "then": "libA", "gap_periods": 1}}},
     ("B", "C", "libA"), "B → C → libA → B wait for each other"),
    ("phasing.link_both", {"links": {"x": {"sales": ["A"], "works": ["A"]}}}, ("A",),
     "'A' is to be sold and to be worked on"),
    ("phasing.no_receipt", {"links": {"x": {"sales": ["D"], "works": ["A"]}}}, ("D",),
     "'D' has no receipt"),
    ("phasing.no_works", {"links": {"x": {"sales": ["E"], "works": ["B"]}}}, ("B",),
     "nothing to pay for at 'B'"),
    ("phasing.earmarked_twice",
     {"links": {"x": {"sales": ["E"], "works": ["D"]}, "y": {"sales": ["E"], "works": ["A"]}}},
     ("E",), "'x', 'y' use 200% of the receipt of 'E' together"),
    ("phasing.paid_twice",
     {"links": {"x": {"sales": ["E"], "works": ["D"]}, "y": {"sales": ["B"], "works": ["D"]}}},
     ("D",), "its works are paid for twice"),
    ("phasing.neighbours_same", {"neighbours": {"x": {"buildings": ["A", "A"], "bonus_pct": 9}}},
     ("A", "A"), "named twice"),
    ("phasing.no_receipt", {"neighbours": {"x": {"buildings": ["A", "D"], "bonus_pct": 9}}},
     ("D",), "'D' is a candidate"),
    ("phasing.neighbours_twice",
     {"neighbours": {"x": {"buildings": ["A", "E"], "bonus_pct": 9},
                     "y": {"buildings": ["A", "B"], "bonus_pct": 9}}},
     ("A",), "its receipt has a bonus twice"),
    ("scenario.no_areas", {"areas_at_once": 1}, ("pilot",), "no building lies in an area of kind"),
    ("phasing.window_outside", {"windows": {"A": {"earliest": 2031}}}, ("A",),
     "'A' lies outside the plan's periods, 2026/27 to 2030/31"),
    ("phasing.window_outside", {"windows": {"A": {"latest": 2025}}}, ("A",), "outside"),
    ("phasing.nothing_left",
     {"windows": {"TA": {"latest": 2027}, "A": {"earliest": 2028}}, "locks__A": "close"}, ("A",),
     "no period is left for 'A', and it is locked to be let go"),
    ("phasing.nothing_left",
     {"windows": {"A": {"latest": 2027}, "libA": {"earliest": 2028}}, "locks__A": "close"},
     ("A",), "'libA' may only leave later"),
    ("phasing.nothing_left",
     {"windows": {"TB": {"latest": 2027}, "kidsB": {"earliest": 2028}}, "moves__kidsB": "A"},
     ("kidsB",), "no period is left for 'kidsB', and it is to move"),
    ("phasing.nothing_left",
     {"windows": {"TB": {"latest": 2027}, "libB": {"earliest": 2028}}, "moves__libB": "withdrawn"},
     ("libB",), "it is to be withdrawn"),
    ("targets.year_outside", {"targets__capital_budget_gbp_by_year": {2025: 1, 2031: 1}},
     ("2025", "2031"), "names '2025/26', '2031/32'; the plan's years are 2026/27"),
    ("targets.year_outside", {"finance__borrowing_limit_gbp_by_year": {2031: 1}}, ("2031",),
     "finance.borrowing_limit_gbp_by_year"),
    ("targets.year_outside", {"targets__revenue_saving_gbp_by_year": {2037: 1}}, ("2037",),
     "to 2036/37"),
    ("targets.year_outside", {"targets__receipts_gbp_by_year": {2037: 1}}, ("2037",), "2036/37"),
    ("targets.year_outside",
     {"finance__base_year": 2027, "targets__capital_budget_gbp_by_year": {2026: 1}}, ("2026",),
     "2027/28 (finance.base_year)"),
    ("targets.receipts_fall", {"targets__receipts_gbp_by_year": {2027: 5, 2028: 4}},
     ("2027", "2028"), "£4 by the end of 2028/29 is less than £5 by the end of 2027/28"),
    ("phasing.beyond_horizon", {"periods": 11}, ("11",), "(2036/37) saves nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "rules", "ids", "said"), MISFITS)
def test_a_misfit(rule: str, rules: dict[str, Any], ids: tuple[str, ...], said: str) -> None:
    (issue,) = asked(**rules)
    assert (issue.rule, issue.severity) == (rule, "error")
    assert set(issue.ids) == set(ids)
    assert said in issue.message
    assert issue.remedy


def test_ends_of_the_plan_are_in_it() -> None:
    """The last year a budget may be for, the last that savings are counted in, both ends."""
    assert not asked(
        targets__capital_budget_gbp_by_year={2026: 1, 2030: 1},
        targets__revenue_saving_gbp_by_year={2026: 0, 2036: 1},
        targets__receipts_gbp_by_year={2027: 5, 2028: 5, 2036: 5},
        windows={"A": {"earliest": 2030}, "B": {"latest": 2026}},
    )
    assert not asked(periods=10)


def test_a_receipt_may_be_shared_out_to_the_last_penny() -> None:
    links = {
        "x": {"sales": ["E"], "works": ["D"], "share": 0.3},
        "y": {"sales": ["E"], "works": ["A"], "share": "70 %"},
    }
    assert not asked(links=links)
    links["y"]["share"] = 0.71
    (issue,) = asked(links=links)
    assert issue.rule == "phasing.earmarked_twice" and "101%" in issue.message


def test_all_misfits_come_at_once() -> None:
    rules = {"windows": {"A": {"earliest": 2040}}, "order": {"x": {"first": "A", "then": "A"}}}
    found = {issue.rule for issue in asked(**rules, targets__receipts_gbp_by_year={2025: 1})}
    assert found == {"phasing.window_outside", "phasing.order_cycle", "targets.year_outside"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"targets__capital_budget_gbp_by_year": {2026: 1}}, "targets.capital_budget_gbp_by_year"),
        ({"finance__borrowing_limit_gbp_by_year": {2026: 1}},
         "finance.borrowing_limit_gbp_by_year"),
    ],
)  # fmt: skip
def test_money_by_year_needs_years(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as refused:
        refuse_misfits(toy_county.scenario(**changes), estate())
    (issue,) = refused.value.issues
    assert issue.rule == "targets.not_phased"
    assert named in issue.message and "phasing: {periods: 10}" in issue.remedy


def test_a_building_without_a_place_asks_for_its_coordinates() -> None:
    buildings = toy_county.buildings()
    buildings.loc[4, ["easting", "northing"]] = None
    made = toy_county.estate(buildings=buildings)
    (issue,) = asked(made, links={"x": {"sales": ["E"], "works": ["D"]}})
    assert issue.remedy == "give it coordinates"


@pytest.mark.parametrize(
    ("where", "rules"),
    [
        ("phasing.order.x", {"order": {"x": {"first": "E", "then": "A"}}}),
        ("phasing.links.x", {"links": {"x": {"sales": ["E"], "works": ["D"]}}}),
        ("phasing.neighbours.x", {"neighbours": {"x": {"buildings": ["A", "E"], "bonus_pct": 5}}}),
    ],
)
def test_what_is_out_of_scope_never_changes(where: str, rules: dict[str, Any]) -> None:
    out = toy_county.buildings().assign(in_scope=[True, True, True, True, False])
    (issue,) = asked(toy_county.estate(buildings=out), **rules)
    assert issue.message == f"{where}: 'E' can never change: it is out of scope"


def test_a_unit_that_stays_never_changes() -> None:
    stays = toy_county.services().assign(lock=["stay", "", "", "", ""])
    (issue,) = asked(
        toy_county.estate(services=stays), order={"x": {"first": "fireA", "then": "A"}}
    )
    assert issue.rule == "phasing.cannot_change" and "locked to stay" in issue.message


def test_one_name_for_a_unit_and_a_building_is_ambiguous() -> None:
    services = toy_county.services()
    services.loc[services["unit_id"] == "libA", "unit_id"] = "A"
    made = toy_county.estate(services=services)
    (issue,) = asked(made, windows={"A": {"earliest": 2027}})
    assert issue.rule == "phasing.ambiguous"
    (issue,) = asked(made, order={"x": {"first": "B", "then": "A"}})
    assert issue.rule == "phasing.ambiguous"


def test_a_ring_without_a_gap_is_one_period_and_told() -> None:
    ring = {"a": {"first": "A", "then": "B"}, "b": {"first": "B", "then": "A"}}
    (note,) = notes(order=ring)
    assert (note.rule, note.severity) == ("phasing.order_ring", "warning")
    assert "A → B → A: in the same period, or never" in note.message


def test_caps_by_market_area_hold_nothing_where_there_is_none() -> None:
    none = toy_county.estate()
    (note,) = notes(none, disposals_per_market_area_pa=1)
    assert note.rule == "phasing.no_market_area" and note.severity == "warning"
    assert "no building that could be sold is in one" in note.message
    buildings = toy_county.buildings().assign(market_area=["M", "M", "", "", "M"])
    (note,) = notes(toy_county.estate(buildings=buildings), disposals_gbp_per_market_area_pa=5)
    assert note.ids == ("C",) and "1 of 4 buildings" in note.message
    assert notes(none) == ()


def test_windows_that_leave_nothing_are_told_where_nothing_has_to_change() -> None:
    (note,) = notes(windows={"TA": {"latest": 2027}, "libA": {"earliest": 2029}})
    assert (note.rule, note.ids) == ("phasing.never", ("libA",))


def test_a_link_may_pay_for_the_works_that_condition_asks_for() -> None:
    rules = {"links": {"x": {"sales": ["E"], "works": ["B"]}}}
    assert [i.rule for i in asked(**rules)] == ["phasing.no_works"]
    scenario = toy_county.scenario(phasing={"periods": 5, **rules}, condition={})
    refuse_misfits(scenario, estate())


DAYS = st.none() | st.integers(2024, 2033) | st.dates(dt.date(2024, 1, 1), dt.date(2033, 1, 1))


def _first(when: int | dt.date) -> dt.date:
    return when if isinstance(when, dt.date) else dt.date(when, 4, 1)


def _last(when: int | dt.date) -> dt.date:
    return when if isinstance(when, dt.date) else dt.date(when + 1, 3, 31)


@given(DAYS, DAYS, st.integers(1, 8), st.sampled_from([1.0, 0.5]))
def test_a_window_is_the_periods_that_share_a_day_with_it(
    earliest: Any, latest: Any, periods: int, length: float
) -> None:
    """Day by day: a period from its first day to its last."""
    if earliest is None and latest is None:
        return
    if earliest is not None and latest is not None and _first(earliest) > _last(latest):
        return
    calendar = Calendar(2026, periods, length, 25)
    found = periods_within(calendar, Window(earliest=earliest, latest=latest))
    first = dt.date(1900, 1, 1) if earliest is None else _first(earliest)
    last = dt.date(2200, 1, 1) if latest is None else _last(latest)
    expected = []
    for p in calendar.all:
        begins, ends = _day(calendar.start_yr(p)), _day(calendar.end_yr(p)) - dt.timedelta(days=1)
        if max(begins, first) <= min(ends, last):
            expected.append(p)
    assert list(found) == expected


def _day(years: float) -> dt.date:
    """1 April, or half-way 1 October."""
    return dt.date(2026 + int(years), 10 if years % 1 else 4, 1)


def test_the_periods_allowed_are_those_the_program_uses() -> None:
    chosen = toy_county.scenario(
        phasing={"periods": 5, "windows": {
            "TA": {"latest": 2029}, "A": {"earliest": 2027}, "libB": {"earliest": 2028},
            "TB": {"earliest": 2027}}}
    )  # fmt: skip
    problem = toy_county.problem(estate(), phasing=chosen.phasing.model_dump())  # type: ignore[union-attr]
    assert problem.phased is not None
    told = allowed_periods(chosen, estate(), problem.calendar)
    assert told == dict(problem.phased.allowed)
    assert told["A"] == (2, 3, 4) and told["libB"] == (3, 4, 5) and told["E"] == (1, 2, 3, 4)


# Mostly what can be meant, so that many of these rules become programs.
IDS = st.sampled_from(["A", "B", "C", "D", "E", "libA", "libB", "kidsB", "fireC", "libA", "E"])
NAMES = st.sampled_from(["A", "B", "E", "libA", "kidsB", "TA", "MA", "TB", "Z"])
SOLD, MENDED = (
    st.sampled_from(["A", "B", "C", "E", "E", "D"]),
    st.sampled_from(["A", "D", "D", "B"]),
)
WHEN = st.integers(2024, 2028)
PHASING = st.fixed_dictionaries(
    {"periods": st.integers(1, 4)},
    optional={
        "period": st.sampled_from(["year", "half_year"]),
        "moves_per_period": st.integers(0, 2),
        "areas_at_once": st.integers(1, 2),
        "area_kind": st.sampled_from(["town", "market", "town", "pilot"]),
        "disposals_per_market_area_pa": st.integers(0, 2),
        "disposals_gbp_per_market_area_pa": st.integers(0, 10**6),
        "carry_forward": st.booleans(),
        "windows": st.dictionaries(NAMES, st.fixed_dictionaries({"earliest": WHEN}), max_size=3),
        "order": st.dictionaries(
            st.sampled_from("ab"),
            st.fixed_dictionaries({"first": IDS, "then": IDS, "gap_periods": st.integers(0, 2)}),
            max_size=2,
        ),
        "links": st.dictionaries(
            st.sampled_from("ab"),
            st.fixed_dictionaries(
                {
                    "sales": st.lists(SOLD, min_size=1, max_size=2),
                    "works": st.lists(MENDED, min_size=1, max_size=1),
                    "after_receipt": st.booleans(),
                }
            ),
            max_size=2,
        ),
        "neighbours": st.dictionaries(
            st.sampled_from("ab"),
            st.fixed_dictionaries(
                {
                    "buildings": st.lists(SOLD, min_size=2, max_size=3, unique=True),
                    "bonus_pct": st.just(20),
                }
            ),
            max_size=2,
        ),
    },
)
BUDGETS = st.dictionaries(
    st.sampled_from([2026, 2026, 2026, 2027, 2031]), st.integers(0, 10**6), max_size=2
)


@given(PHASING, BUDGETS, BUDGETS)
@settings(max_examples=150)
def test_whatever_is_not_refused_becomes_a_program(
    rules: dict[str, Any], budget: dict[int, int], saving: dict[int, int]
) -> None:
    """A misfit is an `InputError` with a rule, ids and a remedy; all else can be written down."""
    targets = {"capital_budget_gbp_by_year": budget, "revenue_saving_gbp_by_year": saving}
    try:
        problem = toy_county.problem(estate(), phasing=rules, targets=targets)
    except InputError as error:
        assert all(i.rule and i.ids and i.remedy for i in error.issues)
        return
    model, _ = compile_model(problem)
    assert len(model.variables()) > 0

"""Every pound of a plan is booked once, to the right body, in its year; by hand and at random."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.audit import ledger as check
from optimise.finance import discount_factor
from optimise.ledger.entries import Entry, entries, in_pence, total_pence
from optimise.ledger.names import party_notes
from optimise.ledger.parties import books
from optimise.money.lines import LINES
from optimise.outcome import Outcome, outcome
from optimise.phasing.timetable import Timetable
from optimise.problem import Problem
from tests import toy_county, toy_partners
from tests.toy_partners import plans


def pence(made: tuple[Entry, ...], **where: object) -> int:
    """Σ amounts of the entries that match, in pence."""
    return total_pence(
        [e.amount_gbp for e in made if all(getattr(e, k) == v for k, v in where.items())]
    )


def told(made: tuple[Entry, ...]) -> list[tuple[object, ...]]:
    return [(e.party, e.line, e.year, e.amount_gbp, e.asset_id, e.unit_id) for e in made]


def test_a_crew_that_leaves_the_hall_for_the_hub_by_hand() -> None:
    """fireA goes to the hub in the second year; the Hall keeps its library and stays in use.

    County builds the hub (£250,000 + 24 %, grant £40,000) on 1 April of year 1, and from year 2
    runs it (£15,000) and 150 m² more of it (at £45); Fire pays the move (£20,000 + 24 %), £2,000
    once, and £40 per m² a year of rent to County. E, Fire's depot, leaves in the first year:
    rent and holding from year 1 until the break on 31 March 2029, 1,095 days on.
    """
    made = toy_partners.problem(phasing={"periods": 3}, finance__horizon_yr=3)
    when = Timetable(changed={"fireA": 2}, released={"E": 1}, works={"D": 2})
    plan = outcome(made, {"fireA": "D"}, timetable=when)
    left = 364 / 365  # of the third year
    expected = [
        ("County", "build", 1, -310_000.0, "D", ""),
        ("County", "grant", 1, 40_000.0, "D", ""),
        ("County", "running_cost_added", 2, -15_000.0, "D", ""),
        ("County", "running_cost_added", 3, -15_000.0, "D", ""),
        ("County", "hosting", 2, -6_750.0, "D", "fireA"),
        ("County", "hosting", 3, -6_750.0, "D", "fireA"),
        ("County", "rent_received", 2, 6_000.0, "D", "fireA"),
        ("County", "rent_received", 3, 6_000.0, "D", "fireA"),
        ("Fire", "move", 1, -24_800.0, "D", "fireA"),
        ("Fire", "lease_exit", 2, -23_000.0, "E", ""),
        ("Fire", "holding", 1, -5_000.0, "E", ""),
        ("Fire", "holding", 2, round(-5_000.0 * left, 2), "E", ""),
        ("Fire", "rent_due", 1, -8_000.0, "E", ""),
        ("Fire", "rent_due", 2, round(-8_000.0 * left, 2), "E", ""),
        ("Fire", "one_off", 1, -2_000.0, "D", "fireA"),
        *(("Fire", "running_cost_saved", year, 13_000.0, "E", "") for year in (1, 2, 3)),
        ("Fire", "rent_paid", 2, -6_000.0, "D", "fireA"),
        ("Fire", "rent_paid", 3, -6_000.0, "D", "fireA"),
        ("Fire", "maintenance_avoided", 0, 5_000.0, "E", ""),
    ]
    assert told(entries(made, plan)) == expected
    worth = discount_factor(made.schedule, 2.0)
    hub = next(e for e in entries(made, plan) if (e.line, e.year) == ("hosting", 2))
    assert hub.pv_gbp == pytest.approx(-6_750.0 * worth, abs=0.011)


def test_a_body_pays_itself_no_rent() -> None:
    made = toy_partners.problem()
    own = outcome(made, {"libA": "D"})
    assert "rent_paid" not in {e.line for e in entries(made, own)}
    other = outcome(made, {"libB": "D"})
    assert pence(entries(made, other), line="rent_paid", party="District", year=1) == -2_400_00


def test_doing_nothing_books_nothing() -> None:
    made = toy_partners.everything()
    today = outcome(made, {}, timetable=Timetable())
    kept = {e.asset_id for e in entries(made, today)}
    assert kept == {"A", "E"}  # works for the Hall's condition; the vacant depot is let go


def test_neighbours_sold_together_share_the_bonus_by_their_receipts() -> None:
    """A (£882,000, 12 months) and B (£196,000, 7 months): 10 % more, with the last, a year on."""
    made = toy_partners.everything()
    away = {"fireA": "", "libA": "", "libB": "", "kidsB": "D"}
    both = Timetable(changed=dict.fromkeys(away, 3), released={"A": 3, "B": 3, "E": 3})
    bonus = [
        (e.party, e.year, e.amount_gbp)
        for e in entries(made, outcome(made, away, timetable=both))
        if e.line == "neighbours"
    ]
    assert bonus == [("County", 3, 88_200.0), ("District", 3, 19_600.0)]
    apart = Timetable(changed=both.changed, released={"A": 3, "B": 4, "E": 3})
    later = entries(made, outcome(made, away, timetable=apart))
    assert "neighbours" not in {e.line for e in later}


@settings(max_examples=150, deadline=None)
@given(plans())
def test_the_books_are_the_plan_to_the_penny(plan: tuple[Problem, Outcome]) -> None:
    """Ledgers sum to the total, receipts to the disposals, savings by what saves, pv to the NPV."""
    problem, made = plan
    book = entries(problem, made)
    money, last = made.money, problem.calendar.horizon_yr
    assert pence(book, kind="capital") == pytest.approx(-money.capital_gbp * 100.0, abs=0.51)
    assert pence(book, kind="receipt") == pytest.approx(money.receipts_gbp * 100.0, abs=1.01)
    worth = total_pence([e.pv_gbp for e in book if e.valued])
    assert worth == pytest.approx(money.npv_gbp * 100.0, abs=0.51)
    saved = pence(book, kind="annual", year=last)
    assert saved == pytest.approx(money.saving_gbp_pa * 100.0, abs=0.51)
    for s, site in problem.sites.items():
        gone = site.in_use_today and s not in made.open
        receipt = site.exit.receipt_gbp * gone
        assert pence(book, line="receipt", asset_id=s) == pytest.approx(100.0 * receipt, abs=1.01)
        mine = pence(book, line="running_cost_saved", asset_id=s, year=last)
        assert mine == pytest.approx(100.0 * site.annual_gbp * gone, abs=1.01)
    assert pence(book, kind="transfer") == 0
    assert check.ledger(problem, made) == []


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_the_audit_finds_what_is_booked_wrong(
    plan: tuple[Problem, Outcome], data: st.DataObject
) -> None:
    """An entry left out, booked twice, a pound off, to another body or in another year."""
    problem, made = plan
    book = list(books(problem, made))
    serious = [k for k, e in enumerate(book) if abs(e.amount_gbp) > 1 and e.kind != "apart"]
    k = data.draw(st.sampled_from(serious))
    one = book[k]
    other = "Fire" if one.party != "Fire" else "County"
    wrong = data.draw(
        st.sampled_from(
            [
                [],
                [one, one],
                [replace(one, amount_gbp=one.amount_gbp + 1.0)],
                [replace(one, party=other)],
                [replace(one, year=one.year + 1)],
            ]
        )
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(check, "books", lambda *_: (*book[:k], *wrong, *book[k + 1 :]))
        assert check.ledger(problem, made)


def test_a_saving_under_two_tags_is_found() -> None:
    """The same library's cost saved as a withdrawal and, the same years, as an outreach."""
    made = toy_partners.everything()
    plan = outcome(made, {"libB": ""}, timetable=Timetable())
    book = books(made, plan)
    twice = [replace(e, line="outreach") for e in book if e.line == "withdrawal"]
    assert [w for w in check._twice((*book, *twice)) if "libB" in w]
    assert not check._twice(book)


def test_money_of_the_plan_that_is_a_pound_off_is_found() -> None:
    made = toy_partners.everything()
    plan = outcome(made, {"libB": ""}, timetable=Timetable())
    for name in ("capital_gbp", "receipts_gbp", "saving_gbp_pa", "npv_gbp"):
        off = replace(plan.money, **{name: getattr(plan.money, name) + 0.05})
        assert check.ledger(made, replace(plan, money=off)), name


@given(st.lists(st.tuples(st.floats(-1e7, 1e7), st.sampled_from("abc")), max_size=60))
def test_pence_add_up_to_the_rounded_sums(rows: list[tuple[float, str]]) -> None:
    made = in_pence([x for x, _ in rows], [key for _, key in rows])
    assert all(abs(a - x) <= 0.0101 for a, (x, _) in zip(made, rows, strict=True))
    for key in "abc":
        exact = sum(x for x, k in rows if k == key)
        booked = total_pence([a for a, (_, k) in zip(made, rows, strict=True) if k == key])
        assert abs(booked - 100.0 * exact) <= 0.51


@given(st.floats(-1e6, 1e6))
def test_what_one_pays_the_other_receives_to_the_penny(gbp: float) -> None:
    assert sum(in_pence([gbp, -gbp], [None, None])) == 0


@settings(max_examples=40, deadline=None)
@given(plans())
def test_every_line_booked_is_known_and_tagged(plan: tuple[Problem, Outcome]) -> None:
    for entry in entries(*plan):
        assert LINES[entry.line].tag == entry.tag
        assert entry.party in {"County", "District", "Fire"}
        assert entry.year >= 0


def test_the_audit_discounts_for_itself() -> None:
    """A plan valued at 3.5 % does not pass where the schedule says 3.6 %; at 3.5 % it does."""
    made = toy_partners.everything()
    plan = outcome(made, {"libB": ""}, timetable=Timetable(changed={"libB": 2}, released={"E": 1}))
    again = list(check.amounts(made, plan))
    assert check._worth(made, plan, again) == []
    dearer = made.finance.model_copy(update={"discount_schedule": ((30, 0.036), (None, 0.03))})
    assert check._worth(replace(made, finance=dearer), plan, again)


def test_one_body_in_two_spellings_is_told() -> None:
    owner, operator = toy_partners.buildings(), toy_partners.services()
    owner["owner"] = ["The Fire & Rescue", "County", "Fire and Rescue", "Council (County)", "NHS"]
    operator["operator"] = ["fire and rescue", "N.H.S.", "County", "County Council", "NHS 2"]
    made = toy_county.estate(buildings=owner, services=operator)
    (note,) = party_notes(made)
    assert note.severity == "warning"
    assert note.ids == ("Fire and Rescue", "The Fire & Rescue", "fire and rescue", "N.H.S.", "NHS")
    assert party_notes(toy_partners.estate()) == ()

"""Who gains, who loses, what would settle it, and the rule that nobody loses; solved by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimise.audit import audit
from optimise.audit import partners as check
from optimise.faults import ImpossibleError
from optimise.knobs import Solver
from optimise.ledger.booking import parties_of
from optimise.ledger.entries import entries, total_pence
from optimise.ledger.parties import (
    Settlement,
    Standing,
    books,
    least_settlement,
    settlement_entries,
    settlement_words,
    standings,
)
from optimise.outcome import Outcome, outcome
from optimise.phasing.rules import Partners
from optimise.phasing.timetable import Timetable
from optimise.plan import Plan, make_plan
from optimise.problem import Problem
from optimise.solve import solve
from tests import toy_county, toy_partners
from tests.brute_force import agree, choices
from tests.toy_partners import plans

HELD: dict[str, Any] = {"partners": {"no_worse_off": "npv", "settle": False}}
YEARLY: dict[str, Any] = {"partners": {"no_worse_off": "every_year", "settle": False}}
#: £1 a year for ten years from year 1 at 3.5 %.
ANNUITY = sum(1.035**-t for t in range(1, 11))


def plan(**changes: Any) -> Plan:
    inputs = toy_county.inputs(toy_partners.estate())
    return make_plan(toy_county.scenario(**{**toy_partners.RENT, **changes}), inputs)


def worth(problem: Problem, made: Outcome) -> dict[str, float]:
    return {s.party: s.npv_gbp for s in standings(problem, entries(problem, made))}


def settled(values: dict[str, list[float]], rule: str = "npv") -> Settlement:
    told = [Standing(p, v[0], tuple(v)) for p, v in sorted(values.items())]
    return least_settlement(told, rule)


def test_who_gains_and_who_loses_by_hand() -> None:
    """Fire moves its crew to County's hub, pays the move and £6,000 a year, and gives up E.

    E's rent and holding run on for two of the ten years, so what it saves there counts from
    year 3 on; its dilapidations and penalty fall due on 31 March 2029. District is not touched.
    """
    made = plan()
    told = worth(made.problem, made.after)
    assert made.after.placed["fireA"] == "D"
    depot = toy_partners.problem().sites["E"].release_pv_gbp + 13_000.0 * ANNUITY
    assert told["Fire"] == pytest.approx(depot - 24_800.0 - 6_000.0 * ANNUITY, abs=0.02)
    assert told["Fire"] < 0 < told["County"]
    assert sum(told.values()) == pytest.approx(made.after.money.npv_gbp, abs=0.02)
    assert told["District"] == 0.0
    assert made.after.placed["libB"] == "B"


def test_those_who_gain_pay_just_what_the_others_lack() -> None:
    found = settled({"A": [-300.0], "B": [900.0], "C": [100.0], "D": [-0.01], "E": [0.0]})
    assert found.payments == {
        ("A", 0): 300.0, ("B", 0): -270.0, ("C", 0): -30.01, ("D", 0): 0.01,
    }  # fmt: skip
    assert found.total_gbp == pytest.approx(300.01)
    assert found.enough


def test_where_all_together_lose_what_is_short_is_told() -> None:
    found = settled({"A": [-300.0], "B": [-100.0], "C": [100.0]})
    assert found.payments == {("A", 0): 75.0, ("B", 0): 25.0, ("C", 0): -100.0}
    assert found.short_gbp == {0: 300.0}
    assert not found.enough


def test_each_year_is_settled_by_itself() -> None:
    found = settled({"A": [-5.0, 7.0, 0.0], "B": [2.0, -3.0, 0.0]}, "every_year")
    assert found.payments == {("A", 0): 2.0, ("B", 0): -2.0, ("A", 1): -3.0, ("B", 1): 3.0}
    assert found.short_gbp == {0: 3.0}


@given(st.lists(st.integers(-10_000_00, 10_000_00), min_size=2, max_size=6))
def test_no_settlement_moves_less(pence: list[int]) -> None:
    """The closed form against the transport program, solved as a linear program."""
    values = {f"P{k}": [v / 100.0] for k, v in enumerate(pence)}
    found = settled(values)
    after = [v[0] + found.payments.get((p, 0), 0.0) for p, v in sorted(values.items())]
    assert sum(round(g * 100) for g in found.payments.values()) == 0
    for before, now in zip(sorted(values.items()), after, strict=True):
        assert now >= min(0.0, before[1][0]) - 1e-9
        assert now <= max(0.0, before[1][0]) + 1e-9
    n = len(pence)
    out_minus_in = np.zeros((n, n * n))
    for p in range(n):
        for q in range(n):
            if p != q:
                out_minus_in[p, p * n + q] += 1.0
                out_minus_in[q, p * n + q] -= 1.0
    cost = np.array([float(p != q) for p in range(n) for q in range(n)])
    least = linprog(cost, A_ub=out_minus_in, b_ub=np.array(pence) / 100.0, bounds=(0, None))
    assert (least.status == 0) == found.enough
    if found.enough:
        assert found.total_gbp == pytest.approx(least.fun, abs=1e-6)
        assert min(after) >= -1e-9


@settings(max_examples=60, deadline=None)
@given(plans(), st.sampled_from(["npv", "every_year"]))
def test_a_settlement_leaves_the_total_as_it_was(made: tuple[Problem, Outcome], rule: str) -> None:
    problem, result = made
    agreed = replace(problem, partners=Partners(no_worse_off=rule, settle=True))
    book = books(agreed, result)
    paid = [e for e in book if e.line == "settlement"]
    assert total_pence([e.amount_gbp for e in paid]) == 0
    assert total_pence([e.pv_gbp for e in paid]) == 0
    before = standings(agreed, entries(problem, result))
    short = least_settlement(before, rule)
    for now in standings(agreed, book):
        values = (now.npv_gbp,) if rule == "npv" else now.revenue_gbp
        for year, value in enumerate(values):
            assert value >= -0.001 or year in short.short_gbp


def test_nothing_is_settled_where_partners_only_report() -> None:
    made = toy_partners.problem()
    result = outcome(made, {"fireA": "D", "libA": ""})
    assert books(made, result) == entries(made, result)
    told = least_settlement(standings(made, entries(made, result)), "npv")
    assert settlement_entries(made, told)


def test_the_crew_stays_where_its_move_would_cost_fire() -> None:
    """£40 per m²: Fire loses £11,600 by the best plan, so with nobody to settle it is barred."""
    made = plan(**HELD)
    assert made.after.placed["fireA"] == "A"
    assert min(worth(made.problem, made.after).values()) >= 0.0
    assert made.after.money.npv_gbp < plan().after.money.npv_gbp


def test_a_rent_that_fire_can_bear_lets_it_move_exactly_on_the_threshold() -> None:
    """Fire breaks even at (depot − £24,800) / (150 m² · annuity), about £30.72 per m² a year."""
    depot = toy_partners.problem().sites["E"].release_pv_gbp + 13_000.0 * ANNUITY
    even = (depot - 24_800.0) / (150.0 * ANNUITY)
    assert even == pytest.approx(30.72, abs=0.01)
    for rent, place in ((even - 0.5, "D"), (even, "D"), (even + 0.5, "A")):
        made = plan(**HELD, finance__rent_gbp_per_m2_pa=rent)
        assert made.after.placed["fireA"] == place, rent
        assert check.partners(made.problem, made.after) == []


def test_in_every_year_no_rent_at_all_can_be_borne() -> None:
    """Fire saves nothing at E before its lease ends in 2029, but would pay rent from year 1."""
    barred = plan(**YEARLY, finance__rent_gbp_per_m2_pa=1)
    assert barred.after.placed["fireA"] == "A"
    free = plan(**YEARLY, finance__rent_gbp_per_m2_pa=0)
    assert free.after.placed["fireA"] == "D"


def test_a_one_off_cost_counts_in_its_year() -> None:
    """£2,000 of revenue in year 0, with nothing saved by then, bars the crew's move."""
    once = toy_partners.problem(**YEARLY, finance__rent_gbp_per_m2_pa=0)
    found = solve(once, Solver(gap=0.0)).outcome
    assert found is not None
    assert found.placed["fireA"] == "A"


def test_with_a_settlement_the_program_is_not_bound() -> None:
    agreed = plan(partners={"no_worse_off": "npv", "settle": True})
    assert agreed.after.placed == plan().after.placed
    after = standings(agreed.problem, books(agreed.problem, agreed.after))
    assert min(s.npv_gbp for s in after) == 0.0


@pytest.mark.parametrize("rule", [HELD, YEARLY])
@pytest.mark.parametrize("rent", [0, 25, 60])
def test_brute_force_and_both_solvers_agree(rule: dict[str, Any], rent: int) -> None:
    held = toy_partners.problem(**rule, finance__rent_gbp_per_m2_pa=rent)
    found, free = agree(held), agree(replace(held, partners=Partners()))
    assert found is not None and free is not None
    assert found.money.npv_gbp <= free.money.npv_gbp + 0.01


def test_the_audit_finds_a_partner_worse_off() -> None:
    for rule in (HELD, YEARLY):
        made = toy_partners.problem(**rule)
        bad = outcome(made, {"fireA": "D", "libA": ""})
        (issue,) = check.partners(made, bad)
        assert any(text.startswith("Fire") for text in issue.ids)
        assert not check.partners(replace(made, partners=Partners()), bad)


@settings(max_examples=40, deadline=None)
@given(plans(), st.sampled_from(["npv", "every_year"]))
def test_the_audit_passes_every_settlement_and_no_smaller_one(
    made: tuple[Problem, Outcome], rule: str
) -> None:
    """What is booked is enough by the audit's own account; a tenth less of it never is."""
    problem, result = made
    agreed = replace(problem, partners=Partners(no_worse_off=rule, settle=True))
    assert check.partners(agreed, result) == []
    book = books(agreed, result)
    short = least_settlement(standings(agreed, entries(agreed, result)), rule).short_gbp
    less = [
        replace(e, amount_gbp=0.9 * e.amount_gbp) if e.line == "settlement" else e for e in book
    ]
    owed = [e for e in book if e.line == "settlement" and e.amount_gbp > 20 and e.year not in short]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(check, "books", lambda *_: tuple(less))
        assert bool(check.partners(agreed, result)) or not owed


def test_a_refusal_says_whom_it_is_about_and_by_how_much() -> None:
    """Receipts of £500,000 cannot be had without the Hall, and so without Fire's move."""
    with pytest.raises(ImpossibleError) as refused:
        plan(**HELD, targets__receipts_gbp=500_000)
    refusal = refused.value.refusal
    assert refusal is not None
    words = {r.key: r.words for r in refusal.rules}
    assert "partners.no_worse_off.Fire" in words
    assert "no worse off over the horizon" in words["partners.no_worse_off.Fire"]
    way = next(w for w in refusal.ways if w.key == "partners.no_worse_off.Fire")
    assert way.words == "not worse off → £11,600 worse off"


def test_in_every_year_the_crew_waits_until_its_owner_saves_elsewhere() -> None:
    """Fire pays £1,500 a year from the year after it moves; E saves it £13,000 from year 3 on.

    So in a plan of four years the crew moves in the third (rent from year 3), however much
    sooner the Hall could be sold; over the horizon alone it would move in the first.
    """
    years = {"phasing": {"periods": 4}, "finance__rent_gbp_per_m2_pa": 10}
    waits, goes = plan(**YEARLY, **years).after, plan(**HELD, **years).after
    assert waits.timetable is not None and goes.timetable is not None
    assert waits.placed["fireA"] == goes.placed["fireA"] == "D"
    assert (waits.timetable.changed["fireA"], goes.timetable.changed["fireA"]) == (3, 1)


def _timetables(problem: Problem, made: Outcome) -> Iterator[Timetable]:
    """Every timetable of what a plan changes."""
    units, sites = problem.units, problem.sites
    changed = [u for u, to in made.placed.items() if to != units[u].home]
    released = [s for s in sites if sites[s].in_use_today and s not in made.open]
    works = [s for s in made.open if not sites[s].in_use_today or s in made.extension_m2]
    ids = [*changed, *released, *works]
    for when in itertools.product(problem.calendar.all, repeat=len(ids)):
        at = dict(zip(ids, when, strict=True))
        yield Timetable(
            {u: at[u] for u in changed}, {s: at[s] for s in released}, {s: at[s] for s in works}
        )


@pytest.mark.parametrize(("rule", "rent"), [(HELD, 25), (YEARLY, 0)])
def test_phased_plans_agree_with_every_plan_in_every_timetable(
    rule: dict[str, Any], rent: int
) -> None:
    """Two half-years; only the crew at the Hall may move, and libraries may go."""
    problem = toy_partners.problem(
        **rule, finance__rent_gbp_per_m2_pa=rent, phasing={"periods": 2, "period": "half_year"},
        services__library__may_move=False, services__childrens_centre__may_move=False,
    )  # fmt: skip
    best = None
    for placed, aside in choices(problem):
        for when in _timetables(problem, outcome(problem, placed, aside)):
            made = outcome(problem, placed, aside, when)
            better = best is None or made.money.npv_gbp > best
            if better and not audit(problem, made):
                best = made.money.npv_gbp
    found = solve(problem, Solver(gap=0.0)).outcome
    assert found is not None and best is not None
    assert not audit(problem, found)
    assert found.money.npv_gbp == pytest.approx(best, abs=1.0)


def test_a_partner_may_have_any_name() -> None:
    """Names come from registers: long, with signs that solvers do not like, or nearly alike."""
    odd = '=HYPERLINK("x") <b>Fire\N{FIRE ENGINE}__' + "of the county " * 30
    frame, units = toy_partners.buildings(), toy_partners.services()
    frame["owner"], units["operator"] = (
        names.replace({"Fire": odd, "District": "County "}) for names in
        (frame["owner"], units["operator"])
    )  # fmt: skip
    made = toy_county.estate(buildings=frame, services=units, leases=toy_partners.leases())
    problem = toy_partners.problem(made, **HELD)
    fire = next(p for p in parties_of(problem) if p.startswith("=HYPER"))
    for name in ("highs", "cbc"):
        found = solve(problem, Solver(name=name, gap=0.0)).outcome
        assert found is not None
        assert found.placed["fireA"] == "A"
        assert worth(problem, found)[fire] >= 0.0


def test_a_settlement_in_words() -> None:
    """In thousands: who lacks what, and what the partners lack together."""
    enough = settled({"A": [-300_000.0], "B": [900_000.0]})
    assert settlement_words(enough, 2026) == "£300,000 between the partners would mend that."
    short = settled({"A": [-300_000.0], "B": [100_000.0]})
    assert settlement_words(short, 2026).startswith("Together they are £200,000 worse off")
    yearly = settled({"A": [-5_000.0, 7_000.0], "B": [2_000.0, -3_000.0]}, "every_year")
    assert settlement_words(yearly, 2026) == (
        "Year by year, £5,000 between the partners would settle net revenue. "
        "They lack £3,000 together in 2026/27, which no payment between them mends."
    )
    assert settlement_words(settled({"A": [5.0]}), 2026) == ""

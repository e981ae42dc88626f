"""Hours that guest duties take from a crew, and what that does to cover on the toy county.

The toy is `tests/toy_county.py` with crews that are away at times (`rostered`): the wholetime one
at A is there all day and 80 % of the night, the on-call one at C half of the day and 90 % of the
night.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.issues import InputError
from optimise.audit import audit
from optimise.cover_results import cover_table
from optimise.duties import Duty, duties_record, left, lost
from optimise.faults import ImpossibleError
from optimise.inputs import Inputs
from optimise.outcome import outcome
from optimise.plan import make_plan
from optimise.problem import Problem
from tests import toy_county

DAY = {"service_type": "fire", "mode": "blue_light", "clock_start": "alert", "threshold_min": 8,
       "availability": "day", "kind": "report"}  # fmt: skip


def problem(**changes: Any) -> Problem:
    return toy_county.problem(toy_county.rostered(), **changes)


def rostered() -> Inputs:
    return toy_county.inputs(toy_county.rostered())


def duty(**changes: Any) -> dict[str, Any]:
    return {"conveyances": {"units": ["fireC"], "jobs_pa": 219, "hours_each": 2.0, **changes}}


def test_lincolnshire_loses_six_point_four_per_cent() -> None:
    """750 · 2.25 h = 1,687.5 h of 3 · 8,760 = 26,280 h."""
    pilots = Duty(units=["a", "b", "c"], jobs_pa=750, hours_each=2.25)
    day, night = lost({"conveyances": pilots}, "b")
    assert day == night == pytest.approx(1687.5 / 26_280)
    assert round(100 * day, 1) == 6.4
    assert lost({"conveyances": pilots}, "d") == (0.0, 0.0)
    (told,) = duties_record({"conveyances": pilots})
    assert (told["crews"], told["hours_pa"], told["hours_there_are"]) == (3, 1687.5, 26_280.0)
    assert told["lost_pct"] == pytest.approx(6.4212, abs=1e-4)


def test_a_crew_is_there_for_what_its_duties_leave() -> None:
    """219 · 2 h = 438 h, 5 % of 8,760: half of it by day, so 5 % of the day's hours too."""
    crew = problem(duties=duty()).units["fireC"]
    assert crew.availability_day == pytest.approx(0.45)
    assert crew.availability_night == pytest.approx(0.85)
    by_day = problem(duties=duty(day_share=1.0)).units["fireC"]
    assert by_day.availability_day == pytest.approx(0.40)
    assert by_day.availability_night == pytest.approx(0.90)


def test_duties_of_one_crew_add_up_and_leave_the_others_alone() -> None:
    two = {**duty(), "second": duty()["conveyances"]}
    made = problem(duties=two)
    assert made.units["fireC"].availability_day == pytest.approx(0.40)
    assert made.units["fireA"].availability_day == 1.0


def test_cover_falls_where_only_that_crew_is_in_time() -> None:
    """Within 8 minutes of the alert: A (1.5 min of turnout) reaches d1 and d2, C (5) only d3.

    By day d3's 40 people have the on-call crew half of the time: (100 + 60 + 20) / 200 = 90 %.
    Duties take 5 points of it: (160 + 40 · 0.45) / 200 = 89 %.
    """
    asked = {"standards__asked": DAY}
    free, busy = problem(**asked), problem(**asked, duties=duty())
    assert free.standards[-1].baseline[""] == pytest.approx(0.90)
    assert busy.standards[-1].baseline[""] == pytest.approx(0.90), "today's, before the duties"
    assert outcome(free, {}).figures["asked", ""] == pytest.approx(0.90)
    assert outcome(busy, {}).figures["asked", ""] == pytest.approx(0.89)
    assert outcome(busy, {}).money == outcome(free, {}).money


@given(st.floats(0, 500), st.floats(0.1, 24), st.floats(0, 1))
def test_hours_lost_are_the_hours_the_jobs_take(jobs: float, hours: float, by_day: float) -> None:
    duties = {"x": Duty(units=["a", "b"], jobs_pa=jobs, hours_each=hours, day_share=by_day)}
    shares = [lost(duties, unit) for unit in ("a", "b")]
    taken = sum(4380.0 * (day + night) for day, night in shares)
    assert taken == pytest.approx(jobs * hours)
    assert all(0.0 <= left(1.0, share) <= 1.0 for pair in shares for share in pair)


@pytest.mark.parametrize(
    ("wrong", "rule", "ids"),
    [
        (duty(units=["fireX"]), "scenario.unknown_unit", ("fireX",)),
        (duty(units=["libA"]), "duties.no_crew", ("libA",)),
        (duty(jobs_pa=2191, day_share=1.0), "duties.more_than_there_are", ("fireC",)),
    ],
)
def test_a_duty_that_cannot_be_is_refused(
    wrong: dict[str, Any], rule: str, ids: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as caught:
        problem(duties=wrong)
    assert [(i.rule, i.ids) for i in caught.value.issues] == [(rule, ids)]


def test_a_crew_may_be_away_for_every_hour_it_has() -> None:
    """1,095 jobs of 2 h are 2,190 h: exactly half of the day's 4,380, which is all it has."""
    crew = problem(duties=duty(jobs_pa=1095, day_share=1.0)).units["fireC"]
    assert crew.availability_day == pytest.approx(0.0)


def test_a_plan_tells_cover_before_its_duties_and_after() -> None:
    """As above; the standard is held to what today's cover is, not to what duties leave."""
    made = make_plan(
        toy_county.scenario(standards__asked=DAY, duties=duty()),
        rostered(),
    )
    row = cover_table(made).set_index("standard_id").loc["asked"]
    assert row["figure_before"] == pytest.approx(0.90)
    assert row["figure_after"] == pytest.approx(made.after.figures["asked", ""])
    assert made.before.figures["asked", ""] == pytest.approx(0.90)
    assert not audit(made.problem, made.after)


def test_a_standard_may_forbid_what_duties_take() -> None:
    """At today's cover no duty may be taken on, unless cover may fall: a point is just enough."""
    hard = {**DAY, "kind": "hard", "target": "baseline"}
    locked = dict.fromkeys("ABC", "retain")
    fixed = {"locks": locked, "services__fire__may_move": False, "duties": duty()}
    with pytest.raises(ImpossibleError):
        make_plan(toy_county.scenario(standards__asked=hard, **fixed), rostered())
    eased = {**hard, "target": "baseline - 0.01"}
    assert make_plan(toy_county.scenario(standards__asked=eased, **fixed), rostered())
    short = {**hard, "target": "baseline - 0.0099"}
    with pytest.raises(ImpossibleError):
        make_plan(toy_county.scenario(standards__asked=short, **fixed), rostered())

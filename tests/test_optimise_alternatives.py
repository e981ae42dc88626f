"""Alternatives: each the best that is different enough, none that is not, and said why none."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from optimise.alternatives import (
    Alternatives,
    Wanted,
    alternatives,
    apart_from,
    floor_of,
)
from optimise.alternatives_record import (
    end_words,
    kept_instead,
    let_go_instead,
    loss_from,
    loss_words,
    plan_words,
    table,
    write_alternatives,
)
from optimise.apart import Apart, differing
from optimise.audit import audit
from optimise.goals import Goal, indicator
from optimise.knobs import Solver
from optimise.measures import value_of
from optimise.outcome import outcome
from optimise.plan import make_plan
from optimise.solve import solve
from tests import brute_force, toy_county


def found(wanted: Wanted, **changes: Any) -> Alternatives:
    return alternatives(toy_county.scenario(**changes), toy_county.inputs(), wanted)


@cache
def every_plan() -> tuple[tuple[float, tuple[str, ...]], ...]:
    """Every plan of the toy that its audit passes: (value, buildings in use), the best first."""
    problem = toy_county.problem()
    made = (outcome(problem, placed, aside) for placed, aside in brute_force.choices(problem))
    good = [one for one in made if not audit(problem, one)]
    told = [(value_of(problem.goal, problem, one), one.open) for one in good]
    return tuple(sorted(told, key=lambda one: (-one[0], one[1])))


def best_apart(earlier: list[tuple[str, ...]], distance: int, floor: float) -> float | None:
    values = [
        value
        for value, kept in every_plan()
        if value >= floor - 1 and all(len(set(kept) ^ set(one)) >= distance for one in earlier)
    ]
    return max(values, default=None)


@pytest.mark.parametrize("distance", [1, 2, 4])
@pytest.mark.parametrize("loss", [0.05, 1.0])
def test_each_is_the_best_there_is_at_its_distance(distance: int, loss: float) -> None:
    """Held against every plan of the toy, tried one by one."""
    made = found(Wanted(4, loss, distance), solver__gap=0.0)
    best = every_plan()[0][0]
    earlier: list[tuple[str, ...]] = []
    for one in made.plans:
        floor = best - loss * best if earlier else -float("inf")
        most = best_apart(earlier, distance, floor)
        assert most is not None
        assert one.plan.solution.value == pytest.approx(most, abs=1.0)
        earlier.append(one.plan.after.open)
    if made.ended:
        assert made.ended == "proved"
        assert best_apart(earlier, distance, best - loss * best) is None
    else:
        assert len(made.plans) == 5


@pytest.mark.parametrize("loss", [0.05, 0.4, 1.0])
def test_the_most_different_is_as_far_as_any_plan_within_the_loss(loss: float) -> None:
    made = found(Wanted(1, loss, 1, most_different=True), solver__gap=0.0)
    best, kept = every_plan()[0]
    near = [(len(set(o) ^ set(kept)), v) for v, o in every_plan() if v >= best - loss * best - 1]
    farthest = max(d for d, _ in near)
    if not farthest:
        assert len(made.plans) == 1 and made.ended == "proved"
        return
    assert len(made.plans) == 2 and made.farthest_proved == (True,)
    assert made.plans[1].distances[0] == farthest
    value = max(v for d, v in near if d == farthest)
    assert made.plans[1].plan.solution.value == pytest.approx(value, abs=1.0)


def test_by_hand_the_hall_and_the_end_station_instead_of_the_hub() -> None:
    """Best: the Hall sold, the crew at the hub (B, C, D). The best without the hub keeps the Hall
    and lets go of B instead: A and C are in use, three buildings differ.
    """
    made = found(Wanted(3, 0.9, 2))
    assert [one.plan.after.open for one in made.plans] == [("B", "C", "D"), ("A", "C")]
    other = made.plans[1]
    assert other.distances == (3, 0) and made.plans[0].distances == (0, 3)
    assert kept_instead(other, made) == ("A",) and let_go_instead(other, made) == ("B", "D")
    words = plan_words(other, made)
    assert "keeps Hall" in words and "lets go of Mid library; does without New hub" in words
    assert "less than plan 1 over the whole horizon" in words
    assert "proved that no further plan" in end_words(made)
    assert "at most" in loss_words(other)


def test_none_within_the_loss_is_proved_and_not_padded() -> None:
    made = found(Wanted(3, 0.001, 5))
    assert len(made.plans) == 1 and made.ended == "proved"
    assert "differs from it in 5 buildings or more" in end_words(made)


def test_none_in_the_time_is_not_called_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    best = make_plan(toy_county.scenario(), toy_county.inputs())
    nothing = replace(best.solution, outcome=None, status="no_plan")
    monkeypatch.setattr("optimise.alternatives.solve", lambda *given: nothing)
    wanted = Wanted(distance=2)
    made = alternatives(toy_county.scenario(), toy_county.inputs(), wanted, best=best)
    assert made.ended == "not_found"
    assert "is not shown" in end_words(made)


def test_a_better_plan_that_turns_up_becomes_the_best() -> None:
    """Begun from the second-best plan, as a search that ran out of time would leave it."""
    plain = found(Wanted(1, 0.9, 2))
    poor = replace(plain.plans[1].plan, solution=replace(plain.plans[1].plan.solution, bound=2e6))
    made = alternatives(toy_county.scenario(), toy_county.inputs(), Wanted(1, 0.9, 2), best=poor)
    assert [one.plan.after.open for one in made.plans] == [
        one.plan.after.open for one in plain.plans
    ]
    assert made.plans[0].plan.solution.bound == 2e6


@pytest.mark.parametrize(
    ("wanted", "key"),
    [(Wanted(0, 0.1, 1), "count"), (Wanted(1, -0.1, 1), "within"), (Wanted(1, 1.5, 1), "within"),
     (Wanted(1, 0.1, 0), "distance"), (Wanted(1, 0.1, 6), "distance")],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(wanted: Wanted, key: str) -> None:
    with pytest.raises(InputError, match=key):
        found(wanted)


def test_later_aims_of_an_alternative_are_not_called_proved() -> None:
    made = found(Wanted(1, 0.9, 2), objective=["npv_gbp", "closures"])
    best, other = (one.plan.solution for one in made.plans)
    assert all(stage.status == "optimal" for stage in best.stages)
    assert other.stages[1].status == "feasible" and math.isinf(other.stages[1].bound)
    assert other.status == "feasible" and other.asked_gap == best.asked_gap


def test_what_cannot_be_a_share_of_nothing_is_said_in_words() -> None:
    one = found(Wanted(1, 0.9, 2)).plans[0]
    assert loss_words(replace(one, loss_at_most=math.inf)) == (
        "how far behind the best possible is not shown"
    )


def test_none_is_behind_the_best_where_the_best_is_nothing() -> None:
    made = found(Wanted(1, 1.0, 1), objective="closures")
    assert made.plans[0].plan.solution.value == 0.0 and made.plans[0].loss_at_most == 0.0


def test_loss_as_it_is_written() -> None:
    assert loss_from("2%") == loss_from("2 %") == loss_from("0.02") == 0.02
    for text in ("2", "much"):
        with pytest.raises(InputError, match="no share"):
            loss_from(text)


def test_a_floor_is_a_share_of_the_value_whatever_its_sign_and_way() -> None:
    npv = Goal(((indicator("npv_gbp"), 1.0),))
    carbon = Goal(((indicator("carbon_tco2e_pa"), 1.0),))
    assert floor_of(npv, 100.0, 0.02).at_least == pytest.approx(98.0)
    assert floor_of(npv, -100.0, 0.02).at_least == pytest.approx(-102.0)
    assert floor_of(carbon, 50.0, 0.1).at_most == pytest.approx(55.0)


@pytest.mark.parametrize("goal", ["receipts_gbp", "net_revenue_cost_gbp_pa"])
def test_another_goal_in_its_own_unit_and_its_tie_break(goal: str) -> None:
    made = found(Wanted(2, 0.9, 2), objective=goal)
    best = made.plans[0].plan.solution
    assert len(made.plans) > 1
    for one in made.plans[1:]:
        value = one.plan.solution.value
        way = 1 if best.goal.more_is_better else -1
        assert way * (value - best.value) >= -0.9 * abs(best.value) - 1
        assert one.loss == pytest.approx(max(0.0, way * (best.value - value)))
        assert min(one.distances[: one.number - 1]) >= 2


def test_the_audit_refuses_a_plan_too_near() -> None:
    best = make_plan(toy_county.scenario(), toy_county.inputs())
    asked = apart_from(best.problem, [best], Wanted(1, 1.0, 3), 3)
    assert [i.rule for i in audit(asked, best.after)] == ["audit.apart"]
    assert "0 buildings differ against 3" in audit(asked, best.after)[0].ids[0]
    stranger = replace(best.problem, apart=(Apart("plan 1", ("A", "E", "Z"), 3),))
    assert "Z is no building in scope" in " ".join(audit(stranger, best.after)[0].ids)


@pytest.mark.parametrize("name", ["highs", "cbc"])
def test_exactly_the_distance_is_far_enough(name: str) -> None:
    """A and C against B, C and D: three differ; at 3 there is a plan, and that plan is allowed."""
    best = make_plan(toy_county.scenario(), toy_county.inputs())
    asked = apart_from(best.problem, [best], Wanted(1, 0.9, 3), 3)
    made = solve(asked, Solver(name=name, gap=0.0))  # type: ignore[arg-type]
    assert made.outcome is not None and not audit(asked, made.outcome)
    assert len(differing(made.outcome.open, best.after.open)) == 3


@given(st.frozensets(st.sampled_from("ABCDEFG")), st.frozensets(st.sampled_from("ABCDEFG")),
       st.frozensets(st.sampled_from("ABCDEFG")))  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_distance_is_a_metric(
    one: frozenset[str], two: frozenset[str], three: frozenset[str]
) -> None:
    def apart(a: frozenset[str], b: frozenset[str]) -> int:
        return len(differing(tuple(a), tuple(b)))

    assert apart(one, two) == apart(two, one)
    assert (apart(one, two) == 0) == (one == two)
    assert apart(one, three) <= apart(one, two) + apart(two, three)


def test_the_folder_holds_runs_and_the_record(tmp_path: Path) -> None:
    made = found(Wanted(2, 0.9, 2))
    drawn: list[str] = []
    seen: list[Any] = []
    folder = write_alternatives(
        made, tmp_path / "alt", {"read": 1.0},
        draw=lambda run: drawn.append(run.name),
        compare=lambda runs, page, labels: seen.append((len(runs), labels)),
    )  # fmt: skip
    told = json.loads((folder / "alternatives.json").read_text(encoding="utf-8"))
    assert [one["run"] for one in told["plans"]] == ["plans/1", "plans/2"]
    assert (drawn, seen, told["ended"]) == (
        ["1", "2"], [(2, ["Plan 1", "Plan 2"])], "proved",
    )  # fmt: skip
    run = json.loads((folder / "plans" / "2" / "run.json").read_text(encoding="utf-8"))
    assert run["alternative"]["distances"] == [3, 0]
    assert run["bound"] >= told["plans"][0]["value"] - 1
    rows = pd.read_csv(folder / "alternatives.csv")
    assert list(rows["asset_id"]) == ["A", "B", "D"]
    assert list(rows["in_use"]) == [1, 0, 0] and set(rows["plan"]) == {2}
    pd.testing.assert_frame_equal(rows, table(made), check_dtype=False)
    write_alternatives(made, folder, {})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(InputError, match="not a set of alternatives"):
        write_alternatives(made, tmp_path / "mine", {})
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_a_phased_plan_has_alternatives_too() -> None:
    made = found(Wanted(1, 0.9, 2), phasing={"periods": 2})
    assert len(made.plans) == 2
    other = made.plans[1]
    assert other.plan.after.timetable is not None and other.distances[0] >= 2

"""What a plan came to is told in the unit of what was asked, and no more is claimed than proved."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from maps import report
from optimise import results, runs
from optimise.goals import NPV, Goal, indicator, pounds
from optimise.plan import Plan, make_plan
from optimise.solution import Solution, StageResult
from optimise.telling import status_text
from tests import toy_county

PEOPLE = Goal(((indicator("people_within.fire_10", "Fire in 10"), 1.0),))
MINUTES = Goal(((indicator("mean_min.lib", "Library"), 1.0),))
OPEN = Goal(((indicator("buildings_open"), 1.0),))


def stage(goal: Goal, best: float, bound: float, **changes: Any) -> StageResult:
    gap = abs(bound - best) / abs(best)
    made = StageResult(goal, "feasible", best, best, bound, gap, 40.4)
    return replace(made, **changes)


def solution(*stages: StageResult, **changes: Any) -> Solution:
    head = stages[0]
    gap = head.gap if head.goal.is_npv else math.nan
    made = Solution(
        None, head.status, head.goal, head.value, head.bound, head.gap, gap, head.gap, 0.01,
        "HiGHS", {"solve": 40.4}, 1, 1, stages,
    )  # fmt: skip
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            stage(NPV, 1e6, 1e6, status="optimal"),
            "Proved to be the best plan possible",
        ),
        (
            stage(NPV, 1e6, 1.004e6, status="optimal"),
            "Proved optimal within 0.40%: no plan saves more than 0.40% beyond this one",
        ),
        (
            stage(NPV, 1e6, 1.02e6),
            "Best found in 40 s: no plan can save more than 2.0% beyond this one",
        ),
        (
            stage(NPV, 1e6, math.inf),
            "Best found in 40 s; how much better a plan could be is not shown",
        ),
        (
            stage(PEOPLE, 1000, 1000, status="optimal"),
            "People reached in time (Fire in 10): 1,000 people, proved to be the best possible",
        ),
        (
            stage(PEOPLE, 1000, 1002, status="optimal"),
            "People reached in time (Fire in 10): 1,000 people, proved within 0.20%: no plan "
            "comes to more than 1,002 people",
        ),
        (
            stage(MINUTES, 10, 9.5),
            "Mean time (Library): 10.00 minutes, the best found in 40 s: no plan comes to less "
            "than 9.50 minutes, 0.50 minutes better",
        ),
        (
            stage(OPEN, 12, -math.inf),
            "Buildings in use: 12 buildings, the best found in 40 s; how much better a plan "
            "could be is not shown",
        ),
    ],
)
def test_the_proof_in_the_unit_of_the_goal(made: StageResult, words: str) -> None:
    assert status_text(solution(made)) == words


def test_aims_in_order_with_what_was_given_up_and_the_tie_break() -> None:
    first = stage(OPEN, 12, 12, status="optimal", value=13.0, slack=1.0)
    second = stage(MINUTES, 10, 10, status="optimal")
    ties = stage(NPV, 2e6, 2e6, tie_break=True)
    assert status_text(solution(first, second)) == (
        "1. Buildings in use: 13 buildings (12 buildings was reached, and 1 building of it given "
        "up for the aims after it), proved to be the best possible; "
        "2. Mean time (Library): 10.00 minutes, proved to be the best possible among plans that "
        "keep what stands before it"
    )
    assert status_text(solution(second, ties)).endswith(
        "; of plans as good as that, one with net present value £2.00m"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (15_234_000, "£15.23m"), (412_512, "£412.5k"), (999_960, "£1.00m"), (870.4, "£870"),
        (-2_500, "−£2.5k"), (0, "£0"),
    ],
)  # fmt: skip
def test_pounds_tell_plans_apart(value: float, text: str) -> None:
    assert pounds(value) == text


def plan(**changes: Any) -> tuple[Plan, dict[str, Any]]:
    made = make_plan(toy_county.scenario(**changes), toy_county.inputs())
    return made, runs.run_record(made, results.cover_table(made), {})


def test_run_json_has_every_aim_and_limit_in_its_unit() -> None:
    made, record = plan(
        objective=[{"measure": "receipts_gbp", "slack": 0.5}, "people_within.fire_10"],
        limits={"mean_min.library_6": {"at_most": 4}, "moves": {"at_most": 3}},
    )
    assert record["objective_name"] == "receipts_gbp, then people_within.fire_10"
    assert (record["objective_unit"], record["objective"]) == ("gbp", made.solution.value)
    assert record["gap_on_savings"] is None and record["gap"] == 0
    receipts, people = record["goals"]
    assert (receipts["unit"], people["unit"]) == ("gbp", "people")
    assert people["value"] == people["bound"] == 200 and people["today"] == 200
    assert people["value_text"] == "200 people"
    limits = {t["target_id"]: t for t in record["targets"]}
    mean = limits["limits.mean_min.library_6.at_most"]
    assert (mean["target_text"], mean["met"], mean["unit"]) == ("4.00 minutes", True, "min")
    assert limits["limits.moves.at_most"]["value_text"] == "1 move"
    assert json.loads(json.dumps(record, allow_nan=False))["scenario"]["objective"] == [
        {"measure": "receipts_gbp", "slack": 0.5},
        "people_within.fire_10",
    ]


def test_the_run_of_an_objective_of_npv_says_what_it_always_said() -> None:
    made, record = plan()
    assert record["objective_name"] == "npv"
    assert record["objective"] == made.solution.objective_gbp == record["npv_gbp"]
    assert record["status_text"] == "Proved to be the best plan possible"
    assert record["targets"] == []


def test_the_page_shows_the_aim_first_and_limits_in_their_units() -> None:
    _, record = plan(objective="mean_min.library_6", limits={"moves": {"at_most": 3}})
    first = report.headline(record)[0]
    assert first == {
        "label": "Aim: Mean time (library within 6 minutes)",
        "text": "1.80 minutes",
        "note": "today 1.80 minutes",
    }
    (row,) = report.targets(record)
    assert (row["label"], row["target"], row["met"]) == (
        "Services moved, at most",
        "3 moves",
        "met",
    )
    assert report.headline(plan()[1])[0]["label"] == "Buildings"


def test_reasons_do_not_claim_more_than_the_least_proved_aim() -> None:
    half = solution(stage(OPEN, 4, 4, status="optimal"), stage(MINUTES, 10, 5))
    assert half.largest_gap == 0.5
    made, _ = plan(objective=["moves", "npv"])
    from optimise.explain import _kept

    row = made.inputs.estate.buildings.loc["A"]
    shown = replace(made, solution=replace(made.solution, stages=half.stages))
    told = _kept(shown, "A", row, "free", {})
    assert (told.code, "(proved within 50.0% of the best)" in told.text) == ("best_as_is", True)

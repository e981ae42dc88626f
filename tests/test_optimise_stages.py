"""Aims in order of importance, by hand; and that time running out never makes a plan worse.

The plans HUB, HALL, STAY and BOTH of the toy county are solved in `tests/test_optimise_goals.py`:
HUB opens B, C and D and sells A (£1,274k); HALL opens A and C (£588k); BOTH leaves all as it is,
with two libraries (£392k). Mean minutes to a library: HUB 3.8, HALL 4.0, BOTH 1.8.
"""

from __future__ import annotations

import math
import signal
from dataclasses import replace
from typing import Any

import pytest

from optimise import solve as solving
from optimise.audit import audit
from optimise.clock import Clock
from optimise.engine import Searched
from optimise.goals import NPV, Goal, Stage, indicator, kept
from optimise.knobs import Solver
from optimise.outcome import outcome
from optimise.plan import make_plan
from optimise.problem import Problem
from optimise.solution import Solution, gap_of, told_bound
from optimise.solve import solve_one
from optimise.stages import in_order
from optimise.warm import COLD, Warm
from tests import toy_county
from tests.test_optimise_goals import BOTH, EXACT, FREE, HALL, HUB, STAY, places, problem, solved

#: B is let go for a library in the hub: £588k, and a library in both towns.
TWO = {"fireA": "A", "kidsB": "D", "libA": "A", "libB": "D"}


def by_key(found: Solution) -> dict[str, tuple[float, float]]:
    """(reached, value in the plan) of each aim."""
    return {s.goal.key: (round(s.reached, 3), round(s.value, 3)) for s in found.stages}


def test_two_stages_without_slack() -> None:
    """Two buildings are the fewest (HALL); the mean time is then 4.0 with the library in A."""
    found = solved(objective=["buildings_open", "mean_min.library_6"])
    assert by_key(found) == {"buildings_open": (2, 2), "mean_min.library_6": (4.0, 4.0)}
    assert found.status == "optimal" and found.goal.key == "buildings_open"


def test_slack_in_the_unit_of_the_first_aim() -> None:
    """One building more may stay open: three, with a library in both towns, at 1.8 minutes."""
    found = solved(
        objective=[
            {"measure": "buildings_open", "slack_amount": 1}, "mean_min.library_6", "npv",
        ]
    )  # fmt: skip
    assert places(found) == BOTH
    assert by_key(found)["buildings_open"] == (2, 3)
    assert by_key(found)["mean_min.library_6"] == (1.8, 1.8)
    assert found.value == 3 and found.bound == 2
    # The plan has a half more than the least possible, which was given up for the second aim.
    assert found.gap == pytest.approx(1 / 3) and found.status == "optimal"
    assert [stage.slack for stage in found.stages] == [1, 0, 0]


@pytest.mark.parametrize(
    ("slack", "plan"),
    [
        (0.0, HUB),
        (0.5, HUB),  # £637k: only HUB sells for as much
        (0.6, TWO),  # £510k: selling B does too, with the hub for its library
        (0.693, BOTH),  # £391k: what selling the depot alone brings in
    ],
)
def test_three_stages_with_slack_as_a_share(slack: float, plan: dict[str, str]) -> None:
    aims = [{"measure": "receipts_gbp", "slack": slack}, "mean_min.library_6", "npv"]
    found = solved(objective=aims)
    assert places(found) == plan
    assert by_key(found)["receipts_gbp"][0] == 1_274_000
    assert found.gap == pytest.approx(1_274_000 / found.value - 1)
    assert all(stage.status == "optimal" for stage in found.stages)


def test_order_matters() -> None:
    one = solved(objective=["people_within.fire_10", "receipts_gbp", "npv"])
    other = solved(objective=["receipts_gbp", "people_within.fire_10", "npv"])
    assert (places(one), places(other)) == (HALL, HUB)


def test_the_last_of_equal_plans_is_the_one_worth_most() -> None:
    """No move leaves a choice of which library to withdraw: libA, which saves £1k a year more."""
    found = solved(objective="moves")
    assert places(found) == STAY
    assert [s.tie_break for s in found.stages] == [False, True]
    assert found.stages[1].value == pytest.approx(found.objective_gbp)


def test_what_a_stage_reached_is_held_and_audited() -> None:
    stage = Stage(Goal(((indicator("receipts_gbp"), 1.0),)), slack_share=0.5)
    held = problem()
    held = replace(held, limits=(kept(stage, 1_274_000.0, 1),))
    assert not audit(held, outcome(held, HUB))
    (issue,) = audit(held, outcome(held, HALL))
    assert issue.ids == ("stage 1: £588.0k against at least £637.0k",)
    fewer = Stage(Goal(((indicator("moves"), 1.0),)), slack_amount=1)
    assert kept(fewer, 2.0, 2).at_most == 3.0


def test_a_plan_that_loses_an_earlier_aim_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the rows that hold earlier aims out of the program: the audit finds it."""
    from optimise import compiled as module
    from optimise.constraints import limits
    from optimise.faults import AuditError

    monkeypatch.setattr(module, "FAMILIES", tuple(f for f in module.FAMILIES if f is not limits))
    scenario = toy_county.scenario(**FREE, objective=["people_within.fire_10", "npv"])
    with pytest.raises(AuditError, match="audit.limits"):
        make_plan(scenario, toy_county.inputs())


def test_stage_rows_are_in_the_program_by_name() -> None:
    from optimise.compiled import compile_model

    stage = Stage(Goal(((indicator("receipts_gbp"), 1.0),)))
    held = problem()
    held = replace(held, limits=(kept(stage, 588_000.0, 1),))
    model, _ = compile_model(held)
    (row,) = [r for r in model.constraints() if r.name.startswith("stage")]
    assert row.name == "stage__stage_201__at_5fleast"


# --- time ----------------------------------------------------------------------------------


class Clocked:
    """`solve_one` that notes what it is given, and finds nothing where it is told so.

    Its clock is stopped during the run of that number.
    """

    def __init__(self, nothing: tuple[int, ...] = (), stopped_in: int | None = None) -> None:
        self.clock, self.stopped_in = Clock(90), stopped_in
        self.seconds: list[float] = []
        self.starts: list[int] = []
        self.goals: list[str] = []
        self.nothing = nothing

    def __call__(self, at: Any, options: Solver, start: Warm) -> tuple[Solution, Warm]:
        call = len(self.seconds)
        self.seconds.append(options.time_limit_s)
        self.starts.append(len(start.values))
        self.goals.append(at.goal.key)
        found, values = solve_one(at, options, start)
        if call == self.stopped_in:
            self.clock.stop()
        if call in self.nothing:
            bound = math.inf if at.goal.more_is_better else -math.inf
            return replace(found, outcome=None, status="no_plan", value=math.nan, bound=bound), COLD
        return found, values


def aims(made: Problem, asked: Clocked, options: Solver = EXACT) -> Solution:
    return in_order(made, options, solve_one=asked, clock=asked.clock)


def test_one_aim_has_all_the_time_and_no_start() -> None:
    asked = Clocked()
    aims(problem(), asked, Solver(gap=0.0, time_limit_s=20))
    assert (asked.seconds, asked.starts) == ([20.0], [0])


def test_time_is_shared_and_later_aims_begin_from_the_plan_before() -> None:
    asked = Clocked()
    made = problem(objective=["npv", "moves", "buildings_open"])
    aims(made, asked)
    assert asked.seconds[0] == pytest.approx(30, abs=0.5)
    assert 30 < asked.seconds[1] <= 45 and 60 < asked.seconds[2] <= 90
    assert asked.starts[0] == 0 and min(asked.starts[1:]) > 10


def test_a_later_aim_that_finds_nothing_leaves_the_plan_as_it_was() -> None:
    made = problem(objective=["npv", "moves"])
    found = aims(made, Clocked(nothing=(1,)))
    assert places(found) == HUB
    assert found.status == "feasible"
    assert found.stages[0].status == "optimal"
    assert found.stages[1].status == "feasible" and found.stages[1].bound == -math.inf


def test_a_first_aim_without_a_plan_begins_from_one_that_pays_its_way() -> None:
    asked = Clocked(nothing=(0, 2))
    found = aims(problem(objective=["buildings_open"]), asked)
    assert asked.goals == ["buildings_open", "npv_gbp", "buildings_open"]
    assert asked.starts[2] > 10
    assert found.outcome is not None and found.status == "feasible"
    assert found.value == 3 and found.bound == -math.inf
    best = aims(problem(objective=["buildings_open"]), Clocked(nothing=(0,)))
    assert best.value == 2 and best.status == "optimal"


def test_nothing_found_is_said() -> None:
    found = aims(problem(objective=["moves"]), Clocked(nothing=(0, 1, 2)))
    assert found.outcome is None and found.status == "no_plan"


def test_ctrl_c_builds_no_later_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    built, build, run = [], solving.compile_model, solving.search

    def compiled(at: Problem) -> Any:
        built.append(at.goal.key)
        return build(at)

    def interrupted(*given: Any) -> Searched:
        said = run(*given)
        if len(built) == 1:
            signal.raise_signal(signal.SIGINT)
        return said

    monkeypatch.setattr(solving, "compile_model", compiled)
    monkeypatch.setattr(solving, "search", interrupted)
    found = solving.solve(problem(objective=["npv", "moves", "buildings_open"]), EXACT)
    assert built == ["npv_gbp"]
    assert places(found) == HUB
    assert found.status == "feasible" and found.stages[0].status == "optimal"
    assert [s.bound for s in found.stages[1:]] == [-math.inf, -math.inf]


@pytest.mark.parametrize(
    ("nothing", "stopped_in", "runs"),
    [
        ((), 1, 2),  # the second aim's
        ((0,), 0, 1),  # the first look, which finds nothing
        ((0,), 1, 2),  # the look for any plan, which finds one
        ((0, 1), 1, 2),  # and one that finds none
    ],
)
def test_nothing_is_begun_once_the_clock_is_stopped(
    nothing: tuple[int, ...], stopped_in: int, runs: int
) -> None:
    asked = Clocked(nothing=nothing, stopped_in=stopped_in)
    found = aims(problem(objective=["buildings_open", "moves", "npv"]), asked)
    assert len(asked.goals) == runs
    assert (found.outcome is None) == (stopped_in in nothing)
    if found.outcome is not None:
        assert len(found.stages) == 3 and found.status == "feasible"
    assert found.status != "optimal"


# --- gaps ----------------------------------------------------------------------------------

MINUTES = Goal(((indicator("mean_min.x"), 1.0),))
BUILDINGS = Goal(((indicator("buildings_open"), 1.0),))
PEOPLE = Goal(((indicator("people_within.x"), 1.0),))


@pytest.mark.parametrize(
    ("goal", "value", "bound", "gap"),
    [
        (NPV, 1_000_000, 1_010_000, 0.01),
        (MINUTES, 10.0, 9.5, 0.05),
        (MINUTES, 10.0, 9.9995, 0.0),  # less than a tenth of a second
        (BUILDINGS, 4, 3, 0.25),
        (BUILDINGS, 0, 0, 0.0),
        (PEOPLE, 1000, 1001, 0.001),
        (PEOPLE, 0, 5, math.inf),
        (PEOPLE, 1000, 990, 0.0),
        (PEOPLE, 1000, math.inf, math.inf),
        (MINUTES, 10.0, -math.inf, math.inf),
        (NPV, 1_000_000, math.inf, math.inf),
    ],
)
def test_gap_of_other_goals_is_a_share_of_the_value(
    goal: Goal, value: float, bound: float, gap: float
) -> None:
    assert gap_of(goal, value, bound) == pytest.approx(gap)


def test_the_bound_of_whole_things_is_a_whole_number_and_never_behind_the_plan() -> None:
    assert told_bound(BUILDINGS, 2.2, 4) == 3
    assert told_bound(BUILDINGS, 2.0000001, 4) == 2
    assert told_bound(BUILDINGS, 5.0, 4) == 4
    assert told_bound(PEOPLE, 10.5, 12) == 12
    assert told_bound(MINUTES, 2.2, math.nan) == 2.2

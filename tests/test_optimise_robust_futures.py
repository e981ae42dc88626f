"""Plans read back from their run folders are the plans that were written, phased ones too."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assets.issues import InputError
from optimise.knobs import Solver
from optimise.plan import Plan, make_plan
from optimise.robust.futures import Future, Known, left_in, place_of, problem_of
from optimise.robust.judged import HOLDS, IMPOSSIBLE, Candidate, Case, judge, same_plan
from optimise.robust.least import least_worst
from optimise.robust.rebuilt import candidate_of, read_folder
from optimise.robust.study import different, study, with_others_plans
from optimise.runs import write_run
from tests import toy_county

FEW = {"phasing__periods": 2, "services__library__may_withdraw": True}


def made(**changes: Any) -> Plan:
    return make_plan(toy_county.scenario(**changes), toy_county.inputs())


def told(plan: Plan, name: str = "s") -> tuple[Case, Candidate]:
    said, after = plan.solution, plan.after
    case = Case(name, name, plan.problem, said.value, said.bound, said.status)
    return case, Candidate(name, after.placed, after.outreach, after.timetable)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"services__library__outreach": {"exactly": 1}, "services__library__may_withdraw": False},
        FEW,
        {**FEW, "phasing__period": "half_year"},
    ],
)
def test_a_plan_comes_back_from_its_folder_as_it_went(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    plan = made(**changes)
    write_run(plan, tmp_path / "run", {})
    case, candidate = told(plan)
    folder = read_folder(tmp_path / "run")
    phased = plan.problem.phased is not None
    back = candidate_of("s", folder, plan.problem.calendar, phased=phased)
    assert bool(back.outreach) == ("services__library__outreach" in changes)
    assert same_plan(back) == same_plan(candidate)
    assert folder.value == pytest.approx(plan.solution.value)
    verdict = judge(back, case)
    assert verdict.status == HOLDS, verdict.words
    assert verdict.value == pytest.approx(case.value)


def test_plans_of_years_have_regret_but_no_plan_for_all() -> None:
    """What is done when goes with a plan into another scenario; a plan without it cannot."""
    one, two = made(**FEW), made(**FEW, finance__discount_schedule=[[None, 0.1]])
    (first, plan), (second, other) = told(one, "base"), told(two, "dear")
    known = Known((first, second), (plan, other), {"base": one, "dear": two})
    found = study(known, Solver(gap=0.0, time_limit_s=20))
    assert [i.rule for i in found.refused] == ["robust.phased"]
    assert found.least is None
    assert set(found.regrets["status"]) == {HOLDS}
    own = found.regrets[found.regrets["plan"] == found.regrets["scenario"]]
    assert (own["regret_low"] == 0.0).all()
    undated = judge(Candidate("undated", plan.placed, plan.outreach), second)
    assert undated.status == IMPOSSIBLE
    assert "says nothing of when" in undated.words


def test_a_plan_of_years_is_looked_at_as_done_at_once_where_nothing_is_phased() -> None:
    (_, plan), (case, _) = told(made(**FEW)), told(made())
    assert judge(plan, case).status == HOLDS


def test_a_scenario_without_a_plan_in_time_has_the_best_of_the_others() -> None:
    case, plan = told(made(), "base")
    late = Case("late", "Late", case.problem, float("nan"), float("nan"), "no_plan", "no time")
    never = Case("never", "Never", None, float("nan"), float("nan"), "bad_input", "no layer")
    known = Known((case, late, never), (plan,), {"base": made()})
    found = study(known, Solver(gap=0.0, time_limit_s=20))
    assert found.least is not None
    assert found.least.scenarios == ("base", "late")
    row = found.regrets[found.regrets["scenario"] == "late"].iloc[0]
    assert row["value"] == row["best"] == pytest.approx(case.value)
    assert row["regret_low"] == 0.0
    assert row["regret_high"] == float("inf")
    # It has no plan of its own all the same, and none is counted for it.
    assert (found.kept["scenarios"] == 1).all() and (found.kept["without_plan"] == 2).all()


def test_plans_that_are_one_are_told_once() -> None:
    case, plan = told(made(), "a")
    other = Candidate("b", dict(sorted(plan.placed.items(), reverse=True)), plan.outreach)
    moved = Candidate("c", {**plan.placed, "libA": "A"}, plan.outreach)
    kept, alike = different([plan, other, moved])
    assert [one.name for one in kept] == ["a", "c"]
    assert alike == {"a": ("b",), "c": ()}


def future(**changes: Any) -> Future:
    return Future("low", "Low", toy_county.scenario(**changes))


def test_folders_that_are_damaged_missing_or_of_other_scenarios_are_refused_at_once(
    tmp_path: Path,
) -> None:
    inputs = toy_county.inputs()
    write_run(made(), place_of(tmp_path, "low"), {})
    assert left_in(tmp_path, [future()], lambda _: inputs).plans[0].name == "low"
    with pytest.raises(InputError, match=r"robust\.stale"):
        left_in(tmp_path, [future(finance__horizon_yr=30)], lambda _: inputs)
    record = place_of(tmp_path, "low") / "run.json"
    record.write_text(record.read_text()[:100])
    gone = Future("gone", "Gone", toy_county.scenario())
    with pytest.raises(InputError) as refused:
        left_in(tmp_path, [future(), gone], lambda _: inputs)
    assert [i.rule for i in refused.value.issues] == ["robust.damaged_run", "robust.no_run"]


def test_a_bound_of_a_stricter_question_is_none_of_an_eased_one(tmp_path: Path) -> None:
    inputs = toy_county.inputs()
    strict = made(limits={"closures": {"at_most": 0}})
    write_run(strict, place_of(tmp_path, "low"), {})
    limits = {"closures": {"at_most": 0}}
    same = left_in(tmp_path, [future(limits=limits)], lambda _: inputs).cases[0]
    assert same.bound == pytest.approx(strict.solution.bound) and same.status == "optimal"
    eased = left_in(tmp_path, [future()], lambda _: inputs).cases[0]
    assert math.isnan(eased.bound) and eased.status == "feasible"
    assert made().solution.value > strict.solution.bound + 1, "the old bound would be false"


def test_a_base_without_a_plan_lends_its_rules_to_nobody() -> None:
    one, two = made(), made(finance__horizon_yr=30)
    (base, _), (other, plan) = told(one, "base"), told(two, "other")
    none = replace(base, value=math.nan, bound=math.nan, status="impossible")
    found = study(Known((none, other), (plan,), {"other": two}), Solver(), rules="base")
    assert [i.rule for i in found.refused] == ["robust.no_base"] and found.least is None


def test_ids_that_a_spreadsheet_would_run_come_back_as_they_were(tmp_path: Path) -> None:
    tmp_path.joinpath("run.json").write_text(json.dumps({"status": "optimal"}))
    columns = "unit_id,to_asset_id,mode,done_in\n'=u,'+s,full,\n"
    tmp_path.joinpath("services.csv").write_text(columns)
    names = "asset_id,name,owner,asset_type,status,decision,done_in,confidential\n"
    tmp_path.joinpath("decisions.csv").write_text(names)
    problem = problem_of(toy_county.scenario(), toy_county.inputs())
    folder = read_folder(tmp_path)
    assert candidate_of("x", folder, problem.calendar, phased=False).placed == {"=u": "+s"}
    tmp_path.joinpath("services.csv").write_text("unit_id,mode\n")
    with pytest.raises(InputError, match="no column to_asset_id, done_in"):
        read_folder(tmp_path)


def test_a_search_without_scenarios_is_refused() -> None:
    with pytest.raises(InputError, match=r"robust\.no_plan"):
        least_worst([], [], Solver())
    assert with_others_plans((), (), None) == ()  # type: ignore[arg-type]

"""Frontiers of the toy county against every plan it has, tried one by one.

Capital against receipts (`tests/test_optimise_goals.py` has the sums): nothing spent sells the
depot alone; £49.6k moves all into the Hall and lets the library go; £334.8k builds the hub and
lets the Hall go.

    receipts 1,274k |                      HUB
              588k  |     HALL
              392k  | STAY
                    +-0----49.6k---------334.8k  capital
"""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from brute_force import choices as every_choice

from assets.issues import InputError
from optimise.audit import audit
from optimise.faults import NoPlanError
from optimise.frontier.asked import Asked, freed, point_key, whole_problem
from optimise.frontier.axes import axis_named
from optimise.frontier.curve import curve
from optimise.frontier.envelope import Bound, Vector, beats, choices
from optimise.frontier.keeping import begun, keeper, known_steps
from optimise.frontier.make import Frontier, asked_of, axes_of, make_frontier
from optimise.frontier.records import Step
from optimise.frontier.search import Work, searched
from optimise.frontier.words import (
    headline,
    level_words,
    price_words,
    standing_words,
    step_words,
)
from optimise.inputs import Inputs
from optimise.measures import figure
from optimise.outcome import outcome
from optimise.plan import make_plan
from optimise.scenario import Scenario
from optimise.warm import Warm
from tests import toy_county

EASY: dict[str, Any] = {"standards": {}}
ASKED = Asked("capital", "receipts", points=5, gap=0.0, time_limit_s=60)


def frontier(folder: Path, asked: Asked, **changes: Any) -> Frontier:
    return make_frontier(asked, toy_county.scenario(**changes), toy_county.inputs(), folder)


@cache
def every_plan(names: tuple[str, ...], bare: bool) -> tuple[Vector, ...]:
    """Figures of every plan that keeps the freed scenario's rules, more being better."""
    scenario = toy_county.scenario(**(EASY if bare else {}))
    axes = axes_of(Asked(*names), scenario)
    base, _ = freed(scenario, axes)
    problem = whole_problem(base, toy_county.inputs(), axes)
    found = []
    for placed, aside in every_choice(problem):
        made = outcome(problem, placed, aside)
        if not audit(problem, made):
            found.append(tuple(figure(a.indicator, problem, made) * a.sign for a in axes))
    return tuple(found)


def turned(made: Frontier, what: str) -> list[Vector]:
    """Figures or bounds of the choices, more being better."""
    signs = [axis.sign for axis in made.curve.axes]
    return [
        tuple(v * s for v, s in zip(getattr(p, what), signs, strict=True))
        for p in made.curve.choices
    ]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Frontier:
    return frontier(tmp_path_factory.mktemp("drawn") / "f", ASKED, **EASY)


def test_the_choices_are_the_plans_that_nothing_beats(drawn: Frontier) -> None:
    every = every_plan(("capital", "receipts"), True)
    best = {every[i] for i in choices(every, (1.0, 1.0))}
    assert {tuple(round(v) for v in p) for p in turned(drawn, "figures")} == {
        tuple(round(v) for v in p) for p in best
    }
    assert [p.figures for p in drawn.curve.choices] == [
        pytest.approx(f) for f in ((334_800, 1_274_000), (49_600, 588_000), (0, 392_000))
    ]


def test_every_interval_holds_the_true_best(drawn: Frontier) -> None:
    every = every_plan(("capital", "receipts"), True)
    plans, bounds = turned(drawn, "figures"), turned(drawn, "bounds")
    for plan, bound in zip(plans, bounds, strict=True):
        for axis in (0, 1):
            best = max(e[axis] for e in every if e[1 - axis] >= plan[1 - axis] - 1.0)
            assert plan[axis] - 1.0 <= best <= bound[axis] + 1.0
        assert not any(beats(other, plan, (1.0, 1.0)) for other in every)


def test_values_and_bounds_are_monotone(drawn: Frontier) -> None:
    for what in ("figures", "bounds"):
        told = sorted(turned(drawn, what))
        assert [v[1] for v in told] == sorted((v[1] for v in told), reverse=True)


def test_prices_are_in_words_with_what_is_proved(drawn: Frontier) -> None:
    told = [price_words(p, drawn.curve) for p in drawn.curve.prices]
    assert told == [
        "From £334.8k to £49.6k of capital spent costs £686.0k of receipts from sales (proved)",
        "From £49.6k to £0 of capital spent costs £196.0k of receipts from sales (proved)",
    ]
    assert headline(drawn.curve).startswith("3 plans to choose from")


def test_three_figures_on_a_grid(tmp_path: Path) -> None:
    names = ("capital", "receipts", "savings")
    made = frontier(tmp_path / "f", Asked(*names, points=3, gap=0.0, time_limit_s=90), **EASY)
    every = every_plan(names, True)
    for plan in turned(made, "figures"):
        assert not any(beats(other, plan, (1.0, 1.0, 1.0)) for other in every)
    assert len(made.curve.choices) >= 3


def test_three_figures_have_a_curve_of_two_for_each_step_of_the_third(tmp_path: Path) -> None:
    """Every plan of the toy tried: none with so much of the third beats one of a level's curve."""
    names = ("capital", "receipts", "savings")
    made = frontier(tmp_path / "f", Asked(*names, points=3, gap=0.0, time_limit_s=90), **EASY)
    every = every_plan(names, True)
    assert len(made.curve.levels) >= 2
    at = {point.number: point for point in made.curve.points}
    for level in made.curve.levels:
        enough = [plan[:2] for plan in every if plan[2] >= level.asked - 1.0]
        best = {tuple(map(round, enough[i])) for i in choices(enough, (1.0, 1.0))}
        told = [at[n] for n in level.points]
        signs = [axis.sign for axis in made.curve.axes]
        drawn = [(p.figures[0] * signs[0], p.figures[1] * signs[1]) for p in told]
        assert {tuple(map(round, plan)) for plan in drawn} <= best
        assert [p.figures[0] for p in told] == sorted(p.figures[0] for p in told)
        for (x, _), bound in zip(drawn, level.bounds, strict=True):
            assert max(y for a, y in enough if a >= x - 1.0) <= bound * signs[1] + 1.0
        assert len(level.prices) == len(level.points) - 1
        assert all(price.least - 1.0 <= price.cost <= price.most + 1.0 for price in level.prices)
    record = json.loads((tmp_path / "f" / "frontier.json").read_text())
    assert [one["points"] for one in record["levels"]] == [
        list(level.points) for level in made.curve.levels
    ]
    assert record["levels"][0]["words"].startswith("At least £")
    assert record["prices"] == []
    only = made.curve.choices[0].figures[2]
    alike = [replace(p, figures=(*p.figures[:2], only)) for p in made.curve.points]
    told = headline(replace(made.curve, points=tuple(alike)))
    assert f"; {made.curve.axes[2].told(only)} of running costs saved" in told


def test_what_is_not_proved_of_a_choice_is_said_where_it_stands(drawn: Frontier) -> None:
    point = drawn.curve.choices[0]
    assert standing_words(point) == "A choice"
    assert standing_words(replace(point, gap=0.0198)) == "A choice, proved within 1.98%"
    open_ = replace(point, gap=math.inf, bounds=(point.bounds[0], math.inf))
    assert "nothing better is ruled out" in standing_words(open_)
    assert "“At best”" in standing_words(replace(point, gap=math.inf)), "of a plan that sells nil"


def test_what_is_asked_of_whole_things_and_of_money_is_what_words_tell() -> None:
    """At most 46.67 buildings is at most 46; £12,344,900 would be told as £12.34m."""
    standards = toy_county.scenario().standards
    buildings, money = (axis_named(word, standards) for word in ("buildings", "receipts"))
    assert buildings.told_floor(-46.67) == -46.0
    assert buildings.told_floor(-46.0) == -46.0
    assert money.told_floor(12_344_900.0) == 12_340_000.0
    assert money.told_floor(12_340_000.0) == 12_340_000.0
    assert money.told_floor(-12_344_900.0) == -12_350_000.0
    assert money.told_floor(54_321.0) == 54_300.0
    cover = replace(axis_named("fire_10", standards), total=3_000.0)
    floor = cover.told_floor(2_401.9)
    assert floor <= 2_401.9 < floor + 0.3 and cover.figure(round(floor / 3_000, 4)) == floor


def test_levels_of_whole_things_are_asked_once_each_and_as_they_are_told(tmp_path: Path) -> None:
    asked = Asked("receipts", "savings", "buildings", points=4, gap=0.0, time_limit_s=90)
    made = frontier(tmp_path / "f", asked, **EASY)
    levels = [level.asked for level in made.curve.levels]
    assert levels == sorted(set(levels), reverse=True) or levels == sorted(set(levels))
    assert all(level == round(level) for level in levels)
    assert len({level_words(level, made.curve) for level in made.curve.levels}) == len(levels)


def test_what_no_search_could_tell_is_asked_again(tmp_path: Path) -> None:
    """The first run's searches found nothing in their time; the same command searches again."""
    folder = begun(tmp_path / "f")
    axes = axes_of(ASKED, toy_county.scenario(**EASY))
    lost = Step("best receipts_gbp", (-math.inf,) * 2, "unknown", key="k",
                bounds=(Bound(1, math.inf, (-math.inf,) * 2),))  # fmt: skip
    shut = replace(lost, status="impossible", key="i", bounds=(replace(lost.bounds[0],
                   most=-math.inf),))  # fmt: skip
    record = {"steps": [one.record(axes) for one in (lost, shut)]}
    (folder / "frontier.json").write_text(json.dumps(record))
    assert list(known_steps(folder, axes)) == ["i"]


def test_steps_are_laid_alike_again_after_an_end_was_bettered(tmp_path: Path) -> None:
    """Time that was left found a better plan at an end: the steps between stay where they were."""
    made = frontier(tmp_path / "f", ASKED, **EASY)
    folder, axes = made.folder, made.curve.axes
    record = json.loads((folder / "frontier.json").read_text())
    end = next(step for step in record["steps"] if step["name"] == "best receipts_gbp")
    path = folder / Path(end["folder"]) / "run.json"
    run = json.loads(path.read_text())
    told = run["frontier"]
    told["first"] = dict(told["figures"])
    told["figures"]["capital_gbp"] += 50_000.0
    told["figures"]["receipts_gbp"] += 50_000.0
    path.write_text(json.dumps(run))
    assert known_steps(folder, axes)[end["key"]].first
    asked = [step.asked for step in made.curve.steps]
    again = frontier(folder, ASKED, **EASY)
    assert [step.asked for step in again.curve.steps] == asked
    assert all(step.reused or step.status != "found" for step in again.curve.steps)


def test_another_curve_leaves_the_plans_that_the_page_still_tells_of(tmp_path: Path) -> None:
    made = frontier(tmp_path / "f", ASKED, **EASY)
    before = {p.parent.name: p.read_bytes() for p in made.folder.glob("points/*/run.json")}
    axes = axes_of(Asked("savings", "receipts"), toy_county.scenario(**EASY))
    keep = keeper(made.folder, axes, {}, [])
    plan = make_plan(toy_county.scenario(**EASY), toy_county.inputs())
    name = keep(plan, Step("best savings", (-math.inf,) * 2, "found", figures=(1.0, 2.0)))
    assert Path(name).name not in before
    after = {n: (made.folder / "points" / n / "run.json").read_bytes() for n in before}
    assert after == before


def test_a_rule_on_an_axis_is_freed_and_told() -> None:
    scenario = toy_county.scenario(
        targets__receipts_gbp=1e5, limits={"people_within.fire_10": {"at_least": 1}}
    )
    axes = axes_of(Asked("receipts", "fire_cover"), scenario)
    base, gone = freed(scenario, axes)
    assert base.targets.receipts_gbp is None
    assert base.standards["fire_10"].kind == "report"
    assert base.standards["library_6"] == scenario.standards["library_6"]
    assert base.limits == {}
    keys = ["targets.receipts_gbp", "limits.people_within.fire_10", "standards.fire_10.kind"]
    assert [one.key for one in gone] == keys


def test_a_standard_of_each_ward_is_another_figure_and_stays() -> None:
    scenario = toy_county.scenario(standards__library_6__geography="ward")
    base, gone = freed(scenario, axes_of(Asked("npv", "library_cover"), scenario))
    assert base.standards["library_6"].kind == "hard"
    assert gone == ()


def test_the_same_question_goes_on_from_what_is_there(drawn: Frontier, tmp_path: Path) -> None:
    """And a folder that was damaged is searched again, alone."""
    folder = tmp_path / "f"
    shutil.copytree(drawn.folder, folder)
    hurt, *whole = [folder / p.folder / "run.json" for p in drawn.curve.points]
    hurt.write_text("{")
    written = [path.stat().st_mtime_ns for path in whole]
    again = frontier(folder, ASKED, **EASY)
    searched_then = sum(bool(step.folder) for step in drawn.curve.steps)
    assert sum(step.reused for step in again.curve.steps if step.folder) == searched_then - 1
    assert [p.figures for p in again.curve.points] == [p.figures for p in drawn.curve.points]
    assert [path.stat().st_mtime_ns for path in whole] == written
    assert json.loads((folder / again.curve.points[0].folder / "run.json").read_text())["frontier"]


def test_another_question_has_another_key() -> None:
    scenario, files = toy_county.scenario(**EASY), toy_county.inputs().files
    here = {"step": ["best"]}
    key = point_key(scenario, ASKED, files, here)
    assert key == point_key(scenario.model_copy(update={"title": "other"}), ASKED, files, here)
    stricter = toy_county.scenario(targets__capital_budget_gbp=0, **EASY)
    others = {
        point_key(scenario, replace(ASKED, gap=0.01), files, here),
        point_key(scenario, replace(ASKED, time_limit_s=61), files, here),
        point_key(scenario, ASKED, files, {"step": ["step"]}),
        point_key(stricter, ASKED, files, here),
    }
    assert len(others | {key}) == 5


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match=r"frontier\.folder_in_use"):
        frontier(tmp_path, Asked("capital", "receipts"), **EASY)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def work(make: Any, asked: Asked) -> Work:
    scenario = toy_county.scenario(**EASY)
    axes = tuple(axis_named(a, scenario.standards) for a in (asked.x, asked.y))
    inputs = toy_county.inputs()
    whole = whole_problem(scenario, inputs, axes)
    return Work(scenario, inputs, whole, axes, asked, {}, lambda plan, step: step.name, None, make)


def test_a_step_that_no_search_could_settle_is_not_known() -> None:
    def never(scenario: Scenario, inputs: Inputs, progress: Any, warm: Warm) -> Any:
        raise NoPlanError("none")

    steps, stopped = searched(work(never, Asked("capital", "receipts", points=3)))
    assert not stopped
    assert {s.status for s in steps} == {"unknown"}
    assert all(math.isinf(b.most) and b.most > 0 for s in steps for b in s.bounds)
    assert "none is ruled out" in step_words(steps[0], work(never, Asked("npv", "capital")).axes)


def test_what_time_is_left_goes_to_the_points_that_are_least_sure() -> None:
    said: list[str] = []

    def vague(scenario: Scenario, inputs: Inputs, progress: Any, warm: Warm) -> Any:
        plan = make_plan(scenario, inputs, progress, warm=warm)
        if "Closing the widest gaps" in said:
            return plan
        more = 1e6 if plan.solution.goal.more_is_better else -1e6
        return replace(plan, solution=replace(plan.solution, bound=plan.solution.bound + more))

    asked = work(vague, replace(ASKED, points=3))
    begun = replace(asked, progress=lambda stage, done: said.append(stage))
    steps, _ = searched(begun)
    made = curve(begun.axes, steps)
    assert all(point.gap == 0 for point in made.choices)
    assert len(made.choices) > 1


def test_steps_asked_for_beyond_what_is_possible_are_proved_so(tmp_path: Path) -> None:
    asked = Asked("receipts", "capital", at=(5e5, 9e6), gap=0.0, time_limit_s=60)
    made = frontier(tmp_path / "f", asked, **EASY)
    by_name = {s.asked[0]: s.status for s in made.curve.steps}
    assert by_name[9e6] == "impossible"
    assert (588_000.0, pytest.approx(49_600.0)) in [p.figures for p in made.curve.choices]


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("receipts", "receipts_gbp"),
        ("fire_cover", "people_within.fire_10"),
        ("library_6", "people_within.library_6"),
        ("library_6_cover", "people_within.library_6"),
        ("mean_min.library_6", "mean_min.library_6"),
        ("carbon", "carbon_tco2e_pa"),
        ("npv", "npv_gbp"),
    ],
)
def test_words_for_axes(word: str, key: str) -> None:
    assert axis_named(word, toy_county.scenario().standards).key == key


@pytest.mark.parametrize(
    ("word", "rule", "said"),
    [
        ("reciepts", "frontier.unknown_axis", "receipts"),
        ("people_within.fire_11", "frontier.unknown_axis", "people_within.fire_10"),
        ("polise_cover", "frontier.unknown_axis", "police"),
    ],
)
def test_unknown_words_name_the_nearest(word: str, rule: str, said: str) -> None:
    standards = dict(toy_county.scenario().standards)
    standards["police_20"] = standards["fire_10"].model_copy(
        update={"standard_id": "police_20", "service_type": "police"}
    )
    with pytest.raises(InputError) as caught:
        axis_named(word, standards)
    (issue,) = caught.value.issues
    assert issue.rule == rule
    assert said in issue.remedy


def test_the_one_hard_standard_is_taken_and_said_else_all_are_named() -> None:
    standards = dict(toy_county.scenario().standards)
    second = standards["fire_10"].model_copy(update={"standard_id": "fire_13", "kind": "report"})
    found = axis_named("fire_cover", {**standards, "fire_13": second})
    assert found.key == "people_within.fire_10"
    assert "fire_13" in found.note
    both = second.model_copy(update={"kind": "hard"})
    with pytest.raises(InputError) as caught:
        axis_named("fire_cover", {**standards, "fire_13": both})
    assert caught.value.issues[0].ids == ("fire_10", "fire_13")


@pytest.mark.parametrize(
    ("axes", "points", "at", "rule"),
    [
        (("npv", "npv_gbp", ""), None, "", "frontier.same_axis"),
        (("npv", "receipts", ""), 1, "", "frontier.points"),
        (("npv", "receipts", ""), None, "1e6,much", "frontier.bad_step"),
        (("npv", "receipts", ""), None, "nan", "frontier.bad_step"),
    ],
)
def test_what_cannot_be_asked(
    axes: tuple[str, str, str], points: int | None, at: str, rule: str
) -> None:
    with pytest.raises(InputError) as caught:
        axes_of(asked_of(axes, points, at, effort=(0.02, 10)), toy_county.scenario())
    assert caught.value.issues[0].rule == rule


def test_steps_may_be_written_as_percentages() -> None:
    asked = asked_of(("fire_cover", "npv", ""), None, "78%, 0.8,9e6", effort=(0.02, 10))
    assert asked.at == (0.78, 0.8, 9e6)

"""The scenarios that show every rule at work: on the demonstration county, and on Rutland."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import app
from optimise.audit import audit
from optimise.compiled import compile_model
from optimise.constraints import FAMILIES
from optimise.goals import MEASURES
from optimise.inputs import Inputs, read_inputs
from optimise.moves import permitted_moves
from optimise.plan import make_plan
from optimise.presolve import contradictions, shortfalls
from optimise.problem import Problem, build_problem
from optimise.scenario import Scenario, load_scenario
from tests.golden_lp import name_of

ROOT = Path(__file__).resolve().parent.parent
WESSEX, RUTLAND = ROOT / "data" / "rules" / "wessex.yml", ROOT / "data" / "rules" / "rutland.yml"
OVERRIDES = sorted(load_scenario(WESSEX).overrides)
#: Standards of fire that the crews who stay keep whatever is decided, or that only report; money
#: that changes what a plan is worth and no rule, or only what is told of it.
UNMOVED = ("by_day_and_night", "second_engine", "published", "partners_settle",
           "counted_elsewhere", "cautious_money")  # fmt: skip
#: First part of a row that only this family writes when it is asked something.
MARKS = {
    "sets": "set_5fleast", "hubs": "hubs_5fleast", "named_moves": "moved",
    "condition": "works_5fdone", "delivery": "moves_5fmost", "no_detriment": "kept",
    "equity": "floor", "worst_time": "worst_5fserved", "limits": "limit", "money": "receipts",
    "timing": "emptied", "periods": "market_5fsales", "yearly_money": "saving_5fin",
    "partners": "partner", "interim": "in1",
}  # fmt: skip


def problem_of(scenario: Scenario, inputs: Inputs) -> Problem:
    moves = permitted_moves(scenario, inputs.estate, inputs.catchment)
    return build_problem(scenario, inputs.estate, moves, inputs.times)


#: By override, "" for none: compiled once, for every test that asks which rows a rule writes.
ROWS: dict[str, frozenset[str]] = {}


def rows_of(name: str, inputs: Inputs) -> frozenset[str]:
    """Names of the rows of the county's program with this override."""
    if name not in ROWS:
        scenario = load_scenario(WESSEX, overrides=[name] if name else [])
        model, _ = compile_model(problem_of(scenario, inputs))
        ROWS[name] = frozenset(row.name for row in model.constraints())
    return ROWS[name]


@pytest.fixture(scope="module")
def wessex() -> Inputs:
    """Read once, with the modes of travel of every override."""
    names = ["no_car", "second_engine", "miles", "published"]
    return read_inputs(load_scenario(WESSEX, overrides=names))


@pytest.mark.parametrize("name", OVERRIDES)
def test_every_rule_of_wessex_compiles_and_is_not_refused_out_of_hand(
    name: str, wessex: Inputs
) -> None:
    scenario = load_scenario(WESSEX, overrides=[name])
    problem = problem_of(scenario, wessex)
    assert not contradictions(problem)
    assert not shortfalls(problem)
    changed = rows_of(name, wessex) ^ rows_of("", wessex)
    told = load_scenario(WESSEX).overrides[name]
    assert changed or set(told) <= {"objective"} or name in UNMOVED


def test_every_family_is_shown(wessex: Inputs) -> None:
    seen: set[str] = set()
    for name in OVERRIDES:
        seen |= {row.split("__", 1)[0] for row in rows_of(name, wessex)}
    assert {name_of(f) for f in FAMILIES} >= set(MARKS)
    assert not {family for family, mark in MARKS.items() if mark not in seen}, sorted(seen)


def test_every_measure_is_shown_as_an_aim_or_a_limit() -> None:
    text = WESSEX.read_text() + RUTLAND.read_text()
    unseen = [
        n for n in MEASURES if not re.search(rf"\b{n.removesuffix('_gbp')}", text)
        and n not in ("net_revenue_cost_gbp_pa", "capital_gbp", "withdrawals", "closures")
    ]  # fmt: skip
    assert not unseen


@pytest.fixture(scope="module")
def rutland(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario of rules beside a draft of Rutland made as the README says."""
    folder = tmp_path_factory.mktemp("rutland")
    data = shared_data / "rutland"
    roads = data / "rutland-latest_2022-07-20.osm.pbf"
    words = [
        "draft", "--out", str(folder / "drafts" / "rutland"), "--roads", str(roads),
        "--demand", str(data / "rutland_lsoa11_demand.csv"),
        "--fire-stations", str(data / "fire_stations_in_and_around_rutland.csv"),
        "--libraries", str(data / "rutland_libraries_2023.csv"),
    ]  # fmt: skip
    assert CliRunner().invoke(app.app, words).exit_code == 0
    text = RUTLAND.read_text().replace("../../drafts", "drafts")
    text = re.sub(r"^roads: .*$", f"roads: {roads}", text, flags=re.MULTILINE)
    path = folder / "rules.yml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def rutland_inputs(rutland: Path) -> Iterator[Inputs]:
    yield read_inputs(load_scenario(rutland, overrides=["miles", "by_day_and_night"]))


@pytest.mark.parametrize("name", sorted(load_scenario(RUTLAND).overrides))
def test_every_rule_holds_in_rutland_and_costs_something_or_nothing(
    name: str, rutland: Path, rutland_inputs: Inputs
) -> None:
    """Proved best, audited, and no better in net present value than without the rule."""
    free = make_plan(load_scenario(rutland), rutland_inputs)
    plan = make_plan(load_scenario(rutland, overrides=[name]), rutland_inputs)
    assert plan.solution.status == "optimal"
    problem = dataclasses.replace(plan.problem, limits=(*plan.problem.limits, *plan.solution.kept))
    assert not audit(problem, plan.after)
    # An aim of another kind may cost much; no rule but outreach, which allows more, gains.
    slack = 0.006 * abs(free.after.money.npv_gbp)
    if name != "outreach":
        assert plan.after.money.npv_gbp <= free.after.money.npv_gbp + slack


def test_the_page_on_rules_tells_every_override() -> None:
    page = (ROOT / "docs" / "rules.md").read_text()
    named = set(re.findall(r"`-o ([a-z_0-9]+)`", page))
    assert named == set(OVERRIDES) | set(load_scenario(RUTLAND).overrides)

"""How an objective and limits may be written, and what is refused, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assets.issues import InputError
from optimise.aims import Objective, flattened, known_key, limits_of, stages_of
from optimise.goals import MEASURES
from optimise.scenario import Scenario, resolve_scenario
from tests import toy_county


def refused(**changes: Any) -> str:
    with pytest.raises(InputError) as caught:
        toy_county.scenario(**changes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "plain", "name"),
    [
        ("npv", "npv", "npv"),
        ("npv_gbp", "npv", "npv"),
        ("moves", "moves", "moves"),
        ({"measure": "moves"}, "moves", "moves"),
        (["npv"], ["npv_gbp"], "npv_gbp"),
        (
            ["receipts_gbp", {"measure": "moves", "slack_amount": 2}, "npv"],
            ["receipts_gbp", {"measure": "moves", "slack_amount": 2.0}, "npv_gbp"],
            "receipts_gbp, then moves, then npv_gbp",
        ),
        (
            {"weights": {"npv": 1, "people_within": {"fire_10": 250}}},
            {"weights": {"npv_gbp": 1.0, "people_within.fire_10": 250.0}},
            "1*npv_gbp+250*people_within.fire_10",
        ),
    ],
)
def test_ways_to_write_an_objective(written: Any, plain: Any, name: str) -> None:
    """What goes into run.json can be read again, and means the same."""
    made = Objective.model_validate(written)
    assert made.model_dump(mode="json") == plain
    assert Objective.model_validate(plain) == made
    assert made.name == name


def test_a_single_aim_is_followed_by_net_present_value_to_choose_between_equals() -> None:
    standards = toy_county.scenario().standards

    def keys(written: Any) -> list[tuple[str, bool]]:
        stages = stages_of(Objective.model_validate(written), standards)
        return [(stage.goal.key, stage.tie_break) for stage in stages]

    assert keys("moves") == [("moves", False), ("npv_gbp", True)]
    assert keys(["moves"]) == [("moves", False)]
    assert keys("npv") == [("npv_gbp", False)]
    assert keys({"weights": {"npv": 1, "moves": 2}}) == [("1*npv_gbp+2*moves", False)]


def test_measures_of_standards_may_be_nested_or_dotted() -> None:
    nested = {"people_within": {"fire_10": {"at_least": 3}}, "moves": {"at_most": 1}}
    dotted = {"people_within.fire_10": {"at_least": 3}, "moves": {"at_most": 1}}
    assert flattened(nested) == dotted
    assert toy_county.scenario(limits=nested).limits == toy_county.scenario(limits=dotted).limits


def test_a_setting_on_the_command_line_changes_a_limit_written_with_a_dot() -> None:
    raw = {**toy_county.RECORD, "limits": {"people_within.fire_10": {"at_least": 3}}}
    made = resolve_scenario(
        raw, base_dir=Path("."), settings=["limits.people_within.fire_10.at_least=5"]
    )
    assert made.limits["people_within.fire_10"].at_least == 5


def test_an_override_replaces_the_objective_as_a_whole() -> None:
    raw = {
        **toy_county.RECORD,
        "objective": {"weights": {"npv": 1, "moves": 5}},
        "overrides": {"near": {"objective": {"weights": {"mean_min": {"library_6": 1}}}}},
    }
    made = resolve_scenario(raw, base_dir=Path("."), overrides=["near"])
    assert made.objective.keys == ("mean_min.library_6",)
    plain = resolve_scenario({**raw, "objective": "npv"}, base_dir=Path("."), overrides=["near"])
    assert plain.objective == made.objective


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"objective": "recipts_gbp"},
            "unknown measure 'recipts_gbp'; did you mean 'receipts_gbp'",
        ),
        ({"objective": "people_within"}, r"write people_within.<standard>"),
        ({"objective": "moves.fire_10"}, "moves is of the whole plan, not of 'fire_10'"),
        ({"objective": "mean_min.fire_1"}, "no standard 'fire_1'; did you mean 'fire_10'?"),
        ({"objective": []}, "a list of them in order of importance"),
        ({"objective": {"weights": {}}}, "name at least one measure"),
        ({"objective": {"weights": {"moves": -3}}}, "moves: a weight is above 0 (less of it"),
        ({"objective": {"weights": {"npv": 0}}}, "npv_gbp: a weight is above 0 (more of it"),
        ({"objective": {"measure": "moves", "weights": {"npv": 1}}}, "give one of the two"),
        ({"objective": ["moves", "moves"]}, "the same aim stands twice"),
        ({"objective": ["npv", {"measure": "moves", "slack": 0.1}]}, "the last has none"),
        (
            {"objective": [{"measure": "npv", "slack": 0.1, "slack_amount": 2}, "moves"]},
            "give slack (a share) or slack_amount, not both",
        ),
        ({"objective": ["moves", {"measure": "npv", "slak": 2}]}, "did you mean 'slack'?"),
        ({"limits": {"move": {"at_most": 3}}}, "unknown measure 'move'; did you mean 'moves'?"),
        ({"limits": {"moves": {"at_mst": 3}}}, "did you mean 'at_most'?"),
        ({"limits": {"moves": {}}}, "give at_least, at_most or both"),
        ({"limits": {"moves": {"at_least": 3, "at_most": 2}}}, "at_least 3 is above at_most 2"),
        ({"limits": {"worst_min.kids": {"at_most": 3}}}, "no standard 'kids'"),
        ({"limits": {"capital_gbp": {"at_least": 3}}}, "a plan could always waste more"),
        ({"limits": {"npv_gbp": {"at_most": 3}}}, "a plan would have to waste money"),
        ({"limits": {"mean_min.fire_10": {"at_least": 3}}}, "could always serve people worse"),
        ({"limits": {"people_within.fire_10": {"at_most": 3}}}, "would have to leave people out"),
    ],
)
def test_what_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    assert words in refused(**changes)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_every_measure_has_a_side_that_can_be_limited(name: str) -> None:
    measure = MEASURES[name]
    assert not (measure.no_floor and measure.no_ceiling)
    assert known_key(f"{name}.x" if measure.of_standard else name)


def test_indicators_are_told_in_the_words_of_their_standard() -> None:
    made: Scenario = toy_county.scenario(
        standards__library_6__weight="under_5",
        standards__library_6__title="Story time",
        limits={"people_within.library_6": {"at_least": 3}},
    )
    (rule,) = limits_of(made.limits, made.standards)
    assert rule.goal.words == "children under 5 reached in time (Story time)"
    assert rule.goal.told(1234.4) == "1,234 children under 5"

"""Words and risks that planners write into a scenario: known keys, known buildings, one id each."""

from __future__ import annotations

import pytest

from assets.issues import InputError
from optimise.appraise.own_words import FACTORS, OptionWords, OwnRisk, risk_misfits
from tests import toy_county


def said(**changes: object) -> str:
    with pytest.raises(InputError) as caught:
        toy_county.scenario(**changes)
    return "\n".join(issue.text() for issue in caught.value.issues)


def test_every_factor_has_a_key_for_words():
    assert set(FACTORS) | {"title", "words"} == set(OptionWords.model_fields)
    assert len(FACTORS) == 9


def test_words_are_kept_and_a_scenario_without_them_is_as_short_as_ever():
    made = toy_county.scenario(appraisal__plan__views="Asked in May.")
    assert made.appraisal["plan"].views == "Asked in May."
    plain = toy_county.scenario().model_dump(mode="json")
    assert plain["appraisal"] == {} and plain["risks"] == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"appraisal__do_nothin__views": "x"}, "unknown option 'do_nothin'"),
        ({"appraisal__plan__veiws": "x"}, "did you mean 'views'?"),
        ({"risks": [{"risk_id": "a", "titel": "x"}]}, "did you mean 'title'?"),
        ({"risks": [{"risk_id": "a"}, {"risk_id": "a"}]}, "two risks are called 'a'"),
        ({"risks": [{"risk_id": "a b"}]}, "risk_id"),
        ({"risks": [{"risk_id": "a", "level": "huge"}]}, "high"),
        ({"risks": [{"risk_id": "a", "sum_gbp": -1}]}, "sum_gbp"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], expected: str):
    assert expected in said(**changes)


def test_a_risk_about_a_building_that_is_not_there_is_refused_before_anything_is_solved():
    with pytest.raises(InputError) as caught:
        toy_county.problem(risks=[{"risk_id": "flood", "asset_ids": ["A", "AA"]}])
    (issue,) = caught.value.issues
    assert issue.rule == "scenario.unknown_building"
    assert issue.ids == ("AA",)
    assert "'flood'" in issue.message


def test_a_building_without_a_place_may_still_have_a_risk():
    made = toy_county.estate()
    named = OwnRisk(risk_id="x", asset_ids=("A",))
    assert risk_misfits([named], made) == []

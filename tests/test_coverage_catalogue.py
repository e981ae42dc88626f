"""Ready-made standards: each is a sound record, with a source, and says what it cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.issues import InputError
from coverage.catalogue import catalogue, laid_over, ready_made, records_text
from coverage.standards import Standard
from optimise.scenario import Scenario, resolve_scenario
from tests import toy_county


def scenario(standards: dict[str, Any]) -> Scenario:
    return resolve_scenario({**toy_county.RECORD, "standards": standards}, base_dir=Path("."))


@pytest.mark.parametrize("name", catalogue())
def test_each_is_sound_and_resolves(name: str) -> None:
    one = ready_made(name)
    assert one.service and one.source and one.beyond
    assert one.standard.title and one.asked
    (made,) = scenario({"mine": {"use": name}}).standards.values()
    assert made == one.standard.model_copy(update={"standard_id": "mine"})


@pytest.mark.parametrize("name", catalogue())
def test_no_target_is_made_up(name: str) -> None:
    """A record without a published target only reports; one that holds a plan has a number."""
    made = ready_made(name).standard
    assert made.kind == "report" or isinstance(made.target, float)
    if made.service_type in ("police", "ambulance"):
        assert made.kind == "report"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("suffolk_property_fire", "80% within 11 minutes, from the call"),
        ("dorset_wiltshire_sleeping_risk_second",
         "second vehicle within 13 minutes, from the call"),
        ("gloucestershire_dwelling_fire", "9 min on average, from the call"),
        ("ambulance_c1_90th", "15 min for 90 % of people, from the call"),
        ("post_office_1_mile", "90% within 1 mile in a straight line"),
    ],
)  # fmt: skip
def test_what_is_asked_in_words(name: str, asked: str) -> None:
    assert ready_made(name).asked == asked


def test_own_keys_lie_over_the_ready_made_ones() -> None:
    own = {"use": "suffolk_property_fire", "target": "baseline - 0.01", "threshold_min": 12}
    made = scenario({"fire": own}).standards["fire"]
    assert (made.target, made.threshold_min, made.clock_start) == ("baseline - 0.01", 12.0, "call")
    assert made.use == "suffolk_property_fire"


def test_a_key_of_the_ready_made_one_can_be_taken_out() -> None:
    own = {"use": "post_office_1_mile", "threshold_miles": None, "threshold_km": 2,
           "service_type": "library"}  # fmt: skip
    made = scenario({"near": own}).standards["near"]
    assert made.threshold_miles is None and made.threshold_km == 2


def test_a_scenario_as_resolved_resolves_to_itself() -> None:
    made = scenario({"fire": {"use": "gloucestershire_dwelling_fire", "target": 8}})
    again = scenario(made.model_dump(mode="json")["standards"])
    assert again.standards == made.standards


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        scenario({"fire": {"use": "sufolk_property_fire"}})
    assert "did you mean 'suffolk_property_fire'" in str(caught.value)


def test_records_that_use_nothing_are_left_alone() -> None:
    record = {"service_type": "fire", "threshold_min": 10, "target": None}
    assert laid_over(record) == record


def test_records_to_begin_from_are_records() -> None:
    held = yaml.safe_load(records_text())["standards"]
    assert list(held) == list(catalogue())
    for name, record in held.items():
        assert Standard.model_validate({**record, "standard_id": name, "use": name}) == (
            ready_made(name).standard
        )
    some = records_text(["cornwall_2018"])
    assert "# Not held: 74 % is what was achieved" in some
    assert list(yaml.safe_load(some)["standards"]) == ["cornwall_2018"]

"""Standards: what the clock has counted before the wheels roll, and what a target asks."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from coverage.standards import Standard, turnout_s


def standard(**changes: Any) -> Standard:
    record = {"service_type": "fire", "threshold_min": 10, "clock_start": "call",
              "target": 0.8, "mode": "blue_light", "call_handling_s": 75}  # fmt: skip
    return Standard.model_validate({**record, **changes})


@pytest.mark.parametrize(
    ("clock", "turnout", "left_min"),
    [("call", 90, 7.25), ("call", 300, 3.75), ("alert", 90, 8.5), ("departure", 300, 10.0)],
)
def test_drive_budget_depends_on_the_crew(clock: str, turnout: float, left_min: float) -> None:
    """On a 10-minute standard the budget is 7:15 for wholetime and 3:45 for on-call."""
    made = standard(clock_start=clock)
    assert made.threshold_min - made.overhead_min(turnout) == pytest.approx(left_min)


def test_own_turnout_beats_the_scenarios_beats_the_default() -> None:
    assert turnout_s("on_call", math.nan) == 300
    assert turnout_s("on_call", math.nan, {"on_call": 360}) == 360
    assert turnout_s("on_call", 240, {"on_call": 360}) == 240
    assert turnout_s("", math.nan) == 60
    assert turnout_s("wholetime", 0.0) == 0.0


@pytest.mark.parametrize(
    ("target", "baseline", "asked"),
    [(0.8, 0.5, 0.8), ("baseline", 0.5, 0.5), ("baseline - 0.01", 0.5, 0.49),
     ("baseline-.6", 0.5, 0.0)],
)  # fmt: skip
def test_target(target: Any, baseline: float, asked: float) -> None:
    assert standard(target=target).required_share(baseline) == pytest.approx(asked)


@pytest.mark.parametrize("target", [1.2, -0.1, "baseline + 0.1", "80%", "baseline - x"])
def test_target_that_is_no_share(target: Any) -> None:
    with pytest.raises(ValidationError):
        standard(target=target)


def test_a_hard_standard_needs_a_target() -> None:
    with pytest.raises(ValidationError, match="needs a target"):
        standard(target=None)
    assert standard(target=None, kind="report").required_share(0.4) == 0.0


def test_label_is_made_where_there_is_no_title() -> None:
    assert standard(service_type="register_office").label == "register office within 10 minutes"
    assert standard(title="Ten").label == "Ten"

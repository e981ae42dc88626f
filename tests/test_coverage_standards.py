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
    assert standard(target=target).required_figure(baseline) == pytest.approx(asked)


@pytest.mark.parametrize(
    ("target", "baseline", "asked"),
    [(9, 7.0, 9.0), ("baseline", 7.0, 7.0), ("baseline + 0.5", 7.0, 7.5),
     ("baseline + 1", math.nan, math.inf), (9.5, math.nan, 9.5)],
)  # fmt: skip
@pytest.mark.parametrize(
    "statistic", [{"statistic": "mean"}, {"statistic": "worst"},
                  {"statistic": "percentile", "percentile": 90}],
)  # fmt: skip
def test_target_in_minutes(
    target: Any, baseline: float, asked: float, statistic: dict[str, Any]
) -> None:
    made = standard(target=target, threshold_min=None, **statistic)
    assert made.required_figure(baseline) == pytest.approx(asked)
    assert made.in_minutes and made.unit == "min"


def test_a_report_of_minutes_asks_nothing() -> None:
    made = standard(statistic="mean", target=None, kind="report")
    assert made.required_figure(7.0) == math.inf


STRAIGHT = {"mode": "straight_line", "clock_start": "departure", "threshold_min": None}
SENSELESS: list[tuple[dict[str, Any], str]] = [
    ({"threshold_min": None}, "share_within needs threshold_min"),
    ({"statistic": "percentile", "target": 9}, "percentile goes with statistic percentile"),
    ({"percentile": 90}, "percentile goes with statistic percentile"),
    ({"statistic": "percentile", "percentile": 100, "target": 9}, "less than or equal to 99.99"),
    ({"statistic": "mean", "target": 0}, "above 0 to 240"),
    ({"statistic": "mean", "target": "baseline - 1"}, "gets worse by growing"),
    ({"target": "baseline + 0.1"}, "may fall from today's"),
    ({"unreached_min": 60}, "unreached_min goes with statistic mean"),
    ({"statistic": "mean", "target": 20, "unreached_min": 10}, "shorter than the target"),
    ({"statistic": "worst", "target": 9, "availability": "day"}, "at every hour"),
    ({"mode": "car", "clock_start": "departure", "availability": "day"}, "availability day goes"),
    ({"mode": "car", "clock_start": "call"}, "clock_start call goes with mode blue_light"),
    ({"mode": "walk", "clock_start": "departure", "nth_vehicle": 2}, "nth_vehicle above 1"),
    ({**STRAIGHT, "threshold_min": 10}, "takes no minutes"),
    (STRAIGHT, "share_within needs threshold_miles"),
    ({**STRAIGHT, "threshold_miles": 1, "threshold_km": 2}, "not both"),
    ({"threshold_miles": 3}, "straight_line only"),
    ({**STRAIGHT, "threshold_miles": 1, "held_at": "low"}, "has no error"),
    ({"kind": "soft"}, "needs price_gbp_per_unit"),
    ({"group": "over65"}, "over_65, under_5, no_car"),
    ({"geography": "county"}, "postcode_district"),
    ({"statistic": "median"}, "percentile"),
]


@pytest.mark.parametrize(("changes", "said"), SENSELESS, ids=lambda v: str(v))
def test_senseless_combinations_are_refused_in_words(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        standard(**changes)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("group", "column"),
    [("over_65", "over_65"), ("under_5", "under_5"), ("no_car", "no_car_households"),
     ("urban", "population")],
)  # fmt: skip
def test_a_group_weighs_by_its_own_column_unless_told_otherwise(group: str, column: str) -> None:
    assert standard(group=group).weight == column
    assert standard(group=group, weight="households").weight == "households"


def test_distances_are_in_miles() -> None:
    made = standard(**STRAIGHT, threshold_km=1.609344)
    assert made.threshold == pytest.approx(1.0) and made.unit == "miles"
    assert standard(**STRAIGHT, threshold_miles=3).label == "fire within 3 miles in a straight line"


@pytest.mark.parametrize(
    ("availability", "share"), [("full", 0.5), ("day", 1.0), ("night", 0.0), ("mean", 0.375)]
)
def test_hours_that_are_weighed(availability: str, share: float) -> None:
    day_hours = 9.0 if availability == "mean" else 12.0
    made = standard(availability=availability, day_hours=day_hours)
    assert made.hours_day_share == pytest.approx(share)


@pytest.mark.parametrize("target", [1.2, -0.1, "baseline + 0.1", "80%", "baseline - x"])
def test_target_that_is_no_share(target: Any) -> None:
    with pytest.raises(ValidationError):
        standard(target=target)


def test_a_hard_standard_needs_a_target() -> None:
    with pytest.raises(ValidationError, match="needs a target"):
        standard(target=None)
    assert standard(target=None, kind="report").required_figure(0.4) == 0.0


def test_label_is_made_where_there_is_no_title() -> None:
    assert standard(service_type="register_office").label == "register office within 10 minutes"
    assert standard(title="Ten").label == "Ten"
    assert standard(statistic="mean", target=9).label == "fire on average"
    worst = standard(statistic="worst", target=9, mode="car", clock_start="departure")
    assert worst.label == "fire at the farthest"
    assert worst.told(9.04) == "9.0 min" and standard().told(0.8123) == "81.2%"

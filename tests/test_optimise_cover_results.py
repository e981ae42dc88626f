"""Tables of cover: each standard in its own unit, with target, before, after and slack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from coverage.straight import straight_miles
from maps import certainty
from optimise import results
from optimise.inputs import Inputs
from optimise.plan import Plan, make_plan
from tests import toy_county

LIBRARY = {"service_type": "library"}
STANDARDS: dict[str, dict[str, Any]] = {
    "mean": {**LIBRARY, "statistic": "mean", "target": 4, "title": "Library on average"},
    "p80": {**LIBRARY, "statistic": "percentile", "percentile": 80, "target": 6},
    "worst": {**LIBRARY, "statistic": "worst", "target": "baseline + 5", "kind": "report"},
    "mile": {**LIBRARY, "mode": "straight_line", "threshold_miles": 3, "target": 0.5},
    "far": {**LIBRARY, "mode": "straight_line", "statistic": "mean", "target": 3},
    "day": {"service_type": "fire", "mode": "blue_light", "clock_start": "alert",
            "threshold_min": 8, "availability": "day", "target": 0.5},
}  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Plan:
    """libA goes; libB moves next door to the hub D, or stays at B: d1 5, d2 1, d3 5 minutes."""
    given = toy_county.inputs(toy_county.rostered())
    estate = given.estate
    times = {**given.times, "straight_line": straight_miles(estate.demand, estate.buildings)}
    inputs = Inputs(estate, times, None, None, ())
    changes = {f"standards__{name}": record for name, record in STANDARDS.items()}
    return make_plan(toy_county.scenario(standards__library_6__kind="report", **changes), inputs)


@pytest.fixture(scope="module")
def cover(made: Plan) -> pd.DataFrame:
    whole = results.cover_table(made)
    return whole[whole["geography"] == "all"].set_index("standard_id")


def test_each_figure_is_in_its_own_unit(cover: pd.DataFrame) -> None:
    units = cover["unit"].to_dict()
    assert units == {
        "fire_10": "share", "library_6": "share", "mean": "min", "p80": "min", "worst": "min",
        "mile": "share", "far": "miles", "day": "share",
    }  # fmt: skip
    assert cover.at["library_6", "figure_after"] == cover.at["library_6", "share_after"]
    assert cover.at["mean", "figure_after"] == pytest.approx(3.8)
    assert cover.at["mean", "target"] == 4
    assert cover.at["mean", "slack"] == pytest.approx(0.2)
    assert cover.at["p80", "figure_after"] == 5 and cover.at["p80", "slack"] == 1
    assert bool(cover.at["worst", "met"]) and cover.at["worst", "target"] == 10


def test_within_is_counted_against_what_is_asked(cover: pd.DataFrame) -> None:
    """A mean within 4: the 60 of d2 alone; the 80th percentile within 6: everybody."""
    assert cover.at["mean", "within_after"] == 60
    assert cover.at["p80", "within_after"] == 200


def test_straight_lines_are_in_miles_and_never_in_minutes(made: Plan, cover: pd.DataFrame) -> None:
    minutes = [c for c in cover.columns if c.endswith("_min")]
    assert cover.loc["far", minutes].isna().all() and cover.loc["mile", minutes].isna().all()
    assert cover.loc["mean", minutes].notna().all()
    assert cover["mean_after_miles"].notna().to_dict() == {
        name: name in ("far", "mile") for name in cover.index
    }
    placed = made.after.placed["libB"]
    d = made.inputs.estate.demand
    s = made.inputs.estate.buildings.loc[placed]
    miles = np.hypot(d["easting"] - s["easting"], d["northing"] - s["northing"]) / 1609.344
    by_hand = float((miles * d["population"]).sum() / 200)
    assert cover.at["far", "figure_after"] == pytest.approx(by_hand, abs=1e-6)
    table = results.minutes_table(made)
    assert {"far_after_miles", "mean_after_min"} <= set(table.columns)
    assert "far_after_min" not in table.columns


def test_availability_weighs_what_is_within(cover: pd.DataFrame) -> None:
    """By day the wholetime crew (all hours) at A or D reaches d1 and d2; d3 is reached by it from
    D, or else by the on-call crew for half of the hours."""
    assert cover.at["day", "within_after"] in (180, 200)
    assert cover.at["day", "total"] == 200
    assert cover.at["day", "figure_before"] == pytest.approx((160 + 20) / 200)


def test_run_record_tells_units_to_the_pages(made: Plan) -> None:
    table = results.standards_table(made, results.cover_table(made))
    rows = {row["standard_id"]: row for row in table.to_dict("records")}
    assert certainty.figure_text(rows["mean"], "after") == "3.8 min"
    assert certainty.target_text(rows["mean"]) == "4.0 min"
    assert certainty.slack_text(rows["mean"]) == "0.2 min"
    assert certainty.asked_words(rows["mean"]) == "On average"
    assert certainty.asked_words(rows["p80"]) == "80 % of people within"
    assert certainty.asked_words(rows["mile"]) == "Within 3 miles"
    assert certainty.asked_words(rows["day"]) == "Within 8 min, weighted by crews there by day"
    assert certainty.figure_text(rows["far"], "after").endswith(" miles")
    assert certainty.figure_text(rows["mile"], "after").endswith("%")
    assert pd.isna(rows["far"]["threshold_min"]) and rows["far"]["threshold"] == 3
    assert certainty.slack_text(rows["library_6"]) == "20.0 points"


def test_reasons_speak_the_standards_unit(made: Plan) -> None:
    from optimise.explain import reasons

    texts = [reason.text for reason in reasons(made).values() if reason.code.startswith("needed")]
    assert texts and any(" min against " in t or " miles against " in t for t in texts)

"""Ranges and provenance in words a member understands."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from browser import wait_until_drawn
from hypothesis import given
from hypothesis import strategies as st
from toy_run import HOSTILE, small_run, write_run

from coverage.speeds import TimeError
from maps import certainty, overlays, page, report, style
from optimise import runs
from optimise.plan import make_plan
from tests import toy_county

RUTLAND: dict[str, Any] = {
    "standard_id": "fire_10", "title": "Fire engine within 10 minutes", "threshold_min": 10.0,
    "mode": "blue_light", "kind": "hard", "weight": "population", "target": 0.6, "met": True,
    "total": 37746.0,
    "within_before": 25072.0, "within_before_low": 22894.0, "within_before_high": 26742.0,
    "within_after": 25072.0, "within_after_low": 22894.0, "within_after_high": 26742.0,
    "share_before": 0.66423, "share_before_low": 0.60653, "share_before_high": 0.70847,
    "share_after": 0.66423, "share_after_low": 0.60653, "share_after_high": 0.70847,
    "held_at": "central", "error": {"low": 0.88, "high": 1.14, "source": "two engines"},
}  # fmt: skip
OLD = {k: v for k, v in RUTLAND.items() if not re.search("_low|_high|held_at|error|weight", k)}


def test_the_range_stands_first_to_three_figures() -> None:
    assert certainty.count_text(RUTLAND, "after") == (
        "22,900\u201326,700, central 25,100, of 37,746 people"
    )
    assert certainty.people_sentence(RUTLAND, "after") == (
        "between 22,900 and 26,700 of 37,746 people (central estimate 25,100)"
    )
    assert certainty.figure_text(RUTLAND, "after") == "60.7\u201370.8%"
    assert certainty.central_text(RUTLAND, "after") == "66.4%"


@pytest.mark.parametrize("standard", [OLD, {**RUTLAND, "error": None}])
def test_where_no_error_is_stated_that_is_said(standard: dict[str, Any]) -> None:
    assert certainty.count_text(standard, "after") == "25,072 of 37,746 people; no error stated"
    assert certainty.people_sentence(standard, "after").endswith("people; no error stated")
    assert certainty.figure_text(standard, "after") == "66.4%"
    assert certainty.central_text(standard, "after") == ""
    assert certainty.end_words(standard) == "no error stated"
    assert certainty.range_note([standard]) == ""
    row = report.standards({"standards": [standard]})[0]
    assert (row["error"], row["held"], row["low_end"]) == ("", "no error stated", False)


def test_ends_that_agree_are_said_once() -> None:
    full = {k: 37746.0 if "within" in k else 1.0 if "share" in k else v for k, v in RUTLAND.items()}
    assert certainty.count_text(full, "after") == "37,746 at both ends, of 37,746 people"
    assert certainty.people_sentence(full, "after") == (
        "37,746 of 37,746 people, at both ends of the error"
    )
    assert certainty.figure_text(full, "after") == "100.0%"
    assert certainty.central_text(full, "after") == ""


def test_the_end_held_to_a_target_stands_on_its_own_side_of_it() -> None:
    low = {**RUTLAND, "held_at": "low", "target": 0.607, "share_after_low": 0.60698}
    assert certainty.figure_text(low, "after") == "60.698\u201370.8%"
    assert certainty.end_words(low) == "at the low end"
    central = {**RUTLAND, "target": 0.6644, "share_after": 0.66444}
    assert certainty.central_text(central, "after") == "66.44%"
    assert certainty.figure_text(central, "after") == "60.7\u201370.8%"
    assert "(low end: at the longest)" in certainty.range_note([low, central])
    assert "low end" not in certainty.range_note([central])


def test_an_error_in_minutes() -> None:
    error = {"low": 0.88, "high": 1.14, "source": "two engines"}
    drive = "A drive of 10 minutes is taken to need 8.8 to 11.4"
    assert certainty.error_sentence(error, "car") == drive
    assert certainty.error_sentence(error, "walk").startswith("A walk of 10 minutes")
    assert certainty.error_sentence(None, "car") == "No error of these times is stated"


@given(st.floats(0, 1e8), st.floats(0, 1))
def test_a_rounded_part_is_near_and_no_more_than_the_whole(total: float, share: float) -> None:
    part = share * total
    rounded = style.rough(part, total)
    assert 0 <= rounded <= total
    assert abs(rounded - part) <= 0.005 * part + 1e-12


@given(st.lists(st.integers(1, 10**7), min_size=3, max_size=3).map(sorted))
def test_rounding_keeps_the_order(counts: list[int]) -> None:
    total = counts[2] + 5
    low, central, high = (style.rough(v, total) for v in counts)
    assert low <= central <= high


def test_changes_are_a_range_too() -> None:
    assert style.change_range((-210.2, -100.0, -40.0)) == "\u2212210 to \u221240"
    assert style.change_range((-5.0, 0.0, 12.0)) == "\u22125 to +12"
    assert style.change_range((0.2, 0.0)) == ""
    assert style.change_range((7.0,)) == "+7"


def test_an_area_s_figures_are_ranges() -> None:
    row = {"standard_id": "s", "group": "all", "weight": "population", "total": 1000.0}
    for when, low, high in (("before", 0.5, 0.9), ("after", 0.4, 0.9)):
        row |= {f"share_{when}": 0.7, f"share_{when}_low": low, f"share_{when}_high": high}
        row |= {
            f"within_{when}{e}": 1000 * v for e, v in (("", 0.7), ("_low", low), ("_high", high))
        }
        row |= {f"mean_{when}_min": 8.0, f"mean_{when}_low_min": 7.1, f"mean_{when}_high_min": 9.0}
    assert overlays.area_figures(row) == [
        "s", "", "50.0\u201390.0%", "40.0\u201390.0%", "7.1\u20139.0 min", "7.1\u20139.0 min",
        "\u2212100 to 0", "1,000 people",
    ]  # fmt: skip


# --- what the times rest on -----------------------------------------------------------------

TIMES: dict[str, Any] = {
    "blue_light": {
        "engine": "groundplan", "roads": "rutland.osm.pbf", "roads_sha256": "8127daada129ff",
        "profile_name": "blue_light", "profile_sha256": "de278d4a4c20ff", "bound_min": 120.0,
        "error": {"low": 0.88, "high": 1.14, "source": "two engines"},
        "near_rim_demand": ["d2", "d1"], "near_rim_sites": ["s9"],
    },
    "car": {
        "engine": "matrix", "file": "car.csv", "file_sha256": "0123456789abcdef",
        "profile_name": "matrix", "profile_sha256": None, "error": None, "near_rim": ["d1"],
    },
}  # fmt: skip


def test_footing_names_roads_speeds_bound_and_error() -> None:
    assert certainty.footing({"times": TIMES}) == [
        "Blue-light drive: rutland.osm.pbf (sha256 8127daada129\u2026), speeds blue_light (sha256 "
        "de278d4a4c20\u2026), looked for up to 120 minutes. A drive of 10 minutes is taken to need "
        "8.8 to 11.4 (two engines).",
        "Drive by car: car.csv (sha256 0123456789ab\u2026). No error of these times is stated.",
    ]
    assert certainty.footing_line({"times": TIMES}) == (
        "rutland.osm.pbf (sha256 8127daada129\u2026); car.csv (sha256 0123456789ab\u2026); "
        "blue_light to 120 min \u00d70.88\u20131.14, car no error stated"
    )
    assert certainty.footing_line({}) == "" and certainty.footing({}) == []


def test_a_source_is_named_whatever_it_is() -> None:
    assert certainty.source_words(
        {**TIMES["car"], "roads": "r.pbf", "roads_sha256": "fe" * 32}
    ) == ("car.csv (sha256 0123456789ab\u2026), made from r.pbf (sha256 fefefefefefe\u2026)")
    engine = {"engine": "osrm", "engine_url": "http://h:5000", "answer_sha256": "ab" * 32}
    assert certainty.source_words(engine) == "osrm at http://h:5000 (sha256 abababababab\u2026)"
    assert certainty.source_words({"roads": "place:Oakham"}) == "place:Oakham"
    assert certainty.source_words({}) == "source not recorded"


def test_places_near_the_rim_are_told_once_each() -> None:
    assert certainty.near_rim({"times": TIMES}) == ["d1", "d2", "s9"]
    assert certainty.rim_sentence(3) == (
        "3 places lie nearer the edge of the map than any site: their true times may be shorter"
    )
    assert certainty.rim_sentence(1).startswith("1 place lies")
    assert certainty.rim_sentence(0) == "" and certainty.near_rim({}) == []


# --- on the page ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wide_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The toy county's plan with an error of 0.7 to 1.6, fire held at the low end at 70 %."""
    inputs = toy_county.inputs()
    error = TimeError(0.7, 1.6, "by hand")
    times = {m: dataclasses.replace(t, error=error) for m, t in inputs.times.items()}
    chosen = toy_county.scenario(standards__fire_10__held_at="low", standards__fire_10__target=0.7)
    made = make_plan(chosen, dataclasses.replace(inputs, times=times))
    folder = runs.write_run(made, tmp_path_factory.mktemp("wide") / "run", {})
    page.write_map(folder)
    return folder


def plan_data(html: str) -> Any:
    text = re.search(r'<script type="application/json" id="plan-data">(.*?)</script>', html, re.S)
    assert text is not None
    return json.loads(text.group(1))


def test_the_page_has_the_ranges_and_the_flags(wide_folder: Any) -> None:
    html = (wide_folder / "map.html").read_text(encoding="utf-8")
    data = plan_data(html)
    fire = data["standards"][0]
    assert (fire["after"], fire["central"][1], fire["target"]) == (
        "70.0\u2013100.0%",
        "100.0%",
        "70.0%",
    )
    assert fire["people"][1] == "between 140 and 200 of 200 people (central estimate 200)"
    assert fire["low_end"] and fire["met"] == "met" and fire["held"] == "at the low end"
    times = data["cells"]["times"]["fire_10"]
    assert (times["in_after"], times["in_after_low"], times["in_after_high"]) == (
        "101",
        "101",
        "111",
    )
    assert times["after"] == [4.1, 10.5, 7.6]
    assert "must hold, at the low end" in html
    assert "A drive of 10 minutes is taken to need 7 to 16 (by hand)." in html


def test_the_browser_tells_the_range_and_who_is_too_close_to_call(
    chromium: Any, wide_folder: Any
) -> None:
    tab = chromium.new_page(viewport={"width": 1280, "height": 800})
    try:
        faults: list[str] = []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.goto((wide_folder / "map.html").as_uri())
        wait_until_drawn(tab)
        summary = tab.inner_text("#time-summary")
        assert "70.0\u2013100.0% after (central estimates 100.0% and 100.0%)" in summary
        assert "met at the low end" in summary
        assert tab.inner_text("#time-sure").startswith(
            "After the plan: between 140 and 200 of 200 people (central estimate 200). A drive of"
        )
        rows = tab.eval_on_selector_all("#legend tbody tr", "rows => rows.map(r => r.innerText)")
        assert any(re.fullmatch(r"too close to call\s+60", row.strip()) for row in rows)
        assert "at their longest" in tab.inner_text("#legend-what")
        tab.evaluate("document.querySelector('[data-cell=\"1\"]').dispatchEvent("
                     "new MouseEvent('click', {bubbles: true}))")  # fmt: skip
        tab.wait_for_selector(".card")
        assert "too close to call" in tab.inner_text(".card")
        assert not faults
    finally:
        tab.close()


def test_a_run_of_old_is_still_drawn(tmp_path: Any) -> None:
    html = page.map_page(page.read_run(write_run(tmp_path / "run", small_run())))
    assert "no error stated" in html
    assert plan_data(html)["standards"][0]["central"] == ["", ""]


def test_what_a_provenance_says_is_text(tmp_path: Any) -> None:
    folder = write_run(tmp_path / "run", small_run())
    record = json.loads((folder / "run.json").read_text())
    told = {**TIMES["blue_light"], "roads": HOSTILE[0], "near_rim": [HOSTILE[1]]}
    record["times"] = {HOSTILE[3]: {**told, "error": {"low": 1, "high": 2, "source": HOSTILE[1]}}}
    (folder / "run.json").write_text(json.dumps(record))
    html = page.map_page(page.read_run(folder))
    plain = page.map_page(page.read_run(write_run(tmp_path / "plain", small_run())))
    assert html.count("<script") == plain.count("<script")
    assert "<img src=x" not in html and "<svg/onload" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


MEAN = {
    "mode": "blue_light", "weight": "population", "statistic": "mean", "unit": "min",
    "threshold": 8.0, "threshold_unit": "min", "target": 8.0, "slack": -0.04, "held_at": "central",
    "geography": "all", "figure_before": 7.5, "figure_after": 8.04, "share_before": 0.6,
    "share_after": 0.5, "within_before": 60.0, "within_after": 50.0, "total": 100.0, "error": None,
}  # fmt: skip


def test_a_mean_is_told_in_minutes_and_never_as_a_share() -> None:
    assert certainty.figure_text(MEAN, "before") == "7.5 min"
    assert certainty.figure_text(MEAN, "after") == "8.04 min"
    assert certainty.target_text(MEAN) == "8.0 min"
    assert certainty.slack_text(MEAN) == "0.040 min"
    assert certainty.asked_words(MEAN) == "On average"
    assert certainty.count_text(MEAN, "after").startswith("within 8 min: 50 of 100 people")


def test_ends_of_a_mean_run_from_short_to_long() -> None:
    wide = {
        **MEAN, "error": {"low": 0.8, "high": 1.25},
        **{f"figure_after_{end}": v for end, v in (("low", 7.1), ("high", 9.6))},
        **{f"within_after_{end}": v for end, v in (("low", 30.0), ("high", 70.0))},
    }  # fmt: skip
    assert certainty.figure_text(wide, "after") == "7.1\u20139.6 min"
    assert certainty.central_text(wide, "after") == "8.04 min"
    low = {**wide, "held_at": "low", "figure_after_high": 8.04}
    assert certainty.figure_text(low, "after") == "7.1\u20138.04 min"


def test_straight_lines_are_told_in_miles_without_an_error_of_times() -> None:
    miles = {
        **MEAN, "mode": "straight_line", "unit": "miles", "threshold_unit": "miles",
        "threshold": 1.0, "statistic": "mean",
    }  # fmt: skip
    assert certainty.figure_text(miles, "before") == "7.5 miles"
    assert certainty.limit_words(miles) == "1 mile"
    assert certainty.people_sentence(miles, "after") == "50 of 100 people within 1 mile"
    assert certainty.end_words(miles) == ""
    line = certainty.footing_line({"times": {"straight_line": {"unit": "miles"}}})
    assert line == "coordinates of the layers; straight lines in miles"


def test_an_areas_target_is_said_to_be_each_areas() -> None:
    each = {**MEAN, "geography": "postcode_district"}
    assert certainty.target_text(each) == "8.0 min or less in each postcode district"
    share = {**each, "unit": "share", "target": 0.95}
    assert certainty.target_text(share) == "95.0% or more in each postcode district"


def test_a_time_that_never_ends_is_said_so() -> None:
    endless = {**MEAN, "statistic": "worst", "figure_after": None}
    assert certainty.figure_text(endless, "after") == "no route"


def test_people_at_an_average_hour() -> None:
    assert certainty.unit_words({"availability": "night"}).endswith("hour of the night")

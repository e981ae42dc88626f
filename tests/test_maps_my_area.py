"""My area: what a member is shown of one ward or place is the run's, and prints on two sides."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from browser import open_page
from toy_run import county_run, hostile_run, small_run, write_run

from maps import audience, my_area, plan_page, runs, style


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("area") / "run", small_run())


@pytest.fixture(scope="module")
def run(folder):
    return runs.read_run(folder)


@pytest.fixture(scope="module")
def told(run):
    return my_area.my_area(run)


def area(told, name):
    (found,) = [one for one in told["areas"] if one["name"] == name]
    return found


def test_wards_come_first_and_every_area_is_there(told):
    assert [(a["kind"], a["name"]) for a in told["areas"]] == [
        ("ward", "North ward"), ("ward", "South ward"), ("pilot", "Casterbridge pilot"),
    ]  # fmt: skip


def test_people_of_a_ward_are_those_of_its_cells(told):
    """
    South ward: cells 0 to 2, 1,200 + 800 + 640 people. North ward: cells 3 to 8, 1,500 + 900 +
    300 + 220 + 90 + 55. The pilot area: cells 0 to 5.
    """
    assert area(told, "South ward")["counts"] == [["People", "2,640"]]
    assert area(told, "North ward")["counts"] == [["People", "3,065"]]
    assert area(told, "Casterbridge pilot")["counts"] == [["People", "5,340"]]
    assert area(told, "South ward")["no_car"] == ""


def test_households_without_a_car_are_told_with_their_share(tmp_path):
    toy = small_run()
    cells = toy.cells.assign(households=[100.0] * 9, no_car_households=[25.0] * 9)
    run = runs.read_run(write_run(tmp_path / "run", dataclasses.replace(toy, cells=cells)))
    south = area(my_area.my_area(run), "South ward")
    assert south["no_car"] == "75 of 300 households (25.0%)"


def test_figures_of_a_ward_are_those_of_the_cover(run, told):
    south = run.cover[(run.cover["geography"] == "ward") & (run.cover["area_id"] == "w1")]
    rows = area(told, "South ward")["figures"]
    assert len(rows) == len(south) == 2
    for row, stated in zip(rows, south.to_dict("records"), strict=True):
        assert run.summary["standards"][int(row[0])]["standard_id"] == stated["standard_id"]
        assert row[2:6] == [
            style.percent(stated["share_before"]), style.percent(stated["share_after"]),
            style.minutes(stated["mean_before_min"]), style.minutes(stated["mean_after_min"]),
        ]  # fmt: skip
        assert row[6] == style.minutes(stated["p90_before_min"])
        assert row[9] == style.minutes(stated["worst_after_min"])


@pytest.mark.parametrize(
    ("after", "words"), [(10.5, "+0.5 min"), (10.4, ""), (9.5, "\u22120.5 min"), (np.nan, "")]
)
def test_a_change_of_the_mean_is_told_from_half_a_minute(run, after, words):
    row = run.cover.iloc[0].to_dict() | {"mean_before_min": 10.0, "mean_after_min": after}
    assert my_area.figure_rows(row, 0)[12] == words


def test_buildings_are_in_the_ward_they_carry_else_where_they_stand(run):
    """Of the small run b1, b2 and b5 lie south of northing 91,000; the rest lie north."""

    def inside(decisions):
        changed = dataclasses.replace(run, decisions=decisions)
        return set(area(my_area.my_area(changed), "South ward")["inside"])

    assert inside(run.decisions) == {"b1", "b2", "b5"}
    assert inside(run.decisions.drop(columns="ward_code")) == {"b1", "b2", "b5"}
    moved = run.decisions["ward_code"].mask(run.decisions["asset_id"] == "b1", "w2")
    assert inside(run.decisions.assign(ward_code=moved)) == {"b2", "b5"}


def test_what_changes_stands_first(told):
    north = area(told, "North ward")["inside"]
    assert north == [
        "b3",
        "b4",
        "b8",
        "b6",
        "b7",
    ]  # let go, extended, kept, not built, out of scope


def test_places_and_postcodes_lead_to_the_ward_they_are_in(told):
    """Casterbridge lies on both wards' border (the first by name has it), Fordington south."""
    found = {f["name"]: told["areas"][f["area"]]["name"] for f in told["finds"]}
    assert found["Fordington"] == "South ward"
    assert found["Casterbridge"] == "North ward"
    assert {f["kind"] for f in told["finds"]} == {"town", "village", "postcode sector"}


def test_nearest_buildings_add_up_to_the_people_of_the_ward(run, told):
    reach = run.reach
    for one in told["areas"]:
        for place, rows in one["used"]:
            people = one["counts"][0][1].replace(",", "")
            assert sum(r[2] for r in rows) == sum(r[3] for r in rows) == int(people)
            mode = run.summary["standards"][place]["mode"]
            assert {r[0] for r in rows} - {""} <= set(reach[reach["profile"] == mode]["asset_id"])


def test_the_nearest_is_the_least_of_the_reach(run):
    """Two hosts of the library service and one cell: the quicker has it, ties go by id."""
    reach = pd.DataFrame(
        [("car", "b2", "d0", 7.0), ("car", "b4", "d0", 6.5), ("car", "b1", "d0", 1.0),
         ("car", "b2", "d1", 3.0)], columns=list(runs.REACH_COLUMNS),
    )  # fmt: skip
    changed = dataclasses.replace(run, reach=reach)
    near = my_area.nearest(changed, run.summary["standards"][1])
    assert list(near["before"][:3]) == ["b2", "b2", ""]
    assert list(near["after"][:3]) == ["b4", "", ""]  # b1 holds no library


def test_a_second_vehicle_is_not_told_as_the_nearest_building(run):
    asked = {"fire_10": {"nth_vehicle": 2}}
    summary = {**run.summary, "scenario": {**run.summary["scenario"], "standards": asked}}
    changed = dataclasses.replace(run, summary=summary)
    assert my_area.nearest(changed, run.summary["standards"][0]) is None
    assert my_area.nearest(changed, run.summary["standards"][1]) is not None


def test_the_public_is_not_told_of_a_farther_building_in_place_of_a_confidential_one(tmp_path):
    """
    The library's home b2 is confidential. Cell 0 is 3 minutes from it, 9 from any other: who is
    nearest today is a building not named, never the one that is nine minutes away.
    """
    toy = small_run()
    hidden = toy.decisions["confidential"] | (toy.decisions["asset_id"] == "b2")
    services = pd.concat([
        toy.services,
        toy.services[toy.services["unit_id"] == "u1"].assign(unit_id="u9", service_type="library"),
    ])  # fmt: skip
    toy = dataclasses.replace(
        toy, decisions=toy.decisions.assign(confidential=hidden), services=services
    )
    run = runs.read_run(write_run(tmp_path / "run", toy))
    reach = pd.DataFrame(
        [("car", "b2", "d0", 3.0), ("car", "b1", "d0", 9.0)], columns=list(runs.REACH_COLUMNS)
    )
    public = audience.for_public(dataclasses.replace(run, reach=reach))
    near = my_area.nearest(public, run.summary["standards"][1])
    assert near["before"][0] == audience.NOT_NAMED_ID
    rows = dict(area(my_area.my_area(public), "South ward")["used"])
    assert "A building not named here" in {row[1] for row in rows[1]}


def test_a_run_without_areas_says_so(tmp_path):
    toy = dataclasses.replace(small_run(), layers={})
    run = runs.read_run(write_run(tmp_path / "run", toy))
    assert my_area.my_area(run) == {"areas": [], "finds": [], "weights": []}


# --- in a browser --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page_file(folder):
    return plan_page.write_plan_page(folder)


def test_a_typed_place_shows_its_ward_and_moves_the_map(chromium, page_file):
    with open_page(chromium, page_file, width=1366, height=768) as seen:
        page = seen.page
        page.fill("#my-area-text", "fordington")
        page.press("#my-area-text", "Enter")
        assert page.inner_text("#my-area-said") == "Shown below: South ward (ward)."
        assert page.inner_text("#my-area-told h3") == "South ward (ward)"
        assert page.evaluate("document.activeElement.tagName") == "H3"
        assert "South ward" in page.inner_text(".leaflet-popup-content")
        text = page.inner_text("#my-area-told")
        assert "1 building of 2 here would be let go" in text.replace("One", "1")
        assert "moves to Market Hall" in text
        assert page.locator("#my-area-told table").count() == 3
        numbers = page.locator(".my-area-sketch svg text").all_text_contents()
        assert numbers == ["1", "2", "3"]


def test_several_finds_are_offered_and_nothing_is_said_to_be_nothing(chromium, page_file):
    with open_page(chromium, page_file, width=390, height=844) as seen:
        page = seen.page
        page.fill("#my-area-text", "ward")
        page.press("#my-area-text", "Enter")
        assert page.locator("#my-area-found button").all_inner_texts() == [
            "North ward (ward)", "South ward (ward)",
        ]  # fmt: skip
        page.locator("#my-area-found button").first.press("Enter")
        assert page.inner_text("#my-area-told h3") == "North ward (ward)"
        assert page.input_value("#my-area-pick") == "0"
        page.fill("#my-area-text", "Xanadu")
        page.click("#my-area-find button[type=submit]")
        assert page.inner_text("#my-area-said").startswith("Nothing of that name")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_choosing_an_area_on_the_map_shows_it_here(chromium, page_file):
    with open_page(chromium, page_file, width=1366, height=768) as seen:
        seen.page.evaluate("groundplan.choose('area', 'w2')")
        assert seen.page.inner_text("#my-area-told h3") == "North ward (ward)"


def test_one_area_prints_alone_on_two_sides(chromium, tmp_path):
    toy = county_run(n_cells=160, n_buildings=160)
    file = plan_page.write_plan_page(write_run(tmp_path / "run", toy))
    with open_page(chromium, file, width=1366, height=768) as seen:
        page = seen.page
        fullest = page.evaluate(
            "groundplan.data.my_area.areas.map((a, i) => [a.inside.length, i, a.kind])"
            ".filter((one) => one[2] === 'ward').sort((a, b) => b[0] - a[0])[0][1]"
        )
        page.select_option("#my-area-pick", str(fullest))
        page.evaluate("window.print = () => {}")
        page.click("#my-area-print")
        page.emulate_media(media="print")
        assert page.is_visible("#my-area-told")
        assert not page.is_visible("header.top")
        assert not page.is_visible(".map-part")
        pdf = page.pdf(format="A4")
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2


def test_hostile_names_are_text_here_too(chromium, tmp_path):
    file = plan_page.write_plan_page(write_run(tmp_path / "run", hostile_run()))
    with open_page(chromium, file, width=1366, height=768) as seen:
        page = seen.page
        for index in range(3):
            page.select_option("#my-area-pick", str(index))
            assert page.locator("#my-area-told img, #my-area-told script").count() == 0
        names = {a["name"] for a in page.evaluate("groundplan.data.my_area.areas")}
        assert "<img src=x onerror=alert(1)>" in names

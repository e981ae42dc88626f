"""The map in a real browser with the network cut off. `open_page` fails a test on any console
message, page error, dialog or request besides the file itself."""

from __future__ import annotations

import json
import re
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
from browser import open_page
from toy_run import HOSTILE, county_run, hostile_run, small_run, write_run

from maps import style
from maps.page import write_map
from optimise import runs
from optimise.plan import make_plan
from tests import toy_county

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PROJECTOR = {"width": 1920, "height": 1080}


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return write_map(write_run(tmp_path_factory.mktemp("small") / "run", small_run()))


@pytest.fixture(scope="session")
def county(tmp_path_factory):
    return write_map(write_run(tmp_path_factory.mktemp("county") / "run", county_run()))


def fills(page):
    """The fill of every cell, in the order of the cells (and not of the drawing)."""
    return page.eval_on_selector_all(
        "path.cell",
        """nodes => nodes.sort((a, b) => a.dataset.cell - b.dataset.cell)
                         .map(n => n.getAttribute('fill'))""",
    )


def assets_shown(page):
    return set(page.eval_on_selector_all(".building", "nodes => nodes.map(n => n.dataset.asset)"))


def centre(page):
    return page.evaluate("[map_plan.getCenter().lat, map_plan.getCenter().lng, map_plan.getZoom()]")


def check(page, value, on=True):
    page.locator(f'.keys input[value="{value}"]').set_checked(on)


def open_building(page, name):
    page.evaluate("map_plan.closePopup()")  # else the one before could be taken for the new one
    page.wait_for_selector(".leaflet-popup", state="detached")
    page.fill("#find", name)
    page.locator("#found button").last.click()  # places and wards are listed before buildings
    page.wait_for_selector(".leaflet-popup .card")
    return page.inner_text(".leaflet-popup .card")


def test_every_building_is_on_the_map(chromium, small):
    decisions = pd.read_csv(small.parent / "decisions.csv")
    with open_page(chromium, small, **LAPTOP) as seen:
        assert assets_shown(seen.page) == set(decisions["asset_id"])
        assert seen.page.get_attribute(".building.faint", "data-asset") == "b6"


def test_decisions_and_owners_filter_buildings(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        seen.page.locator("#decisions li", has_text="Let go").locator("input").uncheck()
        assert not {"b2", "b3"} & assets_shown(seen.page)
        seen.page.select_option("#owner", label="Police")
        assert assets_shown(seen.page) == {"b8"}
        assert seen.page.locator("path.move").count() == 0


def test_moves_and_withdrawals_are_drawn_and_can_be_hidden(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        assert page.locator("path.move[marker-end]").count() == 3
        assert page.locator(".withdrawn").count() == 1
        check(page, "moves", on=False)
        check(page, "withdrawals", on=False)
        assert page.locator("path.move").count() == 0
        assert page.locator(".withdrawn").count() == 0
        check(page, "moves")
        assert page.locator("path.move[marker-end]").count() == 3


def test_choosing_a_standard_and_a_time_restyles_the_cells(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        assert page.locator("path.cell").count() == 9
        after = fills(page)
        page.check('input[value="before"]', force=True)
        before = fills(page)
        # Cell 4 goes from 10.04 to 9 minutes: over the ten minutes, then inside them.
        assert before[4].startswith("url(#hatch-") and not after[4].startswith("url(")
        assert before[:4] == after[:4]
        page.check('input[value="change"]', force=True)
        change = fills(page)
        assert len({tuple(before), tuple(after), tuple(change)}) == 3
        page.select_option("#standard", label="Library within 15 minutes")
        assert fills(page) != change
        assert fills(page)[8] == style.NO_ROUTE_COLOUR
        page.select_option("#standard", label="No shading")
        assert page.locator("path.cell").count() == 0
        page.select_option("#standard", index=0)
        assert page.locator("path.cell").count() == 9


def test_exactly_the_threshold_is_inside(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        seen.page.check('input[value="before"]', force=True)
        assert fills(seen.page)[3] == style.WITHIN_COLOURS[2]  # 10.0 of 10 minutes
        seen.page.hover('path.cell[data-cell="4"]', position={"x": 30, "y": 90}, force=True)
        assert "10.04 min \u2192 9.0 min" in seen.page.inner_text(".leaflet-tooltip")


def test_the_legend_counts_the_people_of_the_run(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        page.select_option("#standard", label="Library within 15 minutes")
        rows = page.eval_on_selector_all(
            "#legend tbody tr:not(.beyond)",
            "rows => rows.map(r => [r.cells[0].textContent, r.cells[1].textContent])",
        )
        people = {label: int(n.replace(",", "")) for label, n in rows}
        run = json.loads((small.parent / "run.json").read_text())
        assert people["no route"] == 55
        within = sum(people[k] for k in ("up to 5 min", "5 to 10 min", "10 to 15 min"))
        assert within == run["standards"][1]["within_after"]
        assert sum(people.values()) == run["standards"][1]["total"]
        page.check('input[value="change"]', force=True)
        text = page.inner_text("#legend")
        assert re.search(r"now outside the standard\s+900", text)
        assert re.search(r"now inside the standard\s+300", text)
        summary = page.inner_text("#time-summary")
        assert style.percent(run["standards"][1]["share_after"]) in summary


def test_a_popup_shows_the_run_s_figures(chromium, small):
    row = pd.read_csv(small.parent / "decisions.csv").set_index("asset_id").loc["b2"]
    with open_page(chromium, small, **LAPTOP) as seen:
        text = open_building(seen.page, "Casterbridge library")
        assert "Let go" in text and row["reason_text"] in text and row["owner"] in text
        assert style.pounds(row["receipt_gbp"]) in text
        assert style.pounds(row["running_cost_saving_gbp_pa"]) in text
        assert "Library (County council), moves to Market Hall" in text
        assert "Register office (County council), withdrawn" in text
        seen.page.click(".leaflet-popup .link")
        assert seen.page.wait_for_selector('.leaflet-popup h3:has-text("Market Hall")')
        held = open_building(seen.page, "Old Depot")
        assert style.WITHHELD in held and "£" not in held


def test_a_marker_answers_a_click(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        seen.page.click('.building[data-asset="b8"]')
        assert "Police station" in seen.page.inner_text(".leaflet-popup h3")
        assert seen.page.locator("path.move.hushed").count() == 3


def test_a_ward_shows_its_cover(chromium, small):
    cover = pd.read_csv(small.parent / "cover.csv")
    row = cover[(cover["area_id"] == "w2") & (cover["standard_id"] == "library_15")].iloc[0]
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        page.locator("#layers li", has_text="Wards").locator("input").check()
        assert page.locator("path.area").count() == 2
        text = open_building(page, "North w")
        assert style.percent(row["share_before"]) in text
        assert style.percent(row["share_after"]) in text
        assert style.minutes(row["mean_after_min"]) in text


def test_search_moves_the_map(chromium, county):
    with open_page(chromium, county, **LAPTOP) as seen:
        page = seen.page
        was = centre(page)
        page.fill("#find", "port br")
        assert "found" in page.inner_text("#find-count")
        page.locator("#found button").first.click()
        now = centre(page)
        assert now[2] > was[2] and now[:2] != was[:2]
        assert now[1] == pytest.approx(-2.76, abs=0.05)
        page.fill("#find", "nowhere at all")
        assert page.locator("#found button").count() == 0
        assert page.inner_text("#find-count") == "0 found"
        page.click('button[aria-label="Show the whole area"]')
        assert centre(page) == pytest.approx(was, abs=0.01)


def test_everything_is_reached_and_worked_by_keyboard(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        wanted = page.evaluate(
            """() => [...document.querySelectorAll(
                 'button, input, select, summary, .folium-map')]
               .filter(n => n.checkVisibility() && (n.type !== 'radio' || n.checked))
               .map((n, i) => (n.dataset.reach = i, String(i)))"""
        )
        reached = []
        for _ in range(len(wanted) + 12):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.dataset.reach || ''"))
        assert set(wanted) <= set(reached)
        assert page.locator(".leaflet-pane [tabindex='0']").count() == 0  # no stop at every cell

        page.focus("#standard")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.querySelector('#standard').selectedIndex") == 1
        page.focus('input[value="after"]')
        before = fills(page)
        page.keyboard.press("ArrowRight")
        assert page.is_checked('input[value="change"]') and fills(page) != before
        page.focus('#layers input[value="roads"]')
        page.keyboard.press("Space")
        assert page.locator("path.road").count() == 0
        for key, label, grows in (("Enter", "Zoom in", True), ("Space", "Zoom out", False)):
            page.click('button[aria-label="Show the whole area"]')
            zoom = centre(page)[2]
            page.focus(f'button[aria-label="{label}"]')
            page.keyboard.press(key)
            assert (centre(page)[2] > zoom) == grows
        page.focus("summary:has-text('Every standard')")
        page.keyboard.press("Enter")
        assert page.locator("details[open] table").is_visible()


def test_the_search_box_is_worked_by_keyboard(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        page.focus("#find")
        page.keyboard.type("health")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        assert "Health centre" in page.inner_text(".leaflet-popup h3")
        assert page.evaluate("document.activeElement.className") == "card"
        page.keyboard.press("Escape")
        assert page.locator(".leaflet-popup .card").count() == 0
        assert page.evaluate("document.activeElement.id") == "find"


def test_hostile_text_is_shown_and_does_nothing(chromium, tmp_path):
    path = write_map(write_run(tmp_path / "run", hostile_run()))
    with open_page(chromium, path, **LAPTOP) as seen:
        page = seen.page
        assert page.inner_text("h1") == HOSTILE[1] + HOSTILE[2]
        assert HOSTILE[0] in page.inner_text(".proof")
        check(page, "area-0")
        for index in range(3):
            page.hover(f'path.cell[data-cell="{index * 3}"]', force=True)
        for name in (HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[6]):
            assert name in open_building(page, name)
        for select in ("#standard", "#owner"):
            for index in range(page.locator(f"{select} option").count()):
                page.select_option(select, index=index)
        assert page.locator("img, iframe, object, .page script").count() == 0
        assert page.evaluate("document.scripts.length") == 4


@pytest.mark.parametrize("size", [PHONE, LAPTOP, PROJECTOR], ids=["phone", "laptop", "projector"])
def test_it_fits_the_window_and_is_not_blank(chromium, county, size):
    with open_page(chromium, county, **size) as seen:
        page = seen.page
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]
        box = page.locator(".folium-map").bounding_box()
        assert box["width"] >= 0.6 * size["width"] and box["height"] >= 0.5 * size["height"]
        panel = page.locator(".controls").bounding_box()
        apart = box["x"] >= panel["x"] + panel["width"] or panel["y"] >= box["y"] + box["height"]
        assert apart
        assert overlapping(page) == []
        picture = pixels(page.screenshot(clip=box, scale="css"))
        assert len(np.unique(picture[::7, ::7].reshape(-1, picture.shape[-1]), axis=0)) > 50


def overlapping(page):
    """Pairs of things laid on the map that overlap."""
    return page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll('.leaflet-control, .place')]
            .map(n => [n.className + ' ' + n.textContent, n.getBoundingClientRect()]);
          const out = [];
          boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
            if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1
                && q.top < p.bottom - 1) out.push([a, b]);
          }));
          return out;
        }"""
    )


def pixels(png):
    """The pixels of a PNG as (height, width, channels), without a library for pictures."""
    width, height, _, colour = struct.unpack(">IIBB", png[16:26])
    channels = {2: 3, 6: 4}[colour]
    body, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            body += png[at + 8 : at + 8 + length]
        at += length + 12
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, 1 + width * channels)
    return rows[:, 1:].reshape(height, width, channels)  # filtered bytes do to see variety


def test_the_panel_can_be_put_away(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        page.click('button[aria-label="Hide the panel"]')
        assert page.locator(".folium-map").bounding_box()["width"] == LAPTOP["width"]
        page.click('button[aria-label="Show the panel"]')
        assert page.locator("h1").is_visible()


def test_two_names_never_touch_at_any_zoom(chromium, county):
    with open_page(chromium, county, **LAPTOP) as seen:
        for _ in range(5):
            names = seen.page.locator(".place").count()
            assert names > 0
            pairs = [p for p in overlapping(seen.page) if all("place" in name for name in p)]
            assert pairs == []
            seen.page.click('button[aria-label="Zoom in"]')


def test_a_plan_without_standards_is_drawn_too(chromium, tmp_path):
    """Money alone: no shading and no choice of standard, and everything else as ever."""
    plan = make_plan(toy_county.scenario(standards={}), toy_county.inputs())
    path = write_map(runs.write_run(plan, tmp_path / "run", {}))
    with open_page(chromium, path, **LAPTOP) as seen:
        assert seen.page.locator("#standard").count() == 0
        assert len(assets_shown(seen.page)) == 5

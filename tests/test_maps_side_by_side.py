"""Before and after side by side, with a line between them that can be moved, in a real browser."""

from __future__ import annotations

import json

import pytest
from browser import open_page
from test_maps_browser import LAPTOP, PHONE, PROJECTOR, centre, fills
from test_maps_on_demand import beside, dated_run
from toy_run import write_run

from maps.page import write_map

SIZES = pytest.mark.parametrize("size", [PHONE, LAPTOP, PROJECTOR], ids=["phone", "laptop", "wide"])


@pytest.fixture(scope="module")
def dated(tmp_path_factory):
    return write_map(write_run(tmp_path_factory.mktemp("dated") / "run", dated_run()))


def before_fills(page):
    return page.eval_on_selector_all(
        "path.cell-before",
        """nodes => nodes.sort((a, b) => a.dataset.cell - b.dataset.cell)
                         .map(n => n.getAttribute('fill'))""",
    )


def test_side_by_side_is_the_picture_before_and_the_picture_after(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        page.check('input[value="before"]', force=True)
        was = fills(page)
        page.check('input[value="after"]', force=True)
        now = fills(page)
        assert was != now and page.locator("path.cell-before").count() == 0
        beside(page)
        assert (before_fills(page), fills(page)) == (was, now)
        heads = page.eval_on_selector_all("#legend thead th", "ns => ns.map(n => n.textContent)")
        assert heads[1:] == ["Before", "After"]
        rows = page.eval_on_selector_all(
            "#legend tbody tr:not(.beyond)",
            """rows => rows.map(r => [...r.cells].slice(1)
                         .map(c => Number(c.textContent.replace(',', ''))))""",
        )
        run = json.loads((dated.parent / "run.json").read_text())["standards"][0]
        for column, within in ((0, run["within_before"]), (1, run["within_after"])):
            assert sum(row[column] for row in rows[:3]) == within
            assert sum(row[column] for row in rows) == run["total"]
        page.check('input[value="after"]', force=True)
        assert page.locator("path.cell-before").count() == 0
        assert not page.locator(".wipe").is_visible()


def test_the_line_is_moved_by_keyboard_and_cuts_the_picture(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        beside(page)
        handle = page.locator(".wipe-handle")
        at, middle = centre(page), handle.bounding_box()["x"]
        page.focus(".wipe-handle")
        for key, percent in (
            ("ArrowRight", 52), ("ArrowLeft", 50), ("PageDown", 40), ("PageUp", 50), ("End", 100),
            ("ArrowUp", 100), ("Home", 0),
        ):  # fmt: skip
            page.keyboard.press(key)
            assert handle.get_attribute("aria-valuenow") == str(percent)
        assert handle.get_attribute("aria-valuetext").startswith("0% of the map shows before")
        assert handle.bounding_box()["x"] < middle
        assert centre(page) == at  # the arrows moved the line and not the map
        assert page.locator(".building.today").count() == 0
        page.keyboard.press("End")
        assert page.locator(".building.today").count() == 8
        built = '.building.today[data-decision="build"]'
        assert not page.locator(built).is_visible()  # not there before the plan


def test_the_line_is_dragged_and_the_map_stays(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        beside(page)
        at, box = centre(page), page.locator(".wipe-handle").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 200, y + 30, steps=4)
        page.mouse.up()
        moved = page.locator(".wipe-handle").bounding_box()["x"] - box["x"]
        assert moved == pytest.approx(-200, abs=2)
        assert centre(page) == at
        cut = page.evaluate("map_plan.getPane('cells-before').style.clipPath")
        page.mouse.move(x + 150, y + 150)
        page.mouse.down()
        page.mouse.move(x + 250, y + 150, steps=4)  # the map is moved beneath the line
        page.mouse.up()
        assert centre(page) != at
        assert page.locator(".wipe-handle").bounding_box()["x"] - box["x"] == pytest.approx(
            -200, abs=2
        )
        assert page.evaluate("map_plan.getPane('cells-before').style.clipPath") != cut


@SIZES
def test_the_line_can_be_taken_hold_of_at_every_width(chromium, dated, size):
    with open_page(chromium, dated, **size) as seen:
        page = seen.page
        beside(page)
        box = page.locator(".wipe-handle").bounding_box()
        assert min(box["width"], box["height"]) >= 24
        stage = page.locator(".folium-map").bounding_box()
        assert stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        labels = [page.locator(f".wipe-{side}").bounding_box() for side in ("before", "after")]
        assert labels[0]["x"] + labels[0]["width"] <= box["x"] + box["width"] / 2 <= labels[1]["x"]

"""A batch's page in a browser: choices narrow drawing, map and table together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import open_page
from test_maps_document import barriers
from toy_batch_runs import write_batch
from toy_run import HOSTILE, hostile_run

from maps.batches.page import write_batch_page

LAPTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_batch_page(write_batch(tmp_path_factory.mktemp("batch") / "toy"))


def rows(page: Any) -> list[str]:
    return page.locator("#data-scenarios tbody tr:not([hidden]) th").all_text_contents()


def often(page: Any) -> dict[str, int]:
    told = page.locator("#kept-key li span").all_text_contents()
    return {words.split(":")[0]: int(words.split(":")[1]) for words in told}


def test_a_choice_narrows_drawing_map_and_table_together(chromium: Any, toy: Path) -> None:
    with open_page(chromium, toy, **LAPTOP) as seen:
        page = seen.page
        assert page.locator("#scatter .spot").count() == 4
        assert often(page) == {"always": 3, "in most": 0, "in some": 3, "in few": 0, "never": 1}
        page.get_by_label("Sweep").first.select_option(label="values")
        assert page.inner_text("#shown-count") == "2 of 5 scenarios, 2 of them with a plan"
        assert rows(page) == ["values-1", "values-2"]
        assert page.locator("#scatter .spot").count() == 2
        # Both keep the library; the police station goes in one; the site is built in neither.
        assert often(page) == {"always": 4, "in most": 0, "in some": 1, "in few": 0, "never": 2}
        page.get_by_role("button", name="All scenarios").click()
        assert len(rows(page)) == 5 and page.locator("#scatter .spot").count() == 4


def test_a_figure_narrows_by_its_value(chromium: Any, toy: Path) -> None:
    with open_page(chromium, toy, **LAPTOP) as seen:
        page = seen.page
        page.get_by_label("A figure of the plan").select_option(label="Receipts, £")
        page.get_by_label("Figure, at least").fill("1000000")
        assert rows(page) == ["As the file stands", "hub"]
        page.get_by_label("Figure, at least").fill("9000000")
        assert rows(page) == []
        assert "No scenario to draw" in page.inner_text("#scatter")
        assert "None of the scenarios" in page.inner_text("#kept-says")


def test_a_mark_is_chosen_by_mouse_and_keyboard_and_told(chromium: Any, toy: Path) -> None:
    with open_page(chromium, toy, **LAPTOP) as seen:
        page = seen.page
        stops = page.locator('#scatter .spot[tabindex="0"]')
        assert stops.count() == 1
        stops.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert page.locator("#scatter .spot.chosen").count() == 1
        card = page.inner_text("#scenario-card")
        assert "Open the plan" in card
        name = card.splitlines()[0]
        assert page.locator("#data-scenarios tr.chosen th").text_content() == name
        page.locator("#data-scenarios button.pick", has_text="values-1").click()
        told = page.inner_text("#scenario-card")
        assert told.startswith("values-1") and "Receipts, times the register's: 0.8" in told
        link = page.locator("#scenario-card a").get_attribute("href")
        assert link == "scenarios/values-1/plan.html"


def test_axes_are_chosen_and_named(chromium: Any, toy: Path) -> None:
    with open_page(chromium, toy, **LAPTOP) as seen:
        page = seen.page
        page.get_by_label("Across").select_option(label="Buildings in use after")
        page.locator("#axes select").nth(1).select_option(label="Receipts")
        texts = page.locator("#scatter text").all_text_contents()
        assert "Buildings in use after →" in texts and "Receipts →" in texts
        assert "£1.2m" in texts or "£1.0m" in texts


def test_a_building_tells_how_often_it_is_kept(chromium: Any, toy: Path) -> None:
    with open_page(chromium, toy, **LAPTOP) as seen:
        page = seen.page
        page.locator("#data-buildings button.pick", has_text="Casterbridge library").click()
        card = page.locator(".leaflet-popup .card").inner_text()
        assert "Kept in 2 of 4 scenarios looked at" in card
        page.check("#only")
        assert page.locator("#kept-map .leaflet-marker-icon").count() == 3


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_nothing_is_wider_than_the_window(chromium: Any, toy: Path, size: dict[str, int]) -> None:
    with open_page(chromium, toy, **size) as seen:
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]


def test_hostile_texts_do_nothing(chromium: Any, tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "toy", hostile_run(), title=HOSTILE[1])
    with open_page(chromium, write_batch_page(folder), **LAPTOP) as seen:
        assert seen.page.inner_text("h1") == HOSTILE[1]
        seen.page.locator("#data-buildings button.pick").first.click()
        assert seen.page.locator(".leaflet-popup .card").count() == 1


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_axe_finds_nothing_serious(chromium: Any, toy: Path, size: dict[str, int]) -> None:
    with open_page(chromium, toy, **size) as seen:
        seen.page.evaluate("groundplan.choose('scenario', 'scenarios/hub')")
        assert barriers(seen.page) == []

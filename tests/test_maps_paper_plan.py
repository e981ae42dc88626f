"""The page of a plan on paper: sheets, their size, and what stands on them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser import open_page
from toy_run import small_run, write_run

from maps.plan_page import write_plan_page

#: A4 in points, upright.
SHORT, LONG = 595, 842


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plan_page(write_run(tmp_path_factory.mktemp("paper") / "run", small_run()))


def sheets(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of every page, in points."""
    found = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(found) == len(re.findall(rb"/Type\s*/Page\b", pdf))
    return [(round(float(w)), round(float(h))) for w, h in found]


def test_every_sheet_is_a4_the_map_lies(chromium: Any, plan: Path) -> None:
    with open_page(chromium, plan, width=1280, height=900) as seen:
        pdf = seen.page.pdf(prefer_css_page_size=True, print_background=True)
    pages = sheets(pdf)
    assert set(pages) == {(SHORT, LONG), (LONG, SHORT)}
    assert pages[1] == (LONG, SHORT)
    sections = len(re.findall('<section class="part"', plan.read_text(encoding="utf-8")))
    # The head, the map, and each part on its own sheets; a small plan is no book.
    assert 2 + sections - 1 <= len(pages) <= 4 * (2 + sections)


def test_on_paper_nothing_scrolls_and_the_numbers_are_there(
    chromium: Any,
    plan: Path,
) -> None:
    with open_page(chromium, plan, width=1280, height=900) as seen:
        page = seen.page
        page.emulate_media(media="print")
        for name in (".contents", ".skip", ".filters", "#find"):
            assert not any(node.is_visible() for node in page.query_selector_all(name)), name
        assert page.locator("#legend").is_visible()
        boxes = page.query_selector_all(".table-scroll")
        assert boxes
        for box in boxes:
            assert box.evaluate("n => getComputedStyle(n).overflowY") == "visible"
        head = page.locator(".data thead").first
        assert head.evaluate("n => getComputedStyle(n).display") == "table-header-group"
        # A button is painted once; a head made of plain text is repeated on every sheet.
        button = page.locator(".data thead .sort").first
        assert button.evaluate("n => getComputedStyle(n).display") == "contents"
        numbers = page.query_selector_all(".chart details.numbers table")
        assert numbers and all(table.bounding_box()["height"] > 10 for table in numbers)


def test_the_map_keeps_its_view_and_shrinks_to_the_sheet(
    chromium: Any,
    plan: Path,
) -> None:
    with open_page(chromium, plan, width=1600, height=1000) as seen:
        page = seen.page
        node = page.locator(".stage .folium-map")
        screen = node.bounding_box()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        paper = node.bounding_box()
        assert paper["width"] < screen["width"]
        assert paper["width"] / paper["height"] == pytest.approx(
            screen["width"] / screen["height"], rel=0.02
        )
        assert node.evaluate("n => n.offsetWidth") == pytest.approx(screen["width"], abs=2)
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.query_selector_all("details.numbers[open]") == []

"""The page that sets runs beside each other, in a browser: maps in step, choices, paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import open_page
from test_maps_compare_runs import folder, with_other_library
from toy_run import HOSTILE, hostile_run

from maps.compare_runs import write_run_comparison


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small run, and one in which the library stays."""
    where = tmp_path_factory.mktemp("two")
    runs = [folder(where / "moved"), folder(where / "stays", with_other_library())]
    return write_run_comparison(runs, where / "page.html").path


def views(page: Any) -> list[list[float]]:
    """Middle and zoom of both maps."""
    return page.evaluate(
        "groundplan.sides.map(({map}) => { const c = map.getCenter();"
        " return [c.lat.toFixed(4), c.lng.toFixed(4), map.getZoom()].map(Number); })"
    )


def test_both_maps_move_and_zoom_together(chromium: Any, two: Path) -> None:
    with open_page(chromium, two, width=1300, height=900) as seen:
        start = views(seen.page)
        assert start[0] == start[1]
        seen.page.click("#left-map .leaflet-control-zoom-in")
        zoomed = views(seen.page)
        assert zoomed[0] == zoomed[1] and zoomed[0][2] > start[0][2]
        seen.page.focus("#right-map")
        seen.page.keyboard.press("ArrowRight")
        moved = views(seen.page)
        assert moved[0] == moved[1] and moved[0][1] > zoomed[0][1]
        seen.page.click("#whole")
        assert views(seen.page)[0] == start[0]


def test_a_building_chosen_in_a_table_is_told_of_in_both_maps(chromium: Any, two: Path) -> None:
    with open_page(chromium, two, width=1300, height=900) as seen:
        seen.page.click("#table-buildings button.pick")
        cards = seen.page.locator(".leaflet-popup .card").all_inner_texts()
        assert len(cards) == 2
        assert "moved: Let go" in cards[0] and "stays: Keep" in cards[1]
        assert "Holds: Library" in cards[1]
        assert "Casterbridge library" in seen.page.inner_text(".chosen-bar")
        assert seen.page.locator("#table-buildings tr.chosen").count() == 1


def test_only_what_differs_is_ringed_and_may_stand_alone(chromium: Any, two: Path) -> None:
    """The library and the hall it moves to: one is decided otherwise, one holds otherwise."""
    with open_page(chromium, two, width=1300, height=900) as seen:
        assert seen.page.locator("#left-map .mark").count() == 8
        assert seen.page.locator("#left-map .mark.odd").count() == 2
        assert seen.page.inner_text("#left-says") == (
            "2 of 8 buildings differ between these two plans."
        )
        seen.page.check("#only")
        assert seen.page.locator("#right-map .mark").count() == 2


def test_the_right_map_may_be_shaded_against_the_left(chromium: Any, two: Path) -> None:
    """Cell 4 takes 17.5 minutes where the library moved and 15 where it stays: quicker by 2.5."""
    colour = "groundplan.sides[{side}].cells[4].options.fillColor"
    with open_page(chromium, two, width=1300, height=900) as seen:
        seen.page.select_option("#standard", label="Library within 15 minutes")
        late, in_time = (seen.page.evaluate(colour.format(side=n)) for n in (0, 1))
        assert late != in_time
        assert seen.page.is_hidden("#right-legend-box")
        seen.page.select_option("#shade", "against")
        assert seen.page.evaluate(colour.format(side=0)) == late
        assert seen.page.evaluate(colour.format(side=1)) == "#c3dcec"
        assert seen.page.inner_text("#right-legend-title") == "stays against moved"
        seen.page.select_option("#standard", "")
        assert seen.page.locator("#left-legend li").count() == 0


def test_of_three_runs_any_two_are_set_beside_each_other(chromium: Any, tmp_path: Path) -> None:
    runs = [folder(tmp_path / "one"), folder(tmp_path / "two", with_other_library()),
            folder(tmp_path / "three")]  # fmt: skip
    page = write_run_comparison(runs, tmp_path / "page.html").path
    with open_page(chromium, page, width=1300, height=900) as seen:
        assert seen.page.inner_text("#left-says").startswith("2 of 8")
        seen.page.select_option("#right", label="three")
        assert seen.page.inner_text("#right-title") == "three"
        assert seen.page.inner_text("#left-says").startswith("0 of 8")


def test_a_phone_shows_the_maps_below_each_other_without_scrolling_sideways(
    chromium: Any, two: Path
) -> None:
    with open_page(chromium, two, width=390, height=844) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
        left, right = (seen.page.locator(f"#{n}-map").bounding_box() for n in ("left", "right"))
        assert right["y"] >= left["y"] + left["height"]


def test_hostile_texts_are_only_ever_text(chromium: Any, tmp_path: Path) -> None:
    runs = [folder(tmp_path / "one", hostile_run()), folder(tmp_path / "two")]
    page = write_run_comparison(runs, tmp_path / "page.html").path
    with open_page(chromium, page, width=1300, height=900) as seen:
        seen.page.evaluate("groundplan.choose('building', 'b1')")
        assert HOSTILE[0] in seen.page.inner_text("#left-map .card")
        assert seen.page.locator("main img:not([src^='data:'])").count() == 0

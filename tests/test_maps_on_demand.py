"""What the map shows when it is asked to, in a real browser with the network cut off: before and
after side by side, who is outside a standard, the reach of a building, a year, a service."""

from __future__ import annotations

import contextlib
import json
import re

import geopandas as gpd
import pandas as pd
import pytest
from browser import open_page
from shapely.geometry import Point
from test_maps_browser import LAPTOP, PHONE, assets_shown, centre, fills, open_building
from toy_run import HOSTILE, county_run, hostile_run, small_run, write_run

from assets.issues import InputError
from maps import reach_bands
from maps.page import map_page, write_map
from maps.runs import read_run

# What is done when; u5 goes to b4 in the first year, the rest to and from it in the second.
DONE = {"b2": "2027/28", "b3": "2026/27", "b4": "2027/28", "b5": "2026/27"}
MOVED = {"u2": "2027/28", "u3": "2027/28", "u4": "2026/27", "u5": "2026/27"}


def dated_run():
    """The small run with years: b3 let go and b5 built in 2026/27, b2 let go in 2027/28."""
    run = small_run()
    return small_run(
        decisions=run.decisions.assign(done_in=run.decisions["asset_id"].map(DONE).fillna("")),
        services=run.services.assign(done_in=run.services["unit_id"].map(MOVED).fillna("")),
    )


@pytest.fixture(scope="module")
def dated(tmp_path_factory):
    return write_map(write_run(tmp_path_factory.mktemp("dated") / "run", dated_run()))


def beside(page):
    page.check('input[value="side"]', force=True)


def set_year(page, value):
    page.evaluate(
        """value => { const range = document.querySelector('#year'); range.value = value;
                      range.dispatchEvent(new Event('input', {bubbles: true})); }""",
        value,
    )


def choose(page, kind, key):
    page.evaluate("([kind, key]) => groundplan.choose(kind, key)", [kind, key])


def card(page):
    return page.inner_text(".leaflet-popup .card")


@contextlib.contextmanager
def heard(page):
    """What the page is told was chosen, as [kind, id, at]."""
    page.evaluate("window.told = []; groundplan.on((...all) => window.told.push(all))")
    out = []
    yield out
    out.extend(page.evaluate("window.told"))


# --- who is outside ---------------------------------------------------------------------------


def test_those_outside_a_standard_are_outlined_and_counted(chromium, dated):
    """Outside after are cells 5, 6, 7 and 8 of the nine squares: three pairs of them share a
    side, so that 4 x 4 - 2 x 3 = 10 sides are drawn. Before it cell 4 is outside as well: it
    touches 5 and 7, so 10 + 4 - 2 x 2 = 10."""
    run = json.loads((dated.parent / "run.json").read_text())["standards"][0]
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        edges = "(document.querySelector('path.outside-edge').getAttribute('d').match(/M/g)).length"
        assert page.locator("path.outside").count() == 0
        assert page.inner_text("#outside-count") == f"{run['total'] - run['within_after']:,.0f}"
        page.check("#outside-on")
        assert page.locator("path.outside").count() == 1
        assert page.evaluate(edges) == 10
        page.check('input[value="before"]', force=True)
        assert page.inner_text("#outside-count") == f"{run['total'] - run['within_before']:,.0f}"
        assert page.evaluate(edges) == 10
        beside(page)
        assert page.locator("path.outside").count() == 2
        page.select_option("#standard", label="No shading")  # the outline can stand alone
        assert page.locator("path.cell").count() == 0 and page.locator("path.outside").count() > 0
        page.uncheck("#outside-on")
        assert page.locator("path.outside").count() == 0


# --- the reach of a building ------------------------------------------------------------------


def test_the_reach_of_a_building_is_that_of_the_run(chromium, dated):
    reach = pd.read_parquet(dated.parent / "reach.parquet")
    mine = reach[(reach["asset_id"] == "b1") & (reach["profile"] == "blue_light")]
    minutes = dict(zip(mine["demand_id"], mine["min"], strict=True))
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        standard = fills(page)
        open_building(page, "Casterbridge fire station")
        page.click('.act:has-text("blue-light drive")')
        for index, fill in enumerate(fills(page)):
            value = minutes.get(f"d{index}")
            band = next(
                (c for end, c in reach_bands.BANDS if value is not None and value <= end), 0
            )
            assert fill == (band or "#f7f5ef")
        assert "Reach of Casterbridge fire station" in page.inner_text("#time-summary")
        assert page.evaluate("document.activeElement.id") == "reach-back"
        assert page.is_disabled('input[value="side"]')
        counted = page.eval_on_selector_all(
            "#legend tbody td", "ns => ns.map(n => Number(n.textContent.replace(',', '')))"
        )
        assert sum(counted) == sum(small_run().cells["population"])
        page.keyboard.press("Enter")  # back
        assert fills(page) == standard
        assert "Casterbridge fire station" in card(page)
        assert not page.locator("#reach-back").is_visible()


def bands_of(folder, site_id="b1"):
    """Land within 5 and within 10 minutes of b1: two squares about it, the outer one holed."""
    near, far = (Point(370_500, 90_500).buffer(r, cap_style="square") for r in (300, 900))
    frame = {"site_id": [site_id] * 2, "from_min": [0.0, 5.0], "to_min": [5.0, 10.0]}
    made = gpd.GeoDataFrame(
        {**frame, "profile": "walk", "population": [700.4, 2100.0]},
        geometry=[near, far - near],
        crs=27700,
    )
    made.to_file(folder / "isochrones.gpkg", layer="isochrones", driver="GPKG")


def test_reach_drawn_beforehand_as_land_is_shown_as_land(chromium, tmp_path):
    folder = write_run(tmp_path / "run", small_run())
    bands_of(folder)
    with open_page(chromium, write_map(folder), **LAPTOP) as seen:
        page = seen.page
        open_building(page, "Casterbridge fire station")
        page.click('.act:has-text("as land: walk")')
        colours = page.eval_on_selector_all(
            "path.band", "ns => ns.map(n => n.getAttribute('fill'))"
        )
        assert colours == [colour for _, colour in reach_bands.BANDS[1::-1]]  # the widest beneath
        text = page.inner_text("#legend")
        assert re.search(r"to 5 min\s+700", text) and re.search(r"to 10 min\s+2,100", text)
        page.click("#reach-back")
        assert page.locator("path.band").count() == 0


def test_land_of_a_building_that_is_not_shown_is_nowhere(tmp_path):
    folder = write_run(tmp_path / "run", small_run())
    bands_of(folder, "withheld-place")
    assert "withheld-place" not in map_page(read_run(folder))


def test_damaged_land_is_one_message(tmp_path):
    folder = write_run(tmp_path / "run", small_run())
    (folder / "isochrones.gpkg").write_text("not a GeoPackage")
    with pytest.raises(InputError, match="isochrones.gpkg cannot be read"):
        read_run(folder)


# --- popups -----------------------------------------------------------------------------------


def test_a_popup_says_whom_a_building_serves_and_where_they_go(chromium, dated):
    users = pd.read_csv(dated.parent / "users.csv", keep_default_na=False)
    its = users[users["from_asset_id"] == "b2"]
    assert set(its["to_asset_id"]) - {"b2", ""} == {"b4"}
    with open_page(chromium, dated, **LAPTOP) as seen:
        text = open_building(seen.page, "Casterbridge library")
        assert f"{its['people'].astype(float).sum():,.0f} people" in text
        away = its[its["to_asset_id"] == "b4"]["people"].astype(float).sum()
        assert "Where its users go" in text and f"{away:,.0f} people to Market Hall" in text
        assert "When: let go in 2027/28" in text
        assert seen.page.locator(".leaflet-popup .units svg.service").count() >= 2
        seen.page.click('.goes .link:has-text("Market Hall")')
        assert "Market Hall" in seen.page.inner_text(".leaflet-popup h3")


# --- years and services -----------------------------------------------------------------------


def test_a_year_shows_what_is_done_by_then(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        later = "ns => ns.map(n => n.dataset.asset).sort()"
        hollow = lambda: page.eval_on_selector_all(".building.later", later)  # noqa: E731
        assert hollow() == [] and page.locator("path.move").count() == 3
        assert "2 of 2 buildings let go" in page.inner_text("#year-words")
        set_year(page, 1)
        assert hollow() == ["b2", "b4"]
        assert page.inner_text("#year-now") == "By the end of 2026/27"
        assert "1 of 2 buildings let go, 1 of 2 built" in page.inner_text("#year-words")
        assert page.locator("path.move").count() == 2  # u2 has not moved yet
        assert page.locator(".withdrawn").count() == 0
        page.click("#year-title")
        assert page.inner_text("#year-list") == "Old Depot"
        set_year(page, 0)
        assert hollow() == ["b2", "b3", "b4", "b5"] and page.locator("path.move").count() == 0
        page.focus("#year")
        page.keyboard.press("End")
        assert hollow() == [] and page.locator(".withdrawn").count() == 1
        assert page.get_attribute("#year", "aria-valuetext").startswith("2027/28: the whole plan")


def test_a_run_without_dates_has_no_years_to_choose(chromium, tmp_path):
    path = write_map(write_run(tmp_path / "run", small_run()))
    with open_page(chromium, path, **LAPTOP) as seen:
        assert seen.page.locator("#year").count() == 0


def test_a_service_can_be_looked_at_alone(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        page.select_option("#service", label="Library")
        assert assets_shown(page) == {"b2", "b4"}  # where it is, and where it will be
        assert page.locator("path.move").count() == 1
        assert page.locator(".withdrawn").count() == 0
        choose(page, "building", "b8")  # another is asked for: the filter gives way
        assert "Police station" in card(page) and page.input_value("#service") == ""


def test_buildings_show_their_services_once_one_is_close_enough(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        choose(page, "building", "b4")
        page.evaluate("map_plan.closePopup()")
        kinds = lambda key: page.locator(f'[data-asset="{key}"] .strip svg').count()  # noqa: E731
        assert kinds("b4") == 2 and page.locator('[data-asset="b4"] .strip').is_visible()
        page.check('input[value="before"]', force=True)
        assert kinds("b4") == 0 and kinds("b2") == 2
        page.uncheck('#layers input[value="icons"]')
        assert not page.locator('[data-asset="b2"] .strip').is_visible()


# --- finding, choosing, and the map in words --------------------------------------------------


def test_a_postcode_leads_to_its_buildings(chromium, dated):
    decisions = pd.read_csv(dated.parent / "decisions.csv", keep_default_na=False)
    full = next(code for code in decisions["postcode"] if code)
    district, sector = full[:-4], full[:-2]
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        for typed in (full, full.lower().replace(" ", ""), sector):
            page.fill("#find", typed)
            assert page.inner_text("#found button >> nth=0").startswith(sector)
        page.fill("#find", district)
        first = page.inner_text("#found button >> nth=0")
        count = decisions["postcode"].str.startswith(f"{district} ").sum()
        assert first.startswith(district) and f"{count} building" in first
        with heard(page) as told:
            page.locator("#found button").first.click()
        assert told[0][:2] == ["place", district] and len(told[0][2]) == 2


def test_a_place_is_chosen_and_told_of(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        with heard(page) as told:
            choose(page, "place", "Fordington")
        (said,) = told
        assert said[:2] == ["place", "Fordington"]
        assert page.evaluate("at => map_plan.getBounds().contains(at)", said[2])
        assert centre(page)[2] >= 13


def test_the_map_is_told_in_words_and_they_keep_up(chromium, dated):
    with open_page(chromium, dated, **LAPTOP) as seen:
        page = seen.page
        page.click("#words-part > summary")
        page.wait_for_timeout(100)
        text = page.inner_text("#map-words")
        assert "Fire engine within 10 minutes" in text and "after the plan" in text
        assert "4 of 9 areas are outside the standard after the plan: 665 people" in text
        assert "8 of the 8 buildings shown are in the view" in text
        page.select_option("#service", label="Library")
        page.check('input[value="before"]', force=True)
        page.wait_for_timeout(100)
        text = page.inner_text("#map-words")
        assert "5 of 9 areas are outside the standard before the plan: 1,565 people" in text
        assert "2 of the 2 buildings shown are in the view (filtered)" in text
        page.click('#map-words summary:has-text("Let go")')
        page.click('#map-words .link:has-text("Casterbridge library")')
        assert "Casterbridge library" in card(page)


def test_on_a_phone_the_map_stays_in_sight_of_its_controls(chromium, dated):
    with open_page(chromium, dated, **PHONE) as seen:
        page = seen.page
        page.focus("#year")
        page.locator("#year").scroll_into_view_if_needed()
        stage, year = (page.locator(q).bounding_box() for q in (".stage", "#year"))
        assert stage["y"] >= -1 and stage["height"] > 200
        assert year["y"] >= stage["y"] + stage["height"]  # and does not hide them


def test_hostile_kinds_of_service_and_places_are_text(chromium, tmp_path):
    path = write_map(write_run(tmp_path / "run", hostile_run()))
    with open_page(chromium, path, **LAPTOP) as seen:
        page = seen.page
        assert HOSTILE[1] in page.inner_text("#service")
        page.select_option("#service", index=1)
        beside(page)
        page.check("#outside-on")
        page.click("#words-part > summary")
        page.wait_for_timeout(100)
        assert page.locator("img, iframe, object, .page script").count() == 0
        choose(page, "building", "b1")
        for button in page.locator(".act:visible").all()[:1]:
            button.click()
        assert page.locator("img, iframe, object, .page script").count() == 0


def test_a_county_four_times_as_large_stays_small(tmp_path):
    run = read_run(write_run(tmp_path / "run", county_run(n_cells=3000, n_buildings=800)))
    assert len(run.reach) > 100_000
    html = map_page(run)
    assert len(html.encode()) < 6e6  # of the ten million that a whole page may have
    packed = json.loads(re.search(r'id="plan-data">(.*?)</script>', html, re.S).group(1))["reach"]
    assert len(packed["of"]) == run.reach["asset_id"].nunique()
    bytes_a_pair = len(json.dumps(packed)) / len(run.reach)
    assert bytes_a_pair < 4

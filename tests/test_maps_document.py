"""`plan.html` in a real browser with the network cut off: tables, map and what ties them.

`open_page` fails a test on any console message, page error, dialog or request.
"""

from __future__ import annotations

import importlib.resources
import json

import pandas as pd
import pytest
from browser import open_page
from toy_run import county_run, hostile_run, small_run, write_run

from maps.compare_runs import write_run_comparison
from maps.plan_page import write_plan_page

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PROJECTOR = {"width": 1920, "height": 1080}
DECISIONS = "#data-decisions"
#: What axe-core calls these is a barrier to somebody.
GRAVE = ("serious", "critical")
#: Success criteria of WCAG 2.2, levels A and AA, and what axe-core holds to be good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return write_plan_page(write_run(tmp_path_factory.mktemp("small") / "run", small_run()))


@pytest.fixture(scope="session")
def county(tmp_path_factory):
    return write_plan_page(write_run(tmp_path_factory.mktemp("county") / "run", county_run()))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    return write_plan_page(write_run(tmp_path_factory.mktemp("hostile") / "run", hostile_run()))


# Parts out of sight are not laid out, so their text is asked for as text and not as drawn.
def first_column(page, table=DECISIONS, shown=":not([hidden])"):
    return page.locator(f"{table} tbody tr{shown} th").all_text_contents()


def head(page, label, table=DECISIONS):
    return page.locator(f"{table} thead th", has=page.get_by_role("button", name=label, exact=True))


def test_a_heading_sorts_its_column_both_ways_and_says_so(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        decisions = pd.read_csv(small.parent / "decisions.csv")
        head(page, "Building").locator("button").click()
        assert head(page, "Building").get_attribute("aria-sort") == "ascending"
        names = first_column(page)
        assert names == sorted(decisions["name"], key=str.casefold)
        head(page, "Building").locator("button").click()
        assert head(page, "Building").get_attribute("aria-sort") == "descending"
        assert first_column(page) == names[::-1]
        head(page, "Receipt").locator("button").click()
        assert head(page, "Building").get_attribute("aria-sort") is None
        assert head(page, "Receipt").get_attribute("aria-sort") == "descending"
        most = decisions[~decisions["confidential"]].nlargest(1, "receipt_gbp")
        assert first_column(page)[0] == most["name"].iloc[0]


def test_what_is_not_known_is_last_whichever_way(chromium, small):
    decisions = pd.read_csv(small.parent / "decisions.csv")
    hidden = set(decisions.loc[decisions["confidential"], "name"])
    assert hidden
    with open_page(chromium, small, **LAPTOP) as seen:
        for _ in range(2):
            head(seen.page, "Receipt").locator("button").click()
            assert set(first_column(seen.page)[-len(hidden) :]) == hidden


def test_tables_narrow_by_a_column_and_by_words(chromium, county):
    decisions = pd.read_csv(county.parent / "decisions.csv")
    with open_page(chromium, county, **LAPTOP) as seen:
        page = seen.page
        page.select_option('.filters[data-for="decisions"] select >> nth=2', label="Let go")
        gone = decisions[decisions["decision"] == "dispose"]
        assert sorted(first_column(page)) == sorted(gone["name"])
        said = page.text_content('.filters[data-for="decisions"] .said')
        assert said == f"{len(gone)} of {len(decisions)} rows"
        page.fill("#data-decisions-find", "casterbridge")
        here = gone[gone["name"].str.contains("Casterbridge") | gone["reason_text"].str.contains(
            "Casterbridge")]  # fmt: skip
        assert sorted(first_column(page)) == sorted(here["name"])


def test_choosing_a_building_in_a_table_shows_it_on_the_map(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        pick = page.locator(f"{DECISIONS} button.pick").first
        name = pick.text_content()
        pick.click()
        page.wait_for_selector(".leaflet-popup .card")
        assert page.inner_text(".leaflet-popup h3") == name
        assert page.locator(f"{DECISIONS} tr.chosen th").all_text_contents() == [name]
        page.get_by_role("button", name="Back to where I was").click()
        assert page.evaluate("document.activeElement.textContent") == name


def test_choosing_a_building_on_the_map_marks_its_row(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        page.evaluate("groundplan.choose('building', 'b2')")
        row = page.locator(f"{DECISIONS} tr.chosen")
        assert row.get_attribute("aria-current") == "true"
        name = row.locator("th").text_content()
        assert name in page.inner_text(".chosen-bar")
        page.locator(".chosen-bar button", has_text="Decisions").click()
        assert page.evaluate("document.activeElement.dataset.id") == "b2"
        page.get_by_role("button", name="Nothing chosen any more").click()
        assert page.locator("tr.chosen").count() == 0
        assert not page.locator(".chosen-bar").is_visible()


def test_choosing_an_area_on_the_map_offers_its_rows_and_the_area_alone(chromium, county):
    with open_page(chromium, county, **LAPTOP) as seen:
        page = seen.page
        page.evaluate("groundplan.choose('area', 'W00')")
        assert page.locator("#data-areas tr.chosen").count() == 1
        page.locator(".chosen-bar button", has_text="This area alone").click()
        assert "Casterbridge" in page.inner_text("#my-area-told h3")


def test_choosing_a_standard_on_the_map_narrows_the_tables_to_it(chromium, county):
    with open_page(chromium, county, **LAPTOP) as seen:
        page = seen.page
        page.select_option("#standard", label="Library within 15 minutes' drive")
        shown = page.locator("#data-equality tbody tr:not([hidden])")
        assert shown.count() > 1
        for row in shown.all_text_contents():
            assert "Library within 15 minutes' drive" in row


def test_a_row_hidden_by_a_filter_is_brought_back_when_asked_for(chromium, county):
    decisions = pd.read_csv(county.parent / "decisions.csv")
    kept = decisions.loc[decisions["decision"] == "retain", "asset_id"].iloc[0]
    with open_page(chromium, county, **LAPTOP) as seen:
        page = seen.page
        page.select_option('.filters[data-for="decisions"] select >> nth=2', label="Let go")
        page.evaluate(f"groundplan.choose('building', {json.dumps(kept)})")
        page.locator(".chosen-bar button", has_text="Decisions").click()
        assert page.evaluate("document.activeElement.dataset.id") == kept
        assert page.locator(f"{DECISIONS} tr.chosen").is_visible()


def test_everything_can_be_reached_from_the_keyboard(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        page = seen.page
        wanted = page.evaluate(
            """[...document.querySelectorAll('main button, main select, main input, main summary')]
               .filter(n => n.checkVisibility() && !n.disabled && n.tabIndex >= 0
                            && n.type !== 'radio').length"""
        )
        reached = set()
        for _ in range(3 * wanted):
            page.keyboard.press("Tab")
            at = page.evaluate(
                """(() => { const n = document.activeElement;
                   if (!n.closest('main') || n.type === 'radio') return null;
                   n.dataset.reached = '1';
                   const seen = getComputedStyle(n).outlineStyle !== 'none';
                   return [n.tagName, seen || n.closest('label,.switch') !== null]; })()"""
            )
            if at:
                reached.add(at[1])
            if page.evaluate("document.activeElement === document.body"):
                break
        assert reached == {True}  # wherever it stands, the focus can be seen
        left = page.evaluate(
            """[...document.querySelectorAll('main button, main select, main input, main summary')]
               .filter(n => n.checkVisibility() && !n.disabled && n.tabIndex >= 0
                            && n.type !== 'radio' && !n.dataset.reached).map(n => n.outerHTML)"""
        )
        assert left == []


def barriers(page):
    """What axe-core finds serious or critical on the page as it stands, every part unfolded."""
    axe = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js")
    page.evaluate(axe.read_text(encoding="utf-8"))
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    # A part that is not laid out has a guessed height, and seems to lie over the next.
    page.evaluate(
        """document.querySelectorAll('*').forEach(e => {
            if (getComputedStyle(e).contentVisibility === 'auto')
                e.style.contentVisibility = 'visible';
        })"""
    )
    found = page.evaluate(
        """(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})
           .then(r => r.violations.map(v => [v.impact, v.id, v.nodes.slice(0, 3)
               .map(n => n.target.join(' ') + ': ' + n.failureSummary)]))""",
        RULES,
    )
    return [each for each in found if each[0] in GRAVE]


def test_axe_finds_nothing_serious(chromium, county):
    with open_page(chromium, county, **LAPTOP) as seen:
        seen.page.evaluate("groundplan.choose('building', groundplan.data.buildings[0].id)")
        assert barriers(seen.page) == []


# A window, an area or an audience changes which parts there are, not how many rows they have: a
# small run has all of them.
@pytest.mark.parametrize("size", [PHONE, PROJECTOR], ids=["phone", "projector"])
def test_axe_finds_nothing_serious_in_another_window(chromium, small, size):
    with open_page(chromium, small, **size) as seen:
        seen.page.evaluate("groundplan.choose('building', groundplan.data.buildings[0].id)")
        assert barriers(seen.page) == []


def test_axe_finds_nothing_serious_with_an_area_told(chromium, small):
    with open_page(chromium, small, **LAPTOP) as seen:
        seen.page.evaluate("groundplan.choose('area', 'w1')")
        assert seen.page.text_content("#my-area-told h3")
        assert barriers(seen.page) == []


def test_axe_finds_nothing_serious_on_a_public_page(chromium, small, tmp_path):
    path = write_plan_page(small.parent, audience="public", out=tmp_path / "public.html")
    with open_page(chromium, path, **LAPTOP) as seen:
        assert barriers(seen.page) == []


def test_axe_finds_nothing_serious_where_plans_are_compared(chromium, county, small, tmp_path):
    other = write_run(tmp_path / "other", small_run(title="Another plan"))
    path = write_run_comparison([small.parent, other], tmp_path / "both.html").path
    with open_page(chromium, path, **LAPTOP) as seen:
        assert barriers(seen.page) == []


@pytest.mark.parametrize("size", [LAPTOP, PHONE, PROJECTOR], ids=["laptop", "phone", "projector"])
def test_page_is_never_wider_than_the_window(chromium, county, size):
    with open_page(chromium, county, **size) as seen:
        wide = seen.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"]


def test_names_that_look_like_markup_are_shown_as_text(chromium, hostile):
    decisions = pd.read_csv(hostile.parent / "decisions.csv", dtype=str, keep_default_na=False)
    with open_page(chromium, hostile, **LAPTOP) as seen:
        page = seen.page
        names = {" ".join(name.lstrip("'").split()) for name in decisions["name"]}
        assert {" ".join(n.split()) for n in first_column(page)} == names
        assert page.locator("main img").count() == 0
        for asset_id in decisions["asset_id"]:
            page.evaluate(f"groundplan.choose('building', {json.dumps(asset_id)})")
        assert page.evaluate("window.pwned") is None

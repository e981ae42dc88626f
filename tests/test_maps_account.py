"""The account's page and its folder; `open_page` fails a test on any console message, page
error, dialog or request besides the file itself."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from browser import open_page

from assets.account import LayerAccount, account, of_sheet
from assets.issues import InputError, Issue
from assets.sheets import sheet_of
from assets.trail import ASIDE_RULES, REPAIR_RULES, aside, repairs
from maps.account import FOLDED, MARK, PAGE, SHOWN, account_html, write_account

PHONE = {"width": 375, "height": 800}
LAPTOP = {"width": 1366, "height": 768}
FILES = ["completeness.csv", "headings.csv", "issues.csv", "issues.html", "misplaced.csv",
         "repairs.csv", "rows.csv", "set_aside.csv"]  # fmt: skip
EVIL = "<script>alert(1)</script>'\"&{{7*7}}</style><img src=x onerror=alert(2)>"


def buildings(count=30):
    return pd.DataFrame(
        {
            "asset_id": [f"b{n}" for n in range(count)],
            "name": [f"Hall {n}" for n in range(count)],
            "owner": "Council",
            "asset_type": "office",
            "tenure": "freehold",
            "status": "operational",
            "gia_m2": 100,
            "running_cost_gbp_pa": 1000,
            "easting": [400000 + 300 * n for n in range(count)],
            "northing": [300000 + 200 * n for n in range(count)],
        }
    )


def issue(rule, message, *, severity="error", ids=(), remedy="mend it"):
    return Issue(f"buildings.{rule}", message, tuple(ids), remedy, "buildings", severity)


def made(count=30):
    """An account with everything in it."""
    frame = buildings(count).assign(running_cost_gbp_pa=[""] * 5 + [1000] * (count - 5))
    sheet = sheet_of("buildings", frame)
    ids = [f"b{n}" for n in range(count)]
    found = [
        issue("blank_cell", "running_cost_gbp_pa is blank", ids=ids[:5]),
        issue("outside_gb", "the place is outside Great Britain", ids=["b3"]),
        issue("no_market_value", "market_value_gbp is blank: its receipt counts as nil",
              severity="warning", ids=ids),
        issue("unknown_column", "columns are not used", severity="warning", ids=["Ref", "Notes"]),
    ]  # fmt: skip
    before, after = pd.Series(["1,161 hectares", ""], index=[2, 3]), pd.Series(["1.161", "x"],
                                                                              [2, 3])  # fmt: skip
    mended = repairs("buildings", "site_area_ha", "decimal_comma", before=before, after=after)
    gone = aside("buildings", "total_row",
                 pd.DataFrame({"Site": ["Total"], "Cost": ["9,999"]}, index=[99]))  # fmt: skip
    hint = pd.DataFrame({"id": ["b3"], "x": [401000.0], "y": [302000.0]})
    one = LayerAccount("buildings", sheet, "register.csv", repairs=mended.assign(id="b0"),
                       aside=gone, mapping=sheet.mapping, rows_in=count + 1,
                       suggested=hint)  # fmt: skip
    return account([one], found)


def page_of(told, **more):
    return account_html(told, title=more.pop("title", "A register"),
                        sources=more.pop("sources", ["register.csv"]), **more)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("account") / "told"
    return write_account(folder, made(), title="A register", sources=["register.csv"])


class Parsed(HTMLParser):
    """Every tag with its attributes, and all text that is shown."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.shown, self.inside = [], [], []
        self.feed(html)
        self.text = " ".join(" ".join(self.shown).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.shown.append(data)


# --- what the page says ----------------------------------------------------------------------


def test_everything_there_is_to_say_is_on_the_page():
    text = Parsed(page_of(made())).text
    for said in (
        "2 things must be put right before a plan can be made",
        "Running cost", "(running_cost_gbp_pa) is blank", "5 rows", "mend it",
        "without running costs, 5 buildings stop a plan".capitalize(), "25 of 30 83.3%",
        "decimal point: the second figure in the cell proves it", "1,161 hectares", "1.161",
        ASIDE_RULES["total_row"][1:], "Cost 9,999", "Total",
        "One looks wrong", "400900, 300600", "401000, 302000",
        "register.csv", "10 columns used, 0 not", "Ref", "Notes",
    ):  # fmt: skip
        assert said in text, said


def test_the_first_twenty_ids_are_shown_and_the_rest_folded():
    html = page_of(made())
    article = re.search(r'<article class="group" id="warning-buildings-buildings.no-market.*?'
                        r"</article>", html, re.S)[0]  # fmt: skip
    before, folded = article.split("<details")
    assert (before.count("<li>"), folded.count("<li>")) == (SHOWN, 10)
    assert "10 more rows" in folded
    assert "row 2</b> <span" in before and "Hall 29" in folded


def test_beyond_what_a_page_can_hold_the_table_is_named():
    many = SHOWN + FOLDED + 7
    html = page_of(account([], [issue("x", "wrong", ids=[f"i{n}" for n in range(many)])]))
    assert html.count("<li") == SHOWN + FOLDED
    assert f"The last 7 of {many} are in issues.csv" in Parsed(html).text


@pytest.mark.parametrize(
    ("issues", "said"),
    [
        ([], "Nothing here stops a plan, and nothing odd was found."),
        ([issue("x", "odd", severity="warning")], "Nothing here stops a plan. The warnings"),
        ([issue("x", "wrong")], "1 thing must be put right before a plan can be made."),
    ],
)
def test_the_verdict(issues, said):
    layers = [of_sheet(sheet_of("areas", None))]
    assert said in Parsed(page_of(account(layers, issues))).text


def test_several_messages_of_one_rule_each_have_their_remedy():
    told = account(
        [],
        [
            issue("blank_cell", "tenure is blank", ids=["b1"], remedy="say how held"),
            issue("blank_cell", "name is blank", ids=["b2"], remedy="name it"),
        ],
    )
    text = Parsed(page_of(told)).text
    assert "Blank cell" in text
    assert text.index("Tenure is blank") < text.index("say how held") < text.index("Name is")


def test_each_place_has_its_own_reason():
    one = of_sheet(sheet_of("buildings", buildings()))
    found = [issue("far_from_neighbours", f"it is {n} km away: no", ids=[f"b{n}"]) for n in (7, 4)]
    text = Parsed(page_of(account([one], found))).text
    assert "1 Hall 7 b7 It is 7 km away 402100" in text
    assert "2 Hall 4 b4 It is 4 km away 401200" in text


def test_rows_that_do_not_add_up_are_said_loudly():
    one = of_sheet(sheet_of("buildings", buildings()), rows_in=31)
    text = Parsed(page_of(account([one]))).text
    assert "1 not accounted for" in text and "must be put right" in text


def test_a_share_is_all_or_nothing_only_where_it_is():
    frame = buildings(1001).assign(gia_m2=[""] + [1] * 1000, tenure=["freehold"] + [""] * 1000)
    text = Parsed(page_of(account([of_sheet(sheet_of("buildings", frame))]))).text
    assert "1,000 of 1,001 99.9%" in text and "1 of 1,001 0.1%" in text


def test_what_repairs_and_rows_set_aside_are_called_is_in_the_trail():
    told = made()
    assert set(told.repairs["rule"]) <= set(REPAIR_RULES)
    assert set(told.aside["rule"]) <= set(ASIDE_RULES)


# --- safety ----------------------------------------------------------------------------------


def evil_account():
    frame = buildings(3).assign(name=EVIL, asset_id=[EVIL, "b1", "b2"]).rename(
        columns={"owner": "owner", "gia_m2": EVIL}
    )  # fmt: skip
    sheet = sheet_of("buildings", frame)
    mended = repairs("buildings", "name", "published_word", before=pd.Series([EVIL]),
                     after=pd.Series([EVIL + "x"]))  # fmt: skip
    gone = aside("buildings", "closed", pd.DataFrame({EVIL: [EVIL]}), ids=[EVIL])
    one = LayerAccount("buildings", sheet, EVIL, issues=sheet.issues,
                       repairs=mended.assign(id=EVIL), aside=gone, mapping=sheet.mapping,
                       rows_in=4)  # fmt: skip
    return account([one], [Issue(EVIL, EVIL, (EVIL, "b1"), EVIL, EVIL),
                           issue("outside_gb", EVIL, ids=[EVIL]),
                           issue("blank_cell", EVIL, ids=[EVIL, "b1"], remedy=EVIL)])  # fmt: skip


def test_what_comes_out_of_a_register_is_text():
    areas = gpd.GeoDataFrame({"name": [EVIL[:20]]}, geometry=[shapely.box(4e5, 3e5, 5e5, 4e5)],
                             crs=27700)  # fmt: skip
    parsed = Parsed(page_of(evil_account(), title=EVIL, sources={EVIL: EVIL}, areas=areas))
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert not [tag for tag, _ in parsed.tags if tag in ("img", "iframe", "object", "base")]
    assert not [a for _, attributes in parsed.tags for a in attributes if a.startswith("on")]
    assert "49" not in re.findall(r"'\"&(\d+)", parsed.text)
    assert parsed.text.count("<script>alert(1)</script>") > 5


def test_only_the_pages_own_script_may_run_and_nothing_is_fetched():
    html = page_of(made())
    script = re.search(r"<script>(.*?)</script>", html, re.S)[1]
    coded = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(a["content"] for tag, a in Parsed(html).tags
                  if tag == "meta" and a.get("http-equiv"))  # fmt: skip
    assert "default-src 'none'" in policy and f"script-src 'sha256-{coded}'" in policy
    assert not re.search(r"(src|href)=[\"']?(https?:|//)", html)


def test_the_same_account_gives_the_same_bytes():
    assert page_of(made()) == page_of(made())


def test_halves_of_letters_do_not_stop_the_page(tmp_path):
    told = account([], [issue("x", "half \ud800 a letter", ids=["\udfff"])])
    path = write_account(tmp_path / "a", told, title="t", sources=[])
    assert "Half ? a letter" in path.read_text(encoding="utf-8")


# --- the folder ------------------------------------------------------------------------------


def test_the_page_and_every_table_are_in_the_folder(page):
    assert page.name == PAGE
    assert sorted(p.name for p in page.parent.iterdir()) == FILES
    lines = pd.read_csv(page.parent / "issues.csv", encoding="utf-8-sig", dtype=str)
    assert len(lines) == 5 + 1 + 30 + 2
    assert (page.parent / "issues.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_earlier_account_is_replaced_and_other_files_stay(tmp_path):
    told = account([], [issue("x", "first")])
    write_account(tmp_path, told, title="t", sources=[])
    (tmp_path / "register.csv").write_text("mine")
    write_account(tmp_path, account([], [issue("x", "second")]), title="t", sources=[])
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "Second" in text and "First" not in text
    assert (tmp_path / "register.csv").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "register.csv"])


@pytest.mark.parametrize("name", ["issues.csv", "issues.html", "rows.csv"])
def test_files_that_are_no_account_are_left_alone(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputError) as error:
        write_account(tmp_path, account([]), title="t", sources=[])
    assert error.value.issues[0].rule == "account.folder_in_use"
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError) as error:
        write_account(tmp_path / "out", account([]), title="t", sources=[])
    assert error.value.issues[0].rule == "account.folder_in_use"


def test_a_disk_that_refuses_leaves_the_earlier_account_whole(tmp_path, monkeypatch):
    write_account(tmp_path, account([], [issue("x", "first")]), title="t", sources=[])
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(InputError) as error:
        write_account(tmp_path, account([], [issue("x", "second")]), title="t", sources=[])
    monkeypatch.undo()
    assert error.value.issues[0].rule == "account.cannot_write"
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_mark_is_where_it_is_looked_for(page):
    assert MARK in page.read_text(encoding="utf-8")[:4000]
    assert os.stat(page).st_mode & 0o044, "colleagues can read it"


# --- in a browser ----------------------------------------------------------------------------


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_the_page_fits_its_window(chromium, page, size):
    with open_page(chromium, page, **size) as seen:
        assert fits(seen.page)
        seen.page.eval_on_selector_all("details", "nodes => nodes.forEach(n => { n.open = true })")
        assert fits(seen.page)


def test_hostile_text_does_nothing_and_fits(chromium, tmp_path):
    path = write_account(tmp_path / "a", evil_account(), title=EVIL * 3, sources=[EVIL * 9])
    with open_page(chromium, path, **PHONE) as seen:
        seen.page.eval_on_selector_all("details", "nodes => nodes.forEach(n => { n.open = true })")
        assert fits(seen.page)


def test_finding_a_name_shows_only_what_has_it(chromium, page):
    with open_page(chromium, page, **LAPTOP) as seen:
        seen.page.fill("#find", "hall 27")
        shown = seen.page.locator(".group:visible")
        assert shown.count() == 1
        assert seen.page.locator(".ids li:visible").all_inner_texts() == ["row 29 b27 Hall 27"]
        assert seen.page.inner_text("#found") == "1 of 4 findings"
        seen.page.fill("#find", "zebra")
        assert seen.page.inner_text("#found") == "Nothing found."
        seen.page.fill("#find", "")
        assert shown.count() == 4
        assert seen.page.locator(".ids li:visible").count() == 5 + 1 + SHOWN


def test_tables_sort_by_number_and_back(chromium, page):
    with open_page(chromium, page, **LAPTOP) as seen:
        filled = seen.page.locator("#complete table").first
        head = filled.locator("thead th.num")
        head.locator("button").click()
        shares = filled.locator("td[data-v]").evaluate_all("n => n.map(d => Number(d.dataset.v))")
        assert shares == sorted(shares) and head.get_attribute("aria-sort") == "ascending"
        head.locator("button").click()
        turned = filled.locator("td[data-v]").evaluate_all("n => n.map(d => Number(d.dataset.v))")
        assert turned == sorted(shares, reverse=True)


def test_links_of_the_page_lead_somewhere(chromium, page):
    with open_page(chromium, page, **LAPTOP) as seen:
        lost = seen.page.eval_on_selector_all(
            "a[href^='#']",
            "links => links.map(a => a.getAttribute('href').slice(1))"
            ".filter(id => !document.getElementById(id))",
        )
        assert lost == []


def test_without_a_script_everything_can_still_be_read(chromium, page):
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)
    try:
        bare = context.new_page()
        bare.goto(page.as_uri())
        assert not bare.locator(".find").is_visible(), "no search that would not work"
        assert "is blank" in bare.inner_text("#error")
        bare.locator("#repairs summary").click()
        assert bare.locator("#repairs td", has_text="1,161 hectares").is_visible()
    finally:
        context.close()


def test_on_paper_sections_are_open(chromium, page):
    with open_page(chromium, page, **LAPTOP) as seen:
        seen.page.emulate_media(media="print")
        seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert seen.page.locator("#repairs td", has_text="1,161 hectares").is_visible()
        assert not seen.page.locator(".toc").is_visible()
        seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert seen.page.locator("#repairs details[open]").count() == 0


def test_numbers_on_the_map_have_names(chromium, page):
    with open_page(chromium, page, **LAPTOP) as seen:
        titles = seen.page.locator("#map svg title").all_text_contents()
        assert titles and set(titles) == {"Hall 3"}
        assert seen.page.locator("#map figure").count() == 2

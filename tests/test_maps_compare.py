"""The page of a comparison: whole in itself, safe whatever the registers say, legible anywhere."""

from __future__ import annotations

import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from browser import open_page

from assets.comparing.compare import compare
from assets.issues import InputError
from maps import compare as page
from maps import movements

HOSTILE = '<img src=x onerror="alert(1)"></script>{{ 7*7 }}'


def register(count=30, *, shift=0.0):
    numbers = range(count)
    frame = pd.DataFrame(
        {
            "asset_id": [f"A{n}" for n in numbers],
            "name": [f"Building number {n}" for n in numbers],
            "owner": "Council",
            "asset_type": "library",
            "tenure": "freehold",
            "status": "operational",
            "gia_m2": [str(100 + n) for n in numbers],
            "easting": [str(450000 + 700 * (n % 6) + shift) for n in numbers],
            "northing": [str(300000 + 500 * (n // 6)) for n in numbers],
        },
        dtype=object,
    )
    frame.index = pd.RangeIndex(2, count + 2, name="row")
    return frame


def changed():
    """The register with something of everything in it."""
    new = register()
    new.loc[4, "name"] = HOSTILE
    new.loc[5:30, "gia_m2"] = "1200"
    new.loc[6, "tenure"] = "leasehold"
    new.loc[7, ["easting", "northing"]] = ["452600", "301900"]
    new.loc[8, "easting"] = "450005"
    new.loc[9, ["easting", "northing"]] = ""
    new.loc[10, ["asset_id", "name"]] = ["Z1", "=cmd()"]
    new.loc[11, ["asset_id", "name"]] = ["Z2", "بيت بعيد جدا"]
    return new


@pytest.fixture(scope="module")
def comparison():
    return compare(register(), changed(), old_name="old <b>.csv", new_name="new.csv")


@pytest.fixture(scope="module")
def html(comparison):
    return page.compare_html(comparison, title=f"Estate {HOSTILE}")


def test_what_registers_say_is_text(html):
    assert "<img" not in html
    assert "{{ 7*7 }}" in html  # shown as it stands, never worked out
    assert html.count("<script") == html.count("</script") == 1
    assert "&lt;b&gt;" in html and "old <b>" not in html


def test_the_page_asks_for_nothing(html):
    assert "default-src 'none'" in unescape(html)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", html)
    assert "url(" not in html.replace("url(#head)", "")


def test_the_same_comparison_gives_the_same_bytes(comparison, html):
    assert page.compare_html(comparison, title=f"Estate {HOSTILE}") == html


def test_counts_are_those_of_the_comparison(comparison, html):
    figures = {row["label"]: row["text"] for row in page.headline(comparison)}
    assert figures == {
        "In the old": "30",
        "In the new": "30",
        "In both": "28",
        "Removed": "2",
        "Added": "2",
        "Changed": "25",
    }
    assert "3 assets are told exactly alike" in html
    assert [s["key"] for s in page.kind_sections(comparison)] == [
        "moved", "unplaced", "retenured", "renamed", "resized",
    ]  # fmt: skip


def test_the_farthest_moved_comes_first(comparison):
    moved = page.kind_sections(comparison)[0]
    assert [row["old_id"] for row in moved["cells"]["first"]] == ["A5", "A6"]
    assert moved["cells"]["first"][1]["apart"].endswith(" m")


def test_long_lists_are_folded_and_the_rest_is_counted():
    listed = page.folded(list(range(100)), total=1_234)
    assert (len(listed["first"]), len(listed["rest"]), listed["more"]) == (20, 80, 1_134)


def test_figures_are_told_for_readers():
    assert page.value_words("gia_m2", "12345.5") == "12,345.5"
    assert page.value_words("running_cost_gbp_pa", "1200") == "£1,200"
    assert page.value_words("in_scope", "true") == "yes"
    assert page.value_words("tenure", "freehold") == "Freehold"
    assert page.value_words("gia_m2", "see plan") == "see plan"
    assert page.grown("gia_m2", "100", "112") == "+12%"
    assert page.grown("gia_m2", "100", "50") == "\u221250%"
    assert page.grown("gia_m2", "1", "2500") == "× 2,500"
    assert page.grown("gia_m2", "", "5") == ""
    assert page.grown("name", "1", "5") == ""


def test_registers_that_say_the_same_and_that_share_nothing():
    same = page.compare_html(compare(register(), register()), title="Same")
    assert "The two registers say the same." in same
    none = page.compare_html(compare(register(0), register(0)), title="None")
    assert "No row of the one register" in none
    assert "<figure>" not in none


# --- the map -------------------------------------------------------------------------------


def test_a_place_far_from_all_others_is_drawn_at_the_edge():
    x = np.append(np.linspace(400_000, 410_000, 200), 90_000.0)
    y = np.append(np.linspace(300_000, 305_000, 200), 5_000.0)
    frame = movements.framed(x, y)
    assert frame.outside(x, y).sum() == 1
    across, down = frame.at(x, y)
    assert across.min() == movements.EDGE_PX and down.max() == frame.height - movements.EDGE_PX


def test_a_single_place_has_a_frame_round_it():
    frame = movements.framed(np.array([450_000.0]), np.array([300_000.0]))
    across, down = frame.at(np.array([450_000.0]), np.array([300_000.0]))
    assert across[0] == pytest.approx(500) and down[0] == pytest.approx(frame.height / 2)


@pytest.mark.parametrize(
    ("scale", "text"), [(0.1, "2 km"), (0.001, "200 km"), (0.25, "500 m"), (0.23, "1 km")]
)
def test_the_scale_bar_is_round_and_as_long_as_it_says(scale, text):
    bar = movements.scale_bar(scale)
    assert bar["text"] == text
    assert 90 <= bar["px"] <= 230


def test_the_map_shows_what_came_went_and_moved(comparison):
    sketch = movements.drawing(comparison.points)
    assert {what: len(marks) for what, marks in sketch["marks"].items()} == {
        "removed": 2, "added": 2, "moved": 2,
    }  # fmt: skip
    assert sketch["coast"] == ""
    assert sketch["kept"].count("M") == 25


# --- the files -----------------------------------------------------------------------------


def test_the_folder_holds_the_page_and_the_tables(tmp_path, comparison):
    path = page.write_comparison(tmp_path / "out", comparison, title="Estate")
    names = sorted(file.name for file in path.parent.iterdir())
    assert path.name == "compare.html"
    assert names == [
        "added.csv", "changes.csv", "columns.csv", "compare.html", "matched.csv", "possible.csv",
        "removed.csv", "set_aside.csv", "summary.csv", "uprns.csv", "warnings.csv",
    ]  # fmt: skip
    told = pd.read_csv(path.parent / "added.csv", dtype=str, keep_default_na=False)
    assert told["name"].tolist() == ["'=cmd()", "بيت بعيد جدا"]
    page.write_comparison(tmp_path / "out", comparison, title="Again")
    assert "Again" in path.read_text(encoding="utf-8")


def test_files_that_are_no_comparison_are_left_alone(tmp_path, comparison):
    own = tmp_path / "added.csv"
    own.write_text("mine")
    with pytest.raises(InputError, match="no comparison"):
        page.write_comparison(tmp_path, comparison, title="Estate")
    assert own.read_text() == "mine"
    with pytest.raises(InputError, match="no comparison"):
        page.write_comparison(own, comparison, title="Estate")


def test_a_disk_that_refuses_is_an_issue(tmp_path, comparison, monkeypatch):
    def refuse(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(InputError, match="No space left"):
        page.write_comparison(tmp_path / "out", comparison, title="Estate")


# --- in a browser --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory, comparison):
    folder = tmp_path_factory.mktemp("compared")
    return page.write_comparison(folder, comparison, title=f"Estate {HOSTILE}")


@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_runs_over_the_edge(chromium, written, width):
    with open_page(chromium, written, width=width, height=800) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width


def test_finding_and_sorting(chromium, written):
    with open_page(chromium, written, width=1280, height=800) as seen:
        seen.page.fill("#find", "z2")
        assert seen.page.locator("#added tbody tr:visible").count() == 1
        assert not seen.page.locator("#kind-retenured").is_visible()
        assert seen.page.inner_text("#found").endswith("found")
        seen.page.fill("#find", "")
        sized = seen.page.locator("#kind-resized table").first
        sized.locator("th button", has_text="Change").click()
        first = sized.locator("tbody tr").first.inner_text()
        sized.locator("th button", has_text="Change").click()
        assert sized.locator("tbody tr").first.inner_text() != first


def test_it_reads_without_a_script(chromium, written):
    context = chromium.new_context(java_script_enabled=False, offline=True)
    shown = context.new_page()
    shown.goto(written.as_uri())
    assert shown.locator("#added tbody tr").count() == 2
    assert not shown.locator(".find").is_visible()
    context.close()

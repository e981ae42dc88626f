"""`frontier.html`: the curve, its plans and prices, in a browser without a network."""

from __future__ import annotations

import importlib.resources
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from browser import open_page

from assets.issues import InputError
from maps.frontier_page import frontier_page, write_frontier_page

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
X = ("receipts_gbp", "Receipts from sales", "gbp")
Y = ("people_within.fire_10", f"People reached in time {EVIL}", "share")
#: number, receipts, share, share at best, whether a choice, what is said of it.
POINTS = (
    (1, 1.0e6, 0.82, 0.82, "yes", "A choice"),
    (2, 2.0e6, 0.80, 0.815, "yes", "A choice, but not surely: a better plan may exist"),
    (3, 2.5e6, 0.79, 0.80, "no", "No choice: plan 4 is at least as good"),
    (4, 2.6e6, 0.79, 0.795, "yes", "A choice"),
)
DECIDED = {
    1: ("retain", "retain", "retain"),
    2: ("dispose", "retain", "retain"),
    3: ("dispose", "dispose", "retain"),
    4: ("dispose", "dispose", "extend"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frontier as the command leaves it, with text that would do harm wherever text may be."""
    place: Path = tmp_path_factory.mktemp("frontier")
    rows, points = [], []
    for number, x, y, best, choice, note in POINTS:
        row = {
            "point": number,
            "choice": choice,
            "note": note,
            "run": f"points/{number:02d}/plan.html",
        }
        for letter, (key, name, unit) in (("x", X), ("y", Y)):
            row |= {f"{letter}_key": key, f"{letter}_name": name, f"{letter}_unit": unit}
        row |= {"x_value": x, "x_bound": x, "y_value": y, "y_bound": best}
        rows.append(row)
        points.append({**row, "gap": best / y - 1, "gap_of_range": (best - y) / 0.03})
        (place / "points" / f"{number:02d}").mkdir(parents=True)
        frame = pd.DataFrame({"asset_id": ["A", "B", "C"], "name": [f"Hall {EVIL}", "Mill", "Inn"],
                              "decision": DECIDED[number]})  # fmt: skip
        frame.to_csv(place / "points" / f"{number:02d}" / "decisions.csv", index=False)
    pd.DataFrame(rows).to_csv(place / "frontier.csv", index=False)
    record = {
        "title": f"Toy {EVIL}",
        "state": "stopped",
        "headline": f"Three plans {EVIL}",
        "axes": [{"key": k, "name": n, "unit": u, "note": EVIL} for k, n, u in (X, Y)],
        "freed": [{"key": "targets.receipts_gbp", "words": f"the target {EVIL}"}],
        "points": points,
        "prices": [{"from": 1, "to": 2, "words": "From 80% to 82% costs £1.00m", "each": EVIL}],
        "steps": [{"words": "Receipts at least £9.00m: proved impossible"}, {"words": ""}],
    }
    (place / "frontier.json").write_text(json.dumps(record), encoding="utf-8")
    write_frontier_page(place)
    return place


def test_the_page_is_the_same_bytes_each_time_and_escapes_what_it_shows(folder: Path) -> None:
    page = frontier_page(folder)
    assert page == (folder / "frontier.html").read_text(encoding="utf-8")
    assert EVIL not in page
    assert "<img" not in page


def test_each_point_leads_to_its_plan_and_only_choices_are_choices(chromium, folder):
    with open_page(chromium, folder / "frontier.html", **LAPTOP) as seen:
        rows = seen.page.locator("#data-points tbody tr")
        links = rows.locator("th a").evaluate_all("found => found.map(a => a.getAttribute('href'))")
        assert links == [f"points/{n:02d}/plan.html" for n in (1, 2, 3, 4)]
        assert "not surely" in rows.nth(1).text_content()
        assert rows.nth(2).get_attribute("class") == "marked"
        assert seen.page.locator("#data-points tr.marked").count() == 1
        assert seen.page.locator("#chart-frontier-1 svg circle").count() == len(POINTS) + 1
        assert "proved impossible" in seen.page.locator("#data-steps").text_content()
        assert "Stopped before the last step" in seen.page.locator("main").text_content()


def test_what_changes_is_between_choices_that_are_neighbours(chromium, folder):
    with open_page(chromium, folder / "frontier.html", **LAPTOP) as seen:
        titles = seen.page.locator("#changes h3").all_text_contents()
        assert titles == ["From plan 1 to plan 2", "From plan 2 to plan 4"]
        first = seen.page.locator("#data-changes-1-2 tbody tr").all_text_contents()
        assert len(first) == 1 and "Let go" in first[0]
        lead = seen.page.locator("#table-changes-2-4 .lead").text_content()
        assert lead == "1 let go only in plan 4, 0 let go only in plan 2."


def test_a_plan_is_reached_from_the_keyboard(chromium, folder):
    with open_page(chromium, folder / "frontier.html", **LAPTOP) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the plans"
        seen.page.keyboard.press("Enter")
        for _ in range(40):
            seen.page.keyboard.press("Tab")
            if seen.page.evaluate("document.activeElement.getAttribute('href')"):
                break
        href = seen.page.evaluate("document.activeElement.getAttribute('href')")
        assert href == "points/01/plan.html"


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_nothing_bars_anybody_and_nothing_runs_off_the_side(chromium, folder, size):
    axe = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js")
    with open_page(chromium, folder / "frontier.html", **size) as seen:
        seen.page.evaluate(axe.read_text(encoding="utf-8"))
        options = {"runOnly": {"type": "tag", "values": RULES}}
        found = seen.page.evaluate("options => axe.run(document, options)", options)
        told = [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]
                if v["impact"] in GRAVE]  # fmt: skip
        assert not told, "\n".join(told)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert seen.page.evaluate(wide) <= 0


@pytest.fixture(scope="module")
def of_three(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same plans with a third figure: two levels of it, the second with its own bounds."""
    place: Path = tmp_path_factory.mktemp("three") / "frontier"
    shutil.copytree(folder, place)
    z = {"z_key": "capital_gbp", "z_name": f"Capital {EVIL}", "z_unit": "gbp", "z_value": 1e6}
    table = pd.read_csv(place / "frontier.csv")
    table.assign(**z, z_bound=1e6).to_csv(place / "frontier.csv", index=False)
    record = json.loads((place / "frontier.json").read_text())
    record["axes"].append({"key": z["z_key"], "name": z["z_name"], "unit": "gbp", "note": ""})
    record["points"] = [{**point, **z, "z_bound": 1e6} for point in record["points"]]
    price = record.pop("prices")[0]
    record["prices"] = []
    record["levels"] = [
        {"words": f"At most £2m {EVIL}", "points": [1, 2, 4], "y_bounds": [0.82, 0.83, None],
         "prices": [price]},
        {"words": "At most £1m", "points": [4], "y_bounds": [0.795], "prices": []},
    ]  # fmt: skip
    (place / "frontier.json").write_text(json.dumps(record), encoding="utf-8")
    write_frontier_page(place)
    return place


def test_of_three_figures_each_level_has_its_own_curve_and_prices(chromium, of_three):
    with open_page(chromium, of_three / "frontier.html", **LAPTOP) as seen:
        dots = [seen.page.locator(f"#chart-frontier-{which} svg circle").count()
                for which in ("1", "level-1", "level-2")]  # fmt: skip
        assert dots == [len(POINTS) + 1, 3, 1]
        curve = "svg path[stroke-linejoin]"
        lines = [seen.page.locator(f"#chart-frontier-{which} {curve}").count()
                 for which in ("1", "level-1", "level-2")]  # fmt: skip
        assert lines == [0, 1, 0]
        last = [seen.page.locator(f"#chart-frontier-level-{n} svg circle").last for n in (1, 2)]
        at = [[dot.get_attribute(k) for k in ("cx", "cy")] for dot in last]
        assert at[0] == at[1], "plan 4 stands in the same place on both"
        told = seen.page.locator("#data-frontier-level-1-numbers").text_content()
        assert "83.0%" in told and "81.5%" not in told
        row = seen.page.locator("#data-prices tbody tr").all_text_contents()
        assert len(row) == 1 and "At most £2m" in row[0] and "£1.00m" in row[0]
        assert seen.page.locator("img[src=x]").count() == 0


def test_a_folder_that_is_no_frontier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"frontier\.unreadable"):
        write_frontier_page(tmp_path)

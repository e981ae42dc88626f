from __future__ import annotations

import base64
import copy
import dataclasses
import hashlib
import json
import os
import re
from html.parser import HTMLParser

import folium
import geopandas.testing
import pandas as pd
import pytest
from toy_run import HOSTILE, hostile_run, small_run, write_run

from assets.issues import InputError
from maps import figure, overlays, page, runs, style


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run", small_run())


@pytest.fixture
def html(folder):
    return page.map_page(runs.read_run(folder))


def plan_data(html):
    text = re.search(r'<script type="application/json" id="plan-data">(.*?)</script>', html, re.S)
    return json.loads(text.group(1))


class Parsed(HTMLParser):
    """Every tag with its attributes, and all text that is shown."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.inside = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)


def test_the_map_lands_in_the_run_folder_and_nothing_else_does(folder):
    before = sorted(p.name for p in folder.iterdir())
    path = page.write_map(folder)
    assert path == folder / "map.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(p.name for p in folder.iterdir()) == sorted([*before, "map.html"])


def test_the_same_run_gives_the_same_bytes(folder):
    first = page.write_map(folder).read_bytes()
    assert page.write_map(folder).read_bytes() == first


def test_shuffled_rows_change_nothing(folder, html):
    run = runs.read_run(folder)
    turned = dataclasses.replace(
        run,
        decisions=run.decisions.iloc[::-1],
        services=run.services.iloc[::-1],
        cover=run.cover.iloc[::-1],
        layers={name: frame.iloc[::-1] for name, frame in run.layers.items()},
    )
    assert page.map_page(turned) == html


def test_drawing_leaves_the_run_as_it_was(folder):
    run = runs.read_run(folder)
    twin = copy.deepcopy(run)
    page.map_page(run)
    assert run.summary == twin.summary
    for name in ("decisions", "services", "cover"):
        pd.testing.assert_frame_equal(getattr(run, name), getattr(twin, name))
    for name, frame in run.layers.items():
        geopandas.testing.assert_geodataframe_equal(frame, twin.layers[name])


def test_nothing_is_loaded_from_anywhere(html):
    for tag, attributes in Parsed(html).tags:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base")
        for name in ("src", "href", "srcset", "action", "xlink:href"):
            target = attributes.get(name, "#")
            assert target.startswith("#"), (tag, name, target)
    for target in re.findall(r"url\((.*?)\)", html):
        assert target.startswith(("data:", "#", "${", "\\u0023")), target
    assert "sourceMappingURL" not in html
    assert "@import" not in html
    for word in ("cdn.", "jquery", "bootstrap", "cloudflare", "fontawesome", "glyphicons"):
        assert word not in html.lower()


def test_addresses_in_the_file_are_names_and_not_resources(html):
    known = {
        "http://www.w3.org/2000/svg",  # the name of SVG
        "https://leafletjs.com",  # Leaflet's credit
        "https://bugzilla.mozilla.org/show_bug.cgi?id=888319",  # a comment in its style
    }
    assert {a.rstrip("/") for a in re.findall(r"https?://[^\s\"'`<>)*]+", html)} <= known


def test_folium_itself_is_left_as_it_was(html):
    assert any("leaflet.js" in url for _, url in folium.Map.default_js)
    assert len(folium.Map.default_css) > 1
    assert figure.OfflineMap.default_js == [] == figure.OfflineMap.default_css


def test_only_the_page_s_own_scripts_may_run(html):
    tags = Parsed(html).tags
    policy = next(a["content"] for _, a in tags if a.get("http-equiv"))
    allowed = set(re.findall(r"'sha256-(.*?)'", policy))
    bodies = re.findall(r"<script>(.*?)</script>", html, re.S)
    assert len(bodies) == 3
    assert allowed == {
        base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies
    }
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert not [a for _, a in tags if any(name.startswith("on") for name in a)]


def test_the_page_says_what_it_is(html):
    parsed = Parsed(html)
    assert ("html", {"lang": "en-GB"}) in parsed.tags
    assert any(a.get("charset") == "utf-8" for t, a in parsed.tags if t == "meta")
    assert "user-scalable=no" not in html
    text = " ".join(parsed.text)
    for words in ("Proposal for consultation", "Toyshire estate", "Optimal: proved"):
        assert words in text


def test_headline_and_tables_are_the_run_s_figures(folder, html):
    summary = json.loads((folder / "run.json").read_text())
    decisions = pd.read_csv(folder / "decisions.csv")
    text = re.sub(r"\s+", " ", " ".join(Parsed(html).text))
    totals = summary["totals"]
    assert totals["receipts_gbp"] == decisions["receipt_gbp"].sum()
    assert f"Receipts {style.money(totals['receipts_gbp'])}" in text
    assert f"Capital {style.money(totals['capital_gbp'])}" in text
    assert f"Net present value {style.money(summary['npv_gbp'])}" in text
    assert f"Saved each year {style.money(totals['revenue_saving_gbp_pa'])}" in text
    assert f"{totals['buildings_before']} \u2192 {totals['buildings_after']}" in text
    for s in summary["standards"]:
        row = f"{style.percent(s['share_before'])} {style.percent(s['share_after'])}"
        assert row in text
    for target in summary["targets"]:
        assert f"{style.pounds(target['target'])} {style.pounds(target['value'])}" in text


def test_every_building_s_money_is_the_run_s_figure(folder, html):
    decisions = pd.read_csv(folder / "decisions.csv").set_index("asset_id")
    shown = {b["id"]: b for b in plan_data(html)["buildings"]}
    assert set(shown) == set(decisions.index)
    for asset_id, row in decisions.iterrows():
        money = dict(shown[asset_id]["money"])
        if row["confidential"]:
            assert money == {}
            continue
        for column, label in overlays.MONEY_ROWS:
            text = money.get(label, "£0").replace("\u2212", "-").replace("£", "")
            assert float(text.replace(",", "")) == row[column]


def test_cover_of_areas_is_the_run_s(folder, html):
    cover = pd.read_csv(folder / "cover.csv")
    areas = {(a["kind"], a["id"]): a["figures"] for a in plan_data(html)["areas"]}
    ward = cover[cover["geography"] == "ward"]
    assert len(ward) == sum(len(f) for (kind, _), f in areas.items() if kind == "ward")
    for row in ward.to_dict("records"):
        (figure,) = [f for f in areas["ward", row["area_id"]] if f[0] == row["standard_id"]]
        assert figure[2:4] == [
            style.percent(row["share_before"]),
            style.percent(row["share_after"]),
        ]


def test_withheld_sums_are_nowhere_in_the_bytes(html):
    digits = re.sub(r"[,.]", "", html)
    assert "654321" in digits  # an open one is there
    for sum_gbp in ("777123", "45678"):
        assert sum_gbp not in digits
    assert style.WITHHELD in html


def test_hostile_text_stays_text(tmp_path):
    html = page.map_page(runs.read_run(write_run(tmp_path / "run", hostile_run())))
    tags = Parsed(html).tags
    assert [t for t, _ in tags if t in ("img", "object", "iframe")] == []
    assert sum(t == "script" for t, _ in tags) == 4
    assert html.count("</script") == 4
    assert "49" not in re.sub(r"\d{3,}", "", " ".join(Parsed(html).text))  # {{7*7}} unrendered
    data = plan_data(html)
    assert {b["name"] for b in data["buildings"]} == set(HOSTILE)
    raw = html[html.index('id="plan-data">') :].split("</script", 1)[0][len('id="plan-data">') :]
    assert not re.search("[<>&\u2028\u2029]", raw)


def test_script_json_refuses_what_json_has_not():
    with pytest.raises(ValueError, match="Out of range"):
        figure.script_json([float("nan")])


def test_lone_surrogates_do_not_stop_the_page():
    assert figure.script_json("a\ud800b") == '"a?b"'


def test_an_asset_called_na_and_a_guarded_name_read_as_written(tmp_path):
    run = small_run()
    names = ["NA", "=SUM(A1)", "null", "-Hall", "'Quoted'", "007", "1e5", "True"]
    folder = write_run(
        tmp_path / "run", dataclasses.replace(run, decisions=run.decisions.assign(name=names))
    )
    assert "'=SUM" in (folder / "decisions.csv").read_text()
    assert list(runs.read_run(folder).decisions["name"]) == names


def test_a_run_without_roads_places_or_areas_is_still_drawn(tmp_path):
    run = dataclasses.replace(small_run(), layers={})
    data = plan_data(page.map_page(runs.read_run(write_run(tmp_path / "run", run))))
    assert data["roads"] == data["areas"] == data["places"] == data["outline"] == []
    assert len(data["buildings"]) == 8
    assert data["attribution"] == ""


def test_roads_are_credited_and_a_scenario_may_name_its_source(folder):
    run = runs.read_run(folder)
    assert page.plan_data(run)["attribution"] == "Roads \u00a9 OpenStreetMap contributors"
    scenario = {**run.summary["scenario"], "attribution": "Fictional"}
    told = dataclasses.replace(run, summary={**run.summary, "scenario": scenario})
    assert page.plan_data(told)["attribution"] == "Fictional"


def test_every_missing_file_is_named_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        page.write_map(tmp_path)
    assert [issue.rule for issue in caught.value.issues] == ["run.missing_file"] * 5
    assert "services.csv" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("run.json", b"{", "cannot be read"),
        ("run.json", b"[]", "not a JSON object"),
        ("run.json", b'{"name": "x"}', "it lacks title"),
        ("run.json", b"\xff\xfe\x00", "cannot be read"),
        ("decisions.csv", b"", "cannot be read"),
        ("decisions.csv", b"asset_id,name\nb1,x\n", "it lacks owner"),
        ("plan.gpkg", b"not a package", "cannot be read"),
    ],
)
def test_a_damaged_file_is_one_message(folder, name, content, says):
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        page.write_map(folder)
    assert [issue.rule for issue in caught.value.issues] == ["run.damaged_file"]
    assert not (folder / "map.html").exists()


def test_a_building_nowhere_is_named(folder):
    path = folder / "decisions.csv"
    path.write_text(path.read_text().replace("371500.0,90500.0", ",90500.0"))
    with pytest.raises(InputError, match="without easting") as caught:
        page.write_map(folder)
    assert caught.value.issues[0].ids == ("b2",)


def test_a_standard_without_its_figures_is_one_message(folder):
    summary = json.loads((folder / "run.json").read_text())
    del summary["standards"][1]["share_after"]
    (folder / "run.json").write_text(json.dumps(summary))
    with pytest.raises(InputError, match="it lacks share_after"):
        page.write_map(folder)


def test_text_where_money_should_be_is_one_message(folder):
    path = folder / "decisions.csv"
    path.write_text(path.read_text().replace("654321.0", "lots"))
    with pytest.raises(InputError, match="decisions.csv cannot be read"):
        page.write_map(folder)


def test_files_of_two_runs_are_not_mixed(folder):
    summary = json.loads((folder / "run.json").read_text())
    summary["standards"][0]["standard_id"] = "police_20"
    (folder / "run.json").write_text(json.dumps(summary))
    with pytest.raises(InputError) as caught:
        page.write_map(folder)
    assert caught.value.issues[0].ids == ("police_20",)


def test_a_full_disk_leaves_the_old_map_and_no_scrap(folder, monkeypatch):
    old = page.write_map(folder).read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left") as caught:
        page.write_map(folder)
    assert caught.value.issues[0].rule == "run.cannot_write"
    monkeypatch.undo()
    assert (folder / "map.html").read_bytes() == old
    assert [p.name for p in folder.iterdir() if p.name.startswith(".map-")] == []

"""The public version: what is confidential is nowhere in its bytes, and what is public still is."""

from __future__ import annotations

import contextlib
import dataclasses
import html as html_module
import json
import re
import shutil
import sqlite3
import zipfile

import pandas as pd
import pytest
from toy_run import small_run, write_run
from toy_secrets import ANNEXE, DEPOT, NAMES, OWN_WORDS, SUMS, VAULT, secret_run

from assets.issues import InputError
from maps import audience, compare_runs, exports, page, plan_page, runs, style
from maps.sections import all_tables
from maps.tables.table import cells


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return secret_run(tmp_path_factory.mktemp("secret") / "run")


@pytest.fixture(scope="module")
def public(folder):
    return audience.for_public(runs.read_run(folder))


@pytest.fixture(scope="module")
def text(folder):
    path = plan_page.write_plan_page(folder, audience="public")
    assert path.name == "plan-public.html"
    return path.read_bytes().decode("utf-8")


def forms(value):
    """Ways in which a page or a table may write a sum of money."""
    whole, size = f"{value:.0f}", abs(value)
    yield from (whole, f"{value:,.0f}", f"{value:.1f}", f"{value:.2f}", style.pounds(value))
    if size >= 1e6:
        yield f"{size / 1e6:.2f}m"


def sums_by_building(folder):
    """Every sum of a building or a unit that stands in the run folder."""
    for name in ("decisions", "services", "disposals", "ledger"):
        frame = pd.read_csv(folder / f"{name}.csv")
        for column in frame.columns:
            if "gbp" in column:
                yield from (float(v) for v in frame[column].dropna() if v)


def variants(secret):
    """A text as it is, in any case, as HTML and as JSON escape it."""
    yield from {secret, html_module.escape(secret), json.dumps(secret)[1:-1]}


def leaks(text, folder):
    """Everything confidential that a text holds."""
    low = text.casefold()
    secrets = [*NAMES, *NAMES.values(), VAULT, *OWN_WORDS]
    found = [s for s in secrets for form in variants(s) if form.casefold() in low]
    numbers = {8_642_135.0, 91_357.0, 43_219.0, *sums_by_building(folder)}
    numbers |= {2_718_281.0 + step for step in (0, 2, 8, 12, 16, 18, 20)}
    own = re.sub(r"(?s)<script.*?</script>|<style.*?</style>", "", text)
    own += re.search(r'(?s)id="plan-data">(.*?)</script>', text)[1] if "plan-data" in text else ""
    # Asked first whether it is there at all: on a long text a pattern costs far more.
    return found + [
        v for v in numbers for form in forms(v)
        if form in own and re.search(rf"(?<![\d.,]){re.escape(form)}(?![\d])", own)
    ]  # fmt: skip


def test_the_exempt_page_has_what_the_public_one_must_not(folder):
    exempt = plan_page.plan_page(runs.read_run(folder))
    found = leaks(exempt, folder)
    assert set(NAMES) | set(NAMES.values()) <= set(found)
    assert sum(isinstance(f, float) for f in found) > 20


def test_no_secret_is_in_the_bytes_of_the_public_page(folder, text):
    assert leaks(text, folder) == []


def test_no_secret_is_in_the_public_map(folder, public):
    assert leaks(page.map_page(public), folder) == []


def test_no_secret_is_in_any_frame_or_table_of_the_public_run(folder, public):
    frames = {"decisions": public.decisions, "services": public.services, "cover": public.cover,
              "reach": public.reach, **public.layers, **public.tables}  # fmt: skip
    whole = json.dumps(public.summary) + "".join(pd.DataFrame(f).to_csv() for f in frames.values())
    for table in all_tables(public):
        whole += " ".join(cell.text + cell.sort for row in cells(table) for cell in row)
    assert leaks(whole, folder) == []


def test_no_secret_is_in_the_public_exports(folder, tmp_path):
    files = exports.write_exports(folder, tmp_path / "out", audience="public")
    whole = "".join(content_of(path) for path in files)
    assert leaks(whole, folder) == []
    assert "Casterbridge library" in whole  # the public ones are read


def content_of(path):
    """All text in a file: of a workbook its sheets, of a GeoPackage its tables cell by cell."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "".join(book.read(name).decode("utf-8") for name in book.namelist())
    if path.suffix == ".gpkg":
        with contextlib.closing(sqlite3.connect(path)) as package:
            return "\n".join(package.iterdump())
    return path.read_text(encoding="utf-8-sig")


def test_no_secret_of_one_run_is_shown_by_another_set_beside_it(folder, tmp_path):
    """The same run with nothing marked confidential: the marks of the first hold for both.

    Its depot has another status today, so the comparison has to say that buildings differ.
    """
    opened = tmp_path / "opened"
    shutil.copytree(folder, opened)
    decisions = pd.read_csv(opened / "decisions.csv", keep_default_na=False, dtype=str)
    decisions.loc[decisions["asset_id"] == DEPOT, "status"] = "vacant"
    decisions.assign(confidential="False").to_csv(opened / "decisions.csv", index=False)
    page_text = plan_page.write_plan_page(
        folder, out=tmp_path / "plan.html", others=(opened,), audience="public"
    ).read_text(encoding="utf-8")
    assert leaks(page_text, folder) == []
    compared = compare_runs.write_run_comparison(
        (folder, opened), tmp_path / "compared.html", audience="public"
    )
    assert (DEPOT,) in [drift.ids for drift in compared.drifts]
    assert leaks(compared.path.read_text(encoding="utf-8"), folder) == []


def test_the_page_says_what_was_left_out(text, public):
    assert public.summary["left_out"]["buildings"] == 2
    assert public.summary["left_out"]["units"] == 1
    assert "2 buildings marked confidential are left out, with 1 service in them" in text
    assert plan_page.AUDIENCE_WORDS["public"] in text
    assert plan_page.AUDIENCE_WORDS["exempt"] not in text


def test_open_buildings_stay_with_their_decisions_and_minutes(folder, public):
    whole = runs.read_run(folder)
    stay = whole.decisions[~whole.decisions["confidential"]]
    for column in ("asset_id", "name", "owner", "decision", "easting", "northing"):
        assert list(public.decisions[column]) == list(stay[column])
    assert public.decisions[list(SUMS)].isna().all(axis=None)
    pd.testing.assert_frame_equal(public.cover, whole.cover)
    pd.testing.assert_frame_equal(public.layers["cells"], whole.layers["cells"], check_dtype=False)
    assert public.summary["standards"] == whole.summary["standards"]


def test_a_service_with_one_open_end_stays_and_does_not_name_the_other(public):
    by_id = public.services.set_index("unit_id")
    assert VAULT not in by_id.index
    assert list(by_id.loc["u3", ["from_asset_id", "to_asset_id", "to_name", "action"]]) == [
        "b2", "", audience.NOT_NAMED, "move",
    ]  # fmt: skip
    assert list(by_id.loc["unit-1", ["from_asset_id", "from_name", "to_asset_id"]]) == [
        "", audience.NOT_NAMED, "b5",
    ]  # fmt: skip
    shown = {b["id"]: b for b in page.plan_data(public)["buildings"]}
    assert shown["b2"]["now"][1][1:3] == ["moves to", audience.NOT_NAMED]
    assert shown["b4"]["after"][1][1:3] == ["from", audience.NOT_NAMED]


def test_reasons_lose_their_sums_their_owners_words_and_confidential_names(public):
    why = public.decisions.set_index("asset_id")["reason_text"]
    assert why["b1"] == "Locked (retain) by its owner or the scenario."
    assert why["b2"] == (
        "Library (u2) moves to Market Hall; register office (u3) moves to a building not named "
        "here. Locked to close."
    )
    assert why["b4"].startswith(
        "Takes in advice (u5) from  a building not named here and a building not named here."
    )
    assert why["b4"].endswith("What names a sum of money is left out here.")
    assert why["b5"] == "Kept (decided already)."


def test_users_of_confidential_buildings_count_but_are_not_traced(folder, public):
    whole = runs.read_run(folder).tables["users"]
    by_standard = whole.groupby("standard_id")["people"].sum()
    pd.testing.assert_series_equal(
        public.tables["users"].groupby("standard_id")["people"].sum(), by_standard
    )
    keys = ["standard_id", "from_asset_id", "to_asset_id"]
    assert not public.tables["users"].duplicated(keys).any()


def test_risks_and_rules_of_confidential_buildings_alone_are_gone(public):
    told = public.summary
    assert [r["risk_id"] for r in told["risks"]] == ["s"]
    assert told["risks"][0]["asset_ids"] == ["b2"]
    assert told["risks"][0]["sum_gbp"] is None
    assert [b["asset_ids"] for b in told["binding"]] == [["b1"]]
    assert told["warnings"] == ["roads: a ferry is left out"]
    assert told["off_network"] == ["d8"]
    assert set(told["scenario"]) <= {"name", "title", "finance"}
    assert told["inputs"] == [{"layer": "buildings", "path": "", "sha256": "0" * 64}]


def test_roads_are_still_credited(tmp_path):
    run = runs.read_run(write_run(tmp_path / "run", small_run()))
    drawn = page.plan_data(audience.for_public(run))
    assert drawn["attribution"] == page.plan_data(run)["attribution"] != ""


def test_sums_of_two_buildings_are_left_out_of_the_headline(tmp_path):
    """Of the small run two buildings are sold; three cost capital, five change what they cost."""
    run = runs.read_run(write_run(tmp_path / "run", small_run()))
    public = audience.for_public(run)
    headline = {h["label"]: h["text"] for h in page.page_context(public)["headline"]}
    assert headline["Receipts"] == style.LEFT_OUT
    assert headline["Capital"] == style.money(run.summary["totals"]["capital_gbp"])
    assert headline["Net present value"] == style.LEFT_OUT  # receipts would follow from it
    assert public.summary["targets"][0]["value_text"] == style.LEFT_OUT
    assert "Receipts" in public.summary["left_out"]["kinds"][0]


def test_nothing_of_the_run_given_is_changed_and_twice_is_once(folder):
    run, again = runs.read_run(folder), runs.read_run(folder)
    public = audience.for_public(run)
    assert run.summary == again.summary
    pd.testing.assert_frame_equal(run.decisions, again.decisions)
    assert audience.for_public(public) is public


def test_a_run_with_nothing_confidential_keeps_its_rows(tmp_path):
    toy = small_run()
    open_ = dataclasses.replace(toy, decisions=toy.decisions.assign(confidential=False))
    run = runs.read_run(write_run(tmp_path / "run", open_))
    public = audience.for_public(run)
    assert len(public.decisions) == len(run.decisions)
    assert list(public.services["unit_id"]) == list(run.services["unit_id"])
    assert public.summary["left_out"]["words"][0] == "No building is marked confidential."


def test_a_confidential_building_called_after_its_town_does_not_hide_the_town(tmp_path):
    toy = small_run()
    names = toy.decisions["name"].mask(toy.decisions["asset_id"] == "b3", "Casterbridge")
    named = dataclasses.replace(toy, decisions=toy.decisions.assign(name=names))
    run = runs.read_run(write_run(tmp_path / "run", named))
    public = audience.for_public(run)
    assert "Casterbridge" in set(public.layers["places"]["name"])
    assert "Casterbridge library" in set(public.decisions["name"])


def test_an_unknown_audience_is_refused(folder):
    with pytest.raises(InputError, match="no version of the page for 'press'") as caught:
        plan_page.write_plan_page(folder, audience="press")
    assert caught.value.issues[0].rule == "page.unknown_audience"
    assert not (folder / "plan-press.html").exists()


def test_ids_are_whole_words_in_texts():
    hidden = pd.DataFrame({
        "asset_id": [DEPOT, "b1"], "name": ["", "Hall"], "owner": "o", "asset_type": "office",
        "confidential": [True, False],
    })  # fmt: skip
    units = pd.DataFrame({"unit_id": [], "service_type": [], "operator": [], "from_asset_id": [],
                          "to_asset_id": []})  # fmt: skip
    secrets = audience.secrets_of(hidden, units, [])
    assert secrets.unnamed(f"{DEPOT}; {DEPOT}0; x{DEPOT}") == (
        f"A{audience.NOT_NAMED[1:]}; {DEPOT}0; x{DEPOT}"
    )
    assert ANNEXE in secrets.unnamed(ANNEXE)

"""The tables and data of a batch's page, held against the batch drawn in toy_batch_runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from assets.issues import InputError
from maps.batches import drawn, tables
from maps.batches.measures import asked, covers, figures, key_words
from maps.batches.page import batch_page, write_batch_page
from maps.batches.runs import BatchRuns, read_batch
from maps.tables.table import beside, cells
from tests.toy_batch_runs import BASE_KEYS, write_batch
from tests.toy_run import HOSTILE, hostile_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_batch(tmp_path_factory.mktemp("batch") / "toy")


@pytest.fixture(scope="module")
def batch(folder: Path) -> BatchRuns:
    return read_batch(folder)


def test_scenarios_are_listed_as_the_batch_lists_them_the_base_first(batch: BatchRuns) -> None:
    assert list(batch.runs["run_id"]) == [
        "base", "scenarios/values-1", "scenarios/values-2", "scenarios/hub", "scenarios/dear",
    ]  # fmt: skip
    assert list(batch.found["run_id"]) == list(batch.runs["run_id"])[:-1]


def test_the_keys_that_differ_are_told_with_every_scenarios_value(batch: BatchRuns) -> None:
    found = {one.key: one for one in asked(batch)}
    assert set(found) == {
        "finance.receipt_factor", "standards.fire_10.target", "targets.receipts_gbp",
    }  # fmt: skip
    factor = found["finance.receipt_factor"]
    assert [factor.values[run] for run in batch.runs["run_id"]] == [1.0, 0.8, 1.2, 1.0, 1.0]
    assert found["standards.fire_10.target"].label.startswith("Asked of ")


def test_a_number_beside_words_is_told_in_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BASE_KEYS, "standards.fire_10.target", "baseline - 0.01")
    found = {one.key: one for one in asked(read_batch(write_batch(tmp_path / "b")))}
    target = found["standards.fire_10.target"]
    assert target.values["base"] == "baseline - 0.01"
    assert target.values["scenarios/hub"] == "90.0%"


def test_a_scenario_says_what_differs_from_the_base_and_nothing_else(batch: BatchRuns) -> None:
    table = tables.scenarios(batch, figures(batch), asked(batch))
    rows = {row["run_id"]: row for row in table.rows}
    assert rows["base"]["differs"] == ""
    assert rows["scenarios/values-1"]["differs"] == "Receipts, times the register's: 0.8"
    assert rows["scenarios/values-1"]["has receipts_gbp"] == 777_123.0
    assert rows["base"]["has receipts_gbp"] == 654_321.0 + 777_123.0
    assert rows["scenarios/dear"]["marked"] and not rows["base"]["marked"]
    assert rows["scenarios/dear"]["status"] == "no plan can exist"


@pytest.mark.parametrize(
    ("title", "sweep", "shown"),
    [
        ("fire: target 80 %", "fire", "fire: target 80 % (fire-0003)"),
        ("fire-0003", "fire", "fire-0003"),
        ("", "fire", "fire-0003"),
        ("fire: " + "lock of B0001 free, " * 6, "fire", "fire-0003"),
        ("People's own words, " * 6, "", "People's own words, " * 6 + " (fire-0003)"),
    ],
)  # fmt: skip
def test_a_sweeps_scenario_has_its_number_alone_where_its_title_is_long(
    title: str, sweep: str, shown: str
) -> None:
    run = SimpleNamespace(run_id="scenarios/x", title=title, scenario="fire-0003", sweep=sweep)
    assert tables.name_of(run) == shown


def test_a_building_is_told_as_the_bases_list_has_it(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "b")
    # The list of a run that is no longer asked for, whatever its checksum, says nothing here.
    for n in range(6):
        stranger = folder / "scenarios" / f"gone-{n}"
        shutil.copytree(folder / "scenarios" / "hub", stranger)
        table = pd.read_csv(stranger / "decisions.csv", dtype=str, keep_default_na=False)
        table["name"] = f"Old name {n}"
        table.to_csv(stranger / "decisions.csv", index=False)
    page = batch_page(read_batch(folder))
    assert "Old name" not in page


def test_titles_are_those_of_the_file_as_it_stands(tmp_path: Path) -> None:
    folder = write_batch(tmp_path / "b")
    record = json.loads((folder / "batch.json").read_text())
    record["scenarios"][0]["title"] = "Cautious values"
    (folder / "batch.json").write_text(json.dumps(record))
    assert list(read_batch(folder).runs["title"])[1] == "Cautious values"


def test_each_plan_is_a_link_beside_the_page_and_no_plan_is_none(batch: BatchRuns) -> None:
    table = tables.scenarios(batch, figures(batch), asked(batch))
    links = [row[1].href for row in cells(table)]
    assert links == ["base/plan.html", "scenarios/values-1/plan.html",
                     "scenarios/values-2/plan.html", "scenarios/hub/plan.html", ""]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["", None, "/etc/passwd", "../up/plan.html", "a/../../b", "a//b", "./a"],
)
def test_a_link_leads_nowhere_but_below_the_page(path: str | None) -> None:
    assert beside(path) == ""


def test_a_link_is_never_a_scheme_or_markup() -> None:
    assert beside("javascript:alert(1)") == "javascript%3Aalert%281%29"
    assert beside('a" onclick="x/plan.html') == "a%22%20onclick%3D%22x/plan.html"


def test_scenarios_without_a_plan_stand_with_their_reason(batch: BatchRuns) -> None:
    (row,) = tables.without_plan(batch).rows
    assert row["name"] == "dear" and "more than all there is" in row["reason"]


def test_ranges_name_the_scenarios_at_both_ends(batch: BatchRuns) -> None:
    rows = {row["measure"]: row for row in tables.ranges(batch, figures(batch)).rows}
    let_go = rows["Buildings in use after"]
    # 4 as it stands, 5 with the library kept, 4 without the police station, 5 with the site.
    assert (let_go["least"], let_go["most"], let_go["base"]) == ("4", "5", "4")
    assert let_go["least_in"] == "As the file stands" and let_go["most_in"] == "values-1"
    assert "least_in" not in rows["Capital spent"], "all the same: no scenario is named"


def test_buildings_are_counted_over_the_scenarios_that_have_a_plan(batch: BatchRuns) -> None:
    table, counts = tables.buildings(batch)
    told = {row["asset_id"]: (row["verdict"], row["kept"], row["gone"]) for row in table.rows}
    assert told == {
        "b1": ("always", 4, 0), "b2": ("in some", 2, 2), "b3": ("never", 0, 4),
        "b4": ("always", 4, 0), "b5": ("always", 4, 0), "b6": ("in some", 1, 3),
        "b8": ("in some", 3, 1),
    }  # fmt: skip
    assert "b7" in set(counts["asset_id"]), "out of scope: counted, not listed"


def test_the_headline_counts_what_is_kept_goes_and_depends(batch: BatchRuns) -> None:
    _, counts = tables.buildings(batch)
    first, second = tables.headline(batch, counts)
    assert first == "5 scenarios: 4 proved, 1 no plan can exist."
    # Sites that are not built yet are no buildings that stay or go.
    assert second == (
        "In all 4 that have a plan, 2 buildings are kept and 1 let go; 2 depend on what is assumed."
    )


def test_the_map_has_a_letter_for_each_scenario(batch: BatchRuns) -> None:
    told, keys = figures(batch), asked(batch)
    _, counts = tables.buildings(batch)
    data = drawn.page_data(batch, told, keys, counts)
    fates = {one["id"]: one["fate"] for one in data["buildings"]}
    assert fates["b2"] == "0110." and fates["b6"] == "0001." and fates["b8"] == "1101."
    assert {one["id"] for one in data["buildings"] if one["site"]} == {"b5", "b6"}
    npv = next(one for one in data["measures"] if one["key"] == "npv_gbp")
    assert npv["values"][-1] is None and all(v is not None for v in npv["values"][:-1])
    assert json.dumps(data, allow_nan=False)


def test_regret_stands_where_it_was_worked_out(folder: Path, tmp_path: Path) -> None:
    here = write_batch(tmp_path / "toy")
    base = here / "base" / "run.json"
    base.write_text(json.dumps({**json.loads(base.read_text()), "objective_unit": "gbp"}))
    rows = [
        "plan,scenario,value,best,bound,regret_low,regret_high,status,broken",
        "base,values-1,90,100,101,10,11,holds,", "base,hub,,50,51,,,breaks,fire_10",
        "hub,values-1,97,100,101,3,4,holds,", "hub,hub,50,50,inf,0,inf,holds,",
        "base,dear,,,,,,breaks,none", "hub,dear,,,,,,breaks,none",
    ]  # fmt: skip
    (here / "robust_regret.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert tables.regret(read_batch(here)) is None, "it is not said of which plans"
    study = {"runs": {"base": "base", "values-1": "values-1", "hub": "hub"}}
    (here / "robust.json").write_text(json.dumps(study), encoding="utf-8")
    table = tables.regret(read_batch(here))
    assert table is not None
    told = [(r["plan"], r["low"], r["high"], r["worst_in"], r["breaks"]) for r in table.rows]
    assert told == [("hub", 3.0, None, "values-1", 0), ("base", 10.0, 11.0, "values-1", 1)]
    assert [r["marked"] for r in table.rows] == [False, True], "nobody meets `dear`"
    assert [c.kind for c in table.columns if c.key in ("low", "high")] == ["gbp", "gbp"]
    assert tables.regret(read_batch(folder)) is None
    path = here / "scenarios" / "hub" / "run.json"
    run = json.loads(path.read_text())
    run["batch"]["key"] = "asked otherwise since"
    path.write_text(json.dumps(run))
    assert tables.regret(read_batch(here)) is None, "these are other plans"


def test_minutes_and_shares_of_one_standard_stand_apart(tmp_path: Path) -> None:
    """One scenario holds the fire standard by a percentile, the others by a share."""
    here = write_batch(tmp_path / "toy")
    path = here / "scenarios" / "hub" / "run.json"
    run = json.loads(path.read_text())
    run["standards"][0] |= {"unit": "min", "figure_after": 9.5, "figure_before": 9.9}
    path.write_text(json.dumps(run))
    batch = read_batch(here)
    name = run["standards"][0]["standard_id"]
    found = {one.key: one for one in covers(batch) if one.key.startswith(f"{name}.")}
    (share, minutes) = found.values()
    assert (share.kind, minutes.kind) == ("share", "min")
    assert minutes.values == {"scenarios/hub": 9.5} and "minutes" in minutes.label
    assert "scenarios/hub" not in share.values
    assert key_words(f"standards.{name}.target", {name: "Fire"}, {name: "share|min"})[1] == "number"


def test_a_batch_under_way_says_how_many_are_left(tmp_path: Path) -> None:
    here = write_batch(tmp_path / "toy")
    (here / "scenarios" / "dear" / "failed.json").unlink()
    (here / "scenarios" / "dear").rmdir()
    batch = read_batch(here)
    _, counts = tables.buildings(batch)
    assert "1 more are still to be planned" in " ".join(tables.headline(batch, counts))


def test_the_same_batch_gives_the_same_bytes(folder: Path) -> None:
    first = write_batch_page(folder).read_bytes()
    assert write_batch_page(folder).read_bytes() == first


def test_what_is_no_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        write_batch_page(tmp_path)
    assert caught.value.issues[0].rule == "batch.not_a_batch"
    assert not (tmp_path / "batch.html").exists()


def test_hostile_names_are_text_in_the_page(tmp_path: Path) -> None:
    here = write_batch(tmp_path / "toy", hostile_run(), title=HOSTILE[1])
    page = batch_page(read_batch(here))
    for text in (HOSTILE[0], HOSTILE[1], "<script>alert", "<svg/onload"):
        assert text not in page


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("targets.receipts_gbp", ("Receipts asked", "gbp")),
        ("standards.fire_10.target", ("Asked of Fire engine", "share")),
        ("services.library.at_least", ("At least, of library", "count")),
        ("locks.B-17", ("Lock of B-17", "text")),
        ("hubs.east.at_least", ("hubs.east.at_least", "number")),
    ],
)
def test_keys_in_words(key: str, words: tuple[str, str]) -> None:
    assert key_words(key, {"fire_10": "Fire engine"}, {"fire_10": "share"}) == words


@pytest.mark.parametrize("unit", ["share", "min", "miles"])
def test_a_target_is_told_in_the_standards_own_unit(unit: str) -> None:
    assert key_words("standards.mean.target", {"mean": "Library"}, {"mean": unit})[1] == unit

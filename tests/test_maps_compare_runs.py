"""Runs beside each other: what differs, and whether they may be compared at all."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from toy_run import HOSTILE, SMALL_STANDARDS, ToyRun, hostile_run, small_run, write_run

from assets.issues import InputError
from maps import baselines, differences
from maps.compare_runs import comparison_page, labels_of, write_run_comparison
from maps.runs import RunFrames, read_run
from maps.tables.table import Table

FINANCE = {"base_year": 2026, "horizon_yr": 25, "discount_schedule": [[None, 0.035]],
           "borrowing_rate_pct": 4.0}  # fmt: skip
TIMES = {"blue_light": {"engine": "groundplan", "roads_sha256": "a" * 64, "bound_min": 60.0},
         "car": {"engine": "groundplan", "roads_sha256": "a" * 64, "bound_min": 60.0}}  # fmt: skip
Change = Callable[[dict[str, Any]], None]


KEPT = ("threshold_min", "mode", "kind", "target")


@cache
def written() -> Path:
    """The small run in a folder of its own, written once and copied from then on."""
    made = Path(tempfile.mkdtemp(prefix="groundplan-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return write_run(made / "run", small_run())


def folder(where: Path, run: ToyRun | None = None, change: Change | None = None) -> Path:
    """A run whose record tells what it stands on, changed in one thing."""
    if run is None:
        path = Path(shutil.copytree(written(), where, dirs_exist_ok=True))
    else:
        path = write_run(where, run)
    record = json.loads((path / "run.json").read_text())
    standards = {
        s["standard_id"]: {**{key: s[key] for key in KEPT}, "weight": "population"}
        for s in SMALL_STANDARDS
    }
    record["scenario"] |= {"finance": dict(FINANCE), "standards": standards, "locks": {}}
    record |= {"times": json.loads(json.dumps(TIMES)), "objective_name": "npv"}
    if change:
        change(record)
    (path / "run.json").write_text(json.dumps(record))
    return path


def pair(
    tmp_path: Path, run: ToyRun | None = None, change: Change | None = None
) -> list[RunFrames]:
    """The small run, and one beside it."""
    return [read_run(folder(tmp_path / "one")), read_run(folder(tmp_path / "two", run, change))]


def with_other_library() -> ToyRun:
    """The library stays where it is: b2 is kept, b4 is kept as it is, and all drive as today."""
    base = small_run()
    decision = base.decisions["decision"].mask(base.decisions["asset_id"] == "b2", "retain")
    services = base.services.copy()
    stays = services["unit_id"] == "u2"
    services.loc[stays, ["to_asset_id", "to_name", "action"]] = [
        "b2",
        "Casterbridge library",
        "stay",
    ]
    cells = base.cells.copy()
    for end in ("after_min", "in_after"):
        cells[f"library_15_{end}"] = cells[f"library_15_{end.replace('after', 'before')}"]
    return replace(base, decisions=base.decisions.assign(decision=decision), services=services,
                   cells=cells, title="Library kept")  # fmt: skip


def rows(table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in table.rows]


# --- the ground they stand on -----------------------------------------------------------------


def test_runs_that_differ_in_the_option_alone_stand_on_the_same_ground(tmp_path: Path) -> None:
    def locked(record: dict[str, Any]) -> None:
        record["scenario"]["locks"] = {"b2": "retain"}
        record["scenario"]["finance"]["borrowing_rate_pct"] = 5.0
        record["scenario"]["standards"]["fire_10"]["target"] = 0.7
        record["versions"] = {"python": "3.13"}

    assert baselines.drifts(pair(tmp_path, with_other_library(), locked)) == ()


@pytest.mark.parametrize(
    ("path", "value", "rule", "told"),
    [
        (("inputs", 0, "sha256"), "f" * 64, "layer.buildings", "buildings.csv (ffffffffffff)"),
        (("scenario", "finance", "horizon_yr"), 10, "finance", "years counted 10"),
        (("scenario", "finance", "base_year"), 2025, "finance", "base year (and price base) 2025"),
        (("times", "car", "roads_sha256"), "b" * 64, "times.car", "roads bbbbbbbbbbbb"),
        (("scenario", "standards", "fire_10", "threshold_min"), 12.0, "standard.fire_10",
         "threshold min 12"),
        (("do_nothing_cost_gbp",), 1.2e8, "today.cost", "£120,000,000"),
    ],
)  # fmt: skip
def test_each_thing_besides_the_option_is_named(
    tmp_path: Path, path: tuple[Any, ...], value: Any, rule: str, told: str
) -> None:
    def change(record: dict[str, Any]) -> None:
        place = record
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    (found,) = baselines.drifts(pair(tmp_path, change=change))
    assert (found.rule, found.told[1]) == (rule, told)
    assert found.told[0] != told


def test_a_layer_that_one_run_does_not_tell_of_cannot_be_shown_to_be_the_same(
    tmp_path: Path,
) -> None:
    (found,) = baselines.drifts(pair(tmp_path, change=lambda record: record.pop("inputs")))
    assert (found.rule, found.told[1]) == ("layer.buildings", "not told")


def test_a_standard_that_one_run_alone_asks_for_is_the_option(tmp_path: Path) -> None:
    def fewer(record: dict[str, Any]) -> None:
        record["standards"] = record["standards"][:1]
        del record["scenario"]["standards"]["library_15"], record["times"]["car"]

    runs = pair(tmp_path, change=fewer)
    assert baselines.drifts(runs) == ()
    asked = rows(differences.asked(runs, ["one", "two"]))
    assert asked == [
        {"what": "standards: library_15", "in one": "reported only, 0.5", "in two": "not asked"}
    ]
    library = rows(differences.standards(runs, ["one", "two"], ()))[1]
    assert library["in two"] == "not in this run" and library["gain two"] is None


def test_buildings_services_and_cover_of_today_are_held_against_each_other(tmp_path: Path) -> None:
    base = small_run()
    status = base.decisions["status"].mask(base.decisions["asset_id"] == "b3", "vacant")
    services = base.services.copy()
    services.loc[services["unit_id"] == "u6", "from_asset_id"] = "b1"
    cells = base.cells.assign(library_15_in_before=False)
    other = replace(base, decisions=base.decisions.assign(status=status), services=services,
                    cells=cells)  # fmt: skip
    runs = pair(tmp_path, other)
    found = {d.rule: d for d in baselines.drifts(runs)}
    assert {rule: d.ids for rule, d in found.items()} == {
        "today.buildings": ("b3",), "today.services": ("u6",), "today.cover": ("library_15",),
    }  # fmt: skip
    marked = rows(
        differences.standards(pair(tmp_path, other), ["one", "two"], tuple(found.values()))
    )
    assert [row["marked"] for row in marked] == [False, True]


# --- what differs -----------------------------------------------------------------------------


def test_what_two_plans_decide_differently(tmp_path: Path) -> None:
    runs, labels = pair(tmp_path, with_other_library()), ["one", "two"]
    (building,) = rows(differences.buildings(runs, labels))
    assert (building["name"], building["in one"], building["in two"]) == (
        "Casterbridge library", "Let go", "Keep",
    )  # fmt: skip
    (service,) = rows(differences.services(runs, labels))
    assert (service["from"], service["in one"], service["in two"]) == (
        "Casterbridge library", "Market Hall", "stays",
    )  # fmt: skip


def test_people_in_time_are_told_against_the_first_run(tmp_path: Path) -> None:
    """Within 15 minutes today: cells 0 to 4 (5,040); after the plan cell 4 (900) falls out and
    cell 5 (300, at 14 minutes) comes in. Keeping the library gives 600 back."""
    runs, labels = pair(tmp_path, with_other_library()), ["one", "two"]
    fire, library = rows(differences.standards(runs, labels, ()))
    assert (fire["gain two"], library["gain two"]) == (0, 600)
    found = rows(differences.places(runs, labels))
    assert [(r["area_id"], r["gain two"]) for r in found if r["standard_id"] == "library_15"] == [
        ("w1", 0.0), ("p1", 600.0), ("w2", 600.0),
    ]  # fmt: skip
    assert all(r["standard_id"] == "library_15" for r in found)


def test_plans_that_are_alike_say_so(tmp_path: Path) -> None:
    runs, labels = pair(tmp_path), ["one", "two"]
    found = {t.table_id: t for t in differences.tables(runs, labels, ())}
    assert found["buildings"].empty == "All 8 buildings are decided alike."
    assert not any(found[name].rows for name in ("asked", "buildings", "services", "places"))
    assert {row["change"] for row in found["beside"].rows} == {"none", ""}


def test_a_difference_within_what_is_not_proved_is_not_called_better(tmp_path: Path) -> None:
    """The toy's bound lies 0.08 % above its worth; the other plan is worth half of that less."""

    def worse(record: dict[str, Any]) -> None:
        record["npv_gbp"] -= (record["bound"] - record["objective"]) / 2

    (note,) = differences.headline(pair(tmp_path, change=worse), ["one", "two"]).notes
    assert note.endswith("which is the better is not proved.")

    def much_worse(record: dict[str, Any]) -> None:
        record["npv_gbp"] -= 2 * (record["bound"] - record["objective"])

    assert not differences.headline(pair(tmp_path, change=much_worse), ["one", "two"]).notes


# --- the page ---------------------------------------------------------------------------------


def test_the_page_says_at_its_head_that_baselines_differ(tmp_path: Path) -> None:
    one = folder(tmp_path / "one")
    shorter = folder(
        tmp_path / "two", change=lambda r: r["scenario"]["finance"].update(horizon_yr=10)
    )
    made = write_run_comparison([one, shorter], tmp_path / "page.html")
    text = made.path.read_text(encoding="utf-8")
    assert [d.rule for d in made.drifts] == ["finance"]
    assert text.index("Not the same baseline") < text.index("years counted 10")
    assert text.index("years counted 10") < text.index("What each plan comes to")
    with pytest.raises(InputError, match=r"compare.finance.*years counted 25 in one"):
        write_run_comparison([one, shorter], tmp_path / "strict.html", strict=True)
    assert not (tmp_path / "strict.html").exists()


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    runs = pair(tmp_path, with_other_library())
    one, two = (comparison_page(runs, ["one", "two"], ()) for _ in range(2))
    assert one == two and "The same baseline" in one


@pytest.mark.parametrize(("names", "rule"), [
    (["one"], "compare.number_of_runs"), (["one"] * 2, "compare.same_run"),
    ([f"{n}" for n in range(7)], "compare.number_of_runs"),
    (["one", "elsewhere"], "compare.other_estate"), (["one", "gone"], "run.missing_file"),
])  # fmt: skip
def test_what_cannot_be_compared_is_refused(tmp_path: Path, names: list[str], rule: str) -> None:
    base = small_run()
    folder(tmp_path / "one")
    ids = {column: base.services[column].map(lambda a: f"x{a}" if a else "")
           for column in ("from_asset_id", "to_asset_id")}  # fmt: skip
    elsewhere = base.decisions.assign(asset_id="x" + base.decisions["asset_id"])
    folder(tmp_path / "elsewhere", replace(base, decisions=elsewhere,
                                           services=base.services.assign(**ids)))  # fmt: skip
    with pytest.raises(InputError) as caught:
        write_run_comparison([tmp_path / name for name in names], tmp_path / "page.html")
    assert {issue.rule for issue in caught.value.issues} == {rule}
    assert not (tmp_path / "page.html").exists()


def test_folders_of_one_name_are_told_apart() -> None:
    assert labels_of([Path("/a/run"), Path("/b/run")]) == ["a/run", "b/run"]
    assert labels_of([Path("/a/one"), Path("/a/two")]) == ["one", "two"]


def test_nothing_of_a_run_is_markup_in_the_page(tmp_path: Path) -> None:
    one, two = folder(tmp_path / "one", hostile_run()), folder(tmp_path / "two")
    record = json.loads((two / "run.json").read_text())
    record["scenario"]["locks"] = {HOSTILE[0]: HOSTILE[1]}
    (two / "run.json").write_text(json.dumps(record))
    text = write_run_comparison([one, two], tmp_path / "page.html").path.read_text("utf-8")
    for tag in ("<img src", "<svg/onload", "</script><script>alert", "<!--<script>"):
        assert tag not in text


def test_the_public_page_holds_no_sums_and_nothing_confidential(tmp_path: Path) -> None:
    """b3 is confidential: 777,123 pounds, named Old Depot."""
    one, two = folder(tmp_path / "one"), folder(tmp_path / "two", with_other_library())
    made = write_run_comparison([one, two], tmp_path / "page.html", audience="public")
    text = made.path.read_text(encoding="utf-8")
    assert "Casterbridge library" in text and "Sums of money are left out" in text
    for secret in ("Old Depot", '"b3"', "777123", "777,123", "654,321", "654321", "£"):
        assert secret not in text, secret
    exempt = write_run_comparison([one, two], tmp_path / "exempt.html").path.read_text("utf-8")
    assert "Old Depot" in exempt and "£" in exempt


def test_reads_runs_of_old_without_a_scenario(tmp_path: Path) -> None:
    def old(record: dict[str, Any]) -> None:
        for key in ("scenario", "times", "inputs", "do_nothing_cost_gbp", "objective_name"):
            record.pop(key, None)

    one, two = folder(tmp_path / "one", change=old), folder(tmp_path / "two", change=old)
    decisions = pd.read_csv(two / "decisions.csv", dtype=str, keep_default_na=False)
    decisions.drop(columns=["status"]).to_csv(two / "decisions.csv", index=False)
    assert write_run_comparison([one, two], tmp_path / "page.html").drifts
    assert write_run_comparison([one, folder(tmp_path / "three", change=old)],
                                tmp_path / "page.html").drifts == ()  # fmt: skip

"""The run store: what it says of known folders, and that it follows them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.issues import InputError
from optimise.store import contents, contents_digest, open_store
from optimise.store import rows as reading
from optimise.store import store as whole
from optimise.store.schema import TABLES, VERSION
from optimise.store.sqlite import on_network_disk
from tests import toy_store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return toy_store.write_runs(tmp_path / "runs")


def store_of(root: Path, **more: Any) -> Any:
    return open_store(root / "runs.sqlite", **more)


def test_a_folder_of_runs_becomes_tidy_tables(root: Path):
    with store_of(root) as store:
        found = store.collect()
        frames = store.frames(sort="-npv_gbp")
    assert (found.runs, found.added, found.changed, found.removed) == (4, 4, 0, 0)
    runs = frames.runs.set_index("run_id")
    assert list(runs.index) == ["plain", "set-batch/base", "set-batch/scenarios/tight",
                                "set-batch/scenarios/none"]  # fmt: skip
    tight = runs.loc["set-batch/scenarios/tight"]
    assert (tight["batch"], tight["scenario"], tight["title"]) == ("set", "tight", "Tight")
    assert (tight["status"], tight["gap"], tight["npv_gbp"]) == ("feasible", 0.02, 3.5e6)
    assert (tight["standards_missed"], tight["targets_missed"]) == (1, 0)
    assert (tight["solve_s"], tight["total_s"]) == (2.0, 2.5)
    assert (tight["buildings_before"], tight["buildings_after"]) == (4, 3)
    assert runs.loc["plain", "page"] == "plain/plan.html" and tight["page"] == ""
    failed = runs.loc["set-batch/scenarios/none"]
    assert failed["status"] == "impossible" and "more than all" in failed["reason"]
    assert pd.isna(failed["npv_gbp"]) and pd.isna(failed["buildings_after"])


def test_each_table_tells_its_part(root: Path):
    with store_of(root) as store:
        store.collect()
        frames = store.frames("scenario = tight", every_key=True)
    keys = frames.scenario_keys.set_index("key")
    assert keys.loc["targets.receipts_gbp"].tolist()[1:] == ["12000000.0", 12e6, 1]
    assert keys.loc["targets.capital_budget_gbp", "value"] == "null"
    assert keys.loc["partners.no_worse_off", "value"] == "true"
    assert keys.loc["finance.appraisal_horizons_yr", "value"] == "[10, 25]"
    assert keys.loc["locks", "value"] == "{}" and "note" not in keys.index
    assert keys["changed"].sum() == 1
    (standard,) = frames.standards.to_dict("records")
    assert standard["share_after"] == 0.79 and standard["met"] == 0
    assert pd.isna(standard["figure_before"])
    (target,) = frames.targets.to_dict("records")
    assert (target["name"], target["value"]) == ("receipts_gbp", 1.25e7)
    assert frames.money_years["year"].tolist() == ["2026/27", "2027/28"]
    assert frames.money_years["saving_gbp"].isna().tolist() == [True, False]
    decisions = frames.decisions.set_index("asset_id")
    assert decisions["in_use_after"].to_dict() == {"A1": 0, "A2": 0, "A3": 1, "N1": 1, "Z9": 1}
    assert decisions.loc["A1", "receipt_gbp"] == 6.25e6
    buildings = frames.buildings.set_index("asset_id")
    assert buildings.loc["N1", "name"] == "=New Hub"
    assert buildings.loc["A2", "confidential"] == 1 and pd.isna(buildings.loc["Z9", "easting"])
    assert frames.inputs["sha256"].tolist() == ["ab" * 32]


def test_keys_that_tell_runs_apart_are_given_unless_all_are_asked_for(root: Path):
    with store_of(root) as store:
        store.collect()
        some = store.frames("batch = set").scenario_keys
        every = store.frames("batch = set", every_key=True).scenario_keys
    assert some["key"].unique().tolist() == ["targets.receipts_gbp"]
    assert some["number"].tolist() == [9e6, 9e9, 12e6]  # base, none, tight
    assert len(every) == 3 * 8


def test_counts_of_the_drawing(root: Path):
    with store_of(root) as store:
        store.collect()
        pd.testing.assert_frame_equal(store.building_counts(), store.table("building_counts"))
        counts = store.building_counts().set_index("asset_id")
        tight = store.building_counts("gap > 1%").set_index("asset_id")
    assert counts["runs"].tolist() == [3] * 5
    assert counts["kept"].to_dict() == {"A1": 2, "A2": 0, "A3": 3, "N1": 2, "Z9": 3}
    assert counts["gone"].to_dict() == {"A1": 1, "A2": 3, "A3": 0, "N1": 1, "Z9": 0}
    assert counts.loc["A1", "share_kept"] == pytest.approx(2 / 3)
    assert tight["kept"].to_dict() == {"A1": 0, "A2": 0, "A3": 1, "N1": 1, "Z9": 1}


def test_buildings_in_use_by_run_are_those_of_the_decisions(root: Path):
    two = {k: v for k, v in toy_store.PLAIN.items() if k != "Z9"} | {"A2": "unheard_of"}
    toy_store.write_run(root / "other", npv_gbp=4.5e6, decisions=two)
    with store_of(root) as store:
        store.collect()
        found = store.in_use(sort="-npv_gbp")
        decisions = store.frames(sort="-npv_gbp", only=["decisions"]).decisions
        assert store.in_use("status = impossible").shape == (0, 0)
        assert store.runs(columns=["targets.receipts_gbp"]).shape == (5, 1)
        only = store.frames(only=["decisions", "inputs"])
        assert only.standards.empty and len(only.inputs) == 4 and len(only.decisions) == 19
        with pytest.raises(InputError, match="did you mean 'decisions'"):
            store.frames(only=["decision"])
    assert list(found.index) == ["plain", "other", "set-batch/base", "set-batch/scenarios/tight"]
    assert found.loc["other"].isna().tolist() == [False, True, False, False, True]
    long = decisions.pivot(index="run_id", columns="asset_id", values="in_use_after")
    assert long.loc[found.index].astype("Int8").equals(found)


def test_collecting_again_reads_nothing_that_has_not_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    toy_store.older(root)
    read = []
    real = whole.collectable
    monkeypatch.setattr(whole, "collectable", lambda f, i: read.append(i) or real(f, i))
    with store_of(root) as store:
        store.collect()
        assert len(read) == 4
        again = store.collect()
        assert len(read) == 4 and (again.added, again.changed, again.removed) == (0, 0, 0)
        toy_store.write_run(root / "plain", npv_gbp=7e6)
        third = store.collect()
        assert read[4:] == ["plain"] and (third.added, third.changed) == (0, 1)
        assert store.runs("run_id = plain")["npv_gbp"].tolist() == [7e6]


def test_a_folder_that_goes_or_is_renamed_is_followed(root: Path):
    with store_of(root) as store:
        store.collect()
        (root / "plain").rename(root / "renamed")
        shutil.rmtree(root / "set-batch" / "scenarios" / "tight")
        found = store.collect()
        assert (found.added, found.removed) == (1, 2)
        assert store.runs()["run_id"].tolist() == ["renamed", "set-batch/base",
                                                   "set-batch/scenarios/none"]  # fmt: skip
        assert store.runs("run_id = renamed")["page"].tolist() == ["renamed/plan.html"]


def test_a_page_drawn_later_is_found(root: Path):
    toy_store.older(root)
    with store_of(root) as store:
        store.collect()
        (root / "set-batch" / "base" / "plan.html").write_text("drawn")
        assert store.collect().changed == 1
        assert store.runs("scenario = base")["page"].tolist() == ["set-batch/base/plan.html"]


def test_put_stores_one_run(root: Path):
    with store_of(root) as store:
        store.put(root / "plain")
        store.put(root / "set-batch" / "scenarios" / "none")
        store.put(root / "plain")
        assert store.runs()["run_id"].tolist() == ["plain", "set-batch/scenarios/none"]
        with pytest.raises(InputError, match=r"store\.not_below"):
            store.put(root / "set-batch")
        with pytest.raises(InputError, match=r"store\.not_below"):
            store.put(root.parent)


def test_buildings_no_run_knows_go_with_their_last_run(root: Path):
    with store_of(root) as store:
        store.collect()
        two = {k: v for k, v in toy_store.PLAIN.items() if k != "Z9"}
        toy_store.write_run(root / "plain", decisions=two)
        store.collect()
        assert store.table("buildings")["estate_key"].nunique() == 2
        shutil.rmtree(root / "plain")
        store.collect()
        assert store.table("buildings")["estate_key"].nunique() == 1
        toy_store.write_run(root / "plain", decisions=two)  # numbers remembered are not reused
        store.collect()
        assert len(store.frames("run_id = plain").decisions) == 4


# --- damaged and old folders ----------------------------------------------------------------

DAMAGE = {
    "not_json": ("run.json", "{", "run.json cannot be read"),
    "empty": ("run.json", "", "run.json cannot be read"),
    "a_list": ("run.json", "[]", "run.json holds no keys"),
    "no_status": ("run.json", "{}", "run.json names no status"),
    "deep": ("run.json", "[" * 100_000, "nested too deeply"),
    "not_text": ("run.json", b"\xff\xfe{", "run.json cannot be read"),
    "no_decisions": ("decisions.csv", None, "decisions.csv is missing"),
    "no_ids": ("decisions.csv", "name\nx\n", "row 1 has no asset_id"),
    "twice": ("decisions.csv", "asset_id,decision\nA,retain\nA,retain\n", "A stands twice"),
    "no_number": ("decisions.csv", "asset_id,decision,receipt_gbp\nA,retain,much\n",
                  "'much' in receipt_gbp is no number"),
    "odd_bytes": ("decisions.csv", b"asset_id,decision\n\xff,retain\n", "decisions.csv cannot"),
    "long_cell": ("decisions.csv", "asset_id,decision\nA," + "x" * 200_000 + "\n",
                  "decisions.csv cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_folder_is_a_row_that_says_so(root: Path, name: str):
    file, text, says = DAMAGE[name]
    path = root / "plain" / file
    if text is None:
        path.unlink()
    else:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with store_of(root) as store:
        found = store.collect()
        assert found.damaged == ("plain",) and found.runs == 4
        (row,) = store.runs("status = damaged").to_dict("records")
        assert says in row["reason"] and row["scenario"] == "plain"
        assert store.collect().damaged == ("plain",)
        toy_store.write_run(root / "plain")
        assert store.collect().damaged == ()


def test_a_run_of_an_old_version_lacks_what_it_never_said(tmp_path: Path):
    folder = tmp_path / "runs" / "old"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "optimal", "name": "old",
        "targets": [{"name": "receipts_gbp", "target": 1, "value": 2, "met": True}]}))  # fmt: skip
    (folder / "decisions.csv").write_text("asset_id,decision\nA1,retain\n")
    with store_of(tmp_path / "runs") as store:
        store.collect()
        frames = store.frames()
    (run,) = frames.runs.to_dict("records")
    assert (run["status"], run["scenario"], run["solver"]) == ("optimal", "old", "")
    assert pd.isna(run["npv_gbp"]) and pd.isna(run["units_moved"])
    assert frames.targets["name"].tolist() == ["receipts_gbp"]
    assert frames.decisions["receipt_gbp"].isna().all()
    assert frames.money_years.empty and frames.standards.empty


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("status", "totals", "seconds", "standards", "targets", "money", "inputs", "scenario",
        "changes", "batch", "npv_gbp", "gap")  # fmt: skip


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(KEYS), HOSTILE))
def test_nothing_in_a_record_stops_the_store(changes: dict[str, Any]):
    told = toy_store.record(npv_gbp=1.0) | changes
    sources = {"run.json": json.dumps(told).encode("utf-8", "surrogatepass"),
               "decisions.csv": toy_store.decisions_csv(toy_store.PLAIN).encode()}  # fmt: skip
    made = reading.rows_of_run("x", "", sources)
    assert made.run["run_id"] == "x" and made.run["status"]
    store = open_store(":memory:")
    store.put_rows([whole.Collectable(made, "", "")])
    assert store.runs()["run_id"].tolist() == ["x"]
    store.close()


# --- incremental = from nothing -------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "fail", "damage", "remove", "rename", "collect", "put"]),
        st.integers(0, 3),
        st.integers(0, 5),
    ),
    max_size=12,
)


def _step(root: Path, store: Any, step: tuple[str, int, int]) -> None:
    what, which, figure = step
    folder = root / ("a" if which < 2 else "b/scenarios") / f"r{which}"
    if what == "write":
        given_ids = dict(list(toy_store.PLAIN.items())[: 3 + figure % 3])
        (folder / "failed.json").unlink(missing_ok=True)
        toy_store.write_run(folder, npv_gbp=1e6 * figure, decisions=given_ids, asked=1e6 * figure)
    elif what == "fail":
        shutil.rmtree(folder, ignore_errors=True)
        toy_store.write_failed(folder)
    elif what == "damage" and folder.exists():
        (folder / "decisions.csv").write_text(f"asset_id,decision\nA,{'x' * figure}\n")
    elif what == "remove":
        shutil.rmtree(folder, ignore_errors=True)
    elif what == "rename" and folder.exists():
        shutil.rmtree(root / f"moved{figure}", ignore_errors=True)
        folder.rename(root / f"moved{figure}")
    elif what == "collect":
        store.collect()
    elif what == "put" and folder.exists():
        store.put(folder)


@settings(max_examples=12)
@given(STEPS)
def test_a_store_kept_up_to_date_equals_one_made_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
):
    root = tmp_path_factory.mktemp("runs")
    with store_of(root) as store:
        for step in steps:
            _step(root, store, step)
        store.collect()
        kept = contents(store)
        digest = contents_digest(store)
        with open_store(":memory:", root=root) as fresh:
            fresh.collect()
            for name, table in contents(fresh).items():
                pd.testing.assert_frame_equal(kept[name], table)
        store.collect(rebuild=True)
        assert contents_digest(store) == digest
    shutil.rmtree(root)


def test_contents_leave_out_seconds_and_paths_and_nothing_else(root: Path):
    with store_of(root) as store:
        store.collect()
        before = contents_digest(store)
        told = json.loads((root / "plain" / "run.json").read_text())
        told["seconds"] = {"solve": 99.0}
        told["inputs"][0]["path"] = "/elsewhere/buildings.csv"
        (root / "plain" / "run.json").write_text(json.dumps(told))
        store.collect()
        assert store.runs("run_id = plain")["solve_s"].tolist() == [99.0]
        assert contents_digest(store) == before
        told["gap"] = 0.5
        (root / "plain" / "run.json").write_text(json.dumps(told))
        store.collect()
        assert contents_digest(store) != before


# --- several processes ----------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from optimise.store import open_store
root, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with open_store(root / "runs.sqlite") as store:
    for number in range(first, last):
        store.put(root / f"r{number:03d}")
        print(number, flush=True)
"""


def writer(root: Path, first: int, last: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", WRITER, str(root), str(first), str(last)]
    here = Path(__file__).resolve().parent.parent
    return subprocess.Popen(words, cwd=here, stdout=subprocess.PIPE, text=True)


def test_four_processes_write_fifty_runs_each_and_one_that_is_killed(tmp_path: Path):
    root = tmp_path / "runs"
    for number in range(250):
        toy_store.write_run(root / f"r{number:03d}", npv_gbp=float(number), asked=number % 7 * 1e6)
    started = [writer(root, 50 * k, 50 * k + 50) for k in range(4)]
    doomed = writer(root, 200, 250)
    assert doomed.stdout is not None
    doomed.stdout.readline()  # it is in the midst of it
    doomed.kill()
    doomed.communicate()
    for process in started:
        process.communicate()
    assert [process.returncode for process in started] == [0] * 4
    with sqlite3.connect(root / "runs.sqlite") as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()
    with store_of(root) as store:
        runs = store.runs()
        frames = store.frames(every_key=True)
        stored = set(runs["run_id"])
        assert {f"r{number:03d}" for number in range(200)} <= stored and len(stored) < 250
        # Each run that is there is there whole.
        assert (frames.decisions.groupby("run_id").size() == 5).all()
        assert (frames.scenario_keys.groupby("run_id").size() == 8).all()
        assert set(frames.decisions["run_id"]) == stored
        store.collect()
        kept = contents_digest(store)
        store.collect(rebuild=True)
        assert contents_digest(store) == kept and len(store.runs()) == 250


# --- other files ----------------------------------------------------------------------------


def test_a_file_that_is_not_a_store_is_refused_and_not_touched(root: Path):
    path = root / "runs.sqlite"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE mine (x)")
    raw.close()
    before = path.read_bytes()
    with store_of(root) as store, pytest.raises(InputError, match=r"store\.not_a_store"):
        store.collect()
    assert path.read_bytes() == before
    path.write_text("not a database, but long enough to be looked at\n" * 50)
    with store_of(root) as store, pytest.raises(InputError, match=r"store\.not_a_store"):
        store.runs()
    with pytest.raises(InputError, match=r"store\.not_a_store"):
        open_store(root)


def test_a_store_of_an_older_version_is_made_anew(root: Path):
    with store_of(root) as store:
        store.collect()
    with sqlite3.connect(root / "runs.sqlite") as raw:
        raw.execute("UPDATE store_meta SET value = '0' WHERE key = 'schema_version'")
    raw.close()
    with store_of(root) as store:
        with pytest.raises(InputError, match="older Groundplan"):
            store.runs()
        found = store.collect()
        assert "version 0" in found.notes[0] and len(store.runs()) == 4
    with sqlite3.connect(root / "runs.sqlite") as raw:
        raw.execute(f"UPDATE store_meta SET value = '{VERSION + 1}' WHERE key = 'schema_version'")
    raw.close()
    with store_of(root) as store, pytest.raises(InputError, match="newer Groundplan"):
        store.collect()


def test_a_store_that_may_only_be_read_is_read(root: Path, monkeypatch: pytest.MonkeyPatch):
    toy_store.older(root)
    with store_of(root) as store:
        store.collect()
    before = (root / "runs.sqlite").read_bytes()
    # root's tests may write anywhere: the answer of the system is what is tested here.
    monkeypatch.setattr("optimise.store.sqlite.os.access", lambda _path, _how: False)
    with store_of(root) as store:
        assert len(store.runs()) == 4 and store.collect().runs == 4
        with pytest.raises(InputError, match=r"store\.read_only"):
            store.put(root / "plain")
    assert (root / "runs.sqlite").read_bytes() == before
    assert not list(root.glob("runs.sqlite-*"))


def test_two_folders_do_not_get_in_each_others_way(root: Path, tmp_path: Path):
    other = toy_store.write_runs(tmp_path / "other")
    shared = tmp_path / "shared.sqlite"
    with open_store(shared, root=root) as store:
        store.collect()
    with (
        open_store(shared, root=other) as store,
        pytest.raises(InputError, match=r"store\.other_folder"),
    ):
        store.collect()
    with open_store(shared, root=other, called="anna") as store:
        assert store.collect().added == 4
        assert len(store.runs("run_id like 'anna/%'")) == 4 and len(store.runs()) == 8
        assert store.collect(rebuild=True).runs == 4 and len(store.runs()) == 8


def test_nobodys_run_is_put_in_the_place_of_a_colleagues(root: Path, tmp_path: Path):
    shared = tmp_path / "shared.sqlite"
    (root / "bela").mkdir()
    (root / "plain").rename(root / "bela" / "plain")
    with open_store(shared, root=root) as store:
        store.collect()
    other = toy_store.write_runs(tmp_path / "other")
    with open_store(shared, root=other, called="bela") as store:
        with pytest.raises(InputError, match=r"store\.name_taken") as refused:
            store.collect()
        assert refused.value.issues[0].ids == ("bela/plain",)
        assert set(store.runs()["run_id"]) >= {"bela/plain"} and len(store.runs()) == 4
    with open_store(shared, root=root) as store:
        assert store.collect().changed == 0, "hers stayed"


def test_a_missing_folder_or_a_run_is_no_folder_of_runs(root: Path):
    with open_store(root / "x.sqlite", root=root / "nowhere") as store:
        with pytest.raises(InputError, match=r"store\.no_folder"):
            store.collect()
        with pytest.raises(InputError, match=r"store\.is_a_run"):
            store.collect(root / "plain")
    store = open_store(root / "no" / "such" / "x.sqlite")
    with pytest.raises(InputError, match=r"store\.cannot_open"):
        store.runs()


def test_folders_being_made_and_links_are_passed_over(root: Path):
    toy_store.write_run(root / ".plain.abc")
    toy_store.write_run(root / "plain" / "inner")
    (root / "link").symlink_to(root / "set-batch")
    with store_of(root) as store:
        assert store.collect().runs == 4


def test_a_disk_of_this_computer_is_told_from_a_network_one(tmp_path: Path):
    assert not on_network_disk(tmp_path)


# --- geopackage -----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*non conformant file extension:RuntimeWarning")
@pytest.mark.parametrize("name", ["runs.sqlite", "runs.gpkg"])
def test_the_file_is_a_geopackage_with_two_layers(root: Path, name: str):
    with open_store(root / name) as store:
        store.collect()
    counts = gpd.read_file(root / name, layer="building_counts")
    buildings = gpd.read_file(root / name, layer="buildings")
    assert counts.crs.to_epsg() == 27700 and buildings.crs.to_epsg() == 27700
    old_library = counts.set_index("asset_id").loc["A1"]
    assert (old_library.geometry.x, old_library.geometry.y) == (370100.0, 90100.0)
    assert old_library["share_kept"] == pytest.approx(2 / 3)
    assert counts.set_index("asset_id").loc["Z9"].geometry is None
    assert len(buildings) == 5


def test_every_table_has_its_columns_in_order(root: Path):
    with store_of(root) as store:
        store.collect()
        for table in TABLES:
            assert tuple(store.table(table.name).columns) == table.names
